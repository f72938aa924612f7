"""What the shipped Sarabun faces hold: which characters cannot be printed, how wide a text is set."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from examgen.models import Exam
from examgen.papers.markup import plain_lines
from examgen.problems import Problem
from examgen.resources import fonts

FACES = ("Regular", "Bold", "Italic")

_UNSEEN = frozenset("\n\t\u00ad\u200b\u200c\u200d\u2060\ufeff")
"""Characters that draw nothing, whether or not a face knows them."""


class Face(NamedTuple):
    """Advance width of each character of a face, in em."""

    widths: dict[str, float]


@cache
def face(name: str) -> Face:
    """The face of that name among the shipped ones."""
    from fontTools.ttLib import TTFont

    with TTFont(fonts() / f"Sarabun-{name}.ttf", lazy=True) as font:
        advances, em = font["hmtx"], font["head"].unitsPerEm
        return Face({chr(code): advances[glyph][0] / em for code, glyph in font.getBestCmap().items()})


def width_em(text: str) -> float:
    """Width of a text on one line, in em: an upper bound, since kerning only tightens."""
    widths = face("Regular").widths
    return sum(widths.get(char, 1.0) for char in text if char not in _UNSEEN)


def check_glyphs(exam: Exam) -> list[Problem]:
    """Every character to be printed that no shipped face holds, by item and field."""
    held = frozenset().union(*(face(name).widths for name in FACES)) | _UNSEEN
    return [
        _problem(exam, text, char)
        for text in _texts(exam)
        for char in dict.fromkeys("".join(plain_lines(text.value)))
        if char not in held
    ]


class _PrintedText(NamedTuple):
    item: str | None
    field: str
    value: str


def _problem(exam: Exam, text: _PrintedText, char: str) -> Problem:
    name = unicodedata.name(char, "unnamed")
    return Problem(
        source=exam.blueprint.exam,
        code="glyph-missing",
        message=f"the fonts have no {char!r} (U+{ord(char):04X}, {name}): write it another way",
        item=text.item,
        field=text.field,
    )


def _texts(exam: Exam) -> Iterator[_PrintedText]:
    """Every text of the exam that some paper prints, each item once."""
    yield _PrintedText(None, "title.th", exam.blueprint.title.th)
    yield _PrintedText(None, "title.en", exam.blueprint.title.en)
    for unit in exam.units:
        yield _PrintedText(None, f"{unit.code} title", unit.title or "")
        for criterion in unit.criteria:
            yield _PrintedText(None, f"{criterion.code} text", criterion.text)
    for stimulus in exam.stimuli:
        yield _PrintedText(stimulus.id, "stimulus", stimulus.text)
    items = {printed.item.id: printed.item for form in exam.forms for printed in form.items}
    for item in items.values():
        yield _PrintedText(item.id, "stem", item.stem)
        for option, text in item.options.items():
            yield _PrintedText(item.id, f"options.{option}", text)
