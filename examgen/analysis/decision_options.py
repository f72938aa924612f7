"""What `examgen analyse decisions` is asked: arguments of `examgen.stats.decisions`, and known parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from examgen.analysis.options import ArgumentOptions
from examgen.analysis.response_options import MODELS
from examgen.core.options import Option, split
from examgen.core.words import tell


class DecisionOptions(ArgumentOptions):
    """The options of `analyse decisions`."""

    checked_by = "examgen.stats.decision_consistency"
    not_arguments = frozenset({"items"})

    # fmt: off
    cut: Annotated[tuple[float, ...], BeforeValidator(split), Option(
        tell("Lowest passing score; several for levels."), label=tell("Cuts"), metavar="N",
        hint=tell("For a file: the lowest passing score; several for levels. Leave it empty for "
                  "an exam, which uses its own pass rule."),
    )] = ()
    items: Annotated[Path | None, Option(
        tell("Known parameters: `item`, `a`, `b`, `c` (default: estimated)."), label=tell("Parameters"),
        metavar="PARAMS.csv",
    )] = None
    model: Annotated[str | None, Option(
        tell("rasch, 1pl or 2pl; for partial scores grm, pcm or gpcm (default: by number of candidates)."),
        label=tell("Model"), hint="", metavar="NAME", values=(
            ("", tell("by the number of candidates")), *MODELS[:3], ("grm", tell("graded responses (GRM)")),
            ("pcm", tell("partial credit (PCM)")), ("gpcm", tell("generalised partial credit (GPCM)")),
        ),
    )] = None
    beta: Annotated[int | None, Option(
        tell("Number of parameters of the true-score distribution: 4 (default; 2 if 4 cannot be estimated) "
             "or 2."),
        label=tell("Parameters of the beta"), metavar="N", is_rare=True,
    )] = None
    reliability: Annotated[float | None, Option(
        tell("Reliability to use instead of Cronbach's alpha."), label=tell("Reliability"), metavar="R"
    )] = None
    max_score: Annotated[float | None, Option(
        tell("Maximum score. Required for totals."), label=tell("Maximum score"), metavar="POINTS"
    )] = None
    min_score: Annotated[float | None, Option(
        tell("Lowest possible score (default: 0)."), label=tell("Lowest score"), metavar="POINTS"
    )] = None
    # fmt: on
