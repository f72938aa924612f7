"""Statuses of items on the site: which a user may give, and giving one."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils import timezone

from examgen.bank.opened import OpenUnit
from examgen.bank.reviews.moves import move_items, open_moves
from examgen.core.models.base import STATUSES, Status
from examgen.core.models.item import Item
from examgen.core.problems import ExamgenError, Refused, WrongUsage
from examgen.core.words import tell
from examgen.site.access import may
from examgen.site.accounts.models import User
from examgen.site.accounts.roles import Role
from examgen.site.audit.models import Entry
from examgen.site.audit.texts import text_name
from examgen.site.bank.authors import DECIDED, SECONDED, authors_of, judged, seconded
from examgen.site.bank.units import item_of, opened
from examgen.site.workspace import bank
from examgen.site.writing import writing

OF_WRITERS: tuple[Status, ...] = ("draft", "review")
"""The statuses that a writer may give; a reviewer gives the others."""
_LONGEST_COMMENT = 4_000


class Decision(NamedTuple):
    """The statuses that a user may give.

    `is_own`: the user wrote the item and so may not approve it. `takes_two`: the author is not known, so
    approval takes two people; `first` is the name of the one who has approved it already.
    """

    moves: list[Status]
    is_own: bool
    hash: str
    takes_two: bool
    first: str


class Decided(NamedTuple):
    """The status that an item has now, and whether the requested one waits for a second person."""

    status: Status
    waits: bool


def decision_on(user: Any, unit: OpenUnit, item: Item) -> Decision:
    """The statuses that a user may give an item now."""
    try:
        moves = open_moves(bank(), unit.code, item, unit.claims) if unit.is_sound else []
    except ExamgenError:  # reviews.yaml has faults; the page of checks shows them
        moves = []
    is_reviewer = may(user, {Role.REVIEWER}, {unit.code})
    moves = [to for to in moves if is_reviewer or to in OF_WRITERS]
    is_own = takes_two = False
    first = ""
    if "approved" in moves:
        authors = authors_of(unit, [item.id])[item.id]
        is_own, takes_two = user.username in authors.since, not authors.is_told
        first = _name_of(seconded(unit, item, user.username)) if takes_two else ""
    open_to = [to for to in moves if not (is_own and to == "approved")]
    return Decision(open_to, is_own, judged(unit, item), takes_two and not is_own, first)


def _name_of(entry: Entry | None) -> str:
    if entry is None:
        return ""
    return next((str(one) for one in User.objects.filter(username=entry.who)), entry.who)


def decide(user: Any, code: str, name: str, sent: QueryDict) -> Decided:
    """Gives an item a status, as `bank status` does.

    If the author of the item is not known, the first approval is only recorded, and the second approves the
    item. Raises WrongUsage without a status, Refused if the user may not give it or the item has changed.
    """
    to = next((one for one in STATUSES if one == sent.get("to")), None)
    if to is None:
        raise WrongUsage(tell("choose a status"))
    told = {"to": to, "hash": text_name(sent.get("hash", ""))}
    with writing(user, [code], f"{code} {name}: {to}", [(DECIDED, f"{code}/{name}", told)]) as one:
        unit = opened(code)  # the text that the user judged must be the present text
        item = item_of(unit, name)
        if judged(unit, item) != sent.get("hash"):
            raise Refused(tell("{item} was changed since you opened it: read it again first", item=name))
        if to not in OF_WRITERS and not may(user, {Role.REVIEWER}, {code}):
            raise Refused(tell("a reviewer alone gives this status"))
        by, second = user.signature, None
        if to == "approved":
            authors = authors_of(unit, [name])[name]
            if user.username in authors.since:
                raise Refused(tell("you wrote this item: somebody else is to approve it"))
            if not authors.is_told:
                second = seconded(unit, item, user.username)
                if second is None:
                    one.did(SECONDED, f"{code}/{name}", hash=text_name(judged(unit, item)))
                    return Decided(item.status, True)
                signature = next(
                    (one.signature for one in User.objects.filter(username=second.who)), second.who
                )
                by = f"{signature}, {user.signature}"
        comment = sent.get("comment", "")[:_LONGEST_COMMENT]
        move_items(bank(), code, [name], to, by, timezone.localdate(), comment)
        told = {"from": item.status, **told}
        one.did(DECIDED, f"{code}/{name}", **told, **({"second": second.who} if second else {}))
        one.message = f"{code} {name}: {item.status} → {to}"
    return Decided(to, False)
