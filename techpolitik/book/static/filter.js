/* The filter of a list of entries (ledger of claims, forecasts): hides the entries that do not match,
   says how many are left, and keeps the choice in the address, so that a filtered list can be
   linked. An entry matches a menu if it has the class MENU-VALUE. */
(function () {
  "use strict";
  var form = document.querySelector(".tp-filter");
  var menus = Array.prototype.slice.call(form.querySelectorAll("select"));
  var status = form.querySelector("[role='status']");
  var entries = Array.prototype.slice.call(document.querySelectorAll(".tp-entry"));
  var groups = Array.prototype.slice.call(document.querySelectorAll(".tp-group"));

  function matches(entry) {
    return menus.every(function (menu) {
      return !menu.value || entry.classList.contains(menu.name + "-" + menu.value);
    });
  }

  function apply() {
    var shown = 0;
    entries.forEach(function (entry) {
      entry.hidden = !matches(entry);
      if (!entry.hidden) shown += 1;
    });
    groups.forEach(function (group) {
      group.hidden = !group.querySelector(".tp-entry:not([hidden])");
    });
    document.querySelectorAll(".tp-toc a[href^='#']").forEach(function (link) {
      var target = document.getElementById(link.getAttribute("href").slice(1));
      link.parentNode.hidden = Boolean(target && target.hidden);
    });
    status.textContent = sentence(shown);
  }

  function sentence(shown) {
    var noun = form.dataset.noun;
    if (shown === entries.length) return "All " + shown + " " + noun + "s are shown.";
    if (!shown) return "No " + noun + " matches all choices. Take one back, or show all.";
    return shown + " of " + entries.length + " " + noun + (shown === 1 ? " is shown." : "s are shown.");
  }

  function choice() {
    return menus
      .filter(function (menu) { return menu.value; })
      .map(function (menu) { return menu.name + "=" + menu.value; })
      .join("&");
  }

  function remember() {
    apply();
    try {
      history.replaceState(null, "", "#" + (choice() || form.id));
    } catch (error) {
      /* Some browsers refuse this for files; the filter works all the same. */
    }
  }

  /* An address such as #verdict=contradicted sets the menus; any other anchor shows everything. */
  function recall() {
    var wanted = new URLSearchParams(location.hash.slice(1));
    menus.forEach(function (menu) {
      var value = wanted.get(menu.name) || "";
      var known = Array.prototype.some.call(menu.options, function (option) {
        return option.value === value;
      });
      menu.value = known ? value : "";
    });
    apply();
  }

  form.addEventListener("change", remember);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { window.setTimeout(remember); });
  window.addEventListener("hashchange", recall);
  if (location.hash.indexOf("=") > 0) recall();
})();
