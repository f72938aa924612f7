"""Mantel–Haenszel tests of differential item functioning, with Breslow–Day's test of equal odds ratios.

The formulae are those of difR's `difMH`, `difGMH` and `difBD`; levels with one candidate are left out.
Breslow and Day test that the odds ratio is the same at all levels, or has no trend over them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.core.words import tell
from examgen.psychometrics.dif.counts import DifSample, Strata, comparable, strata
from examgen.psychometrics.dif.screening import (  # fmt: skip
    Bools,
    Classes,
    Floats,
    Ints,
    Purified,
    classes,
    divide,
    joined,
    purify,
)
from examgen.stats.distributions import adjusted, chi_square_tail, normal_two_sided
from examgen.stats.irt_models import Note

DELTA = -2.35
SIGNIFICANT = 0.05
"""Of ETS's classes, whatever level the analysis was asked for."""
_COLUMNS = (
    "n", "mh_chisq", "mh_df", "mh_p", "mh_chisq_corrected", "mh_chisq_uncorrected", "mh_alpha",
    "mh_var_log_alpha", "breslow_day", "breslow_day_df", "breslow_day_trend",
)  # fmt: skip


class MantelHaenszelDif(NamedTuple):
    """Mantel–Haenszel analysis of J items; NaN (or no class) where undefined, and a note says why."""

    n: Floats
    """(J,) answers that were used."""
    mh_chisq: Floats
    """(J,) test that the odds ratio is 1: with or without correction, as asked. For more than two groups the
    generalised statistic, which has no correction."""
    mh_df: Floats
    """(J,) its degrees of freedom: focal groups (with answers to the item)."""
    mh_p: Floats
    mh_p_adjusted: Floats
    """(J,) corrected for many tests; `mh_p` where that was not asked for."""
    mh_chisq_corrected: Floats
    """(J,) two groups: with Yates' correction, (|ΣA − ΣE| − 0.5)² / ΣV. Greater than without it where
    |ΣA − ΣE| is below a quarter: such a χ² flags nothing."""
    mh_chisq_uncorrected: Floats
    mh_alpha: Floats
    """(J,) common odds ratio, reference over focal: above 1, the item favours the reference group. Infinite
    where all strata that tell anything say so. NaN for more than two groups: see `contrasts`."""
    mh_var_log_alpha: Floats
    """(J,) variance of log α by Phillips & Holland."""
    mh_delta: Floats
    """(J,) −2.35 log α: negative, the item is harder for the focal group."""
    mh_se_delta: Floats
    mh_p_delta: Floats
    """(J,) two-sided test that Δ is 0, by its standard error."""
    ets: Classes
    """(J,) A, B or C by ETS's rule: A where |Δ| < 1 or χ² is not significant at 5 %, C where |Δ| > 1.5 and
    significantly above 1, or infinite, else B."""
    ets_size: Classes
    """(J,) A, B or C by the size of Δ alone, as difR prints it: below 1, below 1.5."""
    breslow_day: Floats
    """(J,) χ² of unequal odds ratios over levels: non-uniform DIF."""
    breslow_day_df: Floats
    breslow_day_p: Floats
    breslow_day_trend: Floats
    """(J,) χ² (1) of a trend of the odds ratio over levels."""
    breslow_day_trend_p: Floats
    flagged: Bools
    """(J,) `mh_p_adjusted` below alpha, and p without correction where that is the greater."""
    anchor: Bools
    """(J,) items that matched the groups."""
    rounds: int
    """Rounds of purification."""
    converged: bool
    """False where ten rounds of purification did not settle which items are flagged."""
    notes: tuple[Note, ...]
    contrasts: tuple[MantelHaenszelDif, ...]
    """For more than two groups: each focal group against the reference, matched on the same items."""


