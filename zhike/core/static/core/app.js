/* What pages do in the browser: keys, choices kept in cookies, panels that retry, masked fields, toasts.
   Loaded before Alpine, which finds the components below; htmx needs nothing but the listeners at the end. */
(function () {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
  const one = (selector, within) => (within || document).querySelector(selector);

  /* ---- Choices of the person, kept for a year; the server reads them before it paints. ---- */
  function keep(name, value) {
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax` + (location.protocol === "https:" ? "; secure" : "");
  }
  function choose(kind, value) {
    keep(`zk-${kind}`, value);
    root.dataset[kind === "theme" ? "zkTheme" : "money"] = value;
    const saved = document.body.dataset.zkLooks;
    const headers = { "X-CSRFToken": one("meta[name=csrf-token]").content };
    if (saved) fetch(saved, { method: "POST", headers, redirect: "manual", body: new URLSearchParams({ [kind]: value }) }).catch(() => {});
    all(`[data-zk-choice="${kind}"] button`).forEach((button) => button.setAttribute("aria-pressed", String(button.value === value)));
  }
  function toggleSide() {
    const narrow = innerWidth < 1280;
    const open = narrow ? root.dataset.zkSide === "wide" : root.dataset.zkSide !== "closed";
    root.dataset.zkSide = open ? "closed" : narrow ? "wide" : "open";
    keep("zk-side", open ? "closed" : "open");
  }

  /* ---- Clicks, told apart by what they were made on. ---- */
  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    const choice = on("[data-zk-choice] button");
    if (choice) choose(choice.parentElement.dataset.zkChoice, choice.value);
    if (on("[data-zk-side-toggle]")) toggleSide();
    if (on("[data-zk-keys]")) showKeys();
    if (on("[data-zk-retry]")) retry(on("[data-zk-panel]"));
    if (event.target.matches(".zk-sheet")) event.target.close(); // what is clicked is its backdrop
    const opener = on("[data-zk-dialog]");
    if (opener) one(opener.dataset.zkDialog).showModal();
    const mine = on("[data-zk-mine]");
    const menu = one(".zk-person");
    if (mine) {
      event.preventDefault();
      if (on("dialog")) on("dialog").close();
      menu.open = !menu.open;
      if (menu.open) one("button", menu).focus();
    } else if (menu && menu.open && !on("[data-zk-menu]")) menu.open = false;
    const copy = on("[data-zk-copy]");
    if (copy) copyText(copy.dataset.zkCopy, copy.dataset.zkCopied);
    const show = on("[data-zk-show-password]");
    if (show) {
      const field = one(show.dataset.zkShowPassword);
      field.type = field.type === "password" ? "text" : "password";
      show.setAttribute("aria-pressed", String(field.type === "text"));
    }
  });
  async function copyText(text, said) {
    await navigator.clipboard.writeText(text);
    toast(said || text);
  }

  /* ---- Keys. Single letters rest while somebody types, and may be switched off. ---- */
  const singleKeysOn = () => localStorage.getItem("zk-single-keys") !== "off";
  const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const follow = (link) => link && link.click();
  /* The sheet of keys says what this page has right now; a key whose control is not here is not shown. */
  function showKeys() {
    const sheet = one("#zk-keys");
    const here = one("[data-zk-keys-here]", sheet);
    all("[data-zk-needs]", here).forEach((row) => (row.hidden = !one(row.dataset.zkNeeds)));
    all("[data-zk-lacks]", sheet).forEach((row) => (row.hidden = Boolean(one(row.dataset.zkLacks))));
    all("[data-zk-digit-row]", here).forEach((row) => row.remove());
    all("[data-zk-digit]").reverse().forEach((control) => one("dl", here).prepend(digitRow(control)));
    here.hidden = !one("dl > div:not([hidden])", here);
    sheet.showModal();
  }
  function digitRow(control) {
    const words = control.cloneNode(true);
    all("kbd", words).forEach((key) => key.remove());
    const row = document.createElement("div");
    row.dataset.zkDigitRow = "";
    row.append(document.createElement("dt"), document.createElement("dd"));
    row.firstChild.append(document.createElement("kbd"));
    row.firstChild.firstChild.textContent = control.dataset.zkDigit;
    row.lastChild.textContent = words.textContent.trim();
    return row;
  }
  let pending = "";
  const places = { d: "zkHome", c: "zkCustomers" };
  function moveRow(step) {
    const rows = all("[data-zk-rows] tbody tr");
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.classList.contains("zk-focused"));
    if (at >= 0) rows[at].classList.remove("zk-focused");
    const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
    next.classList.add("zk-focused");
    next.scrollIntoView({ block: "nearest" });
    const link = one("a", next);
    if (link) link.focus({ preventScroll: true });
  }
  function escape(target) {
    const menu = one(".zk-person[open]");
    if (menu) {
      menu.open = false;
      one("summary", menu).focus();
    } else if (typing(target)) target.blur();
  }
  function single(event) {
    const key = event.key;
    if (pending === "g") {
      pending = "";
      const address = document.body.dataset[places[key.toLowerCase()]];
      if (address) location.assign(address);
      return;
    }
    const acts = {
      "/": () => (one("[data-zk-list-search]") ? one("[data-zk-list-search]").focus() : follow(one("#zk-search"))),
      "?": showKeys,
      "[": () => (one("[data-zk-pager]") ? follow(one("[data-zk-pager] [rel=prev]")) : toggleSide()),
      "]": () => (one("[data-zk-pager]") ? follow(one("[data-zk-pager] [rel=next]")) : toggleSide()),
      e: () => follow(one("[data-zk-edit]")),
      z: () => follow(all("[data-zk-undo]").pop()),
      l: () => one("[data-zk-log]") && one("[data-zk-log]").focus(),
      j: () => (one("[data-zk-rows]") ? moveRow(1) : follow(one("[data-zk-next]"))),
      k: () => (one("[data-zk-rows]") ? moveRow(-1) : follow(one("[data-zk-previous]"))),
      f: () => follow(one("button[data-zk-conditions]")),
      g: () => {
        pending = "g";
        setTimeout(() => (pending = ""), 1200);
      },
    };
    const person = one(`[data-zk-digit="${CSS.escape(key)}"]`);
    if (acts[key] || person) event.preventDefault();
    if (acts[key]) acts[key]();
    else follow(person);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") escape(event.target);
    else if (event.ctrlKey || event.metaKey || event.altKey || !singleKeysOn() || typing(event.target) || one("dialog[open]")) return;
    else single(event);
  });
  const switchKeys = one("[data-zk-single-keys]");
  if (switchKeys) {
    switchKeys.checked = singleKeysOn();
    switchKeys.addEventListener("change", () => localStorage.setItem("zk-single-keys", switchKeys.checked ? "on" : "off"));
  }
  /* Filters send themselves when one is chosen. */
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-zk-auto]");
    if (form && event.target.matches("select, input[type=checkbox], input[type=radio]")) form.requestSubmit();
  });

  /* ---- Panels: htmx fetches them; here only what a person is told. ---- */
  function retry(panel) {
    panel.setAttribute("aria-busy", "true");
    htmx.trigger(panel, "retry");
  }
  function tell(words) {
    const live = one("#zk-live");
    if (live) live.textContent = words;
  }
  function settle(panel) {
    panel.removeAttribute("aria-busy");
    if (!one("[role=alert]", panel)) tell(one("h2", panel).textContent);
  }
  const panelOf = (event) => event.target instanceof Element && event.target.closest("[data-zk-panel]");
  document.addEventListener("htmx:after:swap", (event) => {
    const panel = panelOf(event);
    if (panel) settle(panel);
  });
  /* No answer at all: the server's own words cannot come, so the page's ready-made ones do. */
  document.addEventListener("htmx:error", (event) => {
    const panel = panelOf(event);
    const words = one("#zk-no-answer");
    if (!panel || !words || event.target.closest("form[data-zk-draft]")) return; // a form keeps what was typed and says so itself
    one(".zk-panel-body", panel).replaceChildren(words.content.cloneNode(true));
    settle(panel);
  });

  /* ---- A table that scrolls sideways can be reached and scrolled by keys. ---- */
  function reachTables() {
    all("main .zk-table-wrap").forEach((wrap) => {
      const scrolls = wrap.scrollWidth > wrap.clientWidth + 1 && getComputedStyle(wrap).overflowX !== "visible";
      if (scrolls === wrap.hasAttribute("tabindex")) return;
      const caption = one("caption", wrap);
      const said = { tabindex: "0", role: "group", "aria-label": caption ? caption.textContent : "" };
      Object.entries(said).forEach(([name, value]) => (scrolls ? wrap.setAttribute(name, value) : wrap.removeAttribute(name)));
    });
  }
  addEventListener("load", reachTables);
  addEventListener("resize", reachTables);
  document.addEventListener("htmx:after:swap", reachTables);

  /* ---- Toasts: `window.zhike.toast(text, more, tone, undo)`, or the header HX-Trigger: {"zk-toast": {"text": …, "target": "body"}}.
     undo: {url, values, into}: what is posted, and which part of the page the answer replaces (none: the page is fetched again). ---- */
  function toast(text, more, tone, undo) {
    window.dispatchEvent(new CustomEvent("zk-toast", { detail: { text, more, tone, undo } }));
  }
  async function takeBack({ url, values, into }) {
    const csrf = one("meta[name=csrf-token]").content;
    if (into && one(into)) return htmx.ajax("POST", url, { target: into, swap: "outerHTML", values: { ...values, csrfmiddlewaretoken: csrf } });
    const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf }, body: new URLSearchParams(values || {}), redirect: "manual" });
    if (answer.ok || answer.type === "opaqueredirect") location.reload();
  }
  window.zhike = { toast };

  /* ---- A session that ended answers with the log-in page: it is never put into this one, and what was typed stays. ---- */
  document.addEventListener("htmx:before:response", (event) => {
    const raw = event.detail.ctx.response.raw;
    if (!raw.redirected || !new URL(raw.url).pathname.startsWith("/login/")) return;
    event.preventDefault();
    const ended = one("#zk-session-ended");
    if (ended && !ended.open) ended.showModal();
  });

  document.addEventListener("alpine:init", () => {
    Alpine.data("zkToasts", () => ({
      shown: [],
      init() {
        let count = 0;
        window.addEventListener("zk-toast", (event) => {
          const { text, more = "", tone = "", undo = null } = event.detail;
          const id = String((count += 1));
          const picture = tone === "bad" ? "alert-triangle" : "circle-check";
          const sprite = this.$root.dataset.sprite;
          this.shown = [...this.shown, { id, text, more, look: tone === "dark" ? "zk-toast-dark" : "", icon: `${sprite}#${picture}`, undo }].slice(-2);
          setTimeout(() => this.drop(id), undo ? 10000 : 6000);
        });
      },
      drop(id) {
        this.shown = this.shown.filter((one_) => one_.id !== id);
      },
      close() {
        this.drop(this.$el.dataset.id);
      },
      takeBack() {
        const toast_ = this.shown.find((one_) => one_.id === this.$el.dataset.id);
        this.drop(toast_.id);
        takeBack(toast_.undo);
      },
    }));

    /* A masked value: eye → purpose → value for 30 seconds, gone earlier on blur of the window or on print. */
    Alpine.data("zkSecret", () => ({
      asking: false,
      leftwards: false,
      value: "",
      left: 0,
      timer: 0,
      init() {
        this.hide = this.hide.bind(this);
        window.addEventListener("blur", this.hide);
        window.addEventListener("beforeprint", this.hide);
      },
      destroy() {
        this.hide();
        window.removeEventListener("blur", this.hide);
        window.removeEventListener("beforeprint", this.hide);
      },
      get side() {
        return this.leftwards ? "zk-pop-left" : "";
      },
      get masked() {
        return !this.value;
      },
      ask() {
        const box = this.$root.getBoundingClientRect();
        this.leftwards = box.left + 260 > innerWidth && box.right > 260;
        this.asking = !this.asking;
        if (this.asking) this.$nextTick(() => one(".zk-pop-row", this.$root).focus());
      },
      cancel() {
        this.asking = false;
        one("button", this.$root).focus();
      },
      digit(event) {
        const row = one(`[data-key="${CSS.escape(event.key)}"]`, this.$root);
        if (row) {
          event.stopPropagation();
          row.click();
        }
      },
      async reveal() {
        const body = new URLSearchParams({ purpose: this.$el.value, ...JSON.parse(this.$root.dataset.send || "{}") });
        const headers = { "X-CSRFToken": one("meta[name=csrf-token]").content, "HX-Request": "true", Accept: "application/json" };
        this.asking = false;
        const answer = await fetch(this.$root.dataset.url, { method: "POST", body, headers, credentials: "same-origin" }).catch(() => null);
        if (answer && answer.status === 429) return toast(await answer.text(), "", "bad"); // too many: the words say how many and what to do
        if (!answer || !answer.ok) return toast(this.$root.dataset.refused, "", "bad");
        this.show((answer.headers.get("content-type") || "").includes("json") ? (await answer.json()).value : (await answer.text()).trim());
      },
      show(value) {
        this.value = value;
        this.left = 30;
        clearInterval(this.timer);
        this.timer = setInterval(() => (this.left > 1 ? (this.left -= 1) : this.hide()), 1000);
      },
      hide() {
        clearInterval(this.timer);
        this.value = "";
        this.left = 0;
      },
      copy() {
        copyText(this.value, this.$root.dataset.copied);
      },
    }));
  });
})();
