"""Files of judges → tables for functions of `examgen.stats`, with the file and line of each row.

Files are CSV in any encoding and with any delimiter, XLSX and Parquet, as for answers. Columns are known by
their English or Thai headings, in any order. Other columns are ignored, except in a wide table of ratings,
where they are items or judges. Most cells stay texts: the functions check their values, and their refusals
name the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import polars as pl

from examgen.analysis.shown import TextTable, refusal_by_line, refused
from examgen.capture.cells import PLAIN, fold
from examgen.core.problems import Problem, Refused
from examgen.core.tables.coded import read_coded
from examgen.core.words import tell
from examgen.stats.arguments import BLANK_WORDS, DataError
from examgen.stats.judge_ratings import COLUMNS, HEADINGS, unfolded

HEADS: Mapping[str, frozenset[str]] = {
    column: frozenset(map(fold, names))
    for column, names in {
        **COLUMNS,
        **HEADINGS,
        "difficulty": ("difficulty", "ความยาก"),
        "relevance": ("relevance", "importance", "ความสำคัญ", "ความเกี่ยวข้อง"),
        "candidate_id": ("candidate_id", "candidate", "id", "เลขประจำตัวสอบ", "รหัสผู้สมัคร", "ผู้เข้าสอบ"),
        "group": ("group", "judgement", "judgment", "class", "กลุ่ม"),
        "grade": ("grade", "global", "global_rating", "ระดับ", "เกรด"),
        "score": ("score", "total", "points", "คะแนน", "คะแนนรวม"),
        "form": ("form", "ชุด", "ชุดข้อสอบ"),
    }.items()
}  # fmt: skip
"""The headings that each column may have, as `fold` writes them."""
RATING = ("judge", "item", "round", "rating")
"""The columns of ratings, as functions of `examgen.stats` take them."""


class Judgements(NamedTuple):
    """Ratings as functions of `examgen.stats` take them.

    `columns` are those of `RATING`; `places` the file and line of each rating; `kind` the kind of ratings,
    where known; `panels` the panel of each item, if the ratings are those of several units; `scale` the scale
    on which they were made.
    """

    columns: dict[str, list[Any]]
    places: Sequence[str] = ()
    kind: str | None = None
    panels: Mapping[str, str] | None = None
    scale: str | None = None

    @classmethod
    def of_rows(cls, rows: Sequence[tuple[str, str, int, str | Fraction | None]], **more: Any) -> Judgements:
        """Make ratings from rows of judge, item, round and rating."""
        return cls({name: [row[n] for row in rows] for n, name in enumerate(RATING)}, **more)

    @property
    def rounds(self) -> list[int]:
        """The rounds with at least one rating."""
        rows = zip(self.columns["round"], self.columns["rating"], strict=True)
        return sorted({which for which, one in rows if one is not None})


def is_blank(text: str) -> bool:
    """Return whether a cell is empty, or contains a word for an empty cell."""
    return fold(text) in BLANK_WORDS or not text.strip()


def judge_table(name: str, data: bytes, needed: Sequence[str], others: Sequence[str] = ()) -> TextTable:
    """Read the rows of a table that are not empty; columns in `needed` and `others` get these names.

    Raises Refused if a column in `needed` is missing, if a column occurs twice, and if there are no rows.
    """
    coded, columns = read_coded(name, data), dict[str, list[str]]()
    for one in coded.columns:
        column = next((own for own in (*needed, *others) if fold(one.name) in HEADS[own]), one.name)
        if column in columns:
            raise refused(name, "column-twice", tell("has two columns for {role}. Keep one", role=column))
        columns[column] = [one.texts[code].strip() for code in one.codes]
    if missing := [f"`{column}`" for column in needed if column not in columns]:
        message = tell("needs a column {missing}", missing=", ".join(missing))
        raise refused(name, "column-missing", message)
    kept = [n for n, row in enumerate(zip(*columns.values(), strict=True)) if not all(map(is_blank, row))]
    if not kept:
        raise refused(name, "no-rows", tell("has a header but no rows below it"))
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))[kept]
    return TextTable(name, frame, [f"{name}:{coded.lines[n]}" for n in kept])


def require(table: TextTable, *columns: str) -> None:
    """Raise Refused with every empty cell in these columns."""
    faults = [
        Problem(place, "cell-empty", tell("has no {role}. Fill in the cell", role=column), field=column)
        for column in columns
        for place, text in zip(table.places, table.frame[column], strict=True)
        if is_blank(text)
    ]
    if faults:
        raise Refused.because("{name} has cells without a value", faults, name=table.name)


def read_ratings(files: Sequence[tuple[str, bytes]]) -> Judgements:
    """Read the ratings of all files, each a long or a wide table, as texts with plain digits.

    A long table has the columns judge, item, rating; a wide one a column for each item or each judge. In a
    file with `item` and `rating` but without a judge, the judge is the name of the file.
    """
    rows, places = list[tuple[str, str, int, str | Fraction | None]](), list[str]()
    for name, data in files:
        table = judge_table(name, data, (), ("judge", "item", "round"))
        columns: dict[str, list[Any]] = table.frame.to_dict(as_series=False)
        is_of_one = "item" in columns and any(fold(head) in HEADS["rating"] for head in columns)
        if is_of_one and "judge" not in columns:
            columns["judge"] = [name.rpartition("/")[2].partition(".")[0]] * len(table.places)
        try:
            ratings = unfolded(columns)
        except DataError as error:
            raise refusal_by_line(error, {"ratings": table}, {}, name) from None
        for one in ratings:
            text = str(one.value).translate(PLAIN)
            rows.append((one.judge, one.item, one.round, None if is_blank(text) else text))
            places.append(table.places[one.row])
    return Judgements.of_rows(rows, places=places)
