"""Candidate list (bytes) → candidates before a sitting (`read_roster`) or after it (`read_register`).

The list is a table with a header: `candidate_id` and optionally `name` (or its parts), `room` and `seat`. A
register also has `form` (or `serial`, that of the assigned booklet) and `status`. Encodings, delimiters and
workbooks are those of answer files. Every fault is collected with its line; repeated candidates are refused.

A roster keeps its other columns with each candidate. A register is used for the reconciliation after the
sitting: names and seats, which are only printed, stay as they are. The package's own candidates.csv is also a
register.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import polars as pl

from examgen.capture.cells import fold
from examgen.capture.columns import FORM_NAMES
from examgen.capture.declared_columns import (
    CANDIDATE,
    CellFault,
    Column,
    DeclaredTable,
    candidate_number,
    place_of,
    places_in,
)
from examgen.capture.grader_decisions import clean_text, restored
from examgen.capture.list_columns import (
    CENTRE_NAMES,
    NAME_NAMES,
    ROOM_NAMES,
    ListColumns,
    OneSpelling,
    recognised_list,
)
from examgen.core.candidate_numbers import canonical_bytes, canonical_number, number_fault
from examgen.core.files import sha256
from examgen.core.models.field_types import ExamRoom
from examgen.core.models.form import Candidate
from examgen.core.models.papers import CandidateNumber
from examgen.core.problems import Problem, Refused
from examgen.core.register import ABSENT, NOT_KNOWN, PRESENT, ROSTER_COLUMNS, Register
from examgen.core.tables.records import NO_COLUMNS, Table, TableRecord, visible
from examgen.core.text.characters import turned
from examgen.core.text.fonts import missing, missing_message
from examgen.core.words import Message, joined, tell, tell_n

MOST_CHARACTERS = 200
"""The most characters of a cell that is printed."""
MOST_OF_A_SEAT = 50
"""The most characters of a seat: it is printed in a narrow column, over several lines."""
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

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_OWN = frozenset(("candidate_id", "name", "room", "seat", "form", "serial", "base"))
"""Columns of the package's own list: an apostrophe in its cells keeps spreadsheets from running them."""

Fault = tuple[str, Message]
"""A code and a message."""


def _has_errors(shown: str, problems: Sequence[Problem]) -> Refused:
    message = tell_n(
        "the candidate list {shown} has {n} error",
        "the candidate list {shown} has {n} errors",
        len(problems),
        shown=shown,
    )
    return Refused(message, problems)


def read_roster(
    name: str, data: bytes, number: CandidateNumber | None = None, codes: Collection[str] = ()
) -> tuple[Candidate, ...]:
    """Return the candidates of a list, in its order. Raises Refused with every fault and its line.

    With `number`, every id must be one that the bubbles of the answer sheet can express; none may be one of
    the `codes` of the bank.
    """
    shown = visible(name)
    table, columns = recognised_list(shown, data)
    read: list[tuple[int, Candidate]] = []
    problems: list[Problem] = []
    spelling = OneSpelling()
    places = {CANDIDATE.field: columns.candidate}
    candidate = CANDIDATE._replace(read=partial(candidate_number, number=number))
    for line in DeclaredTable(shown, (candidate,), columns.names, places, table).lines(problems):
        fields = line.record.fields
        candidate_id, whole_name = line.values()[CANDIDATE.field], columns.name.of(fields)
        for fault in _cell_faults(fields, columns):
            line.fault(*fault)
        if len(whole_name) > MOST_CHARACTERS and not line.faults:
            line.fault(*_too_long("name", len(whole_name)))
        if line.faults:
            continue
        if wrong := number_fault(candidate_id, codes):  # it may stand twice all the same
            line.fault("candidate-number", wrong)
        centre, room, seat = (
            clean_text(fields[i]) if i is not None else ""
            for i in (columns.centre, columns.room, columns.seat)
        )
        extra = {
            name: text
            for i, name in columns.extras.items()
            if (text := clean_text(fields[i]))
            or columns.names[i].strip()  # spreadsheets write commas past the end
        }
        centre, room = spelling.room(ExamRoom(centre, room))
        who = Candidate(
            candidate_id=candidate_id, name=whole_name, centre=centre, room=room, seat=seat, extra=extra
        )
        read.append((line.record.line, who))
    problems += _repeated(shown, read)
    problems.sort(key=lambda problem: int(problem.source.rpartition(":")[2]))
    if not read and not problems:
        problems = [Problem(shown, "no-candidates", tell("has a header but no candidates below it"))]
    if problems:
        raise _has_errors(shown, problems)
    return tuple(candidate for _, candidate in read)


