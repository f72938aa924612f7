"""Compares the items of a unit: words of distractors that are in no key."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import log
from typing import Annotated

from pydantic import Field

from examgen.bank.checks import LocatedItem, UnitDraft
from examgen.bank.rules.item_words import folded, room, words
from examgen.bank.rules.rule import RuleFault, Setting, one_key
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
