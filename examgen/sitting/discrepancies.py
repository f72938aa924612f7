"""Returns of centres, plan, printing, roster and newest run → discrepancies between them.

There are none before a centre has returned something. A discrepancy blocks nothing: a person examines it, and
either corrects the wrong list or records an explanation (`explain`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from examgen.capture.cells import fold
from examgen.capture.centre_cells import Serials
from examgen.capture.centre_returns import RETURN_LISTS, CentreReturns, Packet
from examgen.capture.grader_decisions import clean_text
from examgen.core.candidate_numbers import canonical_number
from examgen.core.changes import change
from examgen.core.exam.names import RESULTS
from examgen.core.exam.package import read_package
from examgen.core.exam.runs import newest_run
from examgen.core.files import PRIVATE_FOLDER, sha256
from examgen.core.models.field_types import ExamRoom
from examgen.core.models.sitting import SittingPlan
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, command, tell, tell_n
from examgen.scoring.reconcile import NOBODYS
from examgen.scoring.run_tables import read_table
from examgen.scoring.sitting_events import events_of, packet_name, places_of
from examgen.scoring.sitting_folder import Sitting
from examgen.scoring.sitting_plan import plan_of
from examgen.scoring.sitting_record import SittingAct, put_on_record
from examgen.sitting import roster
from examgen.sitting.returned import PrintedBooklets

EARLY = timedelta(hours=1)
"""How long before the exam begins a packet may be opened."""
_MOST = 8
"""The maximum number of candidates or booklets that a sentence names."""


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
    """Further candidates or booklets that the message leaves out if there are many."""
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


class _Known:
    """Records of a sitting, the returns of centres among them."""

    def __init__(self, sitting: Sitting) -> None:
        exam = read_package(sitting.exam)
        self.events: CentreReturns = events_of(sitting, exam)
        self.plan: SittingPlan | None = plan_of(sitting.exam)
        self.places = places_of(sitting, exam)
        self.printed = PrintedBooklets.of(exam)
        self.owner = dict(zip(self.printed.serials, exam.candidates["candidate_id"], strict=False))
        """The candidate of each printed booklet, empty for a spare one, by serial."""
        rooms = zip(exam.centres, exam.candidates["room"], strict=True)
        self.room = dict(zip(self.printed.serials, (self.spelt(*room) for room in rooms), strict=False))
        """The room for which each booklet was printed, by serial."""
        self.people = {canonical_number(one.candidate_id): one for one in roster.people(sitting)}
        self.attendance = {canonical_number(one.candidate_id): one for one in self.events.attendance}
        back = [self.room_of(number).centre for number in self.attendance]
        back += [one.centre for of in RETURN_LISTS for one in getattr(self.events, of.name)]
        self.centres_back = {*map(fold, back)} - {""}
        """The centres that returned something, in the form used for comparisons."""
        self.with_rows: set[str] = set()
        """Candidates with a row in the newest run, scored or set aside."""
        self.scored: dict[str, str] = {}
        """The candidate scored with each booklet, by serial, as far as rows state their serial."""
        run = newest_run(sitting.exam / RESULTS)
        self.run = 0 if run is None else run.number
        if run is not None:
            self._read_run(run.folder)

    def _read_run(self, folder: Path) -> None:
        for row in read_table(folder / "candidates.csv").iter_rows(named=True):
            self.with_rows.add(canonical_number(row["candidate_id"]))
            for text in ((row.get("sheet") or "").partition(" ")[0], row["form"]):
                if text in self.owner:
                    self.scored.setdefault(text, row["candidate_id"])
                    break
        for row in read_table(folder / "quarantine.csv").iter_rows(named=True):
            if row["candidate_id"] and row["reason"] not in NOBODYS:
                self.with_rows.add(canonical_number(row["candidate_id"]))

    def room_of(self, number: str) -> ExamRoom:
        """Return the room in which a candidate is to sit."""
        one = self.people.get(number)
        return ExamRoom("", "") if one is None else self.spelt(one.centre, one.room)

    def spelt(self, centre: str, room: str) -> ExamRoom:
        """Return a room as the plan or the list spells it."""
        name = self.places.centres.get(fold(centre), centre) or self.places.only
        return ExamRoom(name, self.places.rooms.get(fold(name), {}).get(fold(room), room))

    def status_of(self, number: str) -> str:
        """Return whether a candidate was present, as recorded in the roster, otherwise on the attendance
        sheet."""
        person, sheet = self.people.get(number), self.attendance.get(number)
        return (person.status if person is not None else "") or (sheet.status if sheet is not None else "")

    def contents(self, packet: Packet) -> list[str]:
        """Return the serials of the booklets in a packet; none if it does not state them."""
        return self.printed.within(packet.first, packet.last, packet.form)

    def serials(self, cell: Serials | None, packet: Packet) -> list[str]:
        """Return the serials that a cell of a packet names; none if it is empty or has only a number."""
        if cell is None:
            return []
        if cell.is_all:
            return self.contents(packet)
        found = (one for ends in cell.ranges for one in self.printed.within(*ends, packet.form))
        return list(dict.fromkeys(found))

    def count(self, cell: Serials | None, packet: Packet) -> int | None:
        """Return the number of booklets in a cell of a packet; None if it is empty."""
        if cell is None or cell.n is not None:
            return None if cell is None else cell.n
        return len(self.serials(cell, packet))


def discrepancies(sitting: Sitting) -> list[Discrepancy]:
    """Return the discrepancies in the order of the checks; none before a centre has returned anything. Raises
    Refused if files contradict each other."""
    if not sitting.returns:
        return []
    known = _Known(sitting)
    explained = {one.name: one for one in sitting.acts(files=False) if one.kind == "discrepancy"}
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
            raise Refused.because("no explanation was recorded", problems)
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


# ── centres and candidates ───────────────────────────────────────────────────────────────────


def centres_and_rooms(known: _Known) -> Iterator[Discrepancy]:
    """Find centres that returned nothing, and rooms of other centres without the attendance of candidates."""
    for name, centre in known.places.centres.items():
        if name not in known.centres_back:
            yield Discrepancy("nothing-came-back", tell("this centre has returned nothing"), centre)
    rooms: dict[ExamRoom, list[str]] = {}
    for number, person in known.people.items():
        if number not in known.attendance:
            rooms.setdefault(known.room_of(number), []).append(person.candidate_id)
    for room, people in rooms.items():
        is_back = fold(room.centre) in known.centres_back if room.centre else bool(known.attendance)
        if is_back:
            message = tell_n(
                "there is no attendance of {n:,} candidate of this room: {who}",
                "there is no attendance of {n:,} candidates of this room: {who}",
                len(people),
                who=_some(people),
            )
            yield Discrepancy("attendance-missing", message, *room, more=tuple(people[_MOST:]))


def candidates(known: _Known) -> Iterator[Discrepancy]:
    """Find candidates whose identity is in doubt or was not checked, and those whose attendance contradicts
    the list, the roster or the answers."""
    for number, one in known.attendance.items():
        status = known.status_of(number)
        if one.status == "present" and one.identity == "doubt":
            yield _of_candidate("identity-in-doubt", tell("the identity is in doubt"), known, one)
        elif one.status == "present" and one.identity != "matched":
            message = tell("was present, but there is no record of an identity check")
            yield _of_candidate("identity-not-checked", message, known, one)
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
        if known.run and status == "absent" and number in known.with_rows:
            message = tell("was absent, but the newest run has answers")
            yield _of_candidate("absent-with-answers", message, known, one)
        elif known.run and status == "present" and number not in known.with_rows:
            message = tell("was present, but the newest run has no answers")
            yield _of_candidate("present-without-answers", message, known, one)


def incidents(known: _Known) -> Iterator[Discrepancy]:
    """Find incidents without a record of the action taken."""
    for one in known.events.incidents:
        if not one.done:
            message = tell("incident {name} has no record of the action taken", name=one.name)
            yield Discrepancy("incident-nothing-done", message, one.centre, one.room, source=one.source)


def accommodation(known: _Known) -> Iterator[Discrepancy]:
    """Find accommodation that was approved but not given as approved, or given without approval."""
    planned = () if known.plan is None else known.plan.accommodation
    approved = {canonical_number(one.candidate_id): one for one in planned}
    given = {canonical_number(one.candidate_id): one for one in known.events.accommodation}
    for number, one in approved.items():
        record, room = given.get(number), known.room_of(number)
        is_back = not room.centre or fold(room.centre) in known.centres_back
        if known.status_of(number) == "absent" or (record is None and not is_back):
            continue
        if record is None:
            message = tell(
                "{given} was approved, but there is no record whether it was given", given=one.given
            )
            yield Discrepancy("accommodation-not-given", message, *room, candidate_id=one.candidate_id)
        elif not record.given:
            message = tell("{given} was approved but not given", given=one.given)
            yield _of_candidate("accommodation-not-given", message, known, record)
        elif (record.extra_minutes or 0) != (one.extra_minutes or 0):
            message = tell(
                "{approved} extra minutes were approved, but {given} were given",
                approved=one.extra_minutes or 0,
                given=record.extra_minutes or 0,
            )
            yield _of_candidate("accommodation-other-time", message, known, record)
    for number, record in given.items():
        if record.given and number not in approved and not record.approved_by:
            message = tell("was given {given} without approval", given=record.given)
            yield _of_candidate("accommodation-not-approved", message, known, record)


# ── packets ──────────────────────────────────────────────────────────────────────────────────


def booklets_in_no_packet(known: _Known) -> Iterator[Discrepancy]:
    """Find printed booklets that are in no packet of a centre that returned something."""
    inside = {serial for packet in known.events.packets for serial in known.contents(packet)}
    rooms: dict[ExamRoom, list[str]] = {}
    for serial, room in known.room.items():
        if serial not in inside and (not room.centre or fold(room.centre) in known.centres_back):
            rooms.setdefault(room, []).append(serial)
    for room, serials in rooms.items():
        message = tell_n(
            "{n:,} printed booklet is in no packet: {serials}",
            "{n:,} printed booklets are in no packet: {serials}",
            len(serials),
            serials=_some(serials),
        )
        yield Discrepancy("serial-in-no-packet", message, *room, more=tuple(serials[_MOST:]))


def counts_of_packets(known: _Known) -> Iterator[Discrepancy]:
    """Compare the numbers of booklets of each packet: in it, used, unused, void and returned; and the used
    ones with the candidates who were present."""
    for packet in known.events.packets:
        contents, used = known.contents(packet), packet.used
        unused, void = known.count(packet.unused, packet), known.count(packet.void, packet) or 0
        total = None if used is None or unused is None else used + unused + void
        n = len(contents) or total
        if n is not None and total not in (None, n):
            message = tell(
                "has {n:,} booklets, but {used:,} used, {unused:,} unused and {void:,} void make {told:,}",
                n=n,
                used=used,
                unused=unused,
                void=void,
                told=total,
            )
            yield _of_packet("packet-count", message, packet)
        if n is not None and packet.returned not in (None, n):
            message = tell(
                "has {n:,} booklets, but {returned:,} were returned", n=n, returned=packet.returned
            )
            yield _of_packet("packet-returned", message, packet)
        is_out = packet.received_at.text or packet.opened_at.text or used is not None
        if is_out and not packet.returned_at.text and packet.returned is None:
            message = tell("was sent to the centre and has no record of its return")
            yield _of_packet("packet-not-returned", message, packet)
        owners = [known.owner[serial] for serial in contents if known.owner[serial]]
        statuses = [known.status_of(canonical_number(who)) for who in owners]
        if used is not None and statuses and all(statuses) and statuses.count("present") != used:
            message = tell(
                "{used:,} of its booklets were used, but {n:,} of their candidates were present",
                used=used,
                n=statuses.count("present"),
            )
            yield _of_packet("used-not-present", message, packet)


def unused_booklets(known: _Known) -> Iterator[Discrepancy]:
    """Find candidates who were scored with a booklet that the centre reports as unused or void."""
    for packet in known.events.packets:
        left = [*known.serials(packet.unused, packet), *known.serials(packet.void, packet)]
        for serial in dict.fromkeys(left):
            if serial in known.scored:
                message = tell(
                    "is scored with booklet {serial}, which the centre reports as unused or void",
                    serial=serial,
                )
                yield _of_packet("unused-but-scored", message, packet, known.scored[serial])


def seals_and_openings(known: _Known) -> Iterator[Discrepancy]:
    """Find packets that arrived with another seal than the one put on, or were opened too early."""
    earliest = _opening(known.plan)
    for packet in known.events.packets:
        if packet.seal and packet.seal_at_receipt and fold(packet.seal) != fold(packet.seal_at_receipt):
            message = tell(
                "was sealed with {seal} but arrived with {arrived}",
                seal=packet.seal,
                arrived=packet.seal_at_receipt,
            )
            yield _of_packet("seal-at-receipt", message, packet)
        opened = packet.opened_at
        is_early = opened.day < earliest[:10] or (bool(opened.time) and opened.text < earliest)
        if opened.day and is_early:
            message = tell("was opened at {opened}, too early for the exam", opened=opened.text)
            yield _of_packet("opened-early", message, packet)


def _opening(plan: SittingPlan | None) -> str:
    """Return the earliest day and time at which packets may be opened; empty without a plan."""
    if plan is None:
        return ""
    if plan.begins is None:
        return f"{plan.date.isoformat()} 00:00"
    return f"{datetime.fromisoformat(f'{plan.date.isoformat()}T{plan.begins}') - EARLY:%Y-%m-%d %H:%M}"


CHECKS: Sequence[Callable[[_Known], Iterator[Discrepancy]]] = (
    centres_and_rooms,
    candidates,
    incidents,
    accommodation,
    booklets_in_no_packet,
    counts_of_packets,
    unused_booklets,
    seals_and_openings,
)
"""The checks, in the order of their results."""


def _some(texts: Sequence[str]) -> str:
    return ", ".join([*texts[:_MOST], *(["…"] if texts[_MOST:] else [])])


def _of_packet(code: str, message: Message, packet: Packet, who: str = "") -> Discrepancy:
    name = packet_name(packet)
    return Discrepancy(code, message, packet.centre, packet.room, name, who, packet.source)


def _of_candidate(code: str, message: Message, known: _Known, record: Any) -> Discrepancy:
    room = known.room_of(canonical_number(record.candidate_id))
    centre, name = record.centre or room.centre, record.room or room.name
    return Discrepancy(code, message, centre, name, candidate_id=record.candidate_id, source=record.source)
