"""A release put on record: which run people are told from now on.

    runs/.lock                     held: no scoring and no other release of this folder begins
    releases/.examgen-tmp/         written there, on the disk, then renamed to releases/0002.json: with it the
                                   release stands
    audit.json removed, files linked, audit.json linked      the results folder shows the run

Wherever that breaks off before the rename, nothing is released; after it, the next command that reads the
results has their folder show the run (`examgen.exam.new_runs.settle`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from examgen.exam.releases import Release, all_releases, read_release, release_name
from examgen.exam.runs import RELEASES, Run, sealed
from examgen.exam.shown_runs import show
from examgen.storage import json_bytes, write_file


def put_on_record(results: Path, run: Run, said: Mapping[str, Any]) -> Release:
    """Writes the record of a release of that run and shows it. Only who holds the lock of the runs may."""
    before = all_releases(results)
    number = len(before) + 1
    record = {
        "release": number,
        "exam": run.audit.get("exam"),
        "run": run.number,
        "run_sha256": run.sha256,
        "manifest": run.audit.get("manifest"),
        **said,
        "previous": before[-1].sha256 if before else None,
    }
    path = results / RELEASES / release_name(number)
    write_file(path, json_bytes({**record, "seal": sealed(record)}), within=path.parent)
    path.chmod(0o444)
    show(results, run)
    return read_release(number, path)
