"""Exam → the parts of its booklets, each as a fragment of HTML that is laid out by itself.

A part is drawn by the template of its name in `templates/booklet/`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.models import Exam, Form
from examgen.papers.candidate import letters, paper, section_title
from examgen.papers.cover import empty_fields
from examgen.papers.layout import PageLayout
from examgen.papers.templating import fill
from examgen.papers.thai import SetLine
from examgen.pdf.press import Fragment
from examgen.resources import fonts

_BETWEEN = "\x1e"
"""A control character, which no text of an item holds."""


class Part(NamedTuple):
    """A part by the name of its template, what it is given, and its width in px."""

    name: str
    given: Mapping[str, object]
    width: float


def heading(exam: Exam, layout: PageLayout) -> dict[str, object]:
    """What every part knows of the exam and its pages."""
    n_items = max(len(form.items) for form in exam.forms)
    return {
        "paper": paper(exam, n_items),
        "letters": letters(exam),
        "layout": layout,
        "fields": empty_fields(layout),
        "fonts": fonts().as_uri(),
    }


def fragments(
    parts: Sequence[Part], context: Mapping[str, object], templates: Sequence[Path], set_line: SetLine
) -> list[Fragment]:
    """The parts drawn by their templates; the style sheet that all are set by stands in the first."""
    given = {**context, "parts": [(part.name, part.given) for part in parts], "between": _BETWEEN}
    style, *html = fill("booklet/fragments.html", given, templates, set_line).split(_BETWEEN)[:-1]
    return [
        Fragment(f"{'' if n else style.strip()}{one.strip()}", part.width)
        for n, (one, part) in enumerate(zip(html, parts, strict=True))
    ]


def ranges(exam: Exam, any_order: bool) -> Iterator[tuple[int, int]]:
    """First and last number of the questions that a line above them may name.

    Those of each form as it stands; where items change places, all that a set of the same size may get.
    """
    for form in exam.forms:
        for first, n in _sets(form):
            last_start = len(form.items) - n + 1 if any_order else first
            for start in range(1 if any_order else first, last_start + 1):
                yield from ((question, start + n - 1) for question in range(start, start + n))


def _sets(form: Form) -> Iterator[tuple[int, int]]:
    """Number of the first item of each stimulus, and how many items it has."""
    names = [p.item.shared_stimulus for p in form.items]
    for i, name in enumerate(names):
        if name and (i == 0 or names[i - 1] != name):
            n = next((k for k in range(i, len(names)) if names[k] != name), len(names)) - i
            yield form.items[i].question, n


def headings(exam: Exam) -> list[str]:
    """The headings of all elements that the exam's items count for, each once."""
    return list(dict.fromkeys(section_title(exam, p) for form in exam.forms for p in form.items))
