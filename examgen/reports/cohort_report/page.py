"""A cohort report → context of `report-cohort.html`, with numbers as they are shown and figures as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, get_args

from examgen.capture.quarantine_reasons import NAMES
from examgen.core.coded_columns import texts_of
from examgen.core.exam.names import base_form
from examgen.core.models.field_types import Bilingual
from examgen.core.person_decisions import Look
from examgen.core.words import Pair
from examgen.rendering.parts import DECISIONS, in_its_figures, number, report_context
from examgen.rendering.plot import NO_FIGURE, drawn
from examgen.reports.analysis_report.words import subscore_words
from examgen.reports.candidate_report.error import odd_marks_words, scoring_of
from examgen.reports.candidate_report.words import partly_words
from examgen.reports.cohort_report import figures
from examgen.reports.cohort_report.report import CohortReport, cohort_report
from examgen.reports.cohort_report.rows import KINDS
from examgen.reports.decisions import decision_page, met_from_words
from examgen.reports.exports.upload import by_methods_words
from examgen.reports.fail_causes import conditions
from examgen.reports.kinds import ReportDocument
from examgen.reports.ledger_lines import (
    IN_ORDER,
    accounts,
    ledger_rows,
    ledger_words,
    odd_ones,
    was_recorded,
)
from examgen.reports.localisation import ReportLanguage, group_context
from examgen.reports.run_findings import analysis_of, repeats_of
from examgen.reports.tables import cohort_tables
from examgen.scoring.reconcile import UNRECONCILED_WORDS

if TYPE_CHECKING:
    from pathlib import Path

    from examgen.rendering.parts import Lang, Words
    from examgen.reports.decisions import RepeatedDecisions
    from examgen.scoring.form_cut_scores import Cut
    from examgen.scoring.scored_run import ScoredRun

MOST_LACKS, MOST_ROOMS, MOST_FORMS = 10, 40, 60
MOST_LEAST = 12
"""The maximum number of forms for which the lowest passing score is listed."""


def cohort_page(
    run: ScoredRun,
    found: CohortReport,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return everything that the page shows, in the digits of `words`; `faces` are the fonts of a PDF."""
    voice, heat, near, bars = ReportLanguage(lang, words), found.heat, found.near or (), found.distribution
    certain, is_decided = found.facts.undecided is not None, found.passed is not None
    n_forms, decisions = len(found.marks) - 1, [person.decision for person in near]
    # where several marks or unreadable ones are counted, what they earn or cost
    multiple, invalid = (any(row.counts[KINDS.index(kind)] for row in found.marks) for kind in KINDS[2:])
    return {
        **report_context(run, lang, words.digits, faces),
        **cohort_context(voice, run, found),
        "report": found,
        "by_methods": list(by_methods_words(voice, run)),
        "scores_figure": NO_FIGURE
        if bars is None
        else drawn(partial(figures.distribution_figure, voice, bars, is_decided)),
        # criteria, elements and units: how hard each was, for whom
        "people": figures.people_figures(voice, [row.place for row in heat.rows], heat.people),
        "people_legend": drawn(partial(figures.people_legend, voice, certain=certain)),
        "certain": certain,
        "subscores": [in_its_figures(said, voice.digits) for said in subscore_words(found.subscores)],
        # criteria that some judged candidates did not meet
        "lacking": [lack for lack in found.lacks if lack.met.n < lack.met.of],
        "most_lacks": MOST_LACKS,
        "partly": partly_words(words, list(_partly(run, found))),
        "judged": sum(lack.met.of for lack in found.lacks),
        "judgements": sum(lack.met.of + lack.insufficient for lack in found.lacks),
        "not_judged": [lack.place.code for lack in found.lacks if not lack.met.of],
        "near_by": [
            (voice.pair(said.word), voice.number(decisions.count(name))) for name, said in DECISIONS.items()
        ],
        "odd_marks": list(odd_marks_words(words, scoring_of(run.audit), multiple=multiple, invalid=invalid)),
        "forms_left": "" if n_forms <= MOST_FORMS else voice.number(n_forms),
        "quarantine_words": NAMES,
        "ledger": list(_ledger(found)),
        "unreconciled": odd_ones(found),
        "unreconciled_words": UNRECONCILED_WORDS,
    }


def cohort_context(
    voice: ReportLanguage, run: ScoredRun, found: CohortReport, repeated: RepeatedDecisions | None = None
) -> dict[str, object]:
    """Return the context shared by the pages of the cohort and of the committee: how many passed, the
    basis of decisions and how consistent they are, and whether everybody is accounted for."""
    words = voice.spoken
    return {
        **group_context(voice, found.n, found.passed),
        "cuts": cut_lines(voice, found.cuts),
        # whether there is a standard error at the cut of any form that somebody sat
        "has_error": not found.cuts or any(cut is not None and cut.sem for cut in found.cuts.values()),
        **decision_page(voice, found.facts),
        "on_few": conditions(run),
        "met_from": met_from_words(words, run),
        "looks": _looks(voice, found),
        "near_words": list(near_words(voice, found, run)),
        "repeated": repeated or found.repeated,
        "ledger_heads": list(ledger_words(words, recorded=was_recorded(found)).values()),
        **accounts(found),
    }


