"""A file that a centre returned → checked against the plan, the list, the printing and the other files; and
its attendance, entered in the roster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from examgen.capture.cells import fold
from examgen.capture.centre_cells import Serials
from examgen.capture.centre_returns import (
    RETURN_LISTS,
    Attendance,
    CentreReturns,
    read_returns,
    titles_of,
)
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.manifest import is_rated
from examgen.core.exam.package import Package, read_exam, read_package
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, option, tell
from examgen.scoring.sitting_events import SittingPlaces, merged, places_of
from examgen.scoring.sitting_folder import Sitting
from examgen.sitting import roster


class PrintedBooklets(NamedTuple):
    """The booklets that were printed for a list, in the order of the printing; none without a list."""

    place: Mapping[str, int]
    """The index of each booklet, by folded serial."""
    serials: Sequence[str]
    bases: Sequence[str]
    """The form from which each booklet was drawn."""

    @classmethod
    def of(cls, exam: Package) -> PrintedBooklets:
        """Return the booklets of a package; an exam that assessors rate has none."""
        if is_rated(exam.manifest):
            return cls({}, (), ())
        serials = exam.candidates["serial"].to_list()
        return cls(
            {fold(one): n for n, one in enumerate(serials)}, serials, exam.candidates["base"].to_list()
        )

    def within(self, first: str, last: str, form: str = "") -> list[str]:
        """Return the serials from `first` to `last`, only those of `form` if it is given."""
        start, end = self.place.get(fold(first)), self.place.get(fold(last))
        if start is None or end is None:
            return []
        return [
            self.serials[n] for n in range(start, end + 1) if not form or fold(self.bases[n]) == fold(form)
        ]


def checked(
    sitting: Sitting, name: str, data: bytes, others: Sequence[tuple[str, CentreReturns]]
) -> CentreReturns:
    """Check a returned file against the sitting, its earlier returns and the `others` added with it. Raises
    Refused with every fault and its line."""
    returned = read_returns(name, data, date.today())
    exam = read_package(sitting.exam)
    places, printed, known = places_of(sitting, exam), PrintedBooklets.of(exam), roster.known(sitting)
    problems = _exam_faults(sitting, titles_of(name, data), places)
    names = _NamesListed.of(roster.people(sitting))
    for of in RETURN_LISTS:
        for record in getattr(returned, of.name):
            faults = [
                *_place_faults(record, places, is_needed=of.name in ("incidents", "packets")),
                *_candidate_faults(record, known),
                *names.faults(record),
                *_serial_faults(record, printed),
            ]
            problems += [Problem(record.source, code, said, field=field) for field, code, said in faults]
    _, contradictions = merged([*others, (name, returned)], places)
    problems += [one for one in contradictions if one.source.startswith(f"{name}:")]
    if problems:
        raise Refused.because("{name} does not match the sitting", problems, name=name)
    return returned


Faults = Iterator[tuple[str, str, Message]]
"""The field, code and message of each fault."""


def _exam_faults(sitting: Sitting, titles: Sequence[tuple[str, str]], places: SittingPlaces) -> list[Problem]:
    """Return the problems of lines above the headings of a form that name another exam."""
    own = {fold(sitting.exam.name), fold(read_exam(sitting.exam).blueprint.exam)}
    found = []
    for where, title in titles:
        exam, dash, centre = title.partition(" – ")
        if dash and fold(centre) in places.centres and fold(exam) not in own:
            message = tell(
                "is a form of {exam}, but this is {own}. Add it to that exam, or fill in the "
                "form of this one",
                exam=exam,
                own=read_exam(sitting.exam).blueprint.exam,
            )
            found.append(Problem(where, "form-of-another-exam", message))
    return found


class _NamesListed(NamedTuple):
    """The names on a list: by candidate number, and the numbers of all people with a name."""

    name: Mapping[str, str]
    numbers: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, people: Sequence[roster.Person]) -> _NamesListed:
        """Return the names on a roster."""
        numbers: dict[str, list[str]] = {}
        for one in people:
            if one.name:
                numbers.setdefault(fold(one.name), []).append(one.candidate_id)
        return cls({canonical_number(one.candidate_id): one.name for one in people}, numbers)

    def faults(self, record: Any) -> Faults:
        """Yield a fault if the list has the name only beside other numbers, as when a column was sorted or
        moved on its own."""
        fields = record._asdict()
        if "candidate_id" not in fields or not (said := fields["name"]):
            return
        listed, others = self.name.get(canonical_number(fields["candidate_id"])), self.numbers.get(fold(said))
        if listed and others and fold(listed) != fold(said):
            message = tell(
                "{said} is the name of {other}, but {who} is {listed}. Check that number, name "
                "and details are on the same line",
                said=said,
                other=others[0],
                who=fields["candidate_id"],
                listed=listed,
            )
            yield "name", "name-of-another", message


def _place_faults(record: Any, places: SittingPlaces, is_needed: bool) -> Faults:
    known = ", ".join(places.centres.values())
    if record.centre and places.centres and fold(record.centre) not in places.centres:
        message = tell(
            "{centre} is not a centre of this sitting. Its centres: {known}",
            centre=record.centre,
            known=known,
        )
        yield "centre", "centre-not-planned", message
        return
    if not record.centre and len(places.centres) > 1:
        if is_needed:
            message = tell("has no centre. Write one of {known}", known=known)
            yield "centre", "no-centre", message
        return
    rooms = places.rooms.get(fold(record.centre or places.only)) or {}
    room = getattr(record, "room", "")
    if room and rooms and fold(room) not in rooms:
        message = tell(
            "{room} is not a room of this centre. Its rooms: {known}",
            room=room,
            known=", ".join(rooms.values()),
        )
        yield "room", "room-not-planned", message


def _candidate_faults(record: Any, known: Mapping[str, str]) -> Faults:
    if not known:
        return
    fields = record._asdict()
    named = [("candidate_id", fields["candidate_id"])] if "candidate_id" in fields else []
    named += [("candidates", one) for one in fields.get("candidates", ())]
    for field, who in named:
        if canonical_number(who) not in known:
            message = tell("{who} is on no list of this sitting and in no scored row", who=who)
            yield field, "unknown-candidate", message


def _serial_faults(record: Any, printed: PrintedBooklets) -> Faults:
    if not printed.serials:
        return
    fields = record._asdict()
    if (form := fields.get("form")) and fold(form) not in map(fold, printed.bases):
        known = ", ".join(sorted(set(printed.bases)))
        yield (
            "form",
            "unknown-form",
            tell("{form} is not a form of this exam. Its forms: {known}", form=form, known=known),
        )
    ranges = [(name, fields[name], fields[name]) for name in ("serial", "first", "last") if fields.get(name)]
    for name, value in fields.items():
        if isinstance(value, Serials):
            ranges += [(name, *ends) for ends in value.ranges]
    if fields.get("first") and fields.get("last"):
        ranges.append(("last", fields["first"], fields["last"]))
    for name, first, last in ranges:
        for one in dict.fromkeys((first, last)):
            if fold(one) not in printed.place:
                message = tell("no booklet {serial} was printed. Check the number", serial=one)
                if (name, first, last) != ("last", fields.get("first"), fields.get("last")):
                    yield name, "serial-not-printed", message
        start, end = printed.place.get(fold(first)), printed.place.get(fold(last))
        if start is not None and end is not None and start > end:
            message = tell(
                "{first} was printed after {last}. Write the first one first", first=first, last=last
            )
            yield name, "serials-backwards", message


# ── attendance ───────────────────────────────────────────────────────────────────────────────


def recorded(sitting: Sitting, returned: Sequence[CentreReturns], replace: bool) -> bytes | None:
    """Return the roster with the attendance in returns for the people it lists; None if nothing changes.
    Raises Refused if a different status is recorded, unless `replace` is set."""
    said: dict[str, Attendance] = {}
    for one in returned:
        said |= {canonical_number(each.candidate_id): each for each in one.attendance}
    people = roster.people(sitting)
    problems: list[Problem] = []
    statuses: dict[str, str] = {}
    for person in people:
        each = said.get(canonical_number(person.candidate_id))
        if each is None or each.status == person.status:
            continue
        statuses[person.candidate_id] = each.status
        if person.status and not replace:
            words = {"present": tell("present at the exam"), "absent": tell("absent")}
            message = tell(
                "{who} is recorded as {before}. Find out which is correct; if the sheet is "
                "correct, use {replace} and give the reason",
                who=person.candidate_id,
                before=words[person.status],
                replace=option("replace"),
            )
            problems.append(Problem(each.source, "recorded-otherwise", message, field="status"))
    if problems:
        raise Refused.because("the sheet contradicts the record", problems)
    return roster.with_statuses(people, statuses) if statuses else None
