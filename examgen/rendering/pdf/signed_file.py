"""A PDF being written → the same with a signature that covers all of it (ISO 32000-1, 12.8).

Its bytes are digested on their way, and only what follows the last page waits in memory, where the signature
has its room: whoever has the key needs the digest and no more of the file. The signature certifies that
nothing may be changed (DocMDP, P 1). Its field is not seen, nor told to screen readers: no page is drawn
otherwise for it.
"""

from __future__ import annotations

import hashlib
import io
import re
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple, Protocol

import pikepdf

from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.rendering.pdf.document import source_date
from examgen.rendering.pdf.writer import Out

_RANGES = b"/ByteRange[0 %010d %010d %010d]"
_NO_RANGES = _RANGES % (0, 0, 0)
_CONTENTS = b"/Contents<"


class SignatureRoom(NamedTuple):
    """Room for a signature in a file that is signed later, by the holder of the key."""

    algorithm: str
    """Of the digest, as `hashlib` calls it."""
    room: int
    """Bytes that a signature takes at most."""


class Unsigned(NamedTuple):
    """A file that was written and has room for a signature: the digest of all else, and where the room is."""

    digest: bytes
    place: int
    room: int


class Signs(Protocol):
    """Signer of a digest: `examgen.core.signing.signers.FileSigner`."""

    @property
    def algorithm(self) -> str:
        """Return the name of the digest's algorithm, as `hashlib` has it."""

    @property
    def room(self) -> int:
        """Bytes that a signature takes at most."""

    def sign(self, digest: bytes) -> bytes:
        """The CMS."""


class SignedStream:
    """Passes on what is written; from `hold` on keeps it, until it is known how long the file is."""

    def __init__(self, out: Out, room: SignatureRoom) -> None:
        self._out, self._room = out, room.room
        self._digest = hashlib.new(room.algorithm)
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
        """Begin the part of the file that holds the signature."""
        self._held = []

    def dictionary(self) -> bytes:
        """The signature as an object, with room where it comes."""
        # the time of signing; that of SOURCE_DATE_EPOCH, where files must be the same each time
        now = source_date() or datetime.now(UTC).strftime("D:%Y%m%d%H%M%S+00'00'")
        return (
            b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(%b)%b%b%b>"
            b"/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams"
            b"<</Type/TransformParams/V/1.2/P 1>>>>]>>"
            % (now.encode(), _NO_RANGES, _CONTENTS, b"0" * 2 * self._room)
        )

    def finish(self) -> Unsigned:
        """Write what was held: all but the signature, which has its room."""
        rest, room = b"".join(self._held or ()), 2 * self._room
        start = rest.index(_CONTENTS) + len(_CONTENTS) - 1
        end = start + room + 2
        ranges = _RANGES % (self._length + start, self._length + end, len(rest) - end)
        rest = rest.replace(_NO_RANGES, ranges, 1)
        self._digest.update(rest[:start])
        self._digest.update(rest[end:])
        self._out.write(rest)
        return Unsigned(self._digest.digest(), self._length + start + 1, self._room)


def sign(file: BinaryIO, unsigned: Unsigned, signer: Signs) -> None:
    """Writes the signature into its room. Raises Refused where it is longer than that."""
    cms = signer.sign(unsigned.digest)
    if len(cms) > unsigned.room:
        message = tell(
            "the signature needs {n} bytes, but only {room} are reserved", n=len(cms), room=unsigned.room
        )
        raise Refused(
            tell("{message}. The time stamps of that server differ too much in length.", message=message)
        )
    file.seek(unsigned.place)
    file.write(cms.hex().encode())


def field(signature: int, page: int) -> bytes:
    """The field that holds a signature, on a page, hidden."""
    kind = b"/Type/Annot/Subtype/Widget/FT/Sig/T(Signature)/TU(Signature)/F 134/Rect[0 0 0 0]"
    return b"<<%b/P %d 0 R/V %d 0 R>>" % (kind, page, signature)


def in_catalog(signature: int, field: int) -> bytes:
    """Return the entries of the catalog for a signature: its place, what it permits, and the standard it
    needs."""
    return (
        b"/AcroForm<</Fields[%d 0 R]/SigFlags 3>>/Perms<</DocMDP %d 0 R>>"
        b"/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 1>>>>" % (field, signature)
    )


def signed_pdf(data: bytes, signer: Signs) -> bytes:
    """A finished PDF with a signature that covers all of it."""
    now = source_date() or datetime.now(UTC).strftime("D:%Y%m%d%H%M%S+00'00'")
    name, widest = pikepdf.Name, 9_999_999_999
    with pikepdf.open(io.BytesIO(data)) as pdf:
        transform = pikepdf.Dictionary(
            Type=name.SigRef,
            TransformMethod=name.DocMDP,
            TransformParams=pikepdf.Dictionary(Type=name.TransformParams, V=name("/1.2"), P=1),
        )
        signature = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=name.Sig,
                Filter=name("/Adobe.PPKLite"),
                SubFilter=name("/ETSI.CAdES.detached"),
                M=now,
                ByteRange=[0, widest, widest, widest],
                Contents=pikepdf.String(b"\0" * signer.room),
                Reference=[transform],
            )
        )
        page = pdf.pages[0].obj
        widget = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=name.Annot,
                Subtype=name.Widget,
                FT=name.Sig,
                T="Signature",
                TU="Signature",
                F=134,
                Rect=[0, 0, 0, 0],
                P=page,
                V=signature,
            )
        )
        page.Annots = pikepdf.Array([*page.get("/Annots", []), widget])
        page.Tabs = name.S
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[widget], SigFlags=3)
        pdf.Root.Perms = pikepdf.Dictionary(DocMDP=signature)
        extension = pikepdf.Dictionary(BaseVersion=name("/1.7"), ExtensionLevel=1)
        pdf.Root.Extensions = pikepdf.Dictionary(ESIC=extension)
        finished = io.BytesIO()
        pdf.save(
            finished,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            fix_metadata_version=False,
        )
    made = finished.getvalue()
    found = re.search(rb"/Contents (<(?:00){%d}>)" % signer.room, made)
    ranges = re.search(rb"/ByteRange \[ 0 (?:%d ?){3}\]" % widest, made)
    if found is None or ranges is None:
        raise RuntimeError("the room of a signature is not where it was put")
    start, end = found.span(1)
    said = b"/ByteRange [ 0 %d %d %d" % (start, end, len(made) - end)
    said = said.ljust(ranges.end() - ranges.start() - 1) + b"]"
    whole = made[: ranges.start()] + said + made[ranges.end() :]
    digest = hashlib.new(signer.algorithm, whole[:start] + whole[end:]).digest()
    file = io.BytesIO(whole)
    sign(file, Unsigned(digest, start + 1, signer.room), signer)
    return file.getvalue()
