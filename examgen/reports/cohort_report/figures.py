"""A cohort report → its figures as SVG, readable in grey, each with a text alternative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from examgen.reports.cohort_report.report import CandidateStatuses, Distribution
    from examgen.reports.cohort_report.statuses import StandardPlace
    from examgen.reports.localisation import ReportLanguage

PASSED = 'fill="#1f5a8c"'
NOT_PASSED = 'fill="#d5dfe8" stroke="#1f5a8c" stroke-width="0.8"'
BAND = 'fill="#f3e3c3" stroke="#777" stroke-width="0.8"'
MOST_COLUMNS = 48
MARGIN_ROW = 16.0
CELL, ROW, LETTER = 12.0, 15.0, 6.3
MOST_ROWS = 40


def distribution_figure(
    voice: ReportLanguage, found: Distribution, decided: bool, width: float = WIDE
) -> str:
    """Draw the number of candidates by score, how many of them passed, the cut score and the band of one
    standard error around it."""
    number = voice.number
    shift = 0.5 if found.single else 0.0
    first = found.bars[0].low - shift
    last = found.bars[-1].low + found.step - shift
    most = max(bar.n for bar in found.bars)
    left = 62 if width == WIDE else 46
    # each form has its own standard error drawn, where their cuts differ
    apart = found.margins if any(margin.form for margin in found.margins) else ()
    margin_words = (
        voice.words("cut ± widest SEM") if found.of_several and not apart else voice.words("cut ± one SEM")
    )
    # one standard error below the cut and one above, among the scores that there are
    least = min(0.0, found.bars[0].low)
    ends_of = [(max(one.cut - one.sem, least), min(one.cut + one.sem, found.most)) for one in found.margins]

    # what the fills and signs mean: a sample and its words
    legend: list[str] = []
    top = 34.0
    if decided:
        rows = [
            (PASSED, voice.pair(DECISIONS["pass"].word)),
            (NOT_PASSED, voice.pair(DECISIONS["fail"].word)),
        ]
        if found.margins:
            rows.append(("" if apart else BAND, margin_words))
        spots = in_rows((36 + 6.2 * letters(said) for _, said in rows), width - left)
        for (fill, said), (place, row) in zip(rows, spots, strict=True):
            x, y = left + place, 17.0 * row
            legend += [rect(x, 5 + y, 14, 10, fill)] if fill else _error_bar(x, x + 14, x + 7, y + 10)
            legend.append(text((x + 19, 14 + y), said, "label", "start"))
            top = y + 34

    highest = most * 1.08
    height = 200 + MARGIN_ROW * len(apart)
    panel = Panel(left, top, width - left - 18, height, first, last, 0, highest * height / 200)
    parts: list[str] = []
    if found.margins and not apart:
        low, high = ends_of[0]
        if found.single and low >= 0:
            low, high = within(found.margins[0].cut, found.margins[0].sem, found.most)
            low, high = low - 0.5, high + 0.5
        parts.append(rect(panel.x(low), panel.top, panel.x(high) - panel.x(low), panel.height, BAND))
    whole = [tick for tick, _ in ticks_of(0, highest, 5) if tick == int(tick)]
    parts += upwards(panel, voice.words("Candidates"), [(tick, number(tick)) for tick in whole])
    scores = voice.words("Score in points") if found.in_points else voice.words("Score in per cent")
    ticks = ticks_of(found.bars[0].low, found.most, 10 if width == WIDE else 5)
    parts += across(panel, scores, [(value, number(value)) for value, _ in ticks if value == int(value)])
    for bar in found.bars:
        # candidates who passed at the bottom, the others on top of them
        low = bar.low - shift
        x, wide = panel.x(low) + 0.6, max(panel.x(low + found.step) - panel.x(low) - 1.2, 0.6)
        middle, upper = panel.y(bar.passed), panel.y(bar.n)
        if bar.passed:
            parts.append(rect(x, middle, wide, panel.bottom - middle, PASSED))
        if bar.n > bar.passed:
            parts.append(rect(x, upper, wide, middle - upper, NOT_PASSED))
    if found.cuts is not None:
        parts += _cut(voice, panel, found, found.cuts)
    for row, margin in enumerate(apart):
        # a sign at the cut, a line as far as one standard error, and the form before or behind it
        y = panel.top + MARGIN_ROW * (row + 0.5)
        start, end = map(panel.x, ends_of[row])
        parts += _error_bar(start, end, panel.x(margin.cut), y)
        room = start - panel.left > 12 + LETTER * len(margin.form)
        spot = (start - 6 if room else end + 6, y + 4)
        parts.append(text(spot, margin.form, "strong", "end" if room else "start"))

    told = []
    for bar in found.bars:
        if found.single or (greatest := found.greatest(bar)) == bar.low:
            until = ""
        elif greatest is not None:
            until = f"–{number(greatest)}"
        else:
            until = f"–{'' if found.is_last(bar) else '<'}{number(found.until(bar))}"
        if bar.n:
            told.append(f"{number(bar.low)}{until}: {number(bar.n)}")
    by_score = voice.words("Candidates by score")
    said = f"{by_score}: {'; '.join(told)}"
    if found.margins:
        shown = []
        for margin, both in zip(found.margins, ends_of, strict=True):
            ends = (number(end, 0 if round(end, 1).is_integer() else 1) for end in both)
            shown.append(f"{margin.form} {'–'.join(ends)}".lstrip())
        said += f"; {margin_words}: {', '.join(shown)}"
    title = voice.words("Distribution of scores")
    return figure(width, panel.bottom + 50, "scores", title, said, parts + legend)


def _error_bar(left: float, right: float, middle: float, y: float) -> Iterator[str]:
    yield line((left, y), (right, y), "error")
    for x in (left, right):
        yield line((x, y - 3), (x, y + 3), "error")
    yield marker(3, middle, y, 3, "key-sign")


def _cut(
    voice: ReportLanguage, panel: Panel, found: Distribution, cuts: tuple[float, float]
) -> Iterator[str]:
    """Yield the line of each cut score, between the last failing and the first passing score, with its label.
    If there is no room beside the lines, one label for all stands before the lowest or at the right end."""
    values = sorted(set(cuts))
    xs = [panel.x(ceil(value) - 0.5 if found.single else value) for value in values]
    plain = (f"{value:.2f}".rstrip("0").rstrip(".") for value in values)
    said = [voice.words("cut {value}", value=value) for value in plain]
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


# ── a small cohort, one by one ───────────────────────────────────────────────────────────────


def people_figures(
    voice: ReportLanguage, places: Sequence[StandardPlace], people: Sequence[CandidateStatuses]
) -> list[dict[str, object]]:
    """Draw the statuses of each candidate by criterion, each cell with a sign as well as a shade. Returns as
    many figures as the columns need, each with its maximum `width` in px."""
    # whole elements stand beside each other, as far as there is room
    pieces: list[list[int]] = [[]]
    for _, group in groupby(range(len(places)), key=lambda n: (places[n].unit, places[n].element)):
        own = list(group)
        while own:
            if pieces[-1] and len(pieces[-1]) + len(own) > MOST_COLUMNS:
                pieces.append([])
            pieces[-1] += own[:MOST_COLUMNS]
            own = own[MOST_COLUMNS:]
    met_words = voice.words("Criteria met by each, of those judged in the figure")
    found: list[dict[str, object]] = []
    for columns in filter(None, pieces):
        heads = [voice.words("whole unit") if places[n].level == "unit" else places[n].code for n in columns]
        head = 12 + LETTER * max(map(len, heads))
        criteria = [n for n in columns if places[n].level == "pc"]
        for start in range(0, len(people), MOST_ROWS):
            some = people[start : start + MOST_ROWS]
            left = 78 + LETTER * 2
            parts: list[str] = []
            x, xs = left, []
            for k, n in enumerate(columns):
                if k and places[n].level != "pc":
                    x += 5
                xs.append(x + CELL / 2)
                x += CELL
            for middle, n, words in zip(xs, columns, heads, strict=True):
                style = "tick" if places[n].level == "pc" else "strong"
                turn = f'transform="translate({at(middle + 4)} {at(head - 5)}) rotate(-90)"'
                parts.append(text((0, 0), words, style, "start").replace("<text ", f"<text {turn} ", 1))
            told = []
            for row, person in enumerate(some):
                y = head + row * ROW
                parts.append(text((0, y + 11), voice.number(person.rank), "tick", "start"))
                decimals = len(person.score.partition(".")[2].rstrip("0"))
                parts.append(
                    text((left - 30, y + 11), voice.number(float(person.score), decimals), "tick", "end")
                )
                sign = DECISIONS[person.decision].sign if person.decision in DECISIONS else ""
                parts.append(text((left - 15, y + 11), sign, "tick"))
                for middle, n in zip(xs, columns, strict=True):
                    parts += _cell(person.statuses[n], middle, y + ROW / 2)
                statuses = [person.statuses[n] for n in criteria]
                judged = sum(status in JUDGED for status in statuses)
                met = f"{voice.number(statuses.count('met'))}/{voice.number(judged)}" if judged else "–"
                told.append(f"{voice.number(person.rank)}: {met}")
            width, number = max(x + 4, 340.0), len(found) + 1
            title = voice.words("Candidates by criteria, {n}", n=number)
            said = f"{met_words}: {'; '.join(told)}"
            svg = figure(width, head + len(some) * ROW + 6, f"people-{number}", title, said, parts)
            found.append({"width": width, "svg": svg})
    return found


def _cell(status: str, x: float, y: float) -> Iterator[str]:
    """Yield the sign of a status: a full square for met, an empty one for not met, a half-filled one for
    undecided, a diamond for too few items, a dash for not assessed."""
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


def people_legend(voice: ReportLanguage, *, certain: bool, width: float = WIDE) -> str:
    """Draw the legend of the cells' signs, including undecided if a certainty is required."""
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
