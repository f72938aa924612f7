"""`examgen build`, `verify` and `simulate`.

What `examgen build` tells of the forms on the terminal.

What `examgen verify` found, on the screen and as JSON.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.commands import runs, screen
from examgen.commands.app import ExamDir, Json, Processes, Workspace, app
from examgen.commands.options import workspace_of
from examgen.commands.screen import reader
from examgen.core.problems import Exit, Refused, WrongUsage
from examgen.core.words import joined, tell, tell_n

if TYPE_CHECKING:
    from examgen.assembly.building import Planned
    from examgen.assembly.verification import Verified
    from examgen.core.models.build_figures import BuildFigures
    from examgen.core.models.characteristics import Characteristics


def show_planned(planned: Planned) -> None:
    """An exam just assembled: what the standard says of it, its forms, how they were found."""
    sat = planned.exam
    for problem in planned.problems:
        screen.say(
            tell(
                "{severity}: {problem}",
                severity=screen.severity_words(problem.severity),
                problem=problem.told(reader()),
            ),
            "yellow",
        )
    for notice in sat.notices:
        screen.say(tell("notice: {notice}", notice=notice), "cyan")
    if sat.has_drafts:
        screen.say(
            tell("notice: it holds items that no subject-matter expert has approved; every page says so"),
            "cyan",
        )
    blueprint = sat.blueprint
    at = tell(", level {level}", level=blueprint.level) if blueprint.level is not None else ""
    pilot = tell(" and {items} pilot items", items=blueprint.pilot.items) if blueprint.pilot else ""
    screen.say(
        tell(
            "{exam}{at}: {n:,} form(s) of {items} items{pilot}",
            exam=blueprint.exam,
            at=at,
            n=len(sat.forms),
            items=blueprint.items,
            pilot=pilot,
        ),
        "bold",
    )
    show_figures(planned.figures)
    if line := _levels(planned):
        screen.say(line)
    show_characteristics(planned.characteristics)
    screen.say(_found(planned))


def _levels(planned: Planned) -> str:
    """The mean level that the items claim, beside that of the paper; empty where the unit states none."""
    from examgen.assembly.building import mean_levels

    means = [*mean_levels(planned.exam).values()]
    if not means or planned.exam.blueprint.level is None:
        return ""
    least, most = f"{min(means):.1f}", f"{max(means):.1f}"
    return tell(
        "mean level that items claim: {mean}; the paper is for level {level}",
        mean=least if least == most else f"{least} – {most}",
        level=planned.exam.blueprint.level,
    )


_WAYS = {
    "exact": tell("exact"),
    "select-deal-polish": tell("select-deal-polish"),
    "on the fly": tell("on the fly"),
}
"""How the forms were found, where it has words."""


def _found(planned: Planned) -> str:
    from examgen.assembly.building import gap

    solution = planned.solution
    text = tell(
        "found by {path} in {seconds:.1f} s",
        path=_WAYS.get(solution.path, solution.path),
        seconds=planned.seconds,
    )
    if solution.objective is None or solution.bound is None:
        return text
    apart = gap(solution)
    near = tell(" ({apart:.2%} from it)", apart=apart) if apart is not None else ""
    bound = tell("which no forms can bring past {bound:.4g}{near}", bound=solution.bound, near=near)
    return tell(
        "{text}: objective {objective:.4g}, {bound}", text=text, objective=solution.objective, bound=bound
    )


def show_figures(found: BuildFigures) -> None:
    """Demands met, what each form holds, how parallel the forms are; green where all is as asked."""
    from examgen.assembly.build_report.lines import report_lines

    verdict, *rest = report_lines(found, reader())
    screen.say(verdict, "yellow" if found.missed else "green")
    for n, line in enumerate(rest):
        screen.say(line, "yellow" if n < len(found.missed) else "")


def show_characteristics(found: Characteristics) -> None:
    """How often a criterion is met, and the exam passed, by people of a known true share; what it means."""
    from examgen.assembly.build_report.characteristics import told_characteristics

    told = told_characteristics(found)
    if told.rows:
        title = tell("met in so many of 100 sittings, by true share of the points:")
        screen.table(title, ["", *told.heads], told.rows)
    for sentence in told.sentences:
        screen.say(sentence)


MOST_UNCHECKED = 8
"""Of what was not checked, so many are named on the screen; `--json` has them all."""


def as_dict(found: Verified) -> dict[str, Any]:
    """What `--json` tells."""
    return {
        "exam": found.exam.blueprint.exam,
        "problems": [problem.as_dict() for problem in found.problems],
        "notes": [note.as_dict() for note in found.notes],
        "fingerprints": found.fingerprints._asdict(),
        "checked": found.checked,
        "not_checked": found.unchecked,
    }


def show(found: Verified) -> None:
    """A package without a fault: what was compared, what was not, the fingerprints of exam and package."""
    checked = found.checked
    screen.say(
        tell(
            "{exam}: exam.yaml lists {files:,} files, each as written; every quota met on recount",
            exam=found.exam.blueprint.exam,
            files=checked["files"],
        ),
        "green",
    )
    if checked["runs"]:
        named = ", ".join(map(str, checked["runs"]))
        screen.say(
            tell(
                "{runs}: every file as written, scored with this exam",
                runs=(
                    tell("run {named}", named=named)
                    if len(checked["runs"]) == 1
                    else tell("runs {named}", named=named)
                ),
            ),
            "green",
        )
    if made := checked["reports"]:
        n = sum(made.values())
        screen.say(
            tell("{n:,} report(s) and analyses: {n_2:,} files, each as written", n=len(made), n_2=n), "green"
        )
    screen.show_problems(found.notes)
    told = found.unchecked[:MOST_UNCHECKED]
    more = (
        tell("; and {n:,} more", n=len(found.unchecked) - len(told))
        if len(told) < len(found.unchecked)
        else ""
    )
    screen.say(tell("not checked: {told}{more}", told=joined(told, between="; "), more=more))
    for name, of in (("exam", tell("the exam")), ("package", tell("the package as it is printed"))):
        known = tell(", as in the minutes") if name in found.known.values() else ""
        screen.say(
            tell(
                "{of}: fingerprint {fingerprints}{known}",
                of=of,
                fingerprints=found.fingerprints.told()[name],
                known=known,
            )
        )


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
    from examgen.assembly import building as exams

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
        screen.say(tell("nothing was written: this was a dry run"), "cyan")
    else:
        screen.say(
            tell(
                "written to {folder}; the report is in secure/build-report.html",
                folder=screen.short(built.folder),
            )
        )
        screen.say(
            tell(
                "fingerprint of the exam {exam}, however often it is printed: write it into the minutes",
                exam=built.fingerprints.told()["exam"],
            ),
            "bold",
        )
        screen.say(tell("print it with `examgen render {folder}`", folder=screen.short(built.folder)))


def _near(blueprint: Path) -> Path:
    """The workspace upwards from here, or else upwards from the blueprint."""
    from examgen.bank import workspaces

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
    from examgen.assembly import verification

    found = verification.verify(exam_dir, results, fingerprint or ())
    place = results or exam_dir / "results"
    told, releases = runs.told(place), runs.told_releases(place)
    if json:
        screen.print_json({**as_dict(found), "runs": told, "releases": releases})
        if found.problems:
            raise typer.Exit(Exit.REFUSED)
        return
    if found.problems:
        raise Refused(tell("{exam_dir} is not as it should be", exam_dir=exam_dir), found.problems)
    show(found)
    runs.show_runs(told, releases, fingerprint or ())


class MarkKinds(StrEnum):
    """How simulated people mark."""

    tidy = "tidy"
    usual = "usual"
    odd = "odd"


class ScanFormat(StrEnum):
    """Files that simulated scans are written as."""

    pdf = "pdf"
    jpeg = "jpeg"
    tiff = "tiff"
    png = "png"


_MARKS_TELL_KEYS = tell(
    "notice: what synthetic candidates mark tells most of the key: keep it as you keep secure/"
)


@app.command()
def simulate(
    exam_dir: ExamDir,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same answers and scans.")],
    candidates: Annotated[
        int | None,
        typer.Option(min=1, max=1_000_000, help="How many; for scans, else all who were dealt booklets."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The CSV file of answers to write.")] = None,
    dirty: Annotated[int, typer.Option(min=0, help="Faulty rows to mix in.")] = 0,
    scans: Annotated[
        Path | None, typer.Option(help="In place of answers: a folder of scanned sheets and their truth.")
    ] = None,
    level: Annotated[
        int, typer.Option(min=0, max=5, help="Scans: 0 clean, 1 good, 2 ordinary, 3–4 hard, 5 a phone.")
    ] = 2,
    marks: Annotated[MarkKinds, typer.Option(help="Scans: how people mark.")] = MarkKinds.usual,
    file_format: Annotated[ScanFormat, typer.Option("--format", help="Scans: files of")] = ScanFormat.pdf,
    dpi: Annotated[int | None, typer.Option(min=100, max=600, help="Scans: else drawn by level.")] = None,
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Scans: pages in any order, turned by any quarter.")
    ] = False,
    processes: Processes = None,
    workspace: Workspace = None,
) -> None:
    """Write answers of synthetic candidates (2PL), or scans of their answer sheets.

    They let the chain be tried before a sitting. Each row of answers says that it is synthetic. Scans lie in
    DIR/scans, what is true of them in truth.csv, truth-marks.csv and truth-pages.csv beside it. What they
    mark tells most of the key, as what people mark does: keep it as you keep secure/.
    """
    from examgen.scoring import simulations

    if (out is None) == (scans is None):
        raise WrongUsage(tell("give --out for answers, or --scans for scanned sheets"))
    if out is not None:
        if candidates is None:
            raise WrongUsage(tell("say how many with --candidates"))
        simulations.simulate(exam_dir, candidates, seed, out, dirty)
        screen.say(tell("{n:,} synthetic candidates written to {path}", n=candidates, path=out))
        screen.say(_MARKS_TELL_KEYS, "cyan")
        return
    assert scans is not None
    if dirty:
        raise WrongUsage(tell("--dirty is for answers: scans have their own faults, by --level and --marks"))
    from examgen.core.processes import Workers
    from examgen.scanning import simulating

    asked = simulating.ScanSimulationOptions(
        level, seed, marks.value, dpi, candidates, file_format.value, mixed, Workers(processes)
    )
    made = simulating.simulate_scans(exam_dir, workspace_of(workspace), scans, asked, screen.progress)
    folder = screen.short(scans)
    screen.say(
        tell_n("{n:,} page in {folder}/scans", "{n:,} pages in {folder}/scans", made.n_pages, folder=folder),
        "green",
    )
    screen.say(tell("truth.csv, truth-marks.csv and truth-pages.csv beside it say what is true of them"))
    screen.say(_MARKS_TELL_KEYS, "cyan")
