"""Pages of the bank: the units, and the items of a unit that match a search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from examgen.bank.opened import OpenUnit
from examgen.bank.rules.item_words import plain
from examgen.core.models.field_types import COGNITIVE, STATUSES
from examgen.core.models.item import Item
from examgen.core.text.markdown import images, in_rows, without_tables
from examgen.core.words import tell
from examgen.papers.item_pages import Sought
from examgen.site.access import allowed, may
from examgen.site.accounts.models import User
from examgen.site.accounts.roles import Role, people_of
from examgen.site.bank.authors import by_name, first_approvals, judged, written_here
from examgen.site.bank.history import Past, decided_by, who_decided
from examgen.site.bank.reviewing import waiting_items
from examgen.site.bank.statuses import OF_WRITERS
from examgen.site.bank.units import (
    KEYS,
    READ,
    SEE,
    SHOWN,
    SHOWN_WORDS,
    opened,
    rights,
    sees_keys,
    shown_as,
    stamp_text,
    units_seen,
)
from examgen.site.bank.writer_items import RETURNED, WAITING, returned
from examgen.site.language import told
from examgen.site.requests import Request, wants_part

ON_A_PAGE = 20
_LONGEST_QUERY = 200


class Asked(NamedTuple):
    """The fields of the search for items; empty fields do not limit it."""

    words: str = ""
    pc: str = ""
    level: str = ""
    status: str = ""
    cognitive: str = ""
    writer: str = ""
    decided: str = ""

    def sought(self) -> Sought:
        """Returns the search as `bank list` takes it."""
        return Sought(
            pc=self.pc or None,
            level=int(self.level) if self.level.isdecimal() and len(self.level) < 3 else None,
            categories=(self.cognitive,) if self.cognitive else (),
            statuses=(self.status,) if self.status in STATUSES else (),
            words=self.words,
        )


def asked_of(query: QueryDict) -> Asked:
    """Returns the search in the query string of a URL."""
    return Asked(*(query.get(name, "")[:_LONGEST_QUERY].strip() for name in Asked._fields))


@allowed("bank/", "bank", read=SEE)
def units(request: Request) -> HttpResponse:
    """Shows the units that the user may see, with their numbers of items."""
    rows = [
        {
            "code": code,
            "unit": unit.unit if unit else None,
            "n": len(unit.items) if unit else 0,
            "statuses": _counts(unit) if unit else [],
            "writes": unit is not None and may(request.user, {Role.WRITER}, {code}),
            "is_sound": bool(unit and unit.is_sound),
        }
        for code, unit in units_seen(request.user, READ)
    ]
    return render(request, "bank/units.html", {"rows": rows, "status_words": SHOWN_WORDS})


def _counts(unit: OpenUnit) -> list[tuple[str, int]]:
    counted = Counter(shown_as(unit, item) for item in unit.items.values())
    return [(status, counted[status]) for status in SHOWN if counted[status]]


class Chosen(NamedTuple):
    """What was chosen in a list: a status, a reason, and the items by their check box values, or all that
    match."""

    to: str = ""
    comment: str = ""
    items: Collection[str] = ()
    is_all: bool = False


@allowed("bank/<str:unit>/", "bank-unit", read=SEE)
def items(request: Request, unit: str) -> HttpResponse:
    """Shows a page of the items of a unit that match the search; only the list if htmx requests it."""
    return listed_items(request, unit, request.GET)


def listed_items(
    request: Request, unit: str, search: QueryDict, chosen: Chosen | None = None, refusal: str = ""
) -> HttpResponse:
    """Returns the page. `refusal` is why nothing could be done with what was `chosen`, which remains
    selected."""
    there, with_keys = opened(unit), sees_keys(request.user, unit)
    asked = asked_of(search)
    found = fitting(request.user, there, asked, with_keys)
    page = Paginator(found, ON_A_PAGE).get_page(search.get("page"))
    query = search.copy()
    query.pop("page", None)
    context: dict[str, Any] = {
        **rights(request.user, there),
        "page": page,
        "asked": asked,
        "query": query.urlencode(),
        "n": len(found),
        "stem_shown": stem_shown,
        "readers": None if with_keys else people_of(unit, *KEYS),
        "may_decide": False,
        "chosen": chosen or Chosen("approved" if asked.status == WAITING else ""),
        "refusal": refusal,
        "seconds": {},
        "last": {},
    }
    if with_keys and there.is_sound:
        in_review = [one.id for one in page.object_list if one.status == "review"]
        context |= {
            "may_decide": may(request.user, KEYS, {unit}),
            "judged": {one.id: judged(there, one) for one in page.object_list},
            "stamp": stamp_text(unit),
            "to": STATUSES if may(request.user, {Role.REVIEWER}, {unit}) else OF_WRITERS,
            "seconds": first_approvals(there, in_review),
        }
    if with_keys and asked.decided:
        context["last"] = decided_by(asked.decided, unit)
    elif with_keys and asked.status == RETURNED:
        back = returned(there)
        context["last"] = {
            name: Past(one.date, by_name(one.by), one.before, one.after, one.comment or "")
            for name, one in back.items()
        }
    status = 422 if refusal else 200
    if wants_part(request):
        return render(request, "bank/found.html", context, status=status)
    per_pc = Counter(pc for item in there.items.values() for pc in item.pcs)
    context |= {
        "per_pc": per_pc,
        "statuses": SHOWN,
        "cognitive": COGNITIVE,
        "writers": _people(request.user, written_here(unit)) if with_keys else [],
        "deciders": _people(request.user, who_decided(unit)) if with_keys else [],
    }
    return render(request, "bank/items.html", context, status=status)


def stem_shown(stem: str) -> str:
    """Returns a stem for a list: its text, with placeholders for tables and pictures."""
    without = without_tables(stem)
    held = [tell("[table]")] if without != stem and in_rows(stem) != stem else []
    held += [tell("[picture]")] * bool(images(stem, "stem"))
    return " ".join(filter(None, (plain(without), *map(told, held))))


def _people(user: Any, usernames: Collection[str]) -> list[tuple[str, str]]:
    """Returns people as pairs of user name and name, with the user first."""
    names = {one.username: str(one) for one in User.objects.filter(username__in=usernames)}
    found = [(who, names.get(who, who)) for who in usernames]
    return sorted(found, key=lambda one: (one[0] != user.username, one[1]))


def fitting(user: Any, unit: OpenUnit, asked: Asked, with_keys: bool) -> list[Item]:
    """Returns the items that match every field of the search. Those that a user decided on are sorted by
    decision, newest first."""
    found = unit.found(asked.sought(), with_keys)
    if asked.status == RETURNED:
        back = returned(unit)
        found = [one for one in found if one.id in back]
    elif asked.status == WAITING:
        waiting = {*waiting_items(user, unit)}
        found = [one for one in found if one.id in waiting]
    elif asked.status:
        found = [one for one in found if shown_as(unit, one) == asked.status]
    if with_keys and asked.writer:
        wrote = written_here(unit.code).get(asked.writer, {})
        found = [one for one in found if one.id in wrote]
    if with_keys and asked.decided:
        there = {one.id: one for one in found}
        found = [there[name] for name in decided_by(asked.decided, unit.code) if name in there]
    return found
