"""Register and outcome of each candidate → the ledger of a sitting, and everybody who does not reconcile.

    registered = present + absent
    present    = scored + quarantined + missing

in total, by room and by form, for every register. If the register does not say whether a candidate was
present, one who has a row counts as present and one who has none as absent, and the ledger gives the number
of these candidates. Rows of candidates who should have none (absent, or not on the register) are counted
beside the sums.

First the outcome of each candidate is found, by place in the register; then the sums, and who does not
reconcile.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.grader_decisions import VOIDED
from examgen.capture.quarantine_reasons import QUARANTINE_REASONS
from examgen.core.register import ABSENT, NOT_KNOWN, PRESENT, Register
from examgen.core.responses.rows import Ints, Texts
from examgen.core.words import joined, tell

Bools = npt.NDArray[np.bool_]

NOBODYS = frozenset(one.code for one in QUARANTINE_REASONS if one.is_nobodys)
OF_PERSONS = frozenset(one.code for one in QUARANTINE_REASONS if one.is_decided)
"""Reasons of rows set aside by a decision on the person; and `NOBODYS`, of rows that belong to no candidate,
so that a candidate named in them is not counted as having a row.
"""
NOT_USED = OF_PERSONS | {VOIDED}
"""Reasons of rows that somebody decided not to use; nobody has to decide on them."""


class ReconciledQuarantine(NamedTuple):
    """A row in quarantine: its file and line, its candidate as far as readable, and the reason; if the id is
    on no list, `may_be` is the candidate to whom the row may belong.
    """

    file: str
    line: int
    candidate_id: str | None
    reason: str
    may_be: str = ""


class ScoredIds(NamedTuple):
    """Candidates who were scored, nobody twice: `ids` (n,) as UTF-8, `form` (n,) form indices."""

    ids: Texts
    form: Ints


def _scored_on(register: Register, scored: Iterable[ScoredIds]) -> tuple[Ints, list[tuple[bytes, int]]]:
    """Return the form that each candidate was scored on, by place in the register (-1 if not scored); and
    those who were scored but are not on the register.
    """
    on = np.full(register.size, -1, dtype=np.int64)
    strangers: list[tuple[bytes, int]] = []
    for ids, forms in scored:
        places = register.places(ids)
        known = places >= 0
        on[places[known]] = forms[known]
        strangers += zip(ids[~known].tolist(), forms[~known].tolist(), strict=True)
    return on, strangers


def _rows_aside(
    register: Register, on: Ints, set_aside: Iterable[ReconciledQuarantine]
) -> tuple[dict[int, list[ReconciledQuarantine]], list[ReconciledQuarantine]]:
    """Return the rows in quarantine by place in the register, and those of nobody on it.

    A row that may belong to a candidate who is neither scored nor recorded as absent is counted as theirs; so
    is one that a grader has decided not to use, if its candidate has no other.
    """

    def place_of(candidate_id: str | None, is_wanted: bool = False) -> int:
        place = register.find(candidate_id.encode("utf-8", "surrogatepass")) if candidate_id else -1
        is_free = place >= 0 and on[place] < 0 and register.status[place] != ABSENT
        return place if is_free or not is_wanted else -1

    rows: dict[int, list[ReconciledQuarantine]] = {}
    others: list[ReconciledQuarantine] = []
    voided: dict[int, list[ReconciledQuarantine]] = {}
    for row in set_aside:
        if row.reason == VOIDED:
            place = place_of(row.candidate_id, is_wanted=True)
            if place >= 0:
                voided.setdefault(place, []).append(row)
        elif row.reason not in NOBODYS:
            place = place_of(row.candidate_id)
            if place < 0:
                place = place_of(row.may_be, is_wanted=True)
            others.append(row) if place < 0 else rows.setdefault(place, []).append(row)
    return voided | rows, others


def _kinds_of(register: Register, on: Ints, rows: Collection[int]) -> dict[str, Bools]:
    """Return, for each count, which candidates belong to it."""
    is_scored = on >= 0
    in_quarantine = np.zeros(register.size, dtype=np.bool_)
    in_quarantine[[*rows]] = True
    in_quarantine &= ~is_scored
    unknown, absent = register.status == NOT_KNOWN, register.status == ABSENT
    present = (register.status == PRESENT) | (unknown & (is_scored | in_quarantine))
    return {
        "registered": np.ones(register.size, dtype=np.bool_),
        "present": present,
        "absent": ~present,
        "scored": present & is_scored,
        "quarantined": present & in_quarantine,
        "missing": present & ~is_scored & ~in_quarantine,
        "status_unknown": unknown,
        "absent_but_scored": absent & is_scored,
        "absent_in_quarantine": absent & in_quarantine,
    }


NO_ROW = ("missing", "no_row")
"""Codes of candidates without a row who were present, or whose attendance is not known."""
MAY_BE = "may_be_in_quarantine"
"""Code of candidates who have no row of their own, but to whom a row in quarantine may belong."""
MOST_NAMED = 5
"""The most people or rooms of one kind that are named on the screen."""


def first_of(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are, as text."""
    shown = ", ".join(names[:MOST_NAMED])
    n = len(names) - MOST_NAMED
    return tell("{names} and {n:,} more", names=shown, n=n) if n > 0 else shown


