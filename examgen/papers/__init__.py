"""Exam and forms → booklet, answer sheet, key sheet (PDF bytes) and the table that graders fill in.

Candidate papers are made from `examgen.papers.candidate` alone, which holds no key.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from examgen.models.form import Exam
from examgen.models.item import BankUnit, Item, Stimulus
from examgen.models.standard import Unit
from examgen.papers.key import review_of
from examgen.papers.preview import sample


def review_sheet(
    unit: Unit,
    items: Sequence[Item],
    templates: Sequence[Path],
    stimuli: Sequence[Stimulus] = (),
    media: Sequence[Path] = (),
) -> bytes:
    """Items with key and rationale, for the experts who judge them."""
    shelf = BankUnit(unit=unit, items=tuple(items), stimuli=tuple(stimuli))
    return review_of(sample(shelf, items), str(unit.code), templates, media)


def answers_template(exam: Exam) -> str:
    """CSV header of the wide layout that `score` reads: candidate_id, form, Q1 … QN."""
    columns = ["candidate_id", "form", *(f"Q{n}" for n in range(1, _most_items(exam) + 1))]
    return ",".join(columns) + "\n"


def _most_items(exam: Exam) -> int:
    return max(len(form.items) for form in exam.forms)
