"""Text → the qualification levels that it states with `ระดับ` or `ชั้น`, and unclear statements.

Numbers without one of the two words are never levels, nor are four-digit ISCO numbers.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from examgen.bank.standards.lines import arabic, squeeze

_QUALIFICATION = r"คุณวุฒิ\s*(?:วิชาชีพ)?\s*"
_WORD = r"(?:(?<!ป)ระดับ|ระดับ(?=\s*\d)|ชั้น)"
_KEY = rf"(?:{_QUALIFICATION})?{_WORD}\s*(?:ที่\s*|{_QUALIFICATION}(?:ระดับ|ชั้น)?\s*(?:ที่\s*)?)?[:.]?\s*"
_NUMBER = r"\d{1,2}(?!\d|\.\d)"
_BETWEEN = r"\s*(?:,\s*(?:และ|หรือ|ถึง)?|และ|หรือ|กับ|&|/|จนถึง|ถึง|[-–—~])\s*"
_OPEN_END = r"(?:\s*(?:ขึ้นไป|เป็นต้นไป|ลงมา|ลงไป|หรือสูงกว่า|หรือต่ำกว่า|หรือเทียบเท่า))"
_LEVELS = re.compile(rf"{_KEY}({_NUMBER}(?:{_BETWEEN}(?:{_KEY})?{_NUMBER})*)({_OPEN_END})?")
_RANGE = re.compile(r"(\d+)\s*(?:จนถึง|ถึง|[-–—~])\s*(?:[^\d,]*?)(\d+)")
_DANGLING = re.compile(r"(?:(?:ระดับ|ชั้น)\s*(?:ที่|คุณวุฒิ|คุณวุฒิวิชาชีพ)?|(?:และ|หรือ|ถึง|[,/–—-]))\s*$")
_LOST = r"(?<!ทุก)(?<!แต่ละ)(?:(?<!ป)ระดับ|(?<!\d)(?<!\d\s)ชั้น)"
"""The word for a level if no number follows it, but not within `ประดับ` or after a number of storeys (`8
ชั้น`).
"""
LOST_WORD = re.compile(rf"(?<!\s)\s*+{_LOST}\s*$")
_UNREAD = re.compile(r"(?:ระดับ|ชั้น)\s*(?:ที่\s*)?[\d๐-๙]")
_MORE_BARE = re.compile(r"\s+[1-8](?=\s*$|\s+[1-8](?!\d))")
HIGHEST = 8


class Stated(NamedTuple):
    """One statement of levels: its extent in the text, and the levels."""

    start: int
    end: int
    levels: tuple[int, ...]
    unclear: str | None = None


def stated(text: str) -> tuple[Stated, ...]:
    """Return every statement of levels in the text, in order."""
    plain = arabic(text)
    found = []
    for match in _LEVELS.finditer(plain):
        listed = match[1]
        unclear = None
        numbers = {int(n) for n in re.findall(r"\d+", listed)}
        for low, high in _RANGE.findall(listed):
            if int(low) >= int(high):
                unclear = listed
            numbers.update(range(int(low), min(int(high), HIGHEST) + 1))
        if any(not 1 <= n <= HIGHEST for n in numbers):
            unclear = listed
        levels = tuple(sorted(n for n in numbers if 1 <= n <= HIGHEST))
        behind = _DANGLING.match(plain, match.end()) or _MORE_BARE.match(plain, match.end())
        if match[2] or behind or plain[: match.end()].endswith(f"ป{match[0]}"):
            unclear = squeeze(text[match.start() :])
        found.append(Stated(match.start(), match.end(), levels, unclear))
    return tuple(found)


def leftover(text: str) -> str | None:
    """Return the text if it has words of a level that `stated` could not read (`ระดับ` with nothing after it,
    `ระดับ 3.2`); else None.
    """
    plain = arabic(text)
    rest = _LEVELS.sub("", plain)
    tail = re.search(rf"{_LOST}\s*(?:ที่)?\s*$", rest)
    dangling = bool(stated(text)) and re.search(r"\d\s*(?:และ|หรือ|ถึง|[,/–—-])\s*$", plain)
    return squeeze(text) if _UNREAD.search(rest) or tail or dangling else None


def without_levels(text: str) -> str:
    """Return the text without statements of levels and without brackets that are then empty."""
    plain = arabic(text)
    for match in reversed(list(_LEVELS.finditer(plain))):
        text = text[: match.start()] + " " + text[match.end() :]
    text = re.sub(r"[(\[]\s*[,;:/–—-]*\s*[)\]]", " ", text)
    return squeeze(text).strip(" ,;:–—-")
