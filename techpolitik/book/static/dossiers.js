// Lets a reader choose the country of a dossier: exchanges the texts of the one panel in the page,
// from data in the page. What a missing text means stands in the panel already.
(() => {
  "use strict";
  for (const box of document.querySelectorAll(".tp-dossier")) {
    const known = JSON.parse(box.querySelector("script").textContent);
    const menu = box.querySelector("select");
    const title = box.querySelector(".tp-card-title");
    const summary = box.querySelector(".tp-dossier-summary");
    const values = [...box.querySelectorAll(".tp-value")];
    menu.addEventListener("change", () => {
      const texts = known[menu.value];
      const name = menu.selectedOptions[0].text;
      title.textContent = name;
      values.forEach((value, index) => {
        value.textContent = texts[index] ?? value.dataset.absent;
        value.classList.toggle("tp-absent", texts[index] === null);
      });
      const found = texts.filter((text) => text !== null).length;
      summary.textContent = `${name}: ${found} of ${texts.length} facts found.`;
    });
    // The search leads to one of them: #dossier-KEN.
    const follow = () => {
      const code = location.hash.replace("#dossier-", "");
      if (!(code in known)) return;
      menu.value = code;
      menu.dispatchEvent(new Event("change"));
      box.scrollIntoView();
    };
    window.addEventListener("hashchange", follow);
    follow();
    box.classList.add("tp-live");
  }
})();
