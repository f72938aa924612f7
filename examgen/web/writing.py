"""What the site writes into the bank: on the disk, on record and in git, also where the process is killed.

    with writing(user, [unit], message) as one:
        ...                                     # files of the unit are written, or what refuses it raises
        one.did("item.change", f"{unit}/{name}", hash=...)

Before a file is written the database knows that a change is begun, by whom, and what the files of the units
were. It forgets that when the change is on record and committed. All this happens under the lock of the bank:
whoever holds it and finds such a beginning knows that its process is no more, and does what was left to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.utils import timezone

from examgen.changes import changing, settle
from examgen.storage import sha256_of
from examgen.web.accounts.models import User
from examgen.web.audit.models import Begun
from examgen.web.audit.record import record
from examgen.web.bank.units import opened
from examgen.web.history import commit
from examgen.web.language import said
from examgen.web.requests import Request
from examgen.web.workspace import bank, workspace
from examgen.words import tell
from examgen.workflow.readings import Readings

Act = tuple[str, str, dict[str, Any]]
"""What was done, to what, and the details: an entry of the record."""

TEXTS = "texts"
"""The detail of an act about a unit that stands for one about each item that will be new or have another
text: by item, the hash of its text before (`texts_of`)."""

LATE = 60
"""Seconds after which a change that is still begun is looked after by who has the time."""

_digests = Readings[str](4_096)


class Writing:
    """A change under way: what it is to say on record, and whether git has taken it in the end."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.acts: list[Act] = []
        self.is_in_git = True

    def did(self, what: str, about: str, **detail: Any) -> None:
        """Enters an act, which is on record when the change has happened."""
        self.acts.append((what, about, detail))

    def warn(self, request: Request) -> None:
        """Says so to who asked where git has not taken the change."""
        if not self.is_in_git:
            why = tell("It is saved, but git did not take it: the log of the server says why.")
            messages.warning(request, said(why))


@contextmanager
def writing(
    user: Any, units: Iterable[str], message: str, acts: Iterable[Act] = (), texts: str = ""
) -> Iterator[Writing]:
    """A change of files of those units.

    `acts` are for the record where the process is killed before the change itself could say what it did
    (`did`); `texts` is the code of such an act about each item that will be new or have another text.
    """
    with changing(bank()):
        finish()
        codes = [*units]
        of_items: list[Act] = [(texts, code, {TEXTS: texts_of(code)}) for code in codes if texts]
        begun = Begun.objects.create(
            who=user.username,
            message=message,
            units=codes,
            files=_files_of(codes),
            acts=[*acts, *of_items],
        )
        one = Writing(message)
        try:
            yield one
        except BaseException:
            _finish(begun)  # of several files, some may have their new place already
            raise
        _record(begun, user, one.acts)
        one.is_in_git = _commit(begun, user, one.message)
        begun.delete()


def finish() -> None:
    """Does what is left to do of changes whose process was killed; who calls holds the lock of the bank."""
    for begun in Begun.objects.order_by("pk"):
        _finish(begun)


def finish_all() -> None:
    """The same when the site starts."""
    if Begun.objects.exists():
        with changing(bank()):
            finish()


def finish_late() -> None:
    """The same where a change has been under way for long: nobody else may come for it."""
    late = timezone.now() - timedelta(seconds=LATE)
    if Begun.objects.filter(at__lt=late).exists():
        with changing(bank()):
            finish()


def _finish(begun: Begun) -> None:
    settle(bank())
    changed = _changed(begun)
    user = User.objects.filter(username=begun.who).first() or User(username=begun.who)
    if changed and not begun.is_recorded:
        _record(begun, user, _late(begun))
    if changed:
        _commit(begun, user, begun.message)
    begun.delete()


def _late(begun: Begun) -> Iterator[Act]:
    """The acts of a change that did not come to tell them itself."""
    broke_off = begun.at.isoformat(timespec="seconds")
    for what, about, detail in begun.acts:
        before = detail.get(TEXTS)
        if before is None:
            yield what, about, {**detail, "broke_off": broke_off}
            continue
        for name, text in texts_of(about).items():
            if text != before.get(name):
                was = before.get(name, "")
                yield what, f"{about}/{name}", {"hash": text, "was": was, "broke_off": broke_off}


def texts_of(unit: str) -> dict[str, str]:
    """By item, the hash of its text."""
    return {name: item.sha256() for name, item in opened(unit).items.items()}


def _record(begun: Begun, user: Any, acts: Iterable[Act]) -> None:
    with transaction.atomic():
        for what, about, detail in acts:
            record(user, what, about, **detail)
        begun.is_recorded = True
        begun.save(update_fields=["is_recorded"])


def _commit(begun: Begun, user: Any, message: str) -> bool:
    """Where the workspace is a repository, what was written under the name of who wrote it."""
    return commit(workspace(), [bank() / name for name in _changed(begun)], message, user)


def _changed(begun: Begun) -> list[str]:
    """The files of the units that are not as they were, by their names in the bank."""
    now = _files_of(begun.units)
    return [name for name in {**begun.files, **now} if begun.files.get(name) != now.get(name)]


def _files_of(units: Iterable[str]) -> dict[str, str]:
    """Every file of the units, by its name in the bank, and the SHA-256 of what it holds."""
    found = (path for code in units for path in sorted((bank() / code).rglob("*")) if path.is_file())
    return {path.relative_to(bank()).as_posix(): _digest(path) for path in found}


def _digest(path: Path) -> str:
    return _digests.of(path, [path], lambda: sha256_of(path))