CONFLICTS = frozenset(("conflicting_rows", "candidate_in_two_files"))
"""Reasons of rows that contradict others of the same candidate."""

UNRECONCILED_HEADER = ("candidate_id", "name", "room", "seat", "form", "what", "detail")

WHAT = {
    "missing": tell("present, but without a row"),
    "in_quarantine": tell("not scored, because every row of the candidate is set aside or not used"),
    "conflict": tell("not scored, because the rows of the candidate conflict"),
    "may_be_in_quarantine": tell("no row, but a row set aside may belong to the candidate"),
    "also_in_quarantine": tell("scored, but another row is set aside"),
    "absent_but_scored": tell("absent, but scored"),
    "absent_in_quarantine": tell("absent, but a row is set aside"),
    "other_form": tell("scored on a form that was not dealt"),
    "not_on_roster": tell("has a row, but is not on the list"),
    "row_of_nobody": tell("row set aside, without a candidate number"),
    "room_without_rows": tell("no one in the room has a row or an attendance record"),
    "no_row": tell("no row and no attendance record, so counted as absent"),
}
"""The text for each way of not reconciling, in the order of the ledger; only the last one does reconcile."""
ADDS_UP = "no_row"
ABSENT_ONES = "absent"
"""Code, besides these, of candidates who were absent by the register and have no row: they reconcile, and are
listed so that reports can show who has no result.
"""
UNRECONCILED_WORDS = {
    **WHAT,
    ABSENT_ONES: tell("absent"),
    "excused": tell("absent with leave, by a decision on record"),
}
"""The text for each code of unreconciled.csv, and for candidates who are excused."""


class Unreconciled(NamedTuple):
    """A candidate, row or room that does not reconcile, with the columns of unreconciled.csv."""

    candidate_id: str
    name: str
    room: str
    seat: str
    form: str
    what: str
    detail: str


def _unreconciled(
    register: Register,
    on: Ints,
    rows: Mapping[int, Sequence[ReconciledQuarantine]],
    kinds: Mapping[str, Bools],
    is_other_form: Bools,
    forms: Sequence[str],
) -> Iterator[Unreconciled]:
    """Candidates in the order of the register."""
    no_row = kinds["absent"] & kinds["status_unknown"]
    with_row = kinds["absent_but_scored"] | kinds["absent_in_quarantine"]
    by_kind = {
        "missing": kinds["missing"],
        "no_row": no_row,
        ABSENT_ONES: kinds["absent"] & ~no_row & ~with_row,
        "absent_but_scored": kinds["absent_but_scored"],
        "other_form": is_other_form,
    }
    listed = np.logical_or.reduce(list(by_kind.values()))
    listed[[*rows]] = True
    ids = {place: _shown(candidate) for candidate, place in register.place.items() if listed[place]}
    for place in np.flatnonzero(listed).tolist():
        room, dealt = int(register.room[place]), int(register.form[place])
        who = (
            ids[place],
            register.names[place],
            register.rooms[room].shown if room >= 0 else "",
            register.columns["seat"][place],
            register.forms[dealt] if dealt >= 0 else "",
        )
        is_scored = on[place] >= 0
        detail = f"scored on {forms[on[place]]}" if is_scored else ""
        for what, which in by_kind.items():
            if which[place]:
                yield Unreconciled(*who, what, detail)
        if aside := rows.get(place):
            if is_scored:
                what = "also_in_quarantine"
            elif kinds["absent_in_quarantine"][place]:
                what = "absent_in_quarantine"
            elif all(row.may_be for row in aside):
                what = MAY_BE
            else:
                what = "conflict" if any(row.reason in CONFLICTS for row in aside) else "in_quarantine"
            # with the id of the row where that is not the candidate's own
            where = [f"{_where(row)} as {row.candidate_id}" if row.may_be else _where(row) for row in aside]
            yield Unreconciled(*who, what, "; ".join(where))


