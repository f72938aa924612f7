"""What `examgen analyse items` is asked: arguments of `examgen.stats.items`, and groups of candidates."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from examgen.analysis.options import ArgumentOptions
from examgen.core.options import Option
from examgen.core.words import tell

MinN = Annotated[
    Annotated[int, Field(ge=1)] | None,
    Option(
        tell(
            "Fewest candidates needed to flag an item (default: 20 for findings "
            "beyond chance, 50 for others)."
        ),
        label=tell("Fewest candidates needed to flag an item"),
        hint=tell("default: 20 for findings beyond chance, 50 for others"),
        metavar="N",
    ),
]


class ItemOptions(ArgumentOptions):
    """The options of `analyse items`."""

    checked_by = "examgen.stats.classical"
    not_arguments = frozenset({"by"})

    by: Annotated[
        str | None,
        Option(
            tell(
                "Column to group by. Candidates of each group are analysed separately, for example by form."
            ),
            metavar="COL",
        ),
    ] = None
    min_n: MinN = None
