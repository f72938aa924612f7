"""A blueprint whose criteria do not add up to the length of a form → their quotas in proportion to it.

Whoever changes the number of items of a form means all criteria: none loses its last item, nor, while that
can be, an item that its judgement needs. Quotas of categories and of other shares move with the length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor
from typing import Any, Literal

from examgen.assembly.infeasible.changes import FieldChange, ends_of
from examgen.assembly.usable import Pool
from examgen.core.models.base import Quota
from examgen.core.models.blueprint import Blueprint, matches

Spread = tuple[FieldChange, ...]
_OTHERS: tuple[Literal["cognitive", "unit_mix", "level_mix", "status_mix"], ...] = (
    "cognitive",
    "unit_mix",
    "level_mix",
    "status_mix",
)


def asked_length(blueprint: Blueprint, pool: Pool) -> int | None:
    """The number of items that the criteria add up to, where that is not the length of a form."""
    for end in ("min", "max"):
        ends = {key: getattr(quota, end) for key, quota in blueprint.criteria.items() if key != "all"}
        counts = {key: n for key, n in ends.items() if isinstance(n, int) and n}
        once = all(
            sum(matches(key, pc, place.element) for key in counts) == 1 for pc, place in pool.places.items()
        )
        total = sum(counts.values())
        if once and (total > blueprint.items if end == "min" else total < blueprint.items):
            return total
    return None


def spreads(blueprint: Blueprint, pool: Pool) -> Iterator[Spread]:
    """The changes by which the criteria add up to the items of a form, the best first; none where they do
    already, where a criterion would be left without an item, or where the quotas are shares."""
    quotas = blueprint.criteria
    counts = {key: (quota.min or 0, quota.max) for key, quota in quotas.items()}
    if not counts or any(isinstance(end, str) for ends in counts.values() for end in ends):
        return
    kinds = [[key for key in quotas if matches(key, pc, place.element)] for pc, place in pool.places.items()]
    if "all" in quotas and len(quotas) == 1:
        counts, kinds = dict.fromkeys(pool.places, counts["all"]), [[pc] for pc in pool.places]
    elif "all" in quotas or any(len(keys) > 1 for keys in kinds):
        return
    least = [int(low) for low, _ in counts.values()]
    greatest = [int(high) for _, high in counts.values() if high is not None]
    if sum(least) > blueprint.items:
        before, new = sum(least), _fewer(blueprint, least)
    elif all(kinds) and len(greatest) == len(counts) and sum(greatest) < blueprint.items:
        before, new = sum(greatest), _more(blueprint, pool, [*counts], greatest)
    else:
        return
    if new is None:
        return
    share, own = blueprint.items / before, list[FieldChange]()
    for key, quota in quotas.items():
        mine = [n for pc, n in zip(counts, new, strict=True) if key in ("all", pc)]
        low, high = quota.min or 0, quota.max
        if low == high:
            after = {"min": min(mine), "max": max(mine)}
        elif before == sum(least):
            more = None if high is None else max([*mine, round(int(high) * share)])
            after = ends_of(min(mine) if low else None, more)
        else:
            after = ends_of(min([*mine, round(int(low) * share)]) if low else None, max(mine))
        _add(own, "criteria", key, quota, after)
    others = [*_scaled(blueprint, share)]
    yield tuple(own)
    if others:
        yield (*own, *others)
        free = [one._replace(after={"min": 0}) for one in others if one.path[0] == "cognitive"]
        if free:
            yield (*own, *free, *(one for one in others if one.path[0] != "cognitive"))


def _add(found: list[FieldChange], family: str, key: Any, quota: Quota, after: Mapping[str, Any]) -> None:
    was = ends_of(quota.min, quota.max)
    if was != after:
        found.append(FieldChange((family, key), was, dict(after)))


def _fewer(blueprint: Blueprint, least: Sequence[int]) -> list[int] | None:
    """Fewer items than that of each; each keeps what its judgement needs, or at least one."""
    for floor_of_all in (blueprint.judgement.min_items, 1):
        floors = [min(n, floor_of_all) for n in least]
        if sum(floors) <= blueprint.items:
            return _apportioned(least, floors, least, blueprint.items)
    return None


def _more(blueprint: Blueprint, pool: Pool, keys: Sequence[str], greatest: Sequence[int]) -> list[int] | None:
    """More items than that of each, as far as the bank has them for forms that share none."""
    apart = blueprint.n_forms if blueprint.overlap.max == 0 else 1
    there = [pool.items[n].pc for n in pool.scored]
    most = [
        max(n, sum(matches(key, pc, pool.places[pc].element) for pc in there) // apart)
        for key, n in zip(keys, greatest, strict=True)
    ]
    if sum(most) < blueprint.items:
        return None
    return _apportioned([max(n, 1) for n in greatest], greatest, most, blueprint.items)


def _apportioned(
    weights: Sequence[int], floors: Sequence[int], most: Sequence[int], n_items: int
) -> list[int]:
    """So many items, to each between its floor and its most in proportion to its weight (Sainte-Laguë)."""
    found = list(floors)
    while sum(found) < n_items:
        open_ones = [n for n in range(len(found)) if found[n] < most[n]]
        found[max(open_ones, key=lambda n: (weights[n] / (2 * found[n] + 1), -n))] += 1
    return found


def _scaled(blueprint: Blueprint, share: float) -> Iterator[FieldChange]:
    """The counts of all other quotas, moved with the length and rounded to the side that allows more."""
    for family in _OTHERS:
        found: list[FieldChange] = []
        quotas: Mapping[Any, Quota] = getattr(blueprint, family)
        for key, quota in quotas.items():
            low = floor(quota.min * share) if isinstance(quota.min, int) else quota.min
            high = ceil(quota.max * share) if isinstance(quota.max, int) else quota.max
            _add(found, family, key, quota, ends_of(low, high))
        yield from found
