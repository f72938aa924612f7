"""Returns of centres, plan, printing, roster and newest run → discrepancies between them.

There are none before a centre has returned something. A discrepancy blocks nothing: a person examines it, and
either corrects the wrong list or records an explanation (`explain`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from examgen.capture.cells import fold
from examgen.capture.centre_cells import Moment, Serials
from examgen.capture.centre_returns import RETURN_LISTS, Incident, Packet
from examgen.capture.grader_decisions import clean_text
from examgen.core.candidate_numbers import canonical_number
from examgen.core.changes import change
from examgen.core.exam.names import RESULTS
from examgen.core.exam.package import Package, read_package
from examgen.core.exam.runs import newest_run
from examgen.core.files import PRIVATE_FOLDER, sha256
from examgen.core.models.field_types import ExamRoom
from examgen.core.models.sitting import SittingPlan
from examgen.core.person_decisions import PersonDecision
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, command, tell, tell_n
from examgen.scoring.reconcile import NOBODYS
from examgen.scoring.run_tables import read_table
from examgen.scoring.sitting_events import SittingEvents, SittingPlaces, events_of, packet_name, places_of
from examgen.scoring.sitting_folder import Sitting
from examgen.scoring.sitting_plan import plan_of
from examgen.scoring.sitting_record import SittingAct, decisions_of, put_on_record
from examgen.sitting import roster
from examgen.sitting.returned import PrintedBooklets

EARLY = timedelta(hours=1)
"""How long before the exam begins a packet may be opened."""
_MOST = 8
"""The maximum number of booklets and candidates that a sentence names."""
_PACKETS = next(one for one in RETURN_LISTS if one.name == "packets")


class Discrepancy(NamedTuple):
    """A contradiction between records, about a centre, a room, a packet or a candidate."""

    code: str
    message: Message
    """The description of the discrepancy."""
    centre: str = ""
    room: str = ""
    packet: str = ""
    """The name of the packet, with its centre."""
    candidate_id: str = ""
    source: str = ""
    """The file, sheet and line that report it first."""
    more: tuple[str, ...] = ()
    """Further booklets and candidates that the message leaves out if there are many."""
    explained: SittingAct | None = None
    """The act that explains it; None if nobody has."""

    @property
    def ref(self) -> str:
        """The reference under which it is explained; it changes if the discrepancy changes."""
        said = (self.code, self.centre, self.room, self.packet, self.candidate_id, str(self.message))
        return sha256("\n".join((*said, *self.more)).encode())[:8]

    @property
    def where(self) -> str:
        """The candidate, packet or room that it is about, for people."""
        return self.candidate_id or self.packet or ExamRoom(self.centre, self.room).shown

    def as_dict(self) -> dict[str, Any]:
        """Return the discrepancy for JSON, without empty fields."""
        said = {name: value for name, value in self._asdict().items() if value and name != "explained"}
        if self.explained is None:
            return {"ref": self.ref, **said}
        why = {"by": self.explained.by, "time": self.explained.time, "reason": self.explained.reason}
        return {"ref": self.ref, **said, "explained": why}


class Booklet(NamedTuple):
    """A printed booklet, its candidate (empty for a spare one) and its room."""

    serial: str
    base: str
    candidate_id: str
    room: ExamRoom


class _Known:
    """Records of a sitting besides the returns of centres."""

    def __init__(self, sitting: Sitting, exam: Package, events: SittingEvents) -> None:
        self.events = events
        self.plan: SittingPlan | None = plan_of(sitting.exam)
        self.places: SittingPlaces = places_of(sitting, exam)
        self.printed = PrintedBooklets.of(exam)
        candidates = exam.candidates
        self.booklets = {
            serial: Booklet(serial, base, who, self.spelt(centre, room))
            for serial, base, who, centre, room in zip(
                self.printed.serials,
                self.printed.bases,
                candidates["candidate_id"],
                exam.centres,
                candidates["room"],
                strict=True,
            )
        }
        self.people = {canonical_number(one.candidate_id): one for one in roster.people(sitting)}
        self.attendance = {canonical_number(one.candidate_id): one for one in events.attendance}
        self.acts = sitting.acts(files=False)
        self.decisions: Sequence[PersonDecision] = decisions_of(self.acts)
        run = newest_run(sitting.exam / RESULTS)
        self.run = 0 if run is None else run.number
        self.with_rows: set[str] = set()
        """Candidates with a row in the newest run, scored or set aside."""
        self.scored: dict[str, str] = {}
        """The candidate scored with each booklet, by serial, as far as rows state their serial."""
        if run is not None:
            self._read_run(
                read_table(run.folder / "candidates.csv"), read_table(run.folder / "quarantine.csv")
            )

    def _read_run(self, scored: Any, aside: Any) -> None:
        for row in scored.iter_rows(named=True):
            self.with_rows.add(canonical_number(row["candidate_id"]))
            for text in ((row.get("sheet") or "").partition(" ")[0], row["form"]):
                if text in self.booklets:
                    self.scored.setdefault(text, row["candidate_id"])
                    break
        for row in aside.iter_rows(named=True):
            if row["candidate_id"] and row["reason"] not in NOBODYS:
                self.with_rows.add(canonical_number(row["candidate_id"]))

    def spelt(self, centre: str, room: str) -> ExamRoom:
        """Return a room as the plan or the list spells it."""
        name = self.places.centres.get(fold(centre), centre) or self.places.only
        return ExamRoom(name, self.places.rooms.get(fold(name), {}).get(fold(room), room))

    def room_of(self, number: str) -> ExamRoom:
        """Return the room in which a candidate is to sit."""
        one = self.people.get(number)
        return ExamRoom("", "") if one is None else self.spelt(one.centre, one.room)

    def status_of(self, number: str) -> str:
        """Return whether a candidate was present, as recorded in the roster, otherwise on the attendance
        sheet."""
        person, sheet = self.people.get(number), self.attendance.get(number)
        return (person.status if person is not None else "") or (sheet.status if sheet is not None else "")

    @cached_property
    def rooms(self) -> dict[ExamRoom, list[str]]:
        """The rooms in which candidates are to sit, with their candidates."""
        found: dict[ExamRoom, list[str]] = {}
        for number in self.people:
            found.setdefault(self.room_of(number), []).append(number)
        return found

    @cached_property
    def contents(self) -> dict[Packet, list[str]]:
        """The serials of each packet, for packets that state them."""
        return {one: self.printed.within(one.first, one.last, one.form) for one in self.events.packets}

    @cached_property
    def centres_back(self) -> set[str]:
        """The centres that returned something, in the form used for comparisons."""
        events = self.events
        rooms = [self.room_of(number) for number in self.attendance]
        named = [fold(room.centre) for room in rooms]
        for of in RETURN_LISTS:
            named += [fold(one.centre) for one in getattr(events, of.name)]
        return {*named} - {""}

    def serials(self, said: Serials | None, packet: Packet) -> list[str] | None:
        """Return the serials in a cell of a packet; None if the cell is empty or has only a number."""
        if said is None or said.n is not None:
            return None
        if said.is_all:
            return self.contents[packet]
        found = (one for ends in said.ranges for one in self.printed.within(*ends, packet.form))
        return list(dict.fromkeys(found))


def discrepancies(sitting: Sitting) -> list[Discrepancy]:
    """Return the discrepancies in the order of the checks; none before a centre has returned anything. Raises
    Refused if files contradict each other."""
    if not sitting.returns:
        return []
    exam = read_package(sitting.exam)
    known = _Known(sitting, exam, events_of(sitting, exam))
    explained = {one.name: one for one in known.acts if one.kind == "discrepancy"}
    found = (one for check in CHECKS for one in check(known))
    return [one._replace(explained=explained.get(one.ref)) for one in found]


def open_ones(found: Iterable[Discrepancy]) -> list[Discrepancy]:
    """Return the discrepancies that nobody has explained."""
    return [one for one in found if one.explained is None]


def n_open(sitting: Sitting) -> int:
    """Return the number of discrepancies that nobody has explained; files that contradict each other count as
    one."""
    try:
        return len(open_ones(discrepancies(sitting)))
    except Refused:
        return 1


def explain(sitting: Sitting, refs: Sequence[str], by: str, reason: str) -> list[Discrepancy]:
    """Record the explanation of discrepancies, each named by its reference. Raises Refused, and writes
    nothing, if one does not exist or is already explained."""
    sitting.place.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with sitting.changing():
        found = {one.ref: one for one in discrepancies(sitting)}
        problems: list[Problem] = []
        for ref in dict.fromkeys(refs):
            one = found.get(ref)
            if one is None:
                message = tell(
                    "is not the reference of a discrepancy. {command} lists the discrepancies",
                    command=command("returns"),
                )
                problems.append(Problem(ref, "no-such-discrepancy", message))
            elif one.explained is not None:
                message = tell("was already explained, by {by}", by=one.explained.by)
                problems.append(Problem(ref, "explained-already", message))
        if problems:
            raise Refused(tell("no explanation was recorded"), problems)
        new = [
            {
                "act": "explained",
                "kind": "discrepancy",
                "file": "",
                "name": ref,
                "sha256": "",
                "size": 0,
                "reason": clean_text(reason),
                "evidence": found[ref].message.en
                if not found[ref].where
                else f"{found[ref].where}: {found[ref].message.en}",
            }
            for ref in dict.fromkeys(refs)
        ]
        with change(sitting.place, PRIVATE_FOLDER) as changed:
            acts = put_on_record(sitting.place, changed, new, clean_text(by))
        return [found[act.name]._replace(explained=act) for act in acts]


# ── centres and attendance ───────────────────────────────────────────────────────────────────


def centres_without_returns(known: _Known) -> Iterator[Discrepancy]:
    """Find centres that returned nothing."""
    for name, centre in known.places.centres.items():
        if name not in known.centres_back:
            yield Discrepancy("nothing-came-back", tell("this centre has returned nothing"), centre)


def rooms_without_attendance(known: _Known) -> Iterator[Discrepancy]:
    """Find rooms without attendance for some or all of their candidates."""
    for room, people in known.rooms.items():
        if room.centre and fold(room.centre) not in known.centres_back:
            continue
        if not any(room) and not known.attendance:
            continue
        lacking = [number for number in people if number not in known.attendance]
        if not lacking:
            continue
        if len(lacking) == len(people):
            message = tell_n(
                "attendance in this room was not returned: {n:,} candidate",
                "attendance in this room was not returned: {n:,} candidates",
                len(lacking),
            )
            yield Discrepancy("room-without-attendance", message, *room)
        else:
            message = tell_n(
                "the attendance sheet of this room does not mention {n:,} candidate: {who}",
                "the attendance sheet of this room does not mention {n:,} candidates: {who}",
                len(lacking),
                who=_some(known.people[one].candidate_id for one in lacking),
            )
            more = _rest(known.people[one].candidate_id for one in lacking)
            yield Discrepancy("attendance-missing", message, *room, more=more)


def identities(known: _Known) -> Iterator[Discrepancy]:
    """Find candidates who were present but whose identity was not checked or is in doubt."""
    named = {canonical_number(who) for one in known.events.incidents for who in one.candidates}
    for number, one in known.attendance.items():
        if one.status != "present":
            continue
        if one.identity == "doubt":
            message = (
                tell("the identity is in doubt, and an incident reports it")
                if number in named
                else tell("the identity is in doubt, but no incident reports it")
            )
            yield _of_candidate("identity-in-doubt", message, known, one)
        elif one.identity != "matched":
            message = tell("was present, but there is no record of an identity check")
            yield _of_candidate("identity-not-checked", message, known, one)
        elif not one.checked_by:
            message = tell("the identity was checked, but the checker is not recorded")
            yield _of_candidate("identity-by-nobody", message, known, one)


def attendance_and_answers(known: _Known) -> Iterator[Discrepancy]:
    """Compare attendance with answers, and seats with rooms."""
    for number, one in known.attendance.items():
        status = known.status_of(number)
        if known.people and number not in known.people:
            message = tell("is on the attendance sheet but on no list")
            yield _of_candidate("not-listed", message, known, one)
        if status != one.status:
            message = (
                tell("is present on the sheet but recorded as absent")
                if one.status == "present"
                else tell("is absent on the sheet but recorded as present")
            )
            yield _of_candidate("attendance-otherwise", message, known, one)
        room, sat = known.room_of(number), known.spelt(one.centre, one.room)
        if any(room) and any(a and b and fold(a) != fold(b) for a, b in zip(room, sat, strict=True)):
            message = tell("was seated in {sat} but is on the list of {room}", sat=sat.shown, room=room.shown)
            yield _of_candidate("sat-elsewhere", message, known, one)
        if known.run and status == "absent" and number in known.with_rows:
            message = tell("was absent, but the newest run has answers")
            yield _of_candidate("absent-with-answers", message, known, one)
        elif known.run and status == "present" and number not in known.with_rows:
            message = tell("was present, but the newest run has no answers")
            yield _of_candidate("present-without-answers", message, known, one)
        if one.serial and (booklet := known.booklets.get(_spelt(known, one.serial))) is not None:
            owner = booklet.candidate_id
            if owner and canonical_number(owner) != number:
                message = tell(
                    "had booklet {serial}, which was printed for {owner}", serial=booklet.serial, owner=owner
                )
                yield _of_candidate("booklet-of-another", message, known, one)


# ── incidents ────────────────────────────────────────────────────────────────────────────────


def incidents(known: _Known) -> Iterator[Discrepancy]:
    """Find incidents without a record of the action taken, or that name a candidate who was absent or
    elsewhere, and decisions that name an incident no longer reported."""
    for one in known.events.incidents:
        if not one.done:
            message = tell("incident {name} has no record of the action taken", name=one.name)
            yield _of_incident("incident-nothing-done", message, one)
        for who in one.candidates:
            number = canonical_number(who)
            if known.status_of(number) == "absent":
                message = tell("incident {name} names this candidate, who was absent", name=one.name)
                yield _of_incident("incident-names-absent", message, one, who)
            room = known.room_of(number)
            if room.centre and one.centre and fold(room.centre) != fold(one.centre):
                message = tell(
                    "incident {name} names this candidate, who is on the list of {room}",
                    name=one.name,
                    room=room.shown,
                )
                yield _of_incident("incident-elsewhere", message, one, who)
    for decision in known.decisions:
        if decision.incident and known.events.incident(decision.incident) is None:
            message = tell(
                "a decision on this candidate names incident {name}, which is no longer reported",
                name=decision.incident,
            )
            yield Discrepancy("incident-gone", message, candidate_id=decision.candidate_id)


def _of_incident(code: str, message: Message, one: Incident, who: str = "") -> Discrepancy:
    return Discrepancy(code, message, one.centre, one.room, candidate_id=who, source=one.source)


# ── accommodation ────────────────────────────────────────────────────────────────────────────


def accommodation(known: _Known) -> Iterator[Discrepancy]:
    """Compare the accommodations that were approved with those that were given."""
    plan = known.plan
    approved = {} if plan is None else {canonical_number(one.candidate_id): one for one in plan.accommodation}
    given = {canonical_number(one.candidate_id): one for one in known.events.accommodation}
    for number, one in approved.items():
        record = given.get(number)
        if known.status_of(number) == "absent":
            continue
        room = known.room_of(number)
        if record is None and room.centre and fold(room.centre) not in known.centres_back:
            continue  # the centre returned nothing, which is reported by another check
        if record is None:
            message = tell(
                "{given} was approved, but there is no record whether it was given", given=one.given
            )
            yield Discrepancy("accommodation-not-told", message, *room, candidate_id=one.candidate_id)
        elif not record.given:
            message = tell("{given} was approved but not given", given=one.given)
            yield _of_candidate("accommodation-not-given", message, known, record)
        elif record.extra_minutes is None and one.extra_minutes:
            message = tell(
                "{approved} extra minutes were approved, but there is no record of the minutes given",
                approved=one.extra_minutes,
            )
            yield _of_candidate("accommodation-other-time", message, known, record)
        elif record.extra_minutes is not None and record.extra_minutes != one.extra_minutes:
            message = tell(
                "{approved} extra minutes were approved, but {given} were given",
                approved=one.extra_minutes,
                given=record.extra_minutes,
            )
            yield _of_candidate("accommodation-other-time", message, known, record)
    for number, record in given.items():
        if not record.given:
            continue
        planned = approved.get(number)
        if known.status_of(number) == "absent":
            message = tell("was given {given} but was absent", given=record.given)
            yield _of_candidate("accommodation-of-absent", message, known, record)
        if planned is None and not record.approved_by:
            message = tell("was given {given} without approval", given=record.given)
            yield _of_candidate("accommodation-not-approved", message, known, record)
        if not record.reason and (planned is None or not planned.reason):
            message = tell("was given {given} without a recorded reason", given=record.given)
            yield _of_candidate("accommodation-without-reason", message, known, record)


# ── packets ──────────────────────────────────────────────────────────────────────────────────


def booklets_in_packets(known: _Known) -> Iterator[Discrepancy]:
    """Check that every printed booklet is in exactly one packet, that of its room."""
    if not known.booklets:
        return
    packets: dict[str, list[Packet]] = {}
    for packet, contents in known.contents.items():
        for serial in contents:
            packets.setdefault(serial, []).append(packet)
        if not contents:
            message = tell("lacks the numbers of its first and last booklet")
            yield _of_packet("packet-without-serials", message, packet)
    outside: dict[ExamRoom, list[str]] = {}
    for serial, booklet in known.booklets.items():
        if serial not in packets:
            outside.setdefault(booklet.room, []).append(serial)
    for room, serials in outside.items():
        if room.centre and fold(room.centre) not in known.centres_back:
            continue
        message = tell_n(
            "{n:,} printed booklet is in no packet: {serials}",
            "{n:,} printed booklets are in no packet: {serials}",
            len(serials),
            serials=_some(serials),
        )
        yield Discrepancy("serial-in-no-packet", message, *room, more=_rest(serials))
    twice: dict[tuple[Packet, Packet], list[str]] = {}
    for serial, some in packets.items():
        for pair in pairwise(some):
            twice.setdefault(pair, []).append(serial)
    for (first, second), serials in twice.items():
        message = tell_n(
            "{n:,} booklet is also in packet {other}: {serials}",
            "{n:,} booklets are also in packet {other}: {serials}",
            len(serials),
            other=packet_name(first),
            serials=_some(serials),
        )
        yield _of_packet("serial-in-two-packets", message, second, more=_rest(serials))
    for packet, contents in known.contents.items():
        for room, n in Counter(known.booklets[serial].room for serial in contents).items():
            said = known.spelt(packet.centre, packet.room)
            if any(a and b and fold(a) != fold(b) for a, b in zip(room, said, strict=True)):
                message = tell_n(
                    "{n:,} of its booklets was printed for {room}",
                    "{n:,} of its booklets were printed for {room}",
                    n,
                    room=room.shown,
                )
                yield _of_packet("packet-of-another-room", message, packet)


def counts_of_packets(known: _Known) -> Iterator[Discrepancy]:
    """Compare the numbers of packed, used, unused, void, returned and destroyed booklets of each packet."""
    for packet, contents in known.contents.items():
        unused, void = known.serials(packet.unused, packet), known.serials(packet.void, packet)
        n_unused, n_void = _count(packet.unused, unused), _count(packet.void, void)
        n = len(contents) or None
        n_told = None if packet.used is None or n_unused is None else packet.used + n_unused + (n_void or 0)
        if packet.used is None and (packet.opened_at.text or packet.returned_at.text):
            message = tell("was opened or returned, but the number of used booklets is missing")
            yield _of_packet("packet-not-counted", message, packet)
        if packet.used is not None and packet.unused is None and n != packet.used + (n_void or 0):
            message = tell(
                "{used:,} of its booklets were used, but the unused ones are not recorded", used=packet.used
            )
            yield _of_packet("packet-not-counted", message, packet)
        for column, said in (
            ("unused", packet.unused),
            ("void", packet.void),
            ("destroyed", packet.destroyed),
        ):
            if contents and said is not None and said.n not in (None, n):
                message = tell(
                    "“{column}” has {n:,} booklets without their numbers. Write the numbers",
                    n=said.n,
                    column=_PACKETS.column(column).label,
                )
                yield _of_packet("booklets-not-named", message, packet)
        if n is not None and n_told is not None and n != n_told:
            message = tell(
                "has {n:,} booklets, but {used:,} used, {unused:,} unused and {void:,} void make {told:,}",
                n=n,
                used=packet.used,
                unused=n_unused,
                void=n_void or 0,
                told=n_told,
            )
            yield _of_packet("packet-count", message, packet)
        whole = n if n is not None else n_told
        if packet.returned is not None and whole is not None and packet.returned != whole:
            message = tell(
                "has {n:,} booklets, but {returned:,} were returned", n=whole, returned=packet.returned
            )
            yield _of_packet("packet-returned", message, packet)
        if packet.returned_at.text and packet.returned is None:
            message = tell("was returned, but the number of returned booklets is missing")
            yield _of_packet("packet-return-not-counted", message, packet)
        is_out = packet.received_at.text or packet.opened_at.text or packet.used is not None
        is_back = packet.returned_at.text or packet.returned is not None
        if is_out and not is_back:
            message = tell("was sent to the centre and has no record of its return")
            yield _of_packet("packet-not-returned", message, packet)
        if packet.destroyed not in (None, Serials()) and not is_back:
            message = tell("booklets of this packet were destroyed, but their return is not recorded")
            yield _of_packet("destroyed-not-returned", message, packet)
        if packet.destroyed not in (None, Serials()) and not packet.destroyed_at.text:
            message = tell("booklets of this packet were destroyed, but the time is not recorded")
            yield _of_packet("destroying-not-told", message, packet)
        for column, serials in (
            ("unused", unused),
            ("void", void),
            ("destroyed", known.serials(packet.destroyed, packet)),
        ):
            if contents and (others := [one for one in serials or () if one not in set(contents)]):
                message = tell(
                    "{serials}, under “{column}”, are not in this packet",
                    serials=_some(others),
                    column=_PACKETS.column(column).label,
                )
                yield _of_packet("serial-of-another-packet", message, packet, more=_rest(others))
        if both := [one for one in unused or () if one in (void or ())]:
            message = tell("{serials} are both unused and void", serials=_some(both))
            yield _of_packet("unused-and-void", message, packet, more=_rest(both))
        yield from _destroyed(known, packet, unused, void)


def _destroyed(
    known: _Known, packet: Packet, unused: Sequence[str] | None, void: Sequence[str] | None
) -> Iterator[Discrepancy]:
    destroyed = known.serials(packet.destroyed, packet)
    if destroyed and unused is not None:
        left = {*unused, *(void or ())}
        if used := [one for one in destroyed if one not in left]:
            message = tell_n(
                "{n:,} used booklet was destroyed: {serials}",
                "{n:,} used booklets were destroyed: {serials}",
                len(used),
                serials=_some(used),
            )
            yield _of_packet("destroyed-but-used", message, packet, more=_rest(used))
            return
    n, n_destroyed = len(known.contents[packet]), _count(packet.destroyed, destroyed) or 0
    if packet.used and n and n_destroyed > max(n - packet.used, 0):
        message = tell(
            "has {n:,} booklets, of which {used:,} were used, but {destroyed:,} were destroyed",
            n=n,
            used=packet.used,
            destroyed=n_destroyed,
        )
        yield _of_packet("destroyed-but-used", message, packet)


def seals_and_times(known: _Known) -> Iterator[Discrepancy]:
    """Find seals that differ from the one put on, and times in an impossible order."""
    for packet in known.events.packets:
        seal, arrived, back = map(fold, (packet.seal, packet.seal_at_receipt, packet.returned_seal))
        is_opened = bool(packet.opened_at.text or packet.opened_by or packet.used)
        if seal and arrived and seal != arrived:
            message = tell(
                "was sealed with {seal} but arrived with {arrived}",
                seal=packet.seal,
                arrived=packet.seal_at_receipt,
            )
            yield _of_packet("seal-at-receipt", message, packet)
        elif seal and not arrived and (packet.received_at.text or is_opened):
            message = tell("was received, but its seal on arrival is not recorded")
            yield _of_packet("seal-not-looked-at", message, packet)
        elif not seal and (arrived or packet.received_at.text or is_opened):
            message = tell("was at the centre, but its seal at packing is not recorded")
            yield _of_packet("seal-not-told", message, packet)
        if not back and packet.returned_at.text and (seal or arrived):
            message = tell("was returned, but its seal on return is not recorded")
            yield _of_packet("seal-not-told", message, packet)
        if back and not is_opened and back != (arrived or seal):
            message = tell(
                "was not opened, but was returned with seal {back} instead of {seal}",
                back=packet.returned_seal,
                seal=packet.seal_at_receipt or packet.seal,
            )
            yield _of_packet("seal-at-return", message, packet)
        elif back and is_opened and back in (seal, arrived):
            message = tell(
                "was opened, but was returned with its original seal {seal}", seal=packet.returned_seal
            )
            yield _of_packet("seal-at-return", message, packet)
        said = [
            (name, getattr(packet, field)) for field, name in _STEPS.items() if getattr(packet, field).day
        ]
        for n, (after, second) in enumerate(said):
            wrong = [one for one in said[:n] if _is_later(one[1], second)]
            for before, first in wrong[-1:]:
                message = tell(
                    "was {after} ({second}) before it was {before} ({first})",
                    after=after,
                    second=second.text,
                    before=before,
                    first=first.text,
                )
                yield _of_packet("times-out-of-order", message, packet)
        yield from _openings(known.plan, packet)


def _openings(plan: SittingPlan | None, packet: Packet) -> Iterator[Discrepancy]:
    """Find packets that were opened outside the time of the exam, or without a record of the time."""
    opened, earliest = packet.opened_at, _opening(plan)
    is_day_alone = plan is not None and plan.begins is not None and opened.day == plan.date.isoformat()
    if ((packet.used or packet.opened_by) and not opened.text) or (is_day_alone and not opened.time):
        message = tell("was opened, but the time is not recorded")
        yield _of_packet("opening-not-told", message, packet)
    if plan is None or earliest is None or not opened.day:
        return
    if opened.day < earliest[:10] or (opened.time and opened.text < earliest):
        message = tell("was opened at {opened}, too early for the exam", opened=opened.text)
        yield _of_packet("opened-early", message, packet)
    last = f"{plan.date.isoformat()} {plan.ends or '24:00'}"
    if packet.used and (opened.day > last[:10] or (opened.time and opened.text > last)):
        message = tell(
            "was opened at {opened}, after the exam, although booklets were used", opened=opened.text
        )
        yield _of_packet("opened-late", message, packet)


_STEPS: Mapping[str, Message] = {
    "packed_at": tell("packed"),
    "received_at": tell("received"),
    "opened_at": tell("opened"),
    "returned_at": tell("returned"),
    "destroyed_at": tell("destroyed"),
}


def _opening(plan: SittingPlan | None) -> str | None:
    """Return the earliest time at which packets may be opened."""
    if plan is None:
        return None
    if plan.begins is None:
        return f"{plan.date.isoformat()} 00:00"
    return f"{datetime.fromisoformat(f'{plan.date.isoformat()}T{plan.begins}') - EARLY:%Y-%m-%d %H:%M}"


def _is_later(first: Moment, second: Moment) -> bool:
    if first.day != second.day or not first.time or not second.time:
        return first.day > second.day
    return first.time > second.time


def booklets_and_people(known: _Known) -> Iterator[Discrepancy]:
    """Compare used and unused booklets with the candidates who were present and scored."""
    for packet, contents in known.contents.items():
        unused, void = known.serials(packet.unused, packet), known.serials(packet.void, packet)
        of_people = [known.booklets[one] for one in contents if known.booklets[one].candidate_id]
        statuses = [known.status_of(canonical_number(one.candidate_id)) for one in of_people]
        if packet.used is not None and statuses and all(statuses):
            n = statuses.count("present")
            if n != packet.used:
                message = tell(
                    "{used:,} of its booklets were used, but {n:,} of their candidates were present",
                    used=packet.used,
                    n=n,
                )
                yield _of_packet("used-not-present", message, packet)
        for booklet, status in zip(of_people, statuses, strict=True):
            number = canonical_number(booklet.candidate_id)
            sheet = known.attendance.get(number)
            who = booklet.candidate_id
            is_left = booklet.serial in (unused or ()) or booklet.serial in (void or ())
            if status == "absent" and unused is not None and packet.used and not is_left:
                message = tell(
                    "was absent, but booklet {serial} is not among the unused ones", serial=booklet.serial
                )
                yield _of_packet("absent-booklet-used", message, packet, who)
            has_other = sheet is not None and sheet.serial and _spelt(known, sheet.serial) != booklet.serial
            if status == "present" and booklet.serial in (unused or ()) and not has_other:
                message = tell(
                    "was present, but booklet {serial} is among the unused ones", serial=booklet.serial
                )
                yield _of_packet("present-booklet-unused", message, packet, who)
        for serial in dict.fromkeys((*(unused or ()), *(void or ()))):
            if serial in known.scored:
                message = tell(
                    "is scored with booklet {serial}, which the centre reports as unused or void",
                    serial=serial,
                )
                yield _of_packet("unused-but-scored", message, packet, known.scored[serial])
        if known.scored and unused is not None and packet.used:
            left = {*unused, *(void or ()), *known.scored}
            spare = [one for one in contents if not known.booklets[one].candidate_id and one not in left]
            sheets = {_spelt(known, one.serial) for one in known.attendance.values() if one.serial}
            if spare := [one for one in spare if one not in sheets]:
                message = tell(
                    "{serials}, spare booklets, are not among the unused ones, but the newest "
                    "run has no answers with them",
                    serials=_some(spare),
                )
                yield _of_packet("spare-without-answers", message, packet, more=_rest(spare))


CHECKS: Sequence[Callable[[_Known], Iterator[Discrepancy]]] = (
    centres_without_returns,
    rooms_without_attendance,
    identities,
    attendance_and_answers,
    incidents,
    accommodation,
    booklets_in_packets,
    counts_of_packets,
    seals_and_times,
    booklets_and_people,
)
"""The checks, in the order of their results."""


# ── how it is told ───────────────────────────────────────────────────────────────────────────


def _of_packet(
    code: str, message: Message, packet: Packet, who: str = "", more: tuple[str, ...] = ()
) -> Discrepancy:
    name = packet_name(packet)
    return Discrepancy(code, message, packet.centre, packet.room, name, who, packet.source, more)


def _of_candidate(code: str, message: Message, known: _Known, record: Any) -> Discrepancy:
    room = known.room_of(canonical_number(record.candidate_id))
    centre, name = record.centre or room.centre, record.room or room.name
    return Discrepancy(code, message, centre, name, candidate_id=record.candidate_id, source=record.source)


def _spelt(known: _Known, serial: str) -> str:
    """Return a serial as it was printed."""
    place = known.printed.place.get(fold(serial))
    return serial if place is None else known.printed.serials[place]


def _count(said: Serials | None, serials: Sequence[str] | None) -> int | None:
    if said is None:
        return None
    return said.n if said.n is not None else len(serials or ())


def _some(texts: Iterable[str]) -> str:
    found = list(texts)
    return ", ".join([*found[:_MOST], *(["…"] if len(found) > _MOST else [])])


def _rest(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that `_some` leaves out."""
    return tuple(texts)[_MOST:]
