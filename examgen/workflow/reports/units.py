"""A unit of the bank and its administrations → what has been asked of it, and what not for how long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from examgen.exam.names import REPORTS, RESULTS
from examgen.exam.runs import newest_run
from examgen.problems import Problem, Refused, WrongUsage
from examgen.words import tell
from examgen.workflow.bank.loading import load_bank, statistics_of
from examgen.workflow.files import Progress, quiet
from examgen.workflow.reports.results import ReportAsked, Reported, write_document
from examgen.workflow.runs.read import read_scored

if TYPE_CHECKING:
    from examgen.models.item import BankUnit
    from examgen.reports.coverage_report.report import ItemUse, Sitting


def unit_report(
    workspace: Path, code: str, asked: ReportAsked, progress: Progress = quiet
) -> tuple[Reported, list[Problem]]:
    """The report of a unit over the packages below `output/` and its `statistics.csv`; and what could not be
    read. Raises WrongUsage where the bank has no such unit."""
    from examgen.reports.coverage_report.page import unit_page, unit_tables
    from examgen.reports.coverage_report.report import unit_coverage, with_uses

    folder = workspace / "item_bank" / code
    if Path(code).name != code or not (folder / "unit.yaml").is_file():
        raise WrongUsage(tell("{workspace} has no unit {code}", workspace=workspace / "item_bank", code=code))
    shelves, problems = load_bank(folder.parent, [code])
    if not shelves:
        raise Refused(tell("{code} cannot be read", code=code), problems)
    sittings: list[Sitting] = []
    packages = sorted((workspace / "output").glob("*/exam.yaml"))
    for n, package in enumerate(packages, start=1):
        progress(
            tell(
                "{parent}, {n} of {packages_n} packages",
                parent=package.parent.name,
                n=n,
                packages_n=len(packages),
            )
        )
        try:
            sittings += _sitting(package.parent, code)
        except (Refused, WrongUsage) as error:
            problems.append(Problem(str(package.parent), "left-out", error.message, severity="warning"))
    uses, faults = _uses(folder, shelves[0])
    found = unit_coverage(shelves[0].unit, with_uses(sittings, uses), asked.day)
    place = asked.out or workspace / "output" / REPORTS / code
    made = write_document(
        place,
        "report-unit.html",
        tell("{code} – coverage over administrations", code=code),
        lambda words, faces: unit_page(found, asked.lang, words, faces),
        unit_tables(found),
        asked,
        workspace,
        progress,
    )
    return made, [*problems, *faults]


def _sitting(folder: Path, code: str) -> Iterator[Sitting]:
    from examgen.reports.coverage_report.report import sitting_of

    if newest_run(folder / RESULTS) is None:
        return
    run = read_scored(folder)
    if any(unit.code == code for unit in run.exam.units):
        yield sitting_of(run, code)


def _uses(folder: Path, shelf: BankUnit) -> tuple[list[ItemUse], list[Problem]]:
    from examgen.reports.coverage_report.report import ItemUse

    lines, problems = statistics_of(folder)
    criterion = {item.id: item.pcs[0] for item in shelf.items}
    found = []
    for line in lines:
        if line.item not in criterion:
            continue
        day = None
        with suppress(ValueError):
            day = date.fromisoformat(line.date)
        n = line.numbers.get("n")
        use = ItemUse(
            line.administration,
            day,
            criterion[line.item],
            line.item,
            None if n is None else int(n),
            line.form,
            line.synthetic,
        )
        found.append(use)
    return found, problems
