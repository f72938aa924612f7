"""Ratings by assessors → how far they agree, how severe each is, how many assessors and tasks it takes.

`examgen.psychometrics.agreement` computes the figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats.arguments import ArgumentError, Floats, counted, number, objects, shown, truth, whole, word
from examgen.stats.response_data import columns_of
from examgen.stats.results import Result, frame
from examgen.stats.tables import MOST, long_ratings, numbers_table

FEW = 30
_WEIGHTS = ("none", "linear", "quadratic")


@dataclass(frozen=True, repr=False, eq=False)
class Agreement(Result):
    """What `agreement` returns.

    Attributes
    ----------
    table : polars.DataFrame
        A row for each coefficient: `coefficient`, `value`, `low` and `high` (95 %), `se`, `n`.
    n_rated, n_assessors : int
        What was rated, and by how many.
    categories : tuple of str
        The ratings that occur, in order.
    notes : tuple of str
        What to know of the figures.
    """

    table: pl.DataFrame
    n_rated: int
    n_assessors: int
    categories: tuple[str, ...]
    notes: tuple[str, ...]

    def __getitem__(self, coefficient: str) -> float | None:
        """The value of a coefficient by its name; None where it is undefined."""
        own = self.table.filter(pl.col("coefficient") == coefficient)["value"]
        if not len(own):
            names = ", ".join(self.table["coefficient"].to_list())
            raise ArgumentError(f"coefficient {coefficient!r} is not in the table; it has {names}")
        value: float | None = own[0]
        return value

    def _title(self) -> str:
        return f"Agreement of {self.n_assessors} assessors on {self.n_rated:,} ratings"

    def _figures(self) -> Mapping[str, object]:
        return {"categories": shown(self.categories)}

    def _table(self) -> pl.DataFrame:
        return self.table

    def __repr__(self) -> str:
        return self._told(len(self.table))

    def _remarks(self) -> Sequence[str]:
        return self.notes


def agreement(
    first: object, second: object = None, *, within: float = 1.0, order: object = None, cluster: object = None
) -> Agreement:
    """How far assessors agree: shares, Cohen's and Fleiss' kappa, Krippendorff's alpha, Gwet's AC1 and AC2.

    Parameters
    ----------
    first : vector, or matrix of shape (rated, assessors)
        Ratings of one assessor, with those of another in `second`; or of two and more as a frame or matrix.
        Numbers or names of categories; NaN or None where there is none.
    second : vector, optional
        Ratings of the other assessor.
    within : float
        Points that two numbers may be apart to be close, from 0.
    order : sequence, optional
        Names of categories from the lowest to the highest. Without it names have no order, and coefficients
        with weights are not given.
    cluster : sequence, optional
        What each row is of (the candidate with several tasks): errors of shares and of kappa then do not take
        rows for independent. Of two assessors only.

    Returns
    -------
    Agreement
        Null where all ratings are the same.

    Raises
    ------
    ArgumentError
        For one assessor, vectors of different lengths, a category that is not in `order`.

    See Also
    --------
    icc, many_facet, generalizability

    Notes
    -----
    Cohen (1960, 1968), Fleiss (1971), Krippendorff (2011), Gwet (2008, 2014). Equal in R to `vcd::Kappa`
    (with its standard error), `irr::kappam.fleiss`, `irr::kripp.alpha`, `irrCAC::gwet.ac1.raw`.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.agreement([1, 2, 3, 3, 2, 1], [1, 2, 3, 2, 2, 1])
    >>> round(found["kappa"], 3), round(found["kappa_quadratic"], 3)
    (0.75, 0.857)
    """
    from examgen.psychometrics.agreement.categories import (
        cohen_kappa,
        fleiss_kappa,
        gwet_ac,
        krippendorff_alpha,
        share_within,
    )

    apart = number("within", within, 0.0)
    table, categories, ordered = _categories(first, second, order)
    n, m = table.shape
    if m < 2:
        raise ArgumentError("first has one assessor; expected second=, or a column for each of two at least")
    if cluster is not None:
        if m != 2:
            raise ArgumentError(f"cluster is of two assessors only; first has {m}")
        cluster = np.array([str(one) for one in objects("cluster", cluster).tolist()])
        if len(cluster) != n:
            raise ArgumentError(f"cluster has {len(cluster)} values; expected one for each of {n} rows")
    rows: list[tuple[str, float, float, float, float, int]] = []
    weights = _WEIGHTS if ordered else _WEIGHTS[:1]
    if m == 2:
        shares = {"exact": 0.0} | ({f"within_{apart:g}": apart} if ordered and apart > 0 else {})
        for name, points in shares.items():
            own = share_within(table[:, 0], table[:, 1], points, cluster)
            pairs = int(np.isfinite(table).all(axis=1).sum())
            rows.append((name, own.value, own.low, own.high, math.nan, pairs))
        for weight in weights:
            kappa = cohen_kappa(table[:, 0], table[:, 1], weight, cluster)  # type: ignore[arg-type]
            rows.append((_titled("kappa", weight), kappa.value, *kappa.interval, kappa.se, kappa.n))
    kappa = fleiss_kappa(table)
    rows.append(("fleiss_kappa", kappa.value, math.nan, math.nan, kappa.se_null, kappa.n))
    for weight in weights:
        kappa = gwet_ac(table, weight)  # type: ignore[arg-type]
        name = "ac1" if weight == "none" else f"ac2_{weight}"
        rows.append((name, kappa.value, *kappa.interval, kappa.se, kappa.n))
    for scale in ("nominal", "ordinal", "interval") if ordered else ("nominal",):
        value = krippendorff_alpha(table, scale)
        rated = int((np.isfinite(table).sum(axis=1) > 1).sum())
        rows.append((f"alpha_{scale}", value, math.nan, math.nan, math.nan, rated))
    names = ("coefficient", "value", "low", "high", "se", "n")
    notes = ["the se of fleiss_kappa is for a test that it is 0; it has no interval"]
    if not ordered:
        notes.append("names of categories have no order: order= gives coefficients with weights")
    return Agreement(
        frame({name: [row[k] for row in rows] for k, name in enumerate(names)}),
        int((np.isfinite(table).sum(axis=1) > 1).sum()), m, categories, tuple(notes),
    )  # fmt: skip


def _titled(name: str, weight: str) -> str:
    return name if weight == "none" else f"{name}_{weight}"


def _categories(first: object, second: object, order: object) -> tuple[Floats, tuple[str, ...], bool]:
    """Ratings as numbers (N, m), names of the categories, and whether they have an order."""
    if second is not None:
        columns = [objects("first", first), objects("second", second)]
        if len(columns[0]) != len(columns[1]):
            raise ArgumentError(
                f"second has {len(columns[1])} ratings; expected {len(columns[0])}, as first has"
            )
    else:
        columns = [values for name, values in columns_of(first, "first")[0].items() if name.lower() != "id"]
    n = len(columns[0]) if columns else 0
    if not n:
        raise ArgumentError("first has no rating; expected one row at least")
    cells = [[_rating(one) for one in column.tolist()] for column in columns]
    known = {one for column in cells for one in column if one is not None}
    if order is not None:
        listed = [_rating(one) for one in objects("order", order).tolist()]
        if len(set(listed)) < len(listed):
            raise ArgumentError("order has a category twice; expected each once")
        if unknown := [one for one in known if one not in set(listed)]:
            raise ArgumentError(f"order has no {shown(sorted(map(str, unknown)))}; expected every category")
        place: dict[object, float] = {one: float(k) for k, one in enumerate(listed)}
        names, ordered = tuple(map(str, listed)), True
    elif all(isinstance(one, float) for one in known):
        if any(np.isinf(one) for one in known):
            raise ArgumentError("first: a rating is infinite; expected numbers or names")
        place = {one: one for one in known}  # type: ignore[misc]
        names, ordered = tuple(f"{one:g}" for one in sorted(known)), True
    else:
        texts = sorted({str(one) for one in known})
        place = {one: float(texts.index(str(one))) for one in known}
        names, ordered = tuple(texts), False
    table = np.array([[np.nan if one is None else place[one] for one in column] for column in cells]).T
    return table.reshape(n, len(columns)), names, ordered


def _rating(value: object) -> float | str | None:
    if value is None or value == "" or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, (bool, int, float)):
        return float(value)
    return str(value)


@dataclass(frozen=True, repr=False, eq=False)
class IntraclassCorrelations(Result):
    """What `icc` returns.

    Attributes
    ----------
    table : polars.DataFrame
        A row for each of the six of Shrout & Fleiss: `type` (`ICC1` … `ICC3k` of psych), `model`, `unit`,
        `value`, `low`, `high`, `f`, `df1`, `df2`, `p`.
    n : int
        Rows with a rating of every assessor.
    n_assessors : int
    """

    table: pl.DataFrame
    n: int
    n_assessors: int

    def _title(self) -> str:
        return f"Intraclass correlations: {self.n:,} rated by all {self.n_assessors} assessors"

    def _table(self) -> pl.DataFrame:
        return self.table


def icc(ratings: object, *, confidence: float = 0.95) -> IntraclassCorrelations:
    """Intraclass correlations of points by several assessors.

    Parameters
    ----------
    ratings : matrix, data frame or mapping, shape (rated, assessors)
        Points; NaN where there is none. Two-way correlations are of complete rows.
    confidence : float
        Of the intervals, above 0 and below 1.

    Returns
    -------
    IntraclassCorrelations

    Raises
    ------
    ArgumentError
        For one assessor, and what is no table of numbers.

    See Also
    --------
    agreement, generalizability

    Notes
    -----
    Shrout & Fleiss (1979), McGraw & Wong (1996, tables 4, 7 and 8). Equal to `psych::ICC` and `irr::icc` in
    R.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.icc([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    >>> [round(value, 2) for value in found.table["value"]]
    [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    """
    from examgen.psychometrics.agreement.intraclass import intraclass

    share = number("confidence", confidence, 1e-6, 1 - 1e-6)
    table = numbers_table(
        "ratings", ratings, "candidate", "assessor", -MOST, MOST, names=("person", "candidate_id")
    )
    m = len(table.columns)
    if m < 2:
        raise ArgumentError("ratings has one assessor; expected a column for each of two at least")
    found = intraclass(table.values, share)
    kinds = {
        "ICC1": ("one-way", "single", found.oneway_single),
        "ICC2": ("two-way, agreement", "single", found.agreement_single),
        "ICC3": ("two-way, consistency", "single", found.consistency_single),
        "ICC1k": ("one-way", "mean", found.oneway_mean),
        "ICC2k": ("two-way, agreement", "mean", found.agreement_mean),
        "ICC3k": ("two-way, consistency", "mean", found.consistency_mean),
    }
    columns: dict[str, object] = {
        "type": list(kinds),
        "model": [one for one, _, _ in kinds.values()],
        "unit": [one for _, one, _ in kinds.values()],
    }
    columns |= {
        name: np.array([getattr(own, name) for _, _, own in kinds.values()])
        for name in ("value", "low", "high", "f", "df1", "df2", "p")
    }
    return IntraclassCorrelations(frame(columns), found.n, m)


@dataclass(frozen=True, repr=False, eq=False)
class Generalizability(Result):
    """What `generalizability` returns.

    Attributes
    ----------
    components : polars.DataFrame
        A row for each effect: `effect`, `variance` (as it comes, below 0 by chance; null where the design
        does not tell it), its `share`, and the effect that holds it (`confounded_with`).
    d_study : polars.DataFrame
        A row for each number of assessors and tasks: `n_assessors`, `n_tasks`, `relative_error`,
        `absolute_error` (variances), `g`, `phi` (0–1).
    n_candidates, n_assessors, n_tasks, n_ratings : int
    notes : tuple of str
        What to know of the figures.
    """

    components: pl.DataFrame
    d_study: pl.DataFrame
    n_candidates: int
    n_assessors: int
    n_tasks: int
    n_ratings: int
    notes: tuple[str, ...]

    def _title(self) -> str:
        return (
            f"Generalizability: {counted(self.n_candidates, 'candidate')}, "
            f"{counted(self.n_assessors, 'assessor')}, {counted(self.n_tasks, 'task')}, "
            f"{counted(self.n_ratings, 'rating')}"
        )

    def _table(self) -> pl.DataFrame:
        return self.components

    def _remarks(self) -> Sequence[str]:
        of_design = [
            f"{counted(row['n_assessors'], 'assessor')} and {counted(row['n_tasks'], 'task')}: "
            f"G {row['g']:.3f}, Phi {row['phi']:.3f}"
            for row in self.d_study.to_dicts()
            if row["g"] is not None and row["phi"] is not None
        ]
        return (*self.notes, *of_design)


def generalizability(
    data: object,
    *,
    candidate: str | None = None,
    assessor: str | None = None,
    task: str | None = None,
    score: str | None = None,
    n_assessors: object = None,
    n_tasks: object = None,
    same_assessors: bool = True,
) -> Generalizability:
    """Variance components of points by candidates, assessors and tasks, and what other numbers would give.

    Parameters
    ----------
    data : data frame, mapping of columns, or matrix (candidates, assessors)
        A row for each rating, with columns of the candidate, the assessor, the task (one task, if there is
        none) and the score.
    candidate, assessor, task, score : str, optional
        Names of these columns. Else `candidate`, `id` or `person`; `assessor`, `rater` or `judge`; `task` or
        `item`; `score`, `points`, `resp` or `rating`.
    n_assessors, n_tasks : int or sequence of int, optional
        Numbers for which the dependability is told. Else those of the data, and 1 to 4 assessors.
    same_assessors : bool
        Whether all candidates would have the same assessors: else severity is an error of ranks as well.

    Returns
    -------
    Generalizability

    Raises
    ------
    ArgumentError
        For a column that is lacking, and two ratings of a candidate by one assessor on one task.

    See Also
    --------
    icc, many_facet

    Notes
    -----
    Henderson's (1953) method 1, any design; Brennan (2001, eqs. 4.10 to 4.17 and 7.1 to 7.5). In balanced
    designs equal to the analysis of variance (`gtheory::gstudy` in R, where nothing is below 0).

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.generalizability([[9, 8], [6, 5], [8, 8], [7, 4], [10, 9]], n_assessors=[1, 2])
    >>> found.d_study.select("n_assessors", "phi").rows()
    [(1, 0.71...), (2, 0.83...)]
    """
    from examgen.psychometrics.agreement.generalizability import dependability, variance_components

    own = long_ratings(data, {"candidate": candidate, "assessor": assessor, "task": task, "score": score})
    try:
        found = variance_components(own.points, own.candidate, own.assessor, own.task)
    except ValueError:
        raise ArgumentError(
            "data has two ratings of one candidate by one assessor on one task; expected one at most"
        ) from None
    assessors = _numbers("n_assessors", n_assessors, sorted({*range(1, 5), found.n_assessors}))
    same = truth("same_assessors", same_assessors)
    tasks = _numbers("n_tasks", n_tasks, [found.n_tasks])
    study = [dependability(found, a, t, same) for t in tasks for a in assessors]
    effects = found.effects
    held = dict(found.confounded)
    total = sum(max(one, 0.0) for one in effects.values() if math.isfinite(one))
    variance = np.array(list(effects.values()))
    notes = [f"{one} cannot be told from {by}, which holds both" for one, by in found.confounded]
    notes += [f"the variance of {one} is below 0 and counts as 0" for one, own in effects.items() if own < 0]
    if not found.is_estimated:
        notes.append("the design does not tell differences of candidates from those of assessors and tasks")
    columns = ("n_assessors", "n_tasks", "relative_error", "absolute_error", "g", "phi")
    return Generalizability(
        frame({
            "effect": list(effects), "variance": variance,
            "share": np.maximum(variance, 0) / total if total > 0 else np.full(len(variance), np.nan),
            "confounded_with": pl.Series([held.get(one) for one in effects], dtype=pl.String),
        }),
        frame({name: [getattr(one, name) for one in study] for name in columns}),
        found.n_candidates, found.n_assessors, found.n_tasks, found.n_ratings, tuple(notes),
    )  # fmt: skip


def _numbers(name: str, value: object, usual: Sequence[int]) -> list[int]:
    if value is None:
        return list(usual)
    if isinstance(value, (int, np.integer)):
        return [whole(name, value, 1, 1_000)]
    return [whole(name, one, 1, 1_000) for one in objects(name, value).tolist()]


@dataclass(frozen=True, repr=False, eq=False)
class ManyFacet(Result):
    """What `many_facet` returns.

    Attributes
    ----------
    assessors : polars.DataFrame
        A row for each assessor, the most severe first: `severity` in logits (0 on average) with its `se`,
        `fair_points` (what a candidate of average ability would get from them, summed over the tasks),
        `infit`, `outfit` and `n` ratings. Null where nothing finite can be said.
    tasks : polars.DataFrame
        The same with `difficulty`.
    candidates : polars.DataFrame
        `ability` (posterior mean, logits) with its `se`.
    facets : dict of str to polars.DataFrame
        Further facets, as `assessors`.
    thresholds : polars.DataFrame
        `task`, `step`, `points` that the step leads to, `threshold`.
    sd, se_sd : float
        Of ability.
    chi_square, df, p : float, int, float
        Wald's test that all assessors are alike.
    reliability : float
        Separation reliability of the assessors, how surely they differ, 0–1: one wants it low.
    candidate_reliability : float
        Of the candidates' abilities, 1 − mean(se²) / sd²: one wants it high.
    log_likelihood, aic, bic : float
    steps : str
    n_ratings : int
    converged : bool
    notes : tuple of str
        What to know of the figures.
    """

    assessors: pl.DataFrame
    tasks: pl.DataFrame
    candidates: pl.DataFrame
    facets: Mapping[str, pl.DataFrame]
    thresholds: pl.DataFrame
    sd: float
    se_sd: float
    chi_square: float
    df: int
    p: float
    reliability: float
    log_likelihood: float
    aic: float
    bic: float
    steps: str
    n_ratings: int
    converged: bool
    notes: tuple[str, ...]

    def _title(self) -> str:
        return (
            f"Many-facet Rasch model ({self.steps}): {counted(len(self.candidates), 'candidate')}, "
            f"{counted(len(self.assessors), 'assessor')}, {counted(len(self.tasks), 'task')}"
        )

    def _figures(self) -> Mapping[str, object]:
        return {
            **({} if self.converged else {"NOT CONVERGED": "severities are provisional"}),
            "ratings": self.n_ratings, "sd of ability": self.sd, "log-likelihood": self.log_likelihood,
            "reliability of candidates": self.candidate_reliability,
            "separation reliability of assessors": self.reliability,
            "assessors alike": f"χ² {self.chi_square:.1f}, df {self.df}, p {self.p:.3f}",
        }  # fmt: skip

    @property
    def candidate_reliability(self) -> float:
        """Of the candidates' abilities: 1 − mean(se²) / sd²; NaN where they do not differ."""
        errors = self.candidates["se"].drop_nulls().to_numpy()
        if not len(errors) or not self.sd > 0:
            return math.nan
        return max(1.0 - float(np.mean(errors**2)) / self.sd**2, 0.0)

    def _table(self) -> pl.DataFrame:
        return self.assessors

    def _remarks(self) -> Sequence[str]:
        return self.notes


def many_facet(
    data: object,
    *,
    candidate: str | None = None,
    assessor: str | None = None,
    task: str | None = None,
    score: str | None = None,
    facets: object = (),
    steps: str | None = None,
) -> ManyFacet:
    """The many-facet Rasch model: ability of candidates, severity of assessors, difficulty of tasks.

    Parameters
    ----------
    data : data frame, mapping of columns, or matrix (candidates, assessors)
        A row for each rating, as for `generalizability`; candidates need not have the same assessors.
    candidate, assessor, task, score : str, optional
        Names of the columns, where they are called otherwise.
    facets : sequence of str
        Columns of further facets (the centre).
    steps : {"partial-credit", "rating-scale"}, optional
        Steps of each task, or the same for all. Else the same where all tasks have the same highest score.

    Returns
    -------
    ManyFacet

    Raises
    ------
    ArgumentError
        For one assessor, scores that do not differ, and assessors whom no candidate links: only candidates in
        common make them comparable.

    See Also
    --------
    agreement, generalizability

    Notes
    -----
    Linacre (1989), Eckes (2015), by marginal maximum likelihood (Adams, Wilson & Wu 1997). Equal to
    `TAM::tam.mml.mfr` in R.

    Examples
    --------
    >>> import numpy as np
    >>> import examgen.stats as es
    >>> rng = np.random.default_rng(1)
    >>> ability, severity = rng.normal(size=200), np.array([-0.5, 0.0, 0.5])
    >>> points = rng.binomial(4, 1 / (1 + np.exp(severity - ability[:, None])))
    >>> es.many_facet(points).assessors.select("assessor", "n").rows()
    [('assessor 3', 200), ('assessor 2', 200), ('assessor 1', 200)]
    """
    from examgen.psychometrics.agreement.many_facet import (
        Disconnected,
        as_categories,
        equal_measures,
        expected_points,
        fit_many_facet,
    )

    further = (
        [facets] if isinstance(facets, str) else [str(one) for one in objects("facets", facets).tolist()]
    )
    own = long_ratings(
        data, {"candidate": candidate, "assessor": assessor, "task": task, "score": score}, further
    )
    if len(own.assessors) < 2:
        raise ArgumentError("data has one assessor; expected two at least, to compare how severe they are")
    highest = {float(own.points[own.task == t].max()) for t in range(len(own.tasks))}
    kind = steps if steps is not None else "rating-scale" if len(highest) == 1 else "partial-credit"
    kind = word("steps", kind, ("partial-credit", "rating-scale"))
    category, worth, banded = as_categories(own.points, own.task, len(own.tasks), kind)  # type: ignore[arg-type]
    levels = [own.assessor, *(place for place, _ in own.further.values())]
    try:
        fit = fit_many_facet(category, own.candidate, own.task, levels, kind)  # type: ignore[arg-type]
    except Disconnected as error:
        of_assessors = error.groups[1]
        sets = [
            shown([name for name, k in zip(own.assessors, of_assessors, strict=False) if k == group])
            for group in range(int(of_assessors.max(initial=0)) + 1)
        ]
        raise ArgumentError(
            "data: no candidate links the levels of a facet; assessors are in "
            f"{counted(len(sets), 'group')}: {'; '.join(sets)}. Expected candidates in common"
        ) from None
    except ValueError:
        raise ArgumentError(
            "data has no task with two different scores; expected scores that differ"
        ) from None
    test = equal_measures(fit.facets[0])
    fair = expected_points(fit, worth, fit.facets[0].measure)
    notes = []
    if len(own.candidates) < FEW:
        notes.append(f"{len(own.candidates)} candidates: severities are rough below {FEW}")
    notes += [f"{own.tasks[t]}: its many different scores are taken in bands" for t in banded]
    if not fit.converged:
        notes.append("the model has not reached its maximum: take severities as provisional")
    if not np.isfinite(fit.tasks.measure).all():
        notes.append("a task on which all have the same score tells nothing and is left out")
    assessors = _levels("assessor", "severity", own.assessors, fit.facets[0], {"fair_points": fair})
    steps_of = [
        (own.tasks[t], k + 1, float(worth[t, k + 1]), float(fit.thresholds[t, k]))
        for t in range(len(own.tasks))
        for k in range(fit.thresholds.shape[1])
        if np.isfinite(fit.thresholds[t, k])
    ]
    return ManyFacet(
        assessors.sort("severity", descending=True, nulls_last=True),
        _levels("task", "difficulty", own.tasks, fit.tasks, {}),
        frame({"candidate": own.candidates, "ability": _filled(fit.eap, len(own.candidates)),
               "se": _filled(fit.se_eap, len(own.candidates))}),
        {name: _levels(name, "measure", names, found, {})
         for (name, (_, names)), found in zip(own.further.items(), fit.facets[1:], strict=True)},
        pl.DataFrame(steps_of, orient="row", schema={
            "task": pl.String, "step": pl.Int64, "points": pl.Float64, "threshold": pl.Float64}),
        fit.sd, fit.se_sd, test.chi_square, test.df, test.p, fit.facets[0].reliability, fit.log_likelihood,
        fit.aic, fit.bic, kind, fit.n_ratings, bool(fit.converged), tuple(notes),
    )  # fmt: skip


def _filled(values: Floats, n: int) -> Floats:
    """NaN for candidates after the last who counts."""
    return np.concatenate([values, np.full(n - len(values), np.nan)])


def _levels(
    name: str, measure: str, names: Sequence[str], found: Any, more: Mapping[str, NDArray[Any]]
) -> pl.DataFrame:
    return frame({
        name: list(names), measure: found.measure, "se": found.se, **more, "infit": found.infit,
        "outfit": found.outfit, "n": found.n,
    })  # fmt: skip
