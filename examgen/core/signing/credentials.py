"""Verifiable credentials (JSON-LD) signed with a body's Ed25519 key: Data Integrity, eddsa-rdfc-2022.

The signature covers the meaning of the document, which is expanded by its contexts and written as canonical
N-Quads. White space and the order of fields do not belong to the meaning; every value does. A field that no
context defines would not belong to it either, so it is refused. The contexts are those of `data/contexts`;
nothing is fetched.

References
----------
Open Badges Specification 3.0, 8.3 (1EdTech). Its other proof, a JSON Web Token, asks for RSA.
Verifiable Credential Data Integrity 1.0; Data Integrity EdDSA Cryptosuites 1.0, 3.2 (W3C, 2025).
RDF Dataset Canonicalization (W3C, 2024), by PyLD.
The did:key Method 0.7 (W3C Credentials Community Group).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from examgen.core.problems import MissingDependency
from examgen.core.resources import contexts
from examgen.core.signing.keys import PublicKey, refused
from examgen.core.storage import read_input
from examgen.core.words import tell

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from pyld import jsonld
except ImportError:
    raise MissingDependency(tell("signing needs libraries: pip install 'examgen[signing]'")) from None

Document = dict[str, Any]

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
_FILES = {CREDENTIALS: "credentials-v2.json", OPEN_BADGES: "open-badges-3.0.3.json"}
SUITE = "eddsa-rdfc-2022"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519 = b"\xed\x01"
"""The first bytes of an Ed25519 public key as a Multikey."""
MOST_BYTES = 1_000_000
_MOST_OBJECTS, _MOST_ALIKE, _DEEPEST = 1000, 6, 20
"""The time for canonical N-Quads is unbounded if many nodes are alike; no badge is such a document."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\]*")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


# ── keys ─────────────────────────────────────────────────────────────────────────────────────


def multibase(data: bytes) -> str:
    """The bytes in the base 58 of Bitcoin, with the prefix `z`."""
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    return "z" + "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def _unbase(text: str, size: int) -> bytes | None:
    """The `size` bytes of a multibase text; None if it is not one of that size."""
    digits = [_ALPHABET.find(one) for one in text[1:]]
    if text[:1] != "z" or not digits or min(digits) < 0 or len(digits) > 2 * size:
        return None
    number = 0
    for one in digits:
        number = number * 58 + one
    data = number.to_bytes(size, "big") if number < 1 << 8 * size else b""
    return data if multibase(data) == text else None


def did_of(raw: bytes) -> str:
    """The identifier of the owner of a raw Ed25519 public key, which contains the key: `did:key:z6Mk…`."""
    return f"did:key:{multibase(_ED25519 + raw)}"


# ── signed, checked ──────────────────────────────────────────────────────────────────────────


def signed(document: Mapping[str, Any], key: Ed25519PrivateKey, created: str) -> Document:
    """The document with its proof.

    The same document, key and time (`2026-06-19T00:00:00Z`) give the same proof.
    """
    did = did_of(key.public_key().public_bytes_raw())
    proof = {
        "type": "DataIntegrityProof",
        "created": created,
        "verificationMethod": f"{did}#{did.removeprefix('did:key:')}",
        "cryptosuite": SUITE,
        "proofPurpose": "assertionMethod",
    }
    value = multibase(key.sign(to_sign(document, proof)))
    return {**document, "proof": [{**proof, "proofValue": value}]}


def checked(document: Document, source: str, keys: Sequence[PublicKey]) -> PublicKey:
    """The trusted key with which a document is signed.

    Raises Refused if the document was changed, was signed with another key, or is not fully understood.
    """
    proofs = document.get("proof")
    [proof] = proofs if isinstance(proofs, list) and len(proofs) == 1 else [proofs]
    if not isinstance(proof, dict):
        raise refused(source, "proof-missing", tell("is not signed: it has no proof, or several"))
    rest = {name: value for name, value in document.items() if name != "proof"}
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    if proof.get("type") != "DataIntegrityProof" or proof.get("cryptosuite") != SUITE:
        message = tell("is signed in a way that is not checked here: only {suite} is", suite=SUITE)
        raise refused(source, "proof-unknown", message)
    if set(config) != {"type", "created", "verificationMethod", "cryptosuite", "proofPurpose"}:
        raise refused(
            source, "proof-unknown", tell("has a proof with other fields than those that are checked")
        )
    signature = _unbase(str(proof.get("proofValue", "")), 64)
    # the key that the proof names, if it is the issuer's and trusted
    issuer = rest.get("issuer")
    said = issuer.get("id") if isinstance(issuer, dict) else issuer
    dids = ((did_of(one.raw), one) for one in keys)
    key = next(
        (
            one
            for did, one in dids
            if said == did and proof.get("verificationMethod") == f"{did}#{did.removeprefix('did:key:')}"
        ),
        None,
    )
    if key is None:
        message = tell("is signed with a key that is not among those given")
        raise refused(source, "signed-by-another", message)
    # refuse what no badge has: inner contexts, names of blank nodes, many equal nodes, deep nesting
    alike: Counter[str] = Counter()
    for n, (one, depth) in enumerate(_objects(rest, 0)):
        words = [name for name in one if name.startswith("@") and not (name == "@context" and not depth)]
        blank = isinstance(one.get("id"), str) and one["id"].startswith("_:")
        plain = {name: value for name, value in one.items() if not isinstance(value, dict | list)}
        alike[json.dumps(plain, sort_keys=True)] += "id" not in one
        n_alike = alike.most_common(1)[0][1]
        if words or blank or n > _MOST_OBJECTS or depth > _DEEPEST or n_alike > _MOST_ALIKE:
            raise refused(source, "not-a-badge", tell("is not built as a badge is"))
    try:
        data = to_sign(rest, config, source)
        if signature is None or proof["proofPurpose"] != "assertionMethod":
            raise InvalidSignature
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, data)
    except InvalidSignature:
        raise refused(source, "credential-changed", tell("is not as it was signed")) from None
    return key


