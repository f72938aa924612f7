"""Logistic regression tests of uniform and non-uniform differential item functioning (difR's `difLogistic`
and `difGenLogistic`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.analysis.dif_columns import (
    Bools,
    Classes,
    Floats,
    Purified,
    adjusted,
    classes,
    purify,
    scattered,
)  # fmt: skip
from examgen.analysis.dif_counts import Sample, Strata, comparable, strata
from examgen.analysis.dif_glm import Regressions, null_deviance, regressions
from examgen.analysis.distributions import chi_square_tail
from examgen.analysis.irt import Note

KINDS = ("uniform", "nonuniform", "both")
_OF_KIND = {"udif": "uniform", "nudif": "nonuniform", "both": "both"}
ZUMBO_THOMAS, JODOIN_GIERL = (0.13, 0.26), (0.035, 0.07)
UNDERFLOW = 745.0
"""exp of less than about −745 is 0 in double precision."""


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
    found: Sample,
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
    found : Sample
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
        return _joined(n_items, n_terms, [_of_block(part, criterion, kind) for part in parts])

    def flagged(columns: dict[str, Floats]) -> Bools:
        return np.asarray(columns[f"lr_{_OF_KIND[kind]}_p"] < alpha)

    last = purify(compute, flagged, n_items, purification)
    return _result(last, found.notes, kind, adjust, alpha)


_TABLES = ("coefficients", "se", "simple_coefficients", "simple_se")
_TESTS = tuple(f"lr_{kind}{what}" for kind in KINDS for what in ("", "_df", "_p"))
_COLUMNS = (
    "n", *_TESTS, "delta_r2", "delta_r2_nagelkerke", "r2_full", "r2_simple", "separated", "cox_snell",
    *_TABLES,
)  # fmt: skip


def _joined(n_items: int, n_terms: int, parts: list[dict[str, Floats]]) -> dict[str, Floats]:
    if not parts:
        return {
            name: np.full((n_items, n_terms) if name in _TABLES else n_items, np.nan) for name in _COLUMNS
        }
    items = np.concatenate([part["item"] for part in parts]).astype(np.int64)
    return {
        name: scattered(n_items, items, np.concatenate([part[name] for part in parts])) for name in _COLUMNS
    }


def _of_block(part: Strata, criterion: str, kind: str) -> dict[str, Floats]:
    score, added, crossed = (regressions(part, name) for name in ("score", "score + group", "score × group"))
    pairs = {"uniform": (added, score), "nonuniform": (crossed, added), "both": (crossed, score)}
    columns = {"item": part.items.astype(np.float64), "n": (part.right + part.wrong).sum(axis=(1, 2))}
    for name, (full, simple) in pairs.items():
        df = (full.rank - simple.rank).astype(np.float64)
        statistic = simple.deviance - full.deviance if criterion == "lrt" else _wald(full, simple)
        statistic = np.where(df > 0, statistic, np.nan)
        columns[f"lr_{name}"], columns[f"lr_{name}_df"] = statistic, np.where(df > 0, df, np.nan)
        columns[f"lr_{name}_p"] = chi_square_tail(statistic, df)
    full, simple = pairs[_OF_KIND[kind]]
    n_terms = 2 * part.right.shape[1]
    columns["separated"] = (full.separated | simple.separated).astype(np.float64)
    columns["coefficients"], columns["se"] = _table(full, n_terms)
    columns["simple_coefficients"], columns["simple_se"] = _table(simple, n_terms)
    return columns | _determination(part, full, simple)


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


def _determination(part: Strata, full: Regressions, simple: Regressions) -> dict[str, Floats]:
    """R² of both models, by difR's arithmetic and by Nagelkerke's formula."""
    n, null = (part.right + part.wrong).sum(axis=(1, 2)), null_deviance(part)
    greatest = 1.0 - np.exp(-null / 2.0) ** (2.0 / n)
    r2_full, r2_simple = (1.0 - np.exp((fit.deviance - null) / n) for fit in (full, simple))
    return {
        "r2_full": r2_full / greatest,
        "r2_simple": r2_simple / greatest,
        "delta_r2": r2_full / greatest - r2_simple / greatest,
        "delta_r2_nagelkerke": (r2_full - r2_simple) / -np.expm1(-null / n),
        "cox_snell": (null / 2.0 > UNDERFLOW).astype(np.float64),
    }


def _result(
    last: Purified[dict[str, Floats]], notes: tuple[Note, ...], kind: str, adjust: str | None, alpha: float
) -> LogisticDif:
    columns = last.result
    p = columns[f"lr_{_OF_KIND[kind]}_p"]
    p_adjusted = adjusted(p, adjust)
    delta, exact = columns["delta_r2"], columns["delta_r2_nagelkerke"]
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
        notes=(*notes, *_odd(columns, last, _OF_KIND[kind])),
    )


def _odd(columns: dict[str, Floats], last: Purified[dict[str, Floats]], name: str) -> list[Note]:
    notes = []
    if not last.converged:
        words = "Ten rounds of purification did not settle the flagged items."
        notes.append(Note("not-converged", None, words))
    if (columns["cox_snell"] == 1).any():
        words = (
            "`delta_r2` is what difR prints: with so many candidates its arithmetic underflows and gives Cox "
            "and Snell's R². Nagelkerke's is in `delta_r2_nagelkerke`."
        )
        notes.append(Note("cox-snell", None, words))
    for j in np.flatnonzero(columns["separated"] == 1):
        words = "Right and wrong answers part completely at a score: coefficients run to infinity."
        notes.append(Note("separation", int(j), words))
    for j in np.flatnonzero(np.isnan(columns[f"lr_{name}"]) & (columns["n"] > 0)):
        words = "The scores of the groups do not determine the terms that are tested."
        notes.append(Note("not-determined", int(j), words))
    return notes
