"""Exam and form → the key sheet: letters, items and criteria of each question, nothing of the texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.models import LETTERS, THAI_LETTERS, Exam, Form, PrintedItem
from examgen.papers.candidate import paper
from examgen.papers.templating import print_pdf
from examgen.thai import COGNITIVE_TH, STATUS_TH


class KeyRow(NamedTuple):
    """A question with its right answer."""

    question: int
    thai: str
    latin: str
    item: str
    pc: str
    cognitive: str
    levels: str
    status: str
    points: int


class PcRow(NamedTuple):
    """A criterion and the questions that count for it, pilot items not among them."""

    unit: str
    pc: str
    text: str
    questions: tuple[int, ...]
    points: int


def key_sheet(exam: Exam, form: Form, templates: Sequence[Path]) -> bytes:
    """The key of a form, for the people who keep it under lock."""
    is_thai = exam.blueprint.choices == "thai"
    context = {
        "paper": paper(exam, len(form.items)),
        "form": form.name,
        "choices": exam.blueprint.choices,
        "other_letters": "–".join((LETTERS if is_thai else THAI_LETTERS)[i] for i in (0, -1)),
        "rows": key_rows(form),
        "criteria": pc_rows(exam, form),
        "pilots": pilot_questions(form),
    }
    return print_pdf("key-sheet.html", context, f"{exam.blueprint.exam} – key, form {form.name}", templates)


def key_rows(form: Form) -> tuple[KeyRow, ...]:
    """One row a question, in printed order."""
    return tuple(_key_row(printed) for printed in form.items)


def _key_row(printed: PrintedItem) -> KeyRow:
    latin = printed.key_letters.replace("|", " · ")
    item = printed.item
    return KeyRow(
        question=printed.question,
        thai=latin.translate(str.maketrans(LETTERS, THAI_LETTERS)),
        latin=latin,
        item=item.id,
        pc=item.pc,
        cognitive=f"{COGNITIVE_TH[item.cognitive]} · {item.cognitive}",
        levels=", ".join(map(str, item.levels)) or "–",
        status=f"{STATUS_TH[item.status]} · {item.status}",
        points=printed.points,
    )


def pc_rows(exam: Exam, form: Form) -> tuple[PcRow, ...]:
    """One row for each criterion of the exam's units, asked or not, in the order of the standard."""
    return tuple(
        PcRow(
            unit=unit.code or "",
            pc=criterion.code,
            text=criterion.text,
            questions=tuple(p.question for p in asked),
            points=sum(p.points for p in asked),
        )
        for unit in exam.units
        for criterion in unit.criteria
        for asked in [
            [p for p in form.items if p.points and (p.unit, p.item.pc) == (unit.code, criterion.code)]
        ]
    )


def pilot_questions(form: Form) -> tuple[int, ...]:
    """The numbers of the questions that count for nobody."""
    return tuple(p.question for p in form.items if not p.points)
