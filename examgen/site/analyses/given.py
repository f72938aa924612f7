"""What an analysis was given, from the record of its job: paths of files and exams, options as words."""

from __future__ import annotations

import csv
import io
import shutil
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examgen.core.problems import Refused
from examgen.core.storage import sha256_of
from examgen.core.words import tell
from examgen.reports.shown import analysis_of, told_of
from examgen.site import uploads
from examgen.site.analyses.forms import EXAM
from examgen.site.workspace import exam_folder

MATRIX = "scores.csv"
"""Of an analysis: a row a candidate, a column an item; and the form of each."""


def about(unit: str) -> str:
    """Under which word the files of a unit are kept."""
    return f"analyses {unit}"


@dataclass(frozen=True)
class Given:
    """Options by their names, as JSON has them; `work` is a folder that goes when the job ends, and the
    current one while an analysis is done: files are told by the names that their user knows."""

    by: str
    unit: str
    options: Mapping[str, Any]
    work: Path

    def __getitem__(self, name: str) -> Any:
        """An option; None where it was left empty."""
        value = self.options.get(name)
        return None if value in ("", []) else value

    def path(self, name: str) -> Path | None:
        """The file or the exam of a field."""
        value = self[name]
        return None if value is None else self._place(value)

    def paths(self, name: str) -> list[Path]:
        """Those of a field of several."""
        return [self._place(one) for one in self[name] or ()]

    def _place(self, value: str) -> Path:
        if value.startswith(EXAM):
            return exam_folder(value.removeprefix(EXAM))
        kept = uploads.kept(self.by, about(self.unit), uuid.UUID(value)).path
        copy = Path(kept.name)
        while (self.work / copy).exists():  # another file of that name
            copy = Path(value[:8]) / copy
        (self.work / copy).parent.mkdir(exist_ok=True)
        shutil.copyfile(kept, self.work / copy)
        return copy

    def matrix(self, name: str, of_one_form: bool = False) -> Path | None:
        """A file as it is; of an exam the matrix of the analysis of the run that people are told, without
        the column of its form. Refused where it is to be of one form, and is of several."""
        path = self.path(name)
        if path is None or not path.is_dir():
            return path
        run = told_of(path)
        made = analysis_of(path, run) if run is not None else None
        if run is None or made is None or MATRIX not in made.names:
            raise Refused(tell("{exam} has not been analysed yet: analyse its answers first", exam=path.name))
        rows = [*csv.reader(io.StringIO(made.data(MATRIX).decode("utf-8-sig")))]
        at = rows[0].index("form")
        if of_one_form and (n := len({row[at] for row in rows[1:]})) > 1:
            raise Refused(
                tell(
                    "{exam} has {n} forms, and nobody took the items of all of them: scores of its forms are "
                    "equated form by form (Equate two forms); leave --equate out here",
                    exam=path.name,
                    n=n,
                )
            )
        target = Path(f"{path.name}-run-{run.run.number}.csv")
        with (self.work / target).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([*row[:at], *row[at + 1 :]] for row in rows)
        return target


def exams_of(options: Mapping[str, Any]) -> list[str]:
    """The exams that options name."""
    values = [one for value in options.values() for one in (value if isinstance(value, list) else [value])]
    found = [one.removeprefix(EXAM) for one in values if isinstance(one, str) and one.startswith(EXAM)]
    return [*dict.fromkeys(found)]


def files_of(given: Given, fields: Collection[str]) -> list[dict[str, str]]:
    """By field each file that was read: what its user calls it, and its fingerprint."""
    found = []
    for field in fields:
        value = given[field]
        for one in value if isinstance(value, list) else [value] if value else []:
            if not one.startswith(EXAM):
                kept = uploads.kept(given.by, about(given.unit), uuid.UUID(one))
                found.append({"field": field, "name": kept.name, "sha256": sha256_of(kept.path)})
    return found
