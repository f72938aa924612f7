"""Candidates' reports → PDFs for thousands: each distinct part of them is laid out once.

A template makes an HTML page of one report, which is cut into parts (`page_parts`). Most parts are the same
for many candidates: a line of the standard with the same points, a verdict on the same score, a sentence.
Each of these becomes one piece (`rendering.pdf.slots`). What differs for every candidate (name, number, seat,
rank, number of blank answers) is written into slots. The pieces of a report are then placed on its pages in
their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from examgen.core.models.base import Bilingual
from examgen.core.problems import Refused
from examgen.core.resources import fonts
from examgen.core.text.thai import in_digits
from examgen.core.words import Pair, tell
from examgen.rendering.pdf.isolate_pages import Fragment
from examgen.rendering.pdf.page_parts import parts, styles
from examgen.rendering.pdf.slots import Piece, PieceComposer, PlacedPiece, slot
from examgen.reports.candidate_report.report import WorkOn

if TYPE_CHECKING:
    from examgen.core.models.papers import Digits
    from examgen.rendering.pdf.composer import Boxes, Graphics, PdfFile
    from examgen.reports.candidate_report.report import (
        CandidateLine,
        CandidatePlace,
        CandidateReport,
        RuleLine,
    )

Page = Callable[["CandidateReport"], str]
"""Returns the HTML page of one report."""
Code = Callable[["CandidateReport"], "Boxes"]
"""Returns the dark rectangles of a candidate's code in a square of 1 by 1."""
Key = tuple[object, ...]
"""The key of a part: its `data-part`, and what distinguishes it from other parts of that name."""

PAGE_MARK = '<p style="margin:0;font:7.5pt Sarabun;color:#444"><span>{}</span></p>'
"""The owner and the number of a page, styled like the page margins in report.css."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""The letters that number slots of one kind."""
SLACK = 6.0
"""How far a page may reach below its foot, in px: rows that are laid out separately are taller than in one
table by that much, because their borders do not collapse."""
FACT_GAP = 22.7
"""The gap between facts on one line, in px: 6 mm, as in report.css."""
_BLANK = Bilingual(th="−", en="−")
_MARKS = Bilingual(th=slot("marksth"), en=slot("marksen"))


# ── the parts of reports ─────────────────────────────────────────────────────────────────────


class HeadKey(NamedTuple):
    """The key of a report's head: the labels of its place, and the number of lines of its name."""

    labels: tuple[Pair, ...]
    n_lines: int


class WorkKey(NamedTuple):
    """The key of what to work on in a unit: the unit, its lists, and whether there are several units."""

    unit: CandidatePlace
    several: bool
    skills: tuple[str, ...]
    knowledge: tuple[str, ...]


class SeenParts:
    """The distinct parts of the reports of a run."""

    def __init__(self) -> None:
        self.sample: CandidateReport | None = None
        self.heads: dict[HeadKey, None] = {}
        self.verdicts: dict[CandidateReport, None] = {}
        self.lines: dict[CandidateLine, None] = {}
        self.missed: dict[CandidatePlace, CandidateLine] = {}
        self.rules: dict[RuleLine, None] = {}
        self.units: dict[Pair, None] = {}
        self.changes: dict[Pair, None] = {}
        self.notes: dict[Pair, None] = {}
        self.words: dict[Pair, None] = {}
        self.works: dict[WorkKey, None] = {}

    def add(self, report: CandidateReport) -> None:
        """Record the parts of a report."""
        self.sample = self.sample or report
        labels = tuple(label for label, _ in report.place)
        for n_lines in (0, 1, 2) if report.name else (0,):
            self.heads[HeadKey(labels, n_lines)] = None
        self.verdicts[verdict_of(report)] = None
        self.lines.update(dict.fromkeys(report.lines))
        self.rules.update(dict.fromkeys(report.rule))
        self.units.update(dict.fromkeys(report.unit))
        self.changes.update(dict.fromkeys(report.changes))
        self.notes.update(dict.fromkeys(report.notes))
        self.words[report.work_on_words] = None
        for work in report.work_on:
            self.missed.update((line.place, line) for line in work.missed)
            several = len(report.work_on) > 1
            self.works[WorkKey(work.unit, several, work.skills, work.knowledge)] = None


def bare_of(report: CandidateReport) -> CandidateReport:
    """A report without the parts that vary, which is the fastest to render."""
    return report._replace(
        rule=(),
        unit=(),
        changes=(),
        lines=(),
        work_on=(),
        notes=(),
        place=(),
        standing=(),
        work_on_words=_BLANK,
    )


