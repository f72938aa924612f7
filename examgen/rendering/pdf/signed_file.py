"""A finished PDF → the same with a signature that covers all of it (ISO 32000-1, 12.8).

The signature certifies that nothing may be changed (DocMDP, P 1). Its field is invisible, also to screen
readers, and no page looks different.
"""

from __future__ import annotations

import hashlib
import io
import re
from datetime import UTC, datetime
from typing import Protocol

import pikepdf

from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.rendering.pdf.document import source_date


class Signs(Protocol):
    """Signer of a digest: `examgen.core.signing.signers.FileSigner`."""

    @property
    def algorithm(self) -> str:
        """The name of the digest's algorithm, as in `hashlib`."""

    @property
    def room(self) -> int:
        """The maximum number of bytes of a signature."""

    def sign(self, digest: bytes) -> bytes:
        """Return the signature of the digest as CMS."""


def signed_pdf(data: bytes, signer: Signs) -> bytes:
    """Return the PDF, signed. Raises Refused if the signature is longer than the space reserved for it."""
    # the time of signing; that of SOURCE_DATE_EPOCH, where files must be the same each time
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
    cms = signer.sign(hashlib.new(signer.algorithm, whole[:start] + whole[end:]).digest())
    if len(cms) > signer.room:
        message = tell(
            "the signature needs {n} bytes, but only {room} are reserved", n=len(cms), room=signer.room
        )
        raise Refused.because(
            "{message}. The time stamps of that server differ too much in length.", message=message
        )
    return whole[: start + 1] + cms.hex().encode().ljust(end - start - 2, b"0") + whole[end - 1 :]
