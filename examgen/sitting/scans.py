"""Scans of a sitting: read into its folders, shown as galleries, and shown as pictures of single rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.changes import TMP, FileChange, change, changing, settle
from examgen.core.exam.names import SHEET_JSON
from examgen.core.files import PRIVATE, PRIVATE_FOLDER, Progress, named, quiet
from examgen.core.locks import lock_folder
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.words import Message, joined, tell, tell_n
from examgen.scanning.folder import SCAN, read_scan_json
from examgen.scanning.gallery import commands as gallery
from examgen.scanning.gallery import in_doubt
from examgen.scanning.gallery.crops import page_pictures
from examgen.scanning.gallery.decisions import CropDecision, person
from examgen.scanning.gallery.in_doubt import Doubt, ScannedPage
from examgen.scanning.input.sources import pages_of
from examgen.scanning.reasons import messages_by_reason, reason_message
from examgen.scanning.scan import Progress as Pages
from examgen.scanning.scan import scan
from examgen.scoring.sitting_folder import Sitting, children
from examgen.scoring.sitting_record import (
    RESPONSES,
    REVIEW,
    SCANS,
    FileActName,
    file_act,
    put_on_record,
    read_acts,
)
from examgen.sitting import worklist

REMOVED = "removed-"
"""The prefix of the folder name of a removed scan."""
MOST_TOLD = 50
"""The maximum number of pages for which a message says why they are not answer sheets."""
_EVERY = 1.0
"""The minimum time in seconds between two messages on the progress of reading."""
SHEET_PX = 1100
"""The height of the picture of a whole sheet, in pixels."""


class Read(NamedTuple):
    """The result of reading scans."""

    number: int
    sheets: int
    aside: int
    doubts: int
    without_marks: int
    """The number of sheets without any mark."""
    without_page: int
    """The number of sheets with a missing page."""
    emptied: int = 0
    """The number of pages from which scanning may have erased the content of a sheet."""
    passed: tuple[Message, ...] = ()
    """Messages on pages that were set aside, are blank or repeat another, by reason."""

    @property
    def needs_attention(self) -> bool:
        """Whether something was set aside, is in doubt, is missing or may have been erased."""
        return bool(self.aside or self.doubts or self.without_page or self.emptied)

    def said(self) -> list[Message]:
        """Return messages on what was read, and on what a person must check."""
        counted = (
            tell_n("{n:,} sheet read", "{n:,} sheets read", self.sheets),
            tell_n("{n:,} page set aside", "{n:,} pages set aside", self.aside),
            tell_n("{n:,} mark in doubt", "{n:,} marks in doubt", self.doubts),
        )
        said = [joined(counted)]
        if self.without_marks:
            said += [
                tell_n(
                    "{n:,} sheet has no marks. Check that it was handed in blank",
                    "{n:,} sheets have no marks. Check that they were handed in blank",
                    self.without_marks,
                )
            ]
        if self.without_page:
            said += [
                tell_n(
                    "{n:,} sheet lacks a page. Scan the page and send it together with this scan",
                    "{n:,} sheets lack a page. Scan these pages and send them together with this scan",
                    self.without_page,
                )
            ]
        return said


class ScanRead(NamedTuple):
    """A scan of a sitting: the names of the scanned files, whether it has a gallery, the number of decisions
    made in it, and the number of doubts left."""

    number: int
    names: tuple[str, ...]
    has_gallery: bool
    n_decisions: int
    n_left: int

    @property
    def known_as(self) -> str:
        """The name that decisions on its rows use for its answers."""
        return f"{self.number}/{RESPONSES}"


def can_scan(sitting: Sitting) -> bool:
    """Return whether the layout of the exam's answer sheets is known."""
    return (sitting.exam / SHEET_JSON).is_file()


