"""`examgen scan template`: a blank → the folder of its form."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from examgen.core.changes import change
from examgen.core.problems import WrongUsage
from examgen.core.storage import stage_files
from examgen.core.words import Message, option, tell
from examgen.scanning.templates.form import FORM_PAGE
from examgen.scanning.templates.layout import picture_of, template_files, template_of
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
    blank: Path, out: Path, name: str, letters: tuple[str, ...], width: float | None, page: int
) -> WrittenTemplate:
    """Writes form.yaml, form.png and form.html into a new or an empty folder, or over those of a form."""
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
    name = name or blank.stem
    if blank.suffix.casefold() == ".json":
        form, picture, found, unsure = read_omr_checker(blank, name)
    else:
        image, dpi = picture_of(blank, page)
        learnt = learn(image, name, width or width_of(image, dpi), letters)
        form, picture, found, unsure = learnt.form, learnt.blank, learnt.found, learnt.unsure
    template = template_of(form, np.asarray(picture, np.uint8))
    files = {out / file: data for file, data in template_files(template).items()}
    files[out / FORM_PAGE] = form_page(template, unsure)
    out.mkdir(parents=True, exist_ok=True)
    with change(out) as one_change:
        stage_files(one_change, files)
    return WrittenTemplate(out, tuple(files), out / FORM_PAGE, found, unsure)
