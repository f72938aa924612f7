"""What printed files are called on pages, by the names of their files, and how many pages they have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from examgen.core.problems import ExamgenError
from examgen.core.readings import Readings
from examgen.core.words import Message, tell
from examgen.rendering.pdf.page_counts import page_count

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
"""Files of a printing that no printer is given."""


def words_of(name: str) -> Message:
    """What a printed file is called on a page; a name that nobody expects stands as it is."""
    if name in _PLAIN:
        return _PLAIN[name]
    if found := re.fullmatch(r"accessible/booklet-(.+)\.pdf", name):
        return tell("Form {form} for a screen reader", form=found[1])
    if found := re.fullmatch(r"large-print/booklet-(.+)\.pdf", name):
        return tell("Form {form} in large print", form=found[1])
    if found := re.fullmatch(r"booklet-(.+)\.pdf", name):
        return tell("Form {form}", form=found[1])
    if found := re.fullmatch(r"candidate-sheet-(.+)\.pdf", name):
        return tell("Sheet for candidates of form {form}", form=found[1])
    if found := re.fullmatch(r"(.+)-booklets\.pdf", name):
        return tell("Booklet {serial}", serial=found[1])
    if found := re.fullmatch(r"(.+)-sheets\.pdf", name):
        return tell("Answer sheet {serial}", serial=found[1])
    if found := re.fullmatch(r"(.+)-accessible\.pdf", name):
        return tell("Booklet {serial} for a screen reader", serial=found[1])
    return tell("{file}", file=name)


def pages_of(path: Path) -> int | None:
    """How many pages a printed file has; None where it has none, or cannot be read."""
    if path.suffix != ".pdf":
        return None
    try:
        return _counted.of(path, [path], partial(page_count, path))
    except (ExamgenError, OSError):
        return None


_counted = Readings[int](8192)
