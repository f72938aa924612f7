"""Parquet files → a table of text cells.

Format: Apache Parquet, read by polars in a process of its own: on damaged pages its decoder may
end the whole process, which must not take the scoring of other files with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from io import BytesIO
from typing import Any

import polars as pl

from examgen.capture.records import Table
from examgen.capture.sheets import number_text, refusal, table

_TIME_LIMIT_S = 600


def parquet_tables(name: str, data: bytes) -> list[Table]:
    """The one table of the file; raises Refused for a damaged one."""
    command = [sys.executable, "-P", "-m", "examgen.capture.parquet"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(
            command, input=data, env=environment, capture_output=True, check=True, timeout=_TIME_LIMIT_S
        )
    except subprocess.SubprocessError as fault:
        message = "the Parquet file is damaged or cut off: write it again, or as CSV"
        raise refusal(name, "damaged-parquet", message) from fault
    frame = pl.read_ipc(BytesIO(done.stdout))
    rows = [(number, list(cells)) for number, cells in enumerate(frame.iter_rows(), 1)]
    return [table("Parquet", [(0, list(frame.columns)), *rows])] if frame.columns else []


def text_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as text, whole numbers as their digits, null as the empty text."""
    return pl.DataFrame({name: _texts(frame[name]) for name in frame.columns})


def _texts(column: pl.Series) -> pl.Series:
    values: list[Any]
    if column.dtype.is_float():
        values = [None if value is None else _float_text(value) for value in column.fill_nan(None)]
    elif column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object, pl.Boolean):
        values = [None if value is None else str(value) for value in column]
    else:
        values = column.cast(pl.String).to_list()
    return pl.Series([value or "" for value in values], dtype=pl.String)


def _float_text(value: float) -> str:
    return number_text(value) if abs(value) != float("inf") else str(value)


if __name__ == "__main__":
    text_frame(pl.read_parquet(BytesIO(sys.stdin.buffer.read()))).write_ipc(sys.stdout.buffer)
