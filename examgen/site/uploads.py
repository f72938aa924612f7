"""Uploaded files, which are stored until they are used, discarded or past their time; and the removal
of old jobs."""

from __future__ import annotations

import json
import logging
import re
import shutil
import unicodedata
import uuid
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import Http404
from django.utils import timezone

from examgen.bank.workspaces import site_settings
from examgen.core.changes import settle
from examgen.core.files import read_input
from examgen.core.problems import ExamgenError
from examgen.site.audit.models import record
from examgen.site.jobs.models import ENDED, Job
from examgen.site.workspace import exam_folders, workspace

_ABOUT = "about.json"
_LONGEST = 80


class OnDisk(TemporaryFileUploadHandler):
    """The handler of large files during an upload. If the disk is full, the partial file is deleted."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Writes the next part of the file."""
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError:
            self.upload_interrupted()
            raise


class Kept(NamedTuple):
    """A stored upload, and its original file name."""

    id: uuid.UUID
    path: Path
    name: str

    @property
    def at(self) -> datetime:
        """The time of the upload."""
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    def give_up(self) -> None:
        """Deletes the file."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


def keep(
    user: Any,
    about: str,
    name: str,
    parts: Iterable[bytes],
    endings: Collection[str] = (),
    number: uuid.UUID | None = None,
) -> Kept:
    """Stores an upload `about` something, in a folder whose name does not depend on the file name. If
    `endings` are given, a file name with another ending gets .txt. Raises FileExistsError if there is an
    upload with this `number`."""
    made = number or uuid.uuid4()
    folder = Path(settings.SITE.uploads) / str(made)
    folder.mkdir(mode=0o700)
    shown = PurePath(name).name[-_LONGEST:]
    path = folder / _plain(shown, endings)
    with path.open("wb") as target:
        for part in parts:
            target.write(part)
    said = {"by": user.username, "about": about, "file": path.name, "name": shown}
    (folder / _ABOUT).write_text(json.dumps(said), "utf-8")
    return Kept(made, path, shown)


def _plain(name: str, endings: Collection[str]) -> str:
    """Returns a safe file name that is like the original, because messages about faults show it."""
    ending = PurePath(name).suffix.lower()
    stem = PurePath(name).stem.strip().replace(" ", "_")
    # letters with the vowels and tone marks above and below them, which are no letters to Django
    stem = "".join(c for c in stem if c in "-_." or unicodedata.category(c)[0] in "LMN").lstrip(".")
    if endings and ending not in endings:
        ending = ".txt"
    return f"{stem or 'file'}{ending if re.fullmatch(r'[.][a-z0-9]{1,8}', ending) else ''}"


def all_kept(username: str, about: str) -> list[Kept]:
    """Returns the user's stored uploads about something, by name."""
    found = []
    for folder in Path(settings.SITE.uploads).iterdir():
        with suppress(ValueError, Http404):
            found.append(kept(username, about, uuid.UUID(folder.name)))
    return sorted(found, key=lambda one: (one.name, str(one.id)))


def kept(username: str, about: str, upload: uuid.UUID) -> Kept:
    """Returns the upload with that id. Raises Http404 unless the user uploaded it about that."""
    folder = Path(settings.SITE.uploads) / str(upload)
    try:
        said = json.loads(read_input(folder / _ABOUT))
        is_own = (said["by"], said["about"]) == (username, about)
    except (OSError, ValueError, KeyError):
        is_own = False
    if not is_own:
        raise Http404
    return Kept(upload, folder / said["file"], said["name"])


log = logging.getLogger("examgen.jobs")
_UPLOADS = 7
"""Days that uploads are stored if the settings have a fault."""


def keep_no_longer() -> None:
    """Deletes old jobs. Deletes nothing if the settings have a fault."""
    try:
        keep = site_settings(workspace()).keep
    except ExamgenError:
        log.error("examgen.yaml has errors: nothing that is past its time was removed")
        return
    for folder in exam_folders().values():
        settle(folder)  # what was to go when this was killed
    if keep.jobs is not None:
        _jobs(timezone.now() - timedelta(days=keep.jobs))


def uploads_stay() -> float:
    """Returns the seconds for which uploads are stored."""
    try:
        days = site_settings(workspace()).keep.uploads
    except ExamgenError:
        days = _UPLOADS
    return days * 24 * 3600.0


def _jobs(before: datetime) -> None:
    """Deletes jobs that ended before that moment, except the last of each kind, which pages show."""
    last: dict[tuple[str, str], Any] = {}
    for kind, about, key in Job.objects.order_by("asked_at").values_list("kind", "about", "pk"):
        last[kind, about] = key
    old = Job.objects.filter(state__in=ENDED, ended_at__lt=before).exclude(pk__in=[*last.values()])
    n, _ = old.delete()
    if n:
        record(None, "keep.remove", "", jobs=n, before=before.date().isoformat())
