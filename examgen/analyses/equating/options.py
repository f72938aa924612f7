"""What is asked of an equating, and of the link of two scales."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Annotated, Any, Literal, get_args

from annotated_types import MaxLen
from pydantic import BeforeValidator, Field, model_validator

from examgen.analyses.options import MODELS
from examgen.core.options import Names, Option, Options, split
from examgen.core.words import option, tell
from examgen.psychometrics.equating.designs import BY_RANKS, DESIGNS, WITH_SYNTHETIC

Method = Literal[
    "mean", "linear", "circle-arc", "equipercentile", "tucker", "levine", "frequency-estimation",
    "chained-mean", "chained-linear", "chained-equipercentile", "chained-circle-arc",
]  # fmt: skip
METHODS = {
    "identity": tell("scores as they are"),
    "mean": tell("mean"),
    "linear": tell("linear"),
    "circle-arc": tell("circle arc"),
    "equipercentile": tell("equipercentile"),
    "tucker": tell("linear (Tucker)"),
    "levine": tell("linear (Levine)"),
    "frequency-estimation": tell("equipercentile (frequency estimation)"),
    "chained-mean": tell("chained mean"),
    "chained-linear": tell("chained linear"),
    "chained-equipercentile": tell("chained equipercentile"),
    "chained-circle-arc": tell("chained circle arc"),
}
"""What people call them."""


def method_words(name: str) -> str:
    """What people call a method; those of Python alone by their names."""
    return METHODS.get(name, name)


_SAME = {
    "tucker-linear": "tucker",
    "levine-linear": "levine",
    "levine-observed": "levine",
    "levine-observed-linear": "levine",
    "levine-observed-score": "levine",
    "frequency": "frequency-estimation",
    "frequency-estimation-equipercentile": "frequency-estimation",
    "poststratification": "frequency-estimation",
    "chained": "chained-equipercentile",
    "circle": "circle-arc",
}
_OF_DESIGN = {
    ("neat", "equipercentile"): "frequency-estimation",
    ("neat", "circle-arc"): "chained-circle-arc",
    ("neat", "linear"): "tucker",
}


def _points(value: Any) -> Any:
    """A number of points, exactly: `40`, `37.5`, `1/3`."""
    plain = str(value).strip()
    if not re.fullmatch(r"[-+]?\d{1,7}(\.\d{1,9})?(/\d{1,6})?", plain) or plain.endswith("/0"):
        raise ValueError(tell("{text} is not a number of points", text=value))
    return Fraction(plain)


Points = Annotated[Fraction, BeforeValidator(_points)]


class EquatingOptions(Options):
    """The options of `analyse equate`. Numbers of points are exact.

    Where `method` is left out, the samples choose it; where `degree` is, `select` does (of the total; of the
    anchor; of products); where `weight` is, the numbers of candidates do.
    """

    design: Annotated[
        Literal["eg", "neat"],
        Option(
            tell("eg: groups that are alike, as at random; neat: other groups, with common items."),
            label=tell("How were the scores collected?"),
            values=(("eg", tell("Groups that are alike")), ("neat", tell("Two forms with common items"))),
        ),
    ]
    method: Annotated[
        Method | None,
        Option(
            tell(
                "eg: mean, linear, circle-arc, equipercentile. neat: tucker, levine, frequency-estimation, "
                "chained-mean, chained-linear, chained-equipercentile, chained-circle-arc. Else by the "
                "number of candidates."
            ),
            label=tell("Method"),
            values=tuple(METHODS.items())[1:],
            in_python=(
                "identity",
                "tucker-mean",
                "levine-mean",
                "levine-true",
                "braun-holland",
                "nominal-weights",
            ),
        ),
    ] = None
    smooth: Annotated[
        Literal["none", "loglinear"] | None,
        Option(
            tell("Of equipercentile methods, beforehand: none or loglinear."),
            label=tell("Smoothing"),
            hint=tell("Of equipercentile methods, beforehand."),
            values=(
                ("", tell("as the method has it")),
                ("none", tell("none")),
                ("loglinear", tell("log-linear")),
            ),
            metavar="KIND",
            is_rare=True,
        ),
    ] = None
    degree: Annotated[
        tuple[Annotated[int, Field(ge=1, le=20)], ...],
        MaxLen(3),
        BeforeValidator(split),
        Option(
            tell("Of that smoothing; with an anchor 4,4,2: total, anchor, products."),
            label=tell("Degree"),
            metavar="N",
            is_rare=True,
        ),
    ] = ()
    select: Annotated[
        Literal["aic", "bic", "lr"],
        Option(
            tell("What chooses the degree where it is left out: aic, bic or lr."),
            label=tell("Degree chosen by"),
            hint="",
            values=(("aic", "AIC"), ("bic", "BIC"), ("lr", tell("likelihood ratio"))),
            metavar="RULE",
            is_rare=True,
        ),
    ] = "aic"
    anchor: Annotated[
        Literal["internal", "external"],
        Option(
            tell("internal: a part of the total; external: beside it."),
            label=tell("Common items"),
            hint=tell("Pilot items in both forms stand beside the score."),
            values=(
                ("internal", tell("count in the score")),
                ("external", tell("stand beside the score")),
            ),
            metavar="KIND",
        ),
    ] = "internal"
    not_anchor: Annotated[
        Names,
        Option(
            tell("Common items that are not to count as anchor."),
            label=tell("Not in the anchor"),
            metavar="ITEM,…",
        ),
    ] = ()
    weight: Annotated[
        Annotated[float, Field(ge=0, le=1)] | None,
        Option(
            tell("Of those who took X in the synthetic population; else their share."),
            label=tell("Weight of X"),
            metavar="W",
            is_rare=True,
        ),
    ] = None
    points: Annotated[
        tuple[Points, ...],
        MaxLen(2),
        BeforeValidator(split),
        Option(tell("Full score of both forms, or of X and of Y."), label=tell("Full scores"), metavar="N,…"),
    ] = ()
    anchor_points: Annotated[
        Points | None,
        Option(tell("Full score of the anchor."), label=tell("Full score of the anchor"), metavar="N"),
    ] = None
    step: Annotated[
        Points | None,
        Option(
            tell("How far apart possible scores are; else 1."),
            label=tell("Step"),
            metavar="S",
            is_rare=True,
        ),
    ] = None
    forms: Annotated[
        Names,
        Option(
            tell("Of exam folders: which form is which."), label=tell("Forms of the exams"), metavar="X,Y"
        ),
    ] = ()
    runs: Annotated[
        Names,
        Option(
            tell("Of exam folders: the run of each; else the one people are told."),
            label=tell("Runs of the exams"),
            hint=tell("Their numbers, with a comma between; else the run that people are told."),
            metavar="N,…",
        ),
    ] = ()
    bootstrap: Annotated[
        int,
        Field(ge=0, le=100_000),
        Option(
            tell("Standard errors and intervals by so many samples drawn again."),
            label=tell("Bootstrap samples"),
            metavar="N",
            is_rare=True,
        ),
    ] = 0
    seed: Annotated[int, Field(ge=0), Option(tell("Of the bootstrap."), label=tell("Seed"), is_rare=True)] = 1
    cut: Annotated[
        Points | None,
        Option(
            tell("A cut score on Y: told as the score on X that is worth it."),
            label=tell("Cut on Y"),
            metavar="N",
        ),
    ] = None

    @property
    def neat(self) -> bool:
        """Whether common items tell how far apart the groups are."""
        return self.design == "neat"

    @property
    def internal(self) -> bool:
        """Whether the anchor is a part of the total."""
        return self.anchor == "internal"

    @model_validator(mode="before")
    @classmethod
    def _by_its_name(cls, values: Any) -> Any:
        """`Chained_Equipercentile`, `tucker linear`, `loglinear` as what they are, and what follows from
        options that are given."""
        if not isinstance(values, dict):
            return values
        values = dict(values)
        if values.get("degree") and values.get("smooth") != "none":
            values["smooth"] = "loglinear"
        if isinstance(values.get("method"), str):
            name = re.sub(r"[\s_/]+", "-", values["method"].strip().lower())
            if name.endswith("-loglinear") or name.startswith("loglinear"):
                name = name.replace("loglinear", "").strip("-") or "equipercentile"
                values["smooth"] = "loglinear"
            name = _SAME.get(name, name)
            values["method"] = _OF_DESIGN.get((values.get("design", ""), name), name)
        elif values.get("smooth") == "loglinear":
            values["method"] = "equipercentile" if values.get("design") == "eg" else "frequency-estimation"
        return values

    @model_validator(mode="after")
    def _go_together(self) -> EquatingOptions:
        known = [name for name in DESIGNS[self.design] if name in get_args(Method)]
        if self.method is not None and self.method not in known:
            raise ValueError(
                tell(
                    "{method} is not one of {design}: choose of {known}",
                    method=option("method", self.method),
                    design=option("design", self.design),
                    known=", ".join(known),
                )
            )
        if self.degree and self.smooth == "none":
            raise ValueError(
                tell(
                    "{degree} goes with {smooth}",
                    degree=option("degree"),
                    smooth=option("smooth", "loglinear"),
                )
            )
        if len(self.degree) > 1 and self.design == "eg":
            raise ValueError(tell("{degree} is one number where there is no anchor", degree=option("degree")))
        if self.method is not None and self.method not in BY_RANKS and self.smooth == "loglinear":
            raise ValueError(
                tell(
                    "{method} takes moments alone: nothing of it is smoothed",
                    method=option("method", self.method),
                )
            )
        if self.weight is not None and self.method is not None and self.method not in WITH_SYNTHETIC:
            raise ValueError(
                tell(
                    "{method} has no synthetic population: {weight} says nothing",
                    method=option("method", self.method),
                    weight=option("weight"),
                )
            )
        for name, value in (("anchor-points", self.anchor_points), ("step", self.step)):
            if value is not None and value <= 0:
                raise ValueError(tell("{option} is above 0", option=option(name)))
        if any(value <= 0 for value in self.points):
            raise ValueError(tell("{option} is above 0", option=option("points")))
        return self


class LinkingOptions(Options):
    """What is asked of a link."""

    method: Annotated[
        Literal["stocking-lord", "haebara", "mean-sigma", "mean-mean"],
        Option(
            tell("mean-mean, mean-sigma, haebara or stocking-lord."),
            label=tell("Method"),
            hint=tell("Stocking–Lord is usual."),
            values=(
                ("stocking-lord", "Stocking–Lord"),
                ("haebara", "Haebara"),
                ("mean-sigma", tell("mean and standard deviation of difficulties")),
                ("mean-mean", tell("means of slopes and difficulties")),
            ),
        ),
    ] = "stocking-lord"
    model: Annotated[
        Literal["rasch", "1pl", "2pl", "3pl"] | None,
        Option(
            tell("OLD and NEW are responses: calibrate them first by rasch, 1pl, 2pl or 3pl."),
            label=tell("Model"),
            hint=tell("By which the answers of exams are calibrated first; none for tables of parameters."),
            values=(("", tell("none: tables of parameters")), *MODELS),
        ),
    ] = None
    """None: they are tables of parameters."""
    prior_c: Annotated[
        str | None,
        Option(
            tell("With {model} 3pl: norm:-1.1:0.5 or beta:5:17.", model=option("model")),
            label=tell("Prior of c"),
            hint=tell("Of 3PL: norm:-1.1:0.5 or beta:5:17."),
            metavar="PRIOR",
            is_rare=True,
        ),
    ] = None
    symmetric: Annotated[
        bool,
        Option(tell("Haebara and Stocking–Lord in both directions."), label=tell("Symmetric"), is_rare=True),
    ] = False
    weights: Annotated[
        Literal["normal", "equal"],
        Option(
            tell("What abilities from -4 to 4 count: normal or equal."),
            label=tell("Weights of abilities"),
            hint=tell("What abilities from -4 to 4 count."),
            values=(("normal", tell("as a normal distribution has them")), ("equal", tell("all alike"))),
            is_rare=True,
        ),
    ] = "normal"
    purify: Annotated[
        bool,
        Option(
            tell("Link again without common items that have drifted."), label=tell("Without drifted items")
        ),
    ] = False
    drift_z: Annotated[
        float,
        Field(gt=0, lt=math.inf),
        Option(tell("An item drifts beyond this robust z …"), label=tell("Drift: z"), is_rare=True),
    ] = 1.645
    drift_rmsd: Annotated[
        float,
        Field(ge=0, lt=1),
        Option(tell("… where its curve differs by this much, too."), label=tell("Drift: RMSD"), is_rare=True),
    ] = 0.08
    free_slope: Annotated[
        bool,
        Option(
            tell("Estimate the slope even where all items' slopes are alike."),
            label=tell("Free slope"),
            is_rare=True,
        ),
    ] = False
    equate: Annotated[
        Literal["true", "observed"] | None,
        Option(
            tell("Scores of NEW as scores of OLD: true or observed scores."),
            label=tell("Scores equated"),
            hint=tell("Scores of NEW as scores of OLD."),
            values=(
                ("", tell("not asked for")),
                ("true", tell("true scores")),
                ("observed", tell("observed scores")),
            ),
            metavar="true|observed",
        ),
    ] = None
    new_weight: Annotated[
        float,
        Field(ge=0, le=1),
        Option(
            tell("Of observed: share of NEW's candidates in the population, 0 to 1."),
            label=tell("Weight of NEW"),
            is_rare=True,
        ),
    ] = 0.0

    @model_validator(mode="after")
    def _prior_has_its_model(self) -> LinkingOptions:
        if self.prior_c is not None and self.model != "3pl":
            raise ValueError(
                tell("{prior_c} goes with {model} 3pl", prior_c=option("prior-c"), model=option("model"))
            )
        return self
