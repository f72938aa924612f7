"""The commands of `analyse` on responses of candidates, and on ratings of assessors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Self

from pydantic import model_validator

from examgen.analysis.options import (
    AssessorOptions,
    CopyingOptions,
    DecisionOptions,
    DifOptions,
    IrtOptions,
    ItemOptions,
    ResponseOptions,
    may_write,
)
from examgen.analysis.parts import Part, ReportedFiles, ReportedLine, line_n
from examgen.commands import summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.files import write_file
from examgen.core.options import Argument, Option, argument, setting
from examgen.core.problems import Exit, WrongUsage
from examgen.core.tables.kinds import TABLE_FILES
from examgen.core.words import either, invalid, option, tell

with on_use():
    from examgen.analysis import (
        administrations,
        assessors,
        copying,
        decisions,
        dif,
        exam_shown,
        irt,
        items,
        subscores,
    )
    from examgen.analysis import files as table_files
    from examgen.core import csv_files

# fmt: off
ResponseFiles = Annotated[tuple[Path, ...], Argument(
    tell("Responses ({kinds}), one row per candidate and one column per item. "
         "Several files are combined through common items.", kinds=either(TABLE_FILES)),
    label=tell("An exam, or response files"), metavar="FILE...", exams=True,
)]
ResponsesOrRun = Annotated[tuple[Path, ...], Argument(
    tell("Responses in any format that `analyse items` reads, an exam package, or the "
         "folder of a scored run."),
    metavar="FILE|EXAM|RUN",
)]
RunOfExam = Annotated[str | None, Option(
    tell("For an exam: number of the scored run (default: the released run, or the newest)."),
    label=tell("Run"), metavar="RUN",
)]
TableOut = Annotated[Path | None, Option(
    tell("Also write the table of items (.csv or .xlsx)."), metavar="FILE"
)]
# fmt: on


def exam_alone(files: tuple[Path, ...]) -> Path | None:
    """Return the folder of an exam or of a run if one is given; None if files are given."""
    if not any(path.is_dir() for path in files):
        return None
    if len(files) > 1:
        raise WrongUsage.because("An exam is analysed on its own. Give one folder.")
    return files[0]


class Items(ResponseOptions, ItemOptions, Command):
    """The test, its items and options, and keys that look wrong."""

    has_verbose = True

    files: ResponseFiles
    out: TableOut = None

    @model_validator(mode="after")
    def _one_table(self) -> Self:
        if self.by is not None and self.out is not None:
            raise invalid("--by and --out cannot be used together. Use --json for the tables of all groups.")
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Analyse the responses, and write the tables if an output file is given."""
        found = items.items_of_files(self.of(self.files, self.out), self)
        if self.out is not None:
            found.write(self.out)
        short = found.parts(summary.MOST_ITEMS // len(found.results))
        return Outcome(found.document(), found.parts(), summary=[*short, *summary.table_is_in(self.out)])


class Irt(ResponseOptions, IrtOptions, Command):
    """Parameters with their errors, fit, and abilities."""

    has_verbose = True

    files: ResponseFiles
    out: TableOut = None

    def execute(self, progress: Progress) -> Outcome:
        """Fit the model to one group or to several. Without convergence, no file is written unless
        `unconverged` is set."""
        found = irt.fitted(self.of(self.files, self.out, self.anchors), self)
        if not (found.result.converged or self.unconverged):
            words = tell("No file is written. {unconverged} writes them.", unconverged=option("unconverged"))
            last = [ReportedLine(words, "bold red")] if self.out or self.scores else []
            parts, short = [*found.parts(), *last], [*found.in_short(), *last]
            return Outcome(found.document(), parts, Exit.REFUSED, summary=short)
        files: list[Part] = []
        if self.out is not None:
            table_files.write_rows(self.out, {"items": found.rows()})
        if self.scores is not None:
            irt.write_scores(self.scores, found.result, found.cells)
            files.append(ReportedFiles(tell("abilities and person fit (WLE):"), [self.scores]))
        ends = summary.table_is_in(self.out)
        return Outcome(found.document(), found.parts(), summary=[*found.in_short(), *files, *ends])


class Dif(ResponseOptions, DifOptions, Command):
    """Items that are harder for one group than for candidates of like ability in another."""

    files: ResponseFiles
    out: TableOut = None

    def execute(self, progress: Progress) -> Outcome:
        """Compare the groups."""
        found = dif.dif_of_files(self.of(self.files, self.out), self)
        document = found.document()
        if self.out is not None:
            table_files.write_rows(self.out, {"items": document["items"]})
        return Outcome(document, [*found.parts()])


class Decisions(ResponseOptions, DecisionOptions, Command):
    """Indices of consistency and accuracy, of an exam by its rule, of files by the cuts that are named."""

    details = tell("Responses or totals (with --cut), or an exam folder (uses its own pass rule).")

    files: ResponseFiles
    run: RunOfExam = None

    def execute(self, progress: Progress) -> Outcome:
        """Analyse the exam by its pass rule, or the files by the given cuts."""
        if len(self.files) == 1 and self.files[0].is_dir():
            if self.cut or self.items is not None:
                raise WrongUsage.because(
                    "An exam uses its own pass rule. Remove {cut} and {items}.",
                    cut=option("cut"),
                    items=option("items"),
                )
            found = decisions.decisions_of_run(*administrations.exam_and_run(self.files[0], self.run))
            head = exam_shown.head_of(found.document())
            return Outcome(found.document(), [*head, *found.parts()])
        found = decisions.decisions_of_files(self.of(self.files, None, self.items), self)
        return Outcome(found.document(), [*found.parts()])


class Subscores(ResponseOptions, Command):
    """Haberman's comparison of each part with the total."""

    files: ResponsesOrRun
    subscores: Path | None = setting(
        "For a response file: the part that each item belongs to, with columns "
        "`item`, `subscore`, and `level` if there are several kinds of parts.",
        None,
        metavar="MAP.csv",
    )
    run: RunOfExam = None
    scores: Path | None = setting(
        "Write each candidate's points and augmented scores.", None, metavar="OUT.csv"
    )
    out: Path | None = setting("Also write the table of parts (.csv or .xlsx).", None, metavar="FILE")

    def execute(self, progress: Progress) -> Outcome:
        """Compare each part with the total, and write the tables if output files are given."""
        parts: list[Part] = []
        if (folder := exam_alone(self.files)) is not None:
            if self.subscores is not None or not self.says_nothing:
                raise WrongUsage.because(
                    "{folder} is a folder, but these options apply only to response files", folder=folder
                )
            found = subscores.subscores_of_run(*administrations.exam_and_run(folder, self.run))
            parts += exam_shown.head_of({**found.sources, "n_candidates": found.result.n_persons})
        else:
            if self.run is not None:
                raise WrongUsage.because("--run requires an exam. Give its folder.")
            source = self.of(self.files, self.out, self.subscores)
            may_write(self.scores, source, self.subscores)
            if self.subscores is None:
                map_file = option("subscores", "MAP.csv")
                raise WrongUsage.because(
                    "{subscores} must give the part of each item: `item`, `subscore`", subscores=map_file
                )
            found = subscores.subscores_of_files(source, self.subscores)
        document = found.document()
        parts += found.parts()
        if self.out is not None:
            names = ("table", "by_form", "correlations")
            table_files.write_rows(self.out, {name: document[name] for name in names if document[name]})
        if self.scores is not None:
            write_file(self.scores, csv_files.csv_bytes(found.result.scores))
            parts.append(ReportedFiles(tell("candidate scores:"), [self.scores]))
        return Outcome(document, parts)


class Assessors(AssessorOptions, Command):
    """Agreement, severity and dependability of ratings."""

    details = tell(
        "FILE needs the columns `candidate_id`, `assessor`, `task` and `points`, "
        "or `candidate_id`, `assessor` and one column per task, or `candidate_id` and one column per "
        "assessor. The columns `centre`, `date` and `comment` are optional."
    )

    files: tuple[Path, ...] = argument(
        tell("Rating files ({kinds}); several files are combined.", kinds=either(TABLE_FILES)),
        label=tell("Rating files"),
        metavar="FILE...",
    )
    out: Path | None = setting("Also write the tables: .csv (severity only) or .xlsx.", None, metavar="FILE")

    def execute(self, progress: Progress) -> Outcome:
        """Analyse the ratings, and write the tables if an output file is given."""
        if self.out is not None and any(self.out.resolve() == one.resolve() for one in self.files):
            raise WrongUsage.because("{path} is an input file. Choose another output file.", path=self.out)
        found = assessors.analyse_assessors(self.files, self)
        if self.out is not None:
            table_files.write_rows(self.out, assessors.sheets(found.result), ("assessor",))
        return Outcome(found.document(), found.parts())


_MOST = 40
"""The maximum number of pairs listed."""


class Copying(ResponseOptions, CopyingOptions, Command):
    """Indices of answer similarity, of the pairs that are beyond chance or of those that are named."""

    details = tell("FILE is a response file, or the folder of a scored exam package.")

    files: ResponseFiles
    run: RunOfExam = None
    rooms: bool = setting(
        "For an exam package, compare only candidates in the same room of its roster.",
        False,
        label=tell("Only within rooms"),
    )
    out: Path | None = setting("Also write the pairs (.csv or .xlsx).", None, metavar="FILE")

    def execute(self, progress: Progress) -> Outcome:
        """Compare the candidates, and write the pairs if an output file is given."""
        source = self.of(self.files, self.out, self.items, self.abilities, self.pairs)
        if len(self.files) == 1 and self.files[0].is_dir():
            if self.room is not None or self.key is not None:
                raise WrongUsage.because(
                    "an exam package has its own key and rooms. Remove {key} and {room}",
                    key=option("key"),
                    room=option("room"),
                )
            found = copying.copying_of_run(self.files[0], self.run, self, within_rooms=self.rooms)
        else:
            if self.run is not None or self.rooms:
                raise WrongUsage.because(
                    "{run} and {rooms} apply to an exam package. For a file use {room}",
                    run=option("run"),
                    rooms=option("rooms"),
                    room=option("room", "COL"),
                )
            found = copying.copying_of_files(source, self)
        document, pairs = found.document(), found.result.pairs
        if self.out is not None:
            table_files.write_rows(self.out, {"pairs": document["pairs"]}, pairs.columns)
        first = replace(found, result=replace(found.result, pairs=pairs.head(_MOST)))
        parts: list[Part] = [*first.parts()]
        if (n := len(pairs) - _MOST) > 0:
            values = {"json": option("json"), "out": option("out")}
            parts.append(
                line_n(
                    "and {n} more pair; {json} or {out} lists all",
                    "and {n} more pairs; {json} or {out} lists all",
                    n,
                    **values,
                )
            )
        return Outcome(document, parts)
