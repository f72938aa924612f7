"""HTML fragments → pieces with their tags, and tagged files made of them.

As `composer` does for papers, which are not tagged: each part of a report is laid out by WeasyPrint once.
"""

from __future__ import annotations

import gc
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import pikepdf

from examgen.core.files import new_file
from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.rendering.pdf import engine
from examgen.rendering.pdf.composer import PdfComposer
from examgen.rendering.pdf.isolate_pages import Fragment, FragmentPages, lay_out
from examgen.rendering.pdf.page_parts import Frame, page_frame
from examgen.rendering.pdf.piece_drawing import Places, Slot
from examgen.rendering.pdf.pieces import Filled, Piece, piece
from examgen.rendering.pdf.signed_file import SignatureRoom, Signs, sign
from examgen.rendering.pdf.stamping import ShapedLine
from examgen.rendering.pdf.tagged_file import TaggedFile
from examgen.rendering.pdf.tagging import read_tags
from examgen.rendering.pdf.tags import Tag
from examgen.rendering.pdf.text import rectangles
from examgen.rendering.pdf.writer import short

_BARE = "\nhtml, body { background: none !important }"
"""Paper is white: a background of its own would cover what stands around a piece."""

Result = TypeVar("Result")

_TOGETHER = 96
"""Fragments that are laid out together: of more the boxes take much memory."""

_LINES = 512
"""How many of the lines written last are kept: page marks and counts come back, names do not."""

LEAST_PX = 8.0
"""The smallest size of a text that is written into a slot: 6 points."""


class SpreadCalls(Protocol):
    """Has a function called with each of several arguments, by whoever there is to do it."""

    def __call__(self, task: Callable[..., Result], calls: Iterable[tuple[Any, ...]], /) -> Iterator[Result]:
        """Yield the results of the function, in the order of the calls."""
        ...


def one_by_one(task: Callable[..., Result], calls: Iterable[tuple[Any, ...]], /) -> Iterator[Result]:
    """`SpreadCalls` where nobody else is there."""
    return (task(*call) for call in calls)


class MeasuredPage(NamedTuple):
    """Measures of WeasyPrint's page: where its drawing begins and ends, in px, and its slots."""

    top: float
    bottom: float
    places: Places


def _laid_out(
    css: str, fragments: Sequence[Fragment], language: str, readable: Sequence[Path]
) -> tuple[FragmentPages, ...]:
    """The pages of one run of WeasyPrint, measured: plain data, which goes between processes."""
    gc.collect(1)  # boxes of the run before refer to each other
    found = []
    for sheets in lay_out(css, fragments, language=language, readable=readable, pdf_variant="pdf/ua-1"):
        measured = (
            MeasuredPage(engine.drawn_from(one.page), engine.drawn_to(one.page), Places(one.page))
            for one in sheets.pages
        )
        pages = (one._replace(page=page) for one, page in zip(sheets.pages, measured, strict=True))
        found.append(sheets._replace(pages=tuple(pages)))
    return tuple(found)


