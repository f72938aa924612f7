"""What `examgen analyse link` is asked: arguments of `examgen.stats.link`, and of its fits and scores."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from examgen.analysis.options import ArgumentOptions
from examgen.analysis.response_options import MODELS
from examgen.core.options import Option
from examgen.core.words import option, tell


class LinkingOptions(ArgumentOptions):
    """The options of `analyse link`."""

    checked_by = "examgen.stats.linking"
    not_arguments = frozenset({"model", "prior_c", "equate", "new_weight", "unconverged"})

    # fmt: off
    method: Annotated[str | None, Option(
        tell("mean-mean, mean-sigma, haebara or stocking-lord (default)."), label=tell("Method"),
        hint=tell("Stocking–Lord is usual."), metavar="NAME", values=(
            ("stocking-lord", "Stocking–Lord"), ("haebara", "Haebara"),
            ("mean-sigma", tell("mean and standard deviation of difficulties")),
            ("mean-mean", tell("means of slopes and difficulties")),
        ),
    )] = None
    model: Annotated[Literal["rasch", "1pl", "2pl", "3pl"] | None, Option(
        tell("OLD and NEW are responses: calibrate them first by rasch, 1pl, 2pl or 3pl."),
        label=tell("Model"), values=(("", tell("none: tables of parameters")), *MODELS),
        hint=tell("By which the answers of exams are calibrated first; none for tables of parameters."),
    )] = None
    prior_c: Annotated[str | None, Option(
        tell("With {model} 3pl: norm:-1.1:0.5 or beta:5:17.", model=option("model")),
        label=tell("Prior of c"), hint=tell("Of 3PL: norm:-1.1:0.5 or beta:5:17."), metavar="PRIOR",
        is_rare=True,
    )] = None
    unconverged: Annotated[bool, Option(
        tell("Write files of a model that did not converge, too."), label=tell("Even without convergence"),
        is_rare=True,
    )] = False
    symmetric: Annotated[bool, Option(
        tell("Haebara and Stocking–Lord in both directions."), label=tell("Symmetric"), is_rare=True
    )] = False
    weights: Annotated[str | None, Option(
        tell("What abilities from -4 to 4 count: normal (default) or equal."), metavar="NAME", is_rare=True,
        label=tell("Weights of abilities"), hint=tell("What abilities from -4 to 4 count."),
        values=(("normal", tell("as a normal distribution has them")), ("equal", tell("all alike"))),
    )] = None
    purify: Annotated[bool, Option(
        tell("Link again without common items that have drifted."), label=tell("Without drifted items")
    )] = False
    drift_z: Annotated[float | None, Option(
        tell("An item drifts beyond this robust z (default: 1.645) …"), label=tell("Drift: z"), metavar="Z",
        is_rare=True,
    )] = None
    drift_rmsd: Annotated[float | None, Option(
        tell("… where its curve differs by this much, too (default: 0.08)."), label=tell("Drift: RMSD"),
        metavar="D", is_rare=True,
    )] = None
    free_slope: Annotated[bool, Option(
        tell("Estimate the slope even where all items' slopes are alike."), label=tell("Free slope"),
        is_rare=True,
    )] = False
    equate: Annotated[Literal["true", "observed"] | None, Option(
        tell("Scores of NEW as scores of OLD: true or observed scores."), label=tell("Scores equated"),
        hint=tell("Scores of NEW as scores of OLD."), metavar="true|observed", values=(
            ("", tell("not asked for")), ("true", tell("true scores")), ("observed", tell("observed scores")),
        ),
    )] = None
    new_weight: Annotated[float, Field(ge=0, le=1), Option(
        tell("Of observed: share of NEW's candidates in the population, 0 to 1."),
        label=tell("Weight of NEW"), is_rare=True,
    )] = 0.0
    # fmt: on
