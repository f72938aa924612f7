"""The history of an item: the decisions on it, and its entries in the record of the site."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from examgen.bank.opened import OpenUnit
from examgen.bank.reviews.moves import decisions_on
from examgen.bank.reviews.statuses import Review
from examgen.core.models.field_types import CATEGORY_WORDS, STATUS_WORDS, STATUSES, Status
from examgen.core.models.item import Item
from examgen.core.words import tell
from examgen.core.yamlfile import load
from examgen.site.access import allowed
from examgen.site.accounts.models import User
from examgen.site.audit.models import Entry
from examgen.site.bank.authors import DECIDED, SECONDED, WITHDRAWN, WRITTEN, by_name, moves_of, written_here
from examgen.site.bank.fields import words_of
from examgen.site.bank.units import KEYS, item_of, opened, rights
from examgen.site.requests import Request
from examgen.site.workspace import bank, workspace
from examgen.site.writing import Version, versions

DONE = {
    "item.write": tell("wrote it"),
    "item.change": tell("changed it"),
    "item.import": tell("imported it from a file"),
    WITHDRAWN: tell("withdrew that approval"),
}


_SENT = [status for status in STATUSES if status not in ("draft", "retired")]


class Past(NamedTuple):
    """A decision on an item: when, by whom, the status before and after, and why. `is_first`: an approval
    that needs a second person; `is_second`: the approval of that second person; `is_taken_back`: one of its
    writers made it a draft again."""

    at: date
    by: str
    before: Status
    after: Status
    comment: str = ""
    is_first: bool = False
    is_second: bool = False
    is_taken_back: bool = False


def past_decisions(code: str, name: str) -> list[Past]:
    """Returns the decisions on an item including first approvals, newest first.

    The bank stores only the day of a decision; for a decision on the site, the record has the time.
    """
    entries = [*Entry.objects.filter(about=f"{code}/{name}", what__in=(DECIDED, SECONDED))]
    people = {
        one.username: str(one) for one in User.objects.filter(username__in={one.who for one in entries})
    }
    writers = {who for who, names in written_here(code).items() if name in names}
    found = [
        (one.at, Past(one.at, people.get(one.who, one.who), "review", "approved", is_first=True))
        for one in entries
        if one.what == SECONDED
    ]
    moment = datetime.min.replace(tzinfo=UTC)
    for one in decisions_on(bank(), code, name):
        past = Past(one.date, by_name(one.by), one.before, one.after, one.comment or "")
        entry = next((own for own in reversed(entries) if _is_of(own, one)), None)
        if entry is None:  # by command or by git: after what was decided before it
            moment = max(moment, timezone.make_aware(datetime.combine(one.date, time.min)))
        else:
            moment, is_taken_back = entry.at, one.after == "draft" and entry.who in writers
            past = past._replace(at=moment, is_taken_back=is_taken_back)
            if entry.detail.get("second"):  # the first of the two has a line of their own
                past = past._replace(by=people.get(entry.who, entry.who), is_second=True)
        found.append((moment, past))
    return [past for _, past in sorted(found, key=lambda one: one[0])][::-1]


def _day(entry: Entry) -> date:
    return timezone.localdate(entry.at)


def _is_of(entry: Entry, move: Review) -> bool:
    """Returns whether an entry is that of a move: the same statuses, person and day."""
    return (
        entry.what == DECIDED
        and entry.detail.get("to") == move.after
        and entry.detail.get("from", move.before) == move.before
        and _day(entry) == move.date
        and (move.by == entry.who or move.by.endswith((f"({entry.who})", f", {entry.who}")))
    )


def who_decided(code: str) -> list[str]:
    """Returns the user names of those who decided on items of a unit, sorted."""
    entries = _decisions().filter(about__startswith=f"{code}/")
    return [*entries.order_by("who").values_list("who", flat=True).distinct()]


def decided_by(username: str, code: str) -> dict[str, Past]:
    """Returns the user's last decision on each item of a unit, newest first."""
    found: dict[str, Past] = {}
    for entry in _decisions().filter(who=username, about__startswith=f"{code}/").order_by("-number"):
        name = entry.about.removeprefix(f"{code}/")
        if name not in found:
            found[name] = _past(entry, code, name)
    return found


