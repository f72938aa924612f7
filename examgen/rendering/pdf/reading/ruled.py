"""Lines drawn on a page of a PDF → the tables that they rule: cells by row and column.

The text of a PDF does not say which words stand in one cell; the lines around them do. Cells are what no line
parts, so one that reaches over several rows or columns is one cell, and so is that of a table in a cell.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from examgen.rendering.pdf.reading.pdfium import raw

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_NEAR = 3.0
"""Points by which ends of lines miss each other, and as much as a line is wide at most."""
_ROW = 6.0
"""Points by which the cells of a row begin at different heights, and those of a column beside each other."""
_MOST_LINES, _MOST_BOXES = 6_000, 40_000
"""Of a page that is looked at for tables: a drawing has more."""
_WHOLE_PAGE = 0.95
"""Of both sides of a page: what is that large is its background."""
_DEEPEST = 8

_Matrix = tuple[float, float, float, float, float, float]
_AS_IT_IS: _Matrix = (1, 0, 0, 1, 0, 0)


class RuledLine(NamedTuple):
    """A straight line: whether it is upright, where it stands, from where to where it goes."""

    is_upright: bool
    at: float
    low: float
    high: float


class TableCell(NamedTuple):
    """A cell and where it stands, in points from the left and from below."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.left <= x <= self.right and self.bottom <= y <= self.top


def rules_of(page: PdfPage) -> list[RuledLine]:
    """Lines along the edges of the page, and the edges of its boxes; none of a page that is a drawing."""
    count = raw.FPDFPage_CountObjects(page.raw)
    objects = (raw.FPDFPage_GetObject(page.raw, n) for n in range(count))
    width, height = page.get_size()
    found: list[RuledLine] = []
    for one in objects:
        for rule in _rules(one, _AS_IT_IS, 0):
            if rule.high - rule.low < _WHOLE_PAGE * (height if rule.is_upright else width):
                found.append(rule)
        if len(found) > _MOST_LINES:
            return []
    return found


def _rules(one: object, above: _Matrix, depth: int) -> Iterator[RuledLine]:
    kind = raw.FPDFPageObj_GetType(one)
    if kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
        matrix = _times(_matrix(one), above)
        for n in range(raw.FPDFFormObj_CountObjects(one)):
            yield from _rules(raw.FPDFFormObj_GetObject(one, n), matrix, depth + 1)
    if kind != raw.FPDF_PAGEOBJ_PATH:
        return
    matrix = _times(_matrix(one), above)
    x, y = ctypes.c_float(), ctypes.c_float()
    begun = last = (0.0, 0.0)
    for n in range(min(raw.FPDFPath_CountSegments(one), _MOST_LINES)):
        segment = raw.FPDFPath_GetPathSegment(one, n)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        a, b, c, d, e, f = matrix
        point = a * x.value + c * y.value + e, b * x.value + d * y.value + f
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            begun = point
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield from _rule(last, point)
        if raw.FPDFPathSegment_GetClose(segment):
            yield from _rule(point, begun)
        last = point


def _rule(begun: tuple[float, float], end: tuple[float, float]) -> Iterator[RuledLine]:
    (x0, y0), (x1, y1) = begun, end
    if abs(x0 - x1) < 0.5 and abs(y0 - y1) > _NEAR:
        yield RuledLine(True, x0, min(y0, y1), max(y0, y1))
    elif abs(y0 - y1) < 0.5 and abs(x0 - x1) > _NEAR:
        yield RuledLine(False, y0, min(x0, x1), max(x0, x1))


def _matrix(one: object) -> _Matrix:
    found = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(one, found):
        return _AS_IT_IS
    return (found.a, found.b, found.c, found.d, found.e, found.f)


