"""Options of the methods of `examgen analyse cut`: tables, and arguments of functions of `examgen.stats`.

Those functions determine the permitted values and the defaults. The module imports little, so that the help
on a command is shown quickly.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from examgen.analysis.options import ArgumentOptions
from examgen.core.options import Argument, Option
from examgen.core.words import option, tell

# fmt: off
CENTRES = (("median", tell("median")), ("mean", tell("mean")))
Scale = Annotated[Literal["share", "percent"] | None, Option(
    tell("share (0 to 1) or percent (default: detected)."), label=tell("Scale"),
    hint=tell("Needed if the ratings can be read either way."), values=(
        ("", tell("detected")), ("share", tell("proportions from 0 to 1")),
        ("percent", tell("per cent")),
    ),
)]
Statistics = Annotated[Path | None, Option(
    tell("Item statistics: `item`, `facility`, `a`, `b`, `c` (default: those stored with the "
         "exam)."),
    label=tell("Statistics of items"), metavar="FILE",
)]
Centre = Annotated[str | None, Option(
    tell("median (default) or mean: of the judges, or of the borderline group."),
    label=tell("Centre"), hint="", values=CENTRES, metavar="CENTRE",
)]
Round = Annotated[Annotated[int, Field(ge=1)] | None, Option(
    tell("Default: the last round."), label=tell("Round"), metavar="N"
)]
Judged = Annotated[Path, Argument(
    tell("Candidates judged by judges: `candidate_id` or `score`, `group` (competent, borderline, "
         "not competent); `judge`, `form`."),
    label=tell("Judged candidates"),
)]


class SettingOptions(ArgumentOptions):
    """The options that every method has in addition to its own tables."""

    checked_by = "examgen.stats.cuts"
    words: ClassVar = {"argument response": option("rp"), "argument probability": option("at")}
    ARGUMENTS: ClassVar[dict[str, str]] = {"adjust_se": "adjust_se"}
    """Options that are arguments of the method's function, with the names of these arguments."""

    exam: Annotated[Path | None, Option(
        tell("Exam package with its forms, items and points. Needed for {out}.", out=option("out")),
        label=tell("Exam"), hint=tell("Exam that the cut belongs to. Needed to write a cut file."),
        metavar="DIR", exams=True, files=False,
    )] = None
    run: Annotated[str | None, Option(
        tell("Use the scores of candidates from this run of the exam."), label=tell("Run"), metavar="N"
    )] = None
    results: Annotated[Path | None, Option(
        tell("Folder of the results, if it is not the default."), metavar="DIR", is_rare=True
    )] = None
    totals: Annotated[Path | None, Option(
        tell("Scores of candidates: columns `candidate_id`, `score`, `form`."), label=tell("Scores"),
        metavar="FILE",
    )] = None
    points: Annotated[Annotated[int, Field(ge=1)] | None, Option(
        tell("Maximum score, if no exam is given."), label=tell("Maximum score"), metavar="N"
    )] = None
    adjust_se: Annotated[Annotated[float, Field(allow_inf_nan=False)] | None, Option(
        tell("Move the cut by this many of its standard errors, from -3 to 3; -1 favours "
             "candidates."),
        label=tell("Moved by standard errors"), metavar="N",
    )] = None

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the function, without options that are not set."""
        names = self.ARGUMENTS.items()
        return {own: value for name, own in names if (value := getattr(self, name)) is not None}


class AngoffOptions(SettingOptions):
    """The Angoff method: judges estimate how many borderline candidates answer each item correctly."""

    ARGUMENTS: ClassVar = {**SettingOptions.ARGUMENTS, "kind": "kind", "scale": "scale"}

    ratings: Annotated[tuple[Path, ...], Argument(
        tell("Ratings as proportions, percentages, or yes or no: `judge`, `item`, `rating`, or a "
             "column for each item or judge; `round` if there are several."),
        label=tell("Ratings"), metavar="RATINGS",
    )] = ()
    bank: Annotated[Path | None, Option(
        tell("Use the ratings on record in this bank instead of files."), label=tell("Use ratings on "
                                                                                   "record"),
        metavar="DIR",
    )] = None
    kind: Annotated[Literal["angoff", "angoff-yes-no"] | None, Option(
        tell("angoff or angoff-yes-no, if the bank has both."), label=tell("Kind of ratings"),
        hint=tell("Needed if the bank has both kinds."), values=(
            ("", tell("the kind in the bank")), ("angoff", tell("how many of 100")),
            ("angoff-yes-no", tell("yes or no")),
        ),
    )] = None
    round_: Round = None
    scale: Scale = None
    statistics: Statistics = None

    @model_validator(mode="after")
    def _has_ratings(self) -> Self:
        if bool(self.ratings) == (self.bank is not None):
            raise ValueError(
                tell("give files of ratings, or the bank that contains them with {bank}", bank=option("bank"))
            )
        return self


class EbelOptions(SettingOptions):
    """Ebel's method: judges state the expected share for each cell of a grid of difficulty and relevance."""

    placed: Annotated[Path, Argument(
        tell("Classification of items: `item`, `difficulty`, `relevance`; `judge`."),
        label=tell("Classification of items"), metavar="ITEMS",
    )]
    shares: Annotated[Path, Argument(
        tell("Expected proportions for each cell: `judge`, `difficulty`, `relevance`, `share`."),
        label=tell("Proportions for the cells"),
    )]
    scale: Scale = None
    statistics: Statistics = None


