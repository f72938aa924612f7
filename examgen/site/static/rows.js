// The pages on which rows that were set aside are decided. A decision is sent by this program instead of by the browser,
// which without a line would leave the page for its own and lose what was written.
"use strict";
(() => {
  const around = document.getElementById("rows");
  if (!around) return;
  const said = around.dataset, SOON = 10000;
  let pressed = "", at = 0, next = "";
  const link = (text, href) => Object.assign(document.createElement("a"), { textContent: text, href });
  const kept = savesAsTyped({
    bar: document.getElementById("kept"),
    said,
    most: 1,
    soon: 0,
    many: Infinity,
    isBegun: false,
    post: formSaved.post(said.user),
    taken: (name, answer) => {
      if (name !== pressed) return;
      pressed = "";
      if (Date.now() - at < SOON) location.assign(answer.next);
      else next = answer.next;  // who waited may have begun something else
    },
    shown: (bar, refused) => {
      for (const [name, entry] of refused) {
        const line = document.createElement("p"), drop = document.createElement("button");
        Object.assign(drop, { type: "button", className: "second", textContent: said.drop });
        drop.addEventListener("click", () => kept.drop(name));
        line.append(link(entry.row, entry.to), entry.why ? `: ${entry.why} ` : " ", drop);
        bar.append(line);
      }
      if (next) bar.append(" ", link(said.next, next));
    },
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target, button = event.submitter;
    if (!form.matches("form[data-row]")) return;
    event.preventDefault();
    const body = new FormData(form, button), name = new URL(form.action).pathname;
    const why = body.get("reason") || body.get("why") || "";
    pressed = name;
    at = Date.now();
    next = "";
    kept.keep(name, { to: name, body: formSaved.text(body), row: form.dataset.row, why });
    await kept.send();
    if (kept.is(name) === "waits") document.getElementById("kept").scrollIntoView({ block: "nearest" });
    if (kept.is(name) !== "refused" || pressed !== name) return;
    pressed = "";  // the page itself says what is wrong, beside each field
    kept.drop(name);
    if (button && button.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }));
    form.submit();
  });
})();
