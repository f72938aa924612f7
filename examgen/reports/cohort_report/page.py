"""A cohort's report → context of `report-cohort.html`: numbers as they are shown, figures as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, NamedTuple, get_args

from examgen.core.coded_columns import texts_of
from examgen.core.exam.names import base_form
from examgen.core.models.base import Bilingual
from examgen.core.person_decisions import Look
from examgen.core.words import Pair
from examgen.rendering.parts import DECISIONS, MIN_N, in_its_figures, number, report_context
from examgen.rendering.plot import NARROW, NO_FIGURE, WIDE, Drawn, drawn
from examgen.reports.analysis_report.words import subscore_words
from examgen.reports.candidate_report.error import odd_marks_words, scoring_of
from examgen.reports.candidate_report.words import partly_words
from examgen.reports.cohort_report import figures
from examgen.reports.cohort_report.report import CohortReport, cohort_report
from examgen.reports.cohort_report.rows import KINDS
from examgen.reports.cohort_report.strips import strips_figures
from examgen.reports.decisions import decision_page, met_from_words, points, repeated_words
from examgen.reports.exports.upload import by_methods_words
from examgen.reports.kinds import ReportDocument
from examgen.reports.language import ReportLanguage, group_context, share_bar
from examgen.reports.ledger_lines import (
    IN_ORDER,
    attendance_words,
    ledger_rows,
    ledger_sums,
    ledger_words,
    no_row,
    odd_ones,
    quarantine_words,
    row_sums,
    unreconciled_words,
    was_recorded,
)
from examgen.reports.reasons import conditions_words
from examgen.reports.run_findings import analysis_of, repeats_of
from examgen.reports.tables import COHORT

if TYPE_CHECKING:
    from pathlib import Path

    from examgen.rendering.parts import Lang, Proportion, Words
    from examgen.reports.decisions import RepeatedDecisions
    from examgen.scoring.form_cuts import Cut
    from examgen.scoring.scored_run import ScoredRun

MOST_LACKS, MOST_ROOMS, MOST_FORMS = 10, 40, 60
MOST_LEAST = 12
"""Forms of which the least score that reaches the cut is told."""


class ReportRow(NamedTuple):
    """A line of a table: its head, cells, and what else it shows."""

    head: str
    cells: tuple[str, ...]
    text: str = ""
    kind: str = ""
    bar: str = ""


def cohort_page(
    run: ScoredRun,
    found: CohortReport,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Everything that the page shows, in `words`' figures; `faces` are those of a PDF."""
    voice = ReportLanguage(lang, words)
    number, heat, near, one = voice.number, found.heat, found.near or (), found.distribution
    certain = found.facts.undecided is not None
    few_forms = len(found.marks) - 1 <= MOST_FORMS
    lacking = [lack for lack in found.lacks if lack.met.n < lack.met.of]
    decisions = [person.decision for person in near]
    # where several marks or unreadable ones are counted, what they earn or cost
    multiple, invalid = (any(row.counts[KINDS.index(kind)] for row in found.marks) for kind in KINDS[2:])
    strips = []
    if heat.strips is not None:
        both = (strips_figures(voice, heat.strips, width) for width in (WIDE, NARROW))
        strips = [Drawn(*pair) for pair in zip(*both, strict=True)]
    return {
        **report_context(run, lang, words.digits, faces),
        **cohort_context(voice, run, found),
        "report": found,
        "by_methods": list(by_methods_words(voice, run)),
        "mean": number(found.summary.mean, 1),
        "sd": number(found.summary.sd, 1),
        "median": number(found.summary.median, 1),
        "ends": f"{number(found.summary.least, 1)}–{number(found.summary.greatest, 1)}" if found.n else "–",
        "scores_figure": NO_FIGURE
        if one is None
        else drawn(partial(figures.distribution_figure, voice, one, found.passed is not None)),
        # criteria, elements and units: how hard each was, for whom
        "people": figures.people_figures(voice, [row.place for row in heat.rows], heat.people)
        if heat.people
        else [],
        "people_legend": drawn(partial(figures.people_legend, voice, certain=certain))
        if heat.people
        else None,
        "strips": strips,
        "certain": certain,
        "strips_alone": heat.strips is not None and heat.strips.alone,
        "bands": [number(low) for low in heat.bands],
        "band_sizes": [number(n) for n in heat.sizes],
        "heat": []
        if heat.people
        else [
            {
                "code": row.place.code,
                "text": row.place.text,
                "level": row.place.level,
                "cells": [_heat_cell(voice, share) for share in (row.met, *row.bands)],
            }
            for row in heat.rows
        ],
        "roll_up": [
            ReportRow(
                row.place.code, _counts(voice, row.met), row.place.text, row.place.level, share_bar(row.met)
            )
            for row in heat.rows
            if row.place.level != "pc"
        ],
        "subscores": [in_its_figures(said, voice.digits) for said in subscore_words(found.subscores)],
        # what those who were judged did not meet
        "lacks": [
            ReportRow(
                lack.place.code,
                (
                    *_counts(voice, lack.met),
                    number(lack.mean_percent, 1) or "–",
                    *([number(lack.undecided)] if certain else []),
                ),
                lack.place.text,
                "pc",
                share_bar(lack.met),
            )
            for lack in lacking[:MOST_LACKS]
        ],
        "partly": partly_words(words, list(_partly(run, found))),
        "lacking": len(lacking),
        "any_judged": any(lack.met.of for lack in found.lacks),
        "all_judged": all(lack.met.of and not lack.insufficient for lack in found.lacks),
        "judged": number(sum(lack.met.of for lack in found.lacks)),
        "judgements": number(sum(lack.met.of + lack.insufficient for lack in found.lacks)),
        "not_judged": [lack.place.code for lack in found.lacks if not lack.met.of],
        # whom the cut parts by little
        "near": bool(near),
        "near_n": number(len(near)),
        "looked": words(
            "Second looks that upheld the result: {upheld}; that changed it: {changed}; open: {open}.",
            **_looks(voice, found),
        ),
        "near_by": [
            (voice.pair(said.word), number(decisions.count(name))) for name, said in DECISIONS.items()
        ],
        # of each kind: how many answers, what share of all, and how many candidates have any
        "marks": [
            ReportRow(
                row.form,
                (
                    number(row.candidates),
                    number(row.questions),
                    *(
                        cell
                        for count, people in zip(row.counts[1:], row.with_any, strict=True)
                        for cell in (
                            number(count),
                            voice.percent(count / row.questions, 2) if row.questions else "–",
                            number(people.n),
                        )
                    ),
                ),
            )
            for row in found.marks
            if few_forms or not row.form
        ],
        "odd_marks": list(odd_marks_words(words, scoring_of(run.audit), multiple=multiple, invalid=invalid)),
        "forms_left": "" if few_forms else number(len(found.marks) - 1),
        "blanks": [(number(k), number(n)) for k, n in found.blanks[:12]],
        "blanks_more": number(sum(n for _, n in found.blanks[12:])) if len(found.blanks) > 12 else "",
        "quarantine": _told(voice, found.quarantine, quarantine_words(words)),
        "ledger": list(_ledger(voice, found)),
        "unreconciled": _told(voice, odd_ones(found), unreconciled_words(words)),
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
        "on_few": conditions_words(voice, run),
        "met_from": met_from_words(words, run),
        "looks": _looks(voice, found),
        "near_words": list(near_words(voice, found, run)),
        "repeated": list(repeated_words(voice, repeated or found.repeated)),
        "row_sums": row_sums(voice, found),
        "ledger_heads": list(ledger_words(words, recorded=was_recorded(found)).values()),
        "attendance": attendance_words(voice, found),
        "ledger_sums": list(ledger_sums(words, found)),
        **no_row(voice, found),
    }


