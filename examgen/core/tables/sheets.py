"""A workbook that somebody hands in → the cells of its sheets that are written, row by row.

A file of a kilobyte can name the last cell of a sheet, and merge or link all of them: 17 thousand million. So
nothing is made for a cell that is not written, and rows that reach far with few cells are refused.

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
"""What a sheet holds, the heading among them."""
MOST_CHARACTERS = 32_767
"""What a cell holds, in UTF-16 code units."""
_MOST_BLANK, _BLANK_FOR_EACH = 2_000_000, 20
"""Cells left out within the rows of a sheet: so many, and so many for each cell that is there."""
_OLD = b"\xd0\xcf\x11\xe0"


class WorkbookFault(Exception):
    """Why a workbook is not read: `old`, `not-a-workbook`, `too-large`, `damaged` or `cell-too-long`; with
    the place of the cell within the workbook where it is one."""

    def __init__(self, code: str, message: Message, place: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.place = code, message, place


class Area(NamedTuple):
    """Cells that are merged, from the first to the last."""

    top: int
    left: int
    bottom: int
    right: int
    name: str
    """As spreadsheets write it: `A1:B2`."""


class Sheet:
    """A worksheet. `merged` and `hidden` are known once `rows` has given its last row."""

    def __init__(self, sheet: Any, rich_text: bool) -> None:
        self.title: str = sheet.title
        self.is_visible: bool = sheet.sheet_state == "visible"
        self.part: str = sheet._worksheet_path
        self.merged: list[Area] = []
        self.hidden: frozenset[int] = frozenset()
        """The numbers of rows."""
        self._sheet, self._rich_text = sheet, rich_text

    def rows(self) -> Iterator[tuple[int, list[ReadOnlyCell]]]:
        """The rows that are written, by their numbers, with the cells that are. Raises WorkbookFault."""
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
        """The values of each row that is written, None for a cell that is not. Raises WorkbookFault."""
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
    """The worksheets by their titles. Raises WorkbookFault for anything else, and for what unpacks to more
    than so many bytes.

    With `values`, a formula is its stored value, else it is a formula.
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
    """The fault of a workbook that is no whole one."""
    message = tell(
        "is damaged or was not copied completely. Open it in a spreadsheet program and save it as .xlsx."
    )
    return WorkbookFault("damaged", message)
