"""Stems of the whole bank → near-duplicates, by the longest common subsequence of words (LCS) of two stems.

The likeness of two stems of m and n words is 2·LCS/(m + n). The LCS is at most the number of words that both
have: only pairs that share enough of them are compared word by word.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import Field
from rapidfuzz.distance import Indel

from examgen.bank.checks import UnitDraft
from examgen.bank.rules.item_words import folded, words
from examgen.bank.rules.rule import Setting
from examgen.core.models.item import Kin
from examgen.core.words import Message, tell


class Likeness(Setting):
    """The least likeness of near-duplicates; short stems must be almost the same."""

    likeness: Annotated[float, Field(ge=0.5, le=1)] = 0.8
    short_words: Annotated[int, Field(ge=0)] = 12
    short_likeness: Annotated[float, Field(ge=0.5, le=1)] = 0.95


class AskedQuestion(NamedTuple):
    """Question of an item, its stem and sorted options, and the right options, all as `alike` normalises
    them."""

    texts: tuple[str, ...]
    key: tuple[str, ...]


class ItemStem(NamedTuple):
    """The part of an item that is kept while the whole bank is read."""

    item: str
    where: str
    words: tuple[str, ...]
    enemies: tuple[str, ...]
    kin: tuple[Kin, ...] = ()
    asked: AskedQuestion | None = None


class StemPair(NamedTuple):
    """Two similar stems, the later one first."""

    later: ItemStem
    earlier: ItemStem
    likeness: float
    keys_differ: bool = False
    """Whether both ask the same question and give it different keys."""


_NOT_ASKED = re.compile(
    "[\\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\"'\u2018-\u201f\u00ab\u00bb`]+"
)
_STYLED = re.compile(r"<(b|i|u|em|strong|p|span|div|font)\b[^<>]*>(.*?)</\1>", re.DOTALL)
_LONGEST_STYLED = 2_000
_PICTURE_NAME = re.compile(r"!\[[^\]]*\]\(([^)]*)\)")


def alike(text: str) -> str:
    """A text without what two copies of a question may differ in: capitals, blanks, quotation marks, bold
    letters and the mark at its end. Its pictures are named behind it."""
    bare = folded(text)
    bare = _STYLED.sub(r"\2", bare) if len(bare) < _LONGEST_STYLED else bare
    bare = _NOT_ASKED.sub("", bare).rstrip("?.!:;…")
    return " ".join((bare, *_PICTURE_NAME.findall(text)))


def asked_question(stem: str, options: Mapping[Any, str], key: Collection[Any]) -> AskedQuestion:
    """Return what makes two questions equal. Options that would become equal keep everything but their
    blanks."""
    texts = {name: alike(text) for name, text in options.items()}
    if len(set(texts.values())) < len(texts):
        texts = {name: re.sub(r"\s+", "", text) for name, text in options.items()}
    return AskedQuestion(
        (alike(stem), *sorted(texts.values())), tuple(sorted(texts[name] for name in key if name in texts))
    )


def stems(shelf: UnitDraft) -> list[ItemStem]:
    """The stems of a unit."""
    stimuli = {one.id: f"{one.text}\n\n" for one in shelf.stimuli}
    return [
        ItemStem(
            one.item.id,
            one.document.at([one.position, "stem"]),
            words(one.item.stem),
            one.item.enemies,
            one.item.kin,
            asked_question(
                stimuli.get(one.item.shared_stimulus or "", "") + one.item.stem,
                one.item.options,
                one.item.key,
            ),
        )
        for one in shelf.found
    ]


def twins(bank: Sequence[ItemStem]) -> Iterator[StemPair]:
    """Items that ask the same question: each with the first other item that has another key; else each with
    the first item, unless they are enemies or kin."""
    same: dict[tuple[str, ...], list[tuple[ItemStem, tuple[str, ...]]]] = defaultdict(list)
    for one in bank:
        if one.asked:
            same[one.asked.texts].append((one, one.asked.key))
    for group in same.values():
        for n, (one, key) in enumerate(group):
            others = [(other, found) for other, found in group if not _is_kin(one, other)]
            opposed = next((other for other, found in others if found != key), None)
            twin = next((other for other, _ in group[:n] if not _may_be_alike(one, other)), None)
            if opposed:
                yield StemPair(one, opposed, 1.0, keys_differ=True)
            elif twin:
                yield StemPair(one, twin, 1.0)


def _is_kin(one: ItemStem, other: ItemStem) -> bool:
    return any(kin in other.kin for kin in one.kin)


def _may_be_alike(one: ItemStem, other: ItemStem) -> bool:
    """Whether two items are enemies or kin."""
    return other.item in one.enemies or one.item in other.enemies or _is_kin(one, other)


def near_duplicates(bank: Sequence[ItemStem], setting: Likeness) -> Iterator[StemPair]:
    """For each stem, the earlier stem that is most similar, unless they are enemies or kin."""
    holding: dict[str, list[int]] = defaultdict(list)
    for n, one in enumerate(bank):
        # the earlier stems that have each word of this one, as often as both have it
        shared = Counter[int]()
        counts = Counter(one.words)
        for word, count in counts.items():
            for k in range(count):
                key = f"{k} {word}"
                shared.update(holding[key])
                holding[key].append(n)
        best: StemPair | None = None
        for m in sorted(shared):
            other = bank[m]
            short = min(len(one.words), len(other.words)) < setting.short_words
            least = setting.short_likeness if short else setting.likeness
            if 2 * shared[m] < least * (len(one.words) + len(other.words)) or _may_be_alike(one, other):
                continue
            likeness = Indel.normalized_similarity(one.words, other.words, score_cutoff=least)
            if likeness >= least and (best is None or likeness > best.likeness):
                best = StemPair(one, other, likeness)
        if best:
            yield best


def message(pair: StemPair) -> Message:
    """The message for the author of the later item."""
    if pair.keys_differ:
        return tell(
            "asks the same question as {item} ({where}) and has another key. Find out which key is right, "
            "and retire or change the other item.",
            item=pair.earlier.item,
            where=pair.earlier.where,
        )
    return tell(
        "resembles {item} ({where}, {likeness:.0%} alike). Ask something else, retire one, "
        "or write `enemies: [{item}]` here.",
        item=pair.earlier.item,
        where=pair.earlier.where,
        likeness=pair.likeness,
    )
