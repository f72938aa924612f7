"""Columns by name from tables of any kind: frames, mappings, rows, matrices, JSON output of commands.

A column of responses is stored as its distinct values and the value of each row, so that the meaning of a
value is determined only once: a score, or the reason for a missing one. A blank is an empty cell, None or
NaN; in a cell of an item also `BLANK_WORDS`. Negative numbers, and codes named by the user, give the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeGuard

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats.arguments import (
    BLANK_WORDS,
    ArgumentError,
    absent,
    brief,
    collection,
    is_row,
    kind_of,
    levels_of,
    number_of,
    objects,
    one_by_one,
    present,
)
from examgen.stats.checklists import CANDIDATE_NAMES
from examgen.stats.matrix import MISSING_KINDS, NOT_ADMINISTERED, OMITTED
from examgen.stats.plain_text import plain_text

IDS = tuple(dict.fromkeys(
    ["candidate_id", "id", "person", "person_id", *(name for tier in CANDIDATE_NAMES for name in tier)]
))  # fmt: skip
"""Names of columns that identify persons."""
PLAIN_IDS = tuple(map(plain_text, IDS))
"""The same as names of columns are compared."""
ROW_NAMES = ("", "unnamed: 0", "rownames", "__index_level_0__")
"""Headings that programs give to row names in files."""
GREATEST_SCORE = 127
ELSEWHERE = "\x00elsewhere"
"""The cell of an item that is missing from the person's file, or for which a long table has no row."""
Codes = Mapping[object, int]
"""Codes for no answer, as normalised by `plain_code`, with their kinds; the empty text is a blank."""
_WORDS = {"true": 1.0, "false": 0.0}


def columns_of(data: object, argument: str = "data") -> tuple[dict[str, NDArray[Any]], NDArray[Any] | None]:
    """Return the columns of a table by name, and the names of its rows if it has any.

    The JSON output of `examgen analyse` is read as its `items`.
    """
    kind = "persons × items, a row for each person" if argument == "data" else "rows and columns"
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    if isinstance(data, pl.DataFrame):
        return {name: _polars_column(data[name]) for name in data.columns}, None
    if isinstance(data, Mapping) and is_rows(data.get("items")):
        data = data["items"]
    if is_rows(data):
        data = _columns_of_rows(data)
    if isinstance(data, Mapping):
        if not data:
            raise ArgumentError(f"{argument} is an empty mapping; expected a column for each item")
        if all(np.ndim(values) == 0 for values in data.values()):
            return {str(name): present(one_by_one([value])) for name, value in data.items()}, None
        columns = {str(name): objects(f"{argument}[{name!r}]", values) for name, values in data.items()}
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            one, other = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
            raise ArgumentError(
                f"{argument} has columns of different lengths: {one} has {lengths[one]}, {other} has "
                f"{lengths[other]}"
            )
        return columns, None
    if hasattr(data, "iloc") and hasattr(data, "columns"):
        names = [str(name) for name in data.columns]
        distinct(argument, "column", names)
        index: Any = getattr(data, "index", None)
        plain = type(index).__name__ == "RangeIndex"
        found = {name: present(_pandas_column(data.iloc[:, j])) for j, name in enumerate(names)}
        return found, None if plain else np.asarray(index.to_numpy())
    if isinstance(data, np.ma.MaskedArray):
        data = np.ma.filled(data.astype(np.float64), np.nan)
    if isinstance(data, np.ndarray) and data.dtype.names:
        return {name: present(data[name]) for name in data.dtype.names}, None
    if isinstance(data, (str, bytes)) or not is_row(data):
        hint = "; a file is read by read_responses" if isinstance(data, str) else ""
        raise ArgumentError(f"{argument} is {kind_of(data)}; expected a table of {kind}{hint}")
    try:
        matrix = np.asarray(data)
        if matrix.dtype.kind in "US" and not isinstance(data, np.ndarray):
            matrix = np.asarray(data, dtype=object)
    except (ValueError, TypeError):
        raise ArgumentError(f"{argument} has rows of different lengths; expected a table of {kind}") from None
    if matrix.ndim != 2:
        raise ArgumentError(f"{argument} is {kind_of(matrix)}; expected a table of {kind}")
    matrix = present(matrix)
    return {f"i{j + 1}": matrix[:, j] for j in range(matrix.shape[1])}, None


