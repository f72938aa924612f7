"""What the lists of a workspace say of persons: their names, other numbers of theirs, their booklets, where
they sat; and who else there is, so that nobody else is taken for them."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from examgen.capture.candidate_lists import SERIAL_NAMES
from examgen.capture.cells import CENTRE_HEADS, fold
from examgen.capture.list_columns import ENGLISH, NAME_NAMES, OTHER_NAMES, ROOM_NAMES, THAI
from examgen.core.candidate_numbers import canonical_number, canonical_numbers
from examgen.core.exam.erasures import TOMBSTONE
from examgen.core.exam.names import CANDIDATES_CSV, MANIFEST, REPORTS, ROOMS, SITTING, room_folders
from examgen.core.models.rooms import ExamRoom
from examgen.evidence.persons import delimited, workbooks
from examgen.evidence.persons.columns import is_whose, stays
from examgen.evidence.persons.found import Looked, bytes_of, looking
from examgen.evidence.persons.kept import whose_case
from examgen.evidence.persons.rows import heading_of
from examgen.evidence.persons.spelling import (
    SHORTEST,
    Person,
    Spellings,
    compact,
    compact_name,
    names_in_text,
    without_title,
)
from examgen.reports.pseudonyms import short_codes
from examgen.scoring.sitting_cases import cases_of
from examgen.scoring.sitting_record import CASES, read_acts

_LISTS = (CANDIDATES_CSV, "results/candidates.csv", f"{SITTING}/roster.csv")
"""Of a package, the tables that list everybody."""
_ABOUT_PEOPLE = ("candidate", "cohort", "committee", "centre")
_FIRST = frozenset(fold(head) for row in NAME_NAMES for head in row) | frozenset(map(fold, THAI.name))
_LAST = frozenset(map(fold, (*THAI.last, *ENGLISH.last, *THAI.middle, *ENGLISH.middle)))
_ALSO = frozenset(map(fold, OTHER_NAMES))
_SERIAL = frozenset(fold(head) for row in SERIAL_NAMES for head in row)
_CENTRE, _ROOM = frozenset(map(fold, CENTRE_HEADS)), frozenset(fold(h) for row in ROOM_NAMES for h in row)
_CODES = "codes"
_DIGEST = re.compile("(?=.*[a-f])[0-9a-f]{16}(?:[0-9a-f]{48})?")
_DAY = re.compile(
    r"[0-9]{1,4}[/.][0-9]{1,2}[/.][0-9]{1,4}(?![0-9])|(?:19|20|24|25)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])"
    r"(?![0-9])(?:T.*|[0-9:.Z+]*)\Z|(?:19|20|24|25)[0-9]{6}T|(?:[0-2][0-9]|3[01])(?:0[1-9]|1[0-2])(?:19|20|24|25)[0-9]{2}\Z|"
    r"[0-9]{1,2}:[0-9]{2}|[0-9,]+[.][0-9]{1,2}\Z"
)
"""A day, a time or an amount, without blanks and dashes."""
_MOST_IDENTITY = 40
"""Characters of a cell that may be another number of a person, or an address."""


class TableRow(NamedTuple):
    """A row of a person by the folded headings of its table."""

    cells: Mapping[str, str]
    number: str
    put: str
    said: Mapping[str, str] = {}
    """Of one of theirs, the same by its headings as they are written."""


class _People(NamedTuple):
    """The rows of the persons in a table; of a list, which names everybody, the numbers and the names of all
    others, as they are compared."""

    theirs: tuple[TableRow, ...]
    other_numbers: Collection[str] = ()
    other_names: Collection[str] = ()


class Known:
    """What is known of the persons in a workspace; of files that stay as they are, by one reading of `looked`
    for the same persons."""

    def __init__(
        self,
        workspace: Path,
        persons: Iterable[Person],
        scratch: Path,
        within: frozenset[str] | None = None,
        looked: Looked | None = None,
    ) -> None:
        self.workspace, self.scratch, self.within = workspace, scratch, within
        self._looked = looked or looking()
        self.persons: list[Person] = list(persons)
        self._numbers = Spellings(self.persons)
        self.serials: set[str] = set()
        self.lines: dict[str, dict[int, str]] = {}
        """By path the lines of answers that somebody decided are a person's, and the tombstone."""
        self.others: set[str] = set()
        """Numbers of everybody else, as they are compared."""
        self.unsafe: list[str] = []
        """Names and numbers that are not looked for in free text."""
        self.exams: set[str] = set()
        """Packages in which the persons stand, by path."""
        self._spared: set[str] = set()
        """Names of others, as they are compared, in which a name of theirs stands."""
        self._rooms: dict[str, set[str]] = {}
        self._all_rooms: dict[str, set[str]] = {}
        self._gather()

    def spellings(self) -> Spellings:
        """All spellings of them."""
        return Spellings(self.persons, self._spared)

    def of_room(self, name: str) -> bool | None:
        """Whether a paper is of the room of one of them; None where it is of no room that is known."""
        for package, rooms in self._all_rooms.items():
            below = f"{package}/" if package != "." else ""
            if name.startswith(f"{below}{ROOMS}/"):
                folder = PurePosixPath(name).parent.as_posix().removeprefix(below)
                return folder in self._rooms.get(package, set()) if folder in rooms else None
        return None

    def cases(self, spellings: Spellings) -> Iterator[str]:
        """The folders of papers of their cases, as paths in the workspace begin."""
        for exam in sorted(self.exams):
            place = self.workspace / exam / SITTING
            for case in cases_of(read_acts(place)).values():
                if whose_case(case, spellings) is not None:
                    yield f"{exam}/{SITTING}/{CASES}/{case.number}/"

    def lists_people(self, name: str) -> bool:
        """Whether a report lists people of an exam in which one of them stands."""
        parts = PurePosixPath(name).parts
        if REPORTS not in parts:
            return False
        package = "/".join(parts[: parts.index(REPORTS)])
        return package in self.exams and any(part.startswith(_ABOUT_PEOPLE) for part in parts)

    # ── gathering ────────────────────────────────────────────────────────────────────────────

    def _gather(self) -> None:
        names: dict[str, dict[str, None]] = {one.tombstone: {} for one in self.persons}
        more: dict[str, dict[str, str]] = {one.tombstone: {} for one in self.persons}
        other_names: set[str] = set()
        packages = sorted(
            {path.parent for path in self.workspace.rglob(MANIFEST) if _is_seen(path, self.workspace)}
        )
        self._lists = {package / name for package in packages for name in _LISTS}
        for path in self._tables():
            found = self._people_of(path)
            self.others.update(found.other_numbers)
            other_names.update(found.other_names)
            for row in found.theirs:
                names[row.put] |= dict.fromkeys(_names(row.cells))
                self._learn(path, row, more[row.put])
        for package in packages:
            self._package(package)
        other_names.discard("")
        everybody = "\n".join(sorted(other_names))
        shared = self._shared(more)
        self.unsafe += [one.number for one in self.persons if one.is_short]
        people = []
        for one in self.persons:
            safe, unsafe = names_in_text(names[one.tombstone], other_names)
            for name in safe:
                plain = compact_name(without_title(name))
                if plain in everybody:
                    self._spared.update(other for other in other_names if plain in other)
            self.unsafe += unsafe
            others = {
                number: put
                for number, put in more[one.tombstone].items()
                if canonical_number(number) not in self.others
                and canonical_number(number) not in self._numbers.numbers
                and canonical_number(number) not in shared
            }
            people.append(one._replace(names=tuple(safe), others=tuple(others.items())))
        self.persons = people

    def _people_of(self, path: Path) -> _People:
        is_list = path in self._lists
        look = partial(_people_in, path, is_list, self._numbers)
        found: _People = self._looked.of(("people", path, is_list), [path], look)
        return found

    def _tables(self) -> Iterator[Path]:
        from examgen.evidence.persons.walking import files_of

        for path in files_of(self.workspace, self.within):
            if path.suffix.casefold() in (".csv", ".tsv", ".xlsx") and "item_bank" not in path.parts:
                yield path

    def _shared(self, more: Mapping[str, Mapping[str, str]]) -> set[str]:
        """Those of their other numbers that stand in rows of others, too: of a firm, of a trainer."""
        if not any(more.values()):
            return set()
        times = Counter(canonical_number(number) for of in more.values() for number in of)
        found = {number for number, n in times.items() if n > 1}
        for path in self._tables():
            what = "shared", path, tuple(sorted(times))
            found |= self._looked.of(what, [path], partial(_of_others, path, times, self._numbers))
        return found

    def _learn(self, path: Path, row: TableRow, more: dict[str, str]) -> None:
        """Other numbers in a row of a person, the serial of the booklet, decisions that a line is theirs."""
        for head, cell in row.cells.items():
            if head == "raw":
                continue
            if head in _SERIAL and cell:
                self.serials.add(cell)
            elif (
                cell
                and not stays(head, cell)
                and len(cell) <= _MOST_IDENTITY
                and ((_is_identity(cell) and head not in _FIRST) or ("@" in cell and "." in cell))
            ):
                more.setdefault(cell.strip(), row.put)
        file, line = row.cells.get("file", ""), row.cells.get("line", "")
        if path.name == "identities.csv" and file and line.isdecimal():
            self._line(path, file, int(line), row, more)
        if path.parent.name == _CODES and (code := row.cells.get("code", "")):
            with suppress(OSError, ValueError):
                secret = bytes_of(path.parent / "secret")
                before = code[: code.rfind("-") + 1]
                more[code] = before + short_codes([row.put], secret)[row.put]

    def _line(self, path: Path, file: str, line: int, row: TableRow, more: dict[str, str]) -> None:
        """A line of answers that somebody decided is a person's: whatever number it says."""
        place = path.parent
        tries = (place / "answers" / file, place / "scans" / file, place.parent / file, place / file)
        answers = next((one for one in tries if one.is_file() and one != path), None)
        if answers is None:
            return
        name = answers.relative_to(self.workspace).as_posix()
        self.lines.setdefault(name, {})[line] = row.put
        if answers.suffix == ".xlsx":
            rows = next(iter(tables_in(bytes_of(answers))), [])
            head = heading_of(rows)
            if head is not None and head < line <= len(rows):
                pairs = zip(rows[head], rows[line - 1], strict=False)
                there = [cell for name, cell in pairs if is_whose(name)]
                if there and len(canonical_number(there[0])) >= SHORTEST:
                    more.setdefault(there[0].strip(), row.put)
            return
        if answers.suffix != ".csv":
            return
        text = _text(bytes_of(answers))
        table = delimited.Records(text)
        head = heading_of(table)
        at = 1
        for n, record in enumerate(table.written):
            if at == line and head is not None:
                cells = table[n]
                whose = [c for c, cell in enumerate(table[head]) if is_whose(cell) and c < len(cells)]
                if whose and len(canonical_number(cells[whose[0]])) >= SHORTEST:
                    more.setdefault(cells[whose[0]].strip(), row.put)
            at += record.count("\n")

    def _package(self, package: Path) -> None:
        """The rooms of a package, and which of them are the persons'."""
        path = package / CANDIDATES_CSV
        name = package.relative_to(self.workspace).as_posix()
        if any((package / one).is_file() and self._people_of(package / one).theirs for one in _LISTS):
            self.exams.add(name)
        if not path.is_file():
            return
        rooms, theirs = self._looked.of(("rooms", path), [path], partial(_rooms_in, path, self._numbers))
        if rooms:
            folders = room_folders(rooms)
            self._all_rooms[name] = set(folders.values())
            self._rooms[name] = {folders[one] for one in theirs}


