"""Texts of an exam → the characters and formulas that cannot be printed, and the width of a text."""

from __future__ import annotations

from examgen.core.models.form import Exam
from examgen.core.problems import Problem
from examgen.core.text import formulas, markdown
from examgen.core.text.fonts import UNSEEN, missing, missing_message, widths
from examgen.core.text.markdown import Formula
from examgen.rendering.markup import plain_lines, printed_lines


def width_em(text: str) -> float:
    """Return the width of a text on one line, in em: an upper bound, since kerning only tightens."""
    advances = widths("Regular")
    return sum(advances.get(char, 1.0) for char in text if char not in UNSEEN)


def widths_em(text: str) -> list[float]:
    """Return the width of each line of an option without wrapping, in em, with formulas as drawn."""
    return [
        sum(formulas.width_em(part) if isinstance(part, Formula) else width_em(part) for part in line)
        for line in printed_lines(text, "options")
    ]


def check_glyphs(exam: Exam) -> list[Problem]:
    """Return a problem for every character in the exam that no shipped font contains, and every formula that
    cannot be drawn."""
    texts: list[tuple[str | None, str, str]] = [
        (None, "title.th", exam.blueprint.title.th),
        (None, "title.en", exam.blueprint.title.en),
        (None, "occupation", exam.blueprint.occupation or ""),
    ]
    for unit in exam.units:
        texts.append((None, f"{unit.code} title", unit.title or ""))
        texts += [(None, f"{element.code} title", element.title) for element in unit.elements]
        texts += [(None, f"{criterion.code} text", criterion.text) for criterion in unit.criteria]
    texts += [(stimulus.id, "stimulus", stimulus.text) for stimulus in exam.stimuli]
    # each item once, on however many forms it is
    for item in {printed.item.id: printed.item for form in exam.forms for printed in form.items}.values():
        texts.append((item.id, "stem", item.stem))
        texts += [(item.id, f"options.{option}", text) for option, text in item.options.items()]
    problems = []
    for name, field, text in texts:
        for char in missing("".join(plain_lines(text, field))):
            message = missing_message(char)
            problems.append(Problem(exam.blueprint.exam, "glyph-missing", message, name, field))
        for formula in markdown.formulas(text, field):
            if fault := formulas.fault(formula):
                problems.append(Problem(exam.blueprint.exam, "formula-unreadable", fault, name, field))
    return problems
