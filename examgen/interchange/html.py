"""HTML of unknown writers as a tree, bounded: in depth, since trees are walked by recursion and the parser's
time grows with its square, and in elements, since unclosed ones are written again in each paragraph."""

from __future__ import annotations

from io import StringIO
from typing import Any

MOST_DEPTH = 150
"""Elements within each other. Editors of questions write twenty; Chromium ends at 512."""
MOST_ELEMENTS = 50_000


class _Bounded(list[Any]):
    """The elements that are open."""

    opened = 0

    def append(self, element: Any) -> None:
        self.opened += 1
        if len(self) >= MOST_DEPTH or self.opened > MOST_ELEMENTS:
            raise OverflowError
        super().append(element)


def parsed(text: str) -> Any:
    """The root of a text as browsers read it; None where it is past the bounds, or past the parser."""
    from tinyhtml5.parser import HTMLParser
    from tinyhtml5.treebuilder import TreeBuilder

    class Tree(TreeBuilder):  # type: ignore[misc]  # the package has no types
        def reset(self) -> None:
            super().reset()
            self.open_elements = _Bounded()

    class Parser(HTMLParser):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(namespace_html_elements=False)
            self.tree = Tree(False)
            for phase in self.phases.values():
                phase.tree = self.tree

    try:
        # of a short text the parser would ask whether it names a file, and read that: it is given a stream
        return Parser().parse(StringIO(text))
    except (OverflowError, ValueError, TypeError, AttributeError, IndexError, KeyError, AssertionError):
        return None  # the others: faults of the parser with elements that overlap each other
