"""`examgen release`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from examgen.cli.app import ExamDir, Json, app, day_of

if TYPE_CHECKING:
    from examgen.workflow.runs.releases import Released


@app.command()
def release(
    exam_dir: ExamDir,
    run: Annotated[int, typer.Option(min=0, metavar="N", help="The scored run, by its number.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who releases it: a person, a committee.")],
    reason: Annotated[str, typer.Option(metavar="WHY", help="Why, or by which minutes.")],
    day: Annotated[
        str | None, typer.Option("--date", metavar="2026-06-19", help="The day of the release.")
    ] = None,
    results: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder that `score --out` named.")
    ] = None,
    json: Json = False,
) -> None:
    """Put on record that a scored run is what people are told.

    From then on results/, reports and analyses are those of that run, until another run is released.
    """
    from examgen.cli import screen
    from examgen.workflow.runs import releases

    done = releases.release(exam_dir, run, by, reason, day_of(day), results)
    if json:
        screen.print_json(done.as_dict())
        return
    _show(done, exam_dir)


def _show(done: Released, exam_dir: Path) -> None:
    from examgen.cli import screen
    from examgen.cli.runs import moved_words

    run = done.run
    if not done.is_new:
        screen.say(f"run {run.number} is released already, by just these words: nothing changed", "bold")
    else:
        screen.say(
            f"run {run.number} is released: results/, reports and analyses are now those of run {run.number}",
            "bold",
        )
    screen.say(f"  its fingerprint: {run.fingerprint}")
    if done.is_draft:
        screen.say("the exam is a draft: some of its items were not approved", "yellow")
    if done.before is not None:
        screen.say(f"until now run {done.before.number} was released")
        if done.moved is not None:
            screen.say(f"  against it: {moved_words(done.moved)}")
        if done.before.number > run.number:
            screen.say(f"run {run.number} is older than run {done.before.number}", "yellow")
    if done.is_new and (exam_dir / "reports").is_dir():
        screen.say(f"reports made before now are out of date: make them again (examgen report {exam_dir})")
    number, fingerprint = done.release.number, done.release.fingerprint
    screen.say(f"release {number}; fingerprint {fingerprint}: write it into the minutes", "bold")
