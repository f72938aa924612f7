"""Units and blueprint → the pool: the items that may be used, those that are only pilots, and the reasons
against the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from examgen.assembly.measures import QUANTITIES
from examgen.core.models.blueprint import Blueprint, matches
from examgen.core.models.field_types import STATUS_WORDS, Status
from examgen.core.models.item import BankUnit, Evidence, Item, Use
from examgen.core.models.standard import Unit
from examgen.core.words import Message, tell, tell_n

NOTHING_KNOWN = Evidence()

_UNKNOWN = {
    "facility": tell("without a facility"),
    "reading_length": tell("without a reading_length"),
    "time_s": tell("without a time_s"),
    "times_used": tell("without a times_used"),
}
_OUT_OF_BOUNDS = {
    "facility": tell("facility out of bounds"),
    "reading_length": tell("reading_length out of bounds"),
    "time_s": tell("time_s out of bounds"),
    "times_used": tell("times_used out of bounds"),
}


class CriterionPlace(NamedTuple):
    """The unit and element of a criterion, and whether the unit has levels."""

    unit: str
    element: str
    levelled: bool = True


class Pool(NamedTuple):
    """The usable items in the order of their ids, the place of each criterion in scope, and the evidence."""

    items: tuple[Item, ...]
    places: dict[str, CriterionPlace]
    evidence: Mapping[str, Evidence] = {}
    pilots: frozenset[str] = frozenset()
    """Ids of the items that may be used but are not scored."""

    def element(self, item: Item) -> str:
        """Return the element that the item belongs to."""
        return self.places[item.pc].element

    def known(self, item: Item) -> Evidence:
        """Return the statistics of an item; empty if it was never used."""
        return self.evidence.get(item.id, NOTHING_KNOWN)

    @property
    def scored(self) -> list[int]:
        """Positions of the scored items."""
        return [n for n, item in enumerate(self.items) if item.id not in self.pilots]


def places(units: Sequence[Unit], scope: Sequence[str] = ()) -> dict[str, CriterionPlace]:
    """Return the unit and element of every criterion that a pattern of the scope matches; without a scope, of
    all criteria."""
    return {
        criterion.code: CriterionPlace(str(unit.code), element.code, bool(unit.levels))
        for unit in units
        for element in unit.elements
        for criterion in element.criteria
        if not scope or any(matches(pattern, criterion.code, element.code) for pattern in scope)
    }


class Bank(NamedTuple):
    """All items of the units that a blueprint names, and the evidence on them."""

    items: tuple[Item, ...]
    units: tuple[Unit, ...]
    evidence: Mapping[str, Evidence]


def bank_of(shelves: Sequence[BankUnit]) -> Bank:
    """Return several units as one bank."""
    return Bank(
        tuple(item for shelf in shelves for item in shelf.items),
        tuple(shelf.unit for shelf in shelves),
        {name: known for shelf in shelves for name, known in shelf.evidence.items()},
    )


def pool_of(bank: Bank, blueprint: Blueprint) -> Pool:
    """Return the items of the bank that this blueprint may use."""
    where = places(bank.units, blueprint.scope)
    recent = recent_administrations(bank, blueprint)
    usable, pilots = [], []
    for item in sorted(bank.items, key=lambda item: item.id):
        known = bank.evidence.get(item.id, NOTHING_KNOWN)
        if next(barred(item, known.uses, blueprint, where, recent), None):
            continue
        if not next(unscored(item, known, blueprint), None):
            usable.append(item)
        elif may_pilot(item, known, blueprint):
            usable.append(item)
            pilots.append(item.id)
    return Pool(tuple(usable), where, bank.evidence, frozenset(pilots))


def why_not(bank: Bank, blueprint: Blueprint) -> dict[str, Message]:
    """Return, for each item that cannot be scored in a form, the first reason."""
    where = places(bank.units, blueprint.scope)
    recent = recent_administrations(bank, blueprint)
    reasons = {}
    for item in bank.items:
        known = bank.evidence.get(item.id, NOTHING_KNOWN)
        both = (*barred(item, known.uses, blueprint, where, recent), *unscored(item, known, blueprint))
        if both:
            reasons[item.id] = both[0]
    return reasons


def barred(
    item: Item,
    uses: Sequence[Use],
    blueprint: Blueprint,
    where: Mapping[str, CriterionPlace],
    recent: frozenset[str],
) -> Iterator[Message]:
    """Yield the reasons why an item may not be used at all."""
    if item.pc not in where:
        yield tell("out of scope")
    if item.status not in (blueprint.statuses + (blueprint.pilot.statuses if blueprint.pilot else ())):
        yield tell("status {status}", status=STATUS_WORDS[item.status])
    if blueprint.level is not None and item.levels and blueprint.level not in item.levels:
        yield tell("for other levels")
    if any(use.administration in recent for use in uses):
        yield tell_n(
            "used in the last {n} administration",
            "used in the last {n} administrations",
            blueprint.exclude_last,
        )
    ceiling = blueprint.exposure
    n_times = len({use.administration for use in uses})
    if ceiling.administrations is not None and n_times >= ceiling.administrations:
        yield tell("above the exposure limit")
    if ceiling.candidates is not None and sum(use.n or 0 for use in uses) >= ceiling.candidates:
        yield tell("above the exposure limit")


def unscored(item: Item, known: Evidence, blueprint: Blueprint) -> Iterator[Message]:
    """Yield the reasons why an item that may be used cannot be scored."""
    if item.status not in blueprint.statuses:
        yield tell("status {status}", status=STATUS_WORDS[item.status])
    yield from unmeasured(item, known, blueprint)
    for name, quantity in blueprint.quantities.items():
        value = QUANTITIES[name](item, known, blueprint)
        if value is not None and quantity.each and not quantity.each.least <= value <= quantity.each.greatest:
            yield _OUT_OF_BOUNDS[name]


def unmeasured(item: Item, known: Evidence, blueprint: Blueprint) -> Iterator[Message]:
    """Yield the measures that the blueprint requires and that are unknown for the item."""
    rule = blueprint.statistics
    if rule and rule.facility and known.facility is None:
        yield _UNKNOWN["facility"]
    if rule and (rule.information or rule.reliability or rule.sem) and (known.a is None or known.b is None):
        yield tell("without item parameters")
    for name in blueprint.quantities:
        if QUANTITIES[name](item, known, blueprint) is None:
            yield _UNKNOWN[name]


def may_pilot(item: Item, known: Evidence, blueprint: Blueprint) -> bool:
    """Return whether an item that cannot be scored may be a pilot item, because of its status or because a
    required measure is still unknown. An item that is merely too long or used too often may not."""
    if blueprint.pilot is None:
        return False
    return item.status not in blueprint.statuses or next(unmeasured(item, known, blueprint), None) is not None


def pilot_status(blueprint: Blueprint) -> Status | None:
    """Return a status that makes a new item a pilot item; None if such an item would be scored or could not
    be used.

    An item with a status that is scored is a pilot item only while a required measure of it is unknown.
    """
    if blueprint.pilot is None:
        return None
    apart = [status for status in blueprint.pilot.statuses if status not in blueprint.statuses]
    if apart:
        return apart[0]
    rule = blueprint.statistics
    asks = bool(rule and (rule.facility or rule.information or rule.reliability or rule.sem))
    return blueprint.pilot.statuses[0] if asks or "facility" in blueprint.quantities else None


def recent_administrations(bank: Bank, blueprint: Blueprint) -> frozenset[str]:
    """Return the latest administrations of these units, as many as the blueprint excludes, and all without a
    date, any of which may be the latest."""
    if not blueprint.exclude_last:
        return frozenset()
    last: dict[str, str] = {}
    for item in bank.items:
        for use in bank.evidence.get(item.id, NOTHING_KNOWN).uses:
            last[use.administration] = max(use.date, last.get(use.administration, ""))
    dated = sorted(filter(last.get, last), key=lambda name: (last[name], name), reverse=True)
    return frozenset((*dated[: blueprint.exclude_last], *(name for name, day in last.items() if not day)))
