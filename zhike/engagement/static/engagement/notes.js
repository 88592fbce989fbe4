/* Writing notes: @ opens the colleagues one may mention, Ctrl Enter saves, L begins a note, chosen files are named. */
(function () {
  "use strict";
  const fieldOf = (target) => (target instanceof Element ? target.closest("[data-zk-mentions]") : null);
  const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));
  const options = (list) => Array.from(list.querySelectorAll("[role=option]"));
  const BEGUN = /(^|[^A-Za-z0-9.])@([^\s@,.;:，。；：、]{0,20})$/;
  let timer = 0;
  let waiting = null;

  const begun = (field) => BEGUN.exec(field.value.slice(0, field.selectionStart));
  function close(field) {
    clearTimeout(timer);
    if (waiting) waiting.abort();
    const list = listOf(field);
    if (list) list.hidden = true;
    field.removeAttribute("aria-activedescendant");
  }
  function choose(field, at) {
    const all = options(listOf(field));
    all.forEach((option, number) => {
      option.id = `${field.id}-person-${number}`;
      option.setAttribute("aria-selected", String(number === at));
    });
    if (!all[at]) return;
    field.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  }
  const chosen = (list) => options(list).findIndex((option) => option.getAttribute("aria-selected") === "true");
  function move(field, step) {
    const count = options(listOf(field)).length;
    if (count) choose(field, (chosen(listOf(field)) + step + count) % count);
  }
  function take(field, option) {
    const found = begun(field);
    close(field);
    if (!found || !option) return;
    const from = field.selectionStart - found[2].length;
    field.setRangeText(`${option.dataset.call} `, from, field.selectionStart, "end");
    field.focus();
  }
  async function ask(field) {
    const found = begun(field);
    if (!found) return close(field);
    if (waiting) waiting.abort();
    const mine = (waiting = new AbortController());
    const address = `${field.dataset.zkMentions}?${new URLSearchParams({ q: found[2] })}`;
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, credentials: "same-origin", signal: mine.signal }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected || waiting !== mine) return;
    const list = listOf(field);
    list.innerHTML = await answer.text();
    list.hidden = !options(list).length;
    choose(field, 0);
  }

  document.addEventListener("input", (event) => {
    const field = fieldOf(event.target);
    if (!field || event.isComposing) return;
    clearTimeout(timer);
    if (begun(field)) timer = setTimeout(() => ask(field), 120);
    else close(field);
  });
  document.addEventListener("compositionend", (event) => {
    const field = fieldOf(event.target);
    if (field) ask(field);
  });
  document.addEventListener("keydown", (event) => {
    const field = fieldOf(event.target);
    if (!field || event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      field.form.requestSubmit();
      return;
    }
    const list = listOf(field);
    if (list.hidden) return;
    const pick = () => take(field, options(list)[chosen(list)]);
    const acts = { ArrowDown: () => move(field, 1), ArrowUp: () => move(field, -1), Enter: pick, Tab: pick, Escape: () => close(field) };
    if (!acts[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }, true);
  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest(".zk-mention-option");
    if (!option) return;
    event.preventDefault(); // the field keeps the focus
    take(document.querySelector(`[aria-controls="${CSS.escape(option.parentElement.id)}"]`), option);
  });
  document.addEventListener("focusout", (event) => {
    const field = fieldOf(event.target);
    if (field) close(field);
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-zk-note] input[type=file]")) return;
    const said = event.target.form.querySelector("[data-zk-attached]");
    if (event.target.files.length) said.textContent = Array.from(event.target.files, (file) => file.name).join(", ");
  });
})();
