"""What scores mean → the pieces of the lines of the result files (`result_tables`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from examgen.reports.result_cells import csv_cell
from examgen.reports.result_layout import DECISIONS, SECOND_LOOK, Judged, ResultLayout
from examgen.reports.result_tables import Piece, fixed
from examgen.responses import CriterionScale


def form_piece(layout: ResultLayout) -> Piece:
    """The cell of the form."""
    return fixed([b"," + csv_cell(name) for name in layout.forms])


def judged_pieces(layout: ResultLayout, judged: Judged) -> list[Piece]:
    """All that follows the id in pc_results.csv and its like."""
    pieces = [form_piece(layout)]
    for k, scales in enumerate(judged.scales):
        last = k == len(judged.scales) - 1
        texts = tuple(_scale_texts(scale, b"\n" if last else b"") for scale in scales)
        pieces.append(Piece(texts, np.asarray(judged.shape)[:, k], [scale.least_units for scale in scales]))
    return pieces if judged.scales else [*pieces, fixed([b"\n"] * len(layout.forms))]


def _scale_texts(scale: CriterionScale, end: bytes) -> list[bytes]:
    """`,3,42.86,not_met`; neither points nor percent where nothing was asked."""
    asked = scale.n_items > 0
    cells = zip(scale.points, scale.percent, scale.status, strict=True)
    return [
        b",%s,%s,%s%s" % ((points if asked else "").encode(), (percent or "").encode(), status.encode(), end)
        for points, percent, status in cells
    ]


def score_shapes(layout: ResultLayout) -> tuple[list[int], npt.NDArray[np.int64]]:
    """Forms whose totals mean different things, and which of these each form is like."""
    found: dict[Any, int] = {}
    known: dict[tuple[int, int, int], int] = {}
    examples: list[int] = []
    shape: list[int] = []
    for form, n_questions in enumerate(layout.n_questions):
        leading, trailing = layout.total.leading[form], _trailing(layout, form)
        same = known.get((id(leading), id(trailing), n_questions))
        if same is None:
            same = found.setdefault((leading, trailing, n_questions), len(found))
            known[id(leading), id(trailing), n_questions] = same
            if same == len(examples):
                examples.append(form)
        shape.append(same)
    return examples, np.array(shape, np.int64)


def _trailing(layout: ResultLayout, form: int) -> Sequence[Sequence[str]]:
    return layout.total.trailing[form] if layout.total.trailing_names else ()


def score_piece(layout: ResultLayout, before: bool, after: bool, plain: bool = False) -> Piece:
    """What stands before and after the kinds of marks, by `TotalPlaces`; their counts too for plain rows."""
    examples, shape = score_shapes(layout)
    texts = tuple(tuple(_score_texts(layout, form, before, after, plain)) for form in examples)
    return Piece(texts, shape, [0] * len(examples))


def _score_texts(layout: ResultLayout, form: int, before: bool, after: bool, plain: bool) -> Iterable[bytes]:
    end = b"" if layout.extra_names else b"\n"
    marks = b",%d,0,0,0" % layout.n_questions[form] if plain else b""
    trailing = _trailing(layout, form) or [()] * len(layout.total.leading[form])
    for leading, late in zip(layout.total.leading[form], trailing, strict=True):
        head, tail = _numbers(leading), _numbers(late) + end
        for decision in DECISIONS if layout.decided else ("",):
            for second in SECOND_LOOK if layout.second_look else ("",):
                first = b"%s,%s" % (head, decision.encode()) if before else b""
                look = b"," + second.encode() if second else b""
                yield first + marks + (look + tail if after else b"")


def _numbers(texts: Iterable[str | None]) -> bytes:
    """Cells of our own numbers, which are not formulas when they are less than 0."""
    return "".join(f",{text or ''}" for text in texts).encode()


def joined(texts: Sequence[list[bytes]]) -> bytes:
    """Texts of each row side by side."""
    n = len(texts[0])
    cells: list[bytes] = [b""] * (n * len(texts))
    for place, column in enumerate(texts):
        cells[place :: len(texts)] = column
    return b"".join(cells)
