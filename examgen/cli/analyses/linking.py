"""`examgen analyse link`: the scale of one calibration carried to that of another through common items."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.cli.app import Json, analyse_app
from examgen.cli.response_options import ResponseOptions, with_response_options
from examgen.problems import WrongUsage
from examgen.words import tell


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
    from examgen.cli import screen
    from examgen.workflow.analyses.equating.conversion import write_linked
    from examgen.workflow.analyses.equating.linking import LinkAsked
    from examgen.workflow.analyses.equating.linking import analyse_link as analyse
    from examgen.workflow.analyses.files import write_rows
    from examgen.workflow.analyses.sources import may_write
    from examgen.workflow.told.linking import of_link

    sources = said.of([old], out, new), said.of([new], out, old)
    asked = LinkAsked(
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
