"""Appeals and complaints by command: opened, read a second time, decided, answered; all of it on one record."""

from __future__ import annotations

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from examgen.core.problems import Refused
from examgen.scoring import releases
from examgen.scoring.score import score
from examgen.scoring.sitting_folder import Sitting, sitting_of
from examgen.scoring.sitting_record import read_acts
from examgen.sitting.cases import open_case, states
from examgen.sitting.taking import take, understood
from tests.commands.conftest import Run, run
from tests.sittings import key_of, small_package

__all__ = ["run"]
ANSWERS = "candidate_id,form,Q1,Q2,Q3,Q4\n0001,A,A,B,C,D\n0002,B,A,A,,A\n0003,A,B,B,B,B\n"
SETTINGS = """
reports:
  name: {th: สถาบันสมมติ, en: Institute of Tests}
  appeal: {th: ยื่นภายใน 3 วัน, en: Within 3 days, days: 3}
cases:
  appeal_days: 30
  complaint_days: 15
  further: {th: ติดต่อคณะกรรมการ, en: Write to the board.}
"""
APPEAL = ("--as", "appeal", "--candidate", "0002", "--about", "look again", "--by", "Ann")
ON = ("--received", "2026-11-21")
DECIDE = ("--reason", "read again, as scored", "--by", "appeals committee")
AS_SCORED = "1=A 2=A 3=- 4=A"


@pytest.fixture(scope="module")
def sat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an exam that was scored and released on 20 November."""
    folder = tmp_path_factory.mktemp("cases")
    (folder / "item_bank").mkdir()
    (folder / "examgen.yaml").write_text(SETTINGS, "utf-8")
    exam = small_package(folder / "output" / "T-EXAM")
    answers = folder / "north.csv"
    answers.write_text(ANSWERS, "utf-8")
    place = sitting_of(exam)
    take(place, [understood(place, answers)], "c")
    score(exam, place.answers, options=place.options(signals=False), acts=place.acts())
    released(exam, 1, "2026-11-20")
    return folder


def released(exam: Path, n: int, day: str) -> None:
    releases.release(exam, n, "committee", f"r{n}", date.fromisoformat(day), open_looks="later")


@pytest.fixture
def exam(sat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same in a folder of the test's own."""
    shutil.copytree(sat, tmp_path / "w")
    monkeypatch.chdir(tmp_path / "w")
    return Path("output/T-EXAM")


def record(exam: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (exam / "sitting/record.jsonl").read_text("utf-8").splitlines()]


def corrected(exam: Path, n: int, day: str) -> None:
    """A decision on a mark of 0002 that was not read, scored as run `n` and, but for 0, released."""
    marks = Path("marks.csv")
    right = key_of(exam, "B")[2]
    line = f"north.csv,3,3,{right},faint,Mo,2026-11-24"
    marks.write_text(f"file,line,question,answer,reason,by,date\n{line}\n", "utf-8")
    place = sitting_of(exam)
    take(place, [understood(place, marks)], "c")
    score(exam, place.answers, options=place.options(signals=False), acts=place.acts())
    if n:
        released(exam, n, day)


def text_of(path: Path) -> str:
    command = ["pdftotext", "-layout", path, "-"]
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout


# ── opening ──────────────────────────────────────────────────────────────────────────────────


def test_cases_are_numbered_by_kind_with_the_deadline_of_the_body(exam: Path, run: Run) -> None:
    Path("letter.txt").write_text("please", "utf-8")
    one = run.json("case", "open", exam, *APPEAL, *ON, "--file", "letter.txt")
    assert (one["number"], one["release"], one["run"], one["due"], one["late"]) == (
        *("A1", 1, 1, "2026-12-21"),
        False,
    )
    assert one["result"]["max_score"] == "4"
    complaint = ("--as", "complaint", "--from", "Mr X", "--about", "too hot", "--by", "Ann", *ON)
    assert run.json("case", "open", exam, *complaint)["due"] == "2026-12-06"
    assert [each["number"] for each in run.json("case", "show", exam)["cases"]] == ["A1", "C1"]
    [file] = one["files"]
    kept = exam / "sitting" / file["file"]
    assert kept.read_text() == "please"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert file["file"].startswith("cases/A1/")
    run.ok("verify", exam)


