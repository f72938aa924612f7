"""Every row that is read is scored, an identical repeat, or quarantined: reason, file, line and text word for word.

`answer_files.score` holds each scoring here to that, and each result to the marks that were read.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import openpyxl
import pytest
import yaml

from tests.guards.answer_files import exam_of_two_forms, score, scored_in
from tests.guards.commands import Examgen, read_csv, write_csv

HEAD = "candidate_id,form,Q1,Q2,Q3,Q4"
STRING = "candidate_id,form,answers"
LONG = "candidate_id,form,question,answer"
N_GOOD = 200
DECISIONS = ("withheld", "disqualified", "withdrawn")
"""On persons: the reason of quarantine has the same word."""
LIST = ["candidate_id", "name", "room"]


@pytest.fixture(scope="module")
def exam(examgen: Examgen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forms A and B, four questions of four options each; booklets of no list."""
    return exam_of_two_forms(examgen, tmp_path_factory.mktemp("quarantine"))


# ── each reason, among good rows ─────────────────────────────────────────────────────────────

CASES: dict[str, tuple[str, list[str]]] = {
    "header_repeated": (HEAD, [HEAD]),
    "too_many_fields": (HEAD, ["x{},A,A,B,C,D,A"]),
    "too_few_fields": (HEAD, ["x{},A,A,B,C"]),
    "undecodable": (HEAD, ["x{}\ufffd,A,A,B,C,D"]),
    "no_candidate": (HEAD, ["-,A,A,B,C,D"]),
    "broken_quote": (HEAD, ['x{},A,A,"B,C,D']),
    "totals_line": (HEAD, ["total,A,,,,"]),
    "candidate_id_too_long": (HEAD, ["9" * 129 + ",A,A,B,C,D"]),
    "candidate_id_damaged": (HEAD, ["1.1E+12,A,A,B,C,D"]),
    "unknown_form": (HEAD, ["x{},Z,A,B,C,D"]),
    "unreadable_marks": (HEAD, ["x{},A,X,X,X,D"]),
    "undecided_marks": (HEAD, ["x{},A,?,B,C,D"]),
    "conflicting_rows": (HEAD, ["x{},A,A,B,C,D", "x{},A,A,B,C,C"]),
    "answers_wrong_length": (STRING, ["x{},A,ABC"]),
    "unknown_question": (LONG, ["x{},A,1,A\nx{},A,2,A\nx{},A,3,A\nx{},A,5,A"]),
    "question_repeated": (LONG, ["x{},A,1,A\nx{},A,2,A\nx{},A,3,A\nx{},A,4,A\nx{},A,4,B"]),
    "question_missing": (LONG, ["x{},A,1,A\nx{},A,2,A\nx{},A,3,A"]),
    "line_too_long": (HEAD, ["x{},A,A,B,C," + "D" * (1 << 20)]),
}
"""Reason → heading, and rows of which it holds; `{}` is the number of the file."""


def good_rows(head: str, number: int) -> list[str]:
    """Rows that every rule takes, of candidates of their own."""
    rows = []
    for n in range(N_GOOD):
        who, marks = f"{number:02d}-{n:04d},{'AB'[n % 2]}", "ABCD"[n % 4] + "BCD"
        if head == LONG:
            rows.append("\n".join(f"{who},{k},{mark}" for k, mark in enumerate(marks, 1)))
        else:
            rows.append(f"{who},{marks if head == STRING else ','.join(marks)}")
    return rows


def test_each_reason_takes_its_rows_and_no_other(examgen: Examgen, exam: Path, tmp_path: Path) -> None:
    files, expected = [], []
    for number, (code, (head, bad)) in enumerate(CASES.items()):
        named = [row.replace("{}", str(number)) for row in bad]
        good = good_rows(head, number)
        text = "\n".join([head, *good[:100], *named, *good[100:], ""])
        files.append(tmp_path / f"{code}.csv")
        files[-1].write_text(text, "utf-8")
        line = 2 + "\n".join(good[:100]).count("\n") + 1
        expected += [(f"{code}.csv", line + n, code, row) for n, row in enumerate(named)]
    found = score(examgen, exam, files)
    aside = [(row.file, row.line, row.reason, row.raw) for row in found.aside]
    assert [row[:3] for row in aside] == [row[:3] for row in expected]
    for got, wanted in zip(aside, expected, strict=True):
        assert got[3] == wanted[3] or (wanted[2] == "line_too_long" and got[3].startswith(wanted[3][:30]))
    assert len(found.marks) == N_GOOD * len(CASES)
    assert {marks for _, marks in found.marks.values()} == {"ABCD", "BBCD", "CBCD", "DBCD"}


