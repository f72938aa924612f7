"""What the site writes into the bank and the folders of sittings, and what its jobs make: on the disk, on
record and, for the bank, in git, also where the process is killed.

    with writing(user, [unit], message) as one:
        ...                                     # files of the unit are written, or what refuses it raises
        one.did("item.change", f"{unit}/{name}", hash=...)

    with deciding(user, place, "rows.decide", exam, line=...):
        ...                                     # files of the sitting are written

    with making(asked, folder, paths, [("analysis.made", exam, {"run": 1})]):
        ...                                     # the result of a job is put in its place

Before a file is written the database knows that a change is begun, by whom, and what the files were. It
forgets that when the change is on record and committed. Of a change all this happens under the lock of the
folder: whoever holds it and finds such a beginning knows that its process is no more, and does what was left
to do. A job may take hours, in which others read there: that it is no more is known by its worker, and the
next worker puts on record what it finds in its place.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from examgen.bank.editing import fingerprint
from examgen.core.changes import changing, settle
from examgen.core.exam.names import RECORD, SITTING
from examgen.core.files import PRIVATE_FOLDER, sha256_of
from examgen.core.problems import ExamgenError
from examgen.core.readings import Readings
from examgen.core.record import read_acts
from examgen.core.words import tell
from examgen.evidence.certificates import RECORD as REGISTER_RECORD
from examgen.evidence.certificates import REGISTER
from examgen.scoring.sitting_folder import PROPOSED, Sitting
from examgen.scoring.sitting_record import ANSWERS, METHODS, RETURNS, REVIEW, SCANS
from examgen.site.accounts.models import User
from examgen.site.audit.models import Begun
from examgen.site.audit.record import alone, record
from examgen.site.audit.texts import text_name
from examgen.site.bank.units import opened
from examgen.site.git_history import commit
from examgen.site.language import said
from examgen.site.requests import Request
from examgen.site.workspace import bank, output, workspace
from examgen.sitting.taking import on_record

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
        with _under_way(_begin(user, bank(), [*acts, *of_items], codes, message), user) as one:
            yield one


@contextmanager
def _under_way(begun: Begun, user: Any, otherwise: Sequence[Act] = ()) -> Iterator[Writing]:
    """A change that was begun: on record as what it says that it did, or else as that; and in git, where it
    has a message for it."""
    one = Writing(begun.message)
    try:
        yield one
    except BaseException:
        _finish(begun)  # of several files, some may have their new place already
        raise
    with nullcontext() if begun.message else transaction.atomic():
        _record(begun, user, one.acts or otherwise)
        if begun.message:
            one.is_in_git = _commit(begun, user, one.message)
        begun.delete()


@contextmanager
def deciding(user: Any, place: Sitting, what: str, exam: str, **detail: Any) -> Iterator[Writing]:
    """A change of the folder of a sitting, on record as that with those details, or as what it says itself
    that it did (`did`)."""
    with place.changing():
        finish(place.place)
        acts = [(what, exam, detail)]
        begun = _begin(user, place.place, acts)
        with _under_way(begun, user, acts) as one, on_record(place, user.signature):
            yield one


@contextmanager
def registering(user: Any, what: str, about: str, **detail: Any) -> Iterator[Writing]:
    """A change of the register of certificates, on record as that with those details, or as what it says
    itself that it did (`did`)."""
    folder = workspace() / REGISTER
    folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with changing(folder):
        finish(folder)
        acts = [(what, about, detail)]
        with _under_way(_begin(user, folder, acts), user, acts) as one:
            yield one


@contextmanager
def setting(user: Any, what: str, message: str) -> Iterator[Writing]:
    """A change of files at the top of the workspace, its settings among them: on record, and in git."""
    with changing(workspace()):
        finish(workspace())
        acts: list[Act] = [(what, "", {})]
        with _under_way(_begin(user, workspace(), acts, message=message), user, acts) as one:
            yield one


@contextmanager
def making(
    asked: Mapping[str, Any], folder: Path, paths: Iterable[str], acts: Iterable[Act]
) -> Iterator[Writing]:
    """What a job puts below a folder, where those patterns find it; `asked` is what the job was given.

    `acts` go on record, or what it says itself that it did (`did`). Where it breaks off, for whatever reason,
    and what it was to make stands in its place, `acts` go on record all the same, with what can be read there
    (`late`).
    """
    user = User.objects.get(username=asked["by"])
    late_acts = [*acts]
    begun = _begin(user, folder, late_acts, paths=[*paths], job=UUID(asked["job"]))
    one = Writing("")
    try:
        yield one
    except BaseException:
        _look_at(begun)
        raise
    with transaction.atomic():
        _record(begun, user, one.acts or late_acts)
        begun.delete()


Read = Callable[[str, list[str]], dict[str, Any]]
_late_details: dict[str, Read] = {}


def late(what: str) -> Callable[[Read], Read]:
    """Enters a function that reads the details of such an act from what a job has made that broke off: it is
    given what the act is about, and the paths that are not as they were."""

    def enter(reads: Read) -> Read:
        _late_details[what] = reads
        return reads

    return enter


MayBe = Callable[[str, str], bool]
_may_be: dict[str, MayBe] = {}


def may_be(what: str) -> Callable[[MayBe], MayBe]:
    """Enters a function that says whether such an act can have made what stands at a path: it is given what
    the act is about, and the path. A command may have made it since a job broke off."""

    def enter(tells: MayBe) -> MayBe:
        _may_be[what] = tells
        return tells

    return enter


def _begin(
    user: Any,
    folder: Path,
    acts: list[Act],
    units: Sequence[str] = (),
    message: str = "",
    paths: Sequence[str] = (),
    job: UUID | None = None,
) -> Begun:
    name = folder.relative_to(workspace()).as_posix()
    begun = Begun(who=user.username, message=message, folder=name, units=[*units], acts=acts)
    begun.job, begun.paths = job, [*paths]
    begun.files = _files_of(begun)
    begun.save(force_insert=True)
    return begun


def finish(folder: Path) -> None:
    """Does what is left to do of changes whose process was killed; who calls holds the lock of the folder."""
    name = folder.relative_to(workspace()).as_posix()
    for begun in Begun.objects.filter(folder=name, job=None).order_by("id"):
        _finish(begun)


def finish_all(seconds: float = 0) -> None:
    """The same in every folder, as when the site starts; only what was begun so many seconds ago. A folder
    that a command holds is not waited for: it is left to the next who comes, a worker or a writer."""
    since = timezone.now() - timedelta(seconds=seconds)
    left = Begun.objects.filter(at__lte=since, job=None)
    for name in {*left.values_list("folder", flat=True)}:
        folder = workspace() / name
        try:
            with changing(folder, wait=0):
                finish(folder)
            _held.discard(name)
        except ExamgenError:
            if name not in _held:  # workers come by twice a second
                log.warning("%s is held: what was begun there is left for later", name)
            _held.add(name)


def finish_job(job: UUID) -> bool:
    """Puts on record what a job that is no more has put in its place; whether there was anything. What cannot
    be told yet, since another command holds the folder or the disk is full, is left for later."""
    return sum(_look_at(begun) for begun in Begun.objects.filter(job=job).order_by("id")) > 0


def unfinished_jobs() -> set[UUID]:
    """The jobs of which it is not on record yet what they have made: those at work are among them."""
    jobs = Begun.objects.exclude(job=None).values_list("job", flat=True)
    return {job for job in jobs if job is not None}


def _look_at(begun: Begun) -> bool:
    try:
        for root in _roots(begun):
            settle(root)
        changed = _changed(begun)
    except (ExamgenError, OSError) as error:
        log.warning("%s: what job %s has made is looked at later: %s", begun.folder, begun.job, error)
        return False
    user = User.objects.filter(username=begun.who).first() or User(username=begun.who)
    with transaction.atomic():
        alone()
        if not Begun.objects.filter(pk=begun.pk).exists():  # somebody was quicker
            return False
        if changed:
            _record(begun, user, _late_of_job(begun, changed))
        begun.delete()
    return bool(changed)


def _roots(begun: Begun) -> list[Path]:
    """The folders in which a change may have broken off: those on the way to what was to be made."""
    folder = workspace() / begun.folder
    parts = (PurePosixPath(name) for name in {*begun.paths, *begun.files})
    below = {above for path in parts for above in path.parents if "*" not in str(above)}
    return [folder / one for one in sorted(below)]


def _late_of_job(begun: Begun, changed: list[str]) -> Iterator[Act]:
    found = begun.at.isoformat(timespec="seconds")
    for what, about, detail in begun.acts:
        more: dict[str, Any] = {}
        try:
            more = _late_details[what](about, changed) if what in _late_details else {}
        except (ExamgenError, Http404, OSError, ValueError, LookupError):  # it has been changed meanwhile
            log.exception("%s %s", what, about)
        yield what, about, {**detail, **more, "found": found}


def _finish(begun: Begun) -> None:
    settle(workspace() / begun.folder)
    changed = _changed(begun)
    user = User.objects.filter(username=begun.who).first() or User(username=begun.who)
    if changed and not begun.is_recorded:
        _record(begun, user, _late(begun))
    if changed and begun.message:  # of what lies outside git there is none
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
                yield (
                    what,
                    f"{about}/{name}",
                    {
                        "hash": text_name(item.sha256()),
                        "was": was[1],
                        "broke_off": broke_off,
                    },
                )


def _items_of(unit: str, only: Collection[str] | None) -> dict[str, tuple[str, str] | None]:
    """Of each item its fingerprint and the name of its text; None of those that stay."""
    there = opened(unit).items
    return {
        name: (fingerprint(item), text_name(item.sha256())) if only is None or name in only else None
        for name, item in there.items()
    }


def texts_of(unit: str) -> dict[str, str]:
    """By item, the name of its text."""
    return {name: text_name(item.sha256()) for name, item in opened(unit).items.items()}


def _record(begun: Begun, user: Any, acts: Iterable[Act]) -> None:
    bound = last_act(workspace() / begun.folder)
    with transaction.atomic():
        for what, about, detail in acts:
            record(user, what, about, **detail, **bound)
        begun.is_recorded = True
        begun.save(update_fields=["is_recorded"])


def last_act(folder: Path) -> dict[str, str]:
    """What an entry says of the record of the exam, or of the register, that a folder belongs to: its path
    and the digest of the last act in it. `serve --check` misses by that what was cut off since."""
    parts = folder.relative_to(workspace()).parts
    if parts[:1] == (REGISTER,):
        path = workspace() / REGISTER / REGISTER_RECORD
    elif len(parts) > 1 and workspace() / parts[0] == output():
        path = output() / parts[1] / SITTING / RECORD
    else:
        return {}
    with suppress(ExamgenError):
        if acts := read_acts(path):
            return {"act": f"{path.relative_to(workspace()).as_posix()} {acts[-1].digest}"}
    return {}


def _commit(begun: Begun, user: Any, message: str) -> bool:
    """Where the workspace is a repository, what was written under the name of who wrote it."""
    folder = workspace() / begun.folder
    return commit(workspace(), [folder / name for name in _changed(begun)], message, user)


def _changed(begun: Begun) -> list[str]:
    """The files that are not as they were, by their names in the folder; of a job those that are there and
    that it may have made."""
    folder = workspace() / begun.folder
    if not folder.is_dir():  # it went with its exam
        return []
    now = _files_of(begun)
    names = now if begun.job else {**begun.files, **now}
    return [name for name in names if begun.files.get(name) != now.get(name) and _may_have_made(begun, name)]


def _may_have_made(begun: Begun, name: str) -> bool:
    """False where it can be read there that something else has made it."""
    with suppress(ExamgenError, Http404, OSError, ValueError, LookupError):  # damaged, say
        return all(_may_be[what](about, name) for what, about, _ in begun.acts if what in _may_be)
    return True


def _files_of(begun: Begun) -> dict[str, str]:
    """By its name in the folder, what tells a file from what it was: every file of those units; what a job is
    to make; in the folder of a sitting, all but what is in its scans and was not decided by people."""
    folder = workspace() / begun.folder
    if begun.units:
        paths = [path for code in begun.units for path in (folder / code).rglob("*")]
    else:
        patterns = begun.paths if begun.job else _OF_SITTINGS
        paths = [path for pattern in patterns for path in folder.glob(pattern)]
    return {path.relative_to(folder).as_posix(): _mark(path) for path in sorted(paths)}


_OF_SITTINGS = (
    "[!.]*",
    f"{ANSWERS}/*",
    f"{METHODS}/*",
    f"{RETURNS}/*",
    f"{PROPOSED}/*",
    f"{SCANS}/*",
    f"{SCANS}/*/{REVIEW}/*",
)
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
