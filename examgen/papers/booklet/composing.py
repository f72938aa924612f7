"""Blocks and the order of a booklet → the position of each block on each page.

Lengths are in px from the top left of the page. Nothing here is specific to a candidate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from examgen.core.models.form import Exam, PersonalForm
from examgen.core.models.papers import PapersRule
from examgen.papers.booklet.blocks import Blocks, ItemBlocks
from examgen.papers.booklet.layout import PageLayout
from examgen.papers.booklet.page_filling import NO_CASE, CaseHeights, ColumnRow, PlacedRow, fill
from examgen.papers.candidate import section_title
from examgen.rendering.pdf.composer import Block

Placement = tuple[float, float, Block]
"""x, y and the block drawn there."""

Together = Callable[[Sequence[Placement], float, float], Block]
"""Combines several blocks into one: `PdfComposer.together`."""


class RowPiece(NamedTuple):
    """A row for the page filling and its blocks, placed relative to the row's corner."""

    row: ColumnRow
    placements: tuple[Placement, ...]


class QuestionPieces(NamedTuple):
    """An item with its options in one order, without its number."""

    whole: RowPiece
    parts: tuple[RowPiece, ...]
    """The same question in pieces that may be on different pages, the stem and rows of options; empty if it
    never needs to be split."""
    case: int
    """The index of its stimulus, or NO_CASE."""
    section: str


class Composer:
    """Composes booklets of one exam; recurring parts are computed once."""

    def __init__(
        self, exam: Exam, rule: PapersRule, layout: PageLayout, blocks: Blocks, together: Together
    ) -> None:
        self._exam, self._rule, self._layout, self._blocks = exam, rule, layout, blocks
        self._together = together
        self._forms = {form.name: form for form in exam.forms}
        self._questions: dict[tuple[str, tuple[str, ...]], QuestionPieces] = {}
        self._names = {name: n for n, name in enumerate(blocks.stimuli)}
        self._stimuli = [
            [
                # a frame that continues does so in the next column
                _alone(block, layout.below_stimulus if i == len(stimulus) else layout.height, True, n)
                for i, block in enumerate(stimulus, 1)
            ]
            for n, stimulus in enumerate(blocks.stimuli.values())
        ]
        self._use, self._refer = self._line(blocks.use), max(map(self._line, blocks.refers), default=0.0)
        # a stimulus of several pieces is not repeated
        heights = [pieces[0].row.height if len(pieces) == 1 else float("inf") for pieces in self._stimuli]
        line, below = layout.below_line, layout.below_stimulus
        self._cases = [
            CaseHeights(self._refer + line, self._use + line + height + below) for height in heights
        ]
        self._end = _alone(blocks.end)
        refers = max((case.refer for case in self._cases), default=0.0)
        self._least_room = layout.height - refers - layout.below_question - blocks.end.height
        self._sections = {
            title: _alone(block, layout.below_heading, True) for title, block in blocks.sections.items()
        }

    def compose(
        self, order: PersonalForm, cover_pages: int
    ) -> tuple[list[list[Placement]], dict[int, PlacedRow]]:
        """Return the question pages of a booklet in this order, after `cover_pages` pages.

        Also returns, by question, the placement of each row with a reference to its stimulus, or the
        stimulus repeated, above it.
        """
        questions = list(self._ordered(order))
        lasts = _lasts(questions)
        pieces, numbers = self._pieces(questions, lasts)
        placed = self._filled(pieces)
        pages: list[list[Placement]] = [[] for _ in range(placed[-1].page + 1)]
        overs: dict[int, PlacedRow] = {}
        layout, number_blocks = self._layout, self._blocks.numbers
        step, top = layout.column + layout.column_gap, layout.top
        xs = [layout.x(page + 1 + cover_pages) for page in range(len(pages))]
        for place, piece, number in zip(placed, pieces, numbers, strict=True):
            page, x, y = pages[place.page], xs[place.page] + place.column * step, place.y + top
            if number > 0:
                page.append((x, y, number_blocks[number - 1]))
            for dx, dy, block in piece.placements:
                page.append((x + dx, y + dy, block))
            if place.over:
                # what is printed above a question whose stimulus is on an earlier page
                question, case_page = abs(number), place.case_page + 1 + cover_pages
                overs[question] = place._replace(case_page=case_page)
                blocks, numbers_of = self._blocks, self._blocks.ranges[question, lasts[question]]
                if place.over == "refer":
                    above = self._two(numbers_of, blocks.refers[case_page - 1])
                else:
                    [stimulus] = self._stimuli[piece.row.case]
                    again = (
                        (dx, dy + self._use + layout.below_line, block)
                        for dx, dy, block in stimulus.placements
                    )
                    above = (*self._two(numbers_of, blocks.use), *again)
                page += ((x + dx, place.over_y + top + dy, block) for dx, dy, block in above)
        return pages, overs

    def length(self, order: PersonalForm) -> int:
        """Return the number of pages that the questions of a booklet take."""
        questions = list(self._ordered(order))
        return self._filled(self._pieces(questions, _lasts(questions))[0])[-1].page + 1

    def _filled(self, pieces: Sequence[RowPiece]) -> list[PlacedRow]:
        rows = [piece.row for piece in pieces]
        repeat = self._rule.run_on == "repeat"
        return fill(rows, self._layout.height, self._layout.columns, self._cases, repeat)

    # ── questions ────────────────────────────────────────────────────────────────────────────

    def _ordered(self, order: PersonalForm) -> Iterator[QuestionPieces]:
        items, known = self._forms[order.base].items, self._questions
        for place, options in zip(order.items, order.options, strict=True):
            printed = items[place]
            names = tuple([printed.order[i] for i in options])
            key = (printed.item.id, names)
            question = known.get(key)
            if question is None:
                case = self._names.get(printed.item.shared_stimulus or "", NO_CASE)
                blocks = self._blocks.items[printed.item.id]
                rows = list(_rows(blocks, names, self._blocks.letters, self._layout))
                below = [0.0] * (len(rows) - 1) + [self._layout.below_question]
                whole = self._piece(rows, self._layout.below_question, case)
                parts: tuple[RowPiece, ...] = ()
                if whole.row.height > self._least_room:
                    pairs = zip(rows, below, strict=True)
                    parts = tuple(self._piece([row], space, case) for row, space in pairs)
                section = section_title(self._exam, printed)
                question = known[key] = QuestionPieces(whole, parts, case, section)
            yield question

    def _piece(self, rows: Sequence[_Row], below: float, case: int) -> RowPiece:
        y, placements = 0.0, []
        for row in rows:
            placements += [(x, y + dy, block) for x, dy, block in row.placements]
            y += row.height
        one = self._together(placements, self._layout.text, y)
        return RowPiece(ColumnRow(y, below, False, case), ((self._layout.number, 0.0, one),))

    # ── from questions to rows ───────────────────────────────────────────────────────────────

    def _pieces(
        self, questions: Sequence[QuestionPieces], lasts: Sequence[int]
    ) -> tuple[list[RowPiece], list[int]]:
        """Return the rows in order, and the number of the question that each row begins.

        Further parts of a question have its negative number; rows that are not questions have 0.
        """
        pieces: list[RowPiece] = []
        numbers: list[int] = []
        case, section = NO_CASE, ""
        with_sections = bool(self._sections)
        for number, question in enumerate(questions, 1):
            if with_sections and question.section != section:
                section = question.section
                pieces.append(self._sections[section])
                numbers.append(0)
            if question.case != case:
                case = question.case
                if case >= 0:
                    # the line above the stimulus
                    row = ColumnRow(self._use, self._layout.below_line, True, case, True)
                    words = self._two(self._blocks.ranges[number, lasts[number]], self._blocks.use)
                    opening = [RowPiece(row, words), *self._stimuli[case]]
                    pieces += opening
                    numbers += [0] * len(opening)
            split = self._split(question, number == len(questions))
            pieces += split
            numbers += [number, *[-number] * (len(split) - 1)]
        pieces[-1] = _kept(pieces[-1], True)
        return [*pieces, self._end], [*numbers, 0]

    def _split(self, question: QuestionPieces, is_last: bool) -> Sequence[RowPiece]:
        """Return the question whole, or its parts if it is taller than a column.

        A column must also have room for the line about its stimulus and, after the last question, the end
        mark.
        """
        room = self._layout.height
        if question.case >= 0:
            room -= self._cases[question.case].refer
        if is_last:
            room -= self._layout.below_question + self._blocks.end.height
        if question.whole.row.height <= room:
            return (question.whole,)
        *first, before_last, last = question.parts
        # the end mark must not be alone: the last part stays with it
        return [*(_kept(part, True) for part in first), _kept(before_last, not is_last), last]

    def _line(self, words: Block) -> float:
        """Return the height of a line that begins with question numbers."""
        numbers = max((block.height for block in self._blocks.ranges.values()), default=0.0)
        return numbers + words.height if self._layout.stacked else max(numbers, words.height)

    def _two(self, left: Block, right: Block) -> tuple[Placement, ...]:
        """Return the placements of question numbers and the text about them, beside each other or one below
        the other."""
        layout = self._layout
        at = (0.0, left.height) if layout.stacked else (layout.range, 0.0)
        return (0.0, 0.0, left), (*at, right)


