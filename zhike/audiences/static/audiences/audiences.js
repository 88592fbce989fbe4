/* The builder of a new audience is open from the beginning: there is nothing else to do on its page. */
(function () {
  "use strict";
  const place = document.querySelector("[data-zk-begins-open]");
  if (place) document.querySelector("button[data-zk-conditions]").click();
})();
