"""A settled register of pages → the tables of a scan folder."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.core.csv_files import csv_bytes, read_csv
from examgen.scanning.journal import Journal
from examgen.scanning.page_reading import PageReading
from examgen.scanning.page_register import PageLedger, RegisteredPage, RegisteredSheet
from examgen.scanning.sheet_layout import GROUPS, SheetLayout

PAGE_COLUMNS = {
    "source": pl.String, "page": pl.Int64, "outcome": pl.String, "reason": pl.String, "serial": pl.String,
    "candidate_id": pl.String, "form": pl.String, "rotation": pl.Int64, "exam": pl.String,
    "sheet_page": pl.Int64, "with": pl.String, "may_be": pl.String, "sha256": pl.String, "also": pl.String,
    "code": pl.String, "marked": pl.Int64, "in_doubt": pl.Int64,
}  # fmt: skip
ROW_COLUMNS = {
    "source": pl.String, "page": pl.Int64, "serial": pl.String, "candidate_id": pl.String, "form": pl.String,
    "question": pl.Int64, "read": pl.String, "state": pl.String, "margin": pl.Float64, "exam": pl.String,
    "doubt": pl.String, "likely": pl.String,
}  # fmt: skip
_BUBBLES = {
    "source": pl.String, "page": pl.Int32, "group": pl.String, "place": pl.Int32, "value": pl.String,
    "darkness": pl.Float32, "state": pl.String, "margin": pl.Float32, "x": pl.Float32, "y": pl.Float32,
    "radius": pl.Float32,
}  # fmt: skip
STATES = ("blank", "marked", "cancelled", "uncertain")
"""States of bubbles, by their code in a reading."""
_PAGES_AT_A_TIME = 256
BETWEEN = "|"
"""The separator of the pages, and of the sources, of a sheet with several pages."""


def pages_csv(ledger: PageLedger, may_be: Mapping[str, str]) -> bytes:
    """Return pages.csv, with a line for each page; `may_be` is by the name of a page."""
    rows = [
        (
            page.read.source, page.read.page, page.outcome, page.reason, page.serial, page.candidate_id,
            page.form, page.read.rotation, page.named_exam, page.read.sheet_page, " ".join(page.others),
            may_be.get(page.name, ""), page.read.sha256, BETWEEN.join(page.read.also),
            *_counted(page),
        )
        for page in ledger.pages
    ]  # fmt: skip
    return csv_bytes(pl.DataFrame(rows, schema=PAGE_COLUMNS, orient="row"))


def _counted(page: RegisteredPage) -> tuple[str, int | None, int | None]:
    """Return the state of a page's code and, for a page with rows, the numbers of marked and of doubtful
    rows."""
    rows = page.read.rows
    if not rows:
        return page.read.identity.code if page.read.identity.code == "read" else "", None, None
    states = [row.state for row in rows]
    return page.read.identity.code, len(rows) - states.count("blank") - (n := states.count("uncertain")), n


def read_pages(path: Path) -> pl.DataFrame:
    """Read pages.csv; the counts of a page without rows are null."""
    counts = ("marked", "in_doubt")
    kinds = {name: pl.String if name in counts else kind for name, kind in PAGE_COLUMNS.items()}
    return read_csv(path, kinds).with_columns(pl.col(counts).cast(pl.Int64, strict=False))


def read_rows(path: Path) -> pl.DataFrame:
    """Read rows.csv."""
    return read_csv(path, ROW_COLUMNS)


def rows_csv(ledger: PageLedger) -> bytes:
    """Return rows.csv, with a line for each question of each page whose marks count."""
    rows = [
        (
            page.read.source, page.read.page, page.serial, page.candidate_id, page.form, row.question,
            row.read, row.state, round(row.margin, 4), page.exam, row.doubt, row.likely,
        )
        for page in ledger.pages
        if page.has_marks
        for row in page.rows
    ]  # fmt: skip
    return csv_bytes(pl.DataFrame(rows, schema=ROW_COLUMNS, orient="row"))


def responses_csv(sheets: Sequence[RegisteredSheet], n_questions: int) -> bytes:
    """Return the answers of an exam as CSV, with a line for each sheet."""
    heads = ["candidate_id", "form", "sheet", "page", "source", *(f"Q{n}" for n in range(1, n_questions + 1))]
    rows = []
    for sheet in sheets:
        # a source shared by all pages is written once
        sources = [page.read.source for page in sheet.pages]
        named = sources[0] if len(set(sources)) == 1 else BETWEEN.join(sources)
        numbers = BETWEEN.join(str(page.read.page) for page in sheet.pages)
        rows.append((sheet.candidate_id, sheet.form, sheet.serial, numbers, named, *sheet.answers))
    return csv_bytes(pl.DataFrame(rows, schema=dict.fromkeys(heads, pl.String), orient="row"))


# ── every bubble ─────────────────────────────────────────────────────────────────────────────


def write_bubbles(
    path: Path, ledger: PageLedger, readings: Journal, layouts: Mapping[str, SheetLayout]
) -> None:
    """Write marks.parquet, with a row for each bubble of each page that was read, a few pages at a time."""
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        parts: list[Path] = []
        pages = (
            (page, read.reading)
            for page in ledger.pages
            if page.reason != "same-file" and page.read.rows
            if (read := readings.page(page.read.sha256, page.read.page)) is not None and len(read.reading.x)
        )
        while found := list(islice(pages, _PAGES_AT_A_TIME)):
            parts.append(Path(scratch) / f"{len(parts):06}.arrow")
            _bubbles(found, layouts).write_ipc(parts[-1])
        if parts:
            lazy = pl.concat([pl.scan_ipc(part) for part in parts])
            lazy.sink_parquet(path, maintain_order=True)
        else:
            pl.DataFrame(schema=_BUBBLES).write_parquet(path)


def _bubbles(
    found: Sequence[tuple[RegisteredPage, PageReading]], layouts: Mapping[str, SheetLayout]
) -> pl.DataFrame:
    """Return the bubbles of some pages, with the columns of `_BUBBLES`."""
    of = [layouts[reading.geometry].pages[reading.sheet_page - 1] for _, reading in found]
    n = [len(layout.value) for layout in of]
    values = sorted({value for layout in of for value in layout.value})
    place = {value: k for k, value in enumerate(values)}
    codes = {id(layout): np.array([place[value] for value in layout.value], np.int32) for layout in of}

    def joined(arrays: Iterable[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate([*arrays])

    columns = {
        "source": _named([page.read.source for page, _ in found], np.repeat(np.arange(len(n)), n)),
        "page": np.repeat(np.array([page.read.page for page, _ in found], np.int32), n),
        "group": _named(GROUPS, joined(layout.group for layout in of)),
        "place": joined(layout.place for layout in of),
        "value": _named(values, joined(codes[id(layout)] for layout in of)),
        "darkness": joined(reading.darkness for _, reading in found),
        "state": _named(STATES, joined(reading.state for _, reading in found)),
        "margin": joined(reading.margin for _, reading in found),
        "x": joined(reading.x for _, reading in found),
        "y": joined(reading.y for _, reading in found),
        "radius": np.repeat(np.array([reading.radius for _, reading in found], np.float32), n),
    }
    return pl.DataFrame(columns, schema=_BUBBLES)


def _named(names: Sequence[str], codes: NDArray[Any]) -> pl.Series:
    return pl.Series(names, dtype=pl.String).gather(pl.Series(codes.astype(np.uint32)))
