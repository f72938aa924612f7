"""Options and commands named in messages → the label of their field, page or button on the site."""

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
"""The label of the page of each command, or of a command with an option that has its own page."""

FILES = ("json", "out")
"""Options whose output is among the files on the page of an analysis."""


def shown(one: OptionName | CommandName) -> str | None:
    """Returns the label of an option or a command on the site; None if the site has none, so that it is shown
    as typed. An option without a command is one of `score`. A value of the option is included if it has a
    label."""
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
