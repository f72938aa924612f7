"""A cohort's report → context of `report-cohort.html`: numbers as they are shown, figures as SVG.

What the codes of quarantine.csv and unreconciled.csv mean, as a report says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.exam.names import base_form
from examgen.core.models.base import Bilingual
from examgen.core.words import Pair
from examgen.rendering.parts import DECISIONS, MIN_N, in_its_figures, number, report_context
from examgen.rendering.plot import NARROW, NO_FIGURE, WIDE, Drawn, drawn
from examgen.reports.analysis_report.words import subscore_words
from examgen.reports.candidate_report.error import odd_marks_words, scoring_of
from examgen.reports.candidate_report.words import partly_words
from examgen.reports.cohort_report import figures
from examgen.reports.cohort_report.rows import KINDS
from examgen.reports.cohort_report.strips import strips_figures
from examgen.reports.decision_consistency import repeated_words
from examgen.reports.decisions import decision_page, met_from_words, points
from examgen.reports.language import Voice
from examgen.reports.ledger_lines import (
    IN_ORDER,
    attendance_words,
    ledger_rows,
    ledger_sums,
    no_row,
    odd_ones,
    was_recorded,
)
from examgen.reports.reasons import conditions_words

if TYPE_CHECKING:
    from examgen.core.scored_run import ScoredRun
    from examgen.rendering.parts import Lang, Proportion, Words
    from examgen.reports.cohort_report.report import CohortReport, HeatRow, Lack, MarkRow
    from examgen.scoring.runs.form_cuts import Cut


def quarantine_words(words: Words) -> Mapping[str, Pair]:
    """Reason of quarantine.csv → why a row was set aside."""
    return {
        "no_candidate": words("the row names no candidate"),
        "candidate_id_damaged": words("a spreadsheet has changed the candidate number"),
        "candidate_id_too_long": words("the candidate number is too long to be one"),
        "not_on_list": words("the candidate number is on no list of candidates"),
        "form_not_known": words("no column says the form, and no list which one was dealt"),
        "unknown_form": words("the form is empty or unknown"),
        "form_not_dealt": words("the form or serial is not the one that was dealt"),
        "too_many_fields": words("more fields than the header: answers may have shifted"),
        "too_few_fields": words("fewer fields than the header: the row was cut"),
        "undecodable": words("characters that cannot be read"),
        "broken_quote": words("a quotation mark is broken"),
        "line_too_long": words("the line is too long"),
        "merged_cells": words("cells of the row are merged with others"),
        "header_repeated": words("the header once more"),
        "totals_line": words("a line of totals"),
        "voided_by_grader": words("set aside by a grader's decision, on record"),
        "conflicting_rows": words("rows of one candidate that differ"),
        "candidate_in_two_files": words("rows of one candidate in several files that differ"),
        "sheet_of_two": words("rows of different candidates on one sheet"),
        "answers_wrong_length": words("the string of answers has another length than the form"),
        "unknown_question": words("an answer to a question that the form does not have"),
        "question_repeated": words("one question answered on several lines"),
        "question_missing": words("questions of the form without a line"),
        "unreadable_marks": words("most marks of the row could not be understood"),
        "undecided_marks": words("marks that a person has yet to decide"),
        "not_a_result": words("a file that is not a result from the screen"),
        "not_finished": words("a sitting on screen that was not submitted"),
        "unknown_choice": words("a choice that the question does not have"),
        "other_form": words("the columns are those of another form than the row names"),
    }


def unreconciled_words(words: Words) -> Mapping[str, Pair]:
    """What of unreconciled.csv → what does not add up."""
    return {
        "missing": words("present, but there is no row"),
        "in_quarantine": words("not scored: every row of theirs is in quarantine"),
        "conflict": words("not scored: their rows differ, and all are in quarantine"),
        "may_be_in_quarantine": words("no row, but one in quarantine may be theirs"),
        "also_in_quarantine": words("scored, and a further row is in quarantine"),
        "absent_but_scored": words("absent, but scored"),
        "absent_in_quarantine": words("absent, but a row is in quarantine"),
        "other_form": words("scored on a form that was not dealt"),
        "not_on_roster": words("has a row, but is not on the roster"),
        "row_of_nobody": words("a row in quarantine that names no candidate"),
        "room_without_rows": words("nobody of the room has a row, and it is not known who came"),
        "absent": words("absent"),
        "no_row": words("no row, and it is not known whether they came: counted as absent"),
    }


def ledger_words(words: Words, *, recorded: bool = True) -> Mapping[str, Pair]:
    """Column of ledger.csv → its name; where nobody recorded who came, what was counted instead."""
    return {
        "registered": words("registered"),
        "present": words("present") if recorded else words("with a row"),
        "absent": words("absent") if recorded else words("without a row"),
        "scored": words("scored"),
        "quarantined": words("in quarantine"),
        "missing": words("missing"),
        "status_unknown": words("attendance unknown"),
        "absent_but_scored": words("absent, but scored"),
        "absent_in_quarantine": words("absent, but a row is in quarantine"),
        "not_on_roster": words("scored, but not on the roster"),
    }


MOST_LACKS, MOST_ROOMS, MOST_FORMS = 10, 40, 60


class Row(NamedTuple):
    """A line of a table: its head, cells, and what else it shows."""

    head: str
    cells: tuple[str, ...]
    text: str = ""
    kind: str = ""
    bar: str = ""


class Cell(NamedTuple):
    """A cell of the heat map with its shade, 0 to 4."""

    text: str
    shade: int


class HeatLine(NamedTuple):
    """A line of the heat map."""

    code: str
    text: str
    level: str
    cells: tuple[Cell, ...]


class Told(NamedTuple):
    """How often something is, and what it means; `code` as in the files."""

    code: str
    means: Pair | None
    n: str


def cohort_page(
    run: ScoredRun,
    found: CohortReport,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Everything that the page shows, in `words`' figures; `faces` are those of a PDF."""
    voice = Voice(lang, words)
    number = voice.number
    few_forms = len(found.marks) - 1 <= MOST_FORMS
    return {
        **report_context(run, lang, words.digits, faces),
        "report": found,
        "min_n": number(MIN_N),
        "n": number(found.n),
        "rate": _share(voice, found.passed),
        "rate_interval": voice.interval(found.passed) if found.passed else "",
        "passed_n": number(found.passed.n) if found.passed else "",
        "mean": number(found.summary.mean, 1),
        "sd": number(found.summary.sd, 1),
        "median": number(found.summary.median, 1),
        "ends": f"{number(found.summary.least, 1)}–{number(found.summary.greatest, 1)}" if found.n else "–",
        "small": 0 < found.n < MIN_N,
        "cuts": cut_lines(voice, found.cuts),
        "has_error": has_error(found.cuts),
        **decision_page(voice, found.facts),
        "on_few": conditions_words(voice, run),
        "met_from": met_from_words(words, run),
        "near_words": list(near_words(voice, found, run)),
        "scores_figure": _scores(voice, found),
        **_by_place(voice, found),
        "repeated": list(repeated_words(voice, found.repeated)),
        "subscores": [in_its_figures(said, voice.digits) for said in subscore_words(found.subscores)],
        **_not_met(voice, words, run, found),
        **_near_the_cut(voice, found),
        "marks": [_marks(voice, row) for row in found.marks if few_forms or not row.form],
        "odd_marks": _odd_marks(run, found, words),
        "forms_left": "" if few_forms else number(len(found.marks) - 1),
        "blanks": [(number(k), number(n)) for k, n in found.blanks[:12]],
        "blanks_more": number(sum(n for _, n in found.blanks[12:])) if len(found.blanks) > 12 else "",
        "rows": {name: number(n) for name, n in found.rows.items()},
        "quarantine": _told(voice, found.quarantine, quarantine_words(words)),
        "ledger_heads": list(ledger_words(words, recorded=was_recorded(found)).values()),
        "attendance": attendance_words(voice, found),
        "ledger": list(_ledger(voice, found)),
        "ledger_sums": list(ledger_sums(words, found)),
        "unreconciled": _told(voice, odd_ones(found), unreconciled_words(words)),
        **no_row(voice, found),
    }


