"""Response files as no analysis would wish for: candidates × items, and the bytes of whole files."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import Any

import numpy as np


def answers(n: int, k: int, seed: int = 1, slope: float = 1.0) -> Any:
    """Zeros and ones of a Rasch model, as objects so that a cell can become anything."""
    r = np.random.default_rng(seed)
    ability, b = r.normal(size=(n, 1)), np.linspace(-1.5, 1.5, k) if k > 1 else np.zeros(1)
    return (r.random((n, k)) < 1 / (1 + np.exp(-slope * (ability - b)))).astype(int).astype(object)


def text(
    cells: Any,
    *,
    ids: Sequence[object] | None = None,
    groups: Sequence[object] | None = None,
    items: Sequence[str] | None = None,
    between: str = ",",
    end: str = "\n",
) -> str:
    """A CSV of columns `id`, `g` (R and F by turns) and the items I1, I2 …"""
    n, k = len(cells), len(cells[0])
    ids = ids or [f"C{i}" for i in range(n)]
    groups = groups if groups is not None else ["RF"[i % 2] for i in range(n)]
    header = ["id", "g", *(items or [f"I{j + 1}" for j in range(k)])]
    rows = [[*map(str, (who, group, *row))] for who, group, row in zip(ids, groups, cells, strict=True)]
    return end.join(between.join(row) for row in [header, *rows]) + end


def with_cell(value: str) -> str:
    """A good file but for one cell of item I5 (line 9)."""
    cells = answers(60, 8)
    cells[7, 4] = value
    return text(cells)


def _column(place: int, value: object) -> str:
    cells = answers(60, 8)
    cells[:, place] = value
    return text(cells)


def _changed(**cells_of: object) -> str:
    """Cells by slice: `odd` rows, `row`, `first` half …"""
    cells = answers(60, 8)
    for where, value in cells_of.items():
        rows = {"odd": slice(1, None, 2), "row": slice(5, 6)}[where]
        cells[rows, 3 if where == "odd" else slice(None)] = value
    return text(cells)


def _gaps(share: float) -> str:
    cells = answers(60, 8)
    cells[np.random.default_rng(3).random(cells.shape) < share] = ""
    return text(cells)


def _halves() -> str:
    cells = answers(60, 8)
    cells[:30, :4], cells[30:, 4:] = "", ""
    return text(cells)


X = answers(60, 8)
GUTTMAN = (np.arange(60)[:, None] % 9 > np.arange(8)[None]).astype(int)
BOOKLETS = np.where(np.random.default_rng(5).random(X.shape) < 0.3, X + 1, X)

SCORES: dict[str, str | bytes] = {
    "constant item": _column(2, 0),
    "perfect item": _column(2, 1),
    "two candidates": text(X[:2]),
    "one candidate": text(X[:1]),
    "one cell": text([[1]]),
    "two by two": text([[1, 0], [0, 1]]),
    "all blank": text(np.full((60, 8), "")),
    "all right": text(np.ones((60, 8), int)),
    "all wrong": text(np.zeros((60, 8), int)),
    "nobody took an item": _column(3, ""),
    "an item missing for one group": _changed(odd=""),
    "a candidate without answers": _changed(row=""),
    "half the cells missing": _gaps(0.5),
    "nearly all cells missing": _gaps(0.9),
    "booklets without a common item": _halves(),
    "one item": text(answers(60, 1)),
    "two items": text(answers(60, 2)),
    "more items than candidates": text(answers(12, 40)),
    "duplicated ids": text(X, ids=["same"] * 60),
    "blank ids": text(X, ids=[""] * 60),
    "formulas as ids": text(X, ids=["=1+1", "@x", "+2", "-3", *range(56)]),
    "duplicated items": text(np.hstack([X, X])),
    "one item eight times": text(np.hstack([X[:, :1]] * 8)),
    "an item and its opposite": text(np.hstack([X[:, :1], 1 - X[:, :1]])),
    "a negative slope": text(np.hstack([1 - X[:, :1], X[:, 1:]])),
    "a Guttman pattern": text(GUTTMAN),
    "steps": text(answers(60, 8, slope=30.0)),
    "each candidate wrong once": text(1 - np.eye(12, dtype=int)),
    "noise": text((np.random.default_rng(9).random((60, 8)) < 0.5).astype(int)),
    "hardly anybody right": text((np.random.default_rng(9).random((90, 8)) < 0.03).astype(int)),
    "one group": text(X, groups=["R"] * 60),
    "a group of one": text(X, groups=["F", *["R"] * 59]),
    "a group column with blanks": text(X, groups=["RF "[i % 3].strip() for i in range(60)]),
    "a group column without a word": text(X, groups=[""] * 60),
    "fifty groups": text(X, groups=[f"G{i % 50}" for i in range(60)]),
    "groups that are right and wrong": text([[1] * 8] * 30 + [[0] * 8] * 30, groups=["F"] * 30 + ["R"] * 30),
    "truth values": text(np.where(X == 1, "TRUE", "false")),
    "decimals that are whole": text(np.where(X == 1, "1.0", "0.0")),
    "Thai digits": text(np.where(X == 1, "๑", "๐")),
    "semicolons": text(X, between=";"),
    "tabs": text(X, between="\t"),
    "old Macintosh": text(X, end="\r"),
    "mixed ends of lines": text(X[:30]) + text(X[30:], end="\r\n").split("\r\n", 1)[1],
    "UTF-16": text(X).encode("utf-16"),
    "byte order mark": text(X).encode("utf-8-sig"),
    "CP874": text(
        X, ids=[f"สมชาย ใจดี {i}" for i in range(60)], items=[f"ข้อ {j}" for j in range(1, 9)]
    ).encode("cp874"),
    "gzip": gzip.compress(text(X).encode()),
    "three categories": text(BOOKLETS),
    "categories with gaps": text(np.where(BOOKLETS == 2, 5, BOOKLETS)),
    "a score of 127": with_cell("127"),
    "below zero": with_cell("-1"),
}
"""Files that hold scores: something is always said, and never a number that means nothing."""

REFUSED: dict[str, tuple[str | bytes, str]] = {
    "a letter": (with_cell("B"), "`B` is not a score"),
    "not a number": (with_cell("Inf"), "`Inf` is not a score"),
    "1e400": (with_cell("1e400"), "`1e400` is not a score"),
    "a half": (with_cell("0.5"), "`0.5` is half a point"),
    "128": (with_cell("128"), "`128` is not a score"),
    "10**30": (with_cell("1" + "0" * 30), "is not a score"),
    "a column of names": (text(X).replace("g,", "name,", 1), "Exclude the column with --exclude name"),
    "header only": ("id,I1,I2\n", "no candidates below it"),
    "empty": (b"", "the file is empty"),
    "ids only": ("id\nC1\nC2\n", "no columns of answers"),
    "binary": (bytes(np.random.default_rng(1).integers(0, 256, 4000, dtype=np.uint8)), ""),
    "zeros": (b"\0" * 4000, ""),
    "no gzip": (b"\x1f\x8b" + b"x" * 100, ""),
    "a short row": (text(X) + "C,F,1\n", "has 3 fields, but the header has 10"),
    "a long row": (text(X) + "C,F" + ",1" * 15 + "\n", "has 17 fields, but the header has 10"),
    "a column twice": ("id,I1,I1\na,1,0\n", "have the same name"),
    "a column without a name": ("id,,I1\na,1,0\n", "has no name"),
    "a huge line": ("id,I1\n" + "x" * 2_000_000 + ",1,1\n", "has 3 fields, but the header has 2"),
}
"""Files that cannot be analysed, and words of the reason."""
