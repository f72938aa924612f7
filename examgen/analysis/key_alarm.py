"""Options chosen → items whose key looks wrong, before results are released: the worst first."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.irt import Floats
from examgen.analysis.key_evidence import ability_counts, preference, wrong_key_odds
from examgen.analysis.options import OptionStatistics, option_statistics
from examgen.item_responses import Chosen

LEAST_CANDIDATES = 20
"""Of an item; below it there is no alarm."""
NO_OPTION = "*"
"""The name of marks that are none of the item's options."""
ALMOST_CERTAIN, LIKELY, POSSIBLE = "almost certain", "likely", "possible"

_UNDER_CHANCE = 0.01


class _Asked(NamedTuple):
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
    ALMOST_CERTAIN: _Asked(0.99, 0.99, 10, 40, 0.1),
    LIKELY: _Asked(0.70, 0.90, 5, 20, 1.0),
    POSSIBLE: _Asked(0.10, 0.00, 0, 20, 1.0),
}
"""On how many people a word rests at least, and on how much: how often it is said of sound keys, and of wrong
ones, is in docs/recovery.md."""


class Alarm(NamedTuple):
    """An item whose key a person must look at."""

    item: int
    reasons: tuple[str, ...]
    """`better-option`: able candidates choose another option rather than the key; `negative-discrimination`:
    the key goes with low scores, while another option goes with high ones; `under-chance`: fewer are right
    than guessing would give."""
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


class _Item(NamedTuple):
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


def _item(chosen: Chosen, rows: OptionStatistics, j: int) -> _Item:
    own = rows.of(j)
    own = slice(own.start, own.stop - 1)
    real = np.array([name.strip(NO_OPTION) != "" for name in chosen.options[j]], dtype=np.bool_)
    n_able = int(rows.able_n[own.stop])
    able = np.rint(np.nan_to_num(rows.able[own]) * n_able).astype(np.int64)
    return _Item(
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
    if sure is None and (below > _UNDER_CHANCE or _discriminates(r_key, item.administered)):
        return None
    alarm = Alarm(
        j, _reasons(sure is not None, r_key, below), tuple(np.flatnonzero(item.key).tolist()), None,
        sure or POSSIBLE, math.nan, math.nan, math.nan, below, item.administered, facility, chance, r_key,
        math.nan, item.n_able, able_key, None, chosen.options[j], item.fifths, item.fifths_n, item.share, "",
    )  # fmt: skip
    if sure is not None:
        alarm = alarm._replace(
            suggested=best, log_odds=float(odds[best]), probability=probability, preferred=preferred,
            r_suggested=float(item.r[best]), able_suggested=int(item.able[best]),
        )  # fmt: skip
    return alarm._replace(sentence=_sentence(alarm))


def _r_of_key(item: _Item, facility: float) -> float:
    """Of several right options together: their covariances with the rest add up."""
    spread = math.sqrt(facility * (1 - facility))
    own = np.nan_to_num(item.r) * np.sqrt(item.share * (1 - item.share))
    return float(own[item.key].sum()) / spread if spread > 0 else math.nan


def _below_chance(item: _Item, chance: float) -> float:
    """P(X ≤ number right), X binomial of those who answered and of `chance`; 1 where nobody answered."""
    from scipy.special import bdtr

    answered = int(item.n.sum())
    return float(bdtr(int(item.n[item.key].sum()), answered, chance)) if answered else 1.0


def _discriminates(r: float, n: int) -> bool:
    return n > 3 and math.atanh(min(r, 0.999)) * math.sqrt(n - 3) > 1.645 if r > 0 else False


def _sure(item: _Item, probability: float, preferred: float, best: int, r_key: float) -> str | None:
    """The strongest word that the evidence and the number of people bear; None where there is none."""
    able = int(item.able[best] + item.able[item.key].sum())
    answered = int(item.n[item.real].sum())
    for word, asked in _WORDS.items():
        enough = able >= asked.able and answered >= asked.answered
        strong = probability >= asked.probability and preferred > asked.preferred
        if enough and strong and not r_key > asked.most_r:
            return word
    return None


def _reasons(suggested: bool, r_key: float, below: float) -> tuple[str, ...]:
    found = []
    if suggested:
        found.append("better-option")
        if r_key < 0:
            found.append("negative-discrimination")
    if below <= _UNDER_CHANCE:
        found.append("under-chance")
    return tuple(found)


def _sentence(alarm: Alarm) -> str:
    key = " or ".join(alarm.options[place] for place in alarm.key)
    if alarm.suggested is None:
        return (
            f"{alarm.facility:.0%} of {alarm.n} candidates chose the key {key}, guessing would give "
            f"{alarm.chance:.0%} of those who answer; "
            "no other option is better: look whether the item has a right answer"
        )
    other = alarm.options[alarm.suggested]
    r_key = "is undefined" if math.isnan(alarm.r_key) else f"is {alarm.r_key:.2f}"
    return (
        f"of the {alarm.n_able} most able (upper 27 %) {alarm.able_suggested} chose {other}, "
        f"{alarm.able_key or 'none'} the key {key}; the probability that {other} is right and the key wrong "
        f"is {_shown(alarm.probability)}; the correlation with the rest of the test is "
        f"{alarm.r_suggested:.2f} for {other} and {r_key} for the key ({alarm.n} candidates)"
    )


def _shown(probability: float) -> str:
    return "above 0.999" if probability > 0.999 else f"{probability:.2f}"
