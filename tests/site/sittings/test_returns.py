"""What happened at the centres: lists that come back, incidents that are entered, who may see what of them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from examgen.capture.centre_returns import CentreReturns
from examgen.core.exam.package import read_package
from examgen.papers.centre_forms.workbook import HEAD_ROW
from examgen.scoring.sitting_events import events_of
from examgen.scoring.sitting_folder import sitting_of
from examgen.site.audit.models import Entry
from examgen.sitting.roster import people
from tests.site.conftest import Browser, Client
from tests.site.sittings.conftest import AT, UNIT, file

PAGE = f"{AT}/returns/"
LIST = "candidate_id,name,room,seat\n0001,<b>ก,301,1\n0002,ข,301,2\n0003,ค,302,1\n".encode()
PLAN = """date: 2026-11-18
begins: "09:00"
ends: "11:00"
centres:
  - {name: ศูนย์ 1, rooms: [{name: "301", invigilators: [สมศรี]}, {name: "302"}]}
accommodation:
  - {candidate_id: '0002', given: ผู้ช่วยอ่าน, extra_minutes: 30, reason: สายตา}
""".encode()
ATTENDANCE = "candidate_id,status,identity,remark\n0001,present,doubt,บัตรหมดอายุ\n0002,absent,,\n".encode()
GIVEN = "candidate_id,given,extra_minutes,reason,approved_by\n0002,ผู้ช่วยอ่าน,30,ตาบอดสี,แพทย์\n".encode()
INCIDENT = {"centre": "ศูนย์ 1", "room": "301", "time": "09:40", "kind": "illness", "what": "=เป็นลม"}


@pytest.fixture
def arranged(exam: Path, grader: Client) -> Path:
    """The exam with a list and a plan."""
    assert grader.post(f"{AT}/roster/list/", {"given": [file("list.csv", LIST)]}).status_code == 302
    assert grader.post(f"{AT}/plan/", {"given": file("sitting.yaml", PLAN)}).status_code == 302
    return exam


def give(client: Client, name: str, data: bytes, **more: Any) -> Any:
    return client.post(PAGE, {"given": [file(name, data)], **more})


def events(exam: Path) -> CentreReturns:
    return events_of(sitting_of(exam), read_package(exam))


def test_a_list_is_taken_shown_and_recorded(arranged: Path, browser: Browser) -> None:
    invigilator = browser("invigilator", UNIT)
    assert "No centre has sent anything back yet" in invigilator.page(PAGE)
    assert give(invigilator, "north.csv", ATTENDANCE).status_code == 302
    page = invigilator.page(PAGE)
    for part in ("the identity is in doubt", "&lt;b&gt;ก", "north.csv", "What does not add up"):
        assert part in page, part
    assert [one.status for one in people(sitting_of(arranged))] == ["present", "absent", ""]
    [entry] = Entry.objects.filter(what="returns.upload")
    assert (entry.about, entry.detail["lines"]) == (arranged.name, 2)


def test_another_takes_its_place_with_a_reason_alone_and_as_it_was_seen(
    arranged: Path, browser: Browser
) -> None:
    invigilator = browser("invigilator", UNIT)
    give(invigilator, "north.csv", ATTENDANCE)
    anew = ATTENDANCE.replace(b"absent", b"present")
    assert give(invigilator, "north.csv", anew).status_code == 422
    assert give(invigilator, "north.csv", anew, replace="on").status_code == 422
    more = {"replace": "on", "reason": "misread"}
    assert give(invigilator, "north.csv", anew, seen="another", **more).status_code == 422
    assert people(sitting_of(arranged))[1].status == "absent"
    seen = invigilator.page(PAGE).split('name="seen" value="')[1].split('"')[0]
    assert give(invigilator, "north.csv", anew, seen=seen, **more).status_code == 302
    assert people(sitting_of(arranged))[1].status == "present"
    assert "misread" in invigilator.page(PAGE)


def test_an_incident_that_is_entered_gets_a_number_of_its_own(arranged: Path, browser: Browser) -> None:
    one, other = browser("invigilator", UNIT), browser("grader", UNIT)
    form = "number,kind,what\n7,late,มาสาย\n".encode()
    assert give(one, "north.csv", form).status_code == 302
    assert one.post(f"{PAGE}incident/", INCIDENT).status_code == 302
    assert other.post(f"{PAGE}incident/", {**INCIDENT, "candidates": "0001, 0003"}).status_code == 422
    assert other.post(f"{PAGE}incident/", {**INCIDENT, "room": "302", "minutes_lost": "5"}).status_code == 302
    found = events(arranged).incidents
    assert sorted(each.name for each in found) == ["ศูนย์ 1 101", "ศูนย์ 1 102", "ศูนย์ 1 7"]
    entered = next(each for each in found if each.number == 102)
    assert (entered.what, entered.minutes_lost, entered.time) == ("=เป็นลม", 5, "09:40")
    acts = [act for act in sitting_of(arranged).acts() if act.kind == "returns"]
    assert acts[-1].by == other.get("/").wsgi_request.user.signature
    page = other.page(PAGE)
    assert "ศูนย์ 1 102" in page
    assert "illness" in page
    assert Entry.objects.filter(what="returns.incident", about=arranged.name).count() == 2


def test_why_something_was_given_invigilators_do_not_read(arranged: Path, browser: Browser) -> None:
    assert give(browser("grader", UNIT), "given.csv", GIVEN).status_code == 302
    for role in ("grader", "approver", "auditor"):
        client = browser(role, UNIT)
        assert b"".join(client.get(f"{PAGE}files/given.csv")) == GIVEN, role  # type: ignore[call-overload]
    invigilator = browser("invigilator", UNIT)
    assert "ตาบอดสี" not in invigilator.page(PAGE)
    assert invigilator.get(f"{PAGE}files/given.csv").status_code == 403


def test_what_does_not_add_up_is_explained_and_a_file_is_taken_back(arranged: Path, browser: Browser) -> None:
    approver = browser("approver", UNIT)
    give(approver, "north.csv", ATTENDANCE)
    ref = approver.page(PAGE).split('name="ref" value="')[1].split('"')[0]
    assert approver.post(f"{PAGE}explained/", {"ref": ref, "reason": " "}).status_code == 422
    assert approver.post(f"{PAGE}explained/", {"ref": ref, "reason": "looked into"}).status_code == 302
    page = approver.page(PAGE)
    assert f'value="{ref}"' not in page
    assert "looked into" in page
    assert approver.post(f"{PAGE}back/", {"name": "../roster.csv", "reason": "x"}).status_code == 422
    assert approver.post(f"{PAGE}back/", {"name": "north.csv", "reason": "other sitting"}).status_code == 302
    assert sitting_of(arranged).returns == []
    assert Entry.objects.filter(what__in=("returns.back", "returns.explain")).count() == 2


def test_a_centre_gets_its_workbook_and_sends_it_back(arranged: Path, browser: Browser) -> None:
    invigilator = browser("invigilator", UNIT)
    assert "Workbook of ศูนย์ 1" in invigilator.page(PAGE)
    answer = invigilator.get(f"{PAGE}form/1/")
    book = load_workbook(BytesIO(b"".join(answer)))  # type: ignore[arg-type]
    assert book["attendance"].cell(HEAD_ROW + 1, 1).value == "0001"
    book["attendance"].cell(HEAD_ROW + 3, 7).value = "มา"
    data = BytesIO()
    book.save(data)
    assert give(invigilator, "returns-ศูนย์ 1.xlsx", data.getvalue()).status_code == 302
    assert [one.candidate_id for one in events(arranged).attendance] == ["0003"]
    assert invigilator.get(f"{PAGE}form/2/").status_code == 404


def test_a_decision_on_a_person_names_the_incident(arranged: Path, browser: Browser) -> None:
    approver, invigilator = browser("approver", UNIT), browser("invigilator", UNIT)
    assert invigilator.post(f"{PAGE}incident/", {**INCIDENT, "candidates": "0001"}).status_code == 302
    said = {"candidates": "0001", "decision": "withheld", "reason": "to be looked into"}
    answer = approver.post(f"{AT}/persons/", {**said, "incident": "ศูนย์ 1 9"})
    assert answer.status_code == 422
    assert "is not an incident in the returns of the centres" in answer.content.decode()
    assert approver.post(f"{AT}/persons/", {**said, "incident": "ศูนย์ 1 101"}).status_code == 302
    assert "incident ศูนย์ 1 101" in approver.page(f"{AT}/persons/")
    words = "0001: result withheld"
    assert words in approver.page(PAGE)
    assert words not in invigilator.page(PAGE)
