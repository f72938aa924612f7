"""Returns the signatures of a PDF file, as found by pyHanko's validator (ETSI EN 319 142-1, ISO 32000-1
12.8).

A signature must cover the file from its first byte to its last: any later addition is a fault, and is not
examined. The network is not used: the caller gives the trusted certificates, and revocation is not checked.
"""

from __future__ import annotations

import asyncio
import logging
import mmap
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from examgen.core.files import check_regular
from examgen.core.problems import MissingDependency, Problem, Refused, install
from examgen.core.signing.keys import der, key_id_of, name_of
from examgen.core.words import Message, option, tell

try:
    from asn1crypto import cms, parser
    from asn1crypto import x509 as asn1_x509
    from cryptography import x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.ades.report import AdESIndeterminate
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext
except ImportError:
    raise MissingDependency.because(
        "signing needs additional libraries. Install them with {command}.", command=install("signing")
    ) from None

if TYPE_CHECKING:
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import PdfSignatureStatus

for _name in ("pyhanko", "pyhanko_certvalidator"):  # they log every fault with a traceback
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False

_EXPIRED = (AdESIndeterminate.EXPIRED, AdESIndeterminate.OUT_OF_BOUNDS_NO_POE)


class TimeStamp(NamedTuple):
    """The time of a signature, certified by a time-stamping authority."""

    by: str
    trusted: bool
    """Whether the certificate of that authority is trusted."""


class Signature(NamedTuple):
    """A signature by a trusted signer that covers its whole file."""

    signer: str
    certificate: bytes
    """The certificate of the signer, as DER."""
    time: datetime | None
    """The time from the time stamp, or as stated by the signer if there is none."""
    stamp: TimeStamp | None

    @property
    def key_id(self) -> str:
        """The ID of the signer's certificate."""
        return key_id_of(self.certificate)


