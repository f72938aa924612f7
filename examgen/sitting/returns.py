"""A sitting → the returns of its centres: by centre, by list, and the discrepancies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from examgen.capture.cells import fold
from examgen.capture.centre_returns import RETURN_LISTS, CentreReturns
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.package import read_package
from examgen.core.person_decisions import PersonDecision
from examgen.scoring.sitting_events import events_of, places_of
from examgen.scoring.sitting_folder import Sitting
from examgen.sitting import roster
from examgen.sitting.discrepancies import Discrepancy, discrepancies, open_ones


class CentreCounts(NamedTuple):
    """Counts of the returns of a centre; the name is empty for candidates of no known centre."""

    centre: str
    listed: int
    present: int
    absent: int
    identified: int
    """The number of those present whose identity was confirmed."""
    incidents: int
    accommodation: int
    packets: int
    returned: int
    """The number of packets with a record of their return."""
    declarations: int
    discrepancies: int
    """The number of discrepancies that nobody has explained."""


class SittingReturns(NamedTuple):
    """The returns of the centres of a sitting."""

    events: CentreReturns
    centres: tuple[CentreCounts, ...]
    decisions: Mapping[str, tuple[PersonDecision, ...]]
    """By name of an incident, the decisions about persons that refer to it."""
    discrepancies: tuple[Discrepancy, ...]

    @property
    def n_open(self) -> int:
        """The number of discrepancies that nobody has explained."""
        return len(open_ones(self.discrepancies))

    def as_dict(self) -> dict[str, Any]:
        """Return the returns for JSON."""
        decisions = {name: [one.as_dict() for one in some] for name, some in self.decisions.items()}
        return {
            "centres": [one._asdict() for one in self.centres],
            **self.events.as_dict(),
            "decisions": decisions,
            "discrepancies": [one.as_dict() for one in self.discrepancies],
            "open": self.n_open,
        }


def returns_of(sitting: Sitting) -> SittingReturns:
    """Return the returns that the sitting stores. Raises Refused if files contradict each other."""
    exam = read_package(sitting.exam)
    events, places = events_of(sitting, exam), places_of(sitting, exam)
    found = discrepancies(sitting)
    decisions: dict[str, list[PersonDecision]] = {}
    for one in sitting.decisions():
        if one.incident:
            incident = events.incident(one.incident)
            decisions.setdefault(one.incident if incident is None else incident.name, []).append(one)
    people = roster.people(sitting) if events.files else []
    centre_of = {
        canonical_number(one.candidate_id): places.centres.get(fold(one.centre), one.centre) or places.only
        for one in people
    }
    names = dict.fromkeys([*places.centres.values(), *centre_of.values()])
    for of in RETURN_LISTS:
        names |= dict.fromkeys(str(one.centre) for one in getattr(events, of.name))

    def centre(record: Any) -> str:
        return str(record.centre or centre_of.get(canonical_number(record.candidate_id), ""))

    counts = []
    for name in names:
        sheets = [one for one in events.attendance if centre(one) == name]
        came = [one for one in sheets if one.status == "present"]
        packets = [one for one in events.packets if one.centre == name]
        count = CentreCounts(
            name,
            list(centre_of.values()).count(name),
            len(came),
            len(sheets) - len(came),
            sum(one.identity == "matched" for one in came),
            sum(one.centre == name for one in events.incidents),
            sum(centre(one) == name and bool(one.given) for one in events.accommodation),
            len(packets),
            sum(bool(one.returned_at.text) or one.returned is not None for one in packets),
            sum(one.centre == name for one in events.declarations),
            sum(one.centre == name for one in open_ones(found)),
        )
        if name or any(count[1:]):
            counts.append(count)
    return SittingReturns(
        events,
        tuple(counts),
        {name: tuple(some) for name, some in decisions.items()},
        tuple(found),
    )