def test_an_appeal_that_comes_too_late_is_told_not_refused(exam: Path, run: Run) -> None:
    said = run.ok("case", "open", exam, *APPEAL, "--received", "2026-11-25").out
    assert "late: the deadline for appeals was 2026-11-23" in said
    assert run.json("case", "show", exam, "a1")["late"] is True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*APPEAL, "--received", "2126-01-01"), "in the future"),
        ((*APPEAL, "--received", "2026-11-19"), "is before release 1, on 2026-11-20"),
        ((*APPEAL[:3], "0099", *APPEAL[4:], *ON), "unknown-candidate"),
        (("--as", "appeal", "--about", "x", "--by", "Ann"), "only a candidate can appeal"),
        (("--as", "complaint", "--about", "x", "--by", "Ann"), "give the person who complains"),
        ((*APPEAL[:5], " ", *APPEAL[6:], *ON), "about: is empty"),
        ((*APPEAL, *ON, "--file", "none.pdf"), "is not a file"),
        ((*APPEAL, *ON, "--file", "empty.pdf"), "is empty"),
        ((*APPEAL[:5], "x" * 4001, *APPEAL[6:], *ON), "At most 4,000"),
    ],
)
def test_what_cannot_be_opened_leaves_nothing(
    exam: Path, run: Run, words: tuple[str, ...], said: str
) -> None:
    Path("empty.pdf").touch()
    before = record(exam)
    assert said in run.refused("case", "open", exam, *words)
    assert record(exam) == before
    assert not (exam / "sitting/cases").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--as", "appeal", "--candidate", "1", "--from", "X", "--about", "x", "--by", "A"),
            "use either --candidate or --from",
        ),
        (("--as", "petition", "--about", "x", "--by", "Ann"), "--as must be one of"),
    ],
)
def test_wrong_usage_is_named(exam: Path, run: Run, words: tuple[str, ...], said: str) -> None:
    assert said in run.refused("case", "open", exam, *words, status=2)


def test_all_faults_are_told_at_once(exam: Path, run: Run) -> None:
    wrong = ("--as", "appeal", "--candidate", "0099", "--about", "-", "--by", "Ann")
    said = run.refused("case", "open", exam, *wrong, "--received", "2126-01-01", "--file", "none")
    assert all(code in said for code in ("unknown-candidate", "day-to-come", "no-such-file"))


def test_before_a_release_there_is_nothing_to_appeal_against(exam: Path, run: Run) -> None:
    shutil.rmtree(exam / "results")
    shutil.rmtree(exam / "sitting")
    assert "no result has been released" in run.refused("case", "open", exam, *APPEAL, *ON)
    complaint = ("--as", "complaint", "--candidate", "0002", "--about", "hot", "--by", "Ann")
    # nobody of the list is known without a run
    assert "unknown-candidate" in run.refused("case", "open", exam, *complaint)
    run.ok("case", "open", exam, "--as", "complaint", "--from", "X", "--about", "hot", "--by", "Ann")


def test_a_second_appeal_against_the_same_release_is_the_same_case(exam: Path, run: Run) -> None:
    run.ok("case", "open", exam, *APPEAL, *ON)
    assert "already has an open appeal against this release, A1" in run.refused(
        "case", "open", exam, *APPEAL, *ON
    )


def test_names_of_evidence_never_leave_the_folder(exam: Path) -> None:
    evil = Path("evil.txt")
    evil.write_text("x", "utf-8")
    given = {"../../../out.txt": evil, "..\\..\\a.txt": evil, ".hidden": evil}
    case = open_case(sitting_of(exam.resolve()), Path.cwd(), "complaint", "x", "Ann", sender="Y", files=given)
    assert [one.name for one in case.files] == ["out.txt", "a.txt", "hidden"]
    assert {path.parent.name for path in (exam / "sitting/cases").rglob("*.*")} == {"C1"}


