"""Scored rows → the tables of results as CSV, and if requested as Parquet or as a workbook.

`candidates`, `pc_results` and `element_results` (elements, then units, in the columns of pc_results) have a
row for each candidate. The texts of scores are made once for each number of points that a form can give, and
every column of a table is looked up in them. Parquet files and workbooks have the same columns, with numbers
as numbers: counts and points are integers, or decimals if any in the exam are; percentages are decimals;
cells that are empty in the CSV are null.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.capture.quarantine_reasons import NOT_ON_LIST
from examgen.core.csv_files import csv_bytes, csv_cells
from examgen.core.responses.rows import KINDS, Ints, QuarantinedRow, Texts
from examgen.core.tables.writing import WorkbookWriter
from examgen.core.words import option, tell

DECISIONS = ("fail", "pass")
SECOND_LOOK = ("no", "yes")
RESULT_FILES = ("candidates", "pc_results", "element_results")
_OF_PLACE = ("correct", "percent", "status")
PC_SCALE_COLUMNS = (
    *("level", "unit", "element", "pc", "forms"),
    *("asked", "correct", "percent", "low", "high", "status"),
)
QUARANTINE_COLUMNS = ("file", "line", "candidate_id", "reason", "raw")
_MOST_FORMS = 50
"""The most forms that are named individually."""
_ROWS_AT_ONCE = 1 << 16
_ROWS_OF_A_SHEET = 1 << 12
"""Rows written at a time; as XML they are some 1.5 kB each."""
_FORMULA = tuple("=+-@\t\r")
"""The first characters of a text that a spreadsheet would run as a formula."""
_BOM = b"\xef\xbb\xbf"


class CriterionScale(NamedTuple):
    """The meaning of each number of units in a criterion (or element, or unit) with `n_items` items.

    Index `units - least_units` of each tuple is for `units`, from `least_units` (0, or less with negative
    marking) to `max_units`. `percent`, `low` and `high` are in per cent with two decimals, None if there are
    no items or no points; `status` is `met`, `not_met`, `undecided` (if certainty is required),
    `insufficient` or `not_assessed`.
    """

    n_items: int
    max_units: int
    least_units: int
    points: tuple[str, ...]
    percent: tuple[str | None, ...]
    low: tuple[str | None, ...]
    high: tuple[str | None, ...]
    status: tuple[str, ...]


class ScoreScale(NamedTuple):
    """The meaning of each total on each form.

    `leading` are the texts of `score, max_score, percent`; `trailing` are those of `trailing_names` (those of
    `scaled`, `rank`, `percentile` and `t_score` that the blueprint requests). Both are indexed by form and
    then by `units - least_units[form]`.
    """

    least_units: tuple[int, ...]
    leading: tuple[tuple[tuple[str, str, str], ...], ...]
    trailing_names: tuple[str, ...]
    trailing: tuple[tuple[tuple[str, ...], ...], ...]


class ResultRows(NamedTuple):
    """Scored rows from which the result files are made.

    `passed` and `second_look` are None without a pass rule.
    """

    ids: Texts
    form: Ints
    units: npt.NDArray[np.integer[Any]]
    kinds: npt.NDArray[np.integer[Any]]
    passed: npt.NDArray[np.bool_] | None
    second_look: npt.NDArray[np.bool_] | None
    extras: tuple[pl.Series, ...] = ()


class ResultPlace(NamedTuple):
    """The part of the standard that a judgement is about: `level` is pc, element or unit; `pc` and `element`
    are empty for a level above theirs.
    """

    level: str
    unit: str
    element: str = ""
    pc: str = ""


class JudgedColumns(NamedTuple):
    """Criteria, or elements and units, with the meaning of their scores.

    `scales[k]` are the different scales of place k; `shape[form][k]` is the index of the one that the form
    uses.
    """

    places: tuple[ResultPlace, ...]
    scales: tuple[tuple[CriterionScale, ...], ...]
    shape: npt.NDArray[np.integer]

    def names(self) -> list[str]:
        """Return the prefixes of the column names: the code, after its unit if several units have the code;
        `U:` and the code for a unit.
        """
        codes = Counter((place.level, place.pc or place.element) for place in self.places)
        names = []
        for place in self.places:
            code = place.pc or place.element
            is_shared = codes[place.level, code] > 1
            own = f"{place.unit}:{code}" if is_shared else code
            names.append(f"U:{place.unit}" if place.level == "unit" else own)
        return names


class ResultLayout(NamedTuple):
    """What result files need to know about an exam.

    `n_questions` counts all questions of each form, including those worth 0 points. `groups` are the elements
    and units; `members[g]` are the indices of the criteria of group g.
    """

    forms: tuple[str, ...]
    n_questions: tuple[int, ...]
    criteria: JudgedColumns
    groups: JudgedColumns
    members: tuple[tuple[int, ...], ...]
    total: ScoreScale
    decided: bool
    second_look: bool = False
    extra_names: tuple[str, ...] = ()

    def total_places(self, form: Ints, units: npt.NDArray[np.integer[Any]]) -> Ints:
        """(n,) How far each total is above the lowest total that is reported; 0 if it is lower, as when the
        pass rule sets negative totals to 0.
        """
        total: Ints = units.sum(axis=1, dtype=np.int64)
        total -= np.asarray(self.total.least_units, np.int64)[form]
        return np.maximum(total, 0)

    def group_units(self, units: npt.NDArray[np.integer[Any]]) -> list[Ints]:
        """Return the units earned in each element and unit, (n,) for each."""
        return [units[:, list(own)].sum(axis=1, dtype=np.int64) for own in self.members]

    @property
    def n_items(self) -> Ints:
        """(forms,) The number of items that count in each form."""
        asked = np.zeros(len(self.forms), np.int64)
        for k, scales in enumerate(self.criteria.scales):
            asked += np.array([scale.n_items for scale in scales], np.int64)[self.criteria.shape[:, k]]
        return asked


def result_columns(layout: ResultLayout, which: str) -> list[str]:
    """Return the column names of one of `RESULT_FILES`."""
    if which == "candidates":
        second = ["second_look"] if layout.second_look else []
        known = ("candidate_id", "form", "score", "max_score", "percent", "decision", *KINDS)
        return [*known, *second, *layout.total.trailing_names, *layout.extra_names]
    judged = layout.criteria if which == "pc_results" else layout.groups
    return ["candidate_id", "form", *(f"{name}_{end}" for name in judged.names() for end in _OF_PLACE)]


# ── tables ───────────────────────────────────────────────────────────────────────────────────


class _Meanings(NamedTuple):
    """Columns that one number of a row gives: `values[i][start[form] + number]`."""

    start: Ints
    values: tuple[pl.Series, ...]

    def of(self, form: Ints, numbers: npt.NDArray[np.integer[Any]]) -> Iterator[pl.Series]:
        places = pl.Series(self.start[form] + numbers)
        return (column.gather(places) for column in self.values)


def criteria_met(
    judged: JudgedColumns, form: Ints, units: npt.NDArray[np.integer[Any]]
) -> npt.NDArray[np.bool_]:
    """Return which places each row met: (n,), (n, K) → (n, K)."""
    met = np.zeros(units.shape, np.bool_)
    for k, meaning in enumerate(_judged_meanings(judged, ("status",))):
        [status] = meaning.of(form, units[:, k].astype(np.int64))
        met[:, k] = status == "met"
    return met


class ResultTables:
    """The result tables of an exam, made a batch at a time; all batches of a table have the same columns and
    types.

    Points and percentages are texts as in the CSV, or numbers if `as_numbers`.
    """

    def __init__(self, layout: ResultLayout, as_numbers: bool = False) -> None:
        """Look up what each score means."""
        self._layout = layout
        self._forms = pl.Series(layout.forms, dtype=pl.String)
        self._total = _total_meanings(layout, as_numbers)
        self._judged = {
            "pc_results": _judged_meanings(layout.criteria, as_numbers=as_numbers),
            "element_results": _judged_meanings(layout.groups, as_numbers=as_numbers),
        }

    def frame(self, which: str, rows: ResultRows) -> pl.DataFrame:
        """Return the rows as the table of one of `RESULT_FILES`."""
        who = [pl.Series(rows.ids.tolist(), dtype=pl.Binary).cast(pl.String), self._forms.gather(rows.form)]
        columns = [*who, *(self._scores(rows) if which == "candidates" else self._places(which, rows))]
        names = free_names(result_columns(self._layout, which))
        return pl.DataFrame([column.alias(name) for column, name in zip(columns, names, strict=True)])

    def _scores(self, rows: ResultRows) -> Iterator[pl.Series]:
        layout, n = self._layout, len(rows.ids)
        total = [*self._total.of(rows.form, layout.total_places(rows.form, rows.units))]
        yield from total[:3]
        yield _choice(DECISIONS, rows.passed if layout.decided else None, n)
        yield from (pl.Series(column.astype(np.int64)) for column in rows.kinds.T)
        if layout.second_look:
            yield _choice(SECOND_LOOK, rows.second_look, n)
        yield from (*total[3:], *rows.extras)

    def _places(self, which: str, rows: ResultRows) -> Iterator[pl.Series]:
        numbers = rows.units.T if which == "pc_results" else self._layout.group_units(rows.units)
        for meaning, number in zip(self._judged[which], numbers, strict=True):
            yield from meaning.of(rows.form, number)


def free_names(names: Sequence[str]) -> list[str]:
    """Return the column names, with numbers added to repeated ones: a column of the answer files may have the
    name of one of ours.
    """
    found: list[str] = []
    for name in names:
        k, free = 2, name
        while free in found:
            k, free = k + 1, f"{name}_{k}"
        found.append(free)
    return found


def _choice(names: Sequence[str], found: npt.NDArray[np.bool_] | None, n: int) -> pl.Series:
    if found is None:
        return pl.repeat(None, n, dtype=pl.String, eager=True)
    return pl.Series(names).gather(found.astype(np.int64))


_OF_SCALE: Mapping[str, Callable[[CriterionScale], Iterable[str | None]]] = {
    "correct": lambda scale: scale.points if scale.n_items else [None] * len(scale.points),
    "asked": lambda scale: [str(scale.n_items)] * len(scale.points),
    "percent": attrgetter("percent"),
    "low": attrgetter("low"),
    "high": attrgetter("high"),
    "status": attrgetter("status"),
}
"""The values of each number of points, by column name."""


def _judged_meanings(
    judged: JudgedColumns, names: Sequence[str] = _OF_PLACE, as_numbers: bool = False
) -> list[_Meanings]:
    """Return, for each place, the columns of these names, which are keys of `_OF_SCALE`."""
    whole = {"correct": all(_is_whole(scale.points) for scales in judged.scales for scale in scales)}
    found = []
    for k, scales in enumerate(judged.scales):
        sizes = [len(scale.status) for scale in scales]
        start = np.cumsum([0, *sizes[:-1]]) - np.array([scale.least_units for scale in scales])
        values = [_texts(chain.from_iterable(map(_OF_SCALE[name], scales))) for name in names]
        if as_numbers:
            values = [
                column if name == "status" else _numbers(column, whole.get(name, False))
                for name, column in zip(names, values, strict=True)
            ]
        found.append(_Meanings(start.astype(np.int64)[judged.shape[:, k]], tuple(values)))
    return found


def _total_meanings(layout: ResultLayout, as_numbers: bool) -> _Meanings:
    """`score, max_score, percent` and the trailing columns, by `ResultLayout.total_places`."""
    total = layout.total
    known: dict[tuple[int, int], int] = {}
    lines: list[tuple[str | None, ...]] = []
    start = []
    for form, leading in enumerate(total.leading):
        trailing = total.trailing[form] if total.trailing_names else ((),) * len(leading)
        key = (id(leading), id(trailing) if total.trailing_names else 0)
        if key not in known:
            known[key] = len(lines)
            lines += [(*first, *last) for first, last in zip(leading, trailing, strict=True)]
        start.append(known[key])
    values = [_texts(column) for column in zip(*lines, strict=True)]
    if as_numbers:
        whole = [_is_whole(column) for column in values]
        whole[:3] = [whole[0] and whole[1], whole[0] and whole[1], False]
        values = [_numbers(*one) for one in zip(values, whole, strict=True)]
    return _Meanings(np.array(start, np.int64), tuple(values))


def _texts(texts: Iterable[str | None]) -> pl.Series:
    """Return a column of texts, with empty texts as null."""
    return pl.Series([text or None for text in texts], dtype=pl.String)


def _is_whole(texts: Iterable[str | None]) -> bool:
    return all(not text or text.removeprefix("-").isdigit() for text in texts)


def _numbers(column: pl.Series, whole: bool) -> pl.Series:
    """Return a column of texts as numbers, or unchanged if one of them is not a number."""
    try:
        return column.cast(pl.Int64 if whole else pl.Float64)
    except pl.exceptions.InvalidOperationError:
        return column


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────


def write_results(layout: ResultLayout, rows: ResultRows, names: Sequence[str], folder: Path) -> None:
    """Write the named ones of `RESULT_FILES` as CSV."""
    tables = ResultTables(layout)
    for which in names:
        columns = result_columns(layout, which)
        came_in = len(layout.extra_names) if which == "candidates" else 0
        own = free_names(columns)[2 : len(columns) - came_in]
        with (folder / f"{which}.csv").open("wb") as file:
            file.write(_csv_head(columns))
            for some in batches(rows):
                file.write(csv_bytes(tables.frame(which, some), own, goes_on=True))


def batches(rows: ResultRows, size: int = _ROWS_AT_ONCE) -> list[ResultRows]:
    """Return the rows in batches, none if there are no rows."""

    def part(some: slice) -> ResultRows:
        passed, second_look = (None if one is None else one[some] for one in (rows.passed, rows.second_look))
        own = (rows.ids[some], rows.form[some], rows.units[some], rows.kinds[some])
        return ResultRows(*own, passed, second_look, tuple(column[some] for column in rows.extras))

    return [part(slice(start, start + size)) for start in range(0, len(rows.ids), size)]


def _csv_head(names: Sequence[str]) -> bytes:
    """Return the first line of a file, with BOM. A name that starts like a formula gets an apostrophe, and
    more of them if it would equal another name.
    """
    heads: list[str] = []
    for name in names:
        head = f"'{name}" if name.startswith(_FORMULA) else name
        while head != name and head in (*heads, *names):
            head = f"'{head}"
        heads.append(head)
    return _BOM + csv_cells(heads).encode("utf-8", "backslashreplace") + b"\n"


def csv_table(names: Sequence[str], rows: Iterable[Sequence[object]], numbers: Collection[str] = ()) -> bytes:
    """Return a small table as CSV: integers unchanged, other values as texts, None as an empty cell. A lone
    surrogate is written as `\\udc81`.

    `numbers` are the columns whose texts are numbers of our own, which are no formulas if they are below 0.
    """
    cells = [
        [
            one
            if one is None or isinstance(one, int)
            else str(one).encode("utf-8", "backslashreplace").decode()
            for one in row
        ]
        for row in rows
    ]
    columns = zip(*cells, strict=True) if cells else [()] * len(names)
    return csv_bytes(pl.DataFrame(dict(zip(names, map(pl.Series, columns), strict=True))), numbers)


def pc_scale(layout: ResultLayout) -> bytes:
    """Return pc_scale.csv: a row for each number of points in each PC, element and unit, for each set of
    forms on which it means the same.

    `low` and `high` are the bounds of the interval in per cent. `forms` names these forms; if there are more
    than 50, the first, the last and their number.
    """
    lines: list[Sequence[object]] = []
    for judged in (layout.criteria, layout.groups):
        for k, (place, scales) in enumerate(zip(judged.places, judged.scales, strict=True)):
            forms: list[list[str]] = [[] for _ in scales]
            for form, s in zip(layout.forms, judged.shape[:, k].tolist(), strict=True):
                forms[s].append(form)
            for named_forms, scale in zip(forms, scales, strict=True):
                if named_forms:
                    named = " ".join(named_forms)
                    if (n := len(named_forms)) > _MOST_FORMS:
                        named = f"{named_forms[0]} … {named_forms[-1]} ({n:,})"
                    meanings = zip(*(_OF_SCALE[name](scale) for name in PC_SCALE_COLUMNS[5:]), strict=True)
                    where = [one or None for one in place]
                    lines += ([*where, named, *(text or None for text in own)] for own in meanings)
    return csv_table(PC_SCALE_COLUMNS, lines, numbers=PC_SCALE_COLUMNS[5:])


def quarantine(
    rows: Iterable[tuple[str, QuarantinedRow]],
    may_be: Mapping[str, str] = {},
    undecided: bool = False,
    also_scored: Collection[str] = (),
) -> bytes:
    """Return quarantine.csv for rows, each with the name of its file.

    Each of the other arguments adds a column if it is not empty: `may_be`, the candidate to whom the row may
    belong, by the id that is on no list; `undecided`, the questions that a person has yet to decide;
    `also_scored`, a `yes` for rows of these candidates, who also have a row that was scored.
    """
    columns = ("undecided", undecided), ("may_be", may_be), ("also_scored", also_scored)
    lines = []
    for file, row in rows:
        line: list[object] = [file, row.line, row.candidate_id, row.reason, row.raw]
        if undecided:
            line.append(questions_text(row.undecided))
        if may_be:
            line.append(whose(row, may_be))
        if also_scored:
            line.append("yes" if row.candidate_id in also_scored else None)
        lines.append(line)
    return csv_table((*QUARANTINE_COLUMNS, *(name for name, has in columns if has)), lines)


def questions_text(questions: Iterable[int]) -> str:
    """Return the numbers of questions as text: `Q5 Q17`."""
    return " ".join(f"Q{n}" for n in questions)


def questions_of(said: str) -> tuple[int, ...]:
    """Return the numbers of questions from a text of `questions_text`."""
    return tuple(int(one.removeprefix("Q")) for one in said.split())


def whose(row: QuarantinedRow, may_be: Mapping[str, str]) -> str:
    """Return the candidate to whom a row may belong that was quarantined because its id is on no list; empty
    for other rows.
    """
    return may_be.get(row.candidate_id or "", "") if row.reason == NOT_ON_LIST else ""


# ── other formats ────────────────────────────────────────────────────────────────────────────


class ResultFormat(NamedTuple):
    """An additional format of the results: its name, its files, and the function that writes them into a
    folder.
    """

    name: str
    files: tuple[str, ...]
    write: Callable[[ResultLayout, ResultRows, Path], None]


def write_parquet(layout: ResultLayout, rows: ResultRows, folder: Path) -> None:
    """Write a Parquet file for each result file."""
    tables = ResultTables(layout, as_numbers=True)
    for which in RESULT_FILES:
        frames = [tables.frame(which, some) for some in batches(rows) or [rows]]
        pl.concat(frames).write_parquet(folder / f"{which}.parquet")


def write_workbook(layout: ResultLayout, rows: ResultRows, folder: Path) -> None:
    """Write `results.xlsx`, with a sheet for each result file.

    Raises Refused if there are more candidates than a sheet has rows.
    """
    tables = ResultTables(layout, as_numbers=True)
    sheets = tempfile.TemporaryDirectory(prefix=".sheets-", dir=folder)
    instead = tell("write {parquet}", parquet=option("format", "parquet"))
    with sheets, WorkbookWriter(Path(sheets.name), RESULT_FILES, instead) as writer:
        for some in batches(rows, _ROWS_OF_A_SHEET) or [rows]:
            for which in RESULT_FILES:
                writer.append(which, tables.frame(which, some))
        writer.pack(folder / "results.xlsx")


RESULT_FORMATS: tuple[ResultFormat, ...] = (
    ResultFormat("parquet", tuple(f"{which}.parquet" for which in RESULT_FILES), write_parquet),
    ResultFormat("xlsx", ("results.xlsx",), write_workbook),
)
"""The formats that can be requested."""
