"""Locks of files and folders. They end with the process that holds them, however it ends.

A lock of a folder keeps out other parts of this process, too; one of a file keeps out other processes only.
Where the file system knows no locks, nobody is kept out.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

if sys.platform != "win32":
    import fcntl


class FolderLock(NamedTuple):
    """A lock of a folder itself, no file in it: held until it is closed or the process ends."""

    handle: int

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)


def lock_folder(folder: Path, shared: bool = False) -> FolderLock | None:
    """The lock of a folder; None where another one holds it. With `shared`, others may share it."""
    handle = os.open(folder, os.O_RDONLY)
    if sys.platform != "win32":
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError:  # the file system knows no locks
            pass
    return FolderLock(handle)


def is_same_folder(folder: Path, lock: FolderLock) -> bool:
    """Whether the folder at that path is still the one that is locked."""
    try:
        return os.path.samestat(os.stat(folder), os.fstat(lock.handle))
    except FileNotFoundError:
        return False


def lock_file(path: Path) -> IO[bytes] | None:
    """The lock of that file, which is made: held until the file is removed and closed, or the process ends.
    None where another process holds it."""
    while True:
        file = path.open("wb")
        if not _lock(file):
            file.close()
            return None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(path), os.fstat(file.fileno())):
                return file
        file.close()  # who held it before has removed the file meanwhile


def is_free(path: Path) -> bool:
    """Whether no other process holds the lock of that file."""
    try:
        with path.open("r+b") as file:
            return _lock(file)
    except OSError:  # it is gone, or nobody may write here
        return True


def _lock(file: IO[bytes]) -> bool:
    if sys.platform == "win32":
        return True
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
