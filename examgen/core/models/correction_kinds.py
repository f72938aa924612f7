"""Kinds of corrections of the key: what each does, what it is called, and what everybody is told of it.

`scoring/corrections.py` makes them of the key, `scoring/rules.py` of what a mark earns; both ask what stands
here, as do the reports, the pages and the schema of `corrections.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, NamedTuple

from examgen.core.words import Message, of_n, spoken, tell

CorrectionKind = Literal["rekey", "accept", "drop", "credit_all", "credit_answered"]


class Credit(NamedTuple):
    """The shares of its points that a question gives, whatever is right, for a blank and for any other
    mark."""

    blank: Fraction
    answered: Fraction

    @property
    def sure(self) -> Fraction:
        """The share that everybody has."""
        return min(self.blank, self.answered)


class CorrectionKindEntry(NamedTuple):
    """A kind of correction: what it does, and how people meet it; `does` and `told` are sentences of
    reports."""

    chosen: Message
    """Where a grader chooses it."""
    does: str
    """In a list of corrections."""
    on_screen: Message
    """The same, where a command lists them."""
    told: tuple[str, str]
    """To candidates, of one question and of several."""
    told_besides: str = ""
    key: Literal["", "replaced", "extended"] = ""
    """What it does to the key; where anything, a correction says what is right."""
    counts: bool = True
    """Whether the question still counts, in the score and in what could be had."""
    credit: Credit | None = None


CORRECTION_KINDS: Mapping[CorrectionKind, CorrectionKindEntry] = {
    "rekey": CorrectionKindEntry(
        tell("Another answer is right instead of the key"),
        spoken("another key is right"),
        tell("another key is right"),
        of_n(
            "The key of question {questions} was corrected after the exam: the score is by what is right.",
            "The keys of questions {questions} were corrected after the exam: the score is by what is right.",
        ),
        key="replaced",
    ),
    "accept": CorrectionKindEntry(
        tell("Another answer is also right"),
        spoken("a further key is right too"),
        tell("a further key is right too"),
        of_n(
            "A further answer to question {questions} was accepted as right after the exam.",
            "A further answer to each of questions {questions} was accepted as right after the exam.",
        ),
        key="extended",
    ),
    "drop": CorrectionKindEntry(
        tell("The question does not count"),
        spoken("does not count"),
        tell("does not count"),
        of_n(
            "Question {questions} was dropped after the exam: it counts for nobody.",
            "Questions {questions} were dropped after the exam: they count for nobody.",
        ),
        counts=False,
    ),
    "credit_all": CorrectionKindEntry(
        tell("Every candidate gets its points"),
        spoken("every candidate gets its points"),
        tell("every candidate gets its points"),
        of_n(
            "Question {questions} was credited to all candidates after the exam.",
            "Questions {questions} were credited to all candidates after the exam.",
        ),
        spoken("The results by the standard count them, whatever was answered."),
        credit=Credit(Fraction(1), Fraction(1)),
    ),
    "credit_answered": CorrectionKindEntry(
        tell("Everyone who answered it gets its points"),
        spoken("everyone who answered gets its points"),
        tell("everyone who answered gets its points"),
        of_n(
            "Question {questions} was credited after the exam to all candidates who answered it.",
            "Questions {questions} were credited after the exam to all candidates who answered them.",
        ),
        credit=Credit(Fraction(0), Fraction(1)),
    ),
}
