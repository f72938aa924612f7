"""Reads Parquet files as a table of text cells."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PanicException, PolarsError

from examgen.core.tables.records import EXACT, NO_COLUMNS, UNREADABLE, Table, number_text, refusal
from examgen.core.tables.workbooks import NumberedRow, table_of
from examgen.core.words import tell

_TEXT, _NUMBER, _BYTES, _OTHER = "text", "number", "bytes", "other"
"""The kinds of columns. Columns of whole numbers count as text."""
_SLICE_ROWS = 50_000
_EXACT_BITS = {"Float16": 11, "Float32": 24}
"""Whole numbers in a type are exact below 2 to this power; larger ones may have been rounded."""


def parquet_tables(name: str, data: bytes | Path) -> list[Table]:
    """Returns the only table of the file; empty if it has no columns. Raises Refused for a damaged file."""
    table = table_of(tell("Parquet"), partial(_rows, name, data))
    return [table] if table is not None and table.header.fields else []


def _rows(name: str, data: bytes | Path) -> Iterator[NumberedRow]:
    """Yields the names of the columns as row 0, then the rows. A slice of the rows is in memory at a time."""
    number = 0
    for n, frame in enumerate(_frames(name, data)):
        if n == 0:
            yield NumberedRow(0, frame.columns)
        kinds = [(i, kind) for i, dtype in enumerate(frame.dtypes) if (kind := _kind(dtype)) != _TEXT]
        for row in pl.DataFrame([_texts(column) for column in frame]).iter_rows():
            number += 1
            odd = frozenset(i for i, kind in kinds if _is_odd(row[i], kind)) if kinds else NO_COLUMNS
            yield NumberedRow(number, list(row), odd)


def _frames(name: str, data: bytes | Path) -> Iterator[pl.DataFrame]:
    """Yields the rows as stored, slice by slice: at least one frame."""
    for start in range(0, sys.maxsize, _SLICE_ROWS):
        try:
            whole = pl.scan_parquet(BytesIO(data) if isinstance(data, bytes) else data, glob=False)
            frame = whole.slice(start, _SLICE_ROWS).collect()
        except (PolarsError, PanicException, OSError) as error:
            message = tell("the Parquet file is damaged or incomplete. Write it again, or as CSV")
            raise refusal(name, "damaged-parquet", message) from error
        if start and not frame.height:
            return
        yield frame
        if frame.height < _SLICE_ROWS:
            return


def _is_odd(cell: str, kind: str) -> bool:
    """Returns whether a cell of a column of another kind than text is neither text nor a whole number."""
    if kind == _BYTES:
        return cell.startswith(("b'", 'b"'))
    return bool(cell) and (kind == _OTHER or not cell.lstrip("-").isdigit())


def _kind(dtype: pl.DataType) -> str:
    if dtype.is_integer() or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return _TEXT
    return _BYTES if dtype == pl.Binary else _NUMBER if dtype.is_numeric() else _OTHER


def _texts(column: pl.Series) -> pl.Series:
    """Returns a column as text: whole numbers as digits, null as an empty text, bytes as UTF-8.

    Bytes that are not UTF-8, such as a photograph, become their Python representation.
    """
    kind = column.dtype
    values: list[Any]
    if kind.is_float():
        exact = min(2 ** _EXACT_BITS.get(str(kind), 53), EXACT)
        values = [
            one if one is None else number_text(one, exact) if abs(one) != float("inf") else str(one)
            for one in column.fill_nan(None)
        ]
    elif kind == pl.Binary:
        values = column.to_list()
        for n, one in enumerate(values):
            with suppress(UnicodeDecodeError):
                text = "" if one is None else one.decode()
                values[n] = one if UNREADABLE.search(text) else text
    elif (
        kind.is_integer()
        or kind.is_decimal()
        or kind in (pl.String, pl.Categorical, pl.Enum, pl.Date, pl.Datetime, pl.Time, pl.Null)
    ):
        values = column.cast(pl.String).to_list()
    else:
        values = [*column]  # lists, as polars prints them
    return pl.Series(column.name, ["" if one is None else str(one) for one in values], dtype=pl.String)
