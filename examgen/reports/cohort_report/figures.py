"""What a cohort's report found → its figures as SVG: readable in grey, each with its text alternative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from examgen.rendering.parts import DECISIONS, JUDGED, STATUSES
from examgen.rendering.plot import (
    WIDE,
    Panel,
    across,
    at,
    figure,
    in_rows,
    letters,
    line,
    marker,
    rect,
    text,
    ticks_of,
    upwards,
    within,
)
from examgen.reports.cohort_report.statuses import Place

if TYPE_CHECKING:
    from examgen.reports.cohort_report.report import Bar, Distribution, Margin, Person
    from examgen.reports.language import Voice

PASSED = 'fill="#1f5a8c"'
NOT_PASSED = 'fill="#d5dfe8" stroke="#1f5a8c" stroke-width="0.8"'
BAND = 'fill="#f3e3c3" stroke="#777" stroke-width="0.8"'
MOST_COLUMNS = 48
MARGIN_ROW = 16.0


# ── the distribution ─────────────────────────────────────────────────────────────────────────


def distribution_figure(voice: Voice, found: Distribution, decided: bool, width: float = WIDE) -> str:
    """How many have each score, who of them passed, the cut and the band of one standard error about it."""
    shift = 0.5 if found.single else 0.0
    first = found.bars[0].low - shift
    last = found.bars[-1].low + found.step - shift
    most = max(bar.n for bar in found.bars)
    left = 62 if width == WIDE else 46
    legend = _legend(voice, found, left, width - left) if decided else []
    top = max((y for _, y in legend), default=0.0) + 34
    highest = most * 1.08
    apart = found.margins if _is_apart(found) else ()
    height = 200 + MARGIN_ROW * len(apart)
    panel = Panel(left, top, width - left - 18, height, first, last, 0, highest * height / 200)
    whole = [tick for tick, _ in ticks_of(0, highest, 5) if tick == int(tick)]
    scores = voice.words("Score in points") if found.in_points else voice.words("Score in per cent")
    parts = _band(panel, found)
    parts += upwards(panel, voice.words("Candidates"), [(tick, voice.number(tick)) for tick in whole])
    parts += across(panel, scores, _score_ticks(voice, found, 10 if width == WIDE else 5))
    for bar in found.bars:
        parts += _bar(panel, bar.low - shift, found.step, bar.n, bar.passed)
    if found.cuts is not None:
        parts += _cut(voice, panel, found)
    for row, margin in enumerate(apart):
        parts += _whisker(panel, panel.top + MARGIN_ROW * (row + 0.5), found, margin)
    parts += [part for drawn, _ in legend for part in drawn]
    title = voice.words("Distribution of scores")
    return figure(width, panel.bottom + 50, "scores", title, _told(voice, found), parts)


def _score_ticks(voice: Voice, found: Distribution, most: int) -> list[tuple[float, str]]:
    ticks = ticks_of(found.bars[0].low, found.most, most)
    return [(value, voice.number(value)) for value, _ in ticks if value == int(value)]


def _is_apart(found: Distribution) -> bool:
    """Whether each form has its own standard error drawn, since their cuts differ."""
    return any(margin.form for margin in found.margins)


def _band(panel: Panel, found: Distribution) -> list[str]:
    if not found.margins or _is_apart(found):
        return []
    ends = _ends(found, found.margins[0])
    if found.single and ends[0] >= 0:
        low, high = within(found.margins[0].cut, found.margins[0].sem, found.most)
        ends = low - 0.5, high + 0.5
    left, right = map(panel.x, ends)
    return [rect(left, panel.top, right - left, panel.height, BAND)]


def _ends(found: Distribution, margin: Margin) -> tuple[float, float]:
    """One standard error below the cut and one above, among the scores that there are."""
    least = min(0.0, found.bars[0].low)
    return max(margin.cut - margin.sem, least), min(margin.cut + margin.sem, found.most)


def _whisker(panel: Panel, y: float, found: Distribution, margin: Margin) -> Iterator[str]:
    """A sign at the cut, a line as far as one standard error, and the form before or behind it."""
    form = margin.form
    left, right = map(panel.x, _ends(found, margin))
    yield from _error_bar(left, right, panel.x(margin.cut), y)
    room = left - panel.left > 12 + LETTER * len(form)
    yield text((left - 6 if room else right + 6, y + 4), form, "strong", "end" if room else "start")


def _error_bar(left: float, right: float, middle: float, y: float) -> Iterator[str]:
    yield line((left, y), (right, y), "error")
    for x in (left, right):
        yield line((x, y - 3), (x, y + 3), "error")
    yield marker(3, middle, y, 3, "key-sign")


def _bar(panel: Panel, low: float, step: int, n: int, passed: int) -> Iterator[str]:
    """Those who passed below, the others on top of them."""
    gap = 0.6
    x, width = panel.x(low) + gap, max(panel.x(low + step) - panel.x(low) - 2 * gap, 0.6)
    middle, top = panel.y(passed), panel.y(n)
    if passed:
        yield rect(x, middle, width, panel.bottom - middle, PASSED)
    if n > passed:
        yield rect(x, top, width, middle - top, NOT_PASSED)


def _cut(voice: Voice, panel: Panel, found: Distribution) -> Iterator[str]:
    """Between the last score that is below the cut and the first that is not. Each is said beside its line
    where there is room, else all together before the least."""
    assert found.cuts is not None
    values = sorted(set(found.cuts))
    xs = [panel.x(ceil(value) - 0.5 if found.single else value) for value in values]
    said = [voice.words("cut {value}", value=_plain(value)) for value in values]
    for x in xs:
        yield line((x, panel.top), (x, panel.bottom), "cut")
    y, end = panel.top - 5, panel.left + panel.width + 18
    fits_behind = xs[-1] + 5 + 6.5 * letters(said[-1]) <= end
    if len(values) == 1 and fits_behind and xs[0] <= panel.left + 0.72 * panel.width:
        yield text((xs[0] + 5, y), said[0], "strong", "start")
    elif len(values) == 2 and fits_behind and xs[0] > 5 + 6.5 * letters(said[0]):
        yield text((xs[0] - 5, y), said[0], "strong", "end")
        yield text((xs[1] + 5, y), said[1], "strong", "start")
    else:
        words = " · ".join(said)
        fits_before = xs[0] > 5 + 6.5 * letters(words)
        yield text((xs[0] - 5 if fits_before else end, y), words, "strong", "end")


def _plain(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _legend(
    voice: Voice, found: Distribution, left: float, room: float
) -> list[tuple[tuple[str, ...], float]]:
    """What the fills and signs mean: a sample and its words, and how far they stand below the first row."""
    rows = [(PASSED, voice.pair(DECISIONS["pass"].word)), (NOT_PASSED, voice.pair(DECISIONS["fail"].word))]
    if found.margins:
        rows.append(("" if _is_apart(found) else BAND, _margin_words(voice, found)))
    spots = in_rows((36 + 6.2 * letters(said) for _, said in rows), room)
    return [
        (
            (
                *_sample(left + x, 17.0 * row, fill),
                text((left + x + 19, 14 + 17 * row), said, "label", "start"),
            ),
            17.0 * row,
        )
        for (fill, said), (x, row) in zip(rows, spots, strict=True)
    ]


def _sample(x: float, y: float, fill: str) -> Iterator[str]:
    if fill:
        yield rect(x, 5 + y, 14, 10, fill)
    else:
        yield from _error_bar(x, x + 14, x + 7, y + 10)


def _margin_words(voice: Voice, found: Distribution) -> str:
    if found.of_several and not _is_apart(found):
        return voice.words("cut ± widest SEM")
    return voice.words("cut ± one SEM")


def _told(voice: Voice, found: Distribution) -> str:
    number = voice.number
    parts = [f"{number(bar.low)}{_until(voice, found, bar)}: {number(bar.n)}" for bar in found.bars if bar.n]
    head = voice.words("Candidates by score")
    said = [f"{head}: {'; '.join(parts)}"]
    if found.margins:
        both = ((one.form, *(_shown(voice, end) for end in _ends(found, one))) for one in found.margins)
        ends = [f"{form} {low}–{high}".lstrip() for form, low, high in both]
        said.append(f"{_margin_words(voice, found)}: {', '.join(ends)}")
    return "; ".join(said)


def _until(voice: Voice, found: Distribution, bar: Bar) -> str:
    if found.single:
        return ""
    if (greatest := found.greatest(bar)) is not None:
        return "" if greatest == bar.low else f"–{voice.number(greatest)}"
    return f"–{'' if found.is_last(bar) else '<'}{voice.number(found.until(bar))}"


def _shown(voice: Voice, value: float) -> str:
    return voice.number(value, 0 if round(value, 1).is_integer() else 1)


# ── a small cohort, one by one ───────────────────────────────────────────────────────────────

CELL, ROW, LETTER = 12.0, 15.0, 6.3
MOST_LETTERS = 24
"""Of an id in its full size."""
MOST_ROWS = 40


class Sized(NamedTuple):
    """A figure that is not to be drawn wider than so many px."""

    width: float
    svg: str


def people_figures(voice: Voice, places: Sequence[Place], people: Sequence[Person]) -> list[Sized]:
    """Candidates by criteria, each cell a sign as well as a shade; as many figures as the columns need."""
    pieces = [
        (columns, people[first : first + MOST_ROWS])
        for columns in _pieces(places)
        for first in range(0, len(people), MOST_ROWS)
    ]
    return [_people(voice, n, places, *piece) for n, piece in enumerate(pieces, start=1)]


def _pieces(places: Sequence[Place]) -> Iterator[list[int]]:
    """Numbers of columns that stand beside each other: whole elements, as far as there is room."""
    columns: list[int] = []
    for _, group in groupby(range(len(places)), key=lambda n: (places[n].unit, places[n].element)):
        own = list(group)
        while own:
            if columns and len(columns) + len(own) > MOST_COLUMNS:
                yield columns
                columns = []
            columns, own = columns + own[:MOST_COLUMNS], own[MOST_COLUMNS:]
    if columns:
        yield columns


def _people(
    voice: Voice, number: int, places: Sequence[Place], columns: Sequence[int], people: Sequence[Person]
) -> Sized:
    parts: list[str] = []
    left = 78 + LETTER * min(MOST_LETTERS, max(len(person.candidate_id) for person in people))
    x, xs = left, []
    heads = [voice.words("whole unit") if places[n].level == "unit" else places[n].code for n in columns]
    head = 12 + LETTER * max(map(len, heads))
    for k, n in enumerate(columns):
        if k and places[n].level != "pc":
            x += 5
        xs.append(x + CELL / 2)
        x += CELL
    for middle, n, words in zip(xs, columns, heads, strict=True):
        style = "tick" if places[n].level == "pc" else "strong"
        turn = f'transform="translate({at(middle + 4)} {at(head - 5)}) rotate(-90)"'
        parts.append(text((0, 0), words, style, "start").replace("<text ", f"<text {turn} ", 1))
    for row, person in enumerate(people):
        y = head + row * ROW
        sign = DECISIONS[person.decision].sign if person.decision in DECISIONS else ""
        parts.append(_id(y + 11, person.candidate_id))
        score = voice.number(float(person.score), _decimals(person.score))
        parts.append(text((left - 30, y + 11), score, "tick", "end"))
        parts.append(text((left - 15, y + 11), sign, "tick"))
        for middle, n in zip(xs, columns, strict=True):
            parts += _cell(person.statuses[n], middle, y + ROW / 2)
    width, height = max(x + 4, 340.0), head + len(people) * ROW + 6
    title = voice.words("Candidates by criteria, {n}", n=number)
    criteria = [n for n in columns if places[n].level == "pc"]
    told = "; ".join(
        f"{person.candidate_id}: {_met(voice, [person.statuses[n] for n in criteria])}" for person in people
    )
    met = voice.words("Criteria met by each, of those judged in the figure")
    return Sized(width, figure(width, height, f"people-{number}", title, f"{met}: {told}", parts))


def _met(voice: Voice, statuses: Sequence[str]) -> str:
    """`3/4` of those judged; a dash where none could be."""
    met = statuses.count("met")
    judged = sum(status in JUDGED for status in statuses)
    return f"{voice.number(met)}/{voice.number(judged)}" if judged else "–"


def _decimals(text_of: str) -> int:
    return len(text_of.partition(".")[2].rstrip("0"))


def _id(y: float, name: str) -> str:
    """A candidate's id, in smaller letters where it is longer than its column."""
    size = 10.5 * min(1.0, MOST_LETTERS / len(name))
    look = f'font-family="Sarabun" font-size="{at(size)}" fill="#333"'
    return f'<text x="0" y="{at(y)}" {look}>{escape(name)}</text>'