def _times(m: _Matrix, n: _Matrix) -> _Matrix:
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def tables_of(rules: Sequence[RuledLine]) -> list[list[TableCell]]:
    """The cells of each table that lines rule, empty ones and those between two borders among them.

    Of a table are lines that touch each other, and those within what such lines enclose.
    """
    groups: list[tuple[TableCell, list[RuledLine]]] = []
    for rule in sorted(rules, key=lambda one: -one.high if one.is_upright else -one.at):
        box, lines = TableCell(rule.low, rule.at, rule.high, rule.at), [rule]
        if rule.is_upright:
            box = TableCell(rule.at, rule.low, rule.at, rule.high)
        while met := [one for one in groups if _meet(box, one[0])]:
            groups = [one for one in groups if not _meet(box, one[0])]
            for other, its in met:
                box = _around(box, other)
                lines += its
        groups.append((box, lines))
    return [cells for _, lines in groups if len(cells := _cells(lines)) > 1]


def _around(one: TableCell, other: TableCell) -> TableCell:
    return TableCell(
        min(one.left, other.left),
        min(one.bottom, other.bottom),
        max(one.right, other.right),
        max(one.top, other.top),
    )


def _meet(one: TableCell, other: TableCell) -> bool:
    across = one.left - _NEAR <= other.right and other.left - _NEAR <= one.right
    return across and one.bottom - _NEAR <= other.top and other.bottom - _NEAR <= one.top


def _places(values: Sequence[float]) -> list[float]:
    """Where lines stand, those that stand as near as the two edges of one told once."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _NEAR:
            found.append(value)
    return found


def _cells(rules: Sequence[RuledLine]) -> list[TableCell]:
    upright = [one for one in rules if one.is_upright]
    level = [one for one in rules if not one.is_upright]
    if not upright or not level:
        return []
    xs = _places([one.at for one in upright] + [x for one in level for x in (one.low, one.high)])
    ys = _places([one.at for one in level] + [y for one in upright for y in (one.low, one.high)])
    if len(xs) * len(ys) > _MOST_BOXES:
        return []
    walls = _parted(upright, xs, ys)
    floors = _parted(level, ys, xs)
    joined: dict[tuple[int, int], tuple[int, int]] = {}

    def root(box: tuple[int, int]) -> tuple[int, int]:
        while joined.get(box, box) != box:
            box = joined[box]
        return box

    n, m = len(xs) - 1, len(ys) - 1
    for i in range(n):
        for j in range(m):
            if i + 1 < n and (i + 1, j) not in walls:
                joined[root((i + 1, j))] = root((i, j))
            if j + 1 < m and (j + 1, i) not in floors:
                joined[root((i, j + 1))] = root((i, j))
    found: dict[tuple[int, int], TableCell] = {}
    for i in range(n):
        for j in range(m):
            box = TableCell(xs[i], ys[j], xs[i + 1], ys[j + 1])
            before = found.setdefault(root((i, j)), box)
            found[root((i, j))] = _around(before, box)
    return list(found.values())


def _parted(
    rules: Sequence[RuledLine], places: Sequence[float], along: Sequence[float]
) -> set[tuple[int, int]]:
    """By their place and the stretch along it where a line stands."""
    found = set()
    for rule in rules:
        at = min(range(len(places)), key=lambda n: abs(places[n] - rule.at))
        for n, (low, high) in enumerate(pairwise(along)):
            if rule.low - _NEAR <= (low + high) / 2 <= rule.high + _NEAR:
                found.add((at, n))
    return found


def by_row(cells: Sequence[TableCell]) -> list[list[TableCell | None]]:
    """Rows from above, each with as many places as the table has columns: a cell stands where it begins."""
    lefts: list[float] = []
    for left in sorted(one.left for one in cells):
        if not lefts or left - lefts[-1] > _ROW:
            lefts.append(left)
    rows: list[list[TableCell | None]] = []
    top = float("inf")
    for cell in sorted(cells, key=lambda one: -one.top):
        if top - cell.top > _ROW:
            rows.append([None] * len(lefts))
            top = cell.top
        at = max(n for n, left in enumerate(lefts) if left <= cell.left)
        rows[-1][at] = cell
    return rows
