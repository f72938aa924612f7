"""Every kind of report of a scored run, in the order in which they are listed and made.

Commands and pages list the kinds from here, so that only the module of the report to be made is loaded
(`document`).
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
    """The name shown to people."""
    title: Message
    """The name in the title of the document."""
    module: str
    """The module in `examgen.reports`. The module of a kind that is one document has its `DOCUMENT`."""
    is_default: bool = True
    """Whether it is made if no kind is named."""


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
    """How to make a report that is one document: its template, contents, page and tables."""

    template: str
    contents: Callable[[ScoredRun, Path], Any]
    """Takes a run and its package, and returns the contents of the report."""
    page: Callable[..., dict[str, object]]
    """Takes (run, contents, language, words, faces), and returns the context of the template."""
    tables: Callable[[Any], Tables]
    """Takes the contents, and returns the tables behind them by name."""


def document(kind: ReportKind) -> ReportDocument:
    """Return the `DOCUMENT` of a kind that is one document."""
    found: ReportDocument = import_module(f"examgen.reports.{kind.module}").DOCUMENT
    return found
