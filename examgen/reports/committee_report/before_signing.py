"""A committee's book → what whoever signs it must have seen, each with its number: one sentence a fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.text.characters import LETTERS
from examgen.core.words import Pair
from examgen.rendering.parts import draft_notice, in_its_figures, synthetic_notice
from examgen.reports.analysis_report.words import examined_words, half_examined_words
from examgen.reports.decisions import dropped_words, gap_words
from examgen.reports.exports.upload import by_methods_words
from examgen.reports.language import ReportLanguage
from examgen.reports.ledger_lines import n_not_used, n_set_aside

if TYPE_CHECKING:
    from examgen.reports.committee_report.report import CommitteeBook, Document, ItemSummary
    from examgen.scoring.scored_run import ScoredRun

MOST_NAMED = 20
"""Keys in doubt, or people, in one sentence before signing; all of them are in their table."""
MOST_PLACES = 6
"""Of an item on more forms, these are named."""


def before_signing(voice: ReportLanguage, book: CommitteeBook, run: ScoredRun) -> Iterator[Pair]:
    """Everything that speaks against signing unseen; nothing where nothing does."""
    words, number, cohort = voice.spoken, voice.number, book.cohort
    if run.release.state != "released" and run.release.told is not None:
        told = number(run.release.told)
        yield words("The results that are released are those of run {n}, not of this one.", n=told)
    for notice in (synthetic_notice(run), draft_notice(run.exam)):
        if notice is not None:
            yield in_its_figures(notice, voice.digits)
    yield from by_methods_words(voice, run)
    yield from dropped_words(voice, cohort.facts)
    if cohort.facts.gap is not None:
        yield gap_words(voice, cohort.facts.gap)
    # corrections that give points without regard to the key
    n = sum(CORRECTION_KINDS[one["kind"]].credit is not None for one in book.corrections)
    if n:
        yield voice.spoken.of_n(
            "{n} correction gives the points of a question whatever was answered: a score may have risen by "
            "that alone.",
            "{n} corrections give the points of a question each, whatever was answered: a score may have "
            "risen by that alone.",
            n,
            n=voice.number(n),
        )
    if run.open_cases:
        yield voice.spoken.of_n(
            "{n} appeal or complaint about this sitting is not decided yet: {names}.",
            "{n} appeals and complaints about this sitting are not decided yet: {names}.",
            len(run.open_cases),
            n=voice.number(len(run.open_cases)),
            names=", ".join(run.open_cases),
        )
    # rows without a result, and people without a row
    if unused := n_not_used(cohort):
        yield words.of_n(
            "{n} row is not used by decision.",
            "{n} rows are not used by decision.",
            unused,
            n=number(unused),
        )
    if aside := n_set_aside(cohort):
        yield words.of_n(
            "{n} row is in quarantine and counts for nobody.",
            "{n} rows are in quarantine and count for nobody.",
            aside,
            n=number(aside),
        )
    if cohort.ledger is None:
        yield words("Without a roster it is not known who should have been there.")
    found = dict(cohort.unreconciled)
    if missing := found.get("missing", 0):
        yield words.of_n(
            "{n} candidate was present and has no row.",
            "{n} candidates were present and have no row.",
            missing,
            n=number(missing),
        )
    if who := [one.candidate_id for one in cohort.aside if one.what == "no_row"]:
        registered = 0 if cohort.ledger is None else int(cohort.ledger["registered"][0])
        yield words.of_n(
            "{n} candidate of {all} on the list has no row: {who}.",
            "{n} candidates of {all} on the list have no row: {who}.",
            len(who),
            n=number(len(who)),
            all=number(registered),
            who=_first(voice, who),
        )
    if n := found.get("in_quarantine", 0) + found.get("conflict", 0):
        yield words.of_n(
            "{n} candidate on the list, not recorded as absent, has no result: all their rows are in "
            "quarantine.",
            "{n} candidates on the list, not recorded as absent, have no result: all their rows are in "
            "quarantine.",
            n,
            n=number(n),
        )
    if n := found.get("absent_in_quarantine", 0):
        yield words.of_n(
            "{n} candidate is said to have been absent, but has a row in quarantine.",
            "{n} candidates are said to have been absent, but have rows in quarantine.",
            n,
            n=number(n),
        )
    if unused or any(one.what != "absent" for one in cohort.aside):
        yield words("Their numbers and rows stand under “Is everybody accounted for?”.")
    # those of the list who are marked, but for what is told above
    for mark, n in book.marked.items():
        shown = number(n)
        if mark == "second_look":
            yield words.of_n(
                "† {n} candidate lies within one SEM of the cut, and the second look is open.",
                "† {n} candidates lie within one SEM of the cut, and their second looks are open.",
                n,
                n=shown,
            )
        elif mark == "upheld":
            yield words.of_n(
                "= {n} candidate lies within one SEM of the cut; a second look upheld the result.",
                "= {n} candidates lie within one SEM of the cut; second looks upheld their results.",
                n,
                n=shown,
            )
        elif mark == "changed":
            yield words.of_n(
                "≠ {n} candidate lies within one SEM of the cut; a second look changed the result.",
                "≠ {n} candidates lie within one SEM of the cut; second looks changed their results.",
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
                "§ {n} candidate is scored, but not on the list.",
                "§ {n} candidates are scored, but not on the list.",
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

    yield from _keys(voice, book)


def _keys(voice: ReportLanguage, book: CommitteeBook) -> Iterator[Pair]:
    words, found = voice.spoken, book.items
    if book.assessors is not None:
        return
    if book.signals is None:
        yield words("The answers were not looked at for signals.")
    if found is None:
        yield words("The items of this run have not been analysed.")
        return
    possible = [one for one in found.alarms if one["sure"] == "possible"]
    doubted = [one for one in found.alarms if one["sure"] != "possible"]
    if doubted:
        yield words.of_n(
            "{n} key is in doubt, almost certain or likely to be wrong: {keys}.",
            "{n} keys are in doubt, almost certain or likely to be wrong: {keys}.",
            len(doubted),
            n=voice.number(len(doubted)),
            keys=_which(voice, found, doubted),
        )
    if possible:
        yield words.of_n(
            "{n} key is possibly wrong: {keys}.",
            "{n} keys are possibly wrong: {keys}.",
            len(possible),
            n=voice.number(len(possible)),
            keys=_which(voice, found, possible),
        )
    few = found.n_examined - found.n_fully_examined
    for said in (
        examined_words(found.n_items, found.n_examined, found.min_n),
        half_examined_words(found.n_items, few, found.min_n_fully),
    ):
        if said is not None:
            yield in_its_figures(said, voice.digits)


def _which(voice: ReportLanguage, found: ItemSummary, alarms: Sequence[Document]) -> str:
    """The items, each with its questions by form: `E1.01-003 (A: 5; B: 2)`."""
    named = [f"{one['item']} ({key_places_text(voice, found.asked.get(one['item'], ()))})" for one in alarms]
    return _first(voice, named)


def _first(voice: ReportLanguage, named: Sequence[str]) -> str:
    """The first of some names, and how many there are where these are not all."""
    more = f" … ({voice.number(len(named))})" if len(named) > MOST_NAMED else ""
    return ", ".join(named[:MOST_NAMED]) + more


def key_places_text(
    voice: ReportLanguage, places: Sequence[Document], *options: Sequence[str], letters: str = LETTERS
) -> str:
    """`A: 5; B: 2`; with the letters in print of these options `A: 5 (A → B)`."""
    said = []
    for place in places:
        order = place["order"]
        groups = (sorted(order.index(one) for one in group if one in order) for group in options)
        printed = " → ".join(", ".join(letters[n] for n in own) for own in groups)
        said.append(f"{place['form']}: {place['question']}" + (f" ({printed})" if options else ""))
    more = f" … ({voice.number(len(said))})" if len(said) > MOST_PLACES else ""
    return "; ".join(said[:MOST_PLACES]) + more or "–"
