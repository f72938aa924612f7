"""Exam analysis → its figures as SVG, readable in grey, each with a text alternative.

Takes plain numbers and returns SVG text. Labels are Thai first, then English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from math import ceil

from examgen.core.words import Message, tell
from examgen.rendering.plot import (
    NARROW,
    PENS,
    Panel,
    Pen,
    Point,
    across,
    dot,
    figure,
    in_both,
    line,
    marker,
    on_the_right,
    polyline,
    rect,
    signed,
    text,
    ticks_of,
    turned,
    upwards,
    within,
)
from examgen.stats.distributions import wilson

Bars = Sequence[tuple[float, float, int]]
"""Numbers of candidates by ability: from θ, to θ, number."""

_ABILITY = in_both(tell("ability (logit)"))
_CUT = in_both(tell("cut"))
_KEY = Pen("#000000", "")
_CURVE = Pen("#1f5a8c", "")
_SHARES = [(n / 5, f"{n * 20}") for n in range(6)]

_PLOT = (50.0, 8.0, 236.0, 106.0)
_SIZE = (366.0, 156.0)
"""The plot area of an item's curves, and the size of the figure: letters of 7.5 points at half a page."""
_ROW, _LETTER = 11.5, 5.6
"""In a Wright map, the height of a line of names and the width of a letter."""
_TICK = 7.0
"""Half the height of a number on the axis, with some space."""
_LEFT, _AXIS, _NAMES = 24.0, 130.0, 158.0
"""The x positions where bars begin, where difficulties are marked, and where item names begin."""
_BARS = 76.0
"""The length of the longest bar of a map."""
_MOST_LINES = 60
"""The maximum number of lines of names on a map, so that it fits on a page."""
_ERRORS = (2.0, 1.0, 0.7, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1)
"""Standard errors of ability that an axis may label."""


# ── an item ──────────────────────────────────────────────────────────────────────────────────


def option_curves(
    name: str, fifths: Mapping[str, Sequence[float | None]], sizes: Sequence[int], keys: Sequence[str]
) -> str:
    """Draw the share of each option by fifth of the candidates of a form, from the lowest totals to the
    highest.

    `fifths` has five shares for each option, None for an empty fifth. `sizes` are the numbers of candidates
    in each fifth who had the item; they are shown below it. The key is black and heavy, with 95 % intervals
    (Wilson).
    """
    panel = Panel(*_PLOT, 0.6, 5.4, 0, 1)
    places = [(float(n), f"{n} (n={size})") for n, size in enumerate(sizes, start=1)]
    parts = [
        *upwards(panel, in_both(tell("% who chose it")), _SHARES),
        *across(panel, in_both(tell("score fifths, low → high")), places),
    ]
    pens, ends, words = cycle(PENS), list[tuple[float, str, str]](), list[str]()
    for kind, (option, shares) in enumerate(fifths.items()):
        is_key = option in keys
        known = [(n, share) for n, share in enumerate(shares, start=1) if share is not None]
        points = [(panel.x(n), panel.y(share)) for n, share in known]
        for n, share in known if is_key else ():
            interval = wilson(share * sizes[n - 1], sizes[n - 1], 0.95)
            parts.append(_upright(panel, n, interval, "error"))
        parts.append(polyline(points, _KEY if is_key else next(pens), 3.0 if is_key else 1.5))
        parts += [marker(kind, x, y, *((4.5, "key-sign") if is_key else (3.5,))) for x, y in points]
        if points:
            label = f"{option} • {in_both(tell('key'))}" if is_key else option
            ends.append((points[-1][1], label, "strong" if is_key else "label"))
        percents = ", ".join("–" if share is None else f"{share * 100:.0f} %" for share in shares)
        words.append(f"{option}{' (key)' if is_key else ''}: {percents}")
    ends.sort()
    for y, (_, label, style) in zip(_spread([y for y, *_ in ends], 14, panel.bottom), ends, strict=True):
        parts.append(text((panel.right + 4, y + 4), label, style, "start"))
    description = f"n {', '.join(map(str, sizes))}; {'; '.join(words)}"
    return figure(*_SIZE, name, in_both(tell("Options by score fifths")), description, parts)


def item_curve(
    name: str, curve: Sequence[Point], observed: Sequence[tuple[float, float, float, float, int]]
) -> str:
    """Draw the model's curve of an item and, for groups of candidates, the observed share right with its
    interval."""
    panel = Panel(*_PLOT, -4, 4, 0, 1)
    most = max((n for *_, n in observed), default=1)
    parts = [*upwards(panel, in_both(tell("% right")), _SHARES), *across(panel, _ABILITY)]
    parts.append(polyline([(panel.x(x), panel.y(y)) for x, y in curve], _CURVE, 2.2))
    for theta, share, low, high, n in observed:
        parts.append(_upright(panel, theta, (low, high), "error"))
        parts.append(dot(panel.x(theta), panel.y(share), 2.2 + 2.8 * (n / most) ** 0.5, "seen"))
    words = "; ".join(f"ability {signed(t)}: {share * 100:.0f} % of {n}" for t, share, _, _, n in observed)
    return figure(*_SIZE, name, in_both(tell("Item characteristic curve")), words, parts)


