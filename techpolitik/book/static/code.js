// Code that only draws is folded. One control at the top of a lesson shows all of it, and the choice
// is remembered; `?code=1` in the address shows all of it this once.
(() => {
  "use strict";
  const folds = document.querySelectorAll(".tp-code");
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "tp-button", textContent: "Show all code" });

  const show = (all) => {
    document.documentElement.classList.toggle("tp-all-code", all);
    for (const fold of folds) fold.open = all;
    button.setAttribute("aria-pressed", all);
  };

  button.addEventListener("click", () => {
    const all = button.getAttribute("aria-pressed") !== "true";
    show(all);
    if (all) tpMemory.set("code", "all");
    else tpMemory.forget("code");
  });
  document.querySelector(".tp-run").append(button);
  const asked = new URLSearchParams(location.search).get("code") === "1";
  show(asked || tpMemory.get("code") === "all");
})();
