"""Frames and columns as pandas has them, without pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl


class NAType:
    """What pandas writes for no text: it is neither true nor false."""

    def __bool__(self) -> bool:
        raise TypeError("boolean value of NA is ambiguous")

    def __eq__(self, other: object) -> object:  # type: ignore[override]
        return self

    __hash__ = object.__hash__


class Texts:
    """A column of texts as pandas has it: its own sign for none; of a Categorical also its categories."""

    def __init__(
        self, values: list[Any], categories: list[str] | None = None, labels: list[Any] | None = None
    ) -> None:
        self.values = values
        if labels is not None:
            self.index = Index(labels)
        kind = {} if categories is None else {"categories": np.array(categories, dtype=object)}
        self.dtype = type("dtype", (), kind)()

    def __len__(self) -> int:
        return len(self.values)

    def to_numpy(self) -> Any:
        return np.array(self.values, dtype=object)

    @property
    def iloc(self) -> Texts:
        return self

    def __getitem__(self, places: list[int]) -> Texts:
        return Texts([self.values[place] for place in places])


class Index:
    """Labels of rows as pandas has them."""

    def __init__(self, labels: list[Any]) -> None:
        self.labels = labels

    def to_numpy(self) -> Any:
        return np.array(self.labels, dtype=object)


class Frame:
    """A frame as pandas has it: columns by place, which are series."""

    def __init__(self, columns: dict[str, Any], labels: list[Any] | None = None) -> None:
        self.columns, self._columns = list(columns), columns
        kind = Index if labels else type("RangeIndex", (Index,), {})
        self.index = kind(labels or list(range(1000)))

    @property
    def iloc(self) -> Frame:
        return self

    def __getitem__(self, place: tuple[slice, int]) -> Any:
        column = self._columns[self.columns[place[1]]]
        return column if isinstance(column, Texts) else pl.Series(column)
