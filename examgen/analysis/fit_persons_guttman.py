"""0/1 scores → fit of persons without a model: Guttman errors, HT, U3, caution indices and their kin.

Definitions as PerFit 1.4.6, here without its rounding to four decimals.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.curves import Floats, row_chunks
from examgen.analysis.irt import Note

Ints = NDArray[np.int64]


class GuttmanFit(NamedTuple):
    """Indices of candidates, (N,) each.

    With nothing or everything right `g`, `g_normed` and `nci` are 0 (as in PerFit) and all others NaN; all
    are NaN without answers.
    """

    n: Ints
    """Answers."""
    right: Ints
    g: Floats
    """Guttman errors: pairs in which the easier item is wrong and the harder right."""
    g_normed: Floats
    """By the greatest number possible; 0 … 1."""
    u3: Floats
    """0 (no reversal) … 1."""
    zu3: Floats
    c_sato: Floats
    """Sato's caution index."""
    c_star: Floats
    """Modified caution index, 0 … 1."""
    nci: Floats
    """Norm conformity, 1 − 2 g_normed."""
    r_pbis: Floats
    """Correlation of the answers with the items' facilities."""
    ht: Floats
    """Covariance with the other candidates, by the greatest possible; high is fitting."""
    a_kb: Floats
    """Agreement: sum of the facilities of the items that are right."""
    d_kb: Floats
    """Disagreement: how far `a_kb` is from its greatest value."""
    e_kb: Floats
    """Dependability: `a_kb` by its greatest value."""
    notes: tuple[Note, ...]


def guttman_fit(scores: NDArray[np.int8]) -> GuttmanFit:
    """Person fit from 0/1 scores alone.

    With π the facilities, r the number right and sums over the answered items, items ordered from easy to
    hard, `first` and `last` the sums over the r easiest and the r hardest, l = log(π / (1 − π)), 0 for items
    that all or none have right:

    - U3 = (first l − Σ x l) / (first l − last l)
    - ZU3 = (α − Σ x l) / √β, α = Σ πl + Σ π(1−π)l (r − Σ π) / Σ π(1−π),
      β = Σ π(1−π)l² − (Σ π(1−π)l)² / Σ π(1−π)
    - C = 1 − cov(x, π) / cov(r easiest, π); C* = (first π − Σ xπ) / (first π − last π)
    - HT = Σ cov(x, others) / Σ greatest cov, over the candidates with neither nothing nor everything right
      below the line, all candidates above.

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
        0, 1 or negative (missing: sums are over the candidate's own items; PerFit's U3, ZU3, C*, D and E then
        take facilities of other items, because it applies the mask to the ordered facilities).

    Returns
    -------
    GuttmanFit
        All NaN, with a note, for scores above 1.

    References
    ----------
    Meijer, R. R., & Sijtsma, K. (2001). Methodology review: Evaluating person fit. Applied Psychological
    Measurement 25, 107–135. van der Flier, H. (1980). Vergelijkbaarheid van individuele testprestaties.
    Sijtsma, K. (1986). A coefficient of deviance of response patterns. Kwantitatieve Methoden 7, 131–145.
    Tendeiro, J. N., Meijer, R. R., & Niessen, A. S. M. (2016). PerFit: An R package for person-fit
    analysis in IRT. Journal of Statistical Software 74(5).
    """
    if scores.ndim != 2:
        raise ValueError(f"scores {scores.shape} are not candidates × items")
    n, right = np.zeros((2, len(scores)), dtype=np.int64)
    columns = np.full((12, len(scores)), np.nan)
    if scores.max(initial=0) > 1:
        note = Note("not-dichotomous", None, "Guttman errors are counted for 0/1 scores only.")
        return _fit(n, right, columns, (note,))
    items = _items(scores)
    for rows in row_chunks(len(scores), max(scores.shape[1], 1)):
        cells = scores[rows]
        n[rows], right[rows] = (cells >= 0).sum(axis=1), (cells == 1).sum(axis=1)
        columns[:, rows] = _indices(cells, items)
    columns[8] = _ht(columns[8], n, right)
    notes: tuple[Note, ...] = ()
    if not np.isfinite(columns[2]).any():
        notes = (Note("no-person-fit", None, "Nobody has some items right and some wrong."),)
    return _fit(n, right, columns, notes)


def _fit(n: Ints, right: Ints, columns: Floats, notes: tuple[Note, ...]) -> GuttmanFit:
    g, g_normed, u3, zu3, c_sato, c_star, nci, r_pbis, ht, a_kb, d_kb, e_kb = columns
    model_free = (g, g_normed, u3, zu3, c_sato, c_star, nci, r_pbis, ht, a_kb, d_kb, e_kb)
    return GuttmanFit(n, right, *model_free, notes)


class _Items(NamedTuple):
    """What is known of items: how many have each right, the facilities, log odds, and orders, easy first."""

    n_right: Floats
    facility: Floats
    log_odds: Floats
    by_facility: Ints
    by_log_odds: Ints


