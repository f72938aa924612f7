"""Files that somebody sent for a unit, kept apart until they are taken over or given up."""

from __future__ import annotations

import json
import re
import shutil
import uuid
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404
from django.utils.text import get_valid_filename

from examgen.storage import read_input

_ABOUT = "about.json"
_LONGEST = 80


class Kept(NamedTuple):
    """A file that waits, and what its user called it."""

    id: uuid.UUID
    path: Path
    name: str

    def give_up(self) -> None:
        """Deletes it."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


def keep(user: Any, unit: str, file: Any) -> Kept:
    """A file as it was sent, in a folder that its name does not choose."""
    made = uuid.uuid4()
    folder = Path(settings.SITE.uploads) / str(made)
    folder.mkdir(mode=0o700)
    shown = PurePath(str(file.name)).name[-_LONGEST:]
    path = folder / _plain(shown)
    with path.open("wb") as target:
        for part in file.chunks():
            target.write(part)
    about = {"by": user.username, "unit": unit, "file": path.name, "name": shown}
    (folder / _ABOUT).write_text(json.dumps(about), "utf-8")
    return Kept(made, path, shown)


def _plain(name: str) -> str:
    """A name that a file may have, near the one that its user knows: faults are told by it."""
    ending = PurePath(name).suffix.lower()
    try:
        stem = get_valid_filename(PurePath(name).stem).lstrip(".")
    except SuspiciousFileOperation:
        stem = ""
    return f"{stem or 'items'}{ending if re.fullmatch(r'[.][a-z0-9]{1,8}', ending) else ''}"


def kept(username: str, unit: str, upload: uuid.UUID) -> Kept:
    """The file of that number; Http404 where there is none that this user sent for that unit."""
    folder = Path(settings.SITE.uploads) / str(upload)
    try:
        about = json.loads(read_input(folder / _ABOUT))
        is_own = (about["by"], about["unit"]) == (username, unit)
    except (OSError, ValueError, KeyError):
        is_own = False
    if not is_own:
        raise Http404
    return Kept(upload, folder / about["file"], about["name"])
