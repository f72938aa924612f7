"""Locks of files and folders, released when the process that holds them ends, however it ends.

A folder lock also excludes other parts of this process; a file lock excludes only other processes. On a file
system without locks, nothing is excluded.
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
    """A lock on a folder itself, not on a file in it. It is held until it is closed or the process ends."""

    handle: int

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)


def lock_folder(folder: Path, shared: bool = False) -> FolderLock | None:
    """Locks a folder. Returns None if another one holds the lock. With `shared`, others may share it."""
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
    """Returns whether the folder at that path is still the locked one."""
    try:
        return os.path.samestat(os.stat(folder), os.fstat(lock.handle))
    except FileNotFoundError:
        return False


def lock_file(path: Path) -> IO[bytes] | None:
    """Creates a file and locks it, until the file is removed and closed or the process ends. Returns None if
    another process holds the lock."""
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
    """Returns whether no other process holds the lock of a file."""
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
