"""A call of `examgen.stats` → its result, or its refusal by file and line, in English and Thai: as lines and
tables for the screen and the pages, and as plain values for `--json`.

The English text of a note is its key in the catalogues. `words` has the labels of names in a result (forms,
methods, columns, figures), and for arguments the options of the command.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress, repeat
from typing import Any, Generic, NamedTuple, TypeVar

from polars import DataFrame
from polars.selectors import float as floats

from examgen.analysis.parts import Parts, ReportedLine, ReportedTable, number
from examgen.core.problems import ExamgenError, Problem, Refused, WrongUsage
from examgen.core.words import Message, command, joined, option, tell, tell_n
from examgen.stats.arguments import ArgumentError, DataError
from examgen.stats.results import Argument, Note, Result, plain

R = TypeVar("R", bound=Result)
Words = Mapping[str, str]
_FEW_ROWS = 4
_MOST_FAULTS = 50
_NAMES = frozenset({
    "assessor", "assessors", "candidate", "candidates", "column", "first", "group", "groups", "item", "items",
    "judge", "judges", "name", "names", "person", "persons", "second", "task", "tasks", "text", "value",
    "with",
})  # fmt: skip
"""Columns and values with names that people chose.

An item called `q3` is shown as `q3`, even if there is a label for that word.
"""
_OPTIONS = {
    "missing": option("omitted"),
    "missing={None: 'not_administered'}": option("blank", "not_administered"),
    "missing={None: 'omitted'}": option("blank", "omitted"),
    "omitted_wrong": option("blank"),
    "irt": command("analyse irt"),
}
"""Options for arguments about reading, and commands for functions, if their names differ."""


def message(text: str, words: Words = {}) -> Message:  # noqa: B006
    """Return a note as a message in English and Thai; other texts stay as they are."""
    if isinstance(text, Message):
        return text
    if not isinstance(text, Note):
        return joined([text])
    values = {
        name: _value(one, {} if name in _NAMES - {"first", "second"} and type(one) is str else words)
        for name, one in text.values.items()
        if not (text.many and name == "n")
    }
    if text.many:
        return tell_n(text.text, text.many, int(text.values["n"]), **values)
    return tell(text.text, **values)


def _value(value: object, words: Words) -> object:
    if isinstance(value, Argument):
        named = words.get(f"argument {value}", _OPTIONS.get(value))
        return named if named is not None else option(value.name.replace("_", "-"), str(value.value))
    if isinstance(value, Note):
        return message(value, words)
    return words.get(value, value) if isinstance(value, str) else value


def message_note(code: str, said: Message) -> Note:
    """Return a note from a message that already has both languages."""
    return Note(code, "{message}", message=said)


def refusal(error: ArgumentError, words: Words, source: str) -> ExamgenError:
    """Return the exception of a command for an ArgumentError: Refused for faults of data, else WrongUsage."""
    note = error.args[0]
    said = message(note, words)
    if not isinstance(note, Note):  # begins with the name of an argument
        said = joined([re.sub(r"^\w+", lambda one: words.get(f"argument {one[0]}", one[0]), str(note))])
    if not isinstance(error, DataError):
        return WrongUsage(said)
    others = error.args[1:] if "data" in note.values else ()  # of data as a whole the reasons follow
    faults = [one for one in error.args if "where" in one.values] or others or error.args
    places = (one.values.get("where", words.get(one.values.get("form", ""), source)) for one in faults)
    return Refused(said, [*map(problem, places, faults[:_MOST_FAULTS], repeat(words))])


def problem(where: str, note: Note, words: Words) -> Problem:
    """Return a fault at a place in a file, or in the data as a whole."""
    fault, (item, field, judge) = (
        note.values.get("fault", note),
        map(note.values.get, ("item", "field", "judge")),
    )
    return Problem(where, fault.code, message(fault, words), item, field or judge)


class TextTable(NamedTuple):
    """Columns of texts, named in lower case, with the file and line of each row."""

    name: str
    frame: DataFrame
    places: Sequence[str]

    def problem(self, note: Note, words: Words) -> Problem:
        """Return a fault of the table with the line where it is."""
        row = note.values.get("row", note.values.get("cell"))
        return problem(self.name if row is None else self.places[row], note, words)

    def part(self, kept: Sequence[bool]) -> TextTable:
        """Return the table with only the rows that are kept."""
        return self._replace(frame=self.frame.filter(list(kept)), places=[*compress(self.places, kept)])


def refused(name: str, code: str, message: Message) -> Refused:
    """Return the refusal of a file as a whole; `message` follows the name of the file in the sentence."""
    return Refused.because("{name} {message}", [Problem(name, code, message)], name=name, message=message)


def refusal_by_line(
    error: ArgumentError, tables: Mapping[str, TextTable], words: Words, source: str
) -> ExamgenError:
    """Return the exception of a command for an ArgumentError, with the lines of the table at fault.

    `tables` are by argument of the function; an error about anything else is that of `refusal`.
    """
    for argument, of in tables.items():
        words = {**words, argument: of.name, f"argument {argument}": of.name}
    first = error.args[0]
    table = tables.get(first.values.get("argument", "")) if isinstance(first, Note) else None
    if table is None or not isinstance(error, DataError):
        return refusal(error, words, source)
    problems = [table.problem(note, words) for note in error.args[:_MOST_FAULTS]]
    if "row" in first.values:
        n = len(error.args)
        return Refused(tell_n("{name} has {n} error", "{name} has {n} errors", n, name=table.name), problems)
    return Refused(message(first, words), problems)


# ── results ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Analysed(Generic[R]):
    """A result, the labels of the names in it, and the data from which it was computed."""

    result: R
    words: Words
    sources: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """Return the result as plain values, as `--json` prints it."""
        return {**document_of(self.result, self.words), **self.sources}

    def parts(self) -> Parts:
        """Yield the lines and tables that the screen and the pages show."""
        return parts(self.result, self.words)


def document_of(result: Result, words: Words) -> dict[str, Any]:
    """Return a result as plain values; its sentences name options of the command in place of arguments."""
    document = result.to_dict()
    for name in document.keys() & {"findings", "notes"}:
        document[name] = note_rows(getattr(result, name), words)
    return document


def note_rows(notes: Iterable[str], words: Words) -> list[Any]:
    """Return notes as plain values, in English, with the options and files of the command."""
    named = ("argument ", "items_x", "items_y")
    options = {name: text for name, text in words.items() if name.startswith(named)}
    return [_note_row(one, options) if isinstance(one, Note) else plain(one) for one in notes]


def _note_row(note: Note, options: Words) -> dict[str, Any]:
    """Return a note, and the notes among its values, with the options of the command."""
    inner = {name: _note_row(one, options) for name, one in note.values.items() if isinstance(one, Note)}
    row: dict[str, Any] = plain(note)
    return {**row, "values": {**row["values"], **inner}, "message": message(note, options).en}


def analysed(
    call: Callable[[], R],
    words: Words,
    name: str,
    sources: Mapping[str, Any],
    notes: Iterable[str] = (),
    tables: Mapping[str, TextTable] = {},
) -> Analysed[R]:
    """Call a function of `examgen.stats` and return its result, with `notes` on how the data were read.

    `name` is that of the data; `tables` are other tables, by the name of the argument. In place of an
    ArgumentError of the function, raises Refused for faults of data and WrongUsage for other arguments.
    """
    words = {**words, "data": name, "argument data": name}
    try:
        result = call()
    except ArgumentError as error:
        raise refusal_by_line(error, tables, words, name) from None
    return Analysed(with_notes(result, notes), words, sources)


def with_notes(result: R, notes: Iterable[str]) -> R:
    """Return a result with these notes before its own."""
    own: Any = result
    found: R = replace(own, notes=(*notes, *own.notes))
    return found


def parts(result: Result, words: Words) -> Parts:
    """Yield the title, figures and tables of a result, then its findings and notes."""
    yield ReportedLine(message(result.title, words))
    for name, figure in result.figures.items():
        value = words.get(figure, figure) if isinstance(figure, str) else number(figure, 4)
        yield ReportedLine(tell("  {name}: {value}", name=words.get(name, name), value=value))
    for name, frame in result.tables.items():
        yield table(name, frame, words)
    for finding in getattr(result, "findings", ()):
        yield ReportedLine(message(finding, words), "bold")
    yield from note_lines(getattr(result, "notes", ()), words)


def note_lines(notes: Iterable[str], words: Words = {}) -> Parts:  # noqa: B006
    """Yield a line for each note."""
    for note in notes:
        yield ReportedLine(tell("note: {message}", message=message(note, words)), "yellow")


def table(name: str, frame: DataFrame, words: Words) -> ReportedTable:
    """Return a table with its title and headings in words."""
    heads = [words.get(column, column) for column in frame.columns]
    # a 0 among whole numbers is one of them
    whole = [
        column.name
        for column in frame.select(floats()).get_columns()
        if (column.drop_nulls() == column.drop_nulls().round()).all()
    ]
    rows = [
        [_cell(column, cell, words, column in whole) for column, cell in zip(frame.columns, row, strict=True)]
        for row in frame.rows()
    ]
    first = next((n for n, kind in enumerate(frame.dtypes) if kind.is_numeric()), len(heads))
    if len(rows) < _FEW_ROWS < len(heads):  # a column for each row reads better
        heads, *rows = (list(column) for column in zip(heads, *rows, strict=True))
        first = 1
    return ReportedTable(words.get(name, name), heads, rows, numbers_from=first)


def _cell(column: str, value: object, words: Words, is_whole: bool) -> str:
    """Return a cell as people read it; a p-value is never shown as 0.

    `is_whole` tells whether the column has only whole numbers.
    """
    if isinstance(value, str):
        return value if column in _NAMES else words.get(value, value)
    if isinstance(value, float) and math.isinf(value):
        return "∞" if value > 0 else "−∞"
    is_p = column == "p" or column.startswith("p_") or column.endswith("_p")
    if is_p and isinstance(value, float) and value < 0.001:
        return "< 0.001"
    return "0" if is_whole and value == 0 else number(value)
