"""`examgen site keys` and `examgen verify-report`: make keys, and check signatures and codes."""

from __future__ import annotations

import getpass
from datetime import UTC
from pathlib import Path

from examgen.analysis.parts import Parts, ReportedLine, line
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.options import argument, setting
from examgen.core.problems import Exit, WrongUsage
from examgen.core.words import joined, tell

with on_use():
    from examgen.core.signing import codes as signed_codes
    from examgen.core.signing import keys, validation
    from examgen.evidence import dossier_check as dossiers
    from examgen.reports import codes, verifying


class Keys(Command):
    """A pair of keys by which a body signs, and their certificate."""

    private: Path = argument("Folder for the private keys.", metavar="PRIVATE.pem")
    body: str = setting("Certification body that signs with these keys.", metavar="NAME")
    passphrase: bool = setting("Ask for a passphrase that protects the private keys.", False)

    def execute(self, progress: Progress) -> Outcome:
        """Make the keys and write them."""
        secret = prompt_passphrase(twice=True) if self.passphrase else None
        public, key = keys.make_keys(self.private, self.body, secret)
        certificate = keys.certificate_beside(self.private)
        document = {
            "private": str(self.private),
            "public": str(public),
            "certificate": str(certificate),
            "key": key.key_id,
            "body": key.body,
        }
        shown = [
            line("key {key_id} of {body}", "bold", key_id=key.key_id, body=key.body),
            line(
                "  {file}: keep it secret, and store a copy in a safe place", file=screen.short(self.private)
            ),
            line("  {file}: give it to people who check reports with examgen", file=screen.short(public)),
            line(
                "  {file}: give it to people who check PDFs with another program",
                file=screen.short(certificate),
            ),
        ]
        return Outcome(document, shown)


class VerifyReport(Command):
    """What a signature or a code says, and whether it holds."""

    what: str = argument(
        "A report code, a report or certificate (PDF, HTML, or a picture of it), or an "
        "accreditation file (zip).",
        metavar="CODE|FILE",
    )
    key: tuple[Path, ...] = setting("Public keys of bodies you trust.", (), metavar="FILE.public.json")
    trust: tuple[Path, ...] = setting(
        "Additional trusted certificates (PEM or DER; repeatable).", (), metavar="FILE.crt"
    )

    def execute(self, progress: Progress) -> Outcome:
        """Check the signatures and codes."""
        if dossiers.is_archive(Path(self.what)):
            checked = dossiers.check_dossier(Path(self.what), self.key)
            return Outcome({"dossier": checked.as_dict()}, _dossier(checked))
        found = verifying.verify_report(self.what, self.key, self.trust)
        # what could not be compared with what was signed has not been seen to be genuine; nor a time that
        # nobody who is trusted vouches for, nor a code without its key
        open_times = any(one.stamp is not None and not one.stamp.trusted for one in found.signatures)
        alone = not found.compared and found.source != "code"
        status = Exit.SET_ASIDE if alone or open_times or found.unchecked else Exit.DONE
        return Outcome(_as_json(found), _checked(found), status)


def prompt_passphrase(what: str = "", twice: bool = False) -> bytes:
    """Return the passphrase that the user types, unseen."""
    try:
        first = getpass.getpass(f"passphrase of {what}: " if what else "passphrase: ")
        again = getpass.getpass("once more: ") if twice else first
    except EOFError:
        raise WrongUsage.because("no passphrase was entered") from None
    if again != first:
        raise WrongUsage.because("the two passphrases differ")
    return first.encode(errors="surrogateescape")


def _checked(found: verifying.CheckedFile) -> Parts:
    """Yield the signatures and codes, their content, and what was not checked."""
    for one in found.signatures:
        words = {"source": found.source, "signer": one.signer, "key_id": one.key_id}
        yield line("{source}: signed by {signer} (certificate {key_id})", "bold", **words)
        yield line("  {when}", when=_when(one))
        yield line("  the file is unchanged since signing")
    for code in found.codes:
        stated = code.statement
        words = {"where": "" if code.source == "code" else f"{code.source}: ", "body": code.key.body}
        yield line("{where}code signed by {body} (key {key_id})", "bold", **words, key_id=code.key.key_id)
        if isinstance(stated, signed_codes.SignedStatement):
            of = {"exam": stated.exam, "run": stated.run, "form": stated.form}
            yield line("  exam {exam}, run {run}, form {form}", **of)
        yield ReportedLine(joined(["  ", verifying.said(stated)], ""))
        if isinstance(stated, signed_codes.SignedCertificate):
            yield line(
                "  To check that it is still valid, give its number to the certification body.", "yellow"
            )
    if n := found.unchecked:
        yield line("  codes not checked: {n:,}; give the public key of the body with --key", "yellow", n=n)
    if not found.signatures:
        only = "" if found.source == "code" else tell(", because only a PDF can be signed as a whole")
        yield line("  Only the code was checked{only}. Compare these values with the report.", only=only)


def _dossier(found: dossiers.CheckedDossier) -> Parts:
    """Yield the content of a valid accreditation file."""
    words = {"name": found.name, "body": found.body, "key_id": found.key_id}
    yield line("{name}: signed by {body} (key {key_id})", "bold", **words)
    run = "–" if found.run is None else found.run
    yield line("  accreditation file of {exam}, run {run}", exam=found.exam, run=run)
    yield line(
        "  {files} files are unchanged since signing, and no file was added; "
        "{withheld} documents are withheld, {missing} are missing",
        files=found.n_files,
        withheld=found.n_withheld,
        missing=found.n_missing,
    )
    for name, value in found.fingerprints.items():
        yield line("  fingerprint, {name}: {value}", name=name, value=value)


def _when(one: validation.Signature) -> str:
    """Return when a report was signed, and according to whom."""
    if one.time is None:
        return tell("no signing time")

    time = tell("{time:%Y-%m-%d %H:%M:%S} UTC", time=one.time.astimezone(UTC))
    if one.stamp is None:
        return tell("at {time}, according to the signer", time=time)
    if one.stamp.trusted:
        return tell("at {time}, proved by the time stamp of {by}", time=time, by=one.stamp.by)
    return tell(
        "at {time}, according to a time stamp of {by} (not among the certificates given with --trust)",
        time=time,
        by=one.stamp.by,
    )


def _as_json(found: verifying.CheckedFile) -> dict[str, object]:
    signatures = [
        {
            "signer": one.signer,
            "certificate": one.key_id,
            "time": None if one.time is None else one.time.isoformat(),
            "time_stamp": None if one.stamp is None else one.stamp._asdict(),
        }
        for one in found.signatures
    ]
    reports, certificates = list[dict[str, object]](), list[dict[str, object]]()
    for one in found.codes:
        stated = one.statement
        fields = {"from" if name == "since" else name: value for name, value in stated._asdict().items()}
        signed = {"body": one.key.body, "key": one.key.key_id, "page_compared": found.compared}
        code = {"source": one.source, **fields, **signed}
        if isinstance(stated, signed_codes.SignedCertificate):
            certificates.append(code)
            continue
        code["decision"] = codes.decision_of(stated)
        code["also_asked"] = list(codes.other_methods(stated))
        code["units"] = codes.units_by_all_methods(stated)
        reports.append(code)
    document: dict[str, object] = {"codes_not_checked": found.unchecked}
    document |= {"signatures": signatures, "reports": reports}
    return document | ({"certificates": certificates} if certificates else {})