def test_reasons_between_files_of_workbooks_and_of_decisions(
    examgen: Examgen, exam: Path, tmp_path: Path
) -> None:
    rows = [HEAD.split(","), ["m1", "A", *"ABCD"], ["m2", "A", *"ABCD"], ["m3", "B", *"ABCD"]]
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.worksheets[0].merge_cells("A3:A4")
    book.save(tmp_path / "merged.xlsx")
    stemmed = write_csv(
        tmp_path / "stems.csv",
        [["candidate_id", "form", *stems_of(exam, "A")], ["o1", "A", *"ABCD"], ["o2", "B", *"ABCD"]],
    )
    north = write_csv(tmp_path / "north.csv", [HEAD.split(","), ["c1", "A", *"ABCD"], ["c2", "A", *"ABCD"]])
    south = write_csv(
        tmp_path / "south.csv",
        [HEAD.split(","), ["c1", "A", *"ABCA"], ["c2", "a", *"กขคง"], ["v1", "A", *"ABCD"]],
    )
    decided = write_csv(tmp_path / "who.csv", [
        ["file", "line", "candidate_id", "form", "reason", "by", "date"],
        ["south.csv", 4, "-", "", "a practice sheet", "ก", "2026-11-20"],
    ])  # fmt: skip
    found = score(examgen, exam, [tmp_path / "merged.xlsx", stemmed, north, south], "--identities", decided)
    assert [row[:4] for row in found.aside] == [
        ("merged.xlsx", 4, "", "merged_cells"), ("stems.csv", 3, "o2", "other_form"),
        ("north.csv", 2, "c1", "candidate_in_two_files"), ("south.csv", 2, "c1", "candidate_in_two_files"),
        ("south.csv", 4, "v1", "voided_by_grader"),
    ]  # fmt: skip
    assert (found.lines, found.repeats) == (["m1 A ABCD", "m2 A ABCD", "o1 A ABCD", "c2 A ABCD"], 1)


def stems_of(exam: Path, form: str) -> list[str]:
    """The stems of a form in its order."""
    stems: dict[str, str] = {}
    for path in (exam.parents[1] / "item_bank").glob("*/items/*.yaml"):
        stems |= {one["id"]: one["stem"] for one in yaml.safe_load(path.read_text("utf-8"))}
    rows = read_csv(exam / "secure" / "forms.csv")
    return [stems[row["item"]] for row in rows if row["form"] == form]


def test_a_list_of_candidates_sets_aside_who_is_not_on_it_and_what_was_not_dealt(
    examgen: Examgen, tmp_path: Path
) -> None:
    exam = exam_of_two_forms(examgen, tmp_path)
    people = [[f"{n:03d}", "ก ข", "1"] for n in range(4)]
    examgen("render", exam, "--candidates", write_csv(tmp_path / "list.csv", [LIST, *people]), cwd=tmp_path)
    dealt = {row["candidate_id"]: row["form"] for row in read_csv(exam / "secure" / "candidates.csv")}
    other = {"A": "B", "B": "A"}
    roster = write_csv(tmp_path / "roster.csv", [LIST, *people, ["900", "ค ง", "1"]])
    rows = [[who, form, *"ABCD"] for who, form in dealt.items() if who]
    rows[1][1] = other[rows[1][1]]
    named = write_csv(tmp_path / "named.csv", [HEAD.split(","), *rows[:3], ["800", "A", *"ABCD"]])
    unnamed = write_csv(
        tmp_path / "unnamed.csv", [["candidate_id", *HEAD.split(",")[2:]], ["003", *"ABCD"], ["900", *"DCBA"]]
    )
    found = score(examgen, exam, [named, unnamed], "--roster", roster)
    assert found.reasons == [("001", "form_not_dealt"), ("800", "not_on_list"), ("900", "form_not_known")]
    assert found.lines == [f"{who} {dealt[who]} ABCD" for who in ("000", "002", "003")]
    taken = score(examgen, exam, [named, unnamed], "--roster", roster, "--unlisted", "score")
    assert taken.reasons == [("001", "form_not_dealt"), ("900", "form_not_known")]
    assert taken.marks["800"] == ("A", "ABCD")


def test_who_has_no_result_by_a_decision_is_set_aside_until_it_is_restored(
    examgen: Examgen, tmp_path: Path
) -> None:
    exam = exam_of_two_forms(examgen, tmp_path)
    people = [f"p{n}" for n in range(len(DECISIONS) + 1)]
    answers = write_csv(tmp_path / "a.csv", [HEAD.split(","), *([who, "A", *"ABCD"] for who in people)])
    examgen("take", exam, answers, cwd=tmp_path)
    examgen("score", exam, "--no-signals", cwd=tmp_path)
    signed = ("--by", "ก", "--reason", "record of room 2")
    for who, decision in zip(people, DECISIONS, strict=False):
        examgen("decide", exam, who, "--as", decision, *signed, cwd=tmp_path)
    for restored in (False, True):
        if restored:
            examgen("decide", exam, people[0], "--as", "restored", *signed, cwd=tmp_path)
        ran = examgen("score", exam, "--no-signals", cwd=tmp_path, status=3)
        found = scored_in(exam / "results", exam, ran.status)
        expected = [
            ("a.csv", n, f"p{n - 2}", reason, f"p{n - 2},A,A,B,C,D") for n, reason in enumerate(DECISIONS, 2)
        ]
        assert found.aside == expected[restored:]
        assert [*found.marks] == [*people[: int(restored)], people[-1]]


