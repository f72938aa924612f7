"""Answer sheets as other printers make them, drawn; filled and scanned by the simulator."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.scanning.filled_sheets import Side
from examgen.scanning.sheet_layout import ITEM, NUMBER, SheetLayout
from tests.scanning.simulated.pages import SimulatedPage, SimulationOptions, simulated_page

PER_MM = 300 / 25.4
Grey = NDArray[np.uint8]
Shape = Literal["circle", "ellipse", "box"]


class ForeignForm(NamedTuple):
    """How a form is drawn: A4, a number at the upper right, questions in columns."""

    shape: Shape = "box"
    questions: int = 50
    columns: int = 2
    letters: str = "ABCD"
    digits: int = 8
    width: float = 4.6
    height: float = 3.4
    step: float = 7.5
    line: float = 7.2
    title: str = "ANSWER SHEET"
    ink: int = 60
    seed: int = 1
    top: float = 105.0


def draw_form(form: ForeignForm) -> Grey:
    """Its blank at 300 dots per inch."""
    rng = np.random.default_rng(form.seed)
    image = np.full((round(297 * PER_MM), round(210 * PER_MM)), 255, np.uint8)

    def at(x: float, y: float) -> tuple[int, int]:
        return round(x * PER_MM), round(y * PER_MM)

    def text(x: float, y: float, words: str, size: float = 1.0, grey: int = 0) -> None:
        cv2.putText(
            image, words, at(x, y), cv2.FONT_HERSHEY_SIMPLEX, size, grey, max(1, round(2 * size)), cv2.LINE_AA
        )

    def bubble(x: float, y: float, label: str) -> None:
        w, h = form.width / 2, form.height / 2
        if form.shape == "box":
            cv2.rectangle(image, at(x - w, y - h), at(x + w, y + h), form.ink, 3)
        else:
            cv2.ellipse(image, at(x, y), at(w, h), 0, 0, 360, form.ink, 3, cv2.LINE_AA)
        (wide, high), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, 0.7, 2)
        place = round(x * PER_MM - wide / 2), round(y * PER_MM + high / 2)
        cv2.putText(image, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.7, form.ink + 60, 2, cv2.LINE_AA)

    text(20, 20, form.title, 2.2)
    for k in range(8):
        words = " ".join(
            "".join(rng.choice(list("abdefghiklmnoprstu"), rng.integers(2, 9))) for _ in range(6)
        )
        text(20, 30 + 5 * k, words, 0.9, 40)
    cv2.rectangle(image, at(18, 72), at(100, 92), 0, 3)
    text(20, 78, "Name", 1.0)
    x0, y0 = 195 - form.step * (form.digits - 1), 38.0
    for place in range(form.digits):
        x = x0 + form.step * place
        cv2.rectangle(image, at(x - 3, 27), at(x + 3, 34), 0, 2)
        for digit in range(10):
            bubble(x, y0 + 5.6 * digit, str(digit))
    rows = -(-form.questions // form.columns)
    for n in range(form.questions):
        column, row = divmod(n, rows)
        x, y = 32 + column * 175 / form.columns, form.top + form.line * row
        text(x - 13, y + 1.2, str(n + 1), 0.9)
        for k, letter in enumerate(form.letters):
            bubble(x + form.step * k, y, letter)
    return image


class FilledForm(NamedTuple):
    """A scan of a filled form, and what is true of it."""

    image: NDArray[np.uint8]
    number: str
    answers: dict[int, str]
    """By question: letters with | between them; empty where nothing counts."""


def fill_form(
    blank: Grey,
    layout: SheetLayout,
    sheet: int,
    level: int,
    seed: int,
    marks: Any = "usual",
    dpi: int | None = None,
) -> FilledForm:
    """A form filled by a simulated person and scanned; the layout says where its bubbles are."""
    page = layout.pages[0]
    rng = np.random.default_rng([seed, sheet, 7])
    number = "".join(str(rng.integers(10)) for _ in range(layout.number_length))
    meant = np.zeros(len(page.bubbles), np.bool_)
    for choice in page.choices:
        if choice.group == NUMBER:
            meant[choice.bubbles[int(number[choice.place - 1])]] = True
        elif choice.group == ITEM and rng.random() > 0.03:
            meant[rng.choice(choice.bubbles)] = True
    side = Side(sheet, layout, page, "", number, "", np.zeros(len(meant), np.bool_), meant)
    made: SimulatedPage = simulated_page(side, blank, SimulationOptions(level, seed, marks, dpi))
    answers = {
        choice.place: "|".join(page.value[i] for i in choice.bubbles if made.counts[i])
        for choice in page.choices
        if choice.group == ITEM
    }
    places = {
        choice.place: [i for i in choice.bubbles if made.counts[i]]
        for choice in page.choices
        if choice.group == NUMBER
    }
    read = "".join(page.value[i[0]] if len(i) == 1 else "?" if i else " " for _, i in sorted(places.items()))
    pixels = made.scan.page.image
    if pixels.ndim == 3:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
    return FilledForm(pixels, read.rstrip(), answers)
