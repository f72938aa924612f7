"""Prefilled content of the forms of a centre, line by line in the columns of `RETURN_LISTS`.

A centre is told who sits where with which booklet, which packet holds which booklets, who invigilates, and
what candidates are to be given: not why, which is nobody's business there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from examgen.capture.centre_returns import ListName
from examgen.core.words import tell

N_INCIDENTS = 30
"""Numbered lines for incidents in a workbook."""
N_EMPTY = 10
"""Lines without anything filled in, for what nobody foresaw."""
INVIGILATOR = tell("invigilator")

Line = Mapping[str, str]
"""Cells of a line that are filled in, by the name of the column."""


class ListedPerson(NamedTuple):
    """A candidate of a centre, or a spare booklet of a room where the number is empty."""

    candidate_id: str
    name: str
    room: str
    seat: str
    serial: str
    """Empty where no booklet was dealt."""


class PlannedAccommodation(NamedTuple):
    """Accommodation that a candidate of the centre is to get."""

    person: ListedPerson
    given: str
    minutes: int
    ends: str
    """When the exam ends for them; empty where the plan does not say."""

    @property
    def approved(self) -> str:
        """In one cell."""
        if not self.minutes:
            return self.given
        return tell("{given}, {n} more minutes", given=self.given, n=self.minutes).th


class ListedPacket(NamedTuple):
    """The packet of a room: its booklets from the first to the last, as they were dealt."""

    name: str
    room: str
    first: str
    last: str
    n: int


class CentreContents(NamedTuple):
    """Facts about a centre before the day."""

    centre: str
    """Empty where neither list nor plan names one."""
    people: tuple[ListedPerson, ...]
    """By room and seat, spare booklets behind those of their room."""
    accommodation: tuple[PlannedAccommodation, ...]
    invigilators: tuple[tuple[str, str], ...]
    """Name and room."""

    @property
    def candidates(self) -> tuple[ListedPerson, ...]:
        """Those who are to come."""
        return tuple(one for one in self.people if one.candidate_id)

    @property
    def packets(self) -> tuple[ListedPacket, ...]:
        """A packet for each room that has booklets, which is called as the room."""
        found = []
        for room, some in groupby(self.people, key=lambda one: one.room):
            serials = [one.serial for one in some if one.serial]
            if serials:
                found.append(ListedPacket(room or "1", room, serials[0], serials[-1], len(serials)))
        return tuple(found)

    def lines(self, name: ListName) -> Sequence[Line]:
        """The lines of a list: those with something filled in, then empty ones."""
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
