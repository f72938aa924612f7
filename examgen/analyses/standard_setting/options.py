"""What each method of standard setting is asked: its tables, and what all of them have in common."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from examgen.core.options import Argument, Option, Options
from examgen.core.words import option, tell


class SettingOptions(Options):
    """What every method is asked beside its own tables."""

    exam: Annotated[
        Path | None,
        Option(
            tell("The exam package: its forms, items and points; needed for {out}.", out=option("out")),
            label=tell("Exam"),
            hint=tell("The exam whose cut it is; needed to write the cut as a file."),
            metavar="DIR",
            exams=True,
            files=False,
        ),
    ] = None
    run: Annotated[
        str | None,
        Option(
            tell("Scores of candidates from this run of the exam."),
            label=tell("Run"),
            metavar="N",
        ),
    ] = None
    results: Annotated[
        Path | None,
        Option(tell("The folder of the results, where it is another."), metavar="DIR", is_rare=True),
    ] = None
    totals: Annotated[
        Path | None,
        Option(
            tell("Scores of candidates: columns `candidate_id`, `score`, `form`."),
            label=tell("Scores"),
            metavar="FILE",
        ),
    ] = None
    points: Annotated[
        Annotated[int, Field(ge=1)] | None,
        Option(tell("The full score, where no exam is named."), label=tell("Full score"), metavar="N"),
    ] = None
    adjust_se: Annotated[
        Decimal,
        Field(ge=-3, le=3),
        Option(
            tell("Move the cut by so many of its standard errors, -3 to 3; -1 favours candidates."),
            label=tell("Moved by standard errors"),
            metavar="N",
        ),
    ] = Decimal(0)


Scale = Annotated[
    Literal["share", "percent"] | None,
    Option(
        tell("share (0 to 1) or percent, where it cannot be told."),
        label=tell("Scale"),
        hint=tell("Where ratings could be read either way."),
        values=(
            ("", tell("as the ratings show")),
            ("share", tell("shares from 0 to 1")),
            ("percent", tell("per cent")),
        ),
    ),
]
Statistics = Annotated[
    Path | None,
    Option(
        tell("Of items: `item`, `facility`, `a`, `b`, `c`; else what the exam knows of its own."),
        label=tell("Statistics of items"),
        metavar="FILE",
    ),
]
CENTRES = (("median", tell("median")), ("mean", tell("mean")))
Round = Annotated[
    Annotated[int, Field(ge=1)] | None,
    Option(tell("The last one if left out."), label=tell("Round"), metavar="N"),
]


class AngoffOptions(SettingOptions):
    """How many of the borderline candidates judges expect to answer each item rightly."""

    ratings: Annotated[
        tuple[Path, ...],
        Argument(
            tell(
                "Ratings, shares or percentages, yes or no: `judge`, `item`, `rating`, or a column for each "
                "item or judge; `round` where there are several."
            ),
            label=tell("Ratings"),
            metavar="RATINGS",
        ),
    ] = ()
    bank: Annotated[
        Path | None,
        Option(
            tell("In place of files: the ratings on record in this bank."),
            label=tell("By ratings on record"),
            metavar="DIR",
        ),
    ] = None
    kind: Annotated[
        Literal["angoff", "angoff-yes-no"] | None,
        Option(
            tell("angoff or angoff-yes-no, where the bank has both."),
            label=tell("Kind of ratings"),
            hint=tell("Where the bank has both."),
            values=(
                ("", tell("the kind that is there")),
                ("angoff", tell("how many of 100")),
                ("angoff-yes-no", tell("yes or no")),
            ),
        ),
    ] = None
    round_: Round = None
    scale: Scale = None
    statistics: Statistics = None

    @model_validator(mode="after")
    def _has_ratings(self) -> Self:
        if bool(self.ratings) == (self.bank is not None):
            raise ValueError(
                tell("name files of ratings, or the bank that has them with {bank}", bank=option("bank"))
            )
        return self


class EbelOptions(SettingOptions):
    """Items in a grid of difficulty and relevance, and the share of each cell that judges expect."""

    placed: Annotated[
        Path,
        Argument(
            tell("Where items stand: `item`, `difficulty`, `relevance`; `judge`."),
            label=tell("Where items stand"),
            metavar="ITEMS",
        ),
    ]
    shares: Annotated[
        Path,
        Argument(
            tell("What judges expect of each cell: `judge`, `difficulty`, `relevance`, `share`."),
            label=tell("Shares of the cells"),
        ),
    ]
    scale: Scale = None
    statistics: Statistics = None


def _probability(value: Any) -> Any:
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        raise ValueError(tell("{text} is not a probability: write 0.67, or 2/3", text=value)) from None


class BookmarkOptions(SettingOptions):
    """The first item, from easy to hard, that a borderline candidate does not master."""

    bookmarks: Annotated[
        Path,
        Argument(
            tell("`judge`, `bookmark` (a page of the booklet, or an item), and `round`."),
            label=tell("Bookmarks"),
        ),
    ]
    parameters: Annotated[
        Path | None,
        Option(
            tell("`item`, `a`, `b`, `c` of `analyse irt`; else what the exam knows."),
            label=tell("Parameters"),
            hint=tell("A file with `item`, `a`, `b`, `c`; else what the exam knows."),
            metavar="FILE",
        ),
    ] = None
    rp: Annotated[
        Fraction,
        Field(gt=0, lt=1),
        BeforeValidator(_probability),
        Option(
            tell("The response probability: 0.67, 2/3, 0.5."), label=tell("Response probability"), metavar="P"
        ),
    ] = Fraction(2, 3)
    no_guessing: Annotated[
        bool,
        Option(
            tell("Order items by who knows them, guessing taken off."),
            label=tell("Without guessing"),
            is_rare=True,
        ),
    ] = False
    place: Annotated[
        Literal["before", "at", "between"],
        Option(
            tell("Which item a bookmark stands for: the one before it, at it, or between both."),
            label=tell("Place of a bookmark"),
            hint=tell("Which item a bookmark stands for."),
            values=(
                ("before", tell("the item before it")),
                ("at", tell("the item at it")),
                ("between", tell("the middle between both")),
            ),
        ),
    ] = "before"
    centre: Annotated[
        Literal["median", "mean"],
        Option(
            tell("The panel's cut: the median or the mean of its judges."),
            label=tell("Centre"),
            hint="",
            values=CENTRES,
        ),
    ] = "median"
    round_: Round = None

    @model_validator(mode="after")
    def _has_parameters(self) -> Self:
        if self.parameters is None and self.exam is None:
            raise ValueError(
                tell(
                    "name the parameters of the items with {parameters}, or the exam with {exam}",
                    parameters=option("parameters"),
                    exam=option("exam"),
                )
            )
        return self


Judged = Annotated[
    Path,
    Argument(
        tell(
            "Candidates that judges know: `candidate_id` or `score`, `group` (competent, borderline, not "
            "competent); `judge`, `form`."
        ),
        label=tell("Judged candidates"),
    ),
]


class BorderlineOptions(SettingOptions):
    """The median score of those whom judges hold to be on the border."""

    candidates: Judged
    centre: Annotated[
        Literal["median", "mean"],
        Option(tell("The median of the group, or its mean."), label=tell("Centre"), hint="", values=CENTRES),
    ] = "median"


class ContrastingOptions(SettingOptions):
    """The score from which a candidate is rather held competent than not."""

    candidates: Judged
    at: Annotated[
        float,
        Field(gt=0, lt=1),
        Option(
            tell("How likely somebody at the cut is held competent."),
            label=tell("Likelihood at the cut"),
            metavar="P",
        ),
    ] = 0.5
    equal_groups: Annotated[
        bool,
        Option(
            tell("As if as many had been held competent as not."),
            label=tell("Groups as if equal"),
            is_rare=True,
        ),
    ] = False


class RegressionOptions(SettingOptions):
    """The score that a line through grades and scores has at the border."""

    candidates: Annotated[
        Path,
        Argument(
            tell("Graded candidates: `candidate_id` or `score`, `grade`; `judge`, `form`."),
            label=tell("Graded candidates"),
        ),
    ]
    border: Annotated[
        float,
        Field(allow_inf_nan=False),
        Option(tell("The grade of those on the border."), label=tell("Grade at the border"), metavar="GRADE"),
    ]


class HofsteeOptions(SettingOptions):
    """Where the share who fail crosses what judges hold bearable."""

    limits: Annotated[
        Path,
        Argument(
            tell("What judges can bear: `judge`, `min_cut`, `max_cut`, `min_fail`, `max_fail`."),
            label=tell("Limits"),
        ),
    ]
