"""`examgen analyse diagnosis`: which attributes candidates have mastered, by DINA and G-DINA."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from examgen.analyses.reported.parts import notes_of, number
from examgen.commands import screen
from examgen.commands.app import Json, analyse_app
from examgen.commands.response_options import ResponseOptions, RunOfExam, with_response_options
from examgen.core.problems import WrongUsage
from examgen.core.words import tell


@analyse_app.command("diagnosis")
@with_response_options
def analyse_diagnosis(
    *,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE|EXAM|RUN",
            help="Responses as `analyse items` takes them, an exam package, or the folder of a scored run.",
        ),
    ],
    q: Annotated[
        Path | None,
        typer.Option(
            "--q",
            metavar="Q.csv",
            help="Of a file: the attributes that items ask for, a column `item` and one of 0 and 1 each.",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT", help="Of an exam: pc or element; else criteria, of more than 12 elements."
        ),
    ] = None,
    run: RunOfExam = None,
    model: Annotated[str, typer.Option(help="dina or gdina.")] = "dina",
    structure: Annotated[
        str | None,
        typer.Option(
            help="How attributes go together: saturated, higher-order or independent; else by the number of "
            "candidates."
        ),
    ] = None,
    profiles: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.csv", help="Write what each candidate has mastered; not of few candidates."
        ),
    ] = None,
    said: ResponseOptions,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the tables as well: .csv or .xlsx.")
    ] = None,
    json: Json = False,
) -> None:
    """Which attributes candidates have mastered (DINA, G-DINA): a second opinion beside the scores."""
    from examgen.analyses import diagnosis as analyses
    from examgen.analyses.administrations import exam_and_run
    from examgen.analyses.files import write_rows

    asked = analyses.DiagnosisOptions(model, structure, profiles)
    if any(path.is_dir() for path in files):
        if len(files) > 1:
            raise WrongUsage(tell("an exam is analysed by itself: name one folder"))
        if q is not None or said != ResponseOptions():
            raise WrongUsage(
                tell("{folder} is a folder: options of response files do not go with it", folder=files[0])
            )
        found = analyses.analyse_run_diagnosis(*exam_and_run(files[0], run), by, asked)
    else:
        if run is not None or by is not None:
            raise WrongUsage(tell("--run and --by go with an exam: name its folder"))
        found = analyses.analyse_diagnosis(said.of(files, out, q), q, asked)
    if out is not None:
        rows = [{**row, "attributes": " ".join(row["attributes"])} for row in found["items"]]
        write_rows(
            out,
            {
                "items": [
                    {name: value for name, value in row.items() if name not in ("p", "se_p")} for row in rows
                ],
                "attributes": found["attributes"],
            },
        )
    if json:
        screen.print_json(found)
        return
    _show(found)
    if profiles is not None:
        screen.show_files(tell("profiles of candidates:"), [profiles])
    screen.show(notes_of(found))


def _show(found: dict[str, Any]) -> None:
    model = found["model"]
    screen.say(
        tell(
            "{name}, {structure}: {n} candidates, {k} attributes, {steps}",
            name=model["name"].upper(),
            structure=model["structure"],
            n=found["n_candidates"],
            k=len(found["attributes"]),
            steps=tell("converged") if model["converged"] else tell("NOT CONVERGED"),
        ),
        "bold",
    )
    for one in (model, found["other_model"]):
        if one is not None:
            screen.say(
                tell(
                    "  {name}: log-likelihood {log_likelihood}, {n_parameters} parameters, AIC {aic}, "
                    "BIC {bic}",
                    name=one["name"].upper(),
                    log_likelihood=number(one["log_likelihood"], 3),
                    n_parameters=one["n_parameters"],
                    aic=number(one["aic"], 1),
                    bic=number(one["bic"], 1),
                )
            )
    heads = [tell("attribute"), tell("items"), tell("masters"), tell("accuracy"), tell("reliability")]
    lines = [
        [
            row["attribute"],
            row["n_items"],
            *(number(row[one], 2) for one in ("masters", "accuracy", "reliability")),
        ]
        for row in found["attributes"]
    ]
    screen.table(tell("attributes"), heads, lines, wide=True)
    heads = [
        tell("item"),
        tell("asks for"),
        tell("guess"),
        tell("se"),
        tell("slip"),
        tell("se"),
        tell("p, DINA"),
    ]
    fields = ("guess", "se_guess", "slip", "se_slip", "wald_p")
    lines = [
        [row["item"], " ".join(row["attributes"]), *(number(row[one], 3) for one in fields)]
        for row in found["items"]
    ]
    screen.table(tell("items"), heads, lines, numbers_from=2, wide=True)
    screen.say(
        tell(
            "guess: right without all that is asked; slip: wrong with all of it; p, DINA: small where the "
            "item asks for its attributes otherwise than all at once."
        )
    )
    screen.say(
        tell(
            "A model's second opinion: it decides nothing, and no candidate's result rests on it.",
        )
    )
