"""`examgen analyse cut …`: what judges said, or how judged candidates did, to a cut and its error."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

import typer

from examgen.commands import screen
from examgen.commands.app import Json, Results, cut_app, day_of
from examgen.core.problems import WrongUsage
from examgen.core.words import tell

if TYPE_CHECKING:
    from examgen.analyses.standard_setting.subjects import SettingOptions


class CommonOptions(NamedTuple):
    """What every method is told beside its own tables."""

    exam: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The exam package: its forms, items and points; needed for --out."),
    ] = None
    run: Annotated[
        str | None, typer.Option(metavar="N", help="Scores of candidates from this run of the exam.")
    ] = None
    results: Results = None
    totals: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Scores of candidates: columns `candidate_id`, `score`, `form`."),
    ] = None
    points: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="The full score, where no exam is named.")
    ] = None
    adjust_se: Annotated[
        str,
        typer.Option(
            metavar="N",
            help="Move the cut by so many of its standard errors, -3 to 3; -1 favours candidates.",
        ),
    ] = "0"
    out: Annotated[
        Path | None,
        typer.Option(metavar="CUT.yaml", help="Write the file that `score --cut` reads."),
    ] = None
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who decided on the cut.")] = None
    reason: Annotated[str | None, typer.Option(metavar="WHY", help="Why, or by which minutes.")] = None
    date: Annotated[str | None, typer.Option(metavar="2026-06-19", help="The day of the decision.")] = None
    json: Json = False

    def common(self, *read: Path | None) -> SettingOptions:
        """For the analysis, once it is seen that the cut can be written; `read` are the method's files."""
        from examgen.analyses.standard_setting.cut_files import check_out
        from examgen.analyses.standard_setting.subjects import SettingOptions, moved_by

        moved = moved_by(self.adjust_se)
        if self.exam is not None and not self.exam.is_dir():
            message = tell("{exam} is not a folder: name the one that `examgen build` wrote", exam=self.exam)
            raise WrongUsage(message)
        day = day_of(self.date)
        check_out(self.out, self.exam, self.by, self.reason, day, (*read, self.totals))
        return SettingOptions(self.exam, moved, self.run, self.results, self.totals, self.points)

    def finish(self, found: dict[str, Any]) -> None:
        """Writes the cut where that is asked, and prints what was found."""
        from examgen.analyses.reported.cuts import of_cut
        from examgen.analyses.standard_setting.cut_files import write_cut

        day = day_of(self.date)
        if self.out is not None and day is not None:
            write_cut(self.out, found, self.by or "", self.reason or "", day)
        if self.json:
            screen.print_json(found)
            return
        screen.show(of_cut(found))
        if self.out is not None:
            screen.say(
                tell(
                    "written to {out}: score with it by `examgen score {exam} ANSWERS --cut {out}`",
                    out=self.out,
                    exam=self.exam,
                )
            )


