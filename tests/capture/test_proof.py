"""Rows proven from their bytes are the rows that reading with care gives; tables without fault are proven whole."""

from __future__ import annotations

import random
import re
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.capture.answer_layout import AnswerLayout, ReadingOptions, assignment_of, closed
from examgen.capture.cells import says_totals
from examgen.capture.columns import recognise
from examgen.capture.fast.grid import RowGrid, grid_of
from examgen.capture.fast.proof import ProvenRows, may_say_totals, prove
from examgen.capture.files import parts_of
from examgen.capture.files import recognise as recognise_file
from examgen.capture.parts import read_part
from examgen.core.problems import Refused
from examgen.core.responses.rows import INVALID
from tests.effort import examples

CODECS = {"utf-8": "utf-8-sig", "cp874": "cp874"}
LETTERS: tuple[str, ...] = ("A", "B", "C", "D", "E")
UNDERSTOOD = (*"ABCDabcd1234-. ", "")
SHORT = (*LETTERS, *"abcde12345-. FXZ0?*", "")
ODD_CELLS = (
    *SHORT,
    "ก",
    "จ",
    "๑",
    "Ｂ",
    "AC",
    "A|C",
    "A,C",
    "4.0",
    " B ",
    "ก.",
    "AA",
    "none of these",
    '="C"',
    "\u200bA",
)
ODD_IDS = (
    "", "-", "id", "ID", "1", "q1", "form", "candidate_id", " 007", "007 ", "1.1E+12", "1E+5", "#N/A", "a b", "=1",
    "2020-01-02 00:00:00", '="0012"', "1.5", "+12", "-12", "i" * 63, "i" * 64, "i" * 65, "z" * 300, "ä1", "a\u200b1",
    "๗-Jan", "1๗-Jan", "๑๗-Jan-69", "ชื่อ", "ำ1", "กำ", "ก" * 22,
)  # fmt: skip
USUAL_IDS = (
    "1", "x_1", "A/7", "ก-12", "กท-01", "๑๒", "ก-Jan", "รวม", "ร_วม", "ผลรวมa", "SUM", "t_otal9", "Tot-1",
    "ก" * 21,
)  # fmt: skip
NOTES = ("", "yes", "yes", "yes", "สมชาย ใจดี", "a note", "x" * 40, "อ" * 90, "q1", "id", "=", "ัา", "a\tb")


class Table(NamedTuple):
    """A table as bytes: its header with the line end, and the lines below."""

    layout: AnswerLayout
    header: list[str]
    delimiter: str
    encoding: str
    head: bytes
    body: bytes

    @property
    def grid(self) -> RowGrid | None:
        is_assigned = bool(self.layout.assignment.dealt)
        columns = recognise(self.header, list(self.layout.sizes.values()), "x", is_assigned=is_assigned)
        return grid_of(columns, self.delimiter, self.layout, self.encoding)


def layout_of(rng: random.Random, ids: list[str]) -> AnswerLayout:
    names = rng.choice([["A"], ["A", "B"], ["A", "b", "ค"], ["F1", "F2", "SET-2026-B"], ["10", "9", "B"]])
    size = rng.randint(1, 9)
    sizes = [size if rng.random() < 0.6 else rng.randint(1, 9) for _ in names]
    alike = rng.random() < 0.6
    options = {
        name: tuple(4 if alike else rng.randint(2, 5) for _ in range(n))
        for name, n in zip(names, sizes, strict=True)
    }
    if rng.random() < 0.6:
        return AnswerLayout(options)
    dealt = [candidate if rng.random() < 0.7 else "" for candidate in ids[: rng.randint(0, len(ids))]]
    booklets = [(who, rng.choice(names), f"B{n:05d}-{n % 7}") for n, who in enumerate(dealt)]
    own = rng.random() < 0.3
    if own:
        options |= {serial: options[form] for _, form, serial in booklets}
        booklets = [(who, serial, serial) for who, _, serial in booklets]
    return AnswerLayout(options, assignment_of(booklets))


