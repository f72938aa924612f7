"""Blocks and a booklet's order → its pages: which block stands where on which page.

Lengths in px from the top left of the page. Nothing here is a candidate's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from examgen.core.models.form import Exam, PersonalForm, PrintedItem
from examgen.core.models.papers import PapersRule
from examgen.papers.booklet.blocks import Blocks, ItemBlocks
from examgen.papers.booklet.layout import PageLayout
from examgen.papers.booklet.page_filling import NO_CASE, Case, Placed, Row, fill
from examgen.papers.candidate import section_title
from examgen.rendering.pdf.writer import Block

Placement = tuple[float, float, Block]
"""x, y and what stands there."""

Together = Callable[[Sequence[Placement], float, float], Block]
"""Makes one block of several: `PdfComposer.together`."""


class Piece(NamedTuple):
    """A row of the page filling and what it draws, from the row's corner."""

    row: Row
    placements: tuple[Placement, ...]


class Question(NamedTuple):
    """An item with its options in one order, without its number."""

    whole: Piece
    parts: tuple[Piece, ...]
    """The same in pieces that may stand on different pages: the stem, rows of options; none where it is
    never split."""
    case: int
    """Its stimulus, NO_CASE for none."""
    section: str


class Composed(NamedTuple):
    """The questions of a booklet on their pages."""

    pages: list[list[Placement]]
    overs: dict[int, Placed]
    """By question: where something about its stimulus stands above it."""


