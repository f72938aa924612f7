"""What a cohort's report found → its figures as SVG: readable in grey, each with its text alternative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from examgen.reports.cohort_statuses import Place
from examgen.reports.plot import Panel, across, figure, ticks_of, upwards
from examgen.reports.report_parts import DECISIONS, STATUSES
from examgen.reports.svg import at, line, rect, text

if TYPE_CHECKING:
    from examgen.reports.cohort import Person
    from examgen.reports.cohort_scores import Distribution
    from examgen.reports.voices import Voice

PASSED = 'fill="#1f5a8c"'
NOT_PASSED = 'fill="#d5dfe8" stroke="#1f5a8c" stroke-width="0.8"'
BAND = 'fill="#f3e3c3"'
MOST_COLUMNS = 48


# ── the distribution ─────────────────────────────────────────────────────────────────────────


def distribution_figure(voice: Voice, found: Distribution, decided: bool) -> str:
    """How many have each score, who of them passed, the cut and the band of one standard error about it."""
    shift = 0.5 if found.single else 0.0
    first = found.bars[0].low - shift
    last = found.bars[-1].low + found.step - shift
    most = max(bar.n for bar in found.bars)
    panel = Panel(62, 34, 560, 200, first, last, 0, most * 1.08)
    whole = [tick for tick, _ in ticks_of(0, panel.y1, 5) if tick == int(tick)]
    scores = voice.words("Score in points") if found.in_points else voice.words("Score in per cent")
    parts = _band(panel, found)
    parts += upwards(panel, voice.words("Candidates"), [(tick, voice.number(tick)) for tick in whole])
    parts += across(panel, scores, _score_ticks(voice, found))
    for bar in found.bars:
        parts += _bar(panel, bar.low - shift, found.step, bar.n, bar.passed)
    if found.cuts is not None:
        parts += _cut(voice, panel, found)
    if decided:
        parts += _legend(voice, panel, found)
    title = voice.words("Distribution of scores")
    return figure(640, 284, "scores", title, _told(voice, found), parts)


def _score_ticks(voice: Voice, found: Distribution) -> list[tuple[float, str]]:
    ticks = ticks_of(found.bars[0].low, found.most, 10)
    return [(value, voice.number(value)) for value, _ in ticks if value == int(value)]


def _band(panel: Panel, found: Distribution) -> list[str]:
    if found.cuts is None or found.sem is None:
        return []
    left, right = panel.x(found.cuts[0] - found.sem), panel.x(found.cuts[0] + found.sem)
    return [rect(left, panel.top, right - left, panel.height, BAND)]


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
    """Between the last score that is below the cut and the first that is not."""
    assert found.cuts is not None
    for value in sorted(set(found.cuts)):
        place = ceil(value) - 0.5 if found.single else value
        x = panel.x(place)
        yield line((x, panel.top), (x, panel.bottom), "cut")
        words = voice.words("cut {value}", value=_plain(value))
        late = x > panel.left + 0.72 * panel.width
        if len(set(found.cuts)) > 1:
            late = value == min(found.cuts)
        yield text((x - 5 if late else x + 5, panel.top - 5), words, "strong", "end" if late else "start")


def _plain(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _legend(voice: Voice, panel: Panel, found: Distribution) -> Iterator[str]:
    rows = [(PASSED, DECISIONS["pass"].word), (NOT_PASSED, DECISIONS["fail"].word)]
    x = panel.left
    for fill, word in rows:
        said = voice.pair(word)
        yield rect(x, 5, 14, 10, fill)
        yield text((x + 19, 14), said, "label", "start")
        x += 36 + 6.2 * len(said)
    if found.sem is not None:
        yield rect(x, 5, 14, 10, f'{BAND} stroke="#777" stroke-width="0.5"')
        yield text((x + 19, 14), voice.words("cut ± one SEM"), "label", "start")


def _told(voice: Voice, found: Distribution) -> str:
    number = voice.number
    parts = [
        f"{number(bar.low)}{'' if found.single else f'–<{number(bar.low + found.step)}'}: {number(bar.n)}"
        for bar in found.bars
        if bar.n
    ]
    head = voice.words("Candidates by score")
    return f"{head}: {'; '.join(parts)}"


# ── a small cohort, one by one ───────────────────────────────────────────────────────────────

CELL, ROW, LEFT, LETTER = 12.0, 15.0, 190.0, 6.3
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
    x, xs = LEFT, []
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
        parts.append(text((0, y + 11), _short(person.candidate_id), "tick", "start"))
        parts.append(
            text(
                (LEFT - 34, y + 11), voice.number(float(person.score), _decimals(person.score)), "tick", "end"
            )
        )
        parts.append(text((LEFT - 16, y + 11), sign, "tick"))
        for middle, n in zip(xs, columns, strict=True):
            parts += _cell(person.statuses[n], middle, y + ROW / 2)
    width, height = max(x + 4, 420.0), head + len(people) * ROW + 6
    title = voice.words("Candidates by criteria, {n}", n=number)
    all_of = voice.number(len(columns))
    told = "; ".join(
        f"{person.candidate_id}: {voice.number(sum(person.statuses[n] == 'met' for n in columns))}/{all_of}"
        for person in people
    )
    met = voice.words("Met by each")
    return Sized(width, figure(width, height, f"people-{number}", title, f"{met}: {told}", parts))


def _decimals(text_of: str) -> int:
    return len(text_of.partition(".")[2].rstrip("0"))


def _short(name: str, most: int = 20) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _cell(status: str, x: float, y: float) -> Iterator[str]:
    """A full square for met, an empty one for not met, a diamond for too few items, a dash for not asked."""
    half = CELL / 2 - 1
    if status == "met":
        yield rect(x - half, y - half, 2 * half, 2 * half, PASSED)
    elif status == "not_met":
        yield rect(x - half, y - half, 2 * half, 2 * half, 'fill="#fff" stroke="#8a3209" stroke-width="1.2"')
    elif status == "insufficient":
        path = f"M{at(x)} {at(y - 4)}l4 4l-4 4l-4 -4Z"
        yield f'<path d="{path}" fill="#fff" stroke="#444" stroke-width="1"/>'
    else:
        yield f'<path d="M{at(x - 3)} {at(y)}h6" stroke="#444" stroke-width="1"/>'


def people_legend(voice: Voice) -> Sized:
    """What the signs of the cells mean."""
    parts: list[str] = []
    x = 2.0
    for status, said in STATUSES.items():
        words = voice.pair(said.word)
        parts += [*_cell(status, x + 6, 8), text((x + 17, 12), words, "tick", "start")]
        x += 30 + 5.4 * len(words)
    told = "; ".join(voice.pair(said.word) for said in STATUSES.values())
    title = voice.words("What the signs mean")
    return Sized(x, figure(x, 18, "people-signs", title, told, parts))
