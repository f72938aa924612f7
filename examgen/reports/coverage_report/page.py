"""Reports of coverage → contexts of `report-standard.html`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from examgen.rendering.parts import report_context
from examgen.reports.coverage_report.report import CoverageReport, coverage_report
from examgen.reports.decisions import met_from_words
from examgen.reports.kinds import ReportDocument
from examgen.reports.localisation import ReportLanguage, group_context
from examgen.reports.tables import coverage_tables

if TYPE_CHECKING:
    from examgen.rendering.parts import Lang, Words
    from examgen.scoring.scored_run import ScoredRun

MOST_FORMS = 6
"""The maximum number of forms with a column each; if there are more, only the lowest and highest counts are
shown."""


def coverage_page(
    run: ScoredRun,
    found: CoverageReport,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return everything that the page of one paper shows."""
    voice = ReportLanguage(lang, words)
    return {
        **report_context(run, lang, words.digits, faces),
        **group_context(voice, found.n, None),
        "report": found,
        "whole": next(part for part in found.parts if part.part == "all"),
        "forms": found.forms if len(found.forms) <= MOST_FORMS else (),
        "met_from": met_from_words(words, run),
    }


DOCUMENT = ReportDocument(
    "report-standard.html", lambda run, *_: coverage_report(run), coverage_page, coverage_tables
)
