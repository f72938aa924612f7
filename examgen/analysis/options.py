"""Options of each analysis: about files of responses, and arguments of a function of `examgen.stats`.

That function determines the permitted values and the defaults. The module imports little, so that the help on
a command is shown quickly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from examgen.core.options import Names, Option, Options, split
from examgen.core.problems import WrongUsage
from examgen.core.words import Message, option, tell

MODELS = (("rasch", tell("Rasch")), ("1pl", tell("1PL")), ("2pl", tell("2PL")), ("3pl", tell("3PL")))
"""The models for right and wrong answers, with their names for people."""
Several = BeforeValidator(split)


# ── files of responses ───────────────────────────────────────────────────────────────────────


class ResponseOptions(Options):
    """What the user states about files of responses: the key, and the codes for missing answers.

    By default, a blank is an omitted item if there is a key (and counts as wrong), and otherwise an item that
    was not administered.
    """

    # fmt: off
    key: Annotated[Path | None, Option(
        tell("File with columns `item` and `key`, if the cells are options."), label=tell("Key"),
        metavar="KEY.csv",
    )] = None
    exclude: Annotated[Names, Option(
        tell("Columns that are not items."), label=tell("Excluded columns"), metavar="COL,…"
    )] = ()
    omitted: Annotated[Names, Option(
        tell("Code of omitted items in the cells."), label=tell("Omitted"), metavar="CODE,…"
    )] = ()
    not_reached: Annotated[Names, Option(
        tell("Code of items not reached in the cells."), label=tell("Not reached"), metavar="CODE,…"
    )] = ()
    not_administered: Annotated[Names, Option(
        tell("Code of items not administered in the cells."), label=tell("Not administered"),
        metavar="CODE,…",
    )] = ()
    blank: Annotated[
        Literal["omitted", "not_reached", "not_administered"] | None,
        BeforeValidator(lambda value: value.replace("-", "_") if isinstance(value, str) else value),
        Option(
            tell("Meaning of blank cells: omitted, not_reached or not_administered (default with "
                 "a key: wrong)."),
            label=tell("Blanks"), hint=tell("Meaning of a blank cell."), metavar="KIND", values=(
                ("", tell("omitted if there is a key, otherwise not administered")),
                ("omitted", tell("omitted")), ("not_reached", tell("not reached")),
                ("not_administered", tell("not administered")),
            ),
        ),
    ] = None
    # fmt: on

    @property
    def says_nothing(self) -> bool:
        """Whether none of these options is set."""
        return all(getattr(self, name) in (None, ()) for name in ResponseOptions.model_fields)

    def of(self, files: Iterable[Path], out: Path | None = None, *others: Path | None) -> ResponseSource:
        """Return these files with the options.

        Raises WrongUsage if `out` is one of the files that are read.
        """
        said = {name: getattr(self, name) for name in ResponseOptions.model_fields}
        source = ResponseSource(files=tuple(files), **said)
        may_write(out, source, *others)
        return source


class ResponseSource(ResponseOptions):
    """Files of responses, with the options for reading them.

    The cells are scores, or options if there is a key.
    """

    files: tuple[Path, ...]
    """If there are several, they are pooled: columns of the same name are the same item."""


def may_write(path: Path | None, source: ResponseSource, *others: Path | None) -> None:
    """Raise WrongUsage if a file to be written is one of those that are read."""
    read = [*source.files, source.key, *others]
    if path is not None and any(one is not None and one.resolve() == path.resolve() for one in read):
        raise WrongUsage.because("{path} is an input file. Choose another file to write to", path=path)


# ── arguments of functions ───────────────────────────────────────────────────────────────────


class ArgumentOptions(Options):
    """Base of the options of an analysis.

    An option with the name of an argument of the function is passed to it.
    """

    checked_by: ClassVar[str]
    """The module of `examgen.stats` whose function `checked` refuses invalid values, whatever the data."""
    words: ClassVar[Mapping[str, Message]] = {}
    """Options of the command line for arguments with another name."""

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the function, without options that are not set."""
        known = signature(import_module(self.checked_by).checked).parameters
        return {name: value for name, value in self if name in known and value not in (None, ())}

    @model_validator(mode="after")
    def _fit(self) -> Self:
        from examgen.analysis.shown import message
        from examgen.stats.arguments import ArgumentError

        try:
            import_module(self.checked_by).checked(**self.arguments())
        except ArgumentError as error:
            raise ValueError(message(error.args[0], self.words)) from None
        return self


