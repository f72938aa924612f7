"""Parquet files → a table of text cells, read by polars in a process of its own: on damaged pages its decoder
may end the whole process, which must not take the scoring of other files with it.

`python -m examgen.core.tables.parquet FILE` writes frames in Arrow IPC format, each after its length in 8
bytes; the first frame has the kind of each column.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from examgen.core.tables.records import EXACT, NO_COLUMNS, UNREADABLE, Table, number_text, refusal
from examgen.core.tables.workbooks import NumberedRow, table_of
from examgen.core.words import tell

if TYPE_CHECKING:
    import polars as pl

_TIME_LIMIT_S = 600
_LENGTH = struct.Struct("<Q")
_TEXT, _NUMBER, _BYTES, _OTHER = "text", "number", "bytes", "other"
"""The kinds of columns; whole numbers are text."""
_SLICE_ROWS = 50_000
_EXACT_BITS = {"Float16": 11, "Float32": 24}
"""Whole numbers of a type are exact below 2 to this power; larger ones may have been rounded."""


def parquet_tables(name: str, data: bytes | Path) -> list[Table]:
    """The one table of the file; raises Refused for a damaged one."""
    table = table_of(tell("Parquet"), partial(_rows, name, data))
    return [table] if table is not None and table.header.fields else []


def _rows(name: str, data: bytes | Path) -> Iterator[NumberedRow]:
    """The names of the columns as row 0, then the rows; some thousand are in memory at a time."""
    number = 0
    doubtful: list[tuple[int, str]] = []
    with _decoder(data) as process:
        for n, frame in enumerate(_frames(process.stdout)):
            if n == 0:
                doubtful = [(i, kind) for i, kind in enumerate(frame["kind"]) if kind != _TEXT]
                continue
            if n == 1:
                yield NumberedRow(0, frame.columns)
            for row in frame.iter_rows():
                number += 1
                odd = (
                    frozenset(i for i, kind in doubtful if _is_odd(row[i], kind)) if doubtful else NO_COLUMNS
                )
                yield NumberedRow(number, list(row), odd)
        if process.wait():
            message = tell("the Parquet file is damaged or incomplete. Write it again, or as CSV")
            raise refusal(name, "damaged-parquet", message)


def _is_odd(cell: str, kind: str) -> bool:
    """Whether a cell of a column that is not text is neither a text nor a whole number."""
    if kind == _BYTES:
        return cell.startswith(("b'", 'b"'))
    return bool(cell) and (kind == _OTHER or not cell.lstrip("-").isdigit())


def _frames(answer: IO[bytes] | None) -> Iterator[pl.DataFrame]:
    import polars as pl

    while answer and len(size := answer.read(_LENGTH.size)) == _LENGTH.size:
        length = _LENGTH.unpack(size)[0]
        if len(data := answer.read(length)) == length:
            yield pl.read_ipc(BytesIO(data))


@contextmanager
def _decoder(data: bytes | Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that writes the table as frames of text; it does not outlive its time nor its reader."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with tempfile.TemporaryDirectory() as folder:
        path = data if isinstance(data, Path) else Path(folder) / "table.parquet"
        if isinstance(data, bytes):
            path.write_bytes(data)
        command = [sys.executable, "-P", "-m", "examgen.core.tables.parquet", str(path)]
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


# ── the process ──────────────────────────────────────────────────────────────────────────────


def write_frames(path: str, out: IO[bytes]) -> None:
    """Writes the frames of a file to `out`; raises what polars raises if it cannot read the file."""
    import polars as pl

    whole = pl.scan_parquet(path, glob=False)
    for start in range(0, sys.maxsize, _SLICE_ROWS):
        frame = whole.slice(start, _SLICE_ROWS).collect()
        if start and not frame.height:
            return
        if not start:
            _write_frame(pl.DataFrame({"kind": [_kind(dtype) for dtype in frame.dtypes]}), out)
        _write_frame(pl.DataFrame([_texts(column) for column in frame]), out)
        if frame.height < _SLICE_ROWS:
            return


def _kind(dtype: pl.DataType) -> str:
    import polars as pl

    if dtype.is_integer() or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return _TEXT
    return _BYTES if dtype == pl.Binary else _NUMBER if dtype.is_numeric() else _OTHER


def _texts(column: pl.Series) -> pl.Series:
    """A column as text: whole numbers as digits, null as an empty text, bytes as UTF-8.

    Bytes that are not UTF-8, such as a photograph, become what Python prints for them.
    """
    import polars as pl

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


def _write_frame(frame: pl.DataFrame, out: IO[bytes]) -> None:
    data = BytesIO()
    frame.write_ipc(data)
    out.write(_LENGTH.pack(data.tell()) + data.getvalue())
    out.flush()


if __name__ == "__main__":
    write_frames(sys.argv[1], sys.stdout.buffer)
    os._exit(0)  # a regular exit of polars would take a third of the time of a small file
