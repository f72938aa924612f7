"""The digests of the files of a run: BLAKE3, as `b3sum` tells it; SHA-256 in runs of earlier versions.

Results of a national sitting are a quarter of a gigabyte. Their SHA-256, which is one long chain, takes as
long as half of the scoring itself.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from blake3 import blake3

from examgen.storage import check_regular

BLAKE3, SHA256 = "blake3", "sha256"
_NAMES = {BLAKE3: "BLAKE3", SHA256: "SHA-256"}
_AT_ONCE = 1 << 20


class FileSaid(NamedTuple):
    """What an audit says of a file: its digest in hexadecimal, its size in bytes, the kind of the digest."""

    digest: str
    size: int
    kind: str = BLAKE3

    @property
    def kind_name(self) -> str:
        """What the digest is called."""
        return _NAMES[self.kind]

    def as_dict(self) -> dict[str, str | int]:
        """The words of an audit."""
        return {self.kind: self.digest, "size": self.size}


def file_said(data: object) -> FileSaid | None:
    """What an audit says of a file; None where it says something else."""
    if not isinstance(data, dict) or not isinstance(size := data.get("size"), int):
        return None
    found = [FileSaid(digest, size, kind) for kind in _NAMES if isinstance(digest := data.get(kind), str)]
    return found[0] if len(found) == 1 else None


def digest_of(path: Path, kind: str = BLAKE3) -> str:
    """The digest of a file of any size, in hexadecimal."""
    digest = blake3() if kind == BLAKE3 else hashlib.sha256()
    buffer = memoryview(bytearray(_AT_ONCE))
    check_regular(path)
    with path.open("rb", buffering=0) as file:
        while n := file.readinto(buffer):
            digest.update(buffer[:n])
    return digest.hexdigest()
