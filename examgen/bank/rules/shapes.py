"""Shelf → items whose options tell the key by their shape: a key that all others lead to, or unlike all others;
a distractor that the stem denies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, takewhile
from typing import Annotated, NamedTuple

from pydantic import Field

from examgen.bank.checks import UnitDraft
from examgen.bank.rules.item_words import content, folded, is_thai, plain, room, words
from examgen.bank.rules.options import says_all_or_none
from examgen.bank.rules.patterns import (
    ASKS_NUMBER,
    DENIES,
    DENIES_IN_ENGLISH,
    MARKERS,
    NOT_DENIED,
    NUMBER,
    PART_BEGINS,
    PARTS,
    THAI_NEGATIVE,
)
from examgen.bank.rules.rule import RuleFault, Setting, one_key
from examgen.core.words import Message, tell

_FEWEST_ALIKE = 3
"""Distractors that must be alike before the key is the odd one."""
_FEWEST_OPTIONS = 3
_RUN = 5
"""Letters of a run that two options share."""


class Hub(Setting):
    """Share of the key that each of two distractors must have to itself, by how much that must be more than
    in any distractor, and the visible letters from which on a key is looked at."""

    share: Annotated[float, Field(gt=0, le=0.5)] = 0.2
    lead: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    characters: Annotated[int, Field(ge=1)] = 20


class Alike(Setting):
    """Visible letters that distractors must begin with, or end with, alike."""

    beginning: Annotated[int, Field(ge=2)] = 4
    end: Annotated[int, Field(ge=2)] = 5


class Denied(Setting):
    """Visible letters of a word that the stem denies, from which on an option that says it is denied."""

    characters: Annotated[int, Field(ge=3)] = 5


# ── a key that the others lead to ────────────────────────────────────────────────────────────


class _Joint(NamedTuple):
    """The least that each of two options has of a third and the other has not, as a share of it, and both."""

    share: float
    first: int
    second: int


def convergence(shelf: UnitDraft, setting: Hub) -> Iterator[RuleFault]:
    """A key put together from parts of its distractors, of which none is put together so."""
    for one in shelf.found:
        if (parts := one_key(one)) is None or len(parts[1]) < _FEWEST_OPTIONS - 1:
            continue
        key, distractors = parts
        texts = [folded(one.item.options[key]), *map(folded, distractors.values())]
        if room(texts[0]) < setting.characters or not _may_join(texts):
            continue
        for cut in (_by_parts, _by_runs):
            joint = _joint(0, texts, cut, setting.share)
            if joint.share < setting.share:
                continue  # most: how others are made is not asked
            rest = max(_joint(n, texts, cut).share for n in range(1, len(texts)))
            if joint.share >= rest + setting.lead:
                names = [*distractors]
                message = tell(
                    "the key joins a part of {first} to a part of {second}, and no other option is made so: "
                    "join two parts in a distractor, too, or let other options share as much",
                    first=names[joint.first - 1],
                    second=names[joint.second - 1],
                )
                yield RuleFault(one, f"options.{key}", message)
                break


def _may_join(texts: Sequence[str]) -> bool:
    """Whether two distractors have five letters running of the key."""
    key, *distractors = texts
    known = {key[n : n + _RUN] for n in range(len(key) - _RUN + 1)}
    return (
        sum(
            not known.isdisjoint([text[n : n + _RUN] for n in range(len(text) - _RUN + 1)])
            for text in distractors
        )
        > 1
    )


def _joint(
    n: int, texts: Sequence[str], cut: Callable[[str, str], list[tuple[int, int]]], least_share: float = 0.0
) -> _Joint:
    """How far an option is put together from two others; less than `least_share` is told as nothing."""
    text = texts[n]
    shared = {m: cut(text, other) for m, other in enumerate(texts) if m != n}
    enough = [
        m
        for m, spans in shared.items()
        if sum(room(text[start:end]) for start, end in spans) / max(room(text), 1) >= least_share
    ]
    if len(enough) < 2:
        return _Joint(0.0, 0, 0)
    best = _Joint(0.0, 0, 0)
    for first, second in combinations(shared, 2):
        of_first = _places(text, shared[first], texts[second])
        of_second = _places(text, shared[second], texts[first])
        least = min(_room_of(text, of_first - of_second), _room_of(text, of_second - of_first))
        best = max(best, _Joint(least / max(room(text), 1), first, second))
    return best


def _places(text: str, spans: Iterable[tuple[int, int]], other: str) -> set[int]:
    """The places of a text in spans whose words another has not."""
    return {n for start, end in spans if text[start:end] not in other for n in range(start, end)}


def _room_of(text: str, places: set[int]) -> int:
    return room("".join(text[n] for n in sorted(places)))


def _by_parts(text: str, other: str) -> list[tuple[int, int]]:
    """The parts of a text, cut at blanks, commas and joining words, that another has whole."""
    return [(start, end) for start, end in _parts(text) if text[start:end] in other]


@lru_cache(maxsize=64)
def _parts(text: str) -> tuple[tuple[int, int], ...]:
    """The parts that are long enough."""
    found, start = [], 0
    for part in PARTS.split(text):
        start = text.index(part, start)
        end = start + len(part)
        start += len(part) - len(PART_BEGINS.sub("", part))
        if room(text[start:end]) >= _RUN:
            found.append((start, end))
        start = end
    return tuple(found)


def _by_runs(text: str, other: str) -> list[tuple[int, int]]:
    """The longest runs of a text, from left to right, that another has."""
    found, start = [], 0
    while start + _RUN < len(text):
        end = start + _RUN + 1  # less takes too little room
        if text[start:end] in other:
            while end < len(text) and text[start : end + 1] in other:
                end += 1
            if room(text[start:end]) > _RUN:
                found.append((start, end))
                start = end
                continue
        start += 1
    return found


# ── a key unlike the others ──────────────────────────────────────────────────────────────────


def odd_one_out(shelf: UnitDraft, setting: Alike) -> Iterator[RuleFault]:
    """Distractors of one form, three or more, and a key of another."""
    for one in shelf.found:
        if (parts := one_key(one)) is None or len(parts[1]) < _FEWEST_ALIKE:
            continue
        key, distractors = parts
        if any(says_all_or_none(text) for text in one.item.options.values()):
            continue
        texts = [plain(text) for text in distractors.values()]
        if message := _odd(one.item.stem, plain(one.item.options[key]), texts, setting):
            yield RuleFault(one, f"options.{key}", message)


def _odd(stem: str, key: str, distractors: Sequence[str], setting: Alike) -> Message | None:
    right, wrong = _even(key), [_even(text) for text in distractors]
    begin = _whole_words(_common(wrong), wrong)
    if _tells(begin, _common([right, begin]), setting.beginning) and not begin.startswith(MARKERS):
        return tell(
            "every distractor begins with “{words}”, the key does not: let another begin otherwise, or all alike",
            words=_shown(begin, distractors[0]),
        )
    turned = [text[::-1] for text in wrong]
    end = _whole_words(_common(turned), turned)
    if _tells(end, _common([right[::-1], end]), setting.end):
        return tell(
            "every distractor ends with “{words}”, the key does not: let another end otherwise, or all alike",
            words=_shown(end, distractors[0][::-1])[::-1],
        )
    if ASKS_NUMBER.search(stem) or "$" in stem + key:
        return None  # told by grammar-cue; the figures of a formula are none of a form
    figures = [bool(NUMBER.search(text)) for text in distractors]
    if all(figures) and not NUMBER.search(key):
        return tell("every distractor holds a number, the key none: give a distractor without one")
    if not any(figures) and NUMBER.search(key):
        return tell("the key alone holds a number: give a distractor one, too")
    return None


def _common(texts: Sequence[str]) -> str:
    """What all of the texts begin with."""
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*texts, strict=False))
    return "".join(letters[0] for letters in alike)


def _even(text: str) -> str:
    """A text in small letters with one sign in place of each number."""
    return NUMBER.sub("#", folded(text))


def _whole_words(common: str, texts: Sequence[str]) -> str:
    """What texts have in common at their beginning, without half a word of a language that parts words."""
    if is_thai(common) or all(text[len(common) : len(common) + 1] in ("", " ", ",") for text in texts):
        return common.strip()
    return common.rpartition(" ")[0].strip()


def _tells(common: str, of_key: str, least: int) -> bool:
    return room(common.replace("#", "")) >= least and room(of_key) <= room(common) / 2


def _shown(common: str, text: str) -> str:
    """The common beginning as the text has it, if it can be found there."""
    return text[: len(common)] if "#" not in common else common.replace("#", "…")


# ── a distractor that the stem denies ────────────────────────────────────────────────────────


def denied_in_stem(shelf: UnitDraft, setting: Denied) -> Iterator[RuleFault]:
    """A distractor that says what the stem says is not so, in the same words."""
    for one in shelf.found:
        if (parts := one_key(one)) is None:
            continue
        key, distractors = parts
        if (
            bool(THAI_NEGATIVE.search(one.item.stem))
            if is_thai(one.item.stem)
            else bool(re.search(r"\*\*|\bNOT\b", one.item.stem))
        ):
            continue
        texts = {name: folded(text) for name, text in {key: one.item.options[key], **distractors}.items()}
        for word, denial in _denied(folded(one.item.stem), setting).items():
            saying = [name for name, text in texts.items() if word in text]
            if len(saying) != 1 or saying == [key]:
                continue
            text = texts[saying[0]]
            denials = (DENIES if is_thai(text) else DENIES_IN_ENGLISH).finditer(text)
            if not any(word in hit[0] for hit in denials):
                message = tell(
                    "the stem says “{denial}”, this option “{word}”: who can read rules it out; say it "
                    "indirectly in the stem, or not at all",
                    denial=denial,
                    word=word,
                )
                yield RuleFault(one, f"options.{saying[0]}", message)
                break


def _denied(stem: str, setting: Denied) -> Mapping[str, str]:
    """What a stem says is not so, by the first long word among two of meaning after the negative."""
    pattern = DENIES if is_thai(stem) else DENIES_IN_ENGLISH
    found: dict[str, str] = {}
    for hit in pattern.finditer(stem):
        known = content(hit[2])
        first_two = [word for word in words(hit[2]) if word in known][:2]
        long = (word for word in first_two if room(word) >= setting.characters)
        if (word := next(long, None)) and not NOT_DENIED.fullmatch(word):
            found.setdefault(word, hit[0].strip())
    return found
