"""Answer files read in chunks and parts: the same rows however they are cut, in bounded memory."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.capture import (
    LIMITS,
    NOTHING_SAID,
    AnswerLayout,
    Limits,
    ReadingOptions,
    parts_at,
    parts_of,
    raw_rows,
    read_answers,
    read_part,
    recognise,
)
from examgen.problems import Refused
from examgen.responses import SetAside

LAYOUT = AnswerLayout({"A": (4,) * 6, "B": (5,) * 6, "C": (4, 4, 5)})
WIDE = "candidate_id,form,Q1,Q2,Q3,Q4,Q5,Q6,ชื่อ\n"
PLAIN_ROWS = [
    f"{i:04d},{'AB'[i % 2]},{','.join('ABCD'[(i + k) % 4] for k in range(6))},n{i}" for i in range(40)
]
ODD_ROWS = [
    "0901,A,ก,ข,,-,AB,X,สมชาย", '0902,B,"A,C",B,C,D,E,A,"5"" ท่อ"', '0903,A,A,B,C,D,A,B,"two', 'lines"',
    '0904,A,A,B,C,D,A,"B,x', '5",A,"', '"""', '""', '""""', '5","', "0905,Z,A,B,C,D,A,B,x", "0906,A,A,B", ",A,A,B,C,D,A,B,x",
    "", ",,,,,,,,", "candidate_id,form,Q1,Q2,Q3,Q4,Q5,Q6,ชื่อ", "รวม,,3,4,5,6,7,8,", "Total,A,1,2,3,4,1,2,30",
    "0907,C,A,B,C,,,,", "0908,C,A,B,C,D,,,", "1.1E+12,A,A,B,C,D,A,B,x", "0909,A,A,B,C,D,A,B,\x00", "T01,a,a,b,c,d,1,๒,x",
    "0910,B,1,2,3,4,5,1,x", " 0911 , b ,A ,B, C,D,A,B,x", '="0912",A,A,B,C,D,A,B,x', "0001,A,A,B,C,D,A,B,n1", "x" * 300,
]  # fmt: skip


class Read(NamedTuple):
    """All that was read of a file."""

    rows: list[tuple[int, bytes, int, bytes, tuple[str, ...]]]
    set_aside: list[SetAside]
    lines: int
    refused: tuple[str, ...]


def read(
    path: Path,
    places: list[int] | None = None,
    careful: bool = False,
    limits: Limits = LIMITS,
    layout: AnswerLayout = LAYOUT,
    options: ReadingOptions = NOTHING_SAID,
) -> Read:
    """The rows of all parts of a file; lines of later parts are made those of the file."""
    file = pickle.loads(pickle.dumps(recognise(0, path, layout, options=options)))
    parts = parts_at(file, places) if places and not file.is_whole else parts_of(file, 1)
    rows, aside = [], []
    before = file.first_line - 1
    try:
        for part in parts:
            lines = 0
            shift = 0 if part.line is not None else before
            for chunk in read_part(file, part, layout, careful, limits):
                assert chunk.lines >= lines
                lines = chunk.lines
                aside += [row._replace(line=row.line + shift) for row in chunk.set_aside]
                if (batch := chunk.batch) is None:
                    continue
                assert batch.size
                assert (batch.line[1:] > batch.line[:-1]).all()
                assert (batch.marks.shape, batch.marks.dtype) == ((batch.size, 6), "u1")
                extras = list(zip(*batch.extras, strict=True)) if batch.extras else [()] * batch.size
                columns = zip(batch.line, batch.ids, batch.form, batch.marks, extras, strict=True)
                rows += [(int(a) + shift, b, int(c), d.tobytes(), tuple(e)) for a, b, c, d, e in columns]
                if batch.plain:
                    assert set(batch.marks.ravel().tolist()) <= {1, 2, 4, 8, 16}
            before += lines
    except Refused as refused:
        return Read([], [], 0, tuple(str(problem) for problem in refused.problems))
    return Read(rows, aside, before, ())


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A wide table of plain and odd rows, with any line ends, in any encoding, and some damage."""
    odd = st.sampled_from(ODD_ROWS)
    rows = draw(
        st.lists(st.one_of(st.sampled_from(PLAIN_ROWS), st.sampled_from(PLAIN_ROWS), odd), max_size=40)
    )
    end = draw(st.sampled_from(["\n", "\r\n", "\r", "mixed"]))
    ends = [end if end != "mixed" else draw(st.sampled_from(["\n", "\r\n", "\r"])) for _ in rows]
    head = WIDE.rstrip("\n") + (end if end != "mixed" else "\n")
    text = head + "".join(row + mark for row, mark in zip(rows, ends, strict=True))
    body = text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "cp874", "utf-16"])))
    body = (
        body[: -draw(st.integers(1, 3))]
        if draw(st.booleans())
        else body + draw(st.sampled_from([b"", b"\x1a\x1a"]))
    )
    for place in draw(st.lists(st.floats(0.2, 1, exclude_max=True), max_size=3)):
        at = int(place * len(body))
        byte = draw(st.sampled_from([b"\xff", b"\xe0", b'"', b"\n", b"\r", b",", b"\0", b"\x1a", b""]))
        body = body[:at] + byte + body[at + 1 :]
    return body


