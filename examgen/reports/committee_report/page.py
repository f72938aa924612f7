"""A committee's book → context of `report-committee.html`, with numbers as they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from examgen.analysis import assessors
from examgen.analysis.shown import message
from examgen.capture.quarantine_reasons import NAMES
from examgen.core.files import read_input
from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.words import Message, joined, messages_in
from examgen.rendering.parts import in_its_figures, report_context, short_day_words
from examgen.reports.analysis_report.words import (
    FLAGS,
    REASONS,
    SURE,
    examined_words,
    half_examined_words,
    subscore_words,
)
from examgen.reports.cohort_report.page import cohort_context
from examgen.reports.committee_report.before_signing import before_signing, first_of, key_places_text
from examgen.reports.committee_report.list import (
    centre_lists,
    confidential_list,
    decision_words,
    figures,
    marks_shown,
)
from examgen.reports.committee_report.report import CommitteeBook, committee_book
from examgen.reports.decisions import whole_scoring_words
from examgen.reports.fail_causes import failed_first, kinds_of
from examgen.reports.kinds import ReportDocument
from examgen.reports.ledger_lines import (
    IN_ORDER,
    MOST_ASIDE,
    ledger_rows,
    odd_ones,
)
from examgen.reports.localisation import ReportLanguage, place_words
from examgen.reports.run_findings import (
    analysis_of,
    compared_with,
    compared_without_corrections,
    repeats_of,
)
from examgen.reports.tables import committee_tables
from examgen.scanning.gallery.why_decided import decision_messages
from examgen.scoring.assessing.assessed_run import RATINGS
from examgen.scoring.compare import cause_words
from examgen.scoring.reconcile import NOT_USED, UNRECONCILED_WORDS
from examgen.scoring.runs import folder_before

if TYPE_CHECKING:
    import polars as pl

    from examgen.rendering.parts import Lang, Words
    from examgen.reports.cohort_report.report import CohortReport
    from examgen.reports.committee_report.report import (
        Corrected,
        Document,
        ItemSummary,
        MovedCandidate,
    )
    from examgen.scoring.compare import Changes
    from examgen.scoring.scored_run import ScoredRun

MOST_NEAR, MOST_MOVED, MOST_ROWS = 400, 400, 100
"""The maximum numbers of candidates near the cut score, of candidates whose result changed, and of other rows
that the book lists; more are only in the tables beside it. More forms than `MOST_ROWS` are not described
one by one."""
MOST_UNCHANGED = 40
"""If more candidates are near the cut score or changed, the book lists only those whose result is open or
changed."""
MOST_CENTRES = 600
"""The maximum number of centres in a book without its list."""
MOST_IN_BOOK, MOST_SHOWN = 1000, 20_000
"""The maximum size of a cohort that is listed in the PDF, which would need minutes to lay out more rows, and
in the HTML page; a larger one is listed only in the table beside them."""
REPORT_HTML, LIST_TABLE = "report.html", "list.csv"
MOST_LEDGER = 300
"""If the ledger has more rooms and forms, only those with a discrepancy are shown."""
MOST_NAMED = 60
"""The maximum number of people named in one place."""
SIGNERS = 5
"""The default number of boxes for signatures."""


# ── the book ─────────────────────────────────────────────────────────────────────────────────


def committee_page(
    run: ScoredRun,
    book: CommitteeBook,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
    signers: Sequence[str] = (),
) -> dict[str, object]:
    """Return everything that the book shows. `signers` are titles or names under the boxes for signatures."""
    voice = ReportLanguage(lang, words)
    number, cohort, near = voice.number, book.cohort, book.cohort.near or ()
    near_shown = tuple(one for one in near if len(near) <= MOST_UNCHANGED or one.look != "upheld")
    alike = cohort_context(voice, run, cohort, book.repeated)
    is_apart = cohort.n > (MOST_SHOWN if faces is None else min(MOST_IN_BOOK, MOST_SHOWN))
    passed, found, causes = cohort.passed, book.items, kinds_of(book.why)
    confidential = confidential_list(words, run)
    if book.corrections or (found is not None and (found.alarms or found.flagged)):
        confidential = words("names candidates, items and keys; for the committee alone")
    changed_by = sorted(book.by_key.moved) if book.by_key is not None else None
    return {
        **report_context(run, lang, words.digits, faces),
        **alike,
        "book": book,
        "cohort": cohort,
        # numbers, results and days as the book writes them
        "figures": partial(figures, voice),
        "signed": lambda value: ("+" if (value or 0) > 0 else "") + voice.points(value),
        "decision_words": partial(decision_words, voice),
        "day_of": lambda day: (
            ((said := short_day_words(str(day))) and in_its_figures(said, voice.digits)) or day
        ),
        "in_words": lambda said: voice.pair(joined([said])),
        "names_of": partial(_people, voice),
        "run_shown": lambda name: number(int(name)) if name.isdecimal() else name,
        "places": place_words(words, run.place_kind),
        "confidential": confidential,
        "scoring": whole_scoring_words(voice, cohort.facts),
        "failed": [(one, len(people), _people(voice, people)) for one, people in failed_first(run, book.why)],
        "body_words": run.body.given if run.body is not None else (),
        "marks": marks_shown(voice, book),
        "signing": before_signing(voice, book, run),
        "first_of": partial(first_of, voice),
        "cuts": alike["cuts"],
        "count": cohort.n,
        "failed_n": number(passed.of - passed.n) if passed else "",
        "is_decided": passed is not None,
        "is_marked": cohort.near is not None,
        # if the list is too long, only the centres
        "centres": [
            one._replace(rows=() if is_apart else one.rows) for one in centre_lists(voice, book, run)
        ],
        "why": causes,
        "near": near_shown,
        "most_near": MOST_NEAR,
        "near_upheld": len(near) - len(near_shown),
        "near_named": any(one.name for one in near_shown),
        # corrections, and what differs from another scoring
        "does": {kind: words(one.does) for kind, one in CORRECTION_KINDS.items()},
        "named_in": lambda one: voice.pair(joined(messages_in(one, "named") or ["–"], "; ")),
        "causes": [voice.pair(cause_words([code])) for code in book.corrected.causes]
        if book.corrected
        else [],
        "by_changes": _by_changes,
        "listed_of": lambda one: _listed(one, is_decided=passed is not None),
        # whether the corrections are all that changed anybody's result since the run before
        "nothing_else": book.corrected is not None and changed_by == sorted(book.corrected.moved),
        # signals
        "assessors": book.assessors,
        "looked": book.signals is not None,
        "signals": book.signals or (),
        # who is accounted for
        "quarantine_words": NAMES,
        "unreconciled": odd_ones(cohort),
        "unreconciled_words": UNRECONCILED_WORDS,
        # rows that are not used by decision have a table of their own
        "aside": [one for one in cohort.aside if one.reason not in NOT_USED],
        "most_aside": MOST_ASIDE,
        "ledger": _ledger(cohort),
        "ledger_more": cohort.ledger is not None and cohort.ledger.height > MOST_LEDGER,
        "most_ledger": MOST_LEDGER,
        **_items(voice, found),
        "most_centres": MOST_CENTRES if is_apart else len(book.centres),
        "list_file": REPORT_HTML if cohort.n <= MOST_SHOWN else LIST_TABLE,
        "list_apart": is_apart,
        "signers": list(signers) or [""] * SIGNERS,
        "most_rows": MOST_ROWS,
    }


def _ledger(cohort: CohortReport) -> list[tuple[str, ...]]:
    """Return the total and the forms, then the rooms; if there are many, only those with a discrepancy."""
    if (ledger := cohort.ledger) is None:
        return []
    beside = [n for n, name in enumerate(ledger.columns) if n > 1 and name not in IN_ORDER]
    return [
        row
        for row in ledger_rows(ledger)
        if ledger.height <= MOST_LEDGER or row[0] == "total" or any(int(row[n] or 0) for n in beside)
    ]


def _people(voice: ReportLanguage, named: Sequence[str] | pl.Series) -> str:
    more = f" … ({voice.number(len(named))})" if len(named) > MOST_NAMED else ""
    return ", ".join(named[:MOST_NAMED]) + more


def _by_changes(groups: Sequence[Changes]) -> Sequence[Changes]:
    """Return the forms; if there are many, those with the most changes first."""
    return sorted(groups, key=lambda one: -one.score_changed) if len(groups) > MOST_ROWS else groups


def _listed(one: Corrected, *, is_decided: bool) -> Sequence[MovedCandidate]:
    """Return the candidates whose result changed; if there are many, only those whose decision changed."""
    if not is_decided or len(one.moved) <= MOST_UNCHANGED:
        return one.moved
    return [row for row in one.moved if row.decision_before != row.decision_after]


def _items(voice: ReportLanguage, found: ItemSummary | None) -> dict[str, object]:
    """Return the findings of the item analysis, and the texts for their codes."""
    if found is None:
        return {"items": None}

    def key_places(one: Document) -> str:
        options = (one["key"], *([[one["suggested"]]] if one["suggested"] else []))
        return key_places_text(voice, found.asked.get(one["item"], ()), *options, letters=found.letters)

    few = found.n_examined - found.n_fully_examined
    unexamined = (
        examined_words(found.n_items, found.n_examined, found.min_n),
        half_examined_words(found.n_items, few, found.min_n_fully),
    )
    return {
        "items": found,
        "possible": sum(one["sure"] == "possible" for one in found.alarms),
        "unexamined": [in_its_figures(one, voice.digits) for one in unexamined if one],
        "subscores": [in_its_figures(said, voice.digits) for said in subscore_words(found.subscores)],
        "key_places": key_places,
        "places_text": partial(key_places_text, voice),
        "sure": {code: voice.pair(said) for code, said in SURE.items()},
        "alarm_words": {code: voice.pair(said) for code, said in REASONS.items()},
        "flag_words": {code: voice.pair(said) for code, said in FLAGS.items()},
    }


def _committee(run: ScoredRun, folder: Path) -> CommitteeBook:
    """Return the committee's book, with the changes since the run before and the findings of an analysis of
    the run. The run is also compared with itself without its corrections, if it has any and its answers
    were kept."""
    before = folder_before(run)
    compared, most_before = (None, {}) if before is None else compared_with(before, run)
    by_key, most_by_key = compared_without_corrections(run, folder) or (None, {})
    analysis, repeated = analysis_of(run, folder), repeats_of(run, folder)
    book = committee_book(run, compared, analysis, most_before, repeated, by_key, most_by_key)
    if run.exam.blueprint.is_rated:
        book = book._replace(assessors=_of_assessors(run))
    return book._replace(decided=tuple(decision_messages(one) for one in book.decided))


def _of_assessors(run: ScoredRun) -> tuple[Message, ...]:
    """Return sentences on how far the assessors of a run agree, and on what cannot be estimated."""
    path = run.folder / RATINGS
    found = assessors.assessors_of(path.name, read_input(path))
    return tuple(message(one, assessors.WORDS) for one in (*found.findings, *found.notes))


DOCUMENT = ReportDocument(
    "report-committee.html",
    _committee,
    committee_page,
    committee_tables,
)
