"""Detached signatures: the Ed25519 signature of a manifest by a body's key, in a small separate file."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from examgen.core.signing.keys import Ask, PublicKey, body_of, code_key, key_id_of, read_private, refused
from examgen.core.words import listed, tell

MOST_BYTES = 1 << 16
"""The maximum size of a signature file."""


class SigningKey(NamedTuple):
    """A body's key: the name of the body, the ID of the key and the key itself."""

    body: str
    key_id: str
    private: Ed25519PrivateKey


def signing_key(path: Path, ask: Ask | None = None) -> SigningKey:
    """Reads the key from a body's file of private keys. Raises Refused if it has none, or can be read by
    others."""
    found = read_private(path, ask)
    private = code_key(path, found)
    raw = private.public_key().public_bytes_raw()
    return SigningKey(body_of(path, found, raw), key_id_of(raw), private)


def signature_of(key: SigningKey, manifest: bytes, name: str) -> bytes:
    """Returns the content of the signature file for a manifest of that name."""
    said = {
        "body": key.body,
        "key": key.key_id,
        "algorithm": "Ed25519",
        "of": name,
        "signature": base64.b64encode(key.private.sign(manifest)).decode("ascii"),
    }
    return json.dumps(said, ensure_ascii=False, indent=2).encode() + b"\n"


def signer_of(
    source: str, name: str, manifest: bytes, written: bytes, known: Sequence[PublicKey]
) -> PublicKey:
    """Returns the trusted key that signed a manifest. Raises Refused if none did."""
    try:
        said = json.loads(written)
        signature, named = base64.b64decode(said["signature"], validate=True), str(said["key"])
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        raise refused(
            source, "signature-damaged", tell("{name} cannot be read", name=f"{name}.sig")
        ) from None
    key = next((one for one in known if one.key_id == named), None)
    if key is None:
        message = tell(
            "is signed with key {named}, not with the key of {known}. Give the public key "
            "of the body that signed.",
            named=named[:20],
            known=listed(one.key_id for one in known),
        )
        raise refused(source, "signed-by-another", message)
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, manifest)
    except InvalidSignature:
        message = tell("{name} was changed after {body} signed it", name=name, body=key.body)
        raise refused(source, "manifest-changed", message) from None
    return key
