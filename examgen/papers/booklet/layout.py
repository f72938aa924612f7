"""PapersRule → the measures of a booklet's pages, used by both its CSS and the page filling.

All lengths are CSS pixels (96 to the inch), x to the right, y down from the top left of the page. Lengths
that affect line breaks are whole 64ths of a pixel. Their sums are exact, so a line breaks in a block where
it breaks on a whole page.
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
"""Width added to the inner margin of facing pages and taken from the outer one."""

_OFF_GRID = 0.0003
"""Offset added to margins. Glyphs at whole 64ths of a pixel would lie on the boundaries of poppler's quarter
pixels, where the last digit of a sum decides how they are drawn."""

_NARROWEST_EM = 18.0
"""Minimum width of two columns. If they would be narrower, the page has one column, whatever the rule
states."""

_ROOM_FOR_DRAFT = 150.0
"""Width in mm, at normal text size, above which the draft notice fits on one line."""


class PageLayout(NamedTuple):
    """Measures of the pages of a booklet."""

    page_width: float
    page_height: float
    left: float
    """Left margin of odd pages; also of even pages unless pages face each other."""
    left_even: float
    top: float
    width: float
    height: float
    """Height of the area between running head and foot."""
    columns: int
    column_gap: float
    column: float
    """Width of a column of questions."""

    text_pt: float
    scale: float
    """Factor of all sizes; 1 for normal text."""
    number: float
    """Width of the column of question numbers, including the gap to the text."""
    number_gap: float
    letter: float
    """Width of the column of option letters."""
    option_gap: float
    """Gap between an option and the letter of the next option beside it."""
    above_options: float
    above_space: float
    below_question: float
    below_stimulus: float
    below_line: float
    """Space below a line such as "For questions 5–8"."""
    below_heading: float
    below_cover_part: float

    draft: bool
    draft_lines: int
    """Number of lines of the draft notice; 0 if nothing is a draft."""
    above_blank: float
    """Distance from the top of the text area of a blank page to the notice that it is blank."""
    above_text: float
    """Distance from the running head to the text."""
    head_rule: float
    """Distance from the last line of the running head to its lower edge."""
    below_text: float
    """Distance from the text to the foot."""
    form_gap: float
    """Gap between the word Form and the form's name."""
    mark_module: float
    """Side of a module of the page mark."""
    slot: float
    """Height of a field on the cover for the candidate's data."""

    range: float
    """Width of the numbers in a line such as "Questions 5–8 · …"; the whole column if the rest is printed
    below them."""

    @property
    def em(self) -> float:
        """Font size of the text in px."""
        return self.text_pt * PX_PER_PT

    @property
    def stacked(self) -> bool:
        """Whether such a line is printed as two lines."""
        return self.range >= self.column

    @property
    def behind(self) -> float:
        """Width of the text after the numbers of such a line, or below them."""
        return self.column if self.stacked else self.column - self.range

    @property
    def text(self) -> float:
        """Width of a stem, and of all options of a question together."""
        return self.column - self.number

    @property
    def bottom(self) -> float:
        """Lower edge of the text area."""
        return self.top + self.height

    def cell(self, columns: int) -> float:
        """Return the width of an option with its letter and the gap to the next, in this number of
        columns."""
        return _snapped(self.text / columns)

    def option(self, columns: int) -> float:
        """Return the width of the text of an option, in this number of columns."""
        return self.cell(columns) - self.letter - (self.option_gap if columns > 1 else 0.0)

    def x(self, page: int) -> float:
        """Return the left edge of the text on this page, counted from 1."""
        return self.left if page % 2 else self.left_even


def page_layout(rule: PapersRule, n_items: int, draft: bool) -> PageLayout:
    """Return the page layout of a booklet with `n_items` items."""
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
    """Return the length rounded down to a whole 64th."""
    return int(length * 64) / 64
