"""A candidate number → the data about that person in the exams of a workspace, at the places known to contain
such data.

Nothing is searched by text: each place is a file of a package with a column or field for candidate numbers,
and a row belongs to the person if that cell is their number. Other cells of a list (an address, a remark)
never determine which file is opened.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from examgen.core.candidate_numbers import canonical_number
from examgen.core.column_names import ASKED_RESULTS, CANDIDATES
from examgen.core.csv_files import csv_bytes, read_csv
from examgen.core.exam.made_folders import recorded
from examgen.core.exam.names import CANDIDATES_CSV, REPORTS, RESULTS
from examgen.core.exam.releases import matches_record
from examgen.core.exam.runs import all_runs
from examgen.core.files import PRIVATE, FileNames, json_bytes, new_file, read_input
from examgen.core.problems import WrongUsage
from examgen.core.responses.table import NAME as RESPONSES
from examgen.core.words import Message, tell
from examgen.evidence.certificates import exam_packages, read_register
from examgen.scanning.folder import PAGES, SCANS
from examgen.scoring.sitting_cases import cases_about, cases_of
from examgen.scoring.sitting_folder import IDENTITIES, MARKS, ROSTER, Sitting, sitting_of
from examgen.scoring.sitting_record import EARLIER, read_acts

OF_THE_SITTING = frozenset(
    ("candidate_id", "centre", "room", "seat", "form", "serial", "base", "status", "trainer")
)
"""The columns of a list that tell which seat and booklet a number had. They are kept when name and contacts
are removed."""
HELD_BACK = tell("withheld until an officer has read it")
_CONTACTS = frozenset(("name", "phone", "telephone", "mobile", "email", "e-mail", "address"))
_THEIRS = (OF_THE_SITTING | _CONTACTS) - {"trainer"}
"""The columns of a list about the candidate alone. Others, such as a remark, are withheld, because they may
name other people."""
_RESULTS = {
    "candidates.csv": frozenset((*CANDIDATES, *ASKED_RESULTS)),
    "places.csv": frozenset(("candidate_id", "centre", "room", "seat")),
    "quarantine.csv": frozenset(("file", "line", "candidate_id", "reason")),
}
_DECISIONS = frozenset(("file", "line", "candidate_id", "form", "question", "answer", "date"))
_PAGES = frozenset(("source", "page", "candidate_id", "serial", "form"))
_ACT = ("act", "date", "run", "method", "incident", "case", "by")
_CASE = ("number", "kind", "received", "due", "run", "outcome", "decided_on", "closed_on")

PARTS: Mapping[str, Message] = {
    "list": tell("List used for printing"),
    "register": tell("The register of the sitting"),
    "responses": tell("Answers as read"),
    "results": tell("Results"),
    "decisions": tell("Decisions"),
    "cases": tell("Appeals and complaints"),
    "certificates": tell("Certificates"),
    "scans": tell("Pages of answer sheets"),
    "letters": tell("Letters and reports"),
}
"""The kinds of data about a person, in the order in which they are shown."""


@dataclass(frozen=True)
class Entry:
    """A row, an act or a file with data about a person.

    `values` may be given to the person. `held_back` has free text by other people and undeclared fields,
    which an officer must read first.
    """

    part: str
    exam: str
    source: str
    values: Mapping[str, Any]
    held_back: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ScannedPage:
    """A page of a scan: its file, and the page number from 1."""

    path: Path
    page: int


@dataclass(frozen=True)
class PersonFile:
    """All data stored under a candidate number: entries, the person's own files, and their pages of scans."""

    number: str
    entries: tuple[Entry, ...]
    files: tuple[Path, ...]
    pages: tuple[ScannedPage, ...]

    def of(self, part: str) -> list[Entry]:
        """Return the entries of a part."""
        return [one for one in self.entries if one.part == part]

    @property
    def held_back(self) -> list[Entry]:
        """The entries with texts that an officer must read first."""
        return [one for one in self.entries if one.held_back]

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for `--json`."""
        return {
            "candidate_id": self.number,
            "entries": [asdict(one) for one in self.entries],
            "files": [str(path) for path in self.files],
            "pages": [{"file": str(one.path), "page": one.page} for one in self.pages],
        }


def show(workspace: Path, number: str) -> PersonFile:
    """Return all data about a candidate. Raises WrongUsage if the number is in no list, result or
    certificate."""
    found = _Gathered(canonical_number(number))
    for exam in exam_packages(workspace):
        found.exam(exam)
    found.certificates(workspace)
    if not found.entries:
        raise WrongUsage.because(
            "candidate number {number} is in no list, result or certificate", number=number
        )
    return PersonFile(number, tuple(found.entries), tuple(found.files), tuple(found.pages))


class _Gathered:
    """The data collected about a person, exam by exam."""

    def __init__(self, number: str) -> None:
        self._number = number
        self.entries: list[Entry] = []
        self.files: list[Path] = []
        self.pages: list[ScannedPage] = []

    def exam(self, exam: Path) -> None:
        """Collect the data in one exam."""
        sitting = sitting_of(exam)
        lists = {
            "list": exam / CANDIDATES_CSV,
            "register": sitting.path(ROSTER),
        }
        serials = set[str]()
        for part, path in lists.items():
            for row in filter(self._is_theirs, rows_of(path)):
                serials |= {row["serial"]} if part == "list" and row.get("serial") else set()
                self._add(part, exam, path, _filled(row), _THEIRS)
        self._runs(exam)
        self._decisions(exam, sitting)
        self._cases(exam, sitting)
        self._scans(exam, sitting, serials)
        for path in own_reports(exam, self._number):
            self._file(exam, "letters", path)

    def certificates(self, workspace: Path) -> None:
        """Collect the certificates in the workspace's register."""
        for one in read_register(workspace):
            if canonical_number(one.issued.candidate_id) == self._number:
                acts = [{"act": act.act, "day": act.time[:10]} for act in one.acts]
                values = {
                    "number": one.number,
                    "name": one.issued.name,
                    "unit": one.issued.unit,
                    "acts": acts,
                }
                reasons: dict[str, str] = {act.act: act.reason for act in one.later if act.reason}
                self.entries.append(Entry("certificates", one.issued.exam, one.number, values, reasons))

    def _runs(self, exam: Path) -> None:
        for run in all_runs(exam / RESULTS):
            for name, columns in _RESULTS.items():
                for row in filter(self._is_theirs, rows_of(run.folder / name)):
                    self._add("results", exam, run.folder / name, _filled(row), columns)
            for row in filter(self._is_theirs, rows_of(run.folder / "pc_results.csv")):
                self._add("results", exam, run.folder / "pc_results.csv", row, row)
            path = run.folder / RESPONSES
            if path.is_file():
                table = pl.read_parquet(path)
                is_theirs = [canonical_number(one or "") == self._number for one in table["candidate_id"]]
                for row in table.filter(pl.Series(is_theirs, dtype=pl.Boolean)).to_dicts():
                    marks: Any = row["marks"]  # bytes, which polars types as text
                    own = {**row, "marks": " ".join(map(_letters, marks))}
                    self._add("responses", exam, path, own, own)

    def _decisions(self, exam: Path, sitting: Sitting) -> None:
        for name in (IDENTITIES, MARKS):
            for row in filter(self._is_theirs, rows_of(sitting.path(name))):
                self._add("decisions", exam, sitting.path(name), _filled(row), _DECISIONS)
        for act in read_acts(sitting.place):
            if act.kind in ("person", "proposed") and canonical_number(act.name) == self._number:
                texts = {"reason": act.reason, "evidence": act.evidence, "confirmed_by": act.confirmed_by}
                values = {name: value for name in _ACT if (value := getattr(act, name))}
                self._add("decisions", exam, sitting.place, {**values, **_filled(texts)}, values)

    def _cases(self, exam: Path, sitting: Sitting) -> None:
        for case in cases_about(cases_of(read_acts(sitting.place)).values(), self._number):
            values = {name: value for name in _CASE if (value := getattr(case, name))}
            notes = "; ".join(note for _, _, note in case.notes)
            texts = {"about": case.about, "reason": case.reason, "notes": notes, "closed": case.closed_reason}
            letters = {one.file for one in case.letters}
            others = "; ".join(one.name for one in case.files if one.file not in letters)
            self._add("cases", exam, sitting.place, {**values, **_filled({**texts, "files": others})}, values)
            for file in letters:
                if (path := sitting.path(file)).is_file() and not path.is_symlink():
                    self._file(exam, "letters", path)

    def _scans(self, exam: Path, sitting: Sitting, serials: Collection[str]) -> None:
        for scan, row in pages_of(sitting, self._number, serials):
            self._add("scans", exam, scan / PAGES, row, _PAGES)
            source = next(iter(sorted((scan / SCANS).glob(f"{row['sha256']}.*"))), None)
            if source is not None and not source.is_symlink():
                self.pages.append(ScannedPage(source, int(row["page"])))

    def _is_theirs(self, row: Mapping[str, str]) -> bool:
        return canonical_number(row.get("candidate_id") or "") == self._number

    def _file(self, exam: Path, part: str, path: Path) -> None:
        self.files.append(path)
        self._add(part, exam, path, {"file": path.name}, ("file",))

    def _add(
        self, part: str, exam: Path, path: Path, own: Mapping[str, Any], declared: Collection[str]
    ) -> None:
        """Add an entry: declared fields may be given to the person, all others are withheld."""
        values = {name: value for name, value in own.items() if name in declared}
        held = {name: value for name, value in own.items() if name not in declared}
        source = path.relative_to(exam).as_posix()
        self.entries.append(Entry(part, exam.name, source, values, held))


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that are not empty."""
    return {name: text for name, text in texts.items() if text}


def _letters(mark: int) -> str:
    """Return a stored mark, which has a bit for each option, as letters; `-` if nothing is marked."""
    return "".join("ABCDE"[n] for n in range(5) if mark >> n & 1) or "-"


# ── the places ───────────────────────────────────────────────────────────────────────────────


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of one of examgen's own tables, with protected cells restored; none if the file does
    not exist."""
    if not path.is_file():
        return []
    return [
        {name: cell or "" for name, cell in row.items()} for row in read_csv(path, {}).iter_rows(named=True)
    ]


