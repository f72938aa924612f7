"""A small exam of a guard's own, answer files for it, and what `examgen score` makes of them.

Every scoring is held to the law here, whatever a guard asks of it: rows read = scored + identical repeats +
quarantined, in audit.json as in the files, and each result follows from the marks that were read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import polars as pl
import yaml

from tests.guards.commands import Examgen, read_csv

QUICKLY = ("--no-signals", "--processes", 1)
"""Options of `score` that spare time and change no result."""
INVALID = 0x80
"""In responses.parquet: a mark that is no option. Others have a bit for each letter: 1 is A, 2 is B, 5 is AC."""
UNIT = "T-1"


class Question(NamedTuple):
    """A question as a form prints it."""

    stem: str
    options: tuple[str, ...]
    key: str = "a"
    id: str = ""


def write_bank(workspace: Path, questions: Mapping[str, Sequence[Question]]) -> None:
    """A bank of one unit that states no level, with the questions of each criterion."""
    folder = workspace / "item_bank" / UNIT
    (folder / "items").mkdir(parents=True)
    criteria = [{"code": code, "text": f"เกณฑ์ {code}"} for code in questions]
    method = {"occupation": None, "levels": [], "methods": ["written_objective"]}
    section = {"section": "18.1", "text": "ข้อสอบปรนัย"}
    unit = {
        "code": UNIT, "title": "หน่วยทดลอง", "levels": [], "assessment": [method],
        "elements": [{"code": "E1", "title": "สมรรถนะย่อย", "criteria": criteria}],
        "source": {"document": "t.txt", "sha256": "0" * 64, "assessment": [section]},
    }  # fmt: skip
    (folder / "unit.yaml").write_text(yaml.safe_dump(unit, allow_unicode=True), "utf-8")
    for code, asked in questions.items():
        items = [
            {
                "id": one.id or f"{code}-{n:03d}", "pcs": [code], "levels": [], "cognitive": "apply", "stem": one.stem,
                "options": dict(zip("abcde", one.options, strict=False)), "key": one.key, "status": "draft",
                "rationale": dict.fromkeys("abcde"[: len(one.options)], "เหตุผล"), "reference": "คู่มือทดลอง",
            }
            for n, one in enumerate(asked, 1)
        ]  # fmt: skip
        text = yaml.safe_dump(items, allow_unicode=True, sort_keys=False)
        (folder / "items" / f"{code}.yaml").write_text(text, "utf-8")


def built(examgen: Examgen, workspace: Path, name: str, **blueprint: Any) -> Path:
    """The package of a blueprint over the bank, by default with options in the order of the bank."""
    asked = {
        "exam": name, "title": {"th": "ทดลอง", "en": "Trial"}, "units": [UNIT], "statuses": ["draft"],
        "time_min": 9, "pass": {"percent": 50}, "order": {"options": "as_written"}, "seed": 1,
    }  # fmt: skip
    (workspace / f"{name}.yaml").write_text(yaml.safe_dump(asked | blueprint, allow_unicode=True), "utf-8")
    examgen("build", f"{name}.yaml", cwd=workspace)
    return workspace / "output" / name


def exam_of_two_forms(examgen: Examgen, workspace: Path) -> Path:
    """Forms A and B, four questions of four options each."""
    names = {f"E1.0{k}": [f"คำถาม {k}{n} ข้อใดถูก" for n in (1, 2)] for k in (1, 2, 3, 4)}
    write_bank(
        workspace,
        {
            code: [Question(stem, tuple(f"{stem[6:9]} {o}" for o in "ทนปม"), "abcd"[(k + n) % 4]) for n, stem in enumerate(stems)]
            for k, (code, stems) in enumerate(names.items())
        },
    )  # fmt: skip
    return built(examgen, workspace, "two", forms=2, items=4, criteria={"all": 1})


def save_workbook(path: Path, table: Sequence[Sequence[object]]) -> Path:
    """The table as a workbook."""
    book = openpyxl.Workbook()
    for row in table:
        book.worksheets[0].append([*row])
    book.save(path)
    return path


def save_parquet(path: Path, table: Sequence[Sequence[object]]) -> Path:
    """The table as a Parquet file."""
    columns = zip(*table[1:], strict=True)
    pl.DataFrame(dict(zip(map(str, table[0]), map(list, columns), strict=True))).write_parquet(path)
    return path


class Row(NamedTuple):
    """A row of quarantine.csv."""

    file: str
    line: int
    candidate_id: str
    reason: str
    raw: str


class Scored(NamedTuple):
    """What a scoring made of answer files."""

    read: int
    repeats: int
    marks: dict[str, tuple[str, str]]
    """Candidate → form and marks, in the order of candidates.csv: `A`, `-` blank, `(AC)` several, `*` no option."""
    places: dict[str, int]
    """Candidate → line."""
    aside: list[Row]
    candidates: list[dict[str, str]]
    results: dict[str, bytes]

    @property
    def lines(self) -> list[str]:
        """The scored rows as tests/data/damaged/expected.yaml writes them."""
        return [f"{who} {form} {marks}" for who, (form, marks) in self.marks.items()]

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Candidate and reason of each quarantined row."""
        return [(row.candidate_id, row.reason) for row in self.aside]


