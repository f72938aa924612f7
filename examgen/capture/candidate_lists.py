"""Candidate list (bytes) → `Register`: who was to come, for the reconciliation of a sitting.

The columns are those of `roster`, and `form` (or `serial`: the booklet dealt) and `status` where they are
known; the package's own candidates.csv is one too. What is only printed, names and seats, is kept as it
is; ids, forms and status that cannot be told are refused, every fault with its line.

Candidate list (bytes) → candidates: who sits where.

A table with a header: `candidate_id` and, where they are known, `name` (or its parts), `room` and `seat`;
other columns are kept with each candidate. Encodings, delimiters and workbooks are those of answer files.
Every fault is collected with its line; what a list says twice is refused, never guessed.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from examgen.capture.cells import Record, fold, is_damaged, read_id, visible
from examgen.capture.columns import FORM_NAMES, named_column
from examgen.capture.list_columns import ListColumns, NameColumns, OneSpelling, list_text, recognised_list
from examgen.capture.overlays import clean_text, restored
from examgen.capture.rows import says_totals
from examgen.core.candidate_numbers import canonical_bytes, canonical_number
from examgen.core.models.form import Candidate
from examgen.core.models.papers import CandidateNumber
from examgen.core.models.rooms import ExamRoom
from examgen.core.problems import Problem, Refused
from examgen.core.register import ABSENT, NOT_KNOWN, PRESENT, Column, Register
from examgen.core.storage import sha256
from examgen.core.text.characters import turned
from examgen.core.text.fonts import missing, missing_message
from examgen.core.words import Message, joined, tell

MOST_CHARACTERS = 200
"""Of a cell that is printed."""
MOST_OF_A_SEAT = 50
"""Of a seat, which is set in a narrow column of many lines."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LINE_FAULTS = {
    "undecodable": tell("has bytes or control characters that are not text: write the line anew"),
    "broken_quote": tell("has a quote that does not close, or text after a closing quote"),
}


class _Line(NamedTuple):
    """A candidate and the line that it was read from."""

    line: int
    candidate: Candidate


def read_roster(name: str, data: bytes, number: CandidateNumber | None = None) -> tuple[Candidate, ...]:
    """The candidates of a list, in its order; raises Refused with every fault and its line.

    With `number`, every id must be one that the bubbles of the answer sheet can say.
    """
    shown = visible(name)
    table, columns = recognised_list(shown, data)
    read: list[_Line] = []
    problems: list[Problem] = []
    spelling = OneSpelling()
    for record in table.body(len(columns.names)):
        found = _line(record, columns, number, spelling)
        if isinstance(found, _Line):
            read.append(found)
        else:
            problems += [Problem(f"{shown}:{record.line}", *fault) for fault in found]
    problems += _repeated(shown, read)
    problems.sort(key=lambda problem: int(problem.source.rpartition(":")[2]))
    if not read and not problems:
        problems = [Problem(shown, "no-candidates", tell("has a header and no candidate below it"))]
    if problems:
        raise Refused(
            tell("the candidate list {shown} has {n} fault(s)", shown=shown, n=len(problems)), problems
        )
    return tuple(line.candidate for line in read)


# ── its lines ────────────────────────────────────────────────────────────────────────────────

Fault = tuple[str, Message]
"""Code and message."""


