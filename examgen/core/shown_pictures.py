"""Removes from a picture file the content that nobody sees.

Programs leave such content in files: comments, titles, hidden layers, the names of elements, camera metadata.
Picture files for candidates must not have it, since an author may have drawn the answer on a hidden layer.
The visible picture stays the same to the pixel: nothing is compressed again.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from xml.etree import ElementTree
from zlib import crc32

from PIL import Image

from examgen.core.drawings import SVG, read_drawing

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = set(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD hIST pHYs sPLT acTL fcTL fdAT".split()
)
_WEBP_CHUNKS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_EXIF, _XMP = 0x08, 0x04
_ORIENTATION = 0x0112
_XLINK, _XML = "{http://www.w3.org/1999/xlink}", "{http://www.w3.org/XML/1998/namespace}"
_WORDS = {f"{SVG}{name}" for name in ("title", "desc", "metadata")}
_GRAPHICS = {
    f"{SVG}{name}"
    for name in ("a", "circle", "ellipse", "g", "image", "line", "path", "polygon", "polyline", "rect", "svg")
} | {f"{SVG}{name}" for name in ("switch", "text", "tspan", "use")}
_MOVING = {f"{SVG}{name}" for name in ("animate", "set")}
_HIDDEN = re.compile(r"(?:^|;)\s*display\s*:\s*none\s*(?:;|!|$)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def shown(data: bytes, name: str) -> bytes:
    """Returns the picture without hidden content. A file whose name ends in `.svg` is treated as a drawing;
    otherwise its first bytes determine the format. A file that does not follow its format is returned
    unchanged."""
    if name.lower().endswith(".svg"):
        return _drawing(data)
    try:
        if data.startswith(_PNG):
            return _png(data)
        if data.startswith(b"\xff\xd8"):
            return b"".join(_jpeg(data))
        if data.startswith((b"GIF87a", b"GIF89a")):
            return b"".join(_gif(data))
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except (IndexError, ValueError, struct.error):
        pass
    return data


# ── pixels ───────────────────────────────────────────────────────────────────────────────────


def _turned(exif: bytes) -> bytes:
    """Returns the Exif metadata reduced to the rotation of the picture; empty if the picture is not
    rotated."""
    notes, kept = Image.Exif(), Image.Exif()
    try:
        notes.load(exif)
        turned = notes.get(_ORIENTATION, 1)
    except Exception:  # Pillow raises whatever it stumbles on
        return b""
    if turned not in range(2, 9):
        return b""
    kept[_ORIENTATION] = turned
    return kept.tobytes()


def _png(data: bytes) -> bytes:
    found, at = [_PNG], len(_PNG)
    while at < len(data):
        size = struct.unpack_from(">I", data, at)[0]
        kind, chunk = data[at + 4 : at + 8], data[at : at + 12 + size]
        if kind in _PNG_CHUNKS:
            found.append(chunk)
        elif kind == b"eXIf" and (notes := _turned(chunk[8:-4]).removeprefix(b"Exif\0\0")):
            body = kind + notes
            found.append(struct.pack(">I", len(notes)) + body + struct.pack(">I", crc32(body)))
        at += 12 + size
        if kind == b"IEND":
            break
    return b"".join(found)


def _jpeg(data: bytes) -> Iterator[bytes]:
    """Yields the visible segments up to the end of the picture. A picture of several scans has segments
    between them."""
    yield data[:2]
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        marker = data[at + 1]
        if marker == 0xD9:
            yield data[at : at + 2]
            return
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        segment = data[at:end]
        body = segment[4:]
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            if notes := _turned(body):
                yield struct.pack(">BBH", 0xFF, 0xE1, len(notes) + 2) + notes
        elif (
            marker in (0xE0, 0xEE)
            or (marker == 0xE2 and body.startswith(b"ICC_PROFILE\0"))
            or not (0xE0 <= marker <= 0xEF or marker == 0xFE)
        ):
            yield segment
        at = end
        if marker == 0xDA:
            while True:  # up to a marker that is neither an escaped byte nor a restart
                at = data.index(b"\xff", at)
                if data[at + 1] not in (0x00, 0xFF, *range(0xD0, 0xD8)):
                    break
                at += 1 if data[at + 1] == 0xFF else 2
            yield data[end:at]


def _gif(data: bytes) -> Iterator[bytes]:
    flags = data[10]
    at = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    yield data[:at]
    while data[at] != 0x3B:
        begin = at
        if data[at] == 0x2C:
            flags = data[at + 9]
            at += 11 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
            keeps = True
        else:
            keeps = data[at + 1] == 0xF9 or data[at + 3 : at + 14] in (b"NETSCAPE2.0", b"ANIMEXTS1.0")
            at += 2
        while size := data[at]:
            at += size + 1
        at += 1
        if keeps:
            yield data[begin:at]
    yield b"\x3b"


def _webp(data: bytes) -> bytes:
    found, at, notes = [], 12, b""
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    while at < end:
        size = struct.unpack_from("<I", data, at + 4)[0]
        kind, body = data[at : at + 4], data[at + 8 : at + 8 + size]
        if kind == b"EXIF":
            notes = _turned(body).removeprefix(b"Exif\0\0")
        elif kind in _WEBP_CHUNKS:
            found.append((kind, body))
        at += 8 + size + (size & 1)
    if notes:
        found.append((b"EXIF", notes))
    if found and found[0][0] == b"VP8X":
        flags, *others = found[0][1]
        found[0] = b"VP8X", bytes([flags & ~(_XMP | (0 if notes else _EXIF)), *others])
    chunks = b"".join(
        kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1) for kind, body in found
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


# ── drawings ─────────────────────────────────────────────────────────────────────────────────


def _drawing(data: bytes) -> bytes:
    """Returns the drawing without content that nobody sees.

    Comments, foreign elements and unused attributes are removed. Titles, descriptions and hidden elements are
    emptied, since style sheets may count elements. Hidden elements stay as they are if a style sheet, an
    animation or another element may show them.
    """
    root = read_drawing(data)  # the reader drops comments and processing instructions
    styles = [*root.iter(f"{SVG}style")]
    for style in styles:
        style.text = _COMMENT.sub("", style.text or "")
    values = [value for one in root.iter() for value in one.attrib.values()]
    used = "\n".join([*values, *(one.text or "" for one in styles)])
    _bare(root, used, bool(styles) or any(one.tag in _MOVING for one in root.iter()))
    for prefix, space in (("", SVG), ("xlink", _XLINK)):
        ElementTree.register_namespace(prefix, space.strip("{}"))
    made: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return made


def _bare(element: ElementTree.Element, used: str, is_styled: bool) -> None:
    """Removes hidden content from an element and its descendants."""
    for name in [*element.attrib]:
        space = name.rpartition("}")[0]
        is_foreign = bool(space) and f"{space}}}" not in (_XLINK, _XML)
        is_unused = name == "id" and f"#{element.get(name)}" not in used
        is_unused |= name == "class" and not is_styled
        if is_foreign or is_unused or name.startswith(("data-", "aria-")) or name == f"{_XLINK}title":
            del element.attrib[name]
    for child in [*element]:
        if not child.tag.startswith(SVG):
            # keep the text behind it, which is visible
            before = [*element].index(child) - 1
            if child.tail and before >= 0:
                element[before].tail = (element[before].tail or "") + child.tail
            elif child.tail:
                element.text = (element.text or "") + child.tail
            element.remove(child)
            continue
        style = child.get("style", "")
        is_hidden = child.tag in _GRAPHICS and (
            bool(_HIDDEN.search(style)) if "display" in style else child.get("display", "").strip() == "none"
        )
        # another element may show one of these, by its id
        is_used = is_hidden and any(f"#{name}" in used for one in child.iter() if (name := one.get("id")))
        if child.tag in _WORDS or (is_hidden and not is_styled and not is_used):
            tail, is_words = child.tail, child.tag in _WORDS
            child.clear()
            child.tail = tail
            if not is_words:
                child.set("display", "none")
        else:
            _bare(child, used, is_styled)
