"""Heights of what is to be printed, in order → the page, column and position of each: our own page filling.

The rules are those of CSS fragmentation with `break-inside: avoid` and `break-after: avoid`
(https://www.w3.org/TR/css-break-3/), and one that CSS does not have. If the items of a stimulus continue on
another page, a line there names the page of the stimulus, or the stimulus is repeated. Lengths are in px, y
down from the top of the column.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

SLACK = 1 + 1e-9
"""Tolerance, as a factor, for rounding errors in sums of heights."""

NO_CASE = -1

Over = Literal["", "refer", "again"]
"""What is printed above a row whose stimulus is on an earlier page: nothing, a reference to that page, or the
stimulus again."""


class ColumnRow(NamedTuple):
    """A row as wide as a column, which is not split."""

    height: float
    below: float
    """Space between it and the next row in the same column."""
    keep: bool = False
    """Whether it must be in the same column as the next row."""
    case: int = NO_CASE
    """The index of its case (stimulus), or NO_CASE."""
    brings: bool = False
    """Whether the row is the stimulus itself or its heading, not a question about it."""


class CaseHeights(NamedTuple):
    """Heights of the lines that may be printed where the items of a stimulus continue on another page,
    including the space below them."""

    refer: float
    """Height of the line that names the page of the stimulus."""
    again: float
    """Height of the stimulus with the line above it."""


class PlacedRow(NamedTuple):
    """Place of a row: page and column from 0."""

    row: int
    page: int
    column: int
    y: float
    over: Over
    over_y: float
    case_page: int
    """Page of the stimulus that `over` refers to; -1 if `over` is empty."""


def fill(
    rows: Sequence[ColumnRow],
    height: float,
    columns: int = 1,
    cases: Sequence[CaseHeights] = (),
    repeat: bool = False,
) -> list[PlacedRow]:
    """Place the rows in order, in as many columns of this height as they need.

    A row taller than a column is alone in one and extends past its end; to avoid this, pass its parts
    instead. If rows that keep together are too tall for any column, the last of them is separated.
    """
    limit = height * SLACK
    placed: list[PlacedRow] = []
    shown: dict[int, int] = {}
    case_pages: dict[int, int] = {}
    page, column, y = 0, 0, 0.0
    start, n_rows = 0, len(rows)
    while start < n_rows:
        end, total = _chain(rows, start, limit)
        case = rows[start].case
        over: Over = ""
        over_y, over_height = y, 0.0
        if y > 0.0 and y + total > limit:
            column, y = (column + 1, 0.0) if column + 1 < columns else (0, 0.0)
            page += column == 0
        if case >= 0 and not rows[start].brings and shown.get(case, page) != page:
            end, total = _chain(rows, start, limit - y - cases[case].refer)
            # what is printed above the rows, by the space that they leave
            refer, again = cases[case]
            room = limit - y - total
            if repeat and again <= room:
                over, over_height = "again", again
            elif refer <= room:
                over, over_height = "refer", refer
            over_y, y = y, y + over_height
        for row in range(start, end):
            placed.append(PlacedRow(row, page, column, y, over, over_y, case_pages[case] if over else -1))
            y += rows[row].height + rows[row].below
            if rows[row].case >= 0:
                shown[rows[row].case] = page
                case_pages.setdefault(rows[row].case, page)
            over = ""
        if placed[start].over == "again":
            case_pages[case] = page
        start = end
    return placed


def _chain(rows: Sequence[ColumnRow], start: int, limit: float) -> tuple[int, float]:
    """Return the end of the rows that stay in one column with the first, and their height."""
    end, total = start + 1, rows[start].height
    while rows[end - 1].keep and end < len(rows):
        longer = total + rows[end - 1].below + rows[end].height
        if longer > limit:
            break
        end, total = end + 1, longer
    return end, total
