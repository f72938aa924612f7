"""Points of options → the right ones, and what a person must check: one rule for every format."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

from examgen.bank.rules import explanations
from examgen.core.text.characters import turned
from examgen.core.words import Message, joined, listed, tell, tell_n
from examgen.interchange import answer_lines as beside
from examgen.interchange import markup
from examgen.interchange.questions import Choice, Passage, Question, unlike

FULL = 0.99990
"""Shares as programs write them: 33.33333 % three times is not quite 1."""
MOST_TRIED = 10
"""Options of a question of which every answer is tried out."""
_LOST: dict[str, str] = {
    "u": tell("underline"),
    "ins": tell("underline"),
    "s": tell("struck-out text"),
    "del": tell("struck-out text"),
    "strike": tell("struck-out text"),
    "audio": tell("sound"),
    "video": tell("video"),
    "svg": tell("a drawing (svg)"),
    "struck-out text": tell("struck-out text"),
    "hidden text": tell("hidden text"),
    "capitals set by a style": tell("capitals set by a style"),
    "other numbers of a list": tell("a list that does not begin with 1, 2, 3"),
    "merged cells": tell("merged cells"),
    "markup nested too deep": tell("markup nested too deep"),
    "indentation of lines": tell("indentation of lines"),
    "table too large": tell("table too large"),
}


def number(text: str) -> float:
    """A number of a file. Raises ValueError for what is none, and for what is not finite."""
    found = float(text)
    if not math.isfinite(found):
        raise ValueError(text)
    return found


def number_or_none(text: str | None) -> float | None:
    """A number of a file; None where there is none."""
    try:
        return number(text or "")
    except ValueError:
        return None


def right_of_one(weights: Sequence[float]) -> list[bool]:
    """The options of a question of one answer that earn all of its points."""
    return [weight >= FULL for weight in weights]


def right_of_several(weights: Sequence[float]) -> list[bool]:
    """The options of a question of several answers that earn anything."""
    return [weight > 0 for weight in weights]


Answer = frozenset[int]
"""The places of the options that are marked."""


def key_of(n: int, several: bool, earns: Callable[[Answer], float]) -> Answer | Message:
    """The options that must be marked, and no others, to earn the most: found by trying every answer.

    Options that change nothing are wrong ones. Why there is no such key is said: nothing earns points, or
    several answers earn the most.
    """
    if n > MOST_TRIED:
        return tell("has {n} options, but scoring rules are checked only up to {most}", n=n, most=MOST_TRIED)
    sizes = range(n + 1) if several else range(2)
    scores = {frozenset(one): earns(frozenset(one)) for size in sizes for one in combinations(range(n), size)}
    most = max(scores.values())
    near = 1e-4 * max(1.0, abs(most))
    if most < near:
        return tell("has no key, because no answer earns points under its scoring rules")
    best = [one for one, score in scores.items() if score > most - near]
    key = frozenset.intersection(*best)
    idle = frozenset.union(*best) - key
    if (
        key
        and key in best
        and not any(
            scores[one | {place}] > score + near
            for place in idle
            for one, score in scores.items()
            if one | {place} in scores
        )
    ):
        return key
    answers = [
        tell_n(
            "option {places}", "options {places}", len(one), places=listed(str(n + 1) for n in sorted(one))
        )
        if one
        else tell("no option marked")
        for one in best[:3]
    ]
    return tell(
        "has no single key, because several answers earn the most points under its scoring rules ({answers})",
        answers=joined(answers, "; "),
    )


def concerns(
    kind: str, stem: Passage, choices: Sequence[Choice], weights: Sequence[float] | None, held: bool = False
) -> tuple[Message, ...]:
    """Return what a person should check before the question becomes an item of the bank; of a question
    that is `held` back the reason for the missing key is known."""
    found: list[Message] = []
    right = [place for place, choice in enumerate(choices) if choice.right]
    if not right and not held:
        best = max(weights, default=0.0) if weights else 0.0
        found.append(
            tell(
                "has no key, because no option earns all of its points (at most {percent:g} %)",
                percent=round(100 * best, 5),
            )
            if best > 0
            else tell("has no key, because no option is marked as right")
        )
    if len(choices) < 2:
        found.append(tell_n("has {n} option", "has {n} options", len(choices)))
    if right and len(right) == len(choices) > 1:
        found.append(tell("has no wrong option"))
    if weights and kind == "single" and any(0 < weight < FULL for weight in weights):
        found.append(tell("gives partial points to some options, but the bank has only right and wrong"))
    if weights and kind == "multiple" and right and abs(sum(w for w in weights if w > 0) - 1) > 1e-3:
        total = round(100 * sum(weight for weight in weights if weight > 0), 5)
        found.append(tell("gives {percent:g} % of its points to all right options together", percent=total))
    if weights and any(weight < 0 for weight in weights):
        found.append(tell("deducts points for wrong options, which is set in the exam's scoring here"))
    if not stem:
        found.append(tell("has no stem"))
    blank = [
        n
        for n, choice in enumerate(choices, 1)
        if not choice.text.pictures and not choice.text.plain.strip(" .-–_…")
    ]
    if blank:
        found.append(
            tell_n(
                "option {places} is empty; a picture may be missing",
                "options {places} are empty; a picture may be missing",
                len(blank),
                places=listed(str(place) for place in blank),
            )
        )
    elif not unlike(choices):
        found.append(tell("has two options with the same text"))
    texts = [stem, *(choice.text for choice in choices)]
    if lost := dict.fromkeys(
        _LOST.get(name, name) for text in texts for name in text.lost if name not in markup.OTHERWISE_SEEN
    ):
        found.append(tell("was written without {names}, which the bank does not support", names=listed(lost)))
    if n := sum(text.markdown.count("![](") for text in texts):
        found.append(
            tell_n(
                "shows a picture without alternative text. Write what it shows.",
                "shows {n} pictures without alternative text. Write what they show.",
                n,
            )
        )
    pictures = dict.fromkeys(one.name for text in texts for one in text.pictures if one.data is None)
    if pictures:
        found.append(
            tell_n(
                "the picture {names} is not in the file",
                "the pictures {names} are not in the file",
                len(pictures),
                names=listed(pictures),
            )
        )
    return tuple(found)


def _bare(text: Passage) -> str:
    """A text by its lines, without the signs that escape others."""
    return re.sub(r"\\(?=\W)", "", text.markdown)


def with_concerns(question: Question, weights: Sequence[float] | None = None) -> Question:
    """The question with its warnings, those that it has first."""
    doubt = (
        question.doubt
        or _turned(question)
        or _seen_otherwise(question)
        or _doubt_of_key(question, weights)
        or _contradiction(question)
    )
    found = [*concerns(question.kind, question.stem, question.choices, weights, doubt is not None)]
    if question.feedback:
        found.append(
            tell("its general feedback is left out, because the bank only has rationales of options")
        )
    said = (*question.warnings, *([doubt] if doubt is not None else []), *found)
    return replace(question, warnings=tuple(dict.fromkeys(said)), doubt=doubt)


def _turned(question: Question) -> Message | None:
    """Which text of a question has a character that turns its direction, as no text of the bank may."""
    for text in (question.id, question.name, question.reference):
        if why := turned(text):
            return tell("its name or reference {why}", why=why)
    shared = question.stimulus[1].markdown if question.stimulus else ""
    if why := turned(question.stem.markdown) or turned(shared):
        return tell("its stem {why}", why=why)
    for place, choice in enumerate(question.choices, 1):
        if why := turned(choice.text.markdown):
            return tell("option {place} {why}", place=place, why=why)
        if choice.feedback and (why := turned(choice.feedback.markdown)):
            return tell("the feedback of option {place} {why}", place=place, why=why)
    return None


def _seen_otherwise(question: Question) -> Message | None:
    """Why the words of a question are not those that a reader of the file sees."""
    shared = [question.stimulus[1]] if question.stimulus else []
    texts = [question.stem, *shared, *(choice.text for choice in question.choices)]
    lost = (name for text in texts for name in text.lost if name in markup.OTHERWISE_SEEN)
    if names := dict.fromkeys(_LOST[name] for name in lost):
        return tell(
            "has {names}, so that other words would be printed than the file shows. Change it in the file.",
            names=listed(names),
        )
    return None


def _doubt_of_key(question: Question, weights: Sequence[float] | None) -> Message | None:
    """Why the options that are said to be right are not the key for sure, or would be known to candidates."""
    if question.kind != "multiple" and (n := len(question.right)) > 1:
        return tell("allows one answer, but {n} options earn all of its points", n=n)
    if question.kind == "multiple" and weights and question.right:
        found = key_of(len(weights), True, lambda one: min(1.0, sum(weights[place] for place in one)))
        if isinstance(found, Message):
            return found
    # words that read like the key would be printed in booklets
    marks = explanations.marked_options([choice.text.plain for choice in question.choices])
    for place, mark in marks.items():
        return tell("option {place} is marked as right or wrong by “{mark}”", place=place + 1, mark=mark)
    for place, choice in enumerate(question.choices, 1):
        if words := beside.key_in_option(choice.text.plain):
            return tell(
                "option {place} contains words that look like a key ({words})", place=place, words=words
            )
    texts = [question.stem, *([question.stimulus[1]] if question.stimulus else [])]
    if words := next(filter(None, (beside.key_in_stem(_bare(one)) for one in texts)), None):
        return tell("its stem contains words that look like a key ({words})", words=words)
    return None


def _contradiction(question: Question) -> Message | None:
    """Return the part of an explanation or of feedback that contradicts the key."""
    if not question.right:
        return None
    options = [choice.text.plain for choice in question.choices]
    # an explanation that calls other options right; true and false have no letters to be called by
    explained = (question.feedback, *(choice.feedback for choice in question.choices))
    for text in explained if question.kind != "truefalse" else ():
        for line in _bare(text).splitlines() if text else ():
            places = {beside.ordinal(letter) for letter in beside.called_right(line)}
            if (number := explanations.number_called_right(options, line)) is not None:
                places.add(number)
            if places and places != set(question.right) and max(places) < len(question.choices):
                return tell("its explanation says that another option is right ({words})", words=line[:120])
    for text in filter(None, explained):
        if words := explanations.another_option_called_right(options, question.right, _bare(text)):
            return tell("its explanation says that another option is right ({words})", words=words[:120])
    feedback = {
        place: choice.feedback.plain for place, choice in enumerate(question.choices) if choice.feedback
    }
    place = explanations.verdict_against_key(question.stem.plain, options, question.right, feedback)
    if place is None:
        return None
    return tell(
        "the feedback of option {place} contradicts the key ({words})",
        place=place + 1,
        words=feedback[place][:60],
    )
