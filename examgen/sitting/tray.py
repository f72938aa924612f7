"""Folders of scans, and the lists of their exams → the tray: which sheets are expected, and the state of
each.

A sheet is expected from every candidate on the roster of a sitting (or, before there is one, on the list used
for printing) who is not recorded as absent. Each sheet is read, set aside with its reasons, or missing:

  listed = absent + expected
  expected = read + set aside + missing
  pages = read + set aside + blank + repeated

`returns` counts who was present and `score` who is scored; this module counts paper alone. Decisions in a
gallery or on rows that were set aside are included: a sheet that somebody assigned to a candidate is read.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from examgen.capture.cells import fold
from examgen.capture.grader_decisions import restored
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import MANIFEST, SHEET_JSON
from examgen.core.exam.package import read_package
from examgen.core.files import read_input
from examgen.core.models.field_types import ExamRoom
from examgen.core.problems import ExamgenError
from examgen.scanning.folder import PAGES, SCAN, read_scan_json
from examgen.scanning.gallery.commands import IDENTITIES
from examgen.scanning.gallery.in_doubt import PAGE_MISSING, PageKey, lines_of_pages
from examgen.scanning.page_reading import BLANK_REASONS
from examgen.scanning.tables import BETWEEN, read_pages
from examgen.scoring.sitting_events import places_of
from examgen.scoring.sitting_folder import Sitting, sitting_of
from examgen.scoring.sitting_record import ANSWERS, REVIEW
from examgen.sitting import roster

State = Literal["read", "set_aside", "missing"]
_TEXTS = ("source", "outcome", "reason", "exam", "serial", "candidate_id", "may_be", "also", "code")
_OTHERS = ("candidate-differs", "serial-not-dealt")
"""Reasons for sheets of an earlier printing, whose serial now belongs to another sheet."""


class TrayPage(NamedTuple):
    """A line of pages.csv."""

    folder: str
    """The folder of the scan, if there are several."""
    source: str
    page: int
    outcome: str
    reason: str
    exam: str
    serial: str
    candidate_id: str
    may_be: str
    also: str
    code: str
    n_marked: int | None
    """The number of rows that are marked or in doubt; None if no row was read."""
    decided: str | None = None
    """The candidate it is assigned to by a recorded decision: empty for nobody, None if there is no
    decision."""

    @property
    def name(self) -> str:
        """The name of the page, such as `b.pdf:3`, with the folder if there are several."""
        where = f"{self.source}:{self.page}" if self.page else self.source
        return f"{self.folder}/{where}" if self.folder else where


class TraySheet(NamedTuple):
    """The sheet of a listed candidate."""

    exam: str
    candidate_id: str
    name: str
    serials: tuple[str, ...]
    """The serials of the booklets assigned to the candidate."""
    place: ExamRoom
    seat: str
    status: str
    """`present`, `absent` or empty, as in the roster."""
    state: State
    reasons: tuple[str, ...]
    """Why it was set aside."""
    pages: tuple[str, ...]
    is_marked: bool
    """Whether anything is or may be marked on it."""

    @property
    def is_expected(self) -> bool:
        """Whether the candidate is not recorded as absent."""
        return self.status != "absent"

    @property
    def is_of_absent(self) -> bool:
        """Whether it was scanned with marks although its candidate is recorded as absent."""
        return not self.is_expected and self.state != "missing" and self.is_marked

    def as_dict(self) -> dict[str, Any]:
        """Return the sheet for JSON."""
        said = {name: value for name, value in self._asdict().items() if name != "place"}
        return {**said, "centre": self.place.centre, "room": self.place.name}


class TrayCount(NamedTuple):
    """Counts of the sheets of a centre or a room."""

    place: ExamRoom
    listed: int
    absent: int
    expected: int
    read: int
    set_aside: int
    missing: int
    not_recorded: int
    """The number of missing sheets of candidates whose attendance is not recorded."""
    of_absent: int
    """The number of sheets with marks of candidates who are recorded as absent."""

    def as_dict(self) -> dict[str, Any]:
        """Return the counts for JSON."""
        said = {name: value for name, value in self._asdict().items() if name != "place"}
        return {"centre": self.place.centre, "room": self.place.name, **said}


class Tray(NamedTuple):
    """The pages of some scans, and the sheets that were expected."""

    pages: tuple[TrayPage, ...]
    sheets: tuple[TraySheet, ...]
    """By exam in the order of the list; none for an exam without a list."""
    not_listed: tuple[TrayPage, ...]
    """Pages that were read or decided on, of candidates who are on no list."""
    nobodys: tuple[TrayPage, ...]
    """Pages that were set aside and match no listed candidate."""
    answer_files: tuple[str, ...] = ()
    """Answer files that the sitting has besides its scans; they are not searched for candidates."""

    @property
    def outcomes(self) -> Counter[str]:
        """The number of pages by outcome."""
        return Counter(page.outcome for page in self.pages)

    @property
    def reasons(self) -> Counter[tuple[str, str]]:
        """The number of pages that were not read, by outcome and reason."""
        return Counter((page.outcome, page.reason) for page in self.pages if page.reason)

    @property
    def is_by_centre(self) -> bool:
        """Whether the counts are by centre: there is more than one."""
        return len({one.place.centre for one in self.sheets}) > 1

    @property
    def places(self) -> list[TrayCount]:
        """The counts by centre, or by room if there is at most one centre, in the order of the list."""
        if self.is_by_centre:
            return self._counted(lambda place: ExamRoom(place.centre, ""))
        return self._counted(lambda place: place)

    @property
    def total(self) -> TrayCount:
        """The counts over all places."""
        found = self._counted(lambda _: ExamRoom("", ""))
        return found[0] if found else TrayCount(ExamRoom("", ""), *(0,) * 8)

    @property
    def missing(self) -> list[TraySheet]:
        """The expected sheets that are missing."""
        return [one for one in self.sheets if one.is_expected and one.state == "missing"]

    @property
    def set_aside(self) -> list[TraySheet]:
        """The expected sheets that were set aside."""
        return [one for one in self.sheets if one.is_expected and one.state == "set_aside"]

    @property
    def of_absent(self) -> list[TraySheet]:
        """Sheets with marks of candidates who are on record as absent."""
        return [one for one in self.sheets if one.is_of_absent]

    @property
    def blank(self) -> list[TrayPage]:
        """Blank pages that are neither the back of a sheet nor an unused sheet."""
        return [page for page in self.pages if page.reason in BLANK_REASONS]

    @property
    def without_code(self) -> list[TrayPage]:
        """Pages that were read without a readable code; their exam is the one that was given."""
        return [page for page in self.pages if page.outcome == "read" and page.code not in ("", "read")]

    @property
    def needs_attention(self) -> bool:
        """Whether a sheet is missing or set aside, is from an absent candidate, or matches no candidate."""
        n = self.total
        return bool(n.missing or n.set_aside or n.of_absent or self.not_listed or self.nobodys)

    def _counted(self, by: Callable[[ExamRoom], ExamRoom]) -> list[TrayCount]:
        groups: dict[ExamRoom, list[TraySheet]] = {}
        for one in self.sheets:
            groups.setdefault(by(one.place), []).append(one)
        counts = []
        for place, some in groups.items():
            expected = [one for one in some if one.is_expected]
            states = Counter(one.state for one in expected)
            missing = [one for one in expected if one.state == "missing"]
            counts.append(
                TrayCount(
                    place=place,
                    listed=len(some),
                    absent=len(some) - len(expected),
                    expected=len(expected),
                    read=states["read"],
                    set_aside=states["set_aside"],
                    missing=states["missing"],
                    not_recorded=sum(not one.status for one in missing),
                    of_absent=sum(one.is_of_absent for one in some),
                )
            )
        return counts

    def as_dict(self) -> dict[str, Any]:
        """Return the tray for JSON."""
        n = self.outcomes
        total = {
            name: value for name, value in self.total.as_dict().items() if name not in ("centre", "room")
        }
        by_outcome: dict[str, dict[str, int]] = {}
        for (outcome, reason), count in sorted(self.reasons.items()):
            by_outcome.setdefault(outcome, {})[reason] = count
        return {
            "pages": {"all": len(self.pages)}
            | {name: n[name] for name in ("read", "set_aside", "blank", "repeated")},
            "reasons": by_outcome,
            "sheets": total,
            "places": [one.as_dict() for one in self.places],
            "missing": [one.as_dict() for one in self.missing],
            "set_aside": [one.as_dict() for one in self.set_aside],
            "of_absent": [one.as_dict() for one in self.of_absent],
            "not_listed": [_page_said(one) for one in self.not_listed],
            "nobodys": [_page_said(one) for one in self.nobodys],
            "without_code": [one.name for one in self.without_code],
            "answer_files": list(self.answer_files),
        }


def _page_said(page: TrayPage) -> dict[str, Any]:
    return {
        "page": page.name,
        "reason": page.reason,
        "exam": page.exam,
        "serial": page.serial,
        "candidate_id": page.decided or page.candidate_id,
        "may_be": page.may_be,
    }


# ── read ─────────────────────────────────────────────────────────────────────────────────────


def tray_of(path: Path) -> Tray:
    """Return the tray of the folder of a scan, or of all scans of a sitting if the path is an exam package.
    Raises ExamgenError if it is neither, or if a list cannot be read."""
    folders: list[tuple[Path, Sitting | None]] = [(path, None)]
    answer_files: list[str] = []
    of_exams: dict[str, Path] = {}
    if (path / MANIFEST).is_file() and not (path / SCAN).is_file():
        place = sitting_of(path)
        of_exams[_code(path)] = path
        answer_files += (one.name for one in place.answers if one.parent.name == ANSWERS)
        folders = [(folder, place) for folder in place.scans if (folder / SCAN).is_file()]
    pages: list[TrayPage] = []
    for folder, sitting in folders:
        said = read_scan_json(folder)
        for one in said["exams"]:
            package = Path(one["package"])
            if (package / MANIFEST).is_file():
                of_exams.setdefault(one["code"], package)
        shown = folder.name if len(folders) > 1 else ""
        pages += _pages(folder, shown, {one["code"]: one["responses"] for one in said["exams"]}, sitting)
    return _accounted(pages, of_exams)._replace(answer_files=tuple(answer_files))


def sitting_tray(sitting: Sitting) -> Tray | None:
    """Return the tray of a sitting; None before anything was scanned, or if its lists cannot be read (other
    pages report that)."""
    if not any((folder / SCAN).is_file() for folder in sitting.scans):
        return None
    try:
        return tray_of(sitting.exam)
    except ExamgenError:
        return None


def _code(package: Path) -> str:
    """Return the exam code of a package, as printed on its sheets."""
    path = package / SHEET_JSON
    if path.is_file():
        return str(json.loads(read_input(path)).get("exam", ""))
    return str(read_package(package).manifest.get("exam", ""))


def _pages(
    folder: Path, shown: str, responses: Mapping[str, str], sitting: Sitting | None
) -> Iterator[TrayPage]:
    table = read_pages(folder / PAGES)
    decided = dict(_decided(folder, responses, sitting))
    for row in table.iter_rows(named=True):
        counts = [row[name] for name in ("marked", "in_doubt") if row[name] is not None]
        yield TrayPage(
            folder=shown,
            page=row["page"],
            **{name: str(row[name] or "") for name in _TEXTS},
            n_marked=sum(counts) if counts else None,
            decided=decided.get((row["source"], row["page"])),
        )


def _decided(
    folder: Path, responses: Mapping[str, str], sitting: Sitting | None
) -> Iterator[tuple[PageKey, str]]:
    """Yield the pages whose rows a person assigned, with the candidate (empty for nobody)."""
    for file in responses.values():
        found: dict[int, str] = {}
        lists = [(folder / REVIEW / Path(file).parent / IDENTITIES, file)]
        if sitting is not None:  # what was decided there takes the place of what a gallery has
            lists.append((sitting.place / IDENTITIES, f"{folder.name}/{file}"))
        for path, name in lists:
            if path.is_file():
                for row in csv.DictReader(io.StringIO(read_input(path).decode("utf-8-sig"), newline="")):
                    if restored(row["file"]) == name and row["line"].isdecimal():
                        is_void = row.get("action") == "void" or row["candidate_id"] == "-"
                        found[int(row["line"])] = "" if is_void else restored(row["candidate_id"])
        if found:
            for key, line in lines_of_pages(folder, file).items():
                if line.line in found:
                    yield key, found[line.line]


# ── accounted for ────────────────────────────────────────────────────────────────────────────


def _accounted(pages: Sequence[TrayPage], packages: Mapping[str, Path]) -> Tray:
    listed = {exam: _listed(package) for exam, package in packages.items()}
    own: dict[tuple[str, str], list[TrayPage]] = defaultdict(list)
    not_listed: list[TrayPage] = []
    nobodys: list[TrayPage] = []
    for page in pages:
        if page.outcome not in ("read", "set_aside"):
            continue
        of_exam = listed.get(page.exam, _ExamList((), frozenset(), {}))
        owners = of_exam.owners(page)
        known = owners & of_exam.numbers
        for who in known:
            own[page.exam, who].append(page)
        if known or page.decided == "":
            continue
        if owners and of_exam.people and _is_counted(page):
            not_listed.append(page)
        elif page.outcome == "set_aside":
            nobodys.append(page)
    sheets = []
    for exam, of_exam in listed.items():
        serials = defaultdict[str, list[str]](list)
        for serial, who in of_exam.dealt.items():
            serials[who].append(serial)
        for number, person, place in of_exam.people:
            sheets.append(_sheet(exam, person, place, serials[number], own[exam, number]))
    return Tray(tuple(pages), tuple(sheets), tuple(not_listed), tuple(nobodys))


class _ExamList(NamedTuple):
    """The list of an exam: the roster of its sitting, or the list used for printing."""

    people: tuple[tuple[str, roster.Person, ExamRoom], ...]
    """Canonical number, person and place (as spelt in the plan or list) of everybody on the list."""
    numbers: frozenset[str]
    """Their canonical numbers."""
    dealt: Mapping[str, str]
    """By serial, the canonical number of the candidate to whom the booklet was assigned."""

    def owners(self, page: TrayPage) -> set[str]:
        """Return the candidates whose sheets are on a page, on the list or not."""
        if page.decided is not None:
            return {canonical_number(page.decided)} - {""}
        if page.reason not in _OTHERS:
            serials = (page.serial, *page.also.split(BETWEEN))
            if found := {self.dealt[serial] for serial in serials if serial in self.dealt}:
                return found
        return {canonical_number(page.candidate_id)} - {""}


def _listed(package: Path) -> _ExamList:
    sitting, exam = sitting_of(package), read_package(package)
    places = places_of(sitting, exam)
    people = []
    for one in roster.people(sitting):
        centre = places.centres.get(fold(one.centre), one.centre) or places.only
        room = places.rooms.get(fold(centre), {}).get(fold(one.room), one.room)
        people.append((canonical_number(one.candidate_id), one, ExamRoom(centre, room)))
    booklets = exam.candidates.select("serial", "candidate_id").iter_rows()
    dealt = {serial: canonical_number(who) for serial, who in booklets if who}
    return _ExamList(tuple(people), frozenset(number for number, *_ in people), dealt)


def _is_counted(page: TrayPage) -> bool:
    """Return whether the marks of a page count for a candidate: it was read, or somebody assigned it."""
    return page.outcome == "read" or (bool(page.decided) and page.reason != PAGE_MISSING)


def _sheet(
    exam: str,
    who: roster.Person,
    place: ExamRoom,
    serials: Sequence[str],
    pages: Sequence[TrayPage],
) -> TraySheet:
    is_read = any(map(_is_counted, pages))
    state: State = "read" if is_read else "set_aside" if pages else "missing"
    shown = [page for page in pages if _is_counted(page)] if is_read else pages
    return TraySheet(
        exam=exam,
        candidate_id=who.candidate_id,
        name=who.name,
        serials=tuple(serials),
        place=place,
        seat=who.seat,
        status=who.status,
        state=state,
        reasons=() if is_read else tuple(dict.fromkeys(page.reason for page in pages)),
        pages=tuple(page.name for page in shown),
        is_marked=any(page.n_marked != 0 for page in shown),
    )