def columns_of(rng: random.Random, layout: AnswerLayout, one_string: bool, clean: bool) -> list[str]:
    sizes = layout.sizes.values()
    n = rng.randint(min(sizes), max(sizes)) if rng.random() < 0.2 else max(sizes)
    said = ["candidate_id", *(["form"] if len(sizes) > 1 or rng.random() < 0.5 else []), "ชื่อ", "note"]
    said = said[: rng.randint(2, len(said))]
    if rng.random() < 0.4:
        rng.shuffle(said)
    # Numbers as names make a first cell `1` look like a header.
    q = rng.choice(["Q", "Q" if clean else ""])
    block = ["answers"] if one_string else [f"{q}{k}" for k in range(1, n + 1)]
    place = len(said) if rng.random() < 0.3 else rng.randint(0, len(said))
    return [*said[:place], *block, *said[place:]]


THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
N_STYLES, FIRST_THAI = 7, 4
"""Ways to write ids, the last of them with Thai characters; in CP874 these are read with care."""


def id_of(rng: random.Random, n: int, style: int) -> str:
    styles = (f"{n:05d}", f"{n * 37 + 100000}", f"SYN-{n:05d}", f"c{n}_{'x' * (n % 11)}")
    return (*styles, f"กท-{n:05d}", f"{n:05d}".translate(THAI_DIGITS), f"{'ฮ' * (n % 5)}{n}/๖๙")[style]


def rows_of(
    rng: random.Random, layout: AnswerLayout, header: list[str], ids: list[str], clean: bool
) -> list[list[str]]:
    alphabets = [LETTERS[:4], SHORT] if clean else [LETTERS[:4], SHORT, ODD_CELLS]
    if "answers" not in header:
        alphabets += [tuple("กขคงจ"), tuple("12345"), tuple("abcd")]
    cells = rng.choice(alphabets)
    odd = 0 if clean else rng.choice([0, 0.05, 0.4])
    rows = []
    for candidate in ids:
        form = rng.choice(list(layout.options))
        named = form
        if serials := [
            s
            for s, f in layout.assignment.forms.items()
            if layout.assignment.allows(candidate, s) and f in layout.options
        ]:
            named = rng.choice(serials)
            form = layout.assignment.forms[named]
        elif candidate in layout.assignment.dealt:
            named = form = layout.assignment.dealt[candidate]
        answers = [rng.choice(cells) for _ in layout.options[form]]
        said = {
            "candidate_id": candidate,
            "form": named,
            "answers": "".join(a if len(a) == 1 else " " for a in answers),
        }
        said |= {"ชื่อ": rng.choice(NOTES[1:7]), "note": rng.choice(NOTES if not clean else NOTES[:7])}
        said |= {f"{q}{k}": a for k, a in enumerate(answers, 1) for q in ("Q", "")}
        row = [said.get(name, "") for name in header]
        if rng.random() < odd:
            k = rng.randrange(len(row))
            row[k] = rng.choice(
                (*ODD_IDS, *USUAL_IDS, *ODD_CELLS, *NOTES, "A", "Z", "B00001-1", "f1", "\u0e31x")
            )
        if rng.random() < odd / 4:
            row = (
                header
                if rng.random() < 0.3
                else row[: rng.randrange(len(row))] + rng.choice([[], ["A", "B"], row])
            )
        rows.append(row)
    return rows


def written(rng: random.Random, row: list[str], delimiter: str, quoting: float) -> str:
    return delimiter.join(
        f'"{f}"' if rng.random() < quoting or (quoting and delimiter in f) else f for f in row
    )


