"""What became of everybody → whoever does not add up, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from examgen.register import Register
from examgen.scoring.fates import Bools, Drawn, Fates, SetAsideRow

CONFLICTS = frozenset(("conflicting_rows", "candidate_in_two_files"))
"""Reasons of rows that contradict others of the same candidate."""

UNRECONCILED_HEADER = ("candidate_id", "name", "room", "seat", "form", "what", "detail")

WHAT = {
    "missing": "present, but there is no row",
    "in_quarantine": "the only rows are in quarantine",
    "conflict": "rows of one candidate differ: all are in quarantine",
    "may_be_in_quarantine": "no row, but one in quarantine may be theirs",
    "also_in_quarantine": "scored, and a further row is in quarantine",
    "absent_but_scored": "absent, but scored",
    "absent_in_quarantine": "absent, but a row is in quarantine",
    "other_form": "scored on a form that was not dealt",
    "not_on_roster": "has a row, but is not on the roster",
    "row_of_nobody": "a row in quarantine that names no candidate",
    "room_without_rows": "nobody of the room has a row, and it is not known who came",
    "no_row": "no row, and it is not known whether they came: counted as absent",
}
"""What may be said of whoever does not add up, in the order of the ledger; the last alone adds up."""
ADDS_UP = "no_row"


class Unreconciled(NamedTuple):
    """Somebody (or a row, or a room) that does not add up, as the columns of unreconciled.csv."""

    candidate_id: str
    name: str
    room: str
    seat: str
    form: str
    what: str
    detail: str


def unreconciled(
    register: Register, fates: Fates, kinds: Mapping[str, Bools], others: Bools, drawn: Drawn
) -> Iterator[Unreconciled]:
    """Candidates in the order of the register, then rows and rooms."""
    no_row = kinds["absent"] & kinds["status_unknown"]
    by_kind = {
        "missing": kinds["missing"],
        "no_row": no_row,
        "absent_but_scored": kinds["absent_but_scored"],
        "other_form": others,
    }
    listed = np.logical_or.reduce(list(by_kind.values()))
    listed[fates.quarantined] = True
    ids = _ids(register, listed)
    for place in np.flatnonzero(listed).tolist():
        who = ids[place], *_seat(register, place)
        on = int(fates.form[place])
        detail = f"scored on {drawn.forms[on]}" if on >= 0 else ""
        for what, found in by_kind.items():
            if found[place]:
                yield Unreconciled(*who, what, detail)
        if rows := fates.rows.get(place):
            what = _of_quarantine(rows, on >= 0, bool(kinds["absent_in_quarantine"][place]))
            yield Unreconciled(*who, what, "; ".join(map(_where_as, rows)))
    for candidate, on in fates.strangers:
        yield Unreconciled(_said(candidate), "", "", "", "", "not_on_roster", f"scored on {drawn.forms[on]}")
    for row in fates.others:
        what = "not_on_roster" if row.candidate_id else "row_of_nobody"
        detail = f"{_where(row)}, may be {row.may_be}" if row.may_be else _where(row)
        yield Unreconciled(row.candidate_id or "", "", "", "", "", what, detail)
    for room in _rooms_without_rows(register, kinds):
        yield Unreconciled("", "", room, "", "", "room_without_rows", "")


def _seat(register: Register, place: int) -> tuple[str, str, str, str]:
    """Name, room, seat and form dealt, empty where the register does not say."""
    room, form = int(register.room[place]), int(register.form[place])
    return (
        register.names[place],
        register.rooms[room] if room >= 0 else "",
        register.seats[place],
        register.forms[form] if form >= 0 else "",
    )


def _ids(register: Register, wanted: Bools) -> dict[int, str]:
    return {place: _said(candidate) for candidate, place in register.place.items() if wanted[place]}


def _said(candidate: bytes) -> str:
    return candidate.decode("utf-8", "backslashreplace")


def _where(row: SetAsideRow) -> str:
    return f"{row.reason} at {row.file}:{row.line}"


def _where_as(row: SetAsideRow) -> str:
    """The same, with the id of the row where that is not the candidate's own."""
    return f"{_where(row)} as {row.candidate_id}" if row.may_be else _where(row)


def _of_quarantine(rows: Sequence[SetAsideRow], is_scored: bool, is_absent: bool) -> str:
    if is_scored:
        return "also_in_quarantine"
    if is_absent:
        return "absent_in_quarantine"
    if all(row.may_be for row in rows):
        return "may_be_in_quarantine"
    return "conflict" if any(row.reason in CONFLICTS for row in rows) else "in_quarantine"


def _rooms_without_rows(register: Register, kinds: Mapping[str, Bools]) -> list[str]:
    """Rooms of whom nothing is known: a file that was not handed in looks so."""
    n = len(register.rooms)
    room = register.room.astype(np.int64) % (n + 1)
    nothing = kinds["status_unknown"] & kinds["absent"]
    of_room, silent = np.bincount(room, minlength=n + 1), np.bincount(room[nothing], minlength=n + 1)
    rooms = np.flatnonzero((of_room == silent) & (of_room > 0)).tolist()
    return [register.rooms[place] for place in rooms if place < n]
