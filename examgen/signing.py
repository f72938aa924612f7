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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.problems import MissingDependency, Problem, Refused, WrongUsage
from examgen.storage import naming, read_input, write_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PREFIX = "EG1:"
"""What a code begins with: examgen, first version."""
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE = {char: n for n, char in enumerate(_ALPHABET)}
_ID_BYTES, _SIGNATURE_BYTES = 5, 64
_PART = "\x1f"
_BEGINNING = re.compile(r"\s*(EG\d+:)", re.IGNORECASE | re.ASCII)
_LONGEST = 10_000
_PRIVATE = b"PRIVATE KEY-----"


class Statement(NamedTuple):
    """What a report says, as far as it is signed."""

    exam: str
    run: str
    """Number and fingerprint of the run: `2 e6fa5fc6c3db42fc`."""
    candidate_id: str
    name: str
    """Its beginning, where it is long."""
    form: str
    decision: str
    """`pass`, `fail` or empty."""
    score: str
    max_score: str
    criteria: str
    """Points of each criterion, in the order of the report: `3/5 4/5 …`."""
    pages: str
    """How many pages the report has and a digest of all that they show: `workflow.page_seals`."""


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
    if not private.name:
        raise WrongUsage(f"{private} is a folder: name the file of the private key, as body.pem")
    public = private.with_suffix(".public.json")
    for path in (private, public):
        if path.exists() or path.is_symlink():
            raise WrongUsage(f"{path} is there already: a key is never replaced; name another file")
    if not body.strip() or not body.isprintable():
        raise WrongUsage("--body names the certification body that signs, on one line of plain text")
    if passphrase is not None and not passphrase:
        raise WrongUsage("the passphrase is empty: leave --passphrase out where none is wanted")
    key = ed25519.Ed25519PrivateKey.generate()
    protected = (
        serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protected)
    known = _public(body, _raw(key))
    private.parent.mkdir(parents=True, exist_ok=True)
    with _written_once(private, pem):
        write_file(public, public_bytes(known), shared=True)
    return public, known


@contextmanager
def _written_once(path: Path, data: bytes) -> Iterator[None]:
    """A file that nobody else can read from its first byte on; gone again where what follows fails."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with naming(path, str(path)), open(handle, "wb") as file:
            file.write(data)
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


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
    if not path.is_file():
        raise WrongUsage(f"{path} is not a file: --key names the public key of a body, as body.public.json")
    data = read_input(path)
    if _PRIVATE in data:
        message = "is a private key, which nobody but its owner may have: name the .public.json beside it"
        raise _refused(path.name, "private-key-given", message)
    try:
        said = json.loads(data.decode("utf-8-sig"))
        found = _public(said["body"], base64.b64decode(said["public"], validate=True))
        named = said.get("key")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _refused(
            path.name, "not-a-public-key", "is not a public key that `examgen keys` wrote"
        ) from None
    if len(found.raw) != 32 or named != found.key_id or not found.body.isprintable():
        raise _refused(path.name, "public-key-damaged", "its key does not have the number that it says")
    return found


def read_private(path: Path, passphrase: bytes | None = None) -> Ed25519PrivateKey:
    """The private key of a file; raises Refused where it is none, is open to others or needs a passphrase."""
    ed25519, serialization = _cryptography()
    if not path.is_file():
        raise WrongUsage(f"{path} is not a file")
    data = read_input(path)
    if _PRIVATE not in data:
        raise _refused(path.name, "not-a-private-key", "is not a private key: one is made by `examgen keys`")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        message = f"can be read by others: `chmod 600 {path}`, and make a new key if anybody had it"
        raise _refused(path.name, "private-key-open", message)
    try:
        key = serialization.load_pem_private_key(data, passphrase)
    except TypeError:
        message = (
            "is protected by a passphrase: add --passphrase"
            if passphrase is None
            else "has no passphrase: leave --passphrase out"
        )
        raise _refused(path.name, "passphrase", message) from None
    except (ValueError, _unsupported()):
        message = "is damaged, or the passphrase is wrong" if passphrase else "is damaged"
        raise _refused(path.name, "not-a-private-key", message) from None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise _refused(path.name, "not-a-private-key", "is not an Ed25519 key: make one with `examgen keys`")
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
    parts = (part.replace(_PART, "\ufffd") for part in statement)
    body = hashlib.sha256(_raw(key)).digest()[:_ID_BYTES] + _PART.join(parts).encode(errors="replace")
    return PREFIX + _to_base45(body + key.sign(PREFIX.encode() + body))


def looks_like_code(text: str) -> bool:
    """Whether a text begins as a code does, of whatever version."""
    return _BEGINNING.match(text) is not None


def verified(code: str, keys: Sequence[PublicKey]) -> tuple[Statement, PublicKey]:
    """What a code states and who signed it; lower case and broken lines are read as what they were.

    Raises Refused for what is not a code, a code of a key that is not among `keys`, and one whose signature
    is not that of what it says.
    """
    if (version := _BEGINNING.match(code)) and version[1].upper() != PREFIX:
        message = f"is of another version ({version[1].upper()}…): a later examgen can tell"
        raise _refused("code", "other-version", message)
    found = [data for text in _readings(code) if (data := _from_base45(text)) is not None]
    found = [data for data in found if len(data) > _ID_BYTES + _SIGNATURE_BYTES]
    if not version or not found:
        raise _refused("code", "not-a-code", f"is not a code of a report, or not the whole of one: {PREFIX}…")
    refused = None
    for data in found:
        try:
            return _stated(data, keys)
        except Refused as reason:
            refused = refused or reason
    assert refused is not None
    raise refused


def _readings(code: str) -> Iterator[str]:
    """What follows the beginning of a code, as it may have been meant: a space is a sign of base 45, too."""
    if len(code) > _LONGEST:
        return
    text = code.strip().upper()[len(PREFIX) :]
    lines = text.splitlines()
    whole = (
        "".join(lines),
        "".join(line.strip() for line in lines),
        " ".join(line.strip() for line in lines),
    )
    for one in dict.fromkeys(whole):
        yield from (one, f"{one} ", f"{one}  ")


def _stated(data: bytes, keys: Sequence[PublicKey]) -> tuple[Statement, PublicKey]:
    from cryptography.exceptions import InvalidSignature

    ed25519, _ = _cryptography()
    body, signature = data[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
    key_id = base64.b32encode(body[:_ID_BYTES]).decode("ascii")
    signers = [key for key in keys if key.key_id == key_id]
    if not signers:
        known = ", ".join(f"{key.key_id} ({key.body})" for key in keys) or "none"
        message = f"is signed by the key {key_id}, which is not among those given: {known}"
        raise _refused("code", "key-unknown", message)
    for signer in signers:
        with suppress(InvalidSignature, UnicodeDecodeError, TypeError, ValueError):
            ed25519.Ed25519PublicKey.from_public_bytes(signer.raw).verify(signature, PREFIX.encode() + body)
            return Statement(*body[_ID_BYTES:].decode().split(_PART)), signer
    message = f"was changed after {signers[0].body} signed it: the signature does not fit"
    raise _refused("code", "signature-wrong", message)


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


def _unsupported() -> type[Exception]:
    from cryptography.exceptions import UnsupportedAlgorithm

    return UnsupportedAlgorithm


def _refused(source: str, code: str, message: str) -> Refused:
    return Refused(f"{source} {message}", [Problem(source, code, message)])