def damaged(rng: random.Random, body: bytes) -> bytes:
    out = bytearray(body)
    for _ in range(rng.choice([0, 1, 1, 3, 10])):
        at = rng.randrange(len(out) + 1)
        byte = rng.choice([rng.randrange(256), *b'",;\t|\n\r\0\x1a\x7f\xe0\xff A1'])
        kind = rng.randrange(4)
        if kind == 0:
            out.insert(at, byte)
        elif kind == 1:
            del out[at : at + rng.randint(1, 3)]
        elif kind == 2:
            out[at : at + 1] = bytes([byte])
        else:
            out[at:at] = out[at : at + rng.randint(1, 40)]
    return bytes(out)


def table_of(seed: int, clean: bool) -> Table:
    rng = random.Random(seed)
    style = rng.randrange(N_STYLES)
    first = rng.choice([1, 95, 99_990])
    ids = [id_of(rng, first + n, style) for n in range(rng.choice([1, 3, 8, 30]))]
    layout = layout_of(rng, ids)
    if clean:
        layout = AnswerLayout(
            {n.replace("ค", "C"): sizes for n, sizes in layout.options.items()}, layout.assignment
        )
        if "ค" in layout.assignment.forms.values():
            layout = AnswerLayout(layout.options)
    if not clean and rng.random() < 0.4:
        roster = [one.encode() for one in rng.sample(ids, rng.randint(0, len(ids)))]
        layout = AnswerLayout(layout.options, closed(layout.assignment, roster))
    one_string = rng.random() < 0.3
    header = columns_of(rng, layout, one_string, clean)
    if layout.assignment.dealt and "form" in header and rng.random() < 0.3:
        header.remove("form")
    rows = rows_of(rng, layout, header, ids, clean)
    delimiter = rng.choice(",,,;\t|")
    end = rng.choice(["\n", "\n", "\r\n"])
    may_be_cp874 = "ชื่อ" in header and not (clean and style >= FIRST_THAI)
    encoding = rng.choice(["utf-8", "utf-8", "cp874"]) if may_be_cp874 else "utf-8"
    quoting = 0 if clean else rng.choice([0, 0, 0.02])
    lines = [written(rng, row, delimiter, quoting) for row in rows]
    text = end.join(lines) + rng.choice([end, end, ""])
    head = (delimiter.join(header) + end).encode(CODECS[encoding])
    body = text.encode(encoding, "replace")
    return Table(layout, header, delimiter, encoding, head, body if clean else damaged(rng, body))


# ── what the careful path says of a line ─────────────────────────────────────────────────────


class Said(NamedTuple):
    """A row: candidate, form, marks, extra cells."""

    candidate: str
    form: str
    marks: list[int]
    extras: list[str]


def proven_rows(table: Table, proof: ProvenRows) -> dict[int, Said]:
    """The proven rows by their line in the file, as reading with care counts lines."""
    data = table.head + table.body
    forms = list(table.layout.options)
    rows = {}
    for k, line in enumerate(proof.batch.line.tolist()):
        place = len(table.head) + int(proof.starts[line])
        number = len(re.findall(rb"\r\n|\r|\n", data[:place])) + 1
        candidate = proof.batch.ids[k].decode()
        extras = [column[k] for column in proof.batch.extras]
        rows[number] = Said(candidate, forms[proof.batch.form[k]], proof.batch.marks[k].tolist(), extras)
    return rows


def careful_rows(table: Table) -> dict[int, Said]:
    """The rows of the whole file by their line, each read with care; raises Refused."""
    forms = list(table.layout.options)
    rows = {}
    with NamedTemporaryFile() as place:
        place.write(table.head + table.body)
        place.flush()
        file = recognise_file(
            0, Path(place.name), table.layout, options=ReadingOptions(table.encoding, table.delimiter)
        )
        for chunk in read_part(file, parts_of(file, 1)[0], table.layout, careful=True):
            if batch := chunk.batch:
                for k, line in enumerate(batch.line.tolist()):
                    extras = [column[k] for column in batch.extras]
                    marks = batch.marks[k].tolist()
                    rows[line] = Said(batch.ids[k].decode(), forms[batch.form[k]], marks, extras)
    return rows


