"""Answer files read in chunks and parts: the same rows however they are cut, in bounded memory."""

from __future__ import annotations

import gzip
import pickle
import tracemalloc
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.capture.answer_files import recognise
from examgen.capture.answer_layout import LIMITS, NO_OPTIONS, AnswerLayout, ReadingLimits, ReadingOptions
from examgen.capture.file_chunks import raw_rows, read_file
from examgen.capture.grader_decisions import GraderDecisions, IdentityDecision, MarkRepair
from examgen.capture.rows import beyond_options, options_alone
from examgen.core.problems import Refused, WrongUsage
from examgen.core.responses.rows import INVALID, QuarantinedRow
from tests.effort import examples, some
from tests.settled import read_answers

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
    set_aside: list[QuarantinedRow]
    refused: tuple[str, ...]


def read(
    path: Path,
    limits: ReadingLimits = LIMITS,
    layout: AnswerLayout = LAYOUT,
    options: ReadingOptions = NO_OPTIONS,
) -> Read:
    """The rows of all chunks of a file."""
    file = pickle.loads(pickle.dumps(recognise(0, path, layout, options=options)))
    rows, aside = [], []
    try:
        for chunk in read_file(file, layout, limits):
            aside += chunk.set_aside
            own = chunk.rows
            assert (own.line[1:] > own.line[:-1]).all()
            assert own.marks.shape == (len(own), 6)
            extras = list(zip(*own.extras.values(), strict=True)) if own.extras else [()] * len(own)
            columns = zip(own.line, own.ids, own.form, own.marks, extras, strict=True)
            rows += [(int(a), b, int(c), d.tobytes(), tuple(e)) for a, b, c, d, e in columns]
    except Refused as refused:
        return Read([], [], tuple(str(problem) for problem in refused.problems))
    return Read(rows, aside, ())


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


SIZES = st.builds(ReadingLimits, st.integers(1, 400), st.sampled_from([120, 200, 1 << 20]))


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


@settings(max_examples=examples(100))
@given(tables(), SIZES)
def test_rows_are_the_same_in_chunks_of_any_size(folder: Path, data: bytes, limits: ReadingLimits) -> None:
    path = written(folder, data)
    if not is_readable(path):
        return
    whole = ReadingLimits(longest_line=limits.longest_line)
    assert read(path, limits=limits) == read(path, limits=whole)


@settings(max_examples=examples(100))
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
    texts = raw_rows(file, [row[0] for row in found.rows], ReadingLimits(block=64))
    lines = [row[0] for row in found.rows]
    assert sorted(texts) == sorted(lines)
    assert all(
        texts[line].split(",")[0].strip(' "=') in row[1].decode()
        for line, row in zip(lines, found.rows, strict=True)
    )


# ── single things ────────────────────────────────────────────────────────────────────────────


def test_a_line_that_is_too_long_is_set_aside_with_its_length(tmp_path: Path) -> None:
    long = "0001,A," + "x" * 5000
    path = written(tmp_path, f"{WIDE}{PLAIN_ROWS[0]}\n{long}\n{PLAIN_ROWS[1]}\n".encode())
    for block in (64, 700, 1 << 20):
        found = read(path, limits=ReadingLimits(block, 1000))
        assert [row[0] for row in found.rows] == [2, 4]
        (aside,) = found.set_aside
        assert (aside.line, aside.candidate_id, aside.reason) == (3, "0001", "line_too_long")
        assert aside.raw == long[:1000] + " … [a line of 5,007 bytes, of which this is the beginning]"


def test_a_long_line_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    path = tmp_path / "long.csv.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write((WIDE + PLAIN_ROWS[0] + "\n").encode())
        for _ in range(200):
            file.write(b"A," * 50_000)
        file.write(f"\n{PLAIN_ROWS[1]}\n".encode())
    tracemalloc.start()
    found = read(path, limits=ReadingLimits(1 << 16, 1 << 16))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row[0] for row in found.rows] == [2, 4]
    assert "20,000,000 bytes" in found.set_aside[0].raw
    assert peak < 6_000_000


