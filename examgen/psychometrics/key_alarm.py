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
from examgen.psychometrics.irt.items import Floats

WRONG_KEYS = 0.005
"""Share of keys that are taken to be wrong before an answer is seen."""
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
        found.append(
            sum(
                (
                    math.lgamma(len(part))
                    - math.lgamma(float(part.sum()) + len(part))
                    + sum(math.lgamma(one + 1) for one in part.tolist())
                )
                for part in parts
                if len(part)
            )
        )
    return np.array(found)


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


LEAST_CANDIDATES = 20
"""Of an item; below it there is no alarm."""
NO_OPTION = "*"
"""The name of marks that are none of the item's options."""
ALMOST_CERTAIN, LIKELY, POSSIBLE = "almost certain", "likely", "possible"

_UNDER_CHANCE = 0.01


class _AlarmLimits(NamedTuple):
    """What a word asks for."""

    probability: float
    """That the option, and not the key, is the right answer."""
    preferred: float
    """That more of the able choose it than the key."""
    able: int
    """Of the able, how many chose one of the two."""
    answered: int
    """How many answered the item."""
    most_r: float
    """The highest correlation of the key with the rest."""


_WORDS = {
    ALMOST_CERTAIN: _AlarmLimits(0.99, 0.99, 10, 40, 0.1),
    LIKELY: _AlarmLimits(0.70, 0.90, 5, 20, 1.0),
    POSSIBLE: _AlarmLimits(0.10, 0.00, 0, 20, 1.0),
}
"""On how many people a word rests at least, and on how much: how often it is said of sound keys, and of wrong
ones, is in docs/recovery.md."""


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
    """That the suggested option, and not the key, is the right answer: see `key_evidence`. NaN without a
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
    (`key_evidence.wrong_key_odds`). Without such an option an item
    is named where so few are right as guessing gives in 1 % of items, unless those few are the able ones: the
    key's correlation with the rest is above 0 beyond chance (one-sided, 5 %).

    Parameters
    ----------
    statistics : those of the options with five groups, where they are there already.
    form : (N,) the number of each candidate's form; all are one form where it is left out.
    counted : (J,) whether the item is part of the total.
    least_candidates : of an item; below it there is no alarm.
    """
    rows = statistics if statistics is not None else option_statistics(chosen)
    counts = ability_counts(chosen, form, counted, not_reached_wrong=not_reached_wrong)
    found = [_alarm(chosen, rows, j, counts[j], least_candidates) for j in range(len(chosen.items))]
    alarms = [alarm for alarm in found if alarm is not None]
    return tuple(sorted(alarms, key=_rank))


def _rank(alarm: Alarm) -> tuple[bool, float, int]:
    by = alarm.p_below_chance if alarm.suggested is None else -alarm.log_odds
    return alarm.suggested is None, by, alarm.item


class _ItemOptions(NamedTuple):
    """Of the options of one item, without the row of blanks."""

    n: NDArray[np.int64]
    share: Floats
    fifths: Floats
    r: Floats
    """NaN where nobody chose it."""
    able: NDArray[np.int64]
    """How many of the able chose it."""
    key: NDArray[np.bool_]
    real: NDArray[np.bool_]
    administered: int
    n_able: int
    fifths_n: Floats


def _item(chosen: Chosen, rows: OptionStatistics, j: int) -> _ItemOptions:
    own = rows.of(j)
    own = slice(own.start, own.stop - 1)
    real = np.array([name.strip(NO_OPTION) != "" for name in chosen.options[j]], dtype=np.bool_)
    n_able = int(rows.able_n[own.stop])
    able = np.rint(np.nan_to_num(rows.able[own]) * n_able).astype(np.int64)
    return _ItemOptions(
        rows.n[own], np.nan_to_num(rows.share[own]), rows.fifths[own], rows.point_biserial_rest[own], able,
        rows.is_key[own], real, int(rows.administered[own.stop]), n_able, rows.fifths_n[own.stop],
    )  # fmt: skip


