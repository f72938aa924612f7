"""`examgen analyse dif`: differential item functioning in any file of responses."""

from __future__ import annotations

from examgen.analysis.dif_options import DifOptions
from examgen.analysis.response_options import ResponseOptions
from examgen.commands.analyses.files import ResponseFiles, TableOut, write_tables
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use

with on_use():
    from examgen.analysis import dif, shown


class Dif(ResponseOptions, DifOptions, Command):
    """Items that are harder for one group than for candidates of like ability in another."""

    files: ResponseFiles
    out: TableOut = None

    def execute(self, progress: Progress) -> Outcome:
        """Compare the groups."""
        found = dif.dif_of_files(self.of(self.files, self.out), self)
        document = found.document()
        write_tables(self.out, document)
        return Outcome(document, [*shown.parts(found.result, found.words)])
