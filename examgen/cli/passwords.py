"""The password that secret papers are encrypted with: from a file, or asked for on the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from examgen.problems import WrongUsage

PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="Encrypt the PDFs under secure/ with this file's first line."),
]
Encrypt = Annotated[
    bool, typer.Option("--encrypt", help="Encrypt the PDFs under secure/; the password is asked for.")
]


def password_for(file: Path | None, ask: bool) -> str | None:
    """The password of those two options, None where neither is given; weak ones are refused."""
    from examgen.cli import screen
    from examgen.pdf.encryption import checked_password, password_of

    if file is not None and ask:
        raise WrongUsage("give --password-file or --encrypt, not both")
    if file is not None:
        password, warnings = password_of(file)
        screen.show_problems(warnings)
        return password
    if not ask:
        return None
    if sys.stdin is None or not sys.stdin.isatty():  # what is piped in would be seen, or nobody is there
        raise WrongUsage("no terminal to ask for the password: give --password-file")
    asked = typer.prompt("Password for the PDFs under secure/", hide_input=True, confirmation_prompt=True)
    return checked_password(asked)
