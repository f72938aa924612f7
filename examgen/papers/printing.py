"""Exam package → its papers: a booklet for each form, or a booklet for each candidate and papers for each
room."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from examgen.assembly.booklets import deal, seated
from examgen.bank.body import logo_of
from examgen.bank.exam_uses import record_use
from examgen.bank.settings import body_words
from examgen.capture.candidate_lists import read_roster
from examgen.capture.cells import fold
from examgen.capture.list_columns import ACCESSIBLE, LARGE_PRINT
from examgen.core.candidate_numbers import canonical_number
from examgen.core.csv_files import csv_bytes
from examgen.core.exam import names
from examgen.core.exam.names import (
    ANSWER_SHEET,
    CANDIDATES_CSV,
    FORMS_CSV,
    KEY_CSV,
    MEDIA,
    PAPERS,
    REVIEW_BOOK,
    ROOMS,
    SHEET_JSON,
    TEMPLATE_CSV,
    booklet_path,
    key_sheet_path,
    room_folders,
    solutions_path,
)
from examgen.core.exam.package import Package, read_package
from examgen.core.exam.printing import check_results, new_printing, printed_files
from examgen.core.exam.tables import candidates_table, forms_table, key_table, write_tables
from examgen.core.files import Progress, json_bytes, quiet, read_files, write_file
from examgen.core.models.field_types import Bilingual, ExamRoom
from examgen.core.models.form import Booklet, Candidate, Exam, with_order
from examgen.core.models.papers import CandidateNumber, PapersRule
from examgen.core.models.sitting import SittingPlan
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.processes import ALONE, Workers, at_work, in_order, left
from examgen.core.resources import template_folders
from examgen.core.text.fonts import missing, missing_message
from examgen.core.words import listed, option, tell, tell_n
from examgen.papers.accessible import accessible_html, accessible_pdf
from examgen.papers.assessing.printing import RatedPrinting, print_rated
from examgen.papers.booklet.printing import BookletPrinter, plain_booklet
from examgen.papers.candidate import OwnTime, check_images
from examgen.papers.candidate_lists import gets, help_faults, variant_faults
from examgen.papers.key_sheet import key_sheet, review_book, solutions_book
from examgen.papers.rooms import lists
from examgen.papers.rooms.lists import RoomPapers
from examgen.papers.settings import read_rule
from examgen.papers.sheet.identity import sheet_geometry
from examgen.papers.sheet.printing import answer_sheet
from examgen.rendering.glyphs import check_glyphs
from examgen.rendering.pdf.encryption import encrypted
from examgen.scoring.sitting_plan import PLAN, PlannedPlaces, faults_of_list, plan_of, printed_mark

if TYPE_CHECKING:
    from concurrent.futures import Executor

Pages = dict[str, tuple[int, int]]
"""Numbers of pages of booklet and answer sheet, by serial."""

Per = Literal["room", "sitting", "candidate"]

MOST_KEY_SHEETS = 100
"""Key sheets are printed up to this number of forms; with more, key.csv is the record."""

_PAPERS_WORTH_A_PROCESS, _BOOKLETS_WORTH_A_PROCESS = 4, 100
"""The numbers of key sheets and of candidates' booklets that justify starting another process."""


class PrintingOptions(NamedTuple):
    """The options of a printing."""

    candidates: Path | None = None
    """The list of candidates; without one, each form is printed once."""
    rule: Path | None = None
    """Settings of the papers that replace those of the blueprint."""
    per: Per = "room"
    together: bool = False
    """Whether each answer sheet follows its booklet in one file."""
    accessible: bool = False
    large_print: bool = False
    books: bool = False
    """Whether to print the solutions of each form and the review book, too."""
    password: str | None = None
    """The password that encrypts the PDFs under secure/."""
    replace: bool = False
    workers: Workers = ALONE


PLAIN = PrintingOptions()