def test_two_at_once_have_two_numbers_and_one_chain(exam: Path) -> None:
    def opened(n: int) -> str:
        place = Sitting(exam.resolve(), exam.resolve() / "sitting")
        return open_case(place, Path.cwd(), "complaint", f"about {n}", "Ann", sender=f"X{n}").number

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(opened, range(6)))
    assert sorted(numbers) == [f"C{n}" for n in range(1, 7)]
    assert [act.n for act in read_acts(exam / "sitting")] == [*range(1, len(record(exam)) + 1)]
    assert {one.case.about for one in states(sitting_of(exam))} == {f"about {n}" for n in range(6)}


def test_evidence_that_is_touched_is_missed(exam: Path, run: Run) -> None:
    Path("letter.txt").write_text("please", "utf-8")
    file = run.json("case", "open", exam, *APPEAL, *ON, "--file", "letter.txt")["files"][0]["file"]
    (exam / "sitting" / file).write_text("never", "utf-8")
    assert "differs from the file that was taken" in run.refused("verify", exam)
    (exam / "sitting" / file).unlink()
    assert "taken-file-gone" in run.refused("verify", exam)


def test_a_case_only_adds_to_the_record_and_is_scored_alike(exam: Path, run: Run) -> None:
    before = (exam / "sitting/record.jsonl").read_bytes()
    run.ok("case", "open", exam, *APPEAL, *ON)
    assert (exam / "sitting/record.jsonl").read_bytes().startswith(before)
    other = Path("south.csv")
    other.write_text(ANSWERS.splitlines()[0] + "\n0004,A,A,B,C,D\n", "utf-8")
    run.ok("take", exam, other)
    run.ok("score", exam)
    said = run.json("release", exam, "--run", 2, "--by", "c", "--reason", "x", "--open-looks", "l")
    assert said["cases"] == {"open": ["A1"], "overdue": []}
    shown = run("take", exam)
    assert shown.status == 0, shown.text


def test_more_is_added_to_a_case(exam: Path, run: Run) -> None:
    run.ok("case", "open", exam, *APPEAL, *ON)
    assert "there is nothing to add" in run.refused("case", "open", exam, "A1", "--by", "Bo")
    Path("more.txt").write_text("more", "utf-8")
    more = ("--note", "waits for the hospital", "--file", "more.txt")
    one = run.json("case", "open", exam, "A1", "--by", "Bo", *more)
    assert one["files"][0]["name"] == "more.txt"
    assert one["notes"][0]["note"] == "waits for the hospital"
    again = run.json("case", "open", exam, "A1", "--by", "Bo", "--file", "more.txt")
    assert len(again["files"]) == 1, "byte for byte"
    assert "there is no such case" in run.refused("case", "open", exam, "A2", "--by", "Bo", "--note", "x")


# ── the second reading ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def appeal(exam: Path, run: Run) -> Path:
    run.ok("case", "open", exam, *APPEAL, *ON)
    return exam


def read(run: Run, exam: Path, answers: str, by: str = "Dee") -> Any:
    return run.json("case", "open", exam, "A1", "--from-paper", "--by", by, "--answers", answers)


def test_a_reading_is_compared_question_by_question(appeal: Path, run: Run) -> None:
    [reading] = read(run, appeal, "1=ก 2=A 3=B,C ๔=a")["readings"]
    assert reading["answers"] == "1=A 2=A 3=B|C 4=A"
    assert reading["differences"] == [{"question": 3, "scored": "-", "read": "B|C"}]
    assert (reading["source"], reading["of"], reading["run"]) == ("paper", 4, 1)
    shown = run.ok("case", "show", appeal, "A1").out
    assert "3 of 4 agree with run 1" in shown
    assert "question 3: scored as -, read as ข|ค" in shown
    [agrees] = read(run, appeal, AS_SCORED, "Eve")["readings"][1:]
    assert agrees["differences"] == []


