"""Logistic regression tests of uniform and non-uniform differential item functioning (difR's `difLogistic`
and `difGenLogistic`).

Counts of right and wrong answers → logistic regressions of all items at once, step for step as R's `glm`.

Each item has its own regression on the same design. The steps, the starting values and the rule to stop are
those of `glm` (iterated weighted least squares, relative change of the deviance below 1e-8, at most 25
steps), so that results agree with R's to rounding and not just to its tolerance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.words import tell
from examgen.psychometrics.dif.counts import DifSample, Strata, comparable, strata
from examgen.psychometrics.dif.screening import (  # fmt: skip
    Bools,
    Classes,
    Floats,
    Ints,
    classes,
    joined,
    purify,
)
from examgen.stats.distributions import adjusted, chi_square_tail
from examgen.stats.irt_models import Note

EPSILON, MOST_STEPS = 1e-8, 25
_SAME = 1e-9
_START = np.log(3.0) + 4.0 / 3.0
"""Working response of a right answer at the start, where `glm` sets every chance to 1/4 or 3/4."""
KINDS = ("uniform", "nonuniform", "both")
_OF_KIND = {"udif": "uniform", "nudif": "nonuniform", "both": "both"}
ZUMBO_THOMAS, JODOIN_GIERL = (0.13, 0.26), (0.035, 0.07)
UNDERFLOW = 745.0
"""exp of less than about −745 is 0 in double precision."""
_TABLES = ("coefficients", "se", "simple_coefficients", "simple_se")
_TESTS = tuple(f"lr_{kind}{what}" for kind in KINDS for what in ("", "_df", "_p"))
_COLUMNS = (
    "n", *_TESTS, "delta_r2", "delta_r2_nagelkerke", "r2_full", "r2_simple", "separated", "cox_snell",
    *_TABLES,
)  # fmt: skip


class Regressions(NamedTuple):
    """Fits of B items to P terms: 1, score, F groups, F products of score and group."""

    deviance: Floats
    """(B,)."""
    coefficients: Floats
    """(B, P); NaN where a term is not determined by the data (as in R) or runs to infinity."""
    covariance: Floats
    """(B, P, P)."""
    rank: NDArray[np.int64]
    """(B,) terms that the data determine."""
    separated: Bools
    """(B,) right and wrong answers part completely somewhere: coefficients run to infinity."""
    converged: Bools


def design(levels: Floats, n_groups: int, kind: str) -> tuple[Floats, Floats]:
    """Terms of `score`, `score + group` or `score × group` at the cells of group and level (G·L, P), the
    score centred and scaled; and (P, P) from coefficients of these terms to those of the score as it is."""
    spread = float(levels.std()) or 1.0
    centre = float(levels.mean())
    score = np.tile((levels - centre) / spread, n_groups)
    member = (np.repeat(np.arange(n_groups), len(levels))[:, None] == np.arange(1, n_groups)).astype(
        np.float64
    )
    columns = [np.ones((len(score), 1)), score[:, None]]
    n_focal = n_groups - 1
    if kind != "score":
        columns.append(member)
    if kind == "score × group":
        columns.append(member * score[:, None])
    terms = np.concatenate(columns, axis=1)
    back = np.eye(terms.shape[1])
    back[1, 1], back[0, 1] = 1.0 / spread, -centre / spread
    if kind == "score × group":
        at = np.arange(n_focal)
        back[2 + n_focal + at, 2 + n_focal + at] = 1.0 / spread
        back[2 + at, 2 + n_focal + at] = -centre / spread
    return terms, back


def regressions(part: Strata, kind: str) -> Regressions:
    """Logistic regressions of each item of a block."""
    n_groups = part.right.shape[1]
    terms, back = design(part.levels, n_groups, kind)
    right = part.right.reshape(len(part.items), -1)
    answers = right + part.wrong.reshape(len(part.items), -1)
    n_items, n_terms = len(right), terms.shape[1]
    squares = (terms[:, :, None] * terms[:, None, :]).reshape(len(terms), -1)
    # which terms are not a combination of those before them, at the cells that have answers
    gram = ((answers > 0).astype(np.float64) @ squares).reshape(-1, n_terms, n_terms)
    first = np.einsum("bpp->bp", gram).copy()
    kept = np.zeros((n_items, n_terms), dtype=np.bool_)
    for p in range(n_terms):
        left = gram[:, p, p]
        kept[:, p] = left > _SAME * np.maximum(first[:, p], 1e-300)
        row = np.where(kept[:, p, None], gram[:, p] / np.where(kept[:, p], left, 1.0)[:, None], 0.0)
        gram = gram - row[:, :, None] * gram[:, p, None, :]
    beta, information = np.zeros((n_items, n_terms)), np.zeros((n_items, n_terms, n_terms))
    deviance = answers.sum(axis=1) * (-2.0 * np.log(0.75))
    weight, target = answers * 0.1875, 0.1875 * _START * (2.0 * right - answers)
    active = np.arange(n_items)
    converged = np.zeros(n_items, dtype=np.bool_)
    for _ in range(MOST_STEPS):
        # rows and columns of terms that are left out become those of the unit matrix
        both = kept[active, :, None] & kept[active, None, :]
        normal = np.where(both, (weight @ squares).reshape(-1, n_terms, n_terms), np.eye(n_terms))
        information[active] = normal
        beta[active] = _solve(normal, np.where(kept[active], target @ terms, 0.0))
        linear = np.clip(beta[active] @ terms.T, -30.0, 30.0)
        n, r = answers[active], right[active]
        chance = 0.5 * (1.0 + np.tanh(0.5 * linear))
        now = 2.0 * (n * np.logaddexp(0.0, linear) - r * linear).sum(axis=1)
        settled = np.abs(now - deviance[active]) / (np.abs(now) + 0.1) < EPSILON
        deviance[active] = now
        converged[active[settled]] = True
        if settled.all():
            break
        weight = (n * chance * (1.0 - chance))[~settled]
        target = weight * linear[~settled] + (r - n * chance)[~settled]
        active = active[~settled]
    try:
        inverse = np.linalg.inv(information)
    except np.linalg.LinAlgError:
        inverse = np.linalg.pinv(information, hermitian=True)
    inverse = np.where(kept[:, :, None] & kept[:, None, :], inverse, 0.0)
    covariance = back @ inverse @ back.T
    coefficients = beta @ back.T
    apart = _separated(part, kind)
    lost = ~kept | apart[:, None]
    coefficients[lost] = np.nan
    covariance[lost[:, :, None] | lost[:, None, :]] = np.nan
    return Regressions(deviance, coefficients, covariance, kept.sum(axis=1), apart, converged)


def null_deviance(part: Strata) -> Floats:
    """(B,) deviance of the model without terms."""
    right, wrong = part.right.sum(axis=(1, 2)), part.wrong.sum(axis=(1, 2))
    whole = right + wrong
    return np.asarray(-2.0 * (right * np.log(right / whole) + wrong * np.log(wrong / whole)))


def _solve(matrix: Floats, target: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(matrix, target[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        # only where answers part completely and weights vanish: the deviance has settled by then
        scale = np.sqrt(np.maximum(np.einsum("bpp->bp", matrix), 1e-300))
        ridge = matrix / scale[:, :, None] / scale[:, None, :] + 1e-10 * np.eye(matrix.shape[1])
        return np.asarray(np.linalg.solve(ridge, (target / scale)[:, :, None])[:, :, 0] / scale)


def _separated(part: Strata, kind: str) -> Bools:
    """(B,) whether the likelihood of the model has no finite maximum (Albert & Anderson, 1984).

    In one variable that is so where all right answers lie at or above all wrong ones, or at or below.
    """
    if kind == "score":
        right, wrong = part.right.sum(axis=1, keepdims=True), part.wrong.sum(axis=1, keepdims=True)
        pooled = Strata(part.items, part.levels, right, wrong)
        return np.asarray(_separated(pooled, "score × group"))
    low_right, high_right = _range(part.right, part.levels)
    low_wrong, high_wrong = _range(part.wrong, part.levels)
    some = np.isfinite(low_right) | np.isfinite(low_wrong)
    one_sided = some & ~(np.isfinite(low_right) & np.isfinite(low_wrong))
    spread = np.maximum(high_right, high_wrong) > np.minimum(low_right, low_wrong)
    up, down = high_wrong <= low_right, high_right <= low_wrong
    if kind == "score × group":
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


class LogisticDif(NamedTuple):
    """Logistic regression analysis of J items; NaN (or no class) where undefined, and a note says why.

    Three nested models: right ~ score; ~ score + group; ~ score × group. The columns `uniform` compare the
    second with the first, `nonuniform` the third with the second, `both` the third with the first.
    """

    kind: str
    """`both`, `udif` or `nudif`: which test flags, purifies and gives ΔR²."""
    n: Floats
    """(J,) answers that were used."""
    lr_uniform: Floats
    """(J,) χ²: likelihood ratio, or Wald's where asked."""
    lr_uniform_df: Floats
    lr_uniform_p: Floats
    lr_nonuniform: Floats
    lr_nonuniform_df: Floats
    lr_nonuniform_p: Floats
    lr_both: Floats
    lr_both_df: Floats
    lr_both_p: Floats
    p: Floats
    """(J,) of the test of `kind`."""
    p_adjusted: Floats
    """(J,) corrected for many tests; `p` where that was not asked for."""
    delta_r2: Floats
    """(J,) R² of the full less that of the simple model of `kind`, as difR prints it."""
    delta_r2_nagelkerke: Floats
    """(J,) the same by Nagelkerke's formula. difR computes the greatest possible R² as
    1 − exp(−D₀/2)^(2/n); from a null deviance D₀ of about 1,490 on (some 1,100 candidates), exp(−D₀/2) is
    0 in double precision, the divisor is 1, and what difR prints is Cox and Snell's R² (note `cox-snell`)."""
    zumbo_thomas: Classes
    """(J,) A negligible, B moderate, C large by `delta_r2` below 0.13, below 0.26 and above."""
    jodoin_gierl: Classes
    """(J,) the same by 0.035 and 0.07."""
    jodoin_gierl_nagelkerke: Classes
    """(J,) the same of `delta_r2_nagelkerke`."""
    r2_full: Floats
    r2_simple: Floats
    coefficients: Floats
    """(J, 2 + 2F) of the full model of `kind`: intercept, score, F focal groups, score × groups; 0 where the
    model has no such term, NaN where the data do not determine it."""
    se: Floats
    simple_coefficients: Floats
    """(J, 2 + 2F) of the simple model of `kind`."""
    simple_se: Floats
    flagged: Bools
    """(J,) `p_adjusted` below alpha."""
    anchor: Bools
    """(J,) items that matched the groups."""
    rounds: int
    """Rounds of purification."""
    converged: bool
    """False where ten rounds of purification did not settle which items are flagged."""
    notes: tuple[Note, ...]