_LATEST = 5


def latest_decisions(username: str) -> list[tuple[str, str, Past]]:
    """Returns the user's last decisions: the unit, the item, and the decision."""
    found = []
    for entry in _decisions().filter(who=username).order_by("-number")[:_LATEST]:
        code, _, name = entry.about.partition("/")
        found.append((code, name, _past(entry, code, name)))
    return found


def _decisions() -> QuerySet[Entry]:
    """Returns the entries of decisions on items, without those of writers who submit items."""
    others = [status for status in STATUSES if status != "review"]
    return Entry.objects.filter(Q(what=SECONDED) | Q(what=DECIDED, detail__to__in=others))


def _past(entry: Entry, code: str, name: str) -> Past:
    """Returns the decision of an entry without the person, with the reason that the bank has."""
    if entry.what == SECONDED:
        return Past(entry.at, "", "review", "approved", is_first=True)
    to, before = entry.detail["to"], entry.detail.get("from", "review")
    day = _day(entry)
    moves = moves_of(code).get(name, ())
    why = next((one.comment for one in reversed(moves) if (one.after, one.date) == (to, day)), None)
    return Past(entry.at, "", before, to, why or "", is_second=bool(entry.detail.get("second")))


def changed_fields(code: str, name: str) -> list[str] | None:
    """Returns the fields of an item that were changed on the site since it was last returned; None if it
    never was."""
    entries = Entry.objects.filter(about=f"{code}/{name}")
    back = entries.filter(what=DECIDED, detail__to="draft", detail__from__in=_SENT).order_by("number").last()
    if back is None:
        return None
    later = entries.filter(what__in=WRITTEN, number__gt=back.number).order_by("number")
    return [*dict.fromkeys(field for entry in later for field in entry.detail.get("fields", []))]


def versions_of(unit: OpenUnit, name: str) -> list[tuple[Version, Item]]:
    """Returns the versions of an item in git, newest first; empty if there is no repository."""
    found: list[tuple[Version, Item]] = []
    for version, data in versions(workspace(), unit.file_of(name)):
        with suppress(ValueError, RecursionError, AttributeError, TypeError):  # a file that had faults then
            one = next((Item.model_validate(one) for one in load(data) if one.get("id") == name), None)
            if one is not None and found and found[-1][1] == one:
                found.pop()  # the older of two with one text wrote it
            found += [(version, one)] if one is not None else []
    return found


@allowed("bank/<str:unit>/<str:item>/history/", "bank-history", read=KEYS, secret=True)
def item(request: Request, unit: str, item: str) -> HttpResponse:
    """Shows the history of an item."""
    there = opened(unit)
    one = item_of(there, item)
    entries = Entry.objects.filter(about=f"{unit}/{item}", what__in=(*WRITTEN, WITHDRAWN))
    done = list(entries.order_by("-number")[:200])
    names = dict(User.objects.filter(username__in={one.who for one in done}).values_list("username", "name"))
    context = {
        **rights(request.user, there),
        "item": one,
        "versions": [(one, datetime.fromisoformat(one.at)) for one, _ in versions_of(there, item)],
        "decisions": past_decisions(unit, item),
        "entries": [
            {
                "entry": entry,
                "who": names.get(entry.who, entry.who),
                "done": DONE[entry.what],
                "fields": entry.detail.get("fields", []),
            }
            for entry in done
        ],
        "words_of": words_of,
        "value_words": {**STATUS_WORDS, **CATEGORY_WORDS},
    }
    return render(request, "bank/history.html", context)
