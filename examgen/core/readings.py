"""What files say, kept by a process that reads the same ones again and again, as that of the pages does."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
Stamp = tuple[int, int, int, int] | None
"""Of a file: when it was written and its entry was changed (ns), its size, its number on the disk; None where
it is not there."""


def stamp_of(path: Path) -> Stamp:
    """What tells a file from what it was before."""
    try:
        said = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return said.st_mtime_ns, said.st_ctime_ns, said.st_size, said.st_ino


class Readings(Generic[T]):
    """What was read of files, the last `most` readings; each is made anew where a file of it has changed.

    Who reads looks at the files first: what is read of one that changes meanwhile is read again the next
    time. What is kept is shared by those who ask: nobody may change it.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._known: OrderedDict[Hashable, tuple[list[Stamp], T]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, what: Hashable, paths: Iterable[Path], read: Callable[[], T]) -> T:
        """What `read` makes of the files, under a name that says all that it depends on beside them."""
        stamps = [*map(stamp_of, paths)]
        with self._lock:
            known = self._known.get(what)
            if known is not None and known[0] == stamps:
                self._known.move_to_end(what)
                return known[1]
        made = read()
        with self._lock:
            self._known[what] = stamps, made
            self._known.move_to_end(what)
            while len(self._known) > self.most:
                self._known.popitem(last=False)
        return made
