"""`examgen scan gallery`: shows doubtful marks to people, and takes in their decisions."""

from __future__ import annotations

import csv
import io
import json
import math
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.capture.grader_decisions import DecidedCrop, restored, shown_names
from examgen.core.changes import changing
from examgen.core.csv_files import csv_cells, read_csv
from examgen.core.files import Progress, json_bytes, new_file, quiet, read_files, read_input, write_files
from examgen.core.problems import Problem, Refused
from examgen.core.processes import Workers, at_work, results
from examgen.core.readings import Readings
from examgen.core.words import tell_n
from examgen.scanning.folder import SCAN
from examgen.scanning.gallery.crops import Crop, CropPicture, PagePictures, page_pictures
from examgen.scanning.gallery.decision_files import DecisionReader, PassedOver, new_decisions, table_lines
from examgen.scanning.gallery.decisions import COLUMNS, NOBODY, CropDecision, DecisionState, standing
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
    scan_file,
)
from examgen.scanning.gallery.page import gallery_records, write_page
from examgen.scanning.gallery.why_decided import reason_of
from examgen.scanning.input.sources import pages_of

if TYPE_CHECKING:
    from examgen.scoring.options import ScoringOptions

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

Waits = Callable[[ScannedPage], bool]
"""Whether the row of a page is set aside in scoring, so that its undecided marks matter."""


class GalleryOptions(NamedTuple):
    """The options of a gallery. The share of the second check and its seed are kept for later galleries."""

    share: float | None = None
    """The share, from 0 to 1; None for that of the last gallery, or `DEFAULT_SHARE` at first."""
    seed: int | None = None
    by: str = ""
    """The name of the person who decides; if empty, the page asks for it."""


AS_BEFORE = GalleryOptions()


class LeftToDecide(NamedTuple):
    """The decisions left in the gallery of a scan."""

    n_marks: int
    n_identities: int
    n_second: int
    """The number of decisions to be checked by a second person."""
    n_settle: int
    n_needless: int = 0
    """Marks that need no decision, because another scan of the sheet counts."""
    n_unreadable: int = 0
    """Doubts without a picture, because their scan can no longer be read."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to decide."""
        return not any(self[:4])


@dataclass(frozen=True, slots=True)
class Issued:
    """The record of the galleries written for a folder, as in review/gallery.json."""

    scans: Sequence[str]
    """The digests of the scans."""
    share: float
    seed: int
    drawn: Collection[str]
    """Codes drawn for any gallery, because people with an earlier gallery still check what was drawn for
    that."""
    needless: Collection[str] = ()
    """Codes that the newest gallery left out, because another scan of the sheet counts."""
    on_record: int | None = None
    """The number of recorded decisions when the newest gallery was written; None before the first gallery."""


class _DecidedScan(NamedTuple):
    """A scan, the galleries written for it, and the decisions on record in their order."""

    scan: ScanInDoubt
    issued: Issued
    record: list[CropDecision]

    def asks(self) -> list[Ask]:
        """Return what is still to be decided, checked or settled."""
        sample = CheckSample(self.issued.share, self.issued.seed)
        return asks(self.scan.doubts, _by_code(self.record), sample)


def _decided_scan(folder: Path, wanted: GalleryOptions = AS_BEFORE) -> _DecidedScan:
    scan = read_scan(folder)
    path = folder / ISSUED
    first = Issued((), DEFAULT_SHARE, int(scan.digest[:8], 16), ())
    before = Issued(**json.loads(read_input(path))) if path.is_file() else first
    share = before.share if wanted.share is None else wanted.share
    seed = before.seed if wanted.seed is None else wanted.seed
    scans = tuple(dict.fromkeys((*before.scans, scan.digest)))
    codes = drawn(scan.doubts, CheckSample(share, seed)).union(before.drawn)
    issued = replace(before, scans=scans, share=share, seed=seed, drawn=sorted(codes))
    return _DecidedScan(scan, issued, read_decisions(folder))


