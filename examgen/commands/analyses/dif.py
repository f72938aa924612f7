"""`examgen analyse dif`: differential item functioning in any file of responses."""

from __future__ import annotations

from examgen.analyses.options import DifOptions, ResponseOptions
from examgen.commands.analyses.files import ResponseFiles, TableOut, write_tables
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use

with on_use():
    from examgen.analyses import dif
    from examgen.analyses.reported import items as reported_items


class Dif(ResponseOptions, DifOptions, Command):
    """Items that are harder for one group than for candidates of like ability in another."""

    files: ResponseFiles
    out: TableOut = None

    def execute(self, progress: Progress) -> Outcome:
        """Compare the groups."""
        found = dif.analyse_dif(self.of(self.files, self.out), self)
        write_tables(self.out, found)
        return Outcome(found, reported_items.of_dif(found))
