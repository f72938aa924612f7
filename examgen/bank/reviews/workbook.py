"""Items of one unit → the workbook (.xlsx) in which one expert rates them; the bytes of a file.

One line an item, a list to choose the rating from, and a hidden record of what was asked: by it an import
knows whether the item has changed since.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from examgen.bank.finding import untested_levels
from examgen.bank.reviews.columns import (
    CHOICES,
    COMMENT,
    FORM_MARK,
    FORM_VERSION,
    GUIDE_SHEET,
    NAME_LABEL,
    RATING,
    RATING_SHEET,
    SUITS,
    TEXT,
    asks_level,
    columns,
    guide,
    shown_earlier,
    title,
)
from examgen.bank.reviews.ratings import LEAST_IOC, Earlier, RatingPanel
from examgen.bank.workbook.cells import (
    BOLD_FONT,
    HEAD_FILL,
    LINE_HEIGHT,
    TEXT_FONT,
    open_cell,
    protect,
    set_height,
    set_page,
    write_cell,
)
from examgen.bank.workbook.columns import DEFAULT_LETTERS, RECORD_SHEET, both
from examgen.bank.workbook.texts import LONGEST_CELL, digest, fits_cell
from examgen.core.models.item import BankUnit, Item
from examgen.core.problems import Problem, Refused
from examgen.core.text.characters import THAI_LETTERS
from examgen.core.text.markdown import in_rows
from examgen.core.words import tell

HEAD_ROW = 3
NAME_CELL = "C2"

_EARLIER_FILL = PatternFill("solid", fgColor="EDEDED")
_LINE = Border(bottom=Side(style="thin", color="BFBFBF"))
_GUIDE_WIDTH = 110


class ExpertForm(NamedTuple):
    """Questions to all experts of a panel: the items of a unit, in an edition."""

    shelf: BankUnit
    edition: str
    panel: RatingPanel
    items: tuple[Item, ...]
    least_ioc: float = LEAST_IOC

    @property
    def levels(self) -> tuple[int, ...]:
        """The levels that the unit tests in writing."""
        untested = untested_levels(self.shelf.unit)
        return tuple(level for level in self.shelf.unit.levels if level not in untested)


def rating_workbook(form: ExpertForm, expert: str, before: Mapping[str, Earlier]) -> bytes:
    """The workbook of one expert; `Refused` where a text is longer than a cell holds."""
    too_long = []
    for item in form.items:
        for field, text in _texts(form, item).items():
            if not fits_cell(text):
                message = tell(
                    "has {n} characters, but a cell can contain at most {longest_cell}. Shorten it.",
                    n=len(text),
                    longest_cell=LONGEST_CELL,
                )
                code = str(form.shelf.unit.code)
                too_long.append(Problem(code, "too-long-for-a-cell", message, item.id, field))
    if too_long:
        raise Refused(tell("the items do not fit into a spreadsheet"), too_long)
    book = Workbook()
    book.remove(book.worksheets[0])
    rating, told = book.create_sheet(RATING_SHEET), book.create_sheet(GUIDE_SHEET)
    shown = columns(form.panel, form.levels)
    heading = f"{title(str(form.shelf.unit.code), form.panel)} · {expert}"
    for row, text in ((1, heading), (2, NAME_LABEL)):
        write_cell(rating, row, 1, text, BOLD_FONT).alignment = Alignment(wrap_text=False)
    open_cell(rating[NAME_CELL])
    for n, column in enumerate(shown, 1):
        write_cell(rating, HEAD_ROW, n, column.heading, BOLD_FONT).fill = HEAD_FILL
        rating.column_dimensions[get_column_letter(n)].width = column.width
    rating.row_dimensions[HEAD_ROW].height = 3 * LINE_HEIGHT
    for row, item in enumerate(form.items, HEAD_ROW + 1):
        texts = _texts(form, item)
        if form.panel.round > 1:
            texts |= shown_earlier(form.panel.kind, before.get(item.id))
        for n, column in enumerate(shown, 1):
            cell = write_cell(rating, row, n, texts.get(column.field, ""))
            cell.border = _LINE
            if column.field in (RATING, COMMENT, SUITS):
                open_cell(cell)
            elif column.field in ("own", "median", "spread"):
                cell.fill = _EARLIER_FILL
        set_height(rating, row, [(texts.get(column.field, ""), column.width) for column in shown])
    # The lists of ratings and of levels in the cells of their columns; percentages between those offered
    # may be typed.
    offered = {RATING: CHOICES[form.panel.kind], SUITS: tuple(map(str, form.levels))}
    for n, column in enumerate(shown, 1):
        if column.field in offered:
            strict = column.field == SUITS or form.panel.kind != "angoff"
            letter = get_column_letter(n)
            source = ",".join(offered[column.field])
            rule = DataValidation(
                type="list", formula1=f'"{source}"', allow_blank=True, showErrorMessage=strict
            )
            rule.errorTitle = both(tell("Choose from the list"))
            rule.error = both(tell("Please choose from the list"))
            rule.add(f"{letter}{HEAD_ROW + 1}:{letter}{HEAD_ROW + max(1, len(form.items))}")
            rating.add_data_validation(rule)
    set_page(rating)
    rating.freeze_panes = f"B{HEAD_ROW + 1}"
    rating.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    protect(rating)
    panel, unit = form.panel, form.shelf.unit
    told.column_dimensions["A"].width = _GUIDE_WIDTH
    heading = f"{title(str(unit.code), panel)}\n{unit.title or ''}".rstrip()
    for row, (text, bold) in enumerate(
        [(heading, True), *guide(panel, form.least_ioc, form.levels, form.shelf.meanings)], 1
    ):
        write_cell(told, row, 1, text, BOLD_FONT if bold else TEXT_FONT)
        set_height(told, row, [(text, _GUIDE_WIDTH)])
    set_page(told)
    protect(told)
    # What was asked, of whom, and of which text of each item for which criterion.
    sheet = book.create_sheet(RECORD_SHEET)
    record: list[list[str]] = [
        [FORM_MARK, FORM_VERSION],
        ["unit", str(unit.code)],
        ["edition", form.edition],
        ["kind", panel.kind],
        ["level", str(panel.level or "")],
        ["round", str(panel.round)],
        ["expert", expert],
        ["item", "hash", "pc", "criterion"],
        *asked_of(form),
    ]
    for row, line in enumerate(record, 1):
        for n, text in enumerate(line, 1):
            write_cell(sheet, row, n, text)
    sheet.sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def letters(item: Item) -> dict[str, str]:
    """The letter under which the form shows each option, Thai for a to e; an id past e as it is."""
    thai = dict(zip(DEFAULT_LETTERS, THAI_LETTERS, strict=True))
    return {option: thai.get(option, option) for option in item.options}


def text_of(shelf: BankUnit, item: Item) -> str:
    """The stimulus, the stem and the options of an item in one cell."""
    stimuli = {stimulus.id: stimulus.text for stimulus in shelf.stimuli}
    name, named = item.shared_stimulus, letters(item)
    stimulus = [f"[{in_rows(stimuli[name], 'stimulus')}]"] if name in stimuli else []
    return "\n".join(
        [*stimulus, in_rows(item.stem), *(f"{named[o]}. {text}" for o, text in item.options.items())]
    )


def _texts(form: ExpertForm, item: Item) -> dict[str, str]:
    """Return the contents of the cells of an item, by field."""
    criteria = {criterion.code: criterion for criterion in form.shelf.unit.criteria}
    named = letters(item)
    right = " ".join(named[option] for option in item.options if option in item.key)
    # The criteria of an item, and the levels that it claims unless the expert is asked for them.
    with_levels = not asks_level(form.panel, form.levels)
    lines = [f"{pc} {criteria[pc].text}" for pc in item.pcs if pc in criteria]
    if item.levels and with_levels:
        lines.append(f"{both(tell('Level'))} {', '.join(map(str, item.levels))}")
    return {
        "item": item.id,
        "criterion": "\n".join(lines),
        TEXT: text_of(form.shelf, item),
        "key": "\n".join(
            [
                f"{both(tell('Key'))}: {right}",
                *(f"{named[o]}. {item.reasons.get(o, '–')}" for o in item.options),
                f"{both(tell('Reference'))}: {item.reference}",
            ]
        ),
    }


def asked_of(form: ExpertForm) -> list[list[str]]:
    """Return, for each item, its id, its hash, its criterion, and a digest of the criterion's words."""
    criteria = {criterion.code: criterion.text for criterion in form.shelf.unit.criteria}
    return [[one.id, one.sha256(), one.pc, digest(criteria.get(one.pc, ""))] for one in form.items]
