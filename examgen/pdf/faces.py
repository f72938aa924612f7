"""A font program → the font that our files hold: whole, the same bytes in every file, and readable.

Every glyph stays, under its own number, so that anything may be stamped later and every page of every
run shares one font: 29 kB of Sarabun, compressed, where its Thai and Latin-1 alone would be 21. The
tables of shaping go: a PDF holds shaped text.

Readable: a reader that knows nothing of `ActualText` asks the font what a code says. HarfBuzz makes ำ
into nikhahit and sara aa, glyphs that elsewhere say ํ and า; so these have a second code, used where
they draw ำ (`Face.second`), that says ำ or nothing. Another code draws nothing and says nothing
(`Face.blank`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from examgen.pdf.glyphs import glyph_texts, mapped_texts

NIKHAHIT, SARA_AA, SARA_AM = "\u0e4d", "\u0e32", "\u0e33"
SILENCE = "\u180e"
"""What a code without text says. A reader without `ActualText` takes an empty text for an unknown one;
this is a format character, which pdf.js leaves out, and white space to MuPDF 1.21."""

# what draws glyphs; `head` with the bounding box of all faces of the family, by which poppler rasterises
_DRAWING = {"head", "hhea", "maxp", "hmtx", "loca", "glyf", "cvt ", "fpgm", "prep", "gasp", "OS/2", "post"}


@dataclass(frozen=True, eq=False)
class Face:
    """One face of a font family: its program, and what each of its glyphs says."""

    name: str
    """As the PDF calls it: `Sarabun-Bold`."""
    program: bytes
    """The whole font file."""
    texts: Mapping[int, str]
    """Text of each glyph, by number; "" is not among them."""
    mapped: Mapping[int, str]
    """The texts that the font's own character map tells."""

    @property
    def truetype(self) -> bool:
        """Whether the program has TrueType outlines and is one face: only such are embedded by us."""
        return self.program[:4] in (b"\x00\x01\x00\x00", b"true")

    @cached_property
    def n_glyphs(self) -> int:
        """Glyphs in the program."""
        return int(_font(self.program)["maxp"].numGlyphs)

    @cached_property
    def second(self) -> Mapping[int, int]:
        """The codes of the glyphs that draw ำ, by glyph, where they draw it."""
        if not self.truetype:
            return {}
        return dict(zip(self._said_in_sara_am, self._free[1:], strict=False))

    @cached_property
    def blank(self) -> int | None:
        """A code that draws nothing and says nothing, as narrow as can be; None where no glyph is empty."""
        return self._free[0] if self.truetype and self._free and self._empty is not None else None

    @cached_property
    def _empty(self) -> int | None:
        """The narrowest glyph without outlines, the first of them."""
        font = _font(self.program)
        advances, glyphs = font["hmtx"].metrics, enumerate(font.getGlyphOrder())
        empty = [(advances[name][0], n) for n, name in glyphs if font["glyf"][name].numberOfContours == 0]
        return min(empty)[1] if empty else None

    @cached_property
    def glyph_of(self) -> Mapping[int, int]:
        """The glyph that each code draws."""
        drawn = {glyph: glyph for glyph in range(self.n_glyphs)}
        drawn.update((code, glyph) for glyph, code in self.second.items())
        if self.blank is not None and self._empty is not None:
            drawn[self.blank] = self._empty
        return drawn

    @cached_property
    def widths(self) -> Mapping[int, float]:
        """Advance width by code, in thousandths of an em."""
        font = _font(self.program)
        em, advances, names = font["head"].unitsPerEm, font["hmtx"].metrics, font.getGlyphOrder()
        return {code: advances[names[glyph]][0] * 1000 / em for code, glyph in sorted(self.glyph_of.items())}

    @property
    def _free(self) -> range:
        """Codes that are not glyphs's number."""
        return range(self.n_glyphs, 0x10000)

    @cached_property
    def _said_in_sara_am(self) -> dict[int, str]:
        """What a glyph says as part of ำ: sara aa the whole, nikhahit nothing, with a tone the tone."""
        return {
            glyph: SARA_AM if text == SARA_AA else text.replace(NIKHAHIT, "")
            for glyph, text in sorted(self.texts.items())
            if text == SARA_AA or NIKHAHIT in text
        }

    @cached_property
    def said(self) -> Mapping[int, str]:
        """What the font in a file says of each code: for a reader without `ActualText`."""
        if not self.truetype:
            return self.mapped
        again = {code: self._said_in_sara_am[glyph] for glyph, code in self.second.items()}
        if self.blank is not None:
            again[self.blank] = ""
        silent = {code: text or SILENCE for code, text in again.items()}
        return dict(sorted({**self.texts, **silent}.items()))


def face_of(program: bytes, name: str) -> Face:
    """The face of a font file (one face, not a collection), to be called `name`."""
    return _face(program, name)


@lru_cache(maxsize=64)
def _face(program: bytes, name: str) -> Face:
    font = _font(program)
    return Face(name, program, glyph_texts(font), mapped_texts(font))


def postscript_name(program: bytes) -> str:
    """The name that the font file gives itself: `Sarabun-Bold`; ASCII letters, digits and hyphens."""
    font = _font(program)
    name = str(font["name"].getDebugName(6) or "") if "name" in font else ""
    return re.sub(r"[^A-Za-z0-9-]", "", name) or "Font"


