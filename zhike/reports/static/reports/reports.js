/* Printing: the browser's own dialogue, for those who look for a button. */
(function () {
  "use strict";
  document.querySelector("[data-zkr-print]")?.addEventListener("click", () => window.print());
})();
