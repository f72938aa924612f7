"""Creates signers of PDF files from a key and its certificate (PEM, PKCS#12), following ETSI EN 319 142-1.

pyHanko makes each signature: a CMS (RFC 5652), with a time stamp (RFC 3161) if a server is given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.problems import MissingDependency, WrongUsage, install
from examgen.core.signing.keys import (
    Ask,
    PrivateKeys,
    as_asn1,
    name_of,
    read_certificates,
    read_own,
    read_private,
    refused,
)
from examgen.core.words import command, option, tell

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.hazmat.primitives.serialization import pkcs12
    from pyhanko.keys.internal import translate_pyca_cryptography_key_to_asn1
    from pyhanko.sign.signers import Signer, SimpleSigner
    from pyhanko.sign.signers.pdf_cms import select_suitable_signing_md
    from pyhanko.sign.timestamps.aiohttp_client import HTTPTimeStamper
    from pyhanko.sign.timestamps.api import TimeStamper
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError
    from pyhanko_certvalidator.fetchers.aiohttp_fetchers.util import LazySession
    from pyhanko_certvalidator.registry import SimpleCertificateStore
    from pyhanko_certvalidator.util import get_pyca_cryptography_hash
except ImportError:
    raise MissingDependency.because(
        "signing needs additional libraries. Install them with {command}.", command=install("signing")
    ) from None

_SPARE = 512
"""The number of bytes by which a signature or a time stamp may be longer than the first one."""


class SignWith(NamedTuple):
    """A user's choice of the key to sign files with."""

    what: str
    """The path of the key file (PEM, PKCS#12)."""
    certificate: Path | None = None
    """A file of certificates, for a key file without one: that of the signer, then those of its issuers."""
    timestamp: str = ""
    """The address of a time-stamping server; empty for no time stamps."""


class FileSigner:
    """Signs the digests of PDF files. Created by `file_signer`."""

    def __init__(self, signer: Signer, timestamper: TimeStamper | None, runner: asyncio.Runner) -> None:
        certificate = signer.signing_cert
        assert certificate is not None
        _check_valid_today(x509.load_der_x509_certificate(certificate.dump()))
        self.algorithm: str = select_suitable_signing_md(certificate.public_key)
        """The name of the digest algorithm in `hashlib`."""
        self._signer, self._timestamper, self._run = signer, timestamper, runner.run
        digest = bytes(get_pyca_cryptography_hash(self.algorithm).digest_size)
        self.room: int = len(self._signed(digest, dry_run=True)) + _SPARE
        """The maximum size of a signature in bytes."""

    def sign(self, digest: bytes) -> bytes:
        """Returns the CMS signature of a digest."""
        return self._signed(digest)

    def _signed(self, digest: bytes, dry_run: bool = False) -> bytes:
        work = self._signer.async_sign(
            digest, self.algorithm, dry_run=dry_run, use_pades=True, timestamper=self._timestamper
        )
        try:
            return bytes(self._run(work).dump())
        except (TimestampRequestError, TimeoutError) as error:
            cause = error.__cause__ or error
            raise refused(
                option("timestamp"), "no-time-stamp", tell("returned no time stamp ({cause})", cause=cause)
            ) from None


def _check_valid_today(certificate: x509.Certificate) -> None:
    """Raises Refused if a certificate is not valid today."""
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= datetime.now(UTC) <= last:
        message = tell(
            "is valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}, but not today", first=first, last=last
        )
        whose = tell("the certificate of {name}", name=name_of(certificate))
        raise refused(whose, "certificate-expired", message)


