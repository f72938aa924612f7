"""DIF statistics of each item from scores and groups: Mantel–Haenszel, standardisation and SIBTEST.

Persons are matched on the total of the anchor items (a missing score adds nothing), or on an external
variable. The studied item is always part of its own total, as in difR. The methods need only the counts of
right and wrong answers at each level of the total, in each group.

Logistic regression tests of differential item functioning, from counts of right and wrong answers.

All items are fitted at once, with the same steps as R's `glm` (iterated weighted least squares, relative
change of the deviance below 1e-8, at most 25 steps), so that results agree with `difLogistic` and
`difGenLogistic` of difR to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.distributions import chi_square_tail, normal_two_sided
from examgen.stats.matrix import Bools, Cells, Floats, Ints

Columns = dict[str, Floats]
"""Statistics by name, with a value (or a row of values) for each item."""
DELTA = -2.35
SIGNIFICANT = 0.05
"""Significance level of the ETS classes, whatever the level of the analysis."""
STD_CUTS, SIBTEST_CUTS = (0.05, 0.10), (0.059, 0.088)
MOST_ROUNDS = 10
"""Maximum number of rounds of purification, `nrIter` of difR."""
_BLOCK, _ANSWERS = 2_000_000, 20_000_000
"""Counts, and answers, that are worked on at once."""


class Sample(NamedTuple):
    """The persons and items of an analysis."""

    cells: Cells
    """(N, J) scores, negative where missing."""
    group: Ints
    """(N,) 0 the reference group, 1, 2 … the focal groups."""
    matching: Floats | None
    """(N,) values on which persons are matched instead of their totals."""
    usable: Bools
    """(J,) items scored 0 and 1, for which both scores occur."""
    in_total: Bools
    """(J,) items that may be part of the total: none of their scores is above 1."""

    @property
    def n_groups(self) -> int:
        """The number of groups, including the reference group."""
        return int(self.group.max()) + 1


class Counts(NamedTuple):
    """Answers to B items in G groups at L levels of the total."""

    items: Ints
    """(B,) indices of the items among all items."""
    levels: Floats
    """(L,) levels of the total, ascending."""
    right: Floats
    """(B, G, L) the number of persons with a right answer."""
    wrong: Floats
    """(B, G, L) the number of persons with a wrong answer."""


def counts(sample: Sample, anchor: Bools) -> Iterator[Counts]:
    """Yield the counts of all usable items, in blocks that fit into memory.

    For an item that is not in the anchor, a right answer moves the person up one level, since the total for
    an item always includes the item.
    """
    from scipy.sparse import csr_array

    cells, own = sample.cells, anchor
    n = len(cells)
    if sample.matching is None:
        base = (cells[:, anchor] > 0).sum(axis=1)
        present = np.bincount(base) > 0
        if not anchor.all():
            present = np.append(present, False) | np.append(False, present)
        levels, place = np.flatnonzero(present).astype(np.float64), (np.cumsum(present) - 1)[base]
        above = np.minimum(np.searchsorted(levels, levels + 1), len(levels) - 1)
    else:
        levels, place = np.unique(sample.matching, return_inverse=True)
        own, above = np.ones(len(anchor), dtype=np.bool_), np.arange(len(levels))
    shape = sample.n_groups, len(levels)
    row = sample.group * len(levels) + place
    member = csr_array((np.ones(n, np.float32), (row, np.arange(n))), shape=(shape[0] * shape[1], n))
    usable = np.flatnonzero(sample.usable)
    size = max(1, min(_BLOCK // (shape[0] * shape[1]), _ANSWERS // n))
    for start in range(0, len(usable), size):
        items = usable[start : start + size]
        some = cells[:, items]
        right, answers = (
            (member @ flags.astype(np.float32)).T.reshape(len(items), *shape).astype(np.float64)
            for flags in (some > 0, some >= 0)
        )
        wrong = answers - right
        if (away := ~own[items]).any():
            moved = np.zeros_like(right[away])
            moved[..., above[:-1]] = right[away][..., :-1]
            right[away] = moved
        yield Counts(items, levels, right, wrong)


def by_item(sample: Sample, anchor: Bools, statistics: Callable[[Counts], Columns]) -> Columns:
    """Return the statistics of all J items; NaN for items that are not usable."""
    found: Columns = {}
    for block in counts(sample, anchor):
        for name, values in statistics(block).items():
            whole = found.setdefault(name, np.full((len(anchor), *values.shape[1:]), np.nan))
            whole[block.items] = values
    return found


class Purified(NamedTuple):
    """The result of a purification: the last round."""

    columns: Columns
    anchor: Bools
    """(J,) items on which the last round was matched."""
    rounds: int
    """The number of rounds; 0 if nothing was flagged at first, or purification was off."""
    converged: bool
    """Whether the last two rounds flagged the same items."""


def purified(
    sample: Sample, statistics: Callable[[Counts], Columns], flags: Callable[[Columns], Bools], purify: bool
) -> Purified:
    """Analyse the items, remove the flagged ones from the total and analyse again, until the same items are
    flagged.

    After at most ten rounds the last one is used (Candell & Drasgow, 1988; difR).
    """
    anchor = sample.in_total
    columns = by_item(sample, anchor, statistics)
    flagged = flags(columns)
    if not purify or not flagged.any():
        return Purified(columns, anchor, 0, True)
    for rounds in range(1, MOST_ROUNDS + 1):
        anchor = sample.in_total & ~flagged
        columns = by_item(sample, anchor, statistics)
        before, flagged = flagged, flags(columns)
        if (before == flagged).all():
            return Purified(columns, anchor, rounds, True)
    return Purified(columns, anchor, MOST_ROUNDS, False)


def divide(a: Floats, b: Floats) -> Floats:
    """Return a / b; NaN where b is 0."""
    out = np.full(np.broadcast(a, b).shape, np.nan)
    return np.asarray(np.divide(a, b, out=out, where=np.asarray(b) != 0))


def classes(values: Floats, cuts: tuple[float, float]) -> NDArray[np.str_]:
    """Return the class A, B or C by two cuts of the absolute value; empty for NaN."""
    size = np.abs(values)
    return np.where(np.isnan(size), "", np.where(size < cuts[0], "A", np.where(size < cuts[1], "B", "C")))


def _tables(block: Counts) -> tuple[Floats, Floats, Floats, Floats]:
    """Right and wrong of the reference group (B, 1, L), and of each focal group (B, F, L)."""
    return block.right[:, :1], block.wrong[:, :1], block.right[:, 1:], block.wrong[:, 1:]


# ── Mantel–Haenszel ──────────────────────────────────────────────────────────────────────────


def mantel_haenszel(block: Counts, correction: bool) -> Columns:
    """Return the Mantel–Haenszel statistics (B, F) of each focal group against the reference group.

    At each level k of the total: A right and B wrong in the reference group, C and D in the focal group, T in
    all; E = (A + B)(A + C)/T and V = (A + B)(C + D)(A + C)(B + D)/(T²(T − 1)). χ² = (|ΣA − ΣE| − ½)²/ΣV, α =
    (ΣAD/T)/(ΣBC/T), Δ = −2.35 log α (`effect`). Levels with one person are excluded.

    References
    ----------
    Holland & Thayer (1988), Differential item performance and the Mantel–Haenszel procedure.
    Phillips & Holland (1987), Biometrics 43, 425–431. Zieky (1993) for the classes A, B, C.
    """
    a, b, c, d = _tables(block)
    everybody = a + b + c + d
    size = np.where(everybody > 1, everybody, np.inf)
    expected = (a + b) * (a + c) / size
    difference = np.where(everybody > 1, a - expected, 0.0).sum(axis=2)
    variance = ((a + b) * (c + d) / size * ((a + c) / size) * ((b + d) / (size - 1))).sum(axis=2)
    for_reference, for_focal = (a * d / size).sum(axis=2), (b * c / size).sum(axis=2)
    odds = divide(for_reference, for_focal)
    ratio = odds[:, :, None]
    spread = ((a * d + ratio * b * c) * (a + d + ratio * (b + c)) / (size * size)).sum(axis=2)
    odds = np.where((for_focal == 0) & (for_reference > 0), np.inf, odds)
    with np.errstate(divide="ignore"):
        delta = DELTA * np.log(odds)
    se = -DELTA * np.sqrt(divide(spread, 2 * for_reference**2))
    plain = divide(difference**2, variance)
    chisq = divide((np.abs(difference) - 0.5) ** 2, variance) if correction else plain
    one = np.where(np.isnan(chisq), np.nan, 1.0)
    return {
        "n": everybody.sum(axis=2),
        "effect": delta,
        "se": se,
        "p": chi_square_tail(chisq, np.nan_to_num(one)),
        "sound_p": chi_square_tail(np.minimum(chisq, plain), np.nan_to_num(one)),
        "mh_chisq": chisq,
        "mh_df": one,
        "mh_alpha": odds,
        "p_delta": normal_two_sided(divide(delta, se)),
        **breslow_day(block, np.where(np.isfinite(odds), odds, np.nan)),
    }


def breslow_day(block: Counts, odds: Floats) -> Columns:
    """Return the tests (B, F) that the odds ratio is the same at all levels, and that it has no trend over
    them.

    They use the levels at which both groups and both answers occur. `odds` (B, F) is the common ratio; NaN if
    it is not finite. Breslow & Day (1980); Aguerri et al. (2009) for the trend.
    """
    a, b, c, d = _tables(block)
    reference, focal, rights, ratio = a + b, c + d, a + c, odds[:, :, None]
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
        inverse = np.where(used, reference / (expected * b) + focal / (c * d), 1.0)
    weight = np.where(used, 1.0 / inverse, 0.0)
    df = np.count_nonzero(used, axis=2) - 1.0
    centre = divide(weight @ block.levels, weight.sum(axis=2))[:, :, None]
    across = (weight * (block.levels - centre) ** 2).sum(axis=2)
    is_known = (df >= 1) & np.isfinite(odds)
    chisq = np.where(is_known, (away * away * inverse).sum(axis=2), np.nan)
    trend = np.where(is_known, divide((away @ block.levels) ** 2, across), np.nan)
    return {
        "breslow_day": chisq,
        "breslow_day_df": np.where(is_known, df, np.nan),
        "breslow_day_p": chi_square_tail(chisq, np.where(is_known, df, 0)),
        "breslow_day_trend": trend,
        "breslow_day_trend_p": chi_square_tail(trend, np.where(np.isnan(trend), 0, 1)),
    }


def generalised_mantel_haenszel(block: Counts) -> Columns:
    """Return the test (B,) of several focal groups at once, without continuity correction (Somes 1986;
    Penfield 2001).

    χ² = (a − e)' V⁻¹ (a − e), with the rank of V as degrees of freedom.
    """
    answers = block.right + block.wrong
    everybody = answers.sum(axis=1)
    several = everybody > 1
    size = np.where(several, everybody, np.inf)
    wrong, right = block.wrong.sum(axis=1), block.right.sum(axis=1)
    focal = np.where(several[:, None], answers, 0.0)[:, 1:]
    away = (np.where(several[:, None], block.wrong, 0.0)[:, 1:] - focal * (wrong / size)[:, None]).sum(axis=2)
    with np.errstate(invalid="ignore"):
        share = np.where(several, wrong / size * (right / (size - 1)), 0.0)
    between = (focal * (share / size)[:, None]) @ focal.transpose(0, 2, 1)
    variance = (focal @ share[:, :, None]) * np.eye(focal.shape[1]) - between
    values, vectors = np.linalg.eigh(variance)
    real = values > 1e-10 * np.maximum(values[:, -1:], 1e-300)
    along = (away[:, None] @ vectors)[:, 0]
    chisq = np.where(real, along**2 / np.where(real, values, 1.0), 0.0).sum(axis=1)
    df = real.sum(axis=1)
    chisq = np.where(df > 0, chisq, np.nan)
    p = chi_square_tail(chisq, df)
    found = {"n": everybody.sum(axis=1), "p": p, "sound_p": p, "mh_chisq": chisq}
    return found | {"mh_df": np.where(df > 0, df, np.nan)}


def ets_classes(delta: Floats, se: Floats, p: Floats) -> NDArray[np.str_]:
    """Return the ETS classes; empty if Δ, its standard error or χ² is undefined and the class depends on it.

    A if |Δ| < 1 or χ² is not significant at 5 %, C if |Δ| is infinite or is above 1.5 and significantly above
    1, else B (Zieky 1993).
    """
    size = np.abs(delta)
    above = normal_two_sided(np.maximum(divide(np.where(np.isinf(size), np.nan, size) - 1.0, se), 0.0)) / 2
    certain = np.where(np.isnan(above), "", np.where(above < SIGNIFICANT, "C", "B"))
    large = np.where(size > 1.5, np.where(np.isinf(size), "C", certain), "B")
    known = np.where((size < 1) | (p >= SIGNIFICANT), "A", large)
    return np.where(np.isnan(size) | np.isnan(p), "", known)


# ── standardisation ──────────────────────────────────────────────────────────────────────────


def standardisation(block: Counts) -> Columns:
    """Return the standardised differences (B, F) of the proportions right, weighted by each focal group's
    counts.

    STD P-DIF (`effect`) = Σ n_Fk (p_Fk − p_Rk) / Σ n_Fk over the levels k at which both groups have persons,
    −1 to 1; negative if the item is harder for the focal group. The standard error treats the levels as
    fixed.

    References
    ----------
    Dorans & Kulick (1986), J. Educ. Meas. 23, 355–368. Dorans & Holland (1993) for the standard error.
    """
    right, wrong, focal_right, focal_wrong = _tables(block)
    n_reference, n_focal = right + wrong, focal_right + focal_wrong
    both = (n_focal > 0) & (n_reference > 0)
    weight = np.where(both, n_focal, 0.0)
    whole = weight.sum(axis=2)
    p_focal = np.where(both, focal_right / np.maximum(n_focal, 1.0), 0.0)
    p_reference = np.where(both, right / np.maximum(n_reference, 1.0), 0.0)
    focal = divide((weight * p_focal).sum(axis=2), whole)
    reference = divide((weight * p_reference).sum(axis=2), whole)
    each = weight * p_reference * (1.0 - p_reference)
    spread = (weight * each / np.maximum(n_reference, 1.0)).sum(axis=2)
    # the answers of a focal group that is all right, or all wrong, show no error
    alike = (focal == 0) | (focal == 1)
    own = np.where(alike, divide(each.sum(axis=2), whole), focal * (1.0 - focal))
    variance = divide(own, whole) + divide(spread, whole**2)
    se = np.sqrt(np.where(variance == 0, np.nan, variance))
    odds = divide(reference * (1.0 - focal), (1.0 - reference) * focal)
    odds[((1.0 - reference) * focal == 0) & (reference * (1.0 - focal) > 0)] = np.inf
    effect = divide((weight * (p_focal - p_reference)).sum(axis=2), whole)
    return {
        "n": (n_focal + n_reference).sum(axis=2),
        "effect": effect,
        "se": se,
        "p": normal_two_sided(divide(effect, se)),
        "std_alpha": odds,
    }


# ── SIBTEST ──────────────────────────────────────────────────────────────────────────────────


def sibtest(sample: Sample, least: int) -> Columns:
    """Return SIBTEST (J,) of each item, matched on the rest score of all others, with the regression
    correction in both groups.

    Parameters
    ----------
    sample : Sample
        Two groups; persons with missing answers are excluded. `n` is the number of persons used.
    least : int
        Only rest scores that more persons than this have in both groups are used.

    References
    ----------
    Shealy & Stout (1993), Psychometrika 58, 159–194. Li & Stout (1996), Psychometrika 61, 647–677.
    Chalmers (2018), Psychometrika 83, 376–386.
    """
    whole = (sample.cells[:, sample.usable] >= 0).all(axis=1)
    group, items = sample.group[whole], np.flatnonzero(sample.usable)
    cells = np.where(sample.usable, sample.cells[whole], np.int8(0))
    names = ("n", "effect", "se", "p", "sib_chisq", "cross_beta", "cross_chisq", "cross_df", "cross_p")
    found: Columns = {name: np.full(len(sample.usable), np.nan) for name in names}
    if min(np.bincount(group, minlength=2)) < 2:
        return found
    variances = np.zeros((2, len(sample.usable)))
    for k in (0, 1):
        variances[k, items] = (cells[group == k][:, items] == 1).var(axis=0, ddof=1)
    total = cells.sum(axis=1, dtype=np.int64)
    for item in items.tolist():
        right = cells[:, item] == 1
        place = total - right + group * len(items)
        every = (np.bincount(one, minlength=2 * len(items)) for one in (place, place[right]))
        answers, rights = (one.astype(np.float64).reshape(2, -1) for one in every)
        seen = answers.sum(axis=0) > 0
        others, rest = variances.sum(axis=1) - variances[:, item], np.flatnonzero(seen).astype(np.float64)
        own = _sibtest_of_item(rest, rights[:, seen], answers[:, seen], others, len(items) - 1, least)
        for name, value in own.items():
            found[name][item] = value
    found["p"] = chi_square_tail(found["sib_chisq"], np.where(np.isnan(found["sib_chisq"]), 0, 1))
    found["cross_p"] = chi_square_tail(found["cross_chisq"], np.nan_to_num(found["cross_df"]))
    return found


def _sibtest_of_item(
    scores: Floats, rights: Floats, answers: Floats, others: Floats, n_others: int, least: int
) -> dict[str, float]:
    """SIBTEST of one item from its answers at each rest score: `rights` of all `answers` (2, K)."""
    n = answers.sum(axis=1)
    if n_others < 2 or len(scores) < 3:
        return {}
    mean = (answers @ scores) / n
    variance = ((answers * (scores - mean[:, None]) ** 2).sum(axis=1)) / (n - 1)
    if (variance <= 0).any():
        return {}
    reliability = n_others / (n_others - 1) * (1.0 - others / variance)
    true = (mean[:, None] + reliability[:, None] * (scores - mean[:, None])) / n_others
    share = rights / np.maximum(answers, 1)
    spread = share * (1.0 - share) * answers / np.maximum(answers - 1, 1)
    usable = (answers > least).all(axis=0) & (spread > 0).all(axis=0)
    usable &= (scores > scores[0]) & (scores < scores[-1])
    inner = np.flatnonzero(usable)
    run = true[:, inner + 1] - true[:, inner - 1]
    if not len(inner) or (run == 0).any():
        return {}
    weight = np.where(usable, answers.sum(axis=0), 0.0)
    weight /= weight.sum()
    slope = (share[:, inner + 1] - share[:, inner - 1]) / run
    moved = share[:, inner] + slope * (true.mean(axis=0)[inner] - true[:, inner])
    difference = np.zeros(len(scores))
    difference[inner] = moved[0] - moved[1]
    error = np.where(usable, weight**2 * (spread / np.maximum(answers, 1)).sum(axis=0), 0.0)
    beta, se = float(weight @ difference), float(np.sqrt(error.sum()))
    after = scores > _crossing(scores, difference, answers)
    # the crossing statistic is a sum of squares on either side of the crossing score
    parts, sides = weight * difference, [side for side in (after, ~after) if error[side].sum() > 0]
    return {
        "n": float(n.sum()),
        "effect": beta,
        "se": se,
        "sib_chisq": (beta / se) ** 2,
        "cross_beta": abs(float(parts[~after].sum() - parts[after].sum())),
        "cross_chisq": sum(float(parts[side].sum()) ** 2 / float(error[side].sum()) for side in sides),
        "cross_df": float(len(sides)),
    }


def _crossing(scores: Floats, difference: Floats, answers: Floats) -> float:
    """Where a straight line through the differences is 0, to one digit as in mirt; inf where nowhere."""
    weight = answers.max(axis=0)
    used = (answers > 0).all(axis=0) & (weight / answers.sum() > 0.01)
    k, y, w = scores[used], difference[used], weight[used]
    if len(np.unique(k)) < 2:
        return float("inf")
    centre = float(w @ k / w.sum())
    slope = float(w @ ((k - centre) * y) / (w @ (k - centre) ** 2))
    if slope == 0:
        return float("inf")
    return float(f"{centre - float(w @ y / w.sum()) / slope:.0e}")


# ── logistic regression ───────────────────────────────────────────────────────────────────────────────


EPSILON, MOST_STEPS = 1e-8, 25
JODOIN_GIERL = (0.035, 0.07)
TESTS = {"both": "both", "udif": "uniform", "nudif": "nonuniform"}
"""The kinds of DIF, with the name of the test for each."""
_SAME = 1e-9
_START = np.log(3.0) + 4.0 / 3.0
"""Working response of a right answer at the start, where `glm` sets every chance to 1/4 or 3/4."""


class Regressions(NamedTuple):
    """Logistic regressions of B items on P terms: 1, score, F groups, F products of score and group."""

    deviance: Floats
    """(B,)."""
    coefficients: Floats
    """(B, P); NaN if a term is not determined by the data (as in R) or is infinite."""
    covariance: Floats
    """(B, P, P)."""
    rank: Ints
    """(B,) the number of terms that the data determine."""
    separated: Bools
    """(B,) whether right and wrong answers are completely separated somewhere, so that coefficients are
    infinite."""


def logistic(block: Counts, criterion: str, kind: str) -> Columns:
    """Return the logistic regression tests (B,) of each item on the total, which includes the item and is not
    standardised.

    Three nested models: right ~ score; ~ score + group; ~ score × group. `uniform` compares the second with
    the first, `nonuniform` the third with the second, `both` the third with the first. `effect` is the
    difference of Nagelkerke's R² between the two models of `kind`.

    References
    ----------
    Swaminathan & Rogers (1990), J. Educ. Meas. 27, 361–370. Nagelkerke (1991), Biometrika 78, 691–692.
    Magis, Raîche, Béland & Gérard (2011), Int. J. Testing 11, for several groups.
    """
    score, added, crossed = (regressions(block, terms) for terms in ("score", "group", "product"))
    pairs = {"uniform": (added, score), "nonuniform": (crossed, added), "both": (crossed, score)}
    columns: Columns = {}
    for name, (full, simple) in pairs.items():
        df = np.where(full.rank > simple.rank, full.rank - simple.rank, np.nan)
        gain = np.maximum(simple.deviance - full.deviance, 0.0)  # below 0 by rounding alone
        statistic = np.where(np.isnan(df), np.nan, gain if criterion == "lrt" else _wald(full, simple))
        columns[f"lr_{name}"], columns[f"lr_{name}_df"] = statistic, df
        columns[f"lr_{name}_p"] = chi_square_tail(statistic, np.nan_to_num(df))
    full, simple = pairs[TESTS[kind]]
    right, wrong = block.right.sum(axis=(1, 2)), block.wrong.sum(axis=(1, 2))
    n = right + wrong
    null = -2.0 * (right * np.log(right / n) + wrong * np.log(wrong / n))
    r2_full, r2_simple = (np.expm1((fit.deviance - null) / n) / np.expm1(-null / n) for fit in (full, simple))
    coefficients, se = _padded(full, 2 * block.right.shape[1])
    simple_coefficients, simple_se = _padded(simple, 2 * block.right.shape[1])
    return {
        "n": n,
        "effect": r2_full - r2_simple,
        "p": columns[f"lr_{TESTS[kind]}_p"],
        **columns,
        "r2_full": r2_full,
        "r2_simple": r2_simple,
        "separated": (full.separated | simple.separated).astype(np.float64),
        "coefficients": coefficients,
        "coefficients_se": se,
        "simple_coefficients": simple_coefficients,
        "simple_se": simple_se,
    }


def design(levels: Floats, n_groups: int, terms: str) -> tuple[Floats, Floats]:
    """Return the terms of `score`, with `group`, or with their `product`, for the cells of group and level
    (G·L, P), with the score centred and scaled; and the matrix (P, P) that converts coefficients to those of
    the original score."""
    spread, centre = float(levels.std()) or 1.0, float(levels.mean())
    score = np.tile((levels - centre) / spread, n_groups)
    member = (np.repeat(np.arange(n_groups), len(levels))[:, None] == np.arange(1, n_groups)).astype(float)
    columns = [np.ones((len(score), 1)), score[:, None]]
    if terms != "score":
        columns.append(member)
    if terms == "product":
        columns.append(member * score[:, None])
    matrix = np.concatenate(columns, axis=1)
    back = np.eye(matrix.shape[1])
    back[1, 1], back[0, 1] = 1.0 / spread, -centre / spread
    if terms == "product":
        group = 2 + np.arange(n_groups - 1)
        product = group + n_groups - 1
        back[product, product] = 1.0 / spread
        back[group, product] = -centre / spread
    return matrix, back


def regressions(block: Counts, terms: str) -> Regressions:
    """Fit the logistic regressions of each item in a block."""
    matrix, back = design(block.levels, block.right.shape[1], terms)
    right = block.right.reshape(len(block.items), -1)
    answers = right + block.wrong.reshape(len(block.items), -1)
    n_items, n_terms = len(right), matrix.shape[1]
    squares = (matrix[:, :, None] * matrix[:, None, :]).reshape(len(matrix), -1)
    kept = _independent(((answers > 0).astype(np.float64) @ squares).reshape(-1, n_terms, n_terms))
    beta, information = np.zeros((n_items, n_terms)), np.zeros((n_items, n_terms, n_terms))
    deviance = answers.sum(axis=1) * (-2.0 * np.log(0.75))
    weight, target = answers * 0.1875, 0.1875 * _START * (2.0 * right - answers)
    active = np.arange(n_items)
    for _ in range(MOST_STEPS):
        # rows and columns of terms that are left out become those of the unit matrix
        both = kept[active, :, None] & kept[active, None, :]
        normal = np.where(both, (weight @ squares).reshape(-1, n_terms, n_terms), np.eye(n_terms))
        information[active] = normal
        beta[active] = _solve(normal, np.where(kept[active], target @ matrix, 0.0))
        linear = np.clip(beta[active] @ matrix.T, -30.0, 30.0)
        n, r = answers[active], right[active]
        chance = 0.5 * (1.0 + np.tanh(0.5 * linear))
        now = 2.0 * (n * np.logaddexp(0.0, linear) - r * linear).sum(axis=1)
        moving = ~(np.abs(now - deviance[active]) / (np.abs(now) + 0.1) < EPSILON)
        deviance[active] = now
        if not moving.any():
            break
        weight = (n * chance * (1.0 - chance))[moving]
        target = weight * linear[moving] + (r - n * chance)[moving]
        active = active[moving]
    try:
        inverse = np.linalg.inv(information)
    except np.linalg.LinAlgError:
        inverse = np.linalg.pinv(information, hermitian=True)
    inverse = np.where(kept[:, :, None] & kept[:, None, :], inverse, 0.0)
    covariance, coefficients = back @ inverse @ back.T, beta @ back.T
    separated = _separated(block, terms)
    lost = ~kept | separated[:, None]
    coefficients[lost] = np.nan
    covariance[lost[:, :, None] | lost[:, None, :]] = np.nan
    return Regressions(deviance, coefficients, covariance, kept.sum(axis=1), separated)


def _independent(gram: Floats) -> Bools:
    """(B, P) which terms are not a combination of those before them, at the cells that have answers."""
    first = np.einsum("bpp->bp", gram).copy()
    kept = np.zeros(first.shape, dtype=np.bool_)
    for p in range(first.shape[1]):
        left = gram[:, p, p]
        kept[:, p] = left > _SAME * np.maximum(first[:, p], 1e-300)
        row = np.where(kept[:, p, None], gram[:, p] / np.where(kept[:, p], left, 1.0)[:, None], 0.0)
        gram = gram - row[:, :, None] * gram[:, p, None, :]
    return kept


def _solve(matrix: Floats, target: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(matrix, target[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        # only where answers part completely and weights vanish: the deviance has settled by then
        scale = np.sqrt(np.maximum(np.einsum("bpp->bp", matrix), 1e-300))
        ridge = matrix / scale[:, :, None] / scale[:, None, :] + 1e-10 * np.eye(matrix.shape[1])
        return np.asarray(np.linalg.solve(ridge, (target / scale)[:, :, None])[:, :, 0] / scale)


def _separated(block: Counts, terms: str) -> Bools:
    """(B,) whether the likelihood of the model has no finite maximum (Albert & Anderson, 1984).

    In one variable that is so where all right answers lie at or above all wrong ones, or at or below.
    """
    if terms == "score":
        right, wrong = block.right.sum(axis=1, keepdims=True), block.wrong.sum(axis=1, keepdims=True)
        return _separated(block._replace(right=right, wrong=wrong), "product")
    low_right, high_right = _range(block.right, block.levels)
    low_wrong, high_wrong = _range(block.wrong, block.levels)
    some = np.isfinite(low_right) | np.isfinite(low_wrong)
    one_sided = some & ~(np.isfinite(low_right) & np.isfinite(low_wrong))
    spread = np.maximum(high_right, high_wrong) > np.minimum(low_right, low_wrong)
    up, down = high_wrong <= low_right, high_right <= low_wrong
    if terms == "product":
        return np.asarray((one_sided | (some & spread & (up | down))).any(axis=1))
    moving = (some & spread & ~one_sided).any(axis=1)
    same_way = (up | ~some).all(axis=1) | (down | ~some).all(axis=1)
    return np.asarray(one_sided.any(axis=1) | (moving & same_way))


def _range(counts: Floats, levels: Floats) -> tuple[Floats, Floats]:
    """(B, G) lowest and highest level with a count; inf and −inf where there is none."""
    return (
        np.where(counts > 0, levels, np.inf).min(axis=2, initial=np.inf),
        np.where(counts > 0, levels, -np.inf).max(axis=2, initial=-np.inf),
    )


def _wald(full: Regressions, simple: Regressions) -> Floats:
    """β' C⁻¹ β of the terms that only the full model has; NaN where one is not determined."""
    first = simple.coefficients.shape[1]
    beta, covariance = full.coefficients[:, first:], full.covariance[:, first:, first:]
    lost = np.isnan(np.einsum("bpq->b", covariance))
    covariance = np.where(lost[:, None, None], np.eye(beta.shape[1]), covariance)
    inverse = np.linalg.pinv(covariance, rcond=1e-14, hermitian=True)
    return np.where(lost, np.nan, np.einsum("bp,bpq,bq->b", beta, inverse, beta))


def _padded(fit: Regressions, n_terms: int) -> tuple[Floats, Floats]:
    """Coefficients and their standard errors, 0 for terms that the model has not."""
    found = np.zeros((2, len(fit.deviance), n_terms))
    width = fit.coefficients.shape[1]
    found[0, :, :width] = fit.coefficients
    found[1, :, :width] = np.sqrt(np.einsum("bpp->bp", fit.covariance))
    return found[0], found[1]
