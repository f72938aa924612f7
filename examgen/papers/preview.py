"""Items of one unit → the page that shows them as they will print, with key and rationale if asked.

The questions come from the same view and template as a candidate's booklet; what only an item writer
may see is set below each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from examgen.models.base import MOST_ITEMS, Bilingual
from examgen.models.blueprint import Blueprint
from examgen.models.form import Exam, Form, PrintedItem
from examgen.models.item import BankUnit, Item, Stimulus
from examgen.models.standard import Unit
from examgen.papers.booklet.blocks import heading
from examgen.papers.booklet.layout import page_layout
from examgen.papers.candidate import groups
from examgen.papers.key_sheet import notes, review_of
from examgen.papers.line_breaks import line_setter
from examgen.papers.templates.filling import fill
from examgen.pdf.document import render_pdf
from examgen.problems import WrongUsage
from examgen.resources import fonts
from examgen.words import tell


def sample(shelf: BankUnit, items: Sequence[Item]) -> Exam:
    """The items as an exam of one form, options in the order of the file, a stimulus's items together."""
    code = shelf.unit.code or ""
    title = shelf.unit.title or code
    blueprint = Blueprint.model_validate(
        {
            "exam": f"preview-{code}"[:100],
            "title": Bilingual(th=title, en=title),
            "units": [code],
            "items": min(max(1, len(items)), MOST_ITEMS),  # a review sheet may hold more
            "time_min": 1,
        }
    )
    printed = tuple(
        PrintedItem(
            question=n,
            item=item,
            unit=code,
            element=shelf.unit.element_of(item.pc),
            order=tuple(item.options),
        )
        for n, item in enumerate(_together(items), start=1)
    )
    form = Form(name="preview", items=printed)
    return Exam(
        blueprint=blueprint,
        units=(shelf.unit,),
        forms=(form,),
        stimuli=shelf.stimuli,
        evidence=shelf.evidence,
    )


def _together(items: Sequence[Item]) -> list[Item]:
    first: dict[str, int] = {}
    for n, item in enumerate(items):
        first.setdefault(item.shared_stimulus or item.id, n)
    return sorted(items, key=lambda item: first[item.shared_stimulus or item.id])


def preview_html(exam: Exam, with_key: bool, templates: Sequence[Path], media: Sequence[Path]) -> str:
    """The page; fonts and images stand in it as `file:` addresses."""
    [form] = exam.forms
    if len(form.items) > MOST_ITEMS:
        raise WrongUsage(
            tell(
                "{n} items are too many for one preview: name at most {most_items}",
                n=len(form.items),
                most_items=MOST_ITEMS,
            )
        )
    set_line = line_setter(templates)
    layout = page_layout(exam.blueprint.papers, len(form.items), exam.has_drafts)
    context = {
        **heading(exam, layout),
        "page_title": _title(exam, with_key),
        "form": form.name,
        "blanks": 0,
        "groups": groups(exam, form, media, set_line, layout),
        "notes": notes(exam, form, media, set_line, with_key),
        "secret": with_key,
    }
    return fill("preview.html", context, templates, set_line)


def preview_pdf(exam: Exam, with_key: bool, templates: Sequence[Path], media: Sequence[Path]) -> bytes:
    """The same as PDF."""
    html = preview_html(exam, with_key, templates, media)
    title = _title(exam, with_key)
    return render_pdf(html, title=title, language="th", readable=(*templates, fonts(), *media))


def _title(exam: Exam, with_key: bool) -> str:
    unit = exam.blueprint.units[0]
    if with_key:
        return tell("{unit} – preview, with key: CONFIDENTIAL", unit=unit).th
    return tell("{unit} – preview", unit=unit).th


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
