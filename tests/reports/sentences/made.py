"""The reports of a sitting, as pages of HTML, each with what it is about."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from examgen.workflow.reports.candidates import CandidatesAsked, candidate_reports
from examgen.workflow.reports.results import ReportAsked, report
from examgen.workflow.reports.units import unit_report
from tests.reports.sentences.facts import Facts
from tests.reports.sentences.of_unit import UNIT, UnitFacts
from tests.reports.sentences.places import Own
from tests.reports.sentences.sitting import Sitting
from tests.reports.sentences.statement import CANDIDATE, GROUPS, About
from tests.samples import write_unit


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


HISTORY = (
    (),
    (),
    (
        ("synthetic OLD", "2024-05-01", "E1.01-001"),
        ("NEW", "2026-11-20", "E1.01-002"),
        ("NEW", "2026-11-20", "E1.02-001"),
    ),
    (
        ("UNKNOWN", "", "E1.01-001"),
        *(
            (f"OLD-{n}", f"20{n}-03-01", pc)
            for n in range(10, 20)
            for pc in ("E1.01-001", "E1.02-001", "E2.01-001")
        ),
    ),
)
"""What statistics.csv has of each unit whose report is read; the second has a scored run beside it."""


def unit_pages(sitting: Sitting, folder: Path, lang: str) -> Iterator[tuple[About, str]]:
    """The reports of a unit without any administration, with a scored one, with dated ones, with many."""
    for number, lines in enumerate(HISTORY):
        workspace = folder / str(number)
        unit = write_unit(workspace / "item_bank")
        if number == 1:
            (workspace / "output").mkdir()
            sitting.made(workspace).rename(workspace / "output" / "T-1-L4")
        if lines:
            with (unit / "statistics.csv").open("w", encoding="utf-8", newline="") as file:
                out = csv.writer(file)
                out.writerow(["item", "item_hash", "administration", "form", "date", "n", "facility"])
                out.writerows([item, "", name, "A", day, "50", "0.5"] for name, day, item in lines)
        out_folder = workspace / "report"
        unit_report(workspace, "T-1", ReportAsked(lang=lang, pdf=False, out=out_folder))  # type: ignore[arg-type]
        yield About(UNIT, UnitFacts(workspace)), (out_folder / "report.html").read_text("utf-8")
