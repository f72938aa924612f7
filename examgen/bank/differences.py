"""Compares two versions of a text word by word. PyThaiNLP splits Thai into words."""

from __future__ import annotations

import difflib
from typing import Literal, NamedTuple

from examgen.bank.rules.item_words import pieces
from examgen.core.models.field_types import LONGEST_TEXT


class TextPiece(NamedTuple):
    """A run of words that is in both texts (`same`), only in the first (`gone`) or only in the second
    (`new`).
    """

    kind: Literal["same", "gone", "new"]
    text: str


def differences(before: str, after: str) -> list[TextPiece]:
    """Return the two texts as pieces: without the new pieces they are the first text, without the gone ones
    the second.
    """
    if max(len(before), len(after)) > LONGEST_TEXT:  # no item is that long
        return [TextPiece("gone", before), TextPiece("new", after)]
    one, other = pieces(before), pieces(after)
    found: list[TextPiece] = []
    for kind, i, j, m, n in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(TextPiece("same", "".join(one[i:j])))
            continue
        if j > i:
            found.append(TextPiece("gone", "".join(one[i:j])))
        if n > m:
            found.append(TextPiece("new", "".join(other[m:n])))
    return found