def has_names(data: object) -> bool:
    """Return whether the columns of a table have names; those of an array have none."""
    return (
        isinstance(data, (Mapping, pl.LazyFrame))
        or is_rows(data)
        or hasattr(data, "columns")
        or (isinstance(data, np.ndarray) and bool(data.dtype.names))
    )


def is_rows(data: object) -> TypeGuard[list[Mapping[str, object]]]:
    """Return whether the data are a list of rows, each a mapping, as in JSON."""
    return isinstance(data, list) and bool(data) and all(isinstance(row, Mapping) for row in data)


def distinct(argument: str, what: str, names: Sequence[object]) -> None:
    """Raise ArgumentError if a name occurs twice."""
    for name, n in Counter(names).items():
        if n > 1:
            raise ArgumentError(f"{argument} has the {what} {name!r} twice; names must be distinct")


def _columns_of_rows(rows: list[Mapping[str, object]]) -> dict[str, list[object]]:
    """Columns of rows; a list in a row (steps of an item) becomes columns that are numbered from 1, but that
    of `scores` a text."""
    columns: dict[str, list[object]] = {}
    for place, row in enumerate(rows):
        for name, value in row.items():
            cells = {name: value}
            if isinstance(value, list):
                cells = {f"{name}{n}": one for n, one in enumerate(value, start=1)}
                if name == "scores":
                    cells = {name: " ".join(map(str, value))}
            for own, one in cells.items():
                columns.setdefault(str(own), [None] * len(rows))[place] = one
    return columns


def _polars_column(column: pl.Series) -> NDArray[Any]:
    """A column of polars; texts as objects, None where there is nothing."""
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.to_numpy()
    return one_by_one(column.to_list())


def _pandas_column(column: Any) -> NDArray[Any]:
    """A column of pandas; nullable numbers as floats with NaN."""
    own = column.to_numpy()
    if own.dtype == object and hasattr(column.dtype, "na_value") and hasattr(column.dtype, "kind"):
        try:
            return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
        except (TypeError, ValueError):
            pass
    return np.asarray(own)


def levels_by_column(data: Any) -> dict[str, list[str]]:
    """Return the order of the categories, for each column of categories in a frame or mapping."""
    data = data.collect() if isinstance(data, pl.LazyFrame) else data
    names = data if isinstance(data, Mapping) else getattr(data, "columns", ())
    columns = [data.iloc[:, j] if hasattr(data, "iloc") else data[name] for j, name in enumerate(names)]
    found = dict(zip(map(str, names), map(levels_of, columns), strict=True))
    return {name: list(dict.fromkeys(map(str, levels))) for name, levels in found.items() if levels}


def score_columns(names: Iterable[str]) -> dict[str, str]:
    """Return the columns of a table of total scores by role: `total`, `anchor`, `count` and `id`; empty for
    any other table.

    The totals are the column `total`, else `score`, else the only one besides ids, `anchor` and `count`.
    """
    columns: dict[str, str] = {}
    for name in names:
        columns.setdefault(plain_text(name), name)
    others = [name for name in columns if name not in ("total", "anchor", "count", *PLAIN_IDS)]
    if "total" not in columns and (len(others) == 1 or "score" in others):
        columns["total"] = columns["score" if "score" in others else others[0]]
    roles = {role: columns[role] for role in ("total", "anchor", "count") if role in columns}
    ids = [columns[name] for name in PLAIN_IDS if name in columns]
    return roles | ({"id": ids[0]} if ids else {}) if "total" in roles else {}


# ── different values ─────────────────────────────────────────────────────────────────────────


class Column(NamedTuple):
    """A column; `values[codes[row]]` is the cell of a row, without surrounding spaces, and None or "" if
    empty."""

    name: str
    values: tuple[Any, ...]
    codes: NDArray[np.int32]
    spaced: tuple[str, ...] = ()
    """Texts that occur both with and without surrounding spaces."""

    def cells(self) -> list[Any]:
        """Return the cells, row by row."""
        return [self.values[code] for code in self.codes.tolist()]

    def part(self, rows: NDArray[np.integer]) -> Column:
        """Return some of the rows, with the values that occur in them."""
        used, codes = np.unique(self.codes[rows], return_inverse=True)
        values = tuple(self.values[code] for code in used.tolist())
        return self._replace(values=values, codes=codes.astype(np.int32))

    def counts(self) -> list[int]:
        """Return the number of rows with each value."""
        counts: list[int] = np.bincount(self.codes, minlength=len(self.values)).tolist()
        return counts