class _Job(NamedTuple):
    """A printing in progress."""

    exam: Exam
    rule: PapersRule
    staged: Path
    templates: Sequence[Path]
    media: Sequence[Path]
    options: PrintingOptions
    progress: Progress
    executor: Executor | None = None
    logo: Path | None = None
    """The logo of the certification body."""

    times: Mapping[str, OwnTime] = {}
    """The time allowances of candidates with extra time, by candidate number."""

    def printer(self, rule: PapersRule, with_centre: bool = False) -> BookletPrinter:
        """Return a printer with all parts of the booklets laid out by this rule."""
        sat, media = by_rule(self.exam, rule), self.media
        return BookletPrinter(
            sat, rule, self.templates, media, self.progress, with_centre, self.logo, self.times
        )

    def for_workers(self) -> _Job:
        """Return the job as workers need it, without the password."""
        if self.executor is None:
            return self
        return self._replace(options=self.options._replace(password=None), progress=quiet, executor=None)

    def path(self, name: str) -> Path:
        """Return the path of a file of the printing, given its path in the package. Creates its folder."""
        path = self.staged / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def render(
    folder: Path, workspace: Path, options: PrintingOptions = PLAIN, progress: Progress = quiet
) -> list[Path]:
    """Print a package in place of its last printing, and return the files written.

    Raises Refused if the list of candidates, the plan of the sitting, the fonts or the images do not allow
    it, and WrongUsage if options for candidates' booklets are given without candidates.
    """
    package = read_package(folder)
    plan = plan_of(folder)
    rule = read_rule(options.rule) if options.rule else package.exam.blueprint.papers
    rule = as_arranged(rule, plan, body_words(workspace).name)
    sat = by_rule(package.exam, rule)
    candidates: tuple[Candidate, ...] | None = None
    if options.candidates is not None:
        [(name, data)] = read_files([options.candidates])
        # any ids are accepted, unless the exam sets a format for candidate numbers
        number = rule.candidate_number if rule.candidate_number != CandidateNumber() else None
        codes = package.codes
        candidates = read_roster(name, data, number, codes)
        if problems := variant_faults(name, candidates, options.accessible, options.large_print):
            raise Refused.because("the candidate list does not state who gets a version", problems)
        if problems := help_faults(name, data, plan):
            raise Refused.because(
                "the candidate list requests accommodations that the plan of the sitting does not give",
                problems,
            )
        people = ((one.candidate_id, one.exam_room) for one in candidates)
        if plan is not None and (problems := faults_of_list(plan, people)):
            raise Refused.because("the candidate list does not match the plan of the sitting", problems)
        if plan is not None and (problems := _unprintable(plan)):
            raise Refused.because("nothing was printed, because the fonts lack characters", problems)
    elif options.together or options.per != "room":
        raise WrongUsage.because(
            "{per} and {together} apply to the booklets of candidates. Add {candidates}.",
            per=option("per"),
            together=option("together"),
            candidates=option("candidates"),
        )
    if sat.blueprint.is_rated:
        return _rendered(package, sat, rule, workspace, options, candidates, plan, progress)
    if candidates is not None:  # candidates who are marked for a variant get it
        large_print, accessible = (
            any(gets(one, column) for one in candidates) for column in (LARGE_PRINT, ACCESSIBLE)
        )
        options = options._replace(large_print=large_print, accessible=accessible)
    if problems := check_glyphs(sat):
        raise Refused.because("nothing was printed, because the fonts lack characters", problems)
    personal = candidates is not None and (rule.personal.items or rule.personal.options)
    media = sorted((folder / MEDIA).glob("*"))
    if problems := check_images(sat, media):
        raise Refused.because("nothing was printed, because some images cannot be printed", problems)
    templates, logo = template_folders(workspace), logo_of(workspace, rule.body)
    # as many processes as have enough to do
    n_forms = len(sat.forms) if len(sat.forms) <= MOST_KEY_SHEETS else 0
    n_papers = n_forms * (1 + options.books + options.accessible)
    n_processes = n_papers // _PAPERS_WORTH_A_PROCESS + len(candidates or ()) // _BOOKLETS_WORTH_A_PROCESS
    with (
        new_printing(package, rule, personal, options.replace, printed_mark(plan) if plan else "") as staged,
        at_work(options.workers, n_processes) as executor,
    ):
        job = _Job(sat, rule, staged, templates, media, options, progress, executor, logo, own_times(plan))
        forms, key = job.path(FORMS_CSV), job.path(KEY_CSV)
        if candidates is not None:
            progress(
                tell_n(
                    "assigning a booklet to {n:,} candidate",
                    "assigning booklets to {n:,} candidates",
                    len(candidates),
                )
            )
            write_file(job.path(CANDIDATES_CSV), csv_bytes(candidates_table(deal(sat, candidates, rule))))
        if candidates is not None and personal:
            with forms.open("wb") as printed, key.open("wb") as keyed:
                write_tables(sat, deal(sat, candidates, rule), printed, keyed)
        else:
            write_file(forms, csv_bytes(forms_table(sat)))
            write_file(key, csv_bytes(key_table(sat)))
        check_results(package, staged, options.replace)
        _print_shared(job)
        if candidates is None:
            _print_forms(job)
        else:
            _print_sitting(job, candidates, plan)
        written = printed_files(staged)
    record_use(workspace, folder)
    return [folder / path for path in written]


