"""Pages of lines and rows → the pages without the headers and footers of browsers and word processors.

A line at the same height of every page belongs to the margin if it is the same on all pages, or if only
dates, times, addresses and the page number differ. `Level 3` at the foot of one page and `Level 4` at the
foot of the next are text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from examgen.core.text.thai import MONTHS_EN, MONTHS_TH, SHORT_MONTHS_TH
from examgen.rendering.pdf.reading.page_rows import Part, TextLine

_MARGIN = 4
"""How many lines at the head of a page, and at its foot, may belong to the margin."""
_ENOUGH_PAGES = 3
"""On this many pages, the same number at the same place belongs to the margin, whatever it counts."""
_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_DIGITS = re.compile(r"\d+")
_MONTH = (
    "|".join(map(re.escape, (*MONTHS_TH, *SHORT_MONTHS_TH)))
    + "|"
    + "|".join(f"{name[:3]}[a-z]*\\.?" for name in MONTHS_EN)
)
_OF_THE_PRINT = re.compile(
    r"(?:https?|file)://\S+|\bwww\.\S+|\b[\w-]+(?:\.[\w-]+)+/\S*"
    r"|(?<![\d.])\d{1,2}(?P<by>[/-])\d{1,2}(?P=by)(?:\d{4}|\d{2})(?![\d.])"
    r"|(?<![\d.])(?:\d{1,2}\.\d{1,2}\.\d{4}|\d{4}[/-]\d{1,2}[/-]\d{1,2})(?![\d.])"
    rf"|(?<!\d)\d{{1,2}}\s*(?:{_MONTH})\s*(?:พ\.?ศ\.?)?\s*\d{{2,4}}(?!\d)"
    rf"|\b(?:{_MONTH})\s*\d{{1,2}},\s*\d{{4}}(?!\d)"
    r"|(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?!\d)(?:\s*[ap]\.?m\b\.?)?|(?<!\d)\d{1,2}\.\d{2}\s*น\.",
    re.I,
)
"""Web addresses, dates and times."""
_NUMBER = r"\d+(?:\s*(?:/|of|จาก)\s*\d+)?"
_PAGE_NUMBER = re.compile(
    rf"(?:หน้า(?:ที่)?|\bpage|\bp\.)\s*{_NUMBER}(?!\d)"
    rf"|(?:^|(?<=   ))[-–—|( ]*{_NUMBER}[-–—|) ]*$|^[-–—|( ]*{_NUMBER}[-–—|) ]*(?=   )",
    re.I,
)
"""A page number: with its name, or set apart at the end or the beginning of a line."""


class WithoutMargins(NamedTuple):
    """The pages without their margins, and the lines of the margins as the first page has them."""

    pages: list[list[Part]]
    margins: tuple[str, ...]


def without_margins(pages: Sequence[list[Part]]) -> WithoutMargins:
    """The pages of a document without headers and footers; a single page is left as it is."""
    if len(pages) < 2:
        return WithoutMargins(list(pages), ())
    found = [_edges(page) for page in pages]
    same = [
        place
        for place in found[0]
        if all(place in edges for edges in found) and _is_margin([edges[place] for edges in found])
    ]
    left_out = [{id(edges[place]) for place in same} for edges in found]
    kept = [[one for one in page if id(one) not in gone] for page, gone in zip(pages, left_out, strict=True)]
    return WithoutMargins(kept, tuple(found[0][place].text for place in same))


def _edges(page: Sequence[Part]) -> dict[tuple[int, str], TextLine]:
    """The lines at the head and foot of a page, by height and by text with its digits masked."""
    lines = [one for one in page if isinstance(one, TextLine)]
    heights = sorted(one.bottom for one in lines)
    edges = {*heights[:_MARGIN], *heights[-_MARGIN:]}
    return {
        (round(one.bottom), _DIGITS.sub("0", one.text.translate(_ARABIC))): one
        for one in lines
        if one.bottom in edges
    }


def _is_margin(lines: Sequence[TextLine]) -> bool:
    """Whether lines at one place of all pages belong to the margin."""
    texts = [one.text.translate(_ARABIC) for one in lines]
    rests = [_OF_THE_PRINT.sub("", one) for one in texts]
    if len(set(rests)) == 1:
        is_of_the_print = rests[0] != texts[0]
        return is_of_the_print or not _DIGITS.search(rests[0]) or len(lines) >= _ENOUGH_PAGES
    numbers = [_PAGE_NUMBER.search(one.strip()) for one in rests]
    counted = [int(_DIGITS.findall(one[0])[0]) for one in numbers if one]
    runs_on = counted == list(range(counted[0], counted[0] + len(lines))) if counted else False
    return runs_on and len({_PAGE_NUMBER.sub("", one.strip()) for one in rests}) == 1
