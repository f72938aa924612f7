"""`examgen bank check` and `examgen bank rules`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.cli.app import Json, Workspace, bank_app, workspace_of
from examgen.problems import Exit

if TYPE_CHECKING:
    from examgen.workflow.checking import Checked


@bank_app.command("check")
def bank_check(
    codes: Annotated[list[str] | None, typer.Argument(help="Units; all if left out.")] = None,
    rule: Annotated[
        list[str] | None, typer.Option(help="Only what this rule finds; may be given again.")
    ] = None,
    waived: Annotated[bool, typer.Option("--waived", help="List what items waive, with the reason.")] = False,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Find every fault of the bank: of its files, and by the rules of item writing.

    Each with file, line, item and field; `examgen bank rules CODE` explains the code in brackets.
    """
    from examgen.cli import screen, terminal
    from examgen.workflow import checking
    from examgen.workflow.files import quiet

    progress = screen.progress if terminal.errors.is_terminal else quiet
    checked = checking.check(workspace_of(workspace), codes or [], rule or [], progress)
    if json:
        screen.print_json(_as_json(checked))
    else:
        _show(checked, waived)
    if any(problem.severity == "error" for problem in checked.problems):
        raise typer.Exit(Exit.REFUSED)


def _as_json(checked: Checked) -> dict[str, Any]:
    return {
        "units": [{"code": code, "items": items} for code, items in checked.units],
        "problems": [problem.as_dict() for problem in checked.problems],
        "waived": [{**one.problem.as_dict(), "reason": one.reason} for one in checked.waived],
    }


def _show(checked: Checked, waived: bool) -> None:
    from examgen.cli import screen

    screen.show_problems(checked.problems)
    for one in checked.waived if waived else ():
        screen.say(f"  waived: {one.problem}", "dim")
        screen.say(f"    because {one.reason}", "dim")
    for code, items in checked.units:
        screen.say(f"{code}: {items} items, no errors of structure", "green")
    found = [problem.severity for problem in checked.problems]
    if found or checked.waived:
        counts = [f"{found.count(name)} {name}(s)" for name in ("error", "warning", "notice")]
        hint = "" if waived or not checked.waived else " (--waived lists them)"
        screen.say(f"{', '.join(counts)}, {len(checked.waived)} waived{hint}")


@bank_app.command("rules")
def bank_rules(
    code: Annotated[str | None, typer.Argument(help="A rule, to read its page.")] = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """List the rules of item writing, or show the page of one."""
    from examgen.cli import screen
    from examgen.workflow import checking

    if code is not None:
        page = checking.rule_page(code)
        screen.print_json({"code": code, "page": page}) if json else screen.say(page.rstrip())
        return
    lines = checking.rules(workspace_of(workspace))
    if json:
        screen.print_json([line._asdict() for line in lines])
    else:
        screen.table("Rules of bank check", ("rule", "severity", "finds"), (line[:3] for line in lines), 3)
