"""`examgen analyse subscores`: whether the score of a part of a test is worth reporting."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from examgen.analyses.reported.parts import notes_of, number
from examgen.commands import screen
from examgen.commands.app import Json, analyse_app
from examgen.commands.response_options import ResponseOptions, RunOfExam, with_response_options
from examgen.core.problems import WrongUsage
from examgen.core.words import listed, tell, tell_n

Results = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE|EXAM|RUN",
        help="Responses as `analyse items` takes them, an exam package, or the folder of a scored run.",
    ),
]


@analyse_app.command("subscores")
@with_response_options
def analyse_subscores(
    *,
    files: Results,
    subscores: Annotated[
        Path | None,
        typer.Option(
            metavar="MAP.csv",
            help="Of a file: the part that each item belongs to, columns `item`, `subscore`, and `level` "
            "where there are several kinds of parts.",
        ),
    ] = None,
    run: RunOfExam = None,
    scores: Annotated[
        Path | None,
        typer.Option(metavar="OUT.csv", help="Write each candidate's points and augmented scores."),
    ] = None,
    said: ResponseOptions,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the table of parts as well: .csv or .xlsx.")
    ] = None,
    json: Json = False,
) -> None:
    """Is the score of a part worth reporting, or does the total tell as much (Haberman)?"""
    from examgen.analyses import subscores as analyses
    from examgen.analyses.administrations import exam_and_run
    from examgen.analyses.files import write_rows

    if any(path.is_dir() for path in files):
        if len(files) > 1:
            raise WrongUsage(tell("an exam is analysed by itself: name one folder"))
        if subscores is not None or said != ResponseOptions():
            raise WrongUsage(
                tell("{folder} is a folder: options of response files do not go with it", folder=files[0])
            )
        found = analyses.analyse_run_subscores(*exam_and_run(files[0], run), scores)
    else:
        if run is not None:
            raise WrongUsage(tell("--run goes with an exam: name its folder"))
        found = analyses.analyse_subscores(said.of(files, out, subscores), subscores, scores)
    if out is not None:
        names = ("subscores", "by_form", "correlations")
        write_rows(out, {name: found[name] for name in names if found[name]})
    if json:
        screen.print_json(found)
        return
    _show(found)
    if scores is not None:
        screen.show_files(tell("scores of candidates:"), [scores])
    screen.show(notes_of(found))


def _show(found: dict[str, Any]) -> None:
    rows = found["subscores"]
    screen.say(
        tell_n(
            "{n_candidates} candidates, {n} form",
            "{n_candidates} candidates, {n} forms",
            len(found["forms"]),
            n_candidates=found["n_candidates"],
        ),
        "bold",
    )
    heads = [
        tell("part"), tell("items"), "n", tell("reliability"), tell("by itself"), tell("by the total"),
        tell("by both"), tell("augmented"), tell("what it tells"),
    ]  # fmt: skip
    fields = ("reliability", "prmse_s", "prmse_x", "prmse_sx", "prmse_augmented")
    lines = [
        [row["subscore"], items_of(row), row["n"], *(number(row[one], 2) for one in fields), said_of(row)]
        for row in rows
    ]
    screen.table(tell("parts"), heads, lines, wide=True)
    if not rows:
        return
    screen.say(
        tell(
            "by itself, by the total, by both, augmented: the share of the differences between candidates in "
            "this part that is told by its score, by the total, by both, by all parts together."
        )
    )
    for instead in dict.fromkeys(row["instead"] for row in rows if row["instead"] is not None):
        screen.say(advice([row for row in rows if row["instead"] == instead], instead))
    if doubtful := [row["subscore"] for row in rows if row["verdict"] == "undecided"]:
        screen.say(tell("not to be told with so few candidates: {names}", names=listed(doubtful)), "yellow")


def items_of(row: dict[str, Any]) -> str:
    """How many items a part has, from the least to the most of the forms."""
    least, most = row["n_items"], row["n_items_most"]
    return str(least) if least == most else f"{least}–{most}"


def said_of(row: dict[str, Any]) -> str:
    """The verdict on a part in a few words."""
    return {
        "worth": tell("worth reporting"),
        "not_worth": tell("no more than the total"),
        "undecided": tell("undecided"),
    }.get(row["verdict"], tell("unknown"))


def advice(rows: list[dict[str, Any]], instead: str) -> str:
    """The sentence of parts that tell no more than the total, and what to report instead of them."""
    from examgen.analyses.subscores import TOTAL

    parts = [
        tell_n(
            "{name} ({items} item)",
            "{name} ({items} items)",
            row["n_items_most"],
            name=row["subscore"],
            items=items_of(row),
        )
        for row in rows
    ]
    if instead == TOTAL:
        return tell_n(
            "the score for {names} tells no more than the total: report the total alone",
            "the scores for {names} tell no more than the total: report the total alone",
            len(rows),
            names=listed(parts),
        )
    return tell_n(
        "the score for {names} tells no more than the total: report {instead} instead",
        "the scores for {names} tell no more than the total: report {instead} instead",
        len(rows),
        names=listed(parts),
        instead=instead,
    )
