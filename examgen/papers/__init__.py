"""Exam and forms → booklet, answer sheet, key sheet (PDF bytes) and the table that graders fill in.

Candidate papers are made from `examgen.papers.candidate` alone, which holds no key.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from examgen.models import BankUnit, Exam, Item, Stimulus, Unit
from examgen.papers.accessible import accessible_html, accessible_pdf
from examgen.papers.candidate import check_images
from examgen.papers.glyphs import check_glyphs
from examgen.papers.key import key_sheet
from examgen.papers.preview import preview_html, preview_pdf, sample
from examgen.papers.printing import BookletPress, Printed, plain_booklet
from examgen.papers.sheet_printing import answer_sheet
from examgen.papers.solutions import review_book, review_of, solutions_book

__all__ = [
    "BookletPress",
    "Printed",
    "accessible_html",
    "accessible_pdf",
    "answer_sheet",
    "answers_template",
    "check_glyphs",
    "check_images",
    "key_sheet",
    "plain_booklet",
    "preview_html",
    "preview_pdf",
    "review_book",
    "review_sheet",
    "sample",
    "solutions_book",
]


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
