"""The tables beside a report, as CSV and as sheets of a workbook, against the rows that an oracle expects."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from openpyxl import load_workbook

Rows = Sequence[Mapping[str, object]]


def table_faults(folder: Path, expected: Mapping[str, Rows]) -> list[str]:
    """Where a CSV file or a sheet is not as expected: a table, its header, a row or a cell."""
    found = {path.stem for path in folder.glob("*.csv")}
    sheets = _sheets(folder / "tables.xlsx")
    faults = [f"no table expected: {name}" for name in sorted({*found, *sheets} - set(expected))]
    for name, rows in expected.items():
        if name not in found or name not in sheets:
            faults.append(f"no table {name}")
            continue
        wanted = [list(row.values()) for row in rows]
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            csv_rows = [list(row) for row in csv.reader(file)]
        if csv_rows[0] != sheets[name][0] or (rows and csv_rows[0] != list(rows[0])):
            faults.append(f"{name}: heads {csv_rows[0]} and {sheets[name][0]}")
        faults += _cells(f"{name}.csv", csv_rows[1:], wanted, _is_csv)
        faults += _cells(f"sheet {name}", sheets[name][1:], wanted, _is_cell)
    return faults


def _cells(
    name: str, found: Sequence[Sequence[object]], wanted: Sequence[Sequence[object]], same: object
) -> Iterator[str]:
    assert callable(same)
    if len(found) != len(wanted):
        yield f"{name}: {len(found)} rows, not {len(wanted)}"
    for n, (row, values) in enumerate(zip(found, wanted, strict=False), start=1):
        if len(row) != len(values) or not all(map(same, row, values)):
            yield f"{name}, row {n}: {list(row)}, not {[str(value) for value in values]}"


def _sheets(path: Path) -> dict[str, list[list[object]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(path)
    return {
        sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets
    }


def _is_csv(text: object, value: object) -> bool:
    """A cell of CSV: numbers as numbers, since 57.50 is 57.5; nothing where there is no value."""
    if value is None or value == "":
        return text == ""
    number = None if re.match(r"0\d", str(value)) else _number(value)
    if number is not None and (found := _number(text)) is not None:
        return abs(found - number) <= 1e-12 * max(1.0, abs(number))
    return text == str(value)


def _is_cell(cell: object, value: object) -> bool:
    """A cell of a sheet: a number where a number is expected."""
    if value is None or value == "":
        return cell in (None, "")
    if isinstance(value, str) and isinstance(cell, str):
        return cell == value
    return isinstance(cell, int | float) and _is_csv(repr(cell), value)


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, str | int | float | Decimal) else None
    except ValueError:
        return None
