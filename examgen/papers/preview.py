"""Items of one unit → the page that shows them as they will print, with key and rationale if asked.

The questions come from the same view and template as a candidate's booklet; what only an item writer
may see is set below each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from examgen.models import MOST_ITEMS, BankUnit, Bilingual, Blueprint, Exam, Form, Item, PrintedItem
from examgen.papers.candidate import groups, letters, paper
from examgen.papers.markup import image_address, to_html
from examgen.papers.templating import fill
from examgen.papers.thai import SetLine, line_setter
from examgen.pdf import render_pdf
from examgen.problems import WrongUsage
from examgen.resources import fonts
from examgen.thai import COGNITIVE_TH


class Reason(NamedTuple):
    """Why an option is right or wrong."""

    letter: str
    text: Markup
    right: bool


class Note(NamedTuple):
    """What stands below a question; no reasons where the key is not shown."""

    item: str
    pcs: tuple[str, ...]
    levels: tuple[int, ...]
    category: str
    status: str
    key: str
    reference: str
    reasons: tuple[Reason, ...]


def sample(shelf: BankUnit, items: Sequence[Item]) -> Exam:
    """The items as an exam of one form, options in the order of the file, a stimulus's items together."""
    if len(items) > MOST_ITEMS:
        raise WrongUsage(f"{len(items)} items are too many for one preview: name at most {MOST_ITEMS}")
    code = shelf.unit.code or ""
    title = shelf.unit.title or code
    blueprint = Blueprint.model_validate(
        {
            "exam": f"preview-{code}"[:100],
            "title": Bilingual(th=title, en=title),
            "units": [code],
            "items": max(1, len(items)),
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
    return Exam(blueprint=blueprint, units=(shelf.unit,), forms=(form,), stimuli=shelf.stimuli)


def _together(items: Sequence[Item]) -> list[Item]:
    first: dict[str, int] = {}
    for n, item in enumerate(items):
        first.setdefault(item.shared_stimulus or item.id, n)
    return sorted(items, key=lambda item: first[item.shared_stimulus or item.id])


def preview_html(exam: Exam, with_key: bool, templates: Sequence[Path], media: Sequence[Path]) -> str:
    """The page; fonts and images stand in it as `file:` addresses."""
    [form] = exam.forms
    set_line = line_setter(templates)
    alphabet = letters(exam)
    context = {
        "paper": paper(exam, len(form.items)),
        "form": form.name,
        "letters": alphabet,
        "groups": groups(exam, form, media, set_line),
        "notes": {p.question: _note(p, alphabet, with_key, media, set_line) for p in form.items},
        "secret": with_key,
        "fonts": fonts().as_uri(),
    }
    return fill("preview.html", context, templates, set_line)


def preview_pdf(exam: Exam, with_key: bool, templates: Sequence[Path], media: Sequence[Path]) -> bytes:
    """The same as PDF."""
    html = preview_html(exam, with_key, templates, media)
    title = f"{exam.blueprint.units[0]} – preview{', with key: CONFIDENTIAL' if with_key else ''}"
    return render_pdf(html, title=title, language="th", readable=(*templates, fonts(), *media))


def _note(
    printed: PrintedItem, alphabet: str, with_key: bool, media: Sequence[Path], set_line: SetLine
) -> Note:
    item = printed.item
    letter = dict(zip(printed.order, alphabet, strict=False))
    reasons = [
        Reason(
            letter[option],
            to_html(item.rationale[option], lambda name: image_address(name, media), set_line),
            option in item.key,
        )
        for option in printed.order
    ]
    return Note(
        item=item.id,
        pcs=item.pcs,
        levels=item.levels,
        category=f"{COGNITIVE_TH[item.cognitive]} {item.cognitive}",
        status=item.status,
        key=", ".join(letter[option] for option in printed.order if option in item.key) if with_key else "",
        reference=item.reference if with_key else "",
        reasons=tuple(reasons) if with_key else (),
    )