def _by_place(voice: Voice, found: CohortReport) -> dict[str, object]:
    """Criteria, elements and units: how hard each was, for whom."""
    number, heat = voice.number, found.heat
    return {
        "people": figures.people_figures(voice, [row.place for row in heat.rows], heat.people)
        if heat.people
        else [],
        "people_legend": drawn(
            partial(figures.people_legend, voice, certain=found.facts.undecided is not None)
        )
        if heat.people
        else None,
        "strips": _strips(voice, found),
        "certain": found.facts.undecided is not None,
        "strips_alone": heat.strips is not None and heat.strips.alone,
        "bands": [number(low) for low in heat.bands],
        "band_sizes": [number(n) for n in heat.sizes],
        "heat": [] if heat.people else [_heat_line(voice, row) for row in heat.rows],
        "roll_up": [_roll_up(voice, row) for row in heat.rows if row.place.level != "pc"],
    }


def _not_met(voice: Voice, words: Words, run: ScoredRun, found: CohortReport) -> dict[str, object]:
    """What those who were judged did not meet."""
    number = voice.number
    lacking = [one for one in found.lacks if one.met.n < one.met.of]
    return {
        "lacks": [
            _lack(voice, one, certain=found.facts.undecided is not None) for one in lacking[:MOST_LACKS]
        ],
        "partly": partly_words(words, list(_partly(run, found))),
        "lacking": len(lacking),
        "any_judged": any(one.met.of for one in found.lacks),
        "all_judged": all(one.met.of and not one.insufficient for one in found.lacks),
        "judged": number(sum(one.met.of for one in found.lacks)),
        "judgements": number(sum(one.met.of + one.insufficient for one in found.lacks)),
        "not_judged": [one.place.code for one in found.lacks if not one.met.of],
    }


