"""The roster of a sitting: who was registered in each room, and who came. `score` reads it.

The roster is a table with fixed columns. It begins as the list for which booklets were printed, or as a list
that somebody uploads. Attendance is recorded one room at a time: two people can record different rooms
without conflict, and in the same room the second person sees what the first has recorded.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.capture.candidate_lists import read_register
from examgen.core.candidate_numbers import canonical_number, writing_of
from examgen.core.column_names import CENTRE
from examgen.core.csv_files import csv_cells
from examgen.core.exam.names import CANDIDATES_CSV, FORMS_CSV, KEY_CSV, MANIFEST, RESULTS, SNAPSHOT
from examgen.core.exam.package import read_package
from examgen.core.exam.runs import newest_run
from examgen.core.files import read_input, write_file
from examgen.core.models.field_types import ExamRoom
from examgen.core.problems import Problem, Refused
from examgen.core.readings import Readings
from examgen.core.register import ABSENT, PRESENT, TRAINER, Register
from examgen.core.words import Message, joined, tell
from examgen.scoring.run_tables import read_table
from examgen.scoring.sitting_folder import CHANGED, ROSTER, Sitting, SittingChanged, mark
from examgen.sitting.worklist import NAMED

HEADS = ("candidate_id", "name", "room", "seat", "form", "serial", "base", "status")
"""The columns of the package's own list: protected cells are read back as they were."""
STATUSES = ("present", "absent", "")


def detail_words(text: str) -> Message:
    """Return the detail of a discrepancy in words. It may name a row with its reason, or a form."""
    return joined((_detail(part) for part in text.split("; ")), between="; ")


def _detail(text: str) -> str:
    code, is_row, row = text.partition(" at ")
    if is_row and code in NAMED:
        where, _, may_be = row.partition(", may be ")
        said = tell("{reason} ({where})", reason=NAMED[code], where=where)
        return tell("{said}; may be {id}", said=said, id=may_be) if may_be else said
    form = text.removeprefix("scored on ")
    return tell("scored on {form}", form=form) if form != text else text


_SAID = {PRESENT: "present", ABSENT: "absent"}


class Person(NamedTuple):
    """A person on the roster."""

    candidate_id: str
    name: str
    centre: str
    room: str
    seat: str
    form: str
    status: str
    organisation: str
    trainer: str

    @property
    def exam_room(self) -> ExamRoom:
        """The room in which the person is to sit."""
        return ExamRoom(self.centre, self.room)


class Room(NamedTuple):
    """A room with the people who are to sit there, in roster order; rooms are numbered from 1."""

    number: int
    of: ExamRoom
    people: tuple[Person, ...]

    @property
    def name(self) -> str:
        """The name shown to people."""
        return self.of.shown

    def count(self, status: str) -> int:
        """Return the number of people with that status; an empty status means not known."""
        return sum(one.status == status for one in self.people)

    @property
    def state(self) -> str:
        """A digest of the room's attendance, which shows whether it has changed since a page showed it."""
        return attendance_state(self.people)


def attendance_state(found: Iterable[Person]) -> str:
    """Return a digest of the attendance, which shows whether it has changed since a page showed it."""
    return mark("\n".join(f"{one.candidate_id}\t{one.status}" for one in found))


def people(sitting: Sitting) -> list[Person]:
    """Return the people on the roster or, before there is one, on the list for which booklets were printed;
    empty without either."""
    path = sitting.given(ROSTER) or sitting.exam / CANDIDATES_CSV
    if not path.is_file():
        return []
    rests_on = [path, *(sitting.exam / name for name in _PACKAGE)]
    return [*_people.of(path, rests_on, lambda: read(sitting, path.name, read_input(path)))]


_PACKAGE = (MANIFEST, KEY_CSV, FORMS_CSV, SNAPSHOT, CANDIDATES_CSV)
_people = Readings[list[Person]](8)
"""Cached, because pages ask for them repeatedly and a list may have 200,000 people."""


