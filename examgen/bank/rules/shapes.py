"""Finds items whose options reveal the key by their form.

The key joins parts of its distractors, the key is unlike all distractors, or the stem denies a distractor.
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
from examgen.bank.rules.option_references import refers_to_options
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
"""The number of distractors that must be alike for the key to be the odd one out."""
_FEWEST_OPTIONS = 3
_RUN = 5
"""The length of a run of letters that two options share."""


class Hub(Setting):
    """Limits of `convergence`: the share of the key that only one of two distractors has, by how much it must
    exceed that of any distractor, and the minimum length of a key in visible letters.
    """

    share: Annotated[float, Field(gt=0, le=0.5)] = 0.2
    lead: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    characters: Annotated[int, Field(ge=1)] = 20


class Alike(Setting):
    """The number of visible letters that distractors must have in common at their beginning or at their
    end.
    """

    beginning: Annotated[int, Field(ge=2)] = 4
    end: Annotated[int, Field(ge=2)] = 5


class Denied(Setting):
    """The minimum number of visible letters of a word that the stem denies and an option repeats."""

    characters: Annotated[int, Field(ge=3)] = 5


# ── a key joined from its distractors ────────────────────────────────────────────────────────


class _Joint(NamedTuple):
    """Two options that share parts of a third, and the smaller of the shares of it that only one of
    them has.
    """

    share: float
    first: int
    second: int


def convergence(shelf: UnitDraft, setting: Hub) -> Iterator[RuleFault]:
    """Warn if the key joins parts of two distractors and no distractor is made in this way."""
    for one in shelf.found:
        if (parts := one_key(one)) is None or len(parts[1]) < _FEWEST_OPTIONS - 1:
            continue
        key, distractors = parts
        texts = [folded(one.item.options[key]), *map(folded, distractors.values())]
        if room(texts[0]) < setting.characters:
            continue
        for cut in (_by_parts, _by_runs):
            joint = _joint(0, texts, cut, setting.share)
            if joint.share < setting.share:
                continue  # most items: no need to look at the distractors
            rest = max(_joint(n, texts, cut).share for n in range(1, len(texts)))
            if joint.share >= rest + setting.lead:
                names = [*distractors]
                message = tell(
                    "only the key combines a part of {first} with a part of {second}. "
                    "Combine two parts in a distractor as well, or let other options share "
                    "as much.",
                    first=names[joint.first - 1],
                    second=names[joint.second - 1],
                )
                yield RuleFault(one, f"options.{key}", message)
                break


def _joint(
    n: int, texts: Sequence[str], cut: Callable[[str, str], list[tuple[int, int]]], least_share: float = 0.0
) -> _Joint:
    """Return how far an option joins parts of two others; a share below `least_share` counts as 0."""
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
    """Return the positions in a text within spans that the other text does not have."""
    return {n for start, end in spans if text[start:end] not in other for n in range(start, end)}


def _room_of(text: str, places: set[int]) -> int:
    return room("".join(text[n] for n in sorted(places)))


def _by_parts(text: str, other: str) -> list[tuple[int, int]]:
    """Return the parts of a text, split at spaces, commas and conjunctions, that the other text contains
    whole.
    """
    return [(start, end) for start, end in _parts(text) if text[start:end] in other]


@lru_cache(maxsize=64)
def _parts(text: str) -> tuple[tuple[int, int], ...]:
    """Return the parts of a text that are long enough to count."""
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
    """Return the longest runs of a text, from left to right, that the other text contains."""
    found, start = [], 0
    while start + _RUN < len(text):
        end = start + _RUN + 1  # a shorter run is too small to count
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
    """Warn if the key differs from three or more distractors of the same form."""
    for one in shelf.found:
        if (parts := one_key(one)) is None or len(parts[1]) < _FEWEST_ALIKE:
            continue
        key, distractors = parts
        if any(refers_to_options(text) for text in one.item.options.values()):
            continue
        texts = [plain(text) for text in distractors.values()]
        if message := _odd(one.item.stem, plain(one.item.options[key]), texts, setting):
            yield RuleFault(one, f"options.{key}", message)


def _odd(stem: str, key: str, distractors: Sequence[str], setting: Alike) -> Message | None:
    right, wrong = _even(key), [_even(text) for text in distractors]
    begin = _whole_words(_common(wrong), wrong)
    if _tells(begin, _common([right, begin]), setting.beginning) and not begin.startswith(MARKERS):
        return tell(
            "every distractor begins with “{words}” but the key does not. Change one "
            "distractor, or begin all options alike.",
            words=_shown(begin, distractors[0]),
        )
    turned = [text[::-1] for text in wrong]
    end = _whole_words(_common(turned), turned)
    if _tells(end, _common([right[::-1], end]), setting.end):
        return tell(
            "every distractor ends with “{words}” but the key does not. Change one "
            "distractor, or end all options alike.",
            words=_shown(end, distractors[0][::-1])[::-1],
        )
    if ASKS_NUMBER.search(stem) or "$" in stem + key:
        return None  # grammar-cue reports it; the figures of a formula do not count
    figures = [bool(NUMBER.search(text)) for text in distractors]
    if all(figures) and not NUMBER.search(key):
        return tell("every distractor contains a number but the key does not. Add a distractor without one.")
    if not any(figures) and NUMBER.search(key):
        return tell("only the key contains a number. Put one into a distractor.")
    return None


def _common(texts: Sequence[str]) -> str:
    """Return the common beginning of the texts."""
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*texts, strict=False))
    return "".join(letters[0] for letters in alike)


def _even(text: str) -> str:
    """Return the text in lower case, with `#` for each number."""
    return NUMBER.sub("#", folded(text))


def _whole_words(common: str, texts: Sequence[str]) -> str:
    """Return the common beginning of texts, without a partial word if the language separates words."""
    if is_thai(common) or all(text[len(common) : len(common) + 1] in ("", " ", ",") for text in texts):
        return common.strip()
    return common.rpartition(" ")[0].strip()


def _tells(common: str, of_key: str, least: int) -> bool:
    return room(common.replace("#", "")) >= least and room(of_key) <= room(common) / 2


def _shown(common: str, text: str) -> str:
    """Return the common beginning as the text has it, if it can be found there."""
    return text[: len(common)] if "#" not in common else common.replace("#", "…")


# ── a distractor that the stem denies ────────────────────────────────────────────────────────


def denied_in_stem(shelf: UnitDraft, setting: Denied) -> Iterator[RuleFault]:
    """Warn if a distractor repeats in the same words what the stem denies."""
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
                    "the stem says “{denial}” and this option “{word}”, so readers can "
                    "rule it out. Reword or remove that part of the stem.",
                    denial=denial,
                    word=word,
                )
                yield RuleFault(one, f"options.{saying[0]}", message)
                break


def _denied(stem: str, setting: Denied) -> Mapping[str, str]:
    """Return the things that a stem denies, by the first long word among the two content words after the
    negative."""
    pattern = DENIES if is_thai(stem) else DENIES_IN_ENGLISH
    found: dict[str, str] = {}
    for hit in pattern.finditer(stem):
        known = content(hit[2])
        first_two = [word for word in words(hit[2]) if word in known][:2]
        long = (word for word in first_two if room(word) >= setting.characters)
        if (word := next(long, None)) and not NOT_DENIED.fullmatch(word):
            found.setdefault(word, hit[0].strip())
    return found
