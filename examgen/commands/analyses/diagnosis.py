"""`examgen analyse diagnosis`: which attributes candidates have mastered, by DINA and G-DINA."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from examgen.analyses.options import DiagnosisOptions, ResponseOptions
from examgen.analyses.reported.diagnosis import of_diagnosis
from examgen.analyses.reported.parts import Part, ReportedFiles
from examgen.commands.analyses.files import ResponsesOrRun, RunOfExam, exam_alone
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.options import Option
from examgen.core.problems import WrongUsage
from examgen.core.words import tell

with on_use():
    from examgen.analyses import administrations, diagnosis
    from examgen.analyses import files as table_files


class Diagnosis(ResponseOptions, DiagnosisOptions, Command):
    """Guess and slip of items, and what candidates have mastered."""

    files: ResponsesOrRun
    q: Annotated[
        Path | None,
        Option(
            tell("Of a file: the attributes that items ask for, a column `item` and one of 0 and 1 each."),
            metavar="Q.csv",
        ),
    ] = None
    by: Annotated[
        Literal["pc", "element"] | None,
        Option(tell("Of an exam: pc or element; else criteria, of more than 12 elements."), metavar="WHAT"),
    ] = None
    run: RunOfExam = None
    out: Annotated[Path | None, Option(tell("Write the tables as well: .csv or .xlsx."), metavar="FILE")] = (
        None
    )

    def execute(self, progress: Progress) -> Outcome:
        """Fit the model, and write the tables where files are named."""
        if (folder := exam_alone(self.files)) is not None:
            if self.q is not None or not self.says_nothing:
                raise WrongUsage(
                    tell("{folder} is a folder: options of response files do not go with it", folder=folder)
                )
            found = diagnosis.analyse_run_diagnosis(
                *administrations.exam_and_run(folder, self.run), self.by, self
            )
        else:
            if self.run is not None or self.by is not None:
                raise WrongUsage(tell("--run and --by go with an exam: name its folder"))
            found = diagnosis.analyse_diagnosis(self.of(self.files, self.out, self.q), self.q, self)
        if self.out is not None:
            rows = [{**row, "attributes": " ".join(row["attributes"])} for row in found["items"]]
            items = [
                {name: value for name, value in row.items() if name not in ("p", "se_p")} for row in rows
            ]
            table_files.write_rows(self.out, {"items": items, "attributes": found["attributes"]})
        shown: list[Part] = [*of_diagnosis(found)]
        if self.profiles is not None:
            shown.append(ReportedFiles(tell("profiles of candidates:"), [self.profiles]))
        return Outcome(found, shown)
