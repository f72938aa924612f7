"""Text of an item → the same where no table is drawn: its tables row by row, in columns or in words alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from examgen.text.markdown import reader

if TYPE_CHECKING:
    from markdown_it.token import Token

_MAY_HOLD = re.compile(r"\|[^\n]*\n[^\n]*-|\n[ \t]*[-+*][ \t]")
_BULLET = re.compile(r"(\s*)[-+*]\s+")

Rows = Sequence[Sequence[str]]
"""The cells of a table as typed, its heading first; as many in each row."""


class _Table(NamedTuple):
    """A table, and the lines of the text that it takes, the last one left out."""

    first: int
    end: int
    rows: list[list[str]]


def in_words(text: str, field: str = "stem") -> str:
    """The text without what marks tables and lists; numbers of a list are kept."""
    return _written(text, field, lambda rows: [" ".join(filter(None, row)) for row in rows], bullets=False)


def in_rows(text: str, field: str = "stem") -> str:
    """The text with the rows of tables as lines, bars between the cells."""
    return _written(text, field, lambda rows: [" | ".join(row) for row in rows])


def in_columns(text: str, width: Callable[[str], int], field: str = "stem") -> str:
    """The text with tables set in columns, by the width of a text in cells of a terminal."""

    def columns(rows: Rows) -> list[str]:
        widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
        lines = [_line(row, widths, width) for row in rows]
        return [lines[0], "─┼─".join("─" * one for one in widths), *lines[1:]]

    return _written(text, field, columns)


def without_tables(text: str, field: str = "stem") -> str:
    """The text but for its tables."""
    return _written(text, field, lambda rows: [])


@lru_cache(maxsize=4096)  # a site checks a unit anew at each saving, of which one text is another
def cut_rows(text: str, field: str) -> tuple[tuple[str, int, int], ...]:
    """Rows of tables that have more cells than the heading, as typed, with both numbers.

    What stands in cells beyond those of the heading is not printed (GitHub Flavored Markdown, 4.10).
    """
    if not _MAY_HOLD.search(text):
        return ()
    from markdown_it.rules_block.table import escapedSplit

    def n_cells(line: str) -> int:
        return len(escapedSplit(line.strip().removeprefix("|"))) - line.rstrip().endswith("|")

    lines = _lines(text)
    return tuple(
        (row.strip(), n_cells(row), len(table.rows[0]))
        for table in _tables(reader(field).parse(text))
        for row in lines[table.first + 2 : table.end]
        if n_cells(row) > len(table.rows[0])
    )


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _line(row: Sequence[str], widths: Sequence[int], width: Callable[[str], int]) -> str:
    cells = (cell + " " * (room - width(cell)) for cell, room in zip(row, widths, strict=True))
    return " │ ".join(cells).rstrip()


def _written(text: str, field: str, drawn: Callable[[Rows], Sequence[str]], bullets: bool = True) -> str:
    """The text with its tables drawn so; as it is where it holds none and no list."""
    if not _MAY_HOLD.search(text):
        return text
    tokens = reader(field).parse(text)
    lines = _lines(text)
    if not bullets:
        for token in tokens:
            if token.type == "list_item_open" and token.map:
                lines[token.map[0]] = _BULLET.sub(r"\1", lines[token.map[0]], count=1)
    for table in reversed(list(_tables(tokens))):
        lines[table.first : table.end] = drawn(table.rows)
    return "\n".join(lines)


def _tables(tokens: Sequence[Token]) -> Iterator[_Table]:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "table_open" and token.map:
            first, end = token.map
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append("")
        elif token.type == "inline" and rows:
            rows[-1][-1] = token.content
        elif token.type == "table_close":
            yield _Table(first, end, rows)
            rows = []
