"""Generalizability analysis of ratings: variance components, G and Phi, also for other numbers of assessors
and tasks.

Candidates, assessors and tasks are random. Components of any design, balanced or not, crossed, sparse or
nested, come from Henderson's method 1: the sums of squared totals over the levels of each effect, T(α) = Σ_g
t_g² / n_g, equal their expectations, which are linear in the components,

    E T(α) = N μ² + Σ_β σ²(β) Σ_g Σ_h n_gh² / n_g

with n_gh the ratings in level g of α and h of β. In balanced designs these are the estimates of the analysis
of variance (Brennan 2001, section 3.4). In unbalanced designs they are still unbiased if the assignment of
assessors to candidates is unrelated to the points ("analogous ANOVA", section 7.1).

References
----------
Brennan, R. L. (2001). Generalizability theory. Springer.
Henderson, C. R. (1953). Estimation of variance and covariance components. Biometrics, 9, 226–252.
Searle, S. R., Casella, G., & McCulloch, C. E. (1992). Variance components. Wiley. Section 5.3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from examgen.stats.arguments import collection, number, shown, truth, whole
from examgen.stats.matrix import Floats, Ints
from examgen.stats.ratings import Ratings, ratings_of
from examgen.stats.results import Note, Result, frame, frame_of_rows, sentences

EFFECTS = (
    "candidate", "assessor", "task", "candidate_assessor", "candidate_task", "assessor_task", "residual",
)  # fmt: skip
MOST_ASSESSORS = 100
FEW_ASSESSORS = 6
"""With fewer assessors, the standard error of the variance of severity is about two thirds of it or more."""
TEXTS: dict[str, str] = {
    "title": "Generalizability of {ratings:,} ratings ({candidates:,} × {assessors} × {tasks} candidates, "
    "assessors, tasks)",
    "confounded": "{effect} cannot be separated from {other}, which includes it",
    "below-0": "the variance of {effect} is below 0 and counts as 0",
    "no-components": "the rating plan does not separate candidates from assessors and tasks, so "
    "dependability cannot be estimated",
    "few-assessors": "there [is|are] only {n} [assessor|assessors], so differences between assessors and the "
    "effect of another one are rough estimates. Use {few} or more",
    # findings
    "variance": "{candidate:.0f} % of the differences between ratings of one task come from candidates and "
    "{assessor:.0f} % from the severity of assessors. The rest comes from tasks and chance. The more tasks "
    "there are, the less of it remains in totals.",
    "dependability": "With {n} [assessor|assessors] per candidate the dependability of totals is {phi:.2f} "
    "(1 is without error).",
    "one-more": "With one assessor more it would be {phi:.2f}.",
    "one-more.fewer": "With one assessor more it would be {phi:.2f}, with one fewer {less:.2f}.",
    "dependability.below": "With {n} [assessor|assessors] per candidate the dependability of totals is just "
    "below {phi:g} (1 is without error).",
    "assessors-wanted": "{n} assessors are needed to raise it to {phi:g}.",
    "assessors-wanted.never": "No number of assessors raises it to {phi:g}, because the points do not tell "
    "the candidates apart. Check that all assessors used the scale in one direction.",
    "assessors-wanted.none": "No number of assessors raises it to {phi:g}. More tasks would.",
    "tasks": "Points would be just as dependable without [the task|any one of the tasks] {names}. Check what "
    "the [task requires|tasks require] and how [it is|they are] rated.",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
note = sentences(TEXTS)


class Generalizability(Result):
    """A generalizability analysis, as returned by `generalizability`.

    Attributes
    ----------
    components : polars.DataFrame
        A row for each effect: `effect`, `variance` (unadjusted, so that it may be below 0 by chance; null if
        the design does not identify it), its `share`, and the effect that includes it (`confounded_with`).
    d_study : polars.DataFrame
        A row for each number of assessors and tasks: `n_assessors`, `n_tasks`, `relative_error`,
        `absolute_error` (variances of the mean of ratings), `g`, `phi` (0–1), `se_total` (standard error of
        a total).
    tasks : polars.DataFrame
        `task`, `with_rest` (correlation of candidates' means on the task with those on the other tasks) and
        `phi_without`, with the current number of assessors.
    n_candidates, n_assessors, n_tasks, n_ratings : int
    per_candidate : int
        The most frequent number of assessors of a candidate.
    same_assessors : bool
    phi_wanted : float
    assessors_wanted : int or None
        The smallest number of assessors with which Phi reaches `phi_wanted`; None if 100 are not enough.
    findings, notes : tuple of Note
        The meaning of the figures, and remarks on the data.
    """

    _tables = (("components", "components"), ("d_study", "d_study"), ("tasks", "tasks"))
    components: pl.DataFrame
    d_study: pl.DataFrame
    tasks: pl.DataFrame
    n_candidates: int
    n_assessors: int
    n_tasks: int
    n_ratings: int
    per_candidate: int
    same_assessors: bool
    phi_wanted: float
    assessors_wanted: int | None
    findings: tuple[Note, ...]
    notes: tuple[Note, ...]

    @property
    def title(self) -> str:
        """The numbers of ratings, candidates, assessors and tasks."""
        return note(
            "title", candidates=self.n_candidates, assessors=self.n_assessors, tasks=self.n_tasks,
            ratings=self.n_ratings,
        )  # fmt: skip


def generalizability(
    ratings: object, *, candidate: str | None = None, assessor: str | None = None, task: str | None = None,
    score: str | None = None, n_assessors: object = None, n_tasks: object = None,
    same_assessors: bool | None = None, phi: float = 0.8,
) -> Generalizability:  # fmt: skip
    """Estimate variance components of candidates, assessors and tasks, and the dependability of points.

    Parameters
    ----------
    ratings : data frame, mapping of columns, or matrix (candidates, assessors)
        A row for each rating, with columns for the candidate, the assessor, the task (a single task if there
        is no such column) and the score.
    candidate, assessor, task, score : str, optional
        Names of these columns. By default `candidate`, `id` or `person`; `assessor`, `rater` or `judge`;
        `task` or `item`; `score`, `points`, `resp` or `rating`.
    n_assessors, n_tasks : int or sequence of int, optional
        Numbers for which the dependability is computed. By default the number of tasks in the data, with 1 to
        4 assessors, the usual number of assessors of a candidate, and one more.
    same_assessors : bool, optional
        Whether all candidates would have the same assessors; if not, differences in severity are also an
        error of ranks. By default as in the data.
    phi : float
        The desired dependability, above 0 and below 1, for which the necessary number of assessors is
        computed.

    Returns
    -------
    Generalizability

    Raises
    ------
    ArgumentError
        If a column is missing, or an assessor rated a candidate twice on the same task.

    See Also
    --------
    icc, many_facet

    Notes
    -----
    Henderson's (1953) method 1, any design; Brennan (2001, eqs. 4.10 to 4.17 and 7.1 to 7.5). In balanced
    designs equal to the analysis of variance (`gtheory::gstudy` in R, if no component is below 0).

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.generalizability([[9, 8], [6, 5], [8, 8], [7, 4], [10, 9]], n_assessors=[1, 2])
    >>> found.d_study.select("n_assessors", "phi").rows()
    [(1, 0.71...), (2, 0.83...)]
    """
    rated = ratings_of(
        ratings, names={"candidate": candidate, "assessor": assessor, "task": task, "score": score}
    )
    phi = number("phi", phi, 1e-6, 1 - 1e-6)
    numbers = [_numbers("n_assessors", n_assessors), _numbers("n_tasks", n_tasks)]
    components = variance_components(rated.points, rated.candidate, rated.assessor, rated.task)
    of_candidate = rated.assessors_of
    usual = int(np.bincount(of_candidate.sum(axis=1)).argmax())
    same = bool((of_candidate == of_candidate[0]).all())
    if same_assessors is not None:
        same = truth("same_assessors", same_assessors)
    total = sum(max(one, 0.0) for one in components.effects.values() if math.isfinite(one))
    variance = np.array([*components.effects.values()])
    notes = rated.few() + rated.remarks()
    notes += [note("confounded", effect=one, other=other) for one, other in components.confounded.items()]
    notes += [note("below-0", effect=one) for one, value in components.effects.items() if value < 0]
    if not components.is_estimated:
        notes.append(note("no-components"))
    elif len(rated.assessors) < FEW_ASSESSORS:
        notes.append(note("few-assessors", n=len(rated.assessors), few=FEW_ASSESSORS))
    study = [
        dependability(components, a, t, same)
        for t in numbers[1] or [len(rated.tasks)]
        for a in numbers[0] or sorted({1, 2, 3, 4, usual, usual + 1})
    ]
    wanted = assessors_for(components, len(rated.tasks), phi)
    tasks = frame({
        "task": rated.tasks,
        "with_rest": _with_rest(rated),
        "phi_without": [_phi_without(rated, components, n, usual, same) for n in range(len(rated.tasks))],
    })  # fmt: skip
    now = dependability(components, usual, len(rated.tasks), same).phi
    findings = list[Note]()
    if math.isfinite(now) and not rated.few():
        findings = [*_findings(components, usual, len(rated.tasks), phi, wanted)]
        useless = tasks.filter(pl.col("phi_without") >= now)["task"].to_list()
        if useless and len(rated.tasks) > 2:
            findings.append(note("tasks", n=len(useless), names=shown(useless)))
    return Generalizability(
        frame({
            "effect": EFFECTS, "variance": variance, "share": np.maximum(variance, 0) / (total or math.nan),
            "confounded_with": pl.Series(map(components.confounded.get, EFFECTS), dtype=pl.String),
        }),
        frame_of_rows([{**one._asdict(), "se_total": one.se_total} for one in study]), tasks,
        len(rated.candidates), len(rated.assessors), len(rated.tasks), len(rated.points), usual, same,
        phi, wanted, tuple(findings), tuple(notes),
    )  # fmt: skip


def _numbers(name: str, value: object) -> list[int] | None:
    return None if value is None else [whole(name, one, 1, 1_000) for one in collection(name, value, 1)]


def _with_rest(ratings: Ratings) -> list[float]:
    """Of each task the correlation of candidates' means with the sums of those on the others."""
    shape = len(ratings.candidates), len(ratings.tasks)
    count = np.bincount(ratings.thing, minlength=shape[0] * shape[1]).reshape(shape)
    with np.errstate(invalid="ignore"):
        means = np.bincount(ratings.thing, ratings.points, shape[0] * shape[1]).reshape(shape) / count
    means = means[np.isfinite(means).all(axis=1)]
    correlations = []
    for one in means.T:
        rest = means.sum(axis=1) - one
        varies = len(means) > 2 and shape[1] > 1 and one.std() > 1e-12 and rest.std() > 1e-12
        correlations.append(float(np.corrcoef(one, rest)[0, 1]) if varies else math.nan)
    return correlations


def _phi_without(ratings: Ratings, components: Components, task: int, usual: int, same: bool) -> float:
    if not components.is_estimated or len(ratings.tasks) < 2:
        return math.nan
    others = ratings.of(ratings.task != task)
    left = variance_components(others.points, others.candidate, others.assessor, others.task)
    return dependability(left, usual, len(ratings.tasks) - 1, same).phi


def _findings(
    components: Components, usual: int, n_tasks: int, wanted: float, assessors: int | None
) -> Iterator[Note]:
    """What the components mean, and what another assessor would change."""
    effects = {name: max(value, 0.0) for name, value in components.effects.items() if math.isfinite(value)}
    if total := sum(effects.values()):
        share = {name: 100 * effects.get(name, 0.0) / total for name in ("candidate", "assessor")}
        yield note("variance", **share)
    less, now, more = (
        dependability(components, n, n_tasks, True).phi if n else None for n in (usual - 1, usual, usual + 1)
    )
    if now is not None and now < wanted <= round(now, 2):
        yield note("dependability.below", n=usual, phi=wanted)
    else:
        yield note("dependability", n=usual, phi=now)
    if less is None:
        yield note("one-more", phi=more)
    else:
        yield note("one-more.fewer", phi=more, less=less)
    if now is not None and now < wanted:
        key = "assessors-wanted"
        if assessors is None:
            key += ".none" if effects.get("candidate", 0.0) > 0 else ".never"
        yield note(key, phi=wanted, n=assessors)


# ── components ───────────────────────────────────────────────────────────────────────────────


class Components(NamedTuple):
    """Estimated variance components, which may be below 0 by chance; NaN for an effect that the design does
    not separate from another."""

    effects: dict[str, float]
    confounded: dict[str, str]
    """Effects that divide the ratings into the same groups as an earlier effect, which then includes both. If
    each candidate has a single assessor, `candidate` includes `candidate_assessor`, and the dependability of
    points cannot be estimated."""

    @property
    def is_estimated(self) -> bool:
        """Whether differences between candidates are separated from those of assessors and tasks."""
        return math.isfinite(self.effects["candidate"]) and "candidate" not in self.confounded.values()


class Dependability(NamedTuple):
    """The dependability of the mean of ratings by so many assessors on so many tasks; variances are in
    squared points of a single rating."""

    n_assessors: int
    n_tasks: int
    relative_error: float
    """σ²(δ), the error variance for the ranking of candidates."""
    absolute_error: float
    """σ²(Δ), the error variance of the points themselves, as for a cut score."""
    g: float
    """Eρ² = σ²(candidate) / (σ²(candidate) + σ²(δ)), 0 … 1."""
    phi: float
    """Φ, the same with σ²(Δ)."""

    @property
    def se_total(self) -> float:
        """The standard error of a total over the tasks."""
        return self.n_tasks * math.sqrt(self.absolute_error)


def variance_components(
    points: ArrayLike, candidate: ArrayLike, assessor: ArrayLike, task: ArrayLike
) -> Components:
    """Estimate the variance components of points by Henderson's method 1.

    Parameters
    ----------
    points : array_like, shape (M,)
        The ratings; NaN is ignored.
    candidate, assessor, task : array_like, shape (M,)
        The candidate, assessor and task of each rating; at most one rating for each combination.

    Returns
    -------
    Components
        NaN if the design does not identify a component; all are NaN if the equations have no unique solution,
        as with fewer than two candidates.

    References
    ----------
    Brennan (2001), equations 7.1 to 7.5; Searle, Casella & McCulloch (1992), section 5.3.
    """
    x = np.asarray(points, dtype=np.float64)
    known = np.isfinite(x)
    x, n = x[known], int(known.sum())
    p, a, t = (
        np.unique(np.asarray(one)[known], return_inverse=True)[1].astype(np.int64)
        for one in (candidate, assessor, task)
    )
    partitions = dict(zip(EFFECTS, (p, a, t, _crossed(p, a), _crossed(p, t), _crossed(a, t)), strict=False))
    partitions["residual"] = _crossed(partitions["candidate_assessor"], t)
    values = dict.fromkeys(EFFECTS, np.nan)
    # effects that the design tells apart, and those that another holds
    told: dict[str, Ints] = {}
    confounded: dict[str, str] = {}
    for name, codes in partitions.items():
        if codes.max(initial=0) < 1 or ("task" in name and t.max(initial=0) < 1):
            continue  # an effect that there is not
        same = next((own for own, others in told.items() if _is_same(codes, others)), None)
        if same is not None:
            confounded[name] = same
        else:
            told[name] = codes
    if "candidate" in told:
        centred = x - x.mean()
        rows = [np.zeros(n, dtype=np.int64), *told.values()]
        sums = np.array([_squares(codes, centred) for codes in rows])
        matrix = np.array([[float(n), *(_shared(g, h) for h in told.values())] for g in rows])
        scale = 1.0 / np.sqrt(np.square(matrix).sum(axis=0))
        if np.linalg.cond(matrix * scale) < 1e10:
            solved = np.linalg.solve(matrix * scale, sums) * scale
            least = 1e-12 * max(float(np.square(x).mean()) if n else 0.0, 1e-300)
            solved[np.abs(solved) < least] = 0.0
            values.update(zip(told, solved[1:].tolist(), strict=True))
    return Components(values, confounded)


def dependability(found: Components, n_assessors: int, n_tasks: int, same_assessors: bool) -> Dependability:
    """Perform a D study: return the dependability of the mean over so many assessors and tasks.

        σ²(δ) = σ²(pa)/n_a + σ²(pt)/n_t + σ²(pat)/(n_a n_t)
        σ²(Δ) = σ²(δ) + σ²(a)/n_a + σ²(t)/n_t + σ²(at)/(n_a n_t)

    If candidates do not have the same assessors, severity also affects their ranks: σ²(δ) then includes
    σ²(a)/n_a and σ²(at)/(n_a n_t) (assessors nested in candidates). Components below 0 count as 0. Effects
    that the design does not have also count as 0; with a single task the coefficients apply to that task.

    Parameters
    ----------
    found : Components
    n_assessors, n_tasks : int
        The numbers over which the mean is taken.
    same_assessors : bool
        Whether all candidates have the same assessors.

    Returns
    -------
    Dependability
        NaN if differences between candidates are not separated from other effects, or if they and the error
        are 0.

    References
    ----------
    Brennan (2001), equations 4.10 to 4.17 and section 4.2.
    """
    if not found.is_estimated:
        return Dependability(n_assessors, n_tasks, *([float("nan")] * 4))
    c = {name: max(value, 0.0) if math.isfinite(value) else 0.0 for name, value in found.effects.items()}
    cells = n_assessors * n_tasks
    severity = c["assessor"] / n_assessors + c["assessor_task"] / cells
    relative = c["candidate_assessor"] / n_assessors + c["candidate_task"] / n_tasks + c["residual"] / cells
    absolute = relative + severity + c["task"] / n_tasks
    if not same_assessors:
        relative += severity
    true = c["candidate"]
    g, phi = (true / (true + error) if true + error > 0 else math.nan for error in (relative, absolute))
    return Dependability(n_assessors, n_tasks, relative, absolute, g, phi)


def assessors_for(found: Components, n_tasks: int, phi: float) -> int | None:
    """Return the smallest number of assessors with which Phi reaches `phi` for so many tasks; None if 100 are
    not enough or Phi cannot be estimated."""
    for n in range(1, MOST_ASSESSORS + 1):
        reached = dependability(found, n, n_tasks, True).phi
        if reached >= phi - 1e-12:
            return n
    return None


def _crossed(first: Ints, second: Ints) -> Ints:
    both = first * (int(second.max(initial=-1)) + 1) + second
    return np.asarray(np.unique(both, return_inverse=True)[1], dtype=np.int64)


def _is_same(first: Ints, second: Ints) -> bool:
    """Whether two effects have the same groups of ratings."""
    levels = int(first.max()) + 1
    return levels == int(second.max()) + 1 and int(_crossed(first, second).max()) + 1 == levels


def _squares(codes: Ints, x: Floats) -> float:
    """T: the squares of totals over their numbers."""
    return float((np.square(np.bincount(codes, x)) / np.bincount(codes)).sum())


def _shared(first: Ints, second: Ints) -> float:
    """Σ_g Σ_h n_gh² / n_g."""
    both, counts = np.unique(first * (int(second.max()) + 1) + second, return_counts=True)
    of_first = np.bincount(first)[both // (int(second.max()) + 1)]
    return float((np.square(counts.astype(np.float64)) / of_first).sum())
