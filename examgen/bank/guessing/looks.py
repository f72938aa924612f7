"""Items → what their options look like: a row of figures for each option, none of which says what it means.

Whether an option is right does not enter here, nor does its name: only the order in which options stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.bank.rules.item_words import folded, is_thai, room
from examgen.bank.rules.patterns import (
    ABSOLUTE_WORDS,
    HEDGE_WORDS,
    JOINING_WORDS,
    NEGATIVE_WORDS,
    PUNCTUATION,
)
from examgen.core.models.item import Item

GRAM = 3
"""Letters of a run by which texts are compared; no dictionary is asked."""
_NUMBER = re.compile(r"\d(?:[\d,]*\d)?(?:\.\d+)?")
_SMALL_LATIN = re.compile("[a-z]")
_ALIKE = 3
"""Visible letters that two options must begin or end with to begin or end alike."""
_LENGTH, _IN_STEM, _STEM_SHARE, _MEAN_LIKE, _MAX_LIKE, _CENTRE, _BEGIN, _END, _MIDDLE = range(9)
_DIGITS, _ABSOLUTE, _HEDGE, _NEGATIVE, _JOINED, _BRACKETS, _PUNCTUATION, _LATIN = range(9, 17)
N_SEEN = 17

CUES = (
    "length",
    "longest",
    "shortest",
    "rank of length",
    "margin of the longest",
    "margin of the shortest",
    "runs of the stem",
    "share in the stem",
    "most like the stem",
    "likeness to the others",
    "likeness to the nearest",
    "nearness to the middle",
    "most like the others",
    "least like the others",
    "beginning shared",
    "end shared",
    "beginning unlike the rest",
    "end unlike the rest",
    "digits",
    "absolutes",
    "hedges",
    "negatives",
    "joining words",
    "brackets",
    "punctuation",
    "Latin letters",
    "alone in a mark",
    "first place",
    "second place",
    "third place",
    "last place",
)
"""The columns of the model, in order."""


class PresentedItem(NamedTuple):
    """An item as a guesser has it, and which of its options are right, for the marking."""

    item: str
    criterion: str
    stem: str
    options: tuple[str, ...]
    keys: frozenset[int]


class Looks(NamedTuple):
    """What items look like; as many rows of `seen` and `right` as all of them have options together.

    `seen` has a row for each option: visible length, runs shared with the stem, their share of the option,
    mean and greatest likeness to another option, nearness to the middle of all, options that begin, that end
    as it does, whether its number is neither the least nor the greatest, then how often it has digits,
    absolutes, hedges, negatives, joining words, brackets, punctuation, and its share of Latin letters.
    """

    items: tuple[str, ...]
    criteria: tuple[str, ...]
    n_options: NDArray[np.intp]
    seen: NDArray[np.float32]
    right: NDArray[np.bool_]


def look(asked: Iterable[PresentedItem]) -> Looks:
    """What the items look like."""
    items = [one for one in asked if len(one.options) > 1 and 0 < len(one.keys) < len(one.options)]
    seen = [row for one in items for row in _seen(one.stem, one.options)]
    right = [n in one.keys for one in items for n in range(len(one.options))]
    return Looks(
        tuple(one.item for one in items),
        tuple(one.criterion for one in items),
        np.array([len(one.options) for one in items], dtype=np.intp),
        np.array(seen, dtype=np.float32).reshape(-1, N_SEEN),
        np.array(right, dtype=bool),
    )


def asked_of(items: Iterable[Item]) -> Iterator[PresentedItem]:
    """Items of a bank, their options in the order in which they are stored."""
    return (
        PresentedItem(
            item.id,
            item.pc,
            item.stem,
            tuple(item.options.values()),
            frozenset(n for n, name in enumerate(item.options) if name in item.key),
        )
        for item in items
    )


def look_of(items: Iterable[Item]) -> Looks:
    """What items of a bank look like."""
    return look(asked_of(items))


def together(looks: Sequence[Looks]) -> Looks:
    """Those of several units, one after the other."""
    return Looks(
        tuple(item for one in looks for item in one.items),
        tuple(item for one in looks for item in one.criteria),
        np.concatenate([one.n_options for one in looks]),
        np.concatenate([one.seen for one in looks]),
        np.concatenate([one.right for one in looks]),
    )


@lru_cache(maxsize=4096)
def _seen(stem: str, options: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
    texts = [folded(text) for text in options]
    words = int(not any(is_thai(text) for text in options))
    said = "".join([f" {text} \n" for text in texts])
    absolutes, hedges, negatives, joining, marks = (
        [word for word in known if word in said]
        for known in (
            *(pair[words] for pair in (ABSOLUTE_WORDS, HEDGE_WORDS, NEGATIVE_WORDS, JOINING_WORDS)),
            PUNCTUATION,
        )
    )
    told = _runs(folded(stem))
    runs = [_runs(text) for text in texts]
    rows: list[list[float]] = []
    for text, own in zip(texts, runs, strict=True):
        shared = len(own & told)
        padded = f" {text} "
        rows.append(
            [
                room(text),
                shared,
                shared / max(len(own), 1),
                *(0.0,) * 6,
                sum(map(str.isdigit, text)),
                _count(absolutes, padded),
                _count(hedges, padded),
                _count(negatives, padded),
                _count(joining, padded),
                text.count("(") + text.count("[") + text.count("“") + text.count('"'),
                _count(marks, text),
                (len(text) - len(_SMALL_LATIN.sub("", text))) / max(len(text), 1),
            ]
        )
    # How options are like each other, into their rows.
    n_others = max(len(rows) - 1, 1)
    in_others = [0] * len(rows)
    for one, other in combinations(range(len(rows)), 2):
        shared = len(runs[one] & runs[other])
        in_others[one] += shared
        in_others[other] += shared
        alike = shared / max(len(runs[one]) + len(runs[other]) - shared, 1)
        first, second = texts[one], texts[other]
        begin = _begin_alike(first, second)
        end = first[-_ALIKE:] == second[-_ALIKE:] and _begin_alike(first[::-1], second[::-1])
        for row in (rows[one], rows[other]):
            row[_MEAN_LIKE] += alike / n_others
            row[_MAX_LIKE] = max(row[_MAX_LIKE], alike)
            row[_BEGIN] += begin
            row[_END] += end
    for row, own, shared in zip(rows, runs, in_others, strict=True):
        # share of an option's runs that another has, each as often as others have it
        row[_CENTRE] = shared / (n_others * max(len(own), 1))
    for row, is_middle in zip(rows, _middles(texts), strict=True):
        row[_MIDDLE] = is_middle
    return tuple(map(tuple, rows))


def _runs(text: str) -> frozenset[str]:
    """The runs of three letters of a text, blanks left out."""
    text = text.replace(" ", "")
    return frozenset([text[n : n + GRAM] for n in range(max(len(text) - GRAM + 1, 1))])


def _count(words: Sequence[str], text: str) -> int:
    return sum([text.count(word) for word in words])


def _middles(texts: Sequence[str]) -> list[bool]:
    """Whether the first number of an option lies between those of others; of none, unless each option has a
    number of its own."""
    hits = [_NUMBER.search(text) for text in texts]
    found = [float(hit[0].replace(",", "")) for hit in hits if hit]
    if len(set(found)) < len(texts):
        return [False] * len(texts)
    return [min(found) < one < max(found) for one in found]


def _begin_alike(one: str, other: str) -> bool:
    if one[:_ALIKE] != other[:_ALIKE]:
        return False
    same = 0
    for letter, against in zip(one, other, strict=False):
        if letter != against:
            break
        same += 1
    return same >= _ALIKE and room(one[:same]) >= _ALIKE


def cues(looks: Looks) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The cues as the model takes them: (items, most options, cues), centred within each item and scaled to
    a variance of 1 over all options; and (items, most options) which places there are."""
    there = places(looks)
    seen = in_places(looks, there)
    n = looks.n_options[:, None]
    length = seen[..., _LENGTH]
    longest, shortest = extreme(length, there), extreme(-length, there)
    logs = np.log(np.maximum(length, 1))
    stem_share, like = seen[..., _STEM_SHARE], seen[..., _MEAN_LIKE]
    marked = seen[..., _DIGITS:] > 0
    alone_in = (marked & (marked.sum(1, keepdims=True) == 1)) | (
        ~marked & (marked.sum(1) == n - 1)[:, None, :]
    )
    enough = (looks.n_options > 2)[:, None]
    order = np.arange(there.shape[1])[None, :]
    # How many options of its item are shorter, those as long counted by half
    less = (length[:, None, :] < length[:, :, None]) & there[:, None, :]
    same = (length[:, None, :] == length[:, :, None]) & there[:, None, :]
    columns = [
        logs,
        longest,
        shortest,
        np.asarray(less.sum(-1) + (same.sum(-1) - 1) / 2) / np.maximum(n - 1, 1),
        longest * _lead(logs, there),
        shortest * _lead(-logs, there),
        np.log1p(seen[..., _IN_STEM]),
        stem_share,
        extreme(stem_share, there),
        like,
        seen[..., _MAX_LIKE],
        seen[..., _CENTRE],
        extreme(like, there),
        extreme(-like, there),
        seen[..., _BEGIN] / np.maximum(n - 1, 1),
        seen[..., _END] / np.maximum(n - 1, 1),
        _odd(seen[..., _BEGIN], n) & enough,
        _odd(seen[..., _END], n) & enough,
        np.log1p(seen[..., _DIGITS]),
        seen[..., _ABSOLUTE],
        seen[..., _HEDGE],
        seen[..., _NEGATIVE],
        seen[..., _JOINED],
        seen[..., _BRACKETS],
        np.log1p(seen[..., _PUNCTUATION]),
        seen[..., _LATIN],
        alone_in.sum(-1) * enough,
        order == 0,
        order == 1,
        order == 2,
        order == n - 1,
    ]
    table = np.stack([np.where(there, one, 0.0).astype(float) for one in columns], axis=-1)
    table -= table.sum(1, keepdims=True) / n[..., None]
    table[~there] = 0.0
    scale = np.sqrt((table**2).sum((0, 1)) / max(there.sum(), 1))
    return np.divide(table, scale, out=np.zeros_like(table), where=scale > 1e-9), there


