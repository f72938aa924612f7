"""Proven or careful rows, whole or in parts, by one process or two: the same results to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examgen.workflow.processes import pool
from tests.answer_tables import damaged, table
from tests.same_bytes import SIZES, Ways


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ways]:
    with pool(2) as workers:
        yield Ways(tmp_path_factory.mktemp("same"), workers, signals=True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.integers(0, 2))
def test_every_way_of_scoring_gives_the_same_bytes(ways: Ways, seed: int, times: int) -> None:
    random = Random(seed)
    data = table(random, SIZES)
    for _ in range(times):
        data = damaged(random, data)
    _, differing = ways.compared(data)
    assert differing == []
