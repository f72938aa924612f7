"""`examgen render`.

The password that secret papers are encrypted with: from a file, or asked for on the terminal.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from examgen.commands import screen
from examgen.commands.app import Dask, ExamDir, Json, Processes, Workspace, app
from examgen.commands.options import workspace_of
from examgen.core.problems import WrongUsage
from examgen.core.words import tell

PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="Encrypt the PDFs under secure/ with this file's first line."),
]
Encrypt = Annotated[
    bool, typer.Option("--encrypt", help="Encrypt the PDFs under secure/; the password is asked for.")
]


def password_for(file: Path | None, ask: bool) -> str | None:
    """The password of those two options, None where neither is given; weak ones are refused."""
    from examgen.rendering.pdf.encryption import checked_password, password_of

    if file is not None and ask:
        raise WrongUsage(tell("give --password-file or --encrypt, not both"))
    if file is not None:
        password, warnings = password_of(file)
        screen.show_problems(warnings)
        return password
    if not ask:
        return None
    if sys.stdin is None or not sys.stdin.isatty():  # what is piped in would be seen, or nobody is there
        raise WrongUsage(tell("no terminal to ask for the password: give --password-file"))
    from examgen.commands.screen import said

    asked = typer.prompt(
        said(tell("Password for the PDFs under secure/")), hide_input=True, confirmation_prompt=True
    )
    return checked_password(asked)


class Per(StrEnum):
    """What a file of booklets is for."""

    room = "room"
    sitting = "sitting"
    candidate = "candidate"


MOST_SHOWN = 40
"""Paths that are listed one by one."""


@app.command()
def render(
    exam_dir: ExamDir,
    candidates: Annotated[
        Path | None,
        typer.Option(help="The candidate list: candidate_id, name, room, seat. A booklet for each."),
    ] = None,
    per: Annotated[Per, typer.Option(help="One file of booklets for each room, in all, or each.")] = Per.room,
    together: Annotated[
        bool, typer.Option("--together", help="Each answer sheet behind its booklet, in one file.")
    ] = False,
    accessible: Annotated[
        bool, typer.Option("--accessible", help="Also for screen readers: tagged PDF and HTML.")
    ] = False,
    large_print: Annotated[bool, typer.Option("--large-print", help="Also at 18 points.")] = False,
    papers: Annotated[
        Path | None, typer.Option(help="Settings of the papers (YAML) in place of the blueprint's.")
    ] = None,
    books: Annotated[
        bool, typer.Option("--books", help="Also solutions and the book for reviewers, under secure/.")
    ] = False,
    password_file: PasswordFile = None,
    encrypt: Encrypt = False,
    replace: Annotated[bool, typer.Option("--replace", help="Even if that loses results.")] = False,
    processes: Processes = None,
    dask: Dask = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Print booklets, answer sheets and key sheets; with --candidates a booklet for each candidate.

    With a list, --accessible and --large-print are for candidates that have an x in the list's column
    `accessible` or `large_print`. What the last printing wrote is replaced.
    """
    from examgen.core.exam.bindings import fingerprints_of
    from examgen.core.processes import Workers
    from examgen.papers import printing

    asked = printing.Asked(
        candidates=candidates,
        rule=papers,
        per=per.value,
        together=together,
        accessible=accessible,
        large_print=large_print,
        books=books,
        password=password_for(password_file, encrypt),
        replace=replace,
        workers=Workers(processes, dask),
    )
    paths = printing.render(exam_dir, workspace_of(workspace), asked, screen.progress)
    prints = fingerprints_of(exam_dir)
    if json:
        printed = [str(path) for path in paths]
        screen.print_json({"printed": printed, "fingerprints": prints._asdict()})
        return
    screen.show_files(tell("printed:"), paths[:MOST_SHOWN])
    if len(paths) > MOST_SHOWN:
        screen.say(
            tell(
                "  and {n:,} more files in {exam_dir}",
                n=len(paths) - MOST_SHOWN,
                exam_dir=screen.short(exam_dir),
            )
        )
    told = prints.told()
    screen.say(
        tell(
            "fingerprint of the exam {exam}, of the package as it is printed {package}",
            exam=told["exam"],
            package=told["package"],
        )
    )
