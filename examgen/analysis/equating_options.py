"""What `examgen analyse equate` is asked: arguments of `examgen.stats.equate`, and which scores are taken."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from examgen.analysis.options import ArgumentOptions
from examgen.core.options import Names, Option, split
from examgen.core.words import tell

METHODS = {
    "auto": tell("by the number of candidates"),
    "identity": tell("scores as they are"),
    "mean": tell("mean"),
    "linear": tell("linear"),
    "circle-arc": tell("circle arc"),
    "equipercentile": tell("equipercentile"),
    "tucker": tell("linear (Tucker)"),
    "tucker-mean": tell("mean (Tucker)"),
    "levine": tell("linear (Levine)"),
    "levine-mean": tell("mean (Levine)"),
    "levine-true": tell("linear (Levine, true scores)"),
    "braun-holland": tell("linear (Braun–Holland)"),
    "nominal-weights": tell("mean (nominal weights)"),
    "frequency-estimation": tell("equipercentile (frequency estimation)"),
    "chained-mean": tell("chained mean"),
    "chained-linear": tell("chained linear"),
    "chained-equipercentile": tell("chained equipercentile"),
    "chained-circle-arc": tell("chained circle arc"),
}


def _points(value: Any) -> Any:
    """A number of points: `40`, `37.5`, `1/3`."""
    plain = str(value).strip()
    if not re.fullmatch(r"[-+]?\d{1,7}(\.\d{1,9})?(/\d{1,6})?", plain) or plain.endswith("/0"):
        raise ValueError(tell("{text} is not a number of points", text=value))
    return float(Fraction(plain))


Points = Annotated[float, BeforeValidator(_points)]
Several = BeforeValidator(split)


class EquatingOptions(ArgumentOptions):
    """The options of `analyse equate`."""

    checked_by = "examgen.stats.equating"
    not_arguments = frozenset({"not_anchor", "forms", "runs"})

    # fmt: off
    design: Annotated[Literal["eg", "neat"], Option(
        tell("eg: equivalent groups, for example formed at random; neat: other groups, with common items."),
        label=tell("How were the scores collected?"),
        values=(("eg", tell("Groups that are alike")), ("neat", tell("Two forms with common items"))),
    )]
    method: Annotated[str | None, Option(
        tell("eg: mean, linear, circle-arc, equipercentile. neat: tucker, levine, frequency-estimation, "
             "chained-mean, chained-linear, chained-equipercentile, chained-circle-arc. Else by the "
             "number of candidates."),
        label=tell("Method"), values=tuple(METHODS.items()), metavar="NAME",
    )] = None
    smooth: Annotated[str | None, Option(
        tell("Smoothing before an equipercentile method: none or loglinear."), label=tell("Smoothing"),
        hint=tell("Before an equipercentile method."), metavar="KIND", is_rare=True, values=(
            ("", tell("as the method has it")), ("none", tell("none")), ("loglinear", tell("log-linear")),
        ),
    )] = None
    degree: Annotated[tuple[int, ...], Several, Option(
        tell("Degree of the smoothing; with an anchor 4,4,2 for total, anchor and products."),
        label=tell("Degree"), metavar="N", is_rare=True,
    )] = ()
    select: Annotated[str | None, Option(
        tell("Rule that chooses the degree: aic (default), bic or lr."), label=tell("Degree chosen by"),
        values=(("aic", "AIC"), ("bic", "BIC"), ("lr", tell("likelihood ratio"))), hint="", metavar="RULE",
        is_rare=True,
    )] = None
    anchor: Annotated[str | None, Option(
        tell("internal (default): part of the total; external: beside it."), label=tell("Common items"),
        hint=tell("Pilot items in both forms stand beside the score."), metavar="KIND",
        values=(("internal", tell("count in the score")), ("external", tell("stand beside the score"))),
    )] = None
    not_anchor: Annotated[Names, Option(
        tell("Common items that do not count as anchor."), label=tell("Not in the anchor"),
        metavar="ITEM,…",
    )] = ()
    weight: Annotated[float | None, Option(
        tell("Weight of those who took X in the synthetic population (default: their share)."),
        label=tell("Weight of X"), metavar="W", is_rare=True,
    )] = None
    points: Annotated[tuple[Points, ...], Several, Option(
        tell("Full score of both forms, or of X and of Y."), label=tell("Full scores"), metavar="N,…"
    )] = ()
    anchor_points: Annotated[Points | None, Option(
        tell("Full score of the anchor."), label=tell("Full score of the anchor"), metavar="N"
    )] = None
    step: Annotated[Points | None, Option(
        tell("Distance between possible scores (default: 1, or the part of a point that occurs)."),
        label=tell("Step"), metavar="S", is_rare=True,
    )] = None
    forms: Annotated[Names, Option(
        tell("Forms of the exam folders: X, then Y."), label=tell("Forms of the exams"), metavar="X,Y"
    )] = ()
    runs: Annotated[Names, Option(
        tell("Run of each exam folder (default: the released run, or the newest)."), metavar="N,…",
        hint=tell("Their numbers, with a comma between (default: the released run, or the newest)."),
        label=tell("Runs of the exams"),
    )] = ()
    bootstrap: Annotated[int | None, Option(
        tell("Standard errors and intervals by N bootstrap samples."), metavar="N", is_rare=True,
        label=tell("Bootstrap samples"),
    )] = None
    seed: Annotated[int | None, Option(
        tell("Seed of the bootstrap (default: 1)."), label=tell("Seed"), is_rare=True
    )] = None
    cut: Annotated[Points | None, Option(
        tell("A cut score on Y; the output tells the score on X that is worth it."), label=tell("Cut on Y"),
        metavar="N",
    )] = None
    decimals: Annotated[int | None, Option(
        tell("Decimals of the scaled scores computed with this file (default: 0)."), label=tell("Decimals")
    )] = None
    # fmt: on
