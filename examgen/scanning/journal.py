"""Readings of pages → a file that grows line by line: an interrupted reading resumes where it stopped.

The first line has the settings of the reading, each other line a page, as JSON with its arrays in base64. A
line that a kill has cut short is removed when the reading goes on, and its page is read again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np

from examgen.scanning.page_reading import PageReading, RowReading, SheetIdentity

_ARRAYS = {"x": "<f4", "y": "<f4", "darkness": "<f4", "state": "|u1", "margin": "<f4"}


class PageRead(NamedTuple):
    """The reading of a page of a source (by its hash)."""

    sha256: str
    page: int
    reading: PageReading


class Journal:
    """The readings of a scan folder: pages in any order, and an end to append to."""

    def __init__(self, path: Path, settings: Mapping[str, Any] | None = None) -> None:
        """Open the file. With `settings`, pages can be added; if it has others, it begins again."""
        self.pages: dict[tuple[str, int], int] = {}
        """The position of each page, by the hash of its source and its number, in the order of reading."""
        self._file = path.open("rb" if settings is None else "a+b")
        first = settings and json.dumps(settings, sort_keys=True).encode() + b"\n"
        self._file.seek(0)
        end = 0
        for n, line in enumerate(self._file):
            if not line.endswith(b"\n") or (n == 0 and first and line != first):
                break
            if n:
                head = json.loads(line)
                self.pages[head["sha256"], head["page"]] = end
            end += len(line)
        if first:
            self._file.truncate(end)
            path.chmod(0o600)
            if not end:
                self._append(first)

    def add(self, read: PageRead) -> None:
        """Append a page."""
        self.pages[read.sha256, read.page] = self._append(_line(read))

    def page(self, sha256: str, page: int) -> PageRead | None:
        """Return a page of a source; None if it was not read."""
        if (at := self.pages.get((sha256, page))) is None:
            return None
        self._file.seek(at)
        head = json.loads(self._file.readline())
        said = head["reading"]
        for name, kind in _ARRAYS.items():
            said[name] = np.frombuffer(base64.b64decode(said[name]), kind)
        said["identity"] = SheetIdentity(*said["identity"])
        said["rows"] = tuple(RowReading(*row) for row in said["rows"])
        said["also"] = tuple(said["also"])
        return PageRead(sha256, page, PageReading(**said))

    def _append(self, line: bytes) -> int:
        """Append a line, and return its position."""
        at = self._file.seek(0, 2)
        self._file.write(line)
        self._file.flush()  # once the system has the data, a kill loses nothing
        return at

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _line(read: PageRead) -> bytes:
    said = read.reading._asdict()
    del said["placement"]
    for name, kind in _ARRAYS.items():
        said[name] = base64.b64encode(np.ascontiguousarray(said[name], kind).tobytes()).decode()
    rows = [row._replace(margin=round(float(row.margin), 4)) for row in read.reading.rows]
    said |= {"radius": float(said["radius"]), "rows": rows}
    return json.dumps({"sha256": read.sha256, "page": read.page, "reading": said}).encode() + b"\n"
