"""A template.json of OMRChecker → a `Form`, and a drawing of it.

Such a template says where bubbles are in pixels of a page that the program cuts out of a scan: the whole
picture, the paper (CropPage), or what lies between four marks at the corners (CropOnMarkers). The marks,
where there are such, are drawn at the corners of the page, and found by what they look like."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.core.problems import Problem, Refused
from examgen.core.storage import read_input
from examgen.core.text.characters import LETTERS
from examgen.core.words import Message, listed, tell
from examgen.scanning.templates.form import (
    DIGITS,
    SCHEMA,
    VERSION,
    Bubble,
    Form,
    IgnoredField,
    NumberField,
    QuestionsField,
    faults_of,
)
from examgen.scanning.templates.layout import DRAWN_PER_MM, drawn_blank, form_layout

BUBBLE_MM = 4.0
"""The lesser side of a bubble: such a template knows no millimetres."""
MARKER_SHARE = 17.0
"""The page is so many times as wide as a mark at its corners, where the template does not say."""
FIELD_TYPES: dict[str, tuple[tuple[str, ...], str]] = {
    "QTYPE_INT": (tuple(DIGITS), "vertical"),
    "QTYPE_INT_FROM_1": (tuple("1234567890"), "vertical"),
    "QTYPE_MCQ4": (tuple("ABCD"), "horizontal"),
    "QTYPE_MCQ5": (tuple("ABCDE"), "horizontal"),
    "QTYPE_MCQ4_RTL": (tuple("DCBA"), "horizontal"),
    "QTYPE_MCQ5_RTL": (tuple("EDCBA"), "horizontal"),
}
"""Values and direction of the kinds of fields that OMRChecker names."""
_RANGE = re.compile(r"^(.*?)(\d+)\.\.\.?(\d+)$")
_NUMBERED = re.compile(r"^[^\d]*(\d+)$")
_MOST_LABELS = 1000


class OmrCheckerTemplate(NamedTuple):
    """The form of a template, a drawing of it, and what is read of it or not, in words."""

    form: Form
    drawing: NDArray[np.uint8]
    found: tuple[Message, ...]
    unsure: tuple[Message, ...]


class _Block(NamedTuple):
    """A block of fields: their labels, the values of each, places in pixels of the page."""

    name: str
    labels: tuple[str, ...]
    values: tuple[str, ...]
    is_vertical: bool
    origin: tuple[float, float]
    values_gap: float
    labels_gap: float
    size: tuple[float, float]


def read_omr_checker(path: Path, name: str) -> OmrCheckerTemplate:
    """The template in that file; refused with all that is wrong in it."""
    source = str(path)

    def refuse(problems: list[Problem]) -> Refused:
        return Refused(tell("the template cannot be read"), problems)

    try:
        said = json.loads(read_input(path, 2))
    except ValueError as error:
        raise refuse([Problem(source, "not-json", tell("is not JSON"))]) from error
    if not isinstance(said, dict):
        raise refuse([Problem(source, "not-a-template", tell("is not a template of OMRChecker"))])
    problems: list[Problem] = []
    passed_over: list[Message] = []

    def fault(field: str, message: Message) -> None:
        problems.append(Problem(source, "template", message, field=field))

    page = _pair(said.get("pageDimensions"))
    usual = _pair(said.get("bubbleDimensions"))
    if page is None:
        fault("pageDimensions", tell("must be two numbers: width and height in pixels"))
    if usual is None:
        fault("bubbleDimensions", tell("must be two numbers: width and height in pixels"))
    given = said.get("fieldBlocks")
    if not isinstance(given, dict) or not given:
        fault("fieldBlocks", tell("must have at least one block"))
        given = {}
    blocks = [
        block
        for key, one in given.items()
        if (block := _block(str(key), one, usual or (1.0, 1.0), fault, passed_over)) is not None
    ]
    if problems or page is None or usual is None:
        raise refuse(problems)
    mm = BUBBLE_MM / min(usual)
    fields, found, unsure = _fields(blocks, _joined_labels(said), mm, usual)
    unsure = [*passed_over, *unsure]
    form = Form.model_validate(
        {
            "schema": SCHEMA, "version": VERSION, "name": name, "picture": "form.png", "drawn": True,
            "width": round(page[0] * mm, 2), "height": round(page[1] * mm, 2),
            "bubble": _bubble(usual, mm), "fields": fields,
        }
    )  # fmt: skip
    for field, message in faults_of(form):
        fault(field, message)
    if problems:
        raise refuse(problems)
    plain = form_layout(form.model_copy(update={"picture": ""}), None, "")
    assert plain.form is not None
    drawing = drawn_blank(form, plain.pages[0].bubbles, plain.form.sizes)
    marker, share = _marker(said, path, unsure)
    if marker is not None:
        form, drawing = _with_markers(form, drawing, marker, share)
    return OmrCheckerTemplate(form, drawing, tuple(found), tuple(unsure))


def _pair(value: object) -> tuple[float, float] | None:
    if (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(n, int | float) and n > 0 for n in value)
    ):
        return float(value[0]), float(value[1])
    return None


def _block(
    name: str, one: Any, usual: tuple[float, float], fault: Any, unsure: list[Message]
) -> _Block | None:
    at = f"fieldBlocks.{name}"
    if not isinstance(one, dict):
        fault(at, tell("must be fields with values"))
        return None
    kind = one.get("fieldType")
    if kind is not None and kind not in FIELD_TYPES and not isinstance(one.get("bubbleValues"), list):
        unsure.append(
            tell(
                "{name} is ignored: its fieldType {kind} is none of {known}",
                name=name, kind=str(kind), known=listed(FIELD_TYPES),
            )
        )  # fmt: skip
        return None
    values, direction = FIELD_TYPES.get(str(kind), ((), ""))
    if isinstance(given := one.get("bubbleValues"), list):
        values = tuple(map(str, given))
    direction = one.get("direction", direction) or "horizontal"
    if not values:
        fault(f"{at}.bubbleValues", tell("is missing, as is a fieldType"))
    if direction not in ("horizontal", "vertical"):
        fault(f"{at}.direction", tell("must be {expected}", expected="horizontal, vertical"))
    labels = [*_labels(one.get("fieldLabels"))]
    if not labels:
        fault(f"{at}.fieldLabels", tell("must be a list of labels, or of ranges such as q1..10"))
    origin = one.get("origin")
    if not (
        isinstance(origin, list) and len(origin) == 2 and all(isinstance(n, int | float) for n in origin)
    ):
        fault(f"{at}.origin", tell("must be two numbers: x and y in pixels"))
        return None
    gaps = one.get("bubblesGap"), one.get("labelsGap", 0)
    for field, gap in zip(("bubblesGap", "labelsGap"), gaps, strict=True):
        if not isinstance(gap, int | float) or gap < 0:
            fault(f"{at}.{field}", tell("must be a number of pixels"))
            return None
    size = _pair(one.get("bubbleDimensions")) or usual
    is_vertical = direction == "vertical"
    return _Block(
        name,
        tuple(labels),
        values,
        is_vertical,
        (float(origin[0]), float(origin[1])),
        float(gaps[0] or 0),
        float(gaps[1]),
        size,
    )


def _labels(given: object) -> Iterator[str]:
    for label in given if isinstance(given, list) else ():
        written = _RANGE.match(str(label))
        if written is None:
            yield str(label)
            continue
        prefix, first, last = written[1], int(written[2]), int(written[3])
        for n in range(first, min(last, first + _MOST_LABELS) + 1):
            yield f"{prefix}{n}"


def _joined_labels(said: Mapping[str, Any]) -> dict[str, list[str]]:
    """Of each label that is made of several, those."""
    given = said.get("customLabels")
    return {str(name): [*_labels(of)] for name, of in given.items()} if isinstance(given, dict) else {}


def _bubble(size: tuple[float, float], mm: float) -> Bubble:
    is_round = abs(size[0] / size[1] - 1) < 0.12
    return Bubble(
        width=round(size[0] * mm, 2), height=round(size[1] * mm, 2), shape="circle" if is_round else "ellipse"
    )


def _fields(
    blocks: list[_Block], joined: Mapping[str, list[str]], mm: float, usual: tuple[float, float]
) -> tuple[list[Any], list[Message], list[Message]]:
    """The fields of blocks: questions in the order of their numbers, places of the number, and what is
    ignored."""
    found: list[Message] = []
    unsure: list[Message] = []
    fields: list[Any] = []
    questions: dict[int, tuple[_Block, int]] = {}
    digits: list[tuple[_Block, int]] = []
    in_joined = {label for of in joined.values() for label in of}
    asked = [
        block
        for block in blocks
        if 2 <= len(block.values) <= len(LETTERS) and not in_joined & set(block.labels)
    ]
    numbered = {
        block.name: [int(ends[1]) for label in block.labels if (ends := _NUMBERED.match(label))]
        for block in asked
    }
    if asked and not any(numbered.values()):
        # labels in words alone
        unsure.append(tell("its questions have no numbers: they are numbered in the order of the file"))
        after = itertools.count(1)
        numbered = {block.name: [next(after) for _ in block.labels] for block in asked}
    for block in blocks:
        numbers = numbered.get(block.name, [])
        if numbers and len(numbers) == len(block.labels):
            for n, of in enumerate(numbers):
                questions.setdefault(of, (block, n))
        elif set(block.values) == set(DIGITS) and not any(
            label.casefold().startswith("q") for label in block.labels
        ):
            digits += [(block, n) for n in range(len(block.labels))]
        else:
            unsure.append(
                tell("{name} is ignored: {labels}", name=block.name, labels=listed(block.labels[:6]))
            )
            fields.append(_field(block, 0, len(block.labels), mm, usual, IgnoredField, kind="ignored",
                                 choices=len(block.labels), values=len(block.values)))  # fmt: skip
    # the numbers of questions as they are where they go from 1 on, else in their order
    order = sorted(questions)
    if order and order != list(range(1, len(order) + 1)):
        unsure.append(
            tell(
                "its questions {first} to {last} are read as 1 to {n}",
                first=order[0],
                last=order[-1],
                n=len(order),
            )
        )
    for new, label in enumerate(order, start=1):
        block, n = questions[label]
        fields.append(
            _field(block, n, 1, mm, usual, QuestionsField, kind="questions", questions=1, first_question=new,
                   letters=block.values)
        )  # fmt: skip
    # of several blocks of digits the one with the most of them
    blocks_of_digits = {block.name: block for block, _ in digits}
    main = max(blocks_of_digits.values(), key=lambda block: len(block.labels), default=None)
    for block in blocks_of_digits.values():
        if block is not main:
            unsure.append(
                tell(
                    "{name} may be digits of the number, too, or another number: it is ignored",
                    name=block.name,
                )
            )
    digits = [(block, n) for block, n in digits if block is main]
    for place, (block, n) in enumerate(digits, start=1):
        fields.append(
            _field(
                block,
                n,
                1,
                mm,
                usual,
                NumberField,
                kind="number",
                digits=1,
                first_digit=place,
                values=block.values,
            )
        )
    found.append(tell("{n} questions, a number of {digits} digits", n=len(order), digits=len(digits)))
    return _merged(fields), found, unsure


def _field(
    block: _Block, first: int, n: int, mm: float, usual: tuple[float, float], of: Any, **more: Any
) -> Any:
    """Some labels of a block, from that one on, as a field."""
    across = (1, 0) if not block.is_vertical else (0, 1)
    x0, y0 = (
        block.origin[k] + block.size[k] / 2 + first * block.labels_gap * (1 - across[k]) for k in (0, 1)
    )
    x1 = (
        x0
        + (len(block.values) - 1) * block.values_gap * across[0]
        + (n - 1) * block.labels_gap * (1 - across[0])
    )
    y1 = (
        y0
        + (len(block.values) - 1) * block.values_gap * across[1]
        + (n - 1) * block.labels_gap * (1 - across[1])
    )
    own = {} if block.size == usual else {"bubble": _bubble(block.size, mm)}
    return of(
        runs="down" if block.is_vertical else "across",
        first=(round(x0 * mm, 3), round(y0 * mm, 3)),
        last=(round(x1 * mm, 3), round(y1 * mm, 3)),
        **own,
        **more,
    )


def _merged(fields: list[Any]) -> list[Any]:
    """Questions, or places, that follow one another at one distance as one field each."""
    merged: list[Any] = []
    for one in fields:
        last = merged[-1] if merged else None
        if isinstance(one, QuestionsField) and isinstance(last, QuestionsField):
            n = last.questions
            fits = one.letters == last.letters and one.first_question == last.first_question + n
            joined = {"questions": n + 1, "last": one.last}
        elif isinstance(one, NumberField) and isinstance(last, NumberField):
            n = last.digits
            fits = one.values == last.values and one.first_digit == last.first_digit + n
            joined = {"digits": n + 1, "last": one.last}
        else:
            merged.append(one)
            continue
        along = 1 if last.runs == "across" else 0
        step = one.first[along] - last.first[along]
        own = (last.last[along] - last.first[along]) / (n - 1) if n > 1 and last.runs == "across" else None
        if n > 1 and last.runs == "down":
            own = (last.last[0] - last.first[0]) / (n - 1)
        fits = fits and one.runs == last.runs and one.bubble == last.bubble and step > 0
        fits = fits and abs(one.first[1 - along] - last.first[1 - along]) < 0.02
        if fits and (own is None or abs(step / n - own) < 0.02):
            merged[-1] = last.model_copy(update=joined)
        else:
            merged.append(one)
    return merged


# ── marks at the corners ─────────────────────────────────────────────────────────────────────


def _marker(
    said: Mapping[str, Any], path: Path, unsure: list[Message]
) -> tuple[NDArray[np.uint8] | None, float]:
    """The picture of the marks between which the page lies, and how many of them its width has."""
    for step in said.get("preProcessors") or ():
        if not isinstance(step, dict) or step.get("name") != "CropOnMarkers":
            continue
        options = step.get("options") or {}
        named = Path(str(options.get("relativePath", "omr_marker.jpg"))).name
        file = path.parent / named
        if not file.is_file():
            unsure.append(tell("the marks at its corners are in {file}, which is not there", file=named))
            return None, MARKER_SHARE
        data = np.frombuffer(read_input(file, 20), np.uint8)
        marker = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        share = options.get("sheetToMarkerWidthRatio", MARKER_SHARE)
        if marker is None or marker.size > 4_000_000:
            unsure.append(tell("the marks at its corners cannot be read: {file}", file=named))
            return None, MARKER_SHARE
        return np.asarray(marker, np.uint8), float(share) if isinstance(share, int | float) else MARKER_SHARE
    return None, MARKER_SHARE


def _with_markers(
    form: Form, drawing: NDArray[np.uint8], marker: NDArray[np.uint8], share: float
) -> tuple[Form, NDArray[np.uint8]]:
    """The form, and its drawing, with room around the page for the marks at its corners."""
    side = max(8, round(drawing.shape[1] / max(2.0, share)))
    small = cv2.resize(
        marker, (side, max(1, round(side * marker.shape[0] / marker.shape[1]))), interpolation=cv2.INTER_AREA
    )
    edge = side
    framed = cv2.copyMakeBorder(drawing, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=255)
    height, width = drawing.shape
    for x in (edge, edge + width):
        for y in (edge, edge + height):
            x0, y0 = x - small.shape[1] // 2, y - small.shape[0] // 2
            part = framed[y0 : y0 + small.shape[0], x0 : x0 + small.shape[1]]
            np.minimum(part, small, out=part)
    moved = edge / DRAWN_PER_MM
    fields = [
        field.model_copy(
            update={
                "first": tuple(round(at + moved, 3) for at in field.first),
                "last": tuple(round(at + moved, 3) for at in field.last),
            }
        )
        for field in form.fields
    ]
    size = {"width": framed.shape[1] / DRAWN_PER_MM, "height": framed.shape[0] / DRAWN_PER_MM}
    return form.model_copy(update={"fields": tuple(fields), **size}), np.asarray(framed, np.uint8)
