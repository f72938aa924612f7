"""A cache of what was read from files, for a process that reads the same files again and again."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
Stamp = tuple[int, int, int, int] | None
"""When a file was written and when its entry was changed (ns), its size and its inode; None when there is no
file."""


def stamp_of(path: Path) -> Stamp:
    """A stamp of a file that differs once the file has changed."""
    try:
        said = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return said.st_mtime_ns, said.st_ctime_ns, said.st_size, said.st_ino


_MOST_WAITED = 10.0
"""Seconds for which one waits for another's reading: who reads may in turn wait for a lock that we hold."""


class Readings(Generic[T]):
    """The last `most` readings of files; a reading is repeated once one of its files has changed.

    Files are stamped before they are read, so a file that changes meanwhile is read again the next time.
    Where several ask at once for what nobody has read yet, one reads, and the others wait for it. All callers
    share a reading: nobody may change it.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._known: OrderedDict[Hashable, tuple[list[Stamp], T]] = OrderedDict()
        self._turns: dict[Hashable, threading.RLock] = {}
        """Of what somebody is reading."""
        self._lock = threading.Lock()

    def of(self, what: Hashable, paths: Iterable[Path], read: Callable[[], T]) -> T:
        """What `read` makes of the files; `what` names the reading and everything else that it depends on."""
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
                while len(self._known) > self.most:
                    self._known.popitem(last=False)
            return made
        finally:
            if is_mine:
                with self._lock:
                    self._turns.pop(what, None)
                turn.release()

    def _get(self, what: Hashable, stamps: list[Stamp]) -> tuple[T] | None:
        with self._lock:
            known = self._known.get(what)
            if known is None or known[0] != stamps:
                return None
            self._known.move_to_end(what)
            return (known[1],)
