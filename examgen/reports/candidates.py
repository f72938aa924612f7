"""A scored run → the reports that candidates are given: PDF composed by the thousand, pages of HTML.

Reports are made one after the other and never held: memory is that of the run's tables. Whoever writes the
files, keys stay in this process: it makes the codes beforehand, and signs what others wrote by its digest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from examgen.bank.settings import body_words
from examgen.core.candidate_numbers import canonical_number, writing_of
from examgen.core.exam.made_folders import recorded_folder
from examgen.core.exam.names import RESULTS
from examgen.core.files import Progress, quiet
from examgen.core.problems import Problem, Refused
from examgen.core.processes import ALONE, Workers, at_work, in_order, left, spread
from examgen.core.resources import fonts, template_folders
from examgen.core.words import Language, in_language, tell
from examgen.rendering.self_contained import self_contained
from examgen.reports.writing import ReportAsked, Reported, gone_of, names_in, place_of, run_of
from examgen.scoring.runs.releases import told_before

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from examgen.core.scored_run import PlaceKind, ScoredRun
    from examgen.core.words import Pair
    from examgen.rendering.parts import Words
    from examgen.rendering.pdf.signed_file import Signs, Unsigned
    from examgen.rendering.symbols import Box
    from examgen.reports.candidate_report.press import CandidatePress
    from examgen.reports.candidate_report.report import CandidateReport, SharedCandidateFacts


_TOLD_EVERY = 2000
"""After how many reports it is said how many there are."""
_PAGES_OF_TASK = 50
_WORTH_A_PROCESS = 1000
"""Reports that pay for a process."""

Result = TypeVar("Result")


By = Literal["centre", "room", "candidate"]
FILES: tuple[By, ...] = ("centre", "room", "candidate")
"""What may have a file of its own; the first where nothing is said."""

WITHOUT_ROOM = "without-room"
"""The file of those for whom no room is told, where each room has one."""


class CandidatesAsked(NamedTuple):
    """Which candidates' reports, and how they are parted into files."""

    ids: tuple[str, ...] = ()
    """All where none is named."""
    by: By = "centre"
    """What has a file of its own."""
    html: bool = False
    """Pages of HTML as well, one for each candidate."""
    key: Ed25519PrivateKey | None = None
    """Signs a code on each report."""
    signer: Signs | None = None
    """Signs each PDF."""
    workers: Workers = ALONE


