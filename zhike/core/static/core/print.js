/* Paper is day whatever the screen is: colours, charts at the width of a sheet, and the short tables behind them. */
(function () {
  "use strict";
  const SHEET = 640; // px between the edges of a card on A4 upright
  const root = document.documentElement;
  let before = null;
  addEventListener("beforeprint", () => {
    if (before) return;
    const closed = Array.from(document.querySelectorAll("main .zk-chart details:not([open])"));
    before = { theme: root.dataset.bsTheme, opened: closed.filter((one) => one.querySelectorAll("tbody tr").length <= 12) };
    root.dataset.bsTheme = "light";
    before.opened.forEach((one) => (one.open = true));
    dispatchEvent(new CustomEvent("zk:charts", { detail: SHEET }));
  });
  addEventListener("afterprint", () => {
    if (!before) return;
    root.dataset.bsTheme = before.theme;
    before.opened.forEach((one) => (one.open = false));
    before = null;
    dispatchEvent(new CustomEvent("zk:charts", { detail: null }));
  });
})();
