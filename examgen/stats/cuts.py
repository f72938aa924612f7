"""What judges say of items, of persons, or of limits → a cut score with its error."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen.stats import cut_methods as methods
from examgen.stats.arguments import (
    GREATEST_POINTS,
    ArgumentError,
    DataError,
    Floats,
    absent,
    alike,
    brief,
    number,
    objects,
    of_items,
    shown,
    truth,
    vector,
    whole,
    word,
)
from examgen.stats.cut_methods import LEAST_JUDGES, Curves
from examgen.stats.judge_ratings import SCALES, exact, judge_ratings, read_number, scale_of, shown_number
from examgen.stats.response_data import as_responses, columns_of, is_vector
from examgen.stats.results import Argument, Note, Result, frame, note_of
from examgen.stats.tables import numbers_table

KINDS = ("angoff", "angoff-yes-no", "ebel")
CENTRES = ("median", "mean")
PLACES = ("before", "at", "between")
FEW = 30
"""With fewer persons in a group, a note says that it is small."""
ENOUGH_ITEMS = 5
"""Judges who rate fewer items alike may do so by chance."""
MOST_NAMED = 5
"""Items that a note names."""
_DECIMALS = 4
"""Of a cut and its error: a scoring compares with these digits."""
_UNITS = 10**_DECIMALS
TEXTS: dict[str, str | tuple[str, str]] = {
    "title": "Cut score by {method}: {cut} points",
    "title.scale": "Cut score by {method}: {cut} of {points} points ({percent} %)",
    "title.form": "Cut score by {method}, form {form}: {cut} of {points} points ({percent} %)",
    "moved": "moved from {judged} to {cut}",
    "least-mark": "{least} is the lowest whole mark that passes",
    # refusals
    "chance": "{argument} is {value}; it is a number above 0 and below 1",
    "no-ratings": "there are no ratings, because every cell is empty",
    "no-round": "there is no round {round}. Existing rounds: {known}",
    "items-unknown": "no item of the form has a rating. Check that the items are named by their ids",
    "item-unrated": "has no rating in round {round}. Have it rated",
    "rating-not-yes-no": "{argument} needs 1 and 0, or yes and no, but these ratings have other values",
    "no-points": "{points} gives no item a point, so there is no scale for a cut",
    "no-error": "{argument} needs a standard error, but this cut has none",
    "parameters-missing": "has no difficulty b. Estimate it with {irt}, or give a table that contains it",
    "slope-not-positive": "has a slope that is not above 0, so it has no place in the booklet",
    "asymptote": "has the asymptote {c:g}; it is from 0 to below 1",
    "no-location": "is answered right by guessing with a probability of {response:.2f} or more. Use a higher "
    "{higher}, or {without}",
    "bookmark-unknown": "`{text}` is neither a page nor an item of the booklet",
    "page-unknown": "page {page} is not in the booklet. Its pages are 1 to {n}, and {last} is after the last "
    "page",
    "bookmark-on-first-page": "{judge} placed the bookmark on page 1, so no item before it is mastered by a "
    "borderline candidate. Use {place}, or exclude this judge",
    "bookmark-behind-last-page": "{judge} placed the bookmark after the last page, so there is no item at "
    "it. Use {place}, or exclude this judge",
    "no-scores": "{scores} has no score",
    "group-empty": "there is no borderline candidate with a score, so the cut cannot be located",
    "group-empty.competent": "there is no candidate judged competent. Two groups are needed",
    "group-empty.others": "there is no candidate judged not competent. Two groups are needed",
    "groups-reversed": "candidates judged competent have {competent:.2f} points on average, the others "
    "{others:.2f}. The groups do not differ as expected. Check that they are not swapped",
    "groups-reversed.grades": "the scores do not rise with the grades. Check that the grades are not "
    "reversed",
    "one-grade": "candidates of at least two grades are needed",
    "score-outside-scale": "one of the scores is {score:g}, but the maximum score is {most:g}",
    "cut-outside-scale": "the cut would be {cut:.2f}, outside the scale from 0 to {high:g}, so these scores "
    "give no cut",
    "no-maximum": "the maximum score is not known. Give it with {points}, or write the cuts in points",
    "limit-unknown": "{value} is below one point. Write {percent} for a percentage of the maximum score",
    "limit-unknown.above": "{value} is above the maximum score of {most:g}. Write {percent} for a percentage",
    "scales-mixed.limits": "{value} is a proportion, but other shares of failing candidates are percentages. "
    "Use one kind for all",
    "scale-unknown.limits": "no share of failing candidates is above {value}, so percentages cannot be told "
    "from shares out of 10. Write a per cent sign, or proportions from 0 to 1",
    "rated-twice": "{argument} contains {judge} twice. Keep one row of each judge",
    "limits-reversed": "`min_cut` is above `max_cut`",
    "limits-reversed.shares": "the proportions of failing candidates must rise from `min_fail` to "
    "`max_fail`, from 0 to 1 or in percent",
    "no-compromise": "the curve of failing candidates does not cross the limits of the judges: cuts from "
    "{low:.2f} to {high:.2f}, failing from {least:.0%} to {most:.0%}",
    # notes
    "of-form": "form {form}: {note}",
    "of-table": "{table}: {note}",
    "items-elsewhere": "rated items that are on no form are excluded: {items}",
    "judges-spelled": "{names} differ in upper and lower case alone and count as several judges. Write a "
    "name in one way if it is one person",
    "judge-silent": "{judge} is named but has rated nothing",
    "variance-below-0": "the estimated variance of {part} is below 0 and is set to 0",
    "judge-incomplete": "{judge} did not rate every item. The ratings count in the means of their items, but "
    "the judge does not count in the standard error",
    "judges-alike": "{judge} and {other} rated every item alike. If they are one person, exclude one of them",
    "judge-outlying": "{judge}: the judge's own cut differs from those of the others by more than chance",
    "judge-outlying.bookmark": "{judge}: the bookmark differs from those of the others by more than chance",
    "judge-unlike-others": "{judge}: the ratings agree with those of the others no more than by chance (r = "
    "{r:.2f} over {items} items). Let the judges discuss the items and rate again before the cut is decided",
    "judge-against-facility": "{judge} expects more on items that fewer candidates answer right",
    "one-judge": "there is only one judge, so the cut has no standard error",
    "judges-agree": "all judges have the same cut. A standard error of 0 shows that they agree, not that "
    "other judges would",
    "two-judges": "with two judges the 95 % interval extends {t:.1f} standard errors to either side (t with "
    "1 degree of freedom), so it says almost nothing about other judges. Use more judges",
    "few-judges": "there are fewer than {least} judges, so outliers are not checked",
    "bookmark-behind-last-page.note": "{judge}: the bookmark is after the last page. The booklet has no item "
    "that is too hard, so the cut is that of the hardest item or higher",
    "group-small": (
        "the cut is based on a group of {n} candidate. {few} or more make it more stable",
        "the cut is based on a group of {n} candidates. {few} or more make it more stable",
    ),
    "groups-apart": "the groups do not overlap. Every cut above {low:g} up to {high:g} separates them "
    "completely. The midpoint is used, without a standard error",
    "border-outside": "the border is outside the grades that were given, so the line is extrapolated",
}
"""Sentences by their codes, which end before a dot."""


def note(key: str, **values: Any) -> Note:
    """A sentence of this module."""
    return note_of(TEXTS, key, values)


@dataclass(frozen=True, repr=False, eq=False)
class CutScore(Result):
    """What verbs of standard setting return.

    Attributes
    ----------
    method : str
    cut : float
        In points, to four decimals, half up, as scoring compares with it.
    judged : float
        The same as it was judged: not moved by `adjust_se`, and not rounded.
    se : float
        Standard error over judges, or over persons where the judgements are of persons; NaN where there is
        none.
    low, high : float
        The 95 % interval of the cut: ± t SE over judges (Student), of several panels by the smallest one;
        ± 1.96 SE over persons. It ends where the scale does.
    points : float or None
        The full score.
    se_over : str
        "judges" or "candidates".
    n_judges, n_candidates : int or None
        How many are in the standard error, and of how many persons the cut was drawn.
    moved_by_se : float
    settings : dict
        How the method was asked.
    details : dict
        Further figures of the method by name.
    judges : polars.DataFrame or None
        A row for each judge: their own `cut`, how far it stands `apart` from the others in studentized units,
        whether that is `outlying` (5 % over the panel) …
    items : polars.DataFrame or None
        A row for each item; of bookmarks the booklet.
    impact : polars.DataFrame or None
        Who would pass at the cut, and one and two standard errors to either side.
    notes : tuple of Note
        What to know of the cut.
    """

    method: str
    cut: float
    judged: float
    se: float
    low: float
    high: float
    points: float | None
    se_over: str
    n_judges: int | None
    n_candidates: int | None
    moved_by_se: float = 0.0
    settings: Mapping[str, object] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    judges: pl.DataFrame | None = None
    items: pl.DataFrame | None = None
    impact: pl.DataFrame | None = None
    notes: tuple[Note, ...] = ()
    form: str = ""

    @property
    def percent(self) -> float | None:
        """The cut in per cent of all points."""
        return 100 * self.cut / self.points if self.points else None

    @property
    def title(self) -> str:
        """What was done, and the cut."""
        values = {"method": self.method, "cut": f"{self.cut:.2f}"}
        if self.percent is None:
            return note("title", **values)
        values |= {"points": f"{self.points:g}", "percent": f"{self.percent:.1f}"}
        return note("title.form", form=self.form, **values) if self.form else note("title.scale", **values)

    @property
    def figures(self) -> Mapping[str, object]:
        """The error of the cut, and what the method found beside it."""
        panels = self.details.get("panels", ())
        errors = {name: panels[0][name] for name in _ERRORS} if len(panels) == 1 else {}
        found = {name: one for name, one in self.details.items() if name != "panels"}
        sizes = {"n_judges": self.n_judges, "n_candidates": self.n_candidates}
        known = {name: n for name, n in sizes.items() if n is not None}
        return {"se": self.se, "low": self.low, "high": self.high} | known | found | errors

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The judges, and who would pass; without columns of which nothing is known."""
        tables = {"judges": self.judges, "impact": self.impact}
        return {
            name: one.select(column for column in one if _tells(column))
            for name, one in tables.items()
            if one is not None
        }

    @property
    def findings(self) -> tuple[Note, ...]:
        """What a committee takes from it."""
        found = []
        if self.moved_by_se:
            found.append(note("moved", cut=f"{self.cut:.2f}", judged=f"{self.judged:.2f}"))
        if self.points is not None:
            found.append(note("least-mark", least=least_mark(self.cut)))
        return tuple(found)

    def _remarks(self) -> Sequence[str]:
        return self.notes


