// The page around the frame of a gallery. The frame can ask no address and keeps nothing: it hands over what is
// decided in it, which is saved as it is decided (saving.js). What is on record is told to the frame at first; of
// others only that they decided.
"use strict";
(() => {
  const around = document.getElementById("gallery");
  if (!around) return;
  const said = around.dataset, frame = around.querySelector("iframe");
  const onRecord = JSON.parse(document.getElementById("on-record").textContent);
  const CELLS = 15;
  const kept = savesAsTyped({
    bar: document.getElementById("kept"),
    said,
    most: 200,
    soon: 5000,  // milliseconds, or so many decisions, after which they are sent
    many: 20,
    isBegun: Object.keys(onRecord.mine).length > 0,
    taken: (name, _, entry) => {  // the frame may not be there yet: it is told of what is on record
      const [task, code] = name.split(" ");
      (onRecord.mine[task] ??= {})[code] = entry.decided;
    },
    post: (sent, token, isLeaving) => {
      const headers = { "Content-Type": "application/json", "X-CSRFToken": token, "HX-Request": "true" };
      const body = JSON.stringify({ user: said.user, lines: sent.map(([, entry]) => entry.line) });
      return fetch(said.save, { method: "POST", headers, body, keepalive: isLeaving, signal: AbortSignal.timeout(60000) });
    },
  });

  // ── the frame ──
  const isLine = (line) => Array.isArray(line) && line.length === CELLS && line.every((cell) => typeof cell === "string");
  const isName = (one) => typeof one === "string" && /^[\w-]{1,40}$/.test(one);
  const tellFrame = () => {
    const mine = JSON.parse(JSON.stringify(onRecord.mine));
    for (const [name, entry] of kept.waiting) {
      const [task, code] = name.split(" ");
      (mine[task] ??= {})[code] = entry.decided;
    }
    frame.contentWindow.postMessage({ gallery: "kept", ...onRecord, mine }, "*");  // its origin is none
  };
  window.addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow) return;
    const told = event.data;
    if (told?.gallery === "ready") tellFrame();
    if (told?.gallery === "there") kept.show();
    if (told?.gallery !== "decided" || !isName(told.task) || !isName(told.code)) return;
    const name = `${told.task} ${told.code}`;
    if (told.line === null) kept.drop(name);  // what the site has already stays until it is decided anew
    else if (isLine(told.line)) kept.keep(name, { line: told.line, decided: told.decided });
  });

  tellFrame();  // where it was quicker than this program
})();
