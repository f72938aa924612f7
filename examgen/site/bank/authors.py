"""The items that a user wrote, and the authors of an item according to the record of the site: nobody
approves or rates their own items.

If the record does not reach back to the beginning of a text, its author is not known, and two reviewers have
to approve it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils import timezone

from examgen.bank.opened import OpenUnit
from examgen.bank.reviews.moves import approvals_of
from examgen.bank.reviews.statuses import Review, reviews_of
from examgen.core.files import sha256
from examgen.core.models.item import Item
from examgen.core.readings import Readings
from examgen.core.words import Message, tell, tell_n
from examgen.site.access import may
from examgen.site.accounts.models import Role, User
from examgen.site.audit.models import Entry, text_name
from examgen.site.bank.units import units_seen
from examgen.site.language import address
from examgen.site.workspace import bank, workspace

WRITTEN = ("item.write", "item.change", "item.import")
DECIDED = "item.status"
SECONDED = "item.second"
"""The first approval of a text whose authors are not all known; `hash` identifies the text. A second person's
approval makes the item approved."""
WITHDRAWN = "item.second-withdrawn"
"""The withdrawal of such an approval."""


class Authors(NamedTuple):
    """The authors of an item by user name: `since` its last approval (including the author of its present
    text, and anyone who changed something else about an approved text) and `ever`. `is_told`: whether all
    authors since the approval are known."""

    since: frozenset[str]
    ever: frozenset[str]
    is_told: bool


def authors_of(unit: OpenUnit, names: Iterable[str]) -> dict[str, Authors]:
    """Returns the authors of these items, by name."""
    about = {f"{unit.code}/{name}": name for name in names}
    written: dict[str, list[Entry]] = {}
    for entry in Entry.objects.filter(about__in=about, what__in=WRITTEN).order_by("-number"):
        written.setdefault(about[entry.about], []).append(entry)
    judged = approvals_of(bank(), unit.code)
    last: dict[str, int] = {}
    for one in Entry.objects.filter(about__in=about, what=DECIDED, detail__to="approved").order_by("number"):
        last[about[one.about]] = one.number
    found = {}
    for name in about.values():
        entries = written.get(name, [])
        since, is_told = _since_approval(unit.items[name], entries, judged.get(name, {}), last.get(name))
        found[name] = Authors(since, since | {one.who for one in entries}, is_told)
    return found


def written_here(code: str) -> Mapping[str, Mapping[str, datetime.datetime]]:
    """Returns by user name the items of a unit that the user wrote, changed or imported on the site, with the
    last time. Texts that came by git or by command are not included."""
    return _written(workspace(), code, _entries(code).values_list("number", "at").last())


def _entries(code: str) -> QuerySet[Entry]:
    return Entry.objects.filter(about__startswith=f"{code}/", what__in=WRITTEN).order_by("number")


@lru_cache(64)
def _written(place: Path, code: str, last: object) -> Mapping[str, Mapping[str, datetime.datetime]]:
    """Returns the same, up to the `last` entry, which makes caching safe because the record only grows."""
    by: dict[str, dict[str, datetime.datetime]] = {}
    for at, who, about in _entries(code).values_list("at", "who", "about"):
        by.setdefault(who, {})[about.removeprefix(f"{code}/")] = at
    return by


_ACCOUNT = re.compile(r" \(([\w.@+-]+)\)")


def by_name(by: str) -> str:
    """Returns the signatures in a decision without the user names, if the names are unique."""
    known = User.objects.filter(username__in=_ACCOUNT.findall(by))
    for one in known:
        if one.signature != one.username and User.objects.filter(name=one.name).count() == 1:
            by = by.replace(one.signature, one.name)
    return by


def _since(entry: Entry, days: Mapping[str, datetime.date], last: int | None) -> bool:
    """Returns whether an entry is no older than the last approval, which has the number `last` in the record.
    For an approval by command, only the day is known."""
    if last is not None:
        return entry.number > last
    return timezone.localdate(entry.at) >= max(days.values())


def _since_approval(
    item: Item, entries: Sequence[Entry], days: Mapping[str, datetime.date], last: int | None
) -> tuple[frozenset[str], bool]:
    """Returns who wrote an item since its last approval, and whether the record reaches back that far; `days`
    are the days of approval by the hash of the approved text."""
    now = text_name(item.sha256())
    text: str | None = now
    approved = {text_name(one) for one in days} - {now}
    wrote: set[str] = set()
    for entry in entries:  # the newest first
        # an entry may leave the text as it is, or bring it back, and change the case or the criterion
        if text in approved and not _since(entry, days, last):
            return frozenset(wrote), True
        if entry.detail.get("hash") == text:
            wrote.add(entry.who)
            text = entry.detail.get("was")
        if text == "":  # it began so
            return frozenset(wrote), True
    return frozenset(wrote), text in approved


def first_approvals(unit: OpenUnit, names: Iterable[str]) -> dict[str, list[Entry]]:
    """Returns by item the approvals of its present text that wait for a second person, newest first.
    Approvals before the last decision, and withdrawn ones, are left out."""
    about = {f"{unit.code}/{name}": name for name in names}
    texts: dict[str, str] = {}
    closed = set[str]()
    withdrawn = set[tuple[str, str]]()
    found: dict[str, list[Entry]] = {}
    entries = Entry.objects.filter(about__in=about, what__in=(SECONDED, DECIDED, WITHDRAWN))
    for entry in entries.order_by("-number"):
        name = about[entry.about]
        if entry.what == DECIDED:
            closed.add(name)
        elif entry.what == WITHDRAWN:
            withdrawn.add((name, entry.who))
        elif name not in closed and (name, entry.who) not in withdrawn:
            now = texts.setdefault(name, text_name(judged(unit, unit.items[name])))
            if entry.detail.get("hash") == now:
                found.setdefault(name, []).append(entry)
    return found


def judged(unit: OpenUnit, item: Item) -> str:
    """Returns a hash of everything to which an approval of the item applies."""
    return sha256(f"{item.sha256()} {unit.claims(item)}".encode())


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


def own_items(user: Any) -> list[dict[str, Any]]:
    """Returns the items that the user wrote on the site and that are not approved, or were approved recently:
    returned items, drafts, and items in review, by unit and kind. Returned items that no other writer could
    correct are included."""
    open_units = [unit for _, unit in units_seen(user, {Role.WRITER}) if unit is not None]
    return [kind for unit in open_units for kind in _of_unit(user, unit)]


def _of_unit(user: Any, unit: OpenUnit) -> Iterator[dict[str, Any]]:
    """Yields each kind of items in a unit: their number, the oldest of them, the URL of the list, and whether
    the user wrote them. Each item has the day since which it is in its state, and who returned it with which
    comment."""
    wrote = written_here(unit.code).get(user.username, {})
    back, moves = returned_to(user, unit), last_moves(unit.code)
    recent = timezone.localdate() - _TOLD_FOR
    found: dict[str, list[dict[str, Any]]] = {}
    for name in {**wrote, **back}:
        item, last = unit.items.get(name), moves.get(name)
        if item is None:
            continue
        day = last.date if last else timezone.localdate(wrote[name])
        if name in back:
            kind = RETURNED if name in wrote else ""
        elif item.status in ("draft", "review"):
            kind = item.status
        elif last and last.after == "approved" and day >= recent:
            kind = "approved"
        else:
            continue
        one = {
            "name": name,
            "stem": item.stem,
            "address": address("bank-item", unit.code, name),
            "since": timezone.localdate(wrote[name]) if kind == "draft" else day,
            "by": by_name(back[name].by) if name in back else "",
            "comment": back[name].comment if name in back else "",
        }
        found.setdefault(kind, []).append(one)
    n = {kind: len(some) for kind, some in found.items()}.get
    for kind, words in (
        (RETURNED, came_back(n(RETURNED, 0), 0)),
        ("", came_back(0, n("", 0))),
        ("approved", tell_n("{n} item was approved", "{n} items were approved", n("approved", 0))),
        ("draft", tell_n("{n} draft not yet sent", "{n} drafts not yet sent", n("draft", 0))),
        ("review", tell_n("{n} item in review", "{n} items in review", n("review", 0))),
    ):
        if some := found.get(kind):
            query = {"writer": user.username, "status": kind} if kind else {"status": RETURNED}
            yield {
                "words": words,
                "unit": unit.code,
                "oldest": sorted(some, key=lambda one: (one["since"], one["name"]))[:_MOST_SHOWN],
                "n": len(some),
                "address": f"{address('bank-unit', unit.code)}?{urlencode(query)}",
                "is_own": bool(kind),
            }
