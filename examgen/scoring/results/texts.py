"""What scores mean → the pieces of the lines of the result files (`ResultLayout` → `TextTables`).

A layout is all that the files need to know of an exam, as plain values that another process can be sent. A
line is put together from pieces (`LinePiece`), each a text for each value of one number, by form. Neighbours
are multiplied out to one table while that has at most `limit` texts, and are then one look-up: three cells of
four criteria of seven items are 4,096 texts, and a line of fourteen criteria is then four of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import KINDS, CriterionScale, Ints, ResultRows, ScoreScale
from examgen.scoring.results.csv_cells import csv_cell
from examgen.scoring.results.text_columns import Column, TextColumn, column

DECISIONS = ("fail", "pass")
SECOND_LOOK = ("no", "yes")
RESULT_FILES = ("candidates", "pc_results", "element_results")
LIMIT = 1 << 12
"""Texts of a table of several pieces, so that it stays in cache."""
_MOST_MADE = 1 << 17
"""Texts of a table of one piece that are put side by side at once; a larger one is looked up by and by."""
_MOST_KEPT = 1 << 17

Numbers = npt.NDArray[np.integer] | npt.NDArray[np.floating]


class ResultPlace(NamedTuple):
    """What a judgement is about: `level` is pc, element or unit; `pc` and `element` are empty above it."""

    level: str
    unit: str
    element: str = ""
    pc: str = ""


class JudgedColumns(NamedTuple):
    """Criteria, or elements and units, with what their scores mean.

    `scales[k]` are the different scales of place k, `shape[form][k]` says which of them the form has.
    """

    places: tuple[ResultPlace, ...]
    scales: tuple[tuple[CriterionScale, ...], ...]
    shape: npt.NDArray[np.integer]

    def names(self) -> list[str]:
        """What their columns begin with: the code, with its unit where it stands for several; `U:` and the
        code of a unit."""
        codes = Counter((place.level, place.pc or place.element) for place in self.places)
        names = []
        for place in self.places:
            code = place.pc or place.element
            is_shared = codes[place.level, code] > 1
            own = f"{place.unit}:{code}" if is_shared else code
            names.append(f"U:{place.unit}" if place.level == "unit" else own)
        return names


class ResultLayout(NamedTuple):
    """All that result files need to know of an exam; plain values, to be sent to another process.

    `n_questions` (forms) counts every question, those of 0 points too. `groups` are the elements and units,
    `members[g]` the numbers of the criteria of each.
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


def groups_of(criteria: Sequence[tuple[str, str, str]]) -> tuple[list[ResultPlace], list[tuple[int, ...]]]:
    """The elements, then the units of criteria (unit, element, pc), and the criteria of each."""
    found: dict[ResultPlace, list[int]] = {}
    for n, (unit, element, _) in enumerate(criteria):
        found.setdefault(ResultPlace("element", unit, element), []).append(n)
    for n, (unit, _, _) in enumerate(criteria):
        found.setdefault(ResultPlace("unit", unit), []).append(n)
    return list(found), [tuple(members) for members in found.values()]


def candidate_columns(layout: ResultLayout) -> list[str]:
    """The names of the columns of candidates.csv."""
    second = ["second_look"] if layout.second_look else []
    known = ("candidate_id", "form", "score", "max_score", "percent", "decision", *KINDS)
    return [*known, *second, *layout.total.trailing_names, *layout.extra_names]


def result_columns(layout: ResultLayout, which: str) -> list[str]:
    """The names of the columns of one of `RESULT_FILES`."""
    if which == "candidates":
        return candidate_columns(layout)
    judged = layout.criteria if which == "pc_results" else layout.groups
    ends = ("correct", "percent", "status")
    return ["candidate_id", "form", *(f"{name}_{end}" for name in judged.names() for end in ends)]


class TotalPlaces:
    """Where the total of each row stands among the texts of the score: by total, decision and second look."""

    def __init__(self, layout: ResultLayout) -> None:
        """Of the forms of an exam."""
        self._least = np.asarray(layout.total.least_units, np.int64)
        self._decided, self._second_look = layout.decided, layout.second_look
        most = max(map(len, layout.total.leading), default=0) + int(np.abs(self._least).max(initial=0))
        self._kind = np.float32 if most < 1 << 22 else np.float64

    def of(self, rows: ResultRows) -> Ints:
        """(n,) `total - least`, doubled for the decision and for the second look where there are such.

        A total below the least that is told, as where the rule cuts it at 0, is told as the least.
        """
        units = rows.units.astype(self._kind)
        total: Ints = (units @ np.ones(units.shape[1], self._kind)).astype(np.int64)
        if self._least.any():
            total -= self._least[rows.form]
        np.maximum(total, 0, out=total)
        for asked, found in ((self._decided, rows.passed), (self._second_look, rows.second_look)):
            if asked:
                assert found is not None, "rows of an exam with a pass rule are decided"
                total = 2 * total + found
        return total


