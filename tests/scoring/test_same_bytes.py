"""Rows read whole or in parts, by one process or two: the same results to the byte."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examgen.capture import answer_files
from examgen.core.processes import pool
from tests.answer_tables import damaged, table
from tests.effort import examples
from tests.same_bytes import SIZES, Ways


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ways]:
    two_threads = patch.dict(os.environ, POLARS_MAX_THREADS="2")
    with two_threads, pool(2) as workers:
        yield Ways(tmp_path_factory.mktemp("same"), workers, signals=True)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.integers(0, 2))
def test_every_way_of_scoring_gives_the_same_bytes(ways: Ways, seed: int, times: int) -> None:
    random = Random(seed)
    data = table(random, SIZES)
    for _ in range(times):
        data = damaged(random, data)
    _, differing = ways.compared(data)
    assert differing == []


HEADER = b"candidate_id,form," + b",".join(b"Q%d" % n for n in range(1, 17)) + b",name\n"


def rows(first: int, n: int, name: bytes) -> bytes:
    return b"".join(b"%05d,A,%s,%s\n" % (k, b",".join([b"A"] * 16), name) for k in range(first, first + n))


THAI_HEAD = "candidate_id,form,ชื่อ," + ",".join(f"Q{n}" for n in range(1, 17)) + "\n"
HEADS = {
    "all UTF-8": (THAI_HEAD.encode(), "สมชาย".encode(), "scored"),
    "a damaged row": (THAI_HEAD.encode(), "สมชาย".encode(), "scored"),
    "a heading of UTF-8 over rows of CP874": (
        THAI_HEAD.encode(),
        "สมชาย ใจดีมากที่สุด".encode("cp874"),
        "refused",
    ),
    "CP874": (THAI_HEAD.encode("cp874"), "สมชาย".encode("cp874"), "scored"),
    "no answer file": ("ชื่อ,ห้อง\n".encode(), "สมชาย".encode(), "refused"),
}


@pytest.mark.parametrize("what", HEADS)
def test_a_heading_is_taken_for_utf8_only_where_the_whole_file_is_that(ways: Ways, what: str) -> None:
    head, name, outcome = HEADS[what]
    body = b"".join(
        b"%05d,A,%s,%s\n" % (k, name if k > 60 else b"x", b",".join([b"A"] * 16)) for k in range(100)
    )
    if what == "a damaged row":
        body = body.replace("สมชาย".encode(), b"\xe0\xb8", 1)
    with patch.object(answer_files, "HEAD_BYTES", (256, 1 << 21)):
        assert ways.compared(head + body, ("whole", "parts")) == (outcome, [])


EITHER = "ม".encode()
"""Read as CP874 it says เธก."""

FILES = {
    "a part that could be UTF-8 in a file of CP874": (
        rows(10, 20, EITHER) + rows(30, 50, b"-") + rows(80, 30, "สมชาย".encode("cp874")),
        "เธก",
    ),
    "a damaged part in a file of UTF-8": (
        rows(10, 70, "สมชาย".encode()) + rows(80, 1, b"\xe0\xb8") + rows(81, 20, EITHER),
        "สมชาย",
    ),
    "a last line cut within a character": (rows(10, 70, EITHER)[:-2], "ม"),
}


@pytest.mark.parametrize("what", FILES)
def test_parts_are_read_in_the_encoding_of_the_whole_file(ways: Ways, what: str) -> None:
    body, name = FILES[what]
    with patch.object(answer_files, "HEAD_BYTES", (128, 1 << 21)):  # what follows is not seen with the head
        found = ways.compared(HEADER + rows(0, 10, b"-") + body, ("whole", "parts"))
    assert found == ("scored", [])
    assert name in ways.results("candidates.csv").decode()