def _tells(column: pl.Series) -> bool:
    return bool(column.any()) if column.name == "outlying" else column.null_count() < len(column)


def least_mark(cut: float) -> int:
    """The lowest whole mark that reaches a cut: 20 of a cut of 19.12, 19 of one of 19."""
    return math.ceil(cut - 1e-9)


# ── judges of items ──────────────────────────────────────────────────────────────────────────


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
    """The Angoff cut: what judges expect of a person on the border, summed over items.

    Parameters
    ----------
    ratings : data frame, mapping of columns, or array, shape (judges, items)
        The probability that such a person answers rightly, or the share of an item's points; NaN where a
        judge left an item out. A row for each judge, named by the column `judge`, and a column for each item;
        or turned, with a column `item`; or a row for each rating: `judge`, `item`, `rating`. `round` where
        there are several.
    points : int, sequence or mapping
        The points of each item: one number for all, one for each in order, or {item: points}, which leaves
        other items out.
    scale : {"share", "percent"}, optional
        Shares from 0 to 1, or percentages; found by the ratings, if not given.
    round : int, optional
        The round that counts; the last, if not given.
    kind : {"angoff", "angoff-yes-no", "ebel"}, optional
        What the ratings are; yes and no, if all are 1 or 0 and nothing is given. Of Ebel's grid a judge's
        rating of an item is the share of the cell in which it stands.
    panels : sequence or mapping, optional
        The panel of each item, in order, or {item: panel}, where there are several; their squared errors add
        up.
    statistics : data frame or mapping of columns, optional
        What is known of items: `item`, and any of `facility`, `a`, `b`, `c`.
    totals : vector, or persons × items, optional
        Scores of all persons, of whom `impact` counts who would pass.
    adjust_se : float
        The cut is moved by so many of its standard errors, -3 to 3.

    Returns
    -------
    CutScore
        `details` have for each panel the variance components of judges × items and their errors: `se_judges`
        (these items, other judges), `se_items`, `se_both`, `agreement` (reliability of the items' means).

    Raises
    ------
    ArgumentError
        For ratings out of range or on two scales, and items that nobody rated.

    See Also
    --------
    bookmark, hofstee

    Notes
    -----
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
    if not table.rounds:
        raise DataError(note("no-ratings", argument=Argument("ratings")))
    which = max(table.rounds) if round is None else checked(round=round)["round"]
    if which not in table.rounds:
        known = ", ".join(map(str, table.rounds))
        raise ArgumentError(note("no-round", round=which, known=known))
    rated = table.rounds[which]
    names = tuple(map(str, points)) if isinstance(points, Mapping) else table.items
    asked = {"argument": Argument("ratings"), "round": which}
    if not rated.keys() & {*names}:
        raise DataError(note("items-unknown", **asked))
    worth = dict(zip(names, _worth(points, names).tolist(), strict=True))
    if lacking := [item for item in names if item not in rated]:
        raise DataError(*(note("item-unrated", item=item, **asked) for item in lacking))
    kind = kind or ("angoff-yes-no" if table.is_yes_no else "angoff")
    if kind == "angoff-yes-no" and not table.is_yes_no:
        argument = Argument("kind", kind)
        raise DataError(*(
            note("rating-not-yes-no", argument=argument, cell=cell, judge=judge, item=item)
            for (n, item, judge), cell in table.cells.items()
            if table.rounds[n].get(item, {}).get(judge, 0) not in (0, 1)
        ))  # fmt: skip
    if isinstance(panels, Mapping):
        panels = [panels.get(item, "") for item in names]
    of = [""] * len(names) if panels is None else [str(one) for one in objects("panels", panels).tolist()]
    if len(of) != len(names):
        raise ArgumentError(f"panels has {len(of)} values; expected one for each of {len(names)} items")
    parts = [
        _panel(
            panel,
            {item: rated[item] for item, own in zip(names, of, strict=True) if own == panel},
            worth,
            table.judges,
            statistics,
        )
        for panel in dict.fromkeys(of)
    ]
    judges = pl.concat([one.judges for one in parts], how="vertical_relaxed")
    if len(parts) == 1:
        judges = judges.with_columns(panel=pl.lit(None, pl.String))
    notes = [note("judge-silent", judge=judge) for judge in table.silent]
    if spelled := alike(table.judges):
        notes.append(note("judges-spelled", names=shown(spelled)))
    notes += items_elsewhere(table.items, worth)
    notes += [note("variance-below-0", part=part) for one in parts for part in one.negative]
    notes += [one for row in judges.rows(named=True) for one in _of_judge(row)]
    if kind == "angoff":
        notes += _alike({item: rated[item] for item in names})
    sums = [one.sums for one in parts if len(one.sums)]
    agree = bool(sums) and all(len(own) > 1 and len(set(own.round(9))) == 1 for own in sums)
    notes += _of_panel(len(set(judges["judge"])), agree)
    said = [np.array([float(one) for one in rated[item].values()]) for item in names]
    items = frame({
        "item": names, "points": [worth[item] for item in names], "judges": [len(one) for one in said],
        "mean": [float(one.mean()) for one in said], "sd": [_sd(one) for one in said],
        "lowest": [float(one.min()) for one in said], "highest": [float(one.max()) for one in said],
        "facility": _known(statistics, names)["facility"],
    })  # fmt: skip
    squares = [math.nan if one.square is None else float(one.square) for one in parts]
    details = {"panels": tuple(one.told | {"panel": one.panel if len(parts) > 1 else None} for one in parts)}
    return _cut(
        kind, sum((one.cut for one in parts), Fraction(0)), math.sqrt(sum(squares)),
        float(sum(worth.values())), adjust_se, totals, n_judges=min(len(one.sums) for one in parts),
        details=details, judges=judges, items=items, notes=notes,
    )  # fmt: skip


class _Panel(NamedTuple):
    """What one panel's ratings come to: the cut, the square of its error where two judges rated all, and the
    sums of those who did (n,)."""

    panel: str
    cut: Fraction
    square: Fraction | None
    sums: Floats
    negative: list[str]
    told: dict[str, object]
    judges: pl.DataFrame


_ERRORS = ("se_judges", "se_items", "se_both", "agreement")
_KNOWN = ("facility", "a", "b", "c")


def _panel(
    panel: str,
    rated: Mapping[str, Mapping[str, Fraction]],
    points: Mapping[str, float],
    judges: Sequence[str],
    statistics: object,
) -> _Panel:
    names = [one for one in judges if any(one in said for said in rated.values())]
    shares = np.array([[float(said.get(one, np.nan)) for said in rated.values()] for one in names])
    worth = np.array([points[item] for item in rated])
    known = _known(statistics, [*rated])
    complete = np.asarray(np.isfinite(shares).all(axis=1), dtype=np.bool_)
    expected = shares * worth
    own, sums = expected.sum(axis=1), expected[complete].sum(axis=1)
    t, outlying = np.full(len(names), np.nan), np.zeros(len(names), dtype=np.bool_)
    t[complete], outlying[complete] = methods.apart(sums)
    r, away = methods.with_others(shares)
    fit = np.full((len(names), 3), np.nan)  # theta, error, consistency
    if (curves := _curves(known, worth)) is not None:
        for n in np.flatnonzero(complete).tolist():
            theta = methods.ability_at(curves, float(own[n]))
            if np.isfinite(theta):
                fit[n] = theta, *methods.consistency(shares[n], methods.probabilities(curves, theta))
    table = frame({
        "panel": [panel] * len(names), "judge": names, "rated": np.isfinite(shares).sum(axis=1), "cut": own,
        "apart": t, "outlying": outlying, "r_others": r, "distance": away,
        "r_facility": [methods.correlation(one, known["facility"]) for one in shares],
        "theta": fit[:, 0], "error": fit[:, 1], "consistency": fit[:, 2],
    })  # fmt: skip
    errors, negative = methods.components(expected[complete])
    told = {"judges": len(sums), "items": len(worth), "sd": _sd(sums), **errors}
    return _Panel(panel, *_exact_cut(rated, points), sums, negative, told, table)


def _exact_cut(
    rated: Mapping[str, Mapping[str, Fraction]], points: Mapping[str, float]
) -> tuple[Fraction, Fraction | None]:
    """The sum of the items' mean ratings in points, and the square of its error s / √n over the sums of the
    judges who rated all; None for fewer than two."""
    cut, sums = Fraction(0), dict[str, list[Fraction]]()
    for item, said in rated.items():
        worth = exact(points[item])
        cut += worth * sum(said.values()) / len(said)
        for judge, one in said.items():
            sums.setdefault(judge, []).append(worth * one)
    own_cuts = [sum(own, Fraction(0)) for own in sums.values() if len(own) == len(rated)]
    if (n := len(own_cuts)) < 2:
        return cut, None
    return cut, Fraction(n * sum(one * one for one in own_cuts) - sum(own_cuts) ** 2, n * n * (n - 1))


def _sd(values: Floats) -> float | None:
    return float(values.std(ddof=1)) if len(values) > 1 else None


def _known(statistics: object, items: Sequence[str]) -> dict[str, Floats]:
    """(k,) facility, a, b, c of items; NaN where nothing is known."""
    found = {name: np.full(len(items), np.nan) for name in _KNOWN}
    if statistics is not None:
        table = numbers_table("statistics", statistics, "item", "column")
        rows = {item: n for n, item in enumerate(table.rows)}
        for name, values in zip(table.columns, table.values.T, strict=True):
            if name.lower() in found:
                found[name.lower()] = np.array(
                    [values[rows[one]] if one in rows else np.nan for one in items]
                )
    return found


def _curves(known: Mapping[str, Floats], worth: Floats) -> Curves | None:
    """The curves of items, without a slope 1 and without an asymptote 0; None where one has none, or a slope
    is not above 0."""
    a = np.where(np.isfinite(known["a"]), known["a"], 1.0)
    if np.isnan(known["b"]).any() or (a <= 0).any():
        return None
    return Curves(a, known["b"], np.where(np.isfinite(known["c"]), known["c"], 0.0), worth)


def items_elsewhere(rated: Iterable[str], items: Collection[str]) -> list[Note]:
    """What is left out of ratings of other items."""
    others = [item for item in rated if item not in items]
    more = " …" if len(others) > MOST_NAMED else ""
    return [note("items-elsewhere", items=", ".join(others[:MOST_NAMED]) + more)] if others else []


def _of_judge(row: Mapping[str, Any]) -> Iterator[Note]:
    judge = row["judge"]
    if row["cut"] is None:
        yield note("judge-incomplete", judge=judge)
    if row["outlying"]:
        yield note("judge-outlying", judge=judge)
    if row["r_others"] is not None and methods.chance_correlation(row["r_others"], row["rated"]):
        yield note("judge-unlike-others", judge=judge, r=row["r_others"], items=row["rated"])
    if row["r_facility"] is not None and row["r_facility"] < 0:
        yield note("judge-against-facility", judge=judge)


def _alike(rated: Mapping[str, Mapping[str, Fraction]]) -> Iterator[Note]:
    """Judges with the same ratings of enough items, unless all have them."""
    judges = dict.fromkeys(judge for said in rated.values() for judge in said)
    of = {judge: tuple(said.get(judge) for said in rated.values()) for judge in judges}
    first: dict[tuple[Fraction | None, ...], str] = {}
    if len(rated) < ENOUGH_ITEMS or len(set(of.values())) == 1:
        return
    for judge, said in of.items():
        if None not in said and (other := first.setdefault(said, judge)) != judge:
            yield note("judges-alike", judge=other, other=judge)


def _of_panel(n_judges: int, agree: bool) -> Iterator[Note]:
    """What the number of judges, or that they agree wholly, keeps from being known."""
    if n_judges == 1:
        yield note("one-judge")
    elif agree:
        yield note("judges-agree")
    if n_judges == 2:
        yield note("two-judges", t=methods.t_quantile(0.975, 1))
    if 1 < n_judges < LEAST_JUDGES:
        yield note("few-judges", least=LEAST_JUDGES)


def bookmark(
    bookmarks: object,
    items: object,
    *,
    response: float = 2 / 3,
    guessing: bool = True,
    place: str = "before",
    centre: str = "median",
    points: object = 1,
    totals: object = None,
    adjust_se: float = 0,
) -> CutScore:
    """The bookmark cut: how far judges go in a booklet of items ordered by difficulty.

    Parameters
    ----------
    bookmarks : mapping or sequence
        {judge: page} or a page for each judge: the first item, from 1, that a person on the border does not
        answer rightly with the response probability; k + 1 is behind the last of k items. The name of an item
        may stand for its page.
    items : data frame or mapping of columns
        Columns `b`, and where there are any `item`, `a`, `c`: parameters of dichotomous items.
    response : float
        The response probability, above 0 and below 1.
    guessing : bool
        Whether right answers by guessing count in it; False takes `c` off the curve.
    place : {"before", "at", "between"}
        Which item a bookmark stands for: the one before it, the one at it, the middle of both.
    centre : {"median", "mean"}
        The panel's ability.
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
        For a page that is not in the booklet, a bookmark that stands for no item, a slope that is not above
        0, and an item that is answered by guessing with the response probability.

    See Also
    --------
    angoff

    Notes
    -----
    Mitzel, Lewis, Patz & Green (2001); Huynh (2006). The error is that over judges, brought to points by the
    slope of the test characteristic curve, of the median times √(π/2). We know of no R package that has it.

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
    names, curves, told = _booklet(items, points)
    at = methods.locations(curves, rp, guessing)
    if lost := [item for item, one in zip(names, at.tolist(), strict=True) if not math.isfinite(one)]:
        values = {"response": rp, "higher": Argument("response"), "without": Argument("guessing=False")}
        raise DataError(*(note("no-location", item=item, **values) for item in lost))
    order = sorted(range(len(at)), key=lambda n: (float(at[n]), names[n]))
    booklet, ordered = [names[n] for n in order], at[order]
    judges, pages = _pages(bookmarks, booklet)
    last = len(booklet) + 1
    no_item = {} if place == "before" else {last: ("bookmark-behind-last-page", "before")}
    no_item |= {} if place == "at" else {1: ("bookmark-on-first-page", "at")}
    faults = {judge: no_item[page] for judge, page in zip(judges, pages, strict=True) if page in no_item}
    if faults:
        raise DataError(*(
            note(code, judge=judge, place=Argument("place", other), field="bookmark")
            for judge, (code, other) in faults.items()
        ))  # fmt: skip
    abilities = np.array([methods.bookmarked(ordered, page, place) for page in pages])
    theta, se_theta = methods.centre_of(abilities, centre)
    asked = curves.points > 0
    curves = Curves(*(one[asked] for one in curves))
    t, outlying = methods.apart(abilities)
    table = frame({
        "judge": judges, "bookmark": np.array(pages),
        "item": pl.Series([booklet[page - 1] if page < last else None for page in pages], dtype=pl.String),
        "theta": abilities,
        "cut": np.array([methods.expected_points(curves, one) for one in abilities.tolist()]),
        "apart": t, "outlying": outlying,
    })  # fmt: skip
    notes = [note("of-table", table="items", note=one) for one in told]
    own = list(zip(judges, pages, outlying.tolist(), strict=True))
    notes += [note("bookmark-behind-last-page.note", judge=judge) for judge, page, _ in own if page == last]
    notes += [note("judge-outlying.bookmark", judge=judge) for judge, _, far in own if far]
    notes += _of_panel(len(judges), len(set(pages)) == 1)
    rise = methods.slope(curves, theta)
    return _cut(
        "bookmark", methods.expected_points(curves, theta), se_theta * rise, float(curves.points.sum()),
        adjust_se, totals, n_judges=len(judges), judges=table,
        settings=settings,
        details={"theta": theta, "se_theta": se_theta, "slope": rise},
        items=frame({"page": np.arange(1, last), "item": booklet, "theta": ordered}), notes=notes,
    )  # fmt: skip


