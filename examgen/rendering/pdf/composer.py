"""HTML fragments → blocks, and files made of blocks.

Every part of the papers of an exam – a stem, an option, a letter, a running head – is laid out by
WeasyPrint once, as a form XObject of known height (ISO 32000-1, 8.10). A page is then a list of blocks and
their positions, which costs a thousandth of laying it out. pikepdf assembles the pages of a file.
"""

from __future__ import annotations

import io
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
from pikepdf import Array, Dictionary, Name

from examgen.core.files import new_file
from examgen.core.problems import Refused
from examgen.core.resources import fonts
from examgen.rendering.pdf import engine
from examgen.rendering.pdf.document import make_readable, save
from examgen.rendering.pdf.fonts import PdfFace, embed, face_of, postscript_name
from examgen.rendering.pdf.isolate_pages import Fragment, FragmentPages, lay_out
from examgen.rendering.pdf.source import comparable, difference
from examgen.rendering.pdf.stamping import Shaper

PX = 0.75
"""Points in a CSS pixel."""
_STAMPS = 512
"""The number of recently stamped texts that are cached. Rooms, forms and page numbers recur; names do not."""
_SIZES = 32
"""The number of combinations of face and size that are cached; a long name may need a size of its own."""
_CURVE = 0.5522847498
"""Position of the control points of a cubic curve that approximates a quarter of a circle."""
_FAST = 3
"""Compression level of zlib for the content of a page: as fast as 1, with a result a tenth larger than 6."""
_ANYWHERE = (-9999, -9999, 9999, 9999)
"""A bounding box in px that clips nothing, because a drawing may extend beyond its block."""
_FRAME = re.compile(rb"1 0 0 -1 0 (\S+) cm\nq\n(\S+) 0 0 \S+ 0 0 cm\n(.*?)\s*Q\s*", re.DOTALL)
"""The frame that WeasyPrint writes around each page: the matrices that turn px from the top into points from
the bottom."""
_FIRST_OWN = 1 << 20
"""The number of the first block that belongs to a single file."""
_NAMED = re.compile(rb"/([^\s/\[\]<>()]+)")


class Block(NamedTuple):
    """A laid-out block that pages may show any number of times; sizes in px.

    `number` is that of its form in the composer; a negative number denotes a group of forms.
    """

    number: int
    width: float
    height: float


class Graphics(NamedTuple):
    """Drawing operators in px with y down; the origin is the start of the baseline or the top left corner.

    `width` is the advance in px of a stamped text, otherwise the extent; `fonts` names the font faces of
    the text.
    """

    content: bytes
    width: float
    fonts: tuple[str, ...] = ()


Placed = tuple[float, float, Block | Graphics]
"""x and y in px from the top left corner, and the block or drawing there."""
Boxes = Iterable[tuple[float, float, float, float]]
"""Rectangles: x, y, width and height."""
Colour = tuple[float, float, float]
"""Red, green and blue, 0 to 1."""
BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)


