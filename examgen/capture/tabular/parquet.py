"""Parquet files → a table of text cells.

Format: Apache Parquet, read by polars in a process of its own: on damaged pages its decoder may
end the whole process, which must not take the scoring of other files with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path

from examgen.capture.cells import RecordTable, RowCells
from examgen.capture.tabular.containers import refusal
from examgen.capture.tabular.workbooks import table
from examgen.core.responses.parquet_texts import BYTES, LENGTH, OTHER, TEXT
from examgen.core.words import tell

_TIME_LIMIT_S = 600


def parquet_tables(name: str, data: bytes | Path) -> list[RecordTable]:
    """The one table of the file; raises Refused for a damaged one."""
    found = table(tell("Parquet"), partial(_rows, name, data))
    return [found] if found is not None and found.header.fields else []


def _rows(name: str, data: bytes | Path) -> Iterator[tuple[int, RowCells]]:
    """The names of the columns as row 0, then the rows; some thousand are in memory at a time."""
    import polars as pl

    number = -1
    kinds: list[str] | None = None
    with _decoder(data) as process:
        answer = process.stdout
        while answer and len(size := answer.read(LENGTH.size)) == LENGTH.size:
            length = LENGTH.unpack(size)[0]
            data_of_frame = answer.read(length)
            if len(data_of_frame) < length:
                continue
            frame = pl.read_ipc(BytesIO(data_of_frame))
            if kinds is None:
                kinds = frame["kind"].to_list()
                doubtful = [(i, kind) for i, kind in enumerate(kinds) if kind != TEXT]
                continue
            if number < 0:
                yield 0, RowCells(frame.columns)
                number = 0
            for row in frame.iter_rows():
                number += 1
                cells = RowCells(row)
                if doubtful:
                    cells.odd = frozenset(
                        i
                        for i, kind in doubtful
                        if (
                            cells[i].startswith(("b'", 'b"'))
                            if kind == BYTES
                            else cells[i] and (kind == OTHER or not cells[i].lstrip("-").isdigit())
                        )
                    )
                yield number, cells
        if process.wait():
            message = tell("the Parquet file is damaged or incomplete. Write it again, or as CSV")
            raise refusal(name, "damaged-parquet", message)


@contextmanager
def _decoder(data: bytes | Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that writes the table as frames of text; it does not outlive its time nor its reader."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with tempfile.TemporaryDirectory() as folder:
        path = data if isinstance(data, Path) else Path(folder) / "table.parquet"
        if isinstance(data, bytes):
            path.write_bytes(data)
        command = [sys.executable, "-P", "-m", "examgen.core.responses.parquet_texts", str(path)]
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
