"""`examgen analyse decisions`: how often pass and fail would repeat, and how often they are right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from examgen.cli.analyses.items import number, show_notes
from examgen.cli.app import Json, analyse_app
from examgen.cli.response_options import ResponseFiles, ResponseOptions, with_response_options
from examgen.words import tell


@analyse_app.command("decisions")
@with_response_options
def analyse_decisions(
    *,
    files: ResponseFiles,
    cut: Annotated[
        list[float],
        typer.Option(metavar="N", help="The least number of points that passes; several: levels."),
    ],
    items: Annotated[
        Path | None,
        typer.Option(metavar="PARAMS.csv", help="Known parameters: `item`, `a`, `b`, `c`; else our own."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="rasch, 1pl or 2pl; of partial scores grm, pcm or gpcm. Else by the number of candidates."
        ),
    ] = None,
    beta: Annotated[
        int,
        typer.Option(help="Parameters of the distribution of true scores: 4 (2 where 4 do not exist) or 2."),
    ] = 4,
    reliability: Annotated[
        float | None, typer.Option(metavar="R", help="In place of Cronbach's alpha.")
    ] = None,
    max_score: Annotated[
        float | None, typer.Option(metavar="POINTS", help="The full score; of totals it must be said.")
    ] = None,
    min_score: Annotated[float, typer.Option(metavar="POINTS", help="The lowest score there can be.")] = 0.0,
    said: ResponseOptions,
    json: Json = False,
) -> None:
    """How often pass and fail would repeat on a parallel form, and how often they are right."""
    from examgen.cli import screen
    from examgen.workflow.analyses.decisions import DecisionsAsked
    from examgen.workflow.analyses.decisions import analyse_decisions as analyse

    asked = DecisionsAsked(tuple(cut), items, model, beta, reliability, max_score, min_score)
    found = analyse(said.of(files, None, items), asked)
    if json:
        screen.print_json(found)
        return
    _show(found)


_FIELDS = ("consistency", "kappa", "accuracy", "false_pass", "false_fail", "pass_rate", "pass_again")


def _heads() -> list[str]:
    return [
        tell("consistency"),
        tell("kappa"),
        tell("accuracy"),
        tell("false pass"),
        tell("false fail"),
        tell("pass"),
        tell("pass again"),
    ]


def _show(found: dict[str, Any]) -> None:
    from examgen.cli import screen

    screen.say(
        tell(
            "{n} candidates, scores from {low} to {high}, reliability {reliability} ({kind})",
            n=found["n_candidates"],
            low=f"{found['min_score']:g}",
            high=f"{found['max_score']:g}",
            reliability=number(found["reliability"]),
            kind=found["reliability_kind"],
        ),
        "bold",
    )
    for cut in found["cuts"]:
        own = [row for row in found["methods"] if row["cut"] == cut]
        rows = [[row["method"], *(number(row[field]) for field in _FIELDS)] for row in own]
        screen.table(tell("cut {cut}", cut=f"{cut:g}"), [tell("method"), *_heads()], rows, wide=True)
    if found["levels"]:
        rows = [[row["method"], *(number(row[field]) for field in _FIELDS)] for row in found["levels"]]
        screen.table(tell("levels of all cuts"), [tell("method"), *_heads()], rows, wide=True)
    screen.say(
        tell(
            "consistency: of all candidates, the share whose decision would be the same on a parallel form; "
            "kappa: the same beyond chance. accuracy: whose decision is that of the true score; false pass "
            "and false fail: who passes below the cut by the true score, who fails above it. pass again: of "
            "those who pass, the share that would pass on the parallel form, too."
        )
    )
    show_notes({"notes": [note | {"item": note.get("method")} for note in found["notes"]]})
