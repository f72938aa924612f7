"""Locks on files, which end with the process that holds them, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO


def lock(file: IO[bytes]) -> bool:
    """Whether another process has not locked it; where the file system has no locks, none has."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True


def is_free(path: Path) -> bool:
    """Whether no other process holds the lock of that file."""
    try:
        with path.open("r+b") as file:
            return lock(file)
    except OSError:  # it is gone, or nobody may write here
        return True


def take(path: Path) -> IO[bytes] | None:
    """The lock of that file, which is made: held until the file is removed and closed, or the process ends.
    None where another process holds it."""
    while True:
        file = path.open("wb")
        if not lock(file):
            file.close()
            return None
        if _stands(path, file):
            return file
        file.close()  # who held it before has removed the file meanwhile


def _stands(path: Path, file: IO[bytes]) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
