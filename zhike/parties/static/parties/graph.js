/* Draws every [data-zk-graph] from its JSON by Cytoscape, which is fetched where there is a graph, in the page's colours. */
(function () {
  "use strict";
  const drawn = new Map();
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const tokens = { family: "c4", ownership: "c1", guarantee: "c5", payroll: "c3", other: "c6", masked: "line-3" };
  let library;

  function fetched(address) {
    library ||= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return library;
  }
  function style() {
    const font = getComputedStyle(document.body).fontFamily;
    const node = {
      label: "data(name)", "font-family": font, "font-size": 11, color: token("ink"), "text-wrap": "wrap", "text-max-width": 84, "text-valign": "bottom",
      "text-margin-y": 4, width: 22, height: 22, "background-color": token("surface"), "border-width": 1.5, "border-color": token("line-3"),
    };
    const edge = {
      width: 1.5, "curve-style": "bezier", "target-arrow-shape": "triangle", "arrow-scale": 0.8, label: "data(word)", "font-family": font, "font-size": 10,
      color: token("ink-2"), "text-background-color": token("sunken"), "text-background-opacity": 1, "text-background-padding": 2, "text-wrap": "wrap", "text-max-width": 90,
    };
    const kinds = Object.entries(tokens).map(([kind, name]) => ({
      selector: `edge[kind = "${kind}"]`, style: { "line-color": token(name), "target-arrow-color": token(name) },
    }));
    return [
      { selector: "node", style: node },
      { selector: 'node[look = "firm"]', style: { shape: "round-rectangle", width: 30 } },
      { selector: 'node[look = "masked"]', style: { "border-style": "dashed", color: token("ink-3"), width: 14, height: 14 } },
      { selector: "node[step = 0]", style: { "background-color": token("accent"), "border-color": token("accent"), "font-weight": 600 } },
      { selector: "edge", style: edge }, ...kinds,
      { selector: 'edge[kind = "masked"]', style: { "line-style": "dashed", "target-arrow-shape": "none" } },
      { selector: ".zk-away", style: { display: "none" } },
    ];
  }
  function layout(count) {
    const base = { animate: false, padding: 24, nodeDimensionsIncludeLabels: true };
    const near = { ...base, name: "concentric", minNodeSpacing: 8, concentric: (node) => 10 - node.data("step"), levelWidth: () => 1 };
    return count <= 14 ? near : { ...base, name: "cose", randomize: false, nodeRepulsion: () => 200000, idealEdgeLength: () => 90, numIter: 600 };
  }
  /* What is shown gets places; too small to be read, it is enlarged around her whose page this is. */
  function arrange(picture) {
    const shown = picture.elements(":visible");
    const count = shown.nodes().length;
    if (count > 14) shown.layout(layout(0)).run();
    shown.layout(layout(count)).run();
    picture.fit(shown, 16);
    if (picture.zoom() < 0.7) {
      picture.zoom(0.7);
      picture.center(picture.nodes("[step = 0]"));
    }
  }
  function draw(box, description) {
    const elements = [...description.nodes, ...description.edges].map((data) => ({ data }));
    const picture = cytoscape({
      container: box.querySelector(".zk-net-picture"), elements, style: style(), layout: { name: "preset" }, userZoomingEnabled: false, autoungrabify: true,
      boxSelectionEnabled: false, userPanningEnabled: matchMedia("(hover: hover)").matches, maxZoom: 1.6, minZoom: 0.1,
    });
    picture.on("tap", "node", (hit) => hit.target.data("href") && hit.target.data("step") && location.assign(hit.target.data("href")));
    picture.on("mouseover", "node[href != '']", () => (picture.container().style.cursor = "pointer"));
    picture.on("mouseout", "node", () => (picture.container().style.cursor = ""));
    drawn.set(box, picture);
    const staff = box.querySelector('[data-zk-graph-kind="payroll"]');
    if (staff && description.nodes.length > 30) filter(staff);  // colleagues hide everybody else; one press brings them
    else arrange(picture);
    box.dataset.zkGraphDrawn = String(description.nodes.length);
    box.zkGraph = picture;
  }
  function drawAll() {
    for (const [box, picture] of drawn) {
      if (!box.isConnected) {
        picture.destroy();
        drawn.delete(box);
      }
    }
    document.querySelectorAll("[data-zk-graph]:not([data-zk-graph-drawn])").forEach((box) => {
      const data = document.getElementById(box.dataset.zkGraph);
      if (!data) return;
      box.dataset.zkGraphDrawn = "";
      fetched(box.dataset.zkGraphLibrary).then(
        () => box.isConnected && draw(box, JSON.parse(data.textContent)),
        () => (box.querySelector("details").open = true),  // the words say the same
      );
    });
  }
  function filter(button) {
    const box = button.closest("[data-zk-graph]");
    const shown = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(shown));
    const kind = button.dataset.zkGraphKind;
    box.querySelectorAll(`[data-zk-graph-line="${kind}"]`).forEach((line) => (line.hidden = !shown));
    const picture = drawn.get(box);
    if (!picture) return;
    picture.edges(`[kind = "${kind}"]`).toggleClass("zk-away", !shown);
    picture.nodes().forEach((node) => node.toggleClass("zk-away", Boolean(node.data("step")) && node.connectedEdges().not(".zk-away").empty()));
    arrange(picture);
  }
  function zoom(button) {
    const picture = drawn.get(button.closest("[data-zk-graph]"));
    if (!picture) return;
    const way = button.dataset.zkGraphZoom;
    if (way === "fit") return picture.fit(picture.elements(":visible"), 24);
    const level = picture.zoom() * (way === "in" ? 1.3 : 1 / 1.3);
    picture.zoom({ level, renderedPosition: { x: picture.width() / 2, y: picture.height() / 2 } });
  }
  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    if (on("[data-zk-graph-kind]")) filter(on("[data-zk-graph-kind]"));
    if (on("[data-zk-graph-zoom]")) zoom(on("[data-zk-graph-zoom]"));
  });
  drawAll();
  document.addEventListener("htmx:after:swap", drawAll);
  new MutationObserver(() => drawn.forEach((picture) => picture.style(style()))).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
})();
