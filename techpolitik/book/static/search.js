/* The search fields: places of the book in a list while one types, and all of them on the page of
   results. What finds them (search-engine.js with its index) is loaded when a field is first used. */
(() => {
  "use strict";
  const home = document.currentScript.src;
  const root = new URL("../", home);
  const LISTED = 8, SHOWN = 40;
  const LETTERS = 140;
  let engine;

  function load(name) {
    return new Promise((loaded, failed) => {
      const script = document.createElement("script");
      script.src = new URL(name, home);
      script.onload = loaded;
      script.onerror = () => failed(new Error(`cannot load ${script.src}`));
      document.head.append(script);
    });
  }

  function start() {
    engine ??= Promise.all(["minisearch.js", "search-index.js"].map(load))
      .then(() => load("search-engine.js"))
      .then(() => window.tpEngine.ready)
      .then(() => window.tpEngine);
    return engine;
  }

  // ---------------------------------------------------------------------- what is shown

  function make(tag, settings, ...content) {
    const element = Object.assign(document.createElement(tag), settings);
    element.append(...content);
    return element;
  }

  /* A text with the words found in it marked. */
  function marked({ WORD, termOf }, text, terms) {
    const pieces = [];
    let end = 0;
    for (const { 0: word, index } of text.matchAll(WORD)) {
      if (!terms.includes(termOf(word))) continue;
      pieces.push(text.slice(end, index), make("mark", {}, word));
      end = index + word.length;
    }
    return [...pieces, text.slice(end)];
  }

  /* The stretch of a text with most of the words; its beginning if it has none of them. */
  function excerpt({ WORD, termOf }, text, terms) {
    const found = [...text.matchAll(WORD)]
      .map(({ 0: word, index }) => ({ term: termOf(word), index }))
      .filter(({ term }) => terms.includes(term));
    let from = 0, most = 0;
    found.forEach(({ index }, at) => {
      const near = found.slice(at, at + 12).filter((other) => other.index < index + LETTERS - 60);
      const count = new Set(near.map(({ term }) => term)).size;
      if (count > most) [from, most] = [index, count];
    });
    const begin = from < 60 ? 0 : text.indexOf(" ", from - 50) + 1;
    const cut = text.slice(begin, begin + LETTERS);
    const whole = begin + LETTERS >= text.length;
    return `${begin ? "… " : ""}${whole ? cut : `${cut.slice(0, cut.lastIndexOf(" "))} …`}`;
  }

  function hitLink(engine, { place, terms }) {
    const kind = make("span", { className: "tp-hit-kind" }, place.name);
    const title = make("span", { className: "tp-hit-title" }, ...marked(engine, place.title, terms));
    const link = make("a", { className: "tp-hit", href: new URL(place.address, root) }, kind, " ", title);
    if (place.text) {
      const said = marked(engine, excerpt(engine, place.text, terms), terms);
      link.append(" ", make("span", { className: "tp-hit-text" }, ...said));
    }
    return link;
  }

  const places = (count) => (count === 1 ? "1 place" : `${count} places`);

  /* What is to be said of the words: which are not in the book, what is shown in their place. */
  function remarks({ hits, whole, missing }) {
    const said = missing.map(({ word, shown }) => {
      const instead = shown.length ? ` Shown instead: ${shown.join(", ")}.` : "";
      return `“${word}” is not in this book.${instead}`;
    });
    if (!whole) said.push("No place has all these words; here are those with some of them.");
    if (!hits.length && !missing.length) said.push("Type a word, a number or the name of a figure, exercise or claim.");
    return said.join(" ");
  }

  // ------------------------------------------------------- the list below a search field

  function setUpField(form, number) {
    const field = form.querySelector("input");
    const list = make("div", { id: `tp-hits-${number}`, className: "tp-hits", role: "listbox", hidden: true });
    const status = make("p", { className: "tp-visually-hidden", role: "status" });
    let latest = 0, active = -1;
    list.ariaLabel = "Places found";
    // A field of the type "search" may not be a combobox.
    Object.assign(field, { type: "text", enterKeyHint: "search", role: "combobox" });
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-autocomplete", "list");
    form.append(list, status);
    close();

    function close() {
      latest += 1;
      list.hidden = true;
      field.setAttribute("aria-expanded", "false");
      choose(-1);
    }

    function choose(at) {
      active = at;
      const options = [...list.querySelectorAll("a")];
      options.forEach((option, index) => { option.ariaSelected = String(index === at); });
      options[at]?.scrollIntoView({ block: "nearest" });
      if (options[at]) field.setAttribute("aria-activedescendant", options[at].id);
      else field.removeAttribute("aria-activedescendant");
    }

    async function show() {
      const text = field.value, mine = (latest += 1);
      const engine = text.trim() && (await start());
      if (mine !== latest) return;
      if (!engine) {
        close();
        status.textContent = "";
        return;
      }
      const found = engine.find(text);
      const options = found.hits.slice(0, LISTED).map((hit) => {
        const option = hitLink(engine, hit);
        option.querySelector(".tp-hit-title").after(" ", make("span", { className: "tp-hit-page" }, hit.place.page));
        return option;
      });
      if (found.hits.length > LISTED) {
        const address = `${form.action}?q=${encodeURIComponent(text)}`;
        options.push(make("a", { className: "tp-hit tp-hit-all", href: address }, `All ${places(found.hits.length)}`));
      }
      options.forEach((option, at) => Object.assign(option, { role: "option", tabIndex: -1, id: `${list.id}-${at}` }));
      const remark = remarks(found);
      const note = make("p", { className: "tp-hits-note", ariaHidden: "true" }, remark);
      list.replaceChildren(...(remark ? [note] : []), ...options);
      status.textContent = `${places(found.hits.length)}. ${remark}`;
      list.hidden = false;
      field.setAttribute("aria-expanded", "true");
      choose(-1);
    }

    field.addEventListener("focus", start);
    field.addEventListener("input", show);
    form.addEventListener("focusout", (event) => {
      if (!form.contains(event.relatedTarget)) close();
    });
    // A click on the list leaves the focus in the field, so that the list stays open.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", close);
    field.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const options = list.querySelectorAll("a");
      if (event.key === "Escape" && !list.hidden) {
        event.stopPropagation();
        close();
      } else if (event.key === "Enter" && active >= 0) {
        event.preventDefault();
        options[active].click();
      } else if (step && list.hidden) {
        show();
      } else if (step && options.length) {
        event.preventDefault();
        // One step before the first and after the last is the field itself.
        choose(((active + 1 + step + options.length + 1) % (options.length + 1)) - 1);
      }
    });
  }

  // ----------------------------------------------------------------- the page of results

  function setUpPage(form, box) {
    const field = form.querySelector("input");
    const status = box.querySelector("[role='status']");
    const groups = box.querySelector(".tp-results");
    const more = box.querySelector(".tp-results + button");
    let engine, hits = [], shown;

    function draw() {
      const pages = new Map();
      for (const hit of hits.slice(0, shown)) {
        pages.set(hit.place.page, [...(pages.get(hit.place.page) ?? []), hit]);
      }
      groups.replaceChildren(...[...pages].map(([page, found]) => {
        const items = found.map((hit) => make("li", {}, hitLink(engine, hit)));
        return make("section", {}, make("h2", {}, page), make("ul", {}, ...items));
      }));
      more.hidden = shown >= hits.length;
    }

    async function search() {
      engine = await start();
      const found = engine.find(field.value);
      ({ hits } = found);
      shown = SHOWN;
      status.textContent = `${hits.length ? `${places(hits.length)}. ` : ""}${remarks(found)}`;
      draw();
      // A page opened from the disk may not change its address.
      const address = `?q=${encodeURIComponent(field.value)}`;
      if (location.protocol !== "file:") history.replaceState(history.state, "", address);
    }

    more.addEventListener("click", () => {
      const next = groups.querySelectorAll("a").length;
      shown += SHOWN;
      draw();
      groups.querySelectorAll("a")[next]?.focus();
    });
    field.addEventListener("input", search);
    field.value = new URLSearchParams(location.search).get("q") ?? "";
    if (field.value) search();
  }

  /* "/" and Ctrl+K lead to the field in sight; where there is none, the contents hold one. */
  function setUpKeys() {
    document.addEventListener("keydown", (event) => {
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
      const control = event.ctrlKey || event.metaKey;
      const slash = event.key === "/" && !typing && !control && !event.altKey;
      if (!slash && !(event.key === "k" && control)) return;
      event.preventDefault();
      const inSight = () => [...document.querySelectorAll(".tp-search input")].find((field) => field.offsetParent);
      if (!inSight()) document.querySelector(".tp-menu").click();
      inSight()?.focus();
    });
  }

  const box = document.getElementById("tp-search-results");
  document.querySelectorAll(".tp-search").forEach((form, number) => {
    if (box && box.contains(form)) setUpPage(form, box);
    else setUpField(form, number);
  });
  setUpKeys();
})();
