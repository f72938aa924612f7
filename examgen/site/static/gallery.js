// The page around the frame of a gallery. The frame can ask no address and keeps nothing: it hands over what is
// decided in it, which is kept on the device first, and leaves it when the site has it: without a line, after a
// reload, in two tabs. What is on record is told to the frame at first; of others only that they decided.
"use strict";
(() => {
  const around = document.getElementById("gallery");
  if (!around) return;
  const said = around.dataset, frame = around.querySelector("iframe"), bar = document.getElementById("kept");
  const onRecord = JSON.parse(document.getElementById("on-record").textContent);
  const WHOSE = `gallery ${JSON.stringify([said.exam, said.scan, said.user])} `;
  const MANY = 20, SOON = 20000, CELLS = 15;  // decisions, and milliseconds, after which they are sent
  const MOST_AT_ONCE = 200;
  const held = new Map();  // where the device keeps nothing
  const refused = new Map();  // what the site does not take, as it was sent
  let isBusy = false, isLost = false, isOut = false, isLeaving = false, fault = "", since = 0;

  // ── what is kept on the device ──
  const names = () => {
    try { return [...new Set([...Object.keys(localStorage).filter((one) => one.startsWith(WHOSE)), ...held.keys()])]; }
    catch { return [...held.keys()]; }
  };
  const read = (name) => {
    try { return held.get(name) || JSON.parse(localStorage.getItem(name)); } catch { return null; }
  };
  const write = (name, entry) => {
    try { localStorage.setItem(name, JSON.stringify(entry)); } catch { held.set(name, entry); }
  };
  const drop = (name) => {
    held.delete(name);
    try { localStorage.removeItem(name); } catch { /* it kept nothing */ }
  };
  const waiting = () => names().map((name) => [name, read(name)]).filter(([, entry]) => entry);

  const show = () => {
    const n = waiting().length;
    document.body.dataset.lost = isLost ? "1" : "";
    const words = [n ? said.waits.replace("#", n) : said.all];
    if (n && isLost) words.push(said.lost);
    if (n && held.size) words.push(said.unkept);
    if (isOut) words.push(document.body.dataset.ended);
    if (fault) words.push(fault);
    const text = words.filter(Boolean).join(" ");
    if (text === bar.dataset.text) return;  // read aloud where it is another
    bar.dataset.text = text;
    bar.textContent = text;
    bar.classList.toggle("warning", isLost || isOut || Boolean(fault));
    if (!isOut) return;
    const door = Object.assign(document.createElement("a"), { textContent: document.body.dataset.door, href: "/accounts/login/", target: "_blank" });
    bar.append(" ", door);
  };

  // ── what the site has ──
  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]");
  const look = async () => {  // whether one is signed in still, and with which token
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(20000) });
    isOut = new URL(answer.url).pathname.startsWith("/accounts/");
    if (isOut) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.querySelector("input[name=csrfmiddlewaretoken]");
    if (!found) return;
    for (const one of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) one.value = found.value;
  };
  const post = async (sent) => {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token().value, "HX-Request": "true" };
    const body = JSON.stringify({ user: said.user, lines: sent.map(([, entry]) => entry.line) });
    return fetch(said.save, { method: "POST", headers, body, keepalive: isLeaving, signal: AbortSignal.timeout(60000) });
  };
  const send = async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      let size = MOST_AT_ONCE, n_refused = 0, n_sent = 0;
      const open = () => waiting().filter(([name, entry]) => refused.get(name) !== String(entry.line)).slice(0, size);
      for (let sent = open(); sent.length && n_refused < 3 && !(isLeaving && n_sent++); sent = open()) {
        let answer = await post(sent);
        if (answer.status === 401 || answer.status === 403) {
          await look();
          isLost = false;
          if (isOut) break;
          answer = await post(sent);
        }
        const kept = await answer.json();  // what is no answer of the site is no JSON
        isLost = isOut = false;
        fault = answer.ok ? (refused.size ? fault : "") : kept.fault;
        if (!answer.ok) {  // all of it is refused for one: those that can be taken are sent by themselves
          if (sent.length > 1) size = 1;
          else {
            n_refused += 1;
            refused.set(sent[0][0], String(sent[0][1].line));
          }
          continue;
        }
        n_refused = 0;
        for (const [name, entry] of sent) {
          const now = read(name);  // it may have been decided anew meanwhile
          if (!isLeaving && now && JSON.stringify(now.line) === JSON.stringify(entry.line)) drop(name);
        }
      }
    } catch {
      isLost = true;
    } finally {
      isBusy = false;
      since = 0;
      show();
    }
  };

  // ── the frame ──
  const isLine = (line) => Array.isArray(line) && line.length === CELLS && line.every((cell) => typeof cell === "string");
  const isName = (one) => typeof one === "string" && /^[\w-]{1,40}$/.test(one);
  const tellFrame = () => {
    const mine = JSON.parse(JSON.stringify(onRecord.mine));
    for (const [name, entry] of waiting()) {
      const [task, code] = name.slice(WHOSE.length).split(" ");
      (mine[task] ??= {})[code] = entry.decided;
    }
    frame.contentWindow.postMessage({ gallery: "kept", ...onRecord, mine }, "*");  // its origin is none
  };
  window.addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow) return;
    const told = event.data;
    if (told?.gallery === "ready") tellFrame();
    if (told?.gallery === "there") show();
    if (told?.gallery !== "decided" || !isName(told.task) || !isName(told.code)) return;
    const name = `${WHOSE}${told.task} ${told.code}`;
    if (told.line === null) drop(name);  // what the site has already stays until it is decided anew
    else if (isLine(told.line)) write(name, { line: told.line, decided: told.decided });
    else return;
    since ||= Date.now();
    show();
    if (waiting().length >= MANY + refused.size && !isLost) send();
  });
  for (const name of ["online", "focus"]) window.addEventListener(name, send);
  window.addEventListener("pagehide", () => {  // the next page may be made before the site has it: it stays here
    isLeaving = true;
    send();
  });
  window.addEventListener("pageshow", () => { isLeaving = false; });
  window.addEventListener("storage", show);
  window.addEventListener("beforeunload", (event) => { if (held.size) event.preventDefault(); });
  setInterval(() => {
    const isTime = isLost || isOut || (since && Date.now() - since > SOON);
    if (waiting().length && isTime) send();
    else if (!waiting().length && (isLost || isOut)) look().then(() => { isLost = false; show(); }).catch(() => {});
  }, 3000);

  tellFrame();  // where it was quicker than this program
  if (waiting().length) send();
})();