def _people_in(path: Path, is_list: bool, spellings: Spellings) -> _People:
    data = bytes_of(path)
    has_short = any(one.is_short for one in spellings.persons)
    if not is_list and not has_short and not spellings.may_be_quoted_in(_text(data)):
        return _People(())
    tables = tables_in(data)
    theirs = tuple(row for rows in tables for row in theirs_in(rows, spellings))
    if not is_list:
        return _People(theirs)
    numbers: list[str] = []
    names: set[str] = set()
    for rows in tables:
        for row, is_theirs in people_in(rows, spellings):
            if not is_theirs:
                numbers.append(row.number)
                names.add(compact_name(without_title(_name(row.cells))))
    written = np.array([one.encode("utf-8", "surrogatepass") for one in numbers], np.bytes_)
    plain = np.unique(canonical_numbers(written)).tolist()
    return _People(theirs, [one.decode("utf-8", "surrogatepass") for one in plain], names)


def _of_others(path: Path, numbers: Collection[str], spellings: Spellings) -> set[str]:
    """Which of the other numbers of the persons stand in rows of others, too."""
    sought = Spellings(Person(number, number) for number in numbers)
    data = bytes_of(path)
    if path.suffix.casefold() != ".xlsx" and not sought.may_be_quoted_in(_text(data)):
        return set()
    found: set[str] = set()
    for rows in tables_in(data):
        for row, is_theirs in people_in(rows, spellings, _among(rows, sought)):
            if is_theirs or sought.of_candidate(row.number) is not None:
                continue
            cells = (canonical_number(cell) for cell in row.cells.values() if len(cell) >= SHORTEST)
            found.update(cell for cell in cells if cell in numbers)
    return found


