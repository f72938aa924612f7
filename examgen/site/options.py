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
    "bank check --guessability": noted("Guessability"),
    "render": noted("Papers"),
    "conflicts": noted("Conflicts of interest"),
}
"""By the name of the command, with the option where that is a page of its own."""


def shown(one: OptionName | CommandName) -> str | None:
    """What pages call it: an option by the label that its command declares, `score` where none is named. None
    where they have nothing of it, and it stands as it is typed."""
    label: str | None
    if isinstance(one, OptionName):
        options = declaration(one.command) if one.command else ScoringOptions
        said = (own.option.label for own in options.declared().values() if own.words == f"--{one.name}")
        label = next(said, None)
    else:
        label = PAGES.get(f"{one.name} {one.rest}", PAGES.get(one.name))
    return tell("“{label}”", label=tell(label)) if label else None
