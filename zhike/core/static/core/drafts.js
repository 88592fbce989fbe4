/* Drafts: a form marked data-zk-draft keeps what is typed in this browser, under the person, until the server has kept it; it comes back when the
   form opens again: after a dropped connection, an ended session, a closed tab. Nothing of it outlives log-out, twelve hours, or somebody else's
   log-in here; fields marked data-zk-secret are never kept, and long numbers are kept as dots. */
(function () {
  "use strict";
  const person = document.body.dataset.zkPerson || "";
  const PREFIX = "zk-draft:";
  const HOURS = 12; // a session lasts ten
  const LONG_NUMBER = /\d(?:[ -]?\d){10,}[ -]?[\dXx]/g; // cards and documents, which notes do not keep either
  const keyOf = (form) => `${PREFIX}${person}:${form.dataset.zkDraft}`;
  const fields = (form) =>
    Array.from(form.elements).filter((field) => field.name && !["hidden", "file"].includes(field.type) && !field.closest("[data-zk-secret]"));
  let sending = null; // the draft of the form on its way

  function kept(key) {
    try {
      const found = JSON.parse(localStorage.getItem(key) || "null");
      return found && Date.now() - found.at < HOURS * 3600000 ? found.values : null;
    } catch {
      return null;
    }
  }
  /* Whoever opens a page leaves no draft of anybody else, and none that is old. */
  function tidy(everything) {
    const mine = `${PREFIX}${person}:`;
    Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX) && (everything || !key.startsWith(mine) || !kept(key)))
      .forEach((key) => localStorage.removeItem(key));
  }
  const ticks = (field) => field.type === "checkbox" || field.type === "radio";
  const chosen = (field) => (ticks(field) ? field.checked : field.value);
  const valuesOf = (form) => fields(form).map((field) => [field.name, ticks(field) ? field.value : "", chosen(field)]);
  const harmless = (value) => (typeof value === "string" ? value.replace(LONG_NUMBER, "••••") : value);
  function keep(form) {
    try {
      const values = valuesOf(form).map(([name, option, value]) => [name, option, harmless(value)]);
      localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values }));
    } catch {
      /* a full or forbidden store: the form still works */
    }
  }
  function fill(form, values) {
    let differs = false;
    values.forEach(([name, option, value]) => {
      const field = fields(form).find((one) => one.name === name && (option === "" || one.value === option));
      if (!field || chosen(field) === value) return;
      differs = true;
      if (typeof value === "boolean") field.checked = value;
      else field.value = value;
    });
    return differs;
  }
  function open(form) {
    if (form.dataset.zkOpened) return;
    form.dataset.zkOpened = "true";
    form.zkFirst = valuesOf(form);
    const found = form.querySelector(".zk-conflict, [aria-invalid=true]") ? null : kept(keyOf(form));
    const said = form.querySelector("[data-zk-draft-note]");
    if (found && fill(form, found) && said) said.hidden = false;
  }
  const drop = (key) => localStorage.removeItem(key);
  const forms = () => Array.from(document.querySelectorAll("form[data-zk-draft]"));

  if (person) tidy(false);
  /* A form that was sent as a page of its own and did not come back was kept. */
  const sent = sessionStorage.getItem("zk-sent");
  sessionStorage.removeItem("zk-sent");
  if (sent && !forms().some((form) => keyOf(form) === sent)) drop(sent);
  document.addEventListener("htmx:after:swap", () => forms().forEach(open));
  addEventListener("DOMContentLoaded", () => forms().forEach(open));

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-zk-draft]");
    if (form) keep(form);
  });
  document.addEventListener("click", (event) => {
    const form = event.target.closest("form[data-zk-draft]");
    if (!form) return;
    if (event.target.closest("[data-zk-cancel]")) drop(keyOf(form));
    if (event.target.closest("[data-zk-draft-drop]")) forget(form);
  });
  /* Logging in anew makes a new token; the one of this page would be refused. */
  const token = () => (document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/) || [])[1];
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target.matches("[data-zk-log-out]")) return tidy(true);
      const form = event.target.closest("form[data-zk-draft]");
      if (!form) return;
      sending = keyOf(form);
      if (!form.hasAttribute("hx-post")) sessionStorage.setItem("zk-sent", sending);
      const csrf = form.querySelector("[name=csrfmiddlewaretoken]");
      if (csrf && token()) csrf.value = token();
      const words = form.querySelector("[data-zk-not-sent]");
      if (words) words.hidden = true;
    },
    true,
  );
  function forget(form) {
    drop(keyOf(form));
    fill(form, form.zkFirst || []);
    const said = form.querySelector("[data-zk-draft-note]");
    if (said) said.hidden = true;
  }
  /* The server kept it. The answer may have brought the same form anew, which took the draft up again. */
  function done() {
    if (!sending) return;
    drop(sending);
    forms().filter((form) => keyOf(form) === sending).forEach(forget);
    sending = null;
  }
  document.body.addEventListener("zk-kept", done);
  document.body.addEventListener("zk-done", done);
  document.addEventListener("htmx:error", (event) => {
    const form = event.target instanceof Element && event.target.closest("form[data-zk-draft]");
    const words = form && form.querySelector("[data-zk-not-sent]");
    if (words) words.hidden = false;
  });
})();
