/* Editing on a customer's page: the dialog of acts, panels that an act changed. Ctrl ↵ saves, Esc leaves; drafts are core/drafts.js. */
(function () {
  "use strict";
  /* The dialog of a customer's page: opens with what was fetched into it, closes when it is done and fetches the panels it changed. */
  const dialog = document.getElementById("zk-act");
  document.addEventListener("htmx:after:swap", () => {
    if (dialog && dialog.firstElementChild && !dialog.open) dialog.showModal();
  });
  if (dialog) dialog.addEventListener("close", () => dialog.replaceChildren());
  document.body.addEventListener("zk-done", (event) => {
    if (dialog && dialog.open) dialog.close();
    (event.detail.panels || []).forEach((name) => {
      const panel = document.getElementById(`panel-${name}`);
      if (panel) htmx.trigger(panel, "retry");
    });
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-zk-close]")) event.target.closest("dialog").close();
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
