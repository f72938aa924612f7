"""What was changed after the exam → sentences of a candidate's report: the key, and what was told before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from examgen.reports.report_parts import joined, short

if TYPE_CHECKING:
    from examgen.models import Bilingual
    from examgen.reports.report_parts import Words
    from examgen.scored_run import ChangedQuestion, ToldBefore


def changed_words(words: Words, changed: Sequence[ChangedQuestion]) -> Iterator[Bilingual]:
    """A sentence for each kind of correction of a form, with its questions; never what is right."""
    for kind, said in _SAID.items():
        questions = sorted({one.question for one in changed if one.kind == kind})
        if questions:
            yield said(words, len(questions), ", ".join(map(str, questions)))


def _dropped(words: Words, n: int, questions: str) -> Bilingual:
    return words.of_n(
        "Question {questions} was dropped after the exam: it counts for nobody.",
        "Questions {questions} were dropped after the exam: they count for nobody.",
        n,
        questions=questions,
    )


def _keyed_anew(words: Words, n: int, questions: str) -> Bilingual:
    return words.of_n(
        "The key of question {questions} was corrected after the exam: the score is by what is right.",
        "The keys of questions {questions} were corrected after the exam: the score is by what is right.",
        n,
        questions=questions,
    )


def _accepted(words: Words, n: int, questions: str) -> Bilingual:
    return words.of_n(
        "A further answer to question {questions} was accepted as right after the exam.",
        "A further answer to each of questions {questions} was accepted as right after the exam.",
        n,
        questions=questions,
    )


def _given(words: Words, n: int, questions: str) -> Bilingual:
    return words.of_n(
        "It was decided after the exam that everybody has the points of question {questions}.",
        "It was decided after the exam that everybody has the points of questions {questions}.",
        n,
        questions=questions,
    )


def _given_for_an_answer(words: Words, n: int, questions: str) -> Bilingual:
    return words.of_n(
        "It was decided after the exam that whoever answered question {questions} has its points.",
        "It was decided after the exam that whoever answered questions {questions} has their points.",
        n,
        questions=questions,
    )


_SAID: Mapping[str, Callable[[Words, int, str], Bilingual]] = {
    "drop": _dropped,
    "rekey": _keyed_anew,
    "accept": _accepted,
    "credit_all": _given,
    "credit_answered": _given_for_an_answer,
}
"""By kind of correction."""


def _beside(words: Words, told: ToldBefore) -> Iterator[Bilingual]:
    """What is otherwise where score and decision are not."""
    if told.criteria:
        yield words("The score and the decision are as they were; results of single criteria are not.")
        if told.standing:
            yield words("Figures beside the score, such as the rank or the scaled score, have changed, too.")
    else:
        yield words(
            "The score and the decision are as they were; figures beside the score, such as the rank or the "
            "scaled score, have changed."
        )


def replaced_words(words: Words, told: ToldBefore) -> Bilingual:
    """That this report replaces an earlier one, and what that one told."""
    lead = words("This report replaces that of run {run}, which was released before.", run=told.run)
    if told.same:
        return joined(lead, *_beside(words, told))
    rest = words(
        "There the score was {score} of {most} points.", score=short(told.score), most=short(told.max_score)
    )
    if told.decision == "pass":
        return joined(lead, rest, words("The decision was: passed."))
    if told.decision:
        return joined(lead, rest, words("The decision was: not passed."))
    return joined(lead, rest)
