"""What stands at the top of every page: the menu with its counts, the handbook, and the search."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from examgen.site.handbook import ROLES, START, read_page
from tests.site.conftest import Browser
from tests.site.sittings.conftest import AT, EXAM, FAULTY, built, exam, scored, unsat
from tests.sittings import table

__all__ = ["built", "exam", "unsat"]


@pytest.mark.parametrize("language", ["th", "en"])
def test_parts_and_links_of_the_handbook_are_there(workspace: Path, browser: Browser, language: Any) -> None:
    client = browser("grader", language=language)
    for name in (START, *ROLES):
        shown = read_page(name, language)
        assert shown.title
        links = re.findall('href="(.*?)"', shown.body)
        assert ".md" not in "".join(links)
        assert "<img" not in shown.body
        for where, _, anchor in (link.partition("#") for link in links if link.startswith("/handbook/")):
            assert not anchor or f'id="{anchor}"' in client.page(where), (where, anchor)
    assert client.get("/handbook/nobody/").status_code == 404


def test_a_search_finds_candidates_for_who_sees_the_list(exam: Path, browser: Browser) -> None:
    (exam / "sitting").mkdir(exist_ok=True)
    (exam / "sitting/roster.csv").write_text(
        "candidate_id,name,room\n0001,สมชาย ใจดี,101\n0002,สมหญิง งามตา,101\n", "utf-8"
    )
    page = browser("invigilator").page("/find/?q=สมชาย")
    assert f'<a href="{AT}/roster/1/">0001 สมชาย ใจดี</a>' in page
    assert "สมหญิง" not in page
    assert "สมหญิง งามตา" in browser("grader").page("/find/?q=๐๐๐๒")
    assert "ใจดี" not in browser("assembler").page("/find/?q=0001")
    assert "Nothing fits" in browser("assembler").page("/find/?q=zzzz")


def test_a_search_leads_to_no_page_that_is_not_there(exam: Path, browser: Browser) -> None:
    (exam / "sitting").mkdir(exist_ok=True)
    (exam / "sitting/roster.csv").write_text("candidate_id,name,room\n0001,สมชาย ใจดี,101\n", "utf-8")
    grader = browser("grader")
    assert f'href="{AT}/roster/1/"' in grader.page("/find/?q=0001"), "nothing was scored yet"
    scored(grader, FAULTY)
    [way] = re.findall(rf'<a href="({AT}/results/[^"]*)"', grader.page("/find/?q=0001"))
    assert "สมชาย ใจดี" in grader.page(way)


def test_a_search_finds_who_has_a_result_and_is_on_no_list(exam: Path, browser: Browser) -> None:
    grader = browser("grader")
    scored(grader, FAULTY)
    who = table(exam / "results/candidates.csv")[0]["candidate_id"]
    way = f"/exams/{EXAM}/results/candidate/?id={who}"
    assert f'<a href="{way}">' in grader.page(f"/find/?q={who}")
    assert way not in browser("assembler").page(f"/find/?q={who}")
