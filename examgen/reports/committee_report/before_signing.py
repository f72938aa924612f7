"""A committee's book → what whoever signs it must have seen, each with its number; `report-signing.html` says
it, one sentence a fact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.text.characters import LETTERS
from examgen.core.words import Pair
from examgen.rendering.parts import draft_notice, in_its_figures, synthetic_notice
from examgen.reports.analysis_report.words import examined_words, half_examined_words
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


def before_signing(voice: ReportLanguage, book: CommitteeBook, run: ScoredRun) -> dict[str, object]:
    """The context of `report-signing.html`: everything that speaks against signing unseen."""
    number, cohort = voice.number, book.cohort
    is_other = run.release.state != "released" and run.release.told is not None
    found, unused = dict(cohort.unreconciled), n_not_used(cohort)
    without_row = [one.candidate_id for one in cohort.aside if one.what == "no_row"]
    of_run = filter(None, (synthetic_notice(run), draft_notice(run.exam)))
    notices: list[Pair] = [in_its_figures(one, voice.digits) for one in of_run]
    notices += by_methods_words(voice, run)
    return {
        "number": number,
        "released_instead": number(run.release.told) if is_other else "",
        "signing_notices": notices,
        "n_credited": sum(CORRECTION_KINDS[one["kind"]].credit is not None for one in book.corrections),
        "open_cases": run.open_cases,
        "n_unused": unused,
        "n_aside": n_set_aside(cohort),
        "has_roster": cohort.ledger is not None,
        "n_missing": found.get("missing", 0),
        "n_without_row": len(without_row),
        "without_row": _first(voice, without_row),
        "n_registered": 0 if cohort.ledger is None else int(cohort.ledger["registered"][0]),
        "n_aside_alone": found.get("in_quarantine", 0) + found.get("conflict", 0),
        "n_absent_aside": found.get("absent_in_quarantine", 0),
        "are_listed": bool(unused) or any(one.what != "absent" for one in cohort.aside),
        "marked": book.marked,
        "is_rated": book.assessors is not None,
        "are_items_analysed": book.items is not None,
        **_keys(voice, book.items),
    }


def _keys(voice: ReportLanguage, found: ItemSummary | None) -> dict[str, object]:
    """Keys that the analysis doubts, and items that it could not examine."""
    if found is None:
        return {}
    possible = [one for one in found.alarms if one["sure"] == "possible"]
    doubted = [one for one in found.alarms if one["sure"] != "possible"]
    few = found.n_examined - found.n_fully_examined
    unexamined = (
        examined_words(found.n_items, found.n_examined, found.min_n),
        half_examined_words(found.n_items, few, found.min_n_fully),
    )
    return {
        "n_doubted": len(doubted),
        "doubted": _which(voice, found, doubted),
        "n_possible": len(possible),
        "possible": _which(voice, found, possible),
        "unexamined_words": [in_its_figures(one, voice.digits) for one in unexamined if one is not None],
    }


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
