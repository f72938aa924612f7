"""Exam and form → the booklet of that form, composed (PDF), or as one flowing document (HTML), its yardstick.

No command makes such a document: booklets are composed. `templates/booklet.html` is the ground of previews.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from examgen.core.models.form import Booklet, Exam, Form, with_order
from examgen.core.models.papers import PapersRule
from examgen.papers.booklet.blocks import heading
from examgen.papers.booklet.cover import CoverFields, filled_fields
from examgen.papers.booklet.layout import PageLayout, page_layout
from examgen.papers.booklet.printing import BookletPrinter, plain_booklet
from examgen.papers.candidate import BookletQuestion, QuestionGroup, groups
from examgen.rendering.glyphs import width_em
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.templates.filling import fill


def booklet(exam: Exam, form: Form, templates: Sequence[Path], media: Sequence[Path] = ()) -> bytes:
    """The booklet that a candidate reads, with empty fields for who it is."""
    printer = BookletPrinter(
        exam.model_copy(update={"forms": (form,)}), exam.blueprint.papers, templates, media
    )
    with TemporaryDirectory() as folder:
        path = Path(folder, "booklet.pdf")
        title = f"{exam.blueprint.exam} – booklet, form {form.name}"
        printer.write(path, [plain_booklet(form)], title=title)
        return path.read_bytes()


def booklet_html(
    exam: Exam,
    form: Form,
    templates: Sequence[Path],
    media: Sequence[Path] = (),
    rule: PapersRule | None = None,
) -> str:
    """The same as one flowing document, whose pages WeasyPrint breaks by the same measures.

    What is printed of a page's number is left out: a stimulus is not named again where its items run on.
    """
    layout = page_layout(rule or exam.blueprint.papers, len(form.items), exam.has_drafts)
    shown = groups(exam, form, media, line_setter(templates), layout)
    fields = filled_fields(layout, form.name, None, lambda text, size: width_em(text) * size)
    return _flowing(exam, form.name, shown, layout, fields, templates)


def flowing(
    printer: BookletPrinter, given: Booklet, templates: Sequence[Path], media: Sequence[Path] = ()
) -> str:
    """A composed booklet as the flowing document that is its yardstick: all of it but the page mark."""
    exam = printer.exam
    [base] = [form for form in exam.forms if form.name == given.order.base]
    form = with_order(base, given.order, given.form)
    overs = printer.overs(given)
    columns = {p.question: printer.columns(p.item.id) for p in form.items}

    def composed(question: BookletQuestion) -> BookletQuestion:
        question = question._replace(columns=columns[question.number])
        place = overs.get(question.number)
        return question._replace(over=place.over, case_page=place.case_page) if place else question

    shown = [
        group._replace(questions=tuple(map(composed, group.questions)))
        for group in groups(exam, form, media, line_setter(templates), printer.layout)
    ]
    return _flowing(
        exam, given.form, shown, printer.layout, printer.fields(given), templates, printer.n_blank(given)
    )


def _flowing(
    exam: Exam,
    form: str,
    shown: Sequence[QuestionGroup],
    layout: PageLayout,
    fields: CoverFields,
    templates: Sequence[Path],
    blanks: int = 0,
) -> str:
    own = {"form": form, "groups": shown, "fields": fields, "blanks": blanks}
    context = {**heading(exam, layout), **own}
    return fill("booklet.html", context, templates, line_setter(templates))
