"""Which parameters a model estimates: what degrees of freedom are counted from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.irt import DICHOTOMOUS, ItemParameters

Bools = NDArray[np.bool_]


class Estimated(NamedTuple):
    """Parameters that were estimated and not fixed."""

    a: Bools
    """(J,)"""
    d: Bools
    """(J, M)"""
    c: Bools
    u: Bools
    shared_slope: bool
    """One slope for all items."""
    n_group: int
    """Of the distribution of ability: mean, standard deviation."""

    @property
    def per_item(self) -> NDArray[np.int64]:
        """(J,) parameters of each item; a shared slope counts for each, as in mirt."""
        of_item = self.a.astype(np.int64) + self.c + self.u + np.count_nonzero(self.d, axis=1)
        return np.asarray(of_item, dtype=np.int64)

    @property
    def total(self) -> int:
        """All parameters; a shared slope counts once."""
        n = int(self.per_item.sum()) + self.n_group
        return n - max(int(np.count_nonzero(self.a)) - 1, 0) if self.shared_slope else n


def estimated(model: str, parameters: ItemParameters, fixed: ItemParameters | None = None) -> Estimated:
    """What a model of that name estimates.

    Parameters
    ----------
    model : str
        `rasch`, `1pl`, `2pl`, `3pl`, `4pl`, `grm`, `pcm` or `gpcm`. The slopes of `rasch` and `pcm` are 1
        and the variance of ability is free; else slopes are free and ability is N(0, 1).
    parameters : ItemParameters
    fixed : ItemParameters
        Anchors: parameters that are not NaN were not estimated. A fixed intercept frees the mean of ability,
        a fixed slope its standard deviation; in `1pl` a slope fixed for one item is that of all.

    Raises
    ------
    ValueError
        For another name.
    """
    if model not in ("rasch", "1pl", "2pl", "3pl", "4pl", "grm", "pcm", "gpcm"):
        raise ValueError(f"no model estimated by marginal likelihood is named {model}")
    known = np.isfinite(parameters.a)
    guessing = known & (parameters.kind == DICHOTOMOUS)
    slope = known if model not in ("rasch", "pcm") else np.zeros_like(known)
    found = Estimated(
        a=slope,
        d=~np.isnan(parameters.d) & known[:, None],
        c=guessing if model in ("3pl", "4pl") else np.zeros_like(known),
        u=guessing if model == "4pl" else np.zeros_like(known),
        shared_slope=model == "1pl",
        n_group=1 if model in ("rasch", "pcm") else 0,
    )
    if fixed is None:
        return found
    slope_known = bool(np.isfinite(fixed.a if model == "1pl" else fixed.a[known]).any())
    place_known = bool(np.isfinite(fixed.d[known]).any())
    slope_free = np.zeros_like(known) if model == "1pl" and slope_known else found.a & np.isnan(fixed.a)
    return Estimated(
        a=slope_free,
        d=found.d & np.isnan(fixed.d),
        c=found.c & np.isnan(fixed.c),
        u=found.u & np.isnan(fixed.u),
        shared_slope=found.shared_slope,
        n_group=int(place_known) + int(slope_known or model in ("rasch", "pcm")),
    )
