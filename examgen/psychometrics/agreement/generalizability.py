"""Points of candidates by assessors on tasks → variance components, G and Phi, and what other numbers of
assessors and tasks would give.

All three are random. Components of any design, balanced or not, crossed, sparse or nested, come from
Henderson's method 1: the sums of squared totals over the levels of each effect, T(α) = Σ_g t_g² / n_g, equal
their expectations, which are linear in the components,

    E T(α) = N μ² + Σ_β σ²(β) Σ_g Σ_h n_gh² / n_g

with n_gh the ratings in level g of α and h of β. Where the design is balanced these are the estimates of the
analysis of variance (Brennan 2001, section 3.4); where it is not they are unbiased still, as long as who was
rated by whom has nothing to do with the points ("analogous ANOVA", section 7.1).

References
----------
Brennan, R. L. (2001). Generalizability theory. Springer.
Henderson, C. R. (1953). Estimation of variance and covariance components. Biometrics, 9, 226–252.
Searle, S. R., Casella, G., & McCulloch, C. E. (1992). Variance components. Wiley. Section 5.3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.psychometrics.agreement.categories import as_numbers

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
EFFECTS = (
    "candidate", "assessor", "task", "candidate_assessor", "candidate_task", "assessor_task", "residual",
)  # fmt: skip
MOST_ASSESSORS = 100


class VarianceComponents(NamedTuple):
    """Estimates as they come, below 0 by chance; NaN of what the design does not tell from another effect.

    An effect with the same groups of ratings as another before it (in the order of `EFFECTS`) is confounded
    with it: the other holds both. Where each candidate has one assessor, `candidate` holds
    `candidate_assessor` too, and nothing can be said of how dependable points are.
    """

    candidate: float
    assessor: float
    task: float
    candidate_assessor: float
    candidate_task: float
    assessor_task: float
    residual: float
    n_candidates: int
    n_assessors: int
    n_tasks: int
    n_ratings: int
    confounded: tuple[tuple[str, str], ...]
    """(effect, the earlier one that holds it)."""

    @property
    def effects(self) -> dict[str, float]:
        """The components by name."""
        return {name: float(getattr(self, name)) for name in EFFECTS}

    @property
    def is_estimated(self) -> bool:
        """Whether differences between candidates are told from those between their assessors and tasks."""
        return bool(np.isfinite(self.candidate)) and all(by != "candidate" for _, by in self.confounded)


class Dependability(NamedTuple):
    """What the mean of so many ratings is worth; variances on the scale of a single rating's points."""

    n_assessors: int
    n_tasks: int
    relative_error: float
    """σ²(δ): of ranks among candidates."""
    absolute_error: float
    """σ²(Δ): of the points themselves, as for a cut score."""
    g: float
    """Eρ² = σ²(candidate) / (σ²(candidate) + σ²(δ)), 0 … 1."""
    phi: float
    """Φ, the same with σ²(Δ)."""


def variance_components(
    points: ArrayLike, candidate: ArrayLike, assessor: ArrayLike, task: ArrayLike
) -> VarianceComponents:
    """The components of points by Henderson's method 1.

    Parameters
    ----------
    points : array_like, shape (M,)
        A rating each; NaN is left out.
    candidate, assessor, task : array_like, shape (M,)
        Whose, by whom and on what; at most one rating of each three.

    Returns
    -------
    VarianceComponents
        NaN wherever the design does not tell: all of them where the equations have no single solution, as
        with fewer than two candidates.

    Raises
    ------
    ValueError
        Arrays of different lengths, or two ratings of one candidate by one assessor on one task.

    References
    ----------
    Brennan (2001), equations 7.1 to 7.5; Searle, Casella & McCulloch (1992), section 5.3.
    """
    x = as_numbers(points)
    names = [np.asarray(one) for one in (candidate, assessor, task)]
    if x.ndim != 1 or any(one.shape != x.shape for one in names):
        raise ValueError("points, candidates, assessors and tasks are rows of one length")
    known = np.isfinite(x)
    x = x[known]
    p, a, t = (np.unique(one[known], return_inverse=True)[1].astype(np.int64) for one in names)
    sizes = [int(one.max(initial=-1)) + 1 for one in (p, a, t)]
    partitions = dict(zip(EFFECTS, (p, a, t, _crossed(p, a), _crossed(p, t), _crossed(a, t)), strict=False))
    partitions["residual"] = _crossed(partitions["candidate_assessor"], t)
    n = len(x)
    if n and partitions["residual"].max() + 1 < n:
        raise ValueError("a candidate has two ratings of one assessor on one task")
    values = dict.fromkeys(EFFECTS, np.nan)
    # effects that the design tells apart, and those that another holds
    told: dict[str, Codes] = {}
    confounded: list[tuple[str, str]] = []
    for name, codes in partitions.items():
        if codes.max(initial=0) < 1 or (sizes[2] < 2 and "task" in name):
            continue  # an effect that there is not
        same = next((own for own, others in told.items() if _is_same(codes, others)), None)
        if same is not None:
            confounded.append((name, same))
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
    return VarianceComponents(
        **values, n_candidates=sizes[0], n_assessors=sizes[1], n_tasks=sizes[2], n_ratings=n,
        confounded=tuple(confounded),
    )  # fmt: skip


