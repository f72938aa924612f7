"""What the codes in a committee's book mean: corrections, signals, causes of a change; when one was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examgen.reports.report_parts import in_its_figures, short_day_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from examgen.models import Bilingual
    from examgen.models.papers import Digits
    from examgen.reports.committee import CommitteeBook, Document
    from examgen.reports.report_parts import Words
    from examgen.scored_run import ScoredRun


def confidential(words: Words, run: ScoredRun, book: CommitteeBook) -> Bilingual:
    """What makes the book one for the committee alone: what it really names."""
    found = book.items
    if book.corrections or (found is not None and (found.alarms or found.flagged)):
        if run.is_hidden:
            return words(
                "has codes in place of candidates, and names items and keys; for the committee alone"
            )
        return words("names candidates, items and keys; for the committee alone")
    return confidential_list(words, run)


def confidential_list(words: Words, run: ScoredRun) -> Bilingual:
    """The same of the list for signature."""
    if run.is_hidden:
        return words("has codes in place of candidates; for the committee alone")
    return words("names candidates; for the committee alone")


def correction_words(words: Words) -> Mapping[str, Bilingual]:
    """Kind of a correction → what it does."""
    return {
        "rekey": words("another key is right"),
        "accept": words("a further key is right too"),
        "drop": words("counts for nobody"),
        "credit_all": words("everybody has its points"),
        "credit_answered": words("whoever answered has its points"),
    }


def signal_words(words: Words) -> Mapping[str, Bilingual]:
    """Kind of a signal → its name."""
    return {
        "blank_row": words("no answer at all"),
        "one_letter": words("one letter throughout"),
        "pattern": words("a repeated pattern"),
        "under_chance": words("far below guessing"),
        "wrong_form": words("another form fits better"),
        "same_answers": words("exactly the same answers"),
        "similar_wrong_answers": words("too many wrong answers in common"),
    }


def left_out_words(words: Words) -> Mapping[str, Bilingual]:
    """What a run leaves out on purpose, as the audit has it → what it is."""
    return {
        "corrections": words("corrections"),
        "decisions": words("decisions on rows"),
        "roster": words("the roster"),
        "scaled": words("the scaled scores"),
        "answers": words("the answer files"),
        "candidates": words("candidates who were scored"),
    }


def cause_words(words: Words) -> Mapping[str, Bilingual]:
    """Field of the audit that differs between two runs → what it is."""
    return {
        "key": words("the key"),
        "corrections": words("corrections"),
        "inputs": words("the answer files"),
        "options": words("the rules of the blueprint"),
        "decided": words("decisions on rows"),
        "manifest": words("the package"),
        "editions": words("the edition of the standard"),
        "scaled": words("the scaled scores"),
        "examgen": words("the version of examgen"),
    }


def day_of(one: Document, digits: Digits) -> Bilingual | None:
    """When a correction or a decision was made, where that is a date."""
    day = short_day_words(str(one.get("date", "")))
    return day and in_its_figures(day, digits)
