"""Candidate list (bytes) → candidates: who sits where.

A table with a header: `candidate_id` and, where they are known, `name` (or its parts), `room` and `seat`;
other columns are kept with each candidate. Encodings, delimiters and workbooks are those of answer files.
Every fault is collected with its line; what a list says twice is refused, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from examgen.capture.cells import fold, is_damaged, read_id
from examgen.capture.list_columns import ListColumns, list_text, recognised_list
from examgen.capture.records import Record, visible
from examgen.capture.rows import says_totals
from examgen.fonts import missing, missing_message
from examgen.invisible import turned
from examgen.models import Candidate, CandidateNumber
from examgen.problems import Problem, Refused

MOST_CHARACTERS = 200
"""Of a cell that is printed."""
MOST_OF_A_SEAT = 50
"""Of a seat, which is set in a narrow column of many lines."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LINE_FAULTS = {
    "undecodable": "has bytes or control characters that are not text: write the line anew",
    "broken_quote": "has a quote that does not close, or text after a closing quote",
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
    candidate_id = read_id(fields[columns.candidate])
    faults = [*id_faults(candidate_id, columns, number), *_cell_faults(fields, columns)]
    name = columns.name.of(fields)
    if len(name) > MOST_CHARACTERS and not faults:
        faults = [_too_long("name", len(name))]
    if faults:
        return faults
    room, seat = (list_text(fields[i]) if i is not None else "" for i in (columns.room, columns.seat))
    extra = {
        name: text
        for i, name in columns.extras.items()
        if (text := list_text(fields[i]))
        or columns.names[i].strip()  # spreadsheets write commas past the end
    }
    return _Line(
        record.line, Candidate(candidate_id=candidate_id, name=name, room=room, seat=seat, extra=extra)
    )


def _too_long(role: str, n_characters: int, most: int = MOST_CHARACTERS) -> Fault:
    return "too-long", f"`{role}` has {n_characters} characters, {most} at most can be printed"


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
        elif fault := turned(cell):
            yield "direction-mark", f"`{role}` {fault}"
        elif "\ufffd" in cell:
            yield "undecodable", f"`{role}` holds a character that was lost (�): write it anew"
        elif place not in columns.extras and len(cell) > (most := _most(place, columns)):
            yield _too_long(role, len(cell), most)
        elif place not in columns.extras:
            for char in missing(list_text(cell)):
                yield "glyph-missing", f"`{role}`: {missing_message(char)}"


def _most(place: int, columns: ListColumns) -> int:
    return MOST_OF_A_SEAT if place == columns.seat else MOST_CHARACTERS


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
