"""Compares the items of a unit: words of distractors that are in no key, and pairs of items that ask much the
same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from examgen.bank.checks import LocatedItem, UnitDraft
from examgen.bank.rules.item_words import folded, room, words
from examgen.bank.rules.rule import RuleFault, Setting, one_key
from examgen.core.models.item import Item
from examgen.core.words import tell

_WINDOW = 6
"""The number of letters in a run that is counted over all options."""
_SHOWN = 5


class Lure(Setting):
    """The smallest number of items whose distractors must have a word before it is a lure, and the highest
    probability that randomly chosen keys would lack it as well.
    """

    items: Annotated[int, Field(ge=4)] = 8
    chance: Annotated[float, Field(gt=0, le=0.25)] = 0.02


class ItemPair(NamedTuple):
    """Two items that ask much the same thing, and their likeness (0 to 1)."""

    one: str
    other: str
    likeness: float


# ── a lure that is never right ───────────────────────────────────────────────────────────────


def lure_never_right(shelf: UnitDraft, setting: Lure) -> Iterator[RuleFault]:
    """Find words that are in distractors of many items and in no key, so that candidates who have seen a few
    papers can rule them out.
    """
    judged = [(one, *parts) for one in shelf.found if (parts := one_key(one))]
    keys = "\n".join([folded(one.item.options[key]) for one, key, _ in judged])
    holding = Counter(
        run
        for _, _, wrong in judged
        for run in set().union(*(_runs(folded(text)) for text in wrong.values()))
    )
    often = {run for run, n in holding.items() if n >= setting.items and run not in keys}
    for word, items in _lures([one for one, _, _ in judged], often, setting).items():
        message = tell(
            "“{word}” is in distractors of {n} items ({items}) and in no key, so "
            "candidates can rule it out. Use it in a key, or reword the distractors.",
            word=word,
            n=len(items),
            items=", ".join(items[:_SHOWN]) + (" …" if len(items) > _SHOWN else ""),
        )
        yield RuleFault(None, "options", message)


def _runs(text: str) -> set[str]:
    """Return the runs of six letters in a text."""
    return {text[n : n + _WINDOW] for n in range(len(text) - _WINDOW + 1)}


def _lures(judged: Sequence[LocatedItem], often: set[str], setting: Lure) -> dict[str, list[str]]:
    """Return the words that contain frequent runs, each with the items that have it; the least likely by
    chance first.
    """
    if not often:
        return {}
    having: dict[str, list[tuple[LocatedItem, list[str]]]] = defaultdict(list)
    for one in judged:
        texts = [folded(text) for text in one.item.options.values()]
        known = [_runs(text) & often for text in texts]
        for window in set().union(*known):
            having[window].append(
                (one, [text for text, own in zip(texts, known, strict=True) if window in own])
            )
    keys = "\n".join(folded(one.item.options[one.item.key[0]]) for one in judged)
    found: dict[str, tuple[float, list[str]]] = {}
    for window, uses in having.items():
        chance = sum(log(1 - len(texts) / len(one.item.options)) for one, texts in uses)
        # The longest word of the first text that the run touches and all texts have; else the run
        every = [text for _, texts in uses for text in texts]
        start = every[0].index(window)
        end, at, whole = start + len(window), 0, []
        for word in words(every[0]):
            at = every[0].find(word, at)
            if at < 0:
                break
            if at < end and at + len(word) > start and all(word in text for text in every):
                whole.append(word)
            at += len(word)
        word = max(whole, key=room, default=window.strip())
        if chance <= log(setting.chance) and word not in keys:
            found[word] = min(
                found.get(word, (0.0, [])), (chance, [one.item.id for one, _ in uses]), key=lambda it: it[0]
            )
    return {word: items for word, (_, items) in sorted(found.items(), key=lambda it: it[1][0])}


# ── pairs that ask much the same ─────────────────────────────────────────────────────────────

_LEAST_LIKENESS = 0.12
_MOST_PAIRS = 20
_GRAM = 4
_BUCKETS = 1 << 14


def pairs(items: Sequence[Item]) -> list[ItemPair]:
    """Return pairs of items of a unit that may ask the same thing, most alike first, for an author to
    consider as enemies.

    Likeness is the cosine of the counts of runs of four letters in stem, key and rationale of the key,
    weighted so that rare runs count more (tf-idf; Salton & Buckley 1988). Enemies and items with the same
    stimulus are left out.
    """
    if len(items) < 2:
        return []
    runs = [_counted(item) for item in items]
    holding = Counter(run for own in runs for run in own)
    table = np.zeros((len(items), _BUCKETS), dtype=np.float32)
    for n, own in enumerate(runs):
        for run, count in own.items():
            # The same number for a run in every process.
            number = 0
            for letter in run:
                number = (number * 1_000_003 + ord(letter)) % (1 << 32)
            table[n, (number % _BUCKETS)] += (1 + log(count)) * log(len(items) / holding[run])
    table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
    alike = np.triu(table @ table.T, 1)
    found: list[ItemPair] = []
    for n, m in np.argwhere(alike >= _LEAST_LIKENESS):
        one, other = items[n], items[m]
        if not one.is_enemy(other) and (
            one.shared_stimulus is None or one.shared_stimulus != other.shared_stimulus
        ):
            found.append(ItemPair(one.id, other.id, float(alike[n, m])))
    return sorted(found, key=lambda pair: (-pair.likeness, pair))[:_MOST_PAIRS]


def _counted(item: Item) -> Mapping[str, int]:
    texts = [
        item.stem,
        *(text for key in item.key for text in (item.options[key], item.rationale.get(key, ""))),
    ]
    squeezed = [folded(text).replace(" ", "") for text in texts]
    return Counter(text[n : n + _GRAM] for text in squeezed for n in range(len(text) - _GRAM + 1))
