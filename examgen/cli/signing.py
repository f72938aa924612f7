"""`examgen keys` and `examgen verify-report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from examgen.cli.app import Json, app
from examgen.problems import Exit, WrongUsage

if TYPE_CHECKING:
    from examgen.workflow.verifying import Checked


@app.command("keys")
def keys(
    private: Annotated[Path, typer.Argument(metavar="PRIVATE.pem", help="Where the private key goes.")],
    body: Annotated[str, typer.Option(metavar="NAME", help="The certification body that signs with it.")],
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for a passphrase that protects the private key.")
    ] = False,
    json: Json = False,
) -> None:
    """Make the keys by which a body signs its reports: one to keep, one to hand out."""
    from examgen import signing
    from examgen.cli import screen

    public, key = signing.make_keys(private, body, asked_passphrase(twice=True) if passphrase else None)
    if json:
        screen.print_json(
            {"private": str(private), "public": str(public), "key": key.key_id, "body": key.body}
        )
        return
    screen.say(f"key {key.key_id} of {key.body}", "bold")
    screen.say(f"  {screen.short(private)}: keep it secret, and a copy of it in a safe place")
    screen.say(f"  {screen.short(public)}: hand it out to whoever checks reports")


def asked_passphrase(twice: bool = False) -> bytes:
    """What the user types, unseen."""
    import getpass

    try:
        first = getpass.getpass("passphrase: ")
        again = getpass.getpass("once more: ") if twice else first
    except EOFError:
        raise WrongUsage("no passphrase was typed") from None
    if again != first:
        raise WrongUsage("the two passphrases differ")
    return first.encode(errors="surrogateescape")


@app.command("verify-report")
def verify_report(
    what: Annotated[
        str,
        typer.Argument(
            metavar="CODE|FILE", help="A code (EG1:…), or a report: PDF, HTML, or a picture of it."
        ),
    ],
    key: Annotated[
        list[Path] | None, typer.Option(metavar="FILE.public.json", help="Public keys of bodies you trust.")
    ] = None,
    json: Json = False,
) -> None:
    """Check who signed a report, and that it says what was signed."""
    from examgen.cli import screen
    from examgen.workflow import verifying

    found = verifying.verify_report(what, key or [])
    if json:
        rows = [
            {
                "source": one.source,
                **one.statement._asdict(),
                "body": one.key.body,
                "key": one.key.key_id,
                "page_compared": one.compared,
            }
            for one in found
        ]
        screen.print_json({"reports": rows})
        _end(found)
        return
    for one in found:
        stated = one.statement
        screen.say(f"{one.source}: signed by {one.key.body} (key {one.key.key_id})", "bold")
        screen.say(f"  exam {stated.exam}, run {stated.run}, form {stated.form}")
        screen.say(f"  {verifying.said(stated)}")
        if one.compared:
            screen.say("  the page is as it was signed")
        elif one.source != "code":
            screen.say("  compare this with the page: only its code was checked, since this is a picture")
        else:
            screen.say("  compare this with the report: only its code was checked")
    _end(found)


def _end(found: list[Checked]) -> None:
    """A page that could not be compared with what was signed has not been seen to be genuine."""
    if any(not one.compared and one.source != "code" for one in found):
        raise typer.Exit(Exit.SET_ASIDE)
