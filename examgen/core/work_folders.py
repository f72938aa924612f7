"""Where commands prepare what they write: in the folder that it is for, recognised by name and lock.

    output/.examgen-tmp/             removed when nothing is left in it
        tmpx1y2z3/                   of one command: locked as long as its process lives
            new/                     what it writes, for its owner alone

What is not locked was left by a command that was killed. Nothing else is ever taken for ours.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from examgen.core.disk import FolderLock, lock_folder, stands, temporary_folder

TMP = ".examgen-tmp"
NEW = "new"
PRINTING, SCORING = ".printing-", ".scoring-"
"""What the names of folders begin with that a package's papers, and its runs, are prepared in."""
RECORD = "record.json"
"""Of a change that has begun: what has it is completed, never removed (see `examgen.core.changes`)."""

_AS_ABOVE = 0o2777
"""Of a folder's mode, what folders in it take over: that files are of its group (setgid) is part of that."""


def is_prepared(path: Path) -> bool:
    """Whether a path lies in a folder that is put in place, or removed, as a whole."""
    return any(part.startswith((TMP, PRINTING, SCORING)) for part in path.parts)


class Work(NamedTuple):
    """The folder of a command at work."""

    place: Path
    lock: FolderLock

    @property
    def root(self) -> Path:
        """The folder that it writes to."""
        return self.place.parent.parent


def begin(root: Path) -> Work:
    """A folder of its own for a command that writes to `root`."""
    above = root / TMP
    mode = root.stat().st_mode & _AS_ABOVE
    while True:
        with suppress(FileNotFoundError):  # another command has removed what it found empty
            if not above.is_dir():
                above.mkdir(exist_ok=True)
                above.chmod(mode)
            place = temporary_folder(above, "tmp")
            if held := _held(place):
                place.chmod(mode)
                (place / NEW).mkdir(0o700)
                return Work(place, held)


def _held(place: Path) -> FolderLock | None:
    held = lock_folder(place)
    if held is not None and not stands(place, held):
        held.__exit__()
        return None
    return held


def end(work: Work) -> None:
    """Removes the folder of a command."""
    with work.lock:
        shutil.rmtree(work.place, ignore_errors=True)
    with suppress(OSError):
        work.place.parent.rmdir()


def works(root: Path) -> list[Path]:
    """The folders of commands that write to `root`, or were killed when they did."""
    above = root / TMP
    if not above.is_dir() or above.is_symlink():
        return []
    with suppress(FileNotFoundError):
        return sorted(path for path in above.iterdir() if path.is_dir() and not path.is_symlink())
    return []


def left(root: Path) -> Iterator[Work]:
    """The folders of commands that were killed, held while they are looked at.

    Where the file system has no locks, none is known to be of a command that was killed.
    """
    for place in works(root):
        with suppress(FileNotFoundError, PermissionError):
            held = _held(place)
            if held is None:
                continue
            with held:
                if held.is_sure:
                    yield Work(place, held)


def clear(root: Path) -> None:
    """Removes what commands left that were killed, as far as this one may."""
    for work in left(root):
        if not (work.place / RECORD).exists():
            shutil.rmtree(work.place, ignore_errors=True)
    if (root / TMP).is_dir():
        with suppress(OSError):
            (root / TMP).rmdir()
