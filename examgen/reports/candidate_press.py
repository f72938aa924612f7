"""Candidates' reports → tagged PDFs for thousands: each different part of them is laid out once.

The page of HTML that a template makes of one report is cut into parts (`page_parts`). A line of the standard
with the same points, a verdict on the same score, a sentence: most of what a report shows is that of many
candidates, and becomes one piece (`examgen.pdf.tagged_press`). What is a candidate's own – name, number,
seat, rank, how many answers were blank – is written into slots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from examgen.pdf.page_parts import styles
from examgen.pdf.tagged_press import Filled, Fragment, Piece, Placed, TaggedFile, TaggedPress, picture
from examgen.problems import Refused
from examgen.reports.candidate_fragments import (
    LETTERS,
    HeadKey,
    Key,
    Page,
    Seen,
    WorkKey,
    fragments,
    verdict_of,
)
from examgen.reports.page_flow import Step
from examgen.reports.page_flow import pages as paged
from examgen.resources import fonts
from examgen.thai import in_digits

if TYPE_CHECKING:
    from examgen.models import Bilingual
    from examgen.models.papers import Digits
    from examgen.pdf.signed_file import Signs
    from examgen.reports.candidate import CandidateReport, WorkOn

Code = Callable[["CandidateReport"], Iterable[tuple[float, float, float, float]]]
"""Gives the dark rectangles of a candidate's code: x, y, width and height in a square of 1 by 1."""

FACT_GAP = 22.7
"""Between facts beside each other, in px: 6 mm, as in report.css."""

__all__ = ["CandidatePress", "Code", "Page", "picture"]


