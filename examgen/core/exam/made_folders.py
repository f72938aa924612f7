"""Folders made from a run (reports and analyses), each with a record of the files written there.

The record is `.examgen`, which also marks the folder as ours. It has the run from which the folder was made,
the digest of every file, and a seal over both. It does not reveal someone who rewrites both a file and the
record; but the same run gives the same bytes, so a report can be made again and compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.changes import FileChange
from examgen.core.exam.runs import RecordedFile, record_of_files, recorded_files, sealed
from examgen.core.files import OWN, json_bytes, own_folder, read_input

KEEP = "examgen may replace this folder as a whole: keep nothing else in it"


@contextmanager
def recorded_folder(
    place: Path,
    run: int | None = None,
    fingerprint: str | None = None,
    within: FileChange | None = None,
    last_act: str = "",
) -> Iterator[Path]:
    """Yields a folder to fill, as `own_folder` does, and adds a record of the files, the run they were made
    from, and the last act on record at that time."""
    with own_folder(place, within) as made:
        yield made
        of = {"run": run, "fingerprint": fingerprint, "last_act": last_act}
        record = {"keep": KEEP, **of, "files": record_of_files(made, OWN)}
        (made / OWN).write_bytes(json_bytes({**record, "seal": sealed(record)}))
        (made / OWN).chmod(0o600)


class Recorded(NamedTuple):
    """The record of a folder: the files written, and the run they were made from."""

    run: int | None
    fingerprint: str | None
    files: dict[str, RecordedFile]


def recorded(place: Path) -> Recorded | None:
    """Returns the record of a folder; None if there is none, or it was altered."""
    path = place / OWN
    record = read_record(path) if path.is_file() else {}
    if record.get("seal") != sealed(record):
        return None
    try:
        return Recorded(record.get("run"), record.get("fingerprint"), recorded_files(record.get("files")))
    except ValueError:
        return None


def read_record(path: Path) -> dict[str, Any]:
    """Returns the content of a marker file; empty if it is damaged."""
    try:
        data = json.loads(read_input(path))
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
