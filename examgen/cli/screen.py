"""Results → what a person reads on the terminal. Content of users' files is never markup."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from examgen.problems import Problem

if TYPE_CHECKING:
    from examgen.models import Unit
    from examgen.workflow.units import UnitImport


class _Screen(Console):
    """A console whose reader may leave early (`| head`) without changing the exit status."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


screen = _Screen(highlight=False)
errors = Console(stderr=True, highlight=False)

_COLOURS = {"error": "red", "warning": "yellow", "notice": "cyan"}


def say(text: str = "", style: str = "") -> None:
    """One line, as it is: no markup, no wrapping inside paths."""
    screen.print(Text(text, style=style), soft_wrap=True)


def short(path: Path) -> str:
    """The path from here where it lies below, as it is elsewhere."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def progress(message: str) -> None:
    """What is being done, on the error stream."""
    errors.print(Text(f"… {message}", style="dim"), soft_wrap=True)


def print_json(data: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(data, ensure_ascii=False, indent=2))


def show_problems(problems: Iterable[Problem]) -> None:
    """Every problem on a line of its own, on the error stream."""
    for problem in problems:
        line = Text(f"  {problem.severity}: ", style=_COLOURS[problem.severity])
        errors.print(line.append(str(problem), style="default"), soft_wrap=True)


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]], numbers_from: int = 1) -> None:
    """A table; columns from `numbers_from` on are aligned to the right."""
    say(title, "bold")
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for n, head in enumerate(heads):
        grid.add_column(Text(head), justify="right" if n >= numbers_from else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    screen.print(grid)


def levels(values: Sequence[int]) -> str:
    """Levels as a person writes them."""
    return ", ".join(str(level) for level in values) or "none stated"


def show_unit(unit: Unit) -> None:
    """What was read of a unit."""
    say(f"{unit.code}  {unit.title or '(no title)'}", "bold")
    say(f"  field: {unit.field or '–'}")
    say(f"  levels: {levels(unit.levels)}")
    for occupation in unit.occupations:
        say(f"  occupation: {occupation.name} (levels {levels(occupation.levels)})")
    for entry in unit.assessment:
        who = entry.occupation or "all"
        at = levels(entry.levels) if entry.levels else "all"
        say(f"  assessed: {who}, levels {at}: {', '.join(entry.methods)}")
    for element in unit.elements:
        say(f"  {element.code}  {element.title}")
        for criterion in element.criteria:
            say(f"    {criterion.code}  {criterion.text}")
    for warning in unit.warnings:
        where = f" (line {warning.line})" if warning.line else ""
        say(f"  warning: {warning.message}{where} [{warning.kind}]", "yellow")


def show_import(done: UnitImport) -> None:
    """One imported document."""
    if done.unit.error:
        errors.print(
            Text(
                f"{done.document}: refused: {done.unit.error.message} [{done.unit.error.kind}]", style="red"
            ),
            soft_wrap=True,
        )
        return
    show_unit(done.unit)
    say(
        f"  → {done.folder / 'unit.yaml'}" if done.folder else f"  read from {done.document}; nothing written"
    )


def show_files(title: str, paths: Iterable[Path]) -> None:
    """Paths to open."""
    say(title)
    for path in paths:
        say(f"  {short(path)}")