def _near_the_cut(voice: Voice, found: CohortReport) -> dict[str, object]:
    """Whom the cut parts by little."""
    number, near = voice.number, found.near or ()
    return {
        "near": bool(near),
        "near_n": number(len(near)),
        "near_by": _near_by(voice, found),
    }


def _share(voice: Voice, of: Proportion | None) -> str:
    return "–" if of is None else voice.percent(of.share)


def _scores(voice: Voice, found: CohortReport) -> Drawn:
    one = found.distribution
    if one is None:
        return NO_FIGURE
    return drawn(partial(figures.distribution_figure, voice, one, found.passed is not None))


def _strips(voice: Voice, found: CohortReport) -> list[Drawn]:
    strips = found.heat.strips
    if strips is None:
        return []
    both = (strips_figures(voice, strips, width) for width in (WIDE, NARROW))
    return [Drawn(*pair) for pair in zip(*both, strict=True)]


class CutLine(NamedTuple):
    """A cut on the total with the forms that have it: the first of them, and how many."""

    names: str
    n: int
    cut: str
    most: str
    sem: str


def has_error(cuts: Mapping[str, Cut | None]) -> bool:
    """Whether there is a standard error at the cut of any form that somebody sat."""
    return not cuts or any(cut is not None and cut.sem for cut in cuts.values())


def cut_lines(voice: Voice, cuts: Mapping[str, Cut | None]) -> list[CutLine]:
    """The different cuts, with the first forms that have each and how many others."""
    by_cut: dict[Cut | None, list[str]] = {}
    for form, cut in cuts.items():
        by_cut.setdefault(cut, []).append(form)
    lines = []
    for cut, forms in list(by_cut.items())[:8]:
        if cut is not None:
            named = ", ".join(forms[:6]) + (f" … ({voice.number(len(forms))})" if len(forms) > 6 else "")
            shown = points(voice, cut.points), points(voice, cut.most), voice.number(cut.sem, 2)
            lines.append(CutLine(named, len(forms), *shown))
    return lines


# ── criteria ─────────────────────────────────────────────────────────────────────────────────


def _heat_line(voice: Voice, row: HeatRow) -> HeatLine:
    cells = tuple(_heat_cell(voice, one) for one in (row.met, *row.bands))
    return HeatLine(row.place.code, row.place.text, row.place.level, cells)


def _heat_cell(voice: Voice, one: Proportion) -> Cell:
    """The share met in whole per cent, or the counts where they are few."""
    if one.share is None:
        return Cell("–", 0)
    shade = min(4, int(one.share * 5))
    if one.of < MIN_N:
        return Cell(f"{voice.number(one.n)}/{voice.number(one.of)}", shade)
    return Cell(voice.number(100 * one.share), shade)


def _roll_up(voice: Voice, row: HeatRow) -> Row:
    return Row(row.place.code, _counts(voice, row.met), row.place.text, row.place.level, share_bar(row.met))


def _partly(run: ScoredRun, found: CohortReport) -> Iterator[tuple[str, str, int]]:
    """Units and elements that somebody was judged in, and not every form that was sat asks whole: code, from
    the least to the most criteria that a form asks, of how many."""
    judged = {(row.place.unit, row.place.code) for row in found.heat.rows if row.met.of}
    forms = dict.fromkeys(base_form(form) for form in run.candidates["form"])
    columns = [name for form in forms if (name := f"asked_{form}") in run.standard.columns]
    for row in run.standard.filter(run.standard["part"] != "all").iter_rows(named=True):
        code, of = row["element"] or row["unit"], int(row["criteria"])
        asked = [int(row[name]) for name in columns]
        if asked and min(asked) < of and (row["unit"], code) in judged:
            ends = sorted({min(asked), max(asked)})
            yield code, "–".join(map(str, ends)), of


