"""The releases of an exam, and the run that the results folder shows.

A release is an act in the record of the sitting (`core/record.py`). It contains the SHA-256 of the audit of
its run, and that of the act before it. The release takes effect with the act, and the results folder follows
(`settle`):

    sitting/record.jsonl           one more line: the release takes effect
    audit.json removed, files linked, audit.json linked      the results folder shows the run

If this is interrupted before the line is written, nothing is released. After it, the next command that reads
the results makes the folder show the run (`examgen.core.exam.new_runs.settle`).

The folder shows the released run, or the newest run before the first release, as links to its files, or
copies if the file system does not support links. While they change there is no audit.json, and a folder
without one is not a results folder.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from examgen.core import record
from examgen.core.changes import changing
from examgen.core.exam.names import RECORD, RESULTS, SITTING
from examgen.core.exam.runs import (
    AUDIT,
    RUNS,
    RecordedFile,
    Run,
    digest_of,
    newest_run,
    read_run,
    run_folders,
    run_name,
)
from examgen.core.files import PRIVATE_FOLDER
from examgen.core.problems import Problem, Refused
from examgen.core.words import command, tell

_OF_WINDOWS = ("thumbs.db", "desktop.ini")
"""Files that Windows leaves in a folder that was opened."""


State = Literal["released", "superseded", "unreleased"]
_WORDS = {
    "released": tell("released"),
    "superseded": tell("no longer released"),
    "unreleased": tell("not released"),
}


class ReleaseState(NamedTuple):
    """The release state of a run: `released` means that its results are the official ones, `superseded` that
    they were until another run was released.

    `release` is the number of the last release of this run, and `fingerprint` that of its record. `told` is
    the run whose results are official now; None if none was ever released.
    """

    state: State = "unreleased"
    release: int | None = None
    fingerprint: str = ""
    told: int | None = None
    day: str = ""
    """The date stated in the last release of this run, as recorded."""

    def as_dict(self) -> dict[str, object]:
        """Returns the fields of the JSON output."""
        return {
            "state": self.state,
            "release": self.release,
            "fingerprint": self.fingerprint or None,
            "told": self.told,
        }


UNRELEASED = ReleaseState()
"""The state of every run before the first release."""


def state_words(of: ReleaseState) -> str:
    """Returns the state in a word or two, for lists of runs."""
    return _WORDS[of.state]


class Release(NamedTuple):
    """A release: its number, its act in the record, and its details."""

    number: int
    n_act: int
    time: str
    sha256: str
    """The digest of the act in the record."""
    said: Mapping[str, Any]

    @property
    def run(self) -> int:
        """The number of the run that was released."""
        return int(self.said["run"])

    @property
    def fingerprint(self) -> str:
        """The short code to write into the minutes."""
        return record.fingerprint_of(self.sha256)

    @property
    def day(self) -> date:
        """The stated date of the release, else the date of its record."""
        said = self.said.get("date")
        return date.fromisoformat(said) if said else datetime.fromisoformat(self.time).date()


def record_of(results: Path) -> Path | None:
    """Returns the path of the record with the releases of a results folder; None if the folder is not in a
    package."""
    place = results.absolute()
    return place.parent / SITTING / RECORD if place.name == RESULTS else None


def all_releases(results: Path) -> list[Release]:
    """Returns every release, oldest first. Raises Refused if the record was altered, because what was
    released can then no longer be trusted."""
    path = record_of(results)
    found = [one for one in record.read(path, _release_of) if one is not None] if path is not None else []
    return [one._replace(number=n, said={"release": n, **one.said}) for n, one in enumerate(found, 1)]


def _release_of(act: record.Act) -> Release | None:
    what = act.what
    if what["kind"] != "release":
        return None
    said = {**what.get("details", {}), "run_sha256": what["sha256"]}
    said |= {name: what.get(name) or None for name in ("run", "by", "reason", "date")}
    if act.n > 1:
        said[SITTING] = {"acts": act.n - 1, "sha256": act.before}
    release = Release(0, act.n, str(what["time"]), act.digest, said)
    release.run, release.day  # noqa: B018 – raises where they are none
    return release


def run_of_release(results: Path, release: Release) -> Run:
    """Returns the run that was released. Raises Refused if it is missing or has changed."""
    folder = results / RUNS / run_name(release.run)
    try:
        run = read_run(release.run, folder)
    except (ValueError, OSError) as error:
        raise Refused.because(
            "{audit} is missing or damaged, but run {run} is released. Restore it from a backup.",
            audit=folder / AUDIT,
            run=release.run,
        ) from error
    if run.sha256 != release.said["run_sha256"]:
        raise Refused.because(
            "{folder} is not the audit of the released run. Restore it from a backup. "
            "{command} lists everything else that changed.",
            folder=folder / AUDIT,
            command=command("verify"),
        )
    return run


def released_run(results: Path) -> Run | None:
    """Returns the run whose results are official: the last one released, or the newest one before any
    release. None if there are no runs.

    Raises Refused if the run cannot be read or has changed, or if the newest run refers to a release that is
    missing from the record.
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
        message = tell("lacks the release that the newest run refers to. Restore the record from a backup.")
        raise Refused.because(
            "it is unknown which run is released. {command} lists everything else that changed.",
            [Problem(RECORD, "release-missing", message)],
            command=command("verify"),
        )
    return run_of_release(results, releases[-1]) if releases else newest


