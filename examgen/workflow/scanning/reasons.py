"""Why a page has its outcome, in words."""

from __future__ import annotations

from examgen.scanning import ledger, page_reading
from examgen.scanning.input import page_image
from examgen.words import Message, tell

REASONS = {**page_reading.REASONS, **page_image.REASONS, **ledger.REASONS}
"""Every reason of pages.csv with what it means."""


def reason_said(code: str) -> Message | str:
    """What a reason means."""
    meaning = REASONS.get(code, code)
    return tell(meaning) if code in REASONS else meaning
