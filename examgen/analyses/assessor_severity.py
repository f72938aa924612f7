"""Ratings → how severe assessors and centres are, and how difficult tasks, by the many-facet Rasch model.

Assessors are compared within a group that candidates link; of groups that nothing links, each has a model of
its own. Points of a task are taken as ordered categories.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.assessor_results import (
    FEW,
    FEW_OF_PAIR,
    LEVEL,
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
    MOST_CATEGORIES,
    Disconnected,
    ManyFacetFit,
    Steps,
    as_categories,
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
        message = tell("there is only one assessor, so severity cannot be estimated")
        notes.append(Statement("one-assessor", message))
        return nobody
    group_of = linked_groups(table.candidate, [table.task, table.assessor])[1]
    n_groups = int(group_of.max()) + 1
    members = [np.flatnonzero(group_of == n) for n in range(n_groups)]
    if n_groups > 1:
        shown = [some_names([table.assessors[n] for n in own]) for own in members[:6]]
        message = tell_n(
            "assessors are in {n} group that no candidate links",
            "assessors are in {n} groups that share no candidates, so severity is compared only "
            "within a group: {groups}. To compare all, let assessors of different groups rate "
            "the same candidates",
            n_groups,
            groups=listed([tell("({group})", group=one) for one in shown]),
        )
        notes.append(Statement("not-linked", message))
    points_of = [np.unique(table.points[table.task == n]) for n in range(len(table.tasks))]
    same_points = len({float(one.max()) for one in points_of}) == 1
    steps: Steps = options.steps or ("rating-scale" if same_points else "partial-credit")
    category, worth, banded = as_categories(table.points, table.task, len(table.tasks), steps)
    if banded:
        message = tell(
            "points of {tasks} have more than {most} steps, so the many-facet model groups them into bands",
            tasks=some_names([table.tasks[n] for n in banded]),
            most=MOST_CATEGORIES,
        )
        notes.append(Statement("bands", message))
    models, rows, centres = list[SeverityModel](), list[AssessorSeverity](), list[CentreSeverity]()
    tasks: dict[int, TaskFit] = {}
    highest = float(sum(own.max() for own in points_of))
    for group, own in enumerate(members, start=1):
        inside = np.isin(table.assessor, own)
        names = some_names([table.assessors[n] for n in own])
        n_candidates = len(np.unique(table.candidate[inside]))
        fitted: _GroupFit | None = None
        if len(own) > 1 and n_candidates < FEW:
            message = tell(
                "{names} rated only {n} candidates. Severity needs at least {few}",
                n=n_candidates,
                names=names,
                few=FEW,
            )
            notes.append(Statement("few-candidates", message))
        elif len(own) > 1:
            fitted = _fitted(table, inside, category, worth, steps, options, notes)
            if fitted is None:
                message = tell("points of {names} differ too little to estimate severity", names=names)
                notes.append(Statement("same-points", message))
        rows += _assessor_rows(table, fitted, own, group, highest)
        if fitted is None:
            continue
        fit = fitted.fit
        models.append(
            SeverityModel(
                group, len(fitted.assessors), fit.n_candidates, fit.n_ratings, steps, fit.sd, fit.se_sd,
                fit.log_likelihood, fit.n_parameters, fit.aic, fit.bic, *equal_measures(fit.facets[0]),
                fit.facets[0].reliability, float(fitted.fair_points(np.zeros(1))[0]), fit.converged,
            )
        )  # fmt: skip
        if not fit.converged:
            message = tell("the many-facet model has not converged. Severities are provisional")
            notes.append(Statement("not-converged", message))
        centres += _centre_rows(table, fitted, group)
        if fit.n_ratings == max(one.ratings for one in models):  # of several groups the largest
            found = fit.tasks
            columns = found.measure, found.se, found.infit, found.outfit
            tasks = {
                task: TaskFit(*(float(one[n]) for one in columns)) for n, task in enumerate(fitted.tasks)
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


class _GroupFit(NamedTuple):
    """The model of a group: its ratings, assessors and tasks by their numbers in the table."""

    fit: ManyFacetFit
    ratings: Codes
    assessors: Codes
    tasks: list[int]
    worth: Floats
    """(T, K + 1) points of each category."""
    constant: float
    """Points of the tasks on which everybody has the same."""
    with_centre: bool

    def fair_points(self, severity: Floats) -> Floats:
        """Totals of an average candidate by assessors of these severities."""
        return self.constant + expected_points(self.fit, self.worth, severity)


def _fitted(
    table: RatingTable,
    inside: Flags,
    category: Codes,
    worth: Floats,
    steps: Steps,
    options: AssessorOptions,
    notes: list[Statement],
) -> _GroupFit | None:
    """The model of the ratings of a group; None where no task tells assessors apart."""
    of_tasks = [np.unique(table.points[inside & (table.task == n)]) for n in range(len(table.tasks))]
    varying = [n for n, values in enumerate(of_tasks) if len(values) > 1]
    ratings = np.flatnonzero(inside & np.isin(table.task, varying))
    assessors, assessor = np.unique(table.assessor[ratings], return_inverse=True)
    if len(assessors) < 2:
        return None
    used, task = np.unique(table.task[ratings], return_inverse=True)
    person = np.unique(table.candidate[ratings], return_inverse=True)[1]
    cells, points = _closed(category[ratings], task, worth[used], steps)
    fit: ManyFacetFit | None = None
    if options.facet == "centre":
        centre = table.centre[ratings]
        if (centre >= 0).all() and len(table.centres) > 1:
            with suppress(Disconnected):
                fit = fit_many_facet(cells, person, task, [assessor, centre], steps)
        if fit is None:
            message = tell(
                "centres cannot be a facet, because this needs candidates rated at several "
                "centres, by assessors who rated at several"
            )
            notes.append(Statement("centre-not-linked", message))
    with_centre = fit is not None
    if fit is None:
        try:
            fit = fit_many_facet(cells, person, task, [assessor], steps)
        except Disconnected:  # without the tasks on which all are alike nothing links them
            return None
    constant = float(sum(values[0] for values in of_tasks if len(values) == 1))
    return _GroupFit(fit, ratings, assessors, used.tolist(), points, constant, with_centre)


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


def _assessor_rows(
    table: RatingTable, fitted: _GroupFit | None, own: Codes, group: int, highest: float
) -> Iterator[AssessorSeverity]:
    nan = math.nan
    place = {} if fitted is None else {n: at for at, n in enumerate(fitted.assessors.tolist())}
    for n in own.tolist():
        row = AssessorSeverity(
            table.assessors[n], group, int((table.assessor == n).sum()), nan, nan, nan, nan, nan, "unknown"
        )
        if fitted is None or n not in place:
            yield row
            continue
        at, found = place[n], fitted.fit.facets[0]
        severity, se = float(found.measure[at]), float(found.se[at])
        average, fair = fitted.fair_points(np.array([0.0, severity])).tolist()
        verdict: Verdict = "unknown"
        if np.isfinite(se) and len(np.unique(table.candidate[table.assessor == n])) >= FEW_OF_PAIR:
            is_sure = abs(severity) > NormalDist().inv_cdf(1 - LEVEL / (2 * len(place))) * se
            is_apart = is_sure and abs(fair - average) >= NOTABLE * highest
            verdict = "alike" if not is_apart else "severe" if severity > 0 else "lenient"
        yield row._replace(
            severity=severity, se=se, infit=float(found.infit[at]), outfit=float(found.outfit[at]),
            fair_points=fair, verdict=verdict,
        )  # fmt: skip


def _centre_rows(table: RatingTable, fitted: _GroupFit, group: int) -> Iterator[CentreSeverity]:
    """Centres as a facet, or the mean severity of the assessors of each, by their ratings there."""
    if len(table.centres) < 2:
        return
    found = fitted.fit.facets[0]
    of_rating = table.centre[fitted.ratings]
    for n in np.unique(of_rating[of_rating >= 0]).tolist():
        there = fitted.ratings[of_rating == n]
        by = np.searchsorted(fitted.assessors, table.assessor[there])
        used, count = np.unique(by, return_counts=True)
        if fitted.with_centre:
            severity, se = (float(one[n]) for one in (fitted.fit.facets[1].measure, fitted.fit.facets[1].se))
        else:
            share = count / count.sum()
            severity = float(share @ found.measure[used])
            variance = share @ found.covariance[np.ix_(used, used)] @ share
            se = float(np.sqrt(np.maximum(variance, 0.0)))  # of all assessors together it is 0
        fair = float(fitted.fair_points(np.array([severity]))[0])
        people = len(np.unique(table.candidate[there]))
        yield CentreSeverity(table.centres[n], group, people, len(used), severity, se, fair)