def column(name: str, cells: NDArray[Any]) -> Column:
    """Return a column stored by its distinct values."""
    if cells.dtype.kind in "biuf":
        made, codes = np.unique(cells, return_inverse=True)
        values = (None if absent(value) else value for value in made.tolist())
        return Column(name, tuple(values), codes.astype(np.int32))
    every = cells.tolist()
    try:
        different = dict.fromkeys(every)
    except TypeError:
        raise ArgumentError(
            f"data: the column {name} holds lists or the like; expected texts or numbers"
        ) from None
    trimmed = {cell: _trimmed(cell) for cell in different}
    place = {value: n for n, value in enumerate(dict.fromkeys(trimmed.values()))}
    code = {cell: place[value] for cell, value in trimmed.items()}
    ways = Counter(value for value in trimmed.values() if isinstance(value, str) and value)
    spaced = tuple(text for text, n in ways.items() if n > 1)
    return Column(name, tuple(place), np.fromiter(map(code.__getitem__, every), np.int32, len(every)), spaced)


def _trimmed(cell: object) -> object:
    if isinstance(cell, str):
        return cell.strip()
    return None if absent(cell) else cell


# ── what cells say ───────────────────────────────────────────────────────────────────────────


def codes_of(missing: Mapping[object, object] | Collection[object]) -> dict[object, int]:
    """Return the codes for no answer with their kinds; the default kind is omitted."""
    if not isinstance(missing, Mapping):
        codes = dict.fromkeys((plain_code(cell) for cell in collection("missing", missing)), OMITTED)
        codes.pop("", None)
        return codes
    kinds = {word: kind for kind, word in MISSING_KINDS.items()}
    if wrong := [one for one in missing.values() if not isinstance(one, str) or one not in kinds]:
        raise ArgumentError(f"missing has the kind {brief(wrong[0])}; kinds are {', '.join(kinds)}")
    return {plain_code(cell): kinds[str(kind)] for cell, kind in missing.items()}


def plain_code(value: object) -> object:
    """Return a value in the form in which it is compared with codes for no answer: 9, "9" and 9.0 are the
    same."""
    if absent(value):
        return ""
    if isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating)):
        return float(value)
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return number if np.isfinite(number) else text


def _number(value: Any) -> float | None:
    """The number that a cell is or writes; a truth value in words is 1 or 0."""
    word = plain_text(value) if isinstance(value, str) else ""
    return _WORDS[word] if word in _WORDS else number_of(value)


def is_negative(value: object) -> bool:
    """Return whether a value is a negative whole number."""
    number = _number(value)
    return number is not None and number < 0 and number == np.rint(number)


def kind_of_nothing(value: object, codes: Codes, blank: int) -> int | None:
    """Return the kind of a missing value, `blank` for an empty cell; None if the cell has a value."""
    if value == ELSEWHERE:
        return NOT_ADMINISTERED
    code = plain_code(value)
    if code in codes:
        return codes[code]
    if code == "" or (isinstance(value, str) and plain_text(value) in BLANK_WORDS):
        return codes.get("", blank)
    if not is_negative(value):
        return None
    kind = int(_number(value) or 0)
    return kind if kind in MISSING_KINDS else OMITTED


def score(value: object, codes: Codes, unit: int = 1) -> int | None:
    """Return a score as a number of units, `unit` of which make one point, or the kind of a missing value;
    None for anything else."""
    kind = kind_of_nothing(value, codes, NOT_ADMINISTERED)
    if kind is not None:
        return kind
    number = _number(value)
    if number is None or not 0 <= number * unit <= GREATEST_SCORE or (number * unit) % 1:
        return None
    return int(number * unit)


def is_half(value: object) -> bool:
    """Return whether a value has a half point."""
    number = _number(value)
    return number is not None and number % 1 == 0.5


def shown_codes(codes: Sequence[object]) -> list[object]:
    """Return codes for display: 9, not 9.0."""
    return [f"{one:g}" if isinstance(one, float) else one for one in codes]