@pytest.mark.parametrize("text", ["question,answer\n1,A\n2,A\n3,-\n4,A\n", "1,A\n2,\"A\"\n\nQ3,\n4,A\n",
                                  "ข้อ;คำตอบ\n1;ก\n2;ก\n3;\n4;ก\n", "1=A\n2=A\n3=-\n4=A\n"])  # fmt: skip
def test_answers_are_read_from_files(appeal: Path, run: Run, text: str) -> None:
    Path("read.csv").write_text(text, "utf-8-sig")
    assert read(run, appeal, "read.csv")["readings"][0]["differences"] == []


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ("1=A 2=Z 2=B 9=A", ("no-such-option", "question-twice", "no-such-question", "question-missing")),
        ("1=A 2=A 3=E 4=A", ("no-such-option",)),
        ("1=A 2=A 3=?", ("no-such-option", "question-missing")),
        ("zero", ("no-such-question", "question-missing")),
        ("0=A 1=A 2=A 3=A 4=A", ("no-such-question",)),
        ("x=A", ("no-such-question", "question-missing")),
    ],
)
def test_answers_that_cannot_be_are_told_all_at_once(
    appeal: Path, run: Run, answers: str, codes: tuple[str, ...]
) -> None:
    before = record(appeal)
    said = run.refused("case", "open", appeal, "A1", "--from-paper", "--by", "Dee", "--answers", answers)
    assert all(f"[{code}]" in said for code in codes), said
    assert record(appeal) == before


def test_a_file_that_is_no_text_is_refused(appeal: Path, run: Run) -> None:
    words = ("case", "open", appeal, "A1", "--from-paper", "--by", "Dee", "--answers", "r.csv")
    Path("r.csv").write_bytes(b"\xff\xfe\x00")
    assert "not-utf-8" in run.refused(*words)


def test_where_answers_came_as_a_file_there_is_no_picture(appeal: Path, run: Run) -> None:
    said = run.refused("case", "show", appeal, "A1", "--sheet", "s.png")
    assert "came in a file (north.csv, line 3)" in said
    said = run.refused("case", "open", appeal, "A1", "--by", "Dee", "--answers", AS_SCORED)
    assert "no-picture" in said
    assert "--from-paper" in said


def test_who_had_a_part_before_does_not_read(appeal: Path, run: Run) -> None:
    corrected(appeal, 2, "2026-11-25")
    run.ok("decide", appeal, "0002", "--as", "remarked", "--by", "คุณ อุไร", "--reason", "x")
    words = ("case", "open", appeal, "A1", "--from-paper", "--answers", AS_SCORED, "--by")
    assert "decided on a mark or a row of this candidate" in run.refused(*words, "mo")
    assert "decided on this candidate before" in run.refused(*words, "อุไร")
    run.ok(*words, "Dee")
    assert "read these answers before" in run.refused(*words, "Dr Dee")


def test_there_is_nothing_to_read_of_nobody(exam: Path, run: Run) -> None:
    run.ok("case", "open", exam, "--as", "complaint", "--from", "X", "--about", "hot", "--by", "Ann")
    said = run.refused("case", "open", exam, "C1", "--from-paper", "--by", "Dee", "--answers", "1=A")
    assert "does not belong to a candidate" in said


# ── decision, answer, end ────────────────────────────────────────────────────────────────────


