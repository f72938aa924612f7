"""Text of an item → what it is written of: CommonMark cut down, with formulas between dollar signs.

Paragraphs, emphasis, strong, code, line ends, images and formulas (`$…$` in the line, `$$…$$` on lines of
their own), in a stimulus lists and tables too: no HTML, no links. A dollar sign beside a digit or a blank
on the wrong side opens or closes no formula, so that prices stay text; `\\$` is always a dollar sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_RULES = ("emphasis", "backticks", "escape", "newline", "image", "entity")
_BLOCKS = ("table", "list")
INLINE_FORMULA = "math_inline"
DISPLAYED_FORMULAS = ("math_inline_double", "math_block")


class Formula(NamedTuple):
    """LaTeX between dollar signs; displayed ones stand on lines of their own."""

    latex: str
    displayed: bool


class ImageOf(NamedTuple):
    """An image that a text shows: its name as the item writes it, and its alt text."""

    name: str
    alt: str


@cache
def reader(blocks: bool = False) -> MarkdownIt:
    """The parser of item texts, with lists and tables where `blocks`."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    rules = (*_RULES, *_BLOCKS) if blocks else _RULES
    parser = MarkdownIt("zero", {"html": False, "breaks": True}).enable(list(rules))
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


def formula_of(token: Token) -> Formula | None:
    """The formula that a token of the parser is, if it is one."""
    if token.type == INLINE_FORMULA:
        return Formula(token.content.strip(), False)
    return Formula(token.content.strip(), True) if token.type in DISPLAYED_FORMULAS else None


def formulas(text: str, blocks: bool = False) -> tuple[Formula, ...]:
    """The formulas of a text, in order."""
    if "$" not in text:
        return ()
    return tuple(found for token in _tokens(text, blocks) if (found := formula_of(token)))


def images(text: str, blocks: bool = False) -> tuple[ImageOf, ...]:
    """The images of a text, in order."""
    if "![" not in text:
        return ()
    return tuple(
        ImageOf(unquote(str(token.attrs["src"])), token.content)
        for token in _tokens(text, blocks)
        if token.type == "image"
    )


def with_formulas_as(text: str, said: Callable[[Formula], str]) -> str:
    """The text as typed, each formula with its dollar signs replaced by what is said of it."""
    if "$" not in text:
        return text
    parts, at = [], 0
    for token in _tokens(text, blocks=True):
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


def _tokens(text: str, blocks: bool) -> Iterator[Token]:
    for block in reader(blocks).parse(text):
        yield block
        yield from block.children or ()
