"""Draws a form of options without stems from a unit, and writes the workbook in which a reader answers it.

A reader who finds the key there does not need the question: the options alone reveal it (Balepur, Ravichander
and Rudinger, 2024). The form records its items and the order of their options, but no key.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Literal

from openpyxl import Workbook
from pydantic import Field

from examgen.bank.rules.options import numeric_order
from examgen.bank.workbook.cells import (
    TEXT_FONT,
    file_of,
    offer,
    open_cell,
    protect,
    set_height,
    set_page,
    write_cell,
    write_heads,
)
from examgen.bank.workbook.columns import both
from examgen.core.models.field_types import Model
from examgen.core.models.item import Item, ItemId, OptionId
from examgen.core.text.characters import LETTERS, THAI_LETTERS
from examgen.core.text.markdown import in_rows
from examgen.core.words import Message, tell

FORM_FILE = "blind-form.json"
SHEET = "blind"
FORM, QUESTION, CHOICE, SURE = "form", "question", "choice", "sure"
HEADINGS: Mapping[str, Message] = {
    FORM: tell("Blind reading"),
    QUESTION: tell("Question"),
    CHOICE: tell("Your choice"),
    SURE: tell("How sure (1 to 3)"),
}
SURENESS = (1, 2, 3)
_HOW = (
    tell(
        "You see the options of each question, but not the question. Choose the one that "
        "you think is the key."
    ),
    tell(
        "Choose an option in every line, even if you only guess. Write how sure you are (1 "
        "guess, 2 fairly sure, 3 sure)."
    ),
    tell(
        "Work alone and do not look anything up. If you know the question from elsewhere, "
        "leave its line empty."
    ),
    tell(
        "The questions are on the sheet “{sheet}”. Save the file without renaming it, and return it.",
        sheet=SHEET,
    ),
)
_OPTION_WIDTH = 44


class BlindQuestion(Model):
    """An item on the form, with the hash of its text at the time of drawing, and its options in printed
    order.
    """

    question: Annotated[int, Field(ge=1)]
    item: ItemId
    sha256: str
    order: tuple[OptionId, ...]


class BlindForm(Model):
    """A form drawn for a blind reading. The same seed draws the same form from the same bank."""

    format: Literal["examgen-blind-form/1"] = "examgen-blind-form/1"
    unit: str
    seed: int
    questions: tuple[BlindQuestion, ...]

    @property
    def name(self) -> str:
        """The name by which readers' files are recognised."""
        return f"{self.unit}-{self.seed}"

    def workbook_name(self, reader: int | str) -> str:
        """Return the file name for a reader."""
        return f"{self.name}-reader-{reader}.xlsx"

    def left(self, answered: Collection[int]) -> list[int]:
        """Return the questions without a choice."""
        return [one.question for one in self.questions if one.question not in answered]


def draw(unit: str, items: Sequence[Item], n: int, seed: int) -> BlindForm:
    """Draw a form of up to `n` items, at most one of each family, spread evenly over the lowest levels of the
    items.

    A family weighs as many items as it has (Efraimidis, P. S., & Spirakis, P. G. (2006). Weighted random
    sampling with a reservoir. *Information Processing Letters, 97*, 181–185, algorithm A).
    """
    lot = random.Random(f"{unit} {seed}")
    groups: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda one: one.id):
        groups.setdefault(item.family or item.id, []).append(item)
    places = {name: lot.random() ** (1 / len(members)) for name, members in groups.items()}
    strata: dict[int, list[Item]] = {}
    for name in sorted(groups, key=lambda one: -places[one]):
        item = lot.choice(groups[name])
        strata.setdefault(min(item.levels, default=0), []).append(item)
    chosen: list[Item] = []
    while len(chosen) < n and any(strata.values()):
        for level in sorted(strata):
            if strata[level] and len(chosen) < n:
                chosen.append(strata[level].pop(0))
    lot.shuffle(chosen)
    questions = []
    for number, item in enumerate(chosen, 1):
        order = [*item.options]
        lot.shuffle(order)
        shown = numeric_order(item) or tuple(order)  # as papers print them
        questions.append(BlindQuestion(question=number, item=item.id, sha256=item.sha256(), order=shown))
    return BlindForm(unit=unit, seed=seed, questions=tuple(questions))


def answer_workbook(form: BlindForm, items: Mapping[str, Item]) -> bytes:
    """Return the workbook for one reader: a line for each question with its options, and cells for the choice
    and how sure.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET
    n_options = max((len(one.order) for one in form.questions), default=0)
    names = [f"{thai} {latin}" for thai, latin in zip(THAI_LETTERS, LETTERS, strict=False)][:n_options]
    heads = [
        both(HEADINGS[FORM]),
        both(HEADINGS[QUESTION]),
        *names,
        both(HEADINGS[CHOICE]),
        both(HEADINGS[SURE]),
    ]
    widths = [18, 12, *[_OPTION_WIDTH] * n_options, 16, 20]
    write_heads(sheet, 1, zip(heads, widths, strict=True))
    for row, one in enumerate(form.questions, 2):
        texts = [in_rows(items[one.item].options[option]) for option in one.order]
        cells = [form.name, str(one.question), *texts, *[""] * (n_options - len(texts)), "", ""]
        for column, text in enumerate(cells, 1):
            cell = write_cell(sheet, row, column, text)
            if column > 2 + n_options:
                open_cell(cell)
        set_height(sheet, row, [(text, _OPTION_WIDTH) for text in texts])
    for column, offered in ((n_options + 3, [*LETTERS[:n_options]]), (n_options + 4, [*map(str, SURENESS)])):
        offer(sheet, column, (2, len(form.questions) + 1), offered)
    sheet.freeze_panes = "C2"
    set_page(sheet)
    protect(sheet)
    told = book.create_sheet("how", 0)
    told.column_dimensions["A"].width = 110
    for row, said in enumerate(_HOW, 1):
        text = f"{said.th}\n{said.en}"
        write_cell(told, row, 1, text, TEXT_FONT)
        set_height(told, row, [(text, 110)])
    protect(told)
    book.active = 0
    return file_of(book)
