"""The commands: each parses its words, calls one function of `workflow` and prints the outcome."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.problems import Exit, Refused, WrongUsage

app = typer.Typer(
    name="examgen",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Rich's help loads a Markdown parser: half of the start-up time
    help="Exams from competency standards: item bank, parallel forms, papers, results per criterion.",
)
unit_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Read unit documents, show what was read.",
)
bank_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Check the item bank, see what it covers."
)
app.add_typer(unit_app, name="unit")
app.add_typer(bank_app, name="bank")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Workspace = Annotated[
    Path | None,
    typer.Option(help="Folder with item_bank/ and output/; else the nearest one upwards from here."),
]
ExamDir = Annotated[Path, typer.Argument(help="The exam package: the folder that `build` wrote.")]


def _workspace(given: Path | None) -> Path:
    from examgen import workflow

    if given is not None and not given.is_dir():
        raise WrongUsage(f"{given} is no folder: make a workspace with `examgen init {given}`")
    return given if given is not None else workflow.find_workspace(Path.cwd())


def _version(wanted: bool) -> None:
    if wanted:
        from examgen import __version__

        typer.echo(f"examgen {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version.")
    ] = False,
) -> None:
    """Options of every command."""


@unit_app.command("import")
def unit_import(
    files: Annotated[list[Path], typer.Argument(help="Unit documents: .txt, .md, .html.")],
    into: Annotated[Path | None, typer.Option(help="The bank; by default the workspace's item_bank.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and show, write nothing.")] = False,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Read unit documents into the bank: all of them, or none if one is refused."""
    from examgen import workflow
    from examgen.cli import screen

    done = workflow.import_units(files, into or _workspace(workspace) / "item_bank", dry_run)
    if json:
        readings = [one.unit.reading() for one in done]
        screen.print_json(readings[0] if len(readings) == 1 else readings)
    else:
        for one in done:
            screen.show_import(one)
    refused = [one.document for one in done if one.unit.error]
    if refused:
        if not json:
            screen.say(f"nothing was written: {len(refused)} of {len(done)} documents refused", "red")
        raise typer.Exit(Exit.REFUSED)


@unit_app.command("show")
def unit_show(code: str, json: Json = False, workspace: Workspace = None) -> None:
    """Show a unit of the bank as it was read."""
    from examgen import workflow
    from examgen.cli import screen

    unit = workflow.show_unit(_workspace(workspace) / "item_bank", code)
    if json:
        screen.print_json(unit.model_dump(mode="json"))
    else:
        screen.show_unit(unit)