def _probability(value: Any) -> Any:
    try:
        return float(Fraction(str(value)))
    except (ValueError, ZeroDivisionError):
        raise ValueError(
            tell("{text} is not a probability. Write for example 0.67 or 2/3", text=value)
        ) from None


class BookmarkOptions(SettingOptions):
    """The bookmark method: the first item, from easy to hard, that a borderline candidate does not master."""

    ARGUMENTS: ClassVar = {**SettingOptions.ARGUMENTS, "rp": "response", "place": "place", "centre": "centre"}

    bookmarks: Annotated[Path, Argument(
        tell("Columns `judge`, `bookmark` (a page of the booklet, or an item), and `round`."),
        label=tell("Bookmarks"),
    )]
    parameters: Annotated[Path | None, Option(
        tell("Columns `item`, `a`, `b`, `c` from `analyse irt` (default: parameters stored with "
             "the exam)."), label=tell("Parameters"),
        hint=tell("A file with `item`, `a`, `b`, `c` (default: parameters stored with the exam)."),
        metavar="FILE",
    )] = None
    rp: Annotated[Annotated[float, BeforeValidator(_probability)] | None, Option(
        tell("Response probability: 0.67, 2/3 (default) or 0.5."), label=tell("Response probability"),
        metavar="P",
    )] = None
    no_guessing: Annotated[bool, Option(
        tell("Order items by the probability of knowing them, without guessing."),
        label=tell("Without guessing"), is_rare=True,
    )] = False
    place: Annotated[str | None, Option(
        tell("Item that a bookmark refers to: the one before it (default), at it, or between the two."),
        label=tell("Place of a bookmark"), hint=tell("Item that a bookmark refers to."), metavar="PLACE",
        values=(
            ("before", tell("the item before it")), ("at", tell("the item at it")),
            ("between", tell("midpoint between the two")),
        ),
    )] = None
    centre: Centre = None
    round_: Round = None

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the function, without options that are not set."""
        return super().arguments() | ({"guessing": False} if self.no_guessing else {})

    @model_validator(mode="after")
    def _has_parameters(self) -> Self:
        if self.parameters is None and self.exam is None:
            message = tell("give the parameters of the items with {parameters}, or the exam with {exam}",
                           parameters=option("parameters"), exam=option("exam"))
            raise ValueError(message)
        return self


class BorderlineOptions(SettingOptions):
    """The borderline group method: the median or mean score of candidates judged to be borderline."""

    ARGUMENTS: ClassVar = {**SettingOptions.ARGUMENTS, "centre": "centre"}

    candidates: Judged
    centre: Centre = None


class ContrastingOptions(SettingOptions):
    """The contrasting groups method: the score with a given probability of being judged competent."""

    ARGUMENTS: ClassVar = {**SettingOptions.ARGUMENTS, "at": "probability", "equal_groups": "equal_groups"}

    candidates: Judged
    at: Annotated[float | None, Option(
        tell("Probability that a candidate at the cut is judged competent (default: 0.5)."),
        label=tell("Probability at the cut"), metavar="P",
    )] = None
    equal_groups: Annotated[bool, Option(
        tell("Weight the groups as if they were equally large."), label=tell("Equal weights of groups"),
        is_rare=True,
    )] = False


class RegressionOptions(SettingOptions):
    """The borderline regression method: the score predicted for the borderline grade."""

    ARGUMENTS: ClassVar = {**SettingOptions.ARGUMENTS, "border": "border"}

    candidates: Annotated[Path, Argument(
        tell("Graded candidates: `candidate_id` or `score`, `grade`; `judge`, `form`."),
        label=tell("Graded candidates"),
    )]
    border: Annotated[float, Option(
        tell("Grade of candidates on the border."), label=tell("Grade on the border"), metavar="GRADE"
    )]


class HofsteeOptions(SettingOptions):
    """Hofstee's method: a compromise between cuts and fail rates that judges accept."""

    limits: Annotated[Path, Argument(
        tell("Limits that judges accept: `judge`, `min_cut`, `max_cut`, `min_fail`, `max_fail`."),
        label=tell("Limits"),
    )]


OPTIONS: Mapping[str, type[SettingOptions]] = {
    "angoff": AngoffOptions, "ebel": EbelOptions, "bookmark": BookmarkOptions,
    "borderline": BorderlineOptions, "contrasting": ContrastingOptions, "regression": RegressionOptions,
    "hofstee": HofsteeOptions,
}
"""The options of each method."""
# fmt: on
