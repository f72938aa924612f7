"""The reports of a sitting, as pages of HTML by what they are: a kind, or a kind and whose page it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.kinds import DEFAULT_KINDS
from examgen.reports.writing import ReportOptions, report
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
    if sitting.told:
        chosen = tuple(dict.fromkeys(ids[n] for n in sitting.told))
        out = folder / "candidate"
        candidate_reports(
            package, folder, asked._replace(out=out), CandidateReportOptions(ids=chosen, html=True)
        )
        for n, path in enumerate(sorted(out.glob("*.html"))):
            yield f"candidate-{n + 1}", path.read_text("utf-8")