def _line(
    record: Record, columns: ListColumns, number: CandidateNumber | None, spelling: OneSpelling
) -> _Line | list[Fault]:
    fields, width = record.fields, len(columns.names)
    if record.fault:
        return [(record.fault.replace("_", "-"), LINE_FAULTS.get(record.fault, tell("cannot be read")))]
    if len(fields) != width:
        few = "few" if len(fields) < width else "many"
        message = tell("has {n} fields, the header {width}: write as many", n=len(fields), width=width)
        return [(f"too-{few}-fields", message)]
    candidate_id = read_id(fields[columns.candidate])
    faults = [*id_faults(candidate_id, columns, number), *_cell_faults(fields, columns)]
    name = columns.name.of(fields)
    if len(name) > MOST_CHARACTERS and not faults:
        faults = [_too_long("name", len(name))]
    if faults:
        return faults
    centre, room, seat = (
        list_text(fields[i]) if i is not None else "" for i in (columns.centre, columns.room, columns.seat)
    )
    extra = {
        name: text
        for i, name in columns.extras.items()
        if (text := list_text(fields[i]))
        or columns.names[i].strip()  # spreadsheets write commas past the end
    }
    centre, room = spelling.room(ExamRoom(centre, room))
    who = Candidate(candidate_id=candidate_id, name=name, centre=centre, room=room, seat=seat, extra=extra)
    return _Line(record.line, who)


def _too_long(role: str, n_characters: int, most: int = MOST_CHARACTERS) -> Fault:
    message = tell(
        "`{role}` has {n} characters, {most} at most can be printed", role=role, n=n_characters, most=most
    )
    return "too-long", message


def id_faults(candidate_id: str, columns: ListColumns, number: CandidateNumber | None) -> Iterator[Fault]:
    """What is wrong with an id, as it was read."""
    if not any(map(str.isalnum, candidate_id)):
        yield "no-candidate-id", tell("names no candidate: the id is empty or has no letter or digit")
    elif is_damaged(candidate_id):
        message = tell("{id}: a spreadsheet has changed the id: write it as text", id=candidate_id)
        yield "candidate-id-damaged", message
    elif fold(candidate_id) == fold(columns.names[columns.candidate]):
        yield "header-repeated", tell("is the header once more: remove the line")
    elif says_totals(candidate_id):
        message = tell("{id} is a sum over the lines above, no candidate: remove the line", id=candidate_id)
        yield "totals-line", message
    elif number is not None and (fault := number.fault(canonical_number(candidate_id))):
        yield "candidate-number", tell("{id} {fault}", id=candidate_id, fault=fault)


def _cell_faults(fields: Sequence[str], columns: ListColumns) -> Iterator[Fault]:
    for place, cell in enumerate(fields):
        role = columns.names[place].strip() or f"column {place + 1}"
        if found := _CONTROL.search(cell.strip()):
            code = ord(found[0])
            yield (
                "control-character",
                tell("`{role}` holds the control character U+{code:04X}: remove it", role=role, code=code),
            )
        elif fault := turned(cell):
            yield "direction-mark", tell("`{role}` {fault}", role=role, fault=fault)
        elif "\ufffd" in cell:
            message = tell("`{role}` holds a character that was lost (�): write it anew", role=role)
            yield "undecodable", message
        elif place not in columns.extras and len(cell) > (most := _most(place, columns)):
            yield _too_long(role, len(cell), most)
        elif place not in columns.extras:
            for char in missing(list_text(cell)):
                yield "glyph-missing", joined([f"`{role}`: ", missing_message(char)], "")


def _most(place: int, columns: ListColumns) -> int:
    return MOST_OF_A_SEAT if place == columns.seat else MOST_CHARACTERS


