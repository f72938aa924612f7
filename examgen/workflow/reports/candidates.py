"""A scored run → the reports that candidates are given: PDF composed by the thousand, pages of HTML.

Reports are made one after the other and never held: memory is that of the run's tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from examgen.exam.made_folders import recorded_folder
from examgen.exam.names import RESULTS
from examgen.problems import Problem, Refused
from examgen.resources import fonts, template_folders
from examgen.workflow.files import Progress, quiet
from examgen.workflow.reports.results import ReportAsked, Reported, gone_of, names_in, place_of, run_of
from examgen.workflow.reports.self_contained import self_contained
from examgen.workflow.runs.read import told_before

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from examgen.pdf.signed_file import Signs
    from examgen.reports.candidate_report.page import VerifyCode
    from examgen.reports.candidate_report.press import CandidatePress
    from examgen.reports.candidate_report.report import CandidateReport
    from examgen.reports.parts import Words
    from examgen.scored_run import PlaceKind, ScoredRun
    from examgen.workflow.reports.codes import ReportCodes


_TOLD_EVERY = 2000
"""After how many pages of HTML it is said how many there are."""


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


def candidate_reports(
    folder: Path,
    workspace: Path,
    asked: ReportAsked,
    which: CandidatesAsked,
    progress: Progress = quiet,
) -> Reported:
    """Writes the reports of candidates; raises Refused for ids that the run has not."""
    from examgen.papers.language import messages
    from examgen.reports.parts import Words

    progress("reading the run")
    run, hidden = run_of(folder, asked)
    codes = dict(hidden.table.select("candidate_id", "code").rows()) if hidden is not None else {}
    results = asked.results if asked.results is not None else folder / RESULTS
    run = run._replace(told_before=told_before(results, run, codes))
    everybody = run
    run = _only(run, [codes.get(one, one) for one in which.ids])
    if not run.candidates.height:
        raise Refused(f"run {run.run} scored nobody: there is no candidate to report on")
    files = _files(run, which.by)
    run, files = _together(run, files)
    templates = template_folders(workspace)
    if asked.lang == "en":
        asked = asked._replace(digits="arabic")
    maker = _Maker(run, everybody, asked, which, templates, Words(messages(templates), asked.digits))
    place = place_of(folder, run, asked, "candidate")
    before = names_in(place)
    with recorded_folder(place, run.run, run.fingerprint) as made:
        if asked.pdf:
            progress(f"{run.candidates.height:,} reports as PDF")
            maker.write_pdfs(made, files)
        if which.html or not asked.pdf:
            progress(f"{run.candidates.height:,} reports as HTML")
            maker.write_pages(made, progress)
        names = names_in(made)
    codes_at = hidden.path if hidden is not None else None
    problems, gone = tuple(maker.problems.values()), gone_of(before, names)
    return Reported(place, names, codes_at, problems, run.run, run.release, gone)


def _codes(run: ScoredRun, key: Ed25519PrivateKey) -> ReportCodes:
    from examgen.workflow.reports.codes import ReportCodes

    return ReportCodes(run, key)


class _File(NamedTuple):
    """A file of reports: what it is called, and what its title names."""

    name: str
    what: str


_NO_ROOM = _File(WITHOUT_ROOM, "without a room")


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
    known = set(run.candidates["candidate_id"].to_list())
    if unknown := [one for one in ids if one not in known]:
        shown = ", ".join(unknown[:10])
        raise Refused(f"run {run.run} scored no candidate {shown}: see quarantine.csv, or another run")
    wanted = pl.col("candidate_id").is_in(list(ids))
    return run._replace(candidates=run.candidates.filter(wanted), criteria=run.criteria.filter(wanted))


class _Maker:
    """Makes the reports of a run, one after the other, as often as wanted; `everybody` is the whole run."""

    def __init__(
        self,
        run: ScoredRun,
        everybody: ScoredRun,
        asked: ReportAsked,
        which: CandidatesAsked,
        templates: Sequence[Path],
        words: Words,
    ) -> None:
        from examgen.papers.templates.filling import filler
        from examgen.papers.thai import line_setter
        from examgen.reports.candidate_report.facts import candidate_facts
        from examgen.reports.parts import day_words

        self._run, self._asked, self._templates = run, asked, templates
        self._everybody = everybody
        self._shared = candidate_facts(run, words, everybody)
        self._day = day_words(asked.day) if asked.day is not None else None
        self._fill_printed, self._fill_page = (
            filler("report-candidate.html", templates, line_setter(templates, browsers=browsers))
            for browsers in (False, True)
        )
        self._codes = _codes(run, which.key) if which.key is not None else None
        self._signer = which.signer
        self.problems: dict[str, Problem] = {}

    def reports(self) -> Iterator[CandidateReport]:
        """Every candidate's, in the order of the run."""
        from examgen.reports.candidate_report.report import candidate_report, candidate_rows

        for row in candidate_rows(self._run):
            yield candidate_report(self._shared, row)

    def printed(self) -> Iterator[CandidateReport]:
        """The same in letters that our fonts have; `problems` tells of whom something was left out."""
        from examgen.reports.parts import INSTEAD, in_our_letters, lacking

        for one in self.reports():
            if chars := lacking(one):
                listed = ", ".join(f"{char!r} (U+{ord(char):04X})" for char in chars[:5])
                message = f"the fonts have no {listed}: {INSTEAD} is printed instead"
                self.problems[one.candidate_id] = Problem(
                    one.candidate_id, "not-in-fonts", message, severity="warning"
                )
            yield in_our_letters(one) if chars else one

    def html(self, report: CandidateReport, shared: Mapping[str, object], code: Any = None) -> str:
        """The page of a candidate."""
        from examgen.reports.candidate_report.page import candidate_page

        context = candidate_page(shared, report, day=self._day, code=code)
        return (self._fill_printed if shared["printed"] else self._fill_page)(context)

    def _press(self) -> CandidatePress:
        """What composes the pages."""
        from examgen.reports.candidate_report.page import VerifyCode
        from examgen.reports.candidate_report.press import CandidatePress, picture
        from examgen.reports.parts import face_addresses, report_context
        from examgen.workflow.reports.codes import modules

        shared = report_context(self._everybody, self._asked.lang, self._asked.digits, face_addresses())
        codes = self._codes
        blank = VerifyCode(picture("QR"), "") if codes is not None else None
        return CandidatePress(
            lambda one: self.html(one, shared, blank),
            self.printed,
            self._templates,
            digits=self._asked.digits,
            language=str(shared["page_lang"]),
            code=(lambda one: modules(codes.of(one))) if codes is not None else None,
            signer=self._signer,
        )

    def write_pdfs(self, folder: Path, files: Sequence[_File]) -> None:
        """Files of the reports that follow each other in one."""
        press = self._press()
        exam = self._run.exam.blueprint.exam
        names = _Names()
        for file, own in groupby(zip(files, self.printed(), strict=True), itemgetter(0)):
            name, title = names.of(file.name), f"{exam} – {file.what}" if file.what else exam
            press.write(folder / f"{name}.pdf", (one for _, one in own), title)
            if file == _NO_ROOM:
                message = f"holds the reports of {files.count(file):,} candidates for whom no room is told"
                self.problems[WITHOUT_ROOM] = Problem(f"{name}.pdf", "no-room", message, severity="warning")

    def write_pages(self, folder: Path, progress: Progress) -> None:
        """A page of HTML for each candidate, which needs no other file and is not signed."""
        from examgen.reports.parts import report_context

        shared = report_context(self._everybody, self._asked.lang, self._asked.digits)
        names = _Names()
        for n, one in enumerate(self.reports(), start=1):
            page = self.html(one, shared, self._shown_code(one))
            html = self_contained(page, (*self._templates, fonts()))
            (folder / f"{names.of(one.candidate_id)}.html").write_text(html, "utf-8")
            if n % _TOLD_EVERY == 0:
                progress(f"{n:,} pages of HTML")
        if self._codes is not None or self._signer is not None:
            message = "pages of HTML are not signed, and can be changed unseen: hand out the PDFs"
            self.problems["HTML"] = Problem("HTML", "html-not-signed", message, severity="notice")

    def _shown_code(self, report: CandidateReport) -> VerifyCode | None:
        """The code of a report on its page of HTML."""
        from examgen.reports.candidate_report.page import VerifyCode
        from examgen.workflow.reports.codes import html_picture

        if self._codes is None:
            return None
        code = self._codes.of(report)
        return VerifyCode(html_picture(code), code)


_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""What Windows takes for a device, not a file."""


class _Names:
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