class PdfComposer:
    """Lays out blocks with one style sheet, and writes files of them."""

    def __init__(self, css: str, readable: Sequence[Path], language: str = "th") -> None:
        self._css, self._readable, self._language = css, tuple(readable), language
        self._library = pikepdf.new()
        """Contains the forms of all blocks as /Blocks, and the font faces as /Faces."""
        self._library.Root.Blocks, self._library.Root.Faces = Array(), Dictionary()
        self._saved = b""
        """The library as a file, once it is complete."""
        self._groups: dict[int, tuple[bytes, tuple[int, ...]]] = {}
        """Operators of blocks that are always drawn together, and the numbers of these blocks, by a negative
        number."""
        self._faces: dict[str, PdfFace] = {}
        self._names: dict[bytes, str] = {}
        """The names of font faces by their programs."""
        self._n_open = 0
        self._forget()
        for path in sorted(fonts().glob("*.ttf")):
            program = path.read_bytes()
            self._names[program] = postscript_name(program)
            self._learn(face_of(program, self._names[program]))

    def _forget(self) -> None:
        self._shaper = lru_cache(maxsize=_SIZES)(Shaper)
        self._stamped = lru_cache(maxsize=_STAMPS)(self._stamp)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state, without caches, with which another process writes the same files."""
        self._settle()
        unkept = ("_library", "_shaper", "_stamped")
        return {name: value for name, value in vars(self).items() if name not in unkept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _library=pikepdf.open(io.BytesIO(state["_saved"])))
        self._forget()

    def _settle(self) -> None:
        """Save the library, so that every process copies the forms and faces from the same file."""
        if not self._saved:
            for face in self._faces:
                self.embedded(face)
            library = io.BytesIO()
            self._library.save(library)
            self._saved = library.getvalue()
            self._library = pikepdf.open(io.BytesIO(self._saved))

    # ── blocks ───────────────────────────────────────────────────────────────────────────────

    def lay_out(
        self, fragments: Sequence[Fragment], tallest: float | None = None, cut: bool = False
    ) -> list[tuple[Block, ...]]:
        """Lay out fragments together, and return the blocks of each; lengths in px.

        A fragment taller than `tallest` becomes several blocks, broken where WeasyPrint breaks a page, each
        as tall as its lines and frames; `cut` states in advance that all are. Raises Refused if something
        cannot be drawn, as `render_pdf` does.
        """
        found: dict[int, list[Block]] = {n: [] for n in range(len(fragments))}
        for sheets in lay_out(
            self._css, fragments, tallest, cut=cut, language=self._language, readable=self._readable
        ):
            for sheet, block in zip(sheets.pages, self.blocks_of(sheets, fragments), strict=True):
                found[sheet.n].append(block)
        return [tuple(blocks) for blocks in found.values()]

    def blocks_of(self, sheets: FragmentPages, fragments: Sequence[Fragment]) -> list[Block]:
        """Return the block of each of WeasyPrint's pages. Raises Refused if a text could not be extracted
        from it correctly."""
        if self._n_open:
            raise RuntimeError("blocks are laid out before a file is opened")
        self._saved = b""
        pdf = pikepdf.open(io.BytesIO(sheets.raw))
        engine.refuse_foreign(pdf, sheets.read)
        said = make_readable(pdf, self._names, self._named)
        blocks: list[Block] = []
        texts: dict[int, list[str]] = {n: [] for n in sheets.texts}
        for page, sheet in zip(pdf.pages, sheets.pages, strict=True):
            form = _form(pdf, page)
            texts[sheet.n] += [said.get(one.objgen, "") for one in (page.obj, *_inner(form))]
            copied = self._library.copy_foreign(form)
            for one in (copied, *_inner(copied)):
                self._set_faces(one.Resources)
            self._library.Root.Blocks.append(copied)
            height = engine.drawn_to(sheet.page) if sheet.end is None else sheet.end
            blocks.append(Block(len(self._library.Root.Blocks) - 1, fragments[sheet.n].width, height))
        for n, parts in texts.items():
            _check_text(sheets.texts[n], "\n".join(parts))
        return blocks

    def together(self, blocks: Sequence[tuple[float, float, Block]], width: float, height: float) -> Block:
        """Combine blocks at fixed relative positions into one block that is quick to place repeatedly.

        It is for recurring combinations, such as a question with its options in one order. It adds nothing
        to a file by itself.
        """
        content = b"".join(_at(x, y, self._operators(block.number)) for x, y, block in blocks)
        members = {n for _, _, block in blocks for n in self._members(block.number)}
        number = -len(self._groups) - 1
        self._groups[number] = (content, tuple(sorted(members)))
        return Block(number, width, height)

    def _operators(self, number: int) -> bytes:
        return self._groups[number][0] if number < 0 else b"/B%d Do" % number

    def _members(self, number: int) -> tuple[int, ...]:
        return self._groups[number][1] if number < 0 else (number,)

    # ── faces ────────────────────────────────────────────────────────────────────────────────

    def _learn(self, face: PdfFace) -> None:
        """Register the face under its name."""
        self._faces.setdefault(face.name, face)

    def _named(self, face: PdfFace) -> Any:
        """Return a placeholder for the font in the forms of a PDF by WeasyPrint, until they are in the
        library."""
        self._learn(face)
        return Name(f"/{face.name}")

    def _set_faces(self, resources: Any) -> None:
        for name, font in resources.get("/Font", {}).items():
            if isinstance(font, pikepdf.Name):
                resources.Font[name] = self.embedded(name[1:])

    def embedded(self, face: str) -> Any:
        """Return the face as a font object of the library, embedding it on first use."""
        faces = self._library.Root.Faces
        if f"/{face}" not in faces:
            faces[f"/{face}"] = embed(self._library, self._faces[face])
        return faces[f"/{face}"]

    # ── drawings ─────────────────────────────────────────────────────────────────────────────────

    def stamp(
        self, text: str, face: str = "Sarabun-Regular", size: float = 15.0, colour: Colour = BLACK
    ) -> Graphics:
        """Return one line of text as WeasyPrint would draw it, `size` in px; the origin is the start of its
        baseline.

        Raises Refused if the face has no glyph for a character, or if there is no such face.
        """
        return self._stamped(text, face, size, colour)

    def _stamp(self, text: str, face: str, size: float, colour: Colour) -> Graphics:
        if face not in self._faces:
            raise Refused.because(
                "unknown font style {face!r}. Use one of {faces}.",
                face=face,
                faces=", ".join(sorted(self._faces)),
            )
        shaper = self._shaper(self._faces[face], size)
        line = shaper.line(text)
        if not line.operators:
            return Graphics(b"", 0.0)
        start = f"{_filled_in(colour)}BT\n1 0 0 -1 0 0 Tm\n/{face} {_short(shaper.size)} Tf\n".encode()
        return Graphics(b"%b%b\nET" % (start, line.operators), line.width, (face,))

    def boxes(self, boxes: Boxes, colour: Colour = BLACK) -> Graphics:
        """Return filled rectangles, given as x, y, width and height in px from the top left corner."""
        boxes = tuple(boxes)
        paths = b"".join(b"%.5f %.5f %.5f %.5f re\n" % box for box in boxes)
        width = max((x + w for x, _, w, _ in boxes), default=0.0)
        return Graphics(b"%b%bf" % (_filled_in(colour).encode(), paths), width)

    def discs(self, discs: Iterable[tuple[float, float, float]]) -> Graphics:
        """Return filled circles, given as x and y of the centre and radius in px from the top left corner."""
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
        return Graphics(
            f"{_filled_in(BLACK)}{paths}f".encode(), max((x + r for x, _, r in discs), default=0.0)
        )

    # ── files ────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def file(self, path: Path, title: str) -> Iterator[PdfFile]:
        """Yield a PDF to add pages to. It replaces `path` when the block ends without an error."""
        self._settle()
        self._n_open += 1
        try:
            with new_file(path) as out:
                file = PdfFile(self)
                yield file
                file.write(out, title, self._language)
        finally:
            self._n_open -= 1

    def copy_form(self, number: int, pdf: pikepdf.Pdf) -> Any:
        """Return the form of a block as an object of a file."""
        return pdf.copy_foreign(self._library.Root.Blocks[number])

    def copy_face(self, face: str, pdf: pikepdf.Pdf) -> Any:
        """Return a font face as an object of a file."""
        return pdf.copy_foreign(self.embedded(face))

    def drawn(self, placed: Placed, numbers: set[int], faces: set[str]) -> bytes:
        """Return the operators of a block or drawing at its position. Adds the forms and faces that they use
        to `numbers` and `faces`."""
        x, y, what = placed
        if isinstance(what, Graphics):
            faces.update(what.fonts)
            return _at(x, y, what.content)
        numbers.update(self._members(what.number))
        return b"q 1 0 0 1 %.6f %.6f cm %b Q\n" % (x, y, self._operators(what.number))


class PdfFile:
    """A PDF to which pages are added; created by `PdfComposer.file`.

    The pages of one booklet share their resources, which are complete when it ends.
    """

    def __init__(self, composer: PdfComposer) -> None:
        self._composer, self._pdf = composer, pikepdf.new()
        self._tree = self._pdf.Root.Pages
        self.n_pages = 0
        """The number of pages so far."""
        self._bookmarks: list[tuple[str, int]] = []
        self._forms: dict[int, Any] = {}
        self._begin()

    def _begin(self) -> None:
        self._resources = self._pdf.make_indirect(Dictionary())
        self._numbers: set[int] = set()
        self._faces: set[str] = set()

    def drawing(self, drawings: Sequence[tuple[float, float, Graphics]]) -> Block:
        """Return drawings at x and y (px) as one block of this file, for several pages of one booklet."""
        faces: set[str] = set()
        content = b"".join(self._composer.drawn(one, set(), faces) for one in drawings)
        form = self._stream(
            content,
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array(_ANYWHERE),
            Resources=self._named(set(), faces),
        )
        number = _FIRST_OWN + len(self._forms)
        self._forms[number] = form
        return Block(number, max((x + one.width for x, _, one in drawings), default=0.0), 0.0)

    def page(self, size: tuple[float, float], placed: Iterable[Placed]) -> None:
        """Add a page with this width and height in px, with blocks and drawings in reading order."""
        width, height = (round(side * PX, 6) for side in size)
        content = [b"%.6f 0 0 %.6f 0 %.6f cm\n" % (PX, -PX, height)]
        content += [self._composer.drawn(one, self._numbers, self._faces) for one in placed]
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, width, height]),
            Contents=self._stream(b"".join(content)),
            Resources=self._resources,
            Parent=self._tree,
        )
        self._tree.Kids.append(self._pdf.make_indirect(page))
        self.n_pages += 1

    def bookmark(self, title: str) -> None:
        """Add a bookmark for the next page."""
        self._bookmarks.append((title, self.n_pages))

    def end_booklet(self) -> None:
        """End the pages that share their resources."""
        for name, entries in self._named(self._numbers, self._faces).items():
            self._resources[name] = entries
        self._begin()

    def write(self, out: Any, title: str, language: str) -> None:
        """Write the file."""
        self.end_booklet()
        self._tree.Count = self.n_pages
        if self._bookmarks:
            with self._pdf.open_outline() as outline:
                outline.root.extend(pikepdf.OutlineItem(said, n) for said, n in self._bookmarks)
        save(self._pdf, out, title, language)

    def _stream(self, content: bytes, **entries: Any) -> Any:
        return self._pdf.make_stream(zlib.compress(content, _FAST), Filter=Name.FlateDecode, **entries)

    def _named(self, numbers: set[int], faces: set[str]) -> Any:
        """Return resources with these forms and faces."""
        for number in numbers - self._forms.keys():
            self._forms[number] = self._composer.copy_form(number, self._pdf)
        found = Dictionary()
        if numbers:
            found.XObject = Dictionary({f"/B{number}": self._forms[number] for number in sorted(numbers)})
        if faces:
            found.Font = Dictionary(
                {f"/{one}": self._composer.copy_face(one, self._pdf) for one in sorted(faces)}
            )
        return found


# ── from WeasyPrint's pages to forms ─────────────────────────────────────────────────────────


def _form(pdf: pikepdf.Pdf, page: Any) -> Any:
    """Return a page's drawing as a form XObject in px with y down, with only the resources that it uses."""
    found = _FRAME.fullmatch(page.Contents.read_bytes())
    assert found, "WeasyPrint frames its pages otherwise than this module expects"
    resources = _used(found[3], page.obj.Resources)
    height, scale = float(found[1]), float(found[2])
    for name, pattern in resources.get("/Pattern", {}).items():
        if "/Matrix" in pattern and isinstance(pattern, pikepdf.Stream):
            # on a page it leads to points from the bottom, in a form to px (8.7.3.1)
            a, b, c, d, e, f = (float(value) / scale for value in pattern.Matrix)
            entries = {key: value for key, value in pattern.items() if key not in ("/Filter", "/Length")}
            entries["/Matrix"] = Array([round(one, 6) for one in (a, -b, c, -d, e, height / scale - f)])
            resources.Pattern[name] = pikepdf.Stream(pdf, pattern.read_bytes(), entries)
    form = pdf.make_stream(
        found[3], Type=Name.XObject, Subtype=Name.Form, BBox=Array(_ANYWHERE), Resources=resources
    )
    for one in _inner(form):
        one.Resources = _used(one.read_bytes(), one.Resources)
    return form


