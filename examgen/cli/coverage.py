"""`examgen bank coverage`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.cli.app import Json, Workspace, bank_app, workspace_of
from examgen.problems import WrongUsage

if TYPE_CHECKING:
    from examgen.models import Status
    from examgen.workflow.coverage import BlueprintNeeds, UnitCoverage


@bank_app.command("coverage")
def bank_coverage(
    code: str,
    level: Annotated[
        int | None, typer.Option(help="One level; all that the unit states if left out.")
    ] = None,
    status: Annotated[
        list[str] | None, typer.Option(help="Statuses that count; all but retired if left out.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a heat map as well: FILE.html.")] = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Count the usable items of each criterion, and say what the unit's blueprints still lack."""
    from examgen.cli import screen
    from examgen.workflow import coverage

    place = workspace_of(workspace)
    if html is not None and html.suffix.lower() not in (".html", ".htm"):
        raise WrongUsage(f"--html {html} must end in .html")
    found = coverage.bank_coverage(place / "item_bank", code, level, counted_statuses(status))
    if html is not None:
        coverage.write_heat_map(found, place, html)
    if json:
        screen.print_json(_as_json(found))
        return
    show_coverage(found)
    if html is not None:
        screen.show_files("heat map:", [html])


def counted_statuses(given: Sequence[str] | None) -> list[Status]:
    """The statuses that the user named, or all but retired, in their order."""
    from examgen.models import STATUSES

    wrong = [name for name in given or () if name not in STATUSES]
    if wrong:
        raise WrongUsage(f"--status {wrong[0]} is not one of {', '.join(STATUSES)}")
    return [name for name in STATUSES if (name in given if given else name != "retired")]


def _as_json(found: UnitCoverage) -> dict[str, Any]:
    return {
        "code": found.unit.code,
        "items": found.items,
        "statuses": list(found.statuses),
        "levels_without_written_test": list(found.untested),
        "coverage": [row._asdict() for row in found.rows],
        "criteria": [row._asdict() for row in found.holdings],
        "blueprints": [_blueprint_json(one) for one in found.blueprints],
        "problems": [problem.as_dict() for problem in found.problems],
    }


def _blueprint_json(one: BlueprintNeeds) -> dict[str, Any]:
    blueprint = one.blueprint
    told = (
        blueprint.model_dump(mode="json", include={"exam", "level", "forms", "items", "overlap"})
        if blueprint
        else {}
    )
    return {
        "file": one.file,
        **told,
        "needs": [{**need._asdict(), "lacking": need.lacking} for need in one.needs],
        "lacking": one.sentences,
        "problems": [problem.as_dict() for problem in one.problems],
    }


def show_coverage(found: UnitCoverage) -> None:
    """Items of a unit by criterion, level, category and status, and what is lacking."""
    from examgen.cli import screen
    from examgen.models import COGNITIVE

    statuses = [name for name in found.statuses if any(name in row.by_status for row in found.holdings)]
    heads = ["criterion", "items", *_level_heads(found), *(name[:3] for name in COGNITIVE), *statuses]
    rows = _rows(found, statuses)
    screen.table(f"Usable items of {found.unit.code} ({found.items} in the bank)", heads, rows)
    legend = " · ".join(f"{name[:3]} {name}" for name in COGNITIVE)
    screen.say(f"  an item counts once under “items” and at each level that it suits · {legend}", "dim")
    if untested := [level for level in found.untested if level in found.levels]:
        screen.say(f"  * the standard names no written test at level {screen.levels(untested)}", "dim")
    for line in _bare(found):
        screen.say(line, "yellow")
    screen.show_problems(found.problems)
    for one in found.blueprints:
        _show_needs(one)


def _level_heads(found: UnitCoverage) -> list[str]:
    return [f"L{level}{'*' if level in found.untested else ''}" for level in found.levels if level]


def _rows(found: UnitCoverage, statuses: Sequence[str]) -> Iterator[list[object]]:
    """Each element with its sums, below it its criteria; a total where there is more than one element."""
    for element in found.unit.elements:
        pcs = [criterion.code for criterion in element.criteria]
        yield [element.code, *_sums(found, pcs, statuses)]
        for pc in pcs:
            yield [f"  {pc}", *_sums(found, [pc], statuses)]
    if len(found.unit.elements) > 1:
        yield ["total", *_sums(found, [c.code for c in found.unit.criteria], statuses)]


def _sums(found: UnitCoverage, pcs: Sequence[str], statuses: Sequence[str]) -> Iterator[int]:
    from examgen.models import COGNITIVE

    held = [row for row in found.holdings if row.pc in pcs]
    yield sum(row.items for row in held)
    for level in found.levels:
        if level is not None:
            yield sum(row.items for row in found.rows if row.pc in pcs and row.level == level)
    for category in COGNITIVE:
        yield sum(row.by_cognitive.get(category, 0) for row in held)
    for status in statuses:
        yield sum(row.by_status.get(status, 0) for row in held)


def _bare(found: UnitCoverage) -> Iterator[str]:
    """Criteria without any item, at the levels that need some."""
    lacking = [row for row in found.rows if row.items == 0 and row.level not in found.untested]
    for pc in dict.fromkeys(row.pc for row in lacking):
        none_at = [row for row in lacking if row.pc == pc]
        at = f" at level {', '.join(str(row.level) for row in none_at)}" if none_at[0].level else ""
        yield f"  lacks every item{at}: {pc} {none_at[0].text}"


def _show_needs(one: BlueprintNeeds) -> None:
    from examgen.cli import screen

    asked = f"{one.file}: "
    if one.blueprint is not None:
        at = f", level {one.blueprint.level}" if one.blueprint.level is not None else ""
        asked += f"{one.blueprint.forms} form(s) of {one.blueprint.items} items{at}: "
    if one.problems:
        screen.say(f"{asked}cannot be built whatever the bank holds", "red")
        screen.show_problems(one.problems)
    elif one.sentences:
        screen.say(f"{asked}lacks items", "yellow")
        for sentence in one.sentences:
            screen.say(f"  {sentence}", "yellow")
    else:
        screen.say(f"{asked}enough items for every quota", "green")
