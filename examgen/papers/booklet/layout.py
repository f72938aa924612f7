"""PapersRule → the measures of a booklet's pages, which its CSS and the page filling both use.

All lengths are CSS pixels (96 to the inch), x to the right, y down from the top left of the page. Those
that a text is broken by are whole 64ths of a pixel: their sums are exact, so that a line of a block breaks
where the same line breaks on a whole page.
"""

from __future__ import annotations

from typing import NamedTuple

from examgen.core.models.papers import PapersRule

PX_PER_MM = 96 / 25.4
PX_PER_PT = 96 / 72

_SIZES_MM = {"A4": (210.0, 297.0), "Letter": (215.9, 279.4), "A5": (148.0, 210.0)}
_TEXT_PT = {"normal": 11.5, "large": 18.0}
_SIDE_MM = {"A4": 18.0, "Letter": 20.0, "A5": 13.0}
_BINDING_MM = 5.0
"""What the inner margin of facing pages takes from the outer one."""

_OFF_GRID = 0.0003
"""Added to margins: glyphs at whole 64ths of a pixel would lie on the borders of poppler's quarters of a
pixel, where the last digit of a sum decides how they are drawn."""

_NARROWEST_EM = 18.0
"""Narrower columns than this do not stand side by side, whatever the rule asks."""

_ROOM_FOR_DRAFT = 150.0
"""Width in mm, at normal text, from which the draft line stands on one line."""


class PageLayout(NamedTuple):
    """Measures of the pages of a booklet."""

    page_width: float
    page_height: float
    left: float
    """Left margin of odd pages, and of even ones where pages do not face each other."""
    left_even: float
    top: float
    width: float
    height: float
    """Of what is printed between running head and foot."""
    columns: int
    column_gap: float
    column: float
    """Width of a column of questions."""

    text_pt: float
    scale: float
    """Of all sizes, 1 for normal text."""
    number: float
    """Width of the column of question numbers, the gap to the text among it."""
    number_gap: float
    letter: float
    """Width of the column of option letters."""
    option_gap: float
    """Between an option and the letter of the next beside it."""
    above_options: float
    above_space: float
    below_question: float
    below_stimulus: float
    below_line: float
    """Below a line such as "For questions 5–8"."""
    below_heading: float
    below_cover_part: float

    draft: bool
    draft_lines: int
    """The draft line stands on so many lines; 0 where nothing is a draft."""
    above_blank: float
    """From the top of a page that is left blank to what says so."""
    above_text: float
    """From the running head to the text."""
    head_rule: float
    """From the last line of the running head to its lower edge."""
    below_text: float
    """From the text to the foot."""
    form_gap: float
    """From the word Form to the form's name."""
    mark_module: float
    """Side of a module of the page mark."""
    slot: float
    """Height of a place of the cover where the candidate's data are set."""

    range: float
    """Width that the numbers take in a line such as "Questions 5–8 · …"; the whole column where the rest
    stands below them."""

    @property
    def em(self) -> float:
        """Size of the text."""
        return self.text_pt * PX_PER_PT

    @property
    def stacked(self) -> bool:
        """Whether such a line is really two."""
        return self.range >= self.column

    @property
    def behind(self) -> float:
        """Width of what stands behind the numbers of such a line, or below them."""
        return self.column if self.stacked else self.column - self.range

    @property
    def text(self) -> float:
        """Width of a stem, and of all options of a question together."""
        return self.column - self.number

    @property
    def bottom(self) -> float:
        """Return the end of the text."""
        return self.top + self.height

    def cell(self, columns: int) -> float:
        """Width of an option with its letter and the gap to the next."""
        return _snapped(self.text / columns)

    def option(self, columns: int) -> float:
        """Width of the text of an option where so many stand side by side."""
        return self.cell(columns) - self.letter - (self.option_gap if columns > 1 else 0.0)

    def x(self, page: int) -> float:
        """The left edge of the text on that page, counted from 1."""
        return self.left if page % 2 else self.left_even


def page_layout(rule: PapersRule, n_items: int, draft: bool) -> PageLayout:
    """The pages of a booklet of so many items."""
    page_mm, scale = _SIZES_MM[rule.size], _TEXT_PT[rule.text] / _TEXT_PT["normal"]
    em = _TEXT_PT[rule.text] * PX_PER_PT
    side = _SIDE_MM[rule.size]
    shift = _BINDING_MM if rule.facing else 0.0
    left, right = (_snapped((side + shift) * PX_PER_MM), _snapped((side - shift) * PX_PER_MM))
    width = _snapped((page_mm[0]) * PX_PER_MM - left - right)
    draft_lines = (1 if page_mm[0] / scale > _ROOM_FOR_DRAFT else 2) if draft else 0
    top = _snapped((17.5 + 5.5 * scale + (2.2 + 4.8 * scale * draft_lines if draft else 0.0)) * PX_PER_MM)
    columns, gap = rule.columns, _snapped(1.6 * em)
    if (width - gap) / 2 < _NARROWEST_EM * em:
        columns = 1
    column = _snapped((width - gap * (columns - 1)) / columns)
    return PageLayout(
        page_width=page_mm[0] * PX_PER_MM,
        page_height=page_mm[1] * PX_PER_MM,
        left=left + _OFF_GRID,
        left_even=right + _OFF_GRID,
        top=top + _OFF_GRID,
        width=width,
        height=_snapped(page_mm[1] * PX_PER_MM - top - 18.0 * PX_PER_MM),
        columns=columns,
        column_gap=gap,
        column=column,
        text_pt=_TEXT_PT[rule.text],
        scale=scale,
        number=_snapped((2.25 if n_items < 100 else 2.8) * em),
        number_gap=_snapped(0.4 * em),
        letter=_snapped(1.6 * em),
        option_gap=_snapped(0.75 * em),
        above_options=_snapped(0.12 * em),
        above_space=_snapped(0.5 * em),
        below_question=_snapped(em),
        below_stimulus=_snapped(em),
        below_line=_snapped(0.2 * em),
        below_heading=_snapped(0.5 * em),
        below_cover_part=_snapped(1.1 * em),
        draft=draft,
        above_blank=_snapped(page_mm[1] / 3 * PX_PER_MM),
        draft_lines=draft_lines,
        above_text=_snapped(4.0 * PX_PER_MM),
        head_rule=_snapped(0.9 * PX_PER_MM),
        below_text=_snapped(2.0 * PX_PER_MM),
        form_gap=_snapped(0.35 * em),
        mark_module=_snapped(0.6 * PX_PER_MM),
        slot=_snapped(2.1 * em),
        range=_snapped(13 * em) if column > 34 * em else column,
    )


def _snapped(length: float) -> float:
    """The next smaller whole 64th."""
    return int(length * 64) / 64