def uploaded(upload: Path, names: Sequence[str]) -> list[Path]:
    """Rename uploaded scans, which are in `upload` by number, to their original names, and return the
    paths."""
    given = upload / "given"
    given.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    for number, name in enumerate(names):
        source = upload / str(number)
        if source.is_file():
            source.rename(given / name)
    return [given / name for name in names]


def read(sitting: Sitting, given: Sequence[Path], progress: Callable[[str], None], by: str) -> Read:
    """Read scans into the next folder of the sitting, and record them under the name of the person who added
    them. The folder is removed if no sheet was read."""
    with sitting.changing():
        number = last_number(sitting) + 1
        folder = sitting.place / SCANS / str(number)
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True)

    told = 0.0

    def tell_pages(now: Pages) -> None:
        nonlocal told
        if now.seconds - told >= _EVERY or now.done == now.pages:
            told = now.seconds
            progress(tell("{done:,} of {pages:,} pages read", done=now.done, pages=now.pages))

    try:
        done = scan(given, [sitting.exam], folder, progress=tell_pages)
        if not done.ledger.sheets:  # a table without a row would be refused by each scoring
            shutil.rmtree(folder)
            raise Refused.because(
                "these scans contain no answer sheet of this exam, so nothing was saved",
                [
                    Problem(page.name, page.reason, reason_message(page.reason))
                    for page in done.ledger.pages[:MOST_TOLD]
                ],
            )
    except BaseException:
        if not (folder / SCAN).is_file():
            shutil.rmtree(folder, ignore_errors=True)
        raise
    responses = folder / RESPONSES
    with sitting.changing(), change(sitting.place, PRIVATE_FOLDER) as one:
        file = responses.relative_to(sitting.place).as_posix()
        act = file_act("taken", "scan", file, ", ".join(path.name for path in given), responses)
        put_on_record(sitting.place, one, [act], by)
    gallery.write_gallery(folder)  # on record first: where this is stopped, what was read counts
    n_sheets, n_aside = len(done.ledger.sheets), done.ledger.counts()["set_aside"]
    missing = sum(sheet.pages[0].reason == in_doubt.PAGE_MISSING for sheet in done.ledger.sheets)
    passed = tuple(said for _, said in messages_by_reason(done.ledger.pages, MOST_TOLD))
    emptied = sum(page.reason == "white-page" for page in done.ledger.pages)
    return Read(number, n_sheets, n_aside, done.doubts, len(done.without_marks), missing, emptied, passed)


def forget_unread(sitting: Sitting) -> None:
    """Remove the folders of interrupted readings, including sheets that were read: no reading continues in
    them."""
    with sitting.changing_answers():
        for folder in sitting.scans:
            held = None if (folder / SCAN).is_file() and not (folder / TMP).exists() else lock_folder(folder)
            if held is not None:  # else it is being read just now
                with held:
                    settle(folder)  # of its tables some may be in their places
                    if not (folder / SCAN).is_file():
                        shutil.rmtree(folder)


def last_number(sitting: Sitting) -> int:
    """Return the number of the last scan, removed or not. Numbers are not reused, because decisions on rows
    refer to them."""
    names = [path.name.removeprefix(REMOVED) for path in children(sitting.place / SCANS)]
    names += [one.file.split("/")[1] for one in read_acts(sitting.place) if one.kind == "scan"]
    return max((int(name) for name in names if name.isdecimal()), default=0)


def remove(sitting: Sitting, number: int, by: str, reason: str = "") -> tuple[str, ...]:
    """Remove a scan and the decisions on its rows, and return the names of the scanned files.

    Its folder stays beside the others under another name, which no scoring reads, for as long as they do.
    """
    folder = _folder(sitting, number)
    with sitting.changing_answers():
        if folder not in sitting.scans:
            raise Refused.because("scan {n} no longer exists", n=number)
        found, responses = _read(folder), folder / RESPONSES
        with change(sitting.place, PRIVATE_FOLDER) as one:
            one.move(folder, f"{REMOVED}{number}")
            if responses.is_file():
                file = responses.relative_to(sitting.place).as_posix()
                name = ", ".join(found.names) if found is not None else folder.name
                earlier = f"{SCANS}/{REMOVED}{number}"
                act = file_act("taken-back", "scan", file, name, responses, reason, earlier)
                of_rows = worklist.of_files([f"{number}/{RESPONSES}"])
                at = len(read_acts(sitting.place)) + 2
                aside = worklist.set_decisions_aside(sitting, one, of_rows, at, reason)
                put_on_record(sitting.place, one, [act, *aside.acts], by)
    return found.names if found is not None else ()


