"""The authors of an item according to the record of the site: nobody approves or rates their own items.

If the record does not reach back to the beginning of a text, its author is not known, and two reviewers have
to approve it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from examgen.bank.opened import OpenUnit
from examgen.bank.reviews.moves import approvals_of
from examgen.core.files import sha256
from examgen.core.models.item import Item
from examgen.site.accounts.models import User
from examgen.site.audit.models import Entry
from examgen.site.audit.texts import text_name
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
