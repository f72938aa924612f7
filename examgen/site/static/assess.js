// The page on which a candidate is rated: the form is saved as it is filled in (saving.js).
"use strict";
(() => {
  const form = document.getElementById("assess");
  if (!form) return;
  const said = form.dataset, bar = document.getElementById("kept");
  const boxes = [...form.querySelectorAll(".task")];
  const touched = new Set();  // here: another page may have changed the others
  let isPast = false, isReady = false, note = "";

  // ── what the page shows ──
  const link = (text, href) => Object.assign(document.createElement("a"), { textContent: text, href });
  const toRate = boxes.filter((box) => box.dataset.number);
  const jumps = new Map([...form.querySelectorAll(".jumps a[data-number]")].map((one) => [one.dataset.number, one]));
  const missing = document.getElementById("missing"), giving = document.getElementById("giving");
  const pointsOf = (box) => box.querySelector("input[type=radio]:checked");
  const mark = () => {  // once somebody has asked to give the points
    for (const box of toRate) box.classList.toggle("missing", giving.open && !pointsOf(box));
  };
  const showRated = () => {
    const rated = toRate.map(pointsOf).filter(Boolean);
    document.getElementById("rated").value = rated.length;
    document.getElementById("total").value = rated.reduce((sum, one) => sum + Number(one.value), 0);
    const lacking = toRate.filter((box) => !pointsOf(box)).map((box) => box.dataset.number);
    for (const box of toRate) jumps.get(box.dataset.number).classList.toggle("rated", Boolean(pointsOf(box)));
    if (missing.dataset.of === lacking.join(" ")) return;
    missing.dataset.of = lacking.join(" ");
    missing.hidden = !lacking.length;
    for (const one of form.querySelectorAll("#sure, button[name=done]")) one.hidden = lacking.length > 0;
    missing.replaceChildren(missing.dataset.words, ...lacking.flatMap((n) => [" ", link(n, `#task-${n}`)]));
    mark();
  };

  // ── what the site has ──
  const kept = savesAsTyped({
    bar,
    said,
    most: 1,
    soon: 1500,  // milliseconds after a key, where no field was left meanwhile
    many: Infinity,
    isBegun: toRate.some(pointsOf),
    post: async (...sent) => {
      const answer = await formSaved.post(said.user)(...sent);
      isPast ||= answer.status === 410;
      return answer;
    },
    taken: () => { document.getElementById("leave").hidden = false; },
    shown: (_, refused) => {
      showRated();
      bar.parentElement.classList.toggle("unsaved", isPast || kept.waiting.size > 0);
      if (isPast) {  // it never counts
        for (const box of boxes) box.disabled = true;
        for (const [name] of refused) kept.drop(name);
        bar.replaceChildren(said.past, " ", link(said.reload, location.pathname));
      } else if (note) bar.append(" ", note);
      bar.hidden = !bar.textContent;
    },
  });
  const tell = (words) => {
    note = words;
    bar.dataset.text = "-";  // so that it is shown anew
    kept.show();
  };

  // ── what somebody says ──
  form.addEventListener("input", (event) => {
    const box = event.target.closest(".task"), data = new FormData(form);
    if (!box) return;
    touched.add(box);
    for (const one of form.querySelectorAll(".task [name]")) if (!touched.has(one.closest(".task"))) data.delete(one.name);
    note = "";
    kept.keep("ratings", { to: location.pathname, body: formSaved.text(data) });
    showRated();
  });
  form.addEventListener("change", () => kept.send());
  form.addEventListener("submit", async (event) => {
    const button = event.submitter, isLost = () => document.body.dataset.lost === "1" || !navigator.onLine;
    if (isReady) return;
    event.preventDefault();
    do {  // once at least: while this event is told of, a form cannot be sent
      await new Promise((go) => setTimeout(go, 50));
      await kept.send();
    } while (kept.is("ratings") === "waits" && !isLost() && !bar.querySelector("a"));
    if (isPast || !button || button.name === "save") return;
    if (kept.waiting.size) return void tell(isLost() ? said.line : said.wait);
    try {
      if (!(await isSignedIn(10000))) return void tell(document.body.dataset.ended);
    } catch {  // a browser would leave the page, or do nothing and say nothing
      tell(said.line);
      document.body.dataset.lost = "1";
      return;
    }
    const points = toRate.filter(pointsOf).map((box) => `${box.dataset.number}=${pointsOf(box).value}`);
    const shown = Object.assign(document.createElement("input"), { type: "hidden", name: "shown", value: points.join(" ") });
    form.append(shown);
    for (const box of boxes) box.disabled = true;  // the site has it: none of it is sent once more
    isReady = true;
    form.requestSubmit(button);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();  // what was given meanwhile is not rated here
  });
  window.addEventListener("beforeunload", (event) => {  // without a line, case and guide would not come back
    if (!isReady && (kept.waiting.size || document.body.dataset.lost === "1" || !navigator.onLine)) event.preventDefault();
  });
  form.querySelector(".jumps").addEventListener("click", (event) => {  // what is folded is opened
    const there = event.target.hash && document.getElementById(event.target.hash.slice(1));
    if (there instanceof HTMLDetailsElement) there.open = true;
  });
  giving.addEventListener("toggle", mark);

  form.querySelector(".bar button[name=save]").remove();
  showRated();
})();