# ── tables of texts ──────────────────────────────────────────────────────────────────────────


class LinePiece(NamedTuple):
    """Part of each line: `texts[s][value - least[s]]`, where s is `shape[form]`.

    The value is the next number of the row, or 0 for all where `numbered` is False.
    """

    texts: tuple[Sequence[bytes], ...]
    shape: Ints
    least: Sequence[int]
    numbered: bool = True


def fixed(texts: Sequence[bytes]) -> LinePiece:
    """A piece that depends on the form alone."""
    return LinePiece(
        tuple((text,) for text in texts), np.arange(len(texts)), [0] * len(texts), numbered=False
    )


class TextTables:
    """Pieces multiplied out: texts of a batch of rows, or their length, from their forms and numbers.

    `mix` (numbers given, numbers of pieces) makes the numbers of the pieces as sums of those given.
    """

    def __init__(self, pieces: Sequence[LinePiece], limit: int = LIMIT, mix: Ints | None = None) -> None:
        """Makes the tables."""
        groups = _grouped(pieces, limit)
        strides, starts, self._tables = [], [], []
        for group in groups:
            start, stride, table = _multiplied(group)
            starts.append(start)
            strides.append(stride)
            self._tables.append(table)
        self._start = np.ascontiguousarray(np.stack(starts))
        self._same = bool((self._start == self._start[:, :1]).all())
        weights = _weights(groups, strides)
        if mix is not None:
            weights = mix @ weights
        exact = max(table.size for table in self._tables) < 1 << 21
        self._weights = weights.astype(np.float32 if exact else np.float64)

    def texts(self, form: Ints, values: Numbers) -> list[Column]:
        """For each table the texts of all rows; side by side they are the lines."""
        return [table.texts(code) for table, code in self._codes(form, values)]

    def length(self, form: Ints, values: Numbers) -> int:
        """The bytes of all these texts."""
        return sum(table.length(code) for table, code in self._codes(form, values))

    def _codes(self, form: Ints, values: Numbers) -> list[tuple[_Table, Ints]]:
        codes = (values.astype(self._weights.dtype) @ self._weights).T.astype(np.intp, order="C")
        codes += self._start[:, :1] if self._same else self._start.take(form, axis=1)
        return list(zip(self._tables, codes, strict=True))