def read_register(
    name: str,
    data: bytes,
    forms: Sequence[str],
    serials: Mapping[str, str] | None,
    as_listed: Callable[[str], str] = str,
    codes: Collection[str] = (),
) -> Register:
    """Return the candidates of a list, in its order. Raises Refused with every fault and its line.

    `forms` are the forms that score answers, and `serials` gives the form of each booklet of the printing.
    `as_listed` returns a candidate number as the list of the printing writes it, and so it is in the
    register. None may be one of the `codes` of the bank.
    """
    shown = visible(name)
    table, columns = recognised_list(shown, data)
    is_own = {cell.strip() for cell in table.header.fields} >= _OWN
    has_parts = len(columns.name.places) > 1
    text = _text_of_own if is_own else clean_text
    names, rows = list[str](), list[tuple[int, int, int]]()
    others: dict[str, list[str]] = {one.name: [] for one in ROSTER_COLUMNS}
    rooms: dict[ExamRoom, int] = {}
    form_numbers: dict[str, int] = {}
    problems: list[Problem] = []
    place, first_of = dict[bytes, int](), dict[bytes, tuple[str, int]]()
    spelling, assigned_forms = OneSpelling(), _Forms(forms, serials or {})
    spare = 0
    for line in _register_table(shown, table, text).lines(problems):
        fields = line.record.fields
        turning = next(((n, found) for n, cell in enumerate(fields) if (found := turned(cell))), None)
        if turning:
            message = tell("`{role}` {fault}", role=columns.names[turning[0]].strip(), fault=turning[1])
            line.fault("direction-mark", message)
            continue
        if is_own and not text(line.cell("candidate_id")) and text(line.cell("serial")):
            spare += 1
            continue
        cells = line.values()
        if candidate_id := cells["candidate_id"]:
            at, listed = line.record.line, as_listed(candidate_id)
            who = listed.encode("utf-8", "surrogateescape")
            other, first = first_of.setdefault(canonical_bytes(who), (listed, at))
            if first != at:
                line.fault("candidate-twice", _twice_message(listed, at, other, first))
            place.setdefault(who, len(place))
            if wrong := number_fault(candidate_id, codes):
                line.fault("candidate-number", wrong)
        form, status = assigned_forms.dealt(cells["form"], cells["serial"]), _status(cells["status"])
        if isinstance(form, CellFault):
            line.fault(*form)
        if isinstance(status, CellFault):
            line.fault(*status, "status")
        if line.faults or isinstance(form, CellFault) or isinstance(status, CellFault):
            continue
        if has_parts:
            names.append(columns.name.of([restored(cell) for cell in fields] if is_own else fields))
        else:
            names.append(cells["name"])
        for one, texts in others.items():
            texts.append(cells[one])
        room = spelling.room(ExamRoom(cells["centre"], cells["room"]))
        rows.append(
            (
                rooms.setdefault(room, len(rooms)) if any(room) else -1,
                form_numbers.setdefault(form, len(form_numbers)) if form else -1,
                status,
            )
        )
    if not place and not problems:
        problems = [Problem(shown, "no-candidates", tell("has a header but no candidates below it"))]
    if problems:
        raise _has_errors(shown, problems)
    room_of, form_of, status_of = np.array(rows, np.int32).T
    return Register(
        name=shown,
        place=place,
        names=pl.Series("name", names, pl.String),
        columns={one: pl.Series(one, texts, pl.String) for one, texts in others.items()},
        rooms=tuple(rooms),
        room=room_of,
        forms=tuple(form_numbers),
        form=form_of,
        status=status_of.astype(np.int8),
        spare=spare,
        sha256=sha256(data),
    )


def _register_table(shown: str, table: Table, text: Callable[[str], str]) -> DeclaredTable:
    """Return the table of a list with the columns of a register. Raises Refused if two columns could be the
    same one.
    """

    columns = (
        CANDIDATE._replace(read=partial(_listed_id, text)),
        Column("name", NAME_NAMES, text),
        Column("centre", CENTRE_NAMES, text),
        Column("room", ROOM_NAMES, text),
        Column("form", FORM_NAMES, text),
        Column("serial", SERIAL_NAMES, text),
        Column("status", STATUS_NAMES, text),
        *(Column(one.name, one.heads, text) for one in ROSTER_COLUMNS),
    )
    source = place_of(shown, table.header)
    places, _, problems = places_in(columns, source, table.header)
    if problems:
        raise Refused.because("{source}: {message}", problems, source=source, message=problems[0].message)

    def body(width: int) -> Iterator[TableRecord]:
        # a merged cell is as empty as it looks: names and places are only printed
        return (record._replace(merged=NO_COLUMNS) for record in table.body(width))

    of_sheet = table._replace(body=body) if table.sheet else table
    return DeclaredTable(shown, columns, table.header.fields, places, of_sheet)


def _text_of_own(cell: str) -> str:
    return clean_text(restored(cell))


def _status(word: str) -> int | CellFault:
    status = STATUS_WORDS.get(word, STATUS_WORDS.get(fold(word)))
    if status is not None:
        return status
    message = tell(
        "`{word}` is not a status. Write present or absent (มา, ขาด), or leave it empty", word=word
    )
    return CellFault("unknown-status", message)


# ── lines and cells ──────────────────────────────────────────────────────────────────────────


