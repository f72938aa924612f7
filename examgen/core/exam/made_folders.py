"""Folders that are made from a run, reports and analyses: a record in each says what was written there.

The record is `.examgen`, which also says that the folder is ours: the run it was made from, the digest of
every file, and a seal over both. Whoever writes a file and the record anew is not found by it: the same run
gives the same bytes, so make the report again and compare.
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
    """A folder to fill, as `own_folder` gives it, with a record of what was written from which run, and of
    the last act that was on record then."""
    with own_folder(place, within) as made:
        yield made
        of = {"run": run, "fingerprint": fingerprint, "last_act": last_act}
        record = {"keep": KEEP, **of, "files": record_of_files(made, OWN)}
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
    record = read_record(path) if path.is_file() else {}
    if record.get("seal") != sealed(record):
        return None
    try:
        return Recorded(record.get("run"), record.get("fingerprint"), recorded_files(record.get("files")))
    except ValueError:
        return None


def read_record(path: Path) -> dict[str, Any]:
    """What a marker says; nothing where it is damaged."""
    try:
        data = json.loads(read_input(path))
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
