"""A change to a PDF, written behind it: an incremental update (ISO 32000-1, 7.5.6), which leaves its bytes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pikepdf


def updated(path: Path, changed: Any) -> bytes:
    """The file with every object of `changed` that is another one there."""
    data = path.read_bytes()
    with pikepdf.open(path) as pdf:
        old = {one.objgen: _written(one) for one in pdf.objects if hasattr(one, "objgen")}
        roots = {
            name: getattr(changed, kind).objgen[0] for name, kind in (("Root", "Root"), ("Info", "docinfo"))
        }
    out, places = bytearray(data), {}
    for one in changed.objects:
        if not hasattr(one, "objgen") or old.get(one.objgen) == _written(one):
            continue
        places[one.objgen[0]] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (one.objgen[0], _written(one))
    assert places, "nothing was changed"
    before, start = int(re.findall(rb"startxref\s+(\d+)", data)[-1]), len(out)
    out += b"xref\n"
    for number, place in sorted(places.items()):
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    size = max(*places, *(number for number, _ in old)) + 1
    entries = (size, roots["Root"], roots["Info"], before, start)
    return bytes(
        out + b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % entries
    )


def _written(one: Any) -> bytes:
    if not isinstance(one, pikepdf.Stream):
        return one.unparse(resolved=True)
    raw = one.read_raw_bytes()
    entries = b"".join(
        b"%b %b"
        % (name.encode(), value.unparse() if hasattr(value, "unparse") else str(value).lower().encode())
        for name, value in one.items()
        if name != "/Length"
    )
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(raw), raw)
