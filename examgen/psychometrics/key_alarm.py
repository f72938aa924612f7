"""Options chosen → items whose key looks wrong, before results are released: the worst first.

Who chose what at which ability → how probable it is that another option is the right answer, not the key.

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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import Chosen
from examgen.core.words import Message, either, tell
from examgen.psychometrics.classical.options import (
    OptionStatistics,
    form_parts,
    key_places,
    option_statistics,
    rests,
    right_of,
    stretches,
    totals,
)
from examgen.stats.irt_models import Floats

WRONG_KEYS = 0.005
"""Share of keys that are taken to be wrong before an answer is seen."""
ALMOST_CERTAIN, LIKELY, POSSIBLE = "almost certain", "likely", "possible"
_LIMITS = {
    ALMOST_CERTAIN: (0.99, 0.99, 10, 40, 0.1),
    LIKELY: (0.70, 0.90, 5, 20, 1.0),
    POSSIBLE: (0.10, 0.00, 0, 20, 1.0),
}
"""What a word asks for at least: the probability that the option, and not the key, is the right answer, and
that more of the able choose it than the key; how many of the able chose one of the two, and how many answered
the item; and the highest correlation of the key with the rest. How often a word is said of sound keys, and of
wrong ones, is in docs/validation/recovery.md."""
LEAST_CANDIDATES = 20
"""Of an item; below it there is no alarm."""
NO_OPTION = "*"
"""The name of marks that are none of the item's options."""
_UNDER_CHANCE = 0.01
_GRID = np.linspace(-5.0, 5.0, 101)
_ALPHA = np.linspace(-4.5, 5.7, 18)
_LOG_BETA = np.linspace(-2.0, 1.6, 9)