def test_a_decision_on_an_appeal_is_one_on_the_person(appeal: Path, run: Run) -> None:
    read(run, appeal, AS_SCORED)
    one = run.json("case", "decide", appeal, "A1", "--as", "dismissed", *DECIDE)
    assert (one["status"], one["outcome"], one["decided_by"]) == ("decided", "dismissed", "appeals committee")
    [decision] = run.json("decide", appeal)["decisions"]
    assert (decision["decision"], decision["candidate_id"], decision["case"]) == (
        "appeal-dismissed",
        "0002",
        "A1",
    )
    assert "decided-already" in run.refused("case", "decide", appeal, "A1", "--as", "allowed", *DECIDE)
    words = ("case", "open", appeal, "A1", "--from-paper", "--by", "Eve", "--answers", AS_SCORED)
    assert "decided-already" in run.refused(*words)


def test_who_read_or_decided_or_released_does_not_decide(appeal: Path, run: Run) -> None:
    read(run, appeal, AS_SCORED)
    corrected(appeal, 2, "2026-11-25")
    words = ("case", "decide", appeal, "A1", "--as", "allowed", "--reason", "x", "--by")
    assert "read the answers again for this case" in run.refused(*words, "DEE")
    assert "decided on a mark or a row" in run.refused(*words, "Mo")
    assert "released the result under appeal" in run.refused(*words, "committee")
    assert "A different person must confirm" in run.refused(*words, "Kay", "--confirmed-by", "kay")
    assert "had-part" in run.refused(*words, "Kay", "--confirmed-by", "Dee")
    assert run.json("decide", appeal)["decisions"] == []
    withdrawn = ("case", "decide", appeal, "A1", "--as", "withdrawn", "--reason", "asked back", "--by")
    assert "released the result under appeal" in run.refused(*withdrawn, "committee")
    run.ok(*withdrawn, "Kay")
    assert run.json("decide", appeal)["decisions"] == [], "nobody decided on the person"


def test_days_come_in_the_order_of_acts(appeal: Path, run: Run) -> None:
    said = run.refused("case", "decide", appeal, "A1", "--as", "allowed", *DECIDE, "--date", "2026-11-20")
    assert "is before the last entry of the case, on 2026-11-21" in said
    said = run.refused("case", "decide", appeal, "A1", "--as", "allowed", *DECIDE, "--date", "2126-11-20")
    assert "in the future" in said
    run.ok("case", "decide", appeal, "A1", "--as", "dismissed", *DECIDE, "--date", "2026-11-24")
    answer = ("case", "decide", appeal, "A1", "--letter", "l.pdf", "--by", "Ann", "--date", "2026-11-23")
    assert "is before the last entry of the case" in run.refused(*answer)
    assert not Path("l.pdf").exists()


def test_a_second_person_is_asked_where_the_plan_says_so(exam: Path, run: Run) -> None:
    Path("plan.yaml").write_text("date: 2026-11-18\nsecond_person: [appeal-allowed]\n", "utf-8")
    run.ok("take", exam, "plan.yaml")
    assert "before the sitting" in run.refused(
        *("case", "open", exam, "--as", "complaint", "--from", "X", "--about", "x", "--by", "Ann"),
        *("--received", "2026-11-17"),
    ).replace("is before the sitting", "before the sitting")
    run.ok("case", "open", exam, *APPEAL, *ON)
    said = run.ok("case", "decide", exam, "A1", "--as", "partly", "--reason", "q3", "--by", "Kay").out
    assert "takes effect when another person makes the same decision" in said
    assert run.json("case", "show", exam, "A1")["status"] == "proposed"
    again = ("case", "decide", exam, "A1", "--reason", "q3")
    assert "second-person" in run.refused(*again, "--as", "partly", "--by", "kay")
    assert "proposed-otherwise" in run.refused(*again, "--as", "allowed", "--by", "Lee")
    plain = ("decide", exam, "0002", "--as", "appeal-allowed", "--by", "Lee", "--reason", "x")
    assert "proposed-otherwise" in run.refused(*plain)
    one = run.json(*again, "--as", "partly", "--by", "Lee")
    assert (one["decided_by"], one["confirmed_by"], one["outcome"]) == ("Kay", "Lee", "partly")


