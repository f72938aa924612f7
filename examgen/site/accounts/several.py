"""A list of people → accounts and roles. It is pasted as a table, and shown before anything is made."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from examgen.core.text.characters import composed_text
from examgen.core.words import Message, joined, listed, tell
from examgen.site.accounts import confirming
from examgen.site.accounts.forms import NewAccount, NewGrant
from examgen.site.accounts.models import WORDS, Kind, Role, User, Waiting
from examgen.site.audit.models import record
from examgen.site.workspace import unit_folders

MOST = 200
"""The maximum number of lines in a list."""
_BETWEEN_ROLES = re.compile(r"[;/+,]")


class Line(NamedTuple):
    """A person on the list, as in their line, with the faults of the line."""

    number: int
    username: str
    name: str
    roles: tuple[Role, ...]
    unit: str
    email: str
    person: User | None
    """The existing account with this user name; None if there is none."""
    faults: tuple[str, ...]

    @property
    def roles_shown(self) -> Message:
        """The labels of the roles."""
        return joined([WORDS[one] for one in self.roles])


def lines_of(text: str, by: User) -> list[Line]:
    """Returns each line of the list, checked on behalf of the administrator `by`."""
    found: list[Line] = []
    for number, cells in _cells(text):
        found.append(_line(number, cells, by, found))
    return found


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yields the number and the five cells of each line that is not empty, without a line of headings.

    Cells are separated by tabs if the text has any, otherwise by commas.
    """
    heading = tell("User name")
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter="\t" if "\t" in text else ","), 1):
        cells = [" ".join(composed_text(one).split()) for one in row]
        if any(cells) and not (number == 1 and cells[0].casefold() in (heading.en.casefold(), heading.th)):
            yield number, [*cells, *[""] * 5][:5]


def _line(number: int, cells: list[str], by: User, before: list[Line]) -> Line:
    """Returns the content of a line, checked by the form for a new account or for new roles."""
    username, name, typed, unit, email = cells
    username, email = username.lower(), email.casefold()
    named = {words.casefold(): Role(code) for code, own in WORDS.items() for words in (code, own.en, own.th)}
    wanted = [one.strip().casefold() for one in _BETWEEN_ROLES.split(typed) if one.strip()]
    roles = tuple(dict.fromkeys(named[one] for one in wanted if one in named))
    unit = next((one for one in unit_folders() if one.casefold() == unit.casefold()), unit)
    person = User.objects.filter(username__iexact=username).first()
    sent = {"username": username, "name": name, "email": email, "role": roles, "unit": unit}
    form = NewAccount(sent) if person is None else NewGrant(sent, of=person)
    faults = [f"{form[field].label}: {fault}" for field, own in form.errors.items() for fault in own]
    if unknown := [one for one in wanted if one not in named]:
        faults.append(tell("there is no role {roles}", roles=listed(unknown)))
    if not wanted:
        faults.append(tell("no role is named"))
    if any(one.username == username for one in before):
        faults.append(tell("this user name stands in an earlier line, too"))
    if email and any(one.email == email for one in before):
        faults.append(tell("this e-mail address stands in an earlier line, too"))
    if person == by:
        faults.append(tell("you cannot give yourself a role. Another administrator must do it."))
    name = name if person is None else person.name
    return Line(number, username, name, roles, unit, email, person, tuple(dict.fromkeys(faults)))


def made(by: User, username: str, name: str, email: str) -> User:
    """Makes an account without a password, and records it."""
    person = User(username=username, name=name, email=email)
    person.set_unusable_password()
    person.save()
    record(by, "account.make", username)
    return person


def make(lines: list[Line], by: User) -> int:
    """Makes the accounts, and grants the roles or asks another administrator to confirm them. Returns the
    number of roles that wait."""
    for one in lines:
        person = one.person or made(by, one.username, one.name, one.email)
        for role in one.roles:
            confirming.ask(by, Kind.ROLE, person, role, one.unit)
    return Waiting.objects.filter(kind=Kind.ROLE, by=by).count()
