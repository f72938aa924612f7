"""A technical report → context of `report-technical.html`: its numbers and rows as they are shown."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from statistics import median
from typing import TYPE_CHECKING, Any

import polars as pl

from examgen.capture.centre_returns import INCIDENT_KINDS
from examgen.core.coded_columns import texts_of
from examgen.core.models.base import CATEGORY_WORDS, Bilingual
from examgen.core.models.decisions import DECISION_KINDS
from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.words import Pair, spoken
from examgen.rendering.parts import MIN_N, day_words, in_its_figures, report_context
from examgen.rendering.plot import drawn
from examgen.reports.analysis_report.words import FLAGS
from examgen.reports.cohort_report.figures import distribution_figure
from examgen.reports.decisions import (
    FormDecisions,
    cut_gap_words,
    decision_page,
    gap_words,
    points,
    repeated_words,
)
from examgen.reports.kinds import ReportDocument
from examgen.reports.language import ReportLanguage, place_words
from examgen.reports.ledger_lines import (
    IN_ORDER,
    attendance_words,
    ledger_sums,
    ledger_words,
    quarantine_words,
    row_sums,
    unreconciled_words,
    was_recorded,
)
from examgen.reports.tables import TECHNICAL
from examgen.reports.technical_report.report import TechnicalReport, technical_report
from examgen.stats.dif_analysis import FEW_IN_GROUP

if TYPE_CHECKING:
    from examgen.rendering.parts import Lang, Words
    from examgen.reports.technical_report.report import TechnicalItem
    from examgen.scoring.scored_run import ScoredRun

MOST_CENTRES, MOST_FORMS, MOST_ITEMS, MOST_DIF, MOST_ROWS = 40, 6, 160, 30, 30
"""More centres, forms beside each other, items, items that favour a group, and other rows stand in the tables
beside the report alone: so it has at most twelve pages in one language."""

Row = list[Any]
"""Cells: texts, pairs, or words of the standard beside their code."""
_MODELS = {"rasch": spoken("Rasch"), "1pl": "1PL", "2pl": "2PL", "3pl": "3PL"}
_SHARES = (
    ("consistency", spoken("same decision on a parallel form (p₀)")),
    ("kappa", spoken("the same beyond chance (Cohen's kappa)")),
    ("accuracy", spoken("same decision as the true score")),
    ("false_pass", spoken("passed, though the true score does not")),
    ("false_fail", spoken("not passed, though the true score does")),
)


def technical_page(
    run: ScoredRun,
    found: TechnicalReport,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Everything that the page shows."""
    voice = ReportLanguage(lang, words)
    number, cohort, passed = voice.number, found.cohort, found.cohort.passed
    alphas = sorted(form["alpha"] for form in found.forms if form["alpha"] is not None)
    shares = (found.repeated.shares if found.repeated is not None else None) or {}
    consistency, level = shares.get("consistency"), run.exam.blueprint.level
    return {
        **report_context(run, lang, words.digits, faces),
        "number": number,
        "n": number(cohort.n),
        "has_rule": passed is not None,
        "pass_rate": voice.percent(passed.share) if passed else "",
        "passed_n": number(passed.n) if passed else "",
        "passed_of": number(passed.of) if passed else "",
        "pass_interval": voice.interval(passed) if passed else "",
        "alpha": "–".join(dict.fromkeys(number(one, 2) for one in (*alphas[:1], *alphas[-1:]))) or "–",
        "consistency": "" if consistency is None else voice.percent(consistency, 0),
        "units": "; ".join(f"{unit.code} {unit.title or ''}".strip() for unit in run.exam.units),
        "level": "" if level is None else number(level),
        "exam_fingerprint": found.fingerprints.exam[:16],
        **_attendance(voice, run, found),
        **_conditions(voice, run, found),
        **_forms(voice, found),
        **_items(voice, found),
        **_reliability(voice, found),
        "repeated": list(repeated_words(voice, found.repeated)),
        "shares": [
            [words(name), number(value, 2)]
            for code, name in _SHARES
            if (value := shares.get(code)) is not None
        ],
        "has_groups": bool(found.groups),
        "few_in_group": FEW_IN_GROUP,
        "most_dif": MOST_DIF,
        "dif": _dif(voice, found),
        **_standard(voice, run, found),
        **_decisions(words, number, found),
        "unapproved": found.unapproved,
        "n_synthetic": found.n_synthetic,
        "is_few": cohort.n < FEW_IN_GROUP,
        "has_other_methods": bool(run.exam.other_methods),
    }


def _pair(message: Pair) -> Bilingual:
    """A template would take a message for plain text."""
    return Bilingual(th=message.th, en=message.en)


def _coded(code: str, text: str) -> dict[str, str]:
    """A code and the words of the standard or of somebody."""
    return {"code": code, "text": text}


