"""Columns held as numbers of their texts are the columns they were made of."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from examgen.core.columns import Column, coded

CELLS = st.lists(st.sampled_from(["", "A", "B", "ก", "10"]), max_size=30)


@given(CELLS, st.integers(0, 30), st.integers(0, 30), st.permutations(["", "A", "ก", "B", "10", "B"]))
def test_a_part_of_a_column_is_numbered_as_its_cells_are(
    cells: list[str], start: int, end: int, texts: list[str]
) -> None:
    column = Column(texts, np.array([texts.index(cell) for cell in cells], np.uint8))
    part, plain = column[start:end], cells[start:end]
    assert list(part) == plain
    assert coded(part).values == coded(plain).values == list(dict.fromkeys(plain))
    assert coded(part).codes.tolist() == coded(plain).codes.tolist()
    assert [coded(part).values[n] for n in coded(part).codes] == plain
