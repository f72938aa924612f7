"""The folder of a scan: its files by name, its sources by their hash, and what scan.json says."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen import __version__
from examgen.problems import Refused, WrongUsage
from examgen.storage import PRIVATE, PRIVATE_FOLDER, read_input
from examgen.words import tell
from examgen.workflow.scanning.sittings import Package

SCAN, PAGES, ROWS, BUBBLES, RESPONSES = (
    *("scan.json", "pages.csv", "rows.csv", "marks.parquet", "responses.csv"),
)
SCANS, REVIEW, ANNOTATED = "scans", "review", "annotated"
JOURNAL = "readings.journal"


class Source(NamedTuple):
    """A scan file as it was given, or as it was a member of a zip."""

    name: str
    sha256: str
    suffix: str
    n_pages: int
    fault: str = ""
    """Why it has no page that can be read."""

    def path(self, folder: Path) -> Path:
        """Where it is kept."""
        return folder / SCANS / f"{self.sha256}.{self.suffix}"

    @property
    def pages(self) -> range:
        """Its pages in the ledger: one by the number 0 where it has none."""
        return range(1, self.n_pages + 1) if not self.fault else range(1)


def settings_of(packages: Sequence[Package]) -> dict[str, Any]:
    """What pages are read with; read otherwise, they are read anew."""
    return {
        "examgen": __version__,
        "exams": [[one.sitting.exam, one.sitting.layout.geometry, one.sheet_sha256] for one in packages],
    }


def scan_json(packages: Sequence[Package], sources: Sequence[Source]) -> dict[str, Any]:
    """What scan.json says."""
    return {
        "schema": "examgen-scan",
        "version": 1,
        "examgen": __version__,
        "exams": [
            {
                "code": one.sitting.exam,
                "package": os.path.abspath(one.folder),
                "geometry": one.sitting.layout.geometry,
                "responses": responses_name(one.sitting.exam, len(packages)),
            }
            for one in packages
        ],
        "sources": [
            {
                "name": one.name,
                "sha256": one.sha256,
                "kept": f"{SCANS}/{one.sha256}.{one.suffix}" if not one.fault and one.suffix else "",
                "pages": one.n_pages,
                "fault": one.fault,
            }
            for one in sources
        ],
    }


def responses_name(exam: str, n_exams: int) -> str:
    """The file of an exam's answers in the folder."""
    return RESPONSES if n_exams == 1 else f"{folder_name(exam)}/{RESPONSES}"


def folder_name(exam: str) -> str:
    """The code of an exam as the name of a folder."""
    name = "".join(char if char.isalnum() or char in "-_." else "_" for char in exam).strip(".")
    return name if name.casefold() not in ("", SCANS, REVIEW, ANNOTATED) else f"exam-{name}"


def read_scan_json(folder: Path) -> dict[str, Any]:
    """What scan.json says; refused where the folder is not one of a scan."""
    if not folder.is_dir():
        raise WrongUsage(
            tell("{folder} is not a folder: name the one that `examgen scan` wrote", folder=folder)
        )
    path = folder / SCAN
    if not path.is_file():
        raise Refused(tell("{folder} holds no finished scan: read the scans first", folder=folder))
    try:
        said: dict[str, Any] = json.loads(read_input(path))
        if said["schema"] != "examgen-scan":
            raise ValueError(said["schema"])
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(tell("{path} is damaged: read the scans again", path=path)) from error
    return said


def prepare(folder: Path) -> None:
    """Makes the folder, for its owner alone; WrongUsage where it holds what is none of a scan's."""
    if folder.exists() and not folder.is_dir():
        raise WrongUsage(tell("{path} is a file: name a folder", path=folder))
    if folder.is_dir() and any(folder.iterdir()) and not _is_of_a_scan(folder):
        raise WrongUsage(tell("{folder} holds other files: name a new or an empty folder", folder=folder))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SCANS).mkdir(exist_ok=True)
    folder.chmod(PRIVATE_FOLDER)
    (folder / SCANS).chmod(PRIVATE_FOLDER)
    for left in (folder / SCANS).glob(".*-[0-9]*"):
        left.unlink()  # of a command that was killed


def _is_of_a_scan(folder: Path) -> bool:
    return (folder / SCAN).is_file() or (folder / JOURNAL).is_file() or (folder / SCANS).is_dir()


def keep_source(path: Path, sha256: str, suffix: str, folder: Path) -> None:
    """Keeps a file by its hash, whole or not at all; a copy, for a link would change with the file."""
    kept = folder / SCANS / f"{sha256}.{suffix}"
    if kept.exists():
        return
    staged = kept.with_name(f".keeping-{os.getpid()}")
    staged.unlink(missing_ok=True)
    shutil.copyfile(path, staged)
    staged.chmod(PRIVATE)
    staged.replace(kept)


def has_decisions(folder: Path) -> bool:
    """Whether somebody has decided on what was read."""
    review = folder / REVIEW
    return review.is_dir() and any(path.suffix == ".csv" for path in review.iterdir())
