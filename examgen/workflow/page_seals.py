"""The pages of a report as a statement has them: which bears the code, of how many, and a digest of all."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from hashlib import blake2b

_BYTES = 12
_PAGES = re.compile(r"(\d{1,4})/(\d{1,4}) ", re.ASCII)


def pages_seal(seals: Sequence[bytes], bearer: int) -> str:
    """What is said of pages with these seals, of one length, where that one (from 0) bears the code."""
    whole = base64.b64encode(blake2b(b"".join(seals), digest_size=_BYTES).digest())
    return f"{bearer + 1}/{len(seals)} {whole.decode('ascii')}"


def pages_about(said: str, bearer: int) -> range:
    """The pages of a file that this speaks of where page `bearer` bears the code; none for another text."""
    found = _PAGES.match(said)
    if not found:
        return range(0)
    first = bearer + 1 - int(found[1])
    return range(first, first + int(found[2]))
