"""`examgen analyse irt`: an item response model of any file of responses."""

from __future__ import annotations

from examgen.analyses.options import IrtOptions, ResponseOptions
from examgen.analyses.reported.parts import Part, ReportedFiles
from examgen.commands.analyses.files import ResponseFiles, TableOut, write_tables
from examgen.commands.declared import Command, Outcome, Progress
from examgen.core.words import tell


class Irt(ResponseOptions, IrtOptions, Command):
    """Parameters with their errors, fit, and abilities."""

    files: ResponseFiles
    out: TableOut = None

    def execute(self, progress: Progress) -> Outcome:
        """Fit the model, to one group or to several."""
        from examgen.analyses.irt import analyse_irt
        from examgen.analyses.irt_groups import analyse_groups
        from examgen.analyses.reported.items import of_irt

        source = self.of(self.files, self.out, self.anchors)
        found = analyse_irt(source, self) if self.group is None else analyse_groups(source, self)
        write_tables(self.out, found)
        shown: list[Part] = [*of_irt(found)]
        if self.scores is not None:
            shown.append(ReportedFiles(tell("abilities, and person fit at WLE:"), [self.scores]))
        return Outcome(found, shown)