def assert_as_careful(table: Table, proof: ProvenRows) -> None:
    """Every proven row is the row that careful reading of the whole file gives."""
    try:
        careful = careful_rows(table)
    except Refused:
        # Nothing is said of a file that is refused: one with no row, or with a second, other header.
        return
    proven = proven_rows(table, proof)
    assert proven == {line: careful.get(line) for line in proven}


def assert_sound(table: Table, fewest: int, at_a_time: int = 1 << 18) -> ProvenRows | None:
    grid = table.grid
    if grid is None:
        return None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("examgen.capture.fast.proof._AT_A_TIME", at_a_time)
        proof = prove(table.body, grid, fewest)
    assert len(proof.proven) == len(proof.starts) == len(proof.ends)
    assert proof.proven.sum() == proof.batch.size
    assert proof.batch.line.tolist() == np.flatnonzero(proof.proven).tolist()
    if proof.batch.plain:
        marks = proof.batch.marks
        assert ((marks != 0) & (marks != INVALID) & (marks & (marks - np.uint8(1)) == 0)).all()
    assert_as_careful(table, proof)
    return proof


@settings(max_examples=examples(200))
@given(st.integers(0, 2**32), st.sampled_from([1, 12]), st.sampled_from([64, 1 << 18]))
def test_proven_rows_are_those_of_the_careful_path(seed: int, fewest: int, at_a_time: int) -> None:
    assert_sound(table_of(seed, clean=False), fewest, at_a_time)


@settings(max_examples=examples(100))
@given(st.integers(0, 2**32))
def test_tables_without_fault_are_proven_whole(seed: int) -> None:
    table = table_of(seed, clean=True)
    proof = assert_sound(table, 1)
    if proof is None:
        assert table.header[0] == "answers"
    else:
        assert_wholly_proven(table, proof)


def assert_wholly_proven(table: Table, proof: ProvenRows) -> None:
    """All rows that can be read are proven, but for those with a mark that is not an option: those set aside
    lack a question, or name a form not dealt."""
    careful = {line: row for line, row in careful_rows(table).items() if INVALID not in row.marks}
    assert proven_rows(table, proof) == careful


# ── tables as they come ──────────────────────────────────────────────────────────────────────

LAYOUT = AnswerLayout({"A": (4,) * 6, "B": (5,) * 6})
HEAD = "candidate_id,form,Q1,Q2,Q3,Q4,Q5,Q6\n"


def table(
    body: str | bytes, head: str = HEAD, layout: AnswerLayout = LAYOUT, encoding: str = "utf-8"
) -> Table:
    data = body if isinstance(body, bytes) else body.encode(encoding)
    return Table(layout, head.strip().split(","), ",", encoding, head.encode(CODECS[encoding]), data)


def proven(table: Table, fewest: int = 1) -> ProvenRows:
    proof = assert_sound(table, fewest)
    assert proof is not None
    return proof


@pytest.mark.long("three thousand rows; test_proof draws small files in every shape")
def test_a_sitting_with_one_dirty_row_in_a_hundred() -> None:
    rng = random.Random(7)
    layout = AnswerLayout(dict.fromkeys("AB", (4,) * 60))
    head = ",".join(["candidate_id", "form", *(f"Q{k}" for k in range(1, 61)), "ชื่อ"]) + "\n"
    good, lines = [], []
    for n in range(3000):
        cells = [rng.choice("ABCD" if n % 10 else UNDERSTOOD) for _ in range(60)]
        good.append(n % 100 != 0)
        row = ",".join([f"{n * 17}", "AB"[n % 2], *cells, rng.choice(NOTES[1:8])])
        lines.append(row if good[-1] else rng.choice([row + ",A", row[:50], f'"{row}', "1.1E+12" + row]))
    found = proven(table("\n".join(lines), head, layout), fewest=12)
    assert found.proven.tolist() == good


