"""The letters of printed options."""

from __future__ import annotations

LETTERS = "ABCDE"
THAI_LETTERS = "กขคงจ"
