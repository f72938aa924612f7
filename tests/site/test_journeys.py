"""Six journeys in a real browser: each person signs in, finds on the first page what is next, and does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.utils import timezone

from examgen.core.exam.releases import all_releases
from tests.browser import PROGRAM, Browser, Tab
from tests.browser import browser as chromium
from tests.rated import rated_package
from tests.site.conftest import PASSWORD, Client, Make
from tests.site.sittings.conftest import (
    EXAM,
    FAULTY,
    PLAIN,
    UNIT,
    built,
    exam,
    scored,
    served,
    stated,
    unsat,
)
from tests.site.sittings.test_assessing import files

__all__ = ["built", "exam", "unsat"]
pytestmark = pytest.mark.skipif(not PROGRAM, reason="no Chromium: `scripts/ensure-system` installs Debian's")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all of them."""
    with chromium(tmp_path_factory.mktemp("journeys") / "browser") as one:
        yield one


@contextmanager
def at_the_site(window: Browser, username: str = "", phone: bool = False) -> Iterator[Tab]:
    """A page of somebody who has signed in by the form, or of anybody; no page of theirs has a fault."""
    client = Client()
    client.cookies["language"] = "en"
    with served(client) as line:
        tab = window.open(
            line.address + ("/" if username else "/verify/"), *((390, 844, True) if phone else ())
        )
        if username:
            tab.write("input[name=login]", username)
            tab.write("input[name=password]", PASSWORD)
            tab.press("Sign In")
            assert "Hello" in tab.run("document.querySelector('h1').innerText")
        yield tab
        assert tab.told == []
        assert tab.run("document.documentElement.scrollWidth <= innerWidth"), "nothing is out of the window"


def words(tab: Tab) -> str:
    """What the page says."""
    return str(tab.run("document.querySelector('main').innerText"))


def test_a_coordinator_gets_the_papers_of_a_messy_list(
    site: Path, person: Make, window: Browser, tmp_path: Path
) -> None:
    person("assembler", "T-1", "coordinator")
    listed = tmp_path / "list.csv"
    listed.write_text("candidate number,name,room\n1001,สมชาย,1\n1001,สมหญิง,1\n1003,สมศักดิ์,2\n", "utf-8")
    with at_the_site(window, "coordinator") as tab:
        tab.press("Next: set day and candidates")
        day = timezone.localdate() + timedelta(days=14)
        tab.write("input[name=day]", day.isoformat())
        tab.give("input[name=file]", listed)
        tab.press("Send the list")
        here = "document.activeElement.getBoundingClientRect()"
        # The browser gives the focus when it draws, which may be after the page is whole.
        tab.wait("document.activeElement.name === 'cell:2:0'")
        assert tab.run(f"{here}.top >= 0 && {here}.bottom <= innerHeight && {here}.right <= innerWidth")
        tab.write("input[name='cell:3:0']", "1002")
        tab.press("Check again")
        assert "3 candidates, no errors" in words(tab)
        tab.press("Keep, and go on to printing")
        tab.press("Print the papers")
        assert "files are printed" in words(tab)
        tab.press("Download everything", leaves=False)
        with ZipFile(BytesIO(window.downloaded(f"{EXAM}.zip"))) as taken:
            assert {name.partition("/")[0] for name in taken.namelist() if "/" in name} >= {"1", "2"}
        tab.press("Home")
        assert f"Next: download the papers for the sitting on {day.day} " in words(tab)
        assert "say that it was sat" not in words(tab)


def test_a_grader_scores_answers_and_decides_on_what_was_set_aside(
    exam: Path, person: Make, window: Browser, tmp_path: Path
) -> None:
    person("grader", UNIT, "grader")
    given = tmp_path / "north.csv"
    given.write_bytes(FAULTY)
    with at_the_site(window, "grader") as tab:
        tab.press("All exams")
        tab.press("A trial")
        tab.press("Answers")
        tab.give("input[name=given]", given)
        tab.press("Upload")
        tab.press("Score the answers")
        tab.press("Decide 3 rows")
        for n in range(3):
            tab.press("north.csv, line" if n == 0 else "Do not use this row", leaves=n == 0)
            if n == 0:
                tab.press("Do not use this row", leaves=False)
            tab.write("input[name=reason]", "empty sheet")
            tab.press("Record the decision")
        assert "all rows are decided" in words(tab)
        tab.press("Score again with the decisions")
        assert "run 2" in words(tab)
        tab.press("Home")
        assert "run 2 waits for an approver to release it" in words(tab)