@pytest.mark.long("a bound on time")
@pytest.mark.parametrize("line", some(['"', '5","', 'x",""""', '"a', "1,Z,A,A,A,A,A,A,x", "", ","], 4))
def test_many_lines_that_prove_nothing_are_read_in_time_that_grows_with_them(
    tmp_path: Path, line: str
) -> None:
    path = written(tmp_path, (WIDE + f"{line}\n" * 20_000 + PLAIN_ROWS[0] + "\n").encode())
    found = read(path, limits=ReadingLimits(block=1 << 14))
    assert found.rows[-1][0] == 20_002
    assert len(found.set_aside) == (0 if line in ("", ",") else 20_000)


def test_a_second_header_in_a_later_part_is_refused_by_its_line(tmp_path: Path) -> None:
    text = WIDE + "\n".join(PLAIN_ROWS) + "\ncandidate_id,form,Q6,Q5,Q4,Q3,Q2,Q1,ชื่อ\n" + PLAIN_ROWS[0]
    path = written(tmp_path, text.encode())
    whole = read(path)
    assert "a.csv:42: a second header" in whole.refused[0]
    assert read(path, ReadingLimits(block=300)) == whole


def test_totals_lines_are_set_aside_and_candidates_are_not(tmp_path: Path) -> None:
    rows = [
        "รวม,,3,4,5,6,7,8,", "รวมทั้งหมด 30 คน,A,,,,,,,", "Total,A,1,2,3,4,1,2,x", "SUM:,B,30,29,5,1,2,3,x",
        "Total,A,A,B,C,D,A,B,x", "สุรวม,A,1,2,3,4,1,2,x", "0001,A,,,,,,,รวม",
    ]  # fmt: skip
    found = read(written(tmp_path, (WIDE + "\n".join(rows)).encode()))
    assert [(row.line, row.reason) for row in found.set_aside] == [(n, "totals_line") for n in (2, 3, 4, 5)]
    assert [row[1].decode() for row in found.rows] == ["Total", "สุรวม", "0001"]


def test_a_totals_line_that_says_so_in_its_first_cell(tmp_path: Path) -> None:
    text = (
        "ห้อง,candidate_id,form,answers\n101,0001,A,ABCDAB\nรวม,2,A,1     \nTotal,2,A,111111\n102,3,A,ABCDAB\n"
    )
    found = read(written(tmp_path, text.encode()))
    assert [(row.line, row.reason) for row in found.set_aside] == [(3, "totals_line"), (4, "totals_line")]


def test_an_id_that_is_no_id_takes_no_memory(tmp_path: Path) -> None:
    text = WIDE + "9" * 129 + ",A,A,B,C,D,A,B,x\n" + "9" * 128 + ",A,A,B,C,D,A,B,x\n"
    found = read(written(tmp_path, text.encode()))
    assert [(row.line, row.reason) for row in found.set_aside] == [(2, "candidate_id_too_long")]
    assert [row[0] for row in found.rows] == [3]


def test_thai_far_down_decides_the_encoding_of_the_file(tmp_path: Path) -> None:
    head, name = "candidate_id,form,answers,name\n", "สมชาย"
    text = head + "".join(f"{i:05d},A,ABCDAB,x\n" for i in range(5000)) + f"99999,A,ABCDAB,{name}\n"
    for codec, said in (("cp874", "CP874"), ("utf-8", "UTF-8")):
        path = written(tmp_path, text.encode(codec))
        file = recognise(0, path, LAYOUT)
        chunks = list(read_file(file, LAYOUT))
        assert chunks[-1].rows.extras["name"][-1] == name
        assert file.structure.label == f"one string, 6 answers, comma, {said}"


