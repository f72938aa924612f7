"""The code on a report or a certificate: a statement and its Ed25519 signature (RFC 8032).

The code is in base 45 (RFC 9285), so that a QR code needs few modules. Anyone with the body's public key can
check it, also from paper. If the body has a page that checks codes, the QR code is its web address with the
code after `#`: browsers do not send that part, so it is not in any server's logs.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import quote, unquote

from examgen.core.problems import MissingDependency, Refused, install
from examgen.core.signing.keys import ID_BYTES, PublicKey, refused
from examgen.core.words import tell

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
except ImportError:
    raise MissingDependency.because(
        "signing needs additional libraries. Install them with {command}.", command=install("signing")
    ) from None

PREFIX = "EG1:"
"""The beginning of the code of a report: examgen, first version."""
CERTIFICATE_PREFIX = "EC1:"
"""The beginning of the code of a certificate."""
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE = {char: n for n, char in enumerate(_ALPHABET)}
_SIGNATURE_BYTES = 64
_PART = "\x1f"
_BEGINNING = re.compile(r"\s*(E[GC]\d+:)", re.IGNORECASE | re.ASCII)
_ADDRESS = re.compile(r"\s*https?://[^\s#]{1,500}#", re.IGNORECASE | re.ASCII)
_LONGEST = 10_000


class SignedStatement(NamedTuple):
    """The part of a report that is signed."""

    exam: str
    run: str
    """The number and fingerprint of the run: `2 e6fa5fc6c3db42fc`."""
    candidate_id: str
    name: str
    """The name; if it is long, only its beginning."""
    form: str
    decision: str
    """`pass`, `fail` or empty. If the standard requires more than the written test, it also states what the
    decision covers."""
    score: str
    max_score: str
    criteria: str
    """The points in each criterion, in the order of the report: `3/5 4/5 …`."""


class SignedCertificate(NamedTuple):
    """The signed content of a certificate. Whether it is still valid is recorded in the body's register."""

    number: str
    name: str
    unit: str
    level: str
    since: str
    """The first day of validity, as ISO 8601."""
    until: str
    """The last day of validity when it was printed; empty if there is none."""


Signed = SignedStatement | SignedCertificate


def signed(statement: Signed, key: Ed25519PrivateKey) -> str:
    """Returns the code of a statement. The same statement and key give the same code."""
    prefix = PREFIX if isinstance(statement, SignedStatement) else CERTIFICATE_PREFIX
    parts = (part.replace(_PART, "\ufffd") for part in statement)
    key_id = hashlib.sha256(key.public_key().public_bytes_raw()).digest()[:ID_BYTES]
    body = key_id + _PART.join(parts).encode(errors="replace")
    return prefix + _to_base45(body + key.sign(prefix.encode() + body))


def address_of(code: str, page: str | None) -> str:
    """Returns the text for the QR code of a code or number: the address of the page that checks it, with the
    code; the code alone if there is no such page. Blanks and `%` are percent-encoded."""
    return f"{page.partition('#')[0]}#{quote(code, safe='$*+-./:')}" if page else code


def code_of(text: str) -> str:
    """Returns the code or number in an address; any other text is returned unchanged."""
    found = _ADDRESS.match(text)
    return unquote(text[found.end() :].strip()) if found is not None else text


def looks_like_code(text: str) -> bool:
    """Returns whether a text begins like a code of any version, or is an address that contains one."""
    return _BEGINNING.match(code_of(text)) is not None


def verified(text: str, keys: Sequence[PublicKey]) -> tuple[Signed, PublicKey]:
    """Returns the statement in a code, and the key that signed it. The code may be in lower case, have line
    breaks, or be in an address.

    Raises Refused if the text is not a code, if its key is not among `keys`, or if its signature does not
    match the statement.
    """
    code = code_of(text)
    version = _BEGINNING.match(code)
    prefix = version[1].upper() if version is not None else PREFIX
    if prefix not in (PREFIX, CERTIFICATE_PREFIX):
        message = tell("has version {version}…, which needs a newer examgen", version=prefix)
        raise refused("code", "other-version", message)
    # What follows the beginning, with and without spaces: a space is a sign of base 45, too.
    lines = code.strip().upper()[len(prefix) :].splitlines() if len(code) <= _LONGEST else []
    stripped = [line.strip() for line in lines]
    meant = dict.fromkeys(("".join(lines), "".join(stripped), " ".join(stripped))) if lines else ()
    readings = (one + blanks for one in meant for blanks in ("", " ", "  "))
    found = [data for one in readings if (data := _from_base45(one)) is not None]
    found = [data for data in found if len(data) > ID_BYTES + _SIGNATURE_BYTES]
    if not version or not found:
        raise refused(
            "code",
            "not-a-code",
            tell("is not a report code, or is incomplete ({prefix}…)", prefix=prefix),
        )
    first = None
    for data in found:
        try:
            return _stated(prefix, data, keys)
        except Refused as reason:
            first = first or reason
    assert first is not None
    raise first


def _stated(prefix: str, data: bytes, keys: Sequence[PublicKey]) -> tuple[Signed, PublicKey]:
    """Returns the statement in the bytes of a code, and the key that signed it."""
    body, signature = data[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
    key_id = base64.b32encode(body[:ID_BYTES]).decode("ascii")
    signers = [key for key in keys if key.key_id == key_id]
    if not signers:
        known = ", ".join(f"{key.key_id} ({key.body})" for key in keys) or tell("none")
        message = tell(
            "is signed with key {key_id}, which is not one of the given keys ({known})",
            key_id=key_id,
            known=known,
        )
        raise refused("code", "key-unknown", message)
    for signer in signers:
        with suppress(InvalidSignature, UnicodeDecodeError, TypeError, ValueError):
            Ed25519PublicKey.from_public_bytes(signer.raw).verify(signature, prefix.encode() + body)
            parts = body[ID_BYTES:].decode().split(_PART)
            return SignedStatement(*parts) if prefix == PREFIX else SignedCertificate(*parts), signer
    message = tell("was changed after {body} signed it (the signature does not match)", body=signers[0].body)
    raise refused("code", "signature-wrong", message)


def _to_base45(data: bytes) -> str:
    """Returns bytes in base 45 (RFC 9285)."""
    out = []
    for n in range(0, len(data) - 1, 2):
        value = data[n] * 256 + data[n + 1]
        out += [value % 45, value // 45 % 45, value // 2025]
    if len(data) % 2:
        out += [data[-1] % 45, data[-1] // 45]
    return "".join(_ALPHABET[n] for n in out)


def _from_base45(text: str) -> bytes | None:
    """Returns the bytes of a text in base 45; None if it is not valid."""
    values = [_VALUE.get(char, -1) for char in text]
    if min(values, default=-1) < 0 or len(values) % 3 == 1:
        return None
    out = bytearray()
    for n in range(0, len(values), 3):
        part = values[n : n + 3]
        value = sum(digit * 45**place for place, digit in enumerate(part))
        if value >= 256 ** (len(part) - 1):
            return None
        out += value.to_bytes(len(part) - 1, "big")
    return bytes(out)
