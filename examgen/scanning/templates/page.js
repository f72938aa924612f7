"use strict";
// The form of form.yaml on its blank: fields are chosen, dragged, changed, added, taken away; saved as form.yaml.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const words = read("words"), found = read("found");
let form = read("form");
let language = document.documentElement.lang, chosen = 0, before = [], saved = JSON.stringify(form), asked = "";
const svg = document.getElementById("drawing"), rings = document.getElementById("rings");
const SVG = "http://www.w3.org/2000/svg";
const word = (key, values = {}) =>
  (words[key] ? words[key][language] : key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));

function size(field) {
  if (field.kind === "questions") return [field.questions, field.letters.length];
  if (field.kind === "number") return [field.digits, (field.values || "0123456789").length];
  if (field.kind === "form") return [1, field.values.length];
  return [field.choices, field.values];
}

function places(field) {
  const [n, k] = size(field), all = [];
  const at = (a, b, i, of) => (of < 2 ? a : a + ((b - a) * i) / (of - 1));
  const [[x0, y0], [x1, y1]] = [field.first, field.last];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < k; j++)
      all.push(field.runs === "across" ? [at(x0, x1, j, k), at(y0, y1, i, n), i, j] : [at(x0, x1, i, n), at(y0, y1, j, k), i, j]);
  return all;
}

function made(name, attributes, parent) {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  parent.append(one);
  return one;
}

// The blank in grey, turned as the form says: {data, width, height}; which bubbles it shows is measured as in fitting.py.
const picture = new Image();
let grey = null, greyTurn = -1, measured = new Map();
picture.addEventListener("load", () => show());
picture.src = document.getElementById("blank").getAttribute("href");

function pixels() {
  const turn = form.turn || 0;
  if (!picture.complete || !picture.naturalWidth) return null;
  if (greyTurn === turn) return grey;
  const canvas = document.createElement("canvas"), onSide = turn % 180 === 90;
  canvas.width = onSide ? picture.naturalHeight : picture.naturalWidth;
  canvas.height = onSide ? picture.naturalWidth : picture.naturalHeight;
  const pen = canvas.getContext("2d");
  pen.translate(canvas.width / 2, canvas.height / 2);
  pen.rotate((turn * Math.PI) / 180);
  pen.drawImage(picture, -picture.naturalWidth / 2, -picture.naturalHeight / 2);
  const rgba = pen.getImageData(0, 0, canvas.width, canvas.height).data, data = new Uint8Array(canvas.width * canvas.height);
  for (let k = 0; k < data.length; k++) data[k] = rgba[4 * k];
  const sorted = data.filter((_, k) => k % 97 === 0).sort();
  [grey, greyTurn, measured] = [{ data, width: canvas.width, height: canvas.height, paper: sorted[Math.floor(0.85 * sorted.length)] }, turn, new Map()];
  return grey;
}

function outlines(field) {
  const bubble = field.bubble || form.bubble, key = JSON.stringify([places(field), bubble, form.width]);
  if (measured.has(key)) return measured.get(key);
  const perMm = grey.width / form.width, isBox = bubble.shape === "box" || bubble.shape === "brackets";
  const half = [bubble.width / 2 - 0.12, bubble.height / 2 - 0.12];
  const circle = Array.from({ length: 24 }, (_, k) => [Math.cos((k * Math.PI) / 12), Math.sin((k * Math.PI) / 12)]).map(([x, y]) => {
    const far = isBox ? Math.max(Math.abs(x), Math.abs(y)) : 1;
    return [x / far, y / far];
  });
  const light = (x, y, [w, h]) => {
    let sum = 0;
    for (const [u, v] of circle) {
      const px = Math.min(Math.max((x + u * w) * perMm - 0.5, 0), grey.width - 1.001), py = Math.min(Math.max((y + v * h) * perMm - 0.5, 0), grey.height - 1.001);
      const [i, j] = [Math.floor(px), Math.floor(py)], at = j * grey.width + i;
      const top = grey.data[at] * (1 - px + i) + grey.data[at + 1] * (px - i), low = grey.data[at + grey.width] * (1 - px + i) + grey.data[at + grey.width + 1] * (px - i);
      sum += top * (1 - py + j) + low * (py - j);
    }
    return sum / circle.length;
  };
  const made = places(field).map(([x, y]) => {
    let best = -255;
    for (const dx of [-0.35, 0, 0.35])
      for (const dy of [-0.35, 0, 0.35]) {
        const around = half.map((one) => one + 0.55), within = half.map((one) => one - 0.55);
        best = Math.max(best, (light(x + dx, y + dy, around) + light(x + dx, y + dy, within)) / 2 - light(x + dx, y + dy, half));
      }
    return { best, hidden: light(x, y, half.map((one) => one / 2)) < 0.6 * grey.paper };
  });
  if (measured.size > 2000) measured.clear();
  measured.set(key, made);
  return made;
}