def mantel_haenszel(
    found: DifSample,
    *,
    purification: bool,
    correction: bool,
    adjust: str | None,
    alpha: float,
) -> MantelHaenszelDif:
    """Mantel–Haenszel analysis of each item.

    At each level k of the total: A right and B wrong in the reference group, C and D in the focal group, T in
    all; E = (A + B)(A + C)/T and V = (A + B)(C + D)(A + C)(B + D)/(T²(T − 1)). χ² = (|ΣA − ΣE| − ½)²/ΣV,
    α = (ΣAD/T)/(ΣBC/T), Δ = −2.35 log α.

    Parameters
    ----------
    found : DifSample
    purification, correction : bool
    adjust : {None, 'bh', 'holm', 'bonferroni'}
        Correction of p-values for many tests; purification goes by the p-values as they are, as in difR.
    alpha : float
        Level of the flags.

    References
    ----------
    Holland & Thayer (1988), Differential item performance and the Mantel–Haenszel procedure.
    Phillips & Holland (1987), Biometrics 43, 425–431. Zieky (1993) for the classes A, B, C.
    Breslow & Day (1980); Aguerri et al. (2009) for its trend. Penfield (2001) for several groups.
    """
    n_items = found.cells.shape[1]

    def compute(anchor: Bools) -> dict[str, Floats]:
        parts = [_of_block(part, correction) for part in strata(found, anchor)] if comparable(found) else []
        return joined(n_items, _COLUMNS, parts, {})

    def flagged(columns: dict[str, Floats]) -> Bools:
        return np.asarray(_sound(columns) < alpha)

    last = purify(compute, flagged, found.in_total, purification)
    contrasts: tuple[MantelHaenszelDif, ...] = ()
    if found.n_groups > 2 and comparable(found):
        contrasts = tuple(
            _contrast(found, g, last, correction, adjust, alpha) for g in range(1, found.n_groups)
        )
    return _result(last, found.notes, contrasts, adjust, alpha)


def _sound(columns: dict[str, Floats]) -> Floats:
    """(J,) p; without correction where the correction is greater than what it corrects, as with few of a
    group: it would find most where the groups differ least."""
    plain = columns["mh_chisq_uncorrected"]
    with_it = columns["mh_chisq"] > plain
    return np.where(with_it, chi_square_tail(np.where(with_it, plain, 0.0), with_it), columns["mh_p"])


def _contrast(
    found: DifSample,
    focal: int,
    last: Purified[dict[str, Floats]],
    correction: bool,
    adjust: str | None,
    alpha: float,
) -> MantelHaenszelDif:
    """One focal group against the reference."""
    rows = (found.group == 0) | (found.group == focal)
    external = None if found.external is None else found.external[rows]
    two = DifSample(found.cells[rows], np.minimum(found.group[rows], 1), external, found.usable, ())
    parts = [_of_block(part, correction) for part in strata(two, last.anchor)]
    columns = joined(len(found.usable), _COLUMNS, parts, {})
    return _result(last._replace(result=columns), (), (), adjust, alpha)


