"""`examgen site keys` and `examgen verify-report`."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from examgen.commands import screen
from examgen.commands.app import Json, app, day_of, site_app
from examgen.core.problems import Exit, WrongUsage
from examgen.core.words import tell

if TYPE_CHECKING:
    from examgen.core.signing.validation import Signature
    from examgen.reports.verifying import CheckedBadge, CheckedFile


@site_app.command("keys")
def keys(
    private: Annotated[Path, typer.Argument(metavar="PRIVATE.pem", help="Where the private keys go.")],
    body: Annotated[str, typer.Option(metavar="NAME", help="The certification body that signs with them.")],
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for a passphrase that protects the private keys.")
    ] = False,
    json: Json = False,
) -> None:
    """Make the keys by which a body signs its reports: private ones to keep, public ones to hand out."""
    from examgen.core.signing.keys import certificate_beside, make_keys

    secret = asked_passphrase(twice=True) if passphrase else None
    public, key = make_keys(private, body, secret)
    certificate = certificate_beside(private)
    if json:
        screen.print_json(
            {
                "private": str(private),
                "public": str(public),
                "certificate": str(certificate),
                "key": key.key_id,
                "body": key.body,
            }
        )
        return
    screen.say(tell("key {key_id} of {body}", key_id=key.key_id, body=key.body), "bold")
    screen.say(
        tell("  {private}: keep it secret, and a copy of it in a safe place", private=screen.short(private))
    )
    screen.say(
        tell("  {public}: hand it out to whoever checks reports with examgen", public=screen.short(public))
    )
    screen.say(
        tell(
            "  {certificate}: hand it out to whoever checks PDFs with another program",
            certificate=screen.short(certificate),
        )
    )


def asked_passphrase(what: str = "", twice: bool = False) -> bytes:
    """What the user types, unseen."""
    import getpass

    try:
        first = getpass.getpass(f"passphrase of {what}: " if what else "passphrase: ")
        again = getpass.getpass("once more: ") if twice else first
    except EOFError:
        raise WrongUsage(tell("no passphrase was typed")) from None
    if again != first:
        raise WrongUsage(tell("the two passphrases differ"))
    return first.encode(errors="surrogateescape")


@app.command("verify-report")
def verify_report(
    what: Annotated[
        str,
        typer.Argument(
            metavar="CODE|FILE",
            help="A code (EG1:…), a report (PDF, HTML, or a picture of it), or a badge (JSON).",
        ),
    ],
    key: Annotated[
        list[Path] | None, typer.Option(metavar="FILE.public.json", help="Public keys of bodies you trust.")
    ] = None,
    trust: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE.crt", help="Certificates you trust besides (PEM, DER; again for each)."),
    ] = None,
    day: Annotated[
        str | None,
        typer.Option("--date", metavar="2026-06-19", help="A badge: valid on that day, not today."),
    ] = None,
    candidate: Annotated[
        str | None, typer.Option(metavar="ID", help="A badge: whether it is that candidate's.")
    ] = None,
    exam: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A badge: whether the released run of this exam still gives it."),
    ] = None,
    json: Json = False,
) -> None:
    """Check who signed a report (a PDF; HTML is not signed) or a badge, if it is as it was, what it says."""
    from examgen.reports import verifying

    asked = verifying.BadgeAsked(day_of(day), candidate, exam)
    found = verifying.verify_report(what, key or [], trust or [], asked)
    if json:
        screen.print_json(_as_json(found))
        _end(found)
        return
    if found.badge is not None:
        _show_badge(found.badge)
        return
    for one in found.signatures:
        screen.say(
            tell(
                "{source}: signed by {signer} (certificate {key_id})",
                source=found.source,
                signer=one.signer,
                key_id=one.key_id,
            ),
            "bold",
        )
        screen.say(tell("  {when}", when=_when(one)))
        screen.say(tell("  the file is as it was signed"))
    for code in found.codes:
        stated = code.statement
        where = "" if code.source == "code" else f"{code.source}: "
        screen.say(
            tell(
                "{where}code signed by {body} (key {key_id})",
                where=where,
                body=code.key.body,
                key_id=code.key.key_id,
            ),
            "bold",
        )
        screen.say(
            tell("  exam {exam}, run {run}, form {form}", exam=stated.exam, run=stated.run, form=stated.form)
        )
        screen.say(tell("  {verifying}", verifying=verifying.said(stated)))
    if found.unchecked:
        screen.say(
            tell(
                "  codes not checked: {unchecked:,}; name the public key of the body with --key",
                unchecked=found.unchecked,
            ),
            "yellow",
        )
    if not found.signatures:
        only = "" if found.source == "code" else tell(", since only a PDF can be signed as a whole")
        screen.say(tell("  compare this with the report: only its code was checked{only}", only=only))
    _end(found)


def _show_badge(badge: CheckedBadge) -> None:
    """A badge that holds."""
    said = tell("badge {number}, signed by {body} (key {key_id})", number=badge.number, body=badge.key.body,
                key_id=badge.key.key_id)  # fmt: skip
    screen.say(said, "bold")
    screen.say(tell("  {unit}: {title}", unit=badge.unit, title=badge.title))
    if badge.scope:
        screen.say(tell("  {scope}", scope=badge.scope), "yellow")
    screen.say(tell("  by {evidence}", evidence=badge.evidence))
    screen.say(
        tell("  valid from {since} to {until}", since=badge.since, until=badge.until)
        if badge.until
        else tell("  valid from {since}", since=badge.since)
    )
    screen.say(tell("  it is as it was signed"))
    if badge.is_of:
        screen.say(tell("  it is that of the candidate who was named"))
    else:
        screen.say(tell("  it names nobody: --candidate ID asks whose it is"), "yellow")
    if badge.stands:
        screen.say(tell("  the released run of the exam gives it still"))
    else:
        screen.say(tell("  whether it was withdrawn since was not asked: --exam DIR asks it"), "yellow")


def _when(one: Signature) -> str:
    """When a report was signed, and who says so."""
    if one.time is None:
        return tell("it does not say when")

    time = tell("{time:%Y-%m-%d %H:%M:%S} UTC", time=one.time.astimezone(UTC))
    if one.stamp is None:
        return tell("at {time}, as the signer says", time=time)
    if one.stamp.trusted:
        return tell("at {time}, as the time stamp of {by} proves", time=time, by=one.stamp.by)
    return tell(
        "at {time}, as a time stamp of {by} says, whom you did not name with --trust",
        time=time,
        by=one.stamp.by,
    )


def _as_json(found: CheckedFile) -> dict[str, object]:
    from examgen.reports.codes import also_asked, decision_of

    signatures = [
        {
            "signer": one.signer,
            "certificate": one.key_id,
            "time": None if one.time is None else one.time.isoformat(),
            "time_stamp": None if one.stamp is None else one.stamp._asdict(),
        }
        for one in found.signatures
    ]
    reports = [
        {
            "source": one.source,
            **one.statement._asdict(),
            "decision": decision_of(one.statement),
            "also_asked": list(also_asked(one.statement)),
            "body": one.key.body,
            "key": one.key.key_id,
            "page_compared": found.compared,
        }
        for one in found.codes
    ]
    told = {"signatures": signatures, "codes_not_checked": found.unchecked, "reports": reports}
    if found.badge is None:
        return told
    badge = found.badge._asdict() | {"body": found.badge.key.body, "key": found.badge.key.key_id}
    return {**told, "badge": badge}


def _end(found: CheckedFile) -> None:
    """What could not be compared with what was signed has not been seen to be genuine; nor a time that
    nobody who is trusted vouches for, nor a code without its key."""
    open_times = any(one.stamp is not None and not one.stamp.trusted for one in found.signatures)
    alone = not found.compared and found.source != "code"
    if alone or open_times or found.unchecked:
        raise typer.Exit(Exit.SET_ASIDE)