// Of each field, whether the blank shows each of its bubbles; null where that is not known.
function seen() {
  if (form.drawn || !pixels()) return form.fields.map(() => null);
  const made = form.fields.map(outlines), every = made.flat().map((one) => one.best).sort((a, b) => a - b);
  const least = Math.max(3, 0.3 * (every[Math.floor(0.75 * every.length)] || 0));
  return made.map((field) => field.map((one) => one.hidden || one.best > least));
}

// What does not fit: {field, text}; fields that are read of which bubbles lie on bare paper, or on those of another one.
function misfits() {
  const told = [], shown = seen();
  form.fields.forEach((field, n) => {
    if (field.kind === "ignored") return;
    const here = places(field), unseen = shown[n] ? here.filter((_, k) => !shown[n][k]) : [], [lines, values] = size(field);
    if (unseen.length) {
      const full = (of, count, each) => Array.from({ length: count }, (_, k) => unseen.filter((one) => one[of] === k).length).includes(each);
      if (unseen.length > 0.15 * here.length || full(2, lines, values) || full(3, values, lines))
        told.push({ field: n, text: word("off_blank", { what: title(field), n: unseen.length, of: here.length }) });
    }
    form.fields.slice(0, n).forEach((other) => {
      if (other.kind === "ignored") return;
      const [a, b] = [field.bubble || form.bubble, other.bubble || form.bubble], near = Math.min(a.width, b.width) / 2, low = Math.min(a.height, b.height) / 2;
      const there = places(other);
      if (here.some(([x, y]) => there.some(([u, v]) => Math.abs(x - u) < near && Math.abs(y - v) < low)))
        told.push({ field: n, text: word("overlap", { what: title(field), other: title(other) }) });
    });
  });
  return told;
}

// Where numbers do not grow from left to right, and downward within a column.
function outOfOrder() {
  const questions = form.fields.filter((one) => one.kind === "questions"), told = [];
  questions.forEach((one, k) =>
    questions.slice(k + 1).forEach((other) => {
      const [first, second] = [one, other].sort((a, b) => a.first_question - b.first_question);
      const above = second.last[1] < first.first[1] && !(second.first[0] > first.last[0]);
      if (above || (second.last[0] < first.first[0] && !(second.first[1] > first.last[1]))) told.push(word("order", { what: title(second), other: title(first) }));
    }));
  return told;
}

// Clockwise by 90 degrees: the picture, and all fields with it; questions are numbered anew.
function turn() {
  const high = form.height;
  [form.width, form.height] = [form.height, form.width];
  form.turn = ((form.turn || 0) + 90) % 360;
  if (!form.turn) delete form.turn;
  for (const bubble of [form.bubble, ...form.fields.map((one) => one.bubble)]) if (bubble) [bubble.width, bubble.height] = [bubble.height, bubble.width];
  for (const field of form.fields) {
    const [[x0, y0], [x1, y1]] = [field.first, field.last];
    field.first = tidy([high - y1, x0]);
    field.last = tidy([high - y0, x1]);
    field.runs = field.runs === "across" ? "down" : "across";
  }
  const questions = form.fields.filter((one) => one.kind === "questions");
  const isBeside = (a, b) => a.last[0] < b.first[0] || b.last[0] < a.first[0];
  questions.sort((a, b) => (isBeside(a, b) ? a.first[0] - b.first[0] : a.first[1] - b.first[1]));
  let next = 1;
  for (const field of questions) {
    field.first_question = next;
    next += field.questions;
  }
}

