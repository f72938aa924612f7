"""`examgen analyse subscores`: whether the score of a part of a test is worth reporting."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from examgen.analysis.options import ResponseOptions, may_write
from examgen.analysis.parts import Part, ReportedFiles
from examgen.commands.analyses.files import ResponsesOrRun, RunOfExam, exam_alone
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.files import write_file
from examgen.core.options import Option
from examgen.core.problems import WrongUsage
from examgen.core.words import option, tell

with on_use():
    from examgen.analysis import administrations, exam_shown, subscores
    from examgen.analysis import files as table_files
    from examgen.core import csv_files


class Subscores(ResponseOptions, Command):
    """Haberman's comparison of each part with the total."""

    # fmt: off
    files: ResponsesOrRun
    subscores: Annotated[Path | None, Option(
        tell("For a response file: the part that each item belongs to, with columns "
             "`item`, `subscore`, and `level` if there are several kinds of parts."),
        metavar="MAP.csv",
    )] = None
    run: RunOfExam = None
    scores: Annotated[Path | None, Option(
        tell("Write each candidate's points and augmented scores."), metavar="OUT.csv"
    )] = None
    out: Annotated[Path | None, Option(
        tell("Also write the table of parts (.csv or .xlsx)."), metavar="FILE"
    )] = None
    # fmt: on

    def execute(self, progress: Progress) -> Outcome:
        """Compare each part with the total, and write the tables if output files are given."""
        parts: list[Part] = []
        if (folder := exam_alone(self.files)) is not None:
            if self.subscores is not None or not self.says_nothing:
                raise WrongUsage(
                    tell(
                        "{folder} is a folder, but these options apply only to response files", folder=folder
                    )
                )
            found = subscores.subscores_of_run(*administrations.exam_and_run(folder, self.run))
            parts += exam_shown.head_of({**found.sources, "n_candidates": found.result.n_persons})
        else:
            if self.run is not None:
                raise WrongUsage(tell("--run requires an exam. Give its folder."))
            source = self.of(self.files, self.out, self.subscores)
            may_write(self.scores, source, self.subscores)
            if self.subscores is None:
                map_file = option("subscores", "MAP.csv")
                raise WrongUsage(
                    tell(
                        "{subscores} must give the part of each item: `item`, `subscore`", subscores=map_file
                    )
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
