"""`examgen analyse dif`: differential item functioning in any file of responses."""

from __future__ import annotations

from examgen.analysis.options import DifOptions, ResponseOptions
from examgen.commands.analyses.files import ResponseFiles, TableOut
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use

with on_use():
    from examgen.analysis import dif
    from examgen.analysis import files as table_files


class Dif(ResponseOptions, DifOptions, Command):
    """Items that are harder for one group than for candidates of like ability in another."""

    files: ResponseFiles
    out: TableOut = None

    def execute(self, progress: Progress) -> Outcome:
        """Compare the groups."""
        found = dif.dif_of_files(self.of(self.files, self.out), self)
        document = found.document()
        if self.out is not None:
            table_files.write_rows(self.out, {"items": document["items"]})
        return Outcome(document, [*found.parts()])