function draw() {
  svg.setAttribute("viewBox", `0 0 ${form.width} ${form.height}`);
  const blank = document.getElementById("blank"), turned = form.turn || 0, onSide = turned % 180 === 90;
  blank.setAttribute("width", onSide ? form.height : form.width);
  blank.setAttribute("height", onSide ? form.width : form.height);
  blank.setAttribute("preserveAspectRatio", "none");
  const [right, down] = [turned === 90 || turned === 180 ? form.width : 0, turned >= 180 ? form.height : 0];
  blank.setAttribute("transform", `translate(${right} ${down}) rotate(${turned})`);
  const shown = seen(), bad = new Set(misfits().map((one) => one.field));
  rings.replaceChildren();
  form.fields.forEach((field, n) => {
    const bubble = field.bubble || form.bubble, group = made("g", { class: field.kind + (n === chosen ? " chosen" : "") + (bad.has(n) ? " bad" : "") }, rings);
    const [w, h] = [bubble.width / 2, bubble.height / 2];
    const [[x0, y0], [x1, y1]] = [field.first, field.last];
    const frame = made("rect", { class: "frame", x: x0 - w - 1, y: y0 - h - 1, width: x1 - x0 + 2 * w + 2, height: y1 - y0 + 2 * h + 2 }, group);
    frame.addEventListener("pointerdown", (event) => drag(event, n, "all"));
    places(field).forEach(([x, y, i, j], k) => {
      const look = bubble.shape === "box" || bubble.shape === "brackets"
        ? ["rect", { x: x - w, y: y - h, width: 2 * w, height: 2 * h }]
        : ["ellipse", { cx: x, cy: y, rx: w, ry: h }];
      made(look[0], { class: bad.has(n) && shown[n] && !shown[n][k] ? "ring unseen" : "ring", ...look[1], "pointer-events": "none" }, group);
      // behind the last answer: the printed numbers stand before the first
      if (field.kind === "questions" && j === field.letters.length - 1) {
        const label = made("text", field.runs === "across" ? { x: x + w + 0.6, y: y + 1.1 } : { x, y: y + h + 3, "text-anchor": "middle" }, group);
        label.textContent = field.first_question + i;
      }
    });
    if (n === chosen)
      for (const corner of ["first", "last"]) {
        const [x, y] = field[corner];
        const handle = made("rect", { class: "handle", x: x - 1.4, y: y - 1.4, width: 2.8, height: 2.8 }, group);
        handle.addEventListener("pointerdown", (event) => drag(event, n, corner));
      }
  });
}

function mm(event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [point.x, point.y];
}

const tidy = (at) => [Math.min(Math.max(at[0], 0), form.width), Math.min(Math.max(at[1], 0), form.height)].map((x) => Math.round(x * 100) / 100);

function remember() {
  before.push(JSON.stringify(form));
  if (before.length > 100) before.shift();
}

function drag(event, n, what) {
  event.preventDefault();
  const start = mm(event), field = form.fields[n], own = [field.first, field.last].map((at) => [...at]);
  if (chosen !== n) {
    chosen = n;
    show();
  }
  remember();
  const move = (moved) => {
    const [x, y] = mm(moved), step = [x - start[0], y - start[1]];
    ["first", "last"].forEach((corner, k) => {
      if (what === "all" || what === corner) field[corner] = tidy([own[k][0] + step[0], own[k][1] + step[1]]);
    });
    flatten(field, what);
    draw();
  };
  const end = () => {
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", end);
    show();
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end);
}

// One row, or one column, has one y, or one x.
function flatten(field, moved) {
  const [n, k] = size(field), [across, down] = field.runs === "across" ? [k, n] : [n, k];
  const [from, to] = moved === "last" ? ["last", "first"] : ["first", "last"];
  if (across === 1) field[to][0] = field[from][0];
  if (down === 1) field[to][1] = field[from][1];
}

