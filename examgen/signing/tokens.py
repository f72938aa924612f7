"""The address of a key on a token (RFC 7512) → what signs with it (PKCS#11).

pkcs11:token=NAME;object=KEY?module-path=/usr/lib/softhsm/libsofthsm2.so
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, unquote_to_bytes

from examgen.problems import MissingDependency, WrongUsage
from examgen.signing.keys import Ask, as_asn1, read_own, refused
from examgen.words import tell

if TYPE_CHECKING:
    from cryptography import x509
    from pyhanko.sign.signers import Signer

TOKEN = "pkcs11:"
"""What such an address begins with."""


class _Address(NamedTuple):
    """What an address of RFC 7512 names."""

    module: str
    token: str | None
    serial: bytes | None
    label: str | None
    id: bytes | None
    pin_source: str


_IN_PATH = {"token", "serial", "object", "id", "type"}
_IN_QUERY = {"module-path", "pin-source"}


def _address(text: str) -> _Address:
    """Raises WrongUsage where an address is not one, or says what is not looked at."""
    path, _, query = text.removeprefix(TOKEN).partition("?")
    pairs = (one.partition("=") for one in path.split(";") if one)
    said = {name: unquote_to_bytes(value) for name, _, value in pairs}
    asked = dict(parse_qsl(query.replace("+", "%2B")))
    if "pin-value" in asked:
        raise WrongUsage(
            tell("a PIN on the command line is seen by others: use --passphrase, or pin-source=FILE")
        )
    if unknown := sorted((said.keys() - _IN_PATH) | (asked.keys() - _IN_QUERY)):
        known = ", ".join(sorted(_IN_PATH | _IN_QUERY))
        raise WrongUsage(
            tell(
                "{token} address: {unknown} is not looked at, only {known}",
                token=TOKEN,
                unknown=", ".join(unknown),
                known=known,
            )
        )
    if "module-path" not in asked or not ("object" in said or "id" in said):
        example = f"{TOKEN}token=NAME;object=KEY?module-path=/usr/lib/softhsm/libsofthsm2.so"
        raise WrongUsage(
            tell("a token is named by its module and the label or id of the key: {example}", example=example)
        )
    texts = {name: value.decode("utf-8", "replace") for name, value in said.items() if name != "id"}
    return _Address(
        module=asked["module-path"],
        token=texts.get("token"),
        serial=said.get("serial"),
        label=texts.get("object"),
        id=said.get("id"),
        pin_source=asked.get("pin-source", "").removeprefix("file:"),
    )


@contextmanager
def token_signer(text: str, ask: Ask | None, certificates: Sequence[x509.Certificate]) -> Iterator[Signer]:
    """What signs with the key at an address; its certificate is on the token, or the first of those given."""
    address = _address(text)
    try:
        import pkcs11
        from pyhanko.config.pkcs11 import TokenCriteria
        from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
    except ImportError:
        raise MissingDependency(tell("a token needs a library: pip install 'examgen[token]'")) from None
    criteria = TokenCriteria(label=address.token, serial=address.serial)
    source, pin = f"token {address.token or ''}".strip(), _pin(address, ask)
    try:
        with open_pkcs11_session(address.module, token_criteria=criteria, user_pin=pin) as session:
            signer = PKCS11Signer(
                session,
                signing_cert=as_asn1(certificates[0]) if certificates else None,
                ca_chain=[as_asn1(one) for one in certificates[1:]],
                key_label=address.label,
                cert_label=address.label,
                key_id=address.id,
                cert_id=address.id,
            )
            # tokens that hash by themselves are few: the digest is signed
            signer.use_raw_mechanism = signer.signing_cert.public_key.algorithm == "ec"
            yield signer
    except pkcs11.PKCS11Error as error:
        raise refused(source, "token", f"cannot sign: {type(error).__name__} {error}".rstrip()) from None


def _pin(address: _Address, ask: Ask | None) -> str | None:
    if address.pin_source:
        return read_own(Path(address.pin_source)).decode("utf-8").strip()
    return ask(f"token {address.token or ''}".strip()).decode("utf-8") if ask is not None else None
