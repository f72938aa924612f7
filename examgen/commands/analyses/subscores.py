"""`examgen analyse subscores`: whether the score of a part of a test is worth reporting."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from examgen.analyses.options import ResponseOptions
from examgen.analyses.reported.parts import Part, ReportedFiles
from examgen.commands.analyses.files import ResponsesOrRun, RunOfExam, exam_alone
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.options import Option
from examgen.core.problems import WrongUsage
from examgen.core.words import tell

with on_use():
    from examgen.analyses import administrations, subscores
    from examgen.analyses import files as table_files
    from examgen.analyses.reported import subscores as reported_subscores


class Subscores(ResponseOptions, Command):
    """Haberman's comparison of each part with the total."""

    files: ResponsesOrRun
    subscores: Annotated[
        Path | None,
        Option(
            tell(
                "For a response file: the part that each item belongs to, with columns "
                "`item`, `subscore`, and `level` if there are several kinds of parts."
            ),
            metavar="MAP.csv",
        ),
    ] = None
    run: RunOfExam = None
    scores: Annotated[
        Path | None, Option(tell("Write each candidate's points and augmented scores."), metavar="OUT.csv")
    ] = None
    out: Annotated[
        Path | None, Option(tell("Also write the table of parts (.csv or .xlsx)."), metavar="FILE")
    ] = None

    def execute(self, progress: Progress) -> Outcome:
        """Compare, and write the tables where files are named."""
        if (folder := exam_alone(self.files)) is not None:
            if self.subscores is not None or not self.says_nothing:
                raise WrongUsage(
                    tell(
                        "{folder} is a folder, but these options apply only to response files", folder=folder
                    )
                )
            found = subscores.analyse_run_subscores(
                *administrations.exam_and_run(folder, self.run), self.scores
            )
        else:
            if self.run is not None:
                raise WrongUsage(tell("--run requires an exam. Give its folder."))
            source = self.of(self.files, self.out, self.subscores)
            found = subscores.analyse_subscores(source, self.subscores, self.scores)
        if self.out is not None:
            names = ("subscores", "by_form", "correlations")
            table_files.write_rows(self.out, {name: found[name] for name in names if found[name]})
        shown: list[Part] = [*reported_subscores.of_subscores(found)]
        if self.scores is not None:
            shown.append(ReportedFiles(tell("candidate scores:"), [self.scores]))
        return Outcome(found, shown)
