"""Several PDF files → one file with all their pages, in order."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pikepdf


def joined_pdfs(files: Iterable[bytes]) -> bytes:
    """Return one file made of several; title, language and producer are those of the first."""
    first, *others = files
    with pikepdf.open(io.BytesIO(first)) as joined:
        for data in others:
            with pikepdf.open(io.BytesIO(data)) as one:
                joined.pages.extend(one.pages)
        finished = io.BytesIO()
        joined.save(
            finished,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            fix_metadata_version=False,
        )
    return finished.getvalue()
