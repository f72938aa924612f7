"""Register and what became of each candidate → the ledger of a sitting, and whoever does not add up.

    registered = present + absent
    present    = scored + quarantined + missing

in total, by room and by form, for every register. Where the register does not say whether somebody came,
who has a row counts as present and who has none as absent, and the ledger says how many these are. Rows of
those who were not to have one (absent, or not on the register) are counted beside the sums.

First is found what became of everybody, by place in the register; then whoever does not add up, by name; then
the sums.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.grader_decisions import VOIDED
from examgen.capture.reasons import QUARANTINE_REASONS
from examgen.core.register import ABSENT, NOT_KNOWN, PRESENT, Register
from examgen.core.responses.rows import Ints, Texts
from examgen.core.words import joined, tell

Bools = npt.NDArray[np.bool_]

NOBODYS = frozenset(one.code for one in QUARANTINE_REASONS if one.is_nobodys)
OF_PERSONS = frozenset(one.code for one in QUARANTINE_REASONS if one.is_decided)
"""Reasons of rows that are not candidate's: who else is in them is not counted as having a row."""
NOT_USED = OF_PERSONS | {VOIDED}
"""Reasons of rows that somebody decided not to use: they wait for nobody."""


class ReconciledQuarantine(NamedTuple):
    """A row in quarantine: where it stands, its candidate as far as readable, and the reason; where the id is
    on no list, whose row it may be."""

    file: str
    line: int
    candidate_id: str | None
    reason: str
    may_be: str = ""


class ScoredIds(NamedTuple):
    """Candidates that were scored: `ids` (n,) as UTF-8, `form` (n,) numbers of forms; nobody twice."""

    ids: Texts
    form: Ints


@dataclass(frozen=True, slots=True)
class Fates:
    """By place in the register: `form` (n,) scored by, -1 where not scored; rows in quarantine.

    `strangers` were scored and are not on the register; `others` are rows in quarantine of no one on it. A
    row that may be somebody's who is not scored, and not said to be absent, is among `rows`; so is one that a
    grader has decided not to use, where its candidate has no other.
    """

    form: Ints
    rows: Mapping[int, Sequence[ReconciledQuarantine]]
    strangers: Sequence[tuple[bytes, int]]
    others: Sequence[ReconciledQuarantine]

    @property
    def quarantined(self) -> Ints:
        """Places of those who have a row in quarantine."""
        return np.fromiter(self.rows, dtype=np.int64, count=len(self.rows))


def fates_of(
    register: Register, scored: Iterable[ScoredIds], set_aside: Iterable[ReconciledQuarantine]
) -> Fates:
    """What became of everybody."""
    form = np.full(register.size, -1, dtype=np.int64)
    strangers: list[tuple[bytes, int]] = []
    for ids, forms in scored:
        places = register.places(ids)
        known = places >= 0
        form[places[known]] = forms[known]
        strangers += zip(ids[~known].tolist(), forms[~known].tolist(), strict=True)
    rows: dict[int, list[ReconciledQuarantine]] = {}
    others: list[ReconciledQuarantine] = []
    voided: dict[int, list[ReconciledQuarantine]] = {}
    for row in set_aside:
        if row.reason == VOIDED:
            place = _place(register, row.candidate_id)
            if place is not None and form[place] < 0 and register.status[place] != ABSENT:
                voided.setdefault(place, []).append(row)
        elif row.reason not in NOBODYS:
            place = _place(register, row.candidate_id)
            if place is None:
                # whose it may be, but for those who are scored or did not come
                place = _place(register, row.may_be)
                if place is not None and (form[place] >= 0 or register.status[place] == ABSENT):
                    place = None
            others.append(row) if place is None else rows.setdefault(place, []).append(row)
    return Fates(form, voided | rows, strangers, others)


def _place(register: Register, candidate_id: str | None) -> int | None:
    if not candidate_id:
        return None
    place = register.find(candidate_id.encode("utf-8", "surrogatepass"))
    return place if place >= 0 else None


def kinds_of(register: Register, fates: Fates) -> dict[str, Bools]:
    """For each count, who belongs to it."""
    is_scored = fates.form >= 0
    in_quarantine = np.zeros(register.size, dtype=np.bool_)
    in_quarantine[fates.quarantined] = True
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


# ── forms ────────────────────────────────────────────────────────────────────────────────────


