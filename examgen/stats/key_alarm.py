"""Key alarms: items whose key looks wrong, to be checked before results are released.

From the options chosen at each ability, the probability is computed that another option than the key is the
right answer.

The likelihood of the answers is computed for each option o of an item under the assumption that o is right: o
is chosen with P(o | z) = 1 / (1 + exp(−(α + β z))), and candidates who do not choose it choose among the
others independently of ability. z is the score on the other items, standardised within the form. The unknown
parameters are integrated out: α ~ N(0.6, 1.5²), ln β ~ N(−0.2, 0.6²), a slope of 0.25 to 2.7 in 95 % of
items, and a uniform Dirichlet distribution for the proportions of the other options. The prior probability of
a wrong key is 1 in 200.

References
----------
Gelman, A., Carlin, J. B., Stern, H. S., Dunson, D. B., Vehtari, A., & Rubin, D. B. (2013). Bayesian data
analysis (3rd ed.), sections 3.4 (multinomial) and 7.4 (Bayes factors). CRC.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen.stats.item_flags import is_option, least_candidates
from examgen.stats.matrix import Bools, Chosen, Floats, Ints
from examgen.stats.option_statistics import form_parts, scores
from examgen.stats.results import Note, frame, note_of

WRONG_KEYS = 0.005
"""The prior probability that a key is wrong."""
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
_UNDER_CHANCE = 0.01
_GRID = np.linspace(-5.0, 5.0, 101)
_ALPHA = np.linspace(-4.5, 5.7, 18)
_LOG_BETA = np.linspace(-2.0, 1.6, 9)
TEXTS: dict[str, str] = {
    "key-alarm.guessing": "the key {key} was chosen by {facility:.0%} of {n} candidates, but guessing would "
    "give {chance:.0%} of those who answer. The answers do not show which option is right. Check whether the "
    "item has a right answer",
    "key-alarm": "of the {n_able} most able candidates (upper 27 %, including ties) {able_suggested} chose "
    "{other} and {able_key} the key {key}. The probability that {other} is right and the key wrong is "
    "{probability}. The correlation with the rest of the test is {r_other} for {other} and {r_key} for the "
    "key ({n} candidates)",
    "either": "{first} or {second}",
    "undefined": "undefined",
    "above": "above 0.999",
}
"""The messages by code, which ends before a dot; they do not contain the item's name."""
_COLUMNS: dict[str, Any] = {
    "item": pl.String, "key": pl.List(pl.String), "suggested": pl.String, "sure": pl.String,
    "reasons": pl.List(pl.String), "probability": pl.Float64, "log_odds": pl.Float64, "preferred": pl.Float64,
    "p_below_chance": pl.Float64, "n": pl.Int64, "facility": pl.Float64, "chance": pl.Float64,
    "r_key": pl.Float64, "r_suggested": pl.Float64, "n_able": pl.Int64, "able_key": pl.Int64,
    "able_suggested": pl.Int64,
}  # fmt: skip


class KeyAlarms(NamedTuple):
    """The items whose key must be checked, the key most likely to be wrong first."""

    table: pl.DataFrame
    """A row for each item: `item`; `key`, the options that are correct by the key; `suggested`, the option
    that looks like the key, null if none does; `sure`: `almost certain`, `likely` or `possible`; `reasons`,
    one or more of the following. `better-option`: more of the able chose the suggested option than the key;
    `negative-discrimination`: the key goes with low scores, the suggested option with high ones;
    `under-chance`: fewer are right than guessing would give. `probability`: that the suggested option, and
    not the key, is the right answer, and its logit `log_odds`; `preferred`: probability that more of the able
    choose it than the key; `p_below_chance`: probability of so few right answers or fewer if all who answered
    guessed; `n` persons who had the item, `facility`, the proportion of them who chose the key, `chance`, the
    number of keys divided by the number of options; `r_key` and `r_suggested`, correlations with the rest of
    the test; `n_able`, the most able who had the item (at or above the 73 % quantile of totals within their
    forms), and how many of them chose the key and the suggestion."""
    notes: tuple[Note, ...]
    """A sentence for each item, without the item's name."""


