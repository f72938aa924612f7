"""A content stream → its operations, each with its operands and its place in the stream.

ISO 32000-1, 7.8.2 and 7.2. Everything is given as the bytes that stand there, so that what is not
changed can be copied as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    rb"(?P<space>[\0\t\n\f\r ]+|%[^\r\n]*)"
    rb"|(?P<literal>\()"
    rb"|(?P<delimiter><<|>>|[\[\]{}])"
    rb"|(?P<hex><[0-9A-Fa-f\0\t\n\f\r ]*>)"
    rb"|(?P<name>/[^\0\t\n\f\r ()<>\[\]{}/%]*)"
    rb"|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?=[\0\t\n\f\r ()<>\[\]{}/%]|$))"
    rb"|(?P<word>[^\0\t\n\f\r ()<>\[\]{}/%]+)"
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
    while place < len(content):
        token = _TOKEN.match(content, place)
        if not token:
            raise ValueError(f"no PDF operator at byte {place}: {content[place : place + 20]!r}")
        kind, end = str(token.lastgroup), token.end()
        if kind == "space":
            place = end
            continue
        start = place if start < 0 else start
        end = _literal_end(content, place) if kind == "literal" else end
        source = content[place:end]
        if kind == "word" and source not in _VALUES:
            end = _image_end(content, end) if source == b"ID" else end
            yield Operation(source, operands, start, end)
            operands, start = [], -1
        else:
            operands.append(Operand(kind, source))
        place = end


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
