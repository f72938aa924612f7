"""A cache of data read from files, for a process that reads the same files again and again."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
Stamp = tuple[int, int, int, int] | None
"""The times in ns at which a file was written and its entry was changed, its size and its inode; None if
there is no file."""


def stamp_of(path: Path) -> Stamp:
    """Returns a stamp of a file, which differs after the file has changed."""
    try:
        said = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return said.st_mtime_ns, said.st_ctime_ns, said.st_size, said.st_ino


_MOST_WAITED = 10.0
"""The number of seconds to wait while another thread reads. That thread may itself wait for a lock that we
hold."""


class Readings(Generic[T]):
    """The last results of reading files, together at most `most` in size (each counts as 1, if no `size` is
    given) but always the last one. Files are read again after one of them has changed.

    Files are stamped before they are read, so a file that changes meanwhile is read again the next time. If
    several threads request the same unread files, one reads and the others wait for it. The result is shared,
    so callers must not modify it.
    """

    def __init__(self, most: int, size: Callable[[T], int] = lambda _: 1) -> None:
        self.most, self.size = most, size
        self._known: OrderedDict[Hashable, tuple[list[Stamp], T]] = OrderedDict()
        self._turns: dict[Hashable, threading.RLock] = {}
        """The locks of the files that are being read."""
        self._lock = threading.Lock()

    def of(self, what: Hashable, paths: Iterable[Path], read: Callable[[], T]) -> T:
        """Returns the result of `read` for the files, cached. `what` identifies the result and everything
        else it depends on."""
        paths = [*paths]
        if (known := self._get(what, [*map(stamp_of, paths)])) is not None:
            return known[0]
        with self._lock:
            turn = self._turns.setdefault(what, threading.RLock())
        is_mine = turn.acquire(timeout=_MOST_WAITED)
        try:
            stamps = [*map(stamp_of, paths)]
            if (known := self._get(what, stamps)) is not None:
                return known[0]
            made = read()
            with self._lock:
                self._known[what] = stamps, made
                self._known.move_to_end(what)
                while (
                    len(self._known) > 1
                    and sum(self.size(one) for _, one in self._known.values()) > self.most
                ):
                    self._known.popitem(last=False)
            return made
        finally:
            if is_mine:
                with self._lock:
                    self._turns.pop(what, None)
                turn.release()

    def known(self, what: Hashable, paths: Iterable[Path]) -> T | None:
        """Returns the cached result if no file has changed since; else None."""
        known = self._get(what, [*map(stamp_of, paths)])
        return None if known is None else known[0]

    def _get(self, what: Hashable, stamps: list[Stamp]) -> tuple[T] | None:
        with self._lock:
            known = self._known.get(what)
            if known is None or known[0] != stamps:
                return None
            self._known.move_to_end(what)
            return (known[1],)