def _rooms_in(path: Path, spellings: Spellings) -> tuple[list[ExamRoom], list[ExamRoom]]:
    """The rooms of a list, each once, and those in which the persons are."""
    rooms: dict[ExamRoom, None] = {}
    theirs: dict[ExamRoom, None] = {}
    for table in tables_in(bytes_of(path)):
        head = heading_of(table)
        if head is None:
            continue
        heads = [fold(one) for one in table[head]]
        centre, room = (next((n for n, one in enumerate(heads) if one in of), -1) for of in (_CENTRE, _ROOM))
        may_be_theirs = {*_among(table, spellings)}
        whose = [n for n, one in enumerate(heads) if is_whose(one)]
        for n in range(head + 1, len(table)):
            cells = [*table[n], *[""] * len(heads)]  # the last one is what the list has not
            here = ExamRoom(cells[centre], cells[room])
            rooms[here] = None
            if n in may_be_theirs and any(spellings.of_candidate(cells[c]) for c in whose):
                theirs[here] = None
    return [*rooms], [*theirs]


def _is_identity(cell: str) -> bool:
    """Whether a cell may be a number by which somebody is known: no day, no time, no amount, no digest."""
    figures = sum(one.isdecimal() for one in cell)
    plain = compact(cell)
    has_letters = any(one.isalpha() for one in plain)
    is_number = figures >= SHORTEST + has_letters and figures * 2 >= len(plain)
    return is_number and not _DIGEST.fullmatch(cell) and not _DAY.match(canonical_number(cell.strip()))


