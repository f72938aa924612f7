"""What an analysis found → its figures as SVG: readable in grey, each with its text alternative.

Takes plain numbers, gives the words of an SVG. Labels are Thai first, then English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from examgen.intervals import wilson
from examgen.reports.plot import Panel, across, dot, figure, marker, on_the_right, ticks_of, turned, upwards
from examgen.reports.svg import PENS, Pen, Point, line, polyline, rect, signed, text

ABILITY = "ความสามารถ ability (logit)"
_KEY = Pen("#000000", "")
_CURVE = Pen("#1f5a8c", "")
_ERROR = Pen("#c0501f", "7 3")
_SHARES = [(n / 5, f"{n * 20}") for n in range(6)]

_PLOT = (50.0, 12.0, 236.0, 170.0)
_SIZE = (366.0, 226.0)
"""Where curves of an item stand, and the figure about them: letters of 7.5 points at half a page."""


def option_curves(
    name: str, fifths: Mapping[str, Sequence[float | None]], sizes: Sequence[int], keys: Sequence[str]
) -> str:
    """Share of each option by fifth of the candidates of a form, from the lowest totals to the highest.

    `fifths` has five shares for each option, None where nobody is, `sizes` how many had the item of each
    fifth, which stands below it. The key is black and heavy, with 95 % intervals (Wilson).
    """
    panel = Panel(*_PLOT, 0.6, 5.4, 0, 1)
    ticks = [(float(n), f"{n} (n={size})") for n, size in enumerate(sizes, start=1)]
    parts = [
        *upwards(panel, "ร้อยละที่เลือก % choosing", _SHARES),
        *across(panel, "กลุ่มคะแนนต่ำ → สูง fifths, low → high", ticks),
    ]
    distractor = 0
    ends: list[tuple[float, str, bool]] = []
    for kind, (option, shares) in enumerate(fifths.items()):
        is_key = option in keys
        pen = _KEY if is_key else PENS[distractor % len(PENS)]
        distractor += not is_key
        known = [(n, share) for n, share in enumerate(shares, start=1) if share is not None]
        points = [(panel.x(n), panel.y(share)) for n, share in known]
        for n, share in known if is_key else ():
            low, high = wilson(share * sizes[n - 1], sizes[n - 1], 0.95)
            parts.append(line((panel.x(n), panel.y(low)), (panel.x(n), panel.y(high)), "error"))
        parts.append(polyline(points, pen, 3.0 if is_key else 1.5))
        parts += [marker(kind, x, y, *((4.5, "key-sign") if is_key else (3.5,))) for x, y in points]
        if points:
            ends.append((points[-1][1], option, is_key))
    parts += _labels(ends, panel.right + 4)
    told = "; ".join(
        f"{option}{' (key)' if option in keys else ''}: {_in_words(s)}" for option, s in fifths.items()
    )
    told = f"n {', '.join(map(str, sizes))}; {told}"
    return figure(*_SIZE, name, "ตัวเลือกตามกลุ่มคะแนน Options by score fifths", told, parts)


def _in_words(shares: Sequence[float | None]) -> str:
    return ", ".join("–" if share is None else f"{share * 100:.0f} %" for share in shares)


def _labels(ends: Sequence[tuple[float, str, bool]], x: float) -> list[str]:
    """Names at the ends of curves, moved apart where they would touch."""
    placed: list[tuple[float, str, bool]] = []
    for y, words, is_key in sorted(ends):
        place = max(y, placed[-1][0] + 14) if placed else y
        placed.append((place, words, is_key))
    # those pushed below the panel move up again, and push only those that they meet
    lowest = _PLOT[1] + _PLOT[3]
    for n in range(len(placed) - 1, -1, -1):
        placed[n] = (min(placed[n][0], lowest), *placed[n][1:])
        lowest = placed[n][0] - 14
    return [
        text(
            (x, y + 4),
            f"{words} • เฉลย key" if is_key else words,
            "strong" if is_key else "label",
            "start",
        )
        for y, words, is_key in placed
    ]


def item_curve(
    name: str, curve: Sequence[Point], observed: Sequence[tuple[float, float, float, float, int]]
) -> str:
    """The model's curve of an item and what was seen of groups of candidates."""
    panel = Panel(*_PLOT, -4, 4, 0, 1)
    most = max((n for *_, n in observed), default=1)
    parts = [*upwards(panel, "โอกาสตอบถูก % right", _SHARES), *across(panel, ABILITY)]
    parts.append(polyline([(panel.x(x), panel.y(y)) for x, y in curve], _CURVE, 2.2))
    for theta, share, low, high, n in observed:
        x = panel.x(theta)
        parts += [line((x, panel.y(low)), (x, panel.y(high)), "error")]
        parts += [dot(x, panel.y(share), 2.2 + 2.8 * (n / most) ** 0.5, "seen")]
    told = "; ".join(f"ability {t:.1f}: {share * 100:.0f} % of {n}" for t, share, _, _, n in observed)
    return figure(*_SIZE, name, "โค้งลักษณะข้อสอบ Item characteristic curve", told, parts)


