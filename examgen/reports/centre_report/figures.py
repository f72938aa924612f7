"""A report on centres → its figures as SVG: a funnel plot, and a comparison of forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor
from typing import TYPE_CHECKING

from examgen.rendering.plot import (
    WIDE,
    Panel,
    Pen,
    across,
    arrow,
    dot,
    figure,
    in_rows,
    letters,
    line,
    marker,
    polyline,
    text,
    ticks_of,
    upwards,
)
from examgen.reports.form_groups import SMALL

if TYPE_CHECKING:
    from examgen.rendering.parts import Proportion
    from examgen.reports.centre_report.report import CentreReport
    from examgen.reports.form_groups import CandidateGroup
    from examgen.reports.localisation import ReportLanguage

INNER, OUTER, ALL = Pen("#333333", "6 3"), Pen("#333333", ""), Pen("#1f5a8c", "")
MOST_LABELLED, MOST_NAMED = 20, 40
"""If there are more centres than `MOST_LABELLED`, only those outside the limits are numbered; if those exceed
`MOST_NAMED`, none."""
MOST_FORMS = 20
"""The maximum number of forms in the figure, which must fit on a page."""


def funnel_figure(
    voice: ReportLanguage, found: CentreReport, numbers: Mapping[str, int], width: float = WIDE
) -> str:
    """Draw pass rates by number of candidates, with limits around the overall rate. `numbers` are those of
    the centres in the table; the figure shows them for all centres, or only for those outside the limits
    if there are many."""
    shown = [one for one in found.centres if one.verdict.startswith(("within", "below", "above"))]
    outside = [one for one in shown if one.verdict != "within"]
    rate = _rate(found.passed)
    # the axis goes a little beyond the sizes that are compared
    least, most = min(one.n for one in shown), max(one.n for one in shown)
    beyond = max(1, round(0.08 * (most - least)))
    first, last = max(0, least - beyond), most + beyond
    lines = [[point for point in points if first <= point[0] <= last] for _, points in found.funnel]

    # what the lines and signs mean: a sample, 26 px wide, and its words
    left = 62 if width == WIDE else 46
    limits, is_beyond = voice.words("limits"), voice.words("beyond the limits")
    inner, outer = f"{voice.number(95)} %", f"{voice.number(99.8, 1)} %"
    verdicts = {one.verdict.partition("-")[2] for one in shown}
    rows = [
        ("inner", f"{limits} {inner}"),
        ("outer", f"{limits} {outer}"),
        ("all", voice.words("all candidates")),
        ("disc", voice.words("within the limits")),
    ]
    rows += [("once", f"{is_beyond} {inner}")] if "95" in verdicts else []
    rows += [("twice", f"{is_beyond} {outer}")] if "99.8" in verdicts else []
    legend: list[str] = []
    top = 34.0
    spots = in_rows((52 + 6.2 * letters(words) for _, words in rows), width - left)
    for (kind, words), (x, row) in zip(rows, spots, strict=True):
        start, y = left + x, 12 + 17.0 * row
        if kind == "disc":
            legend.append(dot(start + 20, y, 4.2, "seen"))
        elif kind in ("once", "twice"):  # up and down, as points beyond the limits lie above or below
            legend += [arrow(start + 7 + 13 * n, y, up=bool(n), twice=kind == "twice") for n in (0, 1)]
        else:
            pen, thick = {"inner": (INNER, 1.2), "outer": (OUTER, 1.2), "all": (ALL, 2.0)}[kind]
            legend.append(polyline([(start, y), (start + 26, y)], pen, thick))
        legend.append(text((start + 31, y + 4), words, "label", "start"))
        top = 34 + 17.0 * row

    # round values in per cent from below every point and limit that is shown to above them, 0 to 100
    ends = [rate, *(_rate(one.passed) for one in shown)]
    ends += [end for points in lines for _, *both in points for end in both]
    low, high = 100 * min(ends), 100 * max(ends)
    spare = max(0.04 * (high - low), 0.5)
    low, high = max(0.0, low - spare), min(100.0, high + spare)
    step = next(step for step in (1, 2, 5, 10) if high - low <= 10 * step)
    shares = range(floor(low / step) * step, ceil(high / step) * step + 1, step)

    panel = Panel(left, top, width - left - 18, 270, first, last, shares[0] / 100, shares[-1] / 100)
    counts = [(value, voice.number(value)) for value, _ in ticks_of(first, last, 8 if width == WIDE else 5)]
    counts = [one for one in counts if one[0] == int(one[0])]
    parts = upwards(panel, voice.words("Passed, %"), [(n / 100, voice.number(n)) for n in shares])
    parts += across(panel, voice.words("Candidates of the centre"), counts)
    for points, pen in zip(lines, (INNER, OUTER), strict=True):
        for end in (1, 2):
            parts.append(polyline([(panel.x(p[0]), panel.y(p[end])) for p in points], pen, 1.2))
    y = panel.y(rate)
    parts.append(polyline([(panel.left, y), (panel.right, y)], ALL, 2))
    places = {one.name: (panel.x(one.n), panel.y(_rate(one.passed))) for one in shown}
    for one in sorted(shown, key=lambda one: one.verdict != "within"):
        x, y = places[one.name]
        if one.verdict == "within":
            parts.append(dot(x, y, 4.2 if len(shown) <= 100 else 2.6, "seen"))
        else:
            is_up, is_outer = one.verdict.startswith("above"), one.verdict.endswith("99.8")
            parts.append(arrow(x, y, up=is_up, twice=is_outer))

    # numbers of the points, each where it covers neither a point nor another number, if there is such a place
    named = shown if len(shown) <= MOST_LABELLED else outside if len(outside) <= MOST_NAMED else []
    taken = list(places.values())
    for one in named:
        x, y = places[one.name]
        words = voice.number(numbers[one.name])
        half = 3.2 * len(words)
        beside = [(x + 8 + half, y), (x - 8 - half, y), (x, y - 12), (x, y + 12)]
        free = (
            spot for spot in beside if all(abs(spot[0] - a) > 10 or abs(spot[1] - b) > 10 for a, b in taken)
        )
        place = next(free, beside[0])
        taken.append(place)
        parts.append(text((place[0], place[1] + 4), words, "label"))

    told = "; ".join(
        f"{one.name}: {voice.percent(one.passed.share)} ({voice.number(one.n)})"
        for one in outside[:50]
        if one.passed
    )
    outside_of = voice.words("{n} centres; outside the limits", n=len(shown))
    said = f"{outside_of}: {told or voice.number(0)}"
    small = [one.name for one in found.centres if one.verdict == SMALL and one.name]
    if small:
        not_drawn = voice.words("not drawn")
        said += f"; {not_drawn}: {', '.join(small[:50])}"
    title = voice.words("Funnel plot of the centres' pass rates")
    return figure(width, panel.bottom + 48, "funnel", title, said, parts + legend)


def _rate(passed: Proportion | None) -> float:
    """Return the pass rate of a centre that is compared."""
    assert passed is not None
    assert passed.share is not None
    return passed.share


def forms_figure(voice: ReportLanguage, forms: Sequence[CandidateGroup], width: float = WIDE) -> str:
    """Draw the mean score and pass rate of each form with their intervals, on one scale in per cent."""
    shown = [one for one in forms if one.n]
    decided = any(one.passed is not None for one in shown)
    step = 34.0 if decided else 22.0
    left = 90 if width == WIDE else min(90.0, 22 + 7.0 * max(len(one.name) for one in shown))
    rows = [(0, "sign", voice.words("mean score, %"))]
    if decided:
        rows.append((3, "key-sign", voice.words("pass rate, %")))
    legend: list[str] = []
    top = 28.0
    spots = in_rows((40 + 6.2 * letters(words) for *_, words in rows), width - left)
    for (kind, style, words), (x, row) in zip(rows, spots, strict=True):
        start, y = left + x, 11 + 17.0 * row
        legend += [marker(kind, start + 5, y, 4, style), text((start + 14, y + 4), words, "label", "start")]
        top = 28 + 17.0 * row
    panel = Panel(left, top, width - left - 30, step * len(shown), 0, 100, 0, 1)
    parts = across(panel, voice.words("Per cent"), [(20.0 * n, voice.number(20 * n)) for n in range(6)])
    parts += [
        line((panel.x(20.0 * n), panel.top), (panel.x(20.0 * n), panel.bottom), "grid") for n in range(6)
    ]
    for k, one in enumerate(shown):
        y = panel.top + (k + 0.5) * step
        parts.append(text((panel.left - 10, y + 4), one.name, "strong", "end"))
        if one.mean.value is not None:
            off = -7 if decided else 0
            parts += _whisker(panel, y + off, one.mean.value, (one.mean.low, one.mean.high), 0)
        if one.passed is not None and one.passed.share is not None:
            rate = tuple(None if end is None else 100 * end for end in (one.passed.low, one.passed.high))
            parts += _whisker(panel, y + 7, 100 * one.passed.share, rate, 3)
    title = voice.words("Forms: mean score and pass rate") if decided else voice.words("Forms: mean score")
    told = "; ".join(
        f"{one.name}: {voice.number(one.mean.value, 1)}"
        + (f", {voice.percent(one.passed.share)}" if one.passed is not None else "")
        for one in shown
    )
    return figure(width, panel.bottom + 48, "forms", title, f"{title}: {told}", parts + legend)


def _whisker(panel: Panel, y: float, value: float, ends: Sequence[float | None], kind: int) -> Iterator[str]:
    low, high = ends
    if low is not None and high is not None:
        a, b = panel.x(low), panel.x(high)
        yield line((a, y), (b, y), "error")
        for x in (a, b):
            yield line((x, y - 3), (x, y + 3), "error")
    yield marker(kind, panel.x(value), y, 4, "key-sign" if kind else "sign")
