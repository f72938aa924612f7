"""Computes item-objective congruence and Angoff cut scores from experts' ratings.

There are three kinds of ratings: `ioc` (+1, 0, −1), `angoff` (a probability, 0–1) and `angoff-yes-no` (1 or
0).
"""

from __future__ import annotations

import datetime
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Literal, NamedTuple, Self, get_args

import numpy as np
from pydantic import Field, model_validator

from examgen.bank.reviews.statuses import Sha256
from examgen.core.models.field_types import Level, Model, Text
from examgen.core.words import tell
from examgen.stats.judge_ratings import completed, exact

RATINGS_FILE = "ratings.yaml"
LEAST_IOC = 0.5
"""The lowest congruence at which an item needs no second look; the usual limit in Thailand."""

Kind = Literal["ioc", "angoff", "angoff-yes-no"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Number = int | float


class Rating(Model):
    """A rating by one expert of one item for its stated criterion, and the text that was rated.

    `value` is None if there is only a comment or a level; `suits` is the level at which the item best tells
    candidates apart, if the expert chose one.
    """

    kind: Kind
    level: Level | None = None
    round: Annotated[int, Field(ge=1, strict=True)] = 1
    expert: Text
    name: Text | None = None
    item: Text
    hash: Sha256
    pc: Text
    edition: Sha256
    value: Number | None = None
    suits: Level | None = None
    comment: Text | None = None
    date: datetime.date

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.value is None and self.comment is None and self.suits is None:
            raise ValueError(tell("give a value, a level or a comment"))
        if self.value is not None and not is_possible(self.kind, self.value):
            raise ValueError(tell("{value} is not a rating of kind {kind}", value=self.value, kind=self.kind))
        return self


class RatingPanel(NamedTuple):
    """The task of a panel of experts: the kind of rating, the level and the round."""

    kind: Kind
    level: int | None
    round: int


class JudgedItem(NamedTuple):
    """The part of an item that a rating is about: its text, as a hash, and the criterion that it is written
    for.
    """

    hash: str
    pc: str


class Comment(NamedTuple):
    """A comment, the expert who wrote it, and the rating given with it."""

    expert: str
    value: Number | None
    text: str


class Congruence(NamedTuple):
    """The item-objective congruence of an item, from −1 to 1. `sd` is None for a single rating; an item below
    `least` needs another look.
    """

    item: str
    pc: str
    n: int
    ioc: float
    lowest: Number
    highest: Number
    sd: float | None
    least: float = LEAST_IOC

    @property
    def is_low(self) -> bool:
        """Whether it is below the limit."""
        return self.ioc < self.least


class ItemLevel(NamedTuple):
    """The minimum passing level of an item: mean, SD over experts (None for one expert), lowest and highest
    rating.
    """

    item: str
    n: int
    mean: float
    sd: float | None
    lowest: Number
    highest: Number


class AngoffCut(NamedTuple):
    """An Angoff cut score in points, one point for each item; None if an item of the form has no rating.

    `sums` has the cut score of each expert who rated more than half of the items, with `estimated` ratings
    for the others; `se` is the standard error of the cut over these experts, None for fewer than two;
    `incomplete` lists the experts who did not rate every item.
    """

    items: tuple[ItemLevel, ...]
    unrated: tuple[str, ...]
    cut: float | None
    se: float | None
    sums: dict[str, float]
    incomplete: tuple[str, ...]


class Earlier(NamedTuple):
    """The ratings of an item in the previous round that an expert sees: their own, and those of the whole
    panel.
    """

    own: Number | None
    values: tuple[Number, ...]

    @property
    def median(self) -> float:
        """The median rating of the panel."""
        return float(statistics.median(self.values))


def is_possible(kind: Kind, value: Number) -> bool:
    """Return whether the value is a valid rating of this kind."""
    if kind == "ioc":
        return value in (-1, 0, 1)
    return value in (0, 1) if kind == "angoff-yes-no" else 0 <= value <= 1


def panel_of(rating: Rating) -> RatingPanel:
    """Return the panel that a rating belongs to."""
    return RatingPanel(rating.kind, rating.level, rating.round)


def current(ratings: Iterable[Rating], present: Mapping[str, JudgedItem]) -> tuple[Rating, ...]:
    """Return the ratings of the current texts of the items; the last one if an expert rated an item more than
    once.
    """
    last: dict[tuple[object, ...], Rating] = {}
    for rating in ratings:
        if present.get(rating.item) == JudgedItem(rating.hash, rating.pc):
            last[panel_of(rating), rating.expert, rating.item] = rating
    return tuple(last.values())


def outdated(ratings: Iterable[Rating], now: Iterable[Rating]) -> dict[RatingPanel, tuple[str, ...]]:
    """Return, by panel, the items that have ratings but none of their current text."""
    hold = {(panel_of(rating), rating.item) for rating in now}
    found: dict[RatingPanel, set[str]] = {}
    for rating in ratings:
        if (panel_of(rating), rating.item) not in hold:
            found.setdefault(panel_of(rating), set()).add(rating.item)
    return {panel: tuple(sorted(items)) for panel, items in found.items()}


def by_panel(ratings: Iterable[Rating]) -> dict[RatingPanel, tuple[Rating, ...]]:
    """Return the ratings of each panel, with panels ordered by kind, level and round."""
    found: dict[RatingPanel, list[Rating]] = {}
    for rating in ratings:
        found.setdefault(panel_of(rating), []).append(rating)
    ordered = sorted(found, key=lambda panel: (KINDS.index(panel.kind), panel.level or 0, panel.round))
    return {panel: tuple(found[panel]) for panel in ordered}


def congruence(ratings: Sequence[Rating], least: float = LEAST_IOC) -> tuple[Congruence, ...]:
    """Return the item-objective congruence (IOC) of each item, in order of id.

    Estimates how far content specialists agree that an item measures its stated objective, as the mean
    over experts of their ratings

        IOC = Σ R / n,   R = +1 measures it, 0 undecided, −1 does not

    Range −1 … 1; below 0.50 the item is revised or dropped. This is the form of the index in which an
    item is rated for its own objective alone. Rovinelli and Hambleton's full index has each expert rate
    each item for all N objectives: I = N (μ_k − μ) / (2N − 2), with μ_k the mean for the stated one and μ
    that for all; for given ratings of the other objectives it rises linearly with the mean used here.

    Parameters
    ----------
    ratings : ratings of one panel, at most one by an expert for an item
    least : limit below which an item needs another look

    Raises
    ------
    ValueError
        If the ratings are of more than one panel, or an expert rated an item twice.

    References
    ----------
    Rovinelli, R. J., & Hambleton, R. K. (1977). On the use of content specialists in the assessment of
    criterion-referenced test item validity. Dutch Journal of Educational Research, 2, 49–60.
    """
    return tuple(
        Congruence(
            item, pc, len(values), sum(values) / len(values), min(values), max(values), _sd(values), least
        )
        for item, rated in sorted(_by_item(ratings).items())
        for pc, values in [(rated[0].pc, _values(rated))]
    )


def angoff_cut(ratings: Sequence[Rating], item_ids: Sequence[str]) -> AngoffCut:
    """Return the cut score of a test of these items, by the Angoff or the yes/no Angoff method.

    Each expert estimates the probability that a minimally competent candidate answers each item
    correctly (Angoff 1971), or whether such a candidate does (Impara & Plake 1997: 1 or 0). The mean over
    experts is the item's minimum passing level (MPL); the cut score is their sum over the items, with
    one point for each item. Its standard error over experts is

        SE = s / √n

    with s the standard deviation (n − 1) of the experts' sums and n their number. In the sum of an expert who
    rated more than half of the items, a missing rating is `estimated`. One who rated fewer has no sum: these
    ratings count in the means of the items, but not in SE.

    Parameters
    ----------
    ratings : ratings of one panel, at most one by an expert for an item; other items are ignored
    item_ids : the items of the test, each once

    Returns
    -------
    AngoffCut
        `cut` between 0 and len(item_ids).

    Raises
    ------
    ValueError
        If the ratings are of more than one panel or of IOC, an expert rated an item twice, or an item
        is listed twice.

    References
    ----------
    Angoff, W. H. (1971). Scales, norms, and equivalent scores. In R. L. Thorndike (Ed.), Educational
    measurement (2nd ed., pp. 508–600). American Council on Education.
    Impara, J. C., & Plake, B. S. (1997). Standard setting: An alternative approach. Journal of
    Educational Measurement, 34(4), 353–366.
    """
    if any(rating.kind == "ioc" for rating in ratings):
        raise ValueError(tell("ratings of congruence set no cut score"))
    if len(set(item_ids)) < len(item_ids):
        raise ValueError(tell("an item is listed twice"))
    wanted = set(item_ids)
    rated = _by_item([rating for rating in ratings if rating.item in wanted])
    items = tuple(
        ItemLevel(item, len(values), math.fsum(values) / len(values), _sd(values), min(values), max(values))
        for item in item_ids
        if item in rated and (values := _values(rated[item]))
    )
    unrated = tuple(item for item in item_ids if item not in rated)
    by_expert: dict[str, dict[str, Number]] = {}
    for rating in (one for item in item_ids for one in rated.get(item, ())):
        if rating.value is not None:
            by_expert.setdefault(rating.expert, {})[rating.item] = rating.value
    whole = dict(zip(by_expert, estimated(list(by_expert.values()), item_ids), strict=True))
    sums = {expert: math.fsum(own.values()) for expert, own in sorted(whole.items()) if own}
    spread = _sd(list(sums.values()))
    return AngoffCut(
        items=items,
        unrated=unrated,
        cut=math.fsum(one.mean for one in items) if items and not unrated else None,
        se=spread / math.sqrt(len(sums)) if spread is not None else None,
        sums=sums,
        incomplete=tuple(sorted(one for one, own in by_expert.items() if len(own) < len(item_ids))),
    )


def estimated(
    said: Sequence[Mapping[str, Number | Fraction]], items: Sequence[str]
) -> list[dict[str, Fraction]]:
    """Return each expert's rating of every item, in which a missing one is the fitted value of a two-way
    analysis (`examgen.stats.judge_ratings.completed`). Empty for an expert who does not count in the standard
    error.
    """
    table = [[own.get(item) for item in items] for own in said]
    if not items or all(None not in row for row in table):
        return [{item: exact(own[item]) for item in items} for own in said]
    shares = np.array([[np.nan if one is None else float(one) for one in row] for row in table])
    whole, counts = completed(shares)
    return [
        {
            item: Fraction(value) if own.get(item) is None else exact(own[item])
            for item, value in zip(items, row, strict=True)
        }
        if is_used
        else {}
        for own, row, is_used in zip(said, whole.tolist(), counts.tolist(), strict=True)
    ]


def _sd(values: Sequence[Number]) -> float | None:
    """Return the standard deviation with n − 1; None for fewer than two values."""
    return float(statistics.stdev(values)) if len(values) > 1 else None


def _values(rated: Sequence[Rating]) -> list[Number]:
    return [rating.value for rating in rated if rating.value is not None]


def _by_item(ratings: Sequence[Rating]) -> dict[str, list[Rating]]:
    """Return the ratings that have a value, by item. Raises ValueError if an expert rated an item twice or
    the ratings are of several panels.
    """
    if len({panel_of(rating) for rating in ratings}) > 1:
        raise ValueError(tell("ratings of more than one kind, level or round"))
    found: dict[str, list[Rating]] = {}
    for rating in ratings:
        if rating.value is not None:
            found.setdefault(rating.item, []).append(rating)
    if any(len({rating.expert for rating in rated}) < len(rated) for rated in found.values()):
        raise ValueError(tell("an expert has rated an item twice"))
    return found


def comments(ratings: Sequence[Rating]) -> dict[str, tuple[Comment, ...]]:
    """Return the comments by item, in order of item id."""
    found: dict[str, list[Comment]] = {}
    for rating in sorted(ratings, key=lambda one: (one.item, one.expert)):
        if rating.comment:
            found.setdefault(rating.item, []).append(Comment(rating.expert, rating.value, rating.comment))
    return {item: tuple(said) for item, said in found.items()}


def earlier(ratings: Sequence[Rating], expert: str) -> dict[str, Earlier]:
    """Return, by item, the ratings of a finished round that this expert sees."""
    return {
        item: Earlier(
            next((rating.value for rating in rated if rating.expert == expert), None),
            tuple(_values(rated)),
        )
        for item, rated in _by_item(ratings).items()
    }
