"""What a disk is asked for beyond plain files: to keep what was written, to exchange two folders."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from pathlib import Path

_FEW = 2
"""So many files are waited for one after the other; more at once, which the disk writes together."""
_AT_ONCE = 8
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_UNKNOWN = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}


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


_SYNC_FILE_RANGE_WRITE = 2


def make_room(descriptor: int, size: int) -> None:
    """Makes an open file so many bytes long, and has the disk set room for all of them aside where it knows
    such a wish; raises OSError where there is not so much."""
    os.ftruncate(descriptor, size)
    if not size or not sys.platform.startswith("linux"):
        return
    import ctypes

    set_aside = getattr(ctypes.CDLL(None, use_errno=True), "fallocate", None)
    if set_aside is None or set_aside(descriptor, 0, ctypes.c_int64(0), ctypes.c_int64(size)) == 0:
        return
    if (code := ctypes.get_errno()) not in _UNKNOWN:
        raise OSError(code, os.strerror(code))


def begin_keeping(descriptor: int) -> None:
    """Has the disk begin to write what was written to an open file, so that `keep` waits for little; does
    nothing where the system knows no such wish."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    write_range = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if write_range is not None:  # what goes wrong on the disk, `keep` is told
        write_range(descriptor, ctypes.c_int64(0), ctypes.c_int64(0), _SYNC_FILE_RANGE_WRITE)


def exchange(one: Path, other: Path) -> bool:
    """Lets two files or folders change places in one step; False where this system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

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
