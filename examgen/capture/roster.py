"""Candidate list (bytes) → candidates: who sits where.

A table with a header: `candidate_id` and, where they are known, `name`, `room` and `seat`; other columns are
kept with each candidate. Encodings, delimiters and workbooks are those of answer files. Every fault is
collected with its line; what a list says twice is refused, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from examgen.capture.cells import drop_invisible, fold, is_damaged, read_id, unwrap
from examgen.capture.columns import CANDIDATE_NAMES, free_name, named_column
from examgen.capture.containers import open_tables
from examgen.capture.records import UNREADABLE, Record, Table, visible
from examgen.capture.rows import says_totals
from examgen.fonts import missing, missing_message
from examgen.models import Candidate, CandidateNumber
from examgen.problems import Problem, Refused
from examgen.tables import DEALT

NAME_NAMES = (("name",), ("ชื่อ-นามสกุล", "ชื่อ-สกุล", "ชื่อนามสกุล", "ชื่อ", "full_name", "candidate_name"))
ROOM_NAMES = (("room",), ("ห้องสอบ", "ห้อง", "exam_room"))
SEAT_NAMES = (("seat",), ("ที่นั่งสอบ", "ที่นั่ง", "เลขที่นั่ง", "seat_no", "seat_number"))
MOST_CHARACTERS = 200
"""Of a cell that is printed."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LINE_FAULTS = {
    "undecodable": "has bytes or control characters that are no text: write the line anew",
    "broken_quote": "has a quote that does not close, or text after a closing quote",
}


class ListColumns(NamedTuple):
    """Which column holds what."""

    names: Sequence[str]
    candidate: int
    name: int | None
    room: int | None
    seat: int | None
    extras: dict[int, str]


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
    for record in table.body(len(columns.names)):
        found = _line(record, columns, number)
        if isinstance(found, _Line):
            read.append(found)
        else:
            problems += [Problem(f"{shown}:{record.line}", *fault) for fault in found]
    problems += _repeated(shown, read)
    problems.sort(key=lambda problem: int(problem.source.rpartition(":")[2]))
    if not read and not problems:
        problems = [Problem(shown, "no-candidates", "has a header and no candidate below it")]
    if problems:
        raise Refused(f"the candidate list {shown} has {len(problems)} fault(s)", problems)
    return tuple(line.candidate for line in read)


# ── the table ────────────────────────────────────────────────────────────────────────────────


def recognised_list(name: str, data: bytes) -> tuple[Table, ListColumns]:
    """The one table whose header names the candidates."""
    found: list[tuple[Table, ListColumns]] = []
    refusals: list[tuple[int, Refused]] = []
    for table in _tables(name, data):
        try:
            found.append((table, _columns(name, table.header)))
        except Refused as refused:
            refusals.append((len(table.header.fields), refused))
    if found:
        # a list of ids alone looks the same with every delimiter
        widest = max(len(columns.names) for _, columns in found)
        first, *others = [pair for pair in found if len(pair[1].names) == widest]
        if others and widest > 1:
            labels = " and ".join(table.label for table, _ in [first, *others])
            raise _refusal(
                name, "ambiguous-table", f"candidates can be read in two ways ({labels}): keep one"
            )
        return first
    if not refusals:
        raise _refusal(
            name, "empty-file", "is empty; expected a header with `candidate_id` and a line for each"
        )
    raise max(refusals, key=lambda entry: entry[0])[1]


def _tables(name: str, data: bytes) -> list[Table]:
    try:
        return open_tables(name, data)
    except Refused as refused:
        codes = {"not-an-answer-file": "not-a-candidate-list"}
        problems = [
            Problem(p.source, codes.get(p.code, p.code), p.message.replace("answers", "candidates"))
            for p in refused.problems
        ]
        raise Refused(f"{name} is no candidate list", problems) from refused


def _columns(name: str, header: Record) -> ListColumns:
    source = f"{name}:{header.line}" if header.line else name
    if header.fault or UNREADABLE.search(header.raw):
        message = f"header unreadable ({visible(header.raw)[:80]!r}): write candidate_id, name, room, seat"
        raise _refusal(source, "unreadable-header", message)
    folded = [fold(cell) for cell in header.fields]
    candidate = named_column(folded, CANDIDATE_NAMES, "candidate_id", source)
    if candidate is None:
        shown = ", ".join(f"`{cell.strip()[:30]}`" for cell in header.fields[:6])
        message = f"no column `candidate_id` among {shown}: name it so, beside `name`, `room` and `seat`"
        raise _refusal(source, "no-candidate-column", message)
    name_, room, seat = (
        named_column(folded, names, role, source)
        for role, names in (("name", NAME_NAMES), ("room", ROOM_NAMES), ("seat", SEAT_NAMES))
    )
    used, taken = {candidate, name_, room, seat}, set(DEALT)
    extras = {i: free_name(_text(cell), i, taken) for i, cell in enumerate(header.fields) if i not in used}
    return ListColumns(header.fields, candidate, name_, room, seat, extras)


