"""The keys of a certification body: creating, storing and reading private keys, and publishing public ones.

A body has two keys: Ed25519 for codes on paper, where a signature must be short, and ECDSA P-256 for PDF
files, which every PDF reader supports, with a self-signed certificate.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from examgen.core.files import naming, read_input, write_file
from examgen.core.problems import MissingDependency, Problem, Refused, WrongUsage, install
from examgen.core.words import Message, command, joined, option, tell

try:
    from asn1crypto import x509 as asn1_x509
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509.oid import NameOID
except ImportError:
    raise MissingDependency.because(
        "signing needs additional libraries. Install them with {command}.", command=install("signing")
    ) from None

ID_BYTES = 5
YEARS = 10
"""The number of years for which a certificate that `make_keys` creates is valid."""
_LONGEST_NAME = 64
"""The maximum number of characters of a name in a certificate (RFC 5280, ub-common-name)."""
_PRIVATE = b"PRIVATE KEY-----"
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----\s*", re.DOTALL)

Ask = Callable[[str], bytes]
"""Asks the user for the passphrase of the file with this name."""


class PublicKey(NamedTuple):
    """The public key that verifies a body's codes, with the certificate that verifies the signatures of its
    PDF files."""

    body: str
    key_id: str
    raw: bytes
    certificate: bytes = b""
    """The certificate as DER; empty if the body uses a certificate other than its self-signed one."""


class PrivateKeys(NamedTuple):
    """The keys and certificates in a file of private keys."""

    codes: ed25519.Ed25519PrivateKey | None
    files: PrivateKeyTypes | None
    """The key of the certificate, which signs PDF files."""
    certificates: tuple[x509.Certificate, ...]


# ── made ─────────────────────────────────────────────────────────────────────────────────────


def make_keys(private: Path, body: str, passphrase: bytes | None = None) -> tuple[Path, PublicKey]:
    """Creates private keys in a new file (PEM, mode 0600), and writes the public key and the certificate next
    to it. Returns the path of the public key, and the key.

    Raises WrongUsage if one of the files already exists: a key is never replaced.
    """
    if not private.name:
        raise WrongUsage.because(
            "{private} is a folder. Give the private key file, for example body.pem.", private=private
        )
    public, certified = private.with_suffix(".public.json"), certificate_beside(private)
    for path in (private, public, certified):
        if path.exists() or path.is_symlink():
            raise WrongUsage.because(
                "{path} already exists, and a key is never replaced. Choose another name.", path=path
            )
    if not body.strip() or not body.isprintable():
        raise WrongUsage.because(
            "{body} must be the name of the certification body that signs, on one line of plain text",
            body=option("body"),
        )
    if len(body) > _LONGEST_NAME:
        raise WrongUsage.because(
            "{body} has {n} letters, but a certificate can contain at most {longest_name}",
            n=len(body),
            longest_name=_LONGEST_NAME,
            body=option("body"),
        )
    if passphrase is not None and not passphrase:
        raise WrongUsage.because(
            "the passphrase is empty. To use none, remove {passphrase}.", passphrase=option("passphrase")
        )
    codes, files = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
    certificate = _self_signed(files, body)
    shown = certificate.public_bytes(serialization.Encoding.PEM)
    known = _public(body, codes.public_key().public_bytes_raw(), der(certificate))
    private.parent.mkdir(parents=True, exist_ok=True)
    with _written_once(private, _pem(files, passphrase) + shown + _pem(codes, passphrase)):
        write_file(certified, shown, shared=True)
        try:
            write_file(public, public_bytes(known), shared=True)
        except BaseException:
            certified.unlink(missing_ok=True)
            raise
    return public, known


def certificate_beside(private: Path) -> Path:
    """Returns the path of the certificate that belongs to a file of private keys."""
    return private.with_suffix(".crt")


def _pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, passphrase: bytes | None) -> bytes:
    protected = (
        serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protected)


def _self_signed(key: ec.EllipticCurvePrivateKey, body: str) -> x509.Certificate:
    """Returns a self-signed certificate for signing documents."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    kinds = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
    with warnings.catch_warnings(action="ignore"):  # bytes are counted; RFC 5280 counts letters, as was done
        name = x509.Name([x509.NameAttribute(one, body, _validate=False) for one in kinds])
    others = ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign")
    usage = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today)
        .not_valid_after(today + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


@contextmanager
def _written_once(path: Path, data: bytes) -> Iterator[None]:
    """Creates a file that only its owner can ever read, and removes it if the block fails."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with naming(path, str(path)), open(handle, "wb") as file:
            file.write(data)
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


# ── what is handed out ───────────────────────────────────────────────────────────────────────


def public_bytes(key: PublicKey) -> bytes:
    """Returns the content of a public key file, for publication."""
    said = {
        "body": key.body,
        "key": key.key_id,
        "algorithm": "Ed25519",
        "public": base64.b64encode(key.raw).decode("ascii"),
        "certificate": base64.b64encode(key.certificate).decode("ascii"),
    }
    return json.dumps(said, ensure_ascii=False, indent=2).encode() + b"\n"


def read_public(path: Path) -> PublicKey:
    """Reads a public key file. Raises Refused if it is not one, or if the key does not match its recorded
    ID."""
    data = _read_shown(
        path, tell("{key} must be the public key of a body, for example body.public.json", key=option("key"))
    )
    try:
        said = json.loads(data.decode("utf-8-sig"))
        raw, certificate = (
            base64.b64decode(said.get(name, ""), validate=True) for name in ("public", "certificate")
        )
        found, named = _public(said["body"], raw, certificate), said.get("key")
        if certificate:
            x509.load_der_x509_certificate(certificate)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise refused(
            path.name,
            "not-a-public-key",
            tell("is not a public key that {command} wrote", command=command("site keys")),
        ) from None
    if len(raw) != 32 or named != found.key_id or not found.body.isprintable():
        raise refused(path.name, "public-key-damaged", tell("does not match its key number"))
    return found


def body_of(private: Path, keys: PrivateKeys, raw: bytes) -> str:
    """Returns the name of the body that owns a file of private keys, from the public key file next to it or
    else the certificate. `raw` is the public key. Raises Refused if there is neither."""
    public = private.with_suffix(".public.json")
    if public.is_file():
        found = read_public(public)
        if found.raw != raw:
            raise refused(
                public.name, "other-key", tell("is not the public key of {path}", path=private.name)
            )
        return found.body
    beside = certificate_beside(private)
    certificates = keys.certificates or tuple(read_certificates(beside) if beside.is_file() else ())
    if not certificates:
        message = tell(
            "has no public key with the name of the body. Put {path} into the same folder.", path=public.name
        )
        raise refused(private.name, "body-unknown", message)
    return name_of(certificates[0])


def read_certificates(path: Path) -> list[x509.Certificate]:
    """Returns the certificates in a file (PEM or DER), at least one. Raises Refused if it has none."""
    data = _read_shown(path, tell("a certificate must be a file, for example body.crt"))
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        message = tell("is not a certificate (X.509, as PEM or DER)")
        raise refused(path.name, "not-a-certificate", message) from None


def _read_shown(path: Path, what: str) -> bytes:
    """Reads a file that may be public. Raises Refused if it contains a private key."""
    if not path.is_file():
        raise WrongUsage.because("{path} is not a file ({what})", path=path, what=what)
    data = read_input(path)
    if _PRIVATE in data:
        message = tell("contains a private key, which only its owner may have. Give the public file instead.")
        raise refused(path.name, "private-key-given", message)
    return data


# ── read ─────────────────────────────────────────────────────────────────────────────────────


def read_own(path: Path) -> bytes:
    """Reads a file that must be readable only by its owner. Raises Refused otherwise."""
    if not path.is_file():
        raise WrongUsage.because("{path} is not a file", path=path)
    data = read_input(path)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        message = tell(
            "can be read by others. Use `chmod 600 {path}`, and make a new key if others may have copied it.",
            path=path,
        )
        raise refused(path.name, "private-key-open", message)
    return data


def read_private(path: Path, ask: Ask | None = None) -> PrivateKeys:
    """Reads the private keys and certificates in a file. Raises Refused if it has no key, can be read by
    others, or needs a passphrase and `ask` is None."""
    if path.is_file() and _PRIVATE not in read_input(path):
        raise refused(
            path.name,
            "not-a-private-key",
            tell("is not a private key. Make one with {command}.", command=command("site keys")),
        )
    passphrase: bytes | None = None
    codes, files, certificates = None, None, []
    for block in _BLOCK.finditer(read_own(path)):
        try:
            if block[1] == b"CERTIFICATE":
                certificates.append(x509.load_pem_x509_certificate(block[0]))
            elif block[1].endswith(b"PRIVATE KEY"):
                try:
                    key = serialization.load_pem_private_key(block[0], None)
                except TypeError:
                    if ask is None:
                        message = tell(
                            "is protected by a passphrase. Add {passphrase}.", passphrase=option("passphrase")
                        )
                        raise refused(path.name, "passphrase", message) from None
                    if passphrase is None:  # it is asked for once for the whole file
                        passphrase = ask(path.name)
                    key = serialization.load_pem_private_key(block[0], passphrase)
                codes, files = (key, files) if isinstance(key, ed25519.Ed25519PrivateKey) else (codes, key)
        except (ValueError, UnsupportedAlgorithm):
            message = (
                tell("is damaged, or the passphrase is wrong")
                if passphrase is not None
                else tell("is damaged")
            )
            raise refused(path.name, "not-a-private-key", message) from None
    if codes is None and files is None:
        raise refused(path.name, "not-a-private-key", tell("is damaged"))
    return PrivateKeys(codes, files, tuple(certificates))


def code_key(path: Path, keys: PrivateKeys) -> ed25519.Ed25519PrivateKey:
    """Returns the key that signs codes. Raises Refused if the file has none."""
    if keys.codes is None:
        message = tell(
            "contains no Ed25519 key, which is needed to sign codes. Make one with {command}.",
            command=command("site keys"),
        )
        raise refused(path.name, "not-a-private-key", message)
    return keys.codes


def key_id_of(raw: bytes) -> str:
    """Returns the ID of a key or certificate, computed from its bytes."""
    return base64.b32encode(hashlib.sha256(raw).digest()[:ID_BYTES]).decode("ascii")


def der(certificate: x509.Certificate) -> bytes:
    """Returns a certificate in DER encoding."""
    return certificate.public_bytes(serialization.Encoding.DER)


def name_of(certificate: x509.Certificate) -> str:
    """Returns the name of the owner of a certificate: the common name, else the organisation, else the whole
    subject."""
    with warnings.catch_warnings(action="ignore"):  # of names that have more than 64 bytes
        subject = certificate.subject
    for oid in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME):
        if found := subject.get_attributes_for_oid(oid):
            said = str(found[0].value)
            break
    else:
        said = subject.rfc4514_string()
    return "".join(char if char.isprintable() else "\ufffd" for char in said)


def as_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """Returns a certificate as pyHanko represents it."""
    return asn1_x509.Certificate.load(der(certificate))


def _public(body: str, raw: bytes, certificate: bytes) -> PublicKey:
    return PublicKey(str(body), key_id_of(raw), raw, certificate)


def refused(source: str, code: str, message: Message) -> Refused:
    """Returns a Refused exception with a single problem."""
    return Refused(joined((source, message), " "), [Problem(source, code, message)])
