"""Agreement of assessors in their ratings: of all together, of each pair, and on each task."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from examgen.stats.agreement_coefficients import (
    Coefficient,
    Correlation,
    Scale,
    Weights,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac,
    intraclass,
    krippendorff_alpha,
    share_within,
)
from examgen.stats.arguments import ArgumentError, DataError, number, shown, word
from examgen.stats.matrix import Ints
from examgen.stats.ratings import FEW, Ratings, ratings_of
from examgen.stats.results import Argument, Note, Result, frame, frame_of_rows, sentences

FEW_OF_PAIR = 10
"""With fewer common candidates, the figures of a pair of assessors are imprecise."""
_CHANCE = 0.001
"""A chance, by the agreement of the other pairs, below which a pair that always agrees is told."""
_SLIGHT = 0.2
"""Kappa below this is slight agreement (Landis & Koch 1977)."""
WEIGHTS: tuple[Weights, ...] = ("quadratic", "linear", "none")
SCALES: tuple[Scale, ...] = ("interval", "ordinal", "nominal")
TEXTS: dict[str, str] = {
    "title": "Agreement of {assessors} assessors ({names}) on {rated:,} ratings",
    "title.tasks": "Agreement of {assessors} assessors ({names}) on {rated:,} ratings of {tasks} tasks "
    "together",
    "title.icc": "Intraclass correlations: {n:,} rated by all {assessors} assessors ({names})",
    "icc-blanks": "one-way coefficients use all {all:,} candidates with two ratings or more, two-way "
    "coefficients only the {n:,} whom all assessors rated",
    "totals-left-out": "a total needs ratings of every task, so the figures of totals use {n:,} of "
    "the {all:,} candidates with two assessors",
    "one-assessor": "the ratings are by one assessor; agreement takes two at least",
    "pooled-scales": "the highest points of a task are from {low:g} to {high:g}, so figures of all tasks "
    "together rest on the tasks with the most points. Use those of each task",
    "few-of-pair": "{n} [pair|pairs] of assessors [has|have] fewer than {few} candidates in common. "
    "[Its|Their] figures say little",
    "assessors-alike": "{first} and {second} gave the same points in all of their {n:,} ratings "
    "in common, and other pairs in {others:.0%}. If one of them copied, exclude that one, for agreement "
    "is then too high",
    "assessor-unlike-others": "{assessor} agrees with the others hardly more than by chance (kappa "
    "{kappa:z.2f}, {low:z.2f} to {high:z.2f}, with {n:,} candidates in common), and they with each other "
    "more ({others:.2f}). Have another assessor rate these candidates again",
    "no-order": "names of categories have no order. {argument} gives coefficients with weights",
    # findings
    "agreement": "Two assessors give a candidate the same points on {exact:.0f} % of tasks (95 % interval "
    "{low:.0f} to {high:.0f}), and points at most {within:g} apart on {near:.0f} %.",
    "agreement.exact": "Two assessors give a candidate the same rating on {exact:.0f} % of tasks (95 % "
    "interval {low:.0f} to {high:.0f}).",
    "kappa": "Agreement beyond chance is {kappa:z.2f} ({low:z.2f} to {high:z.2f}; Cohen's kappa, where 1 is "
    "full agreement and 0 is chance, and every difference counts the same).",
    "kappa.linear": "Agreement beyond chance is {kappa:z.2f} ({low:z.2f} to {high:z.2f}; kappa with linear "
    "weights, where 1 is full agreement and 0 is chance, and a difference counts by its points).",
    "kappa.quadratic": "Agreement beyond chance is {kappa:z.2f} ({low:z.2f} to {high:z.2f}; kappa with "
    "quadratic weights, where 1 is full agreement and 0 is chance, and a difference counts by the square of "
    "its points).",
    "icc": "{share:.0f} % of the differences between totals from single assessors are differences between "
    "candidates ({low:.0f} to {high:.0f} %; ICC1). Two totals of a candidate are {apart:.1f} points apart on "
    "average.",
    "icc.all": "{share:.0f} % of the differences between totals from single assessors are differences "
    "between candidates ({low:.0f} to {high:.0f} %; ICC2). Two totals of a candidate are {apart:.1f} points "
    "apart on average.",
    "moderation": "{n} [candidate has|candidates have] totals of two assessors more than {apart:g} points "
    "apart and [needs|need] moderation.",
    "moderation.none": "No candidate has totals of two assessors more than {apart:g} points apart.",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
note = sentences(TEXTS)


class Agreement(Result):
    """The agreement of assessors, as returned by `agreement`.

    Attributes
    ----------
    table : polars.DataFrame
        A row for each coefficient, over all pairs of ratings: `coefficient`, `value`, `low` and `high` (95
        %), `se` (for `fleiss_kappa` under the hypothesis that it is 0), `n` pairs or rated performances.
        `ICC1` and `ICC1k`, and if all assessors rated all candidates `ICC2` and `ICC2k`, are those of totals,
        as in `icc`. Null if all ratings are the same.
    pairs : polars.DataFrame
        A row for each pair of assessors (`first`, `second`) with common candidates: the numbers of
        `candidates` and of `ratings` (one for each candidate and task); `exact`, `within`, and kappa under
        its name in `table` (`kappa_quadratic`, `kappa_linear` or `kappa`, by `weights`), with its `_se`;
        `icc2` and `icc2k` of totals, which are `ICC2` and `ICC2k` of `icc`; `difference`, the mean total of
        the first minus that of the second. Each with `_low` and `_high`.
    tasks : polars.DataFrame
        A row for each `task`: `exact`, `within` and kappa, as in `pairs`, the number of `ratings`, their
        `mean` and the `highest`.
    assessors : polars.DataFrame
        A row for each `assessor`: the numbers of `candidates`, `ratings` and `shared` candidates (rated by
        another assessor, too), and `mean` points.
    moderation : polars.DataFrame
        With `apart`, candidates whose two totals differ by more: `candidate`, `first`, `second`,
        `total_first`, `total_second`, `apart`.
    n_rated, n_assessors, n_candidates : int
        The numbers of performances (a candidate on a task) with two or more ratings, of assessors, and of
        candidates with such performances.
    categories : tuple of str
        The different ratings, in order.
    weights : str
        The weights of the kappa for pairs and tasks.
    within, apart : float
    difference : float
        Mean absolute difference of two totals of a candidate.
    findings, notes : tuple of Note
        The meaning of the figures, and remarks on the data.
    """

    _tables = (("agreement", "table"), ("pairs", "pairs"), ("tasks", "tasks"), ("moderation", "moderation"))
    table: pl.DataFrame
    pairs: pl.DataFrame
    tasks: pl.DataFrame
    assessors: pl.DataFrame
    moderation: pl.DataFrame
    n_rated: int
    n_assessors: int
    n_candidates: int
    categories: tuple[str, ...]
    weights: str
    within: float
    apart: float | None
    difference: float
    findings: tuple[Note, ...]
    notes: tuple[Note, ...]

    def __getitem__(self, coefficient: str) -> float | None:
        """The value of a coefficient by its name; None where it is undefined."""
        values = self.table.filter(pl.col("coefficient") == coefficient)["value"]
        if not len(values):
            names = ", ".join(self.table["coefficient"].to_list())
            raise ArgumentError(f"coefficient {coefficient!r} is not in the table; it has {names}")
        value: float | None = values[0]
        return value

    @property
    def title(self) -> str:
        """The numbers of assessors, ratings and tasks."""
        names = shown(self.assessors["assessor"].to_list())
        key, n = "title" if len(self.tasks) == 1 else "title.tasks", len(self.tasks)
        return note(key, assessors=self.n_assessors, names=names, rated=self.n_rated, tasks=n)

    @property
    def figures(self) -> Mapping[str, object]:
        """The settings shown above the tables: the rating categories."""
        return {"categories": shown(self.categories)}

    def __repr__(self) -> str:
        return self._told(len(self.table))


def agreement(
    ratings: object, second: object = None, *, within: float = 1.0, weights: str = "quadratic",
    apart: float | None = None, order: object = None, candidate: str | None = None,
    assessor: str | None = None, task: str | None = None, score: str | None = None,
) -> Agreement:  # fmt: skip
    """Compute the agreement of assessors: proportions, kappa, Krippendorff's alpha, Gwet's AC1 and AC2.

    Parameters
    ----------
    ratings : vector, matrix of shape (rated, assessors), data frame or mapping
        Ratings of one assessor, with those of another in `second`; a column for each assessor; or a row for
        each rating. Numbers or names of categories; NaN or None if missing.
    second : vector, optional
        Ratings of the other assessor.
    within : float
        The greatest difference, in points, at which two ratings count as close; from 0.
    weights : {"quadratic", "linear", "none"}
        Weights of differences in the kappa for pairs and tasks.
    apart : float, optional
        A difference in points, from 0. Candidates whose totals by two assessors differ by more are listed for
        moderation.
    order : sequence, optional
        Names of categories from the lowest to the highest. Without it names have no order, and weighted
        coefficients are not computed.
    candidate, assessor, task, score : str, optional
        Names of the columns, if they differ from those in `generalizability`.

    Returns
    -------
    Agreement

    Raises
    ------
    ArgumentError
        If there is only one assessor, vectors have different lengths, or a category is not in `order`.

    See Also
    --------
    icc, many_facet, generalizability

    Notes
    -----
    Cohen (1960, 1968), Fleiss (1971), Krippendorff (2011), Gwet (2008, 2014). Equal in R to `vcd::Kappa`
    (with its standard error if each candidate has one task; unlike vcd, several tasks of a candidate are not
    treated as independent), `irr::kappam.fleiss`, `irr::kripp.alpha`, `irrCAC::gwet.ac1.raw`. With more than
    two assessors, kappa counts each pair of ratings in both orders.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.agreement([1, 2, 3, 3, 2, 1], [1, 2, 3, 2, 2, 1])
    >>> round(found["kappa"], 3), round(found["kappa_quadratic"], 3)
    (0.75, 0.857)
    """
    kind: Any = word("weights", weights, WEIGHTS)
    within = number("within", within, 0.0)
    apart = None if apart is None else number("apart", apart, 0.0)
    rated = ratings_of(
        ratings, second, names={"candidate": candidate, "assessor": assessor, "task": task, "score": score},
        order=order, takes_names=True, takes_below=True,
    )  # fmt: skip
    if len(rated.assessors) < 2:
        raise DataError(note("one-assessor"))
    if not rated.is_ordered:
        kind = "none"
    first, second = rated.pairs
    both_ways = len(rated.assessors) > 2
    coefficients = _coefficients(rated, both_ways, within)
    pairs, moderation = _of_pairs(rated, kind, within, apart)
    highest = [float(rated.points[rated.task == n].max()) for n in range(len(rated.tasks))]
    tasks = []
    for n, name in enumerate(rated.tasks):
        points, there = rated.points[rated.task == n], rated.task[first] == n
        tasks.append({
            "task": name, "ratings": len(points), "highest": highest[n], "mean": float(points.mean()),
            **_measures(rated, first[there], second[there], kind, within, both_ways),
        })  # fmt: skip
    known = np.isfinite(rated.totals)
    who, by = np.nonzero(known)
    of_totals = rated._replace(
        points=rated.totals[known], candidate=who, assessor=by, task=np.zeros_like(who)
    )
    distances = np.abs(np.subtract(*of_totals.points[np.stack(of_totals.pairs)]))
    distance = float(distances.mean()) if len(distances) and rated.is_ordered else math.nan
    of_candidate = rated.assessors_of
    several = of_candidate.sum(axis=1) > 1
    n_ratings = np.bincount(rated.assessor)
    notes = rated.few() + rated.remarks()
    notes += _left_out(rated)
    few = sum(one["candidates"] < FEW_OF_PAIR for one in pairs)
    if few and both_ways:
        notes.append(note("few-of-pair", n=few, few=FEW_OF_PAIR))
    if rated.is_ordered and max(highest) >= 2 * min(highest) and max(highest) > min(highest):
        notes.append(note("pooled-scales", low=min(highest), high=max(highest)))
    notes += [*_alike(pairs), *_unlike(rated, kind)]
    if not rated.is_ordered:
        notes.append(note("no-order", argument=Argument("order")))
    findings = _findings(coefficients, kind, within, distance) if several.sum() >= FEW else []
    if apart is not None:
        n = len({one["candidate"] for one in moderation})
        findings.append(note("moderation", n=n, apart=apart) if n else note("moderation.none", apart=apart))
    table = frame_of_rows([{"coefficient": name, **one._asdict()} for name, one in coefficients.items()])
    means = np.bincount(rated.assessor, rated.points) / n_ratings
    assessors = frame({
        "assessor": rated.assessors, "candidates": of_candidate.sum(axis=0), "ratings": n_ratings,
        "shared": of_candidate[several].sum(axis=0),
        "mean": means + (0.0 if rated.is_ordered else math.nan),
    })  # fmt: skip
    return Agreement(
        table.drop("se_null"), frame_of_rows(pairs, _columns_of_pairs(kind)), frame_of_rows(tasks),
        assessors, frame_of_rows(moderation, _MODERATION), len(np.unique(rated.thing[first])),
        len(rated.assessors), int(several.sum()), rated.categories, kind, within, apart, distance,
        tuple(findings), tuple(notes),
    )  # fmt: skip


def _left_out(ratings: Ratings) -> list[Note]:
    """The note of candidates with two assessors of whom fewer than two rated every task."""
    n, every = (
        int((of_each.sum(axis=1) > 1).sum())
        for of_each in (np.isfinite(ratings.totals), ratings.assessors_of)
    )
    return [note("totals-left-out", n=n, all=every)] if n < every and ratings.is_ordered else []


def _coefficients(ratings: Ratings, both_ways: bool, within: float) -> dict[str, Coefficient]:
    """Every coefficient of all pairs of ratings; of names without an order those without weights."""
    first, second = ratings.pairs
    x, y, who = ratings.points[first], ratings.points[second], ratings.candidate[first]
    weights = WEIGHTS if ratings.is_ordered else WEIGHTS[-1:]
    coefficients = {"exact": share_within(x, y, 0.0, who)}
    if ratings.is_ordered and within > 0:
        coefficients[f"within_{within:g}"] = share_within(x, y, within, who)
    for one in weights:
        coefficients[_of_weights("kappa", one)] = _kappa(ratings, first, second, one, both_ways)
    row = np.unique(ratings.thing, return_inverse=True)[1]
    place = np.arange(len(row)) - np.searchsorted(row, row)
    things = np.full((int(row.max()) + 1, int(place.max()) + 1), np.nan)
    things[row, place] = ratings.points
    fleiss = fleiss_kappa(things)
    coefficients["fleiss_kappa"] = fleiss._replace(se=fleiss.se_null)
    for one in weights:
        coefficients["ac1" if one == "none" else f"ac2_{one}"] = gwet_ac(things, one)
    rated = int((np.isfinite(things).sum(axis=1) > 1).sum())
    for scale in SCALES if ratings.is_ordered else SCALES[-1:]:
        coefficients[f"alpha_{scale}"] = Coefficient(krippendorff_alpha(things, scale), n=rated)
    if ratings.is_ordered:
        totals = np.isfinite(ratings.totals)
        n, correlations = int((totals.sum(axis=1) > 1).sum()), intraclass(ratings.totals)
        kinds = ("ICC1", "ICC1k", "ICC2", "ICC2k") if totals.all() else ("ICC1", "ICC1k")
        coefficients |= {name: Coefficient(*correlations[name][:3], n=n) for name in kinds}
    return coefficients


def _of_weights(name: str, weights: str) -> str:
    return name if weights == "none" else f"{name}_{weights}"


def _kappa(ratings: Ratings, first: Ints, second: Ints, weights: Weights, both_ways: bool) -> Coefficient:
    """Cohen's kappa of pairs of ratings. Of several assessors it means nothing which of two is first: each
    pair counts both ways."""
    x, y, who = ratings.points[first], ratings.points[second], ratings.candidate[first]
    if not both_ways:
        return cohen_kappa(x, y, weights, who)
    kappa = cohen_kappa(np.append(x, y), np.append(y, x), weights, np.append(who, who))
    return kappa._replace(n=len(x))


def _measures(
    ratings: Ratings, first: Ints, second: Ints, weights: Weights, within: float, both_ways: bool
) -> dict[str, float]:
    """Shares and kappa of some pairs of ratings, with their intervals."""
    x, y, who = ratings.points[first], ratings.points[second], ratings.candidate[first]
    near = share_within(x, y, within, who) if ratings.is_ordered else Coefficient()
    kappa = _kappa(ratings, first, second, weights, both_ways)
    exact = share_within(x, y, 0.0, who)
    name = _of_weights("kappa", weights)
    return {**_interval("exact", exact), **_interval("within", near), **_interval(name, kappa),
            f"{name}_se": kappa.se}  # fmt: skip


def _interval(name: str, one: Coefficient | Correlation) -> dict[str, float]:
    return {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}


def _of_pairs(
    ratings: Ratings, weights: Weights, within: float, apart: float | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A row for each two assessors with candidates in common; candidates whose totals lie too far apart."""
    rows, moderation = list[dict[str, Any]](), list[dict[str, Any]]()
    first, second = ratings.pairs
    key = ratings.assessor[first] * len(ratings.assessors) + ratings.assessor[second]
    for code in np.unique(key).tolist():
        a, b = first[key == code], second[key == code]
        one, other = divmod(code, len(ratings.assessors))
        names = {"first": ratings.assessors[one], "second": ratings.assessors[other]}
        who, place, count = np.unique(ratings.candidate[a], return_inverse=True, return_counts=True)
        totals = np.stack([np.bincount(place, ratings.points[some]) for some in (a, b)], axis=1)
        if not ratings.is_ordered:
            totals[:] = np.nan
        whole = totals[count == count.max()]
        correlations = intraclass(whole)
        rows.append({
            **names, "candidates": len(who), "ratings": len(a),
            **_measures(ratings, a, b, weights, within, both_ways=False),
            **_interval("icc2", correlations["ICC2"]), **_interval("icc2k", correlations["ICC2k"]),
            "difference": float(np.subtract(*whole.T).mean()),
        })  # fmt: skip
        for n, (x, y) in zip(who, totals.tolist(), strict=True):
            if apart is not None and abs(x - y) > apart + 1e-9:
                moderation.append({
                    "candidate": ratings.candidates[n], **names, "total_first": x, "total_second": y,
                    "apart": abs(x - y),
                })  # fmt: skip
    return rows, sorted(moderation, key=lambda row: (-row["apart"], row["candidate"]))


