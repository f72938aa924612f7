"""A committee's book → what signers must have seen, each fact with its number. `report-signing.html` writes
it, one sentence for each fact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.text.characters import LETTERS
from examgen.core.words import Pair
from examgen.rendering.parts import draft_notice, in_its_figures, synthetic_notice
from examgen.reports.exports.upload import by_methods_words
from examgen.reports.localisation import ReportLanguage

if TYPE_CHECKING:
    from examgen.reports.committee_report.report import CommitteeBook, Document
    from examgen.scoring.scored_run import ScoredRun

MOST_NAMED = 20
"""The maximum number of doubtful keys, or of people, in one sentence; the tables list all of them."""
MOST_PLACES = 6
"""The maximum number of places listed for an item."""


def before_signing(voice: ReportLanguage, book: CommitteeBook, run: ScoredRun) -> dict[str, object]:
    """Return what `report-signing.html` needs in addition to the context of the book: everything that a
    signer must examine first."""
    of_run = filter(None, (synthetic_notice(run), draft_notice(run.exam)))
    notices: list[Pair] = [in_its_figures(one, voice.digits) for one in of_run]
    credited = [one for one in book.corrections if CORRECTION_KINDS[one["kind"]].credit is not None]
    doubted: list[str] = []
    possible: list[str] = []
    for one in book.items.alarms if book.items is not None else ():
        asked = book.items.asked.get(one["item"], ()) if book.items is not None else ()
        of_alarm = possible if one["sure"] == "possible" else doubted
        of_alarm.append(f"{one['item']} ({key_places_text(voice, asked)})")
    return {
        "released_instead": run.release.told if run.release.state != "released" else None,
        "signing_notices": [*notices, *by_methods_words(voice, run)],
        "n_credited": len(credited),
        "open_cases": run.open_cases,
        "unreconciled": dict(book.cohort.unreconciled),
        "without_row": [one.candidate_id for one in book.cohort.aside if one.what == "no_row"],
        "doubted": doubted,
        "possible": possible,
    }


def first_of(voice: ReportLanguage, named: Sequence[str]) -> str:
    """Return the first names joined, with their total number if there are more."""
    more = f" … ({voice.number(len(named))})" if len(named) > MOST_NAMED else ""
    return ", ".join(named[:MOST_NAMED]) + more


def key_places_text(
    voice: ReportLanguage, places: Sequence[Document], *options: Sequence[str], letters: str = LETTERS
) -> str:
    """Return the places of an item as text: `A: 5; B: 2`, or with the printed letters of the options `A: 5 (A
    → B)`."""
    said = []
    for place in places:
        order = place["order"]
        groups = (sorted(order.index(one) for one in group if one in order) for group in options)
        printed = " → ".join(", ".join(letters[n] for n in own) for own in groups)
        said.append(f"{place['form']}: {place['question']}" + (f" ({printed})" if options else ""))
    more = f" … ({voice.number(len(said))})" if len(said) > MOST_PLACES else ""
    return "; ".join(said[:MOST_PLACES]) + more or "–"
