"""The tables that flow between capture, scoring and reports: column names, types and meaning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

BLANK = 0
INVALID = 0x80
"""Mark that is no option of the item; other values have bit k set where letter k is marked."""

RESPONSE_ROWS = {"file": pl.String, "line": pl.Int64, "candidate_id": pl.String, "form": pl.String}
QUARANTINE = {
    "file": pl.String,
    "line": pl.Int64,
    "candidate_id": pl.String,
    "reason": pl.String,
    "raw": pl.String,
}
_QUESTIONS = {
    "form": pl.String,
    "question": pl.Int64,
    "item": pl.String,
    "unit": pl.String,
    "element": pl.String,
    "pc": pl.String,
}
FORMS = {**_QUESTIONS, "options": pl.String}
KEY = {**_QUESTIONS, "key": pl.String, "points": pl.Int64}
DEALT = dict.fromkeys(("candidate_id", "name", "room", "seat", "form", "serial", "base"), pl.String)
"""Whose booklet is which: `form` as in forms.csv, `base` the form it was drawn from."""

CANDIDATES = {
    "candidate_id": pl.String,
    "form": pl.String,
    "score": pl.Int64,
    "max_score": pl.Int64,
    "percent": pl.String,
    "decision": pl.String,
    "answered": pl.Int64,
    "blank": pl.Int64,
    "multiple": pl.Int64,
    "invalid": pl.Int64,
}
"""`decision` is `pass`, `fail` or empty (no pass rule); the last four add up to the form's items."""

PC_COVERAGE = {
    "unit": pl.String,
    "element": pl.String,
    "pc": pl.String,
    "candidates": pl.Int64,
    "mean_percent": pl.String,
    "met": pl.Int64,
    "not_met": pl.Int64,
    "insufficient": pl.Int64,
}
"""Between `pc` and `candidates` stands a column `items_<FORM>` for each form."""

Marks = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class InputFile:
    """An answer file as it was recognised: its bytes' hash, its structure, its rows."""

    name: str
    sha256: str
    structure: str
    """Said back to the grader: `wide, 40 answers, comma, UTF-8 with BOM`."""
    rows: int


@dataclass(frozen=True, slots=True)
class Responses:
    """What candidates marked.

    `rows` has the columns of `RESPONSE_ROWS`, then the extra columns that came in, one row a
    candidate in the order read. `marks` is (rows, most questions of any form) of bit masks:
    0 blank, bit k for letter k, several bits a multiple mark, `INVALID` unreadable; columns past
    a form's last question are 0. `rows_read` = rows + identical_repeats + quarantine, always.
    """

    rows: pl.DataFrame
    marks: Marks
    quarantine: pl.DataFrame
    files: tuple[InputFile, ...]
    rows_read: int
    identical_repeats: int

    @property
    def extra_columns(self) -> tuple[str, ...]:
        """Names of the columns passed through untouched."""
        return tuple(name for name in self.rows.columns if name not in RESPONSE_ROWS)


@dataclass(frozen=True, slots=True)
class Scores:
    """The three result tables, in the columns of the contract."""

    candidates: pl.DataFrame
    pc_results: pl.DataFrame
    pc_coverage: pl.DataFrame