def with_common(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each field of `CommonOptions`, in place of its parameter `said`."""
    fields = get_type_hints(CommonOptions, include_extras=True)
    defaults = CommonOptions._field_defaults
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name], annotation=kind)
        for name, kind in fields.items()
    ]
    signature = inspect.signature(command, eval_str=True)
    own = [one for one in signature.parameters.values() if one.name != "said"]

    @wraps(command)
    def told(**values: Any) -> None:
        command(said=CommonOptions(**{name: values.pop(name) for name in fields}), **values)

    told.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    return told


Statistics = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Of items: `item`, `facility`, `a`, `b`, `c`; else what the exam knows of its own.",
    ),
]
Scale = Annotated[
    str | None, typer.Option(metavar="NAME", help="share (0 to 1) or percent, where it cannot be told.")
]
Round = Annotated[int | None, typer.Option("--round", min=1, metavar="N", help="The last one if left out.")]


@cut_app.command("angoff")
@with_common
def angoff(
    *,
    ratings: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Ratings, shares or percentages, yes or no: `judge`, `item`, `rating`, or a column for each "
            "item or judge; `round` where there are several."
        ),
    ] = None,
    bank: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="In place of files: the ratings on record in this bank."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="NAME", help="angoff or angoff-yes-no, where the bank has both.")
    ] = None,
    round_: Round = None,
    scale: Scale = None,
    statistics: Statistics = None,
    said: CommonOptions,
) -> None:
    """Angoff: how many of the borderline candidates judges expect to answer each item rightly, summed up."""
    from examgen.analyses.standard_setting import judged

    files = ratings or []
    common = said.common(*files, statistics)
    said.finish(judged.angoff(common, files, bank, kind, round_, scale, statistics))  # type: ignore[arg-type]


@cut_app.command("ebel")
@with_common
def ebel(
    *,
    items: Annotated[
        Path,
        typer.Argument(help="Where items stand: `item`, `difficulty`, `relevance`; `judge`."),
    ],
    shares: Annotated[
        Path,
        typer.Argument(help="What judges expect of each cell: `judge`, `difficulty`, `relevance`, `share`."),
    ],
    scale: Scale = None,
    statistics: Statistics = None,
    said: CommonOptions,
) -> None:
    """Ebel: items in a grid of difficulty and relevance, and the share of each cell that judges expect."""
    from examgen.analyses.standard_setting import judged

    common = said.common(items, shares, statistics)
    said.finish(judged.ebel(common, items, shares, scale, statistics))  # type: ignore[arg-type]


@cut_app.command("bookmark")
@with_common
def bookmark(
    *,
    bookmarks: Annotated[
        Path, typer.Argument(help="`judge`, `bookmark` (a page of the booklet, or an item), and `round`.")
    ],
    parameters: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="`item`, `a`, `b`, `c` of `analyse irt`; else what the exam knows."
        ),
    ] = None,
    rp: Annotated[str, typer.Option(metavar="P", help="The response probability: 0.67, 2/3, 0.5.")] = "2/3",
    no_guessing: Annotated[
        bool, typer.Option("--no-guessing", help="Order items by who knows them, guessing taken off.")
    ] = False,
    place: Annotated[
        str, typer.Option(help="Which item a bookmark stands for: the one before it, at it, or between both.")
    ] = "before",
    centre: Annotated[
        str, typer.Option(help="The panel's cut: the median or the mean of its judges.")
    ] = "median",
    round_: Round = None,
    said: CommonOptions,
) -> None:
    """Bookmark: the first item, from easy to hard, that a borderline candidate does not master."""
    from examgen.analyses.standard_setting import bookmark_method

    response = bookmark_method.probability_of(rp)
    common = said.common(bookmarks, parameters)
    rule = bookmark_method.BookmarkRule(response, not no_guessing, place, centre)  # type: ignore[arg-type]
    said.finish(bookmark_method.bookmark(common, bookmarks, parameters, rule, round_))


Judged = Annotated[
    Path,
    typer.Argument(
        help="Candidates that judges know: `candidate_id` or `score`, `group` (competent, borderline, not "
        "competent); `judge`, `form`."
    ),
]


@cut_app.command("borderline")
@with_common
def borderline(
    *,
    candidates: Judged,
    centre: Annotated[str, typer.Option(help="The median of the group, or its mean.")] = "median",
    said: CommonOptions,
) -> None:
    """Borderline group: the median score of those whom judges hold to be on the border."""
    from examgen.analyses.standard_setting import groups

    common = said.common(candidates)
    said.finish(groups.borderline(common, candidates, centre))  # type: ignore[arg-type]


@cut_app.command("contrasting")
@with_common
def contrasting(
    *,
    candidates: Judged,
    at: Annotated[
        float, typer.Option(metavar="P", help="How likely somebody at the cut is held competent.")
    ] = 0.5,
    equal_groups: Annotated[
        bool, typer.Option("--equal-groups", help="As if as many had been held competent as not.")
    ] = False,
    said: CommonOptions,
) -> None:
    """Contrasting groups: the score from which a candidate is rather held competent than not."""
    from examgen.analyses.standard_setting import groups

    common = said.common(candidates)
    said.finish(groups.contrasting(common, candidates, at, equal_groups))


@cut_app.command("regression")
@with_common
def regression(
    *,
    candidates: Annotated[
        Path,
        typer.Argument(help="Graded candidates: `candidate_id` or `score`, `grade`; `judge`, `form`."),
    ],
    border: Annotated[float, typer.Option(metavar="GRADE", help="The grade of those on the border.")],
    said: CommonOptions,
) -> None:
    """Borderline regression: the score that a line through grades and scores has at the border."""
    from examgen.analyses.standard_setting import groups

    common = said.common(candidates)
    said.finish(groups.regression(common, candidates, border))


@cut_app.command("hofstee")
@with_common
def hofstee(
    *,
    limits: Annotated[
        Path,
        typer.Argument(help="What judges can bear: `judge`, `min_cut`, `max_cut`, `min_fail`, `max_fail`."),
    ],
    said: CommonOptions,
) -> None:
    """Hofstee: where the share who fail crosses what judges hold bearable."""
    from examgen.analyses.standard_setting import groups

    common = said.common(limits)
    said.finish(groups.hofstee_cut(common, limits))