def _looks(voice: ReportLanguage, found: CohortReport) -> dict[str, str]:
    """How many second looks upheld a result, changed one, or are open."""
    looks = [one.look for one in found.near or ()]
    return {look: voice.number(looks.count(look)) for look in get_args(Look)}


def _told(
    voice: ReportLanguage, counts: tuple[tuple[str, int], ...], means: Mapping[str, Pair]
) -> list[dict[str, object]]:
    """How often something is, and what it means; `code` as in the files."""
    return [{"code": code, "means": means.get(code), "n": voice.number(n)} for code, n in counts]


def cut_lines(voice: ReportLanguage, cuts: Mapping[str, Cut | None]) -> list[dict[str, object]]:
    """The different cuts, with the first forms that have each and how many others."""
    by_cut: dict[Cut | None, list[str]] = {}
    for form, cut in cuts.items():
        by_cut.setdefault(cut, []).append(form)
    return [
        {
            "names": ", ".join(forms[:6]) + (f" … ({voice.number(len(forms))})" if len(forms) > 6 else ""),
            "n": len(forms),
            "cut": points(voice, cut.points),
            "most": points(voice, cut.most),
            "sem": voice.number(cut.sem, 2),
        }
        for cut, forms in list(by_cut.items())[:8]
        if cut is not None
    ]


