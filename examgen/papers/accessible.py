"""Exam and form → the paper for a candidate who uses a screen reader, as tagged PDF (PDF/UA-1) and as one
HTML page.

Both are filled from `accessible.html`, with headings for moving from question to question, options as
lists, alt text for every image, and the language of each passage. They contain everything that a
candidate's booklet contains.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from examgen.core.files import read_input
from examgen.core.models.form import Exam, Form
from examgen.core.problems import Problem, Refused
from examgen.core.resources import fonts
from examgen.core.shown_pictures import shown
from examgen.core.text.markdown import images
from examgen.core.words import tell
from examgen.papers.candidate import OwnTime, QuestionGroup, groups, letters, paper
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.markup import with_mathml
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.self_contained import STYLES, Style, data_of, face_data
from examgen.rendering.templates.filling import fill

_TEMPLATE = "accessible.html"
_TEXT_PT = {"normal": 12.0, "large": 18.0}
_IMAGE_ADDRESS = re.compile(r'(?<=<img src=")file:[^"]+')
_SCROLLED = '<div class="table" role="group" aria-label="{}" tabindex="0"><table>'
"""The wrapper of a table: a box that scrolls on narrow screens, also by keyboard."""


class FontFace(NamedTuple):
    """A font face and the address from which the page loads it."""

    address: str
    css: Style


class AccessibleSection(NamedTuple):
    """Groups of questions under one heading; `title` is None if the paper has no sections."""

    title: str | None
    groups: list[QuestionGroup]


def accessible_pdf(
    exam: Exam,
    form: Form,
    templates: Sequence[Path],
    media: Sequence[Path] = (),
    time: OwnTime | None = None,
) -> bytes:
    """Return the paper as PDF/UA-1. `time` is the candidate's own time allowance, if any.

    Raises Refused if an image has no alt text, and names the items.
    """
    faces = [FontFace(f"{fonts().as_uri()}/Sarabun-{face.name}.ttf", face) for face in STYLES]
    html = _page(exam, form, templates, media, faces, screen=False, time=time)
    return render_pdf(
        html,
        title=_title(exam, form),
        language="th",
        readable=(*templates, fonts(), *media),
        variant="pdf/ua-1",
    )


def accessible_html(
    exam: Exam,
    form: Form,
    templates: Sequence[Path],
    media: Sequence[Path] = (),
    time: OwnTime | None = None,
) -> str:
    """Return the paper as one page for a browser, with fonts and images embedded. Raises Refused as
    `accessible_pdf` does."""
    plain = _page(exam, form, templates, media, [], screen=True, time=time)
    faces = [FontFace(face_data(face.name, plain), face) for face in STYLES]
    page = _page(exam, form, templates, media, faces, screen=True, time=time)
    page = page.replace("<table>", _SCROLLED.format(tell("table").th)).replace("</table>", "</table></div>")

    def embedded(found: re.Match[str]) -> str:
        """Return the image at a `file:` address as a `data:` address."""
        path = Path(url2pathname(urlsplit(found[0]).path))
        return data_of(path.name, shown(read_input(path), path.name))

    return with_mathml(_IMAGE_ADDRESS.sub(embedded, page))


def _page(
    exam: Exam,
    form: Form,
    templates: Sequence[Path],
    media: Sequence[Path],
    faces: Sequence[FontFace],
    screen: bool,
    time: OwnTime | None,
) -> str:
    problems: list[Problem] = []
    stimuli = {stimulus.id: stimulus.text for stimulus in exam.stimuli}
    for printed in form.items:
        item = printed.item
        texts = {"stem": item.stem} | {f"options.{name}": text for name, text in item.options.items()}
        if item.shared_stimulus in stimuli:
            texts["shared_stimulus"] = stimuli[item.shared_stimulus]
        for field, text in texts.items():
            for image in images(text, field):
                if not image.alt.strip():
                    message = tell(
                        "image {image} has no alt text. Write what it shows between the brackets.",
                        image=image.name,
                    )
                    problems.append(Problem(exam.blueprint.exam, "alt-text-missing", message, item.id, field))
    if problems:
        raise Refused.because("form {form} cannot be printed for screen readers", problems, form=form.name)
    set_line = line_setter(templates)
    rule = exam.blueprint.papers
    parts: list[AccessibleSection] = []
    for group in groups(exam, form, media, set_line):
        if group.section is not None or not parts:
            parts.append(AccessibleSection(group.section, []))
        parts[-1].groups.append(group)
    context: Mapping[str, object] = {
        "paper": paper(exam, len(form.items), time),
        "form": form.name,
        "title": _title(exam, form),
        "letters": letters(exam),
        "parts": parts,
        "faces": faces,
        "screen": screen,
        "size": rule.size,
        "text_pt": _TEXT_PT[rule.text],
    }
    return fill(_TEMPLATE, context, templates, set_line)


def _title(exam: Exam, form: Form) -> str:
    return f"{exam.blueprint.title.th} ({exam.blueprint.exam}) {tell('Form {name}', name=form.name).th}"
