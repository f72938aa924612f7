"""Shealy and Stout's simultaneous item bias test, each item against all others (mirt's `SIBTEST`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.core.words import tell
from examgen.psychometrics.dif.counts import DifSample, comparable, strata
from examgen.psychometrics.dif.screening import Bools, Classes, Floats, classes
from examgen.stats.distributions import adjusted, chi_square_tail
from examgen.stats.irt_models import Note

MODERATE, LARGE = 0.059, 0.088
LEAST = 5
"""mirt's `Jmin`: scores with more candidates than that, in both groups, are used."""
_COLUMNS = ("n", "beta", "se", "chisq", "cross_beta", "cross_chisq", "cross_df")


class SibtestDif(NamedTuple):
    """SIBTEST of J items, two groups; NaN where undefined, and a note says why."""

    n: Floats
    """(J,) candidates that were used: those with an answer to every item that is analysed."""
    beta: Floats
    """(J,) proportion right, reference less focal, at like true score: positive, the item favours the
    reference group."""
    se: Floats
    chisq: Floats
    """(J,) (β/se)², one degree of freedom."""
    p: Floats
    p_adjusted: Floats
    """(J,) corrected for many tests; `p` where that was not asked for."""
    beta_class: Classes
    """(J,) A below 0.059, B below 0.088, C from there on, by size (Roussos & Stout, 1996)."""
    cross_beta: Floats
    """(J,) the absolute difference when it changes sign at the crossing score."""
    cross_chisq: Floats
    """(J,) crossing SIBTEST (Chalmers, 2018)."""
    cross_df: Floats
    cross_p: Floats
    flagged: Bools
    """(J,) `p_adjusted` below alpha."""
    notes: tuple[Note, ...]


def sibtest(found: DifSample, *, least: int, adjust: str | None, alpha: float) -> SibtestDif:
    """Each item against the rest score of all others, with the regression correction of both groups.

    Parameters
    ----------
    found : DifSample
        Candidates with missing answers are left out.
    least : int
    adjust : {None, 'bh', 'holm', 'bonferroni'}
    alpha : float

    References
    ----------
    Shealy & Stout (1993), Psychometrika 58, 159–194. Li & Stout (1996), Psychometrika 61, 647–677.
    Chalmers (2018), Psychometrika 83, 376–386.
    """
    n_items = len(found.usable)
    notes = [note for note in found.notes if note.code != "missing-answers"]
    columns = {name: np.full(n_items, np.nan) for name in _COLUMNS}
    whole = (found.cells[:, found.usable] >= 0).all(axis=1)
    if not whole.all():
        words = tell(
            "{whole:,} candidates have missing answers and are excluded by this method.",
            whole=int((~whole).sum()),
        )
        notes.append(Note("incomplete", None, words))
    if comparable(found) and found.n_groups > 2:
        notes.append(Note("two-groups-only", None, tell("This method allows only one focal group.")))
    elif comparable(found):
        cells = np.where(found.usable, found.cells[whole], np.int8(-1)).astype(np.int8)
        used = DifSample(cells, found.group[whole], None, found.usable, ())
        # (2, J) variances (divisor n − 1) of the usable items in each group, 0 for the others
        variances = np.zeros((2, n_items))
        for g in (0, 1):
            own = used.cells[used.group == g]
            share = (own == 1).sum(axis=0) / max(len(own), 1)
            spread = share * (1.0 - share) * len(own) / max(len(own) - 1, 1)
            variances[g] = np.where(used.usable, spread, 0.0)
        for part in strata(used, found.usable) if comparable(used) else ():
            first = int(part.levels[0]) - 1
            scores = np.arange(first, int(part.levels[-1]) + 1)
            at = (part.levels - first).astype(np.int64)
            for item, right, wrong in zip(part.items, part.right, part.wrong, strict=True):
                # from counts at totals to counts at rest scores
                rights, wrongs = np.zeros((2, 2, len(scores)))
                rights[:, at - 1], wrongs[:, at] = right, wrong
                seen = (rights + wrongs).sum(axis=0) > 0
                others = variances.sum(axis=1) - variances[:, item]
                n_others = int(used.usable.sum()) - 1
                row = _of_item(
                    scores[seen].astype(np.float64), rights[:, seen], wrongs[:, seen], others, n_others, least
                )
                for name, value in row.items():
                    columns[name][item] = value
    p = chi_square_tail(columns["chisq"], np.where(np.isnan(columns["chisq"]), 0, 1))
    p_adjusted = adjusted(p, adjust)
    told = {note.item for note in notes}
    for j in np.flatnonzero(np.isnan(p)):
        if int(j) not in told:
            words = tell("Too few candidates of both groups have the same rest scores.")
            notes.append(Note("no-overlap", int(j), words))
    return SibtestDif(
        **columns,
        p=p,
        p_adjusted=p_adjusted,
        beta_class=classes(columns["beta"], (MODERATE, LARGE)),
        cross_p=chi_square_tail(columns["cross_chisq"], np.nan_to_num(columns["cross_df"])),
        flagged=np.asarray(p_adjusted < alpha),
        notes=tuple(notes),
    )


