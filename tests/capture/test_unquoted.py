"""Quotes that only enclose fields are taken off by the line; every other line keeps its own."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.capture.fast.lines import filled, without_quotes
from tests.effort import examples

FIELDS = st.one_of(
    st.sampled_from(
        ["A", "B", "", "1100700123456", "A,B", 'x"y', '"', '""', "ก", "a b", 'end"', '"begin', ",", "-" * 90]
    ),
    st.text(st.sampled_from('AB",; '), max_size=5),
)


def written(field: str, style: int) -> str:
    """A field as one style of quoting writes it, or as somebody broke it."""
    if style == 0:
        return field
    if style == 1:
        return '"' + field.replace('"', '""') + '"'
    return (f'"{field}', f'{field}"', f'"{field}"')[style - 2]


@settings(max_examples=examples(400))
@given(
    st.lists(
        st.lists(st.tuples(FIELDS, st.sampled_from([0, 1, 1, 1, 1, 2, 3, 4])), min_size=1, max_size=6),
        max_size=6,
    )
)
def test_a_line_loses_its_quotes_only_where_that_changes_no_field(rows: list[list[tuple[str, int]]]) -> None:
    lines = [",".join(written(*field) for field in row) for row in rows]
    data = "".join(f"{line}\n" for line in lines).encode()
    found = without_quotes(data, ord(",")).decode().split("\n")[:-1]
    assert len(found) == len(lines)
    for line, now in zip(lines, found, strict=True):
        if now == line:
            continue
        assert '"' not in now
        assert now.split(",") == next(csv.reader(io.StringIO(line)), [""])


@pytest.mark.parametrize(
    "line",
    [
        '"1","A","B"', '1,"A","B"', '"1",A,"B"', '"","",""', '1,"",B', '"' + "x" * 200 + '",A,B', '"ก","ข","ค"',
        '" 1 ","A ",B',
    ],
)  # fmt: skip
def test_lines_as_programs_quote_them_lose_all_quotes(line: str) -> None:
    data = f"{line}\n".encode() * 3
    assert without_quotes(data, ord(",")) == data.replace(b'"', b"")


@pytest.mark.parametrize("line", ['"A,B",C', '"x""y",C', '"A', 'A"', '",",C', '"A"B,C', 'A"B"C,D', '"a","b'])
def test_a_line_with_another_quote_keeps_all_and_its_neighbours_lose_theirs(line: str) -> None:
    data = f'"1","A"\n{line}\n"2","B"\n'.encode()
    assert without_quotes(data, ord(",")) == f"1,A\n{line}\n2,B\n".encode()


@given(st.lists(st.lists(st.sampled_from(["", "A", "ก"]), min_size=1, max_size=4), min_size=1, max_size=9))
def test_each_empty_cell_but_a_first_one_is_filled(rows: list[list[str]]) -> None:
    data = "".join(",".join(row) + "\n" for row in rows)
    wanted = "".join(",".join([row[0], *(cell or "@" for cell in row[1:])]) + "\n" for row in rows)
    for at_a_time in (1, 2, 1 << 16):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("examgen.capture.fast.lines._AT_A_TIME", at_a_time)
            assert filled(data.encode(), ord(","), b"@") == wanted.encode()
