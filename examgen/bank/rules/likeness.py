"""Finds near-duplicate stems in the whole bank, by the longest common subsequence of words (LCS) of two
stems.

The likeness of two stems of m and n words is 2·LCS/(m + n). The LCS is at most the number of words that both
have, so only pairs that share enough words are compared word by word.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import Field
from rapidfuzz.distance import OSA, Indel

from examgen.bank.checks import UnitDraft
from examgen.bank.rules.item_words import folded, words
from examgen.bank.rules.quantities import BASE_UNITS, folded_signs, quantity
from examgen.bank.rules.rule import Setting
from examgen.core.models.item import Kin
from examgen.core.words import Message, tell


class Likeness(Setting):
    """The lowest likeness of near-duplicates; short stems must be almost identical."""

    likeness: Annotated[float, Field(ge=0.5, le=1)] = 0.8
    short_words: Annotated[int, Field(ge=0)] = 12
    short_likeness: Annotated[float, Field(ge=0.5, le=1)] = 0.95


_SAME_OPTIONS_LIKENESS = 0.6
"""The likeness from which stems with the same options and different keys may be the same question."""
_MANY_OPTIONS = 3
_MOVED = 0.99
"""The greatest likeness of stems of the same words in another order."""


class AskedQuestion(NamedTuple):
    """The question of an item: its stem, sorted options and right options, all normalised by `alike`."""

    texts: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def stem(self) -> str:
        """The normalised stem."""
        return self.texts[0]

    def contradicts(self, other: AskedQuestion) -> bool:
        """Return whether both have the same stem, the same options or one more, and different keys."""
        return self.stem == other.stem and self.chooses_otherwise(other)

    def chooses_otherwise(self, other: AskedQuestion) -> bool:
        """Return whether both have the same options, or one more, and different keys."""
        few, many = sorted((set(self.texts[1:]), set(other.texts[1:])), key=len)
        return self.key != other.key and few <= many and len(few) >= len(many) - 1

    def has_options_of(self, other: AskedQuestion | None) -> bool:
        """Return whether both have the same three options or more, and different keys."""
        same = other is not None and self.texts[1:] == other.texts[1:] and self.key != other.key
        return same and len(self.texts) > _MANY_OPTIONS

    def answers_otherwise(self, other: AskedQuestion) -> bool:
        """Return whether a right option of one is a wrong option of the other."""
        return any(
            set(one.key) & (set(another.texts[1:]) - set(another.key))
            for one, another in ((self, other), (other, self))
        )


class ItemStem(NamedTuple):
    """The data of an item that are kept while the whole bank is read."""

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
    """Whether a right option of one is a wrong option of the other."""
    is_contradiction: bool = False
    """Whether they are the same question with different keys."""


_NOT_ASKED = re.compile(
    "[\\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\"'\u2018-\u201f\u00ab\u00bb`]+"
)
_STYLED = re.compile(r"<(b|i|u|em|strong|p|span|div|font)\b[^<>]*>(.*?)</\1>", re.DOTALL)
_LONGEST_STYLED = 2_000
_LONG_WORD = 5
"""The number of letters from which another word that differs by a letter is probably a typing error."""
_ARTICLE = re.compile(r"\b(?:the|an?) (?=\w)")
_ZEROS = re.compile(r"(?<=\d)(?:\.0+|(?<=[.]\d)0+|(?<=[.]\d\d)0+)(?![\d.])")
"""The last zeros of a decimal number."""
_OPERATION = re.compile(r"(?<![^\W\d_])[-+*/×÷<>=≤≥−:](?=\s?[\d(])")
"""A sign of an operation, relation or ratio before a number, which is a word of its stem."""
_PICTURE_NAME = re.compile(r"!\[[^\]]*\]\(([^)]*)\)")


def alike(text: str) -> str:
    """Return a text without the differences that copies of a question may have: case, kinds of digits,
    articles, spaces, quotation marks, bold type and the final mark. The names of its pictures are appended.
    """
    bare = _ARTICLE.sub("", folded_signs(folded(text)))
    bare = _STYLED.sub(r"\2", bare) if len(bare) < _LONGEST_STYLED else bare
    bare = _NOT_ASKED.sub("", bare).rstrip("?.!:;…")
    return " ".join((bare, *_PICTURE_NAME.findall(text)))


def _in_base_unit(text: str) -> str:
    """Return a quantity in a unit that can be converted in its base unit; any other text unchanged."""
    found = quantity(text)
    return f"{found[0]} {found[1]}" if found and found[1] in BASE_UNITS else text


def asked_question(stem: str, options: Mapping[Any, str], key: Collection[Any]) -> AskedQuestion:
    """Return the normalised question. If options would become equal, only their spaces are removed."""
    texts = {name: _ZEROS.sub("", _in_base_unit(alike(text))) for name, text in options.items()}
    if len(set(texts.values())) < len(texts):
        texts = {name: re.sub(r"\s+", "", text) for name, text in options.items()}
    return AskedQuestion(
        (alike(stem), *sorted(texts.values())),
        tuple(sorted(texts[name] for name in key if name in texts)),
    )


def stems(shelf: UnitDraft) -> list[ItemStem]:
    """Return the stems of a unit."""
    stimuli = {one.id: f"{one.text}\n\n" for one in shelf.stimuli}
    return [
        ItemStem(
            one.item.id,
            one.document.at([one.position, "stem"]),
            (*words(one.item.stem), *_OPERATION.findall(folded_signs(one.item.stem))),
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
    """Yield items that ask the same question: each with the first other item that has another key, else with
    the first earlier item that is neither enemy nor kin.
    """
    same: dict[str, list[tuple[ItemStem, AskedQuestion]]] = defaultdict(list)
    for one in bank:
        if one.asked:
            same[one.asked.stem].append((one, one.asked))
    for group in same.values():
        for n, (one, asked) in enumerate(group):
            others = [(other, found) for other, found in group if not _is_kin(one, other)]
            opposed = next((other for other, found in others if asked.contradicts(found)), None)
            twins = (other for other, found in group[:n] if asked.texts == found.texts)
            twin = next((other for other in twins if not _may_be_alike(one, other)), None)
            if opposed:
                yield StemPair(one, opposed, 1.0, keys_differ=True, is_contradiction=True)
            elif twin:
                yield StemPair(one, twin, 1.0)


def _is_kin(one: ItemStem, other: ItemStem) -> bool:
    return any(kin in other.kin for kin in one.kin)


def _may_be_alike(one: ItemStem, other: ItemStem) -> bool:
    """Return whether two items are enemies or kin."""
    return other.item in one.enemies or one.item in other.enemies or _is_kin(one, other)


def near_duplicates(bank: Sequence[ItemStem], setting: Likeness) -> Iterator[StemPair]:
    """Yield, for each stem, the most similar earlier stem, unless they are enemies or kin."""
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
            if short and shared[m] == len(one.words) - 1 and _is_mistyped(one, other):
                least = setting.likeness / 2
            are_alike = _amounts(one) == _amounts(other)
            same_options = are_alike and one.asked and one.asked.has_options_of(other.asked)
            if same_options:
                least = min(least, _SAME_OPTIONS_LIKENESS)
            in_any_order = 2 * shared[m] / max(1, len(one.words) + len(other.words))
            if in_any_order < least or _may_be_alike(one, other):
                continue
            likeness = Indel.normalized_similarity(one.words, other.words)
            if same_options and in_any_order >= setting.likeness:
                likeness = max(likeness, min(in_any_order, _MOVED))  # its clauses may have been moved
            if likeness >= least and (best is None or likeness > best.likeness):
                a, b = one.asked, other.asked
                differ = a is not None and b is not None and are_alike and a.answers_otherwise(b)
                is_same = (
                    likeness == 1
                    and a is not None
                    and _signs(a.stem) == _signs(b.stem if b else "")
                    and b is not None
                    and a.chooses_otherwise(b)
                )
                best = StemPair(one, other, likeness, differ, is_same)
        if best:
            yield best


def _is_mistyped(one: ItemStem, other: ItemStem) -> bool:
    """Return whether keys differ, and one word of the stems, in one letter or two that are exchanged."""
    pairs = [pair for pair in zip(one.words, other.words, strict=False) if pair[0] != pair[1]]
    return (
        len(one.words) == len(other.words)
        and len(pairs) == 1
        and min(map(len, pairs[0])) >= _LONG_WORD
        and OSA.distance(*pairs[0]) == 1
        and bool(one.asked and other.asked and one.asked.answers_otherwise(other.asked))
    )


def _amounts(one: ItemStem) -> tuple[list[str], list[str]]:
    """Return the numbers and the signs of a stem: one that differs in them asks for something else."""
    figures = [folded_signs(word) for word in one.words if word[0].isdigit()]
    return figures, _signs(one.asked.stem if one.asked else "")


def _signs(stem: str) -> list[str]:
    """Return the signs of a stem that state a relation or operation, which its words do not have."""
    return re.findall(r"[-+*/×÷<>=≤≥−!?]", stem)


def message(pair: StemPair) -> Message:
    """Return the message for the author of the later item."""
    if pair.keys_differ and not pair.is_contradiction:
        return tell(
            "resembles {item} ({where}, {likeness:.0%} alike) and has another key. Find out whether both keys "
            "are right.",
            item=pair.earlier.item,
            where=pair.earlier.where,
            likeness=pair.likeness,
        )
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