def logistic(
    found: DifSample,
    *,
    purification: bool = False,
    criterion: str = "lrt",
    kind: str = "both",
    adjust: str | None = None,
    alpha: float = 0.05,
) -> LogisticDif:
    """Logistic regression analysis of each item; the score has the item in it and is not standardised.

    Parameters
    ----------
    found : DifSample
    purification : bool
    criterion : {'lrt', 'wald'}
    kind : {'both', 'udif', 'nudif'}
        The test that flags and purifies; the other two are reported all the same.
    adjust : {None, 'bh', 'holm', 'bonferroni'}
    alpha : float

    References
    ----------
    Swaminathan & Rogers (1990), J. Educ. Meas. 27, 361–370. Nagelkerke (1991), Biometrika 78, 691–692.
    Zumbo & Thomas (1997); Jodoin & Gierl (2001), Appl. Meas. Educ. 14, 329–349, for the classes.
    Magis, Raîche, Béland & Gérard (2011), Int. J. Testing 11, for several groups.
    """
    if criterion not in {"lrt", "wald"} or kind not in _OF_KIND:
        raise ValueError(f"criterion {criterion!r} or kind {kind!r} is not known")
    n_items, n_terms = found.cells.shape[1], 2 * max(found.n_groups, 2)

    def compute(anchor: Bools) -> dict[str, Floats]:
        parts = strata(found, anchor) if comparable(found) else ()
        blocks = [_of_block(part, criterion, kind) for part in parts]
        return joined(n_items, _COLUMNS, blocks, dict.fromkeys(_TABLES, n_terms))

    def flagged(columns: dict[str, Floats]) -> Bools:
        return np.asarray(columns[f"lr_{_OF_KIND[kind]}_p"] < alpha)

    last = purify(compute, flagged, found.in_total, purification)
    columns = last.result
    p = columns[f"lr_{_OF_KIND[kind]}_p"]
    p_adjusted = adjusted(p, adjust)
    delta, exact = columns["delta_r2"], columns["delta_r2_nagelkerke"]
    odd = last.notes
    if (columns["cox_snell"] == 1).any():
        words = tell(
            "`delta_r2` follows difR. With so many candidates its computation underflows and "
            "gives the R² of Cox and Snell. `delta_r2_nagelkerke` has Nagelkerke's."
        )
        odd.append(Note("cox-snell", None, words))
    for j in np.flatnonzero(columns["separated"] == 1):
        words = tell("Right and wrong answers separate completely at a score, so coefficients are infinite.")
        odd.append(Note("separation", int(j), words))
    for j in np.flatnonzero(np.isnan(columns[f"lr_{_OF_KIND[kind]}"]) & (columns["n"] > 0)):
        words = tell("The scores of the groups do not identify the terms tested.")
        odd.append(Note("not-determined", int(j), words))
    return LogisticDif(
        kind=kind,
        **{name: columns[name] for name in ("n", *_TESTS, *_TABLES)},
        p=p,
        p_adjusted=p_adjusted,
        delta_r2=delta,
        delta_r2_nagelkerke=exact,
        zumbo_thomas=classes(delta, ZUMBO_THOMAS),
        jodoin_gierl=classes(delta, JODOIN_GIERL),
        jodoin_gierl_nagelkerke=classes(exact, JODOIN_GIERL),
        r2_full=columns["r2_full"],
        r2_simple=columns["r2_simple"],
        flagged=np.asarray(p_adjusted < alpha),
        anchor=last.anchor,
        rounds=last.rounds,
        converged=last.converged,
        notes=(*found.notes, *odd),
    )