def _of_block(part: Strata, correction: bool) -> dict[str, Floats | Ints]:
    """All columns of a block of items."""
    columns: dict[str, Floats | Ints] = dict.fromkeys(_COLUMNS, np.full(len(part.items), np.nan))
    columns["item"] = part.items
    columns["n"] = (part.right + part.wrong).sum(axis=(1, 2))
    if part.right.shape[1] == 2:
        columns |= _common_odds(part)
        odds = columns["mh_alpha"]
        columns |= breslow_day(part, np.where(np.isfinite(odds), odds, np.nan))
        name = "mh_chisq_corrected" if correction else "mh_chisq_uncorrected"
        columns["mh_chisq"] = columns[name]
        columns["mh_df"] = np.where(np.isnan(columns[name]), np.nan, 1.0)
    else:
        # the generalised statistic: (a − e)' V⁻¹ (a − e), with as many degrees of freedom as V has rank
        counts = part.right + part.wrong
        everybody = counts.sum(axis=1)
        size = np.where(everybody > 1, everybody, np.inf)
        wrongs, rights = part.wrong.sum(axis=1), part.right.sum(axis=1)
        several = (everybody > 1)[:, None]
        focal = np.where(several, counts, 0.0)[:, 1:]
        expected = focal * (wrongs / size)[:, None]
        away = (np.where(several, part.wrong, 0.0)[:, 1:] - expected).sum(axis=2)
        with np.errstate(invalid="ignore"):
            share = np.where(everybody > 1, wrongs / size * (rights / (size - 1)), 0.0)
        between = np.einsum("bl,bfl,bgl->bfg", share / size, focal, focal)
        variance = np.einsum("bl,bfl->bf", share, focal)[:, :, None] * np.eye(focal.shape[1]) - between
        values, vectors = np.linalg.eigh(variance)
        real = values > 1e-10 * np.maximum(values[:, -1:], 1e-300)
        along = np.einsum("bf,bfk->bk", away, vectors)
        chisq = np.where(real, along**2 / np.where(real, values, 1.0), 0.0).sum(axis=1)
        df = real.sum(axis=1).astype(np.float64)
        columns["mh_chisq"], columns["mh_df"] = np.where(df > 0, [chisq, df], np.nan)
    columns["mh_p"] = chi_square_tail(columns["mh_chisq"], np.nan_to_num(columns["mh_df"]))
    return columns


def _common_odds(part: Strata) -> dict[str, Floats]:
    """Of two groups: χ² with and without correction, the odds ratio and the variance of its log."""
    (a, c), (b, d) = part.right.transpose(1, 0, 2), part.wrong.transpose(1, 0, 2)
    rights, wrongs = a + c, b + d
    everybody = rights + wrongs
    counts = np.where(everybody > 1, everybody, np.inf)
    expected = (a + b) * rights / counts
    difference = np.where(everybody > 1, a - expected, 0.0).sum(axis=1)
    variances = (a + b) * (c + d) / counts * (rights / counts) * (wrongs / (counts - 1))
    variance = variances.sum(axis=1)
    towards_reference, towards_focal = a * d, b * c
    for_reference = (towards_reference / counts).sum(axis=1)
    for_focal = (towards_focal / counts).sum(axis=1)
    odds = divide(for_reference, for_focal)
    of_item = odds[:, None]
    spread = (towards_reference + of_item * towards_focal) * (a + d + of_item * (b + c)) / (counts * counts)
    return {
        "mh_chisq_corrected": divide((np.abs(difference) - 0.5) ** 2, variance),
        "mh_chisq_uncorrected": divide(difference**2, variance),
        "mh_alpha": np.where((for_focal == 0) & (for_reference > 0), np.inf, odds),
        "mh_var_log_alpha": divide(spread.sum(axis=1), 2 * for_reference**2),
    }


