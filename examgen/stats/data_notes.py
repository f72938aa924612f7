"""Notes on suspicious data that every analysis reports: repeated ids, blank sheets, numbers that may not be
scores."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from examgen.stats.arguments import absent, alike_names, collection, shown
from examgen.stats.contradictions import contradictions, reversed_halves, reversed_in_files
from examgen.stats.irt_models import Note as FitNote
from examgen.stats.item_moments import MOST_ITEMS, Moments, WithoutItems, covariances, moments, without_items
from examgen.stats.matrix import NOT_ADMINISTERED, OMITTED, Bools, Floats
from examgen.stats.response_data import Responses
from examgen.stats.results import Argument, Note, sentences
from examgen.stats.summaries import two_scales

_SURELY, _FALLS = 3.0, 2.5
"""Standard errors; what is farther off is not by chance, or where the opposite is to be expected."""
_HAVE_CODE = 5
"""Persons who have a score that may be none."""
_MOST_OCCUR = 0.7
"""A scale of so many candidates of whose whole scores a smaller share occurs is one of other steps."""
_LEAST_GAP = 4
"""Between the scores of an item and a number that may stand for no answer."""
_MOST_PARTS = 30
"""Points of an item; a column of higher numbers is hardly one."""
_FEW = 10
"""Of fewer scores none is called far from the others; and items and persons on either side by which a column
is one of pass marks."""
_WIDE = 10
"""Points from the lowest to the highest score of a column that may be no item, such as an age."""
_LITTLE, _MUCH = 0.3, 0.7
"""Correlations with the sum of all others: an age has little, an item seldom much."""
_UNRELATED = 1.96
"""Correlation with all others, in standard errors, up to which a column does not go with them."""
_OFTEN, _ENOUGH = 0.05, 50
"""Share of persons with the lowest score of an item, and how many persons: where the scale begins at 0, so
many would not all have more."""
_MOST_STRAY = 0.01
"""Of the cells of an item; so few with another score may be slips."""
_MOST_SUMS, _ROWS_PER_ITEM = 60, 4
"""Columns that may be sums, and rows by which their parts are found before all are compared."""
TEXTS: dict[str, str] = {
    "of-items": "{items}: {message}",
    "ids-repeated": "{n} [row repeats|rows repeat] an id; each row counts as a separate candidate",
    "ids-alike": "{n} [id differs|ids differ] from [another|others] only in zeros at the beginning "
    "({names}), and [counts|count] as [another candidate|other candidates]. Write each id in one way if it "
    "is one person",
    "blank-sheets": "{n} [candidate|candidates] answered nothing and [counts|count] with 0 points",
    "omitted-scores": "{n} [answer is|answers are] omitted (a code for it, or a number below 0) and "
    "[counts|count] as missing. Write 0 for an answer that counts as wrong",
    "gap": "{items}: the highest score is {codes}, and no candidate has {low} to {high}. If {codes} stands "
    "for no answer, name it in {argument}. Here it counts as points",
    "from-1": "{items}: every score is 1 or 2, and all other items have 0 and 1. Here they count as points. "
    "Subtract 1 from them if 1 stands for a wrong answer",
    # refusals
    "not-0-1.stray": "{items}: {n} [cell is {score}|cells are above 1] ({persons}), and all [other "
    "cells|others] are 0 or 1. Correct [it|them] if [it is a slip|they are slips]",
    "not-0-1.code": "{items}: the highest score is {codes}, and no candidate has {low:g} to {high:g}. If "
    "{codes} stands for no answer, name it in {argument}",
    "not-0-1.from-1": "{items}: every score is 1 or 2. Subtract 1 in the data if 1 stands for a wrong "
    "answer. If it is not an item, leave it out with {argument}",
    "not-0-1.numbers": "{items} has scores from {low:g} to {high:g}. If it is not an item, leave it out with "
    "{argument}",
    # notes on total scores
    "below-0": "{scores}: {n:,} [score is|scores are] below 0 and [counts|count] as points. Leave the "
    "[cell|cells] blank if [it stands|they stand] for no score",
    "cut-below-1": "a cut of {cut:g} is below one point. Cuts are in points; {cut:.0%} of the maximum score "
    "of {most:g} would be {points:g}",
    "far-scores": "{scores}: {n} [score is|scores are] {code:g}, and all others are from {low:g} to "
    "{high:g}. Leave the [cell|cells] blank if [it stands|they stand] for no score. Here [it counts|they "
    "count] as points",
    "shares": "{scores}: no score is above 1 of {most:g} points. If the scores are proportions, multiply "
    "them by {most:g}",
    "far-below-full": "{scores}: no score is above {high:g} of {most:g} points. Check that the full score of "
    "these scores is {most:g}",
    "is-pass-mark": "{items} is 1 where the points on the other items are {cut:g} or more, and else 0. If "
    "it is a mark of who passed, leave it out with {argument}",
    "is-sum": "{items} is the sum of all other items. If it is a total, leave it out with {argument}",
    "is-sum.some": "{items} is the sum of {others}. If it is a total, leave it out with {argument}",
    "same-items": "{items}: every candidate has the same score on these items. If a column stands twice, "
    "leave one out with {argument}",
    "items-alike": "{items}: names of different files that differ only in capital letters or spaces, and "
    "count as different items. Write each name in one way",
    "zero-sheets": "{n} [candidate has|candidates have] 0 on every item. Leave the [row|rows] out if [the "
    "candidate was|they were] absent",
    "stray-score": "{items}: {n} [cell is {score}|cells are above 1] ({persons}), and all [other "
    "cells|others] are 0 or 1. Correct [it|them] if [it is a slip|they are slips]",
    "no-zero": "no candidate has 0 on any item; the lowest score is {least}. Scores count from 0. If the "
    "scores begin at {least}, subtract {least} first. If the cells are options, give their key",
    "no-zero.file": "file {file} has no 0 on any item, and other files have; its lowest score is {least}. "
    "If its scores begin at {least}, subtract {least} first",
    "no-zero.items": "{items}: no candidate has 0, and other items have it. Scores count from 0. If these "
    "begin at {least}, subtract {least} first",
    "forms-in-file": "no candidate answered both {first} and {second}, as if they were on different forms. "
    "A blank counts as a wrong answer here; {argument} leaves blanks out, and so does a file for each form",
    "code-among-scores": "{items}: candidates with the score {score} have fewer points on the other items "
    "than those with {lower}. If {score} stands for no answer, name it in {argument}. Here it counts as "
    "points",
    "reversed": "{items}: candidates with more points on the other items have fewer on [it|these]. Check "
    "[its key|their keys]",
    "reversed.scale": "{items}: candidates with more points on the other items have fewer on [it|these]. "
    "Check whether [its scale is|their scales are] turned round",
    "few-of-scale": "only {n} of the {of} whole scores from {low:g} to {high:g} occur. If the scores are "
    "percentages of fewer points, give the points and their maximum; figures that take the maximum for the "
    "number of items are too favourable here",
    "unlike": "{items} has scores from {low} to {high} and a standard deviation of {sd:.1f}, all other items "
    "together {others:.1f}. If it is not an item, leave it out with {argument}",
    "unlike.never-0.scale": "{items} has scores from {low} to {high}, which do not go with the other items, "
    "and every other item has 0. If it is not an item, leave it out with {argument}",
    "unlike.never-0": "{items} has scores from {low} to {high}, and all other items have 0 and 1. If it is "
    "not an item, leave it out with {argument}",
}
"""The messages by code; a pair holds the singular and the plural."""
note = sentences(TEXTS)


def notes_on_data(of: Responses, *, blank_sheets: bool = True) -> Iterator[Note]:
    """Yield notes on the persons and the scores that apply to any analysis.

    Parameters
    ----------
    of : Responses
    blank_sheets : bool
        Whether to report blank sheets; an analysis that excludes them reports them itself.
    """
    yield from repeated_ids(of.persons)
    if blank_sheets and (n := int(np.count_nonzero(are_blank(of)))):
        yield note("blank-sheets", n=n)
    yield from notes_on_columns(of)
    with_rest = _with_rest(of.cells)
    if reversed_ := [name for name, z in zip(of.items, with_rest, strict=True) if z < -_SURELY]:
        has_key = of.choices is not None or of.cells.max(initial=0) <= 1
        yield note("reversed" if has_key else "reversed.scale", n=len(reversed_), items=shown(reversed_))
    else:
        yield from reversed_halves(of)
    if of.cells.max(initial=0) <= 1 or of.n_items > MOST_ITEMS:  # right and wrong are scores
        return
    sums = moments(of.cells)
    live = np.nan_to_num(sums.variance) > 0
    rest = without_items(covariances(sums, live).covariance)
    yield from notes_on_scores(sums, live, rest, of.items, of.unit)


def notes_on_columns(of: Responses) -> Iterator[Note]:
    """Yield notes on suspicious rows, columns and cells: columns that are totals or copies of others, slips,
    absent persons."""
    yield from _sums_of_others(of)
    yield from _pass_marks(of)
    yield from contradictions(of)
    if len(of.starts) > 1:
        yield from reversed_in_files(
            of, np.array([_with_rest(part) for part in np.split(of.cells, of.starts[1:])])
        )
    if len(of.starts) > 1 and (alike := alike_names(of.items)):
        yield note("items-alike", items=shown(alike))
    columns: dict[bytes, list[int]] = {}
    for j, own in enumerate(np.ascontiguousarray(of.cells.T)):
        _, counts = np.unique(own, return_counts=True)
        if len(own) - counts.max(initial=0) >= _FEW:  # else by chance
            columns.setdefault(hashlib.blake2b(own).digest(), []).append(j)
    for same in columns.values():
        if len(same) > 1:
            yield note("same-items", items=shown([of.items[j] for j in same]), argument=Argument("exclude"))
    totals = np.maximum(of.cells, 0).sum(axis=1, dtype=np.int64)
    zero = (totals == 0) & (of.cells >= 0).any(axis=1) & ~are_blank(of)
    low = np.count_nonzero((totals > 0) & (totals <= 2 * of.unit))
    if of.n_items >= _FEW and (n := int(np.count_nonzero(zero))) > low:
        yield note("zero-sheets", n=n)
    yield from (note("stray-score", **one) for one in _stray_scores(of))
    yield from _forms_in_one(of)
    yield from _codes_among_scores(of)
    least = [int(part[part >= 0].min(initial=127)) for part in np.split(of.cells, of.starts[1:])]
    for n, lowest in enumerate(least, start=1):
        if 0 < lowest < 127 and min(least) == 0:
            yield note("no-zero.file", file=n, least=lowest)


def _forms_in_one(of: Responses) -> Iterator[Note]:
    """That items were answered by different candidates, where blanks count as wrong."""
    if of.choices is None or not of.n_items:
        return
    answered = (of.choices.cells >= 0).astype(np.float32)
    blank = ((of.choices.cells < 0) & (of.cells == 0)).astype(np.float32)
    apart = (answered.T @ answered == 0) & (answered.T @ blank >= _FEW) & (blank.T @ answered >= _FEW)
    if apart.any():
        first, second = (of.choices.items[int(j)] for j in np.argwhere(apart)[0])
        argument = Argument("missing", {None: "not_administered"})
        yield note("forms-in-file", first=first, second=second, argument=argument)


def falls_at_the_top(scores: Floats, others: Floats) -> float:
    """Return z for the difference between the mean of `others` (N,) of persons with the highest of the
    `scores` (N,) and that of persons with the second highest. It should be positive; NaN if either group is
    small."""
    values = np.unique(scores)
    parts = [others[scores == one] for one in values[-2:]]
    if len(values) < 3 or min(map(len, parts)) < _HAVE_CODE:
        return np.nan
    error = np.sqrt(sum(one.var(ddof=1) / len(one) for one in parts))
    return float((parts[1].mean() - parts[0].mean()) / error) if error > 0 else np.nan


def _codes_among_scores(of: Responses) -> Iterator[Note]:
    """That the highest score of items may stand for no answer: with a score one has more on the others.

    Of an item that goes against the others, also without its highest score, this tells nothing.
    """
    if of.unit > 1:
        return
    most = of.cells.max(axis=0, initial=0)
    plain = (of.cells >= 0) & ((of.cells < most) | (most < 2))  # what is no code, if the highest are
    against, known = _with_rest(of.cells) < -_SURELY, np.where(plain, of.cells, -1)
    turned = against.copy()
    for j in np.flatnonzero(against).tolist():
        turned[j] = _with_rest(np.column_stack((known[:, j], known[:, ~against])))[0] < 0
    plain &= ~turned
    points = np.where(plain, of.cells, 0) / np.maximum(most - 1.0, 1.0)
    totals, counts = points.sum(axis=1), plain.sum(axis=1)
    falls: list[tuple[int, int, str, float]] = []
    for j in np.flatnonzero((most > 1) & ~turned).tolist():
        there = of.cells[:, j] >= 0
        own = of.cells[there, j].astype(np.float64)
        values = np.unique(own)
        others = (totals - points[:, j]) / np.maximum(counts - plain[:, j], 1)
        z = np.nan if codes_above(values) else falls_at_the_top(own, others[there])
        if np.isfinite(z):
            falls.append((int(values[-2]), int(values[-1]), of.items[j], z))
    for lower, score, names in those_that_fall(falls):
        argument = Argument("missing")
        yield note("code-among-scores", items=names, score=score, lower=lower, argument=argument)


def those_that_fall(falls: Sequence[tuple[Any, Any, str, float]]) -> Iterator[tuple[Any, Any, str]]:
    """Yield the two highest scores, and the names of the items that fall at them, if the `falls_at_the_top`
    of all items that have these scores are together lower than chance explains."""
    for ends in dict.fromkeys(one[:2] for one in falls):
        some = [one for one in falls if one[:2] == ends]
        if sum(z for *_, z in some) < -_FALLS * np.sqrt(len(some)):
            yield *ends, shown([name for *_, name, z in some if z < 0])


def _with_rest(cells: NDArray[np.integer]) -> Floats:
    """(J,) z of the correlation of each item with the share of points on the others, of scores (N, J), below
    0 where there is none; 0 where unknown."""
    there = cells >= 0
    points, most = np.where(there, cells, 0).astype(np.float64), cells.max(axis=0, initial=0)
    total, full = points.sum(axis=1), (there * most).sum(axis=1, dtype=np.float64)
    found = np.zeros(cells.shape[1])
    for j in range(cells.shape[1]):
        some = there[:, j] & (full > most[j])
        own, rest = points[some, j], (total - points[:, j])[some] / (full - most[j])[some]
        if len(own) > 3 and np.ptp(own) and np.ptp(rest):
            r = float(np.corrcoef(own, rest)[0, 1])
            found[j] = np.arctanh(np.clip(r, -0.999, 0.999)) * np.sqrt(len(own) - 3)
    return found


def few_of_scale(scores: Floats) -> Iterator[Note]:
    """Yield a note if many whole numbers in the middle of the range of total scores do not occur, as with
    percentages."""
    low, high = (float(one) for one in np.quantile(scores, (0.1, 0.9)))
    whole = np.arange(np.ceil(low), np.floor(high) + 1.0)
    n = int(np.isin(whole, scores).sum())
    if len(whole) >= _FEW and len(scores) >= 3 * len(whole) and n < _MOST_OCCUR * len(whole):
        yield note("few-of-scale", n=n, of=len(whole), low=whole[0], high=whole[-1])


def _stray_scores(of: Responses) -> list[dict[str, Any]]:
    """Of items with few cells above 1, where all others have 0 and 1, which score it is and whose."""
    above = np.count_nonzero(of.cells > 1, axis=0) if of.unit == 1 else np.zeros(of.n_items)
    known = np.count_nonzero(of.cells >= 0, axis=0)
    stray = (above > 0) & (above <= np.maximum(1, _MOST_STRAY * known)) & (known > _FEW)
    if not stray.any() or above[~stray].any() or 2 * np.count_nonzero(stray) > of.n_items:
        return []
    found = []
    for j in np.flatnonzero(stray).tolist():
        persons = [str(of.persons[row]) for row in np.flatnonzero(of.cells[:, j] > 1)]
        values = {"items": of.items[j], "score": int(of.cells[:, j].max()), "persons": shown(persons)}
        found.append({"n": len(persons), **values})
    return found


def _sums_of_others(of: Responses) -> Iterator[Note]:
    """That a column is the total of others, and no item."""
    if of.n_items < 3:
        return
    places = np.flatnonzero(of.cells.max(axis=0, initial=0) > 1).tolist()
    cells = np.maximum(of.cells, 0).astype(np.float64)
    first, totals = cells[: _ROWS_PER_ITEM * of.n_items], cells.sum(axis=1)
    for j in places:
        if (totals == 2 * cells[:, j]).all() and len(np.unique(cells[:, j])) > 2:
            yield note("is-sum", items=of.items[j], argument=Argument("exclude"))
        elif len(places) <= _MOST_SUMS and of.n_persons > of.n_items:
            others = np.delete(np.arange(of.n_items), j)
            weights = np.linalg.lstsq(first[:, others], first[:, j], rcond=None)[0]
            parts = others[np.rint(weights) == 1]
            if len(parts) > 1 and (cells[:, parts].sum(axis=1) == cells[:, j]).all():
                names = shown([of.items[k] for k in parts])
                yield note("is-sum.some", items=of.items[j], others=names, argument=Argument("exclude"))


def _pass_marks(of: Responses) -> Iterator[Note]:
    """That a column tells only who has so many points on the others, and is no item."""
    if of.unit > 1 or of.n_items < _FEW or (of.cells < 0).any():
        return
    totals = of.cells.sum(axis=1, dtype=np.int64)
    for j in np.flatnonzero(of.cells.max(axis=0, initial=0) == 1).tolist():
        passed, rest = of.cells[:, j] == 1, totals - of.cells[:, j]
        if _FEW <= passed.sum() <= len(rest) - _FEW and (cut := rest[passed].min()) > rest[~passed].max():
            yield note("is-pass-mark", items=of.items[j], cut=int(cut), argument=Argument("exclude"))


def repeated_ids(ids: object) -> Iterator[Note]:
    """Yield notes if persons have the same id, or ids that differ only in zeros at the beginning. `ids` are
    the ids of all persons, or None."""
    names = [one for one in (() if ids is None else collection("persons", ids)) if not absent(one)]
    if n := len(names) - len(set(names)):
        yield note("ids-repeated", n=n)
    different = {str(one) for one in names}
    zeros = sorted(one for one in different if one.startswith("0") and one.isdigit())
    if alike := [one for one in zeros if (one.lstrip("0") or "0") in different - {one}]:
        pairs = [f"{one} / {one.lstrip('0') or '0'}" for one in alike]
        yield note("ids-alike", n=len(alike), names=shown(pairs))


def omitted_scores(of: Responses) -> Iterator[Note]:
    """Yield the note on answers that are omitted in a table of scores, unless it is known from reading."""
    is_noted = any(getattr(one, "code", "") == "below-zero" for one in of.notes)
    if of.choices is None and not is_noted and (n := int(np.count_nonzero(of.cells == OMITTED))):
        yield note("omitted-scores", n=n)


def are_blank(of: Responses) -> Bools:
    """Return whether each person (N,) chose no option for any item and scored 0 for it."""
    if of.choices is None:
        return np.zeros(of.n_persons, dtype=np.bool_)
    cells = of.choices.cells
    blank = (cells < 0).all(axis=1) & (cells != NOT_ADMINISTERED).any(axis=1) & (of.cells == 0).any(axis=1)
    return np.asarray(blank)


def codes_above(scores: Floats) -> tuple[float, ...]:
    """Return the highest score of a scale without gaps, and one or two isolated numbers above it, such as 9,
    that may be codes for no answer; empty if there are none. `scores` are distinct and ascending."""
    if len(scores) < 3 or (scores != np.rint(scores)).any():
        return ()
    end = int(np.argmax(np.diff(scores))) + 1
    lower, upper = scores[:end], scores[end:]
    is_scale = len(lower) > 1 and lower[-1] - lower[0] == len(lower) - 1
    is_gap = is_scale and len(upper) <= 2 and upper[0] - lower[-1] >= _LEAST_GAP
    return (float(lower[-1]), *upper.tolist()) if is_gap else ()


def coded_from_1(names: Sequence[str], scores: Sequence[Floats]) -> list[str]:
    """Return the names of items with the scores 1 and 2 only, if all items with a score of 0 have 0 and 1.
    The distinct scores of each item are ascending."""
    kinds = [tuple(own.tolist()) for own in scores]
    others = {score for kind in kinds if 0 in kind for score in kind}
    return [*compress(names, [kind == (1, 2) for kind in kinds])] if others == {0, 1} else []


def not_right_or_wrong(of: Responses) -> Iterator[Note]:
    """Yield notes that explain why items have scores above 1 in a model for 0 and 1, unless these are partial
    scores."""
    if stray := _stray_scores(of):
        yield from (note("not-0-1.stray", **one) for one in stray)
        return
    most = of.cells.max(axis=0, initial=-1)
    never_0 = np.where(of.cells < 0, 127, of.cells).min(axis=0, initial=127) > 0
    for j in np.flatnonzero(of.cells.max(axis=0, initial=-1) > 1).tolist():
        scores = np.unique(of.cells[:, j][of.cells[:, j] >= 0]).astype(np.float64)
        name, low, high = of.items[j], float(scores[0]), float(scores[-1])
        if (found := codes_above(scores)) and found[0] == 1:
            codes = shown([f"{one:g}" for one in found[1:]])
            ends = {"low": 2, "high": found[1] - 1, "argument": Argument("missing")}
            yield note("not-0-1.code", items=name, codes=codes, **ends)
        elif set(scores.tolist()) == {1, 2}:
            yield note("not-0-1.from-1", items=name, argument=Argument("exclude"))
        elif low > 1 or high > _MOST_PARTS or (never_0[j] and most[~never_0].max(initial=0) == 1):
            ends = {"low": low, "high": high, "argument": Argument("exclude")}
            yield note("not-0-1.numbers", items=name, **ends)


def far_above(scores: Floats, counts: Floats | None = None) -> dict[str, float]:
    """Return the highest of the scores (N,), such as 99, if it is farther above the others than these are
    apart: as `code`, with the number `n` of persons who have it and the range of the others, `low` to `high`.
    Else return an empty dictionary. `counts` is the number of persons with each score."""
    counts = np.ones(len(scores)) if counts is None else counts
    seen = np.isfinite(scores) & (counts > 0)
    values, place = np.unique(scores[seen], return_inverse=True)
    persons = np.bincount(place, counts[seen])
    if len(values) < 3 or persons[:-1].sum() < _FEW:
        return {}
    low, high, code = float(values[0]), float(values[-2]), float(values[-1])
    is_far = code - high > max(high - low, _LEAST_GAP)
    return {"n": int(persons[-1]), "code": code, "low": low, "high": high} if is_far else {}


def notes_on_totals(
    scores: Floats, name: str, counts: Floats | None = None, *, below: bool = True, most: float | None = None
) -> Iterator[Note]:
    """Yield notes on total scores (N,) that look wrong: negative ones (if `below`), one far above all others,
    or proportions instead of points, `most` being the full score. `counts` is the number of persons with each
    score."""
    persons = np.ones(len(scores)) if counts is None else counts
    if below and (n := int(persons[scores < 0].sum())):
        yield note("below-0", scores=name, n=n)
    if far := far_above(scores, counts):
        yield note("far-scores", scores=name, **far)
    seen = scores[np.isfinite(scores)]
    if most is not None and seen.max() <= 1 < most and (seen != np.rint(seen)).any():
        yield note("shares", scores=name, most=most)
    elif most is not None and 2 * seen.max() < most:
        yield note("far-below-full", scores=name, high=float(seen.max()), most=most)
    yield from two_scales(scores, name, counts)


def cut_as_share(cut: float, most: float) -> Iterator[Note]:
    """Yield a note if a cut in points may be meant as a proportion of the full score."""
    if 0 < cut < 1 < most:
        yield note("cut-below-1", cut=cut, most=most, points=cut * most)


def notes_on_scores(
    sums: Moments, live: Bools, rest: WithoutItems, names: Sequence[str], unit: int
) -> Iterator[Note]:
    """Yield notes on numbers that may not be scores and columns that may not be items; with half points only
    the latter."""
    codes: dict[tuple[int, ...], list[int]] = {}
    places = np.flatnonzero(live).tolist() if unit == 1 else []
    scores = [np.flatnonzero(sums.counts[j]).astype(np.float64) for j in places]
    for j, own in zip(places, scores, strict=True):
        if found := codes_above(own):
            codes.setdefault(tuple(map(int, found)), []).append(j)
    for (last, *above), some in codes.items():
        yield note(
            "gap", items=shown([names[j] for j in some]), codes=shown(above), low=last + 1,
            high=above[0] - 1, argument=Argument("missing"),
        )  # fmt: skip
    if from_1 := coded_from_1([names[j] for j in places], scores):
        yield note("from-1", items=shown(from_1))
    if unit == 1 and np.count_nonzero(live) > 1 and (least := int(sums.least[live].min())) > 0:
        yield note("no-zero", least=least)
    noted = {j for some in codes.values() for j in some}
    with_0 = [j for j in places if sums.least[j] == 0]
    are_right_wrong = bool(with_0) and int(sums.greatest[with_0].max()) == 1
    for place, j in enumerate(np.flatnonzero(live).tolist()):
        low, high = int(sums.least[j]), int(sums.greatest[j])
        low_high = (low / unit, high / unit) if unit > 1 else (low, high)
        ends = {"low": low_high[0], "high": low_high[1], "items": names[j], "argument": Argument("exclude")}
        if j in noted:
            continue
        sds = np.sqrt(np.maximum([sums.variance[j], rest.rest[place]], 0.0)) / unit
        r = rest.with_rest[place] / (sds.prod() * unit**2) if sds.all() else np.nan
        is_wide = sds[0] > 2 * sds[1] > 0 or (2 * sds[0] > sds[1] and r < _LITTLE)
        if high - low >= _WIDE * unit and is_wide:
            noted.add(j)
            yield note("unlike", **ends, sd=float(sds[0]), others=float(sds[1]))
        elif are_right_wrong and low > 0 and high > 2 and not r > _MUCH:
            noted.add(j)
            yield note("unlike.never-0", **ends)
        elif (
            low > 0
            and high > 2
            and len(with_0) == len(places) - 1 >= _FEW // 2
            and sums.n[j] >= 2 * _ENOUGH
            and r < _UNRELATED / np.sqrt(sums.n[j])
        ):
            noted.add(j)
            yield note("unlike.never-0.scale", **ends)
    block = [j for j in places if sums.least[j] > 0 and j not in noted and names[j] not in from_1]
    often = [j for j in block if sums.counts[j, sums.least[j]] > _OFTEN * sums.n[j] > _OFTEN * _ENOUGH]
    if with_0 and len(often) > 1:
        least = int(sums.least[often].min())
        yield note("no-zero.items", items=shown([names[j] for j in often]), least=least)


def notes_of_items(notes: Iterable[FitNote], names: Sequence[str]) -> Iterator[Note]:
    """Yield the notes of a fit, combining those that say the same about several items."""
    items: dict[tuple[str, str], list[str]] = {}
    for one in notes:
        items.setdefault((one.code, one.message), []).extend([] if one.item is None else [names[one.item]])
    for (code, message), some in items.items():
        text = TEXTS["of-items"] if some else "{message}"
        yield Note(code, text, items=", ".join(some), message=message)
