"""Shows who has rated how many of the scored items of an exam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.bank.reviews.moves import ratings_of
from examgen.bank.reviews.ratings import JudgedItem, Rating, RatingPanel, by_panel, current
from examgen.core.exam.package import read_written


class JudgeProgress(NamedTuple):
    """A judge, and the items that this judge has rated."""

    judge: str
    name: str
    rated: frozenset[str]


class UnitProgress(NamedTuple):
    """The ratings so far, by the last panel of a unit, of the scored items of an exam."""

    unit: str
    panel: RatingPanel
    items: Mapping[str, JudgedItem]
    """The scored items of the exam as printed."""
    judges: tuple[JudgeProgress, ...]

    @property
    def unrated(self) -> tuple[str, ...]:
        """The items without a rating; there is no cut score until they are rated."""
        rated = frozenset[str]().union(*(judge.rated for judge in self.judges))
        return tuple(item for item in self.items if item not in rated)


def scored_items(exam: Path) -> tuple[dict[str, dict[str, JudgedItem]], dict[str, int | None]]:
    """Return, by unit, the scored items of an exam's forms as printed, and the level of the exam."""
    package = read_written(exam).exam
    items: dict[str, dict[str, JudgedItem]] = {str(unit.code): {} for unit in package.units}
    for form in package.forms:
        for one in form.items:
            if one.points:
                items[one.unit][one.item.id] = JudgedItem(one.item.sha256(), one.item.pc)
    levels = {str(unit.code): package.blueprint.level if unit.levels else None for unit in package.units}
    return {unit: own for unit, own in items.items() if own}, levels


def progress_of(exam: Path, bank: Path) -> list[UnitProgress]:
    """Return, by unit, who has rated which items in the last Angoff round of the unit. A yes/no round counts
    only if there is no other.
    """
    found = []
    items, levels = scored_items(exam)
    for unit, printed in items.items():
        ratings = current(ratings_of(bank / unit), printed)
        panels = {
            panel: own
            for panel, own in by_panel(ratings).items()
            if panel.kind != "ioc" and panel.level == levels[unit]
        }
        # ratings of the share that would know an item before those of yes and no
        last = max(panels, key=lambda one: (one.kind == "angoff", one.round), default=None)
        panel = last or RatingPanel("angoff", levels[unit], 1)
        found.append(UnitProgress(unit, panel, printed, judges_of(panels.get(panel, ()))))
    return found


def judges_of(ratings: Sequence[Rating]) -> tuple[JudgeProgress, ...]:
    """Return the judges of a panel, sorted by name."""
    rated: dict[str, set[str]] = {}
    names: dict[str, str] = {}
    for rating in ratings:
        own = rated.setdefault(rating.expert, set())
        names[rating.expert] = rating.name or rating.expert
        if rating.value is not None:
            own.add(rating.item)
    found = (JudgeProgress(judge, names[judge], frozenset(own)) for judge, own in rated.items())
    return tuple(sorted(found, key=lambda one: (one.name, one.judge)))
