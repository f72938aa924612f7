"""A report that was read → every line of it that has a number, in the order of the page: `Told`.

A line is a sentence, a heading, a label that is only heard, the widths of a bar, or a whole row of a table. A
report holds what an oracle expects when both lists are the same: a number that nobody expected, one that is
missing and two that changed places all make them differ.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import zip_longest
from typing import NamedTuple

from bs4 import Tag

from tests.reports.readback.reader import Page, Passage, numbers

BETWEEN = " | "
"""Stands between the cells of a row."""
_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_TOKEN = re.compile(r"[+−]?[A-Za-z0-9._,:/-]*[0-9](?:[A-Za-z0-9._,:/-]*[A-Za-z0-9])?|[■▲†‡§¶]")


class Told(NamedTuple):
    """A line of a report; `place` is the number of its section and the kind of element.

    Of what an oracle expects, `thai` is the same line in Thai where it has other numbers (a year), and
    `spoken` the part of it that a report in two languages says once more, in English.
    """

    place: str
    text: str
    thai: str = ""
    spoken: str = ""


def told(page: Page) -> list[Told]:
    """Every line that has a number, and every row of every table; claims what they are made of.

    What is only heard stands first, the foot last, wherever a template puts them.
    """
    assert page.root.find(["img", "iframe", "object", "canvas", "input"]) is None
    heard = [one for one in page.passages if "@" in one.place and one.numbers]
    lines = [*(Told("heard", _claimed(one)) for one in heard), *_lines(page)]
    assert page.unclaimed() == []
    return sorted(lines, key=lambda one: one.place == "foot")


def _lines(page: Page) -> Iterator[Told]:
    section = 0
    for element in page.root.find_all(True):
        assert isinstance(element, Tag)
        section += element.name == "h2"
        place = "foot" if element.find_parent("footer") else f"{section} {element.name}"
        if element.name == "tr":
            cells = [_claimed(page.at(cell)) for cell in element.find_all(["th", "td"])]
            yield Told(f"{section} row", BETWEEN.join(cells))
        elif element.name not in ("th", "td") and (passage := page.at(element)).numbers:
            term = element.find_previous_sibling("dt") if element.name == "dd" else None
            label = f"{_claimed(page.at(term))}: " if isinstance(term, Tag) else ""
            yield Told(place, label + _claimed(passage))
        if numbers(style := str(element.get("style", ""))):
            yield Told(f"{section} style", style)


def _claimed(passage: Passage) -> str:
    passage.is_claimed = True
    return passage.text


def row_of(section: int, *cells: str) -> Told:
    """A row of a table."""
    return Told(f"{section} row", BETWEEN.join(cells))


_MONTHS = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."]


def dated_row(section: int, *cells: str, before: str = "") -> Told:
    """A row of a table whose last cell is a date, of an ISO date: 20 Nov 2026, 20 พ.ย. 2569; `before` stands
    in front of it, in English."""
    *rest, written = cells
    day = date.fromisoformat(written)
    english = f"{before}{day.day} {day:%b} {day.year}"
    thai = BETWEEN.join((*rest, f"{day.day} {_MONTHS[day.month - 1]} {day.year + 543}"))
    return row_of(section, *rest, english)._replace(thai=thai, spoken=BETWEEN * len(rest) + english)


# ── what was expected ────────────────────────────────────────────────────────────────────────


def differences(expected: Sequence[Told], found: Sequence[Told]) -> list[str]:
    """How an English report differs from what was expected; a cell `*` is any words without a number."""
    starred = [one for one in expected if "*" in one.text]
    wanted = [f"{one.place}: {one.text}" for one in expected]
    read = [next((said for said in starred if _is(one, said)), one) for one in found]
    return [
        line
        for line in difflib.ndiff(wanted, [f"{one.place}: {one.text}" for one in read])
        if line[0] in "+-"
    ]


def _is(found: Told, expected: Told) -> bool:
    cells, wanted = found.text.split(BETWEEN), expected.text.split(BETWEEN)
    return (
        found.place == expected.place
        and len(cells) == len(wanted)
        and all(
            cell == want or (want == "*" and not numbers(cell))
            for cell, want in zip(cells, wanted, strict=True)
        )
    )


def figures(lines: Iterable[Told]) -> list[tuple[str, list[list[str]]]]:
    """Lines as their numbers, codes and signs, cell by cell, in Arabic figures: the words are left."""
    found = ((one.place, [tokens(cell) for cell in one.text.split(BETWEEN)]) for one in lines)
    return [(place, cells) for place, cells in found if any(cells)]


def in_thai(expected: Iterable[Told]) -> list[Told]:
    """The lines as a Thai report has them."""
    return [one._replace(text=one.thai or one.text) for one in expected]


def in_both(expected: Iterable[Told]) -> list[Told]:
    """The lines as a report in two languages has them."""
    return [
        one._replace(
            text=BETWEEN.join(
                f"{cell} {again}"
                for cell, again in zip_longest(
                    (one.thai or one.text).split(BETWEEN), one.spoken.split(BETWEEN), fillvalue=""
                )
            )
        )
        for one in expected
    ]


def tokens(text: str) -> list[str]:
    """Numbers, codes and signs of a text, in their order by letters."""
    return sorted(_TOKEN.findall(text.translate(_ARABIC)))