class DrawnForms(NamedTuple):
    """Forms by name and number, those that others are drawn from last where nobody was scored by them.

    `groups` are the forms that the ledger has rows for, `group` their number for each form; `is_base` says
    which forms are drawn from no other.
    """

    forms: Sequence[str]
    number: Mapping[str, int]
    groups: tuple[str, ...]
    group: Sequence[int]
    is_base: Sequence[bool]


def drawn_forms(scored_by: Sequence[str], base: Mapping[str, str]) -> DrawnForms:
    """The forms that answers are scored by, in the order of their numbers, and those they are drawn from."""
    forms = tuple(dict.fromkeys((*scored_by, *(base.get(form, form) for form in scored_by))))
    bases = [base.get(form, form) for form in forms]
    group = {form: n for n, form in enumerate(dict.fromkeys(bases))}
    return DrawnForms(
        forms=forms,
        number={form: n for n, form in enumerate(forms)},
        groups=tuple(group),
        group=[group[form] for form in bases],
        is_base=[form == drawn_from for form, drawn_from in zip(forms, bases, strict=True)],
    )


def picked(values: Sequence[int], places: npt.NDArray[np.integer[Any]]) -> Ints:
    """The values at the places; -1 where the place is -1."""
    found: Ints = np.array([*values, -1], dtype=np.int64)[places]
    return found


def on_other_forms(drawn: DrawnForms, dealt: Ints, scored: Ints) -> Bools:
    """Who was scored on a form that they were not dealt; one drawn from the form dealt is that form."""
    is_drawn = np.array([*drawn.is_base, False])[dealt]
    is_drawn &= picked(drawn.group, dealt) == picked(drawn.group, scored)
    others: Bools = (dealt >= 0) & (scored >= 0) & (dealt != scored) & ~is_drawn
    return others


NO_ROW = ("missing", "no_row")
"""What is said of those without a row who came, or of whom that is not known."""
MAY_BE = "may_be_in_quarantine"
"""What is said of those who have no row of their own, but one in quarantine may be theirs."""
MOST_NAMED = 5
"""People or rooms of one kind that are named on the screen."""


