"""The reports of a sitting, as pages of HTML by what they are: a kind, or a kind and whose page it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from examgen.core.resources import template_folders
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words
from examgen.rendering.templates.filling import fill
from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.committee_report.list import list_page
from examgen.reports.committee_report.report import committee_book
from examgen.reports.kinds import DEFAULT_KINDS
from examgen.reports.press import OwnValues
from examgen.reports.writing import ReportOptions, report, run_of
from tests.reports.sentences.sitting import Sitting


def pages(sitting: Sitting, folder: Path, lang: str) -> Iterator[tuple[str, str]]:
    """Every report of a sitting and the pages of a few candidates."""
    package = sitting.made(folder)
    asked = ReportOptions(
        lang=lang,  # type: ignore[arg-type]
        pdf=False,
        run=str(sitting.read) if sitting.read else None,
    )
    for kind in DEFAULT_KINDS:
        out = folder / kind
        report(package, folder, kind, asked._replace(out=out))
        yield kind, (out / "report.html").read_text("utf-8")
    ids = sitting.ids()
    if ids:
        yield "list", _list_for_signature(package, asked)
    if sitting.told:
        chosen = tuple(dict.fromkeys(ids[n] for n in sitting.told))
        out = folder / "candidate"
        candidate_reports(
            package, folder, asked._replace(out=out), CandidateReportOptions(ids=chosen, html=True)
        )
        for n, path in enumerate(sorted(out.glob("*.html"))):
            yield f"candidate-{n + 1}", path.read_text("utf-8")


FOLDERS = template_folders(Path())


def _list_for_signature(package: Path, asked: ReportOptions) -> str:
    """The list that is a file of its own where the cohort is large, with what stands in its slots."""
    own = OwnValues()
    words = Words(messages(FOLDERS))
    context = list_page(
        run_of(package, asked), committee_book(run_of(package, asked)), asked.lang, words, own
    )
    html = fill("report-committee-list.html", context, FOLDERS, line_setter(FOLDERS))
    for n, text in enumerate(own.values):
        html = html.replace(f"‡own{n}‡", text or "1 / 1")
    return html[html.index("<body") :]
