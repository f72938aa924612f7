"""Scored rows, a batch at a time → results as Parquet, as a workbook or as a long table, under a folder.

Time is in proportion to the candidates; memory is not, as long as the batches are given one by one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from examgen.reports.result_layout import RESULT_FILES, ResultLayout
from examgen.reports.result_long import LongWriter
from examgen.responses import ResultRows

if TYPE_CHECKING:
    import polars as pl

_ROWS_OF_A_PART = 1 << 17
_ROWS_OF_A_SHEET = 1 << 12
"""Rows written at a time; as XML they are some 1.5 kB each."""


class ResultFormat(NamedTuple):
    """A form of the results: its name, the files it is made of, what writes them into a folder."""

    name: str
    files: tuple[str, ...]
    write: Callable[[ResultLayout, Iterable[ResultRows], Path], None]


def write_long(layout: ResultLayout, batches: Iterable[ResultRows], folder: Path) -> None:
    """`results_long.csv`, see `result_long`."""
    writer = LongWriter(layout)
    with (folder / "results_long.csv").open("wb") as file:
        file.write(writer.header())
        for rows in batches:
            file.write(writer.lines(rows))


def write_parquet(layout: ResultLayout, batches: Iterable[ResultRows], folder: Path) -> None:
    """A Parquet file for each result file, by way of parts that are put together in the end."""
    import polars as pl

    with tempfile.TemporaryDirectory(prefix=".parts-", dir=folder) as parts:
        n = 0
        for n, frames in enumerate(_large_frames(layout, batches, _ROWS_OF_A_PART), 1):
            for which, frame in frames.items():
                frame.write_parquet(Path(parts) / f"{which}-{n:06d}.parquet", compression="lz4")
        for which in RESULT_FILES:
            found = [Path(parts) / f"{which}-{k:06d}.parquet" for k in range(1, n + 1)]
            pl.scan_parquet(found).sink_parquet(
                folder / f"{which}.parquet", compression="zstd", row_group_size=_ROWS_OF_A_PART
            )


def _large_frames(
    layout: ResultLayout, batches: Iterable[ResultRows], n_rows: int
) -> Iterator[dict[str, pl.DataFrame]]:
    """The tables of some batches together; of none where there are none."""
    import polars as pl

    from examgen.reports.result_frames import FrameMaker

    maker = FrameMaker(layout)
    kept = [maker.frames(_nothing(layout))]
    height, first = 0, True
    for rows in batches:
        kept.append(maker.frames(rows))
        height += len(rows.ids)
        if height >= n_rows:
            yield {which: pl.concat([frames[which] for frames in kept]) for which in RESULT_FILES}
            kept, height, first = [], 0, False
    if kept or first:
        yield {which: pl.concat([frames[which] for frames in kept]) for which in RESULT_FILES}


def _nothing(layout: ResultLayout) -> ResultRows:
    none = np.zeros(0, np.bool_)
    units = np.zeros((0, len(layout.criteria.places)), np.int32)
    extras: tuple[list[str], ...] = tuple([] for _ in layout.extra_names)
    return ResultRows(np.zeros(0, "S1"), np.zeros(0, np.int64), units, None, none, none, extras)


def write_workbook(layout: ResultLayout, batches: Iterable[ResultRows], folder: Path) -> None:
    """`results.xlsx`, a sheet for each result file.

    Raises Refused where there are more candidates than a sheet has rows.
    """
    from examgen.reports.result_workbook import WorkbookWriter

    sheets = tempfile.TemporaryDirectory(prefix=".sheets-", dir=folder)
    instead = "write --format parquet or --format long"
    with sheets, WorkbookWriter(Path(sheets.name), RESULT_FILES, instead) as writer:
        for frames in _large_frames(layout, batches, _ROWS_OF_A_SHEET):
            for which, frame in frames.items():
                writer.append(which, frame)
        writer.pack(folder / "results.xlsx")


RESULT_FORMATS: tuple[ResultFormat, ...] = (
    ResultFormat("parquet", tuple(f"{which}.parquet" for which in RESULT_FILES), write_parquet),
    ResultFormat("xlsx", ("results.xlsx",), write_workbook),
    ResultFormat("long", ("results_long.csv",), write_long),
)
"""What `--format` may name."""
