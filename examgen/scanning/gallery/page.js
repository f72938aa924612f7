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
  const STORE = `examgen-gallery:${data.scan}:`;

  const state = {
    lang: "th", // or "en"
    by: "",
    task: "first",
    view: "marks",
    queue: { marks: [], people: [] },
    at: { marks: 0, people: 0 },
    done: new Map(), // code → {v, f, n, t}
    skipped: new Set(),
    past: [], // what undo takes back: {view, at, code, before, skipped}
    several: null, // letters of a multiple mark that is being put together
    keeps: true, // whether the browser keeps what is decided
  };

  // ── words ────────────────────────────────────────────────────────────────────────────────

  const FRAMED = window.top !== window; // on the site, where nothing is kept and what is saved is given above

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
    for (const task of $("tasks").querySelectorAll("span")) task.textContent = word(`task_${task.dataset.task}`, { n: count(task.dataset.task) });
    $("keys").querySelector("dl").replaceChildren(
      ...[
        ["A – E · ก – จ · 1 – 5", "key_letter"],
        ["Space", "key_blank"],
        ["M", "key_multiple"],
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
  const what = (one) => (one.question ? word("question", { n: one.question }) : word("sheet_of", { serial: page(one).serial || "–" }));
  const queue = () => state.queue[state.view];
  const here = () => queue()[state.at[state.view]];
  const mine = (one) => one.not.some((name) => same(name, state.by));

  function fill(view) {
    state.queue[view] = data[view].filter((one) => one.tasks.includes(state.task) && !(state.task === "second" && mine(one)));
    state.at[view] = Math.max(0, state.queue[view].findIndex((one) => !state.done.has(one.code)));
  }

  const left = (view) => state.queue[view].filter((one) => !state.done.has(one.code)).length;

  function shown(one, decided) {
    if (!decided) return state.skipped.has(one.code) ? word("skipped") : "?";
    if (!one.question) {
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
    unsaved.add(place());
    try {
      const decided = state.done.get(code);
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
    try {
      for (let n = 0; n < localStorage.length; n++) {
        const key = localStorage.key(n);
        if (!key.startsWith(first) || !known.has(key.slice(first.length))) continue;
        const decided = JSON.parse(localStorage.getItem(key));
        if (!state.done.has(key.slice(first.length)) && decided && typeof decided.v === "string" && typeof decided.t === "string") state.done.set(key.slice(first.length), decided);
      }
    } catch {
      notice(word("not_kept"));
      state.keeps = false;
    }
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
    card.className = one.question ? "card" : "card person";
    card.dataset.n = n;
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
    const seen = [decided?.v, decided?.f, isHere, state.skipped.has(one.code), state.lang].join();
    if (card.dataset.seen === seen && image.hasAttribute("src")) return;
    card.dataset.seen = seen;
    card.classList.toggle("decided", Boolean(decided));
    card.classList.toggle("skipped", !decided && state.skipped.has(one.code));
    card.setAttribute("aria-selected", isHere);
    card.tabIndex = isHere ? 0 : -1;
    card.querySelector(".what").textContent = what(one);
    card.querySelector(".from").textContent = from(one);
    card.querySelector(".mark").textContent = shown(one, decided);
    show(image, one.crop, "", null);
    const said = card.querySelector(".said");
    if (said) said.textContent = one.said.map((each) => `${each.by}: ${shown(one, each)}`).join(" · ");
    const told = [what(one), from(one), shown(one, decided), said?.textContent].filter(Boolean).join(" ");
    card.setAttribute("aria-label", `${told}, ${word(decided ? "decided_as" : "open")}`);
  }

  function tell() {
    const all = queue().length;
    const done = all - left(state.view);
    $("counts").textContent = word("counts", { done, all });
    $("bar").max = Math.max(1, all);
    $("bar").value = done;
    for (const view of ["marks", "people"]) {
      $(`${view}-left`).textContent = left(view);
      $(`${view}-view`).setAttribute("aria-pressed", state.view === view);
    }
    $("undo").disabled = !state.past.length;
    $("save").disabled = !state.done.size;
  }

  function aside() {
    const one = here();
    $("side").style.visibility = one ? "visible" : "hidden";
    $("acts").hidden = !one || !state.by;
    if (!one) return;
    const sheet = page(one);
    $("where").textContent = `${what(one)} · ${from(one)}`;
    const alt = word("crop_of", { what: what(one) });
    show($("row"), one.crop, alt, one.question ? [0, one.middle[0], 1, one.middle[1]] : null);
    show($("sheet"), sheet.sheet, word("sheet"), one.frame);
    $("sheet-button").disabled = !sheet.sheet;
    $("whole").disabled = !sheet.sheet;
    const dark = one.dark?.map((each, n) => `${printed(one, exam(one).letters[n][0])} ${Math.round(100 * each)}`).join("   ");
    const reason = one.question ? (one.all ? word("all_rows") : "") : (one.reason[state.lang] ?? one.reason.en);
    $("told").textContent = one.question ? `${reason} ${word("measured", { dark })}` : reason;
    $("asked").textContent = reason; // where there is no room for what stands beside the list
    if ($("large").open) enlarge($("large").dataset.kind);
    actions(one);
  }

  function actions(one) {
    const isMark = Boolean(one.question);
    for (const id of ["letters", "blank", "multiple"]) $(id).hidden = !isMark;
    $("person").hidden = isMark;
    if (isMark) letterButtons(one);
    else personForm(one);
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
    const decided = state.several ?? (state.done.get(one.code)?.v ?? "").split("|");
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
    remember(one);
    state.several = null;
    state.skipped.delete(one.code);
    state.done.set(one.code, { ...decided, t: now() });
    keep(one.code);
    const told = `${what(one)}: ${shown(one, state.done.get(one.code))}`;
    onward(told);
  }

  function remember(one) {
    state.past.push({ view: state.view, at: state.at[state.view], code: one.code, before: state.done.get(one.code), skipped: state.skipped.has(one.code) });
    if (state.past.length > 10000) state.past.shift();
  }

  function onward(told) {
    const all = queue();
    const at = state.at[state.view];
    const isOpen = (one) => !state.done.has(one.code) && !state.skipped.has(one.code);
    let next = all.findIndex((one, n) => n > at && isOpen(one));
    if (next < 0) next = all.findIndex(isOpen);
    if (next < 0) next = all.findIndex((one, n) => n !== at && !state.done.has(one.code)); // those that were skipped
    if (next < 0) {
      draw();
      focusHere();
      say(`${told}. ${word(left(state.view) ? "left_skipped" : "all_done")}`);
      return;
    }
    go(next);
    say(`${told}. ${word("now", { what: what(all[next]) })}`);
  }

  function go(n) {
    const all = queue();
    if (!all.length) return;
    state.several = null;
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

  function letter(value) {
    const one = here();
    if (!one?.question) return;
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
    const one = here();
    if (!one?.question) return;
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
    remember(one);
    state.skipped.add(one.code);
    onward(`${what(one)}: ${word("skipped")}`);
  }

  function undo() {
    const last = state.past.pop();
    if (!last) {
      say(word("nothing_to_undo"));
      return;
    }
    if (last.before) state.done.set(last.code, last.before);
    else state.done.delete(last.code);
    state.skipped[last.skipped ? "add" : "delete"](last.code);
    keep(last.code);
    delete $("person").dataset.code;
    if (state.view !== last.view) look(last.view);
    go(last.at);
    say(word("undone", { what: what(here()) }));
  }

  function look(view) {
    state.view = view;
    for (const card of cards.values()) card.remove();
    cards.clear();
    $("list").scrollTop = 0;
    delete $("person").dataset.code;
    go(state.at[view]);
    if (!queue().length) draw();
  }

  function enlarge(kind) {
    const one = here();
    if (!one || (kind === "sheet" && !page(one).sheet)) return;
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
    if (value && one?.question) return letter(value) ?? true;
    const { columns } = grid();
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -4 * columns, PageDown: 4 * columns, Home: -1e9, End: 1e9 };
    if (event.key in moves && !(open && event.key.startsWith("Page"))) return go(state.at[state.view] + moves[event.key]) ?? true;
    if (event.key === "Escape" && state.several) {
      state.several = null;
      notice("");
      return draw() ?? true;
    }
    if (event.key === "Enter" && state.several && !isOnButton) return multiple() ?? true;
    if (event.key === "Enter" && !isOnButton && !open && one && !one.question) return $("candidate").focus() ?? true;
    if (event.code === "Space" && !isOnButton) return one?.question ? (decide({ v: "-" }) ?? true) : false;
    if (event.key === "Backspace") return undo() ?? true;
    if (event.key === "?") return $("keys").showModal() ?? true;
    const acts = { KeyM: multiple, KeyS: skip, KeyU: undo, KeyZ: () => turn("row"), KeyW: () => turn("sheet"), KeyP: () => look(state.view === "marks" ? "people" : "marks") };
    if (event.code in acts) return acts[event.code]() ?? true;
    if (one?.question && event.key.length === 1 && /\p{L}|\p{M}/u.test(event.key)) {
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

  const DECISIONS = ["scan", "code", "kind", "source", "page", "question", "task", "read", "decided", "form", "by", "time", "note"];
  const MARKS = ["file", "line", "question", "answer", "reason", "by", "date", "raw"];
  const PEOPLE = ["file", "line", "candidate_id", "form", "action", "reason", "by", "date", "raw"];

  function cell(text) {
    const plain = String(text ?? "");
    const safe = /^[=+\-@\t\r]/.test(plain) && plain !== "-" ? `'${plain}` : plain;
    return /[",\r\n]/.test(safe) || /^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  const table = (heads, rows) => "\ufeff" + [heads, ...rows].map((row) => row.map(cell).join(",") + "\n").join("");

  function decisions() {
    return [...data.marks, ...data.people].filter((one) => state.done.has(one.code)).map((one) => {
      const decided = state.done.get(one.code);
      const kind = one.question ? "mark" : "identity";
      return [data.scan, one.code, kind, data.sources[page(one).source], page(one).page, one.question ?? "", state.task, one.read, decided.v, decided.f ?? "", state.by, decided.t, decided.n ?? ""];
    });
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
  $("sheet-button").addEventListener("click", () => turn("sheet"));
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

  // ── who, and what ────────────────────────────────────────────────────────────────────────

  function ask() {
    const chosen = state.by ? state.task : TASKS.find((task) => count(task)) ?? "first";
    $("tasks").replaceChildren(
      ...TASKS.map((task) => {
        const input = made("input", { type: "radio", name: "task", value: task, id: `task-${task}` });
        input.checked = task === chosen;
        input.disabled = !count(task);
        return made("label", { for: `task-${task}` }, input, made("span", { "data-task": task }, word(`task_${task}`, { n: count(task) })));
      }),
    );
    $("name").value = state.by || data.by || recent();
    $("start-fault").textContent = "";
    $("start").showModal();
    $("name").focus(); // not by autofocus, which browsers refuse where the page stands in a frame
  }

  const count = (task) => [...data.marks, ...data.people].filter((one) => one.tasks.includes(task)).length;

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
    Object.assign(state, { by, task, past: [], several: null });
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
