"""Scores and cuts → how often decisions would repeat, and how often they are right.

`examgen.psychometrics.decisions` computes the figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from examgen.stats.arguments import ArgumentError, counted, number, several, shown, vector, whole, word
from examgen.stats.response_data import Responses, as_responses, is_vector
from examgen.stats.results import Result, frame

if TYPE_CHECKING:
    from examgen.psychometrics.decisions.consistency import Agreement
    from examgen.psychometrics.decisions.methods import AbilityModel

FEW_FOR_SLOPES = 500
_MODELS = ("rasch", "1pl", "2pl", "grm", "pcm", "gpcm")
_METHODS: tuple[str, ...] = (
    "livingston-lewis", "hanson-brennan", "subkoviak", "huynh", "lee", "lee-quadrature", "rudner",
)  # fmt: skip
_NUMBERS = (
    "consistency", "kappa", "accuracy", "false_pass", "false_fail", "chance", "pass_rate", "pass_again",
    "fail_again",
)  # fmt: skip
MOST_POINTS = 100_000.0
"""A greater full score is taken for a mistake."""


@dataclass(frozen=True, repr=False, eq=False)
class DecisionConsistency(Result):
    """What `decisions` returns.

    Attributes
    ----------
    table : polars.DataFrame
        A row for each cut and method: `consistency` (the same decision twice), `kappa`, `accuracy` (the
        decision that the true score has), `false_pass`, `false_fail`, `chance`, `pass_rate`, `pass_again`,
        `fail_again`, shares from 0 to 1. Null where the method has no result: `notes` say why.
    levels : polars.DataFrame or None
        With several cuts the same of all levels together.
    contingency : polars.DataFrame
        Shares of persons by `cut`, `method`, level in the `first` and in the `second` administration; levels
        from 0, of several cuts together with `cut` null.
    reliability : float
        Of the totals.
    reliability_kind : str
        `given`, `alpha` or `kr21`.
    model : str or None
        The item response model behind Lee's and Rudner's methods.
    n_persons : int
        Persons with a score on every item.
    mean, sd : float
        Of the totals.
    notes : tuple of str
        What to know of the figures.
    """

    table: pl.DataFrame
    levels: pl.DataFrame | None
    contingency: pl.DataFrame
    reliability: float
    reliability_kind: str
    model: str | None
    n_persons: int
    mean: float
    sd: float
    notes: tuple[str, ...]

    def _title(self) -> str:
        return f"Consistency and accuracy of decisions: {self.n_persons:,} persons"

    def _figures(self) -> Mapping[str, object]:
        return {
            "mean": self.mean,
            "sd": self.sd,
            f"reliability ({self.reliability_kind})": self.reliability,
            "model": self.model,
        }

    def _table(self) -> pl.DataFrame:
        return self.table.drop("chance", "pass_again", "fail_again")

    def _remarks(self) -> Sequence[str]:
        return self.notes


def decisions(
    data: object,
    cut: object,
    *,
    reliability: float | None = None,
    min_score: float = 0.0,
    max_score: float | None = None,
    methods: object = None,
    model: str | None = None,
    beta: int = 4,
) -> DecisionConsistency:
    """How often passing and failing would repeat on a parallel form, and agree with the true score.

    Parameters
    ----------
    data : Responses, data frame, array or vector
        Persons × items as `responses` takes it; persons without a score on every item are left out. Or a
        vector of total scores, with `max_score`.
    cut : float or sequence of float
        The least score that passes; several cuts part the scale into levels.
    reliability : float, optional
        Of the totals, from 0 to 1. Else alpha of the responses, or KR-21 of a vector of totals.
    min_score, max_score : float, optional
        Ends of the scale of the totals; `max_score` is the sum of the items' highest scores, if not given.
    methods : str or sequence of str, optional
        Some of `livingston-lewis`, `hanson-brennan`, `subkoviak`, `huynh`, `lee` (at the abilities of the
        persons), `lee-quadrature` (over the distribution of ability), `rudner`. All that the data allow, if
        not given.
    model : {"rasch", "1pl", "2pl", "grm", "pcm", "gpcm"}, optional
        The model for `lee` and `rudner`. Else `2pl` from 500 persons, `rasch` of fewer, and `grm` where
        items have several points.
    beta : {4, 2}
        Parameters of the beta distribution of true scores.

    Returns
    -------
    DecisionConsistency

    Raises
    ------
    ArgumentError
        For scores beyond the ends of the scale, an unknown method, and a model that does not go with the
        scores.

    See Also
    --------
    angoff, borderline_group : where cuts come from.

    Notes
    -----
    Livingston & Lewis (1995), Hanson & Brennan (1990), Subkoviak (1976), Huynh (1976), Lee (2010), Rudner
    (2001). Equal to betafunctions' `LL.CA` and `HB.CA` and to cacIRT's `class.Lee` and `class.Rud` in R.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.decisions(es.example(n_items=20), cut=10, methods=["livingston-lewis", "lee"])
    >>> found.table.select("method", "consistency", "accuracy").rows()
    [('livingston-lewis', 0.79..., 0.85...), ('lee', 0.78..., 0.84...)]
    """
    from examgen.psychometrics.decisions.consistency import agreement
    from examgen.psychometrics.decisions.methods import methods_of
    from examgen.psychometrics.decisions.strong_true_scores import (
        REASONS,
        NoTrueScores,
        ScaledTotals,
        alpha,
        kr21,
    )

    cuts = sorted({number("cut", one) for one in several("cut", cut)})
    wanted = _METHODS
    if methods is not None:
        wanted = tuple(word("methods", one, _METHODS) for one in several("methods", methods))
    if model is not None:
        model = word("model", model, _MODELS)
    n_beta = whole("beta", beta, 2, 4)
    if n_beta == 3:
        raise ArgumentError("beta is 3; it is 4 or 2")
    least = number("min_score", min_score)
    notes: list[str] = []
    own: Responses | None = None
    if is_vector(data):
        values = vector("data", data, missing=True)
        kept = np.isfinite(values)
        cells = None
    else:
        own = as_responses(data)
        notes += own.notes
        kept = np.asarray((own.cells >= 0).all(axis=1))
        cells = own.cells[kept]
        values = own.cells.sum(axis=1, dtype=np.int64).astype(np.float64)
    if not kept.any():
        raise ArgumentError("data has no person with a score on every item; give one form at a time")
    if lacking := int((~kept).sum()):
        notes.append(f"left out, as they lack a score: {counted(lacking, 'person')}")
    values = values[kept]
    if max_score is not None:
        most = number("max_score", max_score, high=MOST_POINTS)
    elif own is not None and cells is not None:
        most = float(np.maximum(cells.max(axis=0), 1).sum(dtype=np.int64))
    else:
        raise ArgumentError("max_score is not given; of total scores it says how many points there are")
    if not least < most or values.min() < least or values.max() > most:
        raise ArgumentError(
            f"data has scores from {values.min():g} to {values.max():g}; min_score {least:g} and max_score "
            f"{most:g} must include all of them"
        )
    totals = ScaledTotals(values, least, most, math.nan)
    kind = "given" if reliability is not None else "alpha" if cells is not None else "kr21"
    if reliability is not None:
        totals = totals._replace(reliability=number("reliability", reliability, 0.0, 1.0))
    else:
        totals = totals._replace(reliability=kr21(totals) if cells is None else alpha(cells))
    if kind == "kr21":
        notes.append(
            "the reliability is KR-21, too low where items differ in difficulty: reliability= takes a better"
        )
    fitted, name = None, None
    if own is not None and cells is not None and any(one in _METHODS[4:] for one in wanted):
        fitted, name = _fitted(own.items, cells, model, notes)
    elif cells is None and methods is not None and any(one in _METHODS[4:] for one in wanted):
        raise ArgumentError("methods lee and rudner need responses to items, and data are total scores")
    found = methods_of(totals, cells, fitted, n_beta)
    if methods is None and cells is None:
        wanted = tuple(found)
    agreements: dict[tuple[float | None, str], Agreement | None] = {}
    within = [one for one in cuts if least < one <= most]
    for one in cuts:
        if one not in within:
            notes.append(f"a cut of {one:g} is not between {least:g} and {most:g}: it divides nobody")
    for at in [*([one] for one in cuts), *([cuts] if len(cuts) > 1 else [])]:
        for method in wanted:
            place = (at[0] if len(at) == 1 else None, method)
            agreements[place] = None
            if method in found and set(at) <= set(within):
                try:
                    agreements[place] = agreement(found[method](at).states)
                except NoTrueScores as reason:
                    said = f"{method}: {REASONS[str(reason.args[0])]}"
                    notes += [said] * (said not in notes)
    single = {place: own for place, own in agreements.items() if place[0] is not None}
    together = {place: own for place, own in agreements.items() if place[0] is None}
    return DecisionConsistency(
        _rows(single),
        _rows(together).drop("cut") if together else None,
        _contingency(agreements),
        totals.reliability,
        kind,
        name,
        len(values),
        totals.mean,
        math.sqrt(totals.variance),
        tuple(notes),
    )


def _rows(found: Mapping[tuple[float | None, str], Agreement | None]) -> pl.DataFrame:
    columns: dict[str, object] = {
        "cut": np.array([math.nan if cut is None else cut for cut, _ in found]),
        "method": [method for _, method in found],
    }
    for name in _NUMBERS:
        columns[name] = np.array([math.nan if one is None else getattr(one, name) for one in found.values()])
    return frame(columns)


def _contingency(found: Mapping[tuple[float | None, str], Agreement | None]) -> pl.DataFrame:
    rows = [
        (cut, method, first, second, float(one.contingency[first, second]))
        for (cut, method), one in found.items()
        if one is not None
        for first in range(len(one.contingency))
        for second in range(len(one.contingency))
    ]
    schema = {"cut": pl.Float64, "method": pl.String, "first": pl.Int64, "second": pl.Int64}
    return pl.DataFrame(rows, schema=schema | {"share": pl.Float64}, orient="row")


def _fitted(
    items: Sequence[str],
    cells: np.ndarray[tuple[int, ...], np.dtype[np.int8]],
    model: str | None,
    notes: list[str],
) -> tuple[AbilityModel | None, str | None]:
    """The model of every item, calibrated on complete scores; None, with a note, where there is none."""
    from examgen.psychometrics.decisions.abilities import is_known, with_constants
    from examgen.psychometrics.decisions.methods import AbilityModel
    from examgen.psychometrics.irt.marginal.models import POLYTOMOUS, fit_mml
    from examgen.psychometrics.irt.marginal.polytomous import consecutive

    if len(cells) < 2 or cells.shape[1] < 2:
        notes.append("no item response model can be fitted to so little: lee and rudner have no result")
        return None, None
    partial = bool(cells.max() > 1)
    name = model or ("grm" if partial else "rasch" if len(cells) < FEW_FOR_SLOPES else "2pl")
    if partial != (name in POLYTOMOUS):
        others = "grm, pcm, gpcm" if partial else "rasch, 1pl, 2pl"
        raise ArgumentError(f"model {name} does not go with these scores; {others} do")
    if partial and not np.array_equal(consecutive(cells)[0], cells):
        notes.append("some scores between others were given to nobody: no model of partial scores is fitted")
        return None, None
    fit = fit_mml(cells, name)
    known = with_constants(fit.parameters, cells)
    if known is None or not math.isfinite(float(fit.sd[0])):
        lacking = [item for item, one in zip(items, is_known(fit.parameters), strict=True) if not one]
        notes.append(f"{name} has no parameters of {shown(lacking)}: lee and rudner have no result")
        return None, None
    if not fit.converged:
        notes.append(f"{name} did not converge: lee and rudner are provisional")
    flat = any(one.code == "no-variance" for one in fit.notes)
    return AbilityModel(known, cells, float(fit.mean[0]), float(fit.sd[0]), flat), name
