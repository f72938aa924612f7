"""`examgen analyse irt`: an item response model of any file of responses."""

from __future__ import annotations

from examgen.analyses.options import ResponseOptions
from examgen.analyses.reported.parts import Part, ReportedFiles
from examgen.analysis.irt_options import IrtOptions
from examgen.commands import summary
from examgen.commands.analyses.files import ResponseFiles, TableOut, write_tables
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.words import tell

with on_use():
    from examgen.analysis import irt


class Irt(ResponseOptions, IrtOptions, Command):
    """Parameters with their errors, fit, and abilities."""

    has_verbose = True

    files: ResponseFiles
    out: TableOut = None

    def execute(self, progress: Progress) -> Outcome:
        """Fit the model, to one group or to several."""
        found = irt.fitted(self.of(self.files, self.out, self.anchors), self)
        if self.out is not None:
            write_tables(self.out, {"items": found.rows()})
        files: list[Part] = []
        if self.scores is not None:
            files.append(ReportedFiles(tell("abilities and person fit (WLE):"), [self.scores]))
        ends = summary.table_is_in(self.out)
        return Outcome(found.document(), found.parts(), summary=[*found.in_short(), *files, *ends])
