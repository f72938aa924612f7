"""A scored run → reports for candidates, as PDFs and HTML pages.

PDFs are composed in bulk. If candidates are named and each has a file, the PDFs are laid out one by one and
tagged for screen readers (PDF/UA-1). Reports are made one at a time and not kept, so that memory use depends
only on the run's tables. Worker processes may write the files, but keys stay in this process: it makes the
codes beforehand and signs the finished files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import polars as pl

from examgen.core.candidate_numbers import canonical_number, writing_of
from examgen.core.exam.made_folders import recorded_folder
from examgen.core.exam.names import RESULTS, SITTING
from examgen.core.exam.runs import read_run
from examgen.core.files import FileNames, Progress, quiet, sha256
from examgen.core.problems import Problem, Refused
from examgen.core.processes import ALONE, Workers, at_work, in_order, left
from examgen.core.resources import fonts, template_folders
from examgen.core.text.fonts import missing
from examgen.core.words import Language, in_language, tell, tell_n
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import (
    BY_NUMBER,
    INSTEAD,
    Words,
    day_words,
    face_addresses,
    printable,
    report_context,
)
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.pdf.signed_file import signed_pdf
from examgen.rendering.pdf.slots import picture
from examgen.rendering.self_contained import self_contained
from examgen.rendering.templates.filling import filler
from examgen.reports.bodies import with_body
from examgen.reports.candidate_report.facts import candidate_facts
from examgen.reports.candidate_report.page import VerifyCode, candidate_page
from examgen.reports.candidate_report.report import candidate_report, candidate_rows
from examgen.reports.codes import ReportCodes, html_picture
from examgen.reports.exports.upload import released_units
from examgen.reports.press import Cutter, OwnValues, Press, Sheet
from examgen.reports.writing import Reported, ReportOptions, gone_of, names_in, place_of, run_of
from examgen.scoring.before_release import waiting_rows
from examgen.scoring.releases import check_told_here, earlier_release
from examgen.scoring.sitting_record import decisions_of, read_acts

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from examgen.core.other_methods import UnitStatus
    from examgen.core.words import Pair
    from examgen.rendering.pdf.signed_file import Signs
    from examgen.reports.candidate_report.report import CandidateReport, SharedCandidateFacts
    from examgen.scoring.scored_run import ScoredRun


_TOLD_EVERY = 2000
"""The number of reports between two messages of progress."""
_PAGES_OF_TASK = 50
_WORTH_A_PROCESS = 1000
"""The number of reports for which one more process is worth starting."""

By = Literal["centre", "room", "candidate"]
FILES: tuple[By, ...] = ("centre", "room", "candidate")
"""The possible contents of one file; the first is the default."""

WITHOUT_ROOM = "without-room"
"""The file for candidates without a room, if each room has a file."""


MOST_NAMED = 60
"""The maximum number of characters of candidate numbers in a folder's name."""


class CandidateReportOptions(NamedTuple):
    """Which candidates' reports to write, and how to split them into files."""

    ids: tuple[str, ...] = ()
    """Candidate ids; empty for all candidates."""
    by: By = "centre"
    """What each PDF file covers: a centre, a room or a candidate."""
    html: bool = False
    """Whether to write an HTML page for each candidate as well."""
    key: Ed25519PrivateKey | None = None
    """The key that signs a code on each report; None for reports without codes."""
    signer: Signs | None = None
    """Signs each PDF; None for unsigned PDFs."""
    workers: Workers = ALONE


def folder_of(ids: Sequence[str]) -> str:
    """Return the folder name for the reports of these candidates. It differs from the folder for all
    candidates."""
    if not ids:
        return "candidate"
    named = "_".join(ids)
    tail = "" if len(named) <= MOST_NAMED else f"-{sha256(named.encode())[:8]}"
    return f"candidate-{FileNames().of(named[:MOST_NAMED])}{tail}"


def _units_before(folder: Path, run: ScoredRun) -> dict[str, Mapping[str, UnitStatus]]:
    """Return the last decided status of each unit in the earlier releases, by candidate number."""
    if run.release.state != "released" or not run.release.release:
        return {}
    found: dict[str, dict[str, UnitStatus]] = {}
    for n in range(1, run.release.release):
        for who, units in released_units(folder, n).items():
            decided = {unit: status for unit, status in units.items() if status != "open"}
            found[who] = {**found.get(who, {}), **decided}
    return {**found}


