"""The text typed into the form of an item, which is stored until it is saved and shown to nobody else.

It is stored with the uploads for as long as they are, and is not in the bank, in git or in the record. The
browser stores none of it, because the next user of the computer could find keys there.
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
from examgen.site.bank.fields import texts_sent
from examgen.site.uploads import Kept, all_kept, keep, kept, uploads_stay

MOST_BYTES = 1_000_000
MOST_OF_ONE = 50
"""The maximum number of unsaved items of one user in one unit."""
_ABOUT, _FILE = "unsaved items of {unit}", "item.json"


class Typed(NamedTuple):
    """A form as it was sent: its texts, its original state, the item it edits (empty for a new one), and the
    item it copies (empty if none)."""

    id: UUID
    item: str
    texts: Mapping[str, str]
    base: str = ""
    """The fingerprint of the item when the form was opened."""
    was: str = ""
    """The digests of its fields when the form was opened, as on the page."""
    copied: str = ""
    page: str = ""
    """The page on which it was last typed."""
    over: str = ""
    """The page on which it had last been typed when `page` was opened."""


class Unsaved(NamedTuple):
    """A stored form: when it was last changed, and when it expires unless it is changed again."""

    typed: Typed
    at: datetime
    until: datetime
    file: Kept


def typed_in(post: QueryDict) -> Typed:
    """Returns the content of a form that was sent. It has an id under which it is stored."""
    try:
        number = UUID(post.get("draft", ""))
    except ValueError:
        number = uuid4()
    said = (post.get(name, "") for name in ("base", "was", "copied", "page", "over"))
    return Typed(number, post.get("item", ""), texts_sent(post), *said)


def keep_typed(user: Any, unit: str, typed: Typed) -> None:
    """Stores a form in place of its earlier content. Raises Refused if it is too large or there are too many,
    or if it was changed in another window since; neither content is then overwritten."""
    data = json_bytes({**typed._asdict(), "id": str(typed.id)})
    if len(data) > MOST_BYTES:
        raise Refused.because("the texts are too long to be kept before they are saved")
    about = _ABOUT.format(unit=unit)
    with suppress(Http404):
        before = unsaved(user, unit, typed.id)
        if not _goes_on(typed, before.typed):
            raise Refused.because("it is also open in another window and was changed there; continue there")
        write_file(before.file.path, data)
        return
    if len(all_kept(user.username, about)) >= MOST_OF_ONE:
        raise Refused.because("{n} of your items are not saved; save or discard some", n=MOST_OF_ONE)
    try:
        keep(user, about, _FILE, [data], number=typed.id)
    except FileExistsError:
        raise Http404 from None  # somebody else's, or of another unit


def unsaved_of(user: Any, unit: str) -> list[Unsaved]:
    """Returns the user's unsaved forms in a unit, newest first."""
    found = []
    for one in all_kept(user.username, _ABOUT.format(unit=unit)):
        with suppress(Http404):
            found.append(_read(one))
    return sorted(found, key=lambda one: one.at, reverse=True)


def unsaved(user: Any, unit: str, number: UUID) -> Unsaved:
    """Returns the user's stored form with that id. Raises Http404 if there is none."""
    return _read(kept(user.username, _ABOUT.format(unit=unit), number))


def throw_away(user: Any, unit: str, number: UUID) -> None:
    """Deletes a stored form."""
    with suppress(Http404):
        kept(user.username, _ABOUT.format(unit=unit), number).give_up()


def was_saved(user: Any, unit: str, typed: Typed) -> None:
    """Deletes a stored form that has been saved, unless it was also changed in another window."""
    with suppress(Http404):
        before = unsaved(user, unit, typed.id)
        if _goes_on(typed, before.typed):
            before.file.give_up()


def _goes_on(typed: Typed, before: Typed) -> bool:
    """Returns whether a form is based on the text that was last stored."""
    return before.page in (typed.page, typed.over)


def _read(file: Kept) -> Unsaved:
    try:
        said = json.loads(read_input(file.path))
        at = datetime.fromtimestamp(file.path.stat().st_mtime, UTC)
        typed = Typed(**{**said, "id": file.id})
    except (OSError, ValueError, TypeError):  # gone meanwhile, or of another release
        raise Http404 from None
    return Unsaved(typed, at, at + timedelta(seconds=uploads_stay()), file)
