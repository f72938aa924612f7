"""Tables → a workbook with a sheet for each."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def write_workbook(path: Path, tables: Mapping[str, pl.DataFrame], notice: str = "") -> None:
    """Writes the workbook to `path`, sheets by the names of the tables, the notice at the head of printed
    pages.

    A table that no sheet holds is left to its CSV file, and its sheet says so.
    """
    import polars as pl

    from examgen.reports.result_workbook import WorkbookWriter, fits

    instead = "see the CSV file"
    with (
        tempfile.TemporaryDirectory() as scratch,
        WorkbookWriter(Path(scratch), [*tables], instead, notice) as book,
    ):
        for name, table in tables.items():
            if fits(table.height, table.width):
                book.append(name, table)
            else:
                size = f"{table.height:,} rows and {table.width:,} columns"
                said = f"{size} are more than a sheet holds: {instead} of {name}"
                book.append(name, pl.DataFrame({said: []}))
        book.pack(path)
