"""`examgen templates …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.cli.app import Json, Workspace, templates_app, workspace_of


@templates_app.command("list")
def templates_list(json: Json = False, workspace: Workspace = None) -> None:
    """Name the built-in templates, and those that the workspace has of its own."""
    from examgen.cli import screen
    from examgen.workflow import templates

    found = templates.templates(workspace_of(workspace))
    if json:
        screen.print_json([{"name": one.name, "own": str(one.own) if one.own else None} for one in found])
        return
    for one in found:
        screen.say(f"{one.name:32}{screen.short(one.own) if one.own else 'built-in'}")


@templates_app.command("eject")
def templates_eject(
    names: Annotated[list[str] | None, typer.Argument(help="As `list` names them; all if none.")] = None,
    into: Annotated[Path | None, typer.Option(help="In place of the workspace's templates folder.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Even where a file is there already.")] = False,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Copy built-in templates into the workspace, to be changed there.

    A copy stands in place of the built-in file from then on; fonts stay where they are.
    """
    from examgen.cli import screen
    from examgen.workflow import templates

    folder = into if into is not None else workspace_of(workspace) / templates.FOLDER
    paths = templates.eject(names or [], folder, replace)
    if json:
        screen.print_json({"copied": [str(path) for path in paths]})
    else:
        screen.show_files("copied:", paths)
