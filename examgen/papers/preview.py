"""Items of one unit → a page that shows them as they will print, with key and rationale if requested.

The questions are prepared as for a candidate's booklet and use the same template. Content that only an item
writer may see is printed below each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, groupby
from pathlib import Path
from typing import NamedTuple

from examgen.bank.blind.forms import CHOICE, HEADINGS, SURE
from examgen.bank.workbook.columns import both
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.field_types import MOST_ITEMS, Bilingual
from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.models.item import BankUnit, Item, Stimulus
from examgen.core.models.standard import Unit
from examgen.core.problems import WrongUsage
from examgen.core.resources import fonts
from examgen.core.text.thai import kind_th
from examgen.core.words import tell
from examgen.papers.booklet.blocks import heading
from examgen.papers.booklet.layout import page_layout
from examgen.papers.candidate import groups
from examgen.papers.key_sheet import notes, review_of
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.templates.filling import fill

MOST_IN_A_SHEET = 200
"""The maximum number of items in a review sheet. Each takes two megabytes while its pages are laid out."""


def sample(shelf: BankUnit, items: Sequence[Item], first: int = 1) -> Exam:
    """Return the items as an exam with one form, with options in the order of the file and items that share a
    stimulus together. `first` is the number of the first question."""
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
        for n, item in enumerate(_together(items), start=first)
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


class Shows(NamedTuple):
    """What a preview shows in addition to what candidates see: the key and reasons, and the data of the
    item."""

    with_key: bool
    with_tags: bool = True
    in_thai: bool = False
    """Whether to leave out the English words of a booklet."""


def preview_html(
    exam: Exam,
    shows: Shows,
    templates: Sequence[Path],
    media: Sequence[Path],
    browsers: bool = False,
) -> str:
    """Return the preview as an HTML page that refers to fonts and images by `file:` addresses. For
    `browsers`, lines may end only where those of the PDF may."""
    [form] = exam.forms
    if len(form.items) > MOST_ITEMS:
        raise WrongUsage.because(
            "{n} items are too many for one preview. Choose at most {most_items}.",
            n=len(form.items),
            most_items=MOST_ITEMS,
        )
    set_line = line_setter(templates, browsers=browsers, as_printed=browsers)
    layout = page_layout(exam.blueprint.papers, len(form.items), exam.has_drafts)
    below = notes(exam, form, media, set_line, shows.with_key) if shows.with_tags else {}
    if shows.in_thai and below:
        kinds = {one.question: (kind_th(one.item.cognitive), kind_th(one.item.status)) for one in form.items}
        below = {n: note._replace(category=kinds[n][0], status=kinds[n][1]) for n, note in below.items()}
    context = {
        **heading(exam, layout),
        "page_title": _title(exam, shows.with_key),
        "form": form.name,
        "blanks": 0,
        "groups": groups(exam, form, media, set_line, layout),
        "notes": below,
        "secret": shows.with_key,
        "in_thai": shows.in_thai,
        "flows": browsers,
    }
    return fill("preview.html", context, templates, set_line)


def blind_pdf(
    shelf: BankUnit, items: Sequence[Item], name: str, templates: Sequence[Path], media: Sequence[Path]
) -> bytes:
    """Return a PDF of the options without their stems, in the order of the items, with space for a reader's
    guess at the key."""
    answer = "   ".join(f"{both(HEADINGS[field])} {'.' * 12}" for field in (CHOICE, SURE))
    bare = [item.model_copy(update={"stem": answer, "shared_stimulus": None, "key": ()}) for item in items]
    exam = sample(shelf, bare)
    [form] = exam.forms
    set_line = line_setter(templates)
    layout = page_layout(exam.blueprint.papers, len(form.items), exam.has_drafts)
    title = tell("{name} – options only", name=name).th
    context = {
        **heading(exam, layout),
        "page_title": title,
        "form": name,
        "blanks": 0,
        "groups": groups(exam, form, media, set_line, layout),
    }
    html = fill("blind-form.html", context, templates, set_line)
    return render_pdf(html, title=title, language="th", readable=(*templates, fonts(), *media))


def preview_pdf(exam: Exam, shows: Shows, templates: Sequence[Path], media: Sequence[Path]) -> bytes:
    """Return the preview as PDF."""
    html = preview_html(exam, shows, templates, media)
    title = _title(exam, shows.with_key)
    return render_pdf(html, title=title, language="th", readable=(*templates, fonts(), *media))


def _title(exam: Exam, with_key: bool) -> str:
    unit = exam.blueprint.units[0]
    if with_key:
        return tell("{unit} – preview, with key: CONFIDENTIAL", unit=unit).th
    return tell("{unit} – preview", unit=unit).th


class ReviewSheet(NamedTuple):
    """The items of one file printed for experts, with the file's number and the number of files."""

    items: tuple[Item, ...]
    first: int
    """The number of the sheet's first question."""
    number: int
    of: int


def review_sheets(items: Sequence[Item]) -> list[ReviewSheet]:
    """Divide the items among files. Items that share a stimulus are in the same file."""
    parts: list[list[Item]] = [[]]
    for _, group in groupby(_together(items), lambda item: item.shared_stimulus or item.id):
        own = list(group)
        if parts[-1] and len(parts[-1]) + len(own) > MOST_IN_A_SHEET:
            parts.append([])
        parts[-1] += own
    before = accumulate(map(len, parts), initial=1)
    return [
        ReviewSheet(tuple(part), first, n, len(parts))
        for n, (part, first) in enumerate(zip(parts, before, strict=False), 1)
    ]


def review_sheet(
    unit: Unit,
    sheet: ReviewSheet,
    templates: Sequence[Path],
    stimuli: Sequence[Stimulus] = (),
    media: Sequence[Path] = (),
) -> bytes:
    """Return a PDF of items with key and rationale, for experts who rate them in a workbook."""
    shelf = BankUnit(unit=unit, items=sheet.items, stimuli=tuple(stimuli))
    name = str(unit.code) + (f" ({sheet.number}/{sheet.of})" if sheet.of > 1 else "")
    return review_of(sample(shelf, sheet.items, sheet.first), name, templates, media, in_workbook=True)