class Composer:
    """Composes booklets of one exam; what recurs is worked out once."""

    def __init__(
        self, exam: Exam, rule: PapersRule, layout: PageLayout, blocks: Blocks, together: Together
    ) -> None:
        self._exam, self._rule, self._layout, self._blocks = exam, rule, layout, blocks
        self._together = together
        self._forms = {form.name: form for form in exam.forms}
        self._questions: dict[tuple[str, tuple[str, ...]], Question] = {}
        self._names = {name: n for n, name in enumerate(blocks.stimuli)}
        self._stimuli = [
            [
                # a frame that goes on goes on in the next column
                _alone(block, layout.below_stimulus if i == len(stimulus) else layout.height, True, n)
                for i, block in enumerate(stimulus, 1)
            ]
            for n, stimulus in enumerate(blocks.stimuli.values())
        ]
        self._use, self._refer = self._line(blocks.use), max(map(self._line, blocks.refers), default=0.0)
        self._cases = [self._case(pieces) for pieces in self._stimuli]
        self._end = _alone(blocks.end)
        refers = max((case.refer for case in self._cases), default=0.0)
        self._least_room = layout.height - refers - layout.below_question - blocks.end.height
        self._sections = {
            title: _alone(block, layout.below_heading, True) for title, block in blocks.sections.items()
        }

    def compose(self, order: PersonalForm, cover_pages: int) -> Composed:
        """The pages of questions of a booklet in that order, after so many pages."""
        questions = list(self._ordered(order))
        lasts = _lasts(questions)
        pieces, numbers = self._pieces(questions, lasts)
        placed = self._filled(pieces)
        pages: list[list[Placement]] = [[] for _ in range(placed[-1].page + 1)]
        overs: dict[int, Placed] = {}
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
                question = abs(number)
                overs[question] = place._replace(case_page=place.case_page + 1 + cover_pages)
                for dx, dy, block in self._above(overs[question], question, lasts[question], piece.row.case):
                    page.append((x + dx, place.over_y + top + dy, block))
        return Composed(pages, overs)

    def length(self, order: PersonalForm) -> int:
        """How many pages the questions of a booklet take."""
        questions = list(self._ordered(order))
        return self._filled(self._pieces(questions, _lasts(questions))[0])[-1].page + 1

    def _filled(self, pieces: Sequence[Piece]) -> list[Placed]:
        rows = [piece.row for piece in pieces]
        repeat = self._rule.run_on == "repeat"
        return fill(rows, self._layout.height, self._layout.columns, self._cases, repeat)

    # ── questions ────────────────────────────────────────────────────────────────────────────

    def _ordered(self, order: PersonalForm) -> Iterator[Question]:
        items, known = self._forms[order.base].items, self._questions
        for place, options in zip(order.items, order.options, strict=True):
            printed = items[place]
            names = tuple([printed.order[i] for i in options])
            key = (printed.item.id, names)
            question = known.get(key)
            if question is None:
                question = known[key] = self._question(printed, names)
            yield question

    def _question(self, printed: PrintedItem, names: tuple[str, ...]) -> Question:
        case = self._names.get(printed.item.shared_stimulus or "", NO_CASE)
        rows = list(_rows(self._blocks.items[printed.item.id], names, self._blocks.letters, self._layout))
        below = [0.0] * (len(rows) - 1) + [self._layout.below_question]
        whole = self._piece(rows, self._layout.below_question, case)
        parts: tuple[Piece, ...] = ()
        if whole.row.height > self._least_room:
            parts = tuple(self._piece([row], space, case) for row, space in zip(rows, below, strict=True))
        return Question(whole, parts, case, section_title(self._exam, printed))

    def _piece(self, rows: Sequence[_Row], below: float, case: int) -> Piece:
        y, placements = 0.0, []
        for row in rows:
            placements += [(x, y + dy, block) for x, dy, block in row.placements]
            y += row.height
        one = self._together(placements, self._layout.text, y)
        return Piece(Row(y, below, False, case), ((self._layout.number, 0.0, one),))

    # ── from questions to rows ───────────────────────────────────────────────────────────────

    def _pieces(self, questions: Sequence[Question], lasts: Sequence[int]) -> tuple[list[Piece], list[int]]:
        """The rows in order, and the number of the question that begins there.

        A further part of a question has its number below zero, what is not a question has 0.
        """
        pieces: list[Piece] = []
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
                    opening = [self._opening(number, lasts[number], case), *self._stimuli[case]]
                    pieces += opening
                    numbers += [0] * len(opening)
            split = self._split(question, number == len(questions))
            pieces += split
            numbers += [number, *[-number] * (len(split) - 1)]
        pieces[-1] = _kept(pieces[-1], True)
        return [*pieces, self._end], [*numbers, 0]

    def _split(self, question: Question, is_last: bool) -> Sequence[Piece]:
        """The question as it is, or its parts where it is taller than a column.

        A column must also hold the line about its stimulus and, after the last question, the end mark.
        """
        room = self._layout.height
        if question.case >= 0:
            room -= self._cases[question.case].refer
        if is_last:
            room -= self._layout.below_question + self._blocks.end.height
        if question.whole.row.height <= room:
            return (question.whole,)
        *first, before_last, last = question.parts
        # the end mark needs company: the last part goes on with it
        return [*(_kept(part, True) for part in first), _kept(before_last, not is_last), last]

    def _line(self, words: Block) -> float:
        """Height of a line that begins with the numbers of questions."""
        numbers = max((block.height for block in self._blocks.ranges.values()), default=0.0)
        return numbers + words.height if self._layout.stacked else max(numbers, words.height)

    def _opening(self, first: int, last: int, case: int) -> Piece:
        """The line above a stimulus."""
        row = Row(self._use, self._layout.below_line, True, case, True)
        return Piece(row, self._two(self._blocks.ranges[first, last], self._blocks.use))

    def _two(self, left: Block, right: Block) -> tuple[Placement, ...]:
        """Numbers of questions and what is said of them, beside each other or one below the other."""
        layout = self._layout
        at = (0.0, left.height) if layout.stacked else (layout.range, 0.0)
        return (0.0, 0.0, left), (*at, right)

    def _case(self, stimulus: Sequence[Piece]) -> Case:
        below = self._layout.below_line
        [height] = [piece.row.height for piece in stimulus] if len(stimulus) == 1 else [float("inf")]
        again = self._use + below + height + self._layout.below_stimulus
        return Case(self._refer + below, again)

    def _above(self, place: Placed, first: int, last: int, case: int) -> Iterator[Placement]:
        """What stands above a question whose stimulus is on an earlier page."""
        blocks = self._blocks
        if place.over == "refer":
            yield from self._two(blocks.ranges[first, last], blocks.refers[place.case_page - 1])
        else:
            yield from self._two(blocks.ranges[first, last], blocks.use)
            [stimulus] = self._stimuli[case]
            for x, y, block in stimulus.placements:
                yield x, y + self._use + self._layout.below_line, block


class _Row(NamedTuple):
    """A row of an item: its stem, or options side by side."""

    height: float
    placements: tuple[Placement, ...]


def _rows(
    item: ItemBlocks, names: Sequence[str], letters: Sequence[Block], layout: PageLayout
) -> Iterator[_Row]:
    """The item from its text's left edge; space between the parts counts to the row below it."""
    for block in item.stem:
        yield _Row(block.height, ((0.0, 0.0, block),))
    above, cell = layout.above_options, layout.cell(item.columns)
    for start in range(0, len(names), item.columns):
        beside = range(start, min(start + item.columns, len(names)))
        placements: list[Placement] = []
        for column, n in enumerate(beside):
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


def _alone(block: Block, below: float = 0.0, keep: bool = False, case: int = NO_CASE) -> Piece:
    return Piece(Row(block.height, below, keep, case, case >= 0), ((0.0, 0.0, block),))


def _kept(piece: Piece, keep: bool) -> Piece:
    return piece._replace(row=piece.row._replace(keep=keep))


def _lasts(questions: Sequence[Question]) -> list[int]:
    """By number of a question: that of the last with its stimulus."""
    lasts = list(range(len(questions) + 1))
    for n in range(len(questions) - 1, 0, -1):
        if questions[n].case >= 0 and questions[n].case == questions[n - 1].case:
            lasts[n] = lasts[n + 1]
    return lasts
