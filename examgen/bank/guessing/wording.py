"""Items → how many keys their wording gives away besides their looks: what words right options tend to have.

The cues are those of `looks`, and for each of the most frequent runs of letters whether an option has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np

from examgen.bank.guessing.choice import FirstSteps, folds_of
from examgen.bank.guessing.looks import cues, in_places, look_of
from examgen.bank.guessing.measure import LEAST_ITEMS, central, hits, shuffled
from examgen.bank.rules.item_words import folded, words
from examgen.core.models.item import Item

_GRAM = 4
_MOST_RUNS = 150
_LEAST_USES = 8
_MOST_WORDS = 12
_STRIKING = 2.0


class Word(NamedTuple):
    """A word of options: the items in which some options have it and some not, the keys that have it, the
    number that keys by lot would, and how far apart these lie in standard errors."""

    word: str
    items: int
    keys: int
    expected: float
    z: float


class Worded(NamedTuple):
    """The share of keys found by looks and wording, 2.5th and 97.5th percentile of shuffled keys, `p` as in
    `Guessed`, and the words that tell most, best first; shares are None where the items are too few."""

    share: float | None
    low: float | None
    high: float | None
    p: float | None
    words: tuple[Word, ...]


def worded(items: Sequence[Item]) -> Worded:
    """What looks and wording give away; the model is that of shuffled keys, a step from zero."""
    items = [item for item in items if 0 < len(item.key) < len(item.options)]
    if len(items) < LEAST_ITEMS:
        return Worded(None, None, None, None, ())
    looks = look_of(items)
    table, there = cues(looks)
    right = in_places(looks, there, looks.right)
    share, folds = right / right.sum(1, keepdims=True), folds_of(looks.criteria)
    # (items, most options, runs): 1 where an option has a run, less the mean of its item
    own = [
        [
            frozenset(text[n : n + _GRAM] for n in range(len(text) - _GRAM + 1))
            for text in map(folded, item.options.values())
        ]
        for item in items
    ]
    counts = Counter(run for options in own for run in _some(options))
    known = {
        run: n
        for n, (run, _) in enumerate(sorted(counts.items(), key=lambda it: (-it[1], it[0]))[:_MOST_RUNS])
    }
    runs_of = np.zeros((*there.shape, len(known)))
    for n, options in enumerate(own):
        for k, grams in enumerate(options):
            runs_of[n, k, [known[run] for run in grams if run in known]] = 1.0
        runs_of[n, : len(options)] -= runs_of[n, : len(options)].mean(0)
    table = np.concatenate([table, runs_of], axis=-1)
    steps = FirstSteps(table, there, folds)
    found = float(hits(steps(share[None])[0], there, right).mean())
    runs = shuffled(steps, there, share)
    low, high = central(runs)
    p = float((1 + (runs >= found - 1e-9).sum()) / (1 + len(runs)))
    return Worded(found, low, high, p, _telling(items))


def _some(options: Sequence[frozenset[str]]) -> frozenset[str]:
    """What some options have and some not."""
    return frozenset().union(*options) - frozenset(options[0]).intersection(*options)


def _telling(items: Sequence[Item]) -> tuple[Word, ...]:
    """Words that stand in keys much more or much less often than by lot."""
    seen: dict[str, list[tuple[float, float]]] = {}
    for item in items:
        own = {name: frozenset(words(text)) for name, text in item.options.items()}
        share = len(item.key) / len(own)
        for word in _some([*own.values()]):
            having = [name for name, known in own.items() if word in known]
            k, t = len(own), len(having)
            # hypergeometric: of t options with the word, of k, the number that are right
            variance = t * share * (1 - share) * (k - t) / max(k - 1, 1)
            seen.setdefault(word, []).append((sum(name in item.key for name in having) - t * share, variance))
    found = []
    for word, uses in seen.items():
        beyond, error = sum(one for one, _ in uses), sqrt(sum(variance for _, variance in uses))
        if len(uses) >= _LEAST_USES and error > 0 and abs(beyond / error) >= _STRIKING:
            keys = sum(any(word in words(item.options[key]) for key in item.key) for item in items)
            found.append(Word(word, len(uses), keys, keys - beyond, beyond / error))
    return tuple(sorted(found, key=lambda one: (-abs(one.z), one.word))[:_MOST_WORDS])
