"""Tables of a standard setting → what judges said: ratings of items, bookmarks, groups of candidates, limits.

CSV in any encoding and delimiter, XLSX and Parquet, as answers are read. Columns are known by their headings,
English or Thai, in any order; others are left alone, but in a wide table of ratings, where they are items or
judges. What is not understood is a fault with its line, never a guess.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from polars import DataFrame

from examgen.analysis.shown import Words, message
from examgen.analysis.tables import TextTable, refusal_by_line
from examgen.capture.cells import PLAIN, fold
from examgen.core.problems import Problem, Refused
from examgen.core.tables.coded import read_coded
from examgen.core.words import Message, either, tell, tell_n
from examgen.stats.arguments import BLANK_WORDS, GREATEST_POINTS, DataError
from examgen.stats.judge_ratings import COLUMNS, read_number, unfolded

HEADS: Mapping[str, frozenset[str]] = {
    role: frozenset(map(fold, names))
    for role, names in {
        **COLUMNS,
        "bookmark": ("bookmark", "page", "ที่คั่น", "หน้า"),
        "difficulty": ("difficulty", "ความยาก"),
        "relevance": ("relevance", "importance", "ความสำคัญ", "ความเกี่ยวข้อง"),
        "candidate": ("candidate_id", "candidate", "id", "เลขประจำตัวสอบ", "รหัสผู้สมัคร", "ผู้เข้าสอบ"),
        "group": ("group", "judgement", "judgment", "class", "กลุ่ม"),
        "grade": ("grade", "global", "global_rating", "ระดับ", "เกรด"),
        "score": ("score", "total", "points", "คะแนน", "คะแนนรวม"),
        "form": ("form", "ชุด", "ชุดข้อสอบ"),
        "low": ("min_cut", "lowest_cut", "kmin", "จุดตัดต่ำสุด"),
        "high": ("max_cut", "highest_cut", "kmax", "จุดตัดสูงสุด"),
        "least": ("min_fail", "lowest_fail", "fmin", "ไม่ผ่านต่ำสุด"),
        "most": ("max_fail", "highest_fail", "fmax", "ไม่ผ่านสูงสุด"),
        "facility": ("facility", "p", "p_value", "proportion_right", "ค่าความยากง่าย"),
        "a": ("a", "slope", "discrimination"),
        "b": ("b",),
        "c": ("c", "guessing", "asymptote"),
    }.items()
}  # fmt: skip
"""What columns may be called, as `fold` has it."""

ENGLISH = {
    "candidate": "candidate_id",
    "low": "min_cut",
    "high": "max_cut",
    "least": "min_fail",
    "most": "max_fail",
}
"""What a column is called in messages, where that is not its role."""

GROUPS: Mapping[str, frozenset[str]] = {
    group: frozenset(map(fold, names))
    for group, names in {
        "competent": ("competent", "master", "pass", "qualified", "yes", "1", "true", "ผ่าน", "สมรรถนะถึง",
                      "มีสมรรถนะ"),
        "borderline": ("borderline", "border", "คาบเส้น", "ก้ำกึ่ง"),
        "not_competent": ("not_competent", "incompetent", "non_master", "nonmaster", "fail", "unqualified",
                          "no", "0", "false", "ไม่ผ่าน", "ไม่มีสมรรถนะ"),
    }.items()
}  # fmt: skip
"""What judges may call their groups of candidates."""
RATING = ("judge", "item", "round", "rating")
"""Columns of ratings as functions of `examgen.stats` take them."""


class JudgeRow(NamedTuple):
    """A row by the roles of its columns, and its place: file and line."""

    where: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Judgements:
    """What judges said, as functions of `examgen.stats` take it, where each said it, and cells that say
    nothing. Of ratings also what they are, and the panel of each item where those of several units differ."""

    said: dict[Any, Any]
    places: Mapping[Any, str] = field(default_factory=dict)
    faults: Sequence[Problem] = ()
    kind: str | None = None
    panels: Mapping[str, str] | None = None

    @classmethod
    def of_rows(cls, rows: Sequence[tuple[str, str, int, Fraction]], **more: Any) -> Judgements:
        """Ratings by judge, item and round."""
        return cls({name: [row[n] for row in rows] for n, name in enumerate(RATING)}, **more)

    @property
    def rounds(self) -> list[int]:
        """The rounds in which somebody rated."""
        rows = zip(self.said["round"], self.said["rating"], strict=True)
        return sorted({which for which, one in rows if one is not None})


def faults_of(
    error: DataError, places: Mapping[Any, str], words: Words, source: str, round_: int = 1
) -> list[Problem]:
    """What a function of `examgen.stats` refuses in a table, each with its place; without a place and a
    source it is left out."""
    problems = []
    for note in error.args:
        keys = [(round_, note.values.get("judge")), *note.values.values()]
        known = (one for one in keys if isinstance(one, (str, tuple)) and one in places)
        if place := places.get(next(known, ""), source):
            item, judge = (note.values[name] if note.is_of(name) else None for name in ("item", "judge"))
            said = message(note, {**words, **places})
            problems.append(Problem(place, note.code, said, item, note.values.get("field", judge)))
    return problems


def is_blank(text: str) -> bool:
    """Whether a cell holds nothing."""
    return fold(text) in BLANK_WORDS or not text.strip()


# ── tables ───────────────────────────────────────────────────────────────────────────────────


class JudgeTable:
    """The rows of a table by the roles of their columns, and what is wrong with its cells."""

    def __init__(self, name: str, data: bytes, needed: Sequence[str], others: Sequence[str] = ()) -> None:
        """Reads the columns `needed`, and those of `others` that there are; raises Refused where one is
        lacking, or there twice."""
        coded, roles = read_coded(name, data), dict[str, str]()
        for column in coded.columns:
            role = next((role for role in (*needed, *others) if fold(column.name) in HEADS[role]), None)
            if role in roles.values():
                message = tell("has two columns for {role}. Keep one", role=role)
                raise _refused(name, [Problem(name, "column-twice", message, field=column.name)])
            if role is not None:
                roles[column.name] = role
        if missing := [role for role in needed if role not in roles.values()]:
            raise _without(name, missing)
        columns = [(roles.get(one.name, one.name), one) for one in coded.columns]
        self.name, self.heads, self.problems = name, [head for head, _ in columns], list[Problem]()
        self.rows = [
            JudgeRow(f"{name}:{coded.lines[n]}", cells)
            for n in range(coded.n_rows)
            if not all(
                map(is_blank, (cells := {head: one.texts[one.codes[n]] for head, one in columns}).values())
            )
        ]

    def text(self, row: JudgeRow, role: str) -> str:
        """A cell that must say something."""
        found = row.cells[role].strip()
        if is_blank(found):
            self.fault(row, role, "cell-empty", tell("has no {role}. Fill in the cell", role=role))
        return found

    def number(self, row: JudgeRow, role: str) -> Fraction:
        """A cell that must hold a number; a percentage is its hundredth."""
        found, text = read_number(row.cells[role]), row.cells[role][:40]
        if found is None:
            self.fault(row, role, "not-a-number", tell("`{text}` is not a number", text=text))
        elif abs(found[0]) >= GREATEST_POINTS:
            too_large = tell("`{text}` is too large. Write a number below 1,000,000,000", text=text)
            self.fault(row, role, "number-too-large", too_large)
        else:
            return found[0] / 100 if found[1] else found[0]
        return Fraction(0)

    def score(self, row: JudgeRow) -> float:
        """The score of a candidate; NaN for a blank cell."""
        text = row.cells["score"]
        if text.endswith("%"):
            self.fault(row, "score", "not-a-number", tell("`{text}` is not a number", text=text[:40]))
        return math.nan if is_blank(text) else float(self.number(row, "score"))

    def written(self, row: JudgeRow, role: str) -> str | None:
        """A cell that must hold a number, as functions of `examgen.stats` take it; None where it does not."""
        n = len(self.problems)
        self.number(row, role)
        return row.cells[role] if len(self.problems) == n else None

    def group(self, row: JudgeRow, role: str) -> str:
        """The group of candidates that a cell names."""
        text = fold(row.cells[role])
        found = next((group for group, names in GROUPS.items() if text in names), None)
        if found is None:
            known = either([group.replace("_", " ") for group in GROUPS])
            message = tell("`{text}` is not a group. Write {known}", text=row.cells[role][:40], known=known)
            self.fault(row, role, "group-unknown", message)
        return found or next(iter(GROUPS))

    def round(self, row: JudgeRow) -> int:
        """The round of a row, the first where it says none."""
        text = row.cells.get("round", "")
        found = read_number(text)
        if is_blank(text):
            return 1
        if found is None or found[1] or found[0].denominator != 1 or not 1 <= found[0] <= 99:
            message = tell("`{text}` is not a round. Write 1, 2 …", text=text[:40])
            self.problems.append(Problem(row.where, "round-not-a-number", message, field="round"))
            return 1
        return int(found[0])

    def fault(self, row: JudgeRow, role: str, code: str, message: Message) -> None:
        """Notes a fault."""
        self.problems.append(Problem(row.where, code, message, field=role))

    def needs(self, rows: object, message: Message) -> None:
        """Raises Refused, with this message if nothing is wrong with a cell, where there are no rows."""
        if not rows:
            self.check()
            raise Refused(message)

    def check(self) -> None:
        """Raises Refused with all that was found."""
        if self.problems:
            raise _refused(self.name, self.problems)


def _without(name: str, missing: Sequence[str]) -> Refused:
    message = tell(
        "needs a column {missing}", missing=", ".join(f"`{ENGLISH.get(role, role)}`" for role in missing)
    )
    return _refused(name, [Problem(name, "column-missing", message)])


def _refused(name: str, problems: Sequence[Problem]) -> Refused:
    return Refused(
        tell_n(
            "{name} cannot be read: {n} error", "{name} cannot be read: {n} errors", len(problems), name=name
        ),
        problems,
    )


# ── ratings of items ─────────────────────────────────────────────────────────────────────────


def read_ratings(files: Sequence[tuple[str, bytes]]) -> Judgements:
    """Ratings of all files: of long tables (judge, item, rating), of wide ones with a column for each item
    or for each judge; in a file of one judge, `item` and `rating` alone, the judge is the name of the file.

    Ratings stand as they are written, in plain digits.
    """
    said: dict[str, list[Any]] = {name: [] for name in RATING}
    places = dict[Any, str]()
    for name, data in files:
        table = JudgeTable(name, data, (), ("judge", "item", "round"))
        columns: dict[str, list[Any]] = {
            head: [row.cells[head] for row in table.rows] for head in table.heads
        }
        is_of_one = "item" in table.heads and any(fold(head) in HEADS["rating"] for head in table.heads)
        if is_of_one and "judge" not in table.heads:
            columns["judge"] = [name.rpartition("/")[2].partition(".")[0]] * len(table.rows)
        try:
            ratings = unfolded(columns) if table.rows else []
        except DataError as error:
            texts = TextTable(name, DataFrame(), [row.where for row in table.rows])
            raise refusal_by_line(error, {"ratings": texts}, {}, name) from None
        for one in ratings:
            places[f"ratings[{len(places)}]"] = table.rows[one.row].where
            text = str(one.value).translate(PLAIN)
            rating = None if is_blank(text) else text
            for own, value in zip(said.values(), (one.judge, one.item, one.round, rating), strict=True):
                own.append(value)
    return Judgements(said, places)