def verdict_of(report: CandidateReport) -> CandidateReport:
    """A report with only the decision and score, and slots for what is the candidate's own."""
    standing = tuple(
        one._replace(value=slot(f"standing{LETTERS[n]}")) if one.is_own else one
        for n, one in enumerate(report.standing)
    )
    return bare_of(report)._replace(candidate_id="", name="", form="", standing=standing, marks=_MARKS)


def fragments(page: Page, seen: SeenParts, with_code: bool) -> dict[Key, str]:
    """The HTML of every part of the reports seen.

    It renders reports that show certain parts, and cuts these out. Raises Refused if the template lacks a
    part.
    """
    assert seen.sample is not None
    bare, found = bare_of(seen.sample), dict[Key, str]()

    def cut(keys: Sequence[Key], report: CandidateReport, without: Sequence[str] = ()) -> None:
        """Adds the parts of one name, which the report shows in the order of `keys`, to `found`.

        Parts named in `without` are cut out of them.
        """
        if not keys:
            return
        name = str(keys[0][0])
        own = [one.html for one in parts(page(report), (name, *without)) if one.name == name]
        if len(own) != len(keys):
            raise Refused(
                tell(
                    'template report-candidate.html has {n} elements with data-part="{name}", '
                    "but {keys_n} are expected. Keep those of the built-in template",
                    n=len(own),
                    name=name,
                    keys_n=len(keys),
                )
            )
        found.update(zip(keys, own, strict=True))

    # the head above the verdict, with slots for the candidate's own data
    for head in seen.heads:
        name = Markup("<br>".join(slot(f"name{LETTERS[n]}") for n in range(head.n_lines)))
        places = tuple(
            (label, slot(f"place{letter}")) for label, letter in zip(head.labels, LETTERS, strict=False)
        )
        report = bare._replace(candidate_id=slot("id"), name=name, form=slot("form"), place=places)
        cut([("head", head)], report, ("fact", "notices"))
        cut([("notices", head)], report)
        for n, fact in enumerate(parts(page(report), ("fact",))):
            found["fact", head.labels, n] = fact.html
    for verdict in seen.verdicts:
        cut([("verdict", verdict)], verdict)
    every = bare._replace(
        rule=tuple(seen.rules),
        unit=tuple(seen.units),
        changes=tuple(seen.changes),
        lines=tuple(seen.lines),
        notes=tuple(seen.notes),
    )
    cut([("unit-title",)] if seen.units else [], every)
    cut([("unit", said) for said in seen.units], every)
    cut([("changes-title",)] if seen.changes else [], every)
    cut([("change", change) for change in seen.changes], every)
    cut([("rule-title",)] if seen.rules else [], every)
    cut([("rule", rule) for rule in seen.rules], every)
    cut([("line", line) for line in seen.lines], every)
    cut([("note", note) for note in seen.notes], every)
    for name in ("lines-title", "lines-head", "work-title", *(("code",) if with_code else ()), "foot"):
        cut([(name,)], every)
    for words in seen.words:
        cut([("work-words", words)], bare._replace(work_on_words=words))
    # what to work on in a unit: every criterion that any candidate missed, and the lists of the unit
    for work in seen.works:
        missed = [line for place, line in seen.missed.items() if place.unit == work.unit.unit]
        one = WorkOn(work.unit, tuple(missed), work.skills, work.knowledge)
        html = page(bare._replace(work_on=(one, one) if work.several else (one,)))
        for part in parts(html, ("work-unit", "study", "lists")):
            found[part.name, work] = part.html
        for line, part in zip(missed, parts(html, ("missed",)), strict=False):
            found["missed", line.place] = part.html
        entries = parts(html, ("list-title", "list-entry"))
        for n, part in enumerate(entries[: len(entries) // 2] if work.several else entries):
            found["entry", work, n] = part.html
    found[("page",)] = PAGE_MARK.format(slot("page"))
    return found


# ── pages ────────────────────────────────────────────────────────────────────────────────────


class FlowStep(NamedTuple):
    """A piece in the order of a report, not yet placed on a page."""

    piece: Piece
    values: dict[str, Graphics] = {}  # noqa: RUF012 – never written to
    x: float = 0.0
    keep: bool = False
    """Whether the next piece must be on the same page."""
    beside: bool = False
    """Whether the next piece begins at the same height."""
    head: Piece | None = None
    """The piece that is repeated above it if it begins a page."""


def flowed(steps: Iterable[FlowStep], height: float) -> Iterator[list[tuple[float, FlowStep]]]:
    """The steps of each page with their distances from its top; steps to keep together move together."""
    groups: list[list[FlowStep]] = [[]]
    for step in steps:
        groups[-1].append(step)
        if not (step.keep or step.beside):
            groups.append([])
    page: list[tuple[float, FlowStep]] = []
    y = row = 0.0
    for group in filter(None, groups):
        if page and not page[-1][1].beside:
            # the white space that a piece shares with the piece above it, as margins collapse
            # (CSS 2.1, 8.3.1)
            y -= min(page[-1][1].piece.below, group[0].piece.above)
        needed = tallest = 0.0
        for one in group:
            tallest = max(tallest, one.piece.height)
            if not one.beside:
                needed, tallest = needed + tallest, 0.0
        needed -= group[-1].piece.below
        if page and y + needed > height + SLACK:
            yield page
            page, y = [], 0.0
        for one in group:
            if page == [] and one.head:
                y = one.head.height
            if page and y + one.piece.height > height + SLACK:
                yield page
                page, y = [], one.head.height if one.head else 0.0
            page.append((y, one))
            row = max(row, one.piece.height)
            if not one.beside:
                y, row = y + row, 0.0
    if page:
        yield page


class CandidatePress:
    """Lays out the parts of the reports of one run, and writes files of them.

    `reports` returns an iterable over every report that will be printed. `code` returns the rectangles of a
    candidate's code in a square of 1 by 1; the page then shows `picture` in its place.
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
    ) -> None:
        self._digits, self._code = digits, code
        seen = SeenParts()
        for report in reports():
            seen.add(report)
        self._composer: PieceComposer | None = None
        if not seen.sample:
            return
        self._composer = PieceComposer(styles(page(seen.sample)), (*readable, fonts()), language)
        self._frame = self._composer.frame()
        found = fragments(page, seen, code is not None)
        entries = {key: found.pop(key) for key in [*found] if key[0] == "entry"}
        self._pieces = self._laid_out(found)
        # lists of skills and knowledge are divided into entries only if they fill half a page, which few do:
        # entries take a quarter of the time of all other parts
        for key in [key for key in self._pieces if key[0] == "lists"]:
            if self._pieces[key].height > self._frame.text_height / 2:
                del self._pieces[key]
        self._pieces |= self._laid_out(
            {key: html for key, html in entries.items() if ("lists", key[1]) not in self._pieces}
        )
        tall = [key for key, piece in self._pieces.items() if piece.height > self._frame.text_height]
        if tall:
            raise Refused(
                tell("a part of the candidates' reports is taller than a page: {tall}", tall=tall[0][0])
            )

    def _laid_out(self, found: Mapping[Key, str]) -> dict[Key, Piece]:
        assert self._composer is not None
        width = self._frame.text_width
        pieces = self._composer.pieces([Fragment(html, width) for html in found.values()])
        return dict(zip(found, pieces, strict=True))

    # ── files ────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def file(self, path: Path, title: str) -> Iterator[PdfFile]:
        """A PDF to fill with reports; raises Refused if there are none."""
        if self._composer is None:
            raise Refused(tell("there are no candidates to report on"))
        with self._composer.file(path, title) as file:
            yield file

    def write(self, path: Path, reports: Iterable[CandidateReport], title: str) -> int:
        """Write the reports into one file, each on pages of its own; returns the number of pages."""
        with self.file(path, title) as file:
            for report in reports:
                self.add(file, report)
        return file.n_pages

    def add(self, file: PdfFile, report: CandidateReport) -> int:
        """Write a report; returns its number of pages."""
        frame, foot, mark = self._frame, self._pieces[("foot",)], self._pieces[("page",)]
        bottom, right = frame.top + frame.text_height, frame.left + frame.text_width
        below = frame.height - bottom
        pages = [*flowed(self._steps(report), frame.text_height)]
        file.bookmark(" ".join(filter(None, (report.candidate_id, report.name))))
        for number, steps in enumerate(pages, 1):
            placed = [
                PlacedPiece(frame.left + step.x, frame.top + y, step.piece, step.values) for y, step in steps
            ]
            text = f"{report.candidate_id} · {in_digits(f'{number} / {len(pages)}', self._digits)}"
            width = self._width(mark, "page", text)
            filled = {"page": self._filled(mark, "page", text, width)}
            feet = [
                PlacedPiece(frame.left, bottom + (below - foot.height) / 2, foot),
                PlacedPiece(right - width, bottom + (below - mark.height) / 2, mark, filled),
            ]
            heads = [
                PlacedPiece(frame.left, frame.top + y - step.head.height, step.head)
                for y, step in steps[:1]
                if step.head and number > 1
            ]
            every = (part for piece in (*heads, *placed, *feet) for part in piece.parts())
            file.page((frame.width, frame.height), every)
        file.end_booklet()
        return len(pages)

    def _filled(self, piece: Piece, name: str, text: str, room: float | None = None) -> Graphics:
        assert self._composer is not None
        return self._composer.fill(piece.slot(name), text, room)

    def _width(self, piece: Piece, name: str, text: str) -> float:
        assert self._composer is not None
        return self._composer.width(piece.slot(name), text)

    # ── from a report to pieces ──────────────────────────────────────────────────────────────

    def _steps(self, report: CandidateReport) -> Iterator[FlowStep]:
        pieces = self._pieces
        yield from self._head(report)
        verdict = pieces["verdict", verdict_of(report)]
        own = {"marksth": report.marks.th, "marksen": report.marks.en}
        own |= {f"standing{LETTERS[n]}": one.value for n, one in enumerate(report.standing) if one.is_own}
        values = {one.name: self._filled(verdict, one.name, own[one.name]) for one in verdict.slots}
        yield FlowStep(verdict, values, beside=self._code is not None)
        if self._code and self._composer:
            code = pieces[("code",)]
            yield FlowStep(code, {"picture": self._composer.fill_picture(code, self._code(report))})
        if report.unit:
            yield FlowStep(pieces[("unit-title",)], keep=True)
        for said in report.unit:
            yield FlowStep(pieces["unit", said])
        if report.changes:
            yield FlowStep(pieces[("changes-title",)], keep=True)
        for change in report.changes:
            yield FlowStep(pieces["change", change])
        if report.rule:
            yield FlowStep(pieces[("rule-title",)], keep=True)
        for rule in report.rule:
            yield FlowStep(pieces["rule", rule])
        yield FlowStep(pieces[("lines-title",)], keep=True)
        head = pieces[("lines-head",)]
        yield FlowStep(head, keep=True)
        for n, line in enumerate(report.lines):
            yield FlowStep(pieces["line", line], keep=n == 0 or line.place.level != "pc", head=head)
        for note in report.notes:
            yield FlowStep(pieces["note", note])
        yield FlowStep(pieces[("work-title",)], keep=True)
        yield FlowStep(pieces["work-words", report.work_on_words], keep=bool(report.work_on))
        several = len(report.work_on) > 1
        for work in report.work_on:
            key = WorkKey(work.unit, several, work.skills, work.knowledge)
            if several:
                yield FlowStep(pieces["work-unit", key], keep=True)
            half, last = self._frame.text_width / 2, len(work.missed) - 1
            for n, line in enumerate(work.missed):
                beside = n % 2 == 0 and n < last
                yield FlowStep(pieces["missed", line.place], x=half * (n % 2), beside=beside)
            if study := pieces.get(("study", key)):
                yield FlowStep(study, keep=True)
            if lists := pieces.get(("lists", key)):
                yield FlowStep(lists)
                continue
            n = 0
            while entry := pieces.get(("entry", key, n)):
                yield FlowStep(entry)
                n += 1

    def _head(self, report: CandidateReport) -> Iterator[FlowStep]:
        """The name on one line, or on two if it is too long and has a space; then the facts in full lines."""
        labels = tuple(label for label, _ in report.place)
        names = [report.name] if report.name else []
        if " " in report.name:
            piece = self._pieces["head", HeadKey(labels, 1)]
            if self._width(piece, "namea", report.name) > piece.slot("namea").room:
                # split at the space nearest to the middle
                spaces = [n for n, char in enumerate(report.name) if char == " "]
                middle = min(spaces, key=lambda n: abs(n - len(report.name) / 2))
                names = [report.name[:middle], report.name[middle + 1 :]]
        key = HeadKey(labels, len(names))
        piece = self._pieces["head", key]
        slots = {f"name{LETTERS[n]}": name for n, name in enumerate(names)}
        filled = {name: self._filled(piece, name, text) for name, text in slots.items()}
        yield FlowStep(piece, filled)

        own = {"id": report.candidate_id, "form": report.form}
        own |= {f"place{LETTERS[n]}": value for n, (_, value) in enumerate(report.place)}
        facts: list[tuple[Piece, dict[str, Graphics], float]] = []
        while fact := self._pieces.get(("fact", labels, len(facts))):
            # the values in its slots, and its width with them
            filled, width = {}, fact.extent
            for one in fact.slots[:1]:
                room = self._frame.text_width - one.x
                filled = {one.name: self._filled(fact, one.name, own[one.name], room)}
                width = one.x + min(self._width(fact, one.name, own[one.name]), room)
            facts.append((fact, filled, width))
        x = 0.0
        for n, (piece, values, width) in enumerate(facts):
            after = facts[n + 1][2] if n + 1 < len(facts) else float("inf")
            right = x + width + FACT_GAP
            beside = right + after <= self._frame.text_width
            yield FlowStep(piece, values, x, beside=beside)
            x = right if beside else 0.0
        yield FlowStep(self._pieces["notices", key])
