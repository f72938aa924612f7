"""What a results folder shows, and whether it and its runs are whole.

It shows the released run, before any release the newest: links to its files, or copies where the file system
knows no links. While they change there is no audit.json, and without one a folder of results is none.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from examgen.changes import changing
from examgen.exam.runs import (
    AUDIT,
    OLD_FILES,
    RELEASES,
    RUNS,
    STAGED_RUN,
    FileSaid,
    Run,
    digest_of,
    read_run,
    run_folders,
)

FOLDERS = (RUNS, RELEASES)
"""What a results folder holds beside the files that it shows."""

_RECORD = re.compile(r"[0-9]{4,}\.json")
"""The name of a record of a release."""

_OF_WINDOWS = ("thumbs.db", "desktop.ini")
"""What Windows leaves in a folder that somebody looked at."""


def shown(run: Run) -> list[str]:
    """Names of the files that the results folder shows of a run, the audit last."""
    names = sorted(run.files) if run.number else [name for name in OLD_FILES if (run.folder / name).is_file()]
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
            _link(run.folder / name, results / name)


def _link(source: Path, target: Path) -> None:
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
    return all(same_as_said(run.folder / name, said) for name, said in run.files.items())


def same_as_said(path: Path, said: FileSaid) -> bool:
    """Whether a file is there and is what an audit says of it."""
    return (
        path.is_file()
        and not path.is_symlink()
        and path.stat().st_size == said.size
        and digest_of(path, said.kind) == said.digest
    )


def foreign(results: Path) -> list[str]:
    """What lies in a results folder, or among its runs, that no scoring has put there; hidden files may."""
    own, runs = own_names(results), set(run_folders(results).values())
    beside = [path.name for path in results.iterdir() if seen(path) and path.name not in own]
    among = [f"{RUNS}/{path.name}" for path in (results / RUNS).iterdir() if seen(path) and path not in runs]
    return sorted(beside + among + _foreign_releases(results))


def _foreign_releases(results: Path) -> list[str]:
    """What lies among the records of releases that is none."""
    folder = results / RELEASES
    if not os.path.lexists(folder):
        return []
    if folder.is_symlink() or not folder.is_dir():
        return [RELEASES]
    others = (path for path in folder.iterdir() if path.is_symlink() or not _RECORD.fullmatch(path.name))
    return [f"{RELEASES}/{path.name}" for path in others if seen(path)]


def seen(path: Path) -> bool:
    """Whether a file is there for people, not left by a program that looks at a folder."""
    return not path.name.startswith((".", "~$")) and path.name.casefold() not in _OF_WINDOWS


def own_names(results: Path) -> set[str]:
    """Names that a results folder may hold: those of the files of its runs."""
    names = set(FOLDERS)
    if (results / AUDIT).is_file() and not run_folders(results):
        names |= set(OLD_FILES)
    for number, folder in run_folders(results).items():
        with suppress(ValueError, OSError):
            names |= {AUDIT, *read_run(number, folder).files} | (set() if number else set(OLD_FILES))
    return names


def leftovers(results: Path) -> list[Path]:
    """What scorings and releases left in a results folder that are under way or were killed."""
    return [*sorted((results / RUNS).glob(f"{STAGED_RUN}*")), *sorted((results / RELEASES).glob(".*.json-*"))]
