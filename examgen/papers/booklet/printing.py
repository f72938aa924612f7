"""Exam → the files of its booklets, composed of parts that are laid out once.

A candidate's own data (name, number, room, and the serial with its page mark) are stamped in the same
fonts.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.form import Booklet, Exam, Form, as_printed
from examgen.core.models.papers import PapersRule
from examgen.core.resources import fonts
from examgen.core.text.thai import in_digits
from examgen.core.words import tell
from examgen.papers.booklet.blocks import BookletPart, cover_pages, lay_out, with_refers, workshop
from examgen.papers.booklet.composing import Composer, Placement
from examgen.papers.booklet.cover import BORDER, CoverFields, filled_fields, first_baseline
from examgen.papers.booklet.layout import page_layout
from examgen.papers.booklet.page_filling import PlacedRow
from examgen.papers.candidate import OwnTime
from examgen.papers.sheet.printing import SheetPrinter
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.pdf.composer import Block, Graphics, PdfComposer, PdfFile
from examgen.rendering.symbols import boxes, data_matrix
from examgen.rendering.templates.filling import fill as fill_template

REGULAR, BOLD = "Sarabun-Regular", "Sarabun-Bold"

HEAD_EM = 0.783
"""The font size of the running head and foot, in em of the text."""
HEAD_LINE = 1.7
SERIAL_EM = 0.7

_SAMPLED_FORMS = 40
"""The number of forms whose pages are counted before anything is printed."""

_MORE_PAGES = 1.25
"""A personal booklet is expected to have at most this many times the pages of a plain one."""

Stamped = tuple[float, float, Graphics]


class Printed(NamedTuple):
    """The number of pages written to a file, and of the booklet and answer sheet of each serial."""

    n_pages: int
    pages: dict[str, tuple[int, int]]


def plain_booklet(form: Form) -> Booklet:
    """Return the booklet of a form without a candidate."""
    return Booklet(serial=form.name, form=form.name, order=as_printed(form), candidate=None, room="")


class BookletPrinter:
    """Lays out all parts of an exam's booklets once, and writes files of them.

    If `with_centre`, a booklet and its sheet also name the candidate's centre. `logo` is that of the
    certification body. `times` are the time allowances of candidates with extra time, by candidate number.
    """

    def __init__(
        self,
        exam: Exam,
        rule: PapersRule,
        templates: Sequence[Path],
        media: Sequence[Path] = (),
        progress: Callable[[str], None] = lambda _: None,
        with_centre: bool = False,
        logo: Path | None = None,
        times: Mapping[str, OwnTime] | None = None,
    ) -> None:
        self._rule, self._templates, self._logo = rule, templates, logo
        self._with_centre = with_centre
        self.exam = exam
        self.layout = page_layout(rule, max(len(form.items) for form in exam.forms), exam.has_drafts)
        set_line = line_setter(templates)
        css = fill_template(
            "paper.css", {"fonts": fonts().as_uri(), "paper": {"draft": False}}, templates, set_line
        )
        self._pdf = PdfComposer(css, (*templates, fonts(), *media, *filter(None, [logo])))
        self._shop = workshop(self._pdf, exam, rule, self.layout, templates, set_line, logo)
        progress(tell("parts of the booklets"))
        self._blocks = lay_out(self._shop, media)
        self._composer = self._new_composer()
        # the page counts of plain booklets
        order = [as_printed(form) for form in self.exam.forms[:_SAMPLED_FORMS]]
        cover, step = len(self._blocks.cover), self._rule.pages_multiple
        pages = [cover + self._composer.length(one) for one in order]
        lengths = {n + -n % step for n in pages}
        self._blocks = with_refers(self._shop, self._blocks, 2 * max(lengths))
        self._composer = self._new_composer()
        # the feet of all pages, for booklets of about these lengths
        if self._rule.personal.items or len(self.exam.forms) > _SAMPLED_FORMS:
            fewest, most = min(lengths), round(max(lengths) * _MORE_PAGES) + step
            lengths.update(range(max(step, fewest - fewest % step - step), most + 1, step))
        wanted = [(page, count) for count in sorted(lengths) for page in range(1, count + 1)]
        parts = [
            BookletPart("foot", {"page": page, "pages": count}, self.layout.width) for page, count in wanted
        ]
        blocks = [block for (block,) in self._shop.lay_out(parts)]
        self._feet = dict(zip(wanted, blocks, strict=True))
        covers = {time: cover_pages(self._shop, time) for time in dict.fromkeys((times or {}).values())}
        self._covers = {who: covers[time] for who, time in (times or {}).items()}
        self._sheets: SheetPrinter | None = None

    def _cover(self, booklet: Booklet) -> tuple[Block, ...]:
        """Return the cover of a booklet, which states the candidate's own time allowance, if any."""
        who = booklet.candidate
        return self._covers.get(canonical_number(who.candidate_id) if who else "", self._blocks.cover)

    @property
    def n_cover(self) -> int:
        """The number of pages of the cover."""
        return len(self._blocks.cover)

    def columns(self, item: str) -> int:
        """Return the number of columns in which the options of an item are printed."""
        return self._blocks.items[item].columns

    def overs(self, booklet: Booklet) -> dict[int, PlacedRow]:
        """Return, by question number, the placement of each question with a reference above it, because its
        stimulus is on an earlier page."""
        _, overs = self._composer.compose(booklet.order, len(self._cover(booklet)))
        return overs

    def n_blank(self, booklet: Booklet) -> int:
        """Return the number of blank pages at the end of a booklet."""
        n_pages = len(self._cover(booklet)) + self._composer.length(booklet.order)
        return -n_pages % self._rule.pages_multiple

    # ── files ────────────────────────────────────────────────────────────────────────────────

    def write(
        self,
        path: Path,
        booklets: Iterable[Booklet],
        *,
        title: str,
        parts: Literal["booklet", "sheet", "both"] = "booklet",
    ) -> Printed:
        """Write the booklets into one file, or their answer sheets, or both; each begins on an odd page."""
        if parts != "booklet":
            self.lay_out_sheets()
        pages = {}
        size = paper = (self.layout.page_width, self.layout.page_height)
        with self._pdf.file(path, title) as file:
            for booklet in booklets:
                n_booklet, n_sheet = 0, 0
                self._to_odd_page(file, size)
                if parts != "sheet":
                    n_booklet, size = self._booklet(file, booklet), paper
                if parts != "booklet" and self._sheets:
                    self._to_odd_page(file, size)
                    n_sheet, size = self._sheets.pages(file, booklet), self._sheets.size
                file.end_booklet()
                pages[booklet.serial] = (n_booklet, n_sheet)
        return Printed(file.n_pages, pages)

    def lay_out_sheets(self) -> None:
        """Lay out the answer sheets once. If no file was begun, the result is the same in all processes."""
        if self._sheets is None:
            self._sheets = SheetPrinter(
                self._pdf, self.exam, self._rule, self._templates, self._with_centre, self._logo
            )

    def _to_odd_page(self, file: PdfFile, size: tuple[float, float]) -> None:
        """Add a page marked as blank if the next page would otherwise be the back of another booklet."""
        if file.n_pages % 2:
            blank = self._blocks.blank
            file.page(size, [((size[0] - blank.width) / 2, size[1] / 3, blank)])

    def _booklet(self, file: PdfFile, booklet: Booklet) -> int:
        """Write a booklet, and return its number of pages."""
        layout, blocks = self.layout, self._blocks
        # cover, questions and blank pages, without the parts that every page has
        pages: list[list[Placement]] = [
            [(layout.x(n), layout.top, block)] for n, block in enumerate(self._cover(booklet), 1)
        ]
        pages[0].insert(0, (layout.x(1), layout.top, blocks.candidate))
        pages += self._composer.compose(booklet.order, len(pages))[0]
        for n in range(len(pages) + 1, len(pages) + 1 + -len(pages) % self._rule.pages_multiple):
            pages.append([(layout.x(n), layout.top + layout.above_blank, blocks.blank)])
        head_y = layout.top - layout.above_text - blocks.head.height
        foot_y = layout.bottom + layout.below_text

        # the name of the form at the right end of the running head, and the position of the word before it,
        # from the left edge of the text
        size = HEAD_EM * layout.em
        drawing = self._pdf.stamp(booklet.form, BOLD, size)
        rule_y = head_y + blocks.head.height - layout.head_rule
        form_x = layout.width - drawing.width
        baseline = rule_y - HEAD_LINE * size + first_baseline(size, HEAD_LINE * size)
        same: list[Stamped] = [(form_x, baseline, drawing)]
        word_x, word_y = form_x - layout.form_gap, rule_y - blocks.form.height
        if booklet.candidate is not None or booklet.serial != booklet.order.base:
            # the page mark, and the serial in figures beside it
            modules = data_matrix(mark_text(self.exam, booklet))
            side = len(modules) * layout.mark_module
            x, y = layout.width - side, foot_y + 2 * layout.mark_module + 1
            serial = self._pdf.stamp(booklet.serial, REGULAR, SERIAL_EM * layout.em)
            serial_y = y + side / 2 + 0.35 * SERIAL_EM * layout.em
            same += [
                (x, y, self._pdf.boxes(boxes(modules, 0.0, 0.0, side))),
                (x - serial.width - 3 * layout.mark_module, serial_y, serial),
            ]
        on_each = file.drawing(same)

        own: list[Stamped] = []
        left, top = layout.x(1) + BORDER, layout.top + BORDER
        fields = self.fields(booklet)
        for field in (fields.name, fields.form, fields.number, fields.room):
            for line in field.lines:
                y = top + field.y + line.y + first_baseline(line.size, layout.slot)
                own.append((left + field.x + line.x, y, self._pdf.stamp(line.text, REGULAR, line.size)))
        for n, page in enumerate(pages, 1):
            x = layout.x(n)
            # in reading order: the order of the page is that of its extracted text
            word = (x + word_x - blocks.form.width, word_y, blocks.form)
            page[:0] = (x, head_y, blocks.head), word, (x, 0.0, on_each)
            late = own if n == 1 else []
            if foot := self._feet.get((n, len(pages))):
                page.append((x, foot_y, foot))
            else:  # for a booklet of unusual length, the page numbers are stamped
                numbers = in_digits(f"{n} / {len(pages)}", self._rule.digits)
                drawing = self._pdf.stamp(numbers, REGULAR, size)
                late = [*late, (x + (layout.width - drawing.width) / 2, foot_y + 2 * size, drawing)]
            file.page((layout.page_width, layout.page_height), [*page, *late])
        return len(pages)

    def fields(self, booklet: Booklet) -> CoverFields:
        """Return the fields of the cover with the data of the candidate."""
        return filled_fields(
            self.layout,
            booklet.form,
            booklet.candidate,
            lambda text, size: self._pdf.stamp(text, REGULAR, size).width,
            booklet.centre if self._with_centre else "",
        )

    def _new_composer(self) -> Composer:
        return Composer(self.exam, self._rule, self.layout, self._blocks, self._pdf.together)


def mark_text(exam: Exam, booklet: Booklet) -> str:
    """Return the text of the page mark of a booklet: four characters for the exam's name, and the serial."""
    digest = hashlib.sha256(exam.blueprint.exam.encode()).digest()
    return f"{b32encode(digest).decode()[:4]}/{booklet.serial}"
