"""Candidates' reports → tagged PDFs for thousands: each different part of them is laid out once.

The page of HTML that a template makes of one report is cut into parts (`page_parts`). A line of the standard
with the same points, a verdict on the same score, a sentence: most of what a report shows is that of many
candidates, and becomes one piece (`examgen.pdf.tagged_press`). What is a candidate's own – name, number,
seat, rank, how many answers were blank – is written into slots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from examgen.models import Bilingual
from examgen.pdf.tagged_press import Filled, Fragment, Piece, Placed, TaggedFile, TaggedPress, picture, slot
from examgen.problems import Refused
from examgen.reports.page_parts import parts, styles
from examgen.resources import fonts
from examgen.thai import in_digits

if TYPE_CHECKING:
    from examgen.models.papers import Digits
    from examgen.reports.candidate import CandidateReport, Line, Place, WorkOn

Page = Callable[["CandidateReport"], str]
"""Makes the page of HTML of one report."""

Code = Callable[["CandidateReport"], Iterable[tuple[float, float, float, float]]]

FACT_GAP, FACT_LINE_GAP = 22.7, 1.9
"""Between facts beside and below each other, in px: 6 mm and half a millimetre, as in report.css."""
FOOT_PX = 10.0
RUNNING = '<p style="margin:0;font:7.5pt Sarabun;color:#444"><span>{}</span></p>'
"""The foot of each page, as the page margins of report.css have it."""

_BLANK = Bilingual(th="−", en="−")
_MARKS = Bilingual(th=slot("marksth"), en=slot("marksen"))
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


__all__ = ["CandidatePress", "Code", "Page", "paper_faces", "picture"]


def paper_faces() -> dict[str, str]:
    """Weight → address of the faces as files, for the `faces` of a report that is printed."""
    weights = {"400": "Regular", "700": "Bold"}
    return {weight: (fonts() / f"Sarabun-{name}.ttf").as_uri() for weight, name in weights.items()}


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


class _Head(NamedTuple):
    """Which head a report has: what is said of its place, and on how many lines its name stands."""

    labels: tuple[Bilingual, ...]
    n_lines: int


class _WorkKey(NamedTuple):
    unit: Place
    several: bool
    skills: tuple[str, ...]
    knowledge: tuple[str, ...]


class CandidatePress:
    """The parts of the reports of one run, laid out, and the files that are made of them.

    `reports` gives every report that will be printed, each time it is called: once to see what there is.
    `code` gives the rectangles of a candidate's code in a square of 1 by 1; the page then shows `picture` in
    its place.
    """

    def __init__(
        self,
        page: Page,
        reports: Callable[[], Iterable[CandidateReport]],
        readable: Sequence[Path],
        *,
        exam: str,
        digits: Digits = "arabic",
        language: str = "th",
        code: Code | None = None,
    ) -> None:
        self._page, self._exam, self._digits, self._code = page, exam, digits, code
        seen = _Seen()
        for report in reports():
            seen.add(report)
        self._press: TaggedPress | None = None
        if not seen.sample:
            return
        sample = seen.sample
        self._press = TaggedPress(styles(page(sample)), (*readable, fonts()), language)
        self._frame = self._press.frame()
        self._fragments: dict[tuple[object, ...], str] = {}
        self._prepare(seen, sample)
        self._pieces = self._laid_out()
        self._split_tall()

    @property
    def n_parts(self) -> int:
        """How many parts were laid out."""
        return len(self._pieces)

    # ── what is to be laid out ───────────────────────────────────────────────────────────────

    def _prepare(self, seen: _Seen, sample: CandidateReport) -> None:
        bare = _bare(sample)
        for head in seen.heads:
            self._add_head(head, bare)
        for verdict in seen.verdicts:
            self._add(("verdict", verdict), verdict, "verdict")
        every = bare._replace(lines=tuple(seen.lines), notes=tuple(seen.notes))
        self._add_each([("line", line) for line in seen.lines], every, "line")
        self._add_each([("note", note) for note in seen.notes], every, "note")
        for name in ("lines-title", "lines-head", "work-title", "foot"):
            self._add((name,), every, name)
        if self._code:
            self._add(("code",), every, "code")
        for words in seen.words:
            self._add(("work-words", words), bare._replace(work_on_words=words), "work-words")
        for work in seen.works:
            self._add_work(work, seen, bare)
        self._fragments["running",] = RUNNING.format(slot("running"))
        self._fragments["page",] = RUNNING.format(slot("page"))

    def _add_head(self, head: _Head, bare: CandidateReport) -> None:
        name = Markup("<br>".join(slot(f"name{_LETTERS[n]}") for n in range(head.n_lines)))
        places = tuple(
            (label, slot(f"place{letter}")) for label, letter in zip(head.labels, _LETTERS, strict=False)
        )
        html = self._page(bare._replace(candidate_id=slot("id"), name=name, form=slot("form"), place=places))
        found = parts(html, ("head", "fact", "notices"))
        facts = [one.html for one in found if one.name == "fact"]
        for n, fact in enumerate(facts):
            self._fragments["fact", head.labels, n] = fact
        for one in found:
            if one.name != "fact":
                self._fragments[one.name, head] = one.html

    def _add(self, key: tuple[object, ...], report: CandidateReport, name: str) -> None:
        self._add_each([key], report, name)

    def _add_each(self, keys: Sequence[tuple[object, ...]], report: CandidateReport, name: str) -> None:
        found = [one.html for one in parts(self._page(report), (name,))]
        if len(found) != len(keys):
            raise Refused(
                f'template report-candidate.html has {len(found)} elements with data-part="{name}" '
                f"where {len(keys)} are expected: keep those of the built-in template"
            )
        self._fragments.update(zip(keys, found, strict=True))

    def _add_work(self, work: _WorkKey, seen: _Seen, bare: CandidateReport) -> None:
        from examgen.reports.candidate import WorkOn

        missed = [line for place, line in seen.missed.items() if place.unit == work.unit.unit]
        one = WorkOn(work.unit, tuple(missed), work.skills, work.knowledge)
        html_of = bare._replace(work_on=(one, one) if work.several else (one,))
        found = parts(self._page(html_of), ("work-unit", "missed", "study", "lists"))
        if work.several:
            self._fragments["work-unit", work] = next(p.html for p in found if p.name == "work-unit")
        rows = [part.html for part in found if part.name == "missed"]
        for line, html in zip(missed, rows, strict=False):
            self._fragments["missed", line.place] = html
        for name in ("study", "lists"):
            for part in found:
                if part.name == name:
                    self._fragments[name, work] = part.html
        entries = parts(self._page(html_of), ("list-title", "list-entry"))
        half = len(entries) // 2 if work.several else len(entries)
        for n, part in enumerate(entries[:half]):
            self._fragments["entry", work, n] = part.html

    def _laid_out(self) -> dict[tuple[object, ...], Piece]:
        assert self._press is not None
        width = self._frame.text_width
        fragments = [Fragment(html, width) for html in self._fragments.values()]
        return dict(zip(self._fragments, self._press.pieces(fragments), strict=True))

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
        with self._press.tagged_file(path, title) as file:
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
        pages = [*_pages(self._steps(report), frame.text_height)]
        running = self._one(
            "running",
        )
        own = {
            "running": self._filled(
                running, "running", f"{self._exam} · {report.candidate_id}", frame.text_width / 2
            )
        }
        for number, steps in enumerate(pages, 1):
            placed = [self._placed(y, step) for y, step in steps]
            feet = [self._foot(running, own, frame.left), self._page_mark(number, len(pages))]
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

    def _page_mark(self, number: int, n_pages: int) -> Placed:
        piece, text = (
            self._one(
                "page",
            ),
            in_digits(f"{number} / {n_pages}", self._digits),
        )
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
        if self._code and self._press:
            values = {"picture": self._press.drawn(self._code(report))}
            yield Step(self._one("code"), values, joins=False)
        yield Step(self._one("foot"), joins=False)

    def _head(self, report: CandidateReport) -> Iterator[Step]:
        labels = tuple(label for label, _ in report.place)
        names = self._names(report, labels)
        head = _Head(labels, len(names))
        piece = self._one("head", head)
        values = {f"name{_LETTERS[n]}": name for n, name in enumerate(names)}
        yield Step(
            piece, {slot: self._filled(piece, slot, name) for slot, name in values.items()}, joins=False
        )
        own = {"id": report.candidate_id, "form": report.form}
        own |= {f"place{_LETTERS[n]}": value for n, (_, value) in enumerate(report.place)}
        yield from self._facts(labels, own)
        yield Step(self._one("notices", head))

    def _names(self, report: CandidateReport, labels: tuple[Bilingual, ...]) -> list[str]:
        """The name on one line, or on two where it is too long and has a space."""
        if not report.name:
            return []
        piece = self._one("head", _Head(labels, 1))
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
        piece = self._one("verdict", _verdict(report))
        own = {"marksth": report.marks.th, "marksen": report.marks.en}
        own |= {
            f"standing{_LETTERS[n]}": in_digits(value, self._digits)
            for n, (_, value) in enumerate(report.standing)
        }
        values = {one.name: self._filled(piece, one.name, own[one.name]) for one in piece.slots if one}
        return Step(piece, values, joins=False)

    def _work(self, work: WorkOn, several: bool) -> Iterator[Step]:
        key = _WorkKey(work.unit, several, work.skills, work.knowledge)
        if several:
            yield Step(self._one("work-unit", key), keep=True)
        for line in work.criteria:
            yield Step(self._one("missed", line.place))
        if study := self._pieces.get(("study", key)):
            yield Step(study, keep=True)
        if lists := self._pieces.get(("lists", key)):
            yield Step(lists)
            return
        n = 0
        while entry := self._pieces.get(("entry", key, n)):
            yield Step(entry)
            n += 1


class _Seen:
    """What the reports of a run have that differs, each once."""

    def __init__(self) -> None:
        self.sample: CandidateReport | None = None
        self.heads: dict[_Head, None] = {}
        self.verdicts: dict[CandidateReport, None] = {}
        self.lines: dict[Line, None] = {}
        self.missed: dict[Place, Line] = {}
        self.notes: dict[Bilingual, None] = {}
        self.words: dict[Bilingual, None] = {}
        self.works: dict[_WorkKey, None] = {}

    def add(self, report: CandidateReport) -> None:
        """Note the parts of a report."""
        self.sample = self.sample or report
        labels = tuple(label for label, _ in report.place)
        for n_lines in (0, 1, 2) if report.name else (0,):
            self.heads[_Head(labels, n_lines)] = None
        self.verdicts[_verdict(report)] = None
        self.lines.update(dict.fromkeys(report.lines))
        self.notes.update(dict.fromkeys(report.notes))
        self.words[report.work_on_words] = None
        for work in report.work_on:
            self.missed.update((line.place, line) for line in work.criteria)
            several = len(report.work_on) > 1
            self.works[_WorkKey(work.unit, several, work.skills, work.knowledge)] = None


def _bare(report: CandidateReport) -> CandidateReport:
    """A report that shows nothing of what differs: as quick to fill in as can be."""
    return report._replace(lines=(), work_on=(), notes=(), place=(), standing=(), work_on_words=_BLANK)


def _verdict(report: CandidateReport) -> CandidateReport:
    """A report's decision and score, slots for what is the candidate's own; without all else."""
    standing = tuple((name, slot(f"standing{_LETTERS[n]}")) for n, (name, _) in enumerate(report.standing))
    return _bare(report)._replace(candidate_id="", name="", form="", standing=standing, marks=_MARKS)


def _halves(name: str) -> tuple[str, str]:
    """A name in two at the space that is nearest to its middle."""
    spaces = [n for n, char in enumerate(name) if char == " "]
    middle = min(spaces, key=lambda n: abs(n - len(name) / 2))
    return name[:middle], name[middle + 1 :]


def _pages(steps: Iterable[Step], height: float) -> Iterator[list[tuple[float, Step]]]:
    """The steps of each page with their heights from its top; what is kept together goes on together."""
    page: list[tuple[float, Step]] = []
    y = 0.0
    for group in _groups(steps):
        needed = _height(group)
        if page and y + needed > height:
            yield page
            page, y = [], 0.0
        for step in group:
            if page == [] and step.head:
                y = step.head.height
            if page and y + step.piece.height > height:
                yield page
                page, y = [], step.head.height if step.head else 0.0
            page.append((y, step))
            y += 0.0 if step.beside else step.piece.height
    if page:
        yield page


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
    return sum(step.piece.height for step in group if not step.beside)