def candidate_reports(
    folder: Path,
    workspace: Path,
    asked: ReportOptions,
    which: CandidateReportOptions,
    progress: Progress = quiet,
) -> Reported:
    """Write the reports of candidates. Raises Refused for ids that the run did not score."""
    progress(tell("reading the run"))
    everybody = run_of(folder, asked, unmarked=True)
    check_told_here(everybody.exam)
    results = asked.results if asked.results is not None else folder / RESULTS
    told = earlier_release(results, everybody)
    everybody = with_body(everybody._replace(earlier_release=told), workspace)
    if everybody.exam.other_methods and asked.results is None:
        everybody = everybody._replace(units_before=_units_before(folder, everybody))
    run = _only(everybody, which.ids)
    held = [Problem(f"run {run.run}", "held-back", one.words, item=who) for who, one in run.held_back.items()]
    if held and (which.ids or len(held) == run.candidates.height):
        raise Refused.because("no report was written, because the result is withheld", held)
    run = run.given_out
    if not run.candidates.height:
        raise Refused.because("run {run} has no scored candidate to report on", run=run.run)
    # the candidates of each file one after the other, in their order
    files = _files(run, which.by)
    first = {file: n for n, file in reversed([*enumerate(files)])}
    order = sorted(range(len(files)), key=lambda n: first[files[n]])
    files = [files[n] for n in order]
    run = run._replace(candidates=run.candidates[order], criteria=run.criteria[order])
    if asked.lang == "en":
        asked = asked._replace(digits="arabic")
    maker = _Maker(run, everybody, asked, which, template_folders(workspace), progress)
    place = place_of(folder, run, asked, folder_of(which.ids))
    before, n = names_in(place), run.candidates.height
    with (
        recorded_folder(place, run.run, run.fingerprint, last_act=everybody.last_act) as made,
        at_work(which.workers, n // _WORTH_A_PROCESS) as executor,
    ):
        if asked.pdf:
            progress(tell_n("{n:,} report as PDF", "{n:,} reports as PDF", n))
            maker.write_pdfs(made, files, executor)
        if which.html or not asked.pdf:
            progress(tell_n("{n:,} report as HTML", "{n:,} reports as HTML", n))
            maker.write_pages(made, executor)
        names = names_in(made)
        if len(decisions_of(read_acts(folder / SITTING))) != len(everybody.decisions):
            raise Refused.because("somebody has decided on candidates meanwhile. Write the reports again")
    left_out = [
        one._replace(severity="notice", message=tell("no report: {decision}", decision=one.message))
        for one in held
    ]
    problems, gone = (*maker.problems.values(), *left_out), gone_of(before, names)
    return Reported(place, names, problems, run.run, run.release, gone)


def _only(run: ScoredRun, ids: Sequence[str]) -> ScoredRun:
    """Return the run with only these candidates. Raises Refused if some have no result, with the reasons."""
    if not ids:
        return run
    known = dict.fromkeys(run.candidates["candidate_id"])
    ids = list(map(writing_of(known), ids))
    unknown = [one for one in ids if one not in known]
    if not unknown:
        wanted = pl.col("candidate_id").is_in(ids)
        return run._replace(candidates=run.candidates.filter(wanted), criteria=run.criteria.filter(wanted))
    aside = waiting_rows(read_run(run.run, run.folder), unknown)
    with_rows = {canonical_number(one.candidate_id) for one in aside}
    problems = [Problem(one.where, "set-aside", one.why, item=one.candidate_id) for one in aside]
    problems += [
        Problem(
            f"run {run.run}",
            "no-row",
            tell("no row has this number. See unreconciled.csv, or try another run"),
            item=one,
        )
        for one in unknown
        if canonical_number(one) not in with_rows
    ]
    shown = ", ".join(unknown[:10])
    raise Refused.because("run {run} scored no candidate {shown}", problems, run=run.run, shown=shown)


class _ReportFile(NamedTuple):
    """A file of reports: its name, and the text that its title adds to the exam."""

    name: str
    what: str


_NO_ROOM = _ReportFile(WITHOUT_ROOM, tell("no room"))


def _files(run: ScoredRun, by: By) -> list[_ReportFile]:
    """Return the file for the report of each candidate of the run. A title contains only what the pages show,
    so the name of an answer file is left out."""
    kind, found = run.place_kind, []
    for candidate_id, centre, room in run.candidates.select("candidate_id", "centre", "room").iter_rows():
        if by == "candidate":
            file = _ReportFile(candidate_id, candidate_id)
        elif by == "centre":
            nowhere = "without-centre" if kind == "centre" else "candidates"
            file = _ReportFile(centre or nowhere, "" if kind == "file" else centre)
        elif not room:
            file = _NO_ROOM
        elif kind != "centre" or not centre:
            file = _ReportFile(room, room)
        else:
            file = _ReportFile(f"{centre}-{room}", f"{centre} – {room}")
        found.append(file)
    return found


# ── pages ────────────────────────────────────────────────────────────────────────────────────


class CandidatePages(NamedTuple):
    """The pages of the candidates of a run. They are made one at a time, as often as needed."""

    run: ScoredRun
    facts: SharedCandidateFacts
    shared: Mapping[str, object]
    """The `report_context` of the whole run."""
    day: Pair | None
    templates: tuple[Path, ...]
    codes: Mapping[str, tuple[str, str]]
    """The code of each candidate, and the text that its picture encodes."""

    @property
    def readable(self) -> tuple[Path, ...]:
        """The files that a page may show: those of templates, and the logo of the body."""
        return (*self.templates, *filter(None, [self.run.logo]))

    def reports(self, first: int = 0, n: int | None = None) -> Iterator[CandidateReport]:
        """Yield `n` reports from number `first` on, in the order of the run; all if `n` is None."""
        people, criteria = (table.slice(first, n) for table in (self.run.candidates, self.run.criteria))
        for row in candidate_rows(self.run._replace(candidates=people, criteria=criteria)):
            yield candidate_report(self.facts, row)

    def filler(self) -> Callable[..., str]:
        """Return a function that fills the page of a report, with its code and with slots for its own values
        if these are given."""
        set_line = line_setter(self.templates, browsers=not self.shared["printed"])
        fill = filler("report-candidate.html", self.templates, set_line)
        return lambda report, code=None, own=None: fill(
            candidate_page(self.shared, report, day=self.day, code=code, own=own)
        )


class _PdfTask(NamedTuple):
    """A file of reports, each cut into parts."""

    path: Path
    title: str
    sheets: list[Sheet]

    @property
    def n(self) -> int:
        """The number of reports."""
        return len(self.sheets)


class _PageTask(NamedTuple):
    """Reports that follow each other, one for each path."""

    first: int
    paths: tuple[Path, ...]

    @property
    def n(self) -> int:
        """The number of reports."""
        return len(self.paths)


def _write_pdf(press: Press, task: _PdfTask) -> None:
    """Write a file of reports."""
    press.write(task.path, task.sheets, task.title)


def _page_writer(pages: Callable[[], CandidatePages]) -> tuple[CandidatePages, Callable[..., str]]:
    """Return a worker's pages and the function that fills them."""
    return (own := pages()), own.filler()


def _write_pages(means: tuple[CandidatePages, Callable[..., str]], task: _PageTask) -> None:
    """Write pages that need no other file and are not signed."""
    pages, filled = means
    for path, one in zip(task.paths, pages.reports(task.first, task.n), strict=True):
        found = pages.codes.get(one.candidate_id)
        html = filled(one, None if found is None else VerifyCode(html_picture(*found), found[0]))
        path.write_text(self_contained(html, (*pages.readable, fonts())), "utf-8")


class _Maker:
    """Makes the files of the reports of a run; `everybody` is the whole run."""

    def __init__(
        self,
        run: ScoredRun,
        everybody: ScoredRun,
        asked: ReportOptions,
        which: CandidateReportOptions,
        templates: Sequence[Path],
        progress: Progress,
    ) -> None:
        self._run, self._asked, self._progress = run, asked, progress
        words = Words(messages(templates), asked.digits)
        self._pages = CandidatePages(
            run,
            candidate_facts(run, words, everybody),
            report_context(everybody, asked.lang, asked.digits, face_addresses()),
            None if asked.day is None else day_words(asked.day),
            tuple(templates),
            {},
        )
        self._for_browsers = report_context(everybody, asked.lang, asked.digits)
        self._codes = ReportCodes(run, which.key) if which.key is not None else None
        self._which, self._signer = which, which.signer
        self.problems: dict[str, Problem] = {}

    def write_pdfs(self, folder: Path, files: Sequence[_ReportFile], executor: Executor | None) -> None:
        """Write the PDFs. Consecutive reports with the same file are written into one."""
        exam, names = self._run.exam.blueprint.exam, FileNames()
        language: Language = "en" if self._asked.lang == "en" else "th"
        pages, filled, cutter = self._pages, self._pages.filler(), Cutter()
        is_tagged = bool(self._which.ids) and self._which.by == "candidate"
        tasks: list[_PdfTask] = []
        reports = self._printed()
        for file, members in groupby(files):
            path = folder / f"{names.of(file.name)}.pdf"
            title = f"{exam} – {in_language(file.what, language)}" if file.what else exam
            own_reports = islice(reports, len([*members]))
            if is_tagged:
                for one, code, said in own_reports:
                    shown = VerifyCode(html_picture(code, said, "QR"), code) if code else None
                    pdf = render_pdf(
                        filled(one, shown), title=title, language=str(pages.shared["page_lang"]),
                        readable=(*pages.readable, fonts()), variant="pdf/ua-1",
                    )  # fmt: skip
                    self._put(path, pdf)
                continue
            sheets = []
            for one, code, said in own_reports:
                own = OwnValues()
                html = filled(one, VerifyCode(picture("QR"), "") if code else None, own)
                bookmark = " ".join(filter(None, (one.candidate_id, one.name)))
                sheets.append(cutter.sheet(html, own, bookmark, f"{one.candidate_id} · ", said))
            tasks.append(_PdfTask(path, title, sheets))
            if file == _NO_ROOM:
                message = tell_n(
                    "contains the report of {n:,} candidate without a room",
                    "contains the reports of {n:,} candidates without a room",
                    len(sheets),
                )
                self.problems[WITHOUT_ROOM] = Problem(path.name, "no-room", message, severity="warning")
        if is_tagged:
            return
        press = Press(
            cutter, pages.readable, digits=self._asked.digits, language=str(pages.shared["page_lang"])
        )
        with left(executor, folder, press) as means:
            done = in_order(executor, _write_pdf, tasks, means)
            told = _told(
                done,
                tasks,
                self._progress,
                lambda n: tell_n("{n:,} report as PDF", "{n:,} reports as PDF", n),
            )
            for task, _ in zip(tasks, told, strict=True):
                if self._signer is not None:
                    self._put(task.path, task.path.read_bytes())

    def _printed(self) -> Iterator[tuple[CandidateReport, str, str]]:
        """Yield each report as it is printed, its code, and the text of the code's picture. Records the
        characters that the fonts lack as problems."""
        for one in self._pages.reports():
            report = one
            texts = (one.name, one.candidate_id, *(value for _, value in one.place))
            if chars := missing("".join(texts)):
                # a number stays one that no other has
                report = one._replace(
                    name=printable(one.name),
                    candidate_id=printable(one.candidate_id, BY_NUMBER),
                    place=tuple((name, printable(value)) for name, value in one.place),
                )
                listed = ", ".join(f"{char!r} (U+{ord(char):04X})" for char in chars[:5])
                message = tell(
                    "the fonts have no {listed}. {instead} is printed instead", listed=listed, instead=INSTEAD
                )
                self.problems[one.candidate_id] = Problem(
                    one.candidate_id, "not-in-fonts", message, severity="warning"
                )
            code = "" if self._codes is None else self._codes.of(report)
            yield report, code, self._codes.picture_of(code) if self._codes is not None else ""

    def _put(self, path: Path, pdf: bytes) -> None:
        """Write a PDF, signed if there is a signer."""
        path.write_bytes(pdf if self._signer is None else signed_pdf(pdf, self._signer))

    def write_pages(self, folder: Path, executor: Executor | None) -> None:
        """Write an HTML page for each candidate, unsigned and without references to other files."""
        codes: dict[str, tuple[str, str]] = {}
        if self._codes is not None:
            for one in self._pages.reports():
                code = self._codes.of(one)
                codes[one.candidate_id] = code, self._codes.picture_of(code)
        names = FileNames()
        paths = [folder / f"{names.of(one)}.html" for one in self._run.candidates["candidate_id"]]
        tasks = [
            _PageTask(n, tuple(paths[n : n + _PAGES_OF_TASK])) for n in range(0, len(paths), _PAGES_OF_TASK)
        ]
        with left(executor, folder, self._pages._replace(shared=self._for_browsers, codes=codes)) as pages:
            done = in_order(executor, _write_pages, tasks, partial(_page_writer, pages))
            for _ in _told(
                done, tasks, self._progress, lambda n: tell_n("{n:,} page of HTML", "{n:,} pages of HTML", n)
            ):
                pass
        if self._codes is not None or self._signer is not None:
            message = tell("HTML pages are not signed, so changes cannot be detected. Hand out the PDFs")
            self.problems["HTML"] = Problem("HTML", "html-not-signed", message, severity="notice")


def _told(
    done: Iterator[None],
    tasks: Sequence[_PdfTask | _PageTask],
    progress: Progress,
    said: Callable[[int], str],
) -> Iterator[None]:
    """Yield as tasks are done, and report progress from time to time."""
    n = 0
    for task, result in zip(tasks, done, strict=True):
        before, n = n, n + task.n
        if n // _TOLD_EVERY > before // _TOLD_EVERY:
            progress(said(n))
        yield result
