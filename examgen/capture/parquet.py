"""Parquet files → a table of text cells.

Format: Apache Parquet, read by polars in a process of its own: on damaged pages its decoder may
end the whole process, which must not take the scoring of other files with it.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from examgen.capture.records import UNREADABLE, Cells, Table
from examgen.capture.sheets import EXACT, number_text, refusal, table

if TYPE_CHECKING:
    import polars as pl

_TIME_LIMIT_S = 600
_SLICE_ROWS = 50_000
_LENGTH = struct.Struct("<Q")
_EXACT_BITS = {"Float16": 11, "Float32": 24}
"""From these powers of two on, a whole number of that type may be another one, rounded."""


def parquet_tables(name: str, data: bytes | Path) -> list[Table]:
    """The one table of the file; raises Refused for a damaged one."""
    found = table("Parquet", partial(_rows, name, data))
    return [found] if found is not None and found.header.fields else []


def _rows(name: str, data: bytes | Path) -> Iterator[tuple[int, Cells]]:
    """The names of the columns as row 0, then the rows; some thousand are in memory at a time."""
    import polars as pl

    number = -1
    kinds: list[str] | None = None
    with _decoder(data) as process:
        for frame_bytes in _frames(process.stdout):
            frame = pl.read_ipc(BytesIO(frame_bytes))
            if kinds is None:
                kinds = frame["kind"].to_list()
                doubtful = [(i, kind) for i, kind in enumerate(kinds) if kind != _TEXT]
                continue
            if number < 0:
                yield 0, Cells(frame.columns)
                number = 0
            for row in frame.iter_rows():
                number += 1
                cells = Cells(row)
                if doubtful:
                    cells.odd = frozenset(i for i, kind in doubtful if _is_odd(cells[i], kind))
                yield number, cells
        if process.wait():
            message = "the Parquet file is damaged or cut off: write it again, or as CSV"
            raise refusal(name, "damaged-parquet", message)


_TEXT, _NUMBER, _BYTES, _OTHER = "text", "number", "bytes", "other"


def _kind(dtype: pl.DataType) -> str:
    """Whether values of a column are texts or whole numbers, other numbers, bytes, or none of these."""
    import polars as pl

    if dtype.is_integer() or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return _TEXT
    if dtype == pl.Binary:
        return _BYTES
    return _NUMBER if dtype.is_numeric() else _OTHER


def _is_odd(cell: str, kind: str) -> bool:
    if kind == _BYTES:
        return cell.startswith(("b'", 'b"'))
    return bool(cell) and (kind == _OTHER or not cell.lstrip("-").isdigit())


@contextmanager
def _decoder(data: bytes | Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that writes the table as frames of text; it does not outlive its time nor its reader."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with tempfile.TemporaryDirectory() as folder:
        path = data if isinstance(data, Path) else Path(folder) / "table.parquet"
        if isinstance(data, bytes):
            path.write_bytes(data)
        command = [sys.executable, "-P", "-m", "examgen.capture.parquet", str(path)]
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        timer = threading.Timer(_TIME_LIMIT_S, process.kill)
        timer.start()
        try:
            yield process
        finally:
            timer.cancel()
            process.kill()
            if process.stdout:
                process.stdout.close()
            process.wait()


def _frames(answer: IO[bytes] | None) -> Iterator[bytes]:
    while answer and len(size := answer.read(_LENGTH.size)) == _LENGTH.size:
        length = _LENGTH.unpack(size)[0]
        frame = answer.read(length)
        if len(frame) == length:
            yield frame


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


def _write_frames(path: str, out: IO[bytes]) -> None:
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
    out.write(_LENGTH.pack(data.tell()) + data.getvalue())
    out.flush()


if __name__ == "__main__":
    _write_frames(sys.argv[1], sys.stdout.buffer)
