"""`examgen standard-setting …`: what judges said, or how judged candidates did, to a cut and its error."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

import typer

from examgen.cli.app import Json, app, day_of
from examgen.problems import WrongUsage
from examgen.words import tell

if TYPE_CHECKING:
    from examgen.workflow.standard_setting.subjects import Common

setting_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Set cut scores: ratings or judged candidates in, cuts with their errors out.",
)
app.add_typer(setting_app, name="standard-setting")


class CommonOptions(NamedTuple):
    """What every method is told beside its own tables."""

    exam: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The exam package: its forms, items and points; needed for --out."),
    ] = None
    run: Annotated[
        str | None, typer.Option(metavar="N", help="Scores of candidates from this run of the exam.")
    ] = None
    results: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder that `score --out` named.")
    ] = None
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

    def common(self, *read: Path | None) -> Common:
        """For the workflow, once it is seen that the cut can be written; `read` are the method's files."""
        from examgen.workflow.standard_setting.cut_files import check_out
        from examgen.workflow.standard_setting.subjects import Common

        try:
            moved = Decimal(self.adjust_se)
        except InvalidOperation:
            moved = Decimal("NaN")
        if not -3 <= (moved if moved.is_finite() else Decimal(9)) <= 3:
            message = tell("--adjust-se {text} is not a number from -3 to 3", text=self.adjust_se)
            raise WrongUsage(message)
        if self.exam is not None and not self.exam.is_dir():
            message = tell("{exam} is not a folder: name the one that `examgen build` wrote", exam=self.exam)
            raise WrongUsage(message)
        day = day_of(self.date)
        check_out(self.out, self.exam, self.by, self.reason, day, (*read, self.totals))
        return Common(self.exam, moved, self.run, self.results, self.totals, self.points)

    def finish(self, found: dict[str, Any]) -> None:
        """Writes the cut where that is asked, and prints what was found."""
        from examgen.cli import screen
        from examgen.workflow.standard_setting.cut_files import write_cut

        day = day_of(self.date)
        if self.out is not None and day is not None:
            write_cut(self.out, found, self.by or "", self.reason or "", day)
        if self.json:
            screen.print_json(found)
            return
        show(found)
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


@setting_app.command("angoff")
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
    from examgen.workflow.standard_setting import judged

    files = ratings or []
    common = said.common(*files, statistics)
    said.finish(judged.angoff(common, files, bank, kind, round_, scale, statistics))  # type: ignore[arg-type]


@setting_app.command("ebel")
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
    from examgen.workflow.standard_setting import judged

    common = said.common(items, shares, statistics)
    said.finish(judged.ebel(common, items, shares, scale, statistics))  # type: ignore[arg-type]


@setting_app.command("bookmark")
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
    from examgen.workflow.standard_setting import booklets

    try:
        response = float(Fraction(rp))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise WrongUsage(tell("--rp {rp} is not a probability: write 0.67, or 2/3", rp=rp)) from None
    common = said.common(bookmarks, parameters)
    rule = booklets.BookmarkRule(response, not no_guessing, place, centre)  # type: ignore[arg-type]
    said.finish(booklets.bookmark(common, bookmarks, parameters, rule, round_))


Judged = Annotated[
    Path,
    typer.Argument(
        help="Candidates that judges know: `candidate_id` or `score`, `group` (competent, borderline, not "
        "competent); `judge`, `form`."
    ),
]


@setting_app.command("borderline")
@with_common
def borderline(
    *,
    candidates: Judged,
    centre: Annotated[str, typer.Option(help="The median of the group, or its mean.")] = "median",
    said: CommonOptions,
) -> None:
    """Borderline group: the median score of those whom judges hold to be on the border."""
    from examgen.workflow.standard_setting import groups

    common = said.common(candidates)
    said.finish(groups.borderline(common, candidates, centre))  # type: ignore[arg-type]


@setting_app.command("contrasting")
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
    from examgen.workflow.standard_setting import groups

    common = said.common(candidates)
    said.finish(groups.contrasting(common, candidates, at, equal_groups))


@setting_app.command("regression")
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
    from examgen.workflow.standard_setting import groups

    common = said.common(candidates)
    said.finish(groups.regression(common, candidates, border))


@setting_app.command("hofstee")
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
    from examgen.workflow.standard_setting import groups

    common = said.common(limits)
    said.finish(groups.hofstee_cut(common, limits))


