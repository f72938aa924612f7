// What htmx does not do: a page that says so before work in it is lost; files and days in the page's language.
"use strict";
(() => {
  const said = document.body ? document.body.dataset : {};
  // Who is no longer signed in would lose what he wrote: asked before it is sent after a pause.
  const PAUSE = 5 * 60 * 1000;
  let heard = Date.now(), notice = null;
  const tellEnded = (beside) => {
    if (notice && notice.isConnected) return;
    notice = document.createElement("p");
    notice.className = "note error";
    notice.setAttribute("role", "alert");
    const door = document.createElement("a");
    Object.assign(door, { href: "/accounts/login/?next=/me/", target: "_blank", textContent: said.door });
    notice.append(said.ended + " ", door);
    beside.before(notice);
    notice.scrollIntoView({ block: "nearest" });
  };
  const isIn = async () => {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (new URL(answer.url).pathname.startsWith("/accounts/")) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("input[name=csrfmiddlewaretoken]");
    if (token) {  // it is another one since one has signed in anew
      for (const one of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) one.value = token.value;
      document.body.setAttribute("hx-headers", page.body.getAttribute("hx-headers"));
    }
    heard = Date.now();
    if (notice) notice.remove();
    return true;
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target, button = event.submitter;
    if (!said.ended || form.getAttribute("method") !== "post" || Date.now() - heard < PAUSE) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    let goesOn = true;
    try { goesOn = await isIn(); } catch { heard = Date.now(); }  // no network: the browser says so itself
    if (goesOn) form.requestSubmit(button);
    else tellEnded(form);
  }, true);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) heard = Date.now();
    if (!event.detail.xhr || event.detail.xhr.status !== 401 || !said.ended) return;
    heard = 0;
    tellEnded(event.detail.elt.closest("form") || event.detail.elt);
  });
  window.addEventListener("focus", () => { if (notice && notice.isConnected) isIn().catch(() => {}); });
  // without a line a browser would leave the page for its own, or do nothing and say nothing
  document.addEventListener("submit", (event) => {
    if (!event.target.action.endsWith("/accounts/logout/") || (navigator.onLine && !said.lost)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (notice) notice.remove();
    notice = Object.assign(document.createElement("p"), { className: "note error", textContent: said.offline });
    notice.setAttribute("role", "alert");
    document.getElementById("main").prepend(notice);
    notice.scrollIntoView({ block: "nearest" });
  }, true);
  // a reason that is written beside an item goes to the site after each pause; without a line nothing leaves the page
  const reason = document.querySelector("textarea[data-lost]");
  if (reason) {
    let isLost = false;
    const lost = () => {
      isLost = true;
      document.getElementById("reason-kept").textContent = reason.dataset.lost;
    };
    for (const name of ["htmx:sendError", "htmx:timeout"]) reason.addEventListener(name, lost);
    reason.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) isLost = false; });
    document.addEventListener("submit", (event) => {
      if (event.target !== reason.form || (navigator.onLine && !isLost)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      lost();
      htmx.trigger(reason, "again");
    }, true);
    window.addEventListener("online", () => { if (isLost) htmx.trigger(reason, "again"); });
  }
  // where the work of the page begins; and its keys, by their place on the keyboard: it may be set to Thai
  const begin = document.querySelector("[data-begin]");
  if (begin) begin.focus({ preventScroll: begin.tagName === "H2" });
  const isMac = /^Mac/.test(navigator.platform);
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey !== isMac || event.metaKey || event.repeat) return;
    const pressed = document.querySelector(`[data-press="${event.code}"]`);
    if (!pressed) return;
    event.preventDefault();
    if (pressed.matches("textarea")) pressed.focus();
    else pressed.click();
  });
  // on a phone the menu is behind a button
  const menu = document.querySelector("button.menu");
  if (menu) {
    menu.hidden = false;
    menu.addEventListener("click", () => {
      const isOpen = menu.closest("header").classList.toggle("open");
      menu.setAttribute("aria-expanded", String(isOpen));
    });
  }
  // on a phone what comes of a form is folded until it is asked for
  const comes = document.getElementById("comes");
  if (comes && matchMedia("(max-width: 40rem)").matches) comes.open = false;
  // an item as it prints stands in a frame as tall as it, so that nothing scrolls within the page
  for (const frame of document.querySelectorAll("iframe.preview")) {
    const fit = () => {
      const page = frame.contentDocument;
      if (!page || !page.body || !page.body.firstElementChild) return;
      const tall = Math.ceil(page.documentElement.getBoundingClientRect().height) + 2;
      const scale = new DOMMatrix(getComputedStyle(frame).transform).d;
      frame.style.height = `${tall}px`;
      frame.style.marginBottom = `${(scale - 1) * tall}px`;
    };
    frame.addEventListener("load", () => { fit(); frame.contentDocument?.fonts.ready.then(fit); });
    addEventListener("resize", fit);
    fit();
  }
  // pages behind the button at the end of the tabs go away when somebody turns to something else
  for (const more of document.querySelectorAll(".tabs details")) {
    document.addEventListener("click", ({ target }) => { if (!more.contains(target)) more.open = false; });
    more.addEventListener("focusout", ({ relatedTarget }) => { if (relatedTarget && !more.contains(relatedTarget)) more.open = false; });
    more.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || !more.open) return;
      more.open = false;
      more.querySelector("summary").focus();
    });
  }
  // what is shown only once is copied whole: into the clipboard, or selected where the browser lets nobody at it
  for (const button of document.querySelectorAll("button[data-copies]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const shown = document.getElementById(button.dataset.copies);
      getSelection().selectAllChildren(shown);
      try { await navigator.clipboard.writeText(shown.textContent); } catch { if (!document.execCommand("copy")) return; }
      button.parentElement.querySelector("[role=status]").textContent = button.dataset.copied;
    });
  }
  let changed = document.querySelector("form[data-changed]") !== null;
  document.addEventListener("input", (event) => {
    if (event.target.closest("form[data-keep]")) changed = true;
  });
  document.addEventListener("submit", (event) => {
    if (!event.submitter || !event.submitter.formTarget) changed = false;
  });
  // what is unfolded stays so in the part that takes its place; the focus of a button that goes, to what came of it
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    for (const one of event.detail.target.querySelectorAll("details[id][open]")) {
      const next = event.detail.fragment.querySelector(`#${one.id}`);
      if (next) next.open = true;
    }
    const here = document.activeElement;
    if (here.name === "repair" && event.detail.target.contains(here)) document.getElementById("result").focus({ preventScroll: true });
    const field = event.detail.target, next = event.detail.fragment.querySelector("textarea");
    if (next && field.matches("textarea")) next.style.height = field.style.height;  // as its handle was drawn
  });
  // Thai names, titles and items on an English page are marked as Thai: they are read aloud in that language
  const THAI = /[\u0e01-\u0e5b]/, LATIN = /[A-Za-z]/;
  const THAI_WORDS = /[\u0e01-\u0e5b](?:[^A-Za-z\u0e01-\u0e5b]*[\u0e01-\u0e5b]+)*/g;
  const markThai = (root) => {
    if (document.documentElement.lang !== "en") return;
    for (const one of root.querySelectorAll("input, textarea")) if (THAI.test(one.value)) one.lang = "th";
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) if (THAI.test(walker.currentNode.data)) found.push(walker.currentNode);
    for (const text of found) {
      const around = text.parentElement;
      if (!around || around.closest("[lang]:not(html), script, style, svg, textarea")) continue;
      if (around.matches("option") || (around.childNodes.length === 1 && !LATIN.test(text.data))) {
        around.lang = "th";
        continue;
      }
      const parts = document.createDocumentFragment();
      let at = 0;
      for (const words of text.data.matchAll(THAI_WORDS)) {
        const part = Object.assign(document.createElement("span"), { lang: "th", textContent: words[0] });
        parts.append(text.data.slice(at, words.index), part);
        at = words.index + words[0].length;
      }
      parts.append(text.data.slice(at));
      text.replaceWith(parts);
    }
  };
  if (document.body) markThai(document.body);
  document.addEventListener("htmx:afterSettle", (event) => markThai(event.detail.elt));
  // what browsers say of files in their own language, said in that of the page
  const beside = (field, names) => {
    const made = document.createElement("span");
    made.className = names;
    field.after(made);
    return made;
  };
  const dress = (root) => {
    for (const field of root.querySelectorAll("input[type=file]:not(.dressed)")) {
      field.classList.add("dressed");
      const chosen = beside(field, "help"), button = beside(field, "button second");
      const tell = () => { chosen.textContent = " " + ([...field.files].map((one) => one.name).join(", ") || said.none); };
      button.textContent = said.choose;
      button.setAttribute("aria-hidden", "true");
      button.addEventListener("click", () => field.click());
      chosen.setAttribute("role", "status");
      field.addEventListener("change", tell);
      tell();
    }
  };
  dress(document);
  // how many boxes of a list are ticked, as they are ticked
  for (const count of document.querySelectorAll("output.ticked")) {
    const { form } = count;
    const tell = () => { count.textContent = count.dataset.words.replace("#", form.querySelectorAll("input[name=item]:checked").length); };
    form.addEventListener("change", tell);
    tell();
  }
  // one box ticks all of a name in its form
  const offer = (root) => { for (const one of root.querySelectorAll("[data-ticks]")) one.closest("label").hidden = false; };
  offer(document);
  document.addEventListener("htmx:load", (event) => offer(event.target));
  document.addEventListener("change", ({ target }) => {
    if (!target.form || !(target.dataset.ticks || target.form.querySelector("[data-ticks]"))) return;
    const whole = target.dataset.ticks ? target : target.form.querySelector("[data-ticks]");
    const boxes = [...target.form.elements].filter((one) => one.name === whole.dataset.ticks);
    if (target === whole) for (const one of boxes) one.checked = whole.checked;
    else whole.checked = boxes.every((one) => one.checked);
  });
  document.addEventListener("htmx:load", (event) => dress(event.target));
  // on a phone each cell of a row stands behind the words of its column
  const head = (root) => {
    for (const table of root.querySelectorAll("table[data-heads]")) {
      const words = [...table.tHead.rows[0].cells].map((one) => one.querySelector(".hidden") ? "" : one.textContent.trim());
      for (const row of table.tBodies[0].rows) {
        for (const cell of row.cells) if (cell.tagName === "TD" && words[cell.cellIndex] && cell.textContent.trim() && !cell.querySelector("[type=checkbox]")) cell.dataset.head = words[cell.cellIndex];
      }
    }
  };
  head(document);
  document.addEventListener("htmx:load", (event) => head(event.target));
  // What asked is gone: a newer answer has taken its place, and this one would undo that.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const asker = event.detail.elt, { xhr } = event.detail, ended = xhr.onabort;
    // One that is given up for a newer one is no error: htmx would write it on the console.
    xhr.onabort = () => { event.detail.error = ""; ended(); };
    asker.addEventListener("htmx:beforeOnLoad", (late) => { if (!asker.isConnected) late.preventDefault(); }, { once: true });
  });
  // Whoever comes to a text by Tab sees all of it: the browser shows the line of the cursor, be the rest behind a bar.
  document.addEventListener("keyup", ({ key, target }) => {
    if (key === "Tab" && target.matches("textarea")) target.scrollIntoView({ block: "nearest" });
  });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
})();
