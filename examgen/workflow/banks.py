"""Commands on the bank: loading, checking and counting its units."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen import bank
from examgen.models import BankUnit, Status, Unit
from examgen.problems import Problem, Refused, WrongUsage
from examgen.yamlfile import suggestion


def _is_folder_of(bank_folder: Path, code: str) -> bool:
    return Path(code).name == code and code not in (".", "..") and (bank_folder / code).is_dir()


def load_bank(folder: Path, codes: Sequence[str]) -> tuple[list[BankUnit], list[Problem]]:
    """The named units, or all; units with errors are left out, their problems are not."""
    known = bank.unit_codes(folder)
    unknown = [code for code in codes if code not in known and not _is_folder_of(folder, code)]
    if unknown:
        problems = [
            Problem(str(folder), "unit-unknown", f"{code} is not in the bank{suggestion(code, known)}")
            for code in unknown
        ]
        raise Refused("no such unit in the bank", problems)
    loaded = [bank.load_unit(folder / code) for code in (codes or known)]
    return [unit for unit, _ in loaded if unit], [problem for _, faults in loaded for problem in faults]


def check_bank(folder: Path, codes: Sequence[str]) -> tuple[list[BankUnit], list[Problem]]:
    """Every fault of the named units, or of all."""
    if not bank.unit_codes(folder):
        raise WrongUsage(f"{folder} holds no unit: import one with `examgen unit import FILE`")
    shelves, problems = load_bank(folder, codes)
    return shelves, [*problems, *bank.across_units(shelves)]


class UnitCoverage(NamedTuple):
    """What the bank holds for a unit: one row for each criterion and level."""

    unit: Unit
    items: int
    rows: list[bank.Coverage]


def bank_coverage(folder: Path, code: str, level: int | None, statuses: Collection[Status]) -> UnitCoverage:
    """Usable items of a unit by criterion and level."""
    shelves, problems = load_bank(folder, [code])
    if not shelves:
        raise Refused(f"{code} has faults: mend them first", problems)
    unit = shelves[0].unit
    if level is not None and level not in unit.levels:
        stated = ", ".join(map(str, unit.levels)) or "none"
        raise Refused(f"{code} does not state level {level}; it states {stated}")
    levels: list[int | None] = [level] if level is not None else [*unit.levels] or [None]
    return UnitCoverage(unit, len(shelves[0].items), bank.coverage(shelves[0], levels, statuses))
