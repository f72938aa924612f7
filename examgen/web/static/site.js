// What htmx does not do: a page that says so before work in it is lost, and keys for lists of decisions.
"use strict";
(() => {
  let changed = false;
  document.addEventListener("input", (event) => {
    if (event.target.closest("form[data-keep]")) changed = true;
  });
  document.addEventListener("submit", (event) => {
    if (!event.submitter || !event.submitter.formTarget) changed = false;
  });
  let waiting = 0;  // a form with a preview shows it anew once its writer pauses
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form");
    const button = form && form.querySelector("button[data-preview]");
    if (!button) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(button), 900);
  });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
})();
