"""Scored rows → the lines of the result files, byte for byte as `storage.csv_bytes` would write the tables.

`candidates.csv`, `pc_results.csv` and `element_results.csv` (elements, then units, in the columns of
pc_results). No cell is made for a row: texts of what scores mean are made once (`result_tables`) and put
together by joining. Needs only numpy.

Lists beside the result files, as CSV: what each number right means, and the rows that were set aside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import KINDS, CriterionScale, Ints, ResultRows, SetAside
from examgen.scoring.results.csv_cells import ColumnCells, csv_cell, csv_head, csv_line, id_cells, id_length
from examgen.scoring.results.text_columns import Column, joined, replaced
from examgen.scoring.results.texts import (
    JudgedColumns,
    LinePiece,
    ResultLayout,
    ResultPlace,
    TextTables,
    TotalPlaces,
    form_piece,
    judged_pieces,
    result_columns,
    score_piece,
)

PC_SCALE_COLUMNS = (
    *("level", "unit", "element", "pc", "forms"),
    *("asked", "correct", "percent", "low", "high", "status"),
)
QUARANTINE_COLUMNS = ("file", "line", "candidate_id", "reason", "raw")
NOT_ON_LIST = "not_on_list"
_MOST_FORMS = 50
"""Forms that are named one by one."""


def pc_scale(layout: ResultLayout) -> bytes:
    """pc_scale.csv: a line for each number of points in each PC, element and unit, by how many items ask it.

    `low` and `high` are the interval in per cent. `forms` are those that ask it so: with more than 50 of them
    the first, the last and how many.
    """
    lines = [csv_head(PC_SCALE_COLUMNS)]
    for judged in (layout.criteria, layout.groups):
        for k, (place, scales) in enumerate(zip(judged.places, judged.scales, strict=True)):
            forms = _forms(layout, judged, k)
            for s, scale in enumerate(scales):
                if forms[s]:
                    lines += _scale_lines(place, _named(forms[s]), scale)
    return b"".join(lines)


def _forms(layout: ResultLayout, judged: JudgedColumns, k: int) -> list[list[str]]:
    """The forms that have each scale of place k."""
    found: list[list[str]] = [[] for _ in judged.scales[k]]
    for form, s in zip(layout.forms, judged.shape[:, k].tolist(), strict=True):
        found[s].append(form)
    return found


def _named(forms: list[str]) -> str:
    if len(forms) <= _MOST_FORMS:
        return " ".join(forms)
    return f"{forms[0]} … {forms[-1]} ({len(forms):,})"


def _scale_lines(place: ResultPlace, forms: str, scale: CriterionScale) -> Iterator[bytes]:
    where = csv_line([place.level, place.unit or None, place.element or None, place.pc or None, forms])[:-1]
    meaning = zip(scale.points, scale.percent, scale.low, scale.high, scale.status, strict=True)
    for points, percent, low, high, status in meaning:
        numbers = (str(scale.n_items), points if scale.n_items else None, percent, low, high, status)
        yield b"%s,%s\n" % (where, ",".join(text or "" for text in numbers).encode())


def quarantine(
    rows: Iterable[tuple[str, SetAside]],
    may_be: Mapping[str, str] = {},
    undecided: bool = False,
    also_scored: Collection[str] = (),
) -> Iterator[bytes]:
    """quarantine.csv, line by line: the name of the file and the row; `may_be` says by id whose a row of one
    who is on no list may be, and makes a column where it says anything; `undecided` makes one of the
    questions that a person has yet to decide, `also_scored` one that says `yes` of rows of these candidates,
    of whom another row is scored."""
    columns = ("undecided", undecided), ("may_be", may_be), ("also_scored", also_scored)
    more = [name for name, has in columns if has]
    yield csv_head((*QUARANTINE_COLUMNS, *more))
    few = lru_cache(csv_cell)  # names of files, and reasons
    for file, row in rows:
        cells = few(file), row.line, csv_cell(row.candidate_id), few(row.reason), csv_cell(row.raw)
        line = b"%s,%d,%s,%s,%s" % cells
        if undecided:
            line = b"%s,%s" % (line, csv_cell(questions_said(row.undecided)))
        if may_be:
            line = b"%s,%s" % (line, csv_cell(whose(row, may_be)))
        if also_scored:
            line += b",yes" if row.candidate_id in also_scored else b","
        yield line + b"\n"


def questions_said(questions: Iterable[int]) -> str:
    """Questions as a person reads them: `Q5 Q17`."""
    return " ".join(f"Q{n}" for n in questions)


def questions_of(said: str) -> tuple[int, ...]:
    """The questions that `questions_said` names."""
    return tuple(int(one.removeprefix("Q")) for one in said.split())


def whose(row: SetAside, may_be: Mapping[str, str]) -> str:
    """Whose a row may be that is set aside because its id is on no list; empty where that is not so."""
    return may_be.get(row.candidate_id or "", "") if row.reason == NOT_ON_LIST else ""


_KINDS_LIMIT = 1 << 14
_MANY = 4
"""With more than one odd row in so many, all rows are made as the odd ones are."""


def _are_many(places: Ints, rows: ResultRows) -> bool:
    return len(places) * _MANY > len(rows.ids)


Shape = tuple[int, int, int]


class Sizes(NamedTuple):
    """Bytes of the lines of each file."""

    candidates: int
    pc_results: int
    element_results: int


class ResultLines(NamedTuple):
    """Lines of each file."""

    candidates: bytes
    pc_results: bytes
    element_results: bytes


class ResultRowWriter:
    """Lines of the result files of an exam."""

    def __init__(self, layout: ResultLayout) -> None:
        """The tables are made when they are first needed."""
        self.layout = layout
        self._columns = [ColumnCells() for _ in layout.extra_names]

    def __reduce__(self) -> tuple[type[ResultRowWriter], tuple[ResultLayout]]:
        """Another process makes its own tables."""
        return ResultRowWriter, (self.layout,)

    def header(self, which: str) -> bytes:
        """The first line of one of `RESULT_FILES`, with BOM."""
        return csv_head(result_columns(self.layout, which))

    def candidates(self, rows: ResultRows) -> bytes:
        """Lines of candidates.csv."""
        return bytes(self._lines_of("candidates", rows, id_cells(rows.ids)))

    def pc_results(self, rows: ResultRows) -> bytes:
        """Lines of pc_results.csv."""
        return bytes(self._lines_of("pc_results", rows, id_cells(rows.ids)))

    def element_results(self, rows: ResultRows) -> bytes:
        """Lines of element_results.csv."""
        return bytes(self._lines_of("element_results", rows, id_cells(rows.ids)))

    def lines(self, rows: ResultRows) -> ResultLines:
        """Lines of all three, at less cost than one by one."""
        return ResultLines(*map(bytes, self.lines_of(ResultLines._fields, rows)))

    def lines_of(self, names: Sequence[str], rows: ResultRows) -> Iterator[memoryview]:
        """Lines of the files of these names, one by one."""
        ids = id_cells(rows.ids)
        return (self._lines_of(name, rows, ids) for name in names)

    def sizes(self, rows: ResultRows) -> Sizes:
        """How long the lines of each file will be."""
        return Sizes(*self.lengths(Sizes._fields, rows))

    def lengths(self, names: Sequence[str], rows: ResultRows, counted: bool = False) -> list[int]:
        """How long the lines of the files of these names will be.

        With `counted`, of pc_results.csv the ids alone: of all rows together `counted_length` has the rest.
        """
        ids = id_length(rows.ids)
        return [
            ids if counted and name == "pc_results" else ids + self._length_of(name, rows) for name in names
        ]

    def counted_length(self, forms: Ints, columns: Sequence[Mapping[Shape, int]], counts: Ints) -> int:
        """How long the lines of pc_results.csv are after the ids, by how many rows have what.

        `forms` (F,) are the rows of each form. Those that earned so much of criterion k, asked by so many
        items for so much at most and at least, are counted in `counts`, the least first, from
        `columns[k][items, most, least]` on.
        """
        cells = self.layout.criteria
        form, *judged = self._judged
        names = zip(forms.tolist(), form.shape.tolist(), strict=True)
        found = sum(int(n) * len(form.texts[s][0]) for n, s in names)
        if not cells.scales:
            return found + int(forms.sum())
        for scales, piece, begins in zip(cells.scales, judged, columns, strict=True):
            for scale, texts in zip(scales, piece.texts, strict=True):
                start = begins[scale.n_items, scale.max_units, scale.least_units]
                lengths = np.array([len(text) for text in texts], np.int64)
                found += int(counts[start : start + len(texts)] @ lengths)
        return found

    def _length_of(self, name: str, rows: ResultRows) -> int:
        if name != "candidates":
            tables = self._criteria if name == "pc_results" else self._groups
            return tables.length(rows.form, rows.units)
        extras = self._extras_length(rows)
        told = self._plain_candidates.length(rows.form, self._totals.of(rows)[:, None])
        odd = self._odd(rows)
        if rows.kinds is not None and len(odd):
            form, kinds = rows.form, rows.kinds
            if not _are_many(odd, rows):
                form, kinds = form[odd], kinds[odd]
            told += int(self._digits.take(kinds).sum()) - int(
                self._digits.take(self._n_questions)[form].sum()
            )
            told -= (len(KINDS) - 1) * len(form)
        return told + extras

    def _lines_of(self, name: str, rows: ResultRows, ids: Column) -> memoryview:
        if name == "candidates":
            return joined([ids, *self._score_texts(rows), *self._extras(rows)])
        tables = self._criteria if name == "pc_results" else self._groups
        return joined([ids, *tables.texts(rows.form, rows.units)])

    def _score_texts(self, rows: ResultRows) -> list[Column]:
        """Texts of scores, by the least table that has nearly all of them; those of other rows, by their
        kinds of marks, one by one."""
        totals = self._totals.of(rows)
        tables, numbers, others = self._plain_candidates, totals[:, None], self._odd(rows)
        if rows.kinds is not None and _are_many(others, rows):
            others = np.flatnonzero((rows.kinds[:, 2] | rows.kinds[:, 3]) != 0)
            tables, numbers = (
                self._candidates_with_blanks,
                np.stack([totals, rows.kinds[:, 1], totals], axis=1),
            )
            if _are_many(others, rows):
                ends, others = totals[:, None], others[:0]
                tables, numbers = self._candidates_by_kind, np.concatenate([ends, rows.kinds, ends], axis=1)
        texts = tables.texts(rows.form, numbers)
        if rows.kinds is not None and len(others):
            own = (numbers[others].tolist() for numbers in (rows.form, totals, rows.kinds))
            one_by_one = list(map(self._text_with_kinds, *own))
            nothing = [b""] * len(others)
            texts = [replaced(column, others, nothing if k else one_by_one) for k, column in enumerate(texts)]
        return texts

    def _text_with_kinds(self, form: int, total: int, kinds: Sequence[int]) -> bytes:
        forms, *ends = self._ends
        before, after = (piece.texts[piece.shape[form]][total] for piece in ends)
        return b"%s%s,%d,%d,%d,%d%s" % (forms.texts[form][0], before, *kinds, after)

    def _odd(self, rows: ResultRows) -> Ints:
        """Places of rows with other marks than letters."""
        if rows.kinds is None:
            return np.zeros(0, np.int64)
        return np.flatnonzero(rows.kinds[:, 0] != self._n_questions[rows.form])

    def _extras(self, rows: ResultRows) -> list[Column]:
        if not self.layout.extra_names:
            return []
        ends = [*[b""] * (len(self._columns) - 1), b"\n"]
        cells = zip(self._columns, rows.extras, ends, strict=True)
        return [cells_of.cells(column, len(rows.ids), end) for cells_of, column, end in cells]

    def _extras_length(self, rows: ResultRows) -> int:
        """The bytes of all texts of `_extras`."""
        if not self.layout.extra_names:
            return 0
        n = len(rows.ids)
        cells = zip(self._columns, rows.extras, strict=True)
        return n + sum(cells_of.length(column, n) for cells_of, column in cells)

    @cached_property
    def _n_questions(self) -> Ints:
        return np.asarray(self.layout.n_questions, np.int64)

    @cached_property
    def _digits(self) -> npt.NDArray[np.uint8]:
        """How long the numbers of marks are."""
        return np.array([len(str(n)) for n in range(int(self._n_questions.max(initial=0)) + 1)], np.uint8)

    @cached_property
    def _totals(self) -> TotalPlaces:
        return TotalPlaces(self.layout)

    @cached_property
    def _criteria(self) -> TextTables:
        return TextTables(self._judged)

    @cached_property
    def _judged(self) -> list[LinePiece]:
        return judged_pieces(self.layout, self.layout.criteria)

    @cached_property
    def _groups(self) -> TextTables:
        mix = np.zeros((len(self.layout.criteria.places), len(self.layout.members)), np.int64)
        for group, members in enumerate(self.layout.members):
            mix[list(members), group] = 1
        return TextTables(judged_pieces(self.layout, self.layout.groups), mix=mix)

    @cached_property
    def _plain_candidates(self) -> TextTables:
        return TextTables([form_piece(self.layout), score_piece(self.layout, True, True, plain=True)])

    @cached_property
    def _candidates_with_blanks(self) -> TextTables:
        sizes, shape = np.unique(self._n_questions, return_inverse=True)
        texts = tuple([b",%d,%d,0,0" % (size - n, n) for n in range(size + 1)] for size in sizes.tolist())
        form, before, after = self._ends
        return TextTables([form, before, LinePiece(texts, shape.astype(np.int64), [0] * len(texts)), after])

    @cached_property
    def _candidates_by_kind(self) -> TextTables:
        texts = tuple(b",%d" % n for n in range(int(self._n_questions.max(initial=0)) + 1))
        counts = LinePiece((texts,), np.zeros_like(self._n_questions), [0])
        form, before, after = self._ends
        return TextTables([form, before, *[counts] * len(KINDS), after], _KINDS_LIMIT)

    @cached_property
    def _ends(self) -> tuple[LinePiece, LinePiece, LinePiece]:
        """The form, and what stands before and after the kinds of marks."""
        before, after = (score_piece(self.layout, *half) for half in ((True, False), (False, True)))
        return form_piece(self.layout), before, after
