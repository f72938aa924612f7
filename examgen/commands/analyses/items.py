"""`examgen analyse items`: a classical analysis of any file of responses."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator

from examgen.analyses.options import ResponseOptions
from examgen.commands import summary
from examgen.commands.analyses.files import MinN, ResponseFiles, TableOut, write_tables
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.options import Option
from examgen.core.words import tell

with on_use():
    from examgen.analyses import items
    from examgen.analyses.reported import items as reported_items


class Items(ResponseOptions, Command):
    """The test, its items and options, and keys that look wrong."""

    has_verbose = True

    files: ResponseFiles
    by: Annotated[
        str | None,
        Option(
            tell(
                "Column to group by. Candidates of each group are analysed separately, for example by form."
            ),
            metavar="COL",
        ),
    ] = None
    out: TableOut = None
    min_n: MinN = None

    @model_validator(mode="after")
    def _one_table(self) -> Self:
        if self.by is not None and self.out is not None:
            raise ValueError(
                tell("--by and --out cannot be used together. Use --json for the tables of all groups.")
            )
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Analyse, and write the tables where a file is named."""
        source = self.of(self.files, self.out)
        if self.by is not None:
            found = items.analyse_items_by(source, self.by, self.min_n)
        else:
            found = items.analyse_items(source, self.min_n)
        write_tables(self.out, found)
        short = reported_items.items_in_short(found, summary.MOST_ITEMS // len(found.get("groups", [0])))
        return Outcome(
            found, reported_items.of_items(found), summary=[*short, *summary.table_is_in(self.out)]
        )
