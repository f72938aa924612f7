"""`people.yaml` of a workspace → who was appointed to what, and since when; which names are one person's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from examgen.core.models.sitting import StaffFile, StaffMember, StaffRole
from examgen.core.person_names import known_as, same_person
from examgen.core.problems import Problem, has_errors
from examgen.core.words import tell
from examgen.core.yamlfile import Document, read_document, validate

PEOPLE_FILE = "people.yaml"


class PersonIndex:
    """Persons by the ways in which their names are written. A name that nobody has is a new person's."""

    def __init__(self, known: Iterable[Iterable[str]] = ()) -> None:
        self._writings: list[list[str]] = []
        self._keys: dict[str, list[int]] = {}
        self._found: dict[str, int | None] = {}
        for writings in known:
            self.add(writings)

    def add(self, writings: Iterable[str]) -> int:
        """Another person, by all writings of the name."""
        self._found.clear()
        n = len(self._writings)
        self._writings.append(list(writings))
        for name in self._writings[n]:
            for key in known_as(name):
                self._keys.setdefault(key, []).append(n)
        return n

    def find(self, name: str) -> int | None:
        """The number of a person, None where nobody of that name is known."""
        if name not in self._found:
            some = dict.fromkeys(n for key in known_as(name) for n in self._keys.get(key, ()))
            self._found[name] = next(
                (n for n in some if any(same_person(name, one) for one in self._writings[n])), None
            )
        return self._found[name]

    def number(self, name: str) -> int:
        """Return the number of a person, who gets a new one if the name is unknown."""
        found = self.find(name)
        if found is None:
            found = self.add([name])
        return found

    def shown(self, number: int) -> str:
        """The name as it was written first."""
        return self._writings[number][0]


class StaffList:
    """The persons of people.yaml."""

    def __init__(self, people: tuple[StaffMember, ...]) -> None:
        self.people = people
        self._index = PersonIndex(one.writings for one in people)

    def of(self, name: str) -> StaffMember | None:
        """The person of that name, however it is written."""
        number = self._index.find(name)
        return None if number is None else self.people[number]


def appointed(one: StaffMember, role: StaffRole, day: date | None) -> bool:
    """Whether somebody had a role on that day; ever, where no day is known."""
    return any(
        of.role == role and (day is None or (of.since <= day and (of.until is None or day <= of.until)))
        for of in one.roles
    )


def trained_on(one: StaffMember, role: StaffRole, day: date | None) -> date | None:
    """The day of the last training for a role that somebody had been through by that day."""
    days = [of.day for of in one.trainings if not of.roles or role in of.roles]
    return max((of for of in days if day is None or of <= day), default=None)


def read_people(workspace: Path) -> StaffList | None:
    """The persons of a workspace; None where it has no people.yaml. Raises Refused with every fault."""
    path = workspace / PEOPLE_FILE
    if not path.is_file():
        return None
    document = replace(read_document(path, tell("the people of the body")), source=PEOPLE_FILE)
    data = {} if document.data is None else document.data
    found, problems = validate(document, [], data, StaffFile)
    if found is not None:
        problems = list(_faults(document, found))
    if found is None or problems:
        raise has_errors(PEOPLE_FILE, problems)
    return StaffList(found.people)


def _faults(document: Document, found: StaffFile) -> Iterator[Problem]:
    """Two persons of one name, names that name several persons, a role that is given twice on one day."""
    index = PersonIndex()
    for n, one in enumerate(found.people):
        for field, name in [("name", one.name), *((f"also.{k}", name) for k, name in enumerate(one.also))]:
            where = ["people", n, *(int(step) if step.isdecimal() else step for step in field.split("."))]
            if not known_as(name) - {""} or not any(char.isalnum() for char in name):
                message = tell("`{name}` is not a full name. Write first name and family name", name=name)
                yield Problem(document.at(where), "name-empty", message, field=field)
        twice = {before for name in one.writings if (before := index.find(name)) is not None and before != n}
        for before in sorted(twice):
            message = tell(
                "{name} is spelled like {other}. Add the account of each, or write one entry for both",
                name=one.name,
                other=found.people[before].name,
            )
            yield Problem(document.at(["people", n, "name"]), "person-twice", message, field="name")
        index.add(one.writings)
        for k, role in enumerate(one.roles):
            for j, other in enumerate(one.roles[:k]):
                if other.role == role.role and _overlap(other.since, other.until, role.since, role.until):
                    message = tell(
                        "{name} has the role {role} twice from {day}. End the earlier one first "
                        "(line {line})",
                        name=one.name,
                        role=role.role,
                        day=max(role.since, other.since),
                        line=document.line(["people", n, "roles", j]),
                    )
                    where = ["people", n, "roles", k, "from"]
                    yield Problem(document.at(where), "role-twice", message, field="from")


def _overlap(since: date, until: date | None, other: date, other_until: date | None) -> bool:
    return (until is None or other <= until) and (other_until is None or since <= other_until)