def _booklet(items: object, points: object) -> tuple[tuple[str, ...], Curves, tuple[str, ...]]:
    """Names and curves of items, and what must be known of their table."""
    from examgen.stats.irt_items import item_table

    names, own, _, told = item_table(items, "items", unnamed=True)
    if "b" not in own:
        raise ArgumentError(
            f"items has no column b; it has {shown(own)}, expected b, and where there are any a, c"
        )
    given = own["b"]
    known = dict(zip(names, np.isfinite(given).tolist(), strict=True))
    scored = [str(item) for item, one in points.items() if one] if isinstance(points, Mapping) else names
    if lacking := [item for item in scored if not known.get(item)]:
        raise DataError(
            *(
                note("parameters-missing", argument=Argument("items"), irt=Argument("irt"), item=item)
                for item in lacking
            )
        )
    if isinstance(points, Mapping):
        points = {item: points.get(item, 0) for item in names if known[item]}
    names, k = tuple(item for item in names if known[item]), len(names)
    a, b, c = (
        np.where(np.isfinite(one := own.get(name, np.full(k, other))), one, other)[np.isfinite(given)]
        for name, other in (("a", 1.0), ("b", np.nan), ("c", 0.0))
    )
    curves = Curves(a, b, c, _worth(points, names))
    faults = [note("slope-not-positive", item=names[n]) for n in np.flatnonzero(curves.a <= 0).tolist()]
    odd = np.flatnonzero((curves.c < 0) | (curves.c >= 1)).tolist()
    faults += [note("asymptote", item=names[n], c=curves.c[n]) for n in odd]
    if faults:
        raise DataError(*faults)
    return names, curves, told


