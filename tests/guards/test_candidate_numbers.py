"""Which candidate numbers are one number, however written, and that a list's writing of them is what comes out."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from tests.guards.answer_files import exam_of_two_forms, save_workbook, score
from tests.guards.commands import Examgen, read_csv, write_csv

THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
WRITINGS = (
    "690001", "๖๙๐๐๐๑", "６９０００１", "69-0001", "๖๙–๐๐๐๑", "69 0001", "69\u00a00001", "69\u200b0001", "６９－０００１",
    "69๐๐๐๑",
)  # fmt: skip
"""Ways to write one number: digits of any kind, blanks, dashes, and what is not seen."""
UNLIKE = (
    "690001", "0690001", "69.0001", "69/0001", "69_0001", "A690001", "a690001", "690001A", "กข1", "ขก1", "069-0001/",
    "700001", "๗๐/๐๐๐๑", "๗๐_๐๐๐๑", "๗๐.๐๐๐๑", "๐๗๐๐๐๐๑",
)  # fmt: skip
"""No two of these are one number."""
HEAD = ["candidate_id", "form", "Q1", "Q2", "Q3", "Q4"]
PEOPLE = [f"6900{n:02d}" for n in range(30)]
UNREGISTERED = "unreconciled.csv"
"""What a scoring with a roster writes of those who do not add up."""


def plain(number: str) -> str:
    """A number of PEOPLE as it is in plain digits."""
    return "".join(
        str("๐๑๒๓๔๕๖๗๘๙".find(char)) if char in "๐๑๒๓๔๕๖๗๘๙" else char for char in number if char != "-"
    )


@pytest.fixture(scope="module")
def unlisted(examgen: Examgen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exam whose booklets were printed for no list."""
    return exam_of_two_forms(examgen, tmp_path_factory.mktemp("unlisted"))


def printed_for(examgen: Examgen, folder: Path, numbers: list[str]) -> tuple[Path, dict[str, str]]:
    """An exam whose booklets were printed for a list, and the form that each number was dealt."""
    folder.mkdir(exist_ok=True)
    exam = exam_of_two_forms(examgen, folder)
    people = write_csv(
        folder / "people.csv", [["candidate_id", "name", "room"], *([one, "ก ข", "1"] for one in numbers)]
    )
    examgen("render", exam, "--candidates", people, cwd=folder)
    dealt = read_csv(exam / "secure" / "candidates.csv")
    return exam, {plain(row["candidate_id"]): row["form"] for row in dealt if row["candidate_id"]}


@pytest.fixture(scope="module")
def listed(
    examgen: Examgen, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Path, dict[str, str]]]:
    """Exams for a list in Thai digits, and for one in plain ones."""
    folder = tmp_path_factory.mktemp("listed")
    lists = {"thai": [one.translate(THAI) for one in PEOPLE], "plain": PEOPLE}
    return {name: printed_for(examgen, folder / name, numbers) for name, numbers in lists.items()}


def test_all_writings_of_a_number_are_one_candidate(examgen: Examgen, unlisted: Path, tmp_path: Path) -> None:
    """The same marks are repeats, on one file or on many; other marks contradict each other."""
    rows = [[one, "A", *"ABCD"] for one in WRITINGS]
    files = [write_csv(tmp_path / f"{n}.csv", [HEAD, row]) for n, row in enumerate(rows)]
    for given in ([write_csv(tmp_path / "all.csv", [HEAD, *rows])], files):
        found = score(examgen, unlisted, given)
        assert (found.lines, found.repeats) == ([f"{WRITINGS[0]} A ABCD"], len(WRITINGS) - 1)
    others = [[one, "A", "A", "B", "C", "ABCD"[n % 4]] for n, one in enumerate(WRITINGS)]
    found = score(examgen, unlisted, [write_csv(tmp_path / "others.csv", [HEAD, *others])])
    assert [row.reason for row in found.aside] == ["conflicting_rows"] * len(WRITINGS)


def test_all_other_differences_count(examgen: Examgen, unlisted: Path, tmp_path: Path) -> None:
    rows = [[one, "AB"[n % 2], *"ABCD"] for n, one in enumerate(UNLIKE)]
    found = score(examgen, unlisted, [write_csv(tmp_path / "a.csv", [HEAD, *rows])])
    assert [*found.marks] == [*UNLIKE]
    assert (found.aside, found.repeats) == ([], 0)


def test_every_pair_of_generated_writings_is_one_number_or_two(
    examgen: Examgen, unlisted: Path, tmp_path: Path
) -> None:
    """Each pair in a file of two rows with other marks: set aside together if and only if they are one number."""
    stems = ["7", "17", "107", "a7", "ก1", "ก่1", "กำ1", "1é", "7.0"]
    writings = {
        one: [
            one,
            one.translate(THAI),
            one.translate(WIDE),
            f"-{one}",
            f"{one[0]} –{one[1:]}",
            f"{one}\ufeff",
        ]
        for one in stems
    }
    spelled = [(stem, one) for stem, ones in writings.items() for one in ones]
    rows, together = [], {}
    for n, ((stem, one), (other, two)) in enumerate(combinations(spelled, 2)):
        # a serial number in Thai letters in front keeps the pairs apart
        mark = "".join("กขคงจฉชซฌญ"[int(digit)] for digit in f"{n:05d}")
        rows += [[f"{mark}{one}", "A", *"ABCD"], [f"{mark}{two}", "A", *"ABCA"]]
        together[n] = stem == other
    found = score(examgen, unlisted, [write_csv(tmp_path / "pairs.csv", [HEAD, *rows])])
    aside = {row.line for row in found.aside if row.reason == "conflicting_rows"}
    assert len(found.aside) == len(aside)
    assert aside == {line for n, alike in together.items() if alike for line in (2 * n + 2, 2 * n + 3)}


