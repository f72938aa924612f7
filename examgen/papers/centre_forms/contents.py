"""Prefilled content of the forms of a centre, line by line in the columns of `RETURN_LISTS`.

A centre learns who has which seat and booklet, which packet contains which booklets, who invigilates, and
which accommodations candidates get. It does not learn the reasons for accommodations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from examgen.capture.centre_returns import ListName
from examgen.core.words import tell, tell_n

N_INCIDENTS = 30
"""The number of numbered lines for incidents in a workbook."""
N_EMPTY = 10
"""The number of empty lines in a list, for unforeseen entries."""
INVIGILATOR = tell("invigilator")

Line = Mapping[str, str]
"""The prefilled cells of a line, by the name of the column."""


class ListedPerson(NamedTuple):
    """A candidate of a centre; with an empty number, a spare booklet of a room."""

    candidate_id: str
    name: str
    room: str
    seat: str
    serial: str
    """The serial of the booklet; empty if none is assigned."""


class PlannedAccommodation(NamedTuple):
    """An accommodation that a candidate of the centre gets."""

    person: ListedPerson
    given: str
    minutes: int
    ends: str
    """When the exam ends for the candidate; empty if the plan does not state it."""

    @property
    def approved(self) -> str:
        """The accommodation with its extra minutes, as text for one cell."""
        if not self.minutes:
            return self.given
        return tell_n(
            "{given}, {n} more minute", "{given}, {n} more minutes", self.minutes, given=self.given
        ).th


class ListedPacket(NamedTuple):
    """The packet of a room: its booklets from the first serial to the last, and their number."""

    name: str
    room: str
    first: str
    last: str
    n: int


class CentreContents(NamedTuple):
    """What is known about a centre before the exam."""

    centre: str
    """The name of the centre; empty if neither list nor plan names one."""
    people: tuple[ListedPerson, ...]
    """Candidates by room and seat, followed by the spare booklets of each room."""
    accommodation: tuple[PlannedAccommodation, ...]
    invigilators: tuple[tuple[str, str], ...]
    """Name and room of each invigilator."""

    @property
    def candidates(self) -> tuple[ListedPerson, ...]:
        """The candidates of the centre, without spare booklets."""
        return tuple(one for one in self.people if one.candidate_id)

    @property
    def packets(self) -> tuple[ListedPacket, ...]:
        """A packet for each room that has booklets, with the name of the room."""
        found = []
        for room, some in groupby(self.people, key=lambda one: one.room):
            serials = [one.serial for one in some if one.serial]
            if serials:
                found.append(ListedPacket(room or "1", room, serials[0], serials[-1], len(serials)))
        return tuple(found)

    def lines(self, name: ListName) -> Sequence[Line]:
        """Return the lines of a list: prefilled ones first, then empty ones."""
        here = {"centre": self.centre}
        if name == "attendance":
            return [{**here, **one._asdict()} for one in self.candidates]
        if name == "incidents":
            return [{**here, "number": str(n)} for n in range(1, N_INCIDENTS + 1)]
        if name == "accommodation":
            planned = [
                {**here, **one.person._asdict(), "approved": one.approved} for one in self.accommodation
            ]
            return [*planned, *({} for _ in range(N_EMPTY))]
        if name == "packets":
            packets = [
                {**here, "packet": one.name, "room": one.room, "first": one.first, "last": one.last}
                for one in self.packets
            ]
            return [*packets, *({} for _ in range(N_EMPTY))]
        names = dict.fromkeys(who for who, _ in self.invigilators)
        declared = [{**here, "name": who, "role": INVIGILATOR.th} for who in names]
        return [*declared, *({} for _ in range(N_EMPTY))]
