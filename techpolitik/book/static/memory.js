// What this device remembers of the course: one entry of localStorage for each key, such as "mode"
// or "quiz/rare_earths/2", so that two tabs never write over each other's entries. Runs before the
// first paint. Each change is told as `tp:memory` on the document, also when another tab made it.
window.tpMemory = (() => {
  "use strict";
  const root = document.documentElement;
  // Courses of one host share its storage.
  const prefix = `tp:${root.dataset.course}:`;
  // Where the browser refuses to store, entries last as long as the page.
  const unstored = new Map();

  const attempt = (action) => {
    try {
      return action();
    } catch {
      root.classList.add("tp-forgetful");
      return undefined;
    }
  };

  const announce = (key) =>
    document.dispatchEvent(new CustomEvent("tp:memory", { detail: { key } }));

  // What other hands wrote into the storage may not be JSON.
  const parsed = (text) => {
    try {
      return JSON.parse(text) ?? undefined;
    } catch {
      return undefined;
    }
  };

  const get = (key) =>
    parsed(unstored.get(key) ?? attempt(() => localStorage.getItem(prefix + key)) ?? "null");

  const set = (key, value) => {
    const text = JSON.stringify(value);
    unstored.set(key, text);
    attempt(() => {
      localStorage.setItem(prefix + key, text);
      unstored.delete(key);
    });
    announce(key);
  };

  const forget = (key) => {
    unstored.delete(key);
    attempt(() => localStorage.removeItem(prefix + key));
    announce(key);
  };

  // All entries whose key begins with `start`: {key: value}.
  const all = (start = "") => {
    const stored = attempt(() => Object.keys(localStorage)) ?? [];
    const keys = stored.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    const found = [...new Set([...keys, ...unstored.keys()])].filter((key) => key.startsWith(start));
    return Object.fromEntries(found.sort().map((key) => [key, get(key)]));
  };

  window.addEventListener("storage", ({ key }) => {
    if (key === null || key.startsWith(prefix)) announce(key?.slice(prefix.length) ?? "");
  });
  attempt(() => localStorage.length);
  return { get, set, forget, all };
})();