def breslow_day(part: Strata, odds: Floats) -> dict[str, Floats]:
    """The test of equal odds ratios, over levels where both groups and both answers occur; `odds` (B,) the
    common one, NaN where it is not finite."""
    (a, c), (b, d) = part.right.transpose(1, 0, 2), part.wrong.transpose(1, 0, 2)
    reference, focal, rights, levels = a + b, c + d, a + c, part.levels
    ratio = odds[:, None]
    half = ratio * (reference + rights) + (focal - rights)
    product = ratio * reference * rights
    root = np.sqrt(np.maximum(half * half - 4 * (ratio - 1) * product, 0.0))
    # the root of the quadratic that lies in range, in the form that loses no digits
    up = half > 0
    expected = divide(np.where(up, 2 * product, half - root), np.where(up, half + root, 2 * (ratio - 1)))
    b, c = reference - expected, rights - expected
    d = focal - c
    used = (expected > 0) & (b > 0) & (c > 0) & (d > 0)
    away = np.where(used, a - expected, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        # the sum of 1 / count over the four cells
        inverse = np.where(used, reference / (expected * b) + focal / (c * d), 1.0)
    weight = np.where(used, 1.0 / inverse, 0.0)
    chisq = (away * away * inverse).sum(axis=1)
    df = np.count_nonzero(used, axis=1) - 1.0
    centre = divide((weight * levels).sum(axis=1), weight.sum(axis=1))[:, None]
    across = (weight * (levels - centre) ** 2).sum(axis=1)
    some = (df >= 1) & np.isfinite(odds)
    trend = (levels * away).sum(axis=1) ** 2
    return {
        "breslow_day": np.where(some, chisq, np.nan),
        "breslow_day_df": np.where(some, df, np.nan),
        "breslow_day_trend": np.where(some, divide(trend, across), np.nan),
    }


def _result(
    last: Purified[dict[str, Floats]],
    notes: tuple[Note, ...],
    contrasts: tuple[MantelHaenszelDif, ...],
    adjust: str | None,
    alpha: float,
) -> MantelHaenszelDif:
    columns = last.result
    with np.errstate(divide="ignore"):
        delta = DELTA * np.log(columns["mh_alpha"])
    se = -DELTA * np.sqrt(columns["mh_var_log_alpha"])
    z = divide(delta, se)
    trend = columns["breslow_day_trend"]
    p, sound = adjusted(columns["mh_p"], adjust), _sound(columns)
    names = ("n", "mh_chisq", "mh_df", "mh_p")
    odd = []
    for j in np.flatnonzero((p < alpha) & ~(sound < alpha)):
        words = tell(
            "The groups differ by less than the continuity correction, which increases χ² here, "
            "so the item is not flagged."
        )
        odd.append(Note("correction-overdone", int(j), words))
    odd += last.notes
    for j in np.flatnonzero(np.isnan(columns["mh_chisq"]) & (columns["n"] > 0)):
        words = tell("No level of the total has both groups and both right and wrong answers.")
        odd.append(Note("no-overlap", int(j), words))
    for j in np.flatnonzero((columns["mh_alpha"] == np.inf) | (columns["mh_alpha"] == 0)):
        words = tell(
            "At every level of the total with a difference it has the same direction, so the "
            "odds ratio is infinite or 0 and Δ has no interval."
        )
        odd.append(Note("infinite-odds", int(j), words))
    return MantelHaenszelDif(
        **{name: columns[name] for name in names},
        mh_p_adjusted=p,
        mh_chisq_corrected=columns["mh_chisq_corrected"],
        mh_chisq_uncorrected=columns["mh_chisq_uncorrected"],
        mh_alpha=columns["mh_alpha"],
        mh_var_log_alpha=columns["mh_var_log_alpha"],
        mh_delta=delta,
        mh_se_delta=se,
        mh_p_delta=normal_two_sided(z),
        ets=_ets(delta, se, sound),
        ets_size=classes(delta, (1.0, 1.5)),
        breslow_day=columns["breslow_day"],
        breslow_day_df=columns["breslow_day_df"],
        breslow_day_p=chi_square_tail(columns["breslow_day"], np.nan_to_num(columns["breslow_day_df"])),
        breslow_day_trend=trend,
        breslow_day_trend_p=chi_square_tail(trend, np.where(np.isnan(trend), 0, 1)),
        flagged=np.asarray((p < alpha) & (sound < alpha)),
        anchor=last.anchor,
        rounds=last.rounds,
        converged=last.converged,
        notes=(*notes, *odd),
        contrasts=contrasts,
    )


def _ets(delta: Floats, se: Floats, p: Floats) -> Classes:
    """Zieky's classes, an infinite Δ of large ones; empty where Δ, its standard error or χ² is undefined and
    the class hangs on it."""
    size = np.abs(delta)
    above = normal_two_sided(np.maximum(divide(np.where(np.isinf(size), np.nan, size) - 1.0, se), 0.0)) / 2
    certain = np.where(np.isnan(above), "", np.where(above < SIGNIFICANT, "C", "B"))
    large = np.where(size > 1.5, np.where(np.isinf(size), "C", certain), "B")
    known = np.where((size < 1) | (p >= SIGNIFICANT), "A", large)
    return np.where(np.isnan(size) | np.isnan(p), "", known)
