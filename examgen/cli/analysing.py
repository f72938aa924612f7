"""`examgen analyse items`, `irt` and `dif`: one analysis of any response file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.cli.analysing_words import MinN, number, show_notes, shown, write
from examgen.cli.app import Json, analyse_app
from examgen.problems import WrongUsage

if TYPE_CHECKING:
    from examgen.workflow.response_sources import ResponseSource

ResponseFiles = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="Responses: CSV, CSV.GZ, XLSX or Parquet; a row a candidate, a column an item. Several are "
        "pooled through common items.",
    ),
]
Key = Annotated[
    Path | None, typer.Option(metavar="KEY.csv", help="Columns `item` and `key`: the cells are options.")
]
Control = Annotated[
    Path | None, typer.Option(metavar="FILE", help="An item control file as Iteman's, in place of a key.")
]
Exclude = Annotated[
    list[str] | None, typer.Option(metavar="COL,…", help="Columns that are not items.", show_default=False)
]
Omitted = Annotated[list[str] | None, typer.Option(metavar="CODE,…", help="Cells of omitted items.")]
NotReached = Annotated[
    list[str] | None, typer.Option("--not-reached", metavar="CODE,…", help="Cells of items not reached.")
]
NotAdministered = Annotated[
    list[str] | None,
    typer.Option("--not-administered", metavar="CODE,…", help="Cells of items not administered."),
]
Out = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the table of items as well: .csv or .xlsx.")
]
Blank = Annotated[
    str | None,
    typer.Option(
        metavar="KIND",
        help="What a blank is: omitted (with a key, where left out: wrong), not_reached or not_administered.",
    ),
]


def source_of(
    files: list[Path],
    key: Path | None,
    control: Path | None,
    exclude: list[str] | None,
    missing: tuple[list[str] | None, list[str] | None, list[str] | None, str | None],
) -> ResponseSource:
    """What the user says of a response file."""
    from examgen.workflow.response_sources import ResponseSource

    if key is not None and control is not None:
        raise WrongUsage("--key and --control both say what is right: give one of them")
    omitted, not_reached, not_administered, blank = missing
    return ResponseSource(
        tuple(files),
        key,
        control,
        _listed(exclude),
        _listed(omitted),
        _listed(not_reached),
        _listed(not_administered),
        blank.replace("-", "_") if blank else None,
    )


def may_write(out: Path | None, source: ResponseSource, *others: Path | None) -> None:
    """Raises WrongUsage where a file to be written is one of those that are read."""
    from examgen.workflow import response_sources

    response_sources.may_write(out, source, *others)


def _listed(values: list[str] | None) -> tuple[str, ...]:
    """Names given one by one or with commas between."""
    return tuple(name.strip() for value in values or () for name in value.split(",") if name.strip())


@analyse_app.command("items")
def analyse_items(
    files: ResponseFiles,
    key: Key = None,
    control: Control = None,
    exclude: Exclude = None,
    omitted: Omitted = None,
    not_reached: NotReached = None,
    not_administered: NotAdministered = None,
    blank: Blank = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Analyse the candidates of each value by themselves: forms."),
    ] = None,
    out: Out = None,
    min_n: MinN = None,
    json: Json = False,
) -> None:
    """Classical analysis: test, items, options, and keys that look wrong."""
    from examgen.cli import screen
    from examgen.workflow import item_analyses

    missing = (omitted, not_reached, not_administered, blank)
    source = source_of(files, key, control, exclude, missing)
    may_write(out, source)
    if by is None:
        found = item_analyses.analyse_items(source, min_n)
    elif out is not None:
        raise WrongUsage("--by goes without --out: the tables of several analyses are in its --json")
    else:
        found = item_analyses.analyse_items_by(source, by, min_n)
    if out is not None:
        write(out, found)
    if json:
        screen.print_json(found)
        return
    for one in found.get("groups", [found]):
        if by is not None:
            screen.say(f"{by} {one['group']}", "bold")
        _show_items(one)
    if by is not None:
        show_notes(found)


def _show_items(found: dict[str, Any]) -> None:
    from examgen.cli import screen

    _show_test(found["test"])
    heads = ["item", "n", "facility", "item-total", "item-rest", "biserial", "D27", "alpha without"]
    fields = ("facility", "item_total", "item_rest", "biserial", "d27", "alpha_if_deleted")
    rows = [[row["item"], row["n"], *(number(row[field]) for field in fields)] for row in found["items"]]
    screen.table("items", heads, rows, wide=True)
    for row in found["items"]:
        for flag in row["flags"]:
            screen.say(f"look at {row['item']}: {flag['message']} [{flag['code']}]")
    for alarm in found["alarms"]:
        screen.say(f"key alarm ({alarm['sure']}): {alarm['item']}: {alarm['message']}", "bold red")
    show_notes(found)


def _show_test(test: dict[str, Any]) -> None:
    from examgen.cli import screen

    screen.say(f"{test['n_candidates']} candidates, {test['n_items']} items", "bold")
    pairs = (
        ("mean", "mean"), ("sd", "sd"), ("alpha", "alpha"), ("KR-20", "kr20"), ("KR-21", "kr21"),
        ("lambda 2 of correlations", "lambda2"), ("omega", "omega"), ("split half", "split_half"),
        ("SEM", "sem"),
    )  # fmt: skip
    screen.say("  " + ", ".join(f"{name} {number(test[field])}" for name, field in pairs))


@analyse_app.command("irt")
def analyse_irt(
    files: ResponseFiles,
    model: Annotated[
        str,
        typer.Option(
            help="rasch-cml, rasch-jml, rasch, 1pl, 2pl, 3pl, 4pl; of partial scores grm, pcm, gpcm."
        ),
    ],
    prior_c: Annotated[
        str | None,
        typer.Option(metavar="PRIOR", help="Of lower asymptotes: norm:-1.1:0.5 (on the logit) or beta:5:17."),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Groups with abilities of their own; items alike (rasch, 2pl)."),
    ] = None,
    free: Annotated[
        list[str] | None, typer.Option(metavar="ITEM,…", help="With --group: items that may differ.")
    ] = None,
    anchors: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Known parameters: `item`, `a`, `b`, `c`; kept as they are."),
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(metavar="OUT.csv", help="Write abilities: ML, WLE, MAP, EAP.")
    ] = None,
    key: Key = None,
    control: Control = None,
    exclude: Exclude = None,
    omitted: Omitted = None,
    not_reached: NotReached = None,
    not_administered: NotAdministered = None,
    blank: Blank = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """An item response model: parameters with standard errors, fit, abilities."""
    from examgen.cli import screen
    from examgen.workflow.irt_analyses import analyse_irt as analyse

    missing = (omitted, not_reached, not_administered, blank)
    source = source_of(files, key, control, exclude, missing)
    may_write(out, source, anchors)
    if group is not None:
        from examgen.workflow.irt_groups import analyse_groups

        if anchors is not None or scores is not None or prior_c is not None:
            raise WrongUsage("--group goes without --anchors, --scores and --prior-c")
        found = analyse_groups(source, model, group, _listed(free))
    elif free:
        raise WrongUsage("--free goes with --group: it names items that may differ between groups")
    else:
        found = analyse(source, model, prior_c=prior_c, anchors=anchors, scores=scores)
    if out is not None:
        write(out, found)
    if json:
        screen.print_json(found)
        return
    told = found["model"]
    state = "converged" if told["converged"] else "NOT CONVERGED"
    steps = f"{state} after {told['iterations']} steps"
    screen.say(f"{told['name']}: {told['n_candidates']} candidates, {steps}", "bold")
    screen.say(
        f"  log-likelihood {number(told['log_likelihood'], 4)}, {told['n_parameters']} parameters, "
        f"AIC {number(told['aic'], 2)}, BIC {number(told['bic'], 2)}"
    )
    if told.get("sd", [None])[0] is not None:
        mean, sd = (f"{number(told[n][0])} ({number(told[f'se_{n}'][0])})" for n in ("mean", "sd"))
        screen.say(f"  ability: mean {mean}, sd {sd}")
    for one in found.get("groups", ()):
        spread = f"mean {number(one['mean'])} ({number(one['se_mean'])}), sd {number(one['sd'])}"
        screen.say(f"  group {one['group']}: {one['n']} candidates, {spread} ({number(one['se_sd'])})")
    fields = [field for field in _IRT_FIELDS if _tells(field, found["items"])]
    heads = ["item", *(_IRT_FIELDS[field] for field in fields)]
    rows = [[row["item"], *(shown(field, row) for field in fields)] for row in found["items"]]
    screen.table("items", heads, rows, wide=True)
    if scores is not None:
        screen.show_files("abilities:", [scores])
    show_notes(found)


_IRT_FIELDS = {
    "group": "group", "a": "a", "se_a": "se", "b": "b", "se_b": "se", "c": "c", "se_c": "se", "u": "u",
    "infit": "infit", "outfit": "outfit", "s_x2": "S-X2", "s_x2_df": "df", "s_x2_p": "p",
}  # fmt: skip


def _tells(field: str, items: list[dict[str, Any]]) -> bool:
    """Whether a column says anything: asymptotes that are 0 and 1 do not."""
    values = {row.get(field) for row in items} - {None}
    return field == "a" or bool(values - ({0.0, 1.0} if field in ("c", "u") else set()))


@analyse_app.command("dif")
def analyse_dif(
    files: ResponseFiles,
    group: Annotated[str, typer.Option(metavar="COL", help="The column that says a candidate's group.")],
    focal: Annotated[list[str], typer.Option(metavar="VALUE", help="Its value for the focal group.")],
    reference: Annotated[
        str | None, typer.Option(metavar="VALUE", help="Its value for the reference group; else all others.")
    ] = None,
    method: Annotated[str, typer.Option(help="mh, logistic, std, raju, lr or sibtest.")] = "mh",
    purify: Annotated[bool, typer.Option("--purify", help="Match on the items without DIF.")] = False,
    no_correction: Annotated[
        bool, typer.Option("--no-correction", help="Mantel–Haenszel without continuity correction.")
    ] = False,
    adjust: Annotated[
        str | None, typer.Option(metavar="HOW", help="For many tests: bh, holm or bonferroni.")
    ] = None,
    alpha: Annotated[float, typer.Option(help="Level of the tests.")] = 0.05,
    kind: Annotated[
        str, typer.Option(help="Which DIF is flagged (logistic, raju, lr): both, udif or nudif.")
    ] = "both",
    criterion: Annotated[str, typer.Option(help="Of logistic: lrt or wald.")] = "lrt",
    model: Annotated[str, typer.Option(help="Of raju and lr: 2pl or rasch.")] = "2pl",
    key: Key = None,
    control: Control = None,
    exclude: Exclude = None,
    omitted: Omitted = None,
    not_reached: NotReached = None,
    not_administered: NotAdministered = None,
    blank: Blank = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Items that are harder for one group than for candidates of like ability in another."""
    from examgen.cli import dif_words, screen
    from examgen.workflow.dif_analyses import DifAsked
    from examgen.workflow.dif_analyses import analyse_dif as analyse

    source = source_of(files, key, control, exclude, (omitted, not_reached, not_administered, blank))
    may_write(out, source)
    tests = (purify, not no_correction, adjust, alpha, kind, criterion, model)
    asked = DifAsked(group, _listed(focal), method, reference, *tests)
    found = analyse(source, asked)
    if out is not None:
        write(out, found)
    if json:
        screen.print_json(found)
        return
    sizes = "; ".join(f"{one['role']} {one['group']}: {one['n']}" for one in found["groups"])
    screen.say(f"{method}: {sizes}", "bold")
    dif_words.show_items(found)
    show_notes(found)