def _grouped(pieces: Sequence[LinePiece], limit: int) -> list[list[LinePiece]]:
    """Neighbours that share a table: as few tables as can be, and these as small as can be."""
    found = _greedy(pieces, limit)
    for less in (limit // 8, limit // 4, limit // 2):
        tried = _greedy(pieces, less)
        if len(tried) == len(found):
            return tried
    return found


def _greedy(pieces: Sequence[LinePiece], limit: int) -> list[list[LinePiece]]:
    groups: list[list[LinePiece]] = []
    variant, width = np.zeros(0, np.int64), 0
    for piece in pieces:
        if groups:
            joint = _variants(variant, piece)
            if (int(joint.max()) + 1) * width * _width(piece) <= limit:
                groups[-1].append(piece)
                variant, width = joint, width * _width(piece)
                continue
        groups.append([piece])
        variant, width = _variants(np.zeros_like(piece.shape), piece), _width(piece)
    return groups


def _variants(variant: Ints, piece: LinePiece) -> Ints:
    """Numbers of the different pairs of a variant and a shape, by form."""
    pairs = variant * len(piece.texts) + piece.shape
    numbers: Ints = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
    return numbers


def _width(piece: LinePiece) -> int:
    return max(map(len, piece.texts))


def _multiplied(group: Sequence[LinePiece]) -> tuple[Ints, list[int], _Table]:
    """Where the table of each form begins (less the least values), the stride of each piece, the table.

    It has every text of the first piece followed by every one of the second …, places without a text empty.
    """
    variant = np.zeros_like(group[0].shape)
    for piece in group:
        variant = _variants(variant, piece)
    strides = [1]
    for piece in reversed(group[1:]):
        strides.insert(0, strides[0] * _width(piece))
    width = strides[0] * _width(group[0])
    start = variant * width
    for piece, stride in zip(group, strides, strict=True):
        start -= stride * np.asarray(piece.least, np.int64)[piece.shape]
    examples = np.unique(variant, return_index=True)[1].tolist()
    if len(group) == 1 and len(examples) * width > _MOST_MADE:
        shapes = [int(group[0].shape[form]) for form in examples]
        return start, strides, _LargeTable(group[0], shapes, width)
    widths = [_width(piece) for piece in group]
    table: list[bytes] = []
    for form in examples:
        found = [b""]
        for piece, wide in zip(group, widths, strict=True):
            own = piece.texts[piece.shape[form]]
            filled = [*own, *[b""] * (wide - len(own))]
            found = [before + text for before in found for text in filled]
        table += found
    return start, strides, _SmallTable(table)


def _weights(groups: Sequence[Sequence[LinePiece]], strides: Sequence[Sequence[int]]) -> Ints:
    """(numbers, tables): what one more of each number moves in each table."""
    lines = []
    for g, (group, of_group) in enumerate(zip(groups, strides, strict=True)):
        for piece, stride in zip(group, of_group, strict=True):
            if piece.numbered:
                lines.append([stride if h == g else 0 for h in range(len(groups))])
    return np.array(lines, np.int64).reshape(-1, len(groups))


class _SmallTable:
    """Texts side by side."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self.size = len(texts)
        self._texts = np.array(texts, np.bytes_)
        self._lengths = np.array([len(text) for text in texts], np.int32)

    def texts(self, codes: Ints) -> Column:
        return TextColumn(self._texts.take(codes), self._lengths.take(codes))

    def length(self, codes: Ints) -> int:
        return int(self._lengths.take(codes).sum(dtype=np.int64))


class _LargeTable:
    """Texts of one piece with very many shapes, looked up one by one; those met are kept."""

    def __init__(self, piece: LinePiece, shapes: Sequence[int], width: int) -> None:
        self.size = len(shapes) * width
        self._kept = _Met(piece, shapes, width)

    def texts(self, codes: Ints) -> Column:
        return column(self._looked_up(codes))

    def length(self, codes: Ints) -> int:
        return sum(map(len, self._looked_up(codes)))

    def _looked_up(self, codes: Ints) -> list[bytes]:
        if len(self._kept) > _MOST_KEPT:
            self._kept.clear()
        return list(map(self._kept.__getitem__, codes.tolist()))


class _Met(dict[int, bytes]):
    def __init__(self, piece: LinePiece, shapes: Sequence[int], width: int) -> None:
        super().__init__()
        self._piece, self._shapes, self._width = piece, shapes, width

    def __missing__(self, code: int) -> bytes:
        variant, place = divmod(code, self._width)
        text = self[code] = self._piece.texts[self._shapes[variant]][place]
        return text


_Table = _SmallTable | _LargeTable


# ── pieces of the lines ──────────────────────────────────────────────────────────────────────


def form_piece(layout: ResultLayout) -> LinePiece:
    """The cell of the form."""
    return fixed([b"," + csv_cell(name) for name in layout.forms])


def judged_pieces(layout: ResultLayout, judged: JudgedColumns) -> list[LinePiece]:
    """All that follows the id in pc_results.csv and its like.

    Of each place `,3,42.86,not_met`; neither points nor percent where nothing was asked.
    """
    pieces = [form_piece(layout)]
    for k, scales in enumerate(judged.scales):
        end = b"\n" if k == len(judged.scales) - 1 else b""
        texts = []
        for scale in scales:
            points = scale.points if scale.n_items > 0 else [""] * len(scale.points)
            cells = zip(points, scale.percent, scale.status, strict=True)
            texts.append(
                [b",%s,%s,%s%s" % (a.encode(), (b or "").encode(), c.encode(), end) for a, b, c in cells]
            )
        least = [scale.least_units for scale in scales]
        pieces.append(LinePiece(tuple(texts), np.asarray(judged.shape)[:, k], least))
    return pieces if judged.scales else [*pieces, fixed([b"\n"] * len(layout.forms))]


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


def score_piece(layout: ResultLayout, before: bool, after: bool, plain: bool = False) -> LinePiece:
    """What stands before and after the kinds of marks, by `TotalPlaces`; their counts too for plain rows."""
    examples, shape = score_shapes(layout)
    end = b"" if layout.extra_names else b"\n"
    texts = []
    for form in examples:
        marks = b",%d,0,0,0" % layout.n_questions[form] if plain else b""
        trailing = _trailing(layout, form) or [()] * len(layout.total.leading[form])
        own = []
        for leading, late in zip(layout.total.leading[form], trailing, strict=True):
            head, tail = _numbers(leading), _numbers(late) + end
            for decision in DECISIONS if layout.decided else ("",):
                for second in SECOND_LOOK if layout.second_look else ("",):
                    first = b"%s,%s" % (head, decision.encode()) if before else b""
                    look = b"," + second.encode() if second else b""
                    own.append(first + marks + (look + tail if after else b""))
        texts.append(own)
    return LinePiece(tuple(texts), shape, [0] * len(examples))


def _numbers(texts: Iterable[str | None]) -> bytes:
    """Cells of our own numbers, which are not formulas when they are less than 0."""
    return "".join(f",{text or ''}" for text in texts).encode()
