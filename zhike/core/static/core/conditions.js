/* The editor of conditions: a tree of rows kept here, drawn anew after each change of its shape; the server says what it means. Values are
   typed into inputs that stay where they are. Inputs of values and the lists that open are in condition-inputs.js. */
(function () {
  "use strict";
  const { build, icon, inputs, picker, valueOf, typedOf, fresh } = window.zhikeConditionInputs;
  const DRAFT = "zk-conditions";
  const PAUSE = 400; // ms without typing before the server is asked
  let serial = 0;
  const named = (node) => ({ id: `c${(serial += 1)}`, ...node });

  /* ---- Between the stored form and what is edited. ---- */
  function groupOf(about, plain, catalogue) {
    const joiner = plain && ["all", "any", "none"].find((name) => Array.isArray(plain[name]));
    const nodes = joiner ? plain[joiner] : plain ? [plain] : [];
    return named({ type: "group", joiner: joiner || "all", catalogue, nodes: nodes.map((inner) => nodeOf(about, inner, catalogue)) });
  }
  function nodeOf(about, plain, catalogue) {
    if (plain && plain.has !== undefined) {
      const relation = about.catalogues[catalogue].relations.find((one) => one.name === plain.has);
      const { at_least: least = plain.at_most === undefined ? 1 : 0, at_most: most } = plain;
      const way = most === 0 ? "without" : most === undefined ? (least <= 1 ? "some" : "least") : least ? "between" : "most";
      const where = groupOf(about, plain.where, relation ? relation.catalogue : catalogue);
      return named({ type: "has", name: plain.has, way, n: String(way === "most" ? most : least), m: String(most ?? ""), where, catalogue });
    }
    if (plain && plain.field !== undefined) {
      const node = named({ type: "check", name: plain.field, op: plain.op, catalogue });
      node.typed = typedOf(shapeOf(about, node), plain.value, about, fieldOf(about, node));
      return node;
    }
    return groupOf(about, plain, catalogue);
  }
  const fieldOf = (about, node) => about.catalogues[node.catalogue].fields.find((one) => one.name === node.name);
  const relationOf = (about, node) => about.catalogues[node.catalogue].relations.find((one) => one.name === node.name);
  function shapeOf(about, node) {
    const field = fieldOf(about, node);
    const way = field && about.operators[field.kind].find((one) => one.name === node.op);
    return way ? way.shape : "";
  }
  /* `places`: where each node stands in what is sent → its id. Unfinished rows are left out unless `whole`. */
  function plainOf(about, node, at, places, whole) {
    places[at] = node.id;
    const step = (name) => (at ? `${at}.${name}` : String(name));
    if (node.type === "group") {
      const sent = [];
      node.nodes.forEach((inner) => {
        const plain = plainOf(about, inner, step(sent.length), places, whole);
        if (plain) sent.push(plain);
      });
      return sent.length || !at ? { [node.joiner]: sent } : null; // an empty group says nothing
    }
    if (node.type === "has") {
      const n = /^\d+$/.test(node.n) ? Number(node.n) : whole ? node.n : 1;
      const m = /^\d+$/.test(node.m) ? Number(node.m) : whole ? node.m : n;
      const counts = { some: { at_least: 1 }, without: { at_least: 0, at_most: 0 }, least: { at_least: n }, most: { at_least: 0, at_most: n }, between: { at_least: n, at_most: m } };
      return { has: node.name, ...counts[node.way], where: plainOf(about, node.where, step("w"), places, whole) || { all: [] } };
    }
    const shape = shapeOf(about, node);
    const value = shape ? valueOf(shape, node.typed, about) : undefined;
    if (!whole && (!node.name || (shape && value === undefined))) return null;
    return { field: node.name || "", op: node.op || "", ...(shape ? { value: value === undefined ? null : value } : {}) };
  }

  /* ---- The editor of one section. ---- */
  function edit(section, opener, base) {
    const about = JSON.parse(section.querySelector("#zk-conditions-about").textContent);
    const part = (name) => section.querySelector(`[data-${name}]`);
    const words = about.words;
    const address = () => new URLSearchParams(location.search);
    let root = groupOf(about, about.tree, "c0");
    let timer = 0;
    let waiting = null;
    let faults = {}; // id → text
    let counts = {}; // id → text

    function keepDraft() {
      sessionStorage.setItem(DRAFT, JSON.stringify({ base, path: location.pathname, read: about.read, tree: plainOf(about, root, "", {}, true) }));
    }
    function takeDraft() {
      try {
        const draft = JSON.parse(sessionStorage.getItem(DRAFT) || "null");
        if (draft && draft.base === base && draft.path === location.pathname && draft.read === about.read) root = groupOf(about, draft.tree, "c0");
      } catch (error) {
        sessionStorage.removeItem(DRAFT);
      }
    }

    /* Finding a node and its list. */
    function home(id, group = root) {
      for (const [at, node] of group.nodes.entries()) {
        if (node.id === id) return { list: group.nodes, at, group };
        const inner = node.type === "group" ? node : node.type === "has" ? node.where : null;
        const found = inner && home(id, inner);
        if (found) return found;
      }
      return null;
    }
    function changed(focus) {
      draw(focus);
      soon();
    }
    function add(group, node) {
      group.nodes.push(node);
      changed(node.type === "group" ? `${node.id}:add` : `${node.id}:field`);
      if (node.type === "check") section.querySelector(`[data-k="${node.id}:field"]`).click();
    }
    function remove(node) {
      const { list, at, group } = home(node.id);
      list.splice(at, 1);
      const near = list[at] || list[at - 1];
      changed(near ? `${near.id}:field` : `${group.id}:add`);
    }
    function choose(node, chosen) {
      const { list, at } = home(node.id);
      const isRelation = chosen.catalogue !== undefined;
      const next = isRelation
        ? { id: node.id, type: "has", name: chosen.name, way: "some", n: "2", m: "5", catalogue: node.catalogue, where: groupOf(about, null, chosen.catalogue) }
        : { id: node.id, type: "check", name: chosen.name, op: about.operators[chosen.kind][0].name, catalogue: node.catalogue };
      if (!isRelation) next.typed = fresh(shapeOf(about, next), about, chosen);
      list[at] = next;
      changed(`${node.id}:${isRelation ? "way" : "op"}`);
    }

    /* Drawing. */
    function draw(focus) {
      const active = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.k : "";
      part("rows").replaceChildren(drawn(root, true));
      mark();
      const next = (focus || active) && section.querySelector(`[data-k="${focus || active}"]`);
      if (next) next.focus();
    }
    function joinWord(group, at) {
      if (!at) return group === root ? words.when : "";
      return { all: words.and, any: words.or, none: words.nor }[group.joiner];
    }
    function drawn(group, isRoot) {
      const rows = group.nodes.map((node, at) => row(node, joinWord(group, at)));
      const adds = build("div", { class: "zkc-adds" }, [
        button("add", "plus", words.add, `${group.id}:add`, () => add(group, named({ type: "check", name: "", op: "", catalogue: group.catalogue, typed: {} }))),
        button("add", "plus", words.addGroup, `${group.id}:addGroup`, () => add(group, named({ type: "group", joiner: "any", catalogue: group.catalogue, nodes: [] }))),
      ]);
      const joiner = isRoot && group.nodes.length > 1 ? [build("div", { class: "zkc-row" }, [build("span", { class: "zkc-join" }), joinerOf(group)])] : [];
      return build("div", { class: isRoot ? "zkc-root" : "zkc-inner", role: "group", "aria-label": words[group.joiner] }, [...joiner, ...rows, adds]);
    }
    function joinerOf(group) {
      const options = ["all", "any", "none"].map((name) => [name, words[name]]);
      return select(`${group.id}:joiner`, words.joined, options, group.joiner, (value) => {
        group.joiner = value;
        changed();
      });
    }
    function row(node, word) {
      const join = build("span", { class: "zkc-join" }, [word]);
      const end = build("span", { class: "zkc-end" }, [build("span", { class: "zkc-count zk-num", "data-count": node.id }), removal(node)]);
      const lineOf = (parts) => build("div", { class: "zkc-row" }, [join, build("span", { class: "zkc-body" }, parts), end]);
      const fault = build("p", { class: "zkc-fault", id: `${node.id}-fault`, "data-fault-of": node.id });
      if (node.type === "group") return build("div", { class: "zkc-node" }, [lineOf([joinerOf(node)]), fault, drawn(node)]);
      const middle = node.type === "has" ? quantity(node) : comparison(node);
      const line = lineOf([fieldButton(node), ...middle]);
      if (node.type !== "has") return build("div", { class: "zkc-node" }, [line, fault]);
      const where = node.where.nodes.length > 1 ? joinerOf(node.where) : build("span", { class: "zk-note" }, [node.where.nodes.length ? words.where : ""]);
      return build("div", { class: "zkc-node" }, [line, fault, build("div", { class: "zkc-where" }, [where]), drawn(node.where)]);
    }
    function fieldButton(node) {
      const chosen = node.type === "has" ? relationOf(about, node) : fieldOf(about, node);
      const title = chosen ? chosen.title : node.name || words.field;
      const opened = build("button", { type: "button", class: "zkc-field", "data-k": `${node.id}:field`, "aria-haspopup": "listbox", "aria-describedby": `${node.id}-fault` }, [
        build("span", {}, [title]), icon(section, "chevron-down", 13),
      ]);
      const { fields, relations } = about.catalogues[node.catalogue];
      opened.addEventListener("click", () => picker(opened, { section, words, options: [...fields, ...relations], pick: (one) => choose(node, one) }));
      return build("span", { class: "zkc-anchor" }, [opened]);
    }
    function comparison(node) {
      const field = fieldOf(about, node);
      if (!field) return [];
      const ways = about.operators[field.kind].map((one) => [one.name, one.title]);
      const op = select(`${node.id}:op`, words.op, ways, node.op, (value) => {
        const before = shapeOf(about, node);
        node.op = value;
        if (shapeOf(about, node) !== before) node.typed = { ...fresh(shapeOf(about, node), about, field), ...(node.typed && node.typed.a && before.startsWith("amount") ? node.typed : {}) };
        changed();
      });
      return [op, inputs({ section, about, node, field, shape: shapeOf(about, node), chain: relationsAbove(node), change: soon })];
    }
    function relationsAbove(node, group = root, chain = []) {
      for (const one of group.nodes) {
        if (one.id === node.id) return chain;
        const inner = one.type === "group" ? relationsAbove(node, one, chain) : one.type === "has" ? relationsAbove(node, one.where, [...chain, one.name]) : null;
        if (inner) return inner;
      }
      return null;
    }
    function quantity(node) {
      const options = ["some", "without", "least", "most", "between"].map((name) => [name, words[name]]);
      const way = select(`${node.id}:way`, words.op, options, node.way, (value) => {
        node.way = value;
        changed();
      });
      const number = (name) => {
        const field = build("input", { class: "zk-input zkc-number", type: "text", inputmode: "numeric", value: node[name], "data-k": `${node.id}:${name}`, "aria-label": words.count });
        field.addEventListener("input", () => {
          node[name] = field.value.trim();
          soon();
        });
        return field;
      };
      const shown = { least: ["n"], most: ["n"], between: ["n", "m"] }[node.way] || [];
      return [way, ...shown.map(number)];
    }
    function select(key, label, options, chosen, change) {
      const made = build("select", { class: "zk-select zkc-select", "data-k": key, "aria-label": label }, options.map(([value, title]) => {
        const option = build("option", { value }, [title]);
        option.selected = value === chosen;
        return option;
      }));
      made.addEventListener("change", () => change(made.value));
      return made;
    }
    function button(kind, picture, text, key, act) {
      const made = build("button", { type: "button", class: `zkc-${kind}`, "data-k": key }, [icon(section, picture, 13), text]);
      made.addEventListener("click", act);
      return made;
    }
    function removal(node) {
      const known = node.type === "has" ? relationOf(about, node) : node.type === "check" ? fieldOf(about, node) : null;
      const label = `${words.remove}: ${known ? known.title : node.type === "group" ? words.addGroup : words.add}`;
      const made = build("button", { type: "button", class: "zk-icon-button zkc-remove", "data-k": `${node.id}:remove`, "aria-label": label, title: label }, [icon(section, "x", 16)]);
      made.addEventListener("click", () => remove(node));
      return made;
    }
    /* What the server said, put beside the rows it concerns. */
    function mark() {
      section.querySelectorAll("[data-fault-of]").forEach((place) => {
        place.textContent = faults[place.dataset.faultOf] || "";
        place.closest(".zkc-node").classList.toggle("zkc-wrong", Boolean(faults[place.dataset.faultOf]));
      });
      section.querySelectorAll("[data-count]").forEach((place) => (place.textContent = counts[place.dataset.count] || ""));
      part("fault").textContent = faults[root.id] || "";
    }

    /* ---- Asking the server. ---- */
    function soon() {
      keepDraft();
      clearTimeout(timer);
      timer = setTimeout(() => ask(false), PAUSE);
    }
    async function ask(whole) {
      clearTimeout(timer);
      if (waiting) waiting.abort();
      const mine = (waiting = new AbortController());
      const places = {};
      const tree = plainOf(about, root, "", places, whole);
      const body = address();
      ["after", "before"].forEach((name) => body.delete(name));
      body.set("where", JSON.stringify({ version: 1, where: tree }));
      section.setAttribute("aria-busy", "true");
      try {
        const headers = { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content, Accept: "application/json" };
        const answer = await fetch(about.read, { method: "POST", body, headers, credentials: "same-origin", signal: mine.signal });
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        return take(await answer.json(), places, tree);
      } catch (error) {
        if (error.name !== "AbortError") part("fault").textContent = words.noAnswer;
        return null;
      } finally {
        if (waiting === mine) section.removeAttribute("aria-busy");
      }
    }
    function take(told, places, tree) {
      faults = {};
      counts = {};
      told.problems.forEach((problem) => (faults[places[problem.at] || root.id] = problem.text));
      if (!told.problems.length) {
        const steps = told.steps;
        if (tree.all) tree.all.forEach((_one, at) => (counts[places[String(at)]] = steps[at + 1] ? `${steps[at] || "…"} → ${steps[at + 1]}` : words.uncounted));
        part("said").textContent = told.said;
        part("total").textContent = steps[steps.length - 1] || "—";
        part("of").textContent = steps[0] && steps.length > 1 ? words.of.replace("%s", steps[0]) : "";
        part("status").textContent = words.found.replace("%s", steps[steps.length - 1] || "—");
      }
      mark();
      return told;
    }
    async function apply() {
      const told = await ask(true);
      if (!told) return;
      if (told.problems.length) {
        const first = section.querySelector(".zkc-wrong :is(input, select, button)");
        if (first) first.focus();
        return;
      }
      const next = address();
      ["after", "before", "where"].forEach((name) => next.delete(name));
      if (root.nodes.length || base) next.set("where", root.nodes.length ? told.where : ""); // empty: also where a saved view has one
      sessionStorage.removeItem(DRAFT);
      location.assign(`${about.list}?${next}`);
    }
    function clear() {
      root = groupOf(about, null, "c0");
      faults = {};
      counts = {};
      sessionStorage.removeItem(DRAFT);
      changed(`${root.id}:add`);
    }
    function close() {
      section.hidden = true;
      opener().setAttribute("aria-expanded", "false");
      opener().focus();
    }
    function open() {
      section.hidden = false;
      opener().setAttribute("aria-expanded", "true");
      const first = section.querySelector(".zkc-field") || section.querySelector(".zkc-add");
      if (first) first.focus();
    }

    part("apply").addEventListener("click", apply);
    part("clear").addEventListener("click", clear);
    part("close").addEventListener("click", close);
    section.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        apply();
      } else if (event.key === "Escape" && !event.defaultPrevented) {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    });
    takeDraft();
    draw();
    if (!root.nodes.length) add(root, named({ type: "check", name: "", op: "", catalogue: "c0", typed: {} }));
    ask(false);
    return { open, close, isOpen: () => !section.hidden };
  }

  /* ---- Opening it: the button, its key F, a link that needs mending. ---- */
  let editor = null;
  async function toggle() {
    const place = document.querySelector("[data-zk-conditions-place]");
    if (editor) return void (editor.isOpen() ? editor.close() : editor.open());
    const where = place.dataset.zkWhere;
    const query = where ? `?${new URLSearchParams({ where })}` : "";
    const answer = await fetch(place.dataset.zkConditionsPlace + query, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return void place.replaceChildren(document.querySelector("#zk-no-answer").content.cloneNode(true));
    place.innerHTML = await answer.text();
    editor = edit(place.querySelector("[data-zk-conditions-editor]"), () => document.querySelector("button[data-zk-conditions]"), where);
    if (!place.querySelector(".zkc-popup")) editor.open();
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-zk-conditions]")) toggle();
  });
})();
