"""People for whom papers were printed and of whom no answers came: `score`, `release` and the book name them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from examgen.core.models.form import Candidate
from examgen.core.models.papers import PapersRule
from tests.commands.conftest import Run
from tests.sittings import HEAD, OPEN_LOOKS, key_of, print_for, small_package, table, write_table

PEOPLE = {"00001": "1", "00002": "1", "00003": "1", "00004": "2", "00005": "2", "00006": "2"}
WORDS = ("--by", "Committee", "--reason", "minutes 7/2569", *OPEN_LOOKS)


@pytest.fixture
def exam_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package printed for six candidates in two rooms, and a spare booklet in each."""
    monkeypatch.chdir(tmp_path)
    folder = small_package(tmp_path / "exam").relative_to(tmp_path)
    people = [Candidate(candidate_id=who, name="สมศรี", room=room, seat=who) for who, room in PEOPLE.items()]
    print_for(folder, people, PapersRule.model_validate({"spare": 1}))
    return folder


def answers(folder: Path, *who: str, name: str = "a.csv") -> str:
    forms = {row["candidate_id"]: row["form"] for row in table(folder / "secure/candidates.csv")}
    rows = [[one, forms.get(one, "A"), *key_of(folder, forms.get(one, "A"))] for one in who]
    return str(write_table(name, rows, HEAD))


def odd(folder: Path) -> dict[str, str]:
    rows = table(folder / "results/unreconciled.csv")
    return {row["candidate_id"] or row["room"]: row["what"] for row in rows}


def book(run: Run, folder: Path) -> str:
    """The words of the committee's book."""
    run.ok("report", folder, "--kind", "committee", "--lang", "en", "--no-pdf", "--out", "made")
    html = Path("made/report.html").read_text("utf-8")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html.partition("<body")[2].partition(">")[2]))


def test_without_a_roster_the_list_of_the_printing_tells_who_has_no_row(exam_dir: Path, run: Run) -> None:
    ran = run.ok("score", exam_dir, answers(exam_dir, *(who for who in PEOPLE if who != "00003")))
    assert "5 of 6 candidates on the list have a row" in ran.out
    assert re.search(r"no row.*: 00003$", ran.out, re.M)
    [line] = table(exam_dir / "results/unreconciled.csv")
    assert (line["candidate_id"], line["room"], line["seat"], line["what"]) == (
        "00003",
        "1",
        "00003",
        "no_row",
    )
    assert line["name"] == "สมศรี"
    said = book(run, exam_dir)
    assert "1 candidate of 6 on the list has no row: 00003." in said
    assert "absent 1" not in said
    ran = run.ok("release", exam_dir, "--run", 1, *WORDS)
    assert "5 of 6 candidates on the list have a row of answers. No row: 00003" in ran.out
    told = run.json("release", exam_dir, "--run", 1, *WORDS)
    assert told["without_result"] is None  # the same release once more


def test_a_room_whose_answers_did_not_come_is_told_as_a_room(exam_dir: Path, run: Run) -> None:
    ran = run.ok("score", exam_dir, answers(exam_dir, "00001", "00003"))
    assert "2 of 6 candidates on the list have a row" in ran.out
    assert re.search(r"^  4 × no row.*: 00002$", ran.out, re.M)
    assert re.search(r"^  1 × no one in the room has a row.*: 2$", ran.out, re.M)
    assert odd(exam_dir) == {"2": "room_without_rows"} | dict.fromkeys(
        PEOPLE.keys() - {"00001", "00003"}, "no_row"
    )
    # once the other room came, it is said no more
    ran = run.ok("score", exam_dir, "a.csv", answers(exam_dir, *list(PEOPLE)[3:], name="b.csv"))
    assert odd(exam_dir) == {"00002": "no_row"}


def test_who_is_set_aside_has_a_row(exam_dir: Path, run: Run) -> None:
    key = ["00001", "A", "A", "A", "A", "A"]
    write_table("a.csv", [key, [*key[:-1], "B"]], HEAD)
    assert run("score", exam_dir, "a.csv").status == 3
    assert odd(exam_dir)["00001"] == "conflict"
    assert "1 of 6 candidates on the list have a row" in run("score", exam_dir, "a.csv").out


