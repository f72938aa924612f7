"use strict";
// The page of doubtful marks: records and pictures in the page → decisions, kept in the browser and saved.
// Texts of users are set as text, never as markup, and no address is requested.
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("records").textContent);
  const messages = JSON.parse($("words").textContent);
  const doubts = [...data.marks, ...data.people];
  const TASKS = ["first", "second", "settle"];
  const LETTER_KEYS = ["ABCDE", "กขคงจ", "12345", "๑๒๓๔๕"];
  const CARD = { marks: 116, people: 276 }; // px, as in page.css
  const SAID = 24; // px of the line with what two people decided
  const GAP = 10;
  const MOST_WAITED = 8000; // ms for the page around this one
  const MOST_ENLARGED = 1.3; // of the picture of a sheet
  const MOST_SECONDS = { row: 60, sheet: 180 }; // a longer look is a pause
  const MOST_PAST = 10000;
  const STORE = `examgen-gallery:${data.scan}:`;
  const FRAMED = window.top !== window; // on the site, where the page around this one keeps what is decided

  // On the site: where the page around this one is from, who is signed in, and what is on record
  const host = { origin: "", by: "", mine: {}, others: {}, first: new Set() };

  // `drafts`, `apart` and `skipped` are replaced and never changed, so that an earlier state can be restored
  const state = {
    lang: "th", // or "en"
    by: "",
    task: "first",
    view: "marks", // or "people"
    queue: { marks: [], people: [] },
    at: { marks: 0, people: 0 },
    row: -1, // of the sheet that is shown, the row that keys are for; -1 is none
    several: null, // letters of a multiple mark that is being put together
    done: new Map(), // code → {v, f, n, t, w, s}: what, form, remark, when, `sheet` or `row`, seconds
    drafts: new Map(), // code → {v} or {out}: what is chosen on a sheet before it is accepted
    apart: new Set(), // codes of a sheet that are decided by row
    skipped: new Set(), // codes of what is left for later
    past: [], // earlier states, for undo
  };

  // ── words ────────────────────────────────────────────────────────────────────────────────

  function word(key, values = {}) {
    const text = ((FRAMED && messages[`${key}_framed`]) || messages[key])?.[state.lang] ?? key;
    return text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
  }

  function setLanguage() {
    document.documentElement.lang = state.lang;
    for (const one of document.querySelectorAll("[data-word]")) one.textContent = word(one.dataset.word);
    for (const one of document.querySelectorAll("[data-label]")) one.ariaLabel = word(one.dataset.label);
    for (const button of document.querySelectorAll(".language")) {
      button.lang = state.lang === "th" ? "en" : "th";
      button.textContent = state.lang === "th" ? "English" : messages.thai.th;
    }
    for (const one of $("tasks").querySelectorAll("span")) one.textContent = taskName(one.dataset.task);
    document.title = `${word("title")} · ${$("exam").textContent}`;
    delete $("person").dataset.code;
    if (!state.by) return;
    $("who").textContent = `${state.by} · ${word(`short_${state.task}`)}`;
    draw();
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
    if (text) say(text);
  }

  // ── pictures ─────────────────────────────────────────────────────────────────────────────

  function show(image, reference, alt, frame) {
    const [number, width, height] = reference ?? [];
    const held = $(`picture-${number}`);
    const isWhole = Boolean(held?.nextSibling); // otherwise it is not loaded yet, or the file is cut off here
    if (!isWhole) image.removeAttribute("src");
    else if (image.dataset.picture !== held.id || !image.src) image.src = `data:image/webp;base64,${held.textContent}`;
    image.dataset.picture = isWhole ? held.id : "";
    image.alt = isWhole ? alt : "";
    if (reference) Object.assign(image, { width, height });
    const around = image.parentElement.querySelector("i");
    if (!around) return;
    around.hidden = !frame || !isWhole;
    if (frame) ["left", "top", "width", "height"].forEach((side, n) => { around.style[side] = `${100 * frame[n]}%`; });
  }

  // ── what there is to decide ──────────────────────────────────────────────────────────────

  const plain = (name) => name.normalize("NFC").trim().toLowerCase();
  const page = (one) => data.pages[one.page];
  const exam = (one) => data.exams[page(one).exam];
  const letters = (one) => exam(one).letters.slice(0, one.letters);
  const from = (one) => word("from", { source: data.sources[page(one).source], page: page(one).page });
  const isSheet = (one) => Boolean(one?.members);
  const isPerson = (one) => Boolean(one) && !one.members && !one.question;
  const parts = (one) => one.members ?? [one];
  const isDone = (one) => parts(one).every(({ code }) => state.done.has(code));
  const title = (one) => (one.question ? word("question", { n: one.question }) : word("sheet_of", { serial: page(one).serial || "–" }));
  const queue = () => state.queue[state.view];
  const here = () => queue()[state.at[state.view]];
  const rowHere = () => (isSheet(here()) ? here().members[state.row] : isPerson(here()) ? null : here());
  const isMine = (one) => one.not.some((name) => plain(name) === plain(state.by)) || host.first.has(one.code);
  const openIn = (view) => state.queue[view].filter((one) => !isDone(one)).length;
  const ofTask = (task) => doubts.filter((one) => one.tasks.includes(task));
  const taskName = (task) => word(`task_${task}`, { n: ofTask(task).filter((one) => !(one.code in (host.mine[task] ?? {}))).length });

  // The queues; rows that are decided together are one sheet, and behind it are those that were taken out of it
  function fill() {
    for (const view of ["marks", "people"]) {
      const asked = data[view].filter((one) => one.tasks.includes(state.task) && !(state.task === "second" && isMine(one)) && !host.others[state.task]?.has(one.code));
      state.queue[view] = view === "marks" && state.task !== "settle" ? bySheet(asked) : asked;
    }
    for (const card of cards.values()) card.remove();
    cards.clear();
  }

  function bySheet(asked) {
    const together = Map.groupBy(asked.filter((one) => one.case), (one) => one.page);
    return asked.flatMap((one) => {
      const rows = one.case ? together.get(one.page) : [];
      if (rows.length < data.least) return [one];
      if (one !== rows[0]) return [];
      const members = rows.filter(({ code }) => !state.apart.has(code));
      const sheet = { members, page: one.page, case: one.case, code: `sheet-${one.page}` };
      return [...(members.length ? [sheet] : []), ...rows.filter(({ code }) => state.apart.has(code))];
    });
  }

  function printed(one, letter) {
    const label = exam(one).letters.find(([value]) => value === letter)?.[1] ?? letter;
    return label === letter ? letter : `${label} ${letter}`;
  }

  function shown(one, decided) {
    if (!decided) return state.skipped.has(one.code) ? word("skipped") : "?";
    if (decided.v === "-") return word(isPerson(one) ? "nobody" : "blank");
    if (isPerson(one)) return [decided.v, decided.f && word("form_is", { form: decided.f })].filter(Boolean).join(" · ");
    return decided.v.split("|").map((letter) => printed(one, letter)).join(" ");
  }

  // Why it is asked
  function why(one) {
    if (isPerson(one)) return one.reason[state.lang] ?? one.reason.en;
    if (isSheet(one)) return word(`case_${one.case}`);
    return one.why ? word(`why_${one.why}`) : one.all ? word("all_rows") : "";
  }

  // ── kept in the browser ──────────────────────────────────────────────────────────────────

  const memory = new Map(); // what the browser keeps of this scan: place and code → JSON
  const unsaved = new Set(); // places with decisions that are in no file yet
  let isKept = true; // whether the browser keeps what is decided
  const place = () => `${STORE}${state.task}:${plain(state.by)}:`;

  function stored(key) {
    try { return localStorage.getItem(key) ?? ""; } catch { return ""; }
  }

  function store(key, value) {
    try {
      if (value) localStorage.setItem(key, value);
      else localStorage.removeItem(key);
      return true;
    } catch {
      return false;
    }
  }

  function keep(one) {
    const decided = state.done.get(one.code);
    if (host.origin) {
      hand(one, decided);
      return;
    }
    const isApart = state.apart.has(one.code);
    const text = decided || isApart ? JSON.stringify({ ...decided, isApart }) : "";
    memory.set(place() + one.code, text);
    unsaved.add(place());
    if (store(place() + one.code, text)) return;
    if (isKept) notice(word("not_kept"));
    isKept = false;
  }

  function recall() {
    const mine = host.mine[state.task] ?? {};
    const apart = [];
    state.done = new Map();
    for (const { code } of doubts) {
      const key = place() + code;
      const found = host.origin ? mine[code] : JSON.parse((memory.get(key) ?? stored(key)) || "null");
      if (typeof found?.v === "string" && typeof found.t === "string") state.done.set(code, found);
      if (found?.isApart) apart.push(code);
    }
    Object.assign(state, { apart: new Set(apart), drafts: new Map(), skipped: new Set(), past: [], several: null, row: -1 });
  }

  addEventListener("beforeunload", (event) => { if (!isKept && unsaved.size) event.preventDefault(); });

  // How long what is shown has been looked at
  const clock = { code: "", since: 0, spent: 0 };

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

  // ── the list: only the cards in sight are in the page ────────────────────────────────────

  const cards = new Map(); // place in the queue → element
  const step = () => CARD[state.view] + GAP + (state.task === "settle" ? SAID : 0);

  function draw() {
    const all = queue(), list = $("list"), at = state.at[state.view];
    $("room").style.height = `${all.length * step() + GAP}px`;
    const first = Math.max(0, Math.floor(list.scrollTop / step()) - 1);
    const last = Math.ceil((list.scrollTop + list.clientHeight) / step()) + 1;
    const isSeen = (n) => n === at || (n >= first && n < last);
    for (const [n, card] of cards) {
      if (isSeen(n)) continue;
      card.remove();
      cards.delete(n);
    }
    all.slice(first, last).forEach((_, n) => dress(first + n));
    if (at < all.length) dress(at);
    $("empty").hidden = Boolean(all.length);
    $("empty").textContent = word(`no_${state.view}`);
    $("counts").textContent = word("left", { left: openIn(state.view), all: all.length });
    $("bar").max = Math.max(1, all.length);
    $("bar").value = all.length - openIn(state.view);
    for (const view of ["marks", "people"]) {
      $(`${view}-left`).textContent = openIn(view);
      $(`${view}-view`).ariaPressed = state.view === view;
    }
    $("undo").disabled = !state.past.length;
    $("save").disabled = !state.done.size;
    drawSide();
  }

  function dress(n) {
    const one = queue()[n];
    if (!cards.has(n)) {
      const card = $("card").content.firstElementChild.cloneNode(true);
      card.classList.toggle("person", isPerson(one));
      card.classList.toggle("sheet", isSheet(one));
      card.ariaSetSize = queue().length;
      card.ariaPosInSet = n + 1;
      card.dataset.n = n;
      card.style.top = `${GAP + n * step()}px`;
      card.style.height = `${step() - GAP}px`;
      cards.set(n, card);
      const next = Math.min(...[...cards.keys()].filter((other) => other > n));
      $("room").insertBefore(card, cards.get(next) ?? null);
    }
    const card = cards.get(n), isHere = n === state.at[state.view];
    const isBegun = parts(one).some(({ code }) => state.done.has(code));
    const texts = {
      what: title(one),
      from: from(one),
      mark: isSheet(one) ? `${isBegun ? "✓ " : ""}${word("rows", { n: one.members.length })}` : shown(one, state.done.get(one.code)),
      said: state.task === "settle" ? one.said.map((each) => `${each.by}: ${shown(one, each)}`).join(" · ") : "",
    };
    for (const [name, text] of Object.entries(texts)) card.querySelector(`.${name}`).textContent = text;
    card.classList.toggle("decided", isDone(one));
    card.classList.toggle("skipped", !isDone(one) && state.skipped.has(one.code));
    card.ariaSelected = isHere;
    card.tabIndex = isHere ? 0 : -1;
    card.ariaLabel = `${[texts.what, texts.from, why(one), texts.mark, texts.said].filter(Boolean).join(" ")}, ${word(isDone(one) ? "decided_as" : "open")}`;
    show(card.querySelector("img"), parts(one)[0].crop, "", null);
  }

  // ── beside the list: the crop, the sheet, and what can be done ───────────────────────────

  function drawSide() {
    const one = here();
    $("side").style.visibility = one ? "visible" : "hidden";
    $("acts").hidden = !one;
    document.body.classList.toggle("whole", isSheet(one));
    if (!one) return;
    watch(one);
    const crop = parts(one)[Math.max(0, state.row)];
    $("where").textContent = `${title(one)} · ${from(one)}`;
    $("row-button").hidden = isSheet(one) && state.row < 0;
    show($("row"), crop.crop, word("crop_of", { what: title(one) }), isPerson(one) ? null : [0, crop.middle[0], 1, crop.middle[1]]);
    show($("sheet"), page(one).sheet, word("sheet"), isSheet(one) ? null : one.frame);
    $("why-asked").textContent = $("asked").textContent = why(one); // the second where there is no room for the side
    const dark = one.dark?.map((each, n) => `${printed(one, exam(one).letters[n][0])} ${Math.round(100 * each)}`).join("   ");
    $("told").textContent = isSheet(one) ? word("sheet_told") : dark ? word("measured", { dark }) : "";
    $("likely").hidden = !one.likely;
    if (one.likely) $("likely").textContent = word("likely", { mark: shown(one, { v: one.likely }) });
    for (const id of ["letters", "blank", "multiple"]) $(id).hidden = isPerson(one);
    for (const id of ["accept", "apart", "none", "rows"]) $(id).hidden = !isSheet(one);
    for (const id of ["zoom", "whole"]) $(id).hidden = isSheet(one);
    for (const id of ["blank", "multiple", "apart"]) $(id).disabled = isSheet(one) && state.row < 0;
    $("whole").disabled = !page(one).sheet;
    $("person").hidden = !isPerson(one);
    if (isPerson(one)) drawPerson(one);
    else drawLetters(crop);
    drawSheet(one);
    if ($("large").open) enlarge($("large").dataset.kind);
  }

  function drawLetters(one) {
    const isOfSheet = isSheet(here()), isOpen = !isOfSheet && !state.done.has(one.code);
    const marked = isOfSheet ? state.row >= 0 && proposed(one) : state.done.get(one.code)?.v;
    const chosen = state.several ?? (marked || "").split("|");
    const hinted = isOpen ? one.likely.split("|") : [];
    const wanted = letters(one).join(";");
    if ($("letters").dataset.letters !== wanted) {
      $("letters").dataset.letters = wanted;
      $("letters").replaceChildren(
        ...letters(one).map(([value, label]) => {
          const button = made("button", { type: "button", "data-letter": value, "aria-keyshortcuts": value }, label);
          if (label !== value) button.append(" ", made("small", {}, value));
          return button;
        }),
      );
    }
    for (const button of $("letters").children) {
      button.ariaPressed = chosen.includes(button.dataset.letter);
      button.disabled = isOfSheet && state.row < 0;
      button.classList.toggle("hinted", hinted.includes(button.dataset.letter));
    }
    $("blank").classList.toggle("hinted", hinted.includes("-"));
    $("multiple").ariaPressed = Boolean(state.several);
    $("multiple").firstElementChild.textContent = word(state.several ? "multiple_done" : "multiple");
  }

  function drawPerson(one) {
    if ($("person").dataset.code === one.code) return; // what is being typed stays
    $("person").dataset.code = one.code;
    const { v = "", f = "", n = "" } = state.done.get(one.code) ?? {};
    $("candidate").value = v === "-" ? "" : v;
    $("candidate").placeholder = one.candidate;
    $("why").value = n;
    const forms = exam(one).forms.map((form) => made("option", { value: form }, form));
    $("form").replaceChildren(made("option", { value: "" }, word("keep_form", { form: one.form || "–" })), ...forms);
    $("form").value = f;
    $("offers").hidden = !one.offers.length;
    $("offers").replaceChildren(...one.offers.map((offer) => made("button", { type: "button", "data-offer": offer }, offer)));
  }

  // ── the sheet ────────────────────────────────────────────────────────────────────────────

  // What holds for a row of a sheet: what was chosen, what is decided, or what is likely
  const likelyOrDone = (one) => state.done.get(one.code)?.v ?? one.likely;
  const proposed = (one) => state.drafts.get(one.code)?.v ?? likelyOrDone(one);
  const isOut = (one) => Boolean(state.drafts.get(one.code)?.out);
  const rowText = (one) => (isOut(one) ? word("by_row") : shown(one, { v: proposed(one) }));

  function drawSheet(one) {
    $("proposals").hidden = !isSheet(one);
    $("rings").replaceChildren();
    const [, wide, high] = page(one).sheet ?? [0, 0, 0];
    if (isSheet(one)) drawProposals(one);
    if (!wide) return;
    fit(one, wide, high);
    if (!isSheet(one)) return;
    $("rings").setAttribute("viewBox", `0 0 ${wide} ${high}`);
    one.members.forEach((each, n) => $("rings").append(ringsOf(each, n, wide, high)));
  }

  // The smallest box around places: left, top, width, height
  function box(spots) {
    const [xs, ys] = [0, 1].map((n) => spots.map((spot) => spot[n]));
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
  }

  // The rows of a sheet as large as there is room for; with a single row the sheet as wide as the room
  function fit(one, wide, high) {
    const room = $("sheet-room"), { clientWidth: width, clientHeight: height } = room;
    if (!width || !height) return;
    const [x, y, w, h] = isSheet(one) ? box(one.members.flatMap(({ spots }) => spots)) : one.frame;
    const whole = Math.min(width / ((w + 0.1) * wide), height / ((h + 0.06) * high));
    const scale = isSheet(one) ? Math.min(whole, MOST_ENLARGED) : Math.min(width / wide, 1);
    const fitted = [one.code, Math.round(scale * wide), height].join();
    if (room.dataset.fitted === fitted) return; // somebody may have scrolled it
    room.dataset.fitted = fitted;
    $("sheet-frame").style.width = `${Math.floor(scale * wide)}px`;
    room.scrollLeft = (x + w / 2) * wide * scale - width / 2;
    room.scrollTop = (y + h / 2) * high * scale - height / 2;
  }

  function drawnIn(name, attributes) {
    const found = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
    return found;
  }

  // Rings around what is likely marked in a row, and a frame around a row that is chosen, taken out or blank
  function ringsOf(one, n, wide, high) {
    const r = Math.max(4, 1.45 * one.radius * wide);
    const spots = one.spots.map(([x, y]) => [x * wide, y * high]);
    const [x, y, width, height] = box(spots);
    const marked = proposed(one).split("|"), isHere = n === state.row;
    const group = drawnIn("g", { class: [isOut(one) && "out", state.drafts.get(one.code)?.v && "changed"].filter(Boolean).join(" ") });
    if (isHere || isOut(one) || marked.includes("-")) {
      const frame = { x: x - 1.6 * r, y: y - 1.15 * r, width: width + 3.2 * r, height: height + 2.3 * r, rx: r };
      group.append(drawnIn("rect", { ...frame, class: isHere ? "now" : "none" }));
    }
    spots.forEach(([cx, cy], k) => {
      if (!isOut(one) && marked.includes(exam(one).letters[k]?.[0])) group.append(drawnIn("circle", { cx, cy, r }));
    });
    return group;
  }

  // The rows of a sheet, each with what would be accepted
  function drawProposals(one) {
    $("proposals").replaceChildren(
      ...one.members.map((each, n) => {
        const text = isOut(each) ? "…" : proposed(each) === "-" ? "–" : rowText(each);
        const label = `${title(each)}: ${rowText(each)}`;
        const button = made("button", { type: "button", "data-row": n, tabindex: "-1", "aria-label": label, "aria-pressed": n === state.row });
        button.className = isOut(each) ? "out" : state.drafts.has(each.code) ? "changed" : "";
        button.append(made("small", {}, String(each.question)), " ", text);
        return button;
      }),
    );
    $("proposals").children[state.row]?.scrollIntoView({ block: "nearest" });
  }

  function choose(n) {
    Object.assign(state, { several: null, row: n });
    notice("");
    drawSide();
    say(`${title(rowHere())}: ${rowText(rowHere())}`);
  }

  // Something else than is likely is marked in the row that is chosen, or the row is decided later
  function draft(change) {
    const one = rowHere();
    if (!one) {
      notice(word("choose_row"));
      return;
    }
    remember([]);
    const drafts = new Map(state.drafts);
    drafts.delete(one.code);
    const isNew = change.out ? !isOut(one) : change.v !== likelyOrDone(one);
    if (isNew) drafts.set(one.code, change);
    Object.assign(state, { drafts, several: null });
    notice("");
    draw();
    say(`${title(one)}: ${rowText(one)}`);
  }

  // What was chosen on other sheets
  const without = (one) => [...state.drafts].filter(([code]) => !one.members.some((each) => each.code === code));

  // Nothing is marked in any row of the sheet
  function none() {
    remember([]);
    const marked = here().members.filter((one) => likelyOrDone(one) !== "-");
    state.drafts = new Map([...without(here()), ...marked.map(({ code }) => [code, { v: "-" }])]);
    state.several = null;
    draw();
    say(word("none_told"));
  }

  // All rows of the sheet are as shown, except those that were taken out, which come next
  function accept() {
    const one = here();
    const taken = one.members.filter((each) => !isOut(each)), out = one.members.filter(isOut);
    remember(one.members);
    const way = { t: now(), w: "sheet", s: seconds("sheet") / Math.max(1, taken.length) };
    for (const each of taken) state.done.set(each.code, { v: proposed(each), ...way });
    takeApart(one, out);
    onward(`${title(one)}: ${word("sheet_taken", { n: taken.length })}`);
  }

  function rowByRow() {
    const one = here();
    remember(one.members);
    takeApart(one, one.members);
    go(state.at.marks);
    say(word("row_by_row"));
  }

  function takeApart(one, out) {
    state.apart = new Set([...state.apart, ...out.map(({ code }) => code)]);
    state.skipped = new Set([...state.skipped].filter((code) => code !== one.code));
    state.drafts = new Map(without(one));
    state.several = null;
    if (out.length) fill();
    one.members.forEach(keep);
  }

  // ── deciding ─────────────────────────────────────────────────────────────────────────────

  // The time of the day here, with its zone
  function now() {
    const at = new Date(), zone = -at.getTimezoneOffset();
    const two = (n) => String(Math.floor(n)).padStart(2, "0");
    const local = new Date(at.getTime() + 60000 * zone).toISOString().slice(0, 19);
    return `${local}${zone < 0 ? "-" : "+"}${two(Math.abs(zone) / 60)}:${two(Math.abs(zone) % 60)}`;
  }

  function decide(decided) {
    const one = here();
    if (!one) return;
    if (isSheet(one)) {
      draft(decided);
      return;
    }
    remember([one]);
    state.several = null;
    state.skipped = new Set([...state.skipped].filter((code) => code !== one.code));
    state.done.set(one.code, { ...decided, t: now(), w: "row", s: seconds("row") });
    notice("");
    keep(one);
    onward(`${title(one)}: ${shown(one, state.done.get(one.code))}`);
  }

  // Keeps the state before something is changed, with the decisions that may change
  function remember(changed) {
    const { view, row, drafts, apart, skipped } = state;
    const decisions = changed.map((one) => [one, state.done.get(one.code)]);
    state.past.push({ state: { view, row, drafts, apart, skipped, at: { ...state.at } }, decisions });
    if (state.past.length > MOST_PAST) state.past.shift();
  }

  function undo() {
    const last = state.past.pop();
    if (!last) {
      say(word("nothing_to_undo"));
      return;
    }
    const isOther = last.state.view !== state.view || last.state.apart !== state.apart;
    Object.assign(state, last.state, { several: null });
    for (const [one, before] of last.decisions) {
      if (before) state.done.set(one.code, before);
      else state.done.delete(one.code);
      keep(one);
    }
    delete $("person").dataset.code;
    if (isOther) fill();
    goTo(state.at[state.view]);
    say(word("undone", { what: title(here()) }));
  }

  function onward(told) {
    const all = queue(), at = state.at[state.view];
    const isOpen = (one) => !isDone(one) && !state.skipped.has(one.code);
    let next = all.findIndex((one, n) => n >= at && isOpen(one));
    if (next < 0) next = all.findIndex(isOpen);
    if (next < 0) next = all.findIndex((one, n) => n !== at && !isDone(one)); // those that were skipped
    if (next < 0) {
      draw();
      focusHere();
      say(`${told}. ${word(openIn(state.view) ? "left_skipped" : "all_done")}`);
      return;
    }
    go(next);
    say(`${told}. ${word("now", { what: [title(here()), why(here())].filter(Boolean).join(", ") })}`);
  }

  function go(n) {
    if (!queue().length) {
      draw();
      return;
    }
    Object.assign(state, { several: null, row: -1 });
    goTo(Math.min(queue().length - 1, Math.max(0, n)));
  }

  function goTo(n) {
    state.at[state.view] = n;
    draw(); // the list must be high enough before it is scrolled
    const list = $("list"), top = n * step();
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + step() + GAP > list.scrollTop + list.clientHeight) list.scrollTop = top - Math.max(0, list.clientHeight - 2 * step()) / 2;
    draw();
    focusHere();
  }

  function focusHere() {
    if (!document.querySelector("dialog[open]")) cards.get(state.at[state.view])?.focus({ preventScroll: true });
  }

  function letter(value) {
    const one = rowHere();
    if (one && !letters(one).some(([known]) => known === value)) {
      notice(word("no_such", { letter: value }));
    } else if (one && state.several) {
      state.several = state.several.includes(value) ? state.several.filter((each) => each !== value) : [...state.several, value].sort();
      say(state.several.map((each) => printed(one, each)).join(" "));
      drawLetters(one);
    } else decide({ v: value });
  }

  function multiple() {
    const one = rowHere();
    if (!one) return;
    if (state.several?.length >= 2) {
      decide({ v: state.several.join("|") });
      return;
    }
    notice(word(state.several ? "multiple_least" : "multiple_told"));
    state.several ??= [];
    drawLetters(one);
  }

  function skip() {
    const one = here();
    remember([]);
    state.skipped = new Set([...state.skipped, one.code]);
    onward(`${title(one)}: ${word("skipped")}`);
  }

  function look(view) {
    state.view = view;
    fill();
    $("list").scrollTop = 0;
    delete $("person").dataset.code;
    go(state.at[view]);
  }

  function enlarge(kind) {
    const one = rowHere() ?? parts(here())[0], isRow = kind === "row", large = $("large");
    if (!isRow && !page(one).sheet) return;
    large.dataset.kind = kind;
    $("large-title").textContent = `${title(one)} · ${from(one)}`;
    if (isRow) show($("large-picture"), one.crop, word("crop_of", { what: title(one) }), one.question ? [0, one.middle[0], 1, one.middle[1]] : null);
    else show($("large-picture"), page(one).sheet, word("sheet"), one.frame);
    if (!large.open) {
      large.showModal();
      $("large-room").focus();
    }
    if (!isRow) requestAnimationFrame(() => large.querySelector("i").scrollIntoView({ block: "center", inline: "center" }));
  }

  function turn(kind) {
    if ($("large").open && $("large").dataset.kind === kind) $("large").close();
    else enlarge(kind);
  }

  // ── keys and buttons ─────────────────────────────────────────────────────────────────────

  // What a button with such an id does
  const ACTS = {
    "row-button": () => turn("row"),
    accept,
    after: () => go(state.at[state.view] + 1),
    apart: () => draft({ out: true }),
    before: () => go(state.at[state.view] - 1),
    blank: () => decide({ v: "-" }),
    help: () => $("keys").showModal(),
    likely: () => decide({ v: here().likely }),
    "marks-view": () => look("marks"),
    multiple,
    nobody: () => decide({ v: "-", f: "", n: $("why").value.trim() }),
    none,
    "people-view": () => look("people"),
    rows: rowByRow,
    save,
    "save-decisions": () => {
      download(table());
      unsaved.delete(place());
    },
    skip,
    undo,
    who: ask,
    whole: () => turn("sheet"),
    zoom: () => turn("row"),
  };
  const KEYS = {
    KeyM: multiple,
    KeyP: () => look(state.view === "marks" ? "people" : "marks"),
    KeyS: skip,
    KeyU: undo,
    KeyW: ACTS.whole,
    KeyZ: ACTS.zoom,
  };
  const SHEET_KEYS = { KeyN: none, KeyR: rowByRow, KeyX: ACTS.apart };
  const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1, PageUp: -4, PageDown: 4, Home: -1e9, End: 1e9 };

  // A letter by what the key types: on a Thai keyboard the key D types ก, which is A
  function letterOf(key) {
    const n = key.length === 1 ? Math.max(...LETTER_KEYS.map((row) => row.indexOf(key.toUpperCase()))) : -1;
    return "ABCDE"[n];
  }

  // What a key does; nothing where it is the browser's
  function actOf(event) {
    const { key, code, target } = event, one = here();
    const open = document.querySelector("dialog[open]");
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
    if (!state.by || (open && open.id !== "large")) return null;
    if ((event.ctrlKey || event.metaKey) && !event.altKey) return code === "KeyS" ? save : code === "KeyZ" && !isTyping ? undo : null;
    if (event.altKey || isTyping || event.isComposing) return null;
    if (key === "?") return ACTS.help;
    if (code === "KeyP" && !letterOf(key)) return KEYS.KeyP;
    if (key === "Backspace") return undo;
    if (!one) return null;
    const isOpenSheet = isSheet(one) && !open, isOnButton = target.tagName === "BUTTON";
    if (letterOf(key) && !isPerson(one)) return () => letter(letterOf(key));
    if (isOpenSheet && /^Arrow(Up|Down)$/.test(key)) {
      const last = one.members.length - 1, isUp = key === "ArrowUp";
      return () => choose(state.row < 0 ? (isUp ? last : 0) : Math.min(last, Math.max(0, state.row + (isUp ? -1 : 1))));
    }
    if (key in MOVES) return open && key.startsWith("Page") ? null : () => go(state.at[state.view] + MOVES[key]);
    if (key === "Escape" && (state.several || (isOpenSheet && state.row >= 0))) {
      return () => {
        if (state.several) state.several = null;
        else state.row = -1;
        notice("");
        draw();
      };
    }
    if (key === "Enter" && !isOnButton) {
      if (state.several) return multiple;
      if (isPerson(one)) return open ? null : () => $("candidate").focus();
      if (isSheet(one)) return open ? null : accept;
      return one.likely ? ACTS.likely : null;
    }
    if (code === "Space") return isOnButton || isPerson(one) ? null : ACTS.blank;
    const act = (isOpenSheet && SHEET_KEYS[code]) || KEYS[code];
    if (!act && !isPerson(one) && /^[\p{L}\p{M}]$/u.test(key)) notice(word("no_key", { key }));
    return act;
  }

  addEventListener("keydown", (event) => {
    const isHeld = event.repeat && !/^(Arrow|Page)/.test(event.key); // a key that is held decides once
    const act = isHeld ? null : actOf(event);
    const isFree = !/^(INPUT|SELECT)$/.test(event.target.tagName) && !document.querySelector("dialog[open]");
    if (act || (isHeld && isFree)) event.preventDefault();
    act?.();
  });

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button"), card = target.closest(".card");
    if (card) go(Number(card.dataset.n));
    if (!button) return;
    const { letter: value, offer, row } = button.dataset;
    ACTS[button.id]?.();
    if (value) letter(value);
    if (row) {
      choose(Number(row));
      focusHere();
    }
    if (offer) {
      $("candidate").value = offer;
      $("candidate").focus();
    }
    if (button.classList.contains("close")) button.closest("dialog").close();
    if (button.classList.contains("language")) {
      state.lang = button.lang;
      store("examgen-gallery-language", state.lang);
      setLanguage();
      if (state.by) focusHere();
    }
  });
  for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("close", focusHere);

  // On the sheet: a bubble is what is marked in its row, and beside the bubbles the row is chosen
  $("sheet-frame").addEventListener("click", (event) => {
    if (!isSheet(here())) {
      enlarge("sheet");
      return;
    }
    const frame = $("sheet-frame").getBoundingClientRect();
    const near = here().members.flatMap(({ spots, radius }, n) => spots.map(([x, y], k) => {
      const [dx, dy] = [x * frame.width + frame.left - event.clientX, y * frame.height + frame.top - event.clientY];
      return { n, k, off: Math.hypot(dx, dy) / (1.6 * radius * frame.width) };
    }));
    const { n, k, off } = near.reduce((one, other) => (other.off < one.off ? other : one));
    if (off > 3) return;
    choose(n);
    const value = exam(here()).letters[k]?.[0];
    if (off < 1 && proposed(rowHere()) !== value) draft({ v: value });
    focusHere();
  });

  $("person").addEventListener("submit", (event) => {
    event.preventDefault();
    const value = $("candidate").value.normalize("NFC").trim();
    if (!value && !$("form").value) notice(word("decides_nothing"));
    else if (value && !/[\p{L}\p{N}]/u.test(value)) notice(word("no_id"));
    else decide({ v: value, f: $("form").value, n: $("why").value.trim() });
  });
  $("list").addEventListener("dblclick", (event) => { if (event.target.closest(".card")) enlarge("row"); });
  $("list").addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  new ResizeObserver(() => { if (state.by) draw(); }).observe($("list"));

  // ── saving ───────────────────────────────────────────────────────────────────────────────

  const COLUMNS = ["scan", "code", "kind", "source", "page", "question", "task", "read", "decided", "form", "by", "time", "note", "way", "seconds"];

  function cell(text) {
    const safe = /^[=+\-@\t\r]/.test(text) && text !== "-" ? `'${text}` : text;
    return /[",\r\n]/.test(safe) || /^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  function line(one, { v, f = "", t, n = "", w = "", s }) {
    const kind = one.question ? "mark" : "identity", { source, page: number } = page(one);
    const time = s > 0 ? Number(s.toFixed(2)) : "";
    return [data.scan, one.code, kind, data.sources[source], number, one.question ?? "", state.task, one.read, v, f, state.by, t, n, w, time].map(String);
  }

  function table() {
    const lines = doubts.filter(({ code }) => state.done.has(code)).map((one) => line(one, state.done.get(one.code)));
    return "\ufeff" + [COLUMNS, ...lines].map((cells) => `${cells.map(cell).join(",")}\n`).join("");
  }

  const fileName = () => `decisions-${data.scan.slice(0, 8)}-${state.task}-${state.by.replace(/[^\p{L}\p{M}\p{N}]+/gu, "-").slice(0, 40)}.csv`;

  function download(text) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    made("a", { href: url, download: fileName() }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  function save() {
    if (!state.done.size) return;
    $("saving-told").textContent = word("saving_told", { n: state.done.size, left: openIn("marks") + openIn("people") });
    $("save-decisions").textContent = word("save_decisions", { name: fileName() });
    $("saving").showModal();
  }

  // ── the site around this page ────────────────────────────────────────────────────────────
  //
  // There this page is in a frame that can request no address and keeps nothing. What is decided is handed to
  // the page around it, which keeps it and sends it, and which says first what is on record.

  function hand(one, decided = null) {
    const known = (host.mine[state.task] ??= {});
    if (decided) known[one.code] = decided;
    else delete known[one.code];
    if (state.task === "first") host.first[decided ? "add" : "delete"](one.code);
    parent.postMessage({ gallery: "decided", task: state.task, code: one.code, line: decided && line(one, decided), decided }, host.origin);
  }

  if (FRAMED) {
    addEventListener("message", (event) => {
      if (event.source !== parent || event.data?.gallery !== "kept" || host.origin || state.by) return;
      const { by, mine, others, language } = event.data;
      const codes = Object.fromEntries(Object.entries(others).map(([task, some]) => [task, new Set(some)]));
      Object.assign(host, { origin: event.origin, by, mine, others: codes, first: new Set(Object.keys(mine.first ?? {})) });
      if (["th", "en"].includes(language)) state.lang = language; // a frame keeps no choice of its own
      setLanguage();
      nameWho();
      $("begin").disabled = false;
      parent.postMessage({ gallery: "there" }, host.origin);
    });
    parent.postMessage({ gallery: "ready" }, "*"); // it tells nothing
    $("begin").disabled = true; // until it is known what is on record, or nobody answers
    setTimeout(() => { $("begin").disabled = false; }, MOST_WAITED);
  }

  // ── who decides what ─────────────────────────────────────────────────────────────────────

  function ask() {
    const chosen = state.by ? state.task : TASKS.find((task) => ofTask(task).length) ?? "first";
    $("tasks").replaceChildren(
      ...TASKS.map((task) => {
        const input = made("input", { type: "radio", name: "task", value: task, id: `task-${task}` });
        input.checked = task === chosen;
        input.disabled = !ofTask(task).length;
        return made("label", {}, input, made("span", { "data-task": task }, taskName(task)));
      }),
    );
    nameWho();
    $("start-fault").textContent = "";
    $("start").showModal();
    $("name").focus(); // not by autofocus, which browsers refuse where the page is in a frame
  }

  function nameWho() {
    $("name").value = host.by || state.by || data.by || stored("examgen-gallery-name");
    $("name").readOnly = Boolean(host.by);
  }

  $("start").addEventListener("cancel", (event) => { if (!state.by) event.preventDefault(); });
  $("start-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const by = $("name").value.normalize("NFC").replace(/\s+/g, " ").trim();
    if (!/\p{L}/u.test(by)) {
      $("start-fault").textContent = word("name_wanted");
      return;
    }
    state.by = host.by || by;
    state.task = document.querySelector("input[name=task]:checked")?.value ?? "first";
    store("examgen-gallery-name", by);
    recall();
    fill();
    for (const view of ["marks", "people"]) state.at[view] = Math.max(0, state.queue[view].findIndex((one) => !isDone(one)));
    $("start").close();
    for (const id of ["views", "state", "who", "save"]) $(id).hidden = false;
    setLanguage();
    look(state.queue.marks.length || !state.queue.people.length ? "marks" : "people");
    const n = state.task === "second" ? ofTask("second").filter(isMine).length : 0;
    if (n) notice(word("yours_already", { n }));
  });

  // ── the beginning ────────────────────────────────────────────────────────────────────────

  // pictures come after the script: what is in sight is drawn as soon as they are there
  const timer = setInterval(() => { if (state.by) draw(); }, 300);
  function arrived() {
    clearInterval(timer);
    if (state.by) draw();
    if (!$("end")) notice(word("cut_off"));
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", arrived);
  else arrived();

  const language = stored("examgen-gallery-language") || (navigator.language.startsWith("th") ? "th" : "en");
  state.lang = language === "en" ? "en" : "th";
  $("exam").textContent = data.exams.map((one) => one.code).join(", ");
  setLanguage();
  ask();
})();
