"""A response file and what the user says of it → the matrices that analyses take."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from examgen.analysis.response_options import ResponseSource
from examgen.analysis.shown import message as sentence_of
from examgen.capture.response_files import (
    ResponseTable,
    as_choices,
    as_scores,
    has_halves,
    pooled,
    read_key,
    read_responses,
)
from examgen.core.files import read_input
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.responses.matrix import NOT_ADMINISTERED, NOT_REACHED, OMITTED, Chosen, Scored
from examgen.core.words import tell, tell_n
from examgen.stats.option_keys import kinds_of_nothing, plain_code, unlike_key


class LoadedResponses(NamedTuple):
    """What the file held. `notices` are what a person should know of how it was read."""

    name: str
    sha256: str
    table: ResponseTable
    scored: Scored
    chosen: Chosen | None
    notices: tuple[Problem, ...]
    unit: int = 1
    """What a point is in `scored`: 2 where there are half points."""


_KINDS = {"omitted": OMITTED, "not_reached": NOT_REACHED, "not_administered": NOT_ADMINISTERED}


def load_responses(
    source: ResponseSource, highest: int | None = None, *, halves: bool = False
) -> LoadedResponses:
    """The responses of a file; raises Refused with every fault, WrongUsage for columns that are not there.

    `highest` is the greatest score that the analysis takes, `halves` whether it takes half points.
    """
    contents = [_bytes(path) for path in source.files]
    digests = [hashlib.sha256(data).hexdigest() for data in contents]
    missing: dict[str, int] = dict.fromkeys(source.omitted, OMITTED)
    missing |= dict.fromkeys(source.not_reached, NOT_REACHED)
    missing |= dict.fromkeys(source.not_administered, NOT_ADMINISTERED)
    if source.blank is not None:
        missing[""] = _KINDS[source.blank]
    loaded = _unread(_table(source, contents), digests)
    if source.key is not None:
        loaded = _keyed(loaded, read_key(source.key.name, _bytes(source.key)), missing)
    else:
        unit = 2 if halves and has_halves(loaded.table) else 1
        loaded = loaded._replace(scored=as_scores(loaded.table, missing, highest, unit), unit=unit)
    name = loaded.name
    if not loaded.scored.candidates:
        message = tell("has a header but no candidates below it")
        raise Refused(
            tell("{name} {message}", name=name, message=message), [Problem(name, "no-candidates", message)]
        )
    return loaded._replace(notices=(*loaded.table.notices, *loaded.notices))


def load_table(source: ResponseSource) -> LoadedResponses:
    """The columns of a file as text; nothing is scored. Raises as `load_responses` does."""
    contents = [_bytes(path) for path in source.files]
    found = _unread(_table(source, contents), [hashlib.sha256(data).hexdigest() for data in contents])
    return found._replace(notices=(*found.table.notices, *_repeated_ids(found.table)))


def _table(source: ResponseSource, contents: Sequence[bytes]) -> ResponseTable:
    pairs = zip(source.files, contents, strict=True)
    return pooled([read_responses(path.name, data, source.exclude) for path, data in pairs])


def _unread(table: ResponseTable, digests: Sequence[str]) -> LoadedResponses:
    return LoadedResponses(table.name, " ".join(digests), table, _NOTHING, None, ())


MOST_MEGABYTES = 2_000
"""Of a file of responses to analyse, which is read whole."""
_NOTHING = Scored((), (), np.empty((0, 0), dtype=np.int8))


def _keyed(
    plain: LoadedResponses, key: Mapping[str, frozenset[str]], missing: Mapping[str, int]
) -> LoadedResponses:
    named: dict[object, int] = {plain_code(text): kind for text, kind in missing.items()}
    chosen, left = as_choices(plain.table, key, kinds_of_nothing(plain.table, named)[0])
    notices = [*_left_out(plain.name, left)]
    for one in unlike_key(chosen):
        notices.append(Problem(plain.name, one.code, sentence_of(one), severity="notice"))
    return plain._replace(chosen=chosen, scored=chosen.scored(), notices=tuple(notices))


def _left_out(name: str, columns: Sequence[str]) -> tuple[Problem, ...]:
    if not columns:
        return ()
    shown = ", ".join(columns[:8]) + (" …" if len(columns) > 8 else "")
    message = tell_n(
        "{n} column that is not in the key is excluded: {shown}",
        "{n} columns that are not in the key are excluded: {shown}",
        len(columns),
        shown=shown,
    )
    return (Problem(name, "columns-left-out", message, severity="notice"),)


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise WrongUsage(tell("{path} is not a file", path=path))
    return read_input(path, MOST_MEGABYTES)


def _repeated_ids(table: ResponseTable) -> list[Problem]:
    column = table.candidate
    repeated = table.table.n_rows - len(set(column.codes.tolist()))
    if not repeated:
        return []
    message = tell_n(
        "{n} row repeats an id of column {column}; each row counts as a separate candidate",
        "{n} rows repeat an id of column {column}; each row counts as a separate candidate",
        repeated,
        column=column.name,
    )
    return [Problem(table.name, "ids-repeated", message, field=column.name, severity="notice")]
