"""Pools the statistics of each item model over all items made from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from examgen.bank.statistics import Statistic, evident, facility, over_all, weighted_mean
from examgen.core.models.item import Item


class Pooled(NamedTuple):
    """The pooled statistics of an item model: its numbers of instances, of instances with a facility, and of
    their candidates.

    `facility` and `item_rest` are weighted by candidates. `least` and `greatest` are the lowest and highest
    facility of an instance; if they are far apart, the instances differ in difficulty, and the statistics do
    not predict that of a new one.
    """

    model: str
    instances: int
    asked: int
    candidates: int
    facility: float | None
    least: float | None
    greatest: float | None
    item_rest: float | None


def pooled(items: Sequence[Item], statistics: Sequence[Statistic]) -> list[Pooled]:
    """Return the pooled statistics of each item model, over all items made from it."""
    of: dict[str, list[Item]] = {}
    for item in items:
        if item.model is not None:
            of.setdefault(item.model.id, []).append(item)
    lines: dict[str, list[Statistic]] = {}
    for one in statistics:
        lines.setdefault(one.item, []).append(one)
    return [_pooled(model, of[model], lines) for model in sorted(of)]


def _pooled(model: str, items: Sequence[Item], lines: dict[str, list[Statistic]]) -> Pooled:
    held = {item.id: evident(item, lines.get(item.id, ())) for item in items}
    known = {item.id: value for item in items if (value := facility(item, held[item.id])) is not None}
    sizes = {name: sum(one.numbers["n"] or 0 for one in own) for name, own in held.items()}
    return Pooled(
        model,
        len(items),
        len(known),
        int(sum(sizes[name] for name in known)),
        weighted_mean([(value, sizes[name]) for name, value in known.items()]),
        min(known.values(), default=None),
        max(known.values(), default=None),
        over_all("item_rest", [one for own in held.values() for one in own]),
    )
