"""Rows proven from their bytes are the rows that reading with care gives; tables without fault are proven whole."""

from __future__ import annotations

import random
import re
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.capture import AnswerLayout, dealing_of, read_answers
from examgen.capture.columns import recognise
from examgen.capture.grid import Grid, grid_of
from examgen.capture.proof import Proof, prove
from examgen.problems import Refused
from examgen.responses import INVALID
from examgen.tables import Responses

CODECS = {"utf-8": "utf-8-sig", "cp874": "cp874"}
LETTERS: tuple[str, ...] = ("A", "B", "C", "D", "E")
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
    "", "-", "id", "ID", "1", "q1", "form", "candidate_id", " 007", "007 ", "1.1E+12", "1E+5", "#N/A", "ก-12", "a b", "=1",
    "2020-01-02 00:00:00", '="0012"', "x_1", "A/7", "1.5", "+12", "-12", "i" * 63, "i" * 64, "i" * 65, "z" * 300, "ä1", "a\u200b1",
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
    def grid(self) -> Grid | None:
        columns = recognise(self.header, list(self.layout.sizes.values()), "x")
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
    return AnswerLayout(options, dealing_of(booklets))


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


def id_of(rng: random.Random, n: int, style: int) -> str:
    return (f"{n:05d}", f"{n * 37 + 100000}", f"SYN-{n:05d}", f"c{n}_{'x' * (n % 11)}")[style]


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
            for s, f in layout.dealing.forms.items()
            if layout.dealing.allows(candidate, s) and f in layout.options
        ]:
            named = rng.choice(serials)
            form = layout.dealing.forms[named]
        elif candidate in layout.dealing.dealt:
            named = form = layout.dealing.dealt[candidate]
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
            row[k] = rng.choice((*ODD_IDS, *ODD_CELLS, *NOTES, "A", "Z", "B00001-1", "f1", "\u0e31x"))
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
    style = rng.randrange(4)
    first = rng.choice([1, 95, 99_990])
    ids = [id_of(rng, first + n, style) for n in range(rng.choice([1, 3, 8, 30]))]
    layout = layout_of(rng, ids)
    if clean:
        layout = AnswerLayout(
            {n.replace("ค", "C"): sizes for n, sizes in layout.options.items()}, layout.dealing
        )
        if "ค" in layout.dealing.forms.values():
            layout = AnswerLayout(layout.options)
    one_string = rng.random() < 0.3
    header = columns_of(rng, layout, one_string, clean)
    rows = rows_of(rng, layout, header, ids, clean)
    delimiter = rng.choice(",,,;\t|")
    end = rng.choice(["\n", "\n", "\r\n"])
    encoding = rng.choice(["utf-8", "utf-8", "cp874"]) if "ชื่อ" in header else "utf-8"
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


def proven_rows(table: Table, proof: Proof) -> dict[int, Said]:
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


def careful_rows(found: Responses) -> dict[int, Said]:
    columns = ["line", "candidate_id", "form", *found.extra_columns]
    return {
        line: Said(candidate, form, marks, extras)
        for (line, candidate, form, *extras), marks in zip(
            found.rows.select(columns).rows(), found.marks.tolist(), strict=True
        )
    }


def assert_as_careful(table: Table, proof: Proof) -> None:
    """Every proven row is the row that careful reading of the whole file gives."""
    try:
        found = read_answers([("a", table.head + table.body)], table.layout)
    except Refused:
        # Nothing is said of a file that is refused: one with no row, or with a second, other header.
        return
    careful = careful_rows(found)
    aside = {
        line: (who, reason)
        for line, who, reason in found.quarantine.select("line", "candidate_id", "reason").rows()
    }
    for line, row in proven_rows(table, proof).items():
        if line in careful:
            assert row == careful[line]
        elif line in aside:
            assert aside[line] == (row.candidate, "conflicting_rows")
        else:
            # An identical repeat: the row kept has other extra cells at most.
            assert row[:3] in [other[:3] for other in careful.values()]


def assert_sound(table: Table, fewest: int) -> Proof | None:
    grid = table.grid
    if grid is None:
        return None
    proof = prove(table.body, grid, fewest)
    assert len(proof.proven) == len(proof.starts) == len(proof.ends)
    assert proof.proven.sum() == proof.batch.size
    assert proof.batch.line.tolist() == np.flatnonzero(proof.proven).tolist()
    if proof.batch.plain:
        marks = proof.batch.marks
        assert ((marks != 0) & (marks != INVALID) & (marks & (marks - np.uint8(1)) == 0)).all()
    assert_as_careful(table, proof)
    return proof


@settings(max_examples=200)
@given(st.integers(0, 2**32), st.sampled_from([1, 12]))
def test_proven_rows_are_those_of_the_careful_path(seed: int, fewest: int) -> None:
    assert_sound(table_of(seed, clean=False), fewest)


@settings(max_examples=100)
@given(st.integers(0, 2**32))
def test_tables_without_fault_are_proven_whole(seed: int) -> None:
    table = table_of(seed, clean=True)
    proof = assert_sound(table, 1)
    if proof is None:
        assert "answers" in table.header[:1]
    else:
        assert_wholly_proven(table, proof)


def assert_wholly_proven(table: Table, proof: Proof) -> None:
    found = read_answers([("a", table.head + table.body)], table.layout)
    readable = careful_rows(found)
    assert set(proven_rows(table, proof)) == set(readable)