def _of_item(
    scores: Floats, rights: Floats, wrongs: Floats, others: Floats, n_others: int, least: int
) -> dict[str, float]:
    """SIBTEST of one item from its answers at each rest score: `rights`, `wrongs` (2, K)."""
    nothing = dict.fromkeys(_COLUMNS, float("nan"))
    counts = rights + wrongs
    n = counts.sum(axis=1)
    if n_others < 2 or (n < 2).any() or len(scores) < 3:
        return nothing
    mean = (counts @ scores) / n
    variance = ((counts * (scores - mean[:, None]) ** 2).sum(axis=1)) / (n - 1)
    if (variance <= 0).any():
        return nothing
    reliability = n_others / (n_others - 1) * (1.0 - others / variance)
    true = (mean[:, None] + reliability[:, None] * (scores - mean[:, None])) / n_others
    share = rights / np.maximum(counts, 1)
    spread = share * (1.0 - share) * counts / np.maximum(counts - 1, 1)
    inside = (scores > scores[0]) & (scores < scores[-1])
    usable = (counts > least).all(axis=0) & (spread > 0).all(axis=0) & inside
    if not usable.any():
        return nothing
    weight = np.where(usable, counts.sum(axis=0), 0.0)
    weight /= weight.sum()
    inner = np.flatnonzero(usable)
    run = true[:, inner + 1] - true[:, inner - 1]
    if (run == 0).any():
        return nothing
    slope = (share[:, inner + 1] - share[:, inner - 1]) / run
    moved = share[:, inner] + slope * (true.mean(axis=0)[inner] - true[:, inner])
    difference = np.zeros(len(scores))
    difference[inner] = moved[0] - moved[1]
    error = np.where(usable, weight**2 * (spread / np.maximum(counts, 1)).sum(axis=0), 0.0)
    beta, se = float(weight @ difference), float(np.sqrt(error.sum()))
    after = scores > _crossing(scores, difference, counts)
    # the crossing statistic: a sum of squares on either side of the crossing score
    parts, cross_chisq, cross_df = weight * difference, 0.0, 0
    for side in (after, ~after):
        if error[side].sum() > 0:
            cross_chisq += float(parts[side].sum()) ** 2 / float(error[side].sum())
            cross_df += 1
    return {
        "n": float(n.sum()),
        "beta": beta,
        "se": se,
        "chisq": (beta / se) ** 2,
        "cross_beta": abs(float(parts[~after].sum() - parts[after].sum())),
        "cross_chisq": cross_chisq,
        "cross_df": float(cross_df),
    }


def _crossing(scores: Floats, difference: Floats, counts: Floats) -> float:
    """Where a straight line through the differences is 0, to one digit as mirt has it; inf where nowhere."""
    weight = counts.max(axis=0)
    used = (counts > 0).all(axis=0) & (weight / counts.sum() > 0.01)
    k, y, w = scores[used], difference[used], weight[used]
    if len(np.unique(k)) < 2:
        return float("inf")
    centre = float(w @ k / w.sum())
    slope = float(w @ ((k - centre) * y) / (w @ (k - centre) ** 2))
    if slope == 0:
        return float("inf")
    return float(f"{centre - float(w @ y / w.sum()) / slope:.0e}")
