// The form of an item: what is typed goes to the site after each pause, which keeps it, judges it and draws it;
// pictures and tables are put into its texts. Nothing is kept in the browser: keys would stay there.
"use strict";
(() => {
  const form = document.getElementById("item"), found = document.getElementById("findings");
  const frame = document.querySelector("iframe[name=preview]");
  const more = document.getElementById("more"), words = form.dataset;
  const PAUSE = 700, AGAIN = 5000, PATIENCE = 20000;

  // ── as it will print: as candidates get it, or with its key ──
  const views = [...document.querySelectorAll("[data-view]")];
  let isDrawn = false;
  const draw = () => {
    if (isDrawn) for (const one of views) one.href = `${words.drawn}&view=${one.dataset.view}`;
    const view = views.find((one) => one.hasAttribute("aria-current"));
    frame.contentWindow.location.replace(view.href);  // no step of “back”
    view.parentNode.hidden = false;
  };
  for (const one of views) {
    one.addEventListener("click", (event) => {
      event.preventDefault();
      for (const each of views) each.toggleAttribute("aria-current", false);
      one.setAttribute("aria-current", "true");
      draw();
    });
  }

  // ── kept as it is typed ──
  if (document.getElementById("unsaved") && !location.hash) {  // which is told at the top: a reload begins there
    history.scrollRestoration = "manual";
    scrollTo(0, 0);
  }
  let typed = 0, asked = 0, isLost = false, isLeaving = false, timer = 0, slow = 0;
  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(() => { asked = typed; htmx.trigger(found, "typed"); }, wait);
  };
  const isUnkept = () => typed > 0;
  const say = (text) => { document.getElementById("kept-at").textContent = text; };
  const old = document.getElementById("is-old");
  const lost = () => {  // findings and preview are then of what was written before
    isLost = true;
    say(words.failed);
    old.hidden = false;
  };
  const watch = () => {  // a line may be gone without a word
    clearTimeout(slow);
    slow = isUnkept() ? setTimeout(lost, PATIENCE) : 0;
  };
  document.addEventListener("input", (event) => {
    if (event.target.form !== form || event.target.closest(".insert")) return;
    typed += 1;
    if (!slow) watch();
    later(PAUSE);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== found || isLeaving || !event.detail.successful) return;
    isLost = false;
    old.hidden = true;
    if (typed === asked) typed = 0;
    watch();
    isDrawn = true;
    draw();
    for (const one of form.querySelectorAll("[aria-describedby^=fault-]")) {
      const slot = document.getElementById(one.getAttribute("aria-describedby"));
      one.toggleAttribute("aria-invalid", false);
      if (slot && slot.querySelector(".error")) one.setAttribute("aria-invalid", "true");
    }
    if (more.querySelector(".faults .error")) more.open = true;
  });
  // a reason that is being written beside a finding stays as it is
  let reasons = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== found) return;
    reasons = [...found.querySelectorAll("textarea")].map((one) => [one.id, one.value, one.closest("details")?.open]);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== found) return;
    for (const [id, value, isOpen] of reasons) {
      const one = document.getElementById(id);
      if (one) one.value = value;
      if (one && isOpen && one.closest("details")) one.closest("details").open = true;
    }
  });
  found.addEventListener("click", (event) => {  // the field may open below the edge of what is seen
    const one = event.target.closest("details:not([open]) > summary");
    if (!one) return;
    setTimeout(() => {
      one.parentNode.querySelector("textarea").focus();
      one.parentNode.scrollIntoView({ block: "nearest" });
    });
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (event.detail.elt !== found || isLeaving) return;
      const isTold = isLost && document.getElementById("kept-at").textContent === words.unsent;
      lost();
      if (isTold) say(words.unsent);  // the answer to who pressed “save” stays
      later(AGAIN);
    });
  }
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.elt !== found) return;
    const { status, responseText } = event.detail.xhr;
    clearTimeout(slow);
    slow = 0;
    isLost = [401, 403, 429].includes(status) || status >= 500;  // or it cannot be kept as it is, but saved
    if (status === 422) say(words.unkept.replace("#", responseText));
    else {
      say(words.refused);
      later(AGAIN);
    }
  });
  window.addEventListener("online", () => { if (isLost) later(0); });
  window.addEventListener("focus", () => { if (isLost) later(1000); });
  document.addEventListener("visibilitychange", () => {  // the last that is heard of a page that is closed
    if (document.visibilityState !== "hidden" || !isUnkept() || isLeaving) return;
    const data = new FormData(form);
    data.delete("file");
    navigator.sendBeacon(words.typed, data);
  });
  window.addEventListener("beforeunload", (event) => { if (isUnkept() && !isLeaving) event.preventDefault(); });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (isLost) {  // the browser would leave the page for its own
      event.preventDefault();
      say(words.unsent);
      later(0);
      return;
    }
    isLeaving = true;
    clearTimeout(timer);
  });
  window.addEventListener("pageshow", () => { isLeaving = false; });

  // the criterion of the item is no further one
  const pc = document.getElementById("f-pcs");
  const hideOwn = () => { for (const one of form.querySelectorAll("[name=more_pcs]")) one.closest("label").hidden = one.value === pc.value; };
  pc.addEventListener("change", hideOwn);
  hideOwn();

  // ── pictures and tables ──
  const texts = (one) => one && one.form === form && /^(stem|options\.[a-z])$/.test(one.name);
  const picture = document.getElementById("picture"), table = document.getElementById("table");
  const into = document.getElementById("into"), file = document.getElementById("file");
  const stem = document.getElementById("f-stem"), cells = document.getElementById("cells");
  form.addEventListener("focusin", (event) => { if (texts(event.target)) into.value = event.target.name; });

  const put = (field, text, from = field.selectionStart, to = field.selectionEnd) => {
    const before = field.value.slice(0, from), after = field.value.slice(to);
    if (field === stem) {
      if (before.trim() && !before.endsWith("\n\n")) text = (before.endsWith("\n") ? "\n" : "\n\n") + text;
      if (!after.startsWith("\n\n")) text += after.startsWith("\n") ? "\n" : "\n\n";
    }
    field.focus();
    field.setSelectionRange(from, to);
    if (!document.execCommand("insertText", false, text)) {  // which can be undone
      field.setRangeText(text, from, to, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  const written = async (what, more) => {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    data.set("what", what);
    for (const [name, value] of Object.entries(more)) data.set(name, value);
    const address = form.querySelector("button[name=what]").formAction;
    const answer = await fetch(address, { method: "POST", body: data, headers: { "HX-Request": "true" } });
    const text = await answer.text();
    if (answer.ok && !answer.redirected) return text;
    const page = (answer.headers.get("content-type") || "").startsWith("text/plain");
    throw new Error(page && text ? text : words.refused);
  };
  const tell = (place, error) => {
    place.querySelector("[role=alert]").textContent = error ? (error instanceof TypeError ? words.failed : error.message) : "";
  };

  for (const one of [picture, table]) {  // what opens moves the page: its own first field is what is to be seen
    one.addEventListener("toggle", () => { if (one.open) one.scrollIntoView({ block: "nearest" }); });
  }
  const takeFile = (field, one) => {
    const held = new DataTransfer();
    held.items.add(one);
    file.files = held.files;
    file.dispatchEvent(new Event("change", { bubbles: true }));
    into.value = field.name;
    tell(picture, null);
    picture.open = true;
    document.getElementById("alt").focus();
  };
  form.addEventListener("paste", async (event) => {
    const field = event.target, text = event.clipboardData.getData("text/plain");
    const [one] = [...event.clipboardData.files].filter((each) => each.type.startsWith("image/"));
    if (!texts(field)) return;
    if (field === stem && text.includes("\t")) {  // cells of a spreadsheet, of which it gives a picture as well
      event.preventDefault();
      try { put(field, await written("table", { cells: text })); } catch { put(field, text); }
    } else if (one) {
      event.preventDefault();
      takeFile(field, one);
    }
  });
  form.addEventListener("dragover", (event) => {
    if (texts(event.target) && event.dataTransfer.types.includes("Files")) event.preventDefault();
  });
  form.addEventListener("drop", (event) => {
    const [one] = event.dataTransfer.files;
    if (!texts(event.target) || !one) return;
    event.preventDefault();
    takeFile(event.target, one);
  });

  // a grid in place of the cells that are pasted; of a table that stands in the stem, its cells
  const grid = document.getElementById("grid"), rows = document.getElementById("n-rows"), columns = document.getElementById("n-columns");
  let there = null;
  const tablesIn = (text) => {
    const lines = text.split("\n"), isRow = (one) => /^\s*\|.*\|\s*$/.test(lines[one] || "");
    const split = (line) => line.trim().slice(1, -1).split(/(?<!\\)\|/).map((one) => one.trim().replaceAll("\\|", "|"));
    const tables = [];
    for (let n = 0, from = 0; n < lines.length; from += lines[n].length + 1, n += 1) {
      if (isRow(n - 1) || !isRow(n) || !isRow(n + 1) || !/^[\s|:-]+$/.test(lines[n + 1])) continue;
      let last = n;
      while (isRow(last + 1)) last += 1;
      const own = lines.slice(n, last + 1);
      tables.push({ from, to: from + own.join("\n").length, cells: own.filter((_, at) => at !== 1).map(split) });
    }
    return tables;
  };
  const valuesOf = () => [...grid.querySelectorAll("tr")].map((row) => [...row.querySelectorAll("input")].map((one) => one.value));
  let held = [];  // what was typed, that of rows and columns which were taken away again as well
  const hold = () => valuesOf().forEach((line, row) => line.forEach((text, column) => { (held[row] ||= [])[column] = text; }));
  const drawGrid = () => {  // a cell that stays is the same one: the focus may be in it, or on its way there
    const body = grid.firstElementChild || grid.appendChild(document.createElement("table"));
    while (body.rows.length > rows.value) body.deleteRow(-1);
    for (let row = 0; row < rows.value; row += 1) {
      const line = body.rows[row] || body.insertRow();
      while (line.cells.length > columns.value) line.deleteCell(-1);
      for (let column = 0; column < columns.value; column += 1) {
        const there = line.cells[column], cell = there ? there.firstChild : document.createElement("input");
        const text = (held[row] || [])[column] || "";
        if (cell.value !== text) cell.value = text;
        if (there) continue;
        cell.setAttribute("aria-label", words.cell.replace("#", row + 1).replace("%", column + 1));
        line.insertCell().append(cell);
      }
    }
  };
  cells.closest(".field").hidden = true;
  rows.closest(".row").hidden = grid.hidden = false;
  const bound = (one, n) => { one.value = Math.min(one.max, Math.max(one.min, n || 1)); };
  for (const one of [rows, columns]) one.addEventListener("change", () => { bound(one, +one.value); hold(); drawGrid(); });
  const which = document.getElementById("which"), newOne = which.options[0];
  const begin = () => {
    there = tablesIn(stem.value)[which.value] || null;
    held = there ? there.cells : [];
    bound(rows, held.length || 3);
    bound(columns, there ? Math.max(...held.map((one) => one.length)) : 3);
    tell(table, null);
    drawGrid();
    for (const one of table.querySelectorAll("[data-for]")) one.hidden = (one.dataset.for === "new") !== (there === null);
  };
  which.addEventListener("change", begin);
  table.addEventListener("toggle", () => {  // the table at the cursor, else the last above it, else the first
    if (!table.open) return;
    const tables = tablesIn(stem.value), at = stem.selectionStart;
    which.replaceChildren(newOne, ...tables.map((one, n) => new Option(words.table.replace("#", n + 1).replace("%", one.cells[0].join(" · ")), n)));
    which.closest(".field").hidden = !tables.length;
    which.value = tables.length ? Math.max(0, tables.findLastIndex((one) => one.from <= at)) : "";
    begin();
    grid.querySelector("input").focus();
  });
  grid.addEventListener("paste", (event) => {
    const pasted = event.clipboardData.getData("text/plain").replace(/\r?\n$/, "").split(/\r?\n/).map((one) => one.split("\t"));
    if (pasted.length === 1 && pasted[0].length === 1) return;
    event.preventDefault();
    const cell = event.target.closest("td"), left = cell.cellIndex, top = cell.parentNode.rowIndex;
    hold();
    bound(rows, Math.max(rows.value, top + pasted.length));
    bound(columns, Math.max(columns.value, left + Math.max(...pasted.map((one) => one.length))));
    pasted.forEach((line, row) => line.forEach((text, column) => { (held[top + row] ||= [])[left + column] = text; }));
    drawGrid();
    grid.querySelector("input").focus();
  });
  form.addEventListener("keydown", (event) => {  // no Enter in there sends the whole form
    const cell = event.target.closest("#grid td");
    if (event.key !== "Enter" || event.target.tagName !== "INPUT" || !event.target.closest(".insert")) return;
    event.preventDefault();
    const below = cell && cell.closest("table").rows[cell.parentNode.rowIndex + 1];
    if (below) below.cells[cell.cellIndex].firstChild.focus();
  });

  form.addEventListener("click", async (event) => {
    const button = event.target.closest("button[name=what]");
    if (!button) return;
    event.preventDefault();
    const place = button.closest(".insert"), isTable = place === table;
    const field = isTable ? stem : form.elements[into.value];
    const quoted = (text) => (/["\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const sent = isTable
      ? { cells: valuesOf().map((row) => row.map(quoted).join("\t")).join("\n") }
      : { alt: form.elements.alt.value, ...(file.files[0] ? { file: file.files[0] } : {}) };
    const lacks = isTable ? null : !file.files[0] ? file : !form.elements.alt.value.trim() ? form.elements.alt : null;
    button.disabled = true;
    try {
      const text = await written(button.value, sent);
      place.open = false;
      tell(place, null);
      for (const one of [file, form.elements.alt]) one.removeAttribute("aria-invalid");
      if (isTable && there) put(field, text, there.from, there.to);
      else put(field, text);
      if (!isTable) { form.elements.alt.value = file.value = ""; file.dispatchEvent(new Event("change", { bubbles: true })); }
    } catch (error) {
      tell(place, error);
      if (lacks) {
        lacks.setAttribute("aria-invalid", "true");
        lacks.focus();
      }
    } finally {
      button.disabled = false;
    }
  });
})();
