// Brings the forecasts of a lesson to life: sliders, outcomes, Brier score and calibration. Nothing
// is stored. The arithmetic repeats `brier` and `calibration` of techpolitik/lesson/predictions.py;
// a test holds both to the same numbers.
(() => {
  "use strict";

  const brier = (pairs) =>
    pairs.reduce((sum, [pct, came]) => sum + (pct - 100 * came) ** 2, 0) / (10000 * pairs.length);

  const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

  const calibration = (pairs, groups) => groups.map((low, index) => {
    const high = groups[index + 1] ?? Infinity;
    const group = pairs.filter(([pct]) => pct >= low && pct < high);
    if (!group.length) return { count: 0, said: null, came: null };
    return {
      count: group.length,
      said: mean(group.map(([pct]) => pct)),
      came: 100 * group.reduce((sum, [, came]) => sum + came, 0) / group.length,
    };
  });

  const share = (percent) => percent === null ? "none" : tpNumbers.fixed(percent, 0);

  const answersOf = (form) => [...form.querySelectorAll(".tp-forecast")].map((item) => ({
    pair: [Number(item.querySelector("input").value), Number(item.dataset.outcome)],
    scored: item.dataset.outcome !== "",
    implied: item.dataset.implied !== "",
  }));

  const fill = (form) => {
    const scored = answersOf(form).filter((answer) => answer.scored);
    const pairs = scored.map((answer) => answer.pair);
    const same = scored.filter((answer) => answer.implied).map((answer) => answer.pair);
    const result = form.querySelector(".tp-result");
    const score = tpNumbers.fixed(brier(pairs), 3);
    result.querySelector("[data-score=you]").textContent = score;
    const sameCell = result.querySelector("[data-score=same]");
    if (sameCell) sameCell.textContent = tpNumbers.fixed(brier(same), 3);
    const rows = [...result.querySelectorAll(".tp-calibration tbody tr")];
    const groups = calibration(pairs, form.dataset.groups.split(",").map(Number));
    groups.forEach((group, index) => {
      const cells = rows[index].querySelectorAll("td");
      cells[0].textContent = group.count;
      cells[1].textContent = share(group.said);
      cells[2].textContent = share(group.came);
    });
    const status = form.querySelector("[role=status]");
    status.textContent = status.dataset.template.replace("{score}", score);
    result.hidden = false;
  };

  for (const form of document.querySelectorAll(".tp-predict")) {
    form.addEventListener("input", ({ target }) => {
      target.setAttribute("aria-valuetext", `${target.value} percent`);
      target.nextElementSibling.textContent = `${target.value} %`;
      if (form.classList.contains("tp-scored")) fill(form);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.classList.add("tp-scored");
      form.querySelectorAll(".tp-outcome").forEach((part) => { part.open = true; });
      fill(form);
    });
    // From here on the page hides what happened until it is asked for.
    form.classList.add("tp-live");
  }
})();
