"""`examgen bank …`."""

from __future__ import annotations

from typing import Annotated

import typer

from examgen.cli.app import Json, Workspace, bank_app, workspace_of
from examgen.problems import Exit, WrongUsage


@bank_app.command("check")
def bank_check(
    codes: Annotated[list[str] | None, typer.Argument(help="Units; all if left out.")] = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Find every fault of the bank's files, with file, line, item and field."""
    from examgen.cli import screen
    from examgen.workflow import banks

    shelves, problems = banks.check_bank(workspace_of(workspace) / "item_bank", codes or [])
    faulty = any(problem.severity == "error" for problem in problems)
    if json:
        units = [{"code": shelf.unit.code, "items": len(shelf.items)} for shelf in shelves]
        screen.print_json({"units": units, "problems": [problem.as_dict() for problem in problems]})
    else:
        screen.show_problems(problems)
        for shelf in shelves:
            screen.say(f"{shelf.unit.code}: {len(shelf.items)} items, no errors", "green")
        if problems:
            n_errors = sum(problem.severity == "error" for problem in problems)
            screen.say(f"{n_errors} error(s), {len(problems) - n_errors} warning(s)")
    if faulty:
        raise typer.Exit(Exit.REFUSED)


@bank_app.command("coverage")
def bank_coverage(
    code: str,
    level: Annotated[
        int | None, typer.Option(help="One level; all that the unit states if left out.")
    ] = None,
    status: Annotated[
        list[str] | None, typer.Option(help="Statuses that count; all but retired if left out.")
    ] = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Count the usable items of each criterion at each level."""
    from examgen.cli import screen
    from examgen.models import STATUSES
    from examgen.workflow import banks

    wrong = [name for name in status or () if name not in STATUSES]
    if wrong:
        raise WrongUsage(f"--status {wrong[0]} is not one of {', '.join(STATUSES)}")
    counted = [name for name in STATUSES if (name in status if status else name != "retired")]
    found = banks.bank_coverage(workspace_of(workspace) / "item_bank", code, level, counted)
    if json:
        rows = [row._asdict() for row in found.rows]
        screen.print_json({"code": code, "statuses": counted, "coverage": rows})
    else:
        screen.show_coverage(found)
