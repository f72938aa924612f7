"""Source and options of an export, and the place of its files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.changes import make_folders
from examgen.core.files import OWN, PRIVATE_FOLDER, own_folder, write_files
from examgen.core.problems import WrongUsage
from examgen.core.words import option, tell

EXPORTS = "exports"
"""The folder of a package that exports go to, for its owner alone: many of them hold the key."""


class ExportSource(NamedTuple):
    """An exam package, and one of its runs: by number, else the one that people are told."""

    exam: Path
    run: str | None = None
    results: Path | None = None


class ExportOptions(NamedTuple):
    """What the user wants of an export, whatever its format."""

    out: Path | None = None
    """In place of `exports/` of the package."""
    run: str | None = None
    results: Path | None = None
    replace: bool = False
    pseudonymous: bool = False
    keys: str | None = None
    """Of an exam: `none` or `inside`."""
    day: date | None = None
    """The day of results, in place of that of the release."""


class Exported(NamedTuple):
    """Result of an export: the files in their folder, and a sentence for each part of the exam or run
    that is left out or carried in another form."""

    format: str
    folder: Path
    names: tuple[str, ...]
    told: tuple[str, ...] = ()
    facts: Mapping[str, Any] = {}
    """For JSON output: `exam`, `run`, counts."""
    alarm: str | None = None
    """What nobody must overlook."""


def written(folder: Path, files: Mapping[str, bytes], replace: bool, whole: bool = False) -> tuple[str, ...]:
    """Writes all files of an export into a folder, or none. Raises WrongUsage where one of them is there
    already and is to be kept.

    `whole` has the folder for these files alone: what an earlier export of it left there goes, and one that
    holds anything else is refused.
    """
    if folder.exists() and not folder.is_dir():
        raise WrongUsage(tell("{folder} is a file. Give a folder.", folder=folder))
    there = [name for name in files if (folder / name).exists()]
    there += [OWN] if whole and (folder / OWN).exists() else []
    if there and not replace:
        raise WrongUsage(
            tell(
                "{path} already exists. Choose another folder, or add {replace}.",
                path=folder / there[0],
                replace=option("replace"),
            )
        )
    if not whole:
        write_files({folder / name: data for name, data in files.items()})
        return tuple(files)
    make_folders(folder.parent, PRIVATE_FOLDER)
    with own_folder(folder) as made:
        for name, data in files.items():
            (made / name).write_bytes(data)
    return tuple(files)
