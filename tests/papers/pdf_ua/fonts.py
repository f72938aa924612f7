"""A tagged PDF → what is wrong with its fonts, and with the codes drawn in them (Matterhorn 10, 31)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
from fontTools.ttLib import TTFont


def fonts(pdf: pikepdf.Pdf) -> list[Any]:
    return [
        one
        for one in pdf.objects
        if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/Font" and "/DescendantFonts" in one
    ]


def composite_only(pdf: pikepdf.Pdf) -> Iterator[str]:
    for one in pdf.objects:
        if (
            isinstance(one, pikepdf.Dictionary)
            and one.get("/Type") == "/Font"
            and str(one.get("/Subtype")) not in ("/Type0", "/CIDFontType2")
        ):
            yield f"{one.get('/BaseFont')} is {one.Subtype}"


def embedded(pdf: pikepdf.Pdf) -> Iterator[str]:
    for one in fonts(pdf):
        if "/FontFile2" not in one.DescendantFonts[0].FontDescriptor:
            yield f"{one.BaseFont} is not embedded"


def cid_maps(pdf: pikepdf.Pdf) -> Iterator[str]:
    for one in fonts(pdf):
        below = one.DescendantFonts[0]
        if str(one.Encoding) not in ("/Identity-H", "/Identity-V"):
            yield f"{one.BaseFont}: encoding {one.Encoding}"
        if "/CIDToGIDMap" not in below:
            yield f"{one.BaseFont}: no CIDToGIDMap"


def code_texts(pdf: pikepdf.Pdf) -> Iterator[str]:
    for one in fonts(pdf):
        if "/ToUnicode" not in one:
            yield f"{one.BaseFont} has no ToUnicode"
        elif re.search(
            rb"<(0000|FEFF|FFFE)>\s*(?=<|end)",
            re.sub(
                rb"begincodespacerange.*?endcodespacerange",
                b"",
                one.ToUnicode.read_bytes(),
                flags=re.S | re.I,
            ).upper(),
        ) and _maps_to_nothing(one):
            yield f"{one.BaseFont} maps a code to no character"


def _maps_to_nothing(font: Any) -> bool:
    return any(text in ("\0", "\ufeff", "\ufffe") for text in unicode_of(font).values())


def unicode_of(font: Any) -> dict[int, str]:
    found: dict[int, str] = {}
    cmap = font.ToUnicode.read_bytes().decode("latin-1")
    for section in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.S):
        for code, text in re.findall(r"<(\w+)>\s*<(\w*)>", section):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for section in re.findall(r"beginbfrange(.*?)endbfrange", cmap, re.S):
        for first, last, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", section):
            start = bytes.fromhex(text).decode("utf-16-be")
            for n in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + n] = start[:-1] + chr(ord(start[-1]) + n)
    return found


def codes_used(pdf: pikepdf.Pdf) -> Iterator[tuple[Any, int, bool]]:
    """Font, code, and whether an ActualText stands for what is drawn (ISO 32000-1, 14.8.2.4.2)."""
    streams = [(page.obj.Resources, page) for page in pdf.pages]
    streams += [
        (thing.Resources, thing)
        for thing in pdf.objects
        if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Form" and "/Resources" in thing
    ]
    for resources, stream in streams:
        font, around = None, [False]
        for operands, operator in pikepdf.parse_content_stream(stream):
            if str(operator) in ("BDC", "BMC"):
                around.append(around[-1] or (len(operands) > 1 and "/ActualText" in operands[1]))
            elif str(operator) == "EMC":
                around.pop()
            elif str(operator) == "Tf":
                font = resources.Font[str(operands[0])]
            elif str(operator) in ("Tj", "TJ"):
                pieces = operands[0] if str(operator) == "TJ" else operands
                for piece in pieces:
                    if isinstance(piece, pikepdf.String):
                        codes = bytes(piece)
                        for i in range(0, len(codes), 2):
                            yield font, int.from_bytes(codes[i : i + 2], "big"), around[-1]


def glyphs(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Each code used has a text, a glyph that is not .notdef, and the width that its font program says."""
    known: dict[Any, tuple[dict[int, str], Any, dict[int, float], TTFont]] = {}
    for font, code, told in set_of(codes_used(pdf)):
        if font.objgen not in known:
            below = font.DescendantFonts[0]
            program = TTFont(io.BytesIO(below.FontDescriptor.FontFile2.read_bytes()), lazy=True)
            known[font.objgen] = (unicode_of(font), below, _widths(below), program)
        texts, below, widths, program = known[font.objgen]
        glyph = code
        if isinstance(below.CIDToGIDMap, pikepdf.Stream):
            table = below.CIDToGIDMap.read_bytes()
            glyph = int.from_bytes(table[2 * code : 2 * code + 2], "big")
        name = program.getGlyphName(glyph)
        if not told and not texts.get(code):
            yield f"{font.BaseFont}: code {code} says nothing"
        if glyph == 0:
            yield f"{font.BaseFont}: code {code} is .notdef"
        real = program["hmtx"][name][0] * 1000 / program["head"].unitsPerEm
        if abs(widths.get(code, float(below.get("/DW", 1000))) - real) > 1:
            yield f"{font.BaseFont}: code {code} is {widths.get(code, 0)} wide, its glyph {real}"


def set_of(used: Iterator[tuple[Any, int, bool]]) -> list[tuple[Any, int, bool]]:
    return list({(font.objgen, code, told): (font, code, told) for font, code, told in used}.values())


def _widths(below: Any) -> dict[int, float]:
    found: dict[int, float] = {}
    entries = list(below.get("/W", []))
    while entries:
        first, second = int(entries.pop(0)), entries.pop(0)
        if isinstance(second, pikepdf.Array):
            found.update((first + n, float(width)) for n, width in enumerate(second))
        else:
            width = float(entries.pop(0))
            found.update((code, width) for code in range(first, int(second) + 1))
    return found
