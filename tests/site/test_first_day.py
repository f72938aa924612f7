"""The first day in a real browser, with every press of the mouse counted: each story in as few as it needs.

A press is one on a link, button, box or summary, or a file that is chosen; typing is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from examgen.core.exam.releases import all_releases
from examgen.site.accounts.sessions import link_for
from tests.browser import PROGRAM, Browser, Tab
from tests.browser import browser as chromium
from tests.site.accounts.test_door import code_of
from tests.site.conftest import PASSWORD, Client, Make
from tests.site.sittings.conftest import FAULTY, UNIT, built, exam, served, unsat

__all__ = ["built", "exam", "unsat"]
pytestmark = pytest.mark.skipif(not PROGRAM, reason="no Chromium: `scripts/ensure-system` installs Debian's")


class Counted:
    """The page of a new user, from the link of the administrator on."""

    def __init__(self, tab: Tab, client: Client) -> None:
        self.tab, self.client, self.presses = tab, client, list[str]()

    def press(self, words: str, **more: Any) -> None:
        self.presses.append(words)
        self.tab.press(words, **more)

    def give(self, selector: str, *paths: Path) -> None:
        self.presses.append(f"choose {[one.name for one in paths]}")
        self.tab.give(selector, *paths)

    def tick(self, selector: str) -> None:
        self.presses.append(selector)
        self.tab.click(selector)

    def says(self, words: str) -> None:
        """Waits for a page that says so: one that a job leads to comes by itself."""
        found = f"(document.querySelector('main')?.innerText ?? '').includes({words!r})"
        self.tab.wait(f"document.readyState === 'complete' && {found}", 120.0)

    def sign_up(self) -> None:
        for name in ("password1", "password2"):
            self.tab.write(f"input[name={name}]", PASSWORD)
        self.press("Set Password")
        self.tab.write("input[name=code]", code_of(self.client.session["mfa.totp.secret"]))
        self.press("Activate")
        self.press("I have saved my recovery codes")
        self.says("Hello")


@pytest.fixture
def begin(tmp_path: Path, settings: Any) -> Iterator[Callable[..., Any]]:
    """`begin(user)`: a user with a link to choose a password, at the page that it opens."""
    settings.SITE = settings.SITE._replace(is_demo=False)
    with chromium(tmp_path / "browser") as window:
        yield lambda user: _begun(window, user)


@contextmanager
def _begun(window: Browser, user: Any) -> Iterator[Counted]:
    client = Client()
    client.cookies["language"] = "en"
    with served(client) as line:
        line.is_late = True
        tab = window.open(line.address + link_for(user))
        yield Counted(tab, client)
        assert tab.told == []


def test_a_coordinator_prints_the_papers_of_a_messy_list(
    site: Path, person: Make, begin: Callable[..., Any], tmp_path: Path
) -> None:
    listed = tmp_path / "list.csv"
    rows = "1001,สมชาย,1,\n1002,สมหญิง,1,ขอตัวอักษรใหญ่\n1003,สมศักดิ์,2,\n1002,สมหญิ่ง,2,\n"
    listed.write_text(f"รายชื่อผู้เข้าสอบ\n\nเลขประจำตัวผู้สมัคร,ชื่อ-สกุล,ห้องสอบ,หมายเหตุ\n{rows}", "utf-8")
    with begin(person("assembler", "T-1", "nok")) as one:
        one.sign_up()
        one.press("say what an exam asks")
        one.press("Write a first one")
        one.press("Build the exam")
        one.says("Candidate list")
        one.tab.write("input[name=day]", (timezone.localdate() + timedelta(days=14)).isoformat())
        one.give("input[name=file]", listed)
        one.press("Send the list")
        one.tick("input[name=remove][value='7']")
        one.press("Check again")
        one.press("Give what this remark asks for")
        one.press("Print the papers")
        one.says("files are printed")
        one.press("Download everything", leaves=False)
        assert len(one.presses) == 13, one.presses


def test_answers_with_faulty_rows_are_released(
    exam: Path, person: Make, begin: Callable[..., Any], tmp_path: Path
) -> None:
    given = tmp_path / "north.csv"
    given.write_bytes(FAULTY)
    (exam / "exam.yaml").write_text((exam / "exam.yaml").read_text("utf-8") + "\nprinting: {}\n", "utf-8")
    with begin(person("grader", UNIT, "krit")) as one:
        one.sign_up()
        one.presses.clear()
        one.press("Next: take in the answers")
        one.give("input[name=given]", given)
        one.press("Take in and score")
        one.says("Decide 3 rows")
        one.press("Decide 3 rows")
        one.press("north.csv, line")
        for n in range(3):
            one.press("Do not use this row", leaves=False)
            one.tab.write("input[name=reason]", "empty sheet")
            one.press("Record the decision")
            one.says("decided" if n == 2 else "Record the decision")
        one.press("Score again with the decisions")
        one.says("Run 2")
        n_presses = one.presses
    with begin(person("approver", UNIT, "ploy")) as one:
        one.sign_up()
        one.presses.clear()
        one.press("run 2 to release")
        one.tab.write("input[name=reason]", "complete")
        one.tab.write("input[name=minutes]", "8/2569")
        if one.tab.run("Boolean(document.querySelector('input[name=open_looks]'))"):
            one.tab.write("input[name=open_looks]", "the committee looks later")
        one.press("Release run 2")
        one.says("is released")
        n_presses = [*n_presses, *one.presses]
    assert [one.run for one in all_releases(exam / "results")] == [2]
    assert len(n_presses) == 14, n_presses
