"""What a system is asked for beyond plain files: to lock files and folders, to keep what was written, to
exchange two folders.

Locks end with the process that holds them, however it ends, by the system's own calls. `filelock` 4.2 and
`portalocker` 4.4 take 0.05 and 0.06 s to load, where a scoring begins after 0.07: filelock makes a file where
it locks, which stays there on Unix, and shares locks only by a database; portalocker would stand for six
lines of this. On Windows neither locks a folder.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

if sys.platform != "win32":
    import fcntl
_FEW = 2
"""So many files are waited for one after the other; more at once, which the disk writes together."""
_AT_ONCE = 8
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_UNKNOWN = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}


def temporary_folder(above: Path, prefix: str) -> Path:
    """A new folder, for its owner alone, at a path that begins as that of the folder above it does: `mkdtemp`
    gives a relative one back up to Python 3.11, an absolute one from 3.12 on."""
    return above / Path(tempfile.mkdtemp(prefix=prefix, dir=above)).name


def keep(paths: Iterable[Path]) -> None:
    """Waits until the disk holds these files, or the names in these folders, without power too."""
    wanted = list(paths)
    if len(wanted) <= _FEW:
        for path in wanted:
            _keep(path)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(_keep, wanted))


def keep_tree(folder: Path) -> None:
    """The same of a folder with everything in it."""
    keep([path for path in folder.rglob("*") if not path.is_symlink()])
    keep([folder])


def _keep(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:  # a folder of Windows, or a file that may only be written
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _UNKNOWN:  # a file system that knows no such wish for a folder
            raise
    finally:
        os.close(handle)


def exchange(one: Path, other: Path) -> bool:
    """Lets two files or folders change places in one step; False where this system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    sys.audit("os.rename", str(one), str(other), -1, -1)
    names = (os.fsencode(one), os.fsencode(other))
    if rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return True
    if (code := ctypes.get_errno()) in _UNKNOWN:
        return False
    raise OSError(code, os.strerror(code), str(other))


def lock(file: IO[bytes]) -> bool:
    """Whether another process has not locked it; where the file system has no locks, none has."""
    if sys.platform == "win32":
        return True
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
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(path), os.fstat(file.fileno())):
                return file
        file.close()  # who held it before has removed the file meanwhile


# ── folders ──────────────────────────────────────────────────────────────────────────────────


class FolderLock(NamedTuple):
    """A lock on a folder itself, no file in it: held until it is closed or the process ends.

    Unlike a lock on a file, it keeps out other parts of this process too.
    """

    handle: int
    is_sure: bool
    """Whether the file system knows such locks: network file systems often know none."""

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)


def lock_folder(folder: Path, shared: bool = False) -> FolderLock | None:
    """The lock of a folder; None where another one holds it. With `shared`, others may share it."""
    handle = os.open(folder, os.O_RDONLY)
    if sys.platform == "win32":
        return FolderLock(handle, False)
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:
        return FolderLock(handle, False)
    return FolderLock(handle, True)


def stands(folder: Path, held: FolderLock) -> bool:
    """Whether the folder at that path is still the one that is locked."""
    try:
        return os.path.samestat(os.stat(folder), os.fstat(held.handle))
    except FileNotFoundError:
        return False
