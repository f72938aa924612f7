"""`examgen analyse equate`: scores of one form on the scale of another, as a person reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.cli.app import Json, analyse_app
from examgen.cli.response_options import ResponseOptions, with_response_options
from examgen.problems import WrongUsage
from examgen.words import tell

Forms = Annotated[
    list[Path],
    typer.Argument(
        metavar="X Y",
        help="The form whose scores are converted, then the other: CSV, XLSX or Parquet of totals (`total`, "
        "`anchor`) or of scored items; exam folders; or one file with `scale`, `xcount`, `ycount`.",
    ),
]
Names = list[str] | None


@analyse_app.command("equate")
@with_response_options
def analyse_equate(
    *,
    files: Forms,
    design: Annotated[
        str,
        typer.Option(help="eg: groups that are alike, as at random; neat: other groups, with common items."),
    ],
    method: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="eg: identity, mean, linear, circle-arc, equipercentile, kernel. neat: tucker, tucker-mean, "
            "levine, levine-mean, levine-true, braun-holland, nominal-weights, frequency-estimation, "
            "chained-mean, chained-linear, chained-equipercentile, chained-circle-arc. Else by the number of "
            "candidates.",
        ),
    ] = None,
    smooth: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="Of equipercentile methods, beforehand: none or loglinear."),
    ] = None,
    degree: Annotated[
        str | None,
        typer.Option(metavar="N", help="Of that smoothing; with an anchor 4,4,2: total, anchor, products."),
    ] = None,
    select: Annotated[
        str,
        typer.Option(metavar="RULE", help="What chooses the degree where it is left out: aic, bic or lr."),
    ] = "aic",
    kernel: Annotated[
        bool, typer.Option("--kernel", help="Make distributions continuous by Gaussian kernels.")
    ] = False,
    bandwidth: Annotated[
        float | None, typer.Option(metavar="H", help="Of the kernels, in points; else by their penalty.")
    ] = None,
    anchor: Annotated[
        str, typer.Option(metavar="KIND", help="internal: a part of the total; external: beside it.")
    ] = "internal",
    not_anchor: Annotated[
        Names, typer.Option(metavar="ITEM,…", help="Common items that are not to count as anchor.")
    ] = None,
    weight: Annotated[
        float | None,
        typer.Option(metavar="W", help="Of those who took X in the synthetic population; else their share."),
    ] = None,
    weighing: Annotated[
        str, typer.Option(metavar="KIND", help="What --weight weighs: shares, or counts as R's equate does.")
    ] = "shares",
    points: Annotated[
        Names, typer.Option(metavar="N,…", help="Full score of both forms, or of X and of Y.")
    ] = None,
    anchor_points: Annotated[str | None, typer.Option(metavar="N", help="Full score of the anchor.")] = None,
    step: Annotated[
        str | None, typer.Option(metavar="S", help="How far apart possible scores are; else 1.")
    ] = None,
    forms: Annotated[Names, typer.Option(metavar="X,Y", help="Of exam folders: which form is which.")] = None,
    runs: Annotated[
        Names,
        typer.Option(metavar="N,…", help="Of exam folders: the run of each; else the one people are told."),
    ] = None,
    bootstrap: Annotated[
        int, typer.Option(metavar="N", help="Standard errors and intervals by so many samples drawn again.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.")] = 1,
    cut: Annotated[
        str | None,
        typer.Option(metavar="N", help="A cut score on Y: told as the score on X that is worth it."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.yaml", help="Write the conversion, as `examgen score --scaled` reads it."),
    ] = None,
    decimals: Annotated[
        int, typer.Option(min=0, max=4, help="Of scaled scores that scoring tells by that file.")
    ] = 0,
    said: ResponseOptions,
    json: Json = False,
) -> None:
    """Scores of one form as scores of another: observed-score equating."""
    from examgen.cli import screen
    from examgen.workflow.analyses.equating.conversion import write_conversion
    from examgen.workflow.analyses.equating.equate import equate_forms
    from examgen.workflow.analyses.equating.said import EquatingSaid
    from examgen.workflow.told.equating import of_conversion

    spoken = EquatingSaid(
        design, method, smooth, degree, select, kernel, bandwidth, anchor, not_anchor, weight, weighing,
        points, anchor_points, step, forms, runs, bootstrap, seed, cut,
    )  # fmt: skip
    found = equate_forms(*spoken.understood(said.of(files, out)))
    if out is not None:
        if out.suffix.lower() not in (".yaml", ".yml"):
            raise WrongUsage(tell("--out {path} must end in .yaml", path=out))
        write_conversion(out, found, decimals)
    told = {**found.document, "files": [] if out is None else [str(out)]}
    if json:
        screen.print_json(told)
        return
    screen.show(of_conversion(told))
    if out is not None:
        screen.show_files(tell("conversion, for examgen score --scaled:"), [out])
