"""A criterion and every id that was ever given → the id of its next item."""

from __future__ import annotations

import re
from collections.abc import Collection

_WIDTH = 3


def next_id(pc: str, used: Collection[str]) -> str:
    """The number after the highest that the criterion ever had: `A4012.02-022`."""
    found = [re.fullmatch(rf"{re.escape(pc)}-(\d+)", name) for name in used]
    numbers = [hit[1] for hit in found if hit]
    width = max((len(number) for number in numbers), default=_WIDTH)
    return f"{pc}-{max(map(int, numbers), default=0) + 1:0{width}d}"
