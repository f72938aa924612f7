"""Documents that somebody gave, kept apart until they are imported or given up."""

from __future__ import annotations

import json
import shutil
import uuid
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404
from django.utils.text import get_valid_filename

from examgen.storage import read_input
from examgen.web.standards.forms import ENDINGS

_ABOUT, _PASTED, _LONGEST = "about.json", "pasted.txt", 80


class Kept(NamedTuple):
    """A document that waits: its file, and what its user called it."""

    id: uuid.UUID
    path: Path
    name: str

    def give_up(self) -> None:
        """Deletes it."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


def keep(user: Any, file: Any, text: str) -> Kept:
    """A document as it was given, in a folder of its own that its name does not choose."""
    made = uuid.uuid4()
    folder = Path(settings.SITE.uploads) / str(made)
    folder.mkdir(mode=0o700)
    shown = PurePath(str(file.name)).name[-_LONGEST:] if file else _PASTED
    path = folder / _plain(shown)
    with path.open("wb") as target:
        for part in file.chunks() if file else [text.encode()]:
            target.write(part)
    (folder / _ABOUT).write_text(json.dumps({"by": user.pk, "file": path.name, "name": shown}), "utf-8")
    return Kept(made, path, shown)


def _plain(name: str) -> str:
    """A name that a file may have; the reader goes by its ending."""
    ending = PurePath(name).suffix.lower()
    try:
        stem = get_valid_filename(PurePath(name).stem)
    except SuspiciousFileOperation:
        stem = "document"
    return f"{stem.lstrip('.') or 'document'}{ending if ending in ENDINGS else '.txt'}"


def kept(user: Any, document: uuid.UUID) -> Kept:
    """The document of that number; Http404 where there is none that this user gave."""
    folder = Path(settings.SITE.uploads) / str(document)
    try:
        about = json.loads(read_input(folder / _ABOUT))
        is_own = about["by"] == user.pk
    except (OSError, ValueError, KeyError):
        is_own = False
    if not is_own:
        raise Http404
    return Kept(document, folder / about["file"], about["name"])
