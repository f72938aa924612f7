"""Lines, tables and files that a command or page shows as its result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.problems import Problem
from examgen.core.words import joined, tell, tell_n

Document = dict[str, Any]


class ReportedLine(NamedTuple):
    """A sentence, with a `style`: `bold` for what matters most, `yellow` for warnings."""

    text: str
    style: str = ""


def line(text: str, style: str = "", /, **values: object) -> ReportedLine:
    """Return the message that `tell` makes of the text and the values, as a line in a style."""
    return ReportedLine(tell(text, **values), style)


def line_n(one: str, many: str, n: int, style: str = "", /, **values: object) -> ReportedLine:
    """Return the message that `tell_n` makes, as a line in a style."""
    return ReportedLine(tell_n(one, many, n, **values), style)


class ReportedTable(NamedTuple):
    """A table; its cells are numbers from the column `numbers_from` on."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[object]]
    numbers_from: int = 1


class ReportedFiles(NamedTuple):
    """Files that were written, for the user to open."""

    title: str
    paths: Sequence[Path]


class ReportedProblems(NamedTuple):
    """Faults and notices, one per line, printed to the error stream."""

    problems: Sequence[Problem]


Part = ReportedLine | ReportedTable | ReportedFiles | ReportedProblems
Parts = Iterator[Part]


def number(value: Any, digits: int = 3) -> str:
    """Return a value as people read it; a dash if it is missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool):
        return tell("yes") if value else ""
    if isinstance(value, list):
        return " ".join(number(one, digits) for one in value)
    if isinstance(value, float):
        short = f"{value:.0f}" if value.is_integer() and abs(value) >= 1 else f"{value:z.{digits}f}"
        return short if abs(value) < 1e6 else f"{value:.3g}"
    return str(value)


def notes_of(found: Mapping[str, Any]) -> Parts:
    """Yield the notes of an analysis; a note on several items is shown once, with the names of all."""
    by_message: dict[str, list[str]] = {}
    for note in found["notes"]:
        of = note["item"] or (tell("form {form}", form=note["form"]) if note.get("form") else "")
        named = by_message.setdefault(note["message"], [])
        if of and of not in named:
            named.append(of)
    for message, named in by_message.items():
        said = joined((joined(named), message), ": ") if named else message
        yield ReportedLine(tell("note: {message}", message=said), "yellow")