def _rendered(
    package: Package,
    exam: Exam,
    rule: PapersRule,
    workspace: Path,
    options: PrintingOptions,
    candidates: Sequence[Candidate] | None,
    plan: SittingPlan | None,
    progress: Progress,
) -> list[Path]:
    """Print an exam that assessors rate, and return the files written."""
    folder = package.folder
    named = {
        option("per"): options.per != "room",
        option("together"): options.together,
        option("accessible"): options.accessible,
        option("large-print"): options.large_print,
        option("books"): options.books,
    }
    if given := [name for name, value in named.items() if value]:
        raise WrongUsage.because(
            "{names}: the exam is rated by assessors and has no booklets", names=listed(given)
        )
    media = sorted((folder / MEDIA).glob("*"))
    mark = printed_mark(plan) if plan else ""
    with new_printing(package, rule, False, options.replace, mark) as staged:
        templates = template_folders(workspace)
        printing = RatedPrinting(
            exam, rule, staged, templates, media, options.password, options.workers, progress
        )
        print_rated(printing, candidates)
        written = printed_files(staged)
    record_use(workspace, folder)
    return [folder / path for path in written]


def as_arranged(rule: PapersRule, plan: SittingPlan | None, body: Bilingual | None) -> PapersRule:
    """Return the rule with date, hours and body from the plan of the sitting. Raises Refused if the rule
    states another date."""
    if plan is None:
        return rule.model_copy(update={"body": rule.body or body})
    if rule.date not in (None, plan.date):
        message = tell("is {plan}, but the papers have {papers}", papers=rule.date, plan=plan.date)
        problem = Problem(PLAN, "other-day", message, field="date")
        raise Refused.because("the plan and the papers have different dates for the sitting", [problem])
    arranged = {"date": plan.date, "hours": plan.hours, "body": plan.body or rule.body or body}
    return rule.model_copy(update=arranged)


def own_times(plan: SittingPlan | None) -> dict[str, OwnTime]:
    """Return the time allowances of candidates with extra time in the plan, by candidate number."""
    return {
        canonical_number(one.candidate_id): OwnTime(one.extra_minutes, plan.hours_with(one.extra_minutes))
        for one in (plan.accommodation if plan else ())
        if plan is not None and one.extra_minutes
    }


def _unprintable(plan: SittingPlan) -> list[Problem]:
    """Return a problem for each character of the plan that papers for rooms show but no shipped font
    contains."""
    texts = [
        (f"centres.{c}.rooms.{r}.invigilators.{n}", name)
        for c, centre in enumerate(plan.centres)
        for r, room in enumerate(centre.rooms)
        for n, name in enumerate(room.invigilators)
    ]
    texts += [(f"accommodation.{n}.given", one.given) for n, one in enumerate(plan.accommodation)]
    return [
        Problem(PLAN, "glyph-missing", missing_message(char), field=field)
        for field, text in texts
        for char in missing("".join(text.split()))
    ]


