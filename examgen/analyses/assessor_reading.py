"""The result of an analysis of assessors → what a committee reads of it, sentence by sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from examgen.analyses.assessor_results import (
    FEW,
    LEVEL,
    NOTABLE,
    AssessorAnalysis,
    Statement,
    TaskRatings,
    some_names,
)
from examgen.core.words import tell, tell_n


def reading_of(found: AssessorAnalysis) -> Iterator[Statement]:
    """What a committee reads of it."""
    all_pairs = found.agreement
    if np.isfinite(all_pairs.exact.value):
        exact, near = all_pairs.exact, all_pairs.within_one
        yield Statement(
            "agreement",
            tell(
                "Two assessors give a candidate the same points on {exact:.0f} % of tasks (95 % interval "
                "{low:.0f} to {high:.0f}), and points at most one apart on {near:.0f} %.",
                exact=100 * exact.value,
                low=100 * exact.low,
                high=100 * exact.high,
                near=100 * near.value,
            ),
        )
    if np.isfinite(all_pairs.kappa.value):
        low, high = all_pairs.kappa.interval
        yield Statement(
            "kappa",
            tell(
                "Agreement beyond chance is {kappa:.2f} ({low:.2f} to {high:.2f}; kappa, where "
                "1 is full agreement and 0 is chance).",
                kappa=all_pairs.kappa.value,
                low=low,
                high=high,
            ),
        )
    if np.isfinite(all_pairs.icc.value):
        yield Statement(
            "icc",
            tell(
                "{share:.0f} % of the differences between totals from single assessors are "
                "differences between candidates ({low:.0f} to {high:.0f} %). Two totals of a "
                "candidate are {apart:.1f} points apart on average.",
                share=100 * max(all_pairs.icc.value, 0.0),
                low=100 * max(all_pairs.icc.low, 0.0),
                high=100 * max(all_pairs.icc.high, 0.0),
                apart=all_pairs.difference,
            ),
        )
    yield from _severity_read(found)
    yield from _precision_read(found)
    worse = [one for one in found.tasks if np.isfinite(one.phi_without) and _adds_nothing(found, one)]
    if worse and len(found.tasks) > 2:
        yield Statement(
            "tasks",
            tell_n(
                "Points would be just as dependable without the task {names}. Check what the "
                "task requires and how it is rated.",
                "Points would be just as dependable without any one of the tasks {names}. Check what "
                "the tasks require and how they are rated.",
                len(worse),
                names=some_names([one.task for one in worse]),
            ),
        )
    if found.apart is not None:
        yield Statement(
            "moderation",
            tell_n(
                "{n} candidate has totals of two assessors more than {apart:g} points apart and "
                "needs moderation.",
                "{n} candidates have totals of two assessors more than {apart:g} points apart "
                "and need moderation.",
                len({one.candidate for one in found.moderation}),
                apart=found.apart,
            )
            if found.moderation
            else tell(
                "No candidate has totals of two assessors more than {apart:g} points apart.",
                apart=found.apart,
            ),
        )


def _adds_nothing(found: AssessorAnalysis, task: TaskRatings) -> bool:
    now = next((one.phi for one in found.precision if one.n_assessors == found.per_candidate), math.nan)
    return bool(task.phi_without >= now)


def _severity_read(found: AssessorAnalysis) -> Iterator[Statement]:
    for model in found.models:
        rows = [one for one in found.severity if one.group == model.group and np.isfinite(one.severity)]
        if len(rows) < 2:
            continue
        most, least = max(rows, key=lambda one: one.severity), min(rows, key=lambda one: one.severity)
        if model.p < LEVEL:
            message = tell(
                "Assessors are not equally severe (p {p}). An average candidate gets {low:.1f} "
                "points from {most}, the most severe, and {high:.1f} from {least}, the most "
                "lenient.",
                p=_p(model.p),
                most=most.assessor,
                low=most.fair_points,
                least=least.assessor,
                high=least.fair_points,
            )
        else:
            message = tell(
                "Assessors of {n} candidates do not differ in severity more than by chance (p {p}).",
                n=model.candidates,
                p=_p(model.p),
            )
        yield Statement("severity", message)
    apart = [one for one in found.severity if one.verdict in ("severe", "lenient")]
    if apart:
        yield Statement(
            "stands-apart",
            tell_n(
                "{names} differs from the other assessors beyond chance, by {share:.0f} % of "
                "the highest total or more. Discuss this before the next round.",
                "{names} differ from the other assessors beyond chance, by {share:.0f} % of the "
                "highest total or more. Discuss this before the next round.",
                len(apart),
                names=some_names([one.assessor for one in apart]),
                share=100 * NOTABLE,
            ),
        )
    erratic = [
        one.assessor
        for one in found.severity
        if np.isfinite(one.infit) and one.infit > _MISFIT and one.ratings >= FEW
    ]
    if erratic:
        yield Statement(
            "erratic",
            tell_n(
                "Points of {names} agree less with those of the others than the model expects "
                "(infit above {most}). Read some of the ratings again.",
                "Points of {names} agree less with those of the others than the model expects "
                "(infit above {most}). Read some of the ratings again.",
                len(erratic),
                names=some_names(erratic),
                most=_MISFIT,
            ),
        )


_MISFIT = 1.5
"""Mean squares above it are unproductive for measurement (Linacre 2002)."""


def _precision_read(found: AssessorAnalysis) -> Iterator[Statement]:
    by_number = {one.n_assessors: one for one in found.precision if np.isfinite(one.phi)}
    now = by_number.get(found.per_candidate)
    if now is None:
        return
    parts = found.components.effects
    whole = sum(max(value, 0.0) for value in parts.values() if np.isfinite(value))
    if whole > 0:
        who, severity = parts["candidate"], parts["assessor"]
        yield Statement(
            "variance",
            tell(
                "{candidate:.0f} % of the differences between single ratings come from "
                "candidates and {assessor:.0f} % from the severity of assessors. The rest comes "
                "from tasks and chance.",
                candidate=100 * max(who, 0.0) / whole,
                assessor=100 * max(severity, 0.0) / whole if np.isfinite(severity) else 0.0,
            ),
        )
    yield Statement(
        "dependability",
        tell_n(
            "With {n} assessor per candidate the dependability of totals is {phi:.2f} (1 is without error).",
            "With {n} assessors per candidate the dependability of totals is {phi:.2f} (1 is without error).",
            now.n_assessors,
            phi=now.phi,
        ),
    )
    more, fewer = by_number.get(now.n_assessors + 1), by_number.get(now.n_assessors - 1)
    if more is not None:
        yield Statement(
            "one-more",
            tell("With one assessor more it would be {phi:.2f}.", phi=more.phi)
            if fewer is None
            else tell(
                "With one assessor more it would be {phi:.2f}, with one fewer {less:.2f}.",
                phi=more.phi,
                less=fewer.phi,
            ),
        )
    if now.phi < found.phi_wanted:
        yield Statement(
            "assessors-wanted",
            tell("No number of assessors raises it to {phi:g}. More tasks would.", phi=found.phi_wanted)
            if found.assessors_wanted is None
            else tell(
                "{n} assessors are needed to raise it to {phi:g}.",
                n=found.assessors_wanted,
                phi=found.phi_wanted,
            ),
        )


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"
