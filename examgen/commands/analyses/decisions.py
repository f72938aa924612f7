"""`examgen analyse decisions`: how consistent and how accurate pass/fail decisions are."""

from __future__ import annotations

from examgen.analysis.options import DecisionOptions, ResponseOptions
from examgen.commands.analyses.files import ResponseFiles, RunOfExam
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.problems import WrongUsage
from examgen.core.words import option, tell

with on_use():
    from examgen.analysis import administrations, decisions, exam_shown


class Decisions(ResponseOptions, DecisionOptions, Command):
    """Indices of consistency and accuracy, of an exam by its rule, of files by the cuts that are named."""

    details = tell("Responses or totals (with --cut), or an exam folder (uses its own pass rule).")

    files: ResponseFiles
    run: RunOfExam = None

    def execute(self, progress: Progress) -> Outcome:
        """Analyse the exam by its pass rule, or the files by the given cuts."""
        if len(self.files) == 1 and self.files[0].is_dir():
            if self.cut or self.items is not None:
                raise WrongUsage(
                    tell(
                        "An exam uses its own pass rule. Remove {cut} and {items}.",
                        cut=option("cut"),
                        items=option("items"),
                    )
                )
            found = decisions.decisions_of_run(*administrations.exam_and_run(self.files[0], self.run))
            head = exam_shown.head_of(found.document())
            return Outcome(found.document(), [*head, *found.parts()])
        found = decisions.decisions_of_files(self.of(self.files, None, self.items), self)
        return Outcome(found.document(), [*found.parts()])