def test_a_mark_that_is_no_option_is_none_in_every_row_however_many_there_are() -> None:
    marks, form = np.full((2 * 8192 + 2, 6), 16, np.uint8), np.arange(2 * 8192 + 2) % 2
    found = options_alone(marks, form, beyond_options(LAYOUT))
    assert (found[::2] == INVALID).all(), "of four options"
    assert (found[1::2] == 16).all(), "of five"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp874", "utf-16"])
def test_a_line_word_for_word_is_in_the_encoding_of_its_file(tmp_path: Path, codec: str) -> None:
    rows = [PLAIN_ROWS[0], ODD_ROWS[0], *PLAIN_ROWS[1:12], ODD_ROWS[0]]
    path = written(tmp_path, (WIDE + "\n".join([*rows, ""])).encode(codec))
    wanted = {3, 9, 12, 15}
    texts = raw_rows(recognise(0, path, LAYOUT), wanted, ReadingLimits(block=64))
    assert texts == {line: rows[line - 2] for line in wanted}


def test_a_record_of_two_lines_is_one_wherever_it_is_cut_and_behind_a_line_that_is_too_long(
    tmp_path: Path,
) -> None:
    record = '0903,A,A,B,C,D,A,B,"two\nlines"'
    text = WIDE + "\n".join([PLAIN_ROWS[0], "x" * 300, record, PLAIN_ROWS[1], record, PLAIN_ROWS[2], ""])
    path = written(tmp_path, text.encode())
    for block in (*range(1, 80), 1 << 20):
        found = read(path, limits=ReadingLimits(block, 120))
        assert [(row[0], row[4]) for row in found.rows] == [
            (2, ("n0",)), (4, ("two\nlines",)), (6, ("n1",)), (7, ("two\nlines",)), (9, ("n2",)),
        ]  # fmt: skip
        assert [(row.line, row.reason) for row in found.set_aside] == [(3, "line_too_long")]


def test_a_second_header_whose_names_could_be_answers_is_no_candidate(tmp_path: Path) -> None:
    usual = [f"1,2,3,4,{n:04d}" for n in range(200)]  # enough to be read at once
    text = "\n".join(["1,2,3,4,candidate_id", *usual, "1,2,3,4,student_id", "1,2,3,4,0200", ""])
    path, layout = written(tmp_path, text.encode()), AnswerLayout({"A": (4,) * 4})
    file = recognise(0, path, layout)
    with pytest.raises(Refused, match="a second header with other columns starts here"):
        list(read_file(file, layout))


# ── what the user says ───────────────────────────────────────────────────────────────────────


def refusal(path: Path, options: ReadingOptions) -> str:
    with pytest.raises(Refused) as caught:
        recognise(0, path, LAYOUT, options=options)
    return caught.value.problems[0].code


def test_an_encoding_is_taken_where_content_proves_none_and_refused_against_it(tmp_path: Path) -> None:
    head = "candidate_id,form,answers,name\n1,A,ABCDAB,"
    path = written(tmp_path, head.encode() + "สม\n2,A,ABCDAB,".encode() + "สม\n".encode("cp874"))
    for said, reasons in (("utf-8", ["undecodable"]), ("cp874", [])):
        options = ReadingOptions(encoding=said)
        assert recognise(0, path, LAYOUT, options=options).structure.label.endswith(said.upper())
        assert [row.reason for row in read(path, options=options).set_aside] == reasons
    text = WIDE + PLAIN_ROWS[0] + "\n"
    path = written(tmp_path, text.encode())
    assert refusal(path, ReadingOptions(encoding="cp874")) == "encoding-contradicted"
    assert refusal(path, ReadingOptions(encoding="utf-16")) == "encoding-contradicted"
    with pytest.raises(WrongUsage, match="Write utf-8, utf-16, cp874"):
        recognise(0, path, LAYOUT, options=ReadingOptions(encoding="latin-1"))
    assert (
        refusal(written(tmp_path, text.encode("utf-16")), ReadingOptions("utf-8")) == "encoding-contradicted"
    )


