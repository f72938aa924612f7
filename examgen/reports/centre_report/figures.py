"""What a report of centres found → its figures as SVG: a funnel, and the forms beside each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
    from examgen.reports.centre_report.report import CentreReport
    from examgen.reports.form_groups import Group
    from examgen.reports.language import Voice

INNER, OUTER, ALL = Pen("#333333", "6 3"), Pen("#333333", ""), Pen("#1f5a8c", "")
MOST_LABELLED, MOST_NAMED = 20, 40
"""With more centres the figure numbers those outside the limits alone; with more of these, none."""
MOST_FORMS = 20
"""More do not go on a page, and are not drawn."""


def funnel_figure(voice: Voice, found: CentreReport, numbers: Mapping[str, int], width: float = WIDE) -> str:
    """Pass rates by number of candidates, the limits about the rate of all; `numbers` are the centres' in the
    table: all of them stand in the figure where they are few, else those of the centres that are outside."""
    shown = [one for one in found.centres if one.verdict.startswith(("within", "below", "above"))]
    assert found.passed is not None
    assert found.passed.share is not None
    first, last = _ends([one.n for one in shown])
    left = 62 if width == WIDE else 46
    legend = _legend(voice, {one.verdict.partition("-")[2] for one in shown}, left, width - left)
    top = 34 + max(y for y, _ in legend)
    shares = _shares(found, shown, first, last)
    panel = Panel(left, top, width - left - 18, 270, first, last, shares[0] / 100, shares[-1] / 100)
    counts = [(value, voice.number(value)) for value, _ in ticks_of(first, last, 8 if width == WIDE else 5)]
    counts = [one for one in counts if one[0] == int(one[0])]
    parts = upwards(panel, voice.words("Passed, %"), [(n / 100, voice.number(n)) for n in shares])
    parts += across(panel, voice.words("Candidates of the centre"), counts)
    for curve, pen in zip(found.funnel, (INNER, OUTER), strict=True):
        for end in (1, 2):
            inside = [point for point in curve.points if first <= point[0] <= last]
            parts.append(polyline([(panel.x(p[0]), panel.y(p[end])) for p in inside], pen, 1.2))
    y = panel.y(found.passed.share)
    parts.append(polyline([(panel.left, y), (panel.right, y)], ALL, 2))
    parts += _points(panel, shown)
    parts += _labels(voice, panel, shown, numbers)
    parts += [part for _, drawn in legend for part in drawn]
    title = voice.words("Funnel plot of the centres' pass rates")
    return figure(width, panel.bottom + 48, "funnel", title, _told(voice, found, shown), parts)


def _shares(found: CentreReport, shown: Sequence[Group], first: int, last: int) -> list[int]:
    """Round values in per cent from below every point and limit that is shown to above them, 0 to 100."""
    rates = (found.passed, *(one.passed for one in shown))
    ends = [rate.share for rate in rates if rate is not None and rate.share is not None]
    ends += [end for curve in found.funnel for n, *both in curve.points if first <= n <= last for end in both]
    low, high = 100 * min(ends), 100 * max(ends)
    beyond = max(0.04 * (high - low), 0.5)
    low, high = max(0.0, low - beyond), min(100.0, high + beyond)
    step = next(step for step in (1, 2, 5, 10) if high - low <= 10 * step)
    return list(range(floor(low / step) * step, ceil(high / step) * step + 1, step))


def _ends(sizes: Sequence[int]) -> tuple[int, int]:
    """The least and the most of the axis: a little beyond the sizes that are compared."""
    least, most = min(sizes), max(sizes)
    beyond = max(1, round(0.08 * (most - least)))
    return max(0, least - beyond), most + beyond


def _points(panel: Panel, shown: Sequence[Group]) -> Iterator[str]:
    """Discs within the limits, outside of them heads of arrows, two beyond the outer."""
    for one in sorted(shown, key=lambda one: one.verdict != "within"):
        x, y = _spot(panel, one)
        if one.verdict == "within":
            yield dot(x, y, 4.2 if len(shown) <= 100 else 2.6, "seen")
        else:
            is_up = one.verdict.startswith("above")
            yield arrow(x, y, up=is_up, twice=one.verdict.endswith("99.8"))


def _spot(panel: Panel, one: Group) -> tuple[float, float]:
    assert one.passed is not None
    assert one.passed.share is not None
    return panel.x(one.n), panel.y(one.passed.share)


def _labels(voice: Voice, panel: Panel, shown: Sequence[Group], numbers: Mapping[str, int]) -> Iterator[str]:
    """The numbers of the points, each where it covers neither a point nor another number, if there is such a
    place."""
    outside = [one for one in shown if one.verdict != "within"]
    named = shown if len(shown) <= MOST_LABELLED else outside if len(outside) <= MOST_NAMED else []
    taken = [_spot(panel, one) for one in shown]
    for one in named:
        x, y = _spot(panel, one)
        words = voice.number(numbers[one.name])
        half = 3.2 * len(words)
        beside = [(x + 8 + half, y), (x - 8 - half, y), (x, y - 12), (x, y + 12)]
        free = (spot for spot in beside if all(_apart(spot, other) for other in taken))
        place = next(free, beside[0])
        taken.append(place)
        yield text((place[0], place[1] + 4), words, "label")


def _apart(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return abs(a[0] - b[0]) > 10 or abs(a[1] - b[1]) > 10


def _legend(voice: Voice, beyond: Collection[str], left: float, room: float) -> list[tuple[float, list[str]]]:
    """What the lines mean, and the signs that are drawn: how far down they stand below the first row, a
    sample and its words."""
    limits, outside = voice.words("limits"), voice.words("beyond the limits")
    inner, outer = f"{voice.number(95)} %", f"{voice.number(99.8, 1)} %"
    rows = [
        (_line(INNER, 1.2), f"{limits} {inner}"),
        (_line(OUTER, 1.2), f"{limits} {outer}"),
        (_line(ALL, 2.0), voice.words("all candidates")),
        (_disc, voice.words("within the limits")),
    ]
    rows += [(_arrows(False), f"{outside} {inner}")] if "95" in beyond else []
    rows += [(_arrows(True), f"{outside} {outer}")] if "99.8" in beyond else []
    spots = in_rows((52 + 6.2 * letters(words) for _, words in rows), room)
    found = []
    for (sample, words), (x, row) in zip(rows, spots, strict=True):
        start, y = left + x, 12 + 17.0 * row
        found.append((y - 12, [*sample(start, y), text((start + 31, y + 4), words, "label", "start")]))
    return found


Sample = Callable[[float, float], list[str]]
"""From the left end and the middle of its height, 26 px wide."""


def _line(pen: Pen, thick: float) -> Sample:
    return lambda x, y: [polyline([(x, y), (x + 26, y)], pen, thick)]


def _disc(x: float, y: float) -> list[str]:
    return [dot(x + 20, y, 4.2, "seen")]


def _arrows(twice: bool) -> Sample:
    """Up and down, as points beyond the limits lie above or below."""
    return lambda x, y: [arrow(x + 7 + 13 * n, y, up=bool(n), twice=twice) for n in (0, 1)]


def _told(voice: Voice, found: CentreReport, shown: Sequence[Group]) -> str:
    head = voice.words("{n} centres; outside the limits", n=len(shown))
    outside = [one for one in shown if one.verdict != "within"]
    named = "; ".join(
        f"{one.name}: {voice.percent(one.passed.share)} ({voice.number(one.n)})"
        for one in outside[:50]
        if one.passed
    )
    said = f"{head}: {named or voice.number(0)}"
    small = [one.name for one in found.centres if one.verdict == SMALL and one.name]
    lacking = voice.words("not drawn")
    return f"{said}; {lacking}: {', '.join(small[:50])}" if small else said


def forms_figure(voice: Voice, forms: Sequence[Group], width: float = WIDE) -> str:
    """Mean and pass rate of each form with their intervals, on one scale of per cent."""
    shown = [one for one in forms if one.n]
    decided = any(one.passed is not None for one in shown)
    step = 34.0 if decided else 22.0
    left = 90 if width == WIDE else min(90.0, 22 + 7.0 * max(len(one.name) for one in shown))
    legend = _forms_legend(voice, left, width - left, decided)
    top = 28 + max(y for y, _ in legend)
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
            ends = (one.mean.low, one.mean.high)
            parts += _whisker(panel, y + off, one.mean.value, ends, 0)
        if one.passed is not None and one.passed.share is not None:
            rate = tuple(None if end is None else 100 * end for end in (one.passed.low, one.passed.high))
            parts += _whisker(panel, y + 7, 100 * one.passed.share, rate, 3)
    parts += [part for _, drawn in legend for part in drawn]
    title = voice.words("Forms: mean score and pass rate") if decided else voice.words("Forms: mean score")
    told = "; ".join(
        f"{one.name}: {voice.number(one.mean.value, 1)}"
        + (f", {voice.percent(one.passed.share)}" if one.passed is not None else "")
        for one in shown
    )
    return figure(width, panel.bottom + 48, "forms", title, f"{title}: {told}", parts)


def _whisker(panel: Panel, y: float, value: float, ends: Sequence[float | None], kind: int) -> Iterator[str]:
    low, high = ends
    if low is not None and high is not None:
        a, b = panel.x(low), panel.x(high)
        yield line((a, y), (b, y), "error")
        for x in (a, b):
            yield line((x, y - 3), (x, y + 3), "error")
    yield marker(kind, panel.x(value), y, 4, "key-sign" if kind else "sign")


def _forms_legend(voice: Voice, left: float, room: float, decided: bool) -> list[tuple[float, list[str]]]:
    """As that of the funnel: how far down, a sign and its words."""
    rows = [(0, "sign", voice.words("mean score, %"))]
    if decided:
        rows.append((3, "key-sign", voice.words("pass rate, %")))
    spots = in_rows((40 + 6.2 * letters(words) for *_, words in rows), room)
    found = []
    for (kind, style, words), (x, row) in zip(rows, spots, strict=True):
        start, y = left + x, 11 + 17.0 * row
        drawn = [marker(kind, start + 5, y, 4, style), text((start + 14, y + 4), words, "label", "start")]
        found.append((y - 11, drawn))
    return found
