"""Columns that store each distinct text once, and an index in each row.

In a national sitting this takes a byte or two for each cell, instead of sixteen for a text. Such a column is
an `Enum` of polars: it is compared, grouped and output as its texts. Computations must first cast it to text;
polars raises an error if they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.core.csv_files import without_apostrophe


def _width(texts: pl.Enum) -> pl.DataType:
    """Returns the type of the indices for so many texts."""
    return pl.Series([], dtype=texts).to_physical().dtype


def as_written(column: pl.Series) -> pl.Series:
    """Returns the column without the apostrophes that were added to keep spreadsheets from running cells
    (`without_apostrophe`)."""
    return changed(column, lambda texts: texts.to_frame().select(without_apostrophe(pl.first())).to_series())


def changed(column: pl.Series, by: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Returns the column with its texts changed by the function `by`. For an `Enum`, each distinct text is
    changed once."""
    if not isinstance(column.dtype, pl.Enum):
        return by(column)
    texts = column.dtype.categories
    own = by(texts).to_list()
    if own == texts.to_list():
        return column
    number = {text: n for n, text in enumerate(dict.fromkeys(own))}
    codes = np.array([number[text] for text in own])[column.to_physical().to_numpy()]
    found = pl.Enum([*number])
    return pl.Series(column.name, codes).cast(_width(found)).cat.to(found)


def coded(column: pl.Series) -> tuple[list[str], npt.NDArray[np.int32]]:
    """Returns the distinct texts of a column, in order of first appearance, and the index (n,) of each cell's
    text."""
    texts = texts_of(column).to_list()
    return texts, number_of_each(column, texts)


def texts_of(column: pl.Series) -> pl.Series:
    """Returns the distinct values of a column of any type as texts, in order of first appearance."""
    return column.unique(maintain_order=True).cast(pl.String)


def numbers_of(column: pl.Series) -> npt.NDArray[np.float64]:
    """Returns a column of texts as numbers (n,); NaN if a cell is empty."""
    values, codes = values_of(column)
    found: npt.NDArray[np.float64] = values[codes]
    return found


def values_of(
    column: pl.Series,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.unsignedinteger]]:
    """Returns the distinct texts of a column as numbers, NaN for an empty one, and the index (n,) of each
    cell's text."""
    coded = column if isinstance(column.dtype, pl.Enum) else column.cast(pl.Enum(texts_of(column)))
    assert isinstance(coded.dtype, pl.Enum)
    known = set(texts_of(coded))
    texts = coded.dtype.categories.to_list()
    values = np.array([float(text) if text in known and text else np.nan for text in texts], dtype=np.float64)
    return values, coded.to_physical().to_numpy()


def number_of_each(column: pl.Series, names: Sequence[str]) -> npt.NDArray[np.int32]:
    """Returns the index (n,) in `names` of each cell. `names` must contain all texts of the column."""
    coded = column if isinstance(column.dtype, pl.Enum) else column.cast(pl.Enum(list(names)))
    assert isinstance(coded.dtype, pl.Enum)
    number = {name: n for n, name in enumerate(names)}
    of_code = np.array([number.get(text, -1) for text in coded.dtype.categories], dtype=np.int32)
    found: npt.NDArray[np.int32] = of_code[coded.to_physical().to_numpy()]
    return found
