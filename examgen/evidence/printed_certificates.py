"""Certificates → one PDF each, A4 landscape, in Thai and English, with a QR code; signed if a key is given.

Without a key, the QR code contains the certificate number. With a key, it contains a signed code, which
includes the name and shows that it is genuine even if the body cannot be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.bank.body import logo_of
from examgen.bank.settings import body_words, certificate_settings
from examgen.core.files import FileNames, Progress, own_folder, quiet, write_file
from examgen.core.problems import Problem, Refused
from examgen.core.resources import fonts, template_folders
from examgen.core.text.fonts import missing
from examgen.core.words import in_language, tell
from examgen.evidence.certificates import (
    STATUS_WORDS,
    Certificate,
    certificate_of,
    doubts_of,
    number_key,
    read_register,
)
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import INSTEAD, day_words, printable
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.pdf.signed_file import Signs, signed_pdf
from examgen.rendering.templates.filling import fill
from examgen.reports.codes import html_picture
from examgen.reports.signing import opened_keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NAME_LENGTH = 60
"""The maximum length of a name in a code. With more, the picture would be too fine for a scanner."""


class PrintedCertificates(NamedTuple):
    """The certificate files that were written."""

    folder: Path
    names: tuple[str, ...]
    problems: tuple[Problem, ...]
    """Characters that the fonts lack, and certificates whose holder no longer meets the unit."""


def print_certificates(
    workspace: Path,
    numbers: Sequence[str],
    out: Path,
    sign: Path | None = None,
    ask: Callable[[str], bytes] | None = None,
    progress: Progress = quiet,
) -> PrintedCertificates:
    """Write the certificates with these numbers into a folder of their own.

    Raises Refused, with all faults, and writes nothing, if a number is unknown or a certificate is suspended
    or withdrawn.
    """
    certificates = _printable(read_register(workspace), numbers)
    problems = [
        Problem(
            number,
            "in-doubt",
            tell(
                "the holder no longer meets the unit ({why}). Decide what happens to the certificate.",
                why=why,
            ),
            severity="warning",
        )
        for number, why in doubts_of(workspace, certificates, date.today()).why.items()
    ]
    names, written = FileNames(), list[str]()
    with opened_keys(sign, ask=ask) as (key, signer), own_folder(out) as made:
        for n, one in enumerate(certificates, 1):
            if lacking := missing(one.issued.name):
                listed = ", ".join(f"{char!r} (U+{ord(char):04X})" for char in lacking[:5])
                message = tell(
                    "the fonts have no {listed}. {instead} is printed instead", listed=listed, instead=INSTEAD
                )
                problems.append(Problem(one.number, "not-in-fonts", message, severity="warning"))
            name = f"{names.of(one.number)}.pdf"
            write_file(made / name, certificate_pdf(workspace, one, key, signer))
            written.append(name)
            if n % 50 == 0:
                progress(tell("{n:,} certificates", n=n))
    return PrintedCertificates(out, tuple(written), tuple(problems))


def _printable(register: Sequence[Certificate], numbers: Sequence[str]) -> list[Certificate]:
    found: dict[str, Certificate] = {}
    problems = []
    for number in numbers:
        one = certificate_of(register, number)
        if one is None:
            message = tell("is not a certificate number")
            problems.append(Problem(number, "unknown-number", message))
        else:
            problems += _not_in_force(one)
            found[number_key(number)] = one
    if problems:
        raise Refused.because("no certificate was printed", problems)
    return list(found.values())


def check_printable(one: Certificate) -> None:
    """Raise Refused for a certificate that is suspended or withdrawn."""
    if problems := _not_in_force(one):
        raise Refused.because("no certificate was printed", problems)


def _not_in_force(one: Certificate) -> list[Problem]:
    status = one.status(date.today())
    if status not in ("suspended", "withdrawn"):
        return []
    message = tell("is {status}, so it is not printed", status=STATUS_WORDS[status])
    return [Problem(one.number, "not-in-force", message)]


def certificate_pdf(
    workspace: Path, one: Certificate, key: Ed25519PrivateKey | None = None, signer: Signs | None = None
) -> bytes:
    """Return the PDF of a certificate. A key signs its code, a signer the file."""
    issued, until, templates = one.issued, one.until, template_folders(workspace)
    body, settings = body_words(workspace), certificate_settings(workspace)
    logo = logo_of(workspace)
    context = {
        "body": body.name,
        "logo": "" if logo is None else logo.as_uri(),
        "title": settings.title,
        "signers": settings.signers,
        "by_hand": signer is None,
        "draft": issued.draft,
        "name": printable(issued.name),
        "unit": issued.unit,
        "unit_title": printable(issued.title),
        "level": issued.level,
        "occupation": printable(issued.occupation),
        "number": printable(one.number),
        "since": day_words(one.since),
        "until": day_words(until) if until is not None else None,
        "verify": body.verify,
        "picture": html_picture(*_code(one, key, body.verify)),
        "fonts": fonts().as_uri(),
    }
    html = fill("certificate.html", context, templates, line_setter(templates))
    title = in_language(tell("Certificate {number}", number=one.number), "th")
    readable = (*templates, fonts(), *filter(None, [logo]))
    data = render_pdf(html, title=title, language="th", readable=readable, variant="pdf/ua-1")
    return signed_pdf(data, signer) if signer is not None else data


def _code(one: Certificate, key: Ed25519PrivateKey | None, verify: str | None) -> tuple[str, str]:
    """Return the code of a certificate (empty without a key), and the text that its picture encodes."""
    from examgen.core.signing.codes import SignedCertificate, address_of, signed  # an extra

    issued, until = one.issued, one.until
    if key is None:
        return "", address_of(one.number, verify)
    name = issued.name if len(issued.name) <= NAME_LENGTH else f"{issued.name[: NAME_LENGTH - 1]}…"
    last = until.isoformat() if until is not None else ""
    level = str(issued.level or "")
    stated = SignedCertificate(one.number, name, issued.unit, level, issued.since, last)
    code = signed(stated, key)
    return code, address_of(code, verify)
