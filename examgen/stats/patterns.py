"""Responses → how each person's pattern of answers fits, without a model."""

from __future__ import annotations

import polars as pl

from examgen.psychometrics.fit.nonparametric_persons import nonparametric_person_fit
from examgen.stats.ability import people_frame
from examgen.stats.arguments import ArgumentError
from examgen.stats.response_data import as_responses


def person_fit(data: object) -> pl.DataFrame:
    """Person fit without a model: Ht and U3.

    Parameters
    ----------
    data : array_like, data frame or Responses
        (N, J) scores 0 and 1, as `responses` takes them.

    Returns
    -------
    polars.DataFrame
        `person`, `n` (answers), `ht` (at most 1; low is unfit) and `u3` (0 to 1; high is unfit); null for
        nothing or everything right.

    Raises
    ------
    ArgumentError
        For scores above 1.

    See Also
    --------
    irt : its `person_fit()` has lz, lz*, infit and outfit under a model.

    Notes
    -----
    Sijtsma & Meijer (1992), eq. 5, and van der Flier (1982); Karabatsos (2003) takes Ht below 0.22 for
    unfit. `PerFit::Ht` and `PerFit::U3` in R. A row to look at is never a verdict.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.person_fit(es.example(n_items=20))
    >>> found.sort("ht").columns, int((found["ht"] < 0).sum())
    (['person', 'n', 'ht', 'u3'], 19)
    """
    own = as_responses(data)
    try:
        found = nonparametric_person_fit(own.cells)
    except ValueError as reason:
        raise ArgumentError(f"data: {reason}") from None
    return people_frame(own.persons, n=found.n, ht=found.ht, u3=found.u3)
