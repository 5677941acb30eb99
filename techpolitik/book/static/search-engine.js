/* Finds places of the book. Loaded with its index (search-index.js) when a search field is first
   used. MiniSearch does the work; here stands what this book means by a word, how much a place
   weighs, and what happens to a word that the book does not have. */
window.tpEngine = (() => {
  "use strict";
  const { MiniSearch, stemmer } = window.tpMiniSearch;
  const { pages, same } = window.tpSearchIndex;

  // ------------------------------------------------------------------------------- words

  /* A word is a Chinese character; a kind with its number ("exercise 3"), so that the numbers of
     "exercise 3 lesson 5" cannot change places; a number; letters. */
  const HAN = "\\p{Script=Han}";
  const WORD = new RegExp(
    `${HAN}|%|\\b(?:figures?|fig\\.?|exercises?|lessons?) \\p{N}+(?:\\.\\p{N}+)*` +
      `|\\p{N}+(?:[.,]\\p{N}+)*(?:(?!${HAN})\\p{L})*|(?:(?!${HAN})[\\p{L}\\p{M}\\p{N}])+`,
    "giu"
  );
  /* Words that say nothing of what one looks for. */
  const EMPTY = new Set(
    ("a an and are as at be been but by can could did do does for from had has have how i if in into is " +
      "it its many me much my no not of on or s so t than that the their them then there these they " +
      "this to was we were what when where which who why will with you your").split(" ")
  );
  /* British spelling as the American one. That a rule also changes words it does not mean is no
     harm: both the book's words and the reader's go through it. */
  const SPELLING = [
    [/(?<=\w{3})our(?=$|s|ed|i|a|less|ful|hood)/, "or"],
    [/(?<=\w{2}[bt])re(?=$|s|d)/, "er"],
    [/(?<=\w{2})is(?=e$|e[sdr]|ing|ation)/, "iz"],
    [/(?<=\w{2})ys(?=e$|e[sdr]|ing)/, "yz"],
    [/(?<=def|off|lic|pret)ence/, "ense"],
    [/ogue(?=$|s|d)/, "og"],
    [/(?<=\w{3}[aeiou])ll(?=ed|ing|er)/, "l"],
    [/(?<=gr)amme/, "am"],
    [/^grey/, "gray"],
    [/minium/, "minum"],
  ];
  const FILED = new Map();

  /* What a word is filed under; null if it says nothing. */
  function termOf(word) {
    if (!FILED.has(word)) FILED.set(word, fileUnder(word));
    return FILED.get(word);
  }

  function fileUnder(word) {
    const plain = word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    if (plain === "%") return "percent";
    if (EMPTY.has(plain)) return null;
    if (/\p{N}/u.test(plain)) {
      return plain.replace(/^fig\.? /, "figure ").replace(/s? (?=\p{N})/u, "").replace(/,(?=\d{3})/g, "");
    }
    return stemmer(SPELLING.reduce((text, [from, to]) => text.replace(from, to), plain));
  }

  const wordsIn = (text) => text.match(WORD) ?? [];

  // ------------------------------------------------------------------------------ places

  const WEIGHTS = {
    Lesson: 2, Page: 1.5, Term: 2.2, Exercise: 1.2, Figure: 1.2, Section: 0.9, Claim: 1,
    Document: 0.8, Table: 0.5, Forecast: 0.6, Reading: 0.5, Source: 0.1,
  };
  /* What the course itself says goes before what is said about it. */
  const IN_LESSON = 1.5;

  const places = pages
    .flatMap(({ address, places: listed }) => {
      const [name, title] = listed[0];
      const page = name.startsWith("Lesson") ? `${name}: ${title.split(":")[0]}` : title;
      return listed.map(([name, title, anchor, text, code], at) => ({
        name, title, text, code, page,
        kind: name.split(" ")[0],
        weight: (WEIGHTS[name.split(" ")[0]] ?? 1.5) * (page.startsWith("Lesson") ? IN_LESSON : 1),
        head: `${name} ${title}`.toLowerCase(),
        body: text.toLowerCase(),
        address: at ? `${address}#${anchor}` : address,
      }));
    })
    .map((place, id) => ({ ...place, id }));

  /* Every term of the book, as it was first written. */
  const WRITTEN = new Map();

  const index = new MiniSearch({
    fields: ["name", "title", "text", "page", "code"],
    tokenize: wordsIn,
    processTerm: (word) => {
      const term = termOf(word);
      if (term && !WRITTEN.has(term)) WRITTEN.set(term, word);
      return term;
    },
    extractField: (place, field) =>
      // "Figure 5.5" is found by name, by number and by kind.
      field === "name" ? `${place.name} | ${place.name.replace(" ", " | ")}` : place[field],
    searchOptions: {
      boost: { name: 6, title: 4, page: 1.5, code: 0.3 },
      boostDocument: (id) => places[id].weight,
      weights: { fuzzy: 0.8, prefix: 0.4 },
      // A search is made of terms, not of words.
      tokenize: (term) => [term],
      processTerm: (term) => term,
    },
  });
  const ready = index.addAllAsync(places, { chunkSize: 20 });

  // ---------------------------------------------------------------------------- a search

  /* What means the same, from course.yml: for each phrase its terms. */
  const SAME = same.map((phrases) =>
    phrases.map((words) => ({ words, terms: wordsIn(words).map(termOf).filter(Boolean) }))
  );

  const any = (queries) => ({ combineWith: "OR", queries });
  const all = (queries) => ({ combineWith: "AND", queries });
  const inBook = (terms) => terms.every((term) => WRITTEN.has(term));

  /* The longest phrase of course.yml with which these terms begin, and those that mean the same. */
  function meant(terms) {
    return SAME.flatMap((phrases) =>
      phrases
        .filter((phrase) => phrase.terms.every((term, at) => term === terms[at]))
        .map((phrase) => ({ length: phrase.terms.length, phrases: phrases.filter(({ terms }) => inBook(terms)) }))
    ).sort((one, two) => two.length - one.length)[0];
  }

  /* The terms nearest in spelling: two letters that changed places, one slip, in long words two. */
  function nearest(term) {
    // Another number is another thing, however near.
    if (term.length < 4 || /\p{N}/u.test(term)) return [];
    const turned = [...term]
      .map((letter, at) => term.slice(0, at) + term.slice(at + 1, at + 2) + letter + term.slice(at + 2))
      .filter((other) => WRITTEN.has(other));
    if (turned.length) return turned;
    for (const fuzzy of term.length < 8 ? [1] : [1, 2]) {
      const found = index.search({ queries: [term], fuzzy });
      if (found.length) return [...new Set(found.flatMap((hit) => hit.terms))];
    }
    return [];
  }

  /* The terms of the words that begin like one that is still being typed. The ending decides under
     which term a word is filed: "organis" is not yet the beginning of one. */
  function begun(word) {
    const start = word.toLowerCase();
    return [...WRITTEN].filter(([, written]) => written.toLowerCase().startsWith(start)).map(([term]) => term);
  }

  /* What to look for when the last word may still be half typed. Short beginnings are those of too
     many words: there only names and titles count. */
  function unfinished(term, word) {
    if (![...WRITTEN.keys()].some((known) => known.startsWith(term))) {
      const terms = begun(word);
      return terms.length ? any(terms) : null;
    }
    const rest = { queries: [term], prefix: true };
    return term.length > 3 ? rest : any([term, { ...rest, fields: ["name", "title"] }]);
  }

  /* Read what was typed. Returns the parts of a query, all of which a place should fit, and the
     words that the book does not have, each with those that are shown in its place. */
  function understand(text) {
    const words = wordsIn(text).filter(termOf);
    const terms = words.map(termOf);
    const parts = [], missing = [];
    for (let at = 0; at < terms.length; ) {
      const group = meant(terms.slice(at));
      const end = at + (group?.length ?? 1);
      const typing = end === terms.length && !/\s$/.test(text);
      const known = inBook(terms.slice(at, end));
      let part, shown;
      if (group?.phrases.length) {
        shown = group.phrases.map((phrase) => phrase.words);
        part = any(group.phrases.map((phrase) => all(phrase.terms)));
      } else {
        part = typing ? unfinished(terms[at], words[at]) : known ? terms[at] : null;
      }
      if (!known && (shown || !part)) {
        const near = shown ? [] : nearest(terms[at]);
        if (near.length) part = any(near);
        missing.push({ word: words.slice(at, end).join(" "), shown: shown ?? near.map((term) => WRITTEN.get(term)) });
      }
      if (part) parts.push(part);
      at = end;
    }
    return { parts, missing };
  }

  /* Put places first that have the words as they were typed, and those that have more of them. */
  function rank(hits, text, count) {
    const typed = text.trim().toLowerCase();
    for (const hit of hits) {
      const { head, body, name } = places[hit.id];
      if (name.toLowerCase().endsWith(` ${typed}`)) hit.score *= 4;
      else if (head.includes(typed)) hit.score *= 2;
      else if (body.includes(typed)) hit.score *= 1.5;
      hit.score *= Math.min(1, hit.queryTerms.length / count) ** 2;
    }
    return hits.sort((one, two) => two.score - one.score);
  }

  /* Find places. Returns `hits`, best first, each with `place` and `terms`, the terms found there;
     whether each has all words (`whole`); and the words that the book does not have (`missing`). */
  function find(text) {
    const { parts, missing } = understand(text);
    if (!parts.length) return { hits: [], whole: true, missing };
    const strict = index.search(all(parts));
    const found = strict.length ? strict : index.search(any(parts));
    const hits = rank(found.slice(0, 200), text, parts.length).concat(found.slice(200));
    return {
      hits: hits.map(({ id, terms }) => ({ place: places[id], terms })),
      whole: strict.length > 0,
      missing,
    };
  }

  return { ready, find, WORD, termOf };
})();
