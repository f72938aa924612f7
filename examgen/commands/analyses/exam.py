"""`examgen analyse exam`: the full report on an administration, and its statistics for the bank."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

from examgen.analysis.options import MODELS, MinN
from examgen.analysis.parts import Parts, ReportedFiles, line
from examgen.commands import item_steps, screen, summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir, ScoredRun, Workspace, workspace_near
from examgen.core.changes import change
from examgen.core.options import Day, setting
from examgen.core.problems import WrongUsage
from examgen.core.words import tell, tell_n

with on_use():
    from examgen.analysis import exam, exam_shown
    from examgen.analysis import write_back as bank_statistics
    from examgen.reports.analysis_report import writing as report


class AnalyseExam(Command):
    """The analysis of a scored run: its report, and with `write_back` statistics.csv of its units."""

    has_verbose = True

    exam_dir: ExamDir
    run: ScoredRun = None
    model: Literal["rasch", "1pl", "2pl", "3pl"] | None = setting(
        "Item response model: rasch, 1pl, 2pl or 3pl (default: by the number of candidates).",
        None,
        label=tell("Item response model"),
        hint="",
        values=(("", tell("by the number of candidates")), *MODELS),
    )
    out: Path | None = setting(
        "Output folder (default: analysis/run-NNNN of the package).", None, metavar="DIR"
    )
    pdf: bool = setting(
        "Also write the report as PDF.", True, label=tell("Also as PDF"), hint="", negative="--no-pdf"
    )
    write_back: bool = setting("Store the statistics in the bank (statistics.csv of each unit).", False)
    administration: str | None = setting(
        "Name of the sitting in the bank (default: the id of the exam).",
        None,
        label=tell("Name of the sitting in the bank"),
        hint=tell("default: the name of the exam"),
        metavar="NAME",
    )
    date: Day | None = setting("Day of the sitting.", None, label=tell("Day of the sitting"), hint="")
    replace: bool = setting(
        "Replace the statistics of an earlier sitting with the same name.",
        False,
        label=tell("Replace an earlier sitting with the same name"),
        hint="",
    )
    synthetic: bool = setting(
        "Write back statistics of synthetic candidates, marked as such.",
        False,
        label=tell("Include statistics of synthetic candidates, marked as such"),
        hint="",
        is_rare=True,
    )
    own_scale: bool = setting(
        "Store parameters on the scale of these candidates, without linking.",
        False,
        label=tell("Use the scale of these candidates if parameters cannot be linked"),
        hint="",
        is_rare=True,
    )
    min_n: MinN = None
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Analyse the run and write the report; with `write_back`, also write the statistics into the
        bank."""
        place = workspace_near(self.workspace, self.exam_dir / "exam.yaml")
        if self.write_back and self.date is None:
            raise WrongUsage.because("--write-back requires --date, the day of the sitting")
        found = exam.analyse_exam(
            self.exam_dir, self.run, model=self.model, min_n=self.min_n, progress=progress
        )
        written, notices = None, list[str]()
        with change(place / "item_bank") if self.write_back else nullcontext() as both:
            files = report.write_report(
                self.exam_dir, found, place, self.out, pdf=self.pdf, progress=progress, within=both
            )
            if self.write_back:
                written, notices = bank_statistics.write_back(
                    found,
                    place / "item_bank",
                    bank_statistics.sitting_name(
                        self.exam_dir, found.administration, self.administration, self.synthetic
                    ),
                    self.date,
                    replace=self.replace,
                    own_scale=self.own_scale,
                    within=both,
                )
        paths = [files.folder / name for name in files.names]
        document = {
            **found.document,
            "files": list(map(str, paths)),
            "written": None if written is None else written.document(),
        }
        shown = [ReportedFiles(tell("Files:"), paths)]
        return Outcome(document, shown, summary=self._summary(found.document, paths, place, written, notices))

    def _summary(
        self,
        found: dict[str, Any],
        paths: Sequence[Path],
        place: Path,
        written: bank_statistics.WrittenStatistics | None,
        notices: Sequence[str],
    ) -> Parts:
        """Yield the results of the analysis, the file to open, and what was written into the bank."""
        yield from exam_shown.exam_parts(found)
        typed, is_released = summary.typed(self.exam_dir), found["release"]["state"] == "released"
        first = summary.to_open(paths)
        yield line("Open: {file} (contains the key; keep it secure)", file=screen.short(first))
        if written is not None:
            title = tell_n("{n} line of statistics:", "{n} lines of statistics:", written.n_lines)
            yield ReportedFiles(title, written.files)
            for notice in notices:
                yield line("  {notice}", "yellow", notice=notice)
            if not is_released:
                yield line(
                    "Run {run} is not released. If its results change, write the statistics back again.",
                    "yellow",
                    run=found["run"],
                )
            for code in dict.fromkeys(file.parent.name for file in written.files):
                yield from summary.next_steps(
                    item_steps.blueprint_step(place / "item_bank", code, found["level"])
                )
        else:
            synthetic = " --synthetic" if found["n_synthetic"] else ""
            steps = [f"examgen analyse exam {typed} --write-back --date YYYY-MM-DD{synthetic}"]
            if not is_released:
                steps.insert(0, f"examgen release {typed} --run {found['run']} --by NAME --reason WHY")
            yield from summary.next_steps(*steps)
        yield from summary.details(tell("--verbose (all files)"))
