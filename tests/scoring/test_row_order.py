"""Rows of one candidate, found by the order of the ids: the same as found by comparing all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from examgen.scoring.spooled import Order, repeated

Parts = Sequence[Sequence[Sequence[str]]]

parts_of_blocks = st.lists(
    st.lists(st.lists(st.sampled_from(["1", "2", "02", "3", "ก"]), min_size=1, max_size=4), max_size=3),
    min_size=1,
    max_size=4,
)


def read(parts: Parts, width: int) -> tuple[list[Order], list[int]]:
    """The orders of the parts and their numbers of rows."""
    orders = []
    for blocks in parts:
        orders.append(Order())
        for block in blocks:
            orders[-1].add(np.array([one.encode() for one in block], f"S{width}"))
    return orders, [sum(map(len, blocks)) for blocks in parts]


@given(parts_of_blocks, st.booleans(), st.sampled_from([5, 8, 16]))
@example([[["1"]], [["1"]], [["1"]]], False, 8)
@example([[], [["1", "2"]], [], [["2"]]], False, 5)
@example([[["12345678", "123456789"], ["123456789", "2"]]], True, 16)
def test_rows_of_one_id_are_found_where_ids_ascend(parts: Parts, ordered: bool, width: int) -> None:
    if ordered:
        rows = iter(sorted(chain.from_iterable(chain.from_iterable(parts)), key=str.encode))
        parts = [[[next(rows) for _ in block] for block in blocks] for blocks in parts]
    orders, sizes = read(parts, width)
    found = repeated([one.ascent() for one in orders], sizes)
    ids = [[one for block in blocks for one in block] for blocks in parts]
    whole = [one.encode() for own in ids for one in own]
    if whole != sorted(whole):
        assert found is None
        return
    assert found is not None
    n_rows = Counter(chain.from_iterable(ids))
    assert [own.tolist() for own in found] == [
        [n for n, one in enumerate(own) if n_rows[one] > 1] for own in ids
    ]
