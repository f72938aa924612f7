"""Kinds of corrections of the key: what each is called, and what everybody is told of it.

What a kind does to the key is written in `scoring/corrections.py`, and to the points in `scoring/rules.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from examgen.core.words import Message, of_n, spoken, tell

CorrectionKind = Literal["rekey", "accept", "drop", "credit_all", "credit_answered"]


class CorrectionKindWords(NamedTuple):
    """A kind of correction as people meet it. `does` and `told` are sentences of reports."""

    chosen: Message
    """Where a grader chooses it."""
    does: str
    """In a list of corrections."""
    told: tuple[str, str]
    """To candidates, of one question and of several."""
    told_besides: str = ""
    takes_key: bool = False
    """Whether it says what is right."""
    credits: Literal["", "all", "answered"] = ""
    """Who has the points of the question, whatever is right."""


CORRECTION_KINDS: Mapping[CorrectionKind, CorrectionKindWords] = {
    "rekey": CorrectionKindWords(
        tell("Another answer is right, in place of the key"),
        spoken("another key is right"),
        of_n(
            "The key of question {questions} was corrected after the exam: the score is by what is right.",
            "The keys of questions {questions} were corrected after the exam: the score is by what is right.",
        ),
        takes_key=True,
    ),
    "accept": CorrectionKindWords(
        tell("Another answer is right, too"),
        spoken("a further key is right too"),
        of_n(
            "A further answer to question {questions} was accepted as right after the exam.",
            "A further answer to each of questions {questions} was accepted as right after the exam.",
        ),
        takes_key=True,
    ),
    "drop": CorrectionKindWords(
        tell("The question counts for nobody"),
        spoken("counts for nobody"),
        of_n(
            "Question {questions} was dropped after the exam: it counts for nobody.",
            "Questions {questions} were dropped after the exam: they count for nobody.",
        ),
    ),
    "credit_all": CorrectionKindWords(
        tell("Every candidate has its points"),
        spoken("everybody has its points"),
        of_n(
            "It was decided after the exam that everybody has the points of question {questions}.",
            "It was decided after the exam that everybody has the points of questions {questions}.",
        ),
        spoken("The results by the standard count them, whatever was answered."),
        credits="all",
    ),
    "credit_answered": CorrectionKindWords(
        tell("Everybody who answered it gets its points"),
        spoken("whoever answered has its points"),
        of_n(
            "It was decided after the exam that whoever answered question {questions} has its points.",
            "It was decided after the exam that whoever answered questions {questions} has their points.",
        ),
        credits="answered",
    ),
}
