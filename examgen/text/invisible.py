"""Characters that turn the direction of writing: in Thai and English they only make a text look like another.

`U+202E` before `321` shows 123. They are refused wherever people write names, ids and texts. What is merely
invisible is another matter: a zero-width space is a hint where a Thai word may break, and is dropped from
names and ids (`capture.cells`), so that two that look alike are the same.
"""

from __future__ import annotations

import re

from examgen.words import tell

DIRECTION_MARKS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""As they stand between the brackets of a regular expression."""

direction_mark = re.compile(f"[{DIRECTION_MARKS}]").search
"""Finds the first of them in a text."""


def turned(text: str) -> str | None:
    """What is wrong with a text that turns its direction, said of it; None where it does not."""
    found = None if text.isascii() else direction_mark(text)
    if found is None:
        return None
    code, place = ord(found[0]), found.start() + 1
    return tell(
        "holds U+{code:04X} as character {place}, unseen, which turns the direction of writing: remove it",
        code=code,
        place=place,
    )
