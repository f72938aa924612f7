"""Laws of reading: one content in every dress, and damaged bytes that lose or misread no row."""

from __future__ import annotations

import csv
import gzip
import io
from itertools import compress
from typing import NamedTuple

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.capture.answer_layout import AnswerLayout
from examgen.core.problems import Refused
from examgen.core.responses.rows import INVALID
from tests.effort import examples
from tests.settled import Responses, read_answers

ALPHABETS = ("ABCDE", "abcde", "กขคงจ", "12345", "๑๒๓๔๕")
BLANKS = (" ", "-", ".")


class Paper(NamedTuple):
    """A small exam and what its candidates marked: a set of letter numbers, or None for nonsense."""

    layout: AnswerLayout
    rows: list[tuple[str, str, list[frozenset[int] | None]]]

    @property
    def width(self) -> int:
        return max(map(len, self.layout.options.values()))


@st.composite
def papers(draw: st.DrawFn, several: bool = True) -> Paper:
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=2))
    options = {f"F{k}": tuple(draw(st.integers(2, 5)) for _ in range(n)) for k, n in enumerate(sizes)}
    ids = draw(
        st.lists(
            st.from_regex(r"[0-9ก-ฮA-Z][0-9A-Z-]{0,12}", fullmatch=True), min_size=1, max_size=6, unique=True
        )
    )
    rows = []
    for candidate in ids:
        form = draw(st.sampled_from(sorted(options)))
        most = 5 if several else 1
        mark = st.one_of(st.none(), st.frozensets(st.integers(0, 4), max_size=most))
        rows.append((candidate, form, [draw(mark) for _ in options[form]]))
    return Paper(AnswerLayout(options), rows)


def expected(paper: Paper) -> list[list[int]]:
    found = []
    for _, form, marks in paper.rows:
        row = [0] * paper.width
        for i, (mark, n) in enumerate(zip(marks, paper.layout.options[form], strict=True)):
            invalid = mark is None or any(letter >= n for letter in mark)
            row[i] = INVALID if invalid else sum(1 << letter for letter in mark or ())
        found.append(row)
    return found


def written(draw: st.DrawFn, mark: frozenset[int] | None, one_character: bool) -> str:
    if mark is None:
        return draw(st.sampled_from("XZ*0"))
    if not mark:
        return draw(st.sampled_from(BLANKS if one_character else ("", *BLANKS)))
    letters = [draw(st.sampled_from(ALPHABETS))[letter] for letter in sorted(mark)]
    if one_character:
        return letters[0]
    joined = draw(st.sampled_from(["", "|", ",", " ", ", "])).join(letters)
    return draw(st.sampled_from(["{}", " {}", "{} "])).format(joined)


def sheet(draw: st.DrawFn, paper: Paper, structure: str) -> list[list[str]]:
    """The paper as the rows of a table, its columns in any order."""
    head = {
        "wide": [f"Q{n + 1}" for n in range(paper.width)],
        "one string": ["answers"],
        "long": ["question", "answer"],
    }
    rows = [["candidate_id", "form", *head[structure], "ชื่อ"]]
    for candidate, form, marks in paper.rows:
        cells = [written(draw, mark, structure == "one string") for mark in marks]
        name = draw(st.sampled_from(["สมชาย", 'ก, "ข"', ""]))
        if structure == "wide":
            rows.append([candidate, form, *cells, *[""] * (paper.width - len(cells)), name])
        elif structure == "one string":
            rows.append([candidate, form, "".join(cells), name])
        else:
            rows += [[candidate, form, f"{n}", cell, name] for n, cell in enumerate(cells, 1)]
    order = draw(st.permutations(range(len(rows[0]))))
    return [[row[i] for i in order] for row in rows]


