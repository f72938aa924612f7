"""Commands on the bank: loading, checking and counting its units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from examgen import bank
from examgen.bank.editions import set_aside
from examgen.changes import changing
from examgen.models import BankUnit
from examgen.problems import Problem, Refused, WrongUsage
from examgen.yamlfile import suggestion

P = ParamSpec("P")
R = TypeVar("R")


def changes_bank(command: Callable[Concatenate[Path, P], R]) -> Callable[Concatenate[Path, P], R]:
    """A command that reads a bank, its first argument, to change it: one at a time does."""

    @wraps(command)
    def alone(bank_folder: Path, /, *rest: P.args, **named: P.kwargs) -> R:
        with changing(bank_folder):
            return command(bank_folder, *rest, **named)

    return alone


def _is_folder_of(bank_folder: Path, code: str) -> bool:
    return Path(code).name == code and code not in (".", "..") and (bank_folder / code).is_dir()


def named_units(folder: Path, codes: Sequence[str]) -> list[str]:
    """The units that are named, or all; refused where one is not in the bank."""
    # a named unit costs that unit only: the others are not looked for
    unknown = [code for code in codes if not _is_folder_of(folder, code)]
    known = bank.unit_codes(folder) if unknown or not codes else []
    if unknown:
        problems = [
            Problem(str(folder), "unit-unknown", f"{code} is not in the bank{suggestion(code, known)}")
            for code in unknown
        ]
        raise Refused("no such unit in the bank", problems)
    return list(codes) or known


def load_bank(folder: Path, codes: Sequence[str]) -> tuple[list[BankUnit], list[Problem]]:
    """The named units, or all; units with errors are left out, their problems are not."""
    loaded = [bank.load_unit(folder / code) for code in named_units(folder, codes)]
    return [unit for unit, _ in loaded if unit], [problem for _, faults in loaded for problem in faults]


def check_bank(folder: Path, codes: Sequence[str]) -> tuple[list[BankUnit], list[Problem]]:
    """Every fault of the named units, or of all."""
    if not bank.has_units(folder):
        raise WrongUsage(f"{folder} holds no unit: import one with `examgen unit import FILE`")
    shelves, problems = load_bank(folder, codes)
    aside = [notice for code in codes or bank.unit_codes(folder) for notice in set_aside(folder / code)]
    return shelves, [*problems, *bank.across_units(shelves), *aside]