def _alarm(chosen: Chosen, rows: OptionStatistics, j: int, counts: Floats, least: int) -> Alarm | None:
    from scipy.special import expit

    item = _item(chosen, rows, j)
    if item.administered < least or not item.key.any() or not (item.real & ~item.key).any():
        return None
    facility = float(item.share[item.key].sum())
    chance = np.count_nonzero(item.key) / np.count_nonzero(item.real)
    r_key = _r_of_key(item, facility)
    below = _below_chance(item, chance)
    odds = wrong_key_odds(counts, item.key, item.real)
    best, able_key = int(np.argmax(odds)), int(item.able[item.key].sum())
    probability, preferred = float(expit(odds[best])), preference(int(item.able[best]), able_key)
    sure = _sure(item, probability, preferred, best, r_key)
    if sure is None and (
        below > _UNDER_CHANCE
        or (
            item.administered > 3 and math.atanh(min(r_key, 0.999)) * math.sqrt(item.administered - 3) > 1.645
            if r_key > 0
            else False
        )
    ):
        return None
    alarm = Alarm(
        j, _reasons(item, None if sure is None else best, r_key, below),
        tuple(np.flatnonzero(item.key).tolist()), None,
        sure or POSSIBLE, math.nan, math.nan, math.nan, below, item.administered, facility, chance, r_key,
        math.nan, item.n_able, able_key, None, chosen.options[j], item.fifths, item.fifths_n, item.share, "",
    )  # fmt: skip
    if sure is not None:
        alarm = alarm._replace(
            suggested=best, log_odds=float(odds[best]), probability=probability, preferred=preferred,
            r_suggested=float(item.r[best]), able_suggested=int(item.able[best]),
        )  # fmt: skip
    return alarm._replace(sentence=_sentence(alarm))


def _r_of_key(item: _ItemOptions, facility: float) -> float:
    """Of several right options together: their covariances with the rest add up."""
    spread = math.sqrt(facility * (1 - facility))
    own = np.nan_to_num(item.r) * np.sqrt(item.share * (1 - item.share))
    return float(own[item.key].sum()) / spread if spread > 0 else math.nan


def _below_chance(item: _ItemOptions, chance: float) -> float:
    """P(X ≤ number right), X binomial of those who answered and of `chance`; 1 where nobody answered."""
    from scipy.special import bdtr

    answered = int(item.n.sum())
    return float(bdtr(int(item.n[item.key].sum()), answered, chance)) if answered else 1.0


def _sure(item: _ItemOptions, probability: float, preferred: float, best: int, r_key: float) -> str | None:
    """The strongest word that the evidence and the number of people bear; None where there is none."""
    able = int(item.able[best] + item.able[item.key].sum())
    answered = int(item.n[item.real].sum())
    for word, asked in _WORDS.items():
        enough = able >= asked.able and answered >= asked.answered
        strong = probability >= asked.probability and preferred > asked.preferred
        if enough and strong and not r_key > asked.most_r:
            return word
    return None


def _reasons(item: _ItemOptions, suggested: int | None, r_key: float, below: float) -> tuple[str, ...]:
    found = []
    if suggested is not None:
        if item.able[suggested] > item.able[item.key].sum():
            found.append("better-option")
        if r_key < 0 < item.r[suggested]:
            found.append("negative-discrimination")
    if below <= _UNDER_CHANCE:
        found.append("under-chance")
    return tuple(found)


def _sentence(alarm: Alarm) -> Message:
    key = either(alarm.options[place] for place in alarm.key)
    if alarm.suggested is None:
        return tell(
            "{facility} of {n} candidates chose the key {key}, guessing would give {chance} of those who "
            "answer; the answers do not tell which option is right: look whether the item has a right answer",
            facility=f"{alarm.facility:.0%}",
            n=alarm.n,
            key=key,
            chance=f"{alarm.chance:.0%}",
        )
    return tell(
        "of the {n_able} most able (upper 27 %, equal totals with them) {able_suggested} chose {other}, "
        "{able_key} the key {key}; "
        "the probability that {other} is right and the key wrong is {probability}; the correlation with the "
        "rest of the test is {r_other} for {other} and {r_key} for the key ({n} candidates)",
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
