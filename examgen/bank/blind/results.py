"""Computes from readers' choices how many keys can be found from the options alone.

Answers of several readers to one item are not independent, so proportions have Wilson's interval with their
effective number of answers (`share_within`), with items as clusters.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from examgen.bank.blind.answers import Reading
from examgen.bank.blind.forms import BlindForm
from examgen.core.models.item import Item
from examgen.stats.agreement_coefficients import share_within

SURE = 3
"""The sureness of a reader who is not guessing."""


class BlindAnswer(NamedTuple):
    """A reader's choice for an item, and whether it is right."""

    reader: str
    item: Item
    is_right: bool
    sure: int | None


class BlindShare(NamedTuple):
    """The proportion of right answers, its 95 % interval, and the proportion expected by chance."""

    name: str
    answers: int
    right: int
    share: float
    low: float
    high: float
    chance: float


class TellingItem(NamedTuple):
    """An item with its number of readers, how many found its key, and how many of these were sure."""

    item: str
    readers: int
    right: int
    sure: int

    @property
    def gives_away(self) -> bool:
        """Whether more than half of its readers found the key and were sure of it."""
        return self.sure * 2 > self.readers


class BlindResult(NamedTuple):
    """The result of a blind reading: how much the options reveal without their questions.

    `changed` lists items whose text has changed since the form was drawn; they are left out. `of_unit` is the
    proportion for all items in use, weighted by the numbers of family items and single items, because a form
    has at most one item of a family.
    """

    all: BlindShare
    of_unit: float
    readers: tuple[BlindShare, ...]
    levels: tuple[BlindShare, ...]
    kinds: tuple[BlindShare, ...]
    families: tuple[BlindShare, ...]
    sureness: tuple[BlindShare, ...]
    items: tuple[TellingItem, ...]
    changed: tuple[str, ...]


def blind_result(
    form: BlindForm, readings: Sequence[Reading], items: Mapping[str, Item], unit: Sequence[Item]
) -> BlindResult:
    """Return the result of at least one reading. `items` are all items of the unit by id, `unit` those that
    may be used.
    """
    asked = {one.question: one for one in form.questions}
    changed = tuple(
        one.item for one in form.questions if one.item not in items or items[one.item].sha256() != one.sha256
    )
    answers = []
    for reading in readings:
        for number, choice in sorted(reading.choices.items()):
            question = asked[number]
            if question.item not in changed:
                item = items[question.item]
                is_right = question.order[choice.place] in item.key
                answers.append(BlindAnswer(reading.file, item, is_right, choice.sure))
    of_item: dict[str, list[BlindAnswer]] = defaultdict(list)
    for one in answers:
        of_item[one.item.id].append(one)
    told = [
        TellingItem(
            name,
            len(own),
            sum(one.is_right for one in own),
            sum(one.is_right and one.sure == SURE for one in own),
        )
        for name, own in of_item.items()
    ]
    families = _shares(answers, lambda one: _in_family(one.item))
    return BlindResult(
        _share("", answers),
        _over_all(families, unit),
        _shares(answers, lambda one: one.reader),
        _shares(answers, lambda one: ", ".join(map(str, one.item.levels))),
        _shares(answers, lambda one: one.item.decided_by or ""),
        families,
        _shares(answers, lambda one: "" if one.sure is None else str(one.sure)),
        tuple(sorted(told, key=lambda one: (-one.sure / one.readers, -one.right / one.readers, one.item))),
        changed,
    )


def _shares(answers: Iterable[BlindAnswer], name_of: Callable[[BlindAnswer], str]) -> tuple[BlindShare, ...]:
    found: dict[str, list[BlindAnswer]] = defaultdict(list)
    for one in answers:
        found[name_of(one)].append(one)
    return tuple(_share(name, own) for name, own in sorted(found.items()))


def _in_family(item: Item) -> str:
    return "family" if item.family else "single"


def _over_all(families: Iterable[BlindShare], unit: Iterable[Item]) -> float:
    """Return the mean of the shares, weighted by the items of the unit that each represents; NaN if there are
    no answers.
    """
    counts, shares = Counter(map(_in_family, unit)), {one.name: one.share for one in families}
    known = sum(counts[name] for name in shares)
    return sum(counts[name] * share for name, share in shares.items()) / known if known else float("nan")


def _share(name: str, answers: Sequence[BlindAnswer]) -> BlindShare:
    right = [one.is_right for one in answers]
    chance = [len(one.item.key) / len(one.item.options) for one in answers]
    items = {one.item.id: n for n, one in enumerate(answers)}
    found = share_within(right, np.ones(len(answers)), cluster=[items[one.item.id] for one in answers])
    return BlindShare(
        name, len(answers), sum(right), *found[:3], float(np.mean(chance)) if chance else float("nan")
    )
