"""What judges say of items and of persons → cut scores with their errors.

`examgen.psychometrics.cut_scores` computes the figures.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from examgen.stats.arguments import (
    ArgumentError,
    Floats,
    number,
    objects,
    of_items,
    shown,
    truth,
    vector,
    word,
)
from examgen.stats.response_data import as_responses, is_vector
from examgen.stats.results import Result, frame
from examgen.stats.tables import numbers_by_name, numbers_table

_CENTRES = ("median", "mean")


@dataclass(frozen=True, repr=False, eq=False)
class CutScore(Result):
    """What verbs of standard setting return.

    Attributes
    ----------
    method : str
    cut : float
        In points.
    se : float
        Standard error over judges, or over persons where the judgements are of persons; NaN where there is
        none.
    low, high : float
        The 95 % interval: cut ± t SE over judges (Student), ± 1.96 SE over persons.
    details : dict
        Further figures of the method by name.
    judges : polars.DataFrame or None
        A row for each judge: their own `cut`, how far it stands `apart` from the others in studentized units,
        whether that is `outlying` (5 % over the panel) …
    items : polars.DataFrame or None
        A row for each item.
    notes : tuple of str
        What to know of the cut.
    """

    method: str
    cut: float
    se: float
    low: float
    high: float
    details: Mapping[str, object] = field(default_factory=dict)
    judges: pl.DataFrame | None = None
    items: pl.DataFrame | None = None
    notes: tuple[str, ...] = ()

    def _title(self) -> str:
        return f"Cut score by {self.method}: {self.cut:.2f}"

    def _figures(self) -> Mapping[str, object]:
        interval = f"{self.low:.2f} to {self.high:.2f}" if math.isfinite(self.low) else None
        return {"SE": self.se, "95 %": interval} | dict(self.details)

    def _table(self) -> pl.DataFrame | None:
        return self.judges

    def _remarks(self) -> Sequence[str]:
        return self.notes


def angoff(ratings: object, *, points: object = 1) -> CutScore:
    """The Angoff cut: what judges expect of a person on the border, summed over items.

    Parameters
    ----------
    ratings : data frame, mapping of columns, or array, shape (judges, items)
        The probability from 0 to 1 that such a person answers rightly, or the share of an item's points; NaN
        where a judge left an item out. The column `judge` names the judges.
    points : int, sequence or mapping
        The points of each item: one number for all, one for each in order, or {item: points}.

    Returns
    -------
    CutScore
        `details` have the variance components of judges × items and their errors: `se_judges` (these items,
        other judges), `se_items`, `se_both`, `agreement` (reliability of the items' means).

    Raises
    ------
    ArgumentError
        For ratings beyond 0 and 1, and an item that nobody rated.

    See Also
    --------
    bookmark, hofstee

    Notes
    -----
    Angoff (1971); components as Brennan & Lockwood (1980); a judge stands apart by the externally studentized
    distance (Cook & Weisberg 1982) with Bonferroni's correction. Components equal those of `gtheory::gstudy`
    in R where none is below 0.

    Examples
    --------
    >>> import examgen.stats as es
    >>> ratings = [[0.5, 0.7, 0.9], [0.6, 0.6, 0.8], [0.4, 0.7, 0.8], [0.6, 0.8, 0.9]]
    >>> es.angoff(ratings)
    Cut score by angoff: 2.08
    SE 0.085; 95 % 1.80 to 2.35; se_judges 0.085; se_items 0.282; se_both 0.288; agreement 0.955
    <BLANKLINE>
    judge      cut   apart  outlying  r_others  distance
    judge 1  2.100   0.139  no           0.998     0.033
    judge 2  2.000  -0.433  no           0.778     0.100
    judge 3  1.900  -1.323  no           0.941     0.078
    judge 4  2.300   2.598  no           0.982     0.100
    """
    from examgen.psychometrics.cut_scores.judges import apart, components, judged_cut, with_others

    table = numbers_table("ratings", ratings, "judge", "item", 0.0, 1.0)
    shares = table.values
    worth = of_items("points", points, table.columns, 0.0)
    rated = np.isfinite(shares)
    if not rated.any(axis=0).all():
        item = table.columns[int(np.flatnonzero(~rated.any(axis=0))[0])]
        raise ArgumentError(f"ratings has no rating of item {item}; expected one at least")
    found = judged_cut(shares * worth)
    whole = np.isfinite(found.sums)
    parts = components((shares * worth)[whole])
    distance, outlying = np.full(len(shares), np.nan), np.zeros(len(shares), dtype=np.bool_)
    distance[whole], outlying[whole] = apart(found.sums[whole])
    r, away = with_others(shares)
    judges = frame({
        "judge": table.rows, "cut": found.sums, "apart": distance, "outlying": outlying, "r_others": r,
        "distance": away,
    })  # fmt: skip
    count = rated.sum(axis=0)
    mean = np.nanmean(shares, axis=0)
    items = frame({"item": table.columns, "points": worth, "judges": count, "mean": mean})
    notes = [
        f"{judge}: the own cut lies farther from those of the others than chance explains"
        for judge, far in zip(table.rows, outlying.tolist(), strict=True)
        if far
    ]
    if not whole.all():
        notes.append("judges who left items out count in the means of their items, not in the standard error")
    details: dict[str, object] = {}
    if parts is not None:
        details = {name: getattr(parts, name) for name in ("se_judges", "se_items", "se_both", "agreement")}
        notes += [f"the estimated variance of {one} is below 0 and is taken as 0" for one in parts.negative]
    return _of_judges("angoff", found.cut, found.se, found.n_judges, details, judges, items, notes)


def bookmark(
    bookmarks: object,
    items: object,
    *,
    response: float = 2 / 3,
    guessing: bool = True,
    place: str = "before",
    centre: str = "median",
    points: object = 1,
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
        The points of each item, as for `angoff`.

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
    from examgen.psychometrics.cut_scores.bookmark import (
        BookmarkItems,
        bookmarked,
        centre_of,
        expected_points,
        locations,
        slope,
    )
    from examgen.psychometrics.cut_scores.judges import apart

    rp = number("response", response, 1e-6, 1 - 1e-6)
    place = word("place", place, ("before", "at", "between"))
    centre = word("centre", centre, _CENTRES)
    names, own, told = _item_names(items)
    b = own["b"]
    curves = BookmarkItems(
        own.get("a", np.ones(len(b))),
        b,
        own.get("c", np.zeros(len(b))),
        of_items("points", points, names, 0.0),
    )
    if (curves.a <= 0).any():
        item = names[int(np.flatnonzero(curves.a <= 0)[0])]
        raise ArgumentError(f"items: the slope a of {item} is not above 0; it stands nowhere in the booklet")
    if ((curves.c < 0) | (curves.c >= 1)).any():
        item = names[int(np.flatnonzero((curves.c < 0) | (curves.c >= 1))[0])]
        raise ArgumentError(f"items: the asymptote c of {item} is not from 0 to below 1")
    at = locations(curves, rp, truth("guessing", guessing))
    if not np.isfinite(at).all():
        item = names[int(np.flatnonzero(~np.isfinite(at))[0])]
        raise ArgumentError(
            f"items: {item} is answered by guessing with a probability of {rp:.2f} or more; take a higher "
            f"response, or guessing=False"
        )
    order = sorted(range(len(at)), key=lambda n: (float(at[n]), names[n]))
    booklet, ordered = [names[n] for n in order], at[order]
    judges, pages = _pages(bookmarks, booklet)
    abilities = np.array([bookmarked(ordered, page, place) for page in pages])  # type: ignore[arg-type]
    if not np.isfinite(abilities).all():
        n = int(np.flatnonzero(~np.isfinite(abilities))[0])
        raise ArgumentError(
            f"bookmarks: page {pages[n]} of {judges[n]} stands for no item with place={place!r}; the "
            f"booklet has pages 1 to {len(booklet)}"
        )
    theta, se_theta = centre_of(abilities, centre)  # type: ignore[arg-type]
    distance = apart(abilities)
    table = frame({
        "judge": judges,
        "bookmark": np.array(pages),
        "theta": abilities,
        "cut": np.array([expected_points(curves, one) for one in abilities.tolist()]),
        "apart": distance.t,
        "outlying": distance.outlying,
    })  # fmt: skip
    rise = slope(curves, theta)
    details = {"theta": theta, "se_theta": se_theta, "slope": rise}
    pages_of = frame({"page": np.arange(1, len(booklet) + 1), "item": booklet, "theta": ordered})
    notes = [
        *told,
        *(
            f"{judge}: the bookmark lies farther from those of the others than chance explains"
            for judge, far in zip(judges, distance.outlying.tolist(), strict=True)
            if far
        ),
    ]
    return _of_judges(
        "bookmark",
        expected_points(curves, theta),
        se_theta * rise,
        len(judges),
        details,
        table,
        pages_of,
        notes,
    )


def borderline_group(scores: object, borderline: object = None, *, centre: str = "median") -> CutScore:
    """The cut by the borderline group: the middle score of those whom judges hold to be on the border.

    Parameters
    ----------
    scores : vector, or persons × items
        Total scores, or responses whose sums are taken; persons without a score are left out.
    borderline : sequence of bool, optional
        Who is on the border; all persons, if not given.
    centre : {"median", "mean"}

    Returns
    -------
    CutScore
        `se` is over persons: of the median that of Maritz & Jarrett.

    Raises
    ------
    ArgumentError
        For a group without anybody.

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
    from examgen.psychometrics.cut_scores import candidates

    centre = word("centre", centre, _CENTRES)
    values = _totals(scores)
    member = np.isfinite(values)
    if borderline is not None:
        member &= _mask("borderline", borderline, len(values)) == 1
    if not member.any():
        raise ArgumentError("borderline names nobody with a score; expected one person at least")
    own = values[member]
    found = candidates.borderline_group(own, centre)  # type: ignore[arg-type]
    return _of_persons("borderline group", found.cut, found.se, {"n_persons": len(own)}, [])


def contrasting_groups(
    scores: object, competent: object, *, probability: float = 0.5, equal_groups: bool = False
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
    from examgen.psychometrics.cut_scores import candidates

    chance = number("probability", probability, 1e-6, 1 - 1e-6)
    values = _totals(scores)
    group = _mask("competent", competent, len(values))
    kept = np.isfinite(values) & np.isfinite(group)
    own, able = values[kept], group[kept] == 1
    try:
        found = candidates.contrasting_groups(own, able, chance, truth("equal_groups", equal_groups))
    except ValueError:
        raise ArgumentError("competent has one group alone; expected some persons of each") from None
    except ArithmeticError:
        raise ArgumentError(
            f"competent: those held competent have {own[able].mean():.2f} points on average, the others "
            f"{own[~able].mean():.2f}; expected the competent to score higher"
        ) from None
    below, above = candidates.misclassified(own, able, found.cut)
    details = {
        "competent": int(able.sum()), "not_competent": int((~able).sum()), "competent_below": below,
        "not_competent_above": above, "intercept": found.intercept, "slope": found.slope,
    }  # fmt: skip
    notes = [
        f"the groups do not overlap: every cut above {found.overlap[1]:g} and up to {found.overlap[0]:g} "
        f"parts them wholly; the middle is taken"
    ]
    return _of_persons("contrasting groups", found.cut, found.se, details, notes * found.separate)


def borderline_regression(scores: object, grades: object, border: float) -> CutScore:
    """The cut by borderline regression: what the line of scores on global grades has at the border.

    Parameters
    ----------
    scores : vector, or persons × items
        Total scores, or responses whose sums are taken.
    grades : sequence of float
        A global grade of each person, NaN where there is none.
    border : float
        The grade of those on the border.

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
    from examgen.psychometrics.cut_scores import candidates

    at = number("border", border)
    values = _totals(scores)
    x = vector("grades", grades, len(values), missing=True)
    kept = np.isfinite(values) & np.isfinite(x)
    try:
        found = candidates.borderline_regression(values[kept], x[kept], at)
    except ValueError:
        raise ArgumentError("grades has one grade alone; expected two different ones at least") from None
    except ArithmeticError:
        raise ArgumentError(
            "grades: scores do not rise with them; expected higher grades of more points"
        ) from None
    notes = []
    if not x[kept].min() <= at <= x[kept].max():
        notes.append(f"the border of {at:g} lies beyond all grades: the line is drawn on")
    return _of_persons("borderline regression", found.cut, found.se, {"n_persons": int(kept.sum())}, notes)


def hofstee(scores: object, limits: object) -> CutScore:
    """Hofstee's compromise: where the share who fail crosses what judges hold bearable.

    Parameters
    ----------
    scores : vector, or persons × items
        Total scores, or responses whose sums are taken.
    limits : data frame or mapping of columns
        A row for each judge: `min_cut` and `max_cut`, the lowest and highest bearable cut, `min_fail` and
        `max_fail`, shares from 0 to 1.

    Returns
    -------
    CutScore
        `details` have the share `failing` at the cut; all is NaN where the curves do not meet, and `notes`
        say so.

    Raises
    ------
    ArgumentError
        For limits that are turned round, and shares beyond 0 and 1.

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
    from examgen.psychometrics.cut_scores import candidates

    values = _totals(scores)
    values = values[np.isfinite(values)]
    own = numbers_by_name("limits", limits, ("min_cut", "max_cut", "min_fail", "max_fail"))
    low, high, least, most = own.values()
    for first, second, name in ((low, high, "cut"), (least, most, "fail")):
        if (first > second).any():
            row = int(np.flatnonzero(first > second)[0])
            raise ArgumentError(f"limits: min_{name} of row {row} is above max_{name}; expected it not to be")
    if least.min() < 0 or most.max() > 1:
        raise ArgumentError("limits: min_fail and max_fail are shares from 0 to 1")
    found = candidates.hofstee(values, low, high, least, most)
    notes = ["the share who fail does not cross the limits: judges must move them"]
    return _of_judges(
        "hofstee", found.cut, found.se, len(low), {"failing": float(found.failing)}, None, None,
        notes * math.isnan(found.cut),
    )  # fmt: skip


# ── what verbs share ─────────────────────────────────────────────────────────────────────────


def _of_judges(
    method: str,
    cut: float,
    se: float,
    n_judges: int,
    details: Mapping[str, object],
    judges: pl.DataFrame | None,
    items: pl.DataFrame | None,
    notes: list[str],
) -> CutScore:
    from examgen.psychometrics.cut_scores.judges import cut_interval

    low, high = cut_interval(cut, None if math.isnan(se) else se, n_judges) or (math.nan, math.nan)
    if n_judges < 2:
        notes.append("fewer than two judges rated everything: the cut has no standard error")
    elif n_judges == 2:
        notes.append("two judges: the interval reaches 12.7 standard errors to either side; ask more judges")
    return CutScore(method, float(cut), float(se), low, high, details, judges, items, tuple(notes))


def _of_persons(
    method: str, cut: float, se: float, details: Mapping[str, object], notes: list[str]
) -> CutScore:
    from examgen.psychometrics.cut_scores.judges import cut_interval

    low, high = cut_interval(cut, None if math.isnan(se) else se, None) or (math.nan, math.nan)
    return CutScore(method, float(cut), float(se), low, high, details, notes=tuple(notes))


def _totals(scores: object) -> Floats:
    """(N,) total scores; NaN of persons without one."""
    if is_vector(scores):
        found = vector("scores", scores, missing=True)
    else:
        try:
            own = as_responses(scores)
        except ArgumentError as error:
            raise ArgumentError(re.sub(r"^data\b", "scores", str(error))) from None
        totals = own.cells.sum(axis=1, dtype=np.int64).astype(np.float64)
        found = np.where((own.cells >= 0).all(axis=1), totals, np.nan)
    if not np.isfinite(found).any():
        raise ArgumentError("scores has nobody with a score; expected one person at least")
    return found


def _mask(name: str, values: object, n: int) -> Floats:
    """(n,) 1, 0 or NaN."""
    found = vector(name, values, n, missing=True)
    odd = np.isfinite(found) & (found != 0) & (found != 1)
    if odd.any():
        place = int(np.flatnonzero(odd)[0])
        raise ArgumentError(f"{name}[{place}] is {found[place]:g}; expected True or False")
    return found


def _item_names(items: object) -> tuple[tuple[str, ...], dict[str, Floats], tuple[str, ...]]:
    """Names and parameters of items, and what must be known of their table."""
    from examgen.stats.irt_items import item_table

    names, own, _, notes = item_table(items, "items", unnamed=True)
    if "b" not in own:
        raise ArgumentError(
            f"items has no column b; it has {shown(own)}, expected b, and where there are any a, c"
        )
    for name, values in own.items():
        if np.isnan(values).any():
            raise ArgumentError(f"items has no {name} for item {names[int(np.isnan(values).argmax())]}")
    return names, own, notes


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
    pages = []
    for judge, one in zip(judges, said, strict=True):
        page = place.get(one) if isinstance(one, str) else one
        if (
            isinstance(page, (bool, np.bool_))
            or not isinstance(page, (int, float, np.integer, np.floating))
            or page != page // 1
            or not 1 <= page <= len(booklet) + 1
        ):
            raise ArgumentError(
                f"bookmarks of {judge} is {one!r}; expected an item of the booklet or a page from 1 to "
                f"{len(booklet) + 1}"
            )
        pages.append(int(page))
    return judges, pages
