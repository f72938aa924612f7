"""What became of an item: its versions, the decisions on it, what the site has on record."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render

from examgen.bank.reviews.moves import decisions_on
from examgen.core.models.base import CATEGORY_WORDS, STATUS_WORDS
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
        "decisions": decisions_on(bank(), unit, item),
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