# fmt: off
MinN = Annotated[Annotated[int, Field(ge=1)] | None, Option(
    tell("Fewest candidates needed to flag an item (default: 20 for findings "
         "beyond chance, 50 for others)."),
    label=tell("Fewest candidates needed to flag an item"),
    hint=tell("default: 20 for findings beyond chance, 50 for others"), metavar="N",
)]
# fmt: on


class ItemOptions(ArgumentOptions):
    """The options of `analyse items`."""

    checked_by = "examgen.stats.classical"

    # fmt: off
    by: Annotated[str | None, Option(
        tell("Column to group by. Candidates of each group are analysed separately, for example by form."),
        metavar="COL",
    )] = None
    min_n: MinN = None
    # fmt: on


class IrtOptions(ArgumentOptions):
    """The options of `analyse irt`."""

    checked_by = "examgen.stats.item_response"
    words: ClassVar[Mapping[str, Message]] = {"groups": option("group")}

    # fmt: off
    model: Annotated[str | None, Option(
        tell("rasch-cml, rasch, 1pl, 2pl (default), 3pl; for partial scores grm, pcm, gpcm."),
        label=tell("Model"), metavar="MODEL",
    )] = None
    prior_c: Annotated[str | None, Option(
        tell("Prior of lower asymptotes: norm:-1.1:0.5 (on the logit) or beta:5:17."),
        metavar="PRIOR", is_rare=True,
    )] = None
    groups: Annotated[str | None, Option(
        tell("Column with the group of each candidate. Each group has its own ability distribution; item "
             "parameters are the same for all."),
        name="--group", metavar="COL",
    )] = None
    reference: Annotated[str | None, Option(
        tell("With {group}: the group whose ability has mean 0 and sd 1 (default: first by name).",
             group=option("group")),
        metavar="GROUP", is_rare=True,
    )] = None
    free: Annotated[Names, Option(
        tell("With {group}: items that may differ between groups.", group=option("group")),
        metavar="ITEM,…", is_rare=True,
    )] = ()
    anchors: Annotated[Path | None, Option(
        tell("Known parameters that are kept fixed: `item`, `a`, `b`, `c`."), metavar="FILE.csv",
    )] = None
    fix_ability: Annotated[Names, Option(
        tell("With {anchors} for all items: fixed population for MAP and EAP. `0,1` scores "
             "new candidates with the parameters of a bank.", anchors=option("anchors")),
        metavar="MEAN,SD", is_rare=True,
    )] = ()
    scores: Annotated[Path | None, Option(
        tell("Write abilities (ML, WLE, MAP, EAP) and person fit (at WLE)."), metavar="OUT.csv",
    )] = None
    unconverged: Annotated[bool, Option(
        tell("Write files of a model that did not converge, too."), is_rare=True,
    )] = False
    # fmt: on


DIF_METHODS = (
    ("mh", tell("Mantel–Haenszel")),
    ("logistic", tell("logistic regression")),
    ("std", tell("standardisation")),
    ("sibtest", "SIBTEST"),
)
"""The methods, with their names for people."""


