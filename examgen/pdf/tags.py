"""The tags of a PDF in memory (ISO 32000-1, 14.7), and what a page break parted as one again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from examgen.pdf.marked import Mark

_HEADING = re.compile("H[1-6]")


@dataclass
class Tag:
    """A structure element: its type, what it holds in reading order, and what is said of it."""

    kind: str
    kids: list[Tag | Mark] = field(default_factory=list)
    alt: str | None = None
    language: str | None = None
    box: tuple[int, list[float]] | None = None
    """Page and BBox of a figure, in points."""
    attributes: dict[str, Any] = field(default_factory=dict)
    """Owner's attributes of tables and lists, by name."""


def all_of(tag: Tag) -> Iterator[Tag]:
    """The tag and all below it, in reading order."""
    yield tag
    for kid in tag.kids:
        if isinstance(kid, Tag):
            yield from all_of(kid)


def marks_of(tag: Tag) -> Iterator[Mark]:
    """The marks of the tag and of all below it, in reading order."""
    for kid in tag.kids:
        if isinstance(kid, Mark):
            yield kid
        else:
            yield from marks_of(kid)


def joined(kids: Sequence[Tag | Mark], said: Mapping[Mark, str]) -> list[Tag | Mark]:
    """The tags of a document whose pages were tagged one by one: what goes on overleaf is one again.

    That is a part, a section that begins there without a heading, a list, a table that leaves its caption
    behind, and one whose head is repeated: the repeated head is left out.
    """
    found: list[Tag | Mark] = []
    page = None
    for kid in kids:
        first = next(marks_of(kid), None) if isinstance(kid, Tag) else kid
        if first is not None and first.page != page:
            page = first.page
            _join(found, [kid], said)
        else:
            found.append(kid)
    return found


def _join(left: list[Tag | Mark], right: Sequence[Tag | Mark], said: Mapping[Mark, str]) -> None:
    last, first = left[-1] if left else None, right[0] if right else None
    if isinstance(last, Tag) and isinstance(first, Tag) and _goes_on(last, first, said):
        has_head = any(isinstance(kid, Tag) and kid.kind == "THead" for kid in last.kids)
        _join(last.kids, first.kids[1:] if first.kind == "Table" and has_head else first.kids, said)
        right = right[1:]
    left += right


def _goes_on(last: Tag, first: Tag, said: Mapping[Mark, str]) -> bool:
    if last.kind != first.kind:
        return False
    if first.kind == "Sect":
        top = first.kids[0] if first.kids else None
        return not (isinstance(top, Tag) and _HEADING.fullmatch(top.kind))
    if first.kind == "Table":
        has_caption_alone = [kid.kind for kid in last.kids if isinstance(kid, Tag)] == ["Caption"]
        heads = [_head(table, said) for table in (last, first)]
        return has_caption_alone or (bool(heads[0]) and heads[0] == heads[1])
    return first.kind in ("Part", "L", "TBody")


def _head(table: Tag, said: Mapping[Mark, str]) -> str:
    """What the head of a table says, where it is the first of it or stands behind a caption."""
    for kid in table.kids[:2]:
        if isinstance(kid, Tag) and kid.kind == "THead":
            return "".join(said.get(mark, "") for mark in marks_of(kid))
    return ""
