"""Finds clues to the key: a word of the stem, grammar, absolute words, the text of another item."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from examgen.bank.checks import LocatedItem, UnitDraft
from examgen.bank.rules.item_words import content, endings, folded, is_thai, length, plain, room, words
from examgen.bank.rules.option_references import refers_to_options
from examgen.bank.rules.patterns import (
    ABSOLUTE,
    ASKING,
    COUNTED,
    FIGURES,
    GENERIC,
    HOW_MANY,
    MARKERS,
    NO_MARKER,
    NOUN_PREFIX,
    PARTICLES,
    THAI_CLAUSE,
)
from examgen.bank.rules.rule import RuleFault, Setting, one_key
from examgen.core.words import Message, tell

_VOWEL = re.compile(
    r"(?:[aeiou](?!ni[tfvoqc]|uro|ur[eo]|\b)|hour|honest|heir|x-ray)|(?-i:[FHLMNRSX](?=[A-Z]))", re.I
)
_NOT_PLURAL = re.compile(r"(?:ss|us|is|ics)$")
_SHORT_STEM = 100
_FEW_STEMS = 5.0


class Echo(Setting):
    """What counts as an echo of the stem: the shortest word, in characters; the share of a unit's items above
    which a word is too common; and the shortest run of words anywhere in the stem, in characters.
    """

    characters: Annotated[int, Field(ge=2)] = 4
    common: Annotated[float, Field(gt=0, le=1)] = 0.1
    run: Annotated[int, Field(ge=8)] = 12


class Clue(Setting):
    """The share of an item's stem that another item must repeat to be about the same thing."""

    likeness: Annotated[float, Field(gt=0, le=1)] = 0.5


def key_echoes_stem(shelf: UnitDraft, setting: Echo) -> Iterator[RuleFault]:
    """Warn if only the key repeats a word of the question or a run of words of the stem."""
    stems = [folded(one.item.stem) for one in shelf.found]
    rare = max(_FEW_STEMS, setting.common * len(stems))
    for one in shelf.found:
        if (parts := one_key(one)) is None:
            continue
        echoed = _echoed_word(one, *parts, stems, rare, setting) or _echoed_run(one, *parts, setting)
        if echoed:
            message = tell("only the key repeats “{word}” of the question. Reword it.", word=echoed)
            yield RuleFault(one, f"options.{parts[0]}", message)


def _echoed_word(
    one: LocatedItem,
    key: str,
    distractors: Mapping[str, str],
    stems: Sequence[str],
    rare: float,
    setting: Echo,
) -> str:
    """Return the longest word of the question that only the key repeats; empty if a distractor repeats
    another one.
    """
    found = content(_asking(one.item.stem)) - GENERIC
    bare = {NOUN_PREFIX.sub("", word) for word in found if not word.isdigit()}
    asked = {word: known for word in bare if (known := _forms(word, setting.characters))}
    if not (in_key := _repeated(asked, one.item.options[key])):
        return ""
    elsewhere = frozenset().union(*(_repeated(asked, text) for text in distractors.values()))
    echoed = [word for word in in_key - elsewhere if _is_rare(word, stems, rare)]
    if not echoed or any(_is_rare(word, stems, rare) for word in elsewhere - in_key):
        return ""
    return max(sorted(echoed), key=len)


def _echoed_run(one: LocatedItem, key: str, distractors: Mapping[str, str], setting: Echo) -> str:
    """Return a long run of the stem in the key; empty if a distractor has one that is half as long."""
    stem, right = folded(one.item.stem), folded(one.item.options[key])
    least = setting.run if is_thai(right) else 2 * setting.run
    longest = max(_shared(right, stem, least), key=room, default="").strip()
    if room(longest) < least:
        return ""
    half = room(longest) // 2 + 1
    others = (run for text in distractors.values() for run in _shared(folded(text), stem, half))
    return "" if any(room(run) >= half for run in others) else longest


def _is_rare(word: str, stems: Sequence[str], rare: float) -> bool:
    return sum(word in stem for stem in stems) < rare


def _shared(text: str, other: str, least: int) -> Iterator[str]:
    """Yield, from each position of a text, the longest run that the other text also has."""
    known = {other[n : n + least] for n in range(len(other) - least + 1)}
    starts = [n for n in range(len(text) - least + 1) if text[n : n + least] in known]
    for start in starts:
        end = start + least
        while end < len(text) and text[start : end + 1] in other:
            end += 1
        yield text[start:end]


@lru_cache(maxsize=16_384)
def _forms(word: str, least: int) -> tuple[str, ...]:
    """Return a word and the words in which it ends, if long enough; empty if the word is too short."""
    if length(word) < least:
        return ()
    return (word, *(end for end in (endings(word) if is_thai(word) else ()) if length(end) >= least))


@lru_cache(maxsize=1024)
def _asking(stem: str) -> str:
    """Return the part of a stem that probably contains the question."""
    return stem if length(stem) <= _SHORT_STEM else question(stem)


def _repeated(asked: Mapping[str, tuple[str, ...]], text: str) -> frozenset[str]:
    """Return the words of the question that an option repeats."""
    text = folded(text)
    latin = frozenset(re.findall(r"[\w'-]+", text))
    return frozenset(
        word
        for word, forms in asked.items()
        if word in latin or (is_thai(word) and any(one in text for one in forms))
    )


def question(stem: str) -> str:
    """Return the part of a stem that asks, without the case before it."""
    text = plain(stem)
    clauses = re.split(r"(?<=[.?!])\s+(?=[A-Z“])", text) if not is_thai(text) else THAI_CLAUSE.split(text)
    asking = [n for n, clause in enumerate(clauses) if ASKING.search(clause)]
    return clauses[asking[-1]] if asking else text