SIZES = st.builds(Limits, st.integers(1, 400), st.sampled_from([120, 200, 1 << 20]))


def written(folder: Path, data: bytes) -> Path:
    path = folder / "a.csv"
    path.write_bytes(data)
    return path


def is_readable(path: Path) -> bool:
    try:
        recognise(0, path, LAYOUT)
    except Refused:
        return False
    return True


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("streaming")


@settings(max_examples=100)
@given(tables(), SIZES)
def test_proven_and_careful_rows_are_the_same_in_chunks_of_any_size(
    folder: Path, data: bytes, limits: Limits
) -> None:
    path = written(folder, data)
    if not is_readable(path):
        return
    whole = Limits(longest_line=limits.longest_line)
    found = read(path, careful=True, limits=whole)
    assert read(path, limits=whole) == found
    assert read(path, limits=limits) == found
    assert read(path, limits=limits, careful=True) == found


@settings(max_examples=100)
@given(tables(), SIZES, st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_parts_cut_anywhere_are_the_file(
    folder: Path, data: bytes, limits: Limits, cuts: list[float]
) -> None:
    path = written(folder, data)
    if not is_readable(path):
        return
    start = recognise(0, path, LAYOUT).start
    places = sorted({start + 1 + int(cut * (len(data) - start)) for cut in cuts})
    whole = read(path, limits=Limits(longest_line=limits.longest_line))
    assert read(path, places, limits=limits) == whole
    assert read(path, places, limits=limits, careful=True) == whole


@settings(max_examples=100)
@given(tables())
def test_every_line_is_a_row_or_set_aside_or_blank_and_reads_back(folder: Path, data: bytes) -> None:
    path = written(folder, data)
    if not is_readable(path):
        return
    file = recognise(0, path, LAYOUT)
    found = read(path)
    both = read_answers([("a.csv", data)], LAYOUT) if not found.refused else None
    if both is None:
        return
    assert both.rows_read == len(found.rows) + len(found.set_aside)
    repeated = {row.line for row in found.set_aside}
    assert set(both.rows["line"]) | set(both.quarantine["line"]) <= {row[0] for row in found.rows} | repeated
    texts = raw_rows(file, [row[0] for row in found.rows], Limits(block=64))
    lines = [row[0] for row in found.rows]
    assert sorted(texts) == sorted(lines)
    assert all(
        texts[line].split(",")[0].strip(' "=') in row[1].decode()
        for line, row in zip(lines, found.rows, strict=True)
    )
