"""Numbers → SVG: the information curves of forms. No script, no other file.

Forms differ by dashes as well as by colour, and violations by shape, so that everything is readable in
grey. Coordinates are rounded to a hundredth: the same figures give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from examgen.core.models.figures import Information
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
"""More forms than this are drawn as a band that contains all their curves."""

WIDTH, LEFT, RIGHT, TOP = 720.0, 46.0, 566.0, 10.0
MAIN, GAP, LOWER = 220.0, 26.0, 74.0
HEIGHT = TOP + MAIN + GAP + LOWER + 36
ERRORS = (2.0, 1.0, 0.7, 0.5, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.08, 0.06, 0.05)
"""Standard errors that the scale on the right may show."""


def information_chart(names: Sequence[str], shown: Information, title: str, description: str) -> str:
    """Return a chart of the forms' information curves and their target, with the difference of each curve
    from the mean below."""
    target, several = shown.target, len(names) > 1
    peak = max(max(curve) for curve in shown.curves)
    if target:
        peak = max(peak, *(a * target.level * (1 + target.within) for a in target.asked))
    # of each form and point, how far it lies from the mean of the forms, as a share of it
    columns = list(zip(*shown.curves, strict=True))
    means = [sum(column) / len(column) for column in columns]
    share = [
        [value / mean - 1 if mean > 0 else 0.0 for value, mean in zip(curve, means, strict=True)]
        for curve in shown.curves
    ]
    reach = max([abs(s) for row in share for t, s in zip(shown.grid, row, strict=True) if abs(t) <= 2.001])
    reach = max(reach * 1.25, 0.005)
    # areas over abilities from −4 to 4; what is outside is clipped to their edges
    width = RIGHT - LEFT
    main = Panel(LEFT, TOP, width, MAIN, -4, 4, 0, (peak or 1.0) * 1.06, beyond=20)
    lower = Panel(LEFT, TOP + MAIN + GAP, width, LOWER, -4, 4, -reach, reach, beyond=20)
    height = HEIGHT if several else TOP + MAIN + 36
    parts = [
        f'<svg class="curves" viewBox="0 0 {at(WIDTH)} {at(height)}" role="img" '
        f'aria-labelledby="curves-title curves-desc" xmlns="http://www.w3.org/2000/svg">',
        f'<title id="curves-title">{escape(title)}</title>',
        f'<desc id="curves-desc">{escape(description)}</desc>',
        *(
            f'<clipPath id="{name}"><rect x="{at(panel.left)}" y="{at(panel.top)}" width="{at(panel.width)}" '
            f'height="{at(panel.height)}"/></clipPath>'
            for name, panel in (("main-area", main), ("lower-area", lower))
        ),
    ]

    # information on the left
    ticks = steps(0, main.y1)
    digits = 0 if all(float(tick).is_integer() for tick in ticks) else 1 if ticks[1] >= 0.1 else 2
    for tick in ticks:
        y = main.y(tick)
        parts += [line((LEFT, y), (RIGHT, y), "grid")]
        parts += [text((LEFT - 5, y + 3.5), f"{tick:.{digits}f}", "tick", "end")]
    parts += [line((main.x(t), main.top), (main.x(t), main.bottom), "grid") for t in range(-4, 5)]
    parts.append(turned(11, main.middle, in_both(tell("information I(θ)"))))
    # its standard errors 1/√I on the right, where they are far enough apart to be read
    last = main.bottom + 100
    for error in ERRORS:
        information = error**-2
        y = main.y(information)
        if main.y1 * 0.02 <= information <= main.y1 and last - y >= 11:
            parts += [line((RIGHT, y), (RIGHT + 4, y), "axis")]
            parts += [text((RIGHT + 7, y + 3.5), f"{error:g}", "tick", "start")]
            last = y
    parts.append(turned(RIGHT + 38, main.middle, "SEM = 1/√I(θ)"))
    parts.append(line((RIGHT, main.top), (RIGHT, main.bottom), "axis"))

    parts += _curves(shown.grid, shown.curves, main, "main-area", 1.6)
    # each point of the target, with its tolerance above and below
    for t, asked in zip(target.at, target.asked, strict=True) if target else ():
        if not -4 <= t <= 4 or target is None:
            continue
        x, value = main.x(t), asked * target.level
        low = value * (1 - target.within) if target.kind == "absolute" else value
        y, top, bottom = main.y(value), main.y(value * (1 + target.within)), main.y(low)
        parts += [line((x, top), (x, bottom), "within")]
        parts += [line((x - 5, end), (x + 5, end), "within") for end in (top, bottom)]
        parts.append(
            f'<path d="M{at(x)} {at(y - 5)}L{at(x + 5)} {at(y)}L{at(x)} {at(y + 5)}L{at(x - 5)} {at(y)}Z" '
            f'class="diamond"/>'
        )

    if several:
        ticks = steps(lower.y0, lower.y1, 4)
        digits = next((d for d in (0, 1, 2) if all(round(t * 100, d) == round(t * 100, 4) for t in ticks)), 3)
        for tick in ticks:
            y = lower.y(tick)
            parts += [line((LEFT, y), (RIGHT, y), "zero" if tick == 0 else "grid")]
            parts += [text((LEFT - 5, y + 3.5), f"{signed(tick * 100, digits)} %", "tick", "end")]
        parts += [line((lower.x(t), lower.top), (lower.x(t), lower.bottom), "grid") for t in range(-4, 5)]
        words = in_both(tell("each form compared with the mean of all"), " · ")
        parts.append(text((LEFT, lower.top - 7), words, "name", "start"))
        parts += _curves(shown.grid, share, lower, "lower-area", 1.4)

    # abilities, below the lowest area
    lowest = lower if several else main
    parts.append(line((LEFT, lowest.bottom), (RIGHT, lowest.bottom), "axis"))
    for t in range(-4, 5):
        x = lowest.x(t)
        parts += [line((x, lowest.bottom), (x, lowest.bottom + 4), "axis")]
        parts += [text((x, lowest.bottom + 15), signed(t, 0), "tick")]
    parts.append(text(((LEFT + RIGHT) / 2, lowest.bottom + 30), in_both(tell("ability θ")), "name"))

    # the legend
    x, y = RIGHT + 56, TOP + 10
    if len(names) > MOST_CURVES:
        all_forms = tell("all {n:,} forms", n=len(names))
        parts += [rect(x, y - 5, 28, 10, 'class="band"')]
        rows = [(None, all_forms.th), (None, all_forms.en), ((_THIN, 0.8), in_both(tell("mean")))]
    elif len(names) > len(PENS):
        rows = [((_THIN, 0.8), in_both(tell("{n} forms", n=len(names))))]
    else:
        rows = [((PENS[n], 2.0), tell("Form {name}", name=name).th) for n, name in enumerate(names)]
    for sample, words in rows:
        if sample:
            parts.append(polyline([(x, y), (x + 28, y)], *sample))
        parts.append(text((x + 34, y + 3.5), words, "key", "start"))
        y += 16
    if target:
        parts.append(f'<path d="M{at(x + 14)} {at(y - 5)}l5 5l-5 5l-5 -5Z" class="diamond"/>')
        said = tell("target") if target.kind == "absolute" else tell("requested shape")
        for k, words in enumerate((said.th, said.en)):
            parts.append(text((x + 34, y + 3.5 + 13.5 * k), words, "key", "start"))
    return "".join([*parts, "</svg>"])


def _curves(
    grid: Sequence[float], curves: Sequence[Sequence[float]], panel: Panel, area: str, width: float
) -> list[str]:
    """Return a line for each form, thin if there are many, or a band that contains all curves and their
    mean."""
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
