"""`examgen build`, `verify` and `simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.cli.app import ExamDir, Json, Workspace, app, workspace_of
from examgen.problems import Exit, Refused


@app.command()
def build(
    blueprint: Annotated[Path, typer.Argument(help="The blueprint, a YAML file.")],
    out: Annotated[Path | None, typer.Option(help="The package's folder; output/<exam> if left out.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="In place of the blueprint's seed.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Even if that loses papers, results, an order.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be built.")] = False,
    write_order: Annotated[
        Path | None,
        typer.Option(help="Where the bank is too small: the workbook that orders what is to be written."),
    ] = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Assemble forms to a blueprint into an exam package.

    Where the bank cannot give them, it says why and what would help (status 4).
    """
    from examgen.cli import screen
    from examgen.cli.building import show_planned
    from examgen.workflow import exams

    place = workspace_of(workspace) if workspace or not blueprint.is_file() else _near(blueprint)
    built = None if dry_run else exams.build(blueprint, place, out, seed, replace, write_order)
    planned = built.planned if built else exams.plan(blueprint, place, seed, write_order, replace)
    if json:
        place_said = (
            {"exam_dir": str(built.folder), "fingerprints": built.fingerprints._asdict()} if built else {}
        )
        screen.print_json({**place_said, **exams.as_dict(planned)})
        return
    show_planned(planned)
    if built is None:
        screen.say("nothing was written: this was a dry run", "cyan")
    else:
        screen.say(f"written to {screen.short(built.folder)}; the report is in secure/build-report.html")
        screen.say(
            f"fingerprint of the exam {built.fingerprints.told()['exam']}, however often it is printed: "
            "write it into the minutes",
            "bold",
        )
        screen.say(f"print it with `examgen render {screen.short(built.folder)}`")


def _near(blueprint: Path) -> Path:
    """The workspace upwards from here, or else upwards from the blueprint."""
    from examgen.workflow import workspaces

    here = workspaces.find_workspace(Path.cwd())
    if (here / "item_bank").is_dir():
        return here
    return workspaces.find_workspace(blueprint.resolve().parent)


@app.command()
def verify(
    exam_dir: ExamDir,
    results: Annotated[Path | None, typer.Option(help="Where `score --out` put the results.")] = None,
    fingerprint: Annotated[
        list[str] | None,
        typer.Option(
            help="Of the exam, the printed package, a run or a release, as in the minutes (again for each)."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Check that a package is whole and meets its blueprint.

    Every file must be as it was written, results of every run, reports and analyses too; runs must have been
    scored with the exam as it stands; every quota must hold when counted anew.
    """
    from examgen.cli import runs, screen
    from examgen.cli.verified import as_dict, show
    from examgen.workflow import exams

    found = exams.verify(exam_dir, results, fingerprint or ())
    place = results or exam_dir / "results"
    told, releases = runs.told(place), runs.told_releases(place)
    if json:
        screen.print_json({**as_dict(found), "runs": told, "releases": releases})
        if found.problems:
            raise typer.Exit(Exit.REFUSED)
        return
    if found.problems:
        raise Refused(f"{exam_dir} is not as it should be", found.problems)
    show(found)
    runs.show_runs(told, releases, fingerprint or ())


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
    from examgen.cli import screen
    from examgen.workflow import sittings

    sittings.simulate(exam_dir, candidates, seed, out, dirty)
    screen.say(f"{candidates:,} synthetic candidates written to {out}")
