"""Stems of the whole bank → near-duplicates, by the longest common subsequence of words (LCS) of two stems.

The likeness of two stems of m and n words is 2·LCS/(m + n). The LCS is at most the number of shared words,
and signatures bound that number: each word sets one of 256 bits, so two stems share at most as many words as
bits, plus the words whose bits coincide. Only pairs that pass this bound are compared word by word: no pair
is lost, and 20,000 stems take seconds.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from examgen.bank.checks import UnitDraft
from examgen.bank.rules.item_words import words
from examgen.bank.rules.rule import Setting
from examgen.core.models.item import Kin
from examgen.core.words import Message, tell

_LANES = 4
_BLOCK = 256
_ROUNDING = 0.01


class Likeness(Setting):
    """The least likeness of near-duplicates; short stems must be almost the same."""

    likeness: Annotated[float, Field(ge=0.5, le=1)] = 0.8
    short_words: Annotated[int, Field(ge=0)] = 12
    short_likeness: Annotated[float, Field(ge=0.5, le=1)] = 0.95


class ItemStem(NamedTuple):
    """The part of an item that is kept while the whole bank is read."""

    item: str
    where: str
    words: tuple[str, ...]
    enemies: tuple[str, ...]
    kin: tuple[Kin, ...] = ()


class StemPair(NamedTuple):
    """Two similar stems, the later one first."""

    later: ItemStem
    earlier: ItemStem
    likeness: float


def stems(shelf: UnitDraft) -> list[ItemStem]:
    """The stems of a unit."""
    return [
        ItemStem(
            one.item.id,
            one.document.at([one.position, "stem"]),
            words(one.item.stem),
            one.item.enemies,
            one.item.kin,
        )
        for one in shelf.found
    ]


def near_duplicates(bank: Sequence[ItemStem], setting: Likeness) -> Iterator[StemPair]:
    """For each stem, the earlier stem that is most similar, unless they are enemies or kin."""
    for n, earlier in _candidates(bank, setting):
        one = bank[n]
        best: StemPair | None = None
        for other in (bank[m] for m in earlier):
            if other.item in one.enemies or one.item in other.enemies:
                continue
            if any(kin in other.kin for kin in one.kin):
                continue
            from rapidfuzz.distance import Indel  # imported late: most banks have no such pair

            short = min(len(one.words), len(other.words)) < setting.short_words
            least = setting.short_likeness if short else setting.likeness
            likeness = Indel.normalized_similarity(one.words, other.words, score_cutoff=least)
            if likeness >= least and (best is None or likeness > best.likeness):
                best = StemPair(one, other, likeness)
                if likeness == 1:
                    break
        if best:
            yield best


def message(pair: StemPair) -> Message:
    """The message for the author of the later item."""
    return tell(
        "resembles {item} ({where}, {likeness:.0%} alike). Ask something else, retire one, "
        "or write `enemies: [{item}]` here.",
        item=pair.earlier.item,
        where=pair.earlier.where,
        likeness=pair.likeness,
    )


def _candidates(bank: Sequence[ItemStem], setting: Likeness) -> Iterator[tuple[int, list[int]]]:
    """For each stem, the earlier stems that share enough bits to be similar."""
    if not bank:
        return
    signatures = np.frombuffer(b"".join(_signature(one.words) for one in bank), dtype="<u8").reshape(
        -1, _LANES
    )
    lengths = np.array([len(one.words) for one in bank], dtype=np.float32)
    fallen = lengths - np.bitwise_count(signatures).sum(axis=1)
    for start in range(0, len(bank), _BLOCK):
        rows, columns = slice(start, start + _BLOCK), slice(0, start + _BLOCK)
        shared = np.zeros((len(lengths[rows]), len(lengths[columns])), dtype=np.float32)
        for lane in range(_LANES):
            shared += np.bitwise_count(signatures[rows, lane, None] & signatures[None, columns, lane])
        shared += np.minimum(fallen[rows, None], fallen[None, columns])
        short = np.minimum(lengths[rows, None], lengths[None, columns]) < setting.short_words
        least = np.where(short, np.float32(setting.short_likeness), np.float32(setting.likeness))
        least *= (lengths[rows, None] + lengths[None, columns]) / 2
        for n, passed in enumerate(shared >= least - _ROUNDING, start):
            if earlier := np.flatnonzero(passed[:n]).tolist():
                yield n, earlier


@lru_cache(maxsize=4096)
def _signature(words: tuple[str, ...]) -> bytes:
    """256 bits, one for each word; the second occurrence of a word in a stem counts as another word."""
    bits = 0
    for word, count in Counter(words).items():
        for k in range(count):
            bits |= 1 << zlib.crc32(f"{k} {word}".encode()) % (64 * _LANES)
    return bits.to_bytes(8 * _LANES, "little")
