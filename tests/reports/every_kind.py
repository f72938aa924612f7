"""A PDF and a page of HTML of every kind of report, of one small run, for checks that all kinds must pass."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from examgen.analysis.exam import analyse_exam
from examgen.rendering.parts import Lang
from examgen.reports.analysis_report.writing import write_report
from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.kinds import KINDS as RUN_KINDS
from examgen.reports.writing import ReportOptions, report
from tests.reports.scored_samples import blank, first, right, sat

WORKSPACE = Path(__file__).parents[2]
KINDS = (*RUN_KINDS, "analysis")


class Made(NamedTuple):
    """A report in both forms."""

    pdf: bytes
    html: str


@cache
def made(kind: str, lang: Lang = "both") -> Made:
    """The report of that kind; a candidate's is of one who did not pass.

    Cohort and centres in both languages are of many, shown in bands; in one language of few, shown one by one. The committee's book in Thai has many on its list.
    """
    many = (kind in ("cohort", "centre") and lang == "both") or (kind, lang) == ("committee", "th")
    with TemporaryDirectory() as there:
        folder, out = Path(there) / "exam", Path(there) / "out"
        people = {f"{n:02}": first(n % 5) for n in range(1, 61 if many else 10)}
        people |= {"98": right, "99": blank}
        centres = {name: {"centre": "เชียงใหม่" if int(name) % 2 else "Bangkok"} for name in people}
        sat(folder, people, n_items=2 if kind == "analysis" else 4, extra=centres)
        if kind == "analysis":
            write_report(folder, analyse_exam(folder), WORKSPACE, out, pdf=True)
        elif kind == "candidate":
            which = CandidateReportOptions(ids=("02",), by="candidate", html=True)
            candidate_reports(folder, WORKSPACE, ReportOptions(lang=lang, out=out), which)
        else:
            report(folder, WORKSPACE, kind, ReportOptions(lang=lang, out=out))
        [pdf], [html] = sorted(out.glob("*.pdf")), sorted(out.glob("*.html"))
        return Made(pdf.read_bytes(), html.read_text("utf-8"))
