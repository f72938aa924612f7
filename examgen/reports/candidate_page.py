"""One candidate's report → context of `report-candidate.html`: a page of HTML, and the same as a PDF.

Pages for thousands are composed elsewhere (`candidate_press`) from the same `CandidateReport`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

from examgen.reports.candidate_bars import bar_svg, result_bar, score_bar
from examgen.reports.report_parts import DECISIONS, STATUSES, Status, in_its_figures
from examgen.thai import in_arabic

if TYPE_CHECKING:
    from examgen.models import Bilingual
    from examgen.models.papers import Digits
    from examgen.reports.candidate import CandidateReport, Line


class ShownLine(NamedTuple):
    """A line with its bar and the status in words."""

    line: Line
    bar: str
    status: Status


class VerifyCode(NamedTuple):
    """A code that proves the report: a picture of it as SVG, and the text in it."""

    svg: str
    text: str


def candidate_page(
    shared: Mapping[str, object],
    report: CandidateReport,
    *,
    day: Bilingual | None = None,
    code: VerifyCode | None = None,
) -> dict[str, object]:
    """Everything that the page shows; `shared` is the run's `report_context`, `day` the date given."""
    return {
        **shared,
        "report": report,
        "lines": [ShownLine(line, _line_bar(line), STATUSES[line.result.status]) for line in report.lines],
        "decision": DECISIONS.get(report.decision),
        "score_bar": bar_svg(score_bar(report), *_alternative(report, str(shared["lang"])), "score"),
        "not_met": STATUSES["not_met"],
        "day": None if day is None else in_its_figures(day, cast("Digits", shared["digits"])),
        "code": code,
    }


def _line_bar(line: Line) -> str:
    result = line.result
    return bar_svg(result_bar(result), f"{result.percent} % ({result.interval})")


def _alternative(report: CandidateReport, lang: str) -> tuple[str, str]:
    """Title and description of the bar of the total, in the language of the page or in both."""
    titles = {
        "th": f"คะแนน {report.score} จาก {report.max_score}",
        "en": f"Score {in_arabic(report.score)} of {in_arabic(report.max_score)}",
    }
    share, said = f"{report.percent} %", report.uncertainty
    told = {"th": said.th, "en": said.en} if said else {"th": share, "en": share if lang == "en" else ""}
    langs = ("th", "en") if lang == "both" else (lang,)
    return tuple(" ".join(filter(None, (of[one] for one in langs))) for of in (titles, told))  # type: ignore[return-value]
