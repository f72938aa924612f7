"""Options and commands that sentences name → what pages call them: a field, a page or a button."""

from __future__ import annotations

from examgen.commands.tree import declaration
from examgen.core.words import CommandName, OptionName, noted, tell
from examgen.scoring.options import ScoringOptions

PAGES: dict[str, str] = {
    "unit import": noted("Read a unit document"),
    "unit diff": noted("Differences"),
    "bank remap": noted("Carry the items over"),
    "bank status": noted("Status"),
    "bank export": noted("Take away"),
    "render": noted("Papers"),
}
"""By the name of the command, with the option where that is a page of its own."""

FILES = ("json", "out")
"""Options that write what the page of an analysis has among its files."""


def shown(one: OptionName | CommandName) -> str | None:
    """What pages call it: an option by the label that its command declares, `score` where none is named. None
    where they have nothing of it, and it stands as it is typed. A value behind it that a page has words for
    is told, too."""
    if isinstance(one, CommandName):
        page = PAGES.get(f"{one.name} {one.rest}", PAGES.get(one.name))
        return tell("“{label}”", label=tell(page)) if page else None
    options = declaration(one.command) if one.command else ScoringOptions
    found = (own for own in options.declared().values() if own.words == f"--{one.name}")
    declared = next(found, None)
    if one.command and one.name in FILES and not (declared and declared.option.label):
        return tell("“{label}”", label=tell("Files"))
    if declared is None or not declared.option.label:
        return None
    label, value = tell(declared.option.label), dict(declared.option.values).get(one.argument)
    return (
        tell("“{label}: {value}”", label=label, value=tell(value))
        if value
        else tell("“{label}”", label=label)
    )