def wright_map(
    name: str,
    persons: Sequence[tuple[float, float, int]],
    items: Sequence[tuple[str, float]],
    cuts: Mapping[str, float],
) -> str:
    """Candidates (left: from θ, to θ, how many) and items (right: name, difficulty) on one scale."""
    inside = [b for _, b in items] + [t for low, high, n in persons if n for t in (low, high)]
    low, high = min([-3.0, *inside]), max([3.0, *inside])
    height = max(320.0, 12.0 * _deepest(items, low, high, 40))
    panel = Panel(196, 14, 440, height, 0, 1, low - 0.2, high + 0.2)
    most = max((n for *_, n in persons), default=1) or 1
    parts = [_lying(panel, a, b, 145 * n / most) for a, b, n in persons if n]
    for value, words in ticks_of(panel.y0, panel.y1, 9):
        parts += [text((panel.left - 4, panel.y(value) + 3.5), words, "tick", "end")]
        parts += [line((panel.left, panel.y(value)), (panel.right, panel.y(value)), "grid")]
    parts += _stacked(items, panel)
    parts += [line((30, panel.y(cut)), (panel.right, panel.y(cut)), "cut") for cut in set(cuts.values())]
    if cuts:
        y = sum(panel.y(cut) for cut in cuts.values()) / len(cuts)
        parts.append(text((panel.right + 6, y + 4), _cut_words(cuts), "strong", "start"))
    parts += [
        turned(14, panel.top + height / 2, f"ผู้เข้าสอบ candidates (most in a bar: {most})"),
        text(
            (panel.left, panel.bottom + 22),
            "ข้อสอบ ง่าย (ล่าง) → ยาก (บน)  items, easy (below) → hard",
            "name",
            "start",
        ),
    ]
    told = "; ".join(f"{item} {signed(b, 2)}" for item, b in sorted(items, key=lambda pair: pair[1]))
    return figure(800 if cuts else 660, height + 50, name, "แผนที่ไรท์ Wright map", told, parts)


def _lying(panel: Panel, low: float, high: float, length: float) -> str:
    top = panel.y(high)
    return rect(panel.left - 24 - length, top, length, panel.y(low) - top - 0.6, 'class="bar"')


