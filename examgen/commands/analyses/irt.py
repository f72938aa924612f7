"""`examgen analyse irt`: fit an item response model to any response file."""

from __future__ import annotations

from examgen.analysis.options import IrtOptions, ResponseOptions
from examgen.analysis.parts import Part, ReportedFiles, ReportedLine
from examgen.commands import summary
from examgen.commands.analyses.files import ResponseFiles, TableOut
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.problems import Exit
from examgen.core.words import option, tell

with on_use():
    from examgen.analysis import files as table_files
    from examgen.analysis import irt


class Irt(ResponseOptions, IrtOptions, Command):
    """Parameters with their errors, fit, and abilities."""

    has_verbose = True

    files: ResponseFiles
    out: TableOut = None

    def execute(self, progress: Progress) -> Outcome:
        """Fit the model to one group or to several. Without convergence, no file is written unless
        `unconverged` is set."""
        found = irt.fitted(self.of(self.files, self.out, self.anchors), self)
        if not (found.result.converged or self.unconverged):
            words = tell("No file is written. {unconverged} writes them.", unconverged=option("unconverged"))
            last = [ReportedLine(words, "bold red")] if self.out or self.scores else []
            parts, short = [*found.parts(), *last], [*found.in_short(), *last]
            return Outcome(found.document(), parts, Exit.REFUSED, summary=short)
        files: list[Part] = []
        if self.out is not None:
            table_files.write_rows(self.out, {"items": found.rows()})
        if self.scores is not None:
            irt.write_scores(self.scores, found.result, found.cells)
            files.append(ReportedFiles(tell("abilities and person fit (WLE):"), [self.scores]))
        ends = summary.table_is_in(self.out)
        return Outcome(found.document(), found.parts(), summary=[*found.in_short(), *files, *ends])
