"""Exam packages → what reading their sheets needs: the layout of the sheets, and the assigned booklets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.exam.names import SHEET_JSON
from examgen.core.exam.package import read_package
from examgen.core.files import read_input, sha256
from examgen.core.problems import Problem, Refused
from examgen.core.words import command, tell
from examgen.scanning.page_register import AssignedBooklet, SheetSitting
from examgen.scanning.sheet_layout import LayoutError, SheetLayout, layouts_by_geometry, sheet_layout

if TYPE_CHECKING:
    from examgen.core.exam.package import Package


class ScannedPackage(NamedTuple):
    """An exam whose sheets are read, and the hash of its sheet.json."""

    folder: Path
    sitting: SheetSitting
    sheet_sha256: str


def read_packages(folders: Sequence[Path]) -> list[ScannedPackage]:
    """Read the packages. Raises Refused, with all faults, if one cannot be read or two are of the same
    exam."""
    problems: list[Problem] = []
    found: list[ScannedPackage] = []
    for folder in folders:
        try:
            found.append(_package(folder))
        except Refused as refused:
            problems += refused.problems or [Problem(str(folder), "not-a-package", refused.message)]
    often = Counter(one.sitting.exam for one in found)
    for one in found:
        if often[one.sitting.exam] > 1:
            message = tell("{exam} is given more than once. Give each exam once", exam=one.sitting.exam)
            problems.append(Problem(str(one.folder), "exam-twice", message))
    if problems:
        raise Refused.because("the exams cannot be read", problems)
    return found


def layouts_of(packages: Sequence[ScannedPackage]) -> dict[str, SheetLayout]:
    """Return the sheets of the packages by geometry. Raises Refused if they cannot be distinguished."""
    try:
        return layouts_by_geometry(one.sitting.layout for one in packages)
    except LayoutError as error:
        raise Refused.because("the sheets cannot be distinguished: {error}", error=error.args[0]) from error


def _package(folder: Path) -> ScannedPackage:
    asked = read_package(folder)
    path = folder / SHEET_JSON
    if not path.is_file():
        message = tell(
            "has no answer sheet. Print the exam with {command}", command=command("render", str(folder))
        )
        raise Refused(message, [Problem(str(path), "no-sheet", message)])
    data = read_input(path)
    try:
        layout = sheet_layout(json.loads(data))
    except (LayoutError, ValueError, AttributeError) as error:
        why = (
            error.args[0]
            if isinstance(error, LayoutError)
            else tell("it is not JSON, or not the expected kind")
        )
        message = tell("is not a readable sheet.json: {error}", error=why)
        raise Refused(message, [Problem(str(path), "sheet-unreadable", message)]) from error
    sizes = dict(Counter(asked.forms["form"]))
    return ScannedPackage(folder, SheetSitting(layout.exam, layout, sizes, _booklets(asked)), sha256(data))


def _booklets(asked: Package) -> dict[str, AssignedBooklet]:
    """Return the assigned booklets, by serial."""
    columns = asked.candidates.select("serial", "candidate_id", "form", "base")
    return {
        serial: AssignedBooklet(candidate, form, base or form)
        for serial, candidate, form, base in columns.iter_rows()
    }
