"""Numbers → SVG of our own: information curves, a strip for a quota, a histogram. No script, no other file.

Forms differ by dashes as well as by colour, and what is missed by shape, so that all of it reads in grey.
Coordinates are rounded to a hundredth: the same figures give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from examgen.core.models.build_figures import Information, Tally
from examgen.core.words import tell
from examgen.rendering.plot import (
    PENS,
    Panel,
    Pen,
    at,
    in_both,
    line,
    polyline,
    rect,
    signed,
    steps,
    text,
    turned,
)

_THIN = Pen("#1f5a8c", "")
MOST_CURVES = 40
"""More forms than these are drawn as the band that holds them all."""

WIDTH, LEFT, RIGHT, TOP = 720.0, 46.0, 566.0, 10.0
MAIN, GAP, LOWER = 220.0, 26.0, 74.0
HEIGHT = TOP + MAIN + GAP + LOWER + 36


def _panel(y0: float, y1: float, top: float, height: float) -> Panel:
    """An area over abilities from −4 to 4, to whose edges what lies outside is clipped."""
    return Panel(LEFT, top, RIGHT - LEFT, height, -4, 4, y0, y1, beyond=20)


# ── information ──────────────────────────────────────────────────────────────────────────────


def information_chart(names: Sequence[str], shown: Information, title: str, description: str) -> str:
    """Curves of the forms over their target; below, how far each lies from the mean of all."""
    peak = max(max(curve) for curve in shown.curves)
    if shown.target:
        tops = [a * shown.target.level * (1 + shown.target.within) for a in shown.target.asked]
        peak = max(peak, *tops)
    main = _panel(0, (peak or 1.0) * 1.06, TOP, MAIN)
    share = _shares(shown)
    reach = max([abs(s) for row in share for t, s in zip(shown.grid, row, strict=True) if abs(t) <= 2.001])
    reach = max(reach * 1.25, 0.005)
    lower = _panel(-reach, reach, TOP + MAIN + GAP, LOWER)
    several = len(names) > 1
    height = HEIGHT if several else TOP + MAIN + 36
    parts = [
        f'<svg class="curves" viewBox="0 0 {at(WIDTH)} {at(height)}" role="img" '
        f'aria-labelledby="curves-title curves-desc" xmlns="http://www.w3.org/2000/svg">',
        f'<title id="curves-title">{escape(title)}</title>',
        f'<desc id="curves-desc">{escape(description)}</desc>',
        *_clips(main, lower),
        *_axes(main),
        *_drawn(shown.grid, shown.curves, main, "main-area"),
        *_diamonds(shown, main),
        *(_differences(shown, share, lower) if several else ()),
        *_across(lower if several else main),
        *_legend(names, shown),
        "</svg>",
    ]
    return "".join(parts)


def _shares(shown: Information) -> list[list[float]]:
    """Of each form and point, how far it lies from the mean of the forms, as a share of it."""
    n = len(shown.curves)
    means = [sum(column) / n for column in zip(*shown.curves, strict=True)]
    return [
        [value / mean - 1 if mean > 0 else 0.0 for value, mean in zip(curve, means, strict=True)]
        for curve in shown.curves
    ]


def _clips(main: Panel, lower: Panel) -> list[str]:
    return [
        f'<clipPath id="{name}"><rect x="{at(panel.left)}" y="{at(panel.top)}" width="{at(panel.width)}" '
        f'height="{at(panel.height)}"/></clipPath>'
        for name, panel in (("main-area", main), ("lower-area", lower))
    ]


def _axes(panel: Panel) -> list[str]:
    """Grid and numbers of the main area: information on the left, its standard error on the right."""
    ticks = steps(0, panel.y1)
    digits = 0 if all(float(tick).is_integer() for tick in ticks) else 1 if ticks[1] >= 0.1 else 2
    parts = []
    for tick in ticks:
        y = panel.y(tick)
        parts += [line((LEFT, y), (RIGHT, y), "grid")]
        parts += [text((LEFT - 5, y + 3.5), f"{tick:.{digits}f}", "tick", "end")]
    parts += [line((panel.x(t), panel.top), (panel.x(t), panel.bottom), "grid") for t in range(-4, 5)]
    return [*parts, turned(11, panel.middle, in_both(tell("information I(θ)"))), *_errors(panel)]


def _errors(panel: Panel) -> list[str]:
    """The right-hand scale: standard errors 1/√I, where they are far enough apart to be read."""
    parts, last = [], panel.bottom + 100
    for error in (2.0, 1.0, 0.7, 0.5, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.08, 0.06, 0.05):
        information = error**-2
        y = panel.y(information)
        if panel.y1 * 0.02 <= information <= panel.y1 and last - y >= 11:
            parts += [line((RIGHT, y), (RIGHT + 4, y), "axis")]
            parts += [text((RIGHT + 7, y + 3.5), f"{error:g}", "tick", "start")]
            last = y
    parts.append(turned(RIGHT + 38, panel.middle, "SEM = 1/√I(θ)"))
    return [*parts, line((RIGHT, panel.top), (RIGHT, panel.bottom), "axis")]


def _across(panel: Panel) -> list[str]:
    """The axis of θ below the lowest area."""
    parts = [line((LEFT, panel.bottom), (RIGHT, panel.bottom), "axis")]
    for t in range(-4, 5):
        x = panel.x(t)
        parts += [line((x, panel.bottom), (x, panel.bottom + 4), "axis")]
        parts += [text((x, panel.bottom + 15), signed(t, 0), "tick")]
    return [*parts, text(((LEFT + RIGHT) / 2, panel.bottom + 30), in_both(tell("ability θ")), "name")]


def _diamonds(shown: Information, panel: Panel) -> list[str]:
    """Each point of the target, with what it allows above and below."""
    target, parts = shown.target, []
    for t, asked in zip(target.at, target.asked, strict=True) if target else ():
        if not -4 <= t <= 4 or target is None:
            continue
        x, value = panel.x(t), asked * target.level
        low = value * (1 - target.within) if target.kind == "absolute" else value
        y, top, bottom = panel.y(value), panel.y(value * (1 + target.within)), panel.y(low)
        parts += [line((x, top), (x, bottom), "within")]
        parts += [line((x - 5, end), (x + 5, end), "within") for end in (top, bottom)]
        parts.append(
            f'<path d="M{at(x)} {at(y - 5)}L{at(x + 5)} {at(y)}L{at(x)} {at(y + 5)}L{at(x - 5)} {at(y)}Z" '
            f'class="diamond"/>'
        )
    return parts


def _drawn(
    grid: Sequence[float], curves: Sequence[Sequence[float]], panel: Panel, area: str, width: float = 1.6
) -> list[str]:
    """A line for each form, thin where there are many, or the band that holds them all."""
    parts = [f'<g clip-path="url(#{area})">']
    xs = [panel.x(t) for t in grid]
    if len(curves) > MOST_CURVES:
        columns = list(zip(*curves, strict=True))
        upper = [(x, panel.y(max(column))) for x, column in zip(xs, columns, strict=True)]
        under = [(x, panel.y(min(column))) for x, column in zip(xs, columns, strict=True)]
        path = " ".join(f"{at(x)},{at(y)}" for x, y in (*upper, *reversed(under)))
        parts.append(f'<polygon points="{path}" class="band"/>')
        means = [sum(column) / len(column) for column in columns]
        parts.append(polyline([(x, panel.y(m)) for x, m in zip(xs, means, strict=True)], _THIN, width))
    else:
        few = len(curves) <= len(PENS)
        for n, curve in enumerate(curves):
            points = [(x, panel.y(value)) for x, value in zip(xs, curve, strict=True)]
            parts.append(
                polyline(points, PENS[n], width) if few else polyline(points, _THIN, 0.8, 0.55),
            )
    return [*parts, "</g>"]


def _differences(shown: Information, share: Sequence[Sequence[float]], panel: Panel) -> list[str]:
    ticks = steps(panel.y0, panel.y1, 4)
    digits = next((d for d in (0, 1, 2) if all(round(t * 100, d) == round(t * 100, 4) for t in ticks)), 3)
    parts = []
    for tick in ticks:
        y = panel.y(tick)
        parts += [line((LEFT, y), (RIGHT, y), "zero" if tick == 0 else "grid")]
        parts += [text((LEFT - 5, y + 3.5), f"{signed(tick * 100, digits)} %", "tick", "end")]
    parts += [line((panel.x(t), panel.top), (panel.x(t), panel.bottom), "grid") for t in range(-4, 5)]
    words = in_both(tell("each form against the mean of all"), " · ")
    parts.append(text((LEFT, panel.top - 7), words, "name", "start"))
    return [*parts, *_drawn(shown.grid, share, panel, "lower-area", 1.4)]


def _legend(names: Sequence[str], shown: Information) -> list[str]:
    x, y = RIGHT + 56, TOP + 10
    if len(names) > MOST_CURVES:
        all_forms = tell("all {n:,} forms", n=len(names))
        rows = [("band", all_forms.th), ("", all_forms.en), ("thin", in_both(tell("mean")))]
    elif len(names) > len(PENS):
        rows = [("thin", in_both(tell("{n} forms", n=len(names))))]
    else:
        rows = [(str(n), tell("Form {name}", name=name).th) for n, name in enumerate(names)]
    parts = []
    for kind, words in rows:
        parts += [*_sample(kind, x, y), text((x + 34, y + 3.5), words, "key", "start")]
        y += 16
    if shown.target:
        middle = x + 14
        parts.append(f'<path d="M{at(middle)} {at(y - 5)}l5 5l-5 5l-5 -5Z" class="diamond"/>')
        absolute = shown.target.kind == "absolute"
        words = tell("target") if absolute else tell("shape asked")
        parts += [
            text((x + 34, y + 3.5 + 13.5 * k), line, "key", "start")
            for k, line in enumerate((words.th, words.en))
        ]
    return parts


def _sample(kind: str, x: float, y: float) -> list[str]:
    if kind == "band":
        return [rect(x, y - 5, 28, 10, 'class="band"')]
    if not kind:
        return []
    pen, width = (_THIN, 0.8) if kind == "thin" else (PENS[int(kind)], 2.0)
    return [polyline([(x, y), (x + 28, y)], pen, width)]


# ── strips and bars ──────────────────────────────────────────────────────────────────────────

STRIP, ROW = 100.0, 14.0


def strip(tally: Tally, top: int) -> str:
    """Counts of the forms on a scale from 0 to `top`, over the interval that is asked.

    A dot is as large as the share of forms that have the count; a cross marks counts out of bounds.
    """
    scale, middle = (STRIP - 16) / max(top, 1), ROW / 2
    parts = [
        f'<svg class="strip" viewBox="0 0 {at(STRIP)} {at(ROW)}" aria-hidden="true" '
        f'xmlns="http://www.w3.org/2000/svg">',
        line((8, middle), (STRIP - 8, middle), "rule"),
    ]
    if tally.field:
        left = 8 + tally.least * scale - 5
        right = STRIP if tally.greatest is None else 8 + min(tally.greatest, top) * scale + 5
        parts.append(rect(left, 1.5, right - left, ROW - 3, 'rx="5" class="asked"'))
    for count in sorted(set(tally.counts)):
        share = tally.counts.count(count) / len(tally.counts)
        missed = tally.counts.index(count) in tally.missed
        parts.append(_mark(8 + count * scale, middle, 1.6 + 2.4 * share**0.5, missed))
    return "".join([*parts, "</svg>"])


def _mark(x: float, y: float, r: float, missed: bool) -> str:
    if not missed:
        return f'<circle cx="{at(x)}" cy="{at(y)}" r="{at(r)}" class="dot"/>'
    return (
        f'<path d="M{at(x - r)} {at(y - r)}L{at(x + r)} {at(y + r)}M{at(x - r)} {at(y + r)}'
        f'L{at(x + r)} {at(y - r)}" class="cross"/>'
    )


class Bar(NamedTuple):
    """A bar of a histogram: from `low` to `high`, both within it."""

    low: int
    high: int
    n: int


def binned(counts: Sequence[tuple[int, int]]) -> list[Bar]:
    """(value, how many) in at most 24 bars of equal width."""
    low, high = counts[0][0], counts[-1][0]
    width = -(-(high - low + 1) // 24)
    bars = [0] * (-(-(high - low + 1) // width))
    for value, n in counts:
        bars[(value - low) // width] += n
    return [Bar(low + k * width, min(low + (k + 1) * width - 1, high), n) for k, n in enumerate(bars)]


def histogram(counts: Sequence[tuple[int, int]], title: str) -> str:
    """How many of each value, as bars with their numbers."""
    bars = binned(counts)
    width, height, base = 340.0, 96.0, 76.0
    step = min((width - 8) / len(bars), 44.0)
    most = max(bar.n for bar in bars)
    parts = [
        f'<svg class="bars" viewBox="0 0 {at(width)} {at(height)}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">'
    ]
    crowded = step < 26
    for k, bar in enumerate(bars):
        x, h = 4 + k * step, bar.n / most * (base - 18)
        parts.append(
            f'<rect x="{at(x + 1)}" y="{at(base - h)}" width="{at(step - 2)}" height="{at(h)}" class="bar"/>'
        )
        if not crowded or bar.n == most:
            parts.append(text((x + step / 2, base - h - 4), f"{bar.n:,}", "tick"))
        if not crowded or k % 4 == 0:
            label = str(bar.low) if bar.low == bar.high or crowded else f"{bar.low}–{bar.high}"
            parts.append(text((x + step / 2, base + 13), label, "tick"))
    parts.append(line((4, base), (4 + step * len(bars), base), "axis"))
    return "".join([*parts, "</svg>"])