def _cell(status: str, x: float, y: float) -> Iterator[str]:
    """A full square for met, an empty one for not met, half a square for undecided, a diamond for too few
    items, a dash for not asked."""
    half = CELL / 2 - 1
    if status == "met":
        yield rect(x - half, y - half, 2 * half, 2 * half, PASSED)
    elif status == "not_met":
        yield rect(x - half, y - half, 2 * half, 2 * half, 'fill="#fff" stroke="#8a3209" stroke-width="1.2"')
    elif status == "undecided":
        yield rect(x - half, y - half, 2 * half, 2 * half, 'fill="#fff" stroke="#000" stroke-width="1.2"')
        path = f"M{at(x - half)} {at(y + half)}V{at(y - half)}L{at(x + half)} {at(y + half)}Z"
        yield f'<path d="{path}" fill="#000"/>'
    elif status == "insufficient":
        path = f"M{at(x)} {at(y - 4)}l4 4l-4 4l-4 -4Z"
        yield f'<path d="{path}" fill="#fff" stroke="#444" stroke-width="1"/>'
    else:
        yield f'<path d="M{at(x - 3)} {at(y)}h6" stroke="#444" stroke-width="1"/>'


def people_legend(voice: Voice, *, certain: bool, width: float = WIDE) -> str:
    """What the signs of the cells mean; of undecided where certainty is asked."""
    shown = (status for status in STATUSES if certain or status != "undecided")
    said = {status: voice.pair(STATUSES[status].word) for status in shown}
    widths = [30 + 6 * letters(words) for words in said.values()]
    spots = list(in_rows(widths, width))
    parts: list[str] = []
    for (status, words), (x, row) in zip(said.items(), spots, strict=True):
        y = 18.0 * row
        parts += [*_cell(status, x + 8, y + 8), text((x + 19, y + 12), words, "tick", "start")]
    title = voice.words("What the signs mean")
    height = 18.0 * (spots[-1][1] + 1)
    return figure(width, height, "people-signs", title, "; ".join(said.values()), parts)
