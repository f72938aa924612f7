"""A font program → the font in our files: whole, the same bytes in every file, and readable.

Every glyph keeps its number, so that anything may be stamped later and every page of every run shares one
font: 29 kB of Sarabun, compressed, compared with 21 for its Thai and Latin-1 alone. The shaping tables are
removed, because a PDF contains shaped text.

Readable: a reader that does not support `ActualText` looks up the text of a code in the font. HarfBuzz
splits ำ into nikhahit and sara aa, glyphs that otherwise mean ํ and า. So these have a second code, used
where they draw ำ (`PdfFace.second`), whose text is ำ or nothing. Another code draws nothing and has no text
(`PdfFace.blank`). The text of each glyph is found by `glyph_texts`.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

import pikepdf
import uharfbuzz
from fontTools import agl
from fontTools.ttLib import TTFont

_PRIVATE = range(0xE000, 0xF900)

# glyphs that older Thai fonts hold at private code points, as Windows and HarfBuzz know them
PRIVATE_THAI = dict(
    zip(
        range(0xF700, 0xF71B),
        "\u0e10\u0e34\u0e35\u0e36\u0e37\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e48\u0e49\u0e4a\u0e4b\u0e4c"
        "\u0e0d\u0e31\u0e4d\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e38\u0e39\u0e3a",
        strict=True,
    )
)

NIKHAHIT, SARA_AA, SARA_AM = "\u0e4d", "\u0e32", "\u0e33"
SILENCE = "\u180e"
"""The text of a code without text. A reader without `ActualText` takes an empty text for an unknown one; this
is a format character, which pdf.js leaves out and MuPDF 1.21 treats as white space."""

# tables that draw glyphs; `head` with the bounding box of all faces of the family, which poppler uses
_DRAWING = {"head", "hhea", "maxp", "hmtx", "loca", "glyf", "cvt ", "fpgm", "prep", "gasp", "OS/2", "post"}


@dataclass(frozen=True, eq=False)
class PdfFace:
    """One face of a font family: its program, and the text of each of its glyphs."""

    name: str
    """Its name in the PDF: `Sarabun-Bold`."""
    program: bytes
    """The whole font file."""
    texts: Mapping[int, str]
    """The text of each glyph, by number; glyphs without text are left out."""
    mapped: Mapping[int, str]
    """The texts given by the font's own character map."""

    @property
    def truetype(self) -> bool:
        """Whether the program is a single face with TrueType outlines; only such programs are embedded."""
        return self.program[:4] in (b"\x00\x01\x00\x00", b"true")

    @cached_property
    def n_glyphs(self) -> int:
        """The number of glyphs in the program."""
        return int(_font(self.program)["maxp"].numGlyphs)

    @cached_property
    def second(self) -> Mapping[int, int]:
        """The second codes of the glyphs that draw ำ, by glyph."""
        if not self.truetype:
            return {}
        return dict(zip(self._said_in_sara_am, self._free[1:], strict=False))

    @cached_property
    def blank(self) -> int | None:
        """A code that draws nothing and has no text, as narrow as possible; None if no glyph is empty."""
        return self._free[0] if self.truetype and self._free and self._empty is not None else None

    @cached_property
    def _empty(self) -> int | None:
        """The number of the narrowest glyph without outlines, the first if there are several."""
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
        """Codes that are not the number of a glyph."""
        return range(self.n_glyphs, 0x10000)

    @cached_property
    def _said_in_sara_am(self) -> dict[int, str]:
        """The text of each glyph as part of ำ: sara aa represents all of it, nikhahit nothing, and nikhahit
        with a tone mark the tone mark."""
        return {
            glyph: SARA_AM if text == SARA_AA else text.replace(NIKHAHIT, "")
            for glyph, text in sorted(self.texts.items())
            if text == SARA_AA or NIKHAHIT in text
        }

    @cached_property
    def said(self) -> Mapping[int, str]:
        """The text of each code of the font in a file, for a reader without `ActualText`."""
        if not self.truetype:
            return self.mapped
        again = {code: self._said_in_sara_am[glyph] for glyph, code in self.second.items()}
        if self.blank is not None:
            again[self.blank] = ""
        silent = {code: text or SILENCE for code, text in again.items()}
        return dict(sorted({**self.texts, **silent}.items()))


