"""Two texts → what stands in both, what came and what went, word by word; Thai words by PyThaiNLP.

Two versions of an item → the fields that changed, each so.
"""

from __future__ import annotations

import difflib
from typing import Literal, NamedTuple

from examgen.bank.rules.words import pieces


class Piece(NamedTuple):
    """A run of words."""

    kind: Literal["same", "gone", "new"]
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """The two texts as one: all pieces but the new give the first, all but the gone the second."""
    one, other = pieces(before), pieces(after)
    found: list[Piece] = []
    for kind, i, j, m, n in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece("same", "".join(one[i:j])))
            continue
        if j > i:
            found.append(Piece("gone", "".join(one[i:j])))
        if n > m:
            found.append(Piece("new", "".join(other[m:n])))
    return found
