"""`examgen init`, `demo` and `doctor`.

`examgen templates …`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.commands import screen
from examgen.commands.app import Json, Workspace, app, templates_app
from examgen.commands.options import workspace_of
from examgen.core.problems import Exit
from examgen.core.words import tell


@templates_app.command("list")
def templates_list(json: Json = False, workspace: Workspace = None) -> None:
    """Name the built-in templates, and those that the workspace has of its own."""
    from examgen.bank import workspaces

    found = workspaces.templates(workspace_of(workspace))
    if json:
        screen.print_json([{"name": one.name, "own": str(one.own) if one.own else None} for one in found])
        return
    for one in found:
        screen.say(
            tell("{name:32}{own}", name=one.name, own=screen.short(one.own) if one.own else tell("built-in"))
        )


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
    from examgen.bank import workspaces

    folder = into if into is not None else workspace_of(workspace) / workspaces.FOLDER
    paths = workspaces.eject(names or [], folder, replace)
    if json:
        screen.print_json({"copied": [str(path) for path in paths]})
    else:
        screen.show_files(tell("copied:"), paths)


@app.command()
def init(
    folder: Path,
    empty: Annotated[bool, typer.Option("--empty", help="Without the starter bank.")] = False,
) -> None:
    """Make a new workspace with the starter bank."""
    from examgen.bank import workspaces

    made = workspaces.init(folder, empty)
    screen.say(
        tell(
            "workspace made in {made}: put unit documents into it with `examgen unit import FILE`", made=made
        )
    )


@app.command()
def demo(workspace: Workspace = None) -> None:
    """Show the whole chain on two real exams.

    A unit page is read; two exams are built, printed, sat by synthetic candidates and scored.
    """
    from examgen.commands.demo import run

    run(workspace_of(workspace))


@app.command()
def doctor(json: Json = False) -> None:
    """Check what this machine lacks, and how to get it."""
    from examgen.commands import system_check as doctor
    from examgen.commands.screen import said, width

    findings = doctor.examine()
    if json:
        screen.print_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            mark, style = (
                (tell("ok"), "green")
                if finding.ok
                else ((tell("missing"), "red") if finding.needed else (tell("not here"), "yellow"))
            )
            padded = said(mark) + " " * (8 - width(said(mark)))
            found = tell("{what}: {detail}", what=finding.what, detail=finding.detail)
            screen.say(tell("{mark}{found}", mark=padded, found=found), style)
    if any(finding.needed and not finding.ok for finding in findings):
        raise typer.Exit(Exit.MISSING_DEPENDENCY)
