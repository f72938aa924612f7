"""One content in every dress: structure, encoding, delimiter, line end, writing of a mark and container change nothing."""

from __future__ import annotations

import csv
import gzip
import io
from itertools import product
from pathlib import Path
from random import Random

import pytest

from tests.guards.answer_files import (
    Question,
    Scored,
    built,
    exam_of_two_forms,
    save_parquet,
    save_workbook,
    score,
    write_bank,
)
from tests.guards.commands import Examgen, write_csv

CODECS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp874")
DRESSES = [*product(CODECS, ",;\t|", ["\n", "\r\n", "\r"])]
STRUCTURES = ("wide", "one string", "long")
ALPHABETS = ("ABCD", "abcd", "กขคง", "1234", "๑๒๓๔")
AROUND = ("{}", "{}", "{}.", "{})", "({})", "ข้อ {}", " {} ")
NAMES = ("สมชาย", "ก, ข", "", 'ท่อ "ใหญ่"')
Marks = list[frozenset[int]]
Paper = list[tuple[str, str, Marks, str]]
"""Candidate, form, marks as numbers of letters, name."""


@pytest.fixture(scope="module")
def exam(examgen: Examgen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forms A and B, four questions of four options each."""
    return exam_of_two_forms(examgen, tmp_path_factory.mktemp("dresses"))


@pytest.fixture(scope="module")
def five(examgen: Examgen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One form of three questions of five options, whose texts say nothing."""
    workspace = tmp_path_factory.mktemp("five")
    asked = [Question(f"ข้อใดถูก {n}", tuple(f"คำตอบแบบ {o}{n}" for o in "ทนปมร")) for n in (1, 2, 3)]
    write_bank(workspace, {"E1.01": asked})
    return built(examgen, workspace, "five", forms=1, items=3)


def paper(random: Random, number: int, is_string: bool) -> Paper:
    """What a few candidates of a file marked."""
    most = 1 if is_string else 3
    return [
        (
            f"{number:03d}-{n}",
            random.choice("AB"),
            [frozenset(random.sample(range(4), random.randint(0, most))) for _ in range(4)],
            random.choice(NAMES),
        )
        for n in range(5)
    ]


def said(marks: Marks) -> str:
    """Marks as `Scored` writes them."""
    texts = ["".join("ABCD"[k] for k in sorted(mark)) or "-" for mark in marks]
    return "".join(text if len(text) == 1 else f"({text})" for text in texts)


def written(random: Random, mark: frozenset[int], is_string: bool) -> str:
    """A mark as somebody writes it."""
    if not mark:
        return random.choice(" -." if is_string else ["", " ", "-", "."])
    letters = [random.choice(ALPHABETS)[k] for k in sorted(mark)]
    if is_string:
        return letters[0]
    if len(letters) == 1:
        return random.choice(AROUND).format(letters[0])
    return random.choice(["", "|", ",", " ", ", "]).join(letters)


def sheet(random: Random, rows: Paper, structure: str) -> list[list[str]]:
    """The rows of a table, its columns in any order."""
    named = random.choice([["Q{}"] * 4, ["{}"] * 4, ["ข้อ {}"] * 4, ["q{}", "ข้อที่ {}", "Q0{}", "Question {}"]])
    answers = {"wide": [name.format(n) for n, name in enumerate(named, 1)], "one string": ["answers"]}
    table = [["candidate_id", "form", *answers.get(structure, ["question", "answer"]), "ชื่อ"]]
    for who, form, marks, name in rows:
        cells = [written(random, mark, structure == "one string") for mark in marks]
        if structure == "long":
            table += [[who, form, named[n].format(n + 1), cell, name] for n, cell in enumerate(cells)]
        else:
            table.append([who, form, *(cells if structure == "wide" else ["".join(cells)]), name])
    order = random.sample(range(len(table[0])), len(table[0]))
    return [[row[n] for n in order] for row in table]


def dressed(random: Random, table: list[list[str]], dress: tuple[str, str, str]) -> bytes:
    """The table as text, perhaps packed."""
    codec, delimiter, end = dress
    text = io.StringIO()
    quoted = random.random() < 0.5
    csv.writer(
        text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    ).writerows(table)
    data = text.getvalue().encode(codec)
    return gzip.compress(data, mtime=0) if random.random() < 0.2 else data


def test_each_structure_in_every_dress(examgen: Examgen, exam: Path, tmp_path: Path) -> None:
    """All in one command, the candidates of each file its own."""
    random = Random(72)
    files: list[Path] = []
    truth: dict[str, tuple[str, str]] = {}
    names: dict[str, str] = {}
    for number, (structure, dress) in enumerate([*product(STRUCTURES, [*DRESSES, "xlsx", "parquet"])]):
        rows = paper(random, number, structure == "one string")
        truth |= {who: (form, said(marks)) for who, form, marks, _ in rows}
        names |= {who: name for who, _, _, name in rows}
        table = sheet(random, rows, structure)
        files.append(tmp_path / f"{number:03d}.csv")  # the content says what a file is, not its name
        if isinstance(dress, tuple):
            files[-1].write_bytes(dressed(random, table, dress))
        else:
            save = save_workbook if dress == "xlsx" else save_parquet
            save(tmp_path / f"{number}.{dress}", table).rename(files[-1])
    found = score(examgen, exam, files)
    assert found.marks == truth
    assert (found.aside, found.read, len(files)) == ([], len(truth), 222)
    assert {row["candidate_id"]: row["ชื่อ"] for row in found.candidates} == names


def test_the_results_are_the_same_bytes(examgen: Examgen, exam: Path, tmp_path: Path) -> None:
    random = Random(7)
    rows = paper(random, 0, is_string=True)
    first: Scored | None = None
    for number, (structure, kind) in enumerate(product(STRUCTURES, ["text", "xlsx", "parquet"])):
        table = sheet(random, [(who, form, marks, "ก") for who, form, marks, _ in rows], structure)
        path = tmp_path / f"{number}"
        if kind == "text":
            path.write_bytes(dressed(random, table, random.choice(DRESSES)))
        else:
            (save_workbook if kind == "xlsx" else save_parquet)(tmp_path / f"{number}.{kind}", table).rename(
                path
            )
        found = score(examgen, exam, [path])
        first = first or found
        assert found.results == first.results


def test_the_order_of_rows_changes_no_result(examgen: Examgen, exam: Path, tmp_path: Path) -> None:
    random = Random(8)
    rows = [row for number in range(20) for row in paper(random, number, is_string=False)]
    table = sheet(random, rows, "wide")
    found = []
    for number in range(3):
        body = random.sample(table[1:], len(rows)) if number else table[1:]
        found.append(score(examgen, exam, [write_csv(tmp_path / f"{number}.csv", [table[0], *body])]))
        who = table[0].index("candidate_id")
        assert [row["candidate_id"] for row in found[-1].candidates] == [row[who] for row in body]
    for one in found[1:]:
        assert one.marks == found[0].marks
        assert sorted(one.results["candidates.csv"].splitlines()) == sorted(
            found[0].results["candidates.csv"].splitlines()
        )
        assert one.results["pc_coverage.csv"] == found[0].results["pc_coverage.csv"]


# ── cells, headings and numbers of candidates, one by one ────────────────────────────────────

CELLS = {
    "A": "A¦a¦ a ¦Ａ¦ａ¦ก¦1¦๑¦１¦A.¦ก.¦a. ¦1.0¦1.¦๑.๐¦\u200bA¦\u00a0A\u3000¦=\"A\"¦A)¦ก)¦(ก)¦( ก )¦(a)¦(๑)¦ข้อ ก¦ข้อก¦ข้อ ก."
    "¦ตัวเลือก ก¦ตัวเลือกที่ ๑¦คำตอบ: ก¦Option A¦choice a",
    "B": "B¦ข¦2¦๒¦2.0", "C": "C¦ค¦3¦๓¦ค.", "D": "D¦ง¦4¦๔¦4.0¦4.00¦d", "E": "E¦จ¦5¦๕¦e¦ｅ",
    "-": "¦  ¦-¦ - ¦.¦–¦—¦\u00a0¦\u3000¦\t¦=\"\"",
    "(AC)": "AC¦ac¦A|C¦ก | ค¦CA¦A,C¦A, C¦A C¦A;C¦A/C¦กค¦ก ค¦1,3¦13¦ก.,ค.¦1.0,3.0¦Aค¦A  C¦ก) ค)",
    "(ABCDE)": "ABCDE¦กขคงจ¦12345¦A B C D E",
    "*": "X¦F¦ฉ¦0¦6¦9¦AA¦กA¦A1¦AX¦A,¦,A|A¦A|¦|¦1.5¦1.2¦4.01¦10¦-1¦*¦N/A¦ถูก¦TRUE¦A-C¦A.C¦²¦①¦--¦A" + " " * 300_000 + "X",
    "?": "?¦ ? ¦？¦=\"?\"",
}  # fmt: skip
"""What cells mean, divided by `¦`."""


def test_what_a_cell_means(examgen: Examgen, five: Path, tmp_path: Path) -> None:
    cases = [(mark, cell) for mark, cells in CELLS.items() for cell in cells.split("¦")]
    rows = [[f"c{n}", cell, "A", "B"] for n, (_, cell) in enumerate(cases)]
    found = score(examgen, five, [write_csv(tmp_path / "a.csv", [["candidate_id", "Q1", "Q2", "Q3"], *rows])])
    wrong = {
        cell[:20]: found.marks.get(f"c{n}")
        for n, (mark, cell) in enumerate(cases)
        if mark != "?" and found.marks.get(f"c{n}") != ("A", f"{mark}AB")
    }
    assert not wrong
    doubtful = [f"c{n}" for n, (mark, _) in enumerate(cases) if mark == "?"]
    assert found.reasons == [(who, "undecided_marks") for who in doubtful]


HEADINGS = (
    "candidate_id,Q1,Q2,Q3", "CANDIDATE ID,q1,q2,q3", "id,1,2,3", "เลขประจำตัวสอบ,ข้อ 1,ข้อ ๒,ข้อที่ 3",
    " รหัสผู้สอบ ,1.0,2.0,3.0", '"candidate_id","ข้อ\n1","Q2","Q3"', "candidate_id,Ｑ１, Q_2 ,Question 3", "Candidate-ID,Q01,Q02,ข้อ 3.",
)  # fmt: skip
NO_HEADINGS = (
    "candidate_id,Q1,Q2,Q3a",
    "candidate_id,Q1,Q2,Q-3",
    "candidate_id,Q1,Q2,3.5",
    "candidate_id,Q1,Q2,note3",
    "who,Q1,Q2,Q3",
)


def test_headings_by_any_usual_name(examgen: Examgen, five: Path, tmp_path: Path) -> None:
    files = []
    for number, heading in enumerate((*HEADINGS, *NO_HEADINGS)):
        files.append(tmp_path / f"{number}.csv")
        files[-1].write_text(f"{heading}\n{number:03d},ก,,4\n", "utf-8")
    found = score(examgen, five, files[: len(HEADINGS)])
    assert found.marks == {f"{n:03d}": ("A", "A-D") for n in range(len(HEADINGS))}
    out = tmp_path / "out"
    ran = examgen("score", five, *files[len(HEADINGS) :], "--out", out, "--json", cwd=tmp_path, status=1)
    assert {problem["source"].split(":")[0] for problem in ran.json["problems"]} == {
        path.name for path in files[len(HEADINGS) :]
    }


WHOLE = [
    "007",
    "1100700123456",
    "ก-12/๓",
    "a b",
    "A.1",
    "0x1E5",
    "5E12",
    "O'Neil",
    "'007x",
    '="0070"',
    "=1+1",
    "-5",
    "9" * 128,
]
DAMAGED = [
    "1.10E+12",
    "1,10E+12",
    "1E+13",
    "1.1e12",
    "1.234568E+15",
    "2026-01-02 00:00:00",
    "#N/A",
    "#REF!",
    "7-Jan",
]


def test_numbers_of_candidates_come_out_as_they_went_in_or_not_at_all(
    examgen: Examgen, five: Path, tmp_path: Path
) -> None:
    rows = [[f" {who}\u200b" if who[0] != "=" else who, *"ABC"] for who in (*WHOLE, *DAMAGED)]
    found = score(examgen, five, [write_csv(tmp_path / "a.csv", [["candidate_id", "Q1", "Q2", "Q3"], *rows])])
    assert [*found.marks] == ["0070" if who == '="0070"' else who for who in WHOLE]
    assert [row.reason for row in found.aside] == ["candidate_id_damaged"] * len(DAMAGED)
