"""Rows of an analysis → CSV or a workbook; parameters of items ← CSV."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from examgen.analysis.parts import Document
from examgen.core.csv_files import csv_bytes
from examgen.core.files import read_input, write_file
from examgen.core.problems import Problem, Refused, WrongUsage, has_errors
from examgen.core.tables.coded import read_coded
from examgen.core.tables.writing import write_workbook
from examgen.core.words import noted, option, tell
from examgen.stats.irt_models import ItemParameters, dichotomous


def write_rows(path: Path, sheets: Mapping[str, Sequence[Document]], columns: Sequence[str] = ()) -> None:
    """The first table as CSV, or all of them as sheets of a workbook, by the name of the file; a table
    without rows has these columns, or is left out where none are said."""
    empty = [dict.fromkeys(columns)] if columns else []
    tables = {}
    for title, rows in sheets.items():
        flat: list[Document] = []
        for row in rows or empty:  # lists as columns of their own
            found: Document = {}
            for name, value in row.items():
                if isinstance(value, list):
                    found |= {f"{name}_{n}": one for n, one in enumerate(value, start=1)}
                else:
                    found[name] = value
            flat.append(found)
        if flat:
            tables[title] = pl.DataFrame(flat, infer_schema_length=None).head(len(rows))
    if path.suffix.lower() == ".csv":
        first = next(iter(tables.values()))
        write_file(path, csv_bytes(first))
        return
    if path.suffix.lower() != ".xlsx":
        raise WrongUsage(tell("{out} {path} must end in .csv or .xlsx", path=path, out=option("out")))
    with tempfile.TemporaryDirectory() as scratch:
        packed = Path(scratch) / "book.xlsx"
        write_workbook(packed, tables)
        write_file(path, read_input(packed))


_ANCHORS = {
    "a": noted("`{text}` is not a slope. Write a number other than 0"),
    "b": noted("`{text}` is not a difficulty. Write a number"),
    "c": noted("`{text}` is not a lower asymptote. Write a number from 0 to below 1"),
    "u": noted("`{text}` is not possible. The models here have an upper asymptote of 1"),
}
"""What is wrong with a parameter that cannot be."""


def read_anchors(path: Path, items: Sequence[str]) -> ItemParameters:
    """Known parameters of items: columns `item` and any of `a`, `b`, `c`; NaN is free. A `u` must be 1.

    Without a column `a` slopes are 1. Of a file of statistics with several lines an item, the last one that
    says a parameter counts. Raises Refused with every cell that is not a number, and where no item of the
    responses is among them.
    """
    if not path.is_file():
        raise WrongUsage(tell("{path} is not a file", path=path))
    table = read_coded(path.name, read_input(path))
    columns = {column.name: column for column in table.columns}
    if "item" not in columns or not {"a", "b", "c"} & set(columns):
        message = tell("requires the columns `item` and one of `a`, `b`, `c`")
        raise Refused(
            tell("{path} {message}", path=path.name, message=message),
            [Problem(path.name, "anchor-columns", message)],
        )
    place = {item: n for n, item in enumerate(items)}
    values = {name: np.full(len(items), np.nan) for name in ("a", "b", "c", "u")}
    problems: list[Problem] = []
    for row in range(table.n_rows):
        item = columns["item"].texts[columns["item"].codes[row]]
        for name, known in values.items():
            text = columns[name].texts[columns[name].codes[row]] if name in columns else ""
            if item not in place or not text:
                continue
            try:
                value = float(text)
            except ValueError:
                value = np.nan
            known[place[item]] = value
            # steeper or farther away than these is a slip of the keyboard
            least, most = {"c": (0, 1), "u": (1, 1)}.get(name, (-100, 100))
            at_end = {"a": 0, "c": 1}.get(name)
            if not least <= value <= most or value == at_end:
                where = f"{path.name}:{table.lines[row]}"
                message = tell(_ANCHORS[name], text=text[:40])
                problems.append(Problem(where, "anchor-value", message, item, name))
    problems += [
        Problem(path.name, "anchor-without-slope", tell("has b but no a. Write its slope, too"), item, "a")
        for item, n in place.items()
        if "a" in columns and np.isfinite(values["b"][n]) and np.isnan(values["a"][n])
    ]
    if problems:
        raise has_errors(path.name, problems)
    if all(np.isnan(known).all() for known in values.values()):
        message = tell("contains no parameters of the items in the responses")
        raise Refused(
            tell("{path} {message}", path=path.name, message=message),
            [Problem(path.name, "no-anchors", message)],
        )
    if "a" not in columns:
        values["a"] = np.where(np.isnan(values["b"]), np.nan, 1.0)
    return dichotomous(values["a"], -values["a"] * values["b"], values["c"])
