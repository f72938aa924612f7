"""What `examgen analyse assessors` is asked: arguments of `examgen.stats.assessors`."""

from __future__ import annotations

from typing import Annotated

from examgen.analysis.options import ArgumentOptions
from examgen.core.options import Option
from examgen.core.words import tell


class AssessorOptions(ArgumentOptions):
    """The options of `analyse assessors`."""

    checked_by = "examgen.stats.assessor_analysis"

    # fmt: off
    weights: Annotated[str | None, Option(
        tell("Weights of kappa for differences between two ratings: quadratic (default), linear, or none "
             "(all differences count the same)."),
        label=tell("Weights of kappa"), metavar="NAME",
    )] = None
    apart: Annotated[float | None, Option(
        tell("List candidates for moderation whose totals from two assessors differ by more than this many "
             "points."),
        label=tell("Difference for moderation"), metavar="POINTS",
    )] = None
    phi: Annotated[float | None, Option(
        tell("Required dependability, used to compute the number of assessors (default: 0.8)."),
        label=tell("Required dependability"), metavar="PHI",
    )] = None
    steps: Annotated[str | None, Option(
        tell("Steps between points in the many-facet model: the same for all tasks (rating-scale) or for "
             "each task (partial-credit). Default: rating-scale if all tasks have the same points."),
        label=tell("Steps between points"), metavar="NAME", is_rare=True,
    )] = None
    facet: Annotated[str | None, Option(
        tell("Third facet of the many-facet model: centre, if candidates were rated at several."),
        label=tell("Third facet"), metavar="NAME", is_rare=True,
    )] = None
    # fmt: on
