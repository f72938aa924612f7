"""Rows that were set aside, decided; corrections of the key, tried and made; releases by somebody else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from django.utils import timezone

from examgen.core.exam.bindings import exam_sha256
from examgen.core.exam.digests import digest_key_of, keyed
from examgen.core.exam.manifest import read_manifest
from examgen.scoring import score as sittings
from examgen.scoring.sitting_record import read_acts
from examgen.site.accounts.models import User
from examgen.site.audit.models import Entry
from examgen.site.jobs.models import Job, State
from examgen.site.operation.checks import findings
from tests.browser import PROGRAM
from tests.browser import browser as chromium
from tests.commands.conftest import Run
from tests.site.conftest import Browser, Client, done
from tests.site.sittings.conftest import AT, EXAM, FAULTY, PLAIN, UNIT, file, hidden, scored, served, upload
from tests.sittings import releases_of, table, write_record_anew


def seen(client: Client, number: int, run: int = 1) -> str:
    page = client.page(f"{AT}/aside/{run}/{number}/")
    return page.split('name="seen" value="')[1].split('"')[0]


def decide(client: Client, number: int, was: str = "", run: int = 1, **said: str) -> Any:
    given = {"seen": was or seen(client, number, run), "reason": "seat 12 on the list", **said}
    return client.post(f"{AT}/aside/{run}/{number}/", given)


def test_decisions_of_the_page_are_those_of_the_command_line(
    grader: Client, person: Any, exam: Path, sitting: Path, tmp_path: Path, run: Run
) -> None:
    scored(grader, FAULTY)
    assert "<code>=1+1,Z,A,B,C,D</code>" in grader.page(f"{AT}/aside/"), "a cell like a formula is text"
    assert decide(grader, 1, what="identity", form="A").status_code == 302
    assert decide(grader, 2, what="identity", form="B").status_code == 302
    last = decide(grader, 3, what="marks", **{"question-0": "1", "answer-0": "C"})
    assert last.headers["location"] == f"{AT}/aside/"
    assert scored(grader).message["en"].startswith("run 2: 6 rows read = 6 scored")
    by, day = grader.get("/").wsgi_request.user.signature, timezone.localdate().isoformat()
    (tmp_path / "who.csv").write_text(
        f"file,line,candidate_id,form,reason,by,date\nnorth.csv,5,,A,seat 12 on the list,{by},{day}\n"
        f"north.csv,6,,B,seat 12 on the list,{by},{day}\n",
        "utf-8",
    )
    (tmp_path / "what.csv").write_text(
        f"file,line,question,answer,reason,by,date\nnorth.csv,7,1,C,seat 12 on the list,{by},{day}\n", "utf-8"
    )
    (tmp_path / "north.csv").write_bytes(FAULTY)
    files = ("--identities", tmp_path / "who.csv", "--marks", tmp_path / "what.csv")
    run.ok("score", exam, tmp_path / "north.csv", *files, "--out", tmp_path / "own")
    assert files_of(exam / "results/runs/0002") == files_of(tmp_path / "own/runs/0001")
    assert len(files_of(tmp_path / "own/runs/0001")) > 5


def files_of(run: Path) -> dict[str, bytes]:
    """The files of a run but its audit, which tells the folder that answers lay in."""
    return {path.name: path.read_bytes() for path in run.iterdir() if path.suffix != ".json"}


def test_who_decides_while_answers_are_scored_need_not_wait(grader: Client, sitting: Path) -> None:
    scored(grader, FAULTY)
    decide(grader, 1, what="identity", form="A")
    read = (sitting / "identities.csv").read_bytes()
    meanwhile: list[int] = []

    def score(*words: Any, others_read: Callable[[], None], **more: Any) -> Any:
        def then() -> None:
            others_read()
            meanwhile.append(decide(grader, 2, what="identity", form="B").status_code)

        return real(*words, others_read=then, **more)

    real = sittings.score
    with patch.object(sittings, "score", score):
        run = scored(grader).result["run"]
    assert meanwhile == [302]
    audit = json.loads((sitting.parent / f"results/runs/{run:04}/audit.json").read_text())
    assert [one["sha256"] for one in audit["records"]] == [keyed(digest_key_of(sitting.parent), read)]
    assert audit["rows"]["scored"] == 4, "the row that was decided on meanwhile waits for the next scoring"
    assert scored(grader).message["en"].startswith("run 3: 6 rows read = 5 scored")


FAULTS = {
    "no reason": ({"what": "identity", "candidate_id": "0009", "reason": ""}, "required"),
    "nothing decided": ({"what": "identity"}, "write the form, or the serial of the booklet"),
    "no mark": ({"what": "marks"}, "say what the marks are"),
    "another form": ({"what": "identity", "form": "Q"}, "is not a form of this exam"),
    "no such question": ({"what": "marks", "question-0": "9", "answer-0": "A"}, "is not a question"),
    "no such mark": ({"what": "marks", "question-0": "1", "answer-0": "?"}, "is not an answer"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_page_refuses_what_commands_do(
    grader: Client, sitting: Path, scored_faulty: None, fault: str
) -> None:
    said, words = FAULTS[fault]
    answer = decide(grader, 2, **said)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not (sitting / "identities.csv").exists()
    assert not (sitting / "marks.csv").exists()


def test_marks_that_were_typed_stay_and_all_that_are_in_doubt_are_asked_for(
    grader: Client, exam: Path, sitting: Path, run: Run, tmp_path: Path
) -> None:
    scored(grader, PLAIN + b"0006,A,?,B,?,D\n")
    prefilled = {"question-0": "1", "answer-0": "", "question-1": "3", "answer-1": ""}
    faulty = {
        "what": "marks",
        **prefilled,
        "answer-0": "C",
        "question-2": "Q4",
        "answer-2": "B",
        "reason": "",
    }
    page = decide(grader, 1, **faulty).content.decode()
    for name, value in (one for one in faulty.items() if one[1] and "-" in one[0]):
        assert re.search(rf'name="{name}"[^>]* value="{value}"', page), name
    assert 'name="question-1" inputmode="numeric" value="3"' in page
    answer = decide(grader, 1, what="marks", **{**prefilled, "answer-0": "C"})
    assert answer.status_code == 422
    assert "1 mark left: question 3" in answer.content.decode()
    assert not (sitting / "marks.csv").exists()
    by = grader.get("/").wsgi_request.user.signature
    (sitting / "marks.csv").write_text(
        f"file,line,question,answer,reason,by,date\nnorth.csv,5,1,C,seen,{by},2026-11-20\n", "utf-8"
    )
    assert "1 row is still to be decided" in grader.page(f"{AT}/aside/"), "however the first was decided"
    assert (
        decide(grader, 1, what="marks", **{**prefilled, "answer-0": "C", "answer-1": "D"}).status_code == 302
    )
    assert "still to be decided" not in grader.page(f"{AT}/aside/")


@pytest.fixture
def scored_faulty(grader: Client) -> None:
    scored(grader, FAULTY)


def test_the_second_on_a_row_sees_the_first(
    grader: Client, sitting: Path, scored_faulty: None, browser: Browser
) -> None:
    other = browser("grader", UNIT)
    was = seen(other, 2)
    decide(grader, 2, what="identity", form="A")
    answer = decide(other, 2, was, what="identity", form="B")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "somebody else has decided on this row meanwhile" in page
    assert "form A" in page
    assert '<option value="B" selected>' in page
    assert [line["form"] for line in table(sitting / "identities.csv")] == ["A"]
    assert decide(other, 2, what="identity", form="B").status_code == 302
    assert [line["form"] for line in table(sitting / "identities.csv")] == ["B"]


LIST = "candidate_id,name\n0001,Somchai\n0002,Suda\n0003,Wichai\n0004,Malee\n00051,Nida\n00052,Korn\n"


def listed(grader: Client, answers: bytes) -> None:
    grader.post(f"{AT}/roster/list/", {"given": [file("list.csv", LIST.encode())]})
    scored(grader, answers)


def test_a_row_without_a_form_chooses_one_of_the_exam(
    grader: Client, exam: Path, scored_faulty: None
) -> None:
    page = grader.page(f"{AT}/aside/1/2/")
    choice = re.search(r'<select name="form".*?</select>', page, re.DOTALL)
    assert choice is not None
    assert re.findall(r'value="(\w*)"', choice[0]) == ["", "A", "B"]
    assert "selected" not in choice[0].split('value="A"')[1]
    refused = decide(grader, 2, what="identity", form="Q").content.decode()
    assert "Q is not a form of this exam. Its forms: A, B" in refused
    assert "leave it empty" not in refused
    assert "Form printed for" not in page, "the unused ones are not recorded"


def test_the_form_that_was_printed_for_the_candidate_is_offered(
    grader: Client, exam: Path, sitting: Path
) -> None:
    rows = b"candidate_id,name,seat,form\n0001,Somchai,1,A\n0002,Suda,2,B\n0003,Wichai,3,A\n0004,Malee,26,B\n"
    grader.post(f"{AT}/roster/list/", {"given": [file("list.csv", rows)]})
    scored(grader, PLAIN + b"0004,,A,B,C,D\n")
    page = grader.page(f"{AT}/aside/1/1/")
    assert "Form printed for 0004" in page
    assert 'name="printed" value="B">Use form B</button> seat 26' in page
    given = {"seen": seen(grader, 1), "printed": "A"}
    assert grader.post(f"{AT}/aside/1/1/", given).status_code == 422
    assert grader.post(f"{AT}/aside/1/1/", {**given, "printed": "B"}).status_code == 302
    [line] = table(sitting / "identities.csv")
    assert (line["candidate_id"], line["form"]) == ("", "B")
    assert line["reason"] == "form B was printed for 0004"
    assert scored(grader).message["en"].startswith("run 2: 4 rows read = 4 scored")


def test_an_empty_candidate_is_never_a_number_that_is_on_no_list(
    grader: Client, exam: Path, sitting: Path
) -> None:
    listed(grader, PLAIN + b"4,A,A,B,C,D\n,A,A,A,A,A\n")
    page = grader.page(f"{AT}/aside/1/1/")
    assert 'name="candidate_id" value=' not in page
    assert "required: the row’s own number is on no list" in page
    assert decide(grader, 1, what="identity").status_code == 422
    assert decide(grader, 1, what="identity", candidate_id="4").status_code == 302
    assert [line["candidate_id"] for line in table(sitting / "identities.csv")] == ["4"]
    assert "left empty: " not in grader.page(f"{AT}/aside/1/2/").split('id="id_form"')[0]
    nobody = decide(grader, 2, what="identity")
    assert nobody.status_code == 422
    assert "write whose the row is" in nobody.content.decode()


def test_a_person_in_question_takes_the_row_by_a_button_also_in_the_list(
    grader: Client, exam: Path, sitting: Path
) -> None:
    """Two persons are in question of one row, and a page decides no other person by the button."""
    listed(grader, PLAIN + b"4,A,A,B,C,D\n00053,A,A,B,C,D\n")
    page = grader.page(f"{AT}/aside/")
    buttons = re.findall(r'name="person" value="(\w+)">(.*?)<', page)
    assert buttons == [
        ("0004", "Use 0004 · Malee"),
        ("00051", "Use 00051 · Nida"),
        ("00052", "Use 00052 · Korn"),
    ]
    assert "may be 0004 written differently" in page
    assert not {"may_be", "not_on_list", "quarantine.csv", "candidate_id,"} & {*re.split(r"[<> ]", page)}
    said = {"seen": seen(grader, 1), "person": "0003"}
    assert grader.post(f"{AT}/aside/1/1/", said).status_code == 422
    answer = grader.post(f"{AT}/aside/1/1/", {**said, "person": "0004", "list": "not_on_list"})
    assert answer.headers["location"] == f"{AT}/aside/?reason=not_on_list"
    assert grader.post(f"{AT}/aside/1/2/", {**said, "person": "00052"}).headers["location"] == f"{AT}/aside/"
    [one, other] = table(sitting / "identities.csv")
    assert (one["candidate_id"], one["reason"]) == ("0004", "4 is 0004 written differently")
    assert other["candidate_id"] == "00052"
    assert other["reason"].startswith("00053 is 00052 with one character off")
    assert scored(grader).message["en"].startswith("run 2: 5 rows read = 5 scored")


def test_all_rows_whose_number_is_written_otherwise_are_taken_at_once_one_decision_each(
    grader: Client, exam: Path, sitting: Path, browser: Browser
) -> None:
    listed(grader, PLAIN + b"4,A,A,B,C,D\n51,A,A,B,C,D\n0000052,A,A,B,C,D\n1,B,B,B,B,B\n00053,A,A,A,A,A\n")
    page = grader.page(f"{AT}/aside/")
    assert "Take 3 rows that have somebody’s number, written otherwise" in page
    page = grader.page(f"{AT}/aside/same/")
    assert "Take all 3 rows as these persons’" in page
    assert "0004 · Malee" in page
    assert "0001" not in page.split("<tbody>")[1], "who has a row of their own"
    assert "00053" not in page.split("<tbody>")[1], "a digit is off"
    given = hidden(grader.get(f"{AT}/aside/same/"))
    for role, unit in (("auditor", ""), ("invigilator", UNIT), ("approver", UNIT)):
        assert browser(role, unit).post(f"{AT}/aside/same/", given).status_code == 403
    decide(grader, 1, what="void")
    late = grader.post(f"{AT}/aside/same/", given)
    assert late.status_code == 409
    assert "Take all 2 rows" in late.content.decode()
    page = grader.page(f"{AT}/aside/")
    code = page.split('name="code" value="')[1].split('"')[0]
    grader.post(f"{AT}/aside/take-back/", {"code": code})
    assert grader.post(f"{AT}/aside/same/", given).status_code == 302
    made = table(sitting / "identities.csv")
    assert [(one["line"], one["candidate_id"]) for one in made] == [
        ("5", "0004"),
        ("6", "00051"),
        ("7", "00052"),
    ]
    who = User.objects.get(pk=grader.session["_auth_user_id"])
    assert {one["by"] for one in made} == {who.signature}
    lines = [one.detail["line"] for one in Entry.objects.filter(what="rows.decide").order_by("number")]
    assert lines == [5, 5, 6, 7]
    assert scored(grader).message["en"].startswith("run 2: 8 rows read = 6 scored")
    code = grader.page(f"{AT}/aside/").split('name="code" value="')[1].split('"')[0]
    assert grader.post(f"{AT}/aside/take-back/", {"code": code}).status_code == 302
    assert len(table(sitting / "identities.csv")) == 2


def test_a_row_that_is_not_used_counts_the_same_everywhere(
    grader: Client, exam: Path, browser: Browser
) -> None:
    listed(grader, PLAIN + b"0004,A,?,B,C,D\n")
    decide(grader, 1, what="void")
    job, run, without = scored(grader), grader.page(f"{AT}/runs/2/"), "set aside or not used"
    assert "1 not used by decision + 0 set aside" in run
    assert "Set aside or not used</th>" in run
    assert re.findall(r'<td class="number">(\d+)</td>', run.split('scope="row">in all')[1])[3:5] == ["3", "1"]
    of_job = grader.page(f"/work/{job.pk}/")
    assert f"1 × not scored, because every row of the candidate is {without}" in of_job
    assert "in_quarantine" not in of_job, "codes are for files"
    released = browser("approver", UNIT).page(f"{AT}/runs/2/release/")
    assert f"1 candidate gets no result because their rows are {without}" in released


def test_a_row_that_a_run_sets_aside_in_spite_of_its_decision_waits_again(
    grader: Client, exam: Path, sitting: Path
) -> None:
    listed(grader, PLAIN + b"4,Z,A,B,C,D\n0001,Z,A,B,C,D\n")
    said = {"seen": seen(grader, 1), "person": "0004"}
    assert grader.post(f"{AT}/aside/1/1/", said).status_code == 302
    decide(grader, 2, what="void")
    assert "0 of 2 rows of run 1 are not decided on yet" in grader.page(f"{AT}/aside/")
    told = "run 2: 5 rows read = 3 scored + 0 repeated + 1 not used by decision + 1 set aside"
    job = scored(grader)
    assert job.message["en"] == told
    for way in (f"/work/{job.id}/", f"{AT}/runs/2/"):
        assert told.removeprefix("run 2: ") in grader.page(way), "the job counts as the run does"
    page = grader.page(f"{AT}/aside/")
    assert "1 of 1 rows of run 2 are not decided on yet" in page, "one is of a form that is not there"
    assert "1 row is not used by decision" in page
    assert decide(grader, 1, run=2, what="identity", candidate_id="0004", form="A").status_code == 302
    assert "0 of 1 rows of run 2 are not decided on yet" in grader.page(f"{AT}/aside/")
    assert scored(grader).message["en"].startswith("run 3: 5 rows read = 4 scored")


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_a_decision_without_a_line_waits_on_the_page_and_is_sent_later(
    grader: Client, exam: Path, sitting: Path, tmp_path: Path
) -> None:
    scored(grader, FAULTY)
    with served(grader) as line, chromium(tmp_path / "browser") as one:
        tab = one.open(Path("/dev/null"), 1280, 900)

        def go(way: str) -> None:
            tab.run("window.isBefore = true")
            tab.send("Page.navigate", url=f"{line.address}{way}")
            tab.wait("!window.isBefore && document.readyState === 'complete'")

        go(f"{AT}/aside/1/1/")
        press = "document.querySelector('form[data-keep] button:not([name])').click()"
        tab.run("document.querySelector('#id_reason').value = 'typed with care'")
        tab.run("document.querySelector('#id_form').value = 'A'")
        line.is_cut = True
        tab.run("window.isBefore = true")
        tab.run(press)
        tab.wait("document.body.dataset.lost")
        told = "document.querySelector('#kept').textContent"
        assert "does not have yet: 1" in tab.run(told)
        assert tab.run("document.querySelector('#id_reason').value") == "typed with care", "the page stays"
        assert not (sitting / "identities.csv").exists()
        line.is_cut = False
        tab.wait(
            "!window.isBefore && location.pathname.endsWith('/1/2/') && document.readyState === 'complete'"
        )
        assert [row["reason"] for row in table(sitting / "identities.csv")] == ["typed with care"]
        tab.run("document.querySelector('#id_reason').value = 'on the list'")
        tab.run("document.querySelector('#id_form').value = 'Z'")
        tab.run(press)
        tab.wait("!!document.querySelector('.faults li')")
        assert "on the list" in tab.run("document.querySelector('#id_reason').value")
        tab.run("document.querySelector('#id_form').value = 'B'")
        tab.run("window.isBefore = true")
        tab.run(press)
        tab.wait("!window.isBefore && location.pathname.endsWith('/1/3/')")
    assert len(table(sitting / "identities.csv")) == 2


def test_a_decision_that_is_sent_again_is_no_other_and_is_of_who_made_it(
    grader: Client, exam: Path, sitting: Path
) -> None:
    scored(grader, FAULTY)
    user = User.objects.get(pk=grader.session["_auth_user_id"])
    said = {"seen": seen(grader, 1), "what": "identity", "form": "A", "reason": "r", "user": user.username}

    def sent(**more: str) -> Any:
        return grader.post(f"{AT}/aside/1/1/", {**said, **more}, HTTP_ACCEPT="application/json")

    assert sent(user="somebody").status_code == 409
    assert sent(form="Z").status_code == 422
    for _ in range(2):
        assert sent().json() == {"next": f"{AT}/aside/1/2/"}
    other = sent(form="B")
    assert other.status_code == 422, "something else is on record meanwhile"
    assert "decide again" in other.json()["fault"]
    assert [row["form"] for row in table(sitting / "identities.csv")] == ["A"]
    scored(grader)
    gone = sent()
    assert (gone.status_code, "was changed meanwhile" in gone.json()["fault"]) == (409, True)


def test_rows_that_a_command_scored_wait_for_their_file(
    grader: Client, exam: Path, sitting: Path, tmp_path: Path
) -> None:
    answers = PLAIN + b"0003,A,B,B,B,C\n4,A,A,B,C,D\n"
    (tmp_path / "north.csv").write_bytes(answers)
    sittings.score(exam, [tmp_path / "north.csv"])
    for page in (grader.page(f"{AT}/aside/"), grader.page(f"{AT}/aside/1/1/")):
        assert "answer files that the site does not have: north.csv" in page
        assert f'href="{AT}/answers/">Upload the answer files' in page
    assert "Use this one" not in page
    assert "Record the decision" not in page
    upload(grader, ("north.csv", answers))
    page = grader.page(f"{AT}/aside/1/1/")
    assert "answer files that the site does not have" not in page
    assert '<tr class="doubt">' in page, "the answers stand side by side"
    assert decide(grader, 1, what="void").status_code == 302


def test_of_rows_that_contradict_each_other_one_counts_by_one_act(
    grader: Client, exam: Path, sitting: Path
) -> None:
    scored(grader, PLAIN + b"0003,A,B,B,B,C\n")
    page = grader.page(f"{AT}/aside/1/1/")
    assert "Rows that contradict each other" in page
    [unlike] = re.findall('(?s)<tr class="doubt">.*?</tr>', page)
    assert re.findall(r"<b>(.*?)</b>", unlike) == ["ข", "ค"]
    assert '<th scope="row">4 ' in unlike
    was = re.findall(r'name="seen" value="(.*?)"', page)[0]
    decide(grader, 1, what="identity")
    late = grader.post(f"{AT}/aside/1/2/", {"seen": was, "counts": "2", "why": "later"})
    assert "somebody else has decided on this row meanwhile" in late.content.decode()
    was = re.findall(r'name="seen" value="(.*?)"', grader.page(f"{AT}/aside/1/2/"))[0]
    assert grader.post(f"{AT}/aside/1/2/", {"seen": was, "counts": "9"}).status_code == 422
    unsaid = grader.post(f"{AT}/aside/1/2/", {"seen": was, "counts": "2"})
    assert "say why this row counts" in unsaid.content.decode()
    answer = grader.post(f"{AT}/aside/1/2/", {"seen": was, "counts": "2", "why": "it was changed later"})
    assert answer.headers["location"] == f"{AT}/aside/"
    made = {one["line"]: (one["candidate_id"], one["action"]) for one in table(sitting / "identities.csv")}
    assert made == {"4": ("", "void"), "5": ("0003", "")}
    assert {one["reason"] for one in table(sitting / "identities.csv")} == {"it was changed later"}
    assert "0 of 2 rows of run 1 are not decided on yet" in grader.page(f"{AT}/aside/")
    assert (
        scored(grader)
        .message["en"]
        .startswith("run 2: 4 rows read = 3 scored + 0 repeated + 1 not used by decision + 0 set aside")
    )
    [row] = [one for one in table(exam / "results/candidates.csv") if one["candidate_id"] == "0003"]
    assert row["score"] is not None


# ── corrections ──────────────────────────────────────────────────────────────────────────────

DROP = {
    "kind": "drop", "form": "A", "question": "1", "where": "everywhere", "key": "",
    "reason": "<script>alert(1)</script>", "by": "Committee, minutes 7/2569", "date": "2026-11-20",
}  # fmt: skip


def proposed(client: Client, **changes: str) -> Job:
    return done(client.post(f"{AT}/corrections/", {**DROP, **changes}))


def test_a_correction_is_tried_then_made_as_a_new_run(grader: Client, exam: Path, sitting: Path) -> None:
    scored(grader, PLAIN)
    job = proposed(grader)
    assert job.state == State.DONE, (job.message, job.problems)
    assert not (sitting / "corrections.yaml").exists()
    assert not (exam / "results/runs/0002").exists()
    address = job.result["address"]
    page = grader.page(address)
    assert "Who would move" in page
    assert "<script>alert" not in page
    moved = b"".join(grader.get(f"{address}moved.csv").streaming_content)
    assert moved.startswith(b"\xef\xbb\xbfcandidate_id")
    assert done(grader.post(f"{address}make/")).result["run"] == 2
    [entry] = yaml.safe_load((sitting / "corrections.yaml").read_text("utf-8"))
    assert entry["kind"] == "drop"
    assert entry["everywhere"] is True
    assert b"Making" not in grader.get(address).content
    assert grader.get(address).url == "/exams/T-EXAM/corrections/"
    assert {row["max_score"] for row in table(exam / "results/candidates.csv")} <= {"3", "4"}


def test_a_correction_is_taken_back_in_the_same_steps(
    grader: Client, exam: Path, sitting: Path, browser: Browser, person: Any
) -> None:
    approver = browser(user=person("approver", UNIT, "wichai"))
    scored(grader, PLAIN)
    before = (exam / "results/candidates.csv").read_bytes()
    done(grader.post(f"{proposed(grader).result['address']}make/"))
    refused = grader.post(f"{AT}/corrections/", {**DROP, "kind": "credit_all"})
    assert "Take the recorded correction back first" in refused.content.decode()
    assert "corrections.yaml" not in refused.content.decode()
    page = grader.page(f"{AT}/corrections/")
    [digest] = set(re.findall(r'name="digest" value="(\w+)"', page))
    asked = {
        "number": "0",
        "digest": digest,
        "reason": "the wrong question",
        "by": "minutes 8",
        "date": DROP["date"],
    }
    back = f"{AT}/corrections/back/"
    assert approver.post(back, asked).status_code == 403
    assert grader.post(back, {**asked, "reason": ""}).status_code == 422
    assert grader.post(back, {**asked, "digest": "0"}).status_code == 422
    assert grader.post(back, {**asked, "number": "1"}).status_code == 422
    job = done(grader.post(back, asked))
    assert job.state == State.DONE, (job.message, job.problems)
    assert "the wrong question" in grader.page(job.result["address"])
    assert done(grader.post(f"{job.result['address']}make/")).result["run"] == 3
    assert yaml.safe_load((sitting / "corrections.yaml").read_text("utf-8")) == []
    assert (exam / "results/candidates.csv").read_bytes() == before
    [act] = [one for one in read_acts(sitting) if one.reason]
    assert (act.file, act.reason) == (
        "corrections.yaml",
        f"the wrong question (minutes 8, {DROP['date']})",
    )
    page = grader.page(f"{AT}/corrections/")
    assert "No correction has been made or proposed." not in page
    [told] = re.findall("<h2>Corrections taken back</h2>(.*?)</ul>", page, re.DOTALL)
    assert all(words in told for words in ("question 1", "the wrong question (minutes 8"))
    assert (sitting / act.earlier).read_text("utf-8").count("kind: drop") == 1
    done(grader.post(f"{proposed(grader).result['address']}make/"))  # the same may be made again
    assert "<h2>Corrections taken back</h2>" not in grader.page(f"{AT}/corrections/")


def test_a_correction_proposed_beside_another_that_was_made_is_not_made(grader: Client) -> None:
    scored(grader, PLAIN)
    first, second = proposed(grader), proposed(grader, question="2")
    done(grader.post(f"{first.result['address']}make/"))
    assert b"Other corrections were made" in grader.get(second.result["address"]).content
    assert grader.post(f"{second.result['address']}make/").status_code == 422
    assert grader.post(f"{second.result['address']}drop/").status_code == 302


def test_a_correction_tried_on_other_answers_is_not_made(grader: Client, sitting: Path) -> None:
    scored(grader, PLAIN)
    job = proposed(grader)
    upload(grader, ("south.csv", PLAIN.replace(b"000", b"100")))
    address = job.result["address"]
    assert grader.post(f"{address}make/").status_code == 422
    assert not (sitting / "corrections.yaml").exists()
    page = grader.page(address)
    assert "has changed since this was tried" in page
    assert "Make the correction" not in page


def test_faults_of_a_correction_stand_beside_their_fields(grader: Client, sitting: Path) -> None:
    scored(grader, PLAIN)
    for changes, words in (
        ({"question": "44"}, "has no question 44"),
        ({"kind": "rekey"}, "write the right answer"),
        ({"kind": "accept", "key": "E"}, "has ก, ข, ค, ง. Write its printed letter"),
        ({"date": "20/11/99"}, "the year with four digits"),
    ):
        answer = grader.post(f"{AT}/corrections/", {**DROP, **changes})
        assert answer.status_code == 422, changes
        assert words in answer.content.decode(), changes
    assert not list(sitting.glob("proposed/*"))


@pytest.mark.parametrize("row", [b"0004,A,A,B\n", b"0004,A,A,B,C,D,A\n"])
def test_a_row_of_too_few_or_too_many_cells_offers_what_works(
    grader: Client, sitting: Path, row: bytes
) -> None:
    scored(grader, PLAIN + row)
    page = grader.page(f"{AT}/aside/1/1/")
    assert 'value="void"' in page
    assert 'value="marks"' not in page
    assert 'value="identity"' not in page
    assert "Correct this row in its file and replace the file" in page
    assert f'href="{AT}/answers/"' in page
    seen_now = seen(grader, 1)
    for given in (
        {"what": "marks", "question-0": "1", "answer-0": "A"},
        {"what": "identity", "candidate_id": "0004"},
    ):
        answer = grader.post(f"{AT}/aside/1/1/", {**given, "reason": "paper", "seen": seen_now})
        assert answer.status_code == 422
    assert not (sitting / "marks.csv").exists()
    assert decide(grader, 1, what="void").status_code == 302


# ── releases ─────────────────────────────────────────────────────────────────────────────────

RELEASE = {
    "reason": "the committee has looked at it",
    "minutes": "8/2569",
    "day": date.today().isoformat(),
    "open_looks": "next week",
}


def sha_of(exam: Path, run: int = 1) -> str:
    from examgen.core.exam.runs import find_run, read_run

    return read_run(run, find_run(exam / "results", str(run))).sha256


def release(client: Client, exam: Path, run: int = 1) -> Any:
    return client.post(f"{AT}/runs/{run}/release/", {**RELEASE, "sha256": sha_of(exam, run)})


def test_a_run_is_released_by_who_did_not_score_on_a_day_that_may_be(
    grader: Client, exam: Path, browser: Browser
) -> None:
    scored(grader, PLAIN)
    approver = browser("approver", UNIT)
    at = f"{AT}/runs/1/release/"
    assert 'name="day"' in approver.page(at)
    assert "No analysis of this run has been made" in approver.page(at)
    yesterday, tomorrow = (date.today() + timedelta(days=n) for n in (-1, 1))
    for day, words in (
        ("", "required"),
        (tomorrow.isoformat(), "is in the future"),
        ("soon", "this is not a day"),
    ):
        answer = approver.post(at, {**RELEASE, "day": day, "sha256": sha_of(exam)})
        assert answer.status_code == 422, day
        page = answer.content.decode()
        assert words in page, day
        assert "the committee has looked at it" in page, "what was typed is kept"
        assert "--date" not in page
    job = done(approver.post(at, {**RELEASE, "day": yesterday.isoformat(), "sha256": sha_of(exam)}))
    assert job.state == State.DONE, (job.message, job.problems)
    assert "released" in approver.page(f"{AT}/runs/")
    [told] = releases_of(exam)
    assert told["date"] == yesterday.isoformat()
    assert "8/2569" in told["reason"]
    assert release(grader, exam).status_code == 403


def test_the_release_of_another_run_says_in_words_what_it_changes(
    grader: Client, exam: Path, browser: Browser
) -> None:
    scored(grader, PLAIN)
    approver = browser("approver", UNIT)
    assert "Told this one instead" not in approver.page(f"{AT}/runs/1/release/")
    assert done(release(approver, exam)).state == State.DONE
    upload(grader, ("south.csv", PLAIN.replace(b"000", b"100")))
    scored(grader)
    n = len(table(exam / "results/runs/0001/candidates.csv"))
    page = approver.page(f"{AT}/runs/2/release/")
    assert f"Told this one instead: {n} have a result who had none." in page
    assert done(grader.post(f"{proposed(grader).result['address']}make/")).state == State.DONE
    assert re.search("Told this one instead: .* have a result", approver.page(f"{AT}/runs/3/release/"))
    assert "Release this run all the same" in approver.page(f"{AT}/runs/2/"), "it would replace run 1"


def test_a_release_is_on_record_once_however_often_it_is_asked_for_or_killed(
    grader: Client, exam: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from examgen.scoring import releases

    def killed(*words: Any, **options: Any) -> None:
        made(*words, **options)
        raise KeyboardInterrupt

    scored(grader, PLAIN)
    approver, made = browser("approver", UNIT), releases.release
    monkeypatch.setattr(releases, "release", killed)
    waiting = release(approver, exam)
    with pytest.raises(KeyboardInterrupt):
        done(waiting)
    monkeypatch.undo()
    assert done(waiting).state == State.INTERRUPTED
    assert done(release(approver, exam)).state == State.DONE  # by the same words
    assert done(release(browser("approver", UNIT), exam)).state == State.REFUSED
    assert len(releases_of(exam)) == 1
    assert Entry.objects.filter(what="release.make").count() == 1


SCALED = b"slope: 2\nintercept: 10\npoints: 4\n"


def gave(client: Client, kind: str, data: bytes) -> Any:
    return client.post(f"{AT}/rules/", {"kind": kind, "given": [file("f.yaml", data)]})


def test_cuts_and_a_conversion_are_given_used_and_taken_away(
    grader: Client, exam: Path, browser: Browser
) -> None:
    upload(grader, ("north.csv", PLAIN))
    manifest = read_manifest(exam)
    cut = {
        "exam": manifest["blueprint"]["exam"], "fingerprint": exam_sha256(manifest), "method": "angoff",
        "forms": {name: {"cut": 2, "judged": 2, "judges": 5, "points": 4} for name in "AB"},
        "sources": [{"file": "r.xlsx", "sha256": "0" * 64}], "by": "<script>alert(1)</script>", "reason": "minutes 8", "date": "2026-11-20",
    }  # fmt: skip
    assert gave(grader, "cut", b"cut: 1").status_code == 422
    page = gave(grader, "cut", SCALED).content.decode()
    assert "f.yaml is a different kind of file. Choose “Conversion to scaled scores”" in page
    other = yaml.safe_dump({**cut, "fingerprint": "0" * 64}).encode()
    assert "f.yaml" in gave(grader, "cut", b"cut: 1").content.decode()
    page = gave(grader, "cut", other).content.decode()
    assert "an earlier build" in page
    assert "--exam" not in page
    psychometrician = browser("psychometrician", UNIT)
    answer = gave(psychometrician, "cut", yaml.safe_dump(cut).encode())
    assert answer.status_code == 302, answer.content.decode()
    assert gave(browser("approver", UNIT), "scaled", SCALED).status_code == 403
    assert gave(grader, "scaled", SCALED).status_code == 302
    page = grader.page(f"{AT}/rules/")
    assert "Angoff" in page
    assert re.search('made for a full score of.*<td class="number">4</td></tr>', page, re.DOTALL)
    assert "<script>alert" not in page
    job = scored(grader)
    audit = json.loads((exam / "results/audit.json").read_text("utf-8"))
    assert (audit["cut"]["method"], audit["scaled"]["slope"]) == ("angoff", 2)
    (row, *_) = table(exam / "results/candidates.csv")
    assert float(row["scaled"]) == 2 * float(row["score"]) + 10
    for client, at in ((grader, "runs/1/"), (browser("approver", UNIT), "runs/1/release/")):
        page = client.page(f"{AT}/{at}")
        assert "not the cut of the blueprint: A 2/4, B 2/4 points; Angoff; &lt;script&gt;" in page
        assert "use a conversion from a file" in page
    assert "not the cut of the blueprint: A 2/4" in grader.page(f"{AT}/results/committee/")
    away = f"{AT}/rules/remove/"
    seen = hidden(psychometrician.get(f"{AT}/rules/"), away)
    assert seen["kind"] == "cut"
    assert psychometrician.post(away, seen).status_code == 302
    assert scored(grader).state == State.REFUSED  # what the run before had is missing
    assert scored(grader, without=["cut"]).state == job.state == State.DONE
    assert scored(grader, without=["cut"], strict="on", signals="no").state == State.DONE


ACTS: dict[str, Callable[[Client], object]] = {
    "scored": scored,
    "uploaded answer files": lambda client: upload(client, ("south.csv", PLAIN.replace(b"000", b"001"))),
    "gave a cut or a conversion": lambda client: gave(client, "scaled", SCALED),
    "decided on a row": lambda client: decide(client, 1, what="identity", candidate_id="0009"),
    "made a correction": lambda client: done(client.post(f"{proposed(client).result['address']}make/")),
}


@pytest.mark.parametrize("act", ACTS)
def test_nobody_releases_a_run_that_has_their_work_in_it(
    grader: Client, exam: Path, browser: Browser, scored_faulty: None, act: str
) -> None:
    both = browser("grader,approver", UNIT)
    ACTS[act](both)
    run = scored(grader).result["run"]
    answer = release(both, exam, run)
    assert answer.status_code == 422
    assert b"you may not release run" in answer.content
    assert b"You may not release this run" in both.get(f"{AT}/runs/{run}/release/").content
    assert not releases_of(exam)
    assert done(release(browser("approver", UNIT), exam, run)).state == State.DONE


def test_who_scores_after_asking_for_a_release_is_refused_when_it_is_done(
    grader: Client, exam: Path, person: Any, browser: Browser
) -> None:
    scored(grader, PLAIN)
    user = person("approver", UNIT)
    waiting = release(browser(user=user), exam)
    from examgen.core.exam.runs import find_run, read_run
    from examgen.site.accounts.models import Grant
    from examgen.site.audit.models import record

    sha256 = read_run(1, find_run(exam / "results", "1")).sha256
    record(user, "score.run", "T-EXAM", run=1, sha256=sha256)
    assert done(waiting).state == State.REFUSED
    Grant.objects.filter(user=user).delete()
    assert not releases_of(exam)


# ── who has no row ──


def test_of_an_unknown_number_the_people_without_a_row_are_offered_the_nearest_first(
    grader: Client, exam: Path, sitting: Path
) -> None:
    listed(grader, PLAIN + b"0099,A,A,B,C,D\n")
    page = grader.page(f"{AT}/aside/1/1/")
    assert "3 registered candidates have no row" in page
    offered = re.findall(r'name="person" value="(\w+)"', page)
    assert sorted(offered) == ["0004", "00051", "00052"]
    assert offered[0] == "0004"
    assert "required: the row’s own number is on no list" in page
    assert decide(grader, 1, what="identity").status_code == 422, "an empty field is not the unknown number"
    said = {"seen": seen(grader, 1), "person": "0004"}
    bare = grader.post(f"{AT}/aside/1/1/", said)
    assert bare.status_code == 422
    assert "say why the row is this person’s" in bare.content.decode()
    assert grader.post(f"{AT}/aside/1/1/", {**said, "why": "seat 4 on the list"}).status_code == 302
    [one] = table(sitting / "identities.csv")
    assert (one["candidate_id"], one["reason"]) == ("0004", "seat 4 on the list")


# ── what a run says ──


def test_a_run_names_results_to_be_looked_at_and_who_goes_on(
    grader: Client, exam: Path, sitting: Path, browser: Browser
) -> None:
    scored(grader, PLAIN + b"0004,A,A|C,B,C,D\n0005,Z,A,A,A,A\n")
    page = grader.page(f"{AT}/runs/1/")
    assert "1 row of this run is not decided on yet" in page
    assert "The grader’s part is done" not in page
    assert "1 candidate marked several options in one question" in page
    assert "no better than guessing" in page
    assert f'href="/exams/{EXAM}/results/candidates/?run=1"' in page
    approver = browser("approver", UNIT)
    assert "Release run 1" not in approver.page(f"{AT}/runs/")
    assert "1 row to decide" in approver.page(f"{AT}/runs/")
    assert "Release this run</a>" in approver.page(f"{AT}/runs/1/")
    assert "run 1 to release" not in approver.page("/")
    decide(grader, 1, what="void")
    page = grader.page(f"{AT}/runs/1/")
    assert "1 row was decided on after this run" in page
    assert "Score again with the decisions" in page
    assert "%}" not in page
    assert "part is done" not in page, "what is decided is not scored yet"
    assert "Release run 1" not in approver.page(f"{AT}/runs/")
    assert "1 row was decided on after this run" in approver.page(f"{AT}/runs/1/release/")
    scored(grader)
    assert "run 2 was scored later" in grader.page(f"{AT}/runs/1/")
    page = grader.page(f"{AT}/runs/2/")
    assert "The grader’s part is done" in page
    listed_runs = approver.page(f"{AT}/runs/")
    assert "Release run 2" in listed_runs
    assert "Release run 1" not in listed_runs
    assert "run 2 to release" in approver.page("/")
    page = approver.page(f"{AT}/runs/2/release/")
    assert re.search(r"<b>\d of 4 pass</b>", page)
    assert "1 candidate with several marks in one question" in page


MANY = b"candidate_id,form,Q1,Q2,Q3,Q4\n" + b"".join(
    b"CM-%05d,A,%s\n" % (n, b"A,B,C,E" if n == 3 else b"A,B,C,D") for n in range(1, 9)
)


def test_a_row_that_was_scored_under_a_wrong_number_is_given_its_right_one(
    grader: Client, exam: Path, sitting: Path, browser: Browser
) -> None:
    scored(grader, MANY + b"CM-9,A,A,A,C,D\n")
    page = grader.page(f"{AT}/runs/1/")
    assert "1 number is written unlike the others of its file" in page
    way = f"{AT}/runs/1/row/?id=CM-9"
    assert way in page
    assert "question 4" in page.split("a mark that is no option")[1].split("</details>")[0]
    assert way in grader.page(f"{AT}/results/candidate/?id=CM-9&run=1")
    form = grader.get(way)
    assert "CM-9,A,A,A,C,D" in form.content.decode(), "the row as it came"
    given = {"seen": hidden(form)["seen"], "what": "identity", "candidate_id": "CM-9", "reason": "slip"}
    assert "nothing would change" in grader.post(way, given).content.decode()
    assert grader.post(way, {**given, "candidate_id": "CM-00009", "reason": ""}).status_code == 422
    for role in ("approver", "psychometrician", "auditor"):
        assert browser(role).get(way).status_code == 403, role
    assert grader.post(way, {**given, "candidate_id": "CM-00009"}).status_code == 302
    assert grader.post(way, {**given, "candidate_id": "CM-00010"}).status_code == 422, "decided meanwhile"
    assert "score again with the decisions" in grader.page("/")
    [made] = table(sitting / "identities.csv")
    assert (made["line"], made["candidate_id"], made["raw"]) == ("10", "CM-00009", "CM-9,A,A,A,C,D")
    assert Entry.objects.filter(what="rows.decide", detail__line=10).exists()
    assert scored(grader).message["en"].startswith("run 2: 9 rows read = 9 scored")
    people = {one["candidate_id"] for one in table(exam / "results/runs/0002/candidates.csv")}
    assert "CM-00009" in people
    assert "CM-9" not in people
    assert "score again" not in grader.page("/")
    assert grader.get(way).status_code == 404, "the newest run is another"


def test_a_record_that_was_cut_behind_what_the_site_knows_is_found(
    grader: Client, exam: Path, browser: Browser, settings: Any
) -> None:
    site = settings.SITE._replace(hosts=("localhost",), is_demo=False)
    scored(grader, PLAIN)
    assert done(release(browser("approver", UNIT), exam)).state == State.DONE
    assert "record-cut" not in {one.code for one in findings(site)}
    path = exam / "sitting/record.jsonl"
    whole = path.read_bytes()
    for cut in (True, False):
        path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]) if cut else whole)
        if not cut:
            write_record_anew(path, "8/2569", "9/2569")
        assert [one.source for one in findings(site) if one.code == "record-cut"] == [
            f"output/{exam.name}/sitting/record.jsonl"
        ]
