"""The reason that a reviewer types for a decision on an item, stored until the decision; and the writer's
answer, stored until it is sent.

It is shown to nobody else. It is stored with the uploads, and for as long as they are. It belongs to the next
decision: however that is made, and in whatever order requests arrive, nothing of it is stored for the one
after.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db.models import Max
from django.http import Http404

from examgen.core.files import read_input, write_file
from examgen.site.audit.models import Entry
from examgen.site.bank.authors import DECIDED, SECONDED, WITHDRAWN
from examgen.site.uploads import keep, kept

LONGEST = 4_000
_FILE = "reason.txt"
REASON, ANSWER = "reason on", "answer on"


def last_decision(user: Any, unit: str, item: str, kind: str = REASON) -> int:
    """Returns the number of the last decision on an item in the record; 0 without one. For a reviewer's
    reason, only the user's own decisions count, so that it outlasts those of others."""
    entries = Entry.objects.filter(about=f"{unit}/{item}", what__in=(DECIDED, SECONDED, WITHDRAWN))
    if kind == REASON:
        entries = entries.filter(who=user.username)
    return entries.aggregate(last=Max("number"))["last"] or 0


def keep_reason(
    user: Any, unit: str, item: str, text: str, kind: str = REASON, after: int | None = None
) -> None:
    """Stores a reason in place of the earlier one, and deletes it if it is empty. `after` is the number of
    the decision after which it was written, if that is not the last one."""
    data = text[:LONGEST].encode()
    about, number = _of(user, unit, item, kind, after)
    try:
        before = kept(user.username, about, number)
    except Http404:
        if data:
            with suppress(FileExistsError):  # two requests at once: what is typed next is kept
                keep(user, about, _FILE, [data], number=number)
        return
    if data:
        write_file(before.path, data)
    else:
        before.give_up()


def kept_reason(user: Any, unit: str, item: str, kind: str = REASON) -> str:
    """Returns the stored text; empty if there is none."""
    try:
        return read_input(kept(user.username, *_of(user, unit, item, kind)).path).decode("utf-8", "replace")
    except (Http404, OSError):
        return ""


def _of(user: Any, unit: str, item: str, kind: str, after: int | None = None) -> tuple[str, UUID]:
    """Returns what a stored text is about, and its id."""
    last = last_decision(user, unit, item, kind) if after is None else after
    about = f"{kind} {unit}/{item}" + (f" {last}" if last else "")
    return about, uuid5(NAMESPACE_URL, json.dumps([user.username, about]))
