"""The folder of a scan: its files by name, its sources by their hash, and the content of scan.json."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen import __version__
from examgen.core.files import PRIVATE, PRIVATE_FOLDER, read_input
from examgen.core.problems import Refused, WrongUsage
from examgen.core.words import Message, command, joined, listed, option, tell, tell_n
from examgen.scanning.exam_sheets import ScannedPackage
from examgen.scanning.input.files import HIDDEN, LINKED

SCAN, PAGES, ROWS, BUBBLES, RESPONSES = (
    *("scan.json", "pages.csv", "rows.csv", "marks.parquet", "responses.csv"),
)
SCANS, REVIEW, ANNOTATED = "scans", "review", "annotated"
JOURNAL = "readings.jsonl"
BEGUN = "begun.json"
"""The scan.json of a reading in progress; removed when it has ended."""
_NAMED = 3
"""The maximum number of scan files that a refusal names."""


class ScanSource(NamedTuple):
    """A scan file as it was given, or as a member of a zip."""

    name: str
    sha256: str
    suffix: str
    n_pages: int
    fault: str = ""
    """The reason why it has no readable page; empty if it has."""

    def path(self, folder: Path) -> Path:
        """Return the path of the stored file."""
        return folder / SCANS / f"{self.sha256}.{self.suffix}"

    @property
    def pages(self) -> range:
        """Its page numbers in the register; only 0 if it has no page."""
        return range(1, self.n_pages + 1) if not self.fault else range(1)


def settings_of(packages: Sequence[ScannedPackage]) -> dict[str, Any]:
    """Return the settings with which pages are read; if they change, pages are read again."""
    return {
        "examgen": __version__,
        "exams": [[one.sitting.exam, one.sitting.layout.geometry, one.sheet_sha256] for one in packages],
    }


def scan_json(packages: Sequence[ScannedPackage], sources: Sequence[ScanSource]) -> dict[str, Any]:
    """Return the content of scan.json."""
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
    """Return the name of the file with an exam's answers."""
    return RESPONSES if n_exams == 1 else f"{folder_name(exam)}/{RESPONSES}"


def folder_name(exam: str) -> str:
    """Return the code of an exam as the name of a folder."""
    name = "".join(char if char.isalnum() or char in "-_." else "_" for char in exam).strip(".")
    return name if name.casefold() not in ("", SCANS, REVIEW, ANNOTATED) else f"exam-{name}"


def read_scan_json(folder: Path) -> dict[str, Any]:
    """Read scan.json. Raises Refused if the folder has no finished scan."""
    if not folder.is_dir():
        raise WrongUsage.because(
            "{folder} is not a folder. Give the folder written by {command}",
            folder=folder,
            command=command("scan"),
        )
    path = folder / SCAN
    if not path.is_file():
        raise Refused.because("{folder} contains no finished scan. Read the scans first", folder=folder)
    try:
        said: dict[str, Any] = json.loads(read_input(path))
        if said["schema"] != "examgen-scan":
            raise ValueError(said["schema"])
    except (ValueError, KeyError, TypeError) as error:
        raise Refused.because("{path} is damaged. Read the scans into a new folder", path=path) from error
    return said


def prepare(folder: Path) -> None:
    """Create the folder, readable only by its owner. Raises WrongUsage if it contains files that do not
    belong to a scan."""
    if folder.exists() and not folder.is_dir():
        raise WrongUsage.because("{path} is a file. Give a folder", path=folder)
    if (
        folder.is_dir()
        and any(folder.iterdir())
        and not ((folder / SCAN).is_file() or (folder / JOURNAL).is_file() or (folder / SCANS).is_dir())
    ):
        raise WrongUsage.because("{folder} contains other files. Give a new or empty folder", folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SCANS).mkdir(exist_ok=True)
    folder.chmod(PRIVATE_FOLDER)
    (folder / SCANS).chmod(PRIVATE_FOLDER)
    for left in (folder / SCANS).glob(".*-[0-9]*"):
        left.unlink()  # of a command that was killed


