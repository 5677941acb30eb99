// Writes numbers as techpolitik/lesson/numbers.py does; a test holds both to the same values.
// Browsers round half up, of the number as it is written.
window.tpNumbers = (() => {
  "use strict";
  const local = (value, settings) =>
    value.toLocaleString("en-GB", settings).replace("-", "−").replace(/^−(?=[0.]*$)/, "");

  const number = (value, commas = true) => {
    if (Number.isNaN(value)) return "";
    const size = Math.abs(value);
    const maximumFractionDigits = size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
    return local(value, { maximumFractionDigits, useGrouping: commas });
  };

  const fixed = (value, decimals) => local(value, {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: false,
  });

  const cell = (value, column) => {
    if (typeof value === "boolean") return value ? "yes" : "no";
    return typeof value === "number" ? number(value, !/year/i.test(column)) : value ?? "";
  };

  return { number, fixed, cell };
})();
