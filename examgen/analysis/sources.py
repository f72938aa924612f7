"""A response file and what the user says of it → the matrices that analyses take."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from examgen.analysis.options import ResponseSource
from examgen.analysis.shown import message, message_note
from examgen.analysis.tables import content_of, refused
from examgen.capture.response_files import (
    ResponseTable,
    as_choices,
    as_scores,
    groups_of,
    has_halves,
    pooled,
    read_key,
    read_responses,
)
from examgen.core.responses.matrix import NOT_ADMINISTERED, NOT_REACHED, OMITTED, Chosen, Scored
from examgen.core.words import tell, tell_n
from examgen.stats.option_keys import kinds_of_nothing, plain_code, unlike_key
from examgen.stats.response_data import Responses
from examgen.stats.results import Note

MOST_MEGABYTES = 2_000
"""Of a file of responses to analyse, which is read whole."""


@dataclass(frozen=True)
class LoadedResponses:
    """What files held, as scores; `notes` are what a person should know of how they were read."""

    name: str
    sha256: str
    table: ResponseTable
    notes: tuple[Note, ...]
    scored: Scored = Scored((), (), np.empty((0, 0), dtype=np.int8))  # noqa: RUF009
    chosen: Chosen | None = None
    unit: int = 1
    """What a point is in `scored`: 2 where there are half points."""

    @property
    def responses(self) -> Responses:
        """What the functions of `examgen.stats` take."""
        return Responses(*self.scored, self.chosen, unit=self.unit)

    @property
    def sources(self) -> dict[str, str]:
        """What `--json` says of the files."""
        return {"file": self.name, "sha256": self.sha256}

    def groups(self, column: str) -> list[str | None]:
        """The group of each candidate by a column that is no item; None where a cell is empty."""
        names, place = groups_of(self.table, column)
        return [None if k < 0 else names[k] for k in place.tolist()]


def load_responses(
    source: ResponseSource, highest: int | None = None, *, halves: bool = False, exclude: str | None = None
) -> LoadedResponses:
    """The responses of a file; raises Refused with every fault, WrongUsage for columns that are not there.

    `highest` is the greatest score that the analysis takes, `halves` whether it takes half points; `exclude`
    is a column that is no item.
    """
    if exclude is not None:
        source = source.model_copy(update={"exclude": tuple(dict.fromkeys((*source.exclude, exclude)))})
    plain = _read(source)
    kinds = {"omitted": OMITTED, "not_reached": NOT_REACHED, "not_administered": NOT_ADMINISTERED}
    missing = {code: kind for name, kind in kinds.items() for code in getattr(source, name)}
    if source.blank is not None:
        missing[""] = kinds[source.blank]
    if source.key is None:
        unit = 2 if halves and has_halves(plain.table) else 1
        loaded = replace(plain, scored=as_scores(plain.table, missing, highest, unit), unit=unit)
    else:
        key = read_key(source.key.name, content_of(source.key, MOST_MEGABYTES))
        named: dict[object, int] = {plain_code(text): kind for text, kind in missing.items()}
        chosen, unknown = as_choices(plain.table, key, kinds_of_nothing(plain.table, named)[0])
        unlike = (message_note(one.code, message(one)) for one in unlike_key(chosen))
        notes = (*plain.notes, *_left_out(unknown), *unlike)
        loaded = replace(plain, chosen=chosen, scored=chosen.scored(), notes=notes)
    if not loaded.scored.candidates:
        raise refused(loaded.name, "no-candidates", tell("has a header but no candidates below it"))
    return loaded


def load_table(source: ResponseSource) -> LoadedResponses:
    """The columns of a file as text; nothing is scored. Raises as `load_responses` does."""
    found = _read(source)
    column = found.table.candidate
    if not (repeated := len(column.codes) - len(set(column.codes.tolist()))):
        return found
    words = tell_n(
        "{n} row repeats an id of column {column}; each row counts as a separate candidate",
        "{n} rows repeat an id of column {column}; each row counts as a separate candidate",
        repeated,
        column=column.name,
    )
    return replace(found, notes=(*found.notes, message_note("ids-repeated", words)))


def _read(source: ResponseSource) -> LoadedResponses:
    contents = [content_of(path, MOST_MEGABYTES) for path in source.files]
    pairs = zip(source.files, contents, strict=True)
    table = pooled([read_responses(path.name, data, source.exclude) for path, data in pairs])
    notes = tuple(message_note(one.code, one.message) for one in table.notices)
    digests = " ".join(hashlib.sha256(data).hexdigest() for data in contents)
    return LoadedResponses(table.name, digests, table, notes)


def _left_out(columns: Sequence[str]) -> list[Note]:
    if not columns:
        return []
    words = tell_n(
        "{n} column that is not in the key is excluded: {shown}",
        "{n} columns that are not in the key are excluded: {shown}",
        len(columns),
        shown=", ".join(columns[:8]) + (" …" if len(columns) > 8 else ""),
    )
    return [message_note("columns-left-out", words)]
