// Brings the figures of a page to life: draws each chart when it nears the viewport, from data in
// the page and one local Vega bundle, connects sliders and menus to it, and saves it as a picture.
// Colours are CSS variables, so a change of theme needs no redrawing.
(() => {
  "use strict";
  const home = document.currentScript.src;
  const loading = {};

  const load = (name) => {
    loading[name] ??= new Promise((done, failed) => {
      const tag = document.createElement("script");
      tag.src = new URL(name, home);
      tag.onload = done;
      tag.onerror = () => failed(new Error(`cannot load ${tag.src}`));
      document.head.append(tag);
    });
    return loading[name];
  };

  const figures = [...document.querySelectorAll(".tp-figure")];
  const datasets = {};
  for (const figure of figures) {
    figure.content = JSON.parse(figure.querySelector(".tp-spec").textContent);
    Object.assign(datasets, figure.content.datasets);
  }
  // All at the first chart, so that later ones draw even if the network has gone.
  const needed = new Set(["vega.js", ...figures.flatMap((figure) => figure.content.shapes ?? [])]);

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
    await Promise.all([...needed].map(load));
    const chart = figure.querySelector(".tp-chart");
    const target = document.createElement("div");
    target.className = "tp-live";
    // The chart around it has a name and a description; Vega's own roles in here have neither.
    target.setAttribute("aria-hidden", "true");
    chart.append(target);
    const spec = fit(figure.content.spec, chart.clientWidth);
    const all = { ...window.tpShapes, ...datasets };
    const { view } = await window.vegaEmbed(target, { ...spec, datasets: all }, {
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
    const { labels, findings, grid } = figure.content;
    const finding = figure.querySelector(".tp-finding");
    const link = figure.querySelector(".tp-figure-number");
    const move = () => {
      const state = inputs.reduce((sum, input, index) => sum * sizes[index] + Number(input.value), 0);
      inputs.forEach((input, index) => {
        if (input.type !== "range") return;
        const label = labels[index][Number(input.value)];
        input.setAttribute("aria-valuetext", label);
        input.nextElementSibling.textContent = label;
      });
      if (finding) finding.textContent = findings[state];
      const setting = inputs.map((input, index) => [input.id, labels[index][Number(input.value)]]);
      link.setAttribute("href", `?${new URLSearchParams(setting)}#${figure.id}`);
      view.signal("tp_state", state).run();
      if (grid) fill(figure, datasets[grid].filter((row) => row.tp_state === state));
    };
    form.addEventListener("input", move);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.querySelector("fieldset").disabled = false;
    // A link that was copied after a move holds the setting.
    const sent = new URLSearchParams(location.search);
    if (!inputs.some((input) => sent.has(input.id))) return;
    inputs.forEach((input, index) => {
      const at = labels[index].indexOf(sent.get(input.id));
      if (at >= 0) input.value = at;
    });
    move();
  };

  // The table of an exploration follows its setting; numbers.js writes as Python did.
  const fill = (figure, rows) => {
    const table = figure.querySelector(".tp-table");
    const heads = [...table.tHead.rows[0].cells];
    const body = document.createElement("tbody");
    for (const row of rows) {
      const line = body.insertRow();
      for (const { textContent: name, className } of heads) {
        Object.assign(line.insertCell(), { className, textContent: tpNumbers.cell(row[name], name) });
      }
    }
    table.tBodies[0].replaceWith(body);
  };

  // ---- Pictures: what stands in the frame, on white paper whatever the colours of the page

  const MARGIN = 24;
  const paper = document.createElement("div");
  paper.className = "tp-light";
  paper.hidden = true;
  document.body.append(paper);

  const element = (tag, attributes, ...inside) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  };

  const wrapped = (text, font, width) => {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = font;
    const lines = [];
    for (const word of text.trim().split(/\s+/)) {
      const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
      if (lines.length && pen.measureText(longer).width <= width) lines.splice(-1, 1, longer);
      else lines.push(word);
    }
    return lines;
  };

  const settings = (figure) => [...figure.querySelectorAll(".tp-control")].map((control) => {
    const input = control.querySelector("input, select");
    const value = input.options ? input.selectedOptions[0].text : input.nextElementSibling.textContent;
    return `${control.querySelector("label").textContent}: ${value}`;
  }).join(" · ");

  const picture = (figure) => {
    const drawing = figure.querySelector(".tp-live svg, .tp-chart > svg").cloneNode(true);
    const [width, height] = ["width", "height"].map((name) => parseFloat(drawing.getAttribute(name)));
    const light = getComputedStyle(paper);
    const font = (name) => light.getPropertyValue(name).trim();
    const text = (selector) => figure.querySelector(selector)?.textContent ?? "";
    // The page's address on the web, if the site has one.
    const canonical = document.querySelector("link[rel=canonical]")?.href;
    const place = canonical ?? decodeURI(location.pathname.split("/").at(-1));
    const whole = element("svg", { xmlns: "http://www.w3.org/2000/svg" });
    let y = MARGIN;
    const write = (words, size, family, color, weight = 400) => {
      for (const line of words ? wrapped(words, `${weight} ${size}px ${family}`, width) : []) {
        y += size;
        whole.append(element("text", {
          x: MARGIN, y, fill: color, "font-size": size, "font-family": family, "font-weight": weight,
        }, line));
        y += Math.round(size * 0.35);
      }
    };
    const course = document.querySelector(".tp-brand").textContent.trim();
    write(`${course} · ${text(".tp-figure-number")}`, 12, font("--tp-sans"), "var(--tp-accent)", 600);
    write(text(".tp-figure-title"), 20, font("--tp-serif"), "var(--tp-ink)", 700);
    write(text(".tp-figure-subtitle"), 13, font("--tp-sans"), "var(--tp-muted)");
    write(settings(figure), 13, font("--tp-sans"), "var(--tp-muted)");
    y += 12;
    for (const name of ["style", "class", "aria-hidden"]) drawing.removeAttribute(name);
    const at = { x: MARGIN, y, width, height, "font-family": font("--tp-sans") };
    for (const [name, value] of Object.entries(at)) drawing.setAttribute(name, value);
    whole.append(drawing);
    y += height + 6;
    write(text(".tp-finding"), 14, font("--tp-sans"), "var(--tp-ink)");
    write(text(".tp-caveat"), 13, font("--tp-sans"), "var(--tp-ink)");
    y += 8;
    write(text(".tp-source"), 12, font("--tp-sans"), "var(--tp-muted)");
    const { search } = figure.querySelector(".tp-figure-number");
    write(`${place}${search}#${figure.id}`, 12, font("--tp-sans"), "var(--tp-muted)");
    const size = { width: width + 2 * MARGIN, height: Math.ceil(y + MARGIN) };
    for (const [name, value] of Object.entries(size)) whole.setAttribute(name, value);
    whole.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    whole.prepend(
      element("title", {}, text(".tp-figure-title")),
      element("desc", {}, text(`[id="${figure.id}-text"]`).trim()),
      element("rect", { width: "100%", height: "100%", fill: "var(--tp-paper)" }),
    );
    const svg = new XMLSerializer().serializeToString(whole)
      .replace(/var\((--[\w-]+)\)/g, (_, name) => light.getPropertyValue(name).trim());
    return { svg, ...size };
  };

  const makers = {
    SVG: (figure) => new Blob([picture(figure).svg], { type: "image/svg+xml" }),
    PNG: async (figure) => {
      const { svg, width, height } = picture(figure);
      const image = new Image();
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
      await image.decode();
      // Fine enough for paper, also from a phone.
      const scale = Math.max(2, Math.ceil(1400 / width));
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: width * scale, height: height * scale });
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      return new Promise((done) => canvas.toBlob(done, "image/png"));
    },
  };

  const save = (blob, name) => {
    const link = document.createElement("a");
    Object.assign(link, { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  for (const figure of figures) {
    const place = figure.querySelector(".tp-save");
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    const name = [".tp-figure-number", ".tp-figure-title"]
      .map((part) => figure.querySelector(part).textContent).join(", ");
    for (const [kind, make] of Object.entries(makers)) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "tp-button", textContent: kind });
      button.setAttribute("aria-label", `${kind}: the picture of ${name}`);
      button.addEventListener("click", async () => {
        const file = `${figure.id.replace(/^figure-/, "")}.${kind.toLowerCase()}`;
        try {
          save(await make(figure), file);
          said.textContent = `Saved ${file}`;
        } catch (error) {
          said.textContent = `${file} could not be made in this browser`;
          console.error(error);
        }
      });
      place.append(button);
    }
    place.append(said);
  }

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
