"""Finds what an explanation states about the options: which of them it affirms as the answer and which it denies.

An explanation is cut into clauses. A clause speaks of the options whose text, or whose distinctive words, it
contains. It speaks of the answer if it repeats the words of the stem, or uses a word such as `needed`. It
denies what it negates, what follows a contrast (`rather than`), and, if the stem asks for what is not so,
what it affirms. Clauses with a condition or concession state nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from examgen.bank.rules.item_words import content, endings, is_thai, words
from examgen.bank.rules.patterns import (
    ASKED_IN_ENGLISH,
    ASKED_IN_THAI,
    ASKS_FOR_FAULT,
    CONCLUSION,
    CONDITION,
    CONTRAST,
    DENIES_STATEMENT,
    GAP,
    HARMS,
    LEADS_IN,
    NAMES_ANSWER,
    NEGATES,
    OF_ANOTHER,
    OF_TIME,
    REASON,
    STATEMENTS,
    VERB_OF_QUESTION,
    VERDICT,
)

_ENDING = re.compile(r"(?<=[a-z]{3})(?:ing|ed|es|s|ly|e)$")
_HALF = 0.5
_SURE = 6
"""The length above which a Thai text is found within another without regard to the words around it."""


class Contradiction(NamedTuple):
    """A clause that states another answer than the key, and whether it repeats an option and the stem in
    full. Otherwise their words only overlap.
    """

    clause: str
    is_certain: bool


class Clause(NamedTuple):
    """A clause of an explanation that speaks of options: those it `named` at all or `in_full`.

    It may repeat the whole stem, present the answer in so many words, consist of an option alone, be about
    the answer in part, be limited by a condition that the stem does not have, and deny.
    """

    text: str
    named: frozenset[int]
    in_full: frozenset[int]
    repeats_stem: bool
    touches_stem: bool
    names_answer: bool
    is_alone: bool
    is_about: bool
    is_limited: bool
    denies: bool


Mentioned = tuple[frozenset[int], frozenset[int]]
"""The options of which a text speaks, and those of them that it names in full."""


@lru_cache(maxsize=256)
def contradiction(
    stem: str, options: tuple[str, ...], key: frozenset[int], explanation: str, explained: int | None = None
) -> Contradiction | None:
    """Return the first clause of an explanation that affirms a wrong option without affirming the key, or
    denies the key; None if there is none. The explanation may be that of one option.
    """
    every = [*_clauses(stem, options, key, explanation, explained)]
    clauses = [one for one in every if not one.is_limited]
    sure = [one for one in clauses if one.repeats_stem]
    if not any(one.named & key and not one.denies for one in sure):
        for one in sure:
            affirms = len(one.named) == 1 and one.named == one.in_full and not one.named & key
            if one.named & key if one.denies else affirms:
                return Contradiction(one.text, True)
    about = [one for one in clauses if one.is_about]
    if any(one.named & key and not one.denies for one in every):
        is_of_key = any(one.named & key and (one.touches_stem or one.is_about) for one in every)
        others = [one for one in about if one.touches_stem and not one.denies and len(one.named) == 1]
        return None if is_of_key or not others else Contradiction(others[0].text, False)
    for one in clauses:
        is_answer = one.names_answer or (one.is_alone and one.named != {explained})
        if is_answer and one.in_full and one.denies == bool(one.named & key):
            return Contradiction(one.text, True)
    if denied := next((one for one in about if one.denies and one.named == key), None):
        return Contradiction(denied.text, False)
    affirmed = [one for one in about if not one.denies]
    if not affirmed and explained is None and not NEGATES.search(stem):  # which must be about the key
        affirmed = [one for one in clauses if not one.denies]
    if len({place for one in affirmed for place in one.named}) == 1:
        return Contradiction(affirmed[0].text, False)
    return None


def only_of_another(stem: str, options: tuple[str, ...], key: frozenset[int], explanation: str) -> str | None:
    """Return the first clause that names a wrong option in full, if the explanation names no other option;
    None if it names another, or only denies or contrasts the option, or the stem has the option too.
    """
    named = mentioned(explanation, options)[0]
    if len(named) != 1 or named & key or NEGATES.search(stem):
        return None
    [place] = named
    is_word = content(options[place]) and not VERDICT.fullmatch(options[place])
    if not is_word or _names(stem, options[place]):
        return None
    for clause in STATEMENTS.split(LEADS_IN.sub("", explanation)):
        said = OF_ANOTHER.split(CONTRAST.split(clause, maxsplit=1)[0], maxsplit=1)[0]
        limits = [hit[0].lower() for hit in CONDITION.finditer(said) if not OF_TIME.search(hit[0])]
        rest = _names_of(options).sub(" ", said)
        harms = HARMS.search(said) and not ASKS_FOR_FAULT.search(stem)
        if _names(said, options[place]) and not DENIES_STATEMENT.search(rest) and not harms:
            return None if any(one not in stem.lower() for one in limits) else clause.strip()
    return None


def _clauses(
    stem: str, options: tuple[str, ...], key: frozenset[int], explanation: str, explained: int | None
) -> Iterator[Clause]:
    """Yield the clauses that speak of options."""
    asks_for_wrong = bool(NEGATES.search(stem))
    before: Mentioned = (frozenset(), frozenset())
    parts = [*filter(str.strip, STATEMENTS.split(LEADS_IN.sub("", explanation)))]
    is_only_reason = all(map(REASON.match, parts[1:2]))
    for n, text in enumerate(parts):
        said = CONTRAST.split(text, maxsplit=1)[0]
        named, in_full = mentioned(said, options)
        if not named and CONCLUSION.match(said):
            named, in_full = before
        if not named and n == 0 and explained is not None and not asks_for_wrong and _is_verdict(said):
            named = in_full = frozenset({explained})
        before = (named, in_full) if named else before
        if not named:
            continue
        rest = _names_of(options).sub(" ", said)
        topic, verb = _topic(stem, options)
        share = sum(_has(rest, one) for one in topic) / len(topic) if topic else 0.0
        has_new = any(root(one) not in topic | verb for one in content(rest))
        answer = NAMES_ANSWER.search(rest)
        if answer and answer["norm"] and ASKS_FOR_FAULT.search(stem):
            continue
        is_reversed = asks_for_wrong and not (answer and not answer["verdict"])
        yield Clause(
            text.strip(),
            named,
            in_full,
            share == 1 and all(_has(rest, one) for one in verb),
            share > 0,
            answer is not None,
            n == 0 and is_only_reason and not words(rest),
            share > _HALF or (share == _HALF and not has_new),
            any(found[0].lower() not in stem.lower() for found in CONDITION.finditer(said))
            or bool(not named & key and HARMS.search(rest) and not ASKS_FOR_FAULT.search(stem)),
            bool(DENIES_STATEMENT.search(rest)) != is_reversed,
        )


def _is_verdict(clause: str) -> bool:
    """Return whether a clause says no more than that something is right, wrong or the answer."""
    found = NAMES_ANSWER.search(clause)
    return bool(found and not found["asked"] and not content(NAMES_ANSWER.sub(" ", clause)))


@lru_cache(maxsize=4096)
def _topic(stem: str, options: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words of a stem that the answer must be about, without the noun asked for and the words of
    the options; and the verb of the question.
    """
    question = re.split(r"(?<=[.!?:])\s+", GAP.sub(" ", stem).rstrip("? "))[-1]
    verb: frozenset[str] = frozenset()
    if found := ASKED_IN_THAI.search(question):
        before = words(found["before"])
        question = " ".join(
            (
                found["before"].removesuffix(before[-1]) if found["after"] and before else found["before"],
                found["after"] or "",
            )
        )
    elif found := ASKED_IN_ENGLISH.match(question):
        said = found["rest"].split()
        verbs = [n for n, word in enumerate(said) if VERB_OF_QUESTION.fullmatch(word)][:3]
        # a noun may end like a verb (`gas`)
        place = next((n for n in verbs if not content(said[n])), next(iter(verbs), -1))
        verb, question = content(" ".join(said[place : place + 1])), " ".join(said[place + 1 :])
    used = {root(word) for option in options for word in words(option)}
    return (
        frozenset(one for word in content(question) if (one := root(word)) not in used),
        frozenset(map(root, verb)),
    )


