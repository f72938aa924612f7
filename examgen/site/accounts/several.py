"""A list of people → accounts and roles: read as it is pasted from a table, shown before anything is made."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from examgen.core.text.characters import composed_text
from examgen.core.words import Message, joined, listed, tell
from examgen.site.accounts import confirming
from examgen.site.accounts.forms import NewPerson, against
from examgen.site.accounts.models import Kind, User, Waiting
from examgen.site.accounts.roles import WORDS, Role
from examgen.site.audit.record import record
from examgen.site.workspace import unit_folders

MOST = 200
"""Lines of a list."""
_BETWEEN_ROLES = re.compile(r"[;/+,]")


class Line(NamedTuple):
    """Somebody on the list, as a line says it; with what is wrong with it."""

    number: int
    username: str
    name: str
    roles: tuple[Role, ...]
    unit: str
    email: str
    person: User | None
    """Who has an account of that user name already."""
    faults: tuple[str, ...]

    @property
    def roles_shown(self) -> Message:
        """The roles in words."""
        return joined([WORDS[one] for one in self.roles])


def lines_of(text: str, by: User) -> list[Line]:
    """Each person of the list that `by` gives accounts or roles to."""
    found: list[Line] = []
    for number, cells in _cells(text):
        found.append(_line(number, cells, by, found))
    return found


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line with something in it, without a line of headings. Roles may have commas
    between them where tabs are between cells."""
    delimiter = "\t" if "\t" in text else ","
    heading = tell("User name")
    heads = {heading.en.casefold(), heading.en.casefold().replace(" ", ""), heading.th}
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1):
        cells = [" ".join(composed_text(one).split()) for one in row]
        is_heading = number == 1 and bool(cells) and cells[0].casefold() in heads
        if any(cells) and not is_heading:
            yield number, [*cells, *[""] * 5][:5]


def _line(number: int, cells: list[str], by: User, before: list[Line]) -> Line:
    username, name, said_roles, unit, email = cells
    username = username.lower()
    faults: list[str] = []
    named = {str(one.label).casefold(): one for one in Role}
    for code, words in WORDS.items():
        named |= dict.fromkeys((code, words.en.casefold(), words.th), Role(code))
    wanted = [one.strip() for one in _BETWEEN_ROLES.split(said_roles) if one.strip()]
    roles = tuple(dict.fromkeys(named[one.casefold()] for one in wanted if one.casefold() in named))
    if unknown := [one for one in wanted if one.casefold() not in named]:
        faults.append(tell("there is no role {roles}", roles=listed(unknown)))
    if not wanted:
        faults.append(tell("no role is named"))
    if Role.AUDITOR in roles and len(roles) > 1:
        faults.append(tell("an auditor has no other role"))
    unit = next((one for one in unit_folders() if one.casefold() == unit.casefold()), unit)
    if unit and unit not in unit_folders():
        faults.append(tell("there is no unit {unit}", unit=unit))
    if any(one.username == username for one in before):
        faults.append(tell("this user name stands in an earlier line, too"))
    if email and any(one.email == email.casefold() for one in before):
        faults.append(tell("this e-mail address stands in an earlier line, too"))
    person = User.objects.filter(username__iexact=username).first()
    if person is None:
        form = NewPerson({"username": username, "name": name, "email": email})
        faults += [f"{form[field].label}: {fault}" for field, own in form.errors.items() for fault in own]
    elif person == by:
        faults.append(tell("nobody gives a role to themselves: another administrator does"))
    else:
        faults += dict.fromkeys(fault for role in roles if (fault := against(person, role)))
        name = person.name
    return Line(number, username, name, roles, unit, email.casefold(), person, tuple(faults))


def made(by: User, username: str, name: str, email: str) -> User:
    """A new account, whose password is still to be chosen."""
    person = User(username=username, name=name, email=email)
    person.set_unusable_password()
    person.save()
    record(by, "account.make", username)
    return person


def make(lines: list[Line], by: User) -> int:
    """Makes the accounts and gives the roles, or asks another administrator for them; how many roles wait."""
    for one in lines:
        person = one.person or made(by, one.username, one.name, one.email)
        for role in one.roles:
            confirming.ask(by, Kind.ROLE, person, role, one.unit)
    return Waiting.objects.filter(kind=Kind.ROLE, by=by).count()
