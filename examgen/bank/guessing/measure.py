"""What items look like → how many keys their looks give away, against chance and against shuffled keys.

A guesser learns from the items of the other criteria how right options look, and marks in each item the
option that looks most so; it understands no word. What it finds beyond chance, a candidate who has sat enough
papers of the house can find, too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.bank.guessing.choice import FirstSteps, folds_of, without_each
from examgen.bank.guessing.looks import CUES, Looks, cues, extreme, in_places, over_places

LEAST_ITEMS = 60
"""Under these the share found is off by more than ten points in one bank of twenty that has no cue."""
RUNS = 200
_SEED = 1974
_MOST_ITEMS = 20
_AT_ONCE = 100_000
"""Numbers of shuffled keys that are worked on together: as many as stay near the processor."""

COLUMNS: dict[str, range] = {
    "length": range(0, 6),
    "stem": range(6, 9),
    "others": range(9, 14),
    "edges": range(14, 18),
    "digits": range(18, 19),
    "words": range(19, 23),
    "marks": range(23, 27),
    "place": range(27, 31),
}
"""What cues are about: the columns of the model in eight groups."""


class GuessingHabit(NamedTuple):
    """A guesser's habit that needs no model: the share of keys that it finds, ties shared, and how far that
    lies from chance in standard errors (those of keys shuffled within items, exactly)."""

    name: str
    share: float
    z: float


class CueGroup(NamedTuple):
    """Cues of one kind: the share of keys found by them alone, cross-validated (by a step of the model)."""

    name: str
    share: float


class RevealingCue(NamedTuple):
    """A kind of cues that told a key, the strongest of them, and whether the key has more of what that
    counts than every other option (+1), less (-1) or neither (0)."""

    group: str
    cue: str
    sign: int


class RevealingItem(NamedTuple):
    """An item whose key the guesser found: how sure it was, and what told it most.

    `length` is that of the key in visible characters, `lengths` are those of the other options.
    """

    item: str
    probability: float
    reasons: tuple[RevealingCue, ...]
    length: int
    lengths: tuple[int, ...]


class Guessed(NamedTuple):
    """What a guesser finds; shares run from 0 to 1, and are None where the items are too few to say
    (`chance` where there are none).

    `shuffled`, `low` and `high` are the mean and the 2.5th and 97.5th percentile of the same with keys that
    were shuffled within items, `p` the share of such runs, this one counted in, that find as many.
    """

    n_items: int
    least: int
    chance: float | None
    share: float | None
    shuffled: float | None
    low: float | None
    high: float | None
    p: float | None
    habits: tuple[GuessingHabit, ...]
    groups: tuple[CueGroup, ...]
    worst: tuple[RevealingItem, ...]

    @property
    def more_than_chance(self) -> bool:
        """Whether shuffled keys are rarely found so often."""
        return self.p is not None and self.p < 0.05

    @property
    def gain(self) -> float:
        """How far the share found lies above chance, if that is more than chance; else 0."""
        if self.share is None or self.chance is None or not self.more_than_chance:
            return 0.0
        return self.share - self.chance


def measure(looks: Looks, least: int = LEAST_ITEMS) -> Guessed:
    """How well the keys can be guessed."""

    n_items = len(looks.items)
    if n_items == 0:
        return Guessed(0, least, None, *(None,) * 5, (), (), ())
    table, there = cues(looks)
    right = in_places(looks, there, looks.right)
    share = right / right.sum(1, keepdims=True)
    chance = float((right.sum(1) / looks.n_options).mean())
    # What single rules of thumb find
    seen = in_places(looks, there)
    length, _, stem, like = (seen[..., n] for n in range(4))
    middle, digits, absolutes, hedges, negatives = (seen[..., n] for n in range(8, 13))
    places = np.broadcast_to(np.arange(there.shape[1])[None, :], there.shape)
    by_name = {
        "shortest": -length,
        "longest": length,
        "most like the stem": stem,
        "least like the stem": -stem,
        "most like the others": like,
        "least like the others": -like,
        "number in the middle": middle,
        "most digits": digits,
        "fewest digits": -digits,
        "most absolute words": absolutes,
        "fewest absolute words": -absolutes,
        "most hedges": hedges,
        "fewest hedges": -hedges,
        "most negatives": negatives,
        "fewest negatives": -negatives,
        "first option": -places,
        "last option": places,
    }
    habits = tuple(_habit(name, value, there, right) for name, value in by_name.items())
    if n_items < least:
        return Guessed(n_items, least, chance, *(None,) * 5, habits, (), ())
    folds = folds_of(looks.criteria)
    believed, models = without_each(table, there, share, folds)
    found = float(hits(believed, there, right).mean())
    steps = FirstSteps(table, there, folds)
    runs = shuffled(steps, there, share)
    low, high = central(runs)
    groups = []
    for name, columns in COLUMNS.items():
        [alone] = steps.by(columns)(share[None])
        groups.append(CueGroup(name, float(hits(alone, there, right).mean())))
    # The items whose key the guesser found and was surest of, and why
    worst = hits(believed, there, right) == 1
    sure = np.where(worst, (believed * right).max(1), -1.0)
    chosen = [n for n in np.argsort(-sure, kind="stable")[:_MOST_ITEMS] if worst[n]]
    lengths = in_places(looks, there)[..., 0]
    return Guessed(
        n_items,
        least,
        chance,
        found,
        float(runs.mean()),
        low,
        high,
        float((1 + (runs >= found - 1e-9).sum()) / (1 + len(runs))),
        habits,
        tuple(sorted(groups, key=lambda one: -one.share)),
        tuple(
            _given(
                looks.items[n],
                float(sure[n]),
                table[n, there[n]],
                int((believed[n] * right[n]).argmax()),
                models[folds[n]],
                lengths[n, there[n]],
            )
            for n in chosen
        ),
    )


def hits(
    believed: NDArray[np.floating], there: NDArray[np.bool_], right: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Of each item the share of its most believed options that is right."""
    return over_places(np.add, extreme(believed, there) * right)


