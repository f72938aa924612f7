"""A form and its blank → form.html, on which a person sees what was found, and corrects it.

One file that asks no address: its policy admits its own script and style by their hashes and the picture in
it. What is saved is a form.yaml that the browser downloads."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from examgen.core.storage import read_input
from examgen.core.text.fonts import web_face
from examgen.core.words import Language, Message, in_language, kept, noted, thai_of
from examgen.scanning.templates.form import Form, form_yaml
from examgen.scanning.templates.learning import MISSING

SHOWN_PIXELS = 2400
"""Long side of the picture of the blank at most."""
_WORDS = {
    "title": noted("Form of the answer sheet"),
    "sheet": noted("The blank, with the bubbles that were found"),
    "save": noted("Save form.yaml"),
    "undo": noted("Undo"),
    "saved": noted(
        "Saved: put form.yaml into the folder of the form, in place of the one there; then `examgen scan "
        "template FOLDER` writes this page anew from it."
    ),
    "save_again": noted("Save once more to save it all the same."),
    "off_blank": noted("{what}: {n} of {of} bubbles are not on the blank."),
    "overlap": noted("{what}: bubbles are those of {other}, too."),
    "order": noted("{what} stand before {other}: look whether these are their numbers."),
    "turn_180": noted("Turn by 180°"),
    "turn_90": noted("Turn clockwise by 90°"),
    "exported": noted("Answers are told as A, B … in their order, whatever is printed."),
    "help": noted(
        "Choose a field in the list or on the sheet. Drag it, or drag the marks on its first and last "
        "bubble. "
        "Arrows move it by 0.1 mm (Shift: 1 mm; Alt: the last bubble alone)."
    ),
    "unsure": noted("Look at these"),
    "fields": noted("Fields"),
    "add_questions": noted("Add questions"),
    "add_number": noted("Add a number"),
    "add_form": noted("Add the form (version)"),
    "renumber": noted("Number the questions in the order of this list"),
    "bubble": noted("Bubbles"),
    "remove": noted("Remove"),
    "kind": noted("Kind"),
    "questions": noted("questions"),
    "number": noted("candidate number"),
    "form": noted("form (version)"),
    "ignored": noted("ignored"),
    "questions_of": noted("Questions {first}–{last}"),
    "number_of": noted("Candidate number, {n} digits"),
    "first_question": noted("first question"),
    "n_questions": noted("questions"),
    "letters": noted("letters as printed"),
    "n_digits": noted("digits"),
    "first_digit": noted("first digit"),
    "values": noted("values as printed"),
    "rows": noted("rows"),
    "columns": noted("columns"),
    "runs": noted("direction of values"),
    "across": noted("across"),
    "down": noted("down"),
    "first": noted("first bubble"),
    "last": noted("last bubble"),
    "own_bubble": noted("bubbles of another size"),
    "width": noted("width, mm"),
    "height": noted("height, mm"),
    "shape": noted("shape"),
    "circle": noted("circle"),
    "ellipse": noted("ellipse"),
    "box": noted("box"),
    "brackets": noted("brackets"),
    "letters_fault": noted("{what}: two to five letters."),
    "no_questions": noted("There are no questions."),
    "twice": noted("There twice: question {n}."),
    "missing": noted("Missing: question {n}."),
}
_NO_SCRIPT = noted("This page needs JavaScript.")


def form_page(form: Form, blank: NDArray[np.uint8], unsure: Sequence[Message], language: Language) -> bytes:
    """The page of a form, on its picture as the file has it, in the language that it opens with."""
    factor = min(1.0, SHOWN_PIXELS / max(blank.shape))
    if factor < 1:
        blank = cv2.resize(blank, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    _, picture = cv2.imencode(".png", blank)
    faces = (
        f"@font-face {{ font-family: Sarabun; font-weight: {weight}; "
        f'src: url("data:font/woff2;base64,{base64.b64encode(web_face(name, common=True)).decode()}") '
        'format("woff2") }'
        for name, weight in (("Regular", 400), ("Bold", 700))
    )
    style, script = _asset("page.css").replace("@@FACES@@", "\n".join(faces)), _asset("page.js")
    of_script, of_style = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (script, style)
    )
    parts = {
        "POLICY": (
            f"default-src 'none'; script-src 'sha256-{of_script}'; style-src 'sha256-{of_style}'; "
            "img-src data:; font-src data:; base-uri 'none'; form-action 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        "TITLE": escape(thai_of(_WORDS["title"]) or _WORDS["title"]),
        "STYLE": style,
        "PICTURE": base64.b64encode(picture.tobytes()).decode(),
        "NOSCRIPT": "".join(f"<p>{escape(text)}</p>" for text in (thai_of(_NO_SCRIPT) or "", _NO_SCRIPT)),
        "WORDS": _json({key: {"en": text, "th": thai_of(text) or text} for key, text in _WORDS.items()}),
        "LANGUAGE": language,
        "FORM": _json(yaml.safe_load(form_yaml(form))),
        "FOUND": _json([_doubt(one) for one in unsure]),
        "SCRIPT": script,
    }
    return "".join(parts.get(text, text) for text in _asset("page.html").split("@@")).encode()


def _doubt(message: Message) -> dict[str, Any]:
    """What is unsure, in both languages, with the place of its field, or the kind of field that it misses."""
    said: dict[str, Any] = {"en": in_language(message, "en"), "th": in_language(message, "th")}
    if (kind := MISSING.get(message.msgid)) is not None:
        said["about"] = kind
    values = kept(message).get("values", {})
    field = values.get("field")
    if isinstance(field, dict) and {"x", "y"} <= set(field.get("values", {})):
        said["at"] = [field["values"]["x"], field["values"]["y"]]
    return said


def _asset(name: str) -> str:
    return read_input(Path(__file__).with_name(name)).decode()


def _json(value: Any) -> str:
    """JSON that can stand inside a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
