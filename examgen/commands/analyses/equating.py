"""`examgen analyse equate` and `examgen analyse link`: scores of one form on another's scale, and the
scale of one calibration carried to that of another through common items.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.commands import screen
from examgen.commands.app import Json, analyse_app
from examgen.commands.response_options import ResponseOptions, with_response_options
from examgen.core.problems import WrongUsage
from examgen.core.words import tell

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
    from examgen.analyses.equating.conversion import write_conversion
    from examgen.analyses.equating.equate import equate_forms
    from examgen.analyses.equating.options import EquatingOptions
    from examgen.analyses.reported.equating import of_conversion

    options = EquatingOptions(
        design, method, smooth, degree, select, kernel, bandwidth, anchor, not_anchor, weight, weighing,
        points, anchor_points, step, forms, runs, bootstrap, seed, cut,
    )  # fmt: skip
    found = equate_forms(said.of(files, out), options)
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


@analyse_app.command("link")
@with_response_options
def analyse_link(
    *,
    old: Annotated[
        Path,
        typer.Argument(metavar="OLD", help="The scale to stay on: parameters `item`, `a`, `b`, `c`."),
    ],
    new: Annotated[
        Path,
        typer.Argument(metavar="NEW", help="What is carried to it: parameters of another calibration."),
    ],
    method: Annotated[
        str, typer.Option(help="mean-mean, mean-sigma, haebara or stocking-lord.")
    ] = "stocking-lord",
    model: Annotated[
        str | None,
        typer.Option(help="OLD and NEW are responses: calibrate them first by rasch, 1pl, 2pl or 3pl."),
    ] = None,
    prior_c: Annotated[
        str | None, typer.Option(metavar="PRIOR", help="With --model 3pl: norm:-1.1:0.5 or beta:5:17.")
    ] = None,
    symmetric: Annotated[
        bool, typer.Option("--symmetric", help="Haebara and Stocking–Lord in both directions.")
    ] = False,
    weights: Annotated[
        str, typer.Option(help="What abilities from -4 to 4 count: normal or equal.")
    ] = "normal",
    purify: Annotated[
        bool, typer.Option("--purify", help="Link again without common items that have drifted.")
    ] = False,
    drift_z: Annotated[float, typer.Option(help="An item drifts beyond this robust z …")] = 1.645,
    drift_rmsd: Annotated[float, typer.Option(help="… where its curve differs by this much, too.")] = 0.08,
    free_slope: Annotated[
        bool, typer.Option("--free-slope", help="Estimate the slope even where all items' slopes are alike.")
    ] = False,
    equate: Annotated[
        str | None,
        typer.Option(
            metavar="true|observed", help="Scores of NEW as scores of OLD: true or observed scores."
        ),
    ] = None,
    new_weight: Annotated[
        float, typer.Option(help="Of observed: share of NEW's candidates in the population, 0 to 1.")
    ] = 0.0,
    said: ResponseOptions,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write NEW's items on the scale of OLD: .csv or .xlsx."),
    ] = None,
    scaled: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.yaml", help="With --equate: write the conversion, for `examgen score --scaled`."
        ),
    ] = None,
    decimals: Annotated[
        int, typer.Option(min=0, max=4, help="Of scaled scores that scoring tells by that file.")
    ] = 0,
    json: Json = False,
) -> None:
    """Carry the ability scale of NEW to that of OLD through the items in common.

    theta_OLD = slope x theta_NEW + intercept; an item of NEW becomes a / slope, slope x b + intercept, c.
    """
    from examgen.analyses.equating.conversion import write_linked
    from examgen.analyses.equating.linking import LinkingOptions
    from examgen.analyses.equating.linking import analyse_link as analyse
    from examgen.analyses.files import write_rows
    from examgen.analyses.reported.equating import of_link
    from examgen.analyses.sources import may_write

    sources = said.of([old], out, new), said.of([new], out, old)
    asked = LinkingOptions(
        method,
        model,
        prior_c,
        symmetric,
        weights,
        purify,
        drift_z,
        drift_rmsd,
        free_slope,
        equate,
        new_weight,
    )
    if scaled is not None:
        if equate is None:
            raise WrongUsage(tell("--scaled goes with --equate, which makes the conversion"))
        if scaled.suffix.lower() not in (".yaml", ".yml"):
            raise WrongUsage(tell("--scaled {path} must end in .yaml", path=scaled))
        for source in sources:
            may_write(scaled, source, out)
    found = analyse(*sources, asked)
    if out is not None:
        write_rows(out, {"items": found["items"]})
    if scaled is not None:
        write_linked(scaled, found, decimals)
    if json:
        screen.print_json(found)
        return
    screen.show(of_link(found))
    if out is not None:
        screen.show_files(tell("items of NEW on the scale of OLD:"), [out])
    if scaled is not None:
        screen.show_files(tell("conversion, for examgen score --scaled:"), [scaled])
