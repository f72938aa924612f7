"""What is asked of the link of two scales."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from examgen.analyses.options import MODELS
from examgen.core.options import Option, Options
from examgen.core.words import option, tell


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
