"""What became of an item: its versions, the decisions on it, what the site has on record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from examgen.bank.reviews.moves import decisions_on
from examgen.bank.reviews.statuses import Review
from examgen.core.models.base import CATEGORY_WORDS, STATUS_WORDS, Status
from examgen.core.words import tell
from examgen.site.access import allowed
from examgen.site.accounts.models import User
from examgen.site.audit.models import Entry
from examgen.site.bank.authors import DECIDED, SECONDED, WRITTEN
from examgen.site.bank.fields import words_of
from examgen.site.bank.units import KEYS, item_of, opened, rights
from examgen.site.bank.versions import item_versions
from examgen.site.requests import Request
from examgen.site.workspace import bank

DONE = {
    "item.write": tell("wrote it"),
    "item.change": tell("changed it"),
    "item.import": tell("brought it in from a file"),
    DECIDED: tell("gave it a status"),
    SECONDED: tell("approved it first of two"),
}


class Past(NamedTuple):
    """A decision on an item: when, by whom, from what to what, and why; `is_first`: an approval that takes
    that of a second person."""

    at: date
    by: str
    before: Status
    after: Status
    comment: str = ""
    is_first: bool = False


def past_decisions(code: str, name: str) -> list[Past]:
    """What was decided on an item, first approvals among it, the newest first.

    The bank knows the day of a decision; of one on the site the record has the hour.
    """
    entries = Entry.objects.filter(about=f"{code}/{name}", what__in=(DECIDED, SECONDED)).order_by("number")
    return _merged(decisions_on(bank(), code, name), entries)


def _merged(decided: Iterable[Review], entries: Iterable[Entry]) -> list[Past]:
    found, on_site = list[Past](), list(entries)
    names = dict(
        User.objects.filter(username__in={one.who for one in on_site}).values_list("username", "name")
    )

    def first(entry: Entry) -> Past:
        return Past(entry.at, names.get(entry.who) or entry.who, "review", "approved", is_first=True)

    for one in decided:
        mine = [
            n
            for n, entry in enumerate(on_site)
            if entry.what == DECIDED
            and entry.detail.get("to") == one.after
            and timezone.localdate(entry.at) == one.date
        ]
        at: date = one.date
        if mine:
            at = on_site[mine[0]].at
            found += [first(entry) for entry in on_site[: mine[0]] if entry.what == SECONDED]
            del on_site[: mine[0] + 1]
        found.append(Past(at, one.by, one.before, one.after, one.comment or ""))
    found += [first(entry) for entry in on_site if entry.what == SECONDED]
    return found[::-1]


@allowed(read=KEYS, within="unit", secret=True)
def item(request: Request, unit: str, item: str) -> HttpResponse:
    """The history of an item."""
    there = opened(unit)
    one = item_of(there, item)
    entries = Entry.objects.filter(about=f"{unit}/{item}", what__in=(*WRITTEN, DECIDED, SECONDED))
    versions = [
        {"at": datetime.fromisoformat(found.version.at), "found": found}
        for found in item_versions(there, item)
    ]
    done = list(entries.order_by("-number")[:200])
    names = dict(User.objects.filter(username__in={one.who for one in done}).values_list("username", "name"))
    context = {
        **rights(request.user, there),
        "item": one,
        "versions": versions,
        "decisions": past_decisions(unit, item),
        "entries": [
            {
                "entry": entry,
                "who": names.get(entry.who, entry.who),
                "done": DONE[entry.what],
                "to": entry.detail.get("to"),
                "fields": entry.detail.get("fields", []),
            }
            for entry in done
        ],
        "words_of": words_of,
        "value_words": {**STATUS_WORDS, **CATEGORY_WORDS},
    }
    return render(request, "bank/history.html", context)
