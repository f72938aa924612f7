"""`examgen score`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.commands.app import Dask, ExamDir, Json, Processes, app
from examgen.core.problems import WrongUsage
from examgen.core.words import tell

_FORMATS = ("long", "parquet", "xlsx")
"""What --format may name; CSV is written in any case."""


@app.command()
def score(
    exam_dir: ExamDir,
    answers: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Answer files: CSV, CSV.GZ, XLSX, Parquet; results from the screen (QTI: a file, a folder, "
            "a zip); each centre its own. With --corrections, --scaled, --cut or --without they may be left "
            "out: what the newest run keeps is scored again."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="In place of the package's results folder; with --compare or --dry-run a CSV file of "
            "all who change.",
        ),
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Corrections of the key (YAML): the score is a new run."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show who would change; make no run.")] = False,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="RUN RUN", help="Show what changed between two runs, named by number or folder."
        ),
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Who was registered, where, and who came: makes the ledger."),
    ] = None,
    identities: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Decisions on rows: this row is that candidate, this form."),
    ] = None,
    marks: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Decisions on marks: this row's question 12 is C."),
    ] = None,
    scaled: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Points to scaled scores (YAML), as an equating gave them; in place of the blueprint's.",
        ),
    ] = None,
    cut: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Cut scores of the forms (YAML), as `analyse cut` wrote them; in place of all that the "
            "pass rule asks of the total.",
        ),
    ] = None,
    without: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Leave out on purpose what the newest run had, each by its name: corrections, decisions, "
            "roster, scaled, cut, answers, candidates (roster,candidates for two); decisions:a.csv:12 for "
            "those on one row.",
        ),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="The results in another form too: long, parquet, xlsx (again for each).",
        ),
    ] = None,
    elements: Annotated[
        bool, typer.Option("--elements", help="Also element_results.csv: by element and by unit.")
    ] = False,
    signals: Annotated[
        bool | None,
        typer.Option("--signals/--no-signals", help="Look for integrity signals; left out: up to 64 MB."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse if any row must be set aside.")] = False,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="utf-8, utf-16 or cp874, where it cannot be told.")
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="comma, semicolon, tab or pipe, where it cannot be told."),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(metavar="NAME", help="The sheet of a workbook that has several.")
    ] = None,
    columns: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Which column is what (YAML), where the headings cannot be understood."
        ),
    ] = None,
    unreadable: Annotated[
        str | None,
        typer.Option(
            metavar="HOW",
            help="Rows of which most marks are not understood: aside or score; left out, a file with many "
            "of them is refused.",
        ),
    ] = None,
    unlisted: Annotated[
        str | None,
        typer.Option(
            metavar="HOW",
            help="Rows of candidates who are on no list, where one is known: aside (if left out) or score.",
        ),
    ] = None,
    processes: Processes = None,
    dask: Dask = None,
    careful: Annotated[
        bool, typer.Option("--careful", help="Read every row by the careful path; the results are the same.")
    ] = False,
    json: Json = False,
) -> None:
    """Score answer files into results per criterion: a new numbered run, chained to those before it.

    Every row is scored, counted as an identical repeat, or set aside word for word with its reason;
    status 3 says that some were set aside, or that the ledger does not add up.
    """
    decided = bool(corrections or identities or marks)
    if compare is not None:
        if (
            answers
            or decided
            or dry_run
            or roster
            or scaled
            or cut
            or without
            or formats
            or elements
            or strict
        ):
            raise WrongUsage(
                tell(
                    "--compare takes two runs that are there, and nothing else but --out and --json; "
                    "what corrections would change, --dry-run shows"
                )
            )
        from examgen.commands.runs import compare_runs

        compare_runs(exam_dir, compare, out, json)
        return
    if not answers and not (decided or scaled or cut or without):
        raise WrongUsage(tell("name the answer files, or two runs with --compare"))
    if dry_run and not (decided or cut or scaled):
        raise WrongUsage(
            tell(
                "--dry-run shows what --corrections, --cut, --scaled, --identities or --marks would change: "
                "name one"
            )
        )
    if unknown := [name for name in formats or () if name not in _FORMATS]:
        raise WrongUsage(
            tell(
                "--format {unknown} is not known: write {formats}; CSV is written in any case",
                unknown=unknown[0],
                formats=", ".join(_FORMATS),
            )
        )
    if unreadable not in (None, "aside", "score"):
        raise WrongUsage(
            tell("--unreadable {unreadable} is not known: write aside or score", unreadable=unreadable)
        )
    if unlisted not in (None, "aside", "score"):
        raise WrongUsage(tell("--unlisted {unlisted} is not known: write aside or score", unlisted=unlisted))
    from examgen.commands import scored

    status = scored.score(
        exam_dir,
        answers or (),
        out=out,
        dry_run=dry_run,
        dask=dask,
        json=json,
        roster=roster,
        identities=tuple(identities or ()),
        marks=tuple(marks or ()),
        corrections=corrections,
        scaled=scaled,
        cut=cut,
        without=without,
        formats=tuple(dict.fromkeys(formats or ())),
        elements=elements,
        signals=signals,
        processes=processes,
        careful=careful,
        strict=strict,
        said=(encoding, delimiter, sheet),
        columns=columns,
        unreadable=unreadable,
        unlisted=unlisted,
    )
    if status:
        raise typer.Exit(status)
