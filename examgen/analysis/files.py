"""Rows of an analysis → CSV or a workbook."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from examgen.analysis.parts import Document
from examgen.core.csv_files import csv_bytes
from examgen.core.files import read_input, write_file
from examgen.core.problems import WrongUsage
from examgen.core.tables.writing import write_workbook
from examgen.core.words import option


def write_rows(path: Path, sheets: Mapping[str, Sequence[Document]], columns: Sequence[str] = ()) -> None:
    """Write the first table as CSV, or all tables as sheets of a workbook, depending on the file's suffix.

    A table without rows gets the headings `columns`; if there are none, it is left out. Lists become columns
    of their own.

    Raises WrongUsage if the name ends in neither .csv nor .xlsx.
    """
    empty = [dict.fromkeys(columns)] if columns else []
    tables = {}
    for title, rows in sheets.items():
        flat: list[Document] = []
        for row in rows or empty:  # lists as columns of their own
            found: Document = {}
            for name, value in row.items():
                if isinstance(value, list):
                    found |= {f"{name}_{n}": one for n, one in enumerate(value, start=1)}
                else:
                    found[name] = value
            flat.append(found)
        if flat:
            tables[title] = pl.DataFrame(flat, infer_schema_length=None).head(len(rows))
    if path.suffix.lower() == ".csv":
        first = next(iter(tables.values()))
        write_file(path, csv_bytes(first))
        return
    if path.suffix.lower() != ".xlsx":
        raise WrongUsage.because("{out} {path} must end in .csv or .xlsx", path=path, out=option("out"))
    with tempfile.TemporaryDirectory() as scratch:
        packed = Path(scratch) / "book.xlsx"
        write_workbook(packed, tables)
        write_file(path, read_input(packed))
