"""A Parquet file → its columns as text, written to standard output: the process behind `capture.parquet`.

`python -m examgen.core.responses.parquet_texts FILE` writes frames of Arrow's IPC, each after its length as
8 bytes, the first with the kind of each column. It stands outside of its stage because it starts for every
file, and everything else that reads answers takes as long to load as polars does.
"""

from __future__ import annotations

import os
import struct
import sys
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from examgen.core.responses.cell_texts import EXACT, UNREADABLE, number_text

if TYPE_CHECKING:
    import polars as pl

LENGTH = struct.Struct("<Q")
"""Of a frame, in bytes."""
TEXT, NUMBER, BYTES, OTHER = "text", "number", "bytes", "other"
"""The kinds of columns."""
_SLICE_ROWS = 50_000
_EXACT_BITS = {"Float16": 11, "Float32": 24}
"""From these powers of two on, a whole number of that type may be another one, rounded."""


def _kind(dtype: pl.DataType) -> str:
    """Whether values of a column are texts or whole numbers, other numbers, bytes, or none of these."""
    import polars as pl

    if dtype.is_integer() or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return TEXT
    if dtype == pl.Binary:
        return BYTES
    return NUMBER if dtype.is_numeric() else OTHER


def text_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as text, whole numbers as their digits, null as the empty text."""
    import polars as pl

    return pl.DataFrame({name: _texts(frame[name]) for name in frame.columns})


def _texts(column: pl.Series) -> pl.Series:
    import polars as pl

    texts = (pl.String, pl.Categorical, pl.Enum, pl.Date, pl.Datetime, pl.Time, pl.Null)
    values: list[Any]
    if column.dtype.is_float():
        exact = 2 ** _EXACT_BITS.get(str(column.dtype), 53)
        values = [None if value is None else _float_text(value, exact) for value in column.fill_nan(None)]
    elif column.dtype == pl.Binary:
        values = [None if value is None else _bytes_text(value) for value in column]
    elif column.dtype.is_integer() or column.dtype.is_decimal() or column.dtype in texts:
        values = column.cast(pl.String).to_list()
    else:
        values = [None if value is None else str(value) for value in column]
    return pl.Series([value or "" for value in values], dtype=pl.String)


def _bytes_text(value: bytes) -> str:
    """Text in UTF-8; of bytes that are none, such as a photograph, how Python writes them."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return str(value)
    return str(value) if UNREADABLE.search(text) else text


def _float_text(value: float, exact: int) -> str:
    return number_text(value, min(exact, EXACT)) if abs(value) != float("inf") else str(value)


def write_frames(path: str, out: IO[bytes]) -> None:
    """The frames of a file, as the process writes them; whatever polars raises where it cannot read it."""
    import polars as pl

    whole = pl.scan_parquet(path, glob=False)
    start = 0
    while True:
        frame = whole.slice(start, _SLICE_ROWS).collect()
        if start and not frame.height:
            return
        if not start:
            _write_frame(pl.DataFrame({"kind": [_kind(dtype) for dtype in frame.dtypes]}), out)
        _write_frame(text_frame(frame), out)
        if frame.height < _SLICE_ROWS:
            return
        start += _SLICE_ROWS


def _write_frame(frame: pl.DataFrame, out: IO[bytes]) -> None:
    data = BytesIO()
    frame.write_ipc(data)
    out.write(LENGTH.pack(data.tell()) + data.getvalue())
    out.flush()


if __name__ == "__main__":
    write_frames(sys.argv[1], sys.stdout.buffer)
    os._exit(0)  # all is written: to take polars down in order takes a third of the time of a small file