def dependability(
    found: VarianceComponents, n_assessors: int, n_tasks: int, same_assessors: bool
) -> Dependability:
    """The D study: what the mean over so many assessors and tasks would be worth.

        σ²(δ) = σ²(pa)/n_a + σ²(pt)/n_t + σ²(pat)/(n_a n_t)
        σ²(Δ) = σ²(δ) + σ²(a)/n_a + σ²(t)/n_t + σ²(at)/(n_a n_t)

    Where candidates do not have the same assessors, severity moves their ranks too: σ²(a)/n_a and
    σ²(at)/(n_a n_t) then stand in σ²(δ) as well (assessors nested in candidates). Components below 0 count
    as 0. Effects that the design does not have (one task) count as 0, and the coefficients are those of that
    one task.

    Parameters
    ----------
    found : VarianceComponents
    n_assessors, n_tasks : int
        Ratings that the mean is taken of.
    same_assessors : bool
        Whether all candidates have the same assessors.

    Returns
    -------
    Dependability
        NaN where differences of candidates are not told from all else, or are 0 with no error beside them.

    References
    ----------
    Brennan (2001), equations 4.10 to 4.17 and section 4.2.
    """
    if not found.is_estimated:
        return Dependability(n_assessors, n_tasks, *([float("nan")] * 4))
    c = {name: max(value, 0.0) if np.isfinite(value) else 0.0 for name, value in found.effects.items()}
    cells = n_assessors * n_tasks
    severity = c["assessor"] / n_assessors + c["assessor_task"] / cells
    relative = c["candidate_assessor"] / n_assessors + c["candidate_task"] / n_tasks + c["residual"] / cells
    absolute = relative + severity + c["task"] / n_tasks
    if not same_assessors:
        relative += severity
    true = c["candidate"]
    coefficients = (true / whole if (whole := true + error) > 0 else np.nan for error in (relative, absolute))
    return Dependability(n_assessors, n_tasks, relative, absolute, *coefficients)


def assessors_for(found: VarianceComponents, n_tasks: int, phi: float) -> int | None:
    """The fewest assessors by whom Phi comes to `phi` with so many tasks; None where 100 do not do it, or
    nothing can be said."""
    for n in range(1, MOST_ASSESSORS + 1):
        reached = dependability(found, n, n_tasks, True).phi
        if reached >= phi - 1e-12:
            return n
    return None


def _crossed(first: Codes, second: Codes) -> Codes:
    both = first * (int(second.max(initial=-1)) + 1) + second
    return np.asarray(np.unique(both, return_inverse=True)[1], dtype=np.int64)


def _is_same(first: Codes, second: Codes) -> bool:
    """Whether two effects have the same groups of ratings."""
    levels = int(first.max()) + 1
    return levels == int(second.max()) + 1 and int(_crossed(first, second).max()) + 1 == levels


def _squares(codes: Codes, x: Floats) -> float:
    """T: the squares of totals over their numbers."""
    return float((np.square(np.bincount(codes, x)) / np.bincount(codes)).sum())


def _shared(first: Codes, second: Codes) -> float:
    """Σ_g Σ_h n_gh² / n_g."""
    both, counts = np.unique(first * (int(second.max()) + 1) + second, return_counts=True)
    of_first = np.bincount(first)[both // (int(second.max()) + 1)]
    return float((np.square(counts.astype(np.float64)) / of_first).sum())
