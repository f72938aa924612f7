"""A technical report → context of `report-technical.html`, with numbers and rows as they are shown."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import zip_longest
from statistics import median
from typing import TYPE_CHECKING

import polars as pl

from examgen.capture.centre_returns import INCIDENT_KINDS
from examgen.capture.quarantine_reasons import NAMES
from examgen.core.coded_columns import texts_of
from examgen.core.models.decisions import DECISION_KINDS
from examgen.core.models.field_types import CATEGORY_WORDS, Bilingual
from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.words import Pair
from examgen.rendering.parts import day_words, in_its_figures, report_context
from examgen.rendering.plot import drawn
from examgen.reports.analysis_report.words import FLAGS
from examgen.reports.cohort_report.figures import distribution_figure
from examgen.reports.decisions import FormDecisions, decision_page
from examgen.reports.kinds import ReportDocument
from examgen.reports.ledger_lines import (
    IN_ORDER,
    accounts,
    ledger_words,
    was_recorded,
)
from examgen.reports.localisation import ReportLanguage, group_context, place_words
from examgen.reports.tables import technical_tables
from examgen.reports.technical_report.report import TechnicalReport, technical_report
from examgen.scoring.reconcile import UNRECONCILED_WORDS
from examgen.stats.dif_analysis import FEW_IN_GROUP

if TYPE_CHECKING:
    from examgen.rendering.parts import Lang, Words
    from examgen.reports.technical_report.report import CentreCount
    from examgen.scoring.scored_run import ScoredRun

MOST_CENTRES, MOST_FORMS, MOST_ITEMS, MOST_DIF, MOST_ROWS = 40, 6, 160, 30, 30
"""The maximum numbers of centres, forms side by side, items, items that favour a group, and other rows in the
report; more are only in the tables beside it. The report thus has at most twelve pages in one language."""


def technical_page(
    run: ScoredRun,
    found: TechnicalReport,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return everything that the page shows."""
    voice = ReportLanguage(lang, words)
    cohort, facts = found.cohort, found.cohort.facts
    return {
        **report_context(run, lang, words.digits, faces),
        **group_context(voice, cohort.n, cohort.passed),
        **decision_page(voice, facts),
        **accounts(cohort),
        "report": found,
        "found": facts,
        "passed": cohort.passed,
        "shares": found.repeated.shares if found.repeated is not None else None,
        "alphas": [form["alpha"] for form in found.forms if form["alpha"] is not None],
        "units": "; ".join(f"{unit.code} {unit.title or ''}".strip() for unit in run.exam.units),
        "exam_fingerprint": found.fingerprints.exam[:16],
        "most_rows": MOST_ROWS,
        **_attendance(voice, run, found),
        **_conditions(voice, run, found),
        **_forms(voice, found),
        **_items(voice, found),
        "repeated": found.repeated,
        "few_in_group": FEW_IN_GROUP,
        "most_dif": MOST_DIF,
        "dif": sorted(
            ((one, *row) for one in found.dif for row in one.items.iter_rows()),
            key=lambda row: (str(row[3])[0] != "C", row[0].form),
        ),
        "cuts": [one for one in facts.forms if one.cut is not None],
        "least_passes": _least_passes(run, facts.forms),
        "does": {kind: words(one.does) for kind, one in CORRECTION_KINDS.items()},
        "decision_words": {name: _pair(one.words) for name, one in DECISION_KINDS.items()},
        "is_few": cohort.n < FEW_IN_GROUP,
        "has_other_methods": bool(run.exam.other_methods),
    }


def _pair(message: Pair) -> Bilingual:
    """Return a message as a text in both languages, because a template would take it for plain text."""
    return Bilingual(th=message.th, en=message.en)