_MODERATION = ("candidate", "first", "second", "total_first", "total_second", "apart")


def _columns_of_pairs(weights: Weights) -> list[str]:
    kappa = _of_weights("kappa", weights)
    limits = [name + end for name in ("exact", "within", kappa) for end in ("", "_low", "_high")]
    icc = [name + end for name in ("icc2", "icc2k") for end in ("", "_low", "_high")]
    return ["first", "second", "candidates", "ratings", *limits, f"{kappa}_se", *icc, "difference"]


def _unlike(ratings: Ratings, weights: Weights) -> Iterator[Note]:
    """Yield a note for each of three or more assessors whose agreement with the others is slight, and
    three standard errors worse than that of the others among each other."""
    first, second = ratings.pairs
    one, other = ratings.assessor[first], ratings.assessor[second]
    for n, name in enumerate(ratings.assessors):
        mine, his = one == n, other == n
        if not (mine.any() or his.any()) or (mine | his).all():
            continue
        own, theirs = np.append(first[mine], second[his]), np.append(second[mine], first[his])
        who = len(np.unique(ratings.candidate[own]))
        rest = ~(mine | his)
        kappa = _kappa(ratings, own, theirs, weights, both_ways=False)
        others = _kappa(ratings, first[rest], second[rest], weights, both_ways=True)
        apart = 3 * math.hypot(kappa.se, others.se)
        if who >= FEW_OF_PAIR and kappa.value < _SLIGHT and others.value - kappa.value > apart:
            values = {"kappa": kappa.value, "low": kappa.low, "high": kappa.high, "others": others.value}
            yield note("assessor-unlike-others", assessor=name, n=who, **values)


