"""`examgen analyse items`: a classical analysis of any file of responses."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from examgen.analysis.options import ItemOptions, ResponseOptions
from examgen.commands import summary
from examgen.commands.analyses.files import ResponseFiles, TableOut
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.words import tell

with on_use():
    from examgen.analysis import items


class Items(ResponseOptions, ItemOptions, Command):
    """The test, its items and options, and keys that look wrong."""

    has_verbose = True

    files: ResponseFiles
    out: TableOut = None

    @model_validator(mode="after")
    def _one_table(self) -> Self:
        if self.by is not None and self.out is not None:
            raise ValueError(
                tell("--by and --out cannot be used together. Use --json for the tables of all groups.")
            )
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Analyse the responses, and write the tables if an output file is given."""
        found = items.items_of_files(self.of(self.files, self.out), self)
        if self.out is not None:
            found.write(self.out)
        short = found.parts(summary.MOST_ITEMS // len(found.results))
        return Outcome(found.document(), found.parts(), summary=[*short, *summary.table_is_in(self.out)])
