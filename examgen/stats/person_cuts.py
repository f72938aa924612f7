"""Cut scores from the scores of persons with judgements of the persons, or with limits set by judges."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from examgen.stats.arguments import (
    GREATEST_POINTS,
    ArgumentError,
    DataError,
    RowFaults,
    alike_names,
    brief,
    number,
    number_of,
    objects,
    shown,
    vector,
)
from examgen.stats.cuts import CutScore, checked, cut_score, total_scores
from examgen.stats.data_notes import codes_above, repeated_ids
from examgen.stats.item_cuts import note as of_ratings
from examgen.stats.judge_ratings import COLUMNS, HEADINGS, names_in, read_number, scale_of, shown_number
from examgen.stats.matrix import Bools, Floats
from examgen.stats.plain_text import plain_text
from examgen.stats.response_data import as_responses, columns_by_name, totals_alone
from examgen.stats.results import Argument, Note, sentences
from examgen.stats.summaries import summaries

FEW = 30
"""With fewer persons in a group, a note says that it is small."""
_LIMITS = ("min_cut", "max_cut", "min_fail", "max_fail")
GROUPS: Mapping[str, frozenset[str]] = {
    "competent": frozenset(("competent", "master", "pass", "qualified", "yes", "1", "true", "ผ่าน",
                            "สมรรถนะถึง", "มีสมรรถนะ")),
    "borderline": frozenset(("borderline", "border", "คาบเส้น", "ก้ำกึ่ง")),
    "not competent": frozenset(("notcompetent", "incompetent", "nonmaster", "fail", "unqualified",
                                "no", "0", "false", "ไม่ผ่าน", "ไม่มีสมรรถนะ")),
}  # fmt: skip
"""The names that judges use for their groups of persons, normalised by `plain_text` and without hyphens."""
_NEITHER = -1.0
"""The group of persons who were judged, and to neither of two groups."""
_OF_TEN = 10
"""Where no share of failing candidates is above this, percentages are not told from shares out of ten."""
TEXTS: dict[str, str] = {
    # refusals
    "group-empty": "there is no borderline candidate with a score, so the cut cannot be located",
    "group-empty.competent": "there is no candidate judged competent. Two groups are needed",
    "group-empty.others": "there is no candidate judged not competent. Two groups are needed",
    "group-unknown": "`{text}` is not a group. Write competent, borderline or not competent",
    "groups-reversed": "candidates judged competent have {competent:.2f} points on average, the others "
    "{others:.2f}. The groups do not differ as expected. Check that they are not swapped",
    "groups-reversed.grades": "the scores do not rise with the grades. Check that the grades are not "
    "reversed",
    "one-grade": "candidates of at least two grades are needed",
    "score-outside-scale": "one of the scores is {score:g}, but the maximum score is {most:g}",
    "no-maximum": "the maximum score is not known. Give it with {points}, or write the cuts in points",
    "limit-unknown": "{value} is below one point. Write {percent} for a percentage of the maximum score",
    "limit-unknown.below": "{value} is below 0. Write a cut from 0 to the maximum score",
    "limit-unknown.above": "{value} is above the maximum score of {most:g}. Write {percent} for a percentage",
    "scales-mixed.limits": "{value} is a proportion, but other shares of failing candidates are percentages. "
    "Use one kind for all",
    "scale-unknown.limits": "no share of failing candidates is above {value}, so percentages cannot be told "
    "from shares out of 10. Write a per cent sign, or proportions from 0 to 1",
    "rated-twice": "{argument} contains {judge} twice. Keep one row of each judge",
    "not-a-number": "`{value}` is not a number",
    "limits-reversed": "`min_cut` is above `max_cut`",
    "limits-reversed.shares": "the proportions of failing candidates must rise from `min_fail` to "
    "`max_fail`, from 0 to 1 or in percent",
    "no-compromise": "the curve of failing candidates does not cross the limits of the judges: cuts from "
    "{low:.2f} to {high:.2f}, failing from {least:.0%} to {most:.0%}",
    # notes
    "judges-agree": "all judges have the same limits. A standard error of 0 shows that they agree, not that "
    "other judges would",
    "no-judgement": "left out, without a judgement: {n:,} [person|persons]",
    "group-small": "the cut is based on a group of {n} [candidate|candidates]. {few} or more make it more "
    "stable",
    "groups-apart.touch": "the groups overlap at {low:g} points alone, and the cut is there",
    "groups-apart": "the groups do not overlap. Every cut above {low:g} up to {high:g} separates them "
    "completely. The midpoint is used, without a standard error",
    "no-spread": "all scores of the group are {score:g}, so the standard error of 0 says nothing about other "
    "candidates",
    "grade-gap": "grades: the highest grade is {codes}, and no candidate has {low:g} to {high:g}. If {codes} "
    "stands for no grade, leave the cells blank. Here it counts as a grade",
    "grade-below-0": "grades: {grade:g} is the only grade below 0. If it stands for no grade, leave the "
    "cells blank. Here it counts as a grade",
    "border-outside": "the border is outside the grades that were given, so the line is extrapolated",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
note = sentences(TEXTS)


def borderline_group(
    scores: object,
    borderline: object = None,
    *,
    centre: str = "median",
    points: float | None = None,
    totals: object = None,
    adjust_se: float = 0,
) -> CutScore:
    """Return the borderline-group cut: the median or mean score of the persons judged borderline.

    Parameters
    ----------
    scores : vector, or persons × items
        Total scores, or responses, which are summed; persons without a score are excluded.
    borderline : sequence of bool or str, optional
        Whether each person is borderline, or the group of each person: `borderline`, `competent`, `not
        competent`; by default all persons are borderline.
    centre : {"median", "mean"}
    points : float, optional
        The full score, if known.
    totals : vector, or persons × items, optional
        Scores of all persons, for the pass rates in `impact`; by default the scores of the persons judged.
    adjust_se : float
        As for `angoff`.

    Returns
    -------
    CutScore
        `se` is the error of sampling persons; for the median that of Maritz & Jarrett.

    Raises
    ------
    ArgumentError
        If the group is empty, or the cut is outside the scale.

    See Also
    --------
    contrasting_groups, borderline_regression

    Notes
    -----
    Livingston & Zieky (1982). The error of the mean is s / √n, that of the median Maritz & Jarrett's (1978,
    Journal of the American Statistical Association 73, 194–196): where w_i is the probability that the middle
    order statistic of n draws from the scores is the i-th score,

        SE² = Σ w_i x_(i)² − (Σ w_i x_(i))²,   w_i = I(i/n; m, n − m + 1) − I((i − 1)/n; m, n − m + 1)

    This is the exact standard deviation of the bootstrap median, to which `boot::boot` in R converges with
    many draws. m = (n + 1)/2 is the rank of the median; for even n it is not an integer, which the incomplete
    beta function allows.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.borderline_group([10, 12, 11, 15, 20], [True, True, True, False, False])
    >>> found.cut, round(found.se, 2)
    (11.0, 0.72)
    """
    settings = checked(centre=centre)
    values = total_scores(scores)
    group = np.ones(len(values))
    if borderline is not None:
        of_groups = {"competent": 0.0, "borderline": 1.0, "not competent": 0.0}
        group = _mask("borderline", borderline, len(values), of_groups)
    values, group, lacking = _of_the_judged(values, group)
    judged = np.isfinite(values)
    if not (member := judged & (group == 1)).any():
        raise DataError(note("group-empty"))
    full = _full(points, values)
    own = np.sort(values[member])
    n, mean, median = len(own), float(own.mean()), float(np.median(own))
    sd = float(own.std(ddof=1)) if n > 1 else None
    cut = mean if settings["centre"] == "mean" else median
    notes, se = [*lacking, *_of_persons(scores, n)], math.nan if sd is None else sd / math.sqrt(n)
    if n > 1 and own[0] == own[-1]:
        se, sd = 0.0, 0.0
        notes.append(note("no-spread", score=own[0]))
    elif settings["centre"] == "median" and n > 1:
        from scipy.special import betainc

        middle = (n + 1) / 2
        weights = np.diff(betainc(middle, n - middle + 1, np.arange(n + 1) / n))
        se = math.sqrt(max(float(weights @ np.square(own - float(weights @ own))), 0.0))
    ends = {"lowest": float(own[0]), "highest": float(own[-1])}
    return cut_score(
        "borderline-group", cut, se, full, adjust_se, totals, values, judged_alone=values[judged],
        n_candidates=n, settings=settings,
        details={"mean": mean, "median": median, "sd": sd} | ends, notes=notes,
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
    """Return the contrasting-groups cut: the score from which a person is more likely competent than not.

    Parameters
    ----------
    scores : vector, or persons × items
        Total scores, or responses, which are summed.
    competent : sequence of bool or str
        Whether each person was judged competent, or the group of each person: `competent`, `not competent`,
        `borderline`; None for persons not judged, who are excluded like borderline persons.
    probability : float
        The probability that a person at the cut is judged competent, above 0 and below 1.
    equal_groups : bool
        Whether to compute the cut as if both groups were of equal size.
    points : float, optional
        The full score, if known.
    totals : vector, or persons × items, optional
        As for `borderline_group`.
    adjust_se : float
        As for `angoff`.

    Returns
    -------
    CutScore
        By logistic regression; midway between the groups, without an error, if they do not overlap.

    Raises
    ------
    ArgumentError
        If a group is empty, or the competent persons do not score higher.

    See Also
    --------
    borderline_group

    Notes
    -----
    Logistic regression by maximum likelihood: ln(p / (1 − p)) = β₀ + β₁ x, and with P the `probability`

        cut = (ln(P / (1 − P)) − β₀) / β₁

    with the delta method's error, ∂cut/∂β₀ = −1/β₁ and ∂cut/∂β₁ = −cut/β₁. The cut depends on the sizes of
    the groups, n₁ competent and n₀ not; with `equal_groups` their effect, ln(n₁/n₀), is subtracted from β₀.
    If the groups share a single score or none, the likelihood has no maximum. Livingston & Zieky (1982);
    Cizek & Bunch (2007, ch. 8). R's `glm(competent ~ score, binomial)` and the delta method (`MASS::dose.p`).

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.contrasting_groups([8, 9, 11, 12, 10, 13, 14, 15], [0, 0, 0, 0, 1, 1, 1, 1])
    >>> round(found.cut, 2), found.details["competent_below"]
    (11.5, 1)
    """
    settings = checked(probability=probability, equal_groups=equal_groups)
    values = total_scores(scores)
    of_groups = {"competent": 1.0, "borderline": _NEITHER, "not competent": 0.0}
    group = _mask("competent", competent, len(values), of_groups)
    values, group, lacking = _of_the_judged(values, group)
    kept = np.isfinite(values) & (group != _NEITHER)
    own, able = values[kept], group[kept] == 1
    sizes = int(able.sum()), int((~able).sum())
    if not all(sizes):
        raise DataError(note(f"group-empty.{'others' if sizes[0] else 'competent'}"))
    full = _full(points, values)
    means = float(own[able].mean()), float(own[~able].mean())
    if means[0] <= means[1]:
        raise DataError(note("groups-reversed", competent=means[0], others=means[1]))
    least, most = float(own[able].min()), float(own[~able].max())
    cut, se, intercept, slope = (least + most) / 2, math.nan, math.nan, math.nan
    notes = [*lacking, *_of_persons(scores, min(sizes))]
    if least >= most:
        key = "groups-apart" + ".touch" * (least == most)
        notes.append(note(key, low=most, high=least))
    else:
        (intercept, slope), covariance = _logistic_regression(own, able)
        chance = settings["probability"]
        shift = math.log(sizes[0] / sizes[1]) if settings["equal_groups"] else 0.0
        cut = (math.log(chance / (1 - chance)) + shift - intercept) / slope
        gradient = np.array([-1.0, -cut]) / slope
        se = math.sqrt(gradient @ covariance @ gradient)
    passed = own >= cut - 1e-9
    details = {
        "competent": sizes[0], "not_competent": sizes[1], "mean_competent": means[0],
        "mean_not_competent": means[1], "intercept": intercept, "slope": slope,
        "competent_below": int((able & ~passed).sum()), "not_competent_above": int((~able & passed).sum()),
    }  # fmt: skip
    return cut_score(
        "contrasting-groups", cut, se, full, adjust_se, totals, values, judged_alone=own,
        n_candidates=len(own), settings=settings, details=details, notes=notes,
    )  # fmt: skip


def _logistic_regression(x: Floats, is_one: Bools) -> tuple[tuple[float, float], Floats]:
    """Intercept and slope, and their covariance (2, 2), by iteratively reweighted least squares."""
    centre, scale = float(x.mean()), float(x.std()) or 1.0
    design = np.column_stack([np.ones(len(x)), (x - centre) / scale])
    beta, information = np.zeros(2), np.eye(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -700, 700)))
        information = design.T @ (design * (p * (1 - p))[:, None])
        step = np.linalg.solve(information, design.T @ (is_one - p))
        beta = beta + step
        if np.abs(step).max() < 1e-12:
            break
    # back to scores as they are: z = (x − centre) / scale
    back = np.array([[1.0, -centre / scale], [0.0, 1.0 / scale]])
    intercept, slope = (back @ beta).tolist()
    return (intercept, slope), back @ np.linalg.inv(information) @ back.T


def borderline_regression(
    scores: object,
    grades: object,
    border: float,
    *,
    points: float | None = None,
    totals: object = None,
    adjust_se: float = 0,
) -> CutScore:
    """Return the borderline-regression cut: the score predicted at the borderline grade.

    Parameters
    ----------
    scores : vector, or persons × items
        Total scores, or responses, which are summed.
    grades : sequence of float
        The global grade of each person; NaN if missing.
    border : float
        The grade of borderline persons.
    points : float, optional
        The full score, if known.
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
        If there is only one grade, or scores do not rise with grades.

    See Also
    --------
    borderline_group

    Notes
    -----
    With grades x and the borderline grade g,

        cut = ȳ + β (g − x̄),   SE² = s² (1/n + (g − x̄)² / Σ(x − x̄)²),   s² = Σ e² / (n − 2)

    SE is unknown with two persons. Kramer et al. (2003, Medical Education 37, 132–139). R's `predict(lm(score
    ~ grade), data.frame(grade = border), se.fit = TRUE)`.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.borderline_regression([10, 12, 15, 17, 20], [1, 2, 2, 3, 4], border=2)
    >>> round(found.cut, 2), round(found.se, 2)
    (13.46, 0.59)
    """
    settings = checked(border=border)
    values = total_scores(scores)
    x = vector("grades", grades, len(values), missing=True, low=-GREATEST_POINTS, high=GREATEST_POINTS)
    values, x, lacking = _of_the_judged(values, x)
    kept = np.isfinite(values)
    y, x = values[kept], x[kept]
    if len(set(x.tolist())) < 2:
        raise DataError(note("one-grade"))
    full = _full(points, values)
    n, at = len(y), settings["border"]
    off, away = x - x.mean(), at - float(x.mean())
    sxx = float(off @ off)
    beta = float(off @ y) / sxx
    if beta <= 0:
        raise DataError(note("groups-reversed.grades"))
    rest = y - y.mean() - beta * off
    s2 = float(rest @ rest) / (n - 2) if n > 2 else math.nan
    cut, se = float(y.mean()) + beta * away, math.sqrt(s2 * (1 / n + away**2 / sxx))
    notes = [*lacking, *_of_persons(scores, n), *_of_grades(np.unique(x))]
    if not x.min() <= at <= x.max():
        notes.append(note("border-outside"))
    r = float(np.corrcoef(x, y)[0, 1]) if np.ptp(y) > 0 else None
    return cut_score(
        "borderline-regression", cut, se, full, adjust_se, totals, values, judged_alone=y, n_candidates=n,
        settings=settings, details={"r": r, "borderline": int((x == at).sum())}, notes=notes,
    )  # fmt: skip


def _of_grades(grades: Floats) -> Iterator[Note]:
    """Which of the different grades, which rise, may stand for no grade."""
    if codes := codes_above(grades):
        values = {
            "codes": shown([f"{one:g}" for one in codes[1:]]),
            "low": codes[0] + 1,
            "high": codes[1] - 1,
        }
        yield note("grade-gap", **values)
    if np.count_nonzero(grades < 0) == 1 and len(grades) > 3:
        yield note("grade-below-0", grade=grades[0])


def hofstee(scores: object, limits: object, *, points: float | None = None, adjust_se: float = 0) -> CutScore:
    """Return Hofstee's compromise cut between the limits that judges find acceptable.

    Parameters
    ----------
    scores : vector, or persons × items
        Total scores, or responses, which are summed.
    limits : data frame or mapping of columns
        A row for each judge: `min_cut` and `max_cut`, the lowest and highest acceptable cut in points, or as
        `"45%"` of the full score, `min_fail` and `max_fail`, the lowest and highest acceptable fail rate, as
        proportions or percentages.
    points : float, optional
        The full score, if known.
    adjust_se : float
        As for `angoff`.

    Returns
    -------
    CutScore
        `details` has the proportion `failing` at the cut, and the means of the limits.

    Raises
    ------
    ArgumentError
        If limits are in reverse order or may be on a different scale, or the fail rate does not cross the
        line.

    See Also
    --------
    angoff

    Notes
    -----
    The diagonal runs from the means over judges of (`min_cut`, `max_fail`) to those of (`max_cut`,
    `min_fail`); the curve is the proportion of scores below a cut, interpolated linearly between adjacent
    distinct scores. The error over judges is that of the jackknife, SE² = (n − 1)/n Σ (c_(j) − c̄)², where
    c_(j) is the cut without judge j; it is unknown if some c_(j) does not exist. Hofstee (1983). We know of
    no R package that implements the method.

    Examples
    --------
    >>> import examgen.stats as es
    >>> limits = {"min_cut": [7, 8], "max_cut": [11, 12], "min_fail": [0.1, 0.1], "max_fail": [0.6, 0.5]}
    >>> found = es.hofstee(es.example(n_items=20), limits)
    >>> round(found.cut, 2), round(found.details["failing"], 2)
    (8.92, 0.39)
    """
    values = total_scores(scores)
    full = _full(points, values)
    faults = RowFaults("limits")
    of_judges, judges = _limits(limits, full, float(np.nanmax(values)), faults)
    low, high, least, most = of_judges.values()
    wrong = {
        ("limits-reversed.shares", "min_fail"): (least < 0) | (least > most) | (most > 1),
        ("limits-reversed", "min_cut"): low > high,
    }
    for (code, name), rows in wrong.items():
        for row in np.flatnonzero(rows).tolist():
            faults.add(row, name, note(code))
    faults.end()
    seen = values[np.isfinite(values)]
    judged = np.column_stack([low, high, least, most])
    n, means = len(judged), judged.mean(axis=0).tolist()
    cut, failing = _crossing(seen, *means)
    if not math.isfinite(cut):
        raise DataError(
            note("no-compromise", **dict(zip(("low", "high", "least", "most"), means, strict=True)))
        )
    se = math.nan
    if n > 1:
        others = [np.delete(judged, j, axis=0).mean(axis=0) for j in range(n)]
        without = np.array([_crossing(seen, *own)[0] for own in others])
        se = math.sqrt((n - 1) / n * np.square(without - without.mean()).sum())
    agree = n > 1 and bool((judged == judged[0]).all())
    return cut_score(
        "hofstee", cut, 0.0 if agree else se, full, adjust_se, None, values, n_judges=n,
        n_candidates=len(seen), details={"failing": failing, **dict(zip(_LIMITS, means, strict=True))},
        notes=[*_of_judges(judges, n), *summaries(judged, judges), *([note("judges-agree")] * agree)],
    )  # fmt: skip


def _of_judges(judges: Sequence[str], n: int) -> Iterator[Note]:
    """The notes on names of judges that are alike, and on a single judge."""
    if spelled := alike_names(judges):
        yield of_ratings("judges-spelled", names=shown(spelled))
    if n == 1:
        yield of_ratings("one-judge")


def _crossing(scores: Floats, low: float, high: float, least: float, most: float) -> tuple[float, float]:
    """Where the curve of those who fail crosses the diagonal from (low, most) to (high, least): the cut, and
    the share who fail at it; NaN where they do not meet."""
    values, counts = np.unique(scores, return_counts=True)
    below = np.concatenate([[0.0], np.cumsum(counts)]) / len(scores)
    at = np.append(values, values[-1] + 1)  # candidates with the greatest score fail at the next point
    if high - low <= 1e-12:
        share = float(np.interp(low, at, below))
        return (low, share) if least <= share <= most else (float(np.nan), float(np.nan))

    knots = np.unique([low, high, *at[(at > low) & (at < high)]])
    gap = np.interp(knots, at, below) - (most + (least - most) * (knots - low) / (high - low))
    if gap[0] > 0 or gap[-1] < 0:
        return float(np.nan), float(np.nan)
    ends = slice(max(int(np.argmax(gap >= 0)) - 1, 0), int(np.argmax(gap >= 0)) + 1)
    cut = float(np.interp(0.0, gap[ends], knots[ends]))
    return cut, float(np.interp(cut, at, below))


def _limits(
    limits: object, full: float | None, highest: float, faults: RowFaults
) -> tuple[dict[str, Floats], list[str]]:
    """What each judge can bear: cuts in points, shares who fail from 0 to 1; NaN of cells with a fault. And
    the names of the judges."""
    either = {"judge": COLUMNS["judge"]} | {name: HEADINGS[name] for name in _LIMITS}
    table = columns_by_name("limits", limits, _LIMITS, either)
    n_judges = len(table["min_cut"])
    if not n_judges:
        raise ArgumentError("limits has no judge; expected one at least")
    judges = names_in(table.get("judge", ()), "judge", "limits")
    if twice := [one for n, one in enumerate(judges) if one in judges[:n]]:
        raise DataError(note("rated-twice", argument=Argument("limits"), judge=twice[0]))
    numbers = {name: [read_number(value) for value in table[name]] for name in _LIMITS}
    for name, own in numbers.items():
        for row, (limit, value) in enumerate(zip(own, table[name], strict=True)):
            if limit is None:
                faults.add(row, name, note("not-a-number", value=str(value)[:40]))
            elif abs(limit[0]) > GREATEST_POINTS:
                ends = f" from {-GREATEST_POINTS:g} to {GREATEST_POINTS:g}"
                raise ArgumentError(f"limits[{name!r}][{row}] is {brief(value)}; expected a number{ends}")
    cuts = [(name, row, one) for name in _LIMITS[:2] for row, one in enumerate(numbers[name]) if one]
    for name, row, (points, is_percent) in cuts:
        if is_percent and full is None:
            raise ArgumentError(note("no-maximum", points=Argument("points")))
        above = full is not None and points > full
        if points < 0:
            faults.add(row, name, note("limit-unknown.below", value=f"{float(points):g}"))
        elif not is_percent and (above or (0 < points < 1 < highest)):
            values = {"value": f"{float(points):g}", "most": full}
            values["percent"] = f"{float(points if above else 100 * points):g}%"
            faults.add(row, name, note("limit-unknown" + ".above" * above, **values))
    fails = [(row, name) for row in range(n_judges) for name in _LIMITS[2:]]
    shares = [numbers[name][row] for row, name in fails]
    scale, odd = scale_of([str(row) for row, _ in fails], shares, uncertain=_OF_TEN)
    for code, k in odd:
        faults.add(*fails[k], note(f"{code}.limits", value=shown_number(shares[k])))
    sure = {"min_cut": full or 1, "max_cut": full or 1}
    unit = {"min_cut": 1, "max_cut": 1} | dict.fromkeys(_LIMITS[2:], 1 if scale == "share" else 100)
    return {
        name: np.array([
            math.nan if one is None
            else float(one[0]) * sure.get(name, 1) / 100 if one[1] else float(one[0]) / unit[name]
            for one in own
        ])
        for name, own in numbers.items()
    }, judges  # fmt: skip


def unjudged(n: int) -> list[Note]:
    """Return a note on n persons without a judgement, if there are any."""
    return [note("no-judgement", n=n)] if n else []


def _of_the_judged(values: Floats, judgements: Floats) -> tuple[Floats, Floats, list[Note]]:
    """The scores and judgements of the persons who have one, and the note on the others."""
    there = np.isfinite(judgements)
    return values[there], judgements[there], unjudged(int(np.count_nonzero(~there)))


def _of_persons(scores: object, n: int) -> list[Note]:
    """That a group of n is small, and that ids of responses repeat."""
    alone = totals_alone("scores", scores)
    ids = alone.get("id") if alone else as_responses(scores).persons
    return [*repeated_ids(ids), *([] if n >= FEW else [note("group-small", n=n, few=FEW)])]


def _full(points: float | None, values: Floats) -> float | None:
    """The full score, which no score exceeds."""
    if points is None:
        return None
    most, highest = number("points", points, 0, GREATEST_POINTS), float(np.nanmax(values))
    if highest > most + 1e-9:
        raise DataError(note("score-outside-scale", score=highest, most=most))
    return most


def group_named(text: str) -> str | None:
    """Return the group of persons that a text names, or None if it names no group."""
    plain = plain_text(text).replace("-", "")
    return next((group for group, names in GROUPS.items() if plain in names), None)


def _mask(name: str, values: object, n: int, of_groups: Mapping[str, float]) -> Floats:
    """(n,) 1, 0 or NaN, of groups in words the number that they have."""
    cells, faults, in_words = objects(name, values).tolist(), RowFaults(name), set[int]()
    for row, cell in enumerate(cells):
        if isinstance(cell, str) and number_of(cell) is None:
            if (group := group_named(cell)) is None:
                faults.add(row, None, note("group-unknown", text=cell[:40]))
            else:
                cells[row] = of_groups[group]
                in_words.add(row)
    faults.end()
    found = vector(name, cells, n, missing=True)
    for row in np.flatnonzero(np.isfinite(found) & (found != 0) & (found != 1)).tolist():
        if row not in in_words:
            faults.add(row, None, note("group-unknown", text=f"{found[row]:g}"))
    faults.end()
    return found