function input(parent, label, type, value, change, more = {}) {
  const box = document.createElement("label"), one = document.createElement("input");
  one.type = type;
  one.value = value;
  Object.assign(one, more);
  one.addEventListener("change", () => {
    remember();
    change(type === "number" ? Number(one.value) : one.value);
    show();
  });
  box.append(label, one);
  parent.append(box);
}

function select(parent, label, value, options, change) {
  const box = document.createElement("label"), one = document.createElement("select");
  for (const [key, text] of options) one.append(new Option(text, key, key === value, key === value));
  one.addEventListener("change", () => {
    remember();
    change(one.value);
    show();
  });
  box.append(label, one);
  parent.append(box);
}

const letters = (text) => (/[\s,]/.test(text.trim()) ? text.trim().split(/[\s,]+/) : [...text.trim()]);

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

// The field with its bubbles as another kind: their places stay where its rows and columns allow it.
function changedKind(field, kind) {
  let [n, k] = size(field), runs = field.runs;
  const other = runs === "across" ? "down" : "across";
  const isTurned = (kind === "form" && k === 1) || (kind === "questions" && (k > 5 || k < 2) && n <= 5 && n > 1) || (kind === "number" && n === 10 && k !== 10);
  if (isTurned) [n, k, runs] = [k, n, other];
  const kept = { kind, runs, first: field.first, last: field.last };
  if (field.bubble) kept.bubble = field.bubble;
  if (kind === "questions") Object.assign(kept, { questions: n, first_question: 1, letters: LETTERS.slice(0, Math.max(2, Math.min(k, 5))) });
  if (kind === "number") Object.assign(kept, { digits: n, first_digit: 1 });
  if (kind === "form") Object.assign(kept, { values: Array.from({ length: Math.max(2, k) }, (_, j) => LETTERS[j] || String(j + 1)) });
  if (kind === "ignored") Object.assign(kept, { choices: n, values: k });
  // the form is one row, or one column: the first of several
  if (kind === "form" && n > 1) kept.last = runs === "across" ? [field.last[0], field.first[1]] : [field.first[0], field.last[1]];
  return kept;
}

// What the program was unsure of, while it holds: until its field was changed, or what was missing is there.
const original = form.fields.map((one) => ({ at: one.first, json: JSON.stringify(one) })), looked = new Set();
function isOpen(one) {
  if (one.about) return !form.fields.some((field) => field.kind === one.about);
  const own = one.at && original.find((field) => Math.hypot(field.at[0] - one.at[0], field.at[1] - one.at[1]) < 1.5);
  return !own || form.fields.some((field) => JSON.stringify(field) === own.json);
}

function doubts() {
  const list = document.getElementById("doubts"), open = found.filter(isOpen);
  const now = [...misfits().map((one) => one.text), ...outOfOrder()];
  document.getElementById("unsure").hidden = !open.length && !now.length;
  list.replaceChildren(
    ...now.map((text) => Object.assign(document.createElement("li"), { textContent: text, className: "bad" })),
    ...open.map((one) => {
      const item = document.createElement("li"), label = document.createElement("label"), check = document.createElement("input");
      check.type = "checkbox";
      check.checked = looked.has(one);
      check.addEventListener("change", () => {
        if (check.checked) looked.add(one);
        else looked.delete(one);
        doubts();
      });
      item.className = check.checked ? "looked" : "";
      label.append(check, one[language]);
      item.append(label);
      return item;
    }),
  );
}

