"""The record of an analysis job → what the analysis takes: options, and paths of files and exams."""

from __future__ import annotations

import csv
import dataclasses
import io
import shutil
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examgen.capture.cells import fold
from examgen.capture.columns import named_column
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import base_form
from examgen.core.files import read_input, sha256_of
from examgen.core.problems import Problem, Refused
from examgen.core.tables.coded import read_coded
from examgen.core.words import Message, joined, tell, tell_n
from examgen.reports.existing_reports import analysis_of, told_of
from examgen.scoring.runs import read_people
from examgen.site import uploads
from examgen.site.analyses.forms import EXAM
from examgen.site.workspace import exam_folder
from examgen.stats.checklists import CANDIDATE_NAMES

GROUPS = {"room": tell("Room"), "centre": tell("Centre"), "organisation": tell("Organisation")}
"""The columns of the candidate list by which candidates can be grouped."""
MATRIX = "scores.csv"
"""A file of an analysis: a row for each candidate, a column for each item, and a column with the form."""


def about(unit: str) -> str:
    """Returns the key under which the uploads for analyses of a unit are stored."""
    return f"analyses {unit}"


@dataclass(frozen=True)
class Given:
    """The options of an analysis by name, as JSON values.

    `work` is deleted when the job ends. It is the current folder during an analysis, so that messages name
    files as their user knows them.
    """

    by: str
    unit: str
    options: Mapping[str, Any]
    work: Path
    told: list[Message] = dataclasses.field(default_factory=list)
    """Notes on the files that were read."""

    def __getitem__(self, name: str) -> Any:
        """Returns an option; None if it was left empty."""
        value = self.options.get(name)
        return None if value in ("", []) else value

    def path(self, name: str) -> Path | None:
        """Returns the file or the exam folder that a field names; None if the field is empty."""
        value = self[name]
        return None if value is None else self._place(value)

    def paths(self, name: str) -> list[Path]:
        """Returns the files or exam folders of a field that takes several."""
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
        """Returns the file that a field names; for an exam, the score matrix of its reported run, without its
        form column.

        Raises Refused if the exam has not been analysed, or has several forms and `of_one_form` is set.
        """
        path = self.path(name)
        if path is None or not path.is_dir():
            return path
        run, rows, at = _scores(path)
        if of_one_form and (n := len({row[at] for row in rows[1:]})) > 1:
            raise Refused(
                tell(
                    "{exam} has {n} forms, and nobody took the items of all of them: scores of its forms are "
                    "equated form by form (Equate two forms); leave --equate out here",
                    exam=path.name,
                    n=n,
                )
            )
        return self._written(f"{path.name}-run-{run}.csv", ([*row[:at], *row[at + 1 :]] for row in rows))

    def _written(self, name: str, rows: Iterable[Sequence[str]]) -> Path:
        with (self.work / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return Path(name)

    def grouped(self, exam: Path, form: str, group: str, listed: Path | None) -> Path:
        """Returns the score matrix of one form of an exam's reported run, with a group column after the
        candidate numbers. The groups are from the candidate list or the file `listed`. Items that are not on
        the form, and candidates of other forms, are left out.

        Raises Refused if the exam has not been analysed, or if no candidate is known to be in a group.
        """
        run, (heads, *rows), at = _scores(exam)
        own = [row for row in rows if base_form(row[at]) == form]
        if listed is not None:
            scored = {canonical_number(row[0]) for row in own}
            known, counts = groups_in(listed.name, read_input(self.work / listed), group, scored)
            self.told.append(counts)
            if not known:
                raise Refused(
                    tell("no candidate of form {form} is in {name} with a group", form=form, name=listed.name)
                )
        elif group not in GROUPS:
            raise Refused(
                tell("choose the file of the candidates' groups that has the column {group}", group=group)
            )
        else:
            people = read_people(exam, str(run))
            known = {
                canonical_number(who): str(text or "")
                for who, text in people.candidates.select("candidate_id", group).iter_rows()
            }
            if not any(known.values()) or (group == "centre" and people.place_kind != "centre"):
                raise Refused(
                    tell(
                        "the list of candidates says of nobody: {group}; send a file of the candidates' "
                        "groups, or add the column to the list and have the exam scored and analysed anew",
                        group=GROUPS[group],
                    )
                )
        asked = [n for n, _ in enumerate(heads) if n != at and (not n or any(row[n] for row in own))]
        first = [heads[0], group, *(heads[n] for n in asked if n)]
        others = (
            [row[0], known.get(canonical_number(row[0]), ""), *(row[n] for n in asked if n)] for row in own
        )
        return self._written(f"{exam.name}-run-{run}-{form}.csv", [first, *others])


def _scores(exam: Path) -> tuple[int, list[list[str]], int]:
    """Returns the run of an exam that is reported, the rows of its score matrix with their headings, and the
    index of the column with the form. Raises Refused if it has not been analysed."""
    run = told_of(exam)
    made = analysis_of(exam, run) if run is not None else None
    if run is None or made is None or MATRIX not in made.names:
        raise Refused(tell("{exam} has not been analysed yet: analyse its answers first", exam=exam.name))
    rows = [*csv.reader(io.StringIO(made.data(MATRIX).decode("utf-8-sig")))]
    return run.run.number, rows, rows[0].index("form")


def exams_of(options: Mapping[str, Any]) -> list[str]:
    """Returns the exams that options name, each once."""
    values = [one for value in options.values() for one in (value if isinstance(value, list) else [value])]
    found = [one.removeprefix(EXAM) for one in values if isinstance(one, str) and one.startswith(EXAM)]
    return [*dict.fromkeys(found)]


def files_of(given: Given, fields: Collection[str]) -> list[dict[str, str]]:
    """Returns each file of the fields: its field, the name that its user knows, and its SHA-256."""
    found = []
    for field in fields:
        value = given[field]
        for one in value if isinstance(value, list) else [value] if value else []:
            if not one.startswith(EXAM):
                kept = uploads.kept(given.by, about(given.unit), uuid.UUID(one))
                found.append({"field": field, "name": kept.name, "sha256": sha256_of(kept.path)})
    return found


def groups_in(name: str, data: bytes, group: str, scored: Collection[str]) -> tuple[dict[str, str], Message]:
    """Reads the groups of candidates from a file. Returns the group by canonical number, for the candidates
    in `scored`, and a message that counts the rows. Raises Refused if the file has no such column or puts
    candidates into two groups."""
    table = read_coded(name, data)
    own = next((one for one in table.columns if one.name == group), None)
    if own is None:
        raise Refused(tell("{name} has no column {group}", name=name, group=group))
    who = table.columns[_number_at(name, [one.name for one in table.columns])]
    numbers = [canonical_number(text) for text in who.texts]
    rows: dict[str, list[tuple[int, str, str]]] = {}
    nameless = strange = empty = 0
    for line, number, value in zip(table.lines, who.codes.tolist(), own.codes.tolist(), strict=True):
        if not numbers[number]:
            nameless += 1
        elif numbers[number] not in scored:
            strange += 1
        elif not own.texts[value]:
            empty += 1
        else:
            rows.setdefault(numbers[number], []).append((int(line), who.texts[number], own.texts[value]))
    twofold = [found for found in rows.values() if len({text for _, _, text in found}) > 1]
    if twofold:
        raise Refused(
            tell_n(
                "{name} puts {n} candidate into more than one group: mend it and send it again",
                "{name} puts {n} candidates into more than one group: mend it and send it again",
                len(twofold),
                name=name,
            ),
            [Problem(name, "two-groups", _twofold(found)) for found in twofold],
        )
    counts = tell(
        "{name}: {n} rows in all; candidates with a score and a group {used}, rows that say the same again "
        "{twice}, without a number {nameless}, of nobody with a score on this form {strange}, without a "
        "group {empty}.",
        name=name,
        n=table.n_rows,
        used=len(rows),
        twice=sum(len(found) - 1 for found in rows.values()),
        nameless=nameless,
        strange=strange,
        empty=empty,
    )
    return {number: found[0][2] for number, found in rows.items()}, counts


def _twofold(found: Sequence[tuple[int, str, str]]) -> Message:
    """Returns a message with a candidate number, as the file writes it, and the group in each of its rows."""
    each = [tell("row {line}: {group}", line=line, group=text) for line, _, text in found]
    return tell("{who} – {rows}", who=found[0][1], rows=joined(each))


def _number_at(name: str, heads: Sequence[str]) -> int:
    """Returns the index of the column of candidate numbers, known by its heading; by default the first."""
    return named_column([fold(one) for one in heads], CANDIDATE_NAMES, "candidate_id", name) or 0