def ability_counts(
    chosen: Chosen,
    form: NDArray[np.int64] | None,
    counted: NDArray[np.bool_] | None,
    *,
    not_reached_wrong: bool,
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
    for places, part in form_parts(chosen, np.zeros(len(chosen.cells), np.int64) if form is None else form):
        for cells, z in _standardised(part, every[places], not_reached_wrong):
            known = ~np.isnan(z) & (cells >= 0)
            step = np.clip(np.rint(np.where(known, z, 0.0) * 10) + 50, 0, 100).astype(np.int64)
            flat = np.where(known, cells.astype(np.int64) * len(_GRID) + step, -1)
            for j, place in enumerate(places):
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
    # who chose an option of the set and who did not, by ability
    difference, log_other, log_prior = _curves()
    whole = counts[real].sum(axis=0)
    weight = _log_of_sum((sets @ counts) @ difference + whole @ log_other + log_prior) + prior
    # the options within the set and those beside it, whatever the ability: multinomial, shares uniform
    chose = counts.sum(axis=1)
    for place, right in enumerate(sets):
        for part in (chose[right], chose[real & ~right]):
            if len(part):
                weight[place] += math.lgamma(len(part)) - math.lgamma(float(part.sum()) + len(part))
                weight[place] += sum(math.lgamma(one + 1) for one in part.tolist())
    for n, o in enumerate(others.tolist(), start=1):
        found[o] = weight[n] - _log_of_sum(np.delete(weight, n))
    return found


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


class Alarm(NamedTuple):
    """An item whose key a person must look at."""

    item: int
    reasons: tuple[str, ...]
    """What is seen: `better-option`: more of the able chose the suggested option than the key;
    `negative-discrimination`: the key goes with low scores, and the suggested option with high ones;
    `under-chance`: fewer are right than guessing would give. None where it is the whole of the answers that
    suggests an option."""
    key: tuple[int, ...]
    """Places of the options that are right by the key."""
    suggested: int | None
    """Place of the option that looks like the key; None where no option does."""
    sure: str
    """`almost certain`, `likely` or `possible`."""
    log_odds: float
    """Logit of `probability`: alarms are ranked by it."""
    probability: float
    """That the suggested option, and not the key, is the right answer: see `wrong_key_odds`. NaN without a
    suggestion."""
    preferred: float
    """Probability that more of the able choose the suggested option than the key; NaN without one."""
    p_below_chance: float
    """Of so few right answers or fewer among those who answered, if all guess: exact, binomial."""
    n: int
    """Candidates who had the item."""
    facility: float
    """Share of them who chose the key."""
    chance: float
    """What guessing would give: keys over options."""
    r_key: float
    """Correlation of the key with the rest of the test; NaN where nobody or everybody chose it."""
    r_suggested: float
    n_able: int
    """The most able, within their forms: at or above the 73 % quantile of totals, who had the item."""
    able_key: int
    """How many of them chose the key."""
    able_suggested: int | None
    options: tuple[str, ...]
    """Names for the graph, in order."""
    fifths: Floats
    """(options, 5) share of each fifth by total, within forms, who chose each option, the lowest first."""
    fifths_n: Floats
    """(5,) how many of each fifth had the item."""
    share: Floats
    """(options,) share who chose each."""
    sentence: str
    """Without the item's name."""


def key_alarm(
    chosen: Chosen,
    statistics: OptionStatistics | None = None,
    *,
    form: NDArray[np.int64] | None = None,
    counted: NDArray[np.bool_] | None = None,
    not_reached_wrong: bool = False,
    least_candidates: int = LEAST_CANDIDATES,
) -> tuple[Alarm, ...]:
    """Items to look at before results are released, the likeliest wrong key first.

    An option is suggested in place of the key where it is the right answer with a probability of 0.1 or more
    (`wrong_key_odds`). Without such an option an item
    is named where so few are right as guessing gives in 1 % of items, unless those few are the able ones: the
    key's correlation with the rest is above 0 beyond chance (one-sided, 5 %).

    Parameters
    ----------
    statistics : those of the options with five groups, where they are there already.
    form : (N,) the number of each candidate's form; all are one form where it is left out.
    counted : (J,) whether the item is part of the total.
    least_candidates : of an item; below it there is no alarm.
    """
    from scipy.special import bdtr, expit

    rows = statistics if statistics is not None else option_statistics(chosen)
    counts = ability_counts(chosen, form, counted, not_reached_wrong=not_reached_wrong)
    alarms = []
    for j, own_counts in enumerate(counts):
        own = rows.of(j)
        own = slice(own.start, own.stop - 1)  # without the row of blanks
        key, whole = rows.is_key[own], own.stop
        real = np.array([name.strip(NO_OPTION) != "" for name in chosen.options[j]], dtype=np.bool_)
        administered, n_able = int(rows.administered[whole]), int(rows.able_n[whole])
        if administered < least_candidates or not key.any() or not (real & ~key).any():
            continue
        n, share, r = rows.n[own], np.nan_to_num(rows.share[own]), rows.point_biserial_rest[own]
        able = np.rint(np.nan_to_num(rows.able[own]) * n_able).astype(np.int64)
        able_key = int(able[key].sum())
        facility, chance = float(share[key].sum()), np.count_nonzero(key) / np.count_nonzero(real)
        # of several right options together: their covariances with the rest add up
        spread = math.sqrt(facility * (1 - facility))
        with_rest = np.nan_to_num(r) * np.sqrt(share * (1 - share))
        r_key = float(with_rest[key].sum()) / spread if spread > 0 else math.nan
        # P(X ≤ number right), X binomial of those who answered and of `chance`
        answered = int(n.sum())
        below = float(bdtr(int(n[key].sum()), answered, chance)) if answered else 1.0

        odds = wrong_key_odds(own_counts, key, real)
        best = int(np.argmax(odds))
        probability, preferred = float(expit(odds[best])), preference(int(able[best]), able_key)
        # the strongest word that the evidence and the number of people bear
        sure = None
        for word, (least_p, least_preferred, least_able, least_answered, most_r) in _LIMITS.items():
            enough = able[best] + able_key >= least_able and n[real].sum() >= least_answered
            if enough and probability >= least_p and preferred > least_preferred and not r_key > most_r:
                sure = word
                break
        beyond_chance = 0.0
        if r_key > 0 and administered > 3:
            beyond_chance = math.atanh(min(r_key, 0.999)) * math.sqrt(administered - 3)
        if sure is None and (below > _UNDER_CHANCE or beyond_chance > 1.645):
            continue
        reasons = []
        if sure is not None and able[best] > able_key:
            reasons.append("better-option")
        if sure is not None and r_key < 0 < r[best]:
            reasons.append("negative-discrimination")
        if below <= _UNDER_CHANCE:
            reasons.append("under-chance")
        alarm = Alarm(
            j, tuple(reasons), tuple(np.flatnonzero(key).tolist()), None, sure or POSSIBLE,
            math.nan, math.nan, math.nan, below, administered, facility, chance, r_key,
            math.nan, n_able, able_key, None, chosen.options[j], rows.fifths[own], rows.fifths_n[whole],
            share, "",
        )  # fmt: skip
        if sure is not None:
            alarm = alarm._replace(
                suggested=best, log_odds=float(odds[best]), probability=probability, preferred=preferred,
                r_suggested=float(r[best]), able_suggested=int(able[best]),
            )  # fmt: skip
        alarms.append(alarm._replace(sentence=_sentence(alarm)))

    def rank(alarm: Alarm) -> tuple[bool, float, int]:
        by = alarm.p_below_chance if alarm.suggested is None else -alarm.log_odds
        return alarm.suggested is None, by, alarm.item

    return tuple(sorted(alarms, key=rank))


def _sentence(alarm: Alarm) -> Message:
    key = either(alarm.options[place] for place in alarm.key)
    if alarm.suggested is None:
        return tell(
            "the key {key} was chosen by {facility} of {n} candidates, but guessing would give "
            "{chance} of those who answer. The answers do not show which option is right. Check "
            "whether the item has a right answer",
            facility=f"{alarm.facility:.0%}",
            n=alarm.n,
            key=key,
            chance=f"{alarm.chance:.0%}",
        )
    return tell(
        "of the {n_able} most able candidates (upper 27 %, including ties) {able_suggested} "
        "chose {other} and {able_key} the key {key}. The probability that {other} is right and "
        "the key wrong is {probability}. The correlation with the rest of the test is {r_other} "
        "for {other} and {r_key} for the key ({n} candidates)",
        n_able=alarm.n_able,
        able_suggested=alarm.able_suggested,
        other=alarm.options[alarm.suggested],
        able_key=alarm.able_key,
        key=key,
        probability=tell("above 0.999") if alarm.probability > 0.999 else f"{alarm.probability:.2f}",
        r_other=_correlation(alarm.r_suggested),
        r_key=_correlation(alarm.r_key),
        n=alarm.n,
    )


def _correlation(r: float) -> str:
    return tell("undefined") if math.isnan(r) else tell("{r:.2f}", r=r)
