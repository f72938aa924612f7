"""The next commands to suggest for the items of a unit, by their statuses and the unit's levels."""

from __future__ import annotations

from pathlib import Path

from examgen.commands.loading import on_use

with on_use():
    from examgen.bank import whole_bank


def blueprint_step(bank: Path, code: str, level: int | None = None) -> str:
    """Return the command that creates a blueprint, with a level if the unit has several with a written
    test."""
    shelves, _ = whole_bank.load_bank(bank, [code])
    levels = shelves[0].unit.objective_levels if shelves else ()
    if level is None and len(levels) > 1:
        level = levels[0]
    return f"examgen blueprint new {code}" + ("" if level is None else f" --level {level}")


def review_step(bank: Path, code: str) -> str:
    """Return the command for the next step with the items of a unit: write them, review them, approve them,
    or create a blueprint."""
    shelves, _ = whole_bank.load_bank(bank, [code])
    if shelves and not shelves[0].items:
        return f"examgen bank export {code} items.xlsx"
    statuses = {item.status for item in shelves[0].items} if shelves else set()
    if "draft" in statuses:
        return f"examgen bank status {code} all --to review --by NAME"
    if "review" in statuses:
        return f"examgen bank status {code} all --to approved --by NAME"
    return blueprint_step(bank, code)
