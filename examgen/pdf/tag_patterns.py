"""The structure elements of a part of a piece → a pattern, filled wherever the piece is placed.

Numbers are written as wide as the widest, so that every element has its place in the pattern whatever the
numbers are: a hundred elements are written by one formatting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from examgen.pdf.writer import PX

Box = tuple[float, float, float, float]

_NUMBER, _PAGE, _MARK, _EDGE = range(4)
_REFERENCE = b"%10d 0 R"


@dataclass(frozen=True, eq=False)
class Node:
    """A structure element of a piece: what its dictionary says, and its kids, marks by their number in it."""

    kind: str
    entries: bytes
    box: Box | None
    """Of a figure: left, top, right and bottom in px from the top left of the piece."""
    said: str
    """The text of a heading, its slots as the fragment has them; else empty."""
    kids: tuple[Node | int, ...]

    @cached_property
    def elements(self) -> tuple[Node, ...]:
        """Its kids that are not marks."""
        return tuple(kid for kid in self.kids if isinstance(kid, Node))

    @cached_property
    def pattern(self) -> TagPattern:
        """It and all below it, as it is written."""
        return _pattern(self)


class TagPattern(NamedTuple):
    """Elements below one, itself the first, each after what it is in."""

    n: int
    text: bytes
    """The elements as a pattern of `%`, on lines of their own."""
    places: tuple[int, ...]
    """Where each of them begins once the pattern is filled."""
    filling: tuple[tuple[int, int], ...]
    """For each `%` what is filled in, and how much is added to it."""
    edges: tuple[tuple[int, Box], ...]
    """Of each figure: where its box is filled in, and the box."""
    marks: tuple[tuple[int, int], ...]
    """Each mark, and which of the elements it belongs to."""

    def filled(
        self, number: int, parent: int, page: int, first: int, spot: tuple[float, float, float]
    ) -> bytes:
        """The elements with the numbers from `number` on; marks are those of `page` from `first` on.

        `spot` is where the piece stands: x and y in px from the top left, and how high the page is.
        """
        bases = (number, page, first, 0)
        values: list[float] = [bases[what] + more for what, more in self.filling]
        values[0] = parent
        x, y, height = spot
        for place, (left, top, right, bottom) in self.edges:
            values[place : place + 4] = (
                (x + left) * PX, (height - y - bottom) * PX, (x + right) * PX, (height - y - top) * PX,
            )  # fmt: skip
        return self.text % tuple(values)


class _Filling(NamedTuple):
    """A piece of a pattern with what fills it."""

    text: bytes
    values: list[tuple[int, int]]


def _pattern(top: Node) -> TagPattern:
    """The pattern of an element with all below it."""
    nodes = [*_all(top, 0)]
    number = {id(node): n for n, (node, _) in enumerate(nodes)}
    bodies = [_body(node, parent, number) for node, parent in nodes]
    filling = [value for body in bodies for value in body.values]
    widths = [len(body.text % tuple([0] * len(body.values))) + 1 for body in bodies]
    starts = accumulate((len(body.values) for body in bodies), initial=0)
    edges = []
    for (node, _), body, start in zip(nodes, bodies, starts, strict=False):
        if node.box:
            edges.append((start + body.values.index((_EDGE, 0)), node.box))
    return TagPattern(
        n=len(nodes),
        text=b"\n".join(body.text for body in bodies),
        places=tuple(accumulate(widths[:-1], initial=0)),
        filling=tuple(filling),
        edges=tuple(edges),
        marks=tuple(
            (kid, n) for n, (node, _) in enumerate(nodes) for kid in node.kids if isinstance(kid, int)
        ),
    )


def _all(node: Node, parent: int) -> Iterator[tuple[Node, int]]:
    """Every element with the number of the one that it is in."""
    waiting = [(node, parent)]
    n = 0
    while waiting:
        one, above = waiting.pop()
        yield one, above
        waiting += [(kid, n) for kid in reversed(one.elements)]
        n += 1


def _body(node: Node, parent: int, number: dict[int, int]) -> _Filling:
    text = b"<</S/%b/P %b" % (node.kind.encode(), _REFERENCE)
    values = [(_NUMBER, parent)]
    kids = []
    marks = [kid for kid in node.kids if isinstance(kid, int)]
    if marks:
        text += b"/Pg " + _REFERENCE
        values.append((_PAGE, 0))
    for kid in node.kids:
        kids.append(b"%5d" if isinstance(kid, int) else _REFERENCE)
        values.append((_MARK, kid) if isinstance(kid, int) else (_NUMBER, number[id(kid)]))
    text += b"/K[%b]" % b" ".join(kids)
    if node.box:
        text += b"/A<</O/Layout/BBox[%9.2f %9.2f %9.2f %9.2f]>>"
        values += [(_EDGE, 0)] * 4
    return _Filling(text + node.entries.replace(b"%", b"%%") + b">>", values)
