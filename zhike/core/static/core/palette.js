/* The search that opens everywhere (Ctrl K, ⌘ K, the field in the header): a combobox over a list the server answers. Its dialog
   keeps the focus and gives it back by itself. */
(function () {
  "use strict";
  const dialog = document.getElementById("zk-palette");
  if (!dialog) return;
  const one = (selector) => dialog.querySelector(selector);
  const field = one("[role=combobox]");
  const list = one("[role=listbox]");
  const said = one("[role=status]");
  const options = () => Array.from(list.querySelectorAll("[role=option]"));
  let timer = 0;
  let waiting = null; // the request on its way
  let shown = null; // the words whose answer stands in the list
  let hurry = null; // Enter was pressed before the answer came

  function choose(at, scroll) {
    const all = options();
    all.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    if (!all[at]) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", all[at].id);
    if (scroll) all[at].scrollIntoView({ block: "nearest" });
  }
  const chosen = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");
  function move(step) {
    const count = options().length;
    if (count) choose((chosen() + step + count) % count, true);
  }
  function show(html, words) {
    list.innerHTML = html;
    options().forEach((option, number) => (option.id = `zk-found-option-${number}`));
    list.scrollTop = 0;
    shown = words;
    choose(0);
    const told = one("[data-zk-said]");
    said.textContent = told ? told.content.textContent : "";
    dialog.classList.toggle("zk-palette-empty", !options().length);
    if (hurry) open(hurry.away);
  }
  function fail(why) {
    show("", null);
    said.textContent = one(why || "[data-zk-failed]").content.textContent;
    hurry = null;
  }
  const words = () => field.value.trim();
  async function ask() {
    if (waiting) waiting.abort();
    const mine = (waiting = new AbortController());
    const asked = words();
    try {
      const answer = await fetch(`${dialog.dataset.zkFind}?${new URLSearchParams({ q: asked })}`, {
        headers: { "HX-Request": "true" }, credentials: "same-origin", signal: mine.signal,
      });
      if (answer.status === 429) return fail("[data-zk-too-often]");
      if (!answer.ok || answer.redirected) return fail();
      show(await answer.text(), asked);
    } catch (error) {
      if (error.name !== "AbortError") fail();
    }
  }
  function open(away) {
    if (shown !== words()) return void (hurry = { away });
    hurry = null;
    const option = options()[chosen()];
    if (option) press(option, away);
  }
  function press(option, away) {
    const control = option.dataset.zkPress;
    if (away && !control) return void window.open(option.href, "_blank", "noopener");
    dialog.close();
    if (control) {
      const found = document.querySelector(control);
      if (found) found.click();
    } else location.assign(option.href);
  }
  function start() {
    if (dialog.open || document.querySelector("dialog[open]")) return;
    dialog.showModal();
    field.focus();
    field.select();
    hurry = null;
    ask();
  }

  field.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  field.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const acts = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: () => open(event.ctrlKey || event.metaKey) };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
  list.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option.getAttribute("aria-selected") !== "true") choose(options().indexOf(option));
  });
  dialog.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (event.target === dialog) dialog.close();
    if (!option || (!option.dataset.zkPress && (event.ctrlKey || event.metaKey || event.shiftKey))) return;
    event.preventDefault();
    press(option, false);
  });
  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    if (waiting) waiting.abort();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-zk-palette]")) start();
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (dialog.open) field.select();
    else start();
  });
})();
