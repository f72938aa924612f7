"""A result of `examgen.stats` with its sources, as commands print and write it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from examgen.analysis import shown
from examgen.analysis.parts import Parts
from examgen.analysis.shown import Words
from examgen.analysis.tables import TextTable, refusal_by_line
from examgen.stats.arguments import ArgumentError
from examgen.stats.results import Note, Result, plain

R = TypeVar("R", bound=Result)


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
        return shown.parts(self.result, self.words)


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
    return {**row, "values": {**row["values"], **inner}, "message": shown.message(note, options).en}


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