@lru_cache(maxsize=64)
def face_of(program: bytes, name: str) -> PdfFace:
    """Return the face of a font file (one face, not a collection), with this name."""
    font = _font(program)
    lowest = {glyph: chr(code) for code, glyph in sorted(_best_cmap(font).items(), reverse=True)}
    mapped = {font.getGlyphID(glyph): char for glyph, char in lowest.items()}
    return PdfFace(name, program, glyph_texts(font), mapped)


def postscript_name(program: bytes) -> str:
    """Return the PostScript name in the font file, `Sarabun-Bold`; only ASCII letters, digits and hyphens."""
    font = _font(program)
    name = str(font["name"].getDebugName(6) or "") if "name" in font else ""
    return re.sub(r"[^A-Za-z0-9-]", "", name) or "Font"


def _font(program: bytes) -> Any:
    return TTFont(io.BytesIO(program), lazy=True, fontNumber=0, recalcBBoxes=False, recalcTimestamp=False)


# ── what a glyph says ────────────────────────────────────────────────────────────────────────


def glyph_texts(font: Any) -> dict[int, str]:
    """Return the text of each glyph of a `fontTools.ttLib.TTFont` by its number; unknown glyphs are left
    out.

    A font gives the character of few glyphs (`cmap`). Others are reached by substitution (`GSUB`: the small
    mai tho over a vowel, yo ying without its foot, the ligature of ฤ and ๅ). So the substitutions are read
    backwards until nothing is added. If two characters share a glyph, the lower code point is used (space,
    not no-break space).
    """
    known: dict[str, str] = {}
    for code, name in sorted(_best_cmap(font).items()):
        if code and code not in _PRIVATE:
            # a Latin ligature is read as its letters: ﬁ as `fi`
            is_ligature = 0xFB00 <= code <= 0xFB06
            known.setdefault(name, unicodedata.normalize("NFKC", chr(code)) if is_ligature else chr(code))
    substitutions = list(_substitutions(font))
    added = -1
    while added != len(known):
        added = len(known)
        for glyph, parts in substitutions:
            if glyph not in known and all(part in known for part in parts):
                known[glyph] = "".join(known[part] for part in parts)
    for code, name in _best_cmap(font).items():
        if code in PRIVATE_THAI:
            known.setdefault(name, PRIVATE_THAI[code])
    # of some glyphs only their name tells (`uni0E4D0E48.narrow`)
    texts = {name: known.get(name) or agl.toUnicode(name) for name in font.getGlyphOrder()}
    return {font.getGlyphID(name): text for name, text in texts.items() if text}


def _best_cmap(font: Any) -> dict[int, str]:
    return (font.getBestCmap() if "cmap" in font else None) or {}


