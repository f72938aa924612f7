"""The analysis of a run as lines on the screen: which run it is, whether it is released, what to check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from examgen.analysis.parts import Parts, ReportedLine, notes_of, number
from examgen.core.exam.releases import ReleaseState
from examgen.core.words import option, tell, tell_n


def not_released(run: int, state: ReleaseState) -> Parts:
    """Yield a line if the run is not the released one."""
    if state.state == "released":
        return
    told = tell("no run is released")
    if state.told is not None:
        told = tell("the released run is {told}", told=state.told)
    said = tell("is no longer released") if state.state == "superseded" else tell("is not released")
    yield ReportedLine(tell("run {run} {said} ({told})", run=run, said=said, told=told), "yellow")


def head_of(found: Mapping[str, Any]) -> Parts:
    """Yield the exam, run and number of candidates of an analysis, and whether the run is released."""
    words = tell(
        "{exam}, run {run}: {n_candidates} candidates",
        exam=found["exam"],
        run=found["run"],
        n_candidates=found["n_candidates"],
    )
    yield ReportedLine(words, "bold")
    yield from not_released(found["run"], ReleaseState(**found["release"]))


def exam_parts(found: Mapping[str, Any]) -> Parts:
    """Yield the analysis of an exam: forms, suspicious keys, the number of items to review, and notes."""
    yield from head_of(found)
    for form in found["forms"]:
        words = tell(
            "  form {form}: {n_candidates} candidates, {n_items} items, mean {mean}, alpha "
            "{alpha}, SEM {sem}",
            form=form["form"],
            n_candidates=form["n_candidates"],
            n_items=form["n_items"],
            mean=number(form["mean"], 1),
            alpha=number(form["alpha"]),
            sem=number(form["sem"], 2),
        )
        yield ReportedLine(words)
    for alarm in found["alarms"]:
        values = {name: alarm[name] for name in ("sure", "item", "message")}
        yield ReportedLine(tell("key alarm ({sure}): {item}: {message}", **values), "bold red")
    words = tell(
        "  {n} of {n_examined} items need review, {alarms}",
        n=sum(bool(row["flags"]) for row in found["items"]),
        n_examined=found["n_examined"],
        alarms=tell_n("{n} suspicious key", "{n} suspicious keys", len(found["alarms"])),
    )
    yield ReportedLine(words)
    if left := found["n_items"] - found["n_examined"]:
        words = tell(
            "  {left} of {n_items} items were not examined, because they have fewer than {min_n} candidates "
            "each ({min_n_option})",
            left=left,
            n_items=found["n_items"],
            min_n=found["min_n"],
            min_n_option=option("min-n"),
        )
        yield ReportedLine(words, "yellow")
    if few := found["n_examined"] - found["n_fully_examined"]:
        words = tell(
            "  {few} of {n_items} items have fewer than {min_n_fully} candidates. Only findings beyond "
            "chance are listed for them; an item that is not listed may still be poor.",
            few=few,
            n_items=found["n_items"],
            min_n_fully=found["min_n_fully"],
        )
        yield ReportedLine(words, "yellow")
    yield from notes_of(found)
