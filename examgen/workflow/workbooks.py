"""Tables → a workbook with a sheet for each."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def write_workbook(path: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    """Writes the workbook to `path`, sheets by the names of the tables."""
    from examgen.reports.result_workbook import WorkbookWriter

    with tempfile.TemporaryDirectory() as scratch, WorkbookWriter(Path(scratch), list(tables)) as book:
        for name, table in tables.items():
            book.append(name, table)
        book.pack(path)
