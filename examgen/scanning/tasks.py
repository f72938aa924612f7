"""Work on scan files in separate processes: inspecting, unpacking, and reading page by page."""

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


class Look(NamedTuple):
    """The task to find out the kind of a file and its number of pages; results have its name."""

    name: str
    path: Path

    def results(self, _: Layouts) -> Iterator[tuple[str, Counted]]:
        """Yield the result for the file."""
        yield self.name, counted(self.path)

    def lost(self, _: int, reason: str) -> tuple[tuple[str, Counted], None]:
        """Return the result for a file on which the process failed, and no further task."""
        return (self.name, Counted("", 0, reason)), None


class Unpack(NamedTuple):
    """The task to unpack a zip; results have its name."""

    name: str
    path: Path
    into: Path

    def results(self, _: Layouts) -> Iterator[tuple[str, Unpacked]]:
        """Yield a result for each member."""
        return ((self.name, one) for one in unpacked(self.path, self.name, self.into))

    def lost(self, _: int, reason: str) -> tuple[tuple[str, Unpacked], None]:
        """Return the failure as a result for the zip itself, and no further task. Members unpacked before are
        kept."""
        return (self.name, Unpacked(self.name, fault=reason)), None


class PageToRead(NamedTuple):
    """A page, from 1, of a file that is stored by its hash."""

    path: Path
    sha256: str
    page: int


class ReadTask(NamedTuple):
    """The task to read pages; those of one file are consecutive."""

    pages: tuple[PageToRead, ...]

    def results(self, layouts: Layouts) -> Iterator[PageRead]:
        """Yield a reading for each page."""
        for path, pages in groupby(self.pages, key=lambda page: page.path):
            with pages_of(path) as take:
                for page in pages:
                    yield PageRead(page.sha256, page.page, _reading(take(page.page), layouts))

    def lost(self, n: int, reason: str) -> tuple[PageRead | None, ReadTask | None]:
        """Return the page on which the process failed, and a task with the pages after it."""
        if n >= len(self.pages):
            return None, None
        _, sha256, page = self.pages[n]
        rest = self.pages[n + 1 :]
        return PageRead(sha256, page, PageReading("set_aside", reason)), ReadTask(rest) if rest else None


def _reading(found: PageImage, layouts: Layouts) -> PageReading:
    """Read a page. This is a function of its own so that its pixels are freed before those of the next are
    loaded."""
    if found.image is None:
        return PageReading("set_aside", found.fault)
    try:
        from examgen.scanning.reading.reader import read_page

        return read_page(found.image, layouts, found.scale)
    except MemoryError:
        return PageReading("set_aside", "took-too-much-memory")
