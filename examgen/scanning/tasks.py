"""Work on scan files in a process of its own: they are inspected, unpacked, read page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from examgen.scanning.input.files import Unpacked, unpacked
from examgen.scanning.input.page_image import PageImage
from examgen.scanning.input.sources import Counted, counted, pages_of
from examgen.scanning.journal import PageRead
from examgen.scanning.page_reading import PageReading
from examgen.scanning.sheet_layout import SheetLayout

Layouts = Mapping[str, SheetLayout]


def means(layouts: Layouts) -> Layouts:
    """Return the layouts for a worker."""
    return layouts


class LookedAt(NamedTuple):
    """A file, and what it is."""

    name: str
    counted: Counted


class Look(NamedTuple):
    """A file is looked at: its kind, and how many pages it has."""

    name: str
    path: Path

    def results(self, _: Layouts) -> Iterator[LookedAt]:
        """One."""
        yield LookedAt(self.name, counted(self.path))

    def lost(self, _: int, reason: str) -> tuple[LookedAt, None]:
        """A file that does so is not read at all."""
        return LookedAt(self.name, Counted("", 0, reason)), None


class Member(NamedTuple):
    """A member of a zip, unpacked or not."""

    zip_name: str
    unpacked: Unpacked


class Unpack(NamedTuple):
    """A zip is unpacked."""

    name: str
    path: Path
    into: Path

    def results(self, _: Layouts) -> Iterator[Member]:
        """One for each member."""
        return (Member(self.name, one) for one in unpacked(self.path, self.name, self.into))

    def lost(self, _: int, reason: str) -> tuple[Member, None]:
        """Keep the pages read so far; the loss of others is reported for the zip itself."""
        return Member(self.name, Unpacked(self.name, fault=reason)), None


class PageToRead(NamedTuple):
    """A page of a file that is kept by its hash, from 1."""

    path: Path
    sha256: str
    page: int


class ReadTask(NamedTuple):
    """Pages are read, those of one file one after the other."""

    pages: tuple[PageToRead, ...]

    def results(self, layouts: Layouts) -> Iterator[PageRead]:
        """One for each page."""
        return read_pages(self, layouts)

    def lost(self, n: int, reason: str) -> tuple[PageRead | None, ReadTask | None]:
        """The page that it was at, and the task of those behind it."""
        if n >= len(self.pages):
            return None, None
        rest = self.pages[n + 1 :]
        return _unread(self.pages[n], reason), ReadTask(rest) if rest else None


def read_pages(task: ReadTask, layouts: Layouts) -> Iterator[PageRead]:
    """The pages of a task, read."""
    for path, pages in groupby(task.pages, key=lambda page: page.path):
        with pages_of(path) as take:
            for page in pages:
                yield _read(take(page.page), page, layouts)


def _read(found: PageImage, page: PageToRead, layouts: Layouts) -> PageRead:
    """A page read; a function of its own, so that its pixels are gone before those of the next are taken."""
    if found.image is None:
        return _unread(page, found.fault)
    try:
        from examgen.scanning.reading.reader import read_page

        reading = read_page(found.image, layouts, found.scale)
    except MemoryError:
        return _unread(page, "took-too-much-memory")
    return PageRead(page.sha256, page.page, reading, found.dpi, found.scale)


def _unread(page: PageToRead, reason: str) -> PageRead:
    return PageRead(page.sha256, page.page, PageReading("set_aside", reason))
