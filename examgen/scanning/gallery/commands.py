"""`examgen scan gallery`: shows doubtful marks to people, and takes in their decisions."""

from __future__ import annotations

import csv
import io
import json
import math
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from examgen.capture.grader_decisions import DecidedCrop, restored, shown_names
from examgen.core.candidate_numbers import writing_of
from examgen.core.changes import changing
from examgen.core.csv_files import csv_cells, read_csv
from examgen.core.exam.names import CANDIDATES_CSV
from examgen.core.files import Progress, json_bytes, new_file, quiet, read_files, read_input, write_files
from examgen.core.problems import Problem, Refused
from examgen.core.processes import Workers, at_work, results
from examgen.core.readings import Readings
from examgen.core.tables.opening import open_tables
from examgen.core.tables.records import Table, visible
from examgen.core.text.characters import LETTERS
from examgen.core.words import tell, tell_n
from examgen.scanning.folder import SCAN, read_scan_json
from examgen.scanning.gallery.crops import Crop, CropPicture, PagePictures, page_pictures
from examgen.scanning.gallery.decisions import (
    COLUMNS,
    NOBODY,
    CropDecision,
    DecisionLine,
    DecisionState,
    IssuedForms,
    KnownDoubt,
    PassedOver,
    Reader,
    beside,
    read_lines,
    standing,
)
from examgen.scanning.gallery.in_doubt import (
    GALLERY,
    Ask,
    CheckSample,
    Doubt,
    PageKey,
    ScanInDoubt,
    ScannedPage,
    asks,
    drawn,
    read_scan,
    replaced_crops,
    scan_file,
)
from examgen.scanning.gallery.page import Gallery, Pictures, gallery_records, write_page
from examgen.scanning.gallery.why_decided import reason_of
from examgen.scanning.input.sources import pages_of

REVIEW = "review"
DECISIONS, ISSUED = f"{REVIEW}/decisions.csv", f"{REVIEW}/gallery.json"
MARKS, IDENTITIES = "marks.csv", "identities.csv"
"""The files of decisions below `REVIEW`. A scan of several exams has a folder for each, as for responses."""
_RECORD = ("reason", "by", "date", "raw", *DecidedCrop._fields)
MARK_COLUMNS = ("file", "line", "question", "answer", *_RECORD)
IDENTITY_COLUMNS = ("file", "line", "candidate_id", "form", "action", *_RECORD)
DEFAULT_SHARE = 0.1
_SHEETS_BYTES = 60_000_000
"""The approximate maximum size of all sheets of a gallery in bytes; more sheets are shown smaller."""
_BYTES_AT_1000 = 45_000
"""The approximate size in bytes of a sheet with a height of 1,000 pixels; it grows with the area."""
_HIGHEST_SHEET = 1500.0
"""The maximum height in pixels."""

_PageTask = tuple[Path, Sequence[tuple[ScannedPage, Sequence[Doubt]]]]
"""The path of a source, and its pages with the doubts on each."""
_PAGES_OF_TASK = 24
_WORTH = 500
"""The number of crops for which starting one more process is worthwhile."""
_AHEAD = 16
"""The number of tasks begun before the first result is taken."""


class WrittenGallery(NamedTuple):
    """A gallery that was written."""

    path: Path
    bytes: int
    n_marks: int
    n_identities: int
    n_second: int
    n_settle: int
    n_unreadable: int
    """Doubts without a picture, because their scan can no longer be read."""
    n_needless: int
    """Marks that need no decision, because another scan of the sheet counts."""


