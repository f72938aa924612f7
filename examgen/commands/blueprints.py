"""`examgen blueprint new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.commands import screen
from examgen.commands.app import Json, Replace, UnitCode, Workspace, blueprint_app
from examgen.commands.options import workspace_of
from examgen.core.words import tell


@blueprint_app.callback()
def _blueprint() -> None:
    """Begin a blueprint."""


@blueprint_app.command("new")
def blueprint_new(
    unit: UnitCode,
    level: Annotated[int | None, typer.Option(help="The level, of those that the unit states.")] = None,
    occupation: Annotated[
        str | None, typer.Option(help="The occupation, where the standard assesses them otherwise.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file; UNIT-L<level>.yaml here if left out.")
    ] = None,
    replace: Replace = False,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Write a first blueprint of a unit, with comments, to change and to build.

    It asks for what the bank has; a level that the standard does not assess by a written test is refused.
    """
    from examgen.assembly import first_blueprint

    done = first_blueprint.new_blueprint(workspace_of(workspace), unit, level, occupation, out, replace)
    asked = done.asked
    if json:
        screen.print_json(
            {
                "file": str(done.path),
                "items": asked.n_items,
                "statuses": list(asked.statuses),
                "criteria": dict(asked.counts),
                "builds": done.builds,
                "notices": list(done.notices),
            }
        )
        return
    for notice in done.notices:
        screen.say(tell("notice: {notice}", notice=notice), "cyan")
    n_asked = sum(1 for n in asked.counts.values() if n)
    n_all = len(asked.counts)
    screen.say(
        tell(
            "{path}: {n_items} items of {n_asked} criteria",
            path=screen.short(done.path),
            n_items=asked.n_items,
            n_asked=n_asked,
        ),
        "bold",
    )
    if n_asked < n_all:
        screen.say(
            tell(
                "notice: the bank has no item for {n_all} of the {n_all_2} criteria",
                n_all=n_all - n_asked,
                n_all_2=n_all,
            ),
            "cyan",
        )
    if {"draft", "review"} & {*asked.statuses}:
        screen.say(tell("notice: it uses items that nobody has approved: for a trial only"), "cyan")
    if done.builds:
        screen.say(tell("build it with `examgen build {path}`", path=screen.short(done.path)))
    else:
        screen.say(
            tell(
                "the bank cannot give it yet: `examgen build {path} --write-order order.xlsx` orders "
                "what is lacking",
                path=screen.short(done.path),
            ),
            "yellow",
        )
