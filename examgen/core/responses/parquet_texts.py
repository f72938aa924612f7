"""A Parquet file → its columns as text, written to standard output: the process behind `capture.parquet`.

`python -m examgen.core.responses.parquet_texts FILE` writes frames in Arrow IPC format, each after its
length in 8 bytes; the first frame has the kind of each column. The module is in `core/` and not in
`capture/` because a process starts for every file, and the modules of `capture/` take as long to load as
polars does.
"""

from __future__ import annotations

import os
import struct
import sys
from contextlib import suppress
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from examgen.core.responses.cell_texts import EXACT, UNREADABLE, number_text

if TYPE_CHECKING:
    import polars as pl

LENGTH = struct.Struct("<Q")
"""The format of the length in bytes that precedes a frame."""
TEXT, NUMBER, BYTES, OTHER = "text", "number", "bytes", "other"
"""The kinds of columns."""
_SLICE_ROWS = 50_000
_EXACT_BITS = {"Float16": 11, "Float32": 24}
"""Whole numbers of a type are exact below 2 to this power; larger ones may have been rounded."""


def text_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as text: whole numbers as digits, null as an empty text, bytes as UTF-8.

    Bytes that are not UTF-8, such as a photograph, become what Python prints for them.
    """
    import polars as pl

    plain = (pl.String, pl.Categorical, pl.Enum, pl.Date, pl.Datetime, pl.Time, pl.Null)
    texts: dict[str, pl.Series] = {}
    for column in frame:
        kind = column.dtype
        values: list[Any]
        if kind.is_float():
            exact = min(2 ** _EXACT_BITS.get(str(kind), 53), EXACT)
            numbers = column.fill_nan(None)
            values = [
                one if one is None else number_text(one, exact) if abs(one) != float("inf") else str(one)
                for one in numbers
            ]
        elif kind == pl.Binary:
            values = column.to_list()
            for n, one in enumerate(values):
                with suppress(UnicodeDecodeError):
                    text = "" if one is None else one.decode()
                    values[n] = one if UNREADABLE.search(text) else text
        elif kind.is_integer() or kind.is_decimal() or kind in plain:
            values = column.cast(pl.String).to_list()
        else:
            values = [*column]  # lists, as polars prints them
        values = ["" if one is None else str(one) for one in values]
        texts[column.name] = pl.Series(values, dtype=pl.String)
    return pl.DataFrame(texts)


def write_frames(path: str, out: IO[bytes]) -> None:
    """Writes the frames of a file to `out`; raises what polars raises if it cannot read the file."""
    import polars as pl

    whole = pl.scan_parquet(path, glob=False)
    start = 0
    while True:
        frame = whole.slice(start, _SLICE_ROWS).collect()
        if start and not frame.height:
            return
        if not start:
            texts = (pl.String, pl.Categorical, pl.Enum, pl.Null)
            kinds = [  # text (also for whole numbers), bytes, other numbers, or none of these
                TEXT
                if dtype.is_integer() or dtype in texts
                else BYTES
                if dtype == pl.Binary
                else NUMBER
                if dtype.is_numeric()
                else OTHER
                for dtype in frame.dtypes
            ]
            _write_frame(pl.DataFrame({"kind": kinds}), out)
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
    os._exit(0)  # a regular exit of polars would take a third of the time of a small file
