"""`examgen analyse decisions`: how often pass and fail would repeat, and how often they are right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.commands import screen
from examgen.commands.app import Json, analyse_app
from examgen.commands.response_options import ResponseFiles, ResponseOptions, with_response_options
from examgen.commands.runs import head_of
from examgen.core.problems import WrongUsage
from examgen.core.words import tell


@analyse_app.command("decisions")
@with_response_options
def analyse_decisions(
    *,
    files: ResponseFiles,
    cut: Annotated[
        list[float] | None,
        typer.Option(metavar="N", help="The least number of points that passes; several: levels."),
    ] = None,
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
    run: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Of an exam: a scored run; else the released one, or the newest."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the simulation by which an exam's rule is judged.")] = 1,
    said: ResponseOptions,
    json: Json = False,
) -> None:
    """How often pass and fail would repeat on a parallel form, and how often they are right.

    Responses or totals with --cut; or the folder of an exam, by its own pass rule.
    """
    from examgen.analyses.reported import decisions

    if len(files) == 1 and files[0].is_dir():
        if cut or items is not None:
            raise WrongUsage(tell("an exam is judged by its own pass rule: leave out --cut and --items"))
        _of_exam(files[0], run, seed, json)
        return
    from examgen.analyses.decisions import DecisionOptions
    from examgen.analyses.decisions import analyse_decisions as analyse

    asked = DecisionOptions(tuple(cut or ()), items, model, beta, reliability, max_score, min_score)
    found = analyse(said.of(files, None, items), asked)
    if json:
        screen.print_json(found)
        return
    screen.show(decisions.of_totals(found))


def _of_exam(folder: Path, run: str | None, seed: int, json: bool) -> None:
    from examgen.analyses.administrations import exam_and_run
    from examgen.analyses.reported import decisions
    from examgen.analyses.rule_decisions import analyse_rule

    found = analyse_rule(*exam_and_run(folder, run), seed=seed).document
    if json:
        screen.print_json(found)
        return
    head_of(found)
    screen.show(decisions.of_exam(found))
