"""Arguments of analyses: files of responses, the folder of an exam or of a run, a file to write."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from examgen.core.options import Argument, Option
from examgen.core.problems import WrongUsage
from examgen.core.tables.kinds import TABLE_FILES
from examgen.core.words import either, tell

# fmt: off
ResponseFiles = Annotated[tuple[Path, ...], Argument(
    tell("Responses ({kinds}), one row per candidate and one column per item. "
         "Several files are combined through common items.", kinds=either(TABLE_FILES)),
    label=tell("An exam, or response files"), metavar="FILE...", exams=True,
)]
ResponsesOrRun = Annotated[tuple[Path, ...], Argument(
    tell("Responses in any format that `analyse items` reads, an exam package, or the "
         "folder of a scored run."),
    metavar="FILE|EXAM|RUN",
)]
RunOfExam = Annotated[str | None, Option(
    tell("For an exam: number of the scored run (default: the released run, or the newest)."),
    label=tell("Run"), metavar="RUN",
)]
TableOut = Annotated[Path | None, Option(
    tell("Also write the table of items (.csv or .xlsx)."), metavar="FILE"
)]
# fmt: on


def exam_alone(files: tuple[Path, ...]) -> Path | None:
    """Return the folder of an exam or of a run if one is given; None if files are given."""
    if not any(path.is_dir() for path in files):
        return None
    if len(files) > 1:
        raise WrongUsage(tell("An exam is analysed on its own. Give one folder."))
    return files[0]