def first_of(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    shown = ", ".join(names[:MOST_NAMED])
    n = len(names) - MOST_NAMED
    return tell("{names} and {n:,} more", names=shown, n=n) if n > 0 else shown


CONFLICTS = frozenset(("conflicting_rows", "candidate_in_two_files"))
"""Reasons of rows that contradict others of the same candidate."""

UNRECONCILED_HEADER = ("candidate_id", "name", "room", "seat", "form", "what", "detail")

WHAT = {
    "missing": tell("present, but without a row"),
    "in_quarantine": tell("not scored, because every row of the candidate is set aside"),
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
"""What may be said of whoever does not add up, in the order of the ledger; the last alone adds up."""
ADDS_UP = "no_row"
ABSENT_ONES = "absent"
"""What is said beside these of whoever was absent by the register and has no row: they add up, and are named
so that reports can tell who has no result."""


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
    register: Register, fates: Fates, kinds: Mapping[str, Bools], others: Bools, drawn: DrawnForms
) -> Iterator[Unreconciled]:
    """Candidates in the order of the register, then rows and rooms."""
    no_row = kinds["absent"] & kinds["status_unknown"]
    with_row = kinds["absent_but_scored"] | kinds["absent_in_quarantine"]
    by_kind = {
        "missing": kinds["missing"],
        "no_row": no_row,
        ABSENT_ONES: kinds["absent"] & ~no_row & ~with_row,
        "absent_but_scored": kinds["absent_but_scored"],
        "other_form": others,
    }
    listed = np.logical_or.reduce(list(by_kind.values()))
    listed[fates.quarantined] = True
    ids = {place: _said(candidate) for candidate, place in register.place.items() if listed[place]}
    for place in np.flatnonzero(listed).tolist():
        room, dealt = int(register.room[place]), int(register.form[place])
        who = (
            ids[place],
            register.names[place],
            register.rooms[room].shown if room >= 0 else "",
            register.columns["seat"][place],
            register.forms[dealt] if dealt >= 0 else "",
        )
        on = int(fates.form[place])
        detail = f"scored on {drawn.forms[on]}" if on >= 0 else ""
        for what, found in by_kind.items():
            if found[place]:
                yield Unreconciled(*who, what, detail)
        if rows := fates.rows.get(place):
            if on >= 0:
                what = "also_in_quarantine"
            elif kinds["absent_in_quarantine"][place]:
                what = "absent_in_quarantine"
            elif all(row.may_be for row in rows):
                what = MAY_BE
            else:
                what = "conflict" if any(row.reason in CONFLICTS for row in rows) else "in_quarantine"
            # with the id of the row where that is not the candidate's own
            where = [f"{_where(row)} as {row.candidate_id}" if row.may_be else _where(row) for row in rows]
            yield Unreconciled(*who, what, "; ".join(where))
    for candidate, on in fates.strangers:
        yield Unreconciled(_said(candidate), "", "", "", "", "not_on_roster", f"scored on {drawn.forms[on]}")
    for row in fates.others:
        what = "not_on_roster" if row.candidate_id else "row_of_nobody"
        detail = f"{_where(row)}, may be {row.may_be}" if row.may_be else _where(row)
        yield Unreconciled(row.candidate_id or "", "", "", "", "", what, detail)
    # rooms of whom nothing is known: a file that was not handed in looks so
    n = len(register.rooms)
    room_of = register.room.astype(np.int64) % (n + 1)
    nothing = kinds["status_unknown"] & kinds["absent"]
    of_room, silent = np.bincount(room_of, minlength=n + 1), np.bincount(room_of[nothing], minlength=n + 1)
    for place in np.flatnonzero((of_room == silent) & (of_room > 0)).tolist():
        if place < n:
            yield Unreconciled("", "", register.rooms[place].shown, "", "", "room_without_rows", "")


def _said(candidate: bytes) -> str:
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
    """The sums, as rows of `LEDGER_HEADER`: the total, then each room, then each form; and who is not in
    them as they should be. The empty name is of those whose room or form nobody knows."""

    rows: tuple[tuple[str | int, ...], ...]
    unreconciled: tuple[Unreconciled, ...]

    @property
    def total(self) -> dict[str, int]:
        """The counts over everybody."""
        return dict(zip(COUNTS, map(int, self.rows[0][2:]), strict=True))

    @property
    def found(self) -> dict[str, int]:
        """How often each thing does not add up, in the order of `WHAT`."""
        kinds = [one.what for one in self.unreconciled]
        return {what: n for what in WHAT if (n := kinds.count(what))}

    @property
    def is_reconciled(self) -> bool:
        """Whether everybody is accounted for."""
        return not set(self.found) - {ADDS_UP}

    def record(self) -> dict[str, Any]:
        """The ledger as it stands in the audit."""
        return {"total": self.total, "unreconciled": self.found, "reconciled": self.is_reconciled}

    def lines(self) -> list[str]:
        """The ledger as it is told on the screen; of those without a row the first are named, rooms of which
        no row came by the room."""
        said = self._sums()
        for what, count in self.found.items():
            line = tell("  {n:,} × {words} ({what})", n=count, what=what, words=WHAT[what])
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
    """The ledger of a sitting.

    `forms` are the names of the numbers of forms; `base` the form that one with an order of its own was
    drawn from, under which it is counted.
    """
    drawn = drawn_forms(forms, base or {})
    fates = fates_of(register, scored, set_aside)
    dealt = picked([drawn.number.get(form, -1) for form in register.forms], register.form)
    kinds = kinds_of(register, fates)
    strangers = np.array([form for _, form in fates.strangers], dtype=np.int64)
    rooms = [room.shown for room in register.rooms]
    of_form = picked(drawn.group, np.where(dealt >= 0, dealt, fates.form))
    rows = [
        *_rows("total", ("",), np.zeros(register.size, np.int64), kinds, np.zeros_like(strangers)),
        *_rows("room", rooms, register.room.astype(np.int64), kinds, np.full_like(strangers, -1)),
        *_rows("form", drawn.groups, of_form, kinds, picked(drawn.group, strangers)),
    ]
    others = on_other_forms(drawn, dealt, fates.form)
    return RosterLedger(tuple(rows), tuple(unreconciled(register, fates, kinds, others, drawn)))


# ── the sums ─────────────────────────────────────────────────────────────────────────────────


def _rows(
    by: str, names: Sequence[str], group: Ints, kinds: Mapping[str, Bools], strangers: Ints
) -> Iterator[tuple[str | int, ...]]:
    """A row for each name, room 2 before room 10; and one without a name where somebody is in none."""
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
