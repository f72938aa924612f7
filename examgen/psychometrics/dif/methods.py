"""Scores and groups → differential item functioning: items that are harder for one group than for candidates
of like ability in another. One front for all methods."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.core.responses.matrix import Scores, group_numbers, score_cells
from examgen.psychometrics.dif.counts import sample
from examgen.psychometrics.dif.logistic import LogisticDif, logistic
from examgen.psychometrics.dif.mantel_haenszel import MantelHaenszelDif, mantel_haenszel
from examgen.psychometrics.dif.sibtest import LEAST, SibtestDif, sibtest
from examgen.psychometrics.dif.standardisation import StandardisationDif, standardisation

Dif = MantelHaenszelDif | LogisticDif | StandardisationDif | SibtestDif
METHODS = ("mh", "logistic", "std", "sibtest")


def analyse_dif(
    scores: Scores,
    groups: ArrayLike,
    method: str = "mh",
    *,
    reference: str | None = None,
    matching: NDArray[np.float64] | None = None,
    purify: bool = False,
    correction: bool = True,
    criterion: str = "lrt",
    kind: str = "both",
    least: int = LEAST,
    adjust: str | None = None,
    alpha: float = 0.05,
) -> Dif:
    """Differential item functioning of each item.

    Parameters
    ----------
    scores : array_like, shape (N, J), or Scored
        0 or 1; negative or NaN where missing, which counts nothing in the total and leaves the candidate out
        of the analysis of that item.
    groups : array_like, shape (N,)
        0 the reference group, 1 (2, 3 …) the focal group(s); negative or NaN: left out. Or names, none of
        those who are left out.
    method : {'mh', 'logistic', 'std', 'sibtest'}
        Mantel–Haenszel; logistic regression; standardisation; SIBTEST (two groups, without purification).
    reference : str, optional
        Of groups by name the reference group, which must then be said; the others are focal groups in the
        order of their names.
    matching : ndarray of float, shape (N,), optional
        What candidates are matched on, for the first three methods; by default the total score, in which
        the studied item always is, as in difR.
    purify : bool
        Take flagged items out of the anchor and test again, at most ten rounds, as difR.
    correction : bool
        `mh`: with Yates' continuity correction.
    criterion : {'lrt', 'wald'}
        `logistic`: likelihood ratio or Wald's test.
    kind : {'both', 'udif', 'nudif'}
        `logistic`: the kind of DIF that is flagged, purified and sized: either, uniform, non-uniform.
    least : int
        `sibtest`: rest scores with more candidates than that in both groups are used (mirt's `Jmin`).
    adjust : {None, 'bh', 'holm', 'bonferroni'}
        Correction of p-values for many tests, as R's `p.adjust`. Purification goes by p as it is.
    alpha : float
        Level of the flags.

    Returns
    -------
    MantelHaenszelDif, LogisticDif, StandardisationDif or SibtestDif
        Columns along the items. NaN (or an empty class) where something is undefined; `notes` says why.

    Raises
    ------
    ValueError
        For shapes that do not fit, a word that is not known, `purify` together with `matching`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> theta = rng.normal(size=(400, 1))
    >>> scores = (rng.random((400, 10)) < 1 / (1 + np.exp(-theta))).astype(np.int8)
    >>> found = analyse_dif(scores, np.arange(400) % 2, "mh")
    >>> found.mh_chisq.shape, bool(found.flagged.sum() <= 3)
    ((10,), True)
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; it must be one of {', '.join(METHODS)}")
    if purify and matching is not None:
        raise ValueError("a matching variable from outside cannot be purified: leave out one of the two")
    cells = score_cells(scores)
    numbers = group_numbers(groups, len(cells), reference)
    if reference is None and np.asarray(groups).dtype.kind not in "biuf":
        raise ValueError("groups are names: say which of them is the reference, reference=NAME")
    found = sample(cells, numbers, matching)
    if method == "mh":
        return mantel_haenszel(found, purification=purify, correction=correction, adjust=adjust, alpha=alpha)
    if method == "logistic":
        return logistic(
            found, purification=purify, criterion=criterion, kind=kind, adjust=adjust, alpha=alpha
        )
    if method == "std":
        return standardisation(found, purification=purify, adjust=adjust, alpha=alpha)
    return sibtest(found, least=least, adjust=adjust, alpha=alpha)
