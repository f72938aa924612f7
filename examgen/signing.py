"""Results that are signed: keys of a certification body, and the code that a report bears.

A code is a statement of what was decided and its Ed25519 signature (RFC 8032), written in base 45 (RFC 9285),
so that a QR code holds it in few modules. Anybody with the body's public key can check it; the private key
stays in its file. `cryptography` does the mathematics; it is loaded where it is needed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.problems import MissingDependency, Problem, Refused, WrongUsage

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PREFIX = "EG1:"
"""What a code begins with: examgen, first version."""
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE = {char: n for n, char in enumerate(_ALPHABET)}
_ID_BYTES, _SIGNATURE_BYTES, _DIGEST_BYTES = 5, 64, 8
_PART = "\x1f"
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


class Statement(NamedTuple):
    """What a report says, as far as it is signed."""

    exam: str
    run: str
    """Number and fingerprint of the run: `2 e6fa5fc6c3db42fc`."""
    candidate_id: str
    form: str
    decision: str
    """`pass`, `fail` or empty."""
    score: str
    max_score: str
    criteria: str
    """Points of each criterion, in the order of the report: `3/5 4/5 …`."""
    numbers: str
    """Digest of all the numbers that the report shows; see `numbers_digest`."""


class PublicKey(NamedTuple):
    """The key that checks a body's codes."""

    body: str
    key_id: str
    raw: bytes


# ── keys ─────────────────────────────────────────────────────────────────────────────────────


def make_keys(private: Path, body: str, passphrase: bytes | None = None) -> tuple[Path, PublicKey]:
    """Writes a new private key (PEM, mode 0600) and beside it the public one; gives the public one.

    Raises WrongUsage where a file of that name is there already: a key is never replaced.
    """
    ed25519, serialization = _cryptography()
    public = private.with_suffix(".public.json")
    for path in (private, public):
        if path.exists():
            raise WrongUsage(f"{path} is there already: a key is never replaced; name another file")
    if not body.strip():
        raise WrongUsage("--body names the certification body that signs: it is empty")
    key = ed25519.Ed25519PrivateKey.generate()
    protected = (
        serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protected)
    private.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as file:
        file.write(pem)
    known = _public(body, _raw(key))
    public.write_bytes(public_bytes(known))
    return public, known


def public_bytes(key: PublicKey) -> bytes:
    """The public key as a file to hand out."""
    said = {
        "body": key.body,
        "key": key.key_id,
        "algorithm": "Ed25519",
        "public": base64.b64encode(key.raw).decode("ascii"),
    }
    return json.dumps(said, ensure_ascii=False, indent=2).encode() + b"\n"


def read_public(path: Path) -> PublicKey:
    """The public key of a file; raises Refused where it is none, or is not the key that it says."""
    try:
        said = json.loads(path.read_text("utf-8"))
        found = _public(said["body"], base64.b64decode(said["public"], validate=True))
    except FileNotFoundError:
        raise WrongUsage(f"{path} is no file") from None
    except (ValueError, KeyError, TypeError):
        raise _refused(path.name, "not-a-public-key", "is no public key that `examgen keys` wrote") from None
    if len(found.raw) != 32 or said.get("key") != found.key_id:
        raise _refused(path.name, "public-key-damaged", "its key does not have the number that it says")
    return found


def read_private(path: Path, passphrase: bytes | None = None) -> Ed25519PrivateKey:
    """The private key of a file; raises Refused where it is none, is open to others or needs a passphrase."""
    ed25519, serialization = _cryptography()
    if not path.is_file():
        raise WrongUsage(f"{path} is no file")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        message = f"can be read by others: `chmod 600 {path}`, and make a new key if anybody had it"
        raise _refused(path.name, "private-key-open", message)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), passphrase)
    except TypeError:
        raise _refused(path.name, "passphrase", "the passphrase is missing, or there is none") from None
    except ValueError:
        raise _refused(
            path.name, "not-a-private-key", "is no private key, or the passphrase is wrong"
        ) from None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise _refused(path.name, "not-a-private-key", "is no Ed25519 key: make one with `examgen keys`")
    found: Ed25519PrivateKey = key
    return found


def key_id_of(raw: bytes) -> str:
    """The number by which a key is called."""
    return base64.b32encode(hashlib.sha256(raw).digest()[:_ID_BYTES]).decode("ascii")


def _public(body: str, raw: bytes) -> PublicKey:
    return PublicKey(str(body), key_id_of(raw), raw)


def _raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


# ── codes ────────────────────────────────────────────────────────────────────────────────────


def signed(statement: Statement, key: Ed25519PrivateKey) -> str:
    """The code of a statement. The same statement and key give the same code."""
    if any(_PART in part for part in statement):
        raise ValueError("a part of a statement holds the sign that parts them")
    body = hashlib.sha256(_raw(key)).digest()[:_ID_BYTES] + _PART.join(statement).encode()
    return PREFIX + _to_base45(body + key.sign(PREFIX.encode() + body))


def verified(code: str, keys: Sequence[PublicKey]) -> tuple[Statement, PublicKey]:
    """What a code states and who signed it.

    Raises Refused for what is no code, a code of a key that is not among `keys`, and one whose signature
    is not that of what it says.
    """
    ed25519, _ = _cryptography()
    from cryptography.exceptions import InvalidSignature

    text = " ".join(code.split()) if PREFIX not in code else code.strip()
    data = _from_base45(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None
    if data is None or len(data) <= _ID_BYTES + _SIGNATURE_BYTES:
        raise _refused("code", "not-a-code", f"is no code of a report: one begins with {PREFIX}")
    body, signature = data[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
    key_id = base64.b32encode(body[:_ID_BYTES]).decode("ascii")
    signer = next((key for key in keys if key.key_id == key_id), None)
    if signer is None:
        known = ", ".join(f"{key.key_id} ({key.body})" for key in keys) or "none"
        message = f"is signed by the key {key_id}, which is not among those given: {known}"
        raise _refused("code", "key-unknown", message)
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(signer.raw).verify(signature, PREFIX.encode() + body)
        parts = body[_ID_BYTES:].decode().split(_PART)
        return Statement(*parts), signer
    except (InvalidSignature, UnicodeDecodeError, TypeError):
        message = f"was changed after {signer.body} signed it: the signature does not fit"
        raise _refused("code", "signature-wrong", message) from None


def numbers_digest(texts: Iterable[str]) -> str:
    """A digest of all numbers in texts, whatever their order; Thai digits count as the others."""
    found = sorted(number for text in texts for number in numbers_in(text))
    return hashlib.blake2b(" ".join(found).encode(), digest_size=_DIGEST_BYTES).hexdigest()


def numbers_in(text: str) -> list[str]:
    """The numbers of a text, in order."""
    return _NUMBER.findall(text.translate(_THAI_DIGITS))


def told(statement: Statement) -> Mapping[str, str]:
    """The statement by the names of its parts."""
    return dict(statement._asdict())


def _to_base45(data: bytes) -> str:
    out = []
    for n in range(0, len(data) - 1, 2):
        value = data[n] * 256 + data[n + 1]
        out += [value % 45, value // 45 % 45, value // 2025]
    if len(data) % 2:
        out += [data[-1] % 45, data[-1] // 45]
    return "".join(_ALPHABET[n] for n in out)


def _from_base45(text: str) -> bytes | None:
    """The bytes; None where the text is not base 45."""
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


def _cryptography() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise MissingDependency("signing needs a library: pip install 'examgen[signing]'") from None
    return ed25519, serialization


def _refused(source: str, code: str, message: str) -> Refused:
    return Refused(f"{source} {message}", [Problem(source, code, message)])
