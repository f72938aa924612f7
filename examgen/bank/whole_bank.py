"""The units of a bank: reading and checking them, adding evidence about their items, and the texts of their
item files.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from examgen.bank.editions import set_aside
from examgen.bank.exam_uses import packages_of, with_packages
from examgen.bank.loading import ITEM_FOLDER, across_units, load_unit, unit_codes
from examgen.bank.reviews.statuses import reviews_of
from examgen.bank.statistics import evidence, notices_of, statistics_of
from examgen.core.changes import changing
from examgen.core.files import read_input
from examgen.core.models.item import BankUnit, Item
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell
from examgen.core.yamlfile import suggestion


def with_evidence(
    shelves: Sequence[BankUnit], bank_folder: Path, exam: str = ""
) -> tuple[list[BankUnit], list[Problem]]:
    """Return the units with the evidence about their items, and the problems of the records.

    Exams of the workspace that were printed or taken count as uses, except the one named `exam`.
    """
    packages, problems = packages_of(bank_folder.parent, exam)
    known = []
    for shelf in shelves:
        folder = bank_folder / str(shelf.unit.code)
        statistics, faults = statistics_of(folder)
        _, more = reviews_of(folder)
        problems += [*faults, *more, *notices_of(str(shelf.unit.code), shelf.items, statistics)]
        found = evidence(shelf.items, statistics)
        found = with_packages(found, statistics, packages, [item.id for item in shelf.items])
        known.append(shelf.model_copy(update={"evidence": found}))
    return known, problems


P = ParamSpec("P")
R = TypeVar("R")


def changes_bank(command: Callable[Concatenate[Path, P], R]) -> Callable[Concatenate[Path, P], R]:
    """Decorate a command that changes the bank in its first argument, so that only one runs at a time."""

    @wraps(command)
    def alone(bank_folder: Path, /, *rest: P.args, **named: P.kwargs) -> R:
        with changing(bank_folder):
            return command(bank_folder, *rest, **named)

    return alone


def named_units(folder: Path, codes: Sequence[str]) -> list[str]:
    """Return the named units, or all. Raises Refused if one is not in the bank."""
    # a named unit costs that unit only: the others are not looked for
    unknown = [
        code
        for code in codes
        if not (Path(code).name == code and code not in (".", "..") and (folder / code).is_dir())
    ]
    known = unit_codes(folder) if unknown or not codes else []
    if unknown:
        problems = [
            Problem(
                str(folder),
                "unit-unknown",
                tell("{code} is not in the bank{suggestion}", code=code, suggestion=suggestion(code, known)),
            )
            for code in unknown
        ]
        raise Refused.because("no such unit in the bank", problems)
    return list(codes) or known


def load_bank(folder: Path, codes: Sequence[str]) -> tuple[list[BankUnit], list[Problem]]:
    """Read the named units, or all, and return those without errors and the problems of all."""
    loaded = [load_unit(folder / code) for code in named_units(folder, codes)]
    return [unit for unit, _ in loaded if unit], [problem for _, faults in loaded for problem in faults]


def usable_unit(bank_folder: Path, code: str) -> BankUnit:
    """Return a unit without errors. Raises Refused with its errors."""
    shelves, problems = load_bank(bank_folder, [code])
    if not shelves:
        errors = [problem for problem in problems if problem.severity == "error"]
        raise Refused.because("{code} has errors. Fix them first.", errors, code=code)
    return shelves[0]


SUFFIXES = (".yaml", ".yml")


def item_files(folder: Path) -> dict[str, str]:
    """Return the texts of the item files of a unit's folder, by name."""
    place = folder / ITEM_FOLDER
    paths = sorted(path for path in place.glob("*") if path.suffix in SUFFIXES)
    return {path.name: read_input(path).decode("utf-8-sig") for path in paths}


def encoded(text: str, folder: Path, name: str) -> bytes:
    """Return the bytes of a file, with a byte order mark if the file had one."""
    path = folder / ITEM_FOLDER / name
    marked = path.is_file() and read_input(path).startswith(b"\xef\xbb\xbf")
    return text.encode("utf-8-sig" if marked else "utf-8")


def item_data(item: Item) -> dict[str, Any]:
    """Return an item as the data of its YAML file."""
    data = item.model_dump(mode="json", exclude_defaults=True)
    return {**data, "key": data["key"][0] if len(item.key) == 1 else data["key"]}


def checked_with(
    bank_folder: Path, code: str, texts: Mapping[str, str], besides: Mapping[str, bytes] | None = None
) -> list[Problem]:
    """Return the problems that `bank check` would find in the structure of a unit with these texts of item
    files, and with the files `besides`, by their paths in its folder.
    """
    instead = {name: text.encode() for name, text in texts.items()}
    if not besides:
        return _all_faults(bank_folder / code, instead)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / code
        shutil.copytree(bank_folder / code, folder)
        for name, data in besides.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        return _all_faults(folder, instead)


def _all_faults(folder: Path, instead: Mapping[str, bytes]) -> list[Problem]:
    shelf, problems = load_unit(folder, instead)
    return [*problems, *(across_units([shelf]) if shelf else []), *set_aside(folder)]
