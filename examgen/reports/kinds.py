"""Every kind of report of a scored run, in the order in which they are shown and made.

Commands and pages list them from here, so nothing is loaded but the report that is made: `document` loads
its module.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from examgen.core.words import Message, tell

if TYPE_CHECKING:
    from pathlib import Path

    from examgen.reports.tables import Tables
    from examgen.scoring.scored_run import ScoredRun

Kind = Literal["candidate", "cohort", "centre", "coverage", "committee", "technical"]


class ReportKind(NamedTuple):
    """A kind of report."""

    name: Kind
    called: Message
    """As people call it."""
    title: Message
    """In the title of the document."""
    module: str
    """In `examgen.reports`; that of a kind that is one document has its `DOCUMENT`."""
    is_default: bool = True
    """Whether it is made where no kind is named."""


REPORT_KINDS = (
    ReportKind("candidate", tell("Candidates’ reports"), tell("candidates"), "candidates", is_default=False),
    ReportKind("cohort", tell("The cohort and its criteria"), tell("cohort"), "cohort_report.page"),
    ReportKind("centre", tell("Centres and forms"), tell("centres and forms"), "centre_report.page"),
    ReportKind(
        "coverage", tell("Coverage of the standard"), tell("coverage of the standard"), "coverage_report.page"
    ),
    ReportKind("committee", tell("The committee’s book"), tell("committee's book"), "committee_report.page"),
    ReportKind(
        "technical",
        tell("The technical report"),
        tell("technical report"),
        "technical_report.page",
        is_default=False,
    ),
)
KINDS = tuple(one.name for one in REPORT_KINDS)
DEFAULT_KINDS = tuple(one.name for one in REPORT_KINDS if one.is_default)


class ReportDocument(NamedTuple):
    """A report that is one document: its template, what it says, how that is shown, the tables behind it."""

    template: str
    contents: Callable[[ScoredRun, Path], Any]
    """(run, package) → what the report says."""
    page: Callable[..., dict[str, object]]
    """(run, contents, language, words, faces) → context of the template."""
    tables: Callable[[Any], Tables]
    """Contents → the tables behind them, by name."""
    beside: Callable[..., dict[str, object]] | None = None
    """Writes a PDF beside the document: (run, contents, language, progress, folder, words, templates) → what
    else the page is given."""


def document(kind: ReportKind) -> ReportDocument:
    """That of a kind that is one document."""
    found: ReportDocument = import_module(f"examgen.reports.{kind.module}").DOCUMENT
    return found