def _attendance(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> dict[str, object]:
    words, cohort = voice.spoken, found.cohort
    ledger: list[tuple[Pair, str]] = []
    if cohort.ledger is not None:
        total, names = cohort.ledger.row(0, named=True), ledger_words(words, recorded=was_recorded(cohort))
        counts = [(name, int(total.get(name) or 0)) for name in names]
        ledger = [(names[name], voice.number(n)) for name, n in counts if n or name in IN_ORDER]
    aside: list[tuple[Pair | str, int]] = [(NAMES.get(code, code), n) for code, n in cohort.quarantine]
    aside += [
        (UNRECONCILED_WORDS[code], n)
        for code, n in cohort.unreconciled
        if code in ("missing", "no_row", "absent")
    ]
    centres: Sequence[CentreCount] = found.centres
    if len(centres) > MOST_CENTRES:
        centres = sorted(centres, key=lambda one: -one.n)[:MOST_CENTRES]
    return {
        "ledger": ledger,
        "aside": aside,
        "place": place_words(words, run.place_kind),
        "centres": centres,
    }


def _conditions(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> dict[str, object]:
    number, conditions = voice.number, found.conditions
    kinds, incidents = conditions.accommodations, conditions.incidents or {}
    shown = sorted(incidents.items(), key=lambda one: (-one[1], one[0]))
    return {
        "blueprint": run.exam.blueprint,
        "plan": run.plan,
        "day": in_its_figures(day_words(run.sat_on), voice.digits) if run.sat_on else None,
        "granted": sum(kinds.values()),
        "accommodations": ", ".join(f"{given} ({number(n)})" for given, n in sorted(kinds.items())),
        "n_incidents": sum(incidents.values()),
        "incidents": Bilingual(
            th=", ".join(f"{INCIDENT_KINDS[kind].th} ({number(n)})" for kind, n in shown),
            en=", ".join(f"{INCIDENT_KINDS[kind].en} ({number(n)})" for kind, n in shown),
        )
        if shown
        else None,
        "suspected": incidents.get("misconduct", 0),
    }


def _forms(voice: ReportLanguage, found: TechnicalReport) -> dict[str, object]:
    words, names = voice.spoken, found.form_names
    heads = [words("Criterion, cognitive level")]
    are_few = len(names) <= MOST_FORMS
    for name in names if are_few else ():
        heads += [words("items, {form}", form=name), words("mean %, {form}", form=name)]
    if not are_few:
        heads += [words("items of a form"), words("mean % of a form")]
    bars, has_rule = found.cohort.distribution, found.cohort.passed is not None
    return {
        "are_forms_few": are_few,
        "content_heads": heads,
        "category_words": {code: _pair(said) for code, said in CATEGORY_WORDS.items()},
        "bars": None if bars is None else drawn(partial(distribution_figure, voice, bars, has_rule)),
    }


def _items(voice: ReportLanguage, found: TechnicalReport) -> dict[str, object]:
    words, flags = voice.spoken, {code: voice.pair(said) for code, said in FLAGS.items()}
    codes = Counter(code for one in found.flagged for code in one.flags)
    facility = [one.facility for one in found.items if one.facility is not None]
    item_rest = [one.item_rest for one in found.items if one.item_rest is not None]
    names = (words("facility"), words("item–rest correlation"))
    before = found.asked_before
    # two items to a line, so that a hundred take a page
    listed = found.items[:MOST_ITEMS]
    half = (len(listed) + 1) // 2
    return {
        "item_ranges": [
            (name, median(values) if values else None, values)
            for name, values in zip(names, (facility, item_rest), strict=True)
        ],
        "flags": flags,
        "flag_counts": "; ".join(f"{flags.get(code, code)} {voice.number(n)}" for code, n in codes.items()),
        "before": ", ".join(one.item for one in before[:MOST_ROWS])
        + (" …" if len(before) > MOST_ROWS else ""),
        "pilot": voice.words("pilot"),
        "item_pairs": list(zip_longest(listed[:half], listed[half:])),
        "most_items": MOST_ITEMS,
    }


def _least_passes(run: ScoredRun, forms: Sequence[FormDecisions]) -> list[tuple[int, float, list[str]]]:
    """Return, for each cut score between two whole scores, the lowest whole score that reaches it, the
    maximum score and the forms."""
    scores = texts_of(run.candidates["score"]).replace("", None).cast(pl.Float64).drop_nulls()
    if scores.is_empty() or bool((scores % 1 != 0).any()):
        return []
    lowest: dict[tuple[int, float], list[str]] = {}
    for one in forms:
        if one.cut is not None and one.cut.points % 1:
            lowest.setdefault((math.ceil(one.cut.points), one.cut.most), []).append(one.group.name)
    return [(*cut, names) for cut, names in lowest.items()]


DOCUMENT = ReportDocument("report-technical.html", technical_report, technical_page, technical_tables)
