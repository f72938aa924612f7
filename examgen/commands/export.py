"""The command `examgen export`: write exams and scored runs for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator

from examgen.analysis.parts import Part, ReportedFiles, ReportedLine, line
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Results, ScoredRun
from examgen.core.options import Day, argument, setting
from examgen.interchange.place import ExportOptions

with on_use():
    from examgen.reports.exports import formats

_MOST_SHOWN = 20


class Export(Command):
    """Writes an exam or a scored run as files for another program."""

    folder: Path = argument(
        "Exam package (its released run, or the newest), or a scored run of it (results/runs/0001).",
        metavar="EXAM|RUN",
    )
    file_format: Annotated[
        Literal["qti30", "qti22", "moodle-xml", "gift", "word", "csv", "mirt", "results"],
        BeforeValidator(str.lower),
    ] = setting(
        "Output format. For an exam: qti30, qti22, moodle-xml, gift, word. For a run: csv, mirt, results.",
        metavar="FORMAT",
        name="--format",
    )
    out: Path | None = setting(
        "Output folder (default: a folder in exports/ of the package).", None, metavar="DIR"
    )
    run: ScoredRun = None
    results: Results = None
    pseudonymous: bool = setting(
        "Replace candidate numbers with codes; the table of codes is a separate file.", False
    )
    keys: str | None = setting(
        "For an exam: none (default, because candidates may see the files), or "
        "inside (for a platform that scores the answers).",
        None,
        metavar="HOW",
    )
    date: Day | None = setting("Day of the results (default: that of the release).", None)
    replace: bool = setting("Overwrite existing files.", False)

    def execute(self, progress: Progress) -> Outcome:
        """Write the files."""
        asked = ExportOptions(
            self.out, self.run, self.results, self.replace, self.pseudonymous, self.keys, self.date
        )
        made = formats.export(self.folder, self.file_format, asked)
        document = {
            "format": made.format,
            "folder": str(made.folder),
            "files": list(made.names),
            **made.facts,
            "told": [str(sentence) for sentence in made.told],
            **({"alarm": str(made.alarm)} if made.alarm else {}),
        }
        shown: list[Part] = []
        shown.append(
            ReportedFiles(f"{made.format}:", [made.folder / name for name in made.names[:_MOST_SHOWN]])
        )
        if len(made.names) > _MOST_SHOWN:
            shown.append(
                line(
                    "  and {n:,} more in {folder}",
                    n=len(made.names) - _MOST_SHOWN,
                    folder=screen.short(made.folder),
                )
            )
        for one in made.told:
            shown.append(ReportedLine(one, "yellow"))
        if made.alarm:
            shown.append(ReportedLine(made.alarm, "bold red"))
        return Outcome(document, shown)
