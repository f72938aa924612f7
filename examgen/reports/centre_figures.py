"""What a report of centres found → its figures as SVG: a funnel, and the forms beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING

from examgen.reports.plot import Panel, across, dot, figure, marker, ticks_of, upwards
from examgen.reports.svg import Pen, line, polyline, text

if TYPE_CHECKING:
    from examgen.reports.centre import CentreReport, Group
    from examgen.reports.voices import Voice

INNER, OUTER, ALL = Pen("#333333", "6 3"), Pen("#333333", ""), Pen("#1f5a8c", "")
MOST_NAMED = 40
MOST_FORMS = 20
"""More do not go on a page, and are not drawn."""


def funnel_figure(voice: Voice, found: CentreReport, numbers: dict[str, int]) -> str:
    """Pass rates by number of candidates, the limits about the rate of all; `numbers` name the points that
    are outside."""
    shown = [one for one in found.centres if one.verdict.startswith(("within", "below", "above"))]
    assert found.passed is not None
    assert found.passed.share is not None
    most = max(one.n for one in shown)
    panel = Panel(62, 34, 560, 270, 0, most * 1.05, 0, _top(found, shown))
    shares = [(n / 10, voice.number(10 * n)) for n in range(round(10 * panel.y1) + 1)]
    counts = [(value, voice.number(value)) for value, _ in ticks_of(0, panel.x1, 8) if value == int(value)]
    parts = upwards(panel, voice.words("Passed, %"), shares)
    parts += across(panel, voice.words("Candidates of the centre"), counts)
    for curve, pen in zip(found.funnel, (INNER, OUTER), strict=True):
        for end in (1, 2):
            parts.append(polyline([(panel.x(p[0]), panel.y(p[end])) for p in curve.points], pen, 1.2))
    y = panel.y(found.passed.share)
    parts.append(polyline([(panel.left, y), (panel.right, y)], ALL, 2))
    parts += _points(voice, panel, shown, numbers if len(numbers) <= MOST_NAMED else {})
    parts += _legend(voice, panel)
    title = voice.words("Funnel plot of the centres' pass rates")
    return figure(640, 352, "funnel", title, _told(voice, found, shown), parts)


def _top(found: CentreReport, shown: Sequence[Group]) -> float:
    """The upper end of the axis: a whole tenth above every point and limit."""
    highest = [one.passed.share or 0.0 for one in shown if one.passed is not None]
    highest += [high for curve in found.funnel for _, _, high in curve.points]
    return min(1.0, ceil(10 * max(highest) + 0.2) / 10)


def _points(voice: Voice, panel: Panel, shown: Sequence[Group], numbers: dict[str, int]) -> Iterator[str]:
    """Discs within the limits, and signs with a number outside: a diamond, a full square beyond the outer."""
    for one in sorted(shown, key=lambda one: one.verdict != "within"):
        assert one.passed is not None
        assert one.passed.share is not None
        x, y = panel.x(one.n), panel.y(one.passed.share)
        if one.verdict == "within":
            yield dot(x, y, 2.6 if len(shown) <= 100 else 1.7, "bar")
            continue
        far = one.verdict.endswith("99.8")
        yield marker(1 if far else 3, x, y, 3.6, "key-sign" if far else "sign")
        if one.name in numbers:
            yield text((x + 7, y + 4), voice.number(numbers[one.name]), "tick", "start")


def _legend(voice: Voice, panel: Panel) -> Iterator[str]:
    x = panel.left
    for pen, level in ((INNER, "95"), (OUTER, "99.8")):
        yield polyline([(x, 12), (x + 26, 12)], pen, 1.2)
        words = voice.words("{level} % limits", level=level)
        yield text((x + 31, 16), words, "label", "start")
        x += 52 + 6.2 * len(words)
    words = voice.words("all candidates")
    yield polyline([(x, 12), (x + 26, 12)], ALL, 2)
    yield text((x + 31, 16), words, "label", "start")


def _told(voice: Voice, found: CentreReport, shown: Sequence[Group]) -> str:
    head = voice.words("{n} centres; outside the limits", n=len(shown))
    outside = [one for one in shown if one.verdict != "within"]
    named = "; ".join(
        f"{one.name}: {voice.percent(one.passed.share)} ({voice.number(one.n)})"
        for one in outside[:50]
        if one.passed
    )
    return f"{head}: {named or voice.number(0)}"


def forms_figure(voice: Voice, forms: Sequence[Group]) -> str:
    """Mean and pass rate of each form with their intervals, on one scale of per cent."""
    shown = [one for one in forms if one.n]
    decided = any(one.passed is not None for one in shown)
    step = 34.0 if decided else 22.0
    panel = Panel(90, 28, 520, step * len(shown), 0, 100, 0, 1)
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
    parts += _forms_legend(voice, panel, decided)
    title = voice.words("Forms: mean score and pass rate")
    told = "; ".join(
        f"{one.name}: {voice.number(one.mean.value, 1)}"
        + (f", {voice.percent(one.passed.share)}" if one.passed is not None else "")
        for one in shown
    )
    return figure(640, panel.bottom + 42, "forms", title, f"{title}: {told}", parts)


def _whisker(panel: Panel, y: float, value: float, ends: Sequence[float | None], kind: int) -> Iterator[str]:
    low, high = ends
    if low is not None and high is not None:
        a, b = panel.x(low), panel.x(high)
        yield line((a, y), (b, y), "error")
        for x in (a, b):
            yield line((x, y - 3), (x, y + 3), "error")
    yield marker(kind, panel.x(value), y, 4, "key-sign" if kind else "sign")


def _forms_legend(voice: Voice, panel: Panel, decided: bool) -> Iterator[str]:
    x = panel.left
    rows = [(0, "sign", voice.words("mean score, %"))]
    if decided:
        rows.append((3, "key-sign", voice.words("pass rate, %")))
    for kind, style, words in rows:
        yield marker(kind, x + 5, 11, 4, style)
        yield text((x + 14, 15), words, "label", "start")
        x += 40 + 6.2 * len(words)
