"""The plan of a sitting in the package of its exam, and how a candidate list may fail to fit it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.capture.cells import fold
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import SITTING
from examgen.core.exam.releases import Release
from examgen.core.files import sha256, yaml_bytes
from examgen.core.models.field_types import ExamRoom
from examgen.core.models.sitting import Accommodation, PlannedRoom, SittingPlan
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell, tell_n
from examgen.core.yamlfile import read_document, validate
from examgen.scoring.sitting_record import SittingAct, as_taken, files_held

PLAN = "sitting.yaml"


def read_plan(path: Path) -> SittingPlan:
    """Return the plan in a YAML file. Raises Refused with every fault, by line and field."""
    document = read_document(path, tell("the plan of the sitting"))
    plan, problems = validate(document, [], {} if document.data is None else document.data, SittingPlan)
    if plan is not None:
        problems = list(_twice(path.name, plan))
    if plan is None or problems:
        raise Refused.because("the plan of the sitting has errors", problems)
    return plan


def _twice(source: str, plan: SittingPlan) -> Iterator[Problem]:
    """Yield the faults of centres, and rooms of one centre, whose names are the same after normalisation."""
    names = [("centres", "", [one.name for one in plan.centres])]
    names += [
        (f"centres.{n}.rooms", one.name, [room.name for room in one.rooms])
        for n, one in enumerate(plan.centres)
    ]
    for field, centre, some in names:
        for name, n in Counter(map(fold, some)).items():
            if n > 1:
                message = (
                    tell("two rooms of {centre} are called {name}", centre=centre, name=name)
                    if centre
                    else tell("two centres are called {name}", name=name)
                )
                yield Problem(source, "name-twice", message, field=field)


def plan_bytes(plan: SittingPlan) -> bytes:
    """Return the plan as a YAML file, which `read_plan` reads as the same plan."""
    return yaml_bytes(plan.model_dump(mode="json", exclude_defaults=True))


def with_accommodation(plan: SittingPlan, given: Mapping[str, tuple[str, int]]) -> SittingPlan:
    """Return the plan with the given accommodation and extra minutes for each candidate, by number. A
    candidate with neither gets none. The reason and the approval are kept for candidates who already had an
    accommodation.
    """
    numbers = {canonical_number(who): who for who in given}
    found = list[Accommodation]()
    for one in plan.accommodation:
        who = numbers.pop(canonical_number(one.candidate_id), None)
        words, minutes = given[who] if who is not None else (one.given, one.extra_minutes)
        if words or minutes:
            found.append(one.model_copy(update={"given": words, "extra_minutes": minutes}))
    for who in numbers.values():
        words, minutes = given[who]
        if words or minutes:
            found.append(Accommodation(candidate_id=who, given=words, extra_minutes=minutes))
    return plan.model_copy(update={"accommodation": tuple(found)})


def printed_mark(plan: SittingPlan) -> str:
    """Return a mark of what papers show of a plan: day and hours, body, the invigilators of rooms, and
    accommodation. Rooms without invigilators come from the list; reasons and approvals of accommodation are
    on no paper.
    """
    invigilators = sorted(
        (fold(centre.name), fold(room.name), room.invigilators)
        for centre in plan.centres
        for room in centre.rooms
        if room.invigilators
    )
    given = sorted(
        (canonical_number(one.candidate_id), one.given, one.extra_minutes) for one in plan.accommodation
    )
    body = plan.body.model_dump() if plan.body else None
    shown = [plan.date.isoformat(), plan.hours, body, invigilators, given]
    return sha256(json.dumps(shown, ensure_ascii=False, sort_keys=True).encode())[:20]


def is_printed_by(plan: SittingPlan, printed: Mapping[str, Any]) -> bool:
    """Return whether the papers of a package, by its `exam.yaml`, agree with the plan. A printing without a
    plan is compared by day, hours, and whether it has a paper on accommodation.
    """
    printing = printed["printing"]
    if "plan" in printing:
        return bool(printing["plan"] == printed_mark(plan))
    rule = printing.get("papers") or {}
    has_page = any(path.endswith("/accommodation.pdf") for path in printed["files"])
    hours = (str(rule.get("date")), str(rule.get("hours") or ""))
    return hours == (plan.date.isoformat(), plan.hours) and has_page >= bool(plan.accommodation)


def plan_of(exam: Path) -> SittingPlan | None:
    """Return the plan in the package of an exam; None if there is none."""
    path = exam / SITTING / PLAN
    return read_plan(path) if path.is_file() else None


def plan_told(
    exam: Path, run_sha256: str, releases: Sequence[Release], acts: Sequence[SittingAct]
) -> SittingPlan | None:
    """Return the plan at the last release of a run; before any release, the plan in the package. Raises
    Refused if that plan is missing.
    """
    own = [one for one in releases if one.said["run_sha256"] == run_sha256]
    if not own:
        return plan_of(exam)
    act = files_held(acts[: own[-1].n_act - 1]).get(PLAN)
    if act is None:
        return None
    path = as_taken(exam / SITTING, act.file, act.sha256)
    if path is None:
        message = tell("is missing or differs from the released file. Restore it from a copy")
        raise Refused.because(
            "the plan of the released sitting is missing",
            [Problem(f"{SITTING}/{PLAN}", "released-file-gone", message)],
        )
    return read_plan(path)


class PlannedPlaces(NamedTuple):
    """The rooms of a plan by normalised names of centre and room; a centre may have none."""

    names: tuple[str, ...]
    """The centres as the plan writes them."""
    rooms: Mapping[str, Mapping[str, PlannedRoom]]

    @classmethod
    def from_plan(cls, plan: SittingPlan) -> PlannedPlaces:
        """Return the places of a plan."""
        rooms = {fold(one.name): {fold(room.name): room for room in one.rooms} for one in plan.centres}
        return cls(tuple(one.name for one in plan.centres), rooms)

    def rooms_of(self, centre: str) -> Mapping[str, PlannedRoom] | None:
        """Return the rooms of a centre, None if the plan has no such centre. An empty name means the only
        centre.
        """
        return self.rooms.get(fold(centre) if centre or len(self.rooms) > 1 else next(iter(self.rooms), ""))

    def fault(self, place: ExamRoom, n: int) -> Problem | None:
        """Return the reason why `n` candidates cannot sit in a room; None if they can."""
        rooms = self.rooms_of(place.centre)
        if rooms is None:
            message = tell_n(
                "{n} candidate is at a centre that is not in the plan of the sitting. Its centres: {known}",
                "{n} candidates are at a centre that is not in the plan of the sitting. Its centres: {known}",
                n,
                known=", ".join(self.names),
            )
            return Problem(place.shown or "–", "centre-not-planned", message)
        if not rooms:
            return None
        room = rooms.get(fold(place.name))
        if room is None:
            message = tell_n(
                "{n} candidate is in a room that is not in the plan of this centre. Its rooms: {known}",
                "{n} candidates are in a room that is not in the plan of this centre. Its rooms: {known}",
                n,
                known=", ".join(one.name for one in rooms.values()),
            )
            return Problem(place.shown or "–", "room-not-planned", message)
        if room.seats is not None and n > room.seats:
            message = tell(
                "{n} candidates are assigned to this room, but it has {seats} seats", n=n, seats=room.seats
            )
            return Problem(place.shown, "room-too-small", message)
        return None


def faults_of_list(plan: SittingPlan, people: Iterable[tuple[str, ExamRoom]]) -> list[Problem]:
    """Return the faults of a list of candidates and their rooms against the plan: other centres and rooms,
    too many in a room, accommodation of somebody who is not on the list.
    """
    listed = list(people)
    problems: list[Problem] = []
    if plan.centres:
        places, spelt = PlannedPlaces.from_plan(plan), dict[tuple[str, str], ExamRoom]()
        counts = Counter((fold(room.centre), fold(room.name)) for _, room in listed)
        for _, room in listed:
            spelt.setdefault((fold(room.centre), fold(room.name)), room)
        found = (places.fault(spelt[key], n) for key, n in counts.items())
        problems += [one for one in found if one is not None]
    known = {canonical_number(who) for who, _ in listed}
    for one in plan.accommodation:
        if canonical_number(one.candidate_id) not in known:
            message = tell("has an accommodation in the plan of the sitting, but is not on the list")
            problems.append(Problem(one.candidate_id, "accommodation-of-nobody", message))
    return problems
