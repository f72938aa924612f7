"""`examgen score` where a list of candidates is known: ids that are not on it, files without a form column."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from examgen.core.models.form import Candidate
from examgen.core.models.papers import PapersRule
from tests.commands.conftest import Run
from tests.sittings import DECISION, HEAD, key_of, print_for, small_package, table, write_table

LISTED = ["00001", "00002", "00013", "00014", "2601815908301", "AB-017"]
PLAIN = PapersRule.model_validate({"spare": 1})
Answers = Sequence[Sequence[str]]


@pytest.fixture
def exam_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of which nothing was printed, in the current folder."""
    monkeypatch.chdir(tmp_path)
    return small_package(tmp_path / "exam").relative_to(tmp_path)


@pytest.fixture
def printed(exam_dir: Path) -> Path:
    """The package, its booklets printed for a list."""
    people = [Candidate(candidate_id=one, name="x", room="1", seat=str(k)) for k, one in enumerate(LISTED)]
    print_for(exam_dir, people, PLAIN)
    return exam_dir


def dealt(folder: Path) -> dict[str, str]:
    path = folder / "secure/candidates.csv"
    return {row["candidate_id"]: row["form"] for row in table(path)} if path.exists() else {}


def answers(folder: Path, whose: dict[str, str], wrong: int = 0) -> list[list[str]]:
    """The right answers of each id to the form of whom it means, of which so many are wrong."""
    forms = dealt(folder)
    rows = []
    for written, meant in whose.items():
        key = key_of(folder, forms.get(meant, "A"))
        marks = ["ABCD"[("ABCD".index(k) + 1) % 4] if n < wrong else k for n, k in enumerate(key)]
        rows.append([written, forms.get(meant, "A"), *marks])
    return rows


def write(path: str, rows: Answers, head: Sequence[str] = HEAD) -> str:
    return str(write_table(path, rows, head))


def decide(by: str = "ก") -> str:
    """unlisted.csv as a grader gives it back."""
    rows = table(Path("exam/results/unlisted.csv"))
    lines = [list(row.values()) for row in [one | {"by": by, "date": "2026-11-20"} for one in rows]]
    return write("decided.csv", lines, list(rows[0]))


WHOSE = {
    "1": "00001", "๐๐๒": "00002", "00031": "00013", "0014": "00014", "2/6018/15908/30/1": "2601815908301",
    "ab 017": "AB-017",
}  # fmt: skip


def test_in_a_sitting_the_way_back_is_take(printed: Path, run: Run) -> None:
    run.ok("take", printed, write("a.csv", answers(printed, WHOSE)))
    ran = run("score", printed)
    assert "unlisted.csv, then examgen take exam FILE" in ran.out
    assert "--identities" not in ran.out
    run.ok("take", printed, decide())
    run.ok("score", printed)


@pytest.mark.parametrize("words", [(), ("--processes", "2")])
def test_ids_not_on_the_list_come_back_as_decisions(printed: Path, run: Run, words: tuple[str, ...]) -> None:
    write("a.csv", answers(printed, WHOSE | {"777": ""}))
    ran = run("score", printed, "a.csv", *words)
    assert ran.status == 3
    assert "7 rows read = 0 scored + 0 repeated + 7 set aside" in ran.out
    assert "7 rows have a candidate number that is on no list" in ran.out
    assert "Similar to one number there: 6" in ran.out
    assert "exam/results/unlisted.csv, then examgen score exam … --identities FILE" in ran.out
    assert "a.csv:2: 1 may be 00001 written differently" in ran.out
    assert "… and 1 more" in ran.out
    assert "similar to no number there, or to several: 777" in ran.out
    aside = table(printed / "results/quarantine.csv")
    assert {row["candidate_id"]: row["may_be"] for row in aside} == WHOSE | {"777": ""}
    assert {row["reason"] for row in aside} == {"not_on_list"}
    assert [row["reason"] for row in table(printed / "results/unlisted.csv")] == [
        "1 is 00001 written differently",
        "๐๐๒ is 00002 written differently",
        "00031 is 00013 with one character off; just as similar, but already accounted for: 1",
        "0014 is 00014 written differently",
        "2/6018/15908/30/1 is 2601815908301 written differently",
        "ab 017 is AB-017 written differently",
    ]
    # neither who decided nor when is known to the tool
    assert run("score", printed, "a.csv", "--identities", "exam/results/unlisted.csv").status == 1
    ran = run("score", printed, "a.csv", "--identities", decide(), *words)
    assert ran.status == 3
    scored = table(printed / "results/candidates.csv")
    assert {row["candidate_id"]: row["score"] for row in scored} == dict.fromkeys(LISTED, "4")
    assert {row["candidate_id"]: row["form"] for row in scored}.items() <= dealt(printed).items()
    assert [row["candidate_id"] for row in table(printed / "results/quarantine.csv")] == ["777"]


