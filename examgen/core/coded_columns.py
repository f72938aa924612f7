"""Tables of texts, a batch at a time → columns that hold each different text once, and its number in rows.

Of a national sitting that is a byte or two for a cell where a text takes sixteen. Such a column is an `Enum`
of polars: it is compared, grouped and given out as its texts; what computes with it casts it to text first,
and polars refuses what forgets to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.core.csv_files import without_apostrophe

FEW = 255
"""Different texts that a number of one byte tells apart."""


class CodedColumns:
    """A table that grows by batches of texts.

    Columns in `coded` are held by numbers whatever is in them, those in `plain` never; any other as long as
    it has few different texts. An `Enum` stays what it is.
    """

    def __init__(self, coded: Collection[str] = (), plain: Collection[str] = ()) -> None:
        self._coded, self._plain = frozenset(coded), frozenset(plain)
        self._columns: dict[str, _Column] = {}

    def add(self, batch: pl.DataFrame) -> None:
        """The next rows; all batches have the same columns."""
        for name in batch.columns:
            if name not in self._columns:
                most = None if name in self._coded else 0 if name in self._plain else FEW
                self._columns[name] = _Column(name, most)
            self._columns[name].add(batch[name])

    def table(self) -> pl.DataFrame:
        """All rows so far; the batches are let go."""
        columns = []
        while self._columns:
            columns.append(self._columns.pop(next(iter(self._columns))).whole())
        return pl.DataFrame(columns)


class _Column:
    def __init__(self, name: str, most: int | None) -> None:
        self._name, self._most = name, most
        self._number: dict[str, int] = {}
        self._batches: list[pl.Series] = []
        self._is_text = most == 0

    def add(self, batch: pl.Series) -> None:
        if self._is_text or isinstance(batch.dtype, pl.Enum):
            self._batches.append(batch)
            return
        for text in batch.unique(maintain_order=True).to_list():
            self._number.setdefault(text, len(self._number))
        if self._most is not None and len(self._number) > self._most:
            self._is_text = True
            texts = pl.Enum([*self._number])
            self._batches = [one.cat.to(texts).cast(pl.String) for one in self._batches]
            self._batches.append(batch)
            return
        self._batches.append(batch.cast(pl.Enum([*self._number])).to_physical())

    def whole(self) -> pl.Series:
        if self._is_text or isinstance(self._batches[0].dtype, pl.Enum):
            return pl.concat(self._batches)
        texts = pl.Enum([*self._number])
        codes = pl.concat([one.cast(_width(texts)) for one in self._batches])
        return codes.cat.to(texts).alias(self._name)


def _width(texts: pl.Enum) -> pl.DataType:
    """What holds the numbers of so many texts."""
    return pl.Series([], dtype=texts).to_physical().dtype


def as_written(column: pl.Series) -> pl.Series:
    """The column as it was before apostrophes kept spreadsheets from running cells (`without_apostrophe`)."""
    return changed(column, lambda texts: texts.to_frame().select(without_apostrophe(pl.first())).to_series())


def changed(column: pl.Series, by: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """The column with other texts, each changed `by` the same: of an `Enum` each different one once."""
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
    """The different texts of a column, in the order in which they first stand there, and (n,) which of them
    each cell is."""
    texts = texts_of(column).to_list()
    return texts, number_of_each(column, texts)


def texts_of(column: pl.Series) -> pl.Series:
    """The different texts of a column, in the order in which they first stand there; whatever it holds."""
    return column.unique(maintain_order=True).cast(pl.String)


def numbers_of(column: pl.Series) -> npt.NDArray[np.float64]:
    """(n,) a column of texts as numbers; NaN where a cell is empty."""
    values, codes = values_of(column)
    found: npt.NDArray[np.float64] = values[codes]
    return found


def values_of(
    column: pl.Series,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.unsignedinteger]]:
    """The different texts of a column as numbers, NaN for an empty one, and (n,) which of them each is."""
    coded = column if isinstance(column.dtype, pl.Enum) else column.cast(pl.Enum(texts_of(column)))
    assert isinstance(coded.dtype, pl.Enum)
    known = set(texts_of(coded))
    texts = coded.dtype.categories.to_list()
    values = np.array([float(text) if text in known and text else np.nan for text in texts], dtype=np.float64)
    return values, coded.to_physical().to_numpy()


def number_of_each(column: pl.Series, names: Sequence[str]) -> npt.NDArray[np.int32]:
    """(n,) which of the names, which are all that the column has, stands in each row."""
    coded = column if isinstance(column.dtype, pl.Enum) else column.cast(pl.Enum(list(names)))
    assert isinstance(coded.dtype, pl.Enum)
    number = {name: n for n, name in enumerate(names)}
    of_code = np.array([number.get(text, -1) for text in coded.dtype.categories], dtype=np.int32)
    found: npt.NDArray[np.int32] = of_code[coded.to_physical().to_numpy()]
    return found