def all_read(sitting: Sitting) -> list[ScanRead]:
    """Return the scans that were read completely."""
    return [one for path in sitting.scans if (one := _read(path)) is not None]


def called(sitting: Sitting) -> dict[str, Message]:
    """Return the display names of answers read from scans, by the file name that decisions on them use."""
    return {
        one.known_as: tell(
            "scan {n} ({names})",
            n=one.number,
            names=", ".join(one.names[:2]) + ("…" if one.names[2:] else ""),
        )
        for one in all_read(sitting)
    }


def _read(folder: Path) -> ScanRead | None:
    try:
        said = read_scan_json(folder)
    except ExamgenError:
        return None
    names = tuple(str(one["name"]) for one in said["sources"])
    has_gallery = (folder / in_doubt.GALLERY).is_file()
    try:
        n_left = gallery.n_left(folder) if has_gallery else 0
    except (ExamgenError, OSError):  # a picture is gone, or a table of another version
        n_left = 0
    return ScanRead(int(folder.name), names, has_gallery, len(gallery.read_decisions(folder)), n_left)


def make_gallery(
    sitting: Sitting,
    number: int,
    progress: Callable[[str], None],
    wanted: gallery.GalleryOptions = gallery.AS_BEFORE,
) -> gallery.LeftToDecide:
    """Write the gallery of a scan again, or for the first time if reading was interrupted before that. Marks
    are left out if their rows are not set aside when the whole sitting is scored."""
    folder = _folder(sitting, number)
    with sitting.changing():
        if _read(folder) is None:
            raise Refused.because("scan {n} no longer exists", n=number)
        return gallery.write_gallery(
            folder, wanted, progress, partial(_waits, partial(_waiting, sitting), number)
        )


class LeftInScan(NamedTuple):
    """The number of decisions still to be made in the gallery of a scan."""

    number: int
    gallery: gallery.LeftToDecide

    def as_dict(self) -> dict[str, int]:
        """Return the counts for `--json`."""
        return {
            "scan": self.number,
            "marks": self.gallery.n_marks,
            "candidates": self.gallery.n_identities,
            "second_checks": self.gallery.n_second,
            "to_settle": self.gallery.n_settle,
        }


def renew(
    sitting: Sitting, progress: Progress = quiet, aside: Sequence[worklist.Aside] | None = None
) -> list[LeftInScan]:
    """Rewrite the galleries in which the open decisions have changed, for example because another scan has a
    better picture of a sheet or was removed, and return what is left in each. `aside` are the rows set
    aside when everything is scored, if that is already known."""
    with sitting.changing():
        found = cache(partial(_waiting, sitting) if aside is None else partial(_lines_of, sitting, aside))
        left = []
        for n in (one.number for one in all_read(sitting) if one.has_gallery):
            with suppress(ExamgenError):  # even if a picture is gone, the files are stored
                made = gallery.write_gallery(
                    _folder(sitting, n),
                    progress=progress,
                    waiting=partial(_waits, found, n),
                    is_renewal=True,
                )
                left.append(LeftInScan(n, made))
        return left


def _waiting(sitting: Sitting) -> dict[int, set[int]]:
    """Return, by scan, the lines of its rows that are set aside when the whole sitting is scored; empty if it
    cannot be scored."""
    answers = sitting.answers
    try:
        aside = gallery.rows_set_aside(sitting.exam, answers, sitting.options(signals=False))
    except ExamgenError:
        return {}
    scans = [path for path in answers if path.parent.parent.name == SCANS]
    return {int(path.parent.name): {line for one, line in aside if one == path} for path in scans}


