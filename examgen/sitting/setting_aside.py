"""An exam that is replaced by another: set aside under a new name, with its papers and results."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from examgen.assembly.building import BuiltExam, PlannedExam, files_of
from examgen.bank.exam_uses import ASIDE
from examgen.core.changes import change, changing
from examgen.core.exam.bindings import fingerprints_of
from examgen.core.exam.manifest import read_manifest
from examgen.core.exam.names import MANIFEST, PAPERS, RESULTS
from examgen.core.exam.releases import all_releases
from examgen.core.exam.runs import all_runs
from examgen.core.exam.writing import fill_package
from examgen.core.files import staged_folder
from examgen.core.problems import Refused
from examgen.scoring.sitting_folder import PAPERS_SETTINGS, changing_answers, children, sitting_of

_MOST = 999


class InUse(NamedTuple):
    """The contents of an exam that would be lost if another one replaced it."""

    is_printed: bool = False
    runs: int = 0
    releases: int = 0
    is_sat: bool = False
    """Whether its sitting has any files besides the settings for papers."""

    @property
    def at_all(self) -> bool:
        """Whether there is anything to lose."""
        return any(self)


def in_use(workspace: Path, name: str) -> InUse:
    """Return the contents of an exam of that name; empty if there is none."""
    folder = workspace / "output" / name
    if not (folder / MANIFEST).is_file():
        return InUse()
    is_printed = "printing" in read_manifest(folder) or any((folder / PAPERS).glob("booklet-*.pdf"))
    results = folder / RESULTS
    runs, releases = (
        (len(list(all_runs(results))), len(all_releases(results))) if results.is_dir() else (0, 0)
    )
    is_sat = any(one.name != PAPERS_SETTINGS for one in children(sitting_of(folder).place))
    return InUse(is_printed, runs, releases, is_sat)


class Replaced(NamedTuple):
    """An exam that was written, and the name of the one before it."""

    built: BuiltExam
    aside: str


def replaced(found: PlannedExam, workspace: Path) -> Replaced:
    """Write an exam in place of one with the same name, which is set aside as `<name>.earlier-1` and so on,
    with its sitting. Either all of this happens or nothing, even if the process is killed."""
    folder = workspace / "output" / found.exam.blueprint.exam
    sitting = sitting_of(folder).place
    number = next((n for n in range(1, _MOST + 1) if not _named(folder, n).exists()), None)
    if number is None or not folder.is_dir():
        raise Refused.because("there is no exam {exam} to set aside", exam=folder.name)
    aside = _named(folder, number).name
    files = files_of(found, workspace)
    with (
        changing(folder),
        changing(sitting) if sitting.is_dir() else nullcontext(),
        changing_answers(sitting) if sitting.is_dir() else nullcontext(),
        change(folder.parent, durable=True) as one,
    ):
        if folder.with_name(aside).exists():
            raise Refused.because("{name} already exists. Remove it first", name=aside)
        one.move(folder, aside)
        fill_package(staged_folder(one, folder), files)
    return Replaced(BuiltExam(folder, found.exam, found, fingerprints_of(folder)), aside)


def names_of(exam: str) -> list[str]:
    """Return the names that an exam has had: its own and, if it was set aside, the original name, which
    another exam may have now."""
    found = [exam]
    while said := ASIDE.fullmatch(found[-1]):
        found.append(said[1])
    return found


def _named(folder: Path, number: int) -> Path:
    return folder.with_name(f"{folder.name}.earlier-{number}")
