"""Lines with broken quotes → the stretches between them that may stand in a note, and are no rows then.

A line that is a record by itself is read as one, whatever quote is open before it: so a part of a file can
be read without the lines before it. Where a quote that is open there is closed further down, by a line that
is no record, and exactly so that one record of all these lines has the fields that it should, nobody can tell
whether the lines between are rows or a note: such as are copied into one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from examgen.capture.files import AnswerFile
from examgen.capture.parts import raw_rows
from examgen.capture.tabular.text import MOST_CHARACTERS, MOST_LINES, leaves_open, may_hold

Stretch = tuple[int, int]
"""The first and the last line of what may be one record."""


def quoted_notes(file: AnswerFile, broken: Sequence[tuple[int, str]]) -> list[Stretch]:
    """The stretches of a text that may be one record each; `broken` are lines with broken quotes, by number,
    ascending, and their texts."""
    if file.container != "text" or file.columns.structure != "wide":
        return []
    delimiter, width = file.delimiter, file.columns.width
    near = [
        (first, last)
        for (first, one), (last, other) in pairwise(broken)
        if 1 < last - first < MOST_LINES and may_hold(one, other, delimiter, width)
    ]
    if not near:
        return []
    raws = raw_rows(file, {line for first, last in near for line in range(first, last + 1)})
    texts = {(a, b): [raws.get(n, "") for n in range(a, b + 1)] for a, b in near}
    return [pair for pair in near if _is_one(texts[pair], delimiter)]


def _is_one(lines: Sequence[str], delimiter: str) -> bool:
    short = sum(map(len, lines)) + len(lines) <= MOST_CHARACTERS
    return short and all(leaves_open(line, delimiter) for line in lines[1:-1])