def _pages(bookmarks: object, booklet: Sequence[str]) -> tuple[list[str], list[int]]:
    """Judges and their pages."""
    if isinstance(bookmarks, Mapping):
        judges, said = [str(one) for one in bookmarks], list(bookmarks.values())
    else:
        said = objects("bookmarks", bookmarks).tolist()
        judges = [f"judge {n + 1}" for n in range(len(said))]
    if not said:
        raise ArgumentError("bookmarks has no judge; expected one at least")
    place = {item: n for n, item in enumerate(booklet, 1)}
    last = len(booklet) + 1
    pages: list[int] = []
    faults, where = [], {"argument": Argument("bookmarks"), "field": "bookmark"}
    for judge, one in zip(judges, said, strict=True):
        page = place.get(one) if isinstance(one, str) else one
        is_number = isinstance(page, (int, float, np.integer, np.floating)) and not isinstance(page, bool)
        if page is None or not is_number or not math.isfinite(page) or page != page // 1:
            faults.append(note("bookmark-unknown", judge=judge, text=str(one)[:40], **where))
        elif not 1 <= page <= last:
            values = {"page": int(page), "n": last - 1, "last": last, **where}
            faults.append(note("page-unknown", judge=judge, **values))
        else:
            pages.append(int(page))
    if faults:
        raise DataError(*faults)
    return judges, pages


