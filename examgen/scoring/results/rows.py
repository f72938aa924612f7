"""Scored rows → the lines of the result files, byte for byte as `storage.csv_bytes` would write the tables.

The files are `candidates.csv`, `pc_results.csv` and `element_results.csv` (elements, then units, in the
columns of pc_results). The texts for scores are made once (`result_tables`), and the lines of rows are joined
from them. This module also writes the table of what each number of points means, and the quarantined rows. It
needs only numpy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from examgen.capture.reasons import NOT_ON_LIST
from examgen.core.responses.rows import KINDS, CriterionScale, Ints, QuarantinedRow, ResultRows
from examgen.scoring.results.csv_cells import ColumnCells, csv_cell, csv_head, csv_line, id_cells, id_length
from examgen.scoring.results.text_columns import Column, joined, replaced
from examgen.scoring.results.texts import (
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
_MOST_FORMS = 50
"""The most forms that are named individually."""
_KINDS_LIMIT = 1 << 14
_MANY = 4
"""If more than one row in this many is odd, all rows are made in the way of the odd ones."""
Shape = tuple[int, int, int]


def pc_scale(layout: ResultLayout) -> bytes:
    """pc_scale.csv: a line for each number of points in each PC, element and unit, for each set of forms that
    ask it alike.

    `low` and `high` are the interval in per cent. `forms` names these forms; of more than 50, the first, the
    last and their number.
    """
    lines = [csv_head(PC_SCALE_COLUMNS)]
    for judged in (layout.criteria, layout.groups):
        for k, (place, scales) in enumerate(zip(judged.places, judged.scales, strict=True)):
            forms: list[list[str]] = [[] for _ in scales]
            for form, s in zip(layout.forms, judged.shape[:, k].tolist(), strict=True):
                forms[s].append(form)
            for own, scale in zip(forms, scales, strict=True):
                if own:
                    few = len(own) <= _MOST_FORMS
                    named = " ".join(own) if few else f"{own[0]} … {own[-1]} ({len(own):,})"
                    lines += _scale_lines(place, named, scale)
    return b"".join(lines)


def _scale_lines(place: ResultPlace, forms: str, scale: CriterionScale) -> Iterator[bytes]:
    where = csv_line([place.level, place.unit or None, place.element or None, place.pc or None, forms])[:-1]
    meaning = zip(scale.points, scale.percent, scale.low, scale.high, scale.status, strict=True)
    for points, percent, low, high, status in meaning:
        numbers = (str(scale.n_items), points if scale.n_items else None, percent, low, high, status)
        yield b"%s,%s\n" % (where, ",".join(text or "" for text in numbers).encode())


def quarantine(
    rows: Iterable[tuple[str, QuarantinedRow]],
    may_be: Mapping[str, str] = {},
    undecided: bool = False,
    also_scored: Collection[str] = (),
) -> Iterator[bytes]:
    """quarantine.csv, line by line: the name of the file and the row.

    Each of the other arguments adds a column if it is not empty: `may_be` whose row it may be, by the id that
    is on no list; `undecided` the questions that a person has yet to decide; `also_scored` a `yes` for rows
    of these candidates, who also have a row that was scored.
    """
    columns = ("undecided", undecided), ("may_be", may_be), ("also_scored", also_scored)
    more = [name for name, has in columns if has]
    yield csv_head((*QUARANTINE_COLUMNS, *more))
    few = lru_cache(csv_cell)  # for names of files, and reasons
    for file, row in rows:
        cells = few(file), row.line, csv_cell(row.candidate_id), few(row.reason), csv_cell(row.raw)
        line = b"%s,%d,%s,%s,%s" % cells
        if undecided:
            line = b"%s,%s" % (line, csv_cell(questions_text(row.undecided)))
        if may_be:
            line = b"%s,%s" % (line, csv_cell(whose(row, may_be)))
        if also_scored:
            line += b",yes" if row.candidate_id in also_scored else b","
        yield line + b"\n"


def questions_text(questions: Iterable[int]) -> str:
    """The numbers of questions as text: `Q5 Q17`."""
    return " ".join(f"Q{n}" for n in questions)


def questions_of(said: str) -> tuple[int, ...]:
    """The numbers of questions from the text of `questions_text`."""
    return tuple(int(one.removeprefix("Q")) for one in said.split())


def whose(row: QuarantinedRow, may_be: Mapping[str, str]) -> str:
    """Whose row it may be, if it was quarantined because its id is on no list; empty otherwise."""
    return may_be.get(row.candidate_id or "", "") if row.reason == NOT_ON_LIST else ""


def _are_many(places: Ints, rows: ResultRows) -> bool:
    return len(places) * _MANY > len(rows.ids)


class ResultRowWriter:
    """Makes the lines of the result files of an exam."""

    def __init__(self, layout: ResultLayout) -> None:
        """The tables are made when they are first needed."""
        self.layout = layout
        self._columns = [ColumnCells() for _ in layout.extra_names]

    def __reduce__(self) -> tuple[type[ResultRowWriter], tuple[ResultLayout]]:
        """Pickles only the layout: another process makes its own tables."""
        return ResultRowWriter, (self.layout,)

    def header(self, which: str) -> bytes:
        """The first line of one of `RESULT_FILES`, with BOM."""
        return csv_head(result_columns(self.layout, which))

    def lines_of(self, names: Sequence[str], rows: ResultRows) -> Iterator[memoryview]:
        """The lines of the files of these names, file by file."""
        ids = id_cells(rows.ids)
        for name in names:
            if name != "candidates":
                tables = self._criteria if name == "pc_results" else self._groups
                yield joined([ids, *tables.texts(rows.form, rows.units)])
                continue
            columns = [ids, *self._score_texts(rows)]
            if self._columns:
                ends = [*[b""] * (len(self._columns) - 1), b"\n"]
                extras = zip(self._columns, rows.extras, ends, strict=True)
                columns += [cells_of.cells(column, len(rows.ids), end) for cells_of, column, end in extras]
            yield joined(columns)

    def lengths(self, names: Sequence[str], rows: ResultRows, counted: bool = False) -> list[int]:
        """The total length in bytes of the lines for each of these files.

        With `counted`, the length for pc_results.csv includes only the ids; `counted_length` has the rest for
        all rows together.
        """
        n, ids = len(rows.ids), id_length(rows.ids)
        found = []
        for name in names:
            length = ids
            if name == "element_results":
                length += self._groups.length(rows.form, rows.units)
            elif name == "pc_results":
                length += 0 if counted else self._criteria.length(rows.form, rows.units)
            else:
                length += self._plain_candidates.length(rows.form, self._totals.of(rows)[:, None])
                odd = self._odd(rows)
                if rows.kinds is not None and len(odd):
                    form, kinds = rows.form, rows.kinds
                    if not _are_many(odd, rows):
                        form, kinds = form[odd], kinds[odd]
                    length += int(self._digits.take(kinds).sum())
                    length -= int(self._digits.take(self._n_questions)[form].sum())
                    length -= (len(KINDS) - 1) * len(form)
                if self._columns:
                    extras = zip(self._columns, rows.extras, strict=True)
                    length += n + sum(cells_of.length(column, n) for cells_of, column in extras)
            found.append(length)
        return found

    def counted_length(self, forms: Ints, columns: Sequence[Mapping[Shape, int]], counts: Ints) -> int:
        """The length in bytes of the lines of pc_results.csv after the ids, from counts of rows.

        `forms` (F,) has the number of rows of each form. From `columns[k][items, most, least]` on, `counts`
        has the numbers of rows for each number of points in criterion k, the least points first, if the
        criterion is asked by `items` items with `most` and `least` points.
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

    def _score_texts(self, rows: ResultRows) -> list[Column]:
        """The texts of scores, from the smallest table that has nearly all of them; those of the other rows
        are made one by one from their kinds of marks."""
        totals = self._totals.of(rows)
        tables, numbers, others = self._plain_candidates, totals[:, None], self._odd(rows)
        if rows.kinds is not None and _are_many(others, rows):
            others = np.flatnonzero((rows.kinds[:, 2] | rows.kinds[:, 3]) != 0)
            tables, numbers = (
                self._candidates_with_blanks,
                np.stack([totals, rows.kinds[:, 1], totals], axis=1),
            )
            if _are_many(others, rows):
                column, others = totals[:, None], others[:0]
                tables = self._candidates_by_kind
                numbers = np.concatenate([column, rows.kinds, column], axis=1)
        texts = tables.texts(rows.form, numbers)
        if rows.kinds is not None and len(others):
            forms, before, after = self._ends
            own = (numbers[others].tolist() for numbers in (rows.form, totals, rows.kinds))
            one_by_one = []
            for form, total, kinds in zip(*own, strict=True):
                head, tail = (piece.texts[piece.shape[form]][total] for piece in (before, after))
                one_by_one.append(b"%s%s,%d,%d,%d,%d%s" % (forms.texts[form][0], head, *kinds, tail))
            nothing = [b""] * len(others)
            texts = [replaced(column, others, nothing if k else one_by_one) for k, column in enumerate(texts)]
        return texts

    def _odd(self, rows: ResultRows) -> Ints:
        """The positions of rows with other marks than single letters."""
        if rows.kinds is None:
            return np.zeros(0, np.int64)
        return np.flatnonzero(rows.kinds[:, 0] != self._n_questions[rows.form])

    @cached_property
    def _n_questions(self) -> Ints:
        return np.asarray(self.layout.n_questions, np.int64)

    @cached_property
    def _digits(self) -> npt.NDArray[np.uint8]:
        """The number of digits of each number of marks."""
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
        """The pieces of the form, and of the columns before and after the kinds of marks."""
        before, after = (score_piece(self.layout, *half) for half in ((True, False), (False, True)))
        return form_piece(self.layout), before, after
