"""An exam that another one takes the place of: set aside under a name of its own, papers, results and all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from examgen.changes import changing
from examgen.exam.manifest import read_manifest
from examgen.exam.names import MANIFEST, PAPERS, RESULTS
from examgen.exam.releases import all_releases
from examgen.exam.runs import all_runs
from examgen.problems import Refused
from examgen.words import tell
from examgen.workflow.exams import Built, Planned, written
from examgen.workflow.sitting.folder import sitting_of

_MOST = 999


class InUse(NamedTuple):
    """What an exam has that another one in its place would lose."""

    is_printed: bool = False
    runs: int = 0
    releases: int = 0
    is_sat: bool = False
    """Whether anything is kept of its sitting."""

    @property
    def at_all(self) -> bool:
        """Whether there is anything to lose."""
        return any(self)


def in_use(workspace: Path, name: str) -> InUse:
    """What there is of an exam of that name; nothing where there is none."""
    folder = workspace / "output" / name
    if not (folder / MANIFEST).is_file():
        return InUse()
    is_printed = "printing" in read_manifest(folder) or any((folder / PAPERS).glob("booklet-*.pdf"))
    results = folder / RESULTS
    runs, releases = (
        (len(list(all_runs(results))), len(all_releases(results))) if results.is_dir() else (0, 0)
    )
    return InUse(is_printed, runs, releases, sitting_of(workspace, folder).place.is_dir())


class Replaced(NamedTuple):
    """An exam that was written, and the name of the one before it."""

    built: Built
    aside: str


def replaced(found: Planned, workspace: Path) -> Replaced:
    """Writes an exam in the place of one of its name, which is set aside as `<name>.earlier-1` and so on, its
    sitting with it; where the writing fails, it is put back."""
    folder = workspace / "output" / found.exam.blueprint.exam
    sitting = sitting_of(workspace, folder).place
    number = next((n for n in range(1, _MOST + 1) if not _named(folder, n).exists()), None)
    if number is None or not folder.is_dir():
        raise Refused(tell("there is no exam {exam} to be set aside", exam=folder.name))
    aside = _named(folder, number)
    moves = [(one, one.with_name(aside.name)) for one in (sitting, folder) if one.is_dir()]
    if any(to.exists() for _, to in moves):
        raise Refused(tell("{name} is there already: take it away first", name=aside.name))
    with changing(folder), changing(sitting):
        for one, to in moves:
            os.rename(one, to)
    try:
        return Replaced(written(found, workspace, folder), aside.name)
    except BaseException:
        for one, to in moves:
            os.rename(to, one)
        raise


def _named(folder: Path, number: int) -> Path:
    return folder.with_name(f"{folder.name}.earlier-{number}")