def _upright(panel: Panel, value: float, interval: tuple[float, float], style: str) -> str:
    low, high = interval
    return line((panel.x(value), panel.y(low)), (panel.x(value), panel.y(high)), style)


def _spread(places: Sequence[float], step: float, bottom: float, top: float = float("-inf")) -> list[float]:
    """Return positions in the same order, at least a step apart and within the panel if there is room.
    Positions pushed below the panel move up again, and push only those that they meet."""
    placed: list[float] = []
    for y in places:
        placed.append(max(y, placed[-1] + step if placed else top))
    lowest = bottom
    for n in range(len(placed) - 1, -1, -1):
        placed[n] = min(placed[n], lowest)
        lowest = placed[n] - step
    return placed


# ── a form ───────────────────────────────────────────────────────────────────────────────────


def ability_ends(difficulties: Sequence[float], persons: Bars) -> tuple[float, float]:
    """Return the ends of an ability scale that covers all items and all candidates."""
    inside = [*difficulties, *(t for low, high, n in persons if n for t in (low, high))]
    return min([-3.0, *inside]) - 0.2, max([3.0, *inside]) + 0.2


def wright_map(
    name: str,
    persons: Bars,
    items: Sequence[tuple[str, float]],
    cut: float | None,
    ends: tuple[float, float],
    words: Callable[[Message], str] = in_both,
) -> str:
    """Draw the candidates of a form on the left and its items on the right, with a mark at each difficulty
    and a line from it to the item's name. `ends` of the scale are the same for all forms; `words`
    translates a label for the reader."""
    # items from the hardest on, as many on a line as have room there and as many lines as needed
    hardest = sorted(items, key=lambda pair: (-round(pair[1], 9), pair[0]))
    longest = max((len(item) for item, _ in items), default=1)
    room = max(1, int((NARROW - _NAMES) // (_LETTER * longest + 8)))
    n_each = min(room, max(1, -(-len(items) // _MOST_LINES)))
    rows = [hardest[n : n + n_each] for n in range(0, len(items), n_each)]
    height = max(300.0, _ROW * (len(rows) + 2))
    panel = Panel(_LEFT, 14, NARROW - _LEFT - 4, height, 0, 1, *ends)
    most = max((n for *_, n in persons), default=1) or 1
    parts = []
    for low, high, n in persons:
        if n:
            tall = max(panel.y(low) - panel.y(high) - 0.6, 0.4)
            parts.append(rect(panel.left, panel.y(high), _BARS * n / most, tall, 'class="bar"'))
    for value, tick in ticks_of(panel.y0, panel.y1, 9):
        parts.append(line((_AXIS - 6, panel.y(value)), (_AXIS, panel.y(value)), "axis"))
        if cut is None or abs(panel.y(value) - panel.y(cut)) > _TICK:  # the line of the cut would cross it
            parts.append(text((_AXIS - 8, panel.y(value) + 3.5), tick, "tick", "end"))
    parts.append(line((_AXIS, panel.top), (_AXIS, panel.bottom), "axis"))
    # names on lines of their own, in order and as near as may be to the mean difficulty of each line
    means = [panel.y(sum(b for _, b in row) / len(row)) for row in rows]
    for row, y in zip(rows, _spread(means, _ROW, panel.bottom - 2, panel.top + 4), strict=True):
        for _, b in row:
            parts.append(line((_AXIS, panel.y(b)), (_AXIS + 7, panel.y(b)), "axis"))
            parts.append(line((_AXIS + 7, panel.y(b)), (_NAMES - 3, y), "error"))
        parts.append(text((_NAMES, y + 3.5), "  ".join(item for item, _ in row), "tick", "start"))
    cut_words = "" if cut is None else f"{words(tell('cut'))} {signed(cut, 2)}"
    if cut is not None:
        parts.append(line((_LEFT, panel.y(cut)), (_NAMES - 12, panel.y(cut)), "cut"))
        parts.append(line((_LEFT, 7), (_LEFT + 18, 7), "cut"))  # named above: a name at the line hides bars
        parts.append(text((_LEFT + 22, 11), cut_words, "strong", "start"))
    candidates = words(tell("candidates"))
    parts += [
        text((_LEFT, panel.bottom + 12), "0", "tick"),
        text((_LEFT + _BARS, panel.bottom + 12), f"{most}", "tick"),
        turned(10, panel.top + height / 2, f"{candidates}, n = {sum(n for *_, n in persons)}"),
        text((_NAMES, panel.bottom + 20), words(tell("items, hard ones at the top")), "name", "start"),
        text((_AXIS, panel.bottom + 20), "logit", "name", "end"),
    ]
    easiest = sorted(items, key=lambda pair: (round(pair[1], 9), pair[0]))
    names = "; ".join(f"{item} {signed(b, 2)}" for item, b in easiest)
    people = "; ".join(f"{signed(low, 2)}: {n}" for low, _, n in persons if n)
    description = f"{candidates} {people}. {words(tell('items'))} {names}"
    if cut_words:
        description = f"{cut_words}. {description}"
    return figure(NARROW, height + 42, name, words(tell("Wright map")), description, parts)


def information(
    name: str, curves: Mapping[str, Sequence[Point]], cuts: Mapping[str, float], title: str
) -> str:
    """Draw the information of each form by ability, its standard error on the right axis, and the cut scores,
    each labelled at its line."""
    peak = max([value for curve in curves.values() for _, value in curve] + [0.01]) * 1.08
    n_lines = (len(curves) if len(curves) > 1 else 0) + len(cuts)
    panel = Panel(46, 14 + 15 * n_lines, NARROW - 100, 210, -4, 4, 0, peak)  # names stand above the curves
    parts = [*upwards(panel, in_both(tell("test information"))), *across(panel, _ABILITY)]
    # standard errors at the information that gives them, as many as stand clear of each other
    ticks, last = list[tuple[float, str]](), panel.bottom + 100
    for error in _ERRORS:
        y = panel.y(error**-2)
        if 0.02 * panel.y1 <= error**-2 <= panel.y1 and last - y >= 13:
            ticks.append((error**-2, f"{error:g}"))
            last = y
    parts += on_the_right(panel, "SE (logit)", ticks)
    words = []
    for n, (form, curve) in enumerate(curves.items()):
        pen, y = PENS[n % len(PENS)], 12.0 + 15 * n
        parts.append(polyline([(panel.x(x), panel.y(value)) for x, value in curve], pen, 2.2))
        if len(curves) > 1:
            parts.append(polyline([(panel.left + 10, y - 4), (panel.left + 36, y - 4)], pen, 2.2))
            parts.append(text((panel.left + 42, y), in_both(tell("form")) + f" {form}", "label", "start"))
        words.append("; ".join(f"ability {signed(x, 0)}: {v:.2f}" for x, v in curve if x == int(x)))
    for row, (form, cut) in enumerate(sorted(cuts.items(), key=lambda pair: pair[1])):
        words.append(f"{_CUT} {form} {signed(cut, 2)}".replace("  ", " "))
        y = panel.top - 4 - 15 * (len(cuts) - 1 - row)
        parts += _cut_line(panel, panel.x(cut), (y - 8, y), words[-1], 0.66)
    return figure(NARROW, panel.bottom + 46, name, title, ". ".join(words), parts)


def score_distribution(
    name: str, counts: Sequence[tuple[int, int]], cut: float | None, sem: float | None
) -> str:
    """Draw how many candidates have each number right, the cut between two scores, and the band of scores
    within one standard error of it."""
    most = max((n for _, n in counts), default=1) or 1
    last = max((score for score, _ in counts), default=1)
    panel = Panel(46, 28, NARROW - 58, 180, -0.5, last + 0.5, 0, most * 1.1)
    parts, words = list[str](), "; ".join(f"{score:g}: {n}" for score, n in counts if n)
    if cut is not None:
        cut_words = f"{_CUT} {cut:.2f}".rstrip("0").rstrip(".")
        words += f"; {cut_words}"
    if cut is not None and sem is not None:
        low, high = within(cut, sem, last)
        left, right = panel.x(low - 0.5), panel.x(high + 0.5)
        parts.append(rect(left, panel.top, right - left, panel.height, 'class="asked"'))
        words += f"; cut ± SEM {signed(sem, 2)}: {low}–{high}"
    parts += upwards(panel, in_both(tell("number of candidates")), _whole(panel.y1, 5))
    parts += across(panel, in_both(tell("number right")), _whole(last, 8))
    width = max(panel.width / (last + 1) - 1, 0.6)
    for score, n in counts:
        if n:
            y = panel.y(n)
            parts.append(rect(panel.x(score) - width / 2, y, width, panel.bottom - y, 'class="bar"'))
    if cut is not None:
        parts += _cut_line(panel, panel.x(ceil(cut) - 0.5), (panel.top, panel.top - 6), cut_words, 0.7)
    return figure(NARROW, panel.bottom + 46, name, in_both(tell("Score distribution")), words, parts)


def _whole(last: float, most: int) -> list[tuple[float, str]]:
    return [(value, f"{value:.0f}") for value, _ in ticks_of(0, last, most) if value == int(value)]


def _cut_line(panel: Panel, x: float, tops: tuple[float, float], words: str, late: float) -> Iterator[str]:
    """Yield the line of a cut and its label, which is on the left of the line if that is beyond the share
    `late` of the panel's width. `tops` are the y positions of the upper end of the line and of the label."""
    is_late = x > panel.left + late * panel.width
    yield line((x, tops[0]), (x, panel.bottom), "cut")
    yield text((x - 4 if is_late else x + 4, tops[1]), words, "strong", "end" if is_late else "start")
