"""The labels of printed files, by file name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from examgen.core.words import Message, tell

_PLAIN: Mapping[str, Message] = {
    "booklets.pdf": tell("Booklets"),
    "sheets.pdf": tell("Answer sheets"),
    "large-print-booklets.pdf": tell("Booklets in large print"),
    "large-print-sheets.pdf": tell("Answer sheets of those who read large print"),
    "answer-sheet.pdf": tell("Blank answer sheet, without a name"),
    "answers-template.csv": tell("Table to type answers into"),
    "sheet.json": tell("Places of the bubbles, for programs that read scans"),
    "seating-plan.pdf": tell("Seating plan"),
    "attendance.pdf": tell("Attendance list"),
    "packing-slip.pdf": tell("Packing slip"),
    "accommodation.pdf": tell("Accommodations"),
}
NOT_PRINTED = frozenset({"answers-template.csv", "sheet.json"})
"""Files of a printing that are not for a printer."""


_NAMED: tuple[tuple[str, Callable[[str], Message]], ...] = (
    (r"accessible/booklet-(.+)\.pdf", lambda form: tell("Form {form} for a screen reader", form=form)),
    (r"large-print/booklet-(.+)\.pdf", lambda form: tell("Form {form} in large print", form=form)),
    (r"booklet-(.+)\.pdf", lambda form: tell("Form {form}", form=form)),
    (r"candidate-sheet-(.+)\.pdf", lambda form: tell("Sheet for candidates of form {form}", form=form)),
    (r"(.+)-booklets\.pdf", lambda serial: tell("Booklet {serial}", serial=serial)),
    (r"(.+)-sheets\.pdf", lambda serial: tell("Answer sheet {serial}", serial=serial)),
    (r"(.+)-accessible\.pdf", lambda serial: tell("Booklet {serial} for a screen reader", serial=serial)),
)


def words_of(name: str) -> Message:
    """Returns the label of a printed file; the file name itself if it is unknown."""
    if name in _PLAIN:
        return _PLAIN[name]
    found = (words(match[1]) for pattern, words in _NAMED if (match := re.fullmatch(pattern, name)))
    return next(found, tell("{file}", file=name))
