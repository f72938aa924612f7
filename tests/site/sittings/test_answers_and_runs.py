"""Answers uploaded, seen before they are scored, columns matched by hand, scored; runs compared."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from uuid import uuid4

import pytest
import yaml
from django.utils import timezone
from django.utils.translation import override

from examgen.assembly.compliance import WRITTEN_ALONE
from examgen.core.words import tell
from examgen.scoring.runs import read_scored
from examgen.site.audit.models import Entry
from examgen.site.jobs.models import Job, State
from examgen.site.language import kept, of_kept
from examgen.site.sittings import answers
from tests.commands.conftest import Run
from tests.digests import renewed
from tests.site.conftest import Browser, Client
from tests.site.sittings.conftest import (
    AT,
    EXAM,
    FAULTY,
    PLAIN,
    UNIT,
    hidden,
    removed,
    scored,
    stated,
    upload,
)
from tests.sittings import table

XSS = "<script>alert(1)</script>"


def test_answers_are_seen_as_they_were_understood_then_scored(grader: Client, exam: Path) -> None:
    assert upload(grader, ("north.csv", FAULTY)).status_code == 302
    page = grader.page(f"{AT}/answers/")
    assert "wide, 4 answers, comma" in page
    assert "<code>ก ข ค ง</code>" in page, "in the letters that the papers print"
    assert "no such form" in page
    job = scored(grader)
    assert job.state == State.DONE, (job.message, job.problems)
    assert job.message["en"] == "run 1: 6 rows read = 3 scored + 0 repeated + 3 set aside"
    page = grader.page(job.result["address"])
    assert "6 rows read = 3 scored" in page
    assert [row["candidate_id"] for row in table(exam / "results/candidates.csv")] == ["0001", "0002", "0003"]


def test_a_file_that_is_no_table_is_refused_at_once(grader: Client, exam: Path, sitting: Path) -> None:
    other = {
        "program.csv": b"\x7fELF\x02\x01\x01\n;\0" * 99,
        "noise.xlsx": bytes(range(1, 256)) * 9,
        "letter.csv": b"Dear all\nenclosed are the answers\n",
        "photo.csv": b"\xff\xd8\xff\xe0" * 99,
    }
    refused = upload(grader, *other.items(), ("good.csv", PLAIN))
    assert refused.status_code == 422
    for name in other:
        assert f"<b>{name}</b>" in refused.content.decode(), name
    assert "Expected is a table (CSV, XLSX, Parquet)" in refused.content.decode()
    grader.cookies["language"] = "th"
    assert "program.csv</b>: ไม่ใช่ข้อความ: ต้องเป็นตาราง" in upload(grader, *other.items()).content.decode()
    assert not (sitting / "answers").exists()


def test_answers_that_a_scoring_would_refuse_are_refused_at_once_with_the_way_on(
    grader: Client, exam: Path, sitting: Path
) -> None:
    rows = "".join(f"{n:04},A,{'-' if n % 3 else 'A'},B,C,D\n" for n in range(60))
    points = f"candidate_id,form,Q1,Q2,Q3,Q4\n{rows}".encode()
    refused = upload(grader, ("points.csv", points))
    assert refused.status_code == 422
    assert "all who answered gave the same answer" in refused.content.decode()
    assert not (sitting / "answers").exists()
    way = hidden(refused, f"{AT}/answers/reading/")
    assert grader.post(f"{AT}/answers/reading/", {**way, "unreadable": "score"}).status_code == 302
    assert upload(grader, ("points.csv", points)).status_code == 302
    assert (sitting / "answers/points.csv").read_bytes() == points


def test_a_second_run_tells_what_changed_against_the_first(
    grader: Client, exam: Path, browser: Browser
) -> None:
    scored(grader, PLAIN)
    refused = upload(grader, ("north.csv", PLAIN.replace(b"A,B,C,D", b"D,D,D,D")))
    assert refused.status_code == 409
    assert b"A file of this name is here already" in refused.content
    asked = hidden(refused)
    assert browser("grader", UNIT).post(f"{AT}/answers/", asked).status_code == 404, "another's file"
    assert grader.post(f"{AT}/answers/", {**asked, "drop": "1"}).status_code == 302
    assert (exam / "sitting/answers/north.csv").read_bytes() == PLAIN
    assert grader.post(f"{AT}/answers/", asked).status_code == 404, "given up"
    upload(grader, ("north.csv", PLAIN.replace(b"0003", b"0004")), replace="on")
    refused_job = scored(grader)
    assert refused_job.state == State.REFUSED
    assert "candidates" in str(refused_job.problems)
    for language, label in (
        ("en", "“Deliberately leave out input that an earlier run used: candidates who were scored”"),
        ("th", "“ไม่ใช้ข้อมูลบางอย่างจากการตรวจครั้งก่อน: ผู้เข้าสอบที่เคยตรวจแล้ว”"),
    ):
        with override(language):
            assert label in of_kept(refused_job.message)
    assert scored(grader, without=["candidates"]).result["run"] == 2
    page = grader.page(f"{AT}/runs/compare/?before=1&after=2")
    assert "no longer scored: 1 (0003)" in page
    assert "not scored before: 1 (0004)" in page


@pytest.mark.parametrize("language", ["en", "th"])
def test_a_refused_scoring_says_what_to_press(
    grader: Client, exam: Path, sitting: Path, language: str
) -> None:
    """An answer file, the conversion and the roster of the run before are missing."""
    upload(grader, ("north.csv", PLAIN), ("south.csv", PLAIN.replace(b"000", b"001")))
    (sitting / "scaled.yaml").write_text("slope: 2\nintercept: 100\n", "utf-8")
    (sitting / "roster.csv").write_text("candidate_id\n0001\n0002\n0003\n", "utf-8")
    job = scored(grader)
    assert job.state == State.DONE, (job.message, job.problems)
    audit = (exam / "results/audit.json").read_text("utf-8")
    assert str(exam.parents[1]) not in audit, "where the server has its files"
    assert "sitting/roster.csv" in audit
    for name in ("scaled.yaml", "roster.csv"):
        (sitting / name).unlink()
    removed(grader, "south.csv")
    job = scored(grader)
    assert job.state == State.REFUSED
    grader.cookies["language"] = language
    page = grader.page(f"/work/{job.pk}/")
    said = re.sub("<[^>]+>", "", page[page.index("note error") :])
    assert "south.csv" in said
    assert not re.search(r"--\w", said)
    if language == "th":
        assert set(re.findall("[A-Za-z]{3,}", said)) == {"note", "error", "south", "csv", "roster"}


def test_columns_are_matched_by_hand(
    grader: Client, exam: Path, sitting: Path, run: Run, tmp_path: Path
) -> None:
    data = ("รายงาน;;;;;;\nใคร;เล่ม;a;b;c;d;หมายเหตุ\n0001;A;A;B;C;D;=1+1\n0002;B;A;A;A;A;x\n").encode()
    assert upload(grader, ("odd.csv", data), ("plain.csv", PLAIN.replace(b"000", b"001"))).status_code == 302
    assert "not the header of an answer file" in grader.page(f"{AT}/answers/")
    hand = grader.page(f"{AT}/answers/columns/1/?heading=2")
    assert "ใคร" in hand
    assert "0001 · 0002" in hand
    known = grader.page(f"{AT}/answers/columns/2/")
    assert known.count('<option value="candidate_id" selected>') == 1  # as its headings say
    assert known.count('<option value="form" selected>') == 1
    given = {"column0": "candidate_id", "column1": "form", **hidden(grader.get(f"{AT}/answers/columns/1/"))}
    given |= {"way": _way(hand), "heading": "2"}
    between = grader.post(f"{AT}/answers/columns/1/", {**given, "first": "3", "last": "6", "fill": "1"})
    assert between.content.decode().count('<option value="4" selected>question 4') == 1
    chosen = {f"column{n + 1}": str(n) for n in range(1, 5)}
    twice = grader.post(f"{AT}/answers/columns/1/", {**given, **chosen, "column5": "1", "save": "1"})
    assert twice.status_code == 422
    assert b"question 1 is assigned to two columns" in twice.content
    assert not (sitting / "columns.yaml").exists()
    saved = grader.post(f"{AT}/answers/columns/1/", {**given, **chosen, "save": "1"})
    assert saved.status_code == 302, saved.content.decode()
    assert yaml.safe_load((sitting / "columns.yaml").read_text("utf-8")) == {
        "candidate_id": "ใคร",
        "form": "เล่ม",
        "questions": {1: "a", 2: "b", 3: "c", 4: "d"},
        "heading": 2,
        "files": ["odd.csv"],
    }
    assert "=1+1" not in grader.page(f"{AT}/answers/")
    assert scored(grader).state == State.DONE
    by_hand = {path.name: path.read_bytes() for path in (exam / "results").glob("*.csv")}
    own = tmp_path / "own"
    run.ok(
        "score",
        exam,
        sitting / "answers/odd.csv",
        sitting / "answers/plain.csv",
        "--columns",
        sitting / "columns.yaml",
        "--out",
        own,
    )
    assert {path.name: path.read_bytes() for path in own.glob("*.csv")} == by_hand


def test_files_of_other_headings_are_matched_alone(grader: Client, exam: Path, sitting: Path) -> None:
    upload(
        grader, ("a.csv", b"who;what;w;x;y;z\n0001;A;A;B;C;D\n"), ("b.csv", b"w,x,y,z,who\nA,A,A,A,0002\n")
    )
    first = {"column0": "candidate_id", "column1": "form", **{f"column{n + 1}": str(n) for n in range(1, 5)}}
    page = grader.get(f"{AT}/answers/columns/1/")
    way = _way(page.content.decode())
    saved = grader.post(f"{AT}/answers/columns/1/", {**hidden(page), "way": way, **first, "save": "1"})
    assert saved.status_code == 302, saved.content.decode()
    second = {**{f"column{n - 1}": str(n) for n in range(1, 5)}, "column4": "candidate_id"}
    second |= hidden(grader.get(f"{AT}/answers/columns/2/"))
    assert b"the exam has 2 forms" in grader.post(f"{AT}/answers/columns/2/", {**second, "save": "1"}).content
    grader.post(f"{AT}/answers/columns/2/", {**second, "form_is": "B", "save": "1"})
    said = yaml.safe_load((sitting / "columns.yaml").read_text("utf-8"))
    assert sorted(one["files"][0] for one in said) == ["a.csv", "b.csv"]
    assert scored(grader).message["en"].startswith("run 1: 2 rows read = 2 scored")
    assert {row["candidate_id"]: row["form"] for row in table(exam / "results/candidates.csv")} == {
        "0001": "A",
        "0002": "B",
    }
    forget = f"{AT}/answers/columns/"
    assert grader.post(forget, hidden(grader.get(f"{AT}/answers/"), forget)).status_code == 302
    assert yaml.safe_load((sitting / "columns.yaml").read_text("utf-8"))["files"] == ["b.csv"]


def _way(page: str) -> str:
    """The way that reads by semicolons."""
    return next(
        part[7:].split('"')[1] for part in page.split("<option")[1:] if "semicolon" in part.split("<")[0]
    )


def test_names_and_cells_are_text_wherever_they_are_shown(grader: Client, exam: Path) -> None:
    data = f'candidate_id,form,Q1,Q2,Q3,Q4,"{XSS}"\n0001,A,A,B,C,D,x\n"{XSS}",Z,A,A,A,A,y\n'.encode()
    upload(grader, (f"{XSS}.csv", data))
    scored(grader)
    for place in ("answers/", "answers/columns/1/", "runs/", "runs/1/", "aside/", "aside/1/1/", "sitting/"):
        assert "<script>alert" not in grader.page(f"{AT}/{place}"), place


def test_what_is_not_a_table_is_refused_and_not_kept(grader: Client, sitting: Path) -> None:
    answer = upload(grader, ("scan.pdf", b"%PDF-1.7 ..."), ("empty.csv", b"\n \n"))
    assert answer.status_code == 422
    assert b"this is a PDF file" in answer.content
    assert not list(sitting.glob("answers/*"))


def test_no_page_says_where_files_lie(grader: Client, sitting: Path, exam: Path, browser: Browser) -> None:
    place = str(exam.parents[1])
    by = grader.get("/").wsgi_request.user
    path = f"{place}/.examgen-web/uploads/{uuid4()}/c.csv"
    both = {"en": f"{path}: 1 fault", "th": f"{path}: ผิด 1 แห่ง"}
    problems = [
        {**both, "severity": "error"},
        kept(tell("{path} is missing", path=f"{gettempdir()}/tmp1a2b/key.csv")),
    ]
    job = Job.objects.create(
        kind="score", about=EXAM, by=by, state=State.REFUSED, message=both, problems=problems
    )
    page = grader.page(f"/work/{job.pk}/")
    assert "c.csv: 1 fault" in page
    assert "key.csv is missing" in page
    (exam / "results").mkdir()
    (exam / "results/runs").write_text("no folder", "utf-8")
    pages = [page, *(grader.page(f"{AT}/{one}/") for one in ("runs", "answers", "sitting"))]
    (exam / "exam.yaml").write_text("no: package", "utf-8")
    upload(grader, ("north.csv", PLAIN))
    refused = grader.get(f"{AT}/answers/")
    for said in (*pages, refused.content.decode()):
        assert place not in said
        assert "uploads/" not in said
        assert gettempdir() not in said


def test_results_are_taken_in_the_kinds_of_files_that_were_chosen_and_the_next_scoring_keeps_them(
    grader: Client, exam: Path, browser: Browser
) -> None:
    upload(grader, ("north.csv", PLAIN))
    given = scored(grader, chosen="on", formats=["xlsx"], elements="on")
    assert given.state == State.DONE, given.problems
    page = grader.page(f"{AT}/runs/1/")
    names = ("candidates.csv", "pc_results.csv", "element_results.csv", "results.xlsx")
    assert all(f'{AT}/runs/1/files/{name}"' in page for name in names)
    assert ".parquet" not in page
    for name in names:
        taken = b"".join(grader.get(f"{AT}/runs/1/files/{name}").streaming_content)  # type: ignore[attr-defined]
        assert taken == (exam / "results" / name).read_bytes()
    assert Entry.objects.filter(what="run.take").count() == len(names)
    assert grader.get(f"{AT}/runs/1/files/responses.parquet").status_code == 404
    assert browser("grader", "OTHER").get(f"{AT}/runs/1/files/results.xlsx").status_code == 403
    assert browser("invigilator", UNIT).get(f"{AT}/runs/1/files/results.xlsx").status_code == 403
    assert " checked" in grader.page(f"{AT}/runs/").split('name="elements"')[1][:60]
    again = scored(grader)  # from a page that shows no kinds of files
    assert "it already says this" in again.message["en"]
    assert scored(grader, chosen="on").result["run"] == 2
    assert "results.xlsx" not in grader.page(f"{AT}/runs/2/")
    assert grader.post(f"{AT}/score/", {"chosen": "on", "formats": "exe"}).status_code == 422


def test_what_was_sent_does_not_go_to_the_exam_that_was_built_in_the_place_of_its_own(
    exam: Path, sitting: Path, grader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = answers.uploaded

    @contextmanager
    def slow(files: Any) -> Iterator[Any]:
        with taken(files) as found:
            aside = exam.rename(exam.with_name(f"{EXAM}.earlier-1"))
            said = (shutil.copytree(aside, exam) / "exam.yaml").read_text("utf-8")
            (exam / "exam.yaml").write_text(re.sub("(?m)^seed: .*", "seed: 99", said), "utf-8")
            yield found

    monkeypatch.setattr(answers, "uploaded", slow)
    answer = upload(grader, ("north.csv", PLAIN))
    assert answer.status_code == 422
    assert "has been built again" in answer.content.decode()
    assert not (sitting / "answers").exists()
    assert not Entry.objects.filter(what="answers.upload").exists()


def test_the_way_to_a_page_of_the_sitting_ends_with_that_page(grader: Client) -> None:
    """And names no two places alike."""
    grader.cookies["language"] = "th"
    tabs = re.findall('<li><a href="([^"]+)"[^>]*>([^<]+)', inside(grader.get(f"{AT}/answers/"), "tabs"))
    assert len(tabs) == 13
    shown, behind = inside(grader.get(f"{AT}/answers/"), "tabs").split("<details>")
    assert (shown.count("<li>"), behind.count("<li>")) == (8, 5)
    assert '<summary class="here">' in inside(grader.get(f"{AT}/cases/"), "tabs")
    assert tabs[0][0] == f"{AT}/"
    for address, words in tabs[1:]:
        answer = grader.get(address)
        assert '<a href="/exams/" aria-current' in answer.content.decode()
        places = re.findall("<(?:a|span)[^>]*>([^<]+)", inside(answer, "trail"))
        assert places[1] == EXAM
        assert places[2:] == [words]
        assert len({*places}) == len(places)


def inside(answer: Any, name: str) -> str:
    """A way through the site on a page."""
    page: str = answer.content.decode()
    return page.split(f'<nav class="{name}"')[1].split("</nav>", maxsplit=1)[0]


def test_results_of_other_methods_are_given_with_the_answers(
    unsat: Path, browser: Browser, person: Any
) -> None:
    """Their list is told apart by its columns, and stays out of the answers."""
    asks_an_interview(unsat)
    stated(person)
    grader, sitting = browser("grader", UNIT), unsat / "sitting"
    data = b"candidate_id,method,result,date,assessor\n0001,interview,pass,2026-11-20,A\n"
    upload(grader, ("north.csv", PLAIN))
    bad = upload(grader, ("interview.csv", data.replace(b"interview,", b"portfolio,")))
    assert bad.status_code == 422
    assert "does not require portfolio" in bad.content.decode()
    assert not (sitting / "methods/interview.csv").exists()
    given = upload(grader, ("interview.csv", data))
    assert given.status_code == 302
    assert (sitting / "methods/interview.csv").read_bytes() == data
    acts = [json.loads(line) for line in (sitting / "record.jsonl").read_text("utf-8").splitlines()]
    assert [one["kind"] for one in acts] == ["held", "answers", "methods"]
    assert acts[0]["date"] == timezone.localdate().isoformat()
    assert acts[1]["by"] == acts[2]["by"] != acts[0]["by"]
    assert scored(grader).state == State.DONE
    form = hidden(grader.get(f"{AT}/answers/"), f"{AT}/answers/remove/")
    assert form["name"] == "methods/interview.csv"
    taken = grader.post(f"{AT}/answers/remove/", {**form, "reason": "of another exam"})
    assert taken.status_code == 302
    assert not (sitting / "methods/interview.csv").exists()
    assert (sitting / "earlier/0004-interview.csv").read_bytes() == data
    # without a plan reports have the day that was confirmed
    assert read_scored(unsat).sat_on == timezone.localdate()
    page = browser("approver", UNIT).page(f"{AT}/runs/1/release/")
    assert page.count("also requires other methods of assessment") == 1


def asks_an_interview(exam: Path) -> None:
    """Has the standard of the exam's unit ask an interview as well, as the build noticed."""
    snapshot, manifest = exam / "secure/items.yaml", exam / "exam.yaml"
    items = yaml.safe_load(snapshot.read_bytes())
    for one in items["units"][0]["assessment"]:
        one["methods"] = [*one["methods"], "interview"]
    snapshot.write_text(yaml.safe_dump(items, allow_unicode=True), "utf-8")
    renewed(exam, "secure/items.yaml")
    said = yaml.safe_load(manifest.read_text("utf-8"))
    noticed = tell(WRITTEN_ALONE, also="T-1: interview")
    said["notices"] = [str(noticed)]
    said["notices_translatable"] = [{"id": WRITTEN_ALONE, "values": {"also": "T-1: interview"}}]
    manifest.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), "utf-8")
