"""Rows of letters are proven together: the same rows as with care, and what is odd among them is told."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.capture.answer_layout import (
    AnswerLayout,
    ReadingLimits,
    ReadingOptions,
    assignment_of,
    closed,
    column_mapping,
)
from examgen.capture.columns import recognise as columns_of
from examgen.capture.fast.grid import RowGrid, grid_of
from examgen.capture.fast.proof import prove
from examgen.capture.fast.single_letters import _template
from examgen.capture.files import parts_of, recognise
from examgen.capture.parts import read_part
from examgen.core.problems import Refused
from examgen.core.responses.rows import Batch, QuarantinedRow
from tests.effort import examples

ODD_CELLS = ("b", "X", "", "AC", "ก", "-", ".", " ", "@", "`", "0", "6", "F", '"', '"A"', "=", "\0", "\x7f", "A|C", "Z",
             "\r", "\n", "é", "๑")  # fmt: skip
ODD_NAMES = (
    "", "Z", "A\0", "F1\0", "7-Jan", "07-JAN", "Total", "รวม", "candidate_id", "id", "A\nB", "1.1E+12",
)  # fmt: skip
NAMES = (["A"], ["A", "B", "C", "D"], ["F1", "F2"], ["SET-A", "SET-B"], ["1", "2"], ["A", "BB"])
PEOPLE = ("สมชาย ใจดี", "นภา", "Somsri", "", "อ" * 30, "อ" * 90)
ODD_PEOPLE = ("A,B", 'x"y', "a@b", "\u0e31", "=1", "\t", "é", "x\0", "\ud55c", "รวม", "id")
ALPHABETS = ("ABCD", "ABCD", "abcd", "1234", "ABCDabcd", "ABCDEFGH", "กขคง")


class Read(NamedTuple):
    """All that is read of a file; what refuses it, where it is."""

    rows: list[tuple[int, bytes, int, bytes, tuple[str, ...]]]
    set_aside: list[QuarantinedRow]
    refused: str = ""


def layout_of(rng: random.Random) -> AnswerLayout:
    names, most = rng.choice(NAMES), rng.choice([1, 2, 3, 4, 5, 8, 20])
    alike = rng.random() < 0.7
    sizes = [most if alike else rng.randint(1, most) for _ in names]
    options = {
        n: tuple(rng.choice([4, 4, 4, 2, 5]) for _ in range(q)) for n, q in zip(names, sizes, strict=True)
    }
    return AnswerLayout(options)


def ids_of(rng: random.Random) -> list[str]:
    style, first = rng.randrange(4), rng.choice([0, 95, 9990])
    numbers = range(first, first + rng.choice([1, 3, 20, 60]))
    return [(f"{n:08d}", f"SYN-{n:05d}", f"{n}", f"x{n:04d}_y")[style] for n in numbers]


def table_of(rng: random.Random, layout: AnswerLayout, ids: list[str]) -> bytes:
    most = max(layout.sizes.values())
    alphabet, delimiter = rng.choice(ALPHABETS), rng.choice(",,,;\t|")
    blank, dirty = rng.choice([0, 0, 0.02, 0.3]), rng.choice([0, 0.02, 0.3])
    turned, named = rng.random() < 0.2, rng.choice([None, None, None, 0, 1, 2, -1])
    lines = [["form", "candidate_id"] if turned else ["candidate_id", "form"]]
    lines[0] += [f"Q{k}" for k in range(1, most + 1)]
    if named is not None:
        lines[0].insert(named % (len(lines[0]) + 1), "ชื่อ")
    for candidate in ids:
        form = layout.assignment.dealt.get(candidate) or rng.choice(list(layout.sizes))
        cells = [rng.choice(alphabet) if rng.random() >= blank else "" for _ in range(layout.sizes[form])]
        row = [*([form, candidate] if turned else [candidate, form]), *cells, *[""] * (most - len(cells))]
        if rng.random() < dirty:
            row[rng.randrange(len(row))] = rng.choice(ODD_CELLS + ODD_NAMES)
            row = rng.choice([row, row, row, row[:-1], [*row, "A"]])
        if named is not None:
            name = rng.choice(PEOPLE + ODD_PEOPLE if rng.random() < dirty else PEOPLE)
            row.insert(named % (len(row) + 1), name)
        lines.append(row)
    quoting = rng.choice([0, 0, 0, 0.02, 1, 1])
    if quoting:
        lines = [[f'"{cell}"' if rng.random() < quoting else cell for cell in row] for row in lines]
    body = bytearray("\n".join(map(delimiter.join, lines)).encode(rng.choice(["utf-8", "cp874"]), "replace"))
    head = body.index(b"\n") + 1
    for _ in range(rng.choice([0, 0, 0, 1, 3])):
        at = rng.randrange(head, len(body))
        body[at : at + rng.randrange(2)] = bytes([rng.choice(b'",\n\r\0@`AZb \xe0\xb8\xff\x7f;|\t')])
    return bytes(body) + rng.choice([b"", b"\n"])


def batches(
    path: Path, layout: AnswerLayout, careful: bool, limits: ReadingLimits
) -> Iterator[tuple[Batch | None, list[QuarantinedRow]]]:
    file = recognise(0, path, layout)
    for chunk in read_part(file, parts_of(file, 1)[0], layout, careful, limits):
        yield chunk.batch, chunk.set_aside


def read(path: Path, layout: AnswerLayout, careful: bool, limits: ReadingLimits) -> Read:
    rows: list[tuple[int, bytes, int, bytes, tuple[str, ...]]] = []
    aside: list[QuarantinedRow] = []
    try:
        for batch, set_aside in batches(path, layout, careful, limits):
            aside += set_aside
            if batch is not None:
                assert_odd_is_told(batch, layout)
                extras = zip(*batch.extras, strict=True) if batch.extras else [()] * batch.size
                columns = zip(batch.line, batch.ids, batch.form, batch.marks, extras, strict=True)
                rows += [(int(a), b, int(c), d.tobytes(), e) for a, b, c, d, e in columns]
    except Refused as refused:
        return Read([], [], str(refused.problems[0]))
    return Read(rows, aside)


def assert_odd_is_told(batch: Batch, layout: AnswerLayout) -> None:
    """Every row that is not among the odd ones has one letter, which the item has, at each question."""
    if not batch.plain and batch.odd is None:
        return
    others = np.ones(batch.size, np.bool_)
    if batch.odd is not None:
        assert (np.diff(batch.odd) > 0).all()
        others[batch.odd] = False
        assert not batch.plain or others.all()
    for form, marks in zip(batch.form[others], batch.marks[others], strict=True):
        numbers = list(layout.options.values())[form]
        assert len(marks) == len(numbers)
        assert all(
            mark in [1 << k for k in range(n)] for mark, n in zip(marks.tolist(), numbers, strict=True)
        )


@settings(max_examples=examples(150))
@given(st.integers(0, 2**32), st.sampled_from([64, 1 << 18]))
def test_rows_are_those_that_reading_with_care_gives(
    tmp_path_factory: pytest.TempPathFactory, seed: int, at_a_time: int
) -> None:
    rng = random.Random(seed)
    layout, ids = layout_of(rng), ids_of(rng)
    if rng.random() < 0.3:
        dealt = [(who, rng.choice(list(layout.sizes)), f"B{n:04d}") for n, who in enumerate(ids)]
        layout = AnswerLayout(layout.options, assignment_of(rng.sample(dealt, len(dealt) // 2)))
    if rng.random() < 0.3:
        layout = AnswerLayout(layout.options, closed(layout.assignment, [one.encode() for one in ids[::3]]))
    path = tmp_path_factory.getbasetemp() / "even.csv"
    data = table_of(rng, layout, ids)
    if layout.assignment.dealt and rng.random() < 0.3:
        # a column of another name, and so none that says the form
        data = data.replace(b"form", b"desk", 1)
    path.write_bytes(data)
    limits = ReadingLimits(block=rng.choice([300, 1 << 20]))
    try:
        wanted = read(path, layout, True, ReadingLimits())
    except Refused:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("examgen.capture.fast.single_letters._AT_A_TIME", at_a_time)
        patch.setattr("examgen.capture.fast.single_letters._template", _template.__wrapped__)
        patch.setattr("examgen.capture.fast.proof.prove.__defaults__", (rng.choice([1, 80]),))
        assert read(path, layout, False, limits) == wanted


# ── single things ────────────────────────────────────────────────────────────────────────────

LAYOUT = AnswerLayout({"A": (4,) * 6, "B": (4,) * 6})


def grid(layout: AnswerLayout = LAYOUT) -> RowGrid:
    header = ["candidate_id", "form", *(f"Q{k}" for k in range(1, 7))]
    found = grid_of(columns_of(header, list(layout.sizes.values()), "x"), ",", layout, "utf-8")
    assert found is not None
    return found


def plain_lines(n: int) -> list[str]:
    return [f"{k:05d},{'AB'[k % 2]},{','.join('ABCD'[(k + q) % 4] for q in range(6))}" for k in range(n)]


def proven(lines: list[str], layout: AnswerLayout = LAYOUT) -> Batch:
    data = "".join(f"{line}\n" for line in lines).encode()
    found = prove(data, grid(layout), 1)
    assert [data[a:b].decode() for a, b in zip(found.starts, found.ends, strict=True)] == lines
    return found.batch


@pytest.mark.parametrize("place", [0, 5, 999])
def test_two_lines_as_long_as_one_are_two(place: int) -> None:
    lines = plain_lines(1000)
    whole = lines[place]
    lines[place : place + 1] = [whole[:5], whole[6:]]
    assert len(proven(lines).ids) == 999
    lines[place : place + 2] = [whole[:-2], whole[-1:]]
    assert len(proven(lines).ids) == 999


def test_odd_rows_leave_the_others_plain() -> None:
    lines = plain_lines(1000)
    lines[7] = "00007,A,b,B,C,D,-,4"
    lines[8] = "00008,Z,A,B,C,D,A,B"
    lines[9] = "00009,A,A,B,C,D,A"
    lines[500] = "00500,A,A,B,C,D,A,AC"
    lines[999] = '00999,A,A,B,C,D,A,"'
    batch = proven(lines)
    assert sorted(set(range(1000)) - set(batch.line.tolist())) == [8, 9, 999]
    assert not batch.plain
    assert batch.odd is not None
    assert batch.line[batch.odd].tolist() == [7, 500]
    assert batch.marks[7].tolist() == [2, 2, 4, 8, 0, 8]
    assert batch.marks[batch.odd[1]].tolist() == [1, 2, 4, 8, 1, 5]
    assert proven(plain_lines(1000)).plain


def test_empty_cells_are_blank() -> None:
    lines = [line if k % 10 == 0 else line[:8] + line[9:] for k, line in enumerate(plain_lines(300))]
    lines[30] = lines[30][:-1]
    lines[31] = "00031,A,,,,,,"
    lines[32] = "00032,,A,B,C,D,A,"
    batch = proven(lines)
    assert sorted(set(range(300)) - set(batch.line.tolist())) == [32]
    assert batch.marks[:2].tolist() == [[1, 2, 4, 8, 1, 2], [0, 4, 8, 1, 2, 4]]
    assert batch.marks[30].tolist()[-1] == 0
    assert not batch.marks[31].any()


def test_a_character_that_would_stand_for_an_empty_cell_is_no_blank_one() -> None:
    lines = [line[:8] + line[9:] for line in plain_lines(100)]
    lines[50] = "00050,A,@,B,C,D,A,B"
    assert sorted(set(range(100)) - set(proven(lines).line.tolist())) == [50]


def test_two_short_lines_as_long_as_one_are_two() -> None:
    lines = plain_lines(100)
    lines[50:51] = ["00050,A", lines[50][8:]]
    assert sorted(set(range(101)) - set(proven(lines).line.tolist())) == [50, 51]


@pytest.mark.parametrize("quote", ["", '"'])
def test_all_of_a_plain_file_is_proven_the_first_way(quote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("examgen.capture.fast.proof._second_way", None)
    for lines in (
        plain_lines(300),
        [line.lower() for line in plain_lines(300)],
        [line[:8] + line[8:].translate(str.maketrans("ABCD", "กขคง")) for line in plain_lines(300)],
        [line[:8] + line[8:].translate(str.maketrans("ABCD", "1234")) for line in plain_lines(300)],
        [line.lstrip("0") for line in plain_lines(300)[10:]],
        [line[:8] + line[8 + k % 2 :] for k, line in enumerate(plain_lines(300))],
    ):
        written = [",".join(f"{quote}{cell}{quote}" for cell in line.split(",")) for line in lines]
        assert proven(written).size == len(lines)


def test_a_name_ends_where_its_cell_does() -> None:
    layout = AnswerLayout({"F1": (4,) * 6, "F": (4,) * 6})
    lines = [f"{line[:6]}F1{line[7:]}" for line in plain_lines(20)]
    lines[3] = "00003,F\0,A,B,C,D,A,B"
    assert 3 not in proven(lines, layout).line.tolist()


@pytest.mark.parametrize("damaged", ["07-Jan", "Jan-07"])
def test_ids_that_became_dates_are_left(damaged: str) -> None:
    lines = [f"JK-{line[2:]}" for line in plain_lines(20)]
    lines[3] = damaged + lines[3][6:]
    assert sorted(set(range(20)) - set(proven(lines).line.tolist())) == [3]


@pytest.mark.parametrize("ids", ["even", "uneven"])
@pytest.mark.parametrize(("said", "form"), [("A", 0), ("B", 1), ("ชุด b", 1)])
def test_the_form_that_is_said_of_a_whole_file_is_that_of_proven_rows(
    ids: str, said: str, form: int, tmp_path: Path
) -> None:
    who = [f"{k:06d}" if ids == "even" else f"{10 ** (k % 7)}-{k}" for k in range(200)]
    lines = [f"{one},A,B,C,D,A,B" for one in who]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["candidate_id,Q1,Q2,Q3,Q4,Q5,Q6", *lines, ""]), "ascii")
    columns = column_mapping({"candidate_id": 1, "questions": [2, 3, 4, 5, 6, 7], "form_is": said}, "c.yaml")
    file = recognise(0, path, LAYOUT, options=ReadingOptions(columns=columns))
    for careful in (False, True):
        [chunk] = read_part(file, parts_of(file, 1)[0], LAYOUT, careful)
        assert chunk.batch is not None
        assert chunk.batch.form.tolist() == [form] * 200
        assert len(chunk.batch.raws) == (200 if careful else 0)