def pages_of(
    sitting: Sitting, number: str, serials: Collection[str]
) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield the pages of scans that belong to a person by the number on them or the serial of the booklet:
    the folder of the scan, and the line of its register of pages."""
    for scan in sitting.scans:
        for row in rows_of(scan / PAGES):
            is_theirs = canonical_number(row.get("candidate_id") or "") == number
            if is_theirs or row.get("serial") in serials:
                yield scan, row


def own_reports(exam: Path, number: str) -> Iterator[Path]:
    """Yield the reports written for one candidate alone: files named by the candidate number in a folder of
    candidates' reports, unchanged since they were recorded. Links are not followed."""
    for run in all_runs(exam / RESULTS):
        folders = sorted((exam / REPORTS / f"run-{run.folder.name}").glob("candidate*"))
        if not folders:
            continue
        written, names = rows_of(run.folder / "candidates.csv"), FileNames()
        stems = {names.of(row["candidate_id"]): row["candidate_id"] for row in written}
        for folder in folders:
            if not folder.is_dir() or folder.is_symlink() or (made := recorded(folder)) is None:
                continue
            for path in sorted(folder.iterdir()):
                is_theirs = canonical_number(stems.get(path.stem, "")) == number
                if not is_theirs or path.suffix not in (".pdf", ".html"):
                    continue
                if (said := made.files.get(path.name)) is not None and matches_record(path, said):
                    yield path


