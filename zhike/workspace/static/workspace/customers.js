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

  /* ---- Ticks: kept while she pages, gone with Esc or when the act is done. A range with Shift, `x` for the row in focus. ---- */
  const bar = one("[data-zk-bulk]");
  if (!bar) return;
  const shelf = `zk-ticked:${new URLSearchParams(bar.dataset.state).get("view")}`;
  const ticked = new Set(JSON.parse(sessionStorage.getItem(shelf) || "[]"));
  const MOST = 500;
  let every = false;
  let last = null;
  const boxes = () => all(".zk-customers tbody .zk-tick");
  function show() {
    boxes().forEach((box) => (box.checked = every || ticked.has(box.value)));
    const head = one("[data-zk-tick-all]");
    const on = boxes().filter((box) => box.checked).length;
    if (head) {
      head.checked = on > 0 && on === boxes().length;
      head.indeterminate = on > 0 && on < boxes().length;
    }
    bar.hidden = !every && !ticked.size;
    one("[data-zk-one]", bar).hidden = every;
    one("[data-zk-every]", bar).hidden = !every;
    one("[data-zk-all-of-list]", bar).hidden = every;
    one("[data-zk-count]", bar).textContent = String(ticked.size);
    sessionStorage.setItem(shelf, JSON.stringify(Array.from(ticked)));
    const form = one("[data-zk-export-form]");
    if (!form) return;
    one("[data-zk-ids]", form).value = every ? "" : Array.from(ticked).join(",");
    one("[data-zk-export-ticked]", form).hidden = every || !ticked.size;
    one("[data-zk-count]", form).textContent = String(ticked.size);
  }
  function tick(box, on) {
    if (on && ticked.size < MOST) ticked.add(box.value);
    else ticked.delete(box.value);
  }
  function clear() {
    ticked.clear();
    every = false;
    last = null;
    show();
  }
  document.addEventListener("click", (event) => {
    const box = event.target.closest(".zk-customers .zk-tick");
    if (box && box.matches("[data-zk-tick-all]")) {
      every = false;
      boxes().forEach((each) => tick(each, box.checked));
    } else if (box) {
      const shown = boxes();
      if (every) {
        every = false;
        shown.forEach((each) => tick(each, true));
      }
      const from = event.shiftKey && last ? shown.indexOf(last) : -1;
      const to = shown.indexOf(box);
      const range = from < 0 ? [box] : shown.slice(Math.min(from, to), Math.max(from, to) + 1);
      range.forEach((each) => tick(each, box.checked));
      last = box;
    }
    if (box) show();
    if (event.target.closest("[data-zk-clear]")) clear();
    if (event.target.closest("[data-zk-all-of-list]")) {
      every = true;
      show();
    }
    const act = event.target.closest("[data-zk-act]");
    if (act) look(act);
  });
  function look(act) {
    const asked = new URLSearchParams(bar.dataset.state);
    asked.set("act", act.dataset.zkAct);
    if (act.dataset.target) asked.set("target", act.dataset.target);
    if (every) asked.set("all", "1");
    else asked.set("ids", Array.from(ticked).join(","));
    const menu = one(".zk-bulk-more[open]", bar);
    if (menu) menu.open = false;
    one("#bulk-body").replaceChildren();
    one("#bulk-dialog").showModal();
    htmx.ajax("GET", `${bar.dataset.url}?${asked}`, { target: "#bulk-body", swap: "innerHTML" });
  }
  document.addEventListener("zk-bulk-done", () => {
    one("#bulk-dialog").close();
    clear();
  });
  const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || one("dialog[open]")) return;
    if (event.key === "Escape") return clear();
    if (localStorage.getItem("zk-single-keys") === "off") return;
    const row = one(".zk-customers tbody tr.zk-focused");
    if (event.key === "x" && row) {
      event.preventDefault();
      one(".zk-tick", row).click();
    }
    const opener = one("[data-zk-export]");
    if (event.key === "e" && opener) {
      event.preventDefault();
      opener.click();
    }
  });
  document.addEventListener("htmx:after:swap", show);
  show();
})();
