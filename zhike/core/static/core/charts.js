/* Draws every [data-zk-chart] from its JSON by ECharts (SVG), in the page's colours, and again when the theme changes. */
(function () {
  "use strict";
  const drawn = new Map();
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const chinese = document.documentElement.lang.startsWith("zh");

  function short(value, unit, currency) {
    if (unit === "percent") return percent(value * 100);
    if (unit === "duration") return took(value);
    const sign = value < 0 ? "−" : "";
    const size = Math.abs(value);
    const steps = chinese ? [[1e8, "亿"], [1e4, "万"], [1, ""]] : [[1e9, "B"], [1e6, "M"], [1e3, "K"], [1, ""]];
    const [scale, label] = steps.find(([least]) => size >= least) || [1, ""];
    return `${sign}${Number((size / scale).toPrecision(3))}${label}`;
  }
  function percent(value) {
    const places = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0; // so that steps of half a per cent are told apart
    return `${Number(value.toFixed(places))}%`.replace("-", "−");
  }
  function took(seconds) {
    if (seconds < 9.95) return `${Number(seconds.toFixed(1))}″`;
    const total = Math.round(seconds);
    const minutes = Math.floor(total / 60);
    const two = (number) => String(number).padStart(2, "0");
    return minutes < 60 ? `${minutes}′${two(total % 60)}″` : `${Math.floor(minutes / 60)} h ${two(minutes % 60)}′`;
  }
  function line(series) {
    return {
      type: "line", name: series.name, data: series.values, symbol: "none", lineStyle: { width: 1.6 }, color: token(series.token),
      areaStyle: series.kind === "area" ? { opacity: 0.1 } : undefined,
    };
  }
  function bars(series, chart) {
    const data = series.values.map((value, at) => (at === chart.marked ? { value, itemStyle: { color: token("accent") } } : value));
    return { type: "bar", name: series.name, data, cursor: chart.links.length ? "pointer" : "default", stack: series.stack || undefined, barMaxWidth: 14, color: token(series.token), itemStyle: { borderRadius: 2 } };
  }
  function tick(series) {
    return { type: "scatter", name: series.name, data: series.values, symbol: "rect", symbolSize: [18, 2], color: token(series.token), z: 5 };
  }
  const shapes = { line, area: line, bar: bars, tick };

  function option(chart) {
    const label = { color: token("ink-3"), fontSize: 11, fontFamily: getComputedStyle(document.body).fontFamily };
    const series = chart.series.map((one) => shapes[one.kind](one, chart));
    if (chart.threshold !== null && series[0]) {
      series[0].markLine = {
        silent: true, symbol: "none", animation: false, lineStyle: { type: "dashed", color: token("warn") },
        label: { formatter: chart.threshold_label, color: token("warn"), position: "insideStartTop" }, data: [{ yAxis: chart.threshold }],
      };
    }
    const room = chart.is_lying ? { width: Math.min(240, innerWidth / 3), overflow: "truncate" } : { hideOverlap: true };
    const names = { type: "category", data: chart.categories, axisTick: { show: false }, axisLine: { onZero: true, lineStyle: { color: token("line-3") } }, axisLabel: { ...label, ...room } };
    const values = {
      type: "value", splitNumber: 4, axisLabel: { ...label, hideOverlap: true, formatter: (value) => (value === 0 ? "0" : short(value, chart.unit, chart.currency)) },
      splitLine: { lineStyle: { color: token("line") } },
    };
    return {
      animation: false,
      grid: { left: 4, right: chart.is_lying ? 28 : 12, top: chart.series.length > 1 ? 30 : 12, bottom: 4, containLabel: true },
      legend: chart.series.length > 1 ? { type: "scroll", left: 0, top: 0, itemWidth: 9, itemHeight: 9, icon: "rect", textStyle: { ...label, color: token("ink-2") } } : undefined,
      tooltip: {
        trigger: "axis", renderMode: "richText", backgroundColor: token("surface"), borderColor: token("line-2"), textStyle: { color: token("ink"), fontSize: 12 },
        valueFormatter: (value) => (value === null || value === undefined ? "—" : short(value, chart.unit, chart.currency)),
      },
      xAxis: chart.is_lying ? values : names,
      yAxis: chart.is_lying ? { ...names, inverse: true } : values,
      series,
    };
  }
  function opened(figure, box, chart) {
    const picture = echarts.init(box, null, { renderer: "svg" });
    drawn.set(figure, picture);
    if (chart.links.length) picture.on("click", (hit) => location.assign(chart.links[hit.dataIndex]));
    return picture;
  }
  function draw(figure) {
    const chart = JSON.parse(document.getElementById(figure.dataset.zkChart).textContent);
    const box = figure.querySelector(".zk-chart-picture");
    box.style.height = `${chart.height}px`;
    const picture = drawn.get(figure) || opened(figure, box, chart);
    picture.setOption(option(chart), true);
  }
  function drawAll() {
    for (const [figure, picture] of drawn) {
      if (!figure.isConnected) {
        picture.dispose();
        drawn.delete(figure);
      }
    }
    document.querySelectorAll("[data-zk-chart]").forEach(draw);
  }
  drawAll();
  document.addEventListener("htmx:after:swap", drawAll);
  new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  addEventListener("resize", () => drawn.forEach((picture) => picture.resize()));
  addEventListener("zk:charts", (event) => {
    drawAll();
    drawn.forEach((picture) => picture.resize(event.detail ? { width: event.detail } : undefined));
  });
})();