def _alike(pairs: Sequence[Mapping[str, Any]]) -> Iterator[Note]:
    """Yield a note for each two assessors who always agree, though by the other pairs that is not chance."""
    if len(pairs) < 2:
        return
    n = sum(row["ratings"] for row in pairs)
    same = sum(row["ratings"] * row["exact"] for row in pairs)
    for row in pairs:
        others = float((same - row["ratings"]) / (n - row["ratings"]))
        if row["exact"] == 1 and others ** row["ratings"] < _CHANCE:
            names = {"first": row["first"], "second": row["second"]}
            yield note("assessors-alike", **names, n=row["ratings"], others=others)


def _findings(
    coefficients: Mapping[str, Coefficient], weights: Weights, within: float, distance: float
) -> list[Note]:
    """What the figures mean."""
    exact, near = coefficients["exact"], coefficients.get(f"within_{within:g}")
    if not exact.n:  # no two assessors rated the same
        return []
    values = {"exact": 100 * exact.value, "low": 100 * exact.low, "high": 100 * exact.high}
    findings = [
        note("agreement.exact", **values)
        if near is None
        else note("agreement", **values, within=within, near=100 * near.value)
    ]
    kind = "ICC2" if "ICC2" in coefficients else "ICC1"
    kappa, icc = coefficients[_of_weights("kappa", weights)], coefficients.get(kind, Coefficient())
    if math.isfinite(kappa.value):
        key = "kappa" if weights == "none" else f"kappa.{weights}"
        findings.append(note(key, kappa=kappa.value, low=kappa.low, high=kappa.high))
    if math.isfinite(icc.value):
        share, low, high = (100 * max(one, 0.0) for one in icc[:3])
        key = "icc" if kind == "ICC1" else "icc.all"
        findings.append(note(key, share=share, low=low, high=high, apart=distance))
    return findings


