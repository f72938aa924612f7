"""What ratings tell of their assessors, as people read it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from examgen.analyses.assessor_results import AssessorAgreement, AssessorAnalysis, as_document
from examgen.analyses.reported.parts import Document, Parts, ReportedLine, ReportedTable, number
from examgen.core.words import joined, tell, tell_n
from examgen.psychometrics.agreement.categories import Kappa, Share
from examgen.psychometrics.agreement.intraclass import Correlation

MOST_PAIRS = 40
"""Of more pairs those that agree least are shown; the document and the tables have all."""
_VERDICTS = {
    "severe": tell("severe"),
    "lenient": tell("lenient"),
    "alike": tell("average"),
    "unknown": tell("not estimable"),
}
_EFFECTS = {
    "candidate": tell("candidates"),
    "assessor": tell("severity of assessors"),
    "task": tell("difficulty of tasks"),
    "candidate_assessor": tell("view of a candidate by an assessor"),
    "candidate_task": tell("strength of a candidate on a task"),
    "assessor_task": tell("severity on single tasks"),
    "residual": tell("remainder"),
}


def of_assessors(found: AssessorAnalysis) -> Parts:
    """Who rated how much, how far assessors agree, who is severe, what more assessors would change."""
    yield ReportedLine(
        tell(
            "{candidates} candidates, {assessors} assessors, {tasks} tasks, {ratings} ratings",
            candidates=found.n_candidates,
            assessors=found.n_assessors,
            tasks=found.n_tasks,
            ratings=found.n_ratings,
        ),
        "bold",
    )
    for one in found.reading:
        yield ReportedLine(one.message)
    yield from _tables(found)
    for one in found.notes:
        said = joined((one.item, one.message), ": ") if one.item else one.message
        yield ReportedLine(tell("note: {message}", message=said), "yellow")


def tables_of(found: AssessorAnalysis) -> dict[str, list[Document]]:
    """The rows of every table, flat, for a file: the assessors first."""
    names = ("severity", "assessors", "pairs", "tasks", "centres", "models", "precision", "moderation")
    return {name: [_flat(row) for row in as_document(getattr(found, name))] for name in names}


def _flat(row: Document) -> Document:
    out: Document = {}
    for name, value in row.items():
        if isinstance(value, dict):
            out |= {name if part == "value" else f"{name}_{part}": one for part, one in value.items()}
        else:
            out[name] = value
    return out


def _tables(found: AssessorAnalysis) -> Iterator[ReportedTable]:
    yield ReportedTable(
        tell("rater"),
        [tell("assessor"), tell("candidates"), tell("ratings"), tell("shared"), tell("mean points")],
        [
            [one.assessor, one.candidates, one.ratings, one.shared, _shown(one.mean, 2)]
            for one in found.assessors
        ],
    )
    heads = [
        tell("candidates"), tell("same points"), tell("at most one apart"), tell("kappa"),
        tell("ICC of totals"), tell("difference between totals"),
    ]  # fmt: skip
    rows = [[tell("all pairs"), *_agreement(found.agreement)]]
    said = [one for one in found.pairs if math.isfinite(one.exact.value)]
    pairs = sorted(said, key=lambda one: one.kappa.value if math.isfinite(one.kappa.value) else 2.0)
    rows += [[tell("{a} and {b}", a=one.first, b=one.second), *_agreement(one)] for one in pairs[:MOST_PAIRS]]
    title = tell("agreement")
    if len(pairs) > MOST_PAIRS:
        title = tell_n(
            "agreement; the {n} pair with the lowest agreement",
            "agreement; the {n} pairs with the lowest agreement",
            len(pairs),
        )
    yield ReportedTable(title, [tell("assessors"), *heads], rows, wide=True)
    if found.severity:
        several = len({one.group for one in found.severity}) > 1
        yield ReportedTable(
            tell("severity of assessors"),
            [
                tell("assessor"), *([tell("group")] if several else []), tell("ratings"),
                tell("severity in logits"), tell("SE"), tell("infit"), tell("outfit"),
                tell("points of an average candidate"), "",
            ],
            [
                [
                    one.assessor, *([one.group] if several else []), one.ratings, _shown(one.severity, 2),
                    _shown(one.se, 2), _shown(one.infit, 2), _shown(one.outfit, 2),
                    _shown(one.fair_points, 1), _VERDICTS[one.verdict],
                ]
                for one in found.severity
            ],
            wide=True,
        )  # fmt: skip
    if found.centres:
        yield ReportedTable(
            tell("severity of centres"),
            [
                tell("centre"), tell("assessors"), tell("candidates"), tell("severity in logits"), tell("SE"),
                tell("points of an average candidate"),
            ],
            [
                [
                    one.centre, one.assessors, one.candidates, _shown(one.severity, 2), _shown(one.se, 2),
                    _shown(one.fair_points, 1),
                ]
                for one in found.centres
            ],
        )  # fmt: skip
    yield ReportedTable(
        tell("tasks"),
        [
            tell("task"), tell("ratings"), tell("mean points"), tell("highest"), tell("same points"),
            tell("kappa"), tell("correlation with the rest"), tell("difficulty"), tell("infit"),
            tell("dependability without it"),
        ],
        [
            [
                one.task, one.ratings, _shown(one.mean, 2), _shown(one.highest, 2), _percent(one.exact),
                _shown(one.kappa.value, 2), _shown(one.with_rest, 2), _shown(one.difficulty, 2),
                _shown(one.infit, 2), _shown(one.phi_without, 2),
            ]
            for one in found.tasks
        ],
        wide=True,
    )  # fmt: skip
    if found.precision:
        effects = {name: value for name, value in found.components.effects.items() if math.isfinite(value)}
        whole = sum(max(value, 0.0) for value in effects.values()) or 1.0
        yield ReportedTable(
            tell("sources of differences between ratings"),
            [tell("source"), tell("variance"), "%"],
            [
                [_EFFECTS[name], _shown(value, 3), _shown(100 * max(value, 0.0) / whole, 0)]
                for name, value in effects.items()
            ],
        )
        yield ReportedTable(
            tell("dependability of totals by the number of assessors"),
            [
                tell("assessors"), tell("of ranks (G)"), tell("of points (Φ)"),
                tell("standard error of a total"),
            ],
            [
                [
                    one.n_assessors, _shown(one.g, 2), _shown(one.phi, 2),
                    _shown(one.n_tasks * one.absolute_error**0.5, 2),
                ]
                for one in found.precision
            ],
        )  # fmt: skip
    if found.moderation:
        yield ReportedTable(
            tell("for moderation"),
            [tell("candidate"), tell("assessors"), tell("totals"), tell("difference")],
            [
                [
                    one.candidate,
                    tell("{a} and {b}", a=one.first, b=one.second),
                    f"{one.total_first:g}, {one.total_second:g}",
                    f"{one.apart:g}",
                ]
                for one in found.moderation
            ],
        )


def _agreement(one: AssessorAgreement) -> Sequence[object]:
    return [
        one.candidates, _percent(one.exact), _percent(one.within_one), _interval(one.kappa),
        _interval(one.icc), _shown(one.difference, 2),
    ]  # fmt: skip


def _shown(value: float, digits: int) -> str:
    return number(as_document(value), digits)


def _percent(share: Share) -> str:
    return f"{100 * share.value:.0f} %" if math.isfinite(share.value) else "–"


def _interval(one: Kappa | Correlation) -> str:
    low, high = one.interval if isinstance(one, Kappa) else (one.low, one.high)
    shown = [_shown(x, 2) for x in (one.value, low, high)]
    return f"{shown[0]} ({shown[1]} – {shown[2]})" if math.isfinite(low) else shown[0]
