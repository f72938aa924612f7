"""One line of text → drawing operators, shaped as Pango and WeasyPrint shape it.

It is for texts that differ between candidates, for which separate WeasyPrint pages would be too slow. The
arithmetic, including rounding, is that of Pango 1.50 and of WeasyPrint's `draw_first_line`, so a stamped
text is identical, pixel for pixel, to the one that WeasyPrint would draw.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import uharfbuzz

from examgen.core.problems import Refused
from examgen.core.text.fonts import missing_message
from examgen.core.words import joined
from examgen.rendering.pdf.fonts import PdfFace
from examgen.rendering.pdf.text import NEAR, rewritten

UNITS = 1024
"""Pango units per px."""


Glyph = tuple[int, tuple[int, int, int, int]]
"""The number of a shaped glyph, and its x and y offset and x and y advance in Pango units, y up."""


class ShapedLine(NamedTuple):
    """A shaped text: the operators that draw it, with the text of every cluster, and its advance in px."""

    operators: bytes
    width: float


class Shaper:
    """Shapes lines in one font at one size, in px."""

    def __init__(self, face: PdfFace, size: float) -> None:
        units = int(size * UNITS)
        self.size = units / UNITS
        """The printed size in px: a whole number of Pango units."""
        self._face = face
        self._font = uharfbuzz.Font(_opened(face.program))
        self._font.scale = (units, units)
        self._space = self._font.get_nominal_glyph(ord(" "))
        self._near = NEAR / 1000 * units
        self._clusters: dict[tuple[Glyph, ...], tuple[bytes, int]] = {}

    def line(self, text: str) -> ShapedLine:
        """Return the shaped text. Raises Refused if the font lacks a glyph."""
        shown, total = [], 0
        for cluster in self._shaped(text):
            known = self._clusters.get(cluster)
            if known is None:
                advance = sum(place[2] for _, place in cluster)
                known = self._clusters[cluster] = self._operators(cluster), advance
            shown.append(known[0])
            total += known[1]
        return ShapedLine(b"\n".join(shown).replace(b"]TJ\n[", b" ").replace(b"> <", b""), total / UNITS)

    def _shaped(self, text: str) -> Iterator[tuple[Glyph, ...]]:
        """Yield the clusters of a text; those that are read together (`text.rewritten`) are joined."""
        held: list[Glyph] = []
        for run in runs(text):
            buffer = uharfbuzz.Buffer()
            buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_GRAPHEMES
            buffer.flags = uharfbuzz.BufferFlags.REMOVE_DEFAULT_IGNORABLES
            buffer.add_str(run)
            buffer.language = "th"
            buffer.guess_segment_properties()
            uharfbuzz.shape(self._font, buffer)
            last = 0
            for info, place in zip(buffer.glyph_infos or (), buffer.glyph_positions or (), strict=True):
                if info.cluster != last and held and not self._leans(held[-1]):
                    yield tuple(held)
                    held = []
                last = info.cluster
                held.append((info.codepoint, place.position))
                if not info.codepoint:
                    lacking = [
                        char for char in dict.fromkeys(text) if not self._font.get_nominal_glyph(ord(char))
                    ]
                    raise Refused.because(
                        "{text!r} cannot be printed: {why}",
                        text=text,
                        why=joined(map(missing_message, lacking), "; "),
                    )
            if held and not self._leans(held[-1]):
                yield tuple(held)
                held = []
        if held:
            yield tuple(held)

    def _leans(self, glyph: Glyph) -> bool:
        """Return whether a cluster that ends with this glyph is read together with the next."""
        number, (x_offset, _, _, _) = glyph
        return number == self._space or abs(x_offset) > self._near

    def _operators(self, cluster: tuple[Glyph, ...]) -> bytes:
        """Return the operators of a cluster, with its text.

        They are first made as WeasyPrint writes them: arrays of glyphs and kerns in thousandths of the
        size, with raised glyphs in separate arrays.
        """
        written = [f"/{self._face.name} 1 Tf"]
        for number, (x_offset, y_offset, advance, _) in cluster:
            offset = x_offset / self.size
            width = round(self._font.get_glyph_h_advance(number) * 1000 / UNITS / self.size)
            before = f"{-offset}" if offset else ""
            if y_offset:
                written.append(f"{y_offset / 1000} Ts\n[{before}<{number:04x}>] TJ\n0 Ts")
            else:
                written.append(f"[{before}<{number:04x}>] TJ")
            kerning = int(width + offset - advance * 1000 / UNITS / self.size)
            written += [f"[{kerning}] TJ"] if kerning else []
        readable, _ = rewritten("\n".join(written).encode(), {self._face.name: self._face})
        return readable.partition(b" Tf\n")[2].rstrip()


@lru_cache(maxsize=16)
def _opened(program: bytes) -> Any:
    """Return the HarfBuzz face, cached because creating it takes longer than shaping a line."""
    return uharfbuzz.Face(program)


def runs(text: str) -> Iterator[str]:
    """Yield the text, split where its script changes, as Pango splits it before shaping."""
    start, script = 0, None
    for place, char in enumerate(text):
        own = _script(char)
        if own and script and own != script:
            yield text[start:place]
            start = place
        script = own or script
    if text:
        yield text[start:]


@lru_cache(4096)
def _script(char: str) -> str | None:
    """Return the script of a letter; None for digits, spaces and punctuation, which join the run around
    them."""
    if "\u0e00" <= char <= "\u0e7f" and char != "฿":
        return "Thai"
    if unicodedata.category(char)[0] in "LM":
        return unicodedata.name(char, "").partition(" ")[0]
    return None
