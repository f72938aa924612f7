"""Analyses that were done, in `analyses/` of the workspace: who asked, when, of what, what came of it.

analyses/<id>/
  asked.json      who, when, the units and exams that it is of, options, files with their fingerprints
  told.json       what the screen says, in both languages
  found.json      what `--json` prints
  conversion …    files as the command writes them
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.http import Http404

from examgen.analysis.parts import Part, ReportedLine, ReportedTable
from examgen.core.files import PRIVATE, json_bytes, new_folder, read_input
from examgen.site.access import may
from examgen.site.accounts.roles import Role
from examgen.site.analyses.kinds import KINDS, Kind
from examgen.site.language import kept as in_both
from examgen.site.language import options_named
from examgen.site.workspace import fingerprints, workspace
from examgen.sitting.setting_aside import names_of

FOLDER = "analyses"
_ASKED, _TOLD, FOUND = "asked.json", "told.json", "found.json"
ASKS = frozenset({Role.PSYCHOMETRICIAN})
"""Who has analyses done."""
READS = frozenset({Role.PSYCHOMETRICIAN, Role.APPROVER, Role.GRADER})
"""Who reads what came of them, as of the analysis of an exam."""
SUSPECTS = frozenset({Role.PSYCHOMETRICIAN, Role.APPROVER})
"""Who reads what names candidates that are suspected."""


class Kept(NamedTuple):
    """An analysis that was done."""

    id: uuid.UUID
    folder: Path
    asked: dict[str, Any]

    @property
    def kind(self) -> Kind:
        """Which one it is."""
        return KINDS[self.asked["kind"]]

    @property
    def at(self) -> datetime:
        """When it was done."""
        return datetime.fromisoformat(self.asked["at"])

    @property
    def exams(self) -> list[str]:
        """The exams that it is of."""
        return list(self.asked["exams"])

    def is_of(self, name: str) -> bool:
        """Whether it is of the exam that has that name now: another may have taken the place of the one that
        was analysed, which then has a name of its own."""
        own = {self.asked["exams"].get(one) for one in names_of(name)} - {None}
        try:
            return bool(own) and fingerprints(name).exam in own
        except Http404:
            return False

    @property
    def names(self) -> list[str]:
        """Its files."""
        return sorted(path.name for path in self.folder.iterdir() if path.name not in (_ASKED, _TOLD))

    @property
    def options(self) -> dict[str, Any]:
        """What was asked."""
        return dict(self.asked["options"])

    @property
    def told(self) -> list[dict[str, Any]]:
        """What was found, in words: lines and tables in both languages, options as the page calls them."""
        return list(options_named(json.loads(read_input(self.folder / _TOLD)), self.kind.words))

    def is_for(self, user: Any) -> bool:
        """Whether a user may read it, who needs a role in every unit of the analysis. An analysis that names
        suspected candidates is for `SUSPECTS` alone, and not for auditors."""
        return may(user, SUSPECTS if self.kind.is_secret else READS | {Role.AUDITOR}, self.asked["units"])


def place() -> Path:
    """The folder of all of them."""
    return workspace() / FOLDER


def all_kept() -> Iterator[Kept]:
    """All of them, the newest first."""
    found = []
    for path in place().iterdir() if place().is_dir() else ():
        with suppress(ValueError, OSError, KeyError):
            one = Kept(uuid.UUID(path.name), path, json.loads(read_input(path / _ASKED)))
            found.append((one.at, one.kind.name, one))
    found.sort(key=lambda one: one[0], reverse=True)
    for _, _, one in found:
        yield one


def kept_for(user: Any, number: uuid.UUID) -> Kept:
    """The one of that number; Http404 where there is none, and where somebody may not read it."""
    try:
        folder = place() / str(number)
        one = Kept(number, folder, json.loads(read_input(folder / _ASKED)))
    except (OSError, ValueError):
        raise Http404 from None
    if one.asked["kind"] not in KINDS or not one.is_for(user):
        raise Http404
    return one


def keep(number: uuid.UUID, asked: dict[str, Any], document: Any, parts: Iterable[Part], made: Path) -> None:
    """Keeps what came of one, whole or not at all; `made` has the files that were written."""
    place().mkdir(mode=0o700, exist_ok=True)
    with new_folder(place() / str(number)) as folder:
        folder.chmod(0o700)
        for path in made.iterdir():
            shutil.copyfile(path, folder / path.name)
        (folder / _ASKED).write_bytes(json_bytes(asked))
        (folder / _TOLD).write_bytes(
            json_bytes([_told(one) for one in parts if isinstance(one, ReportedLine | ReportedTable)])
        )
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"  # just as the command prints it
        (folder / FOUND).write_text(text, "utf-8")
        for path in folder.iterdir():
            path.chmod(PRIVATE)


def _told(part: Any) -> dict[str, Any]:
    if isinstance(part, ReportedLine):
        return {
            "line": in_both(part.text.strip() if type(part.text) is str else part.text),
            "style": part.style,
        }
    return {
        "title": in_both(part.title),
        "heads": [in_both(one) for one in part.heads],
        "rows": [
            [in_both("" if cell is None else cell if isinstance(cell, str) else str(cell)) for cell in row]
            for row in part.rows
        ],
        "numbers_from": part.numbers_from,
    }


def remove(one: Kept) -> None:
    """Takes one away."""
    shutil.rmtree(one.folder)