def _inner(form: Any) -> Iterator[Any]:
    """Yield the forms and patterns within a form, at any depth."""
    resources = form.Resources
    masks = (state.get("/SMask") for state in resources.get("/ExtGState", {}).values())
    groups = [mask.G for mask in masks if isinstance(mask, pikepdf.Dictionary)]
    for thing in (*resources.get("/XObject", {}).values(), *resources.get("/Pattern", {}).values(), *groups):
        if isinstance(thing, pikepdf.Stream) and "/Resources" in thing:
            yield thing
            yield from _inner(thing)


def _used(content: bytes, resources: Any) -> Any:
    """Return the resources that a content stream uses."""
    names = {f"/{name.decode('latin-1')}" for name in _NAMED.findall(content)}
    found = Dictionary()
    for kind, entries in resources.items():
        if isinstance(entries, pikepdf.Dictionary):
            kept = {name: thing for name, thing in entries.items() if name in names}
            if kept:
                found[kind] = Dictionary(kept)
    return found


def _check_text(wanted: str, text: str) -> None:
    """Raise Refused if the expected text could not be extracted from the drawing; additional text from a
    style is allowed."""
    if not (fault := difference(text, wanted)):
        return
    found, lost = Counter(comparable(text)), Counter(comparable(wanted))
    if lost - found or lost == found:
        raise Refused.because(
            "a part of the paper cannot be read correctly from the file ({fault}): "
            "{wanted!r}. Remove text that a style sheet hides from the template.",
            fault=fault,
            wanted=wanted,
        )


def _at(x: float, y: float, what: bytes) -> bytes:
    """Return operators that draw something with its origin at a point."""
    return f"q 1 0 0 1 {_short(x)} {_short(y)} cm ".encode() + what + b" Q\n"


def _filled_in(colour: Colour) -> str:
    return f"{_numbers(*colour)} rg\n"


def _numbers(*values: float) -> str:
    return " ".join(map(_short, values))


def _short(value: float) -> str:
    """Return a number with at most six decimals and no trailing zeros."""
    return f"{value:.6f}".rstrip("0").rstrip(".")
