"""A Parquet file → its columns as text, written to standard output: the process behind `capture.parquet`.

`python -m examgen.core.responses.parquet_texts FILE` writes frames of Arrow's IPC, each after its length as
8 bytes, the first with the kind of each column. It stands outside of its stage because it starts for every
file, and everything else that reads answers takes as long to load as polars does.
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
"""Of a frame, in bytes."""
TEXT, NUMBER, BYTES, OTHER = "text", "number", "bytes", "other"
"""The kinds of columns."""
_SLICE_ROWS = 50_000
_EXACT_BITS = {"Float16": 11, "Float32": 24}
"""From these powers of two on, a whole number of that type may be another one, rounded."""


def text_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as text, whole numbers as their digits, null as the empty text. Bytes are text in UTF-8;
    of those that are none, such as a photograph, how Python writes them."""
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
            values = [*column]  # of lists, as polars shows them
        values = ["" if one is None else str(one) for one in values]
        texts[column.name] = pl.Series(values, dtype=pl.String)
    return pl.DataFrame(texts)


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
            texts = (pl.String, pl.Categorical, pl.Enum, pl.Null)
            kinds = [  # texts or whole numbers, bytes, other numbers, or none of these
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
    os._exit(0)  # all is written: to take polars down in order takes a third of the time of a small file