# ── judges of persons ────────────────────────────────────────────────────────────────────────


def borderline_group(
    scores: object,
    borderline: object = None,
    *,
    centre: str = "median",
    points: float | None = None,
    totals: object = None,
    adjust_se: float = 0,
) -> CutScore:
    """The cut by the borderline group: the middle score of those whom judges hold to be on the border.

    Parameters
    ----------
    scores : vector, or persons × items
        Total scores, or responses whose sums are taken; persons without a score are left out.
    borderline : sequence of bool, optional
        Who is on the border; all persons, if not given.
    centre : {"median", "mean"}
    points : float, optional
        The full score, where it is known.
    totals : vector, or persons × items, optional
        Scores of all persons, of whom `impact` counts who would pass; without, of those who were judged.
    adjust_se : float
        As for `angoff`.

    Returns
    -------
    CutScore
        `se` is over persons: of the median that of Maritz & Jarrett.

    Raises
    ------
    ArgumentError
        For a group without anybody, and a cut outside the scale.

    See Also
    --------
    contrasting_groups, borderline_regression

    Notes
    -----
    Livingston & Zieky (1982); Maritz & Jarrett (1978). The error of the median is the standard deviation of
    its bootstrap without drawing: what `boot::boot` in R comes to with many draws.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.borderline_group([10, 12, 11, 15, 20], [True, True, True, False, False])
    >>> found.cut, round(found.se, 2)
    (11.0, 0.72)
    """
    settings = checked(centre=centre)
    values = _totals(scores)
    member = np.isfinite(values)
    if borderline is not None:
        member &= _mask("borderline", borderline, len(values)) == 1
    full = _full(points, values)
    if not member.any():
        raise DataError(note("group-empty"))
    own = values[member]
    cut, se = methods.borderline_group(own, settings["centre"])
    details = {
        "mean": float(own.mean()), "median": float(np.median(own)), "sd": _sd(own),
        "lowest": float(own.min()), "highest": float(own.max()),
    }  # fmt: skip
    return _cut(
        "borderline-group", cut, se, full, adjust_se, totals, values, n_candidates=len(own),
        settings=settings, details=details, notes=_small(len(own)),
    )  # fmt: skip