class CandidatePress:
    """The parts of the reports of one run, laid out, and the files that are made of them.

    `reports` gives every report that will be printed, each time it is called: once to see what there is.
    `code` gives the rectangles of a candidate's code in a square of 1 by 1; the page then shows `picture` in
    its place. `signer` signs each file.
    """

    def __init__(
        self,
        page: Page,
        reports: Callable[[], Iterable[CandidateReport]],
        readable: Sequence[Path],
        *,
        digits: Digits = "arabic",
        language: str = "th",
        code: Code | None = None,
        signer: Signs | None = None,
    ) -> None:
        self._digits, self._code, self._signer = digits, code, signer
        seen = Seen()
        for report in reports():
            seen.add(report)
        self._press: TaggedPress | None = None
        if not seen.sample:
            return
        self._press = TaggedPress(styles(page(seen.sample)), (*readable, fonts()), language)
        self._frame = self._press.frame()
        self._pieces = self._laid_out(fragments(page, seen, code is not None))
        self._split_tall()

    def _laid_out(self, found: Mapping[Key, str]) -> dict[Key, Piece]:
        assert self._press is not None
        width = self._frame.text_width
        return dict(
            zip(found, self._press.pieces([Fragment(html, width) for html in found.values()]), strict=True)
        )

    def _split_tall(self) -> None:
        """Take lists of skills and knowledge apart that would fill half a page."""
        for key in [key for key in self._pieces if key[0] == "lists"]:
            if self._pieces[key].height > self._frame.text_height / 2:
                del self._pieces[key]
        tall = [key for key, piece in self._pieces.items() if piece.height > self._frame.text_height]
        if tall:
            raise Refused(f"a part of the candidates' reports is taller than a page: {tall[0][0]}")

    # ── files ────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def file(self, path: Path, title: str) -> Iterator[TaggedFile]:
        """A PDF to be filled with reports."""
        if self._press is None:
            raise Refused("there is no candidate to report on")
        with self._press.tagged_file(path, title, self._signer) as file:
            yield file

    def write(self, path: Path, reports: Iterable[CandidateReport], title: str) -> int:
        """One file of those reports, each beginning on a page of its own; how many pages it has."""
        with self.file(path, title) as file:
            for report in reports:
                self.add(file, report)
        return file.n_pages

    def add(self, file: TaggedFile, report: CandidateReport) -> int:
        """Write a report; how many pages it has."""
        frame = self._frame
        pages = [*paged(self._steps(report), frame.text_height)]
        for number, steps in enumerate(pages, 1):
            placed = [self._placed(y, step) for y, step in steps]
            mark = f"{report.candidate_id} · {in_digits(f'{number} / {len(pages)}', self._digits)}"
            feet = [self._foot(self._one("foot"), {}, frame.left), self._page_mark(mark)]
            heads = [
                Placed(frame.left, frame.top + y - step.head.height, step.head)
                for y, step in steps[:1]
                if step.head and number > 1
            ]
            file.tagged_page((frame.width, frame.height), placed, [*heads, *feet])
        file.end_part()
        return len(pages)

    def _placed(self, y: float, step: Step) -> Placed:
        frame = self._frame
        return Placed(frame.left + step.x, frame.top + y, step.piece, step.values, step.joins)

    def _foot(self, piece: Piece, values: dict[str, Filled], x: float) -> Placed:
        frame = self._frame
        below = frame.height - frame.top - frame.text_height
        return Placed(x, frame.top + frame.text_height + (below - piece.height) / 2, piece, values)

    def _page_mark(self, text: str) -> Placed:
        piece = self._one("page")
        right = self._frame.left + self._frame.text_width
        width = self._width(piece, "page", text)
        return self._foot(piece, {"page": self._filled(piece, "page", text, width)}, right - width)

    # ── from a report to pieces ──────────────────────────────────────────────────────────────

    def _one(self, *key: object) -> Piece:
        return self._pieces[key]

    def _filled(self, piece: Piece, name: str, text: str, room: float | None = None) -> Filled:
        assert self._press is not None
        return self._press.fill(piece.slot(name), text, room)

    def _width(self, piece: Piece, name: str, text: str) -> float:
        assert self._press is not None
        return self._press.width(piece.slot(name), text)

    def _steps(self, report: CandidateReport) -> Iterator[Step]:
        yield from self._head(report)
        yield self._verdict(report)
        if self._code and self._press:
            values = {"picture": self._press.drawn(self._code(report))}
            yield Step(self._one("code"), values, joins=False)
        if report.changes:
            yield Step(self._one("changes-title"), joins=False, keep=True)
        for change in report.changes:
            yield Step(self._one("change", change))
        if report.rule:
            yield Step(self._one("rule-title"), joins=False, keep=True)
        for rule in report.rule:
            yield Step(self._one("rule", rule))
        yield Step(self._one("lines-title"), joins=False, keep=True)
        head = self._one("lines-head")
        yield Step(head, keep=True)
        for n, line in enumerate(report.lines):
            yield Step(self._one("line", line), keep=n == 0 or line.place.level != "pc", head=head)
        for note in report.notes:
            yield Step(self._one("note", note))
        yield Step(self._one("work-title"), joins=False, keep=True)
        yield Step(self._one("work-words", report.work_on_words), keep=bool(report.work_on))
        for work in report.work_on:
            yield from self._work(work, len(report.work_on) > 1)

    def _head(self, report: CandidateReport) -> Iterator[Step]:
        labels = tuple(label for label, _ in report.place)
        names = self._names(report, labels)
        head = HeadKey(labels, len(names))
        piece = self._one("head", head)
        values = {f"name{LETTERS[n]}": name for n, name in enumerate(names)}
        yield Step(piece, {key: self._filled(piece, key, name) for key, name in values.items()}, joins=False)
        own = {"id": report.candidate_id, "form": report.form}
        own |= {f"place{LETTERS[n]}": value for n, (_, value) in enumerate(report.place)}
        yield from self._facts(labels, own)
        yield Step(self._one("notices", head))

    def _names(self, report: CandidateReport, labels: tuple[Bilingual, ...]) -> list[str]:
        """The name on one line, or on two where it is too long and has a space."""
        if not report.name:
            return []
        piece = self._one("head", HeadKey(labels, 1))
        if self._width(piece, "namea", report.name) <= piece.slot("namea").room or " " not in report.name:
            return [report.name]
        return [*_halves(report.name)]

    def _facts(self, labels: tuple[Bilingual, ...], own: dict[str, str]) -> Iterator[Step]:
        """Facts beside each other, as many as a line holds."""
        facts = []
        n = 0
        while piece := self._pieces.get(("fact", labels, n)):
            values, width = self._fact(piece, own)
            facts.append((piece, values, width))
            n += 1
        x = 0.0
        for place, (piece, values, width) in enumerate(facts):
            after = facts[place + 1][2] if place + 1 < len(facts) else float("inf")
            right = x + width + FACT_GAP
            beside = right + after <= self._frame.text_width
            yield Step(piece, values, x, beside=beside)
            x = right if beside else 0.0

    def _fact(self, piece: Piece, own: dict[str, str]) -> tuple[dict[str, Filled], float]:
        """What fills a fact, and how wide it is then."""
        for one in piece.slots:
            if one:
                text = own[one.name]
                room = self._frame.text_width - one.x
                values = {one.name: self._filled(piece, one.name, text, room)}
                return values, one.x + min(self._width(piece, one.name, text), room)
        return {}, piece.extent

    def _verdict(self, report: CandidateReport) -> Step:
        piece = self._one("verdict", verdict_of(report))
        own = {"marksth": report.marks.th, "marksen": report.marks.en}
        own |= {f"standing{LETTERS[n]}": one.value for n, one in enumerate(report.standing) if one.is_own}
        values = {one.name: self._filled(piece, one.name, own[one.name]) for one in piece.slots if one}
        return Step(piece, values, joins=False, beside=self._code is not None)

    def _work(self, work: WorkOn, several: bool) -> Iterator[Step]:
        key = WorkKey(work.unit, several, work.skills, work.knowledge)
        if several:
            yield Step(self._one("work-unit", key), keep=True)
        half, last = self._frame.text_width / 2, len(work.missed) - 1
        for n, line in enumerate(work.missed):
            beside = n % 2 == 0 and n < last
            yield Step(self._one("missed", line.place), x=half * (n % 2), beside=beside)
        if study := self._pieces.get(("study", key)):
            yield Step(study, keep=True)
        if lists := self._pieces.get(("lists", key)):
            yield Step(lists)
            return
        n = 0
        while entry := self._pieces.get(("entry", key, n)):
            yield Step(entry)
            n += 1


def _halves(name: str) -> tuple[str, str]:
    """A name in two at the space that is nearest to its middle."""
    spaces = [n for n, char in enumerate(name) if char == " "]
    middle = min(spaces, key=lambda n: abs(n - len(name) / 2))
    return name[:middle], name[middle + 1 :]
