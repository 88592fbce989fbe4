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
      label: "data(name)", "font-family": font, "font-size": 11, color: token("ink"), "text-wrap": "wrap", "text-max-width": 100, "text-overflow-wrap": "anywhere", "text-valign": "bottom",
      "text-margin-y": 4, "text-background-color": token("sunken"), "text-background-opacity": 0.85, width: 22, height: 22, "background-color": token("surface"), "border-width": 1.5, "border-color": token("line-3"),
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
      { selector: ".zk-holds[turn]", style: { "curve-style": "taxi", "taxi-direction": "downward", "taxi-turn": "data(turn)", label: "", "source-label": "data(word)", "source-text-offset": 62, "text-max-width": 116 } },
      { selector: ".zk-away", style: { display: "none" } },
    ];
  }
  /* Layers: who owns stands above what is owned, along the longest way; who is linked otherwise stands below, in rows. Companies that hold each other
     are walked round at most once, so circles end. */
  const ROW = { x: 124, y: 128, most: 7 };
  function levels(nodes, holds) {
    const level = new Map(nodes.map((node) => [node.id(), 0]));
    for (let round = 0; round < nodes.length; round += 1) {
      const moved = holds.filter((edge) => {
        const below = level.get(edge.source().id()) + 1;
        if (edge.source().same(edge.target()) || below > nodes.length || level.get(edge.target().id()) >= below) return false;
        level.set(edge.target().id(), below);
        return true;
      });
      if (!moved.length) break;
    }
    const ends = nodes.filter((node) => !holds.some((edge) => edge.target().same(node))); // whoever nobody owns stands right above what is owned
    ends.forEach((node) => {
      const below = holds.filter((edge) => edge.source().same(node)).map((edge) => level.get(edge.target().id()));
      if (below.length) level.set(node.id(), Math.min(...below) - 1);
    });
    return level;
  }
  function places(shown) {
    const holds = shown.edges('[kind = "ownership"]').toArray();
    const held = new Set(holds.flatMap((edge) => [edge.source().id(), edge.target().id()]));
    const nodes = shown.nodes().toArray();
    const level = levels(nodes.filter((node) => held.has(node.id())), holds);
    const rows = [];
    [...level].forEach(([id, at]) => (rows[at] ||= []).push(id));
    const others = nodes.map((node) => node.id()).filter((id) => !held.has(id));
    while (others.length) rows.push(others.splice(0, ROW.most));
    const place = new Map();
    rows.filter(Boolean).forEach((ids, at) => {
      const above = (id) => {
        const from = shown.getElementById(id).incomers("node").toArray().map((node) => place.get(node.id())).filter(Boolean);
        return from.reduce((sum, { x }) => sum + x, 0) / (from.length || 1);
      };
      const ordered = ids.map((id) => [id, above(id)]).sort(([, one], [, other]) => one - other);
      ordered.forEach(([id], column) => {
        place.set(id, { x: (column - (ordered.length - 1) / 2) * ROW.x, y: at * ROW.y });
        shown.getElementById(id).incomers("edge").data("turn", 80 + (column % 4) * 7); // lines to neighbours do not run into each other
      });
    });
    return place;
  }
  const isLayered = (picture) => picture.container().closest("[data-zk-graph]").dataset.zkGraphLayout === "layers";
  function layout(count) {
    const base = { animate: false, padding: 24, nodeDimensionsIncludeLabels: true };
    const near = { ...base, name: "concentric", minNodeSpacing: 8, concentric: (node) => 10 - node.data("step"), levelWidth: () => 1 };
    return count <= 14 ? near : { ...base, name: "cose", randomize: false, nodeRepulsion: () => 200000, idealEdgeLength: () => 90, numIter: 600 };
  }
  /* What is shown gets places; too small to be read, it is enlarged around her whose page this is. */
  function arrange(picture) {
    reach(picture);
    const shown = picture.elements(":visible");
    const count = shown.nodes().length;
    picture.edges('[kind = "ownership"]').toggleClass("zk-holds", isLayered(picture));
    if (isLayered(picture)) {
      const place = places(shown);
      shown.nodes().layout({ name: "preset", positions: (node) => place.get(node.id()), animate: false }).run();
      return show(picture, shown);
    }
    if (count > 14) shown.layout(layout(0)).run();
    shown.layout(layout(count)).run();
    show(picture, shown);
  }
  function show(picture, shown) {
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
    choose(box, box.dataset.zkGraphLayout);
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
    press(box, button);
    if (drawn.has(box)) arrange(drawn.get(box));
  }
  function press(box, button) {
    const shown = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(shown));
    const kind = button.dataset.zkGraphKind;
    box.querySelectorAll(`[data-zk-graph-line="${kind}"]`).forEach((line) => (line.hidden = !shown));
    const picture = drawn.get(box);
    if (picture) picture.edges(`[kind = "${kind}"]`).toggleClass("zk-away", !shown);
  }
  /* Only what still hangs together with her whose page this is stays in the picture. */
  function reach(picture) {
    const links = picture.edges().not(".zk-away");
    const found = picture.nodes("[step = 0]").union(links.union(picture.nodes()).components().find((part) => part.is("[step = 0]")) || []).nodes();
    picture.nodes().forEach((node) => node.toggleClass("zk-away", !found.has(node)));
  }
  /* Layers show who owns whom, and the rest when it is pressed; around shows all kinds, but colleagues where they would hide everybody else. */
  function choose(box, way) {
    box.dataset.zkGraphLayout = way;
    box.querySelectorAll("[data-zk-graph-way]").forEach((each) => each.setAttribute("aria-pressed", String(each.dataset.zkGraphWay === way)));
    const picture = drawn.get(box);
    const crowded = picture && picture.nodes().length > 30;
    box.querySelectorAll("[data-zk-graph-kind]").forEach((button) => {
      const kind = button.dataset.zkGraphKind;
      const wanted = way === "layers" ? kind === "ownership" : !(crowded && kind === "payroll");
      if (wanted !== (button.getAttribute("aria-pressed") === "true")) press(box, button);
    });
    if (picture) picture.edges('[kind = "masked"]').toggleClass("zk-away", way === "layers");
    if (picture) arrange(picture);
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
    const way = on("[data-zk-graph-way]");
    if (way) choose(way.closest("[data-zk-graph]"), way.dataset.zkGraphWay);
  });
  drawAll();
  document.addEventListener("htmx:after:swap", drawAll);
  new MutationObserver(() => drawn.forEach((picture) => picture.style(style()))).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
})();
