"""The tables that flow between capture, scoring and reports: column names, types and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from examgen.responses import BLANK, INVALID, Marks

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "BLANK",
    "CANDIDATES",
    "DEALT",
    "FORMS",
    "INVALID",
    "KEY",
    "PC_COVERAGE",
    "QUARANTINE",
    "RESPONSE_ROWS",
    "InputFile",
    "Marks",
    "Responses",
    "Scores",
]

RESPONSE_ROWS = {"file": str, "line": int, "candidate_id": str, "form": str}
QUARANTINE = {
    "file": str,
    "line": int,
    "candidate_id": str,
    "reason": str,
    "raw": str,
}
_QUESTIONS = {
    "form": str,
    "question": int,
    "item": str,
    "unit": str,
    "element": str,
    "pc": str,
}
FORMS = {**_QUESTIONS, "options": str}
KEY = {**_QUESTIONS, "key": str, "points": int}
DEALT = dict.fromkeys(("candidate_id", "name", "room", "seat", "form", "serial", "base"), str)
"""Whose booklet is which: `form` as in forms.csv, `base` the form it was drawn from."""

CANDIDATES = {
    "candidate_id": str,
    "form": str,
    "score": int,
    "max_score": int,
    "percent": str,
    "decision": str,
    "answered": int,
    "blank": int,
    "multiple": int,
    "invalid": int,
}
"""`decision` is `pass`, `fail` or empty (no pass rule); the last four add up to the form's items."""

ASKED_RESULTS = (
    *("second_look", "scaled", "rank", "percentile", "t_score"),
    *("criteria_met", "met_of_asked", "met_of_all"),
)
"""Columns of candidates.csv that a blueprint may ask for: no column of an answer file has their names."""

PC_COVERAGE = {
    "unit": str,
    "element": str,
    "pc": str,
    "candidates": int,
    "mean_percent": str,
    "met": int,
    "not_met": int,
    "insufficient": int,
}
"""Between `pc` and `candidates` stands a column `items_<FORM>` for each form."""


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