def state_of(run: Run, releases: Sequence[Release]) -> ReleaseState:
    """Returns the release state of a run."""
    if not releases:
        return ReleaseState()
    last = releases[-1]
    own = [one for one in releases if one.said["run_sha256"] == run.sha256]
    if not own:
        return ReleaseState(told=last.run)
    state: State = "released" if own[-1] is last else "superseded"
    day = own[-1].said["date"] or ""
    return ReleaseState(state, own[-1].number, own[-1].fingerprint, last.run, day)


def put_release(results: Path, run: Run, said: Mapping[str, Any]) -> Release:
    """Records a release of that run and makes the results folder show it. The caller must hold the lock of
    the folder."""
    path = record_of(results)
    assert path is not None
    path.parent.mkdir(PRIVATE_FOLDER, exist_ok=True)
    words = {name: said[name] for name in ("by", "reason", "date") if said.get(name)}
    more = {name: value for name, value in said.items() if name not in ("by", "reason", "date")}
    details = {"exam": run.audit.get("exam"), "manifest": run.audit.get("manifest"), **more}
    act = {
        "time": record.now(),
        "act": "released",
        "kind": "release",
        "file": f"{RESULTS}/{RUNS}/{run_name(run.number)}/{AUDIT}",
        "name": f"run {run.number}",
        "sha256": run.sha256,
        "run": run.number,
        **words,
        "details": details,
    }
    record.append(path, [act])
    show(results, run)
    return all_releases(results)[-1]


def shown(run: Run) -> list[str]:
    """Returns the names of the files of a run that the results folder shows, the audit last."""
    return [*run.names, AUDIT]


def show(results: Path, run: Run) -> None:
    """Makes the results folder show the files of this run, and no others."""
    if shows(results, run):
        return
    with changing(results):
        (results / AUDIT).unlink(missing_ok=True)
        for name in sorted(own_names(results) - {RUNS, AUDIT}):
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
    """Returns whether the results folder shows that run, and nothing of another one."""
    there = _there(results)
    return there == set(shown(run)) and all(
        is_copy(results / name, run.folder / name) for name in reversed(shown(run))
    )


def _there(results: Path) -> set[str]:
    """Returns the names of the files directly in the results folder that belong to some run."""
    return {name for name in own_names(results).difference((RUNS,)) if os.path.lexists(results / name)}


def is_untouched(results: Path) -> bool:
    """Returns whether every file that the results folder shows is a copy of a file of some run, as is the
    case after a change of the shown run was interrupted."""
    folders = run_folders(results).values()
    return all(any(is_copy(results / name, folder / name) for folder in folders) for name in _there(results))


def is_copy(path: Path, of: Path) -> bool:
    """Returns whether a file is the same as another one, or has the same bytes."""
    if path.is_symlink() or not path.is_file() or not of.is_file():
        return False
    return path.samefile(of) or (
        path.stat().st_size == of.stat().st_size and digest_of(path) == digest_of(of)
    )


# ── whole and own ─────────────────────────────────────────────────────────────────────────────


def is_whole(run: Run) -> bool:
    """Returns whether the files of a run match its audit."""
    return all(matches_record(run.folder / name, said) for name, said in run.files.items())


def matches_record(path: Path, said: RecordedFile) -> bool:
    """Returns whether a file exists and has the size and digest recorded in an audit."""
    return (
        path.is_file()
        and not path.is_symlink()
        and path.stat().st_size == said.size
        and digest_of(path) == said.digest
    )


def foreign(results: Path) -> list[str]:
    """Returns the files in a results folder, or among its runs, that examgen did not put there. Hidden files
    are ignored."""
    own, runs = own_names(results), set(run_folders(results).values())
    beside = [path.name for path in results.iterdir() if seen(path) and path.name not in own]
    among = [f"{RUNS}/{path.name}" for path in (results / RUNS).iterdir() if seen(path) and path not in runs]
    return sorted([*beside, *among])


def seen(path: Path) -> bool:
    """Returns whether a file was put there by a person, not by a program that looks at a folder."""
    return not path.name.startswith((".", "~$")) and path.name.casefold() not in _OF_WINDOWS


def own_names(results: Path) -> set[str]:
    """Returns the names that a results folder may contain: those of the files of its runs."""
    names = {RUNS}
    for number, folder in run_folders(results).items():
        with suppress(ValueError, OSError):
            names |= {AUDIT, *read_run(number, folder).names}
    return names