@pytest.mark.parametrize("shape", ["wide", "one string", "long", "workbook"])
@pytest.mark.parametrize(
    ("name", "writing"), [("thai", {}), ("plain", THAI), ("thai", WIDE), ("plain", None)]
)
def test_results_write_a_number_as_the_list_does(
    shape: str, name: str, writing: dict[int, str] | None,
    examgen: Examgen, listed: dict[str, tuple[Path, dict[str, str]]], tmp_path: Path,
) -> None:  # fmt: skip
    exam, dealt = listed[name]
    numbers = {one: f"{one[:2]}-{one[2:]}" if writing is None else one.translate(writing) for one in PEOPLE}
    heads = {"one string": [*HEAD[:2], "answers"], "long": [*HEAD[:2], "question", "answer"]}
    table: list[list[object]] = [list(heads.get(shape, HEAD))]
    for one, written in numbers.items():
        if shape == "long":
            table += [[written, dealt[one], n, mark] for n, mark in enumerate("DCBA", 1)]
        else:
            table.append([written, dealt[one], *(["DCBA"] if shape == "one string" else "DCBA")])
    save = save_workbook if shape == "workbook" else write_csv
    answers = save(tmp_path / ("a.xlsx" if shape == "workbook" else "a.csv"), table)
    for unlisted in ([], ["--unlisted", "score"]):
        found = score(examgen, exam, [answers], *unlisted)
        assert (found.aside, found.read) == ([], len(PEOPLE))
        expected = [one.translate(THAI) if name == "thai" else one for one in PEOPLE]
        assert found.marks == {one: (dealt[plain(one)], "DCBA") for one in expected}


def test_writings_of_one_number_contradict_each_other_on_a_list_too(
    examgen: Examgen, listed: dict[str, tuple[Path, dict[str, str]]], tmp_path: Path
) -> None:
    exam, dealt = listed["plain"]
    rows = [["690000", *"ABCD"], ["690001", *"ABCD"], ["๖๙๐๐๐๑", *"ABCD"], ["69-0000", *"ABCA"]]
    rows = [[row[0], dealt[plain(row[0])], *row[1:]] for row in rows]
    found = score(examgen, exam, [write_csv(tmp_path / "a.csv", [HEAD, *rows])])
    assert (found.lines, found.repeats) == ([f"690001 {dealt['690001']} ABCD"], 1)
    assert [(row.line, row.reason) for row in found.aside] == [
        (2, "conflicting_rows"),
        (5, "conflicting_rows"),
    ]


@pytest.mark.parametrize("command", ["render", "score"])
def test_a_list_that_has_a_number_twice_is_refused_with_both_lines(
    command: str, examgen: Examgen, unlisted: Path, tmp_path: Path
) -> None:
    answers = write_csv(tmp_path / "a.csv", [HEAD, ["690001", "A", *"ABCD"]])
    for n, other in enumerate(one for one in WRITINGS[1:] if "６" not in one):  # those are refused anyway
        people = [["690001", "ก", "1"], ["690002", "ข", "1"], [other, "ค", "1"]]
        twice = write_csv(tmp_path / f"{n}.csv", [["candidate_id", "name", "room"], *people])
        words = (
            ["render", unlisted, "--candidates", twice]
            if command == "render"
            else ["score", unlisted, answers, "--roster", twice]
        )
        ran = examgen(*words, "--json", cwd=tmp_path, status=1)
        [problem] = [one for one in ran.json["problems"] if one["code"] == "candidate-twice"]
        assert problem["source"].endswith(f"{n}.csv:4")
        assert {"2", "4"} <= {*problem["message"].translate(str.maketrans(":,.", "   ")).split()}
    assert not (unlisted / "secure" / "candidates.csv").exists()


def test_a_roster_and_decisions_in_other_writings_are_of_those_persons(
    examgen: Examgen, listed: dict[str, tuple[Path, dict[str, str]]], tmp_path: Path
) -> None:
    exam, dealt = listed["thai"]
    roster = write_csv(
        tmp_path / "roster.csv",
        [["candidate_id"], *([f"{one[:3]}-{one[3:]}"] for one in [*PEOPLE[:4], "690099"])],
    )
    rows = [[PEOPLE[0], dealt[PEOPLE[0]], *"ABCD"], ["6900", dealt[PEOPLE[1]], *"ABCD"]]
    answers = write_csv(tmp_path / "wide.csv", [HEAD, *rows])
    decided = write_csv(tmp_path / "who.csv", [
        ["file", "line", "candidate_id", "form", "reason", "by", "date"],
        ["wide.csv", 3, "69-0001", "", "seat 2", "ก", "2026-11-20"],
    ])  # fmt: skip
    out = tmp_path / "out"
    examgen(
        "score",
        exam,
        answers,
        "--roster",
        roster,
        "--identities",
        decided,
        "--out",
        out,
        "--no-signals",
        cwd=tmp_path,
        status=None,
    )
    total = json.loads((out / "audit.json").read_text("utf-8"))["ledger"]["total"]
    assert [total[name] for name in ("registered", "scored", "not_on_roster")] == [5, 2, 0]
    assert [row["candidate_id"] for row in read_csv(out / "candidates.csv")] == ["๖๙๐๐๐๐", "๖๙๐๐๐๑"]
    rows_lost = {
        row["candidate_id"]: row["what"] for row in read_csv(out / UNREGISTERED) if row["candidate_id"]
    }
    assert rows_lost == {"๖๙๐๐๐๒": "no_row", "๖๙๐๐๐๓": "no_row", "690-099": "no_row"}
