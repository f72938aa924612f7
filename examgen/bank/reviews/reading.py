"""Bytes of a completed rating workbook → the form, the expert's answers, and every fault with its cell."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, NamedTuple, cast

from examgen.bank.reviews.columns import (
    COMMENT,
    FORM_MARK,
    FORM_VERSION,
    ITEM,
    NAME_LABEL,
    RATING,
    RATING_SHEET,
    SUITS,
    TEXT,
    field_of,
    level_of,
    rating_of,
)
from examgen.bank.reviews.ratings import KINDS, Number, RatingPanel
from examgen.bank.workbook.columns import RECORD_SHEET
from examgen.bank.workbook.table import column_letter, place
from examgen.bank.workbook.texts import clean, folded, restore
from examgen.core.problems import Problem
from examgen.core.tables.sheets import Area, Sheet, WorkbookFault, open_workbook
from examgen.core.words import Message, command, tell

MOST_BYTES = 256 * 2**20
"""A workbook whose unpacked size is larger is not a rating form."""

_HEADING_LINES = 20
_AT = dict[int, dict[int, Any]]


class ReviewedItem(NamedTuple):
    """An item as the form had it: its hash, its criterion, and a digest of the criterion's words."""

    hash: str
    pc: str
    criterion: str


class GivenRating(NamedTuple):
    """An expert's answer for an item; `value` is None without a rating, `suits` is the level, if named."""

    item: str
    value: Number | None
    comment: str | None
    where: str
    suits: int | None = None
    beside: str = ""
    """The stem and options in its line."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was filled in."""
        return self.value is None and self.comment is None and self.suits is None


class FilledForm(NamedTuple):
    """A rating workbook that an expert sent back."""

    file: str
    unit: str
    edition: str
    panel: RatingPanel
    expert: str
    name: str | None
    asked: dict[str, ReviewedItem]
    answers: tuple[GivenRating, ...]


_FormLine = tuple[dict[str, Any], dict[str, str]]
"""The cells of a line by field, and the place of each."""


def read_ratings(data: bytes, name: str) -> tuple[FilledForm | None, list[Problem]]:
    """The form with its answers, and its faults; the form is None if it cannot be read."""
    if PurePath(name).name.startswith("~$"):
        message = tell(
            "is a temporary file of a workbook that is open. Close the workbook, or leave this file out."
        )
        return None, [Problem(name, "not-a-workbook", message)]
    try:
        return _read(open_workbook(data, MOST_BYTES), name)
    except WorkbookFault as fault:
        message = fault.message
        if fault.code == "damaged":
            message = tell(
                "cannot be read as a workbook. Copy the entries into the .xlsx file that {command} wrote.",
                command=command("bank review", "--out DIR"),
            )
        where = f"{name}:{fault.place}" if fault.place else name
        return None, [Problem(where, "not-a-workbook", message)]


def _read(sheets: dict[str, Sheet], name: str) -> tuple[FilledForm | None, list[Problem]]:
    if RECORD_SHEET not in sheets:
        message = tell(
            "is not a rating form, or its hidden data is missing. Copy the entries into "
            "the file that {command} wrote.",
            command=command("bank review", "--out DIR"),
        )
        return None, [Problem(name, "not-a-rating-form", message)]
    form = _form(sheets[RECORD_SHEET], name)
    if form is None:
        message = tell("its hidden data is damaged or from another version of examgen. Fill in a new form.")
        return None, [Problem(f"{name}:{RECORD_SHEET}", "record-unknown", message)]
    if RATING_SHEET not in sheets:
        message = tell(
            "its sheet “{rating_sheet}” was renamed or removed. Restore the name.",
            rating_sheet=RATING_SHEET,
        )
        return None, [Problem(name, "not-a-rating-form", message)]
    sheet, source = sheets[RATING_SHEET], f"{name}:{RATING_SHEET}"
    grid = _grid(sheet)
    lines, problems = _lines(grid, sheet.merged, source)
    # one answer for each item of the form, in its order; an item without a line has an empty answer
    found: dict[str, GivenRating] = {}
    for cells, where in lines:
        answer, faults = _answer(form, cells, where)
        problems += faults
        if answer is None or answer.is_empty:
            continue
        if answer.item not in form.asked:
            message = tell(
                "{item!r} is not an item of this form. Fill in only the lines that were sent.",
                item=answer.item,
            )
            problems.append(Problem(where[ITEM], "item-unknown", message))
        elif answer.item in found:
            message = tell("is already rated at {where}. Keep one line.", where=found[answer.item].where)
            problems.append(Problem(answer.where, "item-twice", message, answer.item, RATING))
        else:
            found[answer.item] = answer
    missing = {_text(cells[ITEM]): where[RATING] for cells, where in lines if ITEM in cells}
    answers = tuple(
        found.get(item) or GivenRating(item, None, None, missing.get(item, source)) for item in form.asked
    )
    return form._replace(name=_name(grid), answers=answers), problems


