"""Converts texts of the bank to texts of cells that no spreadsheet runs, drops or misreads, and back.

A text that begins with `= + - @` or a tab gets an apostrophe before it; a character that a workbook cannot
store becomes `⟦U+000D⟧`. `restore` reverses both exactly.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

LONGEST_CELL = 32_767
"""The maximum length of a cell; characters outside Unicode's basic plane count twice."""

_RUN = re.compile(r"'*[=+\-@\t]")
# `_x000D_` and `x005F_` are escapes of the file format, which programs take back in different ways;
# LibreOffice takes `_xD_` for one too
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]"
    "|_(?=x[0-9A-Fa-f]{1,4}_)|x(?=005F_)|⟦(?=U\\+[0-9A-F]{4}⟧)"
)
_ESCAPED = re.compile(r"⟦U\+([0-9A-F]{4})⟧")
_FORMAT_ESCAPE = re.compile(r"_x(00[01][0-9A-Fa-f])_")
_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", " ") | {"\ufeff": None})
_THAI_DIGITS = {0xE50 + n: str(n) for n in range(10)}


def neutral(text: str) -> str:
    """Return the text as written into a cell."""
    shown = _UNSAFE.sub(lambda hit: f"⟦U+{ord(hit[0]):04X}⟧", text)
    return f"'{shown}" if _RUN.match(shown) else shown


def fits_cell(text: str) -> bool:
    """Return whether the text, as written into a cell, is short enough."""
    return len(neutral(text).encode("utf-16-le")) <= 2 * LONGEST_CELL


def restore(shown: str) -> str:
    """Return the text of the bank from the text of a cell."""
    text = _FORMAT_ESCAPE.sub(lambda hit: chr(int(hit[1], 16)), shown)
    text = text[1:] if text.startswith("'") and _RUN.match(text) else text
    return _ESCAPED.sub(lambda hit: chr(int(hit[1], 16)), text)


def clean(text: str) -> str:
    """Normalise typed text: no spaces at the ends, plain spaces inside, one kind of line end."""
    return text.translate(_BLANKS).replace("\r\n", "\n").replace("\r", "\n").strip()


def folded(text: str) -> str:
    """Reduce a name to letters, digits and vowel signs, in one case and with Arabic digits, for
    comparison.
    """
    text = unicodedata.normalize("NFKC", text).translate(_THAI_DIGITS).casefold()
    return "".join(c for c in text if c.isalnum() or unicodedata.category(c) == "Mn")


def plain_digits(text: str) -> str:
    """Return the text with Arabic digits and letters of normal width."""
    return unicodedata.normalize("NFKC", text).translate(_THAI_DIGITS)


def digest(text: str) -> str:
    """Return a short hash of a cell's text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def spelled(text: str) -> str:
    """Return the text in quotes, with the Unicode names of its letters that are neither ASCII nor Thai."""
    others = [c for c in text if not c.isascii() and not "\u0e00" <= c <= "\u0e7f"]
    names = (f"U+{ord(c):04X} {unicodedata.name(c, '')}".strip() for c in dict.fromkeys(others))
    return f"{text!r} ({', '.join(names)})" if others else repr(text)
