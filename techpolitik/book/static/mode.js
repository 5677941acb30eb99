/* Runs before the first paint: the reader's choice of light or dark, and a mark that scripts run. */
(function () {
  var root = document.documentElement;
  var mode = tpMemory.get("mode");
  if (mode !== "light" && mode !== "dark") mode = "auto";
  var dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  root.classList.add("js");
  root.dataset.mode = mode;
  root.dataset.theme = mode === "auto" ? (dark ? "dark" : "light") : mode;
})();
