"""The page of decisions on persons, and of results of other methods: the record that the command keeps."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from examgen.core.exam.names import KEY_CSV
from examgen.core.exam.runs import find_run, read_run
from examgen.core.person_decisions import without_result
from examgen.scoring.releases import release
from examgen.scoring.sitting_folder import sitting_of
from examgen.site.audit.models import Entry
from examgen.sitting.taking import take, understood
from tests.site.conftest import Browser, Client
from tests.site.sittings.conftest import AT, PLAIN, UNIT, file, scored, upload
from tests.sittings import table

PAGE = f"{AT}/persons/"
SAID = {"reason": "copied: record of room 2", "evidence": "record 4"}


@pytest.fixture
def approver(grader: Client, exam: Path, browser: Browser) -> Client:
    """An approver of an exam that a grader has scored."""
    scored(grader, PLAIN)
    return browser("approver", UNIT)


def decide(client: Client, who: str, decision: str, **more: str) -> Any:
    return client.post(PAGE, {"candidates": who, "decision": decision, **SAID, **more})


def test_a_decision_is_on_the_record_that_the_command_reads(approver: Client, exam: Path) -> None:
    assert decide(approver, "0001, ๐๐๐๒", "withheld").status_code == 302
    decisions = sitting_of(exam).decisions()
    assert [(one.candidate_id, one.decision) for one in decisions] == [
        ("0001", "withheld"),
        ("0002", "withheld"),
    ]
    assert {one.by for one in decisions} == {approver.get("/").wsgi_request.user.signature}
    assert {(one.reason, one.evidence, one.confirmed_by) for one in decisions} == {(*SAID.values(), "")}
    page = approver.page(PAGE)
    assert page.count("copied: record of room 2; record 4") == 2
    assert decide(approver, "0001", "restored").status_code == 302
    assert [*without_result(sitting_of(exam).decisions())] == ["0002"]
    assert Entry.objects.filter(what="persons.decide", about=exam.name).count() == 2


def test_nobody_says_that_another_account_confirmed(approver: Client, exam: Path, browser: Browser) -> None:
    """An approver alone put on record that another approver confirmed a disqualification."""
    other = browser("approver", UNIT).get("/").wsgi_request.user.signature
    more = {"confirmed_by": other, "second": other, "confirms": "1"}
    assert decide(approver, "0001", "disqualified", **more).status_code == 302
    [one] = sitting_of(exam).decisions()
    assert (one.by, one.confirmed_by) == (approver.get("/").wsgi_request.user.signature, "")
    assert other not in (sitting_of(exam).place / "record.jsonl").read_text("utf-8")
    assert other not in approver.page(f"{AT}/conflicts/")
    assert 'name="confirmed_by"' not in approver.page(PAGE)


def offered(page: str) -> list[str]:
    """The decisions that the form offers, the first of which is chosen."""
    field = page.split('name="decision"', 1)[1].partition("</select>")[0]
    return re.findall(r'<option value="([a-z-]+)"', field)


def test_who_is_held_is_offered_the_lift_and_the_record_says_what_was_lifted(approver: Client) -> None:
    own = f"{PAGE}?who=0001"
    before = offered(approver.page(own))
    assert before[0] == "withheld"
    assert "dropped" not in before, "a proposal is given up by the button beside it"
    assert decide(approver, "0001", "withheld").status_code == 302
    page = approver.page(own)
    assert offered(page)[0] == "restored"
    assert "withheld" not in offered(page)
    assert "no longer: result withheld" in page
    assert f'action="{PAGE}"' in page, "else the page that follows is opened at the form, below its message"
    assert decide(approver, "0001", "restored").status_code == 302
    page = approver.page(PAGE)
    assert "<td>no longer: result withheld</td>" in page
    assert offered(approver.page(own)) == before


def test_what_is_refused_is_said_and_nothing_is_on_record(approver: Client, exam: Path) -> None:
    answer = decide(approver, "0001 0099", "disqualified")
    assert answer.status_code == 422
    assert "0099" in answer.content.decode()
    assert "on no list of this sitting" in answer.content.decode()
    assert decide(approver, "0001", "changed").status_code == 422
    assert decide(approver, "", "withheld").status_code == 422
    assert decide(approver, "0001", "expelled").status_code == 422
    assert approver.post(PAGE, {"candidates": "0001", "decision": "withheld"}).status_code == 422, "no reason"
    assert sitting_of(exam).decisions() == ()
    assert not Entry.objects.filter(what="persons.decide").exists()


def test_where_two_persons_are_asked_another_account_confirms(
    approver: Client, exam: Path, browser: Browser
) -> None:
    plan = exam.parent.parent / "plan.yaml"
    plan.write_text("date: 2026-11-18\nsecond_person: [withheld]\n", "utf-8")
    place = sitting_of(exam)
    take(place, [understood(place, plan)], "c")
    assert decide(approver, "0001 0002", "withheld").status_code == 302
    assert place.decisions() == (), "a name that somebody typed confirms nothing"
    page = approver.page(PAGE)
    assert "Waits for a second person" in page
    assert ">Confirm<" not in page, "not one's own"
    assert "2 decisions wait for a second person: 0001, 0002" in approver.page(f"{AT}/runs/1/release/")
    assert decide(approver, "0001", "withheld").status_code == 422

    second = browser("approver", UNIT)
    assert second.page(PAGE).count(">Confirm<") == 2
    assert decide(second, "0001", "withheld").status_code == 302
    [one] = place.decisions()
    assert (one.candidate_id, one.by, one.confirmed_by) == (
        "0001",
        approver.get("/").wsgi_request.user.signature,
        second.get("/").wsgi_request.user.signature,
    )
    assert decide(second, "0002", "dropped").status_code == 302
    assert "Waits for a second person" not in second.page(PAGE)
    assert len(place.decisions()) == 1


def test_rows_of_somebody_who_was_decided_on_wait_for_nobody(
    approver: Client, grader: Client, exam: Path
) -> None:
    assert decide(approver, "0001", "disqualified").status_code == 302
    scored(grader)
    page = grader.page(f"{AT}/aside/")
    assert "1 row is not used by decision" in page
    assert "decided on the candidate" in page
    assert "to be decided" not in page


def test_what_pages_write_is_on_record_and_decision_files_are_no_answers(
    approver: Client, grader: Client, exam: Path
) -> None:
    people = "candidate_id,name,room,status\n0001,x,301,present\n0002,y,301,\n0003,z,301,\n"
    listed = {"given": [file("list.csv", people.encode())]}
    assert grader.post(f"{AT}/roster/list/", listed).status_code == 302
    marks = b"file,line,question,answer,reason,by,date\nnorth.csv,2,1,B,looked again,c,2026-11-20\n"
    upload(grader, ("appeal.csv", marks))
    place = sitting_of(exam)
    assert [path.name for path in place.answers] == ["north.csv"], "it is no answer file"
    kinds = {(one.kind, one.file): one.by for one in place.acts()}
    signature = grader.get("/").wsgi_request.user.signature
    assert kinds["roster", "roster.csv"] == signature
    assert kinds["marks", "marks.csv"] == signature
    job = scored(grader)
    assert job.state == "done", (job.message, job.problems)
    assert "question 1 is B" in (exam / "results/runs/0002/audit.json").read_text("utf-8")


def test_second_looks_are_decided_from_the_release_and_lead_back_to_it(
    approver: Client, exam: Path, browser: Browser, grader: Client
) -> None:
    key = [one["key"] for one in table(exam / KEY_CSV) if one["form"] == "A"]
    rows = [",".join([f"100{n}", "A", *key[:n], *[""] * (4 - n)]) for n in range(5)]
    upload(grader, ("all.csv", "\n".join(["candidate_id,form,Q1,Q2,Q3,Q4", *rows, ""]).encode()))
    scored(grader)
    of_run = grader.page(f"{AT}/runs/2/")
    assert "results near the cut again" in of_run
    assert f'href="{PAGE}?looks=2"' in of_run, "it leads to them"
    page = approver.page(f"{AT}/runs/2/release/")
    way = f"{PAGE}?looks=2"
    assert f'href="{way}"' in page
    assert f'href="{way}"' in grader.page(f"/exams/{exam.name}/results/committee/?run=2")
    assert "waiting for a second look)" in approver.page(f"/exams/{exam.name}/results/")
    page = approver.page(way)
    open_ = re.findall(r'name="who" value="(\w+)"', page)
    assert open_
    assert " checked" not in page, "nobody has looked yet"
    typed = {"looks": "2", "decision": "changed", "reason": "read <again>"}
    ticked = approver.post(PAGE, {**typed, "all": "1"}).content.decode()
    assert ticked.count(" checked") == len(open_)
    assert 'value="read &lt;again&gt;"' in ticked, "what was typed before stays"
    assert 'value="changed" selected' in ticked
    assert "tick at least" not in ticked
    assert " / 4</td>" in page
    assert f'href="{AT}/runs/2/release/"' in page
    said = {"looks": "2", "decision": "upheld", "reason": "seen"}
    refused = approver.post(PAGE, said)
    assert refused.status_code == 422, "nobody is ticked"
    before = refused.content.decode().partition('id="looks"')[0].rpartition("</nav>")[2]
    assert "<details><summary>" not in before, "they are in view"
    named = approver.page(f"{PAGE}?who={open_[0]}")
    assert named.index('id="decide"') < named.index('id="looks"'), "who is named comes first"
    assert "the result of run 2 stands" in page
    cut, before = '<th scope="col" class="number">Cut score</th>', "Released before"
    assert (cut in page, before in page) == (True, False)
    own = f"/exams/{exam.name}/results/candidate/?id={open_[0]}&run=2"
    assert f'name="who" value="{open_[0]}"' in approver.page(own)
    assert f'action="{way}"' in approver.page(own)
    assert f'href="{way}"' in grader.page(own)
    assert 'name="who"' not in grader.page(own)
    first = approver.post(PAGE, {**said, "who": open_[:1]})
    assert "For a second look" not in approver.page(own)
    assert "(run 2: " in approver.page(own)
    left = approver.post(PAGE, {**said, "who": open_[1:]}) if open_[1:] else first
    assert left.headers["location"] == f"{AT}/runs/2/release/"
    if open_[1:]:
        assert first.headers["location"] == way
    assert {one.decision for one in sitting_of(exam).decisions()} == {"upheld"}
    told = f"Near the cut</dt><dd>{len(open_)} (all second looks are decided)"
    assert told in approver.page(f"/exams/{exam.name}/results/")
    assert "all were considered again" in approver.page(f"{AT}/runs/2/")
    assert "Consider" not in approver.page(f"{AT}/runs/2/release/")
    assert approver.get(f"{PAGE}?looks=9").status_code == 404
    assert 'name="who"' not in grader.page(way)


def test_a_second_look_after_a_correction_tells_what_was_released_before(
    approver: Client, exam: Path, grader: Client
) -> None:
    key = [one["key"] for one in table(exam / KEY_CSV) if one["form"] == "A"]
    rows = [",".join([f"100{n}", "A", *key[:n], *[""] * (4 - n)]) for n in range(5)]
    upload(grader, ("all.csv", "\n".join(["candidate_id,form,Q1,Q2,Q3,Q4", *rows, ""]).encode()))
    scored(grader)
    release(exam, 2, "somebody", "all points", date(2026, 11, 21), open_looks="later")
    assert "Released before" not in approver.page(f"{PAGE}?looks=2")
    marks = f"file,line,question,answer,reason,by,date\nall.csv,3,2,{key[1]},looked again,c,2026-11-22\n"
    upload(grader, ("appeal.csv", marks.encode()))
    scored(grader)
    page = approver.page(f"{PAGE}?looks=3")
    [line] = [one for one in page.split("<tr>") if 'value="1001"' in one]
    assert "Released before" in page
    assert "2 / 4" in line
    assert "not passed (1 / 4)" in line
    assert "the result of run 3 stands" in page


def test_who_has_no_result_of_another_method_is_nobody_whose_row_is_not_used(
    grader: Client, exam: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("examgen.site.sittings.persons.methods_asked", lambda _: {UNIT: ("observation",)})
    listed = b"candidate_id,name\n0003,Wichai\n0002,Suda\n0001,Somchai\n0004,Malee\n"
    grader.post(f"{AT}/roster/list/", {"given": [file("list.csv", listed)]})
    scored(grader, PLAIN + b"0999,A,A,B,C,D\n0004,Z,A,B,C,D\n")
    page = browser("approver", UNIT).page(PAGE)
    assert "4 candidates have no result of another method</summary><p>0001, 0002, 0003, 0004</p>" in page


def test_a_run_that_decisions_contradict_is_locked_and_one_of_the_same_results_waits_for_nobody(
    approver: Client, grader: Client, exam: Path
) -> None:
    release(exam, 1, "committee", "9", open_looks="later")
    assert decide(approver, "0001", "withheld").status_code == 302
    assert "score again with the decisions" in grader.page("/")
    assert "run 1 waits for this: score again with the decisions (Grader)" in approver.page("/")
    scored(grader)
    assert "run 2 to release" in approver.page("/")
    assert "0001 (result withheld)" in approver.page(f"{AT}/runs/2/release/")

    assert decide(approver, "0001", "restored").status_code == 302
    assert "run 2 to release" not in approver.page("/"), "people are told what is decided"
    page = approver.page(f"{AT}/runs/2/release/")
    assert "This run cannot be released" in page
    assert "<button>Release run" not in page
    sent = {
        "reason": "all is well",
        "minutes": "10",
        "day": date.today().isoformat(),
        "sha256": sitting_sha(exam, 2),
        "open_looks": "later",
    }
    assert approver.post(f"{AT}/runs/2/release/", sent).status_code == 422
    scored(grader)
    assert "to release" not in approver.page("/")
    assert "same results as run 1" in approver.page(f"{AT}/runs/3/release/")


def sitting_sha(exam: Path, number: int) -> str:
    return read_run(number, find_run(exam / "results", str(number))).sha256
