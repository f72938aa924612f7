"""What somebody alone could learn of the key by the pages of a sitting, and who has had a part in a scoring."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from examgen.scoring.sitting_folder import sitting_of
from examgen.site.accounts.models import Grant, User
from examgen.site.audit.models import Entry
from examgen.site.jobs import queue, worker
from examgen.site.jobs.models import Job, State
from examgen.site.sittings import sitting_confirmation as held
from examgen.site.workspace import fingerprints
from tests.site.conftest import OTHER, Browser, Client
from tests.site.sittings.conftest import (
    AT,
    EXAM,
    FAULTY,
    PLAIN,
    UNIT,
    done,
    file,
    printed,
    removed,
    scored,
    upload,
)
from tests.site.sittings.test_decisions import DROP, decide, proposed, release
from tests.site.test_access import OURS, filled
from tests.sittings import releases_of, small_package, table

MARKS = re.compile(r"(?<![A-Za-z])[ABCD?](?:(?:[\s,;]|</?(?:code|li|td|span)[^>]*>)+[ABCD?]){2,}(?![A-Za-z])")
"""Three marks side by side, however a page sets them apart."""


def pages_of_exam() -> list[str]:
    """Every address below the exam, run 1 and row 1 where it asks for numbers."""
    routes = [route for route, _ in OURS if "<str:exam>" in route]
    return [
        "/"
        + "/".join(
            EXAM if part == "<str:exam>" else filled(part) if part.startswith("<") else part
            for part in route.split("/")
        )
        for route in routes
    ]


def test_an_auditor_sees_no_mark_on_any_page_of_a_sitting(grader: Client, browser: Browser) -> None:
    upload(grader, ("north.csv", FAULTY), ("odd.csv", b"ref;w;x;y;z\n0007;A;B;C;D\n"))
    removed(grader, "odd.csv")
    job = scored(grader)
    decide(grader, 3, what="marks", **{"question-0": "1", "answer-0": "C"})
    upload(grader, ("odd.csv", b"ref;w;x;y;z\n0007;A;B;C;D\n"))
    assert MARKS.search(grader.page(f"{AT}/answers/")), "graders do"
    assert MARKS.search(grader.page(f"{AT}/aside/1/1/"))
    auditor, seen = browser("auditor,grader,writer,approver"), 0
    for address in [*pages_of_exam(), f"/work/{job.id}/", f"{AT}/runs/1/files/ledger.csv"]:
        answer = auditor.get(address)
        if answer.status_code == 200:
            text = b"".join(answer) if answer.streaming else answer.content  # type: ignore[call-overload]
            shown = text.decode(errors="replace")  # a blank list is a workbook
            main = shown.partition("<main")[2] or shown
            assert not MARKS.search(main), (address, MARKS.search(main))
            seen += 1
    assert seen > 12
    assert auditor.get(f"{AT}/runs/1/files/quarantine.csv").status_code == 403
    assert auditor.get(f"{AT}/answers/columns/1/").status_code == 403
    assert "unknown_form" in auditor.page(f"{AT}/aside/"), "reasons, and which rows"
    assert b"quarantine.csv" not in auditor.get(f"{AT}/runs/1/").content


def test_reasons_of_a_job_are_for_who_asked(grader: Client, browser: Browser) -> None:
    job = scored(grader, PLAIN)
    Job.objects.filter(pk=job.pk).update(
        state=State.REFUSED, message={"en": "row 0001,A,A,B,C,D"}, problems=[{"en": "row 0002,B,A,A,A,A"}]
    )
    for role in ("auditor", "administrator"):
        page = browser(role).page(f"/work/{job.id}/")
        assert "0001,A" not in page
        assert "0002,B" not in page
        assert "for whoever asked: there are 1" in page
    assert "0002,B" in grader.page(f"/work/{job.id}/")


@pytest.mark.parametrize("act", ["dropped", "tried", "removed"])
def test_who_had_part_in_a_scoring_does_not_release_it(
    grader: Client, exam: Path, browser: Browser, act: str
) -> None:
    upload(grader, ("north.csv", PLAIN), ("south.csv", PLAIN.replace(b"000", b"001")))
    both = browser("grader,approver", UNIT)
    if act == "dropped":
        both.post(f"{proposed(grader).result['address']}drop/")
    run = scored(grader).result["run"]
    if act == "tried":  # after the run was made: who would move is known to them
        proposed(both)
    if act == "removed":
        removed(both, "south.csv")
        job = scored(grader, without=["answers", "candidates"])
        assert job.state == State.DONE, (job.message, job.problems)
        run = job.result["run"]
    answer = release(both, exam, run)
    assert answer.status_code == 422
    assert b"you may not release run" in answer.content
    assert not releases_of(exam)
    assert done(release(browser("approver", UNIT), exam, run)).state == State.DONE


# ── before a sitting was held ────────────────────────────────────────────────────────────────

HELD = f"{AT}/held/"
BLANKS = b"candidate_id,form,Q1,Q2,Q3,Q4\n0001,A,-,-,-,-\n"


def tries(client: Client) -> dict[str, int]:
    """What a lone grader would ask of the key, and how each is answered."""
    return {
        "answers": upload(client, ("probe.csv", BLANKS)).status_code,
        "scans": client.post(f"{AT}/scans/", {"given": file("a.pdf", b"%PDF")}).status_code,
        "score": client.post(f"{AT}/score/").status_code,
        "correction": client.post(f"{AT}/corrections/", {**DROP, "kind": "rekey", "key": "A"}).status_code,
        "marks": client.post(f"{AT}/answers/reading/", {}).status_code,
    }


def test_nothing_is_scored_nor_corrected_before_somebody_else_has_stated_that_it_was_sat(
    unsat: Path, browser: Browser, person: Any
) -> None:
    place = sitting_of(unsat)
    grader = browser("grader,assembler,invigilator", UNIT)
    assert set(tries(grader).values()) == {422}
    assert not place.answers
    asked = queue.ask(
        "score", EXAM, grader.get("/").wsgi_request.user, exam=EXAM, keeps_forms=True, options={}
    )
    worker.work(is_once=True)
    asked.refresh_from_db()
    assert asked.state == State.REFUSED, "nor by a job that was asked for before"
    page = grader.page(f"{AT}/answers/")
    assert "nobody has stated yet" in page
    assert 'type="file"' not in page
    assert grader.post(HELD, {"day": "2026-11-20"}).status_code == 422, (
        "not by a grader, whatever else they are"
    )
    assert browser("invigilator", OTHER).post(HELD, {"day": "2026-11-20"}).status_code == 403
    assert browser("writer,psychometrician", UNIT).post(HELD, {"day": "2026-11-20"}).status_code == 403
    user = person("assembler", UNIT)
    other = browser(user=user)
    assert other.post(HELD, {"day": "2126-11-20"}).status_code == 422
    assert other.post(HELD, {"day": "2026-11-20"}).status_code == 302
    assert other.post(HELD, {"day": "2026-11-20"}).status_code == 422, "once"
    assert Entry.objects.get(what="sitting.held").who == user.username
    Grant.objects.create(user=user, role="grader", unit=UNIT)
    assert set(tries(browser(user=user)).values()) == {422}, "whoever stated it does not score"
    assert upload(grader, ("probe.csv", BLANKS)).status_code == 302


@pytest.fixture
def decoy(unsat: Path) -> Path:
    """The exam under another name, not printed."""
    made = unsat.with_name("DECOY")
    small_package(made)
    manifest = made / "exam.yaml"
    manifest.write_text(manifest.read_text("utf-8").replace("T-1-L4", "DECOY"), "utf-8")
    return made


def test_an_exam_not_printed_and_without_list_was_not_sat(decoy: Path, browser: Browser) -> None:
    invigilator = browser("invigilator", UNIT)
    answer = invigilator.post("/exams/DECOY/held/", {"day": "2026-11-20"})
    assert answer.status_code == 422
    assert b"it was not printed, and there is no list" in answer.content
    assert b"State that it was sat" not in invigilator.get("/exams/DECOY/held/").content
    people = file("list.csv", b"candidate_id,name,room\n0001,a,1\n")
    assert browser("grader", UNIT).post("/exams/DECOY/roster/list/", {"given": people}).status_code == 302
    assert invigilator.post("/exams/DECOY/held/", {"day": "20 พฤศจิกายน 2569"}).status_code == 302


def test_uploads_tell_nothing_of_the_key_while_items_are_still_to_be_sat(
    unsat: Path, decoy: Path, browser: Browser
) -> None:
    both = browser("assembler,grader", UNIT)
    printed(decoy)
    assert browser("invigilator", UNIT).post("/exams/DECOY/held/", {"day": "2026-11-20"}).status_code == 302
    for letter in "ABCD":  # a scoring refuses a column of one wrong letter and blanks
        rows = "".join(f"{n:04},A,{letter if n % 3 else '-'},B,C,D\n" for n in range(60))
        probe = file(f"{letter}.csv", f"candidate_id,form,Q1,Q2,Q3,Q4\n{rows}".encode())
        assert both.post("/exams/DECOY/answers/", {"given": [probe]}).status_code == 302, letter


def test_nothing_is_scored_while_its_items_are_still_to_be_sat(
    unsat: Path, decoy: Path, browser: Browser
) -> None:
    """Else an assembler who is a grader, too, has the keys of a coming exam by another one of its items that
    somebody stated as sat."""
    both, invigilator = browser("assembler,grader", UNIT), browser("invigilator", UNIT)
    printed(decoy)
    assert re.search(rf"{EXAM}: \d items, printed", invigilator.page("/exams/DECOY/held/"))
    assert invigilator.post("/exams/DECOY/held/", {"day": "2026-11-20"}).status_code == 302
    probes = file("probe.csv", PLAIN)
    assert both.post("/exams/DECOY/answers/", {"given": [probes]}).status_code == 302, "they tell nothing"
    for address, asked in (("score/", {}), ("corrections/", DROP)):
        answer = both.post(f"/exams/DECOY/{address}", asked)
        assert answer.status_code == 422
        assert f"{EXAM} was printed, was not sat yet and has items of this exam" in answer.content.decode()
    assert 'action="/exams/DECOY/score/"' not in both.page("/exams/DECOY/answers/")
    asked = queue.ask(
        "score", "DECOY", both.get("/").wsgi_request.user, exam="DECOY", keeps_forms=True, options={}
    )
    worker.work(is_once=True)
    asked.refresh_from_db()
    assert asked.state == State.REFUSED
    assert not (decoy / "results").exists()
    assert both.post(HELD, {"never": "1"}).status_code == 422, "not by a grader"
    assert invigilator.post(HELD, {"never": "1"}).status_code == 302
    assert upload(both, ("a.csv", PLAIN)).status_code == 422, "nobody has sat it"
    assert invigilator.post(f"{HELD}take-back/").status_code == 302
    assert both.post("/exams/DECOY/score/").status_code == 422
    assert invigilator.post(HELD, {"day": "2026-11-21"}).status_code == 302
    assert done(both.post("/exams/DECOY/score/")).state == State.DONE


def test_a_replaced_paper_of_other_items_is_still_to_be_sat(
    unsat: Path, decoy: Path, browser: Browser
) -> None:
    """Else an assembler sets a printed exam aside for a mock exam of its name, and has its keys by a decoy as
    soon as somebody states that the mock exam was sat."""
    earlier = unsat.with_name(f"{EXAM}.earlier-1")
    shutil.copytree(unsat, earlier)
    manifest = earlier / "exam.yaml"
    manifest.write_text(manifest.read_text("utf-8").replace("T-1-L4", earlier.name), "utf-8")
    forms = unsat / "secure/forms.csv"
    forms.write_text(forms.read_text("utf-8").replace("-00", "-90"), "utf-8")
    printed(decoy)
    both, invigilator = browser("assembler,grader", UNIT), browser("invigilator", UNIT)
    for address in (HELD, "/exams/DECOY/held/"):
        assert invigilator.post(address, {"day": "2026-11-20"}).status_code == 302
    assert both.post("/exams/DECOY/answers/", {"given": [file("probe.csv", PLAIN)]}).status_code == 302
    answer = both.post("/exams/DECOY/score/")
    assert answer.status_code == 422
    assert f"{earlier.name} was printed, was not sat yet" in answer.content.decode()
    assert invigilator.post(f"/exams/{earlier.name}/held/", {"never": "1"}).status_code == 302
    assert done(both.post("/exams/DECOY/score/")).state == State.DONE


def test_a_statement_is_taken_back_before_any_upload(unsat: Path, browser: Browser, person: Any) -> None:
    user = person("approver", UNIT)
    approver, grader = browser(user=user), browser("grader", UNIT)
    approver.post(HELD, {"day": "2026-11-20"})
    assert approver.post(f"{HELD}take-back/").status_code == 302
    assert upload(grader, ("probe.csv", BLANKS)).status_code == 422
    approver.post(HELD, {"day": "2026-11-21"})
    assert upload(grader, ("probe.csv", BLANKS)).status_code == 302
    assert approver.post(f"{HELD}take-back/").status_code == 422
    removed(grader, "probe.csv")
    assert approver.post(f"{HELD}take-back/").status_code == 422, "it was there"
    grader_once = person("grader", UNIT)
    upload(browser(user=grader_once), ("more.csv", BLANKS.replace(b"0001", b"0002")))
    Grant.objects.filter(user=grader_once).update(role="invigilator")
    assert held.why_not_state(User.objects.get(pk=grader_once.pk), EXAM) is not None, "had a part in it"


def test_the_button_to_take_it_back_is_there_for_who_may(unsat: Path, browser: Browser) -> None:
    approver, others = browser("approver", UNIT), browser("grader,assembler", UNIT)

    def is_there(client: Client) -> bool:
        page = client.get(HELD)
        assert page.status_code == 200
        return f"{HELD}take-back/" in page.content.decode()

    assert not is_there(approver)
    assert approver.post(HELD, {"day": "never"}).status_code == 422
    approver.post(HELD, {"day": "2026-11-20"})
    assert (is_there(approver), is_there(others)) == (True, False)
    place = sitting_of(unsat)
    put = place.place / "answers" / "by-hand.csv"  # no entry of the record tells of it
    put.parent.mkdir(parents=True)
    put.write_bytes(BLANKS)
    assert not is_there(approver)
    assert approver.post(f"{HELD}take-back/").status_code == 422
    put.unlink()
    assert is_there(approver)


def test_an_exam_that_is_built_anew_was_not_sat(exam: Path, grader: Client, monkeypatch: Any) -> None:
    assert held.statement(EXAM) is not None
    monkeypatch.setattr(held, "fingerprints", lambda name: fingerprints(name)._replace(exam="0" * 64))
    assert {*tries(grader).items()} == {(name, 422) for name in tries(grader)}


def test_a_correction_tells_the_key_by_its_dry_run_alone(grader: Client, exam: Path, sitting: Path) -> None:
    scored(grader, PLAIN)
    key = next(
        row["key"] for row in table(exam / "secure/key.csv") if (row["form"], row["question"]) == ("A", "1")
    )
    answers, said = {}, {}
    for letter in "ABCD":
        for kind in ("rekey", "accept"):
            asked = grader.post(
                f"{AT}/corrections/", {**DROP, "kind": kind, "key": letter, "where": "only_here"}
            )
            answers[kind, letter] = asked.status_code
            job = done(asked)
            said[kind, letter] = (job.state, grader.get(job.result["address"]).status_code)
    assert len({*answers.values()}) == 1
    assert {*said.values()} == {(State.DONE, 200)}
    every = grader.post(f"{AT}/corrections/", {**DROP, "kind": "accept", "key": "A,B,C,D"})
    assert b"right already" not in every.content
    assert Entry.objects.filter(what="corrections.propose").count() == 8 + (every.status_code == 302)
    assert grader.post(f"{AT}/corrections/", {**DROP, "question": "44"}).status_code == 422
    assert Entry.objects.get(what="corrections.refused").detail["question"] == "44"
    nothing = proposed(grader, kind="rekey", key=key, where="only_here")
    assert nothing.message["en"] == "0 would now pass, 0 would now fail; another score: 0"
    assert grader.post(f"{nothing.result['address']}make/").status_code == 422
    assert not (sitting / "corrections.yaml").exists()


def test_nothing_is_scored_for_who_is_no_grader_any_more(grader: Client, exam: Path) -> None:
    upload(grader, ("north.csv", PLAIN))
    asked = grader.post(f"{AT}/score/", {})
    Grant.objects.filter(role="grader").delete()
    job = done(asked)
    assert job.state == State.REFUSED
    assert "taken from you" in job.message["en"]
    assert not (exam / "results").exists()
    assert grader.get(f"/work/{job.id}/").status_code == 403, "nor does its page say why"
    assert str(job.id) not in grader.page("/work/")
    Grant.objects.create(user=job.by, role="grader", unit=OTHER)
    assert grader.get(f"/work/{job.id}/").status_code == 403
    Grant.objects.create(user=job.by, role="grader", unit=UNIT)
    assert grader.get(f"/work/{job.id}/").status_code == 200
    assert str(job.id) in grader.page("/work/")
