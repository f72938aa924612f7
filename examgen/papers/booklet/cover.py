"""Who holds a booklet → the fields at the head of its cover, and the texts in them, each at its place.

The fields are drawn by `booklet/candidate.html` at these measures; a candidate's data are stamped into
them, a long name smaller or on two lines. Lengths in px from the top left of the cover's text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from examgen.core.models.form import Candidate
from examgen.papers.booklet.layout import PageLayout

ASCENT_EM, DESCENT_EM = 1.068, 0.232
"""Of the shipped Sarabun faces (hhea), by which a line of text is set."""

Measure = Callable[[str, float], float]
"""Text and size in px → its width in px."""

_ROWS = ((("name", 0.68), ("form", 0.32)), (("number", 0.4), ("room", 0.27), ("signature", 0.33)))
_NARROW_ROWS = (
    (("name", 1.0),),
    (("form", 0.45), ("room", 0.55)),
    (("number", 1.0),),
    (("signature", 1.0),),
)
_NARROW = 560.0
"""Width of the text, at normal size, below which the fields stand in more rows."""

BORDER = 1.0
"""Of the fields, which neighbours share."""
_LABEL_EM = 1.25
_PAD_EM = 0.5
_SIZES_EM = (1.15, 1.05, 0.95, 0.87, 0.8, 0.73, 0.67)
"""Sizes of a text that is set, the first that fits."""

_TWO_LINES_EM = 0.62
_FROM_MIDDLE_EM = 0.47
"""Of two lines, from where one would stand."""


class Line(NamedTuple):
    """A line of text in a field: where its box begins, from within the field's border, and its size."""

    text: str
    x: float
    y: float
    size: float


class Field(NamedTuple):
    """A place on the cover."""

    x: float
    y: float
    width: float
    lines: tuple[Line, ...] = ()


class Fields(NamedTuple):
    """All places of the cover where data of a booklet are set."""

    name: Field
    form: Field
    number: Field
    room: Field
    signature: Field
    row: float
    """Height of each field."""
    height: float
    """Of all together."""


def empty_fields(layout: PageLayout) -> Fields:
    """The fields with nothing in them."""
    rows = _NARROW_ROWS if layout.width / layout.scale < _NARROW else _ROWS
    em = layout.em
    row_height = layout.slot + _LABEL_EM * em
    found = {}
    for n, row in enumerate(rows):
        x = 0.0
        for name, share in row:
            found[name] = Field(x, n * row_height, share * layout.width)
            x += share * layout.width
    return Fields(**found, row=row_height, height=len(rows) * row_height + BORDER)


def filled_fields(layout: PageLayout, form: str, candidate: Candidate | None, measure: Measure) -> Fields:
    """The fields with the form's name and what is known of the candidate."""
    fields = empty_fields(layout)
    given = {"form": form}
    if candidate:
        given["name"] = candidate.name
        given["number"] = candidate.candidate_id
        given["room"] = " / ".join(filter(None, (candidate.room, candidate.seat)))
    set_fields = {
        name: getattr(fields, name)._replace(
            lines=tuple(_lines(text, layout, getattr(fields, name), measure))
        )
        for name, text in given.items()
        if text
    }
    return fields._replace(**set_fields)


def _lines(text: str, layout: PageLayout, field: Field, measure: Measure) -> Iterator[Line]:
    """The text on one line as large as it fits, else on two small ones."""
    em = layout.em
    x, y, room = _PAD_EM * em, _LABEL_EM * em - 0.1 * em, field.width - 2 * _PAD_EM * em
    for size in _SIZES_EM:
        if measure(text, size * em) <= room:
            yield Line(text, x, y, size * em)
            return
    # The text parted at the blank nearest its middle; where it has none, all of it on the first line.
    blanks = [i for i, char in enumerate(text) if char == " "]
    if not blanks:
        first, second = text, ""
    else:
        middle = min(blanks, key=lambda i: abs(i - len(text) / 2))
        first, second = text[:middle], text[middle + 1 :]
    widest = max(measure(part, _TWO_LINES_EM * em) for part in (first, second))
    size = _TWO_LINES_EM * em * min(1.0, room / widest)
    yield Line(first, x, y - _FROM_MIDDLE_EM * em, size)
    yield Line(second, x, y + _FROM_MIDDLE_EM * em, size)


def first_baseline(size: float, line_height: float) -> float:
    """From the top of a line of that height to the baseline of text of that size."""
    return (line_height - (ASCENT_EM + DESCENT_EM) * size) / 2 + ASCENT_EM * size
