"""The summary of a command: what happened, what needs a person, what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from examgen.analysis.parts import ReportedLine, line
from examgen.commands.screen import said, short, width
from examgen.core.words import Message, as_typed, joined, tell

Lines = Iterator[ReportedLine]
COLUMNS = 100
"""The width of a screen in columns."""
MOST_LINES = 4
"""The maximum number of lines of one kind shown on a screen."""
MOST_ITEMS = 10
"""The maximum number of items to check shown on a screen."""
_INDENT = "  "


class Need(NamedTuple):
    """Something that needs a person, with the file or command for it."""

    text: str
    where: str = ""


def needs_you(needs: Sequence[Need]) -> Lines:
    """Yield a heading and a line for each need. Files and commands are in a column if all fit, else on lines
    of their own."""
    if not needs:
        return
    yield line("Needs you", "bold")
    rows = [(said(need.text), said(need.where)) for need in needs]
    column = max((width(text) for text, where in rows if where), default=0)
    fits = all(len(_INDENT) * 2 + column + width(where) <= COLUMNS for _, where in rows)
    for text, where in rows:
        if where and fits:
            yield ReportedLine(f"{_INDENT}{text}{' ' * (column - width(text))}{_INDENT}{where}", "yellow")
        else:
            yield ReportedLine(f"{_INDENT}{text}", "yellow")
            if where:
                yield ReportedLine(f"{_INDENT * 2}{where}", "yellow")


def next_steps(*steps: str) -> Lines:
    """Yield the commands to type next, on one line if they fit."""
    shown = [step if isinstance(step, Message) else as_typed(step) for step in steps if step]
    if not shown:
        return
    whole = said(tell("Next: {steps}", steps=joined(shown, " · ")))
    if width(whole) <= COLUMNS:
        yield ReportedLine(whole, "bold")
        return
    yield line("Next: {steps}", "bold", steps=shown[0])
    indent = " " * width(said(tell("Next: {steps}", steps="")))
    for step in shown[1:]:
        yield ReportedLine(f"{indent}{said(step)}", "bold")


def details(*places: str) -> Lines:
    """Yield where the details are: files, a fingerprint, `--verbose`."""
    yield line("Details: {places}", "dim", places=joined(filter(None, places), " · "))


def first_lines(
    lines: Iterable[Message | str], style: str = "yellow", most: int = MOST_LINES, where: str = "--verbose"
) -> Lines:
    """Yield the first of several lines, and how many more there are by `where`."""
    shown = list(lines)
    for one in islice(shown, most):
        yield ReportedLine(one, style)
    if len(shown) > most:
        yield line("  … and {n:,} more ({where})", style, n=len(shown) - most, where=where)


def to_open(paths: Iterable[Path]) -> Path:
    """Return the file to open first: a PDF, else an HTML page."""
    return min(paths, key=lambda path: (path.suffix != ".pdf", path.suffix != ".html", path))


def typed(path: Path) -> str:
    """Return a path as typed in a command, quoted if needed."""
    return quote(short(path))


def table_is_in(out: Path | None) -> Lines:
    """Yield where the table of items is."""
    yield from details(*([short(out)] if out is not None else []), tell("--verbose (the table of items)"))
