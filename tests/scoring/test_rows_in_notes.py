"""Rows between an open quote and the line that closes it: nobody can tell them from a note."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from tests.same_bytes import SIZES, Ways, remembered


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ways]:
    with remembered():
        yield Ways(tmp_path_factory.mktemp("notes"), None, signals=False)


def rows_of_bytes(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


HEAD = ",".join(["candidate_id", "form", *(f"Q{n}" for n in range(1, SIZES["A"] + 1)), "note"])


def row(candidate: str, note: str = "x", letter: str = "A") -> str:
    return ",".join([candidate, "A", *[letter] * SIZES["A"], note])


OPEN = row("200", '"see')
MIDDLE = [row("301"), row("302")]
CASES = {
    "a note of three lines": ([OPEN, *MIDDLE[:1], 'end"', row("9")], ["9"], [2, 3, 4]),
    "a note of rows and text": ([OPEN, MIDDLE[0], "text", MIDDLE[1], 'end"', row("9")], ["9"], [2, 3, 4, 5, 6]),
    "an own row of who is in the note": ([OPEN, row("9"), 'end"', row("9")], ["9"], [2, 3, 4]),
    "another row of who is in the note": ([OPEN, row("9", letter="B"), 'end"', row("9")], ["9"], [2, 3, 4]),
    "no end": ([OPEN, *MIDDLE, row("9")], ["301", "302", "9"], [2]),
    "an end that has too many fields": ([OPEN, *MIDDLE, 'end",1', row("9")], ["301", "302", "9"], [2, 5]),
    "an end that is a broken row": ([OPEN, *MIDDLE, row("9", 'n"')], ["301", "302"], [2, 5]),
    "quotes of whole fields between": ([OPEN, MIDDLE[0], row("302", '"x"'), 'end"'], ["301", "302"], [2, 5]),
    "too far": ([OPEN, *(row(str(n)) for n in range(1000, 1510)), 'end"'], None, [2, 513]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_may_stand_in_a_note_is_set_aside_in_every_way_of_reading(ways: Ways, name: str) -> None:
    lines, scored, aside = CASES[name]
    assert ways.compared("\n".join([HEAD, *lines, ""]).encode(), ("whole", "parts")) == ("scored", [])
    found = rows_of_bytes(ways.results("candidates.csv"))
    if scored is not None:
        assert [one["candidate_id"] for one in found] == scored
    left = rows_of_bytes(ways.results("quarantine.csv"))
    assert sorted(int(one["line"]) for one in left) == aside
    inside = [one for one in left if one["candidate_id"] in ("301", "302")]
    assert all((one["reason"], one["raw"] in lines) == ("broken_quote", True) for one in inside)
