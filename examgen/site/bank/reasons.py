"""The reason that a reviewer is writing beside an item, kept until the item is decided on; and what its
writer answers, kept until it is sent.

Nobody else is shown it. It waits where uploads wait, and as long as they do.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.http import Http404

from examgen.core.storage import read_input, write_file
from examgen.site.uploads import keep, kept

LONGEST = 4_000
_FILE = "reason.txt"
REASON, ANSWER = "reason on", "answer on"


def keep_reason(user: Any, unit: str, item: str, text: str, kind: str = REASON) -> None:
    """Keeps a reason in the place of what was kept of it before; an empty one is kept no longer."""
    data = text[:LONGEST].encode()
    try:
        before = kept(user.username, *_of(user, unit, item, kind))
    except Http404:
        if data:
            with suppress(FileExistsError):  # two requests at once: what is typed next is kept
                about, number = _of(user, unit, item, kind)
                keep(user, about, _FILE, [data], number=number)
        return
    if data:
        write_file(before.path, data)
    else:
        before.give_up()


def kept_reason(user: Any, unit: str, item: str, kind: str = REASON) -> str:
    """What is kept of it; nothing where nothing is."""
    try:
        return read_input(kept(user.username, *_of(user, unit, item, kind)).path).decode("utf-8", "replace")
    except (Http404, OSError):
        return ""


def _of(user: Any, unit: str, item: str, kind: str) -> tuple[str, UUID]:
    """What it is about, and its number."""
    about = f"{kind} {unit}/{item}"
    return about, uuid5(NAMESPACE_URL, json.dumps([user.username, about]))
