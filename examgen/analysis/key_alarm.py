"""Options chosen → items whose key looks wrong, before results are released: the worst first."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.distributions import normal_quantile
from examgen.analysis.irt import Floats
from examgen.analysis.options import BLANK, OptionStatistics, option_statistics
from examgen.item_responses import Chosen

LEAST_CANDIDATES = 50
"""Of an item; below it there is no alarm."""
NO_OPTION = "*"
"""The name of marks that are none of the item's options."""

_NOTICE = 1.645


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
    """`sure`, `likely` or `possible`: by `evidence`, and whether the able avoid the key."""
    evidence: float
    """√(z² + z_below_chance²), each where it is positive: alarms are ranked by it."""
    z: float
    """How much more able those are who chose the suggested option than those who chose the key: a standard
    normal number if there is no difference. NaN without a suggestion."""
    z_below_chance: float
    """Of the share of right answers under chance, blanks apart: a standard normal number if all guess."""
    n: int
    """Candidates who had the item."""
    facility: float
    """Share of them who chose the key."""
    chance: float
    """What guessing would give: keys over options."""
    r_key: float
    """Correlation of the key with the rest of the test; NaN where nobody or everybody chose it."""
    r_suggested: float
    top_key: float
    """Share of the most able fifth who chose the key."""
    top_suggested: float
    options: tuple[str, ...]
    """Names for the graph, in order."""
    fifths: Floats
    """(options, 5) share of each fifth of ability who chose each option, the least able first."""
    share: Floats
    """(options,) share who chose each."""
    sentence: str
    """Without the item's name."""


def key_alarm(
    chosen: Chosen,
    statistics: OptionStatistics | None = None,
    *,
    least_candidates: int = LEAST_CANDIDATES,
) -> tuple[Alarm, ...]:
    """Items to look at before results are released, the likeliest wrong key first.

    An option is suggested in place of the key where it correlates more with the rest of the test than the
    key and any other option, positively, and either the difference is beyond chance (z > 1.645) or the most
    able fifth prefer it. z = artanh(r) √(n − 3), r the correlation of (chose it) − (chose the key) with the
    rest. Alarms with a suggestion come first, then those under chance only, each by `evidence`. `sure` is a
    suggestion that the most able fifth prefer to a key that hardly goes with ability (r ≤ 0.1), with evidence
    that chance gives in 1 % of exams of as many options; `likely` is evidence above 1.96.

    Parameters
    ----------
    statistics : those of `option_statistics(chosen)` with five groups, where they are there already.
    least_candidates : of an item; below it there is no alarm.
    """
    rows = statistics if statistics is not None else option_statistics(chosen)
    n_options = int(np.count_nonzero((rows.option != BLANK) & ~rows.is_key))
    limit = normal_quantile(1 - 0.01 / max(n_options, 1))
    found = [_alarm(chosen, rows, j, limit, least_candidates) for j in range(len(chosen.items))]
    alarms = [alarm for alarm in found if alarm is not None]
    return tuple(sorted(alarms, key=lambda alarm: (alarm.suggested is None, -alarm.evidence, alarm.item)))


class _Item(NamedTuple):
    """Of the options of one item, without the row of blanks."""

    share: Floats
    fifths: Floats
    r: Floats
    """NaN where nobody chose it."""
    with_rest: Floats
    """Covariance of choosing it with the rest, in standard deviations of the rest; 0 where nobody chose
    it."""
    key: NDArray[np.bool_]
    real: NDArray[np.bool_]
    n: int


def _item(chosen: Chosen, rows: OptionStatistics, j: int) -> _Item:
    own = rows.of(j)
    own = slice(own.start, own.stop - 1)
    share, r = np.nan_to_num(rows.share[own]), rows.point_biserial_rest[own]
    real = np.array([name.strip(NO_OPTION) != "" for name in chosen.options[j]], dtype=np.bool_)
    with_rest = np.nan_to_num(r) * np.sqrt(share * (1 - share))
    n = int(rows.administered[own.stop])
    return _Item(share, rows.fifths[own], r, with_rest, rows.is_key[own], real, n)


