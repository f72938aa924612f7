// The page on which a candidate is rated: what is said of a task is saved as it is said (saving.js). Of two pages the
// newer counter wins, then the later clock.
"use strict";
(() => {
  const form = document.getElementById("assess");
  if (!form) return;
  const said = form.dataset, bar = document.getElementById("kept");
  const boxes = new Map([...form.querySelectorAll(".task")].map((box) => [box.dataset.task, box]));
  const counters = new Map([...boxes].map(([task, box]) => [task, Number(box.dataset.counter)]));
  let isPast = false, isReady = false, note = "";

  // ── what the page shows ──
  const link = (text, href) => Object.assign(document.createElement("a"), { textContent: text, href });
  const toRate = [...boxes.values()].filter((box) => box.dataset.number);
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
  const fill = (box, entry) => {
    for (const one of box.querySelectorAll("input[type=radio]")) one.checked = entry.points === Number(one.value);
    const note = box.querySelector("textarea");
    if (note !== document.activeElement) note.value = entry.note;
  };

  // ── what the site has ──
  const kept = savesAsTyped({
    bar,
    said,
    most: 1,
    soon: 1500,  // milliseconds after a key, where no field was left meanwhile
    many: Infinity,
    isBegun: toRate.some(pointsOf),
    post: async ([[, entry]], token, isLeaving) => {
      const headers = { "Content-Type": "application/json", "X-CSRFToken": token, "HX-Request": "true" };
      const asked = { method: "POST", headers, body: JSON.stringify(entry), keepalive: isLeaving };
      const answer = await fetch(said.save, { ...asked, signal: AbortSignal.timeout(10000) });
      isPast ||= answer.status === 409 && (await answer.clone().json()).is_past;
      return answer;
    },
    taken: (task, told, entry) => {
      document.getElementById("leave").hidden = false;
      counters.set(task, Math.max(counters.get(task), told.counter));
      const isNewer = told.counter !== entry.counter || told.at !== entry.at;
      if (isNewer) fill(boxes.get(task), told);
      note = isNewer ? said.newer : "";
    },
    shown: (_, refused) => {
      showRated();
      bar.parentElement.classList.toggle("unsaved", isPast || kept.waiting.size > 0);
      if (isPast) {  // it never counts
        for (const box of boxes.values()) box.disabled = true;
        for (const [task] of refused) kept.drop(task);
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
    const box = event.target.closest(".task");
    if (!box) return;
    const task = box.dataset.task, points = pointsOf(box), counter = counters.get(task) + 1;
    counters.set(task, counter);
    note = "";
    const of = { built: said.built, user: said.user, task, points: points ? Number(points.value) : null };
    const text = box.querySelector("textarea").value;
    kept.keep(task, { ...of, note: text, counter, at: Date.now(), round: Number(said.round) });
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
    } while ([...kept.waiting.keys()].some((task) => kept.is(task) === "waits") && !isLost() && !bar.querySelector("a"));
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
    for (const box of boxes.values()) box.disabled = true;  // the site has it: none of it is sent once more
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