def _repeated(name: str, read: Sequence[_Line]) -> Iterator[Problem]:
    """Ids, and seats of a room, that stand on several lines; ids that differ by case alone.

    Those are refused, for booklets are not printed yet: a number that is read aloud, typed or looked up in a
    spreadsheet has no case, and one's file takes the place of the other's where names of files have none.
    Lists of sittings that were printed already (`read_register`) have them as they are.
    """
    first_of: dict[str, _Line] = {}
    alike: dict[str, _Line] = {}
    seats: dict[tuple[ExamRoom, str], int] = {}
    for one in read:
        line, candidate = one
        source, room, seat = f"{name}:{line}", candidate.exam_room, candidate.seat
        number = canonical_number(candidate.candidate_id)
        other = first_of.setdefault(number, one)
        if other is not one:
            message = _twice_message(candidate.candidate_id, line, other.candidate.candidate_id, other.line)
            yield Problem(source, "candidate-twice", message, field="candidate_id")
        other = alike.setdefault(number.casefold(), one)
        if canonical_number(other.candidate.candidate_id) != number:
            message = tell(
                "candidate {candidate_id} differs from {other} on line {first} by capital letters alone: "
                "give one of them another number",
                candidate_id=candidate.candidate_id,
                other=other.candidate.candidate_id,
                first=other.line,
            )
            yield Problem(source, "candidate-but-for-case", message, field="candidate_id")
        first = seats.setdefault((room, seat), line) if seat else line
        if first != line:
            where = (
                tell("seat {seat} of room {room}", seat=seat, room=room.shown)
                if room.shown
                else tell("seat {seat}", seat=seat)
            )
            message = tell(
                "{where} stands on lines {first} and {line}: give each candidate a seat of their own",
                where=where,
                first=first,
                line=line,
            )
            yield Problem(source, "seat-twice", message, field="seat")


def _twice_message(candidate_id: str, line: int, other: str, first: int) -> Message:
    if candidate_id == other:
        return tell(
            "candidate {candidate_id} stands on lines {first} and {line}: keep one",
            candidate_id=candidate_id,
            first=first,
            line=line,
        )
    return tell(
        "{other} on line {first} and {candidate_id} on line {line} are the same candidate number (the kind "
        "of digits, spaces and dashes do not count): keep one line, or correct one of the numbers",
        other=other,
        first=first,
        candidate_id=candidate_id,
        line=line,
    )


SERIAL_NAMES = (("serial",), ("booklet", "booklet_serial", "เลขที่เล่ม", "เล่มที่"))
STATUS_NAMES = (
    ("status",),
    ("attendance", "การเข้าสอบ", "สถานะการเข้าสอบ"),
    ("present", "สถานะ", "มาสอบ", "เข้าสอบ"),
)
STATUS_WORDS = {
    **dict.fromkeys(("present", "1", "1.0", "yes", "y", "true", "มา", "มาสอบ", "เข้าสอบ"), PRESENT),
    **dict.fromkeys(
        ("absent", "0", "0.0", "no", "n", "false", "ขาด", "ขาดสอบ", "ไม่มา", "ไม่มาสอบ", "ไม่เข้าสอบ"), ABSENT
    ),
    "": NOT_KNOWN,
}
_OWN = frozenset(("candidate_id", "name", "room", "seat", "form", "serial", "base"))
"""Columns of the package's own list: its cells have an apostrophe where a spreadsheet would run them."""


class _Places(NamedTuple):
    """Which column holds what, None where the list has none."""

    form: int | None
    serial: int | None
    status: int | None
    is_own: bool


class _Read:
    """The columns of a register as they fill, line by line."""

    def __init__(self) -> None:
        self.place: dict[bytes, int] = {}
        self.otherwise: dict[bytes, int] = {}
        self.lines = array("q")
        self.names, self.seats = Column(), Column()
        self.room, self.form, self.status = array("i"), array("i"), array("b")
        self.rooms: dict[ExamRoom, int] = {}
        self.forms: dict[str, int] = {}
        self.spare = 0


