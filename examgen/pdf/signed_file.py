"""A PDF being written → the same with a signature that covers all of it (ISO 32000-1, 12.8).

The file is signed as it is written: its bytes are digested on their way, and only what follows the last page
waits in memory, where the signature has its room. The signature certifies that nothing may be changed
(DocMDP, P 1). Its field is not seen, nor told to screen readers: no page is drawn otherwise for it.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Protocol

from examgen.pdf.document import source_date
from examgen.pdf.writer import Out
from examgen.problems import Refused

_RANGES = b"/ByteRange[0 %010d %010d %010d]"
_NO_RANGES = _RANGES % (0, 0, 0)
_CONTENTS = b"/Contents<"


class Signs(Protocol):
    """What signs a digest: `examgen.signing.signers.FileSigner`."""

    @property
    def algorithm(self) -> str:
        """Of the digest, as `hashlib` calls it."""

    @property
    def room(self) -> int:
        """Bytes that a signature takes at most."""

    def sign(self, digest: bytes) -> bytes:
        """The CMS."""


class SignedStream:
    """Passes on what is written; from `hold` on keeps it, until `finish` signs."""

    def __init__(self, out: Out, signer: Signs) -> None:
        self._out, self._signer = out, signer
        self._digest = hashlib.new(signer.algorithm)
        self._length = 0
        self._held: list[bytes] | None = None

    def write(self, data: bytes) -> int:
        """Some more of the file."""
        if self._held is not None:
            self._held.append(data)
        else:
            self._out.write(data)
            self._digest.update(data)
            self._length += len(data)
        return len(data)

    def hold(self) -> None:
        """What is written from now on holds the signature."""
        self._held = []

    def dictionary(self) -> bytes:
        """The signature as an object, with room where it comes."""
        return (
            b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(%b)%b%b%b>"
            b"/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams"
            b"<</Type/TransformParams/V/1.2/P 1>>>>]>>"
            % (_now().encode(), _NO_RANGES, _CONTENTS, b"0" * 2 * self._signer.room)
        )

    def finish(self) -> None:
        """Sign, and write what was held. Raises Refused where the signature is longer than its room."""
        rest, room = b"".join(self._held or ()), 2 * self._signer.room
        start = rest.index(_CONTENTS) + len(_CONTENTS) - 1
        end = start + room + 2
        ranges = _RANGES % (self._length + start, self._length + end, len(rest) - end)
        rest = rest.replace(_NO_RANGES, ranges, 1)
        self._digest.update(rest[:start])
        self._digest.update(rest[end:])
        cms = self._signer.sign(self._digest.digest()).hex().encode()
        if len(cms) > room:
            message = f"a signature of {len(cms) // 2} bytes has room for {room // 2}"
            raise Refused(f"{message}: the time stamps of that server differ too much in length")
        self._out.write(rest[: start + 1] + cms.ljust(room, b"0") + rest[end - 1 :])


def field(signature: int, page: int) -> bytes:
    """The field that holds a signature, on a page, hidden."""
    kind = b"/Type/Annot/Subtype/Widget/FT/Sig/T(Signature)/TU(Signature)/F 134/Rect[0 0 0 0]"
    return b"<<%b/P %d 0 R/V %d 0 R>>" % (kind, page, signature)


def in_catalog(signature: int, field: int) -> bytes:
    """What the catalog says of a signature: where it is, what it permits, which standard it needs."""
    return (
        b"/AcroForm<</Fields[%d 0 R]/SigFlags 3>>/Perms<</DocMDP %d 0 R>>"
        b"/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 1>>>>" % (field, signature)
    )


def _now() -> str:
    """The time of signing; that of SOURCE_DATE_EPOCH, where files must be the same each time."""
    return source_date() or datetime.now(UTC).strftime("D:%Y%m%d%H%M%S+00'00'")