def by_rule(sat: Exam, rule: PapersRule) -> Exam:
    """Return the exam with this rule in its blueprint."""
    return sat.model_copy(update={"blueprint": sat.blueprint.model_copy(update={"papers": rule})})


def _marked(booklet: Booklet, column: str) -> bool:
    return booklet.candidate is not None and gets(booklet.candidate, column)


# ── papers that do not depend on candidates ──────────────────────────────────────────────────


class _Paper(NamedTuple):
    """A paper that does not depend on candidates: its name in messages, its path, its kind and its form."""

    said: str
    name: str
    kind: Literal["key sheet", "solutions", "review book"]
    form: int = 0


def _secret_paper(job: _Job, paper: _Paper) -> bytes:
    sat, form = job.exam, job.exam.forms[paper.form]
    if paper.kind == "key sheet":
        return key_sheet(sat, form, job.templates)
    if paper.kind == "solutions":
        return solutions_book(sat, form, job.templates, job.media)
    return review_book(sat, job.templates, job.media)


def _print_shared(job: _Job) -> None:
    """Print what does not depend on candidates: the answer sheet, its geometry, and the keys of the forms."""
    sat, templates = job.exam, job.templates
    write_file(job.path(TEMPLATE_CSV), answers_template(sat).encode("utf-8-sig"))
    job.progress(tell("answer sheet"))
    write_file(job.path(ANSWER_SHEET), answer_sheet(sat, templates, job.logo))
    write_file(job.path(SHEET_JSON), json_bytes(sheet_geometry(sat, job.rule)))
    papers: list[_Paper] = []
    for n, form in enumerate(job.exam.forms if len(job.exam.forms) <= MOST_KEY_SHEETS else ()):
        papers.append(
            _Paper(tell("key sheet {form}", form=form.name), key_sheet_path(form.name), "key sheet", n)
        )
        if job.options.books:
            papers.append(
                _Paper(tell("solutions {form}", form=form.name), solutions_path(form.name), "solutions", n)
            )
    if job.options.books:
        papers.append(_Paper(tell("review book"), REVIEW_BOOK, "review book"))
    # keys never go over a network, and only this process encrypts them
    executor = None if job.options.workers.dask else job.executor
    with left(executor, job.staged, job.for_workers()) as means:
        made = in_order(executor, _secret_paper, papers, means)
        for paper in papers:
            job.progress(paper.said)
            pdf = next(made)
            write_file(
                job.path(paper.name), encrypted(pdf, job.options.password) if job.options.password else pdf
            )


def answers_template(exam: Exam) -> str:
    """Return the CSV header of the wide layout that `score` reads: candidate_id, form, Q1 … QN."""
    columns = [
        "candidate_id",
        "form",
        *(f"Q{n}" for n in range(1, max(len(form.items) for form in exam.forms) + 1)),
    ]
    return ",".join(columns) + "\n"


# ── a booklet for each form ──────────────────────────────────────────────────────────────────


def _print_forms(job: _Job) -> None:
    rules = [("", job.rule)]
    if job.options.large_print:
        rules.append((names.LARGE_PRINT, job.rule.model_copy(update={"text": "large"})))
    for variant, rule in rules:
        printer = job.printer(rule)
        for form in job.exam.forms:
            large, plain = (
                tell("booklet {form}, large print", form=form.name),
                tell("booklet {form}", form=form.name),
            )
            job.progress(large if variant else plain)
            path = job.path(booklet_path(form.name, variant))
            title = tell("{exam} – booklet, form {form}", exam=job.exam.blueprint.exam, form=form.name).th
            printer.write(path, [plain_booklet(form)], title=title)
    if not job.options.accessible:
        return
    forms = [(plain_booklet(form), booklet_path(form.name, names.ACCESSIBLE)) for form in job.exam.forms]
    with left(job.executor, job.staged, job.for_workers()) as means:
        made = in_order(job.executor, _print_accessible, forms, means)
        for booklet, _ in forms:
            job.progress(tell("booklet {form}, accessible", form=booklet.form))
            next(made)


