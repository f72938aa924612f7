"""`examgen analyse copying`: pairs of candidates whose answers are more alike than chance makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from examgen.analyses.options import CopyingOptions, ResponseOptions
from examgen.analyses.reported.copying import of_pairs
from examgen.commands.analyses.files import ResponseFiles, RunOfExam
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.options import Option
from examgen.core.words import tell

with on_use():
    from examgen.analyses import copying


class Copying(ResponseOptions, CopyingOptions, Command):
    """Indices of answer similarity, of the pairs that are beyond chance or of those that are named."""

    details = tell("FILE is a response file, or the folder of a scored exam package.")

    files: ResponseFiles
    run: RunOfExam = None
    rooms: Annotated[
        bool,
        Option(
            tell("For an exam package, compare only candidates in the same room of its roster."),
            label=tell("Only within rooms"),
        ),
    ] = False
    out: Annotated[Path | None, Option(tell("Also write the pairs (.csv or .xlsx)."), metavar="FILE")] = None

    def execute(self, progress: Progress) -> Outcome:
        """Compare, and write the pairs where a file is named."""
        source = self.of(self.files, self.out, self.items, self.abilities, self.pairs)
        found = copying.copying_of(source, self, self.run, within_rooms=self.rooms)
        if self.out is not None:
            copying.write_pairs(self.out, found)
        return Outcome(found, of_pairs(found, named=self.pairs is not None))