def letters(marks: bytes) -> list[str]:
    """Marks as text, question by question."""
    names = ["".join(letter for k, letter in enumerate("ABCDE") if mark & 1 << k) for mark in marks]
    return [
        "*" if mark == INVALID else "-" if not name else name if len(name) == 1 else f"({name})"
        for mark, name in zip(marks, names, strict=True)
    ]


def unformula(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from running it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in {*"=+-@\t\r"} else cell


def score(examgen: Examgen, exam: Path, files: Iterable[Path], *options: object) -> Scored:
    """Score answer files in a folder of its own, and hold what comes out to the law."""
    found = tried(examgen, exam, files, *options)
    assert found is not None, "refused"
    return found


def tried(examgen: Examgen, exam: Path, files: Iterable[Path], *options: object) -> Scored | None:
    """The same, None if the files are refused: then nothing is written."""
    number = len([*exam.parent.glob(f"{exam.name}-results-*")])
    out = exam.parent / f"{exam.name}-results-{number}"
    ran = examgen("score", exam, *files, "--out", out, *QUICKLY, *options, cwd=exam.parent, status=None)
    assert ran.status in (0, 1, 3), ran
    if ran.status == 1:
        assert not out.exists()
        return None
    return scored_in(out, exam, ran.status)


def scored_in(out: Path, exam: Path, status: int) -> Scored:
    """The results in a folder."""
    audit = json.loads((out / "audit.json").read_text("utf-8"))
    aside = [
        Row(row["file"], int(row["line"] or 0), unformula(row["candidate_id"]), row["reason"], unformula(row["raw"]))
        for row in read_csv(out / "quarantine.csv")
    ]  # fmt: skip
    candidates = read_csv(out / "candidates.csv")
    responses = pl.read_parquet(out / "responses.parquet")
    n_rows, by_reason = audit["rows"], Counter(row.reason for row in aside)
    assert n_rows["read"] == n_rows["scored"] + n_rows["identical_repeats"] + n_rows["quarantined"]
    assert (n_rows["scored"], n_rows["quarantined"]) == (len(candidates), len(aside))
    assert audit["quarantine"] == by_reason
    assert status == (3 if aside else 0)
    key = {(row["form"], int(row["question"])): row for row in read_csv(exam / "secure" / "key.csv")}
    marks: dict[str, tuple[str, str]] = {}
    read = responses.select("candidate_id", "form", "marks").rows()
    places = dict(responses.select("candidate_id", "line").rows())
    criteria = read_csv(out / "pc_results.csv")
    for row, (who, form, data), by_pc in zip(candidates, read, criteria, strict=True):
        asked = [key[form, n] for n in range(1, len(data) + 1) if (form, n) in key]
        said = letters(data)[: len(asked)]
        assert who not in marks
        marks[who] = (form, "".join(said))
        right = [mark in one["key"].split("|") for mark, one in zip(said, asked, strict=True)]
        counts = [sum(map(said.count, "ABCDE")), said.count("-"), 0, said.count("*")]
        counts[2] = len(said) - sum(counts)
        assert (unformula(row["candidate_id"]), row["form"]) == (who, form)
        assert [int(row[name]) for name in ("answered", "blank", "multiple", "invalid")] == counts
        assert (int(row["score"]), int(row["max_score"])) == (sum(right), len(asked))
        for pc in {one["pc"] for one in asked}:
            of_pc = [mark for mark, one in zip(right, asked, strict=True) if one["pc"] == pc]
            assert int(by_pc[f"{pc}_correct"]) == sum(of_pc)
    results = {
        name: (out / name).read_bytes() for name in ("candidates.csv", "pc_results.csv", "pc_coverage.csv")
    }
    return Scored(n_rows["read"], n_rows["identical_repeats"], marks, places, aside, candidates, results)
