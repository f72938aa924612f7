"""`examgen analyse irt`: an item response model of any file of responses."""

from __future__ import annotations

from examgen.analyses.options import IrtOptions, ResponseOptions
from examgen.analyses.reported.parts import Part, ReportedFiles
from examgen.commands import summary
from examgen.commands.analyses.files import ResponseFiles, TableOut, write_tables
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.words import tell

with on_use():
    from examgen.analyses import irt, irt_groups
    from examgen.analyses.reported import items as reported_items


class Irt(ResponseOptions, IrtOptions, Command):
    """Parameters with their errors, fit, and abilities."""

    has_verbose = True

    files: ResponseFiles
    out: TableOut = None

    def execute(self, progress: Progress) -> Outcome:
        """Fit the model, to one group or to several."""
        source = self.of(self.files, self.out, self.anchors)
        found = (
            irt.analyse_irt(source, self) if self.group is None else irt_groups.analyse_groups(source, self)
        )
        write_tables(self.out, found)
        files: list[Part] = []
        if self.scores is not None:
            files.append(ReportedFiles(tell("abilities and person fit (WLE):"), [self.scores]))
        ends = summary.table_is_in(self.out)
        return Outcome(
            found, reported_items.of_irt(found), summary=[*reported_items.irt_in_short(found), *files, *ends]
        )