class _Row(NamedTuple):
    """A row of an item: its stem, or options side by side."""

    height: float
    placements: tuple[Placement, ...]


def _rows(
    item: ItemBlocks, names: Sequence[str], letters: Sequence[Block], layout: PageLayout
) -> Iterator[_Row]:
    """Yield the rows of an item, from the left edge of its text. The space between parts belongs to the row
    below it."""
    for block in item.stem:
        yield _Row(block.height, ((0.0, 0.0, block),))
    above, cell = layout.above_options, layout.cell(item.columns)
    for start in range(0, len(names), item.columns):
        placements: list[Placement] = []
        for column, n in enumerate(range(start, min(start + item.columns, len(names)))):
            placements.append((column * cell, above, letters[n]))
            placements.append((column * cell + layout.letter, above, item.options[names[n]][0]))
        height = max(block.height for _, _, block in (placements if item.columns > 1 else placements[1:]))
        yield _Row(above + height, tuple(placements))
        above = 0.0
        for block in item.options[names[start]][1:]:
            yield _Row(block.height, ((layout.letter, 0.0, block),))
    if item.space:
        above = layout.above_space
        yield _Row(above + item.space.height, ((0.0, above, item.space),))


def _alone(block: Block, below: float = 0.0, keep: bool = False, case: int = NO_CASE) -> RowPiece:
    return RowPiece(ColumnRow(block.height, below, keep, case, case >= 0), ((0.0, 0.0, block),))


def _kept(piece: RowPiece, keep: bool) -> RowPiece:
    return piece._replace(row=piece.row._replace(keep=keep))


def _lasts(questions: Sequence[QuestionPieces]) -> list[int]:
    """Return, for each question, the number of the last question with its stimulus."""
    lasts = list(range(len(questions) + 1))
    for n in range(len(questions) - 1, 0, -1):
        if questions[n].case >= 0 and questions[n].case == questions[n - 1].case:
            lasts[n] = lasts[n + 1]
    return lasts
