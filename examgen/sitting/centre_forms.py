"""Plan and list of a sitting → the forms that each centre fills in and returns.

The people are those on the list for which booklets were printed, and those added to the roster since; if
nothing was printed, those on the roster. Rooms, invigilators and accommodation come from the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from examgen.bank.settings import body_words
from examgen.capture.cells import fold
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import NO_CENTRE, folder_names
from examgen.core.exam.package import read_exam, read_package
from examgen.core.files import Progress, own_folder, quiet, write_file
from examgen.core.models.sitting import SittingPlan
from examgen.core.problems import Refused
from examgen.core.resources import template_folders
from examgen.core.words import tell
from examgen.papers.centre_forms.contents import CentreContents, ListedPerson, PlannedAccommodation
from examgen.papers.centre_forms.sheets import SHEETS
from examgen.papers.centre_forms.workbook import centre_workbook
from examgen.papers.printing import as_arranged, by_rule
from examgen.scoring.sitting_folder import Sitting
from examgen.scoring.sitting_plan import PLAN, plan_of
from examgen.sitting import roster


def centres_of(sitting: Sitting) -> list[CentreContents]:
    """Return the contents for each centre, in the order of the plan, then of the list. Raises Refused if
    neither a list nor a plan names a centre."""
    plan = plan_of(sitting.exam)
    known = {fold(one.name): one.name for one in plan.centres} if plan is not None else {}
    only = next(iter(known.values())) if len(known) == 1 else ""
    people: dict[str, list[ListedPerson]] = {name: [] for name in known.values()}
    for centre, person in _listed(sitting):
        name = centre or only
        people.setdefault(known.setdefault(fold(name), name), []).append(person)
    if not people:
        raise Refused.because(
            "no centre is known. Print for a candidate list, or add a roster or the plan of the "
            "sitting ({plan})",
            plan=PLAN,
        )
    return [
        CentreContents(name, tuple(some), _accommodation(plan, some), _invigilators(plan, name))
        for name, some in people.items()
    ]


def _listed(sitting: Sitting) -> Iterator[tuple[str, ListedPerson]]:
    """Return everybody with their centre, in the order of the rooms and, within a room, of the list."""
    package = read_package(sitting.exam)
    candidates = package.candidates
    rooms: dict[tuple[str, str], list[ListedPerson]] = {}
    seen = set()
    for centre, who, name, room, seat, serial in zip(
        package.centres,
        *(candidates[head] for head in ("candidate_id", "name", "room", "seat", "serial")),
        strict=True,
    ):
        seen.add(canonical_number(who))
        person = ListedPerson(who, name, room, seat, "" if package.is_rated else serial)
        if who or person.serial:
            rooms.setdefault((centre, room), []).append(person)
    for one in roster.people(sitting):
        if canonical_number(one.candidate_id) not in seen:
            late = ListedPerson(one.candidate_id, one.name, one.room, one.seat, "")
            rooms.setdefault((one.centre, one.room), []).append(late)
    return ((centre, person) for (centre, _), some in rooms.items() for person in some)


def _accommodation(
    plan: SittingPlan | None, people: Sequence[ListedPerson]
) -> tuple[PlannedAccommodation, ...]:
    if plan is None:
        return ()
    given = {canonical_number(one.candidate_id): one for one in plan.accommodation}
    return tuple(
        PlannedAccommodation(
            person,
            one.given,
            one.extra_minutes,
            plan.ends_after(one.extra_minutes) if one.extra_minutes else "",
        )
        for person in people
        if (one := given.get(canonical_number(person.candidate_id)))
    )


def _invigilators(plan: SittingPlan | None, centre: str) -> tuple[tuple[str, str], ...]:
    if plan is None:
        return ()
    return tuple(
        (who, room.name)
        for one in plan.centres
        if fold(one.name) == fold(centre)
        for room in one.rooms
        for who in room.invigilators
    )


def workbook_name(centre: str) -> str:
    """Return the file name of the workbook of a centre; names of different centres differ."""
    [name] = folder_names([centre], NO_CENTRE).values()
    return f"returns-{name}.xlsx"


def workbook_of(sitting: Sitting, centre: CentreContents) -> bytes:
    """Return the workbook of a centre."""
    return centre_workbook(sitting.exam.name, centre)


def write_centre_forms(
    sitting: Sitting, workspace: Path, out: Path, progress: Progress = quiet
) -> list[Path]:
    """Write the forms of all centres, with a folder for each, and return the files. Raises Refused if no
    centre is known."""
    known = centres_of(sitting)
    exam = read_exam(sitting.exam)
    rule = as_arranged(exam.blueprint.papers, plan_of(sitting.exam), body_words(workspace).name)
    arranged, templates = by_rule(exam, rule), template_folders(workspace)
    folders = folder_names((one.centre for one in known), NO_CENTRE)
    written = []
    with own_folder(out) as staged:
        for n, one in enumerate(known, 1):
            progress(
                tell(
                    "forms of {centre} ({n} of {of})",
                    centre=one.centre or sitting.exam.name,
                    n=n,
                    of=len(known),
                )
            )
            files = {workbook_name(one.centre): centre_workbook(exam.blueprint.exam, one)}
            files |= {sheet.file: sheet.printed(arranged, one, templates) for sheet in SHEETS}
            folder = folders[one.centre]
            (staged / folder).mkdir(mode=0o700)
            for name, data in files.items():
                write_file(staged / folder / name, data)
                written.append(out / folder / name)
    return written