def _attendance(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> dict[str, object]:
    words, number, cohort = voice.spoken, voice.number, found.cohort
    ledger: list[tuple[Pair, str]] = []
    sums: list[Pair] = []
    if cohort.ledger is not None:
        total, names = cohort.ledger.row(0, named=True), ledger_words(words, recorded=was_recorded(cohort))
        counts = [(name, int(total.get(name) or 0)) for name in names]
        ledger = [(names[name], number(n)) for name, n in counts if n or name in IN_ORDER]
        sums = [*ledger_sums(words, cohort), *filter(None, [attendance_words(voice, cohort)])]
    reasons, whats = quarantine_words(words), unreconciled_words(words)
    aside = [(reasons.get(code, code), number(n)) for code, n in cohort.quarantine]
    aside += [
        (whats[code], number(n)) for code, n in cohort.unreconciled if code in ("missing", "no_row", "absent")
    ]
    place, centres = place_words(words, run.place_kind), found.centres
    if len(centres) > MOST_CENTRES:
        centres = tuple(sorted(centres, key=lambda one: -one.n)[:MOST_CENTRES])
    rows: list[Row] = []
    for one in centres:
        rows.append([_coded("", one.name) if one.name else place.none, number(one.n)])
        if one.passed is not None:
            rows[-1] += [number(one.passed.n), voice.percent(one.passed.share) if one.n >= MIN_N else "–"]
    return {
        "ledger": ledger,
        "ledger_sums": sums,
        "row_sums": row_sums(voice, cohort),
        "without_result": aside[:MOST_ROWS],
        "place": place,
        "centres": rows,
        "n_centres": len(found.centres),
    }


def _conditions(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> dict[str, object]:
    number, conditions = voice.number, found.conditions
    kinds, incidents = conditions.accommodations, conditions.incidents or {}
    shown = sorted(incidents.items(), key=lambda one: (-one[1], one[0]))
    return {
        "blueprint": run.exam.blueprint,
        "plan": run.plan,
        "conditions": conditions,
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
    words, number, names = voice.spoken, voice.number, found.form_names
    few = len(names) <= MOST_FORMS
    heads = [words("Criterion, cognitive level")]
    if few:
        for name in names:
            heads += [words("items, {form}", form=name), words("mean %, {form}", form=name)]
    else:
        heads += [words("items of a form"), words("mean % of a form")]
    content: list[Row] = []
    for row in found.content:
        content.append([_coded(row.code, row.text) if row.unit else _pair(CATEGORY_WORDS[row.code])])
        if few:
            for n, mean in zip(row.items, row.means, strict=True):
                content[-1] += [number(n), number(mean, 1) if row.unit else ""]
        else:
            known = [mean for mean in row.means if mean is not None]
            content[-1] += [_range(voice, row.items), _range(voice, known, 1) if known else ""]
    groups: list[Row] = []
    for one in (form.group for form in found.cohort.facts.forms):
        score = one.mean
        interval = "–" if score.low is None else f"{number(score.low, 1)}–{number(score.high, 1)}"
        groups.append([one.name, number(one.n), number(score.value, 1), number(score.sd, 1), interval])
        if one.passed is not None:
            groups[-1] += [number(one.passed.n), voice.percent(one.passed.share) if one.n >= MIN_N else "–"]
    bars, gap = found.cohort.distribution, found.cohort.facts.gap
    has_rule = found.cohort.passed is not None
    return {
        "content_heads": heads,
        "content": content,
        "groups": groups,
        "bars": None if bars is None else drawn(partial(distribution_figure, voice, bars, has_rule)),
        "form_names": names,
        "n_common": found.n_common,
        "gap": None if gap is None else gap_words(voice, gap),
        "is_scaled": found.scaled,
    }


def _range(voice: ReportLanguage, values: Sequence[float], decimals: int = 0) -> str:
    low, high = (voice.number(end, decimals) for end in (min(values), max(values)))
    return low if low == high else f"{low}–{high}"


def _items(voice: ReportLanguage, found: TechnicalReport) -> dict[str, object]:
    words, number, before = voice.spoken, voice.number, found.asked_before
    codes = Counter(code for one in found.flagged for code in one.flags)
    ranges = []
    for name, values in (
        (spoken("facility"), [one.facility for one in found.items]),
        (spoken("item–rest correlation"), [one.item_rest for one in found.items]),
    ):
        if known := [value for value in values if value is not None]:
            ends = {"median": median(known), "low": min(known), "high": max(known)}
            shown = {end: number(value, 2) for end, value in ends.items()}
            ranges.append((words(name), {**shown, "n": number(len(known))}))
    # two items to a line, so that a hundred take a page
    listed = [_item(voice, one) for one in found.items[:MOST_ITEMS]]
    half = (len(listed) + 1) // 2
    return {
        "is_analysed": found.is_analysed,
        "item_ranges": ranges,
        "n_flagged": len(found.flagged),
        "flag_counts": "; ".join(f"{_flag(voice, code)} {number(n)}" for code, n in codes.items()),
        "n_before": len(before),
        "before": ", ".join(one.item for one in before[:MOST_ROWS])
        + (" …" if len(before) > MOST_ROWS else ""),
        "items": [
            left + right for left, right in zip_longest(listed[:half], listed[half:], fillvalue=[""] * 5)
        ],
        "n_items": len(found.items),
        "most_items": MOST_ITEMS,
    }


def _flag(voice: ReportLanguage, code: str) -> str:
    return voice.pair(FLAGS[code]) if code in FLAGS else code


def _item(voice: ReportLanguage, one: TechnicalItem) -> Row:
    pilot = " ({})".format(voice.words("pilot")) if one.standing == "pilot" else ""
    flags = "; ".join(_flag(voice, code) for code in one.flags)
    figures = [voice.number(one.n), voice.number(one.facility, 2), voice.number(one.item_rest, 2)]
    return [one.item + pilot, *figures, flags]


def _reliability(voice: ReportLanguage, found: TechnicalReport) -> dict[str, object]:
    number, rows = voice.number, list[Row]()
    for form in found.forms[:MOST_ROWS]:
        alpha = number(form["alpha"], 2)
        if form["alpha_low"] is not None:
            alpha += f" ({number(form['alpha_low'], 2)}–{number(form['alpha_high'], 2)})"
        means = [number(form[name], 2) for name in ("mean", "sd")]
        errors = [number(form[name], 2) for name in ("omega", "sem")]
        ends = [points(voice, form["cut_points"]), number(form["sem_at_cut"], 2)]
        counts = [number(form["n_candidates"]), number(form["n_items"])]
        rows.append([str(form["form"]), *counts, *means, alpha, *errors, *ends])
    model = None
    if found.model is not None and found.model.get("empirical_reliability") is not None:
        name = str(found.model["name"])
        value = number(found.model["empirical_reliability"], 2)
        model = {"name": voice.spoken(_MODELS.get(name, name)), "reliability": value}
    return {"reliability": rows, "model": model}


def _dif(voice: ReportLanguage, found: TechnicalReport) -> dict[str, object] | None:
    if not found.dif:
        return None
    number = voice.number
    rows: list[Row] = [
        [one.form, _coded("", one.group), number(one.n), number(one.n_others), item, number(delta, 2), ets]
        for one in found.dif
        for item, delta, ets in one.items.iter_rows()
    ]
    rows.sort(key=lambda row: (str(row[6])[0] != "C", str(row[0])))
    return {"n": len(found.dif), "n_items": sum(one.n_items for one in found.dif), "rows": rows}


def _standard(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> dict[str, object]:
    facts = found.cohort.facts
    page, rule = decision_page(voice, facts), facts.rule or {}
    cuts = [one for one in facts.forms if one.cut is not None]
    return {
        "rule_parts": page["rule_parts"] if page["has_rule"] else None,
        "is_share_alone": rule.get("percent") is not None and not rule.get("reason"),
        "cuts": [_cut(voice, one) for one in cuts],
        "least_passes": list(_least_passes(voice, run, cuts)),
        "cut_gap": cut_gap_words(voice, facts),
    }


def _least_passes(
    voice: ReportLanguage, run: ScoredRun, cuts: Sequence[FormDecisions]
) -> Iterator[dict[str, str]]:
    """Yield the lowest whole score that reaches each cut that lies between two whole scores."""
    scores = texts_of(run.candidates["score"]).replace("", None).cast(pl.Float64).drop_nulls()
    if scores.is_empty() or bool((scores % 1 != 0).any()):
        return
    lowest: dict[tuple[int, float], list[str]] = {}
    for one in cuts:
        if one.cut is not None and one.cut.points % 1:
            lowest.setdefault((math.ceil(one.cut.points), one.cut.most), []).append(one.group.name)
    for (least, most), names in lowest.items():
        yield {
            "forms": ", ".join(names),
            "least": points(voice, least),
            "most": points(voice, most),
            "percent": voice.percent(least / most),
        }


def _cut(voice: ReportLanguage, one: FormDecisions) -> Row:
    cut, judged = one.cut, one.judged
    assert cut is not None
    n = None if judged is None else (getattr(judged, "candidates", None) or judged.judges)
    error = None if judged is None or judged.se is None else float(judged.se)
    scores = [points(voice, cut.points), points(voice, cut.most), voice.number(cut.percent, 1)]
    return [one.group.name, *scores, voice.number(n), voice.number(error, 2)]


def _decisions(words: Words, number: Any, found: TechnicalReport) -> dict[str, object]:
    shown = found.corrections[:MOST_ROWS]
    does = [CORRECTION_KINDS[one["kind"]].does for one in shown]
    return {
        "looks": found.looks,
        "corrections": [
            [
                str(one["item"]) if one.get("item") else f"{one.get('form', '')}: {one.get('question', '')}",
                words(what),
            ]
            for one, what in zip(shown, does, strict=True)
        ],
        "moved": found.moved,
        "persons": [
            [_pair(DECISION_KINDS[name].words), number(n)] for name, n in sorted(found.persons.items())
        ],
    }


DOCUMENT = ReportDocument("report-technical.html", technical_report, technical_page, TECHNICAL)