def contrasting_groups(
    scores: object,
    competent: object,
    *,
    probability: float = 0.5,
    equal_groups: bool = False,
    points: float | None = None,
    totals: object = None,
    adjust_se: float = 0,
) -> CutScore:
    """The cut by contrasting groups: the score from which a person is rather competent than not.

    Parameters
    ----------
    scores : vector, or persons × items
        Total scores, or responses whose sums are taken.
    competent : sequence of bool
        Whom judges hold competent; None for those of whom they say nothing.
    probability : float
        How likely somebody at the cut is held competent, above 0 and below 1.
    equal_groups : bool
        As if as many had been held competent as not.
    points : float, optional
        The full score, where it is known.
    totals : vector, or persons × items, optional
        As for `borderline_group`.
    adjust_se : float
        As for `angoff`.

    Returns
    -------
    CutScore
        By logistic regression; midway, without an error, where the groups do not overlap.

    Raises
    ------
    ArgumentError
        For a group without anybody, and where the competent do not score higher.

    See Also
    --------
    borderline_group

    Notes
    -----
    Livingston & Zieky (1982); Cizek & Bunch (2007, ch. 8). R's `glm(competent ~ score, binomial)` and the
    delta method (`MASS::dose.p`).

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.contrasting_groups([8, 9, 11, 12, 10, 13, 14, 15], [0, 0, 0, 0, 1, 1, 1, 1])
    >>> round(found.cut, 2), found.details["competent_below"]
    (11.5, 1)
    """
    settings = checked(probability=probability, equal_groups=equal_groups)
    values = _totals(scores)
    group = _mask("competent", competent, len(values))
    full = _full(points, values)
    kept = np.isfinite(values) & np.isfinite(group)
    own, able = values[kept], group[kept] == 1
    sizes = int(able.sum()), int((~able).sum())
    if not all(sizes):
        raise DataError(note(f"group-empty.{'others' if sizes[0] else 'competent'}"))
    means = float(own[able].mean()), float(own[~able].mean())
    if means[0] <= means[1]:
        raise DataError(note("groups-reversed", competent=means[0], others=means[1]))
    cut, se, intercept, slope = methods.contrasting_groups(own, able, **settings)
    passed = own >= cut - 1e-9
    notes = _small(min(sizes))
    if math.isnan(slope):
        notes.append(note("groups-apart", low=own[~able].max(), high=own[able].min()))
    details = {
        "competent": sizes[0], "not_competent": sizes[1], "mean_competent": means[0],
        "mean_not_competent": means[1], "intercept": intercept, "slope": slope,
        "competent_below": int((able & ~passed).sum()), "not_competent_above": int((~able & passed).sum()),
    }  # fmt: skip
    return _cut(
        "contrasting-groups", cut, se, full, adjust_se, totals, values, n_candidates=len(own),
        settings=settings, details=details, notes=notes,
    )  # fmt: skip


