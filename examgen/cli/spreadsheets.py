"""`examgen bank export` and `examgen bank import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.cli.app import Json, Workspace, bank_app, workspace_of

if TYPE_CHECKING:
    from examgen.workflow.spreadsheets import Imported


@bank_app.command("export")
def bank_export(
    code: Annotated[str, typer.Argument(help="The unit.")],
    file: Annotated[Path, typer.Argument(help="The workbook to write: FILE.xlsx.")],
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite the file if it is there.")] = False,
    workspace: Workspace = None,
) -> None:
    """Write a unit's items into a workbook for item writers."""
    from examgen.cli import screen
    from examgen.workflow import spreadsheets

    count = spreadsheets.export_items(workspace_of(workspace) / "item_bank", code, file, replace)
    screen.say(f"{count} items of {code} written to {screen.short(file)}")
    screen.say(f"bring them back with `examgen bank import {screen.short(file)}`")


@bank_app.command("import")
def bank_import(
    file: Annotated[Path, typer.Argument(help="The workbook, or a CSV file.")],
    unit: Annotated[str | None, typer.Option(help="The unit, where the file does not say it.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, write nothing.")
    ] = False,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Read items back from a workbook: what changed is shown and written, or nothing if any is wrong."""
    from examgen.cli import screen
    from examgen.workflow import spreadsheets

    done = spreadsheets.import_items(workspace_of(workspace) / "item_bank", file, unit, dry_run)
    if json:
        screen.print_json(_as_json(done))
    else:
        _show(done)


def _as_json(done: Imported) -> dict[str, Any]:
    changed = [
        {"item": one.item, "where": one.where, "fields": [change._asdict() for change in one.changes]}
        for one in done.plan.changed
    ]
    added = [
        {"item": one.item.id, "where": one.where, "fields": one.item.model_dump(mode="json")}
        for one in done.plan.added
    ]
    return {
        "unit": done.unit,
        "written": done.written,
        "changed": changed,
        "new": added,
        "unchanged": done.plan.unchanged,
        "not_in_file": list(done.plan.removed),
        "files": [str(path) for path in done.files],
        "notices": [problem.as_dict() for problem in done.notices],
    }


def _show(done: Imported) -> None:
    from examgen.cli import screen

    for one in done.plan.changed:
        screen.say(f"{one.item}  ({one.where})", "bold")
        for change in one.changes:
            screen.say(f"  {change.heading or change.field}  ({change.where.rpartition('!')[2]})")
            screen.say(f"    - {_text(change.old)}", "red")
            screen.say(f"    + {_text(change.new)}", "green")
    for new in done.plan.added:
        screen.say(f"{new.item.id}  new  ({new.where})", "bold")
        screen.say(f"    + {_text(new.item.stem)}", "green")
    for name in done.plan.removed:
        screen.say(
            f"{name} has no line in the file and stays in the bank: set its status to retired", "yellow"
        )
    screen.show_problems(done.notices)
    counts = f"{len(done.plan.changed)} changed, {len(done.plan.added)} new, {done.plan.unchanged} unchanged"
    screen.say(f"{done.unit}: {counts}" + ("" if done.written else "; nothing was written"))
    if done.written:
        screen.show_files("written:", done.files)


def _text(value: object) -> str:
    """A value on one line."""
    if value is None or value == ():
        return "(nothing)"
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return shown.replace("\n", "⏎")
