"""What candidates and centres are called → what can stand on one line, and be printed in our fonts."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from examgen.fonts import missing

if TYPE_CHECKING:
    from examgen.reports.candidate import CandidateReport

INSTEAD = "■"
"""Stands where the fonts lack a character."""
BY_NUMBER = "<U+{:04X}>"
"""Stands there in a number, which must stay one that no other has."""


def one_line(text: str) -> str:
    """The text without breaks and signs that are not seen: some turn what follows them around."""
    if text.isascii() and text.isprintable():
        return text
    kept = (" " if char.isspace() or unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join("".join(char for char in kept if unicodedata.category(char) != "Cf").split())


def lacking(report: CandidateReport) -> list[str]:
    """The characters of a candidate's name, number and place that the fonts lack."""
    return missing("".join((report.name, report.candidate_id, *(value for _, value in report.place))))


def in_our_letters(report: CandidateReport) -> CandidateReport:
    """The report with `INSTEAD` for what the fonts lack; a number stays one that no other has."""
    return report._replace(
        name=printable(report.name),
        candidate_id=printable(report.candidate_id, BY_NUMBER),
        place=tuple((name, printable(value)) for name, value in report.place),
    )


def printable(text: str, instead: str = INSTEAD) -> str:
    """The text with something in place of each character that the fonts lack."""
    return text.translate({ord(char): instead.format(ord(char)) for char in missing(text)})