def without_contacts(
    path: Path, numbers: Collection[str] | None, stays: Collection[str] = OF_THE_SITTING
) -> bytes:
    """Return a list as CSV in which all columns except `stays` are emptied: for these canonical numbers, or
    for everybody if `numbers` is None."""
    table = read_csv(path, {})
    is_theirs = [numbers is None or canonical_number(one) in numbers for one in table["candidate_id"]]
    emptied = pl.when(pl.Series(is_theirs, dtype=pl.Boolean)).then(pl.lit(""))
    contacts = [name for name in table.columns if name not in stays]
    return csv_bytes(table.with_columns(emptied.otherwise(pl.col(name)).alias(name) for name in contacts))


def lists_of(exam: Path) -> list[Path]:
    """Return the lists of an exam with names and contacts, including replaced ones."""
    sitting = sitting_of(exam)
    earlier = sorted(sitting.path(EARLIER).glob(f"*-{ROSTER}"))
    found = [exam / CANDIDATES_CSV, sitting.path(ROSTER), *earlier]
    return [path for path in found if path.is_file()]


# ── the archive for the person ───────────────────────────────────────────────────────────────


def write_archive(person: PersonFile, out: Path, progress: Callable[[str], None]) -> None:
    """Write a zip with the data that may be given to a person: `data.csv` to read, `data.json`, their
    reports, letters and pages. Withheld texts are listed by field name only."""
    with new_file(out) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        entries = [{**asdict(one), "held_back": sorted(one.held_back)} for one in person.entries]
        archive.writestr("data.json", json_bytes({"candidate_id": person.number, "entries": entries}))
        archive.writestr("data.csv", _as_table(person))
        names = FileNames()
        for path in person.files:
            archive.write(path, f"files/{names.of(path.stem)}{path.suffix}")
        for n, page in enumerate(person.pages, 1):
            progress(tell("page {n:,} of {all:,}", n=n, all=len(person.pages)))
            if (picture := _picture(page)) is not None:
                archive.writestr(f"sheets/{n}.png", picture)
    out.chmod(PRIVATE)


