"""Ratings → how far assessors agree, how severe each is, how much of the points is the candidate's, and what
one assessor or one task more or less would change.

Everything is said of the points as they were given, but for severity (`assessor_severity.py`). What so few
candidates or assessors cannot tell is not a figure but a note, with the number that it would take.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from examgen.analyses.assessor_reading import reading_of
from examgen.analyses.assessor_results import (
    FEW,
    FEW_ASSESSORS,
    FEW_OF_PAIR,
    AssessorAgreement,
    AssessorAnalysis,
    AssessorCount,
    Codes,
    Floats,
    Moderation,
    RatingTable,
    Statement,
    TaskRatings,
    rating_table,
)
from examgen.analyses.assessor_severity import TaskFit, severity_of
from examgen.analyses.options import AssessorOptions
from examgen.capture.ratings import Rating, read_ratings
from examgen.core.exam.names import MANIFEST, RESULTS
from examgen.core.exam.releases import released_run
from examgen.core.problems import WrongUsage
from examgen.core.storage import read_input
from examgen.core.words import Message, command, tell, tell_n
from examgen.psychometrics.agreement.categories import (
    Kappa,
    Share,
    cohen_kappa,
    krippendorff_alpha,
    share_within,
)
from examgen.psychometrics.agreement.generalizability import (
    VarianceComponents,
    assessors_for,
    dependability,
    variance_components,
)
from examgen.psychometrics.agreement.intraclass import NO_CORRELATION, intraclass
from examgen.scoring.assessing.assessed_run import RATINGS


def analyse_assessors(files: Sequence[Path], options: AssessorOptions) -> AssessorAnalysis:
    """The analysis of files of ratings; of an exam that was scored, by its folder, of the ratings of the run
    that people are told, before any release the newest.

    Raises WrongUsage where one is not a file, Refused with every fault of the files.
    """
    files = [_ratings_of(path) if (path / MANIFEST).is_file() else path for path in files]
    for path in files:
        if not path.is_file():
            raise WrongUsage(tell("{path} is not a file. Give a file of ratings", path=path))
    data = [(path.name, read_input(path)) for path in files]
    found = analyse_ratings(read_ratings(data), options)
    return found._replace(
        files=tuple(name for name, _ in data),
        sha256=tuple(hashlib.sha256(one).hexdigest() for _, one in data),
    )


def _ratings_of(exam: Path) -> Path:
    """The ratings of a scored exam; raises WrongUsage where there is none."""
    run = released_run(exam / RESULTS)
    if run is None or RATINGS not in run.files:
        raise WrongUsage(
            tell(
                "{exam} has no scored ratings. Add them with {take}, then score",
                exam=exam,
                take=command("take"),
            )
        )
    return run.folder / RATINGS


def analyse_ratings(ratings: Sequence[Rating], options: AssessorOptions) -> AssessorAnalysis:
    """The analysis of ratings, at most one of a candidate by an assessor on a task."""
    table = rating_table(ratings)
    pairs = _pairs(table)
    notes: list[Statement] = []
    of_pairs, moderation = _agreement_of_pairs(table, pairs, options)
    agreement = _agreement_of_all(table, pairs, options, notes)
    if few := sum(one.candidates < FEW_OF_PAIR for one in of_pairs):
        message = tell_n(
            "{n} pair of assessors has fewer than {few} candidates in common and is not reported separately",
            "{n} pairs of assessors have fewer than {few} candidates in common and are not "
            "reported separately",
            few,
            few=FEW_OF_PAIR,
        )
        notes.append(Statement("few-of-pair", message))
    models, severity, centres, tasks = severity_of(table, options, notes)
    components = variance_components(table.points, table.candidate, table.assessor, table.task)
    n_of_candidate = np.array([len(one) for one in _assessors_of(table).values()])
    usual = int(np.bincount(n_of_candidate).argmax()) if len(n_of_candidate) else 0
    same = len(set(_assessors_of(table).values())) == 1
    if agreement.candidates < FEW or not components.is_estimated:
        reason = _no_components(agreement.candidates, table)
        notes.append(Statement("no-components", reason))
        components = components._replace(
            candidate=math.nan, assessor=math.nan, task=math.nan, candidate_assessor=math.nan,
            candidate_task=math.nan, assessor_task=math.nan, residual=math.nan,
        )  # fmt: skip
    n_tasks = len(table.tasks)
    precision = tuple(
        dependability(components, n, n_tasks, same) for n in sorted({1, 2, 3, 4, usual, usual + 1} - {0})
    )
    if components.is_estimated and len(table.assessors) < FEW_ASSESSORS:
        message = tell_n(
            "there is only {n} assessor, so differences between assessors and the effect of "
            "another one are rough estimates. Use {few} or more",
            "there are only {n} assessors, so differences between assessors and the effect of "
            "another one are rough estimates. Use {few} or more",
            len(table.assessors),
            few=FEW_ASSESSORS,
        )
        notes.append(Statement("few-assessors", message))
    task_rows = tuple(_tasks(table, pairs, tasks, components, usual, same, options))
    known = components.is_estimated
    found = AssessorAnalysis(
        files=(), sha256=(), n_candidates=len(table.candidates), n_assessors=len(table.assessors),
        n_tasks=n_tasks, n_ratings=len(table.points), per_candidate=usual, weights=options.weights,
        assessors=tuple(_counts(table)), agreement=agreement, pairs=of_pairs, models=models,
        severity=severity, centres=centres, tasks=task_rows, components=components, same_assessors=same,
        precision=precision if known else (), phi_wanted=options.phi,
        assessors_wanted=assessors_for(components, n_tasks, options.phi) if known else None,
        apart=options.apart, moderation=moderation, reading=(), notes=tuple(notes),
    )  # fmt: skip
    return found._replace(reading=tuple(reading_of(found)))


def _assessors_of(table: RatingTable) -> dict[int, frozenset[int]]:
    """The assessors of each candidate."""
    found: dict[int, set[int]] = {}
    for who, by in zip(table.candidate.tolist(), table.assessor.tolist(), strict=True):
        found.setdefault(who, set()).add(by)
    return {who: frozenset(by) for who, by in found.items()}


def _counts(table: RatingTable) -> Iterator[AssessorCount]:
    of_candidate = _assessors_of(table)
    for n, name in enumerate(table.assessors):
        own = table.assessor == n
        rated = np.unique(table.candidate[own])
        shared = sum(len(of_candidate[who]) > 1 for who in rated.tolist())
        yield AssessorCount(name, len(rated), int(own.sum()), shared, float(table.points[own].mean()))


# ── agreement ────────────────────────────────────────────────────────────────────────────────


class _RatingPairs(NamedTuple):
    """Pairs of ratings of one candidate on one task, the assessor of the lower number first."""

    first: Codes
    second: Codes
    """Places in the table."""


def _pairs(table: RatingTable) -> _RatingPairs:
    order = np.lexsort((table.assessor, table.task, table.candidate))
    cell = table.candidate[order] * max(len(table.tasks), 1) + table.task[order]
    begins = np.flatnonzero(np.append(True, np.diff(cell) != 0)) if len(cell) else np.empty(0, np.int64)
    sizes = np.diff(np.append(begins, len(cell)))
    first, second = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for size in np.unique(sizes[sizes > 1]).tolist():
        own = begins[sizes == size]
        for i in range(size):
            for j in range(i + 1, size):
                first.append(order[own + i])
                second.append(order[own + j])
    return _RatingPairs(np.concatenate(first), np.concatenate(second))


def _agreement_of_pairs(
    table: RatingTable, pairs: _RatingPairs, options: AssessorOptions
) -> tuple[tuple[AssessorAgreement, ...], tuple[Moderation, ...]]:
    """A row for each two assessors with candidates in common; candidates whose totals lie too far apart."""
    found, apart = list[AssessorAgreement](), list[Moderation]()
    key = table.assessor[pairs.first] * len(table.assessors) + table.assessor[pairs.second]
    for code in np.unique(key).tolist():
        own = key == code
        a, b = pairs.first[own], pairs.second[own]
        first, second = (table.assessors[n] for n in divmod(code, len(table.assessors)))
        who, place = np.unique(table.candidate[a], return_inverse=True)
        totals = np.stack([np.bincount(place, table.points[one]) for one in (a, b)], axis=1)
        whole = np.bincount(place) == np.bincount(place).max()
        difference = totals[:, 0] - totals[:, 1]
        if options.apart is not None:
            far = np.flatnonzero(np.abs(difference) > options.apart + 1e-9)
            apart += [
                Moderation(
                    table.candidates[who[n]], first, second, float(totals[n, 0]), float(totals[n, 1]),
                    float(abs(difference[n])),
                )
                for n in far.tolist()
            ]  # fmt: skip
        row = AssessorAgreement(
            first, second, len(who), len(a), _NO_SHARE, _NO_SHARE, _no_kappa(len(a)), NO_CORRELATION,
            NO_CORRELATION, math.nan, math.nan,
        )  # fmt: skip
        if len(who) >= FEW_OF_PAIR:
            x, y = table.points[a], table.points[b]
            icc = intraclass(totals[whole])
            row = row._replace(
                exact=share_within(x, y, 0.0, place),
                within_one=share_within(x, y, 1.0, place),
                kappa=cohen_kappa(x, y, options.weights, place),
                icc=icc.agreement_single,
                icc_mean=icc.agreement_mean,
                difference=float(difference[whole].mean()),
            )
        found.append(row)
    return tuple(found), tuple(sorted(apart, key=lambda one: (-one.apart, one.candidate)))


_NO_SHARE = Share(math.nan, math.nan, math.nan)


def _no_kappa(n: int) -> Kappa:
    return Kappa(math.nan, math.nan, math.nan, n)


def _agreement_of_all(
    table: RatingTable, pairs: _RatingPairs, options: AssessorOptions, notes: list[Statement]
) -> AssessorAgreement:
    """All pairs together; totals are those of assessors who rated a candidate on every task."""
    a, b = pairs
    who = table.candidate[a]
    n = len(np.unique(who))
    row = AssessorAgreement(
        "", "", n, len(a), _NO_SHARE, _NO_SHARE, _no_kappa(len(a)), NO_CORRELATION, NO_CORRELATION, math.nan,
        math.nan,
    )  # fmt: skip
    if n < FEW:
        message = (
            tell("no candidate has two assessors, so agreement cannot be computed")
            if not n
            else tell_n(
                "only {n} candidate has two assessors. Agreement needs at least {few}",
                "only {n} candidates have two assessors. Agreement needs at least {few}",
                n,
                few=FEW,
            )
        )
        notes.append(Statement("few-shared", message))
        return row
    x, y = table.points[a], table.points[b]
    whole = _totals(table)
    icc = intraclass(whole)
    with np.errstate(invalid="ignore"):
        distances = np.abs(whole[:, :, None] - whole[:, None, :])[:, *np.triu_indices(whole.shape[1], 1)]
    cells = np.full((len(table.candidates) * len(table.tasks), len(table.assessors)), np.nan)
    cells[table.candidate * len(table.tasks) + table.task, table.assessor] = table.points
    return row._replace(
        exact=share_within(x, y, 0.0, who),
        within_one=share_within(x, y, 1.0, who),
        kappa=_both_ways(x, y, who, options),
        icc=icc.oneway_single,
        icc_mean=icc.oneway_mean,
        difference=float(np.nanmean(distances)) if np.isfinite(distances).any() else math.nan,
        alpha=krippendorff_alpha(cells, "interval"),
    )


def _both_ways(x: Floats, y: Floats, who: Codes, options: AssessorOptions) -> Kappa:
    """Kappa where it means nothing which of two assessors stands first: each pair counts both ways."""
    first, second = np.concatenate([x, y]), np.concatenate([y, x])
    found = cohen_kappa(first, second, options.weights, np.concatenate([who, who]))
    return found._replace(n=len(x), se_null=math.nan)


def _totals(table: RatingTable) -> Floats:
    """(N, most) totals of each candidate, one for each assessor who rated every task, NaN behind them."""
    key = table.candidate * len(table.assessors) + table.assessor
    values, place = np.unique(key, return_inverse=True)
    whole = np.bincount(place) == len(table.tasks)
    total, who = np.bincount(place, table.points)[whole], values[whole] // len(table.assessors)
    column = np.arange(len(who)) - np.searchsorted(who, who)
    found = np.full((len(table.candidates), int(column.max(initial=0)) + 1), np.nan)
    found[who, column] = total
    return found


# ── what tasks and assessors add ─────────────────────────────────────────────────────────────


def _tasks(
    table: RatingTable,
    pairs: _RatingPairs,
    fitted: Mapping[int, TaskFit],
    components: VarianceComponents,
    usual: int,
    same: bool,
    options: AssessorOptions,
) -> Iterator[TaskRatings]:
    n_tasks, n_candidates = len(table.tasks), len(table.candidates)
    cell = table.candidate * n_tasks + table.task
    shape = n_candidates, n_tasks
    count = np.bincount(cell, minlength=n_candidates * n_tasks).reshape(shape)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(cell, table.points, n_candidates * n_tasks).reshape(shape) / count
    whole = mean[np.isfinite(mean).all(axis=1)]
    for n, name in enumerate(table.tasks):
        own = table.task == n
        a, b = (one[table.task[one] == n] for one in pairs)
        who = table.candidate[a]
        enough = len(np.unique(who)) >= FEW
        x, y = table.points[a], table.points[b]
        rest = whole.sum(axis=1) - whole[:, n]
        with_rest = math.nan
        if len(whole) >= FEW and n_tasks > 1 and whole[:, n].std() > 1e-12 and rest.std() > 1e-12:
            with_rest = float(np.corrcoef(whole[:, n], rest)[0, 1])
        without = math.nan
        if components.is_estimated and n_tasks > 1:
            others = variance_components(
                table.points[~own], table.candidate[~own], table.assessor[~own], table.task[~own]
            )
            without = dependability(others, usual, n_tasks - 1, same).phi
        yield TaskRatings(
            name, int(own.sum()), float(table.points[own].max()), float(table.points[own].mean()),
            share_within(x, y, 0.0, who) if enough else _NO_SHARE,
            share_within(x, y, 1.0, who) if enough else _NO_SHARE,
            _both_ways(x, y, who, options) if enough else _no_kappa(len(a)),
            with_rest, *fitted.get(n, TaskFit(*([math.nan] * 4))), without,
        )  # fmt: skip


def _no_components(n: int, table: RatingTable) -> Message:
    """Why points cannot be split into what is the candidate's and what is not."""
    if len(table.assessors) < 2 or n == 0:
        return tell(
            "no candidate has two assessors, so differences of candidates and of assessors "
            "cannot be separated"
        )
    if n < FEW:
        return tell_n(
            "only {n} candidate has two assessors. Dependability needs at least {few}",
            "only {n} candidates have two assessors. Dependability needs at least {few}",
            n,
            few=FEW,
        )
    return tell(
        "the rating plan does not separate candidates from assessors and tasks, so "
        "dependability cannot be estimated"
    )
