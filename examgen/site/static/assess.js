// The page on which a candidate is rated: what is said of a task is saved as it is said. It waits in the page until the
// site has it. Of two pages the newer counter wins, then the later clock.
"use strict";
(() => {
  const form = document.getElementById("assess");
  if (!form) return;
  const said = form.dataset, bar = document.getElementById("kept");
  const boxes = new Map([...form.querySelectorAll(".task")].map((box) => [box.dataset.task, box]));
  const counters = new Map([...boxes].map(([task, box]) => [task, Number(box.dataset.counter)]));
  const unsaved = new Map();  // by task
  let isBusy = false, isLost = false, isOut = false, isPast = false, fault = "", isReady = false, soon = 0;
  const isSame = (one, other) => one.counter === other.counter && one.at === other.at;
  const meet = (task, counter) => counters.set(task, Math.max(counters.get(task), counter));

  // ── what the page shows ──
  const link = (text, more) => Object.assign(document.createElement("a"), { textContent: text, ...more });
  const toRate = [...boxes.values()].filter((box) => box.dataset.number);
  const jumps = new Map([...form.querySelectorAll(".jumps a[data-number]")].map((one) => [one.dataset.number, one]));
  const missing = document.getElementById("missing");
  const showMissing = () => {
    const lacking = toRate.filter((box) => !pointsOf(box)).map((box) => box.dataset.number);
    for (const box of toRate) jumps.get(box.dataset.number).classList.toggle("rated", !lacking.includes(box.dataset.number));
    if (missing.dataset.of === lacking.join(" ")) return;
    missing.dataset.of = lacking.join(" ");
    missing.hidden = !lacking.length;
    for (const one of form.querySelectorAll("#sure, button[name=done]")) one.hidden = lacking.length > 0;
    missing.replaceChildren(missing.dataset.words, ...lacking.flatMap((n) => [" ", link(n, { href: `#task-${n}` })]));
    mark();
  };
  const mark = () => {  // once somebody has asked to give the points
    for (const box of toRate) box.classList.toggle("missing", document.getElementById("giving").open && !pointsOf(box));
  };
  const pointsOf = (box) => box.querySelector("input[type=radio]:checked");
  const fill = (box, entry) => {
    for (const one of box.querySelectorAll("input[type=radio]")) one.checked = entry.points === Number(one.value);
    const note = box.querySelector("textarea");
    if (note !== document.activeElement) note.value = entry.note;
  };
  const show = () => {
    const rated = toRate.map(pointsOf).filter(Boolean), n = unsaved.size;
    showMissing();
    document.body.dataset.lost = isLost ? "1" : "";
    document.getElementById("rated").value = rated.length;
    document.getElementById("total").value = rated.reduce((sum, one) => sum + Number(one.value), 0);
    const words = [n ? said.kept.replace("#", n) : rated.length ? said.saved : ""];
    if (n && isLost) words.push(said.lost);
    if (isOut) words.push(document.body.dataset.ended);
    if (fault) words.push(fault);
    if (isPast) words.splice(0, words.length, said.past);
    const text = words.filter(Boolean).join(" ");
    if (text === bar.dataset.text) return;  // read aloud where it is another
    bar.dataset.text = text;
    bar.textContent = text ? `${text} ` : bar.textContent;
    bar.parentElement.classList.toggle("unsaved", n > 0 || isPast);
    if (isPast) bar.append(link(said.reload, { href: location.pathname }));
    if (!isOut) return;
    bar.append(link(document.body.dataset.door, { href: "/accounts/login/?next=/me/", target: "_blank" }));
  };

  // ── what the site has ──
  const token = () => form.querySelector("input[name=csrfmiddlewaretoken]");
  const look = async () => { isOut = !(await isSignedIn(10000)); };
  const settle = (entry, kept) => {
    const now = unsaved.get(entry.task);
    if (now === entry) unsaved.delete(entry.task);
    meet(entry.task, kept.counter);
    if (isSame(kept, entry) || now !== entry) return;
    fill(boxes.get(entry.task), kept);
    fault = said.newer;
  };
  const save = async (entry) => {  // whether it makes sense to go on with the next
    try {
      const headers = { "Content-Type": "application/json", "X-CSRFToken": token().value, "HX-Request": "true" };
      const asked = { method: "POST", headers, body: JSON.stringify(entry), signal: AbortSignal.timeout(10000) };
      const answer = await fetch(said.save, asked);
      if (answer.status === 401 || answer.status === 403) {
        await look();
        isLost = false;
        return false;
      }
      const kept = await answer.json();  // what is no answer of the site is no JSON
      isLost = isOut = false;
      if (answer.ok) {
        settle(entry, kept);
        document.getElementById("leave").hidden = false;
      } else if (kept.is_past) {  // it never counts
        unsaved.delete(entry.task);
        isPast = true;
        for (const box of boxes.values()) box.disabled = true;
      } else fault = kept.fault;
      return true;
    } catch {
      isLost = true;
      return false;
    }
  };
  const send = async () => {
    if (isBusy) return;
    isBusy = true;
    fault = "";
    try {
      for (const entry of [...unsaved.values()]) if (!(await save(entry))) break;
    } finally {
      isBusy = false;
      show();
    }
  };

  // ── what somebody says ──
  form.addEventListener("input", (event) => {
    const box = event.target.closest(".task");
    if (!box) return;
    const task = box.dataset.task, points = pointsOf(box), counter = counters.get(task) + 1;
    counters.set(task, counter);
    const note = box.querySelector("textarea").value;
    const of = { built: said.built, user: said.user, task, points: points ? Number(points.value) : null, note };
    unsaved.set(task, { ...of, counter, at: Date.now(), round: Number(said.round) });
    show();
    clearTimeout(soon);
    soon = setTimeout(send, event.target.type === "radio" ? 0 : 700);
  });
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (isReady) return;
    event.preventDefault();
    // once at least: while this event is told of, a form cannot be sent
    do await new Promise((go) => setTimeout(go, 50)); while (isBusy);
    await send();
    if (isPast || !button || button.name === "save") return;
    if (unsaved.size) {
      fault = isLost ? said.line : fault || said.wait;
      show();
      return;
    }
    try {
      await look();
      isLost = false;
    } catch {  // a browser would leave the page, or do nothing and say nothing
      isLost = true;
      fault = said.line;
    }
    if (isLost || isOut) {
      show();
      return;
    }
    const shown = document.createElement("input");
    const points = toRate.filter(pointsOf).map((box) => `${box.dataset.number}=${pointsOf(box).value}`);
    Object.assign(shown, { type: "hidden", name: "shown", value: points.join(" ") });
    form.append(shown);
    for (const box of boxes.values()) box.disabled = true;  // the site has it: none of it is sent once more
    isReady = true;
    form.requestSubmit(button);
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    location.reload();  // what was given meanwhile is not rated here
  });
  window.addEventListener("beforeunload", (event) => {  // without a line, case and guide would not come back
    if (!isReady && (unsaved.size || isLost || !navigator.onLine)) event.preventDefault();
  });
  for (const name of ["online", "focus"]) window.addEventListener(name, send);
  setInterval(() => {
    if (unsaved.size) send();
    else if (isLost) look().then(() => { isLost = false; fault = ""; show(); }).catch(() => {});
  }, 3000);
  form.querySelector(".jumps").addEventListener("click", (event) => {  // what is folded is opened
    const there = event.target.hash && document.getElementById(event.target.hash.slice(1));
    if (there instanceof HTMLDetailsElement) there.open = true;
  });
  document.getElementById("giving").addEventListener("toggle", mark);

  form.querySelector(".bar button[name=save]").remove();
  show();
})();
