"""Scores of a cohort → their mean and spread, and bars with the cut and the band of one standard error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil, floor
from typing import NamedTuple

import numpy as np

from examgen.reports.cohort_rows import Cut, Floats, Rows

MOST_BARS = 60
_PERCENT_STEP = 5
SAME = 1e-9
"""Cuts in per cent that differ by less are the same."""
MOST_MARGINS = 6
"""Of more forms with other cuts, the figure has none."""


class Summary(NamedTuple):
    """Of scores in per cent; `sd` divides by n - 1. None where it is undefined."""

    n: int
    mean: float | None
    sd: float | None
    median: float | None
    least: float | None
    greatest: float | None


def summary(percent: Floats) -> Summary:
    """Mean and spread of scores in per cent."""
    n = len(percent)
    if not n:
        return Summary(0, None, None, None, None, None)
    sd = float(percent.std(ddof=1)) if n > 1 else None
    ends = float(percent.min()), float(percent.max())
    return Summary(n, float(percent.mean()), sd, float(np.median(percent)), *ends)


class Bar(NamedTuple):
    """Candidates whose score is `low` or more and less than `low` + the step, and who of them passed; the
    last bar of ranges has the full score as well."""

    low: float
    n: int
    passed: int


class Margin(NamedTuple):
    """One standard error on either side of the cut of a form, or (`form` empty) of all."""

    form: str
    cut: float
    sem: float


class Distribution(NamedTuple):
    """How many have each score: in points where all forms have the same points and cut, or in per cent.

    `single` where each bar is one whole score. `cuts` are the least and the greatest of the forms' cuts.
    `margins` has one for all where these are the same, the widest of the forms if `of_several`; else one for
    each form, of a few forms.
    """

    in_points: bool
    single: bool
    step: int
    most: float
    bars: tuple[Bar, ...]
    cuts: tuple[float, float] | None
    margins: tuple[Margin, ...]
    of_several: bool

    def until(self, bar: Bar) -> float:
        """Where the range of a bar ends: the last one with the full score."""
        return min(bar.low + self.step, self.most)

    def is_last(self, bar: Bar) -> bool:
        """Whether its range holds its upper end as well."""
        return not self.single and bar is self.bars[-1]


def distribution(rows: Rows, cuts: Mapping[str, Cut | None]) -> Distribution | None:
    """The bars of a cohort; None of nobody."""
    if not rows.n:
        return None
    kinds = set(cuts.values())
    in_points = len(kinds) == 1 and len(set(rows.most.tolist())) == 1
    values, most = (rows.score, float(rows.most[0])) if in_points else (rows.percent, 100.0)
    passed = rows.passed if rows.passed is not None else np.zeros(rows.n, np.bool_)
    span = most - min(0.0, float(values.min()))
    step = max(1, ceil((span + 1) / MOST_BARS)) if in_points else _PERCENT_STEP
    first = floor(min(0.0, float(values.min())) / step)
    single = in_points and step == 1 and bool((values == np.floor(values)).all())
    # a range holds its lower end; the last one the full score too, so that no range lies beyond that
    last = floor(most / step) if single or not most else ceil(most / step) - 1
    place = np.minimum(np.floor(values / step).astype(np.int64), last) - first
    n_bars = last - first + 1
    counts, passing = np.bincount(place, minlength=n_bars), np.bincount(place[passed], minlength=n_bars)
    bars = tuple(
        Bar(float((first + k) * step), n, p)
        for k, (n, p) in enumerate(zip(counts.tolist(), passing.tolist(), strict=True))
    )
    margins = tuple(_margins(cuts, in_points))
    shown = [cut.points if in_points else cut.percent for cut in kinds if cut is not None and cut.most]
    ends = (min(shown), max(shown)) if shown else None
    if ends is not None and ends[1] - ends[0] < SAME:
        ends = ends[0], ends[0]
        margins = tuple(Margin("", ends[0], max(one.sem for one in margins)) for _ in margins[:1])
    elif len(margins) > MOST_MARGINS:
        margins = ()
    return Distribution(in_points, single, step, most, bars, ends, margins, not in_points)


def _margins(cuts: Mapping[str, Cut | None], in_points: bool) -> Iterator[Margin]:
    for form, cut in cuts.items():
        if cut is not None and cut.sem is not None and cut.most:
            unit = 1.0 if in_points else 100 / cut.most
            yield Margin(form, cut.points if in_points else cut.percent, unit * cut.sem)