def _is_seen(path: Path, workspace: Path) -> bool:
    return not any(part.startswith(".") for part in path.relative_to(workspace).parts)


def _text(data: bytes) -> str:
    return delimited.decoded(data, delimited.encoding_of(data)) if not data.startswith(b"PK") else "\0"


def tables_in(data: bytes) -> Sequence[Sequence[list[str]]]:
    """The tables in the bytes of a file."""
    if data.startswith(b"PK"):
        with suppress(ValueError, KeyError, OSError):
            return workbooks.rows_in(data)
        return []
    return [delimited.Records(_text(data))]


def theirs_in(rows: Sequence[Sequence[str]], spellings: Spellings) -> Iterator[TableRow]:
    """The rows of the persons in a table."""
    found = people_in(rows, spellings, _among(rows, spellings))
    return (row for row, is_theirs in found if is_theirs)


def _among(rows: Sequence[Sequence[str]], spellings: Spellings) -> Sequence[int]:
    """The rows in which one of the persons may stand."""
    return spellings.may_stand_at(rows.written) if isinstance(rows, delimited.Records) else range(len(rows))


def people_in(
    rows: Sequence[Sequence[str]], spellings: Spellings, among: Sequence[int] | None = None
) -> Iterator[tuple[TableRow, bool]]:
    """The rows of people of a table, `among` some if they are named, and whether each is of one of the
    persons."""
    head = heading_of(rows)
    if head is None:
        return
    heads = [fold(one) for one in rows[head]]
    whose = [n for n, one in enumerate(heads) if is_whose(one)]
    if not whose:
        return
    may_be_theirs = {*_among(rows, spellings)}
    for n in range(len(rows)) if among is None else among:
        cells = rows[n] if n > head else []
        number = cells[whose[0]].strip().removeprefix("'") if whose[0] < len(cells) else ""
        if not number:
            continue
        theirs = (cells[c] for c in whose if c < len(cells)) if n in may_be_theirs else ()
        put = next(filter(None, map(spellings.of_candidate, theirs)), None)
        said = {} if put is None else dict(zip(rows[head], cells, strict=False))
        yield TableRow(dict(zip(heads, cells, strict=False)), number, put or "", said), put is not None


def _names(cells: Mapping[str, str]) -> list[str]:
    """The name in a row, and the same in another script."""
    also = (" ".join(cell.split()) for head, cell in cells.items() if head in _ALSO)
    return [one for one in (_name(cells), *also) if one]


def _name(cells: Mapping[str, str]) -> str:
    first = next((cell for head, cell in cells.items() if head in _FIRST and cell), "")
    last = " ".join(cell for head, cell in cells.items() if head in _LAST and head not in _FIRST and cell)
    return " ".join(f"{first} {last}".split()).removeprefix("'") if first else ""


def numbers_in(package: Path) -> list[str]:
    """The numbers of everybody whom the lists of a package name, each once."""
    nobody = Spellings([])
    found: dict[str, None] = {}
    for path in (package / name for name in _LISTS):
        if path.is_file():
            for rows in tables_in(bytes_of(path)):
                found |= {row.number: None for row, _ in people_in(rows, nobody)}
    return [*found]


def new_tombstone() -> str:
    """What takes the place of a number: drawn, made of nothing that the person has."""
    return TOMBSTONE + secrets.token_hex(4)
