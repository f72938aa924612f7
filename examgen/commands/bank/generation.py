"""`examgen bank generate` and `examgen bank pilot-plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from examgen.commands import screen
from examgen.commands.app import Json, UnitCode, Workspace, bank_app
from examgen.commands.options import workspace_of
from examgen.core.problems import Exit, WrongUsage
from examgen.core.words import joined, tell

if TYPE_CHECKING:
    from examgen.assembly.pilot_planning import PilotPlan
    from examgen.papers.generated_items import Generated


@bank_app.command("generate")
def bank_generate(
    names: Annotated[
        list[str] | None, typer.Argument(help="Item models, or units with all of theirs; all if left out.")
    ] = None,
    number: Annotated[int, typer.Option(min=1, max=100_000, help="How many instances of each model.")] = 1,
    seed: Annotated[
        int, typer.Option(min=0, help="Where chance begins: the same seed, the same instances.")
    ] = 1,
    into: Annotated[
        str | None,
        typer.Option(help="Write them into the bank: items, at the end of their criterion's file."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write them into a file: FILE.yaml, or as they print FILE.pdf or .html."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite that file if it is there.")] = False,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Make items from item models: checked, all different, each with exactly one right answer."""
    from examgen.papers import generated_items as generation

    if into not in (None, "items"):
        raise WrongUsage(tell("--into {into} must be items", into=into))
    if into and out:
        raise WrongUsage(tell("--into and --out are two places: choose one"))
    place = workspace_of(workspace)
    if into:
        made = generation.generate_into_items(place / "item_bank", names or [], number, seed)
    else:
        made = generation.generate(place, names or [], number, seed)
        made = generation.write_out(made, place, out, replace) if out else made
    if json:
        screen.print_json(generation.as_json(made))
    else:
        _show_generated(made, whole=not into and not out)
    if any(len(one.items) < made.asked for one in made.models):
        raise typer.Exit(Exit.SET_ASIDE)


def _show_generated(made: Generated, whole: bool) -> None:
    from examgen.papers import generated_items as generation

    screen.show_problems(made.notices)
    for one in made.models:
        if whole:
            for item in one.items:
                screen.say(item.id, "bold")
                screen.say(f"  {item.stem}".replace("\n", "\n  "))
                for name, text in item.options.items():
                    screen.say(f"  {'●' if name in item.key else '○'} {name}. {text}")
        counts = {"model": one.model, "made": len(one.items), "asked": made.asked}
        screen.say(tell("{model}: {made:,} of {asked:,} made", **counts), "green")
        if len(one.items) < made.asked:
            reasons = joined(
                tell("{n:,} × {reason}", n=n, reason=generation.reason(code)) for code, n in one.aside.items()
            )
            screen.say(tell("  there are no more: {reasons}", reasons=reasons), "yellow")
    if made.files:
        screen.show_files(tell("written:"), made.files)
        screen.say(tell("they hold keys: keep them under lock"), "yellow")


@bank_app.command("pilot-plan")
def bank_pilot_plan(
    code: UnitCode,
    se: Annotated[
        list[str] | None,
        typer.Option(help="A standard error: facility=0.05, item-rest=0.1 or b=0.25; all three if left out."),
    ] = None,
    level: Annotated[int | None, typer.Option(help="Items that suit this level.")] = None,
    status: Annotated[list[str] | None, typer.Option(help="What is to be tried; draft if left out.")] = None,
    seats: Annotated[
        int, typer.Option(min=1, max=100_000, help="Candidates that a sitting has room for.")
    ] = 500,
    pilot: Annotated[
        int, typer.Option(min=1, max=200, help="Items that are in one form alone, at most.")
    ] = 20,
    anchor: Annotated[int, typer.Option(min=0, max=100, help="Items that are in all forms.")] = 10,
    candidates: Annotated[
        int | None, typer.Option(min=1, help="Candidates that there are: what can be had with so many.")
    ] = None,
    spread: Annotated[
        float, typer.Option(min=0.1, max=4, help="Standard deviation of ability, in logits.")
    ] = 1.0,
    reach: Annotated[
        float, typer.Option(min=0, max=4, help="How far from the mean ability b is to be known so exactly.")
    ] = 1.5,
    blueprint: Annotated[
        Path | None, typer.Option(help="Beside the scored items of this blueprint; alone if left out.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Where chance begins: the same seed, the same forms.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Write the blueprint of each sitting: FILE.yaml.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Overwrite those files if they are there.")
    ] = False,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Say how many candidates and which forms it takes to know new items as exactly as asked."""
    from examgen.assembly import pilot_planning as pilot_plan
    from examgen.assembly.pilot_planning import KNOWN_BY
    from examgen.commands.bank.items import counted_statuses

    found: dict[str, float] = {}
    for text in se or ["facility=0.05", "item-rest=0.1", "b=0.25"]:
        what, _, number = text.partition("=")
        try:
            error = float(number)
        except ValueError:
            error = 0.0
        if what not in KNOWN_BY or not 0.001 <= error <= 2:
            raise WrongUsage(
                tell(
                    "--se {text}: write one of {known} and a number, as in facility=0.05",
                    text=text,
                    known=", ".join(KNOWN_BY),
                )
            )
        found[what] = error
    asked = pilot_plan.PilotOptions(
        found,
        level, tuple(counted_statuses(status or ["draft"])), seats, pilot, anchor, candidates, spread, reach,
        blueprint, seed,
    )  # fmt: skip
    place = workspace_of(workspace)
    plan = pilot_plan.pilot_plan(place, code, asked, screen.progress)
    files = pilot_plan.write_blueprints(plan, out, replace) if out else []
    if json:
        screen.print_json(pilot_plan.as_json(plan, files))
    else:
        _show_plan(plan)
        if files:
            screen.show_files(tell("written:"), files)
    if not plan.can_be_done:
        raise typer.Exit(Exit.NOT_MET)


_PLANNED = {"facility": tell("facility"), "item-rest": tell("item-rest")}
"""Of the statistics of a plan, those with a name in words."""


def _show_plan(plan: PilotPlan) -> None:
    heads = (tell("standard error of"), tell("candidates needed"), tell("with that many in each form"))
    rows = [
        (_PLANNED.get(what, what), plan.needed.get(what, "–"), f"{plan.reached[what]:.3f}")
        for what in plan.reached
    ]
    screen.table(tell("{code}: {items} items to be tried", code=plan.unit, items=plan.items), heads, rows)
    screen.say(
        tell(
            "  assumed: abilities N(0, {sd:g}²), b up to {reach:g} from their mean, {others} other items",
            sd=plan.assumed.sd,
            reach=plan.assumed.difficulty,
            others=plan.assumed.others,
        ),
        "dim",
    )
    lines = [
        (one.number, one.forms, len(plan.anchor), one.own, one.times, one.candidates) for one in plan.sittings
    ]
    names = (
        tell("sitting"),
        tell("forms"),
        tell("anchor"),
        tell("own items"),
        tell("times held"),
        tell("candidates"),
    )
    screen.table(tell("{n:,} candidates in all", n=plan.candidates), names, lines)
    if plan.anchor:
        screen.say(tell("  anchor: {items}", items=" ".join(plan.anchor)))
    for one in plan.sittings:
        screen.say(tell("  sitting {n}: {items}", n=one.number, items=" ".join(one.items)))
    for notice in plan.notices:
        screen.say(notice, "yellow")
