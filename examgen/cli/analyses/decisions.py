"""`examgen analyse decisions`: how often pass and fail would repeat, and how often they are right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from examgen.cli.analyses.items import number, show_notes
from examgen.cli.app import Json, analyse_app
from examgen.cli.response_options import ResponseFiles, ResponseOptions, with_response_options
from examgen.problems import WrongUsage
from examgen.words import tell


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
    from examgen.cli import screen

    if len(files) == 1 and files[0].is_dir():
        if cut or items is not None:
            raise WrongUsage(tell("an exam is judged by its own pass rule: leave out --cut and --items"))
        _of_exam(files[0], run, seed, json)
        return
    from examgen.workflow.analyses.decisions import DecisionsAsked
    from examgen.workflow.analyses.decisions import analyse_decisions as analyse

    asked = DecisionsAsked(tuple(cut or ()), items, model, beta, reliability, max_score, min_score)
    found = analyse(said.of(files, None, items), asked)
    if json:
        screen.print_json(found)
        return
    _show(found)


def _of_exam(folder: Path, run: str | None, seed: int, json: bool) -> None:
    from examgen.cli import screen
    from examgen.cli.runs import head_of
    from examgen.workflow.analyses.rule_decisions import analyse_rule
    from examgen.workflow.analyses.subscores import exam_and_run

    found = analyse_rule(*exam_and_run(folder, run), seed=seed).document
    if json:
        screen.print_json(found)
        return
    head_of(found)
    [row] = found["methods"]
    if row["consistency"] is not None:
        _show_shares(row)
        se = found["se"]
        screen.say(
            tell(
                "standard errors, of 100: the same decision {same}, passing again {passed}, not passing "
                "again {failed}, right {right}",
                same=number(100 * se["consistency"], 1),
                passed=number(100 * se["pass_again"], 1),
                failed=number(100 * se["fail_again"], 1),
                right=number(100 * se["accuracy"], 1),
            )
        )
    _show_notes(found)


def _show_shares(row: dict[str, Any]) -> None:
    """In sentences, what a coordinator can use."""
    from examgen.cli import screen

    for said in (
        tell(
            "of 100 candidates, about {n} would have the same decision on a parallel form (kappa {kappa})",
            n=_of_100(row["consistency"]),
            kappa=number(row["kappa"], 2),
        ),
        tell(
            "of 100 who passed, about {n} would pass again; of 100 who did not, about {fail} would not again",
            n=_of_100(row["pass_again"]),
            fail=_of_100(row["fail_again"]),
        ),
        tell(
            "by true scores about {right} of 100 decisions are right: {false_pass} pass and should not, "
            "{false_fail} fail and should not",
            right=_of_100(row["accuracy"]),
            false_pass=number(100 * row["false_pass"], 1),
            false_fail=number(100 * row["false_fail"], 1),
        ),
    ):
        screen.say(said)


def _of_100(share: float | None) -> str:
    return number(None if share is None else 100 * share, 0)


_FIELDS = ("consistency", "kappa", "accuracy", "false_pass", "false_fail", "pass_rate", "pass_again")


def _heads() -> list[str]:
    return [
        tell("method"),
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
        _table(tell("cut {cut}", cut=f"{cut:g}"), own)
    if found["levels"]:
        _table(tell("levels of all cuts"), found["levels"])
    screen.say(
        tell(
            "consistency: of all candidates, the share whose decision would be the same on a parallel form; "
            "kappa: the same beyond chance. accuracy: whose decision is that of the true score; false pass "
            "and false fail: who passes below the cut by the true score, who fails above it. pass again: of "
            "those who pass, the share that would pass on the parallel form, too."
        )
    )
    _show_notes(found)


def _table(title: str, own: list[dict[str, Any]]) -> None:
    from examgen.cli import screen

    rows = [[row["method"], *(number(row[field]) for field in _FIELDS)] for row in own]
    screen.table(title, _heads(), rows, wide=True)


def _show_notes(found: dict[str, Any]) -> None:
    show_notes({"notes": [note | {"item": note["method"] or note["item"]} for note in found["notes"]]})
