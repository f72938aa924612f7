"""Responses to items in testlets → a bifactor or testlet model with names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from examgen.psychometrics.irt.marginal.bifactor import MODELS, BifactorFit, bifactor_eap, fit_bifactor
from examgen.stats.ability import for_items, people_frame
from examgen.stats.arguments import ArgumentError, objects, shown, truth, word
from examgen.stats.response_data import Responses, as_responses, responses
from examgen.stats.results import Result, frame


@dataclass(frozen=True, repr=False, eq=False)
class TestletModel(Result):
    """A fitted bifactor or testlet model.

    Attributes
    ----------
    model : str
    items : polars.DataFrame
        `item`, `testlet`, `a` (slope on the general ability), `specific` (on the testlet's effect), `d`
        (intercept), each with its standard error.
    testlets : polars.DataFrame
        `testlet`, `n_items`, `sigma` (sd of its effect, in the testlet model) and `se_sigma`.
    """

    __test__ = False

    model: str
    items: pl.DataFrame
    testlets: pl.DataFrame
    loglik: float
    n_parameters: int
    n_persons: int
    converged: bool
    iterations: int
    notes: tuple[str, ...]
    _data: Responses
    _fit: BifactorFit

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2.0 * self.n_parameters - 2.0 * self.loglik

    @property
    def bic(self) -> float:
        """Schwarz's information criterion."""
        return float(np.log(self.n_persons)) * self.n_parameters - 2.0 * self.loglik

    def abilities(self, data: object = None) -> pl.DataFrame:
        """EAP of the general ability: `person`, `theta`, `se`.

        Parameters
        ----------
        data : object, optional
            Other persons with the same items.
        """
        own = self._data if data is None else for_items(responses(data), self._data.items)
        try:
            found = bifactor_eap(own.cells, self._fit)
        except ValueError as reason:
            raise ArgumentError(f"data: {reason}") from None
        return people_frame(own.persons, theta=found.theta, se=found.se)

    def _title(self) -> str:
        kind = "Bifactor model" if self.model == "bifactor" else "Testlet model"
        return (
            f"{kind}: {self.n_persons:,} persons × {len(self.items):,} items in {len(self.testlets)} testlets"
        )

    def _figures(self) -> Mapping[str, object]:
        known = {
            "log-likelihood": self.loglik,
            "AIC": self.aic,
            "BIC": self.bic,
            "parameters": self.n_parameters,
        }
        return known if self.converged else {"NOT CONVERGED": "no number should be used", **known}

    def _table(self) -> pl.DataFrame:
        return self.items

    def _remarks(self) -> Sequence[str]:
        return self.notes


def bifactor(
    data: object, testlets: object, model: str = "bifactor", *, standard_errors: bool = True
) -> TestletModel:
    """Fit a bifactor or a testlet model: items that share a text or a case hang together beyond ability.

    Parameters
    ----------
    data : array_like, data frame or Responses
        (N, J) scores 0 and 1, as `responses` takes them.
    testlets : mapping or array_like
        {item: testlet}, or (J,) a testlet for each item in order; None or "" for an item in none.
    model : {"bifactor", "testlet"}
        Free slopes on each testlet's effect, or slopes in proportion to those of ability, with one standard
        deviation for each testlet.
    standard_errors : bool
        From the observed information.

    Returns
    -------
    TestletModel
        With `items`, `testlets`, `loglik`, `aic`, `bic` and `abilities()`.

    Raises
    ------
    ArgumentError
        For other scores, items that are not there, and testlets of another length.

    See Also
    --------
    irt : items that are independent given ability.

    Notes
    -----
    P(1) = 1 / (1 + exp(−(a θ + s ζ + d))); Gibbons & Hedeker (1992), and Bradlow, Wainer & Wang (1999) for
    testlets. `mirt::bfactor` in R.

    Examples
    --------
    >>> import examgen.stats as es
    >>> data = es.example(n_items=6)
    >>> fit = es.bifactor(data, ["text 1"] * 3 + ["text 2"] * 3, "testlet")
    >>> fit.testlets["testlet"].to_list(), fit.n_parameters
    (['text 1', 'text 2'], 14)
    """
    model = word("model", model, MODELS)
    own = as_responses(data)
    truth("standard_errors", standard_errors)
    if isinstance(testlets, Mapping):
        if unknown := [one for one in testlets if one not in set(own.items)]:
            raise ArgumentError(f"testlets names {shown(unknown)}, no item; the items are {shown(own.items)}")
        of = [testlets.get(item) for item in own.items]
    else:
        of = objects("testlets", testlets).tolist()
        if len(of) != own.n_items:
            raise ArgumentError(
                f"testlets has {len(of)} values; expected one for each of {own.n_items} items"
            )
    labels = ["" if one is None or (isinstance(one, float) and math.isnan(one)) else str(one) for one in of]
    names = list(dict.fromkeys(label for label in labels if label))
    if not names:
        raise ArgumentError("testlets names no testlet: without one, take irt")
    place = {name: t for t, name in enumerate(names)}
    number = np.array([place.get(label, -1) for label in labels])
    try:
        fit = fit_bifactor(own.cells, number, model=model, standard_errors=standard_errors)
    except ValueError as reason:
        raise ArgumentError(f"data: {reason}") from None
    told = [
        str(one.message) if one.item is None else f"item {own.items[one.item]}: {one.message}"
        for one in fit.notes
    ]
    notes = (*own.notes, *told)
    if not np.isfinite(fit.a).any():
        raise ArgumentError(f"data: no item can be estimated: {'; '.join(notes[:3])}")
    return TestletModel(
        model=model,
        items=frame(
            {
                "item": list(own.items), "testlet": [label or None for label in labels], "a": fit.a,
                "se_a": fit.se_a, "specific": fit.specific, "se_specific": fit.se_specific, "d": fit.d,
                "se_d": fit.se_d,
            }
        ),
        testlets=frame(
            {
                "testlet": names, "n_items": [labels.count(name) for name in names], "sigma": fit.sigma,
                "se_sigma": fit.se_sigma,
            }
        ),
        loglik=fit.log_likelihood, n_parameters=fit.n_parameters, n_persons=fit.n_candidates,
        converged=fit.converged, iterations=fit.iterations, notes=notes, _data=own, _fit=fit,
    )  # fmt: skip
