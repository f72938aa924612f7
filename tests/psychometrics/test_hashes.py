"""Hashes of marks and ids: nearly identical rows are told apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from examgen.core.responses.rows import id_hash, marks_hash


def test_no_two_of_many_nearly_identical_rows_share_a_hash() -> None:
    base = np.full(40, 2, dtype=np.uint8)
    rows = [base]
    for places in combinations(range(40), 2):
        for letters in ((1, 1), (1, 4), (4, 1), (4, 4), (0, 16), (16, 0)):
            row = base.copy()
            row[list(places)] = letters
            rows.append(row)
    marks = np.unique(np.array(rows), axis=0)
    hashes = np.concatenate([marks_hash(np.full(len(marks), form), marks) for form in range(4)])
    assert len(np.unique(hashes)) == 4 * len(marks) > 18_000
    for shift in (0, 32):  # each half is as good as drawn at random: about 0.04 collisions among these
        assert len(np.unique(hashes >> np.uint64(shift) & np.uint64(0xFFFFFFFF))) >= len(hashes) - 2


def test_marks_that_a_plain_sum_of_products_confuses_are_told_apart() -> None:
    """Changes in the fourth and eighth places of words, which undo each other in a fold alone."""
    letters = (1 << np.arange(4)).astype(np.uint8)
    grid = np.stack(np.meshgrid(*[letters] * 8), axis=-1).reshape(-1, 8)
    marks = np.ones((len(grid), 32), dtype=np.uint8)
    marks[:, 3::4] = grid
    assert len(np.unique(marks_hash(np.zeros(len(marks), dtype=np.int64), marks))) == 4**8


@given(st.integers(1, 30), st.integers(0, 20), st.integers(0, 2**32))
def test_a_hash_depends_on_marks_and_form_alone(width: int, wider: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    marks, form = rng.integers(0, 32, (5, width)).astype(np.uint8), rng.integers(0, 9, 5)
    found = marks_hash(form, marks)
    assert (marks_hash(form, np.pad(marks, ((0, 0), (0, wider)))) == found).all()
    assert (marks_hash(form[::-1], marks[::-1])[::-1] == found).all()
    assert (marks_hash(form + 1, marks) != found).all()


def test_ids_have_a_hash_whatever_the_width_of_their_array() -> None:
    ids = [f"{k:013d}" for k in range(50_000)] + ["", "0", "00", "ก"]
    narrow, wide = (np.array([name.encode() for name in ids], dtype=f"S{width}") for width in (13, 40))
    assert (id_hash(narrow) == id_hash(wide)).all()
    assert len(np.unique(id_hash(narrow))) == len(ids)
