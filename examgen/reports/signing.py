"""Keys with which candidates' reports are signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from examgen.core.signing.signers import FileSigner

KEYS = "keys"
"""The folder of a workspace for the keys of the certification body."""


def private_keys(workspace: Path) -> dict[str, Path]:
    """Return the private keys of a workspace by their names."""
    return {path.stem: path for path in sorted((workspace / KEYS).glob("*.pem")) if path.is_file()}


def public_keys(workspace: Path) -> list[Path]:
    """Return the public keys in the workspace's folder of keys."""
    return [path for path in sorted((workspace / KEYS).glob("*.public.json")) if path.is_file()]


@contextmanager
def opened_keys(
    verify_code: Path | None,
    sign: str | None = None,
    certificate: Path | None = None,
    timestamp: str | None = None,
    ask: Callable[[str], bytes] | None = None,
    pdf: bool = True,
) -> Iterator[tuple[Ed25519PrivateKey | None, FileSigner | None]]:
    """Open the key for codes, and the signer for PDFs with the key named by `sign`, otherwise by
    `verify_code`. Each is None if it is not requested."""
    if verify_code is None and sign is None:
        yield None, None
        return
    from examgen.core.signing.keys import code_key, read_private
    from examgen.core.signing.signers import SignWith, file_signer

    own = read_private(verify_code, ask) if verify_code is not None else None
    codes = code_key(verify_code, own) if verify_code is not None and own is not None else None
    if not pdf:
        yield codes, None
        return
    named = SignWith(sign or str(verify_code), certificate, timestamp or "")
    with file_signer(named, ask, None if sign else own) as signer:
        yield codes, signer
