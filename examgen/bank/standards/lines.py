"""Text of a document → its numbered lines, normalised in the same way for every layout.

Normalised text is in Unicode NFC, with composed sara am, without zero-width characters, and with spaces for
all white space. Leftover markup of word processors is removed with a warning. Runs of spaces are kept,
because in a table they may separate two columns; `squeeze` reduces them to one space when a text is final.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from examgen.core.models.standard import ReadingWarning
from examgen.core.words import tell

_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_ZERO_WIDTH = dict.fromkeys(
    [0x00AD, 0x061C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)]
)
_LINE_END = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_TONE = "[\u0e48-\u0e4b]"
_SARA_AM = re.compile(f"({_TONE}?)\u0e4d({_TONE}?)\u0e32")
_LATE_TONE = re.compile(f"\u0e33({_TONE})")
_SPACE = re.compile(r"[^\S ]")
_NONE = re.compile(
    r"(?:[-–—/.\s|]*|n\s*/?\s*a\.?|none|null|ไม่มี|ไม่ระบุ|ไม่มีข้อมูล|\(?ไม่มี\)?)(?:\s*[-/]\s*(?:[-–]|n\s*/\s*a))?",
    re.I,
)
BULLETS = "•●◦○▪▫■□◆◇▶►➢➤✓✔☐☑*·\uf0b7\uf0a7\uf0d8\uf076\uf0fc\u2023\u2043"
_BULLET = re.compile(rf"\s*(?:[{re.escape(BULLETS)}]|[-–—](?![-–—\w/])|[-–—](?=[ก-๙])|o (?=[ก-๙]))+\s*")
_NUMBER = re.compile(
    r"\s*(?:\(\s*\d{1,2}\s*\)|\d{1,2}(?:\.\d{1,2})*\s*[.)](?!\d)|\d{1,2}(?:\.\d{1,2})+(?=\s*[ก-๙]))\s*"
)
_CSS = r"(?:sans-serif|serif|mso-|lang=|font-|style=|class=|color:|background:|margin|text-indent)"
# bounded: otherwise the end of each unclosed tag would be searched for up to the end of the line
_RESIDUE = re.compile(
    r"<!--.{0,2000}?-->"
    r"|</?(?:p|span|div|br|b|i|u|o:p|st1:\w+|font|strong|em|li|ul|ol|table|tbody|tr|td|th|a|sup|sub)\b[^<>]{0,2000}>"
    rf"|(?:\"[^\"<>ก-๛]{{0,60}}\"[,;]?\s*|[\w\s-]{{0,3}}[;'\"]\s*)?{_CSS}[^<>ก-๛|]{{0,500}}>"
    r"|(?:mso-[\w-]{1,60}\s*:[^;<>ก-๛|]{0,500};?\s*)+[\"']?>?"
    r"|Normal\s+0(?:\s+\d+)?(?:\s+false)+(?:\s+[A-Z]{2}-[A-Z]{2})?(?:\s+X-NONE)?(?:\s+(?:TH|X-NONE|AR-SA))?"
    r"|/\*\s*Style Definitions\s*\*/.{0,2000}?\}|MicrosoftInternetExplorer4"
    r"|&(?:nbsp|amp|quot|lt|gt|ldquo|rdquo|ndash|bull|#\d+);",
    re.I,
)
_SUSPECT = re.compile(r"mso-|</?\w+[^<>]{0,2000}>|lang=\"|sans-serif|&\w+;|font-family", re.I)
_RUN = re.compile(r"([^\S\n]|[^\w\s]|_)\1{100,}")
"""A long run of one character, which is an ornament; patterns would otherwise be tried at each position in
it.
"""
_ALIEN = re.compile("[\u0180-\u036f\u0400-\u0dff\u0e5c-\u1dff\u2c00-\ud7ff\uf700-\uf8ff\ufffd]")
"""Letters other than Thai, Latin and Greek ones, private-use characters and the replacement character."""
_IMAGE = re.compile(r"!\[[^\]]{0,500}\](?:\([^)]{0,500}\))?")


class DocumentLine(NamedTuple):
    """A line that is not blank: its number in the document, its text as printed, and its normalised text."""

    number: int
    printed: str
    text: str


def arabic(text: str) -> str:
    """Return the text with Thai digits replaced by Arabic ones; no character changes its position."""
    return text.translate(_THAI_DIGITS)


def squeeze(text: str) -> str:
    """Return the text with one space for each run of white space, and none at its ends."""
    return " ".join(text.split())


def solid(text: str) -> str:
    """Return the text without spaces."""
    return text.replace(" ", "")


def nothing(text: str) -> bool:
    """Return whether a text means "none" (`-`, `- / -`, `N/A`, `ไม่มี` …)."""
    return _NONE.fullmatch(unmarked(text)) is not None or _NONE.fullmatch(text.strip()) is not None


def bulleted(text: str) -> bool:
    """Return whether a line begins with a bullet or list number."""
    return bool(_BULLET.match(text) or _NUMBER.match(arabic(text)))


def unmarked(text: str) -> str:
    """Return the text without the bullet or list number before it."""
    if found := _BULLET.match(text):
        text = text[found.end() :]
    if found := _NUMBER.match(arabic(text)):
        text = text[found.end() :]
    return squeeze(text)


def list_number(text: str) -> int | None:
    """Return the list number (`1)`, `๒.`) at the beginning of a text; None if there is none."""
    found = re.match(r"\s*\(?(\d{1,2})\s*[.)](?!\d)", arabic(text))
    return int(found[1]) if found else None


def normalise(text: str) -> str:
    """Return the text in NFC, with composed sara am and without zero-width characters."""
    text = _SARA_AM.sub("\\1\\2\u0e33", text.translate(_ZERO_WIDTH))
    return unicodedata.normalize("NFC", _LATE_TONE.sub("\\1\u0e33", text))


def split_lines(text: str) -> tuple[tuple[DocumentLine, ...], tuple[ReadingWarning, ...]]:
    """Return the non-blank lines, and warnings about leftover markup and unclear letters."""
    lines, warnings = [], []
    for number, raw in enumerate(_LINE_END.split(normalise(text)), start=1):
        printed = _SPACE.sub(lambda s: "  " if s[0] == "\t" else " ", raw)
        if not printed.strip():
            continue
        plain = _RUN.sub(lambda run: run[0][:100], printed)
        read = _RESIDUE.sub(lambda found: "&" if found[0].lower() == "&amp;" else " ", plain)
        if read != plain or _SUSPECT.search(read):
            warnings.append(
                ReadingWarning(
                    kind="markup_residue",
                    message=tell(
                        "leftover markup of a word processor was removed. Compare the line with the page."
                    ),
                    line=number,
                    text=squeeze(printed),
                )
            )
        if _ALIEN.search(read):
            warnings.append(
                ReadingWarning(
                    kind="letters_unclear",
                    message=tell("some letters are not Thai. Compare the line with the page."),
                    line=number,
                    text=squeeze(printed),
                )
            )
        lines.append(DocumentLine(number, squeeze(printed), _IMAGE.sub(" ", read)))
    return tuple(lines), tuple(warnings)


def join(texts: Iterable[str]) -> str:
    """Join consecutive texts with a space between them."""
    return squeeze(" ".join(texts))
