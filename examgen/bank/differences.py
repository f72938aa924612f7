"""Two versions of an item or a text → what stayed, what is new and what is gone, word by word.

PyThaiNLP finds the words of Thai.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from examgen.bank.rules.item_words import pieces
from examgen.core.models.base import LONGEST_TEXT
from examgen.core.yamlfile import load


class TextPiece(NamedTuple):
    """A run of words that is in both texts, only in the first or only in the second."""

    kind: Literal["same", "gone", "new"]
    text: str


def differences(before: str, after: str) -> list[TextPiece]:
    """The two texts as pieces: without the new ones the first, without the gone ones the second."""
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


_MOST_KEPT = 200_000
"""Bytes of a file of which the entries are kept."""


def _entries(data: bytes) -> list[Any]:
    try:
        entries = load(data)
    except (ValueError, RecursionError):
        return []
    return entries if isinstance(entries, list) else []


_kept_entries = lru_cache(maxsize=256)(_entries)
"""A file has many items, and all are asked of each of its versions, on each first page of a reviewer."""


def item_in(data: bytes, name: str) -> dict[str, str] | None:
    """The fields of an item in a file of items, even if it has faults; None if the file does not have it."""
    if name.encode() not in data:
        return None
    for entry in (_kept_entries if len(data) <= _MOST_KEPT else _entries)(data):
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


_BEGINS = rb"""^[ \t]*-[ \t]+\{?[ \t]*id:"""
_NAMED = rb"""[ \t]*["']?([^\s,"']+)["']?[\s,]"""
_LINES = re.compile(_BEGINS + _NAMED + rb".*?(?=" + _BEGINS + rb"|\Z)", re.MULTILINE | re.DOTALL)


class ItemLines:
    """The lines of the items in a file, found without parsing the YAML."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._found: dict[str, bytes] = {}
        for one in _LINES.finditer(data):
            self._found.setdefault(one[1].decode("utf-8", "replace"), one[0])

    def of(self, name: str) -> bytes:
        """Those of an item; the whole file where they are not found."""
        return self._found.get(name, self.data)


def changes_between(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, list[TextPiece]]]:
    """The fields in which two versions differ, with the differences of each."""
    fields = dict.fromkeys((*after, *before))
    return [
        (field, differences(before.get(field, ""), after.get(field, "")))
        for field in fields
        if before.get(field, "") != after.get(field, "")
    ]
