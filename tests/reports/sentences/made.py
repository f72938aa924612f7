"""The reports of a sitting, as pages of HTML, each with what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from examgen.workflow.candidate_reporting import CandidatesAsked, candidate_reports
from examgen.workflow.reporting import ReportAsked, report
from tests.reports.sentences.facts import Facts
from tests.reports.sentences.places import Own
from tests.reports.sentences.sitting import Sitting
from tests.reports.sentences.statement import CANDIDATE, GROUPS, About


def pages(sitting: Sitting, folder: Path, lang: str) -> Iterator[tuple[About, str]]:
    """Every report of a sitting and the pages of a few candidates: what each is about, and the HTML."""
    package = sitting.made(folder)
    asked = ReportAsked(
        lang=lang,  # type: ignore[arg-type]
        pdf=False,
        pseudonymous=sitting.pseudonymous,
        run=str(sitting.read) if sitting.read else None,
    )
    for kind in GROUPS:
        out = folder / kind
        report(package, folder, kind, asked._replace(out=out))
        yield About(kind, _facts(sitting, package)), (out / "report.html").read_text("utf-8")
    if not sitting.told:
        return
    ids = sitting.ids()
    chosen = tuple(dict.fromkeys(ids[n] for n in sitting.told))
    which = CandidatesAsked(ids=chosen, html=True)
    candidate_reports(package, folder, asked._replace(out=folder / CANDIDATE), which)
    facts = _facts(sitting, package)
    rows = {row["candidate_id"]: row for row in facts.candidates}
    results = {row["candidate_id"]: row for row in facts.results}
    for own_id in chosen:
        name = facts.codes_of_people.get(own_id, own_id)
        html = (folder / CANDIDATE / f"{name}.html").read_text("utf-8")
        yield About(CANDIDATE, facts, Own(facts, rows[own_id], results[own_id])), html


def _facts(sitting: Sitting, package: Path) -> Facts:
    return Facts(package, sitting.read, hidden=sitting.pseudonymous)