def _silent_rooms(register: Register, is_silent: Bools) -> list[str]:
    """Return the rooms in which nobody has a row or an attendance record, as if a file had not been
    submitted.
    """
    n = len(register.rooms)
    rooms = register.room[register.room >= 0]
    everybody = np.bincount(rooms, minlength=n)
    silent = np.bincount(register.room[is_silent & (register.room >= 0)], minlength=n)
    places = np.flatnonzero((everybody == silent) & (everybody > 0)).tolist()
    return [register.rooms[place].shown for place in places]


def _shown(candidate: bytes) -> str:
    return candidate.decode("utf-8", "backslashreplace")


def _where(row: ReconciledQuarantine) -> str:
    return f"{row.reason} at {row.file}:{row.line}"


COUNTS = (
    "registered",
    "present",
    "absent",
    "scored",
    "quarantined",
    "missing",
    "status_unknown",
    "absent_but_scored",
    "absent_in_quarantine",
    "not_on_roster",
)
LEDGER_HEADER = ("by", "name", *COUNTS)


@dataclass(frozen=True, slots=True)
class RosterLedger:
    """The sums, as rows of `LEDGER_HEADER`: the total, then each room, then each form; and everybody who does
    not reconcile. The empty name is for candidates whose room or form is unknown.
    """

    rows: tuple[tuple[str | int, ...], ...]
    unreconciled: tuple[Unreconciled, ...]

    @property
    def total(self) -> dict[str, int]:
        """The counts over everybody."""
        return dict(zip(COUNTS, map(int, self.rows[0][2:]), strict=True))

    @property
    def found(self) -> dict[str, int]:
        """The number of cases of each kind that do not reconcile, in the order of `WHAT`."""
        kinds = [one.what for one in self.unreconciled]
        return {what: n for what in WHAT if (n := kinds.count(what))}

    @property
    def is_reconciled(self) -> bool:
        """Whether everybody is accounted for."""
        return not set(self.found) - {ADDS_UP}

    def record(self) -> dict[str, Any]:
        """Return the ledger as recorded in the audit."""
        return {"total": self.total, "unreconciled": self.found, "reconciled": self.is_reconciled}

    def lines(self) -> list[str]:
        """Return the ledger as lines for the screen. The first candidates without a row are named; rooms
        without any row are named as rooms.
        """
        said = self._sums()
        for what, count in self.found.items():
            line = tell("  {n:,} × {words}", n=count, words=WHAT[what])
            who = [one.candidate_id or one.room for one in self.unreconciled if one.what == what]
            if what in NO_ROW:
                others = {one.candidate_id for one in self.unreconciled if one.room not in self._silent}
                who = [one for one in who if one in others]
            is_named = who and what in (*NO_ROW, "room_without_rows")
            said.append(joined([line, first_of(who)], between=": ") if is_named else line)
        return said

    @property
    def _silent(self) -> set[str]:
        return {one.room for one in self.unreconciled if one.what == "room_without_rows"}

    def _sums(self) -> list[str]:
        n = {name: f"{count:,}" for name, count in self.total.items()}
        if self.total["status_unknown"] == self.total["registered"]:
            return [
                tell(
                    "{n} of {all} candidates on the list have a row. Attendance is not recorded",
                    n=f"{self.total['present'] - self.found.get(MAY_BE, 0):,}",
                    all=n["registered"],
                )
            ]
        said: list[str] = [
            tell(
                "registered {registered} = present {present} + absent {absent}",
                registered=n["registered"],
                present=n["present"],
                absent=n["absent"],
            ),
            tell(
                "present {present} = scored {scored} + quarantined {quarantined} + missing {missing}",
                present=n["present"],
                scored=n["scored"],
                quarantined=n["quarantined"],
                missing=n["missing"],
            ),
        ]
        if self.total["status_unknown"]:
            said.append(
                tell(
                    "the roster has no attendance for {n} of its candidates. Those with a row "
                    "count as present, those without as absent",
                    n=n["status_unknown"],
                )
            )
        return said