def known(sitting: Sitting, without: Collection[str] = ()) -> dict[str, str]:
    """Return how the roster, the list or the newest run writes each candidate number, by canonical number.
    Rows that the run set aside for a reason in `without` are left out."""
    found = [one.candidate_id for one in people(sitting)]
    found += [who for who in read_package(sitting.exam).candidates["candidate_id"] if who]
    if (run := newest_run(sitting.exam / RESULTS)) is not None:
        aside = read_table(run.folder / "quarantine.csv").select("candidate_id", "reason").rows()
        found += [who for who in read_table(run.folder / "candidates.csv")["candidate_id"].to_list() if who]
        found += [who for who, reason in aside if who and reason not in without]
    return {canonical_number(one): one for one in reversed(found)}


def names(sitting: Sitting) -> dict[str, str]:
    """Return the names on the roster by candidate number; none if it cannot be read (its own page reports
    that)."""
    try:
        return {one.candidate_id: one.name for one in people(sitting) if one.name}
    except Refused:
        return {}


def printed_for(sitting: Sitting, candidate_id: str) -> Person | None:
    """Return the person for whom a form was printed under that number; None if the roster is unreadable."""
    number = canonical_number(candidate_id)
    try:
        found = [one for one in people(sitting) if one.form and canonical_number(one.candidate_id) == number]
    except Refused:
        return None
    return found[0] if number and found else None


def rooms(sitting: Sitting) -> list[Room]:
    """Return the rooms of the roster, in the order of their first occurrence."""
    found: dict[ExamRoom, list[Person]] = {}
    for one in people(sitting):
        found.setdefault(one.exam_room, []).append(one)
    return [Room(n, of, tuple(some)) for n, (of, some) in enumerate(found.items(), 1)]


def read(sitting: Sitting, name: str, data: bytes) -> list[Person]:
    """Return the people on a roster with that name and content. Raises Refused with every fault."""
    return list(_People(register(sitting, name, data)))


def register(sitting: Sitting, name: str, data: bytes) -> Register:
    """Return the roster as columns, without an object for each person."""
    asked = read_package(sitting.exam)
    forms = asked.form_names
    serials = dict(asked.candidates.select("serial", "form").iter_rows())
    dealt = filter(None, asked.candidates["candidate_id"])
    return read_register(name, data, forms, serials, writing_of(dealt), asked.codes)


class _People:
    """The people on a roster, each made during iteration; `known` is the attendance used if the roster has
    none."""

    def __init__(self, of: Register, known: Mapping[str, str] | None = None) -> None:
        self._of, self._known = of, known or {}

    def __iter__(self) -> Iterator[Person]:
        found, rooms = self._of, [*self._of.rooms, ExamRoom("", "")]  # the last one is for room -1
        forms = [*found.forms, ""]
        columns = found.names, *(found.columns[name] for name in ("seat", "organisation", TRAINER))
        numbers = found.room.tolist(), found.form.tolist(), found.status.tolist()
        for one, name, seat, organisation, trainer, room, form, status in zip(
            found.place, *columns, *numbers, strict=True
        ):
            who, of = one.decode("utf-8", "surrogateescape"), rooms[room]
            said = _SAID.get(status) or self._known.get(who, "")
            yield Person(who, name, of.centre, of.name, seat, forms[form], said, organisation, trainer)


def list_state(sitting: Sitting) -> str:
    """Return a digest of the list on the roster, whatever its attendance; empty without a roster."""
    if sitting.given(ROSTER) is None:
        return ""
    try:
        found = people(sitting)
    except Refused:  # a new list repairs it
        return sitting.state(ROSTER)
    listed = "\n".join("\t".join(one._replace(status="")) for one in found)
    return mark(listed)


def take_list(sitting: Sitting, name: str, path: Path, seen: str) -> int:
    """Save a list of registered candidates as the roster, in place of the one that the user has `seen`.

    Candidates who stay on the list keep their recorded attendance. Returns the number of candidates. Raises
    Refused with every fault and its line, SittingChanged if the roster has changed meanwhile.
    """
    with sitting.changing():
        data, n = merged_list(sitting, name, read_input(path))
        if list_state(sitting) != seen:
            raise SittingChanged
        write_file(sitting.path(ROSTER), data, within=sitting.place)
    return n


