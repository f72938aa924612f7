"""Bytes of a document → its text, or the reason why they are not text.

Encodings: UTF-8, UTF-16 and UTF-32 with their byte-order mark; without one, UTF-16 where the bytes
can be nothing else, then strict UTF-8, then CP874 (the Thai code page of Windows, which contains
TIS-620). The bytes decide, not a page's own `charset`, which is often wrong after saving.
"""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WHOLE = (
    "keep one unit in a file, whole, from its code to the methods of assessment, and look at what was read "
    "with `examgen unit import FILE --dry-run`"
)
_SIGNATURES = (
    (
        b"%PDF",
        "a PDF document: save the unit's own page of the web site as .html, or make its text with "
        f"`pdftotext -layout FILE.pdf FILE.txt`; {_WHOLE}",
    ),
    (
        b"PK\x03\x04",
        "an Office document (.docx) or another zip archive: in the word processor save it as plain text "
        f"(.txt, UTF-8), or as a web page (.html), which keeps its tables; {_WHOLE}",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        f"an old Office document (.doc, .xls): save it as plain text (.txt, UTF-8) or as .html; {_WHOLE}",
    ),
    (b"{\\rtf", f"a rich-text document (.rtf): save it as plain text (.txt, UTF-8) or as .html; {_WHOLE}"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"\x7fELF", "a program"),
)
_THAI_UTF8 = re.compile(rb"\xe0[\xb8\xb9][\x80-\xbf]")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LONGEST_CUT = 3
"""A UTF-8 character cut by the end of the file leaves at most three of its bytes."""


class NotText(Exception):
    """The bytes are not text; the message says what they are."""


def decode(data: bytes) -> str:
    """Text of a document, whatever its encoding; NotText where it has none."""
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise NotText(f"this is {what}")
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xfe\xff"):
        raise NotText("the file is empty" if not data else "the file holds nothing but white space")
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strictly(data.removeprefix(bom), encoding)
    return _without_bom(data)


def _without_bom(data: bytes) -> str:
    if encoding := _utf16(data):
        return _strictly(data, encoding)
    if len(_CONTROL.findall(data)) * 200 > len(data):
        raise NotText("this is a binary file, not text")
    if _THAI_UTF8.search(data) or data.isascii():
        return _strictly(data, "utf-8")
    return _thai_windows(data)


def _utf16(data: bytes) -> str | None:
    """The byte order where nearly every other byte is the upper half of a Thai or Latin letter."""
    if not (b"\x00" in data or data.count(b"\x0e") * 4 > len(data)):
        return None
    for encoding, upper in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        known = sum(upper.count(byte) for byte in (b"\x00", b"\x0e", b"\x20"))
        if known * 10 >= len(upper) * 9 and upper.count(b"\x0e") * 5 > len(upper):
            return encoding
    return None


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8" and error.end >= len(data) >= error.start >= len(data) - _LONGEST_CUT:
            return data[: error.start].decode(encoding)
        where = f"at byte {error.start} of {len(data)}"
        raise NotText(f"the text is damaged: not valid {encoding.upper()} {where}") from None


def _thai_windows(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = data.decode("cp874")
        except UnicodeDecodeError as error:
            raise NotText(
                f"byte {error.start} (0x{data[error.start]:02X}) is neither UTF-8, UTF-16 nor CP874: "
                "save the document as UTF-8"
            ) from None
    return text