def test_an_allowed_appeal_waits_for_another_result(appeal: Path, run: Run) -> None:
    assert "not-decided" in run.refused("case", "decide", appeal, "A1", "--letter", "l.pdf", "--by", "Ann")
    run.ok("case", "decide", appeal, "A1", "--as", "allowed", *DECIDE, "--date", "2026-11-26")
    said = run.ok("case", "decide", appeal, "A1", "--letter", "l.pdf", "--by", "Ann").out
    assert "The result has not changed yet" in said
    assert run.json("case", "show", appeal)["open"] == ["A1"]
    corrected(appeal, 2, "2026-11-26")
    one = run.json("case", "show", appeal, "A1")
    assert (one["status"], one["release_now"]) == ("closed", 2)
    assert one["result_now"] != one["result"]
    told = run.json("case", "decide", appeal, "A1", "--letter", "l2.pdf", "--by", "Ann")
    assert len(told["letters"]) == 2
    text = text_of(Path("l2.pdf"))
    assert "It takes the place of the result before." in text


def test_who_released_neither_reads_again_nor_closes_an_allowed_appeal(appeal: Path, run: Run) -> None:
    words = ("case", "open", appeal, "A1", "--from-paper", "--answers", AS_SCORED, "--by", "Committee")
    assert "released this result, so another person must do it [had-part]" in run.refused(*words)
    read(run, appeal, AS_SCORED)
    run.ok("case", "decide", appeal, "A1", "--as", "allowed", *DECIDE)
    for by in ("the registrar, Committee", "Dee"):
        close = (
            "case",
            "decide",
            appeal,
            "A1",
            "--as",
            "closed",
            "--reason",
            "no result changes",
            "--by",
            by,
        )
        assert "had-part" in run.refused(*close), by
    assert [act["act"] for act in record(appeal)][-1] == "case-decided"


def test_an_open_appeal_is_decided_as_a_case_alone(appeal: Path, run: Run) -> None:
    words = ("decide", appeal, "0002", "--as", "appeal-dismissed", "--by", "committee", "--reason", "x")
    assert "has appeal A1, which must be decided first: `examgen case decide`" in run.refused(*words)
    run.ok("case", "decide", appeal, "A1", "--as", "dismissed", *DECIDE)
    run.ok(*words)


def test_a_case_is_closed_with_the_reason_why_no_result_changes(appeal: Path, run: Run) -> None:
    close = (
        "case",
        "decide",
        appeal,
        "A1",
        "--as",
        "closed",
        "--reason",
        "the points stay below the cut",
        "--by",
        "Ann",
    )
    assert "is not decided" in run.refused(*close)
    run.ok("case", "decide", appeal, "A1", "--as", "allowed", *DECIDE)
    run.ok("case", "decide", appeal, "A1", "--letter", "l.pdf", "--by", "Ann")
    assert run.json(*close)["status"] == "closed"
    assert "is already closed" in run.refused(*close)
    assert run.json("case", "show", appeal)["open"] == []
    released_again = run("release", appeal, "--run", 1, "--by", "committee", "--reason", "r1")
    assert "open appeals" not in released_again.text


def test_overdue_cases_are_told_by_the_list_and_a_release(exam: Path, run: Run) -> None:
    settings = Path("examgen.yaml")
    settings.write_text(settings.read_text("utf-8").replace("appeal_days: 30", "appeal_days: 1"), "utf-8")
    run.ok("case", "open", exam, *APPEAL, *ON)
    assert run.json("case", "show", exam)["overdue"] == ["A1"]
    assert "A1 (awaiting a decision, overdue since 2026-11-22)" in run.ok("case", "show", exam).out
    corrected(exam, 0, "")
    run.ok("case", "decide", exam, "A1", "--as", "dismissed", *DECIDE)
    told = run.ok("release", exam, "--run", 2, "--by", "c", "--reason", "x", "--open-looks", "l")
    assert "open appeals: A1 (waiting for an answer, overdue since 2026-11-22)" in told.out


