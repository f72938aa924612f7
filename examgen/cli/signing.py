"""`examgen keys` and `examgen verify-report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from examgen.cli.app import Json, app
from examgen.problems import WrongUsage


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

    first = getpass.getpass("passphrase: ")
    if twice and getpass.getpass("once more: ") != first:
        raise WrongUsage("the two passphrases differ")
    return first.encode()


@app.command("verify-report")
def verify_report(
    what: Annotated[str, typer.Argument(metavar="CODE|FILE", help="A code (EG1:…), a PDF, or a picture.")],
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
        return
    for one in found:
        said = one.statement
        screen.say(f"{one.source}: signed by {one.key.body} (key {one.key.key_id})", "bold")
        screen.say(f"  exam {said.exam}, run {said.run}, form {said.form}")
        decision = said.decision or "no decision"
        screen.say(f"  candidate {said.candidate_id}: {said.score} of {said.max_score}, {decision}")
        if not one.compared:
            screen.say("  compare these with the report: only the code was checked")
