"""`examgen init`, `demo` and `doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.cli.app import Json, Workspace, app, workspace_of
from examgen.problems import Exit


@app.command()
def init(
    folder: Path,
    empty: Annotated[bool, typer.Option("--empty", help="Without the starter bank.")] = False,
) -> None:
    """Make a new workspace with the starter bank."""
    from examgen.cli import screen
    from examgen.workflow import workspaces

    made = workspaces.init(folder, empty)
    screen.say(f"workspace made in {made}: put unit documents into it with `examgen unit import FILE`")


@app.command()
def demo(workspace: Workspace = None) -> None:
    """Show the whole chain on two real exams.

    A unit page is read; two exams are built, printed, sat by synthetic candidates and scored.
    """
    from examgen.cli.demo import run

    run(workspace_of(workspace))


@app.command()
def doctor(json: Json = False) -> None:
    """Check what this machine lacks, and how to get it."""
    from examgen import diagnosis
    from examgen.cli import screen

    findings = diagnosis.examine()
    if json:
        screen.print_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            mark, style = (
                ("ok", "green")
                if finding.ok
                else (("missing", "red") if finding.needed else ("absent", "yellow"))
            )
            screen.say(f"{mark:8}{finding.what}: {finding.detail}", style)
    if any(finding.needed and not finding.ok for finding in findings):
        raise typer.Exit(Exit.MISSING_DEPENDENCY)
