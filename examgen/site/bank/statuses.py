"""Statuses of items on the site: which a user may give, and giving one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils import timezone

from examgen.bank.opened import OpenUnit
from examgen.bank.reviews.moves import move_items, open_moves
from examgen.bank.reviews.statuses import refusal
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

    @property
    def ways(self) -> list[Status]:
        """The statuses in the order in which a page offers them: the step forward first."""
        return sorted(self.moves, key=("draft", "retired").__contains__)


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


class DecidedAll(NamedTuple):
    """Of the items that a user gave a status: those that have it now, those whose approval waits for a second
    person, and those that were left as they are, each with the reason."""

    moved: list[str]
    waiting: list[str]
    left: dict[str, ExamgenError]


def decide(user: Any, code: str, name: str, sent: QueryDict) -> Decided:
    """Gives an item a status, as `decide_all` does; raises what it is left for."""
    item_of(opened(code), name)
    done = decide_all(user, code, {name: sent.get("hash", "")}, sent)
    if name in done.left:
        raise done.left[name]
    return Decided(item_of(opened(code), name).status, name in done.waiting)


def decide_all(user: Any, code: str, judged_as: Mapping[str, str], sent: QueryDict) -> DecidedAll:
    """Gives items a status, as `bank status` does; `judged_as` has the hash of each text that was judged.

    If the author of an item is not known, the first approval is only recorded, and the second approves the
    item. An item that has changed since, that the user wrote, or that may not have the status is left. Raises
    WrongUsage without a status, Refused if it is for reviewers alone.
    """
    to = next((one for one in STATUSES if one == sent.get("to")), None)
    if to is None:
        raise WrongUsage(tell("choose a status"))
    comment = sent.get("comment", "")[:_LONGEST_COMMENT]
    acts = [
        (DECIDED, f"{code}/{name}", {"to": to, "hash": text_name(hash)}) for name, hash in judged_as.items()
    ]
    about = next(iter(judged_as)) if len(judged_as) == 1 else f"{len(judged_as)}"
    with writing(user, [code], f"{code} {about}: {to}", acts) as one:
        unit = opened(code)  # the text that the user judged must be the present text
        if to not in OF_WRITERS and not may(user, {Role.REVIEWER}, {code}):
            raise Refused(tell("a reviewer alone gives this status"))
        left, waiting = dict[str, ExamgenError](), list[str]()
        found = {name: unit.items[name] for name in judged_as if name in unit.items}
        for name, item in found.items():
            if judged(unit, item) != judged_as[name]:
                left[name] = Refused(
                    tell("{item} was changed since you opened it: read it again first", item=name)
                )
        names = [name for name in found if name not in left]
        seconds = dict[str, Entry | None].fromkeys(names)
        if to == "approved" and names:
            for name, authors in authors_of(unit, names).items():
                if (why := refusal(found[name], to, (), unit.claims)) is not None:
                    left[name] = Refused(why)
                elif user.username in authors.since:
                    left[name] = Refused(tell("you wrote this item: somebody else is to approve it"))
                elif not authors.is_told:
                    seconds[name] = seconded(unit, found[name], user.username)
                    if seconds[name] is None:
                        one.did(SECONDED, f"{code}/{name}", hash=text_name(judged(unit, found[name])))
                        waiting.append(name)
        moved = [name for name in names if name not in left and name not in waiting]
        left |= _moved(user, code, {name: seconds[name] for name in moved}, to, comment)
        moved = [name for name in moved if name not in left]
        for name in moved:
            told = {"from": found[name].status, "to": to, "hash": text_name(judged_as[name])}
            second = seconds[name]
            one.did(DECIDED, f"{code}/{name}", **told, **({"second": second.who} if second else {}))
        if len(moved) == 1:
            one.message = f"{code} {moved[0]}: {found[moved[0]].status} → {to}"
        elif moved:
            one.message = f"{code} {len(moved)}: → {to}"
    return DecidedAll(moved, waiting, left)


def _moved(
    user: Any, code: str, seconds: Mapping[str, Entry | None], to: Status, comment: str
) -> dict[str, ExamgenError]:
    """Moves the items, together those that the same people approve; those that may not be moved, and why."""
    left = dict[str, ExamgenError]()
    by_people: dict[str, list[str]] = {}
    for name, second in seconds.items():
        by = user.signature if second is None else f"{_signature_of(second)}, {user.signature}"
        by_people.setdefault(by, []).append(name)
    for by, asked in by_people.items():
        names = asked
        while names:
            try:
                move_items(bank(), code, names, to, by, timezone.localdate(), comment)
                break
            except Refused as refused:
                own = {one.item: one for one in refused.problems if one.item in names}
                if not own or len(names) == 1:
                    left |= dict.fromkeys(names, refused)
                    break
                left |= {name: Refused(one.message) for name, one in own.items()}
                names = [name for name in names if name not in own]
    return left


def _signature_of(entry: Entry) -> str:
    return next((one.signature for one in User.objects.filter(username=entry.who)), entry.who)