def test_a_row_that_is_nobodys_is_no_row_of_the_one_whose_id_it_bears(printed: Path, run: Run) -> None:
    write("a.csv", answers(printed, {"00013": "00013", "00018": "00013", "00014": "00014"}))
    assert "00018 may be" not in run("score", printed, "a.csv").out
    write("i.csv", [["a.csv", "2", "-", "", "a test page", "ก", "2026-11-20"]], DECISION)
    ran = run("score", printed, "a.csv", "--identities", "i.csv")
    assert "a.csv:3: 00018 may be 00013 with one character off" in ran.out


def test_ids_are_taken_as_they_are_where_that_is_said(printed: Path, run: Run) -> None:
    write("a.csv", answers(printed, WHOSE | {"777": ""}))
    ran = run.ok("score", printed, "a.csv", "--unlisted", "score")
    assert "7 scored candidates are not on the list" in ran.out
    assert "may be" not in ran.out
    audit = json.loads((printed / "results/audit.json").read_bytes())
    assert (audit["unlisted"], audit["not_on_list"], audit["rows"]["scored"]) == ("score", 7, 7)
    assert not (printed / "results/unlisted.csv").exists()
    assert run("score", printed, "a.csv", "--unlisted", "perhaps").status == 2


def test_one_who_is_on_no_list_is_scored_by_a_decision_on_record(printed: Path, run: Run) -> None:
    write("a.csv", answers(printed, {"00001": "00001", "777": ""}))
    write(
        "i.csv",
        [["a.csv", "3", "777", "", "came unregistered", "ก", "2026-11-20"]],
        DECISION,
    )
    ran = run.ok("score", printed, "a.csv", "--identities", "i.csv")
    assert "1 scored candidate is not on the list" in ran.out
    assert [row["candidate_id"] for row in table(printed / "results/candidates.csv")] == ["00001", "777"]


@pytest.mark.parametrize("with_list", [True, False], ids=["with a list too", "alone"])
def test_the_roster_is_a_list_and_nobody_on_it_is_absent_without_a_word(
    request: pytest.FixtureRequest, exam_dir: Path, run: Run, with_list: bool
) -> None:
    if with_list:
        request.getfixturevalue("printed")
    write("a.csv", answers(exam_dir, {"1": "00001", "00002": "00002", "888": "", "walk-in": ""}))
    roster = write(
        "r.csv",
        [["00001", "301"], ["00002", "301"], ["walk-in", "301"], ["00099", "302"]],
        ["candidate_id", "room"],
    )
    ran = run("score", exam_dir, "a.csv", "--roster", roster)
    assert ran.status == 3
    assert "2 rows have a candidate number that is on no list. Similar" in ran.out
    assert {row["candidate_id"] for row in table(exam_dir / "results/candidates.csv")} == {"00002", "walk-in"}
    ledger = table(exam_dir / "results/ledger.csv")[0]
    assert [ledger[name] for name in ("registered", "present", "absent", "scored", "quarantined")] == list(
        "43121"
    )
    told = [
        (row["candidate_id"], row["what"], row["detail"])
        for row in table(exam_dir / "results/unreconciled.csv")
    ]
    assert told == [
        ("00001", "may_be_in_quarantine", "not_on_list at a.csv:2 as 1"),
        ("00099", "no_row", ""),
        ("888", "not_on_roster", "not_on_list at a.csv:4"),
        ("", "room_without_rows", ""),
    ]
    ran = run("score", exam_dir, "a.csv", "--roster", roster, "--unlisted", "score")
    assert "3 × not_on_roster" not in ran.out
    assert len(table(exam_dir / "results/candidates.csv")) == 4


def test_without_a_list_nothing_is_set_aside_nor_said(exam_dir: Path, run: Run) -> None:
    write("a.csv", answers(exam_dir, {"1": "", "777": ""}))
    run.ok("score", exam_dir, "a.csv")
    assert not {"unlisted", "not_on_list"} & json.loads((exam_dir / "results/audit.json").read_bytes()).keys()


# ── files without a form column ──────────────────────────────────────────────────────────────


def wide(folder: Path, whose: dict[str, str]) -> tuple[list[str], list[list[str]]]:
    return [HEAD[0], *HEAD[2:]], [row[:1] + row[2:] for row in answers(folder, whose)]


def test_who_was_dealt_no_form_is_set_aside_and_may_be_given_one(printed: Path, run: Run) -> None:
    head, rows = wide(printed, {"00001": "00001", "777": "00002"})
    write("a.csv", rows, head)
    assert "1 × form unknown" in run("score", printed, "a.csv", "--unlisted", "score").out
    form = dealt(printed)["00002"]
    write("i.csv", [["a.csv", "3", "777", form, "by the booklet", "ก", "2026-11-20"]], DECISION)
    run.ok("score", printed, "a.csv", "--identities", "i.csv")
    found = {row["candidate_id"]: row["score"] for row in table(printed / "results/candidates.csv")}
    assert found == {"00001": "4", "777": "4"}


def test_without_a_list_a_form_column_is_still_asked_for(exam_dir: Path, run: Run) -> None:
    write("a.csv", [["00001", "A", "B", "C", "D"]], [HEAD[0], *HEAD[2:]])
    assert "Add a column `form`" in run.refused("score", exam_dir, "a.csv")