def _too_long(role: str, n_characters: int, most: int = MOST_CHARACTERS) -> Fault:
    message = tell(
        "`{role}` has {n} characters. At most {most} can be printed", role=role, n=n_characters, most=most
    )
    return "too-long", message


def _listed_id(text: Callable[[str], str], cell: str) -> str | CellFault:
    """Return the candidate number of a register, or the fault."""
    return candidate_number(restored(cell.strip()) if text is _text_of_own else cell)


def _cell_faults(fields: Sequence[str], columns: ListColumns) -> Iterator[Fault]:
    for place, cell in enumerate(fields):
        role = columns.names[place].strip() or f"column {place + 1}"
        if found := _CONTROL.search(cell.strip()):
            code = ord(found[0])
            yield (
                "control-character",
                tell("`{role}` contains the control character U+{code:04X}. Remove it", role=role, code=code),
            )
        elif fault := turned(cell):
            yield "direction-mark", tell("`{role}` {fault}", role=role, fault=fault)
        elif "\ufffd" in cell and place != columns.candidate:
            message = tell("`{role}` contains a damaged character (�). Write it again", role=role)
            yield "undecodable", message
        elif place not in columns.extras and len(cell) > (
            most := MOST_OF_A_SEAT if place == columns.seat else MOST_CHARACTERS
        ):
            yield _too_long(role, len(cell), most)
        elif place not in columns.extras:
            for char in missing(clean_text(cell)):
                yield "glyph-missing", joined([f"`{role}`: ", missing_message(char)], "")


def _repeated(name: str, read: Sequence[tuple[int, Candidate]]) -> Iterator[Problem]:
    """Yield the faults of ids and seats that occur on several lines, and of ids that differ only in case.

    Case is lost when a number is read aloud, typed or looked up in a spreadsheet, and one candidate's file
    replaces the other's if file names have no case. A roster can still be changed, since no booklets are
    printed yet; a register (`read_register`) accepts such ids as they are.
    """
    first_of: dict[str, tuple[int, Candidate]] = {}
    alike: dict[str, tuple[int, Candidate]] = {}
    seats: dict[tuple[ExamRoom, str], int] = {}
    for one in read:
        line, candidate = one
        source, room, seat = f"{name}:{line}", candidate.exam_room, candidate.seat
        number = canonical_number(candidate.candidate_id)
        other = first_of.setdefault(number, one)
        if other is not one:
            message = _twice_message(candidate.candidate_id, line, other[1].candidate_id, other[0])
            yield Problem(source, "candidate-twice", message, field="candidate_id")
        other = alike.setdefault(number.casefold(), one)
        if canonical_number(other[1].candidate_id) != number:
            message = tell(
                "candidate {candidate_id} differs from {other} on line {first} only in capital "
                "letters. Give one of them another number",
                candidate_id=candidate.candidate_id,
                other=other[1].candidate_id,
                first=other[0],
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
                "{where} is on lines {first} and {line}. Give each candidate a separate seat",
                where=where,
                first=first,
                line=line,
            )
            yield Problem(source, "seat-twice", message, field="seat")


def _twice_message(candidate_id: str, line: int, other: str, first: int) -> Message:
    if candidate_id == other:
        return tell(
            "candidate {candidate_id} is on lines {first} and {line}. Keep one line",
            candidate_id=candidate_id,
            first=first,
            line=line,
        )
    return tell(
        "{other} on line {first} and {candidate_id} on line {line} are the same candidate "
        "number (type of digits, spaces and dashes are ignored). Keep one line, or correct one "
        "of the numbers",
        other=other,
        first=first,
        candidate_id=candidate_id,
        line=line,
    )


class _Forms:
    """Finds the form that a cell names by its name or the serial of a booklet, whatever their spelling."""

    def __init__(self, forms: Sequence[str], serials: Mapping[str, str]) -> None:
        self._serials = serials
        self._form = {**serials, **{form: form for form in forms}}
        self._folded: dict[str, set[str]] = {}
        for name, form in self._form.items():
            self._folded.setdefault(fold(name), set()).add(form)

    def dealt(self, form: str, serial: str) -> str | CellFault:
        """Return the assigned form, empty if neither cell names one; or the fault of the cells."""
        by_serial = self._serials.get(serial) if serial else None
        if not form:
            if serial and self._serials and by_serial is None:
                message = tell(
                    "`{serial}` is not a booklet of the last printing. Correct it, or rename the column",
                    serial=serial,
                )
                return CellFault("unknown-serial", message)
            return by_serial or ""
        alike = self._folded.get(fold(form), set())
        found = self._form.get(form) or (next(iter(alike)) if len(alike) == 1 else None)
        if found is None:
            message = tell(
                "`{form}` is not a form of this exam. Leave the cell empty if the form is not known",
                form=form,
            )
            return CellFault("unknown-form", message)
        if by_serial is not None and found != by_serial:
            message = tell(
                "the list says form {form}, but booklet {serial} is form {other}",
                form=form,
                serial=serial,
                other=by_serial,
            )
            return CellFault("form-and-serial-differ", message)
        return found