def _font(program: bytes) -> Any:
    from fontTools.ttLib import TTFont

    return TTFont(io.BytesIO(program), lazy=True, fontNumber=0, recalcBBoxes=False, recalcTimestamp=False)


# ── the font in the file ─────────────────────────────────────────────────────────────────────


def embed(pdf: Any, face: Face) -> Any:
    """The face as a font of `pdf`, an indirect object (Type0, Identity-H); its code is the glyph number.

    The face must be `truetype`.
    """
    import pikepdf

    drawing = _drawing(face)
    descendant = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType2,
        BaseFont=pikepdf.Name(f"/{face.name}"),
        CIDSystemInfo=pikepdf.Dictionary(
            Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
        ),
        CIDToGIDMap=pikepdf.Stream(pdf, drawing.glyph_of_code),
        DW=0,
        W=pikepdf.Array(_widths(drawing.widths)),
        FontDescriptor=pdf.make_indirect(_descriptor(pdf, face, drawing)),
    )
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type0,
        BaseFont=pikepdf.Name(f"/{face.name}"),
        Encoding=pikepdf.Name("/Identity-H"),
        DescendantFonts=pikepdf.Array([pdf.make_indirect(descendant)]),
        ToUnicode=pikepdf.Stream(pdf, _to_unicode(face.said)),
    )
    return pdf.make_indirect(font)


@dataclass(frozen=True)
class _Drawing:
    program: bytes
    widths: Mapping[int, float]
    glyph_of_code: bytes
    numbers: Mapping[str, float]
    box: tuple[float, ...]


@lru_cache(maxsize=64)
def _drawing(face: Face) -> _Drawing:
    """What a file holds of the face; lengths in thousandths of an em."""
    font = _font(face.program)
    em = font["head"].unitsPerEm
    glyph_of = face.glyph_of
    head, hhea = font["head"], font["hhea"]
    box = (head.xMin, head.yMin, head.xMax, head.yMax)
    italic = round(float(font["post"].italicAngle), 3) if "post" in font else 0
    cap = getattr(font["OS/2"], "sCapHeight", 0) if "OS/2" in font else 0
    return _Drawing(
        program=_trimmed(face.program),
        widths=face.widths,
        glyph_of_code=b"".join(glyph_of.get(code, 0).to_bytes(2, "big") for code in range(max(glyph_of) + 1)),
        numbers={
            "Flags": 4 | (64 if italic else 0),  # symbolic: more than the standard Latin characters
            "ItalicAngle": italic,
            "Ascent": hhea.ascent * 1000 / em,
            "Descent": hhea.descent * 1000 / em,
            "CapHeight": (cap or hhea.ascent) * 1000 / em,
            "StemV": 80,
        },
        box=tuple(edge * 1000 / em for edge in box),
    )


def _trimmed(program: bytes) -> bytes:
    """The program without the tables that draw nothing, and without the clock."""
    import uharfbuzz

    face = uharfbuzz.Face(program)
    wanted = uharfbuzz.SubsetInput()
    wanted.keep_everything()
    wanted.flags = uharfbuzz.SubsetFlags.RETAIN_GIDS | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
    wanted.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in _unneeded(program))
    font = _font(uharfbuzz.subset(face, wanted).blob.data)
    # an instance of a variable font has just been made
    font["head"].modified = font["head"].created
    trimmed = io.BytesIO()
    font.save(trimmed, reorderTables=False)
    return trimmed.getvalue()


def _unneeded(program: bytes) -> list[str]:
    return [tag for tag in _font(program).reader.tables if tag not in _DRAWING]


def _descriptor(pdf: Any, face: Face, drawing: _Drawing) -> Any:
    import pikepdf

    return pikepdf.Dictionary(
        {
            "/Type": pikepdf.Name.FontDescriptor,
            "/FontName": pikepdf.Name(f"/{face.name}"),
            "/FontBBox": pikepdf.Array([_number(edge) for edge in drawing.box]),
            **{f"/{name}": _number(value) for name, value in drawing.numbers.items()},
            "/FontFile2": pikepdf.Stream(pdf, drawing.program, {"/Length1": len(drawing.program)}),
        }
    )


def _widths(widths: Mapping[int, float]) -> Iterator[Any]:
    """The W array: runs of codes that follow each other, each with its list of widths."""
    import pikepdf

    codes = list(widths)
    while codes:
        run = next((i for i in range(1, len(codes)) if codes[i] != codes[i - 1] + 1), len(codes))
        yield codes[0]
        yield pikepdf.Array([_number(widths[code]) for code in codes[:run]])
        codes = codes[run:]


def _number(value: float) -> Any:
    return int(value) if value == int(value) else round(value, 6)


def _to_unicode(said: Mapping[int, str]) -> bytes:
    """The CMap from codes to text (Adobe Technical Note 5411)."""
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<0000> <ffff>",
        "endcodespacerange",
    ]
    pairs = iter(said.items())
    while batch := list(islice(pairs, 100)):
        lines.append(f"{len(batch)} beginbfchar")
        lines += [f"<{code:04x}> <{text.encode('utf-16-be').hex()}>" for code, text in batch]
        lines.append("endbfchar")
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end", ""]
    return "\n".join(lines).encode("ascii")
