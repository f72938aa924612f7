// The page on which an expert rates an item. What is typed is kept on the device first, and leaves it when the site has
// it (kept.js): a browser without a line would leave the page for its own and lose it.
"use strict";
(() => {
  const around = document.getElementById("rating");
  if (!around) return;
  const said = around.dataset, form = document.querySelector("form[data-item]"), bar = document.getElementById("kept");
  const saved = document.getElementById("saved");
  const kept = keptOnDevice({
    whose: `ratings ${JSON.stringify([said.round, said.user])} `,
    bar,
    said,
    most: 1,
    soon: 1500,  // milliseconds after a key, where no field was left meanwhile
    many: Infinity,
    isBegun: false,
    post: formKept.post(said.user),
    taken: (item, answer) => { if (form && item === form.dataset.item) saved.textContent = answer.saved; },
    shown: (place, refused) => {
      for (const [item, entry] of refused) {
        const line = document.createElement("p"), drop = document.createElement("button");
        Object.assign(drop, { type: "button", className: "second", textContent: said.drop });
        drop.addEventListener("click", () => kept.drop(item));
        line.append(Object.assign(document.createElement("a"), { textContent: item, href: entry.to }), " ", drop);
        place.append(line);
      }
    },
  });
  if (form) {
    const item = form.dataset.item, own = kept.waiting().find(([name]) => name === item);
    if (own) {  // what was typed here before, and the site does not have
      const typed = new URLSearchParams(own[1].body);
      for (const field of form.querySelectorAll("input:not([type=hidden]), textarea")) {
        if (field.type === "radio") field.checked = typed.get(field.name) === field.value;
        else field.value = typed.get(field.name) ?? field.value;
      }
    }
    const keep = () => {
      saved.textContent = "";
      kept.keep(item, { to: new URL(form.action).pathname, body: formKept.text(new FormData(form)) });
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
  }
  kept.show();
  kept.begin();
})();
