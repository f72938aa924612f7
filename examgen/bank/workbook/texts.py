"""Text of the bank ↔ text of a cell: nothing that a spreadsheet would run, drop or read otherwise.

A text that begins with `= + - @` or a tab is led by an apostrophe; a character that a workbook cannot
hold stands as `⟦U+000D⟧`. `restore` takes both back exactly.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

LONGEST_CELL = 32_767
"""Characters that a cell of a spreadsheet holds, those outside of Unicode's first plane counted twice."""

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
    """The text as a cell shows it."""
    shown = _UNSAFE.sub(lambda hit: f"⟦U+{ord(hit[0]):04X}⟧", text)
    return f"'{shown}" if _RUN.match(shown) else shown


def fits_cell(text: str) -> bool:
    """Whether a cell holds the text as it is shown."""
    return len(neutral(text).encode("utf-16-le")) <= 2 * LONGEST_CELL


def restore(shown: str) -> str:
    """The text that a cell shows."""
    text = _FORMAT_ESCAPE.sub(lambda hit: chr(int(hit[1], 16)), shown)
    text = text[1:] if text.startswith("'") and _RUN.match(text) else text
    return _ESCAPED.sub(lambda hit: chr(int(hit[1], 16)), text)


def clean(text: str) -> str:
    """Normalise typed text: no blanks at the ends, plain blanks inside, one kind of line end."""
    return text.translate(_BLANKS).replace("\r\n", "\n").replace("\r", "\n").strip()


def folded(text: str) -> str:
    """Letters, digits and vowel signs alone, in one case and one kind of digit, for comparing names."""
    text = unicodedata.normalize("NFKC", text).translate(_THAI_DIGITS).casefold()
    return "".join(c for c in text if c.isalnum() or unicodedata.category(c) == "Mn")


def plain_digits(text: str) -> str:
    """The text with Arabic digits and letters of ordinary width."""
    return unicodedata.normalize("NFKC", text).translate(_THAI_DIGITS)


def digest(text: str) -> str:
    """A short fingerprint of a cell's text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def spelled(text: str) -> str:
    """The text in quotes, with the names of letters that may look like Latin or Thai ones."""
    others = [c for c in text if not c.isascii() and not "\u0e00" <= c <= "\u0e7f"]
    names = (f"U+{ord(c):04X} {unicodedata.name(c, '')}".strip() for c in dict.fromkeys(others))
    return f"{text!r} ({', '.join(names)})" if others else repr(text)
