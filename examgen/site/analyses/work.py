"""The jobs that run an analysis as its command does, and the finished analyses in `analyses/`."""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import chdir, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from examgen.analysis.parts import Part, ReportedLine, ReportedTable
from examgen.core.exam.bindings import exam_sha256
from examgen.core.files import PRIVATE, json_bytes, new_folder, read_input
from examgen.core.problems import ExamgenError
from examgen.core.words import tell
from examgen.site.access import check_still, may
from examgen.site.accounts.models import Role
from examgen.site.analyses.forms import Source, Sources
from examgen.site.analyses.kinds import KINDS, Given, Kind, exams_of, files_of
from examgen.site.jobs.queue import Outcome, Progress, kind
from examgen.site.language import address, of_command, options_named
from examgen.site.language import kept as in_both
from examgen.site.workspace import fingerprints, manifest, units_of_exam, workspace
from examgen.site.writing import recording
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


JOB = "analyse-"
"""The prefix of the names of these jobs."""


def units_of(unit: str, exams: list[str]) -> list[str]:
    """Returns the units of an analysis: the one in which it was requested, and those of its exams."""
    return sorted({unit}.union(*(units_of_exam(exam) or () for exam in exams)))


def _analysed(one: Kind, asked: dict[str, Any], progress: Progress) -> Outcome:
    by = asked["user"]
    exams = exams_of(asked["options"])
    units = units_of(asked["unit"], exams)
    check_still(by, ASKS, units)
    progress(one.title)
    number = uuid.UUID(asked["id"])
    with tempfile.TemporaryDirectory(dir=settings.SITE.uploads) as place:
        made = Path(place) / "made"
        made.mkdir()
        given = Given(asked["by"], asked["unit"], asked["options"], Path(place))
        fields = [name for name, field in one.form.base_fields.items() if isinstance(field, Source | Sources)]
        files = files_of(given, fields)
        with chdir(place):
            try:
                document, parts = one.work(given, made, progress)
            except ExamgenError as error:  # pages call options by the labels of this command
                error.message = of_command(error.message, one.words)
                error.problems = tuple(
                    fault._replace(message=of_command(fault.message, one.words)) for fault in error.problems
                )
                raise
        said = {
            "kind": one.name,
            "by": asked["by"],
            "who": str(by),
            "at": timezone.now().isoformat(),
            "unit": asked["unit"],
            "units": units,
            "exams": {exam: exam_sha256(manifest(exam)) for exam in exams},
            "options": asked["options"],
            "files": files,
        }
        detail = {"kind": one.name, "result": str(number), "exams": exams}
        with recording(by, workspace(), "analyses.made", exams[0] if exams else asked["unit"], **detail):
            keep(number, said, document, parts, made)
    return Outcome(tell("the analysis is done"), reverse("analysis-kept", args=[number]))


def _form(one: Kind, asked: dict[str, Any]) -> str:
    return address("analyses-ask", asked["unit"], one.name)


for _one in KINDS.values():
    _work: Callable[[dict[str, Any], Progress], Outcome] = partial(_analysed, _one)
    kind(JOB + _one.name, _one.title, ASKS, is_long=True, form=partial(_form, _one))(_work)