# ── on the screen ────────────────────────────────────────────────────────────────────────────


def show(found: dict[str, Any]) -> None:
    """Cuts, judges, rounds and notes, as somebody reads them once a year."""
    from examgen.cli import screen
    from examgen.models.cut_files import METHOD_WORDS

    screen.say(tell("cut score by {method}", method=METHOD_WORDS[found["method"]]), "bold")
    for one in found["forms"]:
        _show_form(one)
    if found.get("judges"):
        _show_judges(found["judges"])
    if len({one["round"] for one in found.get("rounds") or ()}) > 1:
        _show_rounds(found["rounds"], found["method"] == "bookmark")
    for one in found["notes"]:
        who = one.get("judge") or one.get("item") or one.get("form")
        if who:
            screen.say(tell("note: {who}: {message}", who=who, message=one["message"]), "yellow")
        else:
            screen.say(tell("note: {message}", message=one["message"]), "yellow")


def _show_rounds(rounds: list[dict[str, Any]], is_bookmark: bool) -> None:
    from examgen.cli import screen

    heads = [tell("round"), tell("form"), tell("cut"), tell("SE"), tell("judges")]
    values, errors = "judged", "se"
    if is_bookmark:
        heads[2], values, errors = tell("ability"), "theta", "se_theta"
    rows = [
        [str(one["round"]), one.get("form") or "–", _number(one[values], 2), _number(one[errors], 2),
         _number(one["judges"], 0)]
        for one in rounds
    ]  # fmt: skip
    screen.table(tell("rounds"), heads, rows)


def _show_form(one: dict[str, Any]) -> None:
    from examgen.cli import screen

    values = {
        "form": one["form"],
        "cut": _number(one["cut"], 2),
        "points": _number(one["points"], 0),
        "percent": _number(one["percent"], 1),
    }
    if one["points"] is None:
        screen.say(tell("cut {cut} points", **values), "bold")
    elif one["form"]:
        screen.say(tell("form {form}: {cut} of {points} points ({percent} %)", **values), "bold")
    else:
        screen.say(tell("cut {cut} of {points} points ({percent} %)", **values), "bold")
    if one["se"] is None:
        screen.say(tell("  no standard error"))
    elif one["se_over"] == "candidates":
        screen.say(
            tell("  standard error {se}, from {n} candidates", se=_number(one["se"], 2), n=one["candidates"])
        )
    else:
        screen.say(tell("  standard error {se} over {n} judges", se=_number(one["se"], 2), n=one["judges"]))
    for panel in one.get("panels") or ():
        if panel["se_both"] is not None:
            screen.say(
                tell(
                    "  with other items like these too: {both}; agreement of judges on items {agreement}",
                    both=_number(panel["se_both"], 2),
                    agreement=_number(panel["agreement"], 2),
                )
            )
    if one["judged"] != one["cut"]:
        screen.say(
            tell("  moved to {cut} from {judged}", cut=values["cut"], judged=_number(one["judged"], 2))
        )
    if one.get("impact"):
        rows = [
            [
                f"{row['se']:+d} SE" if row["se"] else tell("cut"),
                _number(row["cut"], 2),
                tell("{passing} of {n}", passing=row["passing"], n=row["candidates"]),
                f"{100 * row['share']:.1f} %",
            ]
            for row in one["impact"]
        ]
        screen.table(tell("who would pass"), [tell("at"), tell("points"), tell("pass"), tell("share")], rows)


def _show_judges(judges: list[dict[str, Any]]) -> None:
    from examgen.cli import screen

    several = len({one["form"] for one in judges}) > 1
    columns = [name for name in _COLUMNS if any(one.get(name) is not None for one in judges)]
    rows = [
        [
            one["judge"],
            *([one["form"]] if several else []),
            *(_number(one.get(name), 2) for name in columns),
            tell("stands apart") if one["outlying"] else "",
        ]
        for one in judges
    ]
    heads = [tell("judge"), *([tell("form")] if several else []), *(_COLUMNS[name] for name in columns), ""]
    screen.table(tell("judges"), heads, rows)


_COLUMNS = {
    "bookmark": tell("page"),
    "cut": tell("own cut"),
    "apart": tell("apart (t)"),
    "r_others": tell("r with others"),
    "r_facility": tell("r with facility"),
    "consistency": tell("consistency"),
}


def _number(value: Any, digits: int) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return str(value)
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if not float(text) else text