# ── its lines ────────────────────────────────────────────────────────────────────────────────

Fault = tuple[str, str]
"""Code and message."""


def _line(record: Record, columns: ListColumns, number: CandidateNumber | None) -> _Line | list[Fault]:
    fields, width = record.fields, len(columns.names)
    if record.fault:
        return [(record.fault.replace("_", "-"), LINE_FAULTS.get(record.fault, "cannot be read"))]
    if len(fields) != width:
        few = "few" if len(fields) < width else "many"
        return [(f"too-{few}-fields", f"has {len(fields)} fields, the header {width}: write as many")]
    candidate_id = unicodedata.normalize("NFC", read_id(fields[columns.candidate]))
    faults = [*id_faults(candidate_id, columns, number), *_cell_faults(fields, columns)]
    if faults:
        return faults
    cell = {role: _text(fields[i]) if (i := getattr(columns, role)) is not None else "" for role in _PRINTED}
    extra = {
        name: text
        for i, name in columns.extras.items()
        if (text := _text(fields[i])) or columns.names[i].strip()  # spreadsheets write commas past the end
    }
    return _Line(record.line, Candidate(candidate_id=candidate_id, **cell, extra=extra))


_PRINTED = ("name", "room", "seat")


def id_faults(candidate_id: str, columns: ListColumns, number: CandidateNumber | None) -> Iterator[Fault]:
    """What is wrong with an id, as it was read."""
    if not any(map(str.isalnum, candidate_id)):
        yield "no-candidate-id", "names no candidate: the id is empty or has no letter or digit"
    elif is_damaged(candidate_id):
        message = f"{candidate_id}: a spreadsheet has changed the id: write it as text"
        yield "candidate-id-damaged", message
    elif fold(candidate_id) == fold(columns.names[columns.candidate]):
        yield "header-repeated", "is the header once more: remove the line"
    elif says_totals(candidate_id):
        yield "totals-line", f"{candidate_id} is a sum over the lines above, no candidate: remove the line"
    elif number is not None and (fault := number.fault(candidate_id)):
        yield "candidate-number", f"{candidate_id} {fault}"


def _cell_faults(fields: Sequence[str], columns: ListColumns) -> Iterator[Fault]:
    for place, cell in enumerate(fields):
        role = columns.names[place].strip() or f"column {place + 1}"
        if found := _CONTROL.search(cell.strip()):
            code = ord(found[0])
            yield "control-character", f"`{role}` holds the control character U+{code:04X}: remove it"
        elif "\ufffd" in cell:
            yield "undecodable", f"`{role}` holds a character that was lost (�): write it anew"
        elif place not in columns.extras and len(cell) > MOST_CHARACTERS:
            yield "too-long", f"`{role}` has {len(cell)} characters, {MOST_CHARACTERS} at most can be printed"
        elif place not in columns.extras:
            for char in missing(_text(cell)):
                yield "glyph-missing", f"`{role}`: {missing_message(char)}"


def _text(cell: str) -> str:
    """A cell as it is kept: composed (NFC), single-spaced, without invisible characters."""
    return unicodedata.normalize("NFC", " ".join(unwrap(drop_invisible(cell).strip()).split()))


def _repeated(name: str, read: Sequence[_Line]) -> Iterator[Problem]:
    """Ids, and seats of a room, that stand on several lines."""
    ids: dict[str, int] = {}
    seats: dict[tuple[str, str], int] = {}
    for line, candidate in read:
        source, room, seat = f"{name}:{line}", candidate.room, candidate.seat
        first = ids.setdefault(candidate.candidate_id, line)
        if first != line:
            message = f"candidate {candidate.candidate_id} stands on lines {first} and {line}: keep one"
            yield Problem(source, "candidate-twice", message, field="candidate_id")
        first = seats.setdefault((room, seat), line) if seat else line
        if first != line:
            where = f"seat {seat} of room {room}" if room else f"seat {seat}"
            message = f"{where} stands on lines {first} and {line}: give each candidate a seat of their own"
            yield Problem(source, "seat-twice", message, field="seat")


def _refusal(source: str, code: str, message: str) -> Refused:
    message = message.encode("utf-8", "backslashreplace").decode("utf-8")  # names of files may be no text
    return Refused(f"{source}: {message}", [Problem(source, code, message)])