def keep_source(path: Path, sha256: str, suffix: str, folder: Path) -> None:
    """Store a file by its hash, completely or not at all. It is copied, because a link would change with the
    file."""
    kept = folder / SCANS / f"{sha256}.{suffix}"
    if kept.exists():
        return
    staged = kept.with_name(f".keeping-{os.getpid()}-{threading.get_ident()}")
    staged.unlink(missing_ok=True)
    shutil.copyfile(path, staged)
    staged.chmod(PRIVATE)
    staged.replace(kept)


def kept_names(folder: Path) -> frozenset[str]:
    """Return the names of the stored files."""
    return frozenset(path.name for path in (folder / SCANS).iterdir())


def keep_only(names: frozenset[str], folder: Path) -> None:
    """Remove the files stored since `names` was taken, because the scan was refused."""
    for name in kept_names(folder) - names:
        (folder / SCANS / name).unlink()


def refuse_other_scan(folder: Path, said: Mapping[str, Any]) -> None:
    """Refuse a reading that would lose what the folder has of a finished or begun one.

    `said` is what scan.json would contain. Refused are other exams; a scan file that is left out; and, once
    people have decided, any change, because decisions refer to lines of the answers. A file is identified by
    its hash, whatever its name. One that could not be read may be replaced by another with its name, and a
    hidden one may be removed.
    """
    name = BEGUN if (folder / BEGUN).is_file() else SCAN
    if not (folder / name).is_file():
        return
    try:
        before = json.loads(read_input(folder / name))
        earlier, now = ([{**one, "package": ""} for one in some["exams"]] for some in (before, said))
        held = [one for one in before["sources"] if one["fault"] not in (HIDDEN, LINKED)]
        sources = [(one["name"], one["sha256"], one["fault"]) for one in held]
        exams, given = (sorted(one["code"] for one in some) for some in (earlier, now))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused.because(
            "{path} is damaged, so earlier readings are not known. Read the scans into a new folder ({out})",
            path=folder / name,
            out=option("out"),
        ) from error
    if exams != given:
        raise Refused.because(
            "{folder} contains a scan of {held}, not of {given}. Read other exams into a "
            "separate folder ({out})",
            folder=folder,
            held=listed(exams),
            given=listed(given),
            out=option("out"),
        )
    decided = any((folder / REVIEW).glob("*.csv")) and (folder / SCAN).is_file()
    if decided and {**before, "exams": earlier} != {**said, "exams": now}:
        raise Refused.because(
            "decisions were already made on the scan in {folder}. Read other scans or exams "
            "into a separate folder, and give both folders to {command}",
            folder=folder,
            command=command("score"),
        )
    names = {one["name"] for one in said["sources"]}
    last_names = {_last(one) for one in names}
    hashes = {one["sha256"] for one in said["sources"] if one["sha256"]}
    lacking = [
        tell("{name} (a different file now has this name)", name=one) if one in names else one
        for one, sha256, fault in sources
        if sha256 not in hashes and not ((fault or not sha256) and _last(one) in last_names)
    ]
    if lacking:
        raise Refused(
            tell_n(
                "{folder} contains the reading of {n:,} scan file ({names}) that is not among the "
                "files given now: {lacking}. Read other scans into a separate folder ({out}), or "
                "give all of them together, old and new",
                "{folder} contains the readings of {n:,} scan files ({names}), but not all of them "
                "are among the files given now: {lacking}. Read other scans into a separate folder "
                "({out}), or give all of them together, old and new",
                len(sources), folder=folder, names=_first([one for one, *_ in sources]),
                lacking=_first(lacking), out=option("out"),
            )
        )  # fmt: skip


def _first(names: Sequence[str]) -> Message:
    return joined([*names[:_NAMED], *(["…"] if len(names) > _NAMED else [])])


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]
