"""Exam and form → the content of an assessor's form and of a candidate's sheet.

The candidate's sheet is made of records that have no guide and no anchor, so that no template can print
one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.models.item import Instrument, Task
from examgen.core.models.standard import METHODS
from examgen.core.problems import Problem, Refused
from examgen.core.text.fonts import missing, missing_message
from examgen.core.words import Message, tell
from examgen.papers.candidate import Paper, Setter, paper
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.markup import plain_lines
from examgen.rendering.templates.filling import print_pdf

SHOWN_TO_CANDIDATES = ("portfolio", "practical", "simulation", "other")
"""Methods with tasks that candidates get in writing. In an interview they hear the tasks, and at work they
are observed."""


class GivenTask(NamedTuple):
    """A task as candidates see it."""

    number: int
    ask: Markup
    minutes: int | None


class GivenInstrument(NamedTuple):
    """An instrument as candidates see it; `tasks` is empty unless tasks are shown in writing."""

    title_th: str
    title_en: str
    minutes: int
    instructions: Markup
    case: Markup
    tasks: tuple[GivenTask, ...]


class Anchor(NamedTuple):
    """A number of points, and a description of the performance that earns them."""

    points: int
    text: Markup


class AssessedRow(NamedTuple):
    """A task as assessors see it."""

    number: int
    task: str
    pc: str
    criterion: str
    ask: Markup
    guide: Markup
    anchors: tuple[Anchor, ...]
    evidence: Markup
    minutes: int | None


class AssessorPart(NamedTuple):
    """An instrument with its tasks, as assessors see it."""

    title_th: str
    title_en: str
    minutes: int
    instructions: Markup
    case: Markup
    rows: tuple[AssessedRow, ...]
    for_candidate: Markup = Markup("")
    """The instructions for the candidate."""


class Assessed(NamedTuple):
    """The candidate and assessor that a form is for; all empty on a form that is filled in by hand."""

    candidate_id: str = ""
    name: str = ""
    centre: str = ""
    room: str = ""
    number: int | None = None
    """The number of the assessor among the candidate's assessors, from 1."""


def candidate_sheet(exam: Exam, form: Form, templates: Sequence[Path], media: Sequence[Path]) -> bytes:
    """Return the sheet for candidates who take a form: the instructions, the case and, if the method shows
    them, the tasks."""
    setter = Setter(exam.blueprint.exam, media, line_setter(templates), [])
    parts = [
        GivenInstrument(
            one.title.th,
            one.title.en,
            one.minutes,
            _text(setter, printed[0], "for_candidate", one.for_candidate),
            _text(setter, printed[0], "case", one.case or ""),
            tuple(
                GivenTask(p.question, _text(setter, p, "ask", task.ask), task.minutes)
                for p, task in _with_tasks(printed, one)
                if one.method in SHOWN_TO_CANDIDATES
            ),
        )
        for one, printed in by_instrument(exam, form)
    ]
    _check(exam, form, setter)
    title = tell("{exam} – candidate's sheet, form {form}", exam=exam.blueprint.exam, form=form.name).th
    context = {"paper": _paper(exam, form), "form": form.name, "parts": parts, "method": method_of(exam)}
    return print_pdf("candidate-sheet.html", context, title, templates, media)


class AssessorForms:
    """Prints the assessor's form of one form of an exam, for any candidate."""

    def __init__(self, exam: Exam, form: Form, templates: Sequence[Path], media: Sequence[Path]) -> None:
        """Typeset all texts. Raises Refused with every fault in them."""
        self._templates, self._media = templates, media
        setter = Setter(exam.blueprint.exam, media, line_setter(templates), [])
        parts = [
            part._replace(rows=tuple(row._replace(guide=_by_line(row.guide)) for row in part.rows))
            for part in assessor_parts(exam, form, setter)
        ]
        _check(exam, form, setter)
        self._title = tell(
            "{exam} – assessor's form, form {form}: CONFIDENTIAL", exam=exam.blueprint.exam, form=form.name
        ).th
        self._context = {
            "paper": _paper(exam, form),
            "form": form.name,
            "parts": parts,
            "method": method_of(exam),
            "rule": exam.blueprint.assessing_rule,
            "points": sum(p.points for p in form.items),
        }

    def pdf(self, who: Assessed = Assessed()) -> bytes:  # noqa: B008  (never changed)
        """Return the form for a candidate and an assessor, or one to fill in by hand, as PDF."""
        context = {**self._context, "who": who}
        return print_pdf("assessor-form.html", context, self._title, self._templates, self._media)


def assessor_parts(exam: Exam, form: Form, setter: Setter) -> list[AssessorPart]:
    """Return the instruments of a form with their tasks, all texts typeset. Faults are added to the setter's
    problems."""
    criteria = {one.code: one.text for unit in exam.units for one in unit.criteria}
    return [
        AssessorPart(
            one.title.th,
            one.title.en,
            one.minutes,
            _text(setter, printed[0], "for_assessor", one.for_assessor),
            _text(setter, printed[0], "case", one.case or ""),
            tuple(
                AssessedRow(
                    number=p.question,
                    task=task.id,
                    pc=p.item.pc,
                    criterion=criteria.get(p.item.pc, ""),
                    ask=_text(setter, p, "ask", task.ask),
                    guide=_text(setter, p, "guide", task.guide),
                    anchors=tuple(
                        Anchor(each, _text(setter, p, f"anchors.{each}", task.anchors[each]))
                        for each in task.points
                    ),
                    evidence=_text(setter, p, "evidence", task.evidence),
                    minutes=task.minutes,
                )
                for p, task in _with_tasks(printed, one)
            ),
            _text(setter, printed[0], "for_candidate", one.for_candidate),
        )
        for one, printed in by_instrument(exam, form)
    ]


def _by_line(guide: Markup) -> Markup:
    """Return a guide with each line in a paragraph of its own; numbered lines get a box to tick."""
    lines = re.sub(r"<br>\s*", "</p>\n<p>", guide)
    return Markup(re.sub(r"<p>(?=\d+\.)", '<p class="counted">', lines))


def method_of(exam: Exam) -> Message:
    """Return the method of assessment in words."""
    return tell(METHODS[exam.blueprint.method])


def by_instrument(exam: Exam, form: Form) -> Iterator[tuple[Instrument, list[PrintedItem]]]:
    """Yield the instruments of a form in order, each with those of its tasks that are on the form."""
    for one in exam.instruments:
        own = {task.id for task in one.tasks}
        if printed := [p for p in form.items if p.item.id in own]:
            yield one, printed


def _with_tasks(printed: Sequence[PrintedItem], one: Instrument) -> Iterator[tuple[PrintedItem, Task]]:
    tasks = {task.id: task for task in one.tasks}
    return ((p, tasks[p.item.id]) for p in printed)


def _paper(exam: Exam, form: Form) -> Paper:
    return paper(exam, len(form.items))


def _text(setter: Setter, printed: PrintedItem, field: str, text: str) -> Markup:
    """Return a text typeset. Faults, such as characters that no font has, are added to the setter's
    problems."""
    if not text.strip():
        return Markup("")
    setter.problems.extend(
        Problem(setter.exam, "glyph-missing", missing_message(char), printed.item.id, field)
        for char in missing("".join(plain_lines(text, field)))
    )
    return setter.html(printed, "stem", text)


def _check(exam: Exam, form: Form, setter: Setter) -> None:
    if setter.problems:
        raise Refused.because(
            "form {form} of {exam} cannot be printed",
            list(dict.fromkeys(setter.problems)),
            form=form.name,
            exam=exam.blueprint.exam,
        )