def merged_list(sitting: Sitting, name: str, data: bytes) -> tuple[bytes, int]:
    """Return the roster made from a list of registered candidates and the recorded attendance, and the number
    of candidates.

    Raises Refused with every fault of the list and its line.
    """
    given = register(sitting, name, data)
    before = {one.candidate_id: one.status for one in people(sitting)} if sitting.given(ROSTER) else {}
    return _written(_People(given, before)), given.size


def left_out(sitting: Sitting, data: bytes) -> list[str]:
    """Return the candidates on the current roster of the sitting, if there is one, who are missing from this
    one."""
    if not sitting.given(ROSTER):
        return []
    kept = {canonical_number(one.candidate_id) for one in read(sitting, ROSTER, data)}
    return [one.candidate_id for one in people(sitting) if canonical_number(one.candidate_id) not in kept]


def record_room(sitting: Sitting, room: ExamRoom, statuses: Mapping[str, str], seen: str) -> Room:
    """Record who came to a room, and return the room; `seen` is the state that the page showed.

    Raises Refused, and writes nothing, if somebody else has recorded attendance in that room meanwhile.
    """
    with sitting.changing():
        found = next((one for one in rooms(sitting) if one.of == room), None)
        if found is None:
            raise Refused.because("this room is no longer in the roster. Reload the page")
        if found.state != seen:
            message = tell("somebody else has recorded attendance in this room meanwhile")
            raise Refused(message, [Problem(ROSTER, CHANGED, message)])
        now = [
            one._replace(
                status=said if (said := statuses.get(one.candidate_id, one.status)) in STATUSES else ""
            )
            if one.exam_room == room
            else one
            for one in people(sitting)
        ]
        write_file(sitting.path(ROSTER), _written(now), within=sitting.place)
    return next(one for one in rooms(sitting) if one.of == room)


def record_rest(sitting: Sitting, absent: Collection[str], seen: str) -> int:
    """Record everybody without recorded attendance as present or, if they are in `absent`, as absent; return
    their number. `seen` is the state of the attendance that the page showed.

    Raises Refused, and writes nothing, if somebody else has recorded attendance meanwhile.
    """
    with sitting.changing():
        found = people(sitting)
        if attendance_state(found) != seen:
            message = tell("somebody else has recorded attendance meanwhile")
            raise Refused(message, [Problem(ROSTER, CHANGED, message)])
        rest = [one.candidate_id for one in found if not one.status]
        statuses = {who: "absent" if who in absent else "present" for who in rest}
        write_file(sitting.path(ROSTER), with_statuses(found, statuses), within=sitting.place)
    return len(rest)


def with_statuses(found: Sequence[Person], statuses: Mapping[str, str]) -> bytes:
    """Return the roster with a changed status for some candidates, by candidate number as the roster writes
    it."""
    return _written([one._replace(status=statuses.get(one.candidate_id, one.status)) for one in found])


def _written(found: Iterable[Person]) -> bytes:
    named = [name for name in (CENTRE, "organisation", TRAINER) if any(getattr(one, name) for one in found)]
    written = io.BytesIO()
    with io.TextIOWrapper(written, "utf-8-sig", "surrogateescape", newline="") as out:
        out.write(",".join((*HEADS, *named)) + "\n")
        for one in found:
            own = one.candidate_id, one.name, one.room, one.seat, one.form, "", "", one.status
            out.write(csv_cells((*own, *(getattr(one, name) for name in named))) + "\n")
        out.flush()
        return written.getvalue()


def ledger(folder: Path, name: str) -> list[dict[str, str]]:
    """Return the lines of `ledger.csv` or `unreconciled.csv` of a run; none if it had no roster."""
    path = folder / name
    if not path.is_file():
        return []
    return list(csv.DictReader(io.StringIO(read_input(path).decode("utf-8-sig"), newline="")))
