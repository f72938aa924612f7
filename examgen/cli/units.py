"""`examgen unit …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.cli.app import Json, Workspace, unit_app, workspace_of
from examgen.problems import Exit


@unit_app.command("import")
def unit_import(
    files: Annotated[list[Path], typer.Argument(help="Unit documents: .txt, .md, .html.")],
    into: Annotated[Path | None, typer.Option(help="The bank; by default the workspace's item_bank.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and show, write nothing.")] = False,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Read unit documents into the bank: all of them, or none if one is refused."""
    from examgen.cli import screen
    from examgen.cli.editions import filed_json, show_filed
    from examgen.workflow import units

    done = units.import_units(files, into or workspace_of(workspace) / "item_bank", dry_run)
    if json:
        readings = [{**one.unit.reading(), **filed_json(one)} for one in done]
        screen.print_json(readings[0] if len(readings) == 1 else readings)
    else:
        for one in done:
            screen.show_import(one)
            show_filed(one)
    refused = [one.document for one in done if one.unit.error]
    if refused:
        if not json:
            screen.say(f"nothing was written: {len(refused)} of {len(done)} documents refused", "red")
        raise typer.Exit(Exit.REFUSED)
    if any(one.state == "waiting" for one in done):
        raise typer.Exit(Exit.SET_ASIDE)


@unit_app.command("show")
def unit_show(code: str, json: Json = False, workspace: Workspace = None) -> None:
    """Show a unit of the bank as it was read."""
    from examgen.cli import screen
    from examgen.workflow import units

    unit = units.show_unit(workspace_of(workspace) / "item_bank", code)
    if json:
        screen.print_json(unit.model_dump(mode="json"))
    else:
        screen.show_unit(unit)