def _substitutions(font: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each glyph that a substitution inserts, with the glyphs that it replaces."""
    if "GSUB" not in font or not font["GSUB"].table.LookupList:
        return
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for subtable in lookup.SubTable:
            table = getattr(subtable, "ExtSubTable", subtable)
            for glyph, others in getattr(table, "ligatures", {}).items():
                yield from ((other.LigGlyph, (glyph, *other.Component)) for other in others)
            for glyph, others in getattr(table, "alternates", {}).items():
                yield from ((other, (glyph,)) for other in others)
            for glyph, other in getattr(table, "mapping", {}).items():
                # a multiple substitution maps to a list, of which no single glyph has the whole text
                if isinstance(other, str):
                    yield other, (glyph,)


# ── the font in the file ─────────────────────────────────────────────────────────────────────


def embed(pdf: Any, face: PdfFace) -> Any:
    """Return the face as a font of `pdf`, an indirect object (Type0, Identity-H); its codes are glyph
    numbers and the extra codes of the face.

    The face must be `truetype`.
    """
    program, numbers, box = _drawing(face)
    # runs of codes that follow each other, each with its list of widths
    widths: list[Any] = []
    codes = list(face.widths)
    while codes:
        run = next((i for i in range(1, len(codes)) if codes[i] != codes[i - 1] + 1), len(codes))
        widths += [codes[0], pikepdf.Array([_number(face.widths[code]) for code in codes[:run]])]
        codes = codes[run:]
    glyph_of = face.glyph_of
    glyphs = b"".join(glyph_of.get(code, 0).to_bytes(2, "big") for code in range(max(glyph_of) + 1))
    descriptor = pikepdf.Dictionary(
        {
            "/Type": pikepdf.Name.FontDescriptor,
            "/FontName": pikepdf.Name(f"/{face.name}"),
            "/FontBBox": pikepdf.Array([_number(edge) for edge in box]),
            **{f"/{name}": _number(value) for name, value in numbers.items()},
            "/FontFile2": pikepdf.Stream(pdf, program, {"/Length1": len(program)}),
        }
    )
    descendant = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType2,
        BaseFont=pikepdf.Name(f"/{face.name}"),
        CIDSystemInfo=pikepdf.Dictionary(
            Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
        ),
        CIDToGIDMap=pikepdf.Stream(pdf, glyphs),
        DW=0,
        W=pikepdf.Array(widths),
        FontDescriptor=pdf.make_indirect(descriptor),
    )
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type0,
        BaseFont=pikepdf.Name(f"/{face.name}"),
        Encoding=pikepdf.Name("/Identity-H"),
        DescendantFonts=pikepdf.Array([pdf.make_indirect(descendant)]),
        ToUnicode=pikepdf.Stream(pdf, to_unicode_map(face.said)),
    )
    return pdf.make_indirect(font)


@lru_cache(maxsize=64)
def _drawing(face: PdfFace) -> tuple[bytes, dict[str, float], tuple[float, ...]]:
    """Return the face's program for a file, without the tables that draw nothing and without the time, with
    the numbers of its descriptor and its bounding box in thousandths of an em."""
    wanted = uharfbuzz.SubsetInput()
    wanted.keep_everything()
    wanted.flags = uharfbuzz.SubsetFlags.RETAIN_GIDS | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
    unneeded = (tag for tag in _font(face.program).reader.tables if tag not in _DRAWING)
    wanted.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in unneeded)
    font = _font(uharfbuzz.subset(uharfbuzz.Face(face.program), wanted).blob.data)
    # an instance of a variable font has just been made
    font["head"].modified = font["head"].created
    trimmed = io.BytesIO()
    font.save(trimmed, reorderTables=False)

    font = _font(face.program)
    head, hhea, em = font["head"], font["hhea"], font["head"].unitsPerEm
    italic = round(float(font["post"].italicAngle), 3) if "post" in font else 0
    cap = getattr(font["OS/2"], "sCapHeight", 0) if "OS/2" in font else 0
    numbers = {
        "Flags": 4 | (64 if italic else 0),  # symbolic: more than the standard Latin characters
        "ItalicAngle": italic,
        "Ascent": hhea.ascent * 1000 / em,
        "Descent": hhea.descent * 1000 / em,
        "CapHeight": (cap or hhea.ascent) * 1000 / em,
        "StemV": 80,
    }
    box = tuple(edge * 1000 / em for edge in (head.xMin, head.yMin, head.xMax, head.yMax))
    return trimmed.getvalue(), numbers, box


def _number(value: float) -> Any:
    return int(value) if value == int(value) else round(value, 6)


def to_unicode_map(said: Mapping[int, str]) -> bytes:
    """Return the CMap from codes to text (Adobe Technical Note 5411)."""
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
