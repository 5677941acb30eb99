/* What every page of the book can do: colour mode, menu, contents, copy buttons, scrolling boxes. */
(function () {
  "use strict";
  var root = document.documentElement;
  var systemDark = window.matchMedia("(prefers-color-scheme: dark)");
  var modes = ["auto", "light", "dark"];

  function applyMode(mode) {
    root.dataset.mode = mode;
    root.dataset.theme = mode === "auto" ? (systemDark.matches ? "dark" : "light") : mode;
    document.querySelectorAll("[data-tp-mode]").forEach(function (button) {
      button.querySelector(".tp-icon").className = "tp-icon tp-icon-" + mode;
      button.querySelector(".tp-mode-text").textContent = "Colours: " + mode;
    });
  }

  function nextMode() {
    var mode = modes[(modes.indexOf(root.dataset.mode) + 1) % modes.length];
    tpMemory.set("mode", mode);
    applyMode(mode);
  }

  function setUpMode() {
    applyMode(modes.indexOf(root.dataset.mode) < 0 ? "auto" : root.dataset.mode);
    systemDark.addEventListener("change", function () {
      applyMode(root.dataset.mode);
    });
    document.querySelectorAll("[data-tp-mode]").forEach(function (button) {
      button.addEventListener("click", nextMode);
    });
  }

  /* Where one is stays in sight in a list that is longer than the screen. */
  function keepInSight(box, item) {
    var place = item.getBoundingClientRect().top - box.getBoundingClientRect().top;
    if (place < 0 || place > box.clientHeight - 40) box.scrollTop += place - box.clientHeight / 2;
  }

  function setUpMenu() {
    var button = document.querySelector(".tp-menu");
    var nav = document.getElementById("tp-nav");
    if (!button || !nav) return;
    var here = nav.querySelector("[aria-current]");
    if (here) keepInSight(nav, here);
    function show(open) {
      nav.classList.toggle("tp-open", open);
      button.setAttribute("aria-expanded", String(open));
    }
    button.addEventListener("click", function () {
      show(button.getAttribute("aria-expanded") !== "true");
    });
    nav.addEventListener("keydown", function (event) {
      if (event.key === "Escape") {
        show(false);
        button.focus();
      }
    });
  }

  /* On wide screens the page's contents stand open beside the text; on a phone they open on tap. */
  function setUpContents() {
    var details = document.querySelector(".tp-toc details");
    if (!details) return;
    var wide = window.matchMedia("(min-width: 76rem)");
    function fit() {
      details.open = wide.matches;
    }
    fit();
    wide.addEventListener("change", fit);
    var links = {};
    details.querySelectorAll("a[href^='#']").forEach(function (link) {
      links[decodeURIComponent(link.getAttribute("href").slice(1))] = link;
    });
    var targets = Object.keys(links)
      .map(function (id) { return document.getElementById(id); })
      .filter(Boolean);
    if (!("IntersectionObserver" in window)) return;
    var passed = {};
    function mark() {
      var last = null;
      targets.forEach(function (section) {
        links[section.id].removeAttribute("aria-current");
        if (passed[section.id]) last = section.id;
      });
      if (!last) return;
      links[last].setAttribute("aria-current", "location");
      keepInSight(details.parentNode, links[last]);
    }
    /* The box reaches far above the page: a heading is inside once its section has begun. */
    var observer = new IntersectionObserver(
      function (entries) {
        entries.forEach(function (entry) {
          passed[entry.target.parentNode.id] = entry.isIntersecting;
        });
        mark();
      },
      { rootMargin: "1000000px 0px -70% 0px" }
    );
    targets.forEach(function (section) {
      var heading = section.querySelector("h1, h2, h3");
      if (heading && heading.parentNode === section) observer.observe(heading);
    });
  }

  function copyText(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    var area = document.createElement("textarea");
    area.value = text;
    area.className = "tp-visually-hidden";
    document.body.appendChild(area);
    area.select();
    var done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("copy refused"));
  }

  function addCopyButton(block, text, what) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "tp-copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy this " + what);
    button.addEventListener("click", function () {
      copyText(text.textContent.replace(/\n$/, "")).then(
        function () { say("Copied"); },
        function () { say("Select and copy by hand"); }
      );
    });
    function say(word) {
      button.textContent = word;
      status.textContent = word;
      window.setTimeout(function () { button.textContent = "Copy"; }, 2000);
    }
    block.appendChild(button);
  }

  var status = document.createElement("p");
  status.className = "tp-visually-hidden";
  status.setAttribute("role", "status");

  /* A box that scrolls sideways must be reachable by keyboard; one that does not must not be a stop. */
  function setUpScrolling() {
    var boxes = document.querySelectorAll(".tp-scroll, .highlight pre, .output pre, .output.text_html");
    function check(box) {
      var scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
      if (scrolls) {
        box.tabIndex = 0;
        if (!box.hasAttribute("role")) box.setAttribute("role", "group");
        if (!box.hasAttribute("aria-label")) {
          box.setAttribute("aria-label", box.tagName === "PRE" ? "Code or text, scrolls sideways" : "Table, scrolls sideways");
        }
      } else {
        box.removeAttribute("tabindex");
      }
    }
    if (!("ResizeObserver" in window)) {
      boxes.forEach(check);
      return;
    }
    var observer = new ResizeObserver(function (entries) {
      entries.forEach(function (entry) { check(entry.target); });
    });
    boxes.forEach(function (box) { observer.observe(box); });
  }

  document.body.appendChild(status);
  setUpMode();
  setUpMenu();
  setUpContents();
  document.querySelectorAll("div.highlight").forEach(function (block) {
    var pre = block.querySelector("pre");
    if (pre && !block.closest(".cell_output")) addCopyButton(block, pre, "code");
  });
  document.querySelectorAll(".tp-cite").forEach(function (block) {
    addCopyButton(block, block.querySelector("p"), "citation");
  });
  setUpScrolling();
})();
