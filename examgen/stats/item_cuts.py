"""Cut scores from judges' ratings of items, or from their bookmarks in a booklet ordered by difficulty."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from operator import mul
from statistics import mean, variance
from typing import Any

import numpy as np
import polars as pl

from examgen.stats.arguments import ArgumentError, DataError, RowFaults, alike_names, objects, shown, vector
from examgen.stats.columns import columns_of, distinct
from examgen.stats.cuts import ERRORS, CutScore, checked, cut_score, points_of_items
from examgen.stats.distributions import fisher, t_quantile
from examgen.stats.irt_items import FAR, item_table
from examgen.stats.irt_models import dichotomous
from examgen.stats.judge_ratings import (
    COLUMNS,
    HEADINGS,
    JudgeRatings,
    completed,
    exact,
    is_blank,
    judge_ratings,
    names_in,
    read_number,
    rounds_in,
)
from examgen.stats.judge_ratings import note as ratings_note
from examgen.stats.matrix import Bools, Floats
from examgen.stats.response_data import columns_by_name
from examgen.stats.response_tables import name_of
from examgen.stats.results import Argument, Note, frame, sentences
from examgen.stats.summaries import summaries

LEAST_JUDGES = 4
"""With fewer judges, none is compared with the others: of three judges, each two differ equally from the
third."""
ENOUGH_ITEMS = 5
"""Judges who give the same ratings to fewer items than this may do so by chance."""
MOST_NAMED = 5
"""The maximum number of items that a note names."""
MEDIAN_FACTOR = float(np.sqrt(np.pi / 2))
"""Ratio of the standard error of the median to that of the mean, for large panels of normally distributed
judges."""
_LEVEL = 0.05
"""Share of panels of like-minded judges of whom at least one is said to stand apart."""
_FARTHEST = 12.0
_FAR = 10.0
"""A difficulty that is hardly in logits."""
TEXTS: dict[str, str] = {
    # refusals
    "no-ratings": "there are no ratings, because every cell is empty",
    "no-round": "there is no round {round}. Existing rounds: {known}",
    "items-unknown": "no item of the form has a rating. Check that the items are named by their ids",
    "item-unrated": "has no rating in round {round}. Have it rated",
    "rating-not-yes-no": "{kind} needs 1 and 0, or yes and no, but these ratings have other values",
    "no-b": "{argument} has no column b; it has {columns}, expected b, and where there are any a, c",
    "parameters-missing": "has no difficulty b. Estimate it with {irt}, or give a table that contains it",
    "slope-not-positive": "has a slope that is not above 0, so it has no place in the booklet",
    "asymptote": "has the asymptote {c:g}; it is from 0 to below 1",
    "no-location": "is answered right by guessing with a probability of {response:.2f} or more. Use a higher "
    "{higher}, or {without}",
    "bookmark-unknown": "{judge}: `{text}` is neither a page nor an item of the booklet",
    "rated-twice": "{judge} has a second bookmark in that round",
    "page-or-item": "{judge}: {page} is a page of the booklet, and also the item on page {other}. Put a "
    "letter before the names of the items in {argument}, as in Q{page}; then a number is a page",
    "page-unknown": "{judge}: page {page} is not in the booklet. Its pages are 1 to {n}, and {last} is "
    "after the last page",
    "bookmark-on-first-page": "{judge} placed the bookmark on page 1, so no item before it is mastered by a "
    "borderline candidate. Use {place}, or exclude this judge",
    "bookmark-behind-last-page": "{judge} placed the bookmark after the last page, so there is no item at "
    "it. Use {place}, or exclude this judge",
    # notes
    "of-form": "form {form}: {note}",
    "of-table": "{table}: {note}",
    "items-elsewhere": "rated items that are on no form are excluded: {items}",
    "judges-spelled": "{names} differ only in capital letters or spaces and count as several judges. Write a "
    "name in one way if it is one person",
    "items-spelled": "{names} differ only in capital letters or spaces and count as several items. Write a "
    "name in one way if it is one item",
    "no-statistics": "{argument} has no facility, a, b or c of these items ({items}), so nothing is compared "
    "with it",
    "judge-silent": "{judge} is named but has rated nothing",
    "judge-absent": "{judge} judged in another round and not in round {round}, which counts. Those "
    "judgements are not used",
    "ratings-earlier": "{n} [rating of an earlier round has|ratings of earlier rounds have] none in round "
    "{round}, which counts, and [is|are] not used. If round {round} has only what was changed, add the "
    "ratings that stayed",
    "judge-flat": "{judge} gave all {items} items the same rating, which says nothing about single items. "
    "Ask whether each item was rated",
    "variance-below-0": "the estimated variance of {part} is below 0 and is set to 0",
    "judge-incomplete": "{judge} did not rate every item. The ratings count in the means of their items, but "
    "the judge does not count in the standard error",
    "judge-incomplete.estimated": "{judge} did not rate every item. In the standard error and the judge's "
    "own cut, a missing rating counts as the other ratings of judge and item suggest",
    "judges-alike": "{judge} and {other} rated every item alike. If they are one person, exclude one of them",
    "judge-outlying": "{judge}: the judge's own cut differs from those of the others by more than chance",
    "judge-outlying.bookmark": "{judge}: the bookmark differs from those of the others by more than chance",
    "judge-unlike-others": "{judge}: the ratings agree with those of the others no more than by chance (r = "
    "{r:.2f} over {items} items). Let the judges discuss the items and rate again before the cut is decided",
    "judge-against-facility": "{judge} expects more on items that fewer candidates answer right",
    "far-difficulties": "{items}: the difficulty is beyond {far:g}. Check that the parameters are in logits, "
    "and no percentages",
    "difficulties-reversed": "the judges together expect more on items with a higher difficulty b (r = "
    "{r:.2f} over {items} items). Check the sign of b in {argument}: a higher b is a harder item",
    "one-judge": "there is only one judge, so the cut has no standard error",
    "judges-agree": "all judges have the same cut. A standard error of 0 shows that they agree, not that "
    "other judges would",
    "two-judges": "with two judges the 95 % interval extends {t:.1f} standard errors to either side (t with "
    "1 degree of freedom), so it says almost nothing about other judges. Use more judges",
    "judges-talked": "judges who have seen or discussed round {first} are not independent, so the standard "
    "error is too small. Report that of round {first} beside it ({argument})",
    "few-judges": "there are fewer than {least} judges, so outliers are not checked",
    "bookmark-behind-last-page.note": "{judge}: the bookmark is after the last page. The booklet has no item "
    "that is too hard, so the cut is that of the hardest item or higher",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
note = sentences(TEXTS)


# ── judges × items ───────────────────────────────────────────────────────────────────────────


def angoff(
    ratings: object,
    *,
    points: object = 1,
    scale: str | None = None,
    round: int | None = None,
    kind: str | None = None,
    panels: object = None,
    statistics: object = None,
    totals: object = None,
    adjust_se: float = 0,
) -> CutScore:
    """Return the Angoff cut: the score that judges expect of a borderline person, summed over items.

    Parameters
    ----------
    ratings : data frame, mapping of columns, or array, shape (judges, items)
        The probability that such a person answers correctly, or the expected share of an item's points; NaN
        if a judge did not rate the item. A row for each judge, named by the column `judge`, and a column for
        each item; or transposed, with a column `item`; or a row for each rating: `judge`, `item`, `rating`. A
        column `round` if there are several rounds.
    points : int, sequence or mapping
        The points of each item: one number for all, one for each in order, or {item: points}, which excludes
        items that it does not name.
    scale : {"share", "percent"}, optional
        Shares from 0 to 1, or percentages; inferred from the ratings by default.
    round : int, optional
        The round to use; the last by default.
    kind : {"angoff", "angoff-yes-no", "ebel"}, optional
        The kind of ratings; by default `angoff-yes-no` if all are 1 or 0, else `angoff`. In Ebel's method, a
        judge's rating of an item is the share of the grid cell to which the judge assigned it.
    panels : sequence or mapping, optional
        The panel of each item, in order, or {item: panel}, if there are several panels; their squared errors
        are added.
    statistics : data frame or mapping of columns, optional
        Known item statistics: `item`, and any of `facility`, `a`, `b`, `c`.
    totals : vector, or persons × items, optional
        Scores of all persons, for the pass rates in `impact`.
    adjust_se : float
        The number of standard errors by which the cut is moved, -3 to 3.

    Returns
    -------
    CutScore
        `settings` has the `round` that was used; `details` has for each panel the variance components of
        judges × items and the resulting errors: `se_judges` (same items, other judges), `se_items`,
        `se_both`, `agreement` (reliability of the item means).

    Raises
    ------
    ArgumentError
        If ratings are out of range or on two scales, or nobody rated an item.

    See Also
    --------
    bookmark, hofstee

    Notes
    -----
    With w_i points of item i, p_ij the share that judge j expects, and p̄_i its mean over the judges who
    rated
    the item,

        cut = Σ w_i p̄_i,   SE² = Σ_j (x_j − x̄)² / (n (n − 1)) = wᵀ S w / n,   x_j = Σ_i w_i p_ij

    over the n judges who rated more than half of the items, S the covariances (divisor n − 1) of their
    ratings of two items: the variance of a mean of n judges' own cuts (Brennan & Lockwood 1980, for items
    that stay). In x_j a missing rating is the fitted value of a two-way analysis, judges and items, without
    interaction (Yates 1933; `predict(lm(p ~ judge + item))` in R).
    Items of several points weigh in it by the square of their points. Components, `se_items` and `se_both`
    are those of points w_i p_ij, so that other items would have other points, too.

    Angoff (1971); Ebel (1972, ch. 19); components as Brennan & Lockwood (1980); a judge stands apart by the
    externally studentized distance (Cook & Weisberg 1982) with Bonferroni's correction. Components equal
    those of `gtheory::gstudy` in R where none is below 0. Consistency with curves as van der Linden (1982).

    Examples
    --------
    >>> import examgen.stats as es
    >>> ratings = [[0.5, 0.7, 0.9], [0.6, 0.6, 0.8], [0.4, 0.7, 0.8], [0.6, 0.8, 0.9]]
    >>> es.angoff(ratings)
    Cut score by angoff: 2.08 of 3 points (69.2 %)
    se 0.085; low 1.803; high 2.347; n_judges 4; se_judges 0.085; ...
    judge    rated    cut   apart  r_others  distance
    judge 1      3  2.100   0.139     0.998     0.033
    judge 2      3  2.000  -0.433     0.778     0.100
    judge 3      3  1.900  -1.323     0.941     0.078
    judge 4      3  2.300   2.598     0.982     0.100
    3 is the lowest whole mark that passes
    """
    kind = None if kind is None else checked(kind=kind)["kind"]
    table = judge_ratings(ratings, scale)
    which, rated, worth = _rated(table, round, points)
    names = [*rated]
    kind = kind or ("angoff-yes-no" if table.is_yes_no else "angoff")
    if kind == "angoff-yes-no" and not table.is_yes_no:
        said = {"argument": Argument("ratings"), "kind": Argument("kind", kind)}
        raise DataError(*(
            note("rating-not-yes-no", **said, cell=cell, judge=judge, item=item)
            for (n, item, judge), cell in table.cells.items()
            if table.rounds[n].get(item, {}).get(judge, 0) not in (0, 1)
        ))  # fmt: skip
    if isinstance(panels, Mapping):
        panels = [panels.get(item, "") for item in names]
    of = [""] * len(names) if panels is None else [str(one) for one in objects("panels", panels).tolist()]
    if len(of) != len(names):
        raise ArgumentError(f"panels has {len(of)} values; expected one for each of {len(names)} items")
    known, own = _known(statistics, names), list[tuple[pl.DataFrame, Floats, float, dict[str, Any]]]()
    for panel in dict.fromkeys(of):
        places = [n for n, one in enumerate(of) if one == panel]
        some = {names[n]: rated[names[n]] for n in places}
        of_items = {name: column[places] for name, column in known.items()}
        label = panel if len(set(of)) > 1 else None
        own.append(_panel(label, some, worth[places], table.judges, of_items))
    tables, sums, squares, details = zip(*own, strict=True)
    judges = pl.concat(tables, how="vertical_relaxed")
    notes = [*table.notes, *(note("judge-silent", judge=judge) for judge in table.silent)]
    notes += [note("judge-absent", judge=judge, round=which) for judge in table.absent(which)]
    if n := sum(item in rated for item, _ in table.earlier(which)):
        notes.append(note("ratings-earlier", n=n, round=which))
    notes += _alike_names(table.judges, table.items)
    if statistics is not None and not any(np.isfinite(one).any() for one in known.values()):
        notes.append(note("no-statistics", argument=Argument("statistics"), items=shown(names)))
    notes += items_elsewhere(table.items, names)
    notes += [note("variance-below-0", part=part) for one in details for part in one.pop("negative")]
    sizes = [one["items"] for one, table in zip(details, tables, strict=True) for _ in range(len(table))]
    for row, size in zip(judges.rows(named=True), sizes, strict=True):
        notes += _of_judge(row, size)
    if kind == "angoff":
        notes += _alike([*rated.values()])
    notes += _flat([*rated.values()])
    size = 100 if table.scale == "percent" else 1  # the decimals as written
    shares = np.array(
        [[float(size * one.get(judge, math.nan)) for judge in table.judges] for one in rated.values()]
    )
    notes += [*summaries(shares, names, all_rows=True), *summaries(shares.T, table.judges)]
    notes += _of_difficulties(names, known["b"], np.nanmean(shares, axis=1))
    agree = [len(own) > 1 and len(set(own.round(9))) == 1 for own in sums if len(own)]
    notes += _of_panel(judges["judge"].n_unique(), bool(agree) and all(agree))
    notes += _of_rounds(which, min(table.rounds), math.sqrt(sum(squares)))
    cells = [np.array([float(one) for one in said.values()]) for said in rated.values()]
    items = frame({
        "item": names, "points": worth, "judges": [len(one) for one in cells],
        "mean": [float(one.mean()) for one in cells], "sd": [_sd(one) for one in cells],
        "lowest": [float(one.min()) for one in cells], "highest": [float(one.max()) for one in cells],
        "facility": known["facility"],
    })  # fmt: skip
    cut = sum((exact(one) * mean(own.values()) for one, own in zip(worth, rated.values(), strict=True)))
    return cut_score(
        kind, cut, math.sqrt(sum(squares)), float(sum(worth.tolist())), adjust_se, totals,
        n_judges=min(map(len, sums)), settings={"round": which}, details={"panels": details}, judges=judges,
        items=items, notes=notes,
    )  # fmt: skip


def _rated(
    table: JudgeRatings, wanted: int | None, points: object
) -> tuple[int, dict[str, Mapping[str, Fraction]], Floats]:
    """The round, the ratings of each item that counts in it, by judge, and the points of the items."""
    if not table.rounds:
        raise DataError(note("no-ratings", argument=Argument("ratings")))
    which = max(table.rounds) if wanted is None else checked(round=wanted)["round"]
    if which not in table.rounds:
        known = ", ".join(map(str, table.rounds))
        raise ArgumentError(note("no-round", round=which, known=known))
    rated = table.rounds[which]
    names = tuple(map(str, points)) if isinstance(points, Mapping) else table.items
    values = {"argument": Argument("ratings"), "round": which}
    if not rated.keys() & {*names}:
        raise DataError(note("items-unknown", **values))
    worth = points_of_items(points, names)
    if lacking := [item for item in names if item not in rated]:
        raise DataError(*(note("item-unrated", item=item, **values) for item in lacking))
    return which, {item: rated[item] for item in names}, worth


def _panel(
    panel: str | None, rated: Mapping[str, Mapping[str, Fraction]], worth: Floats, judges: Sequence[str],
    known: Mapping[str, Floats],
) -> tuple[pl.DataFrame, Floats, float, dict[str, Any]]:  # fmt: skip
    """A row for each judge of a panel, the sums of those who count in the error (n,), the squared error of
    their mean, and the figures over judges and items; `worth` and `known` are of the items (k,)."""
    by_judge = {judge: [said.get(judge) for said in rated.values()] for judge in judges}
    by_judge = {judge: own for judge, own in by_judge.items() if any(one is not None for one in own)}
    judges, shares = list(by_judge), np.array([*by_judge.values()], dtype=np.float64)
    complete = np.isfinite(shares).all(axis=1)
    whole, counts = completed(shares)
    expected = whole * worth
    cuts, sums = expected.sum(axis=1), expected[counts].sum(axis=1)
    t, outlying = np.full(len(judges), np.nan), np.zeros(len(judges), dtype=np.bool_)
    t[counts], outlying[counts] = apart(sums)
    r, away = with_others(shares)
    fit = np.full((len(judges), 3), np.nan)  # theta, error, consistency
    a, b, c = (np.where(np.isnan(known[name]), other, known[name]) for name, other in _CURVE.items())
    if not np.isnan(b).any() and (a > 0).all():
        curves = dichotomous(a, -a * b, c)
        for n in np.flatnonzero(complete).tolist():
            theta = curves.ability_at(float(cuts[n]), _FARTHEST, worth)
            if np.isfinite(theta):
                fit[n] = theta, *consistency(shares[n], curves.expected_scores(np.array([theta]))[0])
    table = frame({
        "panel": pl.Series([panel] * len(judges), dtype=pl.String), "judge": judges,
        "rated": np.isfinite(shares).sum(axis=1), "cut": cuts, "apart": t, "outlying": outlying,
        "r_others": r, "distance": away,
        "r_facility": [correlation(one, known["facility"]) for one in shares],
        "theta": fit[:, 0], "error": fit[:, 1], "consistency": fit[:, 2],
    })  # fmt: skip
    figures = {"judges": len(sums), "items": len(worth), "sd": _sd(sums)}
    blanks = int(np.count_nonzero(~np.isfinite(shares[counts])))
    figures |= components(expected[counts], blanks) | {"panel": panel}
    # exactly, as a scoring compares with the cut that is moved by it
    points = [exact(one) for one in worth.tolist()]
    own_cuts = [
        sum(map(mul, points, own)) if None not in own else Fraction(cut)
        for own, cut, is_used in zip(by_judge.values(), cuts.tolist(), counts.tolist(), strict=True)
        if is_used
    ]
    square = float(variance(own_cuts) / len(own_cuts)) if len(own_cuts) > 1 else math.nan
    return table, sums, square, figures


def _sd(values: Floats) -> float | None:
    return float(values.std(ddof=1)) if len(values) > 1 else None


_CURVE = {"a": 1.0, "b": math.nan, "c": 0.0}
"""Parameters of a curve, and what each is where an item has none."""


def _known(statistics: object, items: Sequence[str]) -> dict[str, Floats]:
    """(k,) facility, a, b, c of items; NaN where nothing is known."""
    known = {name: np.full(len(items), np.nan) for name in ("facility", *_CURVE)}
    if statistics is not None:
        either = {"item": (*COLUMNS["item"], "id")} | {name: HEADINGS[name] for name in known}
        columns = columns_by_name("statistics", statistics, ("item",), either)
        names = [name_of(one) for one in columns["item"]]
        distinct("statistics", "item", names)
        rows = {item: n for n, item in enumerate(names)}
        there = [n for n, item in enumerate(items) if item in rows]
        for name in known.keys() & columns.keys():
            low, high = (-FAR, FAR) if name in "ab" else (0.0, 1.0)
            values = vector("statistics", columns[name], missing=True, low=low, high=high, field=name)
            known[name][there] = values[[rows[items[n]] for n in there]]
    return known


def items_elsewhere(rated: Iterable[str], items: Collection[str]) -> list[Note]:
    """Return a note that names the rated items that are not in `items`; an empty list if there are none."""
    others = [item for item in rated if item not in items]
    more = " …" if len(others) > MOST_NAMED else ""
    return [note("items-elsewhere", items=", ".join(others[:MOST_NAMED]) + more)] if others else []


def _alike_names(judges: Sequence[str], items: Sequence[str] = ()) -> Iterator[Note]:
    """Judges, and items, whose names are the same but for capital letters or spaces."""
    for code, names in (("judges-spelled", judges), ("items-spelled", items)):
        if spelled := alike_names(names):
            yield note(code, names=shown(spelled))


def _of_judge(row: Mapping[str, Any], n_items: int) -> Iterator[Note]:
    judge = row["judge"]
    if row["rated"] < n_items:
        key = "judge-incomplete" if row["cut"] is None else "judge-incomplete.estimated"
        yield note(key, judge=judge)
    if row["outlying"]:
        yield note("judge-outlying", judge=judge)
    r, rated = row["r_others"], row["rated"]
    if r is not None and fisher(np.array(r), np.array(rated))[0] <= 0:
        yield note("judge-unlike-others", judge=judge, r=r, items=rated)
    if row["r_facility"] is not None and row["r_facility"] < 0:
        yield note("judge-against-facility", judge=judge)


def _of_difficulties(items: Sequence[str], b: Floats, expected: Floats) -> Iterator[Note]:
    """That difficulties of items (k,) are hardly in logits, or rise where the judges expect more."""
    if len(far := np.flatnonzero(np.abs(b) > _FAR)):
        yield note("far-difficulties", items=shown([items[n] for n in far.tolist()]), far=_FAR)
    r, n = correlation(b, expected), int(np.isfinite(b).sum())
    if fisher(np.array(min(r, 0.999)), np.array(n))[0] > 0:
        yield note("difficulties-reversed", r=r, items=n, argument=Argument("statistics"))


def _alike(rated: Sequence[Mapping[str, Fraction]]) -> Iterator[Note]:
    """Judges with the same ratings of enough items, unless all have them."""
    judges = dict.fromkeys(judge for said in rated for judge in said)
    of = {judge: tuple(said.get(judge) for said in rated) for judge in judges}
    first: dict[tuple[Fraction | None, ...], str] = {}
    if len(rated) < ENOUGH_ITEMS or len(set(of.values())) == 1:
        return
    for judge, said in of.items():
        if None not in said and (other := first.setdefault(said, judge)) != judge:
            yield note("judges-alike", judge=other, other=judge)


def _flat(rated: Sequence[Mapping[str, Fraction]]) -> Iterator[Note]:
    """Judges who have one rating for enough items, unless all do."""
    of: dict[str, list[Fraction]] = {}
    for judge, one in (pair for said in rated for pair in said.items()):
        of.setdefault(judge, []).append(one)
    flat = [judge for judge, own in of.items() if len(own) >= ENOUGH_ITEMS and len(set(own)) == 1]
    for judge in flat if len(flat) < len(of) else ():
        yield note("judge-flat", judge=judge, items=len(of[judge]))


def _of_panel(n_judges: int, agree: bool) -> Iterator[Note]:
    """What the number of judges, or that they agree wholly, keeps from being known."""
    if n_judges == 1:
        yield note("one-judge")
    elif agree:
        yield note("judges-agree")
    if n_judges == 2:
        yield note("two-judges", t=t_quantile(0.975, 1))
    if 1 < n_judges < LEAST_JUDGES:
        yield note("few-judges", least=LEAST_JUDGES)


def _of_rounds(which: int, first: int, se: float) -> Iterator[Note]:
    """That judges who know a round before are not independent."""
    if which > first and se > 0:
        yield note("judges-talked", first=first, argument=Argument("round"))


def components(ratings: Floats, blanks: int = 0) -> dict[str, Any]:
    """Return the variance components of a panel and its standard errors: a G study of judges × items, both
    random, with one rating in each cell.

    With mean squares of the two-way analysis of variance, n judges and k items,

        σ²(j) = (MS_j − MS_ji) / k,   σ²(i) = (MS_i − MS_ji) / n,   σ²(ji) = MS_ji

    and for the mean over all cells (multiplied by k for the sum of k items),

        SE²(judges) = σ²(j)/n + σ²(ji)/(n k) = MS_j / (n k)
        SE²(items)  = σ²(i)/k + σ²(ji)/(n k) = MS_i / (n k)
        SE²(both)   = σ²(j)/n + σ²(i)/k + σ²(ji)/(n k)

    The first is s²/n of the judges' own sums exactly; only the last uses estimates that were set to 0.

    Parameters
    ----------
    ratings : (n, k) expected points, none missing
    blanks : how many of them are estimates of blanks, which have no degree of freedom (Yates 1933)

    Returns
    -------
    dict
        `variance`: estimates for `judges`, `items` and `residual`, negative ones set to 0; the standard
        errors in points, `se_judges` for the same items and other judges, `se_items` for the same judges and
        other items, `se_both` for other judges and other items; `agreement`, the reliability of the items'
        mean ratings over judges (alpha with judges as parts), NaN if the item means do not differ;
        `negative`, the names of the variances with negative estimates. All are None for fewer than two judges
        or two items.

    References
    ----------
    Brennan, R. L., & Lockwood, R. E. (1980). A comparison of the Nedelsky and Angoff cutting score procedures
    using generalizability theory. Applied Psychological Measurement, 4(2), 219–240.
    Brennan, R. L. (2001). Generalizability theory. Springer. Sections 2.2 (estimates) and 2.3 (errors of
    means).
    """
    n, k = ratings.shape
    free = (n - 1) * (k - 1) - blanks
    if n < 2 or k < 2 or free < 1:
        return dict.fromkeys(("variance", *ERRORS)) | {"negative": []}
    mean, by_judge, by_item = ratings.mean(), ratings.mean(axis=1), ratings.mean(axis=0)
    ms_j = float(k * np.square(by_judge - mean).sum() / (n - 1))
    ms_i = float(n * np.square(by_item - mean).sum() / (k - 1))
    rest = ratings - by_judge[:, None] - by_item + mean
    ms_ji = float(np.square(rest).sum() / free)
    ms_j, ms_i, ms_ji = (_clean(one, ratings) for one in (ms_j, ms_i, ms_ji))
    raw = {"judges": (ms_j - ms_ji) / k, "items": (ms_i - ms_ji) / n, "residual": ms_ji}
    found = {name: max(value, 0.0) for name, value in raw.items()}
    both = found["judges"] / n + found["items"] / k + ms_ji / (n * k)
    return {
        "variance": found,
        "se_judges": k * float(np.sqrt(ms_j / (n * k))),
        "se_items": k * float(np.sqrt(ms_i / (n * k))),
        "se_both": k * float(np.sqrt(both)),
        "agreement": 1 - ms_ji / ms_i if ms_i > 0 else np.nan,
        "negative": [name for name, value in raw.items() if value < 0],
    }


def _clean(value: float, ratings: Floats) -> float:
    """0 for what is rounding error of the ratings alone: judges who agree wholly vary by nothing."""
    scale = float(np.square(ratings).max(initial=0.0))
    return 0.0 if value <= 1e-24 * max(scale, 1e-300) * ratings.size else value


def apart(sums: Floats, level: float = _LEVEL) -> tuple[Floats, Bools]:
    """Return the externally studentized distance of each judge's sum from the mean of the others (n,), and
    whether the judge is an outlier (n,).

        t_j = (x_j − m_(j)) / (s_(j) √(1 + 1/(n − 1)))

    with mean and standard deviation of the other n − 1 judges; t_j has a t distribution with n − 2 degrees of
    freedom if all sums come from one normal distribution. A judge is an outlier if |t_j| is beyond its
    quantile at level / (2 n) (Bonferroni), so that such a panel has an outlier with probability `level` at
    most. The distance is infinite if the others agree exactly and this judge differs, and NaN with fewer than
    `LEAST_JUDGES` judges or if all agree.

    References
    ----------
    Cook, R. D., & Weisberg, S. (1982). Residuals and influence in regression. Chapman & Hall. Section 2.2.2.
    """
    n = len(sums)
    if n < LEAST_JUDGES:
        return np.full(n, np.nan), np.zeros(n, dtype=np.bool_)
    slack = 1e-9 * max(float(np.abs(sums).max()), 1.0)
    others = np.array([np.delete(sums, j) for j in range(n)])
    distance, spread = sums - others.mean(axis=1), others.std(axis=1, ddof=1)
    alike = np.where(np.abs(distance) > slack, np.copysign(np.inf, distance), np.nan)
    size = np.where(spread > slack, spread, 1.0) * np.sqrt(1 + 1 / (n - 1))
    t = np.where(spread > slack, distance / size, alike)
    return t, np.abs(t) > t_quantile(1 - level / (2 * n), n - 2)


def correlation(one: Floats, other: Floats) -> float:
    """Return Pearson's r over the pairs in which both values are finite; NaN with fewer than three pairs or
    if one of the two does not vary."""
    both = np.isfinite(one) & np.isfinite(other)
    a, b = one[both], other[both]
    if len(a) < 3 or np.ptp(a) < 1e-12 or np.ptp(b) < 1e-12:
        return float(np.nan)
    return float(np.clip(np.corrcoef(a, b)[0, 1], -1.0, 1.0))


def with_others(ratings: Floats) -> tuple[Floats, Floats]:
    """Return for each judge the correlation with the other judges' mean ratings over items (n,), and the mean
    absolute distance from them (n,); NaN where undefined, as when nobody else rated."""
    others = [np.ma.masked_invalid(np.delete(ratings, j, axis=0)) for j in range(len(ratings))]
    means = np.array([one.mean(axis=0).filled(np.nan) for one in others])
    distance = np.ma.masked_invalid(np.abs(ratings - means)).mean(axis=1).filled(np.nan)
    return np.array([correlation(*one) for one in zip(ratings, means, strict=True)]), distance


def consistency(ratings: Floats, expected: Floats) -> tuple[float, float]:
    """Return the intrajudge consistency of rated probabilities with item response curves: E and C.

    θ_j is the ability at which the curves add up to the judge's own cut. At that ability,

        E = Σ |p_ij − P_i(θ_j)| / k,   M = Σ max(P_i, 1 − P_i) / k,   C = (M − E) / M

    Parameters
    ----------
    ratings, expected : (k,) the judge's ratings, and P_i(θ_j)

    References
    ----------
    van der Linden, W. J. (1982). A latent trait method for determining intrajudge inconsistency in the Angoff
    and Nedelsky techniques of standard setting. Journal of Educational Measurement, 19(4), 295–308.
    """
    error = float(np.abs(ratings - expected).mean())
    most = float(np.maximum(expected, 1 - expected).mean())
    return error, (most - error) / most


# ── bookmarks ────────────────────────────────────────────────────────────────────────────────


def bookmark(
    bookmarks: object,
    items: object,
    *,
    round: int | None = None,
    response: float = 2 / 3,
    guessing: bool = True,
    place: str = "before",
    centre: str = "median",
    points: object = 1,
    totals: object = None,
    adjust_se: float = 0,
) -> CutScore:
    """Return the bookmark cut, from the pages that judges mark in a booklet of items ordered by difficulty.

    Parameters
    ----------
    bookmarks : mapping, sequence or data frame
        {judge: page}, a page for each judge, or a table with the columns `judge` and `bookmark`, and `round`
        if there are several rounds. The page is that of the first item, counted from 1, that a borderline
        person does not answer correctly with the response probability; k + 1 is after the last of k items. An
        item's name may be given instead of its page.
    items : IrtFit, data frame or mapping of columns
        Parameters of dichotomous items: the column `b`, and optionally `item`, `a`, `c`.
    round : int, optional
        The round to use; the last by default.
    response : float
        The response probability that the judges were told, above 0 and below 1.
    guessing : bool
        Whether the response probability includes correct guesses; False sets `c` to 0. True where judges are
        asked whether the person answers correctly, False where they are told to leave guessing out.
    place : {"before", "at", "between"}
        The item whose location is a judge's ability: the one before the bookmark, the one at it, or the
        midpoint of both.
    centre : {"median", "mean"}
        How judges' abilities are averaged to the panel's ability. The median is usual: no single judge moves
        it far.
    points : int, sequence or mapping
        The points of each item, as for `angoff`; {item: points} may leave out items of the booklet that are
        not on the test.
    totals : vector, or persons × items, optional
        As for `angoff`.
    adjust_se : float
        As for `angoff`.

    Returns
    -------
    CutScore
        `cut` is the expected score at the panel's ability, which is `theta` of `details`; `items` is the
        booklet.

    Raises
    ------
    ArgumentError
        If a page is not in the booklet, a bookmark belongs to no item, a slope is not above 0, or guessing
        alone reaches the response probability on an item.

    See Also
    --------
    angoff

    Notes
    -----
    Mitzel, Lewis, Patz & Green (2001); Huynh (2006). The error is that over judges, converted to points by
    the slope of the test characteristic curve, and multiplied by √(π/2) for the median. We know of no R
    package that implements the method.

    Examples
    --------
    >>> import examgen.stats as es
    >>> items = {"item": ["e", "m", "h", "x"], "b": [-1.0, 0.0, 0.7, 1.5]}
    >>> found = es.bookmark({"ann": 3, "bob": 3, "cyd": 4}, items)
    >>> round(found.cut, 2), found.items["item"].to_list()
    (2.32, ['e', 'm', 'h', 'x'])
    """
    settings = checked(response=response, guessing=guessing, place=place, centre=centre)
    rp, guessing, place, centre = settings.values()
    names, (a, b, c), worth, told = _booklet(items, points)
    at = locations(a, b, c if guessing else 0 * c, rp)
    if lost := [item for item, one in zip(names, at.tolist(), strict=True) if not math.isfinite(one)]:
        values = {"response": rp, "higher": Argument("response"), "without": Argument("guessing=False")}
        raise DataError(
            *(note("no-location", item=item, argument=Argument("items"), **values) for item in lost)
        )
    order = sorted(range(len(at)), key=lambda n: (float(at[n]), names[n]))
    booklet, ordered = [names[n] for n in order], at[order]
    last, faults = len(booklet) + 1, RowFaults("bookmarks")
    no_item = {} if place == "before" else {last: ("bookmark-behind-last-page", "before")}
    no_item |= {} if place == "at" else {1: ("bookmark-on-first-page", "at")}
    own_pages, absent, which, first = _pages(bookmarks, round, booklet, faults)
    judges, pages = [*own_pages], [page for _, page in own_pages.values()]
    for judge, (row, page) in own_pages.items():
        if page in no_item:
            code, other = no_item[page]
            faults.add(row, "bookmark", note(code, judge=judge, place=Argument("place", other)))
    faults.end()
    # of a bookmark the ability that masters the item before it, the item at it, or the mean of both
    ends = np.concatenate([[np.nan], ordered, [np.nan]])
    before, there = ends[np.array(pages) - 1], ends[np.array(pages)]
    abilities = {"before": before, "at": there, "between": (before + there) / 2}[place]
    theta, se_theta = centre_of(abilities, centre)
    scored = worth > 0
    curves, worth = dichotomous(a[scored], -(a * b)[scored], c[scored]), worth[scored]
    expected, rise = (one @ worth for one in curves.scores_and_slopes(np.append(abilities, theta)))
    cut, slope = float(expected[-1]), float(rise[-1])
    t, outlying = apart(abilities)
    table = frame({
        "judge": judges, "bookmark": np.array(pages),
        "item": pl.Series([booklet[page - 1] if page < last else None for page in pages], dtype=pl.String),
        "theta": abilities, "cut": expected[:-1], "apart": t, "outlying": outlying,
    })  # fmt: skip
    notes = [*told, *absent, *_alike_names(judges)]
    notes += summaries(np.array(pages, dtype=np.float64)[:, None], judges)
    if behind := ", ".join(judge for judge, page in zip(judges, pages, strict=True) if page == last):
        notes.append(note("bookmark-behind-last-page.note", judge=behind))
    far = (judge for judge, is_far in zip(judges, outlying.tolist(), strict=True) if is_far)
    notes += [note("judge-outlying.bookmark", judge=judge) for judge in far]
    notes += _of_panel(len(judges), len(set(pages)) == 1)
    notes += _of_rounds(which, first, se_theta)
    return cut_score(
        "bookmark", cut, se_theta * slope, float(worth.sum()), adjust_se, totals, n_judges=len(judges),
        judges=table, settings=settings, details={"theta": theta, "se_theta": se_theta, "slope": slope},
        items=frame({"page": np.arange(1, last), "item": booklet, "theta": ordered}), notes=notes,
    )  # fmt: skip


def _booklet(
    items: object, points: object
) -> tuple[tuple[str, ...], tuple[Floats, Floats, Floats], Floats, tuple[Note, ...]]:
    """Names of items, a, b and c of their curves, their points, and what must be known of their table."""
    from examgen.stats.irt_fit import IrtFit

    items = items.items if isinstance(items, IrtFit) else items
    if hasattr(items, "columns"):
        cells, _ = columns_of(items, "items")
        folded = {name.strip().lower(): name for name in reversed(cells)}
        if head := next((folded[name] for name in COLUMNS["item"] if name in folded), None):
            items = {"item": cells.pop(head), **cells}
    names, own, _, told = item_table(items, "items", unnamed=True)
    if "b" not in own:
        raise DataError(note("no-b", argument=Argument("items"), columns=shown(own)))
    there = np.isfinite(own["b"])
    known = dict(zip(names, there.tolist(), strict=True))
    scored = [str(item) for item, one in points.items() if one] if isinstance(points, Mapping) else names
    if lacking := [item for item in scored if not known.get(item)]:
        values = {"argument": Argument("items"), "irt": Argument("irt")}
        raise DataError(*(note("parameters-missing", **values, item=item) for item in lacking))
    kept = tuple(item for item in names if known[item])
    if isinstance(points, Mapping):
        points = {item: points.get(item, 0) for item in kept}
    columns = (own.get(name, np.full(len(names), other))[there] for name, other in _CURVE.items())
    a, b, c = (
        np.where(np.isfinite(one), one, _CURVE[name]) for name, one in zip("abc", columns, strict=True)
    )
    worth = points_of_items(points, kept)
    table, beyond = Argument("items"), np.flatnonzero((c < 0) | (c >= 1)).tolist()
    faults = [
        note("slope-not-positive", argument=table, item=kept[n]) for n in np.flatnonzero(a <= 0).tolist()
    ]
    if faults := [*faults, *(note("asymptote", argument=table, item=kept[n], c=c[n]) for n in beyond)]:
        raise DataError(*faults)
    if len(far := np.flatnonzero(np.abs(b) > _FAR)):
        told = (*told, note("far-difficulties", items=shown([kept[n] for n in far.tolist()]), far=_FAR))
    return kept, (a, b, c), worth, told


def bookmarks_by_round(bookmarks: object, faults: RowFaults) -> dict[int, dict[str, tuple[int, object]]]:
    """Return for each round the row and the bookmark of each judge. Adds a fault for every judge without a
    bookmark or with two.

    Parameters
    ----------
    bookmarks : mapping, sequence or data frame
        As for `bookmark`.
    faults : RowFaults
    """
    if hasattr(bookmarks, "columns") or (
        isinstance(bookmarks, Mapping) and all(np.ndim(one) > 0 for one in bookmarks.values())
    ):
        either = {name: COLUMNS[name] for name in ("judge", "round")} | {"bookmark": HEADINGS["bookmark"]}
        table = columns_by_name("bookmarks", bookmarks, ("judge", "bookmark"), either)
        said = table["bookmark"]
        judges = names_in(table["judge"], "judge", "bookmarks")
        rounds = rounds_in(table.get("round", [1] * len(said)), "bookmarks")
    elif isinstance(bookmarks, Mapping):
        judges, said, rounds = [str(one) for one in bookmarks], list(bookmarks.values()), [1] * len(bookmarks)
    else:
        said = objects("bookmarks", bookmarks).tolist()
        judges, rounds = [f"judge {n + 1}" for n in range(len(said))], [1] * len(said)
    if not said:
        raise ArgumentError("bookmarks has no judge; expected one at least")
    found: dict[int, dict[str, tuple[int, object]]] = {}
    for row, (judge, which, one) in enumerate(zip(judges, rounds, said, strict=True)):
        own = found.setdefault(which, {})
        if is_blank(one):
            faults.add(row, "bookmark", ratings_note("cell-empty", role="bookmark"))
        elif judge in own:
            faults.add(row, "judge", note("rated-twice", judge=judge))
        else:
            own[judge] = row, one
    return dict(sorted(found.items()))


def _pages(
    bookmarks: object, round: int | None, booklet: Sequence[str], faults: RowFaults
) -> tuple[dict[str, tuple[int, int]], list[Note], int, int]:
    """The row and the page of each judge in a round, who judged in others alone, this round and the first;
    faults are added of pages that there are not."""
    rounds = bookmarks_by_round(bookmarks, faults)
    which = max(rounds) if round is None else checked(round=round)["round"]
    if which not in rounds:
        raise ArgumentError(note("no-round", round=which, known=", ".join(map(str, rounds))))
    place, last = {item: n for n, item in enumerate(booklet, 1)}, len(booklet) + 1
    pages: dict[str, tuple[int, int]] = {}
    for judge, (row, one) in rounds[which].items():
        number = None if isinstance(one, (bool, np.bool_)) else read_number(one)
        page: object = place.get(name_of(one))
        is_page = number is not None and not number[1] and number[0].denominator == 1
        other = int(number[0]) if number is not None and is_page else None
        if page is None:
            page = other
        elif other not in (None, page) and 1 <= other <= last:
            values = {"judge": judge, "page": other, "other": page, "argument": Argument("items")}
            faults.add(row, "bookmark", note("page-or-item", **values))
            continue
        if not isinstance(page, int):
            faults.add(row, "bookmark", note("bookmark-unknown", judge=judge, text=str(one)[:40]))
        elif not 1 <= page <= last:
            values = {"judge": judge, "page": page, "n": last - 1, "last": last}
            faults.add(row, "bookmark", note("page-unknown", **values))
        else:
            pages[judge] = row, page
    others = dict.fromkeys(judge for own in rounds.values() for judge in own if judge not in rounds[which])
    absent = [note("judge-absent", judge=judge, round=which) for judge in others]
    return pages, absent, which, min(rounds)


def locations(a: Floats, b: Floats, c: Floats, response: float) -> Floats:
    """Return the location of each item: the ability at which it is answered correctly with probability
    `response`.

        θ_i = b + ln((RP − c) / (1 − RP)) / a            P_i(θ_i) = RP

    Set c to 0 to leave guessing out. NaN if the curve is above RP everywhere (c ≥ RP).

    Parameters
    ----------
    a, b, c : parameters (k,), slopes above 0
    response : RP, above 0 and below 1; two thirds (RP67) is usual

    References
    ----------
    Mitzel, H. C., Lewis, D. M., Patz, R. J., & Green, D. R. (2001). The bookmark procedure: Psychological
    perspectives. In G. J. Cizek (Ed.), Setting performance standards (pp. 249–281). Erlbaum.
    Huynh, H. (2006). A clarification on the response probability criterion RP67 for standard settings based
    on bookmark and item mapping. Educational Measurement: Issues and Practice, 25(2), 19–20.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(c < response, b + np.log((response - c) / (1 - response)) / a, np.nan)


def centre_of(abilities: Floats, centre: str) -> tuple[float, float]:
    """Return the panel's ability and its standard error over judges: s / √n, multiplied for the median by √(π
    / 2), the ratio for normal judges in large panels. NaN with fewer than two judges."""
    n = len(abilities)
    se = float((abilities - abilities[0]).std(ddof=1) / np.sqrt(n)) if n > 1 else float(np.nan)
    if centre == "median":
        return float(np.median(abilities)), se * MEDIAN_FACTOR if n > 2 else se
    return float(abilities.mean()), se