def _looks(voice: ReportLanguage, found: CohortReport) -> dict[str, str]:
    """Return the number of second looks that upheld a result, changed one, or are open."""
    looks = [one.look for one in found.near or ()]
    return {look: voice.number(looks.count(look)) for look in get_args(Look)}


def cut_lines(voice: ReportLanguage, cuts: Mapping[str, Cut | None]) -> list[dict[str, object]]:
    """Return the different cut scores, each with the first forms that have it and the number of forms."""
    by_cut: dict[Cut | None, list[str]] = {}
    for form, cut in cuts.items():
        by_cut.setdefault(cut, []).append(form)
    return [
        {
            "names": ", ".join(forms[:6]) + (f" … ({voice.number(len(forms))})" if len(forms) > 6 else ""),
            "n": len(forms),
            "cut": voice.points(cut.points),
            "most": voice.points(cut.most),
            "sem": voice.number(cut.sem, 2),
        }
        for cut, forms in list(by_cut.items())[:8]
        if cut is not None
    ]


def _partly(run: ScoredRun, found: CohortReport) -> Iterator[tuple[str, str, int]]:
    """Yield the units and elements in which somebody was judged although not every form covers all their
    criteria: the code, the lowest and highest number of criteria on a form, and the number of criteria."""
    judged = {(row.place.unit, row.place.code) for row in found.heat.rows if row.met.of}
    forms = dict.fromkeys(base_form(form) for form in texts_of(run.candidates["form"]))
    columns = [name for form in forms if (name := f"asked_{form}") in run.standard.columns]
    for row in run.standard.filter(run.standard["part"] != "all").iter_rows(named=True):
        code, of = row["element"] or row["unit"], int(row["criteria"])
        asked = [int(row[name]) for name in columns]
        if asked and min(asked) < of and (row["unit"], code) in judged:
            ends = sorted({min(asked), max(asked)})
            yield code, "–".join(map(str, ends)), of


def near_words(voice: ReportLanguage, found: CohortReport, run: ScoredRun) -> Iterator[Pair]:
    """Yield sentences on how “near the cut” is measured and what it leaves out."""
    words, rule, scoring = voice.spoken, found.facts.rule, found.facts.scoring
    if not found.near or rule is None:
        return
    yield words("Near is measured in points of the total from the cut as the rule sets it.")
    least = []
    if not scoring.penalty(2) and scoring.several != "partial":
        # for forms with one point per item and a cut that is not whole: the first score that reaches it
        single = {form.name for form in run.exam.forms if all(one.points in (0, 1) for one in form.items)}
        least = [
            (form, ceil(cut.points))
            for form, cut in found.cuts.items()
            if cut is not None and cut.points % 1 and base_form(form) in single
        ][:MOST_LEAST]
    if least:
        yield words(
            "No score lies on that cut; the least score that reaches it is, by form, {scores}.",
            scores=Bilingual(
                th=", ".join(f"{form} {voice.number(score)}" for form, score in least),
                en=", ".join(f"{form} {number(score)}" for form, score in least),
            ),
        )
    if any(rule[part] for part in ("criteria", "elements", "units", "at_least")):
        yield words("The other parts of the rule are not looked at here, and decide as well.")


def _ledger(found: CohortReport) -> Iterator[tuple[str, ...]]:
    """Yield the total, the forms, and the first rooms with a discrepancy."""
    if found.ledger is None:
        return
    rooms, beside = 0, [n for n, name in enumerate(found.ledger.columns) if n > 1 and name not in IN_ORDER]
    for row in ledger_rows(found.ledger):
        if row[0] == "room":
            odd = any(int(row[n] or 0) for n in beside)
            rooms += odd
            if not odd or rooms > MOST_ROOMS:
                continue
        yield row


def _cohort(run: ScoredRun, folder: Path) -> CohortReport:
    """Return the report on the cohort, with how often its decisions would be the same, and the parts whose
    scores add no information according to an analysis of the run."""
    repeated, analysis = repeats_of(run, folder), analysis_of(run, folder)
    return cohort_report(run)._replace(
        repeated=repeated if repeated is not None and repeated.is_enough else None,
        subscores=tuple((analysis or {}).get("subscores", ())),
    )


DOCUMENT = ReportDocument("report-cohort.html", _cohort, cohort_page, cohort_tables)
