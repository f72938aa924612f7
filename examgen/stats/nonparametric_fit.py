"""Person fit without a model, from responses: Ht and U3, as in PerFit 1.4.6."""

from __future__ import annotations

import numpy as np
import polars as pl

from examgen.stats.ability import people_frame
from examgen.stats.arguments import ArgumentError
from examgen.stats.data_notes import notes_on_data
from examgen.stats.matrix import Bools, Cells, Floats, Ints
from examgen.stats.response_data import as_responses
from examgen.stats.results import Result

_ROWS = 256
"""Candidates that are compared with all others at a time."""


class PatternFit(Result):
    """Person fit without a model, as returned by `person_fit`; `found["ht"]` is a column of its table.

    Attributes
    ----------
    table : polars.DataFrame
        `person`, `n` (answers), `ht` (1 for maximum agreement with all others given the scores, about 0 for
        none) and `u3` (0 for a perfect pattern, the easiest items right, to 1 for a reversed one); null for
        nothing or everything right.
    notes : tuple of Note
        Remarks on the data.
    """

    table: pl.DataFrame
    notes: tuple[str, ...]

    def __getitem__(self, column: str) -> pl.Series:
        return self.table[column]

    @property
    def title(self) -> str:
        """The kind of analysis."""
        return f"Person fit without a model: {len(self.table):,} persons"


def person_fit(data: object) -> PatternFit:
    """Compute person fit without a model: Ht and U3.

    Parameters
    ----------
    data : array_like, data frame or Responses
        (N, J) scores 0 and 1, as `responses` takes them. U3 uses the items that the person answered, and each
        covariance of Ht those that both persons answered.

    Returns
    -------
    PatternFit
        `.table` has a row for each person; `.notes` has remarks on the data.

    Raises
    ------
    ArgumentError
        If a score is above 1.

    See Also
    --------
    irt : its `person_fit()` has lz, lz*, infit and outfit under a model.

    Notes
    -----
    With p_j the proportion right of item j, X the score of a person, and items from the easiest on:

    - U3 = (Σ_{j ≤ X} logit p_j − Σ_j x_j logit p_j) / (Σ_{j ≤ X} logit p_j − Σ_{j > J − X} logit p_j),
      without items that all or none have right, whose logit is infinite;
    - Ht = Σ_m cov(x, x_m) / Σ_m max cov(x, x_m) over all other persons m, where the covariance over items
      cannot exceed min(π(1 − π_m), π_m(1 − π)), with π = X / J.

    Neither has a distribution that is valid for every test; compare with simulations from a model that fits
    the test. Karabatsos (2003) treats Ht below 0.22 as misfit. `PerFit::Ht` and `PerFit::U3` in R. A low
    value is a reason to look, never a verdict.

    References
    ----------
    Sijtsma, K., & Meijer, R. R. (1992). A method for investigating the intersection of item response
    functions in Mokken's nonparametric IRT model. Applied Psychological Measurement 16, 149–157, eq. 5.
    van der Flier, H. (1980). Vergelijkbaarheid van individuele testprestaties; (1982) Deviant response
    patterns and comparability of test scores. Journal of Cross-Cultural Psychology 13, 267–298. Karabatsos,
    G. (2003). Applied Measurement in Education 16, 277–298.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.person_fit(es.example(n_items=20))
    >>> found.table.columns, int((found["ht"] < 0).sum())
    (['person', 'n', 'ht', 'u3'], 19)
    """
    own = as_responses(data)
    if own.cells.size and own.cells.max() > 1:
        raise ArgumentError("data: Ht and U3 take scores of 0 and 1")
    n, ht, u3 = patterns(own.cells)
    return PatternFit(people_frame(own.persons, n=n, ht=ht, u3=u3), (*own.notes, *notes_on_data(own)))


def patterns(cells: Cells) -> tuple[Ints, Floats, Floats]:
    """Return the number of answers, Ht and U3 (N,) for cells of 0 and 1, negative if missing; NaN for all or
    nothing right."""
    there, right = cells >= 0, cells == 1
    n, total = np.asarray(there.sum(axis=1), dtype=np.int64), right.sum(axis=1)
    inside = (total > 0) & (total < n)
    ht = _ht(right, total, inside) if there.all() else _ht_of_pairs(right, there, inside)
    return n, ht, _u3(right, there)


def _u3(right: Bools, there: Bools) -> Floats:
    counts = there.sum(axis=0)
    share = right.sum(axis=0) / np.maximum(counts, 1)
    some = (share > 0) & (share < 1)
    order = np.flatnonzero(some)[np.argsort(-share[some], kind="stable")]
    logit = np.log(share[order] / (1.0 - share[order]))
    right, there = right[:, order], there[:, order]
    total, n = right.sum(axis=1), there.sum(axis=1)
    # a candidate's own items from the easiest on: how many of them come up to each, and their logits
    place = there.cumsum(axis=1)
    easiest = np.where(there & (place <= total[:, None]), logit, 0.0).sum(axis=1)
    hardest = np.where(there & (place > (n - total)[:, None]), logit, 0.0).sum(axis=1)
    span = np.where((total > 0) & (total < n) & (easiest > hardest), easiest - hardest, np.nan)
    return np.asarray((easiest - right @ logit) / span)


def _ht(right: Bools, total: Ints, inside: Bools) -> Floats:
    """Of complete rows: sums over all others follow from the items' counts and the counts of each score."""
    n_items = right.shape[1]
    if not n_items:
        return np.full(len(right), np.nan)
    share = total / n_items
    together = right @ (right.sum(axis=0) / n_items) - share * share.sum() - share * (1.0 - share)
    totals, which, counts = np.unique(total, return_inverse=True, return_counts=True)
    values = totals / n_items
    most = np.minimum(np.outer(values, 1.0 - values), np.outer(1.0 - values, values))
    limit = (most @ counts)[which.reshape(-1)] - share * (1.0 - share)
    known = inside & (limit > 1e-12)
    return np.asarray(np.where(known, together, np.nan) / np.where(known, limit, 1.0))


def _ht_of_pairs(right: Bools, there: Bools, inside: Bools) -> Floats:
    """Where answers are missing: pair by pair, over the items that both answered."""
    x, m = right.astype(np.float32), there.astype(np.float32)
    out = np.full(len(x), np.nan)
    for start in range(0, len(x), _ROWS):
        rows = slice(start, start + _ROWS)
        both = np.maximum(m[rows] @ m.T, 1.0)
        mine, others = x[rows] @ m.T / both, m[rows] @ x.T / both
        together = x[rows] @ x.T / both - mine * others
        limit = np.minimum(mine * (1.0 - others), others * (1.0 - mine))
        own = np.arange(len(limit)), np.arange(start, start + len(limit))
        together[own], limit[own] = 0.0, 0.0
        whole, most = (np.sum(part, axis=1, dtype=np.float64) for part in (together, limit))
        known = inside[rows] & (most > 1e-6)
        out[rows] = np.where(known, whole, np.nan) / np.where(known, most, 1.0)
    return out
