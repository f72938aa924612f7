"""A committee's book → what whoever signs it must have seen, each with its number: one sentence a fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from examgen.reports.analysis_words import examined_words, half_examined_words
from examgen.reports.decision_words import dropped_words, gap_words
from examgen.reports.report_parts import draft_notice, in_its_figures, synthetic_notice

if TYPE_CHECKING:
    from examgen.models import Bilingual
    from examgen.reports.committee import CommitteeBook
    from examgen.reports.voices import Voice
    from examgen.scored_run import ScoredRun


def before_signing(voice: Voice, book: CommitteeBook, run: ScoredRun) -> Iterator[Bilingual]:
    """Everything that speaks against signing unseen; nothing where nothing does."""
    made_up = synthetic_notice(run)
    if made_up is not None:
        yield in_its_figures(made_up, voice.digits)
    draft = draft_notice(run.exam)
    if draft is not None:
        yield in_its_figures(draft, voice.digits)
    yield from dropped_words(voice, book.cohort.facts)
    if book.cohort.facts.gap is not None:
        yield gap_words(voice, book.cohort.facts.gap)
    yield from _given(voice, book)
    yield from _rows(voice, book)
    yield from _people(voice, book)
    yield from _keys(voice, book)


def _given(voice: Voice, book: CommitteeBook) -> Iterator[Bilingual]:
    """Corrections that give points without regard to the key."""
    n = sum(one["kind"] in ("credit_all", "credit_answered") for one in book.corrections)
    if n:
        yield voice.spoken.of_n(
            "{n} correction gives the points of a question whatever was answered: a score may have risen by "
            "that alone.",
            "{n} corrections give the points of a question each, whatever was answered: a score may have "
            "risen by that alone.",
            n,
            n=voice.number(n),
        )


def _rows(voice: Voice, book: CommitteeBook) -> Iterator[Bilingual]:
    words = voice.spoken
    cohort = book.cohort
    if aside := cohort.rows.get("quarantined", 0):
        yield words.of_n(
            "{n} row is in quarantine and counts for nobody.",
            "{n} rows are in quarantine and count for nobody.",
            aside,
            n=voice.number(aside),
        )
    if cohort.ledger is None:
        yield words("Without a roster it is not known who should have been there.")
    if missing := dict(cohort.unreconciled).get("missing", 0):
        yield words.of_n(
            "{n} candidate was present and has no row.",
            "{n} candidates were present and have no row.",
            missing,
            n=voice.number(missing),
        )


def _people(voice: Voice, book: CommitteeBook) -> Iterator[Bilingual]:
    """Those of the list who are marked, but for the second look and what is told above."""
    words = voice.spoken
    for mark, n in book.marked.items():
        shown = voice.number(n)
        if mark == "second_look":
            yield words.of_n(
                "† {n} candidate lies within one SEM of the cut.",
                "† {n} candidates lie within one SEM of the cut.",
                n,
                n=shown,
            )
        elif mark == "absent_but_scored":
            yield words.of_n(
                "‡ {n} candidate is said to have been absent, but is scored.",
                "‡ {n} candidates are said to have been absent, but are scored.",
                n,
                n=shown,
            )
        elif mark == "not_on_roster":
            yield words.of_n(
                "§ {n} candidate is scored, but not on the roster.",
                "§ {n} candidates are scored, but not on the roster.",
                n,
                n=shown,
            )
        elif mark == "other_form":
            yield words.of_n(
                "# {n} candidate is scored on a form that was not dealt.",
                "# {n} candidates are scored on a form that was not dealt.",
                n,
                n=shown,
            )
        elif mark == "also_in_quarantine":
            yield words.of_n(
                "+ {n} candidate is scored while a further row is in quarantine.",
                "+ {n} candidates are scored while a further row of each is in quarantine.",
                n,
                n=shown,
            )
        elif mark == "signal":
            yield words.of_n(
                "¶ {n} candidate is named by an integrity signal.",
                "¶ {n} candidates are named by integrity signals.",
                n,
                n=shown,
            )


def _keys(voice: Voice, book: CommitteeBook) -> Iterator[Bilingual]:
    words, found = voice.spoken, book.items
    if book.signals is None:
        yield words("The answers were not looked at for signals.")
    if found is None:
        yield words("The items of this run have not been analysed (examgen analyse exam).")
        return
    possible = sum(one["sure"] == "possible" for one in found.alarms)
    if n := len(found.alarms) - possible:
        yield words.of_n(
            "{n} key is in doubt, almost certain or likely to be wrong.",
            "{n} keys are in doubt, almost certain or likely to be wrong.",
            n,
            n=voice.number(n),
        )
    if possible:
        yield words.of_n(
            "{n} key is possibly wrong.", "{n} keys are possibly wrong.", possible, n=voice.number(possible)
        )
    few = found.n_examined - found.n_fully_examined
    for said in (
        examined_words(found.n_items, found.n_examined, found.min_n),
        half_examined_words(found.n_items, few, found.min_n_fully),
    ):
        if said is not None:
            yield in_its_figures(said, voice.digits)