def signatures(path: Path, trusted: Sequence[bytes]) -> list[Signature]:
    """Returns the signatures of a PDF, all of them valid; empty if it was never signed.

    `trusted` are certificates (DER). Raises Refused with the fault of each invalid signature.
    """
    check_regular(path)
    problems: list[Problem] = []
    found: list[Signature] = []
    with path.open("rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if data.find(b"/ByteRange") < 0:
                return []  # a file without a signature need not pass the strict reader
        try:
            embedded = list(PdfFileReader(file).embedded_signatures)
            for one in embedded:
                try:
                    found.append(asyncio.run(_checked(file, one, trusted)))
                except _SignatureFault as fault:
                    problems.append(Problem(path.name, fault.code, fault.message))
        except Exception as error:
            said = str(error).partition("\n")[0] or type(error).__name__
            problems = [Problem(path.name, "damaged-pdf", tell("cannot be read: {said}", said=said))]
    if problems:
        raise Refused.because("the signature of {path} is not valid", problems, path=path.name)
    return found


class _SignatureFault(Exception):
    """A signature is invalid."""

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(message)
        self.code, self.message = code, message


async def _checked(file: BinaryIO, one: EmbeddedPdfSignature, trusted: Sequence[bytes]) -> Signature:
    """Returns the signature, if it is valid.

    Raises _SignatureFault if it is not, or if its signer is not trusted, or was not trusted at the time of
    signing, as far as that is known.
    """
    certificate = x509.load_der_x509_certificate(one.signer_cert.dump())
    name, moment = name_of(certificate), datetime.now(UTC)
    status = await _status(one, trusted, moment)
    stamp = status.timestamp_validity
    if stamp is not None and stamp.trusted:
        moment = stamp.timestamp
        status = await _status(one, trusted, moment)
    if not (status.intact and status.valid):
        message = tell(
            "is not what {name} signed. It was changed, or saved by another program. Ask "
            "for the original file.",
            name=name,
        )
        raise _SignatureFault("file-changed", message)
    if one.coverage != SignatureCoverageLevel.ENTIRE_FILE or not _is_whole(file, one):
        message = tell(
            "was extended after {name} signed it, so it may show something that was not "
            "signed. Ask for the original file.",
            name=name,
        )
        raise _SignatureFault("changed-after-signing", message)
    if stamp is not None and not (stamp.intact and stamp.valid):
        message = tell("has a time stamp that does not belong to this signature or was changed")
        raise _SignatureFault("time-stamp-wrong", message)
    called = tell("{name} (certificate {code})", name=name, code=key_id_of(der(certificate)))
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= moment <= last or status.trust_problem_indic in _EXPIRED:
        message = tell(
            "is signed by {called}, whose certificate is valid from {first:%Y-%m-%d} to "
            "{last:%Y-%m-%d}, and no trusted time stamp shows that it was signed in that "
            "period",
            called=called,
            first=first,
            last=last,
        )
        raise _SignatureFault("certificate-expired", message)
    if not status.trusted:
        message = tell(
            "is signed by {called}, who is not among the signers you trust. Another person "
            "could use that name. Give the body's own certificate with {key} or {trust}.",
            called=called,
            key=option("key"),
            trust=option("trust"),
        )
        raise _SignatureFault("signer-unknown", message)
    by = None
    if stamp is not None:
        by = TimeStamp(name_of(x509.load_der_x509_certificate(stamp.signing_cert.dump())), stamp.trusted)
    told = stamp.timestamp if stamp is not None else status.signer_reported_dt
    return Signature(name, der(certificate), told, by)


async def _status(
    one: EmbeddedPdfSignature, trusted: Sequence[bytes], moment: datetime
) -> PdfSignatureStatus:
    roots = [asn1_x509.Certificate.load(data) for data in trusted]
    then, now = (
        ValidationContext(trust_roots=roots, allow_fetching=False, moment=at)
        for at in (moment, datetime.now(UTC))
    )
    # a certificate without key usages may be used for everything (RFC 5280, 4.2.1.3)
    usage = {"non_repudiation", "digital_signature"} if one.signer_cert.key_usage_value is not None else set()
    return await async_validate_pdf_signature(
        one, then, now, key_usage_settings=KeyUsageConstraints(key_usage=usage), skip_diff=True
    )


def _is_whole(file: BinaryIO, one: EmbeddedPdfSignature) -> bool:
    """Returns whether a signature covers the whole file except itself, and is encoded in the usual way."""
    ranges: list[Any] = [int(number) for number in one.byte_range]
    if len(ranges) != 4 or ranges[0] != 0:
        return False
    _, start, end, length = ranges
    file.seek(0, 2)
    if file.tell() != end + length:
        return False
    file.seek(start)
    digits = file.read(end - start)
    class_, method, tag, _, contents, _ = parser.parse(one.pkcs7_content)  # ignore what follows it
    length = len(parser.emit(class_, method, tag, contents))
    body, padding = digits[1 : 1 + 2 * length], digits[1 + 2 * length : -1]
    if digits[:1] + digits[-1:] != b"<>" or padding.strip(b"0") or body not in (body.lower(), body.upper()):
        return False
    written = bytes.fromhex(body.decode())
    return written == one.pkcs7_content[:length] and _is_plain(written)


def _is_plain(data: bytes) -> bool:
    """Returns whether the unsigned parts of a CMS are determined by its signed parts."""
    whole = cms.ContentInfo.load(data)
    signed = whole["content"]
    info = signed["signer_infos"][0]
    content = whole["content_type"].dump() + signed.dump()
    algorithms = parser.emit(0, 1, 17, info["digest_algorithm"].dump())
    versions = signed["version"].native, info["version"].native
    return (whole.contents, signed["digest_algorithms"].dump()) == (content, algorithms) and versions in (
        ("v1", "v1"), ("v3", "v3"), ("v4", "v1"), ("v5", "v1"),
    )  # fmt: skip
