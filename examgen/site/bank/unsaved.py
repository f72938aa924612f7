"""What somebody types into the form of an item, kept until it is saved: nobody else is shown it.

It waits where uploads wait, as long as they do, and enters neither the bank, nor git, nor the record. A
browser keeps none of it: the next person at the same computer would find keys there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.http import Http404, QueryDict

from examgen.core.files import json_bytes, read_input, write_file
from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.site.bank.fields import texts_sent
from examgen.site.keeping import uploads_stay
from examgen.site.uploads import Kept, all_kept, keep, kept

MOST_BYTES = 1_000_000
MOST_OF_ONE = 50
"""Unsaved items of one person in one unit."""
_ABOUT, _FILE = "unsaved items of {unit}", "item.json"


class Typed(NamedTuple):
    """A form as it was sent: its texts, what it began from, the item that it is of ("": a new one), and the
    item of which that is a copy ("": of none)."""

    id: UUID
    item: str
    texts: Mapping[str, str]
    base: str = ""
    """The fingerprint of the item."""
    was: str = ""
    """The digests of its fields, as the page has them."""
    copied: str = ""
    page: str = ""
    """The page on which it was typed last."""
    over: str = ""
    """The page on which it had been typed last when that one was opened."""


class Unsaved(NamedTuple):
    """Such a form, kept: since when, and until when it stays unless somebody goes on with it."""

    typed: Typed
    at: datetime
    until: datetime
    file: Kept


def typed_in(post: QueryDict) -> Typed:
    """What stands in a form that was sent; it has a number, by which it is kept."""
    try:
        number = UUID(post.get("draft", ""))
    except ValueError:
        number = uuid4()
    said = (post.get(name, "") for name in ("base", "was", "copied", "page", "over"))
    return Typed(number, post.get("item", ""), texts_sent(post), *said)


def keep_typed(user: Any, unit: str, typed: Typed) -> None:
    """Keeps a form, in the place of what was kept of it before. Raises Refused where it is too much, and
    where the form is open twice and was typed in elsewhere since: neither is written over."""
    data = json_bytes({**typed._asdict(), "id": str(typed.id)})
    if len(data) > MOST_BYTES:
        raise Refused(tell("the texts are too long to be kept before they are saved"))
    about = _ABOUT.format(unit=unit)
    with suppress(Http404):
        before = unsaved(user, unit, typed.id)
        if not _goes_on(typed, before.typed):
            raise Refused(tell("it is also open in another window and was changed there; continue there"))
        write_file(before.file.path, data)
        return
    if len(all_kept(user.username, about)) >= MOST_OF_ONE:
        raise Refused(tell("{n} of your items are not saved; save or discard some", n=MOST_OF_ONE))
    try:
        keep(user, about, _FILE, [data], number=typed.id)
    except FileExistsError:
        raise Http404 from None  # somebody else's, or of another unit


def unsaved_of(user: Any, unit: str) -> list[Unsaved]:
    """What somebody has not saved in a unit, the newest first."""
    found = []
    for one in all_kept(user.username, _ABOUT.format(unit=unit)):
        with suppress(Http404):
            found.append(_read(one))
    return sorted(found, key=lambda one: one.at, reverse=True)


def unsaved(user: Any, unit: str, number: UUID) -> Unsaved:
    """The form of that number; Http404 where nothing of that person is kept by it."""
    return _read(kept(user.username, _ABOUT.format(unit=unit), number))


def throw_away(user: Any, unit: str, number: UUID) -> None:
    """Keeps it no longer."""
    with suppress(Http404):
        kept(user.username, _ABOUT.format(unit=unit), number).give_up()


def was_saved(user: Any, unit: str, typed: Typed) -> None:
    """Keeps a form no longer that was saved; what was typed of it in another window stays."""
    with suppress(Http404):
        before = unsaved(user, unit, typed.id)
        if _goes_on(typed, before.typed):
            before.file.give_up()


def _goes_on(typed: Typed, before: Typed) -> bool:
    """Whether a form has all that was kept of it before."""
    return before.page in (typed.page, typed.over)


def _read(file: Kept) -> Unsaved:
    try:
        said = json.loads(read_input(file.path))
        at = datetime.fromtimestamp(file.path.stat().st_mtime, UTC)
        typed = Typed(**{**said, "id": file.id})
    except (OSError, ValueError, TypeError):  # gone meanwhile, or of another release
        raise Http404 from None
    return Unsaved(typed, at, at + timedelta(seconds=uploads_stay()), file)
