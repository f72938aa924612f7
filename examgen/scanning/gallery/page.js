"use strict";
// The page of doubtful marks: records and pictures that stand in it → decisions, kept in the browser and saved.
// Texts of users are set as text, never as markup; nothing is asked of any network.
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("records").textContent);
  const messages = JSON.parse($("words").textContent);
  const TASKS = ["first", "second", "settle"];
  const THAI = "กขคงจ";
  const THAI_DIGITS = "๑๒๓๔๕";
  const LABEL = 30; // px of the line below a crop
  const GAP = 10;
  const MOST_URLS = 600; // pictures that are held ready
  const MOST_WAITED = 8000; // ms for the page around this one
  const MOST_ENLARGED = 1.3; // of the picture of a sheet
  const MOST_SECONDS = { row: 60, sheet: 180 }; // a longer look is a pause
  const FEWEST_TIMES = 5; // decisions from which it is said how long the rest takes
  const STORE = `examgen-gallery:${data.scan}:`;

  // On the site: where the page around this one is from, who is signed in, and what is on record
  const host = { origin: "", by: "", mine: {}, others: {}, first: new Set() };

  const state = {
    lang: "th", // or "en"
    by: "",
    task: "first",
    view: "marks",
    queue: { marks: [], people: [] },
    at: { marks: 0, people: 0 },
    done: new Map(), // code → {v, f, n, t, w, s}: what, form, remark, when, `sheet` or `row`, seconds
    apart: new Set(), // codes of a sheet that come by row
    drafts: new Map(), // code → {v} or {out}: what is chosen on a sheet before it is taken as a whole
    row: -1, // of the sheet that is shown, the row that keys are for; -1 is none
    skipped: new Set(),
    past: [], // what undo takes back: {view, at, queue, drafts, row, codes: [{code, before, apart}], skipped}
    times: { row: [], sheet: [] }, // seconds of each decision
    several: null, // letters of a multiple mark that is being put together
    keeps: true, // whether the browser keeps what is decided
  };

  // ── words ────────────────────────────────────────────────────────────────────────────────

  const FRAMED = window.top !== window; // on the site, where the page around this one keeps what is decided

  function word(key, values = {}) {
    const own = FRAMED && messages[`${key}_framed`] ? `${key}_framed` : key;
    const text = (messages[own] ?? {})[state.lang] ?? key;
    return text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
  }

  function speak() {
    document.documentElement.lang = state.lang;
    for (const one of document.querySelectorAll("[data-word]")) one.textContent = word(one.dataset.word);
    for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", word(one.dataset.label));
    for (const id of ["language", "start-language"]) {
      $(id).textContent = state.lang === "th" ? "English" : messages.thai.th;
      $(id).lang = state.lang === "th" ? "en" : "th";
    }
    for (const task of $("tasks").querySelectorAll("span")) task.textContent = word(`task_${task.dataset.task}`, { n: toDecide(task.dataset.task) });
    $("keys").querySelector("dl").replaceChildren(
      ...[
        ["A – E · ก – จ · 1 – 5", "key_letter"],
        ["Space", "key_blank"],
        ["M", "key_multiple"],
        ["Enter", "key_likely"],
        ["Enter", "key_accept"],
        ["↑ ↓", "key_step"],
        ["N", "key_none"],
        ["X", "key_apart"],
        ["R", "key_rows"],
        ["S", "key_skip"],
        ["U · Backspace · Ctrl+Z", "key_undo"],
        ["← → ↑ ↓", "key_move"],
        ["Z", "key_zoom"],
        ["W", "key_sheet"],
        ["P", "key_view"],
        ["Ctrl+S", "key_save"],
      ].flatMap(([key, told]) => [made("dt", {}, made("kbd", {}, key)), made("dd", {}, word(told))]),
    );
    document.title = `${word("title")} · ${data.exams.map((one) => one.code).join(", ")}`;
    if (state.by) begun();
  }

  function made(tag, attributes = {}, ...inside) {
    const one = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
    one.append(...inside);
    return one;
  }

  const say = (text) => { $("live").textContent = text; };

  function notice(text) {
    $("notice").textContent = text;
    $("notice").hidden = !text;
  }

  // ── pictures ─────────────────────────────────────────────────────────────────────────────

  const bytes = new Map(); // pack → Uint8Array
  const urls = new Map(); // key of a picture → blob URL, the oldest first

  function packed(pack) {
    if (bytes.has(pack)) return bytes.get(pack);
    const held = $(`pack-${pack}`);
    if (!held) return null;
    let text = "";
    try {
      text = atob(held.textContent);
    } catch {
      return null; // the file is cut off here, and the page says so
    }
    const found = new Uint8Array(text.length);
    for (let n = 0; n < text.length; n++) found[n] = text.charCodeAt(n);
    if (bytes.size > 24) bytes.delete(bytes.keys().next().value);
    bytes.set(pack, found);
    return found;
  }

  function picture(ref) {
    if (!ref) return "";
    const key = ref.join();
    let url = urls.get(key);
    if (url) {
      urls.delete(key);
    } else {
      const pack = packed(ref[0]);
      if (!pack) return "";
      url = URL.createObjectURL(new Blob([pack.subarray(ref[1], ref[1] + ref[2])], { type: "image/webp" }));
      if (urls.size > MOST_URLS) {
        const [oldest, gone] = urls.entries().next().value;
        URL.revokeObjectURL(gone);
        urls.delete(oldest);
      }
    }
    urls.set(key, url);
    return url;
  }

  function show(image, ref, alt, frame) {
    const url = picture(ref);
    if (url && image.src !== url) image.src = url;
    if (!url) image.removeAttribute("src");
    image.alt = url ? alt : "";
    if (ref) {
      image.width = ref[3];
      image.height = ref[4];
    }
    const around = image.parentElement.querySelector("i");
    if (around) {
      around.hidden = !frame || !url;
      if (frame) ["left", "top", "width", "height"].forEach((side, n) => { around.style[side] = `${100 * frame[n]}%`; });
    }
  }

  // ── what there is to decide ──────────────────────────────────────────────────────────────

  const same = (one, other) => one.normalize("NFC").trim().toLowerCase() === other.normalize("NFC").trim().toLowerCase();
  const page = (one) => data.pages[one.page];
  const exam = (one) => data.exams[page(one).exam];
  const letters = (one) => exam(one).letters.slice(0, one.letters);
  const from = (one) => word("from", { source: data.sources[page(one).source], page: page(one).page });
  const isSheet = (one) => Boolean(one?.members);
  const isPerson = (one) => Boolean(one) && !one.members && !one.question;
  const codes = (one) => (isSheet(one) ? one.members.map((each) => each.code) : [one.code]);
  const isDone = (one) => codes(one).every((code) => state.done.has(code));
  const what = (one) => (one.question ? word("question", { n: one.question }) : word("sheet_of", { serial: page(one).serial || "–" }));
  const queue = () => state.queue[state.view];
  const here = () => queue()[state.at[state.view]];
  const mine = (one) => one.not.some((name) => same(name, state.by)) || host.first.has(one.code);

  function fill(view) {
    const asked = data[view].filter((one) => one.tasks.includes(state.task) && !(state.task === "second" && mine(one)) && !host.others[state.task]?.has(one.code));
    state.queue[view] = view === "marks" && state.task !== "settle" ? bySheet(asked) : asked;
    state.at[view] = Math.max(0, state.queue[view].findIndex((one) => !isDone(one)));
  }

  // Rows that are decided together → one sheet in the queue, and behind it those that were put out of it
  function bySheet(asked) {
    const together = new Map();
    for (const one of asked) if (one.case) together.set(one.page, [...(together.get(one.page) ?? []), one]);
    const begun = new Set();
    return asked.flatMap((one) => {
      const members = one.case ? together.get(one.page) : [];
      if (members.length < data.least) return [one];
      if (begun.has(one.page)) return [];
      begun.add(one.page);
      const whole = members.filter((each) => !state.apart.has(each.code));
      return [...(whole.length ? [sheetOf(whole)] : []), ...members.filter((each) => state.apart.has(each.code))];
    });
  }

  const sheetOf = (members) => ({ members, page: members[0].page, case: members[0].case, code: `sheet-${members[0].page}` });

  const left = (view) => state.queue[view].filter((one) => !isDone(one)).length;

  function shown(one, decided) {
    if (!decided) return state.skipped.has(one.code) ? word("skipped") : "?";
    if (isPerson(one)) {
      if (decided.v === "-") return word("nobody");
      return [decided.v, decided.f && word("form_is", { form: decided.f })].filter(Boolean).join(" · ");
    }
    if (decided.v === "-") return word("blank");
    return decided.v.split("|").map((letter) => printed(one, letter)).join(" ");
  }

  function printed(one, letter) {
    const label = (exam(one).letters.find(([value]) => value === letter) ?? [letter, letter])[1];
    return label === letter ? letter : `${label} ${letter}`;
  }

  // ── kept in the browser ──────────────────────────────────────────────────────────────────

  const place = () => `${STORE}${state.task}:${state.by.normalize("NFC").trim().toLowerCase()}:`;

  const held = new Map(); // place → what was decided there since the page was opened
  const unsaved = new Set(); // places with decisions that are in no file yet

  function keep(code) {
    const decided = state.done.get(code);
    if (host.origin) {
      hand(code, decided);
      return;
    }
    unsaved.add(place());
    try {
      if (state.apart.has(code)) localStorage.setItem(`${place()}apart:${code}`, "1");
      else localStorage.removeItem(`${place()}apart:${code}`);
      if (decided) localStorage.setItem(place() + code, JSON.stringify(decided));
      else localStorage.removeItem(place() + code);
    } catch {
      if (state.keeps) notice(word("not_kept"));
      state.keeps = false;
    }
  }

  function recall() {
    const known = new Set([...data.marks, ...data.people].map((one) => one.code));
    const first = place();
    if (state.keeps || !held.has(first)) held.set(first, new Map());
    state.done = held.get(first);
    state.apart = new Set();
    state.drafts = new Map();
    if (host.origin) {
      state.done = new Map(Object.entries(host.mine[state.task] ?? {}).filter(([code]) => known.has(code)));
      recallTimes();
      return;
    }
    try {
      for (let n = 0; n < localStorage.length; n++) {
        const key = localStorage.key(n);
        if (key.startsWith(`${first}apart:`)) state.apart.add(key.slice(`${first}apart:`.length));
        if (!key.startsWith(first) || !known.has(key.slice(first.length))) continue;
        const decided = JSON.parse(localStorage.getItem(key));
        if (!state.done.has(key.slice(first.length)) && decided && typeof decided.v === "string" && typeof decided.t === "string") state.done.set(key.slice(first.length), decided);
      }
    } catch {
      notice(word("not_kept"));
      state.keeps = false;
    }
    recallTimes();
  }

  // ── how long it takes ────────────────────────────────────────────────────────────────────

  const clock = { code: "", since: 0, spent: 0 }; // how long what is shown has been looked at

  function watch(one) {
    if (clock.code !== one.code) Object.assign(clock, { code: one.code, since: performance.now(), spent: 0 });
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clock.spent += performance.now() - clock.since;
    clock.since = performance.now();
  });

  function seconds(way) {
    const found = Math.min(MOST_SECONDS[way], (clock.spent + performance.now() - clock.since) / 1000);
    Object.assign(clock, { since: performance.now(), spent: 0 });
    return found;
  }

  function recallTimes() {
    state.times = { row: [], sheet: [] };
    const sheets = new Map();
    for (const one of [...data.marks, ...data.people]) {
      const decided = state.done.get(one.code);
      if (!(decided?.s > 0)) continue;
      if (decided.w === "sheet") sheets.set(one.page, (sheets.get(one.page) ?? 0) + decided.s);
      else state.times.row.push(decided.s);
    }
    state.times.sheet.push(...sheets.values());
  }

  // What is left and how long it takes at the pace of this person
  function pace() {
    const all = [...state.times.row, ...state.times.sheet];
    const open = queue().filter((one) => !isDone(one));
    const of = { left: open.length, all: queue().length };
    if (all.length < FEWEST_TIMES || !open.length) return word("left", of);
    const mean = (times) => (times.length ? times.reduce((sum, one) => sum + one, 0) / times.length : 0);
    const each = (way) => mean(state.times[way]) || mean(all);
    const rest = open.reduce((sum, one) => sum + each(isSheet(one) ? "sheet" : "row"), 0);
    const median = all.sort((a, b) => a - b)[Math.floor(all.length / 2)];
    return word(rest < 60 ? "left_seconds" : "left_minutes", { ...of, n: Math.ceil(rest < 60 ? rest : rest / 60), median: median.toFixed(1) });
  }

  addEventListener("storage", (event) => { // the same page in another tab
    if (!state.by || !event.key?.startsWith(place())) return;
    const code = event.key.slice(place().length);
    if (event.newValue) state.done.set(code, JSON.parse(event.newValue));
    else state.done.delete(code);
    draw();
  });

  addEventListener("beforeunload", (event) => { if (!state.keeps && unsaved.size) event.preventDefault(); });

  // ── the list: only the cards in sight are in the page ────────────────────────────────────

  const cards = new Map(); // place in the queue → element

  function grid() {
    const width = $("room").clientWidth;
    const least = state.view === "marks" ? 300 : 330;
    const columns = Math.max(1, Math.floor((width + GAP) / (least + GAP)));
    const tall = (state.view === "marks" ? 72 : 232) + LABEL + 14 + (state.task === "settle" ? 24 : 0);
    return { columns, wide: (width - GAP * (columns - 1)) / columns, tall };
  }

  function draw() {
    const { columns, wide, tall } = grid();
    const all = queue();
    const list = $("list");
    $("room").style.height = `${Math.ceil(all.length / columns) * (tall + GAP) + GAP}px`;
    const first = Math.max(0, Math.floor(list.scrollTop / (tall + GAP)) - 1) * columns;
    const last = Math.min(all.length, (Math.ceil((list.scrollTop + list.clientHeight) / (tall + GAP)) + 1) * columns);
    const wanted = new Set();
    for (let n = first; n < last; n++) wanted.add(n);
    if (all.length) wanted.add(state.at[state.view]);
    for (const [n, card] of cards) {
      if (!wanted.has(n)) {
        card.remove();
        cards.delete(n);
      }
    }
    for (const n of wanted) {
      let card = cards.get(n);
      if (!card) {
        card = blankCard(n);
        cards.set(n, card);
        const next = [...cards.keys()].filter((k) => k > n).sort((a, b) => a - b)[0];
        $("room").insertBefore(card, next === undefined ? null : cards.get(next));
      }
      card.style.transform = `translate(${(n % columns) * (wide + GAP)}px, ${GAP + Math.floor(n / columns) * (tall + GAP)}px)`;
      card.style.width = `${wide}px`;
      card.style.height = `${tall}px`;
      dress(card, n);
    }
    $("empty")?.remove();
    if (!all.length && state.by) $("room").append(made("p", { id: "empty" }, word(state.view === "marks" ? "no_marks" : "no_people")));
    aside();
    tell();
  }

  function blankCard(n) {
    const one = queue()[n];
    const card = made("div", { role: "option", "aria-setsize": queue().length, "aria-posinset": n + 1 });
    card.className = isPerson(one) ? "card person" : isSheet(one) ? "card sheet" : "card";
    card.dataset.n = n;
    card.dataset.code = one.code;
    const image = made("img", { alt: "", decoding: "async", draggable: "false" });
    const what = made("span"), from = made("bdi"), mark = made("span");
    what.className = "what";
    from.className = "from";
    mark.className = "mark";
    const crop = made("div", {}, image);
    crop.className = "crop";
    card.append(crop, made("p", {}, what, " ", from, " ", mark));
    if (state.task === "settle") {
      const said = made("p");
      said.className = "said";
      card.append(said);
    }
    return card;
  }

  function dress(card, n) {
    const one = queue()[n];
    const decided = state.done.get(one.code);
    const isHere = n === state.at[state.view];
    const image = card.querySelector("img");
    const n_done = isSheet(one) ? codes(one).filter((code) => state.done.has(code)).length : 0;
    const seen = [decided?.v, decided?.f, n_done, isHere, state.skipped.has(one.code), state.lang].join();
    if (card.dataset.seen === seen && image.hasAttribute("src")) return;
    card.dataset.seen = seen;
    card.classList.toggle("decided", isDone(one));
    card.classList.toggle("skipped", !isDone(one) && state.skipped.has(one.code));
    card.setAttribute("aria-selected", isHere);
    card.tabIndex = isHere ? 0 : -1;
    card.querySelector(".what").textContent = what(one);
    card.querySelector(".from").textContent = from(one);
    const mark = isSheet(one) ? `${n_done ? "✓ " : ""}${word("rows", { n: one.members.length })}` : shown(one, decided);
    card.querySelector(".mark").textContent = mark;
    show(image, (isSheet(one) ? one.members[0] : one).crop, "", null);
    const said = card.querySelector(".said");
    if (said) said.textContent = one.said.map((each) => `${each.by}: ${shown(one, each)}`).join(" · ");
    const told = [what(one), from(one), why(one), mark, said?.textContent].filter(Boolean).join(" ");
    card.setAttribute("aria-label", `${told}, ${word(isDone(one) ? "decided_as" : "open")}`);
  }

  function tell() {
    const all = queue().length;
    const done = all - left(state.view);
    $("counts").textContent = pace();
    $("bar").max = Math.max(1, all);
    $("bar").value = done;
    for (const view of ["marks", "people"]) {
      $(`${view}-left`).textContent = left(view);
      $(`${view}-view`).setAttribute("aria-pressed", state.view === view);
    }
    $("undo").disabled = !state.past.length;
    $("save").disabled = !state.done.size;
  }

  // Why it is asked, in a few plain words
  function why(one) {
    if (isPerson(one)) return one.reason[state.lang] ?? one.reason.en;
    if (isSheet(one)) return word(`case_${one.case}`);
    if (one.why) return word(`why_${one.why}`);
    return one.all ? word("all_rows") : "";
  }

  function aside() {
    const one = here();
    $("side").style.visibility = one ? "visible" : "hidden";
    $("acts").hidden = !one || !state.by;
    document.body.classList.toggle("whole", isSheet(one));
    if (!one) return;
    if (state.by) watch(one);
    const sheet = page(one);
    $("where").textContent = `${what(one)} · ${from(one)}`;
    const alt = word("crop_of", { what: what(one) });
    const crop = isSheet(one) ? one.members[Math.max(0, state.row)] : one;
    $("row-button").hidden = isSheet(one) && state.row < 0;
    show($("row"), crop.crop, alt, isPerson(one) ? null : [0, crop.middle[0], 1, crop.middle[1]]);
    show($("sheet"), sheet.sheet, word("sheet"), isSheet(one) ? null : one.frame);
    fit();
    rings();
    $("whole").disabled = !sheet.sheet;
    $("why-asked").textContent = why(one);
    const dark = one.dark?.map((each, n) => `${printed(one, exam(one).letters[n][0])} ${Math.round(100 * each)}`).join("   ");
    $("told").textContent = isSheet(one) ? word("sheet_told") : one.question ? word("measured", { dark }) : "";
    $("likely").hidden = !one.likely || isPerson(one);
    if (one.likely) $("likely").textContent = word("likely", { mark: shown(one, { v: one.likely }) });
    $("asked").textContent = why(one); // where there is no room for what stands beside the list
    proposals(one);
    if ($("large").open) enlarge($("large").dataset.kind);
    actions(one);
  }

  function actions(one) {
    for (const id of ["letters", "blank", "multiple"]) $(id).hidden = isPerson(one);
    for (const id of ["accept", "apart", "none", "rows"]) $(id).hidden = !isSheet(one);
    for (const id of ["zoom", "whole"]) $(id).hidden = isSheet(one);
    for (const id of ["blank", "multiple", "apart"]) $(id).disabled = isSheet(one) && state.row < 0;
    $("person").hidden = !isPerson(one);
    if (isPerson(one)) personForm(one);
    else letterButtons(isSheet(one) ? one.members[Math.max(0, state.row)] : one);
  }

  // ── the sheet ────────────────────────────────────────────────────────────────────────────

  // What stands for a row of a sheet: what was chosen, what is decided, or what is likely
  const proposed = (one) => state.drafts.get(one.code)?.v ?? state.done.get(one.code)?.v ?? one.likely;
  const isOut = (one) => Boolean(state.drafts.get(one.code)?.out);

  // The sheet as large as there is room for; of a sheet that is one case, the part with its rows
  function fit() {
    const one = here();
    const [, , , wide, high] = page(one).sheet ?? [0, 0, 0, 0, 0];
    const room = $("sheet-room");
    const { clientWidth: width, clientHeight: height } = room;
    if (!wide || !width || !height) return;
    let part = [0, 0, 1, 1];
    if (isSheet(one)) {
      const spots = one.members.flatMap((each) => each.spots);
      const [xs, ys] = [0, 1].map((n) => spots.map((each) => each[n]));
      const [left, top] = [Math.max(0, Math.min(...xs) - 0.06), Math.max(0, Math.min(...ys) - 0.03)];
      part = [left, top, Math.min(1, Math.max(...xs) + 0.04) - left, Math.min(1, Math.max(...ys) + 0.03) - top];
    }
    const whole = Math.min(width / (part[2] * wide), height / (part[3] * high));
    // where all of it would be too small, it is as wide as the room, and the row stands in the middle
    const isSmall = !isSheet(one) && whole < 0.7 * (width / wide);
    if (isSmall) part = [0, one.frame[1] + one.frame[3] / 2, 1, 0];
    const scale = Math.min(isSmall ? width / wide : whole, isSheet(one) ? MOST_ENLARGED : 1);
    const shown = [one.code, Math.round(scale * wide)].join();
    if (room.dataset.shown === shown) return;
    room.dataset.shown = shown;
    $("sheet-frame").style.width = `${Math.floor(scale * wide)}px`;
    room.scrollLeft = part[0] * wide * scale - (width - part[2] * wide * scale) / 2;
    room.scrollTop = part[1] * high * scale - (height - part[3] * high * scale) / 2;
  }

  const SVG = "http://www.w3.org/2000/svg";

  function drawnIn(name, attributes) {
    const found = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
    return found;
  }

  // Rings around what is likely marked on the sheet, and frames around rows of which nothing is
  function rings() {
    const one = here();
    const drawing = $("rings");
    drawing.replaceChildren();
    const [, , , wide, high] = page(one).sheet ?? [];
    if (!isSheet(one) || !wide) return;
    drawing.setAttribute("viewBox", `0 0 ${wide} ${high}`);
    one.members.forEach((each, n) => {
      const r = Math.max(4, 1.45 * each.radius * wide);
      const [xs, ys] = [each.spots.map(([x]) => x * wide), each.spots.map(([, y]) => y * high)];
      const group = drawnIn("g", { class: ["ring", isOut(each) ? "out" : "", state.drafts.get(each.code)?.v ? "changed" : "", n === state.row ? "here" : ""].join(" ") });
      const box = { x: Math.min(...xs) - 1.6 * r, y: Math.min(...ys) - 1.15 * r, width: Math.max(...xs) - Math.min(...xs) + 3.2 * r, height: Math.max(...ys) - Math.min(...ys) + 2.3 * r, rx: r };
      const marked = proposed(each).split("|");
      if (n === state.row || isOut(each) || marked[0] === "-") group.append(drawnIn("rect", { ...box, class: n === state.row ? "now" : "none" }));
      if (!isOut(each)) each.spots.forEach(([x, y], k) => {
        if (marked.includes(exam(one).letters[k]?.[0])) group.append(drawnIn("circle", { cx: x * wide, cy: y * high, r }));
      });
      drawing.append(group);
    });
  }

  // The rows of a sheet, each with what would be taken
  function proposals(one) {
    $("proposals").hidden = !isSheet(one);
    if (!isSheet(one)) return;
    const list = $("proposals");
    if (list.dataset.code !== codes(one).join()) {
      list.dataset.code = codes(one).join();
      list.replaceChildren(...one.members.map((_, n) => made("button", { type: "button", "data-row": n, tabindex: "-1" })));
    }
    one.members.forEach((each, n) => {
      const button = list.children[n];
      const mark = isOut(each) ? word("by_row") : shown(each, { v: proposed(each) });
      button.replaceChildren(made("small", {}, String(each.question)), " ", isOut(each) ? "…" : proposed(each) === "-" ? "–" : mark);
      button.setAttribute("aria-label", `${what(each)}: ${mark}`);
      button.setAttribute("aria-pressed", n === state.row);
      button.className = isOut(each) ? "out" : state.drafts.has(each.code) ? "changed" : "";
    });
    list.children[state.row]?.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const one = here();
    const n = state.row < 0 ? (by > 0 ? 0 : one.members.length - 1) : state.row + by;
    choose(Math.min(one.members.length - 1, Math.max(0, n)));
  }

  function choose(n) {
    state.several = null;
    state.row = n;
    notice("");
    aside();
    const each = here().members[n];
    say(`${what(each)}: ${isOut(each) ? word("by_row") : shown(each, { v: proposed(each) })}`);
  }

  // Something else than is likely is marked in the row of the sheet that is chosen, or it comes by row
  function draft(change) {
    const one = here();
    const each = one.members[state.row];
    if (!each) {
      notice(word("choose_row"));
      say(word("choose_row"));
      return;
    }
    remember(one, []);
    state.drafts = new Map(state.drafts);
    const was = isOut(each);
    state.drafts.delete(each.code);
    if (change.out ? !was : change.v !== proposed(each)) state.drafts.set(each.code, change);
    state.several = null;
    notice("");
    draw();
    say(`${what(each)}: ${isOut(each) ? word("by_row") : shown(each, { v: proposed(each) })}`);
  }

  // Nothing is marked in any row of the sheet
  function none() {
    const one = here();
    if (!isSheet(one)) return;
    remember(one, []);
    const blank = one.members.filter((each) => (state.done.get(each.code)?.v ?? each.likely) !== "-");
    state.drafts = new Map([...state.drafts].filter(([code]) => !codes(one).includes(code)).concat(blank.map((each) => [each.code, { v: "-" }])));
    state.several = null;
    draw();
    say(word("none_told"));
  }

  // All of the sheet is as shown but what was put out, which comes next
  function accept() {
    const one = here();
    if (!isSheet(one) || !state.by) return;
    const taken = one.members.filter((each) => !isOut(each));
    const out = one.members.filter(isOut);
    remember(one, one.members);
    const s = taken.length ? seconds("sheet") : 0;
    const t = now();
    for (const each of taken) state.done.set(each.code, { v: proposed(each), t, w: "sheet", s: s / taken.length });
    if (taken.length) state.times.sheet.push(s);
    part(one, taken, out);
    onward(`${what(one)}: ${word("sheet_taken", { n: taken.length })}`, out.length > 0 && !taken.length);
  }

  // All rows of the sheet by themselves
  function rowByRow() {
    const one = here();
    if (!isSheet(one)) return;
    remember(one, one.members);
    part(one, [], one.members);
    go(state.at.marks);
    say(word("row_by_row"));
  }

  function part(one, taken, out) {
    state.skipped.delete(one.code);
    state.apart = new Set([...state.apart, ...out.map((each) => each.code)]);
    state.drafts = new Map([...state.drafts].filter(([code]) => !codes(one).includes(code)));
    state.several = null;
    if (out.length) {
      const before = queue(), at = state.at.marks;
      state.queue.marks = [...before.slice(0, at), ...(taken.length ? [sheetOf(taken)] : []), ...out, ...before.slice(at + 1)];
      anew();
    }
    for (const each of one.members) keep(each.code);
  }

  // The cards of a queue that has changed
  function anew() {
    for (const card of cards.values()) card.remove();
    cards.clear();
  }

  function letterButtons(one) {
    const wanted = letters(one).map(([value, label]) => `${value}${label}`).join();
    if ($("letters").dataset.has !== wanted) {
      $("letters").dataset.has = wanted;
      $("letters").replaceChildren(
        ...letters(one).map(([value, label]) => {
          const button = made("button", { type: "button", "data-letter": value, "aria-keyshortcuts": value }, label);
          if (label !== value) button.append(" ", made("small", {}, value));
          return button;
        }),
      );
    }
    const isOfSheet = isSheet(here());
    const decided = state.several ?? (isOfSheet ? (state.row < 0 ? "" : proposed(one)) : state.done.get(one.code)?.v ?? "").split("|");
    for (const button of $("letters").children) {
      button.disabled = isOfSheet && state.row < 0;
      button.classList.toggle("hinted", !isOfSheet && !state.done.has(one.code) && one.likely.split("|").includes(button.dataset.letter));
    }
    $("blank").classList.toggle("hinted", !isOfSheet && !state.done.has(one.code) && one.likely === "-");
    for (const button of $("letters").children) button.setAttribute("aria-pressed", decided.includes(button.dataset.letter));
    $("multiple").setAttribute("aria-pressed", Boolean(state.several));
    $("multiple").firstElementChild.textContent = word(state.several ? "multiple_done" : "multiple");
  }

  function personForm(one) {
    if ($("person").dataset.code === one.code) return;
    $("person").dataset.code = one.code;
    const decided = state.done.get(one.code);
    $("candidate").value = decided?.v && decided.v !== "-" ? decided.v : "";
    $("candidate").placeholder = one.candidate;
    $("why").value = decided?.n ?? "";
    $("form").replaceChildren(made("option", { value: "" }, word("keep_form", { form: one.form || "–" })));
    for (const form of exam(one).forms) $("form").append(made("option", { value: form }, form));
    $("form").value = decided?.f ?? "";
    $("offers").hidden = !one.offers.length;
    $("offers").replaceChildren(
      ...one.offers.map((offer) => {
        const button = made("button", { type: "button" }, offer);
        button.dataset.offer = offer;
        return button;
      }),
    );
  }

  // ── deciding ─────────────────────────────────────────────────────────────────────────────

  function now() {
    const at = new Date();
    const two = (n) => String(n).padStart(2, "0");
    const zone = -at.getTimezoneOffset();
    const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
    return `${day}T${time}${zone < 0 ? "-" : "+"}${two(Math.floor(Math.abs(zone) / 60))}:${two(Math.abs(zone) % 60)}`;
  }

  function decide(decided) {
    const one = here();
    if (!one || !state.by) return;
    if (isSheet(one)) {
      draft(decided);
      return;
    }
    remember(one, [one]);
    state.several = null;
    state.skipped.delete(one.code);
    const s = seconds("row");
    state.times.row.push(s);
    state.done.set(one.code, { ...decided, t: now(), w: "row", s });
    keep(one.code);
    const told = `${what(one)}: ${shown(one, state.done.get(one.code))}`;
    onward(told);
  }

  function remember(one, changed) {
    const codes = changed.map(({ code }) => ({ code, before: state.done.get(code), apart: state.apart.has(code) }));
    const { view, drafts, row } = state;
    state.past.push({ view, at: state.at[view], queue: queue(), drafts, row, codes, code: one.code, skipped: state.skipped.has(one.code) });
    if (state.past.length > 10000) state.past.shift();
  }

  function onward(told, isHereToo = false) {
    const all = queue();
    const at = state.at[state.view];
    const isOpen = (one) => !isDone(one) && !state.skipped.has(one.code);
    let next = all.findIndex((one, n) => (n > at || (isHereToo && n === at)) && isOpen(one));
    if (next < 0) next = all.findIndex(isOpen);
    if (next < 0) next = all.findIndex((one, n) => n !== at && !isDone(one)); // those that were skipped
    if (next < 0) {
      draw();
      focusHere();
      say(`${told}. ${word(left(state.view) ? "left_skipped" : "all_done")}`);
      return;
    }
    go(next);
    say(`${told}. ${word("now", { what: [what(all[next]), why(all[next])].filter(Boolean).join(", ") })}`);
  }

  function go(n) {
    const all = queue();
    if (!all.length) return;
    state.several = null;
    state.row = -1;
    into(Math.min(all.length - 1, Math.max(0, n)));
    focusHere();
  }

  function into(n) {
    state.at[state.view] = n;
    const { columns, tall } = grid();
    const top = GAP + Math.floor(state.at[state.view] / columns) * (tall + GAP);
    const list = $("list");
    if (top - GAP < list.scrollTop) list.scrollTop = top - GAP;
    else if (top + tall + GAP > list.scrollTop + list.clientHeight) list.scrollTop = top - GAP - Math.max(0, list.clientHeight - 2 * (tall + GAP)) / 2;
    draw();
  }

  function focusHere() {
    if (!document.querySelector("dialog[open]")) cards.get(state.at[state.view])?.focus({ preventScroll: true });
  }

  // The row that letters are for
  function rowHere() {
    const one = here();
    return isSheet(one) ? one.members[state.row] : one?.question ? one : null;
  }

  function letter(value) {
    const one = rowHere();
    if (!one) {
      if (isSheet(here())) draft({});
      return;
    }
    if (!letters(one).some(([known]) => known === value)) {
      say(word("no_such", { letter: value }));
      notice(word("no_such", { letter: value }));
      return;
    }
    if (!state.several) {
      notice("");
      decide({ v: value });
      return;
    }
    state.several = state.several.includes(value) ? state.several.filter((each) => each !== value) : [...state.several, value].sort();
    say(state.several.map((each) => printed(one, each)).join(" "));
    letterButtons(one);
  }

  function multiple() {
    const one = rowHere();
    if (!one) return;
    if (!state.several) {
      state.several = [];
      notice(word("multiple_told"));
      say(word("multiple_told"));
      letterButtons(one);
    } else if (state.several.length < 2) {
      notice(word("multiple_least"));
      say(word("multiple_least"));
    } else {
      notice("");
      decide({ v: state.several.join("|") });
    }
  }

  function skip() {
    const one = here();
    if (!one) return;
    remember(one, []);
    state.skipped.add(one.code);
    onward(`${what(one)}: ${word("skipped")}`);
  }

  function undo() {
    const last = state.past.pop();
    if (!last) {
      say(word("nothing_to_undo"));
      return;
    }
    for (const { code, before, apart } of last.codes) {
      if (before) state.done.set(code, before);
      else state.done.delete(code);
      state.apart[apart ? "add" : "delete"](code);
      keep(code);
    }
    state.skipped[last.skipped ? "add" : "delete"](last.code);
    state.drafts = last.drafts;
    delete $("person").dataset.code;
    if (state.queue[last.view] !== last.queue) {
      state.queue[last.view] = last.queue;
      anew();
    }
    if (state.view !== last.view) look(last.view);
    if (last.view !== state.view || last.at !== state.at[state.view] || !isSheet(here())) go(last.at);
    state.row = last.row;
    draw();
    say(word("undone", { what: what(here()) }));
  }

  function look(view) {
    state.view = view;
    anew();
    $("list").scrollTop = 0;
    delete $("person").dataset.code;
    go(state.at[view]);
    if (!queue().length) draw();
  }

  function enlarge(kind) {
    const all = here();
    if (!all || (kind === "sheet" && !page(all).sheet)) return;
    const one = rowHere() ?? (isSheet(all) ? all.members[0] : all);
    const large = $("large");
    large.dataset.kind = kind;
    $("large-title").textContent = `${what(one)} · ${from(one)}`;
    const isRow = kind === "row";
    show(
      $("large-picture"),
      isRow ? one.crop : page(one).sheet,
      isRow ? word("crop_of", { what: what(one) }) : word("sheet"),
      isRow ? (one.question ? [0, one.middle[0], 1, one.middle[1]] : null) : one.frame,
    );
    if (!large.open) {
      large.showModal();
      $("large-room").focus();
    }
    if (!isRow) {
      const room = $("large-room");
      requestAnimationFrame(() => {
        const frame = room.querySelector("i").getBoundingClientRect();
        room.scrollTop += frame.top - room.getBoundingClientRect().top - room.clientHeight / 2;
        room.scrollLeft += frame.left - room.getBoundingClientRect().left - room.clientWidth / 2;
      });
    }
  }

  const turn = (kind) => {
    if ($("large").open && $("large").dataset.kind === kind) $("large").close();
    else enlarge(kind);
  };

  // ── keys ─────────────────────────────────────────────────────────────────────────────────

  function pressed(event) {
    const one = here();
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    const open = document.querySelector("dialog[open]");
    if (!state.by || (open && open.id !== "large")) return false;
    const isOnButton = event.target.tagName === "BUTTON";
    if ((event.ctrlKey || event.metaKey) && !event.altKey) {
      if (event.code === "KeyS") return save() ?? true;
      if (event.code === "KeyZ" && !isTyping) return undo() ?? true;
      return false;
    }
    if (event.altKey || isTyping || event.isComposing) return false;
    const value = letterOf(event.key);
    if (value && one && !isPerson(one)) return letter(value) ?? true;
    if (isSheet(one) && !open && /^Arrow(Up|Down)$/.test(event.key)) return step(event.key === "ArrowUp" ? -1 : 1) ?? true;
    const { columns } = grid();
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -4 * columns, PageDown: 4 * columns, Home: -1e9, End: 1e9 };
    if (event.key in moves && !(open && event.key.startsWith("Page"))) return go(state.at[state.view] + moves[event.key]) ?? true;
    if (event.key === "Escape" && state.several) {
      state.several = null;
      notice("");
      return draw() ?? true;
    }
    if (event.key === "Enter" && state.several && !isOnButton) return multiple() ?? true;
    if (event.key === "Escape" && isSheet(one) && !open && state.row >= 0) {
      state.row = -1;
      return draw() ?? true;
    }
    if (event.key === "Enter" && !isOnButton && !open && isPerson(one)) return $("candidate").focus() ?? true;
    if (event.key === "Enter" && !isOnButton && isSheet(one) && !open) return accept() ?? true;
    if (event.key === "Enter" && !isOnButton && one?.likely) return decide({ v: one.likely }) ?? true;
    if (event.code === "Space" && !isOnButton) return one && !isPerson(one) ? (decide({ v: "-" }) ?? true) : false;
    if (event.key === "Backspace") return undo() ?? true;
    if (event.key === "?") return $("keys").showModal() ?? true;
    const acts = { KeyM: multiple, KeyS: skip, KeyU: undo, KeyZ: () => turn("row"), KeyW: () => turn("sheet"), KeyP: () => look(state.view === "marks" ? "people" : "marks") };
    if (event.code in acts) return acts[event.code]() ?? true;
    const ofSheet = { KeyX: () => draft({ out: true }), KeyN: none, KeyR: rowByRow };
    if (isSheet(one) && !open && event.code in ofSheet) return ofSheet[event.code]() ?? true;
    if (one && !isPerson(one) && event.key.length === 1 && /\p{L}|\p{M}/u.test(event.key)) {
      notice(word("no_key", { key: event.key }));
      say(word("no_key", { key: event.key }));
    }
    return false;
  }

  // A key of a letter by what it types: on a Thai keyboard the key beside S types ก, which is A
  function letterOf(key) {
    if (key.length !== 1) return "";
    for (const row of ["ABCDE", THAI, "12345", THAI_DIGITS]) {
      const n = row.indexOf(key.toUpperCase());
      if (n >= 0) return "ABCDE"[n];
    }
    return "";
  }

  addEventListener("keydown", (event) => {
    if (!event.repeat || event.key.startsWith("Arrow") || event.key.startsWith("Page")) {
      if (pressed(event)) event.preventDefault();
    } else if (!/^(INPUT|SELECT)$/.test(event.target.tagName) && !document.querySelector("dialog[open]")) {
      event.preventDefault(); // a key that is held decides once
    }
  });

  // ── saving ───────────────────────────────────────────────────────────────────────────────

  const DECISIONS = ["scan", "code", "kind", "source", "page", "question", "task", "read", "decided", "form", "by", "time", "note", "way", "seconds"];
  const MARKS = ["file", "line", "question", "answer", "reason", "by", "date", "raw"];
  const PEOPLE = ["file", "line", "candidate_id", "form", "action", "reason", "by", "date", "raw"];

  function cell(text) {
    const plain = String(text ?? "");
    const safe = /^[=+\-@\t\r]/.test(plain) && plain !== "-" ? `'${plain}` : plain;
    return /[",\r\n]/.test(safe) || /^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  const table = (heads, rows) => "\ufeff" + [heads, ...rows].map((row) => row.map(cell).join(",") + "\n").join("");

  function line(one, decided) {
    const kind = one.question ? "mark" : "identity";
    const time = decided.s > 0 ? Number(decided.s.toFixed(2)) : "";
    return [data.scan, one.code, kind, data.sources[page(one).source], page(one).page, one.question ?? "", state.task, one.read, decided.v, decided.f ?? "", state.by, decided.t, decided.n ?? "", decided.w ?? "", time];
  }

  function decisions() {
    return [...data.marks, ...data.people].filter((one) => state.done.has(one.code)).map((one) => line(one, state.done.get(one.code)));
  }

  const overlays = (all) => all.filter((one) => state.done.has(one.code));

  function marks() {
    return overlays(data.marks).map((one) => {
      const decided = state.done.get(one.code);
      const [line, raw] = page(one).row;
      return [exam(one).file, line, one.question, decided.v, decided.n || word("reason", { from: from(one), read: one.read }), state.by, decided.t.slice(0, 10), raw];
    });
  }

  function people() {
    return overlays(data.people).map((one) => {
      const decided = state.done.get(one.code);
      const [line, raw] = page(one).row;
      const isVoid = decided.v === "-";
      return [exam(one).file, line, isVoid ? "" : decided.v, isVoid ? "" : decided.f, isVoid ? "void" : "", decided.n || word("reason", { from: from(one), read: one.read }), state.by, decided.t.slice(0, 10), raw];
    });
  }

  function download(name, text) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    const link = made("a", { href: url, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  const fileName = () => `decisions-${data.scan.slice(0, 8)}-${state.task}-${state.by.trim().replace(/[^\p{L}\p{M}\p{N}]+/gu, "-").slice(0, 40)}.csv`;

  function save() {
    if (!state.done.size) return;
    $("saving-told").textContent = word("saving_told", { n: state.done.size, left: left("marks") + left("people") });
    $("save-decisions").textContent = word("save_decisions", { name: fileName() });
    // one person's check is no overlay, and each exam of several has files of its own
    for (const id of ["save-marks", "save-people"]) $(id).disabled = state.task === "second" || data.exams.length > 1;
    $("saving").showModal();
  }

  $("overlays").hidden = FRAMED;
  $("save").addEventListener("click", save);
  $("save-decisions").addEventListener("click", () => {
    download(fileName(), table(DECISIONS, decisions()));
    unsaved.delete(place());
  });
  $("save-marks").addEventListener("click", () => download("marks.csv", table(MARKS, marks())));
  $("save-people").addEventListener("click", () => download("identities.csv", table(PEOPLE, people())));

  // ── hands on the page ────────────────────────────────────────────────────────────────────

  $("letters").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) letter(button.dataset.letter);
  });
  $("blank").addEventListener("click", () => decide({ v: "-" }));
  $("multiple").addEventListener("click", multiple);
  $("skip").addEventListener("click", skip);
  $("undo").addEventListener("click", undo);
  $("before").addEventListener("click", () => go(state.at[state.view] - 1));
  $("after").addEventListener("click", () => go(state.at[state.view] + 1));
  $("zoom").addEventListener("click", () => turn("row"));
  $("whole").addEventListener("click", () => turn("sheet"));
  $("row-button").addEventListener("click", () => turn("row"));
  $("accept").addEventListener("click", accept);
  $("apart").addEventListener("click", () => draft({ out: true }));
  $("none").addEventListener("click", none);
  $("rows").addEventListener("click", rowByRow);
  $("likely").addEventListener("click", () => decide({ v: here().likely }));
  $("proposals").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) choose(Number(button.dataset.row));
    focusHere();
  });
  // On the sheet: a bubble is what is marked in its row; beside the bubbles the row is chosen
  $("sheet-frame").addEventListener("click", (event) => {
    const one = here();
    if (!isSheet(one)) {
      enlarge("sheet");
      return;
    }
    const box = $("sheet-frame").getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const off = (spot) => [Math.abs(spot[0] * box.width - x), Math.abs(spot[1] * box.height - y)];
    const reach = 1.6 * one.members[0].radius * box.width;
    const n = one.members.findIndex((each) => {
      const ends = [each.spots[0], each.spots.at(-1)].map((spot) => spot[0] * box.width);
      return x > Math.min(...ends) - 3 * reach && x < Math.max(...ends) + 2 * reach && each.spots.some((spot) => off(spot)[1] < reach);
    });
    if (n < 0) return;
    choose(n);
    const k = one.members[n].spots.findIndex((spot) => Math.hypot(...off(spot)) < reach);
    const value = exam(one).letters[k]?.[0];
    if (value && proposed(one.members[n]) !== value) draft({ v: value });
    focusHere();
  });
  $("help").addEventListener("click", () => $("keys").showModal());
  $("who").addEventListener("click", ask);
  $("marks-view").addEventListener("click", () => look("marks"));
  $("people-view").addEventListener("click", () => look("people"));
  $("nobody").addEventListener("click", () => decide({ v: "-", f: "", n: $("why").value.trim() }));
  $("offers").addEventListener("click", (event) => {
    const offer = event.target.closest("button")?.dataset.offer;
    if (offer) $("candidate").value = offer;
    $("candidate").focus();
  });
  $("person").addEventListener("submit", (event) => {
    event.preventDefault();
    const value = $("candidate").value.normalize("NFC").trim();
    if (!value && !$("form").value) notice(word("decides_nothing"));
    else if (value && !/[\p{L}\p{N}]/u.test(value)) notice(word("no_id"));
    else {
      notice("");
      decide({ v: value, f: $("form").value, n: $("why").value.trim() });
    }
  });
  $("list").addEventListener("click", (event) => {
    const card = event.target.closest(".card");
    if (card) go(Number(card.dataset.n));
  });
  $("list").addEventListener("dblclick", (event) => { if (event.target.closest(".card")) enlarge("row"); });
  let waits = false;
  $("list").addEventListener("scroll", () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      draw();
    });
  }, { passive: true });
  let columns = 0;
  new ResizeObserver(() => {
    if (!state.by) return;
    delete $("sheet-room").dataset.shown;
    if (grid().columns === columns) draw();
    else into(state.at[state.view]); // where cards stand otherwise, the one that is chosen stays in sight
    columns = grid().columns;
  }).observe($("list"));
  for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
  for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("close", focusHere);
  for (const id of ["language", "start-language"]) $(id).addEventListener("click", () => {
    state.lang = state.lang === "th" ? "en" : "th";
    try { localStorage.setItem("examgen-gallery-language", state.lang); } catch { /* asked again next time */ }
    delete $("person").dataset.code;
    speak();
    if (state.by) focusHere();
  });

  // ── the site around this page ────────────────────────────────────────────────────────────
  //
  // There this page stands in a frame that can ask no address and keeps nothing. What is decided is handed to
  // the page around it, which keeps it and sends it, and which says at first what is on record.

  function hand(code, decided) {
    const one = [...data.marks, ...data.people].find((each) => each.code === code);
    const known = (host.mine[state.task] ??= {});
    if (decided) known[code] = decided;
    else delete known[code];
    if (state.task === "first") host.first[decided ? "add" : "delete"](code);
    parent.postMessage({ gallery: "decided", task: state.task, code, line: decided ? line(one, decided).map(String) : null, decided: decided ?? null }, host.origin);
  }

  if (FRAMED) {
    addEventListener("message", (event) => {
      if (event.source !== parent || event.data?.gallery !== "kept" || host.origin || state.by) return;
      const { by, mine, others, language } = event.data;
      Object.assign(host, { origin: event.origin, by, mine, others: Object.fromEntries(Object.entries(others).map(([task, codes]) => [task, new Set(codes)])) });
      host.first = new Set(Object.keys(mine.first ?? {}));
      if (["th", "en"].includes(language)) state.lang = language; // a frame keeps no choice of its own
      speak();
      nameWho();
      $("begin").disabled = false;
      parent.postMessage({ gallery: "there" }, host.origin);
    });
    parent.postMessage({ gallery: "ready" }, "*"); // it tells nothing
    $("begin").disabled = true; // until it is known what is on record, or nobody answers
    setTimeout(() => { $("begin").disabled = false; }, MOST_WAITED);
  }

  // ── who, and what ────────────────────────────────────────────────────────────────────────

  function ask() {
    const chosen = state.by ? state.task : TASKS.find((task) => count(task)) ?? "first";
    $("tasks").replaceChildren(
      ...TASKS.map((task) => {
        const input = made("input", { type: "radio", name: "task", value: task, id: `task-${task}` });
        input.checked = task === chosen;
        input.disabled = !count(task);
        return made("label", { for: `task-${task}` }, input, made("span", { "data-task": task }, word(`task_${task}`, { n: toDecide(task) })));
      }),
    );
    nameWho();
    $("start-fault").textContent = "";
    $("start").showModal();
    $("name").focus(); // not by autofocus, which browsers refuse where the page stands in a frame
  }

  function nameWho() {
    $("name").value = host.by || state.by || data.by || recent();
    $("name").readOnly = Boolean(host.by);
  }

  const count = (task) => [...data.marks, ...data.people].filter((one) => one.tasks.includes(task)).length;

  const toDecide = (task) => [...data.marks, ...data.people].filter((one) => one.tasks.includes(task) && !(one.code in (host.mine[task] ?? {}))).length;

  function recent() {
    try { return localStorage.getItem("examgen-gallery-name") ?? ""; } catch { return ""; }
  }

  $("start").addEventListener("cancel", (event) => { if (!state.by) event.preventDefault(); });
  $("start-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const by = $("name").value.normalize("NFC").replace(/\s+/g, " ").trim();
    const task = document.querySelector("input[name=task]:checked")?.value ?? "first";
    if (!/\p{L}/u.test(by)) {
      $("start-fault").textContent = word("name_wanted");
      return;
    }
    Object.assign(state, { by: host.by || by, task, past: [], several: null, row: -1 });
    state.skipped.clear();
    try { localStorage.setItem("examgen-gallery-name", by); } catch { /* asked again next time */ }
    recall();
    fill("marks");
    fill("people");
    $("start").close();
    for (const id of ["views", "state", "who", "save"]) $(id).hidden = false;
    speak();
    look(state.queue.marks.length || !state.queue.people.length ? "marks" : "people");
    const taken = state.task === "second" ? [...data.marks, ...data.people].filter((one) => one.tasks.includes("second") && mine(one)).length : 0;
    if (taken) notice(word("yours_already", { n: taken }));
  });

  function begun() {
    $("who").textContent = `${state.by} · ${word(`short_${state.task}`)}`;
    draw();
  }

  // pictures come after the script: what is in sight is drawn as soon as they are there
  function arrived() {
    if (state.by) draw();
    if (!$("end")) notice(word("cut_off"));
  }
  if (document.readyState === "loading") {
    const timer = setInterval(() => state.by && draw(), 300);
    document.addEventListener("DOMContentLoaded", () => {
      clearInterval(timer);
      arrived();
    });
  } else arrived();

  try { state.lang = localStorage.getItem("examgen-gallery-language") ?? ""; } catch { state.lang = ""; }
  if (!["th", "en"].includes(state.lang)) state.lang = data.language || (navigator.language.startsWith("th") ? "th" : "en");
  $("exam").textContent = data.exams.map((one) => one.code).join(", ");
  speak();
  ask();
})();
