"""`examgen analyse copying`: pairs of candidates whose answers are more alike than chance makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.commands import screen
from examgen.commands.app import Json, analyse_app
from examgen.commands.response_options import ResponseFiles, ResponseOptions, with_response_options


@analyse_app.command("copying")
@with_response_options
def analyse_copying(
    *,
    files: ResponseFiles,
    index: Annotated[
        str, typer.Option(help="Which index rules the list: m4, gbt, omega, k, k1, k2, s1 or s2.")
    ] = "m4",
    adjust: Annotated[
        str, typer.Option(help="For as many pairs as are compared: holm, bh or bonferroni.")
    ] = "holm",
    alpha: Annotated[float, typer.Option(help="Level after that adjustment.")] = 0.05,
    model: Annotated[
        str | None,
        typer.Option(help="nominal (of options, where there is a key) or 2pl (of right and wrong)."),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(metavar="PAIRS.csv", help="Only these: columns `source` and `copier`; all indices."),
    ] = None,
    items: Annotated[
        Path | None,
        typer.Option(
            metavar="PARAMS.csv",
            help="Known parameters: `item`, `option`, `a`, `c`; of right and wrong `item`, `a`, `b`, `c`.",
        ),
    ] = None,
    abilities: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Known abilities: `candidate_id`, `theta`.")
    ] = None,
    room: Annotated[
        str | None, typer.Option(metavar="COL", help="Compare candidates of the same room only.")
    ] = None,
    rooms: Annotated[
        bool, typer.Option("--rooms", help="Of an exam package: compare within the rooms of its roster.")
    ] = False,
    run: Annotated[
        str | None, typer.Option(metavar="N", help="Of an exam package: which run; else the released one.")
    ] = None,
    said: ResponseOptions,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the pairs as well: .csv or .xlsx.")
    ] = None,
    json: Json = False,
) -> None:
    """Pairs of candidates with more answers in common than chance gives: a signal for a person, no verdict.

    FILE is a file of responses, or the folder of an exam package that was scored.
    """
    from examgen.analyses.copying import CopyingOptions, copying_of, write_pairs
    from examgen.analyses.reported.copying import of_pairs

    source = said.of(files, out, items, abilities, pairs)
    asked = CopyingOptions(index, adjust, alpha, model, items, abilities, pairs, room)
    found = copying_of(source, asked, run, within_rooms=rooms)
    if out is not None:
        write_pairs(out, found)
    if json:
        screen.print_json(found)
        return
    screen.show(of_pairs(found, named=pairs is not None))