class RenewedGallery(NamedTuple):
    """The decisions left in the gallery of a scan in a sitting; the gallery is rewritten if it has
    changed."""

    n_marks: int
    n_identities: int
    n_second: int
    """The number of decisions to be checked by a second person."""
    n_settle: int

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to decide."""
        return not any(self)


class GalleryOptions(NamedTuple):
    """The options of a gallery. The share of the second check and its seed are kept for later galleries."""

    share: float | None = None
    """The share, from 0 to 1; None for that of the last gallery, or `DEFAULT_SHARE` at first."""
    seed: int | None = None
    by: str = ""
    """The name of the person who decides; if empty, the page asks for it."""
    beside: Sequence[Path] = ()
    """Folders of other scans that are scored with this one. Marks that they make needless are left out."""


AS_BEFORE = GalleryOptions()


def write_gallery(
    folder: Path,
    wanted: GalleryOptions = AS_BEFORE,
    progress: Progress = quiet,
    waiting: Collection[int] | None = None,
) -> WrittenGallery:
    """Write gallery.html with everything still to be decided, checked or settled. `waiting` are the lines of
    the rows that are set aside, if they are known."""
    with changing(folder):
        scan = read_scan(folder)
        issued = _issued(folder, scan, wanted.share, wanted.seed)
        record = read_decisions(folder)
        every = asks(scan.doubts, _by_code(record), issued.sample)
        asked = every
        if waiting is not None:
            asked = _needed(scan, every, waiting)
        elif wanted.beside:
            asked = _needed(scan, every, _waiting(scan, wanted.beside))
        shown, issued = _page_written(scan, issued, every, asked, len(record), wanted.by, progress)
        write_files({folder / ISSUED: json_bytes(issued.as_json())}, within=folder)
    tasks = [one.tasks for one in shown]
    return WrittenGallery(
        path=folder / GALLERY,
        bytes=(folder / GALLERY).stat().st_size,
        n_marks=sum(one.doubt.kind == "mark" for one in shown),
        n_identities=sum(one.doubt.kind == "identity" for one in shown),
        n_second=sum("second" in one for one in tasks),
        n_settle=sum("settle" in one for one in tasks),
        n_unreadable=len(asked) - len(shown),
        n_needless=len(every) - len(asked),
    )


def renew_gallery(
    folder: Path,
    waiting: Callable[[], Collection[int] | None] = lambda: None,
    progress: Progress = quiet,
) -> RenewedGallery:
    """Rewrite the gallery of a scan in a sitting if the open decisions have changed. `waiting` is called if a
    mark is undecided and returns the lines of the rows that are set aside; if these are not known, marks
    that the gallery left out stay out."""
    with changing(folder):
        scan = read_scan(folder)
        issued = _issued(folder, scan, None, None)
        record = read_decisions(folder)
        every = asks(scan.doubts, _by_code(record), issued.sample)
        lines = waiting() if any(_is_open_mark(one) for one in every) else None
        if lines is None:
            out = issued.needless
            asked = [one for one in every if one.doubt.code not in out or not _is_open_mark(one)]
        else:
            asked = _needed(scan, every, lines)
        needless = {one.doubt.code for one in every} - {one.doubt.code for one in asked}
        is_there = (folder / GALLERY).is_file()
        if not is_there or issued.on_record != len(record) or issued.needless != needless:
            _, issued = _page_written(scan, issued, every, asked, len(record), "", progress)
        write_files({folder / ISSUED: json_bytes(issued.as_json())}, within=folder)
    first = Counter(one.doubt.kind for one in asked if "first" in one.tasks)
    return RenewedGallery(
        n_marks=first["mark"],
        n_identities=first["identity"],
        n_second=sum("second" in one.tasks for one in asked),
        n_settle=sum("settle" in one.tasks for one in asked),
    )


_left = Readings[int](64)


def n_left(folder: Path) -> int:
    """Return the number of undecided doubts that the gallery of a scan shows."""
    paths = [folder / SCAN, folder / ISSUED, folder / DECISIONS]
    return _left.of(folder, paths, lambda: _read_left(folder))


def _read_left(folder: Path) -> int:
    scan = read_scan(folder)
    issued = _issued(folder, scan, None, None)
    every = asks(scan.doubts, _by_code(read_decisions(folder)), issued.sample)
    return sum("first" in one.tasks and one.doubt.code not in issued.needless for one in every)


def _needed(
    scan: ScanInDoubt, every: Sequence[Ask], waiting: Collection[int] | Collection[tuple[str, int]]
) -> list[Ask]:
    """Return the doubts to decide. An undecided mark is left out if its row (given by line, or by exam and
    line) is not set aside."""
    needed = []
    for one in every:
        page = scan.pages[one.doubt.page]
        if not _is_open_mark(one) or page.row.line in waiting or (page.exam, page.row.line) in waiting:
            needed.append(one)
    return needed


def _is_open_mark(one: Ask) -> bool:
    """Return whether the doubt is a mark on which nobody has decided."""
    return one.doubt.kind == "mark" and "first" in one.tasks


def _page_written(
    scan: ScanInDoubt,
    issued: Issued,
    every: Sequence[Ask],
    asked: Sequence[Ask],
    on_record: int,
    by: str,
    progress: Progress,
) -> tuple[list[Ask], Issued]:
    """Write gallery.html, and return the doubts that it shows and what is to be recorded about it."""
    needless = {one.doubt.code for one in every} - {one.doubt.code for one in asked}
    issued = issued._replace(needless=frozenset(needless), on_record=on_record)
    progress(tell("cutting out {n} crops", n=len(asked)))
    crops, sheets = _pictures(scan, asked)
    shown = [one for one in asked if one.doubt.code in crops]
    pictures = Pictures()
    gallery = Gallery(scan.digest, scan.exams, shown, scan.pages, by, issued.sample.share)
    records = gallery_records(gallery, crops, sheets, pictures)
    with new_file(scan.folder / GALLERY) as file:
        write_page(records, pictures.packs, file.write)
    return shown, issued


def _waiting(scan: ScanInDoubt, beside: Sequence[Path]) -> set[tuple[str, int]]:
    """Return the rows of a scan, as exam and line, that are set aside when it is scored together with other
    folders."""
    from examgen.scoring.options import ScoringOptions
    from examgen.scoring.score import score

    folders = list({folder.resolve(): folder for folder in (scan.folder, *beside)}.values())
    files = [{one["code"]: one["responses"] for one in read_scan_json(one)["exams"]} for one in folders]
    found: set[tuple[str, int]] = set()
    for exam in scan.exams:
        own = [
            (folder, Path(of[exam.code]))
            for folder, of in zip(folders, files, strict=True)
            if exam.code in of
        ]
        if exam.package is None or not exam.package.is_dir():
            message = tell("the exam package {path} no longer exists", path=exam.package or exam.code)
            raise Refused(message)
        answers = [folder / file for folder, file in own]
        identities, marks = (
            [path for folder, file in own if (path := folder / REVIEW / file.parent / name).is_file()]
            for name in (IDENTITIES, MARKS)
        )
        with tempfile.TemporaryDirectory() as scratch:
            scoring = ScoringOptions(identities=tuple(identities), marks=tuple(marks), signals=False)
            done = score(exam.package, answers, out=Path(scratch) / "results", options=scoring)
            quarantine = done.files / "quarantine.csv"
            if quarantine.is_file():
                aside = read_csv(quarantine, {})
                own_lines = aside.filter(aside["file"] == shown_names(answers)[0])["line"]
                found.update((exam.code, int(line)) for line in own_lines)
    return found


class Issued(NamedTuple):
    """The record of the galleries written for a folder: the digests of the scans, the sample, and all codes
    drawn."""

    scans: tuple[str, ...]
    sample: CheckSample
    drawn: frozenset[str]
    """Codes drawn for any gallery, because people with an earlier gallery still check what was drawn for
    that."""
    needless: frozenset[str] = frozenset()
    """Codes that the newest gallery left out, because another scan of the sheet counts."""
    on_record: int | None = None
    """The number of recorded decisions when the newest gallery was written; None before the first gallery."""

    def as_json(self) -> dict[str, object]:
        """Return the content of review/gallery.json."""
        return {
            "scans": self.scans,
            "share": self.sample.share,
            "seed": self.sample.seed,
            "drawn": sorted(self.drawn),
            "needless": sorted(self.needless),
            "on_record": self.on_record,
        }


def _issued(folder: Path, scan: ScanInDoubt, share: float | None, seed: int | None) -> Issued:
    path = folder / ISSUED
    said = json.loads(read_input(path)) if path.is_file() else {}
    sample = CheckSample(
        said.get("share", DEFAULT_SHARE) if share is None else share,
        said.get("seed", int(scan.digest[:8], 16)) if seed is None else seed,
    )
    scans = tuple(dict.fromkeys((*said.get("scans", ()), scan.digest)))
    codes = drawn(scan.doubts, sample).union(said.get("drawn", ()))
    return Issued(scans, sample, codes, frozenset(said.get("needless", ())), said.get("on_record"))


def scan_of(folders: Mapping[int, Path], path: Path) -> int | None:
    """Return the number of the scan whose gallery a file of decisions belongs to; None if it is none of
    these. Raises Refused if the file is not a file of decisions."""
    problems: list[Problem] = []
    lines = _table_lines(str(path), read_input(path), problems)
    if problems:
        raise Refused(
            tell_n("the decisions have {n} error", "the decisions have {n} errors", len(problems)), problems
        )
    named = {line.cells.get("scan", "").strip() for line in lines}
    for number, folder in folders.items():
        issued = folder / ISSUED
        if issued.is_file() and named.intersection(json.loads(read_input(issued)).get("scans", ())):
            return number
    return None


# ── pictures ─────────────────────────────────────────────────────────────────────────────────


def _pictures(scan: ScanInDoubt, asked: Sequence[Ask]) -> tuple[dict[str, Crop], dict[PageKey, CropPicture]]:
    """Return the crop of each doubt and the picture of each sheet, as far as the scan can be read."""
    by_page: dict[PageKey, list[Doubt]] = defaultdict(list)
    for one in asked:
        by_page[one.doubt.page].append(one.doubt)
    by_source: dict[str, list[tuple[ScannedPage, tuple[Doubt, ...]]]] = defaultdict(list)
    for key in sorted(by_page):
        by_source[scan.pages[key].sha256].append((scan.pages[key], tuple(by_page[key])))
    tasks: list[_PageTask] = []
    for sha256, pages in by_source.items():
        path = scan_file(scan.folder, sha256)
        for start in range(0, len(pages), _PAGES_OF_TASK):
            tasks.append((path, pages[start : start + _PAGES_OF_TASK]))
    # the height of a sheet in pixels, so that all sheets together stay within their bytes
    room = _SHEETS_BYTES / max(1, len(by_page)) / _BYTES_AT_1000
    height = round(min(_HIGHEST_SHEET, 1000 * math.sqrt(room)))
    crops: dict[str, Crop] = {}
    sheets: dict[PageKey, CropPicture] = {}
    with at_work(Workers(), len(asked) // _WORTH) as executor:
        cut = results(executor, _cut, ((height, task) for task in tasks), _AHEAD)
        for task, found in zip(tasks, cut, strict=True):
            for (page, doubts), pictures in zip(task[1], found, strict=True):
                if pictures is None:
                    continue
                crops |= {doubt.code: crop for doubt, crop in zip(doubts, pictures.crops, strict=True)}
                if pictures.sheet is not None:
                    sheets[page.key] = pictures.sheet
    return crops, sheets


def _cut(height: int, task: _PageTask) -> list[PagePictures | None]:
    found: list[PagePictures | None] = []
    path, pages = task
    with pages_of(path) as take:
        for page, doubts in pages:
            image = take(page.page)
            if image.image is None:
                found.append(None)
                continue
            found.append(
                page_pictures(
                    image.image, page.rotation, [scaled(one, image.scale) for one in doubts], height
                )
            )
    return found


def scaled(doubt: Doubt, scale: float) -> Doubt:
    """Return the doubt with the positions of its bubbles on a picture that is smaller than the scan."""
    if scale == 1:
        return doubt
    x, y = (tuple((at + 0.5) / scale - 0.5 for at in side) for side in (doubt.bubbles.x, doubt.bubbles.y))
    return replace(doubt, bubbles=doubt.bubbles._replace(x=x, y=y, radius=doubt.bubbles.radius / scale))


# ── decisions on record ──────────────────────────────────────────────────────────────────────


def read_decisions(folder: Path) -> list[CropDecision]:
    """Return the decisions in review/decisions.csv, in the order they were stored."""
    path = folder / DECISIONS
    if not path.is_file():
        return []
    reader = csv.DictReader(io.StringIO(read_input(path).decode("utf-8-sig"), newline=""))
    found: list[CropDecision] = []
    for row in reader:
        cells = {name: restored(row.get(name) or "") for name in COLUMNS}
        numbers = {name: int(cells[name] or 0) for name in ("page", "question")}
        found.append(CropDecision(**{**cells, **numbers}))  # type: ignore[arg-type]
    return found


def _by_code(record: Iterable[CropDecision]) -> dict[str, list[CropDecision]]:
    found: dict[str, list[CropDecision]] = defaultdict(list)
    for one in record:
        found[one.code].append(one)
    return found


class Dispute(NamedTuple):
    """A doubt that two people decided differently."""

    doubt: Doubt
    each: tuple[CropDecision, ...]


class RecordedDecisions(NamedTuple):
    """The result of storing decisions: what is new, what was already recorded, and what is left."""

    n_new: int
    n_known: int
    n_open_lines: int
    """The number of lines left empty in the files."""
    passed_over: tuple[PassedOver, ...]
    """Lines on scans that another scan has replaced."""
    n_marks: int
    n_identities: int
    """`n_marks` and `n_identities` count the lines of marks.csv and identities.csv."""
    n_left: int
    """Undecided doubts, without those that the newest gallery left out."""
    n_needless: int
    """Undecided doubts that the newest gallery left out."""
    n_checked: int
    """The number of doubts decided by two or more people."""
    n_unchecked: int
    """The number of doubts decided by one person and drawn for a second check."""
    disputes: tuple[Dispute, ...]

    @property
    def needs_attention(self) -> bool:
        """Whether two people decided differently, or a decision contradicts a better scan."""
        return bool(self.disputes or any(one.says_otherwise for one in self.passed_over))

    def as_dict(self) -> dict[str, Any]:
        """Return the result for `--json`."""
        disputes = [
            {
                "code": one.doubt.code,
                "source": one.doubt.page[0],
                "page": one.doubt.page[1],
                "question": one.doubt.question,
                "said": [{"by": each.by, "decided": each.decided, "form": each.form} for each in one.each],
            }
            for one in self.disputes
        ]
        passed_over = [
            {
                **one.crop._asdict(),
                "decided": {"by": one.by, "decided": one.decided, "form": one.form},
                "says_otherwise": one.says_otherwise,
            }
            for one in self.passed_over
        ]
        return {**self._asdict(), "passed_over": passed_over, "disputes": disputes}


class StagedDecisions(NamedTuple):
    """Decisions from files added to those on record, before anything is written."""

    recorded: RecordedDecisions
    files: Mapping[Path, bytes]
    """The files to write."""
    rows: frozenset[tuple[int, int]]
    """What was decided now: the line of a row and the question, or 0 for its candidate."""
    n_withdrawn: int
    """The number of earlier decisions that no longer hold, because two people decided differently."""
    n_new_of: Sequence[int]
    """The number of new decisions in each file."""


def take_decisions(folder: Path, files: Sequence[Path], by: str = "", date: str = "") -> RecordedDecisions:
    """Append decisions from files to review/decisions.csv of a folder outside any sitting, and rewrite
    marks.csv and identities.csv. Raises Refused like `staged_decisions`, and then writes nothing."""
    with changing(folder):
        staged = staged_decisions(folder, files, by, date)
        write_files(staged.files, within=folder)
    return staged.recorded


def staged_decisions(
    folder: Path,
    files: Sequence[Path],
    by: str,
    date: str,
    is_own: bool = False,
    elsewhere: Collection[tuple[int, int]] = (),
) -> StagedDecisions:
    """Return the decisions from files added to those on record, in a folder that the caller has locked.

    With `is_own`, every decision is by `by`, whatever name the files have. `elsewhere` has the rows and
    questions (0 for a row's candidate) that were decided outside the gallery since.

    Raises Refused with every fault of every file: a decision about another scan or an unknown crop, with a
    place that does not match its code, on a row that has changed since, or (without a note) with a candidate
    or form that was not assigned; a check or settlement of a doubt that needs none; or a line that cannot be
    read as a decision.
    """
    scan = read_scan(folder)
    record = read_decisions(folder)
    issued = _issued(folder, scan, None, None)
    reader = _reader(issued, scan, by, date)._replace(is_own=is_own)
    given: list[tuple[str, CropDecision]] = []
    ends: list[int] = []
    problems: list[Problem] = []
    n_open, passed_over = 0, list[PassedOver]()
    for name, data in read_files(files):
        filled = read_lines(_table_lines(name, data, problems), reader)
        given += filled.decisions
        ends.append(len(given))
        problems += filled.faults
        n_open += filled.n_open
        passed_over += filled.passed_over
    anew = {one.code for one in scan.doubts if (scan.pages[one.page].row.line, one.question) in elsewhere}
    taken = beside(record, given, issued.drawn, anew)
    problems += taken.faults
    if problems:
        raise Refused(
            tell_n("the decisions have {n} error", "the decisions have {n} errors", len(problems)), problems
        )
    before = {code: standing(decisions) for code, decisions in _by_code(record).items()}
    record += taken.new
    stands = {code: standing(decisions) for code, decisions in _by_code(record).items()}
    marks, identities = _decision_lines(scan, stands)
    # Earlier lines are kept byte for byte.
    path = folder / DECISIONS
    known = read_input(path) if path.is_file() else _csv(COLUMNS, ())
    n_columns = known.partition(b"\n")[0].count(b",") + 1  # an older file goes on with the columns it has
    lines = "".join(csv_cells(one.cells()[:n_columns]) + "\n" for one in taken.new)
    written = {path: known + lines.encode()}
    for exam in scan.exams:
        place = folder / REVIEW / Path(exam.file).parent
        written[place / MARKS] = _csv(MARK_COLUMNS, marks[exam.code])
        written[place / IDENTITIES] = _csv(IDENTITY_COLUMNS, identities[exam.code])
    doubts = [(one, stands.get(one.code, standing(()))) for one in scan.doubts]
    asked = asks(scan.doubts, _by_code(record), issued.sample)
    recorded = RecordedDecisions(
        n_new=len(taken.new),
        n_known=taken.n_known,
        n_open_lines=n_open,
        passed_over=tuple(passed_over),
        n_marks=sum(map(len, marks.values())),
        n_identities=sum(map(len, identities.values())),
        n_left=sum(one.state == "open" and doubt.code not in issued.needless for doubt, one in doubts),
        n_needless=sum(one.state == "open" and doubt.code in issued.needless for doubt, one in doubts),
        n_checked=sum(len(one.each) > 1 for _, one in doubts),
        n_unchecked=sum("second" in one.tasks and one.not_by != () for one in asked),
        disputes=tuple(Dispute(doubt, one.each) for doubt, one in doubts if one.state == "disputed"),
    )
    new = {one.code for one in taken.new}
    holds = {code for code in new if stands[code].final is not None}
    rows = {(scan.pages[one.page].row.line, one.question) for one in scan.doubts if one.code in holds}
    n_withdrawn = sum(code in before and before[code].final is not None for code in new - holds)
    of_now = {id(one) for one in taken.new}
    counts = [sum(id(one) in of_now for _, one in given[a:b]) for a, b in pairwise([0, *ends])]
    return StagedDecisions(recorded, written, frozenset(rows), n_withdrawn, counts)


def _reader(issued: Issued, scan: ScanInDoubt, by: str, date: str) -> Reader:
    exams = {one.code: one for one in scan.exams}
    # The candidates with a booklet of each exam, if its package still exists and lists them.
    dealt = {code: IssuedForms() for code in exams}
    for code, exam in exams.items():
        if exam.package is None or not (path := exam.package / CANDIDATES_CSV).is_file():
            continue
        forms_of: dict[str, tuple[str, ...]] = {}
        rows = read_csv(path, {})
        for one in rows.iter_rows(named=True):
            if who := one["candidate_id"]:
                forms_of[who] = tuple(dict.fromkeys((*forms_of.get(who, ()), one["form"])))
        sound = (page for page in scan.pages.values() if page.exam == code and not page.reason)
        with_sheet = frozenset(page.candidate_id for page in sound)
        only_bases = set(rows["base"]) - set(rows["form"]) if "base" in rows.columns else set()
        dealt[code] = IssuedForms(forms_of, with_sheet, frozenset(only_bases), writing_of(forms_of))
    known = {}
    for doubt in scan.doubts:
        page = scan.pages[doubt.page]
        letters, forms = LETTERS[: doubt.n_options], exams[page.exam].forms
        known[doubt.code] = KnownDoubt(
            *(doubt.kind, *doubt.page, doubt.question, doubt.read, letters, forms),
            candidate_id=page.candidate_id,
            dealt=dealt[page.exam],
        )
    replaced = cache(lambda: replaced_crops(scan.folder))
    return Reader(frozenset(issued.scans), known, by, date, replaced=lambda code: replaced().get(code))


def _table_lines(name: str, data: bytes, problems: list[Problem]) -> list[DecisionLine]:
    """Return the lines of the first table in a file that has the columns of decisions."""
    try:
        tables = open_tables(name, data)
    except Refused as refused:
        problems += refused.problems
        return []
    for table in tables:
        if heads := decision_columns(table):
            return [
                DecisionLine(f"{visible(name)}:{record.line}", dict(zip(heads, record.fields, strict=False)))
                for record in table.body(len(heads))
            ]
    message = tell(
        "is not a file saved by the gallery, because it lacks a column `scan`, `code` or "
        "`decided` (marks.csv and identities.csv are for scoring)"
    )
    problems.append(Problem(visible(name), "not-decisions", message))
    return []


def decision_columns(table: Table) -> list[str]:
    """Return the column names of a table of decisions; none if it is another table."""
    heads = [cell.lower().strip() for cell in table.header.fields]
    return heads if {"scan", "code", "decided"} <= set(heads) else []


# ── decisions ─────────────────────────────────────────────────────────────────────────────────


def _decision_lines(
    scan: ScanInDoubt, stands: Mapping[str, DecisionState]
) -> tuple[dict[str, list[tuple[str, ...]]], dict[str, list[tuple[str, ...]]]]:
    """Return the lines of marks.csv and of identities.csv by exam, with the final decision on each doubt."""
    marks: dict[str, list[tuple[str, ...]]] = {one.code: [] for one in scan.exams}
    identities: dict[str, list[tuple[str, ...]]] = {one.code: [] for one in scan.exams}
    files = {one.code: one.file for one in scan.exams}
    for doubt in sorted(scan.doubts, key=lambda one: (one.page, one.question)):
        state = stands.get(doubt.code)
        if state is None or (final := state.final) is None:
            continue
        page = scan.pages[doubt.page]
        where = (files[page.exam], str(page.row.line))
        others = [one.by for one in state.each if one.by != final.by]
        is_settled = "yes" if others and state.state == "settled" else ""
        file, number = doubt.page
        seen = DecidedCrop(
            file, str(number), doubt.code, doubt.read, ", ".join(others), is_settled, final.time
        )
        record = (str(reason_of(final.note)), final.by, final.day, page.row.raw, *seen)
        if doubt.kind == "mark":
            marks[page.exam].append((*where, str(doubt.question), final.decided, *record))
        elif final.decided == NOBODY:
            identities[page.exam].append((*where, "", "", "void", *record))
        else:
            identities[page.exam].append((*where, final.decided, final.form, "", *record))
    return marks, identities


def _csv(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> bytes:
    text = ",".join(columns) + "\n" + "".join(csv_cells(line) + "\n" for line in lines)
    return b"\xef\xbb\xbf" + text.encode()