@bank_app.command("check")
def bank_check(
    codes: Annotated[list[str] | None, typer.Argument(help="Units; all if left out.")] = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Find every fault of the bank's files, with file, line, item and field."""
    from examgen import workflow
    from examgen.cli import screen

    shelves, problems = workflow.check_bank(_workspace(workspace) / "item_bank", codes or [])
    faulty = any(problem.severity == "error" for problem in problems)
    if json:
        units = [{"code": shelf.unit.code, "items": len(shelf.items)} for shelf in shelves]
        screen.print_json({"units": units, "problems": [problem.as_dict() for problem in problems]})
    else:
        screen.show_problems(problems)
        for shelf in shelves:
            screen.say(f"{shelf.unit.code}: {len(shelf.items)} items, no errors", "green")
        if problems:
            n_errors = sum(problem.severity == "error" for problem in problems)
            screen.say(f"{n_errors} error(s), {len(problems) - n_errors} warning(s)")
    if faulty:
        raise typer.Exit(Exit.REFUSED)


@bank_app.command("coverage")
def bank_coverage(
    code: str,
    level: Annotated[
        int | None, typer.Option(help="One level; all that the unit states if left out.")
    ] = None,
    status: Annotated[
        list[str] | None, typer.Option(help="Statuses that count; all but retired if left out.")
    ] = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Count the usable items of each criterion at each level."""
    from examgen import workflow
    from examgen.cli import screen
    from examgen.models import STATUSES

    wrong = [name for name in status or () if name not in STATUSES]
    if wrong:
        raise WrongUsage(f"--status {wrong[0]} is not one of {', '.join(STATUSES)}")
    counted = [name for name in STATUSES if (name in status if status else name != "retired")]
    found = workflow.bank_coverage(_workspace(workspace) / "item_bank", code, level, counted)
    if json:
        rows = [row._asdict() for row in found.rows]
        screen.print_json({"code": code, "statuses": counted, "coverage": rows})
    else:
        screen.show_coverage(found)


@app.command()
def build(
    blueprint: Annotated[Path, typer.Argument(help="The blueprint, a YAML file.")],
    out: Annotated[Path | None, typer.Option(help="The package's folder; output/<exam> if left out.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="In place of the blueprint's seed.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Even if that loses papers or results.")] = False,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Assemble forms to a blueprint into an exam package."""
    from examgen import workflow
    from examgen.cli import screen

    place = _workspace(workspace) if workspace or not blueprint.is_file() else _near(blueprint)
    built = workflow.build(blueprint, place, out, seed, replace)
    if json:
        forms = [{"form": form.name, "items": [p.item.id for p in form.items]} for form in built.exam.forms]
        notices = list(built.exam.notices)
        screen.print_json(
            {
                "exam": built.exam.blueprint.exam,
                "exam_dir": str(built.folder),
                "forms": forms,
                "notices": notices,
            }
        )
    else:
        screen.show_built(built)
        screen.say(f"print it with `examgen render {screen.short(built.folder)}`")


def _near(blueprint: Path) -> Path:
    """The workspace upwards from here, or else upwards from the blueprint."""
    from examgen import workflow

    here = workflow.find_workspace(Path.cwd())
    if (here / "item_bank").is_dir():
        return here
    return workflow.find_workspace(blueprint.resolve().parent)


@app.command()
def render(exam_dir: ExamDir, json: Json = False, workspace: Workspace = None) -> None:
    """Print booklets, answer sheet and key sheets."""
    from examgen import workflow
    from examgen.cli import screen

    place = _workspace(workspace)
    paths = workflow.render(exam_dir, place, screen.progress)
    if json:
        screen.print_json({"printed": [str(path) for path in paths]})
    else:
        screen.show_files("printed:", paths)


@app.command()
def verify(exam_dir: ExamDir, json: Json = False) -> None:
    """Check that a package is whole and meets its blueprint.

    Every file must be as it was written, and every quota must hold when counted anew.
    """
    from examgen import workflow
    from examgen.cli import screen

    sat, problems = workflow.verify(exam_dir)
    if json:
        screen.print_json(
            {"exam": sat.blueprint.exam, "problems": [problem.as_dict() for problem in problems]}
        )
    elif not problems:
        screen.say(f"{sat.blueprint.exam}: every file as written, every quota met on recount", "green")
    if problems:
        if not json:
            raise Refused(f"{exam_dir} is not as it should be", problems)
        raise typer.Exit(Exit.REFUSED)


@app.command()
def simulate(
    exam_dir: ExamDir,
    candidates: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many candidates.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same answers.")],
    out: Annotated[Path, typer.Option(help="The CSV file to write.")],
    dirty: Annotated[int, typer.Option(min=0, help="Faulty rows to mix in.")] = 0,
) -> None:
    """Write answers of synthetic candidates (2PL).

    They let the chain be tried before a sitting; each row says that it is synthetic.
    """
    from examgen import workflow
    from examgen.cli import screen

    workflow.simulate(exam_dir, candidates, seed, out, dirty)
    screen.say(f"{candidates:,} synthetic candidates written to {out}")


@app.command()
def score(
    exam_dir: ExamDir,
    answers: Annotated[list[Path], typer.Argument(help="Answer files: CSV, CSV.GZ, XLSX, Parquet.")],
    out: Annotated[Path | None, typer.Option(help="In place of the package's results folder.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse if any row must be set aside.")] = False,
    json: Json = False,
) -> None:
    """Score answer files into results per criterion.

    Every row is scored, counted as an identical repeat, or set aside word for word with its reason;
    status 3 says that some were set aside.
    """
    from examgen import workflow
    from examgen.cli import screen

    scored = workflow.score(exam_dir, answers, out, strict, screen.progress)
    if json:
        screen.print_json({"results": str(scored.folder), **scored.audit})
    else:
        screen.show_scored(scored)
    if scored.responses.quarantine.height:
        if not json:
            screen.say(
                f"some rows were set aside: see {screen.short(scored.folder / 'quarantine.csv')}", "yellow"
            )
        raise typer.Exit(Exit.SET_ASIDE)


@app.command()
def init(
    folder: Path,
    empty: Annotated[bool, typer.Option("--empty", help="Without the starter bank.")] = False,
) -> None:
    """Make a new workspace with the starter bank."""
    from examgen import workflow
    from examgen.cli import screen

    made = workflow.init(folder, empty)
    screen.say(f"workspace made in {made}: put unit documents into it with `examgen unit import FILE`")


@app.command()
def demo(workspace: Workspace = None) -> None:
    """Show the whole chain on two real exams.

    A unit page is read; two exams are built, printed, sat by synthetic candidates and scored.
    """
    from examgen.cli.demo import run

    run(_workspace(workspace))


@app.command()
def doctor(json: Json = False) -> None:
    """Check what this machine lacks, and how to get it."""
    from examgen import diagnosis
    from examgen.cli import screen

    findings = diagnosis.examine()
    if json:
        screen.print_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            mark, style = (
                ("ok", "green")
                if finding.ok
                else (("missing", "red") if finding.needed else ("absent", "yellow"))
            )
            screen.say(f"{mark:8}{finding.what}: {finding.detail}", style)
    if any(finding.needed and not finding.ok for finding in findings):
        raise typer.Exit(Exit.MISSING_DEPENDENCY)
