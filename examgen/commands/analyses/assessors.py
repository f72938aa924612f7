"""`examgen analyse assessors`: agreement and severity of assessors, and the effect of more assessors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from examgen.analysis.options import AssessorOptions
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.options import Argument, Option
from examgen.core.problems import WrongUsage
from examgen.core.tables.kinds import TABLE_FILES
from examgen.core.words import either, tell

with on_use():
    from examgen.analysis import assessors
    from examgen.analysis import files as table_files


class Assessors(AssessorOptions, Command):
    """Agreement, severity and dependability of ratings."""

    details = tell(
        "FILE needs the columns `candidate_id`, `assessor`, `task` and `points`, "
        "or `candidate_id`, `assessor` and one column per task, or `candidate_id` and one column per "
        "assessor. The columns `centre`, `date` and `comment` are optional."
    )

    # fmt: off
    files: Annotated[tuple[Path, ...], Argument(
        tell("Rating files ({kinds}); several files are combined.", kinds=either(TABLE_FILES)),
        label=tell("Rating files"), metavar="FILE...",
    )]
    out: Annotated[Path | None, Option(
        tell("Also write the tables: .csv (severity only) or .xlsx."), metavar="FILE"
    )] = None
    # fmt: on

    def execute(self, progress: Progress) -> Outcome:
        """Analyse the ratings, and write the tables if an output file is given."""
        if self.out is not None and any(self.out.resolve() == one.resolve() for one in self.files):
            raise WrongUsage(tell("{path} is an input file. Choose another output file.", path=self.out))
        found = assessors.analyse_assessors(self.files, self)
        if self.out is not None:
            table_files.write_rows(self.out, assessors.sheets(found.result), ("assessor",))
        return Outcome(found.document(), found.parts())