IDS = [
    "0001", "TH-000123-A", "550e8400-e29b-41d4-a716-446655440000", "กท-000123", "๐๐๐๑๒๓", "AVE-1", "รท-1",
    "s_1", "๑/๖๙",
]  # fmt: skip


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("candidate", IDS)
def test_ids_as_they_are_usual_are_proven(candidate: str, quote: str) -> None:
    rows = [[candidate, "A", *"ABCDAB"], [candidate + "7", "A", *"ABCDAB"]]
    body = "".join(",".join(f"{quote}{cell}{quote}" for cell in row) + "\n" for row in rows)
    assert proven(table(body)).proven.tolist() == [True, True]


@pytest.mark.parametrize(
    "candidate",
    ["๗-Jan", "๑๗-Jan-69", "1๗-Feb", "ก\u0e33-1", "ๆ1", "ชื่อ", "\u200b๑", "ก.1", "ข" * 22, "Q1", "เ1"],
)
def test_ids_that_may_be_something_else_are_read_with_care(candidate: str) -> None:
    assert proven(table(f"{candidate},A,A,B,C,D,A,B\n")).proven.tolist() == [False]


SUMS = [
    "รวม", "ร_วม_คน", "ยอดรวม9", "ผลรวม", "Grand-Total", "sub_totals", "TOTAL7", "t__otal", "Sum", "COUNT",
    "average", "m_e_a_n",
]  # fmt: skip


