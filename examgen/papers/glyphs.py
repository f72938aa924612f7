"""Texts of an exam → what of them the shipped fonts cannot print, and how wide a text is set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from examgen.fonts import UNSEEN, face, missing, missing_message
from examgen.models import Exam
from examgen.papers.markup import plain_lines
from examgen.problems import Problem


def width_em(text: str) -> float:
    """Width of a text on one line, in em: an upper bound, since kerning only tightens."""
    widths = face("Regular").widths
    return sum(widths.get(char, 1.0) for char in text if char not in UNSEEN)


def check_glyphs(exam: Exam) -> list[Problem]:
    """Every character to be printed that no shipped face holds, by item and field."""
    return [
        _problem(exam, text, char)
        for text in _texts(exam)
        for char in missing("".join(plain_lines(text.value)))
    ]


class _PrintedText(NamedTuple):
    item: str | None
    field: str
    value: str


def _problem(exam: Exam, text: _PrintedText, char: str) -> Problem:
    return Problem(
        source=exam.blueprint.exam,
        code="glyph-missing",
        message=missing_message(char),
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
