"""Holder of a booklet → the fields at the top of its cover and the texts in them, with their positions.

The fields are drawn by `booklet/candidate.html` with these measures. A candidate's data are stamped into
them; a long name is set smaller or on two lines. Lengths are in px from the top left of the cover's text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from examgen.core.models.form import Candidate
from examgen.papers.booklet.layout import PageLayout

ASCENT_EM, DESCENT_EM = 1.068, 0.232
"""Ascent and descent of the shipped Sarabun fonts (hhea), which position a line of text."""

Measure = Callable[[str, float], float]
"""Function of a text and its size in px that returns its width in px."""

_ROWS = ((("name", 0.68), ("form", 0.32)), (("number", 0.4), ("room", 0.27), ("signature", 0.33)))
_NARROW_ROWS = (
    (("name", 1.0),),
    (("form", 0.45), ("room", 0.55)),
    (("number", 1.0),),
    (("signature", 1.0),),
)
_NARROW = 560.0
"""Text width in px, at normal size, below which the fields are arranged in more rows."""

BORDER = 1.0
"""Width of a field's border, shared by neighbouring fields."""
_LABEL_EM = 1.25
_PAD_EM = 0.5
_SIZES_EM = (1.15, 1.05, 0.95, 0.87, 0.8, 0.73, 0.67)
"""Sizes for a text in a field, of which the first that fits is used."""

_TWO_LINES_EM = 0.62
_FROM_MIDDLE_EM = 0.47
"""Distance of each of two lines from the position of a single one."""


class FieldLine(NamedTuple):
    """A line of text in a field: the position of its box, from inside the field's border, and its font
    size."""

    text: str
    x: float
    y: float
    size: float


class CoverField(NamedTuple):
    """A field on the cover: its position, width and lines of text."""

    x: float
    y: float
    width: float
    lines: tuple[FieldLine, ...] = ()


class CoverFields(NamedTuple):
    """All fields of the cover that hold the data of a booklet."""

    name: CoverField
    form: CoverField
    number: CoverField
    room: CoverField
    signature: CoverField
    row: float
    """Height of each field."""
    height: float
    """Height of all fields together."""


def empty_fields(layout: PageLayout) -> CoverFields:
    """Return the fields without any text."""
    rows = _NARROW_ROWS if layout.width / layout.scale < _NARROW else _ROWS
    em = layout.em
    row_height = layout.slot + _LABEL_EM * em
    found = {}
    for n, row in enumerate(rows):
        x = 0.0
        for name, share in row:
            found[name] = CoverField(x, n * row_height, share * layout.width)
            x += share * layout.width
    return CoverFields(**found, row=row_height, height=len(rows) * row_height + BORDER)


def filled_fields(
    layout: PageLayout, form: str, candidate: Candidate | None, measure: Measure, centre: str = ""
) -> CoverFields:
    """Return the fields filled with the form's name and the candidate's data, each text as large as fits. The
    centre is printed beside room and seat, or below them."""
    fields = empty_fields(layout)
    given = {"form": [form]}
    if candidate:
        given["name"] = [candidate.name]
        given["number"] = [candidate.candidate_id]
        given["room"] = [" / ".join(filter(None, (candidate.room, candidate.seat))), centre]
    em = layout.em
    x, y = _PAD_EM * em, _LABEL_EM * em - 0.1 * em
    filled: dict[str, Any] = {}
    for name, texts in given.items():
        parts = [text for text in texts if text]
        text = " – ".join(parts)
        if not text:
            continue
        field: CoverField = getattr(fields, name)
        room = field.width - 2 * _PAD_EM * em
        size = next((one * em for one in _SIZES_EM if measure(text, one * em) <= room), None)
        if size is not None:
            filled[name] = field._replace(lines=(FieldLine(text, x, y, size),))
            continue
        # on two small lines
        small, shift = _TWO_LINES_EM * em, _FROM_MIDDLE_EM * em
        sizes = [small * min(1.0, room / measure(part, small)) for part in parts]
        if len(parts) == 1:
            # parted at the blank nearest its middle; without one, all of it on the first
            blanks = [i for i, char in enumerate(text) if char == " "]
            middle = min(blanks, key=lambda i: abs(i - len(text) / 2)) if blanks else len(text)
            parts = [text[:middle], text[middle + 1 :]]
            sizes = [small * min(1.0, room / max(measure(part, small) for part in parts))] * 2
        lines = (FieldLine(parts[0], x, y - shift, sizes[0]), FieldLine(parts[1], x, y + shift, sizes[1]))
        filled[name] = field._replace(lines=lines)
    return fields._replace(**filled)


def first_baseline(size: float, line_height: float) -> float:
    """Return the distance from the top of a line of this height to the baseline of text of this size."""
    return (line_height - (ASCENT_EM + DESCENT_EM) * size) / 2 + ASCENT_EM * size
