"""Exam and forms → booklet, answer sheet, key sheet (PDF bytes) and the table that graders fill in.

Candidate papers are made from `examgen.papers.candidate` alone, which holds no key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from examgen.models import Exam, Form, Item, Stimulus, Unit
from examgen.papers import sheet
from examgen.papers.candidate import groups, letters, paper
from examgen.papers.glyphs import check_glyphs
from examgen.papers.key import key_rows, pc_rows, pilot_questions
from examgen.papers.preview import preview_html, preview_pdf, sample
from examgen.papers.review import reviewed_groups
from examgen.papers.templating import fill
from examgen.papers.thai import line_setter
from examgen.pdf import render_pdf
from examgen.resources import fonts

__all__ = [
    "answer_sheet",
    "answers_template",
    "booklet",
    "check_glyphs",
    "key_sheet",
    "preview_html",
    "preview_pdf",
    "review_sheet",
    "sample",
]


def booklet(exam: Exam, form: Form, templates: Sequence[Path], media: Sequence[Path] = ()) -> bytes:
    """The booklet that a candidate reads."""
    context = {
        "paper": paper(exam, len(form.items)),
        "form": form.name,
        "letters": letters(exam),
        "groups": groups(exam, form, media, line_setter(templates)),
    }
    title = f"{exam.blueprint.exam} – booklet, form {form.name}"
    return _print("booklet.html", context, title, templates, media)


def answer_sheet(exam: Exam, templates: Sequence[Path]) -> bytes:
    """The bubble sheet that a candidate marks, the same for every form."""
    pages = sheet.sheet_pages(_most_items(exam), letters(exam), [form.name for form in exam.forms])
    context = {
        "paper": paper(exam, _most_items(exam)),
        "letters": letters(exam),
        "pages": pages,
        "geometry": {name.lower(): getattr(sheet, name) for name in vars(sheet) if name.isupper()},
    }
    return _print("answer-sheet.html", context, f"{exam.blueprint.exam} – answer sheet", templates)


def key_sheet(exam: Exam, form: Form, templates: Sequence[Path]) -> bytes:
    """The key of a form, for the people who keep it under lock."""
    context = {
        "paper": paper(exam, len(form.items)),
        "form": form.name,
        "choices": exam.blueprint.choices,
        "rows": key_rows(form),
        "criteria": pc_rows(exam, form),
        "pilots": pilot_questions(form),
    }
    return _print("key-sheet.html", context, f"{exam.blueprint.exam} – key, form {form.name}", templates)


def review_sheet(
    unit: Unit,
    items: Sequence[Item],
    templates: Sequence[Path],
    stimuli: Sequence[Stimulus] = (),
    media: Sequence[Path] = (),
) -> bytes:
    """Items with key and rationale, for the experts who judge them."""
    context = {
        "paper": {"draft": False},  # each item states its own status
        "unit": unit,
        "n_items": len(items),
        "groups": reviewed_groups(unit, items, stimuli, media, line_setter(templates)),
    }
    return _print("review-items.html", context, f"{unit.code} – items for review", templates, media)


def answers_template(exam: Exam) -> str:
    """CSV header of the wide layout that `score` reads: candidate_id, form, Q1 … QN."""
    columns = ["candidate_id", "form", *(f"Q{n}" for n in range(1, _most_items(exam) + 1))]
    return ",".join(columns) + "\n"


def _most_items(exam: Exam) -> int:
    return max(len(form.items) for form in exam.forms)


def _print(
    template: str,
    context: Mapping[str, object],
    title: str,
    templates: Sequence[Path],
    media: Sequence[Path] = (),
) -> bytes:
    html = fill(template, {**context, "fonts": fonts().as_uri()}, templates, line_setter(templates))
    return render_pdf(html, title=title, language="th", readable=(*templates, fonts(), *media))
