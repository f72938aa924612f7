"""The look of items → how many keys it gives away, compared with chance and with shuffled keys.

A guesser learns from the items of other criteria how right options look, and marks in each item the option
that looks most like one; it understands no word. What it finds beyond chance, a candidate who has seen
enough papers of the body can find, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.bank.guessing.choice import FirstSteps, Table, folds_of, without_each
from examgen.bank.guessing.looks import CUES, Looks, cues, extreme, in_places, over_places

LEAST_ITEMS = 60
"""With fewer items, the share found errs by more than ten points in one of twenty banks without cues."""
RUNS = 200
_SEED = 1974
_MOST_ITEMS = 20
_AT_ONCE = 100_000
"""How many numbers of shuffled keys are processed together: few enough for the processor's cache."""

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
"""The columns of the model in eight groups of cues."""


class GuessingHabit(NamedTuple):
    """A rule of thumb of a guesser: the share of keys that it finds (ties count in part), and how far that is
    from chance in standard errors (exact ones, of keys shuffled within items)."""

    name: str
    share: float
    z: float


class CueGroup(NamedTuple):
    """Cues of one kind: the share of keys that they find alone, cross-validated (one step of the model)."""

    name: str
    share: float


class RevealingCue(NamedTuple):
    """A group of cues that revealed a key, and its strongest cue. `sign` says whether the key has more of
    what the cue counts than every other option (+1), less (-1) or neither (0)."""

    group: str
    cue: str
    sign: int


class RevealingItem(NamedTuple):
    """An item whose key the guesser found: how sure it was, and the cues that revealed it most.

    `length` is the length of the key in visible characters, `lengths` are those of the other options.
    """

    item: str
    probability: float
    reasons: tuple[RevealingCue, ...]
    length: int
    lengths: tuple[int, ...]


class Guessed(NamedTuple):
    """What a guesser finds. Shares run from 0 to 1; they are None with too few items (`chance` without any).

    `shuffled`, `low` and `high` are the mean and the 2.5th and 97.5th percentile of the share found with keys
    shuffled within items. `p` is the proportion of such runs, the real one included, that find as many keys.
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
        """Whether shuffled keys are rarely found as often."""
        return self.p is not None and self.p < 0.05

    @property
    def gain(self) -> float:
        """The share found minus chance if the difference is significant, else 0."""
        if self.share is None or self.chance is None or not self.more_than_chance:
            return 0.0
        return self.share - self.chance


def measure(looks: Looks, least: int = LEAST_ITEMS) -> Guessed:
    """How well the keys can be guessed; with fewer than `least` items, only by rules of thumb."""

    n_items = len(looks.items)
    if n_items == 0:
        return Guessed(0, least, None, *(None,) * 5, (), (), ())
    table, there = cues(looks)
    right = in_places(looks, there, looks.right)
    share = right / right.sum(1, keepdims=True)
    chance = float((right.sum(1) / looks.n_options).mean())
    # What single rules of thumb find.
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
    # The items with found keys of which the guesser was surest, and why.
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
    """For each item, the proportion of its most believed options that are right."""
    return over_places(np.add, extreme(believed, there) * right)


def shuffled(
    steps: Callable[[Table], Table], there: NDArray[np.bool_], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(RUNS,) the share found in each run with keys shuffled within items."""
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
    """The 2.5th and 97.5th percentile as numpy computes them; loading that takes longer than this."""
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
    """If m of k options are right, the number of right ones among the t on top is hypergeometric."""
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
    """Why an item reveals its key: how far each group of cues puts the key above the mean of the others."""
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
