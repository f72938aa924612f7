"""A form, or what was given as `--template` → the `SheetLayout` that its scans are read by."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.subprocess_sandbox import run
from examgen.core.text.characters import LETTERS
from examgen.core.words import Message, command, tell
from examgen.core.yamlfile import Document
from examgen.scanning.sheet_layout import (
    FORM,
    ITEM,
    NUMBER,
    FormPrint,
    SheetLayout,
    SheetPageLayout,
    choices_of,
)
from examgen.scanning.tasks import PictureToTake, means
from examgen.scanning.templates.fitting import misfits
from examgen.scanning.templates.form import (
    FORM_PNG,
    FORM_YAML,
    Form,
    IgnoredField,
    NumberField,
    QuestionsField,
    faults_of,
    form_yaml,
    parsed_form,
    refuse,
)

Grey = NDArray[np.uint8]

MOST_PER_MM = 8.0
"""Pixels for a millimetre of a blank at most: 200 dots per inch."""
DRAWN_PER_MM = 6.0
"""The same of a blank that is drawn."""
LINE_MM, LINE_GREY, INSIDE_GREY = 0.3, 190, 225
"""Width and grey of the outlines of bubbles that are drawn, and of what is inside: letters, and marks in
some."""


class Template(NamedTuple):
    """A form that is given: how it is described, its blank, and what it is read by."""

    form: Form
    blank: Grey | None
    layout: SheetLayout
    learnt_from: Path | None = None
    """The blank that it was just learnt from, so that nobody has looked at it."""
    unsure: tuple[Message, ...] = ()
    """What was unsure then."""


def template_of(form: Form, blank: Grey | None) -> Template:
    """A form with its blank, which shows its whole width."""
    seen = hashlib.sha256(form.model_dump_json().encode())
    if blank is not None:
        seen.update(blank.tobytes())
    return Template(form, blank, form_layout(form, blank, f"form-{seen.hexdigest()[:12]}"))


def read_template(path: Path) -> Template:
    """The form of a folder with form.yaml, of that file, of a template.json, or of a blank."""
    if not path.exists():
        raise WrongUsage(tell("{path} is not there: name a form.yaml, or its folder", path=path))
    file = path / FORM_YAML if path.is_dir() else path
    if not file.is_file():
        raise WrongUsage(
            tell(
                "{folder} has no form.yaml: make one of the blank form with {command}",
                folder=path, command=command("scan template"),
            )
        )  # fmt: skip
    if file.suffix.casefold() == ".json":
        from examgen.scanning.templates.omr_checker import read_omr_checker

        read = read_omr_checker(file, file.stem)
        return template_of(read.form, read.drawing)
    if file.suffix.casefold() not in (".yaml", ".yml"):
        from examgen.scanning.templates.learning import learn, width_of

        blank, dpi = picture_of(file)
        learnt = learn(blank, file.stem, width_of(blank, dpi))
        if faults := [*faults_of(learnt.form)]:
            problems = [Problem(str(file), "form", message, field=field) for field, message in faults]
            raise Refused(tell("the form cannot be read"), problems)
        return template_of(learnt.form, learnt.blank)._replace(learnt_from=file, unsure=learnt.unsure)
    form, document = parsed_form(file)
    faults = [*faults_of(form)]
    picture = picture_of_form(form, document)
    if picture is None:
        refuse(document, faults)
        return template_of(form, None)
    blank = upright(picture, form)
    if not form.drawn:
        faults += [(f"fields.{one.field}", one.message) for one in misfits(form, blank)]
    refuse(document, faults)
    return template_of(form, blank)


def picture_of_form(form: Form, document: Document) -> Grey | None:
    """The picture beside a form.yaml, as its file has it."""
    if not form.picture:
        return None
    if Path(form.picture).name != form.picture:
        refuse(document, [("picture", tell("must be the name of a file beside form.yaml, without a folder"))])
    return picture_of(Path(document.source).parent / form.picture)[0]


def upright(picture: Grey, form: Form) -> Grey:
    """The picture of a form, turned as the form says."""
    return np.ascontiguousarray(np.rot90(picture, -form.turn // 90))


def template_files(template: Template) -> dict[str, bytes]:
    """form.yaml, and the blank, by their names."""
    files = {FORM_YAML: form_yaml(template.form)}
    if template.blank is not None:
        picture = template.form.picture
        _, data = cv2.imencode(".png", template.blank)
        files[FORM_PNG] = data.tobytes()
        files[FORM_YAML] = form_yaml(
            template.form.model_copy(update={"picture": FORM_PNG if picture else "", "turn": 0})
        )
    return files


def picture_of(path: Path, page: int = 1) -> tuple[Grey, float]:
    """A page of a PDF, or a picture, in grey, and its dots per inch (0 where its file says none); refused
    where it cannot be had. It is decoded in a process of its own, as scans are."""
    if not path.is_file():
        raise WrongUsage(tell("{path} is not there", path=path))
    [found] = run([PictureToTake(path, page)], means, ({},), 1)
    if found.image is None:
        from examgen.scanning.reasons import reason_message

        message = tell("no picture can be had of it: {reason}", reason=reason_message(found.fault))
        raise Refused(message, [Problem(str(path), found.fault, message)])
    return found.image, found.dpi / found.scale


def form_layout(form: Form, blank: Grey | None, geometry: str) -> SheetLayout:
    """What scans of the form are read by."""
    places: list[tuple[float, float]] = []
    sizes: list[tuple[float, float]] = []
    boxed: list[bool] = []
    group: list[int] = []
    place: list[int] = []
    value: list[str] = []
    label: list[str] = []
    of_field: list[int] = []
    for number_of_field, field in enumerate(form.fields):
        if isinstance(field, IgnoredField):
            continue
        bubble = field.bubble or form.bubble
        for n, choice in enumerate(field.places()):
            if isinstance(field, QuestionsField):
                of, number, values = ITEM, field.first_question + n, tuple(LETTERS[: len(field.letters)])
                labels = field.letters
            elif isinstance(field, NumberField):
                of, number, values = NUMBER, field.first_digit + n, field.values
                labels = field.values
            else:
                of, number, values = FORM, 0, field.values
                labels = field.values
            for at, one, printed in zip(choice, values, labels, strict=True):
                places.append(at)
                of_field.append(number_of_field)
                sizes.append((bubble.width, bubble.height))
                boxed.append(bubble.shape in ("box", "brackets"))
                group.append(of)
                place.append(number)
                value.append(one)
                label.append(f"{of} {printed}")
    # places of the number, and questions, in their order
    order = sorted(range(len(places)), key=lambda i: (group[i], place[i]))
    bubbles, size = np.array(places, np.float64)[order], np.array(sizes, np.float64)[order]
    groups, numbers = np.array(group, np.uint8)[order], np.array(place, np.int32)[order]
    choices, table = choices_of(groups, numbers)
    labels_of = tuple(label[i] for i in order)
    page = SheetPageLayout(
        page=1,
        corners=np.array([(x, y) for y in (0.0, form.height) for x in (0.0, form.width)]),
        bullseye=(0.0, 0.0, 0.0),
        bars=np.zeros((0, 2)),
        bar_size=(0.0, 0.0),
        patches=np.zeros((0, 2)),
        patch_size=(0.0, 0.0),
        patch_grey=np.zeros(0),
        qr=(0.0, 0.0, 0.0),
        areas={},
        bubbles=bubbles,
        group=groups,
        place=numbers,
        value=tuple(value[i] for i in order),
        label=tuple(text.partition(" ")[2] for text in labels_of),
        choices=choices,
        table=table,
        label_code=np.unique(np.array(labels_of), return_inverse=True)[1].astype(np.intp),
    )
    per_mm = DRAWN_PER_MM
    if blank is not None:
        per_mm = min(blank.shape[1] / form.width, MOST_PER_MM)
        shape = max(1, round(form.width * per_mm)), max(1, round(form.height * per_mm))
        blank = np.asarray(cv2.resize(blank, shape, interpolation=cv2.INTER_AREA), np.uint8)
    print_ = FormPrint(
        blank=drawn_blank(form, bubbles, size) if blank is None else blank,
        per_mm=per_mm,
        is_drawn=blank is None or form.drawn,
        sizes=size,
        boxed=np.array(boxed, np.bool_)[order],
        field=np.array(of_field, np.intp)[order],
        one_bit=form.one_bit,
    )
    return SheetLayout(
        exam=form.name,
        geometry=geometry,
        width=form.width,
        height=form.height,
        letters=form.questions[0].letters if form.questions else (),
        forms=form.forms,
        number_length=sum(one.digits for one in form.numbers),
        number_check=form.number_check,
        diameter=float(np.median(size)) if len(size) else form.bubble.width,
        outline=0.2,
        pages=(page,),
        form=print_,
    )


def drawn_blank(form: Form, bubbles: NDArray[np.float64], sizes: NDArray[np.float64]) -> Grey:
    """A blank with nothing but the outlines of its bubbles."""
    width, height = round(form.width * DRAWN_PER_MM), round(form.height * DRAWN_PER_MM)
    blank = np.full((height, width), 255, np.uint8)
    for (x, y), (w, h) in zip(bubbles * DRAWN_PER_MM, sizes * DRAWN_PER_MM, strict=True):
        middle, axes = (round(16 * x), round(16 * y)), (round(8 * w), round(8 * h))
        thick = round(LINE_MM * DRAWN_PER_MM)
        cv2.ellipse(blank, middle, axes, 0, 0, 360, INSIDE_GREY, -1, cv2.LINE_AA, 4)
        cv2.ellipse(blank, middle, axes, 0, 0, 360, LINE_GREY, thick, cv2.LINE_AA, 4)
    return blank