def places(looks: Looks) -> NDArray[np.bool_]:
    """(items, most options): which places of the table have an option."""
    most = int(looks.n_options.max(initial=0))
    return np.arange(most)[None, :] < looks.n_options[:, None]


def in_places(looks: Looks, there: NDArray[np.bool_], values: NDArray[Any] | None = None) -> NDArray[Any]:
    """The rows of `seen`, or other values of each option, in a table of (items, most options, …)."""
    rows = looks.seen if values is None else values
    table = np.zeros((*there.shape, *rows.shape[1:]), dtype=rows.dtype)
    table[there] = rows
    return table


def extreme(values: NDArray[np.floating], there: NDArray[np.bool_]) -> NDArray[np.float64]:
    """For each option the share that it has of being the greatest of its item: 1 / n of n that are."""
    shown = np.where(there, values, -np.inf)
    top = shown >= over_places(np.maximum, shown)[..., None] - 1e-6
    return np.asarray(top / np.maximum(over_places(np.add, top.astype(np.intp)), 1)[..., None])


def over_places(how: Callable[..., NDArray[Any]], values: NDArray[Any]) -> NDArray[Any]:
    """What is left of the last axis, which is short: place by place, where numpy would go item by item."""
    return reduce(how, [values[..., n] for n in range(values.shape[-1])])


def _lead(values: NDArray[np.floating], there: NDArray[np.bool_]) -> NDArray[np.float64]:
    """By how much the greatest of an item is greater than the next, for all of its options."""
    ordered = np.sort(np.where(there, values, -np.inf), axis=1)
    lead = ordered[:, -1:] - ordered[:, -2:-1]
    return np.where(np.isfinite(lead), lead, 0.0)


def _odd(alike: NDArray[np.floating], n: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Options that are like no other, where all others are like each other."""
    others = alike == n - 2
    odd: NDArray[np.bool_] = (alike == 0) & (others.sum(1, keepdims=True) == n - 1)
    return odd
