// The page that checks codes: the address in a QR code has the code behind "#", which no server is told until it
// is sent here, as if somebody had typed it. It goes from the address first, so that "back" does not send it again.
"use strict";
(() => {
  const form = document.getElementById("verify"), text = form && form.elements.namedItem("text");
  if (!text || location.hash.length < 2) return;
  let said = location.hash.slice(1);
  try { said = decodeURIComponent(said); } catch { /* as it is */ }
  if (said.length > 10000 || document.getElementById(said)) return;  // a place on this page
  history.replaceState(null, "", location.pathname);
  text.value = said;
  form.requestSubmit();
})();
