"""Ratings → how severe assessors and centres are, and how difficult tasks, by the many-facet Rasch model.

Assessors are compared within a group that candidates link; of groups that nothing links, each has a model of
its own. Points of a task are taken as ordered categories.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.assessor_results import (
    FEW,
    FEW_OF_PAIR,
    LEVEL,
    MOST_CATEGORIES,
    NOTABLE,
    AssessorSeverity,
    CentreSeverity,
    Codes,
    Floats,
    RatingTable,
    SeverityModel,
    Statement,
    Verdict,
    some_names,
)
from examgen.analyses.options import AssessorOptions
from examgen.core.words import listed, tell, tell_n
from examgen.psychometrics.agreement.many_facet import (
    Disconnected,
    ManyFacetFit,
    Steps,
    equal_measures,
    expected_points,
    fit_many_facet,
    linked_groups,
)

Flags = NDArray[np.bool_]


class TaskFit(NamedTuple):
    """A task in the many-facet model."""

    difficulty: float
    se: float
    infit: float
    outfit: float


Severities = tuple[
    tuple[SeverityModel, ...],
    tuple[AssessorSeverity, ...],
    tuple[CentreSeverity, ...],
    Mapping[int, TaskFit],
]


def severity_of(table: RatingTable, options: AssessorOptions, notes: list[Statement]) -> Severities:
    """The many-facet model of every group of assessors whom candidates link."""
    nobody: Severities = ((), (), (), {})
    if len(table.assessors) < 2:
        message = tell("one assessor: how severe it is cannot be said, for nobody else rated with it")
        notes.append(Statement("one-assessor", message))
        return nobody
    group_of = linked_groups(table.candidate, [table.task, table.assessor])[1]
    n_groups = int(group_of.max()) + 1
    members = [np.flatnonzero(group_of == n) for n in range(n_groups)]
    if n_groups > 1:
        shown = [tell("{names}", names=some_names([table.assessors[n] for n in own])) for own in members[:6]]
        message = tell_n(
            "assessors are in {n} group that no candidate links",
            "assessors are in {n} groups that no candidate links, and severity is compared within a group "
            "alone: {groups}. To compare all, let assessors of different groups rate candidates in common",
            n_groups,
            groups=listed([tell("({group})", group=one) for one in shown]),
        )
        notes.append(Statement("not-linked", message))
    points_of = [np.unique(table.points[table.task == n]) for n in range(len(table.tasks))]
    same_points = len({float(one.max()) for one in points_of}) == 1
    steps: Steps = options.steps or ("rating-scale" if same_points else "partial-credit")
    category, worth, banded = _categories(table, steps)
    if banded:
        message = tell(
            "points of {tasks} have more than {most} steps: the many-facet model takes them in bands",
            tasks=some_names([table.tasks[n] for n in banded]),
            most=MOST_CATEGORIES,
        )
        notes.append(Statement("bands", message))
    models, rows, centres = list[SeverityModel](), list[AssessorSeverity](), list[CentreSeverity]()
    tasks: dict[int, TaskFit] = {}
    highest = float(sum(own.max() for own in points_of))
    for group, own in enumerate(members, start=1):
        inside = np.isin(table.assessor, own)
        if len(own) < 2:
            rows += [_unknown(table, n, group) for n in own.tolist()]
            continue
        n_candidates = len(np.unique(table.candidate[inside]))
        if n_candidates < FEW:
            message = tell(
                "{n} candidates of {names}: severity cannot be said of fewer than {few}",
                n=n_candidates,
                names=some_names([table.assessors[n] for n in own]),
                few=FEW,
            )
            notes.append(Statement("few-candidates", message))
            rows += [_unknown(table, n, group) for n in own.tolist()]
            continue
        fitted = _fitted(table, inside, own, category, worth, steps, options, notes)
        if fitted is None:
            message = tell(
                "{names} gave everybody the same points on every task: severity cannot be said",
                names=some_names([table.assessors[n] for n in own]),
            )
            notes.append(Statement("same-points", message))
            rows += [_unknown(table, n, group) for n in own.tolist()]
            continue
        fit, used_worth, used_tasks, with_centre = fitted
        equal = equal_measures(fit.facets[0])
        average = float(expected_points(fit, used_worth, np.zeros(1))[0])
        models.append(
            SeverityModel(
                group, len(own), fit.n_candidates, fit.n_ratings, steps, fit.sd, fit.se_sd,
                fit.log_likelihood, fit.n_parameters, fit.aic, fit.bic, *equal, fit.facets[0].reliability,
                average, fit.converged,
            )
        )  # fmt: skip
        if not fit.converged:
            message = tell("the many-facet model has not reached its maximum: take severities as provisional")
            notes.append(Statement("not-converged", message))
        rows += _assessor_rows(table, fit, used_worth, own, group, average, highest)
        centres += _centre_rows(table, fit, used_worth, own, group, inside, with_centre)
        if not tasks or fit.n_ratings == max(one.ratings for one in models):
            found = fit.tasks
            tasks = {
                task: TaskFit(
                    *(float(one[n]) for one in (found.measure, found.se, found.infit, found.outfit))
                )
                for n, task in enumerate(used_tasks)
            }
    order = {name: n for n, name in enumerate(table.assessors)}
    rows.sort(
        key=lambda one: (
            one.group,
            -one.severity if np.isfinite(one.severity) else math.inf,
            order[one.assessor],
        )
    )
    return tuple(models), tuple(rows), tuple(centres), tasks


def _fitted(
    table: RatingTable,
    inside: Flags,
    own: Codes,
    category: Codes,
    worth: Floats,
    steps: Steps,
    options: AssessorOptions,
    notes: list[Statement],
) -> tuple[ManyFacetFit, Floats, list[int], bool] | None:
    """The fit of the ratings of a group, points by category, its tasks, and whether centres are a facet."""
    used_tasks, task = np.unique(table.task[inside], return_inverse=True)
    person = np.unique(table.candidate[inside], return_inverse=True)[1]
    assessor = np.searchsorted(own, table.assessor[inside])
    cells, used_worth = _closed(category[inside], task, worth[used_tasks], steps)
    arguments = (cells, person, task)
    fit: ManyFacetFit | None = None
    with_centre = False
    try:
        if options.facet == "centre":
            centre = table.centre[inside]
            if (centre >= 0).all() and len(table.centres) > 1:
                try:
                    fit = fit_many_facet(*arguments, [assessor, centre], steps)
                    with_centre = True
                except Disconnected:
                    pass
            if fit is None:
                message = tell(
                    "centres cannot be a facet: it takes candidates who were rated at several centres, by "
                    "assessors who rated at several"
                )
                notes.append(Statement("centre-not-linked", message))
        fit = fit or fit_many_facet(*arguments, [assessor], steps)
    except ValueError:
        return None
    return fit, used_worth, used_tasks.tolist(), with_centre


def _categories(table: RatingTable, steps: Steps) -> tuple[Codes, Floats, list[int]]:
    """Points as categories from 0 (M,), the points of each (T, K + 1), and the tasks that are in bands."""
    category = np.zeros(len(table.points), dtype=np.int64)
    of_tasks, banded = list[Floats](), list[int]()
    tasks = range(len(table.tasks))
    for members in [list(tasks)] if steps == "rating-scale" else [[n] for n in tasks]:
        own = np.isin(table.task, members)
        points = table.points[own]
        values, code = np.unique(points, return_inverse=True)
        if len(values) > MOST_CATEGORIES:
            banded += members
            width = (values[-1] - values[0]) / MOST_CATEGORIES
            band = np.minimum(((points - values[0]) / width).astype(np.int64), MOST_CATEGORIES - 1)
            code = np.unique(band, return_inverse=True)[1]
            values = np.bincount(code, points) / np.bincount(code)
        category[own] = code
        of_tasks += [values for _ in members]
    worth = np.full((len(of_tasks), max(map(len, of_tasks), default=1)), np.nan)
    for row, values in zip(worth, of_tasks, strict=True):
        row[: len(values)] = values
    return category, worth, banded


def _closed(category: Codes, task: Codes, worth: Floats, steps: Steps) -> tuple[Codes, Floats]:
    """Categories without those that a group does not use."""
    out, kept = category.copy(), np.full_like(worth, np.nan)
    tasks = range(len(worth))
    for members in [list(tasks)] if steps == "rating-scale" else [[n] for n in tasks]:
        own = np.isin(task, members)
        seen, out[own] = np.unique(category[own], return_inverse=True)
        for n in members:
            kept[n, : len(seen)] = worth[n, seen]
    return out, kept


def _unknown(table: RatingTable, n: int, group: int) -> AssessorSeverity:
    ratings = int((table.assessor == n).sum())
    nan = math.nan
    return AssessorSeverity(table.assessors[n], group, ratings, nan, nan, nan, nan, nan, "unknown")


def _assessor_rows(
    table: RatingTable,
    fit: ManyFacetFit,
    worth: Floats,
    own: Codes,
    group: int,
    average: float,
    highest: float,
) -> Iterator[AssessorSeverity]:
    found = fit.facets[0]
    fair = expected_points(fit, worth, found.measure)
    limit = NormalDist().inv_cdf(1 - LEVEL / (2 * len(own)))
    for n, place in enumerate(own.tolist()):
        rated = len(np.unique(table.candidate[table.assessor == place]))
        verdict: Verdict = "unknown"
        if np.isfinite(found.se[n]) and rated >= FEW_OF_PAIR:
            is_sure = abs(found.measure[n]) > limit * found.se[n]
            is_notable = abs(fair[n] - average) >= NOTABLE * highest
            verdict = (
                "alike" if not (is_sure and is_notable) else "severe" if found.measure[n] > 0 else "lenient"
            )
        yield AssessorSeverity(
            table.assessors[place], group, int(found.n[n]), float(found.measure[n]), float(found.se[n]),
            float(found.infit[n]), float(found.outfit[n]), float(fair[n]), verdict,
        )  # fmt: skip


def _centre_rows(
    table: RatingTable,
    fit: ManyFacetFit,
    worth: Floats,
    own: Codes,
    group: int,
    inside: Flags,
    with_centre: bool,
) -> Iterator[CentreSeverity]:
    """Centres as a facet, or the mean severity of the assessors of each, by their ratings there."""
    if len(table.centres) < 2:
        return
    for n, name in enumerate(table.centres):
        there = inside & (table.centre == n)
        if not there.any():
            continue
        weight = np.bincount(np.searchsorted(own, table.assessor[there]), minlength=len(own)).astype(
            np.float64
        )
        if with_centre:
            severity, se = float(fit.facets[1].measure[n]), float(fit.facets[1].se[n])
        else:
            used = weight > 0
            share = weight[used] / weight.sum()
            severity = float(share @ fit.facets[0].measure[used])
            se = float(np.sqrt(share @ fit.facets[0].covariance[np.ix_(used, used)] @ share))
        fair = float(expected_points(fit, worth, np.array([severity]))[0])
        people = len(np.unique(table.candidate[there]))
        yield CentreSeverity(name, group, people, int((weight > 0).sum()), severity, se, fair)
