"""A result of `examgen.stats`, and what it was made of: what commands print, write and keep."""

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
    """A result, what people call the names in it, and what it was made of."""

    result: R
    words: Words
    sources: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {**document_of(self.result, self.words), **self.sources}

    def parts(self) -> Parts:
        """What the screen and the pages show."""
        return shown.parts(self.result, self.words)


def document_of(result: Result, words: Words) -> dict[str, Any]:
    """A result as plain values; sentences name options of the command, where those of the function name
    arguments."""
    document = result.to_dict()
    for name in document.keys() & {"findings", "notes"}:
        document[name] = note_rows(getattr(result, name), words)
    return document


def note_rows(notes: Iterable[str], words: Words) -> list[Any]:
    """Notes as plain values, in English."""
    options = {name: text for name, text in words.items() if name.startswith("argument ")}
    return [
        {**plain(one), "message": shown.message(one, options).en} if isinstance(one, Note) else plain(one)
        for one in notes
    ]


def analysed(
    call: Callable[[], R],
    words: Words,
    name: str,
    sources: Mapping[str, Any],
    notes: Iterable[str] = (),
    tables: Mapping[str, TextTable] = {},
) -> Analysed[R]:
    """What a function of `examgen.stats` returns, with notes on how its data were read.

    `name` is that of the data, `tables` are those beside them by the name of the argument. Raises what a
    command raises where the function refuses: Refused for data, WrongUsage for options.
    """
    words = {**words, "data": name, "argument data": name}
    try:
        result = call()
    except ArgumentError as error:
        raise refusal_by_line(error, tables, words, name) from None
    return Analysed(with_notes(result, notes), words, sources)


def with_notes(result: R, notes: Iterable[str]) -> R:
    """A result with notes before its own."""
    own: Any = result
    found: R = replace(own, notes=(*notes, *own.notes))
    return found
