"""Opens a unit of the bank for pages: its items with their statistics, and the findings of rules in unsaved
drafts.

A unit is read once and read again when the stamp of its files has changed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from examgen.bank import statistics as bank_statistics
from examgen.bank.checking import settings_of
from examgen.bank.checks import CHECKS, LocatedItem, UnitDraft
from examgen.bank.finding import Sought, find
from examgen.bank.instruments import INSTRUMENT_FOLDER
from examgen.bank.levels import LEVELS_FILE
from examgen.bank.loading import (
    ITEM_FOLDER,
    MEDIA_FOLDER,
    STIMULI_FILE,
    UNIT_FILE,
    read_unit_draft,
)
from examgen.bank.provenance import PROVENANCE_FILE, provenance_is_told
from examgen.bank.reviews.congruent import approved_items_are_congruent
from examgen.bank.reviews.statuses import (
    REVIEWS_FILE,
    Claims,
    approval_states,
    approvals_stand,
    claims_of,
    reviews_of,
)
from examgen.bank.rules import applying, likeness
from examgen.bank.settings import SETTINGS_FILE
from examgen.bank.statistics import STATISTICS_FILE, statistics_of
from examgen.core.changes import steady
from examgen.core.models.item import BankUnit, Evidence, Item
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem, Refused
from examgen.core.readings import Readings, Stamp
from examgen.core.readings import stamp_of as stamp_of_file
from examgen.core.yamlfile import Document

_FILES = (UNIT_FILE, STIMULI_FILE, LEVELS_FILE, REVIEWS_FILE, STATISTICS_FILE, PROVENANCE_FILE)
_OF_RECORDS = (approvals_stand, approved_items_are_congruent, provenance_is_told)
"""Checks of recorded decisions about a text; a draft has none yet."""


def stamp_of(workspace: Path, code: str) -> tuple[tuple[str, Stamp], ...]:
    """Return a stamp of the files of a unit, including its pictures; it changes if any of them changes."""
    return tuple((path.name, stamp_of_file(path)) for path in _files_of(workspace, code))


def _files_of(workspace: Path, code: str) -> list[Path]:
    """Return the files from which a unit and the findings in it are read, whether they exist or not."""
    folder = workspace / "item_bank" / code
    found = [workspace / SETTINGS_FILE, *(folder / name for name in _FILES)]
    for name in (ITEM_FOLDER, INSTRUMENT_FOLDER, MEDIA_FOLDER):
        for place, _, names in os.walk(folder / name):
            found += [Path(place, one) for one in sorted(names)]
    return found


@dataclass(frozen=True)
class OpenUnit:
    """A unit as read from its files; `problems` are its structural faults.

    If any of them is an error, items may be missing, and nothing can be saved until it is fixed.
    """

    workspace: Path
    code: str
    shelf: UnitDraft
    problems: tuple[Problem, ...]
    evidence: Mapping[str, Evidence]
    voided: Set[str]
    """The items from approved to operational that nobody approved as they are now."""
    claims: Claims
    """For each item a hash of everything else that its approval depends on."""

    @property
    def unit(self) -> Unit:
        """The standard of the unit."""
        return self.shelf.unit

    @property
    def is_sound(self) -> bool:
        """Whether there is no error, so that the unit can be used and changed."""
        return all(one.severity != "error" for one in self.problems)

    @cached_property
    def items(self) -> dict[str, Item]:
        """The items by id, sorted by id."""
        found = {one.item.id: one.item for one in self.shelf.found}
        return {name: found[name] for name in sorted(found)}

    def file_of(self, name: str) -> Path:
        """Return the file that contains an item."""
        source = next(one.document.source for one in self.shelf.found if one.item.id == name)
        return self.workspace / "item_bank" / source

    @cached_property
    def bank_unit(self) -> BankUnit:
        """The unit with its items, stimuli, levels and instruments."""
        return BankUnit(
            unit=self.unit,
            items=tuple(self.items.values()),
            stimuli=self.shelf.stimuli,
            meanings=self.shelf.meanings,
            instruments=tuple(one.instrument for one in self.shelf.instruments),
        )

    @cached_property
    def _without_keys(self) -> BankUnit:
        """The unit without rationales, whose words would give the keys away."""
        items = [one.model_copy(update={"rationale": {}, "right_if": {}}) for one in self.items.values()]
        return self.bank_unit.model_copy(update={"items": tuple(items)})

    def found(self, sought: Sought, with_keys: bool) -> list[Item]:
        """Return the items that match a search. Unless `with_keys` is set, rationales are not searched."""
        fitting = find(self.bank_unit if with_keys else self._without_keys, sought)
        return [self.items[one.id] for one in fitting]

    @cached_property
    def _stems(self) -> list[likeness.ItemStem]:
        return likeness.stems(self.shelf)

    @cached_property
    def findings(self) -> dict[str, list[Problem]]:
        """The findings of checks and rules by item, except of the rule that compares all keys."""
        settings = settings_of(self.workspace)
        rules = applying.chosen(settings)
        judged = applying.judge_unit(self.shelf, rules, settings)
        found: dict[str, list[Problem]] = {}
        for one in (*self.problems, *applying.settle([judged], rules, settings, False).problems):
            if one.item is not None:
                found.setdefault(one.item, []).append(one)
        return found

    def findings_of(self, draft: Item) -> list[Problem]:
        """Return the findings of checks and rules for an item of the unit if it were saved as this draft."""
        there = next((one for one in self.shelf.found if one.item.id == draft.id), None)
        place = there or LocatedItem(draft, Document(draft.pc, None, None), 0)
        mine = place._replace(item=draft)
        others = tuple(one for one in self.shelf.found if one is not there)
        whole = self.shelf._replace(found=(*others, mine))
        found = [
            problem
            for check in CHECKS
            if check not in _OF_RECORDS
            for problem in check(whole)
            if problem.item == draft.id
        ]
        settings = settings_of(self.workspace)
        rules = applying.chosen(settings)
        # most rules look at one item: over the whole unit only those run that compare it with the others
        alone = self.shelf._replace(found=(mine,))
        judged = applying.judge_unit(alone, [rule for rule in rules if not rule.compares], settings)
        judged.problems.extend(
            applying.judge_unit(whole, [rule for rule in rules if rule.compares], settings).problems
        )
        judged.stems[:0] = [one for one in self._stems if one.item != draft.id] if judged.stems else []
        found += applying.settle([judged], rules, settings, False).problems
        return [one for one in found if one.item == draft.id]


_UNITS: Readings[OpenUnit] = Readings(20_000, lambda unit: len(unit.shelf.found))
"""The units opened last, with at most so many items."""


def opened(workspace: Path, code: str) -> OpenUnit:
    """Return a unit as its files are now; it is read again only if they have changed.

    Raises Refused if its `unit.yaml` cannot be read.
    """
    what, files = (str(workspace), code), partial(_files_of, workspace, code)
    if (known := _UNITS.known(what, files())) is not None:
        return known
    # the lock of the bank first, as those have it who change the bank
    with steady(workspace / "item_bank"):
        return _UNITS.of(what, files(), lambda: open_unit(workspace, code))


def open_unit(workspace: Path, code: str) -> OpenUnit:
    """Read a unit with its faults. Raises Refused if its `unit.yaml` cannot be read."""
    folder = workspace / "item_bank" / code
    shelf, problems = read_unit_draft(folder)
    if shelf is None:
        raise Refused.because("{code} has errors. Fix them first.", problems, code=code)
    items: Sequence[Item] = [one.item for one in shelf.found]
    statistics, more = statistics_of(folder)
    reviews, faults = reviews_of(folder)
    evidence = bank_statistics.evidence(items, statistics)
    claims = claims_of(folder, shelf.unit, shelf.stimuli)
    states = {} if faults else dict(approval_states(items, reviews, claims))
    voided = frozenset(name for name, state in states.items() if state != "stands")
    return OpenUnit(workspace, code, shelf, (*problems, *more), evidence, voided, claims)