def candidate_reports(
    folder: Path,
    workspace: Path,
    asked: ReportAsked,
    which: CandidatesAsked,
    progress: Progress = quiet,
) -> Reported:
    """Writes the reports of candidates; raises Refused for ids that the run has not."""
    from examgen.rendering.language import messages
    from examgen.rendering.parts import Words

    progress(tell("reading the run"))
    run, hidden = run_of(folder, asked, unmarked=True)
    codes = dict(hidden.table.select("candidate_id", "code").rows()) if hidden is not None else {}
    results = asked.results if asked.results is not None else folder / RESULTS
    run = run._replace(told_before=told_before(results, run, codes), body=body_words(workspace))
    everybody = run
    run = _only(run, [codes.get(one, one) for one in which.ids])
    if not run.candidates.height:
        raise Refused(tell("run {run} scored nobody: there is no candidate to report on", run=run.run))
    files = _files(run, which.by)
    run, files = _together(run, files)
    templates = template_folders(workspace)
    if asked.lang == "en":
        asked = asked._replace(digits="arabic")
    maker = _Maker(run, everybody, asked, which, templates, Words(messages(templates), asked.digits))
    place = place_of(folder, run, asked, "candidate")
    before = names_in(place)
    n = run.candidates.height
    with (
        recorded_folder(place, run.run, run.fingerprint) as made,
        at_work(which.workers, n // _WORTH_A_PROCESS) as executor,
    ):
        if asked.pdf:
            progress(tell("{n:,} reports as PDF", n=n))
            maker.write_pdfs(made, files, executor, progress)
        if which.html or not asked.pdf:
            progress(tell("{n:,} reports as HTML", n=n))
            maker.write_pages(made, executor, progress)
        names = names_in(made)
    codes_at = hidden.path if hidden is not None else None
    problems, gone = tuple(maker.problems.values()), gone_of(before, names)
    return Reported(place, names, codes_at, problems, run.run, run.release, gone)


class _File(NamedTuple):
    """A file of reports: what it is called, and what its title names."""

    name: str
    what: str


_NO_ROOM = _File(WITHOUT_ROOM, tell("without a room"))


def _files(run: ScoredRun, by: By) -> list[_File]:
    """In which file the report of each candidate of the run is."""
    columns = run.candidates.select("candidate_id", "centre", "room").iter_rows()
    return [_file(by, run.place_kind, *row) for row in columns]


def _file(by: By, kind: PlaceKind, candidate_id: str, centre: str, room: str) -> _File:
    """A title names what stands on the pages: an answer file does not."""
    if by == "candidate":
        return _File(candidate_id, candidate_id)
    if by == "centre":
        nowhere = "without-centre" if kind == "centre" else "candidates"
        return _File(centre or nowhere, "" if kind == "file" else centre)
    if not room:
        return _NO_ROOM
    if kind != "centre" or not centre:
        return _File(room, room)
    return _File(f"{centre}-{room}", f"{centre} – {room}")


def _together(run: ScoredRun, files: Sequence[_File]) -> tuple[ScoredRun, list[_File]]:
    """The run with the candidates of each file one after the other, in their order; and the file of each."""
    first: dict[_File, int] = {}
    for file in files:
        first.setdefault(file, len(first))
    order = sorted(range(len(files)), key=lambda n: first[files[n]])
    sorted_run = run._replace(candidates=run.candidates[order], criteria=run.criteria[order])
    return sorted_run, [files[n] for n in order]


def _only(run: ScoredRun, ids: Sequence[str]) -> ScoredRun:
    import polars as pl

    if not ids:
        return run
    known = dict.fromkeys(run.candidates["candidate_id"])
    ids = list(map(writing_of(known), ids))
    if unknown := [one for one in ids if one not in known]:
        shown = ", ".join(unknown[:10])
        message = tell("run {run} scored no candidate {shown}", run=run.run, shown=shown)
        raise Refused(message, _why_not(run, unknown))
    wanted = pl.col("candidate_id").is_in(ids)
    return run._replace(candidates=run.candidates.filter(wanted), criteria=run.criteria.filter(wanted))


def _why_not(run: ScoredRun, numbers: Sequence[str]) -> list[Problem]:
    """Why candidates have no result, as far as the run says."""
    from examgen.core.exam.runs import read_run
    from examgen.scoring.runs.waiting import rows_aside_of

    found = rows_aside_of(read_run(run.run, run.folder), numbers)
    with_rows = set(map(canonical_number, (one.candidate_id for one in found)))
    return [
        *(Problem(one.where, "set-aside", one.why, item=one.candidate_id) for one in found),
        *(
            Problem(
                f"run {run.run}", "no-row",
                tell("no row bears this number: see unreconciled.csv, or another run"), item=one,
            )
            for one in numbers
            if canonical_number(one) not in with_rows
        ),
    ]  # fmt: skip


class _Reports(NamedTuple):
    """The reports of a run, made one after the other, as often as wanted."""

    run: ScoredRun
    shared: SharedCandidateFacts

    def some(self, first: int = 0, n: int | None = None) -> Iterator[CandidateReport]:
        """So many in the order of the run, or all."""
        from examgen.reports.candidate_report.report import candidate_report, candidate_rows

        tables = (table.slice(first, n) for table in (self.run.candidates, self.run.criteria))
        people, criteria = tables
        for row in candidate_rows(self.run._replace(candidates=people, criteria=criteria)):
            yield candidate_report(self.shared, row)

    def printed(self, first: int = 0, n: int | None = None) -> Iterator[CandidateReport]:
        """The same in letters that our fonts have."""
        for one in self.some(first, n):
            yield _in_our_letters(one) if _lacking(one) else one


def _lacking(report: CandidateReport) -> list[str]:
    """The characters of a candidate's name, number and place that the fonts lack."""
    from examgen.core.text.fonts import missing

    return missing("".join((report.name, report.candidate_id, *(value for _, value in report.place))))


def _in_our_letters(report: CandidateReport) -> CandidateReport:
    """The report with `INSTEAD` for what the fonts lack; a number stays one that no other has."""
    from examgen.rendering.parts import BY_NUMBER, printable

    return report._replace(
        name=printable(report.name),
        candidate_id=printable(report.candidate_id, BY_NUMBER),
        place=tuple((name, printable(value)) for name, value in report.place),
    )


class _PdfTask(NamedTuple):
    """A file of reports that follow each other."""

    path: Path
    title: str
    first: int
    n: int


def _write_pdf(means: tuple[_Reports, CandidatePress], task: _PdfTask) -> Unsigned | None:
    """Writes a file; what is to be signed of it, where it has room for a signature."""
    reports, press = means
    with press.file(task.path, task.title) as file:
        for one in reports.printed(task.first, task.n):
            press.add(file, one)
    return file.unsigned


def _code_of(codes: Mapping[str, str], report: CandidateReport) -> list[Box]:
    """The picture of a report's code."""
    from examgen.reports.codes import modules

    return modules(codes[report.candidate_id])


class _Page(NamedTuple):
    """What pages of HTML are made with."""

    reports: _Reports
    shared: Mapping[str, object]
    day: Pair | None
    templates: tuple[Path, ...]
    codes: Mapping[str, str]

    def filler(self) -> Callable[..., str]:
        """Gives the page of a report, with its code where it has one."""
        from examgen.rendering.line_breaks import line_setter
        from examgen.rendering.templates.filling import filler
        from examgen.reports.candidate_report.page import candidate_page

        set_line = line_setter(self.templates, browsers=not self.shared["printed"])
        fill = filler("report-candidate.html", self.templates, set_line)
        return lambda report, code=None: fill(candidate_page(self.shared, report, day=self.day, code=code))


class _PagesTask(NamedTuple):
    """Pages of reports that follow each other, by their paths."""

    first: int
    paths: tuple[Path, ...]


def _page_writer(page: Callable[[], _Page]) -> tuple[_Page, Callable[..., str]]:
    return (own := page()), own.filler()


def _write_pages(means: tuple[_Page, Callable[..., str]], task: _PagesTask) -> None:
    """Writes pages that need no other file, and are not signed."""
    from examgen.reports.candidate_report.page import VerifyCode
    from examgen.reports.codes import html_picture

    page, filled = means
    for path, one in zip(task.paths, page.reports.some(task.first, len(task.paths)), strict=True):
        code = page.codes.get(one.candidate_id)
        html = filled(one, None if code is None else VerifyCode(html_picture(code), code))
        path.write_text(self_contained(html, (*page.templates, fonts())), "utf-8")


class _Maker:
    """Makes the files of the reports of a run; `everybody` is the whole run."""

    def __init__(
        self,
        run: ScoredRun,
        everybody: ScoredRun,
        asked: ReportAsked,
        which: CandidatesAsked,
        templates: Sequence[Path],
        words: Words,
    ) -> None:
        from examgen.rendering.parts import day_words
        from examgen.reports.candidate_report.facts import candidate_facts
        from examgen.reports.codes import ReportCodes

        self._run, self._asked, self._templates = run, asked, tuple(templates)
        self._everybody = everybody
        self._reports = _Reports(run, candidate_facts(run, words, everybody))
        self._day = day_words(asked.day) if asked.day is not None else None
        self._codes = ReportCodes(run, which.key) if which.key is not None else None
        self._signer = which.signer
        self.problems: dict[str, Problem] = {}

    def _page(self, faces: Any = None, codes: Mapping[str, str] | None = None) -> _Page:
        from examgen.rendering.parts import report_context

        shared = report_context(self._everybody, self._asked.lang, self._asked.digits, faces)
        return _Page(self._reports, shared, self._day, self._templates, codes or {})

    def _noted(self, codes: dict[str, str]) -> Iterator[CandidateReport]:
        """Every report as it is printed; notes its code, and what its fonts lack."""
        from examgen.rendering.parts import INSTEAD

        for one in self._reports.some():
            printed = one
            if chars := _lacking(one):
                printed = _in_our_letters(one)
                listed = ", ".join(f"{char!r} (U+{ord(char):04X})" for char in chars[:5])
                message = tell(
                    "the fonts have no {listed}: {instead} is printed instead", listed=listed, instead=INSTEAD
                )
                self.problems[one.candidate_id] = Problem(
                    one.candidate_id, "not-in-fonts", message, severity="warning"
                )
            if self._codes is not None:
                codes[printed.candidate_id] = self._codes.of(printed)
            yield printed

    def _press(self, executor: Executor | None) -> CandidatePress:
        """What composes the pages."""
        from examgen.rendering.parts import face_addresses
        from examgen.rendering.pdf.pieces import picture
        from examgen.rendering.pdf.signed_file import SignatureRoom
        from examgen.reports.candidate_report.page import VerifyCode
        from examgen.reports.candidate_report.press import CandidatePress

        page, codes = self._page(face_addresses()), dict[str, str]()
        filled = page.filler()
        blank = VerifyCode(picture("QR"), "") if self._codes is not None else None
        return CandidatePress(
            lambda one: filled(one, blank),
            lambda: self._noted(codes),
            self._templates,
            digits=self._asked.digits,
            language=str(page.shared["page_lang"]),
            code=partial(_code_of, codes) if self._codes is not None else None,
            signer=self._signer and SignatureRoom(self._signer.algorithm, self._signer.room),
            spread=spread(executor),
        )

    def write_pdfs(
        self, folder: Path, files: Sequence[_File], executor: Executor | None, progress: Progress
    ) -> None:
        """Files of the reports that follow each other in one."""
        from examgen.rendering.pdf.signed_file import sign

        tasks = [*self._pdf_tasks(folder, files)]
        with left(executor, folder, (self._reports, self._press(executor))) as means:
            done = in_order(executor, _write_pdf, tasks, means)
            told = _told(done, tasks, progress, lambda n: tell("{n:,} reports as PDF", n=n))
            for task, unsigned in zip(tasks, told, strict=True):
                if unsigned is not None and self._signer is not None:
                    with task.path.open("r+b") as file:
                        sign(file, unsigned, self._signer)

    def _pdf_tasks(self, folder: Path, files: Sequence[_File]) -> Iterator[_PdfTask]:
        exam, names, first = self._run.exam.blueprint.exam, FileNames(), 0
        language: Language = "en" if self._asked.lang == "en" else "th"
        for file, own in groupby(files):
            name, n = names.of(file.name), len([*own])
            title = f"{exam} – {in_language(file.what, language)}" if file.what else exam
            yield _PdfTask(folder / f"{name}.pdf", title, first, n)
            first += n
            if file == _NO_ROOM:
                message = tell("holds the reports of {n:,} candidates for whom no room is told", n=n)
                self.problems[WITHOUT_ROOM] = Problem(f"{name}.pdf", "no-room", message, severity="warning")

    def write_pages(self, folder: Path, executor: Executor | None, progress: Progress) -> None:
        """A page of HTML for each candidate, which needs no other file and is not signed."""
        codes = {}
        if self._codes is not None:
            codes = {one.candidate_id: self._codes.of(one) for one in self._reports.some()}
        names = FileNames()
        paths = [folder / f"{names.of(one)}.html" for one in self._run.candidates["candidate_id"]]
        tasks = [
            _PagesTask(n, tuple(paths[n : n + _PAGES_OF_TASK])) for n in range(0, len(paths), _PAGES_OF_TASK)
        ]
        with left(executor, folder, self._page(codes=codes)) as page:
            done = in_order(executor, _write_pages, tasks, partial(_page_writer, page))
            for _ in _told(done, tasks, progress, lambda n: tell("{n:,} pages of HTML", n=n)):
                pass
        if self._codes is not None or self._signer is not None:
            message = tell("pages of HTML are not signed, and can be changed unseen: hand out the PDFs")
            self.problems["HTML"] = Problem("HTML", "html-not-signed", message, severity="notice")


def _told(
    done: Iterator[Result],
    tasks: Sequence[_PdfTask | _PagesTask],
    progress: Progress,
    said: Callable[[int], str],
) -> Iterator[Result]:
    """What is done, and from time to time how many reports that is."""
    n = 0
    for task, result in zip(tasks, done, strict=True):
        before, n = n, n + (task.n if isinstance(task, _PdfTask) else len(task.paths))
        if n // _TOLD_EVERY > before // _TOLD_EVERY:
            progress(said(n))
        yield result


_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""What Windows takes for a device, not a file."""


class FileNames:
    """Names of files for ids and centres: no two alike, none that leaves its folder."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, text: str) -> str:
        """A name that no other has been given."""
        # vowels and tones above and below Thai letters are none of \w
        plain = re.sub(r"[^\w\u0e31-\u0e4e.-]+", "_", text).strip("._")[:80] or "_"
        if _DEVICE.fullmatch(plain):
            plain = f"{plain}_"
        name, n = plain, 2
        while name.casefold() in self._taken:
            name, n = f"{plain}-{n}", n + 1
        self._taken.add(name.casefold())
        return name
