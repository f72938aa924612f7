"""Options and commands that sentences name → what pages call them: a field, a page or a button."""

from __future__ import annotations

from examgen.core.words import CommandName, OptionName, noted, tell

LABELS: dict[str | tuple[str, str], str] = {
    # answers and their scoring
    "columns": noted("Match columns by hand"),
    "sheet": noted("Sheet of a workbook"),
    "delimiter": noted("Delimiter"),
    "encoding": noted("Encoding"),
    "unreadable": noted("Rows of which most marks are not understood"),
    "unlisted": noted("Rows of ids that are on no list"),
    "strict": noted("Refuse the scoring if any row must be set aside"),
    "without": noted("Deliberately leave out something that an earlier run used"),
    "corrections": noted("Corrections of the key"),
    "roster": noted("Who came"),
    "identities": noted("Rows set aside"),
    "marks": noted("The file that the gallery saved"),
    "scaled": noted("Cut and scale"),
    "cut": noted("Cut and scale"),
    # statistics of items
    ("analyse exam", "synthetic"): noted("Also where answers were made up: under a name that says so"),
    ("analyse exam", "administration"): noted("What the sitting is called in the bank"),
    ("analyse exam", "replace"): noted("In the place of another sitting of that name"),
    # questions and units
    ("bank import", "pc"): noted("Criterion of questions that name none"),
    ("bank import", "cognitive"): noted("Cognitive category"),
    ("bank import", "levels"): noted("Levels that the questions suit; none chosen: all of the unit"),
    ("bank import", "format"): noted("Kind of file"),
    ("bank status", "comment"): noted("Why"),
    ("bank remap", "pair"): noted("Carry the items over"),
    # badges
    ("export", "key"): noted("Badges signed by"),
}
"""By the name of the option; by command and name where options of one name are different fields."""

PAGES: dict[str, str] = {
    "unit import": noted("Read a unit document"),
    "unit diff": noted("Differences"),
    "bank remap": noted("Carry the items over"),
    "bank status": noted("Status"),
    "bank export": noted("Take away"),
    "bank check --guessability": noted("Guessability"),
    "render": noted("Papers"),
}
"""By the name of the command, with the option where that is a page of its own."""


def shown(one: OptionName | CommandName) -> str | None:
    """What pages call it; None where they have nothing of it, and it stands as it is typed."""
    label: str | None
    if isinstance(one, OptionName):
        label = LABELS.get((one.command, one.name) if one.command else one.name)
    else:
        label = PAGES.get(f"{one.name} {one.rest}", PAGES.get(one.name))
    return None if label is None else tell("“{label}”", label=tell(label))
