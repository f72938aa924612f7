"""Readings of pages → a file that grows page by page: an interrupted reading resumes where it stopped.

The file consists of frames, each appended at once:

    length (4 bytes, little endian) · CRC-32 of what follows (4) · head as JSON · 0 · arrays, byte by byte

The first frame has the settings of the reading; each other frame is a page. If a kill cuts a frame short, it
is removed when the file is opened again, and its page is read again. The arrays come in the order of
`_ARRAYS`, followed by those of the placement.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np

from examgen.scanning.page_reading import PageReading, Placement, RowReading, SheetIdentity

VERSION = 1
_ARRAYS = (("x", "<f4"), ("y", "<f4"), ("darkness", "<f4"), ("state", "|u1"), ("margin", "<f4"))
_MOST_BYTES = 1 << 26


class PageRead(NamedTuple):
    """The reading of a page of a source (by its hash); `dpi` and `scale` are those of its pixels."""

    sha256: str
    page: int
    reading: PageReading
    dpi: float = 0.0
    scale: float = 1.0


class Journal:
    """The readings of a scan folder, open for one writer."""

    def __init__(self, path: Path, settings: dict[str, Any]) -> None:
        """Continue the file if it has the same settings, otherwise begin it again."""
        self.path = path
        self.done: set[tuple[str, int]] = set()
        """The pages read so far: hash of the source and page number."""
        first = json.dumps({"version": VERSION, **settings}, sort_keys=True).encode()
        # The end of the last whole frame; 0 if the file is not ours or has other settings.
        end = 0
        for n, (frame, after) in enumerate(_frames(path) if path.exists() else ()):
            if n == 0 and frame != first:
                break
            if n:
                head = json.loads(frame[: frame.index(0)])
                self.done.add((head["sha256"], head["page"]))
            end = after
        self._file = path.open("r+b" if end else "wb")
        self._file.truncate(end)
        self._file.seek(end)
        if not end:
            path.chmod(0o600)
            self._append(first)

    def add(self, read: PageRead) -> None:
        """Append a page."""
        self._append(encoded(read))
        self.done.add((read.sha256, read.page))

    def _append(self, frame: bytes) -> None:
        self._file.write(len(frame).to_bytes(4, "little") + zlib.crc32(frame).to_bytes(4, "little") + frame)
        self._file.flush()  # once the system has the data, a kill loses nothing

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


class JournalReadings:
    """The pages of a journal, for reading in any order."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.pages: dict[tuple[str, int], tuple[int, int]] = {}
        """The position and length of each page, in the order of reading."""
        for n, (frame, end) in enumerate(_frames(path)):
            if n:
                head = json.loads(frame[: frame.index(0)])
                self.pages[head["sha256"], head["page"]] = end - len(frame), len(frame)

    def __enter__(self) -> JournalReadings:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def page(self, sha256: str, page: int) -> PageRead | None:
        """Return a page of a source; None if it was not read."""
        if (place := self.pages.get((sha256, page))) is None:
            return None
        self._file.seek(place[0])
        return decoded(self._file.read(place[1]))


def _frames(path: Path) -> Iterator[tuple[bytes, int]]:
    """Yield the frames with the end of each, up to the first frame that is incomplete or damaged."""
    with path.open("rb") as file:
        at = 0
        while len(head := file.read(8)) == 8:
            n = int.from_bytes(head[:4], "little")
            if n > _MOST_BYTES or len(frame := file.read(n)) < n:
                return
            if zlib.crc32(frame) != int.from_bytes(head[4:], "little"):
                return
            at += 8 + n
            yield frame, at


def encoded(read: PageRead) -> bytes:
    """Return the frame of a page."""
    one = read.reading
    arrays = [np.ascontiguousarray(getattr(one, name), kind) for name, kind in _ARRAYS]
    place = one.placement
    head = {
        "sha256": read.sha256,
        "page": read.page,
        "dpi": read.dpi,
        "scale": read.scale,
        "outcome": one.outcome,
        "reason": one.reason,
        "rotation": one.rotation,
        "identity": one.identity,
        "geometry": one.geometry,
        "sheet_page": one.sheet_page,
        "n_pages": one.n_pages,
        "radius": float(one.radius),
        "rows": [(*row[:3], round(float(row.margin), 4), row.doubt, row.likely) for row in one.rows],
        "also": one.also,
        "n": len(one.x),
        "placement": None
        if place is None
        else {"n": len(place.rows), "sides": list(map(float, place.sides))},
    }
    if place is not None:
        of_place = (place.homography, place.rows, place.residuals)
        arrays += [np.ascontiguousarray(array, "<f8") for array in of_place]
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    return b"".join([text, b"\0", *(array.tobytes() for array in arrays)])


def decoded(frame: bytes) -> PageRead:
    """Return the page in a frame."""
    cut = frame.index(0)
    head, at = json.loads(frame[:cut]), cut + 1
    found: dict[str, Any] = {}
    for name, kind in _ARRAYS:
        array = np.frombuffer(frame, kind, head["n"], at)
        at += array.nbytes
        found[name] = array
    placement = None
    if (said := head["placement"]) is not None:
        n = said["n"]
        homography, rows, residuals = (
            np.frombuffer(frame, "<f8", size, at + 8 * before)
            for size, before in ((9, 0), (n, 9), (4 * n, 9 + n))
        )
        placement = Placement(
            homography.reshape(3, 3), rows, tuple(said["sides"]), residuals.reshape(n, 2, 2)
        )
    reading = PageReading(
        **{name: head[name] for name in ("outcome", "reason", "rotation", "geometry", "sheet_page")},
        n_pages=head["n_pages"],
        radius=head["radius"],
        identity=SheetIdentity(*head["identity"]),
        rows=tuple(RowReading(*row) for row in head["rows"]),
        placement=placement,
        also=tuple(head.get("also", ())),
        **found,
    )
    return PageRead(head["sha256"], head["page"], reading, head["dpi"], head["scale"])
