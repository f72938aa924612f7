"""What a results folder shows, and whether it and its runs are whole.

It shows the newest run: links to its files, or copies where the file system knows no links. While they
change there is no audit.json, and without one a folder of results is none.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from examgen.exam.digests import FileSaid, digest_of
from examgen.exam.runs import (
    AUDIT,
    OLD_FILES,
    RUNS,
    STAGED_RUN,
    Run,
    read_run,
    run_folders,
)

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
    (results / AUDIT).unlink(missing_ok=True)
    for name in sorted(own_names(results) - {RUNS, AUDIT}):
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
        shutil.copyfile(source, temporary)
        temporary.replace(target)


def shows(results: Path, run: Run) -> bool:
    """Whether the results folder shows that run, and nothing of another one."""
    there = {name for name in own_names(results) - {RUNS} if os.path.lexists(results / name)}
    return there == set(shown(run)) and all(
        is_copy(results / name, run.folder / name) for name in reversed(shown(run))
    )


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
    beside = [path.name for path in results.iterdir() if _seen(path) and path.name not in own]
    among = [f"{RUNS}/{path.name}" for path in (results / RUNS).iterdir() if _seen(path) and path not in runs]
    return sorted(beside + among)


def _seen(path: Path) -> bool:
    return not path.name.startswith((".", "~$")) and path.name.casefold() not in _OF_WINDOWS


def own_names(results: Path) -> set[str]:
    """Names that a results folder may hold: those of the files of its runs."""
    names = {RUNS}
    if (results / AUDIT).is_file() and not run_folders(results):
        names |= set(OLD_FILES)
    for number, folder in run_folders(results).items():
        with suppress(ValueError, OSError):
            names |= {AUDIT, *read_run(number, folder).files} | (set() if number else set(OLD_FILES))
    return names


def leftovers(results: Path) -> list[Path]:
    """Folders of scorings that are under way or were killed."""
    return sorted((results / RUNS).glob(f"{STAGED_RUN}*"))
