"""Who wrote an item: nobody approves his own."""

from __future__ import annotations

from typing import Any

from examgen.models.item import Item
from examgen.web.audit.models import Entry
from examgen.web.bank.versions import last_change
from examgen.web.history import address_of
from examgen.workflow.bank.opened import OpenUnit

WRITTEN = ("item.write", "item.change", "item.import")
DECIDED = "item.status"


def is_author(user: Any, unit: OpenUnit, item: Item) -> bool:
    """Whether somebody wrote the text of an item as it is, or any since it was last approved.

    By the record of the site; where that has not seen the present text, by git.
    """
    about = f"{unit.code}/{item.id}"
    wrote: list[str] = []
    seen = ""
    for entry in Entry.objects.filter(about=about, what__in=(*WRITTEN, DECIDED)).order_by("number"):
        if entry.what != DECIDED:
            wrote.append(entry.who)
            seen = entry.detail.get("hash", "")
        elif entry.detail.get("to") == "approved":
            wrote = wrote[-1:]  # earlier ones were judged by somebody else
    if user.username in wrote:
        return True
    if seen == item.sha256():
        return False
    version = last_change(unit, item.id)
    if version is None:
        return False
    return version.email in {address_of(user), user.email or None} or version.name == str(user)
