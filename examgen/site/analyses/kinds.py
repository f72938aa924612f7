"""The analyses on the site: for each its command, what it takes from the record of a
job, the files it writes, and the use of its result."""

from __future__ import annotations

import csv
import dataclasses
import io
import shutil
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from examgen.analysis.parts import Part, ReportedLine
from examgen.capture.cells import fold
from examgen.capture.columns import named_column
from examgen.commands.analyses.cuts import METHODS
from examgen.commands.declared import Command, Progress
from examgen.commands.tree import declaration
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import base_form
from examgen.core.files import read_input, sha256_of
from examgen.core.problems import Problem, Refused
from examgen.core.tables.coded import read_coded
from examgen.core.words import Message, joined, tell, tell_n
from examgen.reports.existing_reports import analysis_of, told_of
from examgen.scoring.runs import read_people
from examgen.site import uploads
from examgen.site.analyses.forms import (
    EXAM,
    AnalysisForm,
    CutForm,
    DifForm,
    EquatingForm,
    OfExamOrFiles,
    analysis_form,
)
from examgen.site.workspace import bank, exam_folder
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
            raise Refused.because(
                "{exam} has {n} forms, and nobody took the items of all of them: scores of its forms are "
                "equated form by form (Equate two forms); leave --equate out here",
                exam=path.name,
                n=n,
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
                raise Refused.because(
                    "no candidate of form {form} is in {name} with a group", form=form, name=listed.name
                )
        elif group not in GROUPS:
            raise Refused.because(
                "choose the file of the candidates' groups that has the column {group}", group=group
            )
        else:
            people = read_people(exam, str(run))
            known = {
                canonical_number(who): str(text or "")
                for who, text in people.candidates.select("candidate_id", group).iter_rows()
            }
            if not any(known.values()) or (group == "centre" and people.place_kind != "centre"):
                raise Refused.because(
                    "the list of candidates says of nobody: {group}; send a file of the candidates' "
                    "groups, or add the column to the list and have the exam scored and analysed anew",
                    group=GROUPS[group],
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
        raise Refused.because("{exam} has not been analysed yet: analyse its answers first", exam=exam.name)
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
    for name in fields:
        value = given[name]
        for one in value if isinstance(value, list) else [value] if value else []:
            if not one.startswith(EXAM):
                kept = uploads.kept(given.by, about(given.unit), uuid.UUID(one))
                found.append({"field": name, "name": kept.name, "sha256": sha256_of(kept.path)})
    return found


def groups_in(name: str, data: bytes, group: str, scored: Collection[str]) -> tuple[dict[str, str], Message]:
    """Reads the groups of candidates from a file. Returns the group by canonical number, for the candidates
    in `scored`, and a message that counts the rows. Raises Refused if the file has no such column or puts
    candidates into two groups."""
    table = read_coded(name, data)
    own = next((one for one in table.columns if one.name == group), None)
    if own is None:
        raise Refused.because("{name} has no column {group}", name=name, group=group)
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


Document = dict[str, Any]
CUT, SCALED = "cut.yaml", "scaled.yaml"
"""Files that a scoring can use."""


@dataclass
class Kind:
    """A kind of analysis. Its command is loaded on first use."""

    name: str
    question: Message | None
    """The question that the analysis answers; None for methods of setting a cut, which share one question."""
    title: Message
    about: Message
    needs: Message
    words: str
    """The command, as typed."""
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Options for output files that are always written, with the names of the files."""
    ticks: Mapping[str, str] = field(default_factory=dict)
    """Options for output files that are written if their box is ticked, with the names of the files."""
    scored: str = ""
    """The field of the exam whose scoring can use the file: a conversion of X cannot be used for Y."""
    matrices: Sequence[str] = ()
    """Fields in which an exam can be chosen in place of a score matrix; that of its analysis is used."""
    is_secret: bool = False
    """Whether the result names persons."""
    base: type[AnalysisForm] = AnalysisForm
    """The base class of the form."""

    @cached_property
    def command(self) -> type[Command]:
        """The class of the command, with its declared options."""
        return declaration(self.words)

    @cached_property
    def form(self) -> type[AnalysisForm]:
        """The class of the form on its page."""
        return analysis_form(self.words, self.command, self.base, self.ticks, {*self.outputs, "results"})

    def work(self, given: Given, out: Path, progress: Progress) -> tuple[Document, list[Part]]:
        """Runs the analysis and writes its files into the folder `out`. Returns the document of `--json`, and
        the parts that a page shows."""
        values: dict[str, Any] = {}
        for name, one in self.command.declared().items():
            if name in self.outputs or given[name] is None or (given[name] is False and not one.default):
                continue
            if name in self.ticks:
                values[name] = out / self.ticks[name] if self.ticks[name] else bank()
            elif name == "files" and given["form"]:  # groups of candidates of one form of an exam
                values[name] = [
                    given.grouped(given.paths(name)[0], given["form"], given["group"], given.path("people"))
                ]
            elif name in self.matrices:
                values[name] = given.matrix(name, of_one_form=bool(given["equate"]))
            elif one.shape == "path":
                values[name] = given.paths(name) if one.is_several else given.path(name)
            else:
                values[name] = given[name]
        written = {name: out / file for name, file in self.outputs.items()}
        if self.name == "link" and not given["equate"]:
            del written["scaled"]
        done = self.command.model_validate({**values, **written}).execute(progress)
        document = dict(done.document)
        if "files" in document:
            document["files"] = [Path(path).name for path in document["files"]]
        return document, [*done.shown, *(ReportedLine(line) for line in given.told)]


class CutKind(Kind):
    """A method of setting a cut; all methods belong to one command."""

    @cached_property
    def command(self) -> type[Command]:
        """The class of the method, with its declared options."""
        return METHODS[self.name]


def _cut(name: str, title: Message, about: Message, needs: Message, **ticks: str) -> Kind:
    """A way to set a cut."""
    return CutKind(
        name,
        None,
        title,
        about,
        needs,
        "analyse cut",
        ticks={"out": CUT, **ticks},
        scored="exam",
        base=CutForm,
    )


KINDS = {
    one.name: one
    for one in (
        Kind(
            "equate",
            tell("Are two forms, or two administrations, on one scale?"),
            tell("Equate two forms"),
            tell("Convert scores of one form to another (observed-score equating)."),
            tell("Two scored forms that share items or were taken by comparable groups of candidates."),
            "analyse equate",
            {"out": SCALED},
            scored="x",
            base=EquatingForm,
        ),
        Kind(
            "link",
            tell("Have items become easier or harder since?"),
            tell("Link two scales"),
            tell(
                "The ability scale of one calibration carried to that of another through the items in common."
            ),
            tell("Two exams whose answers were analysed, or tables of parameters of both."),
            "analyse link",
            {"out": "items.csv", "scaled": SCALED},
            scored="new",
            matrices=("old", "new"),
        ),
        Kind(
            "decisions",
            tell("How sure are pass and fail?"),
            tell("How sure decisions are"),
            tell("Estimate how consistent and how accurate pass/fail decisions are."),
            tell("An exam that was scored."),
            "analyse decisions",
            base=OfExamOrFiles,
        ),
        Kind(
            "copying",
            tell("Which answers look copied?"),
            tell("Answers alike beyond chance"),
            tell(
                "List pairs of candidates with improbably many answers in common (a signal, not a verdict)."
            ),
            tell("An exam that was scored; with rooms in its list of candidates, each room by itself."),
            "analyse copying",
            {"out": "pairs.csv"},
            is_secret=True,
            base=OfExamOrFiles,
        ),
        Kind(
            "dif",
            tell("Do items work alike for different groups (DIF)?"),
            tell("Differential item functioning"),
            tell(
                "Items that are harder for one group than for candidates of another with the same score: "
                "Mantel–Haenszel, logistic regression or SIBTEST."
            ),
            tell(
                "An exam that was scored and analysed, and the group of each candidate: the room, the centre "
                "or the organisation from the list of candidates, or a file with their numbers and, say, "
                "sex; or a file of responses with a column of groups. By the rule of thumb 100 or more in "
                "each group."
            ),
            "analyse dif",
            {"out": "items.csv"},
            base=DifForm,
        ),
        _cut(
            "angoff",
            tell("Cut by Angoff"),
            tell(
                "Angoff: how many of 100 minimally competent people judges expect to answer each item "
                "rightly, summed up."
            ),
            tell(
                "Ratings of all scored items of an exam: a round on the site, or a file with the columns "
                "judge, item and rating."
            ),
            bank="",
        ),
        _cut(
            "ebel",
            tell("Cut by Ebel"),
            tell(
                "Ebel: items in a grid of difficulty and relevance, and the share of each cell that judges "
                "expect."
            ),
            tell("Two files: where items stand in the grid, and the shares."),
        ),
        _cut(
            "bookmark",
            tell("Cut by bookmark"),
            tell("Bookmark: the first item, from easy to hard, that a borderline candidate does not master."),
            tell("A file of bookmarks, and parameters of the items."),
        ),
        _cut(
            "borderline",
            tell("Cut by the borderline group"),
            tell("Borderline group: the median score of those whom judges hold to be on the border."),
            tell("A file of candidates whom judges know, and their scores."),
        ),
        _cut(
            "contrasting",
            tell("Cut by contrasting groups"),
            tell(
                "Contrasting groups: the lowest score at which a candidate is more likely to be judged "
                "competent than not."
            ),
            tell("A file of candidates whom judges know, and their scores."),
        ),
        _cut(
            "regression",
            tell("Cut by borderline regression"),
            tell("Borderline regression: the score that a line through grades and scores has at the border."),
            tell("A file of graded candidates, and their scores."),
        ),
        _cut(
            "hofstee",
            tell("Cut by Hofstee"),
            tell("Hofstee: where the share who fail crosses what judges hold bearable."),
            tell("A file of the limits of judges, and the scores of candidates."),
        ),
    )
}
"""The kinds of analyses by name, in the order of the list."""
