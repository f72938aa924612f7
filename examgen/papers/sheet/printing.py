"""Booklets → their answer sheets: the blank pages of the exam, with each candidate's own data printed over
them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from examgen.core.candidate_numbers import canonical_number, places
from examgen.core.models.form import Booklet, Exam
from examgen.core.models.papers import CandidateNumber, PapersRule
from examgen.core.resources import fonts
from examgen.core.words import tell
from examgen.papers.booklet.layout import PX_PER_MM
from examgen.papers.candidate import Paper, paper
from examgen.papers.sheet import design as sizes
from examgen.papers.sheet.design import Area, lettering
from examgen.papers.sheet.identity import PageIdentity, exam_design, geometry_version, identity_text
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.pdf.composer import WHITE, Graphics, PdfComposer, PdfFile
from examgen.rendering.pdf.isolate_pages import Fragment
from examgen.rendering.symbols import boxes, qr_code
from examgen.rendering.templates.filling import fill

Placed = tuple[float, float, Graphics]
Place = tuple[str, int, str]
"""Group, place and value that identify a bubble."""

FILLED_MM = 2.0
"""Radius of the disc printed in a filled bubble."""
ABOVE_LINE_MM = 1.6
"""Distance from the baseline of text printed for a candidate to the lower edge of its area."""
BESIDE_MM = 0.4
"""Minimum space on both sides of text printed into an area."""
CENTRE_MM, LEAST_CENTRE_MM, BELOW_ROOM_MM, BESIDE_NUMBER_MM = 5.2, 14.0, 0.2, 2.0
"""Measures of the area for the centre's name: its height, minimum width, distance below the room, and
distance from the number."""
HALF_CAP = 0.35
"""Half the height of capitals and figures, in em."""
NAME_PX, SMALL_PX, SERIAL_PX, NUMBER_PX, NOTE_PX = 15.0, 13.0, 11.0, 14.0, 9.5
_NO_BUBBLES = tell("Printed: do not fill circles below")

LEAST_PX = 8.0
"""The minimum font size of a name or a room: 6 points."""

_SIZES = {name: value for name, value in vars(sizes).items() if name.isupper()}


class SheetPrinter:
    """Prints the answer sheets of an exam, whose pages are laid out once."""

    def __init__(
        self,
        composer: PdfComposer,
        exam: Exam,
        rule: PapersRule,
        templates: Sequence[Path],
        with_centre: bool = False,
        logo: Path | None = None,
    ) -> None:
        self._composer = composer
        self._with_centre = with_centre
        self._exam = exam.blueprint.exam
        self._number = rule.candidate_number
        self._design = exam_design(exam, rule)
        self._geometry = geometry_version(self._design, rule)
        size = self._design.size
        self.size = (size.width * PX_PER_MM, size.height * PX_PER_MM)
        """Width and height of a page in px."""
        same = {
            "paper": _heading(exam),
            "design": self._design,
            "number": rule.candidate_number,
            "sizes": _SIZES,
            "logo": "" if logo is None else logo.as_uri(),
        }
        set_line = line_setter(templates)
        html = [
            fill(
                "answer-sheet.html",
                {**same, "page": page, "lettering": lettering(self._design, page)},
                templates,
                set_line,
            )
            for page in self._design.pages
        ]
        self._blanks = composer.lay_out([Fragment(page, self.size[0]) for page in html])
        self._disc = composer.discs([(0.0, 0.0, FILLED_MM * PX_PER_MM)])
        bubbles = self._design.pages[0].bubbles
        self._areas = {area.name: area for area in self._design.areas}
        # below the room; nobody writes there, so sheet.json does not list it
        room, right = self._areas["room"], self._areas["number"].x - BESIDE_NUMBER_MM
        left = min(room.x, right - LEAST_CENTRE_MM)
        top = room.y + room.height + BELOW_ROOM_MM
        self._areas["centre"] = Area("centre", left, top, right - left, CENTRE_MM)
        number = self._areas["number"]
        half = number._replace(width=number.width / 2)
        beside = half._replace(x=half.x + half.width, height=half.height / 2)
        self._areas |= {
            "unsuited": half,
            "no bubbles th": beside,
            "no bubbles en": beside._replace(y=beside.y + beside.height),
        }
        self._centres: dict[Place, tuple[float, float]] = {
            (b.group, b.place, b.value): (b.x, b.y) for b in bubbles if b.group != "item"
        }

    @property
    def n_pages(self) -> int:
        """The number of pages of one sheet."""
        return len(self._design.pages)

    def pages(self, file: PdfFile, booklet: Booklet | None) -> int:
        """Write the sheet of a booklet, or a plain sheet for no particular candidate, and return its number
        of pages.

        Form and serial of a booklet are printed, and all known data of its candidate. The form's bubble is
        filled if it has one; a booklet with an order drawn for its candidate is identified by its serial
        alone. Raises Refused if a font lacks a character.
        """
        who = booklet.candidate if booklet else None
        serial, number = booklet.serial if booklet else "", who.candidate_id if who else ""
        own: list[Placed] = []
        if booklet:
            marks = number_marks(self._number, number)
            own += [
                self._boxed(booklet.serial, "serial", SERIAL_PX),
                self._boxed(booklet.form, "form", NUMBER_PX),
                self._on_line(who.name if who else "", "name", NAME_PX),
                self._on_line(booklet.room, "room", SMALL_PX),
                self._on_line(who.seat if who else "", "seat", SMALL_PX),
            ]
            if self._with_centre:
                own.append(self._on_line(booklet.centre, "centre", SERIAL_PX))
            if marks:
                for n, char in enumerate(places(number), 1):
                    own.append(self._boxed(char, f"number {n}", NUMBER_PX))
            elif number:
                own += self._unsuited(number)
            for place in (("form", 0, booklet.form), *marks):
                if place in self._centres:
                    x, y = self._centres[place]
                    own.append((x * PX_PER_MM, y * PX_PER_MM, self._disc))
        for page, (blank, *_) in zip(self._design.pages, self._blanks, strict=True):
            x, y = sizes.QR_AT
            modules = qr_code(
                identity_text(
                    PageIdentity(self._exam, serial, number, page.number, self.n_pages, self._geometry)
                ),
                "M",
            )
            symbol = self._composer.boxes(
                boxes(modules, x * PX_PER_MM, y * PX_PER_MM, sizes.QR_MM * PX_PER_MM)
            )
            file.page(self.size, [(0.0, 0.0, blank), (0.0, 0.0, symbol), *own])
        return self.n_pages

    def _unsuited(self, number: str) -> list[Placed]:
        """Return a candidate number that bubbles cannot express, across its boxes, with a notice that no
        bubbles are to be filled.

        The code identifies the sheet's candidate. The bubbles stay, because readers look for their rings.
        """
        area = self._areas["number"]
        white = (area.x + 0.2, area.y + 0.2, area.width - 0.4, area.height - 0.4)
        x, y, width, height = (side * PX_PER_MM for side in white)
        clear = (0.0, 0.0, self._composer.boxes([(x, y, width, height)], colour=WHITE))
        beside = (self._areas["unsuited"].width - 2 * BESIDE_MM) * PX_PER_MM
        if self._composer.stamp(number, size=LEAST_PX).width > beside:  # the whole number matters more
            return [clear, self._boxed(number, "number", NUMBER_PX)]
        return [
            clear,
            self._boxed(number, "unsuited", NUMBER_PX),
            self._boxed(_NO_BUBBLES.th, "no bubbles th", NOTE_PX),
            self._boxed(_NO_BUBBLES.en, "no bubbles en", NOTE_PX),
        ]

    def _on_line(self, text: str, name: str, size: float) -> Placed:
        area = self._areas[name]
        drawing = self._fitted(text, area, size)
        return area.x * PX_PER_MM, (area.y + area.height - ABOVE_LINE_MM) * PX_PER_MM, drawing

    def _boxed(self, text: str, name: str, size: float) -> Placed:
        area = self._areas[name]
        drawing = self._fitted(text, area, size)
        x = (area.x + area.width / 2) * PX_PER_MM - drawing.width / 2
        return x, (area.y + area.height / 2) * PX_PER_MM + size * HALF_CAP, drawing

    def _fitted(self, text: str, area: Area, size: float) -> Graphics:
        """Return the text at `size`, or smaller if the area is too narrow; at the minimum size it is
        truncated."""
        if not text:
            return Graphics(b"", 0.0)
        drawing = self._composer.stamp(text, size=size)
        room = (area.width - 2 * BESIDE_MM) * PX_PER_MM
        if drawing.width <= room:
            return drawing
        if size * room / drawing.width >= LEAST_PX:
            return self._composer.stamp(text, size=size * room / drawing.width)
        ends = [n for n, char in enumerate(text) if unicodedata.category(char) != "Mn" and char != "ำ"]
        stamps = (self._composer.stamp(f"{text[:end].rstrip()}…", size=LEAST_PX) for end in reversed(ends))
        return next(drawing for drawing in stamps if drawing.width <= room)


def number_marks(number: CandidateNumber, candidate_id: str) -> tuple[Place, ...]:
    """Return the bubbles for a candidate's id; empty if it is too long or a character does not fit its
    place.

    An id that is shorter than the number begins in the first place. The script of its digits, spaces and
    hyphens make no difference.
    """
    digits = canonical_number(candidate_id)
    suits = len(digits) <= number.length and all(
        char in sizes.values_of(number, place) for place, char in enumerate(digits, 1)
    )
    return tuple(("number", place, char) for place, char in enumerate(digits, 1)) if suits else ()


def answer_sheet(exam: Exam, templates: Sequence[Path], logo: Path | None = None) -> bytes:
    """Return the answer sheet for no particular candidate, the same for every form."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "answer-sheet.pdf")
        print_sheets(path, exam, [None], templates, logo)
        return path.read_bytes()


def print_sheets(
    path: Path,
    exam: Exam,
    booklets: Iterable[Booklet | None],
    templates: Sequence[Path],
    logo: Path | None = None,
) -> None:
    """Write the sheets of booklets one after the other, without blank backs; None stands for the plain
    sheet."""
    context = {"fonts": fonts().as_uri(), "paper": _heading(exam)}
    css = fill("paper.css", context, templates, line_setter(templates))
    composer = PdfComposer(css, (*templates, fonts(), *filter(None, [logo])))
    sheets = SheetPrinter(composer, exam, exam.blueprint.papers, templates, logo=logo)
    with composer.file(path, tell("{exam} – answer sheet", exam=exam.blueprint.exam).th) as file:
        for booklet in booklets:
            sheets.pages(file, booklet)


def _heading(exam: Exam) -> Paper:
    return paper(exam, max(len(form.items) for form in exam.forms))