def _of_block(part: Strata, criterion: str, kind: str) -> dict[str, Floats | Ints]:
    score, added, crossed = (regressions(part, name) for name in ("score", "score + group", "score × group"))
    pairs = {"uniform": (added, score), "nonuniform": (crossed, added), "both": (crossed, score)}
    columns: dict[str, Floats | Ints] = {"item": part.items, "n": (part.right + part.wrong).sum(axis=(1, 2))}
    for name, (full, simple) in pairs.items():
        df = (full.rank - simple.rank).astype(np.float64)
        gain = np.maximum(simple.deviance - full.deviance, 0.0)  # below 0 by rounding alone
        statistic = gain if criterion == "lrt" else _wald(full, simple)
        statistic = np.where(df > 0, statistic, np.nan)
        columns[f"lr_{name}"], columns[f"lr_{name}_df"] = statistic, np.where(df > 0, df, np.nan)
        columns[f"lr_{name}_p"] = chi_square_tail(statistic, df)
    full, simple = pairs[_OF_KIND[kind]]
    n_terms = 2 * part.right.shape[1]
    columns["separated"] = (full.separated | simple.separated).astype(np.float64)
    columns["coefficients"], columns["se"] = _table(full, n_terms)
    columns["simple_coefficients"], columns["simple_se"] = _table(simple, n_terms)
    # R² of both models, by difR's arithmetic and by Nagelkerke's formula
    n, null = columns["n"], null_deviance(part)
    greatest = 1.0 - np.exp(-null / 2.0) ** (2.0 / n)
    r2_full, r2_simple = (1.0 - np.exp((fit.deviance - null) / n) for fit in (full, simple))
    columns["r2_full"], columns["r2_simple"] = r2_full / greatest, r2_simple / greatest
    columns["delta_r2"] = columns["r2_full"] - columns["r2_simple"]
    columns["delta_r2_nagelkerke"] = (r2_full - r2_simple) / -np.expm1(-null / n)
    columns["cox_snell"] = (null / 2.0 > UNDERFLOW).astype(np.float64)
    return columns


def _wald(full: Regressions, simple: Regressions) -> Floats:
    """β' C⁻¹ β of the terms that only the full model has; NaN where one is not determined."""
    first = simple.coefficients.shape[1]
    beta, covariance = full.coefficients[:, first:], full.covariance[:, first:, first:]
    lost = np.isnan(np.einsum("bpq->b", covariance))
    covariance = np.where(lost[:, None, None], np.eye(beta.shape[1]), covariance)
    inverse = np.linalg.pinv(covariance, rcond=1e-14, hermitian=True)
    return np.where(lost, np.nan, np.einsum("bp,bpq,bq->b", beta, inverse, beta))


def _table(fit: Regressions, n_terms: int) -> tuple[Floats, Floats]:
    """Coefficients and their standard errors, 0 for terms that the model has not."""
    out = np.zeros((2, len(fit.deviance), n_terms))
    width = fit.coefficients.shape[1]
    out[0, :, :width] = fit.coefficients
    out[1, :, :width] = np.sqrt(np.einsum("bpp->bp", fit.covariance))
    return out[0], out[1]
