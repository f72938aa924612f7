"""`examgen analyse copying`: pairs of candidates whose answers are more alike than expected by chance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from examgen.analysis.options import CopyingOptions, ResponseOptions
from examgen.analysis.parts import Part, ReportedLine
from examgen.commands.analyses.files import ResponseFiles, RunOfExam
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.options import Option
from examgen.core.problems import WrongUsage
from examgen.core.words import option, tell, tell_n

with on_use():
    from examgen.analysis import copying
    from examgen.analysis import files as table_files

_MOST = 40
"""The maximum number of pairs listed."""


class Copying(ResponseOptions, CopyingOptions, Command):
    """Indices of answer similarity, of the pairs that are beyond chance or of those that are named."""

    details = tell("FILE is a response file, or the folder of a scored exam package.")

    files: ResponseFiles
    run: RunOfExam = None
    # fmt: off
    rooms: Annotated[bool, Option(
        tell("For an exam package, compare only candidates in the same room of its roster."),
        label=tell("Only within rooms"),
    )] = False
    # fmt: on
    out: Annotated[Path | None, Option(tell("Also write the pairs (.csv or .xlsx)."), metavar="FILE")] = None

    def execute(self, progress: Progress) -> Outcome:
        """Compare the candidates, and write the pairs if an output file is given."""
        source = self.of(self.files, self.out, self.items, self.abilities, self.pairs)
        if len(self.files) == 1 and self.files[0].is_dir():
            if self.room is not None or self.key is not None:
                values = {"key": option("key"), "room": option("room")}
                raise WrongUsage(
                    tell("an exam package has its own key and rooms. Remove {key} and {room}", **values)
                )
            found = copying.copying_of_run(self.files[0], self.run, self, within_rooms=self.rooms)
        else:
            if self.run is not None or self.rooms:
                values = {"run": option("run"), "rooms": option("rooms"), "room": option("room", "COL")}
                raise WrongUsage(
                    tell("{run} and {rooms} apply to an exam package. For a file use {room}", **values)
                )
            found = copying.copying_of_files(source, self)
        document, pairs = found.document(), found.result.pairs
        if self.out is not None:
            table_files.write_rows(self.out, {"pairs": document["pairs"]}, pairs.columns)
        first = replace(found, result=replace(found.result, pairs=pairs.head(_MOST)))
        parts: list[Part] = [*first.parts()]
        if (n := len(pairs) - _MOST) > 0:
            values = {"json": option("json"), "out": option("out")}
            more = tell_n(
                "and {n} more pair; {json} or {out} lists all",
                "and {n} more pairs; {json} or {out} lists all",
                n,
                **values,
            )
            parts.append(ReportedLine(more))
        return Outcome(document, parts)
