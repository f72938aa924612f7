"""What options earn → which of them are right, and what a person must look at: one rule for every format."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from examgen.interchange import beside
from examgen.interchange.questions import Choice, Passage, Question, unlike
from examgen.words import Message, listed, tell, tell_n

FULL = 0.99990
"""Shares as programs write them: 33.33333 % three times is not quite 1."""


def number(text: str) -> float:
    """A number of a file. Raises ValueError for what is none, and for what is not finite."""
    found = float(text)
    if not math.isfinite(found):
        raise ValueError(text)
    return found


def right_of_one(weights: Sequence[float]) -> list[bool]:
    """The options of a question of one answer that earn all of its points."""
    return [weight >= FULL for weight in weights]


def right_of_several(weights: Sequence[float]) -> list[bool]:
    """The options of a question of several answers that earn anything."""
    return [weight > 0 for weight in weights]


def concerns(
    kind: str, stem: Passage, choices: Sequence[Choice], weights: Sequence[float] | None
) -> tuple[Message, ...]:
    """What a person should look at before the question is an item of the bank."""
    found: list[Message] = []
    right = [place for place, choice in enumerate(choices) if choice.right]
    if not right:
        best = max(weights, default=0.0) if weights else 0.0
        found.append(
            tell(
                "has no key: no option earns all of its points, the best {percent:g} %",
                percent=round(100 * best, 5),
            )
            if best > 0
            else tell("has no key: no option is said to be right")
        )
    elif kind == "single" and len(right) > 1:
        found.append(tell("is of one answer, and {n} options earn all of its points", n=len(right)))
    if len(choices) < 2:
        found.append(tell_n("has {n} option", "has {n} options", len(choices)))
    if right and len(right) == len(choices) > 1:
        found.append(tell("has no wrong option"))
    if weights and kind == "single" and any(0 < weight < FULL for weight in weights):
        found.append(tell("gives part of the points to some options: the bank has right and wrong alone"))
    if weights and kind == "multiple" and right and abs(sum(w for w in weights if w > 0) - 1) > 1e-3:
        total = round(100 * sum(weight for weight in weights if weight > 0), 5)
        found.append(tell("gives {percent:g} % of its points to all right options together", percent=total))
    if weights and any(weight < 0 for weight in weights):
        found.append(tell("takes points off for wrong options: a matter of the exam's scoring here"))
    if not stem:
        found.append(tell("has no stem"))
    if blank := [place + 1 for place, choice in enumerate(choices) if not _says(choice.text)]:
        found.append(
            tell_n(
                "option {places} says nothing: a picture may be lost",
                "options {places} say nothing: a picture may be lost",
                len(blank),
                places=listed(str(place) for place in blank),
            )
        )
    elif not unlike(choices):
        found.append(tell("has two options that read alike"))
    return (*found, *_left_behind([stem, *(choice.text for choice in choices)]))


_LOST: dict[str, str] = {
    "u": tell("underline"),
    "ins": tell("underline"),
    "s": tell("struck-out text"),
    "del": tell("struck-out text"),
    "strike": tell("struck-out text"),
    "audio": tell("sound"),
    "video": tell("video"),
    "svg": tell("a drawing (svg)"),
    "merged cells": tell("merged cells"),
    "picture of another site": tell("picture of another site"),
    "markup nested too deep": tell("markup nested too deep"),
    "indentation of lines": tell("indentation of lines"),
    "table too large": tell("table too large"),
}


def _says(text: Passage) -> bool:
    return bool(text.pictures or text.plain.strip(" .-–_…"))


def _left_behind(texts: Sequence[Passage]) -> list[Message]:
    found: list[Message] = []
    if lost := dict.fromkeys(_LOST.get(name, name) for text in texts for name in text.lost):
        found.append(tell("was written without what the bank has no sign for: {names}", names=listed(lost)))
    if n := sum(text.markdown.count("![](") for text in texts):
        found.append(
            tell_n(
                "shows a picture without alternative text: write what it shows",
                "shows {n} pictures without alternative text: write what they show",
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
    return found


def _bare(text: Passage) -> str:
    """A text by its lines, without the signs that escape others."""
    return re.sub(r"\\(?=\W)", "", text.markdown)


def with_concerns(question: Question, weights: Sequence[float] | None = None) -> Question:
    """The question with its warnings, those that it has first."""
    from dataclasses import replace

    found = concerns(question.kind, question.stem, question.choices, weights)
    doubt = question.doubt or _tells_key(question)
    said = (*question.warnings, *([doubt] if doubt is not None else []), *found)
    return replace(question, warnings=tuple(dict.fromkeys(said)), doubt=doubt)


def _tells_key(question: Question) -> Message | None:
    """What of the texts of a question reads like its key: it would be printed in booklets."""
    for place, choice in enumerate(question.choices, 1):
        if words := beside.key_in_option(choice.text.plain):
            return tell("option {place} holds words that read like a key: {words}", place=place, words=words)
    texts = [question.stem, *([question.stimulus[1]] if question.stimulus else [])]
    if words := next((found for one in texts if (found := beside.key_in_stem(_bare(one)))), None):
        return tell("its stem holds words that read like a key: {words}", words=words)
    return None