def _alarm(chosen: Chosen, rows: OptionStatistics, j: int, limit: float, least: int) -> Alarm | None:
    item = _item(chosen, rows, j)
    if item.n < least or not item.key.any() or not (item.real & ~item.key).any():
        return None
    facility = float(item.share[item.key].sum())
    chance = np.count_nonzero(item.key) / np.count_nonzero(item.real)
    spread = math.sqrt(facility * (1 - facility))
    r_key = float(item.with_rest[item.key].sum()) / spread if spread > 0 else math.nan
    top = _most_able(item.fifths)
    top_key = float(top[item.key].sum())
    below = _below_chance(facility, float(item.share.sum()), item.n, chance)
    best, z = _best_other(item)
    if best is not None and not (z > _NOTICE or top[best] > top_key):
        best = None
    reasons = _reasons(best, r_key, below)
    if not reasons:
        return None
    evidence = math.hypot(max(below, 0.0), z if best is not None else 0.0)
    preferred = best is not None and bool(top[best] > top_key) and not r_key > 0.1
    alarm = Alarm(
        j, reasons, tuple(np.flatnonzero(item.key).tolist()), best,
        _sure(evidence, limit, best is not None, preferred), evidence,
        z if best is not None else math.nan, below, item.n, facility, chance, r_key,
        float(item.r[best]) if best is not None else math.nan,
        top_key, float(top[best]) if best is not None else math.nan,
        chosen.options[j], item.fifths, item.share, "",
    )  # fmt: skip
    return alarm._replace(sentence=_sentence(alarm))


def _below_chance(facility: float, answered: float, n: int, chance: float) -> float:
    """z of a share of right answers among those who answered, `answered` of n, against guessing."""
    n_answered = answered * n
    return (
        (chance - facility / answered) / math.sqrt(chance * (1 - chance) / n_answered)
        if answered > 0
        else 0.0
    )


def _most_able(fifths: Floats) -> Floats:
    """(options,) shares in the highest fifth that is not empty."""
    held = np.flatnonzero(~np.isnan(fifths).any(axis=0))
    return fifths[:, held[-1]] if len(held) else np.zeros(len(fifths))


def _best_other(item: _Item) -> tuple[int | None, float]:
    """The wrong option that goes most with the rest, if more than the key; and z of the difference."""
    r = np.where(item.real & ~item.key & (item.share > 0), np.nan_to_num(item.r), -np.inf)
    best = int(np.argmax(r))
    share, key = float(item.share[best]), float(item.share[item.key].sum())
    difference = float(item.with_rest[best]) - float(item.with_rest[item.key].sum())
    spread = share + key - (share - key) ** 2
    if not (r[best] > 0 and difference > 0 and spread > 0 and item.n > 3):
        return None, 0.0
    return best, math.atanh(min(difference / math.sqrt(spread), 0.999999)) * math.sqrt(item.n - 3)


def _reasons(best: int | None, r_key: float, below: float) -> tuple[str, ...]:
    found = []
    if best is not None:
        found.append("better-option")
        if r_key < 0:
            found.append("negative-discrimination")
    if below > _NOTICE:
        found.append("under-chance")
    return tuple(found)


def _sure(evidence: float, limit: float, suggested: bool, preferred: bool) -> str:
    if evidence > limit and preferred:
        return "sure"
    return "likely" if evidence > 1.96 and suggested else "possible"


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
        f"{alarm.top_suggested:.0%} of the most able fifth chose {other}, {alarm.top_key:.0%} the key {key}; "
        f"the correlation with the rest of the test is {alarm.r_suggested:.2f} for {other} and {r_key} for "
        f"the key ({alarm.n} candidates)"
    )
