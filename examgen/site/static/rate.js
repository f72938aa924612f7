// The page on which an expert rates an item: what is typed is saved as it is typed (saving.js).
"use strict";
(() => {
  const around = document.getElementById("rating");
  if (!around) return;
  const said = around.dataset, form = document.querySelector("form[data-item]"), bar = document.getElementById("kept");
  const saved = document.getElementById("saved"), item = form.dataset.item;
  const kept = savesAsTyped({
    bar,
    said,
    most: 1,
    soon: 1500,  // milliseconds after a key, where no field was left meanwhile
    many: Infinity,
    isBegun: false,
    post: formSaved.post(said.user),
    taken: (_, answer) => { saved.textContent = answer.saved; },
  });
  const keep = () => {
    saved.textContent = "";
    kept.keep(item, { to: new URL(form.action).pathname, body: formSaved.text(new FormData(form)) });
  };
  form.addEventListener("input", keep);
  form.addEventListener("change", () => kept.send());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    keep();
    do {
      await new Promise((go) => setTimeout(go, 20));
      await kept.send();
    } while (kept.is(item) === "waits" && document.body.dataset.lost !== "1" && navigator.onLine && !bar.querySelector("a"));
    if (!kept.is(item)) location.assign(said.next);
    else bar.scrollIntoView({ block: "nearest" });
  });
})();
