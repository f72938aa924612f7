// What is typed or decided on a page waits in it until the site has it; it is sent by the page, for without a line a
// browser would leave the page for one of its own. Each entry has a name; the same name again takes its place.
"use strict";
const isSignedIn = async (patience) => {  // still, and with which token
  const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(patience) });
  if (new URL(answer.url).pathname.startsWith("/accounts/")) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.querySelector("input[name=csrfmiddlewaretoken]");
  if (found) for (const one of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) one.value = found.value;
  return true;
};
const savesAsTyped = ({ bar, said, most, soon, many, isBegun, post, taken = () => {}, shown = () => {} }) => {
  const waiting = new Map();
  const refused = new Map();  // what the site does not take, as it was sent
  let isBusy = false, isLost = false, isOut = false, isLeaving = false, fault = "", since = 0;
  const isRefused = ([name, entry]) => refused.get(name) === entry;
  const forget = (name) => {
    waiting.delete(name);
    refused.delete(name);
  };

  const show = () => {
    const n = waiting.size, faulty = [...waiting].filter(isRefused);
    isBegun ||= n > 0;
    document.body.dataset.lost = isLost ? "1" : "";
    const words = [n ? said.waits.replace("#", n) : isBegun ? said.all : ""];
    if (n && (isLost || !navigator.onLine)) words.push(said.lost);
    if (isOut) words.push(document.body.dataset.ended);
    if (fault) words.push(fault);
    const text = words.filter(Boolean).join(" "), state = text + faulty.map(([name]) => name).join("\n");
    bar.hidden = !text;
    if (state === bar.dataset.text) return;  // read aloud where it is another
    bar.dataset.text = state;
    bar.textContent = text;
    bar.classList.toggle("warning", isLost || isOut || Boolean(fault));
    shown(bar, faulty);
    if (!isOut) return;
    const door = Object.assign(document.createElement("a"), { textContent: document.body.dataset.door, href: "/accounts/login/", target: "_blank" });
    bar.append(" ", door);
  };

  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]").value;
  const look = async () => { isOut = !(await isSignedIn(20000)); };
  const send = async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      let size = most, nRefused = 0;
      const open = () => [...waiting].filter((one) => !isRefused(one)).slice(0, size);
      for (let sent = open(); sent.length && nRefused < 3; sent = open()) {
        let answer = await post(sent, token(), isLeaving);
        if (answer.status === 401 || answer.status === 403) {
          await look();
          isLost = false;
          if (isOut) break;
          answer = await post(sent, token(), isLeaving);
        }
        // what is no answer of the site is no JSON; a refusal may be a page
        const told = await answer.json().catch(() => null);
        if (!told && !(answer.status >= 400 && answer.status < 500)) throw new Error("no answer of the site");
        isLost = isOut = false;
        fault = answer.ok ? (refused.size ? fault : "") : told?.fault || said.refused || "";
        if (!answer.ok) {  // all of it is refused for one: those that can be taken are sent by themselves
          if (sent.length > 1) size = 1;
          else {
            nRefused += 1;
            refused.set(...sent[0]);
          }
          continue;
        }
        nRefused = 0;
        for (const [name, entry] of sent) {
          if (waiting.get(name) !== entry) continue;  // it was decided anew meanwhile
          forget(name);
          taken(name, told, entry);
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
  const keep = (name, entry) => {
    waiting.set(name, entry);
    since ||= Date.now();
    show();
    if (waiting.size >= many + refused.size && !isLost) send();
  };
  const drop = (name) => {
    forget(name);
    if (!refused.size) fault = "";
    show();
  };

  for (const name of ["online", "focus"]) window.addEventListener(name, send);
  window.addEventListener("pagehide", () => {
    isLeaving = true;
    send();
  });
  window.addEventListener("pageshow", () => { isLeaving = false; });
  window.addEventListener("beforeunload", (event) => {  // what cannot be sent on the way out would be lost
    if (waiting.size && (isLost || isOut || refused.size || !navigator.onLine)) event.preventDefault();
  });
  setInterval(() => {
    const isTime = isLost || isOut || (since && Date.now() - since > soon);
    if (waiting.size && isTime) send();
    else if (!waiting.size && (isLost || isOut)) look().then(() => { isLost = false; show(); }).catch(() => {});
  }, Math.min(3000, soon || 3000));
  return {
    waiting,
    is: (name) => !waiting.has(name) ? "" : refused.has(name) && isRefused([name, waiting.get(name)]) ? "refused" : "waits",
    keep, drop, send, show,
  };
};
// A form that is sent by its page instead of by the browser; its token is that of the session at that time.
const formSaved = {
  text: (data) => { data.delete("csrfmiddlewaretoken"); return new URLSearchParams(data).toString(); },
  post: (user) => ([[, entry]], token, isLeaving) => {
    const body = new URLSearchParams(entry.body);
    body.set("csrfmiddlewaretoken", token);
    body.set("user", user);
    const headers = { Accept: "application/json", "HX-Request": "true" };
    return fetch(entry.to, { method: "POST", headers, body, keepalive: isLeaving, signal: AbortSignal.timeout(20000) });
  },
};
// Forms that are sent by this program: decisions on rows as a button is pressed, ratings as they are typed, too. By the
// browser they would be lost where there is no line.
(() => {
  const around = document.getElementById("sends");
  if (!around) return;
  const said = around.dataset, bar = document.getElementById("kept"), SOON = 10000;
  let pressed = "", at = 0, next = "", status = 0;
  const link = (text, href) => Object.assign(document.createElement("a"), { textContent: text, href });
  const kept = savesAsTyped({
    bar,
    said,
    most: 1,
    soon: 1500,  // milliseconds after a key, where no field was left meanwhile
    many: Infinity,
    isBegun: false,
    post: async (...sent) => {
      const answer = await formSaved.post(said.user)(...sent);
      status = answer.status;
      return answer;
    },
    taken: (name, answer) => {
      if (name !== pressed) return;
      pressed = "";
      if (Date.now() - at < SOON) location.assign(answer.next);
      else next = answer.next;  // who waited may have begun something else
    },
    shown: (_, refused) => {
      for (const [name, entry] of refused) {
        const line = document.createElement("p"), drop = document.createElement("button");
        Object.assign(drop, { type: "button", className: "second", textContent: said.drop });
        drop.addEventListener("click", () => kept.drop(name));
        line.append(link(entry.about, entry.to), entry.why ? `: ${entry.why} ` : " ", drop);
        bar.append(line);
      }
      if (next) bar.append(" ", link(said.next, next));
    },
  });
  const keep = (form, button) => {
    const body = new FormData(form, button), name = new URL(form.action).pathname;
    const why = body.get("reason") || body.get("why") || "";
    kept.keep(name, { to: name, body: formSaved.text(body), about: form.dataset.sent, why });
    return name;
  };
  const isTyped = ({ target }) => "typed" in said && target.form?.matches("form[data-sent]");
  document.addEventListener("input", (event) => { if (isTyped(event)) keep(event.target.form); });
  document.addEventListener("change", (event) => { if (isTyped(event)) kept.send(); });
  document.addEventListener("submit", async (event) => {
    const form = event.target, button = event.submitter;
    if (!form.matches("form[data-sent]")) return;
    event.preventDefault();
    pressed = keep(form, button);
    const name = pressed;
    at = Date.now();
    next = "";
    do {  // what was typed last may be on its way
      await new Promise((go) => setTimeout(go, 20));
      await kept.send();
    } while (kept.is(name) === "waits" && document.body.dataset.lost !== "1" && navigator.onLine && !bar.querySelector("a"));
    if (kept.is(name)) bar.scrollIntoView({ block: "nearest" });
    if (kept.is(name) !== "refused" || pressed !== name || status !== 422) return;
    pressed = "";  // the page itself says what is wrong, beside each field
    kept.drop(name);
    if (button && button.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }));
    form.submit();
  });
})();
