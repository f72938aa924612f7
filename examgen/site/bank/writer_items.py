"""The state of the items that a user wrote: returned items, drafts, and items in review."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.utils import timezone

from examgen.bank.opened import OpenUnit
from examgen.bank.reviews.statuses import Review, reviews_of
from examgen.core.readings import Readings
from examgen.core.words import Message, tell, tell_n
from examgen.site.access import may
from examgen.site.accounts.models import User
from examgen.site.accounts.roles import Role
from examgen.site.bank.authors import by_name, written_here
from examgen.site.bank.units import units_seen
from examgen.site.language import address
from examgen.site.workspace import bank

RETURNED = "returned"
"""In place of a status: a draft whose last move returned it."""
WAITING = "waiting"
"""In place of a status: an item in review that waits for the user."""
_MOST_SHOWN = 5
_TOLD_FOR = timedelta(days=14)
"""How long an approval is shown to the writer."""


def last_moves(code: str) -> dict[str, Review]:
    """Returns the last move of each item of a unit."""
    return {name: some[-1] for name, some in moves_of(code).items()}


def moves_of(code: str) -> dict[str, list[Review]]:
    """Returns the moves of each item of a unit, oldest first."""
    folder = bank() / code
    return _moves.of(code, [folder / "reviews.yaml"], partial(_read_moves, folder))


def _read_moves(folder: Any) -> dict[str, list[Review]]:
    found: dict[str, list[Review]] = {}
    for one in reviews_of(folder)[0]:
        found.setdefault(one.item, []).append(one)
    return found


_moves = Readings[dict[str, list[Review]]](64)


def returned(unit: OpenUnit) -> dict[str, Review]:
    """Returns the drafts that were returned, each with the move that returned it."""
    return {
        name: one
        for name, one in last_moves(unit.code).items()
        if one.after == "draft"
        and one.before != "draft"
        and name in unit.items
        and unit.items[name].status == "draft"
    }


def sent_back(unit: OpenUnit) -> list[str]:
    """Returns the drafts that were returned to their writers, without those that writers took back
    themselves."""
    back, by = returned(unit), written_here(unit.code)
    people = {one.username: one.signature for one in User.objects.filter(username__in=by)} if back else {}
    return [
        name
        for name, one in back.items()
        if not any(name in by[who] and one.by == signature for who, signature in people.items())
    ]


def returned_to(user: Any, unit: OpenUnit) -> dict[str, Review]:
    """Returns the drafts that were returned to the user, each with the move: those the user wrote, and those
    without a writer who could correct them. Drafts that the user took back are left out."""
    back = {name: one for name, one in returned(unit).items() if one.by != user.signature}
    if not back:
        return {}
    by = written_here(unit.code)
    others = {one.username: one for one in User.objects.filter(username__in=by, is_active=True)}
    held = set().union(
        *(by[name] for name, one in others.items() if one != user and may(one, {Role.WRITER}, {unit.code}))
    )
    own = by.get(user.username, {})
    return {name: one for name, one in back.items() if name in own or name not in held}


class OwnItem(NamedTuple):
    """An item, since when it is in its present state, and who returned it with which comment."""

    name: str
    stem: str
    address: str
    since: date
    by: str = ""
    comment: str = ""


class OwnItems(NamedTuple):
    """Items of one kind in one unit: their number, the oldest of them, the URL of the list, and whether the
    user wrote them."""

    words: Message
    unit: str
    oldest: list[OwnItem]
    n: int
    address: str
    is_own: bool


def came_back(n_own: int, n_untold: int) -> Message:
    """Returns a label for returned items: the number of the user's own, and of those whose writer is unknown
    or gone."""
    if n_own and n_untold:
        return tell(
            "items were returned to be corrected: {own} of yours, {untold} of unknown writers",
            own=n_own,
            untold=n_untold,
        )
    if n_untold:
        return tell_n(
            "{n} item of an unknown writer was returned to be corrected",
            "{n} items of unknown writers were returned to be corrected",
            n_untold,
        )
    return tell_n("{n} item was returned to be corrected", "{n} items were returned to be corrected", n_own)


def counts_of(user: Any, unit: OpenUnit, back: Collection[str]) -> tuple[int, int]:
    """Returns how many of the returned items the user wrote, and how many not."""
    wrote = written_here(unit.code).get(user.username, {})
    n_own = sum(name in wrote for name in back)
    return n_own, len(back) - n_own


def own_items(user: Any) -> list[OwnItems]:
    """Returns the items that the user wrote on the site and that are not approved, or were approved recently:
    returned items, drafts, and items in review. Returned items that no other writer could correct are
    included."""
    return [
        kind
        for _, unit in units_seen(user, {Role.WRITER})
        if unit is not None
        for kind in _of_unit(user, unit)
    ]


def _of_unit(user: Any, unit: OpenUnit) -> Iterator[OwnItems]:
    wrote = written_here(unit.code).get(user.username, {})
    back, moves = returned_to(user, unit), last_moves(unit.code)
    since = timezone.localdate() - _TOLD_FOR
    came, untold, approved = list[OwnItem](), list[OwnItem](), list[OwnItem]()
    drafts, sent = list[OwnItem](), list[OwnItem]()
    for name in {**wrote, **back}:
        item, last = unit.items.get(name), moves.get(name)
        if item is None:
            continue
        place = address("bank-item", unit.code, name)
        day = last.date if last else timezone.localdate(wrote[name])
        one = OwnItem(name, item.stem, place, day)
        if name in back:
            one = one._replace(by=by_name(back[name].by), comment=back[name].comment or "")
            (came if name in wrote else untold).append(one)
        elif item.status == "draft":
            drafts.append(one._replace(since=timezone.localdate(wrote[name])))
        elif item.status == "review":
            sent.append(one)
        elif last and last.after == "approved" and day >= since:
            approved.append(one)
    for words, kind, query in (
        (came_back(len(came), 0), came, {"writer": user.username, "status": RETURNED}),
        (came_back(0, len(untold)), untold, {"status": RETURNED}),
        (
            tell_n("{n} item was approved", "{n} items were approved", len(approved)),
            approved,
            {"writer": user.username, "status": "approved"},
        ),
        (
            tell_n("{n} draft not yet sent", "{n} drafts not yet sent", len(drafts)),
            drafts,
            {"writer": user.username, "status": "draft"},
        ),
        (
            tell_n("{n} item in review", "{n} items in review", len(sent)),
            sent,
            {"writer": user.username, "status": "review"},
        ),
    ):
        if kind:
            oldest = sorted(kind, key=lambda one: (one.since, one.name))[:_MOST_SHOWN]
            where = f"{address('bank-unit', unit.code)}?{urlencode(query)}"
            yield OwnItems(words, unit.code, oldest, len(kind), where, "writer" in query)