def _waits(lines: Callable[[], Mapping[int, set[int]]], number: int) -> gallery.Waits | None:
    """Return which rows of a scan are set aside; None if that is not known."""
    of_scan = lines().get(number)
    return None if of_scan is None else lambda page: page.row.line in of_scan


def _lines_of(sitting: Sitting, aside: Sequence[worklist.Aside]) -> dict[int, set[int]]:
    """Return the lines of these rows, by scan."""
    return {
        number: {row.line for row in aside if row.known_as == f"{number}/{RESPONSES}"}
        for number in (int(path.name) for path in sitting.scans)
    }


def gallery_of(sitting: Sitting, number: int) -> Path | None:
    """Return the page on which doubtful marks of a scan are decided; None if there is none."""
    path = _folder(sitting, number) / in_doubt.GALLERY
    return path if path.is_file() else None


class DecidedInGallery(NamedTuple):
    """Decisions of a gallery that are being stored: the acts to record, and the rows and marks they are
    about."""

    recorded: gallery.RecordedDecisions
    n_new_of: Sequence[int]
    """The number of new decisions in each file."""
    acts: list[dict[str, Any]]
    places: frozenset[worklist.Place]


def stage_decisions(
    one: FileChange,
    folder: Path,
    number: int,
    files: Mapping[str, Path],
    by: str,
    date: str,
    is_own: bool = False,
    reason: str = "",
    is_new: bool = False,
    elsewhere: Collection[worklist.Place] = (),
) -> DecidedInGallery:
    """Stage the decisions made in the gallery of a scan in a change of the sitting's folder, all files
    together.

    With `is_new`, the scan is in a folder that the same change adds. `elsewhere` are the subjects of
    decisions in other files, which these decisions replace. Raises Refused with faults that name the files.
    """
    known_as = f"{number}/{RESPONSES}"
    rows = {(int(place[1]), int(*place[2:] or (0,))) for place in elsewhere if place[0] == known_as}
    try:
        staged = gallery.staged_decisions(folder, [*files.values()], by, date, is_own, rows)
    except Refused as refused:
        raise named(refused, files) from refused
    done = staged.recorded
    if not done.n_new:
        return DecidedInGallery(done, staged.n_new_of, [], frozenset())
    place = folder / REVIEW
    review = place if is_new else one.new(place)
    if place != review and place.is_dir():
        shutil.copytree(place, review)
    review.mkdir(PRIVATE_FOLDER, exist_ok=True)
    for path, data in staged.files.items():
        target = review / path.relative_to(place)
        target.write_bytes(data)
        target.chmod(PRIVATE)
    # the next scoring deliberately leaves out decisions that held and are now in dispute
    why = reason or (_DIFFER.en if staged.n_withdrawn else "")
    act: FileActName = "replaced" if staged.n_withdrawn else "taken"
    said = file_act(act, "gallery", f"{SCANS}/{number}/{REVIEW}", _names(files), review, why)
    places = {(known_as, str(line), *([str(question)] if question else ())) for line, question in staged.rows}
    acts = [{**said, "decisions": done.n_new}]
    return DecidedInGallery(done, staged.n_new_of, acts, frozenset(places))


def _names(files: Iterable[str]) -> str:
    """Return file names as the record lists them."""
    return ", ".join(Path(name).name for name in files)


_DIFFER = tell("decided differently by two people")
"""The recorded reason."""


