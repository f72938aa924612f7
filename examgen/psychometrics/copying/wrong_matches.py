"""The K-index and its kin: equal wrong answers against those of candidates with as many wrong answers.

No item response model: for a source, the mean number of wrong answers that the candidates of each number
wrong have in common with it is what chance gives, taken as it is (K), smoothed over the numbers wrong by a
line (K1), a parabola (K2), a log-linear model (S1), or together with weighted right matches (S2).

As CopyDetect reckons them: the source is one of its own group in K, and not in the others; the smoothing
gives each number wrong the same weight, however many candidates have it; a blank is no wrong answer.

References
----------
Holland, P. W. (1996). Assessing unusual agreement between the incorrect answers of two examinees using the
    K-index: statistical theory and empirical support (ETS RR-96-07).
Sotaridona, L. S., & Meijer, R. R. (2002). Statistical properties of the K-index for detecting answer copying.
    Journal of Educational Measurement, 39(2), 115–132.
Sotaridona, L. S., & Meijer, R. R. (2003). Two new statistics to detect answer copying. Journal of Educational
    Measurement, 40(1), 53–69.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.psychometrics.copying.answers import Bools, ChosenOptions, Floats, Ints
from examgen.psychometrics.copying.matches import CandidatePairs

NAMES = ("k", "k1", "k2", "s1", "s2")
GUESSING_OF_SCORES = 0.2
"""Chance to guess right that S2 takes where only right and wrong are known, as CopyDetect."""
_LEAST_CHANCE, _MOST_CHANCE = 0.001, 0.999
"""What a smoothed share outside of 0 and 1 is taken as."""
_STEPS = 60
_LEAST_LOG = -30.0


class Crowd(NamedTuple):
    """All candidates, by how many wrong answers they have."""

    wrong: Floats
    """(N, J · K) one where this wrong option was chosen."""
    right: Floats
    """(N, J) one where right."""
    n_wrong: Ints
    """(N,) also the number of the group."""
    sizes: Floats
    """(J + 1,) candidates of each group."""
    group_wrong: Floats
    """(J + 1, J · K) how many of the group chose it."""
    group_right: Floats
    """(J + 1, J) how many of the group are right."""
    guessing: float


def crowd_of(answers: ChosenOptions, guessing: float | None = None) -> Crowd:
    """What all sources share. `guessing` is the chance to guess right in S2; else one over the options."""
    n_rows, n_items = answers.cells.shape
    n_options = answers.right.shape[1]
    right = answers.is_right()
    who, where = np.nonzero(answers.answered & ~right)
    wrong = np.zeros((n_rows, n_items * n_options), dtype=np.float32)
    wrong[who, where * n_options + answers.cells[who, where]] = 1
    n_wrong = np.count_nonzero(answers.answered & ~right, axis=1).astype(np.int64)
    order = np.argsort(n_wrong, kind="stable")
    groups = np.arange(n_items + 1)
    starts = np.searchsorted(n_wrong[order], groups)
    sizes = np.diff(np.append(starts, n_rows)).astype(np.float64)
    group_wrong = np.zeros((n_items + 1, wrong.shape[1]))
    group_right = np.zeros((n_items + 1, n_items))
    for group in np.flatnonzero(sizes):
        rows = order[starts[group] : starts[group] + int(sizes[group])]
        group_wrong[group] = wrong[rows].sum(axis=0, dtype=np.float64)
        group_right[group] = right[rows].sum(axis=0)
    return Crowd(
        wrong, right.astype(np.float32), n_wrong, sizes, group_wrong, group_right,
        1.0 / n_options if guessing is None else guessing,
    )  # fmt: skip


class Expectations(NamedTuple):
    """What chance gives for each of D sources with copiers of each number wrong."""

    source: Ints
    """(D,) rows."""
    k: Floats
    """(D, J + 1) share of the source's wrong answers that one of the group has in common with it."""
    k1: Floats
    k2: Floats
    s1: Floats
    """(D, J + 1) number of them."""
    s2: Floats
    """(D, J + 1) number of wrong and weighted right matches."""
    weight: Floats
    """(J + 1, J) weight of a right match in each group, of all its members."""
    own_weight: Floats
    """(D, J) the same in the source's own group, without the source."""


