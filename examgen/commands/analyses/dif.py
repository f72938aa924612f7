"""`examgen analyse dif`: differential item functioning in any file of responses."""

from __future__ import annotations

from examgen.analyses.options import DifOptions, ResponseOptions
from examgen.commands.analyses.files import ResponseFiles, TableOut, write_tables
from examgen.commands.declared import Command, Outcome, Progress


class Dif(ResponseOptions, DifOptions, Command):
    """Items that are harder for one group than for candidates of like ability in another."""

    files: ResponseFiles
    out: TableOut = None

    def execute(self, progress: Progress) -> Outcome:
        """Compare the groups."""
        from examgen.analyses.dif import analyse_dif
        from examgen.analyses.reported.items import of_dif

        found = analyse_dif(self.of(self.files, self.out), self)
        write_tables(self.out, found)
        return Outcome(found, of_dif(found))
