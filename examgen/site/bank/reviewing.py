"""Items that wait for a reviewer, one after the other: as they print, with the decision beside them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from examgen.bank.editing import draft_of, texts_of
from examgen.bank.opened import OpenUnit
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
from examgen.site.audit.models import Entry
from examgen.site.audit.texts import named, text_name
from examgen.site.bank.authors import SECONDED, authors_of, judged
from examgen.site.bank.findings import findings_of
from examgen.site.bank.statuses import decision_on
from examgen.site.bank.units import SHOWN_WORDS, opened
from examgen.site.requests import Request


def waiting_items(user: Any, unit: OpenUnit) -> list[str]:
    """The items in review that somebody else wrote and that the user has not approved yet, in their order."""
    names = [name for name, item in unit.items.items() if item.status == "review"]
    if not names:
        return []
    about = {f"{unit.code}/{name}": name for name in names}
    own = Entry.objects.filter(about__in=about, what=SECONDED, who=user.username)
    given = {(about[one.about], named(one.detail.get("hash"))) for one in own}
    written = authors_of(unit, names)
    return [
        name
        for name in names
        if user.username not in written[name].since
        and (name, text_name(judged(unit, unit.items[name]))) not in given
    ]


@allowed(read={Role.REVIEWER}, write={Role.REVIEWER}, within="unit", secret=True)
def review(request: Request, unit: str) -> HttpResponse:
    """The next item that waits after the one that the address names; the first where there is none."""
    there = opened(unit)
    names = waiting_items(request.user, there)
    after = request.GET.get("after", "")
    name = next((one for one in names if one > after), names[0] if names else "")
    item = there.items.get(name)
    context: dict[str, Any] = {"unit": there, "item": item, "n": len(names), "status_words": SHOWN_WORDS}
    if item:
        context |= {
            "criteria": {one.code: one.text for one in there.unit.criteria},
            "decision": decision_on(request.user, there, item),
            "found": findings_of(draft_of(there, name, texts_of(item)), texts_of(item), there.unit),
        }
    return render(request, "bank/review.html", context)
