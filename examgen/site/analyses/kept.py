"""Finished analyses, in `analyses/` of the workspace: who asked for them, when, about what, and their
results.

    analyses/<id>/
        asked.json      who, when, the units and exams analysed, options, files with their fingerprints
        told.json       what is printed on the screen, in both languages
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
"""The roles that run analyses."""
READS = frozenset({Role.PSYCHOMETRICIAN, Role.APPROVER, Role.GRADER})
"""The roles that read results, the same as for the analysis of an exam."""
SUSPECTS = frozenset({Role.PSYCHOMETRICIAN, Role.APPROVER})
"""The roles that read results naming candidates under suspicion."""


class Kept(NamedTuple):
    """A finished analysis."""

    id: uuid.UUID
    folder: Path
    asked: dict[str, Any]

    @property
    def kind(self) -> Kind:
        """The kind of the analysis."""
        return KINDS[self.asked["kind"]]

    @property
    def at(self) -> datetime:
        """When the analysis was made."""
        return datetime.fromisoformat(self.asked["at"])

    @property
    def exams(self) -> list[str]:
        """The names of the exams analysed."""
        return list(self.asked["exams"])

    def is_of(self, name: str) -> bool:
        """Returns whether the analysis belongs to the exam that now has this name. The exam analysed may have
        been renamed and the name reused."""
        own = {self.asked["exams"].get(one) for one in names_of(name)} - {None}
        try:
            return bool(own) and fingerprints(name).exam in own
        except Http404:
            return False

    @property
    def names(self) -> list[str]:
        """The names of its files."""
        return sorted(path.name for path in self.folder.iterdir() if path.name not in (_ASKED, _TOLD))

    @property
    def options(self) -> dict[str, Any]:
        """The options of the analysis."""
        return dict(self.asked["options"])

    @property
    def told(self) -> list[dict[str, Any]]:
        """The results in words: lines and tables in both languages, with options named as on the page."""
        return list(options_named(json.loads(read_input(self.folder / _TOLD)), self.kind.words))

    def is_for(self, user: Any) -> bool:
        """Returns whether a user may read the analysis, which requires a role in every unit of it. An
        analysis that names candidates under suspicion is only for `SUSPECTS`, and not for auditors."""
        return may(user, SUSPECTS if self.kind.is_secret else READS | {Role.AUDITOR}, self.asked["units"])


def place() -> Path:
    """Returns the folder of all analyses."""
    return workspace() / FOLDER


def all_kept() -> Iterator[Kept]:
    """Yields all analyses, newest first."""
    found = []
    for path in place().iterdir() if place().is_dir() else ():
        with suppress(ValueError, OSError, KeyError):
            one = Kept(uuid.UUID(path.name), path, json.loads(read_input(path / _ASKED)))
            found.append((one.at, one.kind.name, one))
    found.sort(key=lambda one: one[0], reverse=True)
    for _, _, one in found:
        yield one


def kept_for(user: Any, number: uuid.UUID) -> Kept:
    """Returns the analysis with that id. Raises Http404 if there is none or the user may not read it."""
    try:
        folder = place() / str(number)
        one = Kept(number, folder, json.loads(read_input(folder / _ASKED)))
    except (OSError, ValueError):
        raise Http404 from None
    if one.asked["kind"] not in KINDS or not one.is_for(user):
        raise Http404
    return one


def keep(number: uuid.UUID, asked: dict[str, Any], document: Any, parts: Iterable[Part], made: Path) -> None:
    """Saves the results of an analysis, completely or not at all. `made` is the folder with the files that
    were written."""
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
    """Deletes an analysis."""
    shutil.rmtree(one.folder)
