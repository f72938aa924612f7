"""Scored rows → the lines of the result files, byte for byte as `storage.csv_bytes` would write the tables.

`candidates.csv`, `pc_results.csv` and `element_results.csv` (elements, then units, in the columns of
pc_results). No cell is made for a row: texts of what scores mean are made once (`result_tables`) and put
together by joining. Needs only numpy.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from examgen.reports.result_cells import ColumnCells, csv_head, id_cells, id_length
from examgen.reports.result_layout import ResultLayout, TotalPlaces, result_columns
from examgen.reports.result_pieces import form_piece, joined, judged_pieces, score_piece
from examgen.reports.result_tables import Numbers, Piece, TextTables
from examgen.responses import KINDS, Ints, ResultRows

_KINDS_LIMIT = 1 << 14


class Sizes(NamedTuple):
    """Bytes of the lines of each file."""

    candidates: int
    pc_results: int
    element_results: int


class Lines(NamedTuple):
    """Lines of each file."""

    candidates: bytes
    pc_results: bytes
    element_results: bytes


class RowWriter:
    """Lines of the result files of an exam."""

    def __init__(self, layout: ResultLayout) -> None:
        """The tables are made when they are first needed."""
        self.layout = layout
        self._columns = [ColumnCells() for _ in layout.extra_names]

    def __reduce__(self) -> tuple[type[RowWriter], tuple[ResultLayout]]:
        """Another process makes its own tables."""
        return RowWriter, (self.layout,)

    def header(self, which: str) -> bytes:
        """The first line of one of `RESULT_FILES`, with BOM."""
        return csv_head(result_columns(self.layout, which))

    def candidates(self, rows: ResultRows) -> bytes:
        """Lines of candidates.csv."""
        return self._candidates(rows, id_cells(rows.ids))

    def pc_results(self, rows: ResultRows) -> bytes:
        """Lines of pc_results.csv."""
        return joined([id_cells(rows.ids), *self._criteria.texts(rows.form, rows.units)])

    def element_results(self, rows: ResultRows) -> bytes:
        """Lines of element_results.csv."""
        return joined([id_cells(rows.ids), *self._groups.texts(rows.form, rows.units)])

    def lines(self, rows: ResultRows) -> Lines:
        """Lines of all three, at less cost than one by one."""
        ids = id_cells(rows.ids)
        return Lines(
            self._candidates(rows, ids),
            joined([ids, *self._criteria.texts(rows.form, rows.units)]),
            joined([ids, *self._groups.texts(rows.form, rows.units)]),
        )

    def sizes(self, rows: ResultRows) -> Sizes:
        """How long the lines of each file will be."""
        ids = id_length(rows.ids)
        tables, numbers = self._scores(rows)
        extras = sum(sum(map(len, texts)) for texts in self._extras(rows))
        return Sizes(
            ids + tables.length(rows.form, numbers) + extras,
            ids + self._criteria.length(rows.form, rows.units),
            ids + self._groups.length(rows.form, rows.units),
        )

    def _candidates(self, rows: ResultRows, ids: list[bytes]) -> bytes:
        tables, numbers = self._scores(rows)
        return joined([ids, *tables.texts(rows.form, numbers), *self._extras(rows)])

    def _extras(self, rows: ResultRows) -> list[list[bytes]]:
        if not self.layout.extra_names:
            return []
        cells = zip(self._columns, rows.extras, strict=True)
        n = len(rows.ids)
        return [*(cells_of.cells(column, n) for cells_of, column in cells), [b"\n"] * n]

    def _scores(self, rows: ResultRows) -> tuple[TextTables, Numbers]:
        """The tables for these rows and their numbers: with the kinds of marks where there are others."""
        ends = self._totals.of(rows)[:, None]
        if rows.kinds is None or bool((rows.kinds[:, 0] == self._n_questions[rows.form]).all()):
            return self._plain_candidates, ends
        return self._candidates_by_kind, np.concatenate([ends, rows.kinds, ends], axis=1)

    @cached_property
    def _n_questions(self) -> Ints:
        return np.asarray(self.layout.n_questions, np.int64)

    @cached_property
    def _totals(self) -> TotalPlaces:
        return TotalPlaces(self.layout)

    @cached_property
    def _criteria(self) -> TextTables:
        return TextTables(judged_pieces(self.layout, self.layout.criteria))

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
    def _candidates_by_kind(self) -> TextTables:
        texts = tuple(b",%d" % n for n in range(int(self._n_questions.max(initial=0)) + 1))
        counts = Piece((texts,), np.zeros_like(self._n_questions), [0])
        ends = [score_piece(self.layout, *half) for half in ((True, False), (False, True))]
        pieces = [form_piece(self.layout), ends[0], *[counts] * len(KINDS), ends[1]]
        return TextTables(pieces, _KINDS_LIMIT)
