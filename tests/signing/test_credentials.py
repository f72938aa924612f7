"""Signatures of credentials, held against the test vector of Open Badges 3.0 and against forgers."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from examgen.core.problems import Refused
from examgen.core.signing import credentials
from examgen.core.signing.keys import PublicKey, key_id_of

VECTOR = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ],
    "id": "http://example.com/credentials/3527",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {
        "id": "https://example.edu/issuers/565049",
        "type": ["Profile"],
        "url": "https://www.imsglobal.org",
        "name": "Example Corp",
    },
    "validFrom": "2010-01-01T00:00:00Z",
    "name": "Teamwork Badge",
    "credentialSubject": {
        "id": "did:example:ebfeb1f712ebc6f1c276e12ec21",
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "https://example.com/achievements/21st-century-skills/teamwork",
            "type": ["Achievement"],
            "criteria": {"narrative": "Team members are nominated for this badge by their peers and recognized upon " "review by Example Corp management."},
            "description": "This badge recognizes the development of the capacity to collaborate within a " "group environment.",
            "name": "Teamwork",
        },
    },
}  # fmt: skip
"""Open Badges 3.0 Implementation Guide, “Linked Data Proof Test Vector for Open Badges 3.0” (1EdTech)."""
METHOD = "https://example.edu/issuers/565049#z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"
PROOF = {
    "type": "DataIntegrityProof", "created": "2010-01-01T19:23:24Z", "verificationMethod": METHOD,
    "cryptosuite": "eddsa-rdfc-2022", "proofPurpose": "assertionMethod",
}  # fmt: skip
SECRET = bytes.fromhex("6241a409e6707bb640a0140a8a32bc3d193c33a661747284d6adfa4ed4180be4")


def test_the_vector_of_open_badges_is_signed_as_1edtech_signs_it() -> None:
    key = Ed25519PrivateKey.from_private_bytes(SECRET)
    data = credentials.to_sign(VECTOR, PROOF)
    assert data.hex() == (
        "d34009cea0dbc1ca941e09dc01c8c9d3e3ce3c5b853f67ee44698dcea10f5d19"
        "87f65a76d40146205e3b3e06cb0fbd153f97f9ce70372390f52566bb7f9e0773"
    )
    assert credentials.multibase(key.sign(data)) == (
        "z5x9aCBYovW3CQCbKdNyhEm7ffYSw1YpEdPywQJoNbzDD2gkzQDKJ1sYKJaWvqZtkMtSbz35HcbgXVEDYHxCzgkCr"
    )
    assert credentials.did_of(key.public_key().public_bytes_raw()) == f"did:key:{METHOD.partition('#')[2]}"


def keys() -> tuple[Ed25519PrivateKey, PublicKey]:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    raw = key.public_key().public_bytes_raw()
    return key, PublicKey("สภา", key_id_of(raw), raw)


def badge() -> dict[str, Any]:
    key, public = keys()
    document = copy.deepcopy(VECTOR)
    document["issuer"]["id"] = credentials.did_of(public.raw)
    return credentials.signed(document, key, "2026-11-20T00:00:00Z")


def fault(document: dict[str, Any], *trusted: PublicKey) -> str:
    with pytest.raises(Refused) as told:
        credentials.checked(document, "b.json", trusted or (keys()[1],))
    return told.value.problems[0].code


def test_what_was_signed_holds_whatever_its_blanks_and_the_order_of_its_fields() -> None:
    document = badge()
    assert credentials.checked(document, "b.json", [keys()[1]]).body == "สภา"
    turned = json.loads(json.dumps(document, indent=7, sort_keys=True))
    assert credentials.checked(turned, "b.json", [keys()[1]]).body == "สภา"


def test_no_value_can_be_another() -> None:
    """Each text of the document, one letter changed."""
    document = badge()

    def texts(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return [
            found
            for name, one in inner
            for found in ([(*path, name)] if isinstance(one, str) else texts(one, (*path, name)))
        ]

    places = texts(document)
    assert len(places) > 20
    for path in places:
        changed = copy.deepcopy(document)
        at: Any = changed
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] = at[path[-1]][:-1] + ("x" if at[path[-1]][-1] != "x" else "y")
        assert fault(changed), path


def test_what_no_signature_holds_is_refused() -> None:
    added = badge()
    added["credentialSubject"]["grade"] = "A"
    assert fault(added) == "field-unknown"
    for lost in (
        {"evidence": [{"id": "with distinction", "type": ["Evidence"], "narrative": "with distinction"}]},
        {"evidence": [{"id": "https://a b", "type": ["Evidence"], "narrative": "with distinction"}]},
        {"termsOfUse": {"type": "Distinction"}},
        {"description": {"@value": "with distinction", "@direction": "ltr"}},
        {"description": {"@value": "with distinction", "@language": "e n"}},
    ):
        assert fault(badge() | lost) in ("field-unknown", "not-a-badge", "credential-changed"), lost
    inner = badge()
    inner["credentialSubject"]["@context"] = {"grade": "https://schema.org/name"}
    assert fault(inner) == "not-a-badge"
    other = badge()
    other["@context"] = [*other["@context"], "https://example.org/context"]
    assert fault(other) == "context-unknown"
    named = badge()
    named["credentialSubject"]["achievement"]["id"] = "_:b0"
    assert fault(named) == "not-a-badge"
    many = badge()
    many["evidence"] = [{"type": ["Evidence"]}] * 40
    assert fault(many) == "not-a-badge"
    deep: dict[str, Any] = {}
    at = deep
    for _ in range(200):
        at["evidence"] = {}
        at = at["evidence"]
    assert fault(badge() | deep) == "not-a-badge"
    unsigned = badge()
    del unsigned["proof"]
    assert fault(unsigned) == "proof-missing"
    weak = badge()
    weak["proof"][0]["cryptosuite"] = "none"
    assert fault(weak) == "proof-unknown"


def test_only_the_body_that_is_trusted_signs_in_its_own_name() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    raw = stranger.public_key().public_bytes_raw()
    other = PublicKey("อื่น", key_id_of(raw), raw)
    assert fault(badge(), other) == "signed-by-another"
    forged = {name: value for name, value in badge().items() if name != "proof"}
    assert fault(credentials.signed(forged, stranger, "2026-11-20T00:00:00Z")) == "signed-by-another"
    assert fault(credentials.signed(forged, stranger, "2026-11-20T00:00:00Z"), other) == "signed-by-another"


@pytest.mark.parametrize("data", [b"", b"[]", b'{"a": 1, "a": 2}', b'{"a": NaN}', b"\xff", b"[" * 100_000])
def test_a_file_that_is_not_one_object_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        credentials.read(data, "b.json")


def test_a_proof_of_another_purpose_attests_nothing() -> None:
    """Signed by the right key: to sign in somewhere, say."""
    key, public = keys()
    document = badge()
    [made] = document.pop("proof")
    proof = {**made, "proofPurpose": "authentication"}
    del proof["proofValue"]
    proof["proofValue"] = credentials.multibase(key.sign(credentials.to_sign(document, proof)))
    assert fault({**document, "proof": [proof]}, public) == "credential-changed"


@pytest.mark.parametrize("value", ["", "z", "z" + "z" * 88, "z0", "u" + "A" * 88, "z" * 1000])
def test_a_signature_that_is_no_number_of_its_size_is_refused(value: str) -> None:
    document = badge()
    [made] = document["proof"]
    document["proof"] = [{**made, "proofValue": value}]
    assert fault(document) == "credential-changed"


@pytest.mark.parametrize("context", [[], None, {}, [[]]])
def test_a_badge_without_its_contexts_is_refused(context: Any) -> None:
    assert fault({**badge(), "@context": context}) == "context-unknown"