def read_register(
    name: str,
    data: bytes,
    forms: Sequence[str],
    serials: Mapping[str, str] | None,
    as_listed: Callable[[str], str] = str,
) -> Register:
    """The candidates of a list, in its order; raises Refused with every fault and its line.

    `forms` are those that answers are scored by, `serials` the form of each booklet of the printing, and
    `as_listed` says how its list writes a number, which is how the register has it.
    """
    shown = visible(name)
    table, columns = recognised_list(shown, data)
    places = _places(shown, table.header, columns)
    read, problems = _Read(), list[Problem]()
    add = _adder(columns, places, _Forms(forms, serials or {}), read, as_listed)
    for record in table.body(len(columns.names)):
        if faults := add(record):
            problems += [Problem(f"{shown}:{record.line}", *fault) for fault in faults]
    if not read.lines and not problems:
        problems = [Problem(shown, "no-candidates", tell("has a header and no candidate below it"))]
    if problems:
        raise Refused(
            tell("the candidate list {shown} has {n} fault(s)", shown=shown, n=len(problems)), problems
        )
    return Register(
        name=shown,
        place=read.place,
        names=read.names,
        seats=read.seats,
        rooms=tuple(read.rooms),
        room=np.frombuffer(read.room, dtype=np.int32),
        forms=tuple(read.forms),
        form=np.frombuffer(read.form, dtype=np.int32),
        status=np.frombuffer(read.status, dtype=np.int8),
        spare=read.spare,
        sha256=sha256(data),
    )


def _places(name: str, header: Record, columns: ListColumns) -> _Places:
    source = f"{name}:{header.line}" if header.line else name
    folded = [fold(cell) for cell in header.fields]
    form, serial, status = (
        named_column(folded, names, role, source)
        for role, names in (("form", FORM_NAMES), ("serial", SERIAL_NAMES), ("status", STATUS_NAMES))
    )
    return _Places(form, serial, status, {cell.strip() for cell in header.fields} >= _OWN)


# ── its lines ────────────────────────────────────────────────────────────────────────────────


def _adder(
    columns: ListColumns, places: _Places, forms: _Forms, read: _Read, as_listed: Callable[[str], str]
) -> Callable[[Record], list[Fault]]:
    """What adds a line to the columns, or gives its faults."""
    width, candidate, is_own = len(columns.names), columns.candidate, places.is_own
    cells = (columns.centre, columns.room, columns.seat, places.form, places.serial, places.status)
    centre, room, seat, form, serial, status = (_getter(place, is_own) for place in cells)
    spelling = OneSpelling()
    name = _name_getter(columns.name, is_own)

    def add(record: Record) -> list[Fault]:
        fields = record.fields
        if record.fault or len(fields) != width:
            return [_shape_fault(record, width)]
        for n, cell in enumerate(fields):
            if fault := turned(cell):
                return [
                    ("direction-mark", tell("`{role}` {fault}", role=columns.names[n].strip(), fault=fault))
                ]
        text = restored(fields[candidate].strip()) if is_own else fields[candidate]
        if is_own and not text and serial(fields):
            read.spare += 1
            return []
        candidate_id, faults = _candidate(text, columns)
        if not faults:
            faults += _twice(as_listed(candidate_id), record.line, read, is_own)
        elif faults[0][0] == "header-repeated":
            return faults
        dealt, said = forms.dealt(form(fields), serial(fields)), _status(status(fields))
        faults += [one for one in (dealt, said) if isinstance(one, tuple)]
        if faults or isinstance(dealt, tuple) or isinstance(said, tuple):
            return faults
        read.names.append(name(fields))
        read.seats.append(seat(fields))
        of = spelling.room(ExamRoom(centre(fields), room(fields)))
        read.room.append(read.rooms.setdefault(of, len(read.rooms)) if any(of) else -1)
        read.form.append(_number(dealt, read.forms))
        read.status.append(said)
        return []

    return add


def _getter(place: int | None, is_own: bool) -> Callable[[Sequence[str]], str]:
    """What gives the text of a cell, empty where the list has no such column."""
    if place is None:
        return lambda fields: ""
    clean: dict[str, str] = {}

    def get(fields: Sequence[str]) -> str:
        cell = fields[place]
        found = clean.get(cell)
        if found is None:
            found = clean_text(restored(cell) if is_own else cell)
            if len(clean) < _MOST_KEPT:
                clean[cell] = found
        return found

    return get


