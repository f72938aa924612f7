"""Candidates' reports → tagged PDFs for thousands: each different part of them is laid out once.

The page of HTML that a template makes of one report is cut into parts (`page_parts`). A line of the standard
with the same points, a verdict on the same score, a sentence: most of what a report shows is that of many
candidates, and becomes one piece (`rendering.pdf.tagged_composer`). What is a candidate's own – name, number,
seat, rank, how many answers were blank – is written into slots.

Candidates' reports → the HTML of every different part of them, cut from the page that a template makes.

Pieces in the order of a report → which of them stand on which page, and how far down.
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
from examgen.rendering.pdf.pieces import Filled, Piece, slot
from examgen.rendering.pdf.tagged_composer import Spread, TaggedPdfComposer, one_by_one
from examgen.rendering.pdf.tagged_file import Placed, TaggedFile
from examgen.reports.candidate_report.report import WorkOn

if TYPE_CHECKING:
    from examgen.core.models.papers import Digits
    from examgen.rendering.pdf.signed_file import SignatureRoom, Signs
    from examgen.reports.candidate_report.report import CandidateReport, Line, Place, RuleLine

Page = Callable[["CandidateReport"], str]
"""Makes the page of HTML of one report."""

Key = tuple[object, ...]
"""What a part is called: its `data-part`, and what tells it from others of that name."""

PAGE_MARK = '<p style="margin:0;font:7.5pt Sarabun;color:#444"><span>{}</span></p>'
"""Whose page it is and its number, as the page margins of report.css have it."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""What numbers slots of one kind."""

_BLANK = Bilingual(th="−", en="−")
_MARKS = Bilingual(th=slot("marksth"), en=slot("marksen"))


class HeadKey(NamedTuple):
    """Which head a report has: what is said of its place, and on how many lines its name stands."""

    labels: tuple[Pair, ...]
    n_lines: int


class WorkKey(NamedTuple):
    """What is the same of what to work on in a unit, and whether other units are worked on beside it."""

    unit: Place
    several: bool
    skills: tuple[str, ...]
    knowledge: tuple[str, ...]


class Seen:
    """What the reports of a run have that differs, each once."""

    def __init__(self) -> None:
        self.sample: CandidateReport | None = None
        self.heads: dict[HeadKey, None] = {}
        self.verdicts: dict[CandidateReport, None] = {}
        self.lines: dict[Line, None] = {}
        self.missed: dict[Place, Line] = {}
        self.rules: dict[RuleLine, None] = {}
        self.changes: dict[Pair, None] = {}
        self.notes: dict[Pair, None] = {}
        self.words: dict[Pair, None] = {}
        self.works: dict[WorkKey, None] = {}

    def add(self, report: CandidateReport) -> None:
        """Note the parts of a report."""
        self.sample = self.sample or report
        labels = tuple(label for label, _ in report.place)
        for n_lines in (0, 1, 2) if report.name else (0,):
            self.heads[HeadKey(labels, n_lines)] = None
        self.verdicts[verdict_of(report)] = None
        self.lines.update(dict.fromkeys(report.lines))
        self.rules.update(dict.fromkeys(report.rule))
        self.changes.update(dict.fromkeys(report.changes))
        self.notes.update(dict.fromkeys(report.notes))
        self.words[report.work_on_words] = None
        for work in report.work_on:
            self.missed.update((line.place, line) for line in work.missed)
            several = len(report.work_on) > 1
            self.works[WorkKey(work.unit, several, work.skills, work.knowledge)] = None


def bare_of(report: CandidateReport) -> CandidateReport:
    """A report that shows nothing of what differs: as quick to fill in as can be."""
    return report._replace(
        rule=(), changes=(), lines=(), work_on=(), notes=(), place=(), standing=(), work_on_words=_BLANK
    )


def verdict_of(report: CandidateReport) -> CandidateReport:
    """A report's decision and score, slots for what is the candidate's own; without all else."""
    standing = tuple(
        one._replace(value=slot(f"standing{LETTERS[n]}")) if one.is_own else one
        for n, one in enumerate(report.standing)
    )
    return bare_of(report)._replace(candidate_id="", name="", form="", standing=standing, marks=_MARKS)


