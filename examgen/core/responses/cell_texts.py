"""What cells of tables are as text, whatever file they stand in."""

from __future__ import annotations

import re

UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters, and what bytes become that are not text."""

EXACT = 10**15
"""Spreadsheets keep fifteen digits: a larger number has lost some."""


def number_text(value: float, exact: int = EXACT) -> str:
    """A whole number as its digits; one beyond the digits that are kept as `1.23E+20`."""
    if abs(value) >= exact:
        return f"{value:.6E}"
    return str(int(value)) if value == int(value) else repr(value)