def mentioned(text: str, options: Sequence[str]) -> Mentioned:
    """Return the options of which a text speaks, and those of them that it names in full."""
    full = {place for place, option in enumerate(options) if _names(text, option)}
    full = {
        place
        for place in full
        if not any(
            options[place].casefold() in options[one].casefold() and options[place] != options[one]
            for one in full
        )
    }
    if full:
        return frozenset(full), frozenset(full)
    shares = {}
    for place, option in enumerate(options):
        others = {root(word) for one, other in enumerate(options) if one != place for word in words(other)}
        own = {root(word) for word in content(option)} - others
        shares[place] = sum(_has(text, one) for one in own) / len(own) if own else 0.0
    most = max(shares.values(), default=0.0)
    best = {place for place, share in shares.items() if share == most > _HALF}
    return (frozenset(best), frozenset()) if len(best) == 1 else (frozenset(), frozenset())


def _names(text: str, option: str) -> bool:
    """Return whether a text contains an option as whole words; a Thai compound may end in it."""
    if is_thai(option) and len(option) > _SURE and option in text:
        return True
    said, sought = [root(one) for one in words(text)], [root(one) for one in words(option)]
    n = len(sought)
    if n == 1 and is_thai(option) and any(option in endings(one) for one in said if is_thai(one)):
        return True
    return bool(n) and any(said[at : at + n] == sought for at in range(len(said) - n + 1))


@lru_cache(maxsize=4096)
def _names_of(options: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern that finds the options in a text, longer ones first."""
    texts = sorted(filter(None, options), key=len, reverse=True)
    return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, texts))})", re.I)


def _has(text: str, sought: str) -> bool:
    return sought in text if is_thai(sought) else any(root(word) == sought for word in words(text))


def root(word: str) -> str:
    """Return an English word without its ending; any other word unchanged."""
    return _ENDING.sub("", word)