class TaggedPdfComposer(PdfComposer):
    """Lays out pieces with one style sheet, and writes tagged files of them."""

    def __init__(
        self, css: str, readable: Sequence[Path], language: str = "th", spread: SpreadCalls = one_by_one
    ) -> None:
        super().__init__(css, readable)
        self._language, self._spread = language, spread

    def _forget(self) -> None:
        super()._forget()
        self._line = lru_cache(maxsize=_LINES)(self._shaped)

    def pieces(self, fragments: Sequence[Fragment]) -> list[Piece]:
        """Each fragment as a piece.

        What cannot be drawn raises Refused, as in `render_pdf`.
        """
        if self._n_open:
            raise RuntimeError("pieces are laid out before a file is opened: its numbers follow theirs")
        runs = [fragments[first : first + _TOGETHER] for first in range(0, len(fragments), _TOGETHER)]
        calls = ((self._css + _BARE, run, self._language, self._readable) for run in runs)
        found: list[Piece] = []
        for run, of in zip(runs, self._spread(_laid_out, calls), strict=True):
            of_run: dict[int, Piece] = {}
            for sheets in of:
                of_run.update(zip(sheets.texts, self._pieces(sheets, run), strict=True))
            found += (of_run[n] for n in range(len(run)))
        return found

    def _pieces(self, sheets: FragmentPages, fragments: Sequence[Fragment]) -> Iterator[Piece]:
        """The pieces of the pages of one run of WeasyPrint."""
        if any(sheet.end is None for sheet in sheets.pages):
            raise Refused(tell("a part of a report breaks a page. Remove the page breaks from its template."))
        with pikepdf.open(io.BytesIO(sheets.raw)) as pdf:
            engine.refuse_foreign(pdf, sheets.read)
            forms = self.forms_of(pdf)
            # what stands directly below the root of the tags, by the page that it is on
            tags: dict[int, list[Tag]] = {}
            for number, tag in read_tags(pdf):
                tags.setdefault(number, []).append(tag)
            for number, (page, sheet) in enumerate(zip(pdf.pages, sheets.pages, strict=True)):
                assert sheet.end is not None
                bare = forms.bare(page)
                self.check_text(sheets.texts[sheet.n], bare.text)
                measured: MeasuredPage = sheet.page
                one = piece(
                    bare,
                    tags.get(number, []),
                    measured.places,
                    number,
                    (fragments[sheet.n].width, sheet.end),
                    self._faces,
                    forms.part,
                    self._language,
                )
                above, below = max(measured.top, 0.0), max(sheet.end - measured.bottom, 0.0)
                yield replace(one, above=above, below=below)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_spread": one_by_one}

    def frame(self) -> Frame:
        """The page that the style sheet asks for."""
        return page_frame(self._css, self._readable)

    def fill(self, slot: Slot, text: str, room: float | None = None) -> Filled:
        """Return the content of a slot: the text as large as the slot's, smaller if the room is too
        narrow.

        At the least cut short. `room` is other than the slot's where what it stands in may grow. Refused
        where the face has no glyph for a character.
        """
        if not text:
            return Filled("", b"")
        width = self.width(slot, text)
        room = slot.room if room is None else room
        size = slot.size if width <= room else slot.size * room / width
        if size < LEAST_PX:
            # as much of the text as there is room for in the smallest size, between clusters
            size, whole = LEAST_PX, text
            ends = [n for n, char in enumerate(whole) if unicodedata.category(char) != "Mn" and char != "ำ"]
            shaper = self._shaper(self._faces[slot.face], size)
            cuts = (f"{whole[:end].rstrip()}…" for end in reversed(ends))
            text = next((cut for cut in cuts if shaper.line(cut).width <= room), "…")
        line = self._line(slot.face, size, text)
        font = f"/{slot.face} {short(self._shaper(self._faces[slot.face], size).size)} Tf\n".encode()
        return Filled(text, font + line.operators)

    def drawn(self, boxes: Iterable[tuple[float, float, float, float]]) -> Filled:
        """Return the content of the slot of a picture: rectangles in a square of 1 by 1, y down."""
        return Filled("", rectangles(boxes))

    def width(self, slot: Slot, text: str) -> float:
        """Return the width of a text in a slot's face and size, in px."""
        return self._line(slot.face, slot.size, text).width

    def _shaped(self, face: str, size: float, text: str) -> ShapedLine:
        return self._shaper(self._faces[face], size).line(text)

    @contextmanager
    def tagged_file(
        self, path: Path, title: str, signer: Signs | SignatureRoom | None = None
    ) -> Iterator[TaggedFile]:
        """A tagged PDF to be filled with pages; it takes the place of `path` where all went well.

        It is signed where a signer is given, and has room for a signature where room is (`unsigned`).
        """
        self._store.settle()
        self._n_open += 1
        room = None if signer is None else SignatureRoom(signer.algorithm, signer.room)
        try:
            with new_file(path) as out:
                file = TaggedFile(out, self._shared_objects, title, self._language, room)
                yield file
                file.close()
                if file.unsigned is not None and not isinstance(signer, SignatureRoom | None):
                    sign(out, file.unsigned, signer)
        finally:
            self._n_open -= 1
