"""One candidate's report → context of `report-candidate.html`: a page of HTML, and the same as a PDF.

Pages for thousands are composed elsewhere (`press`) from the same `CandidateReport`. A bar of a share lies in
a box of 100 by 12: on top the bar itself with the upright mark of the judgement, below it the interval, as a
thin line with two ends. Its shade repeats what the words beside it say.
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
"""How many bars are kept: thousands of candidates have the same points in a place."""
_LONG_NAME = 70
"""Letters and signs of the longest name on one line."""
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
"""By status or decision; dark where it is met, so that it reads in grey as well."""


class Rect(NamedTuple):
    """A filled rectangle of a bar: its left upper corner in the box, y downwards, and its colour."""

    x: float
    y: float
    width: float
    height: float
    fill: str


def result_bar(result: Result) -> tuple[Rect, ...]:
    """The bar of one line; nothing where nothing was asked."""
    if not result.percent:
        return ()
    return tuple(_bar(result.status, result.share, result.low, result.high, result.met_from))


def score_bar(report: CandidateReport) -> tuple[Rect, ...]:
    """The bar of the total, with the range of the true score, and the cut where there is one.

    Its shade says what the total says: where another part of the rule failed somebody, it is that of a score
    to pass.
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
    """The left side of an upright of that width, held within the box."""
    return min(max(middle - width / 2, 0.0), WIDTH - width)


@lru_cache(maxsize=_KEPT)
def bar_svg(bar: tuple[Rect, ...], title: str, description: str = "", name: str = "") -> str:
    """The bar as SVG, as wide as its place; nothing where there is no bar.

    With a `name` it is a figure with its text alternative. Without one the words beside it say the same,
    so it is hidden from those who hear a page of HTML; in a PDF the title stands for it.
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
    """A code that proves the report: a picture of it as SVG, and the text in it."""

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
    """Everything that the page shows; `shared` is the run's `report_context`, `day` the date given, `own`
    takes what stands in slots where pages are composed."""
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
    """A name on one line, or on two where it is long and has a space."""
    spaces = [n for n, char in enumerate(name) if char == " "]
    if not spaces or sum(combining(char) == 0 for char in name) <= _LONG_NAME:
        return [name]
    middle = min(spaces, key=lambda n: abs(n - len(name) / 2))
    return [name[:middle], name[middle + 1 :]]