def borderline_regression(
    scores: object,
    grades: object,
    border: float,
    *,
    points: float | None = None,
    totals: object = None,
    adjust_se: float = 0,
) -> CutScore:
    """The cut by borderline regression: what the line of scores on global grades has at the border.

    Parameters
    ----------
    scores : vector, or persons × items
        Total scores, or responses whose sums are taken.
    grades : sequence of float
        A global grade of each person, NaN where there is none.
    border : float
        The grade of those on the border.
    points : float, optional
        The full score, where it is known.
    totals : vector, or persons × items, optional
        As for `borderline_group`.
    adjust_se : float
        As for `angoff`.

    Returns
    -------
    CutScore

    Raises
    ------
    ArgumentError
        For one grade alone, and scores that do not rise with grades.

    See Also
    --------
    borderline_group

    Notes
    -----
    Kramer et al. (2003). R's `predict(lm(score ~ grade), data.frame(grade = border), se.fit = TRUE)`.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.borderline_regression([10, 12, 15, 17, 20], [1, 2, 2, 3, 4], border=2)
    >>> round(found.cut, 2), round(found.se, 2)
    (13.46, 0.59)
    """
    settings = checked(border=border)
    at = settings["border"]
    values = _totals(scores)
    x = vector("grades", grades, len(values), missing=True, low=-GREATEST_POINTS, high=GREATEST_POINTS)
    full = _full(points, values)
    kept = np.isfinite(values) & np.isfinite(x)
    own, x = values[kept], x[kept]
    if len(set(x.tolist())) < 2:
        raise DataError(note("one-grade"))
    found = methods.borderline_regression(own, x, at)
    if found is None:
        raise DataError(note("groups-reversed.grades"))
    notes = _small(len(own))
    if not x.min() <= at <= x.max():
        notes.append(note("border-outside"))
    r = float(np.corrcoef(x, own)[0, 1]) if np.ptp(own) > 0 else None
    return _cut(
        "borderline-regression", *found, full, adjust_se, totals, values, n_candidates=len(own),
        settings=settings, details={"r": r, "borderline": int((x == at).sum())}, notes=notes,
    )  # fmt: skip


def hofstee(scores: object, limits: object, *, points: float | None = None, adjust_se: float = 0) -> CutScore:
    """Hofstee's compromise: where the share who fail crosses what judges hold bearable.

    Parameters
    ----------
    scores : vector, or persons × items
        Total scores, or responses whose sums are taken.
    limits : data frame or mapping of columns
        A row for each judge: `min_cut` and `max_cut`, the lowest and highest bearable cut in points, or as
        `"45%"` of the full score, `min_fail` and `max_fail`, shares from 0 to 1 or percentages.
    points : float, optional
        The full score, where it is known.
    adjust_se : float
        As for `angoff`.

    Returns
    -------
    CutScore
        `details` have the share `failing` at the cut, and the means of the limits.

    Raises
    ------
    ArgumentError
        For limits that are turned round, that may be of another scale, and where the share who fail does not
        cross the limits.

    See Also
    --------
    angoff

    Notes
    -----
    Hofstee (1983); the error over judges is the jackknife's. We know of no R package that has it.

    Examples
    --------
    >>> import examgen.stats as es
    >>> limits = {"min_cut": [7, 8], "max_cut": [11, 12], "min_fail": [0.1, 0.1], "max_fail": [0.6, 0.5]}
    >>> found = es.hofstee(es.example(n_items=20), limits)
    >>> round(found.cut, 2), round(found.details["failing"], 2)
    (8.92, 0.39)
    """
    values = _totals(scores)
    full = _full(points, values)
    own = _limits(limits, full, float(np.nanmax(values)))
    low, high, least, most = own.values()
    wrong = {
        ("limits-reversed.shares", "min_fail"): (least < 0) | (least > most) | (most > 1),
        ("limits-reversed", "min_cut"): low > high,
    }
    if faults := [
        note(code, row=f"limits[{n}]", field=name)
        for (code, name), rows in wrong.items()
        for n in np.flatnonzero(rows).tolist()
    ]:
        raise DataError(*faults)
    seen = values[np.isfinite(values)]
    cut, failing, se = methods.hofstee(seen, low, high, least, most)
    means = {name: float(one.mean()) for name, one in own.items()}
    if not math.isfinite(cut):
        ends = dict(zip(("low", "high", "least", "most"), means.values(), strict=True))
        raise DataError(note("no-compromise", **ends))
    return _cut(
        "hofstee", cut, se, full, adjust_se, None, values, n_judges=len(low), n_candidates=len(seen),
        details={"failing": failing, **means}, notes=[],
    )  # fmt: skip


_LIMITS = ("min_cut", "max_cut", "min_fail", "max_fail")
_OF_TEN = 10
"""Where no share of failing candidates is above this, percentages are not told from shares out of ten."""


def _limits(limits: object, full: float | None, highest: float) -> dict[str, Floats]:
    """What each judge can bear: cuts in points, shares who fail from 0 to 1."""
    table = {name.strip().lower(): list(one) for name, one in columns_of(limits, "limits")[0].items()}
    if lacking := [name for name in _LIMITS if name not in table]:
        raise ArgumentError(
            f"limits has no column {shown(lacking)}; it has {shown(table)}, expected {shown(_LIMITS)}"
        )
    numbers: dict[str, list[tuple[Fraction, bool]]] = {name: [] for name in _LIMITS}
    for name in _LIMITS:
        for n, value in enumerate(table[name]):
            if (number := read_number(value)) is None or abs(number[0]) > GREATEST_POINTS:
                most = "" if number is None else f" from {-GREATEST_POINTS:g} to {GREATEST_POINTS:g}"
                raise ArgumentError(f"limits[{name!r}][{n}] is {brief(value)}; expected a number{most}")
            numbers[name].append(number)
    if not numbers["min_cut"]:
        raise ArgumentError("limits has no judge; expected one at least")
    judges = [str(one).strip() for one in table.get("judge", ()) if not absent(one)]
    if twice := [one for n, one in enumerate(judges) if one in judges[:n]]:
        raise DataError(note("rated-twice", argument=Argument("limits"), judge=twice[0]))
    faults = []
    for name in _LIMITS[:2]:
        for n, (value, is_percent) in enumerate(numbers[name]):
            if is_percent and full is None:
                raise ArgumentError(note("no-maximum", points=Argument("points")))
            above = full is not None and value > full
            if not is_percent and (above or (0 < value < 1 < highest)):
                percent = f"{float(value if above else 100 * value):g}%"
                values = {"value": f"{float(value):g}", "percent": percent, "most": full, "field": name}
                faults.append(note("limit-unknown" + ".above" * above, row=f"limits[{n}]", **values))
    fails = [(n, name) for n in range(len(numbers["min_cut"])) for name in _LIMITS[2:]]
    shares = [numbers[name][n] for n, name in fails]
    scale, odd = scale_of([str(n) for n, _ in fails], shares, uncertain=_OF_TEN)
    for code, k in odd:
        n, name = fails[k]
        values = {"argument": Argument("limits"), "row": f"limits[{n}]", "field": name}
        faults.append(note(f"{code}.limits", value=shown_number(shares[k]), **values))
    if faults:
        raise DataError(*faults)
    sure = {"min_cut": full, "max_cut": full}
    plain = {} if scale == "share" else dict.fromkeys(_LIMITS[2:], 100)
    return {
        name: np.array([
            float(value) * (sure.get(name) or 1) / 100 if is_percent else float(value) / plain.get(name, 1)
            for value, is_percent in own
        ])
        for name, own in numbers.items()
    }  # fmt: skip


