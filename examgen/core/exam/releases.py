"""Which run people are told: the releases of a results folder, as they are read; and what that folder shows.

    results/releases/0001.json 0002.json …     each names a run, who released it and why; never touched again

A record says the SHA-256 of the audit of its run (`run_sha256`), the SHA-256 of the record before it
(`previous`: a chain) and that of all the rest of it (`seal`). The newest record says which run people are
told, and its own SHA-256 is the fingerprint of all releases and of the runs that they name. A record is
there whole or not at all: with it the release stands, and the results folder follows it (`settle`).

    runs/.lock                     held: no scoring and no other release of this folder begins
    releases/.examgen-tmp/         written there, on the disk, then renamed to releases/0002.json: with it the
                                   release stands
    audit.json removed, files linked, audit.json linked      the results folder shows the run

Wherever that breaks off before the rename, nothing is released; after it, the next command that reads the
results has their folder show the run (`examgen.core.exam.new_runs.settle`).

The folder shows the released run, before any release the newest: links to its files, or copies where the file
system knows no links. While they change there is no audit.json, and without one a folder of results is none.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.changes import changing
from examgen.core.exam.runs import (
    AUDIT,
    LEAST_FINGERPRINT,
    RELEASES,
    RUNS,
    STAGED_RUN,
    RecordedFile,
    Run,
    digest_of,
    newest_run,
    read_run,
    run_folders,
    run_name,
    sealed,
)
from examgen.core.problems import Refused
from examgen.core.scored_run import ReleaseState, State
from examgen.core.storage import json_bytes, read_input, sha256, write_file
from examgen.core.words import command, tell

_FIELDS = {"release": int, "run": int, "run_sha256": str, "by": str, "reason": str, "seal": str}
FOLDERS = (RUNS, RELEASES)
"""What a results folder holds beside the files that it shows."""
_RECORD = re.compile(r"[0-9]{4,}\.json")
"""The name of a record of a release."""
_OF_WINDOWS = ("thumbs.db", "desktop.ini")
"""What Windows leaves in a folder that somebody looked at."""


class Release(NamedTuple):
    """A release as read: its number, its file, the SHA-256 of that and what it says."""

    number: int
    path: Path
    sha256: str
    said: Mapping[str, Any]

    @property
    def run(self) -> int:
        """The number of the run that was released."""
        return int(self.said["run"])

    @property
    def fingerprint(self) -> str:
        """What is written into the minutes."""
        return self.sha256[:LEAST_FINGERPRINT]


def release_name(number: int) -> str:
    """The name of a record: `0001.json`."""
    return f"{number:04d}.json"


def release_files(results: Path) -> dict[int, Path]:
    """The records of a results folder, by number, the first first."""
    folder = results / RELEASES
    found = [path for path in folder.iterdir() if path.suffix == ".json"] if folder.is_dir() else []
    numbered = {int(path.stem): path for path in found if re.fullmatch(r"[0-9]{4,}", path.stem)}
    return {n: numbered[n] for n in sorted(numbered) if numbered[n].name == release_name(n)}


def read_release(number: int, path: Path) -> Release:
    """A record. Raises ValueError where it is not as it was written, OSError where it is gone."""
    data = read_input(path)
    said = json.loads(data)
    if not isinstance(said, dict) or not all(isinstance(said.get(n), kind) for n, kind in _FIELDS.items()):
        raise ValueError(tell("is not the record of a release"))
    if said["release"] != number:
        raise ValueError(
            tell("says that it is release {n}: records were renamed or copied", n=said["release"])
        )
    if said["seal"] != sealed(said) or data != json_bytes(said):
        raise ValueError(tell("is not the record that was written: its seal does not fit"))
    return Release(number, path, sha256(data), said)


def all_releases(results: Path) -> list[Release]:
    """Every release, the first first. Raises Refused where a record cannot be read or is missing: what
    people are told is not known then."""
    files = release_files(results)
    found: list[Release] = []
    for number in range(1, 1 + max(files, default=0)):
        path = results / RELEASES / release_name(number)
        try:
            one = read_release(number, path)
        except (ValueError, OSError) as error:
            raise _unknown(path, tell("is missing or damaged")) from error
        if one.said.get("previous") != (found[-1].sha256 if found else None):
            raise _unknown(path, tell("names another record before it: one of the two was written anew"))
        found.append(one)
    return found


def _unknown(path: Path, said: str) -> Refused:
    return Refused(
        tell(
            "{path} {said}: which run is released is not known. Put it back from a copy; {command} tells "
            "what else was touched",
            path=path,
            said=said,
            command=command("verify"),
        )
    )


def run_of_release(results: Path, release: Release) -> Run:
    """The run that was released. Raises Refused where it is gone or is no longer the one that was."""
    folder = results / RUNS / run_name(release.run)
    try:
        run = read_run(release.run, folder)
    except (ValueError, OSError) as error:
        message = tell(
            "{audit} is missing or damaged, and run {run} is released: put it back from a copy",
            audit=folder / AUDIT,
            run=release.run,
        )
        raise Refused(message) from error
    if run.sha256 != release.said["run_sha256"]:
        raise Refused(
            tell(
                "{folder} is not the audit of the run that was released: put it back from a copy; "
                "{command} tells what else was touched",
                folder=folder / AUDIT,
                command=command("verify"),
            )
        )
    return run


def released_run(results: Path) -> Run | None:
    """The run that people are told: the released one, before any release the newest; None without runs.

    Raises Refused where that cannot be read, is no longer the run that was released, or where the newest run
    names a release that is gone.
    """
    releases = all_releases(results)
    try:
        newest = newest_run(results)
    except Refused:
        if not releases:
            raise
        newest = None  # it is known all the same which run is told
    named = newest.audit.get("last_release") if newest is not None else None
    if named and named not in {release.sha256 for release in releases}:
        raise _unknown(results / RELEASES, tell("does not hold the release that the newest run names"))
    return run_of_release(results, releases[-1]) if releases else newest


def state_of(run: Run, releases: Sequence[Release]) -> ReleaseState:
    """What a run is to those outside."""
    if not releases:
        return ReleaseState()
    last = releases[-1]
    own = [one for one in releases if one.said["run_sha256"] == run.sha256]
    if not own:
        return ReleaseState(told=last.run)
    state: State = "released" if own[-1] is last else "superseded"
    day = str(own[-1].said.get("date") or "")
    return ReleaseState(state, own[-1].number, own[-1].fingerprint, last.run, day)


def put_release(results: Path, run: Run, said: Mapping[str, Any]) -> Release:
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


def shown(run: Run) -> list[str]:
    """Names of the files that the results folder shows of a run, the audit last."""
    names = sorted(run.files)
    return [*(name for name in names if name != AUDIT), AUDIT]


def show(results: Path, run: Run) -> None:
    """The files of a run in the results folder, and none of another run."""
    if shows(results, run):
        return
    with changing(results):
        (results / AUDIT).unlink(missing_ok=True)
        for name in sorted(own_names(results) - {*FOLDERS, AUDIT}):
            (results / name).unlink(missing_ok=True)
        for name in shown(run):
            source, target = run.folder / name, results / name
            try:
                os.link(source, target)
            except FileExistsError:
                raise
            except OSError:  # this file system knows no links
                temporary = target.with_name(f".{target.name}-copied")
                shutil.copy(source, temporary)  # with its mode
                temporary.replace(target)


def shows(results: Path, run: Run) -> bool:
    """Whether the results folder shows that run, and nothing of another one."""
    there = _there(results)
    return there == set(shown(run)) and all(
        is_copy(results / name, run.folder / name) for name in reversed(shown(run))
    )


def _there(results: Path) -> set[str]:
    """Names of files that stand in the results folder itself and are of some run."""
    return {name for name in own_names(results).difference(FOLDERS) if os.path.lexists(results / name)}


def is_untouched(results: Path) -> bool:
    """Whether every file that the results folder shows is that of some run: what a change of the shown run
    leaves that was killed."""
    folders = run_folders(results).values()
    return all(any(is_copy(results / name, folder / name) for folder in folders) for name in _there(results))


def is_copy(path: Path, of: Path) -> bool:
    """Whether a file is another one, or has its bytes."""
    if path.is_symlink() or not path.is_file() or not of.is_file():
        return False
    return path.samefile(of) or (
        path.stat().st_size == of.stat().st_size and digest_of(path) == digest_of(of)
    )


# ── whole and own ─────────────────────────────────────────────────────────────────────────────


def is_whole(run: Run) -> bool:
    """Whether the files of a run are those that its audit says."""
    return all(matches_record(run.folder / name, said) for name, said in run.files.items())


def matches_record(path: Path, said: RecordedFile) -> bool:
    """Whether a file is there and is what an audit says of it."""
    return (
        path.is_file()
        and not path.is_symlink()
        and path.stat().st_size == said.size
        and digest_of(path) == said.digest
    )


def foreign(results: Path) -> list[str]:
    """What lies in a results folder, or among its runs, that no scoring has put there; hidden files may."""
    own, runs = own_names(results), set(run_folders(results).values())
    beside = [path.name for path in results.iterdir() if seen(path) and path.name not in own]
    among = [f"{RUNS}/{path.name}" for path in (results / RUNS).iterdir() if seen(path) and path not in runs]
    folder = results / RELEASES
    if folder.is_symlink() or (os.path.lexists(folder) and not folder.is_dir()):
        return sorted([*beside, *among, RELEASES])
    there = folder.iterdir() if folder.is_dir() else ()
    others = (path for path in there if path.is_symlink() or not _RECORD.fullmatch(path.name))
    return sorted([*beside, *among, *(f"{RELEASES}/{path.name}" for path in others if seen(path))])


def seen(path: Path) -> bool:
    """Whether a file is there for people, not left by a program that looks at a folder."""
    return not path.name.startswith((".", "~$")) and path.name.casefold() not in _OF_WINDOWS


def own_names(results: Path) -> set[str]:
    """Names that a results folder may hold: those of the files of its runs."""
    names = set(FOLDERS)
    for number, folder in run_folders(results).items():
        with suppress(ValueError, OSError):
            names |= {AUDIT, *read_run(number, folder).files}
    return names


def leftovers(results: Path) -> list[Path]:
    """What scorings and releases left in a results folder that are under way or were killed."""
    return [*sorted((results / RUNS).glob(f"{STAGED_RUN}*")), *sorted((results / RELEASES).glob(".*.json-*"))]