def test_the_committee_reads_of_cases_that_are_not_decided(appeal: Path, run: Run) -> None:
    words = ("report", appeal, "--kind", "committee", "--lang", "en", "--no-pdf", "--out", "book")
    said = "1 appeal or complaint about this sitting is not decided yet: A1."
    run.ok(*words)
    assert said in Path("book/report.html").read_text("utf-8")
    run.ok("case", "decide", appeal, "A1", "--as", "dismissed", *DECIDE)
    run.ok(*words)
    assert said not in Path("book/report.html").read_text("utf-8")


# ── the letter ───────────────────────────────────────────────────────────────────────────────


def test_the_letter_says_what_was_done_on_one_page_in_two_languages(appeal: Path, run: Run) -> None:
    read(run, appeal, "1=A 2=A 3=B 4=A")
    run.ok("case", "decide", appeal, "A1", "--as", "dismissed", *DECIDE)
    one = run.json("case", "decide", appeal, "A1", "--letter", "l.pdf", "--by", "Ann")
    with pikepdf.open("l.pdf") as pdf:
        assert len(pdf.pages) == 1
    text = " ".join(text_of(Path("l.pdf")).split())
    for words in (
        "Answer to an appeal", "Institute of Tests", "look again", "The appeal is dismissed.",
        "They agree with those that were scored in 3 of 4 questions.", "who had not decided on the result",
        "Reason: read again, as scored", "Write to the board.", "The result stays as it is.",
    ):  # fmt: skip
        assert words in text, words
    assert "แจ้งผลการพิจารณาอุทธรณ์".replace("ำ", "") in text.replace("ำ", "")
    assert "uestion 3" not in text, "beside the points before and now it would tell the key"
    assert "right" not in text
    assert "key" not in text.lower()
    [letter] = one["letters"]
    kept = exam_file(appeal, letter["file"])
    assert kept == Path("l.pdf").read_bytes()
    assert letter["sha256"] in str(record(appeal)[-1])
    assert Path("l.pdf").stat().st_mode & 0o077 == 0
    assert "already exists" in run.refused("case", "decide", appeal, "A1", "--letter", "l.pdf", "--by", "Ann")
    run.ok("verify", appeal)


def exam_file(exam: Path, file: str) -> bytes:
    return (exam / "sitting" / file).read_bytes()


def test_a_complaint_is_answered_without_a_result(exam: Path, run: Run) -> None:
    run.ok(
        "case", "open", exam, "--as", "complaint", "--from", "Mr X", "--about", "<b>hot</b>", "--by", "A", *ON
    )
    run.ok("case", "decide", exam, "C1", "--as", "allowed", "--reason", "it was", "--by", "Kay")
    run.ok("case", "decide", exam, "C1", "--letter", "l.pdf", "--by", "Ann", "--digits", "thai")
    text = " ".join(text_of(Path("l.pdf")).split())
    assert "The complaint is found to be right." in text
    assert "<b>hot</b>" in text
    assert "points" not in text
    assert run.json("case", "show", exam, "C1")["status"] == "closed"


def test_a_letter_is_signed_where_a_key_is_named(appeal: Path, run: Run) -> None:
    run.ok("site", "keys", "--body", "Institute of Tests", "keys/body.pem")
    run.ok("case", "decide", appeal, "A1", "--as", "dismissed", *DECIDE)
    run.ok("case", "decide", appeal, "A1", "--letter", "l.pdf", "--by", "Ann", "--sign", "keys/body.pem")
    assert "Institute of Tests" in run.ok("verify-report", "l.pdf", "--key", "keys/body.public.json").out
    Path("l.pdf").write_bytes(Path("l.pdf").read_bytes() + b"%")
    assert run("verify-report", "l.pdf", "--key", "keys/body.public.json").status != 0
    with pytest.raises(Refused):
        open_case(
            sitting_of(appeal), Path.cwd(), "appeal", "x", "Ann", candidate="0002", received=date(2020, 1, 1)
        )