@contextmanager
def file_signer(
    named: SignWith, ask: Ask | None = None, own: PrivateKeys | None = None
) -> Iterator[FileSigner]:
    """Yields a signer with the key that the user chose, or with the body's `own` keys, already read.

    Raises Refused if the key or its certificate cannot be used.
    """
    if named.timestamp and not named.timestamp.startswith(("http://", "https://")):
        raise WrongUsage.because(
            "{timestamp_option} must be the address of a server (http://…), not {timestamp}",
            timestamp=named.timestamp,
            timestamp_option=option("timestamp"),
        )
    with asyncio.Runner() as runner, _signer(named, ask, own) as signer:
        if not named.timestamp:
            yield FileSigner(signer, None, runner)
            return
        session = LazySession()
        try:
            yield FileSigner(signer, HTTPTimeStamper(named.timestamp, timeout=30, session=session), runner)
        finally:
            runner.run(session.close())


@contextmanager
def _signer(named: SignWith, ask: Ask | None, own: PrivateKeys | None) -> Iterator[Signer]:
    more = read_certificates(named.certificate) if named.certificate is not None else []
    path = Path(named.what)
    if own is None and not path.is_file():
        raise WrongUsage.because(
            "{path} is not a file. Give a PEM or PKCS#12 file with {sign}.", path=path, sign=option("sign")
        )
    keys = own or _pkcs12(path, ask) or read_private(path, ask)
    if keys.files is None:
        message = tell(
            "contains no key for signing PDF files (ECDSA, RSA). Make one with {command}.",
            command=command("site keys"),
        )
        raise refused(path.name, "not-a-private-key", message)
    certificates, public = more or keys.certificates, _spki(keys.files.public_key())
    certificate = next((one for one in certificates if _spki(one.public_key()) == public), None)
    if certificate is None:
        message = tell("has no certificate. Give it with {certificate}.", certificate=option("certificate"))
        if certificates:
            message = tell(
                "does not match the key in the certificate of {name}", name=name_of(certificates[0])
            )
        raise refused(path.name, "no-certificate", message)
    others = SimpleCertificateStore()
    others.register_multiple(as_asn1(one) for one in certificates if one != certificate)
    key = _KeySigner(as_asn1(certificate), translate_pyca_cryptography_key_to_asn1(keys.files), others)
    key.key = keys.files
    yield key


# ── keys in files ────────────────────────────────────────────────────────────────────────────


class _KeySigner(SimpleSigner):
    """A key in memory. Its signatures of the same data are the same (RFC 6979)."""

    key: PrivateKeyTypes

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        if not isinstance(self.key, ec.EllipticCurvePrivateKey):
            return bytes(super().sign_raw(data, digest_algorithm))
        hashed = get_pyca_cryptography_hash(digest_algorithm)
        try:
            return self.key.sign(data, ec.ECDSA(hashed, deterministic_signing=True))
        except UnsupportedAlgorithm:  # OpenSSL before 3.2
            return self.key.sign(data, ec.ECDSA(hashed))


def _spki(key: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return bytes(key.public_bytes(serialization.Encoding.DER, form))


def _pkcs12(path: Path, ask: Ask | None) -> PrivateKeys | None:
    """Returns the key and certificates in a PKCS#12 file; None if the file is not DER and so not PKCS#12."""
    with path.open("rb") as file:
        if file.read(1) != b"\x30":
            return None
    data = read_own(path)
    found = _unlocked(data, None) or _unlocked(data, b"")
    if found is None and ask is None:
        raise refused(
            path.name,
            "passphrase",
            tell(
                "is damaged, or protected by a passphrase. Add {passphrase}.", passphrase=option("passphrase")
            ),
        )
    if found is None and ask is not None:
        found = _unlocked(data, ask(path.name))
    if found is None or found.key is None:
        message = (
            tell("is damaged, or the passphrase is wrong")
            if found is None
            else tell("contains no private key")
        )
        raise refused(path.name, "not-a-private-key", message)
    several = [found.cert, *found.additional_certs]
    return PrivateKeys(None, found.key, tuple(one.certificate for one in several if one is not None))


def _unlocked(data: bytes, passphrase: bytes | None) -> pkcs12.PKCS12KeyAndCertificates | None:
    try:
        return pkcs12.load_pkcs12(data, passphrase)
    except (ValueError, UnsupportedAlgorithm):
        return None
