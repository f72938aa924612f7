"""`examgen simulate`: answers of synthetic candidates, or their completed answer sheets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from examgen.analysis.parts import ReportedLine, line, line_n
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir, Workspace, workspace_of
from examgen.core.options import Processes, setting
from examgen.core.processes import Workers
from examgen.core.words import invalid, tell

with on_use():
    from examgen.scanning import simulating
    from examgen.scoring import simulations

_MARKS_TELL_KEYS = tell("notice: Simulated answers reveal most of the key. Keep them as secure as secure/.")


class Simulate(Command):
    """A file of answers whose rows say that they are synthetic, or a folder of filled sheets."""

    details = tell(
        "Use them to try all steps before an exam. Every row is marked as "
        "synthetic. Scans of filled sheets are in DIR/scans; truth.csv lists the "
        "marks on them. The answers reveal most of the key, as real ones do. "
        "Keep them as secure as secure/."
    )
    has_json = False

    exam_dir: ExamDir
    seed: int = setting("Random seed. The same seed gives the same answers and scans.", ge=0)
    candidates: Annotated[int, Field(ge=1, le=1_000_000)] | None = setting(
        "Number of candidates (default for scans: all who were assigned booklets).", None
    )
    out: Path | None = setting("CSV file of answers to write.", None)
    dirty: int = setting("Number of faulty rows to include.", 0, ge=0)
    scans: Path | None = setting("Write scans of filled sheets into this folder, instead of answers.", None)
    file_format: Literal["pdf", "jpeg", "tiff", "png"] = setting(
        "File format of the scans.", "pdf", name="--format", is_rare=True
    )
    processes: Processes = None
    workspace: Workspace = None

    @model_validator(mode="after")
    def _answers_or_scans(self) -> Self:
        if (self.out is None) == (self.scans is None):
            raise invalid("use --out for answers, or --scans for scanned sheets")
        if self.out is not None and self.candidates is None:
            raise invalid("give the number of candidates with --candidates")
        if self.scans is not None and self.dirty:
            raise invalid("--dirty works only with answers, because scans have no faulty rows")
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Draw abilities and answers, and write them."""
        if self.scans is None:
            assert self.out is not None
            assert self.candidates is not None
            simulations.simulate(self.exam_dir, self.candidates, self.seed, self.out, self.dirty)
            return Outcome(
                None,
                [
                    line_n(
                        "{n:,} synthetic candidate written to {path}",
                        "{n:,} synthetic candidates written to {path}",
                        self.candidates,
                        path=self.out,
                    ),
                    ReportedLine(_MARKS_TELL_KEYS, "cyan"),
                ],
            )
        n = simulating.simulate_scans(
            self.exam_dir, workspace_of(self.workspace), self.scans, self.seed, self.candidates,
            self.file_format, Workers(self.processes), progress,
        )  # fmt: skip
        folder = screen.short(self.scans)
        return Outcome(
            None,
            [
                line_n(
                    "{n:,} page in {folder}/scans", "{n:,} pages in {folder}/scans", n, "green", folder=folder
                ),
                line("truth.csv next to it lists the marks on them"),
                ReportedLine(_MARKS_TELL_KEYS, "cyan"),
            ],
        )
