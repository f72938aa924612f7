"""What analyses found, as a person reads it on a screen or finds it in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

MinN = Annotated[
    int | None,
    typer.Option(
        "--min-n",
        min=1,
        show_default=False,
        help="Fewer candidates of an item raise no flag and no alarm; else 20 for what is beyond chance, 50 "
        "for the rest.",
    ),
]


def shown(field: str, row: dict[str, Any]) -> str:
    """A value of a row; degrees of freedom are whole, and no p is 0."""
    value = row.get(field)
    if field.rpartition("_")[2] == "p" and value is not None and value < 0.001:
        return "< 0.001"
    return number(value, 0 if field.endswith("_df") else 3)


def number(value: Any, digits: int = 3) -> str:
    """A value as the screen shows it; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, list):
        return " ".join(number(one, digits) for one in value)
    if isinstance(value, float):
        short = f"{value:.0f}" if value.is_integer() and abs(value) >= 1 else f"{value:.{digits}f}"
        short = short.removeprefix("-") if not float(short) else short
        return short if abs(value) < 1e6 else f"{value:.3g}"
    return str(value)


def write(out: Path, found: dict[str, Any]) -> None:
    """The rows of items, and of options, as a file."""
    from examgen.workflow.analysis_files import write_rows

    write_rows(out, {name: found[name] for name in ("items", "options") if found.get(name)})


def show_notes(found: dict[str, Any]) -> None:
    """What a person must know of the numbers."""
    from examgen.cli import screen

    for note in found["notes"]:
        screen.say(f"note: {note['item'] + ': ' if note['item'] else ''}{note['message']}", "yellow")
