"""Next commands for the items of a unit, by their statuses and the unit's levels."""

from __future__ import annotations

from pathlib import Path

from examgen.commands.loading import on_use

with on_use():
    from examgen.bank import whole_bank


def blueprint_step(bank: Path, code: str, level: int | None = None) -> str:
    """The command that begins a blueprint, with a level where the unit has several with a written test."""
    shelves, _ = whole_bank.load_bank(bank, [code])
    levels = shelves[0].unit.objective_levels if shelves else ()
    if level is None and len(levels) > 1:
        level = levels[0]
    return f"examgen blueprint new {code}" + ("" if level is None else f" --level {level}")


def review_step(bank: Path, code: str) -> str:
    """The command that moves the items of a unit on: to review, to approved, into a blueprint."""
    shelves, _ = whole_bank.load_bank(bank, [code])
    if shelves and not shelves[0].items:
        return f"examgen bank export {code} items.xlsx"
    statuses = {item.status for item in shelves[0].items} if shelves else set()
    if "draft" in statuses:
        return f"examgen bank status {code} all --to review --by NAME"
    if "review" in statuses:
        return f"examgen bank status {code} all --to approved --by NAME"
    return blueprint_step(bank, code)
