"""`examgen bank generate` and `examgen bank pilot-plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from examgen.analyses.reported.parts import (
    Part,
    Parts,
    ReportedFiles,
    ReportedLine,
    ReportedProblems,
    ReportedTable,
)
from examgen.assembly.pilot_options import PilotOptions
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import UnitCode, Workspace, workspace_of
from examgen.core.options import Argument, Option
from examgen.core.problems import Exit
from examgen.core.words import joined, tell

if TYPE_CHECKING:
    from examgen.papers.generated_items import Generated

with on_use():
    from examgen.assembly import pilot_planning
    from examgen.papers import generated_items as generation


class BankGenerate(Command):
    """Items of item models: checked, all different, each with exactly one right answer."""

    names: Annotated[
        tuple[str, ...], Argument(tell("Item models, or units with all of theirs; all if left out."))
    ] = ()
    number: Annotated[int, Field(ge=1, le=100_000), Option(tell("How many instances of each model."))] = 1
    seed: Annotated[
        int, Field(ge=0), Option(tell("Where chance begins: the same seed, the same instances."))
    ] = 1
    into: Annotated[
        Literal["items"] | None,
        Option(tell("Write them into the bank: items, at the end of their criterion's file.")),
    ] = None
    out: Annotated[
        Path | None, Option(tell("Write them into a file: FILE.yaml, or as they print FILE.pdf or .html."))
    ] = None
    replace: Annotated[bool, Option(tell("Overwrite that file if it is there."))] = False
    workspace: Workspace = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.into is not None and self.out is not None:
            raise ValueError(tell("--into and --out are two places: choose one"))
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Make them, and write them where that is asked."""
        place = workspace_of(self.workspace)
        if self.into:
            made = generation.generate_into_items(place / "item_bank", self.names, self.number, self.seed)
        else:
            made = generation.generate(place, self.names, self.number, self.seed)
        if self.out:
            made = generation.write_out(made, place, self.out, self.replace)
        are_few = any(len(one.items) < made.asked for one in made.models)
        return Outcome(
            generation.as_json(made),
            _of_generated(made, whole=not self.into and not self.out),
            Exit.SET_ASIDE if are_few else Exit.DONE,
        )


def _of_generated(made: Generated, whole: bool) -> Parts:
    yield ReportedProblems(made.notices)
    for one in made.models:
        if whole:
            for item in one.items:
                yield ReportedLine(item.id, "bold")
                yield ReportedLine(f"  {item.stem}".replace("\n", "\n  "))
                for name, text in item.options.items():
                    yield ReportedLine(f"  {'●' if name in item.key else '○'} {name}. {text}")
        counts = {"model": one.model, "made": len(one.items), "asked": made.asked}
        yield ReportedLine(tell("{model}: {made:,} of {asked:,} made", **counts), "green")
        if len(one.items) < made.asked:
            reasons = joined(
                tell("{n:,} × {reason}", n=n, reason=generation.reason(code)) for code, n in one.aside.items()
            )
            yield ReportedLine(tell("  there are no more: {reasons}", reasons=reasons), "yellow")
    if made.files:
        yield ReportedFiles(tell("written:"), made.files)
        yield ReportedLine(tell("they hold keys: keep them under lock"), "yellow")


class BankPilotPlan(PilotOptions, Command):
    """How many candidates and which forms it takes to know new items as exactly as asked."""

    code: UnitCode
    out: Annotated[Path | None, Option(tell("Write the blueprint of each sitting: FILE.yaml."))] = None
    replace: Annotated[bool, Option(tell("Overwrite those files if they are there."))] = False
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Plan, and write the blueprints where a file is named."""
        plan = pilot_planning.pilot_plan(workspace_of(self.workspace), self.code, self, progress)
        files = pilot_planning.write_blueprints(plan, self.out, self.replace) if self.out else []
        shown: list[Part] = []
        heads = (tell("standard error of"), tell("candidates needed"), tell("with that many in each form"))
        rows = [
            (_PLANNED.get(what, what), plan.needed.get(what, "–"), f"{plan.reached[what]:.3f}")
            for what in plan.reached
        ]
        shown.append(
            ReportedTable(
                tell("{code}: {items} items to be tried", code=plan.unit, items=plan.items), heads, rows
            )
        )
        shown.append(
            ReportedLine(
                tell(
                    "  assumed: abilities N(0, {sd:g}²), b up to {reach:g} from their mean, "
                    "{others} other items",
                    sd=plan.assumed.sd,
                    reach=plan.assumed.difficulty,
                    others=plan.assumed.others,
                ),
                "dim",
            )
        )
        lines = [
            (one.number, one.forms, len(plan.anchor), one.own, one.times, one.candidates)
            for one in plan.sittings
        ]
        names = (
            tell("sitting"),
            tell("forms"),
            tell("anchor"),
            tell("own items"),
            tell("times held"),
            tell("candidates"),
        )
        shown.append(ReportedTable(tell("{n:,} candidates in all", n=plan.candidates), names, lines))
        if plan.anchor:
            shown.append(ReportedLine(tell("  anchor: {items}", items=" ".join(plan.anchor))))
        for one in plan.sittings:
            shown.append(
                ReportedLine(tell("  sitting {n}: {items}", n=one.number, items=" ".join(one.items)))
            )
        for notice in plan.notices:
            shown.append(ReportedLine(notice, "yellow"))
        if files:
            shown.append(ReportedFiles(tell("written:"), files))
        return Outcome(
            pilot_planning.as_json(plan, files), shown, Exit.DONE if plan.can_be_done else Exit.NOT_MET
        )


_PLANNED = {"facility": tell("facility"), "item-rest": tell("item-rest")}
"""Of the statistics of a plan, those with a name in words."""