def test_an_approver_releases_on_a_phone(exam: Path, person: Make, window: Browser, browser: object) -> None:
    signs = browser("grader", UNIT)  # type: ignore[operator]
    scored(signs, PLAIN)
    person("approver", UNIT, "approver")
    with at_the_site(window, "approver", phone=True) as tab:
        tab.press("run 1 to release")
        assert "A release cannot be withdrawn" in words(tab)
        tab.write("input[name=reason]", "complete")
        tab.write("input[name=minutes]", "8/2569")
        if tab.run("Boolean(document.querySelector('input[name=open_looks]'))"):
            tab.write("input[name=open_looks]", "the committee looks later")
        tab.press("Release run 1")
        assert [one.run for one in all_releases(exam / "results")] == [1]
        tab.press("Menu", leaves=False)
        tab.press("Home")
        assert "Next: make the reports" in words(tab)


def test_a_writer_sends_an_item_and_a_reviewer_approves_it(site: Path, person: Make, window: Browser) -> None:
    person("writer", UNIT, "writer")
    person("reviewer", UNIT, "reviewer")
    with at_the_site(window, "writer") as tab:
        assert "Nothing waits for you. You can begin here:" in words(tab)
        tab.press("write an item")
        tab.press(UNIT)
        tab.press("Write a new item")
        for name, value in (("pcs", "E1.01"), ("cognitive", "apply")):
            tab.run(f"document.getElementById('f-{name}').value = '{value}'")
        tab.click("#f-levels input")
        tab.write("#f-stem", "ช่างต้องทำสิ่งใดก่อนเปลี่ยนเต้ารับที่ชำรุดในห้องพัก")
        tab.click("[name=key][value=a]")
        for name, option in zip(
            "abcd", ("ตัดไฟที่แผงควบคุม", "ถอดฝาครอบเต้ารับ", "เตรียมเต้ารับใหม่", "แจ้งผู้พักให้ออกจากห้อง"), strict=True
        ):
            tab.write(f"[name='options.{name}']", option)
            tab.write(f"[name='rationale.{name}']", "ตามลำดับงานในมาตรฐานอาชีพ")
        tab.write("#f-reference", "มาตรฐานอาชีพ หน้า 12")
        tab.press("Send for review")
        sent = words(tab)
    with at_the_site(window, "reviewer") as tab:
        assert "1 item to review" in words(tab), sent
        tab.press("1 item to review")
        tab.press("Approve")
        assert "approved" in words(tab).casefold()


def test_an_assessor_rates_and_gives_the_points(
    tmp_path: Path, settings: object, person: Make, window: Browser
) -> None:
    from tests.site.conftest import point

    folder = tmp_path / "workspace"
    (folder / "item_bank").mkdir(parents=True)
    (folder / "output").mkdir()
    point(settings, folder)
    rated = rated_package(folder / "output" / EXAM)
    stated(person)
    (rated / "sitting").mkdir(mode=0o700, exist_ok=True)
    (rated / "sitting/roster.csv").write_text("candidate_id,name,room,form\n0001,สมชาย,1,A\n", "utf-8")
    person("assessor", UNIT, "assessor")
    with at_the_site(window, "assessor", phone=True) as tab:
        tab.press("1 candidate waits for your ratings")
        tab.press("0001")
        for n in (1, 2, 3):
            tab.click(f"#task-{n} .anchors label")
        tab.wait("document.getElementById('kept').textContent.includes('All is saved')")
        tab.press("Done", leaves=False)
        tab.press("Give the points")
        assert "your ratings of 0001 are given" in words(tab)
        assert files(rated) == ["assessor-0001.csv"]


def test_anybody_asks_whether_a_certificate_holds(site: Path, window: Browser) -> None:
    with at_the_site(window) as tab:
        tab.write("#verify textarea, #verify input[type=text]", "2569-0001")
        tab.press("Verify")
        assert "Nothing is confirmed" in words(tab)
        tab.press("ไทย")
        assert tab.run("document.documentElement.lang") == "th"