def _as_table(person: PersonFile) -> bytes:
    """Return the entries as a table with a line for each field, its headings in Thai and English."""
    order = list(PARTS)
    rows = [
        (_in_both(PARTS[one.part]), one.exam, one.source, name, text)
        for one in sorted(person.entries, key=lambda one: order.index(one.part))
        for name, text in (
            *((name, _as_text(value)) for name, value in one.values.items()),
            *((name, _in_both(HELD_BACK)) for name in one.held_back),
        )
    ]
    heads = map(_in_both, (tell("kind of data"), tell("exam"), tell("file"), tell("field"), tell("value")))
    return csv_bytes(pl.DataFrame(rows, dict.fromkeys(heads, pl.String), orient="row"))


def _in_both(message: Message) -> str:
    return f"{message.th} · {message.en}"


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _picture(page: ScannedPage) -> bytes | None:
    """Return the picture of that one page, even if the file has pages of other people; None if it cannot be
    read."""
    from PIL import Image

    from examgen.scanning.input.sources import pages_of as pages_in

    with pages_in(page.path) as take:
        found = take(page.page)
    if found.image is None:
        return None
    out = io.BytesIO()
    Image.fromarray(found.image).save(out, "PNG")
    return out.getvalue()


def without_pages(path: Path, pages: Collection[int]) -> bytes | None:
    """Return a scan (a picture or a PDF) in which these pages (from 1) are blank; None if no other page is
    left. Raises OSError or ValueError if it cannot be read."""
    from PIL import Image

    from examgen.rendering.pdf.blank_pages import with_blank_pages

    data = read_input(path)
    if data[:1024].find(b"%PDF-") >= 0:
        return with_blank_pages(data, pages)
    with Image.open(io.BytesIO(data)) as opened:
        n = getattr(opened, "n_frames", 1)
        if set(range(1, n + 1)) <= set(pages):
            return None
        frames = []
        for number in range(n):
            opened.seek(number)
            is_theirs = number + 1 in pages
            frames.append(Image.new("L", opened.size, 255) if is_theirs else opened.copy())
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:], compression="tiff_lzw")
    return out.getvalue()
