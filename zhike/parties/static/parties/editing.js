/* Forms that lose nothing: a draft is kept in this browser while somebody types (by person, never for a field marked data-zk-secret), comes
   back when the form opens again, and goes when the server has kept it. Ctrl ↵ saves, Esc leaves. */
(function () {
  "use strict";
  const person = document.body.dataset.zkPerson || "";
  const DAYS = 14;
  const keyOf = (form) => `zk-draft:${person}:${form.dataset.zkDraft}`;
  const fields = (form) => Array.from(form.elements).filter((field) => field.name && field.type !== "hidden" && !field.closest("[data-zk-secret]"));
  let sending = null; // the draft of the form on its way

  function read(form) {
    try {
      const kept = JSON.parse(localStorage.getItem(keyOf(form)) || "null");
      return kept && Date.now() - kept.at < DAYS * 86400000 ? kept.values : null;
    } catch {
      return null;
    }
  }
  const chosen = (field) => (field.type === "checkbox" || field.type === "radio" ? field.checked : field.value);
  const valuesOf = (form) => fields(form).map((field) => [field.name, field.type === "checkbox" || field.type === "radio" ? field.value : "", chosen(field)]);
  function keep(form) {
    try {
      localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values: valuesOf(form) }));
    } catch {
      /* a full or forbidden store: the form still works */
    }
  }
  function fill(form, values) {
    let differs = false;
    values.forEach(([name, value, kept]) => {
      const field = fields(form).find((one) => one.name === name && (value === "" || one.value === value));
      if (!field || chosen(field) === kept) return;
      differs = true;
      if (typeof kept === "boolean") field.checked = kept;
      else field.value = kept;
    });
    return differs;
  }
  function open(form) {
    if (form.dataset.zkOpened) return;
    form.dataset.zkOpened = "true";
    form.zkFirst = valuesOf(form);
    const kept = form.querySelector(".zk-conflict, [aria-invalid=true]") ? null : read(form);
    const note = form.querySelector("[data-zk-draft-note]");
    if (kept && fill(form, kept) && note) note.hidden = false;
  }
  const drop = (key) => localStorage.removeItem(key);
  const drafts = () => Array.from(document.querySelectorAll("form[data-zk-draft]"));
  const all = () => drafts().forEach(open);
  /* A form that was sent as a page of its own and did not come back was kept. */
  const sent = sessionStorage.getItem("zk-sent");
  sessionStorage.removeItem("zk-sent");
  if (sent && !drafts().some((form) => keyOf(form) === sent)) drop(sent);
  document.addEventListener("htmx:after:swap", all);
  addEventListener("DOMContentLoaded", all);

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-zk-draft]");
    if (form) keep(form);
  });
  document.addEventListener("click", (event) => {
    const form = event.target.closest("form[data-zk-draft]");
    if (!form) return;
    if (event.target.closest("[data-zk-cancel]")) drop(keyOf(form));
    if (event.target.closest("[data-zk-draft-drop]")) {
      drop(keyOf(form));
      fill(form, form.zkFirst);
      form.querySelector("[data-zk-draft-note]").hidden = true;
    }
  });
  /* Logging in anew makes a new token; the one of this page would be refused. */
  const token = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1];
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target.closest("form[data-zk-draft]");
      if (!form) return;
      sending = keyOf(form);
      if (!form.hasAttribute("hx-post")) sessionStorage.setItem("zk-sent", sending);
      const csrf = form.querySelector("[name=csrfmiddlewaretoken]");
      if (csrf && token()) csrf.value = token();
    },
    true,
  );
  document.body.addEventListener("zk-kept", () => {
    if (sending) drop(sending);
    sending = null;
  });
  /* The dialog of a customer's page: opens with what was fetched into it, closes when it is done and fetches the panels it changed. */
  const dialog = document.getElementById("zk-act");
  document.addEventListener("htmx:after:swap", () => {
    if (dialog && dialog.firstElementChild && !dialog.open) dialog.showModal();
  });
  if (dialog) dialog.addEventListener("close", () => dialog.replaceChildren());
  document.body.addEventListener("zk-done", (event) => {
    if (sending) drop(sending);
    sending = null;
    if (dialog && dialog.open) dialog.close();
    (event.detail.panels || []).forEach((name) => {
      const panel = document.getElementById(`panel-${name}`);
      if (panel) htmx.trigger(panel, "retry");
    });
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-zk-close]")) event.target.closest("dialog").close();
  });
  document.addEventListener("htmx:error", (event) => {
    const form = event.target instanceof Element && event.target.closest("form[data-zk-form]");
    const words = form && form.querySelector("[data-zk-not-sent]");
    if (words) words.hidden = false;
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target instanceof Element && event.target.closest("form[data-zk-form]");
    if (!form) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape") {
      const cancel = form.querySelector("[data-zk-cancel]");
      if (cancel) cancel.focus();
    }
  });
})();
