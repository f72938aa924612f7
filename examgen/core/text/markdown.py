r"""Parses the text of an item: a subset of CommonMark, with formulas; and writes its tables as plain text.

Supported are paragraphs, emphasis, strong, code, line breaks, images and formulas (`$…$` in a line, `$$…$$`
on lines of their own); in a stem and a stimulus also lists and tables. HTML and links are not supported. A
dollar sign next to a digit, or with a blank on the wrong side, does not begin or end a formula, so that
prices remain text; `\$` is always a dollar sign.

A stem is typed as prose, in which a line may begin with a dash or a number by chance. Therefore a list in a
stem begins only after a blank line, has at least two entries, and is numbered `1.`, `2.`, … without a gap,
so that no number is printed that was not typed. A line without a bar ends a table, and one that is not
indented ends a list, so that the question below is not taken for a cell or an entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

Holds = Literal["lines", "stem", "stimulus"]
"""What a field may contain: only lines of text, or also lists and tables by the rules of stems or of stimuli.
"""

_RULES = ("emphasis", "backticks", "escape", "newline", "image", "entity")
_BLOCKS = ("table", "list")
INLINE_FORMULA = "math_inline"
DISPLAYED_FORMULAS = ("math_inline_double", "math_block")
_MAY_HOLD = re.compile(r"\|[^\n]*\n[^\n]*-|\n[ \t]*[-+*][ \t]")
_NUMBER = re.compile(r"[-+\u2212]?\d[\d.,\s]*%?")
_BULLET = re.compile(r"(\s*)[-+*]\s+")


class Formula(NamedTuple):
    """A LaTeX formula between dollar signs. Displayed ones are on lines of their own."""

    latex: str
    displayed: bool


class ImageOf(NamedTuple):
    """An image in a text: its file name as written in the item, and its alt text."""

    name: str
    alt: str


def held_by(field: str) -> Holds:
    """Returns what a field may contain, by its name in problems: `stem`, `options.a`, `stimulus …`."""
    if field == "stem":
        return "stem"
    return "stimulus" if field.startswith(("stimulus", "shared_stimulus")) else "lines"


def reader(field: str) -> MarkdownIt:
    """Returns the parser for texts of a field."""
    return _reader(held_by(field))


@cache
def _reader(holds: Holds) -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    rules = _RULES if holds == "lines" else (*_RULES, *_BLOCKS)
    parser = MarkdownIt("zero", {"html": False, "breaks": True}).enable(list(rules))
    if holds == "stem":
        parser.block.ruler.at("list", _list_of_a_stem, {"alt": ["paragraph", "reference", "blockquote"]})
        parser.block.ruler.before("list", "end", _ends_a_block, {"alt": ["paragraph", "blockquote"]})
    # every address reaches our own judgement: one that Markdown rejects would be printed as text
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_digits=False,
        allow_blank_lines=False,
        double_inline=True,
    )


def _list_of_a_stem(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Applies the Markdown rule for lists, with the additional conditions on a list in a stem that is not
    nested."""
    from markdown_it.rules_block import list_block

    if state.level > 0:
        return list_block(state, start, end, silent)
    if silent or start == 0 or not state.isEmpty(start - 1):
        return False
    n = len(state.tokens)
    if not list_block(state, start, end, silent):
        return False
    # it has two entries at least, its numbers as they will be counted
    first, *others = state.tokens[n:]
    entries = [one for one in others if one.type == "list_item_open" and one.level == first.level + 1]
    numbers = [str(n) for n in range(1, len(entries) + 1)]
    is_counted = first.markup == "." and [one.info for one in entries] == numbers
    if len(entries) > 1 and (first.type != "ordered_list_open" or is_counted):
        return True
    del state.tokens[n:]
    state.line = start
    return False


