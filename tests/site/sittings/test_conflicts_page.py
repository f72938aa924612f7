"""The page of conflicts of interest: what the command tells, with the record of the site beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.test import Client

from examgen.scoring.sitting_folder import sitting_of
from examgen.site.accounts.roles import Role
from examgen.site.audit.record import record
from examgen.sitting.taking import take, understood
from tests.site.conftest import Browser, Make
from tests.site.sittings.conftest import EXAM, UNIT

PAGE = f"/exams/{EXAM}/conflicts/"


@pytest.fixture
def planned(exam: Path, tmp_path: Path) -> Path:
    """The sitting with an invigilator who trained one of the candidates, and rows that somebody gave."""
    plan = {
        "date": "2026-11-20",
        "centres": [{"name": "ศูนย์ 1", "rooms": [{"name": "301", "invigilators": ["สมศรี ใจดี"]}]}],
    }
    (tmp_path / "sitting.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), "utf-8")
    rows = ["candidate_id,name,centre,room,trainer", "0001,ก,ศูนย์ 1,301,นางสมศรี ใจดี", "0002,ข,ศูนย์ 1,301,"]
    (tmp_path / "list.csv").write_text("\n".join(rows), "utf-8")
    place = sitting_of(exam)
    for name in ("sitting.yaml", "list.csv"):
        take(place, [understood(place, tmp_path / name)], "clerk")
    return exam


@pytest.mark.parametrize("role", ["approver", "auditor", "administrator"])
def test_who_may_read_reads_what_is_broken_and_who_had_a_part(
    planned: Path, browser: Browser, role: str, person: Make
) -> None:
    who = person("somchai", Role.GRADER)
    record(who, "exam.build", EXAM)
    record(who, "score.ask", EXAM)
    page = browser(role, "" if role != "approver" else UNIT).get(PAGE)
    assert page.status_code == 200
    text = page.content.decode()
    assert "0001" in text
    assert "sitting.yaml, line " in text
    assert who.signature in text
    assert "0002" not in text


@pytest.mark.parametrize("role", ["grader", "invigilator", "psychometrician", "assembler", "assessor"])
def test_nobody_else_reads_it(planned: Path, browser: Browser, role: str) -> None:
    assert browser(role, UNIT).get(PAGE).status_code == 403


def test_the_page_writes_nothing(planned: Path, browser: Browser) -> None:
    assert browser("approver", UNIT).post(PAGE).status_code in (403, 405)


def test_an_administrator_finds_the_page(planned: Path, browser: Browser) -> None:
    client: Client = browser("administrator")
    assert PAGE in client.get("/people/").content.decode()
