"""Of which run an analysis is, and whether it is the one that people are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from examgen.analyses.reported.parts import Parts, ReportedLine
from examgen.core.scored_run import ReleaseState
from examgen.core.words import tell


def not_released(run: int, of: ReleaseState) -> Parts:
    """That what is told is not of the run that is released."""
    if of.state == "released":
        return
    told = tell("no run is released") if of.told is None else tell("the released run is {told}", told=of.told)
    said = tell("is no longer released") if of.state == "superseded" else tell("is not released")
    yield ReportedLine(tell("run {run} {said} ({told})", run=run, said=said, told=told), "yellow")


def head_of(found: Mapping[str, Any]) -> Parts:
    """Of which run an analysis is, of how many candidates, and whether the run is released."""
    message = tell(
        "{exam}, run {run}: {n_candidates} candidates",
        exam=found["exam"],
        run=found["run"],
        n_candidates=found["n_candidates"],
    )
    yield ReportedLine(message, "bold")
    yield from not_released(found["run"], ReleaseState(**found["release"]))