def _heat_cell(voice: ReportLanguage, one: Proportion) -> dict[str, object]:
    """The share met in whole per cent, or the counts where they are few; its shade, 0 to 4."""
    if one.share is None:
        return {"text": "–", "shade": 0}
    few = f"{voice.number(one.n)}/{voice.number(one.of)}"
    return {
        "text": few if one.of < MIN_N else voice.number(100 * one.share),
        "shade": min(4, int(one.share * 5)),
    }


def _counts(voice: ReportLanguage, of: Proportion) -> tuple[str, str, str]:
    if not of.of:
        return "–", "–", "–"
    return f"{voice.number(of.n)}/{voice.number(of.of)}", voice.percent(of.share), voice.interval(of)


def _partly(run: ScoredRun, found: CohortReport) -> Iterator[tuple[str, str, int]]:
    """Units and elements that somebody was judged in, and not every form that was sat asks whole: code, from
    the least to the most criteria that a form asks, of how many."""
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
    """Explain from which score “near the cut” is measured, and who is left out."""
    words, rule, scoring = voice.spoken, found.facts.rule, found.facts.scoring
    if not found.near or rule is None:
        return
    yield words("Near is measured in points of the total from the cut as the rule sets it.")
    least = []
    if not scoring.penalty(2) and scoring.several != "partial":
        # of the forms of one point an item whose cut is no whole number: the first score that reaches it
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


def _ledger(voice: ReportLanguage, found: CohortReport) -> Iterator[ReportRow]:
    """The total, the forms, and the rooms where anything is beside the sums, as far as there is room."""
    if found.ledger is None:
        return
    rooms = 0
    for by, name, *counts in ledger_rows(found.ledger):
        if by == "room":
            sums = dict(zip(found.ledger.columns[2:], counts, strict=True))
            odd = any(int(sums[key] or 0) for key in sums if key not in IN_ORDER)
            rooms += odd
            if not odd or rooms > MOST_ROOMS:
                continue
        yield ReportRow(name, tuple(voice.number(int(n or 0)) for n in counts), kind=by)


def _cohort(run: ScoredRun, folder: Path) -> CohortReport:
    """How the cohort did, how often its decisions would repeat, and which parts an analysis of the run found
    to have no score worth telling."""
    repeated, analysis = repeats_of(run, folder), analysis_of(run, folder)
    return cohort_report(run)._replace(
        repeated=repeated if repeated is not None and repeated.is_enough else None,
        subscores=tuple((analysis or {}).get("subscores", ())),
    )


DOCUMENT = ReportDocument("report-cohort.html", _cohort, cohort_page, COHORT)