def _ends_a_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Returns whether a line below a line of a table or of a list entry does not belong to it."""
    if not silent:
        return False
    if state.parentType == "table":
        return "|" not in state.getLines(start, start + 1, 0, False)
    return state.parentType == "paragraph" and state.sCount[start] < state.blkIndent


def formula_of(token: Token) -> Formula | None:
    """Returns the formula in a token of the parser; None if the token is not a formula."""
    if token.type == INLINE_FORMULA:
        return Formula(token.content.strip(), False)
    return Formula(token.content.strip(), True) if token.type in DISPLAYED_FORMULAS else None


def formulas(text: str, field: str) -> tuple[Formula, ...]:
    """Returns the formulas in a text of that field, in order."""
    if "$" not in text:
        return ()
    return tuple(found for token in _tokens(text, field) if (found := formula_of(token)))


def image_written(name: str, alt: str) -> str:
    """Returns the Markdown of an image."""
    words = re.sub(r"([\\\[\]])", r"\\\1", " ".join(alt.split()))
    return f"![{words}]({quote(name)})"


def table_written(rows: Sequence[Sequence[str]]) -> str:
    """Returns the Markdown of a table. The first row is the heading, and columns of numbers are aligned
    right."""
    cells = [[" ".join(cell.split()).replace("|", r"\|") for cell in row] for row in rows]
    width = max(map(len, cells))
    heading, *others = ([*row, *[""] * (width - len(row))] for row in cells)
    columns = zip(*others, strict=True) if others else [()] * width
    rules = ["---:" if _are_numbers(column) else "---" for column in columns]
    lines = [f"| {' | '.join(row)} |" for row in (heading, *others)]
    return "\n".join([lines[0], f"|{'|'.join(rules)}|", *lines[1:]])


def _are_numbers(column: Sequence[str]) -> bool:
    filled = [cell for cell in column if cell]
    return bool(filled) and all(_NUMBER.fullmatch(cell) for cell in filled)


def images(text: str, field: str) -> tuple[ImageOf, ...]:
    """Returns the images in a text of that field, in order."""
    if "![" not in text:
        return ()
    return tuple(
        ImageOf(unquote(str(token.attrs["src"])), token.content)
        for token in _tokens(text, field)
        if token.type == "image"
    )


def with_formulas_as(text: str, said: Callable[[Formula], str]) -> str:
    """Returns the text as typed, with each formula and its dollar signs replaced by the result of `said`."""
    if "$" not in text:
        return text
    parts, at = [], 0
    for token in _tokens(text, "stimulus"):
        if (formula := formula_of(token)) is None:
            continue
        dollars = "$$" if formula.displayed else "$"
        start = text.find(dollars + token.content, at)
        end = text.find(dollars, start + len(dollars) + len(token.content))
        if start < 0 or end < 0:
            continue  # lines of a list, which the parser takes out of their indentation
        parts += [text[at:start], said(formula)]
        at = end + len(dollars)
    return "".join([*parts, text[at:]])


def _tokens(text: str, field: str) -> Iterator[Token]:
    for block in reader(field).parse(text):
        yield block
        yield from block.children or ()


Rows = Sequence[Sequence[str]]
"""The cells of a table as typed, with the heading first and the same number in each row."""


def in_words(text: str, field: str = "stem") -> str:
    """Returns the text without the marks of tables and bullet lists. The numbers of lists are kept."""
    return _written(text, field, lambda rows: [" ".join(filter(None, row)) for row in rows], bullets=False)


def in_rows(text: str, field: str = "stem") -> str:
    """Returns the text with each row of a table as a line, its cells separated by bars."""
    return _written(text, field, lambda rows: [" | ".join(row) for row in rows])


def in_columns(text: str, width: Callable[[str], int], field: str = "stem") -> str:
    """Returns the text with the columns of tables aligned; `width` is the width of a text in terminal
    cells."""

    def columns(rows: Rows) -> list[str]:
        widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
        cells = (
            [cell + " " * (room - width(cell)) for cell, room in zip(row, widths, strict=True)]
            for row in rows
        )
        lines = [" │ ".join(row).rstrip() for row in cells]
        return [lines[0], "─┼─".join("─" * one for one in widths), *lines[1:]]

    return _written(text, field, columns)


def without_tables(text: str) -> str:
    """Returns the text without its tables."""
    return _written(text, "stem", lambda rows: [])


@lru_cache(maxsize=4096)  # a site checks a unit anew at each saving, of which one text is another
def cut_rows(text: str, field: str) -> tuple[tuple[str, int, int], ...]:
    """Returns the rows of tables that have more cells than the heading, as typed, with both numbers of cells.

    Cells beyond those of the heading are not printed (GitHub Flavored Markdown, 4.10).
    """
    if not _MAY_HOLD.search(text):
        return ()
    from markdown_it.rules_block.table import escapedSplit

    def n_cells(line: str) -> int:
        return len(escapedSplit(line.strip().removeprefix("|"))) - line.rstrip().endswith("|")

    lines = _lines(text)
    return tuple(
        (row.strip(), n_cells(row), len(rows[0]))
        for first, end, rows in _tables(reader(field).parse(text))
        for row in lines[first + 2 : end]
        if n_cells(row) > len(rows[0])
    )


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _written(text: str, field: str, drawn: Callable[[Rows], Sequence[str]], bullets: bool = True) -> str:
    """Returns the text with its tables replaced by the lines from `drawn`; unchanged if it has no tables and
    no lists."""
    if not _MAY_HOLD.search(text):
        return text
    tokens = reader(field).parse(text)
    lines = _lines(text)
    if not bullets:
        for token in tokens:
            if token.type == "list_item_open" and token.map:
                lines[token.map[0]] = _BULLET.sub(r"\1", lines[token.map[0]], count=1)
    for first, end, rows in reversed(list(_tables(tokens))):
        lines[first:end] = drawn(rows)
    return "\n".join(lines)


def _tables(tokens: Sequence[Token]) -> Iterator[tuple[int, int, list[list[str]]]]:
    """Yields, for each table, its first line, the line after its last, and its rows."""
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
            yield first, end, rows
            rows = []
