"""The source, options and result of an export, and the writing of its files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.changes import make_folders
from examgen.core.files import OWN, PRIVATE_FOLDER, own_folder, write_files
from examgen.core.problems import WrongUsage
from examgen.core.words import option

EXPORTS = "exports"
"""The folder of a package for exports, readable only by its owner because many exports contain the key."""


class ExportSource(NamedTuple):
    """An exam package and one of its runs: the given number, else the released run."""

    exam: Path
    run: str | None = None
    results: Path | None = None


class ExportOptions(NamedTuple):
    """The user's options for an export, in any format."""

    out: Path | None = None
    """The folder to use in place of `exports/` of the package."""
    run: str | None = None
    results: Path | None = None
    replace: bool = False
    pseudonymous: bool = False
    keys: str | None = None
    """For an exam: `none` or `inside`."""
    day: date | None = None
    """The date of the results, in place of the date of the release."""


class Exported(NamedTuple):
    """The result of an export: the files in their folder, and a sentence for each part of the exam or run
    that was left out or converted.
    """

    format: str
    folder: Path
    names: tuple[str, ...]
    told: tuple[str, ...] = ()
    facts: Mapping[str, Any] = {}
    """For JSON output: `exam`, `run`, counts."""
    alarm: str | None = None
    """A warning that must not be overlooked."""


def written(folder: Path, files: Mapping[str, bytes], replace: bool, whole: bool = False) -> tuple[str, ...]:
    """Write all files of an export into a folder, or none. Raises WrongUsage if a file already exists and
    `replace` is not set.

    With `whole`, the folder is only for these files: files of an earlier export are removed, and a folder
    that contains anything else is refused.
    """
    if folder.exists() and not folder.is_dir():
        raise WrongUsage.because("{folder} is a file. Give a folder.", folder=folder)
    there = [name for name in files if (folder / name).exists()]
    there += [OWN] if whole and (folder / OWN).exists() else []
    if there and not replace:
        raise WrongUsage.because(
            "{path} already exists. Choose another folder, or add {replace}.",
            path=folder / there[0],
            replace=option("replace"),
        )
    if not whole:
        write_files({folder / name: data for name, data in files.items()})
        return tuple(files)
    make_folders(folder.parent, PRIVATE_FOLDER)
    with own_folder(folder) as made:
        for name, data in files.items():
            (made / name).write_bytes(data)
    return tuple(files)
