/* Runs before the first paint, so that a page does not flash: the server does not know what the system prefers. */
(function () {
  const root = document.documentElement;
  const night = matchMedia("(prefers-color-scheme: dark)");
  function paint() {
    const chosen = root.dataset.zkTheme;
    const theme = chosen === "light" || chosen === "dark" ? chosen : night.matches ? "dark" : "light";
    if (root.dataset.bsTheme !== theme) root.dataset.bsTheme = theme;
  }
  paint();
  night.addEventListener("change", paint);
  new MutationObserver(paint).observe(root, { attributes: true, attributeFilter: ["data-zk-theme"] });
})();
