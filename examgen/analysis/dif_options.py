"""What `examgen analyse dif` is asked: the column of the groups, and arguments of `examgen.stats.dif`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from examgen.analysis.options import ArgumentOptions
from examgen.core.options import Option, split
from examgen.core.words import tell

METHODS = (
    ("mh", tell("Mantel–Haenszel")),
    ("logistic", tell("logistic regression")),
    ("std", tell("standardisation")),
    ("sibtest", "SIBTEST"),
)
"""What people call the methods."""


class DifOptions(ArgumentOptions):
    """The options of `analyse dif`."""

    checked_by = "examgen.stats.dif_analysis"
    not_arguments = frozenset({"group"})

    # fmt: off
    group: Annotated[str, Option(
        tell("Column with the group of each candidate."), label=tell("Column of the groups"), metavar="COL",
        hint=tell("A column of the candidate list or of an uploaded file."),
    )]
    focal: Annotated[tuple[str, ...], BeforeValidator(split), Option(
        tell("Value of the focal group (default: all others)."), label=tell("Focal group"), metavar="VALUE",
        hint=tell("Value of the column for the group to examine, for example 302. Separate several with "
                  "commas."),
    )] = ()
    reference: Annotated[str | None, Option(
        tell("Value of the reference group (default: all others)."), label=tell("Reference group"),
        hint=tell("Leave empty for all others."), metavar="VALUE",
    )] = None
    method: Annotated[str, Option(
        tell("mh, logistic, std or sibtest."), label=tell("Method"), hint="", values=METHODS, metavar="NAME",
    )] = "mh"
    purify: Annotated[bool, Option(
        tell("Match on the items without DIF."), label=tell("Match on the items without DIF"),
        hint=tell("Removes items with DIF from the matching score and repeats the analysis."),
        negative="--no-purify",
    )] = True
    correction: Annotated[bool, Option(
        tell("Mantel–Haenszel with continuity correction."),
        label=tell("Mantel–Haenszel with continuity correction"), is_rare=True, negative="--no-correction",
    )] = True
    adjust: Annotated[str, Option(
        tell("Adjustment for multiple tests: bh, holm, bonferroni or none."),
        label=tell("Adjustment for many tests"), hint="", metavar="HOW",
        values=(("bh", "Benjamini–Hochberg"), ("holm", "Holm"), ("bonferroni", "Bonferroni"),
                ("none", tell("none"))),
    )] = "bh"
    alpha: Annotated[float, Option(tell("Significance level."), label=tell("Level"))] = 0.05
    kind: Annotated[str, Option(
        tell("For logistic: DIF to flag (both, udif or nudif)."),
        label=tell("Kind of DIF (logistic regression)"), hint="",
        values=(("both", tell("both")), ("udif", tell("uniform")), ("nudif", tell("non-uniform"))),
        is_rare=True, metavar="NAME",
    )] = "both"
    criterion: Annotated[str, Option(
        tell("For logistic: lrt or wald."), label=tell("Test (logistic regression)"), hint="",
        values=(("lrt", tell("likelihood ratio")), ("wald", "Wald")), is_rare=True,
        metavar="NAME",
    )] = "lrt"
    least: Annotated[int | None, Option(
        tell("For sibtest: exclude rest scores with at most N candidates of a group (default: 5)."),
        label=tell("Minimum per group and score (SIBTEST)"), metavar="N", is_rare=True,
    )] = None
    # fmt: on