def write_gallery(
    folder: Path,
    wanted: GalleryOptions = AS_BEFORE,
    progress: Progress = quiet,
    waiting: Callable[[], Waits | None] = lambda: None,
    is_renewal: bool = False,
) -> LeftToDecide:
    """Write gallery.html with everything still to be decided, checked or settled.

    `waiting` is called if a mark is undecided, and says of which rows marks matter; None if that is not
    known. With `is_renewal`, the page is rewritten only if the open decisions have changed, and marks that it
    left out stay out if it is not known whether they matter.
    """
    with changing(folder):
        known = _decided_scan(folder, wanted)
        scan, issued = known.scan, known.issued
        every = known.asks()
        open_marks = [one for one in every if one.doubt.kind == "mark" and "first" in one.tasks]
        waits = waiting() if open_marks else None
        needless = set(issued.needless if is_renewal else ())
        if waits is not None:
            needless = {one.doubt.code for one in open_marks if not waits(scan.pages[one.doubt.page])}
        needless.intersection_update(one.doubt.code for one in open_marks)
        asked = [one for one in every if one.doubt.code not in needless]
        is_same = issued.on_record == len(known.record) and set(issued.needless) == needless
        shown = asked
        if not (is_renewal and is_same and (folder / GALLERY).is_file()):
            issued = replace(issued, needless=sorted(needless), on_record=len(known.record))
            shown = _write_page(scan, asked, wanted.by, issued.share, progress)
        write_files({folder / ISSUED: json_bytes(asdict(issued))}, within=folder)
    first = Counter(one.doubt.kind for one in shown if "first" in one.tasks)
    return LeftToDecide(
        n_marks=first["mark"],
        n_identities=first["identity"],
        n_second=sum("second" in one.tasks for one in shown),
        n_settle=sum("settle" in one.tasks for one in shown),
        n_needless=len(needless),
        n_unreadable=len(asked) - len(shown),
    )


_left = Readings[int](64)


def n_left(folder: Path) -> int:
    """Return the number of undecided doubts that the gallery of a scan shows."""

    def counted() -> int:
        known = _decided_scan(folder)
        out = known.issued.needless
        return sum("first" in one.tasks and one.doubt.code not in out for one in known.asks())

    return _left.of(folder, [folder / SCAN, folder / ISSUED, folder / DECISIONS], counted)


def _write_page(
    scan: ScanInDoubt, asked: Sequence[Ask], by: str, share: float, progress: Progress
) -> list[Ask]:
    """Write gallery.html, and return the doubts that it shows: those with a picture."""
    progress(tell_n("cutting out {n} picture", "cutting out {n} pictures", len(asked)))
    crops, sheets = _pictures(scan, asked)
    shown = [one for one in asked if one.doubt.code in crops]
    records, pictures = gallery_records(scan, shown, crops, sheets)
    with new_file(scan.folder / GALLERY) as file:
        write_page({**records, "by": by, "share": share}, pictures, file.write)
    return shown


# ── rows that are set aside ──────────────────────────────────────────────────────────────────


def rows_set_aside(package: Path, answers: Sequence[Path], options: ScoringOptions) -> set[tuple[Path, int]]:
    """Score answers, and return the rows that are set aside, each as its file and line."""
    from examgen.scoring.score import score

    with tempfile.TemporaryDirectory() as scratch:
        done = score(package, answers, out=Path(scratch) / "results", options=options)
        quarantine = done.files / "quarantine.csv"
        aside = [*read_csv(quarantine, {}).iter_rows(named=True)] if quarantine.is_file() else []
    paths = dict(zip(shown_names(answers), answers, strict=True))
    return {(paths[one["file"]], int(one["line"])) for one in aside if one["file"] in paths}


# ── pictures ─────────────────────────────────────────────────────────────────────────────────


def _pictures(scan: ScanInDoubt, asked: Sequence[Ask]) -> tuple[dict[str, Crop], dict[PageKey, CropPicture]]:
    """Return the crop of each doubt and the picture of each sheet, as far as the scan can be read."""
    by_page: dict[PageKey, list[Doubt]] = defaultdict(list)
    for one in asked:
        by_page[one.doubt.page].append(one.doubt)
    by_source: dict[str, list[tuple[ScannedPage, Sequence[Doubt]]]] = defaultdict(list)
    for key in sorted(by_page):
        by_source[scan.pages[key].sha256].append((scan.pages[key], by_page[key]))
    tasks: list[_PageTask] = [
        (scan_file(scan.folder, sha256), pages[start : start + _PAGES_OF_TASK])
        for sha256, pages in by_source.items()
        for start in range(0, len(pages), _PAGES_OF_TASK)
    ]
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
            scaled_doubts = [scaled(one, image.scale) for one in doubts]
            found.append(page_pictures(image.image, page.rotation, scaled_doubts, height))
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
    found: list[CropDecision] = []
    for row in csv.DictReader(io.StringIO(read_input(path).decode("utf-8-sig"), newline="")):
        cells = {name: restored(row[name]) for name in COLUMNS}
        numbers = {name: int(cells[name] or 0) for name in ("page", "question")}
        found.append(CropDecision(**{**cells, **numbers}))  # type: ignore[arg-type]
    return found