def _items(scores: NDArray[np.int8]) -> _Items:
    n_right, n = np.zeros((2, scores.shape[1]))
    for rows in row_chunks(len(scores), max(scores.shape[1], 1)):
        n_right += (scores[rows] == 1).sum(axis=0)
        n += (scores[rows] >= 0).sum(axis=0)
    facility = n_right / np.maximum(n, 1.0)
    inside = (facility > 0) & (facility < 1)
    within = np.where(inside, facility, 0.5)
    log_odds = np.where(inside, np.log(within / (1.0 - within)), 0.0)
    by_facility = np.argsort(-facility, kind="stable")
    return _Items(n_right, facility, log_odds, by_facility, np.argsort(-log_odds, kind="stable"))


def _indices(cells: NDArray[np.int8], items: _Items) -> Floats:
    """(12, n) the indices in their order; instead of HT what stands above its line."""
    there, x = cells >= 0, (cells == 1).astype(np.float64)
    mask = there.astype(np.float64)
    n, r = mask.sum(axis=1), x.sum(axis=1)
    pi, logit = items.facility, items.log_odds
    some = (r > 0) & (r < n)
    g = _errors(cells[:, items.by_facility])
    pairs = np.where(some, r * (n - r), 1.0)
    agreed, with_odds = x @ pi, x @ logit
    first, last = _extremes(there, r, pi, items.by_facility)
    first_odds, last_odds = _extremes(there, r, logit, items.by_log_odds)
    alpha, beta = _normal_u3(mask, r, pi, logit)
    mean_part = r * (mask @ pi) / np.maximum(n, 1.0)
    spread_x = r - r**2 / np.maximum(n, 1.0)
    spread_pi = mask @ pi**2 - (mask @ pi) ** 2 / np.maximum(n, 1.0)
    above = (x @ items.n_right - r - r * (mask @ items.n_right - r) / np.maximum(n, 1.0)) / np.maximum(n, 1.0)
    made = np.stack(
        [
            g,
            g / pairs,
            _ratio(first_odds - with_odds, first_odds - last_odds),
            _ratio(np.where(first_odds > last_odds, alpha - with_odds, np.nan), np.sqrt(beta)),
            1.0 - _ratio(agreed - mean_part, first - mean_part),
            _ratio(first - agreed, first - last),
            1.0 - 2.0 * g / pairs,
            _ratio(agreed - mean_part, np.sqrt(spread_x * np.maximum(spread_pi, 0.0))),
            above,
            agreed,
            first - agreed,
            _ratio(agreed, first),
        ]
    )
    made[:, ~some] = np.nan
    for place in (0, 1, 6):
        made[place, ~some & (n > 0)] = 0.0
    return made


def _ratio(above: Floats, below: Floats) -> Floats:
    """NaN where the divisor is 0, up to rounding."""
    defined = below > 1e-12
    return np.asarray(np.where(defined, above / np.where(defined, below, 1.0), np.nan))


def _errors(ordered: NDArray[np.int8]) -> Floats:
    """Guttman errors of rows whose items go from easy to hard."""
    wrong_before = np.cumsum(ordered == 0, axis=1)
    return np.asarray((wrong_before * (ordered == 1)).sum(axis=1), dtype=np.float64)


def _extremes(there: NDArray[np.bool_], r: Floats, values: Floats, order: Ints) -> tuple[Floats, Floats]:
    """Sums of the r greatest and of the r least values among each candidate's items."""
    ordered = there[:, order]
    place = np.cumsum(ordered, axis=1)
    n = place[:, -1:] if ordered.shape[1] else np.zeros((len(there), 1))
    first = (ordered & (place <= r[:, None])) @ values[order]
    last = (ordered & (place > n - r[:, None])) @ values[order]
    return first, last


def _normal_u3(mask: Floats, r: Floats, pi: Floats, logit: Floats) -> tuple[Floats, Floats]:
    variance = pi * (1.0 - pi)
    total, weighted = mask @ variance, mask @ (variance * logit)
    inverse = np.where(total > 0, 1.0 / np.where(total > 0, total, 1.0), 0.0)
    alpha = mask @ (pi * logit) + weighted * (r - mask @ pi) * inverse
    beta = mask @ (variance * logit**2) - weighted**2 * inverse
    return alpha, np.maximum(beta, 0.0)


def _ht(above: Floats, n: Ints, right: Ints) -> Floats:
    """HT: `above` by Σ (min(p, p') − p p') over the other candidates with neither nothing nor everything."""
    out = np.full(len(above), np.nan)
    some = np.flatnonzero((right > 0) & (right < n))
    if len(some) < 2:
        return out
    values, which, counts = np.unique(right[some] / n[some], return_inverse=True, return_counts=True)
    below = np.cumsum(counts * values) - counts * values
    over = (counts * (1 - values))[::-1].cumsum()[::-1] - counts * (1 - values)
    most = below * (1 - values) + over * values + (counts - 1) * values * (1 - values)
    out[some] = above[some] / most[which]
    return out