def absolutes(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if absolute words are only in distractors or only in the key."""
    for one in shelf.found:
        if (parts := one_key(one)) is None:
            continue
        key, _ = parts
        hits = {
            name: hit[0]
            for name, text in one.item.options.items()
            if (hit := ABSOLUTE.search(plain(text))) and not refers_to_options(text)
        }
        if hits and (set(hits) == {key} or key not in hits):
            name = min(hits)
            where = tell("the key") if name == key else tell("a distractor")
            message = tell(
                "“{hits}” in {where} separates right from wrong. Word all options alike.",
                hits=hits[name],
                where=where,
            )
            yield RuleFault(one, f"options.{name}", message)


def grammar_cue(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if only the key fits the grammar of the stem, or its grammar differs from that of all distractors."""
    for one in shelf.found:
        if (parts := one_key(one)) is None:
            continue
        key, distractors = parts
        right, wrong = plain(one.item.options[key]), [plain(text) for text in distractors.values()]
        cue = _thai_cue if is_thai(one.item.stem) else _english_cue
        if message := cue(plain(one.item.stem), right, wrong):
            yield RuleFault(one, "options", message)


def _english_cue(stem: str, right: str, wrong: list[str]) -> Message | None:
    if article := re.search(r"(?<![/(])\b(an?)\s*[:…_]*$", stem, re.I):
        wants_vowel = article[1].lower() == "an"
        misfits = [text for text in wrong if bool(_VOWEL.match(text)) != wants_vowel]
        if misfits and bool(_VOWEL.match(right)) == wants_vowel:
            return tell(
                "after “{article}”, “{option}” cannot be right. End the stem with a/an or before it.",
                article=article[1],
                option=misfits[0],
            )
    verb = re.search(r"\b(is|was|are|were)\s*[:…_]*$", stem)
    short = all(len(text.split()) <= 4 for text in [right, *wrong])
    if verb and short:
        many = verb[1] in ("are", "were")
        misfits = [text for text in wrong if _is_plural(text) != many]
        if _is_plural(right) == many and len(misfits) >= 2:
            return tell(
                "after “{verb}”, “{option}” cannot be right. Use singular or plural for all options.",
                verb=verb[1],
                option=misfits[0],
            )
    return None


def _is_plural(text: str) -> bool:
    last = text.rpartition(" ")[2]
    return " and " in text or (last.endswith("s") and not _NOT_PLURAL.search(last))


def _thai_cue(stem: str, right: str, wrong: list[str]) -> Message | None:
    for marker in MARKERS if wrong and wrong[0].startswith(MARKERS) else ():
        if all(_begins(text, marker) for text in wrong) and not _begins(right, marker) and len(wrong) > 1:
            return tell(
                "every distractor begins with “{marker}” but the key does not. Build all options alike.",
                marker=marker,
            )
    polite = [text.endswith(PARTICLES) for text in [right, *wrong]]
    if len(wrong) > 1 and polite[0] not in polite[1:]:
        return tell("only the key ends, or does not end, with a polite particle. Word all options alike.")
    if HOW_MANY not in stem:
        return None
    if (counted := COUNTED.search(stem)) and (classifier := next(iter(words(counted[1])), "")):
        fits = [classifier in text or bool(FIGURES.fullmatch(text)) for text in [right, *wrong]]
        if fits[0] and fits[1:].count(False) >= 2:
            return tell(
                "asks for a number of “{classifier}”, but few options have one. Write each "
                "option as a number.",
                classifier=classifier,
            )
    return None


def _begins(text: str, marker: str) -> bool:
    return text.startswith(marker) and not NO_MARKER.match(text)


def gives_away_another(shelf: UnitDraft, setting: Clue) -> Iterator[RuleFault]:
    """Warn if the key of an item can be read in the stem or the stimulus of another item of the unit."""
    told = [
        (other, (_squeezed(other.item.stem) + _squeezed(_stimulus(other, shelf)))) for other in shelf.found
    ]
    everything = "\n".join(text for _, text in told)
    for one in shelf.found:
        if (parts := one_key(one)) is None:
            continue
        key, distractors = parts
        right = _squeezed(one.item.options[key])
        if right not in everything or length(right) < 6:
            continue
        wrong = [_squeezed(text) for text in distractors.values()]
        for other, text in told:
            if right in text and _may_tell(one, other) and not any(option in text for option in wrong):
                asked = content(one.item.stem)
                about = content(other.item.stem) | content(_stimulus(other, shelf))
                if not (
                    bool(asked)
                    and len(asked & about) >= setting.likeness * len(asked)
                    and _squeezed(one.item.options[one.item.key[0]]) not in _squeezed(one.item.stem)
                ):
                    continue
                where = other.document.at([other.position])
                message = tell(
                    "its key can be read in {item} ({where}). Reword one of them, or write "
                    "`enemies: [{item}]` here.",
                    item=other.item.id,
                    where=where,
                )
                yield RuleFault(one, f"options.{key}", message)
                break


def _stimulus(one: LocatedItem, shelf: UnitDraft) -> str:
    if one.item.shared_stimulus is None:
        return ""
    return next((s.text for s in shelf.stimuli if s.id == one.item.shared_stimulus), "")


def _may_tell(one: LocatedItem, other: LocatedItem) -> bool:
    """Return whether two items may be on the same form and do not share a stimulus."""
    shared = one.item.shared_stimulus
    together = shared is not None and shared == other.item.shared_stimulus
    return one is not other and not together and not one.item.is_enemy(other.item)


def _squeezed(text: str) -> str:
    text = folded(text)
    for mark in " “”\"'.,()":
        if mark in text:
            text = text.replace(mark, "")
    return text