def _by_code(record: Iterable[CropDecision]) -> dict[str, list[CropDecision]]:
    found: dict[str, list[CropDecision]] = defaultdict(list)
    for one in record:
        found[one.code].append(one)
    return found


def scan_of(folders: Mapping[int, Path], path: Path) -> int | None:
    """Return the number of the scan whose gallery a file of decisions belongs to; None if it is none of
    these. Raises Refused if the file is not a file of decisions."""
    problems: list[Problem] = []
    named = {line["scan"] for line in table_lines(str(path), read_input(path), problems)}
    _refuse(problems)
    for number, folder in folders.items():
        issued = folder / ISSUED
        if issued.is_file() and named.intersection(json.loads(read_input(issued))["scans"]):
            return number
    return None


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise Refused(
            tell_n("the decisions have {n} error", "the decisions have {n} errors", len(problems)), problems
        )


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
    known = _decided_scan(folder)
    scan, issued, record = known
    reader = DecisionReader(scan, issued.scans, by, date, is_own)
    ends = [0]
    for name, data in read_files(files):
        reader.read(name, data)
        ends.append(len(reader.decisions))

    def place(doubt: Doubt) -> tuple[int, int]:
        return scan.pages[doubt.page].row.line, doubt.question

    anew = {one.code for one in scan.doubts if place(one) in elsewhere}
    taken = new_decisions(record, reader.decisions, issued.drawn, anew)
    _refuse([*reader.faults, *taken.faults])
    before, now = (
        {code: standing(decisions) for code, decisions in _by_code(some).items()}
        for some in (record, [*record, *taken.new])
    )
    marks, identities = _decision_lines(scan, now)
    path = folder / DECISIONS
    earlier = read_input(path) if path.is_file() else _csv(COLUMNS, ())  # kept byte for byte
    written = {path: earlier + "".join(csv_cells(one.cells()) + "\n" for one in taken.new).encode()}
    for exam in scan.exams:
        of_exam = folder / REVIEW / Path(exam.file).parent
        written[of_exam / MARKS] = _csv(MARK_COLUMNS, marks[exam.code])
        written[of_exam / IDENTITIES] = _csv(IDENTITY_COLUMNS, identities[exam.code])
    states = [(one, now.get(one.code, standing(()))) for one in scan.doubts]
    is_open = [doubt.code in issued.needless for doubt, one in states if one.state == "open"]
    checks = [one for one in known._replace(record=[*record, *taken.new]).asks() if "second" in one.tasks]
    recorded = RecordedDecisions(
        n_new=len(taken.new),
        n_known=taken.n_known,
        n_open_lines=reader.n_open,
        passed_over=tuple(reader.passed_over),
        n_marks=sum(map(len, marks.values())),
        n_identities=sum(map(len, identities.values())),
        n_left=is_open.count(False),
        n_needless=is_open.count(True),
        n_checked=sum(len(one.each) > 1 for _, one in states),
        n_unchecked=sum(one.not_by != () for one in checks),
        disputes=tuple(Dispute(doubt, one.each) for doubt, one in states if one.state == "disputed"),
    )
    new = {one.code for one in taken.new}
    holds = {code for code in new if now[code].final is not None}
    rows = frozenset(place(one) for one in scan.doubts if one.code in holds)
    n_withdrawn = sum(code in before and before[code].final is not None for code in new - holds)
    are_new = {id(one) for one in taken.new}
    counts = [sum(id(one) in are_new for _, one in reader.decisions[a:b]) for a, b in pairwise(ends)]
    return StagedDecisions(recorded, written, rows, n_withdrawn, counts)


def _decision_lines(
    scan: ScanInDoubt, states: Mapping[str, DecisionState]
) -> tuple[dict[str, list[tuple[str, ...]]], dict[str, list[tuple[str, ...]]]]:
    """Return the lines of marks.csv and of identities.csv by exam, with the final decision on each doubt."""
    marks: dict[str, list[tuple[str, ...]]] = {one.code: [] for one in scan.exams}
    identities: dict[str, list[tuple[str, ...]]] = {one.code: [] for one in scan.exams}
    files = {one.code: one.file for one in scan.exams}
    for doubt in sorted(scan.doubts, key=lambda one: (one.page, one.question)):
        state = states.get(doubt.code)
        if state is None or (final := state.final) is None:
            continue
        page = scan.pages[doubt.page]
        where = (files[page.exam], str(page.row.line))
        others = ", ".join(one.by for one in state.each if one.by != final.by)
        is_settled = "yes" if others and state.state == "settled" else ""
        file, number = doubt.page
        seen = DecidedCrop(file, str(number), doubt.code, doubt.read, others, is_settled, final.time)
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
