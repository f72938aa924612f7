"""Classical statistics of test and items from scores, as in psych and CTT.

If scores are missing, covariances are computed over the persons who have both items (pairwise, as
`psych::alpha`), and a person's total is the mean of the available scores times the number of items (as
`psych::alpha`), or their sum without `prorate`. Blanks that count as wrong must be set to 0 before.

Statistics of several forms, and of each item over the forms that have it.

Totals of different forms are not comparable. Statistics are therefore computed within each form, and for an
item on several forms averaged over these, weighted by candidates. A blank counts as wrong, as in the score.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats import item_moments
from examgen.stats.arguments import DataError, shown
from examgen.stats.data_notes import notes_on_scores
from examgen.stats.distributions import fisher, wilson
from examgen.stats.item_moments import Moments, observed
from examgen.stats.matrix import (
    NOT_ADMINISTERED,
    NOT_REACHED,
    OMITTED,
    Bools,
    Cells,
    Chosen,
    Floats,
    Ints,
    administered,
)
from examgen.stats.option_statistics import SHARE, quantile
from examgen.stats.results import Note, frame, sentences

FEW_CANDIDATES = 50
"""With fewer candidates, correlations and reliabilities are imprecise: the 95 % interval of a correlation of
0.3 is ± 0.26."""
_NORMAL = NormalDist()
TEXTS: dict[str, str] = {
    "too-many-items": "the data have {n} items; at most {most} are analysed together. Give fewer items",
    "no-answers.items": "no candidate has a score on {items}",
    "one-answer": "only one candidate has a score on {items}, so there is no variance",
    "all-wrong": "{items}: all {n} candidates scored 0, so there is no correlation, and alpha is that of "
    "the other items",
    "all-right": "{items}: all {n} candidates are right, so there is no correlation, and alpha is that of "
    "the other items",
    "all-right.points": "{items}: all {n} candidates have {score} points, so there is no correlation, and "
    "alpha is that of the other items",
    "no-answers": "there are no scores",
    "empty-candidates": "{n} [candidate has|candidates have] no score on any item and [is|are] excluded",
    "few-candidates": "with {n} [candidate|candidates], correlations and reliabilities are rough. See their "
    "intervals",
    "missing-scores": "{missing} scores are missing. Covariances use candidates who have both items, and a "
    "missing score counts as the mean of a candidate's other scores in the total",
    "missing-scores.sum": "{missing} scores are missing. Covariances use candidates who have both items, and "
    "a missing score counts as 0 in the total",
    "items-apart": "The data contain {n} sets of items with no candidate in common ({sizes} items), for "
    "example forms of an exam. Overall reliability and correlations are not computed. Analyse each form "
    "separately",
    "too-few-items": "only {n} [item varies|items vary], so there is no alpha or other reliability",
    "too-few-items.none": "no item varies, so there is no alpha or other reliability",
    "too-few-items.omega": "one factor needs three items that vary, so there is no omega",
    "no-alpha.pairs": "some pairs of items share no two candidates, so alpha, lambda and omega cannot be "
    "computed",
    "no-alpha.contradiction": "covariances from different candidates contradict each other, so there is no "
    "alpha",
    "no-alpha.total": "the total does not vary, so there is no alpha",
    "negative-alpha": "alpha is negative, because items work against each other. Check the keys",
    "singular-correlations": "the correlation matrix of the items is singular (fewer candidates than items, "
    "or items that repeat others). lambda 6 and r_cor use a generalised inverse and are unreliable",
    "no-omega": "no factor was found, so there is no omega",
    "heywood": "one factor explains an item completely (a Heywood case). It does not fit so few candidates "
    "or items, so omega is unreliable",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
note = sentences(TEXTS)


class Classical(NamedTuple):
    """Statistics of a test and its items; NaN if undefined."""

    test: dict[str, Any]
    """Figures by name, as in `ItemAnalysis.test`."""
    items: dict[str, NDArray[Any]]
    """An array (J,) for each statistic, as in `ItemAnalysis.items`."""
    notes: tuple[Note, ...]
    """Notes; those about items have the names of these as `items` among their values."""


def classical(
    cells: Cells,
    names: Sequence[str] | None = None,
    *,
    greatest: Ints | None = None,
    prorate: bool = True,
    unit: int = 1,
) -> Classical:
    """Compute the classical statistics of scores (N, J), negative if missing.

    Parameters
    ----------
    cells : ndarray of int8, shape (N, J)
    names : sequence of str, optional
        Names of the items, for the notes.
    greatest : ndarray of int, shape (J,), optional
        The highest possible score of each item; by default the highest observed score, at least one point.
    prorate : bool
        Whether missing scores count in the total as the mean of the person's other scores, or as 0.
    unit : int
        The value of one point in `cells` and `greatest`; statistics are in points.
    """
    if cells.shape[1] > item_moments.MOST_ITEMS:
        raise DataError(note("too-many-items", n=cells.shape[1], most=item_moments.MOST_ITEMS))
    sums = item_moments.moments(cells)
    top = np.maximum(sums.greatest, unit) if greatest is None else greatest
    total = sums.totals(prorate=prorate)
    live = np.nan_to_num(sums.variance) > 0
    of = item_moments.covariances(sums, live)
    rest = item_moments.without_items(of.covariance)
    communality, singular = item_moments.squared_multiple_correlations(of.correlation)
    loadings = item_moments.one_factor(of.pairwise)
    alpha = item_moments.alpha_of(rest)
    test = _of_totals(total) | {"n_items": len(live)}
    test |= _reliabilities(
        sums, of, live, test, alpha, communality, loadings, prorate=prorate, is_right_wrong=unit == 1
    )
    r_cor, loading = np.full((2, len(live)), np.nan)
    row = of.correlation.sum(axis=0) - 1.0 + communality
    if row.sum() > 1e-10 * len(row):  # else 0 but for rounding
        r_cor[live] = row / math.sqrt(row.sum())
    if loadings is not None:
        loading[live] = loadings
    columns = _of_items(cells, sums, top, total, live, rest, alpha, {"r_cor": r_cor, "loading": loading})
    if unit > 1:
        test |= {name: test[name] / unit for name in ("mean", "sd", "minimum", "maximum", "sem")}
        columns |= {name: columns[name] / unit for name in ("max_score", "sd")}
    names = names or [f"i{j + 1}" for j in range(len(live))]
    said = [*_notes_on_items(sums, live, names, unit), *notes_on_scores(sums, live, rest, names, unit)]
    said += _notes_on_test(sums, of, live, alpha, loadings, singular=singular, prorate=prorate)
    return Classical(test, columns, tuple(said))


def _of_totals(total: Floats) -> dict[str, Any]:
    """How many there are, and how they are distributed; skew m₃/s³ and kurtosis m₄/s⁴ − 3 with divisor n."""
    known = total[~np.isnan(total)]
    n = len(known)
    if not n:
        return {"n_candidates": 0} | dict.fromkeys(
            ("mean", "sd", "minimum", "maximum", "skew", "kurtosis"), math.nan
        )
    deviation = known - known.mean()
    square = float(deviation @ deviation)
    varies = n > 1 and square > 1e-9
    return {
        "n_candidates": n,
        "mean": float(known.mean()),
        "sd": math.sqrt(square / (n - 1)) if n > 1 else math.nan,
        "minimum": float(known.min()),
        "maximum": float(known.max()),
        "skew": float((deviation**3).mean()) / (square / n) ** 1.5 if varies else math.nan,
        "kurtosis": float((deviation**4).mean()) / (square / n) ** 2 - 3 if varies else math.nan,
    }


def _reliabilities(
    sums: Moments, of: item_moments.Covariances, live: Bools, test: Mapping[str, Any],
    alpha: float, communality: Floats, loadings: Floats | None, *, prorate: bool, is_right_wrong: bool,
) -> dict[str, float]:  # fmt: skip
    """Every coefficient, and the standard error of measurement."""
    n, k = test["n_candidates"], int(live.sum())
    low, high = item_moments.feldt_interval(alpha, n, k)
    halves = item_moments.split_halves(of.covariance, np.flatnonzero(live))
    kr20 = kr21 = omega_total = omega_r = math.nan
    if is_right_wrong and n > 1 and int(sums.greatest.max(initial=0)) <= 1 and (sums.n > 0).all():
        both = np.broadcast_to(sums.both, (len(live), len(live)))[np.ix_(live, live)]
        with_n = float((of.covariance * (1 - 1 / np.maximum(both, 1))).sum())  # divisor n
        kr20 = item_moments.kuder_richardson_20(sums.score / sums.n, with_n)
        if np.isin(sums.answered, (0, len(live))).all():  # else totals are no numbers of items
            kr21 = item_moments.kuder_richardson_21(len(live), test["mean"], test["sd"] ** 2 * (n - 1) / n)
    if loadings is not None and math.isfinite(test["skew"]):
        omega_total, omega_r = (
            item_moments.omega(loadings),
            item_moments.omega_of_correlations(loadings, of.pairwise),
        )
    sd = test["sd"]
    if not (prorate or sums.complete):  # that of a whole test, as alpha is, not of sums that lack items
        sd = math.sqrt(max(float(of.covariance.sum()), 0.0))
    return {
        "alpha": alpha,
        "alpha_low": low,
        "alpha_high": high,
        "alpha_se": math.nan if math.isnan(alpha) else item_moments.alpha_error(of.covariance, n),
        "kr20": kr20,
        "kr21": kr21,
        "sem": math.nan if math.isnan(alpha) else sd * math.sqrt(1 - alpha),
        **dict(zip(("split_half_r", "split_half", "split_half_guttman"), halves, strict=True)),
        **item_moments.lower_bounds(of, communality),
        "omega": omega_total,
        "omega_of_correlations": omega_r,
    }


def _of_items(
    cells: Cells, sums: Moments, top: Ints, total: Floats, live: Bools,
    rest: item_moments.WithoutItems, alpha: float, factor: Mapping[str, Floats],
) -> dict[str, NDArray[Any]]:  # fmt: skip
    """The statistics in the order of their columns, with those of the `factor` among them."""
    # sums over those who have the item: of deviations of the total, their squares, and who is in the lowest
    # and the highest 27 %, alone and times the score
    known = ~np.isnan(total)
    ordered = np.sort(total[known])
    with np.errstate(invalid="ignore"):
        low, high = total <= quantile(ordered, SHARE), total >= quantile(ordered, 1.0 - SHARE)
    centred = np.where(known, total - (ordered.mean() if len(ordered) else 0.0), 0.0)
    weights = np.stack([centred, np.square(centred), low, high]).astype(np.float64)
    had, got = np.zeros((2, 4, cells.shape[1]))
    for j, column in enumerate(cells.T):
        had[:, j], got[:, j] = weights @ (column >= 0), weights @ np.maximum(column, 0)
    item_rest, without = np.full(len(live), np.nan), np.full(len(live), alpha)
    least = 0.5 / max(len(total), 1)
    """Below it the variance of a sum of whole numbers is rounding: the least one that is not 0 is 1 / N."""
    without[live] = item_moments.alpha_without(rest, sums.variance[live], least)
    with np.errstate(divide="ignore", invalid="ignore"):
        facility = sums.score / sums.n / top
        error = np.where(
            (top == 1) & (sums.n > 0),
            np.sqrt(facility * (1.0 - facility) / sums.n),
            np.sqrt(sums.variance / sums.n) / top,
        )
        d27 = (got[3] / had[3] - got[2] / had[2]) / top
        squares = had[1] - np.square(had[0]) / sums.n
        r = (got[0] - had[0] * sums.score / sums.n) / np.sqrt(squares * sums.variance * (sums.n - 1))
        of_rest = rest.with_rest / np.sqrt(sums.variance[live] * rest.rest)
    item_total = np.where(live & (squares > 1e-9), np.clip(r, -1.0, 1.0), np.nan)
    item_rest[live] = np.where(rest.rest > least, of_rest, np.nan)
    item_rest = np.clip(item_rest, -1.0, 1.0) if sums.complete else item_rest
    biserial, biserial_rest = _biserials(cells, sums, total, item_total, item_rest)
    facility_low, facility_high = wilson(facility * sums.n, sums.n)
    rest_low, rest_high = fisher(item_rest, sums.n)
    return {
        "n": sums.n, "max_score": top, "facility": facility, "facility_se": error,
        "facility_low": facility_low, "facility_high": facility_high, "sd": np.sqrt(sums.variance),
        "item_total": item_total, "item_rest": item_rest, "item_rest_low": rest_low,
        "item_rest_high": rest_high, "biserial": biserial, "biserial_rest": biserial_rest, **factor,
        "d27": d27,
        "alpha_if_deleted": without, "omitted": sums.missing[0], "not_reached": sums.missing[1],
        "not_administered": sums.missing[2],
    }  # fmt: skip


def _biserials(
    cells: Cells, sums: Moments, total: Floats, item_total: Floats, item_rest: Floats
) -> tuple[Floats, Floats]:
    """(J,) r s / Σ_k φ(τ_k), s with divisor n, of both correlations r: `CTT::polyserial(ml = FALSE)`.

    τ_k are the normal quantiles of the cumulative proportions; for 0/1 this is √(pq) / φ(z_p). It may pass 1.
    Categories that nobody got do not count: 0, 2, 3 are ranks 0, 1, 2.
    """
    found = np.full((2, len(sums.n)), np.nan)
    for j in np.flatnonzero(sums.greatest > sums.least):
        values = np.flatnonzero(sums.counts[j])
        share, ranks = sums.counts[j, values] / sums.n[j], np.arange(len(values))
        spread = math.sqrt(float(share @ np.square(ranks - share @ ranks)))
        factor = spread / sum(_NORMAL.pdf(_NORMAL.inv_cdf(p)) for p in np.cumsum(share)[:-1])
        r = [item_total[j], item_rest[j]]
        if values[-1] - values[0] >= len(values):  # gaps
            column = cells[:, j]
            of_total, rank = total[column >= 0], np.searchsorted(values, column[column >= 0])
            r[0] = item_moments.correlation(rank, of_total)
            if sums.complete:
                r[1] = item_moments.correlation(rank, of_total - column[column >= 0])
        found[:, j] = np.array(r) * factor
    return found[0], found[1]


# ── notes ────────────────────────────────────────────────────────────────────────────────────


def _notes_on_items(sums: Moments, live: Bools, names: Sequence[str], unit: int) -> Iterator[Note]:
    """What items have in common that do not vary."""
    kinds: dict[tuple[int, int], list[str]] = {}
    for j in np.flatnonzero(~live).tolist():
        n = int(sums.n[j])
        kinds.setdefault((n, int(sums.least[j]) if n > 1 else 0), []).append(names[j])
    for (n, cell), some in kinds.items():
        score: float = cell if unit == 1 else cell / unit
        key = {0: "no-answers.items", 1: "one-answer"}.get(n)
        key = key or ("all-wrong" if score == 0 else "all-right" if score == 1 else "all-right.points")
        yield note(key, items=shown(some), n=n, score=score)


def _notes_on_test(
    sums: Moments, of: item_moments.Covariances, live: Bools, alpha: float,
    loadings: Floats | None, *, singular: bool, prorate: bool,
) -> Iterator[Note]:  # fmt: skip
    n, k = int(np.count_nonzero(sums.answered)), int(live.sum())
    if n == 0:
        yield note("no-answers")
        return
    if empty := len(sums.points) - n:
        yield note("empty-candidates", n=empty)
    if n < FEW_CANDIDATES:
        yield note("few-candidates", n=n)
    if not sums.complete:
        if missing := n * len(sums.n) - int(sums.n.sum()):  # of those who are not excluded
            yield note("missing-scores" if prorate else "missing-scores.sum", missing=missing)
        sizes = _sets_of_items(sums)
        if len(sizes) > 1:
            yield note("items-apart", n=len(sizes), sizes=shown(sizes))
    if k < 2:
        yield note("too-few-items" if k else "too-few-items.none", n=k)
    elif math.isnan(alpha):
        if np.isnan(of.covariance).any():
            yield note("no-alpha.pairs")
        else:
            yield note("no-alpha.total" if sums.complete else "no-alpha.contradiction")
    elif alpha < 0:
        yield note("negative-alpha")
    if singular:
        yield note("singular-correlations")
    if k >= 2 and not math.isnan(alpha):
        if k < 3:
            yield note("too-few-items.omega")
        elif loadings is None:
            yield note("no-omega")
        elif item_moments.is_heywood(loadings):
            yield note("heywood")


def _sets_of_items(sums: Moments) -> list[int]:
    """How many items each set has that no person shares with another, as with separate forms of an exam."""
    from scipy.sparse.csgraph import connected_components

    own = np.flatnonzero(sums.n > 0)
    _, of_item = connected_components(sums.both[np.ix_(own, own)] > 0, directed=False)
    return np.bincount(of_item).tolist() if len(own) else []


# ── items on forms ────────────────────────────────────────────────────────────────────────────────────


MEANS = (
    "facility", "item_total", "item_rest", "biserial", "biserial_rest", "r_cor", "d27", "alpha_if_deleted",
)  # fmt: skip
"""The statistics of an item that are averaged over the forms which have it, weighted by candidates."""


@dataclass(frozen=True)
class FormItems:
    """A form: its items, in the order of its questions, and the statistics of its total."""

    places: list[int]
    counted: list[int]
    """The items that are part of the total, without pilot items."""
    test: dict[str, Any]
    score_counts: list[int]
    """The numbers of candidates with 0, 1, … items right."""
    notes: list[Note]
    """Notes on the form as a whole."""


def items_by_form(
    chosen: Chosen,
    form: NDArray[np.integer],
    counted: Bools,
    questions: Mapping[int, Sequence[int]],
) -> tuple[dict[int, FormItems], pl.DataFrame]:
    """Return the statistics of each form that somebody took, and of each item over all forms.

    Parameters
    ----------
    chosen : Chosen
        N candidates and J items.
    form : ndarray of int, shape (N,)
    counted : ndarray of bool, shape (J,)
        Whether each item is part of the totals.
    questions : mapping
        By form, the question number of each item. Halves are odd and even questions.
    """
    found, columns = dict[int, FormItems](), list[dict[str, Floats]]()
    for number in np.unique(form).tolist():
        candidates = np.flatnonzero(form == number)
        had = np.flatnonzero(administered(chosen.cells[candidates])).tolist()
        places = sorted(had, key=questions[number].__getitem__)
        own = [place for place in places if counted[place]]
        cells = chosen.part(own, candidates).scored(not_reached_wrong=True).cells
        result = classical(cells)
        columns.append(_seen(chosen.part(places, candidates), counted[places], places, len(counted)))
        for name in MEANS:
            columns[-1][name][own] = result.items[name]
        totals = np.maximum(cells, 0).sum(axis=1, dtype=np.int64)
        found[number] = FormItems(
            places, own, result.test, np.bincount(totals, minlength=len(own) + 1).tolist(),
            [one for one in result.notes if "items" not in one.values],
        )  # fmt: skip
    return found, _over_forms(chosen, columns)


def items_of_all(chosen: Chosen, counted: Bools) -> pl.DataFrame:
    """Return the statistics of items without a description of forms: facility and item–rest correlation."""
    return _over_forms(chosen, [_seen(chosen, counted, [*range(len(counted))], len(counted))])


def missing_of(chosen: Chosen) -> list[Ints]:
    """Return the numbers of candidates for whom each item (J,) was omitted, not reached, not administered."""
    kinds = (OMITTED, NOT_REACHED, NOT_ADMINISTERED)
    return [np.array([np.count_nonzero(own == kind) for own in chosen.cells.T]) for kind in kinds]


def _seen(part: Chosen, counted: Bools, places: list[int], size: int) -> dict[str, Floats]:
    """(J,) `n` and the means of the items at some places, as far as pilot items have them; else 0 and NaN."""
    worth = np.zeros((len(part.items), max(map(len, part.options), default=0)))
    for row, key in zip(worth, part.keys, strict=True):
        row[list(key)] = 1.0
    seen = observed(part.cells, worth, counted)
    columns = {"n": np.zeros(size)} | {name: np.full(size, np.nan) for name in MEANS}
    for name, values in seen._asdict().items():
        columns[name][places] = values
    return columns


def _over_forms(chosen: Chosen, forms: Sequence[Mapping[str, Floats]]) -> pl.DataFrame:
    """The items in the columns of `classical`, by those of each form."""
    shape = len(forms), len(chosen.items)
    of_forms = {name: np.array([form[name] for form in forms]).reshape(shape) for name in ("n", *MEANS)}
    n, mean, weights = of_forms.pop("n"), dict[str, Floats](), dict[str, Floats]()
    for name, values in of_forms.items():
        weights[name] = np.where(np.isfinite(values), n, 0.0)
        with np.errstate(invalid="ignore"):
            mean[name] = (np.nan_to_num(values) * weights[name]).sum(axis=0) / weights[name].sum(axis=0)
    if len(forms) > 1:
        mean["alpha_if_deleted"][:] = np.nan  # each form has another test
    # a form where an item does not vary says nothing of its correlation; others have own means
    varied = np.isfinite(of_forms["item_rest"]).sum(axis=0)
    n, n_rest = n.sum(axis=0), weights["item_rest"].sum(axis=0) - 3 * np.maximum(varied - 1, 0)
    whole, sd = n.astype(np.int64), np.sqrt(mean["facility"] * (1 - mean["facility"]))  # divisor n
    facility_low, facility_high = wilson(mean["facility"] * n, whole)
    rest_low, rest_high = fisher(mean["item_rest"], n_rest)
    return frame({
        "item": chosen.items, "n": whole, "max_score": np.ones(len(n), dtype=np.int64),
        "facility": mean["facility"], "facility_se": sd / np.sqrt(np.maximum(n, 1)),
        "facility_low": facility_low, "facility_high": facility_high,
        "sd": sd * np.sqrt(n / np.maximum(n - 1, 1)), "item_total": mean["item_total"],
        "item_rest": mean["item_rest"], "item_rest_low": rest_low, "item_rest_high": rest_high,
        "biserial": mean["biserial"], "biserial_rest": mean["biserial_rest"], "r_cor": mean["r_cor"],
        "loading": np.full(len(n), np.nan), "d27": mean["d27"], "alpha_if_deleted": mean["alpha_if_deleted"],
        **dict(zip(("omitted", "not_reached", "not_administered"), missing_of(chosen), strict=True)),
    })  # fmt: skip
