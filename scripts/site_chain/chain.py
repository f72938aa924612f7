"""The site, the people at it, and what was seen: what every step has at hand."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyotp
from playwright.sync_api import Browser, Page

from site_chain.hands import Hand, Keyboard, Mouse, Thing, pressed, taken
from site_chain.looking import ENGLISH, WIDTHS, Eyes

ROOT = Path(__file__).resolve().parents[2]
UNIT, LEVEL = "TOU-CBT-4-012ZB", "4"
PASSWORD = "เส้นทางเดินป่าสามสาย 2569"
PEOPLE = {
    "suda": ("สุดา รอบคอบ", "administrator"),
    "malee": ("มาลี ใจดี", "writer"),
    "wichai": ("วิชัย ทองดี", "reviewer"),
    "dara": ("ดารา แสงงาม", "reviewer"),
    "somchai": ("สมชาย วางแผน", "assembler"),
    "kamol": ("กมล ตรงเวลา", "invigilator"),
    "anong": ("อนงค์ ละเอียด", "grader"),
    "nipa": ("นิภา เที่ยงตรง", "psychometrician"),
    "prasert": ("ประเสริฐ มั่นคง", "approver"),
    "arun": ("อรุณ สุขใจ", "auditor"),
}
"""User name → name and role of who takes part, in the order in which they come; "administrator" beside them,
who is alone until suda can sign in: she confirms every later role."""

Step = Callable[["Chain"], None]
STEPS: list[tuple[str, str, Step]] = []


def step(words: str) -> Callable[[Step], Step]:
    """A step of the chain, in the order of its files."""

    def add(function: Step) -> Step:
        STEPS.append((function.__name__, words, function))
        return function

    return add


class Skipped(Exception):
    """A step that has nothing to go on."""


class Chain:
    """The site, the people at it, and what was seen."""

    def __init__(self, out: Path, port: int, language: str, by_keys: bool, with_axe: bool) -> None:
        self.out, self.base, self.language = out, f"http://localhost:{port}", language
        self.workspace = out / "workspace"
        self.hand: Hand = Keyboard() if by_keys else Mouse()
        self.eyes = Eyes(with_axe)
        self.browser: Browser
        self.pages: dict[str, Page] = {}
        self.seen: list[dict[str, Any]] = []
        self.files: list[dict[str, Any]] = []
        self.step = ""
        self.ways = {"link": 0, "address": 0}
        self.link = ""
        """By which the first administrator chooses a password."""
        self._kept = out / "kept.json"
        self.kept: dict[str, Any] = {"secrets": {}, "used": {}, "exam": "", "n": 0, "asked_again": []}
        """What a later run with --from goes on with."""
        if self._kept.is_file():
            self.kept |= json.loads(self._kept.read_text("utf-8"))

    def keep(self) -> None:
        self._kept.write_text(json.dumps(self.kept, ensure_ascii=False, indent=1), "utf-8")

    @property
    def exam(self) -> str:
        if not self.kept["exam"]:
            raise Skipped("there is no exam")
        return str(self.kept["exam"])

    # -- who is at which browser

    def person(self, name: str) -> Page:
        """The browser of somebody, who signs in at first, with a code where the account asks for one."""
        if name not in self.pages:
            page = self.window(name)
            page.goto(f"{self.base}/accounts/login/")
            self.hand.write(page, "input[name=login]", name)
            self.hand.write(page, "input[name=password]", PASSWORD)
            pressed(self.hand, page, "form:has(input[name=login]) button[type=submit]:not(#passkey_login)")
            for _ in range(2 if "/2fa/authenticate/" in page.url else 0):
                self.hand.write(page, "input[name=code]", self.code(name))
                pressed(self.hand, page, "form:has(input[name=code]) button[type=submit]")
                if "/authenticate/" not in page.url:
                    break  # else it came too late, on a busy machine
            assert "/login/" not in page.url, page.inner_text("main")[:300]
            assert "/authenticate/" not in page.url, page.inner_text("main")[:300]
            self.pages[name] = page
        return self.pages[name]

    def code(self, name: str) -> str:
        """What somebody's app shows; the next one where this one was used, or soon holds no more."""
        made = pyotp.TOTP(self.kept["secrets"][name])
        while (now := int(time.time()) // 30) == self.kept["used"].get(name) or time.time() % 30 > 18:
            time.sleep(0.5)
        self.kept["used"][name] = now
        return made.at(now * 30)

    def give_code(self, page: Page, name: str, button: Thing) -> None:
        """Writes what somebody's app shows; once more where that came too late, on a busy machine."""
        for _ in range(3):
            self.hand.write(page, "input[name=code]", self.code(name))
            self.pressed(page, button)
            if not page.locator("input[name=code]").count():
                return
        raise AssertionError(page.inner_text("main")[:300])

    def window(self, name: str) -> Page:
        """A browser of its own, whose console is listened to."""
        context = self.browser.new_context(
            viewport={"width": WIDTHS[0], "height": 900}, locale="th-TH", accept_downloads=True
        )
        context.add_cookies([{"name": "language", "value": self.language, "url": self.base}])
        context.set_default_timeout(90_000)
        page = context.new_page()
        page.on("console", lambda said: self.heard(name, page, said.type, said.text))
        page.on("pageerror", lambda error: self.heard(name, page, "error", str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        page.on("response", lambda answer: self.answered(name, page, answer))
        return page

    def heard(self, name: str, page: Page, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "status of 4" not in text:
            path = urlsplit(page.url).path
            self.seen.append({"step": self.step, "page": path, "by": name, "console": text[:300]})

    def answered(self, name: str, page: Page, answer: Any) -> None:
        """Of what a page asks for by itself nothing is refused, but 422: what was written is at fault."""
        if answer.status >= 400 and answer.status != 422 and not answer.request.is_navigation_request():
            self.heard(name, page, "error", f"{answer.status} for {answer.url}")

    # -- going about

    def go(self, page: Page, path: str) -> None:
        """Opens a page: by the keyboard along a link where this page has one, else by its address."""
        if isinstance(self.hand, Keyboard) and urlsplit(page.url).path != path:
            link = page.locator(f'a[href="{path}"]:visible')
            if link.count():
                self.ways["link"] += 1
                with page.expect_navigation() as going:
                    self.hand.press(page, link)
                self._came(page, path, going.value)
                return
        self.ways["address"] += 1
        self._came(page, path, page.goto(self.base + path))

    def _came(self, page: Page, path: str, answer: Any) -> None:
        if answer is not None and answer.status >= 400:
            said = page.locator("main").inner_text()[:300]
            raise AssertionError(f"{path}: status {answer.status}: {said}")

    def at(self, place: str) -> str:
        """The address of a page of the exam."""
        return f"/exams/{self.exam}/{place}"

    def pressed(self, page: Page, what: Thing) -> None:
        """Presses what leads to another page; where that asks who one is first, says so."""
        pressed(self.hand, page, what)
        if "/reauthenticate/" in page.url:
            name = next(each for each, own in self.pages.items() if own is page)
            if name not in self.kept["asked_again"]:
                self.kept["asked_again"].append(name)
                if len(self.kept["asked_again"]) == 1:
                    self.shot(page, "asked-again")
            self.hand.write(page, "input[name=password]", PASSWORD)
            pressed(self.hand, page, "form:has(input[name=password]) button[type=submit]")
            assert "/reauthenticate/" not in page.url, page.inner_text("main")[:300]

    def send(self, page: Page, what: Thing) -> None:
        """Presses a button that leads to another page, on which nothing is at fault."""
        self.pressed(page, what)
        wrong = page.locator(".faulty .faults li, [role=alert] li, main .note.error")
        if wrong.count():
            raise AssertionError(f"{page.url}: {' | '.join(wrong.all_inner_texts())[:600]}")

    def job(self, page: Page, refused_is_right: bool = False, shot: str = "") -> str:
        """Waits for the work that was asked for; what its page says then."""
        page.wait_for_selector("#job")
        if shot:
            self.shot(page, shot)
        page.wait_for_selector("#job .note", timeout=900_000)
        said = page.inner_text("#job .note")
        if page.locator("#job .note.error").count() and not refused_is_right:
            raise AssertionError(page.inner_text("#job"))
        return said

    def take(self, page: Page, what: Thing, begins: bytes) -> Path:
        """Downloads a file, which begins with these bytes."""
        coming = taken(self.hand, page, what)
        path = self.out / "files" / f"{len(self.files):02d}-{coming.suggested_filename}"
        coming.save_as(path)
        data = path.read_bytes()
        self.files.append({"step": self.step, "name": coming.suggested_filename, "bytes": len(data), "first": repr(data[:12])})  # fmt: skip # noqa: E501
        assert data.startswith(begins), f"{coming.suggested_filename} begins with {data[:20]!r}"
        return path

    # -- what is seen

    def shot(self, page: Page, name: str, wait: int = 250) -> None:
        """Pictures of a page at each width, and what is wrong on it."""
        self.kept["n"] += 1
        label = f"{self.kept['n']:03d}-{name}"
        by = next((each for each, own in self.pages.items() if own is page), "")
        where = urlsplit(page.url)
        found: dict[str, Any] = {"step": self.step, "name": label, "page": where.path, "by": by, "title": page.title()}  # fmt: skip # noqa: E501
        found["query"] = where.query
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            shown = [one for one in page.locator("iframe").all() if one.is_visible()]
            for number, frame in enumerate(shown, 1):  # drawn only where it is in sight
                frame.scroll_into_view_if_needed()
                page.wait_for_timeout(wait)
                frame.screenshot(path=self.out / f"{label}-frame{number}-{width}.png", caret="initial")
            page.evaluate("scrollTo(0, 0)")
            page.wait_for_timeout(wait)
            page.screenshot(path=self.out / f"{label}-{width}.png", full_page=True, caret="initial")
            self.eyes.look(page, found, width)
            if isinstance(self.hand, Keyboard) and (faults := self.hand.walk(page)):
                found.setdefault("focus", []).extend(f"{width}: {one}" for one in faults)
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        if self.language == "th":
            found["english"] = page.evaluate(ENGLISH)
        self.seen.append(found)


def links(page: Page, within: str) -> list[str]:
    """Paths of the links below an address, in order, each once."""
    found: list[str] = page.eval_on_selector_all("main a[href]", "all => all.map((a) => a.pathname)")
    return list(dict.fromkeys(one for one in found if re.match(within, one)))
