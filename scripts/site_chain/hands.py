"""Hands at a page: a mouse, or the keyboard alone.

The keyboard gets to each thing by Tab, from wherever the focus is, and fails where it never comes. What is
wrong with the focus on the way is put down: it is not seen (an outline of two pixels, nothing over it,
within the window), or Tab goes back up the page to the left of where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Download, ElementHandle, Locator, Page, TimeoutError

Thing = str | Locator
"""What is to be had: a selector, of which the first counts, or a locator."""


def one(page: Page, what: Thing) -> Locator:
    return page.locator(what).first if isinstance(what, str) else what.first


def folded(wanted: Locator) -> ElementHandle | None:
    """The line to press where a thing is folded: that of the outermost part that is closed."""
    return wanted.evaluate_handle(_FOLDED).as_element()


_FOLDED = """(wanted) => {
  let outermost = null;
  for (let at = wanted.parentElement.closest("details"); at; at = at.parentElement.closest("details")) {
    const summary = at.querySelector(":scope > summary");
    if (!at.open && !summary.contains(wanted)) outermost = summary;
  }
  return outermost;
}"""


class Hand(Protocol):
    """What people do with a thing on a page."""

    def press(self, page: Page, what: Thing) -> None: ...
    def write(self, page: Page, what: Thing, text: str) -> None: ...
    def pick(self, page: Page, what: Thing, value: str) -> None: ...
    def tick(self, page: Page, what: Thing) -> None: ...
    def give(self, page: Page, what: Thing, *files: Path) -> None: ...


class Mouse:
    """Clicks; texts set as a whole."""

    def _had(self, page: Page, what: Thing) -> Locator:
        """The thing, once what it is folded in is open."""
        wanted = one(page, what)
        while summary := folded(wanted):
            summary.click()
        return wanted

    def press(self, page: Page, what: Thing) -> None:
        wanted = self._had(page, what)
        wanted.scroll_into_view_if_needed()
        _settled(page)
        wanted.click()

    def write(self, page: Page, what: Thing, text: str) -> None:
        self._had(page, what).fill(text)

    def pick(self, page: Page, what: Thing, value: str) -> None:
        self._had(page, what).select_option(value)

    def tick(self, page: Page, what: Thing) -> None:
        self._had(page, what).check()

    def give(self, page: Page, what: Thing, *files: Path) -> None:
        self._had(page, what).set_input_files([*files])


def _settled(page: Page) -> None:
    """Waits until a page with a frame was drawn where it was scrolled to: before, Chromium gives a click or a
    key to the frame (one click of six was lost so), sooner than any hand could."""
    if page.locator("iframe").count():
        page.evaluate(_DRAWN)


_DRAWN = """new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100))))"""
MOST_TABS = 600


class Keyboard:
    """Tab, Enter, Space, arrows, letters; `faults` has what is wrong with the focus on the way."""

    def __init__(self) -> None:
        self.faults: list[dict[str, str]] = []
        self.stops = 0
        self.again: list[str] = []
        """Pages on which a key brought no file chooser and was pressed again."""
        self._enter = False

    def reach(self, page: Page, what: Thing, group: bool = False) -> None:
        """Tab until it has the focus, or with `group` another radio button of its name has."""
        wanted = one(page, what)
        wanted.wait_for(state="attached")
        while summary := folded(wanted):
            self._tab(page, summary, "what it is folded in")
            page.keyboard.press("Enter")
        self._tab(page, wanted.element_handle(), str(what), group)

    def _tab(self, page: Page, handle: ElementHandle, said: str, group: bool = False) -> None:
        is_there = page.evaluate(_IS_THERE, [handle, group])
        for _ in range(MOST_TABS):
            if is_there:
                break
            page.keyboard.press("Tab")
            self.stops += 1
            is_there, fault = page.evaluate(_STEP_TO, [handle, group])
            if fault:
                self._fault(page, fault)
        else:
            raise AssertionError(f"{said} is not reached by Tab on {page.url}")
        if fault := page.evaluate(_SEEN):
            self._fault(page, fault)
        _settled(page)

    def _fault(self, page: Page, fault: str) -> None:
        found = {"url": page.url.split("/", 3)[3], "fault": fault}
        if found not in self.faults:
            self.faults.append(found)

    def press(self, page: Page, what: Thing) -> None:
        self.reach(page, what)
        is_link = page.evaluate("document.activeElement.tagName === 'A'")
        self._enter = is_link or not self._enter  # buttons by Enter and by Space in turns
        page.keyboard.press("Enter" if self._enter else "Space")

    def write(self, page: Page, what: Thing, text: str) -> None:
        self.reach(page, what)
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(text) if text else page.keyboard.press("Delete")

    def pick(self, page: Page, what: Thing, value: str) -> None:
        self.reach(page, what)
        page.keyboard.press("Home")
        for _ in range(500):
            if one(page, what).input_value() == value:
                return
            page.keyboard.press("ArrowDown")
        raise AssertionError(f"{value} is not among {what} on {page.url}")

    def tick(self, page: Page, what: Thing) -> None:
        wanted = one(page, what)
        if wanted.is_checked():
            return
        is_radio = wanted.get_attribute("type") == "radio"
        self.reach(page, what, group=is_radio)
        handle = wanted.element_handle()
        for _ in range(100 if is_radio else 0):
            if page.evaluate(_IS_THERE, [handle, False]):
                break
            page.keyboard.press("ArrowDown")
        if not wanted.is_checked():
            page.keyboard.press("Space")
        assert wanted.is_checked(), f"{what} is not chosen by the keyboard"

    def give(self, page: Page, what: Thing, *files: Path) -> None:
        for most in (10_000, 10_000, 90_000):  # what a busy browser does not open is asked again, and told
            self.reach(page, what)
            try:
                with page.expect_file_chooser(timeout=most) as asked:
                    page.keyboard.press("Space")
            except TimeoutError:
                self.again.append(page.url)
                continue
            asked.value.set_files([*files])
            return
        raise AssertionError(f"no file is asked for by {what} on {page.url}")

    def walk(self, page: Page, most: int = 250) -> list[str]:
        """What is wrong with the focus on the way through a page from its top; ends where it comes round."""
        page.evaluate(_FROM_THE_TOP)
        found: dict[str, None] = {}
        for _ in range(most):
            page.keyboard.press("Tab")
            self.stops += 1
            faults = page.evaluate(_NEXT)
            if faults is None:
                break
            found |= dict.fromkeys(faults)
        page.evaluate(_FROM_THE_TOP)
        return [*found]


def taken(hand: Hand, page: Page, what: Thing) -> Download:
    """A file that is handed out where that is pressed."""
    with page.expect_download() as coming:
        hand.press(page, what)
    return coming.value


def pressed(hand: Hand, page: Page, what: Thing) -> None:
    """Presses what leads to another page."""
    with page.expect_navigation():
        hand.press(page, what)


def all_of(page: Page, selector: str) -> Sequence[Locator]:
    return page.locator(selector).all()


_IS_THERE = """([wanted, group]) => {
  const here = document.activeElement;
  if (here === wanted) return true;
  return group && here.type === "radio" && here.name === wanted.name && here.form === wanted.form;
}"""
_STEP = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) { window.chainBefore = null; return ""; }
  const box = here.getBoundingClientRect();
  const now = {here, top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left, right: box.right};
  const before = window.chainBefore;
  window.chainBefore = now;
  if (here.tabIndex > 0) return `tabindex ${here.tabIndex}: ${here.outerHTML.slice(0, 140)}`;
  if (!before || !before.here.isConnected || before.here === here) return "";
  const follows = before.here.compareDocumentPosition(here) & Node.DOCUMENT_POSITION_FOLLOWING;
  const isUp = now.bottom <= before.top + 1, isRight = now.left >= before.right - 8;
  if (!follows || !isUp || isRight) return "";
  return `Tab jumps back up: from ${before.here.outerHTML.slice(0, 110)} to ${here.outerHTML.slice(0, 110)}`;
}"""
"""What is wrong with the way from where the focus was to where it is."""
_SEEN = """() => {
  const here = document.activeElement, style = getComputedStyle(here), box = here.getBoundingClientRect();
  const said = here.outerHTML.slice(0, 140);
  if (here.tagName === "IFRAME") return "";
  if (!here.matches(":focus-visible")) return `no :focus-visible: ${said}`;
  const isThin = style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2;
  if (isThin) return `outline ${style.outline}: ${said}`;
  const isIn = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  if (!isIn) return `outside the window: ${said}`;
  const middle = (low, high, most) => (Math.max(low, 0) + Math.min(high, most - 1)) / 2;
  const over = document.elementFromPoint(
    middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight));
  if (!over || here.contains(over) || over.contains(here)) return "";
  return `${over.outerHTML.slice(0, 60)} lies over ${said}`;
}"""
"""What is wrong with how the focus is seen."""
_STEP_TO = f"""(asked) => {{
  const fault = ({_STEP})();
  return [({_IS_THERE})(asked), fault];
}}"""
"""Whether the focus is there, and what is wrong with the way to it."""
_FROM_THE_TOP = """() => {
  document.activeElement.blur(); scrollTo(0, 0); window.chainBefore = window.chainFirst = null;
}"""
_NEXT = f"""() => {{
  const here = document.activeElement;
  if (here === document.body || here === window.chainFirst) return null;
  window.chainFirst = window.chainFirst || here;
  return [({_STEP})(), ({_SEEN})()].filter((fault) => fault);
}}"""
"""What is wrong with one more stop of Tab; nothing where the page was left or came round."""
