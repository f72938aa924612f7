"""`examgen analyse exam`."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.cli.analysing_words import MinN, number
from examgen.cli.app import ExamDir, Json, Workspace, analyse_app, day_of, workspace_near
from examgen.cli.runs import warn_of
from examgen.problems import WrongUsage

if TYPE_CHECKING:
    from examgen.workflow.exam_reports import ReportFiles
    from examgen.workflow.written_statistics import Written


@analyse_app.command("exam")
def analyse_exam(
    exam_dir: ExamDir,
    run: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="A scored run by its number; else the released one, or the newest."),
    ] = None,
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
    min_n: MinN = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """The whole report of an administration; with --write-back its statistics go to the bank."""
    from examgen.changes import change
    from examgen.cli import screen
    from examgen.workflow import exam_analyses, exam_reports, written_statistics

    place = workspace_near(workspace, exam_dir / "exam.yaml")
    when = day_of(day)
    if write_back and when is None:
        raise WrongUsage("--write-back needs --date: the day of the sitting tells administrations apart")
    found = exam_analyses.analyse_exam(exam_dir, run, model=model, min_n=min_n, progress=screen.progress)
    written = None
    if write_back:
        administration = written_statistics.sitting_name(
            exam_dir, found.administration, administration, synthetic
        )
    with change(place / "item_bank") if write_back else nullcontext() as both:
        files = exam_reports.write_report(
            exam_dir, found, place, out, pdf=pdf, progress=screen.progress, within=both
        )
        if write_back:
            parameters = written_statistics.parameters_of(found.fit, found.chosen.items)
            written = written_statistics.write_statistics(
                found.administration, place / "item_bank", administration, when, parameters, replace, both
            )
            lacking = len(found.chosen.items) - len(parameters)
            if lacking:
                screen.progress(f"model parameters of {lacking} items are not sound and were not written")
    if json:
        screen.print_json({**found.document, "files": _paths(files), "written": _written(written)})
        return
    _show(found.document, files, written)


def _paths(files: ReportFiles) -> list[str]:
    return [str(files.folder / name) for name in files.names]


def _written(written: Written | None) -> dict[str, Any] | None:
    if written is None:
        return None
    return {**written._asdict(), "files": [str(path) for path in written.files]}


def _show(found: dict[str, Any], files: ReportFiles, written: Written | None) -> None:
    from examgen.cli import screen
    from examgen.release_state import ReleaseState

    screen.say(f"{found['exam']}, run {found['run']}: {found['n_candidates']} candidates", "bold")
    warn_of(found["run"], ReleaseState(**found["release"]))
    for form in found["forms"]:
        screen.say(
            f"  form {form['form']}: {form['n_candidates']} candidates, {form['n_items']} items, "
            f"mean {number(form['mean'], 1)}, alpha {number(form['alpha'])}, SEM {number(form['sem'], 2)}"
        )
    for alarm in found["alarms"]:
        screen.say(f"key alarm ({alarm['sure']}): {alarm['item']}: {alarm['message']}", "bold red")
    flagged = [row for row in found["items"] if row["flags"]]
    screen.say(
        f"  {len(flagged)} of {found['n_examined']} items to look at, {len(found['alarms'])} key alarm(s)"
    )
    if left := found["n_items"] - found["n_examined"]:
        screen.say(
            f"  not examined: {left} of {found['n_items']} items, for fewer than {found['min_n']} candidates "
            "each (--min-n)",
            "yellow",
        )
    if few := found["n_examined"] - found["n_fully_examined"]:
        screen.say(
            f"  {few} of {found['n_items']} items had fewer than {found['min_n_fully']} candidates: only "
            "what is beyond chance is told of them, and an item that is not named need not be sound",
            "yellow",
        )
    for note in found["notes"]:
        screen.say(f"note: {note['item'] + ': ' if note['item'] else ''}{note['message']}", "yellow")
    screen.show_files(
        "report (names keys: keep it under lock):", [files.folder / name for name in files.names]
    )
    if written is not None:
        screen.show_files(f"{written.n_lines} lines of statistics:", written.files)
        if written.history:
            screen.say(
                f"  history at once, text or key has changed since: {', '.join(written.history)}", "yellow"
            )
        if written.unknown:
            screen.say(f"  no longer in the bank: {', '.join(written.unknown)}", "yellow")
