"""Answer files → rows: what candidates marked, and what could not be read.

Structure is recognised from the content and said back; row faults go to quarantine word for
word; a file that is not an answer file is refused. `docs/` and `QUARANTINE_REASONS` say the rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from examgen.capture.columns_said import ColumnsSaid, columns_said
from examgen.capture.dealing import NO_LIST, Dealing, closed, composed, dealing_of
from examgen.capture.encodings import NotUtf8
from examgen.capture.files import (
    AnswerFile,
    head_is_guess,
    kept_file,
    parts_at,
    parts_of,
    recognise,
    said_back,
)
from examgen.capture.layout import LIMITS, NOTHING_SAID, AnswerLayout, Limits, ReadingOptions
from examgen.capture.overlays import NO_OVERLAYS, Overlays, unmet, without_effect
from examgen.capture.parts import is_utf8, not_understood, raw_rows, read_part
from examgen.capture.quoted_notes import quoted_notes
from examgen.capture.reasons import QUARANTINE_REASONS, Reason
from examgen.capture.row_places import shown_names
from examgen.capture.rows import NOT_ON_LIST, UNREADABLE_MARKS
from examgen.capture.text_parts import Chunk

if TYPE_CHECKING:
    from examgen.capture.synthetic import DIRTY_KINDS, dirty, synthetic_csv

__all__ = [
    "DIRTY_KINDS",
    "LIMITS",
    "NOTHING_SAID",
    "NOT_ON_LIST",
    "NO_LIST",
    "NO_OVERLAYS",
    "QUARANTINE_REASONS",
    "UNREADABLE_MARKS",
    "AnswerFile",
    "AnswerLayout",
    "Chunk",
    "ColumnsSaid",
    "Dealing",
    "Limits",
    "NotUtf8",
    "Overlays",
    "ReadingOptions",
    "Reason",
    "closed",
    "columns_said",
    "composed",
    "dealing_of",
    "dirty",
    "head_is_guess",
    "is_utf8",
    "kept_file",
    "not_understood",
    "parts_at",
    "parts_of",
    "quoted_notes",
    "raw_rows",
    "read_part",
    "recognise",
    "said_back",
    "shown_names",
    "synthetic_csv",
    "unmet",
    "without_effect",
]

_MADE = {"DIRTY_KINDS", "dirty", "synthetic_csv"}


def __getattr__(name: str) -> Any:
    """What makes answers for trials, loaded with numpy's random numbers only where it is asked for."""
    if name not in _MADE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from examgen.capture import synthetic

    return getattr(synthetic, name)
