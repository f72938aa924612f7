"""`examgen analyse equate` and `link`: put scores, or a calibration, on the scale of another form."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import model_validator

from examgen.analysis.options import EquatingOptions, LinkingOptions, ResponseOptions, may_write
from examgen.analysis.parts import Part, ReportedFiles, ReportedLine
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Dask
from examgen.core.files import write_file
from examgen.core.options import Processes, argument, setting
from examgen.core.problems import Exit
from examgen.core.processes import Workers
from examgen.core.tables.kinds import TABLE_KINDS
from examgen.core.words import either, invalid, option, tell

with on_use():
    from examgen.analysis import equating, linking
    from examgen.analysis import files as table_files


class Equate(ResponseOptions, EquatingOptions, Command):
    """The conversion of scores on X to scores on Y, with its standard errors."""

    x: Path = argument(
        tell(
            "Form whose scores are converted: {kinds} with totals (`total`, "
            "`anchor`) or scored items, an exam folder, or one file with the columns "
            "`scale`, `xcount` and `ycount`.",
            kinds=either(TABLE_KINDS),
        ),
        label=tell("X: form whose scores are converted"),
        hint=tell(
            "A form of an exam, or a file of totals (`total`, `anchor`), scored "
            "items or counts (`scale`, `xcount`, `ycount`)."
        ),
        exams=True,
    )
    y: Path | None = argument(
        "The other form. Not needed if X is an exam with both forms, or a file with the counts of both.",
        None,
        label=tell("Y: form whose scale is used"),
        hint=tell("A form of this exam or of another one, or a file."),
        exams=True,
    )
    out: Path | None = setting(
        "Write the conversion for `examgen score --scaled`.", None, metavar="FILE.yaml"
    )
    processes: Processes = None
    dask: Dask = None

    @model_validator(mode="after")
    def _out_is_yaml(self) -> Self:
        if self.out is not None and self.out.suffix.lower() not in (".yaml", ".yml"):
            raise invalid("--out {path} must end in .yaml", path=self.out)
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Equate the forms, and write the conversion if an output file is given."""
        source = self.of([self.x] if self.y is None else [self.x, self.y], self.out)
        found = equating.equate_forms(source, self, Workers(self.processes, self.dask))
        parts: list[Part] = [*found.parts()]
        if self.out is not None:
            write_file(self.out, equating.conversion_text(found.result, found.x, found.y).encode())
            parts.append(ReportedFiles(tell("conversion, for examgen score --scaled:"), [self.out]))
        files = [] if self.out is None else [str(self.out)]
        return Outcome({**found.document(), "files": files}, parts)


class Link(ResponseOptions, LinkingOptions, Command):
    """The line that carries the scale of NEW to that of OLD."""

    details = tell(
        "theta_OLD = slope x theta_NEW + intercept. The parameters of an item of "
        "NEW become a / slope, slope x b + intercept, and c."
    )

    old: Path = argument(
        "Parameters that define the target scale, with columns `item`, `a`, `b`, `c`.",
        label=tell("OLD: target scale"),
        exams=True,
    )
    new: Path = argument(
        "Parameters of another calibration, to place on the scale of OLD.",
        label=tell("NEW: parameters to place on the scale of OLD"),
        exams=True,
    )
    out: Path | None = setting(
        "Write the items of NEW on the scale of OLD (.csv or .xlsx).", None, metavar="FILE"
    )
    scaled: Path | None = setting(
        "With --equate: also write the conversion for `examgen score --scaled`.", None, metavar="FILE.yaml"
    )
    decimals: int = setting(
        "Decimal places of the scaled scores in the output file.", 0, label=tell("Decimals"), ge=0, le=4
    )

    @model_validator(mode="after")
    def _scaled_has_scores(self) -> Self:
        if self.scaled is not None and self.equate is None:
            raise invalid("--scaled requires --equate, which computes the conversion")
        if self.scaled is not None and self.scaled.suffix.lower() not in (".yaml", ".yml"):
            raise invalid("--scaled {path} must end in .yaml", path=self.scaled)
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Link the calibrations. Write NEW's items and the conversion if output files are given."""
        old, new = self.of([self.old], self.out, self.new), self.of([self.new], self.out, self.old)
        for source in (old, new):
            may_write(self.scaled, source, self.out)
        found = linking.link_files(old, new, self)
        document, parts = found.document(), [*found.parts()]
        if not (found.result.converged or self.unconverged):
            words = tell("No file is written. {unconverged} writes them.", unconverged=option("unconverged"))
            parts += [ReportedLine(words, "bold red")] if self.out or self.scaled else []
            return Outcome(document, parts, Exit.REFUSED)
        if self.out is not None:
            table_files.write_rows(self.out, {"items": document["items"]})
            parts.append(ReportedFiles(tell("items of NEW on the scale of OLD:"), [self.out]))
        if self.scaled is not None:
            write_file(self.scaled, found.conversion(self.decimals).encode())
            parts.append(ReportedFiles(tell("conversion, for examgen score --scaled:"), [self.scaled]))
        return Outcome(document, parts)
