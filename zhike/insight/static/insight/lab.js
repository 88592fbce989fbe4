/* The lab. What is typed into the rest of a question goes with the address, so that the editor of conditions, which leads back to it, loses nothing;
   and so that the address can be handed on at any moment. */
(function () {
  "use strict";
  const form = document.querySelector("[data-zkl-question]");
  if (form) {
    const part = new URLSearchParams(location.search).get("part");
    const kept = () => {
      const asked = new URLSearchParams();
      new FormData(form).forEach((value, name) => name !== "csrfmiddlewaretoken" && asked.append(name, value));
      if (!asked.has("new")) asked.set("new", "0");
      return asked;
    };
    const keep = () => {
      const asked = kept();
      document.querySelectorAll("[data-zkl-part]").forEach((link) => {
        const there = new URLSearchParams(asked);
        there.set("part", link.dataset.zklPart);
        link.href = `${form.action}?${there}`;
      });
      const open = document.querySelector("[data-zkl-begins-open]");
      if (open) asked.set("part", part || open.dataset.zkConditionsPlace.split("/").slice(-2)[0]);
      history.replaceState(history.state, "", `${form.getAttribute("action")}?${asked}`);
    };
    form.addEventListener("input", keep);
    keep();
  }
  const open = document.querySelector("[data-zkl-begins-open]");
  if (open) document.querySelector("button[data-zk-conditions]").click();
  document.querySelector("[data-zkl-print]")?.addEventListener("click", () => window.print());
})();
