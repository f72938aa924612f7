"""Two texts → what stands in both, what came and what went, word by word; Thai words by PyThaiNLP.

Two versions of an item → the fields that changed, each so.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from examgen.bank.rules.item_words import pieces
from examgen.core.models.base import LONGEST_TEXT
from examgen.core.yamlfile import load


class TextPiece(NamedTuple):
    """A run of words."""

    kind: Literal["same", "gone", "new"]
    text: str


def differences(before: str, after: str) -> list[TextPiece]:
    """The two texts as one: all pieces but the new give the first, all but the gone the second."""
    if max(len(before), len(after)) > LONGEST_TEXT:  # no item says so much
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


def item_in(data: bytes, name: str) -> dict[str, str] | None:
    """By field, what a file of items says of one, whatever its faults; None where it does not hold it."""
    if name.encode() not in data:
        return None
    try:
        entries = load(data)
    except (ValueError, RecursionError):
        return None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("id") == name:
            texts: dict[str, str] = {}
            for field, value in entry.items():
                if isinstance(value, Mapping):
                    texts |= {f"{field}.{name}": str(one) for name, one in value.items()}
                elif isinstance(value, list):
                    texts[str(field)] = ", ".join(map(str, value))
                elif value is not None:
                    texts[str(field)] = str(value)
            return texts
    return None


def lines_of(data: bytes, name: str) -> bytes:
    """The lines of a file of items that hold one, as far as they can be told without reading the file."""
    pattern = (
        rb"""^[ \t]*-[ \t]+\{?[ \t]*id:[ \t]*["']?"""
        + re.escape(name.encode())
        + rb"""["']?[\s,].*?(?=^[ \t]*-[ \t]+\{?[ \t]*id:|\Z)"""
    )
    found = re.search(pattern, data, re.MULTILINE | re.DOTALL)
    return found[0] if found else data


def changes_between(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, list[TextPiece]]]:
    """The fields in which two versions differ, each word by word."""
    fields = dict.fromkeys((*after, *before))
    return [
        (field, differences(before.get(field, ""), after.get(field, "")))
        for field in fields
        if before.get(field, "") != after.get(field, "")
    ]
