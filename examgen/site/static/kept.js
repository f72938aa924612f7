// What is decided on a page is kept on the device first, and leaves it when the site has it: without a line, after
// a reload, in two tabs. Each entry has a name; the same name again is decided anew.
"use strict";
const keptOnDevice = ({ whose, bar, said, most, soon, many, isBegun, post, taken = () => {}, shown = () => {} }) => {
  const held = new Map();  // where the device keeps nothing
  const refused = new Map();  // what the site does not take, as it was sent
  let isBusy = false, isLost = false, isOut = false, isLeaving = false, fault = "", since = 0, asked = 0;

  // ── what is kept on the device ──
  const names = () => {
    try { return [...new Set([...Object.keys(localStorage).filter((one) => one.startsWith(whose)), ...held.keys()])]; }
    catch { return [...held.keys()]; }
  };
  const read = (name) => {
    try { return held.get(name) || JSON.parse(localStorage.getItem(name)); } catch { return null; }
  };
  const write = (name, entry) => {
    try { localStorage.setItem(name, JSON.stringify(entry)); } catch { held.set(name, entry); }
  };
  const forget = (name) => {
    held.delete(name);
    refused.delete(name);
    try { localStorage.removeItem(name); } catch { /* it kept nothing */ }
  };
  const waiting = () => names().map((name) => [name, read(name)]).filter(([, entry]) => entry);
  const isRefused = (name, entry) => refused.get(name) === JSON.stringify(entry);

  const show = () => {
    const found = waiting(), n = found.length;
    isBegun ||= n > 0;
    document.body.dataset.lost = isLost ? "1" : "";
    const words = [n ? said.waits.replace("#", n) : isBegun ? said.all : ""];
    if (n && (isLost || !navigator.onLine)) words.push(said.lost);
    if (n && held.size) words.push(said.unkept);
    if (isOut) words.push(document.body.dataset.ended);
    if (fault) words.push(fault);
    const text = words.filter(Boolean).join(" "), state = text + found.filter((one) => isRefused(...one)).map(([name]) => name).join("\n");
    bar.hidden = !text;
    if (state === bar.dataset.text) return;  // read aloud where it is another
    bar.dataset.text = state;
    bar.textContent = text;
    bar.classList.toggle("warning", isLost || isOut || Boolean(fault));
    shown(bar, found.filter((one) => isRefused(...one)).map(([name, entry]) => [name.slice(whose.length), entry]));
    if (!isOut) return;
    const door = Object.assign(document.createElement("a"), { textContent: document.body.dataset.door, href: "/accounts/login/", target: "_blank" });
    bar.append(" ", door);
  };

  // ── what the site has ──
  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]").value;
  const look = async () => {  // whether one is signed in still, and with which token
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(20000) });
    isOut = new URL(answer.url).pathname.startsWith("/accounts/");
    if (isOut) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.querySelector("input[name=csrfmiddlewaretoken]");
    if (!found) return;
    for (const one of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) one.value = found.value;
  };
  const leaves = () => isLeaving || Date.now() - asked < 10000;
  const send = async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      let size = most, nRefused = 0, nSent = 0;
      const open = () => waiting().filter((one) => !isRefused(...one)).slice(0, size);
      for (let sent = open(); sent.length && nRefused < 3 && !(leaves() && nSent++); sent = open()) {
        let answer = await post(sent, token(), isLeaving);
        if (answer.status === 401 || answer.status === 403) {
          await look();
          isLost = false;
          if (isOut) break;
          answer = await post(sent, token(), isLeaving);
        }
        // what is no answer of the site is no JSON; a refusal may be a page
        const kept = await answer.json().catch(() => null);
        if (!kept && !(answer.status >= 400 && answer.status < 500)) throw new Error("no answer of the site");
        isLost = isOut = false;
        fault = answer.ok ? (refused.size ? fault : "") : kept?.fault || said.refused || "";
        if (!answer.ok) {  // all of it is refused for one: those that can be taken are sent by themselves
          if (sent.length > 1) size = 1;
          else {
            nRefused += 1;
            refused.set(sent[0][0], JSON.stringify(sent[0][1]));
          }
          continue;
        }
        nRefused = 0;
        for (const [name, entry] of sent) {
          const now = read(name);  // it may have been decided anew meanwhile
          if (leaves() || !now || JSON.stringify(now) !== JSON.stringify(entry)) continue;
          forget(name);
          taken(name.slice(whose.length), kept, entry);
        }
      }
    } catch {
      isLost = true;
    } finally {
      isBusy = false;
      since = leaves() && waiting().length ? Date.now() : 0;
      show();
    }
  };
  const keep = (name, entry) => {
    write(whose + name, entry);
    since ||= Date.now();
    show();
    if (waiting().length >= many + refused.size && !isLost) send();
  };
  const drop = (name) => {
    forget(whose + name);
    if (!refused.size) fault = "";
    since ||= Date.now();
    show();
  };

  for (const name of ["online", "focus"]) window.addEventListener(name, send);
  // the next page, asked for from here on, may be made before the site has what is sent now: it stays here
  window.addEventListener("beforeunload", () => { asked = Date.now(); });
  window.addEventListener("pagehide", () => {
    isLeaving = true;
    send();
  });
  window.addEventListener("pageshow", () => { isLeaving = false; asked = 0; });
  window.addEventListener("storage", show);
  window.addEventListener("beforeunload", (event) => { if (held.size) event.preventDefault(); });
  setInterval(() => {
    const isTime = isLost || isOut || (since && Date.now() - since > soon);
    if (waiting().length && isTime) send();
    else if (!waiting().length && (isLost || isOut)) look().then(() => { isLost = false; show(); }).catch(() => {});
  }, 3000);
  return {
    waiting: () => waiting().map(([name, entry]) => [name.slice(whose.length), entry]),
    is: (name) => { const entry = read(whose + name); return !entry ? "" : isRefused(whose + name, entry) ? "refused" : "waits"; },
    keep, drop, send, show,
    begin: () => { if (waiting().length) send(); },
  };
};
// A form that is sent by its page instead of by the browser, as the device keeps it: its token is of a session, which
// may be over when there is a line, and is not kept.
const formKept = {
  text: (data) => { data.delete("csrfmiddlewaretoken"); return new URLSearchParams(data).toString(); },
  post: (user) => ([[, entry]], token, isLeaving) => {
    const body = new URLSearchParams(entry.body);
    body.set("csrfmiddlewaretoken", token);
    body.set("user", user);
    const headers = { Accept: "application/json", "HX-Request": "true" };
    return fetch(entry.to, { method: "POST", headers, body, keepalive: isLeaving, signal: AbortSignal.timeout(20000) });
  },
};
