"""Who chose what at which ability → how probable it is that another option is the right answer, not the key.

For each option o of an item the answers have a likelihood if o is what the able choose: o is chosen with
P(o | z) = 1 / (1 + exp(−(α + β z))), and whoever does not choose it takes one of the others whatever his
ability. z is the score on the other items, standardised within the form. What is not known is integrated out:
α ~ N(0.6, 1.5²), ln β ~ N(−0.2, 0.6²), a slope of 0.25 to 2.7 in 95 % of items, and shares of the others that
are uniform (Dirichlet). Before any answer is seen, 1 key in 200 is taken to be wrong.

References
----------
Gelman, A., Carlin, J. B., Stern, H. S., Dunson, D. B., Vehtari, A., & Rubin, D. B. (2013). Bayesian data
analysis (3rd ed.), sections 3.4 (multinomial) and 7.4 (Bayes factors). CRC.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.irt import Floats
from examgen.analysis.options import key_places, rests, right_of, stretches, totals
from examgen.analysis.options_by_form import form_parts
from examgen.item_responses import Chosen

WRONG_KEYS = 0.005
"""Share of keys that are taken to be wrong before an answer is seen."""
_GRID = np.linspace(-5.0, 5.0, 101)
_ALPHA = np.linspace(-4.5, 5.7, 18)
_LOG_BETA = np.linspace(-2.0, 1.6, 9)


def ability_counts(
    chosen: Chosen,
    form: NDArray[np.int64] | None = None,
    counted: NDArray[np.bool_] | None = None,
    *,
    not_reached_wrong: bool = False,
) -> list[Floats]:
    """For each item, (options, z) how many chose an option at each of 101 standardised rest scores.

    Parameters
    ----------
    form : (N,) the number of each candidate's form, within which z is standardised; all are one form where
        it is left out.
    counted : (J,) whether the item is part of the total.
    """
    counts = [np.zeros((len(names), len(_GRID))) for names in chosen.options]
    every = np.ones(len(chosen.items), dtype=np.bool_) if counted is None else counted
    for part in form_parts(chosen, np.zeros(len(chosen.cells), np.int64) if form is None else form):
        places = np.array(part.places)
        for cells, z in _standardised(part.chosen, every[places], not_reached_wrong):
            known = ~np.isnan(z) & (cells >= 0)
            step = np.clip(np.rint(np.where(known, z, 0.0) * 10) + 50, 0, 100).astype(np.int64)
            flat = np.where(known, cells.astype(np.int64) * len(_GRID) + step, -1)
            for j, place in enumerate(part.places):
                own = flat[known[:, j], j]
                counts[place] += np.bincount(own, minlength=counts[place].size).reshape(counts[place].shape)
    return counts


def _standardised(
    chosen: Chosen, counted: NDArray[np.bool_], not_reached_wrong: bool
) -> Iterator[tuple[NDArray[np.int8], Floats]]:
    """Stretches of the candidates of a form: their cells, and (n, J) their rest scores, standardised over
    the form; NaN where there is none, or where it does not vary."""
    keys = key_places(chosen)
    _, answered, points = totals(chosen.cells, keys, counted, not_reached_wrong)

    def of(rows: slice) -> Floats:
        scored = right_of(chosen.cells[rows], keys, not_reached_wrong)
        return np.where(scored >= -2, rests(scored, points[rows], answered[rows], counted), np.nan)

    n, total, square = np.zeros((3, len(chosen.items)))
    for rows in stretches(chosen.cells):
        rest = of(rows)
        n += (~np.isnan(rest)).sum(axis=0)
        total += np.nansum(rest, axis=0)
        square += np.nansum(rest * rest, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        sd = np.sqrt(np.maximum(square / n - mean * mean, 0.0))
        for rows in stretches(chosen.cells):
            yield chosen.cells[rows], np.where(sd > 1e-9, (of(rows) - mean) / sd, np.nan)


def wrong_key_odds(counts: Floats, key: NDArray[np.bool_], real: NDArray[np.bool_]) -> Floats:
    """(options,) ln of the odds that an option, and not the key, is the right answer, against all others;
    −∞ of the key itself and of marks that are no option.

    Parameters
    ----------
    counts : (options, z) of one item, as `ability_counts`.
    key : (options,) what is right by the key.
    real : (options,) whether it is an option of the item.
    """
    others = np.flatnonzero(real & ~key)
    found = np.full(len(key), -np.inf)
    if not len(others) or not (key & real).any():
        return found
    sets = np.vstack([key & real, np.arange(len(key)) == others[:, None]])
    prior = np.log(np.r_[1 - WRONG_KEYS, np.full(len(others), WRONG_KEYS / len(others))])
    weight = _by_ability(sets @ counts, counts[real].sum(axis=0)) + _of_the_others(sets, counts, real) + prior
    for n, o in enumerate(others.tolist(), start=1):
        found[o] = weight[n] - _log_of_sum(np.delete(weight, n))
    return found


def _by_ability(took: Floats, whole: Floats) -> Floats:
    """(sets,) ln of the probability of who chose an option of the set, `took` (sets, z), and who did not."""
    difference, log_other, log_prior = _curves()
    return _log_of_sum(took @ difference + whole @ log_other + log_prior)


def _of_the_others(sets: NDArray[np.bool_], counts: Floats, real: NDArray[np.bool_]) -> Floats:
    """(sets,) ln of the probability of the options within the set and of those beside it, whatever the
    ability: multinomial, shares uniform."""
    n = counts.sum(axis=1)
    found = []
    for right in sets:
        parts = [n[right], n[real & ~right]]
        found.append(sum(_multinomial(part) for part in parts if len(part)))
    return np.array(found)


def _multinomial(n: Floats) -> float:
    return (
        math.lgamma(len(n))
        - math.lgamma(float(n.sum()) + len(n))
        + sum(math.lgamma(one + 1) for one in n.tolist())
    )


def _log_of_sum(logs: Floats) -> Floats:
    most = logs.max(axis=-1, keepdims=True)
    return np.asarray(most[..., 0] + np.log(np.exp(logs - most).sum(axis=-1)))


@cache
def _curves() -> tuple[Floats, Floats, Floats]:
    """(z, grid) ln P/(1 − P) and ln (1 − P) at every α and β, and (grid,) the ln of their prior."""
    alpha, log_beta = (one.ravel() for one in np.meshgrid(_ALPHA, _LOG_BETA, indexing="ij"))
    prior = -0.5 * (((alpha - 0.6) / 1.5) ** 2 + ((log_beta + 0.2) / 0.6) ** 2)
    logit = alpha + np.exp(log_beta) * _GRID[:, None]
    return logit, -np.logaddexp(0.0, logit), prior - _log_of_sum(prior)


def preference(suggested: int, key: int) -> float:
    """P(π > ½) of the share π of `suggested` among those of a group who chose it or the key, after so many
    of each, under Jeffreys' prior Beta(½, ½).

    References
    ----------
    Jeffreys, H. (1946). An invariant form for the prior probability in estimation problems. Proceedings of
    the Royal Society of London A, 186, 453–461.
    """
    from scipy.special import betainc

    return float(1.0 - betainc(suggested + 0.5, key + 0.5, 0.5))
