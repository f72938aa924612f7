"""`examgen blueprint new`: a first blueprint of a unit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from examgen.analyses.reported.parts import Parts, ReportedLine
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Replace, Workspace, workspace_of
from examgen.core.options import Argument, Option
from examgen.core.words import tell

if TYPE_CHECKING:
    from examgen.assembly.first_blueprint import NewBlueprint

with on_use():
    from examgen.assembly import first_blueprint


class BlueprintNew(Command):
    """A first blueprint of a unit, with comments, to change and to build."""

    details = tell(
        "It asks for what the bank has; a level that the standard does not assess by a written test is "
        "refused."
    )

    unit: Annotated[str, Argument(tell("The unit."))]
    level: Annotated[int | None, Option(tell("The level, of those that the unit states."))] = None
    occupation: Annotated[
        str | None, Option(tell("The occupation, where the standard assesses them otherwise."))
    ] = None
    out: Annotated[
        Path | None, Option(tell("The file; UNIT-L<level>.yaml here if left out."), short="-o")
    ] = None
    replace: Replace = False
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Write it."""
        done = first_blueprint.new_blueprint(
            workspace_of(self.workspace), self.unit, self.level, self.occupation, self.out, self.replace
        )
        document = {
            "file": str(done.path),
            "items": done.asked.n_items,
            "statuses": list(done.asked.statuses),
            "criteria": dict(done.asked.counts),
            "builds": done.builds,
            "notices": list(done.notices),
        }
        return Outcome(document, _of_blueprint(done))


def _of_blueprint(done: NewBlueprint) -> Parts:
    for notice in done.notices:
        yield ReportedLine(tell("notice: {notice}", notice=notice), "cyan")
    path, counts = screen.short(done.path), done.asked.counts
    n_asked = sum(1 for n in counts.values() if n)
    line = tell(
        "{path}: {n_items} items of {n_asked} criteria",
        path=path,
        n_items=done.asked.n_items,
        n_asked=n_asked,
    )
    yield ReportedLine(line, "bold")
    if n_asked < len(counts):
        line = tell(
            "notice: the bank has no item for {n_all} of the {n_all_2} criteria",
            n_all=len(counts) - n_asked,
            n_all_2=len(counts),
        )
        yield ReportedLine(line, "cyan")
    if {"draft", "review"} & {*done.asked.statuses}:
        line = tell("notice: it uses items that nobody has approved: for a trial only")
        yield ReportedLine(line, "cyan")
    if done.builds:
        yield ReportedLine(tell("build it with `examgen build {path}`", path=path))
        return
    line = tell(
        "the bank cannot give it yet: `examgen build {path} --write-order order.xlsx` orders what is lacking",
        path=path,
    )
    yield ReportedLine(line, "yellow")