def key_alarm(
    chosen: Chosen,
    options: pl.DataFrame,
    *,
    form: Ints | None = None,
    counted: Bools | None = None,
    not_reached_wrong: bool = False,
    min_n: int | None = None,
) -> KeyAlarms:
    """Find the items whose key must be checked before results are released, the key most likely to be wrong
    first.

    An option is suggested instead of the key if its probability of being the right answer is at least 0.1
    (`wrong_key_odds`). Without such an option, an item is listed if it has as few right answers as guessing
    produces in 1 % of items, unless those few come from able persons: the key's correlation with the rest is
    significantly above 0 (one-sided, 5 %).

    Parameters
    ----------
    chosen : Chosen
    options : polars.DataFrame
        The `option_statistics` of the options chosen.
    form, counted, not_reached_wrong
        As for `option_statistics`.
    min_n : int, optional
        The minimum number of candidates for an alarm on an item; 20 by default.
    """
    counts = ability_counts(chosen, form, counted, not_reached_wrong=not_reached_wrong)
    of_item = options.partition_by("item", as_dict=True, maintain_order=True)
    least, _ = least_candidates(min_n)
    found = []
    for item, own in zip(chosen.items, counts, strict=True):
        rows = of_item[item,].to_dicts()
        if rows[0]["administered"] >= least and (alarm := _alarm(rows[:-1], own)) is not None:
            found.append({"item": item, **alarm})
    found.sort(key=lambda one: (
        one["suggested"] is None, one["p_below_chance"] if one["suggested"] is None else -one["log_odds"],
    ))  # fmt: skip
    return _alarms_of(found)


def _alarms_of(found: list[dict[str, Any]]) -> KeyAlarms:
    columns = {name: pl.Series([one[name] for one in found], dtype=kind) for name, kind in _COLUMNS.items()}
    return KeyAlarms(frame(columns), tuple(_sentence(one) for one in found))


def no_alarms() -> KeyAlarms:
    """Return the alarms of data without options: none."""
    return _alarms_of([])


def _alarm(rows: list[dict[str, Any]], counts: Floats) -> dict[str, Any] | None:
    """The alarm of an item by its options, without the row of blanks, and its `ability_counts`."""
    from scipy.special import bdtr, expit

    key = np.array([row["is_key"] for row in rows], dtype=np.bool_)
    real = np.array([is_option(row) for row in rows], dtype=np.bool_)
    if not key.any() or not (real & ~key).any():
        return None
    n, share, r, able = (
        np.array([row[name] or 0.0 for row in rows]) for name in ("n", "share", "point_biserial_rest", "able")
    )
    administered, n_able = rows[0]["administered"], rows[0]["able_n"]
    able = np.rint(able * n_able).astype(np.int64)
    able_key = int(able[key].sum())
    facility, chance = float(share[key].sum()), np.count_nonzero(key) / np.count_nonzero(real)
    # of several right options together: their covariances with the rest add up
    spread = math.sqrt(facility * (1 - facility)) if 0 < facility < 1 else 0.0
    with_rest = r * np.sqrt(share * (1 - share))
    r_key = float(with_rest[key].sum()) / spread if spread > 0 else math.nan
    # P(X ≤ number right), X binomial of those who answered and of `chance`
    answered = int(n.sum())
    below = float(bdtr(int(n[key].sum()), answered, chance)) if answered else 1.0
    odds = wrong_key_odds(counts, key, real)
    best = int(np.argmax(odds))
    probability, preferred = float(expit(odds[best])), preference(int(able[best]), able_key)
    sure = next(
        (
            word  # the strongest that the evidence and the number of people bear
            for word, (least_p, least_preferred, least_able, least_answered, most_r) in _LIMITS.items()
            if able[best] + able_key >= least_able
            and n[real].sum() >= least_answered
            and probability >= least_p
            and preferred > least_preferred
            and not r_key > most_r
        ),
        None,
    )
    beyond_chance = 0.0
    if r_key > 0 and administered > 3:
        beyond_chance = math.atanh(min(r_key, 0.999)) * math.sqrt(administered - 3)
    if sure is None and (below > _UNDER_CHANCE or beyond_chance > 1.645):
        return None
    seen = {
        "better-option": sure is not None and able[best] > able_key,
        "negative-discrimination": sure is not None and r_key < 0 < r[best],
        "under-chance": below <= _UNDER_CHANCE,
    }
    own: dict[str, Any] = dict.fromkeys(
        ("suggested", "log_odds", "probability", "preferred", "r_suggested", "able_suggested")
    )
    if sure is not None:
        own = {
            "suggested": rows[best]["option"], "log_odds": float(odds[best]), "probability": probability,
            "preferred": preferred, "r_suggested": rows[best]["point_biserial_rest"],
            "able_suggested": int(able[best]),
        }  # fmt: skip
    return {
        **own, "key": [row["option"] for row in rows if row["is_key"]], "sure": sure or POSSIBLE,
        "reasons": [reason for reason, is_seen in seen.items() if is_seen], "p_below_chance": below,
        "n": administered, "facility": facility, "chance": chance, "r_key": r_key, "n_able": n_able,
        "able_key": able_key,
    }  # fmt: skip