class IntraclassCorrelations(Result):
    """Intraclass correlations, as returned by `icc`.

    Attributes
    ----------
    table : polars.DataFrame
        A row for each of the six coefficients of Shrout & Fleiss: `type` (`ICC1` … `ICC3k` of psych),
        `model`, `unit`, `value`, `low`, `high`, `f`, `df1`, `df2`, `p`.
    n : int
        The number of rows with a rating by every assessor.
    n_assessors : int
    assessors : tuple of str
    notes : tuple of Note
    """

    table: pl.DataFrame
    n: int
    n_assessors: int
    assessors: tuple[str, ...]
    notes: tuple[Note, ...] = ()

    def __getitem__(self, name: str) -> Any:
        """The value of a coefficient by its type, None where it is undefined; or another figure."""
        own = self.table.filter(type=name)["value"]
        return own[0] if len(own) else super().__getitem__(name)

    @property
    def title(self) -> str:
        """The number of candidates rated and the assessors."""
        return note("title.icc", n=self.n, assessors=self.n_assessors, names=shown(self.assessors))


def icc(
    ratings: object, *, confidence: float = 0.95, candidate: str | None = None, assessor: str | None = None,
    task: str | None = None, score: str | None = None,
) -> IntraclassCorrelations:  # fmt: skip
    """Compute the intraclass correlations of points by several assessors.

    Parameters
    ----------
    ratings : matrix, data frame or mapping, shape (rated, assessors)
        Points; NaN if missing. Or a row for each rating; then the totals of assessors who rated every task
        are used. Two-way correlations use complete rows only.
    confidence : float
        Confidence level of the intervals, above 0 and below 1.
    candidate, assessor, task, score : str, optional
        Names of the columns, if they differ from those in `generalizability`.

    Returns
    -------
    IntraclassCorrelations

    Raises
    ------
    ArgumentError
        If there is only one assessor, or the ratings are not a table of numbers.

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
    share = number("confidence", confidence, 1e-6, 1 - 1e-6)
    ratings = ratings_of(
        ratings,
        names={"candidate": candidate, "assessor": assessor, "task": task, "score": score},
        takes_below=True,
    )
    if len(ratings.assessors) < 2:
        raise DataError(note("one-assessor"))
    correlations = intraclass(ratings.totals, share)
    models = ["one-way", "two-way, agreement", "two-way, consistency"]
    columns = {"type": list(correlations), "model": 2 * models, "unit": ["single"] * 3 + ["mean"] * 3}
    table = frame(
        columns
        | {name: [getattr(one, name) for one in correlations.values()] for name in Correlation._fields}
    )
    rated = np.isfinite(ratings.totals).sum(axis=1)
    n, several = (int(np.count_nonzero(rated >= least)) for least in (len(ratings.assessors), 2))
    notes = [note("icc-blanks", all=several, n=n)] if n < several else []
    notes += _left_out(ratings) + ratings.remarks()
    return IntraclassCorrelations(table, n, len(ratings.assessors), ratings.assessors, tuple(notes))