def _print_accessible(job: _Job, of: tuple[Booklet, str]) -> None:
    """Print a booklet for screen readers, as a tagged PDF and as one HTML page."""
    booklet, name = of
    base = next(form for form in job.exam.forms if form.name == booklet.order.base)
    form = with_order(base, booklet.order, booklet.form)
    who = booklet.candidate
    time = job.times.get(canonical_number(who.candidate_id)) if who else None
    write_file(job.path(name), accessible_pdf(job.exam, form, job.templates, job.media, time))
    page = accessible_html(job.exam, form, job.templates, job.media, time)
    write_file(job.path(name.removesuffix(".pdf") + ".html"), page.encode())


# ── a booklet for each candidate ─────────────────────────────────────────────────────────────


_Sitting = tuple[_Job, BookletPrinter, BookletPrinter | None]
"""What prints the booklets of all rooms: the job, the printer, and the large-print printer if requested."""

_Room = tuple[str, Sequence[Booklet]]
"""The folder of a room, and its booklets."""


def _print_sitting(job: _Job, candidates: Sequence[Candidate], plan: SittingPlan | None) -> None:
    """Print the booklets of a list, room by room, and the papers of each room."""
    folders = room_folders(room[0].exam_room for room in seated(candidates))
    places = PlannedPlaces.from_plan(plan) if plan else None
    has_centres = any(one.centre for one in candidates)
    printer = job.printer(job.rule, has_centres)
    large = None
    if job.options.large_print:
        large = job.printer(job.rule.model_copy(update={"text": "large"}), has_centres)
    for one in filter(None, (printer, large)):
        one.lay_out_sheets()
    asked = ((LARGE_PRINT, job.options.large_print), (ACCESSIBLE, job.options.accessible))
    variants = [name for name, is_printed in asked if is_printed]
    pages: Pages = {}
    if job.options.per == "sitting":
        # booklets of all rooms together, except large print; dealt once for each file
        job.progress(tell_n("booklet of {n:,} candidate", "booklets of {n:,} candidates", len(candidates)))
        some, once, again = (
            _of_size(deal(job.exam, candidates, job.rule), job, large=False) for _ in range(3)
        )
        if next(some, None):
            pages = _write(printer, job, PAPERS, "", [once, again])
    printed: list[tuple[Path, RoomPapers]] = []
    waiting: deque[tuple[ExamRoom, Sequence[Booklet]]] = deque()

    def rooms() -> Iterator[_Room]:
        dealt = deal(job.exam, candidates, job.rule)
        for room, members in groupby(dealt, key=lambda booklet: booklet.exam_room):
            booklets = list(members)
            # the papers of a room do not show the orders of items, which take much memory
            bare = tuple(one._replace(order=one.order._replace(items=(), options=())) for one in booklets)
            waiting.append((room, bare))
            yield folders[room], booklets

    with left(job.executor, job.staged, (job.for_workers(), printer, large)) as means:
        for number, of_room in enumerate(in_order(job.executor, _print_room, rooms(), means), 1):
            room, members = waiting.popleft()
            job.progress(
                tell_n(
                    "room {room}: {n} booklet ({number} of {folders_n})",
                    "room {room}: {n} booklets ({number} of {folders_n})",
                    len(members),
                    room=room.shown or "–",
                    number=number,
                    folders_n=len(folders),
                )
            )
            folder = job.path(f"{folders[room]}/room").parent
            known = {one.serial: pages[one.serial] for one in members if one.serial in pages}
            papers = RoomPapers(
                room.shown,
                tuple(members),
                known | of_room,
                packet=room.name,
                large_print=tuple(_in_room(one) for one in _of_size(members, job, large=True)),
                accommodation=lists.accommodation_lines(plan, members, variants),
            )
            if places:
                planned = (places.rooms_of(room.centre) or {}).get(fold(room.name))
                papers = papers._replace(invigilators=planned.invigilators if planned else ())
            printed.append((folder, papers))
    job.progress(tell_n("papers of {n} room", "papers of {n} rooms", len(printed)))
    with left(job.executor, printed[0][0], (job.exam, tuple(job.templates))) as given:
        made = in_order(job.executor, room_papers, (of for _, of in printed), given)
        for (folder, _), files in zip(printed, made, strict=True):
            for name, pdf in files.items():
                write_file(folder / name, pdf)