@pytest.mark.parametrize("word", SUMS)
def test_a_word_for_a_sum_in_place_of_an_id_is_looked_at(word: str) -> None:
    assert says_totals(word)
    room = -(-len(word.encode()) // 8) * 8
    assert may_say_totals(
        np.array([word.encode(), b"TH-01", "กท-1".encode()], f"S{max(room, 8)}")
    ).tolist() == [True, False, False]


def test_a_thai_id_answers_only_by_what_it_was_dealt() -> None:
    dealt = assignment_of([("กท-1", "A", "S1"), ("๑๒", "B", "S2"), ("", "B", "S3")])
    layout = AnswerLayout(LAYOUT.options, dealt)
    rows = [
        ("กท-1", "A"), ("กท-1", "B"), ("๑๒", "B"), ("๑๒", "S2"), ("กท-1", "S2"), ("ขท-1", "B"), ("ขท-1", "S3"),
    ]  # fmt: skip
    body = "".join(f"{who},{form},A,B,C,D,A,B\n" for who, form in rows)
    assert proven(table(body, layout=layout)).proven.tolist() == [True, False, True, True, False, True, True]


@pytest.mark.parametrize("letters", ["ABCD", "abcd", "aBCd", "กขคง", "1234"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp874"])
def test_plain_rows_of_any_alphabet(letters: str, encoding: str) -> None:
    head = HEAD.strip() + ",ชื่อ\n"
    rows = "".join(f"{n:03d},A,{','.join(letters[(n + k) % 4] for k in range(6))},ก\n" for n in range(30))
    proof = proven(table(rows, head, encoding=encoding))
    assert proof.proven.all()
    assert proof.batch.plain
    assert proof.batch.marks[1].tolist() == [2, 4, 8, 1, 2, 4]


def test_a_letter_that_the_item_does_not_have_is_left_to_care() -> None:
    body = "1,A,A,B,C,D,E,A\n2,B,A,B,C,D,E,F\n3,B,A,B,C,D,E,-\n"
    proof = proven(table(body))
    assert proof.batch.marks.tolist() == [[1, 2, 4, 8, 16, 0]]
    careful = careful_rows(table(body))
    assert [careful[n].marks for n in (2, 3)] == [[1, 2, 4, 8, INVALID, 1], [1, 2, 4, 8, 16, INVALID]]


def test_a_sum_over_rows_that_begins_with_an_answer_is_left() -> None:
    head = "Q1,Q2,Q3,Q4,Q5,Q6,candidate_id,form\n"
    rows = "total,,,,,,12,A\nA,B,C,D,A,B,1,A\n AB,B,C,D,A,B,2,A\n"
    assert proven(table(rows, head)).proven.tolist() == [False, True, True]


def test_questions_that_a_shorter_form_does_not_have_are_blank_or_the_row_is_left() -> None:
    layout = AnswerLayout({"A": (4,) * 6, "B": (4,) * 4})
    proof = proven(table("1,B,A,B,C,D,,\n2,B,A,B,C,D,A,A\n3,A,A,B,C,D,,\n", layout=layout))
    assert proof.proven.tolist() == [True, False, True]
    assert not proof.batch.plain


ROW = "{},A,A,B,C,D,A,B\n"


@pytest.mark.parametrize(
    "candidate",
    [name for name in ODD_IDS if name not in ("1", "x_1", "A/7", "กท-01", "๑๒", "รวม", "ร_วม", "ก-12")],
)
def test_odd_ids_are_left(candidate: str) -> None:
    proof = proven(table(ROW.format(candidate) + ROW.format("007")))
    assert proof.proven.tolist() == [len(candidate) in (63, 64), True]


@pytest.mark.parametrize(
    "line",
    [
        '1,"A"A,A,B,C,D,A,B', "1,A,A,B\0,C,D,A,B", "1,A,A,B\x7f,C,D,A,B", "1,A,A,B\r,C,D,A,B", "1,A,A,B,C,D,A",
        "1,A,A,B,C,D,A,B,", "1,Z,A,B,C,D,A,B", "1,,A,B,C,D,A,B", HEAD.strip(), "", ",,,,,,,", "1,A,A,B,C,D,A,\x1a",
        "Q6,A,A,B,C,D,A,B", "1;A;A;B;C;D;A;B", "1,A,A,B,C,D,A,B\t",
    ],
)  # fmt: skip
def test_doubtful_lines_are_left(line: str) -> None:
    body = ROW.format("007") + line + "\n" + ROW.format("008")
    proof = proven(table(body))
    assert proof.proven.tolist() == [True, False, True]
    assert [body[a:b] for a, b in zip(proof.starts, proof.ends, strict=True)] == body.split("\n")[:-1]


def test_bytes_that_are_no_text_taint_their_own_line_only() -> None:
    head = HEAD.strip() + ",ชื่อ\n"
    good = "1,A,A,B,C,D,A,B,สมชาย\n".encode()
    assert proven(table(good + good[:-2] + b"\n2" + good[1:], head)).proven.tolist() == [True, False, True]
    thai = "1,A,A,B,C,D,A,B,สมชาย\n".encode("cp874")
    stray = b"2,A,A,B,C,D,A,B,\xd1x\n3,A,A,B,C,D,A,B,\xdb\n"
    assert proven(table(thai + stray, head, encoding="cp874")).proven.tolist() == [True, False, False]


def test_personal_forms_are_proven_for_those_who_were_dealt_them() -> None:
    serials = [f"P{n:06d}" for n in range(500)]
    layout = AnswerLayout(
        dict.fromkeys(serials, (4,) * 6),
        assignment_of((f"{n:04d}" if n else "", serial, serial) for n, serial in enumerate(serials)),
    )
    rows = "".join(f"{n:04d},P{n:06d},A,B,C,D,A,B\n" for n in range(1, 500))
    proof = proven(table(rows + "0001,P000002,A,B,C,D,A,B\n0999,P000000,A,B,C,D,A,B\n", layout=layout))
    assert proof.proven.tolist() == [True] * 499 + [False, True]
    assert proof.batch.form.tolist() == [*range(1, 500), 0]


@pytest.mark.parametrize(
    "header",
    ["candidate_id,question,answer", "candidate_id,Q2,Q1,Q3,Q4,Q5,Q6", "answers,candidate_id"],
)
def test_tables_without_a_grid(header: str) -> None:
    columns = recognise(header.split(","), [6], "x")
    assert grid_of(columns, ",", AnswerLayout({"A": (4,) * 6})) is None


def test_no_lines_at_all() -> None:
    proof = proven(table(b""))
    assert proof.batch.size == len(proof.starts) == 0
