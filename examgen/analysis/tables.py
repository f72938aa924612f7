"""Tables that a function of `examgen.stats` takes beside responses: read as texts; its refusals by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress
from pathlib import Path
from typing import NamedTuple

import polars as pl

from examgen.analysis.shown import Words, message, problem, refusal
from examgen.core.csv_files import without_apostrophe
from examgen.core.files import MOST_MEGABYTES, read_input
from examgen.core.problems import ExamgenError, Problem, Refused, WrongUsage
from examgen.core.tables.coded import CodedTable, read_coded
from examgen.core.words import Message, tell, tell_n
from examgen.stats.arguments import ArgumentError, DataError
from examgen.stats.results import Note

_SHOWN = 50


class TextTable(NamedTuple):
    """Columns of texts by their names in small letters, and the file and line of each row."""

    name: str
    frame: pl.DataFrame
    places: Sequence[str]

    def problem(self, note: Note, words: Words) -> Problem:
        """A fault of the table, by its line."""
        row = note.values.get("row", note.values.get("cell"))
        return problem(self.name if row is None else self.places[row], note, words)

    def part(self, kept: Sequence[bool]) -> TextTable:
        """Some of the rows."""
        return self._replace(frame=self.frame.filter(list(kept)), places=[*compress(self.places, kept)])


def content_of(path: Path, megabytes: int = MOST_MEGABYTES) -> bytes:
    """What a file holds; WrongUsage where there is none."""
    if not path.is_file():
        raise WrongUsage(tell("{path} is not a file", path=path))
    return read_input(path, megabytes)


def refused(name: str, code: str, message: Message) -> Refused:
    """What is wrong with a file as a whole, in words that follow its name."""
    return Refused(tell("{name} {message}", name=name, message=message), [Problem(name, code, message)])


def read_table(path: Path) -> TextTable:
    """The cells of a file."""
    return text_table(path.name, read_coded(path.name, content_of(path)))


def text_table(name: str, table: CodedTable) -> TextTable:
    """The cells of a file, without the apostrophe that our files add so that spreadsheets run no formula."""
    columns = {one.name.strip().lower(): one for one in reversed(table.columns)}
    cells = {head: [one.texts[code].strip() for code in one.codes] for head, one in columns.items()}
    frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    places = [f"{name}:{line}" for line in table.lines]
    return TextTable(name, frame.select(without_apostrophe(pl.all())), places)


def refusal_by_line(
    error: ArgumentError, tables: Mapping[str, TextTable], words: Words, source: str
) -> ExamgenError:
    """What a command raises in place of an ArgumentError: the lines of the table that the argument was."""
    for argument, of in tables.items():
        words = {**words, argument: of.name, f"argument {argument}": of.name}
    first = error.args[0]
    table = tables.get(first.values.get("argument", "")) if isinstance(first, Note) else None
    if table is None or not isinstance(error, DataError):
        return refusal(error, words, source)
    problems = [table.problem(note, words) for note in error.args[:_SHOWN]]
    if "row" in first.values:
        n = len(error.args)
        return Refused(tell_n("{name} has {n} error", "{name} has {n} errors", n, name=table.name), problems)
    return Refused(message(first, words), problems)