def _deepest(items: Sequence[tuple[str, float]], low: float, high: float, n: int) -> int:
    """Lines that the map needs, so that no more than four items share one."""
    counts = [0] * n
    for _, b in items:
        counts[min(n - 1, max(0, int((b - low) / (high - low + 1e-9) * n)))] += 1
    return n * max(1, -(-max(counts, default=1) // 4))


def _stacked(items: Sequence[tuple[str, float]], panel: Panel) -> list[str]:
    """Names of items at their difficulty, or the nearest line with room beside those already there."""
    parts: list[str] = []
    ends: dict[int, float] = {}
    for item, b in sorted(items, key=lambda pair: pair[1]):
        wide, start = 16 + 5.9 * len(item), panel.left + 8
        wanted = round(panel.y(b) / 11)
        near = sorted(range(1, int(panel.bottom / 11) + 1), key=lambda row: (abs(row - wanted), row))
        row = next((row for row in near if ends.get(row, start) + wide <= panel.right + 8), wanted)
        x = ends.get(row, start)
        parts += [dot(x, row * 11.0, 1.8, "seen"), text((x + 5, row * 11.0 + 3.5), item, "tick", "start")]
        ends[row] = x + wide
    return parts


def information(
    name: str, curves: Mapping[str, Sequence[Point]], cuts: Mapping[str, float], words: str
) -> str:
    """Information of each form by ability, its standard error on the right, and the cut scores."""
    peak = max([value for curve in curves.values() for _, value in curve] + [0.01]) * 1.08
    panel = Panel(56, 14, 520, 230, -4, 4, 0, peak)
    parts = [*upwards(panel, "สารสนเทศ information"), *across(panel, ABILITY)]
    parts += on_the_right(panel, "SEM (logit)", _error_ticks(panel))
    told = []
    for n, (form, curve) in enumerate(curves.items()):
        pen, y = PENS[n % len(PENS)], panel.top + 12 + 15 * n
        parts.append(polyline([(panel.x(x), panel.y(value)) for x, value in curve], pen, 2.2))
        if len(curves) > 1:
            parts.append(polyline([(panel.left + 10, y - 4), (panel.left + 36, y - 4)], pen, 2.2))
            parts.append(text((panel.left + 42, y), f"ชุด form {form}", "label", "start"))
        told.append("; ".join(f"ability {signed(x, 0)}: {v:.2f}" for x, v in curve if x == int(x)))
    parts += [
        line((panel.x(cut), panel.top), (panel.x(cut), panel.bottom), "cut") for cut in set(cuts.values())
    ]
    if cuts:
        parts.append(text((panel.right - 4, panel.top + 12), _cut_words(cuts), "strong", "end"))
        told.append(_cut_words(cuts))
    return figure(640, 290, name, words, ". ".join(told), parts)


def _cut_words(cuts: Mapping[str, float]) -> str:
    """The cut scores as abilities; the form is named where there are several."""
    if len(cuts) == 1:
        return f"จุดตัด cut {signed(next(iter(cuts.values())), 2)}"
    return "จุดตัด cut " + ", ".join(f"{form} {signed(cut, 2)}" for form, cut in cuts.items())


def _error_ticks(panel: Panel) -> list[tuple[float, str]]:
    """Standard errors at the information that gives them, as many as stand clear of each other."""
    ticks: list[tuple[float, str]] = []
    last = panel.bottom + 100
    for error in (2.0, 1.0, 0.7, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1):
        y = panel.y(error**-2)
        if 0.02 * panel.y1 <= error**-2 <= panel.y1 and last - y >= 13:
            ticks.append((error**-2, f"{error:g}"))
            last = y
    return ticks


def score_distribution(
    name: str, counts: Sequence[tuple[float, int]], cut: float | None, sem: float | None
) -> str:
    """How many candidates have each score, the cut score and the band of one standard error about it."""
    scores = [score for score, _ in counts]
    step = min((b - a for a, b in pairwise(scores)), default=1.0)
    most = max((n for _, n in counts), default=1) or 1
    panel = Panel(
        56, 14, 560, 190, min(scores, default=0) - step, max(scores, default=1) + step, 0, most * 1.1
    )
    parts: list[str] = []
    if cut is not None and sem is not None:
        left, right = panel.x(cut - sem), panel.x(cut + sem)
        parts.append(rect(left, panel.top, right - left, panel.height, 'class="asked"'))
    whole = [(value, words) for value, words in ticks_of(0, panel.y1, 5) if value == int(value)]
    parts += [*upwards(panel, "จำนวนคน candidates", whole), *across(panel, "คะแนน score")]
    width = max(1.0, panel.width / (panel.x1 - panel.x0) * step - 1)
    for score, n in counts:
        if n:
            x, y = panel.x(score) - width / 2, panel.y(n)
            parts.append(rect(x, y, width, panel.bottom - y, 'class="bar"'))
    told = "; ".join(f"{score:g}: {n}" for score, n in counts if n)
    if cut is not None:
        x = panel.x(cut)
        parts += [line((x, panel.top), (x, panel.bottom), "cut")]
        parts += [text((x + 4, panel.top + 11), f"จุดตัด cut {cut:g}", "strong", "start")]
    return figure(640, 250, name, "การแจกแจงคะแนน Score distribution", told, parts)
