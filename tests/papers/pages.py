"""Exams small enough to print in a test, and what can be read from a printed page."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2
from PIL import Image

from examgen.core.models.blueprint import Blueprint
from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.models.item import Item, Stimulus
from examgen.core.models.standard import Unit
from examgen.core.resources import builtin
from tests.samples import blueprint_data, item_data, unit_data

TEMPLATES = (builtin("templates"),)

HARD_WORDS = (
    "น้ำ", "ปู่", "ป้ำ", "ที่", "ฏิ", "ฎุ", "กตัญญู", "ผู้ใหญ่", "ฤๅ", "เปี๊ยะ", "ศักดิ์สิทธิ์", "ญี่ปุ่น", "ฐานฎีกา", "กี้", "ฝั่ง",
)  # fmt: skip


def item(n: int, **changes: Any) -> Item:
    """Item `E1.01-00n`; fields as in `item_data`."""
    return Item.model_validate(item_data("E1.01", n, **changes))


def exam(
    items: Sequence[Item],
    *,
    forms: Sequence[str] = ("A",),
    stimuli: dict[str, str] | None = None,
    **blueprint: Any,
) -> Exam:
    """An exam that prints those items, in that order, in each of the forms."""
    printed = tuple(
        PrintedItem(question=n, item=one, unit="T-1", element="E1", order=tuple(one.options))
        for n, one in enumerate(items, 1)
    )
    return Exam(
        blueprint=Blueprint.model_validate(blueprint_data(items=len(items), **blueprint)),
        units=(Unit.model_validate(unit_data()),),
        forms=tuple(Form(name=name, items=printed) for name in forms),
        stimuli=tuple(Stimulus(id=name, text=text) for name, text in (stimuli or {}).items()),
    )


class Line(NamedTuple):
    """A line of a page as it is drawn: the characters that stand on one baseline, from left to right.

    Marks, sara aa and sara am are left out: their glyphs do not come out of the file as they went in.
    """

    page: int
    baseline_pt: float
    text: str


def bare(text: str) -> str:
    """What of a text is seen in a `Line`."""
    return "".join(re.findall("[ก-ะเ-ไฯๆ๐-๙!-~“”–]", text))


_WORD = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="[\d.-]+" yMax="([\d.-]+)">(.*?)</word>')

_DESCENT = 0.232 / 1.3
"""Of Sarabun, as a part of the height of a line."""


def drawn_lines(data: bytes) -> list[Line]:
    """The lines of a PDF, page by page, from top to bottom, as poppler finds them."""
    command = ["pdftotext", "-bbox", "-", "-"]
    pages = (
        subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode().split("<page ")
    )
    found = []
    for number, page in enumerate(pages[1:]):
        height = float(re.findall(r'height="([\d.]+)"', page)[0])
        rows: dict[int, list[tuple[float, str]]] = {}
        for left, top, bottom, word in _WORD.findall(page):
            baseline = float(bottom) - _DESCENT * (float(bottom) - float(top))
            rows.setdefault(round(height - baseline), []).append((float(left), bare(html.unescape(word))))
        found += [
            Line(number, y, "".join(word for _, word in sorted(rows[y]))) for y in sorted(rows, reverse=True)
        ]
    return found


def page_texts(data: bytes) -> list[str]:
    """The lines of each page in one string."""
    pages: dict[int, str] = {}
    for line in drawn_lines(data):
        pages[line.page] = pages.get(line.page, "") + line.text
    return [pages[number] for number in sorted(pages)]


def pixels(data: bytes, page: int, dpi: int) -> Image.Image:
    """A page in greys."""
    with pypdfium2.PdfDocument(data) as document:
        return document[page].render(scale=dpi / 72, grayscale=True).to_pil().convert("L")


def write(folder: Path, name: str, text: str) -> Path:
    """A file of a workspace's template folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