def _form(sheet: Sheet, name: str) -> FilledForm | None:
    """The form from its hidden record; None if the record is incomplete."""
    lines = [[restore(str(value or "")) for value in line[:4]] for line in sheet.values()]
    lines = [[*line, "", "", "", ""][:4] for line in lines]
    if len(lines) < 8 or lines[0][:2] != [FORM_MARK, FORM_VERSION]:
        return None
    said = {line[0]: line[1] for line in lines[1:7]}
    if list(said) != ["unit", "edition", "kind", "level", "round", "expert"] or said["kind"] not in KINDS:
        return None
    if not said["round"].isdigit() or not (said["level"].isdigit() or not said["level"]):
        return None
    level = int(said["level"]) if said["level"] else None
    panel = RatingPanel(cast(Any, said["kind"]), level, int(said["round"]))
    asked = {line[0]: ReviewedItem(*line[1:]) for line in lines[8:] if line[0]}
    return FilledForm(name, said["unit"], said["edition"], panel, said["expert"], None, asked, ())


def _grid(sheet: Sheet) -> _AT:
    """The cells that are not empty."""
    rows = {n: {cell.column: cell for cell in row if cell.value is not None} for n, row in sheet.rows()}
    return {n: cells for n, cells in rows.items() if cells}


def _lines(grid: _AT, merged_cells: list[Area], source: str) -> tuple[list[_FormLine], list[Problem]]:
    """The lines below the headings, and faults in the layout of the sheet."""
    for row in sorted(grid)[:_HEADING_LINES]:
        fields = {column: field_of(_text(cell)) for column, cell in grid[row].items()}
        heads = {field: column for column, field in sorted(fields.items(), reverse=True) if field}
        if ITEM in heads and RATING in heads:
            below = [(n, grid[n]) for n in sorted(grid) if n > row]
            filled = {field: column for field, column in heads.items() if field != TEXT}
            shape = [
                *[
                    Problem(
                        place(source, row, column),
                        "column-twice",
                        tell(
                            "has the same heading as {cell}. Keep one of the two columns.",
                            cell=f"{column_letter(filled[field])}{row}",
                        ),
                    )
                    for column, field in sorted(fields.items())
                    if field and filled.get(field, column) != column
                ],
                *[
                    Problem(
                        place(source, merged.top, merged.left),
                        "cell-merged",
                        tell(
                            "the cells {cells} are merged. Unmerge them and fill in each cell.",
                            cells=merged.name,
                        ),
                    )
                    for merged in merged_cells
                    if merged.bottom > row and any(merged.left <= n <= merged.right for n in filled.values())
                ],
            ]
            return [
                (
                    {field: cells[column] for field, column in heads.items() if column in cells},
                    {field: place(source, n, column) for field, column in heads.items()},
                )
                for n, cells in below
            ], shape
    message = tell("has no header row with the item and the rating. Use the form as it was sent.")
    return [], [Problem(source, "no-headings", message)]


def _text(cell: Any) -> str:
    """The text of a cell as a person sees it: a number with its percent sign, for example."""
    if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
        percent = str(cell.number_format).rstrip().endswith("%")
        number = cell.value * (100 if percent else 1)
        return (str(number) if isinstance(number, int) else f"{number:.10g}") + ("%" if percent else "")
    return clean(restore(str(cell.value)))


def _fault(cell: Any) -> tuple[str, Message] | None:
    """Code and message of what keeps a cell from being read, or None."""
    if cell.data_type == "f":
        return "cell-formula", tell("contains a formula. Write the value.")
    if cell.data_type == "e":
        return "cell-error", tell("contains the error {error}. Write the value.", error=cell.value)
    if cell.data_type == "d":
        return "cell-date", tell(
            "contains the date {date}. Format the cell as text and type the value again.", date=cell.value
        )
    return None


def _answer(
    form: FilledForm, cells: dict[str, Any], where: dict[str, str]
) -> tuple[GivenRating | None, list[Problem]]:
    item = _text(cells[ITEM]) if ITEM in cells else ""
    faults = [
        Problem(where[field], *fault, item or None, field)
        for field in (ITEM, RATING, COMMENT, SUITS)
        if field in cells and (fault := _fault(cells[field]))
    ]
    if faults:
        return None, faults
    rating = _text(cells[RATING]) if RATING in cells else ""
    comment = _text(cells[COMMENT]) if COMMENT in cells else ""
    value = rating_of(form.panel.kind, rating) if rating else None
    if isinstance(value, str):
        faults.append(Problem(where[RATING], "rating-value", value, item or None, RATING))
    said = _text(cells[SUITS]) if SUITS in cells else ""
    suits = level_of(said) if said else None
    if isinstance(suits, str):
        faults.append(Problem(where[SUITS], "rating-level", suits, item or None, SUITS))
    if isinstance(value, str) or isinstance(suits, str):
        return None, faults
    beside = _text(cells[TEXT]) if TEXT in cells else ""
    return GivenRating(item, value, comment or None, where[RATING], suits, beside), []


def _name(grid: _AT) -> str | None:
    """The expert's name: the first text after its label, above the headings."""
    for row in sorted(grid)[:_HEADING_LINES]:
        columns = sorted(grid[row])
        for n, column in enumerate(columns):
            if folded(_text(grid[row][column])) == folded(NAME_LABEL):
                said = (_text(grid[row][after]) for after in columns[n + 1 :])
                return next((text for text in said if text), None)
    return None
