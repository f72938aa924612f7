"""Parts → blocks, whole or line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from examgen.models import Exam, PapersRule
from examgen.papers.layout import PageLayout
from examgen.papers.parts import Part, fragments, heading
from examgen.papers.thai import SetLine
from examgen.pdf.press import Press
from examgen.pdf.writer import Block

LINE_EM = 1.85
"""Height of a line of text, as paper.css sets it."""

_LINE_BY_LINE = "<style>* { orphans: 1; widows: 1; margin-break: keep }</style>"
"""Lets pages end after any line, and begin with the space that stands above it."""


class Workshop(NamedTuple):
    """What parts are laid out with."""

    press: Press
    exam: Exam
    rule: PapersRule
    layout: PageLayout
    context: Mapping[str, object]
    templates: Sequence[Path]
    set_line: SetLine

    def lay_out(self, parts: Sequence[Part], tallest: float | None = None) -> list[tuple[Block, ...]]:
        """The blocks of each part."""
        if not parts:
            return []
        return self.press.lay_out(fragments(parts, self.context, self.templates, self.set_line), tallest)

    def lines(self, parts: Sequence[Part]) -> list[tuple[Block, ...]]:
        """Each part as blocks of a line, two at either end; below one another they are the part uncut."""
        if not parts:
            return []
        first, *others = fragments(parts, self.context, self.templates, self.set_line)
        first = first._replace(html=_LINE_BY_LINE + first.html)
        laid_out = self.press.lay_out([first, *others], 1.5 * LINE_EM * self.layout.em)
        return [self._together(lines) for lines in laid_out]

    def _together(self, lines: tuple[Block, ...]) -> tuple[Block, ...]:
        """The blocks of lines, the first two as one, and the last two."""
        if len(lines) < 4:
            return self._stacked(lines)
        return (*self._stacked(lines[:2]), *lines[2:-2], *self._stacked(lines[-2:]))

    def _stacked(self, lines: tuple[Block, ...]) -> tuple[Block, ...]:
        """One block of those below one another; the same blocks where pictures or the like make them tall."""
        height = height_of(lines)
        if height > 4 * LINE_EM * self.layout.em:
            return lines
        ys = accumulate((block.height for block in lines), initial=0.0)
        places = [(0.0, y, block) for y, block in zip(ys, lines, strict=False)]
        return (self.press.together(places, lines[0].width, height),)


def workshop(
    press: Press,
    exam: Exam,
    rule: PapersRule,
    layout: PageLayout,
    templates: Sequence[Path],
    set_line: SetLine,
) -> Workshop:
    """What the parts of that exam are laid out with."""
    return Workshop(press, exam, rule, layout, heading(exam, layout), templates, set_line)


def height_of(blocks: Iterable[Block]) -> float:
    """Of blocks below one another."""
    return sum(block.height for block in blocks)
