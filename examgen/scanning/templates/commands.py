"""`examgen scan template`: a blank → the folder of its form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from examgen.core.changes import change
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.storage import stage_files
from examgen.core.words import Language, Message, option, tell
from examgen.scanning.templates.fitting import misfits
from examgen.scanning.templates.form import FORM_PAGE, FORM_YAML, faults_of, out_of_order, parsed_form
from examgen.scanning.templates.layout import (
    picture_of,
    picture_of_form,
    template_files,
    template_of,
    upright,
)
from examgen.scanning.templates.learning import learn, width_of
from examgen.scanning.templates.omr_checker import read_omr_checker
from examgen.scanning.templates.page import form_page


class WrittenTemplate(NamedTuple):
    """The folder of a form that was written, and what was found and is unsure."""

    folder: Path
    files: tuple[Path, ...]
    page: Path
    found: tuple[Message, ...]
    unsure: tuple[Message, ...]


def learn_template(
    blank: Path,
    out: Path,
    name: str,
    letters: tuple[str, ...],
    width: float | None,
    page: int,
    replace: bool = False,
    language: Language = "th",
) -> WrittenTemplate:
    """Writes form.yaml, form.png and form.html into a new or an empty folder; with `replace`, over those of
    a form."""
    if not blank.is_file():
        raise WrongUsage(tell("{path} is not there: name a blank form", path=blank))
    if out.is_file():
        raise WrongUsage(tell("{path} is a file: name a folder", path=out))
    if out.is_dir() and any(not one.name.startswith("form.") for one in out.iterdir()):
        raise WrongUsage(
            tell(
                "{folder} holds other files: name a new or an empty folder ({out})",
                folder=out,
                out=option("out"),
            )
        )
    if (out / FORM_YAML).exists() and not replace:
        message = tell(
            "is there already, and may have been corrected: keep it, or replace it with {replace}",
            replace=option("replace"),
        )
        raise Refused(tell("nothing was learnt"), [Problem(str(out / FORM_YAML), "file-exists", message)])
    name = name or blank.stem
    if blank.suffix.casefold() == ".json":
        form, picture, found, unsure = read_omr_checker(blank, name)
    else:
        image, dpi = picture_of(blank, page)
        learnt = learn(image, name, width or width_of(image, dpi), letters)
        form, picture, found, unsure = learnt.form, learnt.blank, learnt.found, learnt.unsure
    picture = np.asarray(picture, np.uint8)
    template = template_of(form, picture)
    files = {out / file: data for file, data in template_files(template).items()}
    files[out / FORM_PAGE] = form_page(form, picture, unsure, language)
    if not form.drawn:
        unsure = (*unsure, *(one.message for one in misfits(form, picture)))
    out.mkdir(parents=True, exist_ok=True)
    with change(out) as one_change:
        stage_files(one_change, files)
    return WrittenTemplate(out, tuple(files), out / FORM_PAGE, found, unsure)


def page_of_form(path: Path, language: Language = "th") -> WrittenTemplate:
    """Writes form.html anew, from the form.yaml in its folder as it is now."""
    file = path / FORM_YAML if path.is_dir() else path
    form, document = parsed_form(file)
    picture = picture_of_form(form, document)
    if picture is None:
        raise WrongUsage(tell("{path} names no picture: form.html shows a form on its blank", path=file))
    unsure = [message for _, message in faults_of(form)]
    if not form.drawn:
        unsure += [one.message for one in misfits(form, upright(picture, form))]
    unsure += out_of_order(form)
    page = file.parent / FORM_PAGE
    with change(file.parent) as one_change:
        stage_files(one_change, {page: form_page(form, picture, (), language)})
    found = tuple(one.name for one in form.fields)
    return WrittenTemplate(file.parent, (page,), page, found, tuple(unsure))


def printed_letters(text: str) -> tuple[str, ...]:
    """`ABCD`, `1,2,3,4` or letters with blanks between → what is printed for each answer."""
    parts = re.split(r"[\s,]+", text.strip(" ,"))
    return tuple(parts if len(parts) > 1 else parts[0])