# ── tables with known truth ──────────────────────────────────────────────────────────────────

MARKS = {"A": ["A", "a", "ก", "1", "๑", "Ａ", "ก.", "(ก)", "ข้อ\xa0ก", "1.0"], "B": ["B", "ข", "2", "ข)"], "-": ["", " ", "-", "."],
         "(AC)": ["AC", "A|C", "ก ค", "C/A"], "*": ["X", "0", "E", "AA", "A?"], "D": ["D", "ง", "๔"]}  # fmt: skip
"""What was marked, and how people write it."""


Truth = tuple[dict[str, tuple[str, str]], list[tuple[int, str, str]], int]
"""Marks by candidate; rows set aside by line, reason and text; how many repeats."""


def dirty_table(random: Random, number: int) -> tuple[str, Truth]:
    """The text of a hundred rows and more, and the truth about it."""
    lines, repeats = [f"{HEAD},note"], 0
    scored: dict[str, tuple[str, str]] = {}
    aside: list[tuple[int, str, str]] = []
    again: list[str] = []
    while len(lines) <= 100:
        who, form = f"{number}-{len(lines):04d}", random.choice("AB")
        truth = random.choices(list(MARKS), [6, 6, 2, 2, 1, 6], k=4)
        cells = [random.choice(MARKS[mark]) for mark in truth]
        named = random.choice([form, form.lower(), f"ชุด {form}"])
        row = ",".join([who, named, *cells, random.choice(["", "สมชาย", '"a, ""b"""', "=1+1"])])
        damaged, nobody = random.choice(["1.10E+12", "7-Jan", "#N/A"]), random.choice(["", "-", " "])
        kinds = {
            "too_few_fields": f"{who},{form},A,B", "too_many_fields": row + ",,",
            "unknown_form": ",".join([who, "Q", *cells, ""]), "no_candidate": ",".join([nobody, form, *cells, ""]),
            "candidate_id_damaged": ",".join([damaged, form, *cells, ""]), "undecided_marks": f"{who},{form},A,?,B,,",
            "broken_quote": f'{who},{form},A,B,C,D,"x"y', "conflicting_rows": row, "blank": random.choice(["", ",,,,,,", "  "]),
        }  # fmt: skip
        kind = random.choice(("plain",) * 12 + ("repeat", *kinds))
        is_understood = 2 * truth.count("*") <= 4 - truth.count("-")
        if kind == "conflicting_rows" and (not is_understood or truth == [*"DDDD"]):
            kind = "plain"
        if kind in ("plain", "repeat") and not is_understood:
            kind = "unreadable_marks"
        lines.append(kinds.get(kind, row))
        if kind in ("plain", "repeat"):
            scored[who] = (form, "".join(truth))
        elif kind != "blank":
            aside.append((len(lines), kind, lines[-1]))
        if kind == "conflicting_rows":
            again.append(f"{who},{form},D,D,D,D,")
        if kind == "repeat":
            lines.append(row)
            repeats += 1
    aside += [(n, "conflicting_rows", row) for n, row in enumerate(again, len(lines) + 1)]
    return "\n".join([*lines, *again, ""]), (scored, aside, repeats)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_dirty_tables_with_known_truth_in_any_order_of_files(
    seed: int, examgen: Examgen, exam: Path, tmp_path: Path
) -> None:
    random = Random(seed)
    files: list[Path] = []
    marks: dict[str, tuple[str, str]] = {}
    aside: list[tuple[str, int, str, str]] = []
    repeats = 0
    for number in range(4):
        text, truth = dirty_table(random, number)
        files.append(tmp_path / f"{number}.csv")
        files[-1].write_bytes(text.encode(random.choice(["utf-8", "utf-8-sig", "utf-16"])))
        marks |= truth[0]
        aside += [(f"{number}.csv", *row) for row in truth[1]]
        repeats += truth[2]
    by_name = []
    for order in (files, files[::-1]):
        found = score(examgen, exam, order, "--unreadable", "aside")
        assert found.marks == marks
        assert sorted((row.file, row.line, row.reason, row.raw) for row in found.aside) == sorted(aside)
        assert found.repeats == repeats
        by_name.append({row["candidate_id"]: row for row in found.candidates})
    assert by_name[0] == by_name[1]