def shuffled(steps: FirstSteps, there: NDArray[np.bool_], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share found in each of the runs with keys shuffled within items."""
    chance = np.random.default_rng(_SEED)
    at_once = max(1, min(RUNS, _AT_ONCE // max(share.size, 1)))
    found: list[float] = []
    while len(found) < RUNS:
        shape = (min(at_once, RUNS - len(found)), *share.shape)
        order = np.argsort(np.where(there, chance.random(shape), 2.0), axis=-1)
        shares = np.take_along_axis(np.broadcast_to(share, shape), order, -1)
        found += hits(steps(shares), there, shares > 0).mean(-1).tolist()
    return np.array(found)


def central(runs: NDArray[np.float64]) -> tuple[float, float]:
    """The 2.5th and 97.5th percentile, as numpy has them, which loads more than this takes."""
    ordered: list[float] = sorted(runs.tolist())

    def at(share: float) -> float:
        place = share * (len(ordered) - 1)
        first, part = int(place), place % 1
        low, high = ordered[first], ordered[min(first + 1, len(ordered) - 1)]
        return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)

    return at(0.025), at(0.975)


def _habit(
    name: str, value: NDArray[np.floating], there: NDArray[np.bool_], right: NDArray[np.bool_]
) -> GuessingHabit:
    """Of t options on top, with m of k options right, a hypergeometric number is right."""
    top = extreme(value, there)
    t, m, k = (top > 0).sum(1), right.sum(1), there.sum(1)
    found = (top * right).sum(1)
    spread = m / k * (1 - m / k) * (k - t) / np.maximum(k - 1, 1) / t
    error = float(np.sqrt(spread.sum()))
    beyond = float((found - m / k).sum())
    return GuessingHabit(name, float(found.mean()), beyond / error if error > 0 else 0.0)


def _given(
    item: str,
    probability: float,
    options: NDArray[np.float64],
    key: int,
    model: NDArray[np.float64],
    lengths: NDArray[np.floating],
) -> RevealingItem:
    """Why an item gives itself away: how far each group of cues sets its key above the mean of the others."""
    weights = (options[key] - np.delete(options, key, axis=0).mean(0)) * model
    told = {name: float(sum(weights[n] for n in columns)) for name, columns in COLUMNS.items()}
    most = sorted((name for name in told if told[name] > 0), key=lambda name: -told[name])[:2]
    reasons = []
    for name in (name for name in most if told[name] >= told[most[0]] / 2):
        strongest = max(COLUMNS[name], key=lambda n: float(weights[n]))
        counted = COLUMNS[name][0] if name == "length" else strongest
        beside = np.delete(options[:, counted], key)
        sign = int(options[key, counted] > beside.max()) - int(options[key, counted] < beside.min())
        reasons.append(RevealingCue(name, CUES[strongest], sign))
    shown = [round(float(length)) for length in lengths]
    others = tuple(sorted(shown[:key] + shown[key + 1 :]))
    return RevealingItem(item, probability, tuple(reasons), shown[key], others)
