"""Tables of reports as a whole, which reports write in parts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from examgen.reports.tables import ReportTable, TableFrames


def frame_of(table: ReportTable, report: Any) -> pl.DataFrame:
    return pl.concat(TableFrames(table, report))


def tables_of(tables: Iterable[ReportTable], report: Any) -> dict[str, pl.DataFrame]:
    return {table.name: frame_of(table, report) for table in tables}