def test_synthetic_answers_are_no_rows_of_the_list(exam_dir: Path, run: Run) -> None:
    ran = run.ok("score", exam_dir, answers(exam_dir, "SYN-00001", "SYN-00002"), "--unlisted", "score")
    assert "0 of 6 candidates on the list have a row" in ran.out
    assert {what for who, what in odd(exam_dir).items() if who.startswith("SYN")} == {"not_on_roster"}


def test_printed_without_a_list_nothing_is_said_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = small_package(tmp_path / "exam").relative_to(tmp_path)
    ran = run.ok("score", folder, write_table("a.csv", [["00001", "A", *key_of(folder)]], HEAD))
    assert "on the list" not in ran.out
    assert not (folder / "results/unreconciled.csv").exists()


def test_a_roster_takes_the_place_of_the_list(exam_dir: Path, run: Run) -> None:
    answers(exam_dir, *list(PEOPLE)[:5])
    run.ok("score", exam_dir, "a.csv")
    assert odd(exam_dir) == {"00006": "no_row"}
    came = [[who, "absent" if who == "00006" else "present"] for who in list(PEOPLE)[1:]]
    write_table("r.csv", came, ["candidate_id", "status"])
    # the list of the printing is no roster that a run could be left without
    assert "1 × has a row, but is not on the list" in run("score", exam_dir, "a.csv", "--roster", "r.csv").out
    assert odd(exam_dir) == {"00001": "not_on_roster", "00006": "absent"}
    assert "lacks input that run 2 had" in run.refused("score", exam_dir, "a.csv")


def test_words_in_a_column_of_the_list_are_no_attendance(exam_dir: Path, run: Run) -> None:
    people = [
        Candidate(candidate_id=who, extra={"สถานะ": "พนักงาน", "ครูฝึก": "ก", "วิทยากร": "ข"}) for who in PEOPLE
    ]
    print_for(exam_dir, people, PapersRule(), replace=True)
    run.ok("score", exam_dir, answers(exam_dir, *list(PEOPLE)[1:]))
    assert odd(exam_dir) == {"00001": "no_row"}


def test_who_is_absent_with_leave_is_not_asked_for(exam_dir: Path, run: Run) -> None:
    run.ok("take", exam_dir, answers(exam_dir, *list(PEOPLE)[:4]))
    run.ok("score", exam_dir)
    run.ok("decide", exam_dir, "00006", "--as", "excused", "--by", "ก", "--reason", "ill")
    ran = run.ok("release", exam_dir, "--run", 1, *WORDS)
    assert "No row: 00005" in ran.out
    assert "00006" not in ran.out
    assert "on the list has no row: 00005." in book(run, exam_dir)


def test_json_has_who_has_no_row(exam_dir: Path, run: Run) -> None:
    run.ok("score", exam_dir, answers(exam_dir, *list(PEOPLE)[:5]))
    audit = json.loads((exam_dir / "results/audit.json").read_bytes())
    assert audit["ledger"]["unreconciled"] == {"no_row": 1}
    assert run.json("release", exam_dir, "--run", 1, *WORDS)["without_result"]["no_row"] == ["00006"]


def test_the_report_that_trainers_read_names_nobody(exam_dir: Path, run: Run) -> None:
    run.ok("score", exam_dir, answers(exam_dir, *list(PEOPLE)[:5]))
    run.ok("report", exam_dir, "--kind", "cohort", "--out", "cohort", "--no-pdf")
    made = [path.read_text("utf-8") for path in Path("cohort").glob("*.[ch]*")]
    assert len(made) > 8
    assert not [who for who in PEOPLE for text in made if who in text]
    rows = table(Path("cohort/candidates_by_criteria.csv"))
    assert [(row["place"], row["score"]) for row in rows] == [(str(n), "4.0") for n in range(1, 6)]
