"""The list for signature in the committee's book."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.text.thai import in_digits
from examgen.core.words import Pair
from examgen.rendering.parts import (
    DECISIONS,
    MIN_N,
)
from examgen.reports.committee_report.report import MARKS
from examgen.reports.fail_causes import cause_words
from examgen.reports.localisation import ReportLanguage

if TYPE_CHECKING:
    from examgen.rendering.parts import Words
    from examgen.reports.committee_report.report import CommitteeBook, ListedCandidate
    from examgen.reports.fail_causes import FailCause
    from examgen.scoring.scored_run import ScoredRun


class CentreList(NamedTuple):
    """A centre in the list for signature; `rows` are id, name, form, score, %, decision, marks, and cause."""

    anchor: str
    name: str
    n: str
    rate: str
    second_look: str
    rows: tuple[tuple[str, ...], ...]
    named: bool


def centre_lists(voice: ReportLanguage, book: CommitteeBook, run: ScoredRun) -> list[CentreList]:
    """Return every centre with all its candidates."""
    number = voice.number
    row = _row_words(voice, book, run)
    found = []
    for n, centre in enumerate(book.centres, start=1):
        rate, size = "", len(centre.people)
        if centre.passed is not None:
            rate = f"{number(centre.passed.n)}/{number(centre.passed.of)}"
            if centre.passed.of >= MIN_N:
                rate += f" ({voice.percent(centre.passed.share)})"
        found.append(
            CentreList(
                anchor=f"centre-{n}",
                name=centre.name,
                n=number(size),
                rate=rate,
                second_look=number(centre.second_look),
                rows=tuple(map(row, centre.people)),
                named=any(one.name for one in centre.people),
            )
        )
    return found


def _row_words(
    voice: ReportLanguage, book: CommitteeBook, run: ScoredRun
) -> Callable[[ListedCandidate], tuple[str, ...]]:
    """Return the function that makes the row of a candidate."""
    decisions = {code: decision_words(voice, code) for code in (*DECISIONS, "")}
    why: dict[tuple[FailCause | None, str], str] = {}

    def row(one: ListedCandidate) -> tuple[str, ...]:
        key = one.cause, one.form
        if one.cause is not None and key not in why:
            why[key] = cause_words(voice, run, one.cause, book.cohort.cuts.get(one.form))
        return (
            one.candidate_id,
            one.name,
            one.form,
            figures(voice, f"{one.score} / {one.max_score}"),
            figures(voice, one.percent),
            decisions.get(one.decision, "–"),
            "\u00a0".join(MARKS[mark] for mark in one.marks),
            why.get(key, ""),
        )

    return row


def marks_shown(voice: ReportLanguage, book: CommitteeBook) -> list[dict[str, object]]:
    """Return the legend: every sign in the list, its meaning, and how many candidates have it."""
    words = voice.spoken
    means = {
        "second_look": words("within one SEM of the cut: the second look is open"),
        "upheld": words("within one SEM of the cut: a second look upheld the result"),
        "changed": words("within one SEM of the cut: a second look changed the result"),
        "absent_but_scored": words("absent, but scored"),
        "not_on_roster": words("scored, but not on the list"),
        "other_form": words("scored on a form that was not dealt"),
        "also_in_quarantine": words("scored, and a further row is in quarantine"),
        "signal": words("named by an integrity signal: to be looked at, no verdict"),
        "synthetic": words("synthetic: nobody sat this"),
    }
    return [
        {"sign": MARKS[mark], "means": means[mark], "n": voice.number(n)} for mark, n in book.marked.items()
    ]


def figures(voice: ReportLanguage, text: str) -> str:
    """Return a number from the files in the digits of the report."""
    return in_digits(text.replace("-", "−"), voice.digits)


def decision_words(voice: ReportLanguage, code: str) -> str:
    """Return the sign and the word of a decision; a dash if nothing was decided."""
    said = DECISIONS.get(code)
    return f"{said.sign} {voice.pair(said.word)}" if said else "–"


def confidential_list(words: Words, run: ScoredRun) -> Pair:
    """Return the note that the list for signature is confidential."""
    return words("names candidates; for the committee alone")