def _in_room(booklet: Booklet) -> str:
    """Return a booklet as the packing slip names it: its serial, and the candidate's seat if known."""
    seat = booklet.candidate.seat if booklet.candidate else ""
    return f"{booklet.serial} ({seat})" if seat else booklet.serial


def room_papers(given: tuple[Exam, tuple[Path, ...]], of: RoomPapers) -> dict[str, bytes]:
    """Return the papers of one room by file name."""
    sat, templates = given
    return {paper.file: paper.printed(sat, of, templates) for paper in of.papers}


def _of_size(booklets: Iterable[Booklet], job: _Job, large: bool) -> Iterator[Booklet]:
    """Yield the booklets in large print if `large`, otherwise the rest. If large print is not requested, none
    is in large print."""
    return (one for one in booklets if (job.options.large_print and _marked(one, LARGE_PRINT)) == large)


def _print_room(sitting: _Sitting, room: _Room) -> Pages:
    """Print the booklets of a room in all variants, and return their numbers of pages."""
    job, printer, large = sitting
    folder, members = room
    pages: Pages = {}
    booklets = [*_of_size(members, job, large=False)]
    if job.options.per == "room" and booklets:
        pages |= _write(printer, job, folder, "", [booklets, booklets])
    elif job.options.per == "candidate":
        for booklet in booklets:
            pages |= _write(printer, job, folder, f"{booklet.serial}-", [[booklet], [booklet]])
    if large is not None and (marked := [*_of_size(members, job, large=True)]):
        pages |= _write(large, job, folder, "large-print-", [marked, marked])
    for booklet in members if job.options.accessible else ():
        if _marked(booklet, ACCESSIBLE):
            job.progress(tell("booklet {serial}, accessible", serial=booklet.serial))
            _print_accessible(job, (booklet, f"{folder}/{booklet.serial}-accessible.pdf"))
    return pages


def _write(
    printer: BookletPrinter, job: _Job, folder: str, name: str, booklets: Iterable[Iterable[Booklet]]
) -> Pages:
    """Write one file of booklets with their sheets, or one of booklets and one of sheets in the same order.

    `booklets` has them twice, once for each file. Returns the pages of booklet and sheet by serial.
    """
    once, again = booklets
    exam_name = job.exam.blueprint.exam
    of = folder.removeprefix(f"{ROOMS}/").replace("/", " – ") if folder != PAPERS else ""
    said = {"exam": exam_name, "place": "".join(f", {part}" for part in (of, name.removesuffix("-")) if part)}
    path = job.path(f"{folder}/{name}booklets.pdf")
    if job.options.together:
        title = tell("{exam} – booklets and answer sheets{place}", **said).th
        return printer.write(path, once, title=title, parts="both").pages
    title = tell("{exam} – booklets{place}", **said).th
    printed = printer.write(path, once, title=title, parts="booklet").pages
    path = job.path(f"{folder}/{name}sheets.pdf")
    title = tell("{exam} – answer sheets{place}", **said).th
    sheets = printer.write(path, again, title=title, parts="sheet").pages
    return {serial: (n, sheets[serial][1]) for serial, (n, _) in printed.items()}
