"""HTML fragments → blocks, and files made of blocks.

Every part of the papers of an exam – a stem, an option, a letter, a running head – is laid out by
WeasyPrint once, as a form XObject of known height. A page is then a list of blocks and their places,
which costs a thousandth of laying it out.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import pikepdf

from examgen.core.files import new_file
from examgen.core.problems import Refused
from examgen.core.resources import fonts
from examgen.core.words import tell
from examgen.rendering.pdf import engine
from examgen.rendering.pdf.document import face_in
from examgen.rendering.pdf.fonts import PdfFace, embed, face_of, postscript_name
from examgen.rendering.pdf.isolate_pages import Fragment, FragmentPages, lay_out
from examgen.rendering.pdf.source import comparable, difference
from examgen.rendering.pdf.stamping import Shaper
from examgen.rendering.pdf.store import Importer, Store
from examgen.rendering.pdf.writer import Block, Graphics, PdfFile, SharedObjects, drawn, placed, short
from examgen.rendering.pdf.xobjects import Forms, SharedFont

_STAMPS = 512
"""How many of the texts stamped last are kept: rooms, forms and page numbers come back, names do not."""

_SIZES = 32
"""How many faces and sizes are kept ready: a long name may be set in a size of its own."""

_CURVE = 0.5522847498
"""Where the handles of a cubic curve stand that draws a quarter of a circle."""


class PdfComposer:
    """Lays out blocks with one style sheet, and writes files of them."""

    def __init__(self, css: str, readable: Sequence[Path]) -> None:
        self._css = css
        self._readable = tuple(readable)
        self._store = Store()
        self._faces: dict[str, PdfFace] = {}
        self._fonts: dict[str, int] = {}
        self._groups: dict[int, tuple[bytes, tuple[int, ...]]] = {}
        self._shared_objects = SharedObjects(self._store, self._groups, self._fonts)
        self._n_open = 0
        self._forget()
        self._names: dict[bytes, str] = {}
        for path in sorted(fonts().glob("*.ttf")):
            program = path.read_bytes()
            self._names[program] = postscript_name(program)
            self._learn(face_of(program, self._names[program]))

    def _forget(self) -> None:
        self._shaper = lru_cache(maxsize=_SIZES)(Shaper)
        self._stamped = lru_cache(maxsize=_STAMPS)(self._stamp)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state with which another process writes the same files, without caches."""
        self._store.settle()
        return {
            name: value for name, value in vars(self).items() if name not in ("_shaper", "_stamped", "_line")
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._forget()

    # ── blocks ───────────────────────────────────────────────────────────────────────────────

    def lay_out(
        self, fragments: Sequence[Fragment], tallest: float | None = None, cut: bool = False
    ) -> list[tuple[Block, ...]]:
        """Each fragment as a block, laid out together; lengths in px.

        A fragment taller than `tallest` becomes several blocks, broken where WeasyPrint breaks a
        page, each as tall as its lines and frames; `cut` says beforehand that they are. What cannot be drawn
        raises Refused, as in `render_pdf`.
        """
        if self._n_open:
            raise RuntimeError("blocks are laid out before a file is opened: its numbers follow theirs")
        found: dict[int, tuple[Block, ...]] = {}
        for sheets in lay_out(self._css, fragments, tallest, cut=cut, readable=self._readable):
            found.update(zip(sheets.texts, self.blocks_of(sheets, fragments), strict=True))
        return [found[n] for n in range(len(fragments))]

    def together(self, blocks: Sequence[tuple[float, float, Block]], width: float, height: float) -> Block:
        """Blocks at fixed places to each other, as one block that is quick to place again and again.

        For what recurs on many pages: a question with its options in one order. It adds nothing to a
        file by itself.
        """
        content = b"".join(placed(x, y, drawn(self._shared_objects, block.number)) for x, y, block in blocks)
        numbers = {block.number for _, _, block in blocks}
        members = {n for n in numbers if n > 0}.union(*(self._groups[n][1] for n in numbers if n < 0))
        number = -len(self._groups) - 1
        self._groups[number] = (content, tuple(sorted(members)))
        return Block(number, width, height)

    # ── drawings ─────────────────────────────────────────────────────────────────────────────────

    def stamp(
        self, text: str, face: str = "Sarabun-Regular", size: float = 15.0, grey: float = 0.0
    ) -> Graphics:
        """One line of text as WeasyPrint would draw it, `size` in px; from the start of its baseline.

        Refused where the face has no glyph for a character, or there is no such face.
        """
        return self._stamped(text, face, size, grey)

    def _stamp(self, text: str, face: str, size: float, grey: float) -> Graphics:
        if face not in self._faces:
            raise Refused(
                tell(
                    "unknown font style {face!r}. Use one of {faces}.",
                    face=face,
                    faces=", ".join(sorted(self._faces)),
                )
            )
        shaper = self._shaper(self._faces[face], size)
        line = shaper.line(text)
        if not line.operators:
            return Graphics(b"", 0.0)
        start = f"{_colour(grey)}BT\n1 0 0 -1 0 0 Tm\n/{face} {short(shaper.size)} Tf\n".encode()
        return Graphics(b"%b%b\nET" % (start, line.operators), line.width, (face,))

    def boxes(self, boxes: Iterable[tuple[float, float, float, float]], grey: float = 0.0) -> Graphics:
        """Filled rectangles: x, y, width and height in px from the top left corner."""
        boxes = tuple(boxes)
        paths = b"".join(b"%.5f %.5f %.5f %.5f re\n" % box for box in boxes)
        width = max((x + w for x, _, w, _ in boxes), default=0.0)
        return Graphics(b"%b%bf" % (_colour(grey).encode(), paths), width)

    def discs(self, discs: Iterable[tuple[float, float, float]], grey: float = 0.0) -> Graphics:
        """Filled circles: x and y of the centre and radius in px from the top left corner."""
        discs = tuple(discs)
        paths = ""
        for x, y, r in discs:
            k = r * _CURVE
            quarters = (
                (x + r, y + k, x + k, y + r, x, y + r),
                (x - k, y + r, x - r, y + k, x - r, y),
                (x - r, y - k, x - k, y - r, x, y - r),
                (x + k, y - r, x + r, y - k, x + r, y),
            )
            paths += f"{_numbers(x + r, y)} m\n" + "".join(f"{_numbers(*curve)} c\n" for curve in quarters)
        return Graphics(f"{_colour(grey)}{paths}f".encode(), max((x + r for x, _, r in discs), default=0.0))

    # ── files ────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def file(self, path: Path, title: str) -> Iterator[PdfFile]:
        """A PDF to add pages to. It replaces `path` when the block ends without an error."""
        self._store.settle()
        self._n_open += 1
        try:
            with new_file(path) as out:
                file = PdfFile(out, self._shared_objects, title)
                yield file
                file.close()
        finally:
            self._n_open -= 1

    # ── from WeasyPrint's pages to blocks ────────────────────────────────────────────────────

    def blocks_of(self, sheets: FragmentPages, fragments: Sequence[Fragment]) -> list[tuple[Block, ...]]:
        """The blocks of each of the fragments that have a page among the sheets."""
        found: dict[int, list[Block]] = {n: [] for n in sheets.texts}
        texts: dict[int, list[str]] = {n: [] for n in sheets.texts}
        with pikepdf.open(io.BytesIO(sheets.raw)) as pdf:
            engine.refuse_foreign(pdf, sheets.read)
            forms = self.forms_of(pdf)
            for page, sheet in zip(pdf.pages, sheets.pages, strict=True):
                number, text = forms.form(page)
                height = engine.drawn_to(sheet.page) if sheet.end is None else sheet.end
                found[sheet.n].append(Block(number, fragments[sheet.n].width, height))
                texts[sheet.n].append(text)
        for n, parts in texts.items():
            self.check_text(sheets.texts[n], "\n".join(parts))
        return [tuple(blocks) for blocks in found.values()]

    def forms_of(self, pdf: Any) -> Forms:
        """Return the function that takes the drawings of WeasyPrint's pages into the store, with our
        fonts in place of its own."""
        importer = Importer(self._store)
        fonts = {}
        for key, font in pdf.pages[0].Resources.get("/Font", {}).items():
            name = key[1:]
            face = face_in(font, self._names)
            if face and face.truetype:
                self._learn(face)
                fonts[name] = SharedFont(face, face.name, self._fonts[face.name])
            else:
                fonts[name] = SharedFont(face, name, importer.number(font))
        return Forms(self._store, importer, fonts)

    def check_text(self, wanted: str, text: str) -> None:
        """Refused where a reader would not find the text wanted in the drawing; a style may add to it."""
        if not (fault := difference(text, wanted)):
            return
        found, lost = Counter(comparable(text)), Counter(comparable(wanted))
        if lost - found or lost == found:
            raise Refused(
                tell(
                    "a part of the paper cannot be read correctly from the file ({fault}): "
                    "{wanted!r}. Remove text that a style sheet hides from the template.",
                    fault=fault,
                    wanted=wanted,
                )
            )

    def _learn(self, face: PdfFace) -> None:
        """Know the face from now on by its name."""
        if face.name not in self._faces:

            def embedded() -> tuple[bytes, tuple[int, ...]]:
                with pikepdf.new() as scratch:
                    return Importer(self._store).body(embed(scratch, face))

            self._faces[face.name] = face
            self._fonts[face.name] = self._store.reserve(embedded)


def _colour(grey: float) -> str:
    return f"{_numbers(grey, grey, grey)} rg\n"


def _numbers(*values: float) -> str:
    return " ".join(map(short, values))
