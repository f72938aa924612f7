"""Single cells → ids, names and marks: what people and spreadsheets write for the same thing.

A mark is a bit mask of `examgen.tables`: 0 blank, bit k for letter k, several bits a multiple mark,
`INVALID` for whatever is none of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from examgen.letters import LETTERS, THAI_LETTERS
from examgen.register import composed_text
from examgen.tables import BLANK, INVALID

INVISIBLE = (
    "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_NOTHING = dict.fromkeys(map(ord, INVISIBLE))
PLAIN: dict[int, str | None] = {
    **_NOTHING,
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **{ord(digit): str(value) for value, digit in enumerate("๐๑๒๓๔๕๖๗๘๙")},
    **dict.fromkeys(map(ord, "\u00a0\u3000"), " "),
    **dict.fromkeys(map(ord, "–—−"), "-"),
}
"""One way to write a character: of full width, as a Thai digit, as a dash; what cannot be seen is nothing."""
_LETTER: dict[str, int] = {
    letter: 1 << k for alphabet in (LETTERS, THAI_LETTERS, "12345") for k, letter in enumerate(alphabet)
}
_L = f"[{LETTERS}{THAI_LETTERS}]"
_ONE = rf"(?:{_L}\.?|[1-5](?:\.0*|,0+)?|(?:{_L}|[1-5]) ?\)|\( ?(?:{_L}|[1-5]) ?\))"
_CALLED = re.compile(r"(?:ตัวเลือก(?:ที่)?|คำตอบ|ข้อ|OPTION|CHOICE|ANSWER) *[:.]? *(?=\S)")
_MARKS = re.compile(rf"(?:{_L}|[1-5])+|{_ONE}(?: *[|,;/&+ ] *{_ONE})*")
_MARK = re.compile(rf"{_L}|[1-5]")
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_DAMAGED = re.compile(
    r"[+-]?\d(?:[.,]\d+E\+?|E\+)\d+|\d+\.0+|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|#(?:N/A|[A-Z/0]+[!?])|Err:\d{3}",
    re.IGNORECASE,
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_THAI_MONTHS = r"(?:ม\.ค|ก\.พ|มี\.ค|เม\.ย|พ\.ค|มิ\.ย|ก\.ค|ส\.ค|ก\.ย|ต\.ค|พ\.ย|ธ\.ค)\."
_MONTH = rf"(?:{'|'.join(MONTHS)}|{_THAI_MONTHS})"
# Only as spreadsheets write them: `JAN-07` is an id.
_DATE = re.compile(rf"\d\d?[- ]{_MONTH}(?:[- ]\d\d(?:\d\d)?)?|{_MONTH}[- ]\d\d")
_LONGEST_MARK = 40


@lru_cache(maxsize=8192)
def read_mark(cell: str) -> int:
    """The bit mask that a cell's text stands for; a letter named twice proves nothing: invalid."""
    text = unwrap(cell).translate(PLAIN).strip().upper()
    if text in ("", "-", "."):
        return BLANK
    if len(text) > _LONGEST_MARK:
        return INVALID
    if called := _CALLED.match(text):
        text = text[called.end() :]
    if not _MARKS.fullmatch(text):
        return INVALID
    marks = [_LETTER[letter] for letter in _MARK.findall(text)]
    return sum(marks) if len(set(marks)) == len(marks) else INVALID


def read_id(cell: str) -> str:
    """An id as text: only surrounding space, invisible characters and Excel's `="…"` are removed, and the
    same characters in another order are one id."""
    if cell.isascii():
        cell = cell.strip()
        return unwrap(cell) if cell.startswith("=") else cell
    return composed_text(unwrap(cell.translate(_NOTHING).strip()))


def is_damaged(candidate_id: str) -> bool:
    """Whether a spreadsheet has made the id a rounded number (`1.10E+12`), a date (`7-Jan`) or an error."""
    return (_DAMAGED.fullmatch(candidate_id) or _DATE.fullmatch(candidate_id)) is not None


def unwrap(cell: str) -> str:
    """The text inside `="007"`, which spreadsheets are given to keep leading zeros."""
    found = _EXCEL_TEXT.fullmatch(cell) if cell.startswith("=") else None
    return found[1] if found else cell


def drop_invisible(text: str) -> str:
    """The text without zero-width and direction characters."""
    return text if text.isascii() else text.translate(_NOTHING)


@lru_cache(maxsize=8192)
def fold(name: str) -> str:
    """A header name or form as it is compared: width, case, digits and spacing do not count."""
    other = not name.isascii()
    plain = name.translate(PLAIN).casefold().replace("\u0e4d\u0e32", "\u0e33") if other else name.lower()
    return _BLANKS.sub("", plain).rstrip(".:")


_BLANKS = re.compile(r"[\s_]+")
_QUESTION = re.compile(r"(?:q|question|ข้อที่|ข้อ)?([0-9]{1,6})(?:[.,]0+)?")


def question_number(name: str) -> int | None:
    """The number in `Q7`, `7`, `ข้อ ๗` or a spreadsheet's `7.0`; None where it is no such name."""
    found = _QUESTION.fullmatch(fold(name))
    return int(found[1]) if found else None


class _Common(dict[str, int]):
    """The marks of cells as they mostly are; others are read."""

    def __missing__(self, cell: str) -> int:
        return read_mark(cell)


_COMMON = _Common(
    (cell, read_mark(cell)) for cell in ("", *LETTERS, *LETTERS.lower(), *THAI_LETTERS, *"12345")
)


def read_marks(cells: Iterable[str]) -> bytes:
    """The bit masks of cells, a byte for each."""
    return bytes(map(_COMMON.__getitem__, cells))
