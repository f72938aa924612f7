"""Options shared by several commands, and the choice of the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from examgen.commands.loading import on_use
from examgen.core.options import Argument, Option
from examgen.core.problems import WrongUsage
from examgen.core.words import tell

with on_use():
    from examgen.bank import workspaces

Workspace = Annotated[
    Path | None,
    Option(tell("Folder with item_bank/ and output/ (default: the nearest one upwards from here).")),
]
ExamDir = Annotated[Path, Argument(tell("Exam package (the folder that `build` wrote)."))]
UnitCode = Annotated[str, Argument(tell("Code of the unit."), metavar="CODE")]
Replace = Annotated[bool, Option(tell("Overwrite the file if it exists."))]
ScoredRun = Annotated[
    str | None,
    Option(tell("Number of the scored run (default: the released run, or the newest)."), metavar="RUN"),
]
Results = Annotated[Path | None, Option(tell("Results folder of `score --out`."), metavar="DIR")]
Only = Annotated[
    tuple[str, ...], Option(tell("Only this candidate (repeatable)."), metavar="ID", name="--candidate")
]
Dask = Annotated[
    str | None,
    Option(tell("Use the workers of this Dask cluster."), metavar="ADDRESS", is_rare=True),
]


def workspace_of(given: Path | None) -> Path:
    """Return the workspace given by the user, or the nearest one upwards from here. Raises WrongUsage if the
    one given is not a folder."""
    if given is not None and not given.is_dir():
        raise WrongUsage.because(
            "{given} is not a folder. Create a workspace with `examgen init {given}`.", given=given
        )
    return given if given is not None else workspaces.find_workspace(Path.cwd())


def workspace_near(given: Path | None, file: Path) -> Path:
    """Return the workspace given by the user, or the nearest one upwards from here, or else upwards from the
    file."""
    here = workspace_of(given)
    if given is not None or (here / "item_bank").is_dir() or not file.is_file():
        return here
    return workspaces.find_workspace(file.resolve().parent)
