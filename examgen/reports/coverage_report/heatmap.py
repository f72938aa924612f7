"""Coverage of a unit → context of `coverage.html`: a heat map that reads as well printed in grey.

A darker cell holds more items, its number always stands in it, and an empty cell that needs items is
framed, so that nothing rests on colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

from examgen.core.models.base import COGNITIVE
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem
from examgen.core.text.thai import kind_th
from examgen.core.words import in_language, tell
from examgen.rendering.parts import face_addresses

STEPS = (1, 3, 5, 8)
"""The least count of each shade; eight is what a criterion should hold at a level."""


class CoverageRow(Protocol):
    """A criterion at a level, as the bank counts it."""

    @property
    def pc(self) -> str:
        """The criterion."""

    @property
    def level(self) -> int | None:
        """The level."""

    @property
    def items(self) -> int:
        """Usable items."""

    @property
    def by_cognitive(self) -> Mapping[str, int]:
        """Items of each category."""


class HoldingRow(Protocol):
    """A criterion, each item counted once."""

    @property
    def pc(self) -> str:
        """The criterion."""

    @property
    def items(self) -> int:
        """Usable items."""

    @property
    def by_status(self) -> Mapping[str, int]:
        """Items of each status."""


class SharedRow(Protocol):
    """A pair of levels and the items that a paper of either could ask."""

    @property
    def levels(self) -> tuple[int, int]:
        """The lower and the higher."""

    @property
    def lower(self) -> int:
        """Usable items of the lower."""

    @property
    def higher(self) -> int:
        """Usable items of the higher."""

    @property
    def both(self) -> int:
        """Usable items of both."""

    @property
    def share(self) -> float | None:
        """Those of both among those of either, 0–1."""


class NeedRow(Protocol):
    """What one quota of a blueprint needs."""

    @property
    def name(self) -> str:
        """The quota, as a coordinator names it."""

    @property
    def least(self) -> int:
        """Items in each form."""

    @property
    def needed(self) -> int:
        """Different items for all forms."""

    @property
    def usable(self) -> int:
        """Items that may be used."""

    @property
    def lacking(self) -> int:
        """Items to write."""


class BlueprintBlock(NamedTuple):
    """A blueprint and what it needs."""

    file: str
    blueprint: Blueprint | None
    needs: Sequence[NeedRow]
    problems: Sequence[Problem]


class Cell(NamedTuple):
    """A count with its shade, 0 to 4; `wanted` where it is nought and should not be."""

    n: int
    shade: int
    wanted: bool


class Line(NamedTuple):
    """A criterion: for each level its sum and its categories, then each item once by status."""

    pc: str
    text: str
    levels: tuple[tuple[Cell, ...], ...]
    total: int
    statuses: tuple[int, ...]


def heat_map(
    unit: Unit,
    items: int,
    statuses: Sequence[str],
    rows: Sequence[CoverageRow],
    holdings: Sequence[HoldingRow],
    shared: Sequence[SharedRow],
    untested: Sequence[int],
    blueprints: Sequence[BlueprintBlock],
    remarks: Sequence[str],
) -> dict[str, object]:
    """Everything that the page shows; `items` is the number in the bank, whatever their status, `remarks`
    are messages on the items that it counts."""
    levels = list(dict.fromkeys(row.level for row in rows))
    shown = [name for name in statuses if any(row.by_status.get(name) for row in holdings)]
    by_place = {(row.pc, row.level): row for row in rows}
    held = {row.pc: row for row in holdings}
    lines = {
        c.code: Line(
            pc=c.code,
            text=c.text,
            levels=tuple(_cells(by_place[c.code, level], level in untested) for level in levels),
            total=held[c.code].items,
            statuses=tuple(held[c.code].by_status.get(name, 0) for name in shown),
        )
        for c in unit.criteria
    }
    return {
        "unit": unit,
        "items": items,
        "usable": sum(row.items for row in holdings),
        "counted": [(name, kind_th(name)) for name in statuses],
        "statuses": [(name, kind_th(name)) for name in shown],
        "levels": levels,
        "untested": untested,
        "categories": [(name, kind_th(name)) for name in COGNITIVE],
        "elements": [(e, [lines[c.code] for c in e.criteria]) for e in unit.elements],
        "shared": _matrix(shared),
        "totals": [_total(rows, level) for level in levels],
        "blueprints": blueprints,
        "remarks": [(in_language(one, "th"), in_language(one, "en")) for one in remarks],
        "names": {
            **{str(name): kind_th(name) for name in COGNITIVE},
            "items of a form": tell("The whole form").th,
        },
        "steps": _legend(),
        "faces": face_addresses(),
    }


def _cells(row: CoverageRow, untested: bool) -> tuple[Cell, ...]:
    counts = [row.by_cognitive.get(name, 0) for name in COGNITIVE]
    return (
        Cell(row.items, shade(row.items), not row.items and not untested),
        *(Cell(count, shade(count), False) for count in counts),
    )


def _matrix(shared: Sequence[SharedRow]) -> list[tuple[int, list[tuple[int, str | None]]]]:
    """A row for each level: with each level the items of both and their share; with itself its own items."""
    pairs = {row.levels: row for row in shared}
    held = {level: n for row in shared for level, n in zip(row.levels, (row.lower, row.higher), strict=True)}

    def cell(one: int, other: int) -> tuple[int, str | None]:
        if one == other:
            return held[one], None
        row = pairs[min(one, other), max(one, other)]
        return row.both, "–" if row.share is None else f"{row.share:.0%}"

    return [(one, [cell(one, other) for other in sorted(held)]) for one in sorted(held)]


def _total(rows: Sequence[CoverageRow], level: int | None) -> tuple[int, ...]:
    at = [row for row in rows if row.level == level]
    return (
        sum(row.items for row in at),
        *(sum(row.by_cognitive.get(name, 0) for row in at) for name in COGNITIVE),
    )


def shade(count: int) -> int:
    """How dark a count is shown: 0 for none, 4 for eight and more."""
    return sum(count >= step for step in STEPS)


def _legend() -> list[tuple[int, str]]:
    ends = [*(f"{low}–{high - 1}" for low, high in pairwise(STEPS)), f"≥ {STEPS[-1]}"]
    return list(enumerate(["0", *ends]))
