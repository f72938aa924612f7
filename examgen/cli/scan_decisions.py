"""`examgen scan gallery` and `examgen scan decide`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.cli.app import Json, day_of, scan_app
from examgen.problems import Exit
from examgen.words import tell

if TYPE_CHECKING:
    from examgen.workflow.scanning.gallery import Decided, Made

ScanFolder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder that `scan` wrote.")]


@scan_app.command("gallery")
def scan_gallery(
    folder: ScanFolder,
    share: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="The share of doubtful marks that a second person checks; 0.1 at first, then as before.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Draws that share.")] = None,
    by: Annotated[str, typer.Option(help="Who is to decide; else the page asks.")] = "",
    pdf: Annotated[bool, typer.Option("--pdf", help="The crops on paper, too.")] = False,
    xlsx: Annotated[bool, typer.Option("--xlsx", help="A workbook to fill in beside the paper.")] = False,
    json: Json = False,
) -> None:
    """Write gallery.html, on which people decide doubtful marks: one file, no network, mostly by keyboard."""
    from examgen.cli import screen
    from examgen.workflow.scanning.gallery import Wanted, write_gallery

    made = write_gallery(folder, Wanted(share, seed, by, pdf, xlsx), screen.progress)
    if json:
        paths = {"gallery": str(made.path), "papers": [str(path) for path in made.papers]}
        screen.print_json({**made._asdict(), "path": str(made.path), **paths})
    else:
        _show_made(made)
    if made.n_unreadable:
        raise typer.Exit(Exit.SET_ASIDE)


@scan_app.command("decide")
def scan_decide(
    folder: ScanFolder,
    files: Annotated[list[Path], typer.Argument(help="Files that galleries saved, and filled workbooks.")],
    by: Annotated[str, typer.Option(help="Who decided, where a workbook does not say.")] = "",
    date: Annotated[
        str | None, typer.Option(help="When, where a workbook does not say, as 2026-11-20.")
    ] = None,
    json: Json = False,
) -> None:
    """Take decisions in: review/decisions.csv grows, marks.csv and identities.csv are written anew.

    Status 3 says that two people differ on a mark or a sheet: nothing stands of it until it is settled.
    """
    from examgen.cli import screen
    from examgen.workflow.scanning.gallery import take_decisions

    day = day_of(date)
    done = take_decisions(folder, files, by, day.isoformat() if day else "")
    if json:
        screen.print_json(_as_json(done))
    else:
        _show_decided(done)
    if done.disputes:
        raise typer.Exit(Exit.SET_ASIDE)


def _show_made(made: Made) -> None:
    from examgen.cli import screen

    screen.say(
        tell(
            "{path}: {marks:,} marks and {sheets:,} candidates to decide, {size:.1f} MB",
            path=screen.short(made.path),
            marks=made.n_marks,
            sheets=made.n_identities,
            size=made.bytes / 1e6,
        ),
        "green",
    )
    if made.n_second:
        screen.say(tell("second check by another person: {n:,}", n=made.n_second))
    if made.n_settle:
        screen.say(tell("to be settled, since two people differ: {n:,}", n=made.n_settle), "yellow")
    if made.n_unreadable:
        screen.say(
            tell("without a picture, since the scan can no longer be read: {n:,}", n=made.n_unreadable), "red"
        )
    for path in made.papers:
        screen.say(f"  {screen.short(path)}")
    screen.say(
        tell(
            "open it in a browser, then `examgen scan decide {folder} FILES`",
            folder=screen.short(made.path.parent),
        )
    )


def _show_decided(done: Decided) -> None:
    from examgen.cli import screen

    screen.say(
        tell(
            "{new:,} decisions taken in, {known:,} were on record already", new=done.n_new, known=done.n_known
        ),
        "green",
    )
    if done.n_open_lines:
        screen.say(tell("lines that nobody has filled in: {n:,}", n=done.n_open_lines))
    screen.say(
        tell(
            "still to decide: {left:,}; decided by two people: {twice:,}",
            left=done.n_left,
            twice=done.n_checked,
        )
    )
    if done.disputes:
        screen.say(tell("two people differ, so nothing stands until it is settled:"), "yellow")
        for one in done.disputes:
            said = "; ".join(f"{each.by}: {' '.join(filter(None, each.value))}" for each in one.each)
            where = f"{one.doubt.page[0]}:{one.doubt.page[1]}"
            question = f" Q{one.doubt.question}" if one.doubt.question else ""
            screen.say(f"  {where}{question} [{one.doubt.code}]  {said}")
        screen.say(tell("write the gallery anew: a third person settles them there"))
    for path in done.files:
        screen.say(f"  {screen.short(path)}")


def _as_json(done: Decided) -> dict[str, Any]:
    disputes = [
        {
            "code": one.doubt.code,
            "source": one.doubt.page[0],
            "page": one.doubt.page[1],
            "question": one.doubt.question,
            "said": [{"by": each.by, "decided": each.decided, "form": each.form} for each in one.each],
        }
        for one in done.disputes
    ]
    return {**done._asdict(), "disputes": disputes, "files": [str(path) for path in done.files]}
