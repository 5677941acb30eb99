// Brings the figures of a page to life: draws each chart when it nears the viewport, from data in
// the page and one local Vega bundle, and connects sliders and menus to it. Colours are CSS
// variables, so a change of theme needs no redrawing.
(() => {
  "use strict";
  const script = document.currentScript;
  let vega;

  const loadVega = () => {
    vega ??= new Promise((done, failed) => {
      const tag = document.createElement("script");
      tag.src = new URL("vega.js", script.src);
      tag.onload = done;
      tag.onerror = () => failed(new Error(`cannot load ${tag.src}`));
      document.head.append(tag);
    });
    return vega;
  };

  const figures = [...document.querySelectorAll(".tp-figure")];
  const datasets = {};
  for (const figure of figures) {
    figure.content = JSON.parse(figure.querySelector(".tp-spec").textContent);
    Object.assign(datasets, figure.content.datasets);
  }

  // On a phone long labels and legends would push the chart out of its frame.
  const isMap = (spec) => [spec, ...spec.layer ?? []].some((view) => view.projection);
  const fit = (spec, width) => width > 480 ? spec : {
    ...spec,
    ...isMap(spec) && { height: Math.round(width * 0.6) },
    config: {
      ...spec.config,
      axisX: { ...spec.config.axisX, titleAnchor: "end" },
      axisY: { ...spec.config.axisY, labelLimit: 110, titleLimit: 280 },
      legend: { ...spec.config.legend, columns: 1, labelLimit: 160 },
    },
  };

  const embed = async (figure) => {
    await loadVega();
    const chart = figure.querySelector(".tp-chart");
    const target = document.createElement("div");
    target.className = "tp-live";
    // The chart around it has a name and a description; Vega's own roles in here have neither.
    target.setAttribute("aria-hidden", "true");
    chart.append(target);
    const spec = fit(figure.content.spec, chart.clientWidth);
    const { view } = await window.vegaEmbed(target, { ...spec, datasets }, {
      mode: "vega-lite", ast: true, renderer: "svg", actions: false, defaultStyle: false,
    });
    chart.querySelector(":scope > svg")?.remove();
    figure.view = view;
    connect(figure, view);
    figure.dataset.state = "live";
  };

  const connect = (figure, view) => {
    const form = figure.querySelector(".tp-controls");
    if (!form) return;
    const inputs = [...form.querySelectorAll("input, select")];
    const sizes = inputs.map((input) => input.options ? input.options.length : Number(input.max) + 1);
    const labels = figure.content.labels;
    const finding = figure.querySelector(".tp-finding");
    const move = () => {
      const state = inputs.reduce((sum, input, index) => sum * sizes[index] + Number(input.value), 0);
      inputs.forEach((input, index) => {
        if (input.type !== "range") return;
        const label = labels[index][Number(input.value)];
        input.setAttribute("aria-valuetext", label);
        input.nextElementSibling.textContent = label;
      });
      if (finding) finding.textContent = figure.content.findings[state];
      view.signal("tp_state", state).run();
    };
    form.addEventListener("input", move);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.querySelector("fieldset").disabled = false;
  };

  const waiting = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      waiting.unobserve(target);
      embed(target).catch((error) => {
        target.dataset.state = "failed";
        console.error(error);
      });
    }
  }, { rootMargin: "400px" });
  figures.forEach((figure) => waiting.observe(figure));
})();
