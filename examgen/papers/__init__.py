"""Exam and forms → booklets, answer sheets, key sheets, papers of exam rooms, and previews of items.

Candidate papers are made from `examgen.papers.candidate` alone, which holds no key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from examgen.core.models.form import Exam


def answers_template(exam: Exam) -> str:
    """CSV header of the wide layout that `score` reads: candidate_id, form, Q1 … QN."""
    columns = [
        "candidate_id",
        "form",
        *(f"Q{n}" for n in range(1, max(len(form.items) for form in exam.forms) + 1)),
    ]
    return ",".join(columns) + "\n"
