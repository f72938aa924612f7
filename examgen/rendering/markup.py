"""Item text (Markdown, as `text.markdown` reads it) → safe HTML, with images found in the media folders.

A formula becomes an SVG element in a line or on a line of its own, for paper and for screens. It is sized
in em so that it grows with large print, and extends below the baseline as far as the formula does. Its
title, which becomes the alternative text of a tagged PDF, is the LaTeX between dollar signs. By these,
`examgen.rendering.pdf` distinguishes formulas from pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from markupsafe import Markup, escape

from examgen.core.pictures import UnreadablePicture, fault, find
from examgen.core.problems import Refused
from examgen.core.text.formulas import drawing, mathml
from examgen.core.text.markdown import DISPLAYED_FORMULAS, Formula, formula_of, images, reader
from examgen.core.words import tell
from examgen.rendering.line_breaks import NO_BREAK, SetLine

if TYPE_CHECKING:
    from markdown_it.token import Token

_MARGIN_EM = 0.03
"""Margin around a drawing for strokes, which its measures do not include."""

_DRAWN = re.compile(r'<svg class="formula( displayed)?"[^>]*><title>\$([^<]*)\$</title>')

FindImage = Callable[[str], str]
"""Function of the name of an image as an item writes it that returns the address of the file."""

_LINE_ENDS = ("softbreak", "hardbreak")
_BLOCK_ENDS = ("paragraph_close", "th_close", "td_close")


def formula_html(formula: Formula) -> Markup:
    """Return the formula as inline SVG; raises UnreadableFormula."""
    found = drawing(formula)
    left, top = found.left - _MARGIN_EM, -found.ascent - _MARGIN_EM
    width, height = found.width + 2 * _MARGIN_EM, found.ascent + found.depth + 2 * _MARGIN_EM
    viewbox = " ".join(f"{1000 * number:.1f}" for number in (left, top, width, height))
    name = "formula displayed" if formula.displayed else "formula"
    foot = -found.depth - _MARGIN_EM
    return Markup(
        f'<svg class="{name}" xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{viewbox}"'
        f' style="width: {width:.3f}em; height: {height:.3f}em; vertical-align: {foot:.3f}em">'
        f"<title>${escape(formula.latex)}$</title>{found.shapes}</svg>"
    )


def with_mathml(html: str) -> str:
    """Return a page in which each drawn formula is preceded by MathML for screen readers only."""

    def spoken(found: re.Match[str]) -> str:
        formula = Formula(str(Markup(found[2]).unescape()), bool(found[1]))
        hidden = found[0].replace('role="img"', 'aria-hidden="true" focusable="false"')
        return f'<span class="spoken">{mathml(formula)}</span>{hidden}'

    return _DRAWN.sub(spoken, html)


def to_html(text: str, find_image: FindImage, set_line: SetLine, field: str) -> Markup:
    """Return an item's text of this field as HTML.

    Raises Refused if an image is missing, UnreadablePicture if it cannot be printed, and UnreadableFormula
    if a formula cannot be drawn.
    """
    parser = reader(field)
    parsed = parser.parse(text)
    for block in parsed:
        if (formula := formula_of(block)) is not None:
            block.type, block.content = "html_block", f"<p>{formula_html(formula)}</p>\n"
        # a displayed formula ends its line itself: a line end after it would leave a blank line
        block.children = [
            token
            for before, token in pairwise([None, *(block.children or ())])
            if token is not None
            and not (token.type in _LINE_ENDS and before is not None and before.type in DISPLAYED_FORMULAS)
        ]
        for (before, token), (_, after) in pairwise(pairwise([None, *block.children, None])):
            if token is not None and (formula := formula_of(token)) is not None:
                drawn = formula_html(formula)
                if not formula.displayed:
                    # a line may end beside a drawing: not where no blank parts it from a comma or a bracket
                    drawn = _tie(before, -1) + drawn + _tie(after, 0)
                token.type, token.content = "html_inline", drawn
        for token in block.children:
            if token.type == "image":
                token.attrs["src"] = find_image(unquote(str(token.attrs["src"])))
            elif token.type == "text":
                token.type, token.content = "html_inline", str(set_line(token.content))
        if block.type == "th_open":
            block.attrSet("scope", "col")
    return Markup(parser.renderer.render(parsed, parser.options, {}).strip())


def _tie(neighbour: Token | None, at: int) -> Markup:
    """Return the sign that keeps a formula and the text beside it on one line, if they touch."""
    touches = (
        neighbour is not None
        and neighbour.type == "text"
        and not neighbour.content[at : at + 1 or None].isspace()
    )
    return Markup(NO_BREAK) if touches else Markup("")


def plain_lines(text: str, field: str) -> list[str]:
    """Return an item's text as the fonts draw it, without markup and formulas, split at its line breaks."""
    lines = ("".join(part for part in line if isinstance(part, str)) for line in printed_lines(text, field))
    return [line for line in lines if line]


def printed_lines(text: str, field: str) -> list[tuple[str | Formula, ...]]:
    """Return the lines of an item's text, each as parts that are plain text or formulas, without markup and
    images."""
    lines: list[list[str | Formula]] = [[]]
    for block in reader(field).parse(text):
        for token in (block, *(block.children or ())):
            formula = formula_of(token)
            if token.type in _LINE_ENDS or token.type in _BLOCK_ENDS or (formula and formula.displayed):
                lines.append([])
            if formula:
                lines[-1].append(formula)
            elif token.type not in ("image", "inline"):
                lines[-1].append(token.content)
            if formula and formula.displayed:
                lines.append([])
    return [tuple(line) for line in lines if any(line)]


def has_image(text: str, field: str) -> bool:
    """Return whether an item's text of this field contains an image."""
    return bool(images(text, field))


def image_address(name: str, media: Sequence[Path]) -> str:
    """Return the `file:` address of an image, `plan.png` or `../media/plan.png`, in the first folder that
    contains it.

    Raises Refused if none does, and UnreadablePicture if the image cannot be printed.
    """
    if (path := find(name, media)) is None:
        folders = ", ".join(map(str, media)) or tell("no media folder was given")
        raise Refused.because(
            "image {name!r} is missing. Put it in the media folder ({folders}).", name=name, folders=folders
        )
    if reason := fault(path, name):
        raise UnreadablePicture(reason)
    return path.as_uri()
