"""What the site writes into the bank and into the folders of sittings: on the disk, on record and, for the
bank, in git, also where the process is killed.

    with writing(user, [unit], message) as one:
        ...                                     # files of the unit are written, or what refuses it raises
        one.did("item.change", f"{unit}/{name}", hash=...)

    with deciding(user, place, "rows.decide", exam, line=...):
        ...                                     # files of the sitting are written

Before a file is written the database knows that a change is begun, by whom, and what the files were. It
forgets that when the change is on record and committed. All this happens under the lock of the folder:
whoever holds it and finds such a beginning knows that its process is no more, and does what was left to do.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from examgen.changes import changing, settle
from examgen.problems import ExamgenError
from examgen.storage import sha256_of
from examgen.web.accounts.models import User
from examgen.web.audit.models import Begun
from examgen.web.audit.record import record
from examgen.web.bank.units import opened
from examgen.web.database import found
from examgen.web.git_history import commit
from examgen.web.language import said
from examgen.web.requests import Request
from examgen.web.workspace import bank, workspace
from examgen.words import tell
from examgen.workflow.bank.editing import fingerprint
from examgen.workflow.readings import Readings
from examgen.workflow.sitting.folder import ANSWERS, PROPOSED, REVIEW, SCANS, Sitting

Act = tuple[str, str, dict[str, Any]]
"""What was done, to what, and the details: an entry of the record."""

ITEMS = "items"
"""The detail of an act about a unit that stands for one about each item that will be new or another: by item,
its fingerprint before, and the hash of its text, which not every field is part of (`_items_of`)."""

log = logging.getLogger("examgen.writing")

_digests = Readings[str](4_096)
_held = set[str]()
"""Folders that were held when this process last wanted to finish what was begun there."""


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
    user: Any,
    units: Iterable[str],
    message: str,
    acts: Iterable[Act] = (),
    items: str = "",
    only: Collection[str] | None = None,
) -> Iterator[Writing]:
    """A change of files of those units.

    `acts` are for the record where the process is killed before the change itself could say what it did
    (`did`); `items` is the code of such an act about each item that will be new or another, of those that are
    there `only` these.
    """
    with changing(bank()):
        finish(bank())
        codes = [*units]
        of_items: list[Act] = [(items, code, {ITEMS: _items_of(code, only)}) for code in codes if items]
        begun = _begin(user, bank(), [*acts, *of_items], codes, message)
        one = Writing(message)
        try:
            yield one
        except BaseException:
            _finish(begun)  # of several files, some may have their new place already
            raise
        _record(begun, user, one.acts)
        one.is_in_git = _commit(begun, user, one.message)
        begun.delete()


@contextmanager
def deciding(user: Any, place: Sitting, what: str, exam: str, **detail: Any) -> Iterator[Writing]:
    """A change of the folder of a sitting, on record as that with those details, or as what it says itself
    that it did (`did`)."""
    with place.changing():
        finish(place.place)
        begun = _begin(user, place.place, [(what, exam, detail)])
        one = Writing("")
        try:
            yield one
        except BaseException:
            _finish(begun)
            raise
        with transaction.atomic():
            _record(begun, user, one.acts or [(what, exam, detail)])
            begun.delete()


def _begin(user: Any, folder: Path, acts: list[Act], units: Sequence[str] = (), message: str = "") -> Begun:
    name = folder.relative_to(workspace()).as_posix()
    files = _files_of(folder, units)
    begun: Begun = Begun.objects.create(
        who=user.username, message=message, folder=name, units=[*units], files=files, acts=acts
    )
    return begun


def finish(folder: Path) -> None:
    """Does what is left to do of changes whose process was killed; who calls holds the lock of the folder."""
    name = folder.relative_to(workspace()).as_posix()
    for begun in found(Begun, "folder = %s ORDER BY id", [name]):
        _finish(begun)


def finish_all(seconds: float = 0) -> None:
    """The same in every folder, as when the site starts; only what was begun so many seconds ago. A folder
    that a command holds is not waited for: it is left to the next who comes, a worker or a writer."""
    since = timezone.now() - timedelta(seconds=seconds)
    for name in {*Begun.objects.filter(at__lte=since).values_list("folder", flat=True)}:
        folder = workspace() / name
        try:
            with changing(folder, wait=0):
                finish(folder)
            _held.discard(name)
        except ExamgenError:
            if name not in _held:  # workers come by twice a second
                log.warning("%s is held: what was begun there is left for later", name)
            _held.add(name)


def _finish(begun: Begun) -> None:
    settle(workspace() / begun.folder)
    changed = _changed(begun)
    user = User.objects.filter(username=begun.who).first() or User(username=begun.who)
    if changed and not begun.is_recorded:
        _record(begun, user, _late(begun))
    if changed and begun.units:
        _commit(begun, user, begun.message)
    begun.delete()


def _late(begun: Begun) -> Iterator[Act]:
    """The acts of a change that did not come to tell them itself."""
    broke_off = begun.at.isoformat(timespec="seconds")
    for what, about, detail in begun.acts:
        before = detail.get(ITEMS)
        if before is None:
            yield what, about, {**detail, "broke_off": broke_off}
            continue
        try:
            there = opened(about).items
        except (ExamgenError, Http404):  # somebody has broken or removed the unit: the bank must not stop
            yield what, about, {"broke_off": broke_off}
            continue
        for name, item in there.items():
            was = before.get(name, ("", ""))
            if was is not None and was[0] != fingerprint(item):
                yield what, f"{about}/{name}", {"hash": item.sha256(), "was": was[1], "broke_off": broke_off}


def _items_of(unit: str, only: Collection[str] | None) -> dict[str, tuple[str, str] | None]:
    """Of each item its fingerprint and the hash of its text; None of those that stay."""
    there = opened(unit).items
    return {
        name: (fingerprint(item), item.sha256()) if only is None or name in only else None
        for name, item in there.items()
    }


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
    """The files that are not as they were, by their names in the folder."""
    folder = workspace() / begun.folder
    if not folder.is_dir():  # it went with its exam
        return []
    now = _files_of(folder, begun.units)
    return [name for name in {**begun.files, **now} if begun.files.get(name) != now.get(name)]


def _files_of(folder: Path, units: Sequence[str]) -> dict[str, str]:
    """By its name in the folder, what tells a file from what it was: every file of those units; in the folder
    of a sitting, all but what is in its scans and was not decided by people."""
    if units:
        paths = [path for code in units for path in (folder / code).rglob("*")]
    else:
        paths = [path for pattern in _OF_SITTINGS for path in folder.glob(pattern)]
    return {path.relative_to(folder).as_posix(): _mark(path) for path in sorted(paths)}


_OF_SITTINGS = ("[!.]*", f"{ANSWERS}/*", f"{PROPOSED}/*", f"{SCANS}/*", f"{SCANS}/*/{REVIEW}/*")
_SMALL = 1 << 20


def _mark(path: Path) -> str:
    """The SHA-256 of what a file holds; of a large one its size and when it was written; of a folder that it
    is there."""
    if path.is_dir():
        return "folder"
    said = path.stat()
    if said.st_size > _SMALL:
        return f"{said.st_size} {said.st_mtime_ns}"
    return _digests.of(path, [path], lambda: sha256_of(path))