def _sentence(alarm: dict[str, Any]) -> Note:
    """What a person must know of an alarm."""
    *first, last = alarm["key"]
    key = note_of(TEXTS, "either", {"first": ", ".join(first), "second": last}) if first else last
    about = {name: alarm[name] for name in ("item", "sure", "n")} | {"key": key}
    if alarm["suggested"] is None:
        about |= {name: alarm[name] for name in ("facility", "chance")}
        return note_of(TEXTS, "key-alarm.guessing", about)
    probability = alarm["probability"]
    about |= {name: alarm[name] for name in ("n_able", "able_key", "able_suggested")}
    about |= {
        "other": alarm["suggested"],
        "probability": note_of(TEXTS, "above", {}) if probability > 0.999 else f"{probability:.2f}",
        "r_other": _correlation(alarm["r_suggested"]),
        "r_key": _correlation(alarm["r_key"]),
    }
    return note_of(TEXTS, "key-alarm", about)


def _correlation(r: float | None) -> str:
    return note_of(TEXTS, "undefined", {}) if r is None or math.isnan(r) else f"{r:.2f}"


# ── probabilities ────────────────────────────────────────────────────────────────────────────


def ability_counts(
    chosen: Chosen,
    form: Ints | None,
    counted: Bools | None,
    *,
    not_reached_wrong: bool,
) -> list[Floats]:
    """Return for each item the number of candidates (options, z) who chose each option at each of 101
    standardised rest scores.

    Parameters
    ----------
    form : (N,) the number of each candidate's form, within which z is standardised; by default all have one
    form.
    counted : (J,) whether the item is part of the total.
    """
    counts = [np.zeros((len(names), len(_GRID))) for names in chosen.options]
    every = np.ones(len(chosen.items), dtype=np.bool_) if counted is None else counted
    for places, part in form_parts(chosen, np.zeros(len(chosen.cells), np.int64) if form is None else form):
        _, rests = scores(part, every[places], not_reached_wrong)
        for place, cells, rest in zip(places.tolist(), part.cells.T, rests, strict=True):
            known = rest[~np.isnan(rest)]
            if not len(known) or known.std() <= 1e-9:
                continue
            own = ~np.isnan(rest) & (cells >= 0)
            z = (rest[own] - known.mean()) / known.std()
            step = np.clip(np.rint(z * 10) + 50, 0, 100).astype(np.int64)
            flat = cells[own].astype(np.int64) * len(_GRID) + step
            counts[place] += np.bincount(flat, minlength=counts[place].size).reshape(counts[place].shape)
    return counts


def wrong_key_odds(counts: Floats, key: Bools, real: Bools) -> Floats:
    """Return the log odds (options,) that an option, and not the key, is the right answer, against all other
    possibilities; −∞ for the key itself and for marks that are not options.

    Parameters
    ----------
    counts : (options, z) of one item, as `ability_counts`.
    key : (options,) whether the option is correct by the key.
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
    """Return P(π > ½), where π is the proportion who prefer the suggested option among those who choose it or
    the key, given the numbers who chose each and Jeffreys' prior Beta(½, ½).

    References
    ----------
    Jeffreys, H. (1946). An invariant form for the prior probability in estimation problems. Proceedings of
    the Royal Society of London A, 186, 453–461.
    """
    from scipy.special import betainc

    return float(1.0 - betainc(suggested + 0.5, key + 0.5, 0.5))
