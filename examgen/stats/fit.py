"""Fit of items and of persons at given abilities, and Q3 of pairs of items.

Infit and outfit of items are those of `mirt::itemfit` 1.45, for persons those of `mirt::personfit`; Q3 is
that of `mirt::residuals` (type Q3).

Fit statistics from tables of counts: S-X² of items, and LD X² of pairs of items.

Definitions are as in `mirt::itemfit` and `mirt::residuals` (type LD) 1.45. Sparse rows and categories are
merged in the same steps as in mirt's `collapseCells`, so that S-X² and its degrees of freedom agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from examgen.stats.distributions import chi_square_tail
from examgen.stats.irt_abilities import answers_of
from examgen.stats.irt_models import (
    TINY,
    CurveDerivatives,
    Estimated,
    ItemParameters,
    Note,
    leave_one_out,
    row_chunks,
    sum_score_likelihoods,
)
from examgen.stats.matrix import Bools, Cells, Floats, Ints
from examgen.stats.quadrature import Grid, normal_grid
from examgen.stats.results import note_of

TEXTS: dict[str, str] = {
    "no-answers": "no candidate who answered it has an ability to compare with.",
    "q3-undefined": "There are no residuals to correlate.",
    "incomplete": "S-X² uses the {n} of {scores_n} candidates who have a score on every item.",
    "s-x2-undefined": "S-X² was not computed. It needs 2 to {most} items, and candidates with a score on "
    "every item.",
    "s-x2-undefined.item": "fit (S-X²) not tested, because too few total scores occur",
}
"""The messages by code, which ends before a dot."""
_LEAST_VARIANCE = np.sqrt(1e-5)
_MOST_Q, _LEAST_Q = 1.4142, 1e-7
"""A standard deviation of a mean square above is taken as that, as mirt does; below, there is none."""


def told(texts: Mapping[str, str], key: str, item: int | None = None, **values: object) -> Note:
    """Return a note about an item, or about the whole, with the text of this key."""
    message = note_of(texts, key, values)
    return Note(message.code, item, message)


# ── at given abilities ───────────────────────────────────────────────────────────────────────


def finite_abilities(theta: Floats) -> Floats:
    """Return abilities (N,) with infinite ones replaced by the greatest finite one + 0.1 or the least − 0.1.
    NaN stays; infinite ones become NaN if none is finite."""
    ability = theta.copy()
    finite = ability[np.isfinite(ability)]
    ability[np.isposinf(ability)] = finite.max() + 0.1 if len(finite) else np.nan
    ability[np.isneginf(ability)] = finite.min() - 0.1 if len(finite) else np.nan
    return ability


def squares(
    cells: Cells, parameters: ItemParameters, theta: Floats, least: float = _LEAST_VARIANCE
) -> tuple[Floats, Floats]:
    """Return sums over candidates (6, J), and sums over the items that each candidate answered (6, N), of:
    the number of answers, squared residuals, variances W, squared residuals / W, C − W², and C / W², where C
    is the fourth central moment of the score. Variances below `least` are set to it. Candidates without an
    ability add nothing, and have NaN."""
    by_item, by_candidate = np.zeros((6, cells.shape[1])), np.full((6, len(cells)), np.nan)
    known = np.flatnonzero(~np.isnan(theta))
    for chunk in row_chunks(len(known), cells.shape[1] * (parameters.d.shape[1] + 1)):
        rows = known[chunk]
        p, own = parameters.curves(theta[rows]).p, cells[rows]
        k = np.arange(float(p.shape[2]))
        mean = p @ k
        away = (k - mean[:, :, None]) ** 2
        variance, fourth = (p * away).sum(axis=2), (p * away**2).sum(axis=2)
        variance = np.maximum(variance, least)
        squared = (own - mean) ** 2
        once = np.ones_like(mean)
        parts = (once, squared, variance, squared / variance, fourth - variance**2, fourth / variance**2)
        for n, part in enumerate(parts):
            there = np.where(own >= 0, part, 0.0)
            by_item[n] += there.sum(axis=0)
            by_candidate[n, rows] = there.sum(axis=1)
    return by_item, by_candidate


class MeanSquares(NamedTuple):
    """Mean squares of items or of candidates, with expectation 1, and their Z, with expectation 0. NaN
    without answers."""

    n: Ints
    """The number of answers used."""
    infit: Floats
    """Mean square weighted by information."""
    z_infit: Floats
    outfit: Floats
    z_outfit: Floats
    notes: tuple[Note, ...] = ()


def mean_squares(sums: Floats, most_q: float = _MOST_Q) -> MeanSquares:
    """Return the mean squares from the sums (6, n) returned by `squares`.

    Z = (m^⅓ − 1) 3/q + q/3 (Wright & Masters, 1982, p. 100); NaN if a mean square cannot vary.
    """
    n, squared, variance, ratio, excess, kurtosis = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.stack([squared / variance, ratio / n])
        q_outfit = np.sqrt(np.abs(kurtosis / n**2 - 1.0 / n))
        by = np.minimum(np.stack([np.sqrt(np.maximum(excess, 0.0)) / variance, q_outfit]), most_q)
        z = np.where(by > _LEAST_Q, (np.cbrt(found) - 1.0) * (3.0 / by) + by / 3.0, np.nan)
    return MeanSquares(np.nan_to_num(n).astype(np.int64), found[0], z[0], found[1], z[1])


# ── items ────────────────────────────────────────────────────────────────────────────────────


def item_fit(scores: Cells, parameters: ItemParameters, theta: Floats) -> MeanSquares:
    """Return infit and outfit of items at given abilities.

    With residual x − E, variance W and fourth central moment C of the score: outfit = Σ (x − E)² / W / n,
    infit = Σ (x − E)² / Σ W; Z by the cube root (Wilson & Hilferty), with variances from C. W is at least
    0.0032 and q at most √2, as in mirt. All candidates are used, including those with nothing or everything
    right; an infinite theta becomes the greatest finite one + 0.1, or the least − 0.1 (eRm excludes these
    candidates, so that its numbers differ). If answers are missing, mirt's Z of outfit divides by the numbers
    of answers to other items (a matrix by a vector along the wrong side); this one does not.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative is missing.
    parameters : ItemParameters
    theta : array_like, shape (N,)
        ML abilities for mirt's `itemfit(…, method = 'ML')`; candidates with NaN are excluded.

    Returns
    -------
    MeanSquares
        NaN for items that nobody answered or without parameters.

    References
    ----------
    Wright, B. D., & Masters, G. N. (1982). Rating scale analysis, ch. 5, p. 100–101.
    """
    answers = answers_of(scores, parameters)
    ability = finite_abilities(theta)
    sums = np.full((6, len(parameters.a)), np.nan)
    sums[:, answers.items] = squares(answers.cells, answers.parameters, ability)[0]
    found = mean_squares(sums)
    empty = [told(TEXTS, "no-answers", int(j)) for j in answers.items if found.n[j] == 0]
    return found._replace(notes=tuple(empty))


# ── persons ──────────────────────────────────────────────────────────────────────────────────


class PersonFit(NamedTuple):
    """Fit of candidates, each array (N,); NaN without answers or without an ability.

    Low lz and lz* (below −1.645 for 5 % under the model) and high mean squares indicate answers that do not
    fit the ability.
    """

    lz: Floats
    """Standardised log-likelihood; Zh in mirt."""
    lz_star: Floats
    """lz corrected for the estimation of ability."""
    n: Ints
    """Number of answers."""
    infit: Floats
    z_infit: Floats
    outfit: Floats
    z_outfit: Floats


def person_fit(
    scores: Cells, parameters: ItemParameters, theta: Floats, *, method: str = "ml", mean: float = 0.0,
    sd: float = 1.0,
) -> PersonFit:  # fmt: skip
    """Return person fit at given abilities.

    lz = (l − E l) / √Var l, where l is the log-likelihood of the answers. lz* replaces the weights w = log P
    by w̃ = w − c r, with r = P'/P and c = Σ P'w / Σ P'r: lz* = (Σ (w_x − E w) + c r₀) / √Σ Var w̃. r₀ is 0
    for ML, Warm's J / 2I for WLE and (mean − θ) / sd² for MAP. Infit and outfit are those of mirt's
    `personfit`, except that Z of outfit uses only the items answered, whereas mirt uses all.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative if missing. Sums run over the items that a candidate answered; PerFit 1.4.6 takes the
        expectation and variance over all items.
    parameters : ItemParameters
        Any kind of model; with two categories, lz and lz* equal those of PerFit.
    theta : array_like, shape (N,)
        Abilities; an infinite one becomes the greatest finite one + 0.1, or the least − 0.1.
    method : {'ml', 'map', 'wle'}
        The estimator of the abilities.
    mean, sd : float
        The prior, for `map`.

    Returns
    -------
    PersonFit

    References
    ----------
    Drasgow, F., Levine, M. V., & Williams, E. A. (1985). Appropriateness measurement with polychotomous item
    response models and standardized indices. British Journal of Mathematical and Statistical Psychology 38,
    67–86. Snijders, T. A. B. (2001). Asymptotic null distribution of person fit statistics with estimated
    person parameter. Psychometrika 66, 331–342, eq. 8–12. Sinharay, S. (2016). Asymptotically correct
    standardization of person-fit statistics beyond dichotomous items. Psychometrika 81, 992–1013.
    """
    answers = answers_of(scores, parameters)
    ability = finite_abilities(theta)
    n = np.count_nonzero(answers.cells >= 0, axis=1)
    ability[n == 0] = np.nan
    lz, known = np.full((2, len(ability)), np.nan), np.flatnonzero(np.isfinite(ability))
    for chunk in row_chunks(len(known), len(answers.items) * (parameters.d.shape[1] + 1)):
        rows = known[chunk]
        prior = (mean - ability[rows]) / sd**2 if method == "map" else None
        made = answers.parameters.curves(ability[rows], 2)
        lz[:, rows] = _likelihood(answers.cells[rows], made, method, prior)
    found = mean_squares(squares(answers.cells, answers.parameters, ability)[1])
    return PersonFit(lz[0], lz[1], n, *found[1:5])


def _likelihood(
    cells: Cells, made: CurveDerivatives, method: str, prior: Floats | None
) -> tuple[Floats, Floats]:
    """Return the person-fit statistics lz, and lz* corrected for the estimation of ability (Snijders 2001),
    of each candidate; NaN if its variance is 0, lz* also if the information is 0."""
    there = (cells >= 0)[:, :, None]
    p = np.where(there, made.p, 0.0)
    some = p > TINY
    w = np.log(np.where(some, p, 1.0))
    d1, d2 = np.where(some, made.d1, 0.0), np.where(some, made.d2, 0.0)
    r = d1 / np.where(some, p, 1.0)
    chosen = cells[:, :, None] == np.arange(p.shape[2])
    residual = _sum(np.where(chosen, np.log(np.maximum(made.p, TINY)), 0.0)) - _sum(p * w)
    information = _sum(d1 * r)
    information = np.where(information > TINY, information, np.nan)
    c = _sum(d1 * w) / information
    r0 = np.zeros(len(cells)) if prior is None else prior
    if method == "wle":
        r0 = _sum(d2 * r) / (2.0 * information)
    variance, corrected = _variance(p, w), _variance(p, w - c[:, None, None] * r)
    lz = residual / np.sqrt(np.where(variance > 1e-15, variance, np.nan))
    return lz, (residual + c * r0) / np.sqrt(np.where(corrected > 1e-15, corrected, np.nan))


def _sum(values: Floats) -> Floats:
    return np.asarray(values.sum(axis=(1, 2)))


def _variance(p: Floats, w: Floats) -> Floats:
    """Sum over items of the variance of the weight of the answer."""
    mean = (p * w).sum(axis=2, keepdims=True)
    return _sum(p * (w - mean) ** 2)


# ── pairs of items ───────────────────────────────────────────────────────────────────────────


class Q3(NamedTuple):
    """Correlations of residuals between items, (J, J); NaN if undefined."""

    q3: Floats
    """1 on the diagonal."""
    mean: float
    """Mean over all pairs; about −1 / (J − 1) if the model holds."""
    adjusted: Floats
    """Q3 minus its mean; NaN on the diagonal."""
    notes: tuple[Note, ...]


def q3(scores: Cells, parameters: ItemParameters, theta: Floats) -> Q3:
    """Return Yen's Q3: the correlation over candidates of x_i − E_i(θ̂) and x_j − E_j(θ̂).

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative is missing; each pair uses the candidates who have both items.
    parameters : ItemParameters
    theta : array_like, shape (N,)
        Abilities, such as EAP, mirt's default. Candidates with NaN are excluded.

    Returns
    -------
    Q3
        `adjusted` is Q3 minus the mean over pairs; above 0.2 suggests dependence.

    References
    ----------
    Yen, W. M. (1984). Effects of local item dependence on the fit and equating performance of the
    three-parameter logistic model. Applied Psychological Measurement 8, 125–145. Christensen, K. B.,
    Makransky, G., & Horton, M. (2017). Critical values for Yen's Q3. Applied Psychological Measurement 41,
    178–194.
    """
    answers = answers_of(scores, parameters)
    ability = finite_abilities(theta)
    n_items, n_own = len(parameters.a), len(answers.items)
    n, first, second, cross = np.zeros((4, n_own, n_own))
    for rows in row_chunks(len(ability), n_own * (parameters.d.shape[1] + 1)):
        known = np.isfinite(ability[rows])
        cells = answers.cells[rows][known]
        p = answers.parameters.curves(ability[rows][known]).p
        there = (cells >= 0).astype(np.float64)
        residual = (cells - p @ np.arange(float(p.shape[2]))) * there
        n += there.T @ there
        first += residual.T @ there
        second += (residual**2).T @ there
        cross += residual.T @ residual
    # over pairs present: `first[i, j]` is the sum of residuals of i among those who have j too
    count = np.maximum(n, 1.0)
    covariance, mine = cross - first * first.T / count, second - first**2 / count
    spread = np.sqrt(np.where(mine > 1e-12 * np.maximum(second, 1e-300), mine, np.nan))
    found = np.full((n_items, n_items), np.nan)
    found[np.ix_(answers.items, answers.items)] = np.where(n > 1, covariance / (spread * spread.T), np.nan)
    found[answers.items, answers.items] = 1.0
    pairs = found[np.triu_indices(n_items, 1)]
    pairs = pairs[np.isfinite(pairs)]
    notes = () if len(pairs) else (told(TEXTS, "q3-undefined"),)
    mean = float(pairs.mean()) if len(pairs) else np.nan
    adjusted = found - mean
    np.fill_diagonal(adjusted, np.nan)
    return Q3(found, mean, adjusted, notes)


# ── tables of items ───────────────────────────────────────────────────────────────────────────────────


_SHARE_OF_ROWS = 0.05
MOST_ITEMS = 5_000
"""The messages by code, which ends before a dot."""


class SX2(NamedTuple):
    """S-X² of items, (J,) each; NaN without degrees of freedom."""

    statistic: Floats
    df: Floats
    p: Floats
    rmsea: Floats
    n: int
    """The number of candidates who answered every item, on whom alone S-X² is based."""
    notes: tuple[Note, ...]


def s_x2(
    scores: Cells,
    parameters: ItemParameters,
    free: Estimated,
    grid: Grid | None = None,
    *,
    least_expected: float = 1.0,
) -> SX2:
    """Return S-X² of Orlando & Thissen, which compares observed and expected proportions by sum score.

    The expected proportion of category k at sum score s is Σ_q w_q P_k(θ_q) S*(s − k | θ_q) / Σ_q w_q S(s |
    θ_q), S* from the other items. Sum scores 1 … S − 1; rows are merged as `mirt::itemfit` merges them: (1)
    scores without candidates are dropped; (2) upwards, a score with exactly one candidate is added to the
    next, the last one to the one before; (3) while an expected count is below `least_expected`, the lowest
    such row: the first to the second, the last to the one before, any other to the neighbour with fewer
    candidates (the lower one on a tie). df = remaining rows − parameters of the item − parameters of the
    ability distribution. With more than two categories, neighbouring categories are merged first.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Candidates with a missing answer are excluded, with a note.
    parameters : ItemParameters
    free : Estimated
        `estimated(model, parameters)`, for the degrees of freedom.
    grid : Grid
        The ability distribution; by default N(0, 1) on 61 points of [−6, 6].
    least_expected : float

    Returns
    -------
    SX2

    References
    ----------
    Orlando, M., & Thissen, D. (2000). Likelihood-based item-fit indices for dichotomous item response theory
    models. Applied Psychological Measurement 24, 50–64. Kang, T., & Chen, T. T. (2008). Performance of the
    generalized S-X² item fit index for polytomous IRT models. Journal of Educational Measurement 45, 391–406.
    """
    answers, n_items = answers_of(scores, parameters), len(parameters.a)
    statistic, df = np.full((2, n_items), np.nan)
    complete = np.asarray((answers.cells >= 0).all(axis=1))
    n, notes = int(np.count_nonzero(complete)), list[Note]()
    if n < len(complete):
        notes.append(told(TEXTS, "incomplete", n=n, scores_n=len(complete)))
    if not 2 <= len(answers.items) <= MOST_ITEMS or not n:
        notes.append(told(TEXTS, "s-x2-undefined", most=f"{MOST_ITEMS:,}"))
        return SX2(statistic, statistic, statistic, statistic, n, tuple(notes))
    nodes, weights = grid or normal_grid()
    greatest = answers.parameters.n_categories - 1
    by_score = _observed(answers.cells, complete, greatest)
    p = answers.parameters.curves(nodes).p
    everything = sum_score_likelihoods(p, greatest) @ weights
    n_by_score = by_score[:, 0].sum(axis=1)
    for j, rest in leave_one_out(p, greatest):
        # answers to the item by sum score; NaN where a category and a sum score exclude each other
        chances = np.full((len(everything), greatest[j] + 1), np.nan)
        for k in range(greatest[j] + 1):
            at = slice(k, k + len(rest))
            share, total = rest @ (weights * p[:, j, k]), everything[at]
            chances[at, k] = share / np.where(total > 0, total, 1.0) * n_by_score[at]
        counts, item = by_score[1:-1, j, : greatest[j] + 1], int(answers.items[j])
        observed, expected = collapsed(counts, chances[1:-1], least_expected)
        if observed.ndim == 2 and observed.shape[1] > 1 and len(observed) > 1:
            cells = expected > 0
            lost = int(free.per_item[item]) + free.n_group
            df[item] = max(np.count_nonzero(cells) - len(expected) - lost, 0)
            statistic[item] = ((observed - expected)[cells] ** 2 / expected[cells]).sum()
    statistic[~(df > 0)] = np.nan
    notes += [told(TEXTS, "s-x2-undefined.item", int(j)) for j in answers.items[~(df[answers.items] > 0)]]
    return SX2(statistic, df, chi_square_tail(statistic, df), rmsea(statistic, df, n), n, tuple(notes))


def rmsea(statistic: ArrayLike, df: ArrayLike, n: int) -> Floats:
    """Return √((X²/df − 1) / (n − 1)); 0 if X² is below df, NaN without degrees of freedom or if n < 2."""
    x, by = np.asarray(statistic, dtype=np.float64), np.asarray(df, dtype=np.float64)
    defined = (by > 0) & np.isfinite(x) & (n > 1)
    excess = x / np.where(by > 0, by, 1.0) - 1.0
    value = np.sqrt(np.maximum(np.where(defined, excess, 0.0), 0.0) / max(n - 1, 1))
    return np.asarray(np.where(defined, value, np.nan))


def _observed(cells: Cells, complete: Bools, greatest: Ints) -> Floats:
    """(S + 1, J, K) how many candidates with each sum score have each score in each item."""
    from scipy.sparse import csr_matrix

    counts = np.zeros((int(greatest.sum()) + 1, len(greatest), int(greatest.max(initial=0)) + 1))
    for chunk in row_chunks(len(cells), len(greatest)):
        rows = cells[chunk][complete[chunk]]
        own = np.ones(len(rows)), (rows.sum(axis=1, dtype=np.int64), np.arange(len(rows)))
        by_sum = csr_matrix(own, shape=(len(counts), len(rows)))
        for k in range(counts.shape[2]):
            counts[:, :, k] += by_sum @ (rows == k).astype(np.float64)
    return counts


def collapsed(observed: Floats, expected: Floats, least: float) -> tuple[Floats, Floats]:
    """Merge sparse rows and categories, and return the merged counts (remaining rows, remaining categories).
    An expected count of 0 marks a cell that was merged into another.

    Parameters
    ----------
    observed, expected : ndarray, shape (rows, K)
        `expected` is NaN if a category is impossible at a sum score.
    least : float
        Cells with at least this expected count are not merged.

    Returns
    -------
    observed, expected : ndarray
        Fewer than two rows if no comparison is possible.
    """
    o, e = _without_impossible(observed, expected)
    o, e = o[o.sum(axis=1) > 0], e[o.sum(axis=1) > 0]
    sparse = (e < least).any(axis=1)
    o, e = _without_singles(o, e)
    if len(e) > 1 and e.shape[1] > 2:
        # In rows with a small expected count, the smallest category goes to its smaller neighbour, again and
        # again; what is left stands at the left. `sparse` counts rows before singles were merged, as in mirt.
        for j in np.flatnonzero(sparse[: len(e)]).tolist():
            few, seen = e[j].tolist(), o[j].tolist()
            while len(few) > 2:
                smallest = max(k for k, value in enumerate(few) if value == min(few))
                to = _smaller_neighbour(few, smallest)
                few[to] += few[smallest]
                seen[to] += seen[smallest]
                del few[smallest], seen[smallest]
                if min(few) >= least:
                    break
            e[j], o[j] = 0.0, 0.0
            e[j, : len(few)], o[j, : len(seen)] = few, seen
        # The last categories while they are rare, then any that hardly any row has, go to the one below.
        while e.shape[1] > 2 and e[:, -1].sum() < least * np.ceil(len(e) * 0.1):
            o[:, -2] += o[:, -1]
            e[:, -2] += e[:, -1]
            o, e = o[:, :-1], e[:, :-1]
        common = np.ones(e.shape[1], dtype=np.bool_)
        for k in range(e.shape[1] - 1, 0, -1):
            if np.count_nonzero(e[:, k] > 0) / len(e) < _SHARE_OF_ROWS:
                common[k] = False
                o[:, k - 1] += o[:, k]
                e[:, k - 1] += e[:, k]
        o, e = o[:, common], e[:, common]
    # While an expected count is small: its row goes to the neighbour with fewer candidates.
    while len(e) > 1:
        sparse_rows = np.flatnonzero(((e < least) & (e != 0)).any(axis=1))
        if not len(sparse_rows):
            break
        row = int(sparse_rows[0])
        to = _smaller_neighbour(o.sum(axis=1).tolist(), row)
        o[to] += o[row]
        e[to] += e[row]
        o, e = np.delete(o, row, axis=0), np.delete(e, row, axis=0)
    return o, e


def _without_impossible(observed: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """The first and last scores, which exclude categories, go to the first and last score that do not."""
    rows = np.flatnonzero(np.isnan(expected).any(axis=1))
    o, e = observed.copy(), np.nan_to_num(expected)
    if len(rows) < 2:
        return o, e
    half = len(rows) // 2
    above, below = rows[half - 1] + 1, rows[half] - 1
    if not rows[0] < above <= below < rows[-1]:
        return o[:0], e[:0]
    for table in (o, e):
        table[above] += table[rows[0] : above].sum(axis=0)
        table[below] += table[below + 1 : rows[-1] + 1].sum(axis=0)
    keep = np.ones(len(o), dtype=np.bool_)
    keep[rows[0] : above] = keep[below + 1 : rows[-1] + 1] = False
    return o[keep], e[keep]


def _without_singles(o: Floats, e: Floats) -> tuple[Floats, Floats]:
    """Upwards, a row with one candidate goes to the next; the last to the one before."""
    o, e = o.copy(), e.copy()
    keep = np.ones(len(o), dtype=np.bool_)
    for j in range(len(o) - 1):
        if o[j].sum() == 1:
            keep[j] = False
            o[j + 1] += o[j]
            e[j + 1] += e[j]
    o, e = o[keep], e[keep]
    if len(o) > 1 and o[-1].sum() == 1:
        o[-2] += o[-1]
        e[-2] += e[-1]
        return o[:-1], e[:-1]
    return o, e


def _smaller_neighbour(values: list[float], k: int) -> int:
    """The place beside k with the smaller value; the one before where they are equal."""
    if k == 0:
        return 1
    if k == len(values) - 1:
        return k - 1
    return k - 1 if values[k - 1] <= values[k + 1] else k + 1


# ── pairs of items ───────────────────────────────────────────────────────────────────────────


class PairDependence(NamedTuple):
    """LD X² of pairs of items, (J, J), symmetric; NaN on the diagonal and if a pair has no table."""

    x2: Floats
    """≥ 0."""
    v: Floats
    """Signed Cramér V, −1 … 1; positive if the two items are more closely associated than the model predicts.
    """
    df: Ints
    """(K_i − 1)(K_j − 1)."""
    p: Floats


def local_dependence(scores: Cells, parameters: ItemParameters, grid: Grid | None = None) -> PairDependence:
    """Return Chen and Thissen's LD X², which compares the table of two items with that expected under the
    model.

    X² = Σ_kl (O_kl − E_kl)² / E_kl, with E_kl = N Σ_q w_q P_ik(θ_q) P_jl(θ_q). The sign is that of the
    difference between Goodman and Kruskal's γ of O and of E; V = ±√(X² / (N min(K_i − 1, K_j − 1))).

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative or NaN is missing; each pair uses the candidates who have both items.
    parameters : ItemParameters
        Parameters of any kind of item.
    grid : Grid
        The population with which the model was fitted; by default N(0, 1) on 61 points of [−6, 6].

    Returns
    -------
    PairDependence

    Notes
    -----
    The χ² distribution is an approximation. X² tends to be somewhat smaller, since the parameters were
    estimated from the same data.

    References
    ----------
    Chen, W.-H., & Thissen, D. (1997). Local dependence indexes for item pairs using item response theory.
    Journal of Educational and Behavioral Statistics 22, 265–289, eq. 4 to 6. `mirt::residuals(type = 'LD')`.
    """
    answers = answers_of(scores, parameters)
    n_items, items = len(parameters.a), answers.items
    own, (nodes, weights) = answers.parameters, grid or normal_grid()
    steps = own.n_categories - 1
    width = own.d.shape[1] + 1
    p = own.curves(nodes).p
    having = [(answers.cells == k).astype(np.float32) for k in range(width)]
    x2, v, pairs = (np.full((n_items, n_items), np.nan) for _ in range(3))
    for rows in row_chunks(len(items), len(items) * width**2):
        seen = np.empty((width, width, rows.stop - rows.start, len(items)))
        expected = np.empty_like(seen)
        for k in range(width):
            for m in range(width):
                seen[k, m] = having[k][:, rows].T @ having[m]
                expected[k, m] = (p[:, rows, k] * weights[:, None]).T @ p[:, :, m]
        together = seen.sum(axis=(0, 1))
        expected *= together
        there = expected > 0
        parts = np.where(there, (seen - expected) ** 2 / np.where(there, expected, 1.0), 0.0)
        own_x2 = np.where(together > 0, parts.sum(axis=(0, 1)), np.nan)
        sign = np.where(_gamma(seen) - _gamma(expected) < 0, -1.0, 1.0)
        at = np.ix_(items[rows], items)
        x2[at] = own_x2
        most = np.minimum(steps[rows, None], steps)
        with np.errstate(invalid="ignore", divide="ignore"):
            v[at] = sign * np.sqrt(own_x2 / (together * most))
    df = np.zeros((n_items, n_items), np.int64)
    df[np.ix_(items, items)] = np.outer(steps, steps)
    below = np.tril_indices(n_items, -1)
    for matrix in (x2, v):
        matrix[below] = matrix.T[below]
        np.fill_diagonal(matrix, np.nan)
    np.fill_diagonal(df, 0)
    known = np.isfinite(x2)
    pairs[known] = chi_square_tail(x2[known], df[known].astype(np.float64))
    return PairDependence(x2, v, df, pairs)


def _gamma(tables: Floats) -> Floats:
    """(…) Goodman and Kruskal's γ of tables (K, M, …); 0 where no two candidates differ in both."""
    above = np.zeros_like(tables)
    above[:-1] = tables[::-1].cumsum(axis=0)[::-1][1:]
    right, left = np.zeros_like(above), np.zeros_like(above)
    right[:, :-1] = above[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    left[:, 1:] = above.cumsum(axis=1)[:, :-1]
    concordant, discordant = (tables * right).sum(axis=(0, 1)), (tables * left).sum(axis=(0, 1))
    either = concordant + discordant
    return np.asarray(np.where(either > 0, concordant - discordant, 0.0) / np.where(either > 0, either, 1.0))
