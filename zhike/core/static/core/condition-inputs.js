/* Inputs of the values of conditions by their shape, and the lists that open: of fields, and of choices. Used by conditions.js. */
window.zhikeConditionInputs = (function () {
  "use strict";

  function build(tag, attributes, children) {
    const made = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([name, value]) => made.setAttribute(name, value));
    (children || []).forEach((child) => made.append(child));
    return made;
  }
  function icon(section, name, size) {
    const [made, use] = ["svg", "use"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    made.setAttribute("class", size === 13 ? "zk-icon zk-icon-13" : "zk-icon");
    made.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${section.dataset.sprite}#${name}`);
    made.append(use);
    return made;
  }

  /* ---- Amounts: typed in 万 or K, kept exactly as text. ---- */
  const SUFFIXES = { 万: 4, w: 4, 亿: 8, k: 3, m: 6, 千: 3 };
  function shifted(text, power) {
    const [, sign, whole, rest = ""] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
    const digits = whole + rest;
    const at = whole.length + power;
    const left = (at <= 0 ? "0" : digits.slice(0, at).padEnd(at, "0")).replace(/^0+(?=\d)/, "");
    const right = (at <= 0 ? "0".repeat(-at) + digits : digits.slice(at)).replace(/0+$/, "");
    return `${sign}${left}${right ? `.${right}` : ""}`;
  }
  function amountOf(text, power) {
    const found = /^(-?\d+(?:\.\d*)?)([万w亿km千]?)$/i.exec(String(text || "").replace(/[,，\s¥￥]/g, ""));
    return found ? shifted(found[1], found[2] ? SUFFIXES[found[2].toLowerCase()] : Number(power || 0)) : undefined;
  }
  /* The largest unit in which an amount needs no more than two decimals. */
  function scaleOf(text, scales) {
    const fits = [...scales].reverse().find(({ power }) => {
      const shown = shifted(text, -power);
      return Math.abs(Number(shown)) >= 1 && (shown.split(".")[1] || "").length <= 2;
    });
    return fits ? fits.power : 0;
  }

  /* ---- Between what is typed and what is stored; undefined: not finished. ---- */
  const filled = (value) => (value === "" || value === undefined ? undefined : value);
  const pair = (first, last) => (first === undefined || last === undefined ? undefined : [first, last]);
  const READ = {
    text: (typed) => filled((typed.a || "").trim() && typed.a),
    amount: (typed) => amountOf(typed.a, typed.p),
    amounts: (typed) => pair(amountOf(typed.a, typed.p), amountOf(typed.b, typed.p)),
    day: (typed) => filled(typed.a),
    days: (typed) => pair(filled(typed.a), filled(typed.b)),
    month_days: (typed) => pair(filled(typed.a), filled(typed.b)),
    span: (typed) => (/^\d{1,5}$/.test(typed.a || "") ? { n: Number(typed.a), unit: typed.unit } : undefined),
    period: (typed) => filled(typed.a),
    keys: (typed) => (typed.keys && typed.keys.length ? typed.keys : undefined),
    flag: (typed) => typed.a === "yes",
  };
  const valueOf = (shape, typed) => READ[shape](typed || {});
  function typedOf(shape, value, about, field) {
    if (value === undefined || value === null || !field) return fresh(shape, about, field);
    if (shape === "amount" || shape === "amounts") {
      const given = [].concat(value).map(String);
      if (!given.every((one) => /^-?\d+(\.\d+)?$/.test(one))) return { a: given[0], b: given[1], p: 0 };
      const power = field.kind === "money" ? Math.min(...given.map((one) => (Number(one) ? scaleOf(one, about.scales) : 8))) : 0;
      const [a, b] = given.map((one) => shifted(one, -power));
      return { a, b, p: power };
    }
    if (shape === "keys") return { keys: [].concat(value) };
    if (shape === "span") return { a: String(value.n ?? ""), unit: value.unit || "days" };
    if (shape === "flag") return { a: value === true ? "yes" : "no" };
    const [a, b] = [].concat(value);
    return { a, b };
  }
  function fresh(shape, about, field) {
    const power = field && field.kind === "money" ? about.scales[1].power : 0;
    return { span: { a: "30", unit: "days" }, period: { a: "this_month" }, flag: { a: "yes" }, keys: { keys: [] }, amount: { a: "", p: power }, amounts: { a: "", b: "", p: power } }[shape] || {};
  }

  /* ---- The inputs of one row. ---- */
  function inputs({ section, about, node, field, shape, chain, change }) {
    const words = about.words;
    const typed = (node.typed = node.typed || {});
    const described = { "aria-describedby": `${node.id}-fault` };
    const put = (name, value) => {
      typed[name] = value;
      change();
    };
    const box = (name, type, label, more) => {
      const made = build("input", { class: "zk-input", type, value: typed[name] ?? "", "data-k": `${node.id}:${name}`, "aria-label": `${field.title}: ${label}`, autocomplete: "off", ...described, ...more });
      made.addEventListener("input", () => put(name, made.value));
      return made;
    };
    const menu = (name, label, options) => {
      const made = build("select", { class: "zk-select zkc-select", "data-k": `${node.id}:${name}`, "aria-label": `${field.title}: ${label}`, ...described }, options.map(([value, title]) => {
        const option = build("option", { value }, [title]);
        option.selected = String(value) === String(typed[name]);
        return option;
      }));
      made.addEventListener("change", () => put(name, name === "p" ? Number(made.value) : made.value));
      return made;
    };
    const scale = () => (field.kind === "money" ? menu("p", words.unit, about.scales.map(({ power, title }) => [power, title])) : build("span", { class: "zk-note" }, [field.unit]));
    const amount = (name, label) => box(name, "text", label, { inputmode: "decimal", size: "8" });
    const monthDay = (name, label) => box(name, "text", label, { placeholder: "03-08", size: "6", maxlength: "5" });
    const dash = () => build("span", { class: "zk-note" }, ["–"]);
    const shapes = {
      "": () => [],
      text: () => [box("a", "text", words.value, { maxlength: "200" })],
      amount: () => [amount("a", words.value), scale()],
      amounts: () => [amount("a", words.from), dash(), amount("b", words.to), scale()],
      day: () => [box("a", "date", words.value)],
      days: () => [box("a", "date", words.from), dash(), box("b", "date", words.to)],
      month_days: () => [monthDay("a", words.from), dash(), monthDay("b", words.to)],
      span: () => [box("a", "text", words.count, { inputmode: "numeric", size: "4" }), menu("unit", words.unit, about.units.map((one) => [one.name, one.title]))],
      period: () => [menu("a", words.value, about.periods.map((one) => [one.name, one.title]))],
      flag: () => [menu("a", words.value, [["yes", words.yes], ["no", words.no]])],
      keys: () => [choiceButton({ section, about, node, field, typed, chain, change })],
    };
    return build("span", { class: "zkc-value" }, shapes[shape]());
  }
  function choiceButton({ section, about, node, field, typed, chain, change }) {
    const words = about.words;
    const titles = new Map(field.choices || []);
    const label = build("span", {}, []);
    const made = build("button", { type: "button", class: "zkc-field", "data-k": `${node.id}:a`, "aria-haspopup": "listbox", "aria-describedby": `${node.id}-fault` }, [label, icon(section, "chevron-down", 13)]);
    const say = () => {
      const named = typed.keys.slice(0, 3).map((key) => titles.get(key) || key);
      const listed = named.join(document.documentElement.lang.startsWith("zh") ? "、" : ", ");
      label.textContent = !typed.keys.length ? words.choose : typed.keys.length > 3 ? `${listed} +${typed.keys.length - 3}` : listed;
      made.setAttribute("aria-label", `${field.title}: ${label.textContent}`);
    };
    const fetched = async (query) => {
      const asked = new URLSearchParams(query);
      asked.set("field", field.name);
      (chain || []).forEach((name) => asked.append("has", name));
      const answer = await fetch(`${about.choices}?${asked}`, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
      return answer && answer.ok && !answer.redirected ? answer.json() : { choices: [], more: false };
    };
    typed.keys = typed.keys || [];
    say();
    if (!field.choices && typed.keys.length) {
      fetched(typed.keys.map((key) => ["key", key])).then((told) => {
        told.choices.forEach(([key, title]) => titles.set(key, title));
        say();
      });
    }
    const toggle = (one) => {
      const at = typed.keys.indexOf(one.name);
      titles.set(one.name, one.title);
      if (at >= 0) typed.keys.splice(at, 1);
      else typed.keys.push(one.name);
      say();
      change();
    };
    const optionsOf = (pairs) => pairs.map(([name, title]) => ({ name, title, typed: "" }));
    const find = field.choices ? null : async (text) => {
      const told = await fetched([["q", text]]);
      return { options: optionsOf(told.choices), more: told.more };
    };
    made.addEventListener("click", () => picker(made, { section, words, options: optionsOf(field.choices || []), find, pick: toggle, chosen: () => typed.keys, search: words.searchChoices }));
    return build("span", { class: "zkc-anchor" }, [made]);
  }

  /* ---- A list that opens below its button: a combobox; with `chosen` several may be taken, and it stays open. ---- */
  let shut = null;
  function picker(anchor, { section, words, options, find, pick, chosen, search }) {
    const wasOpen = anchor.getAttribute("aria-expanded") === "true";
    if (shut) shut();
    if (wasOpen) return;
    const list = build("div", { class: "zkc-options", role: "listbox", id: "zkc-options", "aria-label": chosen ? words.choose : words.fields, ...(chosen ? { "aria-multiselectable": "true" } : {}) });
    const field = build("input", {
      class: "zk-input", type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "zkc-options", "aria-autocomplete": "list",
      placeholder: search || words.search, "aria-label": search || words.search, autocomplete: "off", spellcheck: "false",
    });
    const popup = build("div", { class: "zkc-popup" }, [field, list]);
    let shown = [];
    let at = 0;
    let asked = 0;

    function close(refocus) {
      popup.remove();
      anchor.setAttribute("aria-expanded", "false");
      document.removeEventListener("pointerdown", outside, true);
      shut = null;
      if (refocus) anchor.focus();
    }
    const outside = (event) => !popup.contains(event.target) && event.target !== anchor && !anchor.contains(event.target) && close(false);
    function choose(number) {
      const made = list.querySelectorAll("[role=option]");
      at = Math.max(0, Math.min(number, made.length - 1));
      made.forEach((option, place) => option.classList.toggle("zkc-active", place === at));
      if (!made[at]) return field.removeAttribute("aria-activedescendant");
      field.setAttribute("aria-activedescendant", made[at].id);
      made[at].scrollIntoView({ block: "nearest" });
    }
    function take(one) {
      if (!chosen) close(false);
      pick(one);
      if (chosen) list.querySelectorAll("[role=option]").forEach((option, place) => option.setAttribute("aria-selected", String(chosen().includes(shown[place].name))));
    }
    function show(found, more) {
      shown = found;
      let group = null;
      list.replaceChildren();
      found.forEach((one, number) => {
        if (one.group && one.group !== group) list.append(build("div", { class: "zkc-heading", role: "presentation" }, [(group = one.group)]));
        const option = build("div", { class: "zkc-option", role: "option", id: `zkc-option-${number}`, "aria-selected": String(Boolean(chosen && chosen().includes(one.name))) }, [
          ...(chosen ? [build("span", { class: "zkc-tick", "aria-hidden": "true" })] : one.catalogue ? [icon(section, "list", 13)] : []), build("span", {}, [one.title]),
          ...(one.note ? [build("span", { class: "zk-note" }, [one.note])] : []),
        ]);
        option.addEventListener("mousedown", (event) => event.preventDefault()); // the keys stay with the list: Esc closes it
        option.addEventListener("click", () => take(one));
        list.append(option);
      });
      if (!found.length || more) list.append(build("p", { class: "zk-note zkc-heading" }, [found.length ? words.more : words.nothing]));
      choose(0);
    }
    /* Groups keep their order; what begins with the words comes before what contains them. */
    function fitting(text) {
      const typed = text.trim().toLowerCase();
      if (!typed) return grouped(options);
      const rank = (one) => (one.title.toLowerCase().startsWith(typed) ? 0 : one.title.toLowerCase().includes(typed) ? 1 : (one.typed || "").split(" ").some((token) => token.startsWith(typed)) ? 2 : 3);
      return options.map((one) => ({ one, rank: rank(one) })).filter((found) => found.rank < 3).sort((a, b) => a.rank - b.rank).map((found) => ({ ...found.one, group: "" }));
    }
    function grouped(every) {
      const groups = new Map();
      every.forEach((one) => groups.set(one.group, [...(groups.get(one.group) || []), one]));
      return [...groups.values()].flat();
    }
    async function narrow() {
      if (!find) return show(fitting(field.value), false);
      const mine = (asked += 1);
      const { options: found, more } = await find(field.value.trim());
      if (mine === asked) show(found, more);
    }
    field.addEventListener("input", (event) => event.isComposing || narrow());
    field.addEventListener("compositionend", narrow);
    popup.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const acts = {
        ArrowDown: () => choose(at + 1), ArrowUp: () => choose(at - 1), Home: () => choose(0), End: () => choose(shown.length - 1),
        Enter: () => !event.ctrlKey && !event.metaKey && shown[at] && take(shown[at]), Escape: () => close(true),
      };
      if (event.key === "Tab") return close(true);
      if (!acts[event.key] || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) return;
      event.preventDefault();
      event.stopPropagation();
      acts[event.key]();
    });
    shut = () => close(false);
    anchor.setAttribute("aria-expanded", "true");
    anchor.after(popup);
    document.addEventListener("pointerdown", outside, true);
    field.focus();
    narrow();
  }

  return { build, icon, inputs, picker, valueOf, typedOf, fresh };
})();
