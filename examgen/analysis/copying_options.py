"""What `examgen analyse copying` is asked: arguments of `examgen.stats.copying`, and files of its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from examgen.analysis.options import ArgumentOptions
from examgen.core.options import Option
from examgen.core.words import tell


class CopyingOptions(ArgumentOptions):
    """The options of `analyse copying`."""

    checked_by = "examgen.stats.answer_similarity"
    not_arguments = frozenset({"pairs", "items", "abilities", "room"})

    # fmt: off
    index: Annotated[Literal["gbt", "omega"], Option(
        tell("Index that ranks the list: gbt or omega."), label=tell("Index"),
        hint=tell("GBT tests whether two candidates are similar beyond chance, ω whether one "
                  "copied from the other. Keep GBT unless there is a reason for ω."),
        values=(("gbt", "GBT"), ("omega", "ω")),
    )] = "gbt"
    adjust: Annotated[Literal["holm", "bh", "bonferroni"], Option(
        tell("Adjustment for the number of pairs compared: holm, bh or bonferroni."),
        label=tell("Adjustment"), hint=tell("Adjusts for the number of pairs compared."), values=(
            ("holm", tell("Holm: hardly any pair listed by chance")),
            ("bh", tell("Benjamini–Hochberg: few of the listed pairs by chance")),
            ("bonferroni", "Bonferroni"),
        ),
    )] = "holm"
    alpha: Annotated[
        float, Field(gt=0, lt=1), Option(tell("Significance level after adjustment."), label=tell("Level"))
    ] = 0.05
    model: Annotated[Literal["nominal", "2pl"] | None, Option(
        tell("nominal (options, if there is a key) or 2pl (right and wrong)."), label=tell("Model"), hint="",
        values=(
            ("", tell("depending on the answers")), ("nominal", tell("nominal: chosen option")),
            ("2pl", tell("2PL: right or wrong")),
        ),
        is_rare=True,
    )] = None
    pairs: Annotated[Path | None, Option(
        tell("Compare only these pairs: columns `source` and `copier`; computes both indices."),
        label=tell("Only these pairs"), metavar="PAIRS.csv", is_rare=True,
    )] = None
    items: Annotated[Path | None, Option(
        tell("Known parameters: `item`, `option`, `a`, `c`; for right and wrong `item`, `a`, `b`, `c`."),
        label=tell("Parameters"), metavar="PARAMS.csv", is_rare=True,
    )] = None
    abilities: Annotated[Path | None, Option(
        tell("Known abilities: `candidate_id`, `theta`."), label=tell("Abilities"), metavar="FILE.csv",
        is_rare=True,
    )] = None
    room: Annotated[str | None, Option(
        tell("Compare only candidates of the same room."), label=tell("Column of rooms"), metavar="COL"
    )] = None
    # fmt: on
