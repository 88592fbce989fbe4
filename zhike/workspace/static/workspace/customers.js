/* The customer list in the browser: columns moved and resized. Every act has its form; this makes it quicker. */
(function () {
  "use strict";
  const one = (selector, within) => (within || document).querySelector(selector);
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
  const csrf = () => one("meta[name=csrf-token]").content;

  /* ---- The order of columns: a row goes up or down, and keeps the focus. ---- */
  document.addEventListener("click", (event) => {
    const mover = event.target.closest("[data-zk-move]");
    if (!mover) return;
    const row = mover.closest("li");
    const up = mover.dataset.zkMove === "-1";
    const other = up ? row.previousElementSibling : row.nextElementSibling;
    if (!other || one("input", other).disabled) return;
    if (up) other.before(row);
    else other.after(row);
    mover.focus();
  });

  /* ---- Widths: the edge of a head is dragged, or moved by the arrow keys; kept when it comes to rest. ---- */
  const STEP = 16;
  let keeping = 0;
  function widen(head, width) {
    const table = head.closest("table");
    const column = all("col[data-zk-column]", table)[head.dataset.zkAt];
    const wanted = Math.min(Math.max(Math.round(width), 60), 600);
    column.setAttribute("width", String(wanted));
    one(".zk-edge", head).setAttribute("aria-valuenow", String(wanted));
    clearTimeout(keeping);
    keeping = setTimeout(() => keep(table), 600);
  }
  function keep(table) {
    const form = one("[data-zk-widths]");
    if (!form) return;
    const body = new FormData(form);
    all("col[data-zk-column]", table).forEach((column) => {
      body.append("columns", column.dataset.zkColumn);
      if (column.getAttribute("width")) body.append(`width-${column.dataset.zkColumn}`, column.getAttribute("width"));
    });
    fetch(form.action, { method: "POST", body, headers: { "X-CSRFToken": csrf() }, redirect: "manual" }).catch(() => {});
  }
  function edges() {
    const table = one(".zk-customers");
    const template = one("#zk-edge");
    if (!table || !template || innerWidth < 1100 || one(".zk-edge", table)) return;
    all("thead th[data-zk-head]", table).forEach((head, at) => {
      head.dataset.zkAt = String(at);
      const edge = template.content.firstElementChild.cloneNode(true);
      edge.setAttribute("aria-label", `${edge.getAttribute("aria-label")} ${head.textContent.trim()}`);
      edge.setAttribute("aria-valuenow", String(Math.round(head.getBoundingClientRect().width)));
      head.append(edge);
    });
  }
  document.addEventListener("pointerdown", (event) => {
    const edge = event.target.closest(".zk-edge");
    if (!edge) return;
    const head = edge.closest("th");
    const from = event.clientX;
    const width = head.getBoundingClientRect().width;
    edge.setPointerCapture(event.pointerId);
    const move = (moved) => widen(head, width + moved.clientX - from);
    edge.addEventListener("pointermove", move);
    edge.addEventListener("pointerup", () => edge.removeEventListener("pointermove", move), { once: true });
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const edge = event.target.closest(".zk-edge");
    if (!edge || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const head = edge.closest("th");
    widen(head, head.getBoundingClientRect().width + (event.key === "ArrowLeft" ? -STEP : STEP));
    event.preventDefault();
  });
  addEventListener("load", edges);
  document.addEventListener("htmx:after:swap", edges);
})();