def delimited(draw: st.DrawFn, rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(
        text,
        delimiter=draw(st.sampled_from(",;\t|")),
        lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    ).writerows(rows)
    data = text.getvalue().encode(
        draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp874"]))
    )
    return gzip.compress(data, mtime=0) if draw(st.booleans()) else data


def workbook(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


@st.composite
def dressed(draw: st.DrawFn, structure: str) -> tuple[Paper, bytes]:
    paper = draw(papers(several=structure != "one string"))
    rows = sheet(draw, paper, structure)
    return paper, workbook(rows) if draw(st.integers(0, 9)) == 0 else delimited(draw, rows)


def assert_same(paper: Paper, data: bytes) -> None:
    found = read_answers([("a", data)], paper.layout)
    understood = [
        2 * marks.count(None) <= sum(mark != frozenset() for mark in marks) for *_, marks in paper.rows
    ]
    aside = [who for (who, *_), is_scored in zip(paper.rows, understood, strict=True) if not is_scored]
    assert found.quarantine.select("candidate_id", "reason").rows() == [
        (who, "unreadable_marks") for who in aside
    ]
    assert found.rows.select("candidate_id", "form").rows() == [
        row[:2] for row in compress(paper.rows, understood)
    ]
    if any(understood):
        assert found.marks.tolist() == list(compress(expected(paper), understood))
    assert found.rows_read == len(paper.rows)


@given(dressed("wide"))
def test_wide_reads_the_same_in_every_dress(case: tuple[Paper, bytes]) -> None:
    assert_same(*case)


@given(dressed("one string"))
def test_one_string_reads_the_same_in_every_dress(case: tuple[Paper, bytes]) -> None:
    assert_same(*case)


@given(dressed("long"))
def test_long_reads_the_same_in_every_dress(case: tuple[Paper, bytes]) -> None:
    assert_same(*case)


# ── damage ───────────────────────────────────────────────────────────────────────────────────

LAYOUT = AnswerLayout({"A": (4,) * 6, "B": (5,) * 6})
WIDE = "candidate_id,form,Q1,Q2,Q3,Q4,Q5,Q6,ชื่อ\n" + "".join(
    f"{i:04d},{'AB'[i % 2]},{','.join('ABCDกข'[(i + k) % 6] for k in range(6))},สมชาย {i}\n"
    for i in range(12)
)
STRINGS = "candidate_id;form;answers\n" + "".join(
    f"{i:04d};A;{'AB CD.'[i % 6 :]}{'AB CD.'[: i % 6]}\n" for i in range(12)
)
LONG = "candidate_id\tform\tquestion\tanswer\n" + "".join(
    f"{i:04d}\tB\t{k}\t{'ABCDE'[(i + k) % 5]}\n" for i in range(5) for k in range(1, 7)
)
BASES = tuple(text.encode(codec) for text in (WIDE, STRINGS, LONG) for codec in ("utf-8", "cp874", "utf-16"))
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["set", "insert", "delete", "cut", "double"]),
        st.floats(0, 1, exclude_max=True),
        st.one_of(st.integers(0, 255), st.sampled_from(b'",;\t|\n\r\0\xe0\xff')),
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


def damage(data: bytes, edits: list[tuple[str, float, int]]) -> bytes:
    out = bytearray(data)
    for kind, place, byte in edits:
        i = int(place * len(out))
        if kind == "set" and out:
            out[i] = byte
        elif kind == "insert":
            out.insert(i, byte)
        elif kind == "delete":
            del out[i : i + 1]
        elif kind == "cut":
            del out[i : i + byte]
        else:
            out[i:i] = out[i : i + byte]
    return bytes(out)


def said(refused: Refused) -> bool:
    return bool(refused.problems) and all(p.source.startswith("a") and p.message for p in refused.problems)


def read(data: bytes) -> Responses | None:
    try:
        found = read_answers([("a", data)], LAYOUT)
    except Refused as refused:
        return None if said(refused) else pytest.fail("a refusal that names nothing")
    assert found.rows_read == found.rows.height + found.identical_repeats + found.quarantine.height
    assert found.marks.shape == (found.rows.height, 6)
    "".join(found.quarantine["raw"]).encode()
    return found


@settings(max_examples=examples(400))
@given(st.sampled_from(BASES), EDITS)
def test_damaged_bytes_are_read_accounted_for_or_refused(
    data: bytes, edits: list[tuple[str, float, int]]
) -> None:
    read(damage(data, edits))


@settings(max_examples=examples(300))
@given(st.binary(max_size=300))
def test_random_bytes_are_refused_or_read(data: bytes) -> None:
    read(data)
    read(b"candidate_id,form,answers\n" + data)


@settings(max_examples=examples(400))
@given(st.sampled_from((WIDE.encode(), STRINGS.encode())), EDITS)
def test_no_line_is_lost_and_no_untouched_line_misread(
    data: bytes, edits: list[tuple[str, float, int]]
) -> None:
    head, body = data.split(b"\n", 1)
    damaged = head + b"\n" + damage(body, edits)
    found = read(damaged)
    if found is None:
        return
    lines = damaged.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    seen = set(found.rows["line"].to_list())
    for line, raw in found.quarantine.select("line", "raw").rows():
        seen |= set(range(line, line + raw.count("\n") + 1))
    lost = [i for i, line in enumerate(lines, 1) if i > 1 and line.strip(b" ,;\t\x1a") and i not in seen]
    # A repeat kept once and a note over several lines are the only lines not named.
    notes = sum(value.count("\n") for name in found.extra_columns for value in found.rows[name])
    assert len(lost) <= found.identical_repeats + notes
    whole = dict(zip(body.split(b"\n"), pristine(data), strict=False))
    for line, candidate, form, marks in zip(
        *(found.rows[name] for name in ("line", "candidate_id", "form")), found.marks.tolist(), strict=True
    ):
        if lines[line - 1] in whole:
            assert (candidate, form, marks) == whole[lines[line - 1]]


def pristine(data: bytes) -> list[tuple[str, str, list[int]]]:
    found = read_answers([("a", data)], LAYOUT)
    return list(zip(found.rows["candidate_id"], found.rows["form"], found.marks.tolist(), strict=True))