def to_sign(document: Mapping[str, Any], proof: Mapping[str, Any], source: str = "credential") -> bytes:
    """The signed bytes: the SHA-256 of the proof without its value, then that of the document."""
    config = json.dumps({"@context": document.get("@context"), **proof})
    return _hash_of_proof(config, source) + hashlib.sha256(canonical(document, source)).digest()


@lru_cache(maxsize=64)
def _hash_of_proof(config: str, source: str) -> bytes:
    """The SHA-256 of a proof without its value, cached because all badges of a batch have the same."""
    return hashlib.sha256(canonical(json.loads(config), source)).digest()


def canonical(document: Mapping[str, Any], source: str = "credential") -> bytes:
    """The canonical N-Quads of a document; raises Refused for an unknown context or an undefined field."""
    asked = document.get("@context")
    for one in asked if isinstance(asked, list) and asked else [asked]:  # contexts are never fetched
        if not isinstance(one, str) or one not in _FILES:
            message = tell(
                "asks for a context that is not here, and none is fetched: {url}", url=str(one)[:200]
            )
            raise refused(source, "context-unknown", message)
    dropped: list[str] = []
    options: Any = {
        "documentLoader": lambda url, _: {"contextUrl": None, "documentUrl": url, "document": _context(url)},
        "base": "",
    }
    try:
        whole = jsonld.expand(
            dict(document), options, on_property_dropped=lambda one: dropped.append(str(one))
        )
        dropped += _without_quads(whole)
        found = jsonld.normalize(
            whole, {**options, "algorithm": "URDNA2015", "format": "application/n-quads"}
        )
    except (jsonld.JsonLdError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise refused(source, "not-json-ld", tell("is not JSON-LD that can be understood")) from None
    if dropped:
        message = tell("has a field that no signature can hold: {name}", name=dropped[0])
        raise refused(source, "field-unknown", message)
    return str(found).encode()


def _without_quads(value: Any) -> Iterator[str]:
    """The parts of an expanded document that N-Quads cannot express: ids and types that are not IRIs, text
    directions, indices, invalid language tags."""
    if isinstance(value, list):
        for one in value:
            yield from _without_quads(one)
    elif isinstance(value, dict):
        names = [value.get("@id"), *(value.get("@type") or ())] if "@value" not in value else []
        yield from (one for one in names if one is not None and not _ADDRESS.fullmatch(one))
        yield from (one for one in ("@direction", "@index") if one in value)
        if "@language" in value and not _LANGUAGE.fullmatch(value["@language"]):
            yield "@language"
        for one in value.values():
            yield from _without_quads(one)


@cache
def _context(url: str) -> Any:
    return json.loads(read_input(contexts() / _FILES[url]))


# ── hostile documents ────────────────────────────────────────────────────────────────────────


def read(data: bytes, source: str) -> Document:
    """The document of a file; raises Refused unless it is one JSON object without repeated fields."""

    def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        if len(found := dict(pairs)) < len(pairs):
            raise ValueError("a field stands twice")
        return found

    def no_number(text: str) -> None:
        raise ValueError(text)

    try:
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=once, parse_constant=no_number)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise refused(source, "not-json", tell("is not a credential: one JSON object"))
    return found


def _objects(value: Any, depth: int) -> Iterator[tuple[dict[str, Any], int]]:
    """Every object of a document, with its depth."""
    if depth > _DEEPEST + 1:
        yield {"@": ""}, depth
        return
    if isinstance(value, dict):
        yield value, depth
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _objects(one, depth + 1)


def moment(text: object) -> datetime | None:
    """The time of a text; None if it is not a time with a zone."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
