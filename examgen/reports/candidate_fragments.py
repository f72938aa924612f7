"""Candidates' reports → the HTML of every different part of them, cut from the page that a template makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from examgen.models import Bilingual
from examgen.pdf.page_parts import parts
from examgen.pdf.tagged_press import slot
from examgen.problems import Refused
from examgen.reports.candidate import WorkOn

if TYPE_CHECKING:
    from examgen.reports.candidate import CandidateReport, Line, Place, RuleLine

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

    labels: tuple[Bilingual, ...]
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
        self.changes: dict[Bilingual, None] = {}
        self.notes: dict[Bilingual, None] = {}
        self.words: dict[Bilingual, None] = {}
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
                f'template report-candidate.html has {len(cut)} elements with data-part="{name}" '
                f"where {len(keys)} are expected: keep those of the built-in template"
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
