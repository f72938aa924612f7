"""A large cohort at a glance: candidates beside each other from the best score down, a strip for each place.

A column is a candidate; where there are more than fit, equally many, and the shade is the share of those
judged who met it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.rendering.plot import Panel, across, at, figure, rect, text, ticks_of, upwards
from examgen.reports.cohort_report.statuses import INSUFFICIENT, MET, NOT_MET, UNDECIDED, Place, Statuses

if TYPE_CHECKING:
    from examgen.reports.cohort_report.rows import Floats, Ints, Rows
    from examgen.reports.language import Voice

MOST_COLUMNS = 500
"""Columns of about one px on the width of a page; a larger cohort is grouped."""
SHADES = ("#fbf7f0", "#dbe6ef", "#aecbe0", "#2f6b9a", "#12395a")
MOST_STRIPS = 60
"""That stand in one figure: about a page."""
_HEIGHTS = {"unit": 15.0, "element": 13.0, "pc": 11.0}


class Strips(NamedTuple):
    """Candidates in columns. `ends` (columns + 1,) are ranks: column k holds ends[k] … ends[k+1] − 1, from 0.

    `percent` (columns,) is the mean score in per cent; `met`, `judged`, `undecided` and `unsure` (places,
    columns) count candidates, the undecided among those judged; `passed` (columns,) too, None where the exam
    has no pass rule.
    """

    places: tuple[Place, ...]
    ends: Ints
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


def strips_of(rows: Rows, found: Statuses) -> Strips:
    """Everybody from the best score down, equals in the order of the files."""
    order = np.argsort(-rows.percent, kind="stable")
    n = min(rows.n, MOST_COLUMNS)
    ends = np.linspace(0, rows.n, n + 1).round().astype(np.int64)

    def counts(of: npt.NDArray[np.bool_]) -> Ints:
        return np.add.reduceat(of[..., order].astype(np.int64), ends[:-1], axis=-1)

    met, undecided = counts(found.codes == MET), counts(found.codes == UNDECIDED)
    return Strips(
        places=found.places,
        ends=ends,
        percent=np.add.reduceat(rows.percent[order], ends[:-1]) / np.diff(ends),
        passed=None if rows.passed is None else counts(rows.passed),
        met=met,
        judged=met + undecided + counts(found.codes == NOT_MET),
        undecided=undecided,
        unsure=counts(found.codes == INSUFFICIENT),
    )


def strips_table(found: Strips | None) -> pl.DataFrame:
    """A line for each column: ranks, mean score, passed, and of each place who met it of those judged."""
    head = {"from_rank": pl.Int64, "to_rank": pl.Int64, "mean_percent": pl.Float64, "passed": pl.Int64}
    if found is None:
        return pl.DataFrame(schema=head)
    columns: dict[str, object] = {
        "from_rank": found.ends[:-1] + 1,
        "to_rank": found.ends[1:],
        "mean_percent": found.percent,
        "passed": found.passed if found.passed is not None else [None] * len(found.percent),
    }
    for n, place in enumerate(found.places):
        name = f"{place.unit}:{place.code}"
        columns |= {f"{name} met": found.met[n], f"{name} judged": found.judged[n]}
    return pl.DataFrame(columns, schema_overrides=head)


def strips_figures(voice: Voice, found: Strips, width: float = 640) -> list[str]:
    """Scores on top, then who passed, then a strip for each place; as many figures as the places need."""
    n = len(found.places)
    pieces = [range(first, min(first + MOST_STRIPS, n)) for first in range(0, n, MOST_STRIPS)]
    return [_figure(voice, found, piece, width) for piece in pieces]


def _figure(voice: Voice, found: Strips, piece: range, width: float) -> str:
    decision = voice.words("Decision")
    left = 12 + 6.6 * max(len(decision), *(len(place.code) for place in found.places))
    scores = Panel(left, 8, width - left - 10, 52, 0, int(found.ends[-1]), 0, 100)
    ticks = [(value, voice.number(value)) for value in (0, 50, 100)]
    parts = [*_scores(found, scores), *upwards(scores, "%", ticks, grid=False)]
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
    ranks = [(value, voice.number(value)) for value, _ in ticks_of(0, below.x1, max(2, round(width / 90)))]
    parts += across(below, voice.words("Candidates, highest per cent first"), ranks)
    name = f"strips-{width:.0f}-{piece.start}"
    return figure(
        width, y + 50, name, voice.words("All candidates by criteria"), _told(voice, found, piece), parts
    )


def _scores(found: Strips, panel: Panel) -> Iterator[str]:
    """The mean score of each column, as an area."""
    path = f"M{at(panel.left)} {at(panel.bottom)}"
    for end, percent in zip(found.ends[1:].tolist(), found.percent.tolist(), strict=True):
        path += f"V{at(panel.y(percent))}H{at(panel.x(end))}"
    yield f'<path d="{path}V{at(panel.bottom)}Z" class="bar"/>'


def _strip(
    panel: Panel, y: float, height: float, met: Ints | Floats, judged: Ints, unsure: Ints
) -> Iterator[str]:
    """Full height where somebody was judged, a line in the middle where there were too few items; one who is
    undecided is half met."""
    share = np.divide(met, judged, out=np.full(len(met), -1.0), where=judged > 0)
    shade = np.where(judged > 0, np.minimum(4, share * 5).astype(np.int64), np.where(unsure > 0, -1, -2))
    ends = np.array([panel.x(end) for end in np.linspace(panel.x0, panel.x1, len(met) + 1)])
    yield rect(panel.left, y, panel.width, height, 'fill="none" stroke="#777" stroke-width="0.5"')
    for value in np.unique(shade[shade > -2]).tolist():
        top, tall = (y + height / 2 - 1, 2.0) if value < 0 else (y, height)
        path = "".join(
            f"M{at(ends[first])} {at(top)}H{at(ends[last])}v{at(tall)}H{at(ends[first])}Z"
            for first, last in _runs(shade == value)
        )
        yield f'<path d="{path}" fill="{"#555" if value < 0 else SHADES[value]}"/>'


def _runs(of: npt.NDArray[np.bool_]) -> Sequence[tuple[int, int]]:
    """First and past the last of each unbroken run."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], of, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _told(voice: Voice, found: Strips, piece: range) -> str:
    met, judged = found.met.sum(axis=1).tolist(), found.judged.sum(axis=1).tolist()
    parts = [f"{found.places[n].code}: {voice.number(met[n])}/{voice.number(judged[n])}" for n in piece]
    head = voice.words("Met, of those judged")
    return f"{head}: {'; '.join(parts)}"
