"""Commands on units: documents read into the bank, and what was read of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from examgen import bank, standards
from examgen.models import Unit
from examgen.problems import Problem, Refused
from examgen.storage import write_files
from examgen.workflow.banks import load_bank
from examgen.workflow.files import read_files

SOURCE_FILE = "source.txt"
_FOLDER_NAME = re.compile(r"^[A-Za-z0-9-][A-Za-z0-9._-]{0,99}$")


class UnitImport(NamedTuple):
    """A document, what was read of it, and the folder it went to (None: nothing written)."""

    document: str
    unit: Unit
    folder: Path | None


def import_units(paths: Sequence[Path], into: Path, dry_run: bool = False) -> list[UnitImport]:
    """Reads every document; writes `unit.yaml` and the document only where all of them are units."""
    contents = read_files(paths)
    readings = [(name, data, standards.read_unit(data, Path(name).name).unit) for name, data in contents]
    if dry_run or any(unit.error for _, _, unit in readings):
        return [UnitImport(name, unit, None) for name, _, unit in readings]
    folders = [_unit_folder(into, unit, name) for name, _, unit in readings]
    problems = _import_conflicts([(name, unit) for name, _, unit in readings], folders)
    if problems:
        raise Refused("nothing was imported", problems)
    files: dict[Path, bytes] = {}
    for folder, (_, data, unit) in zip(folders, readings, strict=True):
        files[folder / SOURCE_FILE] = data
        files[folder / "unit.yaml"] = bank.unit_yaml(unit).encode()
    write_files(files)
    return [UnitImport(name, unit, folder) for folder, (name, _, unit) in zip(folders, readings, strict=True)]


def _unit_folder(into: Path, unit: Unit, document: str) -> Path:
    if unit.code is None or not _FOLDER_NAME.match(unit.code):
        message = f"its code {unit.code} cannot name a folder"
        raise Refused("nothing was imported", [Problem(document, "unit-code", message)])
    return into / unit.code


def _import_conflicts(units: Sequence[tuple[str, Unit]], folders: Sequence[Path]) -> list[Problem]:
    """One code on two documents, and a new edition that would leave items without their criterion."""
    problems = []
    for n, ((document, unit), folder) in enumerate(zip(units, folders, strict=True)):
        if folder in folders[:n]:
            message = f"has the code {unit.code} as {units[folders.index(folder)][0]} has: import one of them"
            problems.append(Problem(document, "unit-twice", message))
        elif (folder / bank.ITEM_FOLDER).is_dir():
            problems += _orphans(document, unit, folder)
    return problems


def _orphans(document: str, unit: Unit, folder: Path) -> list[Problem]:
    shelf, _ = bank.load_unit(folder)
    known = {criterion.code for criterion in unit.criteria}
    lost = sorted({pc for item in (shelf.items if shelf else ()) for pc in item.pcs} - known)
    if not lost:
        return []
    message = (
        f"does not have {', '.join(lost)}, for which {folder.name} holds items: move or retire them first"
    )
    return [Problem(document, "items-without-criterion", message)]


def show_unit(folder: Path, code: str) -> Unit:
    """A unit of the bank, as it was read."""
    shelves, problems = load_bank(folder, [code])
    if not shelves:
        raise Refused(f"{code} cannot be read", problems)
    return shelves[0].unit
