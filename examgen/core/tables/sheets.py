"""Reads the cells of an untrusted workbook that have content, row by row.

A file of a kilobyte can name the last cell of a sheet, and merge or link all of them: 17 thousand million.
Therefore nothing is created for a cell without content, and rows that reach far with few cells are refused.

Format: ECMA-376 (Office Open XML), part 1, parsed by openpyxl.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.core.archives import ArchiveFault, open_zip
from examgen.core.words import Message, tell

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
"""The size of a sheet, including the heading."""
MOST_CHARACTERS = 32_767
"""The maximum length of a cell, in UTF-16 code units."""
_MOST_BLANK, _BLANK_FOR_EACH = 2_000_000, 20
"""The maximum number of empty cells within the rows of a sheet: a fixed number, and so many for each cell
with content."""
_OLD = b"\xd0\xcf\x11\xe0"


class WorkbookFault(Exception):
    """The reason why a workbook cannot be read: `old`, `not-a-workbook`, `too-large`, `damaged` or
    `cell-too-long`; with the place in the workbook, if it is known."""

    def __init__(self, code: str, message: Message, place: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.place = code, message, place


class Area(NamedTuple):
    """A block of merged cells, including its first and last row and column."""

    top: int
    left: int
    bottom: int
    right: int
    name: str
    """The address of the block: `A1:B2`."""


class Sheet:
    """A worksheet. `merged` and `hidden` are set after `rows` has yielded its last row."""

    def __init__(self, sheet: Any, rich_text: bool) -> None:
        self.title: str = sheet.title
        self.is_visible: bool = sheet.sheet_state == "visible"
        self.part: str = sheet._worksheet_path
        self.merged: list[Area] = []
        self.hidden: frozenset[int] = frozenset()
        """The numbers of its hidden rows."""
        self._sheet, self._rich_text = sheet, rich_text

    def rows(self) -> Iterator[tuple[int, list[ReadOnlyCell]]]:
        """Yields the number and the cells of each row with content. Raises WorkbookFault."""
        from openpyxl.cell.read_only import ReadOnlyCell
        from openpyxl.worksheet._reader import WorkSheetParser

        sheet, book = self._sheet, self._sheet.parent
        n_written = n_reached = last = 0
        try:
            with sheet._get_source() as source, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of parts that hold no cells
                parser = WorkSheetParser(
                    source,
                    sheet._shared_strings,
                    book.data_only,
                    book.epoch,
                    book._date_formats,
                    book._timedelta_formats,
                    self._rich_text,
                )
                for number, written in parser.parse():
                    cells = [ReadOnlyCell(sheet, **one) for one in written]
                    if not last < number <= MOST_ROWS:
                        raise ValueError(f"row {number} after row {last}")
                    last, column = number, 0
                    for cell in cells:
                        if cell.row != number or not column < cell.column <= MOST_COLUMNS:
                            raise ValueError(f"row {cell.row}, column {cell.column} in row {number}")
                        column = cell.column
                        if isinstance(cell.value, str | list) and len(str(cell.value)) > MOST_CHARACTERS:
                            raise self._too_long(cell)
                    n_written += len(cells)
                    n_reached += column
                    if n_reached > _MOST_BLANK + _BLANK_FOR_EACH * n_written:
                        message = tell("has cells too far apart. Delete the empty columns and save it again.")
                        raise WorkbookFault("too-large", message, self.title)
                    yield number, cells
            self.hidden = frozenset(
                int(n) for n, how in parser.row_dimensions.items() if how.get("hidden") in ("1", "true")
            )
            self.merged = [
                Area(one.min_row, one.min_col, one.max_row, one.max_col, one.coord)
                for one in (parser.merged_cells.mergeCell if parser.merged_cells else ())
            ]
        except (WorkbookFault, GeneratorExit):
            raise
        except Exception as error:  # parsers raise whatever a damaged part happens to cause
            raise damaged() from error

    def values(self) -> Iterator[list[object]]:
        """Yields the values of each row with content, None for an empty cell. Raises WorkbookFault."""
        for _, written in self.rows():
            values: list[object] = [None] * (written[-1].column if written else 0)
            for cell in written:
                values[cell.column - 1] = cell.value
            yield values

    def _too_long(self, cell: Any) -> WorkbookFault:
        message = tell(
            "has {n:,} characters, but a cell can contain at most {most:,}",
            n=len(str(cell.value)),
            most=MOST_CHARACTERS,
        )
        return WorkbookFault("cell-too-long", message, f"{self.title}!{cell.coordinate}")


def open_workbook(
    data: bytes, most_bytes: int, values: bool = False, rich_text: bool = False
) -> dict[str, Sheet]:
    """Returns the worksheets by title. Raises WorkbookFault if the data is not a workbook, or unpacks to more
    than `most_bytes` bytes.

    With `values`, cells with formulas have their stored values; otherwise the formulas.
    """
    from openpyxl import load_workbook

    if data.startswith(_OLD):
        message = tell("is an old workbook (.xls) or has a password. Save it as .xlsx without one.")
        raise WorkbookFault("old", message)
    try:
        with open_zip(BytesIO(data), most_bytes=most_bytes) as archive:
            names = archive.namelist()
    except ArchiveFault as fault:
        if fault.code == "damaged":
            raise damaged() from fault
        raise WorkbookFault("too-large", fault.message) from fault
    if "mimetype" in names:
        raise WorkbookFault("not-a-workbook", tell("is an OpenDocument file. Save it as .xlsx."))
    if "[Content_Types].xml" not in names:
        raise WorkbookFault("not-a-workbook", tell("is a ZIP archive. Give the .csv or .xlsx file itself."))
    try:
        if len(set(names)) < len(names):
            raise ValueError("a part twice")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts that hold no cells
            book = load_workbook(BytesIO(data), read_only=True, data_only=values, rich_text=rich_text)
        return {sheet.title: Sheet(sheet, rich_text) for sheet in book.worksheets}
    except Exception as error:  # as above
        raise damaged() from error


def damaged() -> WorkbookFault:
    """Returns the fault of a workbook that is damaged or incomplete."""
    message = tell(
        "is damaged or was not copied completely. Open it in a spreadsheet program and save it as .xlsx."
    )
    return WorkbookFault("damaged", message)
