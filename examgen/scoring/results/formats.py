"""Scored rows, a batch at a time → results as Parquet, as a workbook or as a long table, under a folder.

Time is in proportion to the candidates; memory is not, as long as the batches are given one by one.

The long table has a line for each judgement of each candidate: `candidate_id, form, level, unit, element, pc,
correct, asked, percent, low, high, status`. `level` is pc, element, unit or exam; `low` and `high` are the
interval in per cent. On the exam's line `correct` is the score and `status` the decision.

Parquet files and workbooks have the columns of the CSV files, and their numbers are numbers. Counts and
points are whole, or decimal where any of the exam is; per cent are decimal; what is empty in the CSV is null.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen.core.responses.rows import KINDS, Ints, ResultRows
from examgen.core.tables.writing import WorkbookWriter
from examgen.core.words import option, tell
from examgen.scoring.results.csv_cells import csv_head, csv_line, id_cells
from examgen.scoring.results.text_columns import Column, joined
from examgen.scoring.results.texts import (
    DECISIONS,
    RESULT_FILES,
    SECOND_LOOK,
    JudgedColumns,
    LinePiece,
    Numbers,
    ResultLayout,
    ResultPlace,
    TextTables,
    TotalPlaces,
    form_piece,
    result_columns,
)

LONG_COLUMNS = (
    *("candidate_id", "form", "level", "unit", "element", "pc"),
    *("correct", "asked", "percent", "low", "high", "status"),
)
_ROWS_OF_A_PART = 1 << 17
_ROWS_OF_A_SHEET = 1 << 12
"""Rows written at a time; as XML they are some 1.5 kB each."""


# ── the long table ───────────────────────────────────────────────────────────────────────────


class LongWriter:
    """Lines of results_long.csv of an exam."""

    def __init__(self, layout: ResultLayout) -> None:
        """The tables are made when they are first needed."""
        self.layout = layout

    def header(self) -> bytes:
        """The first line, with BOM."""
        return csv_head(LONG_COLUMNS)

    def lines(self, rows: ResultRows) -> memoryview:
        """All lines of the rows: of a candidate the PCs, the elements, the units, the exam."""
        ids = id_cells(rows.ids)
        columns: list[Column] = []
        for tables, numbers in zip(self._tables, self._numbers(rows), strict=True):
            columns += [ids, *tables.texts(rows.form, numbers[:, None])]
        return joined(columns)

    def _numbers(self, rows: ResultRows) -> Iterator[Numbers]:
        yield from rows.units.T
        for members in self.layout.members:
            yield rows.units[:, list(members)].sum(axis=1)
        yield self._totals.of(rows)

    @cached_property
    def _totals(self) -> TotalPlaces:
        return TotalPlaces(self.layout)

    @cached_property
    def _tables(self) -> list[TextTables]:
        form = form_piece(self.layout)
        judged = [*_pieces(self.layout.criteria), *_pieces(self.layout.groups)]
        return [TextTables([form, piece]) for piece in (*judged, _exam_piece(self.layout))]


def _pieces(judged: JudgedColumns) -> Iterator[LinePiece]:
    for k, (place, scales) in enumerate(zip(judged.places, judged.scales, strict=True)):
        texts = []
        for scale in scales:
            meaning = zip(scale.points, scale.percent, scale.low, scale.high, scale.status, strict=True)
            texts.append([_line(place, [points if scale.n_items else None, str(scale.n_items), *others])
                          for points, *others in meaning])  # fmt: skip
        least = [scale.least_units for scale in scales]
        yield LinePiece(tuple(texts), np.asarray(judged.shape)[:, k], least)


def _line(place: ResultPlace, texts: Sequence[str | None]) -> bytes:
    """All that follows the form."""
    where = [place.level, place.unit or None, place.element or None, place.pc or None]
    numbers = ",".join(text or "" for text in texts)
    return b",%s,%s\n" % (csv_line(where)[:-1], numbers.encode())


def _exam_piece(layout: ResultLayout) -> LinePiece:
    found: dict[Any, int] = {}
    shape = [
        found.setdefault((leading, asked), len(found))
        for leading, asked in zip(layout.total.leading, counted_by_form(layout).tolist(), strict=True)
    ]
    texts = []
    for leading, asked in found:
        lines: list[bytes] = []
        for score, _, percent in leading:
            for decision in DECISIONS if layout.decided else (None,):
                line = _line(ResultPlace("exam", ""), [score, str(asked), percent, None, None, decision])
                lines += [line] * (len(SECOND_LOOK) if layout.second_look else 1)
        texts.append(lines)
    return LinePiece(tuple(texts), np.array(shape, np.int64), [0] * len(found))


def counted_by_form(layout: ResultLayout) -> Ints:
    """(forms,) The items that count in each form."""
    asked = np.zeros(len(layout.forms), np.int64)
    for k, scales in enumerate(layout.criteria.scales):
        asked += np.array([scale.n_items for scale in scales], np.int64)[layout.criteria.shape[:, k]]
    return asked


# ── tables whose numbers are numbers ─────────────────────────────────────────────────────────


class _Meanings(NamedTuple):
    """Columns that one number of a row gives: `values[i][start[form] + number]`."""

    start: Ints
    values: tuple[pl.Series, ...]

    def of(self, form: Ints, numbers: Ints) -> Iterator[pl.Series]:
        places = pl.Series(self.start[form] + numbers)
        return (column.gather(places) for column in self.values)


class FrameMaker:
    """Tables of the results of an exam, a batch at a time; all of a kind have the same columns and types."""

    def __init__(self, layout: ResultLayout) -> None:
        """Looks up what each score means."""
        self.layout = layout
        self._forms = pl.Series(layout.forms, dtype=pl.String)
        self._totals = TotalPlaces(layout)
        self._total = _total_meanings(layout)
        self._criteria = _judged_meanings(layout.criteria)
        self._groups = _judged_meanings(layout.groups)

    def frames(self, rows: ResultRows) -> dict[str, pl.DataFrame]:
        """A table for each of `RESULT_FILES`."""
        n, layout = len(rows.ids), self.layout
        ends = [
            pl.Series(rows.ids.tolist(), dtype=pl.Binary).cast(pl.String),
            self._forms.gather(pl.Series(rows.form.astype(np.int64))),
        ]
        meanings = list(self._total.of(rows.form, self._totals.of(rows)))
        kinds = rows.kinds
        if kinds is None:
            kinds = np.zeros((n, len(KINDS)), np.int64)
            kinds[:, 0] = np.asarray(layout.n_questions, np.int64)[rows.form]
        sums = [rows.units[:, list(members)].sum(axis=1) for members in layout.members]
        found = {
            "candidates": [
                *meanings[:3],
                _choice(DECISIONS, rows.passed if layout.decided else None, n),
                *(pl.Series(column.astype(np.int64)) for column in kinds.T),
                *([_choice(SECOND_LOOK, rows.second_look, n)] if layout.second_look else []),
                *meanings[3:],
                *(
                    pl.Series(column if column is not None else [None] * n, dtype=pl.String)
                    for column in rows.extras
                ),
            ],
            "pc_results": _judged(self._criteria, rows.form, list(rows.units.T)),
            "element_results": _judged(self._groups, rows.form, sums),
        }
        frames: dict[str, pl.DataFrame] = {}
        for which in RESULT_FILES:
            # no name twice: a column that came in under one of ours is numbered
            names: list[str] = []
            for name in result_columns(layout, which):
                k, free = 2, name
                while free in names:
                    k, free = k + 1, f"{name}_{k}"
                names.append(free)
            columns = [*ends, *found[which]]
            frames[which] = pl.DataFrame([s.alias(name) for s, name in zip(columns, names, strict=True)])
        return frames


def _choice(
    names: Sequence[str], found: np.ndarray[tuple[int], np.dtype[np.bool_]] | None, n: int
) -> pl.Series:
    if found is None:
        return pl.Series([None] * n, dtype=pl.String)
    return pl.Series(names).gather(pl.Series(found.astype(np.int64)))


def _judged(meanings: Sequence[_Meanings], form: Ints, numbers: Sequence[Ints]) -> Iterator[pl.Series]:
    for meaning, number in zip(meanings, numbers, strict=True):
        yield from meaning.of(form, number)


def _judged_meanings(judged: JudgedColumns) -> list[_Meanings]:
    found = []
    whole = all(_is_whole(scale.points) for scales in judged.scales for scale in scales)
    for k, scales in enumerate(judged.scales):
        sizes = [len(scale.status) for scale in scales]
        start = np.cumsum([0, *sizes[:-1]]) - np.array([scale.least_units for scale in scales])
        points = [text if scale.n_items else None for scale in scales for text in scale.points]
        percent = [text for scale in scales for text in scale.percent]
        status = pl.Series([text for scale in scales for text in scale.status], dtype=pl.String)
        values = (_numbers(points, whole), _numbers(percent, False), status)
        found.append(_Meanings(start.astype(np.int64)[judged.shape[:, k]], values))
    return found


def _total_meanings(layout: ResultLayout) -> _Meanings:
    """`score, max_score, percent` and the trailing columns, by `TotalPlaces`."""
    times = (1 + layout.decided) * (1 + layout.second_look)
    total = layout.total
    known: dict[tuple[int, int], int] = {}
    lines: list[tuple[str | None, ...]] = []
    start = []
    for form, leading in enumerate(total.leading):
        trailing = total.trailing[form] if total.trailing_names else ((),) * len(leading)
        key = (id(leading), id(trailing) if total.trailing_names else 0)
        if key not in known:
            known[key] = len(lines)
            together = zip(leading, trailing, strict=True)
            lines += [(*first, *last) for first, last in together for _ in range(times)]
        start.append(known[key])
    columns = list(zip(*lines, strict=True))
    whole = _is_whole(columns[0]) and _is_whole(columns[1])
    values = [_numbers(columns[0], whole), _numbers(columns[1], whole), _numbers(columns[2], False)]
    values += [_numbers(column, _is_whole(column)) for column in columns[3:]]
    return _Meanings(np.array(start, np.int64), tuple(values))


def _is_whole(texts: Sequence[str | None]) -> bool:
    return all(text is None or text == "" or text.removeprefix("-").isdigit() for text in texts)


def _numbers(texts: Sequence[str | None], whole: bool) -> pl.Series:
    """Texts as numbers; as they are where one of them is not a number."""
    column = pl.Series([text or None for text in texts], dtype=pl.String)
    try:
        return column.cast(pl.Int64 if whole else pl.Float64)
    except pl.exceptions.InvalidOperationError:
        return column


# ── the files ────────────────────────────────────────────────────────────────────────────────


class ResultFormat(NamedTuple):
    """A form of the results: its name, the files it is made of, what writes them into a folder."""

    name: str
    files: tuple[str, ...]
    write: Callable[[ResultLayout, Iterable[ResultRows], Path], None]


def write_long(layout: ResultLayout, batches: Iterable[ResultRows], folder: Path) -> None:
    """`results_long.csv`."""
    writer = LongWriter(layout)
    with (folder / "results_long.csv").open("wb") as file:
        file.write(writer.header())
        for rows in batches:
            file.write(writer.lines(rows))


def write_parquet(layout: ResultLayout, batches: Iterable[ResultRows], folder: Path) -> None:
    """A Parquet file for each result file, by way of parts that are put together in the end."""
    with tempfile.TemporaryDirectory(prefix=".parts-", dir=folder) as parts:
        n = 0
        for n, frames in enumerate(_large_frames(layout, batches, _ROWS_OF_A_PART), 1):
            for which, frame in frames.items():
                frame.write_parquet(Path(parts) / f"{which}-{n:06d}.parquet", compression="lz4")
        for which in RESULT_FILES:
            found = [Path(parts) / f"{which}-{k:06d}.parquet" for k in range(1, n + 1)]
            pl.scan_parquet(found).sink_parquet(
                folder / f"{which}.parquet", compression="zstd", row_group_size=_ROWS_OF_A_PART
            )


def _large_frames(
    layout: ResultLayout, batches: Iterable[ResultRows], n_rows: int
) -> Iterator[dict[str, pl.DataFrame]]:
    """The tables of some batches together; of none where there are none."""
    maker = FrameMaker(layout)
    none = np.zeros(0, np.bool_)
    units = np.zeros((0, len(layout.criteria.places)), np.int32)
    extras: tuple[list[str], ...] = tuple([] for _ in layout.extra_names)
    nothing = ResultRows(np.zeros(0, "S1"), np.zeros(0, np.int64), units, None, none, none, extras)
    kept = [maker.frames(nothing)]
    height, first = 0, True
    for rows in batches:
        kept.append(maker.frames(rows))
        height += len(rows.ids)
        if height >= n_rows:
            yield {which: pl.concat([frames[which] for frames in kept]) for which in RESULT_FILES}
            kept, height, first = [], 0, False
    if kept or first:
        yield {which: pl.concat([frames[which] for frames in kept]) for which in RESULT_FILES}


def write_workbook(layout: ResultLayout, batches: Iterable[ResultRows], folder: Path) -> None:
    """`results.xlsx`, a sheet for each result file.

    Raises Refused where there are more candidates than a sheet has rows.
    """
    sheets = tempfile.TemporaryDirectory(prefix=".sheets-", dir=folder)
    instead = tell(
        "write {parquet} or {long}", parquet=option("format", "parquet"), long=option("format", "long")
    )
    with sheets, WorkbookWriter(Path(sheets.name), RESULT_FILES, instead) as writer:
        for frames in _large_frames(layout, batches, _ROWS_OF_A_SHEET):
            for which, frame in frames.items():
                writer.append(which, frame)
        writer.pack(folder / "results.xlsx")


RESULT_FORMATS: tuple[ResultFormat, ...] = (
    ResultFormat("parquet", tuple(f"{which}.parquet" for which in RESULT_FILES), write_parquet),
    ResultFormat("xlsx", ("results.xlsx",), write_workbook),
    ResultFormat("long", ("results_long.csv",), write_long),
)
"""Formats that may be named."""
