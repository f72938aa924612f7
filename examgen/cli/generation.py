"""`examgen bank generate` and `examgen bank pilot-plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from examgen.cli.app import Json, Workspace, bank_app, workspace_of
from examgen.problems import Exit, WrongUsage
from examgen.words import joined, tell

if TYPE_CHECKING:
    from examgen.workflow.bank.generation import Generated


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
    from examgen.cli import screen
    from examgen.workflow.bank import generation

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
    from examgen.cli import screen
    from examgen.workflow.bank import generation

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
