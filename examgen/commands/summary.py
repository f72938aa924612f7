"""Screen of a command: what happened, what needs a person, what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from examgen.analysis.parts import ReportedLine
from examgen.commands.screen import said, short, width
from examgen.core.words import Message, as_typed, joined, tell

Lines = Iterator[ReportedLine]
COLUMNS = 100
"""The width of a screen."""
MOST_LINES = 4
"""Lines of one kind that a screen shows."""
MOST_ITEMS = 10
"""Items to look at that a screen names."""
_INDENT = "  "


class Need(NamedTuple):
    """Something that needs a person, and the file or the command where it is dealt with."""

    text: str
    where: str = ""


def needs_you(needs: Sequence[Need]) -> Lines:
    """A heading and a line for each; files and commands stand in a column where all fit, else below."""
    if not needs:
        return
    yield ReportedLine(tell("Needs you"), "bold")
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
    """The commands to type next, one or several; on one line where they fit."""
    shown = [step if isinstance(step, Message) else as_typed(step) for step in steps if step]
    if not shown:
        return
    line = said(tell("Next: {steps}", steps=joined(shown, " · ")))
    if width(line) <= COLUMNS:
        yield ReportedLine(line, "bold")
        return
    yield ReportedLine(tell("Next: {steps}", steps=shown[0]), "bold")
    indent = " " * width(said(tell("Next: {steps}", steps="")))
    for step in shown[1:]:
        yield ReportedLine(f"{indent}{said(step)}", "bold")


def details(*places: str) -> Lines:
    """Say where the details are: files, a fingerprint, `--verbose`."""
    yield ReportedLine(tell("Details: {places}", places=joined(filter(None, places), " · ")), "dim")


def first_lines(lines: Iterable[Message | str], style: str = "yellow", most: int = MOST_LINES) -> Lines:
    """The first of many lines, and how many more `--verbose` shows."""
    shown = list(lines)
    for line in islice(shown, most):
        yield ReportedLine(line, style)
    if len(shown) > most:
        yield ReportedLine(tell("  … and {n:,} more (--verbose)", n=len(shown) - most), style)


def to_open(paths: Iterable[Path]) -> Path:
    """The file that people open first: a PDF, else a page."""
    return min(paths, key=lambda path: (path.suffix != ".pdf", path.suffix != ".html", path))


def typed(path: Path) -> str:
    """A path as it is typed in a command."""
    return quote(short(path))


def table_is_in(out: Path | None) -> Lines:
    """Say where the table of items is."""
    yield from details(*([short(out)] if out is not None else []), tell("--verbose (the table of items)"))