def _lack(voice: Voice, one: Lack, *, certain: bool) -> Row:
    mean = voice.number(one.mean_percent, 1) or "–"
    undecided = [voice.number(one.undecided)] if certain else []
    return Row(
        one.place.code, (*_counts(voice, one.met), mean, *undecided), one.place.text, "pc", share_bar(one.met)
    )


def _counts(voice: Voice, of: Proportion) -> tuple[str, str, str]:
    if not of.of:
        return "–", "–", "–"
    return f"{voice.number(of.n)}/{voice.number(of.of)}", voice.percent(of.share), voice.interval(of)


def share_bar(of: Proportion) -> str:
    """The share as a bar with its interval, without words: the cells beside it say the same.

    Boxes of HTML, since an SVG of no words is a figure without its text to who hears a PDF.
    """
    if of.share is None or of.low is None or of.high is None:
        return ""
    ends = (of.share, of.low, max(of.high - of.low, 0.006))
    share, low, length = (f"{100 * end:.2f}%" for end in ends)
    return (
        f'<div class="meter"><i style="width: {share}"></i><b style="left: {low}; width: {length}"></b></div>'
    )


# ── persons ──────────────────────────────────────────────────────────────────────────────────


MOST_LEAST = 12
"""Forms of which the least score that reaches the cut is told."""


def near_words(voice: Voice, found: CohortReport, run: ScoredRun) -> Iterator[Pair]:
    """What “near the cut” is measured from, and what it leaves out."""
    words, rule = voice.spoken, found.facts.rule
    if not found.near or rule is None:
        return
    yield words("Near is measured in points of the total from the cut as the rule sets it.")
    if least := list(_least_scores(found, run))[:MOST_LEAST]:
        yield words(
            "No score lies on that cut; the least score that reaches it is, by form, {scores}.",
            scores=Bilingual(
                th=", ".join(f"{form} {voice.number(score)}" for form, score in least),
                en=", ".join(f"{form} {number(score)}" for form, score in least),
            ),
        )
    if any(rule[part] for part in ("criteria", "elements", "units", "at_least")):
        yield words("The other parts of the rule are not looked at here, and decide as well.")


def _least_scores(found: CohortReport, run: ScoredRun) -> Iterator[tuple[str, int]]:
    """Of the forms of one point an item whose cut is no whole number: the first score that reaches it."""
    if found.facts.scoring.penalty(2) or found.facts.scoring.several == "partial":
        return
    single = {form.name for form in run.exam.forms if all(one.points in (0, 1) for one in form.items)}
    for form, cut in found.cuts.items():
        if cut is not None and cut.points % 1 and base_form(form) in single:
            yield form, ceil(cut.points)


def _near_by(voice: Voice, found: CohortReport) -> list[tuple[str, str]]:
    """How many of them passed and how many did not."""
    decisions = [one.decision for one in found.near or ()]
    return [(voice.pair(said.word), voice.number(decisions.count(name))) for name, said in DECISIONS.items()]


def _marks(voice: Voice, row: MarkRow) -> Row:
    """Of each kind: how many answers, what share of all, and how many candidates have any."""
    cells = [voice.number(row.candidates), voice.number(row.questions)]
    for count, with_any in zip(row.counts[1:], row.with_any, strict=True):
        share = voice.percent(count / row.questions, 2) if row.questions else "–"
        cells += [voice.number(count), share, voice.number(with_any.n)]
    return Row(row.form, tuple(cells))


def _odd_marks(run: ScoredRun, found: CohortReport, words: Words) -> list[Pair]:
    """What the multiple and the unreadable marks that are counted earn or cost."""
    multiple, invalid = (any(row.counts[KINDS.index(kind)] for row in found.marks) for kind in KINDS[2:])
    return list(odd_marks_words(words, scoring_of(run.audit), multiple=multiple, invalid=invalid))


def _told(voice: Voice, counts: tuple[tuple[str, int], ...], means: Mapping[str, Pair]) -> list[Told]:
    return [Told(code, means.get(code), voice.number(n)) for code, n in counts]


def _ledger(voice: Voice, found: CohortReport) -> Iterator[Row]:
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
        yield Row(name, tuple(voice.number(int(n or 0)) for n in counts), kind=by)