def decide(
    sitting: Sitting,
    number: int,
    files: Mapping[str, Path],
    by: str,
    date: str,
    as_one_goes: bool = False,
) -> gallery.RecordedDecisions:
    """Store decisions made in a gallery, under the name of the person who submits them, and rewrite the
    gallery; with `as_one_goes` only if nothing is left to decide or to check. Raises Refused with faults
    that name the files."""
    folder = _folder(sitting, number)
    with sitting.changing():
        with changing(folder), change(sitting.place, PRIVATE_FOLDER) as one:
            elsewhere = worklist.places(sitting)
            done = stage_decisions(one, folder, number, files, by, date, True, elsewhere=elsewhere)
            if done.acts:
                at, is_decided = len(read_acts(sitting.place)) + 2, done.places.__contains__
                aside = worklist.set_decisions_aside(sitting, one, is_decided, at, "")
                put_on_record(sitting.place, one, [*done.acts, *aside.acts], by)
        found = done.recorded
        if not as_one_goes or (found.n_new and not found.n_left and not found.n_unchecked):
            with suppress(ExamgenError):  # as in `renew`
                gallery.write_gallery(folder, is_renewal=True)
    return found


class OnRecord(NamedTuple):
    """Recorded decisions of a gallery, for the person who continues with it."""

    mine: dict[str, dict[str, CropDecision]]
    """This person's decisions, by task and code."""
    others: dict[str, list[str]]
    """By task, the codes on which others decided; their decisions are not included."""


def on_record(sitting: Sitting, number: int, by: str) -> OnRecord:
    """Return the decisions of this person in the gallery of a scan, and the codes on which others decided."""
    mine: dict[str, dict[str, CropDecision]] = {}
    others: dict[str, list[str]] = {}
    record = gallery.read_decisions(_folder(sitting, number))
    for one in record:
        if person(one.by) == person(by):
            mine.setdefault(one.task, {})[one.code] = one
    for one in record:
        if one.code not in mine.get(one.task, {}):
            others.setdefault(one.task, []).append(one.code)
    return OnRecord(mine, others)


def _folder(sitting: Sitting, number: int) -> Path:
    return sitting.place / SCANS / str(number)


# ── the picture of a row ─────────────────────────────────────────────────────────────────────


def pictures_of(sitting: Sitting, known_as: str, line: int) -> list[int | None]:
    """Return the available pictures of a row, in order: the numbers of doubtful questions, 0 for the head of
    a sheet, None for a whole sheet."""
    found = _of_row(sitting, known_as, line)
    return (
        []
        if found is None
        else [one for _, doubts in found[1] for one in (*(d.question for d in doubts), None)]
    )


def picture(sitting: Sitting, known_as: str, line: int, number: int) -> bytes | None:
    """Return a picture of a row as WebP, by its number from 0; None if there is none."""
    found = _of_row(sitting, known_as, line)
    if found is None:
        return None
    folder, pages = found
    for page, doubts in pages:
        if number <= len(doubts):
            return _picture(folder, page, doubts, number)
        number -= len(doubts) + 1
    return None


def _picture(folder: Path, page: ScannedPage, doubts: Sequence[Doubt], number: int) -> bytes | None:
    with pages_of(in_doubt.scan_file(folder, page.sha256)) as take:
        image = take(page.page)
        if image.image is None:
            return None
        scaled = [gallery.scaled(one, image.scale) for one in doubts]
        pictures = page_pictures(image.image, page.rotation, scaled, SHEET_PX)
    if number < len(doubts):
        return pictures.crops[number].picture.data
    return pictures.sheet.data if pictures.sheet else None


Pages_ = list[tuple[ScannedPage, list[Doubt]]]


def _of_row(sitting: Sitting, known_as: str, line: int) -> tuple[Path, Pages_] | None:
    """Return the folder of a row's scan and the pages that the row was read from, each with its doubts; None
    if the row is not from a scan that can be read."""
    number, _, name = known_as.rpartition("/")
    if not number.isdecimal() or not name:
        return None
    folder = _folder(sitting, int(number))
    try:
        found = in_doubt.read_scan(folder)
    except ExamgenError:
        return None
    pages = [page for page in found.pages.values() if page.row.line == line]
    return folder, [(page, [one for one in found.doubts if one.page == page.key]) for page in pages]
