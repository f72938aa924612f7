"""Folders that are made from a run, reports and analyses: a record in each says what was written there.

The record is `.examgen`, which also says that the folder is ours: the run it was made from, the digest of
every file, and a seal over both. Whoever writes a file and the record anew is not found by it: the same run
gives the same bytes, so make the report again and compare.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.changes import FileChange, is_prepared
from examgen.core.exam.names import ANALYSIS, REPORTS
from examgen.core.exam.releases import matches_record, seen
from examgen.core.exam.removals import is_as_removed
from examgen.core.exam.runs import RecordedFile, Run, digest_of, recorded_files, sealed
from examgen.core.files import OWN, json_bytes, own_folder, read_input
from examgen.core.problems import Problem
from examgen.core.record import fingerprint_of
from examgen.core.words import tell

_OF_RUN = re.compile(r"/run-(\d{4,})\b")
_MADE = re.compile(
    r"reports/run-[^/]+/(candidates?|centre|cohort|committee|coverage|technical)|analysis/run-[^/]+"
)
"""Folders that examgen alone makes."""
KEEP = "examgen may replace this folder as a whole: keep nothing else in it"


@contextmanager
def recorded_folder(
    place: Path,
    run: int | None = None,
    fingerprint: str | None = None,
    within: FileChange | None = None,
    last_act: str = "",
) -> Iterator[Path]:
    """A folder to fill, as `own_folder` gives it, with a record of what was written from which run, and of
    the last act that was on record then."""
    with own_folder(place, within) as made:
        yield made
        files = {
            path.name: RecordedFile(digest_of(path), path.stat().st_size).as_dict()
            for path in sorted(made.iterdir())
            if path.name != OWN
        }
        of = {"run": run, "fingerprint": fingerprint, "last_act": last_act}
        record = {"keep": KEEP, **of, "files": files}
        (made / OWN).write_bytes(json_bytes({**record, "seal": sealed(record)}))
        (made / OWN).chmod(0o600)


class Recorded(NamedTuple):
    """What the record of a folder says: the files that were written, of which run."""

    run: int | None
    fingerprint: str | None
    files: dict[str, RecordedFile]


def recorded(place: Path) -> Recorded | None:
    """What was written into a folder; None where nothing was, or its record is not as it was written."""
    path = place / OWN
    record = _record(path) if path.is_file() else {}
    if record.get("seal") != sealed(record):
        return None
    try:
        return Recorded(record.get("run"), record.get("fingerprint"), recorded_files(record.get("files")))
    except ValueError:
        return None


class MadeFolders(NamedTuple):
    """What was found in the folders of reports and analyses."""

    problems: list[Problem]
    notes: list[Problem]
    checked: dict[str, int]
    """Folders whose files were compared with their record, and how many files each has."""
    unchecked: list[str]
    """Folders with files that no record tells of."""


def check_made(folder: Path, runs: Iterable[Run], acts: Collection[str] | None) -> MadeFolders:
    """Compares the reports and analyses of a package with their records; `acts` are the digests of those on
    record, None where that cannot be read."""
    found = MadeFolders([], [], {}, [])
    known = {run.fingerprint for run in runs}
    for above in (folder / REPORTS, folder / ANALYSIS):
        marked = (one.parent for one in _below(above) if one.name == OWN and one.is_file())
        for made in sorted(marked):
            _check(folder, made, known, acts, found)
        loose = dict.fromkeys(path.parent for path in _files(above) if not (path.parent / OWN).is_file())
        for path in loose:
            name = path.relative_to(folder).as_posix()
            if _MADE.fullmatch(name):
                message = tell("is missing or damaged, so the report cannot be checked. Create it again.")
                found.problems.append(Problem(f"{name}/{OWN}", "file-missing", message))
            else:
                found.unchecked.append(f"{name}/")
    return found


def _files(above: Path) -> list[Path]:
    return sorted(path for path in _below(above) if seen(path) and (path.is_file() or path.is_symlink()))


def _below(above: Path) -> Iterator[Path]:
    """Everything below a folder but what a command prepares there, or prepared when it was killed."""
    return (path for path in above.rglob("*") if not is_prepared(path.relative_to(above)))


def _check(
    folder: Path, made: Path, known: set[str], acts: Collection[str] | None, found: MadeFolders
) -> None:
    """Compares one folder with its record."""
    name = made.relative_to(folder).as_posix()
    record = _record(made / OWN)
    try:
        files = recorded_files(record.get("files"))
    except ValueError:
        files = {}
    if record.get("seal") != sealed(record) or not files:
        said = tell("is not the record written with the report. Create the report again.")
        found.problems.append(Problem(f"{name}/{OWN}", "seal-broken", said))
        return
    found.checked[name] = len(files)
    for file, said_of in files.items():
        path = made / file
        if is_as_removed(folder, f"{name}/{file}"):
            continue
        if not path.is_file():
            found.problems.append(
                Problem(f"{name}/{file}", "file-missing", tell("is missing. Create the report again."))
            )
        elif not matches_record(path, said_of):
            message = tell("was changed. Create the report again.")
            found.problems.append(Problem(f"{name}/{file}", "file-changed", message))
    for path in _files(made):
        if path.relative_to(made).as_posix() not in files:
            where = path.relative_to(folder).as_posix()
            found.problems.append(
                Problem(where, "file-foreign", tell("was not written by examgen. Remove it."))
            )
    run, fingerprint = record.get("run"), record.get("fingerprint")
    if run is not None and (placed := _OF_RUN.search(name)) and int(placed[1]) != run:
        found.problems.append(
            Problem(
                name, "report-moved", tell("belongs to run {run}, so reports were moved or copied", run=run)
            )
        )
    last_act = record.get("last_act")
    if last_act and acts is not None and last_act not in acts:
        message = tell(
            "was created after entry {fingerprint}, which is not in the record. The record "
            "was shortened or rewritten.",
            fingerprint=fingerprint_of(last_act),
        )
        found.problems.append(Problem(name, "record-cut", message))
    if fingerprint is not None and fingerprint not in known:
        message = tell(
            "belongs to run {run} ({fingerprint}), which is not among these runs",
            run=run,
            fingerprint=fingerprint,
        )
        found.notes.append(Problem(name, "report-of-no-run", message, severity="notice"))


def _record(path: Path) -> dict[str, Any]:
    """What a marker says; nothing where it is damaged."""
    try:
        data = json.loads(read_input(path))
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
