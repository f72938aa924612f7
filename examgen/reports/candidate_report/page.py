"""One candidate's report → context of `report-candidate.html`, for an HTML page or a PDF.

Pages for thousands of candidates are composed in `press` from the same `CandidateReport`. A bar of a share is
drawn in a box of 100 by 12: at the top the bar itself with an upright mark at the required percentage, below
it the interval as a thin line with two ends. Its shade repeats the text beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple, cast
from unicodedata import combining

from examgen.core.text.thai import in_arabic
from examgen.core.words import Pair, tell
from examgen.rendering.parts import DECISIONS, IN_WRITING, STATUSES, in_its_figures, joined
from examgen.rendering.plot import rect

if TYPE_CHECKING:
    from examgen.core.models.papers import Digits
    from examgen.reports.candidate_report.report import CandidateReport, Result
    from examgen.reports.press import OwnValues

_KEPT = 4096
"""The number of cached bars. Thousands of candidates have the same points in a part of the standard."""
_LONG_NAME = 70
"""The maximum number of characters of a name on one line."""
WIDTH, HEIGHT = 100.0, 12.0
_TOP, _THICK = 1.0, 6.0
_LINE, _END, _MARK = 1.0, 0.5, 0.9
_TRACK, _INK = "#dde4ea", "#000000"
FILLS = {
    "met": "#215f96",
    "not_met": "#b8622a",
    "undecided": "#c8a000",
    "insufficient": "#747d85",
    "not_assessed": "#747d85",
    "pass": "#215f96",
    "fail": "#b8622a",
    "": "#215f96",
}
"""The colour by status or decision, dark for met, so that it is also readable in grey."""


class Rect(NamedTuple):
    """A filled rectangle of a bar: its upper left corner in the box (y points down), its size and its
    colour."""

    x: float
    y: float
    width: float
    height: float
    fill: str


def result_bar(result: Result) -> tuple[Rect, ...]:
    """Return the bar of one line; empty if the part has no items."""
    if not result.percent:
        return ()
    return tuple(_bar(result.status, result.share, result.low, result.high, result.met_from))


def score_bar(report: CandidateReport) -> tuple[Rect, ...]:
    """Return the bar of the total, with the range of the true score, and the cut score if there is one.

    Its shade follows the total alone: a total that reaches the cut score has the shade of a pass, even if
    another part of the rule was failed.
    """
    said = {True: "pass", False: "fail", None: report.decision}[report.reached]
    return tuple(_bar(said, report.share, report.low, report.high, report.cut))


def _bar(status: str, share: float, low: float, high: float, mark: float | None) -> Iterator[Rect]:
    yield Rect(0, _TOP, WIDTH, _THICK, _TRACK)
    if share > 0:
        yield Rect(0, _TOP, WIDTH * share, _THICK, FILLS[status])
    if high > low:
        yield Rect(WIDTH * low, 9.5, WIDTH * (high - low), _LINE, _INK)
        for end in (low, high):
            yield Rect(_held(WIDTH * end, _END), 8.2, _END, 3.6, _INK)
    if mark is not None:
        yield Rect(_held(WIDTH * mark, _MARK), 0, _MARK, _TOP + _THICK + 1, _INK)


def _held(middle: float, width: float) -> float:
    """Return the left side of an upright mark of that width, limited to the box."""
    return min(max(middle - width / 2, 0.0), WIDTH - width)


@lru_cache(maxsize=_KEPT)
def bar_svg(bar: tuple[Rect, ...], title: str, description: str = "", name: str = "") -> str:
    """Return the bar as SVG, as wide as its container; empty if there is no bar.

    With a `name` it is a figure with a text alternative. Without one it is hidden from screen readers on an
    HTML page, because the text beside it says the same; in a PDF the title is its alternative text.
    """
    if not bar:
        return ""
    shapes = "".join(rect(*one[:4], f'fill="{one.fill}"') for one in bar)
    said = f'role="img" aria-labelledby="{name}-title {name}-desc"' if name else 'aria-hidden="true"'
    title_id, desc_id = (f' id="{name}-{part}"' if name else "" for part in ("title", "desc"))
    head = f"<title{title_id}>{escape(title)}</title>"
    if description:
        head += f"<desc{desc_id}>{escape(description)}</desc>"
    return (
        f'<svg class="bar" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" {said} '
        f'xmlns="http://www.w3.org/2000/svg">{head}{shapes}</svg>'
    )


class VerifyCode(NamedTuple):
    """A code that proves the report is authentic: its picture as SVG, and its text."""

    svg: str
    text: str


def candidate_page(
    shared: Mapping[str, object],
    report: CandidateReport,
    *,
    day: Pair | None = None,
    code: VerifyCode | None = None,
    own: OwnValues | None = None,
) -> dict[str, object]:
    """Return everything that the page shows. `shared` is the run's `report_context`, `day` the printed date;
    `own` collects the values for slots if pages are composed in bulk."""
    lines = []
    for line in report.lines:
        result, status = line.result, STATUSES[line.result.status]
        if not line.place.is_all:
            # the status of a unit that asks more than the written test is that of the test
            status = IN_WRITING.get(result.status, status)
        interval = f" ({result.interval})" if result.interval else ""
        bar = bar_svg(result_bar(result), f"{result.percent} %{interval}")
        lines.append({"line": line, "bar": bar, "status": status})
    # title and description of the bar of the total, in the language of the page or in both
    lang = str(shared["lang"])
    thai = tell("Score {score} of {max_score}", score=report.score, max_score=report.max_score)
    titles = {"th": thai.th, "en": f"Score {in_arabic(report.score)} of {in_arabic(report.max_score)}"}
    share, said = f"{report.percent} %", report.uncertainty
    told = {"th": said.th, "en": said.en} if said else {"th": share, "en": share if lang == "en" else ""}
    langs = ("th", "en") if lang == "both" else (lang,)
    title, description = (" ".join(filter(None, (of[one] for one in langs))) for of in (titles, told))
    return {
        **shared,
        "report": report,
        "lines": lines,
        "decision": (IN_WRITING if shared["in_writing"] else DECISIONS).get(report.decision),
        "score_bar": bar_svg(score_bar(report), title, description, "score"),
        "not_met": STATUSES["not_met"],
        "day": None if day is None else in_its_figures(day, cast("Digits", shared["digits"])),
        "code": code,
        "own": own,
        "words": report.basis.words,
        "joined": joined,
        "name_lines": name_lines(report.name),
    }


def name_lines(name: str) -> list[str]:
    """Return a name on one line, or on two if it is long and has a space."""
    spaces = [n for n, char in enumerate(name) if char == " "]
    if not spaces or sum(combining(char) == 0 for char in name) <= _LONG_NAME:
        return [name]
    middle = min(spaces, key=lambda n: abs(n - len(name) / 2))
    return [name[:middle], name[middle + 1 :]]
