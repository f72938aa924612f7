"""A content stream → its operations, each with its operands and its place in the stream.

ISO 32000-1, 7.8.2 and 7.2. Everything is given as the bytes that stand there, so that what is not
changed can be copied as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_SPACE = rb"(?:[\0\t\n\f\r ]++|%[^\r\n]*+)*+"
_TOKEN = re.compile(
    _SPACE + rb"(?:(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?=[\0\t\n\f\r ()<>\[\]{}/%]|$))"
    rb"|(?P<word>[^\0\t\n\f\r ()<>\[\]{}/%]+)"
    rb"|(?P<delimiter><<|>>|[\[\]{}])"
    rb"|(?P<hex><[0-9A-Fa-f\0\t\n\f\r ]*>)"
    rb"|(?P<name>/[^\0\t\n\f\r ()<>\[\]{}/%]*)"
    rb"|(?P<literal>\()"
    rb"|(?P<end>\Z))"
)
_IN_LITERAL = re.compile(rb"\\.|[()]", re.DOTALL)
_IMAGE_END = re.compile(rb"[\0\t\n\f\r ]EI(?=[\0\t\n\f\r ]|$)")
_VALUES = (b"true", b"false", b"null")


class Operand(NamedTuple):
    """A piece of what stands before an operator: a number, string, name, bracket …"""

    kind: str
    """number, hex, literal, name, delimiter or word."""
    source: bytes


class Operation(NamedTuple):
    """An operator with its operands: `content[start:end]`."""

    operator: bytes
    operands: list[Operand]
    start: int
    end: int


def rectangles(boxes: Iterable[tuple[float, float, float, float]]) -> bytes:
    """The operations that draw rectangles in a square of 1 by 1: x, y, width and height."""
    return b" ".join(b"%.5f %.5f %.5f %.5f re" % box for box in boxes)


def operations(content: bytes) -> Iterator[Operation]:
    """The operations of a content stream, in order; ValueError where it is not one."""
    operands: list[Operand] = []
    place, start = 0, -1
    new, match = tuple.__new__, _TOKEN.match  # a page has tens of thousands of operands
    while token := match(content, place):
        kind, place = token.lastgroup, token.end()
        if kind == "end":
            return
        assert kind is not None
        begin = token.start(kind)
        start = begin if start < 0 else start
        place = _literal_end(content, begin) if kind == "literal" else place
        source = content[begin:place]
        if kind == "word" and source not in _VALUES:
            place = _image_end(content, place) if source == b"ID" else place
            yield new(Operation, (source, operands, start, place))
            operands, start = [], -1
        else:
            operands.append(new(Operand, (kind, source)))
    space = re.match(_SPACE, content[place:])
    place += space.end() if space else 0
    raise ValueError(f"no PDF operator at byte {place}: {content[place : place + 20]!r}")


def _literal_end(content: bytes, start: int) -> int:
    """The end of a string in parentheses, which may hold balanced ones and escaped ones."""
    depth = 0
    for found in _IN_LITERAL.finditer(content, start):
        depth += {b"(": 1, b")": -1}.get(found.group(), 0)
        if not depth:
            return found.end()
    raise ValueError(f"a string without an end at byte {start}")


def _image_end(content: bytes, start: int) -> int:
    """The end of the data of an inline image, `EI` with it."""
    end = _IMAGE_END.search(content, start)
    if not end:
        raise ValueError(f"an inline image without an end at byte {start}")
    return end.end()
