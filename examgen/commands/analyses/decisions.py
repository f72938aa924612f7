"""`examgen analyse decisions`: how often pass and fail would repeat, and how often they are right."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from examgen.analyses.options import DecisionOptions, ResponseOptions
from examgen.analyses.reported import decisions
from examgen.commands.analyses.files import ResponseFiles, RunOfExam
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.options import Option
from examgen.core.problems import WrongUsage
from examgen.core.words import option, tell

with on_use():
    from examgen.analyses import administrations, rule_decisions
    from examgen.analyses import decisions as decision_analysis
    from examgen.analyses.reported import scored_runs


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
        if len(self.files) == 1 and self.files[0].is_dir():
            if self.cut or self.items is not None:
                raise WrongUsage(
                    tell(
                        "an exam is judged by its own pass rule: leave out {cut} and {items}",
                        cut=option("cut"),
                        items=option("items"),
                    )
                )
            found = rule_decisions.analyse_rule(
                *administrations.exam_and_run(self.files[0], self.run), seed=self.seed
            )
            return Outcome(found, [*scored_runs.head_of(found), *decisions.of_exam(found)])
        found = decision_analysis.analyse_decisions(self.of(self.files, None, self.items), self)
        return Outcome(found, decisions.of_totals(found))
