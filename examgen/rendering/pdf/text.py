"""A content stream as WeasyPrint writes it → one whose text comes out as it went in.

Three things spoil Thai text that is extracted from a PDF, copied or searched: ำ is drawn as two glyphs
that say something else elsewhere; poppler takes the second of two marks without width for a double;
marks raised by `Ts` are texts of their own for pdfium, sorted anew. So every cluster (a base with its
marks) says what it is: `/Span <</ActualText …>> BDC … EMC` (ISO 32000-1, 14.9.4), and glyphs of ำ have
codes of their own for readers that know no ActualText. Nothing is drawn otherwise: numbers stay as they
are written, strings are cut only between glyphs, and what is not text is copied byte by byte.

A content stream is read as operations with their operands (ISO 32000-1, 7.8.2 and 7.2), each with its place
and the bytes that stand there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import NamedTuple

import pikepdf

from examgen.rendering.pdf.fonts import NIKHAHIT, SARA_AA, SARA_AM, PdfFace

# No group is possessive: before 3.11.5 Python loses its place in one within which anything can go back, and
# Debian 12 has 3.11.2. None of these goes back to anything that matches.
_SPACE = rb"(?:[\0\t\n\f\r ]++|%[^\r\n]*+)*"
_TOKEN = re.compile(
    _SPACE + rb"(?:(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?=[\0\t\n\f\r ()<>\[\]{}/%]|$))"
    rb"|(?P<word>[^\0\t\n\f\r ()<>\[\]{}/%]+)"
    rb"|(?P<delimiter><<|>>|[\[\]{}])"
    rb"|(?P<hex><[0-9A-Fa-f\0\t\n\f\r ]*>)"
    rb"|(?P<name>/[^\0\t\n\f\r ()<>\[\]{}/%]*)"
    rb"|(?P<literal>\()"
    rb"|(?P<end>\Z))"
)
_QUICK = re.compile(
    _SPACE + rb"(?P<operands>(?:(?:[+-]?(?:\d++\.?+\d*+|\.\d++)(?=[\0\t\n\f\r ()<>\[\]{}/%])"
    rb"|<<|>>|[\[\]]|<[0-9A-Fa-f\0\t\n\f\r ]*+>|/[^\0\t\n\f\r ()<>\[\]{}/%]*+)" + _SPACE + rb")*)"
    rb"(?P<word>[^\0\t\n\f\r ()<>\[\]{}/%0-9+.-][^\0\t\n\f\r ()<>\[\]{}/%]*+)"
)
"""An operation whose operands are numbers, names, arrays and hexadecimal strings, as most are."""
_OPERAND = re.compile(rb"[+-]?[\d.]++|<<|>>|[\[\]]|<[^>]*+>|/[^\0\t\n\f\r ()<>\[\]{}/%]*+")
"""One of these."""
_KINDS = {
    **dict.fromkeys(b"+-.0123456789", "number"),
    **dict.fromkeys(b"[]>", "delimiter"),
    ord("<"): "hex",
    ord("/"): "name",
}
"""What it is, by its first byte; `<<` is a delimiter."""
_LINE = rb"\n(?:(?:[+-]?(?:\d++\.?+\d*+|\.\d++)|/[^\0\t\n\f\r ()<>\[\]{}/%%]*+) )*(?:%s)(?=\n|\Z)"
_DRAWN = re.compile(rb"(?:%s)+" % (_LINE % rb"[mlchSfnwW]|re|RG|rg|gs"))
"""Operations that draw lines and areas, each in a line of its own, as WeasyPrint writes them."""
NO_TEXT = re.compile(rb"(?:%s)+" % (_LINE % rb"[mlchSfnwWqQ]|re|RG|rg|gs|BT|ET|Tm|cm"))
"""The same of all that neither shows text, nor sets its font, nor marks a content."""
_IN_LITERAL = re.compile(rb"\\.|[()]", re.DOTALL)
_IMAGE_END = re.compile(rb"[\0\t\n\f\r ]EI(?=[\0\t\n\f\r ]|$)")
_WHITE = bytes(range(0x21))
_VALUES = (b"true", b"false", b"null")
_UNPLAIN = frozenset((*_VALUES, b"ID"))
_LINE_BREAKS = {b"Tm", b"Td", b"TD", b"T*", b"BT"}
NEAR = 50
"""In thousandths of an em: a mark drawn no farther than this from the end of its base stands at it."""


class Operand(NamedTuple):
    """A piece of what stands before an operator: a number, string, name, bracket …"""

    kind: str
    """number, hex, literal, name, delimiter or word."""
    source: bytes


class Operation:
    """An operator with its operands: `content[start:end]`."""

    __slots__ = ("_content", "_operands", "end", "operator", "start")

    def __init__(
        self, operator: bytes, start: int, end: int, content: bytes, operands: list[Operand] | None = None
    ) -> None:
        self.operator, self.start, self.end = operator, start, end
        self._content, self._operands = content, operands

    @property
    def source(self) -> bytes:
        """Return the text as in the stream."""
        return self._content[self.start : self.end]

    @property
    def operands(self) -> list[Operand]:
        """Return the operands before the operator; parsed when first used."""
        if self._operands is None:
            if b"%" in self.source:
                _, self._operands, _, _ = _read_operation(self._content, self.start)
            else:
                new, kinds = tuple.__new__, _KINDS  # a page has tens of thousands of operands
                self._operands = [
                    new(Operand, ("delimiter" if one == b"<<" else kinds[one[0]], one))
                    for one in _OPERAND.findall(self._content, self.start, self.end - len(self.operator))
                ]
        return self._operands


def operations(content: bytes, passed: re.Pattern[bytes] | None = None) -> Iterator[Operation]:
    """The operations of a content stream, in order; ValueError where it is not one. Those that `passed`
    matches come together as one, whose operator is empty."""
    place, quick = 0, _QUICK.match
    while True:
        if passed and (together := passed.match(content, place)):
            yield Operation(b"", place + 1, together.end(), content, [])
            place = together.end()
        found = quick(content, place)
        if found and (operator := found["word"]) not in _UNPLAIN:
            start, end = found.span("operands")
            place = found.end()
            yield Operation(operator, start if end > start else end, place, content)
            continue
        operator, operands, start, place = _read_operation(content, place)
        if not operator:
            return
        yield Operation(operator, start, place, content, operands)


def _read_operation(content: bytes, place: int) -> tuple[bytes, list[Operand], int, int]:
    """The operator that comes next, its operands, where they begin and where it ends; b"" at the end."""
    operands: list[Operand] = []
    start = -1
    while token := _TOKEN.match(content, place):
        kind, place = token.lastgroup, token.end()
        if kind == "end":
            return b"", operands, place, place
        assert kind is not None
        begin = token.start(kind)
        start = begin if start < 0 else start
        if kind == "literal":
            # it may hold balanced parentheses and escaped ones
            depth = 0
            for found in _IN_LITERAL.finditer(content, begin):
                depth += {b"(": 1, b")": -1}.get(found.group(), 0)
                if not depth:
                    place = found.end()
                    break
            else:
                raise ValueError(f"a string without an end at byte {begin}")
        source = content[begin:place]
        if kind == "word" and source not in _VALUES:
            if source == b"ID":  # the data of an inline image go with it, `EI` too
                image_end = _IMAGE_END.search(content, place)
                if not image_end:
                    raise ValueError(f"an inline image without an end at byte {place}")
                place = image_end.end()
            return source, operands, start, place
        operands.append(Operand(kind, source))
    space = re.match(_SPACE, content[place:])
    place += space.end() if space else 0
    raise ValueError(f"no PDF operator at byte {place}: {content[place : place + 20]!r}")


class _Glyph(NamedTuple):
    number: int


class _Kern(NamedTuple):
    source: bytes


class _Rise(NamedTuple):
    source: bytes


_Piece = _Glyph | _Kern | _Rise


class _Cluster(NamedTuple):
    """A base and its marks, or what stands between two of them."""

    pieces: list[_Piece]
    text: str
    spanned: bool
    """Whether the text is to be said in so many words."""


def rewritten(content: bytes, faces: Mapping[str, PdfFace]) -> tuple[bytes, str]:
    """A content stream in which every cluster says its text; and the text that a reader will extract, a line
    for each text position.

    `faces` are those of the stream's font resources, by resource name. Fonts are called by the name
    of their face in the new content (`/Sarabun-Bold`), those without TrueType outlines as before;
    text in fonts that are not among `faces` is left as it is, and not in the text given back.
    ValueError where `content` is not a content stream.
    """
    written: list[bytes] = []
    said: list[str] = []
    run: list[_Piece] = []
    face: PdfFace | None = None
    saved: list[PdfFace | None] = []

    def close_run() -> None:
        for pieces, text, spanned in _segments(_clusters(run, face)) if run and face else ():
            said.append(text)
            if spanned:
                actual = ("\ufeff" + text).encode("utf-16-be").hex().encode("ascii")
                written.append(b"/Span<</ActualText<%s>>>BDC" % actual)
            written.extend(_drawn(pieces))
            if spanned:
                written.append(b"EMC")
        run.clear()

    for operation in operations(content, _DRAWN):
        operator = operation.operator
        if face and operator in (b"TJ", b"Tj"):
            for kind, source in operation.operands:
                if kind == "number" and float(source):
                    run.append(_Kern(source))
                elif kind in ("hex", "literal"):
                    if kind == "hex":
                        digits = source[1:-1].translate(None, _WHITE).decode("ascii")
                        codes = bytes.fromhex(digits + "0" * (len(digits) % 2))
                    else:
                        codes = bytes(pikepdf.Object.parse(source))
                    run += (_Glyph(int.from_bytes(codes[i : i + 2], "big")) for i in range(0, len(codes), 2))
            continue
        if face and operator == b"Ts":
            run.append(_Rise(operation.operands[0].source))
            continue
        close_run()
        source = operation.source
        if operator == b"Tf":
            name, size = (operand.source for operand in operation.operands)
            face = faces.get(name[1:].decode("latin-1"))
            if face and face.truetype:
                source = b"/%s %s Tf" % (face.name.encode("ascii"), size)
        elif operator == b"q":
            saved.append(face)
        elif operator == b"Q" and saved:
            face = saved.pop()
        elif operator in _LINE_BREAKS:
            said.append("\n")
        written.append(source)
    close_run()
    return b"\n".join(written), "".join(said)


# ── clusters ─────────────────────────────────────────────────────────────────────────────────


def _clusters(run: Iterable[_Piece], face: PdfFace) -> Iterator[_Cluster]:
    """The clusters of a run of text, and between them the kerns and rises."""
    cluster: list[_Piece] = []
    between: list[_Piece] = []
    said = ""
    for piece in run:
        if not isinstance(piece, _Glyph):
            between.append(piece)
            continue
        text = face.texts.get(piece.number, "")
        # a glyph belongs to the cluster before it as a mark, or as the sara aa of ำ
        joins = bool(text) and all(unicodedata.category(char) in ("Mn", "Me") for char in text)
        if text == SARA_AA:
            joins = NIKHAHIT in said and SARA_AA not in said
        if cluster and joins:
            cluster += [*between, piece]
            said += text
        else:
            yield from _read(cluster, between, said, face)
            cluster, said = [piece], text
        between = []
    yield from _read(cluster, between, said, face)


def _read(pieces: list[_Piece], between: list[_Piece], said: str, face: PdfFace) -> Iterator[_Cluster]:
    """A cluster with the codes and the text by which it is read, and what stands after it."""
    glyphs = [piece for piece in pieces if isinstance(piece, _Glyph)]
    if NIKHAHIT in said and said.endswith(SARA_AA):
        # ำ is written last, and whole
        text = said[:-1].replace(NIKHAHIT, "") + SARA_AM
        second = face.second
        again = [
            _Glyph(second.get(one.number, one.number)) if isinstance(one, _Glyph) else one for one in pieces
        ]
        yield _Cluster(again, text, True)
    elif len(glyphs) > 1 and face.blank is not None:
        back = _way_back(pieces, between)
        # an empty glyph that leaves the pen where it was
        width = face.widths[face.blank]
        blank: list[_Piece] = [_Kern(b"%g" % width)] if width else []
        blank.append(_Glyph(face.blank))
        ending = [*between[:back], *blank] if back else []
        between = between[back:]
        yield _Cluster([*_begun(pieces, blank), *ending], said, True)
    else:
        untold = any(said != face.said.get(one.number, "") for one in glyphs)
        yield _Cluster(pieces, said, len(glyphs) > 1 or untold)
    yield _Cluster(between, "", False)


def _way_back(pieces: Iterable[_Piece], between: Iterable[_Piece]) -> int:
    """How many pieces bring the pen back to the end of the base; 0 if the last mark stands near it.

    Poppler takes a cluster to end with its last glyph, and a gap of a tenth of an em for a space: so
    an empty glyph is to be the last.
    """
    away = sum(float(piece.source) for piece in pieces if isinstance(piece, _Kern))
    if abs(away) <= NEAR:
        return 0
    for place, piece in enumerate(between, 1):
        away += float(piece.source) if isinstance(piece, _Kern) else 0
        if abs(away) <= NEAR:
            return place
    return 0


def _begun(pieces: list[_Piece], blank: list[_Piece]) -> Iterator[_Piece]:
    """Pieces of which no raised mark begins after the end of the base.

    Pdfium sorts texts by their beginning, and a raised mark is a text: it would come after what
    follows. So an empty glyph, a little before, begins it; and another ends it, since MuPDF doubles a
    mark that ends a text in the midst of a cluster which does not begin with one. (WeasyPrint moves
    the pen back by whole thousandths only, so a mark within one of them may begin too late.)
    """
    kerned = any(isinstance(piece, _Kern) for piece in pieces)
    right, begun = 0.0, False
    for place, piece in enumerate(pieces):
        yield piece
        if isinstance(piece, _Kern):
            right -= float(piece.source)
        elif isinstance(piece, _Rise) and kerned:
            kerns = takewhile(lambda one: not isinstance(one, _Glyph), pieces[place + 1 :])
            begun = right - sum(float(one.source) for one in kerns if isinstance(one, _Kern)) > -1
            yield from (_Kern(b"100"), *blank, _Kern(b"-100")) if begun else ()
        elif begun:
            yield from blank
            begun = False


def _segments(clusters: Iterable[_Cluster]) -> Iterator[_Cluster]:
    """The clusters with all that stands between two of them as one.

    A space between two of them is drawn with the second: pdfium leaves out a text that has no ink.
    """
    before = _Cluster([], "", False)
    for cluster in clusters:
        white = before.text.isspace() and not before.spanned
        if white or not (before.spanned or cluster.spanned):
            text, spanned = before.text + cluster.text, before.spanned or cluster.spanned
            before = _Cluster([*before.pieces, *cluster.pieces], text, spanned)
        else:
            yield before
            before = cluster
    yield before


def _drawn(pieces: Iterable[_Piece]) -> Iterator[bytes]:
    """Pieces as TJ and Ts operators."""
    array: list[_Glyph | _Kern] = []
    for piece in pieces:
        if isinstance(piece, _Rise):
            if array:
                yield _array(array)
                array = []
            yield piece.source + b" Ts"
        else:
            array.append(piece)
    if array:
        yield _array(array)


def _array(pieces: list[_Glyph | _Kern]) -> bytes:
    parts = [piece.source if isinstance(piece, _Kern) else b"<%04x>" % piece.number for piece in pieces]
    return (b"[%s]TJ" % b" ".join(parts)).replace(b"> <", b"").replace(b"> ", b">").replace(b" <", b"<")