function show() {
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll("[data-word]")) one.textContent = word(one.dataset.word);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", word(one.dataset.label));
  document.getElementById("language").textContent = language === "th" ? "English" : "ไทย";
  document.getElementById("name").textContent = form.name;
  doubts();
  const bad = new Set(misfits().map((one) => one.field));
  const list = document.getElementById("fields");
  list.replaceChildren();
  form.fields.forEach((field, n) => {
    const item = document.createElement("li"), head = document.createElement("div");
    item.className = (n === chosen ? "chosen" : "") + (bad.has(n) ? " bad" : "");
    head.className = "head";
    const choose = document.createElement("button"), gone = document.createElement("button");
    choose.type = gone.type = "button";
    choose.textContent = title(field);
    choose.setAttribute("aria-pressed", String(n === chosen));
    choose.addEventListener("click", () => {
      chosen = n;
      show();
    });
    gone.textContent = word("remove");
    gone.setAttribute("aria-label", `${word("remove")}: ${title(field)}`);
    gone.addEventListener("click", () => {
      remember();
      form.fields.splice(n, 1);
      chosen = Math.max(0, n - 1);
      show();
    });
    head.append(choose, gone);
    item.append(head);
    if (n === chosen) details(item, field, n);
    list.append(item);
  });
  const bubble = document.getElementById("bubble");
  bubble.replaceChildren();
  bubbleInputs(bubble, form.bubble);
  document.getElementById("notice").textContent = faults().join(" ");
  document.getElementById("undo").disabled = !before.length;
  draw();
}

function bubbleInputs(parent, bubble) {
  for (const side of ["width", "height"])
    input(parent, word(side), "number", bubble[side], (value) => (bubble[side] = value), { min: 0.5, step: 0.1 });
  select(parent, word("shape"), bubble.shape || "circle", ["circle", "ellipse", "box", "brackets"].map((one) => [one, word(one)]), (value) => (bubble.shape = value));
}

function title(field) {
  if (field.kind === "questions") return word("questions_of", { first: field.first_question, last: field.first_question + field.questions - 1 });
  if (field.kind === "number") return word("number_of", { n: field.digits });
  return word(field.kind);
}

function details(item, field, n) {
  const part = document.createElement("div");
  select(part, word("kind"), field.kind, ["questions", "number", "form", "ignored"].map((one) => [one, word(one)]), (kind) => (form.fields[n] = changedKind(field, kind)));
  if (field.kind === "questions") {
    input(part, word("first_question"), "number", field.first_question, (value) => (field.first_question = value), { min: 1, max: 500 });
    input(part, word("n_questions"), "number", field.questions, (value) => (field.questions = value), { min: 1, max: 500 });
    input(part, word("letters"), "text", field.letters.every((one) => [...one].length === 1) ? field.letters.join("") : field.letters.join(" "), (value) => (field.letters = letters(value)));
  }
  if (field.kind === "number") {
    input(part, word("n_digits"), "number", field.digits, (value) => (field.digits = value), { min: 1, max: 40 });
    input(part, word("first_digit"), "number", field.first_digit || 1, (value) => (field.first_digit = value), { min: 1, max: 40 });
    input(part, word("values"), "text", (field.values || [..."0123456789"]).join(""), (value) => (field.values = letters(value)));
  }
  if (field.kind === "form") input(part, word("values"), "text", field.values.join(" "), (value) => (field.values = letters(value)));
  if (field.kind === "ignored") {
    input(part, word("rows"), "number", field.choices, (value) => (field.choices = value), { min: 1, max: 500 });
    input(part, word("columns"), "number", field.values, (value) => (field.values = value), { min: 1, max: 100 });
  }
  select(part, word("runs"), field.runs, [["across", word("across")], ["down", word("down")]], (value) => (field.runs = value));
  for (const corner of ["first", "last"])
    ["x", "y"].forEach((axis, k) =>
      input(part, `${word(corner)} ${axis}`, "number", field[corner][k], (value) => (field[corner][k] = value), { min: 0, step: 0.1 }));
  const own = document.createElement("label"), check = document.createElement("input");
  check.type = "checkbox";
  check.checked = Boolean(field.bubble);
  check.addEventListener("change", () => {
    remember();
    if (check.checked) field.bubble = { ...form.bubble };
    else delete field.bubble;
    show();
  });
  own.append(check, word("own_bubble"));
  part.append(own);
  if (field.bubble) bubbleInputs(part, field.bubble);
  item.append(part);
}

