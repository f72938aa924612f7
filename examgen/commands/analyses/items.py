"""`examgen analyse items`, `irt` and `dif`: one analysis of any response file.

What analyses found, as a person reads it on a screen or finds it in a file.

DIF on the screen: the table of items, what its columns mean, and in words whom an item favours.

`examgen analyse exam`.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.analyses.reported.parts import notes_of, number
from examgen.commands import screen
from examgen.commands.app import ExamDir, Json, ScoredRun, Workspace, analyse_app, day_of, workspace_near
from examgen.commands.response_options import ResponseFiles, ResponseOptions, with_response_options
from examgen.commands.runs import head_of
from examgen.commands.screen import reader
from examgen.core.problems import WrongUsage
from examgen.core.words import joined, noted, tell

if TYPE_CHECKING:
    from examgen.analyses.statistics import WrittenStatistics
    from examgen.reports.analysis_report.writing import ReportFiles

MinN = Annotated[
    int | None,
    typer.Option(
        "--min-n",
        min=1,
        show_default=False,
        help="Fewer candidates of an item raise no flag and no alarm; else 20 for what is beyond chance, 50 "
        "for the rest.",
    ),
]


def shown(field: str, row: dict[str, Any]) -> str:
    """A value of a row; degrees of freedom are whole, and no p is 0."""
    value = row.get(field)
    if field.rpartition("_")[2] == "p" and value is not None and value < 0.001:
        return "< 0.001"
    return number(value, 0 if field.endswith("_df") else 3)


def write(out: Path, found: dict[str, Any]) -> None:
    """The rows of items, and of options, as a file."""
    from examgen.analyses.files import write_rows

    write_rows(out, {name: found[name] for name in ("items", "options") if found.get(name)})


_FIELDS = {
    "mh": ("mh_chisq", "mh_p", "mh_alpha", "mh_delta", "ets_signed", "favours", "flagged"),
    "logistic": ("lr_uniform", "lr_nonuniform", "lr_both", "p", "delta_r2", "class", "favours", "flagged"),
    "std": ("std_p_dif", "std_alpha", "std_class", "favours", "flagged"),
    "raju": ("signed_area", "signed_z", "unsigned_area", "unsigned_z", "favours", "flagged"),
    "lr": ("lr_chisq", "lr_df", "lr_p", "favours", "flagged"),
    "sibtest": ("beta", "se", "chisq", "p", "cross_beta", "cross_chisq", "cross_p", "favours", "flagged"),
}
_HEADS = {
    "ets_signed": "ets",
    "class": tell("class"),
    "favours": tell("favours"),
    "flagged": tell("flagged"),
}
"""Of other fields their names, which the documents of `--json` and `--out` have, too."""
_SIDES = {"reference": noted("reference {group}: {n}"), "focal": noted("focal {group}: {n}")}
_LEGEND = {
    "mh": (
        noted(
            "mh_alpha: odds of a right answer of {r} over those of {f} with like totals; above 1 it favours "
            "{r}. mh_delta: -2.35 log mh_alpha; negative, harder for {f}."
        ),
        noted("ets: A negligible, B moderate, C large; - favours {r}, + favours {f}."),
    ),
    "logistic": (
        noted("class: A negligible, B moderate, C large, by delta_r2. crossing: it depends on the total."),
    ),
    "std": (
        noted("std_p_dif: share right of {f} less that of {r} with like totals; negative, harder for {f}."),
    ),
    "raju": (noted("signed_area: difficulty for {f} less that for {r}; positive, harder for {f}."),),
    "lr": (noted("favours: the group for which the item is easier, where its difficulty may differ."),),
    "sibtest": (
        noted("beta: share right of {r} less that of {f} with like true scores; positive, harder for {f}."),
    ),
}


def show_items(found: dict[str, Any]) -> None:
    """The table, its legend, and a line for each item that is flagged."""
    method, items = found["method"], found["items"]
    several = len(found["groups"]) > 2
    fields = [field for field in _FIELDS[method] if items and field in items[0]]
    if several:
        fields = [field for field in fields if field not in ("favours", "ets_signed")]
    rows = [
        [
            row["item"],
            *(  # whom an item favours may depend on the total
                tell("crossing") if (field, row.get(field)) == ("favours", "crossing") else shown(field, row)
                for field in fields
            ),
        ]
        for row in items
    ]
    screen.table(
        tell("items"), [tell("item"), *(_HEADS.get(field, field) for field in fields)], rows, wide=True
    )
    reference, *focal = (one["group"] for one in found["groups"])
    for words in () if several else _LEGEND[method]:
        screen.say(tell(words, r=reference, f=focal[0]))
    alike = tell("ability") if method in ("raju", "lr") else tell("totals")
    for group, own in ((one["focal"], one["items"]) for one in found["contrasts"]):
        _show_flagged(own, reference, group, alike)
    if not several:
        _show_flagged(items, reference, focal[0], alike)


def _show_flagged(items: list[dict[str, Any]], reference: str, focal: str, alike: str) -> None:
    for row in items:
        if not row.get("flagged"):
            continue
        size = f" [{row['ets_signed']}]" if row.get("ets_signed") else ""
        screen.say(
            tell(
                "look at {item}: {whom}{size}",
                item=row["item"],
                whom=_whom(row.get("favours"), reference, focal, alike),
                size=size,
            )
        )


def _whom(favours: str | None, reference: str, focal: str, alike: str) -> str:
    if favours in (reference, focal):
        other = focal if favours == reference else reference
        return tell(
            "it favours {favours}: among candidates of like {alike} it is harder for {other}",
            favours=favours,
            alike=alike,
            other=other,
        )
    if favours == "crossing":
        return tell(
            "whether it favours {reference} or {focal} depends on the total", reference=reference, focal=focal
        )
    return tell("it is not alike for {reference} and {focal}", reference=reference, focal=focal)


@analyse_app.command("exam")
def analyse_exam(
    exam_dir: ExamDir,
    run: ScoredRun = None,
    model: Annotated[
        str | None,
        typer.Option(help="rasch, 1pl, 2pl or 3pl; else by the number of candidates."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="In place of analysis/run-NNNN of the package.")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="The report as PDF as well.")] = True,
    write_back: Annotated[
        bool, typer.Option("--write-back", help="Write statistics.csv of the units in the bank.")
    ] = False,
    administration: Annotated[
        str | None, typer.Option(metavar="NAME", help="What the sitting is called there; else the exam's id.")
    ] = None,
    day: Annotated[
        str | None, typer.Option("--date", metavar="2026-06-19", help="The day of the sitting.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace lines of another administration of that name.")
    ] = False,
    synthetic: Annotated[
        bool,
        typer.Option("--synthetic", help="Write back what synthetic candidates did, under a marked name."),
    ] = False,
    own_scale: Annotated[
        bool,
        typer.Option("--own-scale", help="Write parameters on the scale of these candidates, unlinked."),
    ] = False,
    min_n: MinN = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """The whole report of an administration; with --write-back its statistics go to the bank."""
    from examgen.analyses import exam, statistics
    from examgen.core.changes import change
    from examgen.reports.analysis_report import writing as report

    place = workspace_near(workspace, exam_dir / "exam.yaml")
    when = day_of(day)
    if write_back and when is None:
        raise WrongUsage(
            tell("--write-back needs --date: the day of the sitting tells administrations apart")
        )
    found = exam.analyse_exam(exam_dir, run, model=model, min_n=min_n, progress=screen.progress)
    written = None
    if write_back:
        administration = statistics.sitting_name(exam_dir, found.administration, administration, synthetic)
    with change(place / "item_bank") if write_back else nullcontext() as both:
        files = report.write_report(
            exam_dir, found, place, out, pdf=pdf, progress=screen.progress, within=both
        )
        if write_back:
            parameters = statistics.parameters_of(found.fit, found.chosen.items)
            written = statistics.write_statistics(
                found.administration,
                place / "item_bank",
                administration,
                when,
                parameters,
                replace,
                both,
                own_scale,
            )
            lacking = len(found.chosen.items) - len(parameters)
            if lacking:
                screen.progress(
                    tell(
                        "model parameters of {lacking} items are not sound and were not written",
                        lacking=lacking,
                    )
                )
    if json:
        screen.print_json(
            {
                **found.document,
                "files": [str(files.folder / name) for name in files.names],
                "written": _written(written),
            }
        )
        return
    _show(found.document, files, written)


def _written(written: WrittenStatistics | None) -> dict[str, Any] | None:
    if written is None:
        return None
    link = None if written.link is None else written.link._asdict()
    return {**written._asdict(), "files": [str(path) for path in written.files], "link": link}


def _show(found: dict[str, Any], files: ReportFiles, written: WrittenStatistics | None) -> None:
    head_of(found)
    for form in found["forms"]:
        screen.say(
            tell(
                "  form {form}: {n_candidates} candidates, {n_items} items, mean {mean}, alpha "
                "{alpha}, SEM {sem}",
                form=form["form"],
                n_candidates=form["n_candidates"],
                n_items=form["n_items"],
                mean=number(form["mean"], 1),
                alpha=number(form["alpha"]),
                sem=number(form["sem"], 2),
            )
        )
    _show_alarms(found)
    flagged = [row for row in found["items"] if row["flags"]]
    screen.say(
        tell(
            "  {n} of {n_examined} items to look at, {found_n} key alarm(s)",
            n=len(flagged),
            n_examined=found["n_examined"],
            found_n=len(found["alarms"]),
        )
    )
    if left := found["n_items"] - found["n_examined"]:
        screen.say(
            tell(
                "  not examined: {left} of {n_items} items, for fewer than {min_n} candidates each (--min-n)",
                left=left,
                n_items=found["n_items"],
                min_n=found["min_n"],
            ),
            "yellow",
        )
    if few := found["n_examined"] - found["n_fully_examined"]:
        screen.say(
            tell(
                "  {few} of {n_items} items had fewer than {min_n_fully} candidates: only what is "
                "beyond chance is told of them, and an item that is not named need not be sound",
                few=few,
                n_items=found["n_items"],
                min_n_fully=found["min_n_fully"],
            ),
            "yellow",
        )
    screen.show(notes_of(found))
    screen.show_files(
        tell("report (names keys: keep it under lock):"), [files.folder / name for name in files.names]
    )
    if written is not None:
        screen.show_files(tell("{n_lines} lines of statistics:", n_lines=written.n_lines), written.files)
        if written.link is not None and written.link.message:
            screen.say(tell("  {message}", message=written.link.message))
        if written.history:
            screen.say(
                tell(
                    "  history at once, text or key has changed since: {history}",
                    history=", ".join(written.history),
                ),
                "yellow",
            )
        if written.unknown:
            screen.say(
                tell("  no longer in the bank: {unknown}", unknown=", ".join(written.unknown)), "yellow"
            )


Out = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the table of items as well: .csv or .xlsx.")
]


@analyse_app.command("items")
@with_response_options
def analyse_items(
    *,
    files: ResponseFiles,
    said: ResponseOptions,
    by: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Analyse the candidates of each value by themselves: forms."),
    ] = None,
    out: Out = None,
    min_n: MinN = None,
    json: Json = False,
) -> None:
    """Classical analysis: test, items, options, and keys that look wrong."""
    from examgen.analyses import items as item_analyses

    source = said.of(files, out)
    if by is None:
        found = item_analyses.analyse_items(source, min_n)
    elif out is not None:
        raise WrongUsage(tell("--by goes without --out: the tables of several analyses are in its --json"))
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
        screen.say(
            tell(
                "{n_candidates} candidates, {n_items} items",
                n_candidates=one["test"]["n_candidates"],
                n_items=one["test"]["n_items"],
            ),
            "bold",
        )
        pairs = (
            (tell("mean"), "mean"), (tell("sd"), "sd"), ("alpha", "alpha"), ("KR-20", "kr20"),
            ("KR-21", "kr21"), (tell("lambda 2 of correlations"), "lambda2"), ("omega", "omega"),
            (tell("split half"), "split_half"), ("SEM", "sem"),
        )  # fmt: skip
        parts = [tell("{name} {value}", name=name, value=number(one["test"][field])) for name, field in pairs]
        screen.say(tell("  {parts}", parts=joined(parts)))
        heads = [
            tell("item"),
            "n",
            tell("facility"),
            tell("item-total"),
            tell("item-rest"),
            tell("biserial"),
            "D27",
            tell("alpha without"),
        ]
        fields = ("facility", "item_total", "item_rest", "biserial", "d27", "alpha_if_deleted")
        rows = [[row["item"], row["n"], *(number(row[field]) for field in fields)] for row in one["items"]]
        screen.table(tell("items"), heads, rows, wide=True)
        for row in one["items"]:
            for flag in row["flags"]:
                screen.say(
                    tell(
                        "look at {item}: {message} [{code}]",
                        item=row["item"],
                        message=flag["message_th" if reader() == "th" else "message"],
                        code=flag["code"],
                    )
                )
        _show_alarms(one)
        screen.show(notes_of(one))
    if by is not None:
        screen.show(notes_of(found))


def _show_alarms(found: dict[str, Any]) -> None:
    for alarm in found["alarms"]:
        screen.say(
            tell(
                "key alarm ({sure}): {item}: {message}",
                sure=alarm["sure"],
                item=alarm["item"],
                message=alarm["message"],
            ),
            "bold red",
        )


@analyse_app.command("irt")
@with_response_options
def analyse_irt(
    *,
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
        typer.Option(
            metavar="COL", help="Groups with abilities of their own; items alike (rasch, 1pl, 2pl, 3pl)."
        ),
    ] = None,
    free: Annotated[
        list[str] | None, typer.Option(metavar="ITEM,…", help="With --group: items that may differ.")
    ] = None,
    anchors: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Known parameters: `item`, `a`, `b`, `c`; kept as they are."),
    ] = None,
    fix_ability: Annotated[
        str | None,
        typer.Option(
            metavar="MEAN,SD",
            help="With --anchors of all items: the population of MAP and EAP, not estimated. `0,1` scores "
            "new candidates by the parameters of a bank.",
        ),
    ] = None,
    scores: Annotated[
        Path | None,
        typer.Option(metavar="OUT.csv", help="Write abilities (ML, WLE, MAP, EAP) and person fit at WLE."),
    ] = None,
    said: ResponseOptions,
    out: Out = None,
    json: Json = False,
) -> None:
    """An item response model: parameters with standard errors, fit, abilities."""
    from examgen.analyses.irt import analyse_irt as analyse

    source = said.of(files, out, anchors)
    if group is not None:
        from examgen.analyses.irt_groups import analyse_groups
        from examgen.analyses.options import listed

        if anchors is not None or fix_ability is not None or scores is not None:
            raise WrongUsage(tell("--group goes without --anchors, --fix-ability and --scores"))
        found = analyse_groups(source, model, group, listed(free), prior_c)
    elif free:
        raise WrongUsage(tell("--free goes with --group: it names items that may differ between groups"))
    else:
        found = analyse(
            source, model, prior_c=prior_c, anchors=anchors, fix_ability=fix_ability, scores=scores
        )
    if out is not None:
        write(out, found)
    if json:
        screen.print_json(found)
        return
    _show_model(found)
    fields = [field for field in _IRT_FIELDS if _tells(field, found["items"])]
    heads = [tell("item"), *(_IRT_FIELDS[field] for field in fields)]
    rows = [[row["item"], *(shown(field, row) for field in fields)] for row in found["items"]]
    screen.table(tell("items"), heads, rows, wide=True)
    if scores is not None:
        screen.show_files(tell("abilities, and person fit at WLE:"), [scores])
    screen.show(notes_of(found))


def _show_model(found: dict[str, Any]) -> None:
    """How well the model was fitted, and the abilities of its groups."""
    told = found["model"]
    state = tell("converged") if told["converged"] else tell("NOT CONVERGED")
    steps = tell("{state} after {iterations} steps", state=state, iterations=told["iterations"])
    screen.say(
        tell(
            "{name}: {n_candidates} candidates, {steps}",
            name=told["name"],
            n_candidates=told["n_candidates"],
            steps=steps,
        ),
        "bold",
    )
    screen.say(
        tell(
            "  log-likelihood {log_likelihood}, {n_parameters} parameters, AIC {aic}, BIC {bic}",
            log_likelihood=number(told["log_likelihood"], 4),
            n_parameters=told["n_parameters"],
            aic=number(told["aic"], 2),
            bic=number(told["bic"], 2),
        )
    )
    if told.get("sd", [None])[0] is not None:
        mean, sd = (f"{number(told[n][0])} ({number(told[f'se_{n}'][0])})" for n in ("mean", "sd"))
        screen.say(tell("  ability: mean {mean}, sd {sd}", mean=mean, sd=sd))
    for one in found.get("groups", ()):
        spread = tell(
            "mean {mean} ({se_mean}), sd {sd}",
            mean=number(one["mean"]),
            se_mean=number(one["se_mean"]),
            sd=number(one["sd"]),
        )
        screen.say(
            tell(
                "  group {group}: {n} candidates, {spread} ({se_sd})",
                group=one["group"],
                n=one["n"],
                spread=spread,
                se_sd=number(one["se_sd"]),
            )
        )


_IRT_FIELDS = {
    "group": tell("group"), "a": "a", "se_a": tell("se"), "b": "b", "se_b": tell("se"), "c": "c",
    "se_c": tell("se"), "u": "u",
    "infit": tell("infit"), "infit_z": "Z", "infit_t": "t", "outfit": tell("outfit"), "outfit_z": "Z",
    "outfit_t": "t", "s_x2": "S-X2", "s_x2_df": tell("df"), "s_x2_p": "p",
}  # fmt: skip


def _tells(field: str, items: list[dict[str, Any]]) -> bool:
    """Whether a column says anything: asymptotes that are 0 and 1 do not."""
    dull = (None, 0.0, 1.0) if field in ("c", "u") else (None,)
    return field == "a" or any(row.get(field) not in dull for row in items)


@analyse_app.command("dif")
@with_response_options
def analyse_dif(
    *,
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
    least: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Of sibtest: leave out rest scores that N or fewer of a group have (else 5)."
        ),
    ] = None,
    said: ResponseOptions,
    out: Out = None,
    json: Json = False,
) -> None:
    """Items that are harder for one group than for candidates of like ability in another."""
    from examgen.analyses.dif import DifOptions
    from examgen.analyses.dif import analyse_dif as analyse
    from examgen.analyses.options import listed

    source = said.of(files, out)
    tests = (purify, not no_correction, adjust, alpha, kind, criterion, model, least)
    asked = DifOptions(group, listed(focal), method, reference, *tests)
    found = analyse(source, asked)
    if out is not None:
        write(out, found)
    if json:
        screen.print_json(found)
        return
    sizes = [tell(_SIDES[one["role"]], group=one["group"], n=one["n"]) for one in found["groups"]]
    screen.say(tell("{method}: {sizes}", method=method, sizes=joined(sizes, "; ")), "bold")
    show_items(found)
    screen.show(notes_of(found))
