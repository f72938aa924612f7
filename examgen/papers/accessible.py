"""Exam and form → the paper of who reads with a screen reader: tagged PDF (PDF/UA-1), and one HTML page.

Both are filled from `accessible.html`: headings to go from question to question by, options as lists,
every image with its alt text, the language of each passage. What a candidate's booklet says, they say.
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
"""A table in a box that scrolls where the screen is narrower, also by the keyboard."""


class FontFace(NamedTuple):
    """A face and where a page finds it."""

    address: str
    css: Style


class AccessibleSection(NamedTuple):
    """Groups of questions under one heading, None where the paper has no sections."""

    title: str | None
    groups: list[QuestionGroup]


def accessible_pdf(
    exam: Exam,
    form: Form,
    templates: Sequence[Path],
    media: Sequence[Path] = (),
    time: OwnTime | None = None,
) -> bytes:
    """The paper as PDF/UA-1, with the `time` of its candidate where it is their own; raises Refused, naming
    the items, where an image has no alt text."""
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
    """The paper as one page for a browser, fonts and images in it; raises Refused as `accessible_pdf`."""
    plain = _page(exam, form, templates, media, [], screen=True, time=time)
    faces = [FontFace(face_data(face.name, plain), face) for face in STYLES]
    page = _page(exam, form, templates, media, faces, screen=True, time=time)
    page = page.replace("<table>", _SCROLLED.format(tell("table").th)).replace("</table>", "</table></div>")

    def embedded(found: re.Match[str]) -> str:
        """The image behind a `file:` address as `data:`."""
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
        raise Refused(tell("form {form} cannot be printed for screen readers", form=form.name), problems)
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