def reconcile(
    register: Register,
    scored: Iterable[ScoredIds],
    set_aside: Iterable[ReconciledQuarantine],
    forms: Sequence[str],
    base: Mapping[str, str] | None = None,
) -> RosterLedger:
    """Return the ledger of a sitting.

    `forms` are the names of forms by index; `base` gives the form from which one with an individual order was
    drawn, and under which it is counted.
    """
    on, strangers = _scored_on(register, scored)
    rows, others = _rows_aside(register, on, set_aside)
    kinds = _kinds_of(register, on, rows)
    # forms are counted with those that they were drawn from; one drawn from the form dealt is that form
    drawn_from = {form: (base or {}).get(form, form) for form in forms}
    groups = {form: n for n, form in enumerate(dict.fromkeys(drawn_from.values()))}
    numbers = {form: n for n, form in enumerate(dict.fromkeys((*forms, *groups)))}
    group_of = {form: groups[drawn_from.get(form, form)] for form in numbers}
    dealt, dealt_group = (
        np.array([*(of.get(form, -1) for form in register.forms), -1])[register.form]
        for of in (numbers, group_of)
    )
    groups_scored = np.array([*(group_of[form] for form in forms), -1])
    is_base = np.array([*(form in groups for form in register.forms), False])[register.form]
    is_same = (dealt == on) | (is_base & (dealt_group == groups_scored[on]))
    is_other_form = (dealt >= 0) & (on >= 0) & ~is_same

    unreconciled = [*_unreconciled(register, on, rows, kinds, is_other_form, forms)]
    unreconciled += [
        Unreconciled(_shown(who), "", "", "", "", "not_on_roster", f"scored on {forms[form]}")
        for who, form in strangers
    ]
    for row in others:
        what = "not_on_roster" if row.candidate_id else "row_of_nobody"
        detail = f"{_where(row)}, may be {row.may_be}" if row.may_be else _where(row)
        unreconciled.append(Unreconciled(row.candidate_id or "", "", "", "", "", what, detail))
    silent = _silent_rooms(register, kinds["status_unknown"] & kinds["absent"])
    unreconciled += [Unreconciled("", "", room, "", "", "room_without_rows", "") for room in silent]

    of_strangers = np.array([form for _, form in strangers], dtype=np.int64)
    nowhere, rooms = np.zeros_like(of_strangers), [room.shown for room in register.rooms]
    of_form = np.where(dealt >= 0, dealt_group, groups_scored[on])
    sums = [
        *_rows("total", ("",), np.zeros(register.size, np.int64), kinds, nowhere),
        *_rows("room", rooms, register.room.astype(np.int64), kinds, nowhere - 1),
        *_rows("form", [*groups], of_form, kinds, groups_scored[of_strangers]),
    ]
    return RosterLedger(tuple(sums), tuple(unreconciled))


# ── the sums ─────────────────────────────────────────────────────────────────────────────────


def _rows(
    by: str, names: Sequence[str], group: Ints, kinds: Mapping[str, Bools], strangers: Ints
) -> Iterator[tuple[str | int, ...]]:
    """Yield a row for each name, room 2 before room 10, and one without a name if somebody has none."""
    n = len(names)
    counts = [np.bincount(group[who] % (n + 1), minlength=n + 1) for who in kinds.values()]
    counts.append(np.bincount(strangers % (n + 1), minlength=n + 1))
    table = np.stack(counts, axis=1)
    order = [
        [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
        for name in names
    ]
    for place in sorted(range(n), key=order.__getitem__):
        yield by, names[place], *table[place].tolist()
    if table[n].any():
        yield by, "", *table[n].tolist()
