"""A large cohort at a glance: candidates side by side in descending order of score, with a strip for each
part of the standard.

A column is a candidate or, if they do not all fit, a group; groups are of equal size. The shade is the share
of those judged who met the part.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.rendering.plot import Panel, across, at, figure, rect, text, ticks_of, upwards
from examgen.reports.cohort_report.statuses import (
    INSUFFICIENT,
    MET,
    NOT_MET,
    UNDECIDED,
    StandardPlace,
    Statuses,
)

if TYPE_CHECKING:
    from examgen.reports.cohort_report.rows import CohortRows, Floats, Ints
    from examgen.reports.localisation import ReportLanguage

MOST_COLUMNS = 500
"""The maximum number of columns, each about one px wide on a page; a larger cohort is grouped."""
SHADES = ("#fbf7f0", "#dbe6ef", "#aecbe0", "#2f6b9a", "#12395a")
MOST_STRIPS = 60
"""The maximum number of strips in one figure, about a page."""
_HEIGHTS = {"unit": 15.0, "element": 13.0, "pc": 11.0}


class Strips(NamedTuple):
    """Candidates in columns, in descending order of score. `ends` (columns + 1,) are ranks from 0: column k
    covers ends[k] … ends[k+1] − 1.

    `percent` (columns,) is the mean score in per cent. `met`, `judged`, `undecided` and `unsure` (places,
    columns) count candidates; `judged` includes the undecided. `passed` (columns,) also counts candidates,
    and is None if the exam has no pass rule.
    """

    places: tuple[StandardPlace, ...]
    ends: npt.NDArray[np.int64]
    percent: npt.NDArray[np.float64]
    passed: Ints | None
    met: Ints
    judged: Ints
    undecided: Ints
    unsure: Ints

    @property
    def alone(self) -> bool:
        """Whether every column is one candidate."""
        return len(self.percent) == int(self.ends[-1])


def strips_of(rows: CohortRows, found: Statuses) -> Strips:
    """Return all candidates in descending order of score, ties in the order of the files."""
    order = np.argsort(-rows.percent, kind="stable").astype(np.int32)
    n = min(rows.n, MOST_COLUMNS)
    ends = np.linspace(0, rows.n, n + 1).round().astype(np.int64)

    def counts(of: npt.NDArray[np.bool_]) -> Ints:
        return np.add.reduceat(of[order].astype(np.int32), ends[:-1])

    def each(code: int) -> Ints:
        return np.array([counts(own == code) for own in found.codes]).reshape(len(found.codes), n)

    met, undecided = each(MET), each(UNDECIDED)
    return Strips(
        places=found.places,
        ends=ends,
        percent=np.add.reduceat(rows.percent[order], ends[:-1]) / np.diff(ends),
        passed=None if rows.passed is None else counts(rows.passed),
        met=met,
        judged=met + undecided + each(NOT_MET),
        undecided=undecided,
        unsure=each(INSUFFICIENT),
    )


def strips_figures(voice: ReportLanguage, found: Strips, width: float = 640) -> list[str]:
    """Draw the scores at the top, then the pass rate, then a strip for each part of the standard. Returns as
    many figures as needed."""
    decision, title = voice.words("Decision"), voice.words("All candidates by criteria")
    left = 12 + 6.6 * max(len(decision), *(len(place.code) for place in found.places))
    scores = Panel(left, 8, width - left - 10, 52, 0, int(found.ends[-1]), 0, 100)
    # the mean score of each column, as an area
    curve = f"M{at(scores.left)} {at(scores.bottom)}"
    for end, percent in zip(found.ends[1:].tolist(), found.percent.tolist(), strict=True):
        curve += f"V{at(scores.y(percent))}H{at(scores.x(end))}"
    met, judged = found.met.sum(axis=1).tolist(), found.judged.sum(axis=1).tolist()
    figures = []
    for first in range(0, len(found.places), MOST_STRIPS):
        piece = range(first, min(first + MOST_STRIPS, len(found.places)))
        parts = [f'<path d="{curve}V{at(scores.bottom)}Z" class="bar"/>']
        parts += upwards(scores, "%", [(value, voice.number(value)) for value in (0, 50, 100)], grid=False)
        y = scores.bottom + 7
        if found.passed is not None:
            parts.append(text((2, y + 10), decision, "strong", "start"))
            parts += _strip(scores, y, 13, found.passed, np.diff(found.ends), np.zeros_like(found.passed))
            y += 19
        for n in piece:
            place = found.places[n]
            height = _HEIGHTS[place.level]
            y += 5 if place.level != "pc" and n > piece.start else 0
            style = "tick" if place.level == "pc" else "strong"
            parts.append(text((2, y + height - 2.5), place.code, style, "start"))
            shown = found.met[n] + found.undecided[n] / 2 if found.alone else found.met[n]
            parts += _strip(scores, y, height - 1.5, shown, found.judged[n], found.unsure[n])
            y += height
        below = scores._replace(top=y, height=2)
        ranks = ticks_of(0, below.x1, max(2, round(width / 90)))
        named = [(value, voice.number(value)) for value, _ in ranks]
        parts += across(below, voice.words("Candidates, highest per cent first"), named)
        told = (f"{found.places[n].code}: {voice.number(met[n])}/{voice.number(judged[n])}" for n in piece)
        met_of = voice.words("Met, of those judged")
        said = f"{met_of}: {'; '.join(told)}"
        figures.append(figure(width, y + 50, f"strips-{width:.0f}-{first}", title, said, parts))
    return figures


def _strip(
    panel: Panel, y: float, height: float, met: Ints | Floats, judged: Ints, unsure: Ints
) -> Iterator[str]:
    """Yield a strip: full height if somebody was judged, a line in the middle if there were too few items. An
    undecided candidate counts as half met if columns are single candidates."""
    share = np.divide(met, judged, out=np.full(len(met), -1.0), where=judged > 0)
    shade = np.where(judged > 0, np.minimum(4, share * 5).astype(np.int64), np.where(unsure > 0, -1, -2))
    ends = np.array([panel.x(end) for end in np.linspace(panel.x0, panel.x1, len(met) + 1)])
    yield rect(panel.left, y, panel.width, height, 'fill="none" stroke="#777" stroke-width="0.5"')
    for value in np.unique(shade[shade > -2]).tolist():
        top, tall = (y + height / 2 - 1, 2.0) if value < 0 else (y, height)
        # first and past the last column of each unbroken run
        runs = np.flatnonzero(np.diff(np.concatenate(([False], shade == value, [False])).astype(np.int8)))
        path = "".join(
            f"M{at(ends[first])} {at(top)}H{at(ends[last])}v{at(tall)}H{at(ends[first])}Z"
            for first, last in runs.reshape(-1, 2).tolist()
        )
        yield f'<path d="{path}" fill="{"#555" if value < 0 else SHADES[value]}"/>'
