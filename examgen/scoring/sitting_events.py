"""What happened at the centres of a sitting: the files that they returned → `CentreReturns`.

Several files may describe one candidate, incident or packet, each in other columns. Their cells are combined,
and two that differ are a fault of the later file. Centres and rooms are spelt as in the plan of the sitting
or the list of the printing. If there is only one centre, it need not be named. A time without a date is on
the day of the exam.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from examgen.capture.cells import fold
from examgen.capture.centre_cells import Moment
from examgen.capture.centre_returns import (
    RETURN_LISTS,
    CentreReturns,
    Incident,
    ListName,
    Packet,
    ReturnList,
    read_returns,
)
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.package import Package
from examgen.core.files import read_input
from examgen.core.problems import Problem, Refused
from examgen.core.readings import Readings
from examgen.core.words import Message, joined, tell
from examgen.scoring.sitting_folder import Sitting
from examgen.scoring.sitting_plan import plan_of


class SittingPlaces(NamedTuple):
    """The centres of a sitting by normalised name, each with its rooms; a centre without rooms accepts any
    room, and without centres any centre is accepted.
    """

    centres: Mapping[str, str]
    rooms: Mapping[str, Mapping[str, str]]
    day: str = ""
    """The day of the exam, if a plan gives it."""

    @property
    def only(self) -> str:
        """The only centre; empty if there are several, or none is known."""
        return next(iter(self.centres.values())) if len(self.centres) == 1 else ""

    def spelt(self, record: Any) -> Any:
        """Return a record with its centre and room spelt as here, and with the day added to a time without
        one.
        """
        centre = self.centres.get(fold(record.centre), record.centre) or self.only
        said: dict[str, Any] = {"centre": centre}
        if "room" in record._fields:
            said["room"] = self.rooms.get(fold(centre), {}).get(fold(record.room), record.room)
        if isinstance(record, Incident) and not record.day:
            said["day"] = self.day
        for name, value in record._asdict().items():
            if isinstance(value, Moment) and value.time and not value.day:
                said[name] = value._replace(day=self.day)
        return record._replace(**said)


def places_of(sitting: Sitting, exam: Package) -> SittingPlaces:
    """Return the places of the plan or, if the plan names no centres, those of the list for which papers were
    printed.
    """
    plan = plan_of(sitting.exam)
    day = "" if plan is None else plan.date.isoformat()
    if plan is not None and plan.centres:
        centres = {fold(one.name): one.name for one in plan.centres}
        rooms = {fold(one.name): {fold(room.name): room.name for room in one.rooms} for one in plan.centres}
        return SittingPlaces(centres, rooms, day)
    found: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}
    for centre, room in zip(exam.centres, exam.candidates["room"], strict=True):
        if centre:
            names.setdefault(fold(centre), centre)
        of = found.setdefault(fold(centre), {})
        if room:
            of.setdefault(fold(room), room)
    return SittingPlaces(names, found, day)


_read = Readings[CentreReturns](256)


def events_of(sitting: Sitting, exam: Package) -> CentreReturns:
    """Return the events of the sitting. Raises Refused if two files contradict each other."""
    files = [(path.name, held_returns(path)) for path in sitting.returns]
    found, problems = merged(files, places_of(sitting, exam))
    if problems:
        raise Refused.because("the returns of the centres contradict each other", problems)
    return found


def held_returns(path: Path, name: str = "") -> CentreReturns:
    """Return the content of a file of the sitting, or of one that is being added under that name."""
    name = name or path.name
    return _read.of((path, name), [path], lambda: read_returns(name, read_input(path)))


# ── files put together ───────────────────────────────────────────────────────────────────────


_KEYS: Mapping[ListName, Callable[[Any], tuple[str, ...]]] = {
    "attendance": lambda one: (canonical_number(one.candidate_id),),
    "incidents": lambda one: (fold(one.centre), str(one.number)),
    "accommodation": lambda one: (canonical_number(one.candidate_id),),
    "packets": lambda one: (fold(one.centre), fold(one.packet)),
    "declarations": lambda one: (fold(one.name), fold(one.role), fold(one.centre)),
}
"""The fields that identify a record in its list."""
_NOT_COMPARED = ("name", "seat", "approved", "source")
"""Fields that a form shows already, of which the first value counts."""


def merged(
    files: Iterable[tuple[str, CentreReturns]], places: SittingPlaces
) -> tuple[CentreReturns, list[Problem]]:
    """Return the combined contents of files of (name, content), and a fault for every cell that contradicts
    an earlier file.
    """
    found: dict[str, dict[tuple[str, ...], Any]] = {one.name: {} for one in RETURN_LISTS}
    sources: dict[tuple[str, tuple[str, ...], str], str] = {}
    problems: list[Problem] = []
    names: list[str] = []
    for name, returned in files:
        names.append(name)
        for of in RETURN_LISTS:
            for written in getattr(returned, of.name):
                record = places.spelt(written)
                key = _KEYS[of.name](record)
                before = found[of.name].get(key)
                n_before = len(problems)
                for field, value in _filled(of, record):
                    sources.setdefault((of.name, key, field), record.source)
                    if before is None:
                        continue
                    if field in _NOT_COMPARED or _is_same(of, field, value, getattr(before, field)):
                        continue
                    message = tell(
                        "{what}: {source} has {other}. Keep the one that is correct",
                        what=_called(of.name, record),
                        source=sources[of.name, key, field],
                        other=_shown(getattr(before, field)),
                    )
                    problems.append(Problem(record.source, "said-otherwise", message, field=field))
                is_told = len(problems) > n_before
                if of.name == "incidents" and before and _sheet(before) == _sheet(record) and not is_told:
                    message = tell(
                        "has the same number as {source}. Give each incident its own number",
                        source=before.source,
                    )
                    problems.append(Problem(record.source, "number-twice", message, field="number"))
                found[of.name][key] = record if before is None else _with(of, before, record)
    return CentreReturns(
        **{name: tuple(some.values()) for name, some in found.items()}, files=tuple(names)
    ), (problems)


def _sheet(record: Any) -> str:
    """Return the file, and its sheet, that contains a record."""
    return str(record.source).rpartition(":")[0]


def _is_empty(of: ReturnList, field: str, value: Any) -> bool:
    """Return whether a record leaves a field empty; in fields that every line fills, an empty value is an
    answer.
    """
    if field != "source" and of.column(field).kind == "text or none":
        return False
    return value in ("", None, (), Moment())


def _filled(of: ReturnList, record: Any) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in record._asdict().items() if not _is_empty(of, name, value))


def _is_same(of: ReturnList, field: str, value: Any, before: Any) -> bool:
    if _is_empty(of, field, before):
        return True
    if isinstance(value, str) and isinstance(before, str):
        return fold(value) == fold(before)
    return bool(value == before)


def _with(of: ReturnList, before: Any, record: Any) -> Any:
    """Return the earlier record, with the cells that only the later one fills."""
    more = {name: value for name, value in _filled(of, record) if _is_empty(of, name, getattr(before, name))}
    return before._replace(**more)


def _called(name: ListName, record: Any) -> Message:
    """Return what a record is about, for a sentence."""
    match name:
        case "attendance" | "accommodation":
            return joined([record.candidate_id])
        case "incidents":
            return tell("incident {name}", name=record.name)
        case "packets":
            return tell("packet {name}", name=packet_name(record))
    return joined([record.name])


def packet_name(packet: Packet) -> str:
    """Return the name by which people know a packet of a sitting."""
    return " ".join(filter(None, (packet.centre, packet.packet)))


def _shown(value: Any) -> str:
    if isinstance(value, tuple) and not hasattr(value, "text"):
        return ", ".join(value)
    return str(getattr(value, "text", value))
