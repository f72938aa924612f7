"""Commands on units: import documents into the bank, and show what was read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.assembly.editions.kept import Filing, file_edition
from examgen.bank import editions as shelved
from examgen.bank.standards.reading import LineUse, read_unit
from examgen.bank.whole_bank import load_bank
from examgen.core.changes import changing
from examgen.core.files import read_files, write_files
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, tell

_FOLDER_NAME = re.compile(r"^[A-Za-z0-9-][A-Za-z0-9._-]{0,99}$")


class UnitImport(NamedTuple):
    """A document, the unit read from it, and the folder it was written to; None if nothing was written.

    `state` is `new`; `present` if it replaced the present edition; `same` if it equals it; or `waiting` if
    it was stored beside it for the given reasons. With `present`, the reasons are the blueprints that the
    edition no longer allows. `edition` is the SHA-256 of its `unit.yaml`.
    """

    document: str
    unit: Unit
    folder: Path | None
    state: Filing | None = None
    edition: str | None = None
    reasons: tuple[Problem, ...] = ()
    lines: tuple[LineUse, ...] = ()
    """Every non-blank line of the document's text, and what it was read as."""

    @property
    def advice(self) -> str:
        """What to do with an edition that waits."""
        return shelved.advice(str(self.unit.code), str(self.edition))


def import_units(paths: Sequence[Path], into: Path, dry_run: bool = False) -> list[UnitImport]:
    """Read every document. Writes `unit.yaml` and the document only if all of them are units."""
    readings = [(name, data, read_unit(data, Path(name).name)) for name, data in read_files(paths)]
    unnamed = [
        Problem(name, "unit-code", _no_folder(one.unit.code))
        for name, _, one in readings
        if not one.unit.error and not _FOLDER_NAME.match(one.unit.code or "")
    ]
    if unnamed:
        raise Refused.because("nothing was imported", unnamed)
    if dry_run or any(one.unit.error for _, _, one in readings):
        return [UnitImport(name, one.unit, None, lines=one.account) for name, _, one in readings]
    with changing(into):
        folders: list[Path] = []
        problems: list[Problem] = []
        for name, _, one in readings:
            code = str(one.unit.code)
            if into / code in folders:
                first = readings[folders.index(into / code)][0]
                message = tell(
                    "has the same code ({code}) as {units}. Import only one of them.", code=code, units=first
                )
                problems.append(Problem(name, "unit-twice", message))
            folders.append(into / code)
        if problems:
            raise Refused.because("nothing was imported", problems)
        done, files = list[UnitImport](), dict[Path, bytes]()
        for folder, (name, data, one) in zip(folders, readings, strict=True):
            filed = file_edition(folder, one.unit, name, data)
            files |= filed.files
            done.append(UnitImport(name, one.unit, filed.folder, filed.state, filed.edition, filed.reasons))
        write_files(files, shared=True, within=into)
        return done


def _no_folder(code: str | None) -> Message:
    if code is None:
        return tell("section 1 (รหัสหน่วยสมรรถนะ), which contains the unit's code, is missing")
    return tell("its code {code} cannot be used as a folder name", code=code)


def show_unit(folder: Path, code: str) -> Unit:
    """Return a unit of the bank as it was read."""
    shelves, problems = load_bank(folder, [code])
    if not shelves:
        raise Refused.because("{code} cannot be read", problems, code=code)
    return shelves[0].unit
