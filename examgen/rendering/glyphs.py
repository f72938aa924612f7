"""Texts of an exam → characters and formulas in them that cannot be printed, and how wide a text is set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from examgen.core.models.form import Exam
from examgen.core.problems import Problem
from examgen.core.text import formulas, markdown
from examgen.core.text.fonts import UNSEEN, face, missing, missing_message
from examgen.core.text.markdown import Formula
from examgen.rendering.markup import plain_lines, printed_lines


def width_em(text: str) -> float:
    """Width of a text on one line, in em: an upper bound, since kerning only tightens."""
    widths = face("Regular").widths
    return sum(widths.get(char, 1.0) for char in text if char not in UNSEEN)


def widths_em(text: str) -> list[float]:
    """Width of each line of an option, in em, were the paper as wide as it asks; formulas as drawn."""
    return [
        sum(formulas.width_em(part) if isinstance(part, Formula) else width_em(part) for part in line)
        for line in printed_lines(text, "options")
    ]


def check_glyphs(exam: Exam) -> list[Problem]:
    """Every character to be printed that no shipped face holds, and every formula that cannot be drawn."""
    return [problem for text in _texts(exam) for problem in _faults(exam, text)]


class _PrintedText(NamedTuple):
    item: str | None
    field: str
    value: str


def _faults(exam: Exam, text: _PrintedText) -> Iterator[Problem]:
    """The faults of one text, by item and field."""
    where = (text.item, text.field)
    for char in missing("".join(plain_lines(text.value, text.field))):
        yield Problem(exam.blueprint.exam, "glyph-missing", missing_message(char), *where)
    for formula in markdown.formulas(text.value, text.field):
        if message := formulas.fault(formula):
            yield Problem(exam.blueprint.exam, "formula-unreadable", message, *where)


def _texts(exam: Exam) -> Iterator[_PrintedText]:
    """Every text of the exam that some paper prints, each item once."""
    yield _PrintedText(None, "title.th", exam.blueprint.title.th)
    yield _PrintedText(None, "title.en", exam.blueprint.title.en)
    yield _PrintedText(None, "occupation", exam.blueprint.occupation or "")
    for unit in exam.units:
        yield _PrintedText(None, f"{unit.code} title", unit.title or "")
        for element in unit.elements:
            yield _PrintedText(None, f"{element.code} title", element.title)
        for criterion in unit.criteria:
            yield _PrintedText(None, f"{criterion.code} text", criterion.text)
    for stimulus in exam.stimuli:
        yield _PrintedText(stimulus.id, "stimulus", stimulus.text)
    items = {printed.item.id: printed.item for form in exam.forms for printed in form.items}
    for item in items.values():
        yield _PrintedText(item.id, "stem", item.stem)
        for option, text in item.options.items():
            yield _PrintedText(item.id, f"options.{option}", text)