def fragments(page: Page, seen: Seen, with_code: bool) -> dict[Key, str]:
    """The HTML of every part that the reports seen are made of; Refused where the template has it not."""
    assert seen.sample is not None
    cutter = _Cutter(page, bare_of(seen.sample))
    for head in seen.heads:
        cutter.head(head)
    for verdict in seen.verdicts:
        cutter.each([("verdict", verdict)], verdict)
    every = cutter.bare._replace(
        rule=tuple(seen.rules),
        changes=tuple(seen.changes),
        lines=tuple(seen.lines),
        notes=tuple(seen.notes),
    )
    if seen.changes:
        cutter.each([("changes-title",)], every)
    cutter.each([("change", change) for change in seen.changes], every)
    if seen.rules:
        cutter.each([("rule-title",)], every)
    cutter.each([("rule", rule) for rule in seen.rules], every)
    cutter.each([("line", line) for line in seen.lines], every)
    cutter.each([("note", note) for note in seen.notes], every)
    for name in ("lines-title", "lines-head", "work-title", *(("code",) if with_code else ()), "foot"):
        cutter.each([(name,)], every)
    for words in seen.words:
        cutter.each([("work-words", words)], cutter.bare._replace(work_on_words=words))
    for work in seen.works:
        cutter.work(work, [line for place, line in seen.missed.items() if place.unit == work.unit.unit])
    cutter.found[("page",)] = PAGE_MARK.format(slot("page"))
    return cutter.found


