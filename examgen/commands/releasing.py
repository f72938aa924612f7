"""`examgen release`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from examgen.commands import screen
from examgen.commands.app import ExamDir, Json, Results, app, day_of
from examgen.commands.runs import moved_words
from examgen.core.words import tell

if TYPE_CHECKING:
    from examgen.scoring.runs.releases import Released


_MOST = 10
"""Rows of those who have no result now that are shown."""


@app.command()
def release(
    exam_dir: ExamDir,
    run: Annotated[int, typer.Option(min=0, metavar="N", help="The scored run, by its number.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who releases it: a person, a committee.")],
    reason: Annotated[str, typer.Option(metavar="WHY", help="Why, or by which minutes.")],
    day: Annotated[
        str | None, typer.Option("--date", metavar="2026-06-19", help="The day of the release.")
    ] = None,
    results: Results = None,
    json: Json = False,
) -> None:
    """Put on record that a scored run is what people are told.

    From then on results/, reports and analyses are those of that run, until another run is released.
    """
    from examgen.scoring.runs import releases

    done = releases.release(exam_dir, run, by, reason, day_of(day), results)
    if json:
        screen.print_json(done.as_dict())
        return
    _show(done, exam_dir)


def _show(done: Released, exam_dir: Path) -> None:
    run = done.run
    if not done.is_new:
        screen.say(
            tell("run {number} is released already, by just these words: nothing changed", number=run.number),
            "bold",
        )
    else:
        screen.say(
            tell(
                "run {number} is released: results/, reports and analyses are now those of run {number}",
                number=run.number,
            ),
            "bold",
        )
    screen.say(tell("  its fingerprint: {fingerprint}", fingerprint=run.fingerprint))
    for notice in (done.draft, done.scope):
        if notice is not None:
            screen.say(notice, "yellow")
    for line in done.waiting.lines() if done.waiting is not None else ():
        screen.say(line, "yellow")
    if done.before is not None:
        screen.say(tell("until now run {number} was released", number=done.before.number))
        if done.moved is not None:
            screen.say(tell("  against it: {moved_words}", moved_words=moved_words(done.moved)))
        for one in done.gone[:_MOST]:
            screen.say(
                tell(
                    "  {who} has no result now ({where}): {why}",
                    who=one.candidate_id,
                    where=one.where,
                    why=one.why,
                ),
                "yellow",
            )
        if len(done.gone) > _MOST:
            screen.say(tell("  … and {n:,} more rows", n=len(done.gone) - _MOST), "yellow")
        if done.before.number > run.number:
            screen.say(
                tell(
                    "run {number} is older than run {done_number}",
                    number=run.number,
                    done_number=done.before.number,
                ),
                "yellow",
            )
    if done.is_new and (exam_dir / "reports").is_dir():
        screen.say(
            tell(
                "reports made before now are out of date: make them again (examgen report {exam_dir})",
                exam_dir=exam_dir,
            )
        )
    number, fingerprint = done.release.number, done.release.fingerprint
    screen.say(
        tell(
            "release {number}; fingerprint {fingerprint}: write it into the minutes",
            number=number,
            fingerprint=fingerprint,
        ),
        "bold",
    )