# ── what verbs share ─────────────────────────────────────────────────────────────────────────


def checked(**arguments: object) -> dict[str, Any]:
    """What the arguments are; ArgumentError for a value that does not fit, whatever the data are."""
    return {name: _CHECKS[name](name, value) for name, value in arguments.items()}


def _chance(name: str, value: object) -> float:
    own = number(name, value)
    if not 0 < own < 1:
        raise ArgumentError(note("chance", argument=Argument(name), value=own))
    return own


_CHECKS: Mapping[str, Callable[[str, object], Any]] = {
    "scale": partial(word, words=SCALES),
    "round": partial(whole, low=1),
    "kind": partial(word, words=KINDS),
    "response": _chance,
    "guessing": truth,
    "place": partial(word, words=PLACES),
    "centre": partial(word, words=CENTRES),
    "probability": _chance,
    "equal_groups": truth,
    "border": partial(number, low=-GREATEST_POINTS, high=GREATEST_POINTS),
    "adjust_se": partial(number, low=-3, high=3),
}


def _worth(points: object, items: Sequence[str]) -> Floats:
    """(J,) the points of each item, one of which has some."""
    worth = of_items("points", points, items, 0.0, GREATEST_POINTS)
    if not worth.any():
        raise ArgumentError(note("no-points", points=Argument("points")))
    return worth


def _small(n: int) -> list[Note]:
    return [] if n >= FEW else [note("group-small", n=n, few=FEW)]


def _full(points: float | None, values: Floats) -> float | None:
    """The full score, which no score exceeds."""
    if points is None:
        return None
    most, highest = number("points", points, 0, GREATEST_POINTS), float(np.nanmax(values))
    if highest > most + 1e-9:
        raise DataError(note("score-outside-scale", score=highest, most=most))
    return most


def _cut(
    method: str, judged: Fraction | float, se: float, full: float | None, adjust_se: float, totals: object,
    values: Floats | None = None, *, n_judges: int | None = None, n_candidates: int | None = None,
    notes: Sequence[Note], **more: Any,
) -> CutScore:  # fmt: skip
    """The cut to the digits that a scoring takes, moved within the scale, with its interval and impact; of
    the scores (N,) of judged persons within their scale."""
    if values is not None:
        high = full if full is not None else max(float(np.nanmax(values)), 0.0)
        if not 0 <= judged <= high:
            raise DataError(note("cut-outside-scale", cut=judged, high=high))
        totals = values if totals is None else totals
    moved = checked(adjust_se=adjust_se)["adjust_se"]
    if moved and math.isnan(se):
        raise DataError(note("no-error", argument=Argument("adjust_se")))
    cut = _half_up(_half_up(judged) + exact(moved) * (_half_up(se) if moved else 0))
    cut = max(cut, Fraction(0)) if full is None else min(max(cut, Fraction(0)), Fraction(math.ceil(full)))
    within = 0.0, math.inf if full is None else float(full)
    low, high = np.clip(methods.interval(float(cut), se, n_judges), *within).tolist()
    impact = None if totals is None else _impact(_totals(totals, "totals"), float(cut), se)
    over = "candidates" if n_judges is None else "judges"
    return CutScore(
        method, float(cut), float(judged), se, low, high, full, over, n_judges, n_candidates, moved,
        impact=impact, notes=tuple(notes), **more,
    )  # fmt: skip


def _half_up(value: Fraction | float) -> Fraction:
    """To four decimals, half up."""
    return Fraction(math.floor(Fraction(value) * _UNITS + Fraction(1, 2)), _UNITS)


def _impact(scores: Floats, cut: float, se: float) -> pl.DataFrame:
    """Who would pass at the cut, and one and two standard errors to either side."""
    seen = scores[np.isfinite(scores)]
    steps = (-2, -1, 0, 1, 2) if se > 0 else (0,)
    at = [cut + step * se if step else cut for step in steps]
    passing = [int((seen >= one - 1e-9).sum()) for one in at]
    return frame({
        "se": steps, "cut": at, "candidates": [len(seen)] * len(steps), "passing": passing,
        "share": [n / len(seen) for n in passing],
    })  # fmt: skip


def _totals(scores: object, name: str = "scores") -> Floats:
    """(N,) total scores; NaN of persons without one."""
    if is_vector(scores):
        found = vector(name, scores, missing=True, low=-GREATEST_POINTS, high=GREATEST_POINTS)
    else:
        try:
            own = as_responses(scores)
        except ArgumentError as error:
            raise ArgumentError(re.sub(r"^data\b", name, str(error))) from None
        totals = own.cells.sum(axis=1, dtype=np.int64).astype(np.float64)
        found = np.where((own.cells >= 0).all(axis=1), totals, np.nan)
    if not np.isfinite(found).any():
        raise DataError(note("no-scores", scores=Argument(name)))
    return found


def _mask(name: str, values: object, n: int) -> Floats:
    """(n,) 1, 0 or NaN."""
    found = vector(name, values, n, missing=True)
    odd = np.isfinite(found) & (found != 0) & (found != 1)
    if odd.any():
        place = int(np.flatnonzero(odd)[0])
        raise ArgumentError(f"{name}[{place}] is {found[place]:g}; expected True or False")
    return found
