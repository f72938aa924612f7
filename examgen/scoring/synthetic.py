"""Marks → an answer file as a centre would send it, and the same file with faulty rows.

Every row states in its column `synthetic` that no person sat this exam.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from examgen.core.responses.rows import Marks
from examgen.core.text.characters import LETTERS, THAI_LETTERS

Cells = list[str]
Change = Callable[[Cells, Cells, np.random.Generator], list[Cells]]


def synthetic_csv(forms: Sequence[str], marks: Marks, candidates: Sequence[str] = ()) -> str:
    """Return a wide answer file: row i of `marks` (bit masks) is candidate i, on form `forms[i]`.

    `candidates` are their ids; without them the ids are SYN-00001, SYN-00002 …
    """
    n_questions = marks.shape[1]
    header = ["candidate_id", "form", *(f"Q{n}" for n in range(1, n_questions + 1)), "synthetic"]
    letters = np.array(["".join(LETTERS[k] for k in range(5) if mask >> k & 1) for mask in range(256)])
    rows = (
        [candidates[i] if candidates else f"SYN-{i + 1:05d}", form, *row, "yes"]
        for i, (form, row) in enumerate(zip(forms, letters[marks].tolist(), strict=True))
    )
    return _write([header, *rows])


def dirty(csv_text: str, n: int, seed: int) -> str:
    """Return the wide answer file of `synthetic_csv` with `n` faulty rows, using each of `DIRTY_KINDS` in
    turn.
    """
    rng = np.random.default_rng(seed)
    header, *rows = csv.reader(io.StringIO(csv_text))
    n = min(n, len(rows))
    chosen = rng.permutation(len(rows))[:n]
    changes = [change for _, change in DIRTY_KINDS]
    change_of = {int(row): changes[k % len(changes)] for k, row in enumerate(chosen)}
    changed = [
        change_of[i](list(row), header, rng) if i in change_of else [row] for i, row in enumerate(rows)
    ]
    return _write([header, *(row for group in changed for row in group)])


def _write(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _questions(row: Cells, rng: np.random.Generator, n: int) -> list[int]:
    return sorted(int(i) for i in 2 + rng.permutation(len(row) - 3)[:n])


def _conflict(row: Cells, _header: Cells, rng: np.random.Generator) -> list[Cells]:
    (question,) = _questions(row, rng, 1)
    other = "B" if row[question] == "A" else "A"
    return [row, [*row[:question], other, *row[question + 1 :]]]


def _set(row: Cells, _header: Cells, _rng: np.random.Generator, *, cell: int, text: str) -> list[Cells]:
    return [[*row[:cell], text, *row[cell + 1 :]]]


def _lengthen(row: Cells, _header: Cells, rng: np.random.Generator) -> list[Cells]:
    (question,) = _questions(row, rng, 1)
    return [[*row[:question], "A", *row[question:]]]


def _mark(row: Cells, _header: Cells, rng: np.random.Generator, *, texts: Sequence[str]) -> list[Cells]:
    for text, question in zip(texts, _questions(row, rng, len(texts)), strict=False):
        row[question] = text
    return [row]


def _other_script(row: Cells, _header: Cells, rng: np.random.Generator) -> list[Cells]:
    alphabets = (LETTERS.lower(), THAI_LETTERS, "12345", "๑๒๓๔๕", "ＡＢＣＤＥ")
    for question in range(2, len(row) - 1):
        alphabet = alphabets[int(rng.integers(len(alphabets)))]
        row[question] = row[question].translate(str.maketrans(LETTERS, alphabet))
    return [row]


def _stray_spaces(row: Cells, _header: Cells, rng: np.random.Generator) -> list[Cells]:
    for cell in [0, 1, *_questions(row, rng, 5)]:
        row[cell] = f" {row[cell]}  "
    return [row]


DIRTY_KINDS: tuple[tuple[str, Change], ...] = (
    ("the row twice", lambda row, _header, _rng: [row, row]),
    ("a second row that differs in one mark", _conflict),
    ("no candidate id", partial(_set, cell=0, text="")),
    ("a form the exam does not have", partial(_set, cell=1, text="Z")),
    ("a row cut short", lambda row, _header, rng: [row[: int(rng.integers(3, len(row)))]]),
    ("an answer too many", _lengthen),
    ("double marks", partial(_mark, texts=("AC", "B|D", "A,B"))),
    ("letters that are not options", partial(_mark, texts=("X", "7", "AA"))),
    ("lower case, Thai letters, digits", _other_script),
    ("the header once more", lambda row, header, _rng: [row, header]),
    ("blanks as dash, dot and space", partial(_mark, texts=("-", ".", " "))),
    ("stray spaces", _stray_spaces),
)
"""The kinds of faults, each with the function that changes a row."""