function faults() {
  const told = [], questions = [];
  for (const field of form.fields)
    if (field.kind === "questions") {
      for (let n = 0; n < field.questions; n++) questions.push(field.first_question + n);
      if (field.letters.length < 2 || field.letters.length > 5) told.push(word("letters_fault", { what: title(field) }));
    }
  if (!questions.length) told.push(word("no_questions"));
  const twice = questions.filter((n, k) => questions.indexOf(n) !== k);
  if (twice.length) told.push(word("twice", { n: [...new Set(twice)].slice(0, 6).join(", ") }));
  const missing = [];
  for (let n = 1; n < Math.max(0, ...questions); n++) if (!questions.includes(n)) missing.push(n);
  if (missing.length) told.push(word("missing", { n: missing.slice(0, 6).join(", ") }));
  return told;
}

function add(kind) {
  remember();
  const step = 1.6 * form.bubble.width, at = [form.width / 3, form.height / 3];
  const [across, down] = kind === "questions" ? [4, 10] : kind === "number" ? [6, 10] : [4, 1];
  const field = { kind, runs: kind === "number" ? "down" : "across", first: tidy(at), last: tidy([at[0] + step * (across - 1), at[1] + step * (down - 1)]) };
  const last = Math.max(0, ...form.fields.filter((one) => one.kind === "questions").map((one) => one.first_question + one.questions - 1));
  if (kind === "questions") Object.assign(field, { questions: 10, first_question: last + 1, letters: [..."ABCD"] });
  if (kind === "number") Object.assign(field, { digits: 6 });
  if (kind === "form") Object.assign(field, { values: [..."ABCD"] });
  form.fields.push(field);
  chosen = form.fields.length - 1;
  show();
}

function scalar(value) {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return JSON.stringify(value);
}

function flow(value) {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (value && typeof value === "object") return `{${Object.entries(value).map(([key, of]) => `${key}: ${flow(of)}`).join(", ")}}`;
  return scalar(value);
}

function yaml() {
  const lines = [];
  for (const [key, value] of Object.entries(form)) {
    if (key !== "fields") lines.push(`${key}: ${flow(value)}`);
    else {
      lines.push("fields:");
      for (const field of value) Object.entries(field).forEach(([name, of], n) => lines.push(`${n ? "  " : "- "}${name}: ${flow(of)}`));
    }
  }
  return lines.join("\n") + "\n";
}

document.getElementById("save").addEventListener("click", () => {
  const told = [...misfits().map((one) => one.text), ...faults()], notice = document.getElementById("notice"), now = JSON.stringify(form);
  if (told.length && asked !== now) {
    asked = now;
    notice.textContent = [...told, word("save_again")].join(" ");
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([yaml()], { type: "application/yaml" }));
  link.download = "form.yaml";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  saved = now;
  notice.textContent = [word("saved"), ...told].join(" ");
});
window.addEventListener("beforeunload", (event) => {
  if (JSON.stringify(form) !== saved) event.preventDefault();
});
for (const degrees of [90, 180])
  document.getElementById(`turn-${degrees}`).addEventListener("click", () => {
    remember();
    for (let n = 0; n < degrees; n += 90) turn();
    show();
  });
document.getElementById("undo").addEventListener("click", () => {
  if (before.length) form = JSON.parse(before.pop());
  chosen = Math.min(chosen, form.fields.length - 1);
  show();
});
document.getElementById("language").addEventListener("click", () => {
  language = language === "th" ? "en" : "th";
  show();
});
// Numbers of questions in the order of the list.
document.getElementById("renumber").addEventListener("click", () => {
  remember();
  let next = 1;
  for (const field of form.fields)
    if (field.kind === "questions") {
      field.first_question = next;
      next += field.questions;
    }
  show();
});
for (const kind of ["questions", "number", "form"]) document.getElementById(`add-${kind}`).addEventListener("click", () => add(kind));
document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
  if (!step || !form.fields[chosen] || /^(INPUT|SELECT)$/.test(document.activeElement.tagName)) return;
  event.preventDefault();
  remember();
  const field = form.fields[chosen], by = event.shiftKey ? 10 : 1;
  for (const corner of event.altKey ? ["last"] : ["first", "last"]) field[corner] = tidy([field[corner][0] + by * step[0], field[corner][1] + by * step[1]]);
  flatten(field, event.altKey ? "last" : "all");
  show();
});
show();
