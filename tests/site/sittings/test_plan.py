"""The page of a sitting's plan, which takes and shows the file that the command knows."""

from __future__ import annotations

from pathlib import Path

from examgen.scoring.sitting_folder import sitting_of
from examgen.scoring.sitting_plan import plan_of
from examgen.site.audit.models import Entry
from tests.site.conftest import Browser, Client
from tests.site.sittings.conftest import AT, UNIT, file

PAGE = f"{AT}/plan/"
PLAN = """date: 2026-11-18
begins: "09:00"
ends: "11:00"
body: {th: สถาบันสมมติ, en: Assumed Body}
centres:
  - {name: ศูนย์ 1, rooms: [{name: "301", seats: 30, invigilators: [สมศรี]}]}
  - {name: ศูนย์ 2}
"""
MORE = "accommodation:\n  - {candidate_id: '0001', given: a reader, extra_minutes: 30, reason: eyesight}\n"


def give(client: Client, text: str, **more: str) -> int:
    return client.post(PAGE, {"given": file("sitting.yaml", text.encode()), **more}).status_code


def test_a_plan_is_given_shown_replaced_and_taken(unsat: Path, browser: Browser) -> None:
    assembler = browser("assembler", UNIT)
    assert "Nothing is planned yet" in assembler.page(PAGE)
    assert b"centres:" in assembler.get(f"{PAGE}sitting.yaml").content, "a template, while there is none"
    assert give(assembler, PLAN) == 302
    page = assembler.page(PAGE)
    for word in (
        "Assumed Body",
        "18 November 2026",
        "09:00–11:00",
        "ศูนย์ 1",
        "301",
        "สมศรี",
        "Any room of: ศูนย์ 2",
    ):
        assert word in page, word
    kept = plan_of(unsat)
    assert kept is not None
    assert kept.body is not None
    [act] = sitting_of(unsat).acts()
    assert (act.kind, act.file, act.by) == (
        "plan",
        "sitting.yaml",
        assembler.get("/").wsgi_request.user.signature,
    )
    assert give(assembler, PLAN.replace("11:00", "12:00"), reason="the exam is longer") == 302
    assert [one.act for one in sitting_of(unsat).acts()] == ["taken", "replaced"]
    assert "the exam is longer" in assembler.page(PAGE)
    assert "12:00" in b"".join(assembler.get(f"{PAGE}sitting.yaml")).decode()  # type: ignore[call-overload]
    assert Entry.objects.filter(what="plan.upload", about=unsat.name).count() == 2


def test_a_plan_with_faults_is_refused_line_by_line(unsat: Path, browser: Browser) -> None:
    grader = browser("grader", UNIT)
    answer = grader.post(PAGE, {"given": file("sitting.yaml", b"date: 2026-11-18\nbegins: noon\nrooms: 3\n")})
    assert answer.status_code == 422
    text = answer.content.decode()
    for word in ("sitting.yaml, line 2", "begins", "sitting.yaml, line 3", "is not a field here"):
        assert word in text, word
    assert plan_of(unsat) is None
    assert not Entry.objects.filter(what="plan.upload").exists()


def test_accommodation_is_shown_to_those_who_arrange_alone(exam: Path, browser: Browser) -> None:
    grader = browser("grader", UNIT)
    people = "candidate_id,name,centre,room\n0001,x,ศูนย์ 1,301\n".encode()
    assert grader.post(f"{AT}/roster/list/", {"given": [file("list.csv", people)]}).status_code == 302
    assert give(grader, PLAN + MORE) == 302
    for role in ("grader", "approver", "assembler", "auditor"):
        assert "eyesight" in browser(role, UNIT).page(PAGE)
    for role in ("invigilator", "psychometrician"):
        assert browser(role, UNIT).get(PAGE).status_code == 403
        assert browser(role, UNIT).get(f"{PAGE}sitting.yaml").status_code == 403
    assert (
        browser("approver", UNIT).post(PAGE, {"given": file("s.yaml", b"date: 2026-11-18\n")}).status_code
        == 403
    )
    assert browser("assembler", "OTHER-1").get(PAGE).status_code in (403, 404)


def test_day_hours_and_invigilators_are_typed_on_the_page(unsat: Path, browser: Browser) -> None:
    assembler = browser("assembler", UNIT)
    typed = {"arrange": "1", "day": "18 พฤศจิกายน 2569", "begins": "9.00", "ends": "08:00"}
    assert assembler.post(PAGE, typed).status_code == 422
    assert plan_of(unsat) is None
    rooms = {"centre": ["ศูนย์ 1"], "room": ["301"], "who": ["สมศรี, สมปอง"]}
    assert assembler.post(PAGE, {**typed, "ends": "11:00", **rooms}).status_code == 302
    plan = plan_of(unsat)
    assert plan is not None
    assert (plan.date.isoformat(), plan.hours) == ("2026-11-18", "09:00–11:00")
    assert plan.centres[0].rooms[0].invigilators == ("สมศรี", "สมปอง")
    assert give(assembler, PLAN + MORE) == 302
    why = {"candidate": ["0001"], "why": ["low vision"], "approved_by": ["สมหญิง"]}
    assert assembler.post(PAGE, {**typed, "ends": "12:00", **why}).status_code == 302
    plan = plan_of(unsat)
    assert plan is not None
    [one] = plan.accommodation
    assert (one.given, one.extra_minutes, one.reason, one.approved_by) == (
        *("a reader", 30, "low vision", "สมหญิง"),
    )
    assert plan.body is not None
    assert plan.centres[0].rooms[0].seats == 30
    assert assembler.get(PAGE).content.decode().count("12:30") == 1, "when this candidate ends"
