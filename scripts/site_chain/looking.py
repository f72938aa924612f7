"""What is seen on a page: what axe-core says, what stands over the edge of the window, English words."""

from __future__ import annotations

from collections import Counter
from typing import Any

from playwright.sync_api import Page

WIDTHS = (1280, 390)
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "iframes": False,  # what a frame shows is asked by itself
}
RULES_OF_FRAMES = {**RULES, "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
"""What stands in a frame is a part of the page, which has the landmarks and the heading."""


class Eyes:
    """What looks at pages: axe-core, if it was asked for, and the window."""

    def __init__(self, with_axe: bool) -> None:
        self.axe: Any = None
        if with_axe:
            from axe_playwright_python.sync_playwright import Axe

            self.axe = Axe()

    def look(self, page: Page, found: dict[str, Any], width: int) -> None:
        """What is wrong at that width."""
        if wide := page.evaluate(TOO_WIDE):
            found[f"wide-{width}"] = wide
        if self.axe is None:
            return
        self._ask(page, found, width, RULES)
        for element in page.locator("iframe").element_handles():
            frame, box = element.content_frame(), element.bounding_box()
            if frame is None or box is None or frame.url == "about:blank":
                continue
            found["frames"] = found.get("frames", 0) + 1
            if "allow-scripts" in (element.get_attribute("sandbox") or ""):
                self._ask(frame, found, width, RULES_OF_FRAMES)
                continue
            copy = page.context.new_page()  # where no script runs, axe does not end
            copy.set_viewport_size({"width": round(box["width"]), "height": round(box["height"])})
            copy.set_content(frame.content())
            self._ask(copy, found, width, RULES_OF_FRAMES)
            copy.close()

    def _ask(self, document: Any, found: dict[str, Any], width: int, rules: dict[str, Any]) -> None:
        for violation in self.axe.run(document, options=rules).response["violations"]:
            nodes = [f"{node['target']} {node['html'][:160]}" for node in violation["nodes"]]
            found.setdefault("axe", []).append({"rule": violation["id"], "width": width, "nodes": nodes})


ENGLISH = """() => {
  const APART = "code, pre, [lang=en], textarea, script, noscript, option, .code, .text td + td";
  const found = new Set();
  const main = document.querySelector("main") || document.body;
  const walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const holder = walk.currentNode.parentElement;
    if (!holder || holder.closest(APART)) continue;
    const text = walk.currentNode.textContent.trim();
    if (/[A-Za-z]{3,}[ ]+[a-z]{2,}/.test(text)) found.add(text.slice(0, 160));
  }
  return [...found];
}"""
"""Sentences of Latin letters on a page; what a unit document says, line by line, is its own."""
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return null;
  return [...document.querySelectorAll("main *, header *")]
    .filter((one) => one.getBoundingClientRect().right > width + 1)
    .filter((one) => !one.closest(".scroll, .preview-place, pre"))
    .slice(0, 4).map((one) => one.outerHTML.slice(0, 140));
}"""
"""What stands over the right edge of the window."""

COLUMNS = ("pages", "frames", "axe", "too wide", "CSP", "console", "English", "focus")


def counts(seen: list[dict[str, Any]], step: str) -> Counter[str]:
    """What was seen in a step, by the columns of the table."""
    found: Counter[str] = Counter()
    for one in (each for each in seen if each.get("step") == step):
        found["pages"] += "name" in one
        found["frames"] += one.get("frames", 0)
        found["axe"] += len({(v["rule"], node) for v in one.get("axe", ()) for node in v["nodes"]})
        found["too wide"] += any(f"wide-{width}" in one for width in WIDTHS)
        found["CSP"] += "Content Security Policy" in one.get("console", "")
        found["console"] += "console" in one and "Content Security Policy" not in one["console"]
        found["English"] += len(one.get("english", ()))
        found["focus"] += len(one.get("focus", ()))
    return found


def table(seen: list[dict[str, Any]], steps: list[tuple[str, str, str]]) -> str:
    """A line for each step: how it went, and what was seen on its pages; their sum below."""
    width = max(len(name) for name, _, _ in steps)
    lines = [f"{'step':<{width}}  {'':<7}  " + "  ".join(COLUMNS) + "  seconds"]
    sums: Counter[str] = Counter()
    for name, state, seconds in steps:
        found = counts(seen, name)
        sums += found
        cells = "  ".join(f"{found[one]:>{len(one)}}" for one in COLUMNS)
        lines.append(f"{name:<{width}}  {state:<7}  {cells}  {seconds:>7}")
    cells = "  ".join(f"{sums[one]:>{len(one)}}" for one in COLUMNS)
    return "\n".join([*lines, f"{'all':<{width}}  {'':<7}  {cells}"])
