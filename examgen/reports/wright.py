"""Abilities of candidates and difficulties of items on one scale, as SVG: one map for each form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from examgen.reports.plot import NARROW, Panel, figure, ticks_of, turned
from examgen.reports.svg import line, rect, signed, text

_ROW = 11.5
_LETTER = 5.6
_TICK = 7.0
"""Half the height of a number on the axis, and air."""
_LEFT, _AXIS, _NAMES = 24.0, 130.0, 158.0
"""Where bars begin, where difficulties are marked, and where the names of items stand."""


class Person(NamedTuple):
    """A bar: from θ, to θ, candidates."""

    low: float
    high: float
    n: int


def wright_map(
    name: str,
    persons: Sequence[Person],
    items: Sequence[tuple[str, float]],
    cut: float | None,
    ends: tuple[float, float],
) -> str:
    """Candidates of a form at the left, its items at the right: a mark at each difficulty, and a line from it
    to the item's name. `ends` of the scale are those of all forms."""
    rows = _rows(sorted(items, key=lambda pair: (-pair[1], pair[0])))
    height = max(300.0, _ROW * (len(rows) + 2))
    panel = Panel(_LEFT, 14, NARROW - _LEFT - 4, height, 0, 1, *ends)
    most = max((one.n for one in persons), default=1) or 1
    parts = [_bar(panel, one, 76 * one.n / most) for one in persons if one.n]
    for value, words in ticks_of(panel.y0, panel.y1, 9):
        parts += [line((_AXIS - 6, panel.y(value)), (_AXIS, panel.y(value)), "axis")]
        if cut is None or abs(panel.y(value) - panel.y(cut)) > _TICK:  # the line of the cut would cross it
            parts += [text((_AXIS - 8, panel.y(value) + 3.5), words, "tick", "end")]
    parts += [line((_AXIS, panel.top), (_AXIS, panel.bottom), "axis")]
    parts += _named(panel, rows)
    if cut is not None:
        y = panel.y(cut)
        parts += [line((_LEFT, y), (_NAMES - 12, y), "cut")]
        parts += [rect(_LEFT + 1, y - 16, 86, 14, 'fill="#fff" fill-opacity="0.85"')]
        parts += [text((_LEFT + 3, y - 5), f"จุดตัด cut {signed(cut, 2)}", "strong", "start")]
    n = sum(one.n for one in persons)
    parts += [
        turned(10, panel.top + height / 2, f"ผู้เข้าสอบ candidates, n = {n}"),
        text((_NAMES, panel.bottom + 20), "ข้อสอบ ยากอยู่บน items, hard above", "name", "start"),
        text((_AXIS, panel.bottom + 20), "logit", "name", "end"),
    ]
    told = "; ".join(f"{item} {signed(b, 2)}" for item, b in sorted(items, key=lambda pair: pair[1]))
    people = "; ".join(f"{signed(one.low, 2)}: {one.n}" for one in persons if one.n)
    cut_told = "" if cut is None else f"cut {signed(cut, 2)}. "
    said = f"{cut_told}candidates {people}. items {told}"
    return figure(NARROW, height + 42, name, "แผนที่ไรท์ Wright map", said, parts)


def _bar(panel: Panel, one: Person, length: float) -> str:
    top = panel.y(one.high)
    return rect(panel.left, top, length, max(panel.y(one.low) - top - 0.6, 0.4), 'class="bar"')


def _rows(items: Sequence[tuple[str, float]]) -> list[list[tuple[str, float]]]:
    """Items from the hardest on, as many on a line as have room there and as many lines as needed: at most
    60, so that the map stands on a page."""
    longest = max((len(item) for item, _ in items), default=1)
    room = max(1, int((NARROW - _NAMES) // (_LETTER * longest + 8)))
    each = min(room, max(1, -(-len(items) // 60)))
    return [list(items[n : n + each]) for n in range(0, len(items), each)]


def _named(panel: Panel, rows: Sequence[Sequence[tuple[str, float]]]) -> Iterator[str]:
    """Names on lines of their own, in order and as near as may be to the mean difficulty of each line."""
    wanted = [panel.y(sum(b for _, b in row) / len(row)) for row in rows]
    for row, y in zip(rows, _spread(wanted, panel.top + 4, panel.bottom - 2), strict=True):
        for _, b in row:
            yield line((_AXIS, panel.y(b)), (_AXIS + 7, panel.y(b)), "axis")
            yield line((_AXIS + 7, panel.y(b)), (_NAMES - 3, y), "error")
        yield text((_NAMES, y + 3.5), "  ".join(item for item, _ in row), "tick", "start")


def _spread(wanted: Sequence[float], top: float, bottom: float) -> list[float]:
    """Places in the same order, a line apart at least, within the panel where there is room."""
    placed: list[float] = []
    for y in wanted:
        placed.append(max(y, placed[-1] + _ROW) if placed else max(y, top))
    lowest = bottom
    for n in range(len(placed) - 1, -1, -1):
        placed[n] = min(placed[n], lowest)
        lowest = placed[n] - _ROW
    return placed
