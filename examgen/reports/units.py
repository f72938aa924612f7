"""A unit of the bank and its administrations → what has been asked of it, and what not for how long."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.bank.exam_uses import administrations, called, packages_of, same_forms
from examgen.bank.statistics import statistics_of
from examgen.bank.whole_bank import load_bank
from examgen.core.exam.names import REPORTS, RESULTS
from examgen.core.exam.runs import newest_run
from examgen.core.files import Progress, quiet
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import tell
from examgen.reports.coverage_report.page import unit_page
from examgen.reports.coverage_report.report import ItemUse, UnitSitting, sitting_of, unit_coverage, with_uses
from examgen.reports.tables import UNIT, frames_of
from examgen.reports.writing import Reported, ReportOptions, write_document
from examgen.scoring.runs import read_scored

if TYPE_CHECKING:
    from examgen.bank.exam_uses import UsedPackage
    from examgen.core.models.item import BankUnit


class _Scored(NamedTuple):
    """A scored run, the items of the unit on each form, whether its candidates were made up, its package."""

    sitting: UnitSitting
    forms: Mapping[str, Collection[str]]
    is_synthetic: bool
    folder: str


def unit_report(
    workspace: Path, code: str, asked: ReportOptions, progress: Progress = quiet
) -> tuple[Reported, list[Problem]]:
    """The report of a unit over the packages below `output/` and its `statistics.csv`; and what could not be
    read. Raises WrongUsage where the bank has no such unit."""
    folder = workspace / "item_bank" / code
    if Path(code).name != code or not (folder / "unit.yaml").is_file():
        raise WrongUsage(tell("{workspace} has no unit {code}", workspace=workspace / "item_bank", code=code))
    shelves, problems = load_bank(folder.parent, [code])
    if not shelves:
        raise Refused(tell("{code} cannot be read", code=code), problems)
    scored: list[_Scored] = []
    packages = [path.parent for path in sorted((workspace / "output").glob("*/exam.yaml"))]
    for n, package in enumerate(packages, start=1):
        progress(
            tell("{parent}, {n} of {packages_n} packages", parent=package.name, n=n, packages_n=len(packages))
        )
        try:
            if newest_run(package / RESULTS) is None:
                continue
            run = read_scored(package)
            if all(unit.code != code for unit in run.exam.units):
                continue
            forms = {
                form.name: {one.item.id for one in form.items if one.unit == code} for form in run.exam.forms
            }
            made_up = "synthetic" in run.candidates.columns and "yes" in run.candidates["synthetic"]
            scored.append(_Scored(sitting_of(run, code), forms, made_up, str(package.resolve())))
        except (Refused, WrongUsage) as error:
            problems.append(Problem(str(package), "left-out", error.message, severity="warning"))
    seen, unknown = packages_of(workspace)
    uses, faults = _uses(folder, shelves[0], scored, seen)
    found = unit_coverage(shelves[0].unit, with_uses([one.sitting for one in scored], uses), asked.day)
    own = {item.id for item in shelves[0].items}
    told = {one.folder for one in scored}  # sittings of synthetic candidates alone, too
    printed = {one.exam for one in seen if not one.is_sat and one.items & own and one.folder not in told}
    found = found._replace(printed=tuple(sorted(printed)))
    made = write_document(
        asked.out or workspace / "output" / REPORTS / code,
        "report-unit.html",
        tell("{code} – coverage over administrations", code=code),
        lambda words, faces: unit_page(found, asked.lang, words, faces),
        frames_of(UNIT, found),
        asked,
        workspace,
        progress,
    )
    return made, [*problems, *unknown, *faults]


def _uses(
    folder: Path, shelf: BankUnit, scored: Sequence[_Scored], seen: Sequence[UsedPackage]
) -> tuple[list[ItemUse], list[Problem]]:
    """Items asked by statistics.csv, and by exams that people sat of which only the record is left. What was
    written back of a scored run, under whatever name, is that administration."""
    lines, problems = statistics_of(folder)
    criterion = {item.id: item.pcs[0] for item in shelf.items}
    found = []
    names = {
        name: one.sitting.name
        for is_synthetic in (False, True)
        for name, written in administrations(x for x in lines if x.synthetic == is_synthetic).items()
        for one in scored
        if one.is_synthetic == is_synthetic and same_forms(written.forms, one.forms, criterion)
    }
    known = {line.administration for line in lines} | {one.sitting.name for one in scored}
    for package, name, day in called(seen, lines, criterion):
        if package.is_sat and not {name, package.exam} & known:
            found += [
                ItemUse(name, _day(day), criterion[item], item, package.candidates.get(form), form)
                for form, items in package.forms.items()
                for item in items
                if item in criterion
            ]
    for line in lines:
        if line.item not in criterion:
            continue
        n = line.numbers.get("n")
        use = ItemUse(
            names.get(line.administration, line.administration),
            _day(line.date),
            criterion[line.item],
            line.item,
            None if n is None else int(n),
            line.form,
            line.synthetic,
        )
        found.append(use)
    return found, problems


def _day(said: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(said)
    return None
