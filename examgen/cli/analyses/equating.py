"""`examgen analyse equate`: scores of one form on the scale of another, as a person reads them."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from examgen.cli.analyses.items import number
from examgen.cli.app import Json, analyse_app
from examgen.cli.response_options import ResponseOptions, listed, with_response_options
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
            help="eg: identity, mean, linear, circle-arc, equipercentile, kernel. neat: tucker, levine, "
            "levine-true, braun-holland, nominal-weights, frequency-estimation, chained-mean, "
            "chained-linear, chained-equipercentile, chained-circle-arc. Else by the number of candidates.",
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
    from examgen.workflow.analyses.equating.equate import EquatingAsked, equate_forms
    from examgen.workflow.analyses.equating.scores import Wanted

    if anchor not in ("internal", "external"):
        raise WrongUsage(tell("--anchor is internal or external, not {anchor}", anchor=anchor))
    wanted = Wanted(
        said.of(files, out), design == "neat", anchor == "internal", listed(forms), listed(runs),
        tuple(_number("--points", one) for one in listed(points)),
        None if anchor_points is None else _number("--anchor-points", anchor_points),
        None if step is None else _number("--step", step), listed(not_anchor),
    )  # fmt: skip
    asked = EquatingAsked(
        design, method, smooth, _degrees(degree), select, kernel, bandwidth, weight, weighing, bootstrap,
        seed, None if cut is None else _number("--cut", cut, zero=True),
    )  # fmt: skip
    found = equate_forms(wanted, asked)
    if out is not None:
        if out.suffix.lower() not in (".yaml", ".yml"):
            raise WrongUsage(tell("--out {path} must end in .yaml", path=out))
        write_conversion(out, found, decimals)
    told = {**found.document, "files": [] if out is None else [str(out)]}
    if json:
        screen.print_json(told)
        return
    _show(told, out)


def _number(option: str, text: str, zero: bool = False) -> Fraction:
    """A positive number; of `zero`, any."""
    plain = text.strip()
    value = (
        Fraction(plain)
        if re.fullmatch(r"[-+]?\d{1,7}(\.\d{1,9})?(/\d{1,6})?", plain) and not plain.endswith("/0")
        else None
    )
    if value is None or (value <= 0 and not zero):
        raise WrongUsage(tell("{option} {text} is not a number of points", option=option, text=text))
    return value


def _degrees(text: str | None) -> tuple[int, ...]:
    parts = [] if text is None else text.split(",")
    if not all(re.fullmatch(r"\s*\d{1,3}\s*", one) for one in parts):
        raise WrongUsage(tell("--degree {text} is not a number, nor several as 4,4,2", text=text or ""))
    return tuple(int(one) for one in parts)


# ── on the screen ────────────────────────────────────────────────────────────────────────────


def _show(told: dict[str, Any], out: Path | None) -> None:
    from examgen.cli import screen

    screen.say(
        tell("{method} equating ({design})", method=told["method"], design=_DESIGNS[told["design"]]), "bold"
    )
    for name in ("x", "y"):
        own = told[name]
        screen.say(
            tell(
                "  {role}: {name}, {n} candidates, mean {mean}, sd {sd}, of {points} points",
                role=name.upper(), name=own["name"], n=own["n"], mean=number(own["mean"], 2),
                sd=number(own["sd"], 2), points=number(own["points"], 2),
            )
        )  # fmt: skip
    if told["anchor"] is not None:
        own = told["anchor"]
        screen.say(
            tell(
                "  anchor: {points} points; mean {mean_x} of those who took X, {mean_y} of those who took Y",
                points=number(own["points"]), mean_x=number(own["mean_x"], 2),
                mean_y=number(own["mean_y"], 2),
            )
        )  # fmt: skip
    _show_settings(told)
    heads = ["X", "Y", tell("se"), tell("rounded"), "n"]
    rows = [
        [number(row["x"], 2), number(row["y"], 3), number(row["se"], 3), _rounded(row["y"]), row["n"]]
        for row in told["table"]
    ]
    screen.table(tell("what each score on X is worth on Y"), heads, rows, numbers_from=0, wide=True)
    for sentence in _sentences(told):
        screen.say(sentence, "bold")
    for note in told["notes"]:
        screen.say(tell("note: {item}{message}", item="", message=note["message"]), "yellow")
    if out is not None:
        screen.show_files(tell("conversion, for examgen score --scaled:"), [out])


_DESIGNS = {"eg": tell("equivalent groups"), "neat": tell("nonequivalent groups with an anchor")}


def _rounded(value: float) -> str:
    """Half up, as scoring rounds."""
    return str(int((Fraction(value) + Fraction(1, 2)) // 1))


def _show_settings(told: dict[str, Any]) -> None:
    from examgen.cli import screen

    if told["presmoothing"] is not None:
        own = told["presmoothing"]
        screen.say(
            tell(
                "  log-linear smoothing: degree {x} for X, {y} for Y",
                x=_degree_of(own["x"]), y=_degree_of(own["y"]),
            )
        )  # fmt: skip
    if told["kernel"] is not None:
        widths = ", ".join(f"{name} {number(value)}" for name, value in told["kernel"]["bandwidths"].items())
        screen.say(tell("  kernel bandwidths: {widths}", widths=widths))
    if told["synthetic"] is not None:
        screen.say(
            tell(
                "  weight of those who took X: {weight}", weight=number(told["synthetic"]["weight_of_shares"])
            )
        )
    if told["line"] is not None:
        own = told["line"]
        screen.say(
            tell(
                "  y = {slope} x {sign} {intercept}",
                slope=number(own["slope"], 4),
                sign="−" if own["intercept"] < 0 else "+",
                intercept=number(abs(own["intercept"]), 4),
            )
        )
    if told["bootstrap"] is not None:
        own = told["bootstrap"]
        screen.say(
            tell(
                "  standard errors of {used} bootstrap samples, seed {seed}",
                used=own["used"],
                seed=own["seed"],
            )
        )


def _degree_of(own: dict[str, Any]) -> str:
    parts = (own["degree"], own["degree_anchor"], own["degree_products"])
    return ",".join(str(part) for part in parts if part is not None)


def _sentences(told: dict[str, Any]) -> list[str]:
    """What a coordinator can take from it."""
    own = told["verdict"]
    found: list[str] = []
    if own["at"] == "cut":
        if own["x"] is None or own["least_x"] is None:
            cut = number(own["cut"], 2)
            if own["least_x"] is not None:
                return [tell("Every score on X is worth more than the cut of {cut} points on Y.", cut=cut)]
            return [tell("No score on X is worth the cut of {cut} points on Y.", cut=cut)]
        found.append(
            tell(
                "The cut of {cut} points on Y is worth {x} points on X: {least} or more on X reach it.",
                cut=number(own["cut"], 2), x=number(own["x"], 2), least=number(own["least_x"], 2),
            )
        )  # fmt: skip
    if own["difference"] is None:
        found.append(
            tell("{x} points on X are worth {y} points on Y.", x=number(own["x"], 2), y=number(own["y"], 2))
        )
        return found
    by = number(abs(own["difference"]), 2)
    if own["harder"] == "neither":
        found.append(tell("There both forms are equally hard."))
    elif own["harder"] == "x":
        found.append(
            tell(
                "X is the harder form: {x} points on it are worth {y} on Y, {by} more.",
                x=number(own["x"], 2), y=number(own["y"], 2), by=by,
            )
        )  # fmt: skip
    else:
        found.append(
            tell(
                "X is the easier form: {x} points on it are worth {y} on Y, {by} fewer.",
                x=number(own["x"], 2), y=number(own["y"], 2), by=by,
            )
        )  # fmt: skip
    if own["sure"] is False and own["harder"] != "neither":
        found.append(
            tell(
                "With so many candidates that may be chance: its standard error is {se}.",
                se=number(own["se"], 2),
            )
        )
    return found
