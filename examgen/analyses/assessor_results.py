"""What ratings tell of their assessors, as values: the table they are taken from, every row of the result.

A number that so few candidates or assessors cannot tell is NaN, null in the document, and a note says why.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.capture.ratings import Rating
from examgen.core.words import Message, listed, tell
from examgen.psychometrics.agreement.categories import Kappa, Share
from examgen.psychometrics.agreement.generalizability import Dependability, VarianceComponents
from examgen.psychometrics.agreement.intraclass import Correlation
from examgen.psychometrics.agreement.many_facet import Steps

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
FEW_OF_PAIR = 10
"""Of fewer candidates in common nothing is said of two assessors, and of fewer ratings nothing of one."""
FEW = 30
"""Of fewer candidates with two assessors nothing is said of all, and no model is fitted."""
FEW_ASSESSORS = 6
"""Of fewer assessors the variance of their severity has a standard error of two thirds of itself, or more."""
NOTABLE = 0.05
"""Share of the highest total: an assessor stands apart where an average candidate gets so much more, or less,
than of the others, and that is beyond chance."""
LEVEL = 0.05
"""Share of panels of equally severe assessors of which at least one is said to stand apart."""
Verdict = Literal["severe", "lenient", "alike", "unknown"]


class RatingTable(NamedTuple):
    """Ratings as columns, by numbers of candidates, assessors and tasks; at most one of each three."""

    candidates: tuple[str, ...]
    assessors: tuple[str, ...]
    tasks: tuple[str, ...]
    centres: tuple[str, ...]
    candidate: Codes
    assessor: Codes
    task: Codes
    points: Floats
    centre: Codes
    """−1 where none is named."""


class AssessorCount(NamedTuple):
    """What an assessor has rated."""

    assessor: str
    candidates: int
    ratings: int
    shared: int
    """Candidates whom another assessor has rated as well."""
    mean: float
    """Points of a rating."""


class AssessorAgreement(NamedTuple):
    """Two assessors, or all pairs of assessors (`first` and `second` empty), on candidates in common."""

    first: str
    second: str
    candidates: int
    ratings: int
    """Pairs of ratings: one a candidate and task."""
    exact: Share
    within_one: Share
    kappa: Kappa
    icc: Correlation
    """Of totals: of two assessors two-way, absolute agreement; of all one-way. Single assessors."""
    icc_mean: Correlation
    """Of the mean of the assessors that a candidate has."""
    difference: float
    """Mean total of the first less that of the second; of all the mean distance of two totals."""
    alpha: float
    """Krippendorff's, interval; of all pairs alone."""


class TaskRatings(NamedTuple):
    """A task: how far assessors agree on it, what it measures, what it adds."""

    task: str
    ratings: int
    highest: float
    """The highest points that were given."""
    mean: float
    exact: Share
    within_one: Share
    kappa: Kappa
    with_rest: float
    """Correlation of candidates' means on it with those on the other tasks."""
    difficulty: float
    se: float
    infit: float
    outfit: float
    phi_without: float
    """Φ of the other tasks alone, by the assessors that there are."""


class AssessorSeverity(NamedTuple):
    """An assessor in the many-facet model."""

    assessor: str
    group: int
    """Assessors of one number are compared with one another, from 1."""
    ratings: int
    severity: float
    """Logits; above 0 is severe."""
    se: float
    infit: float
    outfit: float
    fair_points: float
    """Total that an average candidate gets of this assessor."""
    verdict: Verdict


class CentreSeverity(NamedTuple):
    """The assessors of a centre together, or the centre as a facet."""

    centre: str
    group: int
    candidates: int
    assessors: int
    severity: float
    se: float
    fair_points: float


class SeverityModel(NamedTuple):
    """The many-facet model of a group of assessors whom candidates link."""

    group: int
    assessors: int
    candidates: int
    ratings: int
    steps: Steps
    sd: float
    se_sd: float
    log_likelihood: float
    n_parameters: int
    aic: float
    bic: float
    chi_square: float
    """Of the hypothesis that all assessors are equally severe."""
    df: int
    p: float
    reliability: float
    """Separation reliability of assessors."""
    fair_points: float
    """Total of an average candidate of an average assessor."""
    converged: bool


class Moderation(NamedTuple):
    """A candidate whose two totals lie too far apart."""

    candidate: str
    first: str
    second: str
    total_first: float
    total_second: float
    apart: float


class Statement(NamedTuple):
    """A sentence of the reading, or a note."""

    code: str
    message: Message
    item: str | None = None


class AssessorAnalysis(NamedTuple):
    """All that ratings tell of their assessors. NaN is null in the document."""

    files: tuple[str, ...]
    sha256: tuple[str, ...]
    n_candidates: int
    n_assessors: int
    n_tasks: int
    n_ratings: int
    per_candidate: int
    """Assessors of a candidate, the most frequent number."""
    weights: str
    assessors: tuple[AssessorCount, ...]
    agreement: AssessorAgreement
    pairs: tuple[AssessorAgreement, ...]
    models: tuple[SeverityModel, ...]
    severity: tuple[AssessorSeverity, ...]
    centres: tuple[CentreSeverity, ...]
    tasks: tuple[TaskRatings, ...]
    components: VarianceComponents
    same_assessors: bool
    """Whether all candidates have the same assessors."""
    precision: tuple[Dependability, ...]
    """By the number of assessors, with the tasks that there are; errors of the mean of ratings."""
    phi_wanted: float
    assessors_wanted: int | None
    """The fewest assessors by whom Φ comes to `phi_wanted`."""
    apart: float | None
    moderation: tuple[Moderation, ...]
    reading: tuple[Statement, ...]
    notes: tuple[Statement, ...]


def rating_table(ratings: Sequence[Rating]) -> RatingTable:
    """Ratings as columns: assessors in order, candidates, tasks and centres as they come."""

    def numbered(names: Sequence[str]) -> tuple[tuple[str, ...], Codes]:
        places: dict[str, int] = {}
        codes = [places.setdefault(name, len(places)) for name in names]
        return tuple(places), np.array(codes, dtype=np.int64)

    candidates, candidate = numbered([one.candidate_id for one in ratings])
    assessors, assessor = numbered([one.assessor for one in ratings])
    in_order = np.array(sorted(range(len(assessors)), key=assessors.__getitem__), dtype=np.int64)
    assessors, assessor = tuple(assessors[n] for n in in_order), np.argsort(in_order)[assessor]
    tasks, task = numbered([one.task for one in ratings])
    centres, centre = numbered([one.centre for one in ratings])
    if "" in centres:
        place = centres.index("")
        centre = np.where(centre == place, -1, centre - (centre > place))
        centres = centres[:place] + centres[place + 1 :]
    points = np.array([float(one.points) for one in ratings], dtype=np.float64)
    return RatingTable(candidates, assessors, tasks, centres, candidate, assessor, task, points, centre)


def some_names(names: Sequence[str]) -> Message:
    """Names, of many the first."""
    shown = list(names[:8])
    if len(names) > len(shown):
        return tell("{names} and {n} more", names=", ".join(shown), n=len(names) - len(shown))
    return listed(shown)


def as_document(value: Any) -> Any:
    """A result as JSON has it: records as objects, NaN and infinite as null."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        fields = {name: as_document(one) for name, one in value._asdict().items()}
        if isinstance(value, Kappa):
            low, high = value.interval
            fields |= {"low": as_document(low), "high": as_document(high)}
        return fields
    if isinstance(value, (tuple, list)):
        return [as_document(one) for one in value]
    if isinstance(value, float):
        return value + 0.0 if math.isfinite(value) else None
    return value
