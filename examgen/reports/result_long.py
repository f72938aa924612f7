"""Scored rows → the long table of results: a line for each judgement of each candidate.

`candidate_id, form, level, unit, element, pc, correct, asked, percent, low, high, status`; `level` is pc,
element, unit or exam, `low` and `high` the interval in per cent; on the exam's line `correct` is the score
and `status` the decision. Made as the lines of `result_rows` are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from examgen.reports.result_cells import csv_head, csv_line, id_cells
from examgen.reports.result_layout import DECISIONS, SECOND_LOOK, Judged, Place, ResultLayout, TotalPlaces
from examgen.reports.result_pieces import form_piece, joined
from examgen.reports.result_tables import Numbers, Piece, TextTables
from examgen.responses import CriterionScale, Ints, ResultRows

LONG_COLUMNS = (
    *("candidate_id", "form", "level", "unit", "element", "pc"),
    *("correct", "asked", "percent", "low", "high", "status"),
)


class LongWriter:
    """Lines of results_long.csv of an exam."""

    def __init__(self, layout: ResultLayout) -> None:
        """The tables are made when they are first needed."""
        self.layout = layout

    def header(self) -> bytes:
        """The first line, with BOM."""
        return csv_head(LONG_COLUMNS)

    def lines(self, rows: ResultRows) -> bytes:
        """All lines of the rows: of a candidate the PCs, the elements, the units, the exam."""
        ids = id_cells(rows.ids)
        columns: list[list[bytes]] = []
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


def _pieces(judged: Judged) -> Iterator[Piece]:
    for k, (place, scales) in enumerate(zip(judged.places, judged.scales, strict=True)):
        texts = tuple(tuple(_scale_lines(place, scale)) for scale in scales)
        yield Piece(texts, np.asarray(judged.shape)[:, k], [scale.least_units for scale in scales])


def _scale_lines(place: Place, scale: CriterionScale) -> Iterator[bytes]:
    meaning = zip(scale.points, scale.percent, scale.low, scale.high, scale.status, strict=True)
    for points, percent, low, high, status in meaning:
        correct = points if scale.n_items else None
        yield _line(place, [correct, str(scale.n_items), percent, low, high, status])


def _line(place: Place, texts: Sequence[str | None]) -> bytes:
    """All that follows the form."""
    where = [place.level, place.unit or None, place.element or None, place.pc or None]
    numbers = ",".join(text or "" for text in texts)
    return b",%s,%s\n" % (csv_line(where)[:-1], numbers.encode())


def _exam_piece(layout: ResultLayout) -> Piece:
    found: dict[Any, int] = {}
    shape = [
        found.setdefault((leading, asked), len(found))
        for leading, asked in zip(layout.total.leading, asked_by_form(layout).tolist(), strict=True)
    ]
    texts = tuple(tuple(_exam_lines(layout, leading, asked)) for leading, asked in found)
    return Piece(texts, np.array(shape, np.int64), [0] * len(found))


def _exam_lines(
    layout: ResultLayout, leading: Sequence[tuple[str, str, str | None]], asked: int
) -> Iterator[bytes]:
    for score, _, percent in leading:
        for decision in DECISIONS if layout.decided else (None,):
            line = _line(Place("exam", ""), [score, str(asked), percent, None, None, decision])
            yield from [line] * (len(SECOND_LOOK) if layout.second_look else 1)


def asked_by_form(layout: ResultLayout) -> Ints:
    """(forms,) The items that count in each form."""
    asked = np.zeros(len(layout.forms), np.int64)
    for k, scales in enumerate(layout.criteria.scales):
        asked += np.array([scale.n_items for scale in scales], np.int64)[layout.criteria.shape[:, k]]
    return asked