def _name_getter(name: NameColumns, is_own: bool) -> Callable[[Sequence[str]], str]:
    """What gives the name, of one column or of several."""
    if len(name.places) < 2:
        return _getter(name.name, is_own)
    if not is_own:
        return name.of
    return lambda fields: name.of([restored(cell) for cell in fields])


_MOST_KEPT = 10_000
"""Different cells of a column that are remembered."""


def _shape_fault(record: Record, width: int) -> Fault:
    if record.fault:
        return record.fault.replace("_", "-"), LINE_FAULTS.get(record.fault, tell("cannot be read"))
    few = "few" if len(record.fields) < width else "many"
    n = len(record.fields)
    return f"too-{few}-fields", tell("has {n} fields, the header {width}: write as many", n=n, width=width)


def _candidate(cell: str, columns: ListColumns) -> tuple[str, list[Fault]]:
    """The id, and what is wrong with it."""
    if cell.isascii() and cell.isalnum() and cell[0] in "0123456789":
        return cell, []  # proven: digits first, no sign that a spreadsheet leaves
    candidate_id = read_id(cell)
    if "\ufffd" in candidate_id:
        message = tell("the id holds a character that was lost (�): write it anew")
        return candidate_id, [("undecodable", message)]
    return candidate_id, list(id_faults(candidate_id, columns, None))


def _twice(candidate_id: str, line: int, read: _Read, is_own: bool) -> list[Fault]:
    """Takes the next place for the candidate; the fault of one who has one already. In our own list two may
    be one number: earlier versions have printed for such."""
    key, n = candidate_id.encode("utf-8", "surrogateescape"), len(read.lines)
    number = canonical_bytes(key)
    at = read.place.get(key)
    if at is None and not is_own:
        at = read.place.get(number, read.otherwise.get(number))
    if at is None:
        read.place[key] = n
        read.lines.append(line)
        if number != key:
            read.otherwise[number] = n
        return []
    other = next(one for one, place in read.place.items() if place == at).decode("utf-8", "surrogateescape")
    return [("candidate-twice", _twice_message(candidate_id, line, other, read.lines[at]))]


class _Forms:
    """The form that a cell names: itself, the serial of a booklet that has it, or either in other writing."""

    def __init__(self, forms: Sequence[str], serials: Mapping[str, str]) -> None:
        self._serials = serials
        self._form = {**serials, **{form: form for form in forms}}
        self._folded: dict[str, set[str]] = {}
        for name, form in self._form.items():
            self._folded.setdefault(fold(name), set()).add(form)

    def dealt(self, form: str, serial: str) -> str | Fault:
        """The form dealt, empty where neither cell says one; or what is wrong with them."""
        by_serial = self._serials.get(serial) if serial else None
        if not form:
            if serial and self._serials and by_serial is None:
                message = tell(
                    "`{serial}` is not a booklet of the last printing: mend it, or rename the column",
                    serial=serial,
                )
                return "unknown-serial", message
            return by_serial or ""
        found = self._form.get(form) or self._alike(form)
        if found is None:
            return (
                "unknown-form",
                tell("`{form}` is not a form of this exam: leave it empty where it is not known", form=form),
            )
        if by_serial is not None and found != by_serial:
            message = tell(
                "form {form}, but booklet {serial} is form {other}", form=form, serial=serial, other=by_serial
            )
            return "form-and-serial-differ", message
        return found

    def _alike(self, form: str) -> str | None:
        found = self._folded.get(fold(form), set())
        return next(iter(found)) if len(found) == 1 else None


def _status(word: str) -> int | Fault:
    found = STATUS_WORDS.get(word)
    if found is None:
        found = STATUS_WORDS.get(fold(word))
    if found is None:
        return (
            "unknown-status",
            tell("`{word}` is not a status: write present or absent (มา, ขาด), or leave it empty", word=word),
        )
    return found


def _number(text: str, numbers: dict[str, int]) -> int:
    """The number of a name, -1 of an empty one; a new one gets the next."""
    return numbers.setdefault(text, len(numbers)) if text else -1