def expectations(crowd: Crowd, source: Ints) -> Expectations:
    """The means of the groups and their smoothing; NaN for groups without candidates."""
    at = np.arange(len(source))
    own = crowd.n_wrong[source]
    n_wrong = own.astype(np.float64)
    sums = crowd.wrong[source].astype(np.float64) @ crowd.group_wrong.T
    others = np.repeat(crowd.sizes[None], len(source), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        k = sums / others / n_wrong[:, None]
        sums[at, own] -= n_wrong
        others[at, own] -= 1
        mean = sums / others
        share = mean / n_wrong[:, None]
    there = others > 0
    weight, own_weight, weighted = _weights(crowd, source)
    return Expectations(
        source, k, _smoothed(share, there, 1), _smoothed(share, there, 2),
        _loglinear(mean, there), _loglinear(mean + np.ceil(weighted), there), weight, own_weight,
    )  # fmt: skip


def _weights(crowd: Crowd, source: Ints) -> tuple[Floats, Floats, Floats]:
    """Weights of right matches (Sotaridona & Meijer 2003, eq. 9–11): the rarer a right answer is in a group,
    the more it counts; and (D, J + 1) mean weighted right matches with each source."""
    g = crowd.guessing
    base, power = (1.0 + g) / (1.0 - g) * np.e, -(1.0 + g) / g
    right = crowd.right[source].astype(np.float64)
    at, own = np.arange(len(source)), crowd.n_wrong[source]
    share = crowd.group_right / np.maximum(crowd.sizes, 1.0)[:, None]
    weight = base ** (share * power)
    weighted = right @ (share * weight).T
    without = (crowd.group_right[own] - right) / np.maximum(crowd.sizes[own] - 1.0, 1.0)[:, None]
    own_weight = base ** (without * power)
    weighted[at, own] = (right * without * own_weight).sum(axis=1)
    return weight, own_weight, weighted


def _smoothed(share: Floats, there: Bools, degree: int) -> Floats:
    """(D, G) least-squares polynomial of each row over the groups that are there; NaN for the others."""
    out = np.full_like(share, np.nan)
    place = np.linspace(-1.0, 1.0, share.shape[1])
    design = np.stack([place**power for power in range(degree + 1)], axis=1)
    masks, which = np.unique(there, axis=0, return_inverse=True)
    which = which.reshape(-1)
    for number, mask in enumerate(masks):
        rows = np.flatnonzero(which == number)
        if mask.any():
            own = design[mask]
            hat = own @ np.linalg.pinv(own)
            out[np.ix_(rows, np.flatnonzero(mask))] = share[rows][:, mask] @ hat.T
    return out


def _loglinear(counts: Floats, there: Bools) -> Floats:
    """(D, G) Poisson regression of each row on the number of the group, by Newton's steps."""
    place = np.linspace(-1.0, 1.0, counts.shape[1])
    y = np.where(there & np.isfinite(counts), counts, 0.0)
    n = np.maximum(there.sum(axis=1), 1)
    level = np.log(np.maximum(y.sum(axis=1) / n, np.exp(_LEAST_LOG)))
    slope = np.zeros_like(level)
    alone = there.sum(axis=1) < 2
    for _ in range(_STEPS):
        mu = np.where(there, np.exp(np.clip(level[:, None] + slope[:, None] * place, _LEAST_LOG, 30.0)), 0.0)
        rest = y - mu
        g0, g1 = rest.sum(axis=1), (rest * place).sum(axis=1)
        h0, h1, h2 = mu.sum(axis=1), (mu * place).sum(axis=1), (mu * place**2).sum(axis=1)
        size = h0 * h2 - h1**2
        fine = ~alone & (size > 1e-12 * h0 * h2) & (h0 > 1e-10)
        safe = np.where(fine, size, 1.0)
        up = np.where(fine, (h2 * g0 - h1 * g1) / safe, g0 / np.maximum(h0, 1e-12))
        tilt = np.where(fine, (h0 * g1 - h1 * g0) / safe, 0.0)
        longest = np.maximum(np.maximum(np.abs(up), np.abs(tilt)), 2.0) / 2.0
        level, slope = level + up / longest, slope + tilt / longest
        level = np.maximum(level, _LEAST_LOG)
        if np.abs(up / longest).max(initial=0.0) + np.abs(tilt / longest).max(initial=0.0) < 1e-12:
            break
    fitted = np.exp(np.clip(level[:, None] + slope[:, None] * place, _LEAST_LOG, 30.0))
    return np.where(there, fitted, np.nan)


class WrongMatches(NamedTuple):
    """p of each pair; NaN where the source has no wrong answer."""

    k: Floats
    k1: Floats
    k2: Floats
    s1: Floats
    s2: Floats


def wrong_matches(crowd: Crowd, pairs: CandidatePairs) -> WrongMatches:
    """K, K1, K2, S1 and S2 of ordered pairs."""
    source, place = np.unique(pairs.source, return_inverse=True)
    place = place.reshape(-1)
    expected = expectations(crowd, source)
    same = np.empty(len(place), dtype=np.int64)
    weighted = np.empty(len(place))
    for start in range(0, len(place), 10_000):
        part = slice(start, start + 10_000)
        s, c = pairs.source[part], pairs.copier[part]
        same[part] = np.rint((crowd.wrong[s] * crowd.wrong[c]).sum(axis=1))
        both = crowd.right[s] * crowd.right[c]
        group = crowd.n_wrong[c]
        alike = (group == crowd.n_wrong[s])[:, None]
        weight = np.where(alike, expected.own_weight[place[part]], expected.weight[group])
        weighted[part] = (both * weight).sum(axis=1)
    return tails(expected, place, crowd.n_wrong[pairs.copier], crowd.n_wrong[pairs.source], same, weighted)


def tails(
    expected: Expectations, place: Ints, group: Ints, of_source: Ints, same: Ints, weighted: Floats
) -> WrongMatches:
    """Binomial and Poisson tails; `place` (n,) the row of `expected`, `group` the copier's number wrong."""
    from scipy.special import bdtrc, pdtrc

    n_items = expected.weight.shape[1]
    known = of_source > 0
    n = np.where(known, of_source, 1)

    def binomial(share: Floats) -> Floats:
        p = share[place, group]
        tail = np.where(same > 0, bdtrc(same - 1.0, n, np.nan_to_num(p)), 1.0)
        return np.where(known & np.isfinite(p), np.clip(tail, 0.0, 1.0), np.nan)

    def poisson(mean: Floats, count: Floats, most: Floats) -> Floats:
        mu = np.minimum(mean[place, group], most)
        safe = np.nan_to_num(mu)
        above = np.where(count > 0, pdtrc(np.maximum(count - 1.0, 0.0), safe), 1.0)
        return np.where(known & np.isfinite(mu), np.clip(above - pdtrc(most, safe), 0.0, 1.0), np.nan)

    return WrongMatches(
        binomial(expected.k),
        binomial(_within(expected.k1)),
        binomial(_within(expected.k2)),
        poisson(expected.s1, same.astype(np.float64), n.astype(np.float64)),
        poisson(expected.s2, np.ceil(weighted - 1e-12) + same, np.full(len(n), float(n_items))),
    )


def _within(share: Floats) -> Floats:
    return np.where(share >= 1, _MOST_CHANCE, np.where(share <= 0, _LEAST_CHANCE, share))
