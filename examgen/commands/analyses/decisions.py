"""`examgen analyse decisions`: how often pass and fail would repeat, and how often they are right."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from examgen.analyses.options import DecisionOptions, ResponseOptions
from examgen.analyses.reported import decisions
from examgen.commands.analyses.files import ResponseFiles, RunOfExam
from examgen.commands.declared import Command, Outcome, Progress
from examgen.core.options import Option
from examgen.core.problems import WrongUsage
from examgen.core.words import tell


class Decisions(ResponseOptions, DecisionOptions, Command):
    """Indices of consistency and accuracy, of an exam by its rule, of files by the cuts that are named."""

    details = tell("Responses or totals with --cut; or the folder of an exam, by its own pass rule.")

    files: ResponseFiles
    run: RunOfExam = None
    seed: Annotated[
        int,
        Field(ge=0),
        Option(
            tell("Of the simulation by which an exam's rule is judged."), label=tell("Seed"), is_rare=True
        ),
    ] = 1

    def execute(self, progress: Progress) -> Outcome:
        """Judge the exam by its rule, or the files by their cuts."""
        from examgen.analyses.administrations import exam_and_run
        from examgen.analyses.decisions import analyse_decisions
        from examgen.analyses.reported.scored_runs import head_of
        from examgen.analyses.rule_decisions import analyse_rule

        if len(self.files) == 1 and self.files[0].is_dir():
            if self.cut or self.items is not None:
                raise WrongUsage(tell("an exam is judged by its own pass rule: leave out --cut and --items"))
            found = analyse_rule(*exam_and_run(self.files[0], self.run), seed=self.seed)
            return Outcome(found, [*head_of(found), *decisions.of_exam(found)])
        found = analyse_decisions(self.of(self.files, None, self.items), self)
        return Outcome(found, decisions.of_totals(found))