def test_a_delimiter_decides_between_two_readings(tmp_path: Path) -> None:
    path = written(tmp_path, b"sep=;\ncandidate_id;form;answers\n1;A;ABCDAB\n")
    assert recognise(0, path, LAYOUT, options=ReadingOptions(delimiter="semicolon")).delimiter == ";"
    assert refusal(path, ReadingOptions(delimiter=",")) == "delimiter-contradicted"
    with pytest.raises(WrongUsage, match="Write comma, semicolon, tab, pipe"):
        recognise(0, path, LAYOUT, options=ReadingOptions(delimiter="x"))


# ── decisions of a grader ────────────────────────────────────────────────────────────────────


def decided(identity: dict[int, tuple[str, str, bool]], marks: dict[int, dict[int, int]]) -> AnswerLayout:
    said = ("r.csv:2", "seen on paper", "somchai", "2026-11-20")
    identities = {
        n: IdentityDecision(who, form, void, None, *said) for n, (who, form, void) in identity.items()
    }
    repairs = {
        n: tuple(MarkRepair(question, mark, "?", None, *said) for question, mark in here.items())
        for n, here in marks.items()
    }
    return AnswerLayout(
        LAYOUT.options, grader_decisions=GraderDecisions({"a.csv": identities}, {"a.csv": repairs})
    )


def test_an_identity_changes_no_mark_and_a_mark_no_identity(tmp_path: Path) -> None:
    rows = [*PLAIN_ROWS[:4], ",A,A,B,C,D,A,B,x", "0907,Z,A,B,C,D,A,B,x"]
    path = written(tmp_path, (WIDE + "\n".join(rows)).encode())
    plain = {row[0]: row for row in read(path).rows}
    layout = decided(
        {2: ("7777", "", False), 3: ("", "", True), 6: ("8888", "B", False), 7: ("", "A", False)},
        {4: {1: 8, 6: 1}},
    )
    found = read(path, layout=layout)
    by_line = {row[0]: row for row in found.rows}
    assert by_line[2] == (plain[2][0], b"7777", *plain[2][2:])
    assert [(row.line, row.reason) for row in found.set_aside] == [(3, "voided_by_grader")]
    assert by_line[4][1:3] == plain[4][1:3]
    assert by_line[4][3] == b"\x08" + plain[4][3][1:5] + b"\x01"
    assert by_line[5] == plain[5]
    assert (by_line[6][1:3], by_line[7][1:3]) == ((b"8888", 1), (b"0907", 0))
    file = recognise(0, path, layout)
    met = {line: one for chunk in read_file(file, layout) for line, one in chunk.met.items()}
    assert sorted(met) == [2, 3, 4, 6, 7]
    assert (met[6].raw, met[6].candidate_id, met[6].form) == (rows[4], "", "B")
    assert met[3].form is None


def test_decisions_on_a_long_table_stand_for_the_group_that_begins_there(tmp_path: Path) -> None:
    lines = [f"{who},A,{n},B" for who in ("1", "2", "3") for n in range(1, 7)]
    lines += [f",A,{n},C" for n in range(1, 7)]
    path = written(tmp_path, ("candidate_id,form,question,answer\n" + "\n".join(lines)).encode())
    layout = decided(
        {2: ("71", "", False), 8: ("", "", True), **dict.fromkeys(range(20, 26), ("74", "", False))},
        {14: {2: 8}},
    )
    found = read(path, layout=layout)
    assert [(row[0], row[1], row[3]) for row in found.rows] == [
        (2, b"71", b"\2\2\2\2\2\2"), (14, b"3", b"\2\x08\2\2\2\2"), (20, b"74", b"\4\4\4\4\4\4"),
    ]  # fmt: skip
    assert [(row.line, row.candidate_id, row.reason) for row in found.set_aside] == [
        (8, "2", "voided_by_grader")
    ]