class DifOptions(ArgumentOptions):
    """The options of `analyse dif`."""

    checked_by = "examgen.stats.dif_analysis"

    # fmt: off
    group: Annotated[str, Option(
        tell("Column with the group of each candidate."), label=tell("Column of the groups"), metavar="COL",
        hint=tell("A column of the candidate list or of an uploaded file."),
    )]
    focal: Annotated[tuple[str, ...], Several, Option(
        tell("Value of the focal group (default: all others)."), label=tell("Focal group"), metavar="VALUE",
        hint=tell("Value of the column for the group to examine, for example 302. Separate several with "
                  "commas."),
    )] = ()
    reference: Annotated[str | None, Option(
        tell("Value of the reference group (default: all others)."), label=tell("Reference group"),
        hint=tell("Leave empty for all others."), metavar="VALUE",
    )] = None
    method: Annotated[str, Option(
        tell("mh, logistic, std or sibtest."), label=tell("Method"), hint="",
        values=DIF_METHODS, metavar="NAME",
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


class DecisionOptions(ArgumentOptions):
    """The options of `analyse decisions`."""

    checked_by = "examgen.stats.decision_consistency"

    # fmt: off
    cut: Annotated[tuple[float, ...], Several, Option(
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


class CopyingOptions(ArgumentOptions):
    """The options of `analyse copying`."""

    checked_by = "examgen.stats.answer_similarity"

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
    alpha: Annotated[float, Option(
        tell("Significance level after adjustment."), label=tell("Level")
    )] = 0.05
    model: Annotated[Literal["nominal", "2pl"] | None, Option(
        tell("nominal (options, if there is a key) or 2pl (right and wrong)."), label=tell("Model"), hint="",
        values=(
            ("", tell("depending on the answers")), ("nominal", tell("nominal: chosen option")),
            ("2pl", tell("2PL: right or wrong")),
        ),
        is_rare=True,
    )] = None
    pairs: Annotated[Path | None, Option(
        tell(
            "Compare only these pairs: columns `source` and `copier`, or `first` and `second`; computes both "
            "indices."
        ),
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


EQUATING_METHODS = {
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
    "frequency-estimation": tell("equipercentile (frequency estimation)"),
    "chained-mean": tell("chained mean"),
    "chained-linear": tell("chained linear"),
    "chained-equipercentile": tell("chained equipercentile"),
    "chained-circle-arc": tell("chained circle arc"),
}


def _points(value: Any) -> Any:
    """Return a number of points written as `40`, `37.5` or `1/3`; raises ValueError for anything else."""
    plain = str(value).strip()
    if not re.fullmatch(r"[-+]?\d{1,7}(\.\d{1,9})?(/\d{1,6})?", plain) or plain.endswith("/0"):
        raise ValueError(tell("{text} is not a number of points", text=value))
    return float(Fraction(plain))


Points = Annotated[float, BeforeValidator(_points)]


class EquatingOptions(ArgumentOptions):
    """The options of `analyse equate`."""

    checked_by = "examgen.stats.equating"

    # fmt: off
    design: Annotated[Literal["eg", "neat"] | None, Option(
        tell("eg: equivalent groups, for example formed at random; neat: other groups, with common items "
             "(default: neat if there are common items or scores on them)."),
        label=tell("How were the scores collected?"),
        values=(("eg", tell("Groups that are alike")), ("neat", tell("Two forms with common items"))),
    )] = None
    method: Annotated[str | None, Option(
        tell("eg: mean, linear, circle-arc, equipercentile. neat: tucker, levine, frequency-estimation, "
             "chained-mean, chained-linear, chained-equipercentile, chained-circle-arc. Else by the "
             "number of candidates."),
        label=tell("Method"), values=tuple(EQUATING_METHODS.items()), metavar="NAME",
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
        tell("Common items that are not used as anchor items."), label=tell("Not in the anchor"),
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


LINKING_METHODS = (
    ("stocking-lord", "Stocking–Lord"),
    ("haebara", "Haebara"),
    ("mean-sigma", tell("mean and standard deviation of difficulties")),
    ("mean-mean", tell("means of slopes and difficulties")),
)
"""The methods, with their names for people."""


class LinkingOptions(ArgumentOptions):
    """The options of `analyse link`."""

    checked_by = "examgen.stats.linking"

    # fmt: off
    method: Annotated[str | None, Option(
        tell("mean-mean, mean-sigma, haebara or stocking-lord (default)."), label=tell("Method"),
        hint=tell("Stocking–Lord is usual."), metavar="NAME", values=LINKING_METHODS,
    )] = None
    model: Annotated[Literal["rasch", "1pl", "2pl", "3pl"] | None, Option(
        tell("OLD and NEW are responses: calibrate them first by rasch, 1pl, 2pl or 3pl."),
        label=tell("Model"), values=(("", tell("none: tables of parameters")), *MODELS),
        hint=tell("By which the answers of exams are calibrated first; none for tables of parameters."),
    )] = None
    prior_c: Annotated[str | None, Option(
        tell("With {model} 3pl: norm:-1.1:0.5 or beta:5:17.", model=option("model")),
        label=tell("Prior of c"), metavar="PRIOR",
        hint=tell("Only for the 3PL model, for example norm:-1.1:0.5 or beta:5:17."),
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
