"""Writes tables as CSV that a spreadsheet opens without running anything in it, and reads them back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from examgen.core.files import check_regular

_FORMULA = r"^[=+\-@\t\r]"
"""Text that a spreadsheet would run as a formula."""


def csv_bytes(table: pl.DataFrame, numbers: Collection[str] = (), *, goes_on: bool = False) -> bytes:
    """Returns a table as CSV in UTF-8 with BOM. Text that a spreadsheet would run as a formula gets a leading
    apostrophe.

    `numbers` are columns of texts that are numbers of ours, so that a minus sign begins no formula. With
    `goes_on`, the rows continue a table and have no heading.
    """
    neutral = table.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA))
        .then("'" + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name, kind in table.schema.items()
        if kind == pl.String and name not in numbers
    )
    heads: list[str] = []
    for name in table.columns:
        head = f"'{name}" if re.match(_FORMULA, name) else name
        while head != name and head in (*heads, *table.columns):
            head = f"'{head}"
        heads.append(head)
    neutral.columns = heads
    return neutral.write_csv(include_bom=not goes_on, include_header=not goes_on).encode()


def csv_cells(texts: Iterable[str]) -> str:
    """Returns texts as adjacent cells of a line, as `csv_bytes` writes them."""
    cells = (f"'{text}" if re.match(_FORMULA, text) else text for text in texts)
    return ",".join(
        '"' + text.replace('"', '""') + '"' if text == "" or re.search('[",\r\n]', text) else text
        for text in cells
    )


def read_csv(path: Path, schema: Mapping[str, Any]) -> pl.DataFrame:
    """Reads a table that `csv_bytes` wrote. The columns of the schema get its types; the others are text."""
    check_regular(path)
    table = pl.read_csv(path, infer_schema=False)
    table = table.with_columns(without_apostrophe(pl.col(pl.String).fill_null("")))
    return table.with_columns(pl.col(name).cast(kind) for name, kind in schema.items())


def without_apostrophe(text: pl.Expr) -> pl.Expr:
    """Returns the cells without the apostrophe that `csv_bytes` adds to text that a spreadsheet would run."""
    return pl.when(text.str.contains(_FORMULA.replace("^", "^'"))).then(text.str.slice(1)).otherwise(text)