class _Cutter:
    """Fills the template with reports that show certain parts, and cuts these out."""

    def __init__(self, page: Page, bare: CandidateReport) -> None:
        self._page = page
        self.bare = bare
        self.found: dict[Key, str] = {}

    def each(self, keys: Sequence[Key], report: CandidateReport, without: Sequence[str] = ()) -> None:
        """The parts of one name, which the report shows in the order of their keys, without others."""
        if not keys:
            return
        name = str(keys[0][0])
        cut = [one.html for one in parts(self._page(report), (name, *without)) if one.name == name]
        if len(cut) != len(keys):
            raise Refused(
                tell(
                    'template report-candidate.html has {n} elements with data-part="{name}" where '
                    "{keys_n} are expected: keep those of the built-in template",
                    n=len(cut),
                    name=name,
                    keys_n=len(keys),
                )
            )
        self.found.update(zip(keys, cut, strict=True))

    def head(self, head: HeadKey) -> None:
        """What stands above the verdict, with slots for all that is the candidate's own."""
        name = Markup("<br>".join(slot(f"name{LETTERS[n]}") for n in range(head.n_lines)))
        places = tuple(
            (label, slot(f"place{letter}")) for label, letter in zip(head.labels, LETTERS, strict=False)
        )
        report = self.bare._replace(candidate_id=slot("id"), name=name, form=slot("form"), place=places)
        html = self._page(report)
        self.each([("head", head)], report, ("fact", "notices"))
        self.each([("notices", head)], report)
        for n, fact in enumerate(parts(html, ("fact",))):
            self.found["fact", head.labels, n] = fact.html

    def work(self, work: WorkKey, missed: Sequence[Line]) -> None:
        """What to work on in a unit: every criterion that anybody missed, and the unit's lists."""
        one = WorkOn(work.unit, tuple(missed), work.skills, work.knowledge)
        html = self._page(self.bare._replace(work_on=(one, one) if work.several else (one,)))
        for part in parts(html, ("work-unit", "study", "lists")):
            self.found[part.name, work] = part.html
        for line, part in zip(missed, parts(html, ("missed",)), strict=False):
            self.found["missed", line.place] = part.html
        entries = parts(html, ("list-title", "list-entry"))
        for n, part in enumerate(entries[: len(entries) // 2] if work.several else entries):
            self.found["entry", work, n] = part.html


SLACK = 6.0
"""In px, how far a page may reach below its foot: by so much rows that are laid out apart, whose borders do
not collapse, are taller than in one table."""


class Step(NamedTuple):
    """A piece in the order of a report, before it is known on which page it stands."""

    piece: Piece
    values: dict[str, Filled] = {}  # noqa: RUF012 – never written to
    x: float = 0.0
    joins: bool = True
    """Whether it belongs to the section, table or list of what comes before it."""
    keep: bool = False
    """Whether what comes after it must be on the same page."""
    beside: bool = False
    """Whether what comes after it begins at the same height."""
    head: Piece | None = None
    """What is shown again above it where it begins a page."""


def flowed(steps: Iterable[Step], height: float) -> Iterator[list[tuple[float, Step]]]:
    """The steps of each page with their heights from its top; what is kept together goes on together."""
    page: list[tuple[float, Step]] = []
    y = row = 0.0
    for group in _groups(steps):
        y -= _shared(page, group[0])
        needed = _height(group) - group[-1].piece.below
        if page and y + needed > height + SLACK:
            yield page
            page, y = [], 0.0
        for step in group:
            if page == [] and step.head:
                y = step.head.height
            if page and y + step.piece.height > height + SLACK:
                yield page
                page, y = [], step.head.height if step.head else 0.0
            page.append((y, step))
            row = max(row, step.piece.height)
            if not step.beside:
                y, row = y + row, 0.0
    if page:
        yield page


def _shared(page: list[tuple[float, Step]], step: Step) -> float:
    """The white that a piece has in common with the one above it, as margins collapse (CSS 2.1, 8.3.1)."""
    if not page or page[-1][1].beside:
        return 0.0
    return min(page[-1][1].piece.below, step.piece.above)


def _groups(steps: Iterable[Step]) -> Iterator[list[Step]]:
    group: list[Step] = []
    for step in steps:
        group.append(step)
        if not (step.keep or step.beside):
            yield group
            group = []
    if group:
        yield group


def _height(group: Sequence[Step]) -> float:
    height = row = 0.0
    for step in group:
        row = max(row, step.piece.height)
        if not step.beside:
            height, row = height + row, 0.0
    return height


Code = Callable[["CandidateReport"], Iterable[tuple[float, float, float, float]]]
"""Gives the dark rectangles of a candidate's code: x, y, width and height in a square of 1 by 1."""

FACT_GAP = 22.7
"""Between facts beside each other, in px: 6 mm, as in report.css."""


class CandidatePress:
    """The parts of the reports of one run, laid out, and the files that are made of them.

    `reports` gives every report that will be printed, each time it is called: once to see what there is.
    `code` gives the rectangles of a candidate's code in a square of 1 by 1; the page then shows `picture` in
    its place. `signer` signs each file; `spread` has several processes lay out the parts.
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
        signer: Signs | SignatureRoom | None = None,
        spread: Spread = one_by_one,
    ) -> None:
        self._digits, self._code, self._signer = digits, code, signer
        seen = Seen()
        for report in reports():
            seen.add(report)
        self._press: TaggedPdfComposer | None = None
        if not seen.sample:
            return
        self._press = TaggedPdfComposer(styles(page(seen.sample)), (*readable, fonts()), language, spread)
        self._frame = self._press.frame()
        found = fragments(page, seen, code is not None)
        entries = {key: found.pop(key) for key in [*found] if key[0] == "entry"}
        self._pieces = self._laid_out(found)
        self._split_tall(entries)

    def _laid_out(self, found: Mapping[Key, str]) -> dict[Key, Piece]:
        assert self._press is not None
        width = self._frame.text_width
        return dict(
            zip(found, self._press.pieces([Fragment(html, width) for html in found.values()]), strict=True)
        )

    def _split_tall(self, entries: Mapping[Key, str]) -> None:
        """Take lists of skills and knowledge apart that would fill half a page: few do, and entries take a
        quarter of the time of all other parts."""
        for key in [key for key in self._pieces if key[0] == "lists"]:
            if self._pieces[key].height > self._frame.text_height / 2:
                del self._pieces[key]
        apart = {key: html for key, html in entries.items() if ("lists", key[1]) not in self._pieces}
        self._pieces |= self._laid_out(apart)
        tall = [key for key, piece in self._pieces.items() if piece.height > self._frame.text_height]
        if tall:
            raise Refused(
                tell("a part of the candidates' reports is taller than a page: {tall}", tall=tall[0][0])
            )

    # ── files ────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def file(self, path: Path, title: str) -> Iterator[TaggedFile]:
        """A PDF to be filled with reports."""
        if self._press is None:
            raise Refused(tell("there is no candidate to report on"))
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
        pages = [*flowed(self._steps(report), frame.text_height)]
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

    def _names(self, report: CandidateReport, labels: tuple[Pair, ...]) -> list[str]:
        """The name on one line, or on two where it is too long and has a space."""
        if not report.name:
            return []
        piece = self._one("head", HeadKey(labels, 1))
        if self._width(piece, "namea", report.name) <= piece.slot("namea").room or " " not in report.name:
            return [report.name]
        return [*_halves(report.name)]

    def _facts(self, labels: tuple[Pair, ...], own: dict[str, str]) -> Iterator[Step]:
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
