"""Plain text with numbered questions and lettered options, as people type it."""

from __future__ import annotations

import re

from examgen import foreign
from examgen.interchange.questions import Reading
from examgen.interchange.typed.lines import Line, Piece
from examgen.interchange.typed.reading import questions_of

_OPTIONS = re.compile(r"^[ \t]*+[*✓]?[ \t]*+\(?(?:[กขคง]|[A-Da-d])[ \t]*+[.)][ \t]*+\S", re.MULTILINE)


def is_one(text: str) -> bool:
    """Whether a text is of this format: at least two lettered options."""
    return len(_OPTIONS.findall(text)) > 1


def read(data: bytes, name: str) -> Reading:
    """The questions of a file, in its order."""
    text, notes = foreign.decoded(data, name)
    reading = Reading("text", notes=notes)
    lines = [Line([Piece(line)], str(n)) for n, line in enumerate(text.splitlines(), 1)]
    questions_of(lines, reading, name)
    return reading
