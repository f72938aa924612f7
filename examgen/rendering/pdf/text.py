"""A content stream as WeasyPrint writes it → one whose text can be extracted unchanged.

Three things spoil Thai text that is extracted from a PDF, copied or searched: ำ is drawn as two glyphs that
have other meanings elsewhere; poppler takes the second of two marks without width for a duplicate; marks
raised by `Ts` are separate texts for pdfium and are sorted again. So every cluster (a base with its marks)
states its text, `/Span <</ActualText …>> BDC … EMC` (ISO 32000-1, 14.9.4), and glyphs of ำ have separate
codes for readers without ActualText. Nothing is drawn differently: numbers stay as they are, strings are
cut only between glyphs, and everything that is not text is copied.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import takewhile
from typing import Any, NamedTuple

import pikepdf

from examgen.rendering.pdf.fonts import NIKHAHIT, SARA_AA, SARA_AM, PdfFace

NEAR = 50
"""The maximum distance of a mark from the end of its base, in thousandths of an em, at which it counts as
attached."""
_LINE_BREAKS = {"Tm", "Td", "TD", "T*", "BT"}


def instructions(pdf: pikepdf.Pdf, content: bytes) -> list[Any]:
    """Return the instructions of a content stream, each with `operands` and `operator`; they are valid as
    long as `pdf` lives."""
    return list(pikepdf.parse_content_stream(pdf.make_stream(content)))


class _Glyph(NamedTuple):
    number: int


class _Kern(NamedTuple):
    source: bytes


class _Rise(NamedTuple):
    source: bytes


_Piece = _Glyph | _Kern | _Rise


class _Cluster(NamedTuple):
    """A base and its marks, or the pieces between two clusters."""

    pieces: list[_Piece]
    text: str
    spanned: bool
    """Whether the text must be stated explicitly, as ActualText."""


def rewritten(content: bytes, faces: Mapping[str, PdfFace]) -> tuple[bytes, str]:
    """Return a content stream in which every cluster states its text, and the text that a reader will
    extract, with a line for each text position.

    `faces` are those of the stream's font resources, by resource name. In the new content, fonts have the
    names of their faces (`/Sarabun-Bold`), except those without TrueType outlines. Text in fonts that are
    not in `faces` is left as it is, and not included in the returned text.
    """
    scratch = pikepdf.new()
    written: list[bytes] = []
    copied: list[Any] = []
    said: list[str] = []
    run: list[_Piece] = []
    face: PdfFace | None = None
    saved: list[PdfFace | None] = []

    def close_run() -> None:
        if not run:
            return
        if copied:
            written.append(pikepdf.unparse_content_stream(copied))
            copied.clear()
        for pieces, text, spanned in _segments(_clusters(run, face)) if face else ():
            said.append(text)
            if spanned:
                actual = ("\ufeff" + text).encode("utf-16-be").hex().encode("ascii")
                written.append(b"/Span<</ActualText<%s>>>BDC" % actual)
            written.extend(_drawn(pieces))
            if spanned:
                written.append(b"EMC")
        run.clear()

    for one in instructions(scratch, content):
        instruction, operator = one, str(one.operator)
        if face and operator in ("TJ", "Tj"):
            for part in instruction.operands[0] if operator == "TJ" else instruction.operands:
                if isinstance(part, pikepdf.String):
                    codes = bytes(part)
                    run += (_Glyph(int.from_bytes(codes[i : i + 2], "big")) for i in range(0, len(codes), 2))
                elif part:
                    run.append(_Kern(_number(part)))
            continue
        if face and operator == "Ts":
            run.append(_Rise(_number(instruction.operands[0])))
            continue
        close_run()
        if operator == "Tf":
            name, size = instruction.operands
            face = faces.get(str(name)[1:])
            if face and face.truetype:
                named = [pikepdf.Name(f"/{face.name}"), size]
                instruction = pikepdf.ContentStreamInstruction(named, instruction.operator)
        elif operator == "q":
            saved.append(face)
        elif operator == "Q" and saved:
            face = saved.pop()
        elif operator in _LINE_BREAKS:
            said.append("\n")
        copied.append(instruction)
    close_run()
    written.append(pikepdf.unparse_content_stream(copied))
    return b"\n".join(written), "".join(said)


def _number(value: Any) -> bytes:
    return f"{value:f}".encode() if isinstance(value, Decimal) else b"%d" % value


# ── clusters ─────────────────────────────────────────────────────────────────────────────────


def _clusters(run: Iterable[_Piece], face: PdfFace) -> Iterator[_Cluster]:
    """Yield the clusters of a run of text, and between them the kerns and rises."""
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
    """Yield a cluster with the codes and the text by which it is read, and then the pieces after it."""
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
    """Return how many pieces of `between` bring the pen back to the end of the base character; 0 if the last
    mark is already near it, or if they do not bring it back.

    Poppler assumes that a cluster ends with its last glyph, and takes a gap of a tenth of an em for a
    space. So the caller ends the cluster with an empty glyph there.
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
    """Yield the pieces, changed so that no raised mark begins after the end of the base.

    Pdfium sorts texts by their beginning, and a raised mark is a text, so it would come after what follows.
    Therefore an empty glyph, a little before, begins it. Another ends it, because MuPDF doubles a mark that
    ends a text inside a cluster which does not begin with one. (WeasyPrint moves the pen back only by whole
    thousandths, so a mark within one of them may begin too late.)
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
    """Yield the clusters, with everything between two of them merged.

    A space between two clusters is drawn with the second, because pdfium leaves out a text without ink.
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
    """Yield the pieces as TJ and Ts operators."""
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
