"""Iteman files → keys and response tables.

An item control file (Iteman 4) has a line for each item, comma- or tab-separated: item, key, number of
alternatives, domain, Y (scored), N (left out) or P (pretest), and M (multiple choice), R (rating scale) or
P (partial credit). A data file of the older kind (Iteman 3) begins with four lines that say how to score it:

    56 0 N 09        number of items, marks for omitted and not reached, width of the id
    ADCBCBCD…        the keys
    44444444…        the numbers of alternatives
    yyyyyyyy…        y scored, n left out
    100343470ADCB…   id and answers of a candidate
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from examgen.capture.response_files import ResponseTable, option_name
from examgen.capture.tabular.coded_columns import CodedColumn, CodedTable
from examgen.capture.tabular.encodings import encoding_counted, encoding_shown
from examgen.capture.tabular.text import text_lines
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, tell

_FIRST_LINE = re.compile(r"\s*(\d{1,4})\s+(\S)\s+(\S)\s+(\d{1,2})\s*")
_HEADER_WORDS = frozenset(("item", "itemid", "id", "name"))


class ControlItem(NamedTuple):
    """A line of a control file."""

    item: str
    key: frozenset[str]
    """Empty for rating scales and partial credit: their cells are scores."""
    n_options: int
    domain: str
    is_scored: bool
    """False for a pretest item: it gets statistics, but counts in no total."""
    is_choice: bool


class ItemanData(NamedTuple):
    """A data file with its key, and the characters that mark omitted and not-reached items."""

    table: ResponseTable
    key: dict[str, frozenset[str]]
    omitted: str
    not_reached: str
    n_options: dict[str, int]
    """Number of alternatives of each item; 0 where the file gives none."""


def read_control(name: str, data: bytes) -> list[ControlItem]:
    """The items of a control file that are to be analysed; raises Refused with every line at fault."""
    items: list[ControlItem] = []
    problems: list[Problem] = []
    for number, line in enumerate(_lines(data), start=1):
        cells = [cell.strip().strip('"') for cell in re.split("[,;\t]", line)]
        if not any(cells) or (number == 1 and cells[0].lower().replace(" ", "") in _HEADER_WORDS):
            continue
        fault: Message | None = None
        if len(cells) < 6:
            fault = tell(
                "has {n} columns of 6: item, key, number of alternatives, domain, Y, N or P, M, R or P",
                n=len(cells),
            )
        elif not cells[0] or any(cells[0] == item.item for item in items):
            fault = tell("names no item") if not cells[0] else tell("names an item a second time")
        elif not cells[2].isdecimal():
            fault = tell("the number of alternatives is `{cells}`: write a whole number", cells=cells[2])
        elif cells[4].upper() not in ("Y", "N", "P"):
            fault = tell("inclusion is `{cells}`: write Y, N (left out) or P (pretest)", cells=cells[4])
        elif cells[5].upper() not in ("M", "R", "P"):
            fault = tell(
                "the type is `{cells}`: write M, R (rating scale) or P (partial credit)", cells=cells[5]
            )
        elif cells[5].upper() == "M" and not _key(cells[1]):
            fault = tell("has no key: write the right option")
        if fault:
            problems.append(Problem(f"{name}:{number}", "control-line", fault, cells[0] or None))
        elif cells[4].upper() != "N":
            is_choice = cells[5].upper() == "M"
            key = _key(cells[1]) if is_choice else frozenset()
            items.append(
                ControlItem(cells[0], key, int(cells[2]), cells[3], cells[4].upper() == "Y", is_choice)
            )
    if not items and not problems:
        problems.append(Problem(name, "control-empty", tell("names no item to analyse")))
    if problems:
        raise Refused(
            tell("{name} is not an item control file: {n} fault(s)", name=name, n=len(problems)), problems
        )
    return items


def _key(text: str) -> frozenset[str]:
    """The right options, written together (`AC`) or with separators (`A|C`)."""
    parts = re.split(r"[|/ ]", text) if re.search(r"[|/ ]", text) else list(text)
    return frozenset(option_name(part) for part in parts if part.strip())


# ── data files of Iteman 3 ───────────────────────────────────────────────────────────────────


def is_iteman_data(data: bytes) -> bool:
    """Whether the data begin like an Iteman 3 data file."""
    return (
        _FIRST_LINE.fullmatch(data[:200].decode("latin-1").splitlines()[0] if data.strip() else "")
        is not None
    )


def read_iteman_data(name: str, data: bytes) -> ItemanData:
    """The candidates, their answers and the key.

    Raises Refused with every line at fault, ValueError when the first line is not Iteman's.
    """
    lines = _lines(data)
    found = _FIRST_LINE.fullmatch(lines[0])
    if found is None:
        raise ValueError(tell("{name} does not begin with a first line of Iteman 3", name=name))
    n_items, id_width = int(found[1]), int(found[4])
    heads = lines[1:4]
    words = (tell("the keys"), tell("the numbers of alternatives"), tell("y or n for each item"))
    head_problems = [
        Problem(
            f"{name}:{n}",
            "iteman-head",
            tell(
                "{word}: {n} characters for {n_items} items", word=word, n=len(head.strip()), n_items=n_items
            ),
        )
        for n, (word, head) in enumerate(zip(words, [*heads, "", "", ""], strict=False), start=2)
        if len(head.strip()) != n_items
    ]
    if head_problems:
        raise Refused(tell("{name}: its first lines do not fit together", name=name), head_problems)
    keys, wanted = lines[1], [mark in "yY" for mark in lines[3][:n_items]]
    rows = [(number, line) for number, line in enumerate(lines[4:], start=5) if line.strip()]
    width = id_width + n_items
    if problems := [
        Problem(
            f"{name}:{number}",
            "row-unreadable",
            tell("has {n} characters, at most {width} are expected", n=len(line), width=width),
        )
        for number, line in rows
        if len(line.rstrip()) > width
    ]:
        raise Refused(tell("{name} cannot be read: {n} fault(s)", name=name, n=len(problems)), problems)
    items = {f"Item{n + 1:0{len(str(n_items))}d}": n for n in range(n_items) if wanted[n]}
    columns = [
        _column(item, [line[id_width + n : id_width + n + 1].strip() for _, line in rows])
        for item, n in items.items()
    ]
    candidate = _column("id", [line[:id_width].strip() for _, line in rows])
    coded = CodedTable("Iteman", (candidate, *columns), np.array([number for number, _ in rows], np.int64))
    key = {item: frozenset((option_name(keys[n]),)) for item, n in items.items()}
    table = ResponseTable(name, coded, candidate, tuple(columns), {})
    n_options = {item: int(lines[2][n]) if lines[2][n].isdecimal() else 0 for item, n in items.items()}
    return ItemanData(table, key, found[2], found[3], n_options)


def _column(name: str, cells: Sequence[str]) -> CodedColumn:
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(cell, len(numbers)) for cell in cells]
    return CodedColumn(name, tuple(numbers), np.array(codes, dtype=np.int32))


def _lines(data: bytes) -> Sequence[str]:
    encoding = encoding_shown(data) or encoding_counted(lambda: [data])
    return text_lines(data, encoding)
